//! What inventory knows of the items on a document's lines, where it is there.

use std::collections::BTreeMap;

use eerp_inventory_api::{DESCRIBE_ITEMS, ItemIds, ItemInfo, ItemKind};
use eerp_sdk::prelude::*;

use crate::invoices::{Invoice, Line};

/// Completes the lines by what their items are, and refuses those that nobody can read.
pub(crate) fn describe(
    invoice: &Invoice,
    lines: &mut [Record<Line>],
    before: Option<&Whole<Invoice>>,
) -> Result<()> {
    let unknown = unknown(lines, before);
    let known = if unknown.is_empty() { BTreeMap::new() } else { ask(lines, &unknown)? };
    for (place, line) in lines.iter_mut().enumerate() {
        if unknown.contains(&place) {
            let item = line.item_id.and_then(|id| known.get(&id));
            complete(line, item, invoice.kind.is_sale());
        }
        if line.item_id.is_none() {
            line.stocked = false;
        }
        refuse_speechless(line, place)?;
    }
    Ok(())
}

/// The places of lines whose item was not asked about before.
fn unknown(lines: &[Record<Line>], before: Option<&Whole<Invoice>>) -> Vec<usize> {
    let of_before: BTreeMap<_, _> =
        before.iter().flat_map(|before| &before.lines).map(|line| (line.id.uuid(), line)).collect();
    let asks = |line: &Record<Line>| {
        let told = of_before.get(&line.id.uuid()).is_some_and(|old| old.item_id == line.item_id);
        line.item_id.is_some() && (!told || line.description.is_none() || line.unit_price.is_none())
    };
    lines.iter().enumerate().filter(|(_, line)| asks(line)).map(|(place, _)| place).collect()
}

/// The items at these places, by their ids; none where there is no inventory.
fn ask(lines: &[Record<Line>], places: &[usize]) -> Result<BTreeMap<Uuid, ItemInfo>> {
    let ids = places.iter().filter_map(|place| lines[*place].item_id);
    let item_ids = ids.map(Ref::new).collect();
    let found = DESCRIBE_ITEMS.call_if_there(&ItemIds { item_ids });
    let found = found.map_err(|error| blame(error, places))?.unwrap_or_default();
    Ok(found.into_iter().map(|item| (item.item_id.uuid(), item)).collect())
}

/// The same error, blaming the lines instead of the question.
fn blame(mut error: Error, places: &[usize]) -> Error {
    for fault in &mut error.errors {
        let number = fault.pointer.strip_prefix("/item_ids/").and_then(|text| text.parse().ok());
        if let Some(place) = number.and_then(|number: usize| places.get(number)) {
            fault.pointer = format!("/lines/{place}/item_id").into();
        }
    }
    error
}

fn complete(line: &mut Line, item: Option<&ItemInfo>, sale: bool) {
    line.stocked = item.is_some_and(|item| item.kind == ItemKind::Stocked);
    let Some(item) = item else { return };
    line.description.get_or_insert_with(|| named(item));
    if line.unit.is_none() {
        line.unit.clone_from(&item.unit);
    }
    if sale && line.unit_price.is_none() {
        line.unit_price = item.sales_price;
    }
}

fn named(item: &ItemInfo) -> String {
    match &item.sku {
        Some(sku) => format!("{sku} {}", item.name),
        None => item.name.clone(),
    }
}

fn refuse_speechless(line: &mut Line, place: usize) -> Result<()> {
    line.unit_price.get_or_insert_default();
    if line.description.as_deref().is_some_and(|text| !text.trim().is_empty()) {
        return Ok(());
    }
    let message = "Say what it is, or name an item that inventory knows.";
    Err(Error::invalid(&format!("lines/{place}/description"), "required", message))
}
