//! What other modules get of the CRM: its services and its events.

use eerp_core_api::DESCRIBE_REFERENCES;
use eerp_crm::MODULE;
use eerp_crm_api::{CompanyIds, DESCRIBE_COMPANIES, FIND_OR_CREATE_CONTACT, Person};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn ann() -> Person {
    Person { email: "Ann@Example.com".into(), first_name: "Ann".into(), ..Person::default() }
}

fn path(opportunity: &Json, action: &str) -> String {
    format!("/opportunities/{}{action}", opportunity["id"].as_str().expect("an id"))
}

fn topics(host: &Host) -> Vec<String> {
    host.emitted().into_iter().map(|event| event.topic).collect()
}

#[test]
fn a_contact_is_made_once_and_found_later() {
    let host = Host::new(&MODULE);
    let made = host.call(FIND_OR_CREATE_CONTACT, &ann()).expect("it is made");
    let found = host.call(FIND_OR_CREATE_CONTACT, &ann()).expect("it is found");
    assert_eq!((made.created, found.created), (true, false));
    assert_eq!(made.contact_id, found.contact_id);
    let contact = host.get(&format!("/contacts/{}", made.contact_id)).ok();
    assert_eq!((&contact["email"], &contact["version"]), (&json!("Ann@Example.com"), &json!(1)));
}

#[test]
fn a_contact_is_found_by_the_address_in_small_letters_with_its_company() {
    let host = Host::new(&MODULE);
    let company = host.post("/companies", json!({"name": "Acme"})).created();
    let body = json!({"first_name": "A", "email": "ann@example.com", "company_id": company["id"]});
    let contact = host.post("/contacts", body).created();
    let found = host.call(FIND_OR_CREATE_CONTACT, &ann()).expect("it is found");
    assert_eq!(contact["id"], json!(found.contact_id.to_string()));
    assert_eq!(found.company_id.map(|id| json!(id.to_string())), Some(company["id"].clone()));
}

#[test]
fn several_contacts_with_one_address_are_ambiguous() {
    let host = Host::new(&MODULE);
    for _ in 0..2 {
        let body = json!({"first_name": "Ann", "email": "ann@example.com"});
        host.post("/contacts", body).created();
    }
    let refused = host.call(FIND_OR_CREATE_CONTACT, &ann()).expect_err("it is unclear");
    assert_eq!((refused.status, &*refused.code), (409, "ambiguous"));
}

#[test]
fn a_person_without_an_address_is_refused() {
    let host = Host::new(&MODULE);
    let nobody = Person { first_name: "Ann".into(), ..Person::default() };
    let refused = host.call(FIND_OR_CREATE_CONTACT, &nobody).expect_err("it is refused");
    assert_eq!((refused.status, &*refused.errors[0].pointer), (422, "/email"));
}

#[test]
fn winning_is_told_once_with_what_it_brings() {
    let host = Host::new(&MODULE);
    let body = json!({"name": "Tea", "expected_revenue": "12.50"});
    let opportunity = host.post("/opportunities", body).created();
    host.post(&path(&opportunity, "/win"), Json::Null).ok();
    host.post(&path(&opportunity, "/win"), Json::Null).with_status(409);
    let told = host.emitted();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].topic, "crm.opportunities.won");
    assert_eq!(told[0].key.as_deref(), opportunity["id"].as_str());
    assert_eq!(told[0].data["opportunity_id"], opportunity["id"]);
    assert_eq!(told[0].data["expected_revenue"], "12.50");
    assert_eq!(told[0].data["lost_reason"], Json::Null);
}

#[test]
fn losing_and_winning_after_all_are_both_told() {
    let host = Host::new(&MODULE);
    let opportunity = host.post("/opportunities", json!({"name": "Tea"})).created();
    host.post(&path(&opportunity, "/lose"), json!({"lost_reason": "Price"})).ok();
    assert_eq!(host.emitted()[0].data["lost_reason"], "Price");
    host.post(&path(&opportunity, "/reopen"), json!({})).ok();
    host.post(&path(&opportunity, "/win"), Json::Null).ok();
    assert_eq!(topics(&host), ["crm.opportunities.lost", "crm.opportunities.won"]);
}

#[test]
fn other_changes_and_refused_ones_are_not_told() {
    let host = Host::new(&MODULE);
    let opportunity = host.post("/opportunities", json!({"name": "Tea"})).created();
    host.patch(&path(&opportunity, ""), 1, json!({"name": "Coffee"})).ok();
    host.post(&path(&opportunity, "/lose"), json!({"lost_reason": " "})).with_status(422);
    assert_eq!(host.emitted(), []);
}

fn id(record: &Json) -> Uuid {
    record["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

#[test]
fn companies_are_described_as_documents_name_them() {
    let host = Host::new(&MODULE);
    let core = Host::new(&eerp_core::MODULE);
    let of_core = |list: &str| id(&core.get(list).ok()["items"][0]).to_string();
    let franc = of_core("/currencies?code=eq.CHF");
    let country = of_core("/countries?code=eq.CH");
    host.serve(DESCRIBE_REFERENCES, move |asked| core.call(DESCRIBE_REFERENCES, &asked));
    let body = json!({"name": "Acme", "tax_id": "CHE-1", "currency_id": franc});
    let acme = host.post("/companies", body).created();
    let plain = host.post("/companies", json!({"name": "Plain"})).created();
    for (kind, street) in [("other", "Hill 1"), ("billing", "Lake 2"), ("shipping", "Dock 3")] {
        let body = json!({"company_id": acme["id"], "kind": kind, "street": street,
                          "postal_code": "8000", "city": "Zürich", "country_id": country});
        host.post("/addresses", body).created();
    }
    let company_ids = [&plain, &acme].map(|company| Ref::new(id(company))).into();
    let told = host.call(DESCRIBE_COMPANIES, &CompanyIds { company_ids }).expect("both");
    assert_eq!((&*told[0].name, &told[0].currency), ("Plain", &None));
    assert_eq!((&*told[1].name, told[1].currency.as_deref()), ("Acme", Some("CHF")));
    assert_eq!(told[1].billing_address, ["Lake 2", "8000 Zürich", "Switzerland"]);
}

#[test]
fn a_company_that_is_none_is_blamed_by_its_place() {
    let host = Host::new(&MODULE);
    let known = id(&host.post("/companies", json!({"name": "Acme"})).created());
    let company_ids = vec![Ref::new(known), Ref::new(Uuid::default())];
    let refused = host.call(DESCRIBE_COMPANIES, &CompanyIds { company_ids }).expect_err("none");
    assert_eq!(&*refused.errors[0].pointer, "/company_ids/1");
    assert_eq!(&*refused.errors[0].code, "unknown_company");
}
