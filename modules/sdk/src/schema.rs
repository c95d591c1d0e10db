//! JSON Schemas (2020-12) of bodies, made from the fields.

use serde_json::{Map, Value, json};

use crate::document::DocumentSpec;
use crate::field::{FieldSpec, SqlType};
use crate::route::BodySpec;

/// Formats that JSON Schema knows; others are for screens only.
const FORMATS: [&str; 6] = ["email", "uri", "date", "time", "date-time", "uuid"];

/// The pattern of a text that is more than white space.
pub(crate) const NOT_BLANK: &str = r"\S";

/// What an object is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Somebody sends all of it.
    Whole,
    /// Somebody sends what changes.
    Part,
    /// It stands in an address: as text, without null.
    Address,
    /// We answer it: with what nobody may set, and with texts that say nothing.
    Answer,
}

/// The schema of a body; null for a route without one.
pub fn of_body(body: &BodySpec) -> Value {
    match body {
        BodySpec::None => Value::Null,
        BodySpec::Whole(title, fields) => object(title, fields, Form::Whole),
        BodySpec::Create(title, fields) => extensible(object(title, fields, Form::Whole)),
        BodySpec::Update(title, fields) => extensible(object(title, fields, Form::Part)),
        BodySpec::NewDocument(document) => of_document(document, Form::Whole),
        BodySpec::ChangedDocument(document) => of_document(document, Form::Part),
    }
}

/// The schema of a document: its head, and the list of its lines.
fn of_document(document: &DocumentSpec, form: Form) -> Value {
    let DocumentSpec { head, line, lines_max, .. } = document;
    let mut schema = extensible(object(head.title, head.fields, form));
    let said = match form {
        Form::Part => "All that there are from now on, in their order; those left out are deleted.",
        _ => "In their order.",
    };
    schema["properties"][line.table] = json!({
        "type": "array", "items": of_line(document, form), "maxItems": lines_max,
        "title": line.plural, "description": said,
    });
    schema
}

/// The schema of a line. One that is there already is named by its id and keeps what is
/// not given; of a new one the module sees to what has to be.
fn of_line(document: &DocumentSpec, form: Form) -> Value {
    let given = |field: &&FieldSpec| !document.of_sdk().contains(&field.name);
    let fields: Vec<FieldSpec> = document.line.fields.iter().filter(given).copied().collect();
    let mut schema = extensible(object(document.line.title, &fields, form));
    if let (Form::Part, Some(parts)) = (form, schema.as_object_mut()) {
        parts.remove("minProperties");
        schema["properties"]["id"] = json!({
            "type": "string", "format": "uuid", "title": "ID",
            "description": "The line that is meant; one without it is new.",
        });
    }
    schema
}

/// The schema of an object that is sent.
pub(crate) fn of_shape(title: &str, fields: &[FieldSpec]) -> Value {
    object(title, fields, Form::Whole)
}

/// The schema of an object that is answered.
pub(crate) fn of_answer(title: &str, fields: &[FieldSpec]) -> Value {
    object(title, fields, Form::Answer)
}

/// The schema of the parameters of a query string, each by its name.
pub(crate) fn of_query(title: &str, fields: &[FieldSpec]) -> Value {
    object(title, fields, Form::Address)
}

/// The schema of a parameter in a path. No segment of a path is empty.
pub(crate) fn of_parameter(field: &FieldSpec) -> Value {
    match field.sql_type {
        SqlType::Text => single(field, Form::Answer),
        _ => single(field, Form::Address),
    }
}

/// The schema of a value that stands alone and is sent.
pub(crate) fn of_input(field: &FieldSpec) -> Value {
    value(field, Form::Whole)
}

/// The schema of a value that stands alone and is answered.
pub(crate) fn of_output(field: &FieldSpec) -> Value {
    value(field, Form::Answer)
}

/// Whether and how other modules have extended the model, only the core knows.
fn extensible(mut schema: Value) -> Value {
    schema["properties"]["extensions"] = json!({
        "type": "object", "additionalProperties": {"type": "object"},
        "title": "Extensions", "description": "What other modules keep, by their names.",
    });
    schema
}

/// The schema of an object. What is readonly or computed is no property of one that is
/// sent.
fn object(title: &str, fields: &[FieldSpec], form: Form) -> Value {
    let shown = || fields.iter().filter(|field| form == Form::Answer || field.settable());
    let properties: Map<String, Value> =
        shown().map(|field| (field.name.into(), property(field, form))).collect();
    let mut schema = json!({
        "type": "object", "properties": properties, "additionalProperties": false,
    });
    if !title.is_empty() {
        schema["title"] = json!(title);
    }
    if form == Form::Part {
        schema["minProperties"] = json!(1);
    } else {
        // A list of which nothing is given is empty.
        let listed = |field: &FieldSpec| form == Form::Address && field.list;
        let required = shown().filter(|field| field.required() && !listed(field));
        let required = required.map(|field| field.name);
        schema["required"] = required.collect();
    }
    schema
}

