//! Reports: what the books say as of a day, or of a stretch of time.
//!
//! All are sums that PostgreSQL makes of posted lines, so they tie to each other. Drafts
//! are in none of them.

use std::collections::BTreeMap;

use eerp_accounting_api::OwnCompany;
use eerp_money::round;
use eerp_sdk::prelude::*;

use crate::books::{self, Books};
use crate::{Account, FiscalYear, Line};

pub(crate) mod hledger;
mod journal_text;
pub(crate) mod ledger;
pub(crate) mod result;
pub(crate) mod sheet;
pub(crate) mod sums;
pub(crate) mod trial;

/// The currency that a report is in.
pub(crate) struct Currency {
    pub(crate) code: String,
    pub(crate) decimals: u32,
}

/// Which posted lines count.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
    pub(crate) own_company_id: Option<Ref<OwnCompany>>,
    pub(crate) account_id: Option<Ref<Account>>,
    /// Whether entries that close years are left out.
    pub(crate) before_closing: bool,
}

impl Scope {
    /// The lines in question.
    pub(crate) fn lines(&self) -> db::Find<Line> {
        let mut lines = db::find::<Line>().eq("posted", true);
        if let Some(from) = self.from {
            lines = lines.gte("date", from);
        }
        if let Some(to) = self.to {
            lines = lines.lte("date", to);
        }
        if let Some(own) = self.own_company_id {
            lines = lines.eq("own_company_id", own);
        }
        if let Some(account) = self.account_id {
            lines = lines.eq("account_id", account);
        }
        if self.before_closing {
            lines = lines.eq("closing", false);
        }
        lines
    }
}

impl Currency {
    /// The only currency of these books, or that of the books in question when they are
    /// empty.
    ///
    /// # Errors
    /// 422 when books of several currencies would be added up.
    pub(crate) fn of<'a>(
        codes: impl IntoIterator<Item = &'a str>,
        own_company_id: Option<Ref<OwnCompany>>,
    ) -> Result<Self> {
        let mut codes: Vec<&str> = codes.into_iter().collect();
        codes.sort_unstable();
        codes.dedup();
        let books = Books::of(own_company_id)?;
        match codes[..] {
            [] => Ok(Self { code: books.currency, decimals: books.decimals }),
            [code] => {
                let digits = books::digits(&books, [code].into())?;
                let decimals = digits.get(code).copied().unwrap_or_default();
                Ok(Self { code: code.into(), decimals })
            }
            _ => {
                let message = format!(
                    "The books are kept in {}: say whose, by own_company_id.",
                    codes.join(" and ")
                );
                Err(Error::invalid_query("own_company_id", "several_currencies", message))
            }
        }
    }

    /// An amount as it is written in this currency.
    pub(crate) fn write(&self, amount: Decimal) -> Decimal {
        round(amount, self.decimals)
    }
}

/// All accounts that the caller sees, by their ids.
pub(crate) fn accounts() -> Result<BTreeMap<Uuid, Record<Account>>> {
    let all = db::find::<Account>().with_deleted().all()?;
    Ok(all.into_iter().map(|account| (account.id.uuid(), account)).collect())
}

/// The first and the last day of a report: from the first day of the fiscal year up to
/// today, unless it is said otherwise.
///
/// # Errors
/// 422 when it ends before it begins.
pub(crate) fn span(
    from: Option<Date>,
    to: Option<Date>,
    own_company_id: Option<Ref<OwnCompany>>,
) -> Result<(Date, Date)> {
    let to = to.unwrap_or_else(|| now().date());
    let from = from.map_or_else(|| start_of_year(to, own_company_id), Ok)?;
    refuse_backwards(from, to)?;
    Ok((from, to))
}

/// Refuses a stretch of time that ends before it begins.
pub(crate) fn refuse_backwards(from: Date, to: Date) -> Result<()> {
    if from <= to {
        return Ok(());
    }
    Err(Error::invalid_query("from", "after_end", "It begins after it ends."))
}

/// The first day of the fiscal year of a day; of the calendar's, when there is no other.
fn start_of_year(day: Date, own_company_id: Option<Ref<OwnCompany>>) -> Result<Date> {
    let years = db::find::<FiscalYear>().lte("starts_on", day).gte("ends_on", day).all()?;
    let of = |owner| years.iter().find(|year| year.own_company_id == owner);
    let year = of(own_company_id).or_else(|| of(None)).or(years.first());
    let january = || Date::new(day.year(), 1, 1).unwrap_or(day);
    Ok(year.map_or_else(january, |year| year.starts_on))
}
