//! What the stock is worth, today or on a day that is past.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::by_id;
use crate::Item;
use crate::worth::{Layer, Valuation};

/// Digits after the point that the cost of one unit is shown with.
const COST_DECIMALS: u32 = 6;

/// Which values are asked for.
#[query]
pub struct ValuationQuestion {
    /// Of this item.
    pub item_id: Option<Ref<Item>>,
    /// As they were at the end of this day; as they are now unless said.
    pub date: Option<Date>,
    /// So many items.
    #[field(default = 1000, min = 1, max = 1000)]
    pub limit: i32,
    /// The page that `next_cursor` of another one asks for.
    #[field(max = 2000)]
    pub cursor: Option<String>,
}

/// What the stock of an item is worth.
#[body]
pub struct ValuationRow {
    /// The item.
    pub item_id: Ref<Item>,
    /// Its number.
    pub sku: Option<String>,
    /// What it is called.
    pub name: String,
    /// How much there is, in the unit of the item.
    #[field(numeric(18, 4))]
    pub quantity: Decimal,
    /// What it is worth.
    #[field(numeric(20, 4))]
    pub value: Decimal,
    /// What one unit is worth.
    #[field(numeric(26, 6))]
    pub unit_cost: Option<Decimal>,
    /// The currency.
    pub currency: String,
}

/// What all items of a page are worth together.
#[body]
pub struct Total {
    /// The currency.
    pub currency: String,
    /// What they are worth.
    #[field(numeric(24, 4))]
    pub value: Decimal,
}

/// What the stock is worth.
#[body]
pub struct ValuationPage {
    /// Each item.
    pub items: Vec<ValuationRow>,
    /// What the items of this page are worth together, in each currency.
    pub totals: Vec<Total>,
    /// What asks for the next page; nothing after the last.
    pub next_cursor: Option<String>,
}

/// What the stock is worth
///
/// Each item that was ever in stock, with the sum of what its moves and revaluations have
/// added to its value and taken away. With accounting the total is the balance of the
/// account of the stock.
#[get("/reports/valuation", permission = "valuations.read")]
pub(crate) fn valuation(query: ValuationQuestion) -> Result<ValuationPage> {
    let mut found = db::find::<Valuation>().order("created_at").limit(query.limit.unsigned_abs());
    if let Some(item) = query.item_id {
        found = found.eq("item_id", item.uuid());
    }
    if let Some(cursor) = &query.cursor {
        found = found.cursor(cursor);
    }
    let page = found.page()?;
    let items = by_id::<Item>(page.items.iter().map(|one| one.item_id.uuid()))?;
    let mut valuations: Vec<Valuation> = page.items.into_iter().map(Record::into_inner).collect();
    valuations.retain(|one| items.contains_key(&one.item_id.uuid()));
    if let Some(date) = query.date {
        go_back(date, &mut valuations)?;
    }
    let row = |one: &Valuation| {
        let item = items.get(&one.item_id.uuid())?;
        let unit_cost = one.value.checked_div(one.quantity);
        Some(ValuationRow {
            item_id: one.item_id,
            sku: item.sku.clone(),
            name: item.name.clone(),
            quantity: one.quantity,
            value: one.value,
            unit_cost: unit_cost.map(|cost| eerp_money::round(cost, COST_DECIMALS)),
            currency: one.currency.clone(),
        })
    };
    Ok(ValuationPage {
        items: valuations.iter().filter_map(row).collect(),
        totals: totals(&valuations),
        next_cursor: page.next_cursor,
    })
}

fn totals(valuations: &[Valuation]) -> Vec<Total> {
    let mut totals: BTreeMap<&str, Decimal> = BTreeMap::new();
    for one in valuations {
        *totals.entry(&one.currency).or_default() += one.value;
    }
    let total = |(currency, value): (&str, Decimal)| Total { currency: currency.into(), value };
    totals.into_iter().map(total).collect()
}

/// What the layers of an item up to a day add up to.
#[body]
struct UpTo {
    /// The item.
    item_id: Uuid,
    /// How much there was.
    quantity: Option<Decimal>,
    /// What it was worth.
    value: Option<Decimal>,
}

fn go_back(date: Date, valuations: &mut [Valuation]) -> Result<()> {
    if valuations.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = valuations.iter().map(|one| one.item_id.uuid()).collect();
    let layers = db::find::<Layer>().one_of("item_id", ids).lte("date", date).aggregate();
    let layers = layers.group("item_id").group("currency").sum("quantity", "quantity");
    let sums = layers.sum("value", "value").limit(1000).all::<UpTo>()?;
    let sums: BTreeMap<Uuid, UpTo> = sums.into_iter().map(|row| (row.item_id, row)).collect();
    for one in valuations {
        let sum = sums.get(&one.item_id.uuid());
        one.quantity = sum.and_then(|sum| sum.quantity).unwrap_or_default();
        one.value = sum.and_then(|sum| sum.value).unwrap_or_default();
    }
    Ok(())
}
