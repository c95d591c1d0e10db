//! How numbers are written, and when they begin anew. Nothing here reads a record.

use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::Reset;

/// The number as it is printed, with the parts of the day filled into the prefix.
pub(crate) fn text(prefix: &str, day: Date, value: i64, padding: i32) -> String {
    let width = usize::try_from(padding).unwrap_or_default();
    let prefix = prefix
        .replace("{year}", &format!("{:04}", day.year()))
        .replace("{month}", &format!("{:02}", day.month()))
        .replace("{day}", &format!("{:02}", day.day()));
    format!("{prefix}{value:0width$}")
}

/// What a prefix lacks so that no number of another period looks the same.
pub(crate) fn missing(prefix: &str, reset: Reset) -> Option<&'static str> {
    let wanted: &[&str] = match reset {
        Reset::Never => &[],
        Reset::Yearly => &["{year}"],
        Reset::Monthly => &["{year}", "{month}"],
    };
    wanted.iter().find(|part| !prefix.contains(**part)).copied()
}

/// The period in which a number is drawn.
#[derive(Debug, PartialEq)]
pub(crate) struct Period {
    /// How it is kept: `2026`, `2026-03`; nothing where numbers never begin anew.
    pub(crate) name: Option<String>,
    /// The day that is printed.
    pub(crate) day: Date,
    /// Whether the numbers begin anew.
    pub(crate) is_new: bool,
}

impl Period {
    /// The period of a number that is drawn today, after one of the `last` period.
    ///
    /// Time goes forward only: where a clock is behind, the last period goes on, for its
    /// numbers are counted.
    pub(crate) fn of(reset: Reset, last: Option<&str>, today: Date) -> Self {
        let name = match reset {
            Reset::Never => return Self { name: None, day: today, is_new: false },
            Reset::Yearly => format!("{:04}", today.year()),
            Reset::Monthly => format!("{:04}-{:02}", today.year(), today.month()),
        };
        match last {
            Some(last) if *last > *name => Self {
                day: first_day(last).unwrap_or(today),
                name: Some(last.into()),
                is_new: false,
            },
            Some(last) => Self { is_new: *last < *name, name: Some(name), day: today },
            None => Self { name: Some(name), day: today, is_new: false },
        }
    }
}

/// The first day of a period by its name.
fn first_day(period: &str) -> Option<Date> {
    let (year, month) = period.split_once('-').unwrap_or((period, "1"));
    Date::new(year.parse().ok()?, month.parse().ok()?, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn period(reset: Reset, last: Option<&str>, today: &str) -> (Option<String>, String, bool) {
        let drawn = Period::of(reset, last, day(today));
        (drawn.name, drawn.day.to_string(), drawn.is_new)
    }

    #[test]
    fn a_number_is_written_with_its_day_and_its_zeros() {
        let number = |prefix, padding| text(prefix, day("2026-03-09"), 42, padding);
        assert_eq!(number("INV/{year}/", 5), "INV/2026/00042");
        assert_eq!(number("{year}{month}{day}-", 0), "20260309-42");
        assert_eq!(number("{week}-", 1), "{week}-42");
    }

    #[test]
    fn what_begins_anew_must_tell_its_period() {
        assert_eq!(missing("A-", Reset::Never), None);
        assert_eq!(missing("A-", Reset::Yearly), Some("{year}"));
        assert_eq!(missing("A-{year}-", Reset::Yearly), None);
        assert_eq!(missing("A-{year}-", Reset::Monthly), Some("{month}"));
        assert_eq!(missing("{month}/{year}/", Reset::Monthly), None);
    }

    #[test]
    fn a_new_year_and_a_new_month_begin_anew() {
        let named = |name: &str, day: &str, is_new| (Some(name.into()), day.into(), is_new);
        let yearly = |last, today| period(Reset::Yearly, last, today);
        assert_eq!(yearly(Some("2025"), "2026-01-01"), named("2026", "2026-01-01", true));
        assert_eq!(yearly(Some("2026"), "2026-12-31"), named("2026", "2026-12-31", false));
        let monthly = |last, today| period(Reset::Monthly, last, today);
        assert_eq!(monthly(Some("2025-12"), "2026-01-01"), named("2026-01", "2026-01-01", true));
        assert!(!period(Reset::Never, Some("2025"), "2026-01-01").2);
    }

    #[test]
    fn a_clock_that_is_behind_does_not_lead_back() {
        let late = period(Reset::Yearly, Some("2027"), "2026-12-31");
        assert_eq!(late, (Some("2027".into()), "2027-01-01".into(), false));
    }

    #[test]
    fn the_first_number_is_the_one_that_was_set() {
        assert!(!period(Reset::Yearly, None, "2026-01-01").2);
    }
}
