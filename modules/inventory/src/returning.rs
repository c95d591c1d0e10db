//! What was moved is moved back.

use eerp_sdk::document::Whole;
use eerp_sdk::prelude::*;

use crate::actions::held;
use crate::completion;
use crate::making::make_and_do;
use crate::transfers::{Move, Transfer, TransferKind, TransferState};

/// So much of a line comes or goes back.
#[body]
pub struct ReturnedMove {
    /// The line.
    pub id: Ref<Move>,
    /// How much, in the unit of the item; all that was not returned yet unless said.
    #[field(numeric(18, 4), min = 0)]
    pub quantity: Option<Decimal>,
}

/// What comes or goes back.
#[body]
pub struct ReturnTransfer {
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// What comes or goes back; everything that has not yet unless said.
    #[field(max = 500)]
    pub moves: Option<Vec<ReturnedMove>>,
    /// The document that it belongs to; that of the transfer unless said.
    #[field(max = 200)]
    pub reference: Option<String>,
    /// Whether it is done at once, and not only written down.
    #[field(default = true)]
    pub done: bool,
}

/// Take back what a transfer has moved
///
/// A new transfer leads the other way. Goods come back at what they were worth when they
/// went. 409 `returned` when nothing is left to return, or less than is named.
#[post("/transfers/{id:uuid}/return", answers = Whole<Transfer>, status = 201)]
pub(crate) fn take_back(id: Ref<Transfer>, body: ReturnTransfer) -> Result<Reply> {
    let original = held(id, &[TransferState::Done])?;
    let lines = returned(&original, body.moves)?;
    let head = &original.head;
    let (from_id, to_id) = (head.to_id, head.from_id);
    let (party_id, party) = (head.party_id, head.party.clone());
    let head = Transfer {
        kind: match head.kind {
            TransferKind::Internal => TransferKind::Internal,
            _ => TransferKind::Return,
        },
        from_id,
        to_id,
        party_id,
        party,
        date: body.date,
        reference: body.reference.or(head.reference.clone()),
        opening: head.opening,
        return_of_id: Some(head.id),
        own_company_id: head.own_company_id,
        ..Transfer::default()
    };
    let head = Record::from(head).saying("own_company_id");
    let whole = Whole::new(head, lines.into_iter().map(Record::from).collect());
    let whole = if body.done { make_and_do(whole)? } else { documents::save(&whole)? };
    Ok(Reply::json(&whole).with_status(201))
}

/// The lines that lead back.
fn returned(original: &Whole<Transfer>, moves: Option<Vec<ReturnedMove>>) -> Result<Vec<Move>> {
    let all = || {
        let open = original.lines.iter().filter(|line| line.returned < line.base_quantity);
        open.map(|line| ReturnedMove { id: line.id, quantity: None }).collect()
    };
    let moves = moves.unwrap_or_else(all);
    if moves.is_empty() {
        return Err(Error::conflict("returned", "Everything was returned."));
    }
    let mut lines = Vec::new();
    for (number, one) in moves.into_iter().enumerate() {
        let line = original.lines.iter().find(|line| line.id == one.id);
        let unknown = || {
            let message = "The transfer has no line with this id.";
            completion::of_line(number, Error::invalid("id", "not_found", message))
        };
        let line = line.ok_or_else(unknown)?;
        lines.push(Move {
            item_id: line.item_id,
            quantity: one.quantity.unwrap_or(line.base_quantity - line.returned),
            from_id: line.to_id,
            to_id: line.from_id,
            lot: line.lot.clone(),
            return_of_id: Some(line.id),
            ..Move::default()
        });
    }
    Ok(lines)
}
