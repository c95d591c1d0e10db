//! Settling lines: fetched, handed to the arithmetic, stored.

use std::collections::BTreeMap;

use eerp_accounting_api::OpenLine;
use eerp_core_api::{CurrencyCodes, DESCRIBE_CURRENCIES};
use eerp_sdk::prelude::*;

use super::{Match, exchange, open, open_line};
use crate::books::as_said;
use crate::parties::Parties;
use crate::reconcile::{Open, Pair, allocate};
use crate::{Entry, Line};

/// The lines of which something is open, in the order of their ids.
///
/// They are not locked: who settles a line changes it, and of two requests that have read
/// the same one the later is run again by the core.
///
/// # Errors
/// The first that is not there, not posted, of an account whose lines are not settled, or
/// settled already.
pub(crate) fn opened(ids: &[Ref<Line>], field: &str) -> Result<Vec<Record<Line>>> {
    let found = db::find::<Line>().one_of("id", ids.iter().map(|id| id.uuid())).limit(1000);
    let found: BTreeMap<Uuid, Record<Line>> =
        found.all()?.into_iter().map(|line| (line.id.uuid(), line)).collect();
    let mut lines = Vec::with_capacity(ids.len());
    for (place, id) in ids.iter().enumerate() {
        let blame = |code: &'static str, message: &'static str| {
            Error::invalid(&format!("{field}/{place}"), code, message)
        };
        let line = found.get(&id.uuid()).filter(|line| line.posted);
        let line = line.ok_or_else(|| blame("not_found", "There is no such posted line."))?;
        if line.residual.is_none() {
            return Err(blame("not_settled", "The lines of this account are not settled."));
        }
        if is_settled(line) {
            return Err(blame("settled", "Nothing of this line is open."));
        }
        if ids[..place].contains(id) {
            return Err(blame("twice", "The line is named twice."));
        }
        lines.push(line.clone());
    }
    Ok(lines)
}

/// What is left of a line: in the currency of the books, and in its own.
pub(crate) fn residuals(line: &Line) -> (Decimal, Decimal) {
    (line.residual.unwrap_or_default(), line.residual_currency.unwrap_or_default())
}

pub(crate) fn is_settled(line: &Line) -> bool {
    residuals(line) == Default::default()
}

pub(crate) fn is_debit(line: &Line) -> bool {
    let (book, own) = residuals(line);
    if own.is_zero() { book > Decimal::ZERO } else { own > Decimal::ZERO }
}

/// The currency of a line, by its code.
pub(crate) fn currency(line: &Line) -> &str {
    line.currency.as_ref().unwrap_or(&line.book_currency)
}

/// The day by which a line has to be paid; that of the entry when none is said.
pub(crate) fn due(line: &Line) -> Date {
    line.due_on.or(line.date).unwrap_or_default()
}

/// Lines as they are after they were settled, and what was posted for it.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) lines: Vec<Record<Line>>,
    pub(crate) exchange_entry_id: Option<Ref<Entry>>,
    pub(crate) date: Date,
}

impl Settled {
    /// Tells of each entry whose open amount is another now.
    pub(crate) fn tell(&self) -> Result<()> {
        open::tell(self.lines.iter().map(|line| line.entry_id))
    }

    /// What is left of these lines, in this order.
    pub(crate) fn in_order(&self, ids: &[Ref<Line>]) -> Vec<OpenLine> {
        let of = |id: &Ref<Line>| self.lines.iter().find(|line| line.id == *id);
        ids.iter().filter_map(of).map(open_line).collect()
    }
}

/// Settles lines with each other as far as they go, those of each account and party among
/// themselves, what is due first first. Whoever calls it [tells](Settled::tell) of it.
pub(crate) fn settle(mut lines: Vec<Record<Line>>, date: Option<Date>) -> Result<Settled> {
    lines.sort_by_key(|line| (due(line), line.date, line.id.uuid()));
    settle_in_order(lines, date)
}

/// The same, the first ones first.
pub(crate) fn settle_in_order(mut lines: Vec<Record<Line>>, date: Option<Date>) -> Result<Settled> {
    let date = day_of(&lines, date)?;
    let pairs = pair(&lines)?;
    take_off(&mut lines, &pairs);
    let mut matches: Vec<Match> = pairs.iter().map(|pair| matched(&lines, pair, date)).collect();
    let posted = exchange::post(&lines, &pairs, &mut matches, date)?;
    let exchange_entry_id = posted.first().map(|line| line.entry_id);
    lines.extend(posted);
    store(&mut lines, &matches)?;
    Ok(Settled { lines, exchange_entry_id, date })
}

