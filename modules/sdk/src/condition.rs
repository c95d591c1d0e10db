//! Conditions on records: what a search asks, what a check demands, what a rule
//! allows.

use serde_json::{Value, json};

use crate::field::{Field, FieldSpec, SqlType};

/// A condition on the fields of a record.
///
/// In searches and rules a field may be one of another record, by the way that leads
/// there: `company.name` is the name of the record that `company_id` points to.
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

    /// The field has one of these values.
    pub fn one_of<T: Operand>(field: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<Value> = values.into_iter().map(Operand::into_json).collect();
        Self(json!({"field": field, "op": "in", "value": values}))
    }

    /// The field has another value than this; null counts as a value.
    pub fn distinct(field: &str, value: impl Operand) -> Self {
        Self::compare(field, "isdistinct", value)
    }

    /// The text has these words, asked as in a search engine:
    /// `tea -green "earl grey" or coffee`.
    pub fn search(field: &str, words: &str) -> Self {
        Self::compare(field, "wfts", words)
    }

    /// The same in the words of a language: `english`, `german`.
    pub fn search_in(language: &str, field: &str, words: &str) -> Self {
        Self::compare(field, &format!("wfts({language})"), words)
    }

    /// The list has all of these items.
    pub fn has_all<T: Operand>(field: &str, items: impl IntoIterator<Item = T>) -> Self {
        Self::items(field, "cs", items)
    }

    /// The list has no items but these.
    pub fn has_only<T: Operand>(field: &str, items: impl IntoIterator<Item = T>) -> Self {
        Self::items(field, "cd", items)
    }

    /// The list has at least one of these items.
    pub fn has_any<T: Operand>(field: &str, items: impl IntoIterator<Item = T>) -> Self {
        Self::items(field, "ov", items)
    }

    fn items<T: Operand>(field: &str, op: &str, items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<Value> = items.into_iter().map(Operand::into_json).collect();
        Self(json!({"field": field, "op": op, "value": items}))
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

    /// The condition for records of these fields: numbers beside `numeric` and
    /// `bigint` become text, as everywhere.
    pub(crate) fn exact(self, fields: &[FieldSpec]) -> Value {
        exact(fields, self.0)
    }
}

fn listed(conditions: impl IntoIterator<Item = Condition>) -> Vec<Value> {
    conditions.into_iter().map(|condition| condition.0).collect()
}

fn exact(fields: &[FieldSpec], mut condition: Value) -> Value {
    for joint in ["and", "or"] {
        if let Some(Value::Array(parts)) = condition.get_mut(joint) {
            for part in parts {
                *part = exact(fields, part.take());
            }
        }
    }
    if let Some(part) = condition.get_mut("not") {
        *part = exact(fields, part.take());
    }
    let field = condition["field"].as_str();
    let field = fields.iter().find(|known| Some(known.name) == field);
    if field.is_some_and(|f| matches!(f.sql_type, SqlType::Numeric | SqlType::Bigint)) {
        condition["value"] = exact_value(condition["value"].take());
    }
    condition
}

fn exact_value(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Array(values) => values.into_iter().map(exact_value).collect(),
        value => value,
    }
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

/// Something of whoever is asking, in the condition of a rule: `user_id`,
/// `username`, `company_id` or `companies`.
#[derive(Debug, Clone, Copy)]
pub struct OfIdentity(pub &'static str);

impl Operand for OfIdentity {
    fn into_json(self) -> Value {
        json!({"identity": self.0})
    }
}
