//! Tables in memory that answer ORM operations as PostgreSQL would.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::query::{self, Search};
use super::value::{known, order, typed};
use super::{aggregate, computed, select};
use crate::error::{Error, Result};
use crate::field::Field;
use crate::model::ModelSpec;
use crate::time::Timestamp;

/// Who makes and changes records in tests.
pub(super) const USER: &str = "00000000-0000-7000-8000-00000000000a";

const KEPT_BY_CORE: [&str; 7] =
    ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at"];

pub(super) type Row = Map<String, Value>;
type Tables = BTreeMap<&'static str, Vec<Row>>;

#[derive(Debug)]
pub(super) struct Store {
    pub(super) models: Vec<&'static ModelSpec>,
    pub(super) tables: Tables,
    /// The tables as they were when the transaction began.
    before: Tables,
    /// What PostgreSQL refused: nothing works after it.
    refused: Option<Error>,
    ids: u64,
}

impl Store {
    pub(super) fn new(models: &[&'static ModelSpec]) -> Self {
        // What extends a model of another module has nothing to extend here.
        let models: Vec<_> = models.iter().filter(|spec| spec.extends.is_none()).copied().collect();
        let tables: Tables = models.iter().map(|model| (model.table, Vec::new())).collect();
        Self { models, before: tables.clone(), tables, refused: None, ids: 0 }
    }

    pub(super) fn begin(&mut self) {
        self.before = self.tables.clone();
        self.refused = None;
    }

    /// What PostgreSQL refused, or would refuse now that the transaction ends.
    pub(super) fn refusal(&self) -> Option<Error> {
        self.refused.clone().or_else(|| self.unbalanced())
    }

    pub(super) fn end(&mut self, commit: bool) {
        if !commit {
            self.tables = std::mem::take(&mut self.before);
        }
    }

    /// Does the data steps of a migration.
    pub(super) fn apply(&mut self, migration: &Value) {
        let steps = migration["operations"].as_array().into_iter().flatten();
        for step in steps.filter(|step| step["type"] == "data") {
            for row in step["rows"].as_array().into_iter().flatten() {
                let added = self.add_row(step["table"].as_str().unwrap_or_default(), row.clone());
                added.unwrap_or_else(|error| panic!("{row} does not fit: {error:?}"));
            }
            if step["set"].is_object() {
                self.set_rows(step).unwrap_or_else(|error| panic!("{step} fails: {error:?}"));
            }
        }
    }

    /// Adds a row of a migration, which may set its id, so that others can refer to it.
    fn add_row(&mut self, table: &str, mut row: Value) -> Result<()> {
        let model = self.model(table)?;
        let id = row.as_object_mut().and_then(|row| row.remove("id"));
        let mut new = self.new_row(model, &row, Timestamp::default())?;
        new.extend(id.map(|id| ("id".into(), id)));
        self.put(model, new).map(drop)
    }

    fn set_rows(&mut self, step: &Value) -> Result<()> {
        let model = self.model(step["table"].as_str().unwrap_or_default())?;
        let values = typed_values(model, &step["set"])?;
        let mut rows = self.tables.get(model.table).cloned().unwrap_or_default();
        for row in &mut rows {
            if query::holds(self, model, &step["where"], row)? == Some(true) {
                row.extend(values.clone());
            }
        }
        self.tables.insert(model.table, rows);
        Ok(())
    }

    pub(super) fn model(&self, table: &str) -> Result<&'static ModelSpec> {
        let model = self.models.iter().find(|model| model.table == table);
        model.copied().ok_or_else(|| fault(format!("the module has no model {table}")))
    }

