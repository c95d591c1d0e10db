//! Moving one item at once, without a document to fill in.

use eerp_sdk::document::Whole;
use eerp_sdk::prelude::*;
use eerp_sdk::route::Routes;

use crate::transfers::{Move, Transfer, TransferKind};
use crate::{Item, Location, LocationKind, Unit, making};

/// Making moves.
pub(crate) const fn made() -> Routes {
    Routes(const { &[making::creating::<Move>(&move_item().0[0])] })
}

/// An item that is moved.
#[body]
pub struct MoveItem {
    /// What is moved.
    pub item_id: Ref<Item>,
    /// How much, in this unit.
    #[field(numeric(18, 4), min = 0)]
    pub quantity: Decimal,
    /// The unit; that of the item unless said.
    pub unit_id: Option<Ref<Unit>>,
    /// Where from; the suppliers unless said, or the stock, where it leads out of it.
    pub from_id: Option<Ref<Location>>,
    /// Where to; the stock unless said, or the customers, where it leads out of it.
    pub to_id: Option<Ref<Location>>,
    /// The lot or serial number, where the item has any.
    #[field(max = 100)]
    pub lot: Option<String>,
    /// What one unit costs that comes in; the item's standard cost unless said, or else
    /// what its stock costs.
    #[field(numeric(18, 6), min = 0)]
    pub unit_cost: Option<Decimal>,
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// The document that it belongs to.
    #[field(max = 200)]
    pub reference: Option<String>,
    /// Whether it is done at once, and not only planned.
    #[field(default = true)]
    pub done: bool,
}

/// Move an item at once
///
/// With neither `from_id` nor `to_id` it is received from the suppliers into the stock;
/// with `from_id` alone it is delivered from there to the customers, and with `to_id`
/// alone received there. It makes a transfer of one line; with `"done": false` that is a
/// draft. What was moved stays: `POST /transfers/{id}/return` moves it back.
#[post("/moves", answers = Move, status = 201)]
pub(crate) fn move_item(body: MoveItem) -> Result<Reply> {
    let kind = kind_of(body.from_id, body.to_id)?;
    let line = Move {
        item_id: body.item_id,
        quantity: body.quantity,
        unit_id: body.unit_id,
        from_id: body.from_id,
        to_id: body.to_id,
        lot: body.lot,
        unit_cost: body.unit_cost,
        ..Move::default()
    };
    let head = Transfer { kind, date: body.date, reference: body.reference, ..Transfer::default() };
    let whole = Whole::new(head, vec![Record::from(line)]);
    let whole = match body.done {
        true => making::make_and_do(whole),
        false => documents::save(&whole),
    };
    let mut whole = whole.map_err(alone)?;
    let made = whole.lines.pop();
    let made = made.ok_or_else(|| Error::new(500, "internal_error", "No move was made."))?;
    Ok(Reply::record(&made).with_status(201))
}

/// The error with the fields of the only line as those of the body.
fn alone(mut error: Error) -> Error {
    for fault in &mut error.errors {
        if let Some(field) = fault.pointer.strip_prefix("/moves/0") {
            fault.pointer = field.to_string().into();
        }
    }
    error
}

/// What a move is that leads from here to there.
fn kind_of(from: Option<Ref<Location>>, to: Option<Ref<Location>>) -> Result<TransferKind> {
    let from = from.map(|id| place(id, "from_id")).transpose()?;
    let to = to.map(|id| place(id, "to_id")).transpose()?;
    let own = |kind: &LocationKind| kind.is_own();
    Ok(match (from, to) {
        (None, None) => TransferKind::Receipt,
        (Some(LocationKind::Adjustment), _) | (_, Some(LocationKind::Adjustment)) => {
            TransferKind::Count
        }
        (Some(from), None) if own(&from) => TransferKind::Delivery,
        (None, Some(to)) if !own(&to) => TransferKind::Delivery,
        (None, Some(_)) | (Some(LocationKind::Supplier), _) => TransferKind::Receipt,
        (Some(from), Some(to)) if own(&from) && own(&to) => TransferKind::Internal,
        (Some(_), Some(LocationKind::Customer)) => TransferKind::Delivery,
        (Some(_), _) => TransferKind::Return,
    })
}

fn place(id: Ref<Location>, field: &str) -> Result<LocationKind> {
    let found = db::get(id).map(|place| place.kind);
    found.map_err(|error| match error.is("not_found") {
        true => Error::invalid(field, "not_found", "There is no such place."),
        false => error,
    })
}
