//! Counts.

use super::*;

fn apply(store: &Store, count: &Json) -> Json {
    store.host.post(&format!("/counts/{}/apply", id(count)), Json::Null).ok()
}

#[test]
fn what_is_counted_is_what_there_is() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let cup = store.item(json!({"name": "Cup", "standard_cost": "2"}));
    store.receive(&tea, "10", "3");
    let lines = json!([
        {"item_id": tea["id"], "counted": "8"}, {"item_id": cup["id"], "counted": "4"},
    ]);
    let count = store.made("/counts", json!({"lines": lines}));
    let applied = apply(&store, &count);
    assert_eq!(applied["state"], "applied");
    assert_eq!(number(&applied["lines"][0]["book"]), decimal("10"));
    assert_eq!(store.worth(&tea), (decimal("8"), decimal("24")));
    assert_eq!(store.worth(&cup), (decimal("4"), decimal("8")));
    assert_eq!(store.balance(Purpose::StockAdjustment), decimal("-2"));
    assert_eq!(store.balance(Purpose::Stock), decimal("32"));
    let path = format!("/counts/{}", id(&count));
    let closed = store.host.patch(&path, 2, json!({"notes": "no"})).with_status(409);
    assert_eq!(closed["code"], "closed");
}

#[test]
fn an_opening_count_opens_the_books() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let line = json!({"item_id": tea["id"], "counted": "8", "unit_cost": "1.5"});
    let count = store.made("/counts", json!({"opening": true, "lines": [line]}));
    apply(&store, &count);
    assert_eq!(store.balance(Purpose::Opening), decimal("-12"));
    assert_eq!(store.worth(&tea), (decimal("8"), decimal("12")));
}

#[test]
fn goods_that_were_moved_meanwhile_are_counted_anew() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "10", "3");
    let count = store.made("/counts", json!({}));
    let path = format!("/counts/{}", id(&count));
    let started = store.host.post(&format!("{path}/start"), Json::Null).ok();
    assert_eq!(started["lines"][0]["item_id"], tea["id"]);
    assert_eq!(number(&started["lines"][0]["book"]), decimal("10"));
    let line = json!({"id": started["lines"][0]["id"], "counted": "9"});
    let version = started["version"].as_i64().expect("a version");
    store.host.patch(&path, version, json!({"lines": [line]})).ok();
    store.deliver(&tea, "1");
    let stale = store.host.post(&format!("{path}/apply"), Json::Null).with_status(409);
    assert_eq!(
        (&stale["code"], &stale["errors"][0]["pointer"]),
        (&json!("stale"), &json!("/lines/0/counted"))
    );
    store.host.post(&format!("{path}/start"), Json::Null).ok();
    let applied = apply(&store, &count);
    assert_eq!(applied["transfer_id"], Json::Null);
    assert_eq!(store.worth(&tea), (decimal("9"), decimal("27")));
}
