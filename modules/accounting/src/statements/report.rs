//! Whether the books and the bank agree on how much money there is.

use eerp_sdk::prelude::*;

use super::{Bank, LineState, Statement, StatementLine};
use crate::{Journal, Line};

/// Which bank is meant, and when.
#[query]
pub(crate) struct BankQuestion {
    /// The journal of the bank; the first of a bank unless said.
    pub journal_id: Option<Ref<Journal>>,
    /// The day; today unless said.
    pub date: Option<Date>,
}

/// Whether the books and the bank agree.
#[body]
pub(crate) struct BankReconciliation {
    /// The journal of the bank.
    pub journal_id: Ref<Journal>,
    /// The day.
    pub date: Date,
    /// The currency of all amounts.
    pub currency: String,
    /// What the account of the bank has in the books.
    #[field(numeric(20, 4))]
    pub ledger_balance: Decimal,
    /// What the bank says there is, by the last statement up to the day that says so.
    #[field(numeric(20, 4))]
    pub statement_balance: Option<Decimal>,
    /// The day of that statement.
    pub statement_date: Option<Date>,
    /// What is on statements and not in the books yet.
    #[field(numeric(20, 4))]
    pub not_booked: Decimal,
    /// How many lines of statements that are.
    pub not_booked_lines: i32,
    /// What is in the books and on no statement: money on its way.
    #[field(numeric(20, 4))]
    pub not_on_statement: Decimal,
    /// What the bank should say: the books with what is not booked and without what is on
    /// no statement.
    #[field(numeric(20, 4))]
    pub expected_balance: Decimal,
    /// By how much the bank says more than it should; zero when both agree.
    #[field(numeric(20, 4))]
    pub difference: Option<Decimal>,
}

/// A sum, and of how many.
#[body]
pub(crate) struct Summed {
    /// The sum.
    #[field(numeric(24, 4))]
    pub total: Option<Decimal>,
    /// How many there are.
    pub n: i64,
}

/// Compare the books with the bank
#[get("/reports/bank-reconciliation", permission = "reports.read")]
pub(crate) fn bank_reconciliation(query: BankQuestion) -> Result<BankReconciliation> {
    let bank = Bank::of(query.journal_id)?;
    let date = query.date.unwrap_or_else(|| now().date());
    let ledger = ledger(&bank, date)?;
    let booked = statement_lines(&bank, date).eq("state", LineState::Booked);
    let booked = summed(booked, &bank)?.total.unwrap_or_default();
    let open = summed(statement_lines(&bank, date).eq("state", LineState::Open), &bank)?;
    let not_booked = open.total.unwrap_or_default();
    let last = last_statement(&bank, date)?;
    let statement_balance = last.as_ref().and_then(|statement| statement.closing_balance);
    let opening = first_opening(&bank, date)?;
    let not_on_statement = ledger - opening - booked;
    let expected_balance = opening + booked + not_booked;
    Ok(BankReconciliation {
        journal_id: bank.journal.id,
        date,
        currency: bank.currency,
        ledger_balance: ledger,
        statement_balance,
        statement_date: last.map(|statement| statement.date),
        not_booked,
        not_booked_lines: i32::try_from(open.n).unwrap_or(i32::MAX),
        not_on_statement,
        expected_balance,
        difference: statement_balance.map(|balance| balance - expected_balance),
    })
}

fn statement_lines(bank: &Bank, date: Date) -> db::Find<StatementLine> {
    db::find::<StatementLine>().eq("journal_id", bank.journal.id).lte("date", date)
}

fn summed(found: db::Find<StatementLine>, bank: &Bank) -> Result<Summed> {
    let found = found.eq("currency", &bank.currency).aggregate();
    found.sum("total", "amount").count("n").one()
}

/// What the account of the bank has in the books, in the currency of the bank.
fn ledger(bank: &Bank, date: Date) -> Result<Decimal> {
    let on_account = || {
        db::find::<Line>()
            .eq("account_id", bank.account_id)
            .eq("posted", true)
            .lte("date", date)
            .filter(bank.books.shared_with())
    };
    let total = |found: db::Find<Line>, field: &str| -> Result<Decimal> {
        let sum: Summed = found.aggregate().sum("total", field).count("n").one()?;
        Ok(sum.total.unwrap_or_default())
    };
    if bank.currency != bank.books.currency {
        return total(on_account().eq("currency", &bank.currency), "amount_currency");
    }
    let booked = || on_account().eq("book_currency", &bank.currency);
    Ok(total(booked(), "debit")? - total(booked(), "credit")?)
}

/// The last statement that says how much there is.
fn last_statement(bank: &Bank, date: Date) -> Result<Option<Record<Statement>>> {
    let found = db::find::<Statement>().eq("journal_id", bank.journal.id).lte("date", date);
    found.not_null("closing_balance").order("date desc, created_at desc").first()
}

/// What there was before the first statement.
fn first_opening(bank: &Bank, date: Date) -> Result<Decimal> {
    let found = db::find::<Statement>().eq("journal_id", bank.journal.id).lte("date", date);
    let first = found.order("date, created_at").first()?;
    Ok(first.and_then(|statement| statement.opening_balance).unwrap_or_default())
}
