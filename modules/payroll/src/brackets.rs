//! Tables of brackets: from an amount on, so many percent.

use eerp_sdk::prelude::*;

/// Brackets of one table.
pub(crate) const BRACKETS_MAX: usize = 50;

/// A bracket: from this amount on, this rate.
#[body]
pub struct Bracket {
    /// The amount at which it begins.
    #[field(numeric(18, 4), min = 0)]
    pub from: Decimal,
    /// The rate, in percent.
    #[field(numeric(9, 4), min = 0)]
    pub rate: Decimal,
}

/// How a table of brackets is read.
#[choice]
pub enum BracketMode {
    /// Each part of the base at the rate of the bracket that it lies in, as income tax.
    Progressive,
    /// The whole base at the rate of the bracket that it reaches.
    Flat,
}

/// What is wrong with a table, if anything is: the place of the bracket, a code and why.
pub(crate) fn flaw(brackets: &[Bracket]) -> Option<(usize, &'static str, String)> {
    if brackets.len() > BRACKETS_MAX {
        let message = format!("A table has at most {BRACKETS_MAX} brackets.");
        return Some((BRACKETS_MAX, "max_items", message));
    }
    let back = brackets.windows(2).position(|pair| pair[0].from >= pair[1].from)?;
    let message = "Each bracket begins above the one before it.";
    Some((back + 1, "order", message.into()))
}

/// What the table makes of a base; nothing when it is more than a decimal holds. Below
/// the first bracket nothing is due.
pub(crate) fn apply(brackets: &[Bracket], mode: BracketMode, base: Decimal) -> Option<Decimal> {
    match mode {
        BracketMode::Flat => {
            let reached = brackets.iter().rev().find(|bracket| base >= bracket.from);
            percent(base, reached.map_or(Decimal::ZERO, |bracket| bracket.rate))
        }
        BracketMode::Progressive => progressive(brackets, base),
    }
}

fn progressive(brackets: &[Bracket], base: Decimal) -> Option<Decimal> {
    let mut due = Decimal::ZERO;
    for (place, bracket) in brackets.iter().enumerate() {
        let end = brackets.get(place + 1).map_or(base, |next| base.min(next.from));
        let part = end.checked_sub(bracket.from)?.max(Decimal::ZERO);
        due = due.checked_add(percent(part, bracket.rate)?)?;
    }
    Some(due)
}

/// So many percent of an amount, not rounded.
pub(crate) fn percent(amount: Decimal, rate: Decimal) -> Option<Decimal> {
    amount.checked_mul(rate)?.checked_div(Decimal::ONE_HUNDRED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn table(rows: &[(&str, &str)]) -> Vec<Bracket> {
        let bracket =
            |(from, rate): &(&str, &str)| Bracket { from: decimal(from), rate: decimal(rate) };
        rows.iter().map(bracket).collect()
    }

    #[test]
    fn each_part_is_taxed_at_its_own_rate() {
        let table = table(&[("1000", "10"), ("2000", "20"), ("5000", "40")]);
        for (base, due) in [
            ("-5", "0"),
            ("0", "0"),
            ("1000", "0"),
            ("1000.01", "0.001"),
            ("1500", "50"),
            ("2000", "100"),
            ("2500", "200"),
            ("5000", "700"),
            ("10000", "2700"),
        ] {
            let found = apply(&table, BracketMode::Progressive, decimal(base));
            assert_eq!(found, Some(decimal(due)), "{base}");
        }
    }

    #[test]
    fn a_flat_table_takes_the_rate_that_is_reached() {
        let table = table(&[("1000", "10"), ("2000", "20")]);
        for (base, due) in [("999.99", "0"), ("1000", "100"), ("1999", "199.9"), ("3000", "600")] {
            let found = apply(&table, BracketMode::Flat, decimal(base));
            assert_eq!(found, Some(decimal(due)), "{base}");
        }
    }

    #[test]
    fn more_pay_never_brings_less_progressive_tax() {
        let table = table(&[("0", "5"), ("300", "0"), ("301", "42.5"), ("900", "45")]);
        let mut before = Decimal::ZERO;
        for cents in (0..200_000).step_by(37) {
            let due = apply(&table, BracketMode::Progressive, Decimal::new(cents, 2));
            let due = due.expect("a small amount");
            assert!(due >= before, "at {cents}");
            before = due;
        }
    }

    #[test]
    fn brackets_rise() {
        assert_eq!(flaw(&table(&[("0", "5"), ("10", "3")])), None);
        let place = |rows| flaw(&table(rows)).map(|(place, ..)| place);
        assert_eq!(place(&[("0", "5"), ("10", "3"), ("10", "4")]), Some(2));
        assert_eq!(place(&[("9", "5"), ("1", "3")]), Some(1));
        let many = vec![Bracket::default(); BRACKETS_MAX + 1];
        assert_eq!(flaw(&many).map(|(_, code, _)| code), Some("max_items"));
    }

    #[test]
    fn what_a_decimal_cannot_hold_is_nothing() {
        let table = table(&[("0", "50")]);
        for mode in [BracketMode::Progressive, BracketMode::Flat] {
            assert_eq!(apply(&table, mode, Decimal::MAX), None);
        }
    }
}
