//! One payslip from its basis: the rules of a structure, computed and added up. Nothing
//! here reads or writes a record.

use eerp_hr_api::{ContractInPeriod, Employee};
use eerp_money::sum;
use eerp_sdk::prelude::*;

use crate::basis::{Basis, Part, Taken, YearSoFar};
use crate::payslips::{Payslip, SlipLine, SlipState};
use crate::plan::{Amount, Plan};
use crate::structures::{Category, RuleKind, SalaryRule, Structure};
use crate::{OwnCompany, Run};

/// Why an employee has no payslip in a run.
#[body]
pub struct Exception {
    /// The employee.
    pub employee_id: Ref<Employee>,
    /// What the employee is called, as far as it is known.
    pub name: Option<String>,
    /// Which: `no_contract`, `no_structure`, `currency`, `currencies`, `already_paid`,
    /// `unknown_input`, `formula`, `negative_net`, `too_large`.
    pub code: String,
    /// Why, in words.
    pub message: String,
}

/// An employee, and the contracts of the period.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) employee_id: Ref<Employee>,
    pub(crate) contracts: Vec<ContractInPeriod>,
}

/// A structure, its rules, and the plan of them.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) structure: Record<Structure>,
    pub(crate) rules: Vec<Record<SalaryRule>>,
    pub(crate) plan: Plan,
}

/// What all payslips of a run have in common.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) run_id: Ref<Run>,
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) currency: String,
    pub(crate) decimals: u32,
    pub(crate) own_company_id: Option<Ref<OwnCompany>>,
}

/// A payslip with its lines, not yet stored.
pub(crate) type Made = (Payslip, Vec<SlipLine>);

impl Person {
    pub(crate) fn exception(&self, code: &str, why: &str) -> Exception {
        let name = self.contracts.first().map(|contract| contract.name.clone());
        let who = name.clone().unwrap_or_else(|| format!("Employee {}", self.employee_id));
        let (code, message) = (code.into(), format!("{who} {why}"));
        Exception { employee_id: self.employee_id, name, code, message }
    }

    /// What comes last holds: an employee may move within a period.
    fn latest(&self) -> Option<&ContractInPeriod> {
        self.contracts.iter().max_by_key(|contract| contract.to)
    }

    pub(crate) fn parts(&self) -> Vec<Part> {
        self.contracts.iter().map(Part::from).collect()
    }

    /// The contract that holds last, all being in the currency of the run.
    fn contract(&self, currency: &str) -> Result<&ContractInPeriod, Exception> {
        let none = || self.exception("no_contract", "has no contract in the period.");
        let latest = self.latest().ok_or_else(none)?;
        let other = self.contracts.iter().find(|contract| contract.currency != currency);
        match other {
            Some(contract) => {
                let theirs = &contract.currency;
                let why = format!("is paid in {theirs}, and this is a run in {currency}.");
                Err(self.exception("currency", &why))
            }
            None => Ok(latest),
        }
    }
}

/// The payslip of a person, or why there is none.
pub(crate) fn make(
    frame: &Frame,
    person: &Person,
    sheet: Option<&Sheet>,
    taken: &[Taken],
    year: &YearSoFar,
) -> Result<Made, Exception> {
    let contract = person.contract(&frame.currency)?;
    let none = || person.exception("no_structure", "has no salary structure: assign one.");
    let sheet = sheet.ok_or_else(none)?;
    if sheet.rules.is_empty() {
        let why = format!("is paid by {}, which has no rules.", sheet.structure.name);
        return Err(person.exception("no_structure", &why));
    }
    refuse_unknown(person, sheet, taken)?;
    let (parts, period_days) = (person.parts(), contract.period_days);
    let basis = Basis { from: frame.from, to: frame.to, period_days, parts: &parts, taken, year };
    let lines = lines(frame, person, sheet, &basis)?;
    let slip = add_up(head(frame, contract, sheet, &basis), &lines);
    let slip = slip.ok_or_else(|| person.exception("too_large", "has amounts too large."))?;
    if slip.net < Decimal::ZERO {
        let why =
            format!("would get {} {}: more is withheld than earned.", slip.net, slip.currency);
        return Err(person.exception("negative_net", &why));
    }
    Ok((slip, lines))
}

/// What the structure does not look at would be paid to nobody.
fn refuse_unknown(person: &Person, sheet: &Sheet, taken: &[Taken]) -> Result<(), Exception> {
    let known = |code: &String| sheet.structure.inputs.contains(code);
    match taken.iter().find(|taken| !known(&taken.code)) {
        Some(Taken { code, .. }) => {
            let name = &sheet.structure.name;
            let why = format!("has an input `{code}` that the structure {name} does not know.");
            Err(person.exception("unknown_input", &why))
        }
        None => Ok(()),
    }
}

fn lines(
    frame: &Frame,
    person: &Person,
    sheet: &Sheet,
    basis: &Basis<'_>,
) -> Result<Vec<SlipLine>, Exception> {
    let scope = basis.scope(&sheet.structure.inputs);
    let scope = scope.ok_or_else(|| person.exception("too_large", "has figures too large."))?;
    let blame = |why: String| person.exception("formula", &format!("cannot be computed. {why}"));
    let amounts = sheet.plan.compute(scope, frame.decimals).map_err(blame)?;
    Ok(amounts.iter().enumerate().map(|(at, amount)| line(frame, sheet, at, amount)).collect())
}

fn line(frame: &Frame, sheet: &Sheet, at: usize, amount: &Amount) -> SlipLine {
    let rule = &sheet.rules[amount.place];
    SlipLine {
        run_id: frame.run_id,
        position: i32::try_from(at + 1).unwrap_or(i32::MAX),
        code: rule.code.clone(),
        name: rule.name.clone(),
        category: rule.category,
        base: amount.base.map(|base| eerp_money::round(base, eerp_money::DECIMALS_MAX)),
        rate: rule.rate.filter(|_| rule.kind == RuleKind::Percentage),
        amount: amount.amount,
        currency: frame.currency.clone(),
        shown: rule.shown,
        purpose: rule.purpose,
        account_id: rule.account_id,
        owed_account_id: rule.owed_account_id,
        own_company_id: frame.own_company_id,
        ..SlipLine::default()
    }
}

fn head(frame: &Frame, contract: &ContractInPeriod, sheet: &Sheet, basis: &Basis<'_>) -> Payslip {
    Payslip {
        run_id: frame.run_id,
        employee_id: contract.employee_id,
        live_employee_id: Some(contract.employee_id.uuid()),
        user_id: contract.user_id,
        employee_number: contract.number.clone(),
        name: contract.name.clone(),
        position: contract.position.clone(),
        department: contract.department.clone(),
        email: contract.email.clone(),
        structure_id: sheet.structure.id,
        from: frame.from,
        to: frame.to,
        state: SlipState::Draft,
        currency: frame.currency.clone(),
        period_days: basis.period_days,
        parts: basis.parts.to_vec(),
        inputs: basis.taken.to_vec(),
        own_company_id: frame.own_company_id,
        ..Payslip::default()
    }
}

/// The payslip with what its lines add up to; nothing when that is too large.
fn add_up(slip: Payslip, lines: &[SlipLine]) -> Option<Payslip> {
    let total = |category| {
        let of_it = lines.iter().filter(|line| line.category == category);
        sum(of_it.map(|line| line.amount))
    };
    let gross = total(Category::Earning)?;
    let deductions = total(Category::Deduction)?;
    let employer = total(Category::Employer)?;
    let net = sum([gross, -deductions])?;
    sum([gross, employer])?;
    Some(Payslip { gross, deductions, net, employer, ..slip })
}
