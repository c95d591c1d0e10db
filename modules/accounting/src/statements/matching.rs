//! Which entry a line of a statement belongs to, as far as that is certain: pure.

use eerp_sdk::prelude::*;

/// The days that a bank may take to book what is in the books already.
pub(crate) const DAYS_MAX: i64 = 10;

/// What a line of a statement says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) amount: Decimal,
    pub(crate) date: Date,
    /// All that it refers to and is about.
    pub(crate) text: String,
    pub(crate) party: Option<String>,
}

/// What it could belong to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    /// Whether the money is in the books already, and not only expected.
    pub(crate) booked: bool,
    pub(crate) amount: Decimal,
    pub(crate) date: Date,
    /// The numbers by which a payer may call it.
    pub(crate) names: Vec<String>,
    pub(crate) party: Option<String>,
}

/// How well a choice fits, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// The money is in the books already.
    Booked,
    /// The payer names it.
    Named,
    /// The payer is who owes it.
    Party,
    /// The amount is the same.
    Amount,
}

/// How well a choice fits, if it does: the amount is the same in any case.
pub(crate) fn fit(said: &Said, choice: &Choice) -> Option<Fit> {
    if said.amount != choice.amount {
        return None;
    }
    if choice.booked {
        let days = (said.date.days() - choice.date.days()).abs();
        return (days <= DAYS_MAX).then_some(Fit::Booked);
    }
    let same = |party: &String| said.party.as_ref().is_some_and(|other| alike(party, other));
    Some(if choice.names.iter().any(|name| names(&said.text, name)) {
        Fit::Named
    } else if choice.party.as_ref().is_some_and(same) {
        Fit::Party
    } else {
        Fit::Amount
    })
}

/// The choice that is certain: the only one that fits best, by more than its amount.
pub(crate) fn certain(fits: &[(usize, Fit)]) -> Option<usize> {
    let best = fits.iter().map(|(_, fit)| *fit).min().filter(|best| *best < Fit::Amount)?;
    let mut with = fits.iter().filter(|(_, fit)| *fit == best);
    match (with.next(), with.next()) {
        (Some((choice, _)), None) => Some(*choice),
        _ => None,
    }
}

/// Whether a word of the text is this number, however it is punctuated.
fn names(text: &str, name: &str) -> bool {
    let name = bare(name);
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':'));
    !name.is_empty() && words.map(bare).any(|word| word == name)
}

fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (bare(one), bare(other));
    !one.is_empty() && one == other
}

/// Letters and digits alone, in small letters.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, party: &str) -> Said {
        let date = Date::new(2026, 1, 31).expect("a day");
        Said { amount: 100.into(), date, text: text.into(), party: Some(party.into()) }
    }

    fn owed(name: &str, party: &str) -> Choice {
        Choice {
            amount: 100.into(),
            names: vec![name.into()],
            party: Some(party.into()),
            ..Choice::default()
        }
    }

    fn fits(said: &Said, choices: &[Choice]) -> Vec<(usize, Fit)> {
        let fits = choices.iter().map(|choice| fit(said, choice)).enumerate();
        fits.filter_map(|(place, fit)| Some((place, fit?))).collect()
    }

    #[test]
    fn the_payer_names_it() {
        let choices = [owed("INV/2026/00001", "A"), owed("INV/2026/00002", "A")];
        for text in ["pays inv/2026/00002.", "Invoice:INV-2026-00002", "INV202600002, thanks"] {
            assert_eq!(certain(&fits(&said(text, ""), &choices)), Some(1), "{text}");
        }
        for text in ["INV/2026/000021", "INV/2026/00001 INV/2026/00002", "2026", ""] {
            assert_eq!(certain(&fits(&said(text, ""), &choices)), None, "{text}");
        }
    }

    #[test]
    fn the_payer_is_who_owes_it() {
        let choices = [owed("1", "Smith & Sons Ltd."), owed("2", "Jones")];
        assert_eq!(certain(&fits(&said("", "SMITH & SONS LTD"), &choices)), Some(0));
        assert_eq!(certain(&fits(&said("", "Smith"), &choices)), None);
        let twice = [owed("1", "Jones"), owed("2", "Jones")];
        assert_eq!(certain(&fits(&said("", "Jones"), &twice)), None);
        assert_eq!(certain(&fits(&said("2", "Jones"), &twice)), Some(1));
    }

    #[test]
    fn an_amount_alone_is_not_certain_and_another_amount_does_not_fit() {
        assert_eq!(certain(&fits(&said("", ""), &[owed("1", "Jones")])), None);
        let other = Choice { amount: 99.into(), ..owed("1", "Jones") };
        assert_eq!(fits(&said("1", "Jones"), &[other]), []);
    }

    #[test]
    fn what_is_in_the_books_already_comes_first_when_the_days_are_near() {
        let booked = |day| Choice {
            booked: true,
            date: Date::new(2026, 1, day).expect("a day"),
            ..owed("", "")
        };
        let choices = [owed("7", "Jones"), booked(25)];
        assert_eq!(certain(&fits(&said("7", ""), &choices)), Some(1));
        assert_eq!(certain(&fits(&said("7", ""), &[owed("7", ""), booked(1)])), Some(0));
        assert_eq!(certain(&fits(&said("", ""), &[booked(25), booked(26)])), None);
    }
}
