//! What was worked and missed under each contract in a period: what payroll asks for.

use std::collections::BTreeMap;

use eerp_hr_api::{CONTRACTS_IN_PERIOD, ContractInPeriod, PayBasis, PeriodAnswer, PeriodQuestion};
use eerp_sdk::prelude::*;

use crate::calendar::{Calendar, Days, STRETCH_DAYS_MAX};
use crate::schedules::Calendars;
use crate::{
    Attendance, Contract, Employee, LeaveRequest, LeaveState, LeaveType, OwnCompany, Schedule,
    contracts,
};

/// Contracts on one page of an answer.
const CONTRACTS_MAX: usize = 200;

/// A contract as it is read, with whom and what it is about.
#[body]
pub(crate) struct Row {
    /// The contract.
    pub id: Ref<Contract>,
    /// Whose it is.
    pub employee_id: Ref<Employee>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// How pay is agreed on.
    pub pay_basis: PayBasis,
    /// What is paid.
    #[field(numeric(18, 4))]
    pub wage: Decimal,
    /// In which currency.
    pub currency: Option<String>,
    /// When work is due.
    pub schedule_id: Option<Ref<Schedule>>,
    /// For which company.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// With whom.
    pub employee: Option<Person>,
    /// As what.
    pub position: Option<Named>,
    /// Where.
    pub department: Option<Named>,
}

/// Who works under a contract.
#[body]
pub(crate) struct Person {
    /// The number.
    pub number: Option<String>,
    /// The name.
    pub name: String,
    /// The address for mails.
    pub work_email: Option<String>,
    /// The user who is the employee.
    pub user_id: Option<Uuid>,
}

/// Something with a name.
#[body]
pub(crate) struct Named {
    /// The name.
    pub name: String,
}

/// All of a contract that an answer says; who may not read wages is refused here.
const READ: &str = "id,employee_id,from,to,pay_basis,wage,currency,schedule_id,own_company_id,\
                    employee(number,name,work_email,user_id),position(name),department(name)";

/// Contracts in a period, in the order of their ids.
#[serves(CONTRACTS_IN_PERIOD)]
pub(crate) fn contracts_in_period(input: PeriodQuestion) -> Result<PeriodAnswer> {
    let period = period_of(&input)?;
    let rows = page(&input, period)?;
    let next = (rows.len() == CONTRACTS_MAX).then(|| rows.last().map(|row| row.id.uuid()));
    let mut calendars = Calendars::read(period)?;
    let away = Away::read(&rows, period)?;
    let attended = attended(&rows, period)?;
    let each = rows.iter().map(|row| {
        let calendar = calendars.of(row.schedule_id, row.own_company_id);
        let hours = attended.get(&row.id.uuid()).copied().unwrap_or_default();
        reckoned(row, period, &calendar, &away, hours)
    });
    Ok(PeriodAnswer { items: each.collect(), next: next.flatten() })
}

fn period_of(input: &PeriodQuestion) -> Result<Days> {
    let period = Days { from: input.from, to: input.to };
    if period.to < period.from || period.count() > STRETCH_DAYS_MAX {
        let message = format!("A period has 1 to {STRETCH_DAYS_MAX} days.");
        return Err(Error::invalid("to", "range", message));
    }
    Ok(period)
}

fn page(input: &PeriodQuestion, period: Days) -> Result<Vec<Row>> {
    let mut found = contracts::holding(period).order("id").limit(CONTRACTS_MAX as u32);
    if !input.employee_ids.is_empty() {
        found = found.one_of("employee_id", input.employee_ids.iter().map(|id| id.uuid()));
    }
    if let Some(after) = input.after {
        found = found.gt("id", after);
    }
    if let Some(company) = input.own_company_id {
        found = found.eq("own_company_id", company.uuid());
    }
    found.rows(READ)
}

impl Row {
    /// The days of the period on which it holds.
    fn window(&self, period: Days) -> Days {
        let contract = Contract { from: self.from, to: self.to, ..Contract::default() };
        contract.days().shared(period).unwrap_or(period)
    }
}

/// Leave in a period: of whom, and whether it is paid.
struct Away(BTreeMap<Uuid, Vec<(Record<LeaveRequest>, bool)>>);

