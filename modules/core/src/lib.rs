//! The data that every other module builds on: the user's own organisation,
//! currencies, countries, units of measure and number sequences.

mod organisation;
mod references;
mod seed;
mod sequences;

pub use organisation::Company;
pub use references::{Country, Currency, Unit, UnitCategory};
pub use sequences::{Number, Sequence};

use eerp_sdk::prelude::*;

eerp_sdk::module! {
    name: "core",
    models: [Currency, Country, Unit, Company, Sequence],
    routes: [
        crud::<Currency>,
        crud::<Country>,
        crud::<Unit>,
        crud::<Company>,
        crud::<Sequence>,
        sequences::next,
    ],
    migrations: seed::migrations,
}
