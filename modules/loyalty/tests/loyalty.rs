//! Members collect points for what the CRM sells them.

use eerp_crm_api::{Decided, FIND_OR_CREATE_CONTACT, FoundContact, OPPORTUNITY_WON};
use eerp_loyalty::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

const TEA: &str = "018f3c1e-0000-7000-8000-000000000001";
const COFFEE: &str = "018f3c1e-0000-7000-8000-000000000002";

/// The module beside the real CRM, as the core would join them.
fn beside_crm() -> (Host, std::rc::Rc<Host>) {
    let (loyalty, crm) = (Host::new(&MODULE), std::rc::Rc::new(Host::new(&eerp_crm::MODULE)));
    let provider = crm.clone();
    loyalty.serve(FIND_OR_CREATE_CONTACT, move |person| {
        provider.call(FIND_OR_CREATE_CONTACT, &person)
    });
    (loyalty, crm)
}

fn join(host: &Host) -> Json {
    let ann = json!({"number": "A1", "email": "ann@example.com", "first_name": "Ann"});
    host.post("/members/join", ann).ok()
}

fn won(member: &Json, opportunity: &str, revenue: &str) -> Decided {
    let contact = member["contact_id"].as_str().expect("an id");
    Decided {
        opportunity_id: Ref::new(opportunity.parse().expect("an id")),
        contact_id: Some(Ref::new(contact.parse().expect("an id"))),
        expected_revenue: Some(revenue.parse().expect("a number")),
        ..Decided::default()
    }
}

fn points(host: &Host) -> Vec<i64> {
    let page = host.get("/points?order=created_at").ok();
    let items = page["items"].as_array().expect("a list");
    items.iter().filter_map(|points| points["amount"].as_i64()).collect()
}

fn tier(host: &Host) -> Json {
    host.get("/members").ok()["items"][0]["tier"].clone()
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, include_str!("../module.json"));
}

#[test]
fn contacts_get_columns_of_this_module() {
    let said: Json = MODULE.description().parse().expect("the description is JSON");
    let extension = &said["extensions"][0];
    assert_eq!((&extension["module"], &extension["model"]), (&json!("crm"), &json!("contacts")));
    let fields = extension["fields"].as_array().expect("a list").iter();
    let names: Vec<_> = fields.map(|field| field["name"].clone()).collect();
    assert_eq!(names, ["wants_offers", "birthday"]);
}

#[test]
fn who_joins_becomes_a_contact_once() {
    let (loyalty, crm) = beside_crm();
    let member = join(&loyalty);
    let contacts = crm.get("/contacts").ok();
    assert_eq!(contacts["items"][0]["id"], member["contact_id"]);
    assert_eq!(contacts["items"][0]["email"], "ann@example.com");
    let again = json!({"number": "A2", "email": "Ann@Example.com", "first_name": "Ann"});
    loyalty.post("/members/join", again).with_status(409);
    assert_eq!(crm.get("/contacts").ok()["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_the_crm_refuses_is_refused() {
    let loyalty = Host::new(&MODULE);
    loyalty.serve(FIND_OR_CREATE_CONTACT, |_| Err(Error::forbidden("You may not.")));
    let ann = json!({"number": "A1", "email": "ann@example.com", "first_name": "Ann"});
    loyalty.post("/members/join", ann).with_status(403);
    assert_eq!(loyalty.get("/members").ok()["items"], json!([]));
}

#[test]
fn a_referral_counts_though_the_crm_cannot_tell_who_it_is() {
    let (loyalty, crm) = beside_crm();
    let member = join(&loyalty);
    for _ in 0..2 {
        let bob = json!({"first_name": "Bob", "email": "bob@example.com"});
        crm.post("/contacts", bob).created();
    }
    let path = format!("/members/{}/refer", member["id"].as_str().expect("an id"));
    let bob = json!({"email": "bob@example.com", "first_name": "Bob"});
    let referral = loyalty.post(&path, bob).ok();
    assert_eq!(referral["contact_id"], Json::Null);
    assert_eq!(referral["remark"], "Several contacts have the address bob@example.com.");
    let eve = json!({"email": "eve@example.com", "first_name": "Eve"});
    assert!(loyalty.post(&path, eve).ok()["contact_id"].is_string());
}

#[test]
fn a_failure_that_is_not_expected_is_passed_on() {
    let loyalty = Host::new(&MODULE);
    let contact_id = Ref::new(TEA.parse().expect("an id"));
    loyalty.serve(FIND_OR_CREATE_CONTACT, move |_| {
        Ok(FoundContact { contact_id, company_id: None, created: true })
    });
    let member = join(&loyalty);
    let gone = || Error::new(503, "module_unavailable", "The CRM is not there.");
    loyalty.serve(FIND_OR_CREATE_CONTACT, move |_| Err(gone()));
    let path = format!("/members/{}/refer", member["id"].as_str().expect("an id"));
    let eve = json!({"email": "eve@example.com", "first_name": "Eve"});
    loyalty.post(&path, eve).with_status(503);
    assert_eq!(loyalty.get("/referrals").ok()["items"], json!([]));
}

#[test]
fn a_won_opportunity_gives_points_once() {
    let (loyalty, _crm) = beside_crm();
    let member = join(&loyalty);
    for _ in 0..2 {
        loyalty.deliver(OPPORTUNITY_WON, TEA, &won(&member, TEA, "129.90")).expect("it is told");
    }
    assert_eq!(points(&loyalty), [12]);
}

#[test]
fn only_members_get_points_and_only_for_revenue() {
    let (loyalty, _crm) = beside_crm();
    let member = join(&loyalty);
    let stranger = json!({"contact_id": COFFEE});
    let events = [
        won(&stranger, TEA, "500"),
        won(&member, TEA, "9.99"),
        Decided { contact_id: None, ..won(&member, TEA, "500") },
        Decided { expected_revenue: None, ..won(&member, TEA, "500") },
    ];
    for event in events {
        loyalty.deliver(OPPORTUNITY_WON, TEA, &event).expect("it is told");
    }
    assert!(points(&loyalty).is_empty());
}

#[test]
fn the_points_of_a_year_make_the_tier() {
    let (loyalty, _crm) = beside_crm();
    let member = join(&loyalty);
    loyalty.deliver(OPPORTUNITY_WON, TEA, &won(&member, TEA, "10000")).expect("it is told");
    loyalty.run_job("review_tiers").expect("it runs");
    assert_eq!(tier(&loyalty), "silver");
    loyalty.deliver(OPPORTUNITY_WON, COFFEE, &won(&member, COFFEE, "90000")).expect("it is told");
    loyalty.run_job("review_tiers").expect("it runs");
    assert_eq!(tier(&loyalty), "gold");
    loyalty.set_now("2027-01-02T00:00:00Z".parse().expect("a moment"));
    loyalty.run_job("review_tiers").expect("it runs");
    assert_eq!(tier(&loyalty), "bronze");
}
