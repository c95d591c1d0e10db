//! What a document is, how far it is, and what follows from that for the books.

use eerp_accounting_api::{Direction, JournalKind, Purpose};
use eerp_sdk::prelude::*;

/// What a document is.
#[choice]
pub enum Kind {
    /// A customer has to pay.
    Invoice,
    /// A customer gets something back.
    CreditNote,
    /// A supplier wants to be paid.
    Bill,
    /// A supplier gives something back.
    BillCredit,
}

/// How far a document is.
#[choice]
pub enum State {
    /// It is being written, and means nothing yet.
    Draft,
    /// It is in the books, and nothing of it was paid.
    Posted,
    /// Something of it was paid or taken back.
    PartlyPaid,
    /// Nothing of it is open.
    Paid,
    /// All of it was taken back by credit notes.
    Cancelled,
}

/// The kinds that are sent to customers.
pub(crate) const SALES: [Kind; 2] = [Kind::Invoice, Kind::CreditNote];

/// The kinds that come from suppliers.
pub(crate) const PURCHASES: [Kind; 2] = [Kind::Bill, Kind::BillCredit];

impl Kind {
    /// Whether it is about what is sold; what is bought otherwise.
    pub fn is_sale(self) -> bool {
        SALES.contains(&self)
    }

    /// Whether it gives something back.
    pub fn is_credit(self) -> bool {
        matches!(self, Self::CreditNote | Self::BillCredit)
    }

    /// What takes such a document back; nothing takes back what gives back itself.
    pub fn credit(self) -> Option<Self> {
        match self {
            Self::Invoice => Some(Self::CreditNote),
            Self::Bill => Some(Self::BillCredit),
            Self::CreditNote | Self::BillCredit => None,
        }
    }

    /// Whether what is to be paid stands on the left of the ledger: others owe it.
    pub(crate) fn is_owed_to_us(self) -> bool {
        matches!(self, Self::Invoice | Self::BillCredit)
    }

    /// The account of those who pay or are paid.
    pub(crate) fn party_account(self) -> Purpose {
        if self.is_sale() { Purpose::Receivable } else { Purpose::Payable }
    }

    /// The account of taxes that have none of their own.
    pub(crate) fn tax_account(self) -> Purpose {
        if self.is_sale() { Purpose::TaxCollected } else { Purpose::TaxPaid }
    }

    /// The account of a line that names none. Goods that lie in stock were entered there
    /// when they came; their bill settles that.
    pub(crate) fn line_account(self, stocked: bool) -> Purpose {
        match (self.is_sale(), stocked) {
            (true, _) => Purpose::Sales,
            (false, true) => Purpose::GoodsReceived,
            (false, false) => Purpose::Purchases,
        }
    }

    /// What kind of journal it is entered in.
    pub(crate) fn journal(self) -> JournalKind {
        if self.is_sale() { JournalKind::Sales } else { JournalKind::Purchases }
    }

    /// Which way the money goes when it is paid.
    pub(crate) fn direction(self) -> Direction {
        if self.is_owed_to_us() { Direction::Incoming } else { Direction::Outgoing }
    }

    /// What its numbers begin with.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Invoice => "INV/{year}/",
            Self::CreditNote => "CN/{year}/",
            Self::Bill => "BILL/{year}/",
            Self::BillCredit => "BCN/{year}/",
        }
    }

    /// What people call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::CreditNote => "Credit note",
            Self::Bill => "Bill",
            Self::BillCredit => "Bill credit",
        }
    }

    /// The amount as it changes what the party owes us: what gives back takes away.
    pub(crate) fn signed(self, amount: Decimal) -> Decimal {
        if self.is_credit() { -amount } else { amount }
    }
}

impl State {
    /// How far a posted document is of which so much is open and was taken back.
    pub fn of(total: Decimal, residual: Decimal, credited: Decimal) -> Self {
        if total > Decimal::ZERO && credited >= total {
            Self::Cancelled
        } else if residual.is_zero() {
            Self::Paid
        } else if residual == total {
            Self::Posted
        } else {
            Self::PartlyPaid
        }
    }

    /// Whether it is in the books.
    pub fn is_posted(self) -> bool {
        self != Self::Draft
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(total: i64, residual: i64, credited: i64) -> State {
        State::of(total.into(), residual.into(), credited.into())
    }

    #[test]
    fn what_is_open_says_how_far_a_document_is() {
        assert_eq!(state(100, 100, 0), State::Posted);
        assert_eq!(state(100, 40, 0), State::PartlyPaid);
        assert_eq!(state(100, 0, 0), State::Paid);
        assert_eq!(state(100, 70, 30), State::PartlyPaid);
        assert_eq!(state(100, 0, 30), State::Paid);
    }

    #[test]
    fn what_was_taken_back_whole_is_cancelled_even_when_it_was_paid() {
        assert_eq!(state(100, 0, 100), State::Cancelled);
        assert_eq!(state(0, 0, 0), State::Paid);
    }

    #[test]
    fn money_comes_in_for_what_others_owe_us() {
        assert_eq!(Kind::Invoice.direction(), Direction::Incoming);
        assert_eq!(Kind::CreditNote.direction(), Direction::Outgoing);
        assert_eq!(Kind::Bill.direction(), Direction::Outgoing);
        assert_eq!(Kind::BillCredit.direction(), Direction::Incoming);
    }

    #[test]
    fn goods_that_lie_in_stock_are_billed_to_what_was_received() {
        assert_eq!(Kind::Bill.line_account(true), Purpose::GoodsReceived);
        assert_eq!(Kind::Bill.line_account(false), Purpose::Purchases);
        assert_eq!(Kind::Invoice.line_account(true), Purpose::Sales);
    }
}
