//! Which stages an opportunity was at, and for how long.

use eerp_sdk::prelude::*;

use crate::{Opportunity, OwnCompany, Stage};

/// A step of an opportunity from one stage to another.
#[model(
    table = "stage_changes",
    path = "stage-changes",
    title = "Stage change",
    order = "at desc",
    index("at"),
    company = "own_company_id",
    rule(
        role = "salesperson",
        where = opportunity.owner_id == identity.user_id || opportunity.owner_id == None
    )
)]
pub struct StageChange {
    /// The opportunity.
    #[field(readonly, on_delete = "cascade")]
    pub opportunity_id: Ref<Opportunity>,
    /// The stage that it left.
    #[field(readonly, on_delete = "set_null")]
    pub from_stage_id: Option<Ref<Stage>>,
    /// The stage that it went to.
    #[field(readonly, on_delete = "set_null")]
    pub to_stage_id: Option<Ref<Stage>>,
    /// When it went.
    #[field(readonly)]
    pub at: Timestamp,
    /// How long it was at the stage that it left, in seconds.
    #[field(readonly, min = 0)]
    pub seconds: i64,
    /// The own company that would sell.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// Writes down that an opportunity leaves its stage.
pub(crate) fn write_down(before: &Record<Opportunity>, after: &Opportunity) -> Result<()> {
    let since = before.stage_since.unwrap_or(before.created_at);
    db::create(&StageChange {
        opportunity_id: before.id,
        from_stage_id: before.stage_id,
        to_stage_id: after.stage_id,
        at: now(),
        seconds: seconds_between(since, now()),
        own_company_id: after.own_company_id,
    })?;
    Ok(())
}

/// How long it is from one moment to another; a clock that was set back makes it nothing.
pub(crate) fn seconds_between(since: Timestamp, until: Timestamp) -> i64 {
    (until.millis() / 1000).saturating_sub(since.millis() / 1000).max(0)
}
