//! What was sold, by whom it was sold to, by what it was, or by month.

use eerp_sdk::prelude::*;

use super::register::{period, within};
use super::{LISTED_MAX, Side};
use crate::invoices::{Invoice, Line};
use crate::kinds::{Kind, State};

/// What revenue is told by.
#[choice]
pub enum By {
    /// The customers.
    Customer,
    /// The items.
    Item,
    /// The months.
    Month,
}

/// Which revenue is wanted.
#[query]
pub struct RevenueQuestion {
    /// The first day; 1 January of this year unless said.
    pub from: Option<Date>,
    /// The last day; today unless said.
    pub to: Option<Date>,
    /// What it is told by.
    #[field(default = By::Customer)]
    pub by: By,
}

/// What one of them brought.
#[body]
pub struct Revenue {
    /// The customer.
    pub company_id: Option<Uuid>,
    /// The item; nothing of lines without one.
    pub item_id: Option<Uuid>,
    /// The first day of the month.
    pub month: Option<Date>,
    /// What it is called.
    pub name: Option<String>,
    /// How many, of an item.
    #[field(numeric(20, 4))]
    pub quantity: Option<Decimal>,
    /// The currency: that of the books, of items that of the documents.
    pub currency: Option<String>,
    /// Without taxes, less what was taken back.
    #[field(numeric(20, 4))]
    pub net: Decimal,
}

/// What was sold in a period.
#[body]
pub struct RevenueReport {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What each brought, the most first; months in their order. At most 1,000.
    pub items: Vec<Revenue>,
}

/// Show what was sold, by customer, item or month
#[get("/reports/revenue", permission = "invoices.read")]
pub(crate) fn revenue(query: RevenueQuestion) -> Result<RevenueReport> {
    let (from, to) = period(query.from, query.to)?;
    let found = within(Side::Sales, from, to);
    let mut items = match query.by {
        By::Customer => by_customer(&found)?,
        By::Item => by_item(from, to)?,
        By::Month => by_month(&found)?,
    };
    match query.by {
        By::Month => items.sort_by_key(|one| one.month),
        _ => items.sort_by_key(|one| std::cmp::Reverse(one.net)),
    }
    items.truncate(LISTED_MAX);
    Ok(RevenueReport { from, to, items })
}

/// A group as the database adds it up.
#[body]
struct Group {
    kind: Option<Kind>,
    company_id: Option<Uuid>,
    item_id: Option<Uuid>,
    month: Option<Date>,
    name: Option<String>,
    currency: Option<String>,
    #[field(numeric(20, 4))]
    quantity: Option<Decimal>,
    #[field(numeric(20, 4))]
    net: Option<Decimal>,
}

fn by_customer(found: &db::Find<Invoice>) -> Result<Vec<Revenue>> {
    let groups = found.clone().aggregate().group("kind").group("company_id");
    let groups = groups.group("book_currency").named("currency");
    Ok(added(groups.max("name", "party_name").sum("net", "book_net").all()?))
}

fn by_month(found: &db::Find<Invoice>) -> Result<Vec<Revenue>> {
    let groups = found.clone().aggregate().group("kind").by("date", db::Bucket::Month);
    let groups = groups.group("book_currency").named("currency");
    Ok(added(groups.sum("net", "book_net").all()?))
}

fn by_item(from: Date, to: Date) -> Result<Vec<Revenue>> {
    let mut groups = Vec::new();
    for kind in Side::Sales.kinds() {
        let found = db::find::<Line>()
            .eq("invoice.kind", kind.word())
            .neq("invoice.state", State::Draft.word())
            .gte("invoice.date", from)
            .lte("invoice.date", to);
        let sums = found.aggregate().group("item_id").group("currency");
        let sums = sums.max("name", "description").sum("quantity", "quantity").sum("net", "net");
        let of_kind = sums.all::<Group>()?;
        groups.extend(of_kind.into_iter().map(|group| Group { kind: Some(kind), ..group }));
    }
    Ok(added(groups))
}

/// The groups with what was taken back counted against the rest.
fn added(groups: Vec<Group>) -> Vec<Revenue> {
    let mut all: Vec<Revenue> = Vec::new();
    for group in groups {
        let kind = group.kind.unwrap_or_default();
        let place = all.iter().position(|one| {
            (one.company_id, one.item_id, one.month, &one.currency)
                == (group.company_id, group.item_id, group.month, &group.currency)
        });
        let place = place.unwrap_or_else(|| {
            all.push(Revenue {
                company_id: group.company_id,
                item_id: group.item_id,
                month: group.month,
                currency: group.currency.clone(),
                ..Revenue::default()
            });
            all.len() - 1
        });
        let one = &mut all[place];
        one.net += kind.signed(group.net.unwrap_or_default());
        let quantity = group.quantity.map(|quantity| kind.signed(quantity));
        one.quantity = one.quantity.or(quantity.map(|_| Decimal::ZERO));
        one.quantity = one.quantity.map(|sum| sum + quantity.unwrap_or_default());
        one.name = one.name.take().or(group.name);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_was_not_sold() {
        let group = |kind, net: i64, quantity: i64| Group {
            kind: Some(kind),
            name: Some("Tea".into()),
            net: Some(net.into()),
            quantity: Some(quantity.into()),
            ..Group::default()
        };
        let all = added(vec![group(Kind::Invoice, 100, 10), group(Kind::CreditNote, 30, 3)]);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].net, all[0].quantity), (70.into(), Some(7.into())));
    }
}
