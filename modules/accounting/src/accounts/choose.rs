//! The accounts of an entry: named by their ids, or by what they are for.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::Purpose;
use eerp_sdk::prelude::*;

use crate::books::Books;
use crate::{Account, Line};

/// How many values one condition has at most.
const VALUES_MAX: usize = 1000;

/// Accounts that were read together.
pub(crate) struct Chosen {
    by_id: BTreeMap<Uuid, Record<Account>>,
    by_purpose: BTreeMap<&'static str, Uuid>,
}

impl Chosen {
    /// Reads them in one go.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn read(
        ids: impl IntoIterator<Item = Ref<Account>>,
        purposes: impl IntoIterator<Item = Purpose>,
        books: &Books,
    ) -> Result<Self> {
        let ids: BTreeSet<Uuid> = ids.into_iter().map(Ref::uuid).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let mut ways: Vec<Condition> =
            ids.chunks(VALUES_MAX).map(|some| Condition::one_of("id", some.to_vec())).collect();
        let purposes: BTreeSet<&'static str> = purposes.into_iter().map(Purpose::word).collect();
        if !purposes.is_empty() {
            let wanted = Condition::one_of("purpose", purposes);
            let active = Condition::eq("active", true);
            ways.push(Condition::all([wanted, active, books.shared_with()]));
        }
        if ways.is_empty() {
            return Ok(Self::of(Vec::new(), books));
        }
        let found = db::find::<Account>().filter(Condition::any(ways)).order("code").all()?;
        Ok(Self::of(found, books))
    }

    fn of(found: Vec<Record<Account>>, books: &Books) -> Self {
        let mut by_purpose = BTreeMap::new();
        for own in [true, false] {
            let usable = |account: &&Record<Account>| {
                account.active
                    && (account.own_company_id == books.owner) == own
                    && books.have(account.own_company_id)
            };
            for account in found.iter().filter(usable) {
                if let Some(purpose) = account.purpose {
                    by_purpose.entry(purpose.word()).or_insert_with(|| account.id.uuid());
                }
            }
        }
        let by_id = found.into_iter().map(|account| (account.id.uuid(), account)).collect();
        Self { by_id, by_purpose }
    }

    /// The account with this id, if there is one.
    pub(crate) fn get(&self, id: Ref<Account>) -> Option<&Record<Account>> {
        self.by_id.get(&id.uuid())
    }

    /// The account for this purpose.
    ///
    /// # Errors
    /// 409 `account_missing` when no account has it.
    pub(crate) fn of_purpose(&self, purpose: Purpose) -> Result<Ref<Account>> {
        let missing = || {
            let message = format!(
                "No active account has the purpose {}: set it at one of the accounts.",
                purpose.word()
            );
            Error::conflict("account_missing", message)
        };
        self.by_purpose.get(purpose.word()).copied().map(Ref::new).ok_or_else(missing)
    }

    /// What speaks against the account of a line: a code, and a sentence.
    pub(crate) fn fault(&self, line: &Line, books: &Books) -> Option<(&'static str, String)> {
        let Some(account) = self.get(line.account_id) else {
            return Some(("not_found", "There is no such account.".into()));
        };
        let Account { code, name, .. } = &**account;
        if !account.active {
            return Some(("inactive", format!("Account {code} {name} is not active.")));
        }
        if !books.have(account.own_company_id) {
            return Some(("other_company", format!("Account {code} is of another company.")));
        }
        let currency = line.currency.as_deref().unwrap_or(&books.currency);
        let only = account.currency.as_deref().unwrap_or(currency);
        if only != currency {
            return Some(("wrong_currency", format!("Account {code} {name} takes only {only}.")));
        }
        None
    }
}

/// The account for this purpose in these books.
///
/// # Errors
/// 409 `account_missing` when no account has it.
pub(crate) fn of_purpose(purpose: Purpose, books: &Books) -> Result<Ref<Account>> {
    Chosen::read([], [purpose], books)?.of_purpose(purpose)
}
