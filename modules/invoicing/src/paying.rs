//! Entering a payment: the ledger posts it and settles what is open, and the documents
//! that it was for keep up.

use std::collections::BTreeMap;

use eerp_accounting_api::{
    Direction, Journal, Line, NewPayment, OpenLine, PaymentPosted, Purpose, REGISTER_PAYMENT,
};
use eerp_core_api::{CompanyQuestion, DESCRIBE_COMPANY, OwnCompany};
use eerp_crm_api::{Company, CompanyIds, DESCRIBE_COMPANIES};
use eerp_sdk::prelude::*;

use crate::drafts::create;
use crate::invoices::{Invoice, same};
use crate::kinds::{Kind, State};
use crate::payments::{Allocation, Payment};
use crate::settling::{self, open_lines, take_over};

/// A payment that is entered: for a document, for several, or on account of a company.
#[body]
pub struct NewReceipt {
    /// The document that it is for.
    pub invoice_id: Option<Ref<Invoice>>,
    /// The documents that it is for, the first one first.
    #[field(max = 100)]
    pub invoice_ids: Option<Vec<Ref<Invoice>>>,
    /// From or to whom, when it is for no document.
    pub company_id: Option<Ref<Company>>,
    /// Which way the money goes; as the documents have it, or incoming, unless said.
    pub direction: Option<Direction>,
    /// How much.
    #[field(numeric(20, 4), min = 0)]
    pub amount: Decimal,
    /// Of which currency, by its code; that of the documents unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The day; today unless said.
    pub date: Option<Date>,
    /// The journal of the bank or the cash; the first of a bank unless said.
    pub journal_id: Option<Ref<Journal>>,
    /// What the payer wrote.
    #[field(max = 200)]
    pub reference: Option<String>,
}

/// Enter a payment
///
/// It is posted in the ledger and settles what is open of the documents, the first one
/// first. What is more than that stays with the customer or supplier. 409 `not_posted`,
/// `nothing_open`, and `mixed` when the documents are not of one company, currency and
/// direction.
#[post("/payments", answers = Whole<Payment>, status = 201)]
pub(crate) fn pay(body: NewReceipt) -> Result<Reply> {
    if body.amount <= Decimal::ZERO {
        return Err(Error::invalid("amount", "minimum", "A payment is more than nothing."));
    }
    let mut invoices = documents_of(&body)?;
    let payer = Payer::of(&body, &invoices)?;
    let open = open_lines(&invoices)?;
    let posted = REGISTER_PAYMENT.call(&payer.payment(&body, open_ids(&invoices, &open)?))?;
    let allocations = allocate(&mut invoices, &posted)?;
    let payment = create(payer.record(&body, &posted), allocations)?;
    let location = format!("/api/invoicing/payments/{}", payment.head.id);
    Ok(Reply::json(&payment).with_status(201).with_header("location", location))
}

