//! What a module tells the core of itself, for documents, screens and rights.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Module;
use crate::event::TopicSpec;
use crate::field::FieldSpec;
use crate::model::ModelSpec;
use crate::route::{Kind, Route};
use crate::schema;
use crate::service::ServiceSpec;

/// The description of the ABI.
pub(crate) fn description(module: &Module) -> Value {
    let models: Vec<Value> = module.models.iter().map(|spec| model(module, spec)).collect();
    let routes: Vec<Value> = module.routes().map(|described| route(module, described)).collect();
    let services: Vec<Value> = module.services.iter().map(|one| one.spec.offered()).collect();
    let uses: Vec<Value> = module.uses.iter().map(ServiceSpec::used).collect();
    let events: Vec<Value> = module.emits.iter().map(TopicSpec::emitted).collect();
    json!({
        "models": models, "routes": routes, "permissions": permissions(module),
        "services": services, "uses": uses, "events": events,
    })
}

fn model(module: &Module, spec: &ModelSpec) -> Value {
    let fields: Vec<Value> = spec.fields.iter().map(|described| field(module, described)).collect();
    json!({
        "name": spec.table, "title": spec.title, "plural": spec.plural,
        "display": spec.display, "order": spec.order, "fields": fields,
    })
}

fn field(module: &Module, field: &FieldSpec) -> Value {
    let references = field.references.map(|target| {
        let owner = if target.module.is_empty() { module.name } else { target.module };
        json!({"module": owner, "model": target.table})
    });
    let text = field.sql_type == crate::field::SqlType::Text;
    json!({
        "name": field.name, "type": field.sql(), "nullable": field.nullable,
        "label": field.label,
        "max_length": field.max.filter(|_| text),
        "format": Some(field.format).filter(|format| !format.is_empty()),
        "default": field.default.map(|default| default()),
        "values": Some(field.words).filter(|words| !words.is_empty()),
        "references": references, "readonly": field.readonly,
    })
}

fn route(module: &Module, route: &Route) -> Value {
    json!({
        "method": route.method, "path": route.path, "permission": permission(module, route),
        "public": route.public, "summary": summary(route),
        "model": route.model.map(|model| model.table),
        "kind": kind(route.kind), "body": schema::of_body(&route.body), "query": null,
    })
}

/// The permission that a route takes; nothing when it is public.
fn permission(module: &Module, route: &Route) -> Option<String> {
    match route.permission {
        _ if route.public => None,
        "" => Some(format!("{}.{}.{}", module.name, route.resource(), route.access())),
        permission => Some(format!("{}.{permission}", module.name)),
    }
}

fn permissions(module: &Module) -> Vec<Value> {
    let mut titles = BTreeMap::new();
    for route in module.routes() {
        let title = match (route.permission, route.access()) {
            ("", "read") => format!("Read {}", route.resource().replace('_', " ")),
            ("", _) => format!("Change {}", route.resource().replace('_', " ")),
            _ => summary(route),
        };
        if let Some(permission) = permission(module, route) {
            titles.entry(permission).or_insert(title);
        }
    }
    let services = module.services.iter().map(|provided| provided.spec);
    for spec in services.filter(|spec| !spec.permission.is_empty()) {
        titles.entry(spec.permission.into()).or_insert(spec.summary.into());
    }
    let each = titles.iter().map(|(name, title)| json!({"name": name, "title": title}));
    each.collect()
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
