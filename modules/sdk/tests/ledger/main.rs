//! What a model may demand of its records: who sees them, what is computed, what
//! must balance, and what becomes of those that refer to others.

mod crud;
mod description;
mod many;
mod migrations;
mod records;
mod references;

use eerp_sdk::prelude::*;
use eerp_sdk::testing::{Host, assert_sound};

foreign_model!(pub OwnCompany = "core" / "companies");
foreign_model!(pub Currency = "core" / "currencies");

/// What an account is for.
#[choice]
pub enum Kind {
    /// Somebody who buys.
    Customer,
    /// Somebody who sells.
    Supplier,
    /// The state.
    #[since(3)]
    TaxOffice,
}

/// An account.
#[model(
    table = "accounts",
    display = "name",
    order = "name",
    company = "own_company_id",
    rule(
        role = "clerk",
        operations = "read, update",
        where = owner_id == identity.user_id || owner_id == None
    ),
    rule(role = "auditor", operations = "read"),
    rule(
        role = "branch",
        where = own_company_id.one_of(identity.companies) && parent.credit >= 10
            && kind.one_of([Kind::Customer, Kind::Supplier])
    ),
    index("owner_id", "name desc"),
    check(name_or_number = name.like("A*") || credit.one_of([0, 1]))
)]
pub struct Account {
    /// What it is called.
    #[field(trigram, search = "english")]
    pub name: String,
    /// What it is for.
    #[field(default = Kind::Customer)]
    pub kind: Kind,
    /// What else it is for.
    #[field(default, index)]
    pub more_kinds: Vec<Kind>,
    /// What is known of its owner.
    #[field(read = "accounts.secrets", write = "accounts.secrets", search)]
    pub secret: Option<String>,
    /// How much may be owed on it.
    #[field(default = 0, write = "accounts.credit", currency = "currency_id")]
    pub credit: Decimal,
    /// The currency of its amounts.
    pub currency_id: Option<Ref<Currency>>,
    /// The user who looks after it.
    pub owner_id: Option<Uuid>,
    /// The own company that keeps it.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// The account above it.
    #[field(on_delete = "set_null")]
    pub parent_id: Option<Ref<Account>>,
}

/// One of everything, and lists of it.
#[model(table = "lists")]
pub struct Lists {
    /// Long numbers.
    pub numbers: Vec<i64>,
    /// Exact numbers.
    #[field(numeric(8, 3))]
    pub rates: Vec<Decimal>,
    /// Answers.
    pub flags: Vec<bool>,
    /// Days.
    pub days: Vec<Date>,
    /// Times of day.
    pub hours: Vec<Time>,
    /// Moments.
    pub moments: Vec<Timestamp>,
    /// Accounts.
    pub account_ids: Vec<Ref<Account>>,
    /// Small numbers, if any.
    pub small: Option<Vec<i32>>,
}

/// An entry of a journal.
#[model(table = "entries", display = "title")]
pub struct Entry {
    /// What it is about.
    pub title: String,
    /// Whether it is in the books.
    #[field(default = false)]
    pub posted: bool,
}

/// A line of an entry.
#[model(
    table = "lines",
    rules,
    balance(entry_balances, group = "entry_id", debit = 1, credit = -1, when = posted)
)]
pub struct Line {
    /// Its entry.
    #[field(on_delete = "cascade")]
    pub entry_id: Ref<Entry>,
    /// Its account.
    pub account_id: Option<Ref<Account>>,
    /// What it says.
    #[field(default = "")]
    pub text: String,
    /// Pieces.
    #[field(default = 1)]
    pub pieces: i32,
    /// What one costs.
    #[field(default = 0)]
    pub price: Decimal,
    /// What is taken off.
    pub discount: Option<Decimal>,
    /// What all of them cost.
    #[field(computed = pieces * price - coalesce(discount, 0.5))]
    pub amount: Decimal,
    /// What is looked for.
    #[field(computed = lower(concat(text, "!")))]
    pub needle: Option<String>,
    /// What is taken.
    #[field(default = 0)]
    pub debit: Decimal,
    /// What is given.
    #[field(default = 0)]
    pub credit: Decimal,
}

impl Rules for Line {
    fn before_restore(id: Ref<Self>) -> Result<()> {
        let torn = db::find::<Self>().with_deleted().eq("id", id.uuid()).eq("text", "torn");
        match torn.exists()? {
            true => Err(Error::conflict("torn", "Nobody can read it any more.")),
            false => Ok(()),
        }
    }

    fn before_purge(id: Ref<Self>) -> Result<()> {
        match db::get_row::<Self, Json>(id, "text")?["text"] == "keep" {
            true => Err(Error::conflict("kept", "It is kept for ever.")),
            false => Ok(()),
        }
    }
}

/// A room that is taken for a time.
#[model(
    table = "bookings",
    exclude(room_taken_once, equal("room"), from = "starts_at", to = "ends_at"),
    exclude(guest_once, equal("guest"), from = "first_day", to = "last_day", since = 2)
)]
pub struct Booking {
    /// The room.
    pub room: String,
    /// From this moment.
    pub starts_at: Timestamp,
    /// To this moment, which is free again.
    pub ends_at: Option<Timestamp>,
    /// Who stays.
    pub guest: Option<String>,
    /// The first day of the stay.
    #[field(since = 2)]
    pub first_day: Option<Date>,
    /// The last day of the stay.
    #[field(since = 2)]
    pub last_day: Option<Date>,
}

/// What the ledger keeps of a contact.
#[extends(module = "crm", table = "contacts", index("points"), check(fair = points >= 0))]
pub struct ContactCredit {
    /// Points for faithfulness.
    #[field(default = 0)]
    pub points: i32,
    /// What the contact is.
    pub kind: Option<Kind>,
    /// Where the contact's money is.
    #[field(on_delete = "set_null", since = 2)]
    pub account_id: Option<Ref<Account>>,
}

eerp_sdk::module! {
    name: "ledger",
    models: [Account, Lists, Entry, Line, Booking, ContactCredit],
    routes: [crud::<Account>, crud::<Lists>, crud::<Entry>, crud::<Line>, crud::<Booking>],
}

fn text_of(json: String) -> Json {
    serde_json::from_str(&json).expect("it is JSON")
}

/// The path of a record.
fn path(resource: &str, record: &Json) -> String {
    format!("/{resource}/{}", record["id"].as_str().expect("an id"))
}

fn account(name: &str) -> Account {
    Account { name: name.into(), ..Account::default() }
}

#[test]
fn the_module_is_sound() {
    assert_sound(&MODULE, r#"{"name": "ledger", "depends": ["core", "crm"]}"#);
}
