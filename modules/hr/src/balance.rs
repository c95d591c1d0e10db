//! What is left of allocated leave, reckoned from the entries of its ledger. All of it is
//! arithmetic; nothing here reads a record.

use eerp_sdk::prelude::*;

use crate::calendar::Days;

/// Days that were booked: for an allocation, or for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// The allocation, and the days on which leave may be taken of it.
    pub allocation: Option<(Uuid, Days)>,
    /// Days, negative when they were taken.
    pub days: Decimal,
}

/// Days of leave that were allocated, and how many are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The allocation.
    pub allocation: Uuid,
    /// When they may be taken.
    pub valid: Days,
    /// How many are left.
    pub left: Decimal,
}

/// All leave of one type that somebody has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// What was allocated, what ends first before the rest.
    pub grants: Vec<Grant>,
    /// Days that were taken beyond what was allocated; zero or more.
    pub owed: Decimal,
}

/// What is taken of the allocations: of which how many days, and what none of them had.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawn {
    /// Days by their allocations.
    pub parts: Vec<(Uuid, Decimal)>,
    /// Days that were missing.
    pub missing: Decimal,
}

impl Account {
    /// What these entries come to.
    pub fn of(entries: &[Booked]) -> Self {
        let mut account = Self::default();
        for entry in entries {
            match entry.allocation {
                Some((allocation, valid)) => {
                    account.grant(allocation, valid).left += entry.days;
                }
                None => account.owed -= entry.days,
            }
        }
        account.grants.sort_by_key(|grant| (grant.valid.to, grant.valid.from, grant.allocation));
        account
    }

    fn grant(&mut self, allocation: Uuid, valid: Days) -> &mut Grant {
        let at = self.grants.iter().position(|grant| grant.allocation == allocation);
        let at = at.unwrap_or_else(|| {
            self.grants.push(Grant { allocation, valid, left: Decimal::ZERO });
            self.grants.len() - 1
        });
        &mut self.grants[at]
    }

    /// Days that may be taken on this day: of the allocations that hold on it, without
    /// what is owed.
    pub fn balance(&self, day: Date) -> Decimal {
        let valid = self.grants.iter().filter(|grant| grant.valid.has(day));
        valid.map(|grant| grant.left).sum::<Decimal>() - self.owed
    }

    /// Days that nobody took while they could be.
    pub fn expired(&self, day: Date) -> Decimal {
        let ended = self.grants.iter().filter(|grant| grant.valid.to < day);
        ended.map(|grant| grant.left.max(Decimal::ZERO)).sum()
    }

    /// Takes days, each of the allocation that ends first of those that hold on it. What
    /// is owed is taken before.
    pub fn draw(&self, days: &[(Date, Decimal)]) -> Drawn {
        let mut grants = self.grants.clone();
        settle(&mut grants, self.owed);
        let mut drawn = Drawn::default();
        for (day, wanted) in days {
            let mut wanted = *wanted;
            for grant in grants.iter_mut().filter(|grant| grant.valid.has(*day)) {
                let part = take(grant, wanted);
                wanted -= part;
                drawn.add(grant.allocation, part);
            }
            drawn.missing += wanted;
        }
        drawn
    }
}

impl Drawn {
    fn add(&mut self, allocation: Uuid, days: Decimal) {
        if days.is_zero() {
            return;
        }
        match self.parts.iter_mut().find(|(known, _)| *known == allocation) {
            Some((_, sum)) => *sum += days,
            None => self.parts.push((allocation, days)),
        }
    }
}

/// Takes as many of these days as are there.
fn take(grant: &mut Grant, wanted: Decimal) -> Decimal {
    let part = grant.left.min(wanted).max(Decimal::ZERO);
    grant.left -= part;
    part
}

fn settle(grants: &mut [Grant], mut owed: Decimal) {
    for grant in grants {
        owed -= take(grant, owed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn id(number: u8) -> Uuid {
        Uuid::from_bytes([number; 16])
    }

    fn year(number: u8, year: u16) -> (Uuid, Days) {
        let at = |month, day| Date::new(year, month, day).expect("a date");
        (id(number), Days { from: at(1, 1), to: at(12, 31) })
    }

    fn booked(allocation: Option<(Uuid, Days)>, days: i64) -> Booked {
        Booked { allocation, days: days.into() }
    }

    fn whole(days: &[&str]) -> Vec<(Date, Decimal)> {
        days.iter().map(|text| (day(text), Decimal::ONE)).collect()
    }

    #[test]
    fn the_balance_is_the_sum_of_what_holds_on_the_day() {
        let (old, new) = (Some(year(1, 2025)), Some(year(2, 2026)));
        let account = Account::of(&[booked(old, 20), booked(old, -15), booked(new, 25)]);
        assert_eq!(account.balance(day("2025-12-31")), 5.into());
        assert_eq!(account.balance(day("2026-01-01")), 25.into());
        assert_eq!(account.balance(day("2027-01-01")), 0.into());
        assert_eq!(account.expired(day("2026-01-01")), 5.into());
        assert_eq!(account.expired(day("2025-12-31")), 0.into());
    }

    #[test]
    fn leave_over_new_year_is_taken_of_both_years() {
        let (old, new) = (Some(year(1, 2025)), Some(year(2, 2026)));
        let account = Account::of(&[booked(new, 25), booked(old, 3)]);
        let drawn = account.draw(&whole(&["2025-12-30", "2025-12-31", "2026-01-02"]));
        assert_eq!(drawn.parts, [(id(1), 2.into()), (id(2), 1.into())]);
        assert_eq!(drawn.missing, Decimal::ZERO);
    }

    #[test]
    fn what_was_carried_over_is_taken_first_as_it_ends_first() {
        let carried = (id(3), Days { from: day("2026-01-01"), to: day("2026-03-31") });
        let account = Account::of(&[booked(Some(year(2, 2026)), 25), booked(Some(carried), 1)]);
        let drawn = account.draw(&whole(&["2026-02-02", "2026-02-03"]));
        assert_eq!(drawn.parts, [(id(3), 1.into()), (id(2), 1.into())]);
    }

    #[test]
    fn days_of_no_allocation_are_missing_and_what_is_owed_is_taken_before() {
        let account = Account::of(&[booked(Some(year(2, 2026)), 3), booked(None, -2)]);
        assert_eq!(account.balance(day("2026-05-05")), 1.into());
        let drawn = account.draw(&whole(&["2025-12-31", "2026-05-04", "2026-05-05"]));
        assert_eq!((drawn.parts, drawn.missing), (vec![(id(2), 1.into())], 2.into()));
    }

    #[test]
    fn whatever_is_drawn_and_booked_the_balance_never_falls_below_zero() {
        for (given, wanted) in (0..12).flat_map(|given| (0..12).map(move |want| (given, want))) {
            let allocation = year(2, 2026);
            let mut entries = vec![booked(Some(allocation), given)];
            let drawn =
                Account::of(&entries).draw(&vec![(day("2026-05-05"), Decimal::ONE); wanted]);
            let taken: Decimal = drawn.parts.iter().map(|(_, days)| *days).sum();
            assert_eq!(taken + drawn.missing, Decimal::from(wanted as u64));
            entries.push(Booked { allocation: Some(allocation), days: -taken });
            let balance = Account::of(&entries).balance(day("2026-05-05"));
            assert_eq!(balance, Decimal::from(given) - taken);
            assert!(balance >= Decimal::ZERO && (drawn.missing.is_zero() || balance.is_zero()));
        }
    }
}
