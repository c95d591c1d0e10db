//! What pay is computed on: the contracts of a period, what was worked and missed under
//! them, and one-off inputs.

use eerp_hr_api::{Contract, ContractInPeriod, PayBasis};
use eerp_sdk::prelude::*;

use crate::formula::Scope;
use crate::inputs::Input;
use crate::plan::NAMES;

/// A contract in the period of a payslip, and the pay that it brings.
#[body]
pub struct Part {
    /// The contract.
    pub contract_id: Ref<Contract>,
    /// The first day of the period on which it holds.
    pub from: Date,
    /// The last such day.
    pub to: Date,
    /// How pay is agreed on.
    pub pay_basis: PayBasis,
    /// What is paid a month or an hour.
    #[field(numeric(18, 4))]
    pub wage: Decimal,
    /// Days on which work was due.
    #[field(numeric(10, 4))]
    pub due_days: Decimal,
    /// Hours that were due.
    #[field(numeric(10, 4))]
    pub due_hours: Decimal,
    /// Days of paid leave among them.
    #[field(numeric(10, 4))]
    pub paid_leave_days: Decimal,
    /// Days of unpaid leave among them.
    #[field(numeric(10, 4))]
    pub unpaid_days: Decimal,
    /// Hours that were attended.
    #[field(numeric(10, 4))]
    pub hours: Decimal,
}

/// A one-off amount that a payslip counts.
#[body]
pub struct Taken {
    /// The input.
    pub input_id: Ref<Input>,
    /// What formulas call it.
    pub code: String,
    /// The amount, or how many.
    #[field(numeric(18, 4))]
    pub amount: Decimal,
}

/// What an employee was paid earlier in the year.
#[body]
pub struct YearSoFar {
    /// The employee.
    pub employee_id: Uuid,
    /// All earnings.
    pub gross: Option<Decimal>,
    /// All deductions.
    pub deductions: Option<Decimal>,
    /// All net pay.
    pub net: Option<Decimal>,
    /// All that the employer paid on top.
    pub employer: Option<Decimal>,
}

/// All that one payslip is computed on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Basis<'a> {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) period_days: Decimal,
    pub(crate) parts: &'a [Part],
    pub(crate) taken: &'a [Taken],
    pub(crate) year: &'a YearSoFar,
}

impl From<&ContractInPeriod> for Part {
    fn from(contract: &ContractInPeriod) -> Self {
        Self {
            contract_id: contract.contract_id,
            from: contract.from,
            to: contract.to,
            pay_basis: contract.pay_basis,
            wage: contract.wage,
            due_days: contract.due_days,
            due_hours: contract.due_hours,
            paid_leave_days: contract.paid_leave_days,
            unpaid_days: contract.unpaid_leave_days,
            hours: contract.attended_hours,
        }
    }
}

impl Part {
    /// The pay that it brings, not rounded: hours times the wage, or the wage for the
    /// share of the due days that were not missed unpaid.
    fn base_pay(&self, period_days: Decimal, months: Decimal) -> Option<Decimal> {
        if self.pay_basis == PayBasis::Hourly {
            return self.wage.checked_mul(self.hours);
        }
        if period_days.is_zero() {
            return Some(Decimal::ZERO);
        }
        let paid_days = self.due_days.checked_sub(self.unpaid_days)?;
        self.wage.checked_mul(months)?.checked_mul(paid_days)?.checked_div(period_days)
    }
}

impl Basis<'_> {
    /// What the names of formulas stand for, inputs of these codes included; nothing when
    /// it is more than a decimal holds.
    pub(crate) fn scope(&self, inputs: &[String]) -> Option<Scope> {
        let mut scope: Scope = NAMES.iter().map(|name| ((*name).into(), Decimal::ZERO)).collect();
        scope.extend(inputs.iter().map(|code| (code.clone(), Decimal::ZERO)));
        let months = months(self.from, self.to);
        let sum = |of: fn(&Part) -> Decimal| total(self.parts.iter().map(of));
        let year = |amount: Option<Decimal>| amount.unwrap_or_default();
        let pay = self.parts.iter().map(|part| part.base_pay(self.period_days, months));
        for (name, value) in [
            ("base_pay", total(pay.collect::<Option<Vec<_>>>()?)?),
            ("wage", self.wage()?),
            ("months", months),
            ("period_days", self.period_days),
            ("due_days", sum(|part| part.due_days)?),
            ("due_hours", sum(|part| part.due_hours)?),
            ("paid_leave_days", sum(|part| part.paid_leave_days)?),
            ("unpaid_days", sum(|part| part.unpaid_days)?),
            ("hours", sum(|part| part.hours)?),
            ("ytd_gross", year(self.year.gross)),
            ("ytd_deductions", year(self.year.deductions)),
            ("ytd_net", year(self.year.net)),
            ("ytd_employer", year(self.year.employer)),
        ] {
            scope.insert(name.into(), value);
        }
        for Taken { code, amount, .. } in self.taken {
            let so_far = scope.entry(code.clone()).or_default();
            *so_far = so_far.checked_add(*amount)?;
        }
        Some(scope)
    }

    /// The wage; of several the average, by the days on which work was due.
    fn wage(&self) -> Option<Decimal> {
        let days = total(self.parts.iter().map(|part| part.due_days))?;
        match self.parts {
            [] => Some(Decimal::ZERO),
            [only] => Some(only.wage),
            [first, ..] if days.is_zero() => Some(first.wage),
            several => {
                let weighed = several.iter().map(|part| part.wage.checked_mul(part.due_days));
                total(weighed.collect::<Option<Vec<_>>>()?)?.checked_div(days)
            }
        }
    }
}

