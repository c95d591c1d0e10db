//! Entries of the journals, and their lines.

use eerp_accounting_api::OwnCompany;
use eerp_sdk::prelude::*;

use crate::{Account, Journal, Tax};

pub(crate) mod check;
pub(crate) mod convert;
pub(crate) mod document;
pub(crate) mod reverse;
pub(crate) mod rules;

/// How far an entry is.
#[choice]
pub enum EntryState {
    /// It may change, and no report knows it.
    Draft,
    /// It has its number and stays as it is.
    Posted,
}

/// An entry of a journal: what was debited and what was credited.
#[model(
    table = "entries",
    title = "Entry",
    plural = "Entries",
    display = "number",
    order = "date desc, number desc",
    company = "own_company_id",
    unique("own_company_id", "number"),
    index("source_model", "source_id"),
    index("date", "number"),
    rules
)]
pub struct Entry {
    /// The journal; the general one unless said.
    pub journal_id: Option<Ref<Journal>>,
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// The number of the document that it stands for.
    #[field(max = 200, trigram)]
    pub reference: Option<String>,
    /// What it is about.
    #[field(max = 2000, format = "multiline")]
    pub narration: Option<String>,
    /// How far it is.
    #[field(readonly, default = EntryState::Draft)]
    pub state: EntryState,
    /// Its number, given when it is posted.
    #[field(readonly, max = 100, index)]
    pub number: Option<String>,
    /// The currency of the books, by its code.
    #[field(readonly, max = 3, min = 0, default = "")]
    pub currency: String,
    /// The own company in whose books it stands.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// The entry that it takes back.
    #[field(readonly)]
    pub reversed_entry_id: Option<Ref<Entry>>,
    /// The entry that takes it back.
    #[field(readonly)]
    pub reversed_by_id: Option<Ref<Entry>>,
    /// Whether it closes a year, or takes that back: the profit and loss of the year
    /// leaves it out.
    #[field(readonly, default = false)]
    pub closing: bool,
    /// The model that it was made for: `invoicing.invoices`.
    #[field(readonly, max = 100)]
    pub source_model: Option<String>,
    /// The record that it was made for.
    #[field(readonly)]
    pub source_id: Option<Uuid>,
    /// When it was posted.
    #[field(readonly)]
    pub posted_at: Option<Timestamp>,
}

/// A line of an entry: one account, debited or credited.
#[model(
    table = "lines",
    title = "Line",
    display = "label",
    order = "date desc, entry_id, position",
    company = "own_company_id",
    balance(
        entries_balanced,
        group = "entry_id",
        debit = 1,
        credit = -1,
        when = state == EntryState::Posted
    ),
    check(one_side = debit >= 0 && credit >= 0 && (debit == 0 || credit == 0)),
    index("account_id", "date"),
    index("party_id", "account_id"),
    rules
)]
pub struct Line {
    /// Its entry.
    #[field(on_delete = "cascade")]
    pub entry_id: Ref<Entry>,
    /// Its place in the entry.
    pub position: i32,
    /// The account.
    pub account_id: Ref<Account>,
    /// The amount on the left, in the currency of the books.
    #[field(numeric(20, 4), min = 0, default, currency = "book_currency")]
    pub debit: Decimal,
    /// The amount on the right, in the currency of the books.
    #[field(numeric(20, 4), min = 0, default, currency = "book_currency")]
    pub credit: Decimal,
    /// The currency of the books, by its code.
    #[field(readonly, max = 3, min = 0, default = "")]
    pub book_currency: String,
    /// The currency that the amount was in, by its code, when it is another.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The amount in that currency: a debit is positive, a credit negative.
    #[field(numeric(20, 4), currency = "currency")]
    pub amount_currency: Option<Decimal>,
    /// What it is about.
    #[field(max = 500)]
    pub label: Option<String>,
    /// Who owes it or is owed it.
    pub party_id: Option<Uuid>,
    /// What that party is called.
    #[field(max = 200)]
    pub party: Option<String>,
    /// The day by which it has to be paid.
    pub due_on: Option<Date>,
    /// The tax that this line is the amount of.
    pub tax_id: Option<Ref<Tax>>,
    /// What that tax was computed on, in the currency of the books.
    #[field(numeric(20, 4), currency = "book_currency")]
    pub tax_base: Option<Decimal>,
    /// The day of the entry.
    #[field(readonly)]
    pub date: Option<Date>,
    /// The journal of the entry.
    #[field(readonly)]
    pub journal_id: Option<Ref<Journal>>,
    /// Whether the entry is posted.
    #[field(readonly, default = false)]
    pub posted: bool,
    /// Whether the entry closes a year, or takes that back.
    #[field(readonly, default = false)]
    pub closing: bool,
    /// What is left of it in the currency of the books, credit negative; only of accounts
    /// whose lines are settled.
    #[field(readonly, numeric(20, 4), currency = "book_currency")]
    pub residual: Option<Decimal>,
    /// What is left of it in its own currency, credit negative.
    #[field(readonly, numeric(20, 4))]
    pub residual_currency: Option<Decimal>,
    /// The own company in whose books it stands.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Entry {
    /// Whether it stays as it is.
    pub(crate) fn is_posted(&self) -> bool {
        self.state == EntryState::Posted
    }
}

/// Notes in a line what reports ask of its entry, so that they need not look there.
pub(crate) fn stamp(line: &mut Line, entry: &Entry) {
    line.book_currency.clone_from(&entry.currency);
    line.date = entry.date;
    line.journal_id = entry.journal_id;
    line.posted = entry.is_posted();
    line.closing = entry.closing;
    line.own_company_id = entry.own_company_id;
}

impl Line {
    /// The amount in the currency of the books, credit negative.
    pub(crate) fn balance(&self) -> Decimal {
        self.debit - self.credit
    }

    /// The amount in its own currency, credit negative.
    pub(crate) fn own_amount(&self) -> Decimal {
        self.amount_currency.unwrap_or_else(|| self.balance())
    }
}
