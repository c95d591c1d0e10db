//! A tree and what its names stand for become a number. Truth is 1, its contrary 0.

use eerp_money::round;
use eerp_sdk::prelude::Decimal;

use super::{Flaw, Function, Node, Operator, Scope};

/// Digits that `round` may be asked for.
const ROUND_DIGITS_MAX: u32 = 10;

pub(super) fn value(node: &Node, scope: &Scope) -> Result<Decimal, Flaw> {
    match node {
        Node::Number(number) => Ok(*number),
        Node::Name(name, at) => scope.get(name).copied().ok_or_else(|| unknown(*at, name)),
        Node::Negative(inner) => value(inner, scope).map(|number| -number),
        Node::Percent(inner) => value(inner, scope).map(|number| number / Decimal::ONE_HUNDRED),
        Node::Not(inner) => value(inner, scope).map(|number| truth(number.is_zero())),
        Node::Two(operator, at, left, right) => two(*operator, *at, left, right, scope),
        Node::Call(function, at, values) => call(*function, *at, values, scope),
    }
}

fn truth(holds: bool) -> Decimal {
    if holds { Decimal::ONE } else { Decimal::ZERO }
}

fn unknown(at: usize, name: &str) -> Flaw {
    Flaw::new(at, "unknown_name", format!("Nothing is known of `{name}`."))
}

fn too_large(at: usize) -> Flaw {
    Flaw::new(at, "too_large", "The result is too large.")
}

fn two(
    operator: Operator,
    at: usize,
    left: &Node,
    right: &Node,
    scope: &Scope,
) -> Result<Decimal, Flaw> {
    let left = value(left, scope)?;
    // What is decided by the left side leaves the right one alone.
    match operator {
        Operator::And if left.is_zero() => return Ok(Decimal::ZERO),
        Operator::Or if !left.is_zero() => return Ok(Decimal::ONE),
        _ => {}
    }
    let right = value(right, scope)?;
    if operator == Operator::Over && right.is_zero() {
        return Err(Flaw::new(at, "division_by_zero", "Nothing is divided by zero."));
    }
    reckon(operator, left, right).ok_or_else(|| too_large(at))
}

fn reckon(operator: Operator, left: Decimal, right: Decimal) -> Option<Decimal> {
    Some(match operator {
        Operator::Plus => left.checked_add(right)?,
        Operator::Minus => left.checked_sub(right)?,
        Operator::Times => left.checked_mul(right)?,
        Operator::Over => left.checked_div(right)?,
        Operator::Less => truth(left < right),
        Operator::AtMost => truth(left <= right),
        Operator::More => truth(left > right),
        Operator::AtLeast => truth(left >= right),
        Operator::Same => truth(left == right),
        Operator::Other => truth(left != right),
        Operator::And | Operator::Or => truth(!right.is_zero()),
    })
}

fn call(function: Function, at: usize, values: &[Node], scope: &Scope) -> Result<Decimal, Flaw> {
    if function == Function::If {
        let chosen = if value(&values[0], scope)?.is_zero() { 2 } else { 1 };
        return value(&values[chosen], scope);
    }
    let values: Vec<Decimal> =
        values.iter().map(|node| value(node, scope)).collect::<Result<_, _>>()?;
    let first = values[0];
    match function {
        Function::Min => Ok(values.into_iter().min().unwrap_or(first)),
        Function::Max => Ok(values.into_iter().max().unwrap_or(first)),
        Function::Floor => Ok(first.floor()),
        Function::Ceil => Ok(first.ceil()),
        Function::Abs => Ok(first.abs()),
        Function::Round | Function::If => rounded(first, values.get(1), at),
    }
}

fn rounded(number: Decimal, digits: Option<&Decimal>, at: usize) -> Result<Decimal, Flaw> {
    let Some(digits) = digits else { return Ok(round(number, 0)) };
    let whole = digits.fract().is_zero().then(|| u32::try_from(*digits).ok()).flatten();
    let digits = whole.filter(|digits| *digits <= ROUND_DIGITS_MAX);
    let message = format!("Numbers are rounded to 0 to {ROUND_DIGITS_MAX} digits.");
    let digits = digits.ok_or_else(|| Flaw::new(at, "digits", message))?;
    Ok(round(number, digits))
}
