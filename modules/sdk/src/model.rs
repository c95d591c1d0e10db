//! Models, bodies and records: what a module's structs mean to the core.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::error::Result;
use crate::field::{FieldSpec, read};
use crate::time::Timestamp;
use crate::uuid::{Ref, Referenced, Uuid};

/// A struct whose fields have names and types outside: a body or a model.
///
/// `#[body]` and `#[model]` write it.
pub trait Shape: Clone + fmt::Debug + PartialEq + Default {
    /// What people call it.
    const TITLE: &'static str;
    /// Its fields in order.
    const FIELDS: &'static [FieldSpec];

    /// The fields as JSON.
    fn to_values(&self) -> Map<String, Value>;

    /// The struct that this JSON means; keys that it has not are passed over.
    ///
    /// # Errors
    /// 422 `validation_failed` naming the first field that is missing or wrong.
    fn from_values(values: &Map<String, Value>) -> Result<Self>;
}

/// A struct that is stored: one table of the module. `#[model]` writes it.
pub trait Model: Shape + Rules + Referenced + 'static {
    /// All that the core is told of it.
    const SPEC: &'static ModelSpec;
}

/// What a model demands beyond the types of its fields.
///
/// Write `#[model(rules)]` and implement it. The rules hold wherever a record is
/// made, changed or deleted: in [`db`](crate::db) and in the routes of
/// [`crud`](crate::crud::crud).
pub trait Rules: Sized {
    /// Whether there are any. Without rules an update reads nothing beforehand.
    const ANY: bool = true;

    /// Checks or completes a record that is about to be made.
    ///
    /// # Errors
    /// Whatever the rule says, usually [`Error::invalid`](crate::Error::invalid).
    fn before_create(&mut self) -> Result<()> {
        Ok(())
    }

    /// Checks or completes a record that is about to change from `before`.
    ///
    /// # Errors
    /// Whatever the rule says, usually [`Error::invalid`](crate::Error::invalid).
    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        let _ = before;
        Ok(())
    }

    /// Checks whether the record with this id may be deleted; it may not exist.
    ///
    /// # Errors
    /// Whatever the rule says, usually [`Error::conflict`](crate::Error::conflict).
    fn before_delete(id: Ref<Self>) -> Result<()> {
        let _ = id;
        Ok(())
    }
}

/// What the core is told of one model.
#[derive(Debug)]
pub struct ModelSpec {
    /// The table, and the model's name.
    pub table: &'static str,
    /// The paths of the routes of all records, of one, and of its restoring.
    pub paths: [&'static str; 3],
    /// What people call one record.
    pub title: &'static str,
    /// What people call many.
    pub plural: &'static str,
    /// The field that stands for a record in lists.
    pub display: Option<&'static str>,
    /// The usual order: field, and `asc` or `desc`.
    pub order: &'static [(&'static str, &'static str)],
    /// The fields in order.
    pub fields: &'static [FieldSpec],
    /// Indexes over several fields.
    pub indexes: &'static [Columns],
    /// Sets of fields that no two records may share.
    pub uniques: &'static [Columns],
    /// Conditions that PostgreSQL holds for every record.
    pub checks: &'static [Check],
    /// Whether the migrations are written by hand.
    pub manual: bool,
}

/// Fields that an index or a unique constraint spans, from some version on.
#[derive(Debug)]
pub struct Columns {
    /// Their names.
    pub columns: &'static [&'static str],
    /// The version of the model in which it came.
    pub since: u32,
}

/// A condition that PostgreSQL holds for every record, from some version on.
#[derive(Debug)]
pub struct Check {
    /// Its name, unique within the table.
    pub name: &'static str,
    /// What must hold.
    pub condition: fn() -> Condition,
    /// The version of the model in which it came.
    pub since: u32,
}

/// A stored `M` with what the core keeps of it. Reads and writes like an `M`.
#[derive(Clone, PartialEq)]
pub struct Record<M> {
    /// The record's id.
    pub id: Ref<M>,
    /// Counts up with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Option<Uuid>,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: Option<Uuid>,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Timestamp>,
    data: M,
    stored: Map<String, Value>,
}

impl<M: Shape> Record<M> {
    /// The record that this object of the core's means.
    ///
    /// # Errors
    /// 422 naming the field, when the object is not such a record.
    pub fn from_values(mut stored: Map<String, Value>) -> Result<Self> {
        let data = M::from_values(&stored)?;
        // One moment has many spellings: ours is what changes are told by.
        stored.extend(data.to_values());
        Ok(Self {
            id: Ref::new(read(&stored, "id", None)?),
            version: read(&stored, "version", None)?,
            created_at: read(&stored, "created_at", Some(Timestamp::default))?,
            created_by: read(&stored, "created_by", None)?,
            updated_at: read(&stored, "updated_at", Some(Timestamp::default))?,
            updated_by: read(&stored, "updated_by", None)?,
            deleted_at: read(&stored, "deleted_at", None)?,
            data,
            stored,
        })
    }

    /// The same record with other fields.
    pub(crate) fn with(&self, data: M) -> Self {
        let (id, stored) = (self.id, self.stored.clone());
        Self { id, data, stored, ..*self }
    }

    /// The record as it was read.
    pub(crate) fn as_stored(&self) -> Result<Self> {
        M::from_values(&self.stored).map(|data| self.with(data))
    }

    /// The fields that no longer are as they were read.
    pub fn changes(&self) -> Map<String, Value> {
        let mut values = self.data.to_values();
        values.retain(|name, value| self.stored.get(name) != Some(value));
        values
    }
}

impl<M> Record<M> {
    /// The fields without what the core keeps.
    pub fn into_inner(self) -> M {
        self.data
    }
}

impl<M> Deref for Record<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.data
    }
}

impl<M> DerefMut for Record<M> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.data
    }
}

impl<M: fmt::Debug> fmt::Debug for Record<M> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} v{} {:?}", self.id, self.version, self.data)
    }
}

impl<M: Shape> Serialize for Record<M> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut values = self.stored.clone();
        values.extend(self.changes());
        values.serialize(to)
    }
}

impl<'de, M: Shape> Deserialize<'de> for Record<M> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let stored = Map::deserialize(from)?;
        Self::from_values(stored).map_err(de::Error::custom)
    }
}

/// A nested object inside a field.
pub fn nested_from_json<S: Shape>(value: &Value) -> Option<S> {
    S::from_values(value.as_object()?).ok()
}
