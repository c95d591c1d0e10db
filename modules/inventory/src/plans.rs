//! What confirmed transfers will bring and take, and what is kept for them.

use std::collections::BTreeSet;

use eerp_inventory_api::ItemKind;
use eerp_sdk::prelude::*;

use crate::completion::Goods;
use crate::stock::{Spot, Stock};
use crate::{Location, Lot, Move};

/// Where a line takes goods from and puts them, where these places are one's own.
pub(crate) struct Ends<'a> {
    pub(crate) from: Option<(Spot, &'a Record<Location>)>,
    pub(crate) to: Option<(Spot, &'a Record<Location>)>,
}

impl<'a> Ends<'a> {
    /// Those of a line with this lot; none of an item that is not counted.
    pub(crate) fn of(line: &Move, lot: Option<Ref<Lot>>, goods: &'a Goods) -> Result<Self> {
        if goods.item(line)?.kind != ItemKind::Stocked {
            return Ok(Self { from: None, to: None });
        }
        let (from, to) = goods.ends(line)?;
        let spot = |place: &'a Record<Location>| {
            place.kind.is_own().then(|| (Spot::new(line.item_id, place.id, lot), place))
        };
        Ok(Self { from: spot(from), to: spot(to) })
    }

    pub(crate) fn spots(&self) -> impl Iterator<Item = Spot> + use<> {
        let [from, to] = [&self.from, &self.to].map(|end| end.as_ref().map(|(spot, _)| *spot));
        from.into_iter().chain(to)
    }
}

/// The spots of lines as they were planned.
pub(crate) fn spots(lines: &[Record<Move>], goods: &Goods) -> Result<BTreeSet<Spot>> {
    let mut spots = BTreeSet::new();
    for line in lines {
        spots.extend(Ends::of(line, line.lot_id, goods)?.spots());
    }
    Ok(spots)
}

/// Notes down what lines will bring and take, and keeps for them what is free.
pub(crate) fn add(stock: &mut Stock, lines: &mut [Record<Move>], goods: &Goods) -> Result<()> {
    for line in lines.iter_mut() {
        let ends = Ends::of(line, line.lot_id, goods)?;
        if let Some((spot, place)) = ends.from {
            stock.at(spot, place).outgoing += line.base_quantity;
        }
        if let Some((spot, place)) = ends.to {
            stock.at(spot, place).incoming += line.base_quantity;
        }
    }
    reserve(stock, lines, goods)
}

/// Keeps for lines what is free and they still want.
pub(crate) fn reserve(stock: &mut Stock, lines: &mut [Record<Move>], goods: &Goods) -> Result<()> {
    for line in lines {
        if let Some((spot, place)) = Ends::of(line, line.lot_id, goods)?.from {
            let wanted = line.base_quantity - line.reserved;
            line.reserved += stock.at(spot, place).reserve(wanted);
        }
    }
    Ok(())
}

/// Takes back what was noted down, and frees what was kept.
pub(crate) fn remove(stock: &mut Stock, lines: &mut [Record<Move>], goods: &Goods) -> Result<()> {
    for line in lines {
        let ends = Ends::of(line, line.lot_id, goods)?;
        if let Some((spot, place)) = ends.from {
            let quant = stock.at(spot, place);
            quant.outgoing -= line.base_quantity;
            quant.reserved -= line.reserved;
        }
        if let Some((spot, place)) = ends.to {
            stock.at(spot, place).incoming -= line.base_quantity;
        }
        line.reserved = Decimal::ZERO;
    }
    Ok(())
}
