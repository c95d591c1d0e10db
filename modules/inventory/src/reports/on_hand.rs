//! What lies where, today or on a day that is past.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::by_id;
use crate::stock::Quant;
use crate::{Item, Location, Lot, Move, TransferState};

/// Rows of one page of the past: what was moved since is looked up for each.
const PAST_MAX: u32 = 200;

/// Which stock is asked for.
#[query]
pub struct StockQuestion {
    /// Of this item.
    pub item_id: Option<Ref<Item>>,
    /// In this place.
    pub location_id: Option<Ref<Location>>,
    /// In the places of the warehouse with this code.
    #[field(max = 10)]
    pub warehouse: Option<String>,
    /// Of this lot.
    pub lot_id: Option<Ref<Lot>>,
    /// As it was at the end of this day; as it is now unless said.
    pub date: Option<Date>,
    /// So many rows.
    #[field(default = 50, min = 1, max = 1000)]
    pub limit: i32,
    /// The page that `next_cursor` of another one asks for.
    #[field(max = 2000)]
    pub cursor: Option<String>,
}

/// So much of an item in a place, in the unit of the item.
#[body]
pub struct StockRow {
    /// The item.
    pub item_id: Ref<Item>,
    /// Its number.
    pub sku: Option<String>,
    /// What it is called.
    pub name: String,
    /// The place.
    pub location_id: Ref<Location>,
    /// What that is called.
    pub location: String,
    /// The code of the warehouse that it is in.
    pub warehouse: Option<String>,
    /// The lot.
    pub lot_id: Option<Ref<Lot>>,
    /// Its number.
    pub lot: Option<String>,
    /// How much lies there.
    #[field(numeric(18, 4))]
    pub on_hand: Decimal,
    /// How much of it is kept for transfers to come.
    #[field(numeric(18, 4))]
    pub reserved: Decimal,
    /// How much may be taken.
    #[field(numeric(18, 4))]
    pub available: Decimal,
    /// What confirmed transfers will bring.
    #[field(numeric(18, 4))]
    pub incoming: Decimal,
    /// What confirmed transfers will take.
    #[field(numeric(18, 4))]
    pub outgoing: Decimal,
    /// What will be there when all of them are done.
    #[field(numeric(18, 4))]
    pub forecast: Decimal,
}

/// What lies where.
#[body]
pub struct StockPage {
    /// Each item, place and lot.
    pub items: Vec<StockRow>,
    /// What asks for the next page; nothing after the last.
    pub next_cursor: Option<String>,
}

/// What lies where
///
/// A row for each item, place and lot of which there is something, or will be; with
/// `item_id` also for places that are empty now. With a `date` it is what lay there when
/// that day ended; a page is then looked up among 200 rows, and those without goods are
/// left out. What was planned on a past day is not known any more.
#[get("/stock")]
pub(crate) fn stock(query: StockQuestion) -> Result<StockPage> {
    let places = match &query.warehouse {
        Some(code) => Some(db::find::<Location>().eq("warehouse", code).all()?),
        None => None,
    };
    if places.as_ref().is_some_and(Vec::is_empty) {
        return Ok(StockPage::default());
    }
    let places = places.map(|places| places.into_iter().map(|place| place.id.uuid()).collect());
    let page = found(&query, places).page()?;
    let quants: Vec<Quant> = page.items.into_iter().map(Record::into_inner).collect();
    let quants = match query.date {
        Some(date) => on(date, quants)?,
        None => quants,
    };
    Ok(StockPage { items: rows(quants)?, next_cursor: page.next_cursor })
}

fn found(query: &StockQuestion, places: Option<Vec<Uuid>>) -> db::Find<Quant> {
    let mut found = db::find::<Quant>().order("item_id, location_id, spot");
    for (field, id) in [
        ("item_id", query.item_id.map(Ref::uuid)),
        ("location_id", query.location_id.map(Ref::uuid)),
        ("lot_id", query.lot_id.map(Ref::uuid)),
    ] {
        if let Some(id) = id {
            found = found.eq(field, id);
        }
    }
    if let Some(places) = places {
        found = found.one_of("location_id", places);
    }
    let mut limit = query.limit.unsigned_abs();
    if query.date.is_some() {
        limit = limit.min(PAST_MAX);
    } else if query.item_id.is_none() {
        let some = |field| Condition::compare(field, "neq", Decimal::ZERO);
        let some = ["quantity", "reserved", "incoming", "outgoing"].map(some);
        found = found.filter(Condition::any(some));
    }
    if let Some(cursor) = &query.cursor {
        found = found.cursor(cursor);
    }
    found.limit(limit)
}

