//! A model whose routes lie elsewhere than its table says.

use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

/// Days off.
#[model(table = "leave_requests", path = "leave-requests")]
pub struct LeaveRequest {
    /// How many.
    #[field(min = 1)]
    pub days: i32,
}

/// Approve a request
#[post("/leave-requests/{id:uuid}/approve")]
fn approve(id: Ref<LeaveRequest>) -> Result<Record<LeaveRequest>> {
    db::get(id)
}

eerp_sdk::module! {
    name: "hr",
    models: [LeaveRequest],
    routes: [crud::<LeaveRequest>, approve],
}

#[test]
fn the_routes_follow_the_path_and_the_permissions_the_table() {
    let description: Json = serde_json::from_str(&MODULE.description()).expect("it is JSON");
    let told: Vec<(&str, &str)> = description["routes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|route| Some((route["path"].as_str()?, route["permission"].as_str()?)))
        .collect();
    assert_eq!(told[0], ("/leave-requests", "hr.leave_requests.read"));
    assert_eq!(told[5], ("/leave-requests/{id:uuid}/restore", "hr.leave_requests.delete"));
    assert_eq!(told[6], ("/leave-requests/{id:uuid}/approve", "hr.leave_requests.write"));
}

#[test]
fn the_records_lie_in_the_table() {
    let host = Host::new(&MODULE);
    let made = host.post("/leave-requests", json!({"days": 3})).created();
    let path = format!("/leave-requests/{}", made["id"].as_str().expect("an id"));
    assert_eq!(host.get(&path).ok()["days"], 3);
    assert_sound(
        &MODULE,
        r#"{"name": "hr", "version": "0.1.0", "display_name": "HR", "author": "EERP",
            "description": "", "active": true, "capabilities": ["orm"]}"#,
    );
}
