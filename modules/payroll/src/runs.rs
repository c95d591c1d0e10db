//! Payroll runs: the payslips of many employees for one period, made, posted and paid
//! together.

use eerp_accounting_api::{Account, Entry};
use eerp_core_api::{CompanyQuestion, DESCRIBE_COMPANY};
use eerp_hr_api::Employee;
use eerp_sdk::prelude::*;

use crate::making::Exception;
use crate::{OwnCompany, Structure};

/// Employees of one run. Larger houses make a run for each department.
pub(crate) const EMPLOYEES_MAX: usize = 200;

/// Days of a period.
const DAYS_MAX: i64 = 366;

/// How far a run is.
#[choice]
pub enum RunState {
    /// It is planned, or was changed since it was computed.
    Draft,
    /// Its payslips are made and may be looked at.
    Computed,
    /// It stands in the books.
    Posted,
    /// It is paid out.
    Paid,
    /// It was taken back.
    Reversed,
}

/// A payroll run. It is made, computed, looked at, posted and paid.
#[model(
    table = "runs",
    title = "Payroll run",
    display = "number",
    order = "from desc, created_at desc",
    company = "own_company_id",
    index("from desc"),
    rules
)]
pub struct Run {
    /// Its number, once it is posted.
    #[field(max = 50, readonly, unique)]
    pub number: Option<String>,
    /// What it is called, where the period does not say enough.
    #[field(max = 200)]
    pub name: Option<String>,
    /// The first day that is paid; that of this month unless said.
    pub from: Option<Date>,
    /// The last day that is paid; the last of the month unless said.
    pub to: Option<Date>,
    /// The day of its entry in the books, by which pay is due; the last day of the period
    /// unless said.
    pub date: Option<Date>,
    /// Only who works in this department, by its name.
    #[field(max = 300)]
    pub department: Option<String>,
    /// Only these employees; all who have a contract in the period unless said.
    #[field(max = 200, default)]
    pub employee_ids: Vec<Ref<Employee>>,
    /// The structure for those to whom none is assigned; the first one unless said.
    pub structure_id: Option<Ref<Structure>>,
    /// The currency in which it pays, by its code; that of the books unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// How far it is.
    #[field(readonly, default = RunState::Draft)]
    pub state: RunState,
    /// How many payslips it has.
    #[field(readonly, default = 0)]
    pub employees: i32,
    /// All earnings.
    #[field(numeric(20, 4), readonly, default = 0, currency = "currency")]
    pub gross: Decimal,
    /// All that is withheld.
    #[field(numeric(20, 4), readonly, default = 0, currency = "currency")]
    pub deductions: Decimal,
    /// All that is paid out.
    #[field(numeric(20, 4), readonly, default = 0, currency = "currency")]
    pub net: Decimal,
    /// All that the employer pays on top.
    #[field(numeric(20, 4), readonly, default = 0, currency = "currency")]
    pub employer: Decimal,
    /// Employees for whom no payslip could be made, and why.
    #[field(readonly, default)]
    pub exceptions: Vec<Exception>,
    /// When it was computed last.
    #[field(readonly)]
    pub computed_at: Option<Timestamp>,
    /// When it was posted.
    #[field(readonly)]
    pub posted_at: Option<Timestamp>,
    /// Its entry in the books.
    #[field(readonly)]
    pub entry_id: Option<Ref<Entry>>,
    /// The account on which net pay is owed.
    #[field(readonly)]
    pub payable_account_id: Option<Ref<Account>>,
    /// The day on which it was paid out.
    #[field(readonly)]
    pub paid_on: Option<Date>,
    /// The entry of its payment.
    #[field(readonly)]
    pub payment_entry_id: Option<Ref<Entry>>,
    /// The entry that takes it back.
    #[field(readonly)]
    pub reversal_entry_id: Option<Ref<Entry>>,
    /// Why it was taken back.
    #[field(max = 500, readonly)]
    pub reversal_reason: Option<String>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline")]
    pub notes: Option<String>,
    /// The own company that pays.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Run {
    fn before_create(&mut self) -> Result<()> {
        let today = now().date();
        self.complete(today)?;
        if self.currency.is_none() {
            let company_id = self.own_company_id;
            let question = CompanyQuestion { company_id };
            self.currency = Some(DESCRIBE_COMPANY.call(&question)?.currency.code);
        }
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.is_planned_like(before) {
            return Ok(());
        }
        if !before.is_open() {
            let message = "The run is posted and stays as it is: reverse it instead.";
            return Err(Error::conflict("posted", message));
        }
        // What was computed is no longer what is asked for.
        self.state = RunState::Draft;
        self.currency = self.currency.take().or_else(|| before.currency.clone());
        self.complete(before.first_day())
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        if db::get(id)?.is_open() {
            return Ok(());
        }
        let message = "The run was posted and stays: reverse it instead.";
        Err(Error::conflict("posted", message))
    }
}

