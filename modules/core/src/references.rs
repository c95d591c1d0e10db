//! Lists that the world agrees on: currencies, countries and units.

use eerp_sdk::prelude::*;

/// A currency of ISO 4217.
#[model(
    table = "currencies",
    title = "Currency",
    display = "code",
    order = "code",
    check(decimals_in_range = decimals >= 0 && decimals <= 6)
)]
pub struct Currency {
    /// The three letters of ISO 4217.
    #[field(max = 3, pattern = "^[A-Z]{3}$", unique)]
    pub code: String,
    /// The name in English.
    #[field(max = 100)]
    pub name: String,
    /// The sign printed beside an amount.
    #[field(max = 10)]
    pub symbol: Option<String>,
    /// Digits after the point that an amount is rounded to.
    #[field(default = 2, min = 0, max = 6)]
    pub decimals: i32,
    /// Whether it is offered for new documents.
    #[field(default = true)]
    pub active: bool,
}

/// A country or territory of ISO 3166-1.
#[model(table = "countries", title = "Country", display = "name", order = "name")]
pub struct Country {
    /// The two letters of ISO 3166-1.
    #[field(max = 2, pattern = "^[A-Z]{2}$", unique)]
    pub code: String,
    /// The three letters of ISO 3166-1.
    #[field(max = 3, pattern = "^[A-Z]{3}$", unique)]
    pub alpha3: String,
    /// The usual name in English.
    #[field(max = 100)]
    pub name: String,
}

/// What a unit measures; amounts convert within one category.
#[choice]
pub enum UnitCategory {
    /// Pieces and the like.
    Count,
    /// Weight.
    Weight,
    /// Length.
    Length,
    /// Area.
    Area,
    /// Volume.
    Volume,
    /// Time.
    Time,
}

/// A unit of measure.
#[model(
    table = "units",
    title = "Unit",
    display = "name",
    order = "category, factor",
    unique("category", "name"),
    check(factor_positive = factor > 0)
)]
pub struct Unit {
    /// What it measures.
    pub category: UnitCategory,
    /// The name in English.
    #[field(max = 100)]
    pub name: String,
    /// The sign printed beside a quantity.
    #[field(max = 20)]
    pub symbol: String,
    /// How many of the category's base unit it is.
    #[field(numeric(24, 12), min = 0)]
    pub factor: Decimal,
}
