//! Entries are written, posted, kept and taken back.

mod common;

use common::{account, action, books, credit, debit, draft, path, posted, rate};
use eerp_accounting::MODULE;
use eerp_accounting_api::{NewEntry, NewLine, POST_ENTRY, Purpose, REVERSE_ENTRY, Reversal};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

fn sale(host: &Host) -> Vec<Json> {
    vec![debit(host, "121000", "120"), credit(host, "410000", "100"), credit(host, "221000", "20")]
}

fn fault(refusal: &Json) -> (String, String) {
    let fault = &refusal["errors"][0];
    let text = |key: &str| fault[key].as_str().unwrap_or_default().to_owned();
    (text("pointer"), text("code"))
}

fn line(purpose: Purpose, debit: &str, credit: &str) -> NewLine {
    let amount = |text: &str| text.parse().expect("an amount");
    let (debit, credit) = (amount(debit), amount(credit));
    NewLine { purpose: Some(purpose), debit, credit, ..NewLine::default() }
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, include_str!("../module.json"));
}

#[test]
fn a_newcomer_posts_an_entry_with_nothing_but_lines() {
    let (host, _core) = books();
    let lines = sale(&host);
    let entry = host.post("/entries", json!({"lines": lines})).created();
    assert_eq!((&entry["state"], &entry["number"]), (&json!("draft"), &Json::Null));
    assert_eq!((&entry["date"], &entry["currency"]), (&json!("2026-01-01"), &json!("USD")));
    let posted = host.post(&action(&entry, "entries", "post"), Json::Null).ok();
    assert_eq!(posted["number"], "GEN/2026/00001");
    assert_eq!(posted["lines"].as_array().map(Vec::len), Some(3));
    assert_eq!(posted["lines"][0]["residual"], "120.0000");
    assert_eq!(posted["lines"][1]["residual"], Json::Null);
    let read = host.get(&path(&entry, "entries")).ok();
    assert_eq!(read["state"], "posted");
}

#[test]
fn numbers_count_by_journal_and_year() {
    let (host, _core) = books();
    let number = |date: &str| posted(&host, date, sale(&host))["number"].clone();
    assert_eq!(number("2026-03-01"), "GEN/2026/00001");
    assert_eq!(number("2026-02-01"), "GEN/2026/00002");
    assert_eq!(number("2027-01-01"), "GEN/2027/00001");
}

#[test]
fn what_does_not_balance_is_refused_and_the_difference_named() {
    let (host, _core) = books();
    let lines = vec![debit(&host, "121000", "120"), credit(&host, "410000", "100.50")];
    let entry = draft(&host, "2026-01-01", lines);
    let refusal = host.post(&action(&entry, "entries", "post"), Json::Null).with_status(422);
    assert_eq!(fault(&refusal), ("/lines".into(), "unbalanced".into()));
    assert!(refusal["message"].as_str().is_some_and(|text| text.contains("19.50 USD")));
}

#[test]
fn lines_are_blamed_when_they_are_written() {
    let (host, _core) = books();
    let bad = |line: Json| {
        let body = json!({"lines": [debit(&host, "110000", "1"), line]});
        fault(&host.post("/entries", body).with_status(422))
    };
    let account = account(&host, "410000");
    let line = |fields: Json| {
        let mut line = json!({"account_id": account});
        for (name, value) in fields.as_object().expect("fields") {
            line[name] = value.clone();
        }
        bad(line)
    };
    assert_eq!(line(json!({})), ("/lines/1/debit".into(), "zero".into()));
    let both = line(json!({"debit": "1", "credit": "1"}));
    assert_eq!(both, ("/lines/1/credit".into(), "both_sides".into()));
    let precise = line(json!({"credit": "1.005"}));
    assert_eq!(precise, ("/lines/1/credit".into(), "too_precise".into()));
    let alone = line(json!({"credit": "1", "currency": "EUR"}));
    assert_eq!(alone, ("/lines/1/amount_currency".into(), "required".into()));
    let yen = json!({"credit": "1", "currency": "JPY", "amount_currency": "-150.5"});
    assert_eq!(line(yen), ("/lines/1/amount_currency".into(), "too_precise".into()));
}

#[test]
fn accounts_say_what_they_take() {
    let (host, _core) = books();
    let refused = |account: &Json, body: Json| {
        host.patch(&path(account, "accounts"), 1, body).ok();
        let entry = draft(&host, "2026-01-01", sale(&host));
        let refusal = host.post(&action(&entry, "entries", "post"), Json::Null).with_status(422);
        fault(&refusal)
    };
    let euros = host.get("/accounts?code=eq.410000").ok()["items"][0].clone();
    let only = refused(&euros, json!({"currency": "EUR"}));
    assert_eq!(only, ("/lines/1/account_id".into(), "wrong_currency".into()));
    let off = host.get("/accounts?code=eq.121000").ok()["items"][0].clone();
    let inactive = refused(&off, json!({"active": false}));
    assert_eq!(inactive, ("/lines/0/account_id".into(), "inactive".into()));
}

