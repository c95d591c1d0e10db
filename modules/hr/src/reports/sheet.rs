//! Who was there and who was away, day by day of a month.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::{PERSON, Person, shown};
use crate::calendar::{Days, Plan};
use crate::schedules::Calendars;
use crate::{Attendance, Employee, LeaveRequest, LeaveType, contracts, period};

/// Employees on one page: each has a row for every day.
const EMPLOYEES_MAX: usize = 30;

/// Which sheet is wanted.
#[query]
pub struct SheetQuestion {
    /// The year; this one unless said.
    #[field(min = 1, max = 9999)]
    pub year: Option<i32>,
    /// The month, 1 to 12; this one unless said.
    #[field(min = 1, max = 12)]
    pub month: Option<i32>,
    /// Employees of this department only.
    pub department_id: Option<Uuid>,
    /// Those after this employee; it is the `next` of an answer.
    pub after: Option<Uuid>,
}

/// One day of an employee.
#[body]
pub struct SheetDay {
    /// The day.
    pub date: Date,
    /// Hours that were due.
    #[field(numeric(6, 2))]
    pub due: Decimal,
    /// Hours that were attended.
    #[field(numeric(8, 2))]
    pub hours: Decimal,
    /// The code of the leave of the day, if there was any.
    pub leave: Option<String>,
    /// How much of the day it took: 1 or 0.5.
    #[field(numeric(4, 2))]
    pub leave_share: Option<Decimal>,
}

/// One month of an employee.
#[body]
pub struct SheetRow {
    /// The employee.
    pub employee_id: Ref<Employee>,
    /// The employee's number.
    pub number: Option<String>,
    /// The employee's name.
    pub name: String,
    /// Every day of the month.
    pub days: Vec<SheetDay>,
    /// Hours that were due in all.
    #[field(numeric(10, 2))]
    pub due: Decimal,
    /// Hours that were attended in all.
    #[field(numeric(10, 2))]
    pub hours: Decimal,
    /// Days of leave in all.
    #[field(numeric(10, 2))]
    pub leave_days: Decimal,
}

/// The attendance of a month.
#[body]
pub struct Sheet {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The employees.
    pub items: Vec<SheetRow>,
    /// What asks for more; nothing after the last.
    pub next: Option<Uuid>,
}

/// Hours that somebody was there on a day.
#[body]
struct Hours {
    /// Who.
    employee_id: Uuid,
    /// When.
    date: Date,
    /// How many.
    #[field(numeric(8, 2))]
    hours: Decimal,
}

/// Attendance sheet of a month
#[get("/reports/attendance-sheet")]
pub(crate) fn attendance_sheet(query: SheetQuestion) -> Result<Sheet> {
    let days = month_of(&query);
    let people = people(&query, days)?;
    let full = people.len() == EMPLOYEES_MAX;
    let next = people.last().filter(|_| full).map(|one| one.id.uuid());
    let items = match people.is_empty() {
        true => Vec::new(),
        false => rows(&people, days)?,
    };
    Ok(Sheet { from: days.from, to: days.to, items, next })
}

fn month_of(query: &SheetQuestion) -> Days {
    let today = now().date();
    let year = query.year.and_then(|year| u16::try_from(year).ok()).unwrap_or(today.year());
    let month = query.month.and_then(|month| u8::try_from(month).ok()).unwrap_or(today.month());
    let from = Date::new(year, month, 1).unwrap_or(today);
    let ends = [31, 30, 29, 28].into_iter().find_map(|day| Date::new(year, month, day));
    Days { from, to: ends.unwrap_or(from) }
}

fn people(query: &SheetQuestion, days: Days) -> Result<Vec<Person>> {
    let stays = Condition::any([
        Condition::is_null("left_on"),
        Condition::compare("left_on", "gte", days.from),
    ]);
    let found = db::find::<Employee>().lte("hired_on", days.to).filter(stays);
    let mut found = found.order("id").limit(EMPLOYEES_MAX as u32);
    if let Some(id) = query.department_id {
        found = found.eq("department_id", id);
    }
    if let Some(after) = query.after {
        found = found.gt("id", after);
    }
    found.rows(PERSON)
}

/// All that a page is made of, by employee.
struct Month {
    plans: BTreeMap<Uuid, Plan>,
    hours: BTreeMap<(Uuid, Date), Decimal>,
    away: Vec<Record<LeaveRequest>>,
    types: Vec<Record<LeaveType>>,
}

fn rows(people: &[Person], days: Days) -> Result<Vec<SheetRow>> {
    let ids = || people.iter().map(|person| person.id.uuid());
    let attended: Vec<Hours> = db::find::<Attendance>()
        .one_of("employee_id", ids())
        .gte("date", days.from)
        .lte("date", days.to)
        .aggregate()
        .group("employee_id")
        .group("date")
        .sum("hours", "hours")
        .all()?;
    let month = Month {
        plans: plans(people, days)?,
        hours: attended.iter().map(|one| ((one.employee_id, one.date), one.hours)).collect(),
        away: period::approved(ids(), days)?,
        types: db::find::<LeaveType>().with_deleted().all()?,
    };
    Ok(people.iter().map(|person| month.row(person, days)).collect())
}

fn plans(people: &[Person], days: Days) -> Result<BTreeMap<Uuid, Plan>> {
    let mut calendars = Calendars::read(days)?;
    let ids = people.iter().map(|person| person.id.uuid());
    let contracts = contracts::holding(days).one_of("employee_id", ids).all()?;
    let mut plans = BTreeMap::new();
    for person in people {
        let company = person.own_company_id;
        let own = contracts.iter().filter(|contract| contract.employee_id == person.id);
        let parts = own
            .map(|contract| (contract.days(), calendars.of(contract.schedule_id, company)))
            .collect();
        plans.insert(person.id.uuid(), Plan { parts, usual: calendars.of(None, company) });
    }
    Ok(plans)
}

impl Month {
    fn row(&self, person: &Person, days: Days) -> SheetRow {
        let days: Vec<SheetDay> = days.each().map(|day| self.day(person.id, day)).collect();
        let sum = |of: fn(&SheetDay) -> Decimal| shown(days.iter().map(of).sum());
        SheetRow {
            employee_id: person.id,
            number: person.number.clone(),
            name: person.name.clone(),
            due: sum(|day| day.due),
            hours: sum(|day| day.hours),
            leave_days: sum(|day| day.leave_share.unwrap_or_default()),
            days,
        }
    }

    fn day(&self, employee: Ref<Employee>, date: Date) -> SheetDay {
        let due = self.plans.get(&employee.uuid()).map(|plan| plan.hours(date)).unwrap_or_default();
        let leave = self.leave(employee, date).filter(|_| !due.is_zero());
        SheetDay {
            date,
            due,
            hours: shown(self.hours.get(&(employee.uuid(), date)).copied().unwrap_or_default()),
            leave: leave.map(|request| self.code(request)),
            leave_share: leave.map(|request| request.absence().share(date)),
        }
    }

    fn leave(&self, employee: Ref<Employee>, date: Date) -> Option<&Record<LeaveRequest>> {
        let mut own = self.away.iter().filter(|request| request.employee_id == employee);
        own.find(|request| request.stretch().has(date))
    }

    fn code(&self, request: &LeaveRequest) -> String {
        let known = self.types.iter().find(|one| one.id == request.leave_type_id);
        known.map_or(String::new(), |one| one.code.clone().unwrap_or_else(|| one.name.clone()))
    }
}
