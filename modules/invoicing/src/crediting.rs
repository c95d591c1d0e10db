//! Credit notes: what takes back a document, or part of it.

mod rest;

use std::collections::BTreeMap;

use eerp_accounting_api::{LineIds, Posted, RECONCILE};
use eerp_sdk::prelude::*;

use crate::drafts::{copy_of, copy_of_line, create, created};
use crate::invoices::{Invoice, Line};
use crate::kinds::State;
use crate::settling::{open_lines, take_over};
use crate::{entry, posting};

use rest::Rest;

/// A line that is taken back.
#[body]
pub struct CreditLine {
    /// The line of the document.
    pub line_id: Ref<Line>,
    /// How many; all that were not taken back yet unless said.
    #[field(numeric(18, 4))]
    pub quantity: Option<Decimal>,
}

/// What is taken back, and when.
#[body]
pub struct Credit {
    /// The day of the credit note; today unless said.
    pub date: Option<Date>,
    /// Its reference: of a supplier's credit the number that the supplier gave it.
    #[field(max = 200)]
    pub reference: Option<String>,
    /// Why: it is printed below the totals.
    #[field(max = 5000, format = "multiline")]
    pub reason: Option<String>,
    /// Which lines; all of them, as far as they were not taken back yet, unless said.
    #[field(min = 1, max = 500)]
    pub lines: Option<Vec<CreditLine>>,
    /// Whether it is posted at once, and settled with what is open of the document.
    #[field(default = false)]
    pub post: bool,
}

/// What is left of quantities after some of each was taken back; nothing where that was
/// all of it.
pub(crate) fn left(quantity: Decimal, taken: Decimal) -> Decimal {
    let left = quantity - taken;
    if left.is_zero() || left.is_sign_negative() != quantity.is_sign_negative() {
        Decimal::ZERO
    } else {
        left
    }
}

/// Whether so much of a line may be taken back.
pub(crate) fn within(wanted: Decimal, left: Decimal) -> bool {
    !wanted.is_zero()
        && wanted.is_sign_negative() == left.is_sign_negative()
        && wanted.abs() <= left.abs()
}

/// Take back a posted document, or part of it
///
/// A credit note with these lines: a draft, unless it is to be posted at once.
#[post("/invoices/{id:uuid}/credit", answers = Whole<Invoice>, status = 201)]
pub(crate) fn credit(id: Ref<Invoice>, body: Credit) -> Result<Reply> {
    let original = documents::lock(id)?;
    let kind =
        original.head.kind.credit().ok_or_else(|| {
            Error::conflict("is_credit", "What gives back is not taken back itself.")
        })?;
    refuse_uncreditable(&original.head)?;
    let lines = lines_of(&original, body.lines.as_deref())?;
    let head = Invoice {
        kind,
        date: body.date,
        reference: body.reference,
        remarks: body.reason,
        term_id: None,
        post: body.post,
        credited_id: Some(id),
        ..copy_of(&original.head)
    };
    created(&create(head, lines)?)
}

fn refuse_uncreditable(original: &Invoice) -> Result<()> {
    match original.state {
        State::Draft => {
            let message = "A draft means nothing yet: change or delete it.";
            Err(Error::conflict("not_posted", message))
        }
        State::Cancelled => Err(Error::conflict("cancelled", "All of it was taken back already.")),
        _ => Ok(()),
    }
}

/// The lines of the credit note.
fn lines_of(original: &Whole<Invoice>, wanted: Option<&[CreditLine]>) -> Result<Vec<Line>> {
    let taken = taken_of(&original.lines)?;
    let left_of = |line: &Record<Line>| {
        left(line.quantity, taken.get(&line.id.uuid()).copied().unwrap_or_default())
    };
    let taking = |line: &Record<Line>, quantity| Line {
        quantity,
        credited_line_id: Some(line.id),
        ..copy_of_line(line)
    };
    let Some(wanted) = wanted else {
        let all = original.lines.iter().map(|line| (line, left_of(line)));
        let some = all.filter(|(line, left)| !left.is_zero() || line.quantity.is_zero());
        return Ok(some.map(|(line, left)| taking(line, left)).collect());
    };
    let mut lines = Vec::with_capacity(wanted.len());
    for (place, wish) in wanted.iter().enumerate() {
        let line = original.lines.iter().find(|line| line.id == wish.line_id);
        let line = line.ok_or_else(|| unknown(place))?;
        let left = left_of(line);
        let quantity = wish.quantity.unwrap_or(left);
        if !within(quantity, left) {
            return Err(too_many(place, left));
        }
        lines.push(taking(line, quantity));
    }
    Ok(lines)
}

fn unknown(place: usize) -> Error {
    let message = "The document has no line with this id.";
    Error::invalid(&format!("lines/{place}/line_id"), "not_found", message)
}

fn too_many(place: usize, left: Decimal) -> Error {
    let message = format!("{left} of this line were not taken back yet.");
    Error::invalid(&format!("lines/{place}/quantity"), "too_many", message)
}

