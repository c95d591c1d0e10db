//! Money by the rules, for the modules that reckon with it: rounding per currency, and
//! shares that add up to what is shared. Nothing here reads or writes a record.
//!
//! ```
//! use eerp_money::{round, split};
//! use rust_decimal::Decimal;
//!
//! let (third, cents) = (Decimal::from(100) / Decimal::from(3), 2);
//! assert_eq!(round(third, cents).to_string(), "33.33");
//! let shares = split(Decimal::from(100), &[Decimal::ONE; 3], cents);
//! assert_eq!(shares.iter().sum::<Decimal>(), Decimal::from(100));
//! ```

use rust_decimal::{Decimal, RoundingStrategy};

/// Digits after the point that the books keep of an amount; no currency in use has more.
pub const DECIMALS_MAX: u32 = 4;

/// The largest amount that the books keep, as `numeric(20, 4)` does.
pub const AMOUNT_MAX: Decimal = Decimal::from_parts(1_661_992_959, 1_808_227_885, 5, false, 4);

/// The amount with so many digits after the point, exactly that many. A half goes away
/// from zero: so do traders and tax offices, and a credit note mirrors its invoice.
pub fn round(amount: Decimal, decimals: u32) -> Decimal {
    let mut rounded =
        amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(decimals);
    rounded
}

/// The smallest amount of a currency: `0.01` of one with two digits.
pub fn smallest(decimals: u32) -> Decimal {
    Decimal::new(1, decimals)
}

/// The amount, if the books can keep it.
pub fn fitting(amount: Decimal) -> Option<Decimal> {
    (amount.abs() <= AMOUNT_MAX).then_some(amount)
}

/// The product, rounded, if the books can keep it.
pub fn times(amount: Decimal, factor: Decimal, decimals: u32) -> Option<Decimal> {
    fitting(round(amount.checked_mul(factor)?, decimals))
}

/// The sum, if the books can keep it.
pub fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    let mut total = Decimal::ZERO;
    for amount in amounts {
        total = total.checked_add(amount)?;
    }
    fitting(total)
}

/// Shares of a total by weight, each rounded, that add up to the total exactly.
///
/// Each share is rounded towards zero first; then the smallest amounts that are left go
/// to those who lost most, the first ones first (the method of the largest remainder,
/// after Hamilton). Weights are not negative; without any weight the shares are equal,
/// and of nobody nothing is shared.
pub fn split(total: Decimal, weights: &[Decimal], decimals: u32) -> Vec<Decimal> {
    let whole: Decimal = weights.iter().sum();
    if whole.is_zero() {
        return if weights.is_empty() {
            Vec::new()
        } else {
            split(total, &vec![Decimal::ONE; weights.len()], decimals)
        };
    }
    let exact: Vec<Decimal> = weights.iter().map(|weight| total / whole * *weight).collect();
    let down = |share: &Decimal| share.round_dp_with_strategy(decimals, RoundingStrategy::ToZero);
    let mut shares: Vec<Decimal> = exact.iter().map(down).collect();
    hand_out(total, &exact, &mut shares, decimals);
    shares
}

/// Gives what rounding has left to those who lost most by it.
fn hand_out(total: Decimal, exact: &[Decimal], shares: &mut [Decimal], decimals: u32) {
    let mut losers: Vec<usize> = (0..shares.len()).collect();
    losers.sort_by_key(|one| std::cmp::Reverse((exact[*one] - shares[*one]).abs()));
    let mut left = total - shares.iter().sum::<Decimal>();
    for loser in losers.iter().cycle() {
        let cent = smallest(decimals).min(left.abs());
        if cent.is_zero() {
            return;
        }
        let signed = if left.is_sign_negative() { -cent } else { cent };
        shares[*loser] += signed;
        left -= signed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn a_half_goes_away_from_zero() {
        for (amount, decimals, rounded) in [
            ("2.345", 2, "2.35"),
            ("-2.345", 2, "-2.35"),
            ("2.344999", 2, "2.34"),
            ("0.5", 0, "1"),
            ("1.0005", 3, "1.001"),
            ("7", 2, "7.00"),
        ] {
            assert_eq!(round(decimal(amount), decimals).to_string(), rounded);
        }
    }

    #[test]
    fn a_yen_has_no_digits_and_a_dinar_three() {
        assert_eq!(round(decimal("1234.5"), 0).to_string(), "1235");
        assert_eq!(round(decimal("1.2345"), 3).to_string(), "1.235");
        assert_eq!(smallest(0), Decimal::ONE);
        assert_eq!(smallest(3), decimal("0.001"));
    }

    #[test]
    fn shares_add_up_whatever_is_shared() {
        let weights: Vec<Decimal> = ["1", "1", "1", "0.5"].map(decimal).into();
        for cents in -700..700 {
            let total = Decimal::new(cents, 2);
            assert_eq!(split(total, &weights, 2).iter().sum::<Decimal>(), total);
        }
    }

    #[test]
    fn who_lost_most_by_rounding_gets_the_cent() {
        let shares = split(decimal("10.00"), &["1", "1", "1"].map(decimal), 2);
        assert_eq!(shares, ["3.34", "3.33", "3.33"].map(decimal));
        let shares = split(decimal("0.05"), &["30", "70"].map(decimal), 2);
        assert_eq!(shares, ["0.02", "0.03"].map(decimal));
    }

    #[test]
    fn nobody_weighs_anything_and_all_get_the_same() {
        assert_eq!(split(decimal("9"), &[Decimal::ZERO; 2], 2), ["4.50", "4.50"].map(decimal));
        assert_eq!(split(decimal("9"), &[], 2), Vec::<Decimal>::new());
    }

    #[test]
    fn what_the_books_cannot_keep_is_refused() {
        assert_eq!(AMOUNT_MAX, decimal("9999999999999999.9999"));
        assert_eq!(times(AMOUNT_MAX, decimal("2"), 2), None);
        assert_eq!(times(Decimal::MAX, Decimal::MAX, 2), None);
        assert_eq!(sum([Decimal::MAX, Decimal::MAX]), None);
        assert_eq!(times(decimal("3"), decimal("0.3333"), 2), Some(decimal("1.00")));
    }
}
