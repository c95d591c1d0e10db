//! Whose books are meant, and the currency that they are kept in.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::OwnCompany;
use eerp_core_api::{
    CompanyQuestion, CurrencyCodes, CurrencyInfo, DESCRIBE_COMPANY, DESCRIBE_CURRENCIES,
};
use eerp_money::DECIMALS_MAX;
use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;
use eerp_sdk::request::Identity;

/// The books of one own company, or those of a house that has none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Books {
    /// The company whose accounts and journals they may use.
    pub(crate) company_id: Option<Ref<OwnCompany>>,
    /// The company whose accounts and journals they use where none is named.
    pub(crate) owner: Option<Ref<OwnCompany>>,
    /// The currency, by its code.
    pub(crate) currency: String,
    /// Digits after the point that amounts of it have.
    pub(crate) decimals: u32,
}

impl Books {
    /// Those of the company, or of the one that the caller acts in.
    ///
    /// # Errors
    /// 422 when there is no such company, or its currency has too many digits.
    pub(crate) fn of(company_id: Option<Ref<OwnCompany>>) -> Result<Self> {
        let question = CompanyQuestion { company_id: company_id.map(foreign) };
        let company = DESCRIBE_COMPANY.call(&question).map_err(own_company)?;
        let decimals = decimals(&company.currency)?;
        let told = company.company_id.map(|id| Ref::new(id.uuid()));
        let company_id = company_id.or(told);
        let currency = company.currency.code;
        Ok(Self { company_id, owner: company_id, currency, decimals })
    }

    /// Those of what is of that company, or of none whichever the caller acts in.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub(crate) fn exactly(owner: Option<Ref<OwnCompany>>) -> Result<Self> {
        Ok(Self { owner, ..Self::of(owner)? })
    }

    /// Whether these books have what belongs to that company, or to all.
    pub(crate) fn have(&self, owner: Option<Ref<OwnCompany>>) -> bool {
        owner.is_none() || owner == self.company_id
    }

    /// Records of these books, and those that belong to all.
    pub(crate) fn shared_with(&self) -> Condition {
        of_company(self.company_id)
    }
}

/// Records of a company, and those that belong to all.
pub(crate) fn of_company(id: Option<Ref<OwnCompany>>) -> Condition {
    let shared = Condition::is_null("own_company_id");
    match id {
        Some(id) => Condition::any([Condition::eq("own_company_id", id), shared]),
        None => shared,
    }
}

/// The company that the caller acts in, which is the one that the core puts in where none
/// is said.
pub(crate) fn acting_in(identity: Option<&Identity>) -> Option<Ref<OwnCompany>> {
    identity?.company_id.as_ref()?.parse().ok()
}

/// A new record of exactly the company that it has, or of none.
pub(crate) fn as_said<M: Model>(model: M) -> Record<M> {
    Record::from(model).saying("own_company_id")
}

/// Digits after the point by the codes of currencies: of all these, and of the books'.
///
/// # Errors
/// 422 `unknown_currency` when one is none.
pub(crate) fn digits(books: &Books, codes: BTreeSet<&str>) -> Result<BTreeMap<String, u32>> {
    let mut digits = BTreeMap::from([(books.currency.clone(), books.decimals)]);
    let others = codes.into_iter().filter(|code| *code != books.currency);
    let codes: Vec<String> = others.map(str::to_owned).collect();
    if !codes.is_empty() {
        for currency in DESCRIBE_CURRENCIES.call(&CurrencyCodes { codes })? {
            digits.insert(currency.code.clone(), decimals(&currency)?);
        }
    }
    Ok(digits)
}

/// Digits after the point of a currency that the books can keep.
///
/// # Errors
/// 422 when it has more than they do.
pub(crate) fn decimals(currency: &CurrencyInfo) -> Result<u32> {
    let decimals = u32::try_from(currency.decimals).unwrap_or_default();
    if decimals <= DECIMALS_MAX {
        return Ok(decimals);
    }
    let message =
        format!("{} has {decimals} decimals, and the books keep {DECIMALS_MAX}.", currency.code);
    Err(Error::invalid("currency", "too_many_decimals", message))
}

/// What is called otherwise here than where it was asked.
fn own_company(mut error: Error) -> Error {
    for fault in &mut error.errors {
        if fault.pointer == "/company_id" {
            fault.pointer = "/own_company_id".into();
        }
    }
    error
}

fn foreign(id: Ref<OwnCompany>) -> Ref<eerp_core_api::OwnCompany> {
    Ref::new(id.uuid())
}
