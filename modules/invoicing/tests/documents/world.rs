//! What stands around invoicing: a ledger that keeps what is posted and settled, own
//! companies, customers, currencies, items, taxes of 20 percent, and numbers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use eerp_accounting_api::*;
use eerp_core_api::{CompanyInfo as Own, CurrencyInfo, DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_crm_api::{CompanyInfo, DESCRIBE_COMPANIES};
use eerp_inventory_api::{DESCRIBE_ITEMS, ItemInfo, ItemKind};
use eerp_invoicing::MODULE;
use eerp_money::round;
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{NEXT, Number};
use eerp_sdk::services::settings::{GET, Setting};
use eerp_sdk::testing::Host;

pub(crate) const CUSTOMER: &str = "01900000-0000-7000-8000-00000000c001";
pub(crate) const TEA: &str = "01900000-0000-7000-8000-00000000a001";
pub(crate) const VAT: &str = "01900000-0000-7000-8000-00000000b001";

/// Entries and open lines, as accounting would have them.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<NewEntry>,
    pub(crate) payments: Vec<NewPayment>,
    pub(crate) moved: Vec<PartyMove>,
    pub(crate) open: Vec<OpenLine>,
    pub(crate) refusal: Option<Error>,
    count: u8,
}

pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) ledger: Rc<RefCell<Ledger>>,
    pub(crate) drawn: Rc<RefCell<BTreeMap<String, i64>>>,
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn id<M>(kind: u8, count: u8) -> Ref<M> {
    Ref::new(Uuid::from_bytes([1, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, kind, 0, count]))
}

fn uuid(text: &str) -> Uuid {
    text.parse().expect("an id")
}

impl Ledger {
    fn next<M>(&mut self, kind: u8) -> Ref<M> {
        self.count += 1;
        id(kind, self.count)
    }

