//! What becomes of the lines of a document that is saved.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::db::{self, Items};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::field::Field;
use crate::model::{Model, Record};
use crate::operation::Operation;

/// The place of a line in the document, and what is to be stored of it.
type Placed = (usize, Map<String, Value>);

/// What is to be stored of the lines of a document.
pub(super) struct Changes<L> {
    gone: Vec<Record<L>>,
    changed: Vec<Placed>,
    new: Vec<Placed>,
}

impl<L: Model> Changes<L> {
    /// The changes from the lines that were `read` to these, which get their places, their
    /// head and its own company. The rules of lines have their say.
    pub(super) fn find<M: Document<Line = L>>(
        head: &Record<M>,
        lines: &mut [Record<L>],
        read: &[Record<L>],
    ) -> Result<Self> {
        let left: BTreeSet<_> = lines.iter().map(|line| line.id.uuid()).collect();
        let gone = read.iter().filter(|line| !left.contains(&line.id.uuid())).cloned().collect();
        let mut changes = Self { gone, changed: Vec::new(), new: Vec::new() };
        for (place, line) in lines.iter_mut().enumerate() {
            put(line, M::POSITION, json!(place + 1))?;
            if line.is_new() {
                put(line, M::HEAD, head.id.to_json())?;
            }
            follow(line, head)?;
            changes.add(place, line).map_err(|error| error.within(&path::<L>(place)))?;
        }
        Ok(changes)
    }

    fn add(&mut self, place: usize, line: &Record<L>) -> Result<()> {
        if line.is_new() {
            self.new.push((place, db::operation::new_values(line.clone())?));
        } else if !line.changes().is_empty() {
            self.changed.push((place, db::operation::changes(line)?));
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.changed.is_empty() && self.new.is_empty()
    }

    /// Stores them; the lines become what is stored. What goes comes first, so that its
    /// unique values are there for others.
    pub(super) fn store(self, lines: &mut [Record<L>]) -> Result<()> {
        for line in &self.gone {
            db::operation::delete(line.id, Some(line.version))?.run()?;
        }
        update(self.changed, lines)?;
        create(self.new, lines)
    }
}

/// Lets a line be of the own company that its head is of, or of none as well.
fn follow<M: Document<Line = L>, L: Model>(line: &mut Record<L>, head: &Record<M>) -> Result<()> {
    let (Some(field), Some(theirs)) = (L::SPEC.company, M::SPEC.company) else { return Ok(()) };
    put(line, field, head.to_values().remove(theirs).unwrap_or_default())?;
    if line.is_new() {
        line.say(field);
    }
    Ok(())
}

/// Sets a field of a line that the SDK fills.
fn put<L: Model>(line: &mut Record<L>, field: &str, value: Value) -> Result<()> {
    let mut values = line.to_values();
    if values.get(field) != Some(&value) {
        values.insert(field.into(), value);
        **line = L::from_values(&values)?;
    }
    Ok(())
}

fn update<L: Model>(changed: Vec<Placed>, lines: &mut [Record<L>]) -> Result<()> {
    let (extended, plain) = apart(changed);
    for (place, values) in extended {
        let (id, version) = (lines[place].id.uuid(), lines[place].version);
        let update = Operation::update(L::TABLE, id, &Value::Object(values), Some(version));
        store_one(&update, place, lines)?;
    }
    let changes = plain.iter().map(|(place, values)| {
        let Record { id, version, .. } = &lines[*place];
        json!({"id": id.to_string(), "version": version, "values": values})
    });
    let update = Operation::update_many(L::TABLE, &changes.collect());
    store_many(&update, &plain, lines)
}

fn create<L: Model>(new: Vec<Placed>, lines: &mut [Record<L>]) -> Result<()> {
    let (extended, plain) = apart(new);
    for (place, values) in extended {
        store_one(&Operation::create(L::TABLE, &Value::Object(values)), place, lines)?;
    }
    let values = plain.iter().map(|(_, values)| Value::Object(values.clone()));
    store_many(&Operation::create_many(L::TABLE, &values.collect()), &plain, lines)
}

/// Those that have what other modules keep, and the rest: the core stores extensions one
/// record at a time.
fn apart(placed: Vec<Placed>) -> (Vec<Placed>, Vec<Placed>) {
    placed.into_iter().partition(|(_, values)| values.contains_key("extensions"))
}

fn store_one<L: Model>(operation: &Operation, place: usize, lines: &mut [Record<L>]) -> Result<()> {
    let stored = operation.run().map_err(|error| error.within(&path::<L>(place)))?;
    lines[place] = db::parse(&stored)?;
    Ok(())
}

fn store_many<L: Model>(
    operation: &Operation,
    placed: &[Placed],
    lines: &mut [Record<L>],
) -> Result<()> {
    if placed.is_empty() {
        return Ok(());
    }
    let stored = operation.run().map_err(|error| blame::<L>(error, placed))?;
    for ((place, _), line) in placed.iter().zip(db::parse::<Items<L>>(&stored)?.items) {
        lines[*place] = line;
    }
    Ok(())
}

/// The error of an operation on many lines, which blames them by their numbers in it. Of
/// what PostgreSQL refuses it does not know which line it was.
fn blame<L: Model>(mut error: Error, placed: &[Placed]) -> Error {
    for fault in &mut error.errors {
        fault.pointer = match numbered(&fault.pointer) {
            Some((number, rest)) if number < placed.len() => {
                format!("/{}{rest}", path::<L>(placed[number].0))
            }
            _ if placed.len() == 1 => format!("/{}{}", path::<L>(placed[0].0), fault.pointer),
            _ => format!("/{}", L::TABLE),
        }
        .into();
    }
    error
}

/// The number and the rest of `/values/3/debit` and of `/changes/3/values/debit`.
fn numbered(pointer: &str) -> Option<(usize, &str)> {
    let place = pointer.strip_prefix("/values/").or(pointer.strip_prefix("/changes/"))?;
    let end = place.find('/').unwrap_or(place.len());
    let (number, rest) = place.split_at(end);
    Some((number.parse().ok()?, rest.strip_prefix("/values").unwrap_or(rest)))
}

/// What blames a line: `lines/3`.
fn path<L: Model>(place: usize) -> String {
    format!("{}/{place}", L::TABLE)
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn the_number_of_a_line_and_what_follows_it_are_found() {
        assert_eq!(numbered("/values/3/debit"), Some((3, "/debit")));
        assert_eq!(numbered("/changes/12/values/debit"), Some((12, "/debit")));
        assert_eq!(numbered("/changes/0"), Some((0, "")));
        assert_eq!(numbered("/debit"), None);
        assert_eq!(numbered("/values/debit"), None);
    }
}
