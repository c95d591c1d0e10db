//! What was moved: the ledger of the stock, and the way of each lot.

use eerp_sdk::prelude::*;

use super::by_id;
use crate::{Item, Location, Lot, Move, Transfer, TransferKind, TransferState};

/// Which moves are asked for.
#[query]
pub struct MovesQuestion {
    /// Of this item.
    pub item_id: Option<Ref<Item>>,
    /// Of the lot or serial number that is called so.
    #[field(max = 100)]
    pub lot: Option<String>,
    /// From or to this place.
    pub location_id: Option<Ref<Location>>,
    /// From this day on.
    pub since: Option<Date>,
    /// Up to this day.
    pub until: Option<Date>,
    /// So many moves.
    #[field(default = 50, min = 1, max = 1000)]
    pub limit: i32,
    /// The page that `next_cursor` of another one asks for.
    #[field(max = 2000)]
    pub cursor: Option<String>,
}

/// What was moved.
#[body]
pub struct MoveRow {
    /// The move.
    pub move_id: Ref<Move>,
    /// The day.
    pub date: Option<Date>,
    /// Its transfer.
    pub transfer_id: Ref<Transfer>,
    /// The number of that.
    pub number: Option<String>,
    /// What that was.
    pub kind: Option<TransferKind>,
    /// The document that it belongs to.
    pub reference: Option<String>,
    /// From or to whom.
    pub party: Option<String>,
    /// The item.
    pub item_id: Ref<Item>,
    /// Its number.
    pub sku: Option<String>,
    /// What it is called.
    pub name: String,
    /// The lot or serial number.
    pub lot: Option<String>,
    /// The lot.
    pub lot_id: Option<Ref<Lot>>,
    /// Where from.
    pub from: Option<String>,
    /// Where to.
    pub to: Option<String>,
    /// How much, in the unit of the item.
    #[field(numeric(18, 4))]
    pub quantity: Decimal,
    /// What the stock was worth more by it, or less.
    #[field(numeric(20, 4))]
    pub value: Option<Decimal>,
}

/// What was moved.
#[body]
pub struct MovePage {
    /// Each move, the first ones first.
    pub items: Vec<MoveRow>,
    /// What asks for the next page; nothing after the last.
    pub next_cursor: Option<String>,
}

/// What was moved: the ledger of the stock
///
/// With `lot` it is the way of a lot or serial number from whom it came to whom it went.
#[get("/reports/moves", permission = "moves.read")]
pub(crate) fn moves(query: MovesQuestion) -> Result<MovePage> {
    let page = found(&query).page()?;
    let moves = page.items;
    let transfers = by_id::<Transfer>(moves.iter().map(|one| one.transfer_id.uuid()))?;
    let items = by_id::<Item>(moves.iter().map(|one| one.item_id.uuid()))?;
    let ends = moves.iter().flat_map(|one| [one.from_id, one.to_id]).flatten().map(Ref::uuid);
    let places = by_id::<Location>(ends)?;
    let place = |id: Option<Ref<Location>>| {
        id.and_then(|id| places.get(&id.uuid())).map(|place| place.name.clone())
    };
    let row = |one: Record<Move>| {
        let item = items.get(&one.item_id.uuid())?;
        let transfer = transfers.get(&one.transfer_id.uuid());
        Some(MoveRow {
            move_id: one.id,
            date: one.date,
            transfer_id: one.transfer_id,
            number: transfer.and_then(|transfer| transfer.number.clone()),
            kind: transfer.map(|transfer| transfer.kind),
            reference: transfer.and_then(|transfer| transfer.reference.clone()),
            party: transfer.and_then(|transfer| transfer.party.clone()),
            item_id: one.item_id,
            sku: item.sku.clone(),
            name: item.name.clone(),
            lot: one.lot.clone(),
            lot_id: one.lot_id,
            from: place(one.from_id),
            to: place(one.to_id),
            quantity: one.base_quantity,
            value: one.value,
        })
    };
    let items = moves.into_iter().filter_map(row).collect();
    Ok(MovePage { items, next_cursor: page.next_cursor })
}

fn found(query: &MovesQuestion) -> db::Find<Move> {
    let mut found = db::find::<Move>().eq("state", TransferState::Done);
    if let Some(item) = query.item_id {
        found = found.eq("item_id", item.uuid());
    }
    if let Some(lot) = &query.lot {
        found = found.eq("lot", lot.trim());
    }
    if let Some(place) = query.location_id {
        let ends = ["from_id", "to_id"].map(|end| Condition::eq(end, place.uuid()));
        found = found.filter(Condition::any(ends));
    }
    if let Some(since) = query.since {
        found = found.gte("date", since);
    }
    if let Some(until) = query.until {
        found = found.lte("date", until);
    }
    if let Some(cursor) = &query.cursor {
        found = found.cursor(cursor);
    }
    found.order("date, created_at").limit(query.limit.unsigned_abs())
}
