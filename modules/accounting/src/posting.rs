//! Posting: an entry gets its number and from then on stays as it is.
//!
//! This is the way of everything that reaches the books, so it asks little: the books,
//! the journal, all accounts at once, the period, the number; then it writes twice: the
//! entry, and its lines.

use eerp_accounting_api::{JournalKind, NewEntry, OwnCompany, POST_ENTRY, Posted, PostedLine};
use eerp_core_api::{FIND_RATE, RateQuestion};
use eerp_sdk::prelude::*;
use eerp_sdk::service::Caller;
use eerp_sdk::services::sequences::{self, NextNumber, Reset};

use crate::accounts::choose::Chosen;
use crate::books::{self, Books, as_said};
use crate::entries::check::{self, Money};
use crate::entries::convert;
use crate::faults::Faults;
use crate::periods::{self, Gate};
use crate::{Entry, EntryState, Journal, Line, entries, journals};

/// How many records are stored at once.
const BULK_MAX: usize = 1000;

/// An entry that was posted, with its lines.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) entry: Record<Entry>,
    pub(crate) lines: Vec<Record<Line>>,
}

/// An entry that is posted as soon as it is made.
#[serves(POST_ENTRY)]
pub(crate) fn post_entry(mut input: NewEntry, caller: &Caller) -> Result<Posted> {
    if !input.shared {
        let said = input.own_company_id;
        input.own_company_id = said.or_else(|| books::acting_in(caller.identity.as_ref()));
    }
    post_new(&input).map(|done| done.told())
}

/// The same for this module's own needs: the entry is of the company that is said, or of
/// none.
pub(crate) fn post_new(new: &NewEntry) -> Result<Done> {
    let books = Books::exactly(new.own_company_id)?;
    let journal = match new.journal_id {
        Some(id) => journals::named(Ref::new(id.uuid()), &books)?,
        None => journals::of_kind(new.journal_kind.unwrap_or(JournalKind::General), &books)?,
    };
    let date = new.date.unwrap_or_else(|| now().date());
    let accounts = Chosen::read(
        new.lines.iter().filter_map(|line| line.account_id).map(|id| Ref::new(id.uuid())),
        new.lines.iter().filter(|line| line.account_id.is_none()).filter_map(|line| line.purpose),
        &books,
    )?;
    let mut lines = drafted(new, &accounts)?;
    check_amounts(&mut lines, new.currency.as_deref(), date, &books)?;
    check_accounts(&lines, &accounts, &books)?;
    let head = Entry {
        date: Some(date),
        reference: new.reference.clone(),
        narration: new.narration.clone(),
        own_company_id: new.own_company_id,
        source_model: new.source_model.clone(),
        source_id: new.source_id,
        ..Entry::default()
    };
    open_residuals(&mut lines, &accounts);
    write(head, lines, &journal, &books, Gate::Open)
}

/// The lines as they are said, with accounts for purposes.
fn drafted(new: &NewEntry, accounts: &Chosen) -> Result<Vec<Line>> {
    let mut lines = Vec::with_capacity(new.lines.len());
    for (place, line) in new.lines.iter().enumerate() {
        let account_id = match (line.account_id, line.purpose) {
            (Some(id), _) => Ref::new(id.uuid()),
            (None, Some(purpose)) => accounts.of_purpose(purpose)?,
            (None, None) => {
                let (field, message) = (format!("lines/{place}/account_id"), "Say an account.");
                return Err(Error::invalid(&field, "required", message));
            }
        };
        lines.push(Line {
            account_id,
            debit: line.debit,
            credit: line.credit,
            label: line.label.clone(),
            party_id: line.party_id,
            party: line.party.clone(),
            due_on: line.due_on,
            tax_id: line.tax_id.map(|id| Ref::new(id.uuid())),
            tax_base: line.tax_base,
            ..Line::default()
        });
    }
    Ok(lines)
}

/// Checks the amounts in the currency that they are in, and converts them to that of the
/// books when it is another.
fn check_amounts(
    lines: &mut [Line],
    currency: Option<&str>,
    date: Date,
    books: &Books,
) -> Result<()> {
    let Some(currency) = currency.filter(|code| *code != books.currency) else {
        return sound(lines, &books.currency, books.decimals);
    };
    let question = RateQuestion {
        from: currency.into(),
        to: books.currency.clone(),
        date: Some(date),
        company_id: books.company_id.map(|id| Ref::new(id.uuid())),
    };
    let rate = FIND_RATE.call(&question).map_err(|error| of_currency(error, currency))?;
    sound(lines, currency, books::decimals(&rate.from)?)?;
    convert::to_books(lines, currency, rate.rate, books.decimals)
}

