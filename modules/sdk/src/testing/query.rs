//! What a search asks: conditions, query strings, paths.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::store::{Row, Store};
use super::value::{compare, known, typed};
use crate::error::{Error, Result};
use crate::model::ModelSpec;
use crate::uuid::Uuid;

/// One page that is searched for.
pub(super) struct Search {
    pub(super) condition: Value,
    /// Field, and whether descending.
    pub(super) order: Vec<(String, bool)>,
    pub(super) offset: usize,
    pub(super) limit: usize,
    /// Whether deleted records are wanted; nothing for both.
    pub(super) deleted: Option<bool>,
    /// The parts of the records that are wanted; nothing for all.
    pub(super) select: Option<String>,
}

impl Search {
    pub(super) fn read(operation: &Value) -> Result<Self> {
        let asked = match operation["query"].as_array() {
            Some(pairs) => from_pairs(pairs)?,
            None => operation.clone(),
        };
        let order = asked["order"].as_array().into_iter().flatten();
        let order = order.map(|term| (text(&term[0]), term[1] == "desc")).collect();
        let limit = asked["limit"].as_u64().unwrap_or(50) as usize;
        if !(1..=1000).contains(&limit) {
            return Err(Error::bad_request("The limit is 1 to 1000."));
        }
        let deleted = match asked["deleted"].as_str() {
            Some("include") => None,
            Some("only") => Some(true),
            _ => Some(false),
        };
        let offset = asked["cursor"].as_str().map_or(Ok(0), str::parse);
        let offset = offset.map_err(|_| Error::bad_request("The cursor is not one of ours."))?;
        let select = asked["select"].as_str().map(Into::into);
        Ok(Self { condition: asked["where"].clone(), order, offset, limit, deleted, select })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

/// The part of PostgREST's grammar that tests need: `field=[not.]op.value`.
fn from_pairs(pairs: &[Value]) -> Result<Value> {
    let mut asked = json!({"where": {"and": []}});
    for pair in pairs {
        let (key, value) = (text(&pair[0]), text(&pair[1]));
        match key.as_str() {
            "limit" => asked["limit"] = json!(value.parse::<u64>().unwrap_or(0)),
            "cursor" | "deleted" | "select" => asked[key] = json!(value),
            "order" => {
                let terms = value.split(',').map(|term| term.split('.').collect());
                asked["order"] = terms.map(|term: Vec<&str>| json!(term)).collect();
            }
            "or" | "and" => panic!("the fake host does not know {key} in a query"),
            field => {
                let condition = from_pair(field, &value)?;
                asked["where"]["and"].as_array_mut().into_iter().for_each(|all| {
                    all.push(condition.clone());
                });
            }
        }
    }
    Ok(asked)
}

fn from_pair(field: &str, value: &str) -> Result<Value> {
    if let Some(rest) = value.strip_prefix("not.") {
        return Ok(json!({"not": from_pair(field, rest)?}));
    }
    let unclear = || Error::bad_request("A filter reads field=operator.value.");
    let (op, operand) = value.split_once('.').ok_or_else(unclear)?;
    let operand = match (op, operand) {
        ("is", "null") => Value::Null,
        ("is", "true") => json!(true),
        ("is", "false") => json!(false),
        ("in", list) => {
            let list = list.strip_prefix('(').and_then(|list| list.strip_suffix(')'));
            json!(list.ok_or_else(unclear)?.split(',').collect::<Vec<_>>())
        }
        (_, text) => json!(text),
    };
    Ok(json!({"field": field, "op": op, "value": operand}))
}

/// Whether a condition holds for a row; nothing when null is in the way.
pub(super) fn holds(
    store: &Store,
    model: &ModelSpec,
    condition: &Value,
    row: &Row,
) -> Result<Option<bool>> {
    if condition.is_null() {
        return Ok(Some(true));
    }
    if let Some(parts) = condition["and"].as_array() {
        return joined(store, model, parts, row, false);
    }
    if let Some(parts) = condition["or"].as_array() {
        return joined(store, model, parts, row, true);
    }
    if let Some(part) = condition.get("not") {
        return Ok(holds(store, model, part, row)?.map(|holds| !holds));
    }
    comparison(store, model, condition, row)
}

/// Three-valued `or` when `decisive` is true, `and` when it is false.
fn joined(
    store: &Store,
    model: &ModelSpec,
    parts: &[Value],
    row: &Row,
    decisive: bool,
) -> Result<Option<bool>> {
    let mut all = Some(!decisive);
    for part in parts {
        match holds(store, model, part, row)? {
            Some(held) if held == decisive => return Ok(Some(decisive)),
            None => all = None,
            Some(_) => {}
        }
    }
    Ok(all)
}

fn comparison(
    store: &Store,
    model: &ModelSpec,
    condition: &Value,
    row: &Row,
) -> Result<Option<bool>> {
    let name = text(&condition["field"]);
    if let Some((way, rest)) = name.split_once('.') {
        return beyond(store, model, (way, rest), condition, row);
    }
    let field = known(model, &name)?;
    let (stored, value) = (&row[&name], &condition["value"]);
    let op = text(&condition["op"]);
    // A query string has only text.
    let lenient = |value: &Value| typed(&field, value).or_else(|| typed(&field, &unquoted(value)));
    match op.as_str() {
        "is" => return Ok(Some(stored == value)),
        "isdistinct" => return Ok(Some(*stored != lenient(value).unwrap_or_default())),
        _ if stored.is_null() || value.is_null() => return Ok(None),
        _ => {}
    }
    let wrong = || Error::invalid(&name, "type", format!("{name} is not a {}.", field.sql()));
    Ok(Some(match op.split('(').next().unwrap_or_default() {
        "in" => {
            let values = value.as_array().into_iter().flatten();
            values.filter_map(lenient).any(|value| compare(&field, stored, &value).is_eq())
        }
        "like" => matches(&text(value), &text(stored)),
        "ilike" => matches(&text(value).to_lowercase(), &text(stored).to_lowercase()),
        "fts" | "plfts" | "phfts" | "wfts" => has_words(&text(value), &text(stored)),
        "cs" => items(value).iter().all(|item| items(stored).contains(item)),
        "cd" => items(stored).iter().all(|item| items(value).contains(item)),
        "ov" => items(value).iter().any(|item| items(stored).contains(item)),
        op => ordered(op, compare(&field, stored, &lenient(value).ok_or_else(wrong)?))?,
    }))
}

/// A condition on the record that `<way>_id` points to.
fn beyond(
    store: &Store,
    model: &ModelSpec,
    (way, rest): (&str, &str),
    condition: &Value,
    row: &Row,
) -> Result<Option<bool>> {
    let field = known(model, &format!("{way}_id"))?;
    let Some(target) = store.target(&field) else { return Ok(None) };
    let found = store.row(target, &row[field.name]);
    let Some(found) = found.filter(|found| found["deleted_at"].is_null()) else {
        return Ok(Some(false));
    };
    let mut condition = condition.clone();
    condition["field"] = json!(rest);
    Ok(Some(comparison(store, target, &condition, found)? == Some(true)))
}

fn ordered(op: &str, order: Ordering) -> Result<bool> {
    Ok(match op {
        "eq" => order == Ordering::Equal,
        "neq" => order != Ordering::Equal,
        "gt" => order == Ordering::Greater,
        "gte" => order != Ordering::Less,
        "lt" => order == Ordering::Less,
        "lte" => order != Ordering::Greater,
        _ => return Err(Error::bad_request(format!("There is no operator {op}."))),
    })
}

/// Whether a text has all of these words; the real thing knows languages and more.
fn has_words(wanted: &str, stored: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    };
    let stored = words(stored);
    words(wanted).iter().all(|word| stored.contains(word))
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn unquoted(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Whether a text matches a pattern in which `*` is any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| matches(rest, &text[at..]))
        }),
    }
}

/// The pairs of a query string, decoded.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
    pairs.map(|(key, value)| (decoded(key), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let digits = std::str::from_utf8(&digits).unwrap_or("3f");
                u8::from_str_radix(digits, 16).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a text is what a segment of this kind matches.
fn is_of(kind: &str, text: &str) -> bool {
    match kind {
        "uuid" => text.parse::<Uuid>().is_ok(),
        "int" => text.parse::<i64>().is_ok(),
        _ => !text.is_empty(),
    }
}

/// The parameters of a path that fits the route's; nothing when it does not.
pub(super) fn parameters(route: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (wanted, given): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for (wanted, given) in wanted.iter().zip(given) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(parameter) => {
                let (name, kind) = parameter.split_once(':').unwrap_or((parameter, ""));
                let given = decoded(given);
                if !is_of(kind, &given) {
                    return None;
                }
                parameters.insert(name.into(), given);
            }
            None if *wanted == given => {}
            None => return None,
        }
    }
    Some(parameters)
}
