//! Days that payslips have paid: leave and attendance on them change no more.

use std::collections::BTreeSet;

use eerp_hr_api::{MARK_PAID, PaidDays, PaidPeriods};
use eerp_sdk::prelude::*;

use crate::calendar::Days;
use crate::{BULK_MAX, Employee, OwnCompany};

/// Days of an employee that a payslip has paid.
#[model(
    table = "paid_periods",
    title = "Paid period",
    order = "from desc",
    company = "own_company_id",
    rule(role = "employee", where = employee.user_id == identity.user_id),
    rule(role = "line_manager", where = employee.user_id == identity.user_id
        || employee.manager.user_id == identity.user_id),
    rule(role = "hr_officer"),
    rule(role = "payroll_officer"),
    index("employee_id", "to")
)]
pub struct PaidPeriod {
    /// Whose.
    pub employee_id: Ref<Employee>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The payslip.
    #[field(index)]
    pub payslip_id: Uuid,
    /// Whether they are; not any more once the payslip was reversed.
    #[field(default = true)]
    pub paid: bool,
    /// The own company that employs.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// Refuses a change on days some of which are paid.
///
/// # Errors
/// 409 `days_paid`.
pub(crate) fn refuse(employee: Ref<Employee>, days: Days) -> Result<()> {
    let paid = db::find::<PaidPeriod>().eq("employee_id", employee.uuid()).eq("paid", true);
    match paid.lte("from", days.to).gte("to", days.from).first()? {
        Some(period) => {
            let (from, to) = (period.from, period.to);
            let message = format!("The days from {from} to {to} are paid and stay as they are.");
            Err(Error::conflict("days_paid", message))
        }
        None => Ok(()),
    }
}

/// Closes days that were paid, or opens them again.
///
/// The employees are changed as well: a booking that is under way at the same moment
/// sees the days as paid, or is refused.
#[serves(MARK_PAID)]
pub(crate) fn mark_paid(input: PaidPeriods) -> Result<()> {
    if input.items.is_empty() {
        return Ok(());
    }
    let employees = hold_all(&input.items)?;
    let payslips = input.items.iter().map(|item| item.payslip_id);
    let known = db::find::<PaidPeriod>().one_of("payslip_id", payslips).all()?;
    db::update_all(&changed(known.clone(), &input.items))?;
    let new: Vec<Record<PaidPeriod>> = input
        .items
        .iter()
        .filter(|item| is_new(item, &known))
        .map(|item| PaidPeriod {
            own_company_id: company(&employees, item.employee_id.uuid()),
            ..period(item)
        })
        .map(|period| Record::from(period).saying("own_company_id"))
        .collect();
    db::create_records(&new).map(drop)
}

fn hold_all(items: &[PaidDays]) -> Result<Vec<Record<Employee>>> {
    let ids: BTreeSet<Uuid> = items.iter().map(|item| item.employee_id.uuid()).collect();
    let found = db::find::<Employee>().one_of("id", ids.iter().copied()).order("id");
    let mut employees = found.limit(BULK_MAX as u32).all()?;
    if employees.len() < ids.len() {
        let unknown = |item: &PaidDays| {
            !employees.iter().any(|employee| employee.id.uuid() == item.employee_id.uuid())
        };
        let at = items.iter().position(unknown).unwrap_or_default();
        let field = format!("items/{at}/employee_id");
        return Err(Error::invalid(&field, "not_found", "There is no such employee."));
    }
    for employee in &mut employees {
        employee.bookings = employee.bookings.saturating_add(1);
    }
    db::update_all(&employees)
}

fn company(employees: &[Record<Employee>], id: Uuid) -> Option<Ref<OwnCompany>> {
    employees.iter().find(|employee| employee.id.uuid() == id)?.own_company_id
}

fn is_same(period: &PaidPeriod, item: &PaidDays) -> bool {
    period.payslip_id == item.payslip_id && period.employee_id.uuid() == item.employee_id.uuid()
}

/// The known periods as they are from now on.
fn changed(mut known: Vec<Record<PaidPeriod>>, items: &[PaidDays]) -> Vec<Record<PaidPeriod>> {
    for period in &mut known {
        if let Some(item) = items.iter().find(|item| is_same(period, item)) {
            (period.from, period.to, period.paid) = (item.from, item.to, item.paid);
        }
    }
    known
}

/// Whether it closes days that its payslip has not closed before.
fn is_new(item: &PaidDays, known: &[Record<PaidPeriod>]) -> bool {
    item.paid && !known.iter().any(|period| is_same(period, item))
}

fn period(item: &PaidDays) -> PaidPeriod {
    PaidPeriod {
        employee_id: Ref::new(item.employee_id.uuid()),
        from: item.from,
        to: item.to,
        payslip_id: item.payslip_id,
        paid: true,
        own_company_id: None,
    }
}
