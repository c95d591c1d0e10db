//! The seeded lists and the organisation.

use std::collections::BTreeSet;

use eerp_core::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

fn all(host: &Host, resource: &str) -> Vec<Json> {
    let page = host.get(&format!("/{resource}?limit=1000")).ok();
    page["items"].as_array().cloned().unwrap_or_default()
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, include_str!("../module.json"));
}

#[test]
fn every_country_of_iso_3166_is_there_once() {
    let countries = all(&Host::new(&MODULE), "countries");
    let codes: BTreeSet<_> = countries.iter().map(|country| country["code"].as_str()).collect();
    assert_eq!((countries.len(), codes.len()), (249, 249));
    for country in &countries {
        let alpha3 = country["alpha3"].as_str().expect("three letters");
        assert!(alpha3.len() == 3 && alpha3.bytes().all(|c| c.is_ascii_uppercase()), "{country}");
    }
}

#[test]
fn currencies_have_the_minor_units_of_iso_4217() {
    let host = Host::new(&MODULE);
    assert_eq!(all(&host, "currencies").len(), 154);
    for (code, decimals) in [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0)] {
        let found = host.get(&format!("/currencies?code=eq.{code}")).ok();
        assert_eq!(found["items"][0]["decimals"], decimals, "{code}");
    }
}

#[test]
fn every_category_of_units_has_its_base_unit() {
    let units = all(&Host::new(&MODULE), "units");
    for category in ["count", "weight", "length", "area", "volume", "time"] {
        let base = units.iter().filter(|unit| unit["category"] == category);
        let base = base.filter(|unit| unit["factor"] == "1.000000000000");
        assert_eq!(base.count(), 1, "{category}");
    }
}

#[test]
fn a_unit_cannot_be_nothing_of_its_base() {
    let host = Host::new(&MODULE);
    let unit = json!({"category": "weight", "name": "Nothing", "symbol": "0", "factor": "0"});
    host.post("/units", unit).with_status(422);
}

#[test]
fn a_company_does_not_belong_to_itself() {
    let host = Host::new(&MODULE);
    let made = |body| host.post("/companies", body).created()["id"].clone();
    let mother = made(json!({"name": "Mother"}));
    let daughter = made(json!({"name": "Daughter", "parent_id": mother}));
    let path = format!("/companies/{}", mother.as_str().expect("an id"));
    for parent in [&mother, &daughter] {
        let refusal = host.patch(&path, 1, json!({"parent_id": parent})).with_status(422);
        assert_eq!(refusal["errors"][0]["code"], "circular");
    }
}

#[test]
fn what_others_refer_to_is_not_deleted() {
    let host = Host::new(&MODULE);
    let made = |body| host.post("/companies", body).created()["id"].clone();
    let euro = host.get("/currencies?code=eq.EUR").ok()["items"][0]["id"].clone();
    let mother = made(json!({"name": "Mother", "currency_id": euro}));
    let daughter = made(json!({"name": "Daughter", "parent_id": mother}));
    let path = |resource: &str, id: &Json| format!("/{resource}/{}", id.as_str().expect("an id"));
    host.delete(&path("currencies", &euro)).with_status(409);
    host.delete(&path("companies", &mother)).with_status(409);
    host.delete(&path("companies", &daughter)).with_status(204);
    host.delete(&path("companies", &mother)).with_status(204);
}
