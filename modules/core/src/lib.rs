//! The data that every other module builds on: the user's own organisation,
//! currencies and their rates, countries, units of measure, number sequences, and what
//! hangs on records of any module: activities and attachments.

mod activities;
mod attachments;
mod describe;
mod exchange;
mod numbering;
mod organisation;
mod rates;
mod records;
mod references;
mod seed;
mod sequences;
mod settings;
mod units;

pub use activities::{Activity, ActivityKind};
pub use attachments::{Attachment, NewAttachment};
pub use organisation::Company;
pub use rates::Rate;
pub use references::{Country, Currency, Unit, UnitCategory};
pub use sequences::{Number, Sequence};
pub use settings::{NewValue, Setting, SettingKind, Settings};

use eerp_sdk::prelude::*;

eerp_sdk::module! {
    name: "core",
    models: [Currency, Country, Unit, Company, Sequence, Rate, Activity, Attachment],
    routes: [
        crud::<Currency>,
        crud::<Country>,
        crud::<Unit>,
        crud::<Company>,
        crud::<Sequence>,
        crud::<Rate>,
        crud::<Activity>,
        read_only::<Attachment>,
        sequences::next,
        units::convert,
        activities::complete,
        activities::reopen,
        attachments::attach,
        attachments::content,
        attachments::remove,
        settings::list,
        settings::show,
        settings::set,
    ],
    services: [
        describe::describe_currencies,
        describe::describe_references,
        describe::describe_company,
        rates::find_rate,
        units::convert_units,
        activities::plan,
        records::move_record,
    ],
    migrations: seed::migrations,
    screens: ["ui.json", fr = "texts/fr.json"],
}
