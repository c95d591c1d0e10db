//! What a module tells the core of itself, for documents, screens and rights.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Module;
use crate::event::TopicSpec;
use crate::field::{FieldSpec, SqlType};
use crate::model::{ModelSpec, RecordRule};
use crate::query;
use crate::route::{Kind, Route};
use crate::schema;
use crate::service::ServiceSpec;

/// The description of the ABI.
pub(crate) fn description(module: &Module) -> Value {
    let own = module.models.iter().filter(|spec| spec.extends.is_none());
    let models: Vec<Value> = own.map(|spec| model(module, spec)).collect();
    let extensions: Vec<Value> =
        module.models.iter().filter_map(|spec| extension(module, spec)).collect();
    let routes: Vec<Value> = module.routes().map(|described| route(module, described)).collect();
    let services: Vec<Value> = module.services.iter().map(|one| one.spec.offered()).collect();
    let uses: Vec<Value> = module.uses.iter().map(ServiceSpec::used).collect();
    let events: Vec<Value> = module.emits.iter().map(TopicSpec::emitted).collect();
    json!({
        "models": models, "extensions": extensions, "routes": routes,
        "permissions": permissions(module), "services": services, "uses": uses,
        "events": events, "ui": module.screens.declared(),
        "texts": module.screens.catalogues(),
    })
}

fn model(module: &Module, spec: &ModelSpec) -> Value {
    let rules: Vec<Value> = spec.record_rules.iter().map(|said| rule(spec, said)).collect();
    json!({
        "name": spec.table, "title": spec.title, "plural": spec.plural,
        "display": spec.display, "order": spec.order, "fields": fields(module, spec),
        "company": spec.company, "rules": rules,
    })
}

fn extension(module: &Module, spec: &ModelSpec) -> Option<Value> {
    let extended = spec.extends?;
    Some(json!({
        "module": extended.module, "model": extended.table, "table": spec.table,
        "fields": fields(module, spec),
    }))
}

fn rule(spec: &ModelSpec, rule: &RecordRule) -> Value {
    let mut said = json!({"role": rule.role, "operations": rule.operations});
    if let Some(condition) = rule.condition {
        said["where"] = condition().exact(spec.fields);
    }
    said
}

fn fields(module: &Module, spec: &ModelSpec) -> Vec<Value> {
    spec.fields.iter().map(|described| field(module, described)).collect()
}

fn field(module: &Module, field: &FieldSpec) -> Value {
    let references = field.references.map(|target| {
        let owner = if target.module.is_empty() { module.name } else { target.module };
        json!({"module": owner, "model": target.table})
    });
    let text = field.sql_type == SqlType::Text;
    json!({
        "name": field.name, "type": field.sql(), "nullable": field.nullable,
        "label": field.label,
        "max_length": field.max.filter(|_| text),
        "format": said(field.format),
        "default": field.default.map(|default| default()),
        "values": Some(field.words).filter(|words| text && !words.is_empty()),
        "references": references, "readonly": field.readonly,
        "read": limit(module, field.read), "write": limit(module, field.write),
        "computed": field.computed.is_some(), "currency": said(field.currency),
    })
}

fn said(text: &'static str) -> Option<&'static str> {
    Some(text).filter(|text| !text.is_empty())
}

fn limit(module: &Module, permission: &'static str) -> Option<String> {
    said(permission).map(|permission| format!("{}.{permission}", module.name))
}

fn route(module: &Module, route: &Route) -> Value {
    json!({
        "method": route.method, "path": route.path, "permission": permission(module, route),
        "public": route.public, "summary": summary(route), "description": route.description,
        "model": route.model.map(|model| model.table), "kind": kind(route.kind),
        "params": params(route), "query": query::of_query(&route.query),
        "body": schema::of_body(&route.body), "answers": [route.answer.described()],
    })
}

fn params(route: &Route) -> Map<String, Value> {
    let each = route.params.iter();
    each.map(|param| (param.name.into(), schema::of_parameter(param))).collect()
}

/// The permission that a route takes; nothing when it is public.
fn permission(module: &Module, route: &Route) -> Option<String> {
    match route.permission {
        _ if route.public => None,
        "" => Some(format!("{}.{}.{}", module.name, subject(route), route.access())),
        permission => Some(format!("{}.{permission}", module.name)),
    }
}

/// What a permission calls the resource of a route: as its model, where the path has
/// dashes.
fn subject(route: &Route) -> String {
    route.resource().replace('-', "_")
}

/// What may be done with the records of a model, each a permission of its own, and
/// `write` for three of them at once.
const OPERATIONS: [(&str, &str); 6] = [
    ("read", "Read"),
    ("create", "Create"),
    ("update", "Change"),
    ("delete", "Delete and restore"),
    ("purge", "Purge"),
    ("write", "Create, change, delete and restore"),
];

fn permissions(module: &Module) -> Vec<Value> {
    let mut titles = BTreeMap::new();
    for spec in module.models.iter().filter(|spec| spec.extends.is_none()) {
        for (operation, verb) in OPERATIONS {
            let name = format!("{}.{}.{operation}", module.name, spec.table);
            titles.insert(name, format!("{verb} {}", lower(spec.plural)));
        }
    }
    for spec in module.models {
        for (name, title) in limits(module, spec) {
            titles.entry(name).or_insert(title);
        }
    }
    for route in module.routes() {
        if let Some(permission) = permission(module, route) {
            titles.entry(permission).or_insert(title(route));
        }
    }
    let services = module.services.iter().map(|provided| provided.spec);
    for spec in services.filter(|spec| !spec.permission.is_empty()) {
        titles.entry(spec.permission.into()).or_insert(spec.summary.into());
    }
    let each = titles.iter().map(|(name, title)| json!({"name": name, "title": title}));
    each.collect()
}

/// The limits of single fields, which several fields may share.
fn limits(module: &Module, spec: &ModelSpec) -> Vec<(String, String)> {
    let of_field = |field: &FieldSpec| {
        let of_what = format!("{} of {}", lower(field.label), lower(spec.plural));
        let read = limit(module, field.read).map(|name| (name, format!("Read {of_what}")));
        let write = limit(module, field.write).map(|name| (name, format!("Set {of_what}")));
        [read, write].into_iter().flatten().collect::<Vec<_>>()
    };
    spec.fields.iter().flat_map(of_field).collect()
}

fn title(route: &Route) -> String {
    match (route.permission, route.access()) {
        ("", "read") => format!("Read {}", subject(route).replace('_', " ")),
        ("", _) => format!("Change {}", subject(route).replace('_', " ")),
        _ => summary(route),
    }
}

fn summary(route: &Route) -> String {
    let Some(model) = route.model.filter(|_| route.summary.is_empty()) else {
        return route.summary.into();
    };
    let one = lower(model.title);
    let article = if one.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    match route.kind {
        Kind::List => format!("List {}", lower(model.plural)),
        Kind::Get => format!("Read {article} {one}"),
        Kind::Create => format!("Create {article} {one}"),
        Kind::Update => format!("Change {article} {one}"),
        Kind::Delete => format!("Delete {article} {one}"),
        Kind::Restore => format!("Restore a deleted {one}"),
        Kind::Custom => route.path.into(),
    }
}

fn lower(title: &str) -> String {
    title.to_lowercase()
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::List => "list",
        Kind::Get => "get",
        Kind::Create => "create",
        Kind::Update => "update",
        Kind::Delete => "delete",
        Kind::Restore => "restore",
        Kind::Custom => "custom",
    }
}
