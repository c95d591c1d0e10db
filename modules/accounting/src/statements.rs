//! Statements of banks: what the bank says came in and went out, and what the books make
//! of it.

use eerp_accounting_api::{JournalKind, OwnCompany};
use eerp_sdk::prelude::*;

use crate::books::Books;
use crate::payments::{Payment, money_account};
use crate::{Account, Entry, Journal, Line, journals};

pub(crate) mod book;
mod camt;
pub(crate) mod candidates;
pub(crate) mod csv;
mod import;
pub(crate) mod matching;
mod notation;
mod ofx;
mod parsed;
pub(crate) mod report;
mod table;
mod xml;

pub(crate) use import::import;

/// In which form a bank sends its statements.
#[choice]
pub enum StatementFormat {
    /// A table of text.
    Csv,
    /// XML by ISO 20022.
    Camt053,
    /// Open Financial Exchange, as SGML or XML.
    Ofx,
}

/// A statement of a bank.
#[model(
    table = "statements",
    title = "Bank statement",
    display = "name",
    order = "date desc, created_at desc",
    company = "own_company_id",
    index("journal_id", "date"),
    rules
)]
pub struct Statement {
    /// The journal of the bank.
    #[field(readonly)]
    pub journal_id: Ref<Journal>,
    /// What the bank calls it.
    #[field(readonly, max = 500)]
    pub name: String,
    /// In which form it came.
    #[field(readonly)]
    pub format: StatementFormat,
    /// The day of the closing balance; that of the last line unless the bank says.
    #[field(readonly)]
    pub date: Date,
    /// The currency of the account, by its code.
    #[field(readonly, max = 3)]
    pub currency: String,
    /// The balance before it.
    #[field(readonly, numeric(20, 4), currency = "currency")]
    pub opening_balance: Option<Decimal>,
    /// The balance after it.
    #[field(readonly, numeric(20, 4), currency = "currency")]
    pub closing_balance: Option<Decimal>,
    /// The number of the account at the bank.
    #[field(readonly, max = 500)]
    pub account: Option<String>,
    /// The own company whose money it is.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Statement {
    fn before_delete(id: Ref<Self>) -> Result<()> {
        let booked = db::find::<StatementLine>().eq("statement_id", id);
        if booked.eq("state", LineState::Booked).exists()? {
            let message = "Lines of the statement are booked: undo them first.";
            return Err(Error::conflict("booked", message));
        }
        Ok(())
    }
}

/// What the books make of a line of a statement.
#[choice]
pub enum LineState {
    /// Nothing yet.
    Open,
    /// It is in the books.
    Booked,
}

/// How a line of a statement came into the books.
#[choice]
pub enum BookedAs {
    /// As a payment.
    Payment,
    /// To an account, such as that of fees.
    Account,
    /// It was there before.
    Found,
}

/// A line of a statement: what came in or went out.
#[model(
    table = "statement_lines",
    path = "statement-lines",
    title = "Statement line",
    display = "description",
    order = "date, statement_id, position",
    company = "own_company_id",
    unique("journal_id", "fingerprint"),
    index("statement_id", "state")
)]
pub struct StatementLine {
    /// Its statement.
    #[field(readonly, on_delete = "cascade")]
    pub statement_id: Ref<Statement>,
    /// The journal of the bank.
    #[field(readonly)]
    pub journal_id: Ref<Journal>,
    /// Its place in the statement.
    #[field(readonly)]
    pub position: i32,
    /// The day on which the bank booked it.
    #[field(readonly)]
    pub date: Date,
    /// What came in; what went out is negative.
    #[field(readonly, numeric(20, 4), currency = "currency")]
    pub amount: Decimal,
    /// The currency of the account, by its code.
    #[field(readonly, max = 3)]
    pub currency: String,
    /// What it is about.
    #[field(readonly, max = 500, trigram)]
    pub description: Option<String>,
    /// What the payer refers to.
    #[field(readonly, max = 500)]
    pub reference: Option<String>,
    /// Who paid or was paid.
    #[field(readonly, max = 500)]
    pub party: Option<String>,
    /// The bank's own number of it.
    #[field(readonly, max = 500)]
    pub bank_reference: Option<String>,
    /// What tells it from all other lines of the bank, so that none comes in twice.
    #[field(readonly, max = 100)]
    pub fingerprint: String,
    /// What the books make of it.
    #[field(readonly, default = LineState::Open)]
    pub state: LineState,
    /// How it came into the books.
    #[field(readonly)]
    pub booked_as: Option<BookedAs>,
    /// Its payment, when it is one.
    #[field(readonly)]
    pub payment_id: Option<Ref<Payment>>,
    /// Its entry.
    #[field(readonly)]
    pub entry_id: Option<Ref<Entry>>,
    /// The line of that entry on the account of the bank, which is on no other statement.
    #[field(readonly, unique)]
    pub line_id: Option<Ref<Line>>,
    /// The own company whose money it is.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// Delete a statement
///
/// It goes with its lines, as long as none is booked, and can be imported again then.
#[delete("/statements/{id:uuid}", permission = "statements.delete")]
pub(crate) fn delete_statement(id: Ref<Statement>) -> Result<Record<Statement>> {
    db::delete(id, None)
}

/// The journal of a bank, the account where its money is, and the currency of that.
pub(crate) struct Bank {
    pub(crate) journal: Record<Journal>,
    pub(crate) account_id: Ref<Account>,
    pub(crate) currency: String,
    pub(crate) books: Books,
}

impl Bank {
    /// That of a journal, or of the first one of a bank.
    ///
    /// # Errors
    /// 422 when it is neither of a bank nor of cash.
    pub(crate) fn of(id: Option<Ref<Journal>>) -> Result<Self> {
        let mut books = Books::of(None)?;
        let journal = match id {
            Some(id) => db::find::<Journal>().eq("id", id).first()?.ok_or_else(|| {
                Error::invalid("journal_id", "not_found", "There is no such journal.")
            })?,
            None => journals::of_kind(JournalKind::Bank, &books)?,
        };
        if journal.own_company_id.is_some() && journal.own_company_id != books.company_id {
            books = Books::of(journal.own_company_id)?;
        }
        let account_id = money_account(&journal, &books)?;
        let currency = journal.currency.clone().unwrap_or_else(|| books.currency.clone());
        Ok(Self { journal, account_id, currency, books })
    }
}
