//! Sums and counts over rows, by groups.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::store::Row;
use super::value::{compare, known};
use crate::error::{Error, Result};
use crate::field::{Field, FieldSpec, SqlType};
use crate::model::ModelSpec;
use crate::time::Date;

/// The rows of an aggregate, from the records that it found.
pub(super) fn answer(model: &ModelSpec, operation: &Value, found: &[Row]) -> Result<Value> {
    let keys = operation["group"].as_array().map_or(&[][..], Vec::as_slice);
    let mut groups: Vec<(Row, Vec<&Row>)> = Vec::new();
    for row in found {
        let key: Row = keys.iter().map(|key| group_key(model, key, row)).collect::<Result<_>>()?;
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    if keys.is_empty() && groups.is_empty() {
        groups.push(Default::default());
    }
    let mut items = Vec::new();
    for (mut item, rows) in groups {
        for (name, said) in operation["measures"].as_object().into_iter().flatten() {
            item.insert(name.clone(), measure(model, said, &rows)?);
        }
        items.push(item);
    }
    items.sort_by(|a, b| ordered(&operation["order"], a, b));
    let limit = operation["limit"].as_u64().map_or(items.len(), |limit| limit as usize);
    items.truncate(limit);
    Ok(json!({"items": items}))
}

/// The name and value by which a row is gathered with others.
fn group_key(model: &ModelSpec, key: &Value, row: &Row) -> Result<(String, Value)> {
    if let Some(name) = key.as_str() {
        known(model, name)?;
        return Ok((name.into(), row[name].clone()));
    }
    let name = key["field"].as_str().unwrap_or_default();
    known(model, name)?;
    let Some(by) = key["by"].as_str() else {
        return Ok((key["as"].as_str().unwrap_or(name).into(), row[name].clone()));
    };
    let day = row[name].as_str().and_then(|text| text.get(..10)).and_then(|day| day.parse().ok());
    let start = day.and_then(|day| start_of(by, day));
    let value = start.map_or(Value::Null, |start: Date| start.to_json());
    Ok((key["as"].as_str().unwrap_or(by).into(), value))
}

fn start_of(bucket: &str, day: Date) -> Option<Date> {
    match bucket {
        "day" => Some(day),
        // 1 January 1970 was a Thursday.
        "week" => day.plus_days(-(day.days() + 3).rem_euclid(7)),
        "month" => Date::new(day.year(), day.month(), 1),
        "quarter" => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
        "year" => Date::new(day.year(), 1, 1),
        _ => None,
    }
}

fn measure(model: &ModelSpec, said: &Value, rows: &[&Row]) -> Result<Value> {
    let Some(name) = said[1].as_str() else { return Ok(json!(rows.len())) };
    let field = known(model, name)?;
    let values: Vec<&Value> =
        rows.iter().map(|row| &row[name]).filter(|value| !value.is_null()).collect();
    let extreme = |wanted: Ordering| {
        let first = values.iter().copied().reduce(|best, value| {
            if compare(&field, value, best) == wanted { value } else { best }
        });
        first.cloned().unwrap_or_default()
    };
    match said[0].as_str() {
        Some("count") => Ok(json!(values.len())),
        Some("min") => Ok(extreme(Ordering::Less)),
        Some("max") => Ok(extreme(Ordering::Greater)),
        Some("sum") => Ok(sum(&field, &values).map_or(Value::Null, |sum| sum.to_json())),
        Some("avg") => {
            let count = Decimal::from(values.len());
            let average = sum(&field, &values).and_then(|sum| sum.checked_div(count));
            Ok(average.map_or(Value::Null, |average| average.to_json()))
        }
        _ => Err(Error::bad_request("There is no such measure.")),
    }
}

fn sum(field: &FieldSpec, values: &[&Value]) -> Option<Decimal> {
    let countable = [SqlType::Numeric, SqlType::Integer, SqlType::Bigint];
    if values.is_empty() || !countable.contains(&field.sql_type) {
        return None;
    }
    values.iter().map(|value| Decimal::from_json(value)).sum()
}

/// By the order that is asked for, nulls last, numbers as numbers.
fn ordered(order: &Value, a: &Map<String, Value>, b: &Map<String, Value>) -> Ordering {
    let terms = order.as_array().into_iter().flatten();
    let mut orders = terms.map(|term| {
        let name = term[0].as_str().unwrap_or_default();
        let (a, b) = (a.get(name), b.get(name));
        let numbers = (a.and_then(Decimal::from_json), b.and_then(Decimal::from_json));
        let order = match numbers {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.map(Value::to_string).cmp(&b.map(Value::to_string)),
        };
        if term[1] == "desc" { order.reverse() } else { order }
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
