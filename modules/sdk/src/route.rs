//! Routes: which function answers which method and path.

use crate::answer::AnswerSpec;
use crate::document::DocumentSpec;
use crate::error::Result;
use crate::field::{FieldSpec, SqlType};
use crate::model::ModelSpec;
use crate::query::QuerySpec;
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

/// What a segment of a path matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// `{id:uuid}`: a UUID.
    Uuid,
    /// `{number:int}`: a whole number.
    Int,
    /// `{name}`: any text.
    Text,
}

impl FieldSpec {
    /// The same, when it can stand in such a segment of a path.
    ///
    /// ```compile_fail,E0080
    /// use eerp_sdk::prelude::*;
    ///
    /// /// Its path has to say `{id:uuid}`.
    /// #[get("/things/{id}")]
    /// fn show(id: Uuid) -> Json {
    ///     json!(id.to_string())
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Panics
    /// When it cannot. The attributes ask while the module is compiled.
    pub const fn in_path(self, segment: Segment) -> Self {
        let fits = match self.sql_type {
            SqlType::Uuid => matches!(segment, Segment::Uuid),
            SqlType::Integer | SqlType::Bigint => matches!(segment, Segment::Int),
            SqlType::Jsonb | SqlType::Bytea => false,
            other => other.item().is_none() && matches!(segment, Segment::Text),
        };
        assert!(
            fits && !self.nullable,
            "a Uuid or Ref stands in {{name:uuid}}, a whole number in {{name:int}}, \
             other single values in {{name}}"
        );
        self
    }
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
    /// A new document: like `Create`, with its lines.
    NewDocument(&'static DocumentSpec),
    /// Any fields of a document's head like `Update`, and its lines as they are to be.
    ChangedDocument(&'static DocumentSpec),
}

/// One route. `#[get]`, `#[post]` and the like write it, and [`crud`](crate::crud::crud).
#[derive(Debug)]
pub struct Route {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path below the module's prefix: `/leads/{id:uuid}/convert`.
    pub path: &'static str,
    /// What it does.
    pub kind: Kind,
    /// A short title; empty when the kind says it.
    pub summary: &'static str,
    /// What else is to be said of it, or nothing.
    pub description: &'static str,
    /// The permission it takes, without the module's name; empty for the usual.
    pub permission: &'static str,
    /// Whether anybody may call it without a token.
    pub public: bool,
    /// The model it serves.
    pub model: Option<&'static ModelSpec>,
    /// The parameters in its path.
    pub params: &'static [FieldSpec],
    /// What it takes in its query string.
    pub query: QuerySpec,
    /// What it takes as its body.
    pub body: BodySpec,
    /// What it answers when all goes well.
    pub answer: AnswerSpec,
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
