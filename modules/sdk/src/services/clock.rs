//! The time in any zone. Without a zone, [`now`](crate::now) costs nothing.

use crate::error::Result;
use crate::prelude::*;

/// A time zone.
#[body]
pub struct Zone {
    /// As in `Europe/Vienna`; UTC unless said.
    pub zone: Option<String>,
}

/// The moment of the request, as clocks show it somewhere.
#[body]
pub struct WallClock {
    /// The moment.
    pub at: Timestamp,
    /// The same as Unix milliseconds.
    pub ms: i64,
    /// The zone's name.
    pub zone: String,
    /// The day there.
    pub date: Date,
    /// The time of the day there.
    pub time: Time,
    /// Seconds that the zone is ahead of UTC.
    pub offset_s: i32,
}

/// The time now, in UTC and in a time zone
#[service("eerp.clock.now", public)]
pub const NOW: Service<Zone, WallClock>;

/// The time now in a zone such as `Europe/Vienna`.
///
/// # Errors
/// 422 when there is no such zone.
pub fn now_in(zone: &str) -> Result<WallClock> {
    NOW.call(&Zone { zone: Some(zone.into()) })
}
