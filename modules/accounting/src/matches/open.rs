//! What is open of entries, and who is told when it changes.

use std::collections::BTreeMap;

use eerp_accounting_api::{
    ENTRY_SETTLED, EntryIds, OPEN_LINES, OpenLine, Purpose, Settled as Told,
};
use eerp_sdk::prelude::*;

use super::settle::{currency, residuals};
use crate::{Entry, Line};

/// The entries that one request may settle: the core tells of no more events at once.
const ENTRIES_MAX: usize = 90;
/// What marks entries that accounting made for itself.
const OWN: &str = "accounting.";

#[serves(OPEN_LINES)]
pub(crate) fn open_lines(input: EntryIds) -> Result<Vec<OpenLine>> {
    if input.entry_ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = owed_of(input.entry_ids.iter().map(|id| id.uuid()))?;
    Ok(found.iter().map(open_line).collect())
}

/// What is left of a line, as other modules are told.
pub(crate) fn open_line(line: &Record<Line>) -> OpenLine {
    let (residual, residual_currency) = residuals(line);
    OpenLine {
        line_id: Ref::new(line.id.uuid()),
        entry_id: Ref::new(line.entry_id.uuid()),
        due_on: line.due_on,
        residual,
        residual_currency,
        currency: currency(line).into(),
    }
}

/// The lines of entries that customers owe or that are owed to suppliers.
fn owed_of(entries: impl Iterator<Item = Uuid>) -> Result<Vec<Record<Line>>> {
    db::find::<Line>()
        .one_of("entry_id", entries)
        .eq("posted", true)
        .one_of("account.purpose", [Purpose::Receivable, Purpose::Payable])
        .order("entry_id, position")
        .all()
}

/// Tells of each of these entries how much of it is open now. Those that accounting made
/// for itself are no news to anybody.
pub(super) fn tell(entries: impl Iterator<Item = Ref<Entry>>) -> Result<()> {
    let mut ids: Vec<Uuid> = entries.map(|id| id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let entries = db::find::<Entry>().one_of("id", ids).limit(1000).all()?;
    let own = |entry: &Record<Entry>| {
        entry.source_model.as_ref().is_some_and(|model| model.starts_with(OWN))
    };
    let told: Vec<Record<Entry>> = entries.into_iter().filter(|entry| !own(entry)).collect();
    if told.len() > ENTRIES_MAX {
        let message = format!("Up to {ENTRIES_MAX} entries are settled at once.");
        return Err(Error::invalid("line_ids", "too_many_entries", message));
    }
    let open = open_amounts(&told)?;
    for entry in &told {
        let (residual, residual_currency) = open.get(&entry.id.uuid()).copied().unwrap_or_default();
        let news = Told {
            entry_id: Ref::new(entry.id.uuid()),
            source_model: entry.source_model.clone(),
            source_id: entry.source_id,
            residual,
            residual_currency,
        };
        ENTRY_SETTLED.emit(entry.id, &news)?;
    }
    Ok(())
}

/// What is open of each entry, in the currency of the books and in its own.
fn open_amounts(entries: &[Record<Entry>]) -> Result<BTreeMap<Uuid, (Decimal, Decimal)>> {
    let mut open = BTreeMap::<Uuid, (Decimal, Decimal)>::new();
    if entries.is_empty() {
        return Ok(open);
    }
    for line in owed_of(entries.iter().map(|entry| entry.id.uuid()))? {
        let (book, own) = residuals(&line);
        let total = open.entry(line.entry_id.uuid()).or_default();
        *total = (total.0 + book, total.1 + own);
    }
    Ok(open)
}
