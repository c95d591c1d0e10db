//! Invoices, credit notes and bills: documents with lines, which are written as drafts
//! and stay as they are once they are posted.

use eerp_accounting_api::{Account, Entry, Journal, Tax, TaxTotal};
use eerp_core_api::OwnCompany;
use eerp_crm_api::Company;
use eerp_sdk::prelude::*;

use crate::due::Instalment;
use crate::kinds::{Kind, State};
use crate::parties::Party;
use crate::terms::Term;
use crate::{drafts, posting};

/// An invoice, credit note, bill or bill credit.
#[model(
    table = "invoices",
    title = "Invoice",
    display = "number",
    order = "date desc, number desc",
    company = "own_company_id",
    rules,
    index("date desc", "number desc"),
    index("state", "kind", "date"),
    index("company_id", "state"),
    unique("company_id", "kind", "supplier_number")
)]
pub struct Invoice {
    /// What it is; a customer's invoice unless said.
    #[field(default = Kind::Invoice)]
    pub kind: Kind,
    /// The customer or supplier.
    pub company_id: Ref<Company>,
    /// Its day; today unless said.
    pub date: Option<Date>,
    /// When it has to be paid; at once unless said.
    pub term_id: Option<Ref<Term>>,
    /// The day by which all of it has to be paid; as the terms have it unless said.
    pub due_on: Option<Date>,
    /// The currency of its amounts, by its code; that of the books unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The customer's order, or the number that the supplier gave it.
    #[field(max = 200, trigram)]
    pub reference: Option<String>,
    /// The journal that it is entered in; the first for sales or purchases unless said.
    pub journal_id: Option<Ref<Journal>>,
    /// What is printed below the totals.
    #[field(max = 5000, format = "multiline")]
    pub remarks: Option<String>,
    /// Anything else worth knowing: it is not printed, and may be changed at any time.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
    /// Whether it is posted, or is to be as soon as it is saved.
    #[field(default = false)]
    pub post: bool,
    /// The own company that sells or buys.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// How far it is.
    #[field(readonly, default = State::Draft)]
    pub state: State,
    /// Its number, since it was posted.
    #[field(readonly, max = 100, trigram)]
    pub number: Option<String>,
    /// When it was posted.
    #[field(readonly)]
    pub posted_at: Option<Timestamp>,
    /// Its entry in the ledger.
    #[field(readonly)]
    pub entry_id: Option<Ref<Entry>>,
    /// What its lines amount to without taxes.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub net: Decimal,
    /// The taxes.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub tax: Decimal,
    /// What has to be paid: net and taxes.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub total: Decimal,
    /// What is still to be paid; nothing of a draft.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub residual: Decimal,
    /// What posted credit notes took back of it.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub credited: Decimal,
    /// Each tax, on what, and how much.
    #[field(readonly, default)]
    pub taxes: Vec<TaxTotal>,
    /// What has to be paid by which day; they add up to the total.
    #[field(readonly, default)]
    pub instalments: Vec<Instalment>,
    /// The currency of the books, by its code.
    #[field(readonly, max = 3, pattern = "^[A-Z]{3}$")]
    pub book_currency: Option<String>,
    /// What it amounts to without taxes in the currency of the books.
    #[field(readonly, default, numeric(20, 4), currency = "book_currency")]
    pub book_net: Decimal,
    /// The taxes in the currency of the books.
    #[field(readonly, default, numeric(20, 4), currency = "book_currency")]
    pub book_tax: Decimal,
    /// What the customer or supplier was called when it was posted.
    #[field(readonly, max = 200, trigram)]
    pub party_name: Option<String>,
    /// The customer or supplier as it is on the document.
    #[field(readonly)]
    pub party: Option<Party>,
    /// The own company as it is on the document.
    #[field(readonly)]
    pub issuer: Option<Party>,
    /// The document that this one takes back, or part of it.
    #[field(readonly)]
    pub credited_id: Option<Ref<Invoice>>,
    /// The reference of a bill: a supplier gives a number once.
    #[field(readonly, max = 200)]
    pub supplier_number: Option<String>,
    /// When it was last sent by mail.
    #[field(readonly)]
    pub sent_at: Option<Timestamp>,
}

