//! The six routes that nearly every model has.

use crate::db;
use crate::error::{Error, Result};
use crate::model::{Model, ModelSpec, Record};
use crate::operation::Operation;
use crate::reply::Reply;
use crate::request::Request;
use crate::route::{BodySpec, Kind, Route, Routes};
use crate::uuid::Ref;

/// List, create, get, change, delete and restore the records of `M`.
///
/// | route | answers |
/// |---|---|
/// | `GET /things` | a page; the query string filters, orders and pages |
/// | `POST /things` | 201 and the new record |
/// | `GET /things/{id}` | the record |
/// | `PATCH /things/{id}` | the changed record; needs `If-Match` |
/// | `DELETE /things/{id}` | 204; obeys `If-Match` |
/// | `POST /things/{id}/restore` | the record; obeys `If-Match` |
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
                route::<M>("POST", Kind::Restore, restore),
            ]
        },
    )
}

/// List and get the records of `M`; they change in other ways.
pub const fn read_only<M: Model>() -> Routes {
    Routes(const { &[route::<M>("GET", Kind::List, list), route::<M>("GET", Kind::Get, get)] })
}

type Run = fn(&Request, &Route) -> Result<Reply>;

const fn route<M: Model>(method: &'static str, kind: Kind, run: Run) -> Route {
    let [all, one, restore] = M::SPEC.paths;
    let (path, body) = match kind {
        Kind::Create => (all, BodySpec::Whole(M::TITLE, M::FIELDS)),
        Kind::Update => (one, BodySpec::Part(M::TITLE, M::FIELDS)),
        Kind::List => (all, BodySpec::None),
        Kind::Restore => (restore, BodySpec::None),
        _ => (one, BodySpec::None),
    };
    let model = Some(M::SPEC);
    Route { method, path, kind, summary: "", permission: "", public: false, model, body, run }
}

fn table(route: &Route) -> &'static str {
    route.model.map_or("", |model: &ModelSpec| model.table)
}

fn list(request: &Request, route: &Route) -> Result<Reply> {
    let query = request.query.iter().map(|(key, value)| vec![key.as_str(), value]).collect();
    Ok(Reply::last(Operation::find(table(route), &[("query", query)])))
}

fn get(request: &Request, route: &Route) -> Result<Reply> {
    Ok(Reply::last(Operation::get(table(route), request.id()?)))
}

fn delete<M: Model>(request: &Request, _route: &Route) -> Result<Reply> {
    let (id, version) = (Ref::<M>::new(request.id()?), request.expected_version()?);
    Ok(Reply::last(db::operation::delete(id, version)?).with_status(204))
}

fn restore(request: &Request, route: &Route) -> Result<Reply> {
    let (id, version) = (request.id()?, request.expected_version()?);
    Ok(Reply::last(Operation::restore(table(route), id, version)))
}

fn create<M: Model>(request: &Request, route: &Route) -> Result<Reply> {
    let operation = if M::ANY {
        db::operation::create(&request.read_body::<M>()?)?
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
    if version.is_some_and(|version| version != before.version) {
        let message = "The record was changed by someone else in the meantime.";
        return Err(Error::new(412, "version_conflict", message));
    }
    let mut values = before.to_values();
    values.extend(request.values()?);
    db::operation::update(&before.with(M::from_values(&values)?))
}
