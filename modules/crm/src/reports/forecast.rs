//! What open opportunities should bring, by month and by who pursues them.

use eerp_sdk::prelude::*;

use super::{OpenSought, open, whole};
use crate::names::Names;

/// What a month should bring to one user, in one currency.
#[body]
pub(crate) struct Outlook {
    /// The month's first day; nothing for opportunities without a day on which they
    /// should be decided.
    pub month: Option<Date>,
    /// The user who pursues them.
    pub owner_id: Option<Uuid>,
    /// The currency of the sums; nothing for opportunities that name none.
    pub currency_id: Option<Uuid>,
    /// Its code.
    pub currency: Option<String>,
    /// How many opportunities there are.
    pub count: i64,
    /// What they would bring.
    #[field(numeric(26, 2))]
    pub expected_revenue: Decimal,
    /// The same, each as likely as it is.
    #[field(numeric(26, 2))]
    pub weighted_revenue: Decimal,
}

/// The months to come.
#[body]
pub(crate) struct Forecast {
    /// Each month, user and currency.
    pub items: Vec<Outlook>,
}

/// What the database adds up.
#[body]
struct Sum {
    /// The month.
    month: Option<Date>,
    /// The user.
    owner_id: Option<Uuid>,
    /// The currency.
    currency_id: Option<Uuid>,
    /// How many.
    count: i64,
    /// What they would bring.
    expected: Option<Decimal>,
    /// The same, weighted.
    weighted: Option<Decimal>,
}

/// The forecast by month and owner
///
/// Open opportunities count in the month in which they should be decided; what is
/// overdue stays in its month.
#[get("/reports/forecast")]
pub(crate) fn forecast(query: OpenSought) -> Result<Forecast> {
    let sums = open(&query)?.aggregate().by("expected_close", db::Bucket::Month);
    let sums = sums.group("owner_id").group("currency_id").count("count");
    let sums = sums.sum("expected", "expected_revenue").sum("weighted", "weighted_revenue");
    let sums: Vec<Sum> = whole(sums.limit(1000).all()?)?;
    let names = Names::of_currencies(sums.iter().map(|sum| sum.currency_id))?;
    let outlook = |sum: Sum| Outlook {
        month: sum.month,
        owner_id: sum.owner_id,
        currency_id: sum.currency_id,
        currency: names.currency(sum.currency_id),
        count: sum.count,
        expected_revenue: sum.expected.unwrap_or_default(),
        weighted_revenue: sum.weighted.unwrap_or_default(),
    };
    Ok(Forecast { items: sums.into_iter().map(outlook).collect() })
}
