//! Columns that PostgreSQL computes from others of the same row.

use rust_decimal::Decimal;
use serde_json::Value;

use super::store::Row;
use super::value::typed;
use crate::field::Field;
use crate::model::ModelSpec;

/// Sets the computed fields of a row.
pub(super) fn fill(model: &ModelSpec, row: &mut Row) {
    for field in model.fields {
        if let Some(computed) = field.computed {
            let value = evaluate(&computed(), row);
            row.insert(field.name.into(), typed(field, &value).unwrap_or_default());
        }
    }
}

fn evaluate(expression: &Value, row: &Row) -> Value {
    let Some((key, inside)) = expression.as_object().and_then(|object| object.iter().next()) else {
        return Value::Null;
    };
    let all = || inside.as_array().into_iter().flatten().map(|part| evaluate(part, row));
    match key.as_str() {
        "field" => row.get(inside.as_str().unwrap_or_default()).cloned().unwrap_or_default(),
        "value" => inside.clone(),
        "add" => calculate(all(), |a, b| a + b),
        "sub" => calculate(all(), |a, b| a - b),
        "mul" => calculate(all(), |a, b| a * b),
        "concat" => {
            let texts = all().map(|part| part.as_str().map(String::from));
            texts.collect::<Option<String>>().into()
        }
        "coalesce" => all().find(|part| !part.is_null()).unwrap_or_default(),
        "lower" => text(&evaluate(inside, row), str::to_lowercase),
        "upper" => text(&evaluate(inside, row), str::to_uppercase),
        _ => Value::Null,
    }
}

/// Null when one of the parts is; a whole number stays one.
fn calculate(parts: impl Iterator<Item = Value>, act: fn(Decimal, Decimal) -> Decimal) -> Value {
    let parts: Vec<Value> = parts.collect();
    let numbers = parts.iter().map(Decimal::from_json).collect::<Option<Vec<_>>>();
    let Some(result) = numbers.and_then(|numbers| numbers.into_iter().reduce(act)) else {
        return Value::Null;
    };
    let whole = parts.iter().all(Value::is_i64);
    match i64::try_from(result) {
        Ok(number) if whole => number.into(),
        _ => result.to_json(),
    }
}

fn text(value: &Value, act: fn(&str) -> String) -> Value {
    value.as_str().map(act).into()
}
