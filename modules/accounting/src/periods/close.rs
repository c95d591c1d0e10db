//! Closing a year: its result goes to the equity, and the next one starts at zero.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::{JournalKind, OwnCompany, Purpose, Reversal};
use eerp_sdk::prelude::*;

use super::enter::Gate;
use crate::accounts::choose;
use crate::books::Books;
use crate::{Account, AccountType, Entry, FiscalYear, Line, Period, PeriodState};
use crate::{journals, posting};

/// What stands in an entry that closes a year as the model that it was made for.
const SOURCE: &str = "accounting.fiscal_years";
/// How many groups one question has at most.
const GROUPS_MAX: u32 = 1000;
/// How many accounts are added up at once, so that each may be there for some companies.
const ACCOUNTS_AT_ONCE: usize = 200;

/// What an account of income or expense came to in the year.
#[body]
pub(crate) struct Sum {
    pub(crate) own_company_id: Option<Ref<OwnCompany>>,
    pub(crate) account_id: Ref<Account>,
    pub(crate) book_currency: String,
    pub(crate) debit: Decimal,
    pub(crate) credit: Decimal,
}

/// Close a fiscal year
///
/// Posts an entry on its last day that takes the balances of all income and expense to
/// the account of retained earnings, one for each own company that has any. Its months
/// must be locked, 409 `period_open`: so nothing comes in while it is added up.
#[post("/fiscal-years/{id:uuid}/close", permission = "fiscal_years.close")]
pub(crate) fn close(id: Ref<FiscalYear>) -> Result<Whole<FiscalYear>> {
    let mut year = documents::lock(id)?;
    if year.head.closed {
        let message = format!("The year {} is closed already.", year.head.name);
        return Err(Error::conflict("year_closed", message));
    }
    refuse_open(&year.lines)?;
    for (company_id, sums) in by_company(sums(&year.head)?) {
        post(&year.head, company_id, &sums)?;
    }
    year.head.closed = true;
    year.head = db::update(&year.head)?;
    Ok(year)
}

fn refuse_open(periods: &[Record<Period>]) -> Result<()> {
    let open = periods.iter().find(|period| period.state == PeriodState::Open);
    let Some(period) = open else { return Ok(()) };
    let message = format!(
        "The period {} is open: lock the months of the year before you close it.",
        period.name
    );
    Err(Error::conflict("period_open", message))
}

/// What income and expense came to, company by company. Companies that have years of
/// their own close those.
fn sums(year: &FiscalYear) -> Result<Vec<Sum>> {
    let (from, to) = year.days();
    let of_company = match year.own_company_id {
        Some(own) => Condition::eq("own_company_id", own),
        None => not_of(&others(year)?),
    };
    let lines = db::find::<Line>().eq("posted", true).gte("date", from).lte("date", to);
    let lines = lines.filter(of_company);
    let result = [AccountType::Income, AccountType::Expense];
    let accounts = db::find::<Account>().with_deleted().one_of("type", result).all()?;
    let mut sums = Vec::new();
    for some in accounts.chunks(ACCOUNTS_AT_ONCE) {
        let lines = lines.clone().one_of("account_id", some.iter().map(|account| account.id));
        sums.append(&mut of_lines(lines)?);
    }
    Ok(sums)
}

fn of_lines(lines: db::Find<Line>) -> Result<Vec<Sum>> {
    let sums = lines.aggregate().group("own_company_id").group("account_id");
    let sums = sums.group("book_currency").sum("debit", "debit").sum("credit", "credit");
    let sums: Vec<Sum> = sums.limit(GROUPS_MAX).all()?;
    if sums.len() < GROUPS_MAX as usize {
        return Ok(sums);
    }
    let message = "The year is shared by too many companies: give them years of their own.";
    Err(Error::conflict("too_many_companies", message))
}

/// The companies that have years of their own on days of this one.
fn others(year: &FiscalYear) -> Result<BTreeSet<Uuid>> {
    let (from, to) = year.days();
    let own = db::find::<FiscalYear>().not_null("own_company_id");
    let own = own.lte("starts_on", to).gte("ends_on", from).all()?;
    Ok(own.iter().filter_map(|year| year.own_company_id).map(Ref::uuid).collect())
}

fn not_of(companies: &BTreeSet<Uuid>) -> Condition {
    let none = Condition::is_null("own_company_id");
    if companies.is_empty() {
        return Condition::any([none.clone(), Condition::none(none)]);
    }
    let theirs = Condition::one_of("own_company_id", companies.iter().copied());
    Condition::any([none, Condition::none(theirs)])
}

fn by_company(sums: Vec<Sum>) -> BTreeMap<Option<Uuid>, Vec<Sum>> {
    let mut companies: BTreeMap<Option<Uuid>, Vec<Sum>> = BTreeMap::new();
    for sum in sums.into_iter().filter(|sum| sum.debit != sum.credit) {
        companies.entry(sum.own_company_id.map(Ref::uuid)).or_default().push(sum);
    }
    companies
}

