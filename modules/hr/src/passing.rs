//! How employees come and go, at the very moment.

use eerp_sdk::prelude::*;
use eerp_sdk::services::clock;

use crate::attendance::{HOURS_MAX, MILLIS_OF_MINUTE, MINUTES_OF_HOUR, one};
use crate::schedules::Calendars;
use crate::trees::named;
use crate::{Attendance, Employee, contracts};

/// Who comes or goes.
#[body]
pub struct Passing {
    /// The employee; whoever the user is unless said.
    pub employee_id: Option<Ref<Employee>>,
    /// Anything worth knowing.
    #[field(max = 500)]
    pub note: Option<String>,
    /// Minutes of rest, when somebody goes.
    #[field(default = 0, min = 0, max = 1440)]
    pub break_minutes: i32,
}

impl Passing {
    fn employee(&self, request: &Request) -> Result<Record<Employee>> {
        if let Some(id) = self.employee_id {
            return db::get(id).map_err(named("employee_id"));
        }
        let user: Option<Uuid> = request.identity()?.user_id.parse().ok();
        let own = db::find::<Employee>().eq("user_id", user).first()?;
        own.ok_or_else(|| {
            let message = "You are no employee: say whom it is about.";
            Error::invalid("employee_id", "required", message)
        })
    }
}

/// Check in: an employee comes to work now
///
/// The day is that of the place of work, by the zone of the employee's schedule.
#[post("/attendance/check-in", permission = "attendance.check_in", status = 201)]
pub(crate) fn check_in(body: Passing, request: &Request) -> Result<Record<Attendance>> {
    let employee = body.employee(request)?;
    db::create(&Attendance {
        employee_id: employee.id,
        check_in: now(),
        date: Some(today_of(&employee)?),
        note: body.note,
        break_minutes: 0,
        ..Attendance::default()
    })
}

/// Today where an employee works.
fn today_of(employee: &Record<Employee>) -> Result<Date> {
    let today = now().date();
    let contract = contracts::of_employee(employee.id, one(today))?.pop();
    let calendars = Calendars::read(one(today))?;
    let schedule = contract.and_then(|contract| contract.schedule_id);
    match calendars.schedule(schedule, employee.own_company_id) {
        Some(schedule) if schedule.zone != "UTC" => Ok(clock::now_in(&schedule.zone)?.date),
        _ => Ok(today),
    }
}

/// Check out: an employee goes home now
#[post("/attendance/check-out", permission = "attendance.check_in")]
pub(crate) fn check_out(body: Passing, request: &Request) -> Result<Record<Attendance>> {
    let employee = body.employee(request)?;
    let open = db::find::<Attendance>().eq("employee_id", employee.id.uuid()).is_null("check_out");
    let mut open = open
        .first()?
        .ok_or_else(|| Error::conflict("not_checked_in", "The employee has not checked in."))?;
    if now().millis() - open.check_in.millis() > HOURS_MAX * MINUTES_OF_HOUR * MILLIS_OF_MINUTE {
        let message = format!(
            "The employee checked in at {} and never out: say in that record when.",
            open.check_in
        );
        return Err(Error::conflict("check_out_forgotten", message));
    }
    open.check_out = Some(now());
    open.break_minutes = body.break_minutes;
    open.note = body.note.or(open.note.take());
    db::update(&open)
}
