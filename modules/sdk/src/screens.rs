//! What a module declares of its screens: files of JSON, which are part of its program.

use serde_json::{Map, Value};

/// The screens of a module; see `docs/reference/screens.md`.
#[derive(Clone, Copy, Debug)]
pub struct Screens {
    /// The text of `ui.json`; empty when there is none.
    pub ui: &'static str,
    /// The text of each catalogue, after its language.
    pub texts: &'static [(&'static str, &'static str)],
}

impl Screens {
    /// Nothing is declared: screens follow from models and routes.
    pub const NONE: Self = Self { ui: "", texts: &[] };

    /// What is declared, as JSON; nothing when nothing is.
    pub(crate) fn declared(&self) -> Option<Value> {
        (!self.ui.is_empty()).then(|| parsed("ui.json", self.ui))
    }

    /// All texts, by their languages.
    pub(crate) fn catalogues(&self) -> Map<String, Value> {
        let each = self.texts.iter();
        each.map(|(language, text)| ((*language).into(), parsed(language, text))).collect()
    }
}

/// A file that is no JSON is found when the module is described, by its tests or the core.
fn parsed(name: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name} is not JSON: {error}"))
}