/// A line of an invoice.
#[model(
    table = "lines",
    title = "Line",
    display = "description",
    order = "invoice_id, position",
    company = "own_company_id"
)]
pub struct Line {
    /// The document.
    #[field(on_delete = "cascade")]
    pub invoice_id: Ref<Invoice>,
    /// Its place in the document.
    pub position: i32,
    /// The item that is sold or bought.
    #[field(index)]
    pub item_id: Option<Uuid>,
    /// What it is; the item's name unless said.
    #[field(min = 1, max = 2000, format = "multiline")]
    pub description: Option<String>,
    /// How many; less than nothing of what comes back.
    #[field(numeric(18, 4), default = 1)]
    pub quantity: Decimal,
    /// The unit that is counted in; the item's unless said.
    #[field(max = 20)]
    pub unit: Option<String>,
    /// The price of one; the item's on sales, or nothing, unless said.
    #[field(numeric(18, 6))]
    pub unit_price: Option<Decimal>,
    /// What is taken off, in percent.
    #[field(numeric(7, 4), min = 0, default)]
    pub discount: Decimal,
    /// The taxes on it.
    #[field(default, max = 10)]
    pub tax_ids: Vec<Ref<Tax>>,
    /// The account that it is booked to; by what it is unless said.
    pub account_id: Option<Ref<Account>>,
    /// What it amounts to without taxes.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub net: Decimal,
    /// Its taxes.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub tax: Decimal,
    /// What it amounts to with taxes.
    #[field(readonly, default, numeric(20, 4), currency = "currency")]
    pub gross: Decimal,
    /// The currency of its amounts, by its code: that of the document.
    #[field(readonly, max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// Whether the item lies in stock.
    #[field(readonly, default = false)]
    pub stocked: bool,
    /// The line that this one takes back, or part of it.
    #[field(readonly)]
    pub credited_line_id: Option<Ref<Line>>,
    /// The own company of the document.
    #[field(readonly, since = 2)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Document for Invoice {
    type Line = Line;
    const POSITION: &'static str = "position";

    fn before_save(
        &mut self,
        lines: &mut Vec<Record<Line>>,
        before: Option<&Whole<Self>>,
    ) -> Result<()> {
        match before {
            Some(before) if before.head.state.is_posted() => {
                self.refuse_other_than_notes(lines, before)
            }
            _ => drafts::complete(self, lines, before),
        }
    }

    fn after_save(whole: Whole<Self>) -> Result<Whole<Self>> {
        if whole.head.post && !whole.head.state.is_posted() {
            return posting::post(whole);
        }
        Ok(whole)
    }
}

impl Rules for Invoice {
    fn before_delete(id: Ref<Self>) -> Result<()> {
        // Who posts it at this moment changes the record that is deleted: one of both
        // runs again.
        match db::find::<Self>().eq("id", id.uuid()).with_deleted().first()? {
            Some(invoice) if invoice.state.is_posted() => Err(posted()),
            _ => Ok(()),
        }
    }
}

impl Invoice {
    fn refuse_other_than_notes(&self, lines: &[Record<Line>], before: &Whole<Self>) -> Result<()> {
        let mut same = (*before.head).clone();
        same.notes.clone_from(&self.notes);
        if *self == same && lines == before.lines { Ok(()) } else { Err(posted()) }
    }

    /// Its day.
    pub(crate) fn day(&self) -> Date {
        self.date.unwrap_or_else(|| now().date())
    }

    /// The currency of its amounts.
    pub(crate) fn currency(&self) -> &str {
        self.currency.as_deref().unwrap_or_default()
    }

    /// How people call it: by its number.
    pub(crate) fn called(&self) -> &str {
        self.number.as_deref().unwrap_or("draft")
    }
}

impl Line {
    /// The price of one.
    pub(crate) fn price(&self) -> Decimal {
        self.unit_price.unwrap_or_default()
    }
}

/// What is in the books stays as it is.
pub(crate) fn posted() -> Error {
    let message = "A posted document stays as it is, save for its notes: \
                   make a credit note to take it back.";
    Error::conflict("posted", message)
}

/// The same reference, to what another module calls otherwise.
pub(crate) fn same<A, B>(reference: Ref<A>) -> Ref<B> {
    Ref::new(reference.uuid())
}
