//! Many records at once, however many: the core stores a thousand in one go.

use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

/// So many records are stored in one go.
pub(crate) const BULK_MAX: usize = 1000;

/// Stores what was changed in records.
pub(crate) fn update_all<M: Model>(records: &[Record<M>]) -> Result<()> {
    records.chunks(BULK_MAX).try_for_each(|some| db::update_all(some).map(drop))
}

/// Stores new records.
pub(crate) fn create_all<M: Model>(records: &[M]) -> Result<()> {
    records.chunks(BULK_MAX).try_for_each(|some| db::create_all(some).map(drop))
}
