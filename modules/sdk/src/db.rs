//! The records of this module's models. Straight-line calls: while PostgreSQL
//! works, the core serves others.
//!
//! All calls of one request are one transaction. It is committed when the route
//! answers a status below 400 and rolled back otherwise.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::condition::{Condition, Operand};
use crate::error::{Error, Result};
use crate::model::{Model, Record, Shape};
use crate::operation::Operation;
use crate::uuid::Ref;

/// Stores a new record, if the model's rules let it.
///
/// # Errors
/// 409 when a unique value is taken, 422 when a value or a rule is broken.
pub fn create<M: Model>(model: &M) -> Result<Record<M>> {
    parse(&operation::create(model)?.run()?)
}

/// The record with this id.
///
/// # Errors
/// 404 when there is none, or it is deleted.
pub fn get<M: Model>(id: Ref<M>) -> Result<Record<M>> {
    parse(&operation::get(id).run()?)
}

/// Stores what was changed in a record since it was read, if the model's rules
/// let it.
///
/// # Errors
/// 412 `version_conflict` when somebody else changed it in between, 409 when a
/// unique value is taken, 422 when a value or a rule is broken.
pub fn update<M: Model>(record: &Record<M>) -> Result<Record<M>> {
    parse(&operation::update(record)?.run()?)
}

/// Deletes a record, if the model's rules let it; it can be restored. The version
/// is not looked at when absent.
///
/// # Errors
/// 404 when there is none, 412 when it has another version, or what a rule says.
pub fn delete<M: Model>(id: Ref<M>, version: Option<i64>) -> Result<Record<M>> {
    parse(&operation::delete(id, version)?.run()?)
}

/// Brings a deleted record back. The version is not looked at when absent.
///
/// # Errors
/// 404 when none is deleted under this id, 412 when it has another version.
pub fn restore<M: Model>(id: Ref<M>, version: Option<i64>) -> Result<Record<M>> {
    parse(&operation::restore(id, version).run()?)
}

/// Starts a search: `db::find::<Contact>().eq("email", address).first()?`.
pub fn find<M: Model>() -> Find<M> {
    let order = M::SPEC.order.iter().map(|(field, way)| json!([field, way])).collect();
    Find { conditions: Vec::new(), order, terms: Vec::new(), model: PhantomData }
}

/// The same calls as operations, for [`Reply::last`](crate::Reply::last): the
/// core runs such a one after the module has ended, and its result is the body.
pub mod operation {
    use super::{Model, Operation, Record, Ref, Result, Value};

    /// Stores a new record.
    ///
    /// # Errors
    /// What a rule of the model says against it.
    pub fn create<M: Model>(model: &M) -> Result<Operation> {
        let mut model = model.clone();
        model.before_create()?;
        Ok(Operation::create(M::TABLE, &Value::Object(model.to_values())))
    }

    /// The record with this id.
    pub fn get<M: Model>(id: Ref<M>) -> Operation {
        Operation::get(M::TABLE, id.uuid())
    }

    /// Stores what was changed in a record since it was read. When nothing was,
    /// the record is read again and keeps its version.
    ///
    /// # Errors
    /// What a rule of the model says against it.
    pub fn update<M: Model>(record: &Record<M>) -> Result<Operation> {
        let mut after = record.clone();
        after.before_update(&record.as_stored()?)?;
        let (id, changes) = (record.id.uuid(), after.changes());
        if changes.is_empty() {
            return Ok(Operation::get(M::TABLE, id));
        }
        let changes = Value::Object(changes);
        Ok(Operation::update(M::TABLE, id, &changes, Some(record.version)))
    }

    /// Deletes a record.
    ///
    /// # Errors
    /// What a rule of the model says against it.
    pub fn delete<M: Model>(id: Ref<M>, version: Option<i64>) -> Result<Operation> {
        M::before_delete(id)?;
        Ok(Operation::delete(M::TABLE, id.uuid(), version))
    }

    /// Brings a deleted record back.
    pub fn restore<M: Model>(id: Ref<M>, version: Option<i64>) -> Operation {
        Operation::restore(M::TABLE, id.uuid(), version)
    }
}

/// One page of a search.
#[derive(Debug, Deserialize)]
#[serde(bound = "M: Shape")]
pub struct Page<M: Shape> {
    /// The records of this page.
    pub items: Vec<Record<M>>,
    /// What asks for the next page; nothing after the last.
    pub next_cursor: Option<String>,
}

