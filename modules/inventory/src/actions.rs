//! What becomes of transfers before they are done: they are confirmed, or cancelled.

use eerp_sdk::document::Whole;
use eerp_sdk::prelude::*;

use crate::completion::Goods;
use crate::lots::{self, Strictness};
use crate::making::refuse_empty;
use crate::stock::Stock;
use crate::transfers::{Transfer, TransferState};
use crate::values::Values;
use crate::{doing, plans, reorder};

/// The transfer as it is now, held to the end, if it is in one of these states.
pub(crate) fn held(id: Ref<Transfer>, states: &[TransferState]) -> Result<Whole<Transfer>> {
    let whole = documents::lock(id)?;
    if states.contains(&whole.head.state) {
        return Ok(whole);
    }
    Err(match whole.head.state {
        TransferState::Draft => Error::conflict("draft", "The transfer is not confirmed."),
        TransferState::Confirmed => Error::conflict("confirmed", "The transfer is confirmed."),
        TransferState::Done => Error::conflict("done", "The transfer is done."),
        TransferState::Cancelled => Error::conflict("cancelled", "The transfer is cancelled."),
    })
}

/// Confirm a transfer, and keep for it what is there
///
/// What it will bring and take counts in the forecast from now on. What is not there is
/// not kept: `reserve` tries again.
#[post("/transfers/{id:uuid}/confirm")]
pub(crate) fn confirm(id: Ref<Transfer>) -> Result<Whole<Transfer>> {
    confirmed(held(id, &[TransferState::Draft])?)
}

pub(crate) fn confirmed(mut whole: Whole<Transfer>) -> Result<Whole<Transfer>> {
    refuse_empty(&whole)?;
    let goods = Goods::load(&whole.head, &whole.lines)?;
    lots::settle(&mut whole.lines, &goods, Strictness::Planned)?;
    let mut values = Values::load(&goods, &whole.head)?;
    let mut stock = Stock::load(&plans::spots(&whole.lines, &goods)?)?;
    plans::add(&mut stock, &mut whole.lines, &goods)?;
    values.store(&stock.new_items())?;
    stock.store()?;
    whole.head.state = TransferState::Confirmed;
    whole.lines.iter_mut().for_each(|line| line.state = TransferState::Confirmed);
    doing::number(&mut whole.head)?;
    let whole = documents::save(&whole)?;
    reorder::watch(doing::items_of(&whole.lines))?;
    Ok(whole)
}

/// Keep for a confirmed transfer what has become free since
#[post("/transfers/{id:uuid}/reserve")]
pub(crate) fn reserve(id: Ref<Transfer>) -> Result<Whole<Transfer>> {
    let mut whole = held(id, &[TransferState::Confirmed])?;
    let goods = Goods::load(&whole.head, &whole.lines)?;
    let mut stock = Stock::load(&plans::spots(&whole.lines, &goods)?)?;
    plans::reserve(&mut stock, &mut whole.lines, &goods)?;
    stock.store()?;
    whole.lines = db::update_all(&whole.lines)?;
    Ok(whole)
}

/// Cancel a transfer that is not done, and free what was kept for it
#[post("/transfers/{id:uuid}/cancel")]
pub(crate) fn cancel(id: Ref<Transfer>) -> Result<Whole<Transfer>> {
    let mut whole = held(id, &[TransferState::Draft, TransferState::Confirmed])?;
    if whole.head.state == TransferState::Confirmed {
        let goods = Goods::load(&whole.head, &whole.lines)?;
        let mut stock = Stock::load(&plans::spots(&whole.lines, &goods)?)?;
        plans::remove(&mut stock, &mut whole.lines, &goods)?;
        stock.store()?;
    }
    whole.head.state = TransferState::Cancelled;
    whole.lines.iter_mut().for_each(|line| line.state = TransferState::Cancelled);
    let whole = documents::save(&whole)?;
    reorder::watch(doing::items_of(&whole.lines))?;
    Ok(whole)
}