#[test]
fn what_was_posted_stays() {
    let (host, _core) = books();
    let entry = posted(&host, "2026-01-01", sale(&host));
    let at = path(&entry, "entries");
    let version = entry["version"].as_i64().expect("a version");
    for body in [json!({"narration": "x"}), json!({"lines": []}), json!({"date": "2026-02-01"})] {
        assert_eq!(host.patch(&at, version, body).with_status(409)["code"], "posted");
    }
    assert_eq!(host.delete(&at).with_status(409)["code"], "posted");
    let purge = format!("{at}?purge=true&reason=x");
    assert_eq!(host.delete(&purge).with_status(409)["code"], "posted");
    let again = host.post(&format!("{at}/post"), Json::Null).with_status(409);
    assert_eq!(again["code"], "posted");
}

#[test]
fn code_does_not_change_what_was_posted_either() {
    use eerp_accounting::Line;
    let (host, _core) = books();
    posted(&host, "2026-01-01", sale(&host));
    let change = |change: fn(&mut Line)| {
        host.run(|| {
            let mut line = db::find::<Line>().first()?.expect("a line");
            change(&mut line);
            db::update(&line)
        })
    };
    assert!(change(|line| line.label = Some("x".into())).is_err_and(|error| error.is("posted")));
    assert!(change(|line| line.residual = Some(Decimal::ONE)).is_ok());
    let gone = host.run(|| {
        let line = db::find::<Line>().first()?.expect("a line");
        db::delete(line.id, None)
    });
    assert!(gone.is_err_and(|error| error.is("posted")));
}

#[test]
fn a_draft_changes_and_goes() {
    let (host, _core) = books();
    let entry = draft(&host, "2026-01-01", sale(&host));
    let at = path(&entry, "entries");
    let lines = [debit(&host, "110000", "5"), credit(&host, "410000", "5")];
    let changed = host.patch(&at, 1, json!({"lines": lines})).ok();
    assert_eq!(changed["lines"].as_array().map(Vec::len), Some(2));
    host.delete(&at).with_status(204);
    host.get(&at).with_status(404);
}

#[test]
fn an_entry_is_taken_back_once() {
    let (host, _core) = books();
    let entry = posted(&host, "2026-01-01", sale(&host));
    let reverse = action(&entry, "entries", "reverse");
    let body = json!({"date": "2026-02-01", "reason": "Wrong customer"});
    let taken = host.post(&reverse, body).created();
    assert_eq!((&taken["state"], &taken["date"]), (&json!("posted"), &json!("2026-02-01")));
    assert_eq!(taken["reversed_entry_id"], entry["id"]);
    assert_eq!(taken["lines"][0]["credit"], "120.0000");
    assert_eq!(taken["reference"], entry["number"]);
    let original = host.get(&path(&entry, "entries")).ok();
    assert_eq!(original["reversed_by_id"], taken["id"]);
    let again = host.post(&reverse, json!({})).with_status(409);
    assert_eq!(again["code"], "already_reversed");
}

