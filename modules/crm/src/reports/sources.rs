//! What came of leads and opportunities, by where they came from.

use std::collections::BTreeMap;

use eerp_sdk::prelude::*;

use super::{percent, whole, within};
use crate::names::Names;
use crate::{Lead, LeadStatus, Opportunity};

/// Which leads and opportunities count.
#[query]
pub(crate) struct Sought {
    /// Those that were entered on this day or later.
    pub from: Option<Date>,
    /// Those that were entered on this day or earlier.
    pub to: Option<Date>,
}

/// What was won in one currency.
#[body]
pub(crate) struct Revenue {
    /// The currency; nothing for opportunities that name none.
    pub currency_id: Option<Uuid>,
    /// Its code.
    pub currency: Option<String>,
    /// What the won opportunities were expected to bring.
    #[field(numeric(26, 2))]
    pub won: Decimal,
}

/// What came of one source.
#[body]
pub(crate) struct Yield {
    /// The source; nothing for what does not say.
    pub source: Option<String>,
    /// How many leads there were.
    pub leads: i64,
    /// How many of them were converted.
    pub converted: i64,
    /// How many were, in percent; nothing without leads.
    #[field(numeric(5, 2))]
    pub conversion_rate: Option<Decimal>,
    /// How many opportunities there were, with those that were no leads before.
    pub opportunities: i64,
    /// How many of them were won.
    pub won: i64,
    /// What these were expected to bring.
    pub revenue: Vec<Revenue>,
}

/// What came of each source.
#[body]
pub(crate) struct Sources {
    /// Each source, what does not say one first.
    pub items: Vec<Yield>,
}

/// Leads by source and status.
#[body]
struct Leads {
    /// The source.
    source: Option<String>,
    /// How far they have come.
    status: LeadStatus,
    /// How many.
    count: i64,
}

/// Opportunities by source and currency.
#[body]
struct Deals {
    /// The source.
    source: Option<String>,
    /// The currency.
    currency_id: Option<Uuid>,
    /// How many.
    count: i64,
    /// What they were expected to bring.
    expected: Option<Decimal>,
}

/// What came of each source
#[get("/reports/sources")]
pub(crate) fn sources(query: Sought) -> Result<Sources> {
    let leads = within(db::find::<Lead>(), "created_at", query.from, query.to)?;
    let leads = leads.aggregate().group("source").group("status").count("count");
    let leads: Vec<Leads> = whole(leads.limit(1000).all()?)?;
    let all = deals(within(db::find(), "created_at", query.from, query.to)?)?;
    let won = within(db::find(), "created_at", query.from, query.to)?;
    let won = deals(won.not_null("closed_at").is_null("lost_reason"))?;
    let names = Names::of_currencies(won.iter().map(|deals| deals.currency_id))?;
    Ok(Sources { items: yields(&leads, &all, &won, &names) })
}

fn deals(found: db::Find<Opportunity>) -> Result<Vec<Deals>> {
    let deals = found.aggregate().group("source").group("currency_id").count("count");
    whole(deals.sum("expected", "expected_revenue").limit(1000).all()?)
}

fn yields(leads: &[Leads], all: &[Deals], won: &[Deals], names: &Names) -> Vec<Yield> {
    let mut yields: BTreeMap<Option<String>, Yield> = BTreeMap::new();
    let mut of = |source: &Option<String>, change: &dyn Fn(&mut Yield)| {
        let empty = || Yield { source: source.clone(), ..Yield::default() };
        change(yields.entry(source.clone()).or_insert_with(empty));
    };
    for found in leads {
        of(&found.source, &|it| {
            it.leads += found.count;
            it.converted += if found.status == LeadStatus::Converted { found.count } else { 0 };
        });
    }
    for deals in all {
        of(&deals.source, &|it| it.opportunities += deals.count);
    }
    for deals in won {
        of(&deals.source, &|it| {
            it.won += deals.count;
            it.revenue.push(Revenue {
                currency_id: deals.currency_id,
                currency: names.currency(deals.currency_id),
                won: deals.expected.unwrap_or_default(),
            });
        });
    }
    let rated = |it: Yield| Yield { conversion_rate: percent(it.converted, it.leads), ..it };
    yields.into_values().map(rated).collect()
}
