//! Values as columns hold them.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::Value;

use super::store::Row;
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::field::{Field, FieldSpec, SqlType};
use crate::model::ModelSpec;
use crate::time::{Date, Time, Timestamp};
use crate::uuid::Uuid;

/// The field of this name, be it the model's or the core's.
pub(super) fn known(model: &ModelSpec, name: &str) -> Result<FieldSpec> {
    if let Some(field) = model.fields.iter().find(|field| field.name == name) {
        return Ok(*field);
    }
    match name {
        "id" | "created_by" | "updated_by" => Ok(FieldSpec::of::<Option<Uuid>>("", "")),
        "version" => Ok(FieldSpec::of::<i32>("", "")),
        "created_at" | "updated_at" | "deleted_at" => {
            Ok(FieldSpec::of::<Option<Timestamp>>("", ""))
        }
        _ => Err(Error::invalid(name, "unknown", format!("There is no field {name}."))),
    }
}

/// A value in the column's own form: `"5"` as `numeric(18,2)` is `"5.00"`.
pub(super) fn typed(field: &FieldSpec, value: &Value) -> Option<Value> {
    fn same<T: Field>(value: &Value) -> Option<Value> {
        T::from_json(value).map(|value| value.to_json())
    }
    match field.sql_type {
        SqlType::Text => same::<String>(value),
        SqlType::Integer => same::<i32>(value),
        SqlType::Bigint => same::<i64>(value),
        SqlType::Boolean => same::<bool>(value),
        SqlType::Date => same::<Date>(value),
        SqlType::Time => same::<Time>(value),
        SqlType::Timestamptz => same::<Timestamp>(value),
        SqlType::Uuid => same::<Uuid>(value),
        SqlType::Bytea => same::<Bytes>(value),
        SqlType::Jsonb => Some(value.clone()),
        SqlType::Numeric => {
            let scale = u32::from(field.precision.1);
            let mut number = Decimal::from_json(value)?.round_dp(scale);
            number.rescale(scale);
            Some(number.to_json())
        }
        array => {
            let item = FieldSpec { sql_type: array.item()?, list: false, ..*field };
            value.as_array()?.iter().map(|value| typed(&item, value)).collect()
        }
    }
}

/// Compares two values of one field; nulls come last.
pub(super) fn compare(field: &FieldSpec, a: &Value, b: &Value) -> Ordering {
    fn by<T: Field + PartialOrd>(a: &Value, b: &Value) -> Ordering {
        let (a, b) = (T::from_json(a), T::from_json(b));
        match (&a, &b) {
            (Some(a), Some(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            _ => a.is_none().cmp(&b.is_none()),
        }
    }
    match field.sql_type {
        SqlType::Integer | SqlType::Bigint => by::<i64>(a, b),
        SqlType::Numeric => by::<Decimal>(a, b),
        SqlType::Boolean => by::<bool>(a, b),
        SqlType::Timestamptz => by::<Timestamp>(a, b),
        _ => by::<String>(a, b),
    }
}

pub(super) fn order(model: &ModelSpec, terms: &[(String, bool)], a: &Row, b: &Row) -> Ordering {
    let id = ("id".to_owned(), false);
    let mut orders = terms.iter().chain([&id]).map(|(name, descending)| {
        let field = known(model, name).expect("the field was looked up before");
        let order = compare(&field, &a[name], &b[name]);
        if *descending { order.reverse() } else { order }
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
