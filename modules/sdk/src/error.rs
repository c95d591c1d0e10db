//! What a route answers when it cannot do what was asked.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A result whose error becomes the answer to the request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One fault in a request: where (a JSON pointer), which, and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where, as a JSON pointer into the body: `/email`; or `query/limit`, `path/id`.
    pub pointer: Cow<'static, str>,
    /// Which, for programs.
    pub code: Cow<'static, str>,
    /// What is wrong, for people.
    pub message: Cow<'static, str>,
}

/// An error answer: a status, a code for programs and a sentence for people.
///
/// Returning one rolls back everything that the request did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// Which, for programs: `not_found`.
    pub code: Cow<'static, str>,
    /// The HTTP status, 400 to 599.
    pub status: u16,
    /// What is wrong, for people: one sentence.
    pub message: Cow<'static, str>,
    /// The faults of single fields, when the request's body is to blame.
    #[serde(default)]
    pub errors: Vec<Fault>,
}

impl Error {
    /// An error of any status and code.
    pub fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { code, status, message, errors: Vec::new() }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// 403: the caller may not do this.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// 404: there is no such thing that the caller may see.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(404, "not_found", message)
    }

    /// 409: the request contradicts what is stored.
    pub fn conflict(
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(409, code, message)
    }

    /// 422: this field of the body breaks a rule.
    pub fn invalid(
        field: &str,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let message = message.into();
        let error = Self::new(422, "validation_failed", message.clone());
        error.and_field(field, code, message)
    }

    /// The same error, with one more field to blame.
    pub fn and_field(
        mut self,
        field: &str,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.errors.push(Fault {
            pointer: format!("/{field}").into(),
            code: code.into(),
            message: message.into(),
        });
        self
    }

    /// 422: this parameter of the query string breaks a rule.
    pub fn invalid_query(
        name: &str,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::invalid(name, code, message).of_query()
    }

    /// The same error, when what was blamed as fields were parameters of the query.
    pub(crate) fn of_query(mut self) -> Self {
        for fault in &mut self.errors {
            fault.pointer = format!("query{}", fault.pointer).into();
        }
        self
    }

    /// The same error, when what it blames is at this place of the body:
    /// `error.within("lines/3")` makes `lines/3/debit` of `debit`.
    pub fn within(mut self, place: &str) -> Self {
        for fault in &mut self.errors {
            fault.pointer = format!("/{place}{}", fault.pointer).into();
        }
        self
    }

    /// Whether the error bears this code.
    pub fn is(&self, code: &str) -> bool {
        self.code == code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({} {})", self.message, self.status, self.code)
    }
}

impl std::error::Error for Error {}
