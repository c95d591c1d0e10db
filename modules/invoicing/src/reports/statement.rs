//! What a customer or supplier is told of their account: each document, and what is open.

use eerp_crm_api::Company;
use eerp_sdk::prelude::*;

use super::open::{OpenDocument, OpenTotal, of_document, totals};
use super::register::period;
use super::{READ_MAX, Side, posted};

/// Of which period a statement is wanted.
#[query]
pub struct StatementQuestion {
    /// The first day; 1 January of this year unless said. What is open from before is
    /// shown as well.
    pub from: Option<Date>,
    /// The last day, on which it is asked how late it is; today unless said.
    pub to: Option<Date>,
    /// Whether what they owe, or what is owed to them.
    #[field(default = Side::Sales)]
    pub side: Side,
}

/// The documents of a customer or supplier.
#[body]
pub struct Statement {
    /// The customer or supplier.
    pub company_id: Ref<Company>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The documents of the period, and those from before that are open.
    pub items: Vec<OpenDocument>,
    /// What is open of them, by currencies.
    pub totals: Vec<OpenTotal>,
}

/// Show a customer's or supplier's statement of account
#[get("/reports/statement/{company_id:uuid}", permission = "invoices.read")]
pub(crate) fn statement(company_id: Ref<Company>, query: StatementQuestion) -> Result<Statement> {
    let (from, to) = period(query.from, query.to)?;
    let shown = Condition::any([
        Condition::compare("date", "gte", from),
        Condition::compare("residual", "gt", Decimal::ZERO),
    ]);
    let found = posted(query.side)
        .eq("company_id", company_id.uuid())
        .lte("date", to)
        .filter(shown)
        .order("date, number");
    if found.clone().count()? > READ_MAX {
        let message = "There are more documents than one statement shows: take a shorter period.";
        return Err(Error::conflict("too_many_open", message));
    }
    let items: Vec<OpenDocument> =
        found.all()?.iter().map(|invoice| of_document(invoice, to)).collect();
    let totals = totals(&items);
    Ok(Statement { company_id, from, to, items, totals })
}
