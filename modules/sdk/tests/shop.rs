//! What the attributes make of a small module: migrations, description, routes.

use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

foreign_model!(pub Currency = "core" / "currencies");

/// How a product is kept.
#[choice]
pub enum Storage {
    /// On a shelf.
    Dry,
    /// In the cold.
    DeepFrozen,
}

/// The size of a box.
#[body]
pub struct Size {
    /// In millimetres.
    #[field(min = 1)]
    pub width: i32,
    /// In millimetres.
    pub height: Option<i32>,
}

/// A thing for sale.
///
/// This second paragraph is for readers of the source.
#[model(
    table = "products",
    display = "name",
    order = "name, created_at desc",
    unique("name", "storage"),
    index("name", "price", since = 3),
    check(price_fair = price >= 0 && (price <= 1000 || note != None)),
    rules
)]
pub struct Product {
    /// What it is called.
    #[field(max = 40, index)]
    pub name: String,
    /// How it is kept.
    #[field(default = Storage::Dry)]
    pub storage: Storage,
    /// What it costs.
    #[field(numeric(12, 4), min = 0)]
    pub price: Option<Decimal>,
    /// The number under its bars.
    #[field(label = "EAN", pattern = "^[0-9]{13}$", unique)]
    pub barcode: Option<String>,
    /// The currency of the price.
    pub currency_id: Option<Ref<Currency>>,
    /// What is sold instead.
    #[field(on_delete = "set_null")]
    pub replaced_by_id: Option<Ref<Product>>,
    /// Words to find it by.
    #[field(default, max = 3)]
    pub words: Vec<String>,
    /// The boxes it comes in.
    #[field(default)]
    pub sizes: Vec<Size>,
    /// When it was sold last.
    #[field(readonly)]
    pub sold_at: Option<Timestamp>,
    /// Pieces there are.
    #[field(since = 2, default = 7)]
    pub stock: i64,
    /// Anything else.
    #[field(since = 2)]
    pub note: Option<String>,
}

impl Rules for Product {
    fn before_create(&mut self) -> Result<()> {
        self.name = self.name.trim().to_owned();
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        match self.stock < before.stock && self.sold_at.is_none() {
            true => Err(Error::invalid("stock", "unsold", "Stock goes by selling.")),
            false => Ok(()),
        }
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        match db::find::<Self>().eq("replaced_by_id", id.uuid()).first()? {
            Some(_) => Err(Error::conflict("in_use", "It is sold instead of another.")),
            None => Ok(()),
        }
    }
}

/// A plain note.
#[model(table = "notes")]
pub struct Note {
    /// What it says.
    pub text: String,
}

/// How many are sold.
#[body]
pub struct Sale {
    /// Pieces.
    #[field(default = 1, min = 1)]
    pub pieces: i32,
}

/// Sell a product.
#[post("/products/{id}/sell", permission = "products.sell")]
fn sell(id: Ref<Product>, body: Sale, request: &Request) -> Result<Record<Product>> {
    let mut product = db::get(id)?;
    log::info(&format!("{} sells {}", request.identity()?.username, product.name));
    product.stock -= i64::from(body.pieces);
    product.sold_at = Some(now());
    db::update(&product)
}

/// Count the products
#[get("/products/count", public)]
fn count() -> Result<Json> {
    Ok(json!({"count": db::find::<Product>().all()?.len()}))
}

/// Write a note and fail
#[post("/notes/vain")]
fn vain() -> Result<()> {
    db::create(&Note { text: "gone".into() })?;
    Err(Error::forbidden("It was in vain."))
}

/// Break a constraint and hide it
#[post("/products/hush")]
fn hush() -> Result<Reply> {
    let twin = Product { name: "Tea".into(), ..Product::default() };
    let _ = db::create(&twin);
    let _ = db::create(&twin);
    Ok(Reply::no_content())
}

/// Read a page as it is
#[get("/notes/page")]
fn page() -> Result<Reply> {
    Ok(Reply::staged(&db::find::<Note>().operation().stage()?))
}

eerp_sdk::module! {
    name: "shop",
    models: [Product, Note],
    routes: [crud::<Product>, crud::<Note>, sell, count, vain, hush, page],
}

fn text_of(json: String) -> Json {
    serde_json::from_str(&json).expect("it is JSON")
}

fn body_of(method: &str, path: &str) -> Json {
    let description = text_of(MODULE.description());
    let routes = description["routes"].as_array().cloned().unwrap_or_default();
    let route = routes.iter().find(|r| r["method"] == method && r["path"] == path);
    route.expect("the route is described")["body"].clone()
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, r#"{"name": "shop", "depends": ["core"]}"#);
}

