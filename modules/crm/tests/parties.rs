//! Companies, contacts, addresses and tags.

use eerp_crm::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, include_str!("../module.json"));
}

#[test]
fn a_contact_is_made_read_changed_deleted_and_restored() {
    let host = Host::new(&MODULE);
    let company = host.post("/companies", json!({"name": "Alfreds", "reference": "ALFKI"}));
    let body = json!({
        "first_name": "Maria", "last_name": "Anders", "email": "maria@example.com",
        "phone": "030-0074321", "company_id": company.created()["id"], "tags": ["vip"],
    });
    let contact = host.post("/contacts", body.clone()).created();
    for (name, value) in body.as_object().expect("an object") {
        assert_eq!(contact[name], *value);
    }
    let path = format!("/contacts/{}", contact["id"].as_str().expect("an id"));
    host.send("PATCH", &path, None, &json!({"phone": null})).with_status(428);
    assert_eq!(host.patch(&path, 1, json!({"phone": null})).ok()["version"], 2);
    host.patch(&path, 1, json!({"phone": "1"})).with_status(412);
    assert_eq!(host.delete(&path).with_status(204), Json::Null);
    host.get(&path).with_status(404);
    assert_eq!(host.post(&format!("{path}/restore"), Json::Null).ok()["version"], 4);
    assert_eq!(host.get(&path).ok()["deleted_at"], Json::Null);
}

#[test]
fn contacts_are_listed_in_pages() {
    let host = Host::new(&MODULE);
    for name in ["Ann", "Bob", "Cid"] {
        host.post("/contacts", json!({"first_name": name})).created();
    }
    let names = |page: &Json| {
        let items = page["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["first_name"].clone()).collect::<Json>()
    };
    let first = host.get("/contacts?limit=2&order=first_name.desc").ok();
    assert_eq!(names(&first), json!(["Cid", "Bob"]));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let query = format!("/contacts?limit=2&order=first_name.desc&cursor={cursor}");
    let second = host.get(&query).ok();
    assert_eq!(names(&second), json!(["Ann"]));
    assert_eq!(second["next_cursor"], Json::Null);
}

#[test]
fn a_contact_that_does_not_fit_is_refused() {
    let host = Host::new(&MODULE);
    for (body, at) in [
        (json!({}), "/first_name"),
        (json!({"first_name": ""}), "/first_name"),
        (json!({"first_name": "a".repeat(101)}), "/first_name"),
        (json!({"first_name": "Ann", "email": "ann"}), "/email"),
        (json!({"first_name": "Ann", "company_id": "7"}), "/company_id"),
        (json!({"first_name": "Ann", "tags": [1]}), "/tags/0"),
        (json!({"first_name": "Ann", "age": 7}), "/age"),
        (json!({"first_name": "Ann", "version": 7}), "/version"),
    ] {
        let refusal = host.post("/contacts", body).with_status(422);
        assert_eq!(refusal["errors"][0]["pointer"], at);
    }
}

#[test]
fn two_companies_have_not_the_same_reference() {
    let host = Host::new(&MODULE);
    let body = json!({"name": "Alfreds", "reference": "ALFKI"});
    host.post("/companies", body.clone()).created();
    host.post("/companies", body).with_status(409);
    host.post("/companies", json!({"name": "Alfreds"})).created();
    host.post("/companies", json!({"name": "Alfreds"})).created();
}

#[test]
fn an_address_belongs_to_someone() {
    let host = Host::new(&MODULE);
    host.post("/addresses", json!({"city": "Berlin"})).with_status(422);
    let company = host.post("/companies", json!({"name": "Alfreds"})).created();
    let body = json!({"city": "Berlin", "company_id": company["id"], "kind": "billing"});
    let address = host.post("/addresses", body).created();
    let path = format!("/addresses/{}", address["id"].as_str().expect("an id"));
    host.patch(&path, 1, json!({"company_id": null})).with_status(422);
    assert_eq!(host.patch(&path, 1, json!({"kind": "other"})).ok()["kind"], "other");
}

#[test]
fn a_company_where_somebody_works_is_not_deleted() {
    let host = Host::new(&MODULE);
    let company = host.post("/companies", json!({"name": "Alfreds"})).created();
    let contact = json!({"first_name": "Maria", "company_id": company["id"]});
    let contact = host.post("/contacts", contact).created();
    let path = |resource: &str, record: &Json| {
        format!("/{resource}/{}", record["id"].as_str().expect("an id"))
    };
    host.delete(&path("companies", &company)).with_status(409);
    host.delete(&path("contacts", &contact)).with_status(204);
    host.delete(&path("companies", &company)).with_status(204);
    let back = format!("{}/restore", path("contacts", &contact));
    host.post(&back, Json::Null).with_status(409);
}

/// A lead that has become this company, without anything else that holds on to it.
fn lead_of(host: &Host, company: &str) -> String {
    let lead = host.post("/leads", json!({"title": "Tea"})).created();
    let lead = format!("/leads/{}", lead["id"].as_str().expect("an id"));
    let made = host.post(&format!("{lead}/convert"), json!({"company_id": company})).ok();
    let opportunity = made["opportunity_id"].as_str().expect("an id");
    host.delete(&format!("/opportunities/{opportunity}")).with_status(204);
    lead
}

#[test]
fn addresses_go_with_a_company_and_come_back_with_it() {
    let host = Host::new(&MODULE);
    let company = host.post("/companies", json!({"name": "Alfreds"})).created();
    let id = company["id"].as_str().expect("an id");
    let address = json!({"city": "Berlin", "company_id": id});
    let address = host.post("/addresses", address).created();
    let address = format!("/addresses/{}", address["id"].as_str().expect("an id"));
    let lead = lead_of(&host, id);
    host.delete(&format!("/companies/{id}")).with_status(204);
    host.get(&address).with_status(404);
    assert_eq!(host.get(&format!("{lead}?select=company(name)")).ok()["company"], Json::Null);
    host.post(&format!("/companies/{id}/restore"), Json::Null).ok();
    host.get(&address).ok();
    assert_eq!(host.get(&lead).ok()["company_id"], id);
}

#[test]
fn an_id_that_is_none_is_not_found() {
    let host = Host::new(&MODULE);
    host.get("/contacts/7").with_status(404);
    host.post("/leads/7/convert", json!({})).with_status(404);
}
