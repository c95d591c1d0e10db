//! Numbers for documents: without a gap where the law wants that, or without waiting.

use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, NextNumber, Reset};

use crate::numbering::{self, Period};

/// A series of numbers, e.g. of invoices.
#[model(
    table = "sequences",
    title = "Sequence",
    display = "name",
    order = "code",
    rules,
    check(next_value_positive = next_value >= 1),
    check(padding_in_range = padding >= 0 && padding <= 18)
)]
pub struct Sequence {
    /// What programs call it.
    #[field(max = 100, pattern = "^[a-z][a-z0-9_.-]*$", unique)]
    pub code: String,
    /// What people call it.
    #[field(max = 200)]
    pub name: Option<String>,
    /// What stands before each number; `{year}`, `{month}` and `{day}` are filled in.
    #[field(max = 50, default = "")]
    pub prefix: String,
    /// Fewest digits; shorter numbers get zeros in front.
    #[field(default = 5, min = 0, max = 18)]
    pub padding: i32,
    /// Whether no number may be missing. Then those who draw one wait for each other;
    /// otherwise nobody waits, and a request that fails leaves a gap.
    #[field(default = true)]
    pub gapless: bool,
    /// When it begins anew.
    #[field(default = Reset::Never)]
    pub reset: Reset,
    /// The number that the next caller gets; of a sequence that may have gaps, the
    /// first one of each period.
    #[field(default = 1, min = 1)]
    pub next_value: i64,
    /// The period of the last number: `2026`, `2026-03`.
    #[field(readonly, max = 7)]
    pub period: Option<String>,
}

/// The first number of a sequence that may have gaps is no larger.
const START_MAX: i64 = i32::MAX as i64;

impl Rules for Sequence {
    fn before_create(&mut self) -> Result<()> {
        self.prefix_tells_the_period()?;
        if !self.gapless && self.next_value > START_MAX {
            let message = format!("A sequence with gaps starts at {START_MAX} at most.");
            return Err(Error::invalid("next_value", "maximum", message));
        }
        at_least(self.next_value, 1)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.prefix_tells_the_period()?;
        self.keeps_its_count(before)?;
        // A new period begins at one, and only drawing a number leads there.
        let anew = self.period > before.period;
        at_least(self.next_value, if anew { 1 } else { before.next_value })
    }
}

impl Sequence {
    /// What begins anew would print numbers twice, if they did not tell the period.
    fn prefix_tells_the_period(&self) -> Result<()> {
        let Some(missing) = numbering::missing(&self.prefix, self.reset) else { return Ok(()) };
        let message = format!("The numbers begin anew: the prefix must have {missing}.");
        Err(Error::invalid("prefix", "period_missing", message))
    }

    /// The core counts the two kinds apart, and each period; a change would begin anew.
    fn keeps_its_count(&self, before: &Self) -> Result<()> {
        let starts_elsewhere = !self.gapless && self.next_value != before.next_value;
        let changed = [
            ("gapless", self.gapless != before.gapless),
            ("reset", self.reset != before.reset),
            ("next_value", starts_elsewhere),
        ];
        let Some((field, _)) = changed.into_iter().find(|(_, changed)| *changed) else {
            return Ok(());
        };
        let message = "Numbers would come twice: make another sequence instead.";
        Err(Error::invalid(field, "fixed", message))
    }
}

/// Going back would allot a number twice.
fn at_least(next_value: i64, least: i64) -> Result<()> {
    if next_value >= least {
        return Ok(());
    }
    let message = format!("The next number cannot be below {least}.");
    Err(Error::invalid("next_value", "minimum", message))
}

/// A number that was allotted.
#[body]
pub struct Number {
    /// The number as printed: `INV-00042`.
    pub number: String,
    /// The number alone.
    pub value: i64,
}

/// Allot the next number of a sequence
///
/// Without gaps, the number is taken in the request's own transaction: when that fails,
/// the number is free again, so none is ever missing. Who comes at the same time waits.
/// With gaps, nobody waits.
#[post("/sequences/{id:uuid}/next")]
pub(crate) fn next(id: Ref<Sequence>) -> Result<Number> {
    let sequence = db::get(id)?;
    if sequence.gapless { next_in_turn(id) } else { next_with_gaps(&sequence) }
}

fn next_in_turn(id: Ref<Sequence>) -> Result<Number> {
    let mut sequence = db::lock(id)?;
    let drawn = Period::of(sequence.reset, sequence.period.as_deref(), now().date());
    let value = if drawn.is_new { 1 } else { sequence.next_value };
    let number = numbering::text(&sequence.prefix, drawn.day, value, sequence.padding);
    let exhausted = || Error::conflict("exhausted", "The sequence has no further number.");
    sequence.next_value = value.checked_add(1).ok_or_else(exhausted)?;
    sequence.period = drawn.name;
    db::update(&sequence)?;
    Ok(Number { number, value })
}

fn next_with_gaps(sequence: &Record<Sequence>) -> Result<Number> {
    let drawn = sequences::next(NextNumber {
        // The code may change, and the count goes on.
        name: format!("sequence.{}", sequence.id),
        gapless: false,
        per_company: false,
        reset: sequence.reset,
        prefix: sequence.prefix.clone(),
        padding: sequence.padding.max(1),
        start: i32::try_from(sequence.next_value).unwrap_or(i32::MAX),
        ..NextNumber::default()
    })?;
    Ok(Number { number: drawn.text, value: drawn.number })
}
