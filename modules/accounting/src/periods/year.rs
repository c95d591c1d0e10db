//! Fiscal years come with their months, and lie apart from each other.

use eerp_sdk::prelude::*;
use eerp_sdk::services::sequences::{self, NextNumber};

use super::calendar::{self, Month, Span, YEAR_DAYS_MAX};
use crate::{FiscalYear, Line, Period, PeriodState};

impl Document for FiscalYear {
    type Line = Period;
    const POSITION: &'static str = "position";
    const LINES_MAX: usize = 30;

    fn before_save(
        &mut self,
        lines: &mut Vec<Record<Period>>,
        before: Option<&Whole<Self>>,
    ) -> Result<()> {
        if let Some(before) = before {
            return self.stay(lines, before);
        }
        if !lines.is_empty() {
            let message = "The months follow from the year: leave them out.";
            return Err(Error::invalid("periods", "computed", message));
        }
        self.refuse_odd_length()?;
        self.refuse_overlap()?;
        let months = calendar::months(self.days());
        *lines = months.into_iter().map(|month| Record::from(self.period(month))).collect();
        Ok(())
    }
}

impl Rules for FiscalYear {
    fn before_delete(id: Ref<Self>) -> Result<()> {
        let Some(year) = db::find::<Self>().with_deleted().eq("id", id).first()? else {
            return Ok(());
        };
        let locked = db::find::<Period>().eq("fiscal_year_id", id);
        if locked.eq("state", PeriodState::Locked).exists()? {
            let message = "Months of the year are locked: unlock them first.";
            return Err(Error::conflict("period_locked", message));
        }
        let (from, to) = year.days();
        let mut lines = db::find::<Line>().with_deleted().eq("posted", true);
        if let Some(own) = year.own_company_id {
            lines = lines.eq("own_company_id", own);
        }
        if lines.gte("date", from).lte("date", to).exists()? {
            let message = "Entries were posted in the year: it stays.";
            return Err(Error::conflict("in_use", message));
        }
        Ok(())
    }
}

impl FiscalYear {
    /// Its first and its last day.
    pub(crate) fn days(&self) -> Span {
        (self.starts_on, self.ends_on)
    }

    fn period(&self, month: Month) -> Period {
        Period {
            name: month.name,
            starts_on: month.days.0,
            ends_on: month.days.1,
            own_company_id: self.own_company_id,
            ..Period::default()
        }
    }

    /// Days and months stay as they were made: entries have been written in them.
    fn stay(&self, lines: &[Record<Period>], before: &Whole<Self>) -> Result<()> {
        let message = "A year keeps its days: delete it and make another one.";
        for (field, stays) in [
            ("starts_on", self.starts_on == before.head.starts_on),
            ("ends_on", self.ends_on == before.head.ends_on),
            ("own_company_id", self.own_company_id == before.head.own_company_id),
        ] {
            if !stays {
                return Err(Error::invalid(field, "stays", message));
            }
        }
        let ids =
            |lines: &[Record<Period>]| -> Vec<_> { lines.iter().map(|line| line.id).collect() };
        if ids(lines) != ids(&before.lines) {
            return Err(Error::invalid("periods", "stays", "A year keeps its months."));
        }
        Ok(())
    }

    fn refuse_odd_length(&self) -> Result<()> {
        let days = self.ends_on.days() - self.starts_on.days() + 1;
        if days < 1 {
            let message = "A year ends after it begins.";
            return Err(Error::invalid("ends_on", "before_start", message));
        }
        if days > YEAR_DAYS_MAX {
            let message = "A fiscal year has two calendar years at most.";
            return Err(Error::invalid("ends_on", "too_long", message));
        }
        Ok(())
    }

    /// PostgreSQL holds the years of a company apart. Those that are shared are held here:
    /// who makes a year draws a number, and so waits for the others who do.
    fn refuse_overlap(&self) -> Result<()> {
        sequences::next(NextNumber { per_company: false, ..NextNumber::of("fiscal_years") })?;
        let mut others = db::find::<Self>();
        others = match self.own_company_id {
            Some(own) => others.eq("own_company_id", own),
            None => others.is_null("own_company_id"),
        };
        let (from, to) = self.days();
        let other = others.lte("starts_on", to).gte("ends_on", from).first()?;
        let Some(other) = other else { return Ok(()) };
        let message = format!("The year {} has some of these days.", other.name);
        Err(Error::invalid("starts_on", "overlap", message))
    }
}
