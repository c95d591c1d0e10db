//! The ledger of leave: every day that was given or taken is an entry, and stays one.
//! Nobody counts a balance up or down; it is the sum of the entries.

use eerp_sdk::prelude::*;

use crate::balance::{Account, Booked, Drawn};
use crate::calendar::Days;
use crate::{Allocation, Employee, LeaveRequest, LeaveType, OwnCompany};

/// What an entry of the ledger is.
#[choice]
pub enum EntryKind {
    /// Days were allocated.
    Allocated,
    /// Days came from an allocation that ends.
    CarriedIn,
    /// Days went on to a later allocation.
    CarriedOut,
    /// Days that nobody took were taken back.
    TakenBack,
    /// Leave was approved.
    Taken,
    /// Leave was cancelled or cut short.
    Returned,
}

/// Days of leave that were given or taken.
#[model(
    table = "leave_entries",
    path = "leave-entries",
    title = "Leave entry",
    plural = "Leave entries",
    order = "date, created_at",
    company = "own_company_id",
    index("employee_id", "leave_type_id"),
    rule(role = "employee", where = employee.user_id == identity.user_id),
    rule(role = "line_manager", where = employee.user_id == identity.user_id
        || employee.manager.user_id == identity.user_id),
    rule(role = "hr_officer"),
    rule(role = "payroll_officer")
)]
pub struct LeaveEntry {
    /// Whose leave it is.
    pub employee_id: Ref<Employee>,
    /// Of which type.
    pub leave_type_id: Ref<LeaveType>,
    /// What it is.
    pub kind: EntryKind,
    /// The day that it counts for: the first day of the allocation or of the leave.
    pub date: Date,
    /// Days, negative when they were taken.
    #[field(numeric(8, 2))]
    pub days: Decimal,
    /// The allocation; none when more was taken than was allocated, or nothing has to be.
    pub allocation_id: Option<Ref<Allocation>>,
    /// The first day on which leave of the allocation may be taken.
    pub valid_from: Option<Date>,
    /// The last such day.
    #[field(index)]
    pub valid_to: Option<Date>,
    /// The request for leave.
    pub leave_request_id: Option<Ref<LeaveRequest>>,
    /// The own company that employs.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl LeaveEntry {
    fn booked(&self) -> Booked {
        let valid = self.valid_from.zip(self.valid_to).map(|(from, to)| Days { from, to });
        let allocation = self.allocation_id.map(|id| id.uuid());
        Booked { allocation: allocation.zip(valid), days: self.days }
    }
}

/// The leave of one type that an employee has, as far as it may be taken on this day or
/// later.
///
/// # Errors
/// Those of the database.
pub(crate) fn account(
    employee: Ref<Employee>,
    leave_type: Ref<LeaveType>,
    since: Date,
) -> Result<Account> {
    let ahead = Condition::compare("valid_to", "gte", since);
    let found = db::find::<LeaveEntry>()
        .eq("employee_id", employee.uuid())
        .eq("leave_type_id", leave_type.uuid())
        .filter(Condition::any([ahead, Condition::is_null("valid_to")]));
    Ok(account_of(&found.all()?))
}

/// What some entries of one employee and type come to.
pub(crate) fn account_of(entries: &[Record<LeaveEntry>]) -> Account {
    Account::of(&entries.iter().map(|entry| entry.booked()).collect::<Vec<_>>())
}

/// The entry that gives days of an allocation, or takes them when they are negative.
pub(crate) fn entry_of(
    allocation: &Record<Allocation>,
    kind: EntryKind,
    days: Decimal,
) -> LeaveEntry {
    LeaveEntry {
        employee_id: allocation.employee_id,
        leave_type_id: allocation.leave_type_id,
        kind,
        date: if days.is_sign_negative() { allocation.to() } else { allocation.from() },
        days,
        allocation_id: Some(allocation.id),
        valid_from: allocation.from,
        valid_to: allocation.to,
        leave_request_id: None,
        own_company_id: allocation.own_company_id,
    }
}

/// Books what approved leave takes.
///
/// # Errors
/// Those of the database.
pub(crate) fn take(request: &Record<LeaveRequest>, account: &Account, drawn: &Drawn) -> Result<()> {
    let valid = |id: Uuid| account.grants.iter().find(|grant| grant.allocation == id);
    let entry = |allocation: Option<Uuid>, days: Decimal| LeaveEntry {
        employee_id: request.employee_id,
        leave_type_id: request.leave_type_id,
        kind: EntryKind::Taken,
        date: request.from,
        days: -days,
        allocation_id: allocation.map(Ref::new),
        valid_from: allocation.and_then(valid).map(|grant| grant.valid.from),
        valid_to: allocation.and_then(valid).map(|grant| grant.valid.to),
        leave_request_id: Some(request.id),
        own_company_id: request.own_company_id,
    };
    let parts = drawn.parts.iter().map(|(id, days)| (Some(*id), *days));
    let missing = (!drawn.missing.is_zero()).then_some((None, drawn.missing));
    let entries: Vec<LeaveEntry> =
        parts.chain(missing).map(|(allocation, days)| entry(allocation, days)).collect();
    db::create_all(&entries).map(drop)
}

/// Gives back all that some leave has taken, to where it was taken of.
///
/// # Errors
/// Those of the database.
pub(crate) fn give_back(requests: &[Ref<LeaveRequest>]) -> Result<()> {
    if requests.is_empty() {
        return Ok(());
    }
    let ids = requests.iter().map(|id| id.uuid());
    let entries = db::find::<LeaveEntry>().one_of("leave_request_id", ids).all()?;
    db::create_all(&reversals(&entries)).map(drop)
}

/// An entry against each sum of a request and an allocation that is not zero.
fn reversals(entries: &[Record<LeaveEntry>]) -> Vec<LeaveEntry> {
    let mut sums: Vec<LeaveEntry> = Vec::new();
    for entry in entries {
        let same = |sum: &&mut LeaveEntry| {
            sum.leave_request_id == entry.leave_request_id
                && sum.allocation_id == entry.allocation_id
        };
        match sums.iter_mut().find(same) {
            Some(sum) => sum.days -= entry.days,
            None => sums.push(LeaveEntry {
                kind: EntryKind::Returned,
                days: -entry.days,
                ..entry.clone().into_inner()
            }),
        }
    }
    sums.retain(|sum| !sum.days.is_zero());
    sums
}
