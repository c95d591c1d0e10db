//! What inventory offers to other modules: link this crate, and never
//! `eerp-inventory`.
//!
//! Released names and fields stay. What is added is optional; what would break a
//! caller gets a new name.

use eerp_sdk::prelude::*;

foreign_model!(pub Item = "inventory" / "items");
foreign_model!(pub Location = "inventory" / "locations");
foreign_model!(pub Transfer = "inventory" / "transfers");

/// What an item is, as far as stock is concerned.
#[choice]
pub enum ItemKind {
    /// It lies in stock, is counted and has a value.
    Stocked,
    /// It is bought, moved and used up without being counted.
    Consumable,
    /// It is done, and does not lie anywhere.
    Service,
}

/// An item, as documents name it.
#[body]
pub struct ItemInfo {
    /// The item.
    pub item_id: Ref<Item>,
    /// Its number.
    pub sku: Option<String>,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
    /// The sign of the unit in which it is counted.
    pub unit: Option<String>,
    /// What it is sold for.
    #[field(numeric(18, 6))]
    pub sales_price: Option<Decimal>,
}

/// Items that are asked for.
#[body]
pub struct ItemIds {
    /// The items.
    #[field(max = 1000)]
    pub item_ids: Vec<Ref<Item>>,
}

/// Items by their ids
///
/// 422 `unknown_item` when one is none.
#[service("inventory.items.describe", public)]
pub const DESCRIBE_ITEMS: Service<ItemIds, Vec<ItemInfo>>;

/// A transfer that was done.
#[body]
pub struct TransferDone {
    /// The transfer; also the event's key.
    pub transfer_id: Ref<Transfer>,
    /// Its number.
    pub number: String,
    /// What it is: `receipt`, `delivery`, `internal`, `count`, `return`.
    pub kind: String,
    /// The day.
    pub date: Date,
    /// The document that it belongs to.
    pub reference: Option<String>,
}

/// Goods were received, delivered or moved
#[topic("inventory.transfers.done")]
pub const TRANSFER_DONE: Topic<TransferDone>;

/// An item of which less is left than wanted.
#[body]
pub struct Shortage {
    /// The item; also the event's key.
    pub item_id: Ref<Item>,
    /// What it is called.
    pub name: String,
    /// What is there and on its way.
    #[field(numeric(18, 4))]
    pub forecast: Decimal,
    /// What should be ordered.
    #[field(numeric(18, 4))]
    pub wanted: Decimal,
}

/// An item fell below its reorder rule
#[topic("inventory.items.short")]
pub const ITEM_SHORT: Topic<Shortage>;
