//! What a transfer leaves unsaid is completed, and what cannot be is refused.

use std::collections::BTreeMap;

use eerp_inventory_api::ItemKind;
use eerp_sdk::prelude::*;

use crate::items::{Tracking, check_price};
use crate::transfers::QUANTITY_MAX;
use crate::{Item, Location, LocationKind, Move, Transfer, TransferKind, units};

/// The items and places that a transfer is about, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Goods {
    items: BTreeMap<Uuid, Record<Item>>,
    places: BTreeMap<Uuid, Record<Location>>,
}

impl Goods {
    /// Those of a transfer and its lines, and the places that are taken where none is
    /// named.
    pub(crate) fn load(head: &Transfer, lines: &[Record<Move>]) -> Result<Self> {
        let ends = lines.iter().flat_map(|line| [line.from_id, line.to_id]);
        let ends = ends.chain([head.from_id, head.to_id]).flatten().map(Ref::uuid);
        let wanted = [Condition::one_of("id", distinct(ends)), Condition::eq("is_default", true)];
        let places = db::find::<Location>().filter(Condition::any(wanted)).all()?;
        let items = distinct(lines.iter().map(|line| line.item_id.uuid()));
        let items = match items.is_empty() {
            true => Vec::new(),
            false => db::find::<Item>().one_of("id", items).all()?,
        };
        Ok(Self {
            items: items.into_iter().map(|item| (item.id.uuid(), item)).collect(),
            places: places.into_iter().map(|place| (place.id.uuid(), place)).collect(),
        })
    }

    /// Takes in those of other lines.
    pub(crate) fn add(&mut self, others: Self) {
        self.items.extend(others.items);
        self.places.extend(others.places);
    }

    /// The item of a line that was completed.
    ///
    /// # Errors
    /// 409 when the caller does not see it any more.
    pub(crate) fn item(&self, line: &Move) -> Result<&Record<Item>> {
        let gone = || Error::conflict("gone", "An item of the transfer is gone.");
        self.items.get(&line.item_id.uuid()).ok_or_else(gone)
    }

    /// Where a completed line leads from and to.
    ///
    /// # Errors
    /// 409 when the caller does not see one of the places any more.
    pub(crate) fn ends(&self, line: &Move) -> Result<(&Record<Location>, &Record<Location>)> {
        let place = |id: Option<Ref<Location>>| id.and_then(|id| self.places.get(&id.uuid()));
        let gone = || Error::conflict("gone", "A place of the transfer is gone.");
        let ends = place(line.from_id).zip(place(line.to_id));
        ends.ok_or_else(gone)
    }

    /// The items that are counted.
    pub(crate) fn stocked(&self) -> impl Iterator<Item = &Record<Item>> {
        self.items.values().filter(|item| item.kind == ItemKind::Stocked)
    }

    /// All of the items.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Record<Item>> {
        self.items.values()
    }

    /// The place of a kind that is taken where none is named: that of the company before
    /// one of all, and then the oldest.
    fn default(&self, kind: &LocationKind, head: &Transfer) -> Option<Ref<Location>> {
        let fit = self.places.values().filter(|place| place.is_default && place.kind == *kind);
        let foreign = |place: &Location| place.own_company_id != head.own_company_id;
        fit.min_by_key(|place| (foreign(place), place.created_at)).map(|place| place.id)
    }
}

fn distinct(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let ids: std::collections::BTreeSet<Uuid> = ids.collect();
    ids.into_iter().collect()
}

/// Completes a draft: where it leads, in which units, and how much that is in the unit of
/// each item.
pub(crate) fn complete(head: &mut Transfer, lines: &mut [Record<Move>]) -> Result<Goods> {
    let goods = Goods::load(head, lines)?;
    lead(head, &goods);
    for (number, line) in lines.iter_mut().enumerate() {
        let blame = |error: Error| of_line(number, error);
        line.own_company_id = head.own_company_id;
        line.from_id = line.from_id.or(head.from_id);
        line.to_id = line.to_id.or(head.to_id);
        check_item(line, &goods).map_err(blame)?;
        check_ends(&head.kind, line, &goods).map_err(blame)?;
    }
    units::reckon(lines, &goods)?;
    for (number, line) in lines.iter().enumerate() {
        check_quantity(line, &goods).map_err(|error| of_line(number, error))?;
    }
    Ok(goods)
}

/// The error with its fields as those of a line.
pub(crate) fn of_line(number: usize, mut error: Error) -> Error {
    for fault in &mut error.errors {
        fault.pointer = format!("/moves/{number}{}", fault.pointer).into();
    }
    error
}

