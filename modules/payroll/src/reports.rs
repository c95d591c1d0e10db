//! What payroll costs: by rule, by department, and against the run before.

use std::collections::BTreeMap;

use eerp_hr_api::Employee;
use eerp_sdk::prelude::*;

use crate::payslips::{Payslip, SlipLine, SlipState};
use crate::posting::slips_of;
use crate::runs::{Run, RunState};
use crate::structures::Category;

/// What a rule came to in a run.
#[body]
pub struct RegisterRow {
    /// The rule's code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it adds up to.
    pub category: Category,
    /// All of it.
    #[field(numeric(20, 4))]
    pub amount: Decimal,
    /// On how many payslips it stands.
    pub employees: i32,
}

/// A run by rules.
#[body]
pub struct SalaryRegister {
    /// The run.
    pub run_id: Ref<Run>,
    /// The currency, by its code.
    pub currency: String,
    /// Each rule, in the order of payslips.
    pub items: Vec<RegisterRow>,
}

/// The salary register of a run: what each rule came to
#[get("/runs/{id:uuid}/register", permission = "reports.read")]
pub(crate) fn register(id: Ref<Run>) -> Result<SalaryRegister> {
    let run = db::get(id)?;
    let items = rows_of(id)?;
    Ok(SalaryRegister { run_id: id, currency: run.currency().into(), items })
}

fn rows_of(run: Ref<Run>) -> Result<Vec<RegisterRow>> {
    let lines = db::find::<SlipLine>().eq("run_id", run).aggregate();
    lines
        .group("code")
        .group("name")
        .group("category")
        .group("currency")
        .sum("amount", "amount")
        .count("employees")
        .min("place", "position")
        .order("place, code, name")
        .all()
}

/// Which costs are wanted.
#[query]
pub struct CostQuestion {
    /// Of periods that end on this day or later.
    pub from: Option<Date>,
    /// Of periods that end on this day or before.
    pub to: Option<Date>,
}

/// What a department costs.
#[body]
pub struct DepartmentCost {
    /// The department; nothing for employees without one.
    pub department: Option<String>,
    /// The currency, by its code.
    pub currency: String,
    /// How many payslips.
    pub payslips: i32,
    /// All earnings.
    #[field(numeric(20, 4))]
    pub gross: Decimal,
    /// What the employer pays on top.
    #[field(numeric(20, 4))]
    pub employer: Decimal,
    /// Both of it.
    #[field(numeric(20, 4))]
    pub cost: Decimal,
    /// What is paid out.
    #[field(numeric(20, 4))]
    pub net: Decimal,
}

/// Costs by departments.
#[body]
pub struct DepartmentCosts {
    /// Each department and currency.
    pub items: Vec<DepartmentCost>,
}

/// What departments cost: posted payslips of a time
#[get("/reports/departments")]
pub(crate) fn departments(query: CostQuestion) -> Result<DepartmentCosts> {
    let mut posted = db::find::<Payslip>().one_of("state", [SlipState::Posted, SlipState::Paid]);
    if let Some(from) = query.from {
        posted = posted.gte("to", from);
    }
    if let Some(to) = query.to {
        posted = posted.lte("to", to);
    }
    let mut sums = posted.aggregate().group("department").group("currency").count("payslips");
    for total in ["gross", "employer", "cost", "net"] {
        sums = sums.sum(total, total);
    }
    Ok(DepartmentCosts { items: sums.order("department, currency").all()? })
}

/// What a run is compared with.
#[query]
pub struct VarianceQuestion {
    /// The other run; the one before of the same department and currency unless said.
    pub against: Option<Ref<Run>>,
}

/// A rule in two runs.
#[body]
pub struct RuleVariance {
    /// The rule's code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it came to.
    #[field(numeric(20, 4))]
    pub amount: Decimal,
    /// What it came to in the other run.
    #[field(numeric(20, 4))]
    pub before: Decimal,
    /// How much more that is, or less when negative.
    #[field(numeric(20, 4))]
    pub change: Decimal,
}

