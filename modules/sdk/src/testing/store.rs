//! Tables in memory that answer ORM operations as PostgreSQL would.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::query::{self, Search};
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::field::{Field, FieldSpec, SqlType};
use crate::model::ModelSpec;
use crate::time::{Date, Time, Timestamp};
use crate::uuid::Uuid;

/// Who makes and changes records in tests.
pub(super) const USER: &str = "00000000-0000-7000-8000-00000000000a";

const KEPT_BY_CORE: [&str; 7] =
    ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at"];

pub(super) type Row = Map<String, Value>;
type Tables = BTreeMap<&'static str, Vec<Row>>;

#[derive(Debug)]
pub(super) struct Store {
    models: &'static [&'static ModelSpec],
    tables: Tables,
    /// The tables as they were when the transaction began.
    before: Tables,
    /// What PostgreSQL refused: nothing works after it.
    refused: Option<Error>,
    ids: u64,
}

impl Store {
    pub(super) fn new(models: &'static [&'static ModelSpec]) -> Self {
        let tables: Tables = models.iter().map(|model| (model.table, Vec::new())).collect();
        Self { models, before: tables.clone(), tables, refused: None, ids: 0 }
    }

    pub(super) fn begin(&mut self) {
        self.before = self.tables.clone();
        self.refused = None;
    }

    pub(super) fn refusal(&self) -> Option<Error> {
        self.refused.clone()
    }

    pub(super) fn end(&mut self, commit: bool) {
        if !commit {
            self.tables = std::mem::take(&mut self.before);
        }
    }

    /// Inserts the rows of a migration's data steps.
    pub(super) fn insert_rows(&mut self, migration: &Value) {
        let steps = migration["operations"].as_array().into_iter().flatten();
        for step in steps.filter(|step| step["type"] == "data") {
            for row in step["rows"].as_array().into_iter().flatten() {
                let create = json!({"op": "create", "model": step["table"], "values": row});
                let created = self.execute(&create, Timestamp::default());
                created.unwrap_or_else(|error| panic!("{row} does not fit: {error:?}"));
            }
        }
    }

    pub(super) fn execute(&mut self, operation: &Value, now: Timestamp) -> Result<Value> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        let name = operation["model"].as_str().unwrap_or_default();
        let model = self.models.iter().find(|model| model.table == name);
        let model = model.ok_or_else(|| fault(format!("the module has no model {name}")))?;
        match operation["op"].as_str() {
            Some("create") => self.create(model, operation, now),
            Some("get") => Ok(self.one(model, operation, false)?.into()),
            Some("find") => self.find(model, operation),
            Some("update") => self.update(model, operation, now),
            Some("delete") => self.bury(model, operation, now, false),
            Some("restore") => self.bury(model, operation, now, true),
            op => Err(fault(format!("there is no operation {op:?}"))),
        }
    }

    fn create(&mut self, model: &ModelSpec, operation: &Value, now: Timestamp) -> Result<Value> {
        self.ids += 1;
        let mut row = Row::new();
        row.insert("id".into(), json!(format!("00000000-0000-7000-8000-{:012x}", self.ids)));
        row.insert("version".into(), json!(1));
        for (at, by) in [("created_at", "created_by"), ("updated_at", "updated_by")] {
            row.insert(at.into(), now.to_json());
            row.insert(by.into(), json!(USER));
        }
        row.insert("deleted_at".into(), Value::Null);
        for field in model.fields {
            let default = field.default.map_or(Value::Null, |default| default());
            row.insert(field.name.into(), default);
        }
        row.extend(typed_values(model, operation)?);
        self.refuse_broken(model, &row)?;
        self.tables.entry(model.table).or_default().push(row.clone());
        Ok(row.into())
    }

    fn one(&self, model: &ModelSpec, operation: &Value, deleted: bool) -> Result<Row> {
        let rows = self.tables.get(model.table).into_iter().flatten();
        let mut same = rows.filter(|row| row["id"] == operation["id"]);
        let row = same.find(|row| row["deleted_at"].is_null() != deleted);
        let row = row.ok_or_else(|| Error::not_found("There is no such record."))?;
        match operation["version"].as_i64() {
            Some(version) if row["version"] != version => {
                let message = "The record was changed by someone else in the meantime.";
                Err(Error::new(412, "version_conflict", message))
            }
            _ => Ok(row.clone()),
        }
    }

    fn update(&mut self, model: &ModelSpec, operation: &Value, now: Timestamp) -> Result<Value> {
        let mut row = self.one(model, operation, false)?;
        row.extend(typed_values(model, operation)?);
        self.replace(model, row, now)
    }

    fn bury(
        &mut self,
        model: &ModelSpec,
        operation: &Value,
        now: Timestamp,
        restore: bool,
    ) -> Result<Value> {
        let mut row = self.one(model, operation, restore)?;
        let deleted_at = if restore { Value::Null } else { now.to_json() };
        row.insert("deleted_at".into(), deleted_at);
        self.replace(model, row, now)
    }

    fn replace(&mut self, model: &ModelSpec, mut row: Row, now: Timestamp) -> Result<Value> {
        row.insert("version".into(), json!(row["version"].as_i64().unwrap_or_default() + 1));
        row.insert("updated_at".into(), now.to_json());
        self.refuse_broken(model, &row)?;
        let rows = self.tables.entry(model.table).or_default();
        if let Some(old) = rows.iter_mut().find(|old| old["id"] == row["id"]) {
            old.clone_from(&row);
        }
        Ok(row.into())
    }

    fn find(&self, model: &ModelSpec, operation: &Value) -> Result<Value> {
        let search = Search::read(operation)?;
        let rows = self.tables.get(model.table).into_iter().flatten();
        let mut found = Vec::new();
        for row in rows {
            let wanted =
                search.deleted.is_none_or(|deleted| deleted != row["deleted_at"].is_null());
            if wanted && query::holds(model, &search.condition, row)? == Some(true) {
                found.push(row.clone());
            }
        }
        for (field, _) in &search.order {
            known(model, field)?;
        }
        found.sort_by(|a, b| order(model, &search.order, a, b));
        let rest: Vec<Row> = found.into_iter().skip(search.offset).collect();
        let more = rest.len() > search.limit;
        let next_cursor = more.then(|| (search.offset + search.limit).to_string());
        let items: Vec<Row> = rest.into_iter().take(search.limit).collect();
        Ok(json!({"items": items, "next_cursor": next_cursor}))
    }

    /// What PostgreSQL holds for every row: a breach ends the transaction.
    fn refuse_broken(&mut self, model: &ModelSpec, row: &Row) -> Result<()> {
        let broken = self.missing(model, row).or_else(|| self.taken(model, row));
        let broken = broken.or_else(|| self.dangling(model, row));
        if let Some(error) = broken.or_else(|| unchecked(model, row)) {
            self.refused = Some(error.clone());
            return Err(error);
        }
        Ok(())
    }

    fn missing(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        let field =
            model.fields.iter().find(|field| !field.nullable && row[field.name].is_null())?;
        Some(Error::invalid(field.name, "required", format!("{} is required.", field.name)))
    }

    fn taken(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        let single = model.fields.iter().filter(|field| field.unique);
        let single = single.map(|field| vec![field.name]);
        let several = model.uniques.iter().map(|unique| unique.columns.to_vec());
        let others = || self.tables.get(model.table).into_iter().flatten();
        let columns = single.chain(several).find(|columns| {
            others().any(|other| {
                let alive = other["deleted_at"].is_null() && row["deleted_at"].is_null();
                let same =
                    |column: &&str| !row[*column].is_null() && other[*column] == row[*column];
                alive && other["id"] != row["id"] && columns.iter().all(same)
            })
        })?;
        let message = "Another record has this value.";
        Some(Error::conflict("conflict", message).and_field(columns[0], "unique", message))
    }

    /// A reference within the module to nothing; other modules are not here.
    fn dangling(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        let field = model.fields.iter().find(|field| {
            let target = field.references.filter(|target| target.module.is_empty());
            let rows = target.and_then(|target| self.tables.get(target.table));
            let id = &row[field.name];
            let itself = || *id == row["id"];
            let found = |rows: &Vec<Row>| rows.iter().any(|other| other["id"] == *id);
            !id.is_null() && target.is_some() && !rows.is_some_and(found) && !itself()
        })?;
        let message = format!("{} points to a record that does not exist.", field.name);
        let error = Error::conflict("conflict", "A record that is named does not exist.");
        Some(error.and_field(field.name, "reference", message))
    }
}

