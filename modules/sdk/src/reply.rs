//! What a route answers.

use serde::Serialize;
use serde_json::{Value, json};

use crate::db::Page;
use crate::error::{Error, Result};
use crate::model::{Record, Shape};
use crate::operation::{Operation, Staged};

/// An answer: status, headers and body.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Body(Vec<u8>),
    Staged(u32),
    Last(Operation),
}

impl Reply {
    fn new(status: u16, content: Content) -> Self {
        Self { status, headers: Vec::new(), content }
    }

    /// 200 with this as JSON.
    pub fn json(content: &impl Serialize) -> Self {
        // A value of our own cannot fail to be written: no map of it has other
        // keys than text.
        Self::bytes(serde_json::to_vec(content).unwrap_or_default())
    }

    /// 200 with these bytes, which are JSON unless a `content-type` says else.
    pub fn bytes(body: Vec<u8>) -> Self {
        Self::new(200, Content::Body(body))
    }

    /// 200 with a record, its version as the `ETag`.
    pub fn record<M: Shape>(record: &Record<M>) -> Self {
        Self::json(record).with_header("etag", format!("\"{}\"", record.version))
    }

    /// 204: done, nothing to say.
    pub fn no_content() -> Self {
        Self::new(204, Content::Body(Vec::new()))
    }

    /// 200 with a result that lies with the core.
    pub fn staged(staged: &Staged) -> Self {
        Self::new(200, Content::Staged(staged.number))
    }

    /// 200 with the result of an operation that the core runs as the last act
    /// of the request, when the module has ended. The cheapest answer there is.
    pub fn last(operation: Operation) -> Self {
        Self::new(200, Content::Last(operation))
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same, with this status in place of 200. For `#[post]` and the like.
    #[doc(hidden)]
    pub fn usually(self, status: u16) -> Self {
        if self.status == 200 { self.with_status(status) } else { self }
    }

    /// The same with one more header.
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// The frame for the core: length of the head, head, body.
    pub(crate) fn into_frame(self) -> Vec<u8> {
        let headers: Value = self.headers.into_iter().collect();
        let status = self.status;
        let (head, body) = match self.content {
            Content::Body(body) => (String::new(), body),
            Content::Staged(number) => (format!(r#","body_from":{number}"#), Vec::new()),
            Content::Last(last) => (format!(r#","finally":{}"#, last.as_json()), Vec::new()),
        };
        let head = format!(r#"{{"status":{status},"headers":{headers}{head}}}"#);
        let mut frame = Vec::with_capacity(4 + head.len() + body.len());
        frame.extend((head.len() as u32).to_le_bytes());
        frame.extend(head.as_bytes());
        frame.extend(body);
        frame
    }
}

impl From<Error> for Reply {
    fn from(error: Error) -> Self {
        let body = json!({
            "code": error.code, "message": error.message, "errors": error.errors,
        });
        Self::json(&body).with_status(error.status)
    }
}

/// What a route may return.
pub trait IntoReply {
    /// The answer that it means.
    fn into_reply(self) -> Reply;
}

impl IntoReply for Reply {
    fn into_reply(self) -> Reply {
        self
    }
}

impl<M: Shape> IntoReply for Record<M> {
    fn into_reply(self) -> Reply {
        Reply::record(&self)
    }
}

impl<M: Shape> IntoReply for Page<M> {
    fn into_reply(self) -> Reply {
        let mut page = json!({"items": self.items, "next_cursor": self.next_cursor});
        if let Some(total) = self.total {
            page["total"] = json!(total);
        }
        Reply::json(&page)
    }
}

impl IntoReply for Value {
    fn into_reply(self) -> Reply {
        Reply::json(&self)
    }
}

impl IntoReply for () {
    fn into_reply(self) -> Reply {
        Reply::no_content()
    }
}

impl<T: IntoReply> IntoReply for Result<T> {
    fn into_reply(self) -> Reply {
        self.map_or_else(Reply::from, IntoReply::into_reply)
    }
}
