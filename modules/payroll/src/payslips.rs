//! Payslips: what an employee earned in a period, what was withheld, what is paid out.

use eerp_accounting_api::{Account, Entry};
use eerp_hr_api::Employee;
use eerp_sdk::prelude::*;

use crate::basis::{Part, Taken};
use crate::structures::{Category, PayPurpose};
use crate::{OwnCompany, Run, Structure};

/// How far a payslip is.
#[choice]
pub enum SlipState {
    /// It is computed and may be computed again.
    Draft,
    /// It stands in the books and stays as it is.
    Posted,
    /// It is paid out.
    Paid,
    /// It was taken back.
    Reversed,
}

/// What an employee is paid for a period. A payroll run makes it, and it changes with
/// the run only.
#[model(
    table = "payslips",
    title = "Payslip",
    display = "number",
    order = "to desc, employee_number",
    company = "own_company_id",
    index("employee_id", "to desc"),
    exclude(one_at_a_time, equal("live_employee_id"), from = "from", to = "to"),
    rule(
        role = "employee",
        operations = "read",
        where = user_id == identity.user_id && state != SlipState::Draft
    ),
    rule(role = "payroll_officer"),
    check(net_not_negative = net >= 0)
)]
pub struct Payslip {
    /// Its number, once it is posted.
    #[field(max = 60, readonly, unique)]
    pub number: Option<String>,
    /// The run that made it.
    #[field(readonly, on_delete = "cascade")]
    pub run_id: Ref<Run>,
    /// Whose it is.
    #[field(readonly)]
    pub employee_id: Ref<Employee>,
    /// The same, until the payslip is taken back: nobody has two payslips for one day.
    #[field(readonly)]
    pub live_employee_id: Option<Uuid>,
    /// The user who is that employee, and may see it.
    #[field(readonly, index)]
    pub user_id: Option<Uuid>,
    /// The employee's number.
    #[field(max = 50, readonly, min = 0)]
    pub employee_number: String,
    /// The employee's name.
    #[field(max = 300, readonly, min = 0)]
    pub name: String,
    /// What the employee was called at work.
    #[field(max = 300, readonly)]
    pub position: Option<String>,
    /// Where the employee worked.
    #[field(max = 300, readonly, index)]
    pub department: Option<String>,
    /// Where mails reach the employee.
    #[field(max = 254, readonly)]
    pub email: Option<String>,
    /// The structure by which it was computed.
    #[field(readonly)]
    pub structure_id: Ref<Structure>,
    /// The first day.
    #[field(readonly)]
    pub from: Date,
    /// The last day.
    #[field(readonly)]
    pub to: Date,
    /// How far it is.
    #[field(readonly, default = SlipState::Draft)]
    pub state: SlipState,
    /// The currency of its amounts, by its code.
    #[field(max = 3, readonly, pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// All earnings.
    #[field(numeric(20, 4), readonly, currency = "currency")]
    pub gross: Decimal,
    /// All that is withheld.
    #[field(numeric(20, 4), readonly, currency = "currency")]
    pub deductions: Decimal,
    /// What is paid out.
    #[field(numeric(20, 4), readonly, currency = "currency")]
    pub net: Decimal,
    /// What the employer pays on top.
    #[field(numeric(20, 4), readonly, currency = "currency")]
    pub employer: Decimal,
    /// What the employee costs: gross and what the employer pays on top.
    #[field(numeric(20, 4), computed = gross + employer, currency = "currency")]
    pub cost: Decimal,
    /// Days of the period on which work was due by the schedule.
    #[field(numeric(10, 4), readonly)]
    pub period_days: Decimal,
    /// The contracts in the period, with what was worked and missed under them.
    #[field(readonly, default)]
    pub parts: Vec<Part>,
    /// The one-off inputs that it counts.
    #[field(readonly, default)]
    pub inputs: Vec<Taken>,
    /// Its entry in the books.
    #[field(readonly)]
    pub entry_id: Option<Ref<Entry>>,
    /// When it was posted.
    #[field(readonly)]
    pub posted_at: Option<Timestamp>,
    /// The day on which it was paid out.
    #[field(readonly)]
    pub paid_on: Option<Date>,
    /// The PDF of it that is kept.
    #[field(readonly)]
    pub file_id: Option<Uuid>,
    /// When it was sent by mail.
    #[field(readonly)]
    pub sent_at: Option<Timestamp>,
    /// The own company that pays.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// What a rule came to on a payslip.
#[model(
    table = "lines",
    title = "Payslip line",
    display = "name",
    order = "position",
    company = "own_company_id",
    index("payslip_id", "position"),
    index("run_id", "code"),
    rule(
        role = "employee",
        operations = "read",
        where = shown && payslip.user_id == identity.user_id && payslip.state != SlipState::Draft
    ),
    rule(role = "payroll_officer")
)]
pub struct SlipLine {
    /// The payslip.
    #[field(readonly, on_delete = "cascade")]
    pub payslip_id: Ref<Payslip>,
    /// Its place on the payslip.
    #[field(readonly)]
    pub position: i32,
    /// The run of the payslip.
    #[field(readonly, on_delete = "cascade")]
    pub run_id: Ref<Run>,
    /// The rule's code.
    #[field(max = 40, readonly)]
    pub code: String,
    /// What the payslip calls it.
    #[field(max = 200, readonly)]
    pub name: String,
    /// What it adds up to.
    #[field(readonly, default = Category::Earning)]
    pub category: Category,
    /// What a percentage or a table is of.
    #[field(numeric(24, 4), readonly)]
    pub base: Option<Decimal>,
    /// The percentage, of a rule that has one.
    #[field(numeric(9, 4), readonly)]
    pub rate: Option<Decimal>,
    /// The amount.
    #[field(numeric(20, 4), readonly, currency = "currency")]
    pub amount: Decimal,
    /// The currency, by its code.
    #[field(max = 3, readonly, pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// Whether the payslip shows it to the employee.
    #[field(readonly, default = true)]
    pub shown: bool,
    /// What its account is for.
    #[field(readonly)]
    pub purpose: Option<PayPurpose>,
    /// Its account, where the purpose is not enough.
    #[field(readonly)]
    pub account_id: Option<Ref<Account>>,
    /// The account that what the employer pays is owed on, if it is another than usual.
    #[field(readonly)]
    pub owed_account_id: Option<Ref<Account>>,
    /// The own company that pays.
    #[field(readonly, since = 2)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Document for Payslip {
    type Line = SlipLine;
    const POSITION: &'static str = "position";
    const LINES_MAX: usize = 100;
}
