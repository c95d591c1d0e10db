//! Which open lines settle each other, and by how much: the arithmetic alone.
//!
//! Lines of one currency settle each other in that currency. What both were worth in the
//! books may differ by then, and the difference is what exchange rates brought or cost:
//! so both sides come to zero together, in their currency and in the books.

use std::cmp::Ordering;

use eerp_money::round;
use eerp_sdk::prelude::*;

/// What is open of a line. Debit is positive, credit negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    /// In the currency of the books.
    pub(crate) book: Decimal,
    /// In its own currency.
    pub(crate) own: Decimal,
    /// Its own currency.
    pub(crate) currency: String,
    /// Digits after the point that its own currency has.
    pub(crate) decimals: u32,
}

/// Two lines, by their places, and what they settle of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) debit: usize,
    pub(crate) credit: usize,
    /// What both have in common, in the currency of the books.
    pub(crate) amount: Decimal,
    /// What is settled of the debit, in its own currency.
    pub(crate) debit_own: Decimal,
    /// What is settled of the credit, in its own currency.
    pub(crate) credit_own: Decimal,
    /// By how much the credit was worth more in the books: a gain; a loss is negative.
    pub(crate) gain: Decimal,
}

impl Open {
    /// Which side it is on: 1, -1, or 0 when nothing is open.
    fn side(&self) -> Decimal {
        let amount = if self.own.is_zero() { self.book } else { self.own };
        match amount.cmp(&Decimal::ZERO) {
            Ordering::Greater => Decimal::ONE,
            Ordering::Equal => Decimal::ZERO,
            Ordering::Less => -Decimal::ONE,
        }
    }

    /// What so much of its own currency is worth in the books; all of it is all.
    fn worth(&self, own: Decimal, decimals: u32) -> Decimal {
        part(self.book.abs(), own, self.own.abs(), decimals)
    }

    /// The same the other way round.
    fn own_of(&self, book: Decimal) -> Decimal {
        part(self.own.abs(), book, self.book.abs(), self.decimals)
    }

    fn take(&mut self, side: Decimal, book: Decimal, own: Decimal) {
        self.book -= side * book;
        self.own -= side * own;
    }
}

/// The share of an amount that belongs to a share of another; of all it is all.
fn part(amount: Decimal, share: Decimal, whole: Decimal, decimals: u32) -> Decimal {
    if share == whole {
        return amount;
    }
    let exact = share.checked_div(whole).and_then(|ratio| ratio.checked_mul(amount));
    exact.map_or(amount, |exact| round(exact, decimals).min(amount))
}

/// Settles lines with each other, the first ones first: those of one currency, then what
/// is left in the currency of the books. `decimals` are those of the books.
pub(crate) fn allocate(lines: &mut [Open], decimals: u32) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for alike in [true, false] {
        for debit in 0..lines.len() {
            for credit in 0..lines.len() {
                if lines[debit].side() <= Decimal::ZERO {
                    break;
                }
                let same = lines[debit].currency == lines[credit].currency;
                if lines[credit].side() < Decimal::ZERO && (same || !alike) {
                    pairs.extend(settle(lines, debit, credit, decimals));
                }
            }
        }
    }
    pairs
}

