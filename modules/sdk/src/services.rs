//! The services of the core, typed.
//!
//! They belong to the request's transaction like those of modules: a number that was
//! drawn, a file that was put and a letter that was posted are undone by an error.
//! They need not be listed in `uses`.
//!
//! ```no_run
//! use eerp_sdk::prelude::*;
//! use eerp_sdk::services::sequences::{NextNumber, Reset};
//! use eerp_sdk::services::{files, sequences, settings};
//!
//! # fn main() -> Result<()> {
//! let invoices = NextNumber { prefix: "INV-{year}-".into(), ..NextNumber::of("invoices") };
//! let number = sequences::next(NextNumber { reset: Reset::Yearly, padding: 5, ..invoices })?;
//! let terms: Option<String> = settings::get("invoices.terms")?;
//! let file = files::put("terms.txt", "text/plain", terms.unwrap_or_default())?;
//! assert_eq!((number.text.as_str(), file.size), ("INV-2026-00001", 0));
//! # Ok(())
//! # }
//! ```

pub mod clock;
pub mod files;
pub mod mail;
pub mod render;
pub mod sequences;
pub mod settings;

use serde_json::Value;

use crate::message::Message;
use crate::model::Shape;

/// An input without what is null: the core takes what is absent for unsaid.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparse<T>(pub T);

impl<T: Shape> Message for Sparse<T> {
    fn input_schema() -> Value {
        crate::schema::of_shape(T::TITLE, T::FIELDS)
    }

    fn output_schema() -> Value {
        Self::input_schema()
    }

    fn write(&self) -> Value {
        let mut values = self.0.to_values();
        values.retain(|_, value| !value.is_null());
        Value::Object(values)
    }

    fn read(value: &Value) -> Option<Self> {
        crate::model::nested_from_json(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::sequences::NextNumber;
    use super::*;

    #[test]
    fn what_is_not_said_is_not_sent() {
        let said = Sparse(NextNumber::of("invoices")).write();
        assert_eq!(said["name"], "invoices");
        assert_eq!((&said["gapless"], &said["reset"]), (&json!(true), &json!("never")));
        assert!(said.get("date").is_none());
        assert_eq!(Sparse::read(&said), Some(Sparse(NextNumber::of("invoices"))));
    }
}
