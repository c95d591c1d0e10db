//! Transfers: from a draft to what was moved, and back.

use super::*;

#[test]
fn goods_come_and_go_with_no_more_said_than_what_and_how_many() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let received = store.receive(&tea, "10", "2.5");
    assert_eq!((&received["number"], &received["state"]), (&json!("IN/00001"), &json!("done")));
    assert_eq!(received["from_id"], store.place("Suppliers"));
    assert_eq!(received["moves"][0]["to_id"], store.place("Stock"));
    assert_eq!(number(&received["moves"][0]["value"]), decimal("25"));
    let delivered = store.deliver(&tea, "4");
    assert_eq!(number(&delivered["moves"][0]["value"]), decimal("-10"));
    assert_eq!(number(&store.stock(&tea)["on_hand"]), decimal("6"));
}

#[test]
fn no_more_goes_out_than_there_is() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "10", "2.5");
    let line = json!({"item_id": tea["id"], "quantity": "11"});
    let body = json!({"kind": "delivery", "done": true, "moves": [line]});
    let refused = store.host.post("/transfers", body).with_status(409);
    assert_eq!(refused["code"], "not_enough");
    assert_eq!(refused["message"], "Of Tea 11 are wanted, and 10 are available in Stock.");
    assert_eq!(refused["errors"][0]["pointer"], "/moves/0/quantity");
    assert_eq!(number(&store.stock(&tea)["on_hand"]), decimal("10"));
}

#[test]
fn a_place_that_allows_it_goes_below_zero() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea", "standard_cost": "3"}));
    let path = format!("/locations/{}", store.place("Stock").as_str().expect("an id"));
    store.host.patch(&path, 1, json!({"allow_negative": true})).ok();
    store.deliver(&tea, "2");
    assert_eq!(store.worth(&tea), (decimal("-2"), decimal("-6")));
    let refused = store.host.patch(&path, 2, json!({"allow_negative": false}));
    assert_eq!(refused.with_status(409)["code"], "negative");
    store.receive(&tea, "5", "4");
    assert_eq!(store.worth(&tea), (decimal("3"), decimal("12")));
    assert_eq!(store.balance(Purpose::Stock), decimal("12"));
    assert_eq!(store.balance(Purpose::CostOfSales), decimal("8"));
    store.host.patch(&path, 2, json!({"allow_negative": false})).ok();
}

#[test]
fn what_is_not_delivered_is_left_for_later() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "10", "2.5");
    let line = json!({"item_id": tea["id"], "quantity": "8"});
    let draft = store.made("/transfers", json!({"kind": "delivery", "moves": [line]}));
    let confirmed = store.act(&draft, "confirm", Json::Null);
    assert_eq!(number(&confirmed["moves"][0]["reserved"]), decimal("8"));
    let stock = store.stock(&tea);
    assert_eq!(number(&stock["available"]), decimal("2"));
    assert_eq!(number(&stock["forecast"]), decimal("2"));
    let part = json!({"moves": [{"id": draft["moves"][0]["id"], "quantity": "3"}]});
    let done = store.act(&draft, "do", part);
    assert_eq!(number(&done["moves"][0]["quantity"]), decimal("3"));
    let path = format!("/transfers?backorder_of_id=eq.{}", id(&draft));
    let backorder = store.host.get(&path).ok()["items"][0].clone();
    assert_eq!(backorder["state"], "confirmed");
    let stock = store.stock(&tea);
    assert_eq!(number(&stock["on_hand"]), decimal("7"));
    assert_eq!((number(&stock["reserved"]), number(&stock["outgoing"])), (5.into(), 5.into()));
    store.act(&backorder, "do", json!({}));
    let stock = store.stock(&tea);
    assert_eq!(number(&stock["on_hand"]), decimal("2"));
    assert_eq!((number(&stock["reserved"]), number(&stock["outgoing"])), (0.into(), 0.into()));
}

