//! What hangs on records of other modules, when these take each other's place.

use eerp_core_api::{MOVE_RECORD, RecordMove};
use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

use crate::{Activity, Attachment};

/// As many as are changed in one go.
const AT_ONCE_MAX: u32 = 1000;

/// Hands activities and attachments from one record to another of the same model.
#[serves(MOVE_RECORD)]
pub(crate) fn move_record(input: RecordMove, caller: &Caller) -> Result<()> {
    let owner = input.model.split('.').next().unwrap_or_default();
    if owner != caller.module {
        let message = format!("The records of {} are moved by {owner} alone.", input.model);
        return Err(Error::forbidden(message));
    }
    if input.from == input.to {
        return Ok(());
    }
    hand_over::<Activity>(&input, |activity| activity.record_id = Some(input.to))?;
    hand_over::<Attachment>(&input, |attachment| attachment.record_id = input.to)
}

fn hand_over<M: Model>(asked: &RecordMove, turn: impl Fn(&mut M)) -> Result<()> {
    loop {
        let hanging = db::find::<M>().eq("model", &asked.model).eq("record_id", asked.from);
        let mut records = hanging.limit(AT_ONCE_MAX).all()?;
        records.iter_mut().for_each(|record| turn(&mut *record));
        db::update_all(&records)?;
        if records.len() < AT_ONCE_MAX as usize {
            return Ok(());
        }
    }
}