#[test]
fn a_draft_is_not_taken_back() {
    let (host, _core) = books();
    let entry = draft(&host, "2026-01-01", sale(&host));
    let refusal = host.post(&action(&entry, "entries", "reverse"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "not_posted");
}

#[test]
fn other_modules_post_by_purpose() {
    let (host, _core) = books();
    let entry = NewEntry {
        reference: Some("INV/1".into()),
        source_model: Some("invoicing.invoices".into()),
        lines: vec![line(Purpose::Receivable, "12", "0"), line(Purpose::Sales, "0", "12")],
        ..NewEntry::default()
    };
    let told = host.call(POST_ENTRY, &entry).expect("it is posted");
    assert_eq!(told.number, "GEN/2026/00001");
    let stored = host.get(&format!("/entries/{}", told.entry_id)).ok();
    assert_eq!(stored["state"], "posted");
    assert_eq!(stored["lines"][0]["account_id"], account(&host, "121000"));
    let reversal = Reversal { entry_id: told.entry_id, ..Reversal::default() };
    let back = host.call(REVERSE_ENTRY, &reversal).expect("it is taken back");
    assert_eq!(back.lines[0].credit, "12".parse().expect("an amount"));
    let refused = host.call(REVERSE_ENTRY, &reversal).expect_err("it is refused");
    assert!(refused.is("already_reversed"));
}

#[test]
fn a_document_in_another_currency_is_converted_and_balances() {
    let (host, core) = books();
    rate(&core, "EUR", "USD", "1.1111");
    let lines = ["0.33", "0.33", "0.34"].map(|amount| line(Purpose::Sales, "0", amount));
    let entry = NewEntry {
        currency: Some("EUR".into()),
        lines: [vec![line(Purpose::Receivable, "1.00", "0")], lines.into()].concat(),
        ..NewEntry::default()
    };
    let told = host.call(POST_ENTRY, &entry).expect("it is posted");
    let amounts: Vec<String> =
        told.lines.iter().map(|line| (line.debit - line.credit).normalize().to_string()).collect();
    assert_eq!(amounts, ["1.12", "-0.37", "-0.37", "-0.38"]);
    let stored = host.get(&format!("/entries/{}", told.entry_id)).ok();
    assert_eq!(stored["lines"][0]["currency"], "EUR");
    assert_eq!(stored["lines"][0]["amount_currency"], "1.0000");
    assert_eq!(stored["lines"][0]["residual_currency"], "1.0000");
    assert_eq!(stored["lines"][0]["residual"], "1.1200");
}

#[test]
fn what_no_account_or_rate_is_there_for_is_refused() {
    let (host, _core) = books();
    let lines = || vec![line(Purpose::Receivable, "1", "0"), line(Purpose::Sales, "0", "1")];
    let euros = NewEntry { currency: Some("EUR".into()), lines: lines(), ..NewEntry::default() };
    assert!(host.call(POST_ENTRY, &euros).expect_err("no rate").is("no_rate"));
    let sales = host.get("/accounts?code=eq.410000").ok()["items"][0].clone();
    host.patch(&path(&sales, "accounts"), 1, json!({"active": false})).ok();
    let refused = host.call(POST_ENTRY, &NewEntry { lines: lines(), ..NewEntry::default() });
    assert!(refused.expect_err("no account").is("account_missing"));
}

#[test]
fn accounts_keep_what_their_lines_need() {
    let (host, _core) = books();
    posted(&host, "2026-01-01", sale(&host));
    let sales = host.get("/accounts?code=eq.410000").ok()["items"][0].clone();
    let at = path(&sales, "accounts");
    assert_eq!(host.delete(&at).with_status(409)["code"], "in_use");
    let refusal = host.patch(&at, 1, json!({"type": "expense"})).with_status(422);
    assert_eq!(fault(&refusal), ("/type".into(), "in_use".into()));
    host.patch(&at, 1, json!({"name": "Turnover"})).ok();
    let unused = host.get("/accounts?code=eq.420000").ok()["items"][0].clone();
    host.delete(&path(&unused, "accounts")).with_status(204);
}

#[test]
fn accounts_stand_under_each_other_in_no_circle_and_codes_are_unique() {
    let (host, _core) = books();
    let assets = host.get("/accounts?code=eq.100000").ok()["items"][0].clone();
    let circle = json!({"parent_id": account(&host, "110000")});
    let refusal = host.patch(&path(&assets, "accounts"), 1, circle).with_status(422);
    assert_eq!(fault(&refusal), ("/parent_id".into(), "circular".into()));
    let taken = json!({"code": "110000", "name": "Bank", "type": "asset"});
    let refusal = host.post("/accounts", taken).with_status(422);
    assert_eq!(fault(&refusal), ("/code".into(), "taken".into()));
    let receivable =
        json!({"code": "121100", "name": "R", "type": "asset", "purpose": "receivable"});
    assert_eq!(host.post("/accounts", receivable).created()["reconcile"], true);
}

#[test]
fn a_chart_comes_as_a_file_and_may_come_again() {
    let (host, _core) = books();
    let csv = "code,name,type,purpose,parent,currency\n\
        1010,\"Till, front\",asset,,1000,\n\
        1000,Own assets,asset,,100000,\n\
        110000,Bank of the house,asset,bank,1000,EUR\n";
    let import = |csv: &str| host.post("/accounts/import", json!({"csv": csv}));
    let told = import(csv).ok();
    assert_eq!((&told["created"], &told["updated"]), (&json!(2), &json!(1)));
    let told = import(csv).ok();
    assert_eq!((&told["created"], &told["unchanged"]), (&json!(0), &json!(3)));
    let bank = host.get("/accounts?code=eq.110000").ok()["items"][0].clone();
    assert_eq!((&bank["name"], &bank["currency"]), (&json!("Bank of the house"), &json!("EUR")));
    assert_eq!(bank["parent_id"], account(&host, "1000"));
    assert_eq!(host.get("/accounts?code=eq.1010").ok()["items"][0]["parent_id"], bank["parent_id"]);
    // Two change places.
    let swapped = "code,name,type,parent\n1000,Own assets,asset,1010\n1010,Till,asset,100000\n";
    assert_eq!(import(swapped).ok()["updated"], 2);
}

#[test]
fn a_chart_with_faults_changes_nothing() {
    let (host, _core) = books();
    posted(&host, "2026-01-01", sale(&host));
    let csv = "code,name,type\n1000,Own,asset\n410000,Sales,expense\n121000,Owed,liability\n";
    let refusal = host.post("/accounts/import", json!({"csv": csv})).with_status(422);
    assert_eq!(fault(&refusal), ("/csv/3/type".into(), "in_use".into()));
    assert_eq!(refusal["errors"].as_array().map(Vec::len), Some(2));
    assert_eq!(host.get("/accounts?code=eq.1000").ok()["items"], json!([]));
}
