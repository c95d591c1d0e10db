//! The functions that a formula may use.

use std::ops::RangeInclusive;

use super::Sort;

/// A function by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// `if(condition, then, otherwise)`: only the one that counts is computed.
    If,
    /// `min(a, b, ...)`: the least of them.
    Min,
    /// `max(a, b, ...)`: the greatest of them.
    Max,
    /// `round(a)`, `round(a, digits)`: a half goes away from zero.
    Round,
    /// `floor(a)`: the whole number at or below.
    Floor,
    /// `ceil(a)`: the whole number at or above.
    Ceil,
    /// `abs(a)`: without its sign.
    Abs,
}

const ALL: [(&str, Function, RangeInclusive<usize>); 7] = [
    ("if", Function::If, 3..=3),
    ("min", Function::Min, 2..=20),
    ("max", Function::Max, 2..=20),
    ("round", Function::Round, 1..=2),
    ("floor", Function::Floor, 1..=1),
    ("ceil", Function::Ceil, 1..=1),
    ("abs", Function::Abs, 1..=1),
];

impl Function {
    /// The function of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        ALL.iter().find(|(known, ..)| *known == name).map(|(_, function, _)| *function)
    }

    /// Its name, and how many values it takes.
    pub(super) fn form(self) -> (&'static str, &'static RangeInclusive<usize>) {
        let place = ALL.iter().position(|(_, function, _)| *function == self).unwrap_or_default();
        (ALL[place].0, &ALL[place].2)
    }

    /// What its value at this place has to be.
    pub(super) fn takes(self, place: usize) -> Sort {
        if self == Self::If && place == 0 { Sort::Truth } else { Sort::Number }
    }
}
