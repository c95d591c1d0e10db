//! Opportunities go through the stages, and their end is kept.

use eerp_crm::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

fn made(host: &Host, body: Json) -> Json {
    host.post("/opportunities", body).created()
}

fn path(opportunity: &Json, action: &str) -> String {
    format!("/opportunities/{}{action}", opportunity["id"].as_str().expect("an id"))
}

fn stage(host: &Host, name: &str) -> Json {
    host.get(&format!("/stages?name=eq.{name}")).ok()["items"][0]["id"].clone()
}

#[test]
fn a_new_opportunity_starts_at_the_first_stage_with_its_probability() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    assert_eq!(opportunity["stage_id"], stage(&host, "New"));
    assert_eq!(opportunity["probability"], 10);
    assert_eq!(made(&host, json!({"name": "Tea", "probability": 33}))["probability"], 33);
}

#[test]
fn moving_takes_on_the_probability_of_the_stage() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    let to = json!({"stage_id": stage(&host, "Negotiation")});
    let moved = host.post(&path(&opportunity, "/move"), to).ok();
    assert_eq!((&moved["probability"], &moved["version"]), (&json!(75), &json!(2)));
}

#[test]
fn winning_means_a_hundred_percent_and_the_moment() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    let won = host.post(&path(&opportunity, "/win"), Json::Null);
    assert_eq!(won.headers["etag"], "\"2\"");
    assert_eq!(won.body["probability"], 100);
    assert_eq!(won.body["closed_at"], "2026-01-01T00:00:00Z");
    let again = host.post(&path(&opportunity, "/win"), Json::Null).with_status(409);
    assert_eq!(again["code"], "already_won");
}

#[test]
fn losing_needs_a_reason() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    for body in [json!({}), json!({"lost_reason": ""}), json!({"lost_reason": "  "})] {
        host.post(&path(&opportunity, "/lose"), body).with_status(422);
    }
    let lost = json!({"stage_id": stage(&host, "Lost")});
    host.post(&path(&opportunity, "/move"), lost.clone()).with_status(422);
    host.patch(&path(&opportunity, ""), 1, lost).with_status(422);
    let lost = host.post(&path(&opportunity, "/lose"), json!({"lost_reason": "Price"})).ok();
    assert_eq!((&lost["probability"], &lost["lost_reason"]), (&json!(0), &json!("Price")));
}

#[test]
fn what_is_decided_is_not_moved_and_keeps_its_probability() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    host.post(&path(&opportunity, "/win"), Json::Null).ok();
    let to = json!({"stage_id": stage(&host, "New")});
    let refusal = host.post(&path(&opportunity, "/move"), to.clone()).with_status(409);
    assert_eq!(refusal["code"], "decided");
    let refusal = host.patch(&path(&opportunity, ""), 2, to).with_status(409);
    assert_eq!(refusal["code"], "decided");
    let lost = json!({"lost_reason": "Price"});
    let refusal = host.post(&path(&opportunity, "/lose"), lost).with_status(409);
    assert_eq!(refusal["code"], "decided");
    host.patch(&path(&opportunity, ""), 2, json!({"probability": 50})).with_status(422);
    host.patch(&path(&opportunity, ""), 2, json!({"lost_reason": "x"})).with_status(422);
    host.patch(&path(&opportunity, ""), 2, json!({"notes": "Well done."})).ok();
}

#[test]
fn what_is_lost_stays_lost_with_its_reason_and_its_moment() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    let lost = host.post(&path(&opportunity, "/lose"), json!({"lost_reason": "Price"})).ok();
    host.set_now("2026-02-02T00:00:00Z".parse().expect("a moment"));
    let refusal = host.post(&path(&opportunity, "/win"), Json::Null).with_status(409);
    assert_eq!(refusal["code"], "decided");
    host.post(&path(&opportunity, "/lose"), json!({"lost_reason": "Time"})).with_status(409);
    let won = json!({"stage_id": stage(&host, "Won")});
    host.post(&path(&opportunity, "/move"), won.clone()).with_status(409);
    host.patch(&path(&opportunity, ""), 2, won).with_status(409);
    assert_eq!(host.get(&path(&opportunity, "")).ok(), lost);
    host.post(&path(&opportunity, "/reopen"), json!({})).ok();
    let won = host.post(&path(&opportunity, "/win"), Json::Null).ok();
    assert_eq!(won["closed_at"], "2026-02-02T00:00:00Z");
}