#[test]
#[should_panic(expected = "which is not to be had")]
fn a_reference_to_a_module_outside_depends_is_unsound() {
    assert_sound(&MODULE, r#"{"name": "shop", "depends": []}"#);
}

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
        ]})
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

#[test]
fn the_description_says_what_the_model_is() {
    let model = text_of(MODULE.description())["models"][0].clone();
    assert_eq!(model["title"], "Product");
    assert_eq!(model["plural"], "Products");
    assert_eq!(model["order"], json!([["name", "asc"], ["created_at", "desc"]]));
    assert_eq!(
        model["fields"][1],
        json!({"name": "storage", "type": "text", "nullable": false, "label": "Storage",
            "max_length": null, "format": null, "default": "dry",
            "values": ["dry", "deep_frozen"], "references": null, "readonly": false})
    );
    assert_eq!(model["fields"][3]["label"], "EAN");
    assert_eq!(model["fields"][4]["label"], "Currency");
    assert_eq!(model["fields"][5]["references"], json!({"module": "shop", "model": "products"}));
    assert_eq!(model["fields"][9]["default"], "7");
}

#[test]
fn the_description_says_what_the_routes_are() {
    let description = text_of(MODULE.description());
    let routes = description["routes"].as_array().cloned().unwrap_or_default();
    let kinds: Json =
        routes.iter().take(6).map(|r| json!([r["method"], r["path"], r["kind"]])).collect();
    assert_eq!(
        kinds,
        json!([
            ["GET", "/products", "list"],
            ["POST", "/products", "create"],
            ["GET", "/products/{id}", "get"],
            ["PATCH", "/products/{id}", "update"],
            ["DELETE", "/products/{id}", "delete"],
            ["POST", "/products/{id}/restore", "restore"],
        ])
    );
    assert_eq!(routes[1]["summary"], "Create a product");
    assert_eq!(routes[1]["permission"], "shop.products.write");
    let sell = &routes[12];
    assert_eq!(sell["summary"], "Sell a product");
    assert_eq!(sell["permission"], "shop.products.sell");
    assert_eq!((&routes[13]["public"], &routes[13]["body"]), (&json!(true), &Json::Null));
    assert_eq!(
        description["permissions"],
        json!([
            {"name": "shop.notes.read", "title": "Read notes"},
            {"name": "shop.notes.write", "title": "Change notes"},
            {"name": "shop.products.read", "title": "Read products"},
            {"name": "shop.products.sell", "title": "Sell a product"},
            {"name": "shop.products.write", "title": "Change products"},
        ])
    );
}

