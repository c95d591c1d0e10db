//! Records: what they hold, how they are searched, what they leave unsaid.

use super::*;
use eerp_sdk::db::operation;

fn sent(operation: &eerp_sdk::operation::Operation) -> Json {
    text_of(operation.as_json().to_owned())
}

#[test]
fn lists_of_every_kind_come_back_as_they_were() {
    let host = Host::new(&MODULE);
    let lists = Lists {
        numbers: vec![i64::MAX, -1],
        rates: vec![Decimal::new(1500, 3)],
        flags: vec![true, false],
        days: vec!["2026-02-03".parse().expect("a day")],
        hours: vec!["08:30:00".parse().expect("a time")],
        moments: vec!["2026-02-03T08:30:00Z".parse().expect("a moment")],
        account_ids: vec![Ref::default()],
        small: Some(vec![1]),
    };
    let stored = host.run(|| db::create(&lists)).expect("it is stored");
    assert_eq!(*stored, lists);
    let body = json!({"numbers": [9, "9"], "rates": ["1.5"], "flags": [], "days": [],
        "hours": [], "moments": [], "account_ids": []});
    let made = host.post("/lists", body).created();
    assert_eq!((&made["numbers"], &made["rates"]), (&json!(["9", "9"]), &json!(["1.500"])));
    assert_eq!(made["small"], Json::Null);
}

#[test]
fn a_word_that_a_choice_has_not_is_refused() {
    let host = Host::new(&MODULE);
    host.post("/accounts", json!({"name": "Ann", "more_kinds": ["tax_office"]})).created();
    host.post("/accounts", json!({"name": "Ann", "more_kinds": ["friend"]})).with_status(422);
    host.post("/accounts", json!({"name": "Ann", "kind": "friend"})).with_status(422);
}

#[test]
fn a_new_record_leaves_unsaid_what_others_decide() {
    let host = Host::new(&MODULE);
    let said =
        |account: &Account| sent(&operation::create(account).expect("it may be"))["values"].clone();
    let values = host.run(|| Ok(said(&account("Ann")))).expect("it is said");
    for name in ["own_company_id", "secret", "credit"] {
        assert_eq!(values.get(name), None, "{name}");
    }
    assert_eq!((&values["name"], values.get("owner_id")), (&json!("Ann"), Some(&Json::Null)));
    let rich =
        Account { credit: Decimal::TEN, own_company_id: Some(Ref::default()), ..account("Ann") };
    let values = host.run(|| Ok(said(&rich))).expect("it is said");
    assert_eq!(values["credit"], "10");
    assert!(values["own_company_id"].is_string());
}

#[test]
fn what_is_said_of_a_new_record_is_sent_even_where_it_is_nothing() {
    let host = Host::new(&MODULE);
    let record = || Record::from(account("Ann")).saying("own_company_id");
    let one = host.run(|| operation::create_record(record())).expect("it may be");
    let many = host.run(|| operation::create_records([record(), account("Bob").into()]));
    let (one, many) = (sent(&one), sent(&many.expect("they may be")));
    assert_eq!(one["values"].get("own_company_id"), Some(&Json::Null));
    assert_eq!(one["values"].get("secret"), None);
    assert_eq!(many["values"][0].get("own_company_id"), Some(&Json::Null));
    assert_eq!(many["values"][1].get("own_company_id"), None);
    let stored = host.run(|| db::create_record(record())).expect("it is stored");
    assert_eq!((&*stored.name, stored.own_company_id), ("Ann", None));
    let stored = host.run(|| db::create_records(&[record(), record()])).expect("they are stored");
    assert_eq!(stored.len(), 2);
    assert!(host.run(|| db::create_records::<Account>(&[])).expect("nothing is").is_empty());
}

#[test]
fn a_field_that_the_caller_may_not_see_is_neither_shown_nor_changed() {
    let row = json!({"id": "00000000-0000-7000-8000-000000000001", "version": 3, "name": "Ann",
        "kind": "customer", "more_kinds": [], "credit": "0.00"});
    let row = row.as_object().expect("an object").clone();
    let mut seen: Record<Account> = Record::from_values(row).expect("an account");
    assert!(seen.changes().is_empty());
    let shown = json!(seen);
    assert_eq!((shown.get("secret"), &shown["name"]), (None, &json!("Ann")));
    seen.secret = Some("rich".into());
    assert_eq!(Json::Object(seen.changes()), json!({"secret": "rich"}));
    assert_eq!(json!(seen)["secret"], "rich");
}

