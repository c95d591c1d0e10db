//! The profit and loss.

use std::collections::BTreeMap;

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use super::sums::Sum;
use super::{Currency, Scope, span, sums};
use crate::{Account, AccountType};

/// Of which time.
#[query]
pub(crate) struct Span {
    /// The last day; today unless said.
    pub date: Option<Date>,
    /// The first day; that of the fiscal year unless said.
    pub from: Option<Date>,
    /// The last day, said otherwise.
    pub to: Option<Date>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// An account and its amount.
#[body]
pub(crate) struct SectionRow {
    /// The account.
    pub account_id: Ref<Account>,
    /// Its number.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The amount, positive on the side where such an account usually is.
    #[field(numeric(24, 4))]
    pub amount: Decimal,
}

/// Accounts of one type.
#[body]
pub(crate) struct Section {
    /// The accounts that have an amount, by their numbers.
    pub items: Vec<SectionRow>,
    /// All of them together.
    #[field(numeric(24, 4))]
    pub total: Decimal,
}

/// What came in and went out.
#[body]
pub(crate) struct ProfitAndLoss {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The currency of the books, by its code.
    pub currency: String,
    /// What came in.
    pub income: Section,
    /// What went out.
    pub expense: Section,
    /// The profit; a loss is negative.
    #[field(numeric(24, 4))]
    pub result: Decimal,
}

/// The profit and loss of a stretch of time
///
/// From the first day of the fiscal year up to `date`, unless it is said otherwise.
/// Entries that close years are left out.
#[get("/reports/profit-and-loss")]
pub(crate) fn profit_and_loss(query: Span) -> Result<ProfitAndLoss> {
    let own_company_id = query.own_company_id;
    let (from, to) = span(query.from, query.to.or(query.date), own_company_id)?;
    let scope = Scope {
        from: Some(from),
        to: Some(to),
        own_company_id,
        before_closing: true,
        ..Scope::default()
    };
    let sums = sums::by_account(&scope)?;
    let codes = sums.iter().map(|sum| sum.book_currency.as_str());
    let currency = Currency::of(codes, own_company_id)?;
    let accounts = super::accounts()?;
    let income = section(&sums, &accounts, AccountType::Income, &currency);
    let expense = section(&sums, &accounts, AccountType::Expense, &currency);
    let result = currency.write(income.total - expense.total);
    Ok(ProfitAndLoss { from, to, currency: currency.code, income, expense, result })
}

/// The accounts of a type, positive on the side where they usually are.
pub(crate) fn section(
    sums: &[Sum],
    accounts: &BTreeMap<Uuid, Record<Account>>,
    kind: AccountType,
    currency: &Currency,
) -> Section {
    let sign = if kind.is_debit() { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
    let mut section = Section::default();
    for sum in sums.iter().filter(|sum| sum.debit != sum.credit) {
        let Some(account) = accounts.get(&sum.account_id.uuid()) else { continue };
        if account.r#type == kind {
            section.items.push(SectionRow {
                account_id: sum.account_id,
                code: account.code.clone(),
                name: account.name.clone(),
                amount: currency.write(sign * sum.balance()),
            });
        }
    }
    section.items.sort_by(|a, b| a.code.cmp(&b.code));
    section.total = currency.write(section.items.iter().map(|row| row.amount).sum());
    section
}
