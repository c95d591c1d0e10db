//! How an employee comes, and moves on within the organisation.

use eerp_hr_api::PayBasis;
use eerp_sdk::prelude::*;

use crate::calendar::Days;
use crate::{Contract, Department, Employee, OwnCompany, Position, Schedule, contracts};

/// What is agreed with somebody who is hired.
#[body]
pub struct Agreement {
    /// How pay is agreed on.
    #[field(default = PayBasis::Monthly)]
    pub pay_basis: PayBasis,
    /// What is paid a month or an hour.
    #[field(numeric(18, 4), min = 0, default = 0, currency = "currency")]
    pub wage: Decimal,
    /// The currency of that, by its code; that of the books unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The last day; open unless said.
    pub to: Option<Date>,
    /// When work is due; by the first schedule unless said.
    pub schedule_id: Option<Ref<Schedule>>,
}

/// Somebody who is hired.
#[body]
pub struct Hire {
    /// The number; the next one unless said.
    #[field(max = 30, min = 1)]
    pub number: Option<String>,
    /// The whole name; made of the two others unless said.
    #[field(default = "", max = 201)]
    pub name: String,
    /// Given name.
    #[field(max = 100)]
    pub first_name: Option<String>,
    /// Family name.
    #[field(max = 100)]
    pub last_name: Option<String>,
    /// E-mail address at work.
    #[field(max = 254, format = "email", label = "Work e-mail")]
    pub work_email: Option<String>,
    /// Telephone number at work.
    #[field(max = 50, format = "phone")]
    pub work_phone: Option<String>,
    /// Where the employee works.
    pub department_id: Option<Ref<Department>>,
    /// What the employee is employed as.
    pub position_id: Option<Ref<Position>>,
    /// Whom the employee reports to.
    pub manager_id: Option<Ref<Employee>>,
    /// The user who the employee is.
    pub user_id: Option<Uuid>,
    /// The first day of employment; today unless said.
    pub hired_on: Option<Date>,
    /// Day of birth.
    pub birthday: Option<Date>,
    /// Address at home.
    #[field(max = 1000, format = "multiline")]
    pub private_address: Option<String>,
    /// Telephone number at home.
    #[field(max = 50, format = "phone")]
    pub private_phone: Option<String>,
    /// The account that wages are paid to.
    #[field(max = 50)]
    pub bank_account: Option<String>,
    /// The number under which the employee pays taxes.
    #[field(max = 50, label = "Tax ID")]
    pub tax_id: Option<String>,
    /// The own company that employs.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// What is agreed; it holds from the first day on.
    #[field(default)]
    pub contract: Agreement,
}

/// Somebody who was hired.
#[body]
pub struct Hired {
    /// The employee.
    pub employee_id: Ref<Employee>,
    /// The employee's number.
    pub number: String,
    /// The contract.
    pub contract_id: Ref<Contract>,
}

/// Hire somebody: make the employee and the contract
#[post("/employees/hire", status = 201)]
pub(crate) fn hire(body: Hire) -> Result<Hired> {
    let agreed = body.contract;
    let employee = db::create(&Employee {
        number: body.number,
        name: body.name,
        first_name: body.first_name,
        last_name: body.last_name,
        work_email: body.work_email,
        work_phone: body.work_phone,
        department_id: body.department_id,
        position_id: body.position_id,
        manager_id: body.manager_id,
        user_id: body.user_id,
        hired_on: body.hired_on,
        birthday: body.birthday,
        private_address: body.private_address,
        private_phone: body.private_phone,
        bank_account: body.bank_account,
        tax_id: body.tax_id,
        own_company_id: body.own_company_id,
        ..Employee::default()
    })?;
    let contract = db::create(&Contract {
        employee_id: employee.id,
        from: employee.hired_on,
        to: agreed.to,
        pay_basis: agreed.pay_basis,
        wage: agreed.wage,
        currency: agreed.currency,
        schedule_id: agreed.schedule_id,
        ..Contract::default()
    });
    let contract = contract.map_err(|error| within(error, "contract"))?;
    let number = employee.number.clone().unwrap_or_default();
    Ok(Hired { employee_id: employee.id, number, contract_id: contract.id })
}

/// The same error, its faults being those of an object within the body.
fn within(mut error: Error, object: &str) -> Error {
    for fault in &mut error.errors {
        fault.pointer = format!("/{object}{}", fault.pointer).into();
    }
    error
}

/// Where an employee goes, and what changes with it. What is not said stays.
#[body]
pub struct Transfer {
    /// The first day there; today unless said.
    pub from: Option<Date>,
    /// Where the employee will work.
    pub department_id: Option<Ref<Department>>,
    /// What the employee will be employed as.
    pub position_id: Option<Ref<Position>>,
    /// Whom the employee will report to.
    pub manager_id: Option<Ref<Employee>>,
    /// How pay is agreed on.
    pub pay_basis: Option<PayBasis>,
    /// What is paid a month or an hour.
    #[field(numeric(18, 4), min = 0)]
    pub wage: Option<Decimal>,
    /// When work is due.
    pub schedule_id: Option<Ref<Schedule>>,
    /// Why.
    #[field(max = 500)]
    pub reason: Option<String>,
}

/// Move an employee to another department, position, manager or wage
///
/// The contract of that day ends on the day before, and a new one follows it: so it is
/// known for ever who worked where and for how much. The employee takes it on when its
/// first day comes.
#[post("/employees/{id:uuid}/move", answers = Contract)]
pub(crate) fn move_on(id: Ref<Employee>, body: Transfer) -> Result<Reply> {
    Employee::hold(id)?;
    let from = body.from.unwrap_or_else(|| now().date());
    let mut old = contract_of(id, from)?;
    let new = changed(&old, body)?;
    let begins = old.days().from == from;
    if begins {
        // It has not been worked under yet: it is the new one itself.
        let new = Contract { from: old.from, begun: old.begun, ..new };
        return rewrite(old, new);
    }
    old.to = from.plus_days(-1);
    db::update(&old)?;
    let new = Contract { from: Some(from), ..new };
    Ok(Reply::last(db::operation::create(&new)?))
}

fn contract_of(id: Ref<Employee>, day: Date) -> Result<Record<Contract>> {
    let found = contracts::of_employee(id, Days { from: day, to: day })?.pop();
    found.ok_or_else(|| {
        let message = format!("No contract holds on {day}: make one.");
        Error::conflict("no_contract", message)
    })
}

/// The contract that follows.
fn changed(old: &Record<Contract>, body: Transfer) -> Result<Contract> {
    let wage = match body.wage {
        Some(wage) => wage,
        // Who may not see the wage cannot agree on it again.
        None if json!(old)["wage"].is_null() => {
            return Err(Error::forbidden("You may not read the wage that would go on."));
        }
        None => old.wage,
    };
    Ok(Contract {
        wage,
        pay_basis: body.pay_basis.unwrap_or(old.pay_basis),
        department_id: body.department_id.or(old.department_id),
        position_id: body.position_id.or(old.position_id),
        manager_id: body.manager_id.or(old.manager_id),
        schedule_id: body.schedule_id.or(old.schedule_id),
        notes: body.reason.or_else(|| old.notes.clone()),
        begun: false,
        ..(**old).clone()
    })
}

fn rewrite(mut old: Record<Contract>, new: Contract) -> Result<Reply> {
    *old = new;
    if old.begun {
        old.take_on(db::lock(old.employee_id)?)?;
    }
    Ok(Reply::last(db::operation::update(&old)?))
}
