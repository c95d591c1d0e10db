//! Which companies, and which contacts, may be one.

use std::collections::BTreeMap;

use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

use crate::likeness::{Likeness, Reason, Traits};
use crate::{Company, Contact};

/// What is less likely is not shown.
const SCORE_MIN: i32 = 50;
/// As many as are shown beside one record.
const SHOWN_MAX: usize = 20;
/// As many as are looked at for one record.
const CANDIDATES_MAX: u32 = 100;
/// So many records are looked at on one page, their keys being at most 1,000.
const PAGE: u32 = 100;
/// As many as are looked at for one page.
const CANDIDATES_OF_PAGE_MAX: u32 = 1000;
/// Keys of a record that are looked for; it has seldom more than six.
const KEYS_MAX: usize = 10;
/// Shorter words are in too many names.
const WORD_CHARACTERS_MIN: usize = 4;

/// Somebody who may be entered twice: a company or a contact.
pub(crate) trait Party: Model {
    /// The fields in which a word of the name is looked for.
    const NAMES: &'static [&'static str];

    /// What it is called.
    fn called(&self) -> String;
    /// What it is recognised by.
    fn recognised_by(&self) -> Traits;
    /// What is equal in records that may be one.
    fn keys(&self) -> &[String];
    /// The record that it was merged into.
    fn merged_into(&self) -> Option<Uuid>;
}

impl Party for Company {
    const NAMES: &'static [&'static str] = &["name"];

    fn called(&self) -> String {
        self.name.clone()
    }

    fn recognised_by(&self) -> Traits {
        self.traits()
    }

    fn keys(&self) -> &[String] {
        &self.match_keys
    }

    fn merged_into(&self) -> Option<Uuid> {
        self.merged_into_id.map(|id| id.uuid())
    }
}

impl Party for Contact {
    const NAMES: &'static [&'static str] = &["first_name", "last_name"];

    fn called(&self) -> String {
        self.full_name()
    }

    fn recognised_by(&self) -> Traits {
        self.traits()
    }

    fn keys(&self) -> &[String] {
        &self.match_keys
    }

    fn merged_into(&self) -> Option<Uuid> {
        self.merged_into_id.map(|id| id.uuid())
    }
}

/// A record that may be the same as another.
#[body]
pub struct Duplicate {
    /// The record.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// How likely it is the same, in percent.
    pub score: i32,
    /// What the two have in common.
    pub reasons: Vec<Reason>,
}

/// Records that may be the same as another.
#[body]
pub struct Duplicates {
    /// The likeliest first, 20 at most.
    pub items: Vec<Duplicate>,
}

/// Two records that may be the same.
#[body]
pub struct Pair {
    /// The one.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The other.
    pub other_id: Uuid,
    /// What that is called.
    pub other_name: String,
    /// How likely they are the same, in percent.
    pub score: i32,
    /// What the two have in common.
    pub reasons: Vec<Reason>,
}

/// Pairs of records that may be the same.
#[body]
pub struct Pairs {
    /// Those among some of the records, the likeliest first; each pair comes once.
    pub items: Vec<Pair>,
    /// What asks for those among the next records; nothing after the last.
    pub next_cursor: Option<String>,
}

/// Which records are looked at.
#[query]
pub(crate) struct Sought {
    /// Those after a page whose `next_cursor` it is.
    #[field(max = 2048)]
    pub cursor: Option<String>,
}

/// Companies that may be the same as this one
///
/// They share a number, an address or the name, or a word of the name. Those that were
/// merged into another are not among them.
#[get("/companies/{id:uuid}/duplicates")]
pub(crate) fn of_company(id: Ref<Company>) -> Result<Duplicates> {
    beside(id)
}

/// Contacts that may be the same as this one
///
/// They share a number, an address or the name, or a word of the name. Those that were
/// merged into another are not among them.
#[get("/contacts/{id:uuid}/duplicates")]
pub(crate) fn of_contact(id: Ref<Contact>) -> Result<Duplicates> {
    beside(id)
}

/// Companies that may be entered twice
///
/// All companies are gone through, 100 at a time: a page may be empty and have a next.
#[get("/companies/duplicates")]
pub(crate) fn among_companies(query: Sought) -> Result<Pairs> {
    among::<Company>(query)
}

/// Contacts that may be entered twice
///
/// All contacts are gone through, 100 at a time: a page may be empty and have a next.
#[get("/contacts/duplicates")]
pub(crate) fn among_contacts(query: Sought) -> Result<Pairs> {
    among::<Contact>(query)
}

