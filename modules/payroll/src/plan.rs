//! A salary structure made ready to compute: its formulas read, its names known, each
//! rule sound in itself.

mod reading;
#[cfg(test)]
mod tests;

use eerp_money::{fitting, round};
use eerp_sdk::prelude::*;

use crate::brackets::{self, Bracket, BracketMode};
use crate::formula::{Flaw, Formula, Scope};
use crate::structures::{Category, SalaryRule};
use reading::{Reading, check_inputs};

/// The names that each formula knows, beside one-off inputs and earlier rules. The last
/// four count what the rules so far have come to.
pub(crate) const NAMES: [&str; 17] = [
    "base_pay",
    "wage",
    "months",
    "period_days",
    "due_days",
    "due_hours",
    "paid_leave_days",
    "unpaid_days",
    "hours",
    "ytd_gross",
    "ytd_deductions",
    "ytd_net",
    "ytd_employer",
    "gross",
    "deductions",
    "net",
    "employer",
];

/// The rules of a structure, ready to compute.
#[derive(Debug)]
pub(crate) struct Plan {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    code: String,
    name: String,
    category: Category,
    condition: Option<Formula>,
    way: Way,
}

/// How a step comes to its amount.
#[derive(Debug)]
enum Way {
    Fixed(Decimal),
    Percentage(Decimal, Formula),
    Brackets(Vec<Bracket>, BracketMode, Formula),
    Formula(Formula),
}

/// What a rule came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Amount {
    /// The rule's place in the structure.
    pub(crate) place: usize,
    /// What a percentage or a table is of.
    pub(crate) base: Option<Decimal>,
    /// The amount, rounded.
    pub(crate) amount: Decimal,
}

impl Plan {
    /// The plan of these rules and one-off inputs; a rule is blamed by its place.
    pub(crate) fn of(rules: &[&SalaryRule], inputs: &[String]) -> Result<Self> {
        check_inputs(inputs)?;
        let mut steps = Vec::with_capacity(rules.len());
        for (place, rule) in rules.iter().enumerate() {
            let reading = Reading { rules, inputs, place };
            steps.push(reading.step(rule)?);
        }
        Ok(Self { steps })
    }

    /// What the rules come to, one after the other, each rounded. Rules whose condition
    /// does not hold are 0 to others and have no amount.
    pub(crate) fn compute(&self, mut scope: Scope, decimals: u32) -> Result<Vec<Amount>, String> {
        let mut amounts = Vec::with_capacity(self.steps.len());
        for (place, step) in self.steps.iter().enumerate() {
            let blame = |why: &dyn std::fmt::Display| format!("{}: {why}", step.name);
            let came_to = step.compute(&scope, decimals).map_err(|flaw| blame(&flaw))?;
            let amount = came_to.map_or(Decimal::ZERO, |(_, amount)| amount);
            count(&mut scope, step.category, amount).ok_or_else(|| blame(&TOO_LARGE))?;
            scope.insert(step.code.clone(), amount);
            amounts.extend(came_to.map(|(base, amount)| Amount { place, base, amount }));
        }
        Ok(amounts)
    }
}

const TOO_LARGE: &str = "The amount is too large.";

/// Adds an amount to what the rules so far have come to.
fn count(scope: &mut Scope, category: Category, amount: Decimal) -> Option<()> {
    let (total, to_net) = match category {
        Category::Earning => ("gross", amount),
        Category::Deduction => ("deductions", -amount),
        Category::Employer => ("employer", Decimal::ZERO),
        Category::Statistic => return Some(()),
    };
    for (name, by) in [(total, amount), ("net", to_net)] {
        let so_far = scope.entry(name.into()).or_default();
        *so_far = fitting(so_far.checked_add(by)?)?;
    }
    Some(())
}

impl Step {
    /// Its base and amount; nothing when its condition does not hold.
    fn compute(
        &self,
        scope: &Scope,
        decimals: u32,
    ) -> Result<Option<(Option<Decimal>, Decimal)>, Flaw> {
        let holds = self.condition.as_ref().map_or(Ok(true), |condition| condition.holds(scope))?;
        if !holds {
            return Ok(None);
        }
        let (base, amount) = self.way.compute(scope)?;
        let rounded = amount.map(|amount| round(amount, decimals)).and_then(fitting);
        let too_large = || Flaw { at: 1, code: "too_large", message: TOO_LARGE.into() };
        Ok(Some((base, rounded.ok_or_else(too_large)?)))
    }
}

impl Way {
    fn compute(&self, scope: &Scope) -> Result<(Option<Decimal>, Option<Decimal>), Flaw> {
        Ok(match self {
            Self::Fixed(amount) => (None, Some(*amount)),
            Self::Percentage(rate, base) => {
                let base = base.value(scope)?;
                (Some(base), brackets::percent(base, *rate))
            }
            Self::Brackets(table, mode, base) => {
                let base = base.value(scope)?;
                (Some(base), brackets::apply(table, *mode, base))
            }
            Self::Formula(formula) => (None, Some(formula.value(scope)?)),
        })
    }
}
