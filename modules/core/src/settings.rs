//! The settings of core: what each is, and what it is unless set.

use eerp_sdk::prelude::*;
use eerp_sdk::services::Sparse;
use eerp_sdk::services::settings::{self, Change, Key, Scope};

use crate::Currency;

/// What the value of a setting is.
#[choice]
pub enum SettingKind {
    /// The code of a currency.
    Currency,
}

/// A setting that core knows.
struct Known {
    key: &'static str,
    title: &'static str,
    description: &'static str,
    kind: SettingKind,
    usual: &'static str,
}

const CURRENCY: Known = Known {
    key: "currency",
    title: "Currency",
    description: "The currency of books of which nothing else is said.",
    kind: SettingKind::Currency,
    usual: "USD",
};

/// All of them, in the order in which people see them.
const KNOWN: [&Known; 1] = [&CURRENCY];

/// A setting, its value and what it is for.
#[body]
pub struct Setting {
    /// What programs call it.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What its value is.
    pub kind: SettingKind,
    /// Its value: what was set, or what is usual.
    pub value: String,
    /// What its value is unless it is set.
    pub usual: String,
    /// For whom it was set; nothing when it was not.
    pub scope: Option<Scope>,
    /// When it was set.
    pub set_at: Option<Timestamp>,
}

/// Settings.
#[body]
pub struct Settings {
    /// Each of them.
    pub items: Vec<Setting>,
}

/// A value for a setting.
#[body]
pub struct NewValue {
    /// The value; null forgets what was set.
    #[field(max = 200)]
    pub value: Option<String>,
    /// For whom it holds: the own company that the caller acts in, or all that have no
    /// value of their own.
    #[field(default = Scope::Global)]
    pub scope: Scope,
}

/// The settings of core
#[get("/settings")]
pub(crate) fn list() -> Result<Settings> {
    Ok(Settings { items: KNOWN.iter().map(|known| known.shown()).collect::<Result<_>>()? })
}

/// A setting of core
#[get("/settings/{key}")]
pub(crate) fn show(key: String) -> Result<Setting> {
    known(&key)?.shown()
}

/// Set a setting of core
#[put("/settings/{key}")]
pub(crate) fn set(key: String, body: NewValue) -> Result<Setting> {
    let known = known(&key)?;
    if let Some(value) = &body.value {
        known.kind.check(value)?;
    }
    let value = body.value.map(Json::from);
    settings::SET.call(&Change { key, value, scope: body.scope })?;
    known.shown()
}

fn known(key: &str) -> Result<&'static Known> {
    let found = KNOWN.into_iter().find(|known| known.key == key);
    found.ok_or_else(|| Error::not_found(format!("There is no setting {key}.")))
}

impl SettingKind {
    fn check(self, value: &str) -> Result<()> {
        match self {
            Self::Currency if db::find::<Currency>().eq("code", value).exists()? => Ok(()),
            Self::Currency => {
                let message = "There is no such currency: give its three letters.";
                Err(Error::invalid("value", "unknown_currency", message))
            }
        }
    }
}

impl Known {
    fn shown(&self) -> Result<Setting> {
        let key = Key { key: self.key.into(), ..Key::default() };
        let found = settings::GET.call(&Sparse(key))?;
        let value = found.value.as_ref().and_then(Json::as_str).unwrap_or(self.usual);
        Ok(Setting {
            key: self.key.into(),
            title: self.title.into(),
            description: self.description.into(),
            kind: self.kind,
            value: value.into(),
            usual: self.usual.into(),
            scope: found.scope,
            set_at: found.set_at,
        })
    }
}

/// The code of the currency of books of which nothing else is said.
///
/// # Errors
/// Those of the database.
pub(crate) fn currency() -> Result<String> {
    Ok(settings::get(CURRENCY.key)?.unwrap_or_else(|| CURRENCY.usual.into()))
}
