//! Payroll with the modules beside it played: employees with contracts, and books that
//! take what balances.

#![allow(dead_code)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use eerp_accounting_api::{NewEntry, POST_ENTRY, Posted, PostedLine, REVERSE_ENTRY, Reversal};
use eerp_core_api::{CompanyInfo, CurrencyInfo, DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_hr_api::{
    CONTRACTS_IN_PERIOD, ContractInPeriod, MARK_PAID, PaidDays, PeriodAnswer, PeriodQuestion,
};
use eerp_payroll::MODULE;
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences;
use eerp_sdk::testing::Host;

pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) contracts: Rc<RefCell<Vec<ContractInPeriod>>>,
    pub(crate) entries: Rc<RefCell<Vec<NewEntry>>>,
    pub(crate) reversals: Rc<RefCell<Vec<Reversal>>>,
    pub(crate) days: Rc<RefCell<Vec<PaidDays>>>,
    /// Whether the books refuse what is posted.
    pub(crate) locked: Rc<Cell<bool>>,
}

pub(crate) fn id(number: u32) -> Uuid {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}

/// The id as JSON has it.
pub(crate) fn name(number: u32) -> String {
    id(number).to_string()
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// A contract for all of January 2026.
pub(crate) fn contract(number: u32, name: &str, wage: &str) -> ContractInPeriod {
    ContractInPeriod {
        contract_id: Ref::new(id(100 + number)),
        employee_id: Ref::new(id(number)),
        number: format!("E{number:03}"),
        name: name.into(),
        department: Some("Sales".into()),
        user_id: Some(id(1000 + number)),
        wage: decimal(wage),
        currency: "USD".into(),
        from: day("2026-01-01"),
        to: day("2026-01-31"),
        period_days: decimal("22"),
        due_days: decimal("22"),
        due_hours: decimal("176"),
        ..ContractInPeriod::default()
    }
}

impl World {
    pub(crate) fn new(contracts: Vec<ContractInPeriod>) -> Self {
        let world = Self {
            host: Host::new(&MODULE),
            contracts: Rc::new(RefCell::new(contracts)),
            entries: Rc::default(),
            reversals: Rc::default(),
            days: Rc::default(),
            locked: Rc::default(),
        };
        world.play_core();
        world.play_hr();
        world.play_books();
        world
    }

    fn play_core(&self) {
        let dollar = || CurrencyInfo { code: "USD".into(), decimals: 2, ..CurrencyInfo::default() };
        self.host.serve(DESCRIBE_COMPANY, move |_| {
            Ok(CompanyInfo { currency: dollar(), ..CompanyInfo::default() })
        });
        self.host.serve(DESCRIBE_CURRENCIES, |asked| {
            let info = |code: String| {
                let decimals = if code == "JPY" { 0 } else { 2 };
                CurrencyInfo { code, decimals, ..CurrencyInfo::default() }
            };
            Ok(asked.codes.into_iter().map(info).collect())
        });
        let drawn = Cell::new(0);
        self.host.serve(sequences::NEXT, move |_| {
            drawn.set(drawn.get() + 1);
            let number = drawn.get();
            let (text, period) = (format!("PAY/2026/{number:05}"), "2026".into());
            Ok(sequences::Number { number, text, period })
        });
    }

    /// Answers page after page, of one contract each.
    fn play_hr(&self) {
        let contracts = self.contracts.clone();
        self.host.serve(CONTRACTS_IN_PERIOD, move |asked: PeriodQuestion| {
            let wanted = |one: &&ContractInPeriod| {
                let among =
                    asked.employee_ids.is_empty() || asked.employee_ids.contains(&one.employee_id);
                among && one.from <= asked.to && one.to >= asked.from
            };
            let contracts = contracts.borrow();
            let found: Vec<_> = contracts.iter().filter(wanted).cloned().collect();
            let after = |one: &ContractInPeriod| Some(one.contract_id.uuid()) == asked.after;
            let place = found.iter().position(after).map_or(0, |place| place + 1);
            let items: Vec<_> = found.iter().skip(place).take(1).cloned().collect();
            let more = place + 1 < found.len();
            let next = items.last().filter(|_| more).map(|one| one.contract_id.uuid());
            Ok(PeriodAnswer { items, next })
        });
        let days = self.days.clone();
        self.host.serve(MARK_PAID, move |periods| {
            days.borrow_mut().extend(periods.items);
            Ok(())
        });
    }

    fn play_books(&self) {
        let (entries, locked) = (self.entries.clone(), self.locked.clone());
        self.host.serve(POST_ENTRY, move |entry: NewEntry| {
            if locked.get() {
                return Err(Error::conflict("period_locked", "The period is locked."));
            }
            let debit: Decimal = entry.lines.iter().map(|line| line.debit).sum();
            let credit: Decimal = entry.lines.iter().map(|line| line.credit).sum();
            assert_eq!(debit, credit, "what is posted balances");
            assert!(entry.lines.iter().all(|line| line.debit.is_zero() != line.credit.is_zero()));
            let posted = posted(entries.borrow().len(), &entry);
            entries.borrow_mut().push(entry);
            Ok(posted)
        });
        let reversals = self.reversals.clone();
        self.host.serve(REVERSE_ENTRY, move |reversal| {
            reversals.borrow_mut().push(reversal);
            Ok(Posted { entry_id: Ref::new(id(900)), ..Posted::default() })
        });
    }

    /// A run over January, not computed.
    pub(crate) fn run(&self) -> Json {
        self.run_of(json!({}))
    }

    pub(crate) fn run_of(&self, body: Json) -> Json {
        self.host.post("/runs", body).created()
    }

    /// Does something to a run that must succeed.
    pub(crate) fn act(&self, run: &Json, action: &str, body: Json) -> Json {
        self.host.post(&path(run, action), body).ok()
    }

    pub(crate) fn compute(&self, run: &Json) -> Json {
        self.act(run, "compute", Json::Null)
    }

    /// A run over January, posted.
    pub(crate) fn posted(&self) -> Json {
        let run = self.run();
        self.compute(&run);
        self.act(&run, "post", json!({}))
    }

    pub(crate) fn slips(&self, run: &Json) -> Vec<Json> {
        let id = run["id"].as_str().expect("an id");
        let answer = self.host.get(&format!("/payslips?run_id=eq.{id}&order=employee_number")).ok();
        answer["items"].as_array().expect("a list").clone()
    }

    /// `basic 3000.00` and so on.
    pub(crate) fn lines(&self, slip: &Json) -> Vec<String> {
        let id = slip["id"].as_str().expect("an id");
        let answer = self.host.get(&format!("/lines?payslip_id=eq.{id}&order=position")).ok();
        let text = |value: &Json| value.as_str().expect("text").to_owned();
        let line = |line: &Json| {
            let amount = decimal(&text(&line["amount"])).round_dp(2);
            format!("{} {amount:.2}", text(&line["code"]))
        };
        answer["items"].as_array().expect("a list").iter().map(line).collect()
    }
}

pub(crate) fn path(run: &Json, action: &str) -> String {
    format!("/runs/{}/{action}", run["id"].as_str().expect("an id"))
}

pub(crate) fn amount(record: &Json, field: &str) -> Decimal {
    decimal(record[field].as_str().expect("an amount"))
}

fn posted(place: usize, entry: &NewEntry) -> Posted {
    let line = |(at, line): (usize, &eerp_accounting_api::NewLine)| PostedLine {
        line_id: Ref::new(id(u32::try_from(500 + at).expect("few lines"))),
        account_id: line.account_id.unwrap_or(Ref::new(id(800))),
        debit: line.debit,
        credit: line.credit,
        party_id: line.party_id,
        due_on: line.due_on,
    };
    Posted {
        entry_id: Ref::new(id(u32::try_from(700 + place).expect("few entries"))),
        number: format!("SAL/2026/{:05}", place + 1),
        date: entry.date.unwrap_or_default(),
        lines: entry.lines.iter().enumerate().map(line).collect(),
    }
}
