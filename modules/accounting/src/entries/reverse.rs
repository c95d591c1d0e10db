//! Taking back what was posted, by an entry with the sides changed.

use eerp_accounting_api::{Posted, REVERSE_ENTRY, Reversal};
use eerp_sdk::prelude::*;

use crate::books::{self, Books};
use crate::periods::Gate;
use crate::posting::{self, Done};
use crate::{Entry, Line, matches};

/// How an entry is taken back.
#[body]
pub struct ReverseEntry {
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// Why.
    #[field(max = 500)]
    pub reason: Option<String>,
}

/// Reverse a posted entry
///
/// Posts an entry with the sides changed and answers it; both name each other. It happens
/// once: a second time is 409 `already_reversed`.
#[post("/entries/{id:uuid}/reverse", permission = "entries.reverse", status = 201)]
pub(crate) fn reverse(id: Ref<Entry>, body: ReverseEntry) -> Result<Whole<Entry>> {
    let ReverseEntry { date, reason } = body;
    let done = take_back(&Reversal {
        entry_id: Ref::new(id.uuid()),
        date,
        reason,
        ..Reversal::default()
    })?;
    Ok(Whole::new(done.entry, done.lines))
}

/// A posted entry that is taken back.
#[serves(REVERSE_ENTRY)]
pub(crate) fn reverse_entry(input: Reversal) -> Result<Posted> {
    take_back(&input).map(|done| done.told())
}

/// The same for this module's own needs.
pub(crate) fn take_back(reversal: &Reversal) -> Result<Done> {
    let original = documents::lock::<Entry>(Ref::new(reversal.entry_id.uuid()))?;
    if original.head.closing {
        let message = "The entry closes a year: reopen the year instead.";
        return Err(Error::conflict("closing", message));
    }
    undo(original, reversal, Gate::Open)
}

/// Takes back any entry.
pub(crate) fn undo(original: Whole<Entry>, reversal: &Reversal, gate: Gate) -> Result<Done> {
    refuse_undone(&original.head)?;
    let journal = match original.head.journal_id {
        Some(id) => db::get(id)?,
        None => return Err(Error::conflict("journal_missing", "The entry has no journal.")),
    };
    let books = Books { currency: original.head.currency.clone(), ..books_of(&original.head)? };
    let head = Entry {
        date: Some(reversal.date.unwrap_or_else(|| now().date())),
        reference: reversal.reference.clone().or_else(|| original.head.number.clone()),
        narration: reversal.reason.clone(),
        own_company_id: original.head.own_company_id,
        closing: original.head.closing,
        reversed_entry_id: Some(original.head.id),
        source_model: original.head.source_model.clone(),
        source_id: original.head.source_id,
        ..Entry::default()
    };
    let lines = original.lines.iter().map(|line| opposite(line)).collect();
    let mut done = posting::write(head, lines, &journal, &books, gate)?;
    matches::settle_reversal(&original.lines, &mut done.lines)?;
    let mut head = original.head;
    head.reversed_by_id = Some(done.entry.id);
    db::update(&head)?;
    Ok(done)
}

fn refuse_undone(entry: &Record<Entry>) -> Result<()> {
    if !entry.is_posted() {
        let message = "The entry is a draft: delete it instead.";
        return Err(Error::conflict("not_posted", message));
    }
    if entry.reversed_by_id.is_some() {
        return Err(Error::conflict("already_reversed", "The entry was reversed already."));
    }
    Ok(())
}

fn books_of(entry: &Entry) -> Result<Books> {
    books::Books::of(entry.own_company_id)
}

/// The line that takes another back.
fn opposite(line: &Line) -> Line {
    let mut opposite = Line {
        account_id: line.account_id,
        debit: line.credit,
        credit: line.debit,
        currency: line.currency.clone(),
        amount_currency: line.amount_currency.map(|amount| -amount),
        label: line.label.clone(),
        party_id: line.party_id,
        party: line.party.clone(),
        due_on: line.due_on,
        tax_id: line.tax_id,
        tax_base: line.tax_base.map(|base| -base),
        ..Line::default()
    };
    if line.residual.is_some() {
        posting::open_residual(&mut opposite);
    }
    opposite
}
