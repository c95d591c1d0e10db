//! What stands in an address: parameters of paths and queries.

use super::*;

const PATH: &str = "/sales/3/deep_frozen";

fn route(method: &str, path: &str) -> Json {
    let routes = text_of(MODULE.description())["routes"].clone();
    let routes = routes.as_array().cloned().unwrap_or_default();
    let found = routes.into_iter().find(|r| r["method"] == method && r["path"] == path);
    found.expect("the route is described")
}

fn faults(host: &Host, path: &str, body: Json) -> Vec<String> {
    let refusal = host.post(path, body).with_status(422);
    let errors = refusal["errors"].as_array().cloned().unwrap_or_default();
    let told = |fault: &Json| fault["pointer"].as_str().map(str::to_owned);
    errors.iter().filter_map(told).collect()
}

#[test]
fn parameters_are_read_by_their_types() {
    let host = Host::new(&MODULE);
    let query = "year=2026&since=2026-01-31&top=5&words=tea&words=a+b";
    let told = host.post(&format!("{PATH}?{query}"), json!({"width": 1})).with_status(202);
    assert_eq!(told["place"], "3 deep_frozen 1");
    assert_eq!(told["wanted"], "2026 Some(\"2026-01-31\") 5 [\"tea\", \"a b\"]");
}

#[test]
fn what_may_be_left_out_has_its_stand_in() {
    let host = Host::new(&MODULE);
    let told = host.post(&format!("{PATH}?year=2026"), json!({"width": 1})).with_status(202);
    assert_eq!(told["wanted"], "2026 None 10 []");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let host = Host::new(&MODULE);
    let query = "top=0&top=1&words=a&words=b&words=c&colour=red";
    let found = faults(&host, &format!("/sales/3/wet?{query}"), json!({"width": 0}));
    let pointers =
        ["path/storage", "query/top", "query/colour", "query/year", "query/top", "query/words"];
    assert_eq!(found, [&pointers[..], &["/width"]].concat());
}

#[test]
fn another_kind_of_segment_is_another_path() {
    let host = Host::new(&MODULE);
    for path in ["/sales/x/dry", "/sales/3", "/sales//dry", "/sales/3/"] {
        host.post(path, json!({})).with_status(404);
    }
    host.get("/products/7").with_status(404);
}

#[test]
fn a_route_without_a_query_takes_no_parameter() {
    let host = Host::new(&MODULE);
    assert_eq!(faults(&host, "/products?select=id", json!({"name": "Tea"})), ["query/select"]);
}

#[test]
fn a_list_takes_what_filters_it_and_nothing_else() {
    let host = Host::new(&MODULE);
    let known = "name=eq.Tea&created_at=gt.2026-01-01T00:00:00Z&currency.code=eq.EUR&limit=1";
    assert_eq!(host.get(&format!("/notes?{}", "limit=1&text=eq.a")).status, 200);
    assert_ne!(host.get(&format!("/products?{known}")).status, 422);
    for wrong in ["nmae=eq.Tea", "limit=0", "limit=1&limit=2", "deleted=all"] {
        host.get(&format!("/products?{wrong}")).with_status(422);
    }
}

#[test]
fn purging_says_so_in_words_that_are_known() {
    let host = Host::new(&MODULE);
    let note = host.post("/notes", json!({"text": "Hello"})).created();
    let path = format!("/notes/{}", note["id"].as_str().expect("an id"));
    for wrong in ["purge=yes", "purge=true&reson=x", "purge=true"] {
        let refusal = host.delete(&format!("{path}?{wrong}")).with_status(422);
        let pointer = refusal["errors"][0]["pointer"].as_str().expect("a pointer").to_owned();
        assert!(pointer.starts_with("query/"), "{pointer}");
    }
    host.delete(&format!("{path}?purge=true&reason=x")).with_status(204);
}

