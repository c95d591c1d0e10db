//! Bringing lines of statements into the books, and out again.

use eerp_accounting_api::{Direction, JournalKind, NewEntry, NewLine, NewPayment, Reversal};
use eerp_sdk::prelude::*;

use super::candidates::{Found, said, stated};
use super::matching::{Fit, certain};
use super::{Bank, BookedAs, LineState, Statement, StatementLine};
use crate::entries::reverse::take_back;
use crate::payments::{Cancellation, cancel, register};
use crate::{Account, Line, posting};

/// The lines that are looked at in one go, and how many of them are booked: the core
/// tells of a hundred events at once.
const LINES_MAX: u32 = 200;
const BOOKED_MAX: usize = 40;
/// The characters that other records keep of a text.
const TEXT_MAX: usize = 200;

/// What a line of a statement is: one of the three.
#[body]
pub(crate) struct Booking {
    /// Open lines of one party that it pays, the first one first.
    #[field(max = 500, default)]
    pub line_ids: Vec<Ref<Line>>,
    /// The account of what has nothing to do with open lines, such as that of fees.
    pub account_id: Option<Ref<Account>>,
    /// The line on the account of the bank, when it is in the books already.
    pub bank_line_id: Option<Ref<Line>>,
    /// What it is about; what the bank says unless said.
    #[field(max = 500)]
    pub label: Option<String>,
}

/// Book a line of a statement
///
/// Either it pays open lines, or it is booked to an account, or it is in the books
/// already. 409 `booked` when it was booked before.
#[post("/statement-lines/{id:uuid}/book", permission = "statement_lines.write")]
pub(crate) fn book(id: Ref<StatementLine>, body: Booking) -> Result<Record<StatementLine>> {
    let line = db::lock(id)?;
    if line.state == LineState::Booked {
        return Err(Error::conflict("booked", "The line is booked already."));
    }
    let bank = Bank::of(Some(line.journal_id))?;
    match (&body.line_ids[..], body.account_id, body.bank_line_id) {
        (ids @ [_, ..], None, None) => pay(line, &bank, ids),
        ([], Some(account), None) => to_account(line, &bank, account, body.label),
        ([], None, Some(found)) => link(line, &bank, found),
        _ => {
            let message = "Say one of line_ids, account_id and bank_line_id.";
            Err(Error::invalid("line_ids", "one_of", message))
        }
    }
}

/// As a payment of open lines.
fn pay(
    mut line: Record<StatementLine>,
    bank: &Bank,
    ids: &[Ref<Line>],
) -> Result<Record<StatementLine>> {
    let came = line.amount > Decimal::ZERO;
    let new = NewPayment {
        direction: if came { Direction::Incoming } else { Direction::Outgoing },
        journal_id: Some(Ref::new(bank.journal.id.uuid())),
        date: Some(line.date),
        amount: line.amount.abs(),
        currency: Some(bank.currency.clone()),
        party: short(line.party.as_ref()),
        reference: short(line.reference.as_ref().or(line.description.as_ref())),
        line_ids: ids.iter().map(|id| Ref::new(id.uuid())).collect(),
        ..NewPayment::default()
    };
    let (payment, money) = register(new, None)?;
    line.booked_as = Some(BookedAs::Payment);
    line.payment_id = Some(Ref::new(payment.payment_id));
    booked(line, Ref::new(payment.entry_id.uuid()), money)
}

fn short(text: Option<&String>) -> Option<String> {
    text.map(|text| text.chars().take(TEXT_MAX).collect())
}

/// Against an account.
fn to_account(
    mut line: Record<StatementLine>,
    bank: &Bank,
    account: Ref<Account>,
    label: Option<String>,
) -> Result<Record<StatementLine>> {
    let (came, went) = (line.amount.max(Decimal::ZERO), (-line.amount).max(Decimal::ZERO));
    let label = label.or_else(|| line.description.clone()).or_else(|| line.reference.clone());
    let side = |account: Ref<Account>, debit: Decimal, credit: Decimal| NewLine {
        account_id: Some(Ref::new(account.uuid())),
        debit,
        credit,
        label: label.clone(),
        party: short(line.party.as_ref()),
        ..NewLine::default()
    };
    let done = posting::post_new(&NewEntry {
        journal_id: Some(Ref::new(bank.journal.id.uuid())),
        journal_kind: Some(JournalKind::Bank),
        date: Some(line.date),
        currency: Some(bank.currency.clone()),
        reference: short(line.reference.as_ref()),
        own_company_id: line.own_company_id,
        source_model: Some("accounting.statement_lines".into()),
        source_id: Some(line.id.uuid()),
        lines: vec![side(bank.account_id, came, went), side(account, went, came)],
        ..NewEntry::default()
    })?;
    let Some(money) = done.lines.first() else {
        return Err(Error::new(500, "internal_error", "An entry was posted without lines."));
    };
    line.booked_as = Some(BookedAs::Account);
    booked(line, done.entry.id, money.id)
}

