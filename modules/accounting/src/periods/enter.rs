//! The way of an entry into its period.

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use super::calendar;
use crate::books::{as_said, of_company};
use crate::{FiscalYear, Period, PeriodState};

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// An entry that takes an open period.
    Open,
    /// The entry that closes a year, or takes that back.
    Closing,
}

/// Holds the period of the day to the end of the request, so that nobody locks it
/// meanwhile. A day in no year yet makes one.
///
/// Who locks a period waits for all who are in it, and sees what they posted only in
/// requests after that one. So a year is closed when its months are locked already.
///
/// # Errors
/// 409 `period_locked` when it is locked.
pub(crate) fn enter(day: Date, company_id: Option<Ref<OwnCompany>>, gate: Gate) -> Result<()> {
    let mut ids = find(day, company_id)?;
    if ids.is_empty() {
        ids.push(make(day, company_id)?);
    }
    for id in ids {
        let period = db::lock(id)?;
        if gate == Gate::Open && period.state == PeriodState::Locked {
            let message = format!("The period {} is locked: choose another day.", period.name);
            return Err(Error::conflict("period_locked", message));
        }
    }
    Ok(())
}

/// The period of the day, a company's own before a shared one. Of two that overlap, as
/// when a year came back that was deleted, both count.
fn find(day: Date, company_id: Option<Ref<OwnCompany>>) -> Result<Vec<Ref<Period>>> {
    let periods = db::find::<Period>().lte("starts_on", day).gte("ends_on", day);
    let found = periods.filter(of_company(company_id)).order("id").all()?;
    let (own, shared): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|period| period.own_company_id.is_some());
    let theirs = if own.is_empty() { shared } else { own };
    Ok(theirs.into_iter().map(|period| period.id).collect())
}

/// The period of the day, in a year that is made for it.
fn make(day: Date, company_id: Option<Ref<OwnCompany>>) -> Result<Ref<Period>> {
    let years = db::find::<FiscalYear>().filter(of_company(company_id)).all()?;
    let known: Vec<_> = years.iter().map(|year| year.days()).collect();
    let out = || Error::invalid("date", "out_of_range", "The calendar has no year of this day.");
    let (starts_on, ends_on) = calendar::year_around(day, &known).ok_or_else(out)?;
    let name = calendar::name((starts_on, ends_on));
    let year = FiscalYear {
        name,
        starts_on,
        ends_on,
        own_company_id: company_id,
        ..FiscalYear::default()
    };
    let made = documents::save(&Whole::new(as_said(year), Vec::new()))?;
    let has = |period: &&Record<Period>| period.starts_on <= day && day <= period.ends_on;
    made.lines.iter().find(has).map(|period| period.id).ok_or_else(out)
}
