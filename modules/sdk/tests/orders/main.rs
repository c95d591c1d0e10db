//! Documents: orders with their lines, which are saved, shown and checked as one.

mod code;
mod description;
mod routes;

use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

/// What somebody wants.
#[model(table = "orders", display = "customer", rules)]
pub struct Order {
    /// Who wants it.
    #[field(max = 40)]
    pub customer: String,
    /// Whether it is on its way, and stays as it is.
    #[field(default = false)]
    pub sent: bool,
    /// What all of it costs.
    #[field(default = 0, readonly)]
    pub total: Decimal,
}

/// One thing that is wanted.
#[model(table = "lines", title = "Order line", plural = "Order lines", rules, unique("seal"))]
pub struct Line {
    /// Its order.
    #[field(on_delete = "cascade")]
    pub order_id: Ref<Order>,
    /// Its place in the order.
    pub position: i32,
    /// What is wanted.
    #[field(max = 40)]
    pub item: String,
    /// Pieces.
    #[field(default = 1, min = 1)]
    pub pieces: i32,
    /// What one costs.
    #[field(default = 0, min = 0)]
    pub price: Decimal,
    /// The number of its seal.
    #[field(max = 10)]
    pub seal: Option<String>,
    /// What it stands for.
    #[field(on_delete = "set_null")]
    pub instead_of_id: Option<Ref<Line>>,
    /// What all pieces cost.
    #[field(computed = pieces * price)]
    pub amount: Decimal,
}

impl Document for Order {
    type Line = Line;
    const POSITION: &'static str = "position";
    const LINES_MAX: usize = 200;

    fn before_save(
        &mut self,
        lines: &mut Vec<Record<Line>>,
        before: Option<&Whole<Self>>,
    ) -> Result<()> {
        if before.is_some_and(|before| before.head.sent && before.lines != *lines) {
            return Err(Error::conflict("sent", "The order is on its way."));
        }
        if let Some(place) = lines.iter().position(|line| line.item == "poison") {
            let message = "Nobody sells that.";
            return Err(Error::invalid(&format!("lines/{place}/item"), "forbidden", message));
        }
        lines.retain(|line| line.item != "nothing");
        if lines.iter().any(|line| line.item == "glass") && lines.last().is_none_or(not_wool) {
            lines.push(Line { item: "wool".into(), ..Line::default() }.into());
        }
        self.total = lines.iter().map(|line| Decimal::from(line.pieces) * line.price).sum();
        Ok(())
    }
}

fn not_wool(line: &Record<Line>) -> bool {
    line.item != "wool"
}

impl Rules for Order {
    fn before_create(&mut self) -> Result<()> {
        self.customer = self.customer.trim().to_owned();
        Ok(())
    }
}

impl Rules for Line {
    fn before_create(&mut self) -> Result<()> {
        match db::get(self.order_id)?.customer == "Nobody" {
            true => Err(Error::invalid("item", "unwanted", "Nobody wants it.")),
            false => Ok(()),
        }
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        match self.pieces < before.pieces {
            true => Err(Error::invalid("pieces", "fewer", "Take the line away instead.")),
            false => Ok(()),
        }
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        match db::get(id)?.item == "promise" {
            true => Err(Error::conflict("promised", "A promise is kept.")),
            false => Ok(()),
        }
    }
}

/// Show an order in another way
#[get("/orders/{id:uuid}/slip")]
fn slip(id: Ref<Order>) -> Result<Whole<Order>> {
    documents::get(id)
}

/// Copy an order
#[post("/orders/{id:uuid}/copy", answers = Whole<Order>, status = 201)]
fn copy(id: Ref<Order>) -> Result<Whole<Order>> {
    let order = documents::lock(id)?;
    let lines: Vec<Line> = order.lines.into_iter().map(Record::into_inner).collect();
    documents::create(&order.head, &lines)
}

eerp_sdk::module! {
    name: "orders",
    models: [Order, Line],
    routes: [document::<Order>, crud::<Line>, slip, copy],
}

/// The path of an order.
fn path(order: &Json) -> String {
    format!("/orders/{}", order["id"].as_str().expect("an id"))
}

fn items(order: &Json) -> Vec<&str> {
    let lines = order["lines"].as_array().expect("an order has lines");
    lines.iter().filter_map(|line| line["item"].as_str()).collect()
}

fn line(item: &str) -> Line {
    Line { item: item.into(), ..Line::default() }
}

/// An order of tea and milk.
fn breakfast(host: &Host) -> Json {
    let lines = json!([{"item": "tea", "pieces": 2, "price": "3"}, {"item": "milk"}]);
    host.post("/orders", json!({"customer": " Ann ", "lines": lines})).created()
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, r#"{"name": "orders", "depends": []}"#);
}
