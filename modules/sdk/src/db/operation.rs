//! The calls of [`db`](crate::db) as operations, for
//! [`Reply::last`](crate::Reply::last): the core runs such a one after the module has
//! ended, and its result is the body.

use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::field::FieldSpec;
use crate::model::{Model, ModelSpec, Record};
use crate::operation::Operation;
use crate::uuid::Ref;

/// Stores a new record.
///
/// # Errors
/// What a rule of the model says against it.
pub fn create<M: Model>(model: &M) -> Result<Operation> {
    create_record(Record::from(model.clone()))
}

/// Stores a record that is new: with what other modules keep of it, and with all that
/// was [said](Record::saying) of it, even where that is no more than silence would say.
///
/// # Errors
/// What a rule of the model says against it.
pub fn create_record<M: Model>(record: Record<M>) -> Result<Operation> {
    Ok(Operation::create(M::TABLE, &Value::Object(new_values(record)?)))
}

/// Stores new records in one go.
///
/// # Errors
/// What a rule of the model says against one of them.
pub fn create_all<M: Model>(models: &[M]) -> Result<Operation> {
    create_records(models.iter().cloned().map(Record::from))
}

/// The same for records that are new, with what was [said](Record::saying) of them.
///
/// # Errors
/// What a rule of the model says against one of them.
pub fn create_records<M: Model>(records: impl IntoIterator<Item = Record<M>>) -> Result<Operation> {
    let values = records.into_iter().map(|record| new_values(record).map(Value::Object));
    let values: Vec<Value> = values.collect::<Result<_>>()?;
    Ok(Operation::create_many(M::TABLE, &Value::Array(values)))
}

/// What is to be stored of a new record, the rules having had their say.
pub(crate) fn new_values<M: Model>(mut record: Record<M>) -> Result<Map<String, Value>> {
    record.before_create()?;
    let mut values = record.changes();
    for field in M::FIELDS.iter().filter(|field| !record.says(field.name)) {
        if values.get(field.name).is_some_and(|value| unsaid(M::SPEC, field, value)) {
            values.remove(field.name);
        }
    }
    Ok(values)
}

/// Whether a value is better left out of a new record: no own company, so that it is
/// the one that the caller acts in; what would be there anyway, where not every caller
/// may set it.
fn unsaid(model: &ModelSpec, field: &FieldSpec, value: &Value) -> bool {
    let usual = || field.default.map_or(Value::Null, |default| default());
    if model.company == Some(field.name) {
        return value.is_null();
    }
    !field.write.is_empty() && *value == usual()
}

/// The record with this id.
pub fn get<M: Model>(id: Ref<M>) -> Operation {
    Operation::get(M::TABLE, id.uuid())
}

/// The record with this id, held until the request ends.
pub fn lock<M: Model>(id: Ref<M>) -> Operation {
    Operation::lock(M::TABLE, id.uuid())
}

/// Stores what was changed in a record since it was read. When nothing was,
/// the record is read again and keeps its version.
///
/// # Errors
/// What a rule of the model says against it.
pub fn update<M: Model>(record: &Record<M>) -> Result<Operation> {
    let (id, changes) = (record.id.uuid(), changes(record)?);
    if changes.is_empty() {
        return Ok(Operation::get(M::TABLE, id));
    }
    let changes = Value::Object(changes);
    Ok(Operation::update(M::TABLE, id, &changes, Some(record.version)))
}

/// Stores what was changed in several records; nothing when nothing was.
///
/// # Errors
/// What a rule of the model says against one of them.
pub fn update_all<M: Model>(records: &[Record<M>]) -> Result<Option<Operation>> {
    let mut all = Vec::new();
    for record in records {
        let values = changes(record)?;
        if !values.is_empty() {
            let id = record.id.to_string();
            all.push(json!({"id": id, "version": record.version, "values": values}));
        }
    }
    Ok((!all.is_empty()).then(|| Operation::update_many(M::TABLE, &Value::Array(all))))
}

/// What is to be stored of a record, the rules having had their say.
pub(crate) fn changes<M: Model>(record: &Record<M>) -> Result<Map<String, Value>> {
    let mut after = record.clone();
    after.before_update(&record.as_stored()?)?;
    Ok(after.changes())
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
///
/// # Errors
/// What a rule of the model says against it.
pub fn restore<M: Model>(id: Ref<M>, version: Option<i64>) -> Result<Operation> {
    M::before_restore(id)?;
    Ok(Operation::restore(M::TABLE, id.uuid(), version))
}

/// Takes a record away for good.
///
/// # Errors
/// What a rule of the model says against it.
pub fn purge<M: Model>(id: Ref<M>, version: Option<i64>, reason: &str) -> Result<Operation> {
    M::before_purge(id)?;
    Ok(Operation::purge(M::TABLE, id.uuid(), version, reason))
}
