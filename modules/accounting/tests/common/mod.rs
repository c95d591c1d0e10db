//! Accounting beside the real core data, as the daemon would join them.
#![allow(dead_code, reason = "each test uses some of it")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use eerp_accounting::MODULE;
use eerp_core_api::{DESCRIBE_COMPANY, DESCRIBE_CURRENCIES, FIND_RATE};
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, Number};
use eerp_sdk::services::settings;
use eerp_sdk::testing::Host;

/// The module beside core data, whose books are in US dollars.
pub(crate) fn books() -> (Host, Rc<Host>) {
    let (host, core) = (Host::new(&MODULE), Rc::new(Host::new(&eerp_core::MODULE)));
    core.serve(settings::GET, |_| Ok(settings::Setting::default()));
    let provider = core.clone();
    host.serve(DESCRIBE_COMPANY, move |asked| provider.call(DESCRIBE_COMPANY, &asked));
    let provider = core.clone();
    host.serve(DESCRIBE_CURRENCIES, move |asked| provider.call(DESCRIBE_CURRENCIES, &asked));
    let provider = core.clone();
    host.serve(FIND_RATE, move |asked| provider.call(FIND_RATE, &asked));
    let counted = RefCell::new(BTreeMap::<String, i64>::new());
    host.serve(sequences::NEXT, move |wanted| {
        let wanted = wanted.0;
        let year = wanted.date.map_or(0, Date::year).to_string();
        let mut counted = counted.borrow_mut();
        let number = counted.entry(format!("{}/{year}", wanted.name)).or_default();
        *number += 1;
        let prefix = wanted.prefix.replace("{year}", &year);
        Ok(Number { number: *number, text: format!("{prefix}{number:05}"), period: year })
    });
    (host, core)
}

/// A rate that holds from the first day of 2020 on.
pub(crate) fn rate(core: &Host, from: &str, to: &str, rate: &str) {
    let currency = |code: &str| {
        let found = core.get(&format!("/currencies?code=eq.{code}")).ok();
        found["items"][0]["id"].clone()
    };
    let body = json!({
        "currency_id": currency(from), "to_id": currency(to), "rate": rate, "date": "2020-01-01",
    });
    core.post("/rates", body).created();
}

/// The id of the account with this code.
pub(crate) fn account(host: &Host, code: &str) -> Json {
    host.get(&format!("/accounts?code=eq.{code}")).ok()["items"][0]["id"].clone()
}

pub(crate) fn debit(host: &Host, code: &str, amount: &str) -> Json {
    json!({"account_id": account(host, code), "debit": amount})
}

pub(crate) fn credit(host: &Host, code: &str, amount: &str) -> Json {
    json!({"account_id": account(host, code), "credit": amount})
}

/// A draft of this day.
pub(crate) fn draft(host: &Host, date: &str, lines: Vec<Json>) -> Json {
    host.post("/entries", json!({"date": date, "lines": lines})).created()
}

/// An entry of this day that is posted.
pub(crate) fn posted(host: &Host, date: &str, lines: Vec<Json>) -> Json {
    let draft = draft(host, date, lines);
    host.post(&action(&draft, "entries", "post"), Json::Null).ok()
}

/// The path of what is done with a record.
pub(crate) fn action(record: &Json, resource: &str, action: &str) -> String {
    format!("/{resource}/{}/{action}", record["id"].as_str().expect("an id"))
}

/// The path of a record.
pub(crate) fn path(record: &Json, resource: &str) -> String {
    format!("/{resource}/{}", record["id"].as_str().expect("an id"))
}
