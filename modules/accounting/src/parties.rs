//! Parties that took the place of others: what was posted keeps its party, and is shown
//! and settled under the one that stays.

use std::collections::BTreeMap;

use eerp_accounting_api::{MOVE_PARTY, PartyMove};
use eerp_sdk::prelude::*;

use crate::Line;

/// How many values one condition has at most.
const VALUES_MAX: usize = 1000;

/// A party that another took the place of.
#[model(
    table = "party_aliases",
    path = "party-aliases",
    title = "Party alias",
    plural = "Party aliases",
    display = "name"
)]
pub struct PartyAlias {
    /// The party that went.
    #[field(readonly, unique)]
    pub from_id: Uuid,
    /// The party that stays.
    #[field(readonly, index)]
    pub to_id: Uuid,
    /// What that one is called.
    #[field(readonly, max = 200)]
    pub name: String,
}

/// The parties that stay, by those that went.
#[derive(Debug, Default)]
pub(crate) struct Parties(BTreeMap<Uuid, Record<PartyAlias>>);

impl Parties {
    /// Looks up who took the place of these; of a single one nobody needs to know.
    pub(crate) fn apart(ids: impl Iterator<Item = Option<Uuid>>) -> Result<Self> {
        let mut ids: Vec<Option<Uuid>> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() < 2 {
            return Ok(Self::default());
        }
        Self::of(ids.into_iter().flatten())
    }

    /// Looks up who took the place of these.
    pub(crate) fn of(ids: impl Iterator<Item = Uuid>) -> Result<Self> {
        let ids: Vec<Uuid> = ids.collect();
        let mut aliases = BTreeMap::new();
        for some in ids.chunks(VALUES_MAX) {
            let found = db::find::<PartyAlias>().one_of("from_id", some.iter().copied());
            let found = found.limit(VALUES_MAX as u32).all()?;
            aliases.extend(found.into_iter().map(|alias| (alias.from_id, alias)));
        }
        Ok(Self(aliases))
    }

    /// The party that stays.
    pub(crate) fn stays(&self, party: Option<Uuid>) -> Option<Uuid> {
        party.map(|party| self.0.get(&party).map_or(party, |alias| alias.to_id))
    }

    /// What the party is called that took the place of this one, if any did.
    pub(crate) fn name(&self, party: Option<Uuid>) -> Option<&String> {
        self.0.get(&party?).map(|alias| &alias.name)
    }
}

/// The party, and all that it took the place of.
pub(crate) fn all_of(party: Uuid) -> Result<Vec<Uuid>> {
    let went = db::find::<PartyAlias>().eq("to_id", party).limit(VALUES_MAX as u32 - 1).all()?;
    Ok([party].into_iter().chain(went.iter().map(|alias| alias.from_id)).collect())
}

/// Posted lines keep their party; those of drafts get the one that stays.
#[serves(MOVE_PARTY)]
pub(crate) fn move_party(input: PartyMove) -> Result<()> {
    let PartyMove { from, to, name } = input;
    let to = Parties::of([to].into_iter())?.stays(Some(to)).unwrap_or(to);
    if from == to {
        let message = "A party does not take its own place.";
        return Err(Error::invalid("to", "same", message));
    }
    let went = db::find::<PartyAlias>()
        .filter(Condition::any([Condition::eq("to_id", from), Condition::eq("from_id", from)]));
    let mut went = went.all()?;
    if went.iter().all(|alias| alias.from_id != from) {
        db::create(&PartyAlias { from_id: from, to_id: to, name: name.clone() })?;
    }
    for alias in &mut went {
        alias.to_id = to;
        alias.name.clone_from(&name);
    }
    for some in went.chunks(VALUES_MAX) {
        db::update_all(some)?;
    }
    move_drafts(from, to, &name)
}

fn move_drafts(from: Uuid, to: Uuid, name: &str) -> Result<()> {
    let mut lines = db::find::<Line>().eq("party_id", from).eq("posted", false).all()?;
    for line in &mut lines {
        line.party_id = Some(to);
        line.party = Some(name.into());
    }
    for some in lines.chunks(VALUES_MAX) {
        db::update_all(some)?;
    }
    Ok(())
}