/// To what is on the account of the bank already.
fn link(
    mut line: Record<StatementLine>,
    bank: &Bank,
    found: Ref<Line>,
) -> Result<Record<StatementLine>> {
    let fault = |code: &'static str, message: &'static str| {
        Err(Error::invalid("bank_line_id", code, message))
    };
    let on_account = db::find::<Line>().eq("id", found).eq("account_id", bank.account_id);
    let Some(money) = on_account.eq("posted", true).first()? else {
        return fault("not_found", "There is no such line on the account of the bank.");
    };
    if money.own_amount() != line.amount {
        return fault("amount", "The line is of another amount.");
    }
    if !stated([found.uuid()].into_iter())?.is_empty() {
        return fault("on_statement", "The line is on a statement already.");
    }
    line.booked_as = Some(BookedAs::Found);
    booked(line, money.entry_id, found)
}

fn booked(
    mut line: Record<StatementLine>,
    entry: Ref<crate::Entry>,
    money: Ref<Line>,
) -> Result<Record<StatementLine>> {
    line.state = LineState::Booked;
    line.entry_id = Some(entry);
    line.line_id = Some(money);
    db::update(&line)
}

/// Undo the booking of a line of a statement
///
/// What was posted for it is reversed; what was in the books before stays.
#[post("/statement-lines/{id:uuid}/undo", permission = "statement_lines.write")]
pub(crate) fn undo(id: Ref<StatementLine>) -> Result<Record<StatementLine>> {
    let mut line = db::lock(id)?;
    match (line.booked_as, line.payment_id, line.entry_id) {
        (Some(BookedAs::Payment), Some(payment), _) => {
            cancel(payment, Cancellation::default())?;
        }
        (Some(BookedAs::Account), _, Some(entry)) => {
            take_back(&Reversal { entry_id: Ref::new(entry.uuid()), ..Reversal::default() })?;
        }
        (Some(BookedAs::Found), ..) => {}
        _ => return Err(Error::conflict("not_booked", "The line is not booked.")),
    }
    line.state = LineState::Open;
    (line.booked_as, line.payment_id, line.entry_id, line.line_id) = (None, None, None, None);
    db::update(&line)
}

/// A line of a statement that may belong to one of several lines, or to none.
#[body]
pub(crate) struct Proposal {
    /// The line of the statement.
    pub statement_line_id: Ref<StatementLine>,
    /// Lines of the books with the same amount, likely ones first.
    pub line_ids: Vec<Ref<Line>>,
}

/// What came of matching a statement.
#[body]
pub(crate) struct Matched {
    /// The lines that were certain, and are booked now.
    pub booked: Vec<Ref<StatementLine>>,
    /// Those that somebody has to look at.
    pub proposed: Vec<Proposal>,
    /// Whether there are more lines: then match it again.
    pub more: bool,
}

/// Match a statement
///
/// Books the lines that are certain: the amount is the same, and the payment is in the
/// books already, the payer names the invoice, or has no other one of this amount. What
/// else has the same amount is proposed.
#[post("/statements/{id:uuid}/match", permission = "statement_lines.write")]
pub(crate) fn match_statement(id: Ref<Statement>) -> Result<Matched> {
    let statement = db::lock(id)?;
    let bank = Bank::of(Some(statement.journal_id))?;
    let open = db::find::<StatementLine>().eq("statement_id", id).eq("state", LineState::Open);
    let page = open.limit(LINES_MAX).page()?;
    let mut matched = Matched { more: page.next_cursor.is_some(), ..Matched::default() };
    let mut found = Found::of(&page.items, &bank)?;
    for line in page.items {
        if matched.booked.len() == BOOKED_MAX {
            matched.more = true;
            break;
        }
        let id = line.id;
        let mut fits = found.fits(&said(&line));
        let Some(choice) = certain(&fits) else {
            fits.sort_by_key(|(_, fit)| *fit);
            let line_ids: Vec<_> = fits.iter().map(|(place, _)| found.line(*place)).collect();
            if !line_ids.is_empty() {
                matched.proposed.push(Proposal { statement_line_id: id, line_ids });
            }
            continue;
        };
        let is_booked = fits.contains(&(choice, Fit::Booked));
        let target = found.line(choice);
        found.take(choice);
        match is_booked {
            true => link(line, &bank, target)?,
            false => pay(line, &bank, &[target])?,
        };
        matched.booked.push(id);
    }
    Ok(matched)
}
