//! A lead becomes a company, a contact and an opportunity, once.

use eerp_crm::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn lead(host: &Host, body: Json) -> String {
    let lead = host.post("/leads", body).created();
    lead["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_lead_becomes_a_company_a_contact_and_an_opportunity() {
    let host = Host::new(&MODULE);
    let id = lead(
        &host,
        json!({
            "title": "200 crates of tea", "company_name": "Around the Horn",
            "first_name": "Thomas", "last_name": "Hardy", "email": "thomas@example.com",
        }),
    );
    let path = format!("/leads/{id}/convert");
    let made = host.post(&path, json!({"expected_revenue": "1200.5"})).ok();
    let read = |resource: &str, id: &Json| {
        host.get(&format!("/{resource}/{}", id.as_str().expect("an id"))).ok()
    };
    let company = read("companies", &made["company_id"]);
    assert_eq!(company["name"], "Around the Horn");
    let contact = read("contacts", &made["contact_id"]);
    assert_eq!(contact["first_name"], "Thomas");
    assert_eq!(contact["company_id"], company["id"]);
    let opportunity = read("opportunities", &made["opportunity_id"]);
    assert_eq!(opportunity["name"], "200 crates of tea");
    assert_eq!(opportunity["expected_revenue"], "1200.50");
    assert_eq!(opportunity["probability"], 10);
    assert_eq!(opportunity["contact_id"], contact["id"]);
    let lead = read("leads", &json!(id));
    assert_eq!(lead["status"], "converted");
    assert_eq!(lead["opportunity_id"], opportunity["id"]);
}

#[test]
fn a_second_conversion_is_refused_and_names_the_opportunity() {
    let host = Host::new(&MODULE);
    let path = format!("/leads/{}/convert", lead(&host, json!({"title": "Tea"})));
    let made = host.post(&path, json!({})).ok();
    let refusal = host.post(&path, json!({})).with_status(409);
    assert_eq!(refusal["code"], "already_converted");
    let message = refusal["message"].as_str().expect("a message");
    assert!(message.contains(made["opportunity_id"].as_str().expect("an id")));
    assert_eq!(host.get("/opportunities").ok()["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_lead_without_names_becomes_an_opportunity_alone() {
    let host = Host::new(&MODULE);
    let path = format!("/leads/{}/convert", lead(&host, json!({"title": "Tea"})));
    let made = host.post(&path, json!({})).ok();
    assert_eq!((&made["company_id"], &made["contact_id"]), (&Json::Null, &Json::Null));
}

#[test]
fn a_known_company_is_taken_and_an_unknown_one_is_refused() {
    let host = Host::new(&MODULE);
    let company = host.post("/companies", json!({"name": "Around the Horn"})).created();
    let id = lead(&host, json!({"title": "Tea", "company_name": "AtH"}));
    let path = format!("/leads/{id}/convert");
    let nowhere = "00000000-0000-7000-8000-ffffffffffff";
    let refusal = host.post(&path, json!({"company_id": nowhere})).with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/company_id");
    let made = host.post(&path, json!({"company_id": company["id"]})).ok();
    assert_eq!(made["company_id"], company["id"]);
}

#[test]
fn nothing_is_left_of_a_conversion_that_fails() {
    let host = Host::new(&MODULE);
    let id = lead(&host, json!({"title": "Tea", "company_name": "Around the Horn"}));
    let nowhere = "00000000-0000-7000-8000-ffffffffffff";
    let path = format!("/leads/{id}/convert");
    host.post(&path, json!({"contact_id": nowhere})).with_status(422);
    assert_eq!(host.get("/companies").ok()["items"], json!([]));
}

#[test]
fn a_lost_lead_is_not_converted() {
    let host = Host::new(&MODULE);
    let id = lead(&host, json!({"title": "Tea", "status": "lost"}));
    let refusal = host.post(&format!("/leads/{id}/convert"), json!({})).with_status(409);
    assert_eq!(refusal["code"], "lead_lost");
}

#[test]
fn nobody_says_converted_by_hand_or_takes_it_back() {
    let host = Host::new(&MODULE);
    host.post("/leads", json!({"title": "Tea", "status": "converted"})).with_status(422);
    let id = lead(&host, json!({"title": "Tea"}));
    host.post(&format!("/leads/{id}/convert"), json!({})).ok();
    let path = format!("/leads/{id}");
    host.patch(&path, 2, json!({"status": "new"})).with_status(422);
    host.patch(&path, 2, json!({"notes": "Called back."})).ok();
}

#[test]
fn a_converted_lead_outlives_its_opportunity() {
    let host = Host::new(&MODULE);
    let id = lead(&host, json!({"title": "Tea"}));
    let made = host.post(&format!("/leads/{id}/convert"), json!({})).ok();
    let opportunity = made["opportunity_id"].as_str().expect("an id");
    host.delete(&format!("/opportunities/{opportunity}")).with_status(204);
    let path = format!("/leads/{id}");
    host.patch(&path, 2, json!({"notes": "Too late."})).ok();
    host.delete(&format!("/opportunities/{opportunity}?purge=true&reason=x")).with_status(204);
    assert_eq!(host.get(&path).ok()["opportunity_id"], Json::Null);
    host.patch(&path, 3, json!({"notes": "Much too late."})).ok();
    host.post(&format!("{path}/convert"), json!({})).with_status(409);
}

#[test]
fn what_becomes_of_a_lead_is_the_same_users_and_companys() {
    let host = Host::new(&MODULE);
    let (owner, own) =
        ("00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b");
    let body = json!({"title": "Tea", "owner_id": owner, "own_company_id": own});
    let path = format!("/leads/{}/convert", lead(&host, body));
    let made = host.post(&path, json!({})).ok();
    let id = made["opportunity_id"].as_str().expect("an id");
    let opportunity = host.get(&format!("/opportunities/{id}")).ok();
    assert_eq!(
        (&opportunity["owner_id"], &opportunity["own_company_id"]),
        (&json!(owner), &json!(own))
    );
}
