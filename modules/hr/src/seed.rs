//! What a new installation starts with.

use eerp_sdk::prelude::*;

use crate::{LeaveType, Schedule};

/// A usual week of work, and the kinds of leave that most have.
pub(crate) fn migrations() -> Vec<Migration> {
    let usual = Schedule { name: "40 hours".into(), ..Schedule::default() };
    let types = [
        leave("Annual leave", "AL", 10),
        LeaveType { needs_allocation: false, ..leave("Sick leave", "SL", 20) },
        LeaveType { needs_allocation: false, paid: false, ..leave("Unpaid leave", "UL", 30) },
    ];
    vec![
        Migration::new("working_schedules_seed", 1).records(&[usual]),
        Migration::new("leave_types_seed", 1).records(&types),
    ]
}

fn leave(name: &str, code: &str, sequence: i32) -> LeaveType {
    LeaveType { name: name.into(), code: Some(code.into()), sequence, ..LeaveType::default() }
}
