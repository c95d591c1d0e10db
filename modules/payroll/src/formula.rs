//! Formulas: what a rule of a salary structure computes, in words that a payroll officer
//! writes: `if(gross > 3000, gross * 5%, 0)`.
//!
//! A formula knows numbers, names, `+ - * /`, `%` after a number, comparisons, `and`,
//! `or`, `not` and a few functions. It is read into a tree when its structure is saved,
//! with what is wrong said by its place, and computed in decimals, which never panic:
//! what a decimal cannot hold is a flaw like any other.

mod evaluate;
mod function;
mod parse;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use eerp_sdk::prelude::Decimal;

pub(crate) use function::Function;

/// Characters of a formula.
pub(crate) const LENGTH_MAX: usize = 1000;

/// Numbers, names, signs and functions in a formula.
const NODES_MAX: usize = 200;

/// Parentheses and signs within each other.
const DEPTH_MAX: usize = 20;

/// Words of the language, which therefore name nothing else.
const WORDS: [&str; 3] = ["and", "or", "not"];

/// What a formula comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Number,
    Truth,
}

/// What is wrong with a formula, and at which of its characters, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) at: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Flaw {
    fn new(at: usize, code: &'static str, message: impl Into<String>) -> Self {
        Self { at, code, message: message.into() }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (at character {})", self.message, self.at)
    }
}

/// What names stand for.
pub(crate) type Scope = BTreeMap<String, Decimal>;

/// Why a name may not be used; nothing when it may.
pub(crate) type Known<'a> = &'a dyn Fn(&str) -> Option<(&'static str, String)>;

/// A formula that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Formula(Node);

/// A part of a formula. Where something can go wrong, it knows its place.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// A number as it is written.
    Number(Decimal),
    /// What a name stands for.
    Name(String, usize),
    /// The number with the other sign.
    Negative(Box<Node>),
    /// A number as a percentage.
    Percent(Box<Node>),
    /// Whether it is not so.
    Not(Box<Node>),
    /// Two values and the sign between them.
    Two(Operator, usize, Box<Node>, Box<Node>),
    /// A function of some values.
    Call(Function, usize, Vec<Node>),
}

/// A sign between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    Less,
    AtMost,
    More,
    AtLeast,
    Same,
    Other,
    And,
    Or,
}

impl Formula {
    /// The formula that a text says, which comes to this sort of value.
    pub(crate) fn read(text: &str, sort: Sort, known: Known<'_>) -> Result<Self, Flaw> {
        parse::read(text, sort, known).map(Self)
    }

    /// What it comes to.
    pub(crate) fn value(&self, scope: &Scope) -> Result<Decimal, Flaw> {
        evaluate::value(&self.0, scope)
    }

    /// Whether it holds.
    pub(crate) fn holds(&self, scope: &Scope) -> Result<bool, Flaw> {
        self.value(scope).map(|value| !value.is_zero())
    }
}

/// Whether a word means something in the language.
pub(crate) fn is_word(name: &str) -> bool {
    WORDS.contains(&name) || Function::of(name).is_some()
}
