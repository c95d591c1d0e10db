//! Routes: which function answers which method and path.

use crate::error::Result;
use crate::field::FieldSpec;
use crate::model::ModelSpec;
use crate::reply::Reply;
use crate::request::Request;

/// What a route does, so that screens and documents know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Many records.
    List,
    /// One record.
    Get,
    /// A new record.
    Create,
    /// A changed record.
    Update,
    /// A deleted record.
    Delete,
    /// A record brought back.
    Restore,
    /// Something else.
    Custom,
}

/// What a route takes as its body.
#[derive(Debug, Clone, Copy)]
pub enum BodySpec {
    /// No body.
    None,
    /// All fields of a shape; those without a default are required.
    Whole(&'static str, &'static [FieldSpec]),
    /// A new record: like `Whole`, and what other modules keep of it.
    Create(&'static str, &'static [FieldSpec]),
    /// Any fields of a record, at least one, and what other modules keep of it.
    Update(&'static str, &'static [FieldSpec]),
}

/// One route. `#[get]`, `#[post]` and the like write it, and [`crud`](crate::crud::crud).
#[derive(Debug)]
pub struct Route {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path below the module's prefix: `/leads/{id}/convert`.
    pub path: &'static str,
    /// What it does.
    pub kind: Kind,
    /// A short title; empty when the kind says it.
    pub summary: &'static str,
    /// The permission it takes, without the module's name; empty for the usual.
    pub permission: &'static str,
    /// Whether anybody may call it without a token.
    pub public: bool,
    /// The model it serves.
    pub model: Option<&'static ModelSpec>,
    /// What it takes as its body.
    pub body: BodySpec,
    /// The function that answers.
    pub run: fn(&Request, &Route) -> Result<Reply>,
}

impl Route {
    /// What it does with the records of its model: `read`, `create`, `update` or
    /// `delete`; `write` for other routes that change something.
    pub fn access(&self) -> &'static str {
        match self.kind {
            Kind::List | Kind::Get => "read",
            Kind::Create => "create",
            Kind::Update => "update",
            Kind::Delete | Kind::Restore => "delete",
            Kind::Custom if self.method == "GET" => "read",
            Kind::Custom => "write",
        }
    }

    /// The first segment of the path.
    pub fn resource(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

/// Routes that belong together: one function, or all of a model's.
#[derive(Debug, Clone, Copy)]
pub struct Routes(pub &'static [Route]);
