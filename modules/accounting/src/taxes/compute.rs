//! The arithmetic of taxes: what lines with taxes come to, to the cent.
//!
//! Whatever is included, compound or fixed, each tax of a line is `slope * net + fixed`.
//! So one division finds the net of a price that contains taxes, and nothing is guessed.

use eerp_accounting_api::TaxRounding;
use eerp_money::{fitting, round, sum};
use eerp_sdk::prelude::*;

/// Digits after the point that are looked at before rounding: what a division leaves
/// beyond them is noise, and must not turn a half.
const EXACT_DECIMALS: u32 = 10;

/// A percent or an amount, as the arithmetic sees it.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Percent of the base, or an amount for each unit.
    pub(crate) rate: Decimal,
    /// Whether the rate is an amount for each unit.
    pub(crate) fixed: bool,
    /// Whether the price contains it.
    pub(crate) included: bool,
    /// Whether its base contains the taxes before it.
    pub(crate) compound: bool,
}

/// A line, and which of the rules apply to it, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Taxable {
    /// Price times quantity, not rounded.
    pub(crate) amount: Decimal,
    /// How many units.
    pub(crate) quantity: Decimal,
    /// Places among the rules.
    pub(crate) rules: Vec<usize>,
}

/// What a line comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taxed {
    /// Without taxes.
    pub(crate) net: Decimal,
    /// Its taxes.
    pub(crate) tax: Decimal,
    /// With taxes.
    pub(crate) gross: Decimal,
}

/// What a rule comes to over all lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    /// What it is computed on.
    pub(crate) base: Decimal,
    /// The tax.
    pub(crate) amount: Decimal,
}

/// What a document comes to: its lines, and its rules in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Computed {
    /// Each line.
    pub(crate) lines: Vec<Taxed>,
    /// Each rule.
    pub(crate) totals: Vec<Total>,
}

/// Why a line has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The books cannot keep what the line at this place comes to.
    TooLarge(usize),
    /// The taxes included in the price of the line at this place take all of it or more.
    NothingLeft(usize),
}

/// One tax of a line: `slope * net + fixed`.
#[derive(Debug, Clone, Copy)]
struct Linear {
    slope: Decimal,
    fixed: Decimal,
}

/// What lines with taxes come to, in a currency with so many decimals.
///
/// Amounts of lines are rounded first, as a document shows them. Then each tax is
/// rounded on each line; or it is summed up over the lines and rounded once, and every
/// line gets the share by which the rounded sum grows with it.
///
/// # Errors
/// The first line that has no answer.
pub(crate) fn compute(
    rules: &[Rule],
    lines: &[Taxable],
    decimals: u32,
    rounding: TaxRounding,
) -> Result<Computed, Fault> {
    let mut running = vec![Total::default(); rules.len()];
    let mut computed = Computed { lines: Vec::new(), totals: running.clone() };
    for (place, line) in lines.iter().enumerate() {
        let amount = fitting(round(line.amount, decimals)).ok_or(Fault::TooLarge(place))?;
        let exact = exact_taxes(rules, line, amount, place)?;
        let mut shares = Vec::with_capacity(exact.len());
        for (rule, tax) in line.rules.iter().zip(exact) {
            let share = match rounding {
                TaxRounding::Line => rounded(tax, decimals),
                TaxRounding::Document => step(&mut running[*rule].amount, tax, decimals),
            };
            shares.push(fitting(share).ok_or(Fault::TooLarge(place))?);
        }
        let taxed = settle(rules, line, amount, &shares, &mut computed.totals);
        computed.lines.push(taxed.ok_or(Fault::TooLarge(place))?);
    }
    Ok(computed)
}

/// The taxes of a line, not rounded.
fn exact_taxes(
    rules: &[Rule],
    line: &Taxable,
    amount: Decimal,
    place: usize,
) -> Result<Vec<Decimal>, Fault> {
    let taxes = linear(rules, line).ok_or(Fault::TooLarge(place))?;
    let included = line.rules.iter().zip(&taxes).filter(|(rule, _)| rules[**rule].included);
    let (mut divisor, mut rest) = (Decimal::ONE, amount);
    for (_, tax) in included {
        divisor += tax.slope;
        rest -= tax.fixed;
    }
    if divisor <= Decimal::ZERO {
        return Err(Fault::NothingLeft(place));
    }
    let net = rest.checked_div(divisor).ok_or(Fault::TooLarge(place))?;
    let tax = |tax: &Linear| tax.slope.checked_mul(net)?.checked_add(tax.fixed).and_then(fitting);
    taxes.iter().map(tax).collect::<Option<_>>().ok_or(Fault::TooLarge(place))
}

/// The taxes of a line as functions of its net.
fn linear(rules: &[Rule], line: &Taxable) -> Option<Vec<Linear>> {
    let mut earlier = Linear { slope: Decimal::ZERO, fixed: Decimal::ZERO };
    let mut taxes = Vec::with_capacity(line.rules.len());
    for rule in line.rules.iter().map(|place| &rules[*place]) {
        let rate = rule.rate / Decimal::ONE_HUNDRED;
        let tax = if rule.fixed {
            Linear { slope: Decimal::ZERO, fixed: rule.rate.checked_mul(line.quantity)? }
        } else if rule.compound {
            let slope = rate.checked_mul(Decimal::ONE.checked_add(earlier.slope)?)?;
            Linear { slope, fixed: rate.checked_mul(earlier.fixed)? }
        } else {
            Linear { slope: rate, fixed: Decimal::ZERO }
        };
        earlier.slope = earlier.slope.checked_add(tax.slope)?;
        earlier.fixed = fitting(earlier.fixed.checked_add(tax.fixed)?)?;
        taxes.push(tax);
    }
    Some(taxes)
}

/// The line from its rounded amount and taxes, and the totals with it.
fn settle(
    rules: &[Rule],
    line: &Taxable,
    amount: Decimal,
    shares: &[Decimal],
    totals: &mut [Total],
) -> Option<Taxed> {
    let taxes = || line.rules.iter().copied().zip(shares.iter().copied());
    let included = taxes().filter(|(rule, _)| rules[*rule].included).map(|(_, share)| -share);
    let net = sum(included.chain([amount]))?;
    let mut earlier = Decimal::ZERO;
    for (rule, share) in taxes() {
        let before = if rules[rule].compound { earlier } else { Decimal::ZERO };
        let total = &mut totals[rule];
        total.base = sum([total.base, net, before])?;
        total.amount = sum([total.amount, share])?;
        earlier = sum([earlier, share])?;
    }
    Some(Taxed { net, tax: earlier, gross: sum([net, earlier])? })
}

/// By how much a sum grows, rounded, when something is added to it: these steps add up
/// to the rounded sum.
fn step(running: &mut Decimal, tax: Decimal, decimals: u32) -> Decimal {
    let before = rounded(*running, decimals);
    *running += tax;
    rounded(*running, decimals) - before
}

fn rounded(amount: Decimal, decimals: u32) -> Decimal {
    round(round(amount, EXACT_DECIMALS), decimals)
}