/// What was moved of an item, by place and lot.
#[body]
struct Moved {
    /// The item.
    item_id: Uuid,
    /// The place.
    place: Uuid,
    /// The lot.
    lot_id: Option<Uuid>,
    /// How much.
    total: Decimal,
}

/// An item, a place and a lot.
type Key = (Uuid, Uuid, Option<Uuid>);

/// What lay there when a day ended: what lies there now, without what was moved since.
fn on(date: Date, quants: Vec<Quant>) -> Result<Vec<Quant>> {
    if quants.is_empty() {
        return Ok(quants);
    }
    let (came, went) = (moved("to_id", date, &quants)?, moved("from_id", date, &quants)?);
    let then = |quant: Quant| {
        let key = (quant.item_id.uuid(), quant.location_id.uuid(), quant.lot_id.map(Ref::uuid));
        let of = |moved: &BTreeMap<Key, Decimal>| moved.get(&key).copied().unwrap_or_default();
        let quantity = quant.quantity - of(&came) + of(&went);
        let none = Decimal::ZERO;
        Quant { quantity, reserved: none, incoming: none, outgoing: none, ..quant }
    };
    let then = quants.into_iter().map(then);
    Ok(then.filter(|quant| !quant.quantity.is_zero()).collect())
}

/// What was moved after a day, by item, place and lot.
fn moved(end: &str, after: Date, quants: &[Quant]) -> Result<BTreeMap<Key, Decimal>> {
    let distinct = |ids: Vec<Uuid>| ids.into_iter().collect::<std::collections::BTreeSet<Uuid>>();
    let items = distinct(quants.iter().map(|quant| quant.item_id.uuid()).collect());
    let places = distinct(quants.iter().map(|quant| quant.location_id.uuid()).collect());
    let lots = distinct(quants.iter().filter_map(|quant| quant.lot_id).map(Ref::uuid).collect());
    let of_lots = [Condition::is_null("lot_id"), Condition::one_of("lot_id", lots)];
    let moves = db::find::<Move>().eq("state", TransferState::Done).gt("date", after);
    let moves = moves.one_of("item_id", items).one_of(end, places).filter(Condition::any(of_lots));
    let moves = moves.aggregate().group("item_id").group(end).named("place").group("lot_id");
    let rows = moves.sum("total", "base_quantity").limit(1000).all::<Moved>()?;
    Ok(rows.into_iter().map(|row| ((row.item_id, row.place, row.lot_id), row.total)).collect())
}

fn rows(quants: Vec<Quant>) -> Result<Vec<StockRow>> {
    let items = by_id::<Item>(quants.iter().map(|quant| quant.item_id.uuid()))?;
    let places = by_id::<Location>(quants.iter().map(|quant| quant.location_id.uuid()))?;
    let lots = by_id::<Lot>(quants.iter().filter_map(|quant| quant.lot_id).map(Ref::uuid))?;
    let row = |quant: Quant| {
        // Who does not see the item or the place does not see what lies there.
        let item = items.get(&quant.item_id.uuid())?;
        let place = places.get(&quant.location_id.uuid())?;
        let lot = quant.lot_id.and_then(|lot| lots.get(&lot.uuid()));
        Some(StockRow {
            item_id: quant.item_id,
            sku: item.sku.clone(),
            name: item.name.clone(),
            location_id: quant.location_id,
            location: place.name.clone(),
            warehouse: place.warehouse.clone(),
            lot_id: quant.lot_id,
            lot: lot.map(|lot| lot.name.clone()),
            on_hand: quant.quantity,
            reserved: quant.reserved,
            available: quant.quantity - quant.reserved,
            incoming: quant.incoming,
            outgoing: quant.outgoing,
            forecast: quant.quantity + quant.incoming - quant.outgoing,
        })
    };
    Ok(quants.into_iter().filter_map(row).collect())
}