#[test]
fn reopening_forgets_the_end() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    host.post(&path(&opportunity, "/reopen"), json!({})).with_status(409);
    host.post(&path(&opportunity, "/lose"), json!({"lost_reason": "Price"})).ok();
    let won = json!({"stage_id": stage(&host, "Won")});
    host.post(&path(&opportunity, "/reopen"), won).with_status(422);
    let open = host.post(&path(&opportunity, "/reopen"), json!({})).ok();
    assert_eq!((&open["closed_at"], &open["lost_reason"]), (&Json::Null, &Json::Null));
    assert_eq!(open["probability"], 10);
}

#[test]
fn bounds_hold_on_creating_and_changing() {
    let host = Host::new(&MODULE);
    for wrong in [json!({"expected_revenue": "-1"}), json!({"probability": 101})] {
        let mut body = wrong.clone();
        body["name"] = json!("Tea");
        host.post("/opportunities", body).with_status(422);
        let opportunity = made(&host, json!({"name": "Tea"}));
        host.patch(&path(&opportunity, ""), 1, wrong).with_status(422);
    }
}

#[test]
fn a_stage_that_does_not_exist_is_refused() {
    let host = Host::new(&MODULE);
    let nowhere = "00000000-0000-7000-8000-ffffffffffff";
    let body = json!({"name": "Tea", "stage_id": nowhere});
    let refusal = host.post("/opportunities", body).with_status(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/stage_id");
    let opportunity = made(&host, json!({"name": "Tea"}));
    host.patch(&path(&opportunity, ""), 1, json!({"stage_id": null})).with_status(422);
}

#[test]
fn a_change_to_an_old_version_is_refused_before_the_rules_are_asked() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    let refusal = host.patch(&path(&opportunity, ""), 7, json!({"name": "Coffee"}));
    assert_eq!(refusal.with_status(412)["code"], "version_conflict");
}

#[test]
fn a_stage_is_not_both_won_and_lost() {
    let host = Host::new(&MODULE);
    let both = json!({"name": "Draw", "is_won": true, "is_lost": true});
    host.post("/stages", both).with_status(422);
}

#[test]
fn a_stage_that_was_ever_used_keeps_its_outcome() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    host.post(&path(&opportunity, "/win"), Json::Null).ok();
    let won = format!("/stages/{}", stage(&host, "Won").as_str().expect("an id"));
    assert_eq!(host.get(&won).ok()["used"], true);
    let open = json!({"is_won": false});
    assert_eq!(host.patch(&won, 2, open.clone()).with_status(409)["code"], "in_use");
    let lost = json!({"is_won": false, "is_lost": true});
    host.patch(&won, 2, lost).with_status(409);
    host.patch(&won, 2, json!({"name": "Sold", "is_won": true})).ok();
    host.delete(&path(&opportunity, "")).with_status(204);
    host.patch(&won, 3, open).with_status(409);
    host.patch(&won, 3, json!({"used": false})).with_status(422);
    let unused = format!("/stages/{}", stage(&host, "Qualified").as_str().expect("an id"));
    host.patch(&unused, 1, json!({"is_won": true})).ok();
}

#[test]
fn only_the_first_opportunity_marks_its_stage() {
    let host = Host::new(&MODULE);
    let new = format!("/stages/{}", stage(&host, "New").as_str().expect("an id"));
    assert_eq!(host.get(&new).ok()["used"], false);
    for name in ["Tea", "Coffee"] {
        made(&host, json!({"name": name}));
        assert_eq!(host.get(&new).ok()["version"], 2);
    }
}

#[test]
fn a_stage_in_use_is_not_deleted() {
    let host = Host::new(&MODULE);
    let opportunity = made(&host, json!({"name": "Tea"}));
    let new = format!("/stages/{}", stage(&host, "New").as_str().expect("an id"));
    assert_eq!(host.delete(&new).with_status(409)["code"], "in_use");
    let to = json!({"stage_id": stage(&host, "Qualified")});
    host.post(&path(&opportunity, "/move"), to).ok();
    host.delete(&new).with_status(204);
}
