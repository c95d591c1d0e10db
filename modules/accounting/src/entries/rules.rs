//! What was posted stays: by whichever way somebody comes.

use eerp_sdk::prelude::*;

use crate::{Entry, Line};

impl Rules for Entry {
    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if !before.is_posted() {
            return Ok(());
        }
        // That it was taken back is all that may be said of it later.
        let mut allowed = before.clone().into_inner();
        allowed.reversed_by_id = self.reversed_by_id;
        if *self == allowed { Ok(()) } else { Err(posted()) }
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        let found = db::find::<Self>().with_deleted().eq("id", id).first()?;
        if found.is_some_and(|entry| entry.is_posted()) { Err(posted()) } else { Ok(()) }
    }
}

impl Rules for Line {
    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if !before.posted {
            return Ok(());
        }
        // What is left of it is all that changes later.
        let mut allowed = before.clone().into_inner();
        allowed.residual = self.residual;
        allowed.residual_currency = self.residual_currency;
        if *self == allowed { Ok(()) } else { Err(posted()) }
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        let found = db::find::<Self>().with_deleted().eq("id", id).first()?;
        if found.is_some_and(|line| line.posted) { Err(posted()) } else { Ok(()) }
    }
}

/// Refuses to touch what was posted.
pub(crate) fn posted() -> Error {
    Error::conflict("posted", "The entry is posted and stays as it is: reverse it instead.")
}
