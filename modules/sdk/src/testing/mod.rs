//! A stand-in for the core, so that a module's rules are tested by `cargo test`
//! on the machine itself, without a server, a sandbox or a database.
//!
//! ```
//! # use eerp_sdk::prelude::*;
//! # /// A book.
//! # #[model(table = "books")]
//! # pub struct Book {
//! #     /// Title.
//! #     pub title: String,
//! # }
//! # eerp_sdk::module! { name: "library", models: [Book], routes: [crud::<Book>] }
//! # fn main() {
//! use eerp_sdk::testing::Host;
//!
//! let host = Host::new(&MODULE);
//! let book = host.post("/books", json!({"title": "Moby-Dick"})).created();
//! let answer = host.get(&format!("/books/{}", book["id"].as_str().unwrap()));
//! assert_eq!(answer.status, 200);
//! assert_eq!(answer.body["title"], "Moby-Dick");
//! # }
//! ```
//!
//! The records lie in memory and obey types, unique values, references within
//! the module and checks. What PostgreSQL does beyond that, isolation above all,
//! only the real thing can show.

mod aggregate;
mod burial;
mod check;
mod computed;
mod constraint;
mod peers;
mod query;
mod select;
mod store;
mod validate;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::Module;
use crate::error::{Error, Result};
use crate::host;
use crate::route::Route;
use crate::time::Timestamp;

pub use check::assert_sound;
pub use peers::Emitted;
use peers::{Peers, identity};
use store::Store;

/// The core, played by a few tables in memory.
#[derive(Debug)]
pub struct Host {
    module: &'static Module,
    core: Rc<Core>,
}

/// What a request was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; null when there is none.
    pub body: Value,
}

impl Answer {
    /// The body of an answer that has this status.
    ///
    /// # Panics
    /// When the status is another one.
    #[track_caller]
    pub fn with_status(self, status: u16) -> Value {
        assert_eq!(self.status, status, "answered {}", self.body);
        self.body
    }

    /// The body of a 200.
    ///
    /// # Panics
    /// When the status is another one.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.with_status(200)
    }

    /// The body of a 201.
    ///
    /// # Panics
    /// When the status is another one.
    #[track_caller]
    pub fn created(self) -> Value {
        self.with_status(201)
    }
}

impl Host {
    /// A new installation of this module, with the rows that it starts with.
    ///
    /// # Panics
    /// When those rows do not fit the models.
    pub fn new(module: &'static Module) -> Self {
        let mut store = Store::new(module.models);
        for migrations in module.migrations {
            for migration in migrations() {
                store.apply(&migration.to_json());
            }
        }
        let core = Core {
            module,
            peers: Peers::default(),
            store: RefCell::new(store),
            staged: RefCell::default(),
            log: RefCell::default(),
            now: Cell::new(Timestamp::from_millis(1_767_225_600_000)),
            read_only: Cell::new(false),
        };
        Self { module, core: Rc::new(core) }
    }

    /// Makes it this moment; a new host stands at 2026-01-01T00:00:00Z.
    pub fn set_now(&self, now: Timestamp) {
        self.core.now.set(now);
    }

    /// The lines that the module has logged, with their levels.
    pub fn log(&self) -> Vec<(u32, String)> {
        self.core.log.borrow().clone()
    }

    /// Runs a function that uses [`db`](crate::db), as one transaction: an
    /// error rolls back what it did.
    ///
    /// # Errors
    /// That of the function, or of the statement that PostgreSQL would refuse.
    pub fn run<T>(&self, act: impl FnOnce() -> Result<T>) -> Result<T> {
        self.core.begin(false);
        let result = host::serve_with(self.core.clone(), act);
        self.core.end(result)
    }

    /// GET, with a query string if there is one: `/books?title=eq.Emma`.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, &Value::Null)
    }

    /// POST of a body; null for none.
    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, None, &body)
    }

    /// PATCH of a record that has this version.
    pub fn patch(&self, path: &str, version: i64, body: Value) -> Answer {
        self.send("PATCH", path, Some(&format!("\"{version}\"")), &body)
    }

    /// DELETE of a record, whatever its version.
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, &Value::Null)
    }

    /// Any request, as user `ann`; `if_match` is the header of that name.
    pub fn send(&self, method: &str, path: &str, if_match: Option<&str>, body: &Value) -> Answer {
        let if_match = if_match.map(|tag| ("if-match", tag));
        self.send_with(method, path, if_match.as_slice(), body)
    }

    /// Any request with headers, their names in lower case.
    pub fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let Some((id, route, params)) = self.find_route(method, path) else {
            return answer_error(&Error::not_found("There is no such route."));
        };
        let pairs = query::pairs(query);
        let errors = validate::request(route, &params, &pairs, body);
        if !errors.is_empty() {
            let message = "The request does not fit the schemas.";
            let error = Error::new(422, "validation_failed", message);
            return answer_error(&Error { errors, ..error });
        }
        let headers: BTreeMap<_, _> = headers.iter().copied().collect();
        let head = json!({
            "method": method, "path": format!("/api/{}{path}", self.module.name),
            "route": route.path, "params": params, "query": pairs,
            "headers": headers, "request_id": "test",
            "identity": identity(),
        });
        self.handle(id, method == "GET", &head, body)
    }

    fn handle(&self, id: u32, read_only: bool, head: &Value, body: &Value) -> Answer {
        let head = head.to_string();
        let mut frame = (head.len() as u32).to_le_bytes().to_vec();
        frame.extend(head.as_bytes());
        if !body.is_null() {
            frame.extend(body.to_string().as_bytes());
        }
        self.core.begin(read_only);
        let core = self.core.clone();
        let response = host::serve_with(core, || self.module.serve(id, &frame));
        let answer = self.core.complete(&response);
        let status = match answer.status {
            status @ 400.. => Err(Error::new(status, "rolled_back", "The route refused.")),
            status => Ok(status),
        };
        match self.core.end(status) {
            Err(error) if !error.is("rolled_back") => answer_error(&error),
            _ => answer,
        }
    }

    /// The route of a path: one that spells it out goes before one that does not.
    fn find_route(
        &self,
        method: &str,
        path: &str,
    ) -> Option<(u32, &'static Route, BTreeMap<String, String>)> {
        let routes = self.module.numbered_routes().filter(|(_, route)| route.method == method);
        let matching = routes
            .filter_map(|(id, route)| Some((id, route, query::parameters(route.path, path)?)));
        matching.min_by_key(|(_, _, parameters)| parameters.len())
    }
}

