//! The general ledger: account by account, each line with the balance after it.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use super::sums::{self, Sum};
use super::{Currency, Scope, span};
use crate::{Account, AccountType, Entry, Line};

/// How many lines a page has at most.
const LINES_PER_PAGE_MAX: i64 = 500;
/// What the parts of a cursor are joined by.
const JOINT: char = '~';

/// Which part of the general ledger is wanted.
#[query]
pub(crate) struct LedgerQuery {
    /// The account, by its number; all unless said.
    #[field(max = 20)]
    pub account: Option<String>,
    /// The account, by its id.
    pub account_id: Option<Ref<Account>>,
    /// The last day; today unless said.
    pub date: Option<Date>,
    /// The first day; that of the fiscal year unless said.
    pub from: Option<Date>,
    /// The last day, said otherwise.
    pub to: Option<Date>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// How many lines a page has at most.
    #[field(default = 100, min = 1, max = 500)]
    pub limit: i64,
    /// The next_cursor of the page before.
    #[field(max = 2048)]
    pub cursor: Option<String>,
}

/// What an account came to in the time.
#[body]
pub(crate) struct LedgerAccount {
    /// The account.
    pub account_id: Ref<Account>,
    /// Its number.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub r#type: AccountType,
    /// The balance before the first day, credit negative.
    #[field(numeric(24, 4))]
    pub opening: Decimal,
    /// All that was debited.
    #[field(numeric(24, 4))]
    pub debit: Decimal,
    /// All that was credited.
    #[field(numeric(24, 4))]
    pub credit: Decimal,
    /// The balance after the last day, credit negative.
    #[field(numeric(24, 4))]
    pub closing: Decimal,
}

/// A line of an account.
#[body]
pub(crate) struct LedgerLine {
    /// The line.
    pub line_id: Ref<Line>,
    /// Its entry.
    pub entry_id: Ref<Entry>,
    /// The number of that.
    pub number: Option<String>,
    /// The number of the document that the entry stands for.
    pub reference: Option<String>,
    /// The day.
    pub date: Date,
    /// The account.
    pub account_id: Ref<Account>,
    /// The number of that.
    pub code: String,
    /// What it is about.
    pub label: Option<String>,
    /// Who owes it or is owed it.
    pub party: Option<String>,
    /// The amount on the left.
    #[field(numeric(20, 4))]
    pub debit: Decimal,
    /// The amount on the right.
    #[field(numeric(20, 4))]
    pub credit: Decimal,
    /// The balance of the account after the line, credit negative.
    #[field(numeric(24, 4))]
    pub balance: Decimal,
    /// The second currency, by its code.
    pub currency: Option<String>,
    /// The amount in that, credit negative.
    #[field(numeric(20, 4))]
    pub amount_currency: Option<Decimal>,
}

/// The accounts with what they came to, and a page of their lines.
#[body]
pub(crate) struct GeneralLedger {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The currency of the books, by its code.
    pub currency: String,
    /// The accounts that have a balance or lines, by their numbers.
    pub accounts: Vec<LedgerAccount>,
    /// Their lines, account by account and day by day.
    pub items: Vec<LedgerLine>,
    /// What asks for the next page; nothing after the last.
    pub next_cursor: Option<String>,
}

/// The general ledger: each account with its lines, and the balance after each
///
/// From the first day of the fiscal year up to `date`, unless it is said otherwise.
#[get("/reports/general-ledger")]
pub(crate) fn general_ledger(query: LedgerQuery) -> Result<GeneralLedger> {
    let own_company_id = query.own_company_id;
    let (from, to) = span(query.from, query.to.or(query.date), own_company_id)?;
    let account_id = account_of(&query)?;
    let scope =
        Scope { from: Some(from), to: Some(to), own_company_id, account_id, ..Scope::default() };
    let (currency, accounts) = accounts_of(&scope, from)?;
    let start = query.cursor.as_deref().map(|cursor| Place::read(cursor, &accounts)).transpose()?;
    let limit = usize::try_from(query.limit.clamp(1, LINES_PER_PAGE_MAX)).unwrap_or(1);
    let (lines, next) = page(&scope, &accounts, start.unwrap_or_default(), limit)?;
    let items = shown(lines, &accounts, &currency)?;
    let next_cursor = next.map(|place| place.write(&accounts));
    Ok(GeneralLedger { from, to, currency: currency.code, accounts, items, next_cursor })
}

