//! What was agreed with an employee, from which day to which.

use eerp_core_api::{CompanyQuestion, CurrencyCodes, DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_hr_api::PayBasis;
use eerp_sdk::prelude::*;

use crate::calendar::Days;
use crate::trees::{deleted, named};
use crate::{Department, Employee, OwnCompany, Position, Schedule, paid};

/// What was agreed with an employee.
#[model(
    table = "contracts",
    order = "from desc",
    company = "own_company_id",
    rule(role = "employee", where = employee.user_id == identity.user_id),
    rule(role = "line_manager", where = employee.user_id == identity.user_id
        || employee.manager.user_id == identity.user_id),
    rule(role = "hr_officer"),
    rule(role = "payroll_officer"),
    rules,
    index("to"),
    check(wage_not_negative = wage >= 0),
    exclude(one_contract_at_a_time, equal("employee_id"), from = "from", to = "to")
)]
pub struct Contract {
    /// With whom.
    pub employee_id: Ref<Employee>,
    /// The first day; the employee's first day of employment unless said, or today when
    /// that is over.
    pub from: Option<Date>,
    /// The last day; open unless said.
    pub to: Option<Date>,
    /// How pay is agreed on.
    #[field(default = PayBasis::Monthly)]
    pub pay_basis: PayBasis,
    /// What is paid a month or an hour.
    #[field(
        numeric(18, 4),
        min = 0,
        default = 0,
        currency = "currency",
        read = "wages.read",
        write = "wages.write"
    )]
    pub wage: Decimal,
    /// The currency of that, by its code; that of the books unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// When work is due; by the first schedule unless said.
    pub schedule_id: Option<Ref<Schedule>>,
    /// Where the employee works under it; where the employee is unless said.
    pub department_id: Option<Ref<Department>>,
    /// What the employee is employed as; what the employee is unless said.
    pub position_id: Option<Ref<Position>>,
    /// Whom the employee reports to under it; whom the employee does unless said.
    #[field(on_delete = "set_null")]
    pub manager_id: Option<Ref<Employee>>,
    /// Whether it has begun, and the employee taken on its department and position.
    #[field(default = false, readonly)]
    pub begun: bool,
    /// The own company that employs: the employee's.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// Anything else that was agreed.
    #[field(max = 20_000, format = "multiline")]
    pub notes: Option<String>,
}

impl Rules for Contract {
    fn before_create(&mut self) -> Result<()> {
        let employee = Employee::hold(self.employee_id).map_err(named("employee_id"))?;
        self.from = self.from.or_else(|| Some(employee.hired().max(now().date())));
        self.to = self.to.or(employee.left_on);
        self.own_company_id = employee.own_company_id;
        self.department_id = self.department_id.or(employee.department_id);
        self.position_id = self.position_id.or(employee.position_id);
        self.manager_id = self.manager_id.or(employee.manager_id);
        self.must_fit(&employee, None)?;
        self.settle_currency()?;
        self.settle_schedule()?;
        self.begun = self.holds_on(now().date());
        match self.begun {
            true => self.take_on(employee),
            false => Ok(()),
        }
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.employee_id != before.employee_id {
            let message = "A contract stays with its employee: make a new one.";
            return Err(Error::invalid("employee_id", "fixed", message));
        }
        self.from = self.from.or(before.from);
        if (self.from, self.to) != (before.from, before.to) {
            let employee = Employee::hold(self.employee_id)?;
            self.must_fit(&employee, Some(before.id))?;
        }
        if self.currency != before.currency {
            self.settle_currency()?;
        }
        self.settle_schedule()
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        let contract = db::get(id)?;
        Employee::hold(contract.employee_id)?;
        paid::refuse(contract.employee_id, contract.days())
    }

    fn before_restore(id: Ref<Self>) -> Result<()> {
        let Some(contract) = deleted(id)? else { return Ok(()) };
        contract.must_fit(&*Employee::hold(contract.employee_id)?, Some(id))
    }
}

impl Contract {
    /// The days on which it holds; one without end, to the end of time.
    pub(crate) fn days(&self) -> Days {
        let end = Date::new(9999, 12, 31).unwrap_or_default();
        Days { from: self.from.unwrap_or_default(), to: self.to.unwrap_or(end) }
    }

