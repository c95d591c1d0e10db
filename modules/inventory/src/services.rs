//! What inventory does for other modules.

use std::collections::BTreeMap;

use eerp_inventory_api::{DESCRIBE_ITEMS, ItemIds, ItemInfo};
use eerp_sdk::prelude::*;

use crate::Item;

/// The sign of an item's unit.
#[body]
pub struct UnitSign {
    /// The sign printed beside a quantity.
    pub symbol: String,
}

/// An item with its unit.
#[body]
pub struct Measured {
    /// The item.
    pub id: Uuid,
    /// Its unit, if the caller may see units.
    pub unit: Option<UnitSign>,
}

/// Items in the order in which they are asked for, deleted ones excluded.
#[serves(DESCRIBE_ITEMS)]
pub(crate) fn describe_items(input: ItemIds) -> Result<Vec<ItemInfo>> {
    if input.item_ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = || input.item_ids.iter().map(|id| id.uuid());
    let found = db::find::<Item>().one_of("id", ids()).limit(1000).all()?;
    let items: BTreeMap<Uuid, &Record<Item>> =
        found.iter().map(|item| (item.id.uuid(), item)).collect();
    let units = units(&found)?;
    let describe = |(number, id): (usize, Uuid)| {
        let unknown = || {
            let message = "There is no such item.";
            Error::new(422, "unknown_item", message).and_field(
                &format!("item_ids/{number}"),
                "unknown_item",
                message,
            )
        };
        let item = items.get(&id).ok_or_else(unknown)?;
        Ok(ItemInfo {
            item_id: Ref::new(id),
            sku: item.sku.clone(),
            name: item.name.clone(),
            kind: item.kind,
            unit: units.get(&id).cloned(),
            sales_price: item.sales_price,
        })
    };
    ids().enumerate().map(describe).collect()
}

/// The signs of the units of items. Who may not see units is told none.
fn units(items: &[Record<Item>]) -> Result<BTreeMap<Uuid, String>> {
    let measured = items.iter().filter(|item| item.unit_id.is_some());
    let ids: Vec<Uuid> = measured.map(|item| item.id.uuid()).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = db::find::<Item>().one_of("id", ids).limit(1000);
    match found.rows::<Measured>("id,unit(symbol)") {
        Ok(rows) => {
            Ok(rows.into_iter().filter_map(|row| Some((row.id, row.unit?.symbol))).collect())
        }
        Err(error) if error.is("forbidden") => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}
