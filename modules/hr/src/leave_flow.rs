//! How leave is asked for, granted, refused and given up.

use eerp_sdk::prelude::*;

use crate::{Attendance, Employee, LeaveRequest, LeaveState, LeaveType, ledger, paid};

use LeaveState::{Approved, Cancelled, Draft, Refused, Submitted};

/// A request and its employee, held while it is decided on.
struct Held {
    request: Record<LeaveRequest>,
    employee: Record<Employee>,
}

impl Held {
    /// # Errors
    /// 404 when there is no such request, 409 `wrong_state` when it is not in one of
    /// these states.
    fn of(id: Ref<LeaveRequest>, states: &[LeaveState]) -> Result<Self> {
        let employee = Employee::hold(db::get(id)?.employee_id)?;
        let request = db::lock(id)?;
        if states.contains(&request.state) {
            return Ok(Self { request, employee });
        }
        let message = format!("The request is {}.", request.state.word());
        Err(Error::conflict("wrong_state", message))
    }

    fn is_own(&self, request: &Request) -> Result<bool> {
        let user = request.identity()?.user_id.parse::<Uuid>().ok();
        Ok(user.is_some() && self.employee.user_id == user)
    }

    /// Nobody decides on their own leave.
    fn refuse_own(&self, request: &Request) -> Result<()> {
        match self.is_own(request)? {
            true => {
                let message = "It is your own request: somebody else decides on it.";
                Err(Error::conflict("own_request", message))
            }
            false => Ok(()),
        }
    }

    /// The days that the leave takes. None of them is paid, and on none that it takes
    /// whole was work attended.
    fn taken(&mut self) -> Result<Vec<(Date, Decimal)>> {
        self.employee.must_be_employed(self.request.stretch(), "from")?;
        let company = self.employee.own_company_id;
        let taken = self.request.taken(company)?;
        paid::refuse(self.employee.id, self.request.stretch())?;
        let whole = taken.iter().filter(|(_, share)| *share == Decimal::ONE);
        refuse_attended(self.employee.id, whole.map(|(day, _)| *day))?;
        Ok(taken)
    }

    fn decided(&mut self, state: LeaveState, request: &Request) -> Result<()> {
        self.request.state = state;
        self.request.decided_at = Some(now());
        self.request.decided_by = request.identity()?.user_id.parse().ok();
        if state != Approved {
            self.request.holds = None;
        }
        Ok(())
    }

    fn stored(self) -> Result<Reply> {
        Ok(Reply::last(db::operation::update(&self.request)?))
    }
}

fn refuse_attended(employee: Ref<Employee>, days: impl Iterator<Item = Date>) -> Result<()> {
    let days: Vec<Date> = days.collect();
    if days.is_empty() {
        return Ok(());
    }
    let attended = db::find::<Attendance>().eq("employee_id", employee.uuid());
    match attended.one_of("date", days).first()? {
        Some(attendance) => {
            let message = format!("The employee was at work on {}.", attendance.date());
            Err(Error::conflict("attended", message))
        }
        None => Ok(()),
    }
}

/// Submit a request for leave
///
/// From now on it holds its days. It is refused when other leave holds some of them, or
/// when too few days are left.
#[post("/leave-requests/{id:uuid}/submit", answers = LeaveRequest)]
pub(crate) fn submit(id: Ref<LeaveRequest>) -> Result<Reply> {
    let mut held = Held::of(id, &[Draft])?;
    let taken = held.taken()?;
    refuse_overlap(&held.request)?;
    let leave_type = db::get(held.request.leave_type_id)?;
    drawn(&held.request, &leave_type, &taken)?;
    held.request.state = Submitted;
    held.request.holds = Some(true);
    held.request.submitted_at = Some(now());
    held.stored()
}

