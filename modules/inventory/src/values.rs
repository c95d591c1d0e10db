//! How the values of items change as goods come and go.

use std::collections::{BTreeMap, BTreeSet};

use eerp_core_api::{CompanyQuestion, DESCRIBE_COMPANY};
use eerp_sdk::prelude::*;

use crate::completion::Goods;
use crate::costing::{self, Costing, Worth};
use crate::worth::{Layer, Valuation, too_large};
use crate::{Category, Item, Move, Transfer, bulk};

/// Digits after the point that the cost of one unit is kept with.
const COST_DECIMALS: u32 = 6;
/// No higher cost of one unit is kept beside the value.
const COST_MAX: i64 = 1_000_000_000_000;

/// The values of the items that a request is about, as it changes them.
#[derive(Debug, Default)]
pub(crate) struct Values {
    of_items: BTreeMap<Uuid, Record<Valuation>>,
    /// What is left of goods that came in, the first ones first.
    open: BTreeMap<Uuid, Vec<Record<Layer>>>,
    /// New layers, each with the number of its line.
    made: Vec<(usize, Layer)>,
}

impl Values {
    /// Those of all items that are counted. One that was never moved gets its record,
    /// and is marked, so that two who come first at the same moment notice each other.
    pub(crate) fn load(goods: &Goods, head: &Transfer) -> Result<Self> {
        let mut values = Self::default();
        let ids: Vec<Uuid> = goods.stocked().map(|item| item.id.uuid()).collect();
        if !ids.is_empty() {
            values.know(db::find::<Valuation>().one_of("item_id", ids).all()?);
        }
        let mut first: Vec<Record<Item>> =
            goods.items().filter(|item| !item.moved).cloned().collect();
        if first.is_empty() {
            return Ok(values);
        }
        first.iter_mut().for_each(|item| item.moved = true);
        db::update_all(&first)?;
        let new = |item: &&Record<Item>| {
            goods.stocked().any(|stocked| stocked.id == item.id)
                && !values.of_items.contains_key(&item.id.uuid())
        };
        let new: Vec<Ref<Item>> = first.iter().filter(new).map(|item| item.id).collect();
        values.begin(&new, head)?;
        Ok(values)
    }

    fn know(&mut self, found: Vec<Record<Valuation>>) {
        self.of_items.extend(found.into_iter().map(|one| (one.item_id.uuid(), one)));
    }

