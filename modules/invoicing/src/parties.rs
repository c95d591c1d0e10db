//! The two sides of a document as they stand on it, and what happens when customers or
//! suppliers are merged.

use std::collections::HashSet;

use eerp_accounting_api::{MOVE_PARTY, PartyMove};
use eerp_core_api::{CompanyQuestion, DESCRIBE_COMPANY};
use eerp_crm_api::{
    COMPANIES_MERGED, CompaniesMerged, Company, CompanyIds, CompanyInfo, DESCRIBE_COMPANIES,
};
use eerp_sdk::prelude::*;

use crate::invoices::Invoice;
use crate::kinds::Kind;
use crate::payments::Payment;

/// How many records are changed at once.
const BULK_MAX: u32 = 1000;

/// One side of a document, as it stands on it.
#[body]
pub struct Party {
    /// What it is called; nothing of an own company that nobody has named yet.
    #[field(min = 0, max = 200)]
    pub name: String,
    /// The number under which it pays taxes.
    #[field(max = 100)]
    pub tax_id: Option<String>,
    /// The lines of its postal address.
    #[field(default, max = 20)]
    pub address: Vec<String>,
    /// E-mail address.
    #[field(max = 254)]
    pub email: Option<String>,
    /// Telephone number.
    #[field(max = 50)]
    pub phone: Option<String>,
    /// Web address.
    #[field(max = 500)]
    pub website: Option<String>,
}

/// The customer or supplier of a document.
pub(crate) fn other_side(invoice: &Invoice) -> Result<CompanyInfo> {
    let question = CompanyIds { company_ids: vec![invoice.company_id] };
    DESCRIBE_COMPANIES
        .call(&question)?
        .pop()
        .ok_or_else(|| Error::invalid("company_id", "unknown_company", "There is no such company."))
}

/// The own company of a document.
pub(crate) fn own_side(invoice: &Invoice) -> Result<Party> {
    let question = CompanyQuestion { company_id: invoice.own_company_id };
    let own = DESCRIBE_COMPANY.call(&question)?;
    Ok(Party {
        name: own.name,
        tax_id: own.tax_id,
        address: own.address,
        email: own.email,
        phone: own.phone,
        website: own.website,
    })
}

/// A customer or supplier as it stands on a document.
pub(crate) fn as_printed(company: CompanyInfo) -> Party {
    let CompanyInfo { name, tax_id, email, billing_address: address, .. } = company;
    Party { name, tax_id, address, email, ..Party::default() }
}

/// Hands the documents and payments of a company that was merged to the one that stays,
/// here and in the ledger. What stands on posted documents is not touched by that.
#[event(COMPANIES_MERGED)]
pub(crate) fn on_merged(event: Event<CompaniesMerged>) -> Result<()> {
    let CompaniesMerged { company_id, name, merged_id } = event.data;
    hand_documents(merged_id, company_id)?;
    hand_payments(merged_id, company_id)?;
    MOVE_PARTY.call(&PartyMove { from: merged_id.uuid(), to: company_id.uuid(), name })
}

fn hand_documents(from: Ref<Company>, to: Ref<Company>) -> Result<()> {
    loop {
        let found = db::find::<Invoice>().eq("company_id", from.uuid()).limit(BULK_MAX);
        let mut invoices = found.all()?;
        let taken = taken(&invoices, to)?;
        for invoice in &mut invoices {
            invoice.company_id = to;
            // Both were the same bill, or two with one number: people have to look.
            let number = (invoice.kind, invoice.supplier_number.clone());
            if taken.contains(&number) {
                invoice.supplier_number = None;
            }
        }
        db::update_all(&invoices)?;
        if invoices.len() < BULK_MAX as usize {
            return Ok(());
        }
    }
}

/// The numbers of these bills that are there already of the supplier who stays.
fn taken(
    invoices: &[Record<Invoice>],
    supplier: Ref<Company>,
) -> Result<HashSet<(Kind, Option<String>)>> {
    let numbers: Vec<&str> =
        invoices.iter().filter_map(|invoice| invoice.supplier_number.as_deref()).collect();
    if numbers.is_empty() {
        return Ok(HashSet::new());
    }
    let theirs = db::find::<Invoice>()
        .eq("company_id", supplier.uuid())
        .one_of("supplier_number", numbers)
        .all()?;
    Ok(theirs.iter().map(|one| (one.kind, one.supplier_number.clone())).collect())
}

fn hand_payments(from: Ref<Company>, to: Ref<Company>) -> Result<()> {
    loop {
        let found = db::find::<Payment>().eq("company_id", from.uuid()).limit(BULK_MAX);
        let mut payments = found.all()?;
        for payment in &mut payments {
            payment.company_id = to;
        }
        db::update_all(&payments)?;
        if payments.len() < BULK_MAX as usize {
            return Ok(());
        }
    }
}
