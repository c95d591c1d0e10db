//! What the CRM does for other modules.

use std::collections::{BTreeSet, HashMap};

use eerp_crm_api::{
    CompanyIds, CompanyInfo, DESCRIBE_COMPANIES, FIND_OR_CREATE_CONTACT, FoundContact, Person,
};
use eerp_sdk::prelude::*;

use crate::names::Names;
use crate::{Address, Company, Contact};

/// The contact of a person, found by the address as it is written or in small letters.
/// One that was merged into another is passed over.
#[serves(FIND_OR_CREATE_CONTACT)]
pub(crate) fn find_or_create_contact(input: Person) -> Result<FoundContact> {
    let spellings = [input.email.clone(), input.email.to_lowercase()];
    let known = db::find::<Contact>().one_of("email", spellings).is_null("merged_into_id");
    let mut known = known.limit(2).all()?;
    if known.len() > 1 {
        let message = format!("Several contacts have the address {}.", input.email);
        return Err(Error::conflict("ambiguous", message));
    }
    let (contact, created) = match known.pop() {
        Some(contact) => (contact, false),
        None => (create(input)?, true),
    };
    Ok(FoundContact {
        contact_id: Ref::new(contact.id.uuid()),
        company_id: contact.company_id.map(|id| Ref::new(id.uuid())),
        created,
    })
}

fn create(person: Person) -> Result<Record<Contact>> {
    let Person { email, first_name, last_name, phone } = person;
    db::create(&Contact { email: Some(email), first_name, last_name, phone, ..Contact::default() })
}

/// Companies as documents name them, in the order of their ids.
#[serves(DESCRIBE_COMPANIES)]
pub(crate) fn describe_companies(input: CompanyIds) -> Result<Vec<CompanyInfo>> {
    let asked: Vec<Uuid> = input.company_ids.iter().map(|id| id.uuid()).collect();
    let mut known = companies(asked.iter().copied())?;
    let survivors: Vec<Uuid> = known.values().filter_map(survivor).collect();
    known.extend(companies(survivors)?);
    let shown = asked.iter().enumerate().map(|(place, id)| {
        let found = known.get(id).ok_or_else(|| unknown(place))?;
        Ok(survivor(found).and_then(|id| known.get(&id)).unwrap_or(found))
    });
    portraits(&shown.collect::<Result<Vec<_>>>()?)
}

fn survivor(company: &Record<Company>) -> Option<Uuid> {
    company.merged_into_id.map(|id| id.uuid())
}

fn unknown(place: usize) -> Error {
    let message = "There is no such company.";
    Error::invalid(&format!("company_ids/{place}"), "unknown_company", message)
}

fn companies(ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, Record<Company>>> {
    let ids: BTreeSet<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = db::find::<Company>().one_of("id", ids).all()?;
    Ok(found.into_iter().map(|company| (company.id.uuid(), company)).collect())
}

fn portraits(companies: &[&Record<Company>]) -> Result<Vec<CompanyInfo>> {
    let addresses = billing_addresses(companies)?;
    let currencies = companies.iter().filter_map(|company| company.currency_id);
    let countries = addresses.values().filter_map(|address| address.country_id);
    let names = Names::of(currencies.map(|id| id.uuid()), countries.map(|id| id.uuid()))?;
    let portrait = |company: &&Record<Company>| CompanyInfo {
        company_id: Ref::new(company.id.uuid()),
        name: company.name.clone(),
        reference: company.reference.clone(),
        tax_id: company.tax_id.clone(),
        email: company.email.clone(),
        billing_address: addresses.get(&company.id.uuid()).map_or_else(Vec::new, |address| {
            address.lines(names.country(address.country_id.map(|id| id.uuid())))
        }),
        currency: names.currency(company.currency_id.map(|id| id.uuid())),
    };
    Ok(companies.iter().map(portrait).collect())
}

/// The first address of each company in the usual order, in which those that invoices
/// go to come first.
fn billing_addresses(companies: &[&Record<Company>]) -> Result<HashMap<Uuid, Record<Address>>> {
    let ids: BTreeSet<Uuid> = companies.iter().map(|company| company.id.uuid()).collect();
    let mut first = HashMap::new();
    if ids.is_empty() {
        return Ok(first);
    }
    for address in db::find::<Address>().one_of("company_id", ids).all()? {
        if let Some(company) = address.company_id {
            first.entry(company.uuid()).or_insert(address);
        }
    }
    Ok(first)
}
