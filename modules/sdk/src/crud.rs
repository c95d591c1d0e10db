//! The six routes that nearly every model has.

use serde_json::json;

use crate::answer::Answer;
use crate::db::{self, Page};
use crate::error::{Error, Result};
use crate::field::FieldSpec;
use crate::model::{Model, ModelSpec, Record};
use crate::operation::Operation;
use crate::query::QuerySpec;
use crate::reply::Reply;
use crate::request::Request;
use crate::route::{BodySpec, Kind, Route, Routes, Segment};
use crate::uuid::{Ref, Uuid};

/// List, create, get, change, delete and restore the records of `M`.
///
/// | route | permission | answers |
/// |---|---|---|
/// | `GET /things` | `read` | a page; the query string filters, orders, selects and pages; obeys `Prefer: count=exact` |
/// | `POST /things` | `create` | 201 and the new record |
/// | `GET /things/{id:uuid}` | `read` | the record, or the parts that `select` names |
/// | `PATCH /things/{id:uuid}` | `update` | the changed record; needs `If-Match` |
/// | `DELETE /things/{id:uuid}` | `delete` | 204; obeys `If-Match`; `?purge=true&reason=...` takes it away for good |
/// | `POST /things/{id:uuid}/restore` | `delete` | the record; obeys `If-Match` |
///
/// The rules of the model hold on all of them.
pub const fn crud<M: Model>() -> Routes {
    Routes(
        const {
            &[
                route::<M>("GET", Kind::List, list),
                route::<M>("POST", Kind::Create, create::<M>),
                route::<M>("GET", Kind::Get, get),
                route::<M>("PATCH", Kind::Update, update::<M>),
                route::<M>("DELETE", Kind::Delete, delete::<M>),
                route::<M>("POST", Kind::Restore, restore::<M>),
            ]
        },
    )
}

/// List and get the records of `M`; they change in other ways.
pub const fn read_only<M: Model>() -> Routes {
    Routes(const { &[route::<M>("GET", Kind::List, list), route::<M>("GET", Kind::Get, get)] })
}

pub(crate) type Run = fn(&Request, &Route) -> Result<Reply>;

pub(crate) const fn route<M: Model>(method: &'static str, kind: Kind, run: Run) -> Route {
    let [all, one, restore] = M::SPEC.paths;
    let (path, params): (_, &[FieldSpec]) = match kind {
        Kind::List | Kind::Create => (all, &[]),
        Kind::Restore => (restore, ID),
        _ => (one, ID),
    };
    let query = match kind {
        Kind::List => QuerySpec::List(M::SPEC),
        Kind::Get => QuerySpec::Get,
        Kind::Delete => QuerySpec::Delete,
        _ => QuerySpec::None,
    };
    let body = match kind {
        Kind::Create => BodySpec::Create(M::TITLE, M::FIELDS),
        Kind::Update => BodySpec::Update(M::TITLE, M::FIELDS),
        _ => BodySpec::None,
    };
    let answer = match kind {
        Kind::List => Page::<M>::ANSWER,
        Kind::Create => Record::<M>::ANSWER.with_status(201),
        Kind::Delete => <()>::ANSWER,
        _ => Record::<M>::ANSWER,
    };
    Route {
        method,
        path,
        kind,
        summary: "",
        description: "",
        permission: "",
        public: false,
        model: Some(M::SPEC),
        params,
        query,
        body,
        answer,
        run,
    }
}

/// The parameter of the paths of one record.
const ID: &[FieldSpec] = &[FieldSpec::of::<Uuid>("id", "ID").in_path(Segment::Uuid)];

fn table(route: &Route) -> &'static str {
    route.model.map_or("", |model: &ModelSpec| model.table)
}

pub(crate) fn list(request: &Request, route: &Route) -> Result<Reply> {
    let query = request.query.iter().map(|(key, value)| vec![key.as_str(), value]).collect();
    let mut terms = vec![("query", query)];
    let counted = preferred_count(request);
    terms.extend(counted.map(|counted| ("count", json!(counted))));
    let reply = Reply::last(Operation::find(table(route), &terms));
    Ok(match counted {
        Some(counted) => reply.with_header("preference-applied", format!("count={counted}")),
        None => reply,
    })
}

/// The way of counting that the client prefers; one that nobody knows is passed over,
/// as RFC 7240 wants it.
fn preferred_count(request: &Request) -> Option<&'static str> {
    let mut preferences = request.header("prefer")?.split([',', ';']).map(str::trim);
    preferences.find_map(|preference| match preference {
        "count=exact" => Some("exact"),
        "count=estimated" => Some("estimated"),
        _ => None,
    })
}

pub(crate) fn get(request: &Request, route: &Route) -> Result<Reply> {
    let get = Operation::get(table(route), request.id()?);
    Ok(Reply::last(match request.query("select") {
        Some(select) => get.selecting(select),
        None => get,
    }))
}

pub(crate) fn delete<M: Model>(request: &Request, _route: &Route) -> Result<Reply> {
    let (id, version) = (Ref::<M>::new(request.id()?), request.expected_version()?);
    let operation = match request.query("purge") {
        None | Some("false") => db::operation::delete(id, version)?,
        Some("true") => db::operation::purge(id, version, reason(request)?)?,
        Some(_) => return Err(Error::invalid_query("purge", "type", "purge is true or false.")),
    };
    Ok(Reply::last(operation).with_status(204))
}

/// Why a record is purged: its trace says so for ever.
fn reason(request: &Request) -> Result<&str> {
    let reason = request.query("reason").unwrap_or_default().trim();
    if reason.is_empty() {
        let message = "Say why the record is purged, in ?purge=true&reason=...";
        return Err(Error::invalid_query("reason", "required", message));
    }
    Ok(reason)
}

pub(crate) fn restore<M: Model>(request: &Request, _route: &Route) -> Result<Reply> {
    let (id, version) = (Ref::<M>::new(request.id()?), request.expected_version()?);
    Ok(Reply::last(db::operation::restore(id, version)?))
}

fn create<M: Model>(request: &Request, route: &Route) -> Result<Reply> {
    let operation = if M::ANY {
        db::operation::create_record(Record::<M>::of_body(&request.values()?)?)?
    } else {
        // The core has checked the body: it goes on as it came.
        Operation::create(table(route), &request.object_text()?)
    };
    Ok(Reply::last(operation).with_status(201))
}

fn update<M: Model>(request: &Request, route: &Route) -> Result<Reply> {
    let (id, version) = (request.id()?, request.required_version()?);
    let operation = if M::ANY {
        checked_update(&db::get::<M>(Ref::new(id))?, version, request)?
    } else {
        Operation::update(table(route), id, &request.object_text()?, version)
    };
    Ok(Reply::last(operation))
}

/// The update of a record under the model's rules.
fn checked_update<M: Model>(
    before: &Record<M>,
    version: Option<i64>,
    request: &Request,
) -> Result<Operation> {
    hold(before, version)?;
    db::operation::update(&before.changed_by(request.values()?)?)
}

/// Refuses a change of another version than the client holds.
pub(crate) fn hold<M>(record: &Record<M>, version: Option<i64>) -> Result<()> {
    match version {
        Some(version) if version != record.version => {
            let message = "The record was changed by someone else in the meantime.";
            Err(Error::new(412, "version_conflict", message))
        }
        _ => Ok(()),
    }
}
