//! The books for hledger, so that anybody may check them with another program.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use super::{Scope, journal_text, refuse_backwards};
use crate::books::{self, Books};
use crate::{Account, Entry, Line};

/// How many lines one answer has at most: what is written within a second.
const LINES_MAX: i64 = 10_000;
/// How many lines are read at once.
const LINES_PER_PAGE: u32 = 1000;

/// Which part of the journal is wanted.
#[query]
pub(crate) struct JournalQuery {
    /// The last day; all unless said.
    pub date: Option<Date>,
    /// The first day; all unless said.
    pub from: Option<Date>,
    /// The last day, said otherwise.
    pub to: Option<Date>,
    /// The own company whose books are meant; all that the caller sees unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// Lines by their currencies.
#[body]
struct Counted {
    book_currency: String,
    currency: Option<String>,
    lines: i64,
}

/// The posted entries as a journal of hledger
///
/// Accounts are called by type, number and name, `assets:110000 Bank`; an amount in
/// another currency stands with its worth in the books, `100.00 EUR @@ 110.00 USD`. 422
/// `too_many_lines` for more than 10,000 lines: ask for less time.
#[get("/journal.hledger", permission = "reports.read", media_type = "text/plain")]
pub(crate) fn journal(query: JournalQuery) -> Result<Reply> {
    let to = query.to.or(query.date);
    if let Some((from, to)) = query.from.zip(to) {
        refuse_backwards(from, to)?;
    }
    let own_company_id = query.own_company_id;
    let scope = Scope { from: query.from, to, own_company_id, ..Scope::default() };
    let digits = digits(&scope)?;
    let text = written(&scope, &digits)?;
    Ok(Reply::bytes(text.into_bytes()).with_header("content-type", "text/plain; charset=utf-8"))
}

/// The digits of all currencies in question.
///
/// # Errors
/// 422 when there are more lines than one answer has.
fn digits(scope: &Scope) -> Result<BTreeMap<String, u32>> {
    let groups = scope.lines().aggregate().group("book_currency").group("currency");
    let groups: Vec<Counted> = groups.count("lines").limit(LINES_PER_PAGE).all()?;
    let lines: i64 = groups.iter().map(|group| group.lines).sum();
    if lines > LINES_MAX {
        let message = format!(
            "There are {lines} lines, and an answer has at most {LINES_MAX}: ask for less \
             time by from and to."
        );
        return Err(Error::invalid_query("from", "too_many_lines", message));
    }
    let books = Books::of(scope.own_company_id)?;
    let second = groups.iter().filter_map(|group| group.currency.as_deref());
    let codes = groups.iter().map(|group| group.book_currency.as_str()).chain(second).collect();
    books::digits(&books, codes)
}

/// What is written of a line, and no more: much is read at once.
#[body]
struct Part {
    entry_id: Ref<Entry>,
    position: i32,
    date: Date,
    account_id: Ref<Account>,
    debit: Decimal,
    credit: Decimal,
    book_currency: String,
    currency: Option<String>,
    amount_currency: Option<Decimal>,
    label: Option<String>,
}

/// What is written of an entry.
#[body]
struct Title {
    id: Uuid,
    date: Date,
    number: Option<String>,
    reference: Option<String>,
    narration: Option<String>,
}

const PART: &str = "entry_id,position,date,account_id,debit,credit,book_currency,currency,\
                    amount_currency,label";

/// All entries, read part by part.
fn written(scope: &Scope, digits: &BTreeMap<String, u32>) -> Result<String> {
    let accounts = super::accounts()?;
    let names: BTreeMap<Uuid, String> =
        accounts.iter().map(|(id, account)| (*id, journal_text::account(account))).collect();
    let mut text = journal_text::head(digits);
    let mut last: Option<Part> = None;
    loop {
        let parts = parts(scope, last.as_ref())?;
        let titles = titles(&parts)?;
        let full = parts.len() >= LINES_PER_PAGE as usize;
        for part in parts {
            let id = part.entry_id.uuid();
            if last.as_ref().is_none_or(|last| last.entry_id != part.entry_id) {
                text += titles.get(&id).map_or("", String::as_str);
            }
            let account = names.get(&part.account_id.uuid()).map_or("", String::as_str);
            text += &journal_text::line(&part.line(), account, digits);
            last = Some(part);
        }
        if !full {
            return Ok(text);
        }
    }
}

impl Part {
    fn line(&self) -> Line {
        Line {
            debit: self.debit,
            credit: self.credit,
            book_currency: self.book_currency.clone(),
            currency: self.currency.clone(),
            amount_currency: self.amount_currency,
            label: self.label.clone(),
            ..Line::default()
        }
    }

    /// The lines that come after this one.
    fn after(&self) -> Condition {
        let later = |field: &str, value: Json| Condition::compare(field, "gt", value);
        let day = || Condition::eq("date", self.date);
        let entry = || Condition::eq("entry_id", self.entry_id);
        Condition::any([
            later("date", json!(self.date.to_string())),
            Condition::all([day(), later("entry_id", json!(self.entry_id.to_string()))]),
            Condition::all([day(), entry(), later("position", json!(self.position))]),
        ])
    }
}

/// The next lines.
fn parts(scope: &Scope, last: Option<&Part>) -> Result<Vec<Part>> {
    let mut lines = scope.lines().order("date, entry_id, position").limit(LINES_PER_PAGE);
    if let Some(last) = last {
        lines = lines.filter(last.after());
    }
    lines.rows(PART)
}

/// The first lines of the entries of these lines.
fn titles(parts: &[Part]) -> Result<BTreeMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> = parts.iter().map(|part| part.entry_id.uuid()).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = db::find::<Entry>().one_of("id", ids).limit(LINES_PER_PAGE);
    let found: Vec<Title> = found.rows("id,date,number,reference,narration")?;
    let title = |title: Title| {
        let entry = Entry {
            date: Some(title.date),
            number: title.number,
            reference: title.reference,
            narration: title.narration,
            ..Entry::default()
        };
        (title.id, journal_text::entry(&entry))
    };
    Ok(found.into_iter().map(title).collect())
}
