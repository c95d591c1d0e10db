//! Sums, counts and the like over records, by groups.

use serde_json::{Map, Value, json};

use super::{Find, order_term, rows};
use crate::condition::Condition;
use crate::error::{Error, Result};
use crate::field::Field;
use crate::model::Model;
use crate::operation::Operation;

/// A stretch of time that moments and days are gathered into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
}

impl Bucket {
    const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// Sums and counts being put together. Each row has the groups and the measures by
/// their names, and is read as a `#[body]` struct, or as JSON:
///
/// ```
/// # use eerp_sdk::prelude::*;
/// # /// An order.
/// # #[model(table = "orders")]
/// # pub struct Order {
/// #     /// What is paid.
/// #     pub total: Decimal,
/// # }
/// # eerp_sdk::module! { name: "shop", models: [Order], routes: [crud::<Order>] }
/// # fn main() {}
/// /// What a month brought.
/// #[body]
/// pub struct Month {
///     /// Its first day.
///     pub month: Date,
///     /// All that was paid.
///     pub paid: Option<Decimal>,
///     /// How often.
///     pub orders: i64,
/// }
///
/// fn months() -> Result<Vec<Month>> {
///     let months = db::aggregate::<Order>().by("created_at", db::Bucket::Month);
///     months.sum("paid", "total").count("orders").order("month desc").all()
/// }
/// ```
#[derive(Debug, Clone)]
#[must_use = "an aggregate does nothing until it is asked for its rows"]
pub struct Aggregate<M> {
    found: Find<M>,
    group: Vec<Value>,
    measures: Map<String, Value>,
    order: Vec<Value>,
    limit: Option<u32>,
}

impl<M: Model> Aggregate<M> {
    pub(super) fn new(found: Find<M>) -> Self {
        let (group, measures, order) = Default::default();
        Self { found, group, measures, order, limit: None }
    }

    /// Only records for which this holds.
    pub fn filter(mut self, condition: Condition) -> Self {
        self.found = self.found.filter(condition);
        self
    }

    /// A row for each value of this field.
    pub fn group(mut self, field: &str) -> Self {
        self.group.push(json!(field));
        self
    }

    /// A row for each day, month and so on of this field: its first day, in UTC, under
    /// the bucket's name.
    pub fn by(mut self, field: &str, bucket: Bucket) -> Self {
        self.group.push(json!({"field": field, "by": bucket.name()}));
        self
    }

    /// Calls the last group so in the rows, e.g. of two that are both months.
    pub fn named(mut self, name: &str) -> Self {
        if let Some(last) = self.group.last_mut() {
            if last.is_string() {
                *last = json!({"field": last});
            }
            last["as"] = json!(name);
        }
        self
    }

    /// How many records there are, under this name.
    pub fn count(self, name: &str) -> Self {
        self.measure(name, json!(["count"]))
    }

    /// The sum of a field; null when no record has a value. A sum of money has its
    /// currency among the groups, or one that a condition fixes.
    pub fn sum(self, name: &str, field: &str) -> Self {
        self.measure(name, json!(["sum", field]))
    }

    /// The average of a field, as the sum.
    pub fn avg(self, name: &str, field: &str) -> Self {
        self.measure(name, json!(["avg", field]))
    }

    /// The least value of a field.
    pub fn min(self, name: &str, field: &str) -> Self {
        self.measure(name, json!(["min", field]))
    }

    /// The greatest value of a field.
    pub fn max(self, name: &str, field: &str) -> Self {
        self.measure(name, json!(["max", field]))
    }

    fn measure(mut self, name: &str, measure: Value) -> Self {
        self.measures.insert(name.into(), measure);
        self
    }

    /// In the order of groups and measures: `"total desc, stage_id"`.
    pub fn order(mut self, order: &str) -> Self {
        self.order = order.split(',').map(order_term).collect();
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The question as an operation.
    pub fn operation(self) -> Operation {
        let mut terms = self.found.scope();
        terms.push(("group", Value::Array(self.group)));
        terms.push(("measures", Value::Object(self.measures)));
        if !self.order.is_empty() {
            terms.push(("order", Value::Array(self.order)));
        }
        terms.extend(self.limit.map(|limit| ("limit", json!(limit))));
        Operation::on(M::TABLE, "aggregate").with_terms(&terms)
    }

    /// The rows.
    ///
    /// # Errors
    /// 403 when the caller may not read a field, 422 when a field does not fit.
    pub fn all<T: Field>(self) -> Result<Vec<T>> {
        rows(&self.operation().run()?)
    }

    /// The only row there is without groups.
    ///
    /// # Errors
    /// 403 when the caller may not read a field, 422 when a field does not fit.
    pub fn one<T: Field>(self) -> Result<T> {
        let row = self.all()?.into_iter().next();
        row.ok_or_else(|| Error::new(500, "internal_error", "There was no row to read."))
    }
}
