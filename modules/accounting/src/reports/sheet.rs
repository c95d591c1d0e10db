//! The balance sheet.

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use super::{Currency, Scope, sums};
use crate::AccountType;
use crate::reports::result::{Section, section};

/// As of which day.
#[query]
pub(crate) struct AsOf {
    /// The day up to which entries count; today unless said.
    pub date: Option<Date>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// What is had, owed and owned.
#[body]
pub(crate) struct BalanceSheet {
    /// The day.
    pub date: Date,
    /// The currency of the books, by its code.
    pub currency: String,
    /// What is had.
    pub assets: Section,
    /// What is owed.
    pub liabilities: Section,
    /// What belongs to the owners; the total has the result in it.
    pub equity: Section,
    /// The profit of years that are not closed yet; a loss is negative.
    #[field(numeric(24, 4))]
    pub result: Decimal,
    /// Liabilities and equity together: as much as the assets.
    #[field(numeric(24, 4))]
    pub liabilities_and_equity: Decimal,
}

/// The balance sheet as of a day
///
/// The result of years that are not closed yet counts as equity.
#[get("/reports/balance-sheet")]
pub(crate) fn balance_sheet(query: AsOf) -> Result<BalanceSheet> {
    let date = query.date.unwrap_or_else(|| now().date());
    let own_company_id = query.own_company_id;
    let scope = Scope { to: Some(date), own_company_id, ..Scope::default() };
    let sums = sums::by_account(&scope)?;
    let codes = sums.iter().map(|sum| sum.book_currency.as_str());
    let currency = Currency::of(codes, own_company_id)?;
    let accounts = super::accounts()?;
    let of = |kind| section(&sums, &accounts, kind, &currency);
    let (assets, liabilities) = (of(AccountType::Asset), of(AccountType::Liability));
    let mut equity = of(AccountType::Equity);
    let result = of(AccountType::Income).total - of(AccountType::Expense).total;
    equity.total = currency.write(equity.total + result);
    let liabilities_and_equity = currency.write(liabilities.total + equity.total);
    Ok(BalanceSheet {
        date,
        currency: currency.code,
        assets,
        liabilities,
        equity,
        result,
        liabilities_and_equity,
    })
}
