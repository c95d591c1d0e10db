//! Items, stock and where it lies, its moves and its value.

mod actions;
mod bulk;
mod completion;
pub mod costing;
mod counting;
mod counts;
mod direct;
mod doing;
mod items;
mod ledger;
mod lots;
mod making;
mod partial;
mod places;
mod plans;
mod reorder;
pub mod reports;
mod returning;
mod revaluation;
mod services;
mod stock;
mod transfers;
mod tree;
mod units;
mod values;
mod worth;

pub use counts::{Count, CountLine, CountState};
pub use direct::MoveItem;
pub use eerp_core_api::{OwnCompany, Unit};
pub use items::{Category, Item, Tracking};
pub use lots::Lot;
pub use making::{NewMove, NewTransfer};
pub use partial::{DoTransfer, DoneMove};
pub use places::{Location, LocationKind, Place, Warehouse};
pub use reorder::{Proposal, Proposals, ReorderRule};
pub use returning::{ReturnTransfer, ReturnedMove};
pub use revaluation::{Revaluation, Revalued};
pub use services::{Measured, UnitSign};
pub use stock::Quant;
pub use transfers::{Move, Transfer, TransferKind, TransferState};
pub use worth::{Layer, Valuation};

use eerp_accounting_api::POST_ENTRY;
use eerp_core_api::{CONVERT_UNITS, DESCRIBE_COMPANY};
use eerp_inventory_api::{ITEM_SHORT, TRANSFER_DONE};
use eerp_sdk::prelude::*;

eerp_sdk::module! {
    name: "inventory",
    models: [
        Category, Item, Lot, Warehouse, Location, Transfer, Move, Count, CountLine,
        ReorderRule, Quant, Valuation, Layer,
    ],
    routes: [
        crud::<Category>,
        crud::<Item>,
        crud::<Lot>,
        crud::<Warehouse>,
        crud::<Location>,
        crud::<ReorderRule>,
        making::listed,
        making::kept,
        making::made,
        actions::confirm,
        actions::reserve,
        partial::carry_out,
        actions::cancel,
        returning::take_back,
        read_only::<Move>,
        direct::made,
        document::<Count>,
        counting::start,
        counting::apply,
        counting::cancel,
        revaluation::revalue,
        reorder::proposals,
        reports::on_hand::stock,
        reports::valuation::valuation,
        reports::ledger::moves,
    ],
    services: [services::describe_items],
    uses: [POST_ENTRY, CONVERT_UNITS, DESCRIBE_COMPANY],
    emits: [TRANSFER_DONE, ITEM_SHORT],
    jobs: [reorder::look_at_all],
    migrations: places::migrations,
    screens: ["ui.json", fr = "texts/fr.json"],
}
