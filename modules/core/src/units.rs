//! Quantities from one unit to another.

use std::collections::{BTreeSet, HashMap};

use eerp_core_api::{CONVERT_UNITS, Conversion, Conversions, Quantities};
use eerp_sdk::prelude::*;

use crate::Unit;

/// Digits after the point that a converted quantity has.
const DECIMALS: u32 = 6;
/// No quantity is as large: `numeric(18, 6)` does not keep it.
const QUANTITY_END: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);
/// As many units as one question names at once.
const UNITS_MAX: usize = 1000;

/// The quantity in the other unit, if the two measure the same and the result is one
/// that can be kept.
pub(crate) fn converted(quantity: Decimal, from: &Unit, to: &Unit) -> Result<Decimal, Misfit> {
    if from.category != to.category {
        return Err(Misfit::Category);
    }
    let exact = match from.factor == to.factor {
        true => Some(quantity),
        false => quantity.checked_mul(from.factor).and_then(|base| base.checked_div(to.factor)),
    };
    let rounded = exact.map(|exact| eerp_money::round(exact, DECIMALS));
    rounded.filter(|quantity| quantity.abs() < QUANTITY_END).ok_or(Misfit::Size)
}

/// Why a quantity cannot be had in another unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// The units measure different things.
    Category,
    /// The result is too large.
    Size,
}

/// Quantities in the units that are wanted.
#[serves(CONVERT_UNITS)]
pub(crate) fn convert_units(input: Conversions) -> Result<Quantities> {
    quantities(&input.items)
}

/// Convert quantities between units of one category
#[post("/units/convert", permission = "units.read")]
pub(crate) fn convert(body: Conversions) -> Result<Quantities> {
    quantities(&body.items)
}

fn quantities(asked: &[Conversion]) -> Result<Quantities> {
    let units = units(asked)?;
    let items = asked.iter().enumerate();
    let items = items.map(|(place, conversion)| one(&units, place, conversion));
    Ok(Quantities { items: items.collect::<Result<_>>()? })
}

fn units(items: &[Conversion]) -> Result<HashMap<Uuid, Record<Unit>>> {
    let ids = items.iter().flat_map(|item| [item.from.uuid(), item.to.uuid()]);
    let ids: Vec<Uuid> = ids.collect::<BTreeSet<_>>().into_iter().collect();
    let mut units = HashMap::new();
    for ids in ids.chunks(UNITS_MAX) {
        let found = db::find::<Unit>().one_of("id", ids.iter().copied()).all()?;
        units.extend(found.into_iter().map(|unit| (unit.id.uuid(), unit)));
    }
    Ok(units)
}

fn one(units: &HashMap<Uuid, Record<Unit>>, place: usize, item: &Conversion) -> Result<Decimal> {
    let unit = |field: &str, id: Uuid| {
        let message = "There is no such unit.";
        let unknown = || Error::invalid(&at(place, field), "unknown_unit", message);
        units.get(&id).ok_or_else(unknown)
    };
    let (from, to) = (unit("from", item.from.uuid())?, unit("to", item.to.uuid())?);
    converted(item.quantity, from, to).map_err(|misfit| match misfit {
        Misfit::Category => {
            let message = format!("{} and {} measure different things.", from.name, to.name);
            Error::invalid(&at(place, "to"), "unit_category", message)
        }
        Misfit::Size => {
            let message = format!("The quantity is too large to be had in {}.", to.name);
            Error::invalid(&at(place, "quantity"), "range", message)
        }
    })
}

fn at(place: usize, field: &str) -> String {
    format!("items/{place}/{field}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnitCategory;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn unit(category: UnitCategory, factor: &str) -> Unit {
        Unit { category, factor: decimal(factor), ..Unit::default() }
    }

    fn weight(factor: &str) -> Unit {
        unit(UnitCategory::Weight, factor)
    }

    #[test]
    fn a_quantity_goes_by_the_base_unit_of_its_category() {
        let (gram, kilogram, pound) = (weight("0.001"), weight("1"), weight("0.45359237"));
        for (quantity, from, to, told) in [
            ("2500", &gram, &kilogram, "2.500000"),
            ("2.5", &kilogram, &gram, "2500.000000"),
            ("1", &pound, &gram, "453.592370"),
            ("1", &kilogram, &pound, "2.204623"),
            ("-3", &kilogram, &gram, "-3000.000000"),
        ] {
            let told_now = converted(decimal(quantity), from, to).map(|it| it.to_string());
            assert_eq!(told_now.as_deref(), Ok(told));
        }
    }

    #[test]
    fn a_quantity_stays_the_same_in_its_own_unit() {
        let third = weight("0.333333333333");
        assert_eq!(converted(decimal("0.1"), &third, &third), Ok(decimal("0.1")));
    }

    #[test]
    fn a_kilogram_is_no_metre() {
        let metre = unit(UnitCategory::Length, "1");
        assert_eq!(converted(Decimal::ONE, &weight("1"), &metre), Err(Misfit::Category));
    }

    #[test]
    fn what_is_too_large_to_be_kept_is_refused() {
        assert_eq!(QUANTITY_END, decimal("1000000000000"));
        let (mote, star) = (weight("0.000000000001"), weight("999999999999"));
        let most = decimal("999999999999.999999");
        assert_eq!(converted(most, &star, &mote), Err(Misfit::Size));
        assert_eq!(converted(Decimal::ONE, &star, &mote), Err(Misfit::Size));
        assert_eq!(converted(most, &star, &star), Ok(most));
    }
}
