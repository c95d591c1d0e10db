//! What the core is told of a document.

use super::*;

fn route(method: &str, path: &str) -> Json {
    let description: Json = serde_json::from_str(&MODULE.description()).expect("it is JSON");
    let routes = description["routes"].as_array().cloned().unwrap_or_default();
    let found = routes.iter().find(|r| r["method"] == method && r["path"] == path);
    found.expect("the route is described").clone()
}

fn names(object: &Json) -> Vec<&str> {
    object.as_object().into_iter().flat_map(|object| object.keys()).map(String::as_str).collect()
}

#[test]
fn a_new_document_has_lines_with_all_that_they_need() {
    let body = &route("POST", "/orders")["body"];
    assert_eq!(names(&body["properties"]), ["customer", "sent", "extensions", "lines"]);
    assert_eq!(body["required"], json!(["customer"]));
    let lines = &body["properties"]["lines"];
    assert_eq!((&lines["type"], &lines["maxItems"]), (&json!("array"), &json!(200)));
    let line = &lines["items"];
    let known = ["item", "pieces", "price", "seal", "instead_of_id", "extensions"];
    assert_eq!(names(&line["properties"]), known);
    assert_eq!(line["required"], json!(["item"]));
    assert_eq!(line["properties"]["pieces"]["default"], 1);
    assert_eq!(line["additionalProperties"], false);
}

#[test]
fn a_changed_document_names_its_lines_by_their_ids() {
    let body = &route("PATCH", "/orders/{id:uuid}")["body"];
    assert_eq!(body["minProperties"], 1);
    let line = &body["properties"]["lines"]["items"];
    assert_eq!(line["properties"]["id"]["format"], "uuid");
    assert!(line.get("required").is_none() && line.get("minProperties").is_none());
    assert!(line["properties"]["pieces"].get("default").is_none());
}

#[test]
fn an_answer_is_the_head_with_its_lines() {
    for (method, path, status) in [
        ("POST", "/orders", 201),
        ("GET", "/orders/{id:uuid}", 200),
        ("PATCH", "/orders/{id:uuid}", 200),
        ("GET", "/orders/{id:uuid}/slip", 200),
        ("POST", "/orders/{id:uuid}/copy", 201),
    ] {
        let answer = &route(method, path)["answers"][0];
        assert_eq!(answer["status"], status);
        assert_eq!((&answer["shape"], &answer["model"]), (&json!("record"), &json!("orders")));
        assert_eq!(answer["parts"], json!({"lines": "lines"}));
        assert_eq!(answer["description"], "Order with its order lines.");
    }
    let answer = &route("POST", "/orders/{id:uuid}/restore")["answers"][0];
    assert!(answer.get("parts").is_none());
}

#[test]
fn the_permissions_are_those_of_the_head() {
    for (method, path, permission) in [
        ("GET", "/orders", "orders.orders.read"),
        ("POST", "/orders", "orders.orders.create"),
        ("PATCH", "/orders/{id:uuid}", "orders.orders.update"),
        ("DELETE", "/orders/{id:uuid}", "orders.orders.delete"),
    ] {
        assert_eq!(route(method, path)["permission"], permission);
    }
}
