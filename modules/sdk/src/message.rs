//! What may travel between modules, and what the core is told of it.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::field::{Field, FieldSpec};
use crate::schema;

/// The input or output of a service, or the data of an event: a `#[body]`, any type
/// that a field may have, or `()` for nothing.
pub trait Message: Sized {
    /// The JSON Schema of one that is sent.
    fn input_schema() -> Value;

    /// The JSON Schema of one that is answered.
    fn output_schema() -> Value;

    /// The message as JSON.
    fn write(&self) -> Value;

    /// The message that this JSON means; nothing when it is of another type.
    fn read(value: &Value) -> Option<Self>;
}

impl<T: Field> Message for T {
    fn input_schema() -> Value {
        schema::of_input(&FieldSpec::of::<T>("", ""))
    }

    fn output_schema() -> Value {
        schema::of_output(&FieldSpec::of::<T>("", ""))
    }

    fn write(&self) -> Value {
        self.to_json()
    }

    fn read(value: &Value) -> Option<Self> {
        T::from_json(value)
    }
}

/// An empty object, so that a later version may have something to say.
impl Message for () {
    fn input_schema() -> Value {
        json!({"type": "object", "properties": {}, "additionalProperties": false})
    }

    fn output_schema() -> Value {
        Self::input_schema()
    }

    fn write(&self) -> Value {
        Value::Object(Map::new())
    }

    fn read(_: &Value) -> Option<Self> {
        Some(())
    }
}

/// The message in these bytes; nothing at all is null.
pub(crate) fn parse<T: Message>(bytes: &[u8]) -> Option<T> {
    let value = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(bytes).ok()? };
    T::read(&value)
}

/// What a handler was sent and does not fit its type.
pub(crate) fn misfit(what: &str) -> Error {
    Error::new(422, "validation_failed", format!("The {what} does not fit its schema."))
}

/// What the core answered to the module and does not fit its type.
pub(crate) fn parse_answer<T: Message>(bytes: &[u8], what: &str) -> Result<T> {
    parse(bytes).ok_or_else(|| {
        crate::log::error(&format!("{what} answered what its declaration does not say"));
        Error::new(500, "internal_error", format!("{what} answered something unexpected."))
    })
}
