//! Statements of banks: taken in once, matched, booked and taken back.

mod common;

use common::{account, action, books, credit, posted};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

const ANN: &str = "00000000-0000-7000-8000-00000000000a";

fn decimal(value: &Json) -> Decimal {
    value.as_str().and_then(|text| text.parse().ok()).expect("an amount")
}

fn invoice(host: &Host, date: &str, party: &str, amount: &str) -> Json {
    let owed = json!({
        "account_id": account(host, "121000"), "debit": amount, "party_id": ANN, "party": party,
    });
    posted(host, date, vec![owed, credit(host, "410000", amount)])
}

fn import(host: &Host, rows: &str) -> Json {
    let content = format!("date,amount,description,reference,party\n{rows}");
    host.post("/statements/import", json!({"content": content})).ok()
}

fn matched(host: &Host, imported: &Json) -> Json {
    let statement = json!({"id": imported["statement_ids"][0]});
    host.post(&action(&statement, "statements", "match"), Json::Null).ok()
}

fn lines(host: &Host) -> Vec<Json> {
    let lines = host.get("/statement-lines?order=position.asc&limit=100").ok();
    lines["items"].as_array().cloned().expect("a list")
}

fn open(host: &Host, entry: &Json) -> Decimal {
    let line = host.get(&common::path(&entry["lines"][0], "lines")).ok();
    decimal(&line["residual"])
}

