//! The documents of this module: heads that are made, read and saved with their lines.

use serde_json::Value;

use crate::db;
use crate::document::{Document, Whole};
use crate::error::{Error, Result};
use crate::model::Record;
use crate::operation::Operation;
use crate::uuid::{Ref, Referenced};

mod lines;

use lines::Changes;

/// Stores a new document, if the rules let it: its head, and its lines in this order.
///
/// # Errors
/// 409 when a unique value is taken, 422 when a value or a rule is broken; a line is
/// blamed by its place.
pub fn create<M: Document>(head: &M, lines: &[M::Line]) -> Result<Whole<M>> {
    let lines = lines.iter().cloned().map(Record::from).collect();
    save(&Whole::new(head.clone(), lines))
}

/// The document with this id, with all of its lines.
///
/// # Errors
/// 404 when there is none, or it is deleted.
pub fn get<M: Document>(id: Ref<M>) -> Result<Whole<M>> {
    with_lines(db::get(id)?)
}

/// The document with this id as it is now, held for this request: see
/// [`db::lock`]. Who saves its lines as a document changes its head, and so waits too.
///
/// # Errors
/// 404 when there is none, or it is deleted.
pub fn lock<M: Document>(id: Ref<M>) -> Result<Whole<M>> {
    with_lines(db::lock(id)?)
}

/// The document that has this head, with its lines as they are stored.
///
/// # Errors
/// Those of the database.
pub fn with_lines<M: Document>(head: Record<M>) -> Result<Whole<M>> {
    let lines = db::find::<M::Line>().eq(M::HEAD, head.id.uuid()).order(M::POSITION).all()?;
    Ok(Whole::stored(head, lines))
}

/// Stores what was changed in a document since it was read, if the rules let it: its
/// head, lines that are new, changed, moved or gone. The head's version goes up when
/// anything was.
///
/// # Errors
/// 412 `version_conflict` when somebody else changed it in between, 409 when a unique
/// value is taken, 422 when a value or a rule is broken; a line is blamed by its place.
pub fn save<M: Document>(whole: &Whole<M>) -> Result<Whole<M>> {
    let before = whole.before()?;
    let mut after = whole.clone();
    after.head.before_save(&mut after.lines, before.as_ref())?;
    refuse_too_many::<M>(after.lines.len())?;
    if before.is_none() {
        after.head = db::create_record(after.head)?;
    }
    let read = before.as_ref().map_or(&[][..], |before| &before.lines);
    let changes = Changes::find(&after.head, &mut after.lines, read)?;
    if before.is_some() {
        after.head = change_head(after.head, !changes.is_empty())?;
    }
    changes.store(&mut after.lines)?;
    M::after_save(Whole::stored(after.head, after.lines))
}

fn refuse_too_many<M: Document>(count: usize) -> Result<()> {
    if count <= M::LINES_MAX {
        return Ok(());
    }
    let message = format!("There are at most {} lines, and here are {count}.", M::LINES_MAX);
    Err(Error::invalid(<M::Line as Referenced>::TABLE, "max_items", message))
}

/// Stores what was changed in the head, and its next version in any case when the lines
/// are `touched`.
fn change_head<M: Document>(head: Record<M>, touched: bool) -> Result<Record<M>> {
    let values = db::operation::changes(&head)?;
    if values.is_empty() && !touched {
        return Ok(head);
    }
    let (id, values) = (head.id.uuid(), Value::Object(values));
    db::parse(&Operation::update(M::TABLE, id, &values, Some(head.version)).run()?)
}
