//! Counts are started and applied.

use std::collections::{BTreeMap, BTreeSet};

use eerp_sdk::document::Whole;
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, NextNumber};

use crate::counts::{Count, CountLine, CountState, of_line};
use crate::making::make_and_do;
use crate::stock::{Quant, Spot, Stock};
use crate::transfers::{Move, Transfer, TransferKind};
use crate::{Location, LocationKind, Lot};

/// Digits of a count's number.
const NUMBER_DIGITS: i32 = 5;

/// The count as it is now, held to the end, if it is still open.
fn held(id: Ref<Count>) -> Result<Whole<Count>> {
    let whole = documents::lock(id)?;
    match whole.head.is_closed() {
        true => Err(Error::conflict("closed", "The count is over.")),
        false => Ok(whole),
    }
}

/// Start a count: write down what should be there
///
/// A count without lines gets one for all that lies in its place. Started again, it
/// takes what should be there anew, and keeps what was counted.
#[post("/counts/{id:uuid}/start")]
pub(crate) fn start(id: Ref<Count>) -> Result<Whole<Count>> {
    let mut whole = held(id)?;
    if whole.lines.is_empty() {
        whole.lines = all_there(&whole.head)?;
    }
    let books = Books::load(&whole.lines)?;
    for line in &mut whole.lines {
        line.book = Some(books.of(line));
    }
    whole.head.state = CountState::Started;
    number(&mut whole.head)?;
    documents::save(&whole)
}

/// A line for all that lies in the place of a count.
fn all_there(head: &Count) -> Result<Vec<Record<CountLine>>> {
    let Some(place) = head.location_id else { return Ok(Vec::new()) };
    let quants = db::find::<Quant>().eq("location_id", place.uuid()).neq("quantity", Decimal::ZERO);
    let quants = quants.order("item_id").all()?;
    if quants.len() > eerp_sdk::document::LINES_MAX {
        let message = "More lies there than fits one count: name the items.";
        return Err(Error::conflict("too_many", message));
    }
    let lots = lot_names(&quants)?;
    let line = |quant: Record<Quant>| CountLine {
        item_id: quant.item_id,
        location_id: Some(quant.location_id),
        lot: quant.lot_id.and_then(|lot| lots.get(&lot.uuid()).cloned()),
        ..CountLine::default()
    };
    Ok(quants.into_iter().map(|quant| Record::from(line(quant))).collect())
}

fn lot_names(quants: &[Record<Quant>]) -> Result<BTreeMap<Uuid, String>> {
    let ids: Vec<Uuid> = quants.iter().filter_map(|quant| quant.lot_id).map(Ref::uuid).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let lots = db::find::<Lot>().one_of("id", ids).all()?;
    Ok(lots.into_iter().map(|lot| (lot.id.uuid(), lot.name.clone())).collect())
}

/// What should be there, by item, place and name of the lot.
struct Books {
    lots: BTreeMap<(Uuid, String), Ref<Lot>>,
    stock: Stock,
}

impl Books {
    fn load(lines: &[Record<CountLine>]) -> Result<Self> {
        let names: BTreeSet<String> = lines.iter().filter_map(|line| line.lot.clone()).collect();
        let lots = match names.is_empty() {
            true => Vec::new(),
            false => db::find::<Lot>().one_of("name", names).all()?,
        };
        let key = |lot: &Record<Lot>| (lot.item_id.uuid(), lot.name.clone());
        let lots = lots.iter().map(|lot| (key(lot), lot.id)).collect();
        let mut books = Self { lots, stock: Stock::default() };
        let spots = lines.iter().filter_map(|line| books.spot(line)).collect();
        books.stock = Stock::load(&spots)?;
        Ok(books)
    }

    /// The spot of a line; nothing where its lot is not known.
    fn spot(&self, line: &CountLine) -> Option<Spot> {
        let lot = match &line.lot {
            Some(name) => Some(*self.lots.get(&(line.item_id.uuid(), name.clone()))?),
            None => None,
        };
        Some(Spot::new(line.item_id, line.location_id?, lot))
    }

    fn of(&self, line: &CountLine) -> Decimal {
        self.spot(line).and_then(|spot| self.stock.quantity(spot)).unwrap_or_default()
    }
}

