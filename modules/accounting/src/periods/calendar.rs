//! Years and their months: pure reckoning with days.

use eerp_sdk::prelude::*;

/// No fiscal year is longer: two calendar years, which no law allows.
pub(crate) const YEAR_DAYS_MAX: i64 = 731;

/// The first and the last day of a stretch of time.
pub(crate) type Span = (Date, Date);

/// A month within a year: what it is called, and its days.
#[derive(Debug, PartialEq)]
pub(crate) struct Month {
    pub(crate) name: String,
    pub(crate) days: Span,
}

/// The months of a year. The first and the last may be shorter than those of the
/// calendar.
pub(crate) fn months((from, to): Span) -> Vec<Month> {
    let mut months = Vec::new();
    let mut start = Some(from);
    while let Some(first) = start.filter(|first| *first <= to) {
        let next = first_of_next_month(first);
        let last = next.and_then(|next| next.plus_days(-1)).unwrap_or(to).min(to);
        let name = format!("{:04}-{:02}", first.year(), first.month());
        months.push(Month { name, days: (first, last) });
        start = next;
    }
    months
}

fn first_of_next_month(day: Date) -> Option<Date> {
    match day.month() {
        12 => Date::new(day.year() + 1, 1, 1),
        month => Date::new(day.year(), month + 1, 1),
    }
}

/// The year that a day lies in when no year has it yet. It begins on the same day as the
/// year nearest to it, in January unless there is one, and leaves room to those that are
/// there.
pub(crate) fn year_around(day: Date, known: &[Span]) -> Option<Span> {
    let distance = |(from, to): &Span| (day.days() - to.days()).max(from.days() - day.days());
    let (month, first_day) = match known.iter().min_by_key(|span| distance(span)) {
        Some((from, _)) => (from.month(), from.day()),
        None => (1, 1),
    };
    let start = |year: u16| {
        // What begins on a leap day begins on the day before in other years.
        Date::new(year, month, first_day).or_else(|| Date::new(year, month, 28))
    };
    let this = start(day.year()).filter(|start| *start <= day);
    let from = this.or_else(|| start(day.year().checked_sub(1)?)).or_else(|| Date::new(1, 1, 1))?;
    let to = start(from.year() + 1).and_then(|next| next.plus_days(-1));
    let to = to.or_else(|| Date::new(9999, 12, 31))?;
    let before = known.iter().filter(|(_, to)| *to < day).map(|(_, to)| *to).max();
    let after = known.iter().filter(|(from, _)| *from > day).map(|(from, _)| *from).min();
    let from = before.and_then(|to| to.plus_days(1)).map_or(from, |least| from.max(least));
    let to = after.and_then(|from| from.plus_days(-1)).map_or(to, |most| to.min(most));
    Some((from, to))
}

/// What a year is called: `2026`, or `2026/27`.
pub(crate) fn name((from, to): Span) -> String {
    if from.year() == to.year() {
        format!("{:04}", from.year())
    } else {
        format!("{:04}/{:02}", from.year(), to.year() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn span(from: &str, to: &str) -> Span {
        (day(from), day(to))
    }

    #[test]
    fn a_year_has_twelve_months() {
        let months = months(span("2024-01-01", "2024-12-31"));
        assert_eq!(months.len(), 12);
        assert_eq!(months[1].name, "2024-02");
        assert_eq!(months[1].days, span("2024-02-01", "2024-02-29"));
        assert_eq!(months[11].days, span("2024-12-01", "2024-12-31"));
    }

    #[test]
    fn months_end_with_their_year() {
        let months = months(span("2026-04-15", "2026-06-10"));
        let days: Vec<Span> = months.iter().map(|month| month.days).collect();
        assert_eq!(
            days,
            [
                span("2026-04-15", "2026-04-30"),
                span("2026-05-01", "2026-05-31"),
                span("2026-06-01", "2026-06-10"),
            ]
        );
    }

    #[test]
    fn the_last_days_of_the_calendar_are_a_month_too() {
        assert_eq!(months(span("9999-11-01", "9999-12-31")).len(), 2);
    }

    #[test]
    fn without_others_a_year_is_that_of_the_calendar() {
        let year = year_around(day("2026-05-17"), &[]);
        assert_eq!(year, Some(span("2026-01-01", "2026-12-31")));
    }

    #[test]
    fn years_go_on_as_the_nearest_does() {
        let known = [span("2025-04-01", "2026-03-31")];
        let after = year_around(day("2026-05-17"), &known);
        assert_eq!(after, Some(span("2026-04-01", "2027-03-31")));
        let before = year_around(day("2025-03-31"), &known);
        assert_eq!(before, Some(span("2024-04-01", "2025-03-31")));
        assert_eq!(name(span("2025-04-01", "2026-03-31")), "2025/26");
    }

    #[test]
    fn a_year_leaves_room_to_its_neighbours() {
        let known = [span("2025-01-01", "2025-09-30"), span("2026-07-01", "2027-06-30")];
        let between = year_around(day("2026-02-01"), &known);
        let (from, to) = between.expect("a year");
        assert!(from > day("2025-09-30") && to < day("2026-07-01"));
        assert!((from..=to).contains(&day("2026-02-01")));
    }

    #[test]
    fn the_ends_of_the_calendar_have_years() {
        for edge in ["0001-01-01", "9999-12-31"] {
            let known = [span("2025-04-01", "2026-03-31")];
            let (from, to) = year_around(day(edge), &known).expect("a year");
            assert!((from..=to).contains(&day(edge)));
        }
    }
}
