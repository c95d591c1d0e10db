//! Conditions on records: what a search asks and what a check demands.

use serde_json::{Value, json};

use crate::field::Field;

/// A condition on the fields of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(pub(crate) Value);

impl Condition {
    /// A comparison; `op` is one of the ABI's: `eq`, `neq`, `gt`, `ilike`...
    pub fn compare(field: &str, op: &str, value: impl Operand) -> Self {
        Self(json!({"field": field, "op": op, "value": value.into_json()}))
    }

    /// The field has this value.
    pub fn eq(field: &str, value: impl Operand) -> Self {
        Self::compare(field, "eq", value)
    }

    /// The field is null.
    pub fn is_null(field: &str) -> Self {
        Self(json!({"field": field, "op": "is", "value": null}))
    }

    /// All of these hold.
    pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self(json!({"and": listed(conditions)}))
    }

    /// At least one of these holds.
    pub fn any(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self(json!({"or": listed(conditions)}))
    }

    /// This does not hold.
    pub fn none(condition: Condition) -> Self {
        Self(json!({"not": condition.0}))
    }
}

fn listed(conditions: impl IntoIterator<Item = Condition>) -> Vec<Value> {
    conditions.into_iter().map(|condition| condition.0).collect()
}

/// What a field may be compared with.
pub trait Operand {
    /// The value as JSON.
    fn into_json(self) -> Value;
}

impl<T: Field> Operand for T {
    fn into_json(self) -> Value {
        self.to_json()
    }
}

impl Operand for &str {
    fn into_json(self) -> Value {
        Value::String(self.into())
    }
}

impl Operand for &String {
    fn into_json(self) -> Value {
        Value::String(self.clone())
    }
}
