//! Lots and serial numbers: pieces of an item that are told apart.

use std::collections::{BTreeMap, BTreeSet};

use eerp_sdk::prelude::*;

use crate::completion::{Goods, of_line};
use crate::items::Tracking;
use crate::stock::Quant;
use crate::{Item, Move, OwnCompany};

/// Pieces of an item that bear one number: many of a lot, one of a serial number.
#[model(
    table = "lots",
    title = "Lot",
    display = "name",
    order = "name",
    company = "own_company_id",
    unique("item_id", "name"),
    rules
)]
pub struct Lot {
    /// The item.
    pub item_id: Ref<Item>,
    /// The number.
    #[field(max = 100, trigram)]
    pub name: String,
    /// The last day on which it is good.
    pub expires_on: Option<Date>,
    /// Anything else worth knowing.
    #[field(max = 2_000, format = "multiline")]
    pub notes: Option<String>,
    /// The own company that it belongs to.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Lot {
    fn before_create(&mut self) -> Result<()> {
        self.name = self.name.trim().into();
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.name = self.name.trim().into();
        if self.item_id != before.item_id {
            let message = "A lot stays one of its item.";
            return Err(
                Error::conflict("item_stays", message).and_field("item_id", "stays", message)
            );
        }
        Ok(())
    }
}

/// How strict one is about lots that are not named, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Goods may come yet: their lots are named when they do.
    Planned,
    /// Goods are moved: each lot is named, and new ones are made of what comes in.
    Moved,
}

/// Finds the lots that lines name.
pub(crate) fn settle(
    lines: &mut [Record<Move>],
    goods: &Goods,
    strictness: Strictness,
) -> Result<()> {
    let known = named(lines)?;
    let mut new: BTreeMap<(Uuid, String), Lot> = BTreeMap::new();
    for (number, line) in lines.iter_mut().enumerate() {
        let item = goods.item(line)?;
        if item.tracking == Tracking::None {
            continue;
        }
        let blame = |code, message: String| of_line(number, Error::invalid("lot", code, message));
        let Some(name) = line.lot.clone() else {
            if strictness == Strictness::Planned {
                continue;
            }
            return Err(blame("required", format!("Say which lot of {} it is.", item.name)));
        };
        if item.tracking == Tracking::Serial && line.base_quantity != Decimal::ONE {
            let message = format!("{name} is one piece: each serial number has its own line.");
            return Err(of_line(number, Error::invalid("quantity", "serial", message)));
        }
        line.lot_id = known.get(&(item.id.uuid(), name.clone())).copied();
        let comes_in = !goods.ends(line)?.0.kind.is_own();
        if line.lot_id.is_none() && !comes_in {
            return Err(blame("not_found", format!("There is no lot {name} of {}.", item.name)));
        }
        if line.lot_id.is_none() && strictness == Strictness::Moved {
            let (item_id, own_company_id) = (item.id, item.own_company_id);
            let lot = Lot { item_id, name: name.clone(), own_company_id, ..Lot::default() };
            new.insert((item.id.uuid(), name), lot);
        }
    }
    make(lines, new)
}

/// The lots that are there, by item and name.
fn named(lines: &[Record<Move>]) -> Result<BTreeMap<(Uuid, String), Ref<Lot>>> {
    let with_lot = || lines.iter().filter(|line| line.lot.is_some());
    let names: BTreeSet<String> = with_lot().filter_map(|line| line.lot.clone()).collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let items: BTreeSet<Uuid> = with_lot().map(|line| line.item_id.uuid()).collect();
    let found = db::find::<Lot>().one_of("item_id", items).one_of("name", names).all()?;
    let key = |lot: &Record<Lot>| (lot.item_id.uuid(), lot.name.clone());
    Ok(found.iter().map(|lot| (key(lot), lot.id)).collect())
}

/// Makes new lots, and names them in their lines.
fn make(lines: &mut [Record<Move>], new: BTreeMap<(Uuid, String), Lot>) -> Result<()> {
    let lot = |lot: Lot| Record::from(lot).saying("own_company_id");
    let lots: Vec<Record<Lot>> = new.into_values().map(lot).collect();
    let made = db::create_records(&lots)?;
    for line in lines.iter_mut().filter(|line| line.lot_id.is_none()) {
        let same = |lot: &&Record<Lot>| {
            lot.item_id == line.item_id && line.lot.as_ref() == Some(&lot.name)
        };
        line.lot_id = made.iter().find(same).map(|lot| lot.id);
    }
    Ok(())
}

/// Refuses serial numbers that come in and are there already, anywhere.
pub(crate) fn refuse_doubles(lines: &[Record<Move>], goods: &Goods) -> Result<()> {
    let mut coming: BTreeMap<Uuid, usize> = BTreeMap::new();
    for (number, line) in lines.iter().enumerate() {
        let serial = goods.item(line)?.tracking == Tracking::Serial;
        let comes_in = !goods.ends(line)?.0.kind.is_own();
        let lot = line.lot_id.filter(|_| serial && comes_in);
        if lot.is_some_and(|lot| coming.insert(lot.uuid(), number).is_some()) {
            return Err(double(number, line));
        }
    }
    if coming.is_empty() {
        return Ok(());
    }
    let lots = coming.keys().copied();
    let there = db::find::<Quant>().one_of("lot_id", lots).gt("quantity", Decimal::ZERO).first()?;
    match there.and_then(|quant| coming.get(&quant.lot_id?.uuid()).copied()) {
        Some(number) => Err(double(number, &lines[number])),
        None => Ok(()),
    }
}

fn double(number: usize, line: &Move) -> Error {
    let name = line.lot.as_deref().unwrap_or_default();
    let message = format!("The serial number {name} is in stock already.");
    let error = Error::conflict("serial_in_stock", message.clone());
    of_line(number, error.and_field("lot", "serial_in_stock", message))
}
