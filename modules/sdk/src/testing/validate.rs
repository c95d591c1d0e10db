//! As much of JSON Schema as the SDK's own schemas use.

use serde_json::Value;

use crate::error::Fault;
use crate::field::Field;
use crate::schema::NOT_BLANK;
use crate::time::{Date, Time, Timestamp};
use crate::uuid::Uuid;

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
