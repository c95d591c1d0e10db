//! What accounting offers to other modules: link this crate, and never
//! `eerp-accounting`.
//!
//! Released names and fields stay. What is added is optional; what would break a
//! caller gets a new name. The services ask for no permission of their own: whoever may
//! post an invoice may cause the entry that belongs to it, without being allowed to
//! write entries by hand.

use eerp_sdk::prelude::*;

foreign_model!(pub Account = "accounting" / "accounts");
foreign_model!(pub Journal = "accounting" / "journals");
foreign_model!(pub Entry = "accounting" / "entries");
foreign_model!(pub Line = "accounting" / "lines");
foreign_model!(pub Tax = "accounting" / "taxes");
foreign_model!(pub OwnCompany = "core" / "companies");

/// What an account is for, so that others find it without knowing its code.
#[choice]
pub enum Purpose {
    /// What customers owe.
    Receivable,
    /// What is owed to suppliers.
    Payable,
    /// Money at a bank.
    Bank,
    /// Money in hand.
    Cash,
    /// What is sold.
    Sales,
    /// What is bought and used up.
    Purchases,
    /// The value of what lies in stock.
    Stock,
    /// Goods that were received and not yet billed.
    GoodsReceived,
    /// The cost of what was sold.
    CostOfSales,
    /// What counts found missing or too much.
    StockAdjustment,
    /// Taxes on sales, owed to the authorities.
    TaxCollected,
    /// Taxes on purchases, to be had back.
    TaxPaid,
    /// What exchange rates brought.
    ExchangeGain,
    /// What exchange rates cost.
    ExchangeLoss,
    /// Cents that rounding leaves.
    Rounding,
    /// What is given up of what customers owe.
    WriteOff,
    /// The balances with which the books were opened.
    Opening,
    /// Results of earlier years.
    RetainedEarnings,
    /// Wages and salaries, the expense.
    Salaries,
    /// The employer's own contributions, the expense.
    SocialCharges,
    /// Net pay that is owed to employees.
    SalariesPayable,
    /// Withheld taxes and contributions, owed to the authorities.
    PayrollLiabilities,
}

/// What a journal keeps.
#[choice]
pub enum JournalKind {
    /// Customer invoices and credit notes.
    Sales,
    /// Supplier bills.
    Purchases,
    /// Payments through a bank.
    Bank,
    /// Payments in cash.
    Cash,
    /// What moves in stock.
    Stock,
    /// Wages and salaries.
    Payroll,
    /// Anything else.
    General,
}

/// A line of an entry that is to be posted: exactly one side has an amount.
#[body]
pub struct NewLine {
    /// The account.
    pub account_id: Option<Ref<Account>>,
    /// What the account is for, where it is not named.
    pub purpose: Option<Purpose>,
    /// The amount on the left, in the entry's currency.
    #[field(numeric(20, 4), min = 0, default)]
    pub debit: Decimal,
    /// The amount on the right, in the entry's currency.
    #[field(numeric(20, 4), min = 0, default)]
    pub credit: Decimal,
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
    /// What that tax was computed on.
    #[field(numeric(20, 4))]
    pub tax_base: Option<Decimal>,
}

/// An entry that is to be posted.
#[body]
pub struct NewEntry {
    /// The journal.
    pub journal_id: Option<Ref<Journal>>,
    /// What the journal keeps, where it is not named; general unless said.
    pub journal_kind: Option<JournalKind>,
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// The currency of the lines, by its code; that of the books unless said. Another one
    /// is converted at the rate of the day.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// The number of the document that it stands for.
    #[field(max = 200)]
    pub reference: Option<String>,
    /// What it is about.
    #[field(max = 2000)]
    pub narration: Option<String>,
    /// The own company in whose books it stands.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// Whether it is of no own company, also where the user acts in one.
    #[field(default)]
    pub shared: bool,
    /// The model that it was made for: `invoicing.invoices`.
    #[field(max = 100)]
    pub source_model: Option<String>,
    /// The record that it was made for.
    pub source_id: Option<Uuid>,
    /// The lines, debit and credit equal.
    #[field(max = 2000)]
    pub lines: Vec<NewLine>,
}

/// A line as it was posted.
#[body]
pub struct PostedLine {
    /// The line.
    pub line_id: Ref<Line>,
    /// Its account.
    pub account_id: Ref<Account>,
    /// The amount on the left, in the currency of the books.
    #[field(numeric(20, 4))]
    pub debit: Decimal,
    /// The amount on the right, in the currency of the books.
    #[field(numeric(20, 4))]
    pub credit: Decimal,
    /// Who owes it or is owed it.
    pub party_id: Option<Uuid>,
    /// The day by which it has to be paid.
    pub due_on: Option<Date>,
}

