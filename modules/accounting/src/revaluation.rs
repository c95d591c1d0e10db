//! What foreign money and debts would bring or cost at the rates of a day.

use std::collections::BTreeMap;

use eerp_accounting_api::{JournalKind, OwnCompany, Purpose, Reversal};
use eerp_core_api::{FIND_RATE, RateQuestion};
use eerp_money::times;
use eerp_sdk::prelude::*;

use crate::accounts::choose;
use crate::books::{Books, acting_in};
use crate::entries::reverse::take_back;
use crate::periods::Gate;
use crate::{Account, Entry, Line, Match, journals, posting};

/// The groups that the core tells of at once, and more than any house has.
const GROUPS_MAX: usize = 1000;
/// What entries of revaluations are marked with.
const SOURCE: &str = "accounting.revaluations";
const LABEL: &str = "Revaluation of foreign currencies";

/// When foreign currencies are revalued.
#[body]
pub struct Revaluation {
    /// The day whose rates count, usually the last of a month; today unless said.
    pub date: Option<Date>,
    /// The own company whose books are meant.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// What is had or owed in one currency.
#[body]
pub struct Revalued {
    /// The account.
    pub account_id: Ref<Account>,
    /// Who owes it or is owed it.
    pub party_id: Option<Uuid>,
    /// The currency, by its code.
    pub currency: String,
    /// How much of it, credit negative.
    #[field(numeric(20, 4))]
    pub amount_currency: Decimal,
    /// What it was worth in the books, credit negative.
    #[field(numeric(20, 4))]
    pub before: Decimal,
    /// What it is worth at the rate of the day, credit negative.
    #[field(numeric(20, 4))]
    pub after: Decimal,
}

/// What a revaluation came to.
#[body]
pub struct Revaluations {
    /// The day.
    pub date: Date,
    /// The entry of that day; nothing when all is worth what the books say.
    pub entry_id: Option<Ref<Entry>>,
    /// The entry that takes it back on the next day.
    pub reversal_entry_id: Option<Ref<Entry>>,
    /// What is worth more or less than the books said.
    pub items: Vec<Revalued>,
}

/// Revalue foreign currencies
///
/// What is on accounts of banks and cash, on accounts that are kept in a foreign
/// currency, and what is open of lines in one, is posted at the rates of the day, and
/// taken back on the next day: it is not realised yet. A second time changes nothing.
/// 409 `no_rate` when a rate is missing.
#[post("/revaluations")]
pub(crate) fn revalue(body: Revaluation, request: &Request) -> Result<Revaluations> {
    let acting_in = || acting_in(request.identity.as_ref());
    let company_id = body.own_company_id.or_else(acting_in);
    let books = Books::of(company_id)?;
    let date = body.date.unwrap_or_else(|| now().date());
    let next = date
        .plus_days(1)
        .ok_or_else(|| Error::invalid("date", "too_late", "There is no day after this one."))?;
    let mut held = money(&books, date)?;
    held.extend(owed(&books, date)?);
    if held.len() > GROUPS_MAX {
        let message = "There are too many parties and currencies to revalue at once.";
        return Err(Error::conflict("too_many", message));
    }
    let items = at_rates(held, &books, date)?;
    let mut answer = Revaluations { date, items, ..Revaluations::default() };
    if !answer.items.is_empty() {
        let entry = post(&answer.items, &books, date, company_id)?;
        let reversal =
            Reversal { entry_id: Ref::new(entry.uuid()), date: Some(next), ..Reversal::default() };
        answer.reversal_entry_id = Some(take_back(&reversal)?.entry.id);
        answer.entry_id = Some(entry);
    }
    Ok(answer)
}

/// What is had or owed of one currency, on one account and with one party.
#[body]
pub(crate) struct Held {
    pub(crate) account_id: Uuid,
    pub(crate) party_id: Option<Uuid>,
    pub(crate) currency: String,
    #[field(numeric(24, 4))]
    pub(crate) own: Option<Decimal>,
    #[field(numeric(24, 4))]
    pub(crate) debit: Option<Decimal>,
    #[field(numeric(24, 4))]
    pub(crate) credit: Option<Decimal>,
}

/// By account, party and currency: the amount in that, and in the books.
type Balances = BTreeMap<(Uuid, Option<Uuid>, String), (Decimal, Decimal)>;

fn add(balances: &mut Balances, held: Vec<Held>, sign: Decimal) {
    for one in held {
        let balance = balances.entry((one.account_id, one.party_id, one.currency)).or_default();
        balance.0 += sign * one.own.unwrap_or_default();
        balance.1 += sign * (one.debit.unwrap_or_default() - one.credit.unwrap_or_default());
    }
}

fn foreign_lines(books: &Books, date: Date) -> db::Find<Line> {
    db::find::<Line>()
        .eq("posted", true)
        .lte("date", date)
        .not_null("currency")
        .eq("book_currency", &books.currency)
        .filter(books.shared_with())
}

/// What is on accounts of banks and cash, and on those kept in a foreign currency.
fn money(books: &Books, date: Date) -> Result<Balances> {
    let till = Condition::one_of("account.purpose", [Purpose::Bank, Purpose::Cash]);
    let kept = Condition::none(Condition::is_null("account.currency"));
    let lines = foreign_lines(books, date)
        .eq("account.reconcile", false)
        .filter(Condition::any([till, kept]))
        .aggregate()
        .group("account_id")
        .group("currency");
    let lines = lines.sum("own", "amount_currency").sum("debit", "debit").sum("credit", "credit");
    let mut balances = Balances::new();
    add(&mut balances, lines.limit(GROUPS_MAX as u32).all()?, Decimal::ONE);
    Ok(balances)
}

/// What was open on the day: what is open now, and what was settled since.
fn owed(books: &Books, date: Date) -> Result<Balances> {
    let open = ["lt", "gt"].map(|way| Condition::compare("residual_currency", way, Decimal::ZERO));
    let left = ["lt", "gt"].map(|way| Condition::compare("residual", way, Decimal::ZERO));
    let lines = foreign_lines(books, date).filter(Condition::any(open.into_iter().chain(left)));
    let lines = lines.aggregate().group("account_id").group("party_id").group("currency");
    let lines = lines.sum("own", "residual_currency").sum("debit", "residual");
    let mut balances = Balances::new();
    add(&mut balances, lines.limit(GROUPS_MAX as u32).all()?, Decimal::ONE);
    for (side, sign) in [("debit", Decimal::ONE), ("credit", -Decimal::ONE)] {
        let currency = format!("{side}_currency");
        let since = db::find::<Match>()
            .gt("date", date)
            .lte(&format!("{side}_line.date"), date)
            .neq(&currency, &books.currency)
            .eq("book_currency", &books.currency)
            .filter(books.shared_with())
            .aggregate()
            .group("account_id")
            .group("party_id")
            .group(&currency)
            .named("currency");
        let since = since.sum("own", &format!("{side}_amount")).sum("debit", "amount");
        add(&mut balances, since.limit(GROUPS_MAX as u32).all()?, sign);
    }
    Ok(balances)
}

/// What is worth more or less at the rates of the day than in the books.
fn at_rates(held: Balances, books: &Books, date: Date) -> Result<Vec<Revalued>> {
    let mut rates = BTreeMap::<String, Decimal>::new();
    let mut items = Vec::new();
    for ((account, party_id, currency), (own, before)) in held {
        if (own, before) == Default::default() {
            continue;
        }
        let rate = match rates.get(&currency) {
            Some(rate) => *rate,
            None => rate(&currency, books, date)?,
        };
        rates.insert(currency.clone(), rate);
        let after = times(own, rate, books.decimals).ok_or_else(|| {
            Error::conflict("too_large", "The books cannot keep an amount as large as this.")
        })?;
        if after != before {
            let account_id = Ref::new(account);
            items.push(Revalued {
                account_id,
                party_id,
                currency,
                amount_currency: own,
                before,
                after,
            });
        }
    }
    Ok(items)
}

fn rate(currency: &str, books: &Books, date: Date) -> Result<Decimal> {
    let question = RateQuestion {
        from: currency.into(),
        to: books.currency.clone(),
        date: Some(date),
        company_id: books.company_id.map(|id| Ref::new(id.uuid())),
    };
    Ok(FIND_RATE.call(&question)?.rate)
}

fn post(
    items: &[Revalued],
    books: &Books,
    date: Date,
    company: Option<Ref<OwnCompany>>,
) -> Result<Ref<Entry>> {
    let mut lines: Vec<Line> = items.iter().map(adjustment).collect();
    posting::open_residuals(&mut lines, &accounts_of(items, books)?);
    for (purpose, gain) in [(Purpose::ExchangeGain, true), (Purpose::ExchangeLoss, false)] {
        let differences = items.iter().map(|item| item.after - item.before);
        let total: Decimal = differences.filter(|more| (*more > Decimal::ZERO) == gain).sum();
        if !total.is_zero() {
            let account_id = choose::of_purpose(purpose, books)?;
            lines.push(Line { account_id, ..sided(-total) });
        }
    }
    let head = Entry {
        date: Some(date),
        narration: Some(LABEL.into()),
        own_company_id: company,
        source_model: Some(SOURCE.into()),
        ..Entry::default()
    };
    let journal = journals::of_kind(JournalKind::General, books)?;
    Ok(posting::write(head, lines, &journal, books, Gate::Open)?.entry.id)
}

fn accounts_of(items: &[Revalued], books: &Books) -> Result<choose::Chosen> {
    choose::Chosen::read(items.iter().map(|item| item.account_id), [], books)
}

/// The line that makes an account worth what it is at the rate of the day: nothing of the
/// currency, but more or less in the books.
fn adjustment(item: &Revalued) -> Line {
    Line {
        account_id: item.account_id,
        party_id: item.party_id,
        currency: Some(item.currency.clone()),
        amount_currency: Some(Decimal::ZERO),
        ..sided(item.after - item.before)
    }
}

fn sided(amount: Decimal) -> Line {
    Line {
        debit: amount.max(Decimal::ZERO),
        credit: (-amount).max(Decimal::ZERO),
        label: Some(LABEL.into()),
        ..Line::default()
    }
}
