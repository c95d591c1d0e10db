//! How long opportunities stay at each stage.

use eerp_sdk::prelude::*;

use super::{whole, within};
use crate::history::seconds_between;
use crate::{Opportunity, Stage, StageChange};

const DAY_S: i64 = 24 * 60 * 60;

/// Which stays count.
#[query]
pub(crate) struct Sought {
    /// Those that ended on this day or later.
    pub from: Option<Date>,
    /// Those that ended on this day or earlier.
    pub to: Option<Date>,
}

/// How long opportunities stay at a stage.
#[body]
pub(crate) struct Stay {
    /// The stage.
    pub stage_id: Option<Ref<Stage>>,
    /// What it is called.
    pub stage: Option<String>,
    /// How many opportunities have left it.
    pub left: i64,
    /// How many days they were there on average; nothing when none has left.
    #[field(numeric(12, 2))]
    pub average_days: Option<Decimal>,
    /// How many days the longest of them was.
    #[field(numeric(12, 2))]
    pub longest_days: Option<Decimal>,
    /// How many open opportunities are there now, whenever they came.
    pub waiting: i64,
    /// How many days the first of these has been there.
    #[field(numeric(12, 2))]
    pub waiting_days: Option<Decimal>,
}

/// Time in stage.
#[body]
pub(crate) struct Stays {
    /// Each stage that is neither won nor lost, in order.
    pub items: Vec<Stay>,
}

/// Stays that have ended.
#[body]
struct Ended {
    /// The stage.
    from_stage_id: Option<Uuid>,
    /// How many.
    count: i64,
    /// Their seconds on average.
    average: Option<Decimal>,
    /// The seconds of the longest.
    longest: Option<i64>,
}

/// Stays that go on.
#[body]
struct Ongoing {
    /// The stage.
    stage_id: Option<Uuid>,
    /// How many.
    count: i64,
    /// When the first began.
    since: Option<Timestamp>,
}

/// Time in stage
#[get("/reports/time-in-stage")]
pub(crate) fn time_in_stage(query: Sought) -> Result<Stays> {
    let ended = within(db::find::<StageChange>(), "at", query.from, query.to)?.aggregate();
    let ended = ended.group("from_stage_id").count("count").avg("average", "seconds");
    let ended: Vec<Ended> = whole(ended.max("longest", "seconds").limit(1000).all()?)?;
    let ongoing = db::find::<Opportunity>().is_null("closed_at").aggregate();
    let ongoing = ongoing.group("stage_id").count("count").min("since", "stage_since");
    let ongoing: Vec<Ongoing> = whole(ongoing.limit(1000).all()?)?;
    let stages = db::find::<Stage>().eq("is_won", false).eq("is_lost", false).all()?;
    let stay = |stage: &Record<Stage>| {
        let id = Some(stage.id.uuid());
        let ended = ended.iter().find(|ended| ended.from_stage_id == id);
        stay(stage, ended, ongoing.iter().find(|ongoing| ongoing.stage_id == id))
    };
    Ok(Stays { items: stages.iter().map(stay).collect() })
}

fn stay(stage: &Record<Stage>, ended: Option<&Ended>, ongoing: Option<&Ongoing>) -> Stay {
    let since = ongoing.and_then(|ongoing| ongoing.since);
    let waited = since.map(|since| Decimal::from(seconds_between(since, now())));
    let longest = ended.and_then(|ended| ended.longest).map(Decimal::from);
    Stay {
        stage_id: Some(stage.id),
        stage: Some(stage.name.clone()),
        left: ended.map_or(0, |ended| ended.count),
        average_days: ended.and_then(|ended| ended.average).and_then(days),
        longest_days: longest.and_then(days),
        waiting: ongoing.map_or(0, |ongoing| ongoing.count),
        waiting_days: waited.and_then(days),
    }
}

/// Seconds as days, with two digits.
fn days(seconds: Decimal) -> Option<Decimal> {
    Some(eerp_money::round(seconds.checked_div(Decimal::from(DAY_S))?, 2))
}