fn total(amounts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    let mut amounts = amounts.into_iter();
    amounts.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount))
}

/// How many months a period is: 1 for a whole one, 15/31 for the first half of January.
pub(crate) fn months(from: Date, to: Date) -> Decimal {
    let (mut months, mut day) = (Decimal::ZERO, from);
    while day <= to {
        let first = day.plus_days(1 - i64::from(day.day()));
        let next = next_month(day);
        let (Some(first), Some(next)) = (first, next) else { break };
        let end = to.days().min(next.days() - 1);
        let covered = Decimal::from(end - day.days() + 1);
        months += covered / Decimal::from(next.days() - first.days());
        day = next;
    }
    months
}

fn next_month(day: Date) -> Option<Date> {
    match day.month() {
        12 => Date::new(day.year() + 1, 1, 1),
        month => Date::new(day.year(), month + 1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn part(wage: &str, due: &str, unpaid: &str) -> Part {
        let (wage, due_days) = (decimal(wage), decimal(due));
        Part { wage, due_days, unpaid_days: decimal(unpaid), ..Part::default() }
    }

    fn value(parts: &[Part], taken: &[Taken], name: &str) -> String {
        let (from, to) = (day("2026-01-01"), day("2026-01-31"));
        let (year, period_days) = (&YearSoFar::default(), decimal("22"));
        let basis = Basis { from, to, period_days, parts, taken, year };
        let scope = basis.scope(&["bonus".into()]).expect("small numbers");
        scope[name].round_dp(4).normalize().to_string()
    }

    #[test]
    fn a_period_is_so_many_months() {
        for (from, to, wanted) in [
            ("2026-01-01", "2026-01-31", "1"),
            ("2024-02-01", "2024-02-29", "1"),
            ("2026-02-01", "2026-02-14", "0.5"),
            ("2026-12-01", "2027-02-28", "3"),
            ("2026-04-16", "2026-05-31", "1.5"),
            ("9999-12-01", "9999-12-31", "0"),
        ] {
            assert_eq!(months(day(from), day(to)), decimal(wanted), "{from} to {to}");
        }
        let halves = months(day("2026-01-01"), day("2026-01-15"))
            + months(day("2026-01-16"), day("2026-01-31"));
        assert_eq!(halves.round_dp(20), Decimal::ONE);
    }

    #[test]
    fn a_whole_month_brings_the_whole_wage() {
        assert_eq!(value(&[part("3000", "22", "0")], &[], "base_pay"), "3000");
        assert_eq!(value(&[part("3000", "22", "2")], &[], "base_pay"), "2727.2727");
        assert_eq!(value(&[part("3000", "11", "0")], &[], "base_pay"), "1500");
        assert_eq!(value(&[part("3000", "0", "0")], &[], "base_pay"), "0");
    }

    #[test]
    fn a_rise_within_the_month_counts_from_its_day() {
        let parts = [part("2200", "11", "1"), part("4400", "11", "0")];
        assert_eq!(value(&parts, &[], "base_pay"), "3200");
        assert_eq!(value(&parts, &[], "wage"), "3300");
        assert_eq!(value(&parts, &[], "due_days"), "22");
        assert_eq!(value(&parts, &[], "unpaid_days"), "1");
    }

    #[test]
    fn hours_are_paid_as_they_were_attended() {
        let hourly = PayBasis::Hourly;
        let part = Part { pay_basis: hourly, hours: decimal("37.5"), ..part("20", "5", "0") };
        assert_eq!(value(&[part], &[], "base_pay"), "750");
    }

    #[test]
    fn inputs_of_one_code_are_added_up() {
        let taken = ["100", "-30.5"].map(|amount| Taken {
            code: "bonus".into(),
            amount: decimal(amount),
            ..Taken::default()
        });
        assert_eq!(value(&[], &taken, "bonus"), "69.5");
        assert_eq!(value(&[], &[], "bonus"), "0");
    }

    #[test]
    fn nobody_and_nothing_is_zero() {
        for name in NAMES.iter().filter(|name| **name != "months") {
            let expected = if *name == "period_days" { "22" } else { "0" };
            assert_eq!(value(&[], &[], name), expected, "{name}");
        }
    }
}
