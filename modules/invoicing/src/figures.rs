//! Amounts, quantities and days as people read them on paper.

use eerp_money::round;
use eerp_sdk::prelude::*;

/// Digits that stand together.
const GROUP: usize = 3;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An amount with all digits of its currency, in groups: `-1,234.50`.
pub(crate) fn money(amount: Decimal, decimals: u32) -> String {
    grouped(&round(amount, decimals).to_string())
}

/// A number with the digits that it needs: `1,234.5`.
pub(crate) fn number(number: Decimal) -> String {
    grouped(&number.normalize().to_string())
}

/// The price of one: as many digits as the currency has, or as it needs.
pub(crate) fn price(price: Decimal, decimals: u32) -> String {
    let needed = price.normalize().scale().max(decimals);
    money(price, needed)
}

/// A day: `26 Nov 2026`.
pub(crate) fn day(date: Date) -> String {
    let month = MONTHS[usize::from(date.month()).saturating_sub(1) % MONTHS.len()];
    format!("{} {month} {}", date.day(), date.year())
}

fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("−", rest));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % GROUP == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn amounts_have_the_digits_of_their_currency_in_groups() {
        for (amount, decimals, text) in [
            ("0", 2, "0.00"),
            ("-0.005", 2, "−0.01"),
            ("999.9", 2, "999.90"),
            ("1234567.8900", 2, "1,234,567.89"),
            ("123456", 0, "123,456"),
            ("-1000", 3, "−1,000.000"),
        ] {
            assert_eq!(money(decimal(amount), decimals), text);
        }
    }

    #[test]
    fn quantities_and_prices_have_the_digits_that_they_need() {
        assert_eq!(number(decimal("1.0000")), "1");
        assert_eq!(number(decimal("1200.5000")), "1,200.5");
        assert_eq!(price(decimal("12.500000"), 2), "12.50");
        assert_eq!(price(decimal("0.001250"), 2), "0.00125");
    }

    #[test]
    fn days_are_named_by_their_month() {
        assert_eq!(day(Date::new(2026, 11, 6).expect("a day")), "6 Nov 2026");
    }
}
