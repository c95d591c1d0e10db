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
    /// Any fields of a shape, at least one.
    Part(&'static str, &'static [FieldSpec]),
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
    /// `read` for methods that change nothing, else `write`.
    pub fn access(&self) -> &'static str {
        if self.method == "GET" { "read" } else { "write" }
    }

    /// The first segment of the path.
    pub fn resource(&self) -> &'static str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

/// Routes that belong together: one function, or all of a model's.
#[derive(Debug, Clone, Copy)]
pub struct Routes(pub &'static [Route]);
