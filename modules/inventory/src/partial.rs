//! Transfers are done: all of what they move, or a part.

use eerp_sdk::document::Whole;
use eerp_sdk::prelude::*;

use crate::actions::{confirmed, held};
use crate::completion::{self, Goods};
use crate::doing;
use crate::making::refuse_empty;
use crate::transfers::{Move, Transfer, TransferState};

/// So much of a line was moved.
#[body]
pub struct DoneMove {
    /// The line.
    pub id: Ref<Move>,
    /// How much of it, in the line's unit; all of it unless said.
    #[field(numeric(18, 4), min = 0)]
    pub quantity: Option<Decimal>,
    /// The lot or serial number, where the line does not say it yet.
    #[field(max = 100)]
    pub lot: Option<String>,
}

/// What was moved of a transfer.
#[body]
pub struct DoTransfer {
    /// The day that counts; today unless said here or by the transfer.
    pub date: Option<Date>,
    /// What was moved; everything unless said. Of lines that are not named nothing was.
    #[field(max = 500)]
    pub moves: Option<Vec<DoneMove>>,
    /// Whether what was not moved is left for a transfer to come.
    #[field(default = true)]
    pub backorder: bool,
}

/// Do a transfer: all of it, or what is named
///
/// What is not done is left to a new transfer, its backorder, which is confirmed; goods
/// are kept for it as far as they are there. 409 `not_enough` when more is to be taken
/// than there is.
#[post("/transfers/{id:uuid}/do")]
pub(crate) fn carry_out(id: Ref<Transfer>, body: DoTransfer) -> Result<Whole<Transfer>> {
    let mut whole = held(id, &[TransferState::Draft, TransferState::Confirmed])?;
    let planned = match whole.head.state {
        TransferState::Confirmed => whole.lines.clone(),
        _ => Vec::new(),
    };
    whole.head.date = body.date.or(whole.head.date);
    let left = match body.moves {
        Some(moves) => split(&mut whole, moves)?,
        None => Vec::new(),
    };
    refuse_empty(&whole)?;
    let mut goods = completion::complete(&mut whole.head, &mut whole.lines)?;
    if !left.is_empty() {
        // What is left was planned as well, and is freed before it is planned anew.
        goods.add(Goods::load(&whole.head, &planned)?);
    }
    let done = doing::finish(whole, &goods, planned)?;
    if body.backorder && !left.is_empty() {
        leave(&done.head, left)?;
    }
    Ok(done)
}

/// Leaves in a transfer what was moved; answers what is left.
fn split(whole: &mut Whole<Transfer>, done: Vec<DoneMove>) -> Result<Vec<Move>> {
    let mut left = Vec::new();
    let mut moved = vec![None; whole.lines.len()];
    for (number, one) in done.into_iter().enumerate() {
        let line = whole.lines.iter().position(|line| line.id == one.id);
        let new = line.filter(|at| moved[*at].is_none());
        let unknown = || {
            let message = "The transfer has no other line with this id.";
            completion::of_line(number, Error::invalid("id", "not_found", message))
        };
        moved[new.ok_or_else(unknown)?] = Some(one);
    }
    let mut lines = Vec::new();
    for (mut line, one) in std::mem::take(&mut whole.lines).into_iter().zip(moved) {
        let planned = line.quantity;
        let (quantity, lot) =
            one.map_or((Decimal::ZERO, None), |one| (one.quantity.unwrap_or(planned), one.lot));
        if quantity < planned {
            left.push(rest(&line, planned - quantity));
        }
        if quantity > Decimal::ZERO {
            line.quantity = quantity;
            line.lot = lot.or(line.lot.take());
            lines.push(line);
        }
    }
    whole.lines = lines;
    Ok(left)
}

/// What is left of a line.
fn rest(line: &Move, quantity: Decimal) -> Move {
    Move {
        item_id: line.item_id,
        quantity,
        unit_id: line.unit_id,
        from_id: line.from_id,
        to_id: line.to_id,
        lot: line.lot.clone(),
        unit_cost: line.unit_cost,
        description: line.description.clone(),
        return_of_id: line.return_of_id,
        ..Move::default()
    }
}

/// Makes the transfer of what is left, and confirms it.
fn leave(done: &Record<Transfer>, left: Vec<Move>) -> Result<()> {
    let head = Transfer {
        state: TransferState::Draft,
        number: None,
        date: None,
        done_at: None,
        backorder_of_id: Some(done.id),
        ..done.clone().into_inner()
    };
    let head = Record::from(head).saying("own_company_id");
    let left = left.into_iter().map(Record::from).collect();
    confirmed(documents::save(&Whole::new(head, left))?).map(drop)
}
