//! Leave that employees ask for.

use eerp_sdk::prelude::*;

use crate::calendar::{Absence, Days, Plan, STRETCH_DAYS_MAX};
use crate::schedules::Calendars;
use crate::trees::named;
use crate::{Employee, LeaveType, OwnCompany, contracts};

/// How far a request has come.
#[choice]
pub enum LeaveState {
    /// It is being written.
    Draft,
    /// Somebody has to decide on it.
    Submitted,
    /// The leave is granted.
    Approved,
    /// The leave is not granted.
    Refused,
    /// The employee does not want it any more.
    Cancelled,
}

/// Leave that an employee asks for.
#[model(
    table = "leave_requests",
    path = "leave-requests",
    title = "Leave request",
    order = "from desc",
    company = "own_company_id",
    rule(role = "employee", where = employee.user_id == identity.user_id),
    rule(role = "line_manager", where = employee.user_id == identity.user_id
        || employee.manager.user_id == identity.user_id),
    rule(role = "hr_officer"),
    rule(role = "payroll_officer"),
    rules,
    index("state", "from"),
    exclude(one_leave_at_a_time, equal("employee_id", "holds"), from = "starts_at", to = "ends_at")
)]
pub struct LeaveRequest {
    /// Who would be away.
    pub employee_id: Ref<Employee>,
    /// The kind of leave.
    pub leave_type_id: Ref<LeaveType>,
    /// The first day.
    pub from: Date,
    /// The last day; the first one alone unless said.
    pub to: Option<Date>,
    /// Whether it begins at noon of the first day.
    #[field(default = false)]
    pub from_noon: bool,
    /// Whether it ends at noon of the last day.
    #[field(default = false)]
    pub to_noon: bool,
    /// What it is for.
    #[field(max = 1000, format = "multiline")]
    pub note: Option<String>,
    /// Days of work that it takes, by the schedule and the public holidays.
    #[field(numeric(6, 2), default = 0, readonly)]
    pub days: Decimal,
    /// How far it has come.
    #[field(default = LeaveState::Draft, readonly)]
    pub state: LeaveState,
    /// When it was submitted.
    #[field(readonly)]
    pub submitted_at: Option<Timestamp>,
    /// When it was approved, refused or cancelled.
    #[field(readonly)]
    pub decided_at: Option<Timestamp>,
    /// By which user.
    #[field(readonly)]
    pub decided_by: Option<Uuid>,
    /// Why it was refused or cancelled.
    #[field(max = 500, readonly)]
    pub decision_reason: Option<String>,
    /// When it was cut short because the employee leaves.
    #[field(readonly)]
    pub shortened_at: Option<Timestamp>,
    /// The moment at which it begins.
    #[field(readonly)]
    pub starts_at: Option<Timestamp>,
    /// The moment at which it is over.
    #[field(readonly)]
    pub ends_at: Option<Timestamp>,
    /// Whether it keeps others from its days: once submitted, until refused or
    /// cancelled.
    #[field(readonly)]
    pub holds: Option<bool>,
    /// The own company that employs: the employee's.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for LeaveRequest {
    fn before_create(&mut self) -> Result<()> {
        let employee = db::get(self.employee_id).map_err(named("employee_id"))?;
        self.own_company_id = employee.own_company_id;
        self.reckon(&employee)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.to = self.to.or(before.to);
        if self.asks() == before.asks() || self.shortened_at != before.shortened_at {
            return Ok(());
        }
        if before.state != LeaveState::Draft {
            let message = "Only a draft is changed: cancel the request and make a new one.";
            return Err(Error::conflict("not_draft", message));
        }
        self.before_create()
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        match db::get(id)?.holds {
            Some(true) => Err(Error::conflict("live", "Cancel the request instead.")),
            _ => Ok(()),
        }
    }
}

impl LeaveRequest {
    /// The last day.
    pub(crate) fn to(&self) -> Date {
        self.to.unwrap_or(self.from)
    }

