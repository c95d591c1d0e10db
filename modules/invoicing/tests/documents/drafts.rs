//! A draft completes what is not said of it.

use eerp_sdk::prelude::*;

use crate::world::{CUSTOMER, TEA, VAT, World, path, texts};

#[test]
fn the_least_that_is_said_makes_an_invoice() {
    let world = World::new();
    let draft =
        world.draft(json!([{"description": "Work", "quantity": "3", "unit_price": "19.99"}]));
    assert_eq!(
        texts(&draft, &["kind", "state", "currency", "date", "due_on", "net", "tax", "total"]),
        ["invoice", "draft", "USD", "2026-01-01", "2026-01-01", "59.9700", "0.0000", "59.9700"]
    );
    assert_eq!(texts(&draft, &["residual", "number", "entry_id"]), ["0.0000", "null", "null"]);
    assert_eq!(draft["lines"][0]["position"], 1);
    assert_eq!(draft["instalments"], json!([{"due_on": "2026-01-01", "amount": "59.9700"}]));
}

#[test]
fn lines_are_rounded_one_by_one_after_their_discount() {
    let world = World::new();
    let line = json!({"description": "Work", "unit_price": "0.335", "discount": "0"});
    let off =
        json!({"description": "More", "quantity": "-3", "unit_price": "10", "discount": "15"});
    let draft = world.draft(json!([line, line, off]));
    let nets: Vec<_> = (0..3).map(|place| draft["lines"][place]["net"].as_str()).collect();
    assert_eq!(nets, [Some("0.3400"), Some("0.3400"), Some("-25.5000")]);
    assert_eq!(draft["total"], "-24.8200");
}

#[test]
fn taxes_are_those_that_accounting_computes() {
    let world = World::new();
    let draft = world.draft(json!([
        {"description": "Tea", "quantity": "3", "unit_price": "1.99", "tax_ids": [VAT]},
        {"description": "Stamps", "unit_price": "5"},
    ]));
    assert_eq!(texts(&draft, &["net", "tax", "total"]), ["10.9700", "1.1900", "12.1600"]);
    assert_eq!(texts(&draft["lines"][0], &["net", "tax", "gross"]), ["5.9700", "1.1900", "7.1600"]);
    assert_eq!(draft["taxes"][0]["name"], "VAT 20%");
}

#[test]
fn an_item_says_what_a_line_leaves_out() {
    let world = World::new();
    let line = world.draft(json!([{"item_id": TEA, "quantity": "2"}]))["lines"][0].clone();
    assert_eq!(
        texts(&line, &["description", "unit", "unit_price", "net"]),
        ["TEA Tea", "kg", "12.500000", "25.0000"]
    );
    assert_eq!(line["stocked"], true);
    let said = json!([{"item_id": TEA, "description": "Ours", "unit_price": "1", "unit": "t"}]);
    let line = world.draft(said)["lines"][0].clone();
    assert_eq!(texts(&line, &["description", "unit", "unit_price"]), ["Ours", "t", "1.000000"]);
}

#[test]
fn a_bill_does_not_take_the_price_at_which_it_is_sold() {
    let world = World::new();
    let bill = json!({"company_id": CUSTOMER, "kind": "bill", "lines": [{"item_id": TEA}]});
    assert_eq!(world.made(bill)["total"], "0.0000");
}

#[test]
fn without_inventory_a_line_says_itself_what_it_is() {
    let world = World::new();
    world.host.absent("inventory");
    let line = world.draft(json!([{"item_id": TEA, "description": "Tea"}]))["lines"][0].clone();
    assert_eq!((&line["item_id"], &line["stocked"]), (&json!(TEA), &json!(false)));
    let body = json!({"company_id": CUSTOMER, "lines": [{"description": "A"}, {"item_id": TEA}]});
    let refused = world.host.post("/invoices", body).with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/lines/1/description");
}

