//! Transfers are made: written down, or done at once.

use eerp_sdk::document::Whole;
use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;
use eerp_sdk::route::{Kind, Route, Routes};

use crate::places::Place;
use crate::transfers::{Move, Transfer, TransferKind};
use crate::{Item, Location, OwnCompany, Unit, completion, doing};

/// The routes of documents that transfers have as they are: the list.
pub(crate) const fn listed() -> Routes {
    Routes(document::<Transfer>().0.split_at(1).0)
}

/// And those of one transfer: get, change, delete and restore. What is made may be done
/// at once, see [`create`].
pub(crate) const fn kept() -> Routes {
    Routes(document::<Transfer>().0.split_at(2).1)
}

/// The same route as that which makes a record of a model: for those that take more than
/// its fields.
pub(crate) const fn creating<M: Model>(route: &'static Route) -> Route {
    Route { kind: Kind::Create, model: Some(M::SPEC), ..*route }
}

/// Making transfers.
pub(crate) const fn made() -> Routes {
    Routes(const { &[creating::<Transfer>(&create().0[0])] })
}

/// An item that is to be moved.
#[body]
pub struct NewMove {
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
    #[field(max = 100)]
    pub lot: Option<String>,
    /// What one unit of the line costs that comes in; the item's standard cost unless
    /// said, or else what its stock costs.
    #[field(numeric(18, 6), min = 0)]
    pub unit_cost: Option<Decimal>,
    /// What is to be said of it.
    #[field(max = 500)]
    pub description: Option<String>,
}

impl From<NewMove> for Move {
    fn from(new: NewMove) -> Self {
        let NewMove { item_id, quantity, unit_id, from_id, to_id, lot, unit_cost, description } =
            new;
        let line = Self { item_id, quantity, unit_id, from_id, to_id, ..Self::default() };
        Self { lot, unit_cost, description, ..line }
    }
}

/// A transfer that is to be made.
#[body]
pub struct NewTransfer {
    /// What it is.
    pub kind: TransferKind,
    /// The code of the warehouse whose stock it brings to or takes from; the default
    /// place unless said.
    #[field(max = 10)]
    pub warehouse: Option<String>,
    /// Where goods come from, where a line does not say it.
    pub from_id: Option<Ref<Location>>,
    /// Where goods go to, where a line does not say it.
    pub to_id: Option<Ref<Location>>,
    /// The day that counts in the books; the day on which it is done unless said.
    pub date: Option<Date>,
    /// The day by which it should be done.
    pub due_on: Option<Date>,
    /// From or to whom: a company of the CRM.
    pub party_id: Option<Uuid>,
    /// What that party is called.
    #[field(max = 200)]
    pub party: Option<String>,
    /// The document that it belongs to: an order, an invoice, a delivery note.
    #[field(max = 200)]
    pub reference: Option<String>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline")]
    pub notes: Option<String>,
    /// The own company whose goods they are.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// Whether it is done at once, and not only written down.
    #[field(default = false)]
    pub done: bool,
    /// What is moved.
    #[field(max = 500, default)]
    pub moves: Vec<NewMove>,
}

impl NewTransfer {
    /// The transfer that it means, and whether it is done at once.
    fn read(self) -> Result<(Whole<Transfer>, bool)> {
        let mut head = Transfer {
            kind: self.kind,
            from_id: self.from_id,
            to_id: self.to_id,
            date: self.date,
            due_on: self.due_on,
            party_id: self.party_id,
            party: self.party,
            reference: self.reference,
            notes: self.notes,
            own_company_id: self.own_company_id,
            ..Transfer::default()
        };
        if head.kind == TransferKind::Count {
            let message = "A count makes it: POST /counts.";
            return Err(Error::invalid("kind", "count", message));
        }
        if let Some(code) = self.warehouse {
            lead_to(&code, &mut head)?;
        }
        let lines = self.moves.into_iter().map(|new| Record::from(Move::from(new))).collect();
        Ok((Whole::new(head, lines), self.done))
    }
}

/// Lets a transfer take from the stock of a warehouse, or bring to it.
fn lead_to(code: &str, head: &mut Transfer) -> Result<()> {
    let of_warehouse = db::find::<Location>().eq("warehouse", code);
    let stock = of_warehouse.eq("place", Place::Stock).first()?;
    let unknown = || Error::invalid("warehouse", "not_found", "There is no such warehouse.");
    let stock = stock.ok_or_else(unknown)?.id;
    match head.kind {
        TransferKind::Receipt | TransferKind::Return => head.to_id = head.to_id.or(Some(stock)),
        _ => head.from_id = head.from_id.or(Some(stock)),
    }
    Ok(())
}

/// Make a transfer, and do it at once if it says so
///
/// Where nothing else is said, a receipt leads from the suppliers to the stock, a
/// delivery from the stock to the customers, and a return from the customers to the
/// stock. 409 `not_enough` when more is to be taken than there is.
#[post("/transfers", answers = Whole<Transfer>, status = 201)]
pub(crate) fn create(body: NewTransfer, request: &Request) -> Result<Reply> {
    let (whole, done) = body.read()?;
    let whole = if done { make_and_do(whole)? } else { documents::save(&whole)? };
    let location = format!("{}/{}", request.path, whole.head.id);
    let reply = Reply::json(&whole).with_header("etag", format!("\"{}\"", whole.head.version));
    Ok(reply.with_status(201).with_header("location", location))
}

/// Makes a transfer that is done already.
pub(crate) fn make_and_do(mut whole: Whole<Transfer>) -> Result<Whole<Transfer>> {
    let goods = completion::complete(&mut whole.head, &mut whole.lines)?;
    refuse_empty(&whole)?;
    doing::finish(whole, &goods, Vec::new())
}

pub(crate) fn refuse_empty(whole: &Whole<Transfer>) -> Result<()> {
    if !whole.lines.is_empty() {
        return Ok(());
    }
    let message = "The transfer moves nothing.";
    Err(Error::invalid("moves", "required", message))
}
