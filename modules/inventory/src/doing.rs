//! Doing a transfer: goods, their value and the books change together or not at all.
//!
//! Everything is read first. Then the values of the items are stored, which holds these
//! items against everybody else, then what lies where, the transfer itself, and last the
//! entry in the books.

use std::collections::{BTreeMap, BTreeSet};

use eerp_inventory_api::{ItemKind, TRANSFER_DONE, TransferDone};
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, NextNumber};

use crate::completion::{Goods, of_line};
use crate::costing;
use crate::ledger::{self, Posting, Source};
use crate::lots::{self, Strictness};
use crate::plans::{self, Ends};
use crate::stock::{Quant, Stock};
use crate::transfers::{Move, Transfer, TransferState};
use crate::values::Values;
use crate::{Item, LocationKind, reorder};

/// Digits of a transfer's number.
const NUMBER_DIGITS: i32 = 5;

/// Does a transfer that is complete, and stores it. `planned` are its lines as they were
/// confirmed, if they were.
pub(crate) fn finish(
    mut whole: Whole<Transfer>,
    goods: &Goods,
    mut planned: Vec<Record<Move>>,
) -> Result<Whole<Transfer>> {
    let date = day(&whole.head)?;
    let mut values = Values::load(goods, &whole.head)?;
    let mut returns = Returns::load(&whole.lines)?;
    let postings = value(&mut whole, goods, date, &mut values, &mut returns)?;
    values.store(&items_of(&whole.lines))?;
    lots::settle(&mut whole.lines, goods, Strictness::Moved)?;
    lots::refuse_doubles(&whole.lines, goods)?;
    move_goods(&mut planned, &whole.lines, goods)?;
    close(&mut whole, date)?;
    let whole = documents::save(&whole)?;
    let currency = values.currency()?;
    values.store_layers(&whole.lines)?;
    returns.store()?;
    let company = whole.head.own_company_id;
    ledger::post(Source::of(&whole.head), &postings, date, currency, company)?;
    tell(&whole.head, date)?;
    reorder::watch(items_of(&whole.lines))?;
    Ok(whole)
}

/// The items of lines.
pub(crate) fn items_of(lines: &[Record<Move>]) -> BTreeSet<Uuid> {
    lines.iter().map(|line| line.item_id.uuid()).collect()
}

/// The day that counts: no goods were moved tomorrow.
fn day(head: &Transfer) -> Result<Date> {
    let today = now().date();
    match head.date {
        Some(date) if date > today => {
            let message = "Goods cannot have been moved on a day to come.";
            Err(Error::invalid("date", "future", message))
        }
        date => Ok(date.unwrap_or(today)),
    }
}

/// Finds what each line is worth, and what that means to the books.
fn value(
    whole: &mut Whole<Transfer>,
    goods: &Goods,
    date: Date,
    values: &mut Values,
    returns: &mut Returns,
) -> Result<Vec<Posting>> {
    prepare(&whole.lines, goods, values)?;
    let (mut postings, opening) = (Vec::new(), whole.head.opening);
    for (number, line) in whole.lines.iter_mut().enumerate() {
        let item = goods.item(line)?;
        returns.check(item, line).map_err(|error| of_line(number, error))?;
        let (from, to) = goods.ends(line)?;
        if item.kind != ItemKind::Stocked || from.kind.is_own() == to.kind.is_own() {
            returns.note(line, Decimal::ZERO);
            continue;
        }
        let outside = if to.kind.is_own() { &from.kind } else { &to.kind };
        let against = ledger::purpose(outside, opening);
        let (value, variance) = match to.kind.is_own() {
            true => bring(item, (number, line), date, values, returns)?,
            false => {
                let value = values.issue(item, (number, line), date, line.return_of_id)?;
                (-value, Decimal::ZERO)
            }
        };
        returns.note(line, value);
        postings.push(Posting { against, value });
        // Goods that had gone out before they came cost more or less than was reckoned.
        let of_sales = ledger::purpose(&LocationKind::Customer, false);
        postings.push(Posting { against: of_sales, value: -variance });
        line.value = Some(value - variance);
    }
    Ok(postings)
}

/// Goods come in: what they are worth, and how much of that is no part of the stock.
fn bring(
    item: &Record<Item>,
    line: (usize, &Move),
    date: Date,
    values: &mut Values,
    returns: &Returns,
) -> Result<(Decimal, Decimal)> {
    let decimals = values.digits(item)?;
    let value = match returns.value(line.1, decimals) {
        Some(value) => value,
        None => values.value_of(item, line.1)?,
    };
    Ok((value, values.receive(item, line, date, value)?))
}

/// Reads what the values of the lines depend on.
fn prepare(lines: &[Record<Move>], goods: &Goods, values: &mut Values) -> Result<()> {
    let (mut coming, mut going) = (BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let (from, to) = goods.ends(line)?;
        match (from.kind.is_own(), to.kind.is_own()) {
            (true, false) => going.insert(line.item_id.uuid()),
            (false, true) => coming.insert(line.item_id.uuid()),
            _ => false,
        };
    }
    values.choose_costing(goods, &coming)?;
    values.open(&going)
}

