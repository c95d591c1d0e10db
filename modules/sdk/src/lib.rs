//! Write a module of EERP as models and functions.
//!
//! ```
//! use eerp_sdk::prelude::*;
//!
//! /// A book that can be lent.
//! #[model(table = "books", display = "title", order = "title")]
//! pub struct Book {
//!     #[field(max = 200)]
//!     pub title: String,
//!     #[field(max = 20, unique)]
//!     pub isbn: Option<String>,
//!     #[field(readonly)]
//!     pub lent_at: Option<Timestamp>,
//! }
//!
//! /// Lend a book
//! #[post("/books/{id:uuid}/lend")]
//! fn lend(id: Ref<Book>) -> Result<Record<Book>> {
//!     let mut book = db::get(id)?;
//!     if book.lent_at.is_some() {
//!         return Err(Error::conflict("already_lent", "The book is out."));
//!     }
//!     book.lent_at = Some(now());
//!     db::update(&book)
//! }
//!
//! eerp_sdk::module! {
//!     name: "library",
//!     models: [Book],
//!     routes: [crud::<Book>, lend],
//! }
//! # fn main() {}
//! ```
//!
//! The table with its constraints, the six usual routes, their JSON Schemas and
//! permissions follow from the struct. Each request runs in a fresh instance,
//! and all that it does in the database is one transaction.

extern crate self as eerp_sdk;

pub mod abi;
pub mod answer;
pub mod arena;
pub mod bytes;
pub mod condition;
pub mod crud;
pub mod db;
mod describe;
pub mod document;
pub mod documents;
pub mod error;
pub mod event;
pub mod field;
mod frame;
pub mod handler;
pub mod host;
pub mod http;
pub mod job;
pub mod log;
pub mod message;
pub mod migration;
pub mod model;
pub mod operation;
pub mod query;
pub mod reply;
pub mod request;
pub mod route;
pub mod schema;
pub mod screens;
pub mod service;
pub mod services;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod time;
pub mod uuid;

pub use error::{Error, Fault, Result};
pub use reply::Reply;
pub use request::Request;

use event::{Subscription, TopicSpec};
use job::Job;
use migration::Migration;
use route::{Route, Routes};
use screens::Screens;
use serde_json::Value;
use service::{Provided, ServiceSpec};
use time::Timestamp;

/// All that a module's source needs: `use eerp_sdk::prelude::*;`.
pub mod prelude {
    pub use eerp_sdk_macros::{
        body, choice, delete, event, extends, get, job, model, patch, post, put, query, serves,
        service, topic,
    };
    pub use rust_decimal::Decimal;
    pub use serde_json::json;

    pub use crate::bytes::Bytes;
    pub use crate::condition::Condition;
    pub use crate::crud::{crud, read_only};
    pub use crate::db::Page;
    pub use crate::document::{Document, Whole, document};
    pub use crate::error::{Error, Result};
    pub use crate::event::{Event, Topic};
    pub use crate::field::Json;
    pub use crate::job::JobRun;
    pub use crate::migration::Migration;
    pub use crate::model::{Record, Rules};
    pub use crate::reply::Reply;
    pub use crate::request::Request;
    pub use crate::service::{Caller, Service};
    pub use crate::time::{Date, Time, Timestamp};
    pub use crate::uuid::{Ref, Uuid};
    pub use crate::{db, documents, foreign_model, http, log, now, random};
}

/// What the attributes write refers to these; not for use by hand.
#[doc(hidden)]
pub mod private {
    pub use serde_json::{Map, Value, json};
}

/// One module: what [`module!`] makes of its models, routes and all else.
#[derive(Debug)]
pub struct Module {
    /// Its name, as in `module.json`.
    pub name: &'static str,
    /// Its models.
    pub models: &'static [&'static model::ModelSpec],
    /// Its routes.
    pub routes: &'static [Routes],
    /// The services that it offers.
    pub services: &'static [Provided],
    /// The services of other modules that it calls.
    pub uses: &'static [ServiceSpec],
    /// The topics of which it tells.
    pub emits: &'static [TopicSpec],
    /// The topics of which it wants to be told.
    pub events: &'static [Subscription],
    /// What it does by the clock.
    pub jobs: &'static [Job],
    /// Migrations beyond those of the models.
    pub migrations: &'static [fn() -> Vec<Migration>],
    /// What it declares of its screens.
    pub screens: Screens,
}

