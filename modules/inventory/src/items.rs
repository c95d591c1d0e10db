//! Items: what is bought, kept and sold, and the categories that they are in.

use eerp_inventory_api::ItemKind;
use eerp_sdk::prelude::*;

use crate::costing::Costing;
use crate::worth::Valuation;
use crate::{OwnCompany, Unit, tree};

/// The highest price or cost of one unit: times the largest quantity it can be kept.
pub(crate) const UNIT_PRICE_MAX: i64 = 1_000_000_000;

/// How single pieces of an item are told apart.
#[choice]
pub enum Tracking {
    /// They are not.
    None,
    /// By lots, each of any quantity.
    Lot,
    /// Each piece by its own number.
    Serial,
}

/// What items have in common.
#[model(table = "categories", display = "name", order = "name", company = "own_company_id", rules)]
pub struct Category {
    /// What it is called.
    #[field(max = 100, trigram)]
    pub name: String,
    /// The category that it is part of.
    pub parent_id: Option<Ref<Category>>,
    /// How the cost of its items is found where they do not say it themselves.
    #[field(default = Costing::Fifo)]
    pub costing: Costing,
    /// The own company that it belongs to.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Category {
    fn before_create(&mut self) -> Result<()> {
        match self.parent_id {
            Some(parent) => tree::refuse_circle(None, parent, |one: &Self| one.parent_id),
            None => Ok(()),
        }
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if let Some(parent) = self.parent_id.filter(|_| self.parent_id != before.parent_id) {
            tree::refuse_circle(Some(before.id), parent, |one: &Self| one.parent_id)?;
        }
        if self.costing != before.costing {
            let stocked = db::find::<Valuation>().neq("quantity", Decimal::ZERO);
            let of_category = stocked.eq("item.category_id", before.id.uuid());
            refuse_stock(of_category.is_null("item.costing").exists()?)?;
        }
        Ok(())
    }
}

/// Something that is bought, kept or sold.
#[model(
    table = "items",
    display = "name",
    order = "name",
    company = "own_company_id",
    rules,
    check(sales_price_not_negative = sales_price >= 0),
    check(standard_cost_not_negative = standard_cost >= 0)
)]
pub struct Item {
    /// Its number, if items have any.
    #[field(max = 50, unique)]
    pub sku: Option<String>,
    /// What it is called.
    #[field(max = 200, trigram)]
    pub name: String,
    /// What it is, as far as stock is concerned.
    #[field(default = ItemKind::Stocked)]
    pub kind: ItemKind,
    /// The category that it is in.
    pub category_id: Option<Ref<Category>>,
    /// The unit in which it is counted; pieces of any kind unless said.
    pub unit_id: Option<Ref<Unit>>,
    /// The unit in which it is bought, where that is another.
    pub purchase_unit_id: Option<Ref<Unit>>,
    /// How its cost is found; as its category says unless said, and first in first out
    /// without one.
    pub costing: Option<Costing>,
    /// What one unit is sold for.
    #[field(numeric(18, 6), min = 0)]
    pub sales_price: Option<Decimal>,
    /// What one unit costs where nothing else is known.
    #[field(numeric(18, 6), min = 0)]
    pub standard_cost: Option<Decimal>,
    /// How single pieces are told apart.
    #[field(default = Tracking::None)]
    pub tracking: Tracking,
    /// What is printed on it, to be scanned.
    #[field(max = 100, index)]
    pub barcode: Option<String>,
    /// Whether it is offered for new documents.
    #[field(default = true)]
    pub active: bool,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
    /// Whether it has ever been moved: then unit, kind and tracking stay as they are.
    #[field(default = false, readonly)]
    pub moved: bool,
    /// The own company that it belongs to.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Item {
    fn before_create(&mut self) -> Result<()> {
        self.within_bounds()
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.within_bounds()?;
        if before.moved {
            self.stays_itself(before)?;
        }
        if (self.costing, self.category_id) != (before.costing, before.category_id)
            && self.costing()? != before.costing()?
        {
            let stocked = db::find::<Valuation>().neq("quantity", Decimal::ZERO);
            refuse_stock(stocked.eq("item_id", before.id.uuid()).exists()?)?;
        }
        Ok(())
    }
}

impl Item {
    /// How its cost is found, by its category where it does not say so itself.
    fn costing(&self) -> Result<Costing> {
        match (self.costing, self.category_id) {
            (Some(costing), _) => Ok(costing),
            (None, Some(category)) => Ok(db::get(category)?.costing),
            (None, None) => Ok(Costing::Fifo),
        }
    }

    /// What was counted in one unit cannot be read in another.
    fn stays_itself(&self, before: &Self) -> Result<()> {
        let changed = [
            ("unit_id", self.unit_id != before.unit_id),
            ("kind", self.kind != before.kind),
            ("tracking", self.tracking != before.tracking),
        ];
        match changed.iter().find(|(_, changed)| *changed) {
            None => Ok(()),
            Some((field, _)) => {
                let message = "The item was moved: its unit, kind and tracking stay.";
                Err(Error::conflict("moved", message).and_field(field, "moved", message))
            }
        }
    }

    fn within_bounds(&self) -> Result<()> {
        for (field, price) in
            [("sales_price", self.sales_price), ("standard_cost", self.standard_cost)]
        {
            check_price(field, price)?;
        }
        Ok(())
    }
}

/// Refuses a price or cost of one unit with which nobody could reckon.
pub(crate) fn check_price(field: &str, price: Option<Decimal>) -> Result<()> {
    let Some(price) = price else { return Ok(()) };
    if price < Decimal::ZERO || price > Decimal::from(UNIT_PRICE_MAX) {
        let message = format!("It is 0 to {UNIT_PRICE_MAX}.");
        return Err(Error::invalid(field, "range", message));
    }
    Ok(())
}

fn refuse_stock(there: bool) -> Result<()> {
    if !there {
        return Ok(());
    }
    let message =
        "There is stock that was valued so far: the costing changes when nothing is left.";
    Err(Error::conflict("in_stock", message).and_field("costing", "in_stock", message))
}
