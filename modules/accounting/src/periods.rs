//! Fiscal years and their months, which are open or locked.

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

mod calendar;
pub(crate) mod close;
mod enter;
pub(crate) mod lock;
mod year;

pub(crate) use enter::{Gate, enter};

/// Whether a month takes entries.
#[choice]
pub enum PeriodState {
    /// It does.
    Open,
    /// It takes nothing from anybody.
    Locked,
}

/// A year of the books.
#[model(
    table = "fiscal_years",
    path = "fiscal-years",
    title = "Fiscal year",
    display = "name",
    order = "starts_on desc",
    company = "own_company_id",
    exclude(years_apart, equal("own_company_id"), from = "starts_on", to = "ends_on"),
    rules
)]
pub struct FiscalYear {
    /// What it is called: `2026`.
    #[field(max = 100)]
    pub name: String,
    /// Its first day.
    pub starts_on: Date,
    /// Its last day.
    pub ends_on: Date,
    /// Whether it is closed: its result went to the equity, and its months are locked.
    #[field(readonly, default = false)]
    pub closed: bool,
    /// The own company whose books it is of; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// A month of a fiscal year.
#[model(
    table = "periods",
    title = "Period",
    display = "name",
    order = "starts_on desc",
    company = "own_company_id",
    index("starts_on")
)]
pub struct Period {
    /// Its year.
    #[field(on_delete = "cascade")]
    pub fiscal_year_id: Ref<FiscalYear>,
    /// Its place in the year.
    #[field(default = 1)]
    pub position: i32,
    /// What it is called: `2026-03`.
    #[field(readonly, max = 100, min = 0, default = "")]
    pub name: String,
    /// Its first day.
    #[field(readonly, default)]
    pub starts_on: Date,
    /// Its last day.
    #[field(readonly, default)]
    pub ends_on: Date,
    /// Whether it takes entries.
    #[field(readonly, default = PeriodState::Open)]
    pub state: PeriodState,
    /// The own company whose books it is of; all of them unless said.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}
