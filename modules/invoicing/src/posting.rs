//! Posting: a draft gets its number and its entry, in one transaction, and stays as it is.

use eerp_accounting_api::{POST_ENTRY, Posted};
use eerp_invoicing_api::{INVOICE_PAID, INVOICE_POSTED, InvoiceNews};
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, NextNumber, Reset};

use crate::invoices::{Invoice, posted, same};
use crate::kinds::State;
use crate::{crediting, entry, parties};

/// Digits that a number has at least.
const PADDING: i32 = 5;

/// Post a document
///
/// It gets its number, its entry in the ledger and the names and addresses of both
/// sides, and stays as it is from then on. All of it happens or nothing does: a number
/// whose entry is refused is given to the next document. 409 `posted`, `no_lines`,
/// `negative_total`, and what accounting says: `period_locked`, `account_missing`.
#[post("/invoices/{id:uuid}/post", answers = Whole<Invoice>)]
pub(crate) fn post_draft(id: Ref<Invoice>) -> Result<Whole<Invoice>> {
    post(documents::lock(id)?)
}

/// Posts a draft whose head nobody else changes meanwhile.
pub(crate) fn post(mut invoice: Whole<Invoice>) -> Result<Whole<Invoice>> {
    refuse_unfit(&invoice)?;
    let original = crediting::original_of(&invoice.head)?;
    name_sides(&mut invoice.head)?;
    invoice.head.number = Some(draw(&invoice.head)?);
    let entry = book(&mut invoice)?;
    let head = &mut invoice.head;
    (head.post, head.posted_at) = (true, Some(now()));
    head.residual = head.total;
    head.state = State::of(head.total, head.residual, Decimal::ZERO);
    invoice.head = match (original, entry) {
        (Some(original), entry) => crediting::settle(original, invoice.head, entry.as_ref())?,
        (None, _) => db::update(&invoice.head)?,
    };
    tell(&invoice.head)?;
    Ok(invoice)
}

fn refuse_unfit(invoice: &Whole<Invoice>) -> Result<()> {
    if invoice.head.state.is_posted() {
        return Err(posted());
    }
    if invoice.lines.is_empty() {
        let message = "There is nothing on it: a document has a line at least.";
        return Err(Error::conflict("no_lines", message));
    }
    if invoice.head.total < Decimal::ZERO {
        let message = "It amounts to less than nothing: write a credit note instead.";
        return Err(Error::conflict("negative_total", message));
    }
    Ok(())
}

/// Keeps both sides as they are now. A customer who was merged is the one that stays.
fn name_sides(invoice: &mut Invoice) -> Result<()> {
    let company = parties::other_side(invoice)?;
    invoice.company_id = company.company_id;
    invoice.party_name = Some(company.name.clone());
    invoice.party = Some(parties::as_printed(company));
    invoice.issuer = Some(parties::own_side(invoice)?);
    Ok(())
}

/// The next number of its kind in its year, without gaps. Each own company counts for
/// itself, whichever of them the user acts in.
fn draw(invoice: &Invoice) -> Result<String> {
    let series = match invoice.own_company_id {
        Some(company) => format!("{}.{company}", invoice.kind.word()),
        None => invoice.kind.word().into(),
    };
    let number = sequences::next(NextNumber {
        per_company: false,
        reset: Reset::Yearly,
        date: invoice.date,
        prefix: invoice.kind.prefix().into(),
        padding: PADDING,
        ..NextNumber::of(&series)
    })?;
    Ok(number.text)
}

/// Enters it in the ledger; a document of nothing is in no ledger.
fn book(invoice: &mut Whole<Invoice>) -> Result<Option<Posted>> {
    let wanted = entry::of(invoice.head.id, &invoice.head, &invoice.lines);
    if wanted.lines.is_empty() {
        return Ok(None);
    }
    let posted = POST_ENTRY.call(&wanted);
    let posted = posted.map_err(|error| entry::blame(error, &wanted, &invoice.lines))?;
    invoice.head.entry_id = Some(posted.entry_id);
    entry::keep_book_amounts(&mut invoice.head, &posted);
    Ok(Some(posted))
}

fn tell(invoice: &Record<Invoice>) -> Result<()> {
    INVOICE_POSTED.emit(invoice.id, &news(invoice))?;
    tell_if_paid(invoice, State::Draft)
}

/// Tells that a document was paid, if it was not before.
pub(crate) fn tell_if_paid(invoice: &Record<Invoice>, before: State) -> Result<()> {
    if invoice.state == State::Paid && before != State::Paid {
        INVOICE_PAID.emit(invoice.id, &news(invoice))?;
    }
    Ok(())
}

fn news(invoice: &Record<Invoice>) -> InvoiceNews {
    InvoiceNews {
        invoice_id: same(invoice.id),
        number: invoice.called().into(),
        kind: invoice.kind.word().into(),
        company_id: same(invoice.company_id),
        total: invoice.total,
        residual: invoice.residual,
        currency: invoice.currency().into(),
    }
}
