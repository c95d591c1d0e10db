//! How likely two companies, or two people, are one. Nothing here reads a record.

use std::collections::BTreeSet;

use eerp_sdk::prelude::*;

use crate::matching;

/// What two records have in common.
#[choice]
pub enum Reason {
    /// The tax number.
    TaxId,
    /// An e-mail address.
    Email,
    /// A domain of their website or e-mail.
    Website,
    /// A telephone number.
    Phone,
    /// The name, or nearly.
    Name,
    /// Where they work.
    Company,
}

/// How likely two records are one, in percent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Likeness {
    pub(crate) score: i32,
    pub(crate) reasons: Vec<Reason>,
}

/// How much each thing in common tells, in percent; names as much as they are alike.
const TAX_ID: u32 = 95;
const EMAIL: u32 = 85;
const WEBSITE: u32 = 50;
const PHONE: u32 = 50;
const NAME_OF_COMPANY: u32 = 80;
const NAME_OF_PERSON: u32 = 60;
const EMPLOYER: u32 = 40;
/// Names that are less alike have nothing in common.
const NAME_LIKENESS_MIN: u32 = 60;

/// What somebody is recognised by, in its simplest form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traits {
    words: Vec<String>,
    name_weight: u32,
    tax_id: Option<String>,
    emails: Vec<String>,
    domains: Vec<String>,
    phones: Vec<String>,
    employer: Option<Uuid>,
}

impl Traits {
    pub(crate) fn of_company(name: &str) -> Self {
        let words = matching::words_of_company(name);
        Self { words, name_weight: NAME_OF_COMPANY, ..Self::default() }
    }

    pub(crate) fn of_person(name: &str, employer: Option<Uuid>) -> Self {
        let words = matching::words(name);
        Self { words, name_weight: NAME_OF_PERSON, employer, ..Self::default() }
    }

    pub(crate) fn with_tax_id(mut self, text: Option<&str>) -> Self {
        self.tax_id = text.and_then(matching::tax_id);
        self
    }

    /// Of a company the domain tells something as well; of people, their colleagues have
    /// the same.
    pub(crate) fn with_email(mut self, text: Option<&str>) -> Self {
        self.emails.extend(text.and_then(matching::email));
        if self.name_weight == NAME_OF_COMPANY {
            self.domains.extend(text.and_then(matching::domain_of_email));
        }
        self
    }

    pub(crate) fn with_website(mut self, text: Option<&str>) -> Self {
        let domain = text.and_then(matching::domain_of_website);
        self.domains.extend(domain.filter(|domain| !self.domains.contains(domain)));
        self
    }

    pub(crate) fn with_phone(mut self, text: Option<&str>) -> Self {
        let phone = text.and_then(matching::phone);
        self.phones.extend(phone.filter(|phone| !self.phones.contains(phone)));
        self
    }

    /// What is equal in records that may be one.
    pub(crate) fn keys(&self) -> Vec<String> {
        let name = Some(matching::in_order(&self.words)).filter(|name| !name.is_empty());
        let groups = [
            ("name", name.as_slice()),
            ("sound", matching::skeleton(&self.words).as_slice()),
            ("tax", self.tax_id.as_slice()),
            ("mail", &self.emails[..]),
            ("web", &self.domains[..]),
            ("phone", &self.phones[..]),
        ]
        .map(|(kind, values)| values.iter().map(|it| format!("{kind}:{it}")).collect::<Vec<_>>());
        groups.concat()
    }

    /// How likely this is the same as the other.
    pub(crate) fn likeness(&self, other: &Self) -> Likeness {
        let evidence = self.evidence(other);
        let doubt = evidence.iter().fold(10_000, |doubt, (_, weight)| doubt * (100 - weight) / 100);
        let mut score = 100 - doubt.div_ceil(100);
        // Two numbers of the tax office are two companies, whatever they share.
        if self.tax_id.is_some() && other.tax_id.is_some() && self.tax_id != other.tax_id {
            score /= 2;
        }
        let reasons = evidence.into_iter().map(|(reason, _)| reason).collect();
        Likeness { score: i32::try_from(score).unwrap_or_default(), reasons }
    }