/// The account that is asked for by its id or its number.
fn account_of(query: &LedgerQuery) -> Result<Option<Ref<Account>>> {
    let Some(code) = &query.account else { return Ok(query.account_id) };
    let found = db::find::<Account>().with_deleted().eq("code", code).first()?;
    let unknown = || {
        let message = format!("There is no account {code}.");
        Error::invalid_query("account", "not_found", message)
    };
    found.map(|account| Some(account.id)).ok_or_else(unknown)
}

/// What the accounts came to before and in the time.
fn accounts_of(scope: &Scope, from: Date) -> Result<(Currency, Vec<LedgerAccount>)> {
    let before = match from.plus_days(-1) {
        Some(day) => sums::by_account(&Scope { from: None, to: Some(day), ..scope.clone() })?,
        None => Vec::new(),
    };
    let within = sums::by_account(scope)?;
    let codes = before.iter().chain(&within).map(|sum| sum.book_currency.as_str());
    let currency = Currency::of(codes, scope.own_company_id)?;
    let known = super::accounts()?;
    let mut rows: BTreeMap<Uuid, LedgerAccount> = BTreeMap::new();
    let mut add = |sum: &Sum, change: fn(&mut LedgerAccount, &Sum)| {
        let Some(account) = known.get(&sum.account_id.uuid()) else { return };
        change(rows.entry(account.id.uuid()).or_insert_with(|| started(account)), sum);
    };
    before.iter().for_each(|sum| add(sum, |row, sum| row.opening += sum.balance()));
    within.iter().for_each(|sum| {
        add(sum, |row, sum| {
            row.debit += sum.debit;
            row.credit += sum.credit;
        });
    });
    let mut rows: Vec<_> = rows.into_values().map(|row| finished(row, &currency)).collect();
    rows.sort_by(|a, b| (&a.code, a.account_id.uuid()).cmp(&(&b.code, b.account_id.uuid())));
    Ok((currency, rows))
}

fn started(account: &Record<Account>) -> LedgerAccount {
    LedgerAccount {
        account_id: account.id,
        code: account.code.clone(),
        name: account.name.clone(),
        r#type: account.r#type,
        ..LedgerAccount::default()
    }
}

fn finished(row: LedgerAccount, currency: &Currency) -> LedgerAccount {
    LedgerAccount {
        closing: currency.write(row.opening + row.debit - row.credit),
        opening: currency.write(row.opening),
        debit: currency.write(row.debit),
        credit: currency.write(row.credit),
        ..row
    }
}

/// Where a page begins: at which account, after which of its lines, and its balance there.
#[derive(Debug, Clone, Default, PartialEq)]
struct Place {
    account: usize,
    after: Option<(Decimal, String)>,
}

impl Place {
    fn write(&self, accounts: &[LedgerAccount]) -> String {
        let id = accounts[self.account].account_id;
        match &self.after {
            None => id.to_string(),
            Some((balance, cursor)) => format!("{id}{JOINT}{balance}{JOINT}{cursor}"),
        }
    }

    fn read(cursor: &str, accounts: &[LedgerAccount]) -> Result<Self> {
        let unknown = || {
            let message = "The cursor is not one that this report gave.";
            Error::invalid_query("cursor", "invalid", message)
        };
        let mut parts = cursor.splitn(3, JOINT);
        let id: Option<Uuid> = parts.next().and_then(|id| id.parse().ok());
        let account = accounts.iter().position(|row| Some(row.account_id.uuid()) == id);
        let account = account.ok_or_else(unknown)?;
        let Some(balance) = parts.next() else { return Ok(Self { account, after: None }) };
        let balance = balance.parse().ok().and_then(eerp_money::fitting).ok_or_else(unknown)?;
        let after = Some((balance, parts.next().ok_or_else(unknown)?.to_owned()));
        Ok(Self { account, after })
    }
}

