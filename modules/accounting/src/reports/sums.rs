//! What accounts come to, added up by PostgreSQL.

use eerp_sdk::prelude::*;

use super::Scope;
use crate::Account;

/// How many groups one question has at most.
const GROUPS_MAX: u32 = 1000;

/// What an account came to, in the currency of the books.
#[body]
pub(crate) struct Sum {
    pub(crate) account_id: Ref<Account>,
    pub(crate) book_currency: String,
    pub(crate) debit: Decimal,
    pub(crate) credit: Decimal,
}

/// What an account came to in one second currency, or without any.
#[body]
pub(crate) struct ForeignSum {
    pub(crate) account_id: Ref<Account>,
    pub(crate) book_currency: String,
    pub(crate) currency: Option<String>,
    pub(crate) debit: Decimal,
    pub(crate) credit: Decimal,
    pub(crate) amount: Option<Decimal>,
}

impl Sum {
    /// Debit less credit.
    pub(crate) fn balance(&self) -> Decimal {
        self.debit - self.credit
    }
}

/// What each account came to.
pub(crate) fn by_account(scope: &Scope) -> Result<Vec<Sum>> {
    let ask = |scope: &Scope, after: Option<Ref<Account>>| {
        let mut lines = scope.lines();
        if let Some(after) = after {
            lines = lines.gt("account_id", after);
        }
        let sums = lines.aggregate().group("account_id").group("book_currency");
        let sums = sums.sum("debit", "debit").sum("credit", "credit");
        sums.order("account_id").limit(GROUPS_MAX).all::<Sum>()
    };
    in_parts(|after| ask(scope, after), |sum| sum.account_id)
}

/// What each account came to, currency by currency.
pub(crate) fn by_currency(scope: &Scope) -> Result<Vec<ForeignSum>> {
    let ask = |after: Option<Ref<Account>>| {
        let mut lines = scope.lines();
        if let Some(after) = after {
            lines = lines.gt("account_id", after);
        }
        let sums = lines.aggregate().group("account_id").group("book_currency").group("currency");
        let sums = sums.sum("debit", "debit").sum("credit", "credit");
        let sums = sums.sum("amount", "amount_currency");
        sums.order("account_id").limit(GROUPS_MAX).all::<ForeignSum>()
    };
    in_parts(ask, |sum| sum.account_id)
}

/// All groups, however many: the last account of a full part is asked for again with the
/// next part, since some of its groups may have had no room.
fn in_parts<S>(
    ask: impl Fn(Option<Ref<Account>>) -> Result<Vec<S>>,
    account: impl Fn(&S) -> Ref<Account>,
) -> Result<Vec<S>> {
    let mut all: Vec<S> = Vec::new();
    loop {
        let part = ask(all.last().map(&account))?;
        let full = part.len() >= GROUPS_MAX as usize;
        all.extend(part);
        if !full {
            return Ok(all);
        }
        let last = all.last().map(&account);
        let whole = all.iter().rposition(|sum| Some(account(sum)) != last);
        let message = "An account has too many currencies to be added up.";
        let whole = whole.ok_or_else(|| Error::conflict("too_many_currencies", message))?;
        all.truncate(whole + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u16) -> Ref<Account> {
        let [a, b] = n.to_be_bytes();
        let mut bytes = [0; 16];
        (bytes[0], bytes[1]) = (a, b);
        Ref::new(Uuid::from_bytes(bytes))
    }

    #[test]
    fn whatever_fits_in_a_part_nothing_is_lost_or_counted_twice() {
        // Three groups an account: a part ends within one.
        let groups: Vec<(u16, u8)> = (1..1000).flat_map(|n| [(n, 0), (n, 1), (n, 2)]).collect();
        let ask = |after: Option<Ref<Account>>| {
            let later = groups
                .iter()
                .filter(|(n, _)| after.is_none_or(|after| id(*n).uuid() > after.uuid()));
            Ok(later.copied().take(GROUPS_MAX as usize).collect::<Vec<_>>())
        };
        let all = in_parts(ask, |(n, _)| id(*n)).expect("sums");
        assert_eq!(all, groups);
    }
}
