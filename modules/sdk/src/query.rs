//! Query strings: what a route takes in one, and reading it.

use serde_json::{Map, Value, json};

use crate::field::{Field, FieldSpec, SqlType};
use crate::model::{ModelSpec, Shape};
use crate::schema;

/// A struct whose fields are the parameters of a query string. `#[query]` writes it.
///
/// ```compile_fail,E0080
/// use eerp_sdk::prelude::*;
///
/// /// What is wanted; an address has no room for objects.
/// #[query]
/// pub struct Wanted {
///     /// Anything.
///     pub anything: Json,
/// }
/// # fn main() {}
/// ```
pub trait Query: Shape {}

/// What a route takes in its query string.
#[derive(Debug, Clone, Copy)]
pub enum QuerySpec {
    /// Nothing.
    None,
    /// What filters, orders, selects and pages the records of this model.
    List(&'static ModelSpec),
    /// What selects parts of one record.
    Get,
    /// How a record is deleted, and why.
    Delete,
    /// The fields of a shape; those without a default are required.
    Fields(&'static str, &'static [FieldSpec]),
}

/// The bounds of the core, which are shown where they are checked.
const ROWS_PER_PAGE: u32 = 50;
const ROWS_PER_PAGE_MAX: u32 = 1000;
const CURSOR_CHARACTERS_MAX: u32 = 2048;
const SELECT_CHARACTERS_MAX: u32 = 8192;
const REASON_CHARACTERS_MAX: u32 = 1000;

const NAME: &str = "[a-z][a-z0-9_]*(![a-z][a-z0-9_]*)?";
const WORDS: [&str; 6] = ["limit", "cursor", "order", "select", "deleted", "count"];
/// The columns that the core keeps of each record, all of them in an order.
const KEPT: [&str; 7] =
    ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at"];

const SEARCHED: &str = "(plfts|phfts|wfts|fts)(\\([a-z]*\\))?";
const EQUAL: &str = "eq|neq|in|is|isdistinct";
const ORDERED: &str = "eq|neq|in|is|isdistinct|gt|gte|lt|lte";
const ARRAY: &str = "is|cs|cd|ov";
const JSON: &str = "is|cs";

/// The schema of a query string; null for a route that takes none.
pub(crate) fn of_query(query: &QuerySpec) -> Value {
    match query {
        QuerySpec::None => Value::Null,
        QuerySpec::List(model) => of_list(model),
        QuerySpec::Get => of_words(json!({"select": select()})),
        QuerySpec::Delete => of_words(json!({
            "purge": {
                "type": "boolean", "default": false,
                "description": "Whether the record is taken away for good.",
            },
            "reason": {
                "type": "string", "maxLength": REASON_CHARACTERS_MAX,
                "description": "Why it is taken away for good; its trace says so.",
            },
        })),
        QuerySpec::Fields(title, fields) => schema::of_query(title, fields),
    }
}

fn of_words(properties: Value) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn select() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": SELECT_CHARACTERS_MAX,
        "description": "The fields and relations that are shown: id,name,company(name).",
    })
}

fn of_list(model: &ModelSpec) -> Value {
    let term = format!("{NAME}(\\.{NAME})*");
    let mut schema = of_words(json!({
        "limit": {
            "type": "integer", "minimum": 1, "maximum": ROWS_PER_PAGE_MAX,
            "default": ROWS_PER_PAGE, "description": "How many records a page has at most.",
        },
        "cursor": {
            "type": "string", "maxLength": CURSOR_CHARACTERS_MAX,
            "description": "The next_cursor of the page before.",
        },
        "order": {
            "type": "string", "pattern": format!("^{term}(,{term})*$"),
            "description": "What comes first: name.asc,created_at.desc.nullslast.",
        },
        "select": select(),
        "deleted": {
            "type": "string", "enum": ["exclude", "include", "only"], "default": "exclude",
            "description": "Whether deleted records are shown.",
        },
        "count": {
            "type": "string", "enum": ["exact", "estimated"],
            "description": "How the records on all pages are counted, if they are.",
        },
    }));
    schema["patternProperties"] = filters(model);
    schema
}

