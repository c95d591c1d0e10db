//! Days of leave that are given, and what becomes of those that nobody takes.

use eerp_sdk::prelude::*;

use crate::ledger::{self, EntryKind};
use crate::trees::named;
use crate::{Employee, LeaveType, OwnCompany};

/// Nobody is given more days at once.
const DAYS_MAX: i64 = 1000;

/// Days of leave that were given to an employee.
#[model(
    table = "allocations",
    order = "from desc",
    company = "own_company_id",
    rule(role = "employee", where = employee.user_id == identity.user_id),
    rule(role = "line_manager", where = employee.user_id == identity.user_id
        || employee.manager.user_id == identity.user_id),
    rule(role = "hr_officer"),
    rule(role = "payroll_officer"),
    check(days_given = days > 0)
)]
pub struct Allocation {
    /// To whom.
    pub employee_id: Ref<Employee>,
    /// Of which type.
    pub leave_type_id: Ref<LeaveType>,
    /// How many.
    #[field(numeric(6, 2), min = 0)]
    pub days: Decimal,
    /// The first day on which they may be taken; the first of this year unless said.
    pub from: Option<Date>,
    /// The last such day; the last of that year unless said.
    pub to: Option<Date>,
    /// Why.
    #[field(max = 500)]
    pub note: Option<String>,
    /// The allocation that they were carried over from.
    #[field(readonly)]
    pub carried_from_id: Option<Ref<Allocation>>,
    /// Whether what was left was carried over or taken back.
    #[field(default = false, readonly)]
    pub closed: bool,
    /// The own company that employs: the employee's.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Allocation {
    /// The first day on which the days may be taken.
    pub(crate) fn from(&self) -> Date {
        self.from.unwrap_or_default()
    }

    /// The last such day.
    pub(crate) fn to(&self) -> Date {
        self.to.unwrap_or_default()
    }

    fn complete(mut self, today: Date) -> Result<Self> {
        let from = self.from.or(Date::new(today.year(), 1, 1)).unwrap_or_default();
        let to = self.to.or(Date::new(from.year(), 12, 31)).unwrap_or_default();
        if to < from {
            let message = "The last day is not before the first.";
            return Err(Error::invalid("to", "before_from", message));
        }
        if self.days <= Decimal::ZERO || self.days > DAYS_MAX.into() {
            let message = format!("Give more than 0 days, and at most {DAYS_MAX}.");
            return Err(Error::invalid("days", "range", message));
        }
        (self.from, self.to) = (Some(from), Some(to));
        Ok(self)
    }

    fn give(self, kind: EntryKind) -> Result<Record<Self>> {
        let allocation = db::create(&self)?;
        db::create(&ledger::entry_of(&allocation, kind, allocation.days))?;
        Ok(allocation)
    }

    /// How many of the days are left.
    fn left(own: &Record<Self>) -> Result<Decimal> {
        let account = ledger::account(own.employee_id, own.leave_type_id, own.to())?;
        let grant = account.grants.iter().find(|grant| grant.allocation == own.id.uuid());
        Ok(grant.map(|grant| grant.left).unwrap_or_default())
    }

    /// The allocation, its employee held, as it is while nobody else takes of it.
    fn hold(id: Ref<Self>) -> Result<Record<Self>> {
        let employee = db::get(id)?.employee_id;
        Employee::hold(employee)?;
        let allocation = db::lock(id)?;
        match allocation.closed {
            true => {
                let message = "What was left of the allocation has been settled already.";
                Err(Error::conflict("already_settled", message))
            }
            false => Ok(allocation),
        }
    }
}

/// Days of leave that are given.
#[body]
pub struct NewAllocation {
    /// To whom.
    pub employee_id: Ref<Employee>,
    /// Of which type.
    pub leave_type_id: Ref<LeaveType>,
    /// How many.
    #[field(numeric(6, 2), min = 0)]
    pub days: Decimal,
    /// The first day on which they may be taken; the first of this year unless said.
    pub from: Option<Date>,
    /// The last such day; the last of that year unless said.
    pub to: Option<Date>,
    /// Why.
    #[field(max = 500)]
    pub note: Option<String>,
}

/// Give an employee days of leave
#[post("/allocations", permission = "allocations.create", status = 201)]
pub(crate) fn allocate(body: NewAllocation) -> Result<Record<Allocation>> {
    let leave_type = db::get(body.leave_type_id).map_err(named("leave_type_id"))?;
    if !leave_type.needs_allocation {
        let message = format!("{} is taken without being allocated.", leave_type.name);
        return Err(Error::invalid("leave_type_id", "not_allocated", message));
    }
    let employee = db::get(body.employee_id).map_err(named("employee_id"))?;
    let NewAllocation { employee_id, leave_type_id, days, from, to, note } = body;
    let own_company_id = employee.own_company_id;
    let allocation = Allocation {
        employee_id,
        leave_type_id,
        days,
        from,
        to,
        note,
        own_company_id,
        ..Allocation::default()
    };
    allocation.complete(now().date())?.give(EntryKind::Allocated)
}

/// How days are carried over.
#[body]
pub struct CarryOver {
    /// How many; all that the type of leave allows unless said.
    #[field(numeric(6, 2), min = 0)]
    pub days: Option<Decimal>,
    /// The last day on which they may be taken; the last of its first year unless said.
    pub to: Option<Date>,
}

/// Carry over what is left of an allocation
///
/// The days may be taken from the day on after the allocation's last. What is not
/// carried over may still be taken until then, and is lost after that.
#[post("/allocations/{id:uuid}/carry-over", status = 201)]
pub(crate) fn carry_over(id: Ref<Allocation>, body: CarryOver) -> Result<Record<Allocation>> {
    let mut old = Allocation::hold(id)?;
    let leave_type = db::get(old.leave_type_id)?;
    let left = Allocation::left(&old)?;
    let most = leave_type.carry_over_max.map_or(left, |most| most.min(left));
    let days = body.days.unwrap_or(most);
    if days > most || days <= Decimal::ZERO {
        return Err(refuse_days(days, most));
    }
    let next = old.to().plus_days(1).unwrap_or(old.to());
    let carried = Allocation {
        employee_id: old.employee_id,
        leave_type_id: old.leave_type_id,
        days,
        from: Some(next),
        to: body.to,
        carried_from_id: Some(old.id),
        own_company_id: old.own_company_id,
        ..Allocation::default()
    };
    let carried = carried.complete(next)?;
    old.closed = true;
    db::update(&old)?;
    db::create(&ledger::entry_of(&old, EntryKind::CarriedOut, -days))?;
    carried.give(EntryKind::CarriedIn)
}

fn refuse_days(days: Decimal, most: Decimal) -> Error {
    if most <= Decimal::ZERO {
        return Error::conflict("nothing_left", "Nothing is left that could be carried over.");
    }
    let message = format!("{days} days cannot be carried over, but up to {most}.");
    Error::invalid("days", "range", message)
}

/// Take back what is left of an allocation
#[post("/allocations/{id:uuid}/take-back")]
pub(crate) fn take_back(id: Ref<Allocation>) -> Result<Record<Allocation>> {
    let mut allocation = Allocation::hold(id)?;
    let left = Allocation::left(&allocation)?;
    if left > Decimal::ZERO {
        db::create(&ledger::entry_of(&allocation, EntryKind::TakenBack, -left))?;
    }
    allocation.closed = true;
    db::update(&allocation)
}