fn property(field: &FieldSpec, form: Form) -> Value {
    let mut schema = value(field, form);
    schema["title"] = json!(field.label);
    if !field.help.is_empty() {
        schema["description"] = json!(field.help);
    }
    if let Some(default) = field.default.filter(|_| matches!(form, Form::Whole | Form::Address)) {
        schema["default"] = stand_in(default(), &schema);
    }
    schema
}

/// A default as its schema has it: a bigint that is no text there is a number.
fn stand_in(default: Value, schema: &Value) -> Value {
    match default.as_str().map(str::parse::<i64>) {
        Some(Ok(number)) if schema["type"] == "integer" => json!(number),
        _ => default,
    }
}

fn value(field: &FieldSpec, form: Form) -> Value {
    let mut schema = if field.list { list(field, form) } else { single(field, form) };
    if field.nullable && form != Form::Address {
        allow_null(&mut schema);
    }
    schema
}

fn allow_null(schema: &mut Value) {
    if let Some(kind) = schema.get("type").cloned() {
        schema["type"] = json!([kind, "null"]);
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
    if let Some(Value::Array(forms)) = schema.get_mut("anyOf") {
        forms.push(json!({"type": "null"}));
    }
}

fn list(field: &FieldSpec, form: Form) -> Value {
    let sql_type = field.sql_type.item().unwrap_or(SqlType::Jsonb);
    let item = FieldSpec { sql_type, list: false, min: None, max: None, ..*field };
    let mut schema = json!({"type": "array", "items": single(&item, form)});
    set(&mut schema, "minItems", field.min);
    set(&mut schema, "maxItems", field.max);
    schema
}

fn single(field: &FieldSpec, form: Form) -> Value {
    // A part of an object has its own objects whole.
    let nested = if form == Form::Part { Form::Whole } else { form };
    match field.sql_type {
        SqlType::Text => text(field, form),
        SqlType::Integer => json!({
            "type": "integer",
            "minimum": field.min.unwrap_or(i32::MIN.into()),
            "maximum": field.max.unwrap_or(i32::MAX.into()),
        }),
        SqlType::Bigint if form == Form::Address => json!({
            "type": "integer",
            "minimum": field.min.unwrap_or(i64::MIN),
            "maximum": field.max.unwrap_or(i64::MAX),
        }),
        // A number will do; what is answered is text, as not every client counts to 2^63.
        SqlType::Bigint => json!({"anyOf": [
            {
                "type": "integer",
                "minimum": field.min.unwrap_or(i64::MIN),
                "maximum": field.max.unwrap_or(i64::MAX),
            },
            {"type": "string", "pattern": format!("^{}[0-9]{{1,19}}$", sign(field))},
        ]}),
        SqlType::Numeric => json!({"type": "string", "pattern": decimal(field)}),
        SqlType::Boolean => json!({"type": "boolean"}),
        SqlType::Date => json!({"type": "string", "format": "date"}),
        SqlType::Time => json!({"type": "string", "format": "time"}),
        SqlType::Timestamptz => json!({"type": "string", "format": "date-time"}),
        SqlType::Uuid => json!({"type": "string", "format": "uuid"}),
        SqlType::Bytea => json!({
            "type": "string", "contentEncoding": "base64",
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        }),
        _ => field.fields.map_or_else(|| json!({}), |fields| object("", fields, nested)),
    }
}

fn text(field: &FieldSpec, form: Form) -> Value {
    let mut schema = json!({"type": "string"});
    if !field.words.is_empty() {
        schema["enum"] = json!(field.words);
        return schema;
    }
    // What has to be sent has to say something.
    let telling = field.required() && form != Form::Answer;
    let least = field.min.or(telling.then_some(1)).filter(|_| !field.list);
    set(&mut schema, "minLength", least);
    set(&mut schema, "maxLength", field.max);
    if FORMATS.contains(&field.format) {
        schema["format"] = json!(field.format);
    }
    if !field.pattern.is_empty() {
        schema["pattern"] = json!(field.pattern);
    } else if least.is_some_and(|least| least > 0) && telling {
        schema["pattern"] = json!(NOT_BLANK);
    }
    schema
}

fn set(schema: &mut Value, key: &str, value: Option<i64>) {
    if let Some(value) = value {
        schema[key] = json!(value);
    }
}

/// The pattern of an exact decimal number: digits before and after the point.
fn decimal(field: &FieldSpec) -> String {
    let (precision, scale) = field.precision;
    let whole = (precision - scale).max(1);
    let fraction = match scale {
        0 => String::new(),
        scale => format!("(\\.[0-9]{{1,{scale}}})?"),
    };
    format!("^{}[0-9]{{1,{whole}}}{fraction}$", sign(field))
}

fn sign(field: &FieldSpec) -> &'static str {
    if field.min.is_some_and(|least| least >= 0) { "" } else { "-?" }
}
