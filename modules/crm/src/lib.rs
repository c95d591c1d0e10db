//! Customers and suppliers: companies, the people in them, what was said and
//! agreed, leads, and opportunities on their way through the stages.

mod activities;
mod events;
mod leads;
mod opportunities;
mod parties;
mod services;
mod stages;

pub use activities::{Activity, ActivityKind};
pub use leads::{ConvertLead, Converted, Lead, LeadStatus};
pub use opportunities::{Loss, Move, Opportunity, Reopening};
pub use parties::{Address, AddressKind, Company, Contact, Tag};
pub use stages::Stage;

use eerp_crm_api::{OPPORTUNITY_LOST, OPPORTUNITY_WON};
use eerp_sdk::prelude::*;

foreign_model!(pub Currency = "core" / "currencies");
foreign_model!(pub Country = "core" / "countries");
foreign_model!(pub OwnCompany = "core" / "companies");

eerp_sdk::module! {
    name: "crm",
    models: [Company, Contact, Address, Tag, Stage, Lead, Opportunity, Activity],
    routes: [
        crud::<Company>,
        crud::<Contact>,
        crud::<Address>,
        crud::<Tag>,
        crud::<Stage>,
        crud::<Lead>,
        crud::<Opportunity>,
        crud::<Activity>,
        leads::convert,
        opportunities::win,
        opportunities::lose,
        opportunities::move_to,
        opportunities::reopen,
        activities::complete,
    ],
    services: [services::find_or_create_contact],
    emits: [OPPORTUNITY_WON, OPPORTUNITY_LOST],
    migrations: stages::migrations,
}
