//! Payments, what they settle, and what exchange rates bring on the way.

mod common;

use std::rc::Rc;

use common::{account, action, books, posted, rate};
use eerp_accounting_api::{
    Direction, EntryIds, LineIds, NewPayment, OPEN_LINES, OpenLine, PaymentPosted, RECONCILE,
    REGISTER_PAYMENT,
};
use eerp_sdk::prelude::*;
use eerp_sdk::testing::Host;

const ANN: &str = "00000000-0000-7000-8000-00000000000a";
const BOB: &str = "00000000-0000-7000-8000-00000000000b";

/// What a customer owes from this day on.
fn invoice(host: &Host, date: &str, party: &str, amount: &str) -> Json {
    let owed = json!({
        "account_id": account(host, "121000"), "debit": amount, "party_id": party,
    });
    posted(host, date, vec![owed, common::credit(host, "410000", amount)])
}

/// The same in euros, worth so much in the books.
fn euros(host: &Host, date: &str, amount: &str, worth: &str) -> Json {
    let owed = json!({
        "account_id": account(host, "121000"), "debit": worth, "party_id": ANN,
        "currency": "EUR", "amount_currency": amount,
    });
    posted(host, date, vec![owed, common::credit(host, "410000", worth)])
}

fn line<M>(entry: &Json) -> Ref<M> {
    Ref::new(id(&entry["lines"][0]["id"]))
}

