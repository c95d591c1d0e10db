//! What moves of goods mean to the books: one entry for each transfer, so that the
//! account of the stock is always worth what the stock is.

use eerp_accounting_api::{JournalKind, NewEntry, NewLine, POST_ENTRY, Purpose};
use eerp_sdk::prelude::*;

use crate::{LocationKind, Transfer};

/// The value of goods that came into the stock from an account, or went out to it when
/// it is negative.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Posting {
    /// What the account is for.
    pub(crate) against: Purpose,
    /// The value.
    pub(crate) value: Decimal,
}

/// The account that goods come from or go to where they are not one's own.
pub(crate) fn purpose(outside: &LocationKind, opening: bool) -> Purpose {
    match outside {
        LocationKind::Supplier => Purpose::GoodsReceived,
        LocationKind::Customer => Purpose::CostOfSales,
        _ if opening => Purpose::Opening,
        _ => Purpose::StockAdjustment,
    }
}

/// The lines of an entry: the stock, and each account against it.
fn lines(postings: &[Posting]) -> Vec<NewLine> {
    let mut accounts: Vec<(Purpose, Decimal)> = vec![(Purpose::Stock, Decimal::ZERO)];
    for posting in postings {
        accounts[0].1 += posting.value;
        match accounts[1..].iter_mut().find(|(purpose, _)| *purpose == posting.against) {
            Some((_, value)) => *value -= posting.value,
            None => accounts.push((posting.against, -posting.value)),
        }
    }
    let line = |(purpose, value): (Purpose, Decimal)| NewLine {
        purpose: Some(purpose),
        debit: value.max(Decimal::ZERO),
        credit: (-value).max(Decimal::ZERO),
        ..NewLine::default()
    };
    accounts.into_iter().filter(|(_, value)| !value.is_zero()).map(line).collect()
}

/// What an entry says of what it was made for.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) model: &'static str,
    pub(crate) id: Uuid,
    pub(crate) number: Option<String>,
    pub(crate) narration: Option<String>,
    /// Whether the entry is of no own company where none is said.
    pub(crate) shared: bool,
}

impl Source {
    /// A transfer that is stored.
    pub(crate) fn of(transfer: &Record<Transfer>) -> Self {
        Self {
            model: "inventory.transfers",
            id: transfer.id.uuid(),
            number: transfer.number.clone(),
            narration: transfer.reference.clone(),
            shared: transfer.own_company_id.is_none(),
        }
    }
}

/// Posts the entry, where there is accounting and anything of value was moved.
pub(crate) fn post(
    source: Source,
    postings: &[Posting],
    date: Date,
    currency: Option<String>,
    own_company_id: Option<Ref<crate::OwnCompany>>,
) -> Result<()> {
    let lines = lines(postings);
    if lines.is_empty() {
        return Ok(());
    }
    let entry = NewEntry {
        journal_kind: Some(JournalKind::Stock),
        date: Some(date),
        currency,
        reference: source.number,
        narration: source.narration,
        own_company_id: own_company_id.map(|id| Ref::new(id.uuid())),
        shared: source.shared,
        source_model: Some(source.model.into()),
        source_id: Some(source.id),
        lines,
        ..NewEntry::default()
    };
    POST_ENTRY.call_if_there(&entry).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(against: Purpose, value: i64) -> Posting {
        Posting { against, value: value.into() }
    }

    fn sides(postings: &[Posting]) -> Vec<(Purpose, Decimal, Decimal)> {
        let sides = |line: NewLine| (line.purpose.expect("a purpose"), line.debit, line.credit);
        lines(postings).into_iter().map(sides).collect()
    }

    #[test]
    fn what_comes_in_is_debited_to_the_stock() {
        let received = posting(Purpose::GoodsReceived, 30);
        let sides = sides(&[received.clone(), received]);
        let (sixty, none) = (60.into(), 0.into());
        assert_eq!(sides, [(Purpose::Stock, sixty, none), (Purpose::GoodsReceived, none, sixty)]);
    }

    #[test]
    fn what_goes_out_is_credited_to_the_stock() {
        let sides = sides(&[posting(Purpose::CostOfSales, -7)]);
        let (seven, none) = (7.into(), 0.into());
        assert_eq!(sides, [(Purpose::Stock, none, seven), (Purpose::CostOfSales, seven, none)]);
    }

    #[test]
    fn what_changes_nothing_is_no_entry() {
        let (more, less) = (posting(Purpose::Opening, 5), posting(Purpose::Opening, -5));
        assert_eq!(sides(&[more, less]), []);
        assert_eq!(sides(&[posting(Purpose::CostOfSales, 0)]), []);
    }
}
