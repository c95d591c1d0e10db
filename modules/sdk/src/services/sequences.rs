//! Numbers for invoices and the like, each module's own.

use super::Sparse;
use crate::error::Result;
use crate::prelude::*;

/// When a sequence begins anew.
#[choice]
pub enum Reset {
    /// Not at all.
    Never,
    /// With each year.
    Yearly,
    /// With each month.
    Monthly,
}

/// A sequence, and how its next number is written.
#[body]
pub struct NextNumber {
    /// The sequence's name: small letters, digits, `_`, `.` and `-`.
    #[field(max = 100, pattern = "^[a-z][a-z0-9_.-]{0,99}$")]
    pub name: String,
    /// Whether no number may be missing: then those who draw one wait for each other,
    /// and a request that fails gives its number back.
    #[field(default = true)]
    pub gapless: bool,
    /// Whether each own company counts for itself.
    #[field(default = true)]
    pub per_company: bool,
    /// When it begins anew.
    #[field(default = Reset::Never)]
    pub reset: Reset,
    /// The day of what is numbered; today unless said.
    pub date: Option<Date>,
    /// What stands before the number; `{year}`, `{month}` and `{day}` are filled in.
    #[field(default, max = 100, min = 0)]
    pub prefix: String,
    /// The digits that are written at least.
    #[field(default = 1, min = 1)]
    pub padding: i32,
    /// The first number.
    #[field(default = 1, min = 0)]
    pub start: i32,
}

impl NextNumber {
    /// The sequence of this name, counting 1, 2, 3 without gaps.
    pub fn of(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// A number that nobody else has.
#[body]
pub struct Number {
    /// The number.
    pub number: i64,
    /// The same as it is written: `INV-2026-00042`.
    pub text: String,
    /// The period in which it was counted: `2026`; empty when there are none.
    pub period: String,
}

/// The next number of a sequence
#[service("eerp.sequences.next", public)]
pub const NEXT: Service<Sparse<NextNumber>, Number>;

/// Draws the next number of a sequence.
///
/// # Errors
/// 422 when the name or the form of the number may not be.
pub fn next(wanted: NextNumber) -> Result<Number> {
    NEXT.call(&Sparse(wanted))
}
