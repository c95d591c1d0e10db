//! Events: what a module tells whoever wants to know, after it has happened.
//!
//! ```
//! use eerp_sdk::prelude::*;
//!
//! /// A book that went out.
//! #[body]
//! pub struct Lent {
//!     pub title: String,
//! }
//!
//! /// A book was lent
//! #[topic("library.books.lent")]
//! pub const LENT: Topic<Lent>;
//!
//! #[event(LENT)]
//! fn on_lent(event: Event<Lent>) -> Result<()> {
//!     log::info(&format!("{} is out", event.data.title));
//!     Ok(())
//! }
//!
//! eerp_sdk::module! { name: "library", emits: [LENT], events: [on_lent] }
//! # fn main() {}
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::field::read;
use crate::frame::Head;
use crate::message::{self, Message};
use crate::operation;
use crate::reply::Reply;
use crate::time::Timestamp;
use crate::uuid::Ref;

/// A subject of events that all carry a `T`. `#[topic]` declares it.
pub struct Topic<T> {
    spec: TopicSpec,
    data: PhantomData<fn() -> T>,
}

/// What the core is told of a topic.
#[derive(Debug, Clone, Copy)]
pub struct TopicSpec {
    /// The name in full, the module's first: `crm.opportunities.won`.
    pub name: &'static str,
    /// A short title.
    pub summary: &'static str,
}

/// Something that has happened. It comes at least once: after a failure again, and
/// events of one key in the order in which they happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<T> {
    /// Its topic: `crm.opportunities.won`.
    pub topic: String,
    /// What keeps events in order, usually a record's id.
    pub key: Option<String>,
    /// The event's own number: the same when it comes again.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// The request in which it happened.
    pub request_id: String,
    /// 1 for the first try.
    pub attempt: i32,
    /// What is told of it.
    pub data: T,
}

/// A topic with the function that wants its events. `#[event]` writes it.
#[derive(Debug, Clone, Copy)]
pub struct Subscription {
    /// The topic's name in full; with a star for its end, all topics that begin so.
    pub topic: &'static str,
    /// The function that is told.
    pub run: fn(&Head, &[u8]) -> Result<Reply>,
}

impl<T: Message> Topic<T> {
    /// A topic of this name.
    pub const fn new(name: &'static str, summary: &'static str) -> Self {
        Self { spec: TopicSpec { name, summary }, data: PhantomData }
    }

    /// What the core is told of it.
    pub const fn spec(&self) -> TopicSpec {
        self.spec
    }

    /// Tells those who subscribed, once this request is committed. Events with the
    /// same key, usually a record's id, are delivered in order.
    ///
    /// # Errors
    /// 422 when the data is too large, or for too many events in one request.
    pub fn emit(&self, key: impl fmt::Display, data: &T) -> Result<()> {
        self.send(&json!(key.to_string()), data)
    }

    /// The same, where no order matters.
    ///
    /// # Errors
    /// 422 when the data is too large, or for too many events in one request.
    pub fn emit_unordered(&self, data: &T) -> Result<()> {
        self.send(&Value::Null, data)
    }

    fn send(&self, key: &Value, data: &T) -> Result<()> {
        let event = json!({"topic": self.spec.name, "key": key, "data": data.write()});
        let event = event.to_string();
        operation::ask(|host| host.emit(&event)).map(drop)
    }

    /// Reads an event and lets `receive` have it. For `#[event]`.
    #[doc(hidden)]
    pub fn deliver(
        &self,
        head: &Head,
        body: &[u8],
        receive: impl FnOnce(Event<T>) -> Result<()>,
    ) -> Result<Reply> {
        let data = message::parse(body).ok_or_else(|| message::misfit("event"))?;
        receive(Event {
            topic: read(head, "event", None)?,
            key: read(head, "key", None)?,
            id: read(head, "id", None)?,
            at: read(head, "at", None)?,
            request_id: read(head, "request_id", Some(String::new))?,
            attempt: read(head, "attempt", Some(|| 1))?,
            data,
        })?;
        Ok(Reply::no_content())
    }
}

impl<T> fmt::Debug for Topic<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(out)
    }
}

impl TopicSpec {
    /// The description of a topic that the module emits.
    pub(crate) fn emitted(&self) -> Value {
        json!({"topic": self.name, "summary": self.summary})
    }
}

impl Subscription {
    /// Whether it is about this topic.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn wants(&self, topic: &str) -> bool {
        match self.topic.strip_suffix('*') {
            Some(start) => topic.starts_with(start),
            None => topic == self.topic,
        }
    }
}

impl<T> Event<T> {
    /// The record that the event is about.
    ///
    /// # Errors
    /// 422 when the key is no record's id.
    pub fn record<M>(&self) -> Result<Ref<M>> {
        let id = self.key.as_deref().and_then(|key| key.parse().ok());
        let unkeyed = || Error::invalid("key", "type", "The event's key is no record's id.");
        id.map(Ref::new).ok_or_else(unkeyed)
    }
}
