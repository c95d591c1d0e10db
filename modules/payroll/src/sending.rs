//! Payslips by mail.

use eerp_sdk::prelude::*;
use eerp_sdk::services::mail::{self, Mail};

use crate::amounts::day;
use crate::payslips::Payslip;
use crate::posting::slips_of;
use crate::runs::{Run, RunState};
use crate::storing::update_all;

/// What was sent.
#[body]
pub struct Sent {
    /// How many payslips.
    pub sent: i32,
    /// How many were sent before and were not sent again.
    pub sent_before: i32,
    /// Employees who have no address, by their names.
    pub without_address: Vec<String>,
}

/// Send the payslips of a run by mail
///
/// To each employee who has an address and was not sent it before, as a PDF. 409
/// `not_printed` for the moments after posting in which the PDFs are still being made.
#[post("/runs/{id:uuid}/send", permission = "payslips.send")]
pub(crate) fn send(id: Ref<Run>) -> Result<Sent> {
    let run = db::lock(id)?;
    if !matches!(run.state, RunState::Posted | RunState::Paid) {
        let message = "Payslips are sent once they are posted, and not when they were taken back.";
        return Err(Error::conflict("not_posted", message));
    }
    let (waiting, before): (Vec<_>, Vec<_>) =
        slips_of(id)?.into_iter().partition(|slip| slip.sent_at.is_none());
    let (mut reachable, others): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|slip| slip.email.is_some());
    for slip in &mut reachable {
        send_one(slip)?;
    }
    update_all(&reachable)?;
    let count = |slips: &[_]| i32::try_from(slips.len()).unwrap_or(i32::MAX);
    let without_address = others.into_iter().map(|slip| slip.name.clone()).collect();
    Ok(Sent { sent: count(&reachable), sent_before: count(&before), without_address })
}

fn send_one(slip: &mut Record<Payslip>) -> Result<()> {
    let unprinted = || {
        let message = format!("The payslip of {} is being printed: try again soon.", slip.name);
        Error::conflict("not_printed", message)
    };
    let file = slip.file_id.ok_or_else(unprinted)?;
    let period = format!("{} to {}", day(slip.from), day(slip.to));
    let text = format!("Dear {},\n\nyour payslip for {period} is attached.\n", slip.name);
    let address = slip.email.as_deref().unwrap_or_default();
    let mail = Mail::new(address, &format!("Payslip, {period}"), &text);
    mail::send(Mail { files: vec![file], ..mail })?;
    slip.sent_at = Some(now());
    Ok(())
}
