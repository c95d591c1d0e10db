//! Companies and contacts that were entered twice are found, and become one.

use std::cell::RefCell;
use std::rc::Rc;

use eerp_core_api::MOVE_RECORD;
use eerp_crm::MODULE;
use eerp_crm_api::{
    COMPANIES_MERGED, CompaniesMerged, CompanyIds, DESCRIBE_COMPANIES, FIND_OR_CREATE_CONTACT,
    Person,
};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

/// A CRM, and the moves of records that it has asked core for.
fn crm() -> (Host, Rc<RefCell<Vec<String>>>) {
    let (host, moves) = (Host::new(&MODULE), Rc::new(RefCell::new(Vec::new())));
    let told = moves.clone();
    host.serve(MOVE_RECORD, move |asked| {
        told.borrow_mut().push(format!("{} {} {}", asked.model, asked.from, asked.to));
        Ok(())
    });
    (host, moves)
}

fn made(host: &Host, resource: &str, body: Json) -> String {
    let made = host.post(&format!("/{resource}"), body).created();
    made["id"].as_str().expect("an id").into()
}

fn merge(host: &Host, stays: &str, goes: &str) -> eerp_sdk::testing::Answer {
    host.post(&format!("/companies/{stays}/merge"), json!({"merged_id": goes}))
}

fn names(found: &Json) -> Vec<(&str, i64)> {
    let items = found["items"].as_array().map_or(&[][..], Vec::as_slice);
    let shown = |item: &'_ Json| item["score"].as_i64().unwrap_or_default();
    items.iter().map(|item| (item["name"].as_str().unwrap_or_default(), shown(item))).collect()
}

#[test]
fn a_company_that_was_entered_twice_is_found_beside_the_other() {
    let (host, _) = crm();
    let body = json!({"name": "Island Trading Ltd", "email": "info@island.example"});
    let island = made(&host, "companies", body);
    made(&host, "companies", json!({"name": "ISLAND TRADING"}));
    made(&host, "companies", json!({"name": "Isle Trade", "website": "www.island.example"}));
    made(&host, "companies", json!({"name": "Continental Trading"}));
    let found = host.get(&format!("/companies/{island}/duplicates")).ok();
    assert_eq!(names(&found), [("ISLAND TRADING", 80), ("Isle Trade", 50)]);
    assert_eq!(found["items"][0]["reasons"], json!(["name"]));
}

#[test]
fn a_misspelt_person_is_found_and_a_colleague_is_not() {
    let (host, _) = crm();
    let company = made(&host, "companies", json!({"name": "Island"}));
    let person = |first: &str, last: &str| {
        let body = json!({"first_name": first, "last_name": last, "company_id": company});
        made(&host, "contacts", body)
    };
    let helen = person("Helen", "Bennett");
    person("Hellen", "Bennet");
    person("Carl", "Jones");
    let found = host.get(&format!("/contacts/{helen}/duplicates")).ok();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["items"][0]["name"], "Hellen Bennet");
    assert_eq!(found["items"][0]["reasons"], json!(["name", "company"]));
}

#[test]
fn all_that_was_entered_twice_is_gone_through_page_by_page() {
    let (host, _) = crm();
    for number in 0..120 {
        made(
            &host,
            "companies",
            json!({"name": format!("Firm {number}"), "tax_id": format!("TAX{number:05}")}),
        );
    }
    made(&host, "companies", json!({"name": "Another", "tax_id": "tax 00007"}));
    made(&host, "companies", json!({"name": "Fourth", "tax_id": "tax 00110"}));
    let first = host.get("/companies/duplicates").ok();
    assert_eq!(names(&first), [("Firm 7", 95)]);
    assert_eq!(first["items"][0]["other_name"], "Another");
    let cursor = first["next_cursor"].as_str().expect("a next page");
    let second = host.get(&format!("/companies/duplicates?cursor={cursor}")).ok();
    assert_eq!((names(&second), &second["next_cursor"]), (vec![("Firm 110", 95)], &Json::Null));
    assert_eq!(names(&host.get("/contacts/duplicates").ok()), []);
}

#[test]
fn two_companies_become_one_with_all_that_they_have() {
    let (host, moves) = crm();
    let stays = made(&host, "companies", json!({"name": "Acme", "phone": "1", "tags": ["a"]}));
    let body = json!({"name": "Acme Ltd", "phone": "2", "fax": "3", "reference": "ACME",
                      "tags": ["b"], "is_customer": true});
    let goes = made(&host, "companies", body);
    let contact = made(&host, "contacts", json!({"first_name": "Ann", "company_id": goes}));
    let address = made(&host, "addresses", json!({"city": "Bern", "company_id": goes}));
    let sale = made(&host, "opportunities", json!({"name": "Tea", "company_id": goes}));
    let merged = merge(&host, &stays, &goes).ok();
    assert_eq!((&merged["phone"], &merged["fax"]), (&json!("1"), &json!("3")));
    assert_eq!((&merged["reference"], &merged["tags"]), (&json!("ACME"), &json!(["a", "b"])));
    assert_eq!((&merged["is_customer"], &merged["active"]), (&json!(true), &json!(true)));
    for path in [
        format!("/contacts/{contact}"),
        format!("/addresses/{address}"),
        format!("/opportunities/{sale}"),
    ] {
        assert_eq!(host.get(&path).ok()["company_id"], json!(stays));
    }
    let gone = host.get(&format!("/companies/{goes}")).ok();
    assert_eq!((&gone["active"], &gone["merged_into_id"]), (&json!(false), &json!(stays)));
    assert_eq!(gone["reference"], Json::Null);
    assert_eq!(*moves.borrow(), [format!("crm.companies {goes} {stays}")]);
    let kept = host.get("/merges").ok()["items"][0].clone();
    assert_eq!((&kept["model"], &kept["name"]), (&json!("companies"), &json!("Acme Ltd")));
    assert_eq!(kept["goes_before"]["reference"], "ACME");
    assert_eq!(kept["stays_before"]["fax"], Json::Null);
    let told = host.emitted();
    assert_eq!((told.len(), &*told[0].topic), (1, "crm.companies.merged"));
    assert_eq!(told[0].data, json!({"company_id": stays, "name": "Acme", "merged_id": goes}));
}

