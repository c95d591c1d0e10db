//! Payments settle documents, here or in the ledger.

use eerp_accounting_api::{Direction, ENTRY_SETTLED, Purpose, Settled};
use eerp_crm_api::{COMPANIES_MERGED, CompaniesMerged};
use eerp_sdk::prelude::*;

use crate::world::{CUSTOMER, World, decimal, texts};

const OTHER: &str = "01900000-0000-7000-8000-00000000c002";

fn state(document: &Json) -> Vec<&str> {
    texts(document, &["state", "residual"])
}

#[test]
fn a_part_and_then_the_rest_is_paid() {
    let world = World::new();
    let invoice = world.posted("invoice", "100");
    let part = json!({"invoice_id": invoice["id"], "amount": "40", "reference": "Thanks"});
    let payment = world.host.post("/payments", part).created();
    assert_eq!(state(&world.now(&invoice)), ["partly_paid", "60.0000"]);
    assert_eq!(payment["allocations"][0]["amount"], "40.0000");
    assert_eq!(
        texts(&payment, &["direction", "party_name", "unallocated", "currency", "number"]),
        ["incoming", "Acme", "0.0000", "USD", "BNK/1"]
    );
    world.host.post("/payments", json!({"invoice_id": invoice["id"], "amount": "60"})).created();
    assert_eq!(state(&world.now(&invoice)), ["paid", "0.0000"]);
    let topics = world.topics();
    assert_eq!(topics, ["invoicing.invoices.posted", "invoicing.invoices.paid"]);
    let again = json!({"invoice_id": invoice["id"], "amount": "1"});
    let refused = world.host.post("/payments", again).with_status(409);
    assert_eq!(refused["code"], "nothing_open");
}

