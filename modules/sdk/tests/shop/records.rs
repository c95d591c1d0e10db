//! Records in searches and changes.

use super::*;

#[test]
fn searches_filter_order_and_page() {
    let host = Host::new(&MODULE);
    for (name, price) in [("Tea", Some(5)), ("Coffee", Some(10)), ("Water", None)] {
        let price = price.map(Decimal::from);
        let product = Product { name: name.into(), price, ..Product::default() };
        host.run(|| db::create(&product)).expect("it is stored");
    }
    let names = |found: Result<Vec<Record<Product>>>| {
        let found = found.expect("it is found");
        found.iter().map(|product| product.name.clone()).collect::<Vec<_>>().join(" ")
    };
    let found = |search: fn() -> Result<Vec<Record<Product>>>| names(host.run(search));
    assert_eq!(found(|| db::find().all()), "Coffee Tea Water");
    assert_eq!(found(|| db::find().gt("price", Decimal::from(9)).all()), "Coffee");
    assert_eq!(found(|| db::find().is_null("price").all()), "Water");
    assert_eq!(found(|| db::find().not_null("price").order("price desc").all()), "Coffee Tea");
    assert_eq!(found(|| db::find().ilike("name", "*T*E*").all()), "Tea Water");
    assert_eq!(found(|| db::find().one_of("name", ["Tea", "Milk"]).all()), "Tea");
    assert_eq!(found(|| db::find().neq("storage", Storage::Dry).all()), "");
    assert_eq!(found(|| db::find().limit(2).all()), "Coffee Tea");
    let either = || [Condition::eq("name", "Tea"), Condition::eq("name", "Water")];
    let both = host.run(|| db::find().filter(Condition::any(either())).all());
    assert_eq!(names(both), "Tea Water");
    let page = host.run(|| db::find::<Product>().limit(2).page()).expect("a page");
    let cursor = page.next_cursor.expect("a second page");
    assert_eq!(names(host.run(|| db::find().limit(2).cursor(&cursor).all())), "Water");
}

#[test]
fn records_are_changed_deleted_and_restored() {
    let host = Host::new(&MODULE);
    let made = host.run(|| db::create(&Note { text: "a".into() })).expect("it is stored");
    let mut stale = made.clone();
    let mut note = host.run(|| db::get(made.id)).expect("it is there");
    assert_eq!(note, made);
    note.text = "b".into();
    let note = host.run(|| db::update(&note)).expect("it is changed");
    assert_eq!((note.version, note.text.as_str()), (2, "b"));
    stale.text = "c".into();
    let refusal = host.run(|| db::update(&stale)).expect_err("it is stale");
    assert_eq!((refusal.status, refusal.is("version_conflict")), (412, true));
    host.run(|| db::delete(note.id, None)).expect("it is deleted");
    assert!(host.run(|| db::get(note.id)).expect_err("it is gone").is("not_found"));
    let restored = host.run(|| db::restore(note.id, Some(3))).expect("it is back");
    assert_eq!((restored.version, restored.deleted_at), (4, None));
}

#[test]
fn another_spelling_of_a_value_is_no_change() {
    let row = json!({
        "id": "00000000-0000-7000-8000-000000000001", "version": 1, "name": "Tea",
        "storage": "dry", "price": "5.0000", "words": [], "sizes": [], "stock": "7",
        "sold_at": "2026-01-01T02:00:00.5+02:00",
    });
    let row = row.as_object().expect("an object").clone();
    let mut product: Record<Product> = Record::from_values(row).expect("a product");
    assert!(product.changes().is_empty());
    product.stock = 8;
    assert_eq!(Json::Object(product.changes()), json!({"stock": "8"}));
}
