//! How documents are made: set once, for all own companies or for the one that one acts in.

use eerp_accounting_api::TaxRounding;
use eerp_sdk::prelude::*;
use eerp_sdk::services::settings::{self, Scope};

use crate::totals;

const KEY: &str = "documents";

/// How documents are made.
#[body]
pub struct Settings {
    /// Whether taxes are rounded line by line or once for a document.
    #[field(default = totals::ROUNDING)]
    pub tax_rounding: TaxRounding,
    /// What is printed below the totals of invoices: where to pay, and how.
    #[field(max = 2000, format = "multiline")]
    pub payment_note: Option<String>,
    /// What is printed at the foot of each page: the register and so on.
    #[field(max = 500)]
    pub footer: Option<String>,
    /// What mails with a document say.
    #[field(max = 5000, format = "multiline")]
    pub mail_text: Option<String>,
}

/// What is set, for the own company that one acts in.
pub(crate) fn current() -> Result<Settings> {
    Ok(settings::get(KEY)?.unwrap_or_default())
}

/// Show how documents are made
#[get("/settings")]
pub(crate) fn show() -> Result<Settings> {
    current()
}

/// Set how documents are made
///
/// For the own company that one acts in, or for all when one acts in none. What is left
/// out is no longer set.
#[put("/settings")]
pub(crate) fn set(body: Settings, request: &Request) -> Result<Settings> {
    let company = &request.identity()?.company_id;
    let scope = if company.is_some() { Scope::Company } else { Scope::Global };
    settings::set(KEY, &body, scope)?;
    Ok(body)
}
