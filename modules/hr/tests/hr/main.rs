//! The rules of the employees' module, by its routes and services.

mod attendance;
mod leave;
mod people;
mod period;

use eerp_core_api::{CompanyInfo, CurrencyInfo, DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_hr::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, Number};
use eerp_sdk::testing::Host;
use std::cell::Cell;

/// Monday, 5 January 2026, at noon.
const TODAY: &str = "2026-01-05T12:00:00Z";

/// An installation whose books are in dollars, and which knows euros as well.
fn host() -> Host {
    let host = Host::new(&MODULE);
    host.set_now(TODAY.parse().expect("a moment"));
    let drawn = Cell::new(0);
    host.serve(sequences::NEXT, move |_| {
        drawn.set(drawn.get() + 1);
        let text = format!("E{:05}", drawn.get());
        Ok(Number { number: drawn.get(), text, period: String::new() })
    });
    let currency =
        |code: &str| CurrencyInfo { code: code.into(), decimals: 2, ..CurrencyInfo::default() };
    host.serve(DESCRIBE_COMPANY, move |_| {
        Ok(CompanyInfo { currency: currency("USD"), ..CompanyInfo::default() })
    });
    host.serve(DESCRIBE_CURRENCIES, move |asked| match asked.codes[0].as_str() {
        code @ ("USD" | "EUR") => Ok(vec![currency(code)]),
        _ => Err(Error::invalid("codes/0", "unknown_currency", "There is none.")),
    });
    host
}

fn id(record: &Json) -> String {
    record["id"].as_str().expect("an id").to_owned()
}

fn path(resource: &str, record: &Json, action: &str) -> String {
    format!("/{resource}/{}{action}", id(record))
}

/// The user who makes all requests.
fn me(host: &Host) -> Json {
    host.post("/positions", json!({"name": "Any"})).created()["created_by"].clone()
}

/// Somebody who has worked here since New Year.
fn employee(host: &Host, name: &str) -> Json {
    host.post("/employees", json!({"name": name, "hired_on": "2026-01-01"})).created()
}

fn contract(host: &Host, employee: &Json, body: Json) -> Json {
    let mut body = body;
    body["employee_id"] = employee["id"].clone();
    host.post("/contracts", body).created()
}

fn leave_type(host: &Host, code: &str) -> Json {
    host.get(&format!("/leave-types?code=eq.{code}")).ok()["items"][0]["id"].clone()
}

/// Annual leave of this year that an employee is given.
fn allocate(host: &Host, employee: &Json, days: &str) -> Json {
    let annual = leave_type(host, "AL");
    let body = json!({"employee_id": employee["id"], "leave_type_id": annual, "days": days});
    host.post("/allocations", body).created()
}

/// A request for leave, of this type.
fn wish(host: &Host, employee: &Json, code: &str, from: &str, to: &str) -> Json {
    let body = json!({
        "employee_id": employee["id"], "leave_type_id": leave_type(host, code),
        "from": from, "to": to,
    });
    host.post("/leave-requests", body).created()
}

/// The same, submitted and approved.
fn granted(host: &Host, employee: &Json, code: &str, from: &str, to: &str) -> Json {
    let wish = wish(host, employee, code, from, to);
    host.post(&path("leave-requests", &wish, "/submit"), Json::Null).ok();
    host.post(&path("leave-requests", &wish, "/approve"), Json::Null).ok()
}
