//! What hangs on records of any module: activities and attachments; and the settings.

use std::cell::RefCell;
use std::rc::Rc;

use eerp_core::MODULE;
use eerp_core_api::{MOVE_RECORD, NewActivity, PLAN_ACTIVITY, RecordMove};
use eerp_sdk::prelude::*;
use eerp_sdk::services::settings::{self, Scope, Setting};
use eerp_sdk::services::{Sparse, files};
use eerp_sdk::testing::Host;

const ONE: &str = "018f3c1e-0000-7000-8000-000000000001";
const OTHER: &str = "018f3c1e-0000-7000-8000-000000000002";

fn uuid(text: &str) -> Uuid {
    text.parse().expect("an id")
}

fn path(record: &Json, resource: &str, action: &str) -> String {
    format!("/{resource}/{}{action}", record["id"].as_str().expect("an id"))
}

/// A core that keeps one file.
fn keeping() -> (Host, Rc<RefCell<Option<Vec<u8>>>>) {
    let (host, kept) = (Host::new(&MODULE), Rc::new(RefCell::new(None)));
    let (put, deleted) = (kept.clone(), kept.clone());
    host.serve(files::PUT, move |file| {
        let size = file.content.0.len() as i64;
        put.replace(Some(file.content.0));
        let (name, media_type) = (file.name, file.media_type);
        let sha256 = "0".repeat(64);
        Ok(files::File { id: uuid(OTHER), name, media_type, size, sha256, ..Default::default() })
    });
    host.serve(files::DELETE, move |_| {
        deleted.replace(None);
        Ok(files::File::default())
    });
    (host, kept)
}

fn file(content: &str) -> Json {
    json!({"model": "test.things", "record_id": ONE, "name": "Offer 1.txt",
           "media_type": "text/plain", "content": content, "note": "Signed."})
}

#[test]
fn an_activity_is_completed_and_reopened() {
    let host = Host::new(&MODULE);
    let made = host.post("/activities", json!({"subject": "Call", "kind": "call"})).created();
    host.set_now("2026-03-04T05:06:07Z".parse().expect("a moment"));
    let complete = path(&made, "activities", "/complete");
    assert_eq!(host.post(&complete, Json::Null).ok()["done_at"], "2026-03-04T05:06:07Z");
    assert_eq!(host.post(&complete, Json::Null).with_status(409)["code"], "already_done");
    let reopen = path(&made, "activities", "/reopen");
    assert_eq!(host.post(&reopen, Json::Null).ok()["done_at"], Json::Null);
    assert_eq!(host.post(&reopen, Json::Null).with_status(409)["code"], "not_done");
}

#[test]
fn an_activity_is_about_a_record_or_about_none() {
    let host = Host::new(&MODULE);
    for half in [json!({"model": "crm.leads"}), json!({"record_id": ONE})] {
        let mut body = half;
        body["subject"] = json!("Call");
        host.post("/activities", body).with_status(422);
    }
    let body = json!({"subject": "Call", "model": "crm.leads", "record_id": ONE});
    let made = host.post("/activities", body).created();
    host.patch(&path(&made, "activities", ""), 1, json!({"model": null})).with_status(422);
}

