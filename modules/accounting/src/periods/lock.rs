//! Locking months, one by one or a year's at once.

use eerp_sdk::prelude::*;

use crate::{FiscalYear, Period, PeriodState};

/// Lock a month
///
/// It takes no entry from anybody until it is unlocked. Who is posting in it is waited
/// for. Locking what is locked changes nothing.
#[post("/periods/{id:uuid}/lock", permission = "periods.lock", answers = Period)]
pub(crate) fn lock(id: Ref<Period>) -> Result<Reply> {
    let mut period = db::lock(id)?;
    period.state = PeriodState::Locked;
    Ok(Reply::last(db::operation::update(&period)?))
}

/// Unlock a month
///
/// 409 `year_closed` when its year is closed.
#[post("/periods/{id:uuid}/unlock", permission = "periods.unlock", answers = Period)]
pub(crate) fn unlock(id: Ref<Period>) -> Result<Reply> {
    let mut period = db::get(id)?;
    refuse_closed(&*db::lock(period.fiscal_year_id)?)?;
    period.state = PeriodState::Open;
    Ok(Reply::last(db::operation::update(&period)?))
}

/// Lock all months of a year
#[post("/fiscal-years/{id:uuid}/lock", permission = "periods.lock")]
pub(crate) fn lock_year(id: Ref<FiscalYear>) -> Result<Whole<FiscalYear>> {
    let year = db::lock(id)?;
    set_all(year, PeriodState::Locked)
}

/// Unlock all months of a year
///
/// 409 `year_closed` when the year is closed.
#[post("/fiscal-years/{id:uuid}/unlock", permission = "periods.unlock")]
pub(crate) fn unlock_year(id: Ref<FiscalYear>) -> Result<Whole<FiscalYear>> {
    let year = db::lock(id)?;
    refuse_closed(&year)?;
    set_all(year, PeriodState::Open)
}

/// All months of a year become so. Changing one waits for whoever is posting in it.
fn set_all(year: Record<FiscalYear>, state: PeriodState) -> Result<Whole<FiscalYear>> {
    let mut whole = documents::with_lines(year)?;
    for period in &mut whole.lines {
        period.state = state;
    }
    let lines = db::update_all(&whole.lines)?;
    Ok(Whole::new(whole.head, lines))
}

fn refuse_closed(year: &FiscalYear) -> Result<()> {
    if year.closed {
        let message = format!("The year {} is closed: reopen it first.", year.name);
        return Err(Error::conflict("year_closed", message));
    }
    Ok(())
}
