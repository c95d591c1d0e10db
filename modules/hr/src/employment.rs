//! Where employees are in the time of their employment, as days go by.

use eerp_sdk::prelude::*;

use crate::{BULK_MAX, Employee, contracts};

/// Where somebody is in the time of employment.
#[choice]
pub enum Employment {
    /// The first day is still to come.
    Planned,
    /// Works here.
    Active,
    /// Has left.
    Left,
}

/// Where somebody with these days is on a day.
pub(crate) fn employment(hired: Date, left: Option<Date>, today: Date) -> Employment {
    match left {
        Some(left) if left < today => Employment::Left,
        _ if hired > today => Employment::Planned,
        _ => Employment::Active,
    }
}

/// Brings what follows from the calendar up to date: who works here from today on, and
/// who left yesterday.
#[job(name = "follow_the_calendar", cron = "5 0 * * *")]
pub(crate) fn follow_the_calendar(run: JobRun) -> Result<()> {
    let today = run.due.date();
    let begun = Condition::all([
        Condition::eq("state", Employment::Planned),
        Condition::compare("hired_on", "lte", today),
    ]);
    let ended = Condition::all([
        Condition::compare("state", "neq", Employment::Left),
        Condition::compare("left_on", "lt", today),
    ]);
    let found = db::find::<Employee>().filter(Condition::any([begun, ended])).all()?;
    let late: Vec<Record<Employee>> = found
        .into_iter()
        .map(|mut employee| {
            employee.state = employment(employee.hired(), employee.left_on, today);
            employee
        })
        .collect();
    for some in late.chunks(BULK_MAX) {
        db::update_all(some)?;
    }
    contracts::begin(today)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn the_state_follows_from_the_days() {
        let hired = day("2026-01-10");
        for (left, today, state) in [
            (None, "2026-01-09", Employment::Planned),
            (None, "2026-01-10", Employment::Active),
            (Some("2026-03-31"), "2026-03-31", Employment::Active),
            (Some("2026-03-31"), "2026-04-01", Employment::Left),
        ] {
            assert_eq!(employment(hired, left.map(day), day(today)), state);
        }
    }
}
