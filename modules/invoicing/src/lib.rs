//! Invoices, credit notes and bills, and what is still to be paid: drafts with lines,
//! which are posted to the ledger, printed, sent, paid and taken back.

mod amounts;
mod crediting;
mod drafts;
mod due;
mod entry;
mod figures;
mod invoices;
mod items;
mod kinds;
mod parties;
mod paying;
mod payments;
mod posting;
mod printing;
pub mod reports;
mod sending;
mod settings;
mod settling;
mod sheet;
mod terms;
mod totals;

pub use crediting::{Credit, CreditLine};
pub use due::{Age, Instalment};
pub use invoices::{Invoice, Line};
pub use kinds::{Kind, State};
pub use parties::Party;
pub use paying::NewReceipt;
pub use payments::{Allocation, Payment};
pub use printing::Print;
pub use sending::Letter;
pub use settings::Settings;
pub use terms::{Part, Share, Term};

use eerp_accounting_api::{
    COMPUTE_TAXES, MOVE_PARTY, OPEN_LINES, POST_ENTRY, RECONCILE, REGISTER_PAYMENT,
};
use eerp_core_api::{DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_crm_api::DESCRIBE_COMPANIES;
use eerp_inventory_api::DESCRIBE_ITEMS;
use eerp_invoicing_api::{INVOICE_PAID, INVOICE_POSTED};
use eerp_sdk::prelude::*;

eerp_sdk::module! {
    name: "invoicing",
    models: [Term, Invoice, Line, Payment, Allocation, Print],
    routes: [
        document::<Invoice>,
        read_only::<Line>,
        crud::<Term>,
        read_only::<Payment>,
        read_only::<Allocation>,
        posting::post_draft,
        crediting::credit,
        drafts::duplicate,
        paying::pay,
        printing::pdf,
        sending::send,
        reports::open::open,
        reports::register::register,
        reports::revenue::revenue,
        reports::statement::statement,
        settings::show,
        settings::set,
    ],
    uses: [
        DESCRIBE_COMPANY,
        DESCRIBE_CURRENCIES,
        DESCRIBE_COMPANIES,
        DESCRIBE_ITEMS,
        COMPUTE_TAXES,
        POST_ENTRY,
        OPEN_LINES,
        RECONCILE,
        REGISTER_PAYMENT,
        MOVE_PARTY,
    ],
    emits: [INVOICE_POSTED, INVOICE_PAID],
    events: [settling::on_settled, parties::on_merged, printing::on_posted],
    migrations: terms::migrations,
    screens: ["ui.json", fr = "texts/fr.json"],
}
