//! The service that computes the taxes of other modules' documents.

use std::collections::BTreeMap;

use eerp_accounting_api::{
    COMPUTE_TAXES, TaxAnswer, TaxQuestion, TaxRounding, TaxTotal, TaxUse, TaxedLine,
};
use eerp_core_api::{CurrencyCodes, DESCRIBE_CURRENCIES};
use eerp_money::{DECIMALS_MAX, sum};
use eerp_sdk::prelude::*;

use super::compute::{Computed, Fault, Rule, Taxable, compute};
use super::{Tax, TaxKind};

/// The taxes that a document may have at most, those of groups among them.
const TAXES_MAX: usize = 200;

#[serves(COMPUTE_TAXES)]
pub(crate) fn compute_taxes(input: TaxQuestion) -> Result<TaxAnswer> {
    let known = Known::of(&input)?;
    let lines = known.lines(&input)?;
    let rules: Vec<Rule> = known.applied.iter().map(|tax| rule(tax)).collect();
    let rounding = input.rounding.unwrap_or(TaxRounding::Line);
    let decimals = decimals(&input.currency)?;
    let computed = compute(&rules, &lines, decimals, rounding).map_err(blame)?;
    answer(&known.applied, computed)
}

fn decimals(currency: &str) -> Result<u32> {
    let found = DESCRIBE_CURRENCIES.call(&CurrencyCodes { codes: vec![currency.into()] })?;
    let decimals = found.first().and_then(|found| u32::try_from(found.decimals).ok());
    decimals.filter(|decimals| *decimals <= DECIMALS_MAX).ok_or_else(|| {
        let message = "The books keep four digits after the point at most.";
        Error::invalid("currency", "currency_decimals", message)
    })
}

/// The taxes that are named, and those that apply: groups are what they consist of.
struct Known {
    named: BTreeMap<Uuid, Record<Tax>>,
    applied: Vec<Record<Tax>>,
}

impl Known {
    fn of(input: &TaxQuestion) -> Result<Self> {
        let ids = input.lines.iter().flat_map(|line| &line.tax_ids).map(|id| id.uuid());
        let named = found(ids)?;
        let children = found(named.values().flat_map(|tax| &tax.children).map(|id| id.uuid()))?;
        let single = named.values().filter(|tax| tax.kind != TaxKind::Group);
        let mut applied: BTreeMap<_, _> = children;
        applied.extend(single.map(|tax| (tax.id.uuid(), tax.clone())));
        let mut applied: Vec<_> = applied.into_values().collect();
        applied.sort_by(|a, b| {
            (a.sequence, &a.name, a.id.uuid()).cmp(&(b.sequence, &b.name, b.id.uuid()))
        });
        Ok(Self { named, applied })
    }

    fn lines(&self, input: &TaxQuestion) -> Result<Vec<Taxable>> {
        let lines = input.lines.iter().enumerate().map(|(place, line)| {
            let mut rules = Vec::new();
            for id in &line.tax_ids {
                let named = self.named.get(&id.uuid()).ok_or_else(|| unknown(place))?;
                rules.extend(self.places(named, input.r#use, place)?);
            }
            rules.sort_unstable();
            if rules.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(wrong(place, "tax_twice", "A tax applies to a line once."));
            }
            let quantity = line.quantity.unwrap_or_else(|| unit_of(line.amount));
            Ok(Taxable { amount: line.amount, quantity, rules })
        });
        lines.collect()
    }

    /// The places of a tax, or of those of a group, among what applies.
    fn places(&self, tax: &Record<Tax>, wanted: Option<TaxUse>, line: usize) -> Result<Vec<usize>> {
        if !tax.fits(wanted) {
            let message = format!("{} is not meant for this.", tax.name);
            return Err(wrong(line, "tax_use", message));
        }
        let own = [tax.id];
        let ids = if tax.kind == TaxKind::Group { &tax.children[..] } else { &own };
        let place = |id: &Ref<Tax>| self.applied.iter().position(|applied| applied.id == *id);
        ids.iter().map(|id| place(id).ok_or_else(|| unknown(line))).collect()
    }
}

fn found(ids: impl Iterator<Item = Uuid>) -> Result<BTreeMap<Uuid, Record<Tax>>> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > TAXES_MAX {
        let message = format!("A document has up to {TAXES_MAX} different taxes.");
        return Err(Error::invalid("lines", "too_many_taxes", message));
    }
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let taxes = db::find::<Tax>().one_of("id", ids).limit(TAXES_MAX as u32).all()?;
    Ok(taxes.into_iter().map(|tax| (tax.id.uuid(), tax)).collect())
}

/// One unit, taken back when the amount is.
fn unit_of(amount: Decimal) -> Decimal {
    if amount < Decimal::ZERO { -Decimal::ONE } else { Decimal::ONE }
}

fn rule(tax: &Tax) -> Rule {
    let fixed = tax.kind == TaxKind::Fixed;
    Rule { rate: tax.rate, fixed, included: tax.included, compound: tax.compound }
}

fn unknown(line: usize) -> Error {
    wrong(line, "unknown_tax", "There is no such tax.")
}

fn wrong(line: usize, code: &'static str, message: impl Into<String>) -> Error {
    Error::invalid(&format!("lines/{line}/tax_ids"), code, message.into())
}

fn blame(fault: Fault) -> Error {
    match fault {
        Fault::TooLarge(line) => too_large(&format!("lines/{line}/amount")),
        Fault::NothingLeft(line) => {
            wrong(line, "nothing_left", "The taxes that the price contains take all of it.")
        }
    }
}

fn too_large(field: &str) -> Error {
    Error::invalid(field, "too_large", "The books cannot keep an amount as large as this.")
}

fn answer(taxes: &[Record<Tax>], computed: Computed) -> Result<TaxAnswer> {
    let Computed { lines, totals } = computed;
    let fit = |total: Option<Decimal>| total.ok_or_else(|| too_large("lines"));
    let net = fit(sum(lines.iter().map(|line| line.net)))?;
    let tax = fit(sum(totals.iter().map(|total| total.amount)))?;
    let gross = fit(sum([net, tax]))?;
    let line = |line: &super::compute::Taxed| TaxedLine {
        net: line.net,
        tax: line.tax,
        gross: line.gross,
    };
    let total = |(tax, total): (&Record<Tax>, &super::compute::Total)| TaxTotal {
        tax_id: Ref::new(tax.id.uuid()),
        name: tax.name.clone(),
        base: total.base,
        amount: total.amount,
        account_id: tax.account_id.map(|id| Ref::new(id.uuid())),
    };
    Ok(TaxAnswer {
        lines: lines.iter().map(line).collect(),
        taxes: taxes.iter().zip(&totals).map(total).collect(),
        net,
        tax,
        gross,
    })
}
