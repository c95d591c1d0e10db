//! A payslip by itself: a run of one employee.

use eerp_hr_api::Employee;
use eerp_sdk::prelude::*;
use eerp_sdk::reply::IntoReply;

use crate::computing::compute_locked;
use crate::payslips::Payslip;
use crate::runs::Run;
use crate::{OwnCompany, Structure};

/// The payslip that is wanted.
#[body]
pub struct NewPayslip {
    /// For whom.
    pub employee_id: Ref<Employee>,
    /// The first day; that of this month unless said.
    pub from: Option<Date>,
    /// The last day; the last of the month unless said.
    pub to: Option<Date>,
    /// The day of its entry in the books; the last day of the period unless said.
    pub date: Option<Date>,
    /// The structure, if none is assigned to the employee; the first one unless said.
    pub structure_id: Option<Ref<Structure>>,
    /// The currency, by its code; that of the books unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The own company that pays.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// Make the payslip of one employee
///
/// It is a run of one: post, pay and reverse it by its run. 409 with the exception's code
/// when it cannot be made: `no_contract`, `already_paid`, `negative_net` and so on.
#[post("/payslips", status = 201, answers = Whole<Payslip>)]
pub(crate) fn make_one(body: NewPayslip, request: &Request) -> Result<Reply> {
    let NewPayslip { employee_id, from, to, date, structure_id, currency, own_company_id } = body;
    let own_company_id = own_company_id.or_else(|| acting_for(request));
    let employee_ids = vec![employee_id];
    let run = Run { from, to, date, structure_id, currency, own_company_id, ..Run::default() };
    let run = compute_locked(db::create(&Run { employee_ids, ..run })?)?;
    if let Some(exception) = run.exceptions.first() {
        return Err(Error::conflict(exception.code.clone(), exception.message.clone()));
    }
    let slip = db::find::<Payslip>().eq("run_id", run.id).first()?;
    let lost = || Error::conflict("no_contract", "The employee has no contract in the period.");
    let whole = documents::with_lines(slip.ok_or_else(lost)?)?;
    let location = format!("{}/{}", request.path, whole.head.id);
    Ok(whole.into_reply().with_status(201).with_header("location", location))
}

/// The company that the caller acts in: unless said otherwise it is the one that pays.
fn acting_for(request: &Request) -> Option<Ref<OwnCompany>> {
    request.identity.as_ref()?.company_id.as_ref()?.parse().ok()
}