/// The entry that closes the year for one company.
fn post(year: &Record<FiscalYear>, company_id: Option<Uuid>, sums: &[Sum]) -> Result<()> {
    let books = Books::exactly(company_id.map(Ref::new))?;
    let journal = journals::of_kind(JournalKind::General, &books)?;
    let earnings = choose::of_purpose(Purpose::RetainedEarnings, &books)?;
    let head = Entry {
        date: Some(year.ends_on),
        narration: Some(format!("Closing of the year {}", year.name)),
        own_company_id: company_id.map(Ref::new),
        closing: true,
        source_model: Some(SOURCE.into()),
        source_id: Some(year.id.uuid()),
        ..Entry::default()
    };
    posting::write(head, lines(sums, earnings), &journal, &books, Gate::Closing).map(drop)
}

/// The lines that bring each account to zero, and what all come to on that of the
/// earnings.
pub(crate) fn lines(sums: &[Sum], earnings: Ref<Account>) -> Vec<Line> {
    let line = |account_id, balance: Decimal| Line {
        account_id,
        debit: balance.max(Decimal::ZERO),
        credit: (-balance).max(Decimal::ZERO),
        ..Line::default()
    };
    let balances = sums.iter().map(|sum| (sum.account_id, sum.debit - sum.credit));
    let mut lines: Vec<Line> =
        balances.clone().map(|(account_id, balance)| line(account_id, -balance)).collect();
    let result: Decimal = balances.map(|(_, balance)| balance).sum();
    if !result.is_zero() {
        lines.push(line(earnings, result));
    }
    lines
}

/// Reopen a closed fiscal year
///
/// Takes back what closed it. Its months stay locked until they are unlocked.
#[post("/fiscal-years/{id:uuid}/reopen", permission = "fiscal_years.reopen")]
pub(crate) fn reopen(id: Ref<FiscalYear>) -> Result<Whole<FiscalYear>> {
    let mut year = documents::lock(id)?;
    if !year.head.closed {
        let message = format!("The year {} is not closed.", year.head.name);
        return Err(Error::conflict("year_open", message));
    }
    for closing in closings(id)? {
        let reversal = Reversal {
            entry_id: Ref::new(closing.id.uuid()),
            date: Some(year.head.ends_on),
            reason: Some(format!("Reopening of the year {}", year.head.name)),
            ..Reversal::default()
        };
        crate::entries::reverse::undo(documents::with_lines(closing)?, &reversal, Gate::Closing)?;
    }
    year.head.closed = false;
    year.head = db::update(&year.head)?;
    Ok(year)
}

/// The entries that keep a year closed.
fn closings(id: Ref<FiscalYear>) -> Result<Vec<Record<Entry>>> {
    let closings = db::find::<Entry>().eq("source_model", SOURCE).eq("source_id", id.uuid());
    closings.is_null("reversed_entry_id").is_null("reversed_by_id").all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(account: u8, debit: i64, credit: i64) -> Sum {
        let id = Uuid::from_bytes([account; 16]);
        Sum {
            account_id: Ref::new(id),
            debit: Decimal::new(debit, 2),
            credit: Decimal::new(credit, 2),
            ..Sum::default()
        }
    }

    fn balances(sums: &[Sum]) -> Vec<(u8, Decimal)> {
        let earnings = Ref::new(Uuid::from_bytes([99; 16]));
        let lines = lines(sums, earnings);
        lines.iter().map(|l| (l.account_id.uuid().as_bytes()[0], l.balance())).collect()
    }

    #[test]
    fn accounts_come_to_zero_and_a_profit_is_earned() {
        let sums = [sum(1, 500, 10_500), sum(2, 4_000, 0)];
        let cents = |n| Decimal::new(n, 2);
        assert_eq!(balances(&sums), [(1, cents(10_000)), (2, cents(-4_000)), (99, cents(-6_000))]);
    }

    #[test]
    fn a_loss_is_a_debit_of_the_earnings() {
        let cents = |n| Decimal::new(n, 2);
        assert_eq!(balances(&[sum(2, 4_000, 0)]), [(2, cents(-4_000)), (99, cents(4_000))]);
    }

    #[test]
    fn what_comes_to_nothing_leaves_the_earnings_alone() {
        assert_eq!(balances(&[sum(1, 0, 500), sum(2, 500, 0)]).len(), 2);
        assert_eq!(balances(&[]), []);
    }

    #[test]
    fn each_line_has_one_side() {
        let lines = lines(&[sum(1, 1, 9), sum(2, 9, 1)], Ref::default());
        assert!(lines.iter().all(|line| line.debit.is_zero() != line.credit.is_zero()));
    }
}