#[test]
fn a_route_says_what_it_takes() {
    let told = route("POST", "/sales/{floor:int}/{storage}");
    assert_eq!(told["summary"], "Tell of the sales");
    let description =
        "Those of one floor only,\nby how the products are kept.\n\nNone are invented.";
    assert_eq!(told["description"], description);
    assert_eq!(
        told["params"],
        json!({
            "floor": {"type": "integer", "minimum": i32::MIN, "maximum": i32::MAX},
            "storage": {"type": "string", "enum": ["dry", "deep_frozen"]},
        })
    );
    assert_eq!(
        told["query"],
        json!({
            "type": "object", "title": "Wanted", "additionalProperties": false,
            "required": ["year"],
            "properties": {
                "year": {"type": "integer", "minimum": 2000, "maximum": i32::MAX,
                    "title": "Year", "description": "The year in which they were."},
                "since": {"type": "string", "format": "date", "title": "Since",
                    "description": "The first day."},
                "top": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10,
                    "title": "Top", "description": "How many at most."},
                "words": {"type": "array", "maxItems": 2,
                    "items": {"type": "string", "minLength": 1, "pattern": "\\S"},
                    "title": "Words", "description": "Words in the names."},
            },
        })
    );
    assert_eq!(told["answers"][0]["status"], 202);
    assert_eq!(told["answers"][0]["schema"]["required"], json!(["place", "wanted"]));
}

#[test]
fn the_usual_routes_say_what_they_take() {
    let list = &route("GET", "/products")["query"];
    let names: Vec<_> = list["properties"].as_object().into_iter().flatten().collect();
    let names: Vec<_> = names.into_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["limit", "cursor", "order", "select", "deleted", "count"]);
    assert_eq!(list["additionalProperties"], false);
    let kept = "id|version|created_at|created_by|updated_at|updated_by|deleted_at";
    let ordered = format!("^({kept}|price|currency_id|replaced_by_id|sold_at|stock)$");
    for (names, operators) in [
        (ordered.as_str(), "eq|neq|in|is|isdistinct|gt|gte|lt|lte"),
        ("^(words)$", "is|cs|cd|ov"),
        ("^(sizes)$", "is|cs"),
    ] {
        let filter = &list["patternProperties"][names];
        assert_eq!(filter["type"], "array", "{names}");
        assert_eq!(filter["items"]["pattern"], format!("^(not\\.)?({operators})\\."));
    }
    let of_one = |method: &str| route(method, "/products/{id:uuid}");
    let get = of_one("GET");
    assert_eq!(get["params"], json!({"id": {"type": "string", "format": "uuid"}}));
    assert_eq!(get["query"]["properties"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(of_one("DELETE")["query"]["properties"]["purge"]["type"], "boolean");
    assert_eq!(of_one("PATCH")["query"], Json::Null);
}

#[test]
fn a_route_says_what_it_answers() {
    let answer = |method: &str, path: &str| route(method, path)["answers"][0].clone();
    let record = |status: u16| {
        json!({"status": status, "description": "Product.", "schema": null,
            "model": "products", "shape": "record", "media_type": "application/json"})
    };
    let one = "/products/{id:uuid}";
    assert_eq!(answer("GET", one), record(200));
    assert_eq!(answer("PATCH", one), record(200));
    assert_eq!(answer("POST", "/products"), record(201));
    assert_eq!(answer("POST", &format!("{one}/restore")), record(200));
    assert_eq!(answer("POST", &format!("{one}/sell")), record(200));
    let nothing = json!({"status": 204, "description": "Done.", "schema": null,
        "model": null, "shape": "none", "media_type": "application/json"});
    for (method, path) in [("DELETE", one), ("POST", "/notes/vain"), ("POST", "/products/hush")] {
        assert_eq!(answer(method, path), nothing, "{method} {path}");
    }
    for path in ["/notes", "/notes/page"] {
        let page = answer("GET", path);
        assert_eq!((&page["shape"], &page["model"]), (&json!("list"), &json!("notes")));
        assert_eq!(page["description"], "A page of notes.");
    }
    let any = answer("GET", "/products/count");
    assert_eq!((&any["shape"], &any["schema"]), (&json!("value"), &Json::Null));
}
