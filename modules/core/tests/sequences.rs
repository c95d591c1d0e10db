//! Numbers: without gaps and with them, by the year and by the month.

use eerp_core::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::services::Sparse;
use eerp_sdk::services::sequences::{self, Number, Reset};
use eerp_sdk::testing::Host;

fn made(host: &Host, body: Json) -> String {
    let sequence = host.post("/sequences", body).created();
    format!("/sequences/{}", sequence["id"].as_str().expect("an id"))
}

fn number(host: &Host, path: &str) -> String {
    let drawn = host.post(&format!("{path}/next"), Json::Null).ok();
    drawn["number"].as_str().expect("a number").into()
}

#[test]
fn numbers_come_one_after_the_other() {
    let host = Host::new(&MODULE);
    let body = json!({"code": "invoice", "prefix": "INV-", "next_value": "41"});
    let sequence = host.post("/sequences", body).created();
    let path = format!("/sequences/{}/next", sequence["id"].as_str().expect("an id"));
    for (number, value) in [("INV-00041", "41"), ("INV-00042", "42")] {
        assert_eq!(host.post(&path, Json::Null).ok(), json!({"number": number, "value": value}));
    }
}

#[test]
fn a_sequence_starts_at_a_number_or_at_its_text() {
    let host = Host::new(&MODULE);
    for (code, first) in [("number", json!(5)), ("text", json!("5"))] {
        let sequence = host.post("/sequences", json!({"code": code, "next_value": first}));
        assert_eq!(sequence.created()["next_value"], "5");
    }
    let none = json!({"code": "none", "next_value": 0});
    host.post("/sequences", none).with_status(422);
}

#[test]
fn a_number_that_was_allotted_does_not_come_back() {
    let host = Host::new(&MODULE);
    let sequence = host.post("/sequences", json!({"code": "invoice"})).created();
    let path = format!("/sequences/{}", sequence["id"].as_str().expect("an id"));
    host.post(&format!("{path}/next"), Json::Null).ok();
    host.patch(&path, 2, json!({"next_value": "1"})).with_status(422);
    host.patch(&path, 2, json!({"next_value": "100"})).ok();
}

#[test]
fn the_last_number_of_all_is_not_wrapped_around() {
    let host = Host::new(&MODULE);
    let last = json!({"code": "last", "next_value": i64::MAX.to_string()});
    let sequence = host.post("/sequences", last).created();
    let path = format!("/sequences/{}/next", sequence["id"].as_str().expect("an id"));
    host.post(&path, Json::Null).with_status(409);
}

#[test]
fn a_sequence_prints_as_many_digits_as_it_says() {
    let host = Host::new(&MODULE);
    let three = json!({"code": "three", "prefix": "A", "padding": 3});
    assert_eq!(number(&host, &made(&host, three)), "A001");
    let none = json!({"code": "none", "prefix": "A", "padding": 0, "next_value": 12345});
    assert_eq!(number(&host, &made(&host, none)), "A12345");
}

#[test]
fn a_year_begins_anew_and_the_prefix_tells_it() {
    let host = Host::new(&MODULE);
    let without = json!({"code": "invoice", "prefix": "INV/", "reset": "yearly"});
    host.post("/sequences", without).with_status(422);
    let body = json!({"code": "invoice", "prefix": "INV/{year}/", "reset": "yearly",
                      "next_value": 8});
    let path = made(&host, body);
    assert_eq!(number(&host, &path), "INV/2026/00008");
    assert_eq!(number(&host, &path), "INV/2026/00009");
    host.set_now("2027-01-01T00:00:00Z".parse().expect("a moment"));
    assert_eq!(number(&host, &path), "INV/2027/00001");
    host.set_now("2026-12-31T23:59:59Z".parse().expect("a moment"));
    assert_eq!(number(&host, &path), "INV/2027/00002");
    let sequence = host.get(&path).ok();
    assert_eq!((&sequence["period"], &sequence["next_value"]), (&json!("2027"), &json!("3")));
}

#[test]
fn what_would_bring_numbers_back_is_refused() {
    let host = Host::new(&MODULE);
    let path = made(&host, json!({"code": "invoice", "prefix": "{year}-", "reset": "yearly"}));
    for change in [json!({"reset": "never"}), json!({"gapless": false}), json!({"prefix": "A"})] {
        host.patch(&path, 1, change).with_status(422);
    }
    let path = made(&host, json!({"code": "ticket", "gapless": false, "next_value": 5}));
    host.patch(&path, 1, json!({"next_value": 9})).with_status(422);
    host.patch(&path, 1, json!({"code": "tickets", "prefix": "T"})).ok();
}

#[test]
fn a_sequence_with_gaps_is_counted_by_the_core() {
    let host = Host::new(&MODULE);
    let body = json!({"code": "ticket", "gapless": false, "prefix": "T-", "next_value": 5});
    let path = made(&host, body);
    let name = path.replace("/sequences/", "sequence.");
    host.serve(sequences::NEXT, move |Sparse(wanted)| {
        assert_eq!((&wanted.name, wanted.start, wanted.padding), (&name, 5, 5));
        assert!(!wanted.gapless && !wanted.per_company);
        assert_eq!((&*wanted.prefix, wanted.reset), ("T-", Reset::Never));
        Ok(Number { number: 5, text: "T-00005".into(), ..Number::default() })
    });
    assert_eq!(number(&host, &path), "T-00005");
    assert_eq!(host.get(&path).ok()["version"], 1);
    let late = json!({"code": "late", "gapless": false, "next_value": "3000000000"});
    host.post("/sequences", late).with_status(422);
}
