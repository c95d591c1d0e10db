//! Reports tie to each other.

mod common;

use common::{action, books, credit, debit, draft, posted};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn amount(value: &Json) -> Decimal {
    value.as_str().expect("an amount").parse().expect("an amount")
}

/// Two years: capital, a sale in each, rent in the second.
fn two_years(host: &Host) {
    posted(host, "2025-01-02", vec![debit(host, "110000", "1000"), credit(host, "310000", "1000")]);
    posted(host, "2025-06-01", vec![debit(host, "121000", "300"), credit(host, "410000", "300")]);
    posted(
        host,
        "2026-02-01",
        vec![debit(host, "110000", "50.25"), credit(host, "410000", "50.25")],
    );
    posted(host, "2026-03-01", vec![debit(host, "620000", "20"), credit(host, "110000", "20")]);
    draft(host, "2026-03-01", vec![debit(host, "620000", "7"), credit(host, "110000", "7")]);
}

fn close(host: &Host, name: &str) {
    let year = host.get(&format!("/fiscal-years?name=eq.{name}")).ok()["items"][0].clone();
    host.post(&action(&year, "fiscal-years", "lock"), Json::Null).ok();
    host.post(&action(&year, "fiscal-years", "close"), Json::Null).ok();
}

fn sheet_balances(host: &Host) -> Json {
    let sheet = host.get("/reports/balance-sheet?date=2026-12-31").ok();
    assert_eq!(sheet["assets"]["total"], sheet["liabilities_and_equity"]);
    sheet
}

#[test]
fn the_trial_balance_adds_up_what_was_posted() {
    let (host, _core) = books();
    two_years(&host);
    let report = host.get("/reports/trial-balance?date=2026-12-31").ok();
    let codes: Vec<&Json> =
        report["items"].as_array().expect("rows").iter().map(|row| &row["code"]).collect();
    assert_eq!(codes, ["110000", "121000", "310000", "410000", "620000"]);
    let bank = &report["items"][0];
    assert_eq!(
        (&bank["debit"], &bank["credit"], &bank["balance"]),
        (&json!("1050.25"), &json!("20.00"), &json!("1030.25"))
    );
    assert_eq!(report["totals"]["balance"], "0.00");
    let earlier = host.get("/reports/trial-balance?date=2025-03-01").ok();
    assert_eq!(earlier["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn assets_are_liabilities_and_equity_open_or_closed() {
    let (host, _core) = books();
    two_years(&host);
    let open = sheet_balances(&host);
    assert_eq!((&open["result"], &open["assets"]["total"]), (&json!("330.25"), &json!("1330.25")));
    close(&host, "2025");
    let closed = sheet_balances(&host);
    assert_eq!(closed["result"], "30.25");
    assert_eq!(closed["assets"], open["assets"]);
}

#[test]
fn the_profit_is_that_of_the_year_and_closing_leaves_it_alone() {
    let (host, _core) = books();
    two_years(&host);
    let of = |query: &str| host.get(&format!("/reports/profit-and-loss?{query}")).ok();
    assert_eq!(of("date=2026-12-31")["result"], "30.25");
    assert_eq!(of("date=2026-02-15")["result"], "50.25");
    assert_eq!(of("from=2025-01-01&to=2026-12-31")["result"], "330.25");
    close(&host, "2025");
    let year = of("date=2025-12-31");
    assert_eq!((&year["from"], &year["result"]), (&json!("2025-01-01"), &json!("300.00")));
    host.get("/reports/profit-and-loss?from=2026-02-01&to=2026-01-01").with_status(422);
}

#[test]
fn the_general_ledger_runs_page_by_page_to_the_balance() {
    let (host, _core) = books();
    two_years(&host);
    let mut path = "/reports/general-ledger?date=2026-12-31&limit=1".to_owned();
    let mut lines = Vec::new();
    loop {
        let page = host.get(&path).ok();
        lines.extend(page["items"].as_array().expect("lines").clone());
        let bank = &page["accounts"][0];
        assert_eq!((&bank["opening"], &bank["closing"]), (&json!("1000.00"), &json!("1030.25")));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/reports/general-ledger?date=2026-12-31&limit=1&cursor={cursor}");
    }
    let seen: Vec<(&str, Decimal)> = lines
        .iter()
        .map(|line| (line["code"].as_str().expect("a code"), amount(&line["balance"])))
        .collect();
    let cents = |n| Decimal::new(n, 2);
    assert_eq!(
        seen,
        [
            ("110000", cents(105_025)),
            ("110000", cents(103_025)),
            ("410000", cents(-35_025)),
            ("620000", cents(2_000)),
        ]
    );
    let one = host.get("/reports/general-ledger?account=620000&date=2026-12-31").ok();
    assert_eq!(one["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(one["items"][0]["number"], "GEN/2026/00002");
    host.get("/reports/general-ledger?account=999").with_status(422);
}

#[test]
fn empty_books_have_empty_reports() {
    let (host, _core) = books();
    for report in ["trial-balance", "balance-sheet", "profit-and-loss", "general-ledger"] {
        assert_eq!(host.get(&format!("/reports/{report}")).ok()["currency"], "USD");
    }
}
