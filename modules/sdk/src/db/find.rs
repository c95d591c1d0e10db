//! Searches: conditions, order and pages, and what they are asked for.

use std::marker::PhantomData;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Aggregate, Counted, order_term, parse, rows};
use crate::condition::{Condition, Operand};
use crate::error::Result;
use crate::field::Field;
use crate::model::{Model, Record, Shape};
use crate::operation::Operation;

/// One page of a search.
#[derive(Debug, Deserialize)]
#[serde(bound = "M: Shape")]
pub struct Page<M: Shape> {
    /// The records of this page.
    pub items: Vec<Record<M>>,
    /// What asks for the next page; nothing after the last.
    pub next_cursor: Option<String>,
    /// How many there are on all pages, when that was asked.
    #[serde(default)]
    pub total: Option<i64>,
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
    pub(super) fn new() -> Self {
        let order = M::SPEC.order.iter().map(|(field, way)| json!([field, way])).collect();
        Self { conditions: Vec::new(), order, terms: Vec::new(), model: PhantomData }
    }

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
        self.filter(Condition::one_of(field, values))
    }

    /// Only records that have another value, null being a value too.
    pub fn distinct(self, field: &str, value: impl Operand) -> Self {
        self.filter(Condition::distinct(field, value))
    }

    /// Only records whose text has these words: `tea -green or "earl grey"`.
    pub fn search(self, field: &str, words: &str) -> Self {
        self.filter(Condition::search(field, words))
    }

    /// Only records whose list has all of these items.
    pub fn has_all<T: Operand>(self, field: &str, items: impl IntoIterator<Item = T>) -> Self {
        self.filter(Condition::has_all(field, items))
    }

    /// Only records whose list has at least one of these items.
    pub fn has_any<T: Operand>(self, field: &str, items: impl IntoIterator<Item = T>) -> Self {
        self.filter(Condition::has_any(field, items))
    }

    /// Only records that have no value.
    pub fn is_null(self, field: &str) -> Self {
        self.filter(Condition::is_null(field))
    }

    /// Only records that have a value.
    pub fn not_null(self, field: &str) -> Self {
        self.filter(Condition::none(Condition::is_null(field)))
    }

    /// In this order instead of the model's:
    /// `"last_name, closed_at desc nulls last, created_at desc"`.
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

    /// Counts all that there are beside the page, see [`Page::total`].
    pub fn with_total(self) -> Self {
        self.term("count", json!("exact"))
    }

    /// The same, and near enough will do when there are many.
    pub fn with_estimated_total(self) -> Self {
        self.term("count", json!("estimated"))
    }

    fn term(mut self, key: &'static str, value: Value) -> Self {
        self.terms.retain(|(known, _)| *known != key);
        self.terms.push((key, value));
        self
    }

    /// The conditions, and whether deleted records count, as keys of an operation.
    pub(super) fn scope(&self) -> Vec<(&'static str, Value)> {
        let mut scope: Vec<_> =
            self.terms.iter().filter(|(key, _)| *key == "deleted").cloned().collect();
        if !self.conditions.is_empty() {
            scope.push(("where", Condition::all(self.conditions.clone()).0));
        }
        scope
    }

    /// The search as an operation.
    pub fn operation(self) -> Operation {
        let mut terms = self.scope();
        terms.extend(self.terms.into_iter().filter(|(key, _)| *key != "deleted"));
        if !self.order.is_empty() {
            terms.push(("order", Value::Array(self.order)));
        }
        Operation::find(M::TABLE, &terms)
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

    /// Parts of the records of one page, and of records beside them:
    /// `id,name,company(id,name),contacts(first_name)`. They are read as a `#[body]`
    /// struct, or as JSON.
    ///
    /// # Errors
    /// 403 when the caller may not read one of the parts, 422 when the model has no
    /// such part.
    pub fn rows<T: Field>(self, select: &str) -> Result<Vec<T>> {
        rows(&self.operation().selecting(select).run()?)
    }

    /// How many there are, whatever the limit.
    ///
    /// # Errors
    /// 422 when a field or a value does not fit the model.
    pub fn count(self) -> Result<i64> {
        let count = Operation::on(M::TABLE, "count").with_terms(&self.scope());
        Ok(parse::<Counted>(&count.run()?)?.count)
    }

    /// Whether there is one at all.
    ///
    /// # Errors
    /// 422 when a field or a value does not fit the model.
    pub fn exists(self) -> Result<bool> {
        Ok(!self.limit(1).rows::<Value>("id")?.is_empty())
    }

    /// Goes on to sums and counts over what is found.
    pub fn aggregate(self) -> Aggregate<M> {
        Aggregate::new(self)
    }
}