#[test]
fn what_is_overdue_is_found_by_the_usual_list() {
    let host = Host::new(&MODULE);
    for (subject, due) in [("Late", "2026-01-01"), ("Soon", "2026-02-01")] {
        let body = json!({"subject": subject, "due_at": format!("{due}T12:00:00Z")});
        host.post("/activities", body).created();
    }
    let overdue = host.get("/activities?done_at=is.null&due_at=lt.2026-01-15T00:00:00Z").ok();
    assert_eq!(overdue["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(overdue["items"][0]["subject"], "Late");
}

#[test]
fn another_module_plans_an_activity() {
    let host = Host::new(&MODULE);
    let mut wanted = NewActivity {
        model: "crm.leads".into(),
        record_id: uuid(ONE),
        subject: "Call back".into(),
        ..NewActivity::default()
    };
    let planned = host.call(PLAN_ACTIVITY, &wanted).expect("it is planned");
    let activity = host.get(&format!("/activities/{}", planned.activity_id)).ok();
    assert_eq!((&activity["kind"], &activity["record_id"]), (&json!("task"), &json!(ONE)));
    wanted.kind = Some("party".into());
    let refused = host.call(PLAN_ACTIVITY, &wanted).expect_err("no such kind");
    assert_eq!(&*refused.errors[0].pointer, "/kind");
}

#[test]
fn a_file_is_attached_and_taken_away() {
    let (host, kept) = keeping();
    let made = host.post("/attachments", file("SGVsbG8=")).created();
    assert_eq!((&made["size"], &made["name"]), (&json!("5"), &json!("Offer 1.txt")));
    assert_eq!(kept.borrow().as_deref(), Some(&b"Hello"[..]));
    host.serve(files::GET, |wanted| {
        assert!(wanted.raw);
        Ok(files::FileContent { id: wanted.id, name: "x".into(), ..Default::default() })
    });
    let content = host.get(&path(&made, "attachments", "/content"));
    let disposition = "attachment; filename*=UTF-8''Offer%201.txt";
    assert_eq!(content.headers["content-disposition"], disposition);
    host.delete(&path(&made, "attachments", "")).with_status(204);
    assert_eq!(*kept.borrow(), None);
    host.get(&path(&made, "attachments", "/content")).with_status(404);
}

#[test]
fn an_empty_file_is_none() {
    let (host, _) = keeping();
    let refused = host.post("/attachments", file("")).with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/content");
}

#[test]
fn what_hangs_on_a_record_goes_to_another_at_its_owners_wish() {
    let (host, _) = keeping();
    host.post("/attachments", file("SGVsbG8=")).created();
    for model in ["test.things", "test.others"] {
        let body = json!({"subject": "Call", "model": model, "record_id": ONE});
        host.post("/activities", body).created();
    }
    let (from, to) = (uuid(ONE), uuid(OTHER));
    let asked = RecordMove { model: "test.things".into(), from, to };
    host.call(MOVE_RECORD, &asked).expect("they are its own");
    let there = |list: &str, id: &str| {
        let page = host.get(&format!("/{list}?record_id=eq.{id}")).ok();
        page["items"].as_array().map(Vec::len)
    };
    assert_eq!((there("activities", ONE), there("activities", OTHER)), (Some(1), Some(1)));
    assert_eq!((there("attachments", ONE), there("attachments", OTHER)), (Some(0), Some(1)));
    let theirs = RecordMove { model: "crm.leads".into(), ..asked };
    assert_eq!(host.call(MOVE_RECORD, &theirs).expect_err("not its own").status, 403);
}

#[test]
fn a_setting_is_shown_set_and_forgotten() {
    let host = Host::new(&MODULE);
    let kept: Rc<RefCell<Option<Json>>> = Rc::default();
    let (read, write) = (kept.clone(), kept);
    host.serve(settings::GET, move |Sparse(key)| {
        assert_eq!(key.key, "currency");
        let value = read.borrow().clone();
        let scope = value.as_ref().map(|_| Scope::Global);
        Ok(Setting { value, scope, ..Setting::default() })
    });
    host.serve(settings::SET, move |change| {
        write.replace(change.value);
        Ok(())
    });
    let usual = host.get("/settings").ok()["items"][0].clone();
    assert_eq!((&usual["value"], &usual["scope"]), (&json!("USD"), &Json::Null));
    let put = |value: Json| host.send("PUT", "/settings/currency", None, &json!({"value": value}));
    assert_eq!(put(json!("EUR")).ok()["value"], "EUR");
    assert_eq!(put(json!("QQQ")).with_status(422)["errors"][0]["pointer"], "/value");
    assert_eq!(host.get("/settings/currency").ok()["scope"], "global");
    assert_eq!(put(Json::Null).ok()["value"], "USD");
    host.get("/settings/colour").with_status(404);
}
