//! The migrations that the words of a model mean.

use super::*;

/// The operations of one kind on one table, of all versions.
fn operations(kind: &str, table: &str) -> Vec<Json> {
    let migrations = text_of(MODULE.migrations());
    let steps = migrations.as_array().cloned().unwrap_or_default();
    let all = steps.iter().flat_map(|step| step["operations"].as_array().cloned());
    all.flatten().filter(|it| it["type"] == kind && it["table"] == table).collect()
}

fn step(entity: &str, version: u32) -> Json {
    let migrations = text_of(MODULE.migrations());
    let steps = migrations.as_array().cloned().unwrap_or_default();
    let found = steps.into_iter().find(|s| s["entity"] == entity && s["version"] == version);
    found.expect("there is such a step")
}

#[test]
fn a_computed_column_says_what_of() {
    let table = &operations("create_table", "lines")[0];
    assert_eq!(
        table["columns"][6],
        json!({"column": "amount", "sql_type": "numeric(18,2)", "nullable": false, "computed":
        {"sub": [
            {"mul": [{"field": "pieces"}, {"field": "price"}]},
            {"coalesce": [{"field": "discount"}, {"value": "0.5"}]},
        ]}})
    );
    assert_eq!(
        table["columns"][7]["computed"],
        json!({"lower": {"concat": [{"field": "text"}, {"value": "!"}]}})
    );
}

#[test]
fn indexes_are_of_the_method_that_the_field_asks_for() {
    assert_eq!(
        Json::from(operations("add_index", "accounts")),
        json!([
            {"type": "add_index", "table": "accounts", "columns": ["name"], "method": "trigram"},
            {"type": "add_index", "table": "accounts", "columns": ["name"], "method": "fts",
             "config": "english"},
            {"type": "add_index", "table": "accounts", "columns": ["more_kinds"],
             "method": "array"},
            {"type": "add_index", "table": "accounts", "columns": ["secret"], "method": "fts"},
            {"type": "add_index", "table": "accounts", "columns": ["currency_id"]},
            {"type": "add_index", "table": "accounts", "columns": ["own_company_id"]},
            {"type": "add_index", "table": "accounts", "columns": ["parent_id"]},
            {"type": "add_index", "table": "accounts", "columns": ["owner_id", "name"],
             "descending": ["name"]},
        ])
    );
}

#[test]
fn choices_and_lists_of_them_are_held_to_their_words() {
    let checks = operations("add_check", "accounts");
    assert_eq!(
        checks[0],
        json!({"type": "add_check", "table": "accounts", "name": "kind_words", "condition":
            {"field": "kind", "op": "in", "value": ["customer", "supplier"]}})
    );
    assert_eq!(
        checks[1]["condition"],
        json!({"field": "more_kinds", "op": "cd", "value": ["customer", "supplier"]})
    );
    assert_eq!(
        checks[2]["condition"],
        json!({"or": [
            {"field": "name", "op": "like", "value": "A*"},
            {"field": "credit", "op": "in", "value": ["0", "1"]},
        ]})
    );
}

#[test]
fn a_word_that_comes_later_comes_with_its_version_and_may_go_again() {
    let later = step("accounts", 2);
    let drop = json!({"type": "drop_check", "table": "accounts", "name": "kind_words"});
    let add = |words: Json| {
        json!({"type": "add_check", "table": "accounts", "name": "kind_words",
            "condition": {"field": "kind", "op": "in", "value": words}})
    };
    assert_eq!(later["operations"][0], drop);
    assert_eq!(later["operations"][1], add(json!(["customer", "supplier", "tax_office"])));
    assert_eq!(later["down"][2], drop);
    assert_eq!(later["down"][3], add(json!(["customer", "supplier"])));
}

#[test]
fn every_list_of_scalars_is_an_array() {
    let table = &operations("create_table", "lists")[0];
    let columns = table["columns"].as_array().expect("columns");
    let types: Json = columns.iter().map(|column| column["sql_type"].clone()).collect();
    assert_eq!(
        types,
        json!([
            "bigint[]",
            "numeric(8,3)[]",
            "boolean[]",
            "date[]",
            "time[]",
            "timestamptz[]",
            "uuid[]",
            "integer[]"
        ])
    );
}

#[test]
fn what_must_not_overlap_is_excluded() {
    assert_eq!(
        Json::from(operations("add_exclude", "bookings")),
        json!([
            {"type": "add_exclude", "table": "bookings", "name": "room_taken_once",
             "equal": ["room"], "from": "starts_at", "to": "ends_at"},
            {"type": "add_exclude", "table": "bookings", "name": "guest_once",
             "equal": ["guest"], "from": "first_day", "to": "last_day"},
        ])
    );
    let down = step("bookings", 2)["down"].clone();
    let drop = json!({"type": "drop_exclude", "table": "bookings", "name": "guest_once"});
    assert_eq!(down[0], drop);
}

#[test]
fn balances_come_after_the_keys_that_they_look_along() {
    let migrations = text_of(MODULE.migrations());
    let last = migrations.as_array().and_then(|all| all.last()).expect("the last step");
    assert_eq!(
        *last,
        json!({"entity": "lines_balances", "version": 1, "operations": [
            {"type": "add_balance", "table": "lines", "name": "entry_balances",
             "group": "entry_id", "amounts": {"debit": 1, "credit": -1},
             "when": {"field": "posted", "op": "eq", "value": true}},
        ], "down": [{"type": "drop_balance", "table": "lines", "name": "entry_balances"}]})
    );
}

#[test]
fn an_extension_has_a_table_of_its_own() {
    let first = step("contacts_extension", 1);
    assert_eq!(
        first["operations"][0],
        json!({"type": "extend_table", "table": "contacts_extension",
        "extends": {"module": "crm", "table": "contacts"}, "columns": [
            {"column": "points", "sql_type": "integer", "nullable": false, "default": 0},
            {"column": "kind", "sql_type": "text", "nullable": true},
        ]})
    );
    let kinds: Vec<_> = first["operations"].as_array().into_iter().flatten().collect();
    let kinds: Json = kinds.iter().map(|it| it["type"].clone()).collect();
    assert_eq!(kinds, json!(["extend_table", "add_check", "add_index", "add_check"]));
    assert_eq!(step("contacts_extension", 2)["operations"][0]["type"], "add_column");
    let key = &step("contacts_extension_links", 1)["operations"][0];
    assert_eq!(key["references"], json!({"module": "ledger", "table": "accounts"}));
}

#[test]
fn a_migration_by_hand_says_its_way_back() {
    let step = Migration::new("entries_words", 1)
        .rename_column("entries", "title", "subject")
        .set("entries", json!({"posted": true}), Condition::eq("subject", "Old"))
        .set_default("entries", "posted", json!(true))
        .set_nullable("entries", "subject", true)
        .down(|back| back.rename_column("entries", "subject", "title"));
    assert_eq!(
        step.to_json(),
        json!({"entity": "entries_words", "version": 1, "operations": [
            {"type": "rename_column", "table": "entries", "column": "title", "to": "subject"},
            {"type": "data", "table": "entries", "set": {"posted": true},
             "where": {"field": "subject", "op": "eq", "value": "Old"}},
            {"type": "alter_column", "table": "entries", "column": "posted", "default": true},
            {"type": "alter_column", "table": "entries", "column": "subject", "nullable": true},
        ], "down": [
            {"type": "rename_column", "table": "entries", "column": "subject", "to": "title"},
        ]})
    );
    assert_eq!(Migration::new("nothing", 1).to_json()["down"], Json::Null);
}
