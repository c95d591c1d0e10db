//! The register of what was sold or bought in a period, document by document.

use eerp_sdk::prelude::*;

use super::{LISTED_MAX, Listed, Side, posted};
use crate::invoices::Invoice;
use crate::kinds::Kind;

/// Which documents are wanted.
#[query]
pub struct RegisterQuestion {
    /// The first day; 1 January of this year unless said.
    pub from: Option<Date>,
    /// The last day; today unless said.
    pub to: Option<Date>,
    /// Whether customers' or suppliers'.
    #[field(default = Side::Sales)]
    pub side: Side,
    /// What continues a page.
    #[field(max = 2000)]
    pub cursor: Option<String>,
}

/// What the documents of one currency amount to.
#[body]
pub struct RegisterTotal {
    /// The currency, by its code.
    pub currency: String,
    /// How many documents.
    pub documents: i32,
    /// Without taxes.
    #[field(numeric(20, 4))]
    pub net: Decimal,
    /// The taxes.
    #[field(numeric(20, 4))]
    pub tax: Decimal,
    /// Both.
    #[field(numeric(20, 4))]
    pub total: Decimal,
}

/// What was sold or bought in a period.
#[body]
pub struct Register {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The documents by date and number, a page of them.
    pub items: Vec<Listed>,
    /// What asks for the next page; nothing after the last.
    pub next_cursor: Option<String>,
    /// By the currency of the documents, of the whole period.
    pub totals: Vec<RegisterTotal>,
    /// In the currency of the books, of the whole period.
    pub books: Vec<RegisterTotal>,
}

/// A period: from the beginning of this year until today unless said.
pub(super) fn period(from: Option<Date>, to: Option<Date>) -> Result<(Date, Date)> {
    let today = now().date();
    let from = from.or_else(|| Date::new(today.year(), 1, 1)).unwrap_or(today);
    let to = to.unwrap_or_else(|| today.max(from));
    if to < from {
        return Err(Error::invalid_query("to", "before_from", "The last day comes first."));
    }
    Ok((from, to))
}

/// The posted documents of a side in a period.
pub(super) fn within(side: Side, from: Date, to: Date) -> db::Find<Invoice> {
    posted(side).gte("date", from).lte("date", to)
}

/// Show the register of sales or purchases
///
/// Every posted document of the period; credit notes are negative.
#[get("/reports/register", permission = "invoices.read")]
pub(crate) fn register(query: RegisterQuestion) -> Result<Register> {
    let (from, to) = period(query.from, query.to)?;
    let found = within(query.side, from, to);
    let mut page = found.clone().order("date, number").limit(LISTED_MAX as u32);
    if let Some(cursor) = &query.cursor {
        page = page.cursor(cursor);
    }
    let page = page.page()?;
    Ok(Register {
        from,
        to,
        items: page.items.iter().map(Listed::of).collect(),
        next_cursor: page.next_cursor,
        totals: totals(&found, "currency", "net", "tax")?,
        books: totals(&found, "book_currency", "book_net", "book_tax")?,
    })
}

/// What one kind of documents amounts to in a currency.
#[body]
struct Sum {
    kind: Kind,
    currency: Option<String>,
    documents: i32,
    #[field(numeric(20, 4))]
    net: Option<Decimal>,
    #[field(numeric(20, 4))]
    tax: Option<Decimal>,
}

fn totals(
    found: &db::Find<Invoice>,
    currency: &str,
    net: &str,
    tax: &str,
) -> Result<Vec<RegisterTotal>> {
    let sums = found.clone().aggregate().group(currency).named("currency").group("kind");
    let sums = sums.count("documents").sum("net", net).sum("tax", tax);
    Ok(added(sums.order("currency").all()?))
}

fn added(sums: Vec<Sum>) -> Vec<RegisterTotal> {
    let mut totals: Vec<RegisterTotal> = Vec::new();
    for sum in sums {
        let currency = sum.currency.unwrap_or_default();
        let place = totals.iter().position(|total| total.currency == currency);
        let place = place.unwrap_or_else(|| {
            totals.push(RegisterTotal { currency, ..RegisterTotal::default() });
            totals.len() - 1
        });
        let total = &mut totals[place];
        total.documents += sum.documents;
        total.net += sum.kind.signed(sum.net.unwrap_or_default());
        total.tax += sum.kind.signed(sum.tax.unwrap_or_default());
        total.total = total.net + total.tax;
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_back_counts_against_the_rest() {
        let sum = |kind, currency: &str, net: i64, tax: i64| Sum {
            kind,
            currency: Some(currency.into()),
            documents: 1,
            net: Some(net.into()),
            tax: Some(tax.into()),
        };
        let totals = added(vec![
            sum(Kind::Invoice, "EUR", 100, 20),
            sum(Kind::CreditNote, "EUR", 30, 6),
            sum(Kind::Invoice, "USD", 5, 0),
        ]);
        assert_eq!(totals.len(), 2);
        assert_eq!((totals[0].net, totals[0].total), (70.into(), 84.into()));
        assert_eq!((totals[0].documents, totals[1].total), (2, 5.into()));
    }
}
