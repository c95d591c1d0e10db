//! Salary structures: documents whose lines are the rules by which pay is computed.

use eerp_accounting_api::{Account, Purpose};
use eerp_sdk::prelude::*;

use crate::OwnCompany;
use crate::brackets::{Bracket, BracketMode};
use crate::plan::Plan;

/// What a rule adds up to on a payslip.
#[choice]
pub enum Category {
    /// Pay: it makes gross and net larger.
    Earning,
    /// What is withheld: it makes net smaller.
    Deduction,
    /// What the employer pays on top.
    Employer,
    /// A figure for other rules, and of no account otherwise.
    Statistic,
}

/// How a rule comes to its amount.
#[choice]
pub enum RuleKind {
    /// The amount that stands there.
    Fixed,
    /// So many percent of the base.
    Percentage,
    /// What a table of brackets makes of the base.
    Brackets,
    /// What the formula says.
    Formula,
}

/// Which account of the books a rule goes to, by what that is for.
#[choice]
pub enum PayPurpose {
    /// Wages and salaries, the expense.
    Salaries,
    /// The employer's own contributions, the expense.
    SocialCharges,
    /// Net pay that is owed to employees.
    SalariesPayable,
    /// Withheld taxes and contributions, owed to the authorities.
    PayrollLiabilities,
}

impl PayPurpose {
    /// The same as accounting calls it.
    pub(crate) const fn in_books(self) -> Purpose {
        match self {
            Self::Salaries => Purpose::Salaries,
            Self::SocialCharges => Purpose::SocialCharges,
            Self::SalariesPayable => Purpose::SalariesPayable,
            Self::PayrollLiabilities => Purpose::PayrollLiabilities,
        }
    }
}

/// How pay is computed: rules, one after the other.
#[model(
    table = "structures",
    title = "Salary structure",
    display = "name",
    order = "sequence, name",
    company = "own_company_id"
)]
pub struct Structure {
    /// What it is called.
    #[field(max = 200)]
    pub name: String,
    /// Where it stands among the others. The first active one is taken for employees to
    /// whom none is assigned, an own company's before shared ones.
    #[field(default = 10, min = 0, max = 100_000)]
    pub sequence: i32,
    /// Whether payslips are made by it.
    #[field(default = true)]
    pub active: bool,
    /// The one-off amounts that its formulas use, by their codes: `bonus`. Nothing that
    /// is not entered for an employee is 0.
    #[field(max = 30, default)]
    pub inputs: Vec<String>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline")]
    pub notes: Option<String>,
    /// The own company that uses it; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// A rule of a salary structure: a line that a payslip may have.
#[model(
    table = "rules",
    title = "Salary rule",
    display = "name",
    order = "position",
    index("structure_id", "position")
)]
pub struct SalaryRule {
    /// The structure that it belongs to.
    #[field(on_delete = "cascade")]
    pub structure_id: Ref<Structure>,
    /// Its place in the structure.
    #[field(readonly, default = 0)]
    pub position: i32,
    /// What formulas of later rules call it: `income_tax`.
    #[field(max = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    /// What the payslip calls it.
    #[field(max = 200)]
    pub name: String,
    /// What it adds up to.
    #[field(default = Category::Earning)]
    pub category: Category,
    /// How it comes to its amount.
    #[field(default = RuleKind::Formula)]
    pub kind: RuleKind,
    /// The amount of a fixed rule.
    #[field(numeric(18, 4))]
    pub amount: Option<Decimal>,
    /// The percentage of a percentage rule: `9.3`.
    #[field(numeric(9, 4))]
    pub rate: Option<Decimal>,
    /// What a percentage or a table is of: the code of an earlier rule, or a formula.
    #[field(max = 1000)]
    pub base: Option<String>,
    /// The table of a rule by brackets, each beginning above the one before.
    #[field(max = 50, default)]
    pub brackets: Vec<Bracket>,
    /// How the table is read.
    #[field(default = BracketMode::Progressive)]
    pub bracket_mode: BracketMode,
    /// The formula of a formula rule: `base_pay + bonus`.
    #[field(max = 1000)]
    pub formula: Option<String>,
    /// When it holds: `gross > 500`; always unless said.
    #[field(max = 1000)]
    pub condition: Option<String>,
    /// Whether the payslip shows it to the employee.
    #[field(default = true)]
    pub shown: bool,
    /// What its account is for; by its category unless said: earnings go to salaries,
    /// deductions to what is owed to the authorities, the employer's to social charges.
    pub purpose: Option<PayPurpose>,
    /// Its account, where the purpose is not enough.
    pub account_id: Option<Ref<Account>>,
    /// The account that what the employer pays is owed on, where that of payroll
    /// liabilities is not the one.
    pub owed_account_id: Option<Ref<Account>>,
}

/// Rules of one structure.
const RULES_MAX: usize = 100;

impl Document for Structure {
    type Line = SalaryRule;
    const POSITION: &'static str = "position";
    const LINES_MAX: usize = RULES_MAX;

    fn before_save(
        &mut self,
        rules: &mut Vec<Record<SalaryRule>>,
        _before: Option<&Whole<Self>>,
    ) -> Result<()> {
        let rules: Vec<&SalaryRule> = rules.iter().map(|rule| &**rule).collect();
        Plan::of(&rules, &self.inputs).map(drop)
    }
}
