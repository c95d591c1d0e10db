//! On which days work is due, and how much: weeks, holidays and what they come to. All
//! of it is arithmetic; nothing here reads a record.

use std::collections::BTreeSet;

use eerp_sdk::prelude::*;

/// The longest stretch of days that is counted at once.
pub const STRETCH_DAYS_MAX: i64 = 366;

/// Half a day.
pub const HALF: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// Days from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl Days {
    /// Whether this is one of them.
    pub fn has(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Those that the others have as well, if there are any.
    pub fn shared(self, others: Self) -> Option<Self> {
        let (from, to) = (self.from.max(others.from), self.to.min(others.to));
        (from <= to).then_some(Self { from, to })
    }

    /// Each of them in order.
    pub fn each(self) -> impl Iterator<Item = Date> {
        (self.from.days()..=self.to.days()).filter_map(Date::from_days)
    }

    /// How many there are.
    pub fn count(self) -> i64 {
        self.to.days() - self.from.days() + 1
    }
}

/// The place of a day in its week: 0 is Monday.
pub fn weekday(day: Date) -> usize {
    // 1 January 1970 was a Thursday.
    usize::try_from((day.days() + 3).rem_euclid(7)).unwrap_or_default()
}

/// On which days work is due by one schedule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// Hours of each weekday, from Monday.
    pub week: [Decimal; 7],
    /// Days on which nobody works.
    pub holidays: BTreeSet<Date>,
}

impl Calendar {
    /// Hours that are due on a day.
    pub fn hours(&self, day: Date) -> Decimal {
        match self.holidays.contains(&day) {
            true => Decimal::ZERO,
            false => self.week[weekday(day)],
        }
    }

    /// What is due on some days.
    pub fn due(&self, days: Days) -> Due {
        let hours = days.each().map(|day| self.hours(day));
        hours.fold(Due::default(), |due, hours| Due {
            days: due.days + i64::from(!hours.is_zero()),
            hours: due.hours + hours,
        })
    }
}

/// Work that is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Due {
    /// Days with any.
    pub days: i64,
    /// Hours in all.
    pub hours: Decimal,
}

/// Somebody's calendars, one after the other as contracts follow each other.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Each with the days on which it holds.
    pub parts: Vec<(Days, Calendar)>,
    /// The one for days without a contract.
    pub usual: Calendar,
}

impl Plan {
    /// Hours that are due on a day.
    pub fn hours(&self, day: Date) -> Decimal {
        let part = self.parts.iter().find(|(days, _)| days.has(day));
        part.map_or(&self.usual, |(_, calendar)| calendar).hours(day)
    }
}

/// An absence, which may begin or end at noon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// Its days.
    pub days: Days,
    /// Whether it begins at noon of the first day.
    pub from_noon: bool,
    /// Whether it ends at noon of the last day.
    pub to_noon: bool,
}

impl Absence {
    /// How much of this day it takes: 1, 0.5 or nothing.
    pub fn share(self, day: Date) -> Decimal {
        if !self.days.has(day) {
            return Decimal::ZERO;
        }
        let halves = [self.from_noon && day == self.days.from, self.to_noon && day == self.days.to];
        halves.into_iter().filter(|half| *half).fold(Decimal::ONE, |share, _| share - HALF)
    }

    /// The days of work that it takes, each with how much of it.
    pub fn taken(self, hours: impl Fn(Date) -> Decimal) -> Vec<(Date, Decimal)> {
        let shares = self.days.each().map(|day| (day, self.share(day)));
        shares.filter(|(day, share)| !share.is_zero() && !hours(*day).is_zero()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn days(from: &str, to: &str) -> Days {
        Days { from: day(from), to: day(to) }
    }

    /// Monday to Friday, eight hours each; 1 and 6 January are holidays.
    fn office() -> Calendar {
        let mut week = [Decimal::from(8); 7];
        week[5..].fill(Decimal::ZERO);
        Calendar { week, holidays: [day("2026-01-01"), day("2026-01-06")].into() }
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(weekday(day("2026-01-05")), 0);
        assert_eq!(weekday(day("2026-01-11")), 6);
        assert_eq!(weekday(day("1969-12-29")), 0);
    }

    #[test]
    fn weekends_and_holidays_are_not_due() {
        let due = office().due(days("2026-01-01", "2026-01-31"));
        assert_eq!(due, Due { days: 20, hours: Decimal::from(160) });
        assert_eq!(office().due(days("2026-01-10", "2026-01-11")), Due::default());
    }

    #[test]
    fn what_is_due_in_two_parts_is_due_in_the_whole() {
        let (calendar, whole) = (office(), days("2025-12-20", "2026-02-10"));
        for cut in whole.each().skip(1) {
            let before = cut.plus_days(-1).expect("a day before");
            let (first, second) = (Days { to: before, ..whole }, Days { from: cut, ..whole });
            let (one, other, all) =
                (calendar.due(first), calendar.due(second), calendar.due(whole));
            assert_eq!((one.days + other.days, one.hours + other.hours), (all.days, all.hours));
            assert_eq!(first.shared(second), None);
        }
    }

    #[test]
    fn shared_days_are_those_of_both() {
        let january = days("2026-01-01", "2026-01-31");
        for (from, to) in (-40..40).flat_map(|from| (0..40).map(move |more| (from, from + more))) {
            let at = |after: i64| day("2026-01-01").plus_days(after).expect("in range");
            let other = Days { from: at(from), to: at(to) };
            let both = other.each().filter(|one| january.has(*one)).count();
            let shared = january.shared(other).map_or(0, Days::count);
            assert_eq!(usize::try_from(shared), Ok(both));
            assert_eq!(january.shared(other), other.shared(january));
        }
    }

    #[test]
    fn an_absence_takes_days_of_work_only_and_halves_at_its_ends() {
        let absence =
            Absence { days: days("2026-01-02", "2026-01-07"), from_noon: true, to_noon: false };
        let taken = absence.taken(|day| office().hours(day));
        let all =
            [("2026-01-02", HALF), ("2026-01-05", Decimal::ONE), ("2026-01-07", Decimal::ONE)];
        assert_eq!(taken, all.map(|(text, share)| (day(text), share)));
        let noon = Absence { to_noon: true, ..absence };
        assert_eq!(noon.taken(|day| office().hours(day))[2].1, HALF);
    }

    #[test]
    fn an_absence_never_takes_more_than_is_due() {
        let (calendar, start) = (office(), day("2025-12-29"));
        for (length, noons) in (0..40).flat_map(|length| (0..4).map(move |noons| (length, noons))) {
            let to = start.plus_days(length).expect("in range");
            let (from_noon, to_noon) = (noons & 1 == 1, noons & 2 == 2);
            let absence = Absence { days: Days { from: start, to }, from_noon, to_noon };
            let taken: Decimal =
                absence.taken(|day| calendar.hours(day)).iter().map(|(_, share)| *share).sum();
            let due = Decimal::from(calendar.due(absence.days).days);
            assert!(taken <= due && taken >= due - Decimal::ONE, "{absence:?}");
        }
    }

    #[test]
    fn a_plan_follows_the_contracts() {
        let mut short = office();
        short.week = [Decimal::from(4); 7];
        let plan = Plan { parts: vec![(days("2026-02-01", "2026-02-28"), short)], usual: office() };
        assert_eq!(plan.hours(day("2026-02-28")), Decimal::from(4));
        assert_eq!(plan.hours(day("2026-03-02")), Decimal::from(8));
    }
}
