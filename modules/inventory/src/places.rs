//! Where goods lie and where they come from and go to: warehouses and locations.

use eerp_sdk::prelude::*;

use crate::stock::Quant;
use crate::transfers::Move;
use crate::{OwnCompany, tree};

/// What a location is.
#[choice]
pub enum LocationKind {
    /// A place of one's own where goods lie.
    Internal,
    /// Where goods are that are on their way between two places of one's own.
    Transit,
    /// Where goods come from that are bought.
    Supplier,
    /// Where goods go that are sold.
    Customer,
    /// Where goods go that are lost, and come from that are found.
    Adjustment,
    /// A place that only holds other places.
    View,
}

impl LocationKind {
    /// Whether what lies there is one's own, is counted and has a value.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::Internal | Self::Transit)
    }
}

/// What a place of a warehouse is for.
#[choice]
pub enum Place {
    /// Where goods lie.
    Stock,
    /// Where goods arrive.
    Input,
    /// Where goods wait to be fetched.
    Output,
}

/// A building or yard that has places of its own.
#[model(table = "warehouses", display = "name", order = "code", company = "own_company_id", rules)]
pub struct Warehouse {
    /// What it is called in short; its places are found by it, so it stays.
    #[field(max = 10, pattern = "^[A-Z0-9][A-Z0-9_-]*$", unique)]
    pub code: String,
    /// What it is called.
    #[field(max = 100)]
    pub name: String,
    /// Where it is.
    #[field(max = 500, format = "multiline")]
    pub address: Option<String>,
    /// The own company that it belongs to.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// The places that every new warehouse has.
const PLACES: [(&str, Place); 3] =
    [("Stock", Place::Stock), ("Input", Place::Input), ("Output", Place::Output)];

impl Rules for Warehouse {
    fn before_create(&mut self) -> Result<()> {
        let places = places_of(&self.code);
        let places = places.map(|place| Location { own_company_id: self.own_company_id, ..place });
        db::create_all(&places).map(drop)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.code != before.code {
            let message = "The code of a warehouse stays: its places are found by it.";
            return Err(Error::conflict("code_stays", message).and_field("code", "stays", message));
        }
        Ok(())
    }

    /// Its places go with it, when nothing was ever moved there.
    fn before_delete(id: Ref<Self>) -> Result<()> {
        let warehouse = db::get(id)?;
        let places = db::find::<Location>().eq("warehouse", &warehouse.code).all()?;
        if have_moves(&places)? {
            let message = "Goods were moved in the warehouse: it stays.";
            return Err(Error::conflict("in_use", message));
        }
        places.iter().try_for_each(|place| db::delete(place.id, None).map(drop))
    }
}

fn have_moves(places: &[Record<Location>]) -> Result<bool> {
    if places.is_empty() {
        return Ok(false);
    }
    let ids = || places.iter().map(|place| place.id.uuid());
    let ends = ["from_id", "to_id"].map(|end| Condition::one_of(end, ids()));
    db::find::<Move>().filter(Condition::any(ends)).exists()
}

/// Where goods lie, come from or go to.
#[model(
    table = "locations",
    display = "name",
    order = "warehouse, name",
    company = "own_company_id",
    index("warehouse"),
    rules
)]
pub struct Location {
    /// What it is called.
    #[field(max = 100)]
    pub name: String,
    /// What it is.
    #[field(default = LocationKind::Internal)]
    pub kind: LocationKind,
    /// The place that it is part of.
    pub parent_id: Option<Ref<Location>>,
    /// The code of the warehouse that it is in; that of its parent unless said.
    #[field(max = 10)]
    pub warehouse: Option<String>,
    /// What it is for, when its warehouse has made it.
    #[field(readonly)]
    pub place: Option<Place>,
    /// Whether it is taken where no place of its kind is named.
    #[field(default = false)]
    pub is_default: bool,
    /// Whether more may be taken from it than lies there.
    #[field(default = false)]
    pub allow_negative: bool,
    /// What is printed on its label, to be scanned.
    #[field(max = 100, index)]
    pub barcode: Option<String>,
    /// The own company that it belongs to.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Location {
    fn before_create(&mut self) -> Result<()> {
        self.belong(None)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if (self.parent_id, &self.warehouse) != (before.parent_id, &before.warehouse) {
            self.belong(Some(before.id))?;
        }
        if self.kind != before.kind && have_moves(std::slice::from_ref(before))? {
            let message = "Goods were moved here: it stays what it is.";
            return Err(Error::conflict("in_use", message).and_field("kind", "in_use", message));
        }
        if self.allow_negative != before.allow_negative {
            Quant::allow_negative(before.id, self.allow_negative)?;
        }
        Ok(())
    }
}

impl Location {
    /// Takes on the warehouse of its parent, and refuses circles and warehouses that
    /// there are not.
    fn belong(&mut self, id: Option<Ref<Self>>) -> Result<()> {
        if let Some(parent) = self.parent_id {
            tree::refuse_circle(id, parent, |location: &Self| location.parent_id)?;
            let parent = db::get(parent)?;
            self.warehouse = parent.warehouse.clone().or(self.warehouse.take());
        }
        let Some(code) = &self.warehouse else { return Ok(()) };
        // A new warehouse makes its places before it is there itself.
        if self.place.is_none() && !db::find::<Warehouse>().eq("code", code).exists()? {
            let message = format!("There is no warehouse {code}.");
            return Err(Error::invalid("warehouse", "not_found", message));
        }
        Ok(())
    }
}

fn location(name: &str, kind: LocationKind) -> Location {
    Location { name: name.into(), kind, ..Location::default() }
}

/// The places of a new warehouse.
fn places_of(code: &str) -> [Location; 3] {
    PLACES.map(|(name, place)| Location {
        warehouse: Some(code.into()),
        place: Some(place),
        ..location(name, LocationKind::Internal)
    })
}

/// The warehouse and the places that a new installation starts with.
pub(crate) fn migrations() -> Vec<Migration> {
    let main = Warehouse { code: "MAIN".into(), name: "Main".into(), ..Warehouse::default() };
    let of_main = places_of(&main.code)
        .map(|place| Location { is_default: place.place == Some(Place::Stock), ..place });
    let outside = [
        ("Suppliers", LocationKind::Supplier),
        ("Customers", LocationKind::Customer),
        ("Adjustments", LocationKind::Adjustment),
        ("Transit", LocationKind::Transit),
    ];
    let outside = outside.map(|(name, kind)| Location { is_default: true, ..location(name, kind) });
    vec![
        Migration::new("warehouses_seed", 1).records(&[main]),
        Migration::new("locations_seed", 1).records(&of_main).records(&outside),
    ]
}
