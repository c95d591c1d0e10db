//! The last credit note of a document takes back what the others have left, to the cent:
//! what each of them rounds would add up to something else.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use crate::invoices::{Invoice, Line};

/// A document and what its other credit notes take back.
pub(super) struct Rest {
    pub(super) original: Invoice,
    pub(super) lines: Vec<Record<Line>>,
    pub(super) notes: Vec<Record<Invoice>>,
    pub(super) taken: Vec<Record<Line>>,
}

impl Rest {
    /// Whether these lines and those of the other notes are all of the document, at its
    /// prices and once each.
    pub(super) fn is_all(&self, lines: &[Record<Line>]) -> bool {
        let mut left: BTreeMap<Uuid, Decimal> =
            self.lines.iter().map(|line| (line.id.uuid(), line.quantity)).collect();
        for line in &self.taken {
            subtract(&mut left, line);
        }
        lines.iter().all(|line| self.is_copy(line) && subtract(&mut left, line))
            && left.values().all(Decimal::is_zero)
            && self.is_once(lines)
    }

    fn is_copy(&self, line: &Line) -> bool {
        let of = |line: &Line| (line.unit_price, line.discount, line.tax_ids.clone());
        self.line(line).is_some_and(|original| of(original) == of(line))
    }

    fn is_once(&self, lines: &[Record<Line>]) -> bool {
        let mut ids: Vec<_> = lines.iter().map(|line| line.credited_line_id).collect();
        ids.sort_unstable_by_key(|id| id.map(|id| id.uuid()));
        ids.windows(2).all(|pair| pair[0] != pair[1])
    }

    fn line(&self, line: &Line) -> Option<&Record<Line>> {
        self.lines.iter().find(|original| Some(original.id) == line.credited_line_id)
    }

    /// Lets the note and its lines amount to what is left.
    pub(super) fn take(&self, note: &mut Invoice, lines: &mut [Record<Line>]) {
        let left = |of: fn(&Invoice) -> Decimal| {
            of(&self.original) - self.notes.iter().map(|note| of(note)).sum::<Decimal>()
        };
        (note.net, note.tax, note.total) =
            (left(|one| one.net), left(|one| one.tax), left(|one| one.total));
        for tax in &mut note.taxes {
            let of_it = |one: &Invoice| {
                let same = one.taxes.iter().find(|other| other.tax_id == tax.tax_id);
                same.map_or((Decimal::ZERO, Decimal::ZERO), |same| (same.base, same.amount))
            };
            (tax.base, tax.amount) = of_it(&self.original);
            for (base, amount) in self.notes.iter().map(|note| of_it(note)) {
                tax.base -= base;
                tax.amount -= amount;
            }
        }
        self.take_lines(note, lines);
    }

    fn take_lines(&self, note: &Invoice, lines: &mut [Record<Line>]) {
        let (mut net, mut tax) = (note.net, note.tax);
        for line in lines.iter_mut() {
            let Some(original) = self.line(line) else { continue };
            let id = line.credited_line_id;
            let others = self.taken.iter().filter(|other| other.credited_line_id == id);
            (line.net, line.tax) = (original.net, original.tax);
            for other in others {
                line.net -= other.net;
                line.tax -= other.tax;
            }
            net -= line.net;
            tax -= line.tax;
        }
        // Cents that lines left which were taken back whole by other notes.
        if let Some(first) = lines.first_mut() {
            first.net += net;
            first.tax += tax;
        }
        for line in lines {
            line.gross = line.net + line.tax;
        }
    }
}

/// Takes the quantity of a line from what is left; whether there was such a line.
fn subtract(left: &mut BTreeMap<Uuid, Decimal>, line: &Line) -> bool {
    let of_it = line.credited_line_id.and_then(|id| left.get_mut(&id.uuid()));
    let known = of_it.is_some();
    if let Some(left) = of_it {
        *left -= line.quantity;
    }
    known
}
