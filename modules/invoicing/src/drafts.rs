//! What a draft says of itself is completed: its day, currency, items, amounts, taxes
//! and instalments.

use eerp_core_api::{CompanyQuestion, CurrencyCodes, DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_money::DECIMALS_MAX;
use eerp_sdk::prelude::*;

use crate::invoices::{Invoice, Line};
use crate::kinds::PURCHASES;
use crate::terms::Part;
use crate::{crediting, due, items, totals};

/// Completes a document and its lines before they are stored.
pub(crate) fn complete(
    invoice: &mut Invoice,
    lines: &mut [Record<Line>],
    before: Option<&Whole<Invoice>>,
) -> Result<()> {
    if before.is_some_and(|before| before.head.kind != invoice.kind) {
        let message = "What a document is stays: write another one instead.";
        return Err(Error::invalid("kind", "kind_stays", message));
    }
    invoice.date = Some(invoice.day());
    let decimals = settle_currency(invoice)?;
    settle_reference(invoice, before)?;
    items::describe(invoice, lines, before)?;
    totals::compute(invoice, lines, decimals)?;
    crediting::take_rest(invoice, lines, before.map(|before| before.head.id))?;
    plan(invoice, before.map(|before| &before.head), decimals)
}

/// The digits after the point of the document's currency, which is that of the books
/// unless it is said.
fn settle_currency(invoice: &mut Invoice) -> Result<u32> {
    let question = CompanyQuestion { company_id: invoice.own_company_id };
    let books = DESCRIBE_COMPANY.call(&question)?.currency;
    invoice.book_currency = Some(books.code.clone());
    let code = invoice.currency.get_or_insert_with(|| books.code.clone()).clone();
    let decimals = if code == books.code { books.decimals } else { decimals_of(code)? };
    u32::try_from(decimals).ok().filter(|decimals| *decimals <= DECIMALS_MAX).ok_or_else(|| {
        let message = "Documents have up to four digits after the point.";
        Error::invalid("currency", "currency_decimals", message)
    })
}

fn decimals_of(code: String) -> Result<i32> {
    let unknown = || Error::invalid("currency", "unknown_currency", "There is no such currency.");
    match DESCRIBE_CURRENCIES.call(&CurrencyCodes { codes: vec![code] }) {
        Ok(found) => found.first().map(|found| found.decimals).ok_or_else(unknown),
        Err(error) if error.status == 422 => Err(unknown()),
        Err(error) => Err(error),
    }
}

/// A supplier gives a number once. Two bills that come in at the same moment are told
/// apart by a unique value; whoever is late is told here.
fn settle_reference(invoice: &mut Invoice, before: Option<&Whole<Invoice>>) -> Result<()> {
    let said = invoice.reference.take().map(|text| text.trim().to_owned());
    invoice.reference = said.filter(|text| !text.is_empty());
    let number = invoice.reference.clone().filter(|_| PURCHASES.contains(&invoice.kind));
    invoice.supplier_number.clone_from(&number);
    let Some(number) = number else { return Ok(()) };
    let told = before.is_some_and(|before| {
        (before.head.company_id, before.head.supplier_number.as_ref())
            == (invoice.company_id, Some(&number))
    });
    if told {
        return Ok(());
    }
    let twin = db::find::<Invoice>()
        .eq("company_id", invoice.company_id.uuid())
        .eq("kind", invoice.kind.word())
        .eq("supplier_number", number.as_str())
        .first()?;
    match twin.filter(|twin| before.is_none_or(|before| twin.id != before.head.id)) {
        None => Ok(()),
        Some(twin) => {
            let message = format!(
                "The supplier's {} {number} is there already: {}.",
                invoice.kind.title().to_lowercase(),
                twin.called()
            );
            Err(Error::conflict("duplicate_reference", message))
        }
    }
}

/// The days by which it has to be paid, and how much by each. A last day that was said
/// holds until the date or the terms change.
fn plan(invoice: &mut Invoice, before: Option<&Record<Invoice>>, decimals: u32) -> Result<()> {
    let (date, parts) = (invoice.day(), parts_of(invoice)?);
    let last = due::last_day(&parts, date).ok_or_else(|| {
        Error::invalid("term_id", "out_of_calendar", "These terms end after the year 9999.")
    })?;
    let moved = before.is_some_and(|before| {
        before.due_on == invoice.due_on
            && (before.date, before.term_id) != (invoice.date, invoice.term_id)
    });
    let due_on = invoice.due_on.filter(|_| !moved).unwrap_or(last);
    if due_on < date {
        let message = "A document is not due before its date.";
        return Err(Error::invalid("due_on", "before_date", message));
    }
    invoice.due_on = Some(due_on);
    invoice.instalments = due::instalments(invoice.total, &parts, date, due_on, decimals);
    Ok(())
}

fn parts_of(invoice: &Invoice) -> Result<Vec<Part>> {
    let Some(id) = invoice.term_id else { return Ok(Vec::new()) };
    match db::get(id) {
        Ok(term) => Ok(term.into_inner().parts),
        Err(error) if error.is("not_found") => {
            Err(Error::invalid("term_id", "not_found", "There are no such terms."))
        }
        Err(error) => Err(error),
    }
}

/// A new draft that says the same, of today.
pub(crate) fn copy_of(invoice: &Invoice) -> Invoice {
    Invoice {
        kind: invoice.kind,
        company_id: invoice.company_id,
        term_id: invoice.term_id,
        currency: invoice.currency.clone(),
        journal_id: invoice.journal_id,
        remarks: invoice.remarks.clone(),
        own_company_id: invoice.own_company_id,
        ..Invoice::default()
    }
}

/// A new line that says the same.
pub(crate) fn copy_of_line(line: &Line) -> Line {
    Line {
        item_id: line.item_id,
        description: line.description.clone(),
        quantity: line.quantity,
        unit: line.unit.clone(),
        unit_price: line.unit_price,
        discount: line.discount,
        tax_ids: line.tax_ids.clone(),
        account_id: line.account_id,
        ..Line::default()
    }
}

/// Duplicate a document
///
/// A new draft of today with the same lines, whatever has become of this one.
#[post("/invoices/{id:uuid}/duplicate", answers = Whole<Invoice>, status = 201)]
pub(crate) fn duplicate(id: Ref<Invoice>) -> Result<Reply> {
    let original = documents::get(id)?;
    let lines: Vec<Line> = original.lines.iter().map(|line| copy_of_line(line)).collect();
    created(&create(copy_of(&original.head), lines)?)
}

/// Stores a new document that is of exactly the own company that it says, or of none.
pub(crate) fn create<M: Document>(head: M, lines: Vec<M::Line>) -> Result<Whole<M>> {
    let lines = lines.into_iter().map(Record::from).collect();
    documents::save(&Whole::new(Record::from(head).saying("own_company_id"), lines))
}

/// The answer that a new document is.
pub(crate) fn created(whole: &Whole<Invoice>) -> Result<Reply> {
    let head = &whole.head;
    let location = format!("/api/invoicing/invoices/{}", head.id);
    let etag = format!("\"{}\"", head.version);
    let reply = Reply::json(whole).with_status(201).with_header("etag", etag);
    Ok(reply.with_header("location", location))
}
