//! Salary structures, payslips and payroll runs.

mod amounts;
mod basis;
mod brackets;
mod computing;
mod entry;
mod events;
mod formula;
mod inputs;
mod making;
mod paying;
mod payslips;
mod plan;
mod posting;
mod printing;
mod register;
mod reports;
mod runs;
mod seed;
mod sending;
mod single;
mod storing;
mod structures;

pub use basis::{Part, Taken, YearSoFar};
pub use brackets::{Bracket, BracketMode};
pub use events::{PAYSLIPS_UNPRINTED, RUN_POSTED, RunPosted, Unprinted};
pub use inputs::{Assignment, Input, Payee};
pub use making::Exception;
pub use paying::{Payout, Remittance, TakingBack, Transfer};
pub use payslips::{Payslip, SlipLine, SlipState};
pub use posting::Posting;
pub use reports::{
    CostQuestion, DepartmentCost, DepartmentCosts, EmployeeVariance, RegisterRow, RuleVariance,
    SalaryRegister, Variance, VarianceQuestion,
};
pub use runs::{Run, RunState};
pub use sending::Sent;
pub use single::NewPayslip;
pub use structures::{Category, PayPurpose, RuleKind, SalaryRule, Structure};

use eerp_accounting_api::{POST_ENTRY, REVERSE_ENTRY};
pub use eerp_core_api::OwnCompany;
use eerp_core_api::{DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_hr_api::{CONTRACTS_IN_PERIOD, MARK_PAID};
use eerp_sdk::prelude::*;

use register::Register;

eerp_sdk::module! {
    name: "payroll",
    models: [Structure, SalaryRule, Assignment, Input, Payee, Run, Payslip, SlipLine, Register],
    routes: [
        document::<Structure>,
        read_only::<SalaryRule>,
        crud::<Assignment>,
        crud::<Input>,
        crud::<Payee>,
        crud::<Run>,
        read_only::<Payslip>,
        read_only::<SlipLine>,
        single::make_one,
        printing::pdf,
        computing::compute,
        posting::post,
        paying::pay,
        paying::cancel_payment,
        paying::reverse,
        paying::remittance,
        sending::send,
        reports::register,
        reports::variance,
        reports::departments,
    ],
    uses: [
        DESCRIBE_COMPANY,
        DESCRIBE_CURRENCIES,
        CONTRACTS_IN_PERIOD,
        MARK_PAID,
        POST_ENTRY,
        REVERSE_ENTRY,
    ],
    emits: [RUN_POSTED, PAYSLIPS_UNPRINTED],
    events: [events::on_unprinted],
    migrations: seed::migrations,
    screens: ["ui.json", fr = "texts/fr.json"],
}
