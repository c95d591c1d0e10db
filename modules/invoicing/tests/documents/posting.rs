//! Posting gives a draft its number and its entry, all or nothing.

use eerp_accounting_api::{JournalKind, Purpose};
use eerp_sdk::prelude::*;

use crate::world::{CUSTOMER, TEA, VAT, World, path, texts};

fn line(purpose: Purpose, debit: &str, credit: &str) -> (Option<Purpose>, String, String) {
    (Some(purpose), debit.into(), credit.into())
}

#[test]
fn an_invoice_gets_its_number_and_its_entry() {
    let world = World::new();
    let draft = world.draft(json!([
        {"description": "Tea", "quantity": "2", "unit_price": "10", "tax_ids": [VAT]},
        {"description": "Cups", "unit_price": "30"},
    ]));
    let posted = world.host.post(&path(&draft, "/post"), Json::Null).ok();
    assert_eq!(
        texts(
            &posted,
            &["state", "number", "total", "residual", "party_name", "book_net", "book_tax"]
        ),
        ["posted", "INV/2026/00001", "54.0000", "54.0000", "Acme", "50.0000", "4.0000"]
    );
    assert_eq!(posted["party"]["address"], json!(["1 Main Street"]));
    assert_eq!(posted["issuer"]["name"], "Tea House");
    assert_eq!((&posted["post"], &posted["lines"][1]["position"]), (&json!(true), &json!(2)));
    assert_eq!(
        world.booked(0),
        [
            line(Purpose::Receivable, "54", "0"),
            line(Purpose::Sales, "0", "50"),
            line(Purpose::TaxCollected, "0", "4"),
        ]
    );
    let ledger = world.ledger.borrow();
    let entry = &ledger.entries[0];
    assert_eq!(entry.journal_kind, Some(JournalKind::Sales));
    assert_eq!(entry.reference.as_deref(), Some("INV/2026/00001"));
    assert_eq!(entry.source_model.as_deref(), Some("invoicing.invoices"));
    assert_eq!(entry.source_id.map(|id| id.to_string()).as_deref(), draft["id"].as_str());
    assert_eq!(entry.lines[0].party.as_deref(), Some("Acme"));
    assert_eq!(world.topics(), ["invoicing.invoices.posted"]);
}

#[test]
fn a_program_makes_and_posts_at_once() {
    let world = World::new();
    let posted = world.posted("invoice", "12.50");
    assert_eq!(texts(&posted, &["state", "number"]), ["posted", "INV/2026/00001"]);
    let draft = world.draft(json!([{"description": "Work", "unit_price": "1"}]));
    let posted = world.host.patch(&path(&draft, ""), 1, json!({"post": true})).ok();
    assert_eq!(posted["number"], "INV/2026/00002");
}

#[test]
fn each_kind_stands_on_its_side_and_has_its_numbers() {
    let world = World::new();
    let cases = [
        (
            "credit_note",
            "CN/2026/00001",
            line(Purpose::Receivable, "0", "7"),
            line(Purpose::Sales, "7", "0"),
        ),
        (
            "bill",
            "BILL/2026/00001",
            line(Purpose::Payable, "0", "7"),
            line(Purpose::Purchases, "7", "0"),
        ),
        (
            "bill_credit",
            "BCN/2026/00001",
            line(Purpose::Payable, "7", "0"),
            line(Purpose::Purchases, "0", "7"),
        ),
    ];
    for (place, (kind, number, owed, booked)) in cases.into_iter().enumerate() {
        let posted = world.posted(kind, "7");
        assert_eq!(
            texts(&posted, &["number", "residual", "book_net"]),
            [number, "7.0000", "7.0000"]
        );
        assert_eq!(world.booked(place), [owed, booked]);
    }
}

#[test]
fn goods_on_a_bill_settle_what_was_received() {
    let world = World::new();
    world.made(json!({
        "company_id": CUSTOMER, "kind": "bill", "post": true,
        "lines": [
            {"item_id": TEA, "unit_price": "3"}, {"description": "Freight", "unit_price": "2"},
            {"item_id": TEA, "unit_price": "4", "tax_ids": [VAT]},
        ],
    }));
    assert_eq!(
        world.booked(0),
        [
            line(Purpose::Payable, "0", "9.8"),
            line(Purpose::GoodsReceived, "7", "0"),
            line(Purpose::Purchases, "2", "0"),
            line(Purpose::TaxPaid, "0.8", "0"),
        ]
    );
}

#[test]
fn each_instalment_is_owed_by_its_day() {
    let world = World::new();
    let term = world.host.get("/terms?name=eq.Half at once, half in 30 days").ok();
    world.made(json!({
        "company_id": CUSTOMER, "term_id": term["items"][0]["id"], "post": true,
        "lines": [{"description": "Work", "unit_price": "99.99"}],
    }));
    let ledger = world.ledger.borrow();
    let due: Vec<_> = ledger.entries[0].lines.iter().map(|line| line.due_on).collect();
    assert_eq!(due, [Date::new(2026, 1, 1), Date::new(2026, 1, 31), None]);
}

