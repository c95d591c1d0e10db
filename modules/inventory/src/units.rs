//! Quantities in the unit of each item.

use eerp_core_api::{CONVERT_UNITS, Conversion, Conversions};
use eerp_sdk::prelude::*;

use crate::Move;
use crate::completion::{Goods, of_line};

/// Digits after the point that a quantity is kept with; a half is rounded up.
pub(crate) const QUANTITY_DECIMALS: u32 = 4;

/// Fills in the units of lines, and how much each is in the unit of its item.
pub(crate) fn reckon(lines: &mut [Record<Move>], goods: &Goods) -> Result<()> {
    let (mut numbers, mut items) = (Vec::new(), Vec::new());
    for (number, line) in lines.iter_mut().enumerate() {
        let unit = goods.item(line)?.unit_id;
        line.unit_id = line.unit_id.or(unit);
        line.base_quantity = line.quantity;
        match (line.unit_id, unit) {
            (Some(from), Some(to)) if from != to => {
                let (from, to) = (Ref::new(from.uuid()), Ref::new(to.uuid()));
                items.push(Conversion { quantity: line.quantity, from, to });
                numbers.push(number);
            }
            (Some(_), None) => {
                let message = "The item is counted in no unit that it could be converted to.";
                return Err(of_line(number, Error::invalid("unit_id", "no_unit", message)));
            }
            _ => {}
        }
    }
    if items.is_empty() {
        return Ok(());
    }
    let blame = |error: Error| match error.is("unit_category") || error.status == 422 {
        true => of_line(numbers[0], Error::invalid("unit_id", "unit_category", error.message)),
        false => error,
    };
    let converted = CONVERT_UNITS.call(&Conversions { items }).map_err(blame)?;
    for (number, quantity) in numbers.iter().zip(converted.items) {
        lines[*number].base_quantity = eerp_money::round(quantity, QUANTITY_DECIMALS);
    }
    Ok(())
}