#[test]
fn what_is_kept_for_one_is_not_for_another_until_it_is_cancelled() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "10", "2.5");
    let line = json!({"item_id": tea["id"], "quantity": "8"});
    let draft = json!({"kind": "delivery", "moves": [line]});
    let (first, second) =
        (store.made("/transfers", draft.clone()), store.made("/transfers", draft));
    store.act(&first, "confirm", Json::Null);
    let second_confirmed = store.act(&second, "confirm", Json::Null);
    assert_eq!(number(&second_confirmed["moves"][0]["reserved"]), decimal("2"));
    let path = format!("/transfers/{}/do", id(&second));
    assert_eq!(store.host.post(&path, json!({})).with_status(409)["code"], "not_enough");
    store.act(&first, "cancel", Json::Null);
    let reserved = store.act(&second, "reserve", Json::Null);
    assert_eq!(number(&reserved["moves"][0]["reserved"]), decimal("8"));
    store.act(&second, "do", json!({}));
    assert_eq!(number(&store.stock(&tea)["on_hand"]), decimal("2"));
}

#[test]
fn what_was_moved_stays_and_is_returned_at_what_it_was_worth() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea", "costing": "fifo"}));
    store.receive(&tea, "10", "2");
    store.receive(&tea, "10", "3");
    let delivered = store.deliver(&tea, "15");
    let path = format!("/transfers/{}", id(&delivered));
    let changed = store.host.patch(&path, 1, json!({"notes": "no"})).with_status(409);
    assert_eq!(changed["code"], "done");
    assert_eq!(store.host.delete(&path).with_status(409)["code"], "done");
    let line = &delivered["moves"][0]["id"];
    let part = json!({"moves": [{"id": line, "quantity": "5"}]});
    let back = store.made(&format!("{path}/return"), part);
    assert_eq!((&back["kind"], &back["return_of_id"]), (&json!("return"), &delivered["id"]));
    // Fifteen were worth 35.00.
    assert_eq!(number(&back["moves"][0]["value"]), decimal("11.67"));
    let rest = store.made(&format!("{path}/return"), json!({}));
    assert_eq!(number(&rest["moves"][0]["value"]), decimal("23.33"));
    assert_eq!(store.worth(&tea), (decimal("20"), decimal("50")));
    let again = store.host.post(&format!("{path}/return"), json!({})).with_status(409);
    assert_eq!(again["code"], "returned");
    assert_eq!(store.balance(Purpose::CostOfSales), decimal("0"));
}

#[test]
fn one_item_is_moved_without_a_document() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let received = store.made("/moves", json!({"item_id": tea["id"], "quantity": "3"}));
    assert_eq!(received["state"], "done");
    assert_eq!(number(&received["base_quantity"]), decimal("3"));
    let out = json!({"item_id": tea["id"], "quantity": "5", "from_id": store.place("Stock")});
    let refused = store.host.post("/moves", out).with_status(409);
    assert_eq!(refused["errors"][0]["pointer"], "/quantity");
    let lost = json!({
        "item_id": tea["id"], "quantity": "1", "from_id": store.place("Stock"),
        "to_id": store.place("Adjustments"),
    });
    store.made("/moves", lost);
    assert_eq!(number(&store.stock(&tea)["on_hand"]), decimal("2"));
    let planned = json!({"item_id": tea["id"], "quantity": "3", "done": false});
    assert_eq!(store.made("/moves", planned)["state"], "draft");
}

