//! Taking matches back.

use std::collections::BTreeMap;

use eerp_accounting_api::Reversal;
use eerp_sdk::prelude::*;

use super::Match;
use super::settle::{Settled, add, store_residuals};
use crate::entries::reverse::take_back;
use crate::{Entry, Line};

/// Undoes all matches of a line.
pub(crate) fn undo_all_of(line: Ref<Line>) -> Result<Settled> {
    let of = ["debit_line_id", "credit_line_id"].map(|side| Condition::eq(side, line));
    undo(db::find::<Match>().filter(Condition::any(of)).all()?)
}

/// Undoes matches, and those whose exchange difference was posted together with theirs.
/// Whoever calls it [tells](Settled::tell) of it.
pub(crate) fn undo(matches: Vec<Record<Match>>) -> Result<Settled> {
    let matches = with_siblings(matches)?;
    let mut lines = lines_of(&matches)?;
    for undone in &matches {
        restore(&mut lines, undone);
        db::delete(undone.id, None)?;
    }
    let mut lines: Vec<Record<Line>> = lines.into_values().collect();
    store_residuals(&mut lines)?;
    for entry in exchanges(&matches) {
        // Its lines are open again, and settled with those that take them back.
        lines.retain(|line| line.entry_id != entry);
        take_back(&Reversal { entry_id: Ref::new(entry.uuid()), ..Reversal::default() })?;
    }
    Ok(Settled { lines, ..Settled::default() })
}

/// The entries of exchange differences that belong to matches.
fn exchanges(matches: &[Record<Match>]) -> Vec<Ref<Entry>> {
    let mut ids: Vec<Uuid> =
        matches.iter().filter_map(|one| one.exchange_entry_id).map(|id| id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(Ref::new).collect()
}

fn with_siblings(matches: Vec<Record<Match>>) -> Result<Vec<Record<Match>>> {
    let entries = exchanges(&matches);
    if entries.is_empty() {
        return Ok(matches);
    }
    let ids = entries.iter().map(|id| id.uuid());
    let siblings = db::find::<Match>().one_of("exchange_entry_id", ids).all()?;
    let alone = matches.into_iter().filter(|one| one.exchange_entry_id.is_none());
    Ok(alone.chain(siblings).collect())
}

fn lines_of(matches: &[Record<Match>]) -> Result<BTreeMap<Uuid, Record<Line>>> {
    let ids = matches.iter().flat_map(|one| [one.debit_line_id, one.credit_line_id]);
    let mut ids: Vec<Uuid> = ids.map(|id| id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut lines = BTreeMap::new();
    for some in ids.chunks(1000) {
        let found = db::find::<Line>().one_of("id", some.iter().copied()).limit(1000).all()?;
        lines.extend(found.into_iter().map(|line| (line.id.uuid(), line)));
    }
    Ok(lines)
}

/// Gives back to the lines what a match took off them.
pub(crate) fn restore(lines: &mut BTreeMap<Uuid, Record<Line>>, matched: &Match) {
    if let Some(debit) = lines.get_mut(&matched.debit_line_id.uuid()) {
        add(debit, matched.amount, matched.debit_amount);
    }
    if let Some(credit) = lines.get_mut(&matched.credit_line_id.uuid()) {
        add(credit, -matched.amount, -matched.credit_amount);
    }
}