/// What the rates do not know as `from` is the entry's `currency`.
fn of_currency(error: Error, currency: &str) -> Error {
    if error.errors.iter().all(|fault| fault.pointer != "/from") {
        return error;
    }
    let message = format!("There is no currency {currency}.");
    Error::invalid("currency", "unknown_currency", message)
}

fn sound(lines: &mut [Line], currency: &str, decimals: u32) -> Result<()> {
    let digits = [(currency.to_owned(), decimals)].into();
    let money = Money { book: currency, digits: &digits };
    check::lines(lines.iter_mut(), &money)?;
    check::balance(lines.iter(), &money)
}

/// Checks the account of each line. All faults are in one error.
pub(crate) fn check_accounts<'a>(
    lines: impl IntoIterator<Item = &'a Line>,
    accounts: &Chosen,
    books: &Books,
) -> Result<()> {
    let mut faults = Faults::default();
    for (place, line) in lines.into_iter().enumerate() {
        if let Some((code, message)) = accounts.fault(line, books) {
            faults.add(&format!("lines/{place}/account_id"), code, message);
        }
    }
    faults.none()
}

/// All of a line is open at first, when its account is one whose lines are settled.
pub(crate) fn open_residuals<'a>(lines: impl IntoIterator<Item = &'a mut Line>, accounts: &Chosen) {
    for line in lines {
        if accounts.get(line.account_id).is_some_and(|account| account.reconcile) {
            open_residual(line);
        }
    }
}

pub(crate) fn open_residual(line: &mut Line) {
    line.residual = Some(line.balance());
    line.residual_currency = Some(line.own_amount());
}

/// Stores an entry that was found right, as posted, for the company that it says or none.
///
/// # Errors
/// 409 `period_locked` when its day lies in a locked period.
pub(crate) fn write(
    head: Entry,
    mut lines: Vec<Line>,
    journal: &Record<Journal>,
    books: &Books,
    gate: Gate,
) -> Result<Done> {
    let date = head.date.unwrap_or_else(|| now().date());
    periods::enter(date, head.own_company_id, gate)?;
    let entry = db::create_record(as_said(Entry {
        journal_id: Some(journal.id),
        date: Some(date),
        currency: books.currency.clone(),
        number: Some(number(journal, date, head.own_company_id)?),
        state: EntryState::Posted,
        posted_at: Some(now()),
        ..head
    }))?;
    for (place, line) in lines.iter_mut().enumerate() {
        line.entry_id = entry.id;
        line.position = i32::try_from(place + 1).unwrap_or(i32::MAX);
        entries::stamp(line, &entry);
    }
    let lines: Vec<_> = lines.into_iter().map(as_said).collect();
    let mut stored = Vec::with_capacity(lines.len());
    for some in lines.chunks(BULK_MAX) {
        stored.append(&mut db::create_records(some)?);
    }
    Ok(Done { entry, lines: stored })
}

/// The next number of the journal in the year of the day: `GEN/2026/00001`. The entries of
/// each company count for themselves, and so do those that are of none: by what they say
/// themselves, since numbers are told apart by that.
pub(crate) fn number(
    journal: &Record<Journal>,
    date: Date,
    company_id: Option<Ref<OwnCompany>>,
) -> Result<String> {
    let code = journal.code.to_lowercase();
    let name = match company_id {
        Some(id) => format!("entries.{code}.{id}"),
        None => format!("entries.{code}"),
    };
    let wanted = NextNumber {
        per_company: false,
        reset: Reset::Yearly,
        date: Some(date),
        prefix: format!("{}/{{year}}/", journal.code),
        padding: 5,
        ..NextNumber::of(&name)
    };
    Ok(sequences::next(wanted)?.text)
}

impl Done {
    /// As other modules are told of it.
    pub(crate) fn told(&self) -> Posted {
        let line = |line: &Record<Line>| PostedLine {
            line_id: Ref::new(line.id.uuid()),
            account_id: Ref::new(line.account_id.uuid()),
            debit: line.debit,
            credit: line.credit,
            party_id: line.party_id,
            due_on: line.due_on,
        };
        Posted {
            entry_id: Ref::new(self.entry.id.uuid()),
            number: self.entry.number.clone().unwrap_or_default(),
            date: self.entry.date.unwrap_or_default(),
            lines: self.lines.iter().map(line).collect(),
        }
    }
}
