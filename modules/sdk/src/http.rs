//! Servers outside, as far as the operator allows them to this module.
//!
//! The module needs the capability `http`, and the host must be one that the operator
//! has named. The transaction waits meanwhile: ask outside in jobs and in handlers of
//! events rather than while a person waits.
//!
//! ```no_run
//! use eerp_sdk::prelude::*;
//!
//! # fn main() -> Result<()> {
//! let rates: Json = http::get("https://rates.example/latest")?.success()?.json()?;
//! let answer = http::Request::post("https://hooks.example/paid")
//!     .header("x-source", "eerp")
//!     .json(&json!({"amount": "12.50", "rate": rates["EUR"]}))
//!     .send()?;
//! assert_eq!(answer.status, 204);
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::message::{self, Message};
use crate::operation;

/// What a server is asked, being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The whole address: `https://rates.example/latest`.
    pub url: String,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The milliseconds to wait for an answer; the core's own unless said.
    pub timeout_ms: Option<u32>,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks for what is at an address.
///
/// # Errors
/// 403 `host_refused` when the host is not allowed, 502 `remote_failed` when it cannot
/// be reached, 504 `remote_late` when it does not answer in time. A status that the server answers is no error.
pub fn get(url: &str) -> Result<Response> {
    Request::get(url).send()
}

impl Request {
    /// A request of any method.
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: BTreeMap::new(),
            body: Vec::new(),
            timeout_ms: None,
        }
    }

    /// GET: what is at an address.
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// POST: something new.
    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// PUT: the whole of what is to be at an address.
    pub fn put(url: &str) -> Self {
        Self::new("PUT", url)
    }

    /// PATCH: a change.
    pub fn patch(url: &str) -> Self {
        Self::new("PATCH", url)
    }

    /// DELETE: away with it.
    pub fn delete(url: &str) -> Self {
        Self::new("DELETE", url)
    }

    /// The same with one more header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.into());
        self
    }

    /// The same with this as its body, as JSON.
    pub fn json(self, body: &impl Message) -> Self {
        let body = body.write().to_string().into_bytes();
        self.header("content-type", "application/json").body(body)
    }

    /// The same with these bytes as its body; say a `content-type` as well.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with so many milliseconds to wait for an answer.
    pub fn timeout_ms(mut self, timeout_ms: u32) -> Self {
        self.timeout_ms = Some(timeout_ms);
        self
    }

    /// Sends it and waits for the answer, while the core serves others.
    ///
    /// # Errors
    /// 403 when the host is not allowed, 502 when it cannot be reached, 504 when it
    /// does not answer in time. A status that the server answers is no error.
    pub fn send(self) -> Result<Response> {
        let request = self.to_wire().to_string();
        let answer = operation::ask(|host| host.http(&request))?.take();
        let answer = serde_json::from_slice(&answer).ok();
        answer
            .as_ref()
            .and_then(Response::from_wire)
            .ok_or_else(|| Error::new(500, "internal_error", "The core answered no HTTP response."))
    }

    /// The request as the core reads it.
    pub(crate) fn to_wire(&self) -> Value {
        let mut wire = json!({"method": self.method, "url": self.url, "headers": self.headers});
        if let Some(timeout_ms) = self.timeout_ms {
            wire["timeout_ms"] = json!(timeout_ms);
        }
        if !self.body.is_empty() {
            write_body(&mut wire, &self.body);
        }
        wire
    }

    /// The request that this JSON means.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn from_wire(wire: &Value) -> Option<Self> {
        Some(Self {
            method: wire["method"].as_str()?.into(),
            url: wire["url"].as_str()?.into(),
            headers: serde_json::from_value(wire["headers"].clone()).ok()?,
            body: read_body(wire)?,
            timeout_ms: wire["timeout_ms"].as_u64().and_then(|ms| ms.try_into().ok()),
        })
    }
}

impl Response {
    /// An answer of JSON, for tests.
    pub fn of_json(status: u16, body: &impl Message) -> Self {
        let headers = BTreeMap::from([("content-type".into(), "application/json".into())]);
        Self { status, headers, body: body.write().to_string().into_bytes() }
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The answer, if the server says that all went well.
    ///
    /// # Errors
    /// 502 naming the status, when it is 400 or above.
    pub fn success(self) -> Result<Self> {
        if self.status < 400 {
            return Ok(self);
        }
        let message = format!("The other server answered with status {}.", self.status);
        Err(Error::new(502, "remote_failed", message))
    }

    /// The body as JSON: a `#[body]`, a list of them, or [`Json`](crate::field::Json).
    ///
    /// # Errors
    /// 502 when the body is something else.
    pub fn json<T: Message>(&self) -> Result<T> {
        let odd = || Error::new(502, "remote_failed", "The other server's answer is not JSON.");
        message::parse(&self.body).ok_or_else(odd)
    }

    /// The body as text.
    ///
    /// # Errors
    /// 502 when it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        let odd = |_| Error::new(502, "remote_failed", "The other server's answer is no text.");
        std::str::from_utf8(&self.body).map_err(odd)
    }

    /// The response as the core writes it.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn to_wire(&self) -> Value {
        let mut wire = json!({"status": self.status, "headers": self.headers});
        write_body(&mut wire, &self.body);
        wire
    }

    /// The response that this JSON means.
    fn from_wire(wire: &Value) -> Option<Self> {
        Some(Self {
            status: wire["status"].as_u64()?.try_into().ok()?,
            headers: serde_json::from_value(wire["headers"].clone()).ok()?,
            body: read_body(wire)?,
        })
    }
}

/// Text as it is, other bytes as base64.
fn write_body(wire: &mut Value, body: &[u8]) {
    match std::str::from_utf8(body) {
        Ok(text) => wire["body"] = json!(text),
        Err(_) => wire["body_base64"] = json!(Bytes(body.to_vec()).to_base64()),
    }
}

fn read_body(wire: &Value) -> Option<Vec<u8>> {
    match (&wire["body"], &wire["body_base64"]) {
        (Value::String(text), _) => Some(text.clone().into_bytes()),
        (_, Value::String(base64)) => Some(Bytes::from_base64(base64)?.0),
        _ => Some(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_travels_as_it_is_and_other_bytes_as_base64() {
        let asked = Request::post("https://example.org").header("X-Name", "1");
        let text = asked.clone().body("t\u{e9}").timeout_ms(500);
        let wire = json!({
            "method": "POST", "url": "https://example.org", "headers": {"x-name": "1"},
            "body": "t\u{e9}", "timeout_ms": 500,
        });
        assert_eq!(text.to_wire(), wire);
        let bytes = asked.body([255, 0]);
        assert_eq!(bytes.to_wire()["body_base64"], "/wA=");
        for request in [text, bytes] {
            assert_eq!(Request::from_wire(&request.to_wire()), Some(request));
        }
    }

    #[test]
    fn a_response_is_read_with_and_without_a_body() {
        let wire = json!({"status": 200, "headers": {"etag": "1"}, "body_base64": "/wA="});
        let response = Response::from_wire(&wire).expect("it is one");
        assert_eq!((response.header("etag"), &response.body[..]), (Some("1"), &[255, 0][..]));
        assert_eq!(response.text().map_err(|error| error.status), Err(502));
        let empty = Response::from_wire(&json!({"status": 204, "headers": {}}));
        assert!(empty.is_some_and(|response| response.body.is_empty()));
        assert_eq!(Response::from_wire(&json!({"headers": {}})), None);
    }
}
