//! Services: what one module does for others, declared once and linked by both.
//!
//! The declaration lives in a crate of its own, beside the module, so that those who
//! call it link the types and not the module:
//!
//! ```
//! use eerp_sdk::prelude::*;
//!
//! /// Whose book it is.
//! #[body]
//! pub struct Reader {
//!     pub name: String,
//! }
//!
//! /// What the reader has.
//! #[body]
//! pub struct Shelf {
//!     #[field(default)]
//!     pub titles: Vec<String>,
//! }
//!
//! /// What a reader has on the shelf
//! #[service("library.shelves.show", permission = "shelves.read")]
//! pub const SHOW_SHELF: Service<Reader, Shelf>;
//!
//! // The module that offers it:
//! #[serves(SHOW_SHELF)]
//! fn show_shelf(input: Reader) -> Result<Shelf> {
//!     Ok(Shelf { titles: vec![format!("The diary of {}", input.name)] })
//! }
//!
//! eerp_sdk::module! { name: "library", services: [show_shelf] }
//!
//! // A module that uses it, and says so by `uses: [SHOW_SHELF]`:
//! fn first_title(name: String) -> Result<Option<String>> {
//!     Ok(SHOW_SHELF.call(&Reader { name })?.titles.into_iter().next())
//! }
//! # fn main() {}
//! ```
//!
//! Who answers with other types than the declaration's is told so by the compiler:
//!
//! ```compile_fail,E0308
//! # use eerp_sdk::prelude::*;
//! #[service("library.books.count")]
//! pub const COUNT: Service<String, i64>;
//!
//! #[serves(COUNT)]
//! fn count(input: String) -> Result<String> {
//!     Ok(input)
//! }
//! # fn main() {}
//! ```
//!
//! So is who offers a service under the name of another module:
//!
//! ```compile_fail,E0080
//! # use eerp_sdk::prelude::*;
//! #[service("library.books.count")]
//! pub const COUNT: Service<(), i64>;
//!
//! #[serves(COUNT)]
//! fn count() -> Result<i64> {
//!     Ok(1)
//! }
//!
//! eerp_sdk::module! { name: "school", services: [count] }
//! # fn main() {}
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Result;
use crate::frame::Head;
use crate::message::{self, Message};
use crate::operation::{self, Staged};
use crate::reply::Reply;
use crate::request::Identity;

/// What the core says, and nobody else, of a service whose module is not there.
pub(crate) const ABSENT: &str = "service_absent";

/// A service that takes an `I` and answers an `O`. `#[service]` declares it.
pub struct Service<I, O> {
    spec: ServiceSpec,
    types: PhantomData<fn(I) -> O>,
}

/// Makes a JSON Schema.
pub type Schema = fn() -> Value;

/// What the core is told of a service.
#[derive(Debug, Clone, Copy)]
pub struct ServiceSpec {
    /// The name in full, the module's first: `crm.contacts.merge`.
    pub name: &'static str,
    /// A short title.
    pub summary: &'static str,
    /// The permission that a call takes, in full; empty for none.
    pub permission: &'static str,
    /// The version of the crate that declares it.
    pub version: &'static str,
    /// The JSON Schema of the input.
    pub input: Schema,
    /// The JSON Schema of the output.
    pub output: Schema,
}

/// Who calls a service, and for whom.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Caller {
    /// The module that calls.
    #[serde(default, rename = "caller")]
    pub module: String,
    /// The user whose request it is about; nobody on a public route without a token.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What ties the log's lines of one request together.
    #[serde(default)]
    pub request_id: String,
}

/// A service with the function that answers it. `#[serves]` writes it.
#[derive(Debug, Clone, Copy)]
pub struct Provided {
    /// What the core is told of it.
    pub spec: ServiceSpec,
    /// The function that answers.
    pub run: fn(&Head, &[u8]) -> Result<Reply>,
}

impl<I: Message, O: Message> Service<I, O> {
    /// A service of this name, as the crate of this version declares it.
    pub const fn new(
        name: &'static str,
        summary: &'static str,
        permission: &'static str,
        version: &'static str,
    ) -> Self {
        let (input, output): (Schema, Schema) = (I::input_schema, O::output_schema);
        let spec = ServiceSpec { name, summary, permission, version, input, output };
        Self { spec, types: PhantomData }
    }

    /// What the core is told of it.
    pub const fn spec(&self) -> ServiceSpec {
        self.spec
    }

    /// Asks the module that offers it, as part of this request's transaction, for
    /// the same user and within the same time.
    ///
    /// # Errors
    /// What the service refuses; 403 when the user may not use it, 404 when there is
    /// none, with the code `service_absent` when its module is optional and not there,
    /// 422 when the input does not fit. What the callee did is undone then and the
    /// transaction goes on: the error may be handled or passed on. A callee that traps
    /// or takes too long ends the whole request.
    pub fn call(&self, input: &I) -> Result<O> {
        message::parse_answer(&self.stage(input)?.take(), self.spec.name)
    }

    /// The same for a service of a module in `optional`: nothing when that module is
    /// not there.
    ///
    /// # Errors
    /// As [`call`](Self::call), save that a module which is not there is none.
    pub fn call_if_there(&self, input: &I) -> Result<Option<O>> {
        match self.call(input) {
            Err(error) if error.is(ABSENT) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Asks as [`call`](Self::call) does, and what is answered is left with the core:
    /// as the body of a [`Reply::staged`] it never passes through the module.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn stage(&self, input: &I) -> Result<Staged> {
        let request = json!({"service": self.spec.name, "input": input.write()}).to_string();
        operation::ask(|host| host.call(&request))
    }

    /// Reads a call, lets `serve` answer it and writes the answer. For `#[serves]`.
    #[doc(hidden)]
    pub fn answer(
        &self,
        head: &Head,
        body: &[u8],
        serve: impl FnOnce(I, &Caller) -> Result<O>,
    ) -> Result<Reply> {
        let caller = Caller::deserialize(Value::Object(head.clone()))
            .map_err(|_| message::misfit("call"))?;
        let input = message::parse(body).ok_or_else(|| message::misfit("input"))?;
        Ok(Reply::json(&serve(input, &caller)?.write()))
    }
}

impl<I, O> fmt::Debug for Service<I, O> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(out)
    }
}

impl ServiceSpec {
    /// The name without the module's.
    pub fn local_name(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, name)| name)
    }

    /// The description of a service that the module offers.
    pub(crate) fn offered(&self) -> Value {
        let permission = Some(self.permission).filter(|permission| !permission.is_empty());
        json!({
            "name": self.local_name(), "summary": self.summary, "permission": permission,
            "input": (self.input)(), "output": (self.output)(),
        })
    }

    /// The description of a service of another module, as this one was built for it.
    pub(crate) fn used(&self) -> Value {
        json!({
            "service": self.name, "version": self.version,
            "input": (self.input)(), "output": (self.output)(),
        })
    }
}
