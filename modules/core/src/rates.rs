//! Exchange rates by the day.

use std::collections::BTreeSet;

use eerp_core_api::{CurrencyInfo, FIND_RATE, Rate as Told, RateQuestion};
use eerp_sdk::prelude::*;

use crate::exchange::{self, Quote};
use crate::{Company, Currency, describe};

/// What a unit of one currency is worth in another from a day on.
#[model(
    table = "rates",
    title = "Exchange rate",
    order = "date desc, created_at desc",
    company = "own_company_id",
    rules,
    index("currency_id", "to_id", "date desc"),
    index("to_id", "currency_id", "date desc"),
    check(rate_positive = rate > 0)
)]
pub struct Rate {
    /// The currency of which one unit is meant.
    pub currency_id: Ref<Currency>,
    /// The currency that it is worth so much in.
    pub to_id: Ref<Currency>,
    /// The first day on which the rate holds; it does until there is a newer one.
    pub date: Date,
    /// So many units of the other currency are one of the first.
    #[field(numeric(24, 12), min = 0)]
    pub rate: Decimal,
    /// The own company whose rate it is; all have it when there is none.
    pub own_company_id: Option<Ref<Company>>,
    /// What keeps a pair from having two rates on one day, whichever way round.
    #[field(readonly, default, max = 200, min = 0, unique)]
    pub key: String,
}

/// Rates lie within these bounds, so that one through a third currency can be reckoned.
const RATE_LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 9);
const RATE_MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

impl Rules for Rate {
    fn before_create(&mut self) -> Result<()> {
        self.check()?;
        self.key = self.key_of();
        self.is_the_only_one()
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.check()?;
        self.key = self.key_of();
        if self.key == before.key { Ok(()) } else { self.is_the_only_one() }
    }
}

impl Rate {
    fn check(&self) -> Result<()> {
        if self.currency_id == self.to_id {
            let message = "A currency is always worth itself: choose another one.";
            return Err(Error::invalid("to_id", "same_currency", message));
        }
        if !(RATE_LEAST..=RATE_MOST).contains(&self.rate) {
            let message = format!("A rate is between {RATE_LEAST} and {RATE_MOST}.");
            return Err(Error::invalid("rate", "range", message));
        }
        Ok(())
    }

    fn key_of(&self) -> String {
        let (one, other) = (self.currency_id.uuid(), self.to_id.uuid());
        let owner = self.own_company_id.map(|id| id.to_string()).unwrap_or_default();
        format!("{} {} {} {owner}", one.min(other), one.max(other), self.date)
    }

    fn is_the_only_one(&self) -> Result<()> {
        if db::find::<Self>().eq("key", &self.key).exists()? {
            let message = "There is a rate of these two currencies on that day: change it.";
            return Err(Error::conflict("rate_exists", message));
        }
        Ok(())
    }
}

/// The rate between two currencies on a day.
#[serves(FIND_RATE)]
pub(crate) fn find_rate(input: RateQuestion, caller: &Caller) -> Result<Told> {
    let (from, to) = pair(&input)?;
    if from.id == to.id {
        return Ok(Told { rate: Decimal::ONE, since: None, from, to });
    }
    let company = input.company_id.map(|id| id.uuid()).or_else(|| describe::acting_in(caller));
    let asked = Asked { day: input.date.unwrap_or_else(|| now().date()), company };
    let mut found = exchange::rate(&asked.direct(from.id, to.id)?, from.id, to.id);
    if found.is_none() {
        found = exchange::rate(&asked.around(from.id, to.id)?, from.id, to.id);
    }
    let Some((rate, since)) = found else { return Err(no_rate(&from, &to, asked.day)) };
    Ok(Told { rate, since: Some(since), from, to })
}

fn no_rate(from: &CurrencyInfo, to: &CurrencyInfo, day: Date) -> Error {
    let message = format!("There is no exchange rate from {} to {} on {day}.", from.code, to.code);
    Error::conflict("no_rate", message)
}

/// The two currencies that are asked about.
fn pair(input: &RateQuestion) -> Result<(CurrencyInfo, CurrencyInfo)> {
    let known = describe::by_code(&[input.from.clone(), input.to.clone()])?;
    let named = |field: &str, code: &str| {
        let message = format!("There is no currency {code}.");
        let unknown = || Error::invalid(field, "unknown_currency", message);
        describe::find(&known, code).ok_or_else(unknown)
    };
    Ok((named("from", &input.from)?, named("to", &input.to)?))
}

/// The day and the company that rates are asked for.
struct Asked {
    day: Date,
    company: Option<Uuid>,
}

impl Asked {
    /// The rates that hold by that day, those of the company and those for all.
    fn rates(&self) -> db::Find<Rate> {
        let shared = Condition::is_null("own_company_id");
        let whose = match self.company {
            Some(id) => Condition::any([shared, Condition::eq("own_company_id", id)]),
            None => shared,
        };
        db::find().lte("date", self.day).filter(whose)
    }

    /// The newest rates of the pair: of one day at most the company's own and the one
    /// for all.
    fn direct(&self, from: Uuid, to: Uuid) -> Result<Vec<Quote>> {
        let rates = self.rates().filter(between(&[(from, to)])).order("date desc").limit(2);
        Ok(rates.all()?.iter().map(quote).collect())
    }

    /// The newest rates that join the pair through a third currency.
    fn around(&self, from: Uuid, to: Uuid) -> Result<Vec<Quote>> {
        let pairs = self.newest_pairs(from, to)?;
        let Some(third) = exchange::third(&pairs, from, to) else { return Ok(Vec::new()) };
        let days: BTreeSet<Date> = pairs
            .iter()
            .filter(|pair| [pair.from, pair.to].contains(&third))
            .map(|pair| pair.date)
            .collect();
        let rates = self.rates().filter(between(&[(from, third), (third, to)]));
        Ok(rates.one_of("date", days).all()?.iter().map(quote).collect())
    }

    /// The pairs that either currency is in, with the newest day of each.
    fn newest_pairs(&self, from: Uuid, to: Uuid) -> Result<Vec<Quote>> {
        let ends = ["currency_id", "to_id"].map(|field| Condition::one_of(field, [from, to]));
        let pairs = self.rates().filter(Condition::any(ends)).aggregate();
        let pairs = pairs.group("currency_id").group("to_id").max("date", "date");
        let newest: Vec<Newest> = pairs.all()?;
        let quote = |pair: &Newest| Quote {
            from: pair.currency_id,
            to: pair.to_id,
            rate: Decimal::ONE,
            date: pair.date,
            own: false,
        };
        Ok(newest.iter().map(quote).collect())
    }
}

/// Rates of these pairs, whichever way round.
fn between(pairs: &[(Uuid, Uuid)]) -> Condition {
    let ways = pairs.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
    Condition::any(ways.map(|(from, to)| {
        Condition::all([Condition::eq("currency_id", from), Condition::eq("to_id", to)])
    }))
}

/// The newest day on which a pair has a rate.
#[body]
struct Newest {
    /// The one currency.
    currency_id: Uuid,
    /// The other.
    to_id: Uuid,
    /// The day.
    date: Date,
}

fn quote(rate: &Record<Rate>) -> Quote {
    Quote {
        from: rate.currency_id.uuid(),
        to: rate.to_id.uuid(),
        rate: rate.rate,
        date: rate.date,
        own: rate.own_company_id.is_some(),
    }
}