/// Fills in where the transfer leads by what it is.
fn lead(head: &mut Transfer, goods: &Goods) {
    let (from, to) = match head.kind {
        TransferKind::Receipt => (Some(LocationKind::Supplier), Some(LocationKind::Internal)),
        TransferKind::Delivery => (Some(LocationKind::Internal), Some(LocationKind::Customer)),
        TransferKind::Return => (Some(LocationKind::Customer), Some(LocationKind::Internal)),
        TransferKind::Internal => (Some(LocationKind::Internal), None),
        TransferKind::Count => (Some(LocationKind::Internal), Some(LocationKind::Internal)),
    };
    let usual = |kind: Option<LocationKind>| kind.and_then(|kind| goods.default(&kind, head));
    let (from, to) = (usual(from), usual(to));
    head.from_id = head.from_id.or(from);
    head.to_id = head.to_id.or(to);
}

fn check_item(line: &mut Move, goods: &Goods) -> Result<()> {
    let unknown = || Error::invalid("item_id", "not_found", "There is no such item.");
    let item = goods.items.get(&line.item_id.uuid()).ok_or_else(unknown)?;
    if item.kind == ItemKind::Service {
        let message = format!("{} is a service, and is not moved.", item.name);
        return Err(Error::invalid("item_id", "service", message));
    }
    line.lot = line.lot.take().map(|lot| lot.trim().to_string()).filter(|lot| !lot.is_empty());
    if line.lot.is_some() && item.tracking == Tracking::None {
        let message = format!("Lots of {} are not told apart.", item.name);
        return Err(Error::invalid("lot", "not_tracked", message));
    }
    check_price("unit_cost", line.unit_cost)
}

fn check_ends(kind: &TransferKind, line: &Move, goods: &Goods) -> Result<()> {
    let from = end("from_id", line.from_id, goods)?;
    let to = end("to_id", line.to_id, goods)?;
    if from.id == to.id {
        let message = "It comes from where it goes to.";
        return Err(Error::invalid("to_id", "same_place", message));
    }
    let own = (from.kind.is_own(), to.kind.is_own());
    let fits = match kind {
        TransferKind::Receipt => own == (false, true),
        TransferKind::Delivery => own == (true, false),
        TransferKind::Internal => own == (true, true),
        TransferKind::Return | TransferKind::Count => own.0 != own.1,
    };
    if !fits {
        let message =
            format!("A {} does not lead from {} to {}.", kind.names().0, from.name, to.name);
        return Err(Error::invalid("from_id", "direction", message));
    }
    let item = goods.items.get(&line.item_id.uuid()).and_then(|item| item.own_company_id);
    let foreign = |place: &Location| {
        place.own_company_id.is_some() && item.is_some() && place.own_company_id != item
    };
    if foreign(from) || foreign(to) {
        let message = "The item and the place belong to two own companies.";
        return Err(Error::invalid("item_id", "other_company", message));
    }
    Ok(())
}

fn end<'a>(
    field: &str,
    id: Option<Ref<Location>>,
    goods: &'a Goods,
) -> Result<&'a Record<Location>> {
    let missing = || Error::invalid(field, "required", "Say which place it is.");
    let unknown = || Error::invalid(field, "not_found", "There is no such place.");
    let place = goods.places.get(&id.ok_or_else(missing)?.uuid()).ok_or_else(unknown)?;
    if place.kind == LocationKind::View {
        let message = format!("{} only holds other places.", place.name);
        return Err(Error::invalid(field, "view", message));
    }
    Ok(place)
}

fn check_quantity(line: &Move, goods: &Goods) -> Result<()> {
    let most = Decimal::from(QUANTITY_MAX);
    if line.quantity <= Decimal::ZERO || line.quantity > most || line.base_quantity > most {
        let message = format!("It is more than 0 and at most {QUANTITY_MAX}.");
        return Err(Error::invalid("quantity", "range", message));
    }
    if line.base_quantity <= Decimal::ZERO {
        let message = "In the unit of the item that rounds to nothing.";
        return Err(Error::invalid("quantity", "too_small", message));
    }
    let serial = goods.item(line)?.tracking == Tracking::Serial && line.lot.is_some();
    if serial && line.base_quantity != Decimal::ONE {
        let message = "A serial number is of one piece.";
        return Err(Error::invalid("quantity", "serial", message));
    }
    Ok(())
}