fn id(value: &Json) -> Uuid {
    value.as_str().and_then(|id| id.parse().ok()).expect("an id")
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn payment(date: &str, amount: &str) -> NewPayment {
    NewPayment {
        direction: Direction::Incoming,
        date: date.parse().ok(),
        amount: decimal(amount),
        ..NewPayment::default()
    }
}

fn paid(host: &Host, entry: &Json, payment: NewPayment) -> PaymentPosted {
    let line_ids = vec![line(entry)];
    host.call(REGISTER_PAYMENT, &NewPayment { line_ids, ..payment }).expect("it is paid")
}

fn open(host: &Host, entry: &Json) -> OpenLine {
    let entry_ids = vec![Ref::new(id(&entry["id"]))];
    host.call(OPEN_LINES, &EntryIds { entry_ids }).expect("an answer").remove(0)
}

/// The balance of an account, credit negative.
fn balance(host: &Host, code: &str) -> Decimal {
    let account = account(host, code);
    let account = account.as_str().expect("an id");
    let lines = host.get(&format!("/lines?account_id=eq.{account}&posted=is.true&limit=1000")).ok();
    let amount = |line: &Json, side: &str| decimal(line[side].as_str().expect("an amount"));
    let lines = lines["items"].as_array().expect("a list").iter();
    lines.map(|line| amount(line, "debit") - amount(line, "credit")).sum()
}

/// What was told of entries: how much of each was open then.
fn told(host: &Host) -> Vec<Decimal> {
    let settled =
        host.emitted().into_iter().filter(|event| event.topic == "accounting.entries.settled");
    settled.map(|event| decimal(event.data["residual"].as_str().expect("an amount"))).collect()
}

#[test]
fn a_payment_settles_what_it_pays_and_keeps_the_rest() {
    let (host, _) = books();
    let first = invoice(&host, "2026-01-05", ANN, "100");
    let paid = paid(&host, &first, payment("2026-01-20", "130"));
    assert_eq!((paid.unallocated, paid.lines[0].residual), (30.into(), 0.into()));
    assert_eq!((paid.number.as_str(), balance(&host, "110000")), ("BANK/2026/00001", 130.into()));
    let second = invoice(&host, "2026-01-22", ANN, "50");
    let rest = host.get(&format!("/payments/{}", paid.payment_id)).ok()["line_id"].clone();
    let line_ids = vec![line(&second), Ref::new(id(&rest))];
    let left = host.call(RECONCILE, &LineIds { line_ids, date: None }).expect("it is settled");
    let left: Vec<Decimal> = left.iter().map(|line| line.residual).collect();
    assert_eq!(left, [20.into(), Decimal::ZERO]);
    assert_eq!(balance(&host, "121000"), 20.into());
}

#[test]
fn a_payment_in_parts() {
    let (host, _) = books();
    let entry = invoice(&host, "2026-01-05", ANN, "100");
    for (amount, left) in [("30", 70), ("20.50", 0), ("49.50", 0)] {
        let paid = paid(&host, &entry, payment("2026-01-20", amount));
        assert_eq!(paid.unallocated, 0.into());
        if left > 0 {
            assert_eq!(open(&host, &entry).residual, left.into());
        }
    }
    assert_eq!(open(&host, &entry).residual, 0.into());
    assert_eq!(told(&host), [70.into(), decimal("49.50"), 0.into()]);
    let line_ids = vec![line(&entry)];
    let again = NewPayment { line_ids, ..payment("2026-01-20", "1") };
    let refusal = host.call(REGISTER_PAYMENT, &again).expect_err("nothing is open");
    assert_eq!((&*refusal.errors[0].pointer, &*refusal.errors[0].code), ("/line_ids/0", "settled"));
}

fn gain_or_loss(worth_then: &str, worth_now: &str) -> (Host, Rc<Host>, Json) {
    let (host, core) = books();
    let entry = euros(&host, "2026-01-05", "100", worth_then);
    rate(&core, "EUR", "USD", worth_now);
    let euro = Some("EUR".into());
    let paid = paid(&host, &entry, NewPayment { currency: euro, ..payment("2026-01-20", "100") });
    assert_eq!(paid.unallocated, 0.into());
    let left = open(&host, &entry);
    assert_eq!((left.residual, left.residual_currency), (0.into(), 0.into()));
    (host, core, entry)
}

#[test]
fn what_exchange_rates_bring_leaves_no_cent_behind() {
    let (host, ..) = gain_or_loss("110", "1.2");
    assert_eq!((balance(&host, "121000"), balance(&host, "492000")), (0.into(), (-10).into()));
    let (host, ..) = gain_or_loss("110", "1.0333");
    assert_eq!((balance(&host, "121000"), balance(&host, "690000")), (0.into(), decimal("6.67")));
}

#[test]
fn cancelling_opens_what_was_paid_again() {
    let (host, _, entry) = gain_or_loss("110", "1.2");
    let payment = host.get("/payments").ok()["items"][0].clone();
    let cancelled = host.post(&action(&payment, "payments", "cancel"), json!({})).ok();
    assert_eq!(cancelled["state"], "cancelled");
    let left = open(&host, &entry);
    assert_eq!((left.residual, left.residual_currency), (110.into(), 100.into()));
    for (code, left) in [("121000", 110), ("110000", 0), ("492000", 0)] {
        assert_eq!(balance(&host, code), left.into(), "{code}");
    }
    let again = host.post(&action(&payment, "payments", "cancel"), json!({})).with_status(409);
    assert_eq!(again["code"], "already_cancelled");
}

#[test]
fn a_match_is_undone_with_its_exchange_difference() {
    let (host, _, entry) = gain_or_loss("110", "1.2");
    let found = host.get("/matches?exchange_entry_id=not.is.null").ok()["items"][0].clone();
    host.post(&action(&found, "matches", "undo"), Json::Null).ok();
    assert_eq!(open(&host, &entry).residual, 110.into());
    assert_eq!((balance(&host, "121000"), balance(&host, "492000")), ((-10).into(), 0.into()));
}

#[test]
fn what_remains_is_written_off() {
    let (host, _) = books();
    let entry = invoice(&host, "2026-01-05", ANN, "100");
    let short = paid(&host, &invoice(&host, "2026-01-06", ANN, "1"), payment("2026-01-20", "98"));
    let payment = host.get(&format!("/payments/{}", short.payment_id)).ok();
    let line_ids = json!([line::<()>(&entry).to_string(), payment["line_id"]]);
    let body = json!({"line_ids": line_ids, "write_off": true});
    let done = host.post("/lines/reconcile", body).ok();
    assert_eq!(
        (&done["lines"][0]["residual"], balance(&host, "121000")),
        (&json!("0.0000"), 0.into())
    );
    assert!(done["write_off_entry_id"].is_string() && done["exchange_entry_id"].is_null());
}

#[test]
fn reversing_an_entry_settles_it() {
    let (host, _) = books();
    let entry = invoice(&host, "2026-01-05", ANN, "100");
    paid(&host, &entry, payment("2026-01-20", "30"));
    let reversal = json!({"date": "2026-01-25"});
    let reversal = host.post(&action(&entry, "entries", "reverse"), reversal).created();
    assert_eq!(open(&host, &entry).residual, 0.into());
    assert_eq!(open(&host, &reversal).residual, (-30).into());
    assert_eq!(reversal["lines"][0]["residual"], "-30.0000");
}

#[test]
fn strangers_do_not_settle_each_other() {
    let (host, _) = books();
    let ann = invoice(&host, "2026-01-05", ANN, "100");
    let bob = invoice(&host, "2026-01-05", BOB, "100");
    let of_bob = NewPayment { party_id: BOB.parse().ok(), ..payment("2026-01-20", "100") };
    let of_bob = host.call(REGISTER_PAYMENT, &of_bob).expect("it is kept");
    let of_bob = host.get(&format!("/payments/{}", of_bob.payment_id)).ok()["line_id"].clone();
    let settle = |lines: Json| {
        let refusal = host.post("/lines/reconcile", json!({"line_ids": lines})).with_status(422);
        (refusal["errors"][0]["pointer"].clone(), refusal["errors"][0]["code"].clone())
    };
    let (ann, bob) = (&ann["lines"], &bob["lines"]);
    assert_eq!(settle(json!([ann[0]["id"], of_bob])), (json!("/line_ids/1"), json!("other_party")));
    assert_eq!(settle(json!([bob[0]["id"], ann[1]["id"]])).1, "not_settled");
    assert_eq!(settle(json!([bob[0]["id"], bob[0]["id"]])).1, "twice");
    assert_eq!(settle(json!([bob[0]["id"], ANN])).1, "not_found");
    let date = json!({"line_ids": [bob[0]["id"], of_bob], "date": "2026-01-10"});
    let early = host.post("/lines/reconcile", date).with_status(422);
    assert_eq!(early["errors"][0]["code"], "too_early");
}

#[test]
fn a_refund_goes_out_to_a_customer() {
    let (host, _) = books();
    let credit_note = posted(
        &host,
        "2026-01-05",
        vec![
            json!({"account_id": account(&host, "121000"), "credit": "40", "party_id": ANN}),
            common::debit(&host, "410000", "40"),
        ],
    );
    let refund = NewPayment { direction: Direction::Outgoing, ..payment("2026-01-20", "40") };
    assert_eq!(paid(&host, &credit_note, refund).lines[0].residual, 0.into());
    assert_eq!((balance(&host, "110000"), balance(&host, "121000")), ((-40).into(), 0.into()));
}

#[test]
fn bad_payments_are_blamed_by_field() {
    let (host, _) = books();
    let entry = invoice(&host, "2026-01-05", ANN, "100");
    let general = host.get("/journals?code=eq.GEN").ok()["items"][0]["id"].clone();
    let ids = json!([entry["lines"][0]["id"]]);
    for (body, pointer) in [
        (json!({"direction": "incoming", "amount": "0"}), "/amount"),
        (json!({"direction": "incoming", "amount": "1", "purpose": "sales"}), "/purpose"),
        (json!({"direction": "incoming", "amount": "1", "journal_id": general}), "/journal_id"),
        (json!({"direction": "outgoing", "amount": "1", "line_ids": ids}), "/line_ids"),
        (
            json!({"direction": "incoming", "amount": "1", "line_ids": ids, "party_id": BOB}),
            "/line_ids/0",
        ),
    ] {
        let refusal = host.post("/payments", body).with_status(422);
        assert_eq!(refusal["errors"][0]["pointer"], pointer);
    }
}
