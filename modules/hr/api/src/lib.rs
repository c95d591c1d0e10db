//! What the employees' module offers to other modules: link this crate, and never
//! `eerp-hr`.
//!
//! Released names and fields stay. What is added is optional; what would break a
//! caller gets a new name.

use eerp_sdk::prelude::*;

foreign_model!(pub Employee = "hr" / "employees");
foreign_model!(pub Contract = "hr" / "contracts");
foreign_model!(pub Department = "hr" / "departments");
foreign_model!(pub OwnCompany = "core" / "companies");

/// How pay is agreed on.
#[choice]
pub enum PayBasis {
    /// So much a month.
    Monthly,
    /// So much for each hour that was worked.
    Hourly,
}

/// Which contracts are asked for.
#[body]
pub struct PeriodQuestion {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Only of these employees; of all unless said.
    #[field(max = 500, default)]
    pub employee_ids: Vec<Ref<Employee>>,
    /// Those after this one; it is the `next` of an answer.
    pub after: Option<Uuid>,
    /// Of this own company.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// A contract in a period, and what was worked and missed under it.
#[body]
pub struct ContractInPeriod {
    /// The contract.
    pub contract_id: Ref<Contract>,
    /// Whose it is.
    pub employee_id: Ref<Employee>,
    /// The employee's number.
    pub number: String,
    /// The employee's name.
    pub name: String,
    /// What the employee is called at work.
    pub position: Option<String>,
    /// Where the employee works.
    pub department: Option<String>,
    /// The employee's address for mails.
    pub email: Option<String>,
    /// The user who is the employee.
    pub user_id: Option<Uuid>,
    /// How pay is agreed on.
    pub pay_basis: PayBasis,
    /// What is paid a month or an hour.
    #[field(numeric(18, 4))]
    pub wage: Decimal,
    /// Of which currency, by its code.
    pub currency: String,
    /// The first day of the period on which it holds.
    pub from: Date,
    /// The last such day.
    pub to: Date,
    /// Days of the whole period on which work is due by the schedule.
    #[field(numeric(10, 4))]
    pub period_days: Decimal,
    /// Days under the contract on which work is due.
    #[field(numeric(10, 4))]
    pub due_days: Decimal,
    /// Hours under the contract that are due.
    #[field(numeric(10, 4))]
    pub due_hours: Decimal,
    /// Days of paid leave among them.
    #[field(numeric(10, 4))]
    pub paid_leave_days: Decimal,
    /// Days of unpaid leave among them.
    #[field(numeric(10, 4))]
    pub unpaid_leave_days: Decimal,
    /// Hours that were attended.
    #[field(numeric(10, 4))]
    pub attended_hours: Decimal,
}

/// Contracts in a period.
#[body]
pub struct PeriodAnswer {
    /// The contracts.
    pub items: Vec<ContractInPeriod>,
    /// What asks for more; nothing after the last.
    pub next: Option<Uuid>,
}

/// Contracts in a period, with what was worked and missed under them
#[service("hr.contracts.in_period", public)]
pub const CONTRACTS_IN_PERIOD: Service<PeriodQuestion, PeriodAnswer>;

/// Days that were paid, in which nothing of leave or attendance changes any more.
#[body]
pub struct PaidDays {
    /// Whose.
    pub employee_id: Ref<Employee>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Whether they were paid; false opens them again, after a reversal.
    pub paid: bool,
    /// The payslip.
    pub payslip_id: Uuid,
}

/// Several such.
#[body]
pub struct PaidPeriods {
    /// Each.
    #[field(max = 1000)]
    pub items: Vec<PaidDays>,
}

/// Close days of employees that were paid, or open them again
#[service("hr.days.mark_paid", public)]
pub const MARK_PAID: Service<PaidPeriods, ()>;
