//! How much was won and lost, and why it was lost.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::{percent, whole, within};
use crate::Opportunity;
use crate::names::Names;

/// As many reasons as are shown, the most frequent ones.
const REASONS_MAX: u32 = 50;

/// Which decided opportunities count.
#[query]
pub(crate) struct Sought {
    /// Those that this user pursued.
    pub owner_id: Option<Uuid>,
    /// Those that were decided on this day or later.
    pub from: Option<Date>,
    /// Those that were decided on this day or earlier.
    pub to: Option<Date>,
}

/// What was won and lost in one currency.
#[body]
pub(crate) struct Decisions {
    /// The currency; nothing for opportunities that name none.
    pub currency_id: Option<Uuid>,
    /// Its code.
    pub currency: Option<String>,
    /// What the won ones were expected to bring.
    #[field(numeric(26, 2))]
    pub won: Decimal,
    /// What the lost ones were.
    #[field(numeric(26, 2))]
    pub lost: Decimal,
}

/// How often something was the reason.
#[body]
pub(crate) struct ReasonCount {
    /// The reason, as it was written.
    pub reason: Option<String>,
    /// How many opportunities were lost by it.
    pub count: i64,
}

/// What was decided.
#[body]
pub(crate) struct Outcomes {
    /// How many were won.
    pub won: i64,
    /// How many were lost.
    pub lost: i64,
    /// How many of them were won, in percent; nothing when none was decided.
    #[field(numeric(5, 2))]
    pub win_rate: Option<Decimal>,
    /// What they were expected to bring.
    pub revenue: Vec<Decisions>,
    /// Why they were lost, the most frequent first, 50 at most.
    pub lost_reasons: Vec<ReasonCount>,
}

/// What the database adds up.
#[body]
struct Sum {
    /// The currency.
    currency_id: Option<Uuid>,
    /// How many.
    count: i64,
    /// What they were expected to bring.
    expected: Option<Decimal>,
}

/// Win rate and lost reasons
#[get("/reports/outcomes")]
pub(crate) fn outcomes(query: Sought) -> Result<Outcomes> {
    let (won, lost) = (sums(decided(&query, true)?)?, sums(decided(&query, false)?)?);
    let reasons = decided(&query, false)?.aggregate().group("lost_reason").named("reason");
    let reasons = reasons.count("count").order("count desc, reason").limit(REASONS_MAX);
    let names = Names::of_currencies(won.iter().chain(&lost).map(|sum| sum.currency_id))?;
    let (times_won, times_lost) = (times(&won), times(&lost));
    Ok(Outcomes {
        won: times_won,
        lost: times_lost,
        win_rate: percent(times_won, times_won + times_lost),
        revenue: revenue(&won, &lost, &names),
        lost_reasons: reasons.all()?,
    })
}

/// Whatever is lost has a reason, and nothing else has.
fn decided(query: &Sought, won: bool) -> Result<db::Find<Opportunity>> {
    let closed = db::find::<Opportunity>().not_null("closed_at");
    let mut closed = within(closed, "closed_at", query.from, query.to)?;
    if let Some(owner) = query.owner_id {
        closed = closed.eq("owner_id", owner);
    }
    Ok(if won { closed.is_null("lost_reason") } else { closed.not_null("lost_reason") })
}

fn sums(decided: db::Find<Opportunity>) -> Result<Vec<Sum>> {
    let sums = decided.aggregate().group("currency_id").count("count");
    whole(sums.sum("expected", "expected_revenue").limit(1000).all()?)
}

fn times(sums: &[Sum]) -> i64 {
    sums.iter().map(|sum| sum.count).sum()
}

fn revenue(won: &[Sum], lost: &[Sum], names: &Names) -> Vec<Decisions> {
    let mut by_currency: BTreeMap<Option<Uuid>, Decisions> = BTreeMap::new();
    let sides = won.iter().map(|sum| (sum, true)).chain(lost.iter().map(|sum| (sum, false)));
    for (sum, is_won) in sides {
        let row = by_currency.entry(sum.currency_id).or_insert_with(|| Decisions {
            currency_id: sum.currency_id,
            currency: names.currency(sum.currency_id),
            ..Decisions::default()
        });
        let side = if is_won { &mut row.won } else { &mut row.lost };
        *side = sum.expected.unwrap_or_default();
    }
    by_currency.into_values().collect()
}
