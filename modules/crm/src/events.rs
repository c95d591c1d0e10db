//! What the CRM tells of itself.

use eerp_crm_api::{Decided, OPPORTUNITY_LOST, OPPORTUNITY_WON};
use eerp_sdk::prelude::*;

use crate::Opportunity;

/// Tells that an opportunity has been won or lost, if this change did that. One that is
/// recorded when it is decided already is no news.
pub(crate) fn tell_of_decision(before: &Record<Opportunity>, after: &Opportunity) -> Result<()> {
    if before.closed_at.is_some() || after.closed_at.is_none() {
        return Ok(());
    }
    let decided = Decided {
        opportunity_id: Ref::new(before.id.uuid()),
        name: after.name.clone(),
        company_id: after.company_id.map(|id| Ref::new(id.uuid())),
        contact_id: after.contact_id.map(|id| Ref::new(id.uuid())),
        expected_revenue: after.expected_revenue,
        currency_id: after.currency_id.map(|id| Ref::new(id.uuid())),
        lost_reason: after.lost_reason.clone(),
    };
    // Whatever is lost has a reason, and nothing else has.
    let topic = if after.lost_reason.is_some() { OPPORTUNITY_LOST } else { OPPORTUNITY_WON };
    topic.emit(before.id, &decided)
}
