//! Customers and suppliers: companies, the people in them, leads, opportunities on their
//! way through the stages, what they add up to, and what was entered twice.

mod addresses;
mod duplicates;
mod events;
mod history;
mod leads;
mod likeness;
mod matching;
mod merges;
mod merging;
mod names;
mod opportunities;
mod parties;
mod reasons;
mod reports;
mod services;
mod stages;

pub use addresses::{Address, AddressKind};
pub use duplicates::{Duplicate, Duplicates, Pair, Pairs};
pub use history::StageChange;
pub use leads::{ConvertLead, Converted, Lead, LeadStatus};
pub use likeness::Reason;
pub use merges::{Merge, MergeCompany, MergeContact};
pub use opportunities::{Loss, Move, Opportunity, Reopening};
pub use parties::{Company, Contact, Tag};
pub use reasons::LostReason;
pub use stages::Stage;

use eerp_core_api::{DESCRIBE_REFERENCES, MOVE_RECORD};
use eerp_crm_api::{COMPANIES_MERGED, CONTACTS_MERGED, OPPORTUNITY_LOST, OPPORTUNITY_WON};
use eerp_sdk::prelude::*;

foreign_model!(pub Currency = "core" / "currencies");
foreign_model!(pub Country = "core" / "countries");
foreign_model!(pub OwnCompany = "core" / "companies");

eerp_sdk::module! {
    name: "crm",
    models: [
        Company, Contact, Address, Tag, Stage, Lead, Opportunity, StageChange, LostReason, Merge,
    ],
    routes: [
        crud::<Company>,
        crud::<Contact>,
        crud::<Address>,
        crud::<Tag>,
        crud::<Stage>,
        crud::<Lead>,
        crud::<Opportunity>,
        read_only::<StageChange>,
        crud::<LostReason>,
        read_only::<Merge>,
        leads::convert,
        opportunities::win,
        opportunities::lose,
        opportunities::move_to,
        opportunities::reopen,
        duplicates::among_companies,
        duplicates::of_company,
        duplicates::among_contacts,
        duplicates::of_contact,
        merges::merge_companies,
        merges::merge_contacts,
        reports::pipeline::pipeline,
        reports::outcomes::outcomes,
        reports::forecast::forecast,
        reports::sources::sources,
        reports::stages::time_in_stage,
    ],
    services: [services::find_or_create_contact, services::describe_companies],
    uses: [DESCRIBE_REFERENCES, MOVE_RECORD],
    emits: [OPPORTUNITY_WON, OPPORTUNITY_LOST, COMPANIES_MERGED, CONTACTS_MERGED],
    events: [merges::finish_companies, merges::finish_contacts],
    migrations: migrations,
    screens: ["ui.json", fr = "texts/fr.json"],
}

/// The stages and reasons that a new installation starts with.
fn migrations() -> Vec<Migration> {
    [stages::migrations(), reasons::migrations()].concat()
}
