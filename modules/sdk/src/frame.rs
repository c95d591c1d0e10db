//! The form of every message between core and module: the length of the head, the
//! head, the body.

use serde_json::{Map, Value};

/// The fields of a message's head.
pub(crate) type Head = Map<String, Value>;

/// The bytes of head and body.
pub(crate) fn split(frame: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = frame.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// The head, parsed, and the body's bytes.
pub(crate) fn read(frame: &[u8]) -> Option<(Head, &[u8])> {
    let (head, body) = split(frame)?;
    Some((serde_json::from_slice(head).ok()?, body))
}