#[test]
fn what_other_modules_keep_is_read_and_changed() {
    let row = json!({"id": "00000000-0000-7000-8000-000000000001", "version": 3, "name": "Ann",
        "extensions": {"tax": {"code": 7}}});
    let row = row.as_object().expect("an object").clone();
    let mut seen: Record<Account> = Record::from_values(row).expect("an account");
    assert_eq!(seen.extensions().map(|all| all["tax"]["code"].clone()), Some(json!(7)));
    let code = json!({"code": 8}).as_object().cloned().unwrap_or_default();
    seen.set_extension("tax", code);
    assert_eq!(Json::Object(seen.changes()), json!({"extensions": {"tax": {"code": 8}}}));
}

#[test]
fn searches_are_put_as_the_core_reads_them() {
    let search = db::find::<Account>()
        .search("name", "tea -green")
        .has_any("more_kinds", [Kind::Supplier])
        .distinct("owner_id", Uuid::default())
        .eq("parent.name", "Ann")
        .filter(Condition::search_in("german", "name", "Tee"))
        .order("name desc nulls last, parent.name nulls first, kind")
        .with_deleted()
        .with_estimated_total();
    let search = sent(&search.operation());
    assert_eq!(
        search["where"],
        json!({"and": [
            {"field": "name", "op": "wfts", "value": "tea -green"},
            {"field": "more_kinds", "op": "ov", "value": ["supplier"]},
            {"field": "owner_id", "op": "isdistinct",
             "value": "00000000-0000-0000-0000-000000000000"},
            {"field": "parent.name", "op": "eq", "value": "Ann"},
            {"field": "name", "op": "wfts(german)", "value": "Tee"},
        ]})
    );
    assert_eq!(
        search["order"],
        json!([
            ["name", "desc", "nullslast"],
            ["parent.name", "asc", "nullsfirst"],
            ["kind", "asc"]
        ])
    );
    assert_eq!((&search["deleted"], &search["count"]), (&json!("include"), &json!("estimated")));
}

#[test]
fn searches_look_into_lists_words_and_other_records() {
    let host = Host::new(&MODULE);
    let found = |search: db::Find<Account>| {
        let found = host.run(|| search.all()).expect("it is found");
        found.iter().map(|found| found.name.clone()).collect::<Vec<_>>().join(" ")
    };
    let ann = host.run(|| db::create(&account("Ann Tea"))).expect("it is stored");
    let kinds = vec![Kind::Supplier, Kind::TaxOffice];
    let alf = Account { parent_id: Some(ann.id), more_kinds: kinds, ..account("Alf") };
    host.run(|| db::create(&alf)).expect("it is stored");
    let find = db::find::<Account>;
    assert_eq!(found(find().search("name", "tea")), "Ann Tea");
    assert_eq!(found(find().has_all("more_kinds", [Kind::Supplier, Kind::TaxOffice])), "Alf");
    assert_eq!(found(find().has_all("more_kinds", [Kind::Supplier, Kind::Customer])), "");
    assert_eq!(found(find().has_any("more_kinds", [Kind::Supplier, Kind::Customer])), "Alf");
    let only = Condition::has_only("more_kinds", [Kind::Customer]);
    assert_eq!(found(find().filter(only)), "Ann Tea");
    assert_eq!(found(find().ilike("parent.name", "ann*")), "Alf");
    assert_eq!(found(find().distinct("parent_id", ann.id)), "Ann Tea");
}

/// An account and the one above it.
#[body]
pub(crate) struct Named {
    /// What it is called.
    pub name: String,
    /// What is above it.
    pub parent: Option<Above>,
}

/// The account above another.
#[body]
pub(crate) struct Above {
    /// What it is called.
    pub name: String,
}

#[test]
fn parts_of_records_are_read_as_a_struct_or_as_json() {
    let host = Host::new(&MODULE);
    let ann = host.run(|| db::create(&account("Ann"))).expect("it is stored");
    let alf = Account { parent_id: Some(ann.id), ..account("Alf") };
    let alf = host.run(|| db::create(&alf)).expect("it is stored");
    let wanted = "name,parent(name)";
    let named: Vec<Named> = host.run(|| db::find::<Account>().rows(wanted)).expect("rows");
    assert_eq!(named[0].parent, Some(Above { name: "Ann".into() }));
    assert_eq!((named[1].name.as_str(), &named[1].parent), ("Ann", &None));
    let one: Named = host.run(|| db::get_row(alf.id, wanted)).expect("a row");
    assert_eq!(one, named[0]);
    let below: Json = host.run(|| db::get_row(ann.id, "accounts(name)")).expect("a row");
    assert_eq!(below, json!({"accounts": [{"name": "Alf"}]}));
    let wrong = host.run(|| db::get_row::<Account, Above>(alf.id, "kind"));
    assert_eq!(wrong.expect_err("it has no name").status, 500);
}
