//! Under which numbers the core calls what is not a route.
//!
//! A route's number is its group and its place, far below these ranges.

use crate::error::Result;
use crate::frame::Head;
use crate::reply::Reply;

/// Answers a call, an event or a job: its head and its body.
pub type Run = fn(&Head, &[u8]) -> Result<Reply>;

/// Services are counted from here.
pub const SERVICES: u32 = 1 << RANGE_BITS;
/// Subscriptions are counted from here.
pub const EVENTS: u32 = 2 << RANGE_BITS;
/// Jobs are counted from here.
pub const JOBS: u32 = 3 << RANGE_BITS;

const RANGE_BITS: u32 = 24;

/// The range in which a number lies.
pub(crate) const fn range(handler_id: u32) -> u32 {
    handler_id >> RANGE_BITS << RANGE_BITS
}

/// The place of a number in its range.
pub(crate) const fn place(handler_id: u32) -> usize {
    (handler_id - range(handler_id)) as usize
}

/// Handlers with their numbers in a range.
pub fn numbered<T>(range: u32, handlers: &'static [T]) -> impl Iterator<Item = (u32, &'static T)> {
    (range..).zip(handlers)
}

/// Whether `name` is `module`, a dot and more.
pub(crate) const fn is_below(name: &str, module: &str) -> bool {
    let (name, module) = (name.as_bytes(), module.as_bytes());
    if name.len() < module.len() + 2 || name[module.len()] != b'.' {
        return false;
    }
    let mut at = 0;
    while at < module.len() {
        if name[at] != module[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_below_the_module_that_they_begin_with() {
        assert!(is_below("crm.contacts.merge", "crm"));
        for name in ["crm", "crm.", "crmx.contacts", "sales.crm.contacts", ".crm"] {
            assert!(!is_below(name, "crm"), "{name}");
        }
    }

    #[test]
    fn a_number_tells_its_range_and_place() {
        assert_eq!((range(EVENTS + 7), place(EVENTS + 7)), (EVENTS, 7));
        assert_eq!((range(258), place(258)), (0, 258));
    }
}