/// An employee in two runs.
#[body]
pub struct EmployeeVariance {
    /// The employee.
    pub employee_id: Ref<Employee>,
    /// What the employee is called.
    pub name: String,
    /// Net pay; 0 for who is not in the run.
    #[field(numeric(20, 4))]
    pub net: Decimal,
    /// Net pay in the other run; 0 for who was not in it.
    #[field(numeric(20, 4))]
    pub before: Decimal,
    /// How much more that is, or less when negative.
    #[field(numeric(20, 4))]
    pub change: Decimal,
}

/// Two runs compared.
#[body]
pub struct Variance {
    /// The run.
    pub run_id: Ref<Run>,
    /// The run that it is compared with; nothing when there is none before.
    pub against: Option<Ref<Run>>,
    /// The currency of both, by its code.
    pub currency: String,
    /// Each rule.
    pub rules: Vec<RuleVariance>,
    /// Each employee whose net pay changed.
    pub employees: Vec<EmployeeVariance>,
}

/// What changed from one run to another
#[get("/runs/{id:uuid}/variance", permission = "reports.read")]
pub(crate) fn variance(id: Ref<Run>, query: VarianceQuestion) -> Result<Variance> {
    let run = db::get(id)?;
    let against = match query.against {
        Some(other) => Some(of_same_currency(&run, db::get(other).map_err(unknown)?)?.id),
        None => previous(&run)?,
    };
    let (rows, slips) = match against {
        Some(other) => (rows_of(other)?, slips_of(other)?),
        None => (Vec::new(), Vec::new()),
    };
    Ok(Variance {
        run_id: id,
        against,
        currency: run.currency().into(),
        rules: by_rule(rows_of(id)?, rows),
        employees: by_employee(&slips_of(id)?, &slips),
    })
}

fn unknown(error: Error) -> Error {
    match error.is("not_found") {
        true => Error::invalid_query("against", "not_found", "There is no such run."),
        false => error,
    }
}

fn of_same_currency(run: &Run, other: Record<Run>) -> Result<Record<Run>> {
    if other.currency == run.currency {
        return Ok(other);
    }
    let message = "The runs are in different currencies.";
    Err(Error::invalid_query("against", "currency", message))
}

fn previous(run: &Run) -> Result<Option<Ref<Run>>> {
    let earlier = db::find::<Run>()
        .one_of("state", [RunState::Posted, RunState::Paid])
        .eq("currency", run.currency())
        .lt("to", run.first_day());
    let alike = match &run.department {
        Some(department) => earlier.eq("department", department),
        None => earlier.is_null("department"),
    };
    Ok(alike.order("to desc, posted_at desc").first()?.map(|run| run.id))
}

fn by_rule(now: Vec<RegisterRow>, before: Vec<RegisterRow>) -> Vec<RuleVariance> {
    let mut rows: Vec<RuleVariance> = Vec::new();
    let now = now.into_iter().map(|row| (row.code, row.name, row.amount, Decimal::ZERO));
    let before = before.into_iter().map(|row| (row.code, row.name, Decimal::ZERO, row.amount));
    for (code, name, amount, before) in now.chain(before) {
        let change = amount - before;
        match rows.iter_mut().find(|row| row.code == code) {
            Some(row) => {
                row.amount += amount;
                row.before += before;
                row.change += change;
            }
            None => rows.push(RuleVariance { code, name, amount, before, change }),
        }
    }
    rows
}

fn by_employee(now: &[Record<Payslip>], before: &[Record<Payslip>]) -> Vec<EmployeeVariance> {
    let net = |slips: &[Record<Payslip>]| -> BTreeMap<Uuid, Decimal> {
        slips.iter().map(|slip| (slip.employee_id.uuid(), slip.net)).collect()
    };
    let (nets, nets_before) = (net(now), net(before));
    let gone = before.iter().filter(|slip| !nets.contains_key(&slip.employee_id.uuid()));
    let row = |slip: &Record<Payslip>| {
        let of = |nets: &BTreeMap<Uuid, Decimal>| {
            nets.get(&slip.employee_id.uuid()).copied().unwrap_or_default()
        };
        let (net, before) = (of(&nets), of(&nets_before));
        let (employee_id, name, change) = (slip.employee_id, slip.name.clone(), net - before);
        EmployeeVariance { employee_id, name, net, before, change }
    };
    now.iter().chain(gone).map(row).filter(|row| !row.change.is_zero()).collect()
}
