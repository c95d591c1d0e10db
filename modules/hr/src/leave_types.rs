//! The kinds of leave there are.

use eerp_sdk::prelude::*;

use crate::LeaveEntry;

/// A kind of leave.
#[model(
    table = "leave_types",
    path = "leave-types",
    title = "Leave type",
    display = "name",
    order = "sequence, name",
    rules,
    check(carried_days_not_negative = carry_over_max >= 0)
)]
pub struct LeaveType {
    /// What it is called.
    #[field(max = 100, unique)]
    pub name: String,
    /// How the attendance sheet writes it.
    #[field(max = 6, pattern = "^[A-Z0-9]{1,6}$", unique)]
    pub code: Option<String>,
    /// Its place among the types, smallest first.
    #[field(default = 10, min = 0)]
    pub sequence: i32,
    /// Whether it is paid.
    #[field(default = true)]
    pub paid: bool,
    /// Whether days of it have to be allocated before they are taken.
    #[field(default = true)]
    pub needs_allocation: bool,
    /// Whether more may be taken than was allocated.
    #[field(default = false)]
    pub allow_negative: bool,
    /// Whether half days of it may be taken.
    #[field(default = true)]
    pub half_days: bool,
    /// So many days are carried over at most when an allocation ends; all unless said.
    #[field(numeric(6, 2), min = 0)]
    pub carry_over_max: Option<Decimal>,
    /// Whether it can be asked for.
    #[field(default = true)]
    pub active: bool,
}

impl Rules for LeaveType {
    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.needs_allocation == before.needs_allocation || !self.is_used(before.id)? {
            return Ok(());
        }
        let message = "Leave of this type was booked: make a new type instead.";
        Err(Error::conflict("in_use", message))
    }
}

impl LeaveType {
    fn is_used(&self, id: Ref<Self>) -> Result<bool> {
        db::find::<LeaveEntry>().eq("leave_type_id", id.uuid()).exists()
    }

    /// Whether more must be there than is taken.
    pub(crate) fn is_limited(&self) -> bool {
        self.needs_allocation && !self.allow_negative
    }
}
