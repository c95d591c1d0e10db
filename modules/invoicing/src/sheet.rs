//! What is printed of a document: words and figures, ready to be laid out.

use eerp_core_api::{CurrencyCodes, DESCRIBE_CURRENCIES};
use eerp_sdk::prelude::*;

use crate::figures;
use crate::invoices::{Invoice, Line};
use crate::kinds::Kind;
use crate::parties::{self, Party};
use crate::settings;

/// What stands beside each other: what it is called, and what it is.
#[body]
pub(crate) struct Fact {
    label: String,
    value: String,
}

/// A printed line.
#[body]
pub(crate) struct Row {
    description: String,
    quantity: String,
    unit: String,
    price: String,
    discount: String,
    tax: String,
    amount: String,
}

/// A printed tax.
#[body]
pub(crate) struct TaxRow {
    name: String,
    base: String,
    amount: String,
}

/// All that is printed.
#[body]
pub(crate) struct Sheet {
    title: String,
    draft: bool,
    number: String,
    issuer: Party,
    party: Party,
    facts: Vec<Fact>,
    currency: String,
    rows: Vec<Row>,
    discounted: bool,
    taxed: bool,
    taxes: Vec<TaxRow>,
    net: String,
    total: String,
    total_label: String,
    instalments: Vec<Fact>,
    terms: String,
    remarks: String,
    payment_note: String,
    footer: String,
}

impl Sheet {
    pub(crate) fn of(invoice: &Whole<Invoice>) -> Result<Self> {
        let (head, decimals) = (&invoice.head, decimals_of(invoice.head.currency())?);
        let money = |amount| figures::money(amount, decimals);
        let settings = settings::current()?;
        let sale = head.kind == Kind::Invoice;
        Ok(Self {
            title: head.kind.title().into(),
            draft: !head.state.is_posted(),
            number: head.number.clone().unwrap_or_default(),
            issuer: issuer_of(head)?,
            party: party_of(head)?,
            facts: facts(head)?,
            currency: head.currency().into(),
            rows: invoice.lines.iter().map(|line| row(head, line, decimals)).collect(),
            discounted: invoice.lines.iter().any(|line| !line.discount.is_zero()),
            taxed: !head.taxes.is_empty(),
            taxes: taxes(head, decimals),
            net: money(head.net),
            total: money(head.total),
            total_label: if head.kind.is_credit() { "Credited" } else { "To be paid" }.into(),
            instalments: instalments(head, decimals),
            terms: terms_of(head)?,
            remarks: head.remarks.clone().unwrap_or_default(),
            payment_note: settings.payment_note.filter(|_| sale).unwrap_or_default(),
            footer: settings.footer.unwrap_or_default(),
        })
    }
}

fn decimals_of(currency: &str) -> Result<u32> {
    let question = CurrencyCodes { codes: vec![currency.into()] };
    let found = DESCRIBE_CURRENCIES.call(&question)?;
    Ok(found.first().and_then(|found| u32::try_from(found.decimals).ok()).unwrap_or(2))
}

/// The own company: as it was when the document was posted, or as it is.
fn issuer_of(invoice: &Invoice) -> Result<Party> {
    match &invoice.issuer {
        Some(issuer) => Ok(issuer.clone()),
        None => parties::own_side(invoice),
    }
}

fn party_of(invoice: &Invoice) -> Result<Party> {
    match &invoice.party {
        Some(party) => Ok(party.clone()),
        None => Ok(parties::as_printed(parties::other_side(invoice)?)),
    }
}

fn facts(invoice: &Invoice) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let mut say = |label: &str, value: Option<String>| {
        facts.extend(value.map(|value| Fact { label: label.into(), value }));
    };
    say("Number", invoice.number.clone());
    say("Date", invoice.date.map(figures::day));
    say("Due", invoice.due_on.filter(|_| !invoice.kind.is_credit()).map(figures::day));
    let reference = if invoice.kind.is_sale() { "Your reference" } else { "Supplier’s number" };
    say(reference, invoice.reference.clone());
    say("For", original_number(invoice)?);
    Ok(facts)
}

/// The number of the document that a credit note takes back.
fn original_number(invoice: &Invoice) -> Result<Option<String>> {
    let Some(id) = invoice.credited_id else { return Ok(None) };
    Ok(db::get(id)?.number.clone())
}

fn row(invoice: &Invoice, line: &Line, decimals: u32) -> Row {
    let discount = if line.discount.is_zero() {
        String::new()
    } else {
        format!("{} %", figures::number(line.discount))
    };
    Row {
        description: line.description.clone().unwrap_or_default(),
        quantity: figures::number(line.quantity),
        unit: line.unit.clone().unwrap_or_default(),
        price: figures::price(line.price(), decimals),
        discount,
        tax: tax_names(invoice, line),
        amount: figures::money(line.net, decimals),
    }
}

/// What the taxes of a line are called; those of a group are in the summary.
fn tax_names(invoice: &Invoice, line: &Line) -> String {
    let names = invoice.taxes.iter().filter(|tax| line.tax_ids.contains(&tax.tax_id));
    names.map(|tax| tax.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn taxes(invoice: &Invoice, decimals: u32) -> Vec<TaxRow> {
    let row = |tax: &eerp_accounting_api::TaxTotal| TaxRow {
        name: tax.name.clone(),
        base: figures::money(tax.base, decimals),
        amount: figures::money(tax.amount, decimals),
    };
    invoice.taxes.iter().map(row).collect()
}

/// What has to be paid by when, where it is not all at once.
fn instalments(invoice: &Invoice, decimals: u32) -> Vec<Fact> {
    if invoice.instalments.len() < 2 || invoice.kind.is_credit() {
        return Vec::new();
    }
    let fact = |part: &crate::due::Instalment| Fact {
        label: figures::day(part.due_on),
        value: figures::money(part.amount, decimals),
    };
    invoice.instalments.iter().map(fact).collect()
}

fn terms_of(invoice: &Invoice) -> Result<String> {
    let Some(id) = invoice.term_id else { return Ok(String::new()) };
    Ok(db::get(id)?.text.clone().unwrap_or_default())
}
