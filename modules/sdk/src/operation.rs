//! ORM operations as text for the core.

use std::fmt::Write;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::host;
use crate::uuid::Uuid;

/// One ORM operation: run it now, or leave it to the core as the last act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation(String);

impl Operation {
    /// An operation on a model that needs no more keys yet.
    pub(crate) fn on(model: &str, op: &str) -> Self {
        Self(format!(r#"{{"op":"{op}","model":"{model}"}}"#))
    }

    /// The same with one more key; `json` prints as JSON.
    pub(crate) fn with(mut self, key: &str, json: &dyn std::fmt::Display) -> Self {
        self.0.pop();
        // Writing to a String cannot fail.
        let _ = write!(self.0, r#","{key}":{json}}}"#);
        self
    }

    fn with_version(self, version: Option<i64>) -> Self {
        match version {
            Some(version) => self.with("version", &version),
            None => self,
        }
    }

    fn with_id(self, id: Uuid) -> Self {
        self.with("id", &format_args!(r#""{id}""#))
    }

    /// The same with further keys.
    pub(crate) fn with_terms(self, terms: &[(&str, Value)]) -> Self {
        terms.iter().fold(self, |operation, (key, value)| operation.with(key, value))
    }

    /// Makes a record of `values`, the text of a JSON object.
    pub(crate) fn create(model: &str, values: &dyn std::fmt::Display) -> Self {
        Self::on(model, "create").with("values", values)
    }

    /// Makes a record of each object in `values`, a JSON array.
    pub(crate) fn create_many(model: &str, values: &Value) -> Self {
        Self::on(model, "create_many").with("values", values)
    }

    pub(crate) fn get(model: &str, id: Uuid) -> Self {
        Self::on(model, "get").with_id(id)
    }

    /// The same with the parts of the record that are wanted: `id,company(name)`.
    pub(crate) fn selecting(self, select: &str) -> Self {
        self.with("select", &Value::from(select))
    }

    /// The record, held until the transaction ends.
    pub(crate) fn lock(model: &str, id: Uuid) -> Self {
        Self::on(model, "lock").with_id(id)
    }

    /// Changes a record to `values`, the text of a JSON object.
    pub(crate) fn update(
        model: &str,
        id: Uuid,
        values: &dyn std::fmt::Display,
        version: Option<i64>,
    ) -> Self {
        Self::on(model, "update").with_id(id).with("values", values).with_version(version)
    }

    /// Changes several records; each of `changes` has `id`, `version` and `values`.
    pub(crate) fn update_many(model: &str, changes: &Value) -> Self {
        Self::on(model, "update_many").with("changes", changes)
    }

    pub(crate) fn delete(model: &str, id: Uuid, version: Option<i64>) -> Self {
        Self::on(model, "delete").with_id(id).with_version(version)
    }

    pub(crate) fn restore(model: &str, id: Uuid, version: Option<i64>) -> Self {
        Self::on(model, "restore").with_id(id).with_version(version)
    }

    pub(crate) fn purge(model: &str, id: Uuid, version: Option<i64>, reason: &str) -> Self {
        let purge = Self::on(model, "purge").with_id(id).with_version(version);
        purge.with("reason", &Value::from(reason))
    }

    /// A search; `terms` are the further keys of the operation.
    pub(crate) fn find(model: &str, terms: &[(&str, Value)]) -> Self {
        Self::on(model, "find").with_terms(terms)
    }

    /// The operation as JSON.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Runs the operation; its result is left with the core, see [`Staged`].
    ///
    /// # Errors
    /// What the core answers: 404, 409, 412, 422 and the like.
    pub fn stage(&self) -> Result<Staged> {
        ask(|host| host.orm(&self.0))
    }

    /// Runs the operation and answers its result as JSON text.
    ///
    /// # Errors
    /// What the core answers: 404, 409, 412, 422 and the like.
    pub fn run(&self) -> Result<Vec<u8>> {
        Ok(self.stage()?.take())
    }
}

/// Asks the core through one of its imports that suspend; the result lies with it.
///
/// # Errors
/// What the core answers.
pub(crate) fn ask(import: impl FnOnce(&host::Current) -> (usize, bool)) -> Result<Staged> {
    let number = count();
    let (length, done) = host::with(import);
    let staged = Staged { number, length };
    if done { Ok(staged) } else { Err(staged.into_error()) }
}

/// A result that lies with the core. A [`Reply`](crate::Reply) may have it as
/// its body, so that it never passes through the module.
#[derive(Debug)]
pub struct Staged {
    pub(crate) number: u32,
    length: usize,
}

impl Staged {
    /// The result itself; only of the operation that ran last.
    pub fn take(&self) -> Vec<u8> {
        host::with(|host| host.take(self.length))
    }

    fn into_error(self) -> Error {
        serde_json::from_slice(&self.take())
            .unwrap_or_else(|_| Error::new(500, "internal_error", "The core failed."))
    }
}

/// The number that the core gives to the next result of this request.
fn count() -> u32 {
    counter::CALLS.with(|calls| calls.replace(calls.get() + 1))
}

/// Counts from 0 while `act` serves a request, which may be within another's, in tests.
pub(crate) fn count_anew<T>(act: impl FnOnce() -> T) -> T {
    let before = counter::CALLS.with(|calls| calls.replace(0));
    let result = act();
    counter::CALLS.with(|calls| calls.set(before));
    result
}

mod counter {
    use std::cell::Cell;

    thread_local! {
        pub(super) static CALLS: Cell<u32> = const { Cell::new(0) };
    }
}
