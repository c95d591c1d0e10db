//! When a document has to be paid: its instalments, what of them is open, how late it is.

use eerp_money::{DECIMALS_MAX, round};
use eerp_sdk::prelude::*;

use crate::terms::{self, Part};

/// A part of a document's total, and the day by which it has to be paid.
#[body]
pub struct Instalment {
    /// The day.
    pub due_on: Date,
    /// How much.
    #[field(numeric(20, 4))]
    pub amount: Decimal,
}

/// How late something is.
#[choice]
pub enum Age {
    /// It is not late.
    NotDue,
    /// Up to 30 days.
    Days30,
    /// 31 to 60 days.
    Days60,
    /// 61 to 90 days.
    Days90,
    /// More than 90 days.
    Older,
}

impl Age {
    /// How late what was due on a day is on another.
    pub fn of(due_on: Date, today: Date) -> Self {
        match today.days() - due_on.days() {
            ..=0 => Self::NotDue,
            1..=30 => Self::Days30,
            31..=60 => Self::Days60,
            61..=90 => Self::Days90,
            _ => Self::Older,
        }
    }
}

/// The last day of a plan for a document of this date; nothing when it lies outside of
/// the calendar.
pub(crate) fn last_day(parts: &[Part], date: Date) -> Option<Date> {
    parts.iter().map(|part| part.due_on(date)).try_fold(date, |last, day| Some(last.max(day?)))
}

/// The instalments of a total: those of the plan when it ends on this day, else all of
/// it on the day.
pub(crate) fn instalments(
    total: Decimal,
    parts: &[Part],
    date: Date,
    due_on: Date,
    decimals: u32,
) -> Vec<Instalment> {
    let whole = vec![Instalment { due_on, amount: stored(total) }];
    if total <= Decimal::ZERO || parts.is_empty() || last_day(parts, date) != Some(due_on) {
        return whole;
    }
    let amounts = terms::shares(total, parts, decimals);
    let mut plan: Vec<Instalment> = parts
        .iter()
        .zip(amounts)
        .filter(|(_, amount)| !amount.is_zero())
        .filter_map(|(part, amount)| {
            Some(Instalment { due_on: part.due_on(date)?, amount: stored(amount) })
        })
        .collect();
    plan.sort_by_key(|part| part.due_on);
    plan
}

/// The amount with as many digits as a column keeps of it.
pub(crate) fn stored(amount: Decimal) -> Decimal {
    round(amount, DECIMALS_MAX)
}

/// What is open of each instalment when so much is open in all: what was paid was paid
/// for the first ones.
pub(crate) fn open(instalments: &[Instalment], residual: Decimal) -> Vec<Instalment> {
    let mut left = residual;
    let mut open: Vec<Instalment> = Vec::new();
    for one in instalments.iter().rev() {
        let amount = one.amount.min(left);
        left -= amount;
        if amount > Decimal::ZERO {
            open.insert(0, Instalment { due_on: one.due_on, amount });
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Share;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn day(number: i64) -> Date {
        Date::from_days(20_000 + number).expect("a day")
    }

    fn halves() -> [Part; 2] {
        [0, 30].map(|days| Part {
            share: Share::Percent,
            value: Decimal::from(50),
            days,
            end_of_month: false,
        })
    }

    fn plan(amounts: &[(i64, &str)]) -> Vec<Instalment> {
        let one =
            |(due, amount): &(i64, &str)| Instalment { due_on: day(*due), amount: decimal(amount) };
        amounts.iter().map(one).collect()
    }

    #[test]
    fn the_plan_holds_when_it_ends_on_the_day() {
        let of = |total, due| instalments(decimal(total), &halves(), day(0), day(due), 2);
        assert_eq!(of("99.99", 30), plan(&[(0, "50.00"), (30, "49.99")]));
        assert_eq!(of("99.99", 10), plan(&[(10, "99.99")]));
        assert_eq!(of("0.01", 30), plan(&[(0, "0.01")]));
        assert_eq!(instalments(decimal("5"), &[], day(0), day(7), 2), plan(&[(7, "5")]));
    }

    #[test]
    fn what_was_paid_was_paid_for_the_first_ones() {
        let all = plan(&[(0, "50"), (30, "30"), (60, "20")]);
        assert_eq!(open(&all, decimal("100")), all);
        assert_eq!(open(&all, decimal("35")), plan(&[(30, "15"), (60, "20")]));
        assert_eq!(open(&all, Decimal::ZERO), []);
    }

    #[test]
    fn a_day_late_is_late() {
        for (late, age) in [
            (-5, Age::NotDue),
            (0, Age::NotDue),
            (1, Age::Days30),
            (30, Age::Days30),
            (31, Age::Days60),
            (61, Age::Days90),
            (90, Age::Days90),
            (91, Age::Older),
        ] {
            assert_eq!(Age::of(day(0), day(late)), age, "{late} days");
        }
    }
}