/// The moves that lines take back.
#[derive(Debug, Default)]
struct Returns(BTreeMap<Uuid, Record<Move>>);

impl Returns {
    fn load(lines: &[Record<Move>]) -> Result<Self> {
        let ids: BTreeSet<Uuid> =
            lines.iter().filter_map(|line| line.return_of_id).map(Ref::uuid).collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let found = db::find::<Move>().one_of("id", ids).all()?;
        Ok(Self(found.into_iter().map(|line| (line.id.uuid(), line)).collect()))
    }

    fn of(&self, line: &Move) -> Option<&Record<Move>> {
        self.0.get(&line.return_of_id?.uuid())
    }

    /// Refuses to take back more than was moved.
    fn check(&self, item: &Item, line: &Move) -> Result<()> {
        let Some(original) = self.of(line) else { return Ok(()) };
        let left = original.base_quantity - original.returned;
        if line.base_quantity <= left {
            return Ok(());
        }
        let message =
            format!("Of {} no more than {} can be returned.", item.name, left.normalize());
        let error = Error::conflict("returned", message.clone());
        Err(error.and_field("quantity", "returned", message))
    }

    /// What goods that come back are worth: what they were when they went.
    fn value(&self, line: &Move, decimals: u32) -> Option<Decimal> {
        let original = self.of(line)?;
        let left = Decimal::abs(&original.value?) - original.returned_value;
        let whole = original.base_quantity - original.returned;
        Some(costing::share(left, line.base_quantity, whole, decimals))
    }

    fn note(&mut self, line: &Move, value: Decimal) {
        let original = line.return_of_id.and_then(|id| self.0.get_mut(&id.uuid()));
        if let Some(original) = original {
            original.returned += line.base_quantity;
            original.returned_value += value.abs();
        }
    }

    fn store(self) -> Result<()> {
        let moves: Vec<Record<Move>> = self.0.into_values().collect();
        db::update_all(&moves).map(drop)
    }
}

/// Takes goods from where they lie and puts them where they go.
fn move_goods(planned: &mut [Record<Move>], lines: &[Record<Move>], goods: &Goods) -> Result<()> {
    let mut spots = plans::spots(planned, goods)?;
    spots.extend(plans::spots(lines, goods)?);
    let mut stock = Stock::load(&spots)?;
    plans::remove(&mut stock, planned, goods)?;
    for (number, line) in lines.iter().enumerate() {
        let ends = Ends::of(line, line.lot_id, goods)?;
        if let Some((spot, place)) = ends.from {
            take(stock.at(spot, place), line, goods).map_err(|error| of_line(number, error))?;
        }
        if let Some((spot, place)) = ends.to {
            stock.at(spot, place).put(line.base_quantity)?;
        }
    }
    stock.store()
}

fn take(quant: &mut Quant, line: &Move, goods: &Goods) -> Result<()> {
    let (item, (place, _)) = (goods.item(line)?, goods.ends(line)?);
    quant.take(line.base_quantity).map_err(|available| {
        let of_lot = line.lot.as_ref().map(|lot| format!(" of lot {lot}")).unwrap_or_default();
        let (wanted, available) = (line.base_quantity.normalize(), available.normalize());
        let message = format!(
            "Of {}{of_lot} {wanted} are wanted, and {available} are available in {}.",
            item.name, place.name
        );
        let error = Error::conflict("not_enough", message.clone());
        error.and_field("quantity", "not_enough", message)
    })
}

/// The transfer is done, and has a number.
fn close(whole: &mut Whole<Transfer>, date: Date) -> Result<()> {
    number(&mut whole.head)?;
    whole.head.date = Some(date);
    whole.head.state = TransferState::Done;
    whole.head.done_at = Some(now());
    for line in &mut whole.lines {
        line.state = TransferState::Done;
        line.date = Some(date);
        line.reserved = Decimal::ZERO;
    }
    Ok(())
}

/// Numbers a transfer that has no number. Gaps do no harm, and nobody waits for it.
pub(crate) fn number(head: &mut Transfer) -> Result<()> {
    if head.number.is_some() {
        return Ok(());
    }
    let (name, prefix) = head.kind.names();
    let wanted = NextNumber {
        gapless: false,
        per_company: false,
        prefix: prefix.into(),
        padding: NUMBER_DIGITS,
        ..NextNumber::of(&format!("transfers.{name}"))
    };
    head.number = Some(sequences::next(wanted)?.text);
    Ok(())
}

fn tell(head: &Record<Transfer>, date: Date) -> Result<()> {
    let done = TransferDone {
        transfer_id: Ref::new(head.id.uuid()),
        number: head.number.clone().unwrap_or_default(),
        kind: head.kind.names().0.into(),
        date,
        reference: head.reference.clone(),
    };
    TRANSFER_DONE.emit(head.id, &done)
}
