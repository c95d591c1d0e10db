//! What lies where: one record for each item, place and lot, with what is reserved of it
//! and what is on its way.

use std::collections::{BTreeMap, BTreeSet};

use eerp_sdk::prelude::*;

use crate::bulk::{self, BULK_MAX};
use crate::{Item, Location, Lot};

/// More of one item never lies in one place: far less than the books can keep.
const STOCK_MAX: i64 = 10_000_000_000_000;

/// So much of an item, in one place and of one lot.
#[model(
    table = "quants",
    title = "Stock",
    plural = "Stock",
    index("location_id", "item_id"),
    check(nothing_negative_is_planned = reserved >= 0 && incoming >= 0 && outgoing >= 0),
    check(no_more_than_there_is = available >= 0 || may_be_negative)
)]
pub struct Quant {
    /// Item, place and lot in one, so that there is one of each.
    #[field(max = 120, unique)]
    pub spot: String,
    /// The item.
    pub item_id: Ref<Item>,
    /// The place.
    pub location_id: Ref<Location>,
    /// The lot, where lots of the item are told apart.
    pub lot_id: Option<Ref<Lot>>,
    /// How much lies there.
    #[field(numeric(18, 4), default = 0)]
    pub quantity: Decimal,
    /// How much of it is kept for transfers to come.
    #[field(numeric(18, 4), default = 0)]
    pub reserved: Decimal,
    /// What confirmed transfers will bring.
    #[field(numeric(18, 4), default = 0)]
    pub incoming: Decimal,
    /// What confirmed transfers will take.
    #[field(numeric(18, 4), default = 0)]
    pub outgoing: Decimal,
    /// Whether the place allows to take more than there is.
    #[field(default = false)]
    pub may_be_negative: bool,
    /// What may be taken.
    #[field(numeric(18, 4), computed = quantity - reserved)]
    pub available: Decimal,
    /// What will be there when all is done that is confirmed.
    #[field(numeric(18, 4), computed = quantity + incoming - outgoing)]
    pub forecast: Decimal,
}

impl Quant {
    /// What may be taken, as it is reckoned now.
    pub fn free(&self) -> Decimal {
        self.quantity - self.reserved
    }

    /// Takes goods away.
    ///
    /// # Errors
    /// What there is to be taken, when that is less.
    pub fn take(&mut self, quantity: Decimal) -> Result<(), Decimal> {
        if quantity > self.free() && !self.may_be_negative {
            return Err(self.free().max(Decimal::ZERO));
        }
        self.quantity -= quantity;
        Ok(())
    }

    /// Puts goods there.
    ///
    /// # Errors
    /// 409 when nobody could have so many.
    pub fn put(&mut self, quantity: Decimal) -> Result<()> {
        self.quantity += quantity;
        if self.quantity > Decimal::from(STOCK_MAX) {
            let message = format!("No more than {STOCK_MAX} of an item lie in one place.");
            return Err(Error::conflict("too_much", message));
        }
        Ok(())
    }

    /// Keeps as much of `quantity` as is free, and answers how much that is.
    pub fn reserve(&mut self, quantity: Decimal) -> Decimal {
        let kept = quantity.min(self.free()).max(Decimal::ZERO);
        self.reserved += kept;
        kept
    }

    /// Lets all records of a place go below zero from now on, or no longer.
    pub(crate) fn allow_negative(location: Ref<Location>, allowed: bool) -> Result<()> {
        let mut quants = db::find::<Self>().eq("location_id", location.uuid()).all()?;
        if !allowed && quants.iter().any(|quant| quant.free() < Decimal::ZERO) {
            let message = "More was taken from it than there was: fill it up first.";
            let error = Error::conflict("negative", message);
            return Err(error.and_field("allow_negative", "negative", message));
        }
        quants.iter_mut().for_each(|quant| quant.may_be_negative = allowed);
        bulk::update_all(&quants)
    }
}

/// An item in a place, of a lot where there are lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    item: Uuid,
    place: Uuid,
    lot: Option<Uuid>,
}

