//! Modules that serve each other, tell each other and work by the clock.
// Three modules in one file: what is public among them goes no further.
#![allow(unreachable_pub)]

use eerp_sdk::http;
use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Emitted, Host, assert_sound};

/// What the library says to others: in a project, a crate of its own.
mod library_api {
    use eerp_sdk::prelude::*;

    /// Who wants to read.
    #[body]
    pub struct Wish {
        /// What is printed on the cover.
        #[field(max = 40)]
        pub title: String,
        /// How often a stamp is pressed on it.
        #[field(default = 1, min = 1)]
        pub stamps: i32,
    }

    /// Where a book is.
    #[body]
    pub struct Place {
        pub shelf: String,
        pub seen_at: Option<Timestamp>,
    }

    /// Find the shelf of a book.
    #[service("library.books.find", permission = "books.read")]
    pub const FIND: Service<Wish, Place>;

    #[service("library.books.count")]
    pub const COUNT_ALL: Service<(), i64>;

    /// List the titles
    ///
    /// All of them.
    #[service("library.books.titles", public)]
    pub const TITLES: Service<Option<String>, Vec<String>>;

    /// A book was lent
    #[topic("library.books.lent")]
    pub const LENT: Topic<Wish>;
}

/// Offers the services and emits.
mod library {
    use super::library_api::{COUNT_ALL, FIND, LENT, Place, TITLES, Wish};
    use eerp_sdk::prelude::*;

    /// A book.
    #[model(table = "books", display = "title")]
    pub struct Book {
        /// What is printed on the cover.
        #[field(max = 40, unique)]
        pub title: String,
    }

    /// Finds a shelf.
    #[serves(FIND)]
    fn find(input: Wish, caller: &Caller) -> Result<Place> {
        if db::find::<Book>().eq("title", input.title).first()?.is_none() {
            return Err(Error::not_found("There is no such book."));
        }
        let shelf = format!("{} of {}", caller.module, caller.request_id);
        Ok(Place { shelf, seen_at: Some(now()) })
    }

    #[serves(COUNT_ALL)]
    fn count() -> Result<i64> {
        Ok(db::find::<Book>().all()?.len() as i64)
    }

    #[serves(TITLES)]
    pub fn titles(input: Option<String>) -> Result<Vec<String>> {
        let books = match input {
            Some(title) => db::find::<Book>().eq("title", title).all()?,
            None => db::find::<Book>().all()?,
        };
        Ok(books.into_iter().map(|book| book.into_inner().title).collect())
    }

    /// How a book is lent.
    #[query]
    pub struct Lending {
        /// Whether it comes apart.
        #[field(default = false)]
        pub fail: bool,
    }

    /// Lend a book
    #[post("/books/{id:uuid}/lend")]
    fn lend(id: Ref<Book>, query: Lending) -> Result<()> {
        let wish = Wish { title: db::get(id)?.into_inner().title, stamps: 2 };
        LENT.emit(id, &wish)?;
        LENT.emit_unordered(&wish)?;
        match query.fail {
            true => Err(Error::conflict("torn", "The book came apart.")),
            false => Ok(()),
        }
    }

    /// See whether a book is lent
    #[get("/books/{id:uuid}/peek")]
    fn peek(id: Ref<Book>) -> Result<()> {
        LENT.emit(id, &Wish::default())
    }

    eerp_sdk::module! {
        name: "library",
        models: [Book],
        services: [find, count, titles],
        routes: [crud::<Book>, lend, peek],
        emits: [LENT],
    }
}

/// Uses them.
mod school {
    use super::library_api::{FIND, LENT, TITLES, Wish};
    use eerp_sdk::http;
    use eerp_sdk::prelude::*;

    /// What was read.
    #[model(table = "readings", display = "title")]
    pub struct Reading {
        /// The book.
        #[field(max = 40)]
        pub title: String,
        /// How it came to be known.
        #[field(max = 200)]
        pub source: String,
    }

    /// Read all books that the library has, where there is one
    #[post("/readings/all")]
    fn all() -> Result<Json> {
        let titles = TITLES.call_if_there(&None)?;
        Ok(json!({"titles": titles}))
    }

    /// Read what is longest, and there must be a library
    #[post("/readings/longest")]
    fn longest() -> Result<Json> {
        let titles = TITLES.call(&None)?;
        Ok(json!({"title": titles.into_iter().max_by_key(String::len)}))
    }

    fn note(title: &str, source: String) -> Result<Record<Reading>> {
        db::create(&Reading { title: title.into(), source })
    }

