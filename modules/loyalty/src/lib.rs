//! Points for contacts whose opportunities are won: an example of a module that builds
//! on another. It calls a service of the CRM, is told of its events, adds columns to
//! its contacts, works by the clock and lives on when the other module refuses.

mod contacts;
mod members;
mod points;

pub use contacts::ContactExtension;
pub use eerp_crm_api::{Contact, Opportunity};
pub use members::{Join, Member, Referral, Referred, Tier};
pub use points::Points;

use eerp_crm_api::FIND_OR_CREATE_CONTACT;
use eerp_sdk::prelude::*;

eerp_sdk::module! {
    name: "loyalty",
    models: [Member, Points, Referral, ContactExtension],
    routes: [
        read_only::<Member>,
        read_only::<Points>,
        read_only::<Referral>,
        members::join,
        members::refer,
    ],
    uses: [FIND_OR_CREATE_CONTACT],
    events: [points::on_won],
    jobs: [members::review_tiers],
    screens: ["ui.json", fr = "texts/fr.json"],
}
