//! What every module can be asked: does it fit its manifest and itself?

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Module;

/// Asserts that a module is sound: its name is the manifest's, its references
/// lead to models of its own or to modules in `depends`; the services that it uses and
/// the topics that it wants are of those or of modules in `optional`; what it emits has
/// its capability, and no table, route, migration, service, subscription or job is there
/// twice.
///
/// # Panics
/// When something is wrong, saying what.
pub fn assert_sound(module: &Module, manifest: &str) {
    let manifest: Value = serde_json::from_str(manifest).expect("module.json is JSON");
    assert_eq!(manifest["name"], module.name, "module.json has another name than the code");
    assert_references(module, &manifest["depends"]);
    assert_unlike("table", module.models.iter().map(|model| model.table.to_owned()));
    let routes = module.routes().map(|route| format!("{} {}", route.method, shape(route.path)));
    assert_unlike("route", routes);
    let migrations: Vec<Value> =
        serde_json::from_str(&module.migrations()).expect("the migrations are JSON");
    let versions = migrations.iter().map(|m| format!("{} {}", m["entity"], m["version"]));
    assert_unlike("migration", versions);
    assert_neighbours(module, &manifest);
}

fn assert_references(module: &Module, depends: &Value) {
    let depends = depends.as_array().map_or(&[][..], Vec::as_slice);
    for model in module.models {
        for target in model.fields.iter().filter_map(|field| field.references) {
            let (owner, table) = (target.module, target.table);
            let own = || module.models.iter().any(|other| other.table == table);
            let found = if owner.is_empty() { own() } else { depends.contains(&owner.into()) };
            assert!(found, "{} refers to {owner} {table}, which is not to be had", model.table);
        }
    }
}

fn assert_neighbours(module: &Module, manifest: &Value) {
    let says = |key: &str, word: &str| {
        manifest[key].as_array().is_some_and(|words| words.contains(&word.into()))
    };
    let used = module.uses.iter().map(|service| service.name);
    let wanted = module.events.iter().map(|event| event.topic);
    for name in used.chain(wanted) {
        let (owner, _) = name.split_once('.').unwrap_or_default();
        let known = owner == module.name || says("depends", owner) || says("optional", owner);
        assert!(known, "{name} is wanted, and {owner} is not in depends, nor in optional");
    }
    let silent = module.emits.is_empty();
    assert!(silent || says("capabilities", "events"), "emitting takes the capability events");
    assert_unlike("service", module.services.iter().map(|one| one.spec.name.to_owned()));
    assert_unlike("subscription", module.events.iter().map(|event| event.topic.to_owned()));
    assert_unlike("job", module.jobs.iter().map(|job| job.name.to_owned()));
}

fn assert_unlike(what: &str, names: impl Iterator<Item = String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name.clone()), "there are two of the {what} {name}");
    }
}

/// A path whose parameters are nameless.
fn shape(path: &str) -> String {
    let segments = path.split('/');
    let segments = segments.map(|part| if part.starts_with('{') { "{}" } else { part });
    segments.collect::<Vec<_>>().join("/")
}
