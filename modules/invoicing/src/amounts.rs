//! What a line amounts to, within what the books can keep.

use eerp_money::{fitting, round};
use eerp_sdk::prelude::*;

/// A quantity stays below this, whichever its sign.
pub(crate) const QUANTITY_MAX: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);

/// Digits after the point that an amount has before it is rounded to its currency's.
const EXACT_DECIMALS: u32 = 8;

/// All of it, in percent.
const WHOLE: Decimal = Decimal::ONE_HUNDRED;

/// Price times quantity after the discount in percent, not yet rounded to a currency's
/// digits; nothing when it is more than the books can keep.
pub(crate) fn exact(quantity: Decimal, unit_price: Decimal, discount: Decimal) -> Option<Decimal> {
    let left = (WHOLE - discount).checked_div(WHOLE)?;
    let amount = quantity.checked_mul(unit_price)?.checked_mul(left)?;
    Some(round(fitting(amount)?, EXACT_DECIMALS))
}

/// Refuses a quantity and a discount that nobody can mean.
pub(crate) fn refuse_odd(quantity: Decimal, discount: Decimal) -> Result<()> {
    if quantity.abs() >= QUANTITY_MAX {
        let message = "A quantity is smaller than 10,000,000,000.";
        return Err(Error::invalid("quantity", "maximum", message));
    }
    if discount < Decimal::ZERO || discount > WHOLE {
        let message = "The discount is a percentage, 0 to 100.";
        return Err(Error::invalid("discount", "range", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn amount(quantity: &str, unit_price: &str, discount: &str) -> Option<Decimal> {
        exact(decimal(quantity), decimal(unit_price), decimal(discount))
    }

    #[test]
    fn the_discount_is_taken_off_in_percent() {
        assert_eq!(amount("3", "19.99", "15"), Some(decimal("50.9745")));
        assert_eq!(amount("2", "10", "0"), Some(decimal("20")));
        assert_eq!(amount("2", "10", "100"), Some(Decimal::ZERO));
        assert_eq!(amount("-2", "10.5", "0"), Some(decimal("-21")));
    }

    #[test]
    fn eight_digits_are_kept_for_the_taxes() {
        assert_eq!(amount("0.0001", "0.000001", "0"), Some(decimal("0.00000000")));
        assert_eq!(amount("1.2345", "1.234567", "12.5"), Some(decimal("1.33356384")));
    }

    #[test]
    fn what_the_books_cannot_keep_is_no_amount() {
        assert_eq!(amount("9999999999", "999999999999", "0"), None);
        assert_eq!(exact(Decimal::MAX, Decimal::MAX, Decimal::ZERO), None);
        assert_eq!(
            amount("9999", "999999999999.999999", "0"),
            Some(decimal("9998999999999999.990001"))
        );
    }

    #[test]
    fn quantities_and_discounts_have_bounds() {
        assert_eq!(QUANTITY_MAX, decimal("10000000000"));
        assert!(refuse_odd(decimal("9999999999.9999"), decimal("100")).is_ok());
        let refused = refuse_odd(decimal("-10000000000"), Decimal::ZERO).expect_err("too many");
        assert_eq!(&*refused.errors[0].pointer, "/quantity");
        for discount in ["-0.0001", "100.0001"] {
            let refused = refuse_odd(Decimal::ONE, decimal(discount)).expect_err("no percentage");
            assert_eq!(&*refused.errors[0].code, "range");
        }
    }
}
