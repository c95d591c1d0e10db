//! What a client asked.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::field::Field;
use crate::frame;
use crate::model::Shape;
use crate::query;
use crate::uuid::Uuid;

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Identity {
    /// The user's id.
    pub user_id: String,
    /// The name that the user signs in with.
    pub username: String,
    /// The company for which the user works now.
    pub company_id: Option<String>,
    /// The companies for which the user may work.
    #[serde(default)]
    pub companies: Vec<String>,
    /// The user's roles.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// One request, as the core has checked it.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The whole path: `/api/crm/contacts/018f...`.
    pub path: String,
    /// The route's path: `/contacts/{id:uuid}`.
    #[serde(default)]
    pub route: String,
    /// The values of the path's parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// The query string's pairs in order.
    #[serde(default)]
    pub query: Vec<(String, String)>,
    /// The few headers that matter to a module, in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Who is asking; nobody on a public route without a token.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What ties the log's lines of one request together.
    #[serde(default)]
    pub request_id: String,
    #[serde(skip)]
    body: Vec<u8>,
}

impl Request {
    /// Reads a frame: length of the head, head, body.
    pub(crate) fn from_frame(frame: &[u8]) -> Option<Self> {
        let (head, body) = frame::split(frame)?;
        let mut request: Self = serde_json::from_slice(head).ok()?;
        request.body = body.to_vec();
        Some(request)
    }

    /// A parameter of the path, e.g. an id.
    ///
    /// # Errors
    /// 404 when it is not of this type: then nothing can have that name.
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T> {
        let text = self.params.get(name).and_then(|text| text.parse().ok());
        text.ok_or_else(|| Error::not_found("There is nothing under this address."))
    }

    /// A parameter of the path as a value that a field may have. For `#[get]` and the
    /// like; the core has checked it against the route's schema.
    #[doc(hidden)]
    pub fn path_value<T: Field>(&self, name: &str) -> Result<T> {
        let value = self.params.get(name).and_then(|text| query::read(text));
        value.ok_or_else(|| Error::not_found("There is nothing under this address."))
    }

    /// The id in the path.
    ///
    /// # Errors
    /// 404 when it is not a UUID.
    pub fn id(&self) -> Result<Uuid> {
        self.param("id")
    }

    /// The first value that the query string has for this name.
    pub fn query(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// The query string as a struct. The core has checked it against the route's schema.
    ///
    /// # Errors
    /// 422 naming the parameter that does not fit.
    pub fn read_query<Q: query::Query>(&self) -> Result<Q> {
        Q::from_values(&query::values(Q::FIELDS, &self.query)).map_err(Error::of_query)
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Who is asking, on a route that is not public.
    ///
    /// # Errors
    /// 401 when nobody is signed in.
    pub fn identity(&self) -> Result<&Identity> {
        let nobody = || Error::new(401, "unauthenticated", "Sign in first.");
        self.identity.as_ref().ok_or_else(nobody)
    }

    /// The version that the client holds, from `If-Match`; nothing without the
    /// header and for `*`, which means any.
    ///
    /// # Errors
    /// 400 when the header holds something else.
    pub fn expected_version(&self) -> Result<Option<i64>> {
        match self.header("if-match") {
            None => Ok(None),
            Some(tag) => parse_tag(tag).map_err(|()| {
                Error::bad_request("If-Match must hold the version of the record, e.g. \"3\".")
            }),
        }
    }

    /// The version that the client holds; the client must say.
    ///
    /// # Errors
    /// 428 without `If-Match`, 400 when it holds no version.
    pub fn required_version(&self) -> Result<Option<i64>> {
        if self.header("if-match").is_none() {
            let message = "Send the version that you have changed in If-Match, e.g. \"3\".";
            return Err(Error::new(428, "precondition_required", message));
        }
        self.expected_version()
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as a struct. The core has checked it against the route's schema.
    ///
    /// # Errors
    /// 422 naming the field that does not fit.
    pub fn read_body<S: Shape>(&self) -> Result<S> {
        S::from_values(&self.values()?)
    }

    /// The body as an object.
    ///
    /// # Errors
    /// 400 when it is not one.
    pub fn values(&self) -> Result<Map<String, Value>> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Error::bad_request("The body is not a JSON object."))
    }

    /// The body's text, when it is an object.
    pub(crate) fn object_text(&self) -> Result<&str> {
        let text = std::str::from_utf8(&self.body).ok().map(str::trim_ascii);
        text.filter(|text| text.starts_with('{'))
            .ok_or_else(|| Error::bad_request("The body is not a JSON object."))
    }
}

/// Reads `"3"`, `3`, `W/"3"` or `*`.
fn parse_tag(tag: &str) -> Result<Option<i64>, ()> {
    let tag = tag.trim();
    if tag == "*" {
        return Ok(None);
    }
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let quoted = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let digits = quoted.unwrap_or(tag);
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(());
    }
    digits.parse().map(Some).map_err(drop)
}

#[cfg(test)]
mod tests {
    use super::parse_tag;

    #[test]
    fn versions_are_read_from_any_usual_tag() {
        for tag in ["\"3\"", "3", "W/\"3\"", " \"3\" "] {
            assert_eq!(parse_tag(tag), Ok(Some(3)), "{tag}");
        }
        assert_eq!(parse_tag("*"), Ok(None));
    }

    #[test]
    fn other_tags_are_refused() {
        for tag in [
            "",
            "\"\"",
            "\"3",
            "3\"",
            "abc",
            "-1",
            "+1",
            "\"1\", \"2\"",
            "1e3",
            "9999999999999999999",
        ] {
            assert_eq!(parse_tag(tag), Err(()), "{tag}");
        }
    }
}
