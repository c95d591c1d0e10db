//! Foreign money at the rates of a day, and what taxes came to.

mod common;

use common::{account, books, credit, debit, posted, rate};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn euros(host: &Host, code: &str, worth: &str, amount: &str) -> Json {
    let mut line = match amount.strip_prefix('-') {
        Some(_) => credit(host, code, worth),
        None => debit(host, code, worth),
    };
    line["currency"] = json!("EUR");
    line["amount_currency"] = json!(amount);
    line
}

fn revalued(host: &Host, date: &str) -> Json {
    host.post("/revaluations", json!({"date": date})).ok()
}

fn decimal(value: &Json) -> Decimal {
    value.as_str().and_then(|text| text.parse().ok()).expect("an amount")
}

fn total(host: &Host, report: &str, date: &str) -> Decimal {
    decimal(&host.get(&format!("/reports/{report}?date={date}")).ok()["totals"]["total"])
}

#[test]
fn what_is_had_and_owed_is_worth_what_the_rate_says_on_one_day() {
    let (host, core) = books();
    rate(&core, "EUR", "USD", "1.2");
    posted(
        &host,
        "2026-01-05",
        vec![euros(&host, "121000", "110", "100"), credit(&host, "410000", "110")],
    );
    posted(
        &host,
        "2026-01-06",
        vec![euros(&host, "211000", "55", "-50"), debit(&host, "520000", "55")],
    );
    posted(
        &host,
        "2026-01-07",
        vec![euros(&host, "110000", "11", "10"), credit(&host, "310000", "11")],
    );
    let found = revalued(&host, "2026-01-31");
    let items = found["items"].as_array().expect("a list");
    let mut after: Vec<Decimal> = items.iter().map(|item| decimal(&item["after"])).collect();
    after.sort_unstable();
    assert_eq!(after, [-60, 12, 120].map(Decimal::from));
    assert_eq!(total(&host, "aged-receivable", "2026-01-31"), 120.into());
    assert_eq!(total(&host, "aged-payable", "2026-01-31"), 60.into());
    assert_eq!(total(&host, "aged-receivable", "2026-02-01"), 110.into());
    let entry = host.get(&format!("/entries/{}", found["entry_id"].as_str().expect("an id"))).ok();
    let gain = entry["lines"]
        .as_array()
        .and_then(|lines| lines.iter().rfind(|line| line["credit"] == "11.0000"));
    assert_eq!(gain.expect("a gain")["account_id"], account(&host, "492000"));
    let again = revalued(&host, "2026-01-31");
    assert_eq!((&again["entry_id"], &again["items"]), (&Json::Null, &json!([])));
}

#[test]
fn what_was_paid_later_was_still_owed() {
    let (host, core) = books();
    rate(&core, "EUR", "USD", "1.2");
    let entry = posted(
        &host,
        "2026-01-05",
        vec![euros(&host, "121000", "110", "100"), credit(&host, "410000", "110")],
    );
    let ids = json!([entry["lines"][0]["id"]]);
    let payment = json!({"direction": "incoming", "date": "2026-02-10", "amount": "40",
                         "currency": "EUR", "line_ids": ids});
    host.post("/payments", payment).created();
    let found = revalued(&host, "2026-01-31");
    assert_eq!(
        (decimal(&found["items"][0]["before"]), decimal(&found["items"][0]["after"])),
        (110.into(), 120.into())
    );
    assert_eq!(total(&host, "aged-receivable", "2026-01-31"), 120.into());
    assert_eq!(total(&host, "aged-receivable", "2026-02-28"), 66.into());
}

#[test]
fn a_rate_that_is_missing_is_asked_for() {
    let (host, _) = books();
    posted(
        &host,
        "2026-01-05",
        vec![euros(&host, "121000", "110", "100"), credit(&host, "410000", "110")],
    );
    let refusal = host.post("/revaluations", json!({"date": "2026-01-31"})).with_status(409);
    assert_eq!(refusal["code"], "no_rate");
    assert_eq!(host.post("/revaluations", json!({"date": "9999-12-31"})).status, 422);
}

#[test]
fn taxes_are_reported_with_what_they_were_computed_on() {
    let (host, _) = books();
    let tax = host.get("/taxes?sequence=eq.10").ok()["items"][0]["id"].clone();
    let of_tax = |mut line: Json, base: &str| {
        line["tax_id"] = tax.clone();
        line["tax_base"] = json!(base);
        line
    };
    let sold = posted(
        &host,
        "2026-03-05",
        vec![
            debit(&host, "121000", "120"),
            credit(&host, "410000", "100"),
            of_tax(credit(&host, "221000", "20"), "100"),
        ],
    );
    posted(
        &host,
        "2026-03-06",
        vec![
            debit(&host, "520000", "50"),
            of_tax(debit(&host, "125000", "10"), "50"),
            credit(&host, "211000", "60"),
        ],
    );
    let report = |query: &str| host.get(&format!("/reports/tax?{query}")).ok();
    let march = report("from=2026-03-01&to=2026-03-31");
    assert_eq!(
        (decimal(&march["items"][0]["base"]), decimal(&march["owed"])),
        (150.into(), 10.into())
    );
    let path = common::action(&sold, "entries", "reverse");
    host.post(&path, json!({"date": "2026-04-01"})).created();
    let year = report("to=2026-12-31");
    assert_eq!(
        (decimal(&year["items"][0]["base"]), decimal(&year["owed"])),
        (50.into(), (-10).into())
    );
    host.get("/reports/tax?from=2027-01-01&to=2026-12-31").with_status(422);
}
