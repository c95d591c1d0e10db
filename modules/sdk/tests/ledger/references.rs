//! What becomes of records that refer, and what must hold among several.

use super::*;

fn made(host: &Host, resource: &str, body: Json) -> Json {
    host.post(&format!("/{resource}"), body).created()
}

#[test]
fn what_is_referred_to_stays_or_takes_others_with_it() {
    let host = Host::new(&MODULE);
    let ann = made(&host, "accounts", json!({"name": "Ann"}));
    let entry = made(&host, "entries", json!({"title": "Tea"}));
    let line = json!({"entry_id": entry["id"], "account_id": ann["id"]});
    let line = made(&host, "lines", line);
    let refusal = host.delete(&path("accounts", &ann)).with_status(409);
    assert_eq!(refusal["message"], "Other records still refer to this one.");
    host.delete(&path("entries", &entry)).with_status(204);
    host.get(&path("lines", &line)).with_status(404);
    host.delete(&path("accounts", &ann)).with_status(204);
    let back = format!("{}/restore", path("entries", &entry));
    host.post(&back, Json::Null).with_status(409);
    host.post(&format!("{}/restore", path("accounts", &ann)), Json::Null).ok();
    host.post(&back, Json::Null).ok();
    host.get(&path("lines", &line)).ok();
}

#[test]
fn what_was_deleted_before_does_not_come_back_with_others() {
    let host = Host::new(&MODULE);
    let entry = made(&host, "entries", json!({"title": "Tea"}));
    let line = made(&host, "lines", json!({"entry_id": entry["id"]}));
    host.delete(&path("lines", &line)).with_status(204);
    host.set_now("2026-02-03T00:00:00Z".parse().expect("a moment"));
    host.delete(&path("entries", &entry)).with_status(204);
    host.post(&format!("{}/restore", path("entries", &entry)), Json::Null).ok();
    host.get(&path("lines", &line)).with_status(404);
}

#[test]
fn a_reference_outlives_what_is_deleted_and_is_forgotten_by_purging() {
    let host = Host::new(&MODULE);
    let ann = made(&host, "accounts", json!({"name": "Ann"}));
    let alf = made(&host, "accounts", json!({"name": "Alf", "parent_id": ann["id"]}));
    let parent = || {
        let select = "select=parent_id,parent(name)";
        host.get(&format!("{}?{select}", path("accounts", &alf))).ok()
    };
    host.delete(&path("accounts", &ann)).with_status(204);
    assert_eq!(parent(), json!({"parent_id": ann["id"], "parent": null}));
    host.post(&format!("{}/restore", path("accounts", &ann)), Json::Null).ok();
    assert_eq!(parent()["parent"], json!({"name": "Ann"}));
    host.delete(&format!("{}?purge=true&reason=x", path("accounts", &ann))).with_status(204);
    assert_eq!(parent(), json!({"parent_id": null, "parent": null}));
}

#[test]
fn purging_obeys_references_too() {
    let host = Host::new(&MODULE);
    let ann = made(&host, "accounts", json!({"name": "Ann"}));
    let entry = made(&host, "entries", json!({"title": "Tea"}));
    let line = json!({"entry_id": entry["id"], "account_id": ann["id"]});
    let line = made(&host, "lines", line);
    host.delete(&path("lines", &line)).with_status(204);
    let purge =
        |resource, record| host.delete(&format!("{}?purge=true&reason=x", path(resource, record)));
    purge("accounts", &ann).with_status(409);
    purge("entries", &entry).with_status(204);
    purge("accounts", &ann).with_status(204);
    let reason = host.run(|| db::purge(Ref::<Entry>::default(), None, " "));
    assert_eq!(reason.expect_err("it has no reason").status, 422);
}

#[test]
fn posted_entries_balance_when_the_request_ends() {
    let host = Host::new(&MODULE);
    let entry = Entry { title: "Tea".into(), posted: true };
    let line = |entry_id, debit: i64, credit: i64| Line {
        entry_id,
        debit: debit.into(),
        credit: credit.into(),
        ..Line::default()
    };
    let one_sided = host.run(|| {
        let entry = db::create(&entry)?;
        db::create(&line(entry.id, 5, 0))
    });
    assert_eq!(one_sided.expect_err("it does not balance").status, 422);
    let both = host.run(|| {
        let entry = db::create(&entry)?;
        db::create_all(&[line(entry.id, 5, 0), line(entry.id, 0, 5)])
    });
    let lines = both.expect("it balances");
    assert_eq!(host.run(|| db::delete(lines[0].id, None)).expect_err("unbalanced").status, 422);
    let draft = Entry { posted: false, ..entry.clone() };
    let draft = host.run(|| {
        let entry = db::create(&draft)?;
        db::create(&line(entry.id, 5, 0))
    });
    draft.expect("only what is posted balances");
}

#[test]
fn two_bookings_do_not_overlap() {
    let host = Host::new(&MODULE);
    let stay =
        |room: &str, from: &str, to: Json| json!({"room": room, "starts_at": from, "ends_at": to});
    let noon = "2026-01-01T12:00:00Z";
    made(&host, "bookings", stay("blue", "2026-01-01T10:00:00Z", json!(noon)));
    made(&host, "bookings", stay("blue", noon, json!("2026-01-01T14:00:00Z")));
    made(&host, "bookings", stay("red", "2026-01-01T11:00:00Z", Json::Null));
    let late = stay("red", "2030-01-01T11:00:00Z", Json::Null);
    host.post("/bookings", late).with_status(409);
    let between = stay("blue", "2026-01-01T11:59:00Z", json!("2026-01-01T12:01:00Z"));
    host.post("/bookings", between).with_status(409);
    let day = |first: &str, last: &str| json!({"room": first, "starts_at": noon, "guest": "Ann", "first_day": first, "last_day": last});
    made(&host, "bookings", day("2026-03-01", "2026-03-02"));
    made(&host, "bookings", day("2026-03-03", "2026-03-03"));
    host.post("/bookings", day("2026-03-02", "2026-03-02")).with_status(409);
}

#[test]
fn a_locked_record_is_one_that_is_there() {
    let host = Host::new(&MODULE);
    let ann = host.run(|| db::create(&account("Ann"))).expect("it is stored");
    assert_eq!(host.run(|| db::lock(ann.id)).expect("it is held"), ann);
    host.run(|| db::delete(ann.id, None)).expect("it is deleted");
    assert!(host.run(|| db::lock(ann.id)).expect_err("it is gone").is("not_found"));
}
