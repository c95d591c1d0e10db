//! What the stock of each item is worth, and the layers that it is made of.

use eerp_sdk::prelude::*;

use crate::costing::{Costing, Worth};
use crate::{Item, Move};

/// What the stock of an item is worth; who moves the item changes this record, so that
/// nobody else does at the same moment.
#[model(table = "valuations", title = "Stock value")]
pub struct Valuation {
    /// The item.
    #[field(unique)]
    pub item_id: Ref<Item>,
    /// How much there is in places of one's own.
    #[field(numeric(18, 4), default = 0)]
    pub quantity: Decimal,
    /// What that is worth.
    #[field(numeric(20, 4), currency = "currency", default = 0)]
    pub value: Decimal,
    /// The currency of the books, when the item was first moved.
    #[field(max = 3)]
    pub currency: String,
    /// The digits that amounts in it are rounded to.
    #[field(default = 2)]
    pub decimals: i32,
    /// How the cost of what goes out is found, for as long as there is stock.
    #[field(default = Costing::Fifo)]
    pub costing: Costing,
    /// How often it was moved or planned to be.
    #[field(default = 0)]
    pub moves: i64,
}

impl Valuation {
    pub(crate) fn worth(&self) -> Worth {
        Worth::new(self.quantity, self.value)
    }

    pub(crate) fn digits(&self) -> u32 {
        self.decimals.try_into().unwrap_or_default()
    }

    /// Notes down what there is now, and what it is worth.
    pub(crate) fn keep(&mut self, stock: Worth) -> Result<()> {
        self.quantity = stock.quantity;
        self.value = eerp_money::fitting(stock.value).ok_or_else(too_large)?;
        Ok(())
    }
}

/// What one move or revaluation has added to the value of an item, or taken away. All of
/// them together are what its stock is worth.
#[model(
    table = "layers",
    title = "Valuation layer",
    order = "created_at",
    index("item_id", "remaining_quantity"),
    index("item_id", "date")
)]
pub struct Layer {
    /// The item.
    pub item_id: Ref<Item>,
    /// The move; nothing of a revaluation.
    pub move_id: Option<Ref<Move>>,
    /// The day that counts.
    pub date: Date,
    /// How much came in; negative for what went out.
    #[field(numeric(18, 4), default = 0)]
    pub quantity: Decimal,
    /// What one unit of it cost.
    #[field(numeric(18, 6))]
    pub unit_cost: Option<Decimal>,
    /// What it was worth; negative for what went out.
    #[field(numeric(20, 4), currency = "currency", default = 0)]
    pub value: Decimal,
    /// How much of it is left, where what comes first goes first.
    #[field(numeric(18, 4), default = 0)]
    pub remaining_quantity: Decimal,
    /// What that is worth.
    #[field(numeric(20, 4), currency = "currency", default = 0)]
    pub remaining_value: Decimal,
    /// The currency.
    #[field(max = 3)]
    pub currency: String,
    /// Why, of a revaluation.
    #[field(max = 500)]
    pub reason: Option<String>,
}

/// The books cannot keep a value.
pub(crate) fn too_large() -> Error {
    Error::conflict("too_large", "The value is larger than the books can keep.")
}
