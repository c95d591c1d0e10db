//! The statement of a party: all that it owed and paid, one after the other.

use eerp_accounting_api::{OwnCompany, Purpose};
use eerp_sdk::prelude::*;

use crate::matches::{due, residuals};
use crate::parties::all_of;
use crate::reports::{Currency, Scope};
use crate::{Entry, Line};

/// The lines that are shown at once.
const LINES_MAX: u32 = 1000;

/// Whose lines are meant, and of when.
#[query]
pub(crate) struct PartyQuestion {
    /// The party.
    pub(crate) party_id: Uuid,
    /// The first day; that of the first line unless said.
    pub(crate) from: Option<Date>,
    /// The last day; today unless said.
    pub(crate) to: Option<Date>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub(crate) own_company_id: Option<Ref<OwnCompany>>,
}

/// A line of the statement.
#[body]
pub(crate) struct PartyLine {
    /// The line.
    pub(crate) line_id: Ref<Line>,
    /// Its entry.
    pub(crate) entry_id: Ref<Entry>,
    /// The day.
    pub(crate) date: Option<Date>,
    /// The number of the entry.
    pub(crate) number: Option<String>,
    /// The number of the document.
    pub(crate) reference: Option<String>,
    /// What it is about.
    pub(crate) label: Option<String>,
    /// The day by which it has to be paid.
    pub(crate) due_on: Date,
    /// What the party owes by it.
    #[field(numeric(20, 4))]
    pub(crate) debit: Decimal,
    /// What the party is owed by it.
    #[field(numeric(20, 4))]
    pub(crate) credit: Decimal,
    /// What is open of it now, credit negative.
    #[field(numeric(20, 4))]
    pub(crate) residual: Decimal,
    /// What the party owes after it, credit negative.
    #[field(numeric(24, 4))]
    pub(crate) balance: Decimal,
}

/// The statement of a party.
#[body]
pub(crate) struct PartyLedger {
    /// The party.
    pub(crate) party_id: Uuid,
    /// The currency of the books, by its code.
    pub(crate) currency: String,
    /// What it owed before, credit negative.
    #[field(numeric(24, 4))]
    pub(crate) opening: Decimal,
    /// The lines.
    pub(crate) lines: Vec<PartyLine>,
    /// What it owes after the last line that is shown, credit negative.
    #[field(numeric(24, 4))]
    pub(crate) closing: Decimal,
    /// Whether there are more lines: then ask for a shorter time.
    pub(crate) more: bool,
}

/// The numbers of an entry.
#[body]
pub(crate) struct EntryNames {
    /// The entry.
    pub(crate) id: Uuid,
    /// Its number.
    pub(crate) number: Option<String>,
    /// The number of the document.
    pub(crate) reference: Option<String>,
}

/// Both sides of lines, in one currency.
#[body]
pub(crate) struct Sides {
    /// The currency of the books, by its code.
    pub(crate) book_currency: String,
    /// The left one.
    #[field(numeric(24, 4))]
    pub(crate) debit: Decimal,
    /// The right one.
    #[field(numeric(24, 4))]
    pub(crate) credit: Decimal,
}

/// The statement of a party
///
/// All that a customer or supplier owed, was owed and paid, with what it owes after each.
#[get("/reports/party-ledger", permission = "reports.read")]
pub(crate) fn party_ledger(query: PartyQuestion) -> Result<PartyLedger> {
    let parties = all_of(query.party_id)?;
    let own_company_id = query.own_company_id;
    let found = |from, to| {
        let scope = Scope { from, to, own_company_id, ..Scope::default() };
        scope
            .lines()
            .one_of("party_id", parties.iter().copied())
            .one_of("account.purpose", [Purpose::Receivable, Purpose::Payable])
    };
    let before = query.from.and_then(|from| from.plus_days(-1));
    let before = before.map(|last| found(None, Some(last)));
    let sides = before.map_or_else(|| Ok(Vec::new()), sides)?;
    let to = query.to.unwrap_or_else(|| now().date());
    let page =
        found(query.from, Some(to)).order("date, entry_id, position").limit(LINES_MAX).page()?;
    let codes = sides.iter().map(|one| one.book_currency.as_str());
    let codes = codes.chain(page.items.iter().map(|line| line.book_currency.as_str()));
    let currency = Currency::of(codes, own_company_id)?;
    let opening = sides.iter().map(|one| one.debit - one.credit).sum();
    let opening = currency.write(opening);
    let lines = listed(&page.items, opening)?;
    Ok(PartyLedger {
        party_id: query.party_id,
        closing: lines.last().map_or(opening, |line| line.balance),
        currency: currency.code,
        opening,
        lines,
        more: page.next_cursor.is_some(),
    })
}

fn sides(found: db::Find<Line>) -> Result<Vec<Sides>> {
    let sums = found.aggregate().group("book_currency");
    sums.sum("debit", "debit").sum("credit", "credit").all()
}

fn listed(lines: &[Record<Line>], opening: Decimal) -> Result<Vec<PartyLine>> {
    let mut ids: Vec<Uuid> = lines.iter().map(|line| line.entry_id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut entries: Vec<EntryNames> = Vec::new();
    if !ids.is_empty() {
        let found = db::find::<Entry>().one_of("id", ids).limit(LINES_MAX);
        entries = found.rows("id,number,reference")?;
    }
    let mut balance = opening;
    let line = |line: &Record<Line>| {
        balance += line.balance();
        let entry = entries.iter().find(|entry| entry.id == line.entry_id.uuid());
        PartyLine {
            line_id: line.id,
            entry_id: line.entry_id,
            date: line.date,
            number: entry.and_then(|entry| entry.number.clone()),
            reference: entry.and_then(|entry| entry.reference.clone()),
            label: line.label.clone(),
            due_on: due(line),
            debit: line.debit,
            credit: line.credit,
            residual: residuals(line).0,
            balance,
        }
    };
    Ok(lines.iter().map(line).collect())
}