fn unchecked(model: &ModelSpec, row: &Row) -> Option<Error> {
    let broken = |condition: &Value| query::holds(model, condition, row) == Ok(Some(false));
    let check = model.checks.iter().find(|check| broken(&(check.condition)().0))?;
    let message = format!("The check {} does not hold.", check.name);
    Some(Error::new(422, "validation_failed", message))
}

fn fault(message: String) -> Error {
    Error::new(502, "module_fault", message)
}

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

/// The operation's values as PostgreSQL would give them back.
fn typed_values(model: &ModelSpec, operation: &Value) -> Result<Row> {
    let values = operation["values"].as_object().into_iter().flatten();
    values.map(|(name, value)| Ok((name.clone(), typed_value(model, name, value)?))).collect()
}

fn typed_value(model: &ModelSpec, name: &str, value: &Value) -> Result<Value> {
    if KEPT_BY_CORE.contains(&name) {
        let message = format!("{name} is kept by the core.");
        return Err(Error::invalid(name, "readonly", message));
    }
    let field = known(model, name)?;
    if value.is_null() {
        return Ok(Value::Null);
    }
    let wrong = || Error::invalid(name, "type", format!("{name} is not a {}.", field.sql()));
    typed(&field, value).ok_or_else(wrong)
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
        SqlType::TextArray => same::<Vec<String>>(value),
        SqlType::IntegerArray => same::<Vec<i32>>(value),
        SqlType::UuidArray => same::<Vec<Uuid>>(value),
        SqlType::Numeric => {
            let scale = u32::from(field.precision.1);
            let mut number = Decimal::from_json(value)?.round_dp(scale);
            number.rescale(scale);
            Some(number.to_json())
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

fn order(model: &ModelSpec, terms: &[(String, bool)], a: &Row, b: &Row) -> Ordering {
    let id = ("id".to_owned(), false);
    let mut orders = terms.iter().chain([&id]).map(|(name, descending)| {
        let field = known(model, name).expect("the field was looked up before");
        let order = compare(&field, &a[name], &b[name]);
        if *descending { order.reverse() } else { order }
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
