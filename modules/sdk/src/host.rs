//! The seam between a module and what runs it: the core, or a test's fake.

/// The core's side of the ABI, as a module sees it.
pub trait Host {
    /// Writes a line to the core's log; level 0 debug, 1 info, 2 warn, 3 error.
    fn log(&self, level: u32, message: &str);
    /// Unix milliseconds, the same throughout one request.
    fn now_ms(&self) -> i64;
    /// Fills the buffer with random bytes.
    fn random(&self, buffer: &mut [u8]);
    /// Runs one ORM operation and stages its result; its length, and whether it
    /// is a result (else an error object).
    fn orm(&self, operation: &str) -> (usize, bool);
    /// Calls a service and stages what it answers, as `orm` does.
    fn call(&self, request: &str) -> (usize, bool);
    /// Notes an event down, to be told after the commit; stages as `orm` does.
    fn emit(&self, event: &str) -> (usize, bool);
    /// Asks a server outside and stages its response, as `orm` does.
    fn http(&self, request: &str) -> (usize, bool);
    /// The result that was staged last.
    fn take(&self, length: usize) -> Vec<u8>;
}

/// What answers for the core. In the sandbox it is the core itself and no trait
/// object, whose table would hold on to every import: so the linker drops those that
/// a module does not use, and a module needs no capability for them.
#[cfg(target_arch = "wasm32")]
pub(crate) type Current = crate::abi::Core;
/// What answers for the core: whatever the test has set up.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type Current = dyn Host;

#[cfg(target_arch = "wasm32")]
pub(crate) fn with<T>(act: impl FnOnce(&Current) -> T) -> T {
    act(&crate::abi::Core)
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::{Current, Host};

    thread_local! {
        static HOST: RefCell<Option<Rc<dyn Host>>> = const { RefCell::new(None) };
    }

    pub(crate) fn with<T>(act: impl FnOnce(&Current) -> T) -> T {
        let host = HOST.with(|host| host.borrow().clone());
        act(&*host.expect("outside the core, call this inside eerp_sdk::testing::Host::run"))
    }

    /// Lets `host` answer for the core while `act` runs on this thread.
    pub fn serve_with<T>(host: Rc<dyn Host>, act: impl FnOnce() -> T) -> T {
        struct Restore(Option<Rc<dyn Host>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                HOST.with(|host| *host.borrow_mut() = self.0.take());
            }
        }
        let _restore = Restore(HOST.with(|current| current.borrow_mut().replace(host)));
        act()
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub use native::serve_with;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::with;
