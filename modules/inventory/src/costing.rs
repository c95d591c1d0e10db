//! What goods are worth as they come and go: first in first out, and moving average.
//!
//! Nothing here reads or writes a record. Amounts are rounded to the digits of the books'
//! currency, and who takes the last piece takes all that is left of the value: an item of
//! which nothing is left is worth exactly nothing.

use eerp_sdk::prelude::*;

/// How the cost of what goes out is found.
#[choice]
pub enum Costing {
    /// What came in first goes out first, at what it cost.
    Fifo,
    /// Everything costs the average of what is there.
    Average,
}

/// So much of an item, and what it is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// How much.
    pub quantity: Decimal,
    /// What that is worth.
    pub value: Decimal,
}

impl Worth {
    /// Both parts, exactly.
    pub const fn new(quantity: Decimal, value: Decimal) -> Self {
        Self { quantity, value }
    }

    /// What one unit costs, not rounded; nothing where there is nothing to divide by.
    pub fn unit_cost(self) -> Option<Decimal> {
        self.value.checked_div(self.quantity)
    }

    /// Takes a part away, and answers what it was worth.
    fn take(&mut self, quantity: Decimal, decimals: u32) -> Decimal {
        let value = share(self.value, quantity, self.quantity, decimals);
        self.quantity -= quantity;
        self.value -= value;
        value
    }
}

/// The part of a value that belongs to `part` of `whole`, rounded; all of it belongs to
/// the whole.
pub fn share(value: Decimal, part: Decimal, whole: Decimal, decimals: u32) -> Decimal {
    if part == whole || whole.is_zero() {
        return value;
    }
    let exact = value.checked_mul(part).and_then(|product| product.checked_div(whole));
    eerp_money::round(exact.unwrap_or_else(|| value * (part / whole)), decimals)
}

/// What went out is worth `value`; goods beyond those that there were cost `spare` each,
/// if it is known, or what the others did.
///
/// `layers` are what is left of the goods that came in, the first ones first; with a
/// moving average they are not looked at.
pub fn issue(
    costing: Costing,
    stock: &mut Worth,
    layers: &mut [Worth],
    quantity: Decimal,
    spare: Decimal,
    decimals: u32,
) -> Decimal {
    let there = quantity.min(stock.quantity.max(Decimal::ZERO));
    let beyond = quantity - there;
    let spare = stock.unit_cost().filter(|cost| *cost > Decimal::ZERO).unwrap_or(spare);
    let mut value = match costing {
        Costing::Fifo => first_in(layers, there, decimals),
        Costing::Average if there.is_zero() => Decimal::ZERO,
        Costing::Average => share(stock.value, there, stock.quantity, decimals),
    };
    // The last one out takes what rounding has left.
    if there == stock.quantity {
        value = stock.value.max(Decimal::ZERO);
    }
    if !beyond.is_zero() {
        value += eerp_money::round(beyond * spare, decimals);
    }
    stock.quantity -= quantity;
    stock.value -= value;
    value
}

/// Takes goods from the layers in their order, and answers what they were worth.
fn first_in(layers: &mut [Worth], quantity: Decimal, decimals: u32) -> Decimal {
    let (mut left, mut value) = (quantity, Decimal::ZERO);
    for layer in layers {
        let part = left.min(layer.quantity);
        if part > Decimal::ZERO {
            value += layer.take(part, decimals);
            left -= part;
        }
    }
    value
}

/// What became of goods that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// What is left of them, when goods had gone out before they came.
    pub left: Worth,
    /// What those that had gone out cost more than was reckoned when they went.
    pub variance: Decimal,
}

