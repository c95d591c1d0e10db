//! What invoicing offers to other modules: link this crate, and never
//! `eerp-invoicing`.
//!
//! Released names and fields stay. What is added is optional; what would break a
//! caller gets a new name.

use eerp_sdk::prelude::*;

foreign_model!(pub Invoice = "invoicing" / "invoices");
foreign_model!(pub Customer = "crm" / "companies");

/// An invoice that was posted or paid.
#[body]
pub struct InvoiceNews {
    /// The invoice; also the event's key.
    pub invoice_id: Ref<Invoice>,
    /// Its number.
    pub number: String,
    /// What it is: `invoice`, `credit_note`, `bill`, `bill_credit`.
    pub kind: String,
    /// The customer or supplier.
    pub company_id: Ref<Customer>,
    /// What it amounts to, taxes included.
    #[field(numeric(20, 4))]
    pub total: Decimal,
    /// What is still to be paid.
    #[field(numeric(20, 4))]
    pub residual: Decimal,
    /// The currency of both, by its code.
    pub currency: String,
}

/// An invoice, credit note or bill was posted
#[topic("invoicing.invoices.posted")]
pub const INVOICE_POSTED: Topic<InvoiceNews>;

/// An invoice, credit note or bill was paid in full
#[topic("invoicing.invoices.paid")]
pub const INVOICE_PAID: Topic<InvoiceNews>;
