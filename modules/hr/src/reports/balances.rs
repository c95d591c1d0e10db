//! How much leave everybody has left.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::{PERSON, Person, shown};
use crate::{Employee, EntryKind, LeaveEntry, LeaveRequest, LeaveState, LeaveType};

/// Rows that are summed at once.
const SUMS_MAX: usize = 1000;
/// Employees on one page.
const EMPLOYEES_MAX: usize = 50;

/// Whose balances are wanted, and on which day.
#[query]
pub struct BalanceQuestion {
    /// The day; today unless said.
    pub date: Option<Date>,
    /// Of this employee only.
    pub employee_id: Option<Uuid>,
    /// Of this type of leave only.
    pub leave_type_id: Option<Uuid>,
    /// Those after this employee; it is the `next` of an answer.
    pub after: Option<Uuid>,
}

/// How much leave of one type somebody has.
#[body]
pub struct Balance {
    /// The employee.
    pub employee_id: Ref<Employee>,
    /// The employee's number.
    pub number: Option<String>,
    /// The employee's name.
    pub name: String,
    /// The type of leave.
    pub leave_type_id: Ref<LeaveType>,
    /// What it is called.
    pub leave_type: String,
    /// Days that were allocated and hold on the day.
    #[field(numeric(10, 2))]
    pub allocated: Decimal,
    /// Days of these that were taken or are to be.
    #[field(numeric(10, 2))]
    pub taken: Decimal,
    /// Days that are asked for, and not decided on.
    #[field(numeric(10, 2))]
    pub pending: Decimal,
    /// Days that are left; none are counted of leave that needs no allocation.
    #[field(numeric(10, 2))]
    pub balance: Option<Decimal>,
}

/// How much leave everybody has.
#[body]
pub struct Balances {
    /// The day.
    pub date: Date,
    /// Each employee with each type of leave that is allocated, or was taken.
    pub items: Vec<Balance>,
    /// What asks for more; nothing after the last.
    pub next: Option<Uuid>,
}

/// Days that belong to an employee and a type of leave.
#[body]
struct Sum {
    /// Who.
    employee_id: Uuid,
    /// Of which type.
    leave_type_id: Uuid,
    /// How many.
    #[field(numeric(10, 2))]
    days: Decimal,
}

type Sums = BTreeMap<(Uuid, Uuid), Decimal>;

/// Leave balances on a day
///
/// An allocation counts on the days on which it holds, with all that is booked of it.
#[get("/leave-balances")]
pub(crate) fn leave_balances(query: BalanceQuestion) -> Result<Balances> {
    let date = query.date.unwrap_or_else(|| now().date());
    let mut types = db::find::<LeaveType>();
    if let Some(id) = query.leave_type_id {
        types = types.eq("id", id);
    }
    let types = types.all()?;
    let page = (SUMS_MAX / types.len().max(1)).clamp(1, EMPLOYEES_MAX);
    let people = people(&query, date, page)?;
    let next = (people.len() == page).then(|| people.last().map(|one| one.id.uuid())).flatten();
    let items = match people.is_empty() {
        true => Vec::new(),
        false => reckoned(&people, &types, date)?,
    };
    Ok(Balances { date, items, next })
}

fn people(query: &BalanceQuestion, date: Date, page: usize) -> Result<Vec<Person>> {
    let stays =
        Condition::any([Condition::is_null("left_on"), Condition::compare("left_on", "gte", date)]);
    let mut found = db::find::<Employee>().filter(stays).order("id").limit(page as u32);
    if let Some(id) = query.employee_id {
        found = found.eq("id", id);
    }
    if let Some(after) = query.after {
        found = found.gt("id", after);
    }
    found.rows(PERSON)
}

fn reckoned(people: &[Person], types: &[Record<LeaveType>], date: Date) -> Result<Vec<Balance>> {
    use EntryKind::{Allocated, CarriedIn, CarriedOut, Returned, Taken, TakenBack};
    let given = booked(people, date, [Allocated, CarriedIn, CarriedOut, TakenBack])?;
    let taken = booked(people, date, [Taken, Returned])?;
    let pending = pending(people)?;
    let pairs = people.iter().flat_map(|person| types.iter().map(move |one| (person, one)));
    let each = pairs.filter_map(|(person, leave_type)| {
        let key = (person.id.uuid(), leave_type.id.uuid());
        let of = |sums: &Sums| shown(sums.get(&key).copied().unwrap_or_default());
        let (allocated, taken, pending) =
            (of(&given), shown(Decimal::ZERO - of(&taken)), of(&pending));
        let tells = leave_type.needs_allocation || !taken.is_zero() || !pending.is_zero();
        tells.then(|| Balance {
            employee_id: person.id,
            number: person.number.clone(),
            name: person.name.clone(),
            leave_type_id: leave_type.id,
            leave_type: leave_type.name.clone(),
            allocated,
            taken,
            pending,
            balance: leave_type.needs_allocation.then_some(allocated - taken),
        })
    });
    Ok(each.collect())
}

fn booked<const N: usize>(people: &[Person], date: Date, kinds: [EntryKind; N]) -> Result<Sums> {
    let holds = Condition::all([
        Condition::compare("valid_from", "lte", date),
        Condition::compare("valid_to", "gte", date),
    ]);
    let found = db::find::<LeaveEntry>()
        .one_of("employee_id", people.iter().map(|person| person.id.uuid()))
        .one_of("kind", kinds)
        .filter(Condition::any([holds, Condition::is_null("valid_to")]));
    sums(found.aggregate())
}

fn pending(people: &[Person]) -> Result<Sums> {
    let found = db::find::<LeaveRequest>()
        .one_of("employee_id", people.iter().map(|person| person.id.uuid()))
        .eq("state", LeaveState::Submitted);
    sums(found.aggregate())
}

fn sums<M: eerp_sdk::model::Model>(found: db::Aggregate<M>) -> Result<Sums> {
    let grouped = found.group("employee_id").group("leave_type_id").sum("days", "days");
    let rows: Vec<Sum> = grouped.all()?;
    Ok(rows.iter().map(|row| ((row.employee_id, row.leave_type_id), row.days)).collect())
}
