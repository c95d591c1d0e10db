//! What a module remembers under a key, for one own company or for all.

use super::Sparse;
use crate::error::{Error, Result};
use crate::field::Json;
use crate::message::Message;
use crate::prelude::*;

/// For whom a setting holds.
#[choice]
pub enum Scope {
    /// For the company that the user acts in.
    Company,
    /// For all that have none of their own.
    Global,
}

/// A setting that is asked for.
#[body]
pub struct Key {
    /// Its name: small letters, digits, `_`, `.` and `-`.
    #[field(max = 100, pattern = "^[a-z][a-z0-9_.-]{0,99}$")]
    pub key: String,
    /// The company's own if there is one, or only what holds for all.
    #[field(default = Scope::Company)]
    pub scope: Scope,
}

/// A setting as it is kept.
#[body]
pub struct Setting {
    /// Its value; null when there is none.
    pub value: Option<Json>,
    /// For whom it holds.
    pub scope: Option<Scope>,
    /// When it was set.
    pub set_at: Option<Timestamp>,
    /// By which user.
    pub set_by: Option<String>,
}

/// A setting that is to be kept.
#[body]
pub struct Change {
    /// Its name.
    pub key: String,
    /// Its value; null takes it away.
    pub value: Option<Json>,
    /// For whom it holds.
    pub scope: Scope,
}

/// A setting of the module
#[service("eerp.settings.get", public)]
pub const GET: Service<Sparse<Key>, Setting>;

/// Keep a setting of the module
#[service("eerp.settings.set", public)]
pub const SET: Service<Change, ()>;

/// The value of a setting, if there is one: the company's own, or what holds for all.
///
/// # Errors
/// 422 when the key may not be, 500 when the value is of another type.
pub fn get<T: Message>(key: &str) -> Result<Option<T>> {
    let found = GET.call(&Sparse(Key { key: key.into(), ..Key::default() }))?;
    let Some(value) = found.value.filter(|value| !value.is_null()) else { return Ok(None) };
    let odd =
        || Error::new(500, "internal_error", format!("The setting {key} is of another type."));
    T::read(&value).map(Some).ok_or_else(odd)
}

/// Keeps a setting.
///
/// # Errors
/// 422 when key or value may not be, or the user acts in no company.
pub fn set(key: &str, value: &impl Message, scope: Scope) -> Result<()> {
    SET.call(&Change { key: key.into(), value: Some(value.write()), scope })
}

/// Forgets a setting.
///
/// # Errors
/// 422 when the key may not be, or the user acts in no company.
pub fn unset(key: &str, scope: Scope) -> Result<()> {
    SET.call(&Change { key: key.into(), value: None, scope })
}
