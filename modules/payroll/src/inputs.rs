//! What one employee gets or owes once, beside what the contract says, and which
//! structure an employee is paid by.

use eerp_hr_api::Employee;
use eerp_sdk::prelude::*;

use crate::{OwnCompany, Payslip, Structure};

/// A one-off amount for an employee: a bonus, overtime hours, an advance.
#[model(
    table = "inputs",
    title = "Payroll input",
    display = "code",
    order = "date desc, code",
    company = "own_company_id",
    index("employee_id", "date"),
    rules
)]
pub struct Input {
    /// Whose.
    pub employee_id: Ref<Employee>,
    /// What formulas call it: `bonus`. A salary structure has it among its inputs.
    #[field(max = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    /// The amount, or how many.
    #[field(numeric(18, 4))]
    pub amount: Decimal,
    /// A day of the period in which it counts; today unless said.
    pub date: Option<Date>,
    /// What it is for.
    #[field(max = 500)]
    pub notes: Option<String>,
    /// The payslip that it was posted with.
    #[field(readonly)]
    pub payslip_id: Option<Ref<Payslip>>,
    /// The own company that pays it.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Input {
    fn before_create(&mut self) -> Result<()> {
        self.date = self.date.or(Some(now().date()));
        self.check_code()
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        let is_freed_or_taken = self.payslip_id != before.payslip_id;
        if before.payslip_id.is_some() && !is_freed_or_taken {
            return Err(posted());
        }
        self.date = self.date.or(before.date);
        if self.code == before.code { Ok(()) } else { self.check_code() }
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        let posted_already = db::get(id)?.payslip_id.is_some();
        if posted_already { Err(posted()) } else { Ok(()) }
    }
}

impl Input {
    /// What no structure knows would be paid to nobody.
    fn check_code(&self) -> Result<()> {
        let known = db::find::<Structure>().has_all("inputs", [self.code.clone()]).exists()?;
        if known {
            return Ok(());
        }
        let message = format!("No salary structure has an input `{}`.", self.code);
        Err(Error::invalid("code", "unknown_input", message))
    }
}

fn posted() -> Error {
    let message = "It was posted with a payslip and stays: correct it by another input.";
    Error::conflict("posted", message)
}

/// Which structure an employee is paid by, from some day on.
#[model(
    table = "assignments",
    title = "Structure assignment",
    order = "from desc",
    company = "own_company_id",
    unique("employee_id", "from"),
    rules
)]
pub struct Assignment {
    /// Whose pay.
    pub employee_id: Ref<Employee>,
    /// By which structure it is computed.
    pub structure_id: Ref<Structure>,
    /// Since which day; today unless said. It holds until the next one begins, and for
    /// periods that end on this day or later.
    pub from: Option<Date>,
    /// The own company that pays.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Assignment {
    fn before_create(&mut self) -> Result<()> {
        self.from = self.from.or(Some(now().date()));
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.from = self.from.or(before.from);
        Ok(())
    }
}

/// Where the pay of an employee goes.
#[model(
    table = "payees",
    title = "Payee",
    display = "holder",
    order = "holder",
    company = "own_company_id",
    rules
)]
pub struct Payee {
    /// Whose pay.
    #[field(unique)]
    pub employee_id: Ref<Employee>,
    /// Whose account it is.
    #[field(max = 200)]
    pub holder: String,
    /// The account's international number.
    #[field(max = 42, label = "IBAN")]
    pub iban: Option<String>,
    /// The bank's international code, or that of the branch.
    #[field(max = 20, label = "BIC")]
    pub bic: Option<String>,
    /// The account's number where there are no international ones.
    #[field(max = 50)]
    pub account_number: Option<String>,
    /// The own company that pays.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Payee {
    fn before_create(&mut self) -> Result<()> {
        self.check_iban()
    }

    fn before_update(&mut self, _before: &Record<Self>) -> Result<()> {
        self.check_iban()
    }
}

impl Payee {
    /// An IBAN is kept without spaces, in capital letters, and only when it is one.
    fn check_iban(&mut self) -> Result<()> {
        let Some(iban) = &self.iban else { return Ok(()) };
        let compact: String = iban.split_whitespace().collect::<String>().to_ascii_uppercase();
        if !is_iban(&compact) {
            let message = "This is no IBAN: its letters and digits do not fit each other.";
            return Err(Error::invalid("iban", "iban", message));
        }
        self.iban = Some(compact);
        Ok(())
    }
}

/// Whether country, check digits and number go together (ISO 13616: with the first four
/// characters put last and letters read as 10 to 35, the rest by 97 is 1).
fn is_iban(text: &str) -> bool {
    let country = text.bytes().take(2).all(|c| c.is_ascii_uppercase());
    let digits = text.bytes().skip(2).take(2).all(|c| c.is_ascii_digit());
    let alphanumeric = text.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    if !(15..=34).contains(&text.len()) || !country || !digits || !alphanumeric {
        return false;
    }
    let turned = text.chars().skip(4).chain(text.chars().take(4));
    let add = |rest: u32, c: char| match c.to_digit(36) {
        Some(value) if value > 9 => (rest * 100 + value) % 97,
        value => (rest * 10 + value.unwrap_or_default()) % 97,
    };
    turned.fold(0, add) == 1
}

#[cfg(test)]
mod tests {
    use super::is_iban;

    #[test]
    fn an_iban_checks_itself() {
        for iban in ["AT611904300234573201", "GB82WEST12345698765432", "DE89370400440532013000"] {
            assert!(is_iban(iban), "{iban}");
        }
        let wrong = ["AT611904300234573202", "GB82WEST1234569876543", "ATé1904300234573"];
        for other in wrong.into_iter().chain(["", "AT"]) {
            assert!(!is_iban(other), "{other}");
        }
    }
}
