//! Jobs: what a module does by the clock, once in the whole cluster.
//!
//! ```
//! use eerp_sdk::prelude::*;
//!
//! /// Reminds readers each morning.
//! #[job(cron = "0 6 * * *")]
//! fn remind(run: JobRun) -> Result<()> {
//!     log::info(&format!("{} was due at {}", run.job, run.due));
//!     Ok(())
//! }
//!
//! eerp_sdk::module! { name: "library", jobs: [remind] }
//! # fn main() {}
//! ```

use crate::error::Result;
use crate::field::read;
use crate::frame::Head;
use crate::reply::Reply;
use crate::time::Timestamp;

/// A function and when it is due. `#[job]` writes it.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    /// Its name, unique within the module.
    pub name: &'static str,
    /// When: minute, hour, day of the month, month, day of the week, in UTC.
    pub cron: &'static str,
    /// The function that does it.
    pub run: fn(&Head, &[u8]) -> Result<Reply>,
}

/// One time that a job is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// The job's name.
    pub job: String,
    /// When it was due; now is a little later, or much later after a standstill.
    pub due: Timestamp,
}

impl JobRun {
    /// Reads when a job is due and lets `work` do it. For `#[job]`.
    #[doc(hidden)]
    pub fn start(head: &Head, work: impl FnOnce(Self) -> Result<()>) -> Result<Reply> {
        work(Self { job: read(head, "job", None)?, due: read(head, "due", None)? })?;
        Ok(Reply::no_content())
    }
}