/// The documents that a payment is for, in the order in which they were named.
fn documents_of(body: &NewReceipt) -> Result<Vec<Record<Invoice>>> {
    let named = body.invoice_ids.iter().flatten().chain(&body.invoice_id);
    let mut ids: Vec<Ref<Invoice>> = Vec::new();
    for id in named {
        if !ids.contains(id) {
            ids.push(*id);
        }
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = db::find::<Invoice>().one_of("id", ids.iter().map(|id| id.uuid())).all()?;
    let mut by_id: BTreeMap<Uuid, _> =
        found.into_iter().map(|invoice| (invoice.id.uuid(), invoice)).collect();
    let invoices = ids.iter().map(|id| by_id.remove(&id.uuid()).ok_or_else(unknown));
    let invoices: Vec<_> = invoices.collect::<Result<_>>()?;
    refuse_unfit(&invoices)?;
    Ok(invoices)
}

fn unknown() -> Error {
    Error::invalid("invoice_ids", "not_found", "There is no such document.")
}

fn refuse_unfit(invoices: &[Record<Invoice>]) -> Result<()> {
    if invoices.iter().any(|invoice| !invoice.state.is_posted()) {
        let message = "A draft is not paid: post it first.";
        return Err(Error::conflict("not_posted", message));
    }
    let of = |invoice: &Record<Invoice>| {
        let kind = (invoice.kind.is_sale(), invoice.kind.direction());
        (invoice.company_id, invoice.currency.clone(), invoice.own_company_id, kind)
    };
    if invoices.windows(2).any(|pair| of(&pair[0]) != of(&pair[1])) {
        let message = "One payment is for documents of one company and currency, which are \
                       all received or all paid.";
        return Err(Error::conflict("mixed", message));
    }
    Ok(())
}

/// The lines of the ledger that the payment is for.
fn open_ids(
    invoices: &[Record<Invoice>],
    open: &BTreeMap<Uuid, Vec<OpenLine>>,
) -> Result<Vec<Ref<Line>>> {
    let mut ids = Vec::new();
    for entry in invoices.iter().filter_map(|invoice| invoice.entry_id) {
        let mut lines: Vec<_> = open.get(&entry.uuid()).into_iter().flatten().collect();
        lines.retain(|line| !line.residual_currency.is_zero());
        lines.sort_by_key(|line| line.due_on);
        ids.extend(lines.iter().map(|line| line.line_id));
    }
    if ids.is_empty() && !invoices.is_empty() {
        let message = "Nothing of it is open. Name only the company to enter a payment on account.";
        return Err(Error::conflict("nothing_open", message));
    }
    Ok(ids)
}

/// Who pays or is paid, and which way.
struct Payer {
    company_id: Ref<Company>,
    name: String,
    direction: Direction,
    kind: Option<Kind>,
    currency: String,
    own_company_id: Option<Ref<OwnCompany>>,
}

impl Payer {
    fn of(body: &NewReceipt, invoices: &[Record<Invoice>]) -> Result<Self> {
        match invoices.first() {
            Some(invoice) => Self::of_document(body, invoice),
            None => Self::on_account(body),
        }
    }

    fn of_document(body: &NewReceipt, invoice: &Invoice) -> Result<Self> {
        let direction = invoice.kind.direction();
        if body.company_id.is_some_and(|id| id != invoice.company_id) {
            let message = "The document is another company's.";
            return Err(Error::invalid("company_id", "other_company", message));
        }
        if body.direction.is_some_and(|said| said != direction) {
            let message = "The money of this document goes the other way.";
            return Err(Error::invalid("direction", "other_direction", message));
        }
        Ok(Self {
            company_id: invoice.company_id,
            name: invoice.party_name.clone().unwrap_or_default(),
            direction,
            kind: Some(invoice.kind),
            currency: body.currency.clone().unwrap_or_else(|| invoice.currency().into()),
            own_company_id: invoice.own_company_id,
        })
    }

    fn on_account(body: &NewReceipt) -> Result<Self> {
        let company_id = body.company_id.ok_or_else(|| {
            let message = "Say which document it is for, or from or to whom it is.";
            Error::invalid("invoice_id", "required", message)
        })?;
        let asked = DESCRIBE_COMPANIES.call(&CompanyIds { company_ids: vec![company_id] });
        let company = asked.map_err(unknown_company)?.pop().ok_or_else(no_company)?;
        let own = DESCRIBE_COMPANY.call(&CompanyQuestion::default())?;
        Ok(Self {
            company_id: company.company_id,
            name: company.name,
            direction: body.direction.unwrap_or(Direction::Incoming),
            kind: None,
            currency: body.currency.clone().unwrap_or(own.currency.code),
            own_company_id: own.company_id,
        })
    }

    fn purpose(&self) -> Purpose {
        match (self.kind, self.direction) {
            (Some(kind), _) => kind.party_account(),
            (None, Direction::Incoming) => Purpose::Receivable,
            (None, Direction::Outgoing) => Purpose::Payable,
        }
    }

    fn payment(&self, body: &NewReceipt, line_ids: Vec<Ref<Line>>) -> NewPayment {
        NewPayment {
            direction: self.direction,
            journal_id: body.journal_id,
            date: body.date,
            amount: body.amount,
            currency: Some(self.currency.clone()),
            party_id: Some(self.company_id.uuid()),
            party: Some(self.name.clone()),
            reference: body.reference.clone(),
            purpose: Some(self.purpose()),
            line_ids,
            own_company_id: self.own_company_id.map(same),
            shared: self.own_company_id.is_none(),
        }
    }

    fn record(&self, body: &NewReceipt, posted: &PaymentPosted) -> Payment {
        Payment {
            direction: self.direction,
            company_id: self.company_id,
            party_name: self.name.clone(),
            date: posted.date,
            amount: body.amount,
            currency: self.currency.clone(),
            unallocated: posted.unallocated,
            reference: body.reference.clone(),
            journal_id: body.journal_id,
            number: posted.number.clone(),
            entry_id: posted.entry_id,
            payment_id: posted.payment_id,
            own_company_id: self.own_company_id,
        }
    }
}

fn unknown_company(error: Error) -> Error {
    if error.status == 422 { no_company() } else { error }
}

fn no_company() -> Error {
    Error::invalid("company_id", "unknown_company", "There is no such company.")
}

/// Takes over what is left of the documents; what of the payment was for which.
fn allocate(invoices: &mut [Record<Invoice>], posted: &PaymentPosted) -> Result<Vec<Allocation>> {
    let before: Vec<(State, Decimal)> =
        invoices.iter().map(|invoice| (invoice.state, invoice.residual)).collect();
    for invoice in invoices.iter_mut() {
        let of_it = posted.lines.iter().filter(|line| Some(line.entry_id) == invoice.entry_id);
        let lines: Vec<OpenLine> = of_it.cloned().collect();
        take_over(invoice, &lines);
    }
    let states: Vec<State> = before.iter().map(|(state, _)| *state).collect();
    settling::store(invoices, &states)?;
    let paid = invoices.iter().zip(&before).map(|(invoice, (_, residual))| Allocation {
        invoice_id: invoice.id,
        amount: residual - invoice.residual,
        currency: invoice.currency.clone(),
        ..Allocation::default()
    });
    Ok(paid.filter(|one| !one.amount.is_zero()).collect())
}
