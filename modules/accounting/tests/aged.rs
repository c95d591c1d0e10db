//! What is owed on a day is the balance of the accounts on that day, whatever happens.

mod common;

use common::{account, action, books, credit, debit, posted, rate};
use eerp_accounting_api::{MOVE_PARTY, PartyMove};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

const ANN: &str = "00000000-0000-7000-8000-00000000000a";
const BOB: &str = "00000000-0000-7000-8000-00000000000b";

fn decimal(value: &Json) -> Decimal {
    value.as_str().and_then(|text| text.parse().ok()).expect("an amount")
}

fn owed(host: &Host, party: &str, due: &str, amount: &str) -> Json {
    json!({
        "account_id": account(host, "121000"), "debit": amount, "party_id": party,
        "party": if party == ANN { "Ann" } else { "Bob" }, "due_on": due,
    })
}

fn invoice(host: &Host, party: &str, date: &str, due: &str, amount: &str) -> Json {
    posted(host, date, vec![owed(host, party, due, amount), credit(host, "410000", amount)])
}

fn pay(host: &Host, entry: &Json, date: &str, amount: &str) -> Json {
    let ids = json!([entry["lines"][0]["id"]]);
    let body = json!({"direction": "incoming", "date": date, "amount": amount, "line_ids": ids});
    host.post("/payments", body).created()
}

fn report(host: &Host, name: &str, query: &str) -> Json {
    host.get(&format!("/reports/{name}?{query}")).ok()
}

/// The balance of an account at the end of a day, credit negative.
fn balance(host: &Host, code: &str, date: &str) -> Decimal {
    let account = account(host, code);
    let account = account.as_str().expect("an id");
    let path = format!("/lines?account_id=eq.{account}&posted=is.true&date=lte.{date}&limit=1000");
    let lines = host.get(&path).ok();
    let lines = lines["items"].as_array().expect("a list").iter();
    lines.map(|line| decimal(&line["debit"]) - decimal(&line["credit"])).sum()
}

#[test]
fn each_line_is_in_the_bucket_of_its_days() {
    let (host, _) = books();
    for (due, amount) in [
        ("2026-05-31", "1"),
        ("2026-05-30", "2"),
        ("2026-05-01", "4"),
        ("2026-04-30", "8"),
        ("2026-04-01", "16"),
        ("2026-03-31", "32"),
        ("2026-03-02", "64"),
        ("2026-03-01", "128"),
    ] {
        invoice(&host, ANN, "2026-01-05", due, amount);
    }
    posted(
        &host,
        "2026-05-31",
        vec![debit(&host, "121000", "256"), credit(&host, "410000", "256")],
    );
    let aged = report(&host, "aged-receivable", "date=2026-05-31");
    let buckets = ["current", "days_1_30", "days_31_60", "days_61_90", "over_90", "total"];
    let of = |row: &Json| buckets.map(|bucket| decimal(&row[bucket]));
    assert_eq!(of(&aged["items"][1]), [1, 6, 24, 96, 128, 255].map(Decimal::from));
    assert_eq!(
        (&aged["items"][1]["party"], &aged["items"][0]["party"]),
        (&json!("Ann"), &Json::Null)
    );
    assert_eq!(of(&aged["totals"]), [257, 6, 24, 96, 128, 511].map(Decimal::from));
    let early = report(&host, "aged-receivable", "date=0001-01-01");
    assert_eq!(early["items"], json!([]));
}

#[test]
fn what_was_settled_later_was_open_before() {
    let (host, _) = books();
    let entry = invoice(&host, ANN, "2026-01-05", "2026-01-31", "100");
    pay(&host, &entry, "2026-03-10", "60");
    for (date, expected) in [("2026-01-04", 0), ("2026-02-01", 100), ("2026-03-10", 40)] {
        let aged = report(&host, "aged-receivable", &format!("date={date}&party_id={ANN}"));
        assert_eq!(decimal(&aged["totals"]["total"]), expected.into(), "{date}");
        let lines = aged["lines"].as_array().expect("a list");
        let lines: Decimal = lines.iter().map(|line| decimal(&line["amount"])).sum();
        assert_eq!(lines, expected.into(), "{date}");
    }
    let aged = report(&host, "aged-receivable", "date=2026-03-09");
    assert_eq!((&aged["items"][0]["party"], &aged["lines"]), (&json!("Ann"), &json!([])));
}

#[test]
fn what_is_owed_to_suppliers_is_positive() {
    let (host, _) = books();
    let line = json!({"account_id": account(&host, "211000"), "credit": "70", "party_id": BOB});
    posted(&host, "2026-01-05", vec![line, debit(&host, "520000", "70")]);
    let aged = report(&host, "aged-payable", "date=2026-01-31");
    assert_eq!(
        (decimal(&aged["totals"]["days_1_30"]), &aged["currency"]),
        (70.into(), &json!("USD"))
    );
}

