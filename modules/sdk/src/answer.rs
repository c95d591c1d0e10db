//! What a route answers when all goes well, known before anybody asks.

use serde_json::{Value, json};

use crate::db::Page;
use crate::document::DocumentSpec;
use crate::error::Result;
use crate::field::FieldSpec;
use crate::model::{ModelSpec, Record, Shape, Stored};
use crate::schema;

/// What the core is told of an answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerSpec {
    /// Its status.
    pub status: u16,
    /// What its body is.
    pub content: Content,
    /// The media type of its body.
    pub media_type: &'static str,
}

/// What the body of an answer is.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// There is none.
    Nothing,
    /// A record of this model, with what the core keeps of it.
    Record(&'static ModelSpec),
    /// A record of the head's model, with those of its lines.
    Document(&'static DocumentSpec),
    /// A page of such records.
    Page(&'static ModelSpec),
    /// An object: its title and its fields.
    Object(&'static str, &'static [FieldSpec]),
    /// Anything.
    Any,
}

impl AnswerSpec {
    /// 200 with such a body, as JSON; 204 with none.
    pub const fn of(content: Content) -> Self {
        let status = if matches!(content, Content::Nothing) { 204 } else { 200 };
        Self { status, content, media_type: "application/json" }
    }

    /// 200 with bytes of this media type.
    pub const fn bytes(media_type: &'static str) -> Self {
        Self { status: 200, content: Content::Any, media_type }
    }

    /// The same with another status.
    ///
    /// # Panics
    /// When it is not one of success. `#[get]` and the like ask while the module is
    /// compiled.
    pub const fn with_status(self, status: u16) -> Self {
        assert!(status >= 200 && status < 300, "a route that goes well answers 2xx");
        Self { status, ..self }
    }

    /// What the core reads.
    pub(crate) fn described(&self) -> Value {
        let (shape, schema, model) = match self.content {
            Content::Nothing => ("none", Value::Null, None),
            Content::Record(model) => ("record", Value::Null, Some(model)),
            Content::Document(document) => ("record", Value::Null, Some(document.head)),
            Content::Page(model) => ("list", Value::Null, Some(model)),
            Content::Object(title, fields) => ("value", schema::of_answer(title, fields), None),
            Content::Any => ("value", Value::Null, None),
        };
        let mut described = json!({
            "status": self.status, "description": self.description(), "schema": schema,
            "model": model.map(|model| model.table), "shape": shape,
            "media_type": self.media_type,
        });
        if let Content::Document(document) = self.content {
            described["parts"] = json!({document.line.table: document.line.table});
        }
        described
    }

    fn description(&self) -> String {
        match self.content {
            Content::Nothing => "Done.".into(),
            Content::Record(model) => format!("{}.", model.title),
            Content::Document(document) => {
                format!("{} with its {}.", document.head.title, document.line.plural.to_lowercase())
            }
            Content::Page(model) => format!("A page of {}.", model.plural.to_lowercase()),
            Content::Object(title, _) => format!("{title}."),
            Content::Any => "What was asked for.".into(),
        }
    }
}

/// A type that stands for an answer: what a route returns, or what it says in
/// `answers = ...` when it returns a [`Reply`](crate::Reply), which may be anything.
///
/// ```compile_fail,E0277
/// use eerp_sdk::prelude::*;
///
/// /// Nobody can tell what this answers.
/// #[get("/riddle")]
/// fn riddle() -> Reply {
///     Reply::json(&"?")
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "nobody can tell what `{Self}` answers",
    note = "say it in the route's attribute: `answers = Order`, `answers = ()` or \
            `media_type = \"application/pdf\"`"
)]
pub trait Answer {
    /// What the core is told.
    const ANSWER: AnswerSpec;
}

impl Answer for () {
    const ANSWER: AnswerSpec = AnswerSpec::of(Content::Nothing);
}

impl Answer for Value {
    const ANSWER: AnswerSpec = AnswerSpec::of(Content::Any);
}

impl<M: Stored> Answer for Record<M> {
    const ANSWER: AnswerSpec = AnswerSpec::of(Content::Record(M::SPEC));
}

impl<M: Stored> Answer for Page<M> {
    const ANSWER: AnswerSpec = AnswerSpec::of(Content::Page(M::SPEC));
}

impl<T: Answer> Answer for Result<T> {
    const ANSWER: AnswerSpec = T::ANSWER;
}

/// The answer that a shape is, for what the attributes write.
#[doc(hidden)]
pub const fn of_shape<S: Shape>() -> AnswerSpec {
    AnswerSpec::of(Content::Object(S::TITLE, S::FIELDS))
}