    /// Read a book, found or not
    #[post("/readings/{title}/start")]
    fn start(title: String) -> Result<Record<Reading>> {
        let source = match FIND.call(&Wish { title: title.clone(), stamps: 1 }) {
            Ok(place) => place.shelf,
            Err(error) if error.is("not_found") => "a friend".into(),
            Err(error) => return Err(error),
        };
        note(&title, source)
    }

    /// Read the newest book
    #[post("/readings/newest")]
    fn newest() -> Result<Record<Reading>> {
        let list = http::get("https://books.example/newest")?.success()?;
        let title = list.json::<Vec<String>>()?.pop();
        let title = title.ok_or_else(|| Error::not_found("Nothing is new."))?;
        http::Request::post("https://books.example/read")
            .header("X-Reader", "school")
            .json(&json!({"title": title}))
            .send()?;
        note(&title, "the list".into())
    }

    #[event(LENT)]
    fn on_lent(event: Event<Wish>) -> Result<()> {
        let id = event.record::<Reading>()?;
        note(&event.data.title, format!("{} {} {id}", event.topic, event.attempt)).map(drop)
    }

    #[event("library.books.lost")]
    fn on_lost(event: Event<Json>) -> Result<()> {
        let reason = event.data["reason"].as_str().unwrap_or_default();
        Err(Error::conflict("lost", format!("Number {}: {reason}", event.id)))
    }

    #[event("library.shelves.*")]
    fn on_any(event: Event<Json>) -> Result<()> {
        note(&event.topic, event.id.to_string()).map(drop)
    }

    /// Reads by the clock.
    #[job(name = "daily", cron = "30 6 * * 1-5")]
    fn read_daily(run: JobRun) -> Result<()> {
        note(&run.job, run.due.to_string()).map(drop)
    }

    #[job(cron = "*/5 * * * *")]
    fn doze() -> Result<()> {
        Ok(())
    }

    eerp_sdk::module! {
        name: "school",
        models: [Reading],
        routes: [crud::<Reading>, start, newest, all, longest],
        uses: [FIND, TITLES],
        events: [on_lent, on_lost, on_any],
        jobs: [read_daily, doze],
        migrations: Vec::new,
    }
}

use library_api::{COUNT_ALL, FIND, LENT, Place, TITLES, Wish};

fn description(module: &eerp_sdk::Module) -> Json {
    serde_json::from_str(&module.description()).expect("the description is JSON")
}

fn wish(title: &str) -> Wish {
    Wish { title: title.into(), ..Wish::default() }
}

fn sources(school: &Host) -> Vec<Json> {
    let readings = school.get("/readings?order=created_at,id").ok();
    readings["items"].as_array().expect("a list").iter().map(|r| r["source"].clone()).collect()
}

#[test]
fn an_offered_service_is_described_by_its_declaration() {
    let services = &description(&library::MODULE)["services"];
    assert_eq!(services[0]["name"], "books.find");
    assert_eq!(services[0]["summary"], "Find the shelf of a book");
    assert_eq!(services[0]["permission"], "library.books.read");
    let input = json!({
        "type": "object", "additionalProperties": false, "required": ["title"],
        "properties": {
            "title": {
                "type": "string", "title": "Title", "minLength": 1, "maxLength": 40,
                "pattern": r"\S", "description": "What is printed on the cover.",
            },
            "stamps": {
                "type": "integer", "title": "Stamps", "minimum": 1, "maximum": i32::MAX,
                "default": 1, "description": "How often a stamp is pressed on it.",
            },
        },
    });
    assert_eq!(services[0]["input"], input);
    let shelf = json!({"type": "string", "title": "Shelf"});
    assert_eq!(services[0]["output"]["properties"]["shelf"], shelf, "it may say nothing");
    assert_eq!(services[0]["output"]["required"], json!(["shelf"]));
    assert_eq!(services[1]["permission"], "library.books.write");
    assert_eq!(services[1]["summary"], "Count all");
    assert_eq!(services[2]["permission"], Json::Null);
    assert_eq!(services[2]["summary"], "List the titles");
    assert_eq!(services[2]["input"]["type"], json!(["string", "null"]));
    assert_eq!(services[2]["output"]["items"]["type"], "string");
}

#[test]
fn a_permission_of_a_service_is_one_of_the_module() {
    let permissions = description(&library::MODULE)["permissions"].clone();
    let permissions = permissions.as_array().expect("a list");
    for name in ["library.books.read", "library.books.write"] {
        assert_eq!(permissions.iter().filter(|one| one["name"] == name).count(), 1);
    }
}

