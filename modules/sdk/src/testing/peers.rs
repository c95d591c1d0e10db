//! The world around a module in tests: other modules, who is told of its events, and
//! servers outside.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use serde_json::{Value, json};

use super::{Answer, Host, store, validate};
use crate::Module;
use crate::error::{Error, Result};
use crate::event::Topic;
use crate::field::Field;
use crate::handler;
use crate::http;
use crate::message::Message;
use crate::service::{self, Service};

type Serve = Rc<dyn Fn(&Value) -> Result<Value>>;
type Fetch = Rc<dyn Fn(&http::Request) -> Result<http::Response>>;

/// An event that the module has emitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Emitted {
    /// Its topic: `crm.opportunities.won`.
    pub topic: String,
    /// What keeps events in order, usually a record's id.
    pub key: Option<String>,
    /// What is told of it.
    pub data: Value,
}

impl Host {
    /// Lets `answer` stand in for the service of another module, or of the core.
    pub fn serve<I: Message, O: Message>(
        &self,
        service: Service<I, O>,
        answer: impl Fn(I) -> Result<O> + 'static,
    ) {
        let name = service.spec().name;
        let serve = move |input: &Value| {
            let input = I::read(input).expect("a message reads what it wrote");
            Ok(answer(input)?.write())
        };
        self.core.peers.services.borrow_mut().insert(name, Rc::new(serve));
    }

    /// Lets this module, which is an optional one, not be there: its services are absent.
    pub fn absent(&self, module: &'static str) {
        self.core.peers.absent.borrow_mut().insert(module);
    }

    /// Lets `answer` stand in for all servers outside.
    pub fn serve_http(&self, answer: impl Fn(&http::Request) -> Result<http::Response> + 'static) {
        *self.core.peers.http.borrow_mut() = Some(Rc::new(answer));
    }

    /// The events of all that was committed, in order.
    pub fn emitted(&self) -> Vec<Emitted> {
        self.core.peers.emitted.borrow().clone()
    }

    /// Calls a service that this module offers, as another module would for `ann`.
    ///
    /// # Errors
    /// What the service answers, and 422 when the input does not fit its schema.
    ///
    /// # Panics
    /// When the module does not offer it, or answers what the declaration does not say.
    pub fn call<I: Message, O: Message>(&self, service: Service<I, O>, input: &I) -> Result<O> {
        let name = service.spec().name;
        let known = self.module.services.iter().position(|one| one.spec.name == name);
        let place = known.unwrap_or_else(|| panic!("the module does not offer {name}"));
        let input = input.write();
        let errors = validate::check(&I::input_schema(), &input);
        if !errors.is_empty() {
            let message = "The input does not fit the schema.";
            let error = Error::new(422, "validation_failed", message);
            return Err(Error { errors, ..error });
        }
        let head = json!({
            "service": name, "caller": "test", "identity": super::identity(),
            "request_id": "test",
        });
        let answer = self.handle(handler::SERVICES + place as u32, false, &head, &input);
        let output = outcome(answer)?;
        let errors = validate::check(&O::output_schema(), &output);
        assert!(errors.is_empty(), "{name} answered {output}, which breaks its word: {errors:?}");
        Ok(O::read(&output).unwrap_or_else(|| panic!("{name} answered {output}")))
    }

    /// Tells the module of an event, once; `key` is usually a record's id.
    ///
    /// # Errors
    /// What the module answers: then the core would tell it again.
    ///
    /// # Panics
    /// When the module does not want to be told of this topic.
    pub fn deliver<T: Message>(
        &self,
        topic: Topic<T>,
        key: impl fmt::Display,
        data: &T,
    ) -> Result<()> {
        let name = topic.spec().name;
        let wanted = handler::numbered(handler::EVENTS, self.module.events);
        let ids: Vec<u32> = wanted.filter(|(_, on)| on.wants(name)).map(|(id, _)| id).collect();
        assert!(!ids.is_empty(), "the module does not subscribe to {name}");
        let head = json!({
            "event": name, "key": key.to_string(), "id": "1", "at": self.now(),
            "request_id": "test", "attempt": 1,
        });
        for id in ids {
            outcome(self.handle(id, false, &head, &data.write()))?;
        }
        Ok(())
    }

