//! Payments of documents and on account, as they were entered here.

use eerp_accounting_api::{Direction, Entry, Journal};
use eerp_core_api::OwnCompany;
use eerp_crm_api::Company;
use eerp_sdk::prelude::*;

use crate::invoices::Invoice;

/// A payment that was received or made.
#[model(
    table = "payments",
    title = "Payment",
    display = "number",
    order = "date desc, number desc",
    company = "own_company_id",
    index("company_id", "date")
)]
pub struct Payment {
    /// Which way the money went.
    pub direction: Direction,
    /// From or to whom.
    pub company_id: Ref<Company>,
    /// What that company was called.
    #[field(max = 200, trigram)]
    pub party_name: String,
    /// The day.
    pub date: Date,
    /// How much.
    #[field(numeric(20, 4), currency = "currency")]
    pub amount: Decimal,
    /// Of which currency, by its code.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// What is left of it for other documents, when it was entered.
    #[field(numeric(20, 4), currency = "currency")]
    pub unallocated: Decimal,
    /// What the payer wrote.
    #[field(max = 200, trigram)]
    pub reference: Option<String>,
    /// The journal of the bank or the cash.
    pub journal_id: Option<Ref<Journal>>,
    /// The number of its entry.
    #[field(max = 100, trigram)]
    pub number: String,
    /// Its entry in the ledger.
    pub entry_id: Ref<Entry>,
    /// The payment as accounting knows it.
    pub payment_id: Uuid,
    /// The own company that paid or was paid.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// What of a payment is for which document.
#[model(
    table = "allocations",
    title = "Allocation",
    order = "payment_id, position",
    company = "own_company_id"
)]
pub struct Allocation {
    /// The payment.
    #[field(on_delete = "cascade")]
    pub payment_id: Ref<Payment>,
    /// Its place in the payment.
    pub position: i32,
    /// The document.
    pub invoice_id: Ref<Invoice>,
    /// How much of the document's residual it paid, in the document's currency.
    #[field(numeric(20, 4), currency = "currency")]
    pub amount: Decimal,
    /// The currency of that, by its code.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The own company of the payment.
    #[field(readonly, since = 2)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Document for Payment {
    type Line = Allocation;
    const POSITION: &'static str = "position";
}
