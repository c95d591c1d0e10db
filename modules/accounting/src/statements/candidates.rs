//! What lines of a statement may belong to.

use std::collections::BTreeSet;

use eerp_accounting_api::Purpose;
use eerp_sdk::prelude::*;

use super::matching::{Choice, DAYS_MAX, Fit, Said, fit};
use super::{Bank, StatementLine};
use crate::Line;

/// How many candidates are shown or looked at.
const CANDIDATES_MAX: u32 = 1000;
/// How many are shown of one line.
const SHOWN_MAX: usize = 50;

/// The entry of a candidate.
#[body]
pub(crate) struct CandidateEntry {
    /// The entry.
    pub id: Uuid,
    /// Its number.
    pub number: Option<String>,
    /// The number of the document that it stands for.
    pub reference: Option<String>,
    /// The entry that took it back.
    pub reversed_by_id: Option<Uuid>,
    /// The entry that it takes back.
    pub reversed_entry_id: Option<Uuid>,
}

/// A line of the books that a line of a statement may belong to.
#[body]
pub(crate) struct CandidateLine {
    /// The line.
    pub id: Uuid,
    /// The day of its entry.
    pub date: Option<Date>,
    /// The day by which it has to be paid.
    pub due_on: Option<Date>,
    /// Who owes it or is owed it.
    pub party: Option<String>,
    /// What it is about.
    pub label: Option<String>,
    /// The amount on the left.
    #[field(numeric(20, 4))]
    pub debit: Decimal,
    /// The amount on the right.
    #[field(numeric(20, 4))]
    pub credit: Decimal,
    /// The currency that it was in, when it is another than that of the books.
    pub currency: Option<String>,
    /// The amount in that currency.
    #[field(numeric(20, 4))]
    pub amount_currency: Option<Decimal>,
    /// What is left of it in its own currency.
    #[field(numeric(20, 4))]
    pub residual_currency: Option<Decimal>,
    /// Its entry.
    pub entry: CandidateEntry,
}

const SELECT: &str = "id,date,due_on,party,label,debit,credit,currency,amount_currency,\
                      residual_currency,entry(id,number,reference,reversed_by_id,reversed_entry_id)";

/// What a line of a statement may belong to.
#[body]
pub(crate) struct Candidate {
    /// Whether it is a line of the bank's account that is in the books already, and not
    /// one that is open.
    pub booked: bool,
    /// The line.
    pub line_id: Ref<Line>,
    /// The number of its entry.
    pub number: Option<String>,
    /// The number of the document.
    pub reference: Option<String>,
    /// Who owes it or is owed it.
    pub party: Option<String>,
    /// The day of its entry.
    pub date: Option<Date>,
    /// The day by which it has to be paid.
    pub due_on: Option<Date>,
    /// What is left of it, or the amount when it is booked.
    #[field(numeric(20, 4))]
    pub amount: Decimal,
    /// Whether the payer names it, or is who owes it.
    pub likely: bool,
}

/// What a line of a statement may belong to
///
/// Open lines and payments in the books with the same amount, the likely ones first.
#[get("/statement-lines/{id:uuid}/candidates", permission = "statement_lines.read")]
pub(crate) fn candidates(id: Ref<StatementLine>) -> Result<Candidates> {
    let line = db::get(id)?;
    let bank = Bank::of(Some(line.journal_id))?;
    let said = said(&line);
    let found = Found::of(std::slice::from_ref(&line), &bank)?;
    let mut fits = found.fits(&said);
    fits.sort_by_key(|(_, fit)| *fit);
    let shown = fits.into_iter().take(SHOWN_MAX);
    Ok(Candidates { items: shown.map(|(place, fit)| found.shown(place, fit)).collect() })
}

/// What a line of a statement may belong to, the likely ones first.
#[body]
pub(crate) struct Candidates {
    /// Each of them.
    pub items: Vec<Candidate>,
}

/// What a line of a statement says, as it is matched.
pub(super) fn said(line: &StatementLine) -> Said {
    let texts = [&line.reference, &line.description];
    let text: Vec<&str> = texts.into_iter().flatten().map(String::as_str).collect();
    let party = line.party.clone();
    Said { amount: line.amount, date: line.date, text: text.join(" "), party }
}

/// Lines of the books with the amounts of lines of a statement.
pub(super) struct Found {
    choices: Vec<Choice>,
    lines: Vec<CandidateLine>,
}

impl Found {
    pub(super) fn of(wanted: &[Record<StatementLine>], bank: &Bank) -> Result<Self> {
        let mut found = Self { choices: Vec::new(), lines: Vec::new() };
        let amounts: BTreeSet<Decimal> = wanted.iter().map(|line| line.amount).collect();
        for line in open(&amounts, bank)? {
            found.add(false, line.residual_currency.unwrap_or_default(), line);
        }
        for line in booked(wanted, &amounts, bank)? {
            let amount = line.amount_currency.unwrap_or(line.debit - line.credit);
            found.add(true, amount, line);
        }
        Ok(found)
    }

