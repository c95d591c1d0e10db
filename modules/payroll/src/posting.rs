//! Posting a run: its payslips become one entry in the books.

use eerp_accounting_api::{Account, JournalKind, NewEntry, POST_ENTRY, Posted};
use eerp_hr_api::{MARK_PAID, PaidDays, PaidPeriods};
use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, NextNumber, Reset};

use crate::basis::Taken;
use crate::computing::{by_employee, inputs, people};
use crate::entry::entry_lines;
use crate::events;
use crate::payslips::{Payslip, SlipLine, SlipState};
use crate::runs::{Run, RunState};
use crate::storing::{lines_of, update_all};

/// How a run is posted.
#[body]
pub struct Posting {
    /// Whether employees for whom no payslip could be made are left out; otherwise a run
    /// with exceptions is not posted.
    #[field(default = false)]
    pub leave_out_exceptions: bool,
}

/// Post a run
///
/// One entry for all payslips: salaries and the employer's charges on the left; what is
/// withheld, and the net pay of each employee, on the right. The days are closed then:
/// their leave and attendance no longer change. 409 `stale` when contracts, attendance,
/// leave or inputs are no longer those that were computed.
#[post("/runs/{id:uuid}/post", permission = "runs.post")]
pub(crate) fn post(id: Ref<Run>, body: Posting) -> Result<Record<Run>> {
    let mut run = db::lock(id)?;
    run.must_be(RunState::Computed, "Only a run that is computed can be posted.")?;
    if !run.exceptions.is_empty() && !body.leave_out_exceptions {
        let first = &run.exceptions[0].message;
        let message = format!("{} employees have no payslip. {first}", run.exceptions.len());
        return Err(Error::conflict("exceptions", message));
    }
    let mut slips = slips_of(id)?;
    if slips.is_empty() {
        return Err(Error::conflict("empty", "The run has no payslips."));
    }
    take_inputs(&run, &slips)?;
    let number = draw_number(&run)?;
    let lines = lines_of(id)?.into_values().flatten().map(Record::into_inner).collect::<Vec<_>>();
    let posted = enter(&run, &number, &slips, &lines)?;
    mark(&mut slips, &number, &posted);
    update_all(&slips)?;
    mark_days(&slips, true)?;
    run.payable_account_id = posted.as_ref().and_then(|posted| payable(posted, &slips));
    run.entry_id = posted.map(|posted| posted.entry_id);
    run.number = Some(number);
    run.state = RunState::Posted;
    run.posted_at = Some(now());
    let run = db::update(&run)?;
    events::tell(&run, &slips)?;
    Ok(run)
}

/// The payslips of a run, by the employees' numbers.
pub(crate) fn slips_of(run: Ref<Run>) -> Result<Vec<Record<Payslip>>> {
    db::find::<Payslip>().eq("run_id", run).order("employee_number, id").all()
}

/// The payslips take the inputs that they count; what has changed since they were computed
/// is refused.
fn take_inputs(run: &Record<Run>, slips: &[Record<Payslip>]) -> Result<()> {
    let ids: Vec<Uuid> = slips.iter().map(|slip| slip.employee_id.uuid()).collect();
    let mut open = inputs(run, &ids)?;
    let taken = by_employee(open.clone());
    let people = people(run)?;
    for slip in slips {
        let person = people.iter().find(|person| person.employee_id == slip.employee_id);
        let same_parts = person.is_some_and(|person| person.parts() == slip.parts);
        let taken = taken.get(&slip.employee_id.uuid()).map_or(&[][..], Vec::as_slice);
        if !same_parts || !same_inputs(taken, &slip.inputs) {
            let message = format!("{}'s data has changed: compute the run again.", slip.name);
            return Err(Error::conflict("stale", message));
        }
    }
    for input in &mut open {
        let slip = slips.iter().find(|slip| slip.employee_id == input.employee_id);
        input.payslip_id = slip.map(|slip| slip.id);
    }
    update_all(&open)
}

/// Whether two lists have the same inputs, in whatever order.
fn same_inputs(one: &[Taken], other: &[Taken]) -> bool {
    one.len() == other.len() && one.iter().all(|taken| other.contains(taken))
}

fn draw_number(run: &Run) -> Result<String> {
    // A number is given once, whichever company the user acts in.
    let drawn = sequences::next(NextNumber {
        per_company: false,
        reset: Reset::Yearly,
        date: Some(run.entry_date()),
        prefix: "PAY/{year}/".into(),
        padding: 5,
        ..NextNumber::of("runs")
    })?;
    Ok(drawn.text)
}

/// Posts the entry; there is none when all amounts are zero.
fn enter(
    run: &Record<Run>,
    number: &str,
    slips: &[Record<Payslip>],
    lines: &[SlipLine],
) -> Result<Option<Posted>> {
    let plain: Vec<&Payslip> = slips.iter().map(|slip| &**slip).collect();
    let lines = entry_lines(&plain, lines, run.entry_date());
    let too_large = || Error::conflict("too_large", "The amounts are too large for the books.");
    let lines = lines.ok_or_else(too_large)?;
    if lines.is_empty() {
        return Ok(None);
    }
    let entry = NewEntry {
        journal_kind: Some(JournalKind::Payroll),
        date: Some(run.entry_date()),
        currency: run.currency.clone(),
        reference: Some(number.into()),
        narration: Some(format!("Payroll {} to {}", run.first_day(), run.last_day())),
        own_company_id: run.company(),
        shared: run.own_company_id.is_none(),
        source_model: Some("payroll.runs".into()),
        source_id: Some(run.id.uuid()),
        lines,
        ..NewEntry::default()
    };
    POST_ENTRY.call(&entry).map(Some)
}

fn mark(slips: &mut [Record<Payslip>], number: &str, posted: &Option<Posted>) {
    for (at, slip) in slips.iter_mut().enumerate() {
        slip.number = Some(format!("{number}-{:03}", at + 1));
        slip.entry_id = posted.as_ref().map(|posted| posted.entry_id);
        slip.state = SlipState::Posted;
        slip.posted_at = Some(now());
    }
}

/// The account of the net pay: that of the last lines.
fn payable(posted: &Posted, slips: &[Record<Payslip>]) -> Option<Ref<Account>> {
    let owed = slips.iter().any(|slip| !slip.net.is_zero());
    posted.lines.last().filter(|_| owed).map(|line| line.account_id)
}

/// Closes the days of payslips, or opens them again.
pub(crate) fn mark_days(slips: &[Record<Payslip>], paid: bool) -> Result<()> {
    let days = |slip: &Record<Payslip>| PaidDays {
        employee_id: slip.employee_id,
        from: slip.from,
        to: slip.to,
        paid,
        payslip_id: slip.id.uuid(),
    };
    MARK_PAID.call(&PaidPeriods { items: slips.iter().map(days).collect() })
}
