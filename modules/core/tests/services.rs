//! What core does for other modules: currencies, rates, the own company, units.

use eerp_core::MODULE;
use eerp_core_api::{
    CONVERT_UNITS, CompanyQuestion, Conversion, Conversions, CurrencyCodes, DESCRIBE_COMPANY,
    DESCRIBE_CURRENCIES, DESCRIBE_REFERENCES, FIND_RATE, RateQuestion, ReferenceIds,
};
use eerp_sdk::prelude::*;
use eerp_sdk::services::settings::{self, Setting};
use eerp_sdk::testing::Host;

fn id(host: &Host, resource: &str, field: &str, value: &str) -> Json {
    host.get(&format!("/{resource}?{field}=eq.{value}")).ok()["items"][0]["id"].clone()
}

fn currency(host: &Host, code: &str) -> Json {
    id(host, "currencies", "code", code)
}

fn uuid(id: &Json) -> Uuid {
    id.as_str().and_then(|id| id.parse().ok()).expect("an id")
}

fn rate(host: &Host, from: &str, to: &str, rate: &str, date: &str) -> Json {
    let ends = (currency(host, from), currency(host, to));
    json!({"currency_id": ends.0, "to_id": ends.1, "rate": rate, "date": date})
}

fn told(host: &Host, from: &str, to: &str, date: &str) -> Result<String> {
    let date = date.parse().ok();
    let question = RateQuestion { from: from.into(), to: to.into(), date, ..Default::default() };
    host.call(FIND_RATE, &question).map(|told| told.rate.normalize().to_string())
}

#[test]
fn currencies_come_in_the_order_of_their_codes() {
    let host = Host::new(&MODULE);
    let codes = ["USD", "JPY", "USD"].map(String::from).into();
    let told = host.call(DESCRIBE_CURRENCIES, &CurrencyCodes { codes }).expect("they are known");
    let told: Vec<_> = told.iter().map(|one| (&*one.code, one.decimals)).collect();
    assert_eq!(told, [("USD", 2), ("JPY", 0), ("USD", 2)]);
}

#[test]
fn a_currency_that_is_none_is_blamed_by_its_place() {
    let host = Host::new(&MODULE);
    let codes = ["USD", "QQQ"].map(String::from).into();
    let refused = host.call(DESCRIBE_CURRENCIES, &CurrencyCodes { codes }).expect_err("none");
    assert_eq!(&*refused.errors[0].pointer, "/codes/1");
    assert_eq!(&*refused.errors[0].code, "unknown_currency");
}

#[test]
fn currencies_and_countries_are_found_by_their_ids() {
    let host = Host::new(&MODULE);
    let (euro, chile) = (currency(&host, "EUR"), id(&host, "countries", "code", "CL"));
    let ids = ReferenceIds {
        currency_ids: vec![Ref::new(uuid(&euro)), Ref::new(uuid(&euro))],
        country_ids: vec![Ref::new(uuid(&chile)), Ref::new(uuid(&euro))],
    };
    let found = host.call(DESCRIBE_REFERENCES, &ids).expect("they are there");
    assert_eq!((found.currencies.len(), found.countries.len()), (1, 1));
    assert_eq!((&*found.currencies[0].code, &*found.countries[0].name), ("EUR", "Chile"));
    let nothing = host.call(DESCRIBE_REFERENCES, &ReferenceIds::default()).expect("no question");
    assert_eq!((nothing.currencies.len(), nothing.countries.len()), (0, 0));
}

#[test]
fn the_newest_rate_up_to_a_day_counts() {
    let host = Host::new(&MODULE);
    for (value, date) in [("1.10", "2026-01-01"), ("1.20", "2026-02-01")] {
        host.post("/rates", rate(&host, "EUR", "USD", value, date)).created();
    }
    assert_eq!(told(&host, "EUR", "USD", "2026-01-31").as_deref(), Ok("1.1"));
    assert_eq!(told(&host, "EUR", "USD", "2026-02-01").as_deref(), Ok("1.2"));
    assert_eq!(told(&host, "USD", "EUR", "2026-02-02").as_deref(), Ok("0.833333333333"));
    assert_eq!(told(&host, "USD", "USD", "2000-01-01").as_deref(), Ok("1"));
    let none = told(&host, "EUR", "USD", "2025-12-31").expect_err("there is none yet");
    assert_eq!((none.status, &*none.code), (409, "no_rate"));
}

#[test]
fn a_rate_is_found_through_a_third_currency() {
    let host = Host::new(&MODULE);
    host.post("/rates", rate(&host, "EUR", "USD", "1.2", "2026-01-01")).created();
    host.post("/rates", rate(&host, "EUR", "CHF", "0.9", "2026-01-02")).created();
    host.post("/rates", rate(&host, "EUR", "CHF", "0.6", "2026-01-05")).created();
    assert_eq!(told(&host, "CHF", "USD", "2026-01-03").as_deref(), Ok("1.333333333333"));
    assert_eq!(told(&host, "CHF", "USD", "2026-01-05").as_deref(), Ok("2"));
    assert_eq!(told(&host, "JPY", "USD", "2026-01-05").expect_err("nothing").code, "no_rate");
}