#[test]
fn the_same_file_again_changes_nothing() {
    let (host, _) = books();
    let rows = "2026-01-31,5.00,Coffee,,\n2026-01-31,5.00,Coffee,,\n2026-01-30,-1.50,Fees,,\n";
    let first = import(&host, rows);
    assert_eq!((&first["imported"], &first["skipped"]), (&json!(3), &json!(0)));
    let again = import(&host, rows);
    assert_eq!((&again["imported"], &again["skipped"]), (&json!(0), &json!(3)));
    assert_eq!(again["statement_ids"], json!([]));
    let longer = import(&host, &format!("{rows}2026-02-01,7,Tea,,\n"));
    assert_eq!((&longer["imported"], &longer["skipped"]), (&json!(1), &json!(3)));
    assert_eq!(host.get("/statements").ok()["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_file_with_faults_is_not_taken_in_at_all() {
    let (host, _) = books();
    let content = "date,amount\n2026-01-31,5.00\n2026-02-30,x\n";
    let refusal = host.post("/statements/import", json!({"content": content})).with_status(422);
    let codes: Vec<&Json> =
        refusal["errors"].as_array().into_iter().flatten().map(|fault| &fault["code"]).collect();
    assert_eq!(codes, ["date", "amount"]);
    let balances = json!({"content": "date,amount\n2026-01-31,5.00\n", "opening_balance": "1",
                          "closing_balance": "7"});
    let refusal = host.post("/statements/import", balances).with_status(422);
    assert_eq!(refusal["errors"][0]["code"], "balance");
    let general = host.get("/journals?code=eq.GEN").ok()["items"][0]["id"].clone();
    let body = json!({"content": "date,amount\n2026-01-31,5.00\n", "journal_id": general});
    let refusal = host.post("/statements/import", body).with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/journal_id");
    assert!(lines(&host).is_empty());
}

#[test]
fn what_is_certain_is_booked_and_what_is_not_is_proposed() {
    let (host, _) = books();
    let named = invoice(&host, "2026-01-05", "Smith", "100");
    let known = invoice(&host, "2026-01-06", "Jones Ltd.", "70");
    let other = invoice(&host, "2026-01-07", "Miller", "30");
    let rows = format!(
        "2026-01-20,100.00,Thanks,{},\n2026-01-20,70.00,,,JONES LTD\n2026-01-21,30.00,,,X\n2026-01-22,-4.50,Fees,,\n",
        named["number"].as_str().expect("a number")
    );
    let imported = import(&host, &rows);
    let found = matched(&host, &imported);
    assert_eq!(found["booked"].as_array().map(Vec::len), Some(2));
    assert_eq!(found["proposed"][0]["line_ids"], json!([other["lines"][0]["id"]]));
    assert_eq!(found["more"], false);
    assert_eq!(
        [&named, &known, &other].map(|entry| open(&host, entry)),
        [0, 0, 30].map(Decimal::from)
    );
    let again = matched(&host, &imported);
    assert_eq!(again["booked"], json!([]));
}

#[test]
fn a_line_is_booked_by_hand_and_taken_back() {
    let (host, _) = books();
    let entry = invoice(&host, "2026-01-07", "Miller", "30");
    import(&host, "2026-01-21,30.00,,,X\n2026-01-22,-4.50,Fees,,\n");
    let [pays, fees] = &lines(&host)[..] else { panic!("two lines") };
    let candidates = host.get(&action(pays, "statement-lines", "candidates")).ok();
    assert_eq!(candidates["items"][0]["line_id"], entry["lines"][0]["id"]);
    let book = |line: &Json, body: Json| host.post(&action(line, "statement-lines", "book"), body);
    let ids = json!({"line_ids": [entry["lines"][0]["id"]]});
    let booked = book(pays, ids.clone()).ok();
    assert_eq!((&booked["state"], &booked["booked_as"]), (&json!("booked"), &json!("payment")));
    assert_eq!(book(pays, ids).with_status(409)["code"], "booked");
    let expense = json!({"account_id": account(&host, "680000")});
    assert_eq!(book(fees, expense).ok()["booked_as"], "account");
    let payment = json!({"id": booked["payment_id"]});
    let refusal = host.post(&action(&payment, "payments", "cancel"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "on_statement");
    let statement = json!({"id": pays["statement_id"]});
    let path = common::path(&statement, "statements");
    assert_eq!(host.delete(&path).with_status(409)["code"], "booked");
    for line in [pays, fees] {
        let undone = host.post(&action(line, "statement-lines", "undo"), Json::Null).ok();
        assert_eq!((&undone["state"], &undone["entry_id"]), (&json!("open"), &Json::Null));
    }
    assert_eq!(open(&host, &entry), 30.into());
    host.delete(&path).ok();
    let again = import(&host, "2026-01-21,30.00,,,X\n2026-01-22,-4.50,Fees,,\n");
    assert_eq!(again["imported"], 2);
}

#[test]
fn a_payment_that_is_in_the_books_is_found_there() {
    let (host, _) = books();
    let entry = invoice(&host, "2026-01-07", "Miller", "30");
    let ids = json!([entry["lines"][0]["id"]]);
    let payment =
        json!({"direction": "incoming", "date": "2026-01-20", "amount": "30", "line_ids": ids});
    host.post("/payments", payment).created();
    let imported = import(&host, "2026-01-22,30.00,,,Miller\n2026-01-22,30.00,again,,Miller\n");
    let found = matched(&host, &imported);
    assert_eq!(found["booked"].as_array().map(Vec::len), Some(1));
    let [first, second] = &lines(&host)[..] else { panic!("two lines") };
    assert_eq!(first["booked_as"], "found");
    let body = json!({"bank_line_id": first["line_id"]});
    let refusal = host.post(&action(second, "statement-lines", "book"), body).with_status(422);
    assert_eq!(refusal["errors"][0]["code"], "on_statement");
    for wrong in [
        json!({}),
        json!({"account_id": account(&host, "680000"), "bank_line_id": first["line_id"]}),
    ] {
        let refusal = host.post(&action(second, "statement-lines", "book"), wrong).with_status(422);
        assert_eq!(refusal["errors"][0]["code"], "one_of");
    }
}

#[test]
fn the_books_are_compared_with_the_bank() {
    let (host, _) = books();
    posted(
        &host,
        "2026-01-01",
        vec![common::debit(&host, "110000", "500"), credit(&host, "390000", "500")],
    );
    posted(
        &host,
        "2026-01-30",
        vec![common::debit(&host, "110000", "25"), credit(&host, "410000", "25")],
    );
    let entry = invoice(&host, "2026-01-07", "Miller", "30");
    let number = entry["number"].as_str().expect("a number");
    let content = format!(
        "date,amount,description,reference\n2026-01-21,30.00,,{number}\n2026-01-22,-4.50,Fees,\n"
    );
    let body = json!({"content": content, "opening_balance": "500", "closing_balance": "525.50"});
    let imported = host.post("/statements/import", body).ok();
    matched(&host, &imported);
    let report = host.get("/reports/bank-reconciliation?date=2026-01-31").ok();
    let of = |name: &str| decimal(&report[name]);
    assert_eq!(
        (of("ledger_balance"), of("statement_balance")),
        (555.into(), decimal(&json!("525.5")))
    );
    assert_eq!((of("not_booked"), of("not_on_statement")), (decimal(&json!("-4.5")), 25.into()));
    assert_eq!((of("expected_balance"), of("difference")), (decimal(&json!("525.5")), 0.into()));
    assert_eq!(report["not_booked_lines"], 1);
}
