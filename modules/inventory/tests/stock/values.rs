//! What the stock is worth, and what the books are told of it.

use super::*;

#[test]
fn the_account_of_the_stock_is_worth_what_the_stock_is() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea", "costing": "average"}));
    let cup = store.item(json!({"name": "Cup"}));
    store.receive(&tea, "3", "3.33");
    store.receive(&cup, "7", "1.99");
    store.deliver(&tea, "1");
    store.deliver(&cup, "3");
    let (_, tea_value) = store.worth(&tea);
    let (_, cup_value) = store.worth(&cup);
    assert_eq!(store.balance(Purpose::Stock), tea_value + cup_value);
    assert_eq!(store.balance(Purpose::GoodsReceived), decimal("-23.92"));
    assert_eq!(store.balance(Purpose::CostOfSales), decimal("9.30"));
    let entry = store.entries.borrow()[0].clone();
    assert_eq!(entry.reference.as_deref(), Some("IN/00001"));
    assert_eq!(entry.source_model.as_deref(), Some("inventory.transfers"));
    assert_eq!(entry.currency.as_deref(), Some("USD"));
}

#[test]
fn it_works_as_well_without_books() {
    let store = Store::new();
    store.host.absent("accounting");
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "3", "3.33");
    assert_eq!(store.worth(&tea), (decimal("3"), decimal("9.99")));
    assert!(store.entries.borrow().is_empty());
}

#[test]
fn goods_that_stay_ones_own_have_no_value_to_post() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "3", "2");
    let line = json!({"item_id": tea["id"], "quantity": "2", "to_id": store.place("Output")});
    let moved = store.done("internal", json!([line]));
    assert_eq!(moved["moves"][0]["value"], Json::Null);
    assert_eq!(store.worth(&tea), (decimal("3"), decimal("6")));
    assert_eq!(store.entries.borrow().len(), 1);
}

#[test]
fn what_is_returned_to_a_supplier_is_what_came_from_them() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "10", "2");
    let second = store.receive(&tea, "10", "3");
    store.made(&format!("/transfers/{}/return", id(&second)), json!({}));
    assert_eq!(store.worth(&tea), (decimal("10"), decimal("20")));
    assert_eq!(store.balance(Purpose::GoodsReceived), decimal("-20"));
}

#[test]
fn what_is_empty_is_worth_nothing() {
    for costing in ["fifo", "average"] {
        let store = Store::new();
        let tea = store.item(json!({"name": "Tea", "costing": costing}));
        let line = json!({"item_id": tea["id"], "quantity": "3", "unit_cost": "3.333333"});
        store.done("receipt", json!([line]));
        for _ in 0..3 {
            store.deliver(&tea, "1");
        }
        assert_eq!(store.worth(&tea), (decimal("0"), decimal("0")));
        assert_eq!(store.balance(Purpose::Stock), decimal("0"));
    }
}

#[test]
fn the_costing_changes_when_nothing_is_left() {
    let store = Store::new();
    let herbs = store.made("/categories", json!({"name": "Herbs", "costing": "average"}));
    let tea = store.item(json!({"name": "Tea", "category_id": herbs["id"]}));
    store.receive(&tea, "1", "2");
    store.receive(&tea, "1", "4");
    let (of_item, of_category) =
        (format!("/items/{}", id(&tea)), format!("/categories/{}", id(&herbs)));
    let fifo = json!({"costing": "fifo"});
    for path in [&of_item, &of_category] {
        let version = store.host.get(path).ok()["version"].as_i64().expect("a version");
        let refused = store.host.patch(path, version, fifo.clone()).with_status(409);
        assert_eq!(refused["code"], "in_stock");
    }
    assert_eq!(number(&store.deliver(&tea, "1")["moves"][0]["value"]), decimal("-3"));
    store.deliver(&tea, "1");
    store.host.patch(&of_category, 1, fifo).ok();
    store.receive(&tea, "1", "2");
    store.receive(&tea, "1", "4");
    assert_eq!(number(&store.deliver(&tea, "1")["moves"][0]["value"]), decimal("-2"));
}

#[test]
fn a_stock_is_given_another_value() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "1", "2");
    store.receive(&tea, "2", "5");
    let path = format!("/items/{}/revalue", id(&tea));
    let revalued = store.host.post(&path, json!({"unit_cost": "3.3333"})).ok();
    assert_eq!(number(&revalued["value"]), decimal("10.00"));
    assert_eq!(number(&revalued["difference"]), decimal("-2.00"));
    assert_eq!(store.balance(Purpose::StockAdjustment), decimal("2"));
    let gone: Vec<Decimal> =
        (0..3).map(|_| number(&store.deliver(&tea, "1")["moves"][0]["value"])).collect();
    assert_eq!(gone.iter().sum::<Decimal>(), decimal("-10.00"));
    let nothing = store.host.post(&path, json!({"unit_cost": "1"})).with_status(409);
    assert_eq!(nothing["code"], "nothing_in_stock");
}

#[test]
fn the_value_of_a_day_is_what_the_layers_up_to_it_are() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let line = json!({"item_id": tea["id"], "quantity": "10", "unit_cost": "2"});
    let body = json!({"kind": "receipt", "done": true, "date": "2025-12-01", "moves": [line]});
    store.made("/transfers", body);
    store.deliver(&tea, "4");
    let on = |date: &str| {
        let path = format!("/reports/valuation?item_id={}&date={date}", id(&tea));
        let row = store.host.get(&path).ok()["items"][0].clone();
        (number(&row["quantity"]), number(&row["value"]))
    };
    assert_eq!(on("2025-12-31"), (decimal("10"), decimal("20")));
    assert_eq!(on("2026-01-01"), (decimal("6"), decimal("12")));
    let path = format!("/stock?item_id={}&date=2025-12-31", id(&tea));
    let row = store.host.get(&path).ok()["items"][0].clone();
    assert_eq!(number(&row["on_hand"]), decimal("10"));
}
