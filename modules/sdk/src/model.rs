//! Models, bodies and records: what a module's structs mean to the core.

use std::fmt;
use std::ops::{Deref, DerefMut};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::error::Result;
use crate::field::{Field, FieldSpec, Reference, SqlType, read};
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

/// A struct with a table of the module's: a model, or an extension of another
/// module's model. `#[model]` and `#[extends]` write it.
pub trait Stored: Shape {
    /// All that the core is told of it.
    const SPEC: &'static ModelSpec;
}

/// A struct whose records this module makes and changes. `#[model]` writes it.
pub trait Model: Stored + Rules + Referenced + 'static {}

/// What a model demands beyond the types of its fields.
///
/// Write `#[model(rules)]` and implement it. The rules hold wherever a record is
/// made, changed, deleted or restored: in [`db`](crate::db) and in the routes of
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

    /// Checks whether the deleted record with this id may be restored; it may not exist.
    /// [`with_deleted`](crate::db::Find::with_deleted) finds it.
    ///
    /// # Errors
    /// Whatever the rule says, usually [`Error::conflict`](crate::Error::conflict).
    fn before_restore(id: Ref<Self>) -> Result<()> {
        let _ = id;
        Ok(())
    }

    /// Checks whether the record with this id may be purged, for good; it may not
    /// exist. Unless written, it is what [`before_delete`](Self::before_delete) says.
    ///
    /// # Errors
    /// Whatever the rule says, usually [`Error::conflict`](crate::Error::conflict).
    fn before_purge(id: Ref<Self>) -> Result<()> {
        Self::before_delete(id)
    }
}

/// What the core is told of one model, or of an extension of one.
#[derive(Debug, Clone, Copy)]
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
    /// The field whose own company a record belongs to.
    pub company: Option<&'static str>,
    /// What users with certain roles see and do of it.
    pub record_rules: &'static [RecordRule],
    /// What must not overlap in time.
    pub excludes: &'static [Exclude],
    /// Amounts that must balance.
    pub balances: &'static [Balance],
    /// The model of another module that it adds columns to.
    pub extends: Option<Reference>,
    /// Whether the migrations are written by hand.
    pub manual: bool,
}

impl ModelSpec {
    /// A table of this name, and nothing more.
    pub const fn of(table: &'static str) -> Self {
        Self {
            table,
            paths: [""; 3],
            title: "",
            plural: "",
            display: None,
            order: &[],
            fields: &[],
            indexes: &[],
            uniques: &[],
            checks: &[],
            company: None,
            record_rules: &[],
            excludes: &[],
            balances: &[],
            extends: None,
            manual: false,
        }
    }

    /// The same, when it can be an extension.
    ///
    /// # Panics
    /// When it cannot. `#[extends]` asks while the module is compiled.
    pub const fn sound(self) -> Self {
        let mut at = 0;
        while at < self.fields.len() {
            let field = &self.fields[at];
            assert!(
                field.nullable || field.default.is_some(),
                "a field of an extension is optional or has a default: \
                 records are there before it"
            );
            at += 1;
        }
        self
    }
}

/// How an index finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexMethod {
    /// Values and ranges of them, in order.
    Btree,
    /// Parts of texts, as `like` and `ilike` ask.
    Trigram,
    /// Words of texts, as `fts` and its kin ask.
    Fts,
    /// Items of arrays, as `cs`, `cd` and `ov` ask.
    Array,
}

impl IndexMethod {
    /// The method as the core reads it; nothing for the usual.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Btree => None,
            Self::Trigram => Some("trigram"),
            Self::Fts => Some("fts"),
            Self::Array => Some("array"),
        }
    }
}

/// What users with this role see and do: the records for which the condition holds.
/// With several such roles a user has what any of them allows.
#[derive(Debug, Clone, Copy)]
pub struct RecordRule {
    /// The role.
    pub role: &'static str,
    /// `read`, `create`, `update`, `delete`.
    pub operations: &'static [&'static str],
    /// For which records; nothing for all.
    pub condition: Option<fn() -> Condition>,
}

/// No two records that are equal in some fields overlap in time.
#[derive(Debug, Clone, Copy)]
pub struct Exclude {
    /// Its name, unique within the table.
    pub name: &'static str,
    /// The fields in which two records must differ to overlap.
    pub equal: &'static [&'static str],
    /// The field with the first moment or day.
    pub from: &'static str,
    /// The field with the moment after the last, or the last day; null is open.
    pub to: &'static str,
    /// The version of the model in which it came.
    pub since: u32,
}

/// The amounts of records that share a group sum to zero when a transaction ends.
#[derive(Debug, Clone, Copy)]
pub struct Balance {
    /// Its name, unique within the table.
    pub name: &'static str,
    /// The field that points to what they share.
    pub group: &'static str,
    /// The fields that are summed, each with its factor.
    pub amounts: &'static [(&'static str, i64)],
    /// For which groups: a condition on the record that the group points to.
    pub when: Option<fn() -> Condition>,
    /// The version of the model in which it came.
    pub since: u32,
}

/// Fields that an index or a unique constraint spans, from some version on.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Their names.
    pub columns: &'static [&'static str],
    /// Those of them that an index has from the greatest to the least.
    pub descending: &'static [&'static str],
    /// How an index finds.
    pub method: IndexMethod,
    /// The version of the model in which it came.
    pub since: u32,
}

