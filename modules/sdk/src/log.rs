//! Lines in the core's log, under the module's name and the request's id.

use crate::host;

/// For whoever looks for a fault in the module.
pub fn debug(message: &str) {
    host::with(|host| host.log(0, message));
}

/// Something happened that an operator may want to know.
pub fn info(message: &str) {
    host::with(|host| host.log(1, message));
}

/// Something is odd, and the request went on.
pub fn warn(message: &str) {
    host::with(|host| host.log(2, message));
}

/// Something failed.
pub fn error(message: &str) {
    host::with(|host| host.log(3, message));
}
