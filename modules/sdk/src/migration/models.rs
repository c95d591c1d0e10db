//! The migrations that models mean.

use serde_json::{Map, Value, json};

use super::{Migration, ModelSpec};
use crate::condition::Condition;
use crate::field::{FieldSpec, SqlType};
use crate::model::{Balance, Columns, Exclude, IndexMethod};

/// All migrations that the models mean, in an order that always works: tables
/// first, then the foreign keys between them, which may go in circles, then what
/// looks at the records on the other side of such a key.
pub fn of_models(models: &[&'static ModelSpec], module: &str) -> Vec<Migration> {
    let models = || models.iter().filter(|model| !model.manual);
    let tables = models().flat_map(|model| gather(model.table, &table_steps(model)));
    let links = models().flat_map(|model| links(model, module));
    let balances = models().flat_map(|model| {
        let steps = model.balances.iter().map(|it| Step::new(it.since, add_balance(model, it)));
        gather(&format!("{}_balances", model.table), &steps.collect::<Vec<_>>())
    });
    tables.chain(links).chain(balances).collect()
}

/// Something that a version of a model brings, and the way back from it.
struct Step {
    since: u32,
    up: Value,
    down: Value,
}

impl Step {
    /// A step whose way back follows from it.
    fn new(since: u32, up: Value) -> Self {
        let down = undone(&up);
        Self { since, up, down }
    }
}

/// What takes an operation back.
fn undone(up: &Value) -> Value {
    let kind = up["type"].as_str().unwrap_or_default();
    let (kind, keys): (_, &[&str]) = match kind {
        "create_table" | "extend_table" => ("drop_table", &["table"]),
        "add_column" => ("drop_column", &["table", "column"]),
        "add_index" => ("drop_index", &["table", "columns", "method"]),
        "add_unique" => ("drop_unique", &["table", "columns"]),
        "add_foreign_key" => ("drop_foreign_key", &["table", "column"]),
        "add_check" => ("drop_check", &["table", "name"]),
        "add_exclude" => ("drop_exclude", &["table", "name"]),
        _ => ("drop_balance", &["table", "name"]),
    };
    let mut down = Map::new();
    down.insert("type".into(), json!(kind));
    for key in keys {
        down.extend(up.get(key).map(|value| ((*key).into(), value.clone())));
    }
    down.into()
}

fn links(model: &ModelSpec, module: &str) -> Vec<Migration> {
    let links = model.fields.iter().filter_map(|field| {
        let target = field.references?;
        let owner = if target.module.is_empty() { module } else { target.module };
        let key = json!({
            "type": "add_foreign_key", "table": model.table, "column": field.name,
            "references": {"module": owner, "table": target.table},
            "on_delete": field.on_delete,
        });
        Some(Step::new(field.since, key))
    });
    gather(&format!("{}_links", model.table), &links.collect::<Vec<_>>())
}

/// One migration for each version that brings something. They are numbered
/// without a gap, which the core wants, whatever the models' own numbers.
fn gather(entity: &str, steps: &[Step]) -> Vec<Migration> {
    let mut versions: Vec<u32> = steps.iter().map(|step| step.since).collect();
    versions.sort_unstable();
    versions.dedup();
    let of_version = |(number, version): (u32, u32)| {
        let of_it = || steps.iter().filter(|step| step.since == version);
        let made = of_it()
            .fold(Migration::new(entity, number), |made, step| made.operation(step.up.clone()));
        made.down(|back| {
            let steps: Vec<&Step> = of_it().collect();
            way_back(&steps).into_iter().fold(back, |back, step| back.operation(step.clone()))
        })
    };
    (1..).zip(versions).map(of_version).collect()
}

/// The ways back in reverse. With a table goes all that stands on it.
fn way_back<'a>(steps: &[&'a Step]) -> Vec<&'a Value> {
    match steps.iter().find(|step| step.down["type"] == "drop_table") {
        Some(table) => vec![&table.down],
        None => steps.iter().rev().map(|step| &step.down).collect(),
    }
}

fn table_steps(model: &ModelSpec) -> Vec<Step> {
    let mut steps = vec![Step::new(1, create_table(model))];
    let later = model.fields.iter().filter(|field| field.since > 1);
    steps.extend(later.map(|field| Step::new(field.since, add_column(model, field))));
    for field in model.fields {
        steps.extend(keys(model, field).into_iter().map(|key| Step::new(field.since, key)));
        steps.extend(word_checks(model, field));
    }
    for unique in model.uniques {
        steps.push(Step::new(unique.since, key(model, "add_unique", unique.columns)));
    }
    for index in model.indexes {
        steps.push(Step::new(index.since, add_index(model, index)));
    }
    for check in model.checks {
        let check_of_it = add_check(model, check.name, (check.condition)());
        steps.push(Step::new(check.since, check_of_it));
    }
    for exclude in model.excludes {
        steps.push(Step::new(exclude.since, add_exclude(model, exclude)));
    }
    steps
}