fn beside<M: Party>(id: Ref<M>) -> Result<Duplicates> {
    let record = db::get(id)?;
    let Some(alike) = alike(&*record) else { return Ok(Duplicates::default()) };
    let candidates = living::<M>().filter(alike).limit(CANDIDATES_MAX).all()?;
    let traits = record.recognised_by();
    let others = candidates.iter().filter(|other| other.id != record.id);
    let mut items: Vec<Duplicate> = others.filter_map(|other| duplicate(&traits, other)).collect();
    items.sort_by_key(|one| (-one.score, one.id));
    items.truncate(SHOWN_MAX);
    Ok(Duplicates { items })
}

fn living<M: Party>() -> db::Find<M> {
    db::find().is_null("merged_into_id")
}

/// Records that share a key or a word of the name, all found by indexes. Of what has
/// neither, nothing can be said.
fn alike<M: Party>(record: &M) -> Option<Condition> {
    let keys = record.keys();
    let keyed =
        (!keys.is_empty()).then(|| Condition::has_any("match_keys", keys.iter().take(KEYS_MAX)));
    let called = record.called();
    let word = telling_word(&called).map(|word| format!("*{word}*"));
    let named = word.iter().flat_map(|word| {
        M::NAMES.iter().map(move |field| Condition::compare(field, "ilike", word))
    });
    let ways: Vec<Condition> = keyed.into_iter().chain(named).collect();
    (!ways.is_empty()).then(|| Condition::any(ways))
}

/// The longest word of a name, as it is written.
fn telling_word(name: &str) -> Option<&str> {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let long = words.filter(|word| word.chars().count() >= WORD_CHARACTERS_MIN);
    long.max_by_key(|word| word.chars().count())
}

fn duplicate<M: Party>(traits: &Traits, other: &Record<M>) -> Option<Duplicate> {
    let Likeness { score, reasons } = traits.likeness(&other.recognised_by());
    let (id, name) = (other.id.uuid(), other.called());
    (score >= SCORE_MIN).then_some(Duplicate { id, name, score, reasons })
}

fn among<M: Party>(query: Sought) -> Result<Pairs> {
    let mut page = living::<M>().order("created_at").limit(PAGE);
    if let Some(cursor) = &query.cursor {
        page = page.cursor(cursor);
    }
    let page = page.page().map_err(blame_cursor)?;
    let keys: Vec<&String> =
        page.items.iter().flat_map(|record| record.keys().iter().take(KEYS_MAX)).collect();
    let candidates = match keys.is_empty() {
        true => Vec::new(),
        false => living::<M>().has_any("match_keys", keys).limit(CANDIDATES_OF_PAGE_MAX).all()?,
    };
    Ok(Pairs { items: pairs(&page.items, &candidates), next_cursor: page.next_cursor })
}

/// A cursor that is none of ours is a fault of the query.
fn blame_cursor(error: Error) -> Error {
    match error.status {
        400 | 422 => Error::invalid_query("cursor", "format", "That is no cursor of this list."),
        _ => error,
    }
}

/// The pairs of records of a page with candidates, each from the older record's side.
fn pairs<M: Party>(page: &[Record<M>], candidates: &[Record<M>]) -> Vec<Pair> {
    let mut sharing: BTreeMap<&String, Vec<&Record<M>>> = BTreeMap::new();
    for other in candidates {
        for key in other.keys() {
            sharing.entry(key).or_default().push(other);
        }
    }
    let mut pairs: Vec<Pair> = page.iter().flat_map(|one| pairs_of(one, &sharing)).collect();
    pairs.sort_by_key(|pair| (-pair.score, pair.id, pair.other_id));
    pairs
}

fn pairs_of<M: Party>(one: &Record<M>, sharing: &BTreeMap<&String, Vec<&Record<M>>>) -> Vec<Pair> {
    let others = one.keys().iter().filter_map(|key| sharing.get(key)).flatten();
    let others: BTreeMap<Uuid, &&Record<M>> = others
        .map(|other| (other.id.uuid(), other))
        .filter(|(id, _)| *id > one.id.uuid())
        .take(CANDIDATES_MAX as usize)
        .collect();
    let traits = one.recognised_by();
    let found = others.values().filter_map(|other| duplicate(&traits, other));
    let pair = |other: Duplicate| Pair {
        id: one.id.uuid(),
        name: one.called(),
        other_id: other.id,
        other_name: other.name,
        score: other.score,
        reasons: other.reasons,
    };
    found.map(pair).take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_is_looked_for() {
        assert_eq!(telling_word("The Island Trading Co."), Some("Trading"));
        assert_eq!(telling_word("A.B. *%_*"), None);
    }
}