#[test]
fn one_payment_pays_several_in_their_order_and_the_rest_stays() {
    let world = World::new();
    let invoices = ["10", "20", "30"].map(|amount| world.posted("invoice", amount));
    let ids = [&invoices[2]["id"], &invoices[0]["id"], &invoices[1]["id"]];
    world.host.post("/payments", json!({"invoice_ids": ids, "amount": "35"})).created();
    let states = invoices.each_ref().map(|invoice| state(&world.now(invoice)).join(" "));
    assert_eq!(states, ["partly_paid 5.0000", "posted 20.0000", "paid 0.0000"]);
    let ids = [&invoices[0]["id"], &invoices[1]["id"]];
    let payment =
        world.host.post("/payments", json!({"invoice_ids": ids, "amount": "30"})).created();
    assert_eq!(payment["unallocated"], "5.0000");
    assert_eq!(payment["allocations"].as_array().map(Vec::len), Some(2));
    let of = |field: &str, record: &Json| {
        let id = texts(record, &["id"]).join("");
        let listed = world.host.get(&format!("/allocations?{field}=eq.{id}&order=amount")).ok();
        let items = listed["items"].as_array().expect("a list").iter();
        items.map(|each| texts(each, &["amount"]).join("")).collect::<Vec<_>>()
    };
    assert_eq!(of("payment_id", &payment), ["5.0000", "20.0000"]);
    assert_eq!(of("invoice_id", &invoices[0]), ["5.0000", "5.0000"]);
    assert_eq!(world.host.get("/payments").ok()["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_money_of_a_bill_goes_out() {
    let world = World::new();
    let bill = world.posted("bill", "8");
    world.host.post("/payments", json!({"invoice_id": bill["id"], "amount": "8"})).created();
    assert_eq!(state(&world.now(&bill)), ["paid", "0.0000"]);
    let ledger = world.ledger.borrow();
    let payment = &ledger.payments[0];
    assert_eq!((payment.direction, payment.purpose), (Direction::Outgoing, Some(Purpose::Payable)));
}

#[test]
fn what_is_on_account_is_for_no_document() {
    let world = World::new();
    let payment = world.host.post("/payments", json!({"company_id": CUSTOMER, "amount": "9"}));
    let payment = payment.created();
    assert_eq!(texts(&payment, &["unallocated", "currency"]), ["9.0000", "USD"]);
    assert_eq!(payment["allocations"], json!([]));
    for (body, code) in [
        (json!({"amount": "9"}), "required"),
        (json!({"company_id": CUSTOMER, "amount": "0"}), "minimum"),
        (json!({"invoice_id": OTHER, "amount": "1"}), "not_found"),
    ] {
        let refused = world.host.post("/payments", body).with_status(422);
        assert_eq!(refused["errors"][0]["code"], code);
    }
}

#[test]
fn a_draft_is_not_paid_nor_are_two_sides_at_once() {
    let world = World::new();
    let draft = world.draft(json!([{"description": "Work", "unit_price": "5"}]));
    let pay = |ids: Json| json!({"invoice_ids": ids, "amount": "1"});
    let refused = world.host.post("/payments", pay(json!([draft["id"]]))).with_status(409);
    assert_eq!(refused["code"], "not_posted");
    let (invoice, bill) = (world.posted("invoice", "5"), world.posted("bill", "5"));
    let both = json!([invoice["id"], bill["id"]]);
    assert_eq!(world.host.post("/payments", pay(both)).with_status(409)["code"], "mixed");
    for (field, value, code) in
        [("company_id", OTHER, "other_company"), ("direction", "outgoing", "other_direction")]
    {
        let mut body = json!({"invoice_id": invoice["id"], "amount": "1"});
        body[field] = json!(value);
        let refused = world.host.post("/payments", body).with_status(422);
        assert_eq!(refused["errors"][0]["code"], code);
    }
}

#[test]
fn what_is_settled_in_the_ledger_is_known_here_once() {
    let world = World::new();
    let invoice = world.posted("invoice", "100");
    for line in &mut world.ledger.borrow_mut().open {
        (line.residual, line.residual_currency) = (decimal("0"), decimal("0"));
    }
    let entry_id: Uuid =
        invoice["entry_id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    // What the event says is old by now: somebody paid the rest since.
    let settled = Settled {
        entry_id: Ref::new(entry_id),
        residual: decimal("60"),
        residual_currency: decimal("60"),
        ..Settled::default()
    };
    for _ in 0..2 {
        world.host.deliver(ENTRY_SETTLED, entry_id, &settled).expect("it is taken over");
        let after = world.now(&invoice);
        assert_eq!(state(&after), ["paid", "0.0000"]);
        assert_eq!(after["version"].as_i64(), invoice["version"].as_i64().map(|it| it + 1));
    }
    assert_eq!(world.topics(), ["invoicing.invoices.posted", "invoicing.invoices.paid"]);
    let unknown = Settled { entry_id: Ref::new(Uuid::from_bytes([7; 16])), ..settled };
    world.host.deliver(ENTRY_SETTLED, entry_id, &unknown).expect("it is nobody's here");
}

#[test]
fn companies_that_are_merged_take_their_documents_along() {
    let world = World::new();
    let (draft, invoice) = (world.draft(json!([])), world.posted("invoice", "5"));
    let bill = |company: &str| {
        world.made(json!({
            "company_id": company, "kind": "bill", "reference": "R-1",
            "lines": [{"description": "Paper", "unit_price": "5"}],
        }))
    };
    let twins = [bill(CUSTOMER), bill(OTHER)];
    world.host.post("/payments", json!({"company_id": CUSTOMER, "amount": "9"})).created();
    let id = |text: &str| Ref::new(text.parse().expect("an id"));
    let merged = CompaniesMerged {
        company_id: id(OTHER),
        name: "Acme Group".into(),
        merged_id: id(CUSTOMER),
    };
    for _ in 0..2 {
        world.host.deliver(COMPANIES_MERGED, OTHER, &merged).expect("they are handed over");
    }
    for document in [&draft, &invoice, &twins[0], &twins[1]] {
        assert_eq!(world.now(document)["company_id"], OTHER);
    }
    assert_eq!(world.now(&invoice)["party_name"], "Acme");
    assert_eq!(world.host.get("/payments").ok()["items"][0]["company_id"], OTHER);
    assert_eq!(world.ledger.borrow().moved[0].name, "Acme Group");
}