/// Each pattern of names with what may be asked of them. A filter may be there several
/// times: then all must hold.
fn filters(model: &ModelSpec) -> Value {
    let mut patterns = Map::new();
    for (operators, names) in names_by_operators(model) {
        let names = format!("^({})$", names.join("|"));
        patterns.insert(names, texts(&format!("^(not\\.)?({operators})\\.")));
    }
    // A group has such a name as well, and its text a pattern of its own beside.
    let any = format!("^((not\\.)?({ORDERED}|like|ilike|cs|cd|ov|{SEARCHED})\\.|\\()");
    patterns.insert(format!("^{NAME}(\\.{NAME})+$"), texts(&any));
    patterns.insert("^(not\\.)?(and|or)$".into(), texts("^\\([\\s\\S]*\\)$"));
    patterns.into()
}

/// Whether a list takes a filter of this name, as far as the module can tell.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn is_filter(spec: &QuerySpec, name: &str) -> bool {
    let QuerySpec::List(model) = spec else { return false };
    let mut own = model.fields.iter().map(|field| field.name).chain(KEPT);
    name.contains('.') || matches!(name, "and" | "or") || own.any(|known| known == name)
}

fn texts(pattern: &str) -> Value {
    json!({"type": "array", "items": {"type": "string", "pattern": pattern}})
}

/// The fields that may be filtered by their names, by what may be asked of them.
fn names_by_operators(model: &ModelSpec) -> Vec<(String, Vec<&'static str>)> {
    let mut groups = vec![(ORDERED.to_owned(), KEPT.to_vec())];
    for field in model.fields.iter().filter(|field| !WORDS.contains(&field.name)) {
        let operators = operators(field.sql_type);
        match groups.iter_mut().find(|(known, _)| *known == operators) {
            Some((_, names)) => names.push(field.name),
            None => groups.push((operators, vec![field.name])),
        }
    }
    groups
}

fn operators(sql_type: SqlType) -> String {
    match sql_type {
        SqlType::Text => format!("{ORDERED}|like|ilike|{SEARCHED}"),
        SqlType::Jsonb => JSON.into(),
        SqlType::Bytea => EQUAL.into(),
        array if array.item().is_some() => ARRAY.into(),
        _ => ORDERED.into(),
    }
}

/// The values of the parameters that have these fields: a list has all of its name.
pub(crate) fn values(fields: &[FieldSpec], pairs: &[(String, String)]) -> Map<String, Value> {
    let mut values = Map::new();
    for field in fields {
        let given = pairs.iter().filter(|(name, _)| name == field.name);
        let given: Vec<Value> = given.map(|(_, text)| value(field.sql_type, text)).collect();
        if field.list && (!given.is_empty() || field.has_no_stand_in()) {
            values.insert(field.name.into(), given.into());
        } else if let Some(first) = given.into_iter().next() {
            values.insert(field.name.into(), first);
        }
    }
    values
}

/// The value that a text in an address means; nothing when it is of another type.
pub(crate) fn read<T: Field>(text: &str) -> Option<T> {
    T::from_json(&value(T::TYPE, text))
}

/// The JSON that a text means for a column of this type.
pub(crate) fn value(sql_type: SqlType, text: &str) -> Value {
    let typed = match sql_type.item().unwrap_or(sql_type) {
        SqlType::Integer => text.parse::<i64>().ok().map(Value::from),
        SqlType::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or_else(|| text.into())
}

/// Refuses what an address cannot hold, while the module is compiled.
///
/// # Panics
/// When a field is an object, bytes or a list of either.
#[doc(hidden)]
pub const fn assert_flat(fields: &[FieldSpec]) {
    let mut at = 0;
    while at < fields.len() {
        assert!(
            !matches!(fields[at].sql_type, SqlType::Jsonb | SqlType::Bytea),
            "a parameter of a query is a text, a number, a boolean, a time, an id, or a \
             list of such"
        );
        at += 1;
    }
}