#[test]
fn a_party_that_took_the_place_of_another_is_shown_for_both() -> Result<()> {
    let (host, _) = books();
    let first = invoice(&host, BOB, "2026-01-05", "2026-01-31", "100");
    let draft = common::draft(
        &host,
        "2026-01-06",
        vec![owed(&host, BOB, "2026-01-31", "5"), credit(&host, "410000", "5")],
    );
    let id = |text: &str| text.parse::<Uuid>().expect("an id");
    let moved = PartyMove { from: id(BOB), to: id(ANN), name: "Ann & Bob".into() };
    host.call(MOVE_PARTY, &moved)?;
    let aged = report(&host, "aged-receivable", "date=2026-01-31");
    assert_eq!(
        (&aged["items"][0]["party_id"], &aged["items"][0]["party"]),
        (&json!(ANN), &json!("Ann & Bob"))
    );
    let draft = host.get(&common::path(&draft, "entries")).ok();
    assert_eq!(draft["lines"][0]["party_id"], ANN);
    let ids = json!([first["lines"][0]["id"]]);
    let body = json!({"direction": "incoming", "amount": "100", "line_ids": ids, "party_id": ANN});
    host.post("/payments", body).created();
    let ledger = report(&host, "party-ledger", &format!("party_id={ANN}&to=2026-12-31"));
    let lines = ledger["lines"].as_array().into_iter().flatten();
    let balances: Vec<Decimal> = lines.map(|line| decimal(&line["balance"])).collect();
    assert_eq!(balances, [-100, 0].map(Decimal::from));
    assert!(host.call(MOVE_PARTY, &PartyMove { from: id(ANN), to: id(BOB), ..moved }).is_err());
    Ok(())
}

#[test]
fn the_statement_of_a_party_goes_from_balance_to_balance() {
    let (host, _) = books();
    let entry = invoice(&host, ANN, "2026-01-05", "2026-01-31", "100");
    pay(&host, &entry, "2026-02-10", "60");
    let ledger =
        report(&host, "party-ledger", &format!("party_id={ANN}&from=2026-02-01&to=2026-02-28"));
    let of = |name: &str| decimal(&ledger[name]);
    assert_eq!((of("opening"), of("closing")), (100.into(), 40.into()));
    assert_eq!(
        (&ledger["lines"][0]["number"], &ledger["more"]),
        (&json!("BANK/2026/00001"), &json!(false))
    );
}

/// Numbers that look random and are the same each time.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

/// Something that happens in the books of a house that sells at home and abroad.
fn happen(host: &Host, next: &mut impl FnMut(u64) -> u64, entries: &mut Vec<Json>) {
    let party = [ANN, BOB][next(2) as usize];
    let day =
        |next: &mut dyn FnMut(u64) -> u64| format!("2026-0{}-{:02}", 1 + next(6), 1 + next(28));
    let date = day(next);
    let amount = Decimal::new(1 + next(50_000) as i64, 2).to_string();
    let any = |next: &mut dyn FnMut(u64) -> u64, entries: &[Json]| {
        (!entries.is_empty()).then(|| entries[next(entries.len() as u64) as usize].clone())
    };
    match next(7) {
        0 | 1 => entries.push(invoice(host, party, &date, &day(next), &amount)),
        2 => {
            let worth = Decimal::new(1 + next(50_000) as i64, 2).to_string();
            let mut line = owed(host, party, &date, &worth);
            line["currency"] = json!("EUR");
            line["amount_currency"] = json!(amount);
            entries.push(posted(host, &date, vec![line, credit(host, "410000", &worth)]));
        }
        3 | 4 => {
            let ids: Vec<Json> =
                any(next, entries).iter().map(|one| one["lines"][0]["id"].clone()).collect();
            let currency = ["USD", "EUR"][next(2) as usize];
            let body = json!({"direction": "incoming", "date": date, "amount": amount,
                              "currency": currency, "line_ids": ids});
            // What is settled already is refused, and leaves everything as it is.
            let answer = host.post("/payments", body);
            assert!([201, 422].contains(&answer.status), "{}", answer.body);
        }
        5 => {
            if let Some(entry) = any(next, entries) {
                let answer =
                    host.post(&action(&entry, "entries", "reverse"), json!({"date": date}));
                assert!([201, 409].contains(&answer.status), "{}", answer.body);
            }
        }
        _ => {
            let matches = host.get("/matches?limit=100").ok()["items"].clone();
            if let Some(found) = any(next, matches.as_array().expect("a list")) {
                host.post(&action(&found, "matches", "undo"), Json::Null).ok();
            }
        }
    }
}

#[test]
fn the_report_is_the_balance_on_every_day() {
    let mut settled = 0;
    for seed in 0..6 {
        let (host, core) = books();
        rate(&core, "EUR", "USD", "1.1");
        let (mut next, mut entries) = (numbers(seed), Vec::new());
        for _ in 0..25 {
            happen(&host, &mut next, &mut entries);
        }
        settled += host.get("/matches?limit=100").ok()["items"].as_array().map_or(0, Vec::len);
        for date in ["2026-02-15", "2026-04-10", "2027-01-01"] {
            let expected = balance(&host, "121000", date);
            let aged = report(&host, "aged-receivable", &format!("date={date}"));
            assert_eq!(decimal(&aged["totals"]["total"]), expected, "seed {seed} on {date}");
            let rows = aged["items"].as_array().expect("a list").iter();
            for row in rows.filter(|row| row["party_id"].is_string()) {
                let query =
                    format!("date={date}&party_id={}", row["party_id"].as_str().expect("an id"));
                let detail = report(&host, "aged-receivable", &query);
                let lines = detail["lines"].as_array().expect("a list").iter();
                let lines: Decimal = lines.map(|line| decimal(&line["amount"])).sum();
                assert_eq!(lines, decimal(&row["total"]), "seed {seed} on {date}");
            }
        }
    }
    assert!(settled > 20, "{settled}");
}