impl Away {
    fn read(rows: &[Row], period: Days) -> Result<Self> {
        let mut away = Self(BTreeMap::new());
        if rows.is_empty() {
            return Ok(away);
        }
        let paid: BTreeMap<Uuid, bool> =
            db::find::<LeaveType>().all()?.iter().map(|one| (one.id.uuid(), one.paid)).collect();
        for request in approved(rows.iter().map(|row| row.employee_id.uuid()), period)? {
            let paid = paid.get(&request.leave_type_id.uuid()).copied().unwrap_or(true);
            away.0.entry(request.employee_id.uuid()).or_default().push((request, paid));
        }
        Ok(away)
    }

    /// Days of paid and of unpaid leave that an employee has in a window.
    fn days(&self, employee: Uuid, window: Days, calendar: &Calendar) -> (Decimal, Decimal) {
        let (mut paid, mut unpaid) = Default::default();
        for (request, is_paid) in self.0.get(&employee).into_iter().flatten() {
            let taken = request.absence().taken(|day| calendar.hours(day));
            let within = taken.iter().filter(|(day, _)| window.has(*day));
            let days: Decimal = within.map(|(_, share)| *share).sum();
            *(if *is_paid { &mut paid } else { &mut unpaid }) += days;
        }
        (paid, unpaid)
    }
}

/// Granted leave of these employees in a period.
pub(crate) fn approved(
    employees: impl Iterator<Item = Uuid>,
    period: Days,
) -> Result<Vec<Record<LeaveRequest>>> {
    db::find::<LeaveRequest>()
        .one_of("employee_id", employees)
        .eq("state", LeaveState::Approved)
        .lte("from", period.to)
        .gte("to", period.from)
        .all()
}

/// Hours that an employee was at work.
#[body]
struct Attended {
    /// Who.
    employee_id: Uuid,
    /// How many.
    #[field(numeric(10, 4))]
    hours: Decimal,
}

/// Attended hours under each contract. Most contracts hold for the whole period: their
/// hours are one question, and each other window is one more.
fn attended(rows: &[Row], period: Days) -> Result<BTreeMap<Uuid, Decimal>> {
    let mut windows: BTreeMap<(Date, Date), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let window = row.window(period);
        windows.entry((window.from, window.to)).or_default().push(row);
    }
    let mut hours = BTreeMap::new();
    for ((from, to), rows) in windows {
        let ids = rows.iter().map(|row| row.employee_id.uuid());
        let sums: Vec<Attended> = db::find::<Attendance>()
            .one_of("employee_id", ids)
            .gte("date", from)
            .lte("date", to)
            .aggregate()
            .group("employee_id")
            .sum("hours", "hours")
            .all()?;
        let sums: BTreeMap<Uuid, Decimal> =
            sums.iter().map(|sum| (sum.employee_id, sum.hours)).collect();
        let known = |row: &&Row| Some((row.id.uuid(), *sums.get(&row.employee_id.uuid())?));
        hours.extend(rows.iter().filter_map(known));
    }
    Ok(hours)
}

fn reckoned(
    row: &Row,
    period: Days,
    calendar: &Calendar,
    away: &Away,
    attended_hours: Decimal,
) -> ContractInPeriod {
    let window = row.window(period);
    let due = calendar.due(window);
    let (paid, unpaid) = away.days(row.employee_id.uuid(), window, calendar);
    let person = row.employee.clone().unwrap_or_default();
    ContractInPeriod {
        contract_id: Ref::new(row.id.uuid()),
        employee_id: Ref::new(row.employee_id.uuid()),
        number: person.number.unwrap_or_default(),
        name: person.name,
        position: row.position.as_ref().map(|position| position.name.clone()),
        department: row.department.as_ref().map(|department| department.name.clone()),
        email: person.work_email,
        user_id: person.user_id,
        pay_basis: row.pay_basis,
        wage: row.wage,
        currency: row.currency.clone().unwrap_or_default(),
        from: window.from,
        to: window.to,
        period_days: calendar.due(period).days.into(),
        due_days: due.days.into(),
        due_hours: due.hours,
        paid_leave_days: paid,
        unpaid_leave_days: unpaid,
        attended_hours,
    }
}