    fn evidence(&self, other: &Self) -> Vec<(Reason, u32)> {
        let alike = likeness_of_names(&self.words, &other.words);
        let named = alike >= NAME_LIKENESS_MIN;
        let colleagues = self.employer.is_some() && self.employer == other.employer;
        let all = [
            (self.tax_id.is_some() && self.tax_id == other.tax_id, Reason::TaxId, TAX_ID),
            (share(&self.emails, &other.emails), Reason::Email, EMAIL),
            (share(&self.domains, &other.domains), Reason::Website, WEBSITE),
            (share(&self.phones, &other.phones), Reason::Phone, PHONE),
            (named, Reason::Name, self.name_weight * alike / 100),
            (named && colleagues, Reason::Company, EMPLOYER),
        ];
        all.into_iter().filter(|(found, ..)| *found).map(|(_, why, weight)| (why, weight)).collect()
    }
}

fn share(ours: &[String], theirs: &[String]) -> bool {
    ours.iter().any(|one| theirs.contains(one))
}

/// How much of two names is alike, in percent: the shares of three letters in a row that
/// they have in common, words by words (the coefficient of Dice).
fn likeness_of_names(ours: &[String], theirs: &[String]) -> u32 {
    let (ours, theirs) = (trigrams(ours), trigrams(theirs));
    let (all, common) = (ours.len() + theirs.len(), ours.intersection(&theirs).count());
    u32::try_from(200 * common / all.max(1)).unwrap_or_default()
}

fn trigrams(words: &[String]) -> BTreeSet<[char; 3]> {
    let mut trigrams = BTreeSet::new();
    for word in words {
        let letters: Vec<char> = format!("  {word} ").chars().collect();
        trigrams.extend(letters.windows(3).map(|three| [three[0], three[1], three[2]]));
    }
    trigrams
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company(name: &str) -> Traits {
        Traits::of_company(name)
    }

    fn score(one: &Traits, other: &Traits) -> i32 {
        assert_eq!(one.likeness(other).score, other.likeness(one).score);
        one.likeness(other).score
    }

    #[test]
    fn one_name_in_two_forms_is_likely_one_company() {
        let likeness = company("Acme Trading Ltd.").likeness(&company("ACME Trading"));
        assert_eq!(likeness, Likeness { score: 80, reasons: vec![Reason::Name] });
        assert!(score(&company("Alfreds Futterkiste"), &company("Alfred Futterkiste")) > 60);
        assert_eq!(score(&company("Acme"), &company("Island Trading")), 0);
    }

    #[test]
    fn what_adds_up_is_never_certain() {
        let full = |name: &str| {
            company(name)
                .with_tax_id(Some("ATU12345678"))
                .with_email(Some("info@acme.example"))
                .with_website(Some("https://acme.example"))
                .with_phone(Some("030 0074321"))
        };
        let likeness = full("Acme").likeness(&full("Acme"));
        assert_eq!((likeness.score, likeness.reasons.len()), (99, 5));
    }

    #[test]
    fn one_tax_number_is_enough_and_two_speak_against_it() {
        let taxed = |name: &str, number| company(name).with_tax_id(Some(number));
        assert_eq!(score(&taxed("Acme", "ATU 1234567"), &taxed("Apex", "atu1234567")), 95);
        assert_eq!(score(&taxed("Acme", "ATU 1234567"), &taxed("Acme", "ATU 7654321")), 40);
    }

    #[test]
    fn colleagues_are_no_duplicates_and_namesakes_may_be() {
        let firm = Some(Uuid::from_bytes([1; 16]));
        let ann = Traits::of_person("Ann Lee", firm).with_email(Some("ann@acme.example"));
        let bob = Traits::of_person("Bob Ray", firm).with_email(Some("bob@acme.example"));
        assert_eq!(score(&ann, &bob), 0);
        assert_eq!(score(&ann, &Traits::of_person("Lee, Ann", None)), 60);
        assert_eq!(score(&ann, &Traits::of_person("Ann Lee", firm)), 76);
    }

    #[test]
    fn an_address_is_shared_by_one_person() {
        let mail = |name: &str| Traits::of_person(name, None).with_email(Some("a@acme.example"));
        assert_eq!(score(&mail("Ann Lee"), &mail("A. Stone")), 85);
    }

    #[test]
    fn keys_are_what_two_records_share() {
        let acme = company("The Acme Ltd")
            .with_tax_id(Some("ATU 123456"))
            .with_email(Some("Info@acme.example"))
            .with_website(Some("www.acme.example"))
            .with_phone(Some("0300074321"));
        assert_eq!(
            acme.keys(),
            [
                "name:acme",
                "tax:ATU123456",
                "mail:info@acme.example",
                "web:acme.example",
                "phone:300074321",
            ]
        );
        assert_eq!(company("-").keys(), [""; 0]);
    }
}
