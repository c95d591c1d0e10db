//! Deleting, restoring and purging, and what becomes of records that refer.

use serde_json::Value;

use super::store::{Row, Store};
use crate::error::{Error, Result};
use crate::field::{Field, FieldSpec};
use crate::model::ModelSpec;
use crate::time::Timestamp;

/// A record that refers to another, and by which field.
struct Child {
    model: &'static ModelSpec,
    field: &'static FieldSpec,
    row: Row,
}

impl Store {
    pub(super) fn delete(
        &mut self,
        model: &ModelSpec,
        operation: &Value,
        now: Timestamp,
    ) -> Result<Value> {
        self.one(model, operation, Some(false))?;
        self.bury(model, &operation["id"], now)
    }

    fn bury(&mut self, model: &ModelSpec, id: &Value, now: Timestamp) -> Result<Value> {
        let mut row = self.row(model, id).cloned().unwrap_or_default();
        row.insert("deleted_at".into(), now.to_json());
        let buried = self.replace(model, row, now)?;
        for child in self.children(model, id) {
            if child.row["deleted_at"].is_null() {
                match child.field.on_delete {
                    "cascade" => drop(self.bury(child.model, &child.row["id"], now)?),
                    "restrict" => return Err(self.refuse(still_referred_to())),
                    _ => {}
                }
            }
        }
        Ok(buried)
    }

    pub(super) fn restore(
        &mut self,
        model: &ModelSpec,
        operation: &Value,
        now: Timestamp,
    ) -> Result<Value> {
        self.one(model, operation, Some(true))?;
        self.revive(model, &operation["id"], now)
    }

    fn revive(&mut self, model: &ModelSpec, id: &Value, now: Timestamp) -> Result<Value> {
        let mut row = self.row(model, id).cloned().unwrap_or_default();
        let died = row.insert("deleted_at".into(), Value::Null);
        let revived = self.replace(model, row, now)?;
        for child in self.children(model, id) {
            // What went with it comes back with it.
            let together = Some(&child.row["deleted_at"]) == died.as_ref();
            if together && child.field.on_delete == "cascade" {
                self.revive(child.model, &child.row["id"], now)?;
            }
        }
        Ok(revived)
    }

    pub(super) fn purge(&mut self, model: &ModelSpec, operation: &Value) -> Result<Value> {
        if operation["reason"].as_str().is_none_or(|reason| reason.trim().is_empty()) {
            return Err(Error::invalid("reason", "required", "Say why it is purged."));
        }
        let row = self.one(model, operation, None)?;
        self.remove(model, &operation["id"])?;
        Ok(row.into())
    }

    fn remove(&mut self, model: &ModelSpec, id: &Value) -> Result<()> {
        for child in self.children(model, id) {
            match child.field.on_delete {
                "cascade" => self.remove(child.model, &child.row["id"])?,
                "set_null" => self.forget(&child),
                _ => return Err(self.refuse(still_referred_to())),
            }
        }
        self.tables.entry(model.table).or_default().retain(|row| row["id"] != *id);
        Ok(())
    }

    fn forget(&mut self, child: &Child) {
        let rows = self.tables.entry(child.model.table).or_default();
        if let Some(row) = rows.iter_mut().find(|row| row["id"] == child.row["id"]) {
            row.insert(child.field.name.into(), Value::Null);
        }
    }

    /// The records, deleted or not, that refer to this one; not it itself.
    fn children(&self, model: &ModelSpec, id: &Value) -> Vec<Child> {
        let mut children = Vec::new();
        for other in &self.models {
            let fields = other.fields.iter();
            for field in fields.filter(|f| self.target(f).is_some_and(|t| t.table == model.table)) {
                let rows = self.tables.get(other.table).into_iter().flatten();
                let rows = rows.filter(|row| row[field.name] == *id && row["id"] != *id);
                let child = |row: &Row| Child { model: other, field, row: row.clone() };
                children.extend(rows.map(child));
            }
        }
        children
    }
}

fn still_referred_to() -> Error {
    Error::conflict("conflict", "Other records still refer to this one.")
}
