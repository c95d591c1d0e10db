//! Payment terms: which part of a document is due when.

use eerp_money::{round, split};
use eerp_sdk::prelude::*;

/// Parts that a term may have.
const PARTS_MAX: usize = 12;

/// All of it, in percent.
const WHOLE: Decimal = Decimal::ONE_HUNDRED;

/// How a part is reckoned.
#[choice]
pub enum Share {
    /// What the other parts leave.
    Remainder,
    /// So many percent of the total.
    Percent,
    /// So much, of the document's currency.
    Fixed,
}

/// A part of the total, and when it is due.
#[body]
pub struct Part {
    /// How it is reckoned.
    #[field(default = Share::Remainder)]
    pub share: Share,
    /// How many percent, or how much; nothing of a remainder.
    #[field(numeric(20, 4), min = 0, default)]
    pub value: Decimal,
    /// Days after the date of the document.
    #[field(default = 0, min = 0, max = 3650)]
    pub days: i32,
    /// Whether it is due at the end of the month that these days lead to.
    #[field(default = false)]
    pub end_of_month: bool,
}

/// When a customer or we have to pay.
#[model(table = "terms", title = "Payment term", display = "name", order = "name", rules)]
pub struct Term {
    /// What it is called.
    #[field(max = 100, unique)]
    pub name: String,
    /// What documents say of it.
    #[field(max = 500)]
    pub text: Option<String>,
    /// The parts that the total is paid in: percentages of 100 in all, or one remainder
    /// beside percentages and fixed amounts.
    #[field(max = 12)]
    pub parts: Vec<Part>,
}

impl Rules for Term {
    fn before_create(&mut self) -> Result<()> {
        check(&self.parts)
    }

    fn before_update(&mut self, _before: &Record<Self>) -> Result<()> {
        check(&self.parts)
    }
}

/// Refuses parts that do not make up the whole, whatever the total.
pub(crate) fn check(parts: &[Part]) -> Result<()> {
    if parts.is_empty() || parts.len() > PARTS_MAX {
        let message = format!("A term has 1 to {PARTS_MAX} parts.");
        return Err(Error::invalid("parts", "count", message));
    }
    for (place, part) in parts.iter().enumerate() {
        check_value(part)
            .map_err(|message| Error::invalid(&format!("parts/{place}/value"), "range", message))?;
    }
    let of = |share| parts.iter().filter(move |part| part.share == share);
    let percent: Decimal = of(Share::Percent).map(|part| part.value).sum();
    match (of(Share::Remainder).count(), of(Share::Fixed).count()) {
        (0, 0) if percent == WHOLE => Ok(()),
        (1, _) if percent <= WHOLE => Ok(()),
        _ => {
            let message = "The percentages make 100, or one remainder takes what is left.";
            Err(Error::invalid("parts", "not_whole", message))
        }
    }
}

fn check_value(part: &Part) -> std::result::Result<(), &'static str> {
    match part.share {
        Share::Remainder if !part.value.is_zero() => Err("A remainder has no value."),
        Share::Percent if part.value <= Decimal::ZERO || part.value > WHOLE => {
            Err("A percentage is more than 0 and at most 100.")
        }
        Share::Fixed if part.value <= Decimal::ZERO => Err("A fixed amount is more than 0."),
        _ => Ok(()),
    }
}

impl Part {
    /// The day on which it is due, of a document of this date.
    pub fn due_on(&self, date: Date) -> Option<Date> {
        let day = date.plus_days(self.days.into())?;
        if self.end_of_month { end_of_month(day) } else { Some(day) }
    }
}

fn end_of_month(day: Date) -> Option<Date> {
    (28..=31).rev().find_map(|last| Date::new(day.year(), day.month(), last))
}

/// What each part of the total amounts to; they add up to it exactly.
pub(crate) fn shares(total: Decimal, parts: &[Part], decimals: u32) -> Vec<Decimal> {
    if parts.iter().all(|part| part.share == Share::Percent) {
        let weights: Vec<Decimal> = parts.iter().map(|part| part.value).collect();
        return split(total, &weights, decimals);
    }
    let mut left = total;
    let mut shares: Vec<Decimal> = parts.iter().map(|part| part.of(total, decimals)).collect();
    for share in &mut shares {
        // What was asked for first is not more than there is.
        *share = (*share).min(left.max(Decimal::ZERO));
        left -= *share;
    }
    for (share, part) in shares.iter_mut().zip(parts) {
        if part.share == Share::Remainder {
            *share = left;
        }
    }
    shares
}

impl Part {
    /// What is said of it, before it is known what there is.
    fn of(&self, total: Decimal, decimals: u32) -> Decimal {
        match self.share {
            Share::Remainder => Decimal::ZERO,
            Share::Percent => round(total * (self.value / WHOLE), decimals),
            Share::Fixed => round(self.value, decimals),
        }
    }
}

