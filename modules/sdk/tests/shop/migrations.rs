//! The migrations that the models mean.

use super::*;

#[test]
fn the_first_version_makes_the_table_and_its_keys() {
    let migrations = text_of(MODULE.migrations());
    assert_eq!(
        migrations[0],
        json!({"entity": "products", "version": 1, "operations": [
            {"type": "create_table", "table": "products", "columns": [
                {"column": "name", "sql_type": "text", "nullable": false},
                {"column": "storage", "sql_type": "text", "nullable": false, "default": "dry"},
                {"column": "price", "sql_type": "numeric(12,4)", "nullable": true},
                {"column": "barcode", "sql_type": "text", "nullable": true},
                {"column": "currency_id", "sql_type": "uuid", "nullable": true},
                {"column": "replaced_by_id", "sql_type": "uuid", "nullable": true},
                {"column": "words", "sql_type": "text[]", "nullable": false, "default": []},
                {"column": "sizes", "sql_type": "jsonb", "nullable": false, "default": []},
                {"column": "sold_at", "sql_type": "timestamptz", "nullable": true},
            ]},
            {"type": "add_index", "table": "products", "columns": ["name"]},
            {"type": "add_check", "table": "products", "name": "storage_words", "condition":
                {"field": "storage", "op": "in", "value": ["dry", "deep_frozen"]}},
            {"type": "add_unique", "table": "products", "columns": ["barcode"]},
            {"type": "add_index", "table": "products", "columns": ["currency_id"]},
            {"type": "add_index", "table": "products", "columns": ["replaced_by_id"]},
            {"type": "add_unique", "table": "products", "columns": ["name", "storage"]},
            {"type": "add_check", "table": "products", "name": "price_fair", "condition":
                {"and": [
                    {"field": "price", "op": "gte", "value": "0"},
                    {"or": [
                        {"field": "price", "op": "lte", "value": "1000"},
                        {"not": {"field": "note", "op": "is", "value": null}},
                    ]},
                ]},
            },
        ], "down": [{"type": "drop_table", "table": "products"}]})
    );
}

#[test]
fn later_versions_add_columns_and_foreign_keys_come_last() {
    let migrations = text_of(MODULE.migrations());
    assert_eq!(
        migrations[1],
        json!({"entity": "products", "version": 2, "operations": [
            {"type": "add_column", "table": "products", "column": "stock",
             "sql_type": "bigint", "nullable": false, "default": "7"},
            {"type": "add_column", "table": "products", "column": "note",
             "sql_type": "text", "nullable": true},
        ], "down": [
            {"type": "drop_column", "table": "products", "column": "note"},
            {"type": "drop_column", "table": "products", "column": "stock"},
        ]})
    );
    let named: Vec<_> = migrations.as_array().into_iter().flatten().collect();
    let names: Json = named.iter().map(|m| json!([m["entity"], m["version"]])).collect();
    assert_eq!(
        names,
        json!([
            ["products", 1],
            ["products", 2],
            ["products", 3],
            ["notes", 1],
            ["products_links", 1]
        ])
    );
    assert_eq!(
        migrations[4]["operations"],
        json!([
            {"type": "add_foreign_key", "table": "products", "column": "currency_id",
             "references": {"module": "core", "table": "currencies"}, "on_delete": "restrict"},
            {"type": "add_foreign_key", "table": "products", "column": "replaced_by_id",
             "references": {"module": "shop", "table": "products"}, "on_delete": "set_null"},
        ])
    );
}
