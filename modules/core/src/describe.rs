//! What core tells other modules of its lists and of the own companies.

use std::collections::BTreeSet;

use eerp_core_api::{
    CompanyInfo, CompanyQuestion, CountryInfo, CurrencyCodes, CurrencyInfo, DESCRIBE_COMPANY,
    DESCRIBE_CURRENCIES, DESCRIBE_REFERENCES, ReferenceIds, References,
};
use eerp_sdk::prelude::*;

use crate::{Company, Country, Currency, settings};

/// Currencies by their codes, in the order of the codes.
#[serves(DESCRIBE_CURRENCIES)]
pub(crate) fn describe_currencies(input: CurrencyCodes) -> Result<Vec<CurrencyInfo>> {
    let known = by_code(&input.codes)?;
    let named =
        |(place, code): (usize, &String)| find(&known, code).ok_or_else(|| unknown(place, code));
    input.codes.iter().enumerate().map(named).collect()
}

/// The currencies that have one of these codes.
///
/// # Errors
/// Those of the database.
pub(crate) fn by_code(codes: &[String]) -> Result<Vec<CurrencyInfo>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let found = db::find::<Currency>().one_of("code", codes).all()?;
    Ok(found.iter().map(info).collect())
}

/// The currency with this code among those that are known.
pub(crate) fn find(known: &[CurrencyInfo], code: &str) -> Option<CurrencyInfo> {
    known.iter().find(|currency| currency.code == code).cloned()
}

fn unknown(place: usize, code: &str) -> Error {
    let message = format!("There is no currency {code}.");
    Error::invalid(&format!("codes/{place}"), "unknown_currency", message)
}

fn info(currency: &Record<Currency>) -> CurrencyInfo {
    CurrencyInfo {
        id: currency.id.uuid(),
        code: currency.code.clone(),
        symbol: currency.symbol.clone(),
        decimals: currency.decimals,
    }
}

/// Currencies and countries by their ids.
#[serves(DESCRIBE_REFERENCES)]
pub(crate) fn describe_references(input: ReferenceIds) -> Result<References> {
    let currencies = by_ids::<Currency>(input.currency_ids.iter().map(|id| id.uuid()))?;
    let countries = by_ids::<Country>(input.country_ids.iter().map(|id| id.uuid()))?;
    let country = |record: &Record<Country>| CountryInfo {
        id: record.id.uuid(),
        code: record.code.clone(),
        name: record.name.clone(),
    };
    Ok(References {
        currencies: currencies.iter().map(info).collect(),
        countries: countries.iter().map(country).collect(),
    })
}

/// The records with these ids. No ids are no question.
fn by_ids<M: eerp_sdk::model::Model>(ids: impl Iterator<Item = Uuid>) -> Result<Vec<Record<M>>> {
    let ids: BTreeSet<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    db::find::<M>().one_of("id", ids).all()
}

/// An own company, with the currency of its books.
#[serves(DESCRIBE_COMPANY)]
pub(crate) fn describe_company(input: CompanyQuestion, caller: &Caller) -> Result<CompanyInfo> {
    match company(input, caller)? {
        Some(company) => portrait(&company),
        None => Ok(CompanyInfo { currency: usual_currency()?, ..CompanyInfo::default() }),
    }
}

/// The company that is meant: the one that was said, or the one that the caller acts
/// in, or the only one there is.
fn company(input: CompanyQuestion, caller: &Caller) -> Result<Option<Record<Company>>> {
    if let Some(id) = input.company_id {
        return db::get(Ref::new(id.uuid())).map(Some).map_err(|error| {
            let message = "There is no such company.";
            if error.is("not_found") {
                Error::invalid("company_id", "unknown_company", message)
            } else {
                error
            }
        });
    }
    if let Some(id) = acting_in(caller) {
        return db::find::<Company>().eq("id", id).first();
    }
    let mut all = db::find::<Company>().limit(2).all()?;
    Ok(all.pop().filter(|_| all.is_empty()))
}

/// The own company that the caller acts in.
pub(crate) fn acting_in(caller: &Caller) -> Option<Uuid> {
    caller.identity.as_ref()?.company_id.as_deref()?.parse().ok()
}

fn portrait(company: &Record<Company>) -> Result<CompanyInfo> {
    let currency = match company.currency_id {
        Some(id) => info(&db::get(id)?),
        None => usual_currency()?,
    };
    let country = company.country_id.map(db::get).transpose()?;
    Ok(CompanyInfo {
        company_id: Some(Ref::new(company.id.uuid())),
        name: company.legal_name.clone().unwrap_or_else(|| company.name.clone()),
        tax_id: company.tax_id.clone(),
        address: company.address_lines(country.as_ref().map(|country| country.name.as_str())),
        phone: company.phone.clone(),
        email: company.email.clone(),
        website: company.website.clone(),
        currency,
    })
}

/// The currency of books of which nothing else is said.
fn usual_currency() -> Result<CurrencyInfo> {
    let code = settings::currency()?;
    let found = db::find::<Currency>().eq("code", &code).first()?;
    let message = || format!("The currency {code} of the settings is not among the currencies.");
    found.as_ref().map(info).ok_or_else(|| Error::conflict("unknown_currency", message()))
}