/// The terms that a new installation starts with.
pub(crate) fn migrations() -> Vec<Migration> {
    let after = |days, end_of_month| Part { days, end_of_month, ..Part::default() };
    let half =
        |days| Part { share: Share::Percent, value: Decimal::from(50), days, ..Part::default() };
    let terms = [
        term("Immediately", "Payable at once.", [after(0, false)].into()),
        term("14 days", "Payable within 14 days.", [after(14, false)].into()),
        term("30 days", "Payable within 30 days.", [after(30, false)].into()),
        term("60 days", "Payable within 60 days.", [after(60, false)].into()),
        term(
            "30 days, end of month",
            "Payable at the end of the month after 30 days.",
            [after(30, true)].into(),
        ),
        term(
            "Half at once, half in 30 days",
            "Half is payable at once, the rest within 30 days.",
            [half(0), half(30)].into(),
        ),
    ];
    vec![Migration::new("terms_seed", 1).records(&terms)]
}

fn term(name: &str, text: &str, parts: Vec<Part>) -> Term {
    Term { name: name.into(), text: Some(text.into()), parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn part(share: Share, value: &str, days: i32) -> Part {
        Part { share, value: decimal(value), days, end_of_month: false }
    }

    fn day(year: u16, month: u8, day: u8) -> Date {
        Date::new(year, month, day).expect("a day")
    }

    #[test]
    fn parts_add_up_to_the_total_whatever_it_is() {
        let thirds = ["33.3333", "33.3333", "33.3334"].map(|value| part(Share::Percent, value, 0));
        let deposit = [
            part(Share::Fixed, "50", 0),
            part(Share::Percent, "30", 14),
            part(Share::Remainder, "0", 30),
        ];
        for cents in 0..20_000 {
            let total = Decimal::new(cents, 2);
            assert_eq!(shares(total, &thirds, 2).iter().sum::<Decimal>(), total);
            let parts = shares(total, &deposit, 2);
            assert_eq!(parts.iter().sum::<Decimal>(), total);
            assert!(parts.iter().all(|part| *part >= Decimal::ZERO), "{total}: {parts:?}");
        }
    }

    #[test]
    fn the_remainder_is_what_is_left() {
        let parts = [
            part(Share::Remainder, "0", 30),
            part(Share::Fixed, "50", 0),
            part(Share::Percent, "25", 14),
        ];
        assert_eq!(shares(decimal("200.01"), &parts, 2), ["100.01", "50", "50.00"].map(decimal));
        assert_eq!(shares(decimal("40"), &parts, 2), ["0", "40", "0"].map(decimal));
    }

    #[test]
    fn a_part_is_due_after_its_days_or_at_the_end_of_that_month() {
        let in_30 = part(Share::Remainder, "0", 30);
        assert_eq!(in_30.due_on(day(2026, 1, 31)), Some(day(2026, 3, 2)));
        let at_end = Part { end_of_month: true, ..in_30 };
        assert_eq!(at_end.due_on(day(2024, 1, 15)), Some(day(2024, 2, 29)));
        assert_eq!(at_end.due_on(day(2026, 12, 31)), Some(day(2027, 1, 31)));
        assert_eq!(at_end.due_on(day(9999, 12, 31)), None);
    }

    #[test]
    fn parts_that_do_not_make_up_the_whole_are_refused() {
        let whole = [
            vec![part(Share::Remainder, "0", 0)],
            vec![part(Share::Percent, "50", 0), part(Share::Percent, "50", 30)],
            vec![part(Share::Percent, "100", 0), part(Share::Remainder, "0", 30)],
            vec![part(Share::Fixed, "9", 0), part(Share::Remainder, "0", 30)],
        ];
        for parts in whole {
            assert!(check(&parts).is_ok(), "{parts:?}");
        }
        let wrong = [
            vec![],
            vec![part(Share::Percent, "99.9999", 0)],
            vec![part(Share::Fixed, "9", 0)],
            vec![part(Share::Remainder, "0", 0); 2],
            vec![part(Share::Fixed, "9", 0), part(Share::Percent, "100", 0)],
            vec![part(Share::Remainder, "1", 0)],
            vec![part(Share::Percent, "0", 0), part(Share::Percent, "100", 0)],
            vec![part(Share::Remainder, "0", 0); 13],
        ];
        for parts in wrong {
            assert!(check(&parts).is_err(), "{parts:?}");
        }
    }

    #[test]
    fn what_is_seeded_makes_up_the_whole() {
        for term in migrations() {
            drop(term);
        }
        let half = [part(Share::Percent, "50", 0), part(Share::Percent, "50", 30)];
        assert_eq!(shares(decimal("0.01"), &half, 2), ["0.01", "0.00"].map(decimal));
    }
}
