//! What the core is told of models, routes and bodies.

use super::*;

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
            "values": ["dry", "deep_frozen"], "references": null, "readonly": false,
            "read": null, "write": null, "computed": false, "currency": null})
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
            ["GET", "/products/{id:uuid}", "get"],
            ["PATCH", "/products/{id:uuid}", "update"],
            ["DELETE", "/products/{id:uuid}", "delete"],
            ["POST", "/products/{id:uuid}/restore", "restore"],
        ])
    );
    assert_eq!(routes[1]["summary"], "Create a product");
    let permissions: Json = routes.iter().take(6).map(|r| r["permission"].clone()).collect();
    assert_eq!(
        permissions,
        json!([
            "shop.products.read",
            "shop.products.create",
            "shop.products.read",
            "shop.products.update",
            "shop.products.delete",
            "shop.products.delete",
        ])
    );
    let sell = &routes[12];
    assert_eq!(sell["summary"], "Sell a product");
    assert_eq!(sell["permission"], "shop.products.sell");
    assert_eq!((&routes[13]["public"], &routes[13]["body"]), (&json!(true), &Json::Null));
    assert_eq!(
        description["permissions"],
        json!([
            {"name": "shop.notes.create", "title": "Create notes"},
            {"name": "shop.notes.delete", "title": "Delete and restore notes"},
            {"name": "shop.notes.purge", "title": "Purge notes"},
            {"name": "shop.notes.read", "title": "Read notes"},
            {"name": "shop.notes.update", "title": "Change notes"},
            {"name": "shop.notes.write", "title": "Create, change, delete and restore notes"},
            {"name": "shop.products.create", "title": "Create products"},
            {"name": "shop.products.delete", "title": "Delete and restore products"},
            {"name": "shop.products.purge", "title": "Purge products"},
            {"name": "shop.products.read", "title": "Read products"},
            {"name": "shop.products.sell", "title": "Sell a product"},
            {"name": "shop.products.update", "title": "Change products"},
            {"name": "shop.products.write", "title": "Create, change, delete and restore products"},
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
    let schema = body_of("PATCH", "/products/{id:uuid}");
    assert_eq!((&schema["required"], &schema["minProperties"]), (&Json::Null, &json!(1)));
    assert_eq!(schema["properties"]["storage"]["default"], Json::Null);
}
