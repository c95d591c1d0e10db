//! What sales add up to, and which way opportunities went.

use eerp_core_api::DESCRIBE_REFERENCES;
use eerp_crm::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

const OWNER: &str = "00000000-0000-7000-8000-00000000000a";

/// A CRM beside the real core, and the ids of euro and franc there.
fn crm() -> (Host, Json, Json) {
    let (host, core) = (Host::new(&MODULE), Host::new(&eerp_core::MODULE));
    let currency = |code: &str| {
        core.get(&format!("/currencies?code=eq.{code}")).ok()["items"][0]["id"].clone()
    };
    let (euro, franc) = (currency("EUR"), currency("CHF"));
    host.serve(DESCRIBE_REFERENCES, move |asked| core.call(DESCRIBE_REFERENCES, &asked));
    (host, euro, franc)
}

fn set(host: &Host, moment: &str) {
    host.set_now(moment.parse().expect("a moment"));
}

fn sale(host: &Host, body: Json) -> String {
    let made = host.post("/opportunities", body).created();
    format!("/opportunities/{}", made["id"].as_str().expect("an id"))
}

fn stage(host: &Host, name: &str) -> Json {
    host.get(&format!("/stages?name=eq.{name}")).ok()["items"][0]["id"].clone()
}

fn rows(report: &Json) -> &[Json] {
    report["items"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn revenue_is_weighted_by_how_likely_it_is() {
    let (host, ..) = crm();
    let body = json!({"name": "Tea", "expected_revenue": "99.99", "probability": 33});
    let made = host.post("/opportunities", body).created();
    assert_eq!(made["weighted_revenue"], "33.00");
    let none = host.post("/opportunities", json!({"name": "Tea"})).created();
    assert_eq!(none["weighted_revenue"], Json::Null);
}

#[test]
fn the_pipeline_adds_up_each_stage_by_currency() {
    let (host, euro, franc) = crm();
    for (currency, revenue) in [(&euro, "100"), (&euro, "50"), (&franc, "7")] {
        let body = json!({"name": "Tea", "currency_id": currency, "expected_revenue": revenue,
                          "owner_id": OWNER, "expected_close": "2026-03-01"});
        sale(&host, body);
    }
    let won = sale(&host, json!({"name": "Won"}));
    host.post(&format!("{won}/win"), Json::Null).ok();
    let report = host.get("/reports/pipeline").ok();
    let names: Vec<_> = rows(&report).iter().map(|row| row["stage"].as_str()).collect();
    assert_eq!(names, ["New", "New", "Qualified", "Proposition", "Negotiation"].map(Some));
    let euros = rows(&report).iter().find(|row| row["currency"] == "EUR").expect("euros");
    assert_eq!((&euros["count"], &euros["expected_revenue"]), (&json!("2"), &json!("150.00")));
    assert_eq!(euros["weighted_revenue"], "15.00");
    assert_eq!(rows(&report)[4]["count"], "0");
    let count = |query: &str| {
        let report = host.get(&format!("/reports/pipeline?{query}")).ok();
        rows(&report).iter().filter(|row| row["count"] != "0").count()
    };
    assert_eq!((count("to=2026-02-28"), count("from=2026-03-01&to=2026-03-01")), (0, 2));
    assert_eq!(count("owner_id=00000000-0000-7000-8000-00000000000b"), 0);
    host.get("/reports/pipeline?from=2026-02-01&to=2026-01-01").with_status(422);
}

#[test]
fn the_forecast_goes_by_month_and_owner() {
    let (host, euro, _) = crm();
    for (day, owner) in [
        ("2026-03-01", json!(OWNER)),
        ("2026-03-31", json!(OWNER)),
        ("2026-04-01", json!(OWNER)),
        ("2026-04-01", Json::Null),
    ] {
        let body = json!({"name": "Tea", "currency_id": euro, "expected_revenue": "10",
                          "owner_id": owner, "expected_close": day});
        sale(&host, body);
    }
    let report = host.get("/reports/forecast?from=2026-03-01").ok();
    let shown: Vec<_> = rows(&report)
        .iter()
        .map(|row| (row["month"].as_str(), row["owner_id"].is_null(), row["count"].as_str()))
        .collect();
    assert_eq!(shown.len(), 3);
    assert!(shown.contains(&(Some("2026-03-01"), false, Some("2"))));
    assert!(shown.contains(&(Some("2026-04-01"), true, Some("1"))));
    assert_eq!(rows(&report)[0]["currency"], "EUR");
}

#[test]
fn outcomes_tell_the_win_rate_and_the_reasons() {
    let (host, euro, franc) = crm();
    let nothing = host.get("/reports/outcomes").ok();
    assert_eq!((&nothing["win_rate"], &nothing["won"]), (&Json::Null, &json!("0")));
    let decide = |currency: &Json, action: &str, body: Json| {
        let it = json!({"name": "Tea", "currency_id": currency, "expected_revenue": "10"});
        host.post(&format!("{}/{action}", sale(&host, it)), body).ok();
    };
    decide(&euro, "win", Json::Null);
    decide(&euro, "lose", json!({"lost_reason": "Price"}));
    decide(&franc, "lose", json!({"lost_reason": "Price"}));
    decide(&euro, "lose", json!({"lost_reason": "Time"}));
    let report = host.get("/reports/outcomes").ok();
    assert_eq!((&report["won"], &report["lost"]), (&json!("1"), &json!("3")));
    assert_eq!(report["win_rate"], "25.00");
    let reasons =
        [json!({"reason": "Price", "count": "2"}), json!({"reason": "Time", "count": "1"})];
    assert_eq!(report["lost_reasons"], json!(reasons));
    let revenue = report["revenue"].as_array().expect("rows");
    let euros = revenue.iter().find(|row| row["currency"] == "EUR").expect("euros");
    assert_eq!((&euros["won"], &euros["lost"]), (&json!("10.00"), &json!("20.00")));
    let later = host.get("/reports/outcomes?from=2026-01-02").ok();
    assert_eq!(later["lost"], "0");
    let day = host.get("/reports/outcomes?from=2026-01-01&to=2026-01-01").ok();
    assert_eq!(day["lost"], "3");
    host.get("/reports/outcomes?to=9999-12-31").ok();
}

#[test]
fn sources_tell_what_their_leads_became() {
    let (host, euro, _) = crm();
    for convert in [true, false] {
        let lead = host.post("/leads", json!({"title": "Tea", "source": "fair"})).created();
        let path = format!("/leads/{}/convert", lead["id"].as_str().expect("an id"));
        if convert {
            let body = json!({"expected_revenue": "80", "currency_id": euro});
            let made = host.post(&path, body).ok();
            let id = made["opportunity_id"].as_str().expect("an id");
            host.post(&format!("/opportunities/{id}/win"), Json::Null).ok();
        }
    }
    sale(&host, json!({"name": "Tea"}));
    let report = host.get("/reports/sources").ok();
    assert_eq!(rows(&report).len(), 2);
    assert_eq!(
        (&rows(&report)[0]["source"], &rows(&report)[0]["leads"]),
        (&Json::Null, &json!("0"))
    );
    let fair = &rows(&report)[1];
    assert_eq!((&fair["leads"], &fair["conversion_rate"]), (&json!("2"), &json!("50.00")));
    assert_eq!((&fair["opportunities"], &fair["won"]), (&json!("1"), &json!("1")));
    assert_eq!(
        (&fair["revenue"][0]["currency"], &fair["revenue"][0]["won"]),
        (&json!("EUR"), &json!("80.00"))
    );
}

#[test]
fn each_step_is_written_down_with_its_time() {
    let (host, ..) = crm();
    set(&host, "2026-01-01T00:00:00Z");
    let path = sale(&host, json!({"name": "Tea"}));
    sale(&host, json!({"name": "Coffee"}));
    set(&host, "2026-01-03T12:00:00Z");
    let to = json!({"stage_id": stage(&host, "Proposition")});
    host.post(&format!("{path}/move"), to).ok();
    host.patch(&path, 2, json!({"name": "Green tea"})).ok();
    set(&host, "2026-01-04T00:00:00Z");
    host.post(&format!("{path}/win"), Json::Null).ok();
    let steps = host.get("/stage-changes?order=at").ok();
    let seconds: Vec<_> = rows(&steps).iter().map(|step| step["seconds"].as_str()).collect();
    assert_eq!(seconds, [Some("216000"), Some("43200")]);
    assert_eq!(rows(&steps)[0]["from_stage_id"], stage(&host, "New"));
    assert_eq!(rows(&steps)[1]["to_stage_id"], stage(&host, "Won"));
    let report = host.get("/reports/time-in-stage").ok();
    let new = &rows(&report)[0];
    assert_eq!((&new["stage"], &new["left"]), (&json!("New"), &json!("1")));
    assert_eq!((&new["average_days"], &new["longest_days"]), (&json!("2.50"), &json!("2.50")));
    assert_eq!((&new["waiting"], &new["waiting_days"]), (&json!("1"), &json!("3.00")));
    let before = host.get("/reports/time-in-stage?to=2026-01-02").ok();
    assert_eq!(
        (&rows(&before)[0]["left"], &rows(&before)[0]["average_days"]),
        (&json!("0"), &Json::Null)
    );
}

#[test]
fn usual_reasons_are_there_to_choose_from() {
    let (host, ..) = crm();
    let reasons = host.get("/lost-reasons").ok();
    assert_eq!((rows(&reasons).len(), &rows(&reasons)[0]["name"]), (6, &json!("Too expensive")));
}
