//! Entries that settling brings with it: what exchange rates brought or cost, and what is
//! written off.

use eerp_accounting_api::{JournalKind, Purpose};
use eerp_sdk::prelude::*;

use super::Match;
use super::settle::{add, between, residuals};
use crate::accounts::choose;
use crate::books::Books;
use crate::periods::Gate;
use crate::reconcile::Pair;
use crate::{Entry, Line, journals, posting};

const LABEL: &str = "Exchange difference";
/// What entries that belong to matches are marked with.
const SOURCE: &str = "accounting.matches";

/// Posts what the pairs were worth more or less in one entry, and settles it with the
/// side that was worth more. Its lines of the same account come back, settled; the
/// matches that it is for are marked, and theirs are added.
pub(super) fn post(
    lines: &[Record<Line>],
    pairs: &[Pair],
    matches: &mut Vec<Match>,
    date: Date,
) -> Result<Vec<Record<Line>>> {
    let uneven: Vec<(usize, &Pair)> =
        pairs.iter().enumerate().filter(|(_, pair)| !pair.gain.is_zero()).collect();
    let Some((_, first)) = uneven.first() else { return Ok(Vec::new()) };
    let like = &lines[first.debit];
    let books = books_of(like)?;
    let owed = uneven.iter().map(|(_, pair)| balancing(lines, pair)).collect();
    let results = results(&books, &uneven)?;
    let mut posted = post_lines(like, owed, results, date, LABEL, &books)?;
    posted.truncate(uneven.len());
    for ((place, pair), line) in uneven.into_iter().zip(&mut posted) {
        matches[place].exchange_entry_id = Some(line.entry_id);
        let worth_more = &lines[worth_more(pair)];
        let (debit, credit) =
            if pair.gain > Decimal::ZERO { (&*line, worth_more) } else { (worth_more, &*line) };
        let exchange_entry_id = Some(line.entry_id);
        let amount = pair.gain.abs();
        matches.push(Match { exchange_entry_id, ..between(debit, credit, amount, date) });
        add(line, -pair.gain, Decimal::ZERO);
    }
    Ok(posted)
}

/// The side of a pair of which the other has taken too little in the books.
fn worth_more(pair: &Pair) -> usize {
    if pair.gain > Decimal::ZERO { pair.credit } else { pair.debit }
}

/// The line that takes the rest off the side that was worth more.
fn balancing(lines: &[Record<Line>], pair: &Pair) -> Line {
    let like = &lines[worth_more(pair)];
    let own = like.currency.is_some().then_some(Decimal::ZERO);
    Line { amount_currency: own, ..on_account(like, pair.gain, LABEL) }
}

/// What all of it brought, and what it cost.
fn results(books: &Books, uneven: &[(usize, &Pair)]) -> Result<Vec<Line>> {
    let total = |wanted: fn(&Decimal) -> bool| -> Decimal {
        uneven.iter().map(|(_, pair)| pair.gain).filter(wanted).sum()
    };
    let gain = total(|gain| *gain > Decimal::ZERO);
    let loss = total(|gain| *gain < Decimal::ZERO);
    let amounts = [(gain, Purpose::ExchangeGain), (loss, Purpose::ExchangeLoss)];
    let amounts = amounts.into_iter().filter(|(amount, _)| !amount.is_zero());
    let line = |(amount, purpose): (Decimal, Purpose)| {
        let account_id = choose::of_purpose(purpose, books)?;
        Ok(Line { account_id, ..sided(-amount, LABEL) })
    };
    amounts.map(line).collect()
}

/// A line on the account of another, for the same party.
fn on_account(like: &Line, amount: Decimal, label: &str) -> Line {
    Line {
        account_id: like.account_id,
        currency: like.currency.clone(),
        party_id: like.party_id,
        party: like.party.clone(),
        ..sided(amount, label)
    }
}

/// The line that takes away what is left of another.
pub(super) fn opposite(line: &Line, label: &str) -> Line {
    let (book, own) = residuals(line);
    let own = line.currency.is_some().then_some(-own);
    Line { amount_currency: own, ..on_account(line, -book, label) }
}

pub(super) fn sided(amount: Decimal, label: &str) -> Line {
    Line {
        debit: amount.max(Decimal::ZERO),
        credit: (-amount).max(Decimal::ZERO),
        label: Some(label.into()),
        ..Line::default()
    }
}

/// The books that a line stands in.
pub(super) fn books_of(line: &Line) -> Result<Books> {
    let books = Books::exactly(line.own_company_id)?;
    Ok(Books { currency: line.book_currency.clone(), ..books })
}

/// Posts lines in the general journal: those that are owed are open then.
pub(super) fn post_lines(
    like: &Line,
    mut owed: Vec<Line>,
    results: Vec<Line>,
    date: Date,
    narration: &str,
    books: &Books,
) -> Result<Vec<Record<Line>>> {
    owed.iter_mut().for_each(posting::open_residual);
    let head = Entry {
        date: Some(date),
        narration: Some(narration.into()),
        own_company_id: like.own_company_id,
        source_model: Some(SOURCE.into()),
        ..Entry::default()
    };
    let lines = owed.into_iter().chain(results).collect();
    let journal = journals::of_kind(JournalKind::General, books)?;
    Ok(posting::write(head, lines, &journal, books, Gate::Open)?.lines)
}
