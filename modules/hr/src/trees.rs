//! Finding records: those that lie below each other without a circle, those that were
//! named, and those that were deleted.

use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

/// Nothing lies deeper; the search for a circle ends there.
const DEPTH_MAX: usize = 50;

/// A record that lies below another one of its kind.
pub(crate) trait Tree: Model {
    /// The one above it.
    fn above(&self) -> Option<Ref<Self>>;
}

/// Refuses to put a record below one that lies below it.
///
/// All that lie above are held, so that two changes at once never close a circle
/// together: one of them waits, or is run again.
///
/// # Errors
/// 422 at the field when it would be a circle, or too deep.
pub(crate) fn refuse_circle<M: Tree>(
    own: Ref<M>,
    above: Option<Ref<M>>,
    field: &str,
    message: &'static str,
) -> Result<()> {
    let mut next = above;
    for _ in 0..DEPTH_MAX {
        let Some(id) = next else { return Ok(()) };
        if id == own {
            break;
        }
        next = match db::lock(id) {
            Ok(record) => record.above(),
            // What is not there, or not for this caller, leads nowhere.
            Err(error) if error.is("not_found") => None,
            Err(error) => return Err(error),
        };
    }
    Err(Error::invalid(field, "circular", message))
}

/// The same error, blamed on the field that named a record which is not there.
pub(crate) fn named(field: &'static str) -> impl Fn(Error) -> Error {
    move |error| match error.is("not_found") {
        true => Error::invalid(field, "not_found", "There is no such record."),
        false => error,
    }
}

/// A record that was deleted, if it is there.
///
/// # Errors
/// Those of the database.
pub(crate) fn deleted<M: Model>(id: Ref<M>) -> Result<Option<Record<M>>> {
    db::find::<M>().with_deleted().eq("id", id.uuid()).first()
}
