//! Who was there, and when.

use super::*;

fn attended(host: &Host, employee: &Json, from: &str, to: Json) -> eerp_sdk::testing::Answer {
    let body = json!({"employee_id": employee["id"], "check_in": from, "check_out": to});
    host.post("/attendance", body)
}

#[test]
fn checking_in_and_out_makes_hours() {
    let host = host();
    let ann = employee(&host, "Ann");
    let who = json!({"employee_id": ann["id"]});
    let out = |body: Json| host.post("/attendance/check-out", body);
    assert_eq!(out(who.clone()).body["code"], "not_checked_in");
    let came = host.post("/attendance/check-in", who.clone()).created();
    assert_eq!((&came["date"], &came["check_out"]), (&json!("2026-01-05"), &Json::Null));
    host.set_now("2026-01-05T12:30:00Z".parse().expect("a moment"));
    let twice = host.post("/attendance/check-in", who.clone());
    assert_eq!(twice.with_status(409)["code"], "attendance_overlap");
    host.set_now("2026-01-05T20:00:00Z".parse().expect("a moment"));
    let went = out(json!({"employee_id": ann["id"], "break_minutes": 30})).ok();
    assert_eq!(went["hours"], "7.50");
}

#[test]
fn who_says_nobody_is_who_is_signed_in() {
    let host = host();
    let refused = host.post("/attendance/check-in", json!({})).with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/employee_id");
    let me = json!({"name": "Ann", "hired_on": "2026-01-01", "user_id": me(&host)});
    let me = host.post("/employees", me).created();
    let came = host.post("/attendance/check-in", json!({})).created();
    assert_eq!(came["employee_id"], me["id"]);
}

#[test]
fn who_forgot_to_check_out_has_to_say_when() {
    let host = host();
    let ann = employee(&host, "Ann");
    let who = json!({"employee_id": ann["id"]});
    let came = host.post("/attendance/check-in", who.clone()).created();
    host.set_now("2026-01-07T08:00:00Z".parse().expect("a moment"));
    let refused = host.post("/attendance/check-out", who.clone()).with_status(409);
    assert_eq!(refused["code"], "check_out_forgotten");
    let said = json!({"check_out": "2026-01-05T18:00:00Z"});
    assert_eq!(host.patch(&path("attendance", &came, ""), 1, said).ok()["hours"], "6.00");
    host.post("/attendance/check-in", who).created();
}

#[test]
fn times_never_overlap_and_are_not_in_the_future() {
    let host = host();
    let ann = employee(&host, "Ann");
    attended(&host, &ann, "2026-01-05T08:00:00Z", json!("2026-01-05T10:00:00Z")).created();
    let over = attended(&host, &ann, "2026-01-05T09:59:00Z", json!("2026-01-05T11:00:00Z"));
    assert_eq!(over.with_status(409)["code"], "attendance_overlap");
    attended(&host, &ann, "2026-01-05T10:00:00Z", json!("2026-01-05T11:00:00Z")).created();
    for (from, to, at) in [
        ("2026-01-05T13:00:00Z", Json::Null, "/check_in"),
        ("2026-01-05T11:30:00Z", json!("2026-01-05T13:00:00Z"), "/check_out"),
        ("2026-01-04T11:30:00Z", json!("2026-01-04T11:30:00Z"), "/check_out"),
    ] {
        let refused = attended(&host, &ann, from, to).with_status(422);
        assert_eq!(refused["errors"][0]["pointer"], at);
    }
}

#[test]
fn the_day_is_that_of_coming_or_one_beside_it() {
    let host = host();
    let ann = employee(&host, "Ann");
    let body = |date: &str| {
        json!({
            "employee_id": ann["id"], "date": date,
            "check_in": "2026-01-04T20:00:00Z", "check_out": "2026-01-05T04:00:00Z",
        })
    };
    let refused = host.post("/attendance", body("2026-01-06")).with_status(422);
    assert_eq!(refused["errors"][0]["code"], "other_day");
    assert_eq!(host.post("/attendance", body("2026-01-05")).created()["hours"], "8.00");
}

#[test]
fn the_sheet_tells_day_by_day_who_was_there_and_who_was_away() {
    let host = host();
    let ann = employee(&host, "Ann");
    attended(&host, &ann, "2026-01-05T08:00:00Z", json!("2026-01-05T12:00:00Z")).created();
    granted(&host, &ann, "SL", "2026-01-08", "2026-01-12");
    let sheet = host.get("/reports/attendance-sheet").ok();
    let row = &sheet["items"][0];
    assert_eq!(row["days"].as_array().map(Vec::len), Some(31));
    let day = |number: usize| &row["days"][number - 1];
    assert_eq!((&day(5)["hours"], &day(5)["due"]), (&json!("4.00"), &json!("8.00")));
    assert_eq!((&day(9)["leave"], &day(10)["leave"]), (&json!("SL"), &Json::Null));
    assert_eq!((&row["hours"], &row["leave_days"]), (&json!("4.00"), &json!("3.00")));
    let february = host.get("/reports/attendance-sheet?year=2024&month=2").ok();
    assert_eq!((&february["to"], &february["items"]), (&json!("2024-02-29"), &json!([])));
}