    /// Does a job of the module, as if it were due now.
    ///
    /// # Errors
    /// What the job answers.
    ///
    /// # Panics
    /// When the module has no such job.
    pub fn run_job(&self, name: &str) -> Result<()> {
        let mut jobs = handler::numbered(handler::JOBS, self.module.jobs);
        let known = jobs.find(|(_, job)| job.name == name);
        let (id, _) = known.unwrap_or_else(|| panic!("the module has no job {name}"));
        let head = json!({"job": name, "due": self.now()});
        outcome(self.handle(id, false, &head, &Value::Null)).map(drop)
    }

    fn now(&self) -> Value {
        self.core.now.get().to_json()
    }
}

/// The body of an answer, or the error that it is.
fn outcome(answer: Answer) -> Result<Value> {
    if answer.status < 400 {
        return Ok(answer.body);
    }
    let Answer { status, mut body, .. } = answer;
    body["status"] = json!(status);
    Err(serde_json::from_value(body).expect("an error answer has a code and a message"))
}

/// Who a request comes from in tests: the user `ann`.
pub(super) fn identity() -> Value {
    json!({
        "user_id": store::USER, "username": "ann", "company_id": null, "companies": [],
        "roles": [],
    })
}

/// What stands in for all that is outside the module.
#[derive(Default)]
pub(super) struct Peers {
    services: RefCell<BTreeMap<&'static str, Serve>>,
    absent: RefCell<BTreeSet<&'static str>>,
    http: RefCell<Option<Fetch>>,
    /// The events of the transaction that is going on.
    pending: RefCell<Vec<Emitted>>,
    emitted: RefCell<Vec<Emitted>>,
}

impl fmt::Debug for Peers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services: Vec<_> = self.services.borrow().keys().copied().collect();
        out.debug_struct("Peers")
            .field("services", &services)
            .field("emitted", &self.emitted.borrow())
            .finish_non_exhaustive()
    }
}

impl Peers {
    /// Keeps or forgets what was emitted in a transaction that has ended.
    pub(super) fn end(&self, commit: bool) {
        let pending = self.pending.take();
        if commit {
            self.emitted.borrow_mut().extend(pending);
        }
    }

    /// Asks the stand-in of a service.
    pub(super) fn call(&self, module: &Module, request: &str) -> Result<Value> {
        let request = parsed(request);
        let name = request["service"].as_str().unwrap_or_default();
        let used = module.uses.iter().any(|service| service.name == name);
        assert!(used || name.starts_with("eerp."), "say that the module `uses` {name}");
        let (owner, _) = name.split_once('.').unwrap_or_default();
        if self.absent.borrow().contains(owner) {
            let message = format!("The service {name} is absent.");
            return Err(Error::new(404, service::ABSENT, message));
        }
        let serve = self.services.borrow().get(name).cloned();
        let serve = serve.unwrap_or_else(|| {
            panic!("nothing stands in for {name}: Host::serve, or Host::absent for its module")
        });
        serve(&request["input"]).map_err(passed_on)
    }

    /// Notes an event down, as part of the transaction that is going on.
    pub(super) fn emit(&self, module: &Module, event: &str) -> Result<Value> {
        let event = parsed(event);
        let topic = event["topic"].as_str().unwrap_or_default();
        let declared = module.emits.iter().any(|known| known.name == topic);
        assert!(declared, "say that the module `emits` {topic}");
        self.pending.borrow_mut().push(Emitted {
            topic: topic.into(),
            key: event["key"].as_str().map(Into::into),
            data: event["data"].clone(),
        });
        Ok(Value::Null)
    }

    /// Asks the stand-in of the servers outside.
    pub(super) fn http(&self, request: &str) -> Result<Value> {
        let request = parsed(request);
        let request = http::Request::from_wire(&request).expect("the SDK writes requests");
        let answer = self.http.borrow().clone();
        let answer = answer.expect("nothing stands in for servers outside: Host::serve_http");
        Ok(answer(&request)?.to_wire())
    }
}

/// The error of a service, for its caller. As in the core, a service does not say that
/// a service is absent: its caller would take it for its own absence.
fn passed_on(error: Error) -> Error {
    if error.is(service::ABSENT) { Error::not_found(error.message) } else { error }
}

fn parsed(request: &str) -> Value {
    serde_json::from_str(request).expect("the SDK writes JSON")
}
