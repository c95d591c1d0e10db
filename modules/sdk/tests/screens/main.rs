//! A module that says what its screens look like.

use eerp_sdk::prelude::*;
use serde_json::Value;

/// A gift.
#[model(table = "gifts")]
pub struct Gift {
    /// What is written on it.
    pub name: String,
}

eerp_sdk::module! {
    name: "gifts",
    models: [Gift],
    routes: [crud::<Gift>],
    screens: ["tests/screens/ui.json", fr = "tests/screens/fr.json"],
}

fn described(module: &eerp_sdk::Module) -> Value {
    serde_json::from_str(&module.description()).expect("a description is JSON")
}

#[test]
fn what_is_declared_stands_in_the_description() {
    let told = described(&MODULE);
    assert_eq!(told["ui"]["module"], json!({"icon": "gift"}));
    assert_eq!(told["ui"]["menu"][0]["key"], "gifts");
    assert_eq!(told["texts"], json!({"fr": {"menu.gifts": "Cadeaux"}}));
}

#[test]
fn a_module_need_not_declare_anything() {
    let told = described(&eerp_sdk::Module::EMPTY);
    assert_eq!((&told["ui"], &told["texts"]), (&Value::Null, &json!({})));
}

#[test]
#[should_panic(expected = "ui.json is not JSON: EOF")]
fn a_file_that_is_no_json_is_told_of_by_its_name() {
    let screens = eerp_sdk::screens::Screens { ui: "{", texts: &[] };
    described(&eerp_sdk::Module { screens, ..eerp_sdk::Module::EMPTY });
}
