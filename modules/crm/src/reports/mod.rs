//! What the sales of a time add up to. Each report counts what its reader may see.

pub(crate) mod forecast;
pub(crate) mod outcomes;
pub(crate) mod pipeline;
pub(crate) mod sources;
pub(crate) mod stages;

use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

use crate::Opportunity;

/// As many groups as one question of the database has.
const GROUPS_MAX: usize = 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Refuses a time that ends before it begins.
fn in_order(from: Option<Date>, to: Option<Date>) -> Result<()> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            let message = "The last day is before the first.";
            Err(Error::invalid_query("to", "before_from", message))
        }
        _ => Ok(()),
    }
}

/// Only records whose moment is on one of these days, by UTC.
fn within<M: Model>(
    mut found: db::Find<M>,
    moment: &str,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<db::Find<M>> {
    in_order(from, to)?;
    if let Some(from) = from {
        found = found.gte(moment, midnight(from));
    }
    // After the last day of the calendar there is nothing.
    if let Some(next) = to.and_then(|to| to.plus_days(1)) {
        found = found.lt(moment, midnight(next));
    }
    Ok(found)
}

/// Which open opportunities count.
#[query]
pub(crate) struct OpenSought {
    /// Those that this user pursues.
    pub owner_id: Option<Uuid>,
    /// Those that should be decided on this day or later.
    pub from: Option<Date>,
    /// Those that should be decided on this day or earlier.
    pub to: Option<Date>,
}

/// The open opportunities that count.
fn open(query: &OpenSought) -> Result<db::Find<Opportunity>> {
    in_order(query.from, query.to)?;
    let mut found = db::find().is_null("closed_at");
    if let Some(owner) = query.owner_id {
        found = found.eq("owner_id", owner);
    }
    if let Some(from) = query.from {
        found = found.gte("expected_close", from);
    }
    if let Some(to) = query.to {
        found = found.lte("expected_close", to);
    }
    Ok(found)
}

fn midnight(day: Date) -> Timestamp {
    Timestamp::from_millis(day.days() * DAY_MS)
}

/// All groups, or the advice to ask for less.
fn whole<T>(groups: Vec<T>) -> Result<Vec<T>> {
    if groups.len() >= GROUPS_MAX {
        let message = "That is too much for one report: choose a shorter time.";
        return Err(Error::invalid_query("from", "too_much", message));
    }
    Ok(groups)
}

/// So many of all, in percent with two digits; nothing of none.
fn percent(part: i64, all: i64) -> Option<Decimal> {
    let share = Decimal::from(part).checked_mul(Decimal::ONE_HUNDRED)?;
    Some(eerp_money::round(share.checked_div(Decimal::from(all))?, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_two_digits_and_of_none_there_is_none() {
        assert_eq!(percent(2, 3).map(|it| it.to_string()).as_deref(), Some("66.67"));
        assert_eq!(percent(0, 3).map(|it| it.to_string()).as_deref(), Some("0.00"));
        assert_eq!(percent(0, 0), None);
    }

    #[test]
    fn a_time_does_not_end_before_it_begins() {
        let day = |day| Date::new(2026, 1, day);
        assert!(in_order(day(2), day(1)).is_err());
        assert!(in_order(day(1), day(1)).is_ok());
        assert!(in_order(None, day(1)).is_ok());
    }
}