#[test]
fn the_schema_for_creating_names_what_is_required() {
    let schema = body_of("POST", "/products");
    assert_eq!(schema["required"], json!(["name"]));
    assert_eq!(schema["additionalProperties"], false);
    let properties = &schema["properties"];
    assert_eq!(
        properties["name"],
        json!({"type": "string", "minLength": 1, "maxLength": 40, "title": "Name",
            "pattern": "\\S", "description": "What it is called."})
    );
    assert_eq!(
        properties["price"],
        json!({"type": ["string", "null"], "title": "Price",
            "description": "What it costs.", "pattern": "^[0-9]{1,8}(\\.[0-9]{1,4})?$"})
    );
    assert_eq!(properties["storage"]["enum"], json!(["dry", "deep_frozen"]));
    assert_eq!(
        properties["stock"]["anyOf"],
        json!([
            {"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX},
            {"type": "string", "pattern": "^-?[0-9]{1,19}$"},
        ])
    );
    assert_eq!(properties["words"]["items"], json!({"type": "string"}));
    assert_eq!(properties["words"]["maxItems"], 3);
    assert_eq!(properties["sizes"]["items"]["required"], json!(["width"]));
    assert_eq!(properties["sold_at"], Json::Null);
}

#[test]
fn the_schema_for_changing_requires_something() {
    let schema = body_of("PATCH", "/products/{id}");
    assert_eq!((&schema["required"], &schema["minProperties"]), (&Json::Null, &json!(1)));
    assert_eq!(schema["properties"]["storage"]["default"], Json::Null);
}

#[test]
fn rules_hold_in_the_six_routes() {
    let host = Host::new(&MODULE);
    let made = host.post("/products", json!({"name": "  Tea "})).created();
    assert_eq!((&made["name"], &made["stock"]), (&json!("Tea"), &json!("7")));
    let path = format!("/products/{}", made["id"].as_str().expect("an id"));
    host.patch(&path, 1, json!({"stock": "3"})).with_status(422);
    assert_eq!(host.patch(&path, 1, json!({"stock": "9"})).ok()["version"], 2);
}

#[test]
fn a_rule_may_forbid_deleting_in_the_route_and_in_db() {
    let host = Host::new(&MODULE);
    let tea = host.post("/products", json!({"name": "Tea"})).created();
    let other = json!({"name": "Coffee", "replaced_by_id": tea["id"]});
    let other = host.post("/products", other).created();
    let path = |it: &Json| format!("/products/{}", it["id"].as_str().expect("an id"));
    assert_eq!(host.delete(&path(&tea)).with_status(409)["code"], "in_use");
    let id = tea["id"].as_str().and_then(|id| id.parse().ok()).map(Ref::<Product>::new);
    let refusal = host.run(|| db::delete(id.expect("an id"), None));
    assert!(refusal.expect_err("it is used").is("in_use"));
    host.delete(&path(&other)).with_status(204);
    host.delete(&path(&tea)).with_status(204);
    host.delete(&path(&tea)).with_status(404);
}

#[test]
fn a_bigint_is_a_number_or_text_and_answered_as_text() {
    let host = Host::new(&MODULE);
    for (name, stock) in [("Tea", json!(9)), ("Coffee", json!("9"))] {
        let made = host.post("/products", json!({"name": name, "stock": stock})).created();
        assert_eq!(made["stock"], "9");
    }
    for wrong in [json!(true), json!(1.5), Json::Null] {
        let refusal = host.post("/products", json!({"name": "Milk", "stock": wrong}));
        assert_eq!(refusal.with_status(422)["errors"][0]["code"], "anyOf");
    }
}

#[test]
fn a_required_text_says_something() {
    let host = Host::new(&MODULE);
    for blank in ["", "   ", "\t\n"] {
        host.post("/notes", json!({"text": blank})).with_status(422);
        host.post("/products", json!({"name": blank})).with_status(422);
    }
    host.post("/products", json!({"name": "Tea", "note": "  "})).created();
    let note = host.post("/notes", json!({"text": " a "})).created();
    let path = format!("/notes/{}", note["id"].as_str().expect("an id"));
    host.patch(&path, 1, json!({"text": " "})).with_status(422);
}

#[test]
fn a_change_of_nothing_keeps_the_version() {
    let host = Host::new(&MODULE);
    let made = host.post("/products", json!({"name": "Tea"})).created();
    let path = format!("/products/{}", made["id"].as_str().expect("an id"));
    assert_eq!(host.patch(&path, 1, json!({"name": "Tea"})).ok()["version"], 1);
}

#[test]
fn a_route_takes_its_parameters_by_their_names() {
    let host = Host::new(&MODULE);
    let made = host.post("/products", json!({"name": "Tea"})).created();
    let path = format!("/products/{}/sell", made["id"].as_str().expect("an id"));
    let sold = host.post(&path, json!({"pieces": 2}));
    assert_eq!(sold.headers["etag"], "\"2\"");
    assert_eq!(sold.ok()["stock"], "5");
    assert_eq!(host.log(), [(1, "ann sells Tea".to_owned())]);
    assert_eq!(host.post(&path, json!({})).ok()["stock"], "4");
    host.post(&path, json!({"pieces": 0})).with_status(422);
    host.post("/products/7/sell", json!({})).with_status(404);
}

#[test]
fn a_path_that_spells_it_out_goes_first() {
    let host = Host::new(&MODULE);
    assert_eq!(host.get("/products/count").ok(), json!({"count": 0}));
}

#[test]
fn an_error_rolls_back() {
    let host = Host::new(&MODULE);
    assert_eq!(host.post("/notes/vain", Json::Null).with_status(403)["code"], "forbidden");
    assert_eq!(host.get("/notes/page").ok()["items"], json!([]));
}

#[test]
fn what_postgresql_refused_cannot_be_hushed_up() {
    let host = Host::new(&MODULE);
    host.post("/products/hush", Json::Null).with_status(409);
    assert_eq!(host.get("/products/count").ok(), json!({"count": 0}));
}

#[test]
fn a_staged_result_is_the_body() {
    let host = Host::new(&MODULE);
    host.post("/notes", json!({"text": "Hello"})).created();
    assert_eq!(host.get("/notes/page").ok()["items"][0]["text"], "Hello");
}

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
