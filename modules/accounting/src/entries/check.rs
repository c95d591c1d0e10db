//! What a line and an entry must be, without asking anybody: pure rules.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use crate::Line;
use crate::faults::Faults;

/// How many lines an entry has at least.
pub(crate) const LINES_MIN: usize = 2;

/// The currency of the books, and the digits that each currency has.
pub(crate) struct Money<'a> {
    /// The currency of the books, by its code.
    pub(crate) book: &'a str,
    /// Digits after the point by the codes of all currencies in question.
    pub(crate) digits: &'a BTreeMap<String, u32>,
}

/// Completes and checks each line by itself. All faults are in one error.
pub(crate) fn lines<'a>(
    lines: impl IntoIterator<Item = &'a mut Line>,
    money: &Money<'_>,
) -> Result<()> {
    let mut faults = Faults::default();
    for (place, line) in lines.into_iter().enumerate() {
        let mut blame = |field: &str, code: &'static str, message: &str| {
            faults.add(&format!("lines/{place}/{field}"), code, message.to_owned());
        };
        side(line, &mut blame);
        second_currency(line, money, &mut blame);
        precision(line, money, &mut blame);
    }
    faults.none()
}

fn side(line: &Line, blame: &mut impl FnMut(&str, &'static str, &str)) {
    let (debit, credit) = (!line.debit.is_zero(), !line.credit.is_zero());
    if line.debit.is_sign_negative() && debit || line.credit.is_sign_negative() && credit {
        blame("debit", "negative", "An amount is not negative: use the other side.");
    } else if debit && credit {
        blame("credit", "both_sides", "A line is a debit or a credit, and not both.");
    } else if !debit && !credit && line.amount_currency.unwrap_or_default().is_zero() {
        blame("debit", "zero", "A line has an amount on one side.");
    }
}

/// A second currency comes with its amount, on the same side. That of the books is no
/// second one.
fn second_currency(
    line: &mut Line,
    money: &Money<'_>,
    blame: &mut impl FnMut(&str, &'static str, &str),
) {
    if line.currency.as_deref() == Some(money.book) {
        if line.amount_currency.is_some_and(|amount| amount != line.balance()) {
            blame(
                "amount_currency",
                "differs",
                "It is the currency of the books, so the \
                amount is that of the line.",
            );
        }
        (line.currency, line.amount_currency) = (None, None);
    }
    match (&line.currency, line.amount_currency) {
        (None, None) => {}
        (Some(_), None) => blame("amount_currency", "required", "Say the amount as well."),
        (None, Some(_)) => blame("currency", "required", "Say the currency as well."),
        (Some(_), Some(amount)) => {
            if amount.checked_mul(line.balance()).is_some_and(|both| both < Decimal::ZERO) {
                blame(
                    "amount_currency",
                    "wrong_side",
                    "A debit is positive in the second \
                    currency as well, and a credit negative.",
                );
            }
        }
    }
}

/// No amount has more digits than its currency.
fn precision(line: &Line, money: &Money<'_>, blame: &mut impl FnMut(&str, &'static str, &str)) {
    let mut check = |field: &str, currency: &str, amount: Decimal| {
        let Some(decimals) = money.digits.get(currency) else { return };
        if amount.normalize().scale() > *decimals {
            let message = format!("{currency} has {decimals} digits after the point.");
            blame(field, "too_precise", &message);
        }
    };
    check("debit", money.book, line.debit);
    check("credit", money.book, line.credit);
    if let (Some(currency), Some(amount)) = (&line.currency, line.amount_currency) {
        check("amount_currency", currency, amount);
    }
}

/// Whether all of it may be posted: there are lines enough, and both sides are equal, in
/// the currency of the books and in the second one, if all lines have the same.
pub(crate) fn balance<'a>(
    lines: impl IntoIterator<Item = &'a Line> + Clone,
    money: &Money<'_>,
) -> Result<()> {
    let count = lines.clone().into_iter().count();
    if count < LINES_MIN {
        let message = "An entry has at least two lines: what is debited and what is credited.";
        return Err(Error::invalid("lines", "too_few", message));
    }
    let decimals = money.digits.get(money.book).copied().unwrap_or_default();
    equal(lines.clone().into_iter().map(Line::balance), money.book, decimals)?;
    let mut currencies = lines.clone().into_iter().map(|line| line.currency.as_deref());
    let first = currencies.next().flatten();
    let Some(second) = first.filter(|_| currencies.all(|other| other == first)) else {
        return Ok(());
    };
    let decimals = money.digits.get(second).copied().unwrap_or_default();
    equal(lines.into_iter().filter_map(|line| line.amount_currency), second, decimals)
}

