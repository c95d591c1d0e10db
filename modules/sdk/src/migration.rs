//! Migrations: what a module adds to those that follow from its models.

use serde_json::{Value, json};

use crate::condition::Condition;
use crate::model::{Model, ModelSpec};

mod models;

pub use models::of_models;

/// One step of a module's schema. Once released, it never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    entity: String,
    version: u32,
    operations: Vec<Value>,
    /// The way back, when there is one.
    down: Option<Vec<Value>>,
}

impl Migration {
    /// An empty step; `entity` and `version` name it for ever.
    pub fn new(entity: &str, version: u32) -> Self {
        Self { entity: entity.into(), version, operations: Vec::new(), down: None }
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

    /// Sets columns to constants wherever the condition holds: `values` is an object.
    ///
    /// ```
    /// # use eerp_sdk::prelude::*;
    /// Migration::new("stages_weight", 1).set(
    ///     "stages",
    ///     json!({"weight": 1}),
    ///     Condition::is_null("weight"),
    /// );
    /// ```
    pub fn set(self, table: &str, values: Value, condition: Condition) -> Self {
        let condition = condition.0;
        self.operation(json!({"type": "data", "table": table, "set": values, "where": condition}))
    }

    /// Calls a column otherwise; what lies in it stays.
    pub fn rename_column(self, table: &str, column: &str, to: &str) -> Self {
        self.operation(json!({"type": "rename_column", "table": table, "column": column, "to": to}))
    }

    /// Lets a column be null, or no longer.
    pub fn set_nullable(self, table: &str, column: &str, nullable: bool) -> Self {
        self.operation(json!({
            "type": "alter_column", "table": table, "column": column, "nullable": nullable,
        }))
    }

    /// Gives a column another default.
    pub fn set_default(self, table: &str, column: &str, default: Value) -> Self {
        self.operation(json!({
            "type": "alter_column", "table": table, "column": column, "default": default,
        }))
    }

    /// Drops an index.
    pub fn drop_index(self, table: &str, columns: &[&str]) -> Self {
        self.operation(json!({"type": "drop_index", "table": table, "columns": columns}))
    }

    /// Lets several records have the same values.
    pub fn drop_unique(self, table: &str, columns: &[&str]) -> Self {
        self.operation(json!({"type": "drop_unique", "table": table, "columns": columns}))
    }

    /// Drops a condition that PostgreSQL has held.
    pub fn drop_check(self, table: &str, name: &str) -> Self {
        self.operation(json!({"type": "drop_check", "table": table, "name": name}))
    }

    /// Any operation of the ABI, as JSON.
    pub fn operation(mut self, operation: Value) -> Self {
        self.operations.push(operation);
        self
    }

    /// Says the way back, so that the module may go back by this version.
    ///
    /// ```
    /// # use eerp_sdk::prelude::*;
    /// Migration::new("notes_words", 1)
    ///     .rename_column("notes", "text", "body")
    ///     .down(|back| back.rename_column("notes", "body", "text"));
    /// ```
    pub fn down(mut self, back: impl FnOnce(Self) -> Self) -> Self {
        self.down = Some(back(Self::new(&self.entity, self.version)).operations);
        self
    }

    /// The step as the core reads it.
    pub fn to_json(&self) -> Value {
        let Self { entity, version, operations, down } = self;
        let mut step = json!({"entity": entity, "version": version, "operations": operations});
        if let Some(down) = down {
            step["down"] = json!(down);
        }
        step
    }
}
