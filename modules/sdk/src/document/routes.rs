//! The routes of a document: those of its head, with its lines in bodies and answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Document, DocumentSpec, Whole};
use crate::answer::Answer;
use crate::crud::{self, Run};
use crate::documents;
use crate::error::{Error, Result};
use crate::field::Field;
use crate::model::Record;
use crate::reply::{IntoReply, Reply};
use crate::request::Request;
use crate::route::{BodySpec, Kind, Route, Routes};
use crate::uuid::{Ref, Referenced, Uuid};

/// List, create, get, change, delete and restore the documents of `M`: the routes and
/// permissions of [`crud`](crate::crud::crud), with the lines in bodies and answers.
///
/// | route | differs from that of `crud` |
/// |---|---|
/// | `GET /things` | not at all: heads; `select=*,lines(*)` shows lines |
/// | `POST /things` | the body may have `lines`; answers the whole |
/// | `GET /things/{id:uuid}` | answers the whole, with all lines, unless there is a `select` |
/// | `PATCH /things/{id:uuid}` | `lines`, if given, are all from now on; answers the whole |
/// | `DELETE /things/{id:uuid}`, `POST .../restore` | not at all: lines go with their head |
pub const fn document<M: Document>() -> Routes {
    Routes(
        const {
            &[
                crud::route::<M>("GET", Kind::List, crud::list),
                whole::<M>("POST", Kind::Create, create::<M>),
                whole::<M>("GET", Kind::Get, get::<M>),
                whole::<M>("PATCH", Kind::Update, update::<M>),
                crud::route::<M>("DELETE", Kind::Delete, crud::delete::<M>),
                crud::route::<M>("POST", Kind::Restore, crud::restore::<M>),
            ]
        },
    )
}

/// A route of `crud` that takes and answers whole documents.
const fn whole<M: Document>(method: &'static str, kind: Kind, run: Run) -> Route {
    let spec = const { &DocumentSpec::of::<M>() };
    let (body, answer) = match kind {
        Kind::Create => (BodySpec::NewDocument(spec), Whole::<M>::ANSWER.with_status(201)),
        Kind::Update => (BodySpec::ChangedDocument(spec), Whole::<M>::ANSWER),
        _ => (BodySpec::None, Whole::<M>::ANSWER),
    };
    Route { body, answer, ..crud::route::<M>(method, kind, run) }
}

fn create<M: Document>(request: &Request, _route: &Route) -> Result<Reply> {
    let mut body = request.values()?;
    let lines = given_lines::<M>(&mut body, &[])?.unwrap_or_default();
    let head = Record::<M>::of_body(&body)?;
    let created = documents::save(&Whole::new(head, lines))?;
    let location = format!("{}/{}", request.path, created.head.id);
    Ok(created.into_reply().with_status(201).with_header("location", location))
}

fn get<M: Document>(request: &Request, route: &Route) -> Result<Reply> {
    match request.query("select") {
        Some(_) => crud::get(request, route),
        None => Ok(documents::get::<M>(Ref::new(request.id()?))?.into_reply()),
    }
}

fn update<M: Document>(request: &Request, _route: &Route) -> Result<Reply> {
    let (id, version) = (request.id()?, request.required_version()?);
    let mut whole = documents::get::<M>(Ref::new(id))?;
    crud::hold(&whole.head, version)?;
    let mut body = request.values()?;
    if let Some(lines) = given_lines::<M>(&mut body, &whole.lines)? {
        whole.lines = lines;
    }
    whole.head = whole.head.changed_by(body)?;
    documents::save(&whole).map(IntoReply::into_reply)
}

/// The lines that a body gives, taken out of it: those that it names by their ids as it
/// changes them, and new ones.
fn given_lines<M: Document>(
    body: &mut Map<String, Value>,
    there: &[Record<M::Line>],
) -> Result<Option<Vec<Record<M::Line>>>> {
    let name = <M::Line as Referenced>::TABLE;
    let Some(Value::Array(items)) = body.remove(name) else { return Ok(None) };
    let mut there = there.iter().map(|line| (line.id.uuid(), line)).collect();
    let mut lines = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let line = given_line::<M>(item, &mut there);
        lines.push(line.map_err(|error| error.within(&format!("{name}/{place}")))?);
    }
    Ok(Some(lines))
}

fn given_line<M: Document>(
    item: Value,
    there: &mut BTreeMap<Uuid, &Record<M::Line>>,
) -> Result<Record<M::Line>> {
    let Value::Object(mut values) = item else {
        return Err(Error::bad_request("A line is a JSON object."));
    };
    if let Some(id) = values.remove("id") {
        let named = Uuid::from_json(&id).and_then(|id| there.remove(&id));
        let missing = || {
            let message = "The document has no other line with this id.";
            Error::invalid("id", "not_found", message)
        };
        return named.ok_or_else(missing)?.changed_by(values);
    }
    // Which these are is known when the whole is stored.
    values.insert(M::HEAD.into(), Uuid::default().to_json());
    values.insert(M::POSITION.into(), json!(0));
    Record::of_body(&values)
}
