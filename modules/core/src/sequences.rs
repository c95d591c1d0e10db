//! Numbers without a gap, for documents that the law wants numbered.

use eerp_sdk::prelude::*;

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
    /// What stands before each number.
    #[field(max = 50, default = "")]
    pub prefix: String,
    /// Fewest digits; shorter numbers get zeros in front.
    #[field(default = 5, min = 0, max = 18)]
    pub padding: i32,
    /// The number that the next caller gets.
    #[field(default = 1, min = 1)]
    pub next_value: i64,
}

impl Rules for Sequence {
    fn before_create(&mut self) -> Result<()> {
        at_least(self.next_value, 1)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        at_least(self.next_value, before.next_value)
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

impl Sequence {
    /// The next number as it is printed.
    pub fn number(&self) -> String {
        let width = usize::try_from(self.padding).unwrap_or_default();
        format!("{}{:0width$}", self.prefix, self.next_value)
    }
}

/// Allot the next number of a sequence
///
/// The number is taken in the request's own transaction: when that fails, the
/// number is free again, so none is ever missing. Who comes at the same time waits.
#[post("/sequences/{id:uuid}/next")]
pub(crate) fn next(id: Ref<Sequence>) -> Result<Number> {
    let mut sequence = db::lock(id)?;
    let allotted = Number { number: sequence.number(), value: sequence.next_value };
    let exhausted = || Error::conflict("exhausted", "The sequence has no further number.");
    sequence.next_value = sequence.next_value.checked_add(1).ok_or_else(exhausted)?;
    db::update(&sequence)?;
    Ok(allotted)
}
