//! Years have months, which are locked, and are closed and reopened.

mod common;

use common::{account, action, books, credit, debit, draft, path, posted};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn year(host: &Host, name: &str) -> Json {
    host.get(&format!("/fiscal-years?name=eq.{name}")).ok()["items"][0].clone()
}

fn balance(host: &Host, code: &str) -> Decimal {
    let id = account(host, code);
    let lines =
        host.get(&format!("/lines?account_id=eq.{}&limit=1000", id.as_str().expect("an id")));
    let lines = lines.ok()["items"].clone();
    let amount = |line: &Json, side: &str| -> Decimal {
        line[side].as_str().expect("an amount").parse().expect("an amount")
    };
    let lines = lines.as_array().expect("lines").clone();
    lines.iter().map(|line| amount(line, "debit") - amount(line, "credit")).sum()
}

fn profit(host: &Host) {
    posted(host, "2026-03-01", vec![debit(host, "110000", "100"), credit(host, "410000", "100")]);
    posted(host, "2026-04-01", vec![debit(host, "620000", "40"), credit(host, "110000", "40")]);
}

#[test]
fn a_year_comes_with_its_months_and_apart_from_others() {
    let (host, _core) = books();
    let body = json!({"name": "2026", "starts_on": "2026-01-01", "ends_on": "2026-12-31"});
    let year = host.post("/fiscal-years", body.clone()).created();
    assert_eq!(year["periods"].as_array().map(Vec::len), Some(12));
    assert_eq!(year["periods"][1]["ends_on"], "2026-02-28");
    let refusal = host.post("/fiscal-years", body).with_status(422);
    assert_eq!(refusal["errors"][0]["code"], "overlap");
    let backwards = json!({"name": "x", "starts_on": "2027-12-31", "ends_on": "2027-01-01"});
    host.post("/fiscal-years", backwards).with_status(422);
    let long = json!({"name": "x", "starts_on": "2027-01-01", "ends_on": "2030-01-01"});
    host.post("/fiscal-years", long).with_status(422);
    host.patch(&path(&year, "fiscal-years"), 1, json!({"name": "FY 26"})).ok();
    let days = json!({"ends_on": "2026-12-30"});
    host.patch(&path(&year, "fiscal-years"), 2, days).with_status(422);
}

#[test]
fn a_day_in_no_year_makes_one() {
    let (host, _core) = books();
    posted(&host, "2031-05-05", vec![debit(&host, "110000", "1"), credit(&host, "410000", "1")]);
    let year = year(&host, "2031");
    assert_eq!(
        (&year["starts_on"], &year["ends_on"]),
        (&json!("2031-01-01"), &json!("2031-12-31"))
    );
    assert_eq!(host.delete(&path(&year, "fiscal-years")).with_status(409)["code"], "in_use");
}

#[test]
fn a_locked_month_takes_nothing() {
    let (host, _core) = books();
    profit(&host);
    let period = host.get("/periods?name=eq.2026-03").ok()["items"][0].clone();
    assert_eq!(host.post(&action(&period, "periods", "lock"), Json::Null).ok()["state"], "locked");
    let lines = vec![debit(&host, "110000", "1"), credit(&host, "410000", "1")];
    let late = draft(&host, "2026-03-31", lines);
    let refusal = host.post(&action(&late, "entries", "post"), Json::Null).with_status(409);
    assert_eq!(refusal["code"], "period_locked");
    host.post(&action(&period, "periods", "unlock"), Json::Null).ok();
    host.post(&action(&late, "entries", "post"), Json::Null).ok();
}

#[test]
fn closing_takes_the_result_to_the_equity_and_reopening_takes_it_back() {
    let (host, _core) = books();
    profit(&host);
    let year = year(&host, "2026");
    let close = action(&year, "fiscal-years", "close");
    assert_eq!(host.post(&close, Json::Null).with_status(409)["code"], "period_open");
    host.post(&action(&year, "fiscal-years", "lock"), Json::Null).ok();
    assert_eq!(host.post(&close, Json::Null).ok()["closed"], true);
    assert_eq!(host.post(&close, Json::Null).with_status(409)["code"], "year_closed");
    assert_eq!(balance(&host, "320000"), Decimal::from(-60));
    assert_eq!((balance(&host, "410000"), balance(&host, "620000")), Default::default());
    let unlock = action(&year, "fiscal-years", "unlock");
    assert_eq!(host.post(&unlock, Json::Null).with_status(409)["code"], "year_closed");
    let closing = host.get("/entries?closing=is.true").ok()["items"][0].clone();
    let refusal = host.post(&action(&closing, "entries", "reverse"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "closing");

    let reopen = action(&year, "fiscal-years", "reopen");
    assert_eq!(host.post(&reopen, Json::Null).ok()["closed"], false);
    assert_eq!(balance(&host, "320000"), Decimal::ZERO);
    assert_eq!(balance(&host, "410000"), Decimal::from(-100));
    assert_eq!(host.post(&reopen, Json::Null).with_status(409)["code"], "year_open");
    // Once more, with the same result.
    host.post(&close, Json::Null).ok();
    assert_eq!(balance(&host, "320000"), Decimal::from(-60));
}