#[test]
fn values_are_taken_from_the_one_that_goes_if_wanted() {
    let (host, _) = crm();
    let stays = made(&host, "companies", json!({"name": "Acme", "phone": "1"}));
    let goes = made(&host, "companies", json!({"name": "Acme Ltd", "phone": "2"}));
    let path = format!("/companies/{stays}/merge");
    let wrong = json!({"merged_id": goes, "take": ["phone", "version"]});
    let refused = host.post(&path, wrong).with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/take/1");
    let merged = host.post(&path, json!({"merged_id": goes, "take": ["name"]})).ok();
    assert_eq!((&merged["name"], &merged["phone"]), (&json!("Acme Ltd"), &json!("1")));
}

#[test]
fn what_is_merged_is_not_merged_again_and_stays_archived() {
    let (host, _) = crm();
    let [one, other, third] =
        ["One", "Other", "Third"].map(|name| made(&host, "companies", json!({"name": name})));
    assert_eq!(merge(&host, &one, &one).with_status(422)["errors"][0]["code"], "same_record");
    let nobody = "00000000-0000-7000-8000-ffffffffffff";
    merge(&host, &one, nobody).with_status(422);
    merge(&host, nobody, &one).with_status(404);
    merge(&host, &one, &other).ok();
    assert_eq!(merge(&host, &one, &other).with_status(409)["code"], "already_merged");
    assert_eq!(merge(&host, &third, &other).with_status(409)["code"], "already_merged");
    assert_eq!(merge(&host, &other, &third).with_status(409)["code"], "already_merged");
    let back = host.patch(&format!("/companies/{other}"), 2, json!({"active": true}));
    assert_eq!(back.with_status(422)["errors"][0]["pointer"], "/active");
}

#[test]
fn whoever_asks_for_a_merged_company_is_told_of_the_one_that_stays() {
    let (host, _) = crm();
    let [first, second, third] =
        ["First", "Second", "Third"].map(|name| made(&host, "companies", json!({"name": name})));
    merge(&host, &second, &first).ok();
    merge(&host, &third, &second).ok();
    let id = |text: &str| Ref::new(text.parse().expect("an id"));
    let company_ids = [&first, &second, &third].map(|one| id(one)).into();
    let told = host.call(DESCRIBE_COMPANIES, &CompanyIds { company_ids }).expect("all three");
    assert_eq!(told.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["Third"; 3]);
}

#[test]
fn what_came_meanwhile_or_was_not_seen_follows_later() {
    let (host, _) = crm();
    let [stays, goes] = ["One", "Two"].map(|name| made(&host, "companies", json!({"name": name})));
    merge(&host, &stays, &goes).ok();
    let late = made(&host, "opportunities", json!({"name": "Tea", "company_id": goes}));
    let id = |text: &str| Ref::new(text.parse().expect("an id"));
    let data = CompaniesMerged { company_id: id(&stays), name: "One".into(), merged_id: id(&goes) };
    for _ in 0..2 {
        host.deliver(COMPANIES_MERGED, &stays, &data).expect("it is told");
    }
    assert_eq!(host.get(&format!("/opportunities/{late}")).ok()["company_id"], json!(stays));
}

#[test]
fn two_contacts_become_one_and_are_found_as_one() {
    let (host, moves) = crm();
    let ann = |phone: &str| {
        let body = json!({"first_name": "Ann", "email": "ann@example.com", "phone": phone});
        made(&host, "contacts", body)
    };
    let (stays, goes) = (ann("1"), ann("2"));
    let sale = made(&host, "opportunities", json!({"name": "Tea", "contact_id": goes}));
    let body = json!({"merged_id": goes});
    host.post(&format!("/contacts/{stays}/merge"), body).ok();
    assert_eq!(host.get(&format!("/opportunities/{sale}")).ok()["contact_id"], json!(stays));
    assert_eq!(*moves.borrow(), [format!("crm.contacts {goes} {stays}")]);
    assert_eq!(host.emitted()[0].topic, "crm.contacts.merged");
    let person =
        Person { email: "ann@example.com".into(), first_name: "Ann".into(), ..Person::default() };
    let found = host.call(FIND_OR_CREATE_CONTACT, &person).expect("one is left");
    assert_eq!(found.contact_id.to_string(), stays);
}