#[test]
fn a_line_is_blamed_by_its_place() {
    let world = World::new();
    let cases = [
        (json!({"description": "A", "quantity": "10000000000"}), "/lines/1/quantity", "maximum"),
        (json!({"description": "A", "discount": "100.0001"}), "/lines/1/discount", "range"),
        (
            json!({"description": "A", "quantity": "9999999999", "unit_price": "99999999"}),
            "/lines/1/unit_price",
            "too_large",
        ),
        (json!({"item_id": CUSTOMER}), "/lines/1/item_id", "unknown_item"),
    ];
    for (line, pointer, code) in cases {
        let body = json!({"company_id": CUSTOMER, "lines": [{"description": "Fine"}, line]});
        let refused = world.host.post("/invoices", body).with_status(422);
        let fault = &refused["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!(code)));
    }
}

#[test]
fn a_currency_rounds_as_it_does() {
    let world = World::new();
    let of = |currency: &str| {
        json!({
            "company_id": CUSTOMER, "currency": currency,
            "lines": [{"description": "Work", "unit_price": "10.5"}],
        })
    };
    assert_eq!(world.made(of("JPY"))["total"], "11.0000");
    assert_eq!(world.made(of("EUR"))["total"], "10.5000");
    let refused = world.host.post("/invoices", of("QQQ")).with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/currency");
}

#[test]
fn terms_make_instalments_that_add_up() {
    let world = World::new();
    let term = world.host.get("/terms?name=eq.Half at once, half in 30 days").ok();
    let draft = world.made(json!({
        "company_id": CUSTOMER, "term_id": term["items"][0]["id"],
        "lines": [{"description": "Work", "unit_price": "99.99"}],
    }));
    assert_eq!(draft["due_on"], "2026-01-31");
    assert_eq!(
        draft["instalments"],
        json!([
            {"due_on": "2026-01-01", "amount": "50.0000"},
            {"due_on": "2026-01-31", "amount": "49.9900"},
        ])
    );
    let moved = world.host.patch(&path(&draft, ""), 1, json!({"date": "2026-02-01"})).ok();
    assert_eq!(moved["due_on"], "2026-03-03");
    let said = world.host.patch(&path(&draft, ""), 2, json!({"due_on": "2026-02-10"})).ok();
    assert_eq!(said["instalments"], json!([{"due_on": "2026-02-10", "amount": "99.9900"}]));
    let early = json!({"due_on": "2026-01-31"});
    let refused = world.host.patch(&path(&draft, ""), 3, early).with_status(422);
    assert_eq!(refused["errors"][0]["code"], "before_date");
}

#[test]
fn changing_lines_changes_the_totals() {
    let world = World::new();
    let draft = world.draft(json!([
        {"description": "One", "unit_price": "1"}, {"description": "Two", "unit_price": "2"},
    ]));
    let lines = json!([
        {"id": draft["lines"][1]["id"], "quantity": "10"}, {"description": "New", "unit_price": "5"},
    ]);
    let changed = world.host.patch(&path(&draft, ""), 1, json!({"lines": lines})).ok();
    assert_eq!((&changed["total"], &changed["version"]), (&json!("25.0000"), &json!(2)));
    assert_eq!(changed["lines"][0]["description"], "Two");
    let kind = json!({"kind": "bill"});
    let refused = world.host.patch(&path(&draft, ""), 2, kind).with_status(422);
    assert_eq!(refused["errors"][0]["code"], "kind_stays");
}

#[test]
fn a_supplier_gives_a_number_once() {
    let world = World::new();
    let bill = |kind: &str, reference: &str| {
        json!({
            "company_id": CUSTOMER, "kind": kind, "reference": reference,
            "lines": [{"description": "Paper", "unit_price": "5"}],
        })
    };
    let first = world.made(bill("bill", "R-1"));
    let refused = world.host.post("/invoices", bill("bill", " R-1 ")).with_status(409);
    assert_eq!(refused["code"], "duplicate_reference");
    world.made(bill("bill", "R-2"));
    world.made(bill("bill_credit", "R-1"));
    world.made(bill("invoice", "R-1"));
    world.made(bill("invoice", "R-1"));
    let same = json!({"reference": "R-1", "remarks": "Again"});
    world.host.patch(&path(&first, ""), 1, same).ok();
    world.host.delete(&path(&first, "")).with_status(204);
    world.made(bill("bill", "R-1"));
}

#[test]
fn a_duplicate_is_a_new_draft_of_today() {
    let world = World::new();
    let original = world.posted("bill", "10");
    let copy = world.host.post(&path(&original, "/duplicate"), Json::Null).created();
    assert_eq!(
        texts(&copy, &["kind", "state", "number", "entry_id", "total"]),
        ["bill", "draft", "null", "null", "10.0000"]
    );
    assert_eq!((&copy["post"], &copy["supplier_number"]), (&json!(false), &Json::Null));
    assert_ne!(copy["id"], original["id"]);
}
