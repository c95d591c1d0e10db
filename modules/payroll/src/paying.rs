//! Paying a run out, taking a payment back, and the list for the bank.

use std::collections::BTreeMap;

use eerp_accounting_api::{
    Account, Journal, JournalKind, NewEntry, NewLine, POST_ENTRY, Purpose, REVERSE_ENTRY, Reversal,
};
use eerp_hr_api::Employee;
use eerp_sdk::prelude::*;

use crate::entry::{short, side};
use crate::inputs::{Input, Payee};
use crate::payslips::{Payslip, SlipState};
use crate::posting::{mark_days, slips_of};
use crate::runs::{Run, RunState};
use crate::storing::update_all;

/// How a run is paid out.
#[body]
pub struct Payout {
    /// The day; today unless said.
    pub date: Option<Date>,
    /// The journal of the bank or the cash; the first of a bank unless said.
    pub journal_id: Option<Ref<Journal>>,
    /// The account that the money comes from; the usual one of a bank unless said.
    pub account_id: Option<Ref<Account>>,
    /// What the bank is told, or tells.
    #[field(max = 200)]
    pub reference: Option<String>,
}

/// Pay a run out
///
/// One entry: what is owed to each employee against the bank. The remittance list is what
/// the bank is told.
#[post("/runs/{id:uuid}/pay", permission = "runs.pay")]
pub(crate) fn pay(id: Ref<Run>, body: Payout) -> Result<Record<Run>> {
    let mut run = db::lock(id)?;
    run.must_be(RunState::Posted, "Only a run that is posted can be paid.")?;
    let date = body.date.unwrap_or_else(|| now().date());
    let mut slips = slips_of(id)?;
    if !run.net.is_zero() {
        let entry = payment(&run, &slips, body, date);
        run.payment_entry_id = Some(POST_ENTRY.call(&entry)?.entry_id);
    }
    for slip in &mut slips {
        slip.state = SlipState::Paid;
        slip.paid_on = Some(date);
    }
    update_all(&slips)?;
    run.state = RunState::Paid;
    run.paid_on = Some(date);
    db::update(&run)
}

fn payment(run: &Record<Run>, slips: &[Record<Payslip>], payout: Payout, date: Date) -> NewEntry {
    let owed = slips.iter().filter(|slip| !slip.net.is_zero()).map(|slip| NewLine {
        account_id: run.payable_account_id,
        purpose: run.payable_account_id.is_none().then_some(Purpose::SalariesPayable),
        label: Some(format!("Pay, {}", slip.name)),
        party_id: Some(slip.employee_id.uuid()),
        party: Some(short(&slip.name)),
        ..side(slip.net)
    });
    let money = NewLine {
        account_id: payout.account_id,
        purpose: payout.account_id.is_none().then_some(Purpose::Bank),
        label: Some(format!("Payroll {}", run.title())),
        ..side(-run.net)
    };
    NewEntry {
        journal_id: payout.journal_id,
        journal_kind: payout.journal_id.is_none().then_some(JournalKind::Bank),
        date: Some(date),
        currency: run.currency.clone(),
        reference: payout.reference.or_else(|| run.number.clone()),
        narration: Some(format!("Payroll {} to {}", run.first_day(), run.last_day())),
        own_company_id: run.company(),
        shared: run.own_company_id.is_none(),
        source_model: Some("payroll.runs".into()),
        source_id: Some(run.id.uuid()),
        lines: owed.chain([money]).collect(),
    }
}

/// Why and when something is taken back.
#[body]
pub struct TakingBack {
    /// The day that counts in the books; today unless said.
    pub date: Option<Date>,
    /// Why.
    #[field(max = 500)]
    pub reason: Option<String>,
}

impl TakingBack {
    fn of(&self, run: &Run, entry_id: Ref<eerp_accounting_api::Entry>) -> Reversal {
        let (date, reason, reference) = (self.date, self.reason.clone(), run.number.clone());
        Reversal { entry_id, date, reason, reference }
    }
}

/// Take the payment of a run back
///
/// For a transfer that the bank refused: the run is posted again, and can be paid again or
/// be reversed.
#[post("/runs/{id:uuid}/cancel-payment", permission = "runs.pay")]
pub(crate) fn cancel_payment(id: Ref<Run>, body: TakingBack) -> Result<Record<Run>> {
    let mut run = db::lock(id)?;
    run.must_be(RunState::Paid, "Only a run that is paid has a payment to take back.")?;
    if let Some(entry_id) = run.payment_entry_id {
        REVERSE_ENTRY.call(&body.of(&run, entry_id))?;
    }
    let mut slips = slips_of(id)?;
    for slip in &mut slips {
        slip.state = SlipState::Posted;
        slip.paid_on = None;
    }
    update_all(&slips)?;
    run.payment_entry_id = None;
    run.paid_on = None;
    run.state = RunState::Posted;
    db::update(&run)
}

