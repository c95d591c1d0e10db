//! What payroll tells others, and itself: PDFs are made after a run is posted, so that
//! nobody waits for them.

use eerp_sdk::prelude::*;

use crate::payslips::Payslip;
use crate::printing;
use crate::runs::Run;

/// A run that was posted.
#[body]
pub struct RunPosted {
    /// The run; also the event's key.
    pub run_id: Ref<Run>,
    /// Its number.
    pub number: String,
    /// The first day that is paid.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How many payslips it has.
    pub employees: i32,
    /// All that is paid out.
    #[field(numeric(20, 4))]
    pub net: Decimal,
    /// The currency of that, by its code.
    pub currency: String,
}

/// A payroll run was posted
#[topic("payroll.runs.posted")]
pub const RUN_POSTED: Topic<RunPosted>;

/// Payslips whose PDFs are to be kept.
#[body]
pub struct Unprinted {
    /// The payslips.
    #[field(max = 10)]
    pub payslip_ids: Vec<Ref<Payslip>>,
}

/// Payslips were posted and are to be printed
#[topic("payroll.payslips.unprinted")]
pub const PAYSLIPS_UNPRINTED: Topic<Unprinted>;

/// Payslips that are printed by one delivery: each takes some tenths of a second.
const PRINTED_AT_ONCE: usize = 5;

/// Tells that a run was posted.
pub(crate) fn tell(run: &Record<Run>, slips: &[Record<Payslip>]) -> Result<()> {
    let told = RunPosted {
        run_id: run.id,
        number: run.title(),
        from: run.first_day(),
        to: run.last_day(),
        employees: run.employees,
        net: run.net,
        currency: run.currency().into(),
    };
    RUN_POSTED.emit(run.id, &told)?;
    for some in slips.chunks(PRINTED_AT_ONCE) {
        let payslip_ids = some.iter().map(|slip| slip.id).collect();
        // In order, so that a run takes one connection to the database and not all.
        PAYSLIPS_UNPRINTED.emit(run.id, &Unprinted { payslip_ids })?;
    }
    Ok(())
}

/// Keeps the PDFs of payslips that have none yet. Where the operator does not let the
/// module render, there are none, and trying again would not help.
#[event(PAYSLIPS_UNPRINTED)]
pub(crate) fn on_unprinted(event: Event<Unprinted>) -> Result<()> {
    let ids = event.data.payslip_ids.iter().map(|id| id.uuid());
    let slips = db::find::<Payslip>().one_of("id", ids).is_null("file_id");
    for slip in slips.all()? {
        match printing::keep(slip) {
            Err(error) if error.is("forbidden") => {
                log::warn(&format!("payslips are not printed: {}", error.message));
                return Ok(());
            }
            kept => kept?,
        };
    }
    Ok(())
}
