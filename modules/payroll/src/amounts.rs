//! How amounts and days are written for people.

use eerp_money::round;
use eerp_sdk::prelude::*;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An amount with its digits in groups of three: `1,234.50`.
pub(crate) fn grouped(amount: Decimal, decimals: u32) -> String {
    let text = round(amount.abs(), decimals).to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut written = String::from(if amount.is_sign_negative() { "-" } else { "" });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            written.push(',');
        }
        written.push(digit);
    }
    if !fraction.is_empty() {
        written.push('.');
        written.push_str(fraction);
    }
    written
}

/// A number without zeros that say nothing: `7.5`.
pub(crate) fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// A day: `31 Jan 2026`.
pub(crate) fn day(date: Date) -> String {
    let month = MONTHS[usize::from(date.month()) - 1];
    format!("{} {month} {}", date.day(), date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (amount, decimals, written) in [
            ("0", 2, "0.00"),
            ("999.5", 2, "999.50"),
            ("1234567.891", 2, "1,234,567.89"),
            ("-1000", 0, "-1,000"),
            ("12", 3, "12.000"),
        ] {
            let amount: Decimal = amount.parse().expect("a decimal");
            assert_eq!(grouped(amount, decimals), written);
        }
    }

    #[test]
    fn a_day_is_written_out() {
        let date: Date = "2026-01-31".parse().expect("a day");
        assert_eq!(day(date), "31 Jan 2026");
    }
}