#[test]
fn what_is_used_and_emitted_is_described() {
    let uses = &description(&school::MODULE)["uses"];
    assert_eq!(uses[0]["service"], "library.books.find");
    assert_eq!(uses[0]["version"], env!("CARGO_PKG_VERSION"));
    let offered = &description(&library::MODULE)["services"][0];
    assert_eq!((&uses[0]["input"], &uses[0]["output"]), (&offered["input"], &offered["output"]));
    let events = json!([{"topic": "library.books.lent", "summary": "A book was lent"}]);
    assert_eq!(description(&library::MODULE)["events"], events);
    assert_eq!(description(&school::MODULE)["events"], json!([]));
}

#[test]
fn both_modules_are_sound() {
    let library = r#"{"name": "library", "capabilities": ["orm", "events"]}"#;
    assert_sound(&library::MODULE, library);
    let school = r#"{"name": "school", "depends": ["library"], "capabilities": ["orm", "http"]}"#;
    assert_sound(&school::MODULE, school);
}

#[test]
fn a_neighbour_may_be_an_optional_one() {
    let school = r#"{"name": "school", "optional": ["library"], "capabilities": ["orm", "http"]}"#;
    assert_sound(&school::MODULE, school);
}

#[test]
#[should_panic(expected = "library is not in depends, nor in optional")]
fn a_module_whose_service_is_used_must_be_in_depends() {
    assert_sound(&school::MODULE, r#"{"name": "school", "capabilities": ["orm"]}"#);
}

#[test]
#[should_panic(expected = "the capability events")]
fn emitting_takes_a_capability() {
    assert_sound(&library::MODULE, r#"{"name": "library", "capabilities": ["orm"]}"#);
}

#[test]
fn a_service_is_called_with_its_types_and_told_who_calls() {
    let library = Host::new(&library::MODULE);
    library.post("/books", json!({"title": "Emma"})).created();
    let place = library.call(FIND, &wish("Emma")).expect("it is there");
    assert_eq!(place.shelf, "test of test");
    assert_eq!(place.seen_at.map(|at| at.to_string()).as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(library.call(COUNT_ALL, &()), Ok(1));
    assert_eq!(library.call(TITLES, &None), Ok(vec!["Emma".into()]));
    assert_eq!(library.call(TITLES, &Some("Ulysses".into())), Ok(vec![]));
}

#[test]
fn an_error_and_an_input_that_does_not_fit_come_back_as_errors() {
    let library = Host::new(&library::MODULE);
    let missing = library.call(FIND, &wish("Emma")).expect_err("it is not there");
    assert_eq!((missing.status, &*missing.code), (404, "not_found"));
    let long = library.call(FIND, &wish(&"a".repeat(41))).expect_err("it is too long");
    assert_eq!((long.status, &*long.errors[0].pointer), (422, "/title"));
}

#[test]
fn a_caller_uses_what_it_is_answered() {
    let school = Host::new(&school::MODULE);
    school.serve(FIND, |wish| Ok(Place { shelf: wish.title, seen_at: None }));
    assert_eq!(school.post("/readings/Emma/start", Json::Null).ok()["source"], "Emma");
}

#[test]
fn a_callers_module_may_be_tested_with_the_real_one() {
    let (school, library) = (Host::new(&school::MODULE), Host::new(&library::MODULE));
    library.post("/books", json!({"title": "Emma"})).created();
    school.serve(FIND, move |wish| library.call(FIND, &wish));
    assert_eq!(school.post("/readings/Emma/start", Json::Null).ok()["source"], "test of test");
    assert_eq!(school.post("/readings/Ulysses/start", Json::Null).ok()["source"], "a friend");
}

#[test]
fn a_service_of_an_optional_module_is_called_if_it_is_there() {
    let school = Host::new(&school::MODULE);
    school.serve(TITLES, |_| Ok(vec!["Emma".into()]));
    let all = school.post("/readings/all", Json::Null).ok();
    assert_eq!(all, json!({"titles": ["Emma"]}));
}

#[test]
fn a_service_of_a_module_that_is_not_there_answers_nothing() {
    let school = Host::new(&school::MODULE);
    school.absent("library");
    assert_eq!(school.post("/readings/all", Json::Null).ok(), json!({"titles": null}));
    let longest = school.post("/readings/longest", Json::Null).with_status(404);
    assert_eq!(longest["code"], "service_absent");
}

#[test]
fn a_service_that_lacks_another_is_not_absent_itself() {
    let school = Host::new(&school::MODULE);
    school.serve(TITLES, |_| Err(Error::new(404, "service_absent", "There is no printer.")));
    let refused = school.post("/readings/all", Json::Null).with_status(404);
    assert_eq!(refused["code"], "not_found");
}

#[test]
fn what_a_service_that_is_there_refuses_is_an_error_all_the_same() {
    let school = Host::new(&school::MODULE);
    school.serve(TITLES, |_| Err(Error::not_found("There are no books.")));
    let refused = school.post("/readings/all", Json::Null).with_status(404);
    assert_eq!(refused["code"], "not_found");
}

#[test]
fn an_error_that_is_not_handled_is_the_answer() {
    let school = Host::new(&school::MODULE);
    school.serve(FIND, |_| Err(Error::forbidden("Readers only.")));
    school.post("/readings/Emma/start", Json::Null).with_status(403);
    assert!(sources(&school).is_empty());
}

#[test]
fn what_was_emitted_is_told_after_the_commit_and_not_after_an_error() {
    let library = Host::new(&library::MODULE);
    let book = library.post("/books", json!({"title": "Emma"})).created();
    let id = book["id"].as_str().expect("an id");
    library.post(&format!("/books/{id}/lend?fail=true"), Json::Null).with_status(409);
    assert_eq!(library.emitted(), []);
    library.post(&format!("/books/{id}/lend"), Json::Null).with_status(204);
    let data = json!({"title": "Emma", "stamps": 2});
    let lent = |key| Emitted { topic: "library.books.lent".into(), key, data: data.clone() };
    assert_eq!(library.emitted(), [lent(Some(id.into())), lent(None)]);
    library.get(&format!("/books/{id}/peek")).with_status(500);
}

#[test]
fn an_event_is_told_with_its_data_and_key() {
    let school = Host::new(&school::MODULE);
    let id = "018f3c1e-0000-7000-8000-000000000001";
    school.deliver(LENT, id, &wish("Emma")).expect("it is noted");
    assert_eq!(sources(&school), [json!(format!("library.books.lent 1 {id}"))]);
    let odd = school.deliver(LENT, "Emma", &wish("Emma")).expect_err("it is no id");
    assert_eq!(odd.status, 422);
    assert_eq!(sources(&school).len(), 1);
}

#[test]
fn a_topic_may_be_wanted_by_its_name() {
    let school = Host::new(&school::MODULE);
    let lost = Topic::<Json>::new("library.books.lost", "");
    let error = school.deliver(lost, "1", &json!({"reason": "fire"})).expect_err("it fails");
    assert_eq!(error, Error::conflict("lost", "Number 1: fire"));
}

#[test]
fn all_topics_that_begin_alike_may_be_wanted() {
    let school = Host::new(&school::MODULE);
    let moved = Topic::<Json>::new("library.shelves.moved", "");
    school.deliver(moved, "1", &json!({"to": "cellar"})).expect("it is noted");
    assert_eq!(sources(&school), ["1"]);
}

#[test]
fn jobs_have_a_name_a_time_and_a_run() {
    let jobs: Vec<_> = school::MODULE.jobs.iter().map(|job| (job.name, job.cron)).collect();
    assert_eq!(jobs, [("daily", "30 6 * * 1-5"), ("doze", "*/5 * * * *")]);
    let school = Host::new(&school::MODULE);
    school.run_job("daily").expect("it runs");
    school.run_job("doze").expect("it runs");
    assert_eq!(sources(&school), ["2026-01-01T00:00:00Z"]);
}

#[test]
fn servers_outside_are_asked_and_answer() {
    let school = Host::new(&school::MODULE);
    school.serve_http(|request| {
        Ok(match request.method.as_str() {
            "GET" => http::Response::of_json(200, &vec!["Emma".to_owned()]),
            _ => {
                assert_eq!(request.url, "https://books.example/read");
                assert_eq!(request.headers["x-reader"], "school");
                assert_eq!(request.body, br#"{"title":"Emma"}"#);
                http::Response { status: 204, ..http::Response::of_json(204, &()) }
            }
        })
    });
    assert_eq!(school.post("/readings/newest", Json::Null).ok()["source"], "the list");
}

#[test]
fn a_server_that_fails_is_an_error_of_its_own() {
    let school = Host::new(&school::MODULE);
    school.serve_http(|_| Ok(http::Response::of_json(503, &Json::Null)));
    let failed = school.post("/readings/newest", Json::Null).with_status(502);
    assert_eq!(failed["code"], "remote_failed");
    school.serve_http(|_| Err(Error::forbidden("The host is not allowed.")));
    school.post("/readings/newest", Json::Null).with_status(403);
    school.serve_http(|_| Ok(http::Response::of_json(200, &json!({"no": "list"}))));
    school.post("/readings/newest", Json::Null).with_status(502);
}

#[test]
fn routes_keep_their_numbers_beside_services_events_and_jobs() {
    let numbers = library::MODULE.numbered_routes().map(|(id, _)| id);
    assert_eq!(numbers.collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 256, 512]);
}
