//! What lies where, what it is worth and what the books are told, by the module's routes.

mod counts;
mod lots;
mod planning;
mod transfers;
mod values;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use eerp_accounting_api::{NewEntry, POST_ENTRY, Posted, Purpose};
use eerp_core_api::{CONVERT_UNITS, CompanyInfo, CurrencyInfo, DESCRIBE_COMPANY, Quantities};
use eerp_inventory::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences;
use eerp_sdk::testing::Host;

/// A unit of twelve pieces, and one of one.
const DOZEN: &str = "018f3c1e-0000-7000-8000-000000000012";
const PIECE: &str = "018f3c1e-0000-7000-8000-000000000001";

/// The module beside stand-ins for core and accounting.
struct Store {
    host: Host,
    entries: Rc<RefCell<Vec<NewEntry>>>,
    /// Whether the books take what is posted.
    open: Rc<Cell<bool>>,
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn number(value: &Json) -> Decimal {
    decimal(value.as_str().unwrap_or_else(|| panic!("{value} is no decimal")))
}

fn id(record: &Json) -> &str {
    record["id"].as_str().expect("an id")
}

impl Store {
    fn new() -> Self {
        let host = Host::new(&MODULE);
        let counter = Cell::new(0);
        host.serve(sequences::NEXT, move |wanted| {
            counter.set(counter.get() + 1);
            let number = counter.get();
            let text = format!("{}{number:05}", wanted.0.prefix);
            Ok(sequences::Number { number, text, period: String::new() })
        });
        host.serve(DESCRIBE_COMPANY, |_| {
            let currency = CurrencyInfo { code: "USD".into(), decimals: 2, ..Default::default() };
            Ok(CompanyInfo { currency, ..CompanyInfo::default() })
        });
        host.serve(CONVERT_UNITS, |wanted| {
            let dozen: Uuid = DOZEN.parse().expect("an id");
            let each = |one: &eerp_core_api::Conversion| match one.from.uuid() == dozen {
                true => one.quantity * decimal("12"),
                false => one.quantity / decimal("12"),
            };
            Ok(Quantities { items: wanted.items.iter().map(each).collect() })
        });
        let (entries, open) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(true)));
        let (kept, opened) = (entries.clone(), open.clone());
        host.serve(POST_ENTRY, move |entry| {
            if !opened.get() {
                return Err(Error::conflict("period_locked", "The month is locked."));
            }
            kept.borrow_mut().push(entry);
            Ok(Posted::default())
        });
        Self { host, entries, open }
    }

    fn made(&self, path: &str, body: Json) -> Json {
        self.host.post(path, body).created()
    }

    fn item(&self, body: Json) -> Json {
        self.made("/items", body)
    }

    fn place(&self, name: &str) -> Json {
        self.host.get(&format!("/locations?name=eq.{name}")).ok()["items"][0]["id"].clone()
    }

    fn done(&self, kind: &str, moves: Json) -> Json {
        self.made("/transfers", json!({"kind": kind, "done": true, "moves": moves}))
    }

    /// Goods come in that cost so much each.
    fn receive(&self, item: &Json, quantity: &str, unit_cost: &str) -> Json {
        let line = json!({"item_id": item["id"], "quantity": quantity, "unit_cost": unit_cost});
        self.done("receipt", json!([line]))
    }

    fn deliver(&self, item: &Json, quantity: &str) -> Json {
        self.done("delivery", json!([{"item_id": item["id"], "quantity": quantity}]))
    }

    fn act(&self, transfer: &Json, action: &str, body: Json) -> Json {
        self.host.post(&format!("/transfers/{}/{action}", id(transfer)), body).ok()
    }

    /// What lies in the stock of an item, by the report.
    fn stock(&self, item: &Json) -> Json {
        let path = format!("/stock?item_id={}", id(item));
        self.host.get(&path).ok()["items"][0].clone()
    }

    /// Quantity and value of an item, by the report.
    fn worth(&self, item: &Json) -> (Decimal, Decimal) {
        let path = format!("/reports/valuation?item_id={}", id(item));
        let row = self.host.get(&path).ok()["items"][0].clone();
        (number(&row["quantity"]), number(&row["value"]))
    }

    /// The balance of an account, by all that was posted.
    fn balance(&self, purpose: Purpose) -> Decimal {
        let entries = self.entries.borrow();
        let lines = entries.iter().flat_map(|entry| &entry.lines);
        let of_account = lines.filter(|line| line.purpose == Some(purpose));
        of_account.map(|line| line.debit - line.credit).sum()
    }
}

#[test]
fn the_module_is_sound() {
    eerp_sdk::testing::assert_sound(&MODULE, include_str!("../../module.json"));
}