/// A condition that PostgreSQL holds for every record, from some version on.
#[derive(Debug, Clone, Copy)]
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
    /// The fields that were not there to be read: the caller may not see them, or has
    /// not said them of a new record.
    hidden: Vec<&'static str>,
    /// What is to be changed of what other modules keep, by their names.
    extensions: Map<String, Value>,
}

impl<M: Shape> Record<M> {
    /// The record that this object of the core's means.
    ///
    /// # Errors
    /// 422 naming the field, when the object is not such a record.
    pub fn from_values(mut stored: Map<String, Value>) -> Result<Self> {
        let data = M::from_values(&stored)?;
        let names = M::FIELDS.iter().map(|field| field.name);
        let hidden = names.filter(|name| !stored.contains_key(*name)).collect();
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
            hidden,
            extensions: Map::new(),
        })
    }

    /// A record that is not stored yet, of which nothing but these fields was said.
    fn unstored(data: M, hidden: Vec<&'static str>) -> Self {
        Self {
            id: Ref::default(),
            version: 0,
            created_at: Timestamp::default(),
            created_by: None,
            updated_at: Timestamp::default(),
            updated_by: None,
            deleted_at: None,
            data,
            stored: Map::new(),
            hidden,
            extensions: Map::new(),
        }
    }

    /// The new record that a body means, with what other modules keep of it.
    pub(crate) fn of_body(body: &Map<String, Value>) -> Result<Self> {
        let unsaid = M::FIELDS.iter().map(|field| field.name);
        let unsaid = unsaid.filter(|name| !body.contains_key(*name)).collect();
        let mut record = Self::unstored(M::from_values(body)?, unsaid);
        record.set_extensions(body.get("extensions"));
        Ok(record)
    }

    /// The record as a body changes it, with what other modules keep of it.
    pub(crate) fn changed_by(&self, mut body: Map<String, Value>) -> Result<Self> {
        let extensions = body.remove("extensions");
        let mut values = self.data.to_values();
        values.extend(body);
        let mut after = self.with(M::from_values(&values)?);
        after.set_extensions(extensions.as_ref());
        Ok(after)
    }

    fn set_extensions(&mut self, extensions: Option<&Value>) {
        for (module, kept) in extensions.and_then(Value::as_object).into_iter().flatten() {
            self.set_extension(module, kept.as_object().cloned().unwrap_or_default());
        }
    }

    /// The same new record, with this field said as it is: no own company means none then,
    /// and not the one that the caller acts in.
    #[must_use]
    pub fn saying(mut self, field: &str) -> Self {
        self.say(field);
        self
    }

    pub(crate) fn say(&mut self, field: &str) {
        self.hidden.retain(|name| *name != field);
    }

    /// Whether somebody has said this field of a new record.
    pub(crate) fn says(&self, name: &str) -> bool {
        !self.hidden.contains(&name)
    }

    /// The same record with other fields.
    pub(crate) fn with(&self, data: M) -> Self {
        let Self { stored, hidden, extensions, .. } = self.clone();
        Self { data, stored, hidden, extensions, ..*self }
    }

    /// The record as it was read.
    pub(crate) fn as_stored(&self) -> Result<Self> {
        M::from_values(&self.stored).map(|data| self.with(data))
    }

    /// Whether it is yet to be stored: made `from` a model, and without an id.
    pub fn is_new(&self) -> bool {
        self.version == 0
    }

    /// The fields that no longer are as they were read.
    pub fn changes(&self) -> Map<String, Value> {
        let mut values = self.data.to_values();
        values.retain(|name, value| self.stored.get(name) != Some(value));
        values.retain(|name, value| !self.is_respelt(name, value));
        if !self.extensions.is_empty() {
            values.insert("extensions".into(), self.extensions.clone().into());
        }
        values
    }

    /// Whether the value of a field is the one that was read in another spelling: `3` and
    /// `3.00` are one exact number.
    fn is_respelt(&self, name: &str, value: &Value) -> bool {
        let exact = |field: &FieldSpec| field.name == name && field.sql_type == SqlType::Numeric;
        let number = |value: &Value| Decimal::from_json(value);
        M::FIELDS.iter().any(exact)
            && self.stored.get(name).and_then(number).is_some_and(|old| number(value) == Some(old))
    }

    /// What other modules keep of it as it was read: an object for each by its name.
    pub fn extensions(&self) -> Option<&Map<String, Value>> {
        self.stored.get("extensions")?.as_object()
    }

    /// Changes what another module keeps of it to these values.
    pub fn set_extension(&mut self, module: &str, values: Map<String, Value>) {
        self.extensions.insert(module.into(), values.into());
    }

    /// All that is shown of it.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let mut values = self.stored.clone();
        values.retain(|name, _| !self.hidden.contains(&name.as_str()));
        values.extend(self.changes());
        values
    }
}

/// A record that is yet to be stored.
impl<M: Shape> From<M> for Record<M> {
    fn from(data: M) -> Self {
        Self::unstored(data, M::FIELDS.iter().map(|field| field.name).collect())
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
        self.shown().serialize(to)
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
