//! Giving the stock of an item another value.

use eerp_accounting_api::Purpose;
use eerp_sdk::prelude::*;

use crate::costing::Costing;
use crate::items::check_price;
use crate::ledger::{self, Posting, Source};
use crate::worth::{Layer, Valuation};
use crate::{Item, bulk};

/// What the stock of an item is to be worth.
#[body]
pub struct Revaluation {
    /// What one unit is worth from now on.
    #[field(numeric(18, 6), min = 0)]
    pub unit_cost: Decimal,
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// Why.
    #[field(max = 500)]
    pub reason: Option<String>,
}

/// What the stock of an item is worth.
#[body]
pub struct Revalued {
    /// The item.
    pub item_id: Ref<Item>,
    /// How much there is.
    #[field(numeric(18, 4))]
    pub quantity: Decimal,
    /// What it is worth now.
    #[field(numeric(20, 4))]
    pub value: Decimal,
    /// How much more that is than before.
    #[field(numeric(20, 4))]
    pub difference: Decimal,
    /// The currency.
    pub currency: String,
}

/// Give the stock of an item another value
///
/// The difference goes to stock adjustments. 409 `nothing_in_stock` when there is none.
#[post("/items/{id:uuid}/revalue")]
pub(crate) fn revalue(id: Ref<Item>, body: Revaluation) -> Result<Revalued> {
    check_price("unit_cost", Some(body.unit_cost))?;
    let today = now().date();
    let date = body.date.unwrap_or(today);
    if date > today {
        let message = "A value does not change on a day to come.";
        return Err(Error::invalid("date", "future", message));
    }
    let item = db::get(id)?;
    let valuation = db::find::<Valuation>().eq("item_id", id.uuid()).gt("quantity", Decimal::ZERO);
    let nothing = || Error::conflict("nothing_in_stock", "There is nothing that has a value.");
    let mut valuation = valuation.first()?.ok_or_else(nothing)?;
    let digits = valuation.decimals.try_into().unwrap_or_default();
    let value = eerp_money::times(valuation.quantity, body.unit_cost, digits);
    let too_large = || Error::invalid("unit_cost", "too_large", "The books cannot keep that.");
    let value = value.ok_or_else(too_large)?;
    let difference = value - valuation.value;
    valuation.value = value;
    valuation.moves = valuation.moves.saturating_add(1);
    let valuation = db::update(&valuation)?;
    if valuation.costing == Costing::Fifo {
        spread(id, value, digits)?;
    }
    let layer = db::create(&Layer {
        item_id: id,
        date,
        value: difference,
        currency: valuation.currency.clone(),
        reason: body.reason.clone(),
        ..Layer::default()
    })?;
    let source = Source {
        model: "inventory.layers",
        id: layer.id.uuid(),
        number: item.sku.clone(),
        narration: body.reason,
        shared: false,
    };
    let posting = Posting { against: Purpose::StockAdjustment, value: difference };
    let currency = valuation.currency.clone();
    ledger::post(source, &[posting], date, Some(currency.clone()), item.own_company_id)?;
    Ok(Revalued { item_id: id, quantity: valuation.quantity, value, difference, currency })
}

/// Lets what is left of goods that came in make up the new value.
fn spread(id: Ref<Item>, value: Decimal, digits: u32) -> Result<()> {
    let open = db::find::<Layer>().eq("item_id", id.uuid()).gt("remaining_quantity", Decimal::ZERO);
    let mut open = open.order("id").all()?;
    let weights: Vec<Decimal> = open.iter().map(|layer| layer.remaining_quantity).collect();
    for (layer, share) in open.iter_mut().zip(eerp_money::split(value, &weights, digits)) {
        layer.remaining_value = share;
    }
    bulk::update_all(&open)
}