/// The day of the matches: no line is settled before it is there.
fn day_of(lines: &[Record<Line>], wanted: Option<Date>) -> Result<Date> {
    let latest = lines.iter().filter_map(|line| line.date).max().unwrap_or_default();
    if wanted.is_some_and(|wanted| wanted < latest) {
        let message = format!("A line is of {latest}, and is not settled before.");
        return Err(Error::invalid("date", "too_early", message));
    }
    Ok(wanted.unwrap_or(latest))
}

/// Which lines settle each other, by their places among all.
fn pair(lines: &[Record<Line>]) -> Result<Vec<Pair>> {
    let decimals = Decimals::of(lines)?;
    let parties = Parties::apart(lines.iter().map(|line| line.party_id))?;
    let mut groups = BTreeMap::<_, Vec<usize>>::new();
    for (place, line) in lines.iter().enumerate() {
        let party = parties.stays(line.party_id);
        let group = (line.account_id.uuid(), party, line.book_currency.as_str());
        groups.entry(group).or_default().push(place);
    }
    let mut all = Vec::new();
    for places in groups.into_values() {
        let mut open: Vec<Open> = places.iter().map(|n| decimals.open(&lines[*n])).collect();
        let book = decimals.get(&lines[places[0]].book_currency);
        all.extend(allocate(&mut open, book).into_iter().map(|pair| Pair {
            debit: places[pair.debit],
            credit: places[pair.credit],
            ..pair
        }));
    }
    Ok(all)
}

/// The digits after the point of currencies. Lines in the currency of the books are never
/// split by a rate, so that these need not be asked for.
struct Decimals(BTreeMap<String, u32>);

impl Decimals {
    fn of(lines: &[Record<Line>]) -> Result<Self> {
        let mut codes: Vec<String> =
            lines.iter().filter_map(|line| line.currency.clone()).collect();
        if !codes.is_empty() {
            codes.extend(lines.first().map(|line| line.book_currency.clone()));
        }
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() {
            return Ok(Self(BTreeMap::new()));
        }
        let infos = DESCRIBE_CURRENCIES.call(&CurrencyCodes { codes })?.into_iter();
        Ok(Self(infos.map(|info| (info.code, info.decimals.unsigned_abs())).collect()))
    }

    fn get(&self, code: &str) -> u32 {
        self.0.get(code).copied().unwrap_or(eerp_money::DECIMALS_MAX)
    }

    fn open(&self, line: &Line) -> Open {
        let (book, own) = residuals(line);
        let currency = currency(line);
        Open { book, own, decimals: self.get(currency), currency: currency.into() }
    }
}

fn take_off(lines: &mut [Record<Line>], pairs: &[Pair]) {
    for pair in pairs {
        let (gain, loss) = (pair.gain.max(Decimal::ZERO), (-pair.gain).max(Decimal::ZERO));
        add(&mut lines[pair.debit], -(pair.amount + loss), -pair.debit_own);
        add(&mut lines[pair.credit], pair.amount + gain, pair.credit_own);
    }
}

/// Adds to what is left of a line.
pub(super) fn add(line: &mut Line, book: Decimal, own: Decimal) {
    let (open_book, open_own) = residuals(line);
    line.residual = Some(open_book + book);
    line.residual_currency = Some(open_own + own);
}

fn matched(lines: &[Record<Line>], pair: &Pair, date: Date) -> Match {
    let (debit, credit) = (&lines[pair.debit], &lines[pair.credit]);
    Match {
        debit_amount: pair.debit_own,
        credit_amount: pair.credit_own,
        ..between(debit, credit, pair.amount, date)
    }
}

/// A match of two lines that takes off nothing in their own currencies.
pub(crate) fn between(
    debit: &Record<Line>,
    credit: &Record<Line>,
    amount: Decimal,
    date: Date,
) -> Match {
    Match {
        debit_line_id: debit.id,
        credit_line_id: credit.id,
        amount,
        book_currency: debit.book_currency.clone(),
        debit_currency: currency(debit).into(),
        credit_currency: currency(credit).into(),
        date,
        account_id: debit.account_id,
        party_id: debit.party_id,
        debit_due_on: due(debit),
        credit_due_on: due(credit),
        own_company_id: debit.own_company_id,
        ..Match::default()
    }
}

/// Stores the matches, and what is left of the lines.
fn store(lines: &mut Vec<Record<Line>>, matches: &[Match]) -> Result<()> {
    let matches: Vec<_> = matches.iter().cloned().map(as_said).collect();
    for some in matches.chunks(1000) {
        db::create_records(some)?;
    }
    store_residuals(lines)
}

pub(crate) fn store_residuals(lines: &mut Vec<Record<Line>>) -> Result<()> {
    let mut stored = Vec::with_capacity(lines.len());
    for some in lines.chunks(1000) {
        stored.extend(db::update_all(some)?);
    }
    *lines = stored;
    Ok(())
}
