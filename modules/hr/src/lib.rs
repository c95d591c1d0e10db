//! Employees, what was agreed with them, when they work, and when they are away.

mod allocations;
mod attendance;
pub mod balance;
pub mod calendar;
mod contracts;
mod departments;
mod employees;
mod employment;
mod hiring;
mod leave_flow;
mod leave_requests;
mod leave_types;
mod leaving;
mod ledger;
mod paid;
mod passing;
mod period;
mod reports;
mod schedules;
mod seed;
mod trees;

pub use allocations::{Allocation, CarryOver, NewAllocation};
pub use attendance::Attendance;
pub use contracts::Contract;
pub use departments::{Department, Position};
pub use eerp_core_api::OwnCompany;
pub use employees::Employee;
pub use employment::Employment;
pub use hiring::{Agreement, Hire, Hired, Transfer};
pub use leave_flow::{Cancellation, Refusal};
pub use leave_requests::{LeaveRequest, LeaveState};
pub use leave_types::LeaveType;
pub use leaving::Termination;
pub use ledger::{EntryKind, LeaveEntry};
pub use paid::PaidPeriod;
pub use passing::Passing;
pub use reports::balances::{Balance, BalanceQuestion, Balances};
pub use reports::headcount::{Headcount, HeadcountQuestion, Headcounts};
pub use reports::sheet::{Sheet, SheetDay, SheetQuestion, SheetRow};
pub use schedules::{Holiday, Schedule};

use eerp_core_api::{DESCRIBE_COMPANY, DESCRIBE_CURRENCIES};
use eerp_sdk::prelude::*;

/// So many records are changed in one go.
const BULK_MAX: usize = 1000;

eerp_sdk::module! {
    name: "hr",
    models: [
        Department, Position, Employee, Schedule, Holiday, Contract, LeaveType, Allocation,
        LeaveRequest, LeaveEntry, Attendance, PaidPeriod,
    ],
    routes: [
        crud::<Department>,
        crud::<Position>,
        crud::<Employee>,
        hiring::hire,
        hiring::move_on,
        leaving::terminate,
        leaving::reinstate,
        crud::<Schedule>,
        crud::<Holiday>,
        crud::<Contract>,
        crud::<LeaveType>,
        read_only::<Allocation>,
        allocations::allocate,
        allocations::carry_over,
        allocations::take_back,
        crud::<LeaveRequest>,
        leave_flow::submit,
        leave_flow::approve,
        leave_flow::refuse,
        leave_flow::cancel,
        read_only::<LeaveEntry>,
        crud::<Attendance>,
        passing::check_in,
        passing::check_out,
        reports::balances::leave_balances,
        reports::headcount::headcount,
        reports::sheet::attendance_sheet,
    ],
    services: [period::contracts_in_period, paid::mark_paid],
    uses: [DESCRIBE_COMPANY, DESCRIBE_CURRENCIES],
    jobs: [employment::follow_the_calendar],
    migrations: seed::migrations,
    screens: ["ui.json", fr = "texts/fr.json"],
}
