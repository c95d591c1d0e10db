//! Lines in the currency of a document become lines in that of the books: pure.

use eerp_money::times;
use eerp_sdk::prelude::*;

use crate::Line;

/// Converts lines whose amounts are in `currency` by the rate, with so many digits; they
/// keep what they were. Cents that rounding leaves go to the largest line, so that what
/// balanced before does so afterwards.
///
/// # Errors
/// 422 when an amount becomes larger than the books can keep, or all are so small that
/// rounding leaves nothing to share.
pub(crate) fn to_books(
    lines: &mut [Line],
    currency: &str,
    rate: Decimal,
    decimals: u32,
) -> Result<()> {
    for (place, line) in lines.iter_mut().enumerate() {
        line.currency = Some(currency.into());
        line.amount_currency = Some(line.balance());
        let in_books = |amount: Decimal| times(amount, rate, decimals);
        let sides = in_books(line.debit).zip(in_books(line.credit));
        let (debit, credit) = sides.ok_or_else(|| too_large(place, "debit"))?;
        (line.debit, line.credit) = (debit, credit);
        if let Some(base) = line.tax_base {
            line.tax_base = Some(in_books(base).ok_or_else(|| too_large(place, "tax_base"))?);
        }
    }
    level(lines);
    let below = |line: &Line| line.debit < Decimal::ZERO || line.credit < Decimal::ZERO;
    match lines.iter().position(below) {
        None => Ok(()),
        Some(place) => {
            let message = "In the currency of the books, more is lost by rounding than is left.";
            Err(Error::invalid(&format!("lines/{place}/debit"), "too_small", message))
        }
    }
}

/// Gives what is missing on one side to the largest line, the first of several.
fn level(lines: &mut [Line]) {
    let excess: Decimal = lines.iter().map(Line::balance).sum();
    let size = |line: &Line| line.debit.max(line.credit);
    let most = lines.iter().map(size).max().unwrap_or_default();
    let Some(largest) = lines.iter_mut().find(|line| size(line) == most) else { return };
    if largest.credit.is_zero() && !largest.debit.is_zero() {
        largest.debit -= excess;
    } else {
        largest.credit += excess;
    }
}

fn too_large(place: usize, field: &str) -> Error {
    let message = "The amount is larger than the books can keep.";
    Error::invalid(&format!("lines/{place}/{field}"), "too_large", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn line(debit: &str, credit: &str) -> Line {
        Line { debit: decimal(debit), credit: decimal(credit), ..Line::default() }
    }

    fn converted(mut lines: Vec<Line>, rate: &str, decimals: u32) -> Vec<String> {
        to_books(&mut lines, "EUR", decimal(rate), decimals).expect("it is converted");
        lines.iter().map(|line| line.balance().to_string()).collect()
    }

    #[test]
    fn lines_keep_what_they_were() {
        let mut lines = vec![line("100", "0"), line("0", "100")];
        lines[1].tax_base = Some(decimal("50"));
        to_books(&mut lines, "EUR", decimal("1.1"), 2).expect("it is converted");
        assert_eq!(lines[1].currency.as_deref(), Some("EUR"));
        assert_eq!(lines[1].amount_currency, Some(decimal("-100")));
        assert_eq!(lines[1].tax_base, Some(decimal("55")));
        assert_eq!(lines[1].credit, decimal("110"));
    }

    #[test]
    fn the_largest_line_takes_what_rounding_leaves() {
        let lines = || vec![line("1.00", "0"), line("0", "0.33"), line("0", "0.67")];
        assert_eq!(converted(lines(), "1.5", 2), ["1.51", "-0.50", "-1.01"]);
        assert_eq!(converted(lines(), "150", 0), ["151", "-50", "-101"]);
    }

    #[test]
    fn whatever_the_rate_it_balances() {
        for rate in 1..2000 {
            let mut lines = vec![line("10.01", "0"), line("0", "3.33"), line("0", "3.34")];
            lines.push(line("0", "3.34"));
            to_books(&mut lines, "EUR", Decimal::new(rate, 3), 2).expect("it is converted");
            assert!(lines.iter().map(Line::balance).sum::<Decimal>().is_zero());
            assert!(
                lines
                    .iter()
                    .all(|line| !line.debit.is_sign_negative() && !line.credit.is_sign_negative())
            );
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let mut lines = [line("9999999999999999", "0"), line("0", "9999999999999999")];
        let error = to_books(&mut lines, "EUR", decimal("1000"), 2).expect_err("it is refused");
        assert_eq!(error.errors[0].pointer, "/lines/0/debit");
    }
}