/// Reverse a run
///
/// Its entry is reversed, its payslips no longer count, and their days and inputs are open
/// again: another run may pay them. What is paid out already is taken back first.
#[post("/runs/{id:uuid}/reverse", permission = "runs.reverse")]
pub(crate) fn reverse(id: Ref<Run>, body: TakingBack) -> Result<Record<Run>> {
    let mut run = db::lock(id)?;
    run.must_be(RunState::Posted, "Only a run that is posted, and not paid, can be reversed.")?;
    if let Some(entry_id) = run.entry_id {
        let reversal = REVERSE_ENTRY.call(&body.of(&run, entry_id))?;
        run.reversal_entry_id = Some(reversal.entry_id);
    }
    let mut slips = slips_of(id)?;
    mark_days(&slips, false)?;
    free_inputs(&slips)?;
    for slip in &mut slips {
        slip.state = SlipState::Reversed;
        slip.live_employee_id = None;
    }
    update_all(&slips)?;
    run.reversal_reason = body.reason;
    run.state = RunState::Reversed;
    db::update(&run)
}

fn free_inputs(slips: &[Record<Payslip>]) -> Result<()> {
    let ids = slips.iter().map(|slip| slip.id.uuid());
    let mut inputs = db::find::<Input>().one_of("payslip_id", ids).all()?;
    for input in &mut inputs {
        input.payslip_id = None;
    }
    update_all(&inputs)
}

/// What an employee is to be sent.
#[body]
pub struct Transfer {
    /// The payslip.
    pub payslip_id: Ref<Payslip>,
    /// The employee.
    pub employee_id: Ref<Employee>,
    /// What the employee is called.
    pub name: String,
    /// Whose account it is.
    pub holder: Option<String>,
    /// The account's international number.
    pub iban: Option<String>,
    /// The bank's international code.
    pub bic: Option<String>,
    /// The account's number where there are no international ones.
    pub account_number: Option<String>,
    /// How much.
    #[field(numeric(20, 4))]
    pub amount: Decimal,
    /// What the payment is for, as the employee reads it.
    pub reference: String,
}

/// What a bank is told of a run.
#[body]
pub struct Remittance {
    /// The run.
    pub run_id: Ref<Run>,
    /// The currency, by its code.
    pub currency: String,
    /// All of it.
    #[field(numeric(20, 4))]
    pub total: Decimal,
    /// How many employees have no account to send it to.
    pub without_account: i32,
    /// Each transfer, by the employees' numbers.
    pub items: Vec<Transfer>,
}

/// The remittance list of a run
///
/// Who is sent how much, and to which account: what a bank is told. It is empty until the
/// run is posted, and when it was taken back.
#[get("/runs/{id:uuid}/remittance", permission = "payees.read")]
pub(crate) fn remittance(id: Ref<Run>) -> Result<Remittance> {
    let run = db::get(id)?;
    let owes = matches!(run.state, RunState::Posted | RunState::Paid);
    let mut slips = if owes { slips_of(id)? } else { Vec::new() };
    slips.retain(|slip| !slip.net.is_zero());
    let payees = payees(&slips)?;
    let items: Vec<_> = slips.iter().map(|slip| transfer(slip, &payees)).collect();
    let homeless = items.iter().filter(|one| one.iban.is_none() && one.account_number.is_none());
    Ok(Remittance {
        run_id: id,
        currency: run.currency().into(),
        total: if owes { run.net } else { Decimal::ZERO },
        without_account: i32::try_from(homeless.count()).unwrap_or(i32::MAX),
        items,
    })
}

fn payees(slips: &[Record<Payslip>]) -> Result<BTreeMap<Uuid, Record<Payee>>> {
    if slips.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = slips.iter().map(|slip| slip.employee_id.uuid());
    let payees = db::find::<Payee>().one_of("employee_id", ids).all()?;
    Ok(payees.into_iter().map(|payee| (payee.employee_id.uuid(), payee)).collect())
}

fn transfer(slip: &Record<Payslip>, payees: &BTreeMap<Uuid, Record<Payee>>) -> Transfer {
    let payee = payees.get(&slip.employee_id.uuid());
    let text = |of: fn(&Payee) -> &Option<String>| payee.and_then(|payee| of(payee).clone());
    Transfer {
        payslip_id: slip.id,
        employee_id: slip.employee_id,
        name: slip.name.clone(),
        holder: payee.map(|payee| payee.holder.clone()),
        iban: text(|payee| &payee.iban),
        bic: text(|payee| &payee.bic),
        account_number: text(|payee| &payee.account_number),
        amount: slip.net,
        reference: slip.number.clone().unwrap_or_default(),
    }
}
