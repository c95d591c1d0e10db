//! What lies where, what it is worth, and what was moved.

pub mod ledger;
pub mod on_hand;
pub mod valuation;

use std::collections::BTreeMap;

use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

/// Records by their ids; those that the caller does not see are not among them.
fn by_id<M: Model>(ids: impl Iterator<Item = Uuid>) -> Result<BTreeMap<Uuid, Record<M>>> {
    let ids: std::collections::BTreeSet<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = db::find::<M>().one_of("id", ids).with_deleted().all()?;
    Ok(found.into_iter().map(|record| (record.id.uuid(), record)).collect())
}
