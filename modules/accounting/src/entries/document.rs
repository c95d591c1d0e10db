//! Entries that are written by hand: drafts with their lines, and posting them.

use std::collections::BTreeSet;

use eerp_accounting_api::JournalKind;
use eerp_sdk::prelude::*;

use super::rules::posted;
use super::{check, stamp};
use crate::accounts::choose::Chosen;
use crate::books::{self, Books};
use crate::entries::check::Money;
use crate::periods::{self, Gate};
use crate::posting::{self, Done};
use crate::{Entry, EntryState, Line, journals};

impl Document for Entry {
    type Line = Line;
    const POSITION: &'static str = "position";
    const LINES_MAX: usize = 500;

    fn before_save(
        &mut self,
        lines: &mut Vec<Record<Line>>,
        before: Option<&Whole<Self>>,
    ) -> Result<()> {
        if before.is_some_and(|before| before.head.is_posted()) {
            return Err(posted());
        }
        let books = Books::of(self.own_company_id)?;
        let journal = match self.journal_id {
            Some(id) => journals::named(id, &books)?,
            None => journals::of_kind(JournalKind::General, &books)?,
        };
        self.journal_id = Some(journal.id);
        self.date = Some(self.date.unwrap_or_else(|| now().date()));
        self.currency = books.currency.clone();
        check_lines(lines, &books)?;
        lines.iter_mut().for_each(|line| stamp(line, self));
        Ok(())
    }
}

/// Completes and checks the lines one by one, in the currencies that they have.
fn check_lines(lines: &mut [Record<Line>], books: &Books) -> Result<()> {
    let codes: BTreeSet<String> = lines.iter().filter_map(|line| line.currency.clone()).collect();
    let digits = books::digits(books, codes.iter().map(String::as_str).collect())?;
    let money = Money { book: &books.currency, digits: &digits };
    check::lines(lines.iter_mut().map(|line| &mut **line), &money)
}

/// Post an entry
///
/// It gets the next number of its journal, and stays as it is from then on. 422
/// `unbalanced` when debit and credit differ, 409 `period_locked` when its day lies in a
/// locked period, 409 `posted` when it is posted already.
#[post("/entries/{id:uuid}/post", permission = "entries.post")]
pub(crate) fn post(id: Ref<Entry>) -> Result<Whole<Entry>> {
    let mut draft = documents::lock(id)?;
    if draft.head.is_posted() {
        return Err(posted());
    }
    let books = Books::of(draft.head.own_company_id)?;
    check_lines(&mut draft.lines, &books)?;
    let accounts = Chosen::read(draft.lines.iter().map(|line| line.account_id), [], &books)?;
    posting::check_accounts(draft.lines.iter().map(|line| &**line), &accounts, &books)?;
    check_balance(&draft.lines, &books)?;
    posting::open_residuals(draft.lines.iter_mut().map(|line| &mut **line), &accounts);
    let done = store(draft, &books)?;
    Ok(Whole::new(done.entry, done.lines))
}

fn check_balance(lines: &[Record<Line>], books: &Books) -> Result<()> {
    let codes = lines.iter().filter_map(|line| line.currency.as_deref()).collect();
    let digits = books::digits(books, codes)?;
    let money = Money { book: &books.currency, digits: &digits };
    check::balance(lines.iter().map(|line| &**line), &money)
}

/// Stores a draft that was found right, as posted.
fn store(mut draft: Whole<Entry>, books: &Books) -> Result<Done> {
    let journal = match draft.head.journal_id {
        Some(id) => journals::named(id, books)?,
        None => journals::of_kind(JournalKind::General, books)?,
    };
    let date = draft.head.date.unwrap_or_else(|| now().date());
    periods::enter(date, draft.head.own_company_id, Gate::Open)?;
    let head = &mut draft.head;
    head.journal_id = Some(journal.id);
    head.date = Some(date);
    head.currency = books.currency.clone();
    head.state = EntryState::Posted;
    head.posted_at = Some(now());
    head.number = Some(posting::number(&journal, date, head.own_company_id)?);
    let entry = db::update(head)?;
    draft.lines.iter_mut().for_each(|line| stamp(line, &entry));
    let lines = db::update_all(&draft.lines)?;
    Ok(Done { entry, lines })
}