#[test]
fn a_move_leads_somewhere_and_from_there() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let repair = store.item(json!({"name": "Repair", "kind": "service"}));
    let (stock, suppliers) = (store.place("Stock"), store.place("Suppliers"));
    for (line, field, code) in [
        (json!({"item_id": repair["id"], "quantity": "1"}), "item_id", "service"),
        (json!({"item_id": tea["id"], "quantity": "0"}), "quantity", "range"),
        (json!({"item_id": tea["id"], "quantity": "1", "lot": "A"}), "lot", "not_tracked"),
        (json!({"item_id": tea["id"], "quantity": "1", "from_id": stock}), "to_id", "same_place"),
        (
            json!({"item_id": tea["id"], "quantity": "1", "to_id": store.place("Customers")}),
            "from_id",
            "direction",
        ),
        (
            json!({"item_id": tea["id"], "quantity": "1", "unit_id": DOZEN, "to_id": suppliers}),
            "to_id",
            "same_place",
        ),
    ] {
        let refused = store.host.post("/transfers", json!({"kind": "receipt", "moves": [line]}));
        let refused = refused.with_status(422);
        assert_eq!(refused["errors"][0]["pointer"], format!("/moves/0/{field}"));
        assert_eq!(refused["errors"][0]["code"], code);
    }
}

#[test]
fn another_unit_is_converted_to_that_of_the_item() {
    let store = Store::new();
    let eggs = store.item(json!({"name": "Eggs", "unit_id": PIECE}));
    let line = json!({
        "item_id": eggs["id"], "quantity": "2", "unit_id": DOZEN, "unit_cost": "3.6",
    });
    let received = store.done("receipt", json!([line]));
    assert_eq!(number(&received["moves"][0]["base_quantity"]), decimal("24"));
    assert_eq!(store.worth(&eggs), (decimal("24"), decimal("7.20")));
    let path = format!("/items/{}", id(&eggs));
    let refused = store.host.patch(&path, 2, json!({"unit_id": DOZEN})).with_status(409);
    assert_eq!(refused["code"], "moved");
}

#[test]
fn a_draft_is_changed_and_a_confirmed_one_keeps_its_goods() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "10", "1");
    let line = json!({"item_id": tea["id"], "quantity": "1"});
    let draft = store.made("/transfers", json!({"kind": "delivery", "moves": [line]}));
    let path = format!("/transfers/{}", id(&draft));
    let line = json!({"id": draft["moves"][0]["id"], "quantity": "2"});
    let changed = store.host.patch(&path, 1, json!({"moves": [line]})).ok();
    assert_eq!(number(&changed["moves"][0]["base_quantity"]), decimal("2"));
    store.act(&draft, "confirm", Json::Null);
    let line = json!({"id": draft["moves"][0]["id"], "quantity": "3"});
    let refused = store.host.patch(&path, 3, json!({"moves": [line]})).with_status(409);
    assert_eq!(refused["code"], "confirmed");
    let noted = store.host.patch(&path, 3, json!({"notes": "By noon"})).ok();
    assert_eq!((&noted["notes"], &noted["state"]), (&json!("By noon"), &json!("confirmed")));
    assert_eq!(store.host.delete(&path).with_status(409)["code"], "confirmed");
    assert_eq!(number(&store.stock(&tea)["reserved"]), decimal("2"));
}

#[test]
fn nothing_has_happened_when_the_books_refuse() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    store.receive(&tea, "10", "1");
    store.open.set(false);
    let line = json!({"item_id": tea["id"], "quantity": "1"});
    let body = json!({"kind": "delivery", "done": true, "moves": [line]});
    let refused = store.host.post("/transfers", body).with_status(409);
    assert_eq!(refused["code"], "period_locked");
    assert_eq!(store.worth(&tea), (decimal("10"), decimal("10")));
    assert_eq!(number(&store.stock(&tea)["on_hand"]), decimal("10"));
}

#[test]
fn goods_are_not_moved_on_a_day_to_come() {
    let store = Store::new();
    let tea = store.item(json!({"name": "Tea"}));
    let body = json!({"item_id": tea["id"], "quantity": "1", "date": "2026-01-02"});
    let refused = store.host.post("/moves", body).with_status(422);
    assert_eq!(refused["errors"][0]["pointer"], "/date");
}