fn answer_error(error: &Error) -> Answer {
    let body = json!({"code": error.code, "message": error.message, "errors": error.errors});
    Answer { status: error.status, headers: BTreeMap::new(), body }
}

/// The host functions, over the tables in memory.
#[derive(Debug)]
struct Core {
    module: &'static Module,
    peers: Peers,
    store: RefCell<Store>,
    staged: RefCell<Vec<Vec<u8>>>,
    log: RefCell<Vec<(u32, String)>>,
    now: Cell<Timestamp>,
    read_only: Cell<bool>,
}

impl Core {
    fn begin(&self, read_only: bool) {
        self.staged.borrow_mut().clear();
        self.read_only.set(read_only);
        self.store.borrow_mut().begin();
    }

    /// Commits what went well. After a statement that PostgreSQL refused nothing did,
    /// whatever the module made of it.
    fn end<T>(&self, result: Result<T>) -> Result<T> {
        let mut store = self.store.borrow_mut();
        let result = result.and_then(|done| store.refusal().map_or(Ok(done), Err));
        store.end(result.is_ok());
        self.peers.end(result.is_ok());
        result
    }

    fn execute(&self, operation: &str) -> Result<Value> {
        let operation: Value = serde_json::from_str(operation)
            .map_err(|error| Error::new(502, "module_fault", error.to_string()))?;
        let op = operation["op"].as_str();
        if !matches!(op, Some("get" | "find" | "count" | "aggregate")) {
            self.may_write()?;
        }
        self.store.borrow_mut().execute(&operation, self.now.get())
    }

    fn may_write(&self) -> Result<()> {
        let message = "A GET changes nothing: its transaction is read-only.";
        let refused = Error::new(500, "internal_error", message);
        if self.read_only.get() { Err(refused) } else { Ok(()) }
    }

    /// Keeps what an import answered for the module to take.
    fn stage(&self, result: Result<Value>) -> (usize, bool) {
        let text = match &result {
            Ok(value) => value.to_string(),
            Err(error) => json!(error).to_string(),
        };
        let length = text.len();
        self.staged.borrow_mut().push(text.into_bytes());
        (length, result.is_ok())
    }

    /// The answer that a response means, its last operation having run.
    fn complete(&self, response: &[u8]) -> Answer {
        let (length, rest) = response.split_first_chunk::<4>().expect("a frame has a length");
        let (head, body) = rest.split_at(u32::from_le_bytes(*length) as usize);
        let head: Value = serde_json::from_slice(head).expect("the head is JSON");
        let status = head["status"].as_u64().and_then(|status| status.try_into().ok());
        let headers = serde_json::from_value(head["headers"].clone()).unwrap_or_default();
        let mut answer =
            Answer { status: status.expect("the head has a status"), headers, body: Value::Null };
        if let Some(number) = head["body_from"].as_u64() {
            answer.body = parsed(&self.staged.borrow()[number as usize]);
        } else if let Some(last) = head.get("finally") {
            match self.execute(&last.to_string()) {
                Ok(result) => answer.body = result,
                Err(error) => return answer_error(&error),
            }
            self.add_headers(&mut answer);
        } else {
            answer.body = parsed(body);
        }
        if answer.status == 204 {
            answer.body = Value::Null;
        }
        answer
    }

    fn add_headers(&self, answer: &mut Answer) {
        if let Some(version) = answer.body["version"].as_i64() {
            answer.headers.insert("etag".into(), format!("\"{version}\""));
        }
    }
}

fn parsed(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body)))
}

impl host::Host for Core {
    fn log(&self, level: u32, message: &str) {
        self.log.borrow_mut().push((level, message.into()));
    }

    fn now_ms(&self) -> i64 {
        self.now.get().millis()
    }

    /// Counts up, so that a test sees the same each time.
    fn random(&self, buffer: &mut [u8]) {
        for (at, byte) in buffer.iter_mut().enumerate() {
            *byte = at as u8;
        }
    }

    fn orm(&self, operation: &str) -> (usize, bool) {
        self.stage(self.execute(operation))
    }

    fn call(&self, request: &str) -> (usize, bool) {
        self.stage(self.peers.call(self.module, request))
    }

    fn emit(&self, event: &str) -> (usize, bool) {
        let allowed = self.may_write();
        self.stage(allowed.and_then(|()| self.peers.emit(self.module, event)))
    }

    fn http(&self, request: &str) -> (usize, bool) {
        self.stage(self.peers.http(request))
    }

    fn take(&self, length: usize) -> Vec<u8> {
        let staged = self.staged.borrow();
        let last = staged.last().expect("something was staged before take");
        assert_eq!(last.len(), length, "take wants the result that was staged last");
        last.clone()
    }
}