    fn post(&mut self, entry: NewEntry) -> Result<Posted> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let sum = |side: fn(&NewLine) -> Decimal| entry.lines.iter().map(side).sum::<Decimal>();
        assert_eq!(sum(|line| line.debit), sum(|line| line.credit), "the entry is balanced");
        let entry_id = self.next(1);
        let lines = entry.lines.iter().map(|line| self.line(entry_id, &entry, line)).collect();
        let date = entry.date.unwrap_or_else(|| now().date());
        self.entries.push(entry);
        Ok(Posted { entry_id, number: format!("E{}", self.entries.len()), date, lines })
    }

    fn line(&mut self, entry_id: Ref<Entry>, entry: &NewEntry, line: &NewLine) -> PostedLine {
        assert!(line.debit.is_zero() != line.credit.is_zero(), "one side has an amount: {line:?}");
        let (line_id, amount) = (self.next(2), line.debit - line.credit);
        if matches!(line.purpose, Some(Purpose::Receivable | Purpose::Payable)) {
            self.open.push(OpenLine {
                line_id,
                entry_id,
                due_on: line.due_on,
                residual: amount,
                residual_currency: amount,
                currency: entry.currency.clone().unwrap_or_default(),
            });
        }
        PostedLine {
            line_id,
            account_id: line.account_id.unwrap_or_else(|| id(3, 0)),
            debit: line.debit,
            credit: line.credit,
            party_id: line.party_id,
            due_on: line.due_on,
        }
    }

    /// Takes so much, on the side that the sign says, from these lines; what is left.
    fn take(&mut self, ids: &[Ref<Line>], amount: Decimal) -> Decimal {
        let mut left = amount;
        for id in ids {
            let line = self.open.iter_mut().find(|line| line.line_id == *id).expect("a line");
            if line.residual.is_sign_negative() != left.is_sign_negative() || left.is_zero() {
                continue;
            }
            let part = if line.residual.abs() < left.abs() { line.residual } else { left };
            line.residual -= part;
            line.residual_currency -= part;
            left -= part;
        }
        left
    }

    fn reconcile(&mut self, wanted: &LineIds) -> Vec<OpenLine> {
        let ids = &wanted.line_ids;
        let side = |ledger: &Self, negative| -> Decimal {
            let open = ledger.open.iter().filter(|line| ids.contains(&line.line_id));
            let amounts = open.map(|line| line.residual);
            amounts.filter(|amount| amount.is_sign_negative() == negative).sum()
        };
        let both = side(self, false).min(-side(self, true));
        self.take(ids, both);
        self.take(ids, -both);
        self.of(ids)
    }

    fn of(&self, ids: &[Ref<Line>]) -> Vec<OpenLine> {
        self.open.iter().filter(|line| ids.contains(&line.line_id)).cloned().collect()
    }

    fn pay(&mut self, payment: NewPayment) -> PaymentPosted {
        let incoming = payment.direction == Direction::Incoming;
        let signed = if incoming { payment.amount } else { -payment.amount };
        let left = self.take(&payment.line_ids, signed);
        let lines = self.of(&payment.line_ids);
        let entry_id = self.next(1);
        self.payments.push(payment);
        PaymentPosted {
            payment_id: self.next::<Entry>(4).uuid(),
            entry_id,
            number: format!("BNK/{}", self.payments.len()),
            date: now().date(),
            unallocated: left.abs(),
            lines,
        }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { host: Host::new(&MODULE), ledger: Rc::default(), drawn: Rc::default() };
        world.serve_ledger();
        world.serve_references();
        world.serve_core();
        world
    }

    fn serve_ledger(&self) {
        let with = || Rc::clone(&self.ledger);
        let ledger = with();
        self.host.serve(POST_ENTRY, move |entry| ledger.borrow_mut().post(entry));
        let ledger = with();
        self.host.serve(OPEN_LINES, move |wanted| {
            let ledger = ledger.borrow();
            let lines = ledger.open.iter().filter(|line| wanted.entry_ids.contains(&line.entry_id));
            Ok(lines.cloned().collect())
        });
        let ledger = with();
        self.host.serve(RECONCILE, move |wanted| Ok(ledger.borrow_mut().reconcile(&wanted)));
        let ledger = with();
        self.host.serve(REGISTER_PAYMENT, move |payment| Ok(ledger.borrow_mut().pay(payment)));
        let ledger = with();
        self.host.serve(MOVE_PARTY, move |moved| {
            ledger.borrow_mut().moved.push(moved);
            Ok(())
        });
        self.host.serve(COMPUTE_TAXES, |question| Ok(taxed(&question)));
    }

    fn serve_references(&self) {
        self.host.serve(DESCRIBE_COMPANY, |_| {
            Ok(Own { name: "Tea House".into(), currency: currency("USD", 2), ..Own::default() })
        });
        self.host.serve(DESCRIBE_CURRENCIES, |wanted| {
            let known = |code: &String| match code.as_str() {
                "USD" | "EUR" => Ok(currency(code, 2)),
                "JPY" => Ok(currency(code, 0)),
                _ => Err(Error::invalid("codes/0", "unknown_currency", "There is none.")),
            };
            wanted.codes.iter().map(known).collect()
        });
        self.host.serve(DESCRIBE_COMPANIES, |wanted| {
            let info = |id: &Ref<eerp_crm_api::Company>| CompanyInfo {
                company_id: *id,
                name: "Acme".into(),
                billing_address: vec!["1 Main Street".into()],
                email: Some("ap@acme.example".into()),
                ..CompanyInfo::default()
            };
            Ok(wanted.company_ids.iter().map(info).collect())
        });
        self.host.serve(DESCRIBE_ITEMS, |wanted| {
            let info = |id: &Ref<eerp_inventory_api::Item>| match *id == Ref::new(uuid(TEA)) {
                true => Ok(ItemInfo {
                    item_id: *id,
                    sku: Some("TEA".into()),
                    name: "Tea".into(),
                    kind: ItemKind::Stocked,
                    unit: Some("kg".into()),
                    sales_price: Some(decimal("12.5")),
                }),
                false => Err(Error::invalid("item_ids/0", "unknown_item", "There is none.")),
            };
            wanted.item_ids.iter().map(info).collect()
        });
    }

    fn serve_core(&self) {
        let drawn = Rc::clone(&self.drawn);
        self.host.serve(NEXT, move |wanted| {
            let mut drawn = drawn.borrow_mut();
            let number = drawn.entry(wanted.0.name.clone()).or_default();
            *number += 1;
            let year = wanted.0.date.map_or(0, Date::year).to_string();
            let text = format!("{}{number:05}", wanted.0.prefix.replace("{year}", &year));
            Ok(Number { number: *number, text, period: year })
        });
        self.host.serve(GET, |_| Ok(Setting::default()));
    }

    /// A draft with these lines.
    pub(crate) fn draft(&self, lines: Json) -> Json {
        self.made(json!({"company_id": CUSTOMER, "lines": lines}))
    }

    pub(crate) fn made(&self, body: Json) -> Json {
        self.host.post("/invoices", body).created()
    }

    /// A document that is posted, of one line that amounts to this.
    pub(crate) fn posted(&self, kind: &str, amount: &str) -> Json {
        let line = json!({"description": "Work", "unit_price": amount});
        self.made(json!({
            "company_id": CUSTOMER, "kind": kind, "lines": [line], "post": true,
        }))
    }

    /// The document as it is now.
    pub(crate) fn now(&self, document: &Json) -> Json {
        self.host.get(&path(document, "")).ok()
    }

    pub(crate) fn topics(&self) -> Vec<String> {
        self.host.emitted().into_iter().map(|event| event.topic).collect()
    }

    /// The lines of an entry: what for, left, right.
    pub(crate) fn booked(&self, place: usize) -> Vec<(Option<Purpose>, String, String)> {
        let ledger = self.ledger.borrow();
        let text = |amount: Decimal| amount.normalize().to_string();
        let line = |line: &NewLine| (line.purpose, text(line.debit), text(line.credit));
        ledger.entries[place].lines.iter().map(line).collect()
    }
}

fn currency(code: &str, decimals: i32) -> CurrencyInfo {
    CurrencyInfo { code: code.into(), decimals, ..CurrencyInfo::default() }
}

/// Every tax is 20 percent, rounded line by line.
fn taxed(question: &TaxQuestion) -> TaxAnswer {
    let line = |line: &TaxableLine| {
        let net = round(line.amount, 2);
        let rate = if line.tax_ids.is_empty() { Decimal::ZERO } else { decimal("0.2") };
        let tax = round(line.amount * rate, 2);
        TaxedLine { net, tax, gross: net + tax }
    };
    let lines: Vec<TaxedLine> = question.lines.iter().map(line).collect();
    let sum = |part: fn(&TaxedLine) -> Decimal| lines.iter().map(part).sum::<Decimal>();
    let (net, tax, gross) = (sum(|line| line.net), sum(|line| line.tax), sum(|line| line.gross));
    let total = TaxTotal {
        tax_id: Ref::new(uuid(VAT)),
        name: "VAT 20%".into(),
        base: net,
        amount: tax,
        account_id: None,
    };
    TaxAnswer { lines, taxes: vec![total], net, tax, gross }
}

pub(crate) fn path(document: &Json, action: &str) -> String {
    format!("/invoices/{}{action}", document["id"].as_str().expect("an id"))
}

/// These fields of a record as text.
pub(crate) fn texts<'a>(record: &'a Json, fields: &[&str]) -> Vec<&'a str> {
    fields.iter().map(|field| record[*field].as_str().unwrap_or("null")).collect()
}