/// Goods came in. Where more had gone out than there was, they replace that first, and
/// the difference to what was reckoned for it is no part of the stock.
pub fn receive(stock: &mut Worth, goods: Worth, decimals: u32) -> Received {
    let missing = (-stock.quantity).max(Decimal::ZERO);
    let filled = missing.min(goods.quantity);
    if filled.is_zero() {
        stock.quantity += goods.quantity;
        stock.value += goods.value;
        return Received { left: goods, variance: Decimal::ZERO };
    }
    let cost = share(goods.value, filled, goods.quantity, decimals);
    let reckoned = share(-stock.value, filled, missing, decimals);
    let left = Worth::new(goods.quantity - filled, goods.value - cost);
    stock.quantity += goods.quantity;
    stock.value += reckoned + left.value;
    Received { left, variance: cost - reckoned }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTS: u32 = 2;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn worth(quantity: &str, value: &str) -> Worth {
        Worth::new(decimal(quantity), decimal(value))
    }

    fn total(layers: &[Worth]) -> Worth {
        layers.iter().fold(Worth::default(), |sum, layer| {
            Worth::new(sum.quantity + layer.quantity, sum.value + layer.value)
        })
    }

    fn out(costing: Costing, layers: &mut [Worth], quantity: &str) -> Decimal {
        let mut stock = total(layers);
        issue(costing, &mut stock, layers, decimal(quantity), Decimal::ZERO, CENTS)
    }

    #[test]
    fn what_came_first_goes_first() {
        let mut layers = [worth("10", "20.00"), worth("10", "30.00")];
        assert_eq!(out(Costing::Fifo, &mut layers, "15"), decimal("35.00"));
        assert_eq!(layers, [worth("0", "0.00"), worth("5", "15.00")]);
    }

    #[test]
    fn the_average_moves_with_what_comes() {
        let mut stock = worth("10", "20.00");
        receive(&mut stock, worth("10", "30.00"), CENTS);
        let value =
            issue(Costing::Average, &mut stock, &mut [], decimal("15"), Decimal::ZERO, CENTS);
        assert_eq!((value, stock), (decimal("37.50"), worth("5", "12.50")));
    }

    #[test]
    fn the_last_one_takes_what_rounding_left() {
        for costing in [Costing::Fifo, Costing::Average] {
            let mut layers = [worth("3", "10.00")];
            let mut stock = total(&layers);
            let mut values = [0; 3].map(|_| {
                let one = Decimal::ONE;
                issue(costing, &mut stock, &mut layers, one, Decimal::ZERO, CENTS)
            });
            assert_eq!((values.iter().sum(), stock), (decimal("10.00"), Worth::default()));
            values.sort();
            assert!(values[2] - values[0] <= decimal("0.01"));
        }
    }

    #[test]
    fn what_is_not_there_costs_what_the_rest_did() {
        let mut stock = worth("2", "10.00");
        let spare = decimal("7");
        let value = issue(Costing::Average, &mut stock, &mut [], decimal("5"), spare, CENTS);
        assert_eq!((value, stock), (decimal("25.00"), worth("-3", "-15.00")));
        let mut empty = Worth::default();
        let value = issue(Costing::Fifo, &mut empty, &mut [], decimal("2"), spare, CENTS);
        assert_eq!((value, empty), (decimal("14.00"), worth("-2", "-14.00")));
    }

    #[test]
    fn what_replaces_what_was_missing_leaves_only_its_own_cost() {
        let mut stock = worth("-3", "-15.00");
        let received = receive(&mut stock, worth("5", "30.00"), CENTS);
        assert_eq!(received.variance, decimal("3.00"));
        assert_eq!((received.left, stock), (worth("2", "12.00"), worth("2", "12.00")));
        let mut stock = worth("-3", "-15.00");
        let received = receive(&mut stock, worth("1", "4.00"), CENTS);
        assert_eq!((received.variance, stock), (decimal("-1.00"), worth("-2", "-10.00")));
    }

    /// A generator of the kind of Lehmer's, so that a failure comes again.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: u64) -> u64 {
            self.0 = self.0 * 48_271 % 0x7fff_ffff;
            self.0 % sides
        }
    }

    #[test]
    fn whatever_happens_layers_make_up_the_value_and_nothing_is_lost() {
        for (seed, costing) in (1..200).flat_map(|n| [(n, Costing::Fifo), (n, Costing::Average)]) {
            let (mut dice, mut stock) = (Dice(seed), Worth::default());
            let (mut layers, mut came, mut went) = (Vec::new(), Worth::default(), Worth::default());
            for _ in 0..60 {
                let quantity = Decimal::new(dice.roll(90_000) as i64 + 1, 4);
                if dice.roll(2) == 0 {
                    let goods = Worth::new(quantity, Decimal::new(dice.roll(10_000) as i64, 2));
                    layers.push(receive(&mut stock, goods, CENTS).left);
                    came = total(&[came, goods]);
                } else {
                    let quantity = quantity.min(stock.quantity);
                    let none = Decimal::ZERO;
                    let value = issue(costing, &mut stock, &mut layers, quantity, none, CENTS);
                    assert!(value >= none, "what goes out never has a negative value");
                    went = total(&[went, Worth::new(quantity, value)]);
                }
                assert_eq!(total(&[went, stock]), came, "nothing is lost");
                assert!(stock.quantity >= Decimal::ZERO && stock.value >= Decimal::ZERO);
                if costing == Costing::Fifo {
                    assert_eq!(total(&layers), stock, "the layers are the stock");
                }
                if stock.quantity.is_zero() {
                    assert!(stock.value.is_zero(), "nothing is worth nothing");
                }
            }
        }
    }

    #[test]
    fn holes_close_and_the_books_stay_whole() {
        for seed in 1..200 {
            let (mut dice, mut stock, mut account) = (Dice(seed), Worth::default(), Decimal::ZERO);
            for _ in 0..60 {
                let quantity = Decimal::new(dice.roll(90_000) as i64 + 1, 4);
                if dice.roll(2) == 0 {
                    let goods = Worth::new(quantity, Decimal::new(dice.roll(10_000) as i64, 2));
                    account += goods.value - receive(&mut stock, goods, CENTS).variance;
                } else {
                    let spare = Decimal::ONE;
                    account -= issue(Costing::Average, &mut stock, &mut [], quantity, spare, CENTS);
                }
                assert_eq!(account, stock.value);
                assert!(!stock.quantity.is_zero() || stock.value.is_zero());
                assert!(
                    stock.quantity.is_sign_negative() == stock.value.is_sign_negative()
                        || stock.value.is_zero()
                );
            }
        }
    }
}
