//! Which rate holds between two currencies on a day. Nothing here reads a record.

use eerp_sdk::prelude::*;

/// Digits after the point that a rate is told with.
const DECIMALS: u32 = 12;
/// No rate that is told is as large: `numeric(24, 12)` does not keep it.
const RATE_END: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);

/// One rate that is known: a unit of `from` was worth so many of `to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quote {
    pub(crate) from: Uuid,
    pub(crate) to: Uuid,
    pub(crate) rate: Decimal,
    pub(crate) date: Date,
    /// Whether it is the company's own: of one day that counts before the one for all.
    pub(crate) own: bool,
}

impl Quote {
    /// The same the way from this currency, if it is one of the two.
    fn seen_from(&self, currency: Uuid) -> Option<Self> {
        if self.from == currency {
            return Some(*self);
        }
        let rate = Decimal::ONE.checked_div(self.rate)?;
        let turned = Self { from: self.to, to: self.from, rate, ..*self };
        (self.to == currency).then_some(turned)
    }
}

/// The rate between two currencies, and the day since which it holds: the newest one of
/// the pair, either way round, or else through the third currency whose older rate is
/// the newest. None is told that is too large or too small to be written down.
pub(crate) fn rate(quotes: &[Quote], from: Uuid, to: Uuid) -> Option<(Decimal, Date)> {
    let (rate, since) = match newest(quotes, from, to) {
        Some(direct) => (direct.rate, direct.date),
        None => through_third(quotes, from, to)?,
    };
    let rate = eerp_money::round(rate, DECIMALS);
    (!rate.is_zero() && rate < RATE_END).then_some((rate, since))
}

/// The newest rate of a pair.
fn newest(quotes: &[Quote], from: Uuid, to: Uuid) -> Option<Quote> {
    let leading = quotes.iter().filter_map(|quote| quote.seen_from(from));
    leading.filter(|quote| quote.to == to).max_by_key(|quote| (quote.date, quote.own))
}

fn through_third(quotes: &[Quote], from: Uuid, to: Uuid) -> Option<(Decimal, Date)> {
    let third = third(quotes, from, to)?;
    let (first, second) = (newest(quotes, from, third)?, newest(quotes, third, to)?);
    Some((first.rate.checked_mul(second.rate)?, first.date.min(second.date)))
}

/// The currency through which two others are joined by the newest rates. Of currencies
/// whose rates are equally new it is always the same one.
pub(crate) fn third(quotes: &[Quote], from: Uuid, to: Uuid) -> Option<Uuid> {
    let ends = quotes.iter().filter_map(|quote| quote.seen_from(from));
    let joined = ends.filter_map(|quote| {
        let (first, second) = (newest(quotes, from, quote.to)?, newest(quotes, quote.to, to)?);
        Some((first.date.min(second.date), quote.to))
    });
    joined.max().map(|(_, third)| third)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EUR: Uuid = Uuid::from_bytes([1; 16]);
    const USD: Uuid = Uuid::from_bytes([2; 16]);
    const CHF: Uuid = Uuid::from_bytes([3; 16]);
    const JPY: Uuid = Uuid::from_bytes([4; 16]);

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn day(day: u8) -> Date {
        Date::new(2026, 1, day).expect("a day")
    }

    fn quote(from: Uuid, to: Uuid, rate: &str, date: u8) -> Quote {
        Quote { from, to, rate: decimal(rate), date: day(date), own: false }
    }

    fn told(quotes: &[Quote], from: Uuid, to: Uuid) -> Option<(String, u8)> {
        rate(quotes, from, to).map(|(rate, since)| (rate.normalize().to_string(), since.day()))
    }

    #[test]
    fn the_bound_is_that_of_the_column() {
        assert_eq!(RATE_END, decimal("1000000000000"));
    }

    #[test]
    fn the_newest_rate_of_the_pair_counts() {
        let quotes = [quote(EUR, USD, "1.1", 3), quote(EUR, USD, "1.2", 5)];
        assert_eq!(told(&quotes, EUR, USD), Some(("1.2".into(), 5)));
    }

    #[test]
    fn a_pair_is_found_the_other_way_round() {
        let quotes = [quote(EUR, USD, "1.25", 3)];
        assert_eq!(told(&quotes, USD, EUR), Some(("0.8".into(), 3)));
        let newer = [quotes[0], quote(USD, EUR, "0.5", 4)];
        assert_eq!(told(&newer, EUR, USD), Some(("2".into(), 4)));
    }

    #[test]
    fn the_company_s_own_rate_counts_before_the_one_for_all() {
        let own = Quote { own: true, ..quote(EUR, USD, "1.3", 5) };
        let quotes = [own, quote(EUR, USD, "1.2", 5)];
        assert_eq!(told(&quotes, EUR, USD), Some(("1.3".into(), 5)));
        let newer = [own, quote(EUR, USD, "1.2", 6)];
        assert_eq!(told(&newer, EUR, USD), Some(("1.2".into(), 6)));
    }

    #[test]
    fn a_third_currency_helps_whichever_way_its_rates_are_written() {
        let quotes = [quote(EUR, USD, "1.2", 5), quote(CHF, EUR, "0.5", 3)];
        assert_eq!(told(&quotes, CHF, USD), Some(("0.6".into(), 3)));
        assert_eq!(told(&quotes, USD, CHF), Some(("1.666666666667".into(), 3)));
    }

    #[test]
    fn the_third_currency_with_newer_rates_counts_and_a_direct_rate_before_both() {
        let old = [quote(EUR, USD, "2", 1), quote(USD, CHF, "3", 9)];
        let new = [quote(EUR, JPY, "4", 5), quote(JPY, CHF, "5", 5)];
        let mut quotes = [old, new].concat();
        assert_eq!(told(&quotes, EUR, CHF), Some(("20".into(), 5)));
        quotes.push(quote(EUR, CHF, "7", 1));
        assert_eq!(told(&quotes, EUR, CHF), Some(("7".into(), 1)));
    }

    #[test]
    fn nothing_is_told_of_currencies_that_nothing_joins() {
        assert_eq!(told(&[], EUR, USD), None);
        assert_eq!(told(&[quote(EUR, CHF, "2", 1), quote(USD, JPY, "2", 1)], EUR, USD), None);
    }

    #[test]
    fn rates_beyond_what_is_written_down_are_none() {
        let large = [quote(EUR, USD, "1000000000", 1), quote(USD, CHF, "1000000000", 1)];
        assert_eq!(told(&large, EUR, CHF), None);
        assert_eq!(told(&large, CHF, EUR), None);
    }
}
