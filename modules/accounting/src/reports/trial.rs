//! The trial balance.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use super::{Currency, Scope, sums};
use crate::books::{self, Books};
use crate::{Account, AccountType};

/// Which trial balance is wanted.
#[query]
pub(crate) struct TrialQuery {
    /// The day up to which entries count; today unless said.
    pub date: Option<Date>,
    /// The first day from which they count; all unless said.
    pub from: Option<Date>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// Whether an account has a row for each currency that it has amounts in.
    #[field(default = false)]
    pub currency: bool,
}

/// What an account came to.
#[body]
pub(crate) struct TrialRow {
    /// The account.
    pub account_id: Ref<Account>,
    /// Its number.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub r#type: AccountType,
    /// All that was debited.
    #[field(numeric(24, 4))]
    pub debit: Decimal,
    /// All that was credited.
    #[field(numeric(24, 4))]
    pub credit: Decimal,
    /// Debit less credit.
    #[field(numeric(24, 4))]
    pub balance: Decimal,
    /// The currency of the row, when there is one for each.
    pub currency: Option<String>,
    /// The balance in that currency.
    #[field(numeric(24, 4))]
    pub amount: Option<Decimal>,
}

/// Debit and credit of all accounts, which are equal.
#[body]
pub(crate) struct TrialTotals {
    /// All that was debited.
    #[field(numeric(24, 4))]
    pub debit: Decimal,
    /// All that was credited.
    #[field(numeric(24, 4))]
    pub credit: Decimal,
    /// Debit less credit: zero.
    #[field(numeric(24, 4))]
    pub balance: Decimal,
}

/// What all accounts came to.
#[body]
pub(crate) struct TrialBalance {
    /// The day up to which entries count.
    pub date: Date,
    /// The currency of the books, by its code.
    pub currency: String,
    /// The accounts that have entries, by their numbers.
    pub items: Vec<TrialRow>,
    /// All of them together.
    pub totals: TrialTotals,
}

/// The trial balance: what each account was debited and credited up to a day
///
/// With `currency=true` an account has a row for each currency, with the balance in it as
/// `amount`; debit, credit and balance are in the currency of the books in any case.
#[get("/reports/trial-balance")]
pub(crate) fn trial_balance(query: TrialQuery) -> Result<TrialBalance> {
    let date = query.date.unwrap_or_else(|| now().date());
    let scope = Scope {
        from: query.from,
        to: Some(date),
        own_company_id: query.own_company_id,
        ..Scope::default()
    };
    let (currency, mut items) =
        if query.currency { rows_by_currency(&scope)? } else { rows(&scope)? };
    items.sort_by(|a, b| (&a.code, &a.currency).cmp(&(&b.code, &b.currency)));
    let totals = totals(&items, &currency);
    Ok(TrialBalance { date, currency: currency.code, items, totals })
}

fn rows(scope: &Scope) -> Result<(Currency, Vec<TrialRow>)> {
    let sums = sums::by_account(scope)?;
    let codes = sums.iter().map(|sum| sum.book_currency.as_str());
    let currency = Currency::of(codes, scope.own_company_id)?;
    let accounts = super::accounts()?;
    let row = |sum: &sums::Sum| row(&accounts, sum.account_id, sum.debit, sum.credit, &currency);
    let rows = sums.iter().map(row).collect();
    Ok((currency, rows))
}

fn rows_by_currency(scope: &Scope) -> Result<(Currency, Vec<TrialRow>)> {
    let sums = sums::by_currency(scope)?;
    let codes = sums.iter().map(|sum| sum.book_currency.as_str());
    let currency = Currency::of(codes, scope.own_company_id)?;
    let accounts = super::accounts()?;
    let (code, decimals) = (currency.code.clone(), currency.decimals);
    let books = Books { currency: code, decimals, ..Books::default() };
    let codes: BTreeSet<&str> = sums.iter().filter_map(|sum| sum.currency.as_deref()).collect();
    let digits = books::digits(&books, codes)?;
    let row = |sum: &sums::ForeignSum| {
        let row = row(&accounts, sum.account_id, sum.debit, sum.credit, &currency);
        let own = sum.currency.clone().unwrap_or_else(|| currency.code.clone());
        let decimals = digits.get(&own).copied().unwrap_or(currency.decimals);
        let amount = if sum.currency.is_some() {
            eerp_money::round(sum.amount.unwrap_or_default(), decimals)
        } else {
            row.balance
        };
        TrialRow { currency: Some(own), amount: Some(amount), ..row }
    };
    let rows = sums.iter().map(row).collect();
    Ok((currency, rows))
}

fn row(
    accounts: &BTreeMap<Uuid, Record<Account>>,
    account_id: Ref<Account>,
    debit: Decimal,
    credit: Decimal,
    currency: &Currency,
) -> TrialRow {
    let account = accounts.get(&account_id.uuid());
    TrialRow {
        account_id,
        code: account.map(|account| account.code.clone()).unwrap_or_default(),
        name: account.map(|account| account.name.clone()).unwrap_or_default(),
        r#type: account.map(|account| account.r#type).unwrap_or_default(),
        debit: currency.write(debit),
        credit: currency.write(credit),
        balance: currency.write(debit - credit),
        ..TrialRow::default()
    }
}

fn totals(rows: &[TrialRow], currency: &Currency) -> TrialTotals {
    let debit: Decimal = rows.iter().map(|row| row.debit).sum();
    let credit: Decimal = rows.iter().map(|row| row.credit).sum();
    TrialTotals {
        debit: currency.write(debit),
        credit: currency.write(credit),
        balance: currency.write(debit - credit),
    }
}