impl Run {
    /// The first day that is paid.
    pub(crate) fn first_day(&self) -> Date {
        self.from.unwrap_or_default()
    }

    /// The last day that is paid.
    pub(crate) fn last_day(&self) -> Date {
        self.to.unwrap_or_default()
    }

    /// The day of its entry.
    pub(crate) fn entry_date(&self) -> Date {
        self.date.unwrap_or_else(|| self.last_day())
    }

    /// Its currency, by its code.
    pub(crate) fn currency(&self) -> &str {
        self.currency.as_deref().unwrap_or_default()
    }

    /// Its own company, as other modules name it.
    pub(crate) fn company<M>(&self) -> Option<Ref<M>> {
        self.own_company_id.map(|id| Ref::new(id.uuid()))
    }

    /// What people call it.
    pub(crate) fn title(&self) -> String {
        let period = format!("{} to {}", self.first_day(), self.last_day());
        self.number.clone().or_else(|| self.name.clone()).unwrap_or(period)
    }

    /// Whether it may still be computed.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, RunState::Draft | RunState::Computed)
    }

    /// The run, if it is as far as that.
    pub(crate) fn must_be(&self, state: RunState, message: &'static str) -> Result<()> {
        if self.state == state {
            return Ok(());
        }
        let code = match self.state {
            RunState::Draft => "not_computed",
            RunState::Computed => "not_posted",
            RunState::Posted => "posted",
            RunState::Paid => "paid",
            RunState::Reversed => "reversed",
        };
        Err(Error::conflict(code, message))
    }

    /// Whether nothing was changed of what payslips are made by.
    fn is_planned_like(&self, other: &Self) -> bool {
        let plan = |run: &Self| {
            let Self { from, to, date, structure_id, own_company_id, .. } = *run;
            let period = (from, to, date, structure_id, own_company_id);
            (period, run.department.clone(), run.employee_ids.clone(), run.currency.clone())
        };
        plan(self) == plan(other)
    }

    /// Fills in the period: the month of a day, unless said.
    fn complete(&mut self, day: Date) -> Result<()> {
        let (first, last) = month_of(self.from.or(self.to).unwrap_or(day));
        let (from, to) = (self.from.unwrap_or(first), self.to.unwrap_or(last));
        if to < from {
            let message = "The period ends before it begins.";
            return Err(Error::invalid("to", "range", message));
        }
        if to.days() - from.days() >= DAYS_MAX {
            let message = format!("A period has at most {DAYS_MAX} days.");
            return Err(Error::invalid("to", "range", message));
        }
        (self.from, self.to) = (Some(from), Some(to));
        Ok(())
    }
}

/// The first and the last day of a day's month.
fn month_of(day: Date) -> (Date, Date) {
    let first = Date::new(day.year(), day.month(), 1).unwrap_or(day);
    let last = (28..=31).rev().find_map(|last| Date::new(day.year(), day.month(), last));
    (first, last.unwrap_or(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_its_first_and_its_last_day() {
        for (day, first, last) in [
            ("2026-02-10", "2026-02-01", "2026-02-28"),
            ("2024-02-29", "2024-02-01", "2024-02-29"),
            ("9999-12-31", "9999-12-01", "9999-12-31"),
        ] {
            let [day, first, last] = [day, first, last].map(|text| text.parse().expect("a day"));
            assert_eq!(month_of(day), (first, last));
        }
    }
}