/// What credit notes take back of each line already, drafts among them.
fn taken_of(lines: &[Record<Line>]) -> Result<BTreeMap<Uuid, Decimal>> {
    let mut taken: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for line in crediting(lines)? {
        if let Some(credited) = line.credited_line_id {
            *taken.entry(credited.uuid()).or_default() += line.quantity;
        }
    }
    Ok(taken)
}

/// The lines of credit notes that take back some of these.
fn crediting(lines: &[Record<Line>]) -> Result<Vec<Record<Line>>> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let ids = lines.iter().map(|line| line.id.uuid());
    db::find::<Line>().one_of("credited_line_id", ids).all()
}

/// Lets a credit note that takes back the last of a document amount to what is left of
/// it; `id` is the note's, if it was stored before.
pub(crate) fn take_rest(
    note: &mut Invoice,
    lines: &mut [Record<Line>],
    id: Option<Ref<Invoice>>,
) -> Result<()> {
    let Some(original) = note.credited_id else { return Ok(()) };
    let Whole { head, lines: theirs, .. } = documents::get(original)?;
    let mut taken = crediting(&theirs)?;
    taken.retain(|line| Some(line.invoice_id) != id);
    let mut notes = db::find::<Invoice>().eq("credited_id", original.uuid()).all()?;
    notes.retain(|other| Some(other.id) != id);
    let rest = Rest { original: head.into_inner(), lines: theirs, notes, taken };
    if rest.is_all(lines) {
        rest.take(note, lines);
    }
    Ok(())
}

/// The document that a credit note takes back, held until it has.
pub(crate) fn original_of(note: &Invoice) -> Result<Option<Record<Invoice>>> {
    let Some(id) = note.credited_id else { return Ok(None) };
    let original = db::lock(id)?;
    refuse_uncreditable(&original)?;
    let left = original.total - original.credited;
    if note.currency != original.currency || note.company_id != original.company_id {
        let message = "A credit note is of the same company and currency as its document.";
        return Err(Error::conflict("other_document", message));
    }
    if note.total > left {
        let message = format!(
            "It takes back {} of {}, and {left} of that were not taken back yet.",
            note.total,
            original.called()
        );
        return Err(Error::conflict("credit_exceeds", message));
    }
    Ok(Some(original))
}

/// Settles a credit note with what is open of its document, and stores both. What was
/// paid already stays open on the credit note: to be paid back or kept for later.
pub(crate) fn settle(
    mut original: Record<Invoice>,
    mut note: Record<Invoice>,
    posted: Option<&Posted>,
) -> Result<Record<Invoice>> {
    let before = original.state;
    original.credited += note.total;
    original.state = State::of(original.total, original.residual, original.credited);
    if let Some(posted) = posted {
        reconcile(&mut original, &mut note, posted)?;
    }
    let stored = db::update_all(&[original, note])?;
    let [original, note] = <[Record<Invoice>; 2]>::try_from(stored).map_err(|_| lost())?;
    posting::tell_if_paid(&original, before)?;
    Ok(note)
}

fn reconcile(
    original: &mut Record<Invoice>,
    note: &mut Record<Invoice>,
    posted: &Posted,
) -> Result<()> {
    let ours = posted.lines.iter().take(entry::owed_lines(note)).map(|line| line.line_id);
    let mut line_ids: Vec<_> = ours.collect();
    let theirs = open_lines(std::slice::from_ref(original))?.into_values().flatten();
    let theirs: Vec<_> = theirs.filter(|line| !line.residual_currency.is_zero()).collect();
    if line_ids.is_empty() || theirs.is_empty() {
        return Ok(());
    }
    line_ids.extend(theirs.iter().map(|line| line.line_id));
    let left = RECONCILE.call(&LineIds { line_ids, date: note.date })?;
    let of = |entry_id| left.iter().filter(move |line| Some(line.entry_id) == entry_id);
    let (theirs, ours): (Vec<_>, Vec<_>) =
        (of(original.entry_id).cloned().collect(), of(note.entry_id).cloned().collect());
    take_over(original, &theirs);
    take_over(note, &ours);
    Ok(())
}

fn lost() -> Error {
    Error::new(500, "internal_error", "Two documents were stored, and others came back.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    #[test]
    fn what_was_taken_back_is_not_left() {
        for (quantity, taken, left_over) in [
            ("3", "0", "3"),
            ("3", "1", "2"),
            ("3", "3", "0"),
            ("3", "4", "0"),
            ("-2", "-1", "-1"),
            ("-2", "-3", "0"),
        ] {
            assert_eq!(left(decimal(quantity), decimal(taken)), decimal(left_over));
        }
    }

    #[test]
    fn no_more_is_taken_back_than_is_left() {
        assert!(within(decimal("2"), decimal("3")));
        assert!(within(decimal("-2"), decimal("-2")));
        for (wanted, left) in [("4", "3"), ("0", "3"), ("-1", "3"), ("1", "-3"), ("1", "0")] {
            assert!(!within(decimal(wanted), decimal(left)), "{wanted} of {left}");
        }
    }
}
