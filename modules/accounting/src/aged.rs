//! What customers owe and what is owed to suppliers, by how long it is overdue.
//!
//! What was open on a day is what is open now, and what has been settled since. A match
//! takes the same off a debit and a credit of one account and is never older than either:
//! so the report adds up to the balance of the accounts on each day.

use std::collections::BTreeMap;

use eerp_accounting_api::{OwnCompany, Purpose};
use eerp_sdk::prelude::*;

use crate::Line;
use crate::parties::{Parties, all_of};
use crate::reports::Currency;

mod lines;
mod party;
mod sums;

pub(crate) use party::party_ledger;

use sums::{PartyName, PartySum, Scope};

/// The groups that the core tells of at once.
const GROUPS_MAX: usize = 1000;

/// The buckets by days overdue: from, and to. What is not due yet is less than one.
const BUCKETS: [(Option<i64>, Option<i64>); 5] = [
    (None, Some(0)),
    (Some(1), Some(30)),
    (Some(31), Some(60)),
    (Some(61), Some(90)),
    (Some(91), None),
];

/// Which day is meant, and whom.
#[query]
pub(crate) struct AgedQuestion {
    /// The day; today unless said.
    pub(crate) date: Option<Date>,
    /// A party, whose lines are listed then.
    pub(crate) party_id: Option<Uuid>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub(crate) own_company_id: Option<Ref<OwnCompany>>,
}

/// What a party owes or is owed.
#[body]
pub(crate) struct AgedRow {
    /// The party; nothing where none is said.
    pub(crate) party_id: Option<Uuid>,
    /// What it is called.
    pub(crate) party: Option<String>,
    /// What is not due yet.
    #[field(numeric(24, 4), default)]
    pub(crate) current: Decimal,
    /// What is overdue for up to 30 days.
    #[field(numeric(24, 4), default)]
    pub(crate) days_1_30: Decimal,
    /// What is overdue for 31 to 60 days.
    #[field(numeric(24, 4), default)]
    pub(crate) days_31_60: Decimal,
    /// What is overdue for 61 to 90 days.
    #[field(numeric(24, 4), default)]
    pub(crate) days_61_90: Decimal,
    /// What is overdue for longer.
    #[field(numeric(24, 4), default)]
    pub(crate) over_90: Decimal,
    /// All of it.
    #[field(numeric(24, 4), default)]
    pub(crate) total: Decimal,
}

/// A line that was open on the day.
#[body]
pub(crate) struct AgedLine {
    /// The line.
    pub(crate) line_id: Ref<Line>,
    /// Its entry.
    pub(crate) entry_id: Ref<crate::Entry>,
    /// The day of the entry.
    pub(crate) date: Option<Date>,
    /// The day by which it has to be paid.
    pub(crate) due_on: Date,
    /// What it is about.
    pub(crate) label: Option<String>,
    /// How many days it was overdue.
    pub(crate) days: i32,
    /// What was open of it.
    #[field(numeric(20, 4))]
    pub(crate) amount: Decimal,
    /// What was open of it in its own currency.
    #[field(numeric(20, 4))]
    pub(crate) amount_currency: Decimal,
    /// Its own currency, by its code.
    pub(crate) currency: String,
}

/// What is owed, by how long it is overdue.
#[body]
pub(crate) struct Aged {
    /// The day.
    pub(crate) date: Date,
    /// The currency of the books, by its code.
    pub(crate) currency: String,
    /// Each party.
    pub(crate) items: Vec<AgedRow>,
    /// All of them together: the balance of the accounts on that day.
    pub(crate) totals: AgedRow,
    /// The lines that were open, when one party is asked for.
    pub(crate) lines: Vec<AgedLine>,
}

/// What customers owe, by how long it is overdue
///
/// Credit notes and payments that nothing was settled with yet count against it, so that
/// the total is the balance of the accounts on that day.
#[get("/reports/aged-receivable", permission = "reports.read")]
pub(crate) fn aged_receivable(query: AgedQuestion) -> Result<Aged> {
    aged(query, Purpose::Receivable)
}

