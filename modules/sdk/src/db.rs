//! The records of this module's models. Straight-line calls: while PostgreSQL
//! works, the core serves others.
//!
//! All calls of one request are one transaction. It is committed when the route
//! answers a status below 400 and rolled back otherwise. They are made for whoever
//! asks: own companies, record rules and limits of fields hold in all of them.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::field::Field;
use crate::model::{Model, Record, Shape};
use crate::uuid::Ref;

mod aggregate;
mod find;
pub mod operation;

pub use aggregate::{Aggregate, Bucket};
pub use find::{Find, Page};

/// Stores a new record, if the model's rules let it.
///
/// # Errors
/// 409 when a unique value is taken, 422 when a value or a rule is broken.
pub fn create<M: Model>(model: &M) -> Result<Record<M>> {
    parse(&operation::create(model)?.run()?)
}

/// Stores a record that is new, made by `Record::from(model)`, with all that was
/// [said](Record::saying) of it, if the model's rules let it.
///
/// # Errors
/// 409 when a unique value is taken, 422 when a value or a rule is broken.
pub fn create_record<M: Model>(record: Record<M>) -> Result<Record<M>> {
    parse(&operation::create_record(record)?.run()?)
}

/// Stores new records in one go, if the model's rules let each of them. They come
/// back in the same order.
///
/// # Errors
/// 409 when a unique value is taken, 422 when a value or a rule is broken.
pub fn create_all<M: Model>(models: &[M]) -> Result<Vec<Record<M>>> {
    if models.is_empty() {
        return Ok(Vec::new());
    }
    Ok(parse::<Items<M>>(&operation::create_all(models)?.run()?)?.items)
}

/// The same for records that are new, made by `Record::from(model)`, with all that was
/// [said](Record::saying) of them.
///
/// # Errors
/// 409 when a unique value is taken, 422 when a value or a rule is broken.
pub fn create_records<M: Model>(records: &[Record<M>]) -> Result<Vec<Record<M>>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let operation = operation::create_records(records.iter().cloned())?;
    Ok(parse::<Items<M>>(&operation.run()?)?.items)
}

/// The record with this id.
///
/// # Errors
/// 404 when there is none, or it is deleted.
pub fn get<M: Model>(id: Ref<M>) -> Result<Record<M>> {
    parse(&operation::get(id).run()?)
}

/// Parts of the record with this id, and of records beside it:
/// `id,name,company(id,name),contacts(first_name)`. They are read as a `#[body]`
/// struct, or as JSON.
///
/// # Errors
/// 404 when there is none, 403 when the caller may not read one of the parts, 422
/// when the model has no such part.
pub fn get_row<M: Model, T: Field>(id: Ref<M>, select: &str) -> Result<T> {
    row(&parse::<Value>(&operation::get(id).selecting(select).run()?)?)
}

/// The record with this id as it is now, held for this request: nobody else changes,
/// deletes or locks it before the request has ended. Read it so, and not by
/// [`get`], when what you do next depends on it.
///
/// # Errors
/// 404 when there is none, or it is deleted.
pub fn lock<M: Model>(id: Ref<M>) -> Result<Record<M>> {
    parse(&operation::lock(id).run()?)
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

/// Stores what was changed in several records in one go, if the model's rules let
/// each of them. They come back in the same order; one in which nothing was changed
/// comes back as it is.
///
/// # Errors
/// 412 `version_conflict` when somebody else changed one in between, 409 when a
/// unique value is taken, 422 when a value or a rule is broken.
pub fn update_all<M: Model>(records: &[Record<M>]) -> Result<Vec<Record<M>>> {
    let Some(operation) = operation::update_all(records)? else { return Ok(records.to_vec()) };
    let changed = parse::<Items<M>>(&operation.run()?)?.items;
    let after = |record: &Record<M>| {
        let now = changed.iter().find(|changed| changed.id == record.id);
        now.unwrap_or(record).clone()
    };
    Ok(records.iter().map(after).collect())
}

/// Deletes a record, if the model's rules let it; it can be restored. The version
/// is not looked at when absent.
///
/// # Errors
/// 404 when there is none, 412 when it has another version, 409 when other records
/// refer to it and say `restrict`, or what a rule says.
pub fn delete<M: Model>(id: Ref<M>, version: Option<i64>) -> Result<Record<M>> {
    parse(&operation::delete(id, version)?.run()?)
}

/// Brings a deleted record back, if the model's rules let it. The version is not looked
/// at when absent.
///
/// # Errors
/// 404 when none is deleted under this id, 412 when it has another version, 409 when
/// it refers to a record that is deleted, or what a rule says.
pub fn restore<M: Model>(id: Ref<M>, version: Option<i64>) -> Result<Record<M>> {
    parse(&operation::restore(id, version)?.run()?)
}

/// Takes a record away for good, deleted or not, if the model's rules let it; the
/// reason stays in the audit trail. The version is not looked at when absent.
///
/// # Errors
/// 404 when there is none, 412 when it has another version, 403 when the caller may
/// not purge, 409 when other records refer to it, or what a rule says.
pub fn purge<M: Model>(id: Ref<M>, version: Option<i64>, reason: &str) -> Result<()> {
    operation::purge(id, version, reason)?.run().map(drop)
}

/// Starts a search: `db::find::<Contact>().eq("email", address).first()?`.
pub fn find<M: Model>() -> Find<M> {
    Find::new()
}

/// How many records there are, in all; `db::find::<M>()` with conditions ends with
/// [`count`](Find::count) too.
///
/// # Errors
/// Those of the database.
pub fn count<M: Model>() -> Result<i64> {
    find::<M>().count()
}

/// Starts sums and counts over records:
/// `db::aggregate::<Opportunity>().group("stage_id").count("n").all::<Row>()?`.
pub fn aggregate<M: Model>() -> Aggregate<M> {
    find().aggregate()
}

/// What operations on many records answer.
#[derive(Deserialize)]
#[serde(bound = "M: Shape")]
pub(crate) struct Items<M: Shape> {
    pub(crate) items: Vec<Record<M>>,
}

/// Rows of another form than a record's.
#[derive(Deserialize)]
struct Rows {
    items: Vec<Value>,
}

/// What the core answers to `count`.
#[derive(Deserialize)]
struct Counted {
    count: i64,
}

/// One row of a form that the caller has said.
fn row<T: Field>(row: &Value) -> Result<T> {
    T::from_json(row).ok_or_else(|| unreadable(&format!("{row} is not of the form asked for")))
}

fn rows<T: Field>(result: &[u8]) -> Result<Vec<T>> {
    parse::<Rows>(result)?.items.iter().map(row).collect()
}

pub(crate) fn parse<T: DeserializeOwned>(result: &[u8]) -> Result<T> {
    serde_json::from_slice(result).map_err(|error| unreadable(&error.to_string()))
}

/// A result that the SDK cannot read is the module's or the core's fault, not the
/// client's.
fn unreadable(why: &str) -> Error {
    crate::log::error(&format!("the core answered what the model has not: {why}"));
    Error::new(500, "internal_error", "A stored record does not fit its model.")
}

/// `name`, `name desc` or `name desc nulls first` as the core reads it.
fn order_term(term: &str) -> Value {
    let words: Vec<&str> = term.split_whitespace().collect();
    match words[..] {
        [field, way @ ("asc" | "desc"), "nulls", place] => {
            json!([field, way, format!("nulls{place}")])
        }
        [field, "nulls", place] => json!([field, "asc", format!("nulls{place}")]),
        [field, way] => json!([field, way]),
        _ => json!([term.trim(), "asc"]),
    }
}