/// An entry that was posted.
#[body]
pub struct Posted {
    /// The entry.
    pub entry_id: Ref<Entry>,
    /// Its number.
    pub number: String,
    /// Its day.
    pub date: Date,
    /// Its lines, in the order in which they were given.
    pub lines: Vec<PostedLine>,
}

/// Post an entry
///
/// Made and posted at once, in the transaction of the request. 409 `period_locked` when
/// its day lies in a locked period, `account_missing` when no account has the purpose;
/// 422 `unbalanced` when debit and credit differ.
#[service("accounting.entries.post", public)]
pub const POST_ENTRY: Service<NewEntry, Posted>;

/// An entry that is to be taken back.
#[body]
pub struct Reversal {
    /// The entry.
    pub entry_id: Ref<Entry>,
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// Why.
    #[field(max = 500)]
    pub reason: Option<String>,
    /// The number of the document that takes it back.
    #[field(max = 200)]
    pub reference: Option<String>,
}

/// Reverse a posted entry
///
/// An entry with the sides changed is posted; what is open on both is settled with each
/// other. 409 `already_reversed` when it was.
#[service("accounting.entries.reverse", public)]
pub const REVERSE_ENTRY: Service<Reversal, Posted>;

/// Whether taxes are rounded line by line or once for all.
#[choice]
pub enum TaxRounding {
    /// Each line and tax.
    Line,
    /// Each tax of the document.
    Document,
}

/// What a tax is meant for.
#[choice]
pub enum TaxUse {
    /// What is sold.
    Sales,
    /// What is bought.
    Purchases,
    /// Either.
    Both,
}

/// A line whose taxes are asked for.
#[body]
pub struct TaxableLine {
    /// Price times quantity after discount, not rounded. With taxes that are included in
    /// prices it contains them.
    #[field(numeric(26, 8))]
    pub amount: Decimal,
    /// How many units, for taxes that are an amount per unit; one unless said.
    #[field(numeric(18, 4))]
    pub quantity: Option<Decimal>,
    /// Its taxes.
    #[field(max = 10, default)]
    pub tax_ids: Vec<Ref<Tax>>,
}

/// Lines of a document whose taxes are asked for.
#[body]
pub struct TaxQuestion {
    /// The currency, by its code, which says how amounts are rounded.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// How it is rounded; line by line unless said.
    pub rounding: Option<TaxRounding>,
    /// What the document is about: then a tax that is meant for the other is refused.
    pub r#use: Option<TaxUse>,
    /// The lines.
    #[field(max = 1000)]
    pub lines: Vec<TaxableLine>,
}

/// A line with its taxes.
#[body]
pub struct TaxedLine {
    /// Without taxes, rounded.
    #[field(numeric(20, 4))]
    pub net: Decimal,
    /// Its taxes, rounded.
    #[field(numeric(20, 4))]
    pub tax: Decimal,
    /// With taxes.
    #[field(numeric(20, 4))]
    pub gross: Decimal,
}

/// What one tax makes of a document.
#[body]
pub struct TaxTotal {
    /// The tax.
    pub tax_id: Ref<Tax>,
    /// What it is called.
    pub name: String,
    /// What it is computed on.
    #[field(numeric(20, 4))]
    pub base: Decimal,
    /// What it amounts to.
    #[field(numeric(20, 4))]
    pub amount: Decimal,
    /// The account that it goes to, if it has one of its own.
    pub account_id: Option<Ref<Account>>,
}

/// A document with its taxes.
#[body]
pub struct TaxAnswer {
    /// Its lines, in the order in which they were given.
    pub lines: Vec<TaxedLine>,
    /// Its taxes.
    pub taxes: Vec<TaxTotal>,
    /// Without taxes: the sum of the lines' net.
    #[field(numeric(20, 4))]
    pub net: Decimal,
    /// The taxes: the sum of their amounts.
    #[field(numeric(20, 4))]
    pub tax: Decimal,
    /// With taxes: net and tax.
    #[field(numeric(20, 4))]
    pub gross: Decimal,
}

/// Compute the taxes of a document
///
/// Each line's net and taxes are its gross, and the sums of the lines are the totals,
/// whatever is rounded how. 422 `unknown_tax`, `tax_use`, `tax_twice`, `too_large`.
#[service("accounting.taxes.compute", public)]
pub const COMPUTE_TAXES: Service<TaxQuestion, TaxAnswer>;

/// Which way money goes.
#[choice]
pub enum Direction {
    /// It comes in.
    Incoming,
    /// It goes out.
    Outgoing,
}

