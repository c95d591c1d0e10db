//! How an employee leaves, and what ends with it.

use eerp_sdk::prelude::*;

use crate::calendar::Days;
use crate::{
    Attendance, Contract, Employee, LeaveRequest, LeaveState, contracts, leave_flow, ledger, paid,
};

/// When an employee leaves, and why.
#[body]
pub struct Termination {
    /// The last day of employment.
    pub left_on: Date,
    /// Why.
    #[field(max = 500)]
    pub reason: Option<String>,
}

/// Terminate an employment
///
/// Contracts end with it. Leave after the last day is cancelled, leave that goes beyond
/// it is cut short, and the days are given back. Later attendance is refused.
#[post("/employees/{id:uuid}/terminate", permission = "employees.terminate", answers = Employee)]
pub(crate) fn terminate(id: Ref<Employee>, body: Termination) -> Result<Reply> {
    let employee = Employee::hold(id)?;
    refuse_leaving(&employee, body.left_on)?;
    end_contracts(id, body.left_on)?;
    end_leave(&employee, body.left_on)?;
    let mut employee = db::lock(id)?;
    employee.left_on = Some(body.left_on);
    employee.leaving_reason = body.reason;
    Ok(Reply::last(db::operation::update(&employee)?))
}

/// All days after this one.
fn after(day: Date) -> Days {
    let end = Date::new(9999, 12, 31).unwrap_or_default();
    Days { from: day.plus_days(1).unwrap_or(end), to: end }
}

fn refuse_leaving(employee: &Record<Employee>, day: Date) -> Result<()> {
    if let Some(left) = employee.left_on {
        let message = format!("The employee leaves on {left}: reinstate the employee first.");
        return Err(Error::conflict("already_left", message));
    }
    if day < employee.hired() {
        let message = "Nobody leaves before the first day.";
        return Err(Error::invalid("left_on", "before_hired_on", message));
    }
    let attended = db::find::<Attendance>().eq("employee_id", employee.id.uuid()).gt("date", day);
    if let Some(attended) = attended.first()? {
        let message = format!("The employee was at work on {}.", attended.date());
        return Err(Error::conflict("attended", message));
    }
    paid::refuse(employee.id, after(day))
}

fn end_contracts(id: Ref<Employee>, day: Date) -> Result<()> {
    let mut ending: Vec<Record<Contract>> = Vec::new();
    for mut contract in contracts::of_employee(id, after(day))? {
        if contract.days().from > day {
            db::delete(contract.id, None)?;
        } else {
            contract.to = Some(day);
            ending.push(contract);
        }
    }
    db::update_all(&ending).map(drop)
}

fn end_leave(employee: &Record<Employee>, day: Date) -> Result<()> {
    let live = db::find::<LeaveRequest>().eq("employee_id", employee.id.uuid()).eq("holds", true);
    let mut requests = live.gt("to", day).all()?;
    let booked = requests.iter().filter(|request| request.state == LeaveState::Approved);
    ledger::give_back(&booked.map(|request| request.id).collect::<Vec<_>>())?;
    for request in &mut requests {
        if !cut_short(request, employee, day)? {
            cancel(request);
        }
    }
    db::update_all(&requests).map(drop)
}

/// Ends the leave on this day, if that leaves any; whether it does.
fn cut_short(request: &mut Record<LeaveRequest>, employee: &Employee, day: Date) -> Result<bool> {
    if request.from > day {
        return Ok(false);
    }
    request.to = Some(day);
    request.to_noon = false;
    request.shortened_at = Some(now());
    let taken = match request.taken(employee.own_company_id) {
        Err(error) if error.status == 422 => return Ok(false),
        taken => taken?,
    };
    if request.state == LeaveState::Approved {
        leave_flow::book(request, &taken)?;
    }
    Ok(true)
}

fn cancel(request: &mut LeaveRequest) {
    request.state = LeaveState::Cancelled;
    request.holds = None;
    request.decided_at = Some(now());
    request.decision_reason = Some("The employee leaves.".into());
}

/// Reinstate an employee who was to leave, or has left
///
/// Contracts and leave that ended with the employment stay as they are: a new contract
/// is made.
#[post(
    "/employees/{id:uuid}/reinstate",
    permission = "employees.terminate",
    answers = Employee
)]
pub(crate) fn reinstate(id: Ref<Employee>) -> Result<Reply> {
    let mut employee = db::lock(id)?;
    if employee.left_on.is_none() {
        return Err(Error::conflict("not_left", "The employee does not leave."));
    }
    employee.left_on = None;
    employee.leaving_reason = None;
    Ok(Reply::last(db::operation::update(&employee)?))
}
