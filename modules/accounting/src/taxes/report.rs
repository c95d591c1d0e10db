//! What taxes came to in a time, as the authorities ask.

use std::collections::BTreeMap;

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use super::Tax;
use crate::reports::{Currency, Scope, span};

/// The taxes that are told of at most.
const TAXES_MAX: u32 = 1000;

/// Which time is meant.
#[query]
pub(crate) struct TaxTime {
    /// The first day; that of the fiscal year unless said.
    pub(crate) from: Option<Date>,
    /// The last day; today unless said.
    pub(crate) to: Option<Date>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub(crate) own_company_id: Option<Ref<OwnCompany>>,
}

/// What a tax came to.
#[body]
pub(crate) struct TaxSum {
    /// The tax.
    pub(crate) tax_id: Ref<Tax>,
    /// What it is called.
    pub(crate) name: String,
    /// What it was computed on.
    #[field(numeric(24, 4))]
    pub(crate) base: Decimal,
    /// What was posted on the right: owed to the authorities.
    #[field(numeric(24, 4))]
    pub(crate) credit: Decimal,
    /// What was posted on the left: to be had back.
    #[field(numeric(24, 4))]
    pub(crate) debit: Decimal,
    /// What is owed by it; what is to be had back is negative.
    #[field(numeric(24, 4))]
    pub(crate) owed: Decimal,
}

/// What taxes came to.
#[body]
pub(crate) struct TaxReport {
    /// The first day.
    pub(crate) from: Date,
    /// The last day.
    pub(crate) to: Date,
    /// The currency of the books, by its code.
    pub(crate) currency: String,
    /// Each tax.
    pub(crate) items: Vec<TaxSum>,
    /// What is owed by all of them; what is to be had back is negative.
    #[field(numeric(24, 4))]
    pub(crate) owed: Decimal,
}

/// The lines of a tax together.
#[body]
pub(crate) struct TaxLines {
    /// The tax.
    pub(crate) tax_id: Uuid,
    /// The currency of the books.
    pub(crate) book_currency: String,
    /// What it was computed on.
    #[field(numeric(24, 4))]
    pub(crate) base: Option<Decimal>,
    /// The left side.
    #[field(numeric(24, 4))]
    pub(crate) debit: Option<Decimal>,
    /// The right side.
    #[field(numeric(24, 4))]
    pub(crate) credit: Option<Decimal>,
}

/// What taxes came to in a time
///
/// From the lines that are amounts of taxes. What was taken back counts against it.
#[get("/reports/tax", permission = "reports.read")]
pub(crate) fn tax_report(query: TaxTime) -> Result<TaxReport> {
    let own_company_id = query.own_company_id;
    let (from, to) = span(query.from, query.to, own_company_id)?;
    let scope = Scope { from: Some(from), to: Some(to), own_company_id, ..Scope::default() };
    let lines = scope.lines().not_null("tax_id").aggregate().group("tax_id").group("book_currency");
    let lines = lines.sum("base", "tax_base").sum("debit", "debit").sum("credit", "credit");
    let lines: Vec<TaxLines> = lines.limit(TAXES_MAX).all()?;
    let codes = lines.iter().map(|one| one.book_currency.as_str());
    let currency = Currency::of(codes, own_company_id)?;
    let items = named(lines, &currency)?;
    let owed = items.iter().map(|item| item.owed).sum();
    Ok(TaxReport { from, to, owed: currency.write(owed), currency: currency.code, items })
}

/// In the order of the taxes. Deleted ones have a name as well.
fn named(lines: Vec<TaxLines>, currency: &Currency) -> Result<Vec<TaxSum>> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let taxes = db::find::<Tax>().with_deleted().one_of("id", lines.iter().map(|one| one.tax_id));
    let mut lines: BTreeMap<Uuid, TaxLines> =
        lines.into_iter().map(|one| (one.tax_id, one)).collect();
    let sum = |tax: Record<Tax>| {
        let of = lines.remove(&tax.id.uuid())?;
        let [base, debit, credit] =
            [of.base, of.debit, of.credit].map(|sum| currency.write(sum.unwrap_or_default()));
        Some(TaxSum {
            tax_id: tax.id,
            name: tax.name.clone(),
            base,
            credit,
            debit,
            owed: credit - debit,
        })
    };
    Ok(taxes.limit(TAXES_MAX).all()?.into_iter().filter_map(sum).collect())
}