    fn begin(&mut self, items: &[Ref<Item>], head: &Transfer) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let company_id = head.own_company_id.map(|id| Ref::new(id.uuid()));
        let currency = DESCRIBE_COMPANY.call(&CompanyQuestion { company_id })?.currency;
        let new = |item_id: &Ref<Item>| Valuation {
            item_id: *item_id,
            currency: currency.code.clone(),
            decimals: currency.decimals,
            ..Valuation::default()
        };
        let new: Vec<Valuation> = items.iter().map(new).collect();
        self.know(db::create_all(&new)?);
        Ok(())
    }

    /// Reads what is left of goods, for items of which some goes out.
    pub(crate) fn open(&mut self, going: &BTreeSet<Uuid>) -> Result<()> {
        let fifo = self.of_items.values().filter(|one| one.costing == Costing::Fifo);
        let ids: Vec<Uuid> =
            fifo.map(|one| one.item_id.uuid()).filter(|id| going.contains(id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let open =
            db::find::<Layer>().one_of("item_id", ids).gt("remaining_quantity", Decimal::ZERO);
        for layer in open.order("id").all()? {
            self.open.entry(layer.item_id.uuid()).or_default().push(layer);
        }
        Ok(())
    }

    /// Lets items of which there is nothing be valued as they say today.
    pub(crate) fn choose_costing(&mut self, goods: &Goods, coming: &BTreeSet<Uuid>) -> Result<()> {
        let empty = |item: &&Record<Item>| {
            let known = self.of_items.get(&item.id.uuid());
            coming.contains(&item.id.uuid()) && known.is_some_and(|one| one.quantity.is_zero())
        };
        let items: Vec<&Record<Item>> = goods.stocked().filter(empty).collect();
        let silent = items.iter().filter(|item| item.costing.is_none());
        let categories: BTreeSet<Uuid> =
            silent.filter_map(|item| item.category_id).map(Ref::uuid).collect();
        let categories = match categories.is_empty() {
            true => Vec::new(),
            false => db::find::<Category>().one_of("id", categories).with_deleted().all()?,
        };
        for item in items {
            let of_category = || {
                categories
                    .iter()
                    .find(|one| Some(one.id) == item.category_id)
                    .map(|one| one.costing)
            };
            let costing = item.costing.or_else(of_category).unwrap_or(Costing::Fifo);
            if let Some(one) = self.of_items.get_mut(&item.id.uuid()) {
                one.costing = costing;
            }
        }
        Ok(())
    }

    /// The currency of all of them.
    ///
    /// # Errors
    /// 409 when they are valued in several.
    pub(crate) fn currency(&self) -> Result<Option<String>> {
        let mut currencies = self.of_items.values().map(|one| &one.currency);
        let first = currencies.next();
        if currencies.any(|other| Some(other) != first) {
            let message = "The items are valued in several currencies: move them apart.";
            return Err(Error::conflict("currencies", message));
        }
        Ok(first.cloned())
    }

    fn of(&mut self, item: &Record<Item>) -> Result<&mut Record<Valuation>> {
        let missing = || Error::new(500, "internal_error", "An item has no valuation.");
        self.of_items.get_mut(&item.id.uuid()).ok_or_else(missing)
    }

    /// Goods of a line go out; answers what they were worth. What came by the move
    /// `first` goes before the rest.
    pub(crate) fn issue(
        &mut self,
        item: &Record<Item>,
        (number, line): (usize, &Move),
        date: Date,
        first: Option<Ref<Move>>,
    ) -> Result<Decimal> {
        let open = self.open.remove(&item.id.uuid()).unwrap_or_default();
        let (mut preferred, others): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|layer| first.is_some() && layer.move_id == first);
        preferred.extend(others);
        let left =
            |layer: &Record<Layer>| Worth::new(layer.remaining_quantity, layer.remaining_value);
        let mut worths: Vec<Worth> = preferred.iter().map(left).collect();
        let valuation = self.of(item)?;
        let (mut stock, decimals) = (valuation.worth(), valuation.digits());
        let spare = item.standard_cost.unwrap_or_default();
        let costing = valuation.costing;
        let quantity = line.base_quantity;
        let value = costing::issue(costing, &mut stock, &mut worths, quantity, spare, decimals);
        valuation.keep(stock)?;
        for (layer, left) in preferred.iter_mut().zip(worths) {
            (layer.remaining_quantity, layer.remaining_value) = (left.quantity, left.value);
        }
        self.open.insert(item.id.uuid(), preferred);
        self.layer(item, number, date, Worth::new(-quantity, -value), Worth::default())?;
        Ok(value)
    }

    /// Goods of a line come in at this value; answers what is no part of the stock's
    /// value, because more had gone out before than there was.
    pub(crate) fn receive(
        &mut self,
        item: &Record<Item>,
        (number, line): (usize, &Move),
        date: Date,
        value: Decimal,
    ) -> Result<Decimal> {
        let valuation = self.of(item)?;
        let (mut stock, decimals) = (valuation.worth(), valuation.digits());
        let goods = Worth::new(line.base_quantity, value);
        let received = costing::receive(&mut stock, goods, decimals);
        valuation.keep(stock)?;
        let left = match valuation.costing {
            Costing::Fifo => received.left,
            Costing::Average => Worth::default(),
        };
        self.layer(item, number, date, goods, left)?;
        if !received.variance.is_zero() {
            let less = Worth::new(Decimal::ZERO, -received.variance);
            self.layer(item, number, date, less, Worth::default())?;
        }
        Ok(received.variance)
    }

    /// What goods of a line are worth that come in: by what it says itself, by the
    /// standard cost, or as what is there.
    pub(crate) fn value_of(&mut self, item: &Record<Item>, line: &Move) -> Result<Decimal> {
        let valuation = self.of(item)?;
        let (stock, decimals) = (valuation.worth(), valuation.digits());
        let usual = || stock.unit_cost().filter(|_| stock.quantity > Decimal::ZERO);
        let value = match (line.unit_cost, item.standard_cost) {
            (Some(cost), _) => eerp_money::times(line.quantity, cost, decimals),
            (None, Some(cost)) => eerp_money::times(line.base_quantity, cost, decimals),
            (None, None) => {
                let cost = usual().unwrap_or_default();
                eerp_money::times(line.base_quantity, cost, decimals)
            }
        };
        value.ok_or_else(too_large)
    }

    /// The digits to which the value of an item is rounded.
    pub(crate) fn digits(&mut self, item: &Record<Item>) -> Result<u32> {
        Ok(self.of(item)?.digits())
    }

    fn layer(
        &mut self,
        item: &Record<Item>,
        number: usize,
        date: Date,
        goods: Worth,
        left: Worth,
    ) -> Result<()> {
        let currency = self.of(item)?.currency.clone();
        let unit_cost = goods.unit_cost().map(|cost| eerp_money::round(cost, COST_DECIMALS));
        let unit_cost = unit_cost.filter(|cost| *cost < Decimal::from(COST_MAX));
        let layer = Layer {
            item_id: item.id,
            date,
            quantity: goods.quantity,
            unit_cost,
            value: goods.value,
            remaining_quantity: left.quantity,
            remaining_value: left.value,
            currency,
            ..Layer::default()
        };
        self.made.push((number, layer));
        Ok(())
    }

    /// Holds these items against all others who move them, and stores their values.
    pub(crate) fn store(&mut self, items: &BTreeSet<Uuid>) -> Result<()> {
        let mut held: Vec<Record<Valuation>> = self
            .of_items
            .iter()
            .filter(|(id, _)| items.contains(id))
            .map(|(_, one)| one.clone())
            .collect();
        held.iter_mut().for_each(|one| one.moves = one.moves.saturating_add(1));
        let stored = db::update_all(&held)?;
        self.know(stored);
        Ok(())
    }

    /// Stores the layers, now that their moves are.
    pub(crate) fn store_layers(self, moves: &[Record<Move>]) -> Result<()> {
        let taken: Vec<Record<Layer>> = self.open.into_values().flatten().collect();
        bulk::update_all(&taken)?;
        let made = self.made.into_iter();
        let made = made.map(|(number, layer)| Layer { move_id: Some(moves[number].id), ..layer });
        bulk::create_all(&made.collect::<Vec<_>>())
    }
}