/// The keys of one field. A reference is looked up from the other side, so it always
/// has an index.
fn keys(model: &ModelSpec, field: &FieldSpec) -> Vec<Value> {
    let columns = [field.name];
    let mut keys = Vec::new();
    if field.unique {
        keys.push(key(model, "add_unique", &columns));
    } else if field.index || field.references.is_some() {
        let array = field.sql_type.item().is_some() || field.sql_type == SqlType::Jsonb;
        keys.push(index(
            model,
            &columns,
            if array { IndexMethod::Array } else { IndexMethod::Btree },
        ));
    }
    if field.trigram {
        keys.push(index(model, &columns, IndexMethod::Trigram));
    }
    if let Some(config) = field.search {
        let mut index = index(model, &columns, IndexMethod::Fts);
        if !config.is_empty() {
            index["config"] = json!(config);
        }
        keys.push(index);
    }
    keys
}

fn key(model: &ModelSpec, kind: &str, columns: &[&str]) -> Value {
    json!({"type": kind, "table": model.table, "columns": columns})
}

fn index(model: &ModelSpec, columns: &[&str], method: IndexMethod) -> Value {
    let mut index = key(model, "add_index", columns);
    if let Some(method) = method.name() {
        index["method"] = json!(method);
    }
    index
}

fn add_index(model: &ModelSpec, said: &Columns) -> Value {
    let mut index = index(model, said.columns, said.method);
    if !said.descending.is_empty() {
        index["descending"] = json!(said.descending);
    }
    index
}

/// The words that a field of choices may have, and at each later version all of them.
fn word_checks(model: &ModelSpec, field: &FieldSpec) -> Vec<Step> {
    let name = format!("{}_words", field.name);
    let mut versions: Vec<u32> =
        field.words_since.iter().map(|since| (*since).max(field.since)).collect();
    versions.sort_unstable();
    versions.dedup();
    let check = |version: &u32| {
        let words = field.words.iter().zip(field.words_since);
        let words = words.filter(|(_, since)| *since <= version).map(|(word, _)| *word);
        let condition = match field.list {
            true => Condition::has_only(field.name, words),
            false => Condition::one_of(field.name, words),
        };
        Step::new(*version, add_check(model, &name, condition))
    };
    let mut steps: Vec<Step> = versions.first().map(check).into_iter().collect();
    for pair in versions.windows(2) {
        let (before, after) = (check(&pair[0]), check(&pair[1]));
        steps.push(Step { since: pair[1], up: before.down, down: before.up });
        steps.push(after);
    }
    steps
}

fn create_table(model: &ModelSpec) -> Value {
    let first = model.fields.iter().filter(|field| field.since == 1);
    let columns: Vec<Value> = first.map(|field| Value::Object(column(field))).collect();
    match model.extends {
        Some(extended) => json!({
            "type": "extend_table", "table": model.table, "columns": columns,
            "extends": {"module": extended.module, "table": extended.table},
        }),
        None => json!({"type": "create_table", "table": model.table, "columns": columns}),
    }
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
    if let Some(computed) = field.computed {
        column.insert("computed".into(), computed());
    }
    column
}

fn add_check(model: &ModelSpec, name: &str, condition: Condition) -> Value {
    let condition = condition.exact(model.fields);
    json!({"type": "add_check", "table": model.table, "name": name, "condition": condition})
}

fn add_exclude(model: &ModelSpec, exclude: &Exclude) -> Value {
    json!({
        "type": "add_exclude", "table": model.table, "name": exclude.name,
        "equal": exclude.equal, "from": exclude.from, "to": exclude.to,
    })
}

fn add_balance(model: &ModelSpec, balance: &Balance) -> Value {
    let amounts: Map<String, Value> =
        balance.amounts.iter().map(|(field, factor)| ((*field).into(), json!(factor))).collect();
    let mut operation = json!({
        "type": "add_balance", "table": model.table, "name": balance.name,
        "group": balance.group, "amounts": amounts,
    });
    if let Some(when) = balance.when {
        operation["when"] = when().0;
    }
    operation
}