#[test]
fn a_question_about_no_currency_names_its_field() {
    let host = Host::new(&MODULE);
    let refused = told(&host, "EUR", "QQQ", "2026-01-01").expect_err("there is none");
    assert_eq!((&*refused.errors[0].pointer, refused.status), ("/to", 422));
}

#[test]
fn a_pair_has_one_rate_a_day_whichever_way_round() {
    let host = Host::new(&MODULE);
    let made = host.post("/rates", rate(&host, "EUR", "USD", "1.2", "2026-01-01")).created();
    let again = host.post("/rates", rate(&host, "USD", "EUR", "0.8", "2026-01-01"));
    assert_eq!(again.with_status(409)["code"], "rate_exists");
    host.post("/rates", rate(&host, "EUR", "USD", "1.2", "2026-01-02")).created();
    let path = format!("/rates/{}", made["id"].as_str().expect("an id"));
    host.patch(&path, 1, json!({"rate": "1.3"})).ok();
    host.patch(&path, 2, json!({"date": "2026-01-02"})).with_status(409);
}

#[test]
fn a_rate_joins_two_currencies_and_is_more_than_nothing() {
    let host = Host::new(&MODULE);
    for (from, to, value) in
        [("EUR", "EUR", "1"), ("EUR", "USD", "0"), ("EUR", "USD", "1000000001")]
    {
        host.post("/rates", rate(&host, from, to, value, "2026-01-01")).with_status(422);
    }
}

#[test]
fn without_an_own_company_the_books_are_in_the_currency_of_the_settings() {
    let host = Host::new(&MODULE);
    let ask = |host: &Host| host.call(DESCRIBE_COMPANY, &CompanyQuestion::default());
    host.serve(settings::GET, |_| Ok(Setting::default()));
    let told = ask(&host).expect("an answer");
    assert_eq!((told.company_id, &*told.currency.code), (None, "USD"));
    host.serve(settings::GET, |_| Ok(Setting { value: Some(json!("EUR")), ..Default::default() }));
    assert_eq!(ask(&host).expect("an answer").currency.code, "EUR");
}

#[test]
fn the_only_own_company_is_meant_as_its_documents_name_it() {
    let host = Host::new(&MODULE);
    host.serve(settings::GET, |_| Ok(Setting::default()));
    let made = host.post(
        "/companies",
        json!({
            "name": "Island", "legal_name": "Island Trading Ltd", "street": "1 Pier",
            "postal_code": "PO31", "city": "Cowes", "currency_id": currency(&host, "GBP"),
            "country_id": id(&host, "countries", "code", "GB"),
        }),
    );
    let made = made.created();
    let told = host.call(DESCRIBE_COMPANY, &CompanyQuestion::default()).expect("an answer");
    assert_eq!((&*told.name, &*told.currency.code), ("Island Trading Ltd", "GBP"));
    assert_eq!(told.address[..2], ["1 Pier", "PO31 Cowes"]);
    assert_eq!(told.address.len(), 3);
    host.post("/companies", json!({"name": "Mainland"})).created();
    let told = host.call(DESCRIBE_COMPANY, &CompanyQuestion::default()).expect("an answer");
    assert_eq!((told.company_id, &*told.currency.code), (None, "USD"));
    let company_id = Some(Ref::new(uuid(&made["id"])));
    let told = host.call(DESCRIBE_COMPANY, &CompanyQuestion { company_id }).expect("an answer");
    assert_eq!(told.company_id, company_id);
    let company_id = Some(Ref::new(uuid(&currency(&host, "GBP"))));
    let refused = host.call(DESCRIBE_COMPANY, &CompanyQuestion { company_id }).expect_err("none");
    assert_eq!(&*refused.errors[0].code, "unknown_company");
}

#[test]
fn quantities_are_converted_in_their_order() {
    let host = Host::new(&MODULE);
    let unit = |name: &str| Ref::new(uuid(&id(&host, "units", "name", name)));
    let conversion = |quantity: &str, from, to| Conversion {
        quantity: quantity.parse().expect("a decimal"),
        from: unit(from),
        to: unit(to),
    };
    let dozen = conversion("2.5", "Dozen", "Piece");
    let items = vec![dozen.clone(), conversion("1500", "Gram", "Kilogram")];
    let told = host.call(CONVERT_UNITS, &Conversions { items }).expect("an answer");
    assert_eq!(
        told.items.iter().map(Decimal::to_string).collect::<Vec<_>>(),
        ["30.000000", "1.500000"]
    );
    let items = vec![dozen, conversion("1", "Gram", "Piece")];
    let refused = host.call(CONVERT_UNITS, &Conversions { items }).expect_err("no such thing");
    assert_eq!(&*refused.errors[0].pointer, "/items/1/to");
    assert_eq!(&*refused.errors[0].code, "unit_category");
}

#[test]
fn people_convert_units_too() {
    let host = Host::new(&MODULE);
    let unit = |name: &str| id(&host, "units", "name", name);
    let item = json!({"quantity": "2", "from": unit("Hour"), "to": unit("Minute")});
    let told = host.post("/units/convert", json!({"items": [item]})).ok();
    assert_eq!(told, json!({"items": ["120.000000"]}));
}
