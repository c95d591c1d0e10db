//! What the core data offers to other modules: link this crate, and never `eerp-core`.
//!
//! Released names and fields stay. What is added is optional; what would break a
//! caller gets a new name.

use eerp_sdk::prelude::*;

foreign_model!(pub OwnCompany = "core" / "companies");
foreign_model!(pub Currency = "core" / "currencies");
foreign_model!(pub Country = "core" / "countries");
foreign_model!(pub Unit = "core" / "units");

/// A currency, and how amounts of it are rounded.
#[body]
pub struct CurrencyInfo {
    /// The currency.
    pub id: Uuid,
    /// The three letters of ISO 4217.
    pub code: String,
    /// The sign printed beside an amount.
    pub symbol: Option<String>,
    /// Digits after the point that an amount is rounded to.
    pub decimals: i32,
}

/// Currencies that are asked for.
#[body]
pub struct CurrencyCodes {
    /// The three letters of each.
    #[field(max = 200)]
    pub codes: Vec<String>,
}

/// Currencies by their codes
///
/// In the order of the codes. 422 `unknown_currency` when one is none.
#[service("core.currencies.describe", public)]
pub const DESCRIBE_CURRENCIES: Service<CurrencyCodes, Vec<CurrencyInfo>>;

/// Currencies and countries that are asked for.
#[body]
pub struct ReferenceIds {
    /// The currencies.
    #[field(default, max = 1000)]
    pub currency_ids: Vec<Ref<Currency>>,
    /// The countries.
    #[field(default, max = 1000)]
    pub country_ids: Vec<Ref<Country>>,
}

/// A country.
#[body]
pub struct CountryInfo {
    /// The country.
    pub id: Uuid,
    /// The two letters of ISO 3166-1.
    pub code: String,
    /// The usual name in English.
    pub name: String,
}

/// Currencies and countries.
#[body]
pub struct References {
    /// The currencies.
    pub currencies: Vec<CurrencyInfo>,
    /// The countries.
    pub countries: Vec<CountryInfo>,
}

/// Currencies and countries by their ids
///
/// Each once, in no order; an id that names nothing is passed over.
#[service("core.references.describe", public)]
pub const DESCRIBE_REFERENCES: Service<ReferenceIds, References>;

/// Which rate is asked for.
#[body]
pub struct RateQuestion {
    /// The currency that is had, by its code.
    pub from: String,
    /// The currency that is wanted, by its code.
    pub to: String,
    /// The day; today unless said.
    pub date: Option<Date>,
    /// Whose rates count beside those for all; those of the own company that the caller
    /// acts in unless said.
    pub company_id: Option<Ref<OwnCompany>>,
}

/// What one unit of a currency was worth in another.
#[body]
pub struct Rate {
    /// So many units of `to` are one of `from`.
    #[field(numeric(24, 12))]
    pub rate: Decimal,
    /// The day since which the rate holds.
    pub since: Option<Date>,
    /// What is had.
    pub from: CurrencyInfo,
    /// What is wanted.
    pub to: CurrencyInfo,
}

/// The rate between two currencies on a day
///
/// The newest rate up to that day counts; a pair is found either way round, or through a
/// third currency that has rates to both. 409 `no_rate` when there is none.
#[service("core.rates.find", public)]
pub const FIND_RATE: Service<RateQuestion, Rate>;

/// Which own company is asked for.
#[body]
pub struct CompanyQuestion {
    /// The company; the one that the caller acts in unless said.
    pub company_id: Option<Ref<OwnCompany>>,
}

/// An own company, as it appears on documents, and the currency of its books.
#[body]
pub struct CompanyInfo {
    /// The company; nothing when there is none yet.
    pub company_id: Option<Ref<OwnCompany>>,
    /// What it is called, as documents say it.
    pub name: String,
    /// The number under which it pays taxes.
    pub tax_id: Option<String>,
    /// The lines of its postal address.
    pub address: Vec<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Web address.
    pub website: Option<String>,
    /// The currency of its books.
    pub currency: CurrencyInfo,
}

/// An own company
///
/// Unless it is said which: the one that the caller acts in, or else the only one there
/// is. Where there are none or several, the answer names no company, and the currency is
/// that of the setting `currency`, US dollars unless set.
#[service("core.companies.describe", public)]
pub const DESCRIBE_COMPANY: Service<CompanyQuestion, CompanyInfo>;

/// A quantity that is wanted in another unit.
#[body]
pub struct Conversion {
    /// How much.
    #[field(numeric(18, 6))]
    pub quantity: Decimal,
    /// The unit that it is in.
    pub from: Ref<Unit>,
    /// The unit that is wanted.
    pub to: Ref<Unit>,
}

/// Quantities that are wanted in other units.
#[body]
pub struct Conversions {
    /// Each quantity.
    #[field(max = 1000)]
    pub items: Vec<Conversion>,
}

/// Quantities, in the order in which they were asked for.
#[body]
pub struct Quantities {
    /// Each quantity in the unit that is wanted, with six digits after the point.
    #[field(numeric(18, 6))]
    pub items: Vec<Decimal>,
}

/// Convert quantities between units of one category
///
/// 422 `unit_category` when two units measure different things.
#[service("core.units.convert", public)]
pub const CONVERT_UNITS: Service<Conversions, Quantities>;

/// Something to be done about a record of any module.
#[body]
pub struct NewActivity {
    /// The model of the record: `crm.opportunities`.
    #[field(max = 100, pattern = "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$")]
    pub model: String,
    /// The record.
    pub record_id: Uuid,
    /// What it is about.
    #[field(max = 200)]
    pub subject: String,
    /// What it is: `call`, `meeting`, `email`, `task` or `note`; a task unless said.
    #[field(max = 20)]
    pub kind: Option<String>,
    /// The day by which it has to be done.
    pub due_at: Option<Timestamp>,
    /// The user who does it.
    pub user_id: Option<Uuid>,
    /// Anything else worth knowing.
    #[field(max = 20_000)]
    pub notes: Option<String>,
    /// The own company it is done for.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// An activity.
#[body]
pub struct ActivityId {
    /// The activity.
    pub activity_id: Uuid,
}

/// Plan an activity about a record
#[service("core.activities.plan", public)]
pub const PLAN_ACTIVITY: Service<NewActivity, ActivityId>;

/// A record that takes the place of another.
#[body]
pub struct RecordMove {
    /// The model of both: `crm.companies`.
    #[field(max = 100)]
    pub model: String,
    /// The record that goes.
    pub from: Uuid,
    /// The record that stays.
    pub to: Uuid,
}

/// Hand the activities and attachments of a record to another, as when two are merged
#[service("core.records.move", public)]
pub const MOVE_RECORD: Service<RecordMove, ()>;