    /// Its days.
    pub(crate) fn stretch(&self) -> Days {
        Days { from: self.from, to: self.to() }
    }

    /// The absence that it asks for.
    pub(crate) fn absence(&self) -> Absence {
        Absence { days: self.stretch(), from_noon: self.from_noon, to_noon: self.to_noon }
    }

    /// What it asks for, and what nobody changes any more once it is submitted.
    fn asks(&self) -> (Ref<Employee>, Ref<LeaveType>, Absence) {
        (self.employee_id, self.leave_type_id, self.absence())
    }

    /// Reckons its days, and refuses what nobody can ask for.
    fn reckon(&mut self, employee: &Employee) -> Result<()> {
        self.to = Some(self.to());
        self.must_be_in_order()?;
        let leave_type = db::get(self.leave_type_id).map_err(named("leave_type_id"))?;
        self.must_be_of(&leave_type)?;
        employee.must_be_employed(self.stretch(), "from")?;
        self.taken(employee.own_company_id).map(drop)
    }

    fn must_be_in_order(&self) -> Result<()> {
        let days = self.stretch();
        if days.to < days.from {
            let message = "The last day is not before the first.";
            return Err(Error::invalid("to", "before_from", message));
        }
        if days.count() > STRETCH_DAYS_MAX {
            let message = format!("Ask for at most {STRETCH_DAYS_MAX} days at once.");
            return Err(Error::invalid("to", "too_long", message));
        }
        if self.from_noon && self.to_noon && days.from == days.to {
            let message = "It would end when it begins.";
            return Err(Error::invalid("to_noon", "before_from", message));
        }
        Ok(())
    }

    fn must_be_of(&self, leave_type: &LeaveType) -> Result<()> {
        if !leave_type.active {
            let message = format!("{} is not given any more.", leave_type.name);
            return Err(Error::invalid("leave_type_id", "inactive", message));
        }
        if (self.from_noon || self.to_noon) && !leave_type.half_days {
            let field = if self.from_noon { "from_noon" } else { "to_noon" };
            let message = format!("{} is taken in whole days.", leave_type.name);
            return Err(Error::invalid(field, "whole_days", message));
        }
        Ok(())
    }

    /// The days of work that it takes, as the calendars are now; their sum and its
    /// moments are noted.
    ///
    /// # Errors
    /// 422 `no_work_due` when it takes none.
    pub(crate) fn taken(
        &mut self,
        company: Option<Ref<OwnCompany>>,
    ) -> Result<Vec<(Date, Decimal)>> {
        let plan = plan(self.employee_id, company, self.stretch())?;
        let taken = self.absence().taken(|day| plan.hours(day));
        if taken.is_empty() {
            let message = "No work is due on these days.";
            return Err(Error::invalid("from", "no_work_due", message));
        }
        self.days = taken.iter().map(|(_, share)| *share).sum();
        self.starts_at = Some(noon_or(self.from_noon, self.from, 0));
        self.ends_at = Some(noon_or(self.to_noon, self.to(), HOURS_OF_DAY));
        Ok(taken)
    }
}

const HOURS_OF_DAY: i64 = 24;
const NOON: i64 = 12;

/// Noon of a day, or another hour of it.
fn noon_or(noon: bool, day: Date, hour: i64) -> Timestamp {
    let hour = if noon { NOON } else { hour };
    Timestamp::from_millis((day.days() * HOURS_OF_DAY + hour) * 3_600_000)
}

/// The calendars of an employee on these days.
fn plan(employee: Ref<Employee>, company: Option<Ref<OwnCompany>>, days: Days) -> Result<Plan> {
    let mut calendars = Calendars::read(days)?;
    let contracts = contracts::of_employee(employee, days)?;
    let part = |contract: &Record<crate::Contract>| {
        (contract.days(), calendars.of(contract.schedule_id, company))
    };
    let parts = contracts.iter().map(part).collect();
    Ok(Plan { parts, usual: calendars.of(None, company) })
}
