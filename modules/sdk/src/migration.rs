//! Migrations: those that the models mean, and those that a module adds.

use serde_json::{Map, Value, json};

use crate::condition::Condition;
use crate::field::{FieldSpec, SqlType};
use crate::model::{Model, ModelSpec};

/// One step of a module's schema. Once released, it never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    entity: String,
    version: u32,
    operations: Vec<Value>,
}

impl Migration {
    /// An empty step; `entity` and `version` name it for ever.
    pub fn new(entity: &str, version: u32) -> Self {
        Self { entity: entity.into(), version, operations: Vec::new() }
    }

    /// Inserts rows. Each is an object of the table's columns.
    pub fn rows(self, table: &str, rows: impl IntoIterator<Item = Value>) -> Self {
        let rows: Vec<Value> = rows.into_iter().collect();
        self.operation(json!({"type": "data", "table": table, "rows": rows}))
    }

    /// Inserts these records into their table.
    pub fn records<M: Model>(self, records: &[M]) -> Self {
        let rows = records.iter().map(|record| Value::Object(record.to_values()));
        self.rows(M::TABLE, rows)
    }

    /// Any operation of the ABI, as JSON.
    pub fn operation(mut self, operation: Value) -> Self {
        self.operations.push(operation);
        self
    }

    /// The step as the core reads it.
    pub fn to_json(&self) -> Value {
        json!({"entity": self.entity, "version": self.version, "operations": self.operations})
    }
}

/// All migrations that the models mean, in an order that always works: tables
/// first, then the foreign keys between them, which may go in circles.
pub fn of_models(models: &[&'static ModelSpec], module: &str) -> Vec<Migration> {
    let models = || models.iter().filter(|model| !model.manual);
    let tables = models().flat_map(|model| gather(model.table, &model_steps(model)));
    let links = models().flat_map(|model| links(model, module));
    tables.chain(links).collect()
}

/// Something that a version of a model brings.
type Step = (u32, Value);

fn links(model: &ModelSpec, module: &str) -> Vec<Migration> {
    let links = model.fields.iter().filter_map(|field| {
        let target = field.references?;
        let owner = if target.module.is_empty() { module } else { target.module };
        let key = json!({
            "type": "add_foreign_key", "table": model.table, "column": field.name,
            "references": {"module": owner, "table": target.table},
            "on_delete": field.on_delete,
        });
        Some((field.since, key))
    });
    gather(&format!("{}_links", model.table), &links.collect::<Vec<_>>())
}

/// One migration for each version that brings something. They are numbered
/// without a gap, which the core wants, whatever the models' own numbers.
fn gather(entity: &str, steps: &[Step]) -> Vec<Migration> {
    let mut versions: Vec<u32> = steps.iter().map(|(since, _)| *since).collect();
    versions.sort_unstable();
    versions.dedup();
    let of_version = |(number, version): (u32, u32)| {
        let operations = steps.iter().filter(|(since, _)| *since == version);
        let operations = operations.map(|(_, operation)| operation.clone()).collect();
        Migration { entity: entity.into(), version: number, operations }
    };
    (1..).zip(versions).map(of_version).collect()
}

fn model_steps(model: &ModelSpec) -> Vec<Step> {
    let mut steps = vec![(1, create_table(model))];
    let later = model.fields.iter().filter(|field| field.since > 1);
    steps.extend(later.map(|field| (field.since, add_column(model, field))));
    for field in model.fields {
        steps.extend(key_of(field).map(|kind| (field.since, key(model, kind, &[field.name]))));
    }
    for unique in model.uniques {
        steps.push((unique.since, key(model, "add_unique", unique.columns)));
    }
    for index in model.indexes {
        steps.push((index.since, key(model, "add_index", index.columns)));
    }
    for check in model.checks {
        steps.push((check.since, add_check(model, check.name, (check.condition)())));
    }
    steps
}

/// A reference is looked up from the other side, so it always has an index.
fn key_of(field: &FieldSpec) -> Option<&'static str> {
    if field.unique {
        return Some("add_unique");
    }
    (field.index || field.references.is_some()).then_some("add_index")
}

fn key(model: &ModelSpec, kind: &str, columns: &[&str]) -> Value {
    json!({"type": kind, "table": model.table, "columns": columns})
}

fn create_table(model: &ModelSpec) -> Value {
    let first = model.fields.iter().filter(|field| field.since == 1);
    let columns: Vec<Value> = first.map(|field| Value::Object(column(field))).collect();
    json!({"type": "create_table", "table": model.table, "columns": columns})
}

fn add_column(model: &ModelSpec, field: &FieldSpec) -> Value {
    let mut operation = column(field);
    operation.insert("type".into(), json!("add_column"));
    operation.insert("table".into(), json!(model.table));
    Value::Object(operation)
}

fn column(field: &FieldSpec) -> Map<String, Value> {
    let mut column = Map::new();
    column.insert("column".into(), json!(field.name));
    column.insert("sql_type".into(), json!(field.sql()));
    column.insert("nullable".into(), json!(field.nullable));
    if let Some(default) = field.default {
        column.insert("default".into(), default());
    }
    column
}

fn add_check(model: &ModelSpec, name: &str, condition: Condition) -> Value {
    let condition = with_exact_numbers(model, condition.0);
    json!({"type": "add_check", "table": model.table, "name": name, "condition": condition})
}

/// Numbers beside `numeric` and `bigint` fields become text, as everywhere.
fn with_exact_numbers(model: &ModelSpec, mut condition: Value) -> Value {
    for joint in ["and", "or"] {
        if let Some(Value::Array(parts)) = condition.get_mut(joint) {
            let exact = parts.drain(..).map(|part| with_exact_numbers(model, part)).collect();
            *parts = exact;
        }
    }
    if let Some(part) = condition.get_mut("not") {
        *part = with_exact_numbers(model, part.take());
    }
    let field = condition["field"].as_str();
    let field = model.fields.iter().find(|known| Some(known.name) == field);
    let exact = field.is_some_and(|f| matches!(f.sql_type, SqlType::Numeric | SqlType::Bigint));
    if exact && condition["value"].is_number() {
        condition["value"] = json!(condition["value"].to_string());
    }
    condition
}
