//! What each party comes to in each bucket, added up by PostgreSQL.

use eerp_accounting_api::{OwnCompany, Purpose};
use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

use super::{BUCKETS, GROUPS_MAX};
use crate::{Line, Match};

/// What is asked for.
pub(super) struct Scope {
    pub(super) date: Date,
    pub(super) purpose: Purpose,
    pub(super) own_company_id: Option<Ref<OwnCompany>>,
    pub(super) parties: Option<Vec<Uuid>>,
}

/// What a party comes to in one bucket.
#[body]
pub(crate) struct PartySum {
    /// The party.
    pub(crate) party_id: Option<Uuid>,
    /// The currency of the books, by its code.
    pub(crate) book_currency: String,
    /// What it is called.
    pub(crate) name: Option<String>,
    /// The sum.
    #[field(numeric(24, 4))]
    pub(crate) total: Option<Decimal>,
}

/// What a party is called.
#[body]
pub(crate) struct PartyName {
    /// The party.
    pub(crate) party_id: Option<Uuid>,
    /// What it is called.
    pub(crate) name: Option<String>,
}

impl Scope {
    /// 1, or -1 where what is owed stands on the right.
    pub(super) fn sign(&self) -> Decimal {
        if self.purpose == Purpose::Payable { -Decimal::ONE } else { Decimal::ONE }
    }

    /// What each party comes to in each bucket.
    pub(super) fn buckets(&self) -> Result<Vec<(usize, PartySum)>> {
        let mut all = Vec::new();
        for (bucket, days) in BUCKETS.into_iter().enumerate() {
            let Some(due) = self.due(days) else { continue };
            let mut add = |sums: Vec<PartySum>, sign: Decimal| {
                all.extend(sums.into_iter().map(|sum| {
                    let total = sum.total.map(|total| total * sign);
                    (bucket, PartySum { total, ..sum })
                }));
            };
            let sign = self.sign();
            let open = || self.open_lines().filter(due.of_line());
            add(by_party(open, "residual", Some("party"))?, sign);
            let debits = || self.settled_since("debit_line.date").filter(due.of("debit_due_on"));
            add(by_party(debits, "amount", None)?, sign);
            let credits = || self.settled_since("credit_line.date").filter(due.of("credit_due_on"));
            add(by_party(credits, "amount", None)?, -sign);
        }
        Ok(all)
    }

    /// The days by which what is in a bucket had to be paid; nothing when there are none.
    fn due(&self, (from, to): (Option<i64>, Option<i64>)) -> Option<Due> {
        let last = from.map(|days| self.date.plus_days(-days));
        let first = to.and_then(|days| self.date.plus_days(-days));
        if last == Some(None) { None } else { Some(Due { first, last: last.flatten() }) }
    }

    /// What was there on the day and is open now.
    pub(super) fn open_lines(&self) -> db::Find<Line> {
        let open = ["lt", "gt"].map(|way| Condition::compare("residual", way, Decimal::ZERO));
        let found = db::find::<Line>().filter(Condition::any(open));
        self.narrow(found).eq("posted", true).lte("date", self.date)
    }

    /// What was settled after the day, of lines that were there on the day.
    fn settled_since(&self, line_date: &str) -> db::Find<Match> {
        self.narrow(db::find()).gt("date", self.date).lte(line_date, self.date)
    }

    pub(super) fn narrow<M: Model>(&self, found: db::Find<M>) -> db::Find<M> {
        let mut found = found.eq("account.purpose", self.purpose);
        if let Some(own) = self.own_company_id {
            found = found.eq("own_company_id", own);
        }
        match &self.parties {
            Some(parties) => found.one_of("party_id", parties.iter().copied()),
            None => found,
        }
    }
}

/// The first and the last day by which something had to be paid, as far as they matter.
#[derive(Clone, Copy)]
struct Due {
    first: Option<Date>,
    last: Option<Date>,
}

impl Due {
    fn of(self, field: &str) -> Condition {
        let first = self.first.map(|first| Condition::compare(field, "gte", first));
        let last = self.last.map(|last| Condition::compare(field, "lte", last));
        Condition::all(first.into_iter().chain(last))
    }

    /// A line that does not say has to be paid on its day.
    fn of_line(self) -> Condition {
        let unsaid = Condition::all([Condition::is_null("due_on"), self.of("date")]);
        let said = Condition::none(Condition::is_null("due_on"));
        Condition::any([Condition::all([said, self.of("due_on")]), unsaid])
    }
}

/// The sum of a field for each party, page after page: the last party of a full page is
/// asked for again with the next, since not all of its sums may have had room.
fn by_party<M: Model>(
    found: impl Fn() -> db::Find<M>,
    field: &str,
    name: Option<&str>,
) -> Result<Vec<PartySum>> {
    let mut sums: Vec<PartySum> = Vec::new();
    loop {
        let mut page = found();
        if let Some(last) = sums.last().and_then(|sum| sum.party_id) {
            let beyond = Condition::compare("party_id", "gt", last);
            page = page.filter(Condition::any([beyond, Condition::is_null("party_id")]));
        }
        let mut page =
            page.aggregate().group("party_id").group("book_currency").sum("total", field);
        if let Some(name) = name {
            page = page.max("name", name);
        }
        let page: Vec<PartySum> =
            page.order("party_id nulls last").limit(GROUPS_MAX as u32).all()?;
        let full = page.len() >= GROUPS_MAX;
        sums.extend(page);
        let last = sums.last().and_then(|sum| sum.party_id);
        if !full || last.is_none() {
            return Ok(sums);
        }
        let whole = sums.iter().rposition(|sum| sum.party_id != last);
        sums.truncate(whole.map_or(0, |whole| whole + 1));
    }
}