    fn add(&mut self, booked: bool, amount: Decimal, line: CandidateLine) {
        let names = [line.entry.number.clone(), line.entry.reference.clone()];
        self.choices.push(Choice {
            booked,
            amount,
            date: line.date.unwrap_or_default(),
            names: names.into_iter().flatten().collect(),
            party: line.party.clone(),
        });
        self.lines.push(line);
    }

    /// The places of what fits, and how well.
    pub(super) fn fits(&self, said: &Said) -> Vec<(usize, Fit)> {
        let fits = self.choices.iter().map(|choice| fit(said, choice)).enumerate();
        fits.filter_map(|(place, fit)| Some((place, fit?))).collect()
    }

    pub(super) fn line(&self, place: usize) -> Ref<Line> {
        Ref::new(self.lines[place].id)
    }

    /// Takes what was chosen out, so that it is not chosen again.
    pub(super) fn take(&mut self, place: usize) {
        self.choices.remove(place);
        self.lines.remove(place);
    }

    fn shown(&self, place: usize, fit: Fit) -> Candidate {
        let (choice, line) = (&self.choices[place], &self.lines[place]);
        Candidate {
            booked: choice.booked,
            line_id: Ref::new(line.id),
            number: line.entry.number.clone(),
            reference: line.entry.reference.clone(),
            party: line.party.clone(),
            date: line.date,
            due_on: line.due_on,
            amount: choice.amount,
            likely: fit < Fit::Amount,
        }
    }
}

/// What customers owe and what is owed to suppliers, in the currency of the bank.
fn open(amounts: &BTreeSet<Decimal>, bank: &Bank) -> Result<Vec<CandidateLine>> {
    db::find::<Line>()
        .one_of("residual_currency", amounts.iter().copied())
        .eq("posted", true)
        .one_of("account.purpose", [Purpose::Receivable, Purpose::Payable])
        .filter(in_currency(bank))
        .filter(bank.books.shared_with())
        .order("due_on, date, id")
        .limit(CANDIDATES_MAX)
        .rows(SELECT)
}

fn in_currency(bank: &Bank) -> Condition {
    match bank.currency == bank.books.currency {
        true => Condition::is_null("currency"),
        false => Condition::eq("currency", &bank.currency),
    }
}

/// What is on the account of the bank and on no statement yet, near the days in question.
fn booked(
    wanted: &[Record<StatementLine>],
    amounts: &BTreeSet<Decimal>,
    bank: &Bank,
) -> Result<Vec<CandidateLine>> {
    let days = || wanted.iter().map(|line| line.date);
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return Ok(Vec::new()) };
    let found = unstated(bank)
        .gte("date", first.plus_days(-DAYS_MAX).unwrap_or(first))
        .lte("date", last.plus_days(DAYS_MAX).unwrap_or(last))
        .filter(of_amounts(amounts, bank))
        .limit(CANDIDATES_MAX);
    let lines: Vec<CandidateLine> = found.rows(SELECT)?;
    let stated = stated(lines.iter().map(|line| line.id))?;
    let stands = |line: &CandidateLine| {
        line.entry.reversed_by_id.is_none() && line.entry.reversed_entry_id.is_none()
    };
    Ok(lines.into_iter().filter(|line| stands(line) && !stated.contains(&line.id)).collect())
}

/// The lines on the account of the bank.
pub(super) fn unstated(bank: &Bank) -> db::Find<Line> {
    db::find::<Line>().eq("account_id", bank.account_id).eq("posted", true).order("date, id")
}

fn of_amounts(amounts: &BTreeSet<Decimal>, bank: &Bank) -> Condition {
    if bank.currency != bank.books.currency {
        return Condition::one_of("amount_currency", amounts.iter().copied());
    }
    let came = amounts.iter().copied().filter(|amount| *amount > Decimal::ZERO);
    let went = amounts.iter().copied().filter(|amount| *amount < Decimal::ZERO);
    let (came, went): (Vec<Decimal>, Vec<Decimal>) = (came.collect(), went.map(|a| -a).collect());
    let sides = [("debit", came), ("credit", went)].into_iter();
    let sides = sides.filter(|(_, amounts)| !amounts.is_empty());
    Condition::any(sides.map(|(side, amounts)| Condition::one_of(side, amounts)))
}

/// Which of these lines are on a statement.
pub(super) fn stated(lines: impl Iterator<Item = Uuid>) -> Result<BTreeSet<Uuid>> {
    let ids: Vec<Uuid> = lines.collect();
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found = db::find::<StatementLine>().one_of("line_id", ids).limit(1000).all()?;
    Ok(found.iter().filter_map(|line| line.line_id).map(|id| id.uuid()).collect())
}