    fn holds_on(&self, day: Date) -> bool {
        self.days().has(day)
    }

    /// Its days are in order, of the time of employment, and no other contract's.
    fn must_fit(&self, employee: &Employee, own: Option<Ref<Self>>) -> Result<()> {
        let days = self.days();
        if days.to < days.from {
            let message = "The last day is not before the first.";
            return Err(Error::invalid("to", "before_from", message));
        }
        let bounded = Days { to: self.to.unwrap_or(days.from), ..days };
        let field = if days.from < employee.hired() { "from" } else { "to" };
        employee.must_be_employed(bounded, field)?;
        match of_employee(self.employee_id, days)?.iter().find(|other| Some(other.id) != own) {
            Some(other) => {
                let from = other.days().from;
                let message = format!("The contract from {from} on holds on some of these days.");
                Err(Error::conflict("contract_overlap", message))
            }
            None => Ok(()),
        }
    }

    fn settle_currency(&mut self) -> Result<()> {
        if let Some(code) = &self.currency {
            let known = DESCRIBE_CURRENCIES.call(&CurrencyCodes { codes: vec![code.clone()] });
            return known.map(drop).map_err(|error| unknown_currency(error, code));
        }
        let books = DESCRIBE_COMPANY.call(&CompanyQuestion { company_id: self.own_company_id })?;
        self.currency = Some(books.currency.code);
        Ok(())
    }

    fn settle_schedule(&mut self) -> Result<()> {
        if self.schedule_id.is_none() {
            self.schedule_id = usual_schedule(self.own_company_id)?;
        }
        Ok(())
    }

    /// The employee takes on where and as what it employs.
    pub(crate) fn take_on(&self, mut employee: Record<Employee>) -> Result<()> {
        self.place(&mut employee);
        db::update(&employee).map(drop)
    }

    fn place(&self, employee: &mut Employee) {
        employee.department_id = self.department_id;
        employee.position_id = self.position_id;
        employee.manager_id = self.manager_id;
    }
}

fn unknown_currency(error: Error, code: &str) -> Error {
    match error.status {
        422 => {
            let message = format!("There is no currency {code}.");
            Error::invalid("currency", "unknown_currency", message)
        }
        _ => error,
    }
}

fn usual_schedule(company: Option<Ref<OwnCompany>>) -> Result<Option<Ref<Schedule>>> {
    let shared = Condition::is_null("own_company_id");
    let usable = match company {
        Some(id) => Condition::any([shared, Condition::eq("own_company_id", id.uuid())]),
        None => shared,
    };
    Ok(db::find::<Schedule>().filter(usable).first()?.map(|schedule| schedule.id))
}

/// The contracts that hold on some of these days.
pub(crate) fn holding(days: Days) -> db::Find<Contract> {
    let open = Condition::is_null("to");
    let late = Condition::compare("to", "gte", days.from);
    db::find().lte("from", days.to).filter(Condition::any([open, late]))
}

/// The contracts of an employee that hold on some of these days, the first one first.
///
/// # Errors
/// Those of the database.
pub(crate) fn of_employee(id: Ref<Employee>, days: Days) -> Result<Vec<Record<Contract>>> {
    holding(days).eq("employee_id", id.uuid()).order("from").all()
}

/// Lets the contracts begin whose first day has come: their employees take on where and
/// as what they employ.
///
/// # Errors
/// Those of the database.
pub(crate) fn begin(today: Date) -> Result<()> {
    let due = holding(Days { from: today, to: today }).eq("begun", false).all()?;
    due.into_iter().try_for_each(begin_one)
}

/// Lets one begin. What a rule says against it, such as a manager who has come to report
/// to the employee, keeps no other from beginning: it is told, and tried again.
fn begin_one(mut contract: Record<Contract>) -> Result<()> {
    match contract.take_on(db::lock(contract.employee_id)?) {
        Err(error) if error.status == 422 => {
            log::warn(&format!("contract {} does not begin: {error}", contract.id));
            Ok(())
        }
        taken => {
            taken?;
            contract.begun = true;
            db::update(&contract).map(drop)
        }
    }
}
