//! Transfers: documents by which goods come, go and change their place, and their moves.

use eerp_sdk::prelude::*;

use crate::{Item, Location, Lot, OwnCompany, Unit, completion};

/// More of an item is never moved at once.
pub(crate) const QUANTITY_MAX: i64 = 1_000_000_000;

/// What a transfer is.
#[choice]
pub enum TransferKind {
    /// Goods come from a supplier.
    Receipt,
    /// Goods go to a customer.
    Delivery,
    /// Goods change their place.
    Internal,
    /// There is more or less than was thought: a count, a loss, a find.
    Count,
    /// Goods come or go back.
    Return,
}

impl TransferKind {
    /// The kind as events and numbers name it: what is said, and what it is numbered by.
    pub(crate) fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Receipt => ("receipt", "IN/"),
            Self::Delivery => ("delivery", "OUT/"),
            Self::Internal => ("internal", "INT/"),
            Self::Count => ("count", "CNT/"),
            Self::Return => ("return", "RET/"),
        }
    }
}

/// How far a transfer has come.
#[choice]
pub enum TransferState {
    /// It is being written.
    Draft,
    /// It will be done, and goods are kept for it.
    Confirmed,
    /// Goods were moved, and it stays as it is.
    Done,
    /// It will not be done.
    Cancelled,
}

/// Goods that come, go or change their place.
#[model(
    table = "transfers",
    display = "number",
    order = "created_at desc",
    company = "own_company_id",
    index("state", "due_on"),
    rules
)]
pub struct Transfer {
    /// Its number, from when it is confirmed.
    #[field(max = 100, unique, readonly)]
    pub number: Option<String>,
    /// What it is.
    pub kind: TransferKind,
    /// How far it has come.
    #[field(readonly, default = TransferState::Draft)]
    pub state: TransferState,
    /// The day that counts in the books; the day on which it is done unless said.
    pub date: Option<Date>,
    /// The day by which it should be done.
    #[field(index)]
    pub due_on: Option<Date>,
    /// Where goods come from, where a line does not say it.
    pub from_id: Option<Ref<Location>>,
    /// Where goods go to, where a line does not say it.
    pub to_id: Option<Ref<Location>>,
    /// From or to whom: a company of the CRM.
    #[field(index)]
    pub party_id: Option<Uuid>,
    /// What that party is called.
    #[field(max = 200)]
    pub party: Option<String>,
    /// The document that it belongs to: an order, an invoice, a delivery note.
    #[field(max = 200, index)]
    pub reference: Option<String>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline")]
    pub notes: Option<String>,
    /// The transfer that left these goods for later.
    #[field(readonly, on_delete = "set_null")]
    pub backorder_of_id: Option<Ref<Transfer>>,
    /// The transfer that it takes back.
    #[field(readonly)]
    pub return_of_id: Option<Ref<Transfer>>,
    /// Whether it opens the books rather than correcting them.
    #[field(readonly, default = false)]
    pub opening: bool,
    /// When it was done.
    #[field(readonly)]
    pub done_at: Option<Timestamp>,
    /// The own company whose goods they are.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// An item that is moved: a line of a transfer.
#[model(
    table = "moves",
    title = "Move",
    order = "created_at desc",
    company = "own_company_id",
    index("item_id", "date"),
    check(move_leads_elsewhere = base_quantity > 0)
)]
pub struct Move {
    /// Its transfer.
    #[field(on_delete = "cascade")]
    pub transfer_id: Ref<Transfer>,
    /// Its place in the transfer.
    pub position: i32,
    /// What is moved.
    pub item_id: Ref<Item>,
    /// How much, in the line's unit.
    #[field(numeric(18, 4), min = 0)]
    pub quantity: Decimal,
    /// The unit; that of the item unless said.
    pub unit_id: Option<Ref<Unit>>,
    /// Where from; as the transfer says unless said.
    pub from_id: Option<Ref<Location>>,
    /// Where to; as the transfer says unless said.
    pub to_id: Option<Ref<Location>>,
    /// The lot or serial number, where the item has any.
    #[field(max = 100, index)]
    pub lot: Option<String>,
    /// What one unit of the line costs that comes in; the item's standard cost unless
    /// said, or else what its stock costs.
    #[field(numeric(18, 6), min = 0)]
    pub unit_cost: Option<Decimal>,
    /// What is to be said of it.
    #[field(max = 500)]
    pub description: Option<String>,
    /// How far it has come.
    #[field(readonly, default = TransferState::Draft)]
    pub state: TransferState,
    /// How much, in the item's unit.
    #[field(numeric(18, 4), readonly, default = 0)]
    pub base_quantity: Decimal,
    /// How much is kept for it, in the item's unit.
    #[field(numeric(18, 4), readonly, default = 0)]
    pub reserved: Decimal,
    /// The lot.
    #[field(readonly)]
    pub lot_id: Option<Ref<Lot>>,
    /// The day that counts, once it is done.
    #[field(readonly, index)]
    pub date: Option<Date>,
    /// What the stock is worth more by it, or less; nothing for goods that stay one's own.
    #[field(numeric(20, 4), readonly)]
    pub value: Option<Decimal>,
    /// The move that it takes back.
    #[field(readonly)]
    pub return_of_id: Option<Ref<Move>>,
    /// How much of it came or went back, in the item's unit.
    #[field(numeric(18, 4), readonly, default = 0)]
    pub returned: Decimal,
    /// What that was worth.
    #[field(numeric(20, 4), readonly, default = 0)]
    pub returned_value: Decimal,
    /// The own company whose goods they are.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Document for Transfer {
    type Line = Move;
    const POSITION: &'static str = "position";

