//! Credit notes take back a document, or part of it, and not more.

use eerp_sdk::prelude::*;

use crate::world::{CUSTOMER, VAT, World, path, texts};

fn sold(world: &World) -> Json {
    world.made(json!({
        "company_id": CUSTOMER, "post": true,
        "lines": [
            {"description": "Tea", "quantity": "3", "unit_price": "9.99", "discount": "10", "tax_ids": [VAT]},
            {"description": "Cups", "quantity": "2", "unit_price": "5"},
        ],
    }))
}

fn state(document: &Json) -> Vec<&str> {
    texts(document, &["state", "residual", "credited"])
}

#[test]
fn all_of_it_is_taken_back_and_settled() {
    let world = World::new();
    let invoice = sold(&world);
    let note = world.host.post(&path(&invoice, "/credit"), json!({"post": true})).created();
    assert_eq!(
        texts(&note, &["kind", "number", "state"]),
        ["credit_note", "CN/2026/00001", "paid"]
    );
    assert_eq!((&note["total"], &note["credited_id"]), (&invoice["total"], &invoice["id"]));
    let total = invoice["total"].as_str().expect("a total");
    assert_eq!(state(&world.now(&invoice)), ["cancelled", "0.0000", total]);
    let again = world.host.post(&path(&invoice, "/credit"), json!({})).with_status(409);
    assert_eq!(again["code"], "cancelled");
    assert_eq!(world.topics().len(), 3);
}

#[test]
fn a_part_is_taken_back_and_later_what_is_left() {
    let world = World::new();
    let invoice = sold(&world);
    let line = |place: usize, quantity: &str| json!({"line_id": invoice["lines"][place]["id"], "quantity": quantity});
    let part = json!({"lines": [line(1, "1")], "post": true, "reason": "One was broken."});
    let note = world.host.post(&path(&invoice, "/credit"), part).created();
    assert_eq!(texts(&note, &["total", "remarks"]), ["5.0000", "One was broken."]);
    let total: Decimal = invoice["total"].as_str().and_then(|it| it.parse().ok()).expect("a total");
    let left = format!("{:.4}", total - Decimal::from(5));
    assert_eq!(state(&world.now(&invoice)), ["partly_paid", &left, "5.0000"]);
    for (lines, pointer) in [
        (json!([line(1, "1.5")]), "/lines/0/quantity"),
        (json!([line(0, "1"), line(0, "-1")]), "/lines/1/quantity"),
        (json!([{"line_id": CUSTOMER}]), "/lines/0/line_id"),
    ] {
        let refused = world.host.post(&path(&invoice, "/credit"), json!({"lines": lines}));
        assert_eq!(refused.with_status(422)["errors"][0]["pointer"], pointer);
    }
    let rest = world.host.post(&path(&invoice, "/credit"), json!({"post": true})).created();
    assert_eq!(rest["total"], left);
    let quantities: Vec<_> = (0..2).map(|at| rest["lines"][at]["quantity"].as_str()).collect();
    assert_eq!(quantities, [Some("3.0000"), Some("1.0000")]);
    assert_eq!(world.now(&invoice)["state"], "cancelled");
}

#[test]
fn what_was_paid_stays_open_on_the_credit_note() {
    let world = World::new();
    let invoice = world.posted("invoice", "100");
    world.host.post("/payments", json!({"invoice_id": invoice["id"], "amount": "70"})).created();
    let note = world.host.post(&path(&invoice, "/credit"), json!({"post": true})).created();
    assert_eq!(texts(&note, &["state", "residual"]), ["partly_paid", "70.0000"]);
    assert_eq!(state(&world.now(&invoice)), ["cancelled", "0.0000", "100.0000"]);
    world.host.post("/payments", json!({"invoice_id": note["id"], "amount": "70"})).created();
    assert_eq!(world.now(&note)["state"], "paid");
}

#[test]
fn a_draft_of_a_credit_note_is_measured_when_it_is_posted() {
    let world = World::new();
    let invoice = world.posted("invoice", "100");
    let note = world.host.post(&path(&invoice, "/credit"), json!({})).created();
    assert_eq!(state(&world.now(&invoice)), ["posted", "100.0000", "0.0000"]);
    let dearer = json!([{"id": note["lines"][0]["id"], "unit_price": "100.01"}]);
    world.host.patch(&path(&note, ""), 1, json!({"lines": dearer})).ok();
    let refused = world.host.post(&path(&note, "/post"), Json::Null).with_status(409);
    assert_eq!(refused["code"], "credit_exceeds");
    let cheaper = json!([{"id": note["lines"][0]["id"], "unit_price": "30"}]);
    world.host.patch(&path(&note, ""), 2, json!({"lines": cheaper})).ok();
    world.host.post(&path(&note, "/post"), Json::Null).ok();
    assert_eq!(state(&world.now(&invoice)), ["partly_paid", "70.0000", "30.0000"]);
}

#[test]
fn drafts_and_credits_are_not_taken_back() {
    let world = World::new();
    let draft = world.draft(json!([]));
    let refused = world.host.post(&path(&draft, "/credit"), json!({})).with_status(409);
    assert_eq!(refused["code"], "not_posted");
    let note = world.posted("credit_note", "5");
    let refused = world.host.post(&path(&note, "/credit"), json!({})).with_status(409);
    assert_eq!(refused["code"], "is_credit");
}

#[test]
fn a_bill_is_taken_back_by_the_suppliers_number() {
    let world = World::new();
    let bill = world.posted("bill", "10");
    let body = json!({"post": true, "reference": "C-7", "date": "2026-02-01"});
    let note = world.host.post(&path(&bill, "/credit"), body).created();
    assert_eq!(
        texts(&note, &["kind", "reference", "supplier_number", "date"]),
        ["bill_credit", "C-7", "C-7", "2026-02-01"]
    );
    assert_eq!(world.now(&bill)["state"], "cancelled");
}

#[test]
fn pieces_add_up_to_the_document_however_they_are_rounded() {
    let world = World::new();
    let invoice = world.made(json!({
        "company_id": CUSTOMER, "post": true,
        "lines": [
            {"description": "Tea", "quantity": "3", "unit_price": "9.99", "tax_ids": [VAT]},
            {"description": "Sweets", "quantity": "3", "unit_price": "0.335", "tax_ids": [VAT]},
        ],
    }));
    assert_eq!(texts(&invoice, &["net", "tax", "total"]), ["30.9800", "6.1900", "37.1700"]);
    let one = |place: usize| json!({"line_id": invoice["lines"][place]["id"], "quantity": "1"});
    let credit = |body: Json| world.host.post(&path(&invoice, "/credit"), body).created();
    for lines in [json!([one(0)]), json!([one(1)]), json!([one(1)]), json!([one(1)])] {
        credit(json!({"post": true, "lines": lines}));
    }
    let last = credit(json!({"post": true}));
    assert_eq!(texts(&last, &["net", "tax", "total"]), ["19.9700", "3.9800", "23.9500"]);
    assert_eq!(
        texts(&last["lines"][0], &["net", "tax", "gross"]),
        ["19.9700", "3.9800", "23.9500"]
    );
    assert_eq!(texts(&last["taxes"][0], &["base", "amount"]), ["19.9700", "3.9800"]);
    assert_eq!(state(&world.now(&invoice)), ["cancelled", "0.0000", "37.1700"]);
}
