//! Records that belong to others of their kind, and never to themselves.

use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

/// Nothing is nested deeper; the search for a circle ends there.
const DEPTH_MAX: usize = 20;

/// Refuses a parent that is the record itself, lies below it or is nested too deep.
pub(crate) fn refuse_circle<M: Model>(
    id: Option<Ref<M>>,
    parent: Ref<M>,
    parent_of: impl Fn(&M) -> Option<Ref<M>>,
) -> Result<()> {
    let mut above = Some(parent);
    for _ in 0..DEPTH_MAX {
        let Some(next) = above else { return Ok(()) };
        if Some(next) == id {
            let message = "Nothing can be part of itself, directly or through others.";
            return Err(Error::invalid("parent_id", "circular", message));
        }
        above = parent_of(&*found(next)?);
    }
    let message = format!("It would be nested more than {DEPTH_MAX} deep.");
    Err(Error::invalid("parent_id", "too_deep", message))
}

fn found<M: Model>(id: Ref<M>) -> Result<Record<M>> {
    db::get(id).map_err(|error| match error.is("not_found") {
        true => Error::invalid("parent_id", "not_found", "There is no such record."),
        false => error,
    })
}