    fn before_save(
        &mut self,
        lines: &mut Vec<Record<Move>>,
        before: Option<&Whole<Self>>,
    ) -> Result<()> {
        let Some(before) = before else {
            return match self.state {
                TransferState::Draft => completion::complete(self, lines).map(drop),
                _ => Ok(()),
            };
        };
        if self.state != before.head.state {
            // Only actions change the state, and they see to the lines themselves.
            return Ok(());
        }
        match self.state {
            TransferState::Draft => {
                self.keeps_its_kind(before)?;
                self.move_lines(lines, before);
                completion::complete(self, lines).map(drop)
            }
            TransferState::Confirmed => self.keeps_its_goods(lines, before),
            TransferState::Done => Err(unchangeable("done", "The goods were moved")),
            TransferState::Cancelled => Err(unchangeable("cancelled", "It was cancelled")),
        }
    }
}

fn unchangeable(code: &'static str, why: &str) -> Error {
    Error::conflict(code, format!("{why}: the transfer stays as it is."))
}

impl Transfer {
    fn keeps_its_kind(&self, before: &Whole<Self>) -> Result<()> {
        if self.kind == before.head.kind {
            return Ok(());
        }
        let message = "A transfer stays of its kind: make another one.";
        Err(Error::conflict("kind_stays", message).and_field("kind", "stays", message))
    }

    /// Lines that went where the transfer did follow it to its new places.
    fn move_lines(&self, lines: &mut [Record<Move>], before: &Whole<Self>) {
        for line in lines {
            if line.from_id == before.head.from_id {
                line.from_id = self.from_id;
            }
            if line.to_id == before.head.to_id {
                line.to_id = self.to_id;
            }
        }
    }

    /// What goods are kept for is not changed: only what is said about it.
    fn keeps_its_goods(&self, lines: &[Record<Move>], before: &Whole<Self>) -> Result<()> {
        let head = |it: &Self| (it.kind, it.from_id, it.to_id, it.own_company_id);
        let changed = lines.iter().any(|line| line.is_new() || !line.changes().is_empty());
        if head(self) == head(&before.head) && lines.len() == before.lines.len() && !changed {
            return Ok(());
        }
        let message = "Goods are kept for the transfer: cancel it and make another one.";
        Err(Error::conflict("confirmed", message))
    }
}

impl Rules for Transfer {
    fn before_delete(id: Ref<Self>) -> Result<()> {
        match db::get(id)?.state {
            TransferState::Draft | TransferState::Cancelled => Ok(()),
            TransferState::Confirmed => {
                Err(Error::conflict("confirmed", "Cancel the transfer before you delete it."))
            }
            TransferState::Done => {
                let message = "The goods were moved: return them instead.";
                Err(Error::conflict("done", message))
            }
        }
    }
}