impl Module {
    /// A module without anything.
    pub const EMPTY: Self = Self {
        name: "",
        models: &[],
        routes: &[],
        services: &[],
        uses: &[],
        emits: &[],
        events: &[],
        jobs: &[],
        migrations: &[],
        screens: Screens::NONE,
    };

    /// The same module. What it offers and emits must be below its own name, which
    /// the compiler finds out when this makes a `static`.
    ///
    /// # Panics
    /// When it is not.
    pub const fn checked(self) -> Self {
        let mut at = 0;
        while at < self.services.len() {
            assert!(
                handler::is_below(self.services[at].spec.name, self.name),
                "the name of a service begins with that of the module that offers it"
            );
            at += 1;
        }
        at = 0;
        while at < self.emits.len() {
            assert!(
                handler::is_below(self.emits[at].name, self.name),
                "the name of a topic begins with that of the module that emits it"
            );
            at += 1;
        }
        self
    }

    /// All routes in order.
    pub fn routes(&self) -> impl Iterator<Item = &'static Route> + use<> {
        self.routes.iter().flat_map(|routes| routes.0)
    }

    /// All routes with the numbers under which the core calls them: the place
    /// of the group, then the place within it.
    pub fn numbered_routes(&self) -> impl Iterator<Item = (u32, &'static Route)> + use<> {
        let groups = self.routes.iter().enumerate();
        groups.flat_map(|(group, routes)| {
            let places = routes.0.iter().enumerate();
            places.map(move |(place, route)| ((group << 8 | place) as u32, route))
        })
    }

    fn route(&self, id: u32) -> Option<&'static Route> {
        self.routes.get(id as usize >> 8)?.0.get(id as usize & 255)
    }

    /// The migrations as JSON, for the core.
    pub fn migrations(&self) -> String {
        let of_models = migration::of_models(self.models, self.name);
        let added = self.migrations.iter().flat_map(|migrations| migrations());
        let all = of_models.into_iter().chain(added);
        all.map(|migration| migration.to_json()).collect::<Value>().to_string()
    }

    /// The description as JSON, for the core.
    pub fn description(&self) -> String {
        describe::description(self).to_string()
    }

    /// Serves one request, call, event or job: frame in, frame out.
    ///
    /// # Panics
    /// When the core breaks the ABI.
    pub fn serve(&self, handler_id: u32, frame: &[u8]) -> Vec<u8> {
        let reply = operation::count_anew(|| match self.handler(handler_id) {
            Some(run) => {
                let (head, body) = frame::read(frame).expect("the core sends a frame");
                run(&head, body)
            }
            None => self.serve_route(handler_id, frame),
        });
        reply.unwrap_or_else(Reply::from).into_frame()
    }

    fn serve_route(&self, handler_id: u32, frame: &[u8]) -> Result<Reply> {
        let request = Request::from_frame(frame).expect("the core sends a frame");
        let route = self.route(handler_id).expect("the core calls a registered route");
        (route.run)(&request, route)
    }

    /// The function of a service, a subscription or a job.
    fn handler(&self, handler_id: u32) -> Option<handler::Run> {
        let place = handler::place(handler_id);
        match handler::range(handler_id) {
            handler::SERVICES => self.services.get(place).map(|service| service.run),
            handler::EVENTS => self.events.get(place).map(|event| event.run),
            handler::JOBS => self.jobs.get(place).map(|job| job.run),
            _ => None,
        }
    }
}

/// The moment of this request; it does not pass while the request runs.
pub fn now() -> Timestamp {
    Timestamp::from_millis(host::with(|host| host.now_ms()))
}

/// So many random bytes, good enough for secrets.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    host::with(|host| host.random(&mut bytes));
    bytes
}

/// Names a model of a module in `depends`, for use in a [`Ref`](uuid::Ref).
///
/// ```
/// use eerp_sdk::prelude::*;
///
/// foreign_model!(pub Currency = "core" / "currencies");
///
/// #[model(table = "prices")]
/// pub struct Price {
///     pub currency_id: Ref<Currency>,
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! foreign_model {
    ($visibility:vis $name:ident = $module:literal / $table:literal) => {
        #[doc = concat!("A record of `", $module, ".", $table, "`.")]
        #[derive(Debug)]
        $visibility struct $name;

        impl $crate::uuid::Referenced for $name {
            const MODULE: &'static str = $module;
            const TABLE: &'static str = $table;
        }
    };
}
