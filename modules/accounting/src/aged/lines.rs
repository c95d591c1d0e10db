//! The lines of a party that were open on a day.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::AgedLine;
use super::sums::Scope;
use crate::matches::{due, residuals, restore};
use crate::{Line, Match};

/// How many values one condition has at most.
const VALUES_MAX: usize = 1000;

/// What is open now, and what was settled after the day: that is given back.
pub(super) fn open_on(scope: &Scope) -> Result<Vec<AgedLine>> {
    let since = scope.narrow(db::find::<Match>()).gt("date", scope.date).all()?;
    let mut lines: BTreeMap<Uuid, Record<Line>> =
        scope.open_lines().all()?.into_iter().map(|line| (line.id.uuid(), line)).collect();
    let ids = since.iter().flat_map(|one| [one.debit_line_id, one.credit_line_id]);
    let mut ids: Vec<Uuid> = ids.map(|id| id.uuid()).filter(|id| !lines.contains_key(id)).collect();
    ids.sort_unstable();
    ids.dedup();
    for some in ids.chunks(VALUES_MAX) {
        let found = db::find::<Line>().one_of("id", some.iter().copied()).lte("date", scope.date);
        lines.extend(found.all()?.into_iter().map(|line| (line.id.uuid(), line)));
    }
    for one in &since {
        restore(&mut lines, one);
    }
    let mut open: Vec<AgedLine> = lines
        .values()
        .filter(|line| residuals(line) != Default::default())
        .map(|line| shown(line, scope))
        .collect();
    open.sort_by_key(|line| (line.due_on, line.date, line.line_id.uuid()));
    Ok(open)
}

fn shown(line: &Record<Line>, scope: &Scope) -> AgedLine {
    let (amount, amount_currency) = residuals(line);
    let due_on = due(line);
    AgedLine {
        line_id: line.id,
        entry_id: line.entry_id,
        date: line.date,
        due_on,
        label: line.label.clone(),
        days: i32::try_from((scope.date.days() - due_on.days()).max(0)).unwrap_or(i32::MAX),
        amount: amount * scope.sign(),
        amount_currency: amount_currency * scope.sign(),
        currency: line.currency.as_ref().unwrap_or(&line.book_currency).clone(),
    }
}