fn number(head: &mut Count) -> Result<()> {
    if head.number.is_none() {
        let wanted = NextNumber {
            gapless: false,
            per_company: false,
            prefix: "COUNT/".into(),
            padding: NUMBER_DIGITS,
            ..NextNumber::of("counts")
        };
        head.number = Some(sequences::next(wanted)?.text);
    }
    Ok(())
}

/// Apply a count: the stock is what was counted
///
/// Lines that were not counted stay as they are. 409 `stale` when goods were moved since
/// the count was started, and names the lines: start it again, and count these anew. A
/// count that was not started is applied to what is there now.
#[post("/counts/{id:uuid}/apply")]
pub(crate) fn apply(id: Ref<Count>) -> Result<Whole<Count>> {
    let mut whole = held(id)?;
    let books = Books::load(&whole.lines)?;
    refuse_stale(&whole.lines, &books)?;
    refuse_twice(&whole.lines)?;
    number(&mut whole.head)?;
    let outside = db::find::<Location>().eq("kind", LocationKind::Adjustment);
    let outside = outside.order("is_default desc, created_at").first()?;
    let missing = || Error::conflict("no_place", "There is no place for what is lost and found.");
    let outside = outside.ok_or_else(missing)?.id;
    let moves: Vec<Record<Move>> = whole
        .lines
        .iter()
        .filter_map(|line| correction(line, books.of(line), outside))
        .map(Record::from)
        .collect();
    if !moves.is_empty() {
        let head = Transfer {
            kind: TransferKind::Count,
            date: whole.head.date,
            reference: whole.head.number.clone(),
            opening: whole.head.opening,
            own_company_id: whole.head.own_company_id,
            ..Transfer::default()
        };
        let head = Record::from(head).saying("own_company_id");
        let done = make_and_do(Whole::new(head, moves))?;
        whole.head.transfer_id = Some(done.head.id);
    }
    whole.head.state = CountState::Applied;
    for line in &mut whole.lines {
        line.book = Some(books.of(line));
    }
    documents::save(&whole)
}

fn refuse_stale(lines: &[Record<CountLine>], books: &Books) -> Result<()> {
    let stale = |line: &&(usize, &Record<CountLine>)| {
        line.1.counted.is_some() && line.1.book.is_some_and(|book| book != books.of(line.1))
    };
    let numbered: Vec<(usize, &Record<CountLine>)> = lines.iter().enumerate().collect();
    let stale: Vec<usize> = numbered.iter().filter(stale).map(|(number, _)| *number).collect();
    if stale.is_empty() {
        return Ok(());
    }
    let message = "Goods were moved since the count was started: start it again.";
    let error = Error::conflict("stale", message);
    Err(stale.into_iter().fold(error, |error, number| {
        error.and_field(&format!("lines/{number}/counted"), "stale", message)
    }))
}

/// Two lines about the same goods would correct them twice.
fn refuse_twice(lines: &[Record<CountLine>]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (number, line) in lines.iter().enumerate() {
        let place = line.location_id.map(Ref::uuid);
        if line.counted.is_some() && !seen.insert((line.item_id.uuid(), place, line.lot.clone())) {
            let message = "Another line counts the same goods.";
            return Err(of_line(number, Error::invalid("item_id", "twice", message)));
        }
    }
    Ok(())
}

/// The move that makes what should be there what was counted.
fn correction(line: &CountLine, book: Decimal, outside: Ref<Location>) -> Option<Move> {
    let difference = line.counted? - book;
    let (inside, outside) = (line.location_id, Some(outside));
    let (from_id, to_id) = match difference > Decimal::ZERO {
        true => (outside, inside),
        false => (inside, outside),
    };
    let (item_id, lot, unit_cost) = (line.item_id, line.lot.clone(), line.unit_cost);
    let quantity = difference.abs();
    let correction = Move { item_id, quantity, from_id, to_id, lot, unit_cost, ..Move::default() };
    (!difference.is_zero()).then_some(correction)
}

/// Give a count up
#[post("/counts/{id:uuid}/cancel")]
pub(crate) fn cancel(id: Ref<Count>) -> Result<Whole<Count>> {
    let mut whole = held(id)?;
    whole.head.state = CountState::Cancelled;
    documents::save(&whole)
}