/// What is owed to suppliers, by how long it is overdue
///
/// What is owed is positive here, while the accounts have it on the right.
#[get("/reports/aged-payable", permission = "reports.read")]
pub(crate) fn aged_payable(query: AgedQuestion) -> Result<Aged> {
    aged(query, Purpose::Payable)
}

fn aged(query: AgedQuestion, purpose: Purpose) -> Result<Aged> {
    let date = query.date.unwrap_or_else(|| now().date());
    let parties = query.party_id.map(all_of).transpose()?;
    let scope = Scope { date, purpose, own_company_id: query.own_company_id, parties };
    let sums = scope.buckets()?;
    let codes = sums.iter().map(|(_, sum)| sum.book_currency.as_str());
    let currency = Currency::of(codes, query.own_company_id)?;
    let items = rows(sums, &currency)?;
    let lines = if scope.parties.is_some() { lines::open_on(&scope)? } else { Vec::new() };
    let mut totals = AgedRow::nothing(&currency);
    for row in &items {
        for bucket in 0..BUCKETS.len() {
            totals.add(bucket, row.bucket(bucket));
        }
    }
    Ok(Aged { date, currency: currency.code, items, totals, lines })
}

/// A row for each party that stays and of which anything is open, by name.
fn rows(sums: Vec<(usize, PartySum)>, currency: &Currency) -> Result<Vec<AgedRow>> {
    let ids: Vec<Uuid> = sums.iter().filter_map(|(_, sum)| sum.party_id).collect();
    let parties = Parties::of(unique(ids).into_iter())?;
    let mut rows = BTreeMap::<Option<Uuid>, AgedRow>::new();
    for (bucket, sum) in sums {
        let party_id = parties.stays(sum.party_id);
        let row = rows
            .entry(party_id)
            .or_insert_with(|| AgedRow { party_id, ..AgedRow::nothing(currency) });
        row.party = row.party.take().max(parties.name(sum.party_id).cloned().or(sum.name));
        row.add(bucket, currency.write(sum.total.unwrap_or_default()));
    }
    let open = |row: &AgedRow| (0..BUCKETS.len()).any(|bucket| !row.bucket(bucket).is_zero());
    let mut rows: Vec<AgedRow> = rows.into_values().filter(open).collect();
    name(&mut rows)?;
    rows.sort_by(|a, b| (&a.party, a.party_id).cmp(&(&b.party, b.party_id)));
    Ok(rows)
}

fn unique(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Parties of which nothing is open now are called as their lines call them.
fn name(rows: &mut [AgedRow]) -> Result<()> {
    let nameless = rows.iter().filter(|row| row.party.is_none()).filter_map(|row| row.party_id);
    let nameless: Vec<Uuid> = nameless.collect();
    let mut names = BTreeMap::new();
    for some in nameless.chunks(GROUPS_MAX) {
        let lines = db::find::<Line>().one_of("party_id", some.iter().copied()).aggregate();
        let lines = lines.group("party_id").max("name", "party").limit(GROUPS_MAX as u32);
        names.extend(lines.all::<PartyName>()?.into_iter().map(|sum| (sum.party_id, sum.name)));
    }
    for row in rows.iter_mut().filter(|row| row.party.is_none()) {
        row.party = names.get(&row.party_id).cloned().flatten();
    }
    Ok(())
}

impl AgedRow {
    /// Nothing, as it is written in a currency: sums have as many digits as it then.
    fn nothing(currency: &Currency) -> Self {
        let [current, days_1_30, days_31_60, days_61_90, over_90, total] =
            [currency.write(Decimal::ZERO); 6];
        Self { current, days_1_30, days_31_60, days_61_90, over_90, total, ..Self::default() }
    }

    fn bucket(&self, bucket: usize) -> Decimal {
        [self.current, self.days_1_30, self.days_31_60, self.days_61_90, self.over_90][bucket]
    }

    fn add(&mut self, bucket: usize, amount: Decimal) {
        let place = match bucket {
            0 => &mut self.current,
            1 => &mut self.days_1_30,
            2 => &mut self.days_31_60,
            3 => &mut self.days_61_90,
            _ => &mut self.over_90,
        };
        *place += amount;
        self.total += amount;
    }
}