#[test]
fn what_comes_back_may_outweigh_an_account_and_not_the_document() {
    let world = World::new();
    let body = |back: &str| {
        json!({
            "company_id": CUSTOMER, "post": true,
            "lines": [
                {"description": "Tea", "unit_price": "10", "tax_ids": [VAT]},
                {"description": "Empties", "quantity": "-1", "unit_price": back},
            ],
        })
    };
    world.made(body("11"));
    let refused = world.host.post("/invoices", body("13")).with_status(409);
    assert_eq!(refused["code"], "negative_total");
    assert_eq!(
        world.booked(0),
        [
            line(Purpose::Receivable, "1", "0"),
            line(Purpose::Sales, "1", "0"),
            line(Purpose::TaxCollected, "0", "2"),
        ]
    );
}

#[test]
fn a_document_of_nothing_is_paid_and_in_no_ledger() {
    let world = World::new();
    let posted = world.posted("invoice", "0");
    assert_eq!(
        texts(&posted, &["state", "number", "entry_id"]),
        ["paid", "INV/2026/00001", "null"]
    );
    assert!(world.ledger.borrow().entries.is_empty());
    assert_eq!(world.topics(), ["invoicing.invoices.posted", "invoicing.invoices.paid"]);
}

#[test]
fn what_the_ledger_refuses_is_refused_and_leaves_the_draft() {
    let world = World::new();
    let draft = world.draft(json!([{"description": "Work", "unit_price": "5"}]));
    let refusal = Error::conflict("period_locked", "The period is locked.");
    world.ledger.borrow_mut().refusal = Some(refusal);
    let refused = world.host.post(&path(&draft, "/post"), Json::Null).with_status(409);
    assert_eq!(refused["code"], "period_locked");
    let after = world.now(&draft);
    assert_eq!(
        (texts(&after, &["state", "number"]), &after["version"]),
        (vec!["draft", "null"], &json!(1))
    );
    let body = json!({
        "company_id": CUSTOMER, "post": true, "lines": [{"description": "W", "unit_price": "5"}],
    });
    world.host.post("/invoices", body).with_status(409);
    assert_eq!(world.host.get("/invoices").ok()["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.topics(), Vec::<String>::new());
}

#[test]
fn what_is_posted_stays_as_it_is_save_for_its_notes() {
    let world = World::new();
    let posted = world.posted("invoice", "5");
    let (at, version) = (path(&posted, ""), posted["version"].as_i64().expect("a version"));
    let line = json!([{"id": posted["lines"][0]["id"], "quantity": "2"}]);
    for change in [
        json!({"reference": "X"}),
        json!({"post": false}),
        json!({"lines": []}),
        json!({"lines": line}),
        json!({"remarks": "X", "notes": "Y"}),
    ] {
        let refused = world.host.patch(&at, version, change).with_status(409);
        assert_eq!(refused["code"], "posted");
    }
    let noted = world.host.patch(&at, version, json!({"notes": "Called them."})).ok();
    assert_eq!(noted["notes"], "Called them.");
    assert_eq!(world.host.delete(&at).with_status(409)["code"], "posted");
    let purge = format!("{at}?purge=true&reason=why");
    assert_eq!(world.host.delete(&purge).with_status(409)["code"], "posted");
    assert_eq!(
        world.host.post(&path(&posted, "/post"), Json::Null).with_status(409)["code"],
        "posted"
    );
}

#[test]
fn a_document_without_lines_is_not_posted() {
    let world = World::new();
    let draft = world.draft(json!([]));
    let refused = world.host.post(&path(&draft, "/post"), Json::Null).with_status(409);
    assert_eq!(refused["code"], "no_lines");
}

#[test]
fn an_account_that_may_not_be_is_blamed_at_its_line() {
    let world = World::new();
    let refusal = Error::invalid("lines/2/account_id", "inactive", "The account is not in use.");
    world.ledger.borrow_mut().refusal = Some(refusal);
    let refused = world.host.post(
        "/invoices",
        json!({
            "company_id": CUSTOMER, "post": true,
            "lines": [
                {"description": "A", "unit_price": "1"}, {"description": "B", "unit_price": "1"},
                {"description": "C", "unit_price": "1", "account_id": TEA},
            ],
        }),
    );
    let fault = refused.with_status(422)["errors"][0].clone();
    assert_eq!(texts(&fault, &["pointer", "code"]), ["/lines/2/account_id", "inactive"]);
}

#[test]
fn what_is_taken_back_lessens_what_is_taxed() {
    let world = World::new();
    let line = json!({"description": "Tea", "unit_price": "10", "tax_ids": [VAT]});
    for kind in ["invoice", "credit_note", "bill", "bill_credit"] {
        let body = json!({"company_id": CUSTOMER, "kind": kind, "lines": [line], "post": true});
        world.made(body);
    }
    let ledger = world.ledger.borrow();
    let bases: Vec<_> = ledger.entries.iter().filter_map(|entry| entry.lines[2].tax_base).collect();
    assert_eq!(bases, [10, -10, 10, -10].map(Decimal::from));
}
