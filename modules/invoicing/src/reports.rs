//! What documents tell together: what is open and how late, what was sold and bought.

pub mod open;
pub mod register;
pub mod revenue;
pub mod statement;

use eerp_sdk::prelude::*;

use crate::invoices::Invoice;
use crate::kinds::{Kind, PURCHASES, SALES, State};

/// How many documents a report lists at most; its totals are of all.
const LISTED_MAX: usize = 1000;

/// How many documents a report of open ones reads at most.
const READ_MAX: i64 = 10_000;

/// Which documents a report is of.
#[choice]
pub enum Side {
    /// What customers owe.
    Sales,
    /// What is owed to suppliers.
    Purchases,
}

impl Side {
    fn kinds(self) -> [Kind; 2] {
        match self {
            Self::Sales => SALES,
            Self::Purchases => PURCHASES,
        }
    }
}

/// The posted documents of a side.
fn posted(side: Side) -> db::Find<Invoice> {
    let kinds = side.kinds().map(Kind::word);
    db::find::<Invoice>().one_of("kind", kinds).neq("state", State::Draft.word())
}

/// A document in a report. What gives back counts against the rest: it is negative.
#[body]
pub struct Listed {
    /// The document.
    pub invoice_id: Ref<Invoice>,
    /// Its number.
    pub number: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// How far it is.
    pub state: State,
    /// The customer or supplier.
    pub company_id: Uuid,
    /// What that was called.
    pub party_name: Option<String>,
    /// The order, or the supplier's number.
    pub reference: Option<String>,
    /// Its day.
    pub date: Option<Date>,
    /// The day by which all of it has to be paid.
    pub due_on: Option<Date>,
    /// The currency of its amounts.
    pub currency: Option<String>,
    /// Without taxes.
    #[field(numeric(20, 4))]
    pub net: Decimal,
    /// Its taxes.
    #[field(numeric(20, 4))]
    pub tax: Decimal,
    /// What has to be paid.
    #[field(numeric(20, 4))]
    pub total: Decimal,
    /// What is still to be paid.
    #[field(numeric(20, 4))]
    pub residual: Decimal,
}

impl Listed {
    fn of(invoice: &Record<Invoice>) -> Self {
        let signed = |amount| invoice.kind.signed(amount);
        Self {
            invoice_id: invoice.id,
            number: invoice.number.clone(),
            kind: invoice.kind,
            state: invoice.state,
            company_id: invoice.company_id.uuid(),
            party_name: invoice.party_name.clone(),
            reference: invoice.reference.clone(),
            date: invoice.date,
            due_on: invoice.due_on,
            currency: invoice.currency.clone(),
            net: signed(invoice.net),
            tax: signed(invoice.tax),
            total: signed(invoice.total),
            residual: signed(invoice.residual),
        }
    }
}