fn refuse_overlap(request: &Record<LeaveRequest>) -> Result<()> {
    let others = db::find::<LeaveRequest>().eq("employee_id", request.employee_id.uuid());
    let others = others.eq("holds", true).lt("starts_at", request.ends_at);
    match others.gt("ends_at", request.starts_at).first()? {
        Some(other) => {
            let days = other.stretch();
            let message =
                format!("Other leave, from {} to {}, holds some of the days.", days.from, days.to);
            Err(Error::conflict("leave_overlap", message))
        }
        None => Ok(()),
    }
}

/// What the leave takes of the allocations, if that is there.
fn drawn(
    request: &LeaveRequest,
    leave_type: &LeaveType,
    taken: &[(Date, Decimal)],
) -> Result<(crate::balance::Account, crate::balance::Drawn)> {
    let account = match leave_type.needs_allocation {
        true => ledger::account(request.employee_id, request.leave_type_id, request.from)?,
        false => Default::default(),
    };
    let drawn = account.draw(taken);
    if leave_type.is_limited() && !drawn.missing.is_zero() {
        let there = request.days - drawn.missing;
        let message = format!(
            "The leave takes {} days of {}, and {there} of them are left.",
            request.days, leave_type.name
        );
        return Err(Error::conflict("insufficient_balance", message));
    }
    Ok((account, drawn))
}

/// Books what a request takes, whatever state it is in.
///
/// # Errors
/// 409 `insufficient_balance`.
pub(crate) fn book(request: &Record<LeaveRequest>, taken: &[(Date, Decimal)]) -> Result<()> {
    let leave_type = db::get(request.leave_type_id)?;
    let (account, drawn) = drawn(request, &leave_type, taken)?;
    ledger::take(request, &account, &drawn)
}

/// Approve a request for leave
///
/// Its days are booked. Nobody approves their own.
#[post(
    "/leave-requests/{id:uuid}/approve",
    permission = "leave_requests.approve",
    answers = LeaveRequest
)]
pub(crate) fn approve(id: Ref<LeaveRequest>, request: &Request) -> Result<Reply> {
    let mut held = Held::of(id, &[Submitted])?;
    held.refuse_own(request)?;
    let taken = held.taken()?;
    book(&held.request, &taken)?;
    held.decided(Approved, request)?;
    held.stored()
}

/// Why leave is not granted.
#[body]
pub struct Refusal {
    /// What speaks against it.
    #[field(max = 500)]
    pub reason: String,
}

/// Refuse a request for leave
#[post(
    "/leave-requests/{id:uuid}/refuse",
    permission = "leave_requests.approve",
    answers = LeaveRequest
)]
pub(crate) fn refuse(id: Ref<LeaveRequest>, body: Refusal, request: &Request) -> Result<Reply> {
    let mut held = Held::of(id, &[Submitted])?;
    held.refuse_own(request)?;
    held.request.decision_reason = Some(body.reason);
    held.decided(Refused, request)?;
    held.stored()
}

/// Why leave is given up.
#[body]
pub struct Cancellation {
    /// What has changed.
    #[field(max = 500)]
    pub reason: Option<String>,
}

/// Cancel a request for leave
///
/// Days that were booked are given back. Leave that has begun is cancelled by somebody
/// else than the employee.
#[post("/leave-requests/{id:uuid}/cancel", answers = LeaveRequest)]
pub(crate) fn cancel(
    id: Ref<LeaveRequest>,
    body: Cancellation,
    request: &Request,
) -> Result<Reply> {
    let mut held = Held::of(id, &[Draft, Submitted, Approved])?;
    if held.request.state == Approved {
        paid::refuse(held.employee.id, held.request.stretch())?;
        if held.request.from <= now().date() && held.is_own(request)? {
            let message = "The leave has begun: somebody else cancels it.";
            return Err(Error::conflict("already_begun", message));
        }
        ledger::give_back(&[id])?;
    }
    held.request.decision_reason = body.reason;
    held.decided(Cancelled, request)?;
    held.stored()
}
