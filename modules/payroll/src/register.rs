//! The payroll register, in which whoever makes payslips takes a turn.

use eerp_sdk::prelude::*;

/// The payroll register: whoever makes payslips takes a turn in it, so that nobody makes
/// one for the same employee and days meanwhile.
#[model(table = "registers", title = "Payroll register")]
pub(crate) struct Register {
    /// How often payslips were made.
    #[field(readonly, default = 0)]
    pub(crate) turns: i32,
}

/// The only one.
pub(crate) const REGISTER: &str = "0000a900-0000-7000-8000-000000000001";

impl Register {
    /// Waits for whoever makes payslips now. Changing the register runs a request again
    /// that began before the other one ended, so that it sees what that has made.
    pub(crate) fn take_turn() -> Result<()> {
        let id: Ref<Self> = REGISTER.parse().unwrap_or_default();
        let mut register = db::lock(id)?;
        register.turns = register.turns.wrapping_add(1);
        db::update(&register).map(drop)
    }
}
