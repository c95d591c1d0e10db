//! The ledger: accounts, entries, taxes, payments, bank statements, reports.

mod accounts;
mod aged;
mod books;
mod entries;
mod faults;
mod journals;
mod matches;
mod parties;
mod payments;
mod periods;
mod posting;
mod reconcile;
mod reports;
mod revaluation;
mod seed;
mod statements;
mod taxes;

pub use accounts::{Account, AccountType};
pub use eerp_accounting_api::OwnCompany;
pub use entries::reverse::ReverseEntry;
pub use entries::{Entry, EntryState, Line};
pub use journals::Journal;
pub use matches::{Match, Reconciled, Reconciliation, Undone};
pub use parties::PartyAlias;
pub use payments::{Cancellation, Payment, PaymentState};
pub use periods::{FiscalYear, Period, PeriodState};
pub use revaluation::{Revaluation, Revaluations, Revalued};
pub use statements::{BookedAs, LineState, Statement, StatementFormat, StatementLine};
pub use taxes::{Tax, TaxKind};

use eerp_accounting_api::ENTRY_SETTLED;
use eerp_core_api::{DESCRIBE_COMPANY, DESCRIBE_CURRENCIES, FIND_RATE};
use eerp_sdk::prelude::*;

eerp_sdk::module! {
    name: "accounting",
    models: [
        Account,
        Journal,
        FiscalYear,
        Period,
        Entry,
        Line,
        Tax,
        Match,
        Payment,
        Statement,
        StatementLine,
        PartyAlias,
    ],
    routes: [
        crud::<Account>,
        accounts::import::import,
        crud::<Journal>,
        document::<FiscalYear>,
        periods::lock::lock_year,
        periods::lock::unlock_year,
        periods::close::close,
        periods::close::reopen,
        read_only::<Period>,
        periods::lock::lock,
        periods::lock::unlock,
        document::<Entry>,
        entries::document::post,
        entries::reverse::reverse,
        read_only::<Line>,
        reports::trial::trial_balance,
        reports::sheet::balance_sheet,
        reports::result::profit_and_loss,
        reports::ledger::general_ledger,
        reports::hledger::journal,
        crud::<Tax>,
        matches::reconcile,
        read_only::<Match>,
        matches::undo_match,
        read_only::<Payment>,
        payments::pay,
        payments::cancel_payment,
        read_only::<Statement>,
        statements::import,
        statements::delete_statement,
        statements::book::match_statement,
        read_only::<StatementLine>,
        statements::candidates::candidates,
        statements::book::book,
        statements::book::undo,
        statements::report::bank_reconciliation,
        aged::aged_receivable,
        aged::aged_payable,
        aged::party_ledger,
        revaluation::revalue,
        taxes::tax_report,
    ],
    services: [
        posting::post_entry,
        entries::reverse::reverse_entry,
        taxes::compute_taxes,
        matches::open_lines,
        matches::reconcile_lines,
        payments::register_payment,
        parties::move_party,
    ],
    uses: [
        DESCRIBE_COMPANY,
        DESCRIBE_CURRENCIES,
        FIND_RATE,
    ],
    emits: [ENTRY_SETTLED],
    migrations: migrations,
    screens: ["ui.json", fr = "texts/fr.json"],
}

/// What a new installation starts with, one list after the other.
fn migrations() -> Vec<Migration> {
    let mut all = seed::migrations();
    all.extend(taxes::migrations());
    all
}
