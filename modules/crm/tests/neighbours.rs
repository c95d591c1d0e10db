//! What other modules get of the CRM: its service.

use eerp_crm::MODULE;
use eerp_crm_api::{FIND_OR_CREATE_CONTACT, Person};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn ann() -> Person {
    Person { email: "Ann@Example.com".into(), first_name: "Ann".into(), ..Person::default() }
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
