//! What the attributes make of a small module: migrations, description, routes.

mod addresses;
mod description;
mod migrations;
mod records;
mod routes;

use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

foreign_model!(pub Currency = "core" / "currencies");

/// How a product is kept.
#[choice]
pub enum Storage {
    /// On a shelf.
    Dry,
    /// In the cold.
    DeepFrozen,
}

/// The size of a box.
#[body]
pub struct Size {
    /// In millimetres.
    #[field(min = 1)]
    pub width: i32,
    /// In millimetres.
    pub height: Option<i32>,
}

/// A thing for sale.
///
/// This second paragraph is for readers of the source.
#[model(
    table = "products",
    display = "name",
    order = "name, created_at desc",
    unique("name", "storage"),
    index("name", "price", since = 3),
    check(price_fair = price >= 0 && (price <= 1000 || note != None)),
    rules
)]
pub struct Product {
    /// What it is called.
    #[field(max = 40, index)]
    pub name: String,
    /// How it is kept.
    #[field(default = Storage::Dry)]
    pub storage: Storage,
    /// What it costs.
    #[field(numeric(12, 4), min = 0)]
    pub price: Option<Decimal>,
    /// The number under its bars.
    #[field(label = "EAN", pattern = "^[0-9]{13}$", unique)]
    pub barcode: Option<String>,
    /// The currency of the price.
    pub currency_id: Option<Ref<Currency>>,
    /// What is sold instead.
    #[field(on_delete = "set_null")]
    pub replaced_by_id: Option<Ref<Product>>,
    /// Words to find it by.
    #[field(default, max = 3)]
    pub words: Vec<String>,
    /// The boxes it comes in.
    #[field(default)]
    pub sizes: Vec<Size>,
    /// When it was sold last.
    #[field(readonly)]
    pub sold_at: Option<Timestamp>,
    /// Pieces there are.
    #[field(since = 2, default = 7)]
    pub stock: i64,
    /// Anything else.
    #[field(since = 2)]
    pub note: Option<String>,
}

impl Rules for Product {
    fn before_create(&mut self) -> Result<()> {
        self.name = self.name.trim().to_owned();
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        match self.stock < before.stock && self.sold_at.is_none() {
            true => Err(Error::invalid("stock", "unsold", "Stock goes by selling.")),
            false => Ok(()),
        }
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        match db::find::<Self>().eq("replaced_by_id", id.uuid()).first()? {
            Some(_) => Err(Error::conflict("in_use", "It is sold instead of another.")),
            None => Ok(()),
        }
    }
}

/// A plain note.
#[model(table = "notes")]
pub struct Note {
    /// What it says.
    pub text: String,
}

/// How many are sold.
#[body]
pub struct Sale {
    /// Pieces.
    #[field(default = 1, min = 1)]
    pub pieces: i32,
}

/// Sell a product.
#[post("/products/{id:uuid}/sell", permission = "products.sell")]
fn sell(id: Ref<Product>, body: Sale, request: &Request) -> Result<Record<Product>> {
    let mut product = db::get(id)?;
    log::info(&format!("{} sells {}", request.identity()?.username, product.name));
    product.stock -= i64::from(body.pieces);
    product.sold_at = Some(now());
    db::update(&product)
}

/// Count the products
#[get("/products/count", public)]
fn count() -> Result<Json> {
    Ok(json!({"count": db::find::<Product>().all()?.len()}))
}

/// Which sales are wanted.
#[query]
pub struct Wanted {
    /// The year in which they were.
    #[field(min = 2000)]
    pub year: i32,
    /// The first day.
    pub since: Option<Date>,
    /// How many at most.
    #[field(default = 10, min = 1, max = 100)]
    pub top: i64,
    /// Words in the names.
    #[field(max = 2)]
    pub words: Vec<String>,
}

/// The sales of a place.
#[body]
pub struct Sales {
    /// Where they were.
    pub place: String,
    /// Which were wanted.
    pub wanted: String,
}

/// Tell of the sales
///
/// Those of one floor only,
/// by how the products are kept.
///
/// None are invented.
#[post("/sales/{floor:int}/{storage}", public, status = 202)]
fn sales(floor: i32, storage: Storage, query: Wanted, body: Size) -> Result<Sales> {
    let place = format!("{floor} {} {}", storage.word(), body.width);
    let Wanted { year, since, top, words } = query;
    let since = since.map(|day| day.to_string());
    Ok(Sales { place, wanted: format!("{year} {since:?} {top} {words:?}") })
}

/// Write a note and fail
#[post("/notes/vain")]
fn vain() -> Result<()> {
    db::create(&Note { text: "gone".into() })?;
    Err(Error::forbidden("It was in vain."))
}

/// Break a constraint and hide it
#[post("/products/hush", answers = ())]
fn hush() -> Result<Reply> {
    let twin = Product { name: "Tea".into(), ..Product::default() };
    let _ = db::create(&twin);
    let _ = db::create(&twin);
    Ok(Reply::no_content())
}

/// Read a page as it is
#[get("/notes/page", answers = Page<Note>)]
fn page() -> Result<Reply> {
    Ok(Reply::staged(&db::find::<Note>().operation().stage()?))
}

eerp_sdk::module! {
    name: "shop",
    models: [Product, Note],
    routes: [crud::<Product>, crud::<Note>, sell, count, vain, hush, page, sales],
}

fn text_of(json: String) -> Json {
    serde_json::from_str(&json).expect("it is JSON")
}

fn body_of(method: &str, path: &str) -> Json {
    let description = text_of(MODULE.description());
    let routes = description["routes"].as_array().cloned().unwrap_or_default();
    let route = routes.iter().find(|r| r["method"] == method && r["path"] == path);
    route.expect("the route is described")["body"].clone()
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, r#"{"name": "shop", "depends": ["core"]}"#);
}

#[test]
#[should_panic(expected = "which is not to be had")]
fn a_reference_to_a_module_outside_depends_is_unsound() {
    assert_sound(&MODULE, r#"{"name": "shop", "depends": []}"#);
}
