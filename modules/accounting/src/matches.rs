//! What settles what: invoices and payments, bills and credit notes.
//!
//! A match takes the same amount off the open amount of a debit and of a credit of one
//! account. So what is open of all lines of an account always is its balance, today and
//! on every day before.

use eerp_accounting_api::{LineIds, OpenLine, OwnCompany, RECONCILE};
use eerp_sdk::prelude::*;

use crate::parties::Parties;
use crate::{Account, Entry, Line};

mod exchange;
mod open;
mod settle;
mod undo;
mod write_off;

pub(crate) use open::{open_line, open_lines};
pub(crate) use settle::{Settled, due, opened, residuals, settle, settle_in_order};
pub(crate) use undo::{restore, undo, undo_all_of};
pub(crate) use write_off::write_off;

/// A debit and a credit that settle each other, in part or whole.
#[model(
    table = "matches",
    title = "Match",
    plural = "Matches",
    display = "date",
    order = "date desc, created_at desc",
    company = "own_company_id",
    index("account_id", "date"),
    check(match_not_negative = amount >= 0)
)]
pub struct Match {
    /// The debit.
    #[field(readonly)]
    pub debit_line_id: Ref<Line>,
    /// The credit.
    #[field(readonly)]
    pub credit_line_id: Ref<Line>,
    /// What is taken off both, in the currency of the books.
    #[field(readonly, numeric(20, 4), currency = "book_currency")]
    pub amount: Decimal,
    /// The currency of the books, by its code.
    #[field(readonly, max = 3)]
    pub book_currency: String,
    /// What is taken off the debit in its own currency.
    #[field(readonly, numeric(20, 4), currency = "debit_currency")]
    pub debit_amount: Decimal,
    /// The currency of the debit, by its code.
    #[field(readonly, max = 3)]
    pub debit_currency: String,
    /// What is taken off the credit in its own currency.
    #[field(readonly, numeric(20, 4), currency = "credit_currency")]
    pub credit_amount: Decimal,
    /// The currency of the credit, by its code.
    #[field(readonly, max = 3)]
    pub credit_currency: String,
    /// The day from which it counts: the later one of both, or another after it.
    #[field(readonly, index)]
    pub date: Date,
    /// The entry with what exchange rates brought or cost, when both were worth more or
    /// less.
    #[field(readonly)]
    pub exchange_entry_id: Option<Ref<Entry>>,
    /// The account of both.
    #[field(readonly)]
    pub account_id: Ref<Account>,
    /// Who owed it or was owed it.
    #[field(readonly, index)]
    pub party_id: Option<Uuid>,
    /// The day by which the debit had to be paid.
    #[field(readonly)]
    pub debit_due_on: Date,
    /// The day by which the credit had to be paid.
    #[field(readonly)]
    pub credit_due_on: Date,
    /// The own company in whose books both stand.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// Lines that are to be settled with each other.
#[body]
pub struct Reconciliation {
    /// The lines, of one account and one party, at least one of each side.
    #[field(max = 500)]
    pub line_ids: Vec<Ref<Line>>,
    /// The day that counts; the latest of the lines' unless said.
    pub date: Option<Date>,
    /// Whether what remains is written off, so that nothing stays open.
    #[field(default = false)]
    pub write_off: bool,
    /// The account that it is written off to; that of write-offs unless said.
    pub write_off_account_id: Option<Ref<Account>>,
}

/// What has become of lines that were settled.
#[body]
pub struct Reconciled {
    /// What is left of each line, in the order in which they were given.
    pub lines: Vec<OpenLine>,
    /// The entry with what exchange rates brought or cost.
    pub exchange_entry_id: Option<Ref<Entry>>,
    /// The entry with what was written off.
    pub write_off_entry_id: Option<Ref<Entry>>,
}

/// Settle open lines with each other
///
/// The ones that are due first are settled first. A difference of exchange rates is
/// posted by itself.
#[post("/lines/reconcile", permission = "matches.write")]
pub(crate) fn reconcile(body: Reconciliation) -> Result<Reconciled> {
    let lines = opened(&body.line_ids, "line_ids")?;
    refuse_strangers(&lines)?;
    let mut settled = settle(lines, body.date)?;
    let exchange_entry_id = settled.exchange_entry_id;
    let account = body.write_off_account_id;
    let write_off_entry_id = match body.write_off {
        true => write_off(&mut settled, account)?,
        false => None,
    };
    settled.tell()?;
    let lines = settled.in_order(&body.line_ids);
    Ok(Reconciled { lines, exchange_entry_id, write_off_entry_id })
}

#[serves(RECONCILE)]
pub(crate) fn reconcile_lines(input: LineIds) -> Result<Vec<OpenLine>> {
    let ids: Vec<Ref<Line>> = input.line_ids.iter().map(|id| Ref::new(id.uuid())).collect();
    let lines = opened(&ids, "line_ids")?;
    refuse_strangers(&lines)?;
    let settled = settle(lines, input.date)?;
    settled.tell()?;
    Ok(settled.in_order(&ids))
}

/// What is left of the lines of a match that was undone.
#[body]
pub struct Undone {
    /// What is left of each.
    pub lines: Vec<OpenLine>,
}

/// Undo a match
///
/// Both lines are open again by what it took off them. When a difference of exchange
/// rates was posted with it, that is reversed, and so are the matches that it was posted
/// for.
#[post("/matches/{id:uuid}/undo")]
pub(crate) fn undo_match(id: Ref<Match>) -> Result<Undone> {
    let found = db::get(id)?;
    let settled = undo(vec![found])?;
    settled.tell()?;
    Ok(Undone { lines: settled.lines.iter().map(open_line).collect() })
}

/// Settles an entry with the one that takes it back, as far as both are open. The lines of
/// the latter are as they are afterwards then.
pub(crate) fn settle_reversal(
    original: &[Record<Line>],
    reversal: &mut [Record<Line>],
) -> Result<()> {
    let all = original.iter().chain(&*reversal);
    let open = all.filter(|line| line.residual.is_some() && !settle::is_settled(line));
    let open: Vec<Record<Line>> = open.cloned().collect();
    if open.is_empty() {
        return Ok(());
    }
    let settled = settle(open, None)?;
    for line in reversal {
        if let Some(after) = settled.lines.iter().find(|after| after.id == line.id) {
            *line = after.clone();
        }
    }
    settled.tell()
}

/// Only lines of one account, party and company settle each other, and both sides take
/// part.
fn refuse_strangers(lines: &[Record<Line>]) -> Result<()> {
    let parties = Parties::apart(lines.iter().map(|line| line.party_id))?;
    for (place, pair) in lines.windows(2).enumerate() {
        let (first, line) = (&pair[0], &pair[1]);
        let (code, message) = if line.account_id != first.account_id {
            ("other_account", "The lines are of different accounts.")
        } else if parties.stays(line.party_id) != parties.stays(first.party_id) {
            ("other_party", "The lines are of different parties.")
        } else if line.own_company_id != first.own_company_id {
            ("other_company", "The lines are of different own companies.")
        } else {
            continue;
        };
        return Err(Error::invalid(&format!("line_ids/{}", place + 1), code, message));
    }
    let debits = lines.iter().filter(|line| settle::is_debit(line)).count();
    if debits == 0 || debits == lines.len() {
        let message = "A debit and a credit settle each other: these are all of one side.";
        return Err(Error::invalid("line_ids", "one_side", message));
    }
    Ok(())
}
