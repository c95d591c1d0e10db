//! What is open, and how late it is.

use std::collections::BTreeMap;

use eerp_crm_api::Company;
use eerp_sdk::prelude::*;

use super::{LISTED_MAX, Listed, READ_MAX, Side, posted};
use crate::due::{self, Age, Instalment};
use crate::invoices::Invoice;

/// Which open documents are wanted.
#[query]
pub struct OpenQuestion {
    /// The day on which it is asked how late they are; today unless said.
    pub date: Option<Date>,
    /// Whether customers' or suppliers'.
    #[field(default = Side::Sales)]
    pub side: Side,
    /// Those of this customer or supplier alone.
    pub company_id: Option<Ref<Company>>,
}

/// An amount by how late it is.
#[body]
pub struct Ageing {
    /// Not late.
    #[field(numeric(20, 4), default)]
    pub not_due: Decimal,
    /// Up to 30 days late.
    #[field(numeric(20, 4), default)]
    pub days_30: Decimal,
    /// 31 to 60 days late.
    #[field(numeric(20, 4), default)]
    pub days_60: Decimal,
    /// 61 to 90 days late.
    #[field(numeric(20, 4), default)]
    pub days_90: Decimal,
    /// More than 90 days late.
    #[field(numeric(20, 4), default)]
    pub older: Decimal,
    /// All of it.
    #[field(numeric(20, 4), default)]
    pub total: Decimal,
}

impl Ageing {
    pub(super) fn add(&mut self, age: Age, amount: Decimal) {
        let part = match age {
            Age::NotDue => &mut self.not_due,
            Age::Days30 => &mut self.days_30,
            Age::Days60 => &mut self.days_60,
            Age::Days90 => &mut self.days_90,
            Age::Older => &mut self.older,
        };
        *part += amount;
        self.total += amount;
    }
}

/// An open document.
#[body]
pub struct OpenDocument {
    /// The document.
    pub document: Listed,
    /// What is open of it, by how late its instalments are.
    pub open: Ageing,
    /// How many days the first open instalment is late; none when it is not.
    pub days_late: i32,
}

/// What is open in one currency.
#[body]
pub struct OpenTotal {
    /// The currency, by its code.
    pub currency: String,
    /// How many documents.
    pub documents: i32,
    /// What is open of them.
    pub open: Ageing,
}

/// What is open.
#[body]
pub struct OpenReport {
    /// The day on which it was asked how late it is.
    pub date: Date,
    /// The documents, the first due first; at most 1,000.
    pub items: Vec<OpenDocument>,
    /// By currencies, of all documents.
    pub totals: Vec<OpenTotal>,
}

/// What is open of a document on this day. What gives back is due at once: it is there
/// to be used.
pub(super) fn ageing(instalments: &[Instalment], residual: Decimal, today: Date) -> Ageing {
    let mut ageing = Ageing::default();
    for part in due::open(instalments, residual) {
        ageing.add(Age::of(part.due_on, today), part.amount);
    }
    ageing
}

/// Show what is open, and how late it is
///
/// Credit notes count against the rest: their amounts are negative, and not late.
#[get("/reports/open", permission = "invoices.read")]
pub(crate) fn open(query: OpenQuestion) -> Result<OpenReport> {
    let today = query.date.unwrap_or_else(|| now().date());
    let mut found = posted(query.side).gt("residual", Decimal::ZERO).order("due_on, number");
    if let Some(company) = query.company_id {
        found = found.eq("company_id", company.uuid());
    }
    if found.clone().count()? > READ_MAX {
        let message = "More documents are open than one report reads: ask company by company.";
        return Err(Error::conflict("too_many_open", message));
    }
    let mut items: Vec<OpenDocument> =
        found.all()?.iter().map(|invoice| of_document(invoice, today)).collect();
    let totals = totals(&items);
    items.truncate(LISTED_MAX);
    Ok(OpenReport { date: today, items, totals })
}

pub(super) fn of_document(invoice: &Record<Invoice>, today: Date) -> OpenDocument {
    let document = Listed::of(invoice);
    if invoice.kind.is_credit() {
        let mut open = Ageing::default();
        open.add(Age::NotDue, document.residual);
        return OpenDocument { document, open, days_late: 0 };
    }
    let first = due::open(&invoice.instalments, invoice.residual).first().map(|one| one.due_on);
    let late = first.map_or(0, |due_on| today.days() - due_on.days());
    let open = ageing(&invoice.instalments, invoice.residual, today);
    OpenDocument { document, open, days_late: i32::try_from(late).unwrap_or(i32::MAX).max(0) }
}

/// What is open by currencies.
pub(super) fn totals(items: &[OpenDocument]) -> Vec<OpenTotal> {
    let mut totals: BTreeMap<&str, OpenTotal> = BTreeMap::new();
    for item in items {
        let currency = item.document.currency.as_deref().unwrap_or_default();
        let total = totals
            .entry(currency)
            .or_insert_with(|| OpenTotal { currency: currency.into(), ..OpenTotal::default() });
        total.documents += 1;
        for (age, amount) in [
            (Age::NotDue, item.open.not_due),
            (Age::Days30, item.open.days_30),
            (Age::Days60, item.open.days_60),
            (Age::Days90, item.open.days_90),
            (Age::Older, item.open.older),
        ] {
            total.open.add(age, amount);
        }
    }
    totals.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Date {
        Date::from_days(20_000 + number).expect("a day")
    }

    #[test]
    fn each_instalment_is_as_late_as_it_is() {
        let of = |due, amount: i64| Instalment { due_on: day(due), amount: amount.into() };
        let plan = [of(0, 50), of(30, 30), of(60, 20)];
        let ageing = ageing(&plan, 70.into(), day(45));
        assert_eq!(ageing.days_60, 20.into());
        assert_eq!(ageing.days_30, 30.into());
        assert_eq!(ageing.not_due, 20.into());
        assert_eq!(ageing.total, 70.into());
    }
}
