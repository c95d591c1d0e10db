//! Payments: money that came in or went out, and what was paid with it.

use eerp_accounting_api::{
    Direction, JournalKind, NewEntry, NewLine, NewPayment, OpenLine, OwnCompany, PaymentPosted,
    Purpose, REGISTER_PAYMENT, Reversal,
};
use eerp_sdk::prelude::*;
use eerp_sdk::service::Caller;

use crate::accounts::choose;
use crate::books::{Books, acting_in, as_said};
use crate::entries::reverse::take_back;
use crate::matches::{Settled, opened, settle_in_order, undo_all_of};
use crate::parties::Parties;
use crate::statements::StatementLine;
use crate::{Account, Entry, Journal, Line, journals, posting};

/// What entries of payments are marked with.
const SOURCE: &str = "accounting.payments";

/// Whether a payment counts.
#[choice]
pub enum PaymentState {
    /// It does.
    Posted,
    /// It was taken back.
    Cancelled,
}

/// Money that came in or went out.
#[model(
    table = "payments",
    title = "Payment",
    display = "number",
    order = "date desc, number desc",
    company = "own_company_id",
    index("party_id", "date")
)]
pub struct Payment {
    /// The number of its entry.
    #[field(readonly, max = 100, index)]
    pub number: Option<String>,
    /// Which way the money went.
    #[field(readonly)]
    pub direction: Direction,
    /// Whether it counts.
    #[field(readonly, default = PaymentState::Posted)]
    pub state: PaymentState,
    /// The day.
    #[field(readonly)]
    pub date: Date,
    /// How much.
    #[field(readonly, numeric(20, 4), currency = "currency")]
    pub amount: Decimal,
    /// Of which currency, by its code.
    #[field(readonly, max = 3)]
    pub currency: String,
    /// From or to whom.
    #[field(readonly)]
    pub party_id: Option<Uuid>,
    /// What that party is called.
    #[field(readonly, max = 200)]
    pub party: Option<String>,
    /// What the payer wrote.
    #[field(readonly, max = 200, trigram)]
    pub reference: Option<String>,
    /// The journal of the bank or the cash.
    #[field(readonly)]
    pub journal_id: Ref<Journal>,
    /// Its entry.
    #[field(readonly)]
    pub entry_id: Option<Ref<Entry>>,
    /// The line of that entry which pays: what is left of it is what is left of the
    /// payment.
    #[field(readonly)]
    pub line_id: Option<Ref<Line>>,
    /// The entry that took it back.
    #[field(readonly)]
    pub reversal_entry_id: Option<Ref<Entry>>,
    /// The own company that paid or was paid.
    #[field(readonly)]
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// Post a payment
///
/// The bank or cash account and that of the customer or supplier are posted, and the
/// lines that are named are settled, the first one first. What is left of the payment
/// stays open, and can be settled later.
#[post("/payments", status = 201)]
pub(crate) fn pay(body: NewPayment, request: &Request) -> Result<PaymentPosted> {
    register(body, acting_in(request.identity.as_ref())).map(|(posted, _)| posted)
}

#[serves(REGISTER_PAYMENT)]
pub(crate) fn register_payment(input: NewPayment, caller: &Caller) -> Result<PaymentPosted> {
    register(input, acting_in(caller.identity.as_ref())).map(|(posted, _)| posted)
}

/// Posts a payment and settles what it pays; the line at the bank comes with it. It is of
/// the company whose lines it pays; where it pays none and none is said, of the one that is
/// acted in.
pub(crate) fn register(
    mut new: NewPayment,
    acting_in: Option<Ref<OwnCompany>>,
) -> Result<(PaymentPosted, Ref<Line>)> {
    if new.amount <= Decimal::ZERO {
        let message = "A payment is of more than nothing; its direction says which way.";
        return Err(Error::invalid("amount", "not_positive", message));
    }
    let ids: Vec<Ref<Line>> = new.line_ids.iter().map(|id| Ref::new(id.uuid())).collect();
    let paid = opened(&ids, "line_ids")?;
    adopt(&mut new, &paid)?;
    if paid.is_empty() && !new.shared {
        new.own_company_id = new.own_company_id.or(acting_in);
    }
    let books = Books::exactly(new.own_company_id)?;
    let account_id = account_of(&new, &paid, &books)?;
    let (journal, money_id) = till(&mut new, &books)?;
    let mut payment = db::create_record(as_said(Payment {
        direction: new.direction,
        date: new.date.unwrap_or_else(|| now().date()),
        amount: new.amount,
        currency: new.currency.clone().unwrap_or_default(),
        party_id: new.party_id,
        party: new.party.clone(),
        reference: new.reference.clone(),
        journal_id: journal.id,
        own_company_id: new.own_company_id,
        ..Payment::default()
    }))?;
    let done = posting::post_new(&entry_of(&new, &payment, account_id, money_id))?;
    let [money, line] = &done.lines[..] else { return Err(unexpected()) };
    let (money, line) = (money.id, line.clone());
    let settled = settled(paid, line.clone())?;
    settled.tell()?;
    payment.number.clone_from(&done.entry.number);
    payment.entry_id = Some(done.entry.id);
    payment.line_id = Some(line.id);
    let payment = db::update(&payment)?;
    Ok((answer(&payment, &settled, &ids, line.id), money))
}

/// The lines that are paid say who pays, and in whose books.
fn adopt(new: &mut NewPayment, paid: &[Record<Line>]) -> Result<()> {
    let Some(first) = paid.first() else { return Ok(()) };
    let party = new.party_id.or(first.party_id);
    let parties = Parties::apart(paid.iter().map(|line| line.party_id).chain([party]))?;
    for (place, line) in paid.iter().enumerate() {
        let strange = line.account_id != first.account_id
            || parties.stays(line.party_id) != parties.stays(party)
            || line.own_company_id != first.own_company_id;
        if strange {
            let message = "A payment pays lines of one account, party and own company.";
            return Err(Error::invalid(&format!("line_ids/{place}"), "other_party", message));
        }
    }
    let pays = |line: &&Record<Line>| is_debit(line) == (new.direction == Direction::Incoming);
    if paid.iter().filter(pays).count() == 0 {
        let message = "What comes in pays what is owed to us, and what goes out what we owe.";
        return Err(Error::invalid("line_ids", "one_side", message));
    }
    if new.own_company_id.is_some() && new.own_company_id != first.own_company_id {
        let message = "The lines are of another own company.";
        return Err(Error::invalid("own_company_id", "other_company", message));
    }
    new.party_id = party;
    new.party = new.party.take().or_else(|| first.party.clone());
    new.own_company_id = first.own_company_id;
    Ok(())
}

/// The account of what is paid, or the one for the purpose.
fn account_of(new: &NewPayment, paid: &[Record<Line>], books: &Books) -> Result<Ref<Account>> {
    if let Some(first) = paid.first() {
        return Ok(first.account_id);
    }
    let purpose = new.purpose.unwrap_or(match new.direction {
        Direction::Incoming => Purpose::Receivable,
        Direction::Outgoing => Purpose::Payable,
    });
    if !matches!(purpose, Purpose::Receivable | Purpose::Payable) {
        let message = "A payment is booked to the account of customers or of suppliers.";
        return Err(Error::invalid("purpose", "purpose", message));
    }
    choose::of_purpose(purpose, books)
}

fn is_debit(line: &Line) -> bool {
    line.residual.unwrap_or_default() > Decimal::ZERO
}

/// The journal, and the account where its money is. It says the currency as well.
fn till(new: &mut NewPayment, books: &Books) -> Result<(Record<Journal>, Ref<Account>)> {
    let journal = match new.journal_id {
        Some(id) => journals::named(Ref::new(id.uuid()), books)?,
        None => journals::of_kind(JournalKind::Bank, books)?,
    };
    let other = |currency: &String| new.currency.as_ref().is_some_and(|said| said != currency);
    if let Some(currency) = journal.currency.as_ref().filter(|currency| other(currency)) {
        let message = format!("The journal has {currency} alone.");
        return Err(Error::invalid("currency", "journal_currency", message));
    }
    let said = new.currency.take().or_else(|| journal.currency.clone());
    new.currency = Some(said.unwrap_or_else(|| books.currency.clone()));
    let account = money_account(&journal, books)?;
    Ok((journal, account))
}

/// The account where the money of a bank or cash journal is.
///
/// # Errors
/// 422 when it is another journal.
pub(crate) fn money_account(journal: &Journal, books: &Books) -> Result<Ref<Account>> {
    let purpose = match journal.kind {
        JournalKind::Bank => Purpose::Bank,
        JournalKind::Cash => Purpose::Cash,
        _ => {
            let message = "It has to be the journal of a bank or of cash.";
            return Err(Error::invalid("journal_id", "journal_kind", message));
        }
    };
    journal.account_id.map_or_else(|| choose::of_purpose(purpose, books), Ok)
}

/// The bank's line, and the one that pays.
fn entry_of(
    new: &NewPayment,
    payment: &Record<Payment>,
    account_id: Ref<Account>,
    money_id: Ref<Account>,
) -> NewEntry {
    let (came, went) = match new.direction {
        Direction::Incoming => (new.amount, Decimal::ZERO),
        Direction::Outgoing => (Decimal::ZERO, new.amount),
    };
    let line = |account: Ref<Account>, debit: Decimal, credit: Decimal| NewLine {
        account_id: Some(Ref::new(account.uuid())),
        debit,
        credit,
        label: new.reference.clone(),
        party_id: new.party_id,
        party: new.party.clone(),
        ..NewLine::default()
    };
    NewEntry {
        journal_id: Some(Ref::new(payment.journal_id.uuid())),
        date: Some(payment.date),
        currency: new.currency.clone(),
        reference: new.reference.clone(),
        own_company_id: new.own_company_id,
        source_model: Some(SOURCE.into()),
        source_id: Some(payment.id.uuid()),
        lines: vec![line(money_id, came, went), line(account_id, went, came)],
        ..NewEntry::default()
    }
}

fn settled(paid: Vec<Record<Line>>, line: Record<Line>) -> Result<Settled> {
    if paid.is_empty() {
        return Ok(Settled { lines: vec![line], ..Settled::default() });
    }
    settle_in_order(paid.into_iter().chain([line]).collect(), None)
}

fn answer(
    payment: &Record<Payment>,
    settled: &Settled,
    ids: &[Ref<Line>],
    line: Ref<Line>,
) -> PaymentPosted {
    let left: Vec<OpenLine> = settled.in_order(&[line]);
    PaymentPosted {
        payment_id: payment.id.uuid(),
        entry_id: Ref::new(payment.entry_id.unwrap_or_default().uuid()),
        number: payment.number.clone().unwrap_or_default(),
        date: payment.date,
        unallocated: left.first().map(|left| left.residual_currency.abs()).unwrap_or_default(),
        lines: settled.in_order(ids),
    }
}

/// Why a payment is taken back.
#[body]
pub struct Cancellation {
    /// The day that counts; today unless said.
    pub date: Option<Date>,
    /// Why.
    #[field(max = 500)]
    pub reason: Option<String>,
}

/// Cancel a payment
///
/// What it paid is open again, and its entry is reversed.
#[post("/payments/{id:uuid}/cancel")]
pub(crate) fn cancel_payment(id: Ref<Payment>, body: Cancellation) -> Result<Record<Payment>> {
    if db::find::<StatementLine>().eq("payment_id", id).exists()? {
        let message = "The payment is on a statement of the bank: undo that line first.";
        return Err(Error::conflict("on_statement", message));
    }
    cancel(id, body)
}

pub(crate) fn cancel(id: Ref<Payment>, why: Cancellation) -> Result<Record<Payment>> {
    let mut payment = db::lock(id)?;
    let (Some(entry), Some(line), PaymentState::Posted) =
        (payment.entry_id, payment.line_id, payment.state)
    else {
        return Err(Error::conflict("already_cancelled", "The payment is cancelled already."));
    };
    undo_all_of(line)?.tell()?;
    let Cancellation { date, reason } = why;
    let entry_id = Ref::new(entry.uuid());
    let reversal = take_back(&Reversal { entry_id, date, reason, ..Reversal::default() })?;
    payment.state = PaymentState::Cancelled;
    payment.reversal_entry_id = Some(reversal.entry.id);
    db::update(&payment)
}

fn unexpected() -> Error {
    Error::new(500, "internal_error", "An entry was posted with other lines than it was given.")
}