    pub(super) fn execute(&mut self, operation: &Value, now: Timestamp) -> Result<Value> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        let model = self.model(operation["model"].as_str().unwrap_or_default())?;
        let done = match operation["op"].as_str() {
            Some("create") => self.create(model, &operation["values"], now)?,
            Some("create_many") => {
                self.each(&operation["values"], |store, values| store.create(model, values, now))?
            }
            Some("get" | "lock") => self.one(model, operation, Some(false))?.into(),
            Some("find") => return self.find(model, operation),
            Some("count") => json!({"count": self.found(model, &Search::read(operation)?)?.len()}),
            Some("aggregate") => {
                let rows = self.found(model, &Search::read(operation)?)?;
                aggregate::answer(model, operation, &rows)?
            }
            Some("update") => self.update(model, operation, now)?,
            Some("update_many") => {
                self.each(&operation["changes"], |store, change| store.update(model, change, now))?
            }
            Some("delete") => self.delete(model, operation, now)?,
            Some("restore") => self.restore(model, operation, now)?,
            Some("purge") => self.purge(model, operation)?,
            op => return Err(fault(format!("there is no operation {op:?}"))),
        };
        match operation["select"].as_str() {
            Some(wanted) => select::one(self, model, wanted, &done),
            None => Ok(done),
        }
    }

    fn each(
        &mut self,
        list: &Value,
        act: impl Fn(&mut Self, &Value) -> Result<Value>,
    ) -> Result<Value> {
        let list = list.as_array().into_iter().flatten();
        let items: Vec<Value> = list.map(|item| act(self, item)).collect::<Result<_>>()?;
        Ok(json!({"items": items}))
    }

    fn create(&mut self, model: &ModelSpec, values: &Value, now: Timestamp) -> Result<Value> {
        let row = self.new_row(model, values, now)?;
        self.put(model, row)
    }

    fn new_row(&mut self, model: &ModelSpec, values: &Value, now: Timestamp) -> Result<Row> {
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
        row.extend(typed_values(model, values)?);
        Ok(row)
    }

    /// The one record that the operation means: alive, deleted, or either.
    pub(super) fn one(
        &self,
        model: &ModelSpec,
        operation: &Value,
        deleted: Option<bool>,
    ) -> Result<Row> {
        let row = self
            .row(model, &operation["id"])
            .filter(|row| deleted.is_none_or(|deleted| row["deleted_at"].is_null() != deleted));
        let row = row.ok_or_else(|| Error::not_found("There is no such record."))?;
        match operation["version"].as_i64() {
            Some(version) if row["version"] != version => {
                let message = "The record was changed by someone else in the meantime.";
                Err(Error::new(412, "version_conflict", message))
            }
            _ => Ok(row.clone()),
        }
    }

    pub(super) fn row(&self, model: &ModelSpec, id: &Value) -> Option<&Row> {
        self.tables.get(model.table)?.iter().find(|row| row["id"] == *id)
    }

    fn update(&mut self, model: &ModelSpec, operation: &Value, now: Timestamp) -> Result<Value> {
        let mut row = self.one(model, operation, Some(false))?;
        let values = typed_values(model, &operation["values"])?;
        let extensions = merged(row.get("extensions"), values.get("extensions"));
        row.extend(values);
        row.extend(extensions.map(|extensions| ("extensions".into(), extensions)));
        self.replace(model, row, now)
    }

    pub(super) fn replace(
        &mut self,
        model: &ModelSpec,
        mut row: Row,
        now: Timestamp,
    ) -> Result<Value> {
        row.insert("version".into(), json!(row["version"].as_i64().unwrap_or_default() + 1));
        row.insert("updated_at".into(), now.to_json());
        self.put(model, row)
    }

    /// Stores a row, with what PostgreSQL computes and holds; as it is shown.
    fn put(&mut self, model: &ModelSpec, mut row: Row) -> Result<Value> {
        computed::fill(model, &mut row);
        if let Some(error) = self.broken(model, &row) {
            return Err(self.refuse(error));
        }
        let rows = self.tables.entry(model.table).or_default();
        match rows.iter_mut().find(|old| old["id"] == row["id"]) {
            Some(old) => old.clone_from(&row),
            None => rows.push(row.clone()),
        }
        Ok(row.into())
    }

    /// A breach of what PostgreSQL holds ends the transaction.
    pub(super) fn refuse(&mut self, error: Error) -> Error {
        self.refused = Some(error.clone());
        error
    }

    /// All records that a search finds, in order, whatever its page.
    fn found(&self, model: &ModelSpec, search: &Search) -> Result<Vec<Row>> {
        let mut found = Vec::new();
        for row in self.tables.get(model.table).into_iter().flatten() {
            let wanted =
                search.deleted.is_none_or(|deleted| deleted != row["deleted_at"].is_null());
            if wanted && query::holds(self, model, &search.condition, row)? == Some(true) {
                found.push(row.clone());
            }
        }
        Ok(found)
    }

    fn find(&self, model: &ModelSpec, operation: &Value) -> Result<Value> {
        let search = Search::read(operation)?;
        let mut found = self.found(model, &search)?;
        for (field, _) in &search.order {
            known(model, field)?;
        }
        found.sort_by(|a, b| order(model, &search.order, a, b));
        let total = found.len();
        let rest: Vec<Row> = found.into_iter().skip(search.offset).collect();
        let more = rest.len() > search.limit;
        let next_cursor = more.then(|| (search.offset + search.limit).to_string());
        let items = rest.into_iter().take(search.limit).map(Value::Object);
        let items: Vec<Value> = match &search.select {
            Some(wanted) => {
                items.map(|row| select::one(self, model, wanted, &row)).collect::<Result<_>>()?
            }
            None => items.collect(),
        };
        let mut page = json!({"items": items, "next_cursor": next_cursor});
        if operation["count"].is_string() {
            page["total"] = json!(total);
        }
        Ok(page)
    }
}

fn fault(message: String) -> Error {
    Error::new(502, "module_fault", message)
}

/// What other modules keep, with what is to change of it.
fn merged(before: Option<&Value>, changes: Option<&Value>) -> Option<Value> {
    let mut kept = before.and_then(Value::as_object).cloned().unwrap_or_default();
    for (module, values) in changes?.as_object()? {
        let kept = kept.entry(module).or_insert_with(|| json!({}));
        for (name, value) in values.as_object().into_iter().flatten() {
            kept[name] = value.clone();
        }
    }
    Some(kept.into())
}

/// Values as PostgreSQL would give them back.
fn typed_values(model: &ModelSpec, values: &Value) -> Result<Row> {
    let values = values.as_object().into_iter().flatten();
    values.map(|(name, value)| Ok((name.clone(), typed_value(model, name, value)?))).collect()
}

fn typed_value(model: &ModelSpec, name: &str, value: &Value) -> Result<Value> {
    if name == "extensions" {
        return Ok(value.clone());
    }
    if KEPT_BY_CORE.contains(&name) {
        let message = format!("{name} is kept by the core.");
        return Err(Error::invalid(name, "readonly", message));
    }
    let field = known(model, name)?;
    if field.computed.is_some() {
        let message = format!("{name} is computed.");
        return Err(Error::invalid(name, "readonly", message));
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    let wrong = || Error::invalid(name, "type", format!("{name} is not a {}.", field.sql()));
    typed(&field, value).ok_or_else(wrong)
}
