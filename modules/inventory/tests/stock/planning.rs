//! What will be there, and what should be ordered.

use super::*;

#[test]
fn an_item_that_falls_short_is_told_of_once() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let rule = json!({"item_id": tea["id"], "minimum": "5", "maximum": "20", "multiple": "6"});
    store.made("/reorder-rules", rule);
    let short = || {
        let told = store.host.emitted().into_iter();
        told.filter(|event| event.topic == "inventory.items.short")
            .map(|event| event.data)
            .collect::<Vec<_>>()
    };
    store.receive(&tea, "10", "1");
    assert_eq!(short(), [] as [Json; 0]);
    let line = json!({"item_id": tea["id"], "quantity": "7"});
    let draft = store.made("/transfers", json!({"kind": "delivery", "moves": [line]}));
    store.act(&draft, "confirm", Json::Null);
    assert_eq!(short().len(), 1);
    assert_eq!(
        (number(&short()[0]["forecast"]), number(&short()[0]["wanted"])),
        (3.into(), 18.into())
    );
    store.act(&draft, "do", json!({}));
    assert_eq!(short().len(), 1, "it is the same shortage still");
    let proposed = store.host.get("/reorder-proposals").ok()["items"][0].clone();
    assert_eq!((&proposed["name"], number(&proposed["quantity"])), (&json!("Tea"), 18.into()));
    store.receive(&tea, "18", "1");
    assert_eq!(store.host.get("/reorder-proposals").ok()["items"], json!([]));
    store.deliver(&tea, "18");
    assert_eq!(short().len(), 2);
}

#[test]
fn what_is_on_its_way_counts_in_the_forecast() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let line = json!({"item_id": tea["id"], "quantity": "7"});
    let draft = store.made("/transfers", json!({"kind": "receipt", "moves": [line]}));
    store.act(&draft, "confirm", Json::Null);
    let stock = store.stock(&tea);
    let seen = ["on_hand", "incoming", "forecast"].map(|name| number(&stock[name]));
    assert_eq!(seen, [0, 7, 7].map(Decimal::from));
    store.act(&draft, "cancel", Json::Null);
    assert_eq!(number(&store.stock(&tea)["forecast"]), decimal("0"));
    assert_eq!(store.host.get("/stock").ok()["items"], json!([]));
}

#[test]
fn a_warehouse_has_places_of_its_own() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.made("/warehouses", json!({"code": "EAST", "name": "East"}));
    let line = json!({"item_id": tea["id"], "quantity": "7"});
    let body = json!({"kind": "receipt", "done": true, "warehouse": "EAST", "moves": [line]});
    store.made("/transfers", body);
    let row = store.host.get("/stock?warehouse=EAST").ok()["items"][0].clone();
    assert_eq!((&row["location"], &row["warehouse"]), (&json!("Stock"), &json!("EAST")));
    assert_eq!(store.host.get("/stock?warehouse=MAIN").ok()["items"], json!([]));
    let path = format!("/locations/{}", row["location_id"].as_str().expect("an id"));
    let used = store.host.patch(&path, 1, json!({"kind": "transit"})).with_status(409);
    assert_eq!(used["code"], "in_use");
    let circle = store.host.patch(&path, 1, json!({"parent_id": row["location_id"]}));
    assert_eq!(circle.with_status(422)["errors"][0]["code"], "circular");
}

#[test]
fn a_warehouse_in_which_nothing_was_moved_goes_with_its_places() {
    let store = Store::new();
    let east = store.made("/warehouses", json!({"code": "EAST", "name": "East"}));
    store.host.delete(&format!("/warehouses/{}", id(&east))).with_status(204);
    assert_eq!(store.host.get("/locations?warehouse=eq.EAST").ok()["items"], json!([]));
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "1", "1");
    let main = store.host.get("/warehouses").ok()["items"][0].clone();
    let used = store.host.delete(&format!("/warehouses/{}", id(&main))).with_status(409);
    assert_eq!(used["code"], "in_use");
}

#[test]
fn categories_make_no_circle() {
    let store = Store::new();
    let food = store.made("/categories", json!({"name": "Food"}));
    let tea = store.made("/categories", json!({"name": "Tea", "parent_id": food["id"]}));
    let path = format!("/categories/{}", id(&food));
    let circle = store.host.patch(&path, 1, json!({"parent_id": tea["id"]})).with_status(422);
    assert_eq!(circle["errors"][0]["code"], "circular");
}

#[test]
fn others_are_told_what_items_are() {
    use eerp_inventory_api::{DESCRIBE_ITEMS, ItemIds};
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea", "sku": "T1", "sales_price": "2.5"}));
    let id: Uuid = id(&tea).parse().expect("an id");
    let asked = ItemIds { item_ids: vec![Ref::new(id)] };
    let told = store.host.call(DESCRIBE_ITEMS, &asked).expect("it is known");
    assert_eq!((told[0].name.as_str(), told[0].sku.as_deref()), ("Tea", Some("T1")));
    let unknown = ItemIds { item_ids: vec![Ref::new(DOZEN.parse().expect("an id"))] };
    let error = store.host.call(DESCRIBE_ITEMS, &unknown).expect_err("it is not");
    assert!(error.is("unknown_item"));
}

#[test]
fn a_new_rule_is_looked_at_by_night() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.made("/reorder-rules", json!({"item_id": tea["id"], "minimum": "5"}));
    for _ in 0..2 {
        store.host.run_job("shortages").expect("it runs");
    }
    assert_eq!(store.host.emitted().len(), 1);
    let rule = store.host.get("/reorder-rules").ok()["items"][0].clone();
    assert_eq!(rule["short"], true);
}
