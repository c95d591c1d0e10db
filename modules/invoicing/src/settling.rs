//! What is open of documents, as the ledger has it.

use std::collections::BTreeMap;

use eerp_accounting_api::{ENTRY_SETTLED, Entry, EntryIds, OPEN_LINES, OpenLine, Settled};
use eerp_sdk::prelude::*;

use crate::invoices::Invoice;
use crate::kinds::State;
use crate::posting;

/// The lines of these documents that have to be paid, by their entries.
pub(crate) fn open_lines(invoices: &[Record<Invoice>]) -> Result<BTreeMap<Uuid, Vec<OpenLine>>> {
    let entry_ids: Vec<_> = invoices.iter().filter_map(|invoice| invoice.entry_id).collect();
    let mut by_entry: BTreeMap<Uuid, Vec<OpenLine>> = BTreeMap::new();
    if entry_ids.is_empty() {
        return Ok(by_entry);
    }
    for line in OPEN_LINES.call(&EntryIds { entry_ids })? {
        by_entry.entry(line.entry_id.uuid()).or_default().push(line);
    }
    Ok(by_entry)
}

/// Takes over what the ledger says is open of a document; whether that is news.
pub(crate) fn take_over(invoice: &mut Invoice, lines: &[OpenLine]) -> bool {
    let sum: Decimal = lines.iter().map(|line| line.residual_currency).sum();
    let residual = if invoice.kind.is_owed_to_us() { sum } else { -sum };
    let state = State::of(invoice.total, residual, invoice.credited);
    let news = (residual, state) != (invoice.residual, invoice.state);
    (invoice.residual, invoice.state) = (residual, state);
    news
}

/// Stores documents of which more or less is open than before, and tells of those that
/// were paid by it. `before` is how far they were.
pub(crate) fn store(
    invoices: &[Record<Invoice>],
    before: &[State],
) -> Result<Vec<Record<Invoice>>> {
    let stored = db::update_all(invoices)?;
    for (invoice, before) in stored.iter().zip(before) {
        posting::tell_if_paid(invoice, *before)?;
    }
    Ok(stored)
}

/// Keeps up with what is settled in the ledger itself, such as by a bank statement. What
/// was settled here is known already, and so is what is told again.
#[event(ENTRY_SETTLED)]
pub(crate) fn on_settled(event: Event<Settled>) -> Result<()> {
    let Some(mut invoice) = of_entry(event.data.entry_id)? else { return Ok(()) };
    let before = invoice.state;
    // The event is of a moment that may be gone: the ledger knows what is open now.
    let lines = open_lines(std::slice::from_ref(&invoice))?.into_values().next();
    if take_over(&mut invoice, &lines.unwrap_or_default()) {
        store(&[invoice], &[before])?;
    }
    Ok(())
}

fn of_entry(entry: Ref<Entry>) -> Result<Option<Record<Invoice>>> {
    db::find::<Invoice>().eq("entry_id", entry.uuid()).first()
}