/// A payment that was made or received.
#[body]
pub struct NewPayment {
    /// Which way the money goes.
    pub direction: Direction,
    /// The journal of the bank or the cash; the first of a bank unless said.
    pub journal_id: Option<Ref<Journal>>,
    /// The day; today unless said.
    pub date: Option<Date>,
    /// How much.
    #[field(numeric(20, 4), min = 0)]
    pub amount: Decimal,
    /// Of which currency, by its code; that of the books unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// From or to whom.
    pub party_id: Option<Uuid>,
    /// What that party is called.
    #[field(max = 200)]
    pub party: Option<String>,
    /// What the payer wrote.
    #[field(max = 200)]
    pub reference: Option<String>,
    /// Whose account it is booked to: that of customers or of suppliers. By the direction
    /// unless said; a refund to a customer is outgoing and `receivable`.
    pub purpose: Option<Purpose>,
    /// The open lines that it pays, the first one first.
    #[field(max = 500, default)]
    pub line_ids: Vec<Ref<Line>>,
    /// The own company that pays or is paid.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// Whether it is of no own company, also where the user acts in one.
    #[field(default)]
    pub shared: bool,
}

/// A payment that was posted.
#[body]
pub struct PaymentPosted {
    /// The payment.
    pub payment_id: Uuid,
    /// Its entry.
    pub entry_id: Ref<Entry>,
    /// The number of that.
    pub number: String,
    /// Its day.
    pub date: Date,
    /// What is left of it, in its currency.
    #[field(numeric(20, 4))]
    pub unallocated: Decimal,
    /// What is left of the lines that it pays.
    pub lines: Vec<OpenLine>,
}

/// Post a payment, and settle what it pays
#[service("accounting.payments.register", public)]
pub const REGISTER_PAYMENT: Service<NewPayment, PaymentPosted>;

/// What is open of a line that somebody owes or is owed.
#[body]
pub struct OpenLine {
    /// The line.
    pub line_id: Ref<Line>,
    /// Its entry.
    pub entry_id: Ref<Entry>,
    /// The day by which it has to be paid.
    pub due_on: Option<Date>,
    /// What is left of it in the currency of the books, credit negative.
    #[field(numeric(20, 4))]
    pub residual: Decimal,
    /// What is left of it in its own currency, credit negative.
    #[field(numeric(20, 4))]
    pub residual_currency: Decimal,
    /// Its own currency, by its code.
    pub currency: String,
}

/// Entries whose open lines are asked for.
#[body]
pub struct EntryIds {
    /// The entries.
    #[field(max = 1000)]
    pub entry_ids: Vec<Ref<Entry>>,
}

/// What is open of entries: all their lines to customers and suppliers, settled ones too
#[service("accounting.lines.open", public)]
pub const OPEN_LINES: Service<EntryIds, Vec<OpenLine>>;

/// Lines that are to be settled with each other.
#[body]
pub struct LineIds {
    /// The lines, of one account and one party, at least one of each side.
    #[field(max = 500)]
    pub line_ids: Vec<Ref<Line>>,
    /// The day that counts; the latest of the lines' unless said.
    pub date: Option<Date>,
}

/// Settle open lines with each other, as far as they go
///
/// A difference of exchange rates is posted by itself.
#[service("accounting.lines.reconcile", public)]
pub const RECONCILE: Service<LineIds, Vec<OpenLine>>;

/// A party that takes the place of another.
#[body]
pub struct PartyMove {
    /// The party that goes.
    pub from: Uuid,
    /// The party that stays.
    pub to: Uuid,
    /// What it is called.
    #[field(max = 200)]
    pub name: String,
}

/// Hand what is open of a party to another, as when two are merged
///
/// What was posted stays as it is; later reports show it under the party that stays.
#[service("accounting.parties.move", public)]
pub const MOVE_PARTY: Service<PartyMove, ()>;

/// What has become of an entry that somebody owes or is owed.
#[body]
pub struct Settled {
    /// The entry; also the event's key.
    pub entry_id: Ref<Entry>,
    /// The model that it was made for: `invoicing.invoices`.
    pub source_model: Option<String>,
    /// The record that it was made for.
    pub source_id: Option<Uuid>,
    /// What is left in the currency of the books, credit negative.
    #[field(numeric(20, 4))]
    pub residual: Decimal,
    /// What is left in the entry's own currency, credit negative.
    #[field(numeric(20, 4))]
    pub residual_currency: Decimal,
}

/// More or less of an entry is open than before
#[topic("accounting.entries.settled")]
pub const ENTRY_SETTLED: Topic<Settled>;