/// A line, the place of its account, and the balance after it.
type Balanced = (usize, Record<Line>, Decimal);

/// The lines of a page, and where the next one begins.
fn page(
    scope: &Scope,
    accounts: &[LedgerAccount],
    mut place: Place,
    limit: usize,
) -> Result<(Vec<Balanced>, Option<Place>)> {
    let mut lines: Vec<Balanced> = Vec::new();
    while let Some(account) = accounts.get(place.account) {
        if account.debit.is_zero() && account.credit.is_zero() && place.after.is_none() {
            place.account += 1;
            continue;
        }
        let room = limit - lines.len();
        if room == 0 {
            return Ok((lines, Some(place)));
        }
        let (mut balance, cursor) = match place.after.take() {
            Some((balance, cursor)) => (balance, Some(cursor)),
            None => (account.opening, None),
        };
        let found = of_account(scope, account.account_id, room, cursor.as_deref())?;
        for line in found.items {
            balance += line.balance();
            lines.push((place.account, line, balance));
        }
        match found.next_cursor {
            Some(cursor) => place.after = Some((balance, cursor)),
            None => place.account += 1,
        }
    }
    Ok((lines, None))
}

fn of_account(
    scope: &Scope,
    account_id: Ref<Account>,
    room: usize,
    cursor: Option<&str>,
) -> Result<db::Page<Line>> {
    let scope = Scope { account_id: Some(account_id), ..scope.clone() };
    let mut lines = scope.lines().order("date, entry_id, position");
    lines = lines.limit(u32::try_from(room).unwrap_or(1));
    if let Some(cursor) = cursor {
        lines = lines.cursor(cursor);
    }
    lines.page()
}

/// The lines with what their entries say.
fn shown(
    lines: Vec<Balanced>,
    accounts: &[LedgerAccount],
    currency: &Currency,
) -> Result<Vec<LedgerLine>> {
    let ids: BTreeSet<Uuid> = lines.iter().map(|(_, line, _)| line.entry_id.uuid()).collect();
    let entries = if ids.is_empty() {
        Vec::new()
    } else {
        db::find::<Entry>().one_of("id", ids).limit(1000).all()?
    };
    let entries: BTreeMap<Uuid, Record<Entry>> =
        entries.into_iter().map(|entry| (entry.id.uuid(), entry)).collect();
    let shown = |(place, line, balance): Balanced| {
        let entry = entries.get(&line.entry_id.uuid());
        LedgerLine {
            line_id: line.id,
            entry_id: line.entry_id,
            number: entry.and_then(|entry| entry.number.clone()),
            reference: entry.and_then(|entry| entry.reference.clone()),
            date: line.date.unwrap_or_default(),
            account_id: line.account_id,
            code: accounts[place].code.clone(),
            label: line.label.clone(),
            party: line.party.clone(),
            debit: currency.write(line.debit),
            credit: currency.write(line.credit),
            balance: currency.write(balance),
            currency: line.currency.clone(),
            amount_currency: line.amount_currency,
        }
    };
    Ok(lines.into_iter().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Vec<LedgerAccount> {
        let account = |n: u8| LedgerAccount {
            account_id: Ref::new(Uuid::from_bytes([n; 16])),
            ..LedgerAccount::default()
        };
        vec![account(1), account(2)]
    }

    #[test]
    fn a_place_is_found_again() {
        let accounts = accounts();
        for place in [
            Place { account: 1, after: None },
            Place { account: 0, after: Some((Decimal::new(-1050, 2), "a~b".into())) },
        ] {
            assert_eq!(Place::read(&place.write(&accounts), &accounts), Ok(place));
        }
    }

    #[test]
    fn other_cursors_are_refused() {
        for cursor in ["", "~", "x~1~y", "01010101-0101-0101-0101-010101010101~1"] {
            let refused = Place::read(cursor, &accounts()).expect_err("it is refused");
            assert_eq!(refused.errors[0].pointer, "query/cursor");
        }
    }
}
