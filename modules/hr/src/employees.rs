//! Who works here, worked here or will.

use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, NextNumber};

use crate::calendar::Days;
use crate::employment::{Employment, employment};
use crate::trees::{self, Tree};
use crate::{Contract, Department, OwnCompany, Position};

/// Numbers that were given by hand are passed over, so many at once.
const NUMBERS_TRIED_MAX: usize = 100;

/// Somebody who works here, worked here or will.
#[model(
    table = "employees",
    display = "name",
    order = "name",
    company = "own_company_id",
    rule(role = "employee", where = user_id == identity.user_id),
    rule(role = "line_manager", where = user_id == identity.user_id
        || manager.user_id == identity.user_id),
    rule(role = "hr_officer"),
    rule(role = "payroll_officer"),
    rules
)]
pub struct Employee {
    /// The number by which payslips and lists know the employee; the next one unless
    /// said.
    #[field(max = 30, min = 1, unique)]
    pub number: Option<String>,
    /// The whole name; made of the two others unless said.
    #[field(default = "", max = 201, trigram)]
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
    #[field(on_delete = "set_null")]
    pub manager_id: Option<Ref<Employee>>,
    /// The user who the employee is.
    #[field(unique)]
    pub user_id: Option<Uuid>,
    /// The first day of employment; today unless said.
    pub hired_on: Option<Date>,
    /// The last day of employment.
    #[field(readonly, index)]
    pub left_on: Option<Date>,
    /// Why the employee left.
    #[field(readonly, max = 500)]
    pub leaving_reason: Option<String>,
    /// Where the employee is in the time of employment; it follows from the two days.
    #[field(default = Employment::Active, readonly)]
    pub state: Employment,
    /// Day of birth.
    #[field(read = "private.read", write = "private.write")]
    pub birthday: Option<Date>,
    /// Address at home.
    #[field(max = 1000, format = "multiline", read = "private.read", write = "private.write")]
    pub private_address: Option<String>,
    /// Telephone number at home.
    #[field(max = 50, format = "phone", read = "private.read", write = "private.write")]
    pub private_phone: Option<String>,
    /// The account that wages are paid to.
    #[field(max = 50, read = "private.read", write = "private.write")]
    pub bank_account: Option<String>,
    /// The number under which the employee pays taxes.
    #[field(max = 50, label = "Tax ID", read = "private.read", write = "private.write")]
    pub tax_id: Option<String>,
    /// The own company that employs.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// Counts what was booked on the employee's time, so that two bookings at once never
    /// overlook each other.
    #[field(default = 0, readonly)]
    pub bookings: i64,
}

impl Tree for Employee {
    fn above(&self) -> Option<Ref<Self>> {
        self.manager_id
    }
}

impl Rules for Employee {
    fn before_create(&mut self) -> Result<()> {
        self.hired_on = self.hired_on.or(Some(now().date()));
        if self.name.trim().is_empty() {
            self.name = self.whole_name();
        }
        self.complete()?;
        self.number = Some(match self.number.take() {
            Some(number) => number,
            None => free_number()?,
        });
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.number = self.number.take().or_else(|| before.number.clone());
        self.hired_on = self.hired_on.or(before.hired_on);
        self.rename(before);
        self.complete()?;
        if self.hired_on > before.hired_on {
            refuse_earlier_contract(before.id, self.hired())?;
        }
        if self.manager_id == before.manager_id {
            return Ok(());
        }
        let message = "Nobody reports to themselves, directly or through others.";
        trees::refuse_circle(before.id, self.manager_id, "manager_id", message)
    }
}

impl Employee {
    /// The first day of employment.
    pub fn hired(&self) -> Date {
        self.hired_on.unwrap_or_default()
    }

    /// The two names as one.
    fn whole_name(&self) -> String {
        let names = [&self.first_name, &self.last_name].into_iter().flatten();
        names.map(|name| name.trim()).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Follows a change of the two names, unless the whole name was changed as well.
    fn rename(&mut self, before: &Self) {
        let parts = (&self.first_name, &self.last_name);
        if self.name == before.name && parts != (&before.first_name, &before.last_name) {
            self.name = self.whole_name();
        }
    }

    fn complete(&mut self) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::invalid("name", "required", "Say what the employee is called."));
        }
        if self.left_on.is_some_and(|left| left < self.hired()) {
            let message = "Nobody leaves before the first day.";
            return Err(Error::invalid("hired_on", "after_leaving", message));
        }
        self.state = employment(self.hired(), self.left_on, now().date());
        Ok(())
    }

    /// Refuses days that are not all of the time of employment.
    ///
    /// # Errors
    /// 422 `not_employed` at the field.
    pub(crate) fn must_be_employed(&self, days: Days, field: &str) -> Result<()> {
        let message = match self.left_on {
            _ if days.from < self.hired() => format!("The employee begins on {}.", self.hired()),
            Some(left) if days.to > left => format!("The employee leaves on {left}."),
            _ => return Ok(()),
        };
        Err(Error::invalid(field, "not_employed", message))
    }

    /// The employee held for a booking of time: others that book at the same moment wait,
    /// and see what was booked.
    ///
    /// # Errors
    /// 404 when there is none.
    pub(crate) fn hold(id: Ref<Self>) -> Result<Record<Self>> {
        let mut employee = db::lock(id)?;
        employee.bookings = employee.bookings.saturating_add(1);
        db::update(&employee)
    }
}

/// The next number that nobody has.
fn free_number() -> Result<String> {
    for _ in 0..NUMBERS_TRIED_MAX {
        let drawn = sequences::next(NextNumber {
            gapless: false,
            per_company: false,
            prefix: "E".into(),
            padding: 5,
            ..NextNumber::of("employees")
        })?;
        if !db::find::<Employee>().with_deleted().eq("number", &drawn.text).exists()? {
            return Ok(drawn.text);
        }
    }
    let message = "The next numbers are all in use: say one.";
    Err(Error::invalid("number", "required", message))
}

fn refuse_earlier_contract(id: Ref<Employee>, hired: Date) -> Result<()> {
    let contracts = db::find::<Contract>().eq("employee_id", id.uuid());
    if contracts.lt("from", hired).exists()? {
        let message = "A contract begins earlier.";
        return Err(Error::invalid("hired_on", "contract_earlier", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_follows_its_parts_until_it_is_said() {
        let ann = Employee { first_name: Some(" Ann ".into()), ..Employee::default() };
        assert_eq!(ann.whole_name(), "Ann");
        let mut lee = Employee { last_name: Some("Lee".into()), name: "Ann".into(), ..ann.clone() };
        lee.rename(&Employee { name: "Ann".into(), ..ann.clone() });
        assert_eq!(lee.name, "Ann Lee");
        let mut said = Employee { name: "Dr Lee".into(), ..lee.clone() };
        said.rename(&Employee { name: "Ann".into(), ..ann });
        assert_eq!(said.name, "Dr Lee");
    }
}
