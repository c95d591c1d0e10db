//! What members are given for opportunities that are won.

use eerp_crm_api::{Decided, OPPORTUNITY_WON, Opportunity};
use eerp_sdk::prelude::*;

use crate::Member;

/// So much revenue makes a point.
const REVENUE_PER_POINT: i64 = 10;
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// Points that a member was given.
#[model(table = "points", title = "Points", plural = "Points", order = "created_at desc")]
pub struct Points {
    /// Who was given them.
    pub member_id: Ref<Member>,
    /// For what. No opportunity counts twice, however often it is told of.
    #[field(unique)]
    pub opportunity_id: Ref<Opportunity>,
    /// How many.
    #[field(min = 1)]
    pub amount: i32,
}

/// Rewards the member whose opportunity was won.
///
/// Events come at least once, and an opportunity may be reopened and won again: so what
/// was rewarded already is left as it is.
#[event(OPPORTUNITY_WON)]
pub(crate) fn on_won(event: Event<Decided>) -> Result<()> {
    let Some(contact) = event.data.contact_id else { return Ok(()) };
    let (Some(member), Some(amount)) = (Member::of(contact)?, worth(&event.data)) else {
        return Ok(());
    };
    let opportunity_id = event.data.opportunity_id;
    if db::find::<Points>().eq("opportunity_id", opportunity_id.uuid()).first()?.is_none() {
        db::create(&Points { member_id: member.id, opportunity_id, amount })?;
    }
    Ok(())
}

/// The points that an opportunity is worth, if any.
fn worth(won: &Decided) -> Option<i32> {
    let points = won.expected_revenue? / Decimal::from(REVENUE_PER_POINT);
    i32::try_from(points.trunc()).ok().filter(|points| *points > 0)
}

/// The points that a member was given in the year before this moment.
pub(crate) fn within_a_year(member: Ref<Member>, until: Timestamp) -> Result<i32> {
    let since = Timestamp::from_millis(until.millis() - YEAR_MS);
    let given = db::find::<Points>().eq("member_id", member.uuid()).gte("created_at", since);
    Ok(given.all()?.iter().map(|points| points.amount).fold(0, i32::saturating_add))
}
