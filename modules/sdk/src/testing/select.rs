//! Parts of records, and of the records that they point to: `id,company(name)`.

use serde_json::{Map, Value};

use super::store::Store;
use super::value::known;
use crate::error::{Error, Result};
use crate::model::ModelSpec;

/// The parts of `row` that are wanted.
pub(super) fn one(store: &Store, model: &ModelSpec, wanted: &str, row: &Value) -> Result<Value> {
    let mut parts = Map::new();
    for part in split(wanted) {
        match part.split_once('(') {
            Some((name, inside)) => {
                let inside = inside.strip_suffix(')').unwrap_or(inside);
                parts.insert(name.into(), related(store, model, name, inside, row)?);
            }
            None => {
                known(model, part)?;
                parts.insert(part.into(), row[part].clone());
            }
        }
    }
    Ok(parts.into())
}

/// The parts between the commas that are in no brackets.
fn split(wanted: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in wanted.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&wanted[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&wanted[start..]);
    parts
}

/// The record that `<name>_id` points to, or the records of model `name` that point
/// here: by `name!field` when several of their fields could.
fn related(
    store: &Store,
    model: &ModelSpec,
    name: &str,
    inside: &str,
    row: &Value,
) -> Result<Value> {
    let to_one = model.fields.iter().find(|field| field.name.strip_suffix("_id") == Some(name));
    if let Some((field, target)) = to_one.and_then(|field| Some((field, store.target(field)?))) {
        let found = store.row(target, &row[field.name]);
        let found = found.filter(|found| found["deleted_at"].is_null());
        return found
            .map_or(Ok(Value::Null), |found| one(store, target, inside, &found.clone().into()));
    }
    let (table, by) = name.split_once('!').map_or((name, None), |(table, by)| (table, Some(by)));
    let unknown = || Error::invalid("select", "unknown", format!("There is no {name}."));
    let other = store.model(table).map_err(|_| unknown())?;
    let mut fields = other.fields.iter().filter(|field| by.is_none_or(|by| by == field.name));
    let field = fields.find(|f| store.target(f).is_some_and(|t| t.table == model.table));
    let field = field.ok_or_else(unknown)?;
    let rows = store.tables.get(other.table).into_iter().flatten();
    rows.filter(|child| child[field.name] == row["id"] && child["deleted_at"].is_null())
        .map(|child| one(store, other, inside, &child.clone().into()))
        .collect()
}