/// A search being put together. Its conditions must all hold.
#[derive(Debug, Clone)]
#[must_use = "a search does nothing until it is asked for its records"]
pub struct Find<M> {
    conditions: Vec<Condition>,
    order: Vec<Value>,
    terms: Vec<(&'static str, Value)>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Find<M> {
    /// Only records for which this holds.
    pub fn filter(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Only records that have this value.
    pub fn eq(self, field: &str, value: impl Operand) -> Self {
        self.filter(Condition::eq(field, value))
    }

    /// Only records that have another value.
    pub fn neq(self, field: &str, value: impl Operand) -> Self {
        self.filter(Condition::compare(field, "neq", value))
    }

    /// Only records above this value.
    pub fn gt(self, field: &str, value: impl Operand) -> Self {
        self.filter(Condition::compare(field, "gt", value))
    }

    /// Only records at or above this value.
    pub fn gte(self, field: &str, value: impl Operand) -> Self {
        self.filter(Condition::compare(field, "gte", value))
    }

    /// Only records below this value.
    pub fn lt(self, field: &str, value: impl Operand) -> Self {
        self.filter(Condition::compare(field, "lt", value))
    }

    /// Only records at or below this value.
    pub fn lte(self, field: &str, value: impl Operand) -> Self {
        self.filter(Condition::compare(field, "lte", value))
    }

    /// Only records that match, `*` being any text and case not mattering.
    pub fn ilike(self, field: &str, pattern: &str) -> Self {
        self.filter(Condition::compare(field, "ilike", pattern))
    }

    /// Only records that have one of these values.
    pub fn one_of<T: Operand>(self, field: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<Value> = values.into_iter().map(Operand::into_json).collect();
        self.filter(Condition::compare(field, "in", Value::Array(values)))
    }

    /// Only records that have no value.
    pub fn is_null(self, field: &str) -> Self {
        self.filter(Condition::is_null(field))
    }

    /// Only records that have a value.
    pub fn not_null(self, field: &str) -> Self {
        self.filter(Condition::none(Condition::is_null(field)))
    }

    /// In this order instead of the model's: `"last_name, created_at desc"`.
    pub fn order(mut self, order: &str) -> Self {
        self.order = order.split(',').map(order_term).collect();
        self
    }

    /// At most so many records, 1 to 1000.
    pub fn limit(self, limit: u32) -> Self {
        self.term("limit", json!(limit))
    }

    /// The page that a [`Page::next_cursor`] asks for.
    pub fn cursor(self, cursor: &str) -> Self {
        self.term("cursor", json!(cursor))
    }

    /// Deleted records too.
    pub fn with_deleted(self) -> Self {
        self.term("deleted", json!("include"))
    }

    fn term(mut self, key: &'static str, value: Value) -> Self {
        self.terms.retain(|(known, _)| *known != key);
        self.terms.push((key, value));
        self
    }

    /// The search as an operation.
    pub fn operation(mut self) -> Operation {
        if let Some(last) = self.conditions.pop() {
            self.conditions.push(last);
            self.terms.push(("where", Condition::all(self.conditions).0));
        }
        if !self.order.is_empty() {
            self.terms.push(("order", Value::Array(self.order)));
        }
        Operation::find(M::TABLE, &self.terms)
    }

    /// One page of what was found: 50 records, or as many as the limit says.
    ///
    /// # Errors
    /// 422 when a field or a value does not fit the model.
    pub fn page(self) -> Result<Page<M>> {
        parse(&self.operation().run()?)
    }

    /// All that was found, page after page; at most the limit when there is one.
    ///
    /// # Errors
    /// 422 when a field or a value does not fit the model.
    pub fn all(self) -> Result<Vec<Record<M>>> {
        if self.terms.iter().any(|(key, _)| *key == "limit") {
            return Ok(self.page()?.items);
        }
        let search = self.limit(1000);
        let mut page = search.clone().page()?;
        let mut found = page.items;
        while let Some(cursor) = page.next_cursor {
            page = search.clone().cursor(&cursor).page()?;
            found.append(&mut page.items);
        }
        Ok(found)
    }

    /// The first that was found, if any.
    ///
    /// # Errors
    /// 422 when a field or a value does not fit the model.
    pub fn first(self) -> Result<Option<Record<M>>> {
        Ok(self.limit(1).page()?.items.pop())
    }
}

fn order_term(term: &str) -> Value {
    let mut words = term.split_whitespace();
    json!([words.next().unwrap_or_default(), words.next().unwrap_or("asc")])
}

/// A result that the SDK cannot read is the core's fault, not the client's.
fn parse<T: DeserializeOwned>(result: &[u8]) -> Result<T> {
    serde_json::from_slice(result).map_err(|error| {
        crate::log::error(&format!("the core answered what the model has not: {error}"));
        Error::new(500, "internal_error", "A stored record does not fit its model.")
    })
}
