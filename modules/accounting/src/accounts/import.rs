//! Importing a chart of accounts.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::OwnCompany;
use eerp_core_api::{CurrencyCodes, DESCRIBE_CURRENCIES};
use eerp_sdk::prelude::*;

use super::chart::{self, Row};
use crate::books::Books;
use crate::faults::Faults;
use crate::{Account, Line};

/// A chart of accounts as a file.
#[body]
pub(crate) struct ImportAccounts {
    /// The file as CSV. Its first line names the columns: `code`, `name` and `type`, and
    /// if you like `purpose`, `parent` (the code of the account above) and `currency`.
    #[field(max = 1_000_000)]
    pub csv: String,
    /// The own company whose books get new accounts; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// What became of the accounts of a file.
#[body]
pub(crate) struct AccountsImported {
    /// How many are new.
    pub created: i32,
    /// How many were there and were changed.
    pub updated: i32,
    /// How many were there just so.
    pub unchanged: i32,
}

/// Import a chart of accounts
///
/// Accounts whose code is there are changed, the others are made, and none are deleted:
/// so the same file may come again. What a file has no column for stays. When anything is
/// wrong nothing is imported, and every fault is told at `csv/<line>/<column>`. With
/// `Prefer: tx=rollback` it is tried and nothing stays.
#[post("/accounts/import", permission = "accounts.write")]
pub(crate) fn import(body: ImportAccounts) -> Result<AccountsImported> {
    let rows = chart::read(&body.csv)?;
    refuse_unknown_currencies(&rows)?;
    let books = Books { company_id: body.own_company_id, ..Books::default() };
    let there = db::find::<Account>().filter(books.shared_with()).all()?;
    let mut known = Known::of(there);
    let levels = chart::levels(rows, &known.above())?;
    refuse_changed_meaning(levels.iter().flatten(), &known)?;
    let mut imported = AccountsImported::default();
    for level in &levels {
        create(level, &mut known, body.own_company_id, &mut imported)?;
    }
    update(levels.iter().flatten(), &known, &mut imported)?;
    Ok(imported)
}

/// The accounts that are there, by their codes; those of a company before shared ones.
struct Known {
    by_code: BTreeMap<String, Record<Account>>,
    codes: BTreeMap<Uuid, String>,
    new: BTreeSet<String>,
}

impl Known {
    fn of(mut accounts: Vec<Record<Account>>) -> Self {
        accounts.sort_by_key(|account| account.own_company_id.is_some());
        let codes = accounts.iter().map(|one| (one.id.uuid(), one.code.clone())).collect();
        let by_code = accounts.into_iter().map(|one| (one.code.clone(), one)).collect();
        Self { by_code, codes, new: BTreeSet::new() }
    }

    /// The code of the account above each.
    fn above(&self) -> BTreeMap<String, Option<String>> {
        let parent = |account: &Record<Account>| {
            account.parent_id.and_then(|id| self.codes.get(&id.uuid()).cloned())
        };
        self.by_code.iter().map(|(code, account)| (code.clone(), parent(account))).collect()
    }

    fn id(&self, code: &str) -> Option<Ref<Account>> {
        self.by_code.get(code).map(|account| account.id)
    }

    /// The account as the row says it.
    fn changed(&self, row: &Row, account: &Account) -> Account {
        let parent = row.parent.as_ref().map(|code| code.as_ref().and_then(|code| self.id(code)));
        Account {
            code: row.code.clone(),
            name: row.name.clone(),
            r#type: row.kind,
            purpose: row.purpose.unwrap_or(account.purpose),
            parent_id: parent.unwrap_or(account.parent_id),
            currency: row.currency.clone().unwrap_or_else(|| account.currency.clone()),
            ..account.clone()
        }
    }
}

fn refuse_unknown_currencies(rows: &[Row]) -> Result<()> {
    let codes: BTreeSet<&String> =
        rows.iter().filter_map(|row| row.currency.as_ref()?.as_ref()).collect();
    if codes.is_empty() {
        return Ok(());
    }
    let codes = codes.into_iter().cloned().collect();
    DESCRIBE_CURRENCIES.call(&CurrencyCodes { codes }).map(drop).map_err(|error| {
        match error.errors.first() {
            Some(fault) => Error::invalid("csv", "unknown_currency", fault.message.clone()),
            None => error,
        }
    })
}

/// An account with lines keeps its type and takes no other currency.
fn refuse_changed_meaning<'a>(rows: impl Iterator<Item = &'a Row>, known: &Known) -> Result<()> {
    let mut changed = Vec::new();
    for row in rows {
        let Some(account) = known.by_code.get(&row.code) else { continue };
        let after = known.changed(row, account);
        if after.r#type != account.r#type {
            changed.push((row.line, "type", account.id.uuid()));
        }
        if after.currency.is_some() && after.currency != account.currency {
            changed.push((row.line, "currency", account.id.uuid()));
        }
    }
    let used = used(changed.iter().map(|(_, _, id)| *id).collect())?;
    let mut faults = Faults::default();
    for (line, column, id) in changed {
        if used.contains(&id) {
            let message = "The account has lines, so this stays as it is.";
            chart::blame(&mut faults, line, column, "in_use", message);
        }
    }
    faults.none()
}

/// Which of the accounts have lines.
fn used(ids: BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>> {
    /// An account with lines.
    #[body]
    struct Used {
        account_id: Uuid,
    }
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let lines = db::find::<Line>().with_deleted().one_of("account_id", ids);
    let used: Vec<Used> = lines.aggregate().group("account_id").count("n").limit(1000).all()?;
    Ok(used.into_iter().map(|row| row.account_id).collect())
}

/// Makes those accounts of a level that are not there.
fn create(
    level: &[Row],
    known: &mut Known,
    own_company_id: Option<Ref<OwnCompany>>,
    imported: &mut AccountsImported,
) -> Result<()> {
    let new = level.iter().filter(|row| !known.by_code.contains_key(&row.code));
    let base = Account { active: true, own_company_id, ..Account::default() };
    let new: Vec<Account> = new.map(|row| known.changed(row, &base)).collect();
    for account in db::create_all(&new)? {
        imported.created += 1;
        known.new.insert(account.code.clone());
        known.by_code.insert(account.code.clone(), account);
    }
    Ok(())
}

/// Changes those that were there. Who moves in the chart stands nowhere for a moment, so
/// that two may change places.
fn update<'a>(
    rows: impl Iterator<Item = &'a Row>,
    known: &Known,
    imported: &mut AccountsImported,
) -> Result<()> {
    let (mut loose, mut after) = (Vec::new(), Vec::new());
    for row in rows.filter(|row| !known.new.contains(&row.code)) {
        let Some(account) = known.by_code.get(&row.code) else { continue };
        let mut changed = account.clone();
        *changed = known.changed(row, account);
        if changed.changes().is_empty() {
            imported.unchanged += 1;
            continue;
        }
        imported.updated += 1;
        if account.parent_id.is_some() && changed.parent_id != account.parent_id {
            let mut free = account.clone();
            free.parent_id = None;
            loose.push(free);
        }
        after.push(changed);
    }
    let loose = db::update_all(&loose)?;
    let after = after.into_iter().map(|changed| match loose.iter().find(|l| l.id == changed.id) {
        Some(free) => {
            let mut moved = free.clone();
            *moved = changed.into_inner();
            moved
        }
        None => changed,
    });
    db::update_all(&after.collect::<Vec<_>>()).map(drop)
}