/// Whether amounts, credit negative, come to zero.
pub(crate) fn equal(
    amounts: impl Iterator<Item = Decimal>,
    currency: &str,
    decimals: u32,
) -> Result<()> {
    let mut total = Some(Decimal::ZERO);
    for amount in amounts {
        total = total.and_then(|total| total.checked_add(amount));
    }
    let total = total.unwrap_or(Decimal::MAX);
    if total.is_zero() {
        return Ok(());
    }
    let (more, less) =
        if total.is_sign_positive() { ("debit", "credit") } else { ("credit", "debit") };
    let difference = eerp_money::round(total.abs(), decimals.max(total.normalize().scale()));
    let message =
        format!("The entry does not balance: {more} is {difference} {currency} more than {less}.");
    Err(Error::invalid("lines", "unbalanced", message))
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

    fn foreign(debit: &str, credit: &str, currency: &str, amount: &str) -> Line {
        let (currency, amount) = (Some(currency.into()), Some(decimal(amount)));
        Line { currency, amount_currency: amount, ..line(debit, credit) }
    }

    fn digits() -> BTreeMap<String, u32> {
        [("USD", 2), ("JPY", 0), ("KWD", 3)].map(|(code, n)| (code.to_owned(), n)).into()
    }

    fn faults(all: &mut [Line]) -> Vec<(String, String)> {
        let digits = digits();
        let money = Money { book: "USD", digits: &digits };
        let error = lines(all.iter_mut(), &money).err();
        let faults = error.map_or_else(Vec::new, |error| error.errors);
        faults.iter().map(|one| (one.pointer.to_string(), one.code.to_string())).collect()
    }

    fn balanced(all: &[Line]) -> Result<()> {
        let digits = digits();
        balance(all, &Money { book: "USD", digits: &digits })
    }

    fn fault(pointer: &str, code: &str) -> (String, String) {
        (pointer.into(), code.into())
    }

    #[test]
    fn a_line_has_one_side() {
        let mut all = [line("1", "0"), line("1", "1"), line("0", "0"), line("-1", "0")];
        assert_eq!(
            faults(&mut all),
            [
                fault("/lines/1/credit", "both_sides"),
                fault("/lines/2/debit", "zero"),
                fault("/lines/3/debit", "negative"),
            ]
        );
    }

    #[test]
    fn a_second_currency_has_an_amount_on_the_same_side() {
        let mut all = [
            foreign("1", "0", "JPY", "150"),
            foreign("1", "0", "JPY", "-150"),
            Line { currency: Some("JPY".into()), ..line("1", "0") },
            Line { amount_currency: Some(decimal("1")), ..line("1", "0") },
            foreign("0", "0", "JPY", "1"),
        ];
        assert_eq!(
            faults(&mut all),
            [
                fault("/lines/1/amount_currency", "wrong_side"),
                fault("/lines/2/amount_currency", "required"),
                fault("/lines/3/currency", "required"),
            ]
        );
    }

    #[test]
    fn the_currency_of_the_books_is_no_second_one() {
        let mut all = [
            foreign("1", "0", "USD", "1"),
            Line { currency: Some("USD".into()), ..line("0", "1") },
            foreign("1", "0", "USD", "2"),
        ];
        assert_eq!(faults(&mut all), [fault("/lines/2/amount_currency", "differs")]);
        assert!(all.iter().all(|line| line.currency.is_none() && line.amount_currency.is_none()));
    }

    #[test]
    fn no_amount_is_more_precise_than_its_currency() {
        let mut all = [
            line("1.005", "0"),
            line("1.1000", "0"),
            foreign("1", "0", "JPY", "150.5"),
            foreign("1", "0", "KWD", "0.305"),
        ];
        assert_eq!(
            faults(&mut all),
            [
                fault("/lines/0/debit", "too_precise"),
                fault("/lines/2/amount_currency", "too_precise"),
            ]
        );
    }

    #[test]
    fn the_difference_is_named() {
        let error = balanced(&[line("10.10", "0"), line("0", "10")]).expect_err("it is refused");
        assert_eq!(error.errors[0].code, "unbalanced");
        assert_eq!(
            error.message,
            "The entry does not balance: debit is 0.10 USD more than credit."
        );
        assert_eq!(balanced(&[line("10.10", "0"), line("0", "10.10")]), Ok(()));
    }

    #[test]
    fn one_line_is_no_entry() {
        assert_eq!(balanced(&[line("1", "0")]).expect_err("refused").errors[0].code, "too_few");
    }

    #[test]
    fn a_currency_that_all_lines_have_balances_too() {
        let bad = [foreign("1", "0", "JPY", "150"), foreign("0", "1", "JPY", "-149")];
        assert!(balanced(&bad).expect_err("it is refused").message.contains("1 JPY more"));
        // What is worth as much in another currency is an exchange.
        let exchange = [foreign("1", "0", "JPY", "150"), foreign("0", "1", "KWD", "-0.305")];
        assert_eq!(balanced(&exchange), Ok(()));
    }

    #[test]
    fn the_largest_amounts_are_weighed_without_a_panic() {
        let most = eerp_money::AMOUNT_MAX;
        let all = vec![Line { debit: most, ..Line::default() }; 1000];
        assert!(balanced(&all).is_err());
    }
}
