//! The rules of a structure are read, and what is wrong with one is blamed by its place.

use eerp_sdk::prelude::*;

use super::{NAMES, Step, Way};
use crate::brackets::{self, Bracket};
use crate::formula::{self, Formula, Sort};
use crate::structures::{RuleKind, SalaryRule};

/// Characters of the code of an input.
const CODE_MAX: usize = 40;

pub(super) fn check_inputs(inputs: &[String]) -> Result<()> {
    for (place, input) in inputs.iter().enumerate() {
        let blame = |code: &'static str, message: String| {
            Err(Error::invalid(&format!("inputs/{place}"), code, message))
        };
        if !is_code(input) {
            let message = "A code begins with a small letter and has letters, digits and `_`.";
            return blame("pattern", message.into());
        }
        if is_taken(input) || inputs[..place].contains(input) {
            return blame("taken", format!("`{input}` means something already."));
        }
    }
    Ok(())
}

/// Whether a text can be the code of an input.
fn is_code(text: &str) -> bool {
    let small = |c: char| c.is_ascii_lowercase();
    text.len() <= CODE_MAX
        && text.starts_with(small)
        && text.chars().all(|c| small(c) || c.is_ascii_digit() || c == '_')
}

/// Whether a name means something in every structure.
fn is_taken(name: &str) -> bool {
    NAMES.contains(&name) || formula::is_word(name)
}

/// One rule being read among the others.
pub(super) struct Reading<'a> {
    pub(super) rules: &'a [&'a SalaryRule],
    pub(super) inputs: &'a [String],
    pub(super) place: usize,
}

impl Reading<'_> {
    pub(super) fn step(&self, rule: &SalaryRule) -> Result<Step> {
        self.check_code(&rule.code)?;
        self.refuse_leftovers(rule)?;
        let condition = rule.condition.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let condition = condition.map(|text| self.read("condition", text, Sort::Truth));
        Ok(Step {
            code: rule.code.clone(),
            name: rule.name.clone(),
            category: rule.category,
            condition: condition.transpose()?,
            way: self.way(rule)?,
        })
    }

    fn way(&self, rule: &SalaryRule) -> Result<Way> {
        Ok(match rule.kind {
            RuleKind::Fixed => Way::Fixed(self.must("amount", rule.amount)?),
            RuleKind::Percentage => {
                let rate = self.must("rate", rule.rate)?;
                Way::Percentage(rate, self.must_read("base", rule.base.as_deref())?)
            }
            RuleKind::Brackets => {
                self.check_table(&rule.brackets)?;
                let base = self.must_read("base", rule.base.as_deref())?;
                Way::Brackets(rule.brackets.clone(), rule.bracket_mode, base)
            }
            RuleKind::Formula => Way::Formula(self.must_read("formula", rule.formula.as_deref())?),
        })
    }

    fn blame(&self, field: &str, code: &'static str, message: impl Into<String>) -> Error {
        Error::invalid(&format!("rules/{}/{field}", self.place), code, message.into())
    }

    fn must<T>(&self, field: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.blame(field, "required", "A rule of this kind needs it."))
    }

    fn must_read(&self, field: &str, text: Option<&str>) -> Result<Formula> {
        self.read(field, self.must(field, text)?, Sort::Number)
    }

    fn read(&self, field: &str, text: &str, sort: Sort) -> Result<Formula> {
        let known = |name: &str| self.unknown(name);
        let formula = Formula::read(text, sort, &known);
        formula.map_err(|flaw| self.blame(field, flaw.code, flaw.to_string()))
    }

    /// Why this rule may not use a name.
    fn unknown(&self, name: &str) -> Option<(&'static str, String)> {
        let place = self.rules.iter().position(|rule| rule.code == name);
        match place {
            Some(place) if place < self.place => None,
            Some(place) if place == self.place => {
                Some(("circular", format!("`{name}` cannot use itself.")))
            }
            Some(_) => {
                let message = format!("`{name}` is computed by a later rule: move that one up.");
                Some(("forward_reference", message))
            }
            None if NAMES.contains(&name) || self.inputs.iter().any(|input| input == name) => None,
            None => {
                let message = format!(
                    "Nothing is known of `{name}`: it is no earlier rule, and no input of the \
                     structure."
                );
                Some(("unknown_name", message))
            }
        }
    }

    fn check_code(&self, code: &str) -> Result<()> {
        if is_taken(code) || self.inputs.iter().any(|input| input == code) {
            let message = format!("`{code}` means something already.");
            return Err(self.blame("code", "taken", message));
        }
        if self.rules[..self.place].iter().any(|rule| rule.code == code) {
            let message = format!("There is another rule `{code}`.");
            return Err(self.blame("code", "duplicate", message));
        }
        Ok(())
    }

    fn check_table(&self, table: &[Bracket]) -> Result<()> {
        if table.is_empty() {
            return Err(self.blame("brackets", "required", "A table has a bracket at least."));
        }
        brackets::flaw(table).map_or(Ok(()), |(place, code, message)| {
            Err(self.blame(&format!("brackets/{place}/from"), code, message))
        })
    }

    /// What a rule of this kind does not look at would mislead who reads it.
    fn refuse_leftovers(&self, rule: &SalaryRule) -> Result<()> {
        let based = matches!(rule.kind, RuleKind::Percentage | RuleKind::Brackets);
        let given = [
            ("amount", rule.amount.is_some(), rule.kind == RuleKind::Fixed),
            ("rate", rule.rate.is_some(), rule.kind == RuleKind::Percentage),
            ("base", rule.base.is_some(), based),
            ("brackets", !rule.brackets.is_empty(), rule.kind == RuleKind::Brackets),
            ("formula", rule.formula.is_some(), rule.kind == RuleKind::Formula),
        ];
        match given.into_iter().find(|(_, there, used)| *there && !used) {
            Some((field, ..)) => {
                Err(self.blame(field, "not_used", "A rule of this kind does not use it."))
            }
            None => Ok(()),
        }
    }
}