impl Spot {
    pub(crate) fn new(item: Ref<Item>, place: Ref<Location>, lot: Option<Ref<Lot>>) -> Self {
        Self { item: item.uuid(), place: place.uuid(), lot: lot.map(Ref::uuid) }
    }

    fn key(&self) -> String {
        let Self { item, place, lot } = self;
        match lot {
            Some(lot) => format!("{item}/{place}/{lot}"),
            None => format!("{item}/{place}"),
        }
    }

    fn of(quant: &Quant) -> Self {
        Self::new(quant.item_id, quant.location_id, quant.lot_id)
    }

    /// The record of a spot where nothing has ever been.
    fn empty(&self, may_be_negative: bool) -> Quant {
        Quant {
            spot: self.key(),
            item_id: Ref::new(self.item),
            location_id: Ref::new(self.place),
            lot_id: self.lot.map(Ref::new),
            may_be_negative,
            ..Quant::default()
        }
    }
}

/// The records of the spots that a request is about, as it changes them.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    quants: BTreeMap<Spot, Record<Quant>>,
}

impl Stock {
    /// What lies at these spots.
    pub(crate) fn load(spots: &BTreeSet<Spot>) -> Result<Self> {
        let keys: Vec<String> = spots.iter().map(Spot::key).collect();
        let mut stock = Self::default();
        for some in keys.chunks(BULK_MAX) {
            let found = db::find::<Quant>().one_of("spot", some).limit(BULK_MAX as u32).all()?;
            stock.quants.extend(found.into_iter().map(|quant| (Spot::of(&quant), quant)));
        }
        Ok(stock)
    }

    /// The record of a spot, a new one where nothing has ever been.
    pub(crate) fn at(&mut self, spot: Spot, place: &Location) -> &mut Quant {
        let empty = || Record::from(spot.empty(place.allow_negative));
        self.quants.entry(spot).or_insert_with(empty)
    }

    /// How much lies at a spot, if ever anything did.
    pub(crate) fn quantity(&self, spot: Spot) -> Option<Decimal> {
        self.quants.get(&spot).map(|quant| quant.quantity)
    }

    /// The items of which a record is new: somebody else may make the same one at this
    /// moment, unless both hold the item.
    pub(crate) fn new_items(&self) -> BTreeSet<Uuid> {
        let new = self.quants.iter().filter(|(_, quant)| quant.is_new());
        new.map(|(spot, _)| spot.item).collect()
    }

    /// Stores what was changed.
    pub(crate) fn store(self) -> Result<()> {
        let (new, known): (Vec<_>, Vec<_>) = self.quants.into_values().partition(Record::is_new);
        bulk::update_all(&known)?;
        let new: Vec<Quant> = new.into_iter().map(Record::into_inner).collect();
        bulk::create_all(&new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quant(quantity: i64, reserved: i64) -> Quant {
        let (quantity, reserved) = (quantity.into(), reserved.into());
        Quant { quantity, reserved, ..Quant::default() }
    }

    #[test]
    fn what_is_reserved_is_not_for_others() {
        let mut quant = quant(10, 4);
        assert_eq!(quant.take(7.into()), Err(6.into()));
        assert_eq!(quant.take(6.into()), Ok(()));
        assert_eq!((quant.quantity, quant.free()), (4.into(), 0.into()));
    }

    #[test]
    fn no_more_is_reserved_than_is_free() {
        let mut quant = quant(10, 4);
        assert_eq!(quant.reserve(8.into()), 6.into());
        assert_eq!(quant.reserve(1.into()), 0.into());
        assert_eq!(quant.reserved, 10.into());
    }

    #[test]
    fn a_place_that_allows_it_goes_below_zero_and_nothing_is_reserved_there() {
        let mut quant = Quant { may_be_negative: true, ..quant(1, 0) };
        assert_eq!(quant.take(3.into()), Ok(()));
        assert_eq!((quant.quantity, quant.reserve(1.into())), ((-2).into(), 0.into()));
    }

    #[test]
    fn nobody_has_more_than_the_books_can_keep() {
        let mut quant = quant(STOCK_MAX, 0);
        assert!(quant.put(1.into()).is_err_and(|error| error.is("too_much")));
    }
}
