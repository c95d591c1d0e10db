//! What is told of all employees together.

pub(crate) mod balances;
pub(crate) mod headcount;
pub(crate) mod sheet;

use eerp_sdk::field::Field;
use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

/// Rows that are read at once.
const ROWS_MAX: u32 = 1000;

/// All rows of a search, read in the order of their ids.
pub(crate) fn every<M: Model, T: Field>(
    found: db::Find<M>,
    select: &str,
    id: fn(&T) -> Uuid,
) -> Result<Vec<T>> {
    let found = found.order("id").limit(ROWS_MAX);
    let mut all: Vec<T> = found.clone().rows(select)?;
    let mut read = all.len();
    while read == ROWS_MAX as usize {
        let last = all.last().map(id);
        let mut rows = found.clone().gt("id", last).rows(select)?;
        read = rows.len();
        all.append(&mut rows);
    }
    Ok(all)
}

/// An employee, as reports name one.
#[body]
pub(crate) struct Person {
    /// The employee.
    pub id: Ref<crate::Employee>,
    /// The number.
    pub number: Option<String>,
    /// The name.
    pub name: String,
    /// The own company that employs.
    pub own_company_id: Option<Ref<crate::OwnCompany>>,
}

/// What is read of such.
const PERSON: &str = "id,number,name,own_company_id";

/// Days or hours as they are shown, with two digits after the point.
pub(crate) fn shown(amount: Decimal) -> Decimal {
    // No zero is negative.
    eerp_money::round(Decimal::ZERO + amount, 2)
}
