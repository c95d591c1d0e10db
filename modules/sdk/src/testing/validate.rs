//! As much of JSON Schema as the SDK's own schemas use.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::Fault;
use crate::field::Field;
use crate::query::{self, QuerySpec};
use crate::route::Route;
use crate::schema::{self, NOT_BLANK};
use crate::time::{Date, Time, Timestamp};
use crate::uuid::Uuid;

/// The faults of all that a request says, as the core would find them.
pub(super) fn request(
    route: &Route,
    params: &BTreeMap<String, String>,
    pairs: &[(String, String)],
    body: &Value,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for param in route.params {
        let value = query::value(param.sql_type, &params[param.name]);
        let pointer = format!("path/{}", param.name);
        visit(&schema::of_parameter(param), &value, &pointer, &mut faults);
    }
    check_query(&route.query, pairs, &mut faults);
    faults.extend(check(&schema::of_body(&route.body), body));
    faults
}

fn check_query(spec: &QuerySpec, pairs: &[(String, String)], faults: &mut Vec<Fault>) {
    let schema = query::of_query(spec);
    let mut values = Map::new();
    for (name, text) in pairs {
        let known = &schema["properties"][name];
        let list = known["type"] == "array";
        let value = typed(if list { &known["items"] } else { known }, text);
        let code = match values.get_mut(name) {
            _ if known.is_null() && query::is_filter(spec, name) => continue,
            _ if known.is_null() => "unknown_parameter",
            Some(Value::Array(items)) if list => {
                items.push(value);
                continue;
            }
            Some(_) => "duplicate",
            None => {
                values.insert(name.clone(), if list { json!([value]) } else { value });
                continue;
            }
        };
        let message = format!("The parameter breaks the schema: {code}.").into();
        faults.push(Fault { pointer: format!("query/{name}").into(), code: code.into(), message });
    }
    if schema.is_object() {
        visit(&schema, &values.into(), "query", faults);
    }
}

/// The value that a text means under a schema.
fn typed(schema: &Value, text: &str) -> Value {
    let typed = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or_else(|| text.into())
}

/// The faults of a body; none when the route takes no body.
pub(super) fn check(schema: &Value, body: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    if schema.is_object() {
        visit(schema, body, "", &mut faults);
    }
    faults
}

fn visit(schema: &Value, value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
    let mut blame = |at: &str, code: &'static str| {
        let pointer = format!("{pointer}{at}").into();
        let message = format!("The value breaks the schema's {code}.").into();
        faults.push(Fault { pointer, code: code.into(), message });
    };
    if !has_type(schema, value) {
        return blame("", "type");
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        blame("", "enum");
    }
    if value.as_str().is_some_and(|text| !is_format(schema["format"].as_str(), text)) {
        blame("", "format");
    }
    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    if blank && schema["pattern"] == NOT_BLANK {
        blame("", "pattern");
    }
    if schema["anyOf"].as_array().is_some_and(|forms| !forms.iter().any(|form| fits(form, value))) {
        blame("", "anyOf");
    }
    for (code, least, most, size) in sizes(schema, value) {
        if least.is_some_and(|least| size < least) || most.is_some_and(|most| size > most) {
            blame("", code);
        }
    }
    let Some(object) = value.as_object() else {
        for (at, item) in value.as_array().into_iter().flatten().enumerate() {
            visit(&schema["items"], item, &format!("{pointer}/{at}"), faults);
        }
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            blame(&format!("/{name}"), "required");
        }
    }
    for name in object.keys() {
        if schema["additionalProperties"] == false && schema["properties"][name].is_null() {
            blame(&format!("/{name}"), "additionalProperties");
        }
    }
    for (name, value) in object {
        let known = &schema["properties"][name];
        let schema = if known.is_null() { &schema["additionalProperties"] } else { known };
        visit(schema, value, &format!("{pointer}/{name}"), faults);
    }
}

fn fits(schema: &Value, value: &Value) -> bool {
    check(schema, value).is_empty()
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => true,
    };
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is),
        kind => is(kind),
    }
}

fn is_format(format: Option<&str>, text: &str) -> bool {
    let text = Value::from(text);
    match format {
        Some("uuid") => Uuid::from_json(&text).is_some(),
        Some("date") => Date::from_json(&text).is_some(),
        Some("time") => Time::from_json(&text).is_some(),
        Some("date-time") => Timestamp::from_json(&text).is_some(),
        Some("email") => text.as_str().is_some_and(|text| text.trim_matches('@').contains('@')),
        _ => true,
    }
}

type Size = (&'static str, Option<i64>, Option<i64>, i64);

fn sizes(schema: &Value, value: &Value) -> Vec<Size> {
    let bound = |key: &str| schema[key].as_i64();
    let length = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    match value {
        Value::String(text) => {
            let count = length(text.chars().count());
            vec![("length", bound("minLength"), bound("maxLength"), count)]
        }
        Value::Array(items) => {
            vec![("items", bound("minItems"), bound("maxItems"), length(items.len()))]
        }
        Value::Object(object) => {
            vec![("minProperties", bound("minProperties"), None, length(object.len()))]
        }
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or_default();
            vec![("range", bound("minimum"), bound("maximum"), number)]
        }
        _ => Vec::new(),
    }
}
