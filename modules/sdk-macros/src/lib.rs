//! The attributes of `eerp-sdk`. Their words are explained there, in
//! `docs/reference/sdk.md`, and at each attribute below.

mod check;
mod choice;
mod declaration;
mod event;
mod expression;
mod extends;
mod field;
mod handler;
mod job;
mod model;
mod route;
mod service;
mod shape;
mod table;
mod words;

use proc_macro::TokenStream;

/// Makes a struct a stored model: a table, its routes and its schemas.
///
/// | word | meaning |
/// |---|---|
/// | `table = "contacts"` | the table, the model's name and the routes' path |
/// | `title`, `plural` | what people say; made from the struct and the table |
/// | `display = "last_name"` | the field that stands for a record |
/// | `order = "last_name, created_at desc"` | the usual order |
/// | `index("a", "b desc")`, `unique("a", "b")` | over several fields |
/// | `check(name = a >= 0 && b != None)` | held by PostgreSQL |
/// | `exclude(name, equal("a"), from = "x", to = "y")` | no two of the same `a` overlap in time |
/// | `balance(name, group = "entry_id", debit = 1, credit = -1)` | sums to zero when the transaction ends |
/// | `company = "own_company_id"` | records belong to an own company |
/// | `rule(role = "x", operations = "read", where = a == identity.user_id)` | what a role sees and does |
/// | `rules` | you write `impl Rules for ...` |
/// | `manual` | you write the migrations |
///
/// `index`, `unique`, `check`, `exclude` and `balance` take `since = 2`; an index
/// takes `method = "trigram"`, `"fts"` or `"array"`.
#[proc_macro_attribute]
pub fn model(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(model::expand(words.into(), item.into()))
}

/// Makes a struct own columns on a model of a module in `depends`:
/// `#[extends(module = "crm", table = "contacts")]`.
///
/// They lie in a table of this module, `contacts_extension` unless `own_table` says
/// another, and are shown under `extensions` of the extended records. Each field is
/// optional or has a default. Takes `index`, `unique` and `check` like a model, and
/// stands among the models of the module.
#[proc_macro_attribute]
pub fn extends(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(extends::expand(words.into(), item.into()))
}

/// Makes a struct a body of requests: its JSON Schema, and reading it.
///
/// A body may also stand in a field of another body or of a model, alone or in
/// a `Vec`; in a table it is `jsonb`.
#[proc_macro_attribute]
pub fn body(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(shape::expand_body(words.into(), item.into()))
}

/// Makes a struct the parameters of a query string, for a route's `query`.
///
/// It takes the same words as a body. An `Option`, or what has a default, may be left
/// out; a `Vec` has all parameters of its name.
#[proc_macro_attribute]
pub fn query(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(shape::expand_query(words.into(), item.into()))
}

/// Makes an enum without data a type for fields: text in snake case. The first
/// variant is its default.
///
/// PostgreSQL holds a model to these words. A variant that comes later says so, with
/// a version that no model with such a field has released yet: `#[since(3)]`.
#[proc_macro_attribute]
pub fn choice(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(choice::expand(words.into(), item.into()))
}

/// A route for GET; see [`post`].
#[proc_macro_attribute]
pub fn get(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(route::expand("GET", words.into(), item.into()))
}

/// A route for POST: `#[post("/leads/{id:uuid}/convert")]`.
///
/// The function's parameters say where they come from: `request: &Request` is
/// all of it, `body` is the body, `query` the query string, and any other name is that
/// of a parameter in the path: `{id:uuid}` for a `Uuid` or a `Ref`, `{number:int}` for
/// a whole number, `{name}` for other types. The first paragraph of the doc comment is
/// the route's summary, the rest its description.
///
/// | word | meaning |
/// |---|---|
/// | `permission = "leads.convert"` | the permission that it takes |
/// | `public` | it takes none |
/// | `answers = Lead` | what a `Reply` is: a record of this model, a `Page<Lead>`, a body, `()` |
/// | `media_type = "application/pdf"` | what the bytes of a `Reply` are |
/// | `status = 201` | what it answers in place of 200 |
#[proc_macro_attribute]
pub fn post(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(route::expand("POST", words.into(), item.into()))
}

/// A route for PUT; see [`post`].
#[proc_macro_attribute]
pub fn put(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(route::expand("PUT", words.into(), item.into()))
}

/// A route for PATCH; see [`post`].
#[proc_macro_attribute]
pub fn patch(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(route::expand("PATCH", words.into(), item.into()))
}

/// A route for DELETE; see [`post`].
#[proc_macro_attribute]
pub fn delete(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(route::expand("DELETE", words.into(), item.into()))
}

/// Declares a service: its name, its types and who may call it.
///
/// ```text
/// /// Merge two contacts
/// #[service("crm.contacts.merge", permission = "contacts.write")]
/// pub const MERGE: Service<Merge, Merged>;
/// ```
///
/// The first line of the doc comment is its summary. Without further words a call
/// takes the permission `<module>.<second word>.write`, here `crm.contacts.write`;
/// `public` asks for none.
#[proc_macro_attribute]
pub fn service(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(service::expand_service(words.into(), item.into()))
}

/// The function that answers a declared service: `#[serves(crm_api::MERGE)]`.
///
/// It takes `input`, and `caller: &Caller` when it wants to know who calls; its types
/// must be those of the declaration.
#[proc_macro_attribute]
pub fn serves(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(service::expand_serves(words.into(), item.into()))
}

/// Declares a topic: its name and what its events carry.
///
/// ```text
/// /// An opportunity was won
/// #[topic("crm.opportunities.won")]
/// pub const WON: Topic<Won>;
/// ```
#[proc_macro_attribute]
pub fn topic(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(event::expand_topic(words.into(), item.into()))
}

/// A function that is told of events: `#[event(crm_api::WON)]`, or by the topic's
/// name, `#[event("crm.opportunities.won")]`, when there is no declaration to link, or
/// `#[event("crm.*")]` for all that begin so.
///
/// It takes an `Event<T>` and answers `Result<()>`; an error means that it is told
/// again later.
#[proc_macro_attribute]
pub fn event(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(event::expand_event(words.into(), item.into()))
}

/// A function that is due by the clock: `#[job(cron = "0 6 * * *")]`, in UTC.
///
/// It takes a `JobRun`, or nothing, and answers `Result<()>`. Its name is the
/// function's unless `name = "digest"` says another.
#[proc_macro_attribute]
pub fn job(words: TokenStream, item: TokenStream) -> TokenStream {
    answer(job::expand(words.into(), item.into()))
}

fn answer(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}