/// Settles two lines as far as they go; nothing when they go nowhere.
fn settle(lines: &mut [Open], debit: usize, credit: usize, decimals: u32) -> Option<Pair> {
    let (one, other) = (&lines[debit], &lines[credit]);
    let alike = one.currency == other.currency && !one.own.is_zero() && !other.own.is_zero();
    let (debit_own, credit_own, debit_book, credit_book) = if alike {
        let own = one.own.abs().min(other.own.abs());
        (own, own, one.worth(own, decimals), other.worth(own, decimals))
    } else {
        let book = one.book.abs().min(other.book.abs());
        (one.own_of(book), other.own_of(book), book, book)
    };
    if debit_own.is_zero() && credit_own.is_zero() && debit_book.is_zero() {
        return None;
    }
    lines[debit].take(Decimal::ONE, debit_book, debit_own);
    lines[credit].take(-Decimal::ONE, credit_book, credit_own);
    let (amount, gain) = (debit_book.min(credit_book), credit_book - debit_book);
    Some(Pair { debit, credit, amount, debit_own, credit_own, gain })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn dollars(amount: &str) -> Open {
        foreign(amount, amount, "USD")
    }

    fn foreign(own: &str, book: &str, currency: &str) -> Open {
        let decimals = if currency == "JPY" { 0 } else { 2 };
        Open { book: decimal(book), own: decimal(own), currency: currency.into(), decimals }
    }

    fn left(lines: &[Open]) -> Vec<(Decimal, Decimal)> {
        lines.iter().map(|line| (line.own, line.book)).collect()
    }

    #[test]
    fn the_first_lines_are_settled_first() {
        let mut lines = ["50", "30", "-60"].map(dollars);
        let pairs = allocate(&mut lines, 2);
        let amounts: Vec<_> = pairs.iter().map(|pair| (pair.debit, pair.amount)).collect();
        assert_eq!(amounts, [(0, decimal("50")), (1, decimal("10"))]);
        assert_eq!(lines[1], dollars("20"));
        assert!(lines[2].book.is_zero());
    }

    #[test]
    fn what_was_worth_more_when_it_was_paid_is_a_gain() {
        let mut lines = [foreign("100", "110", "EUR"), foreign("-100", "-120", "EUR")];
        let pairs = allocate(&mut lines, 2);
        assert_eq!((pairs[0].amount, pairs[0].gain), (decimal("110"), decimal("10")));
        assert_eq!(left(&lines), [Default::default(); 2]);
    }

    #[test]
    fn what_was_worth_less_when_it_was_paid_is_a_loss() {
        let mut lines = [foreign("100", "110", "EUR"), foreign("-40", "-40", "EUR")];
        let pairs = allocate(&mut lines, 2);
        assert_eq!((pairs[0].amount, pairs[0].gain), (decimal("40"), decimal("-4")));
        assert_eq!(left(&lines), [(decimal("60"), decimal("66")), Default::default()]);
    }

    #[test]
    fn the_last_part_takes_what_rounding_left() {
        let mut lines = [
            foreign("3", "1", "EUR"),
            foreign("-1", "-0.33", "EUR"),
            foreign("-1", "-0.33", "EUR"),
            foreign("-1", "-0.34", "EUR"),
        ];
        let pairs = allocate(&mut lines, 2);
        assert!(lines.iter().all(|line| line.book.is_zero() && line.own.is_zero()));
        assert!(pairs.iter().all(|pair| pair.gain.abs() <= decimal("0.01")));
    }

    #[test]
    fn other_currencies_meet_in_the_books() {
        let mut lines = [foreign("100", "110", "EUR"), dollars("-55")];
        let pairs = allocate(&mut lines, 2);
        assert_eq!((pairs[0].debit_own, pairs[0].credit_own), (decimal("50"), decimal("55")));
        assert_eq!(pairs[0].gain, Decimal::ZERO);
        assert_eq!(left(&lines), [(decimal("50"), decimal("55")), Default::default()]);
    }

    #[test]
    fn lines_of_one_currency_find_each_other_first() {
        let mut lines =
            [dollars("110"), foreign("100", "110", "EUR"), foreign("-100", "-110", "EUR")];
        let pairs = allocate(&mut lines, 2);
        assert_eq!((pairs.len(), pairs[0].debit), (1, 1));
    }

    #[test]
    fn what_is_settled_or_alone_stays_as_it_is() {
        let mut lines = [dollars("0"), dollars("5"), dollars("7")];
        assert_eq!(allocate(&mut lines, 2), []);
        assert_eq!(lines[1..], [dollars("5"), dollars("7")]);
    }

    /// Numbers that look random and are the same each time.
    fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        }
    }

    fn any_line(next: &mut impl FnMut(u64) -> u64) -> Open {
        let side = if next(2) == 0 { Decimal::ONE } else { -Decimal::ONE };
        let cents = Decimal::new(1 + next(100_000) as i64, 2);
        match next(3) {
            0 => Open { own: side * cents, ..dollars("0") }.at(Decimal::ONE),
            1 => Open { own: side * cents, ..foreign("0", "0", "EUR") }
                .at(Decimal::new(90 + next(40) as i64, 2)),
            _ => Open { own: side * round(cents, 0), ..foreign("0", "0", "JPY") }
                .at(decimal("0.0067")),
        }
    }

    impl Open {
        fn at(mut self, rate: Decimal) -> Self {
            self.book = round(self.own * rate, 2);
            self
        }
    }

    #[test]
    fn nothing_is_lost_or_made_whatever_is_settled() {
        for seed in 0..3000 {
            let mut next = numbers(seed);
            let mut lines: Vec<Open> = (0..2 + next(9)).map(|_| any_line(&mut next)).collect();
            let before = lines.clone();
            let pairs = allocate(&mut lines, 2);
            for (place, (line, was)) in lines.iter().zip(&before).enumerate() {
                let of = |pair: &&Pair| pair.debit == place || pair.credit == place;
                let book = |pair: &Pair| {
                    let gain = if pair.debit == place { -pair.gain } else { pair.gain };
                    pair.amount + gain.max(Decimal::ZERO)
                };
                let own = |pair: &Pair| {
                    if pair.debit == place { pair.debit_own } else { pair.credit_own }
                };
                let settled: Decimal = pairs.iter().filter(of).map(book).sum();
                assert_eq!(was.book.abs() - settled, line.book.abs(), "seed {seed}");
                let settled: Decimal = pairs.iter().filter(of).map(own).sum();
                assert_eq!(was.own.abs() - settled, line.own.abs(), "seed {seed}");
                assert!(
                    line.book * was.book >= Decimal::ZERO && line.own * was.own >= Decimal::ZERO
                );
            }
            let open =
                |side: Decimal| lines.iter().filter(move |line| line.book * side > Decimal::ZERO);
            assert!(open(Decimal::ONE).next().is_none() || open(-Decimal::ONE).next().is_none());
        }
    }
}
