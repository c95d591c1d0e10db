//! What a document is in the ledger.

use eerp_accounting_api::{NewEntry, NewLine, Posted, Purpose, TaxTotal};
use eerp_sdk::prelude::*;

use crate::invoices::{Invoice, Line, same};

/// The model by which the ledger knows where an entry comes from.
pub(crate) const SOURCE: &str = "invoicing.invoices";

/// What a label has at most.
const LABEL_MAX: usize = 500;

/// The entry of a document that has this id, number and lines. What has to be paid comes
/// first, an amount for each instalment; then what was sold or bought by accounts, then
/// the taxes.
pub(crate) fn of(id: Ref<Invoice>, invoice: &Invoice, lines: &[Record<Line>]) -> NewEntry {
    let mut entry = owed(invoice);
    entry.extend(by_account(invoice, lines));
    entry.extend(invoice.taxes.iter().filter_map(|tax| taxed(invoice, tax)));
    NewEntry {
        journal_id: invoice.journal_id,
        journal_kind: Some(invoice.kind.journal()),
        date: invoice.date,
        currency: invoice.currency.clone(),
        reference: invoice.number.clone(),
        narration: Some(narration(invoice)),
        own_company_id: invoice.own_company_id.map(same),
        shared: invoice.own_company_id.is_none(),
        source_model: Some(SOURCE.into()),
        source_id: Some(id.uuid()),
        lines: entry,
    }
}

fn narration(invoice: &Invoice) -> String {
    let (title, name) = (invoice.kind.title(), invoice.party_name.as_deref().unwrap_or_default());
    match &invoice.reference {
        Some(reference) => format!("{title} {}, {name}, {reference}", invoice.called()),
        None => format!("{title} {}, {name}", invoice.called()),
    }
}

/// What the customer or supplier owes or is owed, by the day on which it is due.
fn owed(invoice: &Invoice) -> Vec<NewLine> {
    let signed = |amount: Decimal| if invoice.kind.is_owed_to_us() { amount } else { -amount };
    let line = |due_on, amount| NewLine {
        purpose: Some(invoice.kind.party_account()),
        label: invoice.number.clone(),
        party_id: Some(invoice.company_id.uuid()),
        party: invoice.party_name.clone(),
        due_on: Some(due_on),
        ..sided(signed(amount))
    };
    let due = invoice.instalments.iter().filter(|part| !part.amount.is_zero());
    due.map(|part| line(part.due_on, part.amount)).collect()
}

/// How many lines of the entry say what has to be paid.
pub(crate) fn owed_lines(invoice: &Invoice) -> usize {
    invoice.instalments.iter().filter(|part| !part.amount.is_zero()).count()
}

/// What was sold or bought, by accounts: in the order in which they first appear.
fn by_account(invoice: &Invoice, lines: &[Record<Line>]) -> Vec<NewLine> {
    let mut sums: Vec<(NewLine, Decimal)> = Vec::new();
    for line in lines {
        let account_id = line.account_id;
        let purpose = account_id.is_none().then(|| invoice.kind.line_account(line.stocked));
        let known =
            sums.iter_mut().find(|(sum, _)| (sum.account_id, sum.purpose) == (account_id, purpose));
        match known {
            Some((sum, amount)) => {
                *amount += line.net;
                sum.label = None;
            }
            None => sums.push((booked(account_id, purpose, line), line.net)),
        }
    }
    let balanced = sums.into_iter().filter(|(_, amount)| !amount.is_zero());
    balanced.map(|(line, amount)| with_side(line, against(invoice, amount))).collect()
}

fn booked(
    account_id: Option<Ref<eerp_accounting_api::Account>>,
    purpose: Option<Purpose>,
    line: &Line,
) -> NewLine {
    let label = line.description.as_ref().map(|text| text.chars().take(LABEL_MAX).collect());
    NewLine { account_id, purpose, label, ..NewLine::default() }
}

fn taxed(invoice: &Invoice, tax: &TaxTotal) -> Option<NewLine> {
    let line = NewLine {
        account_id: tax.account_id,
        purpose: tax.account_id.is_none().then(|| invoice.kind.tax_account()),
        label: Some(tax.name.clone()),
        tax_id: Some(tax.tax_id),
        tax_base: Some(invoice.kind.signed(tax.base)),
        ..NewLine::default()
    };
    (!tax.amount.is_zero()).then(|| with_side(line, against(invoice, tax.amount)))
}

/// The amount on the side that faces what has to be paid: left is positive.
fn against(invoice: &Invoice, amount: Decimal) -> Decimal {
    if invoice.kind.is_owed_to_us() { -amount } else { amount }
}

fn sided(amount: Decimal) -> NewLine {
    with_side(NewLine::default(), amount)
}

fn with_side(line: NewLine, amount: Decimal) -> NewLine {
    if amount.is_sign_negative() {
        NewLine { credit: -amount, ..line }
    } else {
        NewLine { debit: amount, ..line }
    }
}

/// The same error, blaming the document's lines instead of the entry's.
pub(crate) fn blame(mut error: Error, entry: &NewEntry, lines: &[Record<Line>]) -> Error {
    for fault in &mut error.errors {
        let Some((place, field)) = place_of(&fault.pointer) else { continue };
        let account = entry.lines.get(place).and_then(|line| line.account_id);
        let ours = lines.iter().position(|line| line.account_id == account);
        fault.pointer = match ours.filter(|_| account.is_some()) {
            Some(place) => format!("/lines/{place}/{field}").into(),
            None => "".into(),
        };
    }
    error
}

/// The place and the field of `/lines/3/account_id`.
fn place_of(pointer: &str) -> Option<(usize, &str)> {
    let (place, field) = pointer.strip_prefix("/lines/")?.split_once('/')?;
    Some((place.parse().ok()?, field))
}

/// What a posted entry says of the document in the currency of the books.
pub(crate) fn keep_book_amounts(invoice: &mut Invoice, posted: &Posted) {
    let owed = owed_lines(invoice);
    let sign = if invoice.kind.is_owed_to_us() { Decimal::ONE } else { -Decimal::ONE };
    let amount = |line: &eerp_accounting_api::PostedLine| line.debit - line.credit;
    let total: Decimal = posted.lines.iter().take(owed).map(amount).sum();
    let taxes = invoice.taxes.iter().filter(|tax| !tax.amount.is_zero()).count();
    let tax: Decimal = posted.lines.iter().rev().take(taxes).map(amount).sum();
    invoice.book_tax = -tax * sign;
    invoice.book_net = total * sign - invoice.book_tax;
}
