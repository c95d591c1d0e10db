//! Guest ABI 1 as it stands on the wire.
//!
//! Here and in [`arena`](crate::arena) is every `unsafe` of a module.
//!
//! The exports are written out by [`module!`](crate::module), because a module
//! is linked as one library; they do nothing but call the functions below.
#![allow(unsafe_code)]

/// The version of the ABI that this SDK speaks.
pub const VERSION: i32 = 1;

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::sync::atomic::{AtomicU32, Ordering};

    use crate::{Module, handler};

    #[link(wasm_import_module = "eerp")]
    unsafe extern "C" {
        fn register_route(
            method: *const u8,
            method_len: usize,
            path: *const u8,
            path_len: usize,
            handler_id: u32,
        );
        fn register_service(name: *const u8, name_len: usize, handler_id: u32);
        fn register_event(topic: *const u8, topic_len: usize, handler_id: u32);
        fn register_job(
            name: *const u8,
            name_len: usize,
            cron: *const u8,
            cron_len: usize,
            handler_id: u32,
        );
        fn log(level: u32, message: *const u8, len: usize);
        fn now_ms() -> i64;
        fn random(buffer: *mut u8, len: usize);
        fn take(buffer: *mut u8) -> usize;
        fn orm(operation: *const u8, len: usize) -> i64;
        fn call(request: *const u8, len: usize) -> i64;
        fn emit(event: *const u8, len: usize) -> i64;
        fn http(request: *const u8, len: usize) -> i64;
    }

    type Suspending = unsafe extern "C" fn(*const u8, usize) -> i64;

    /// The length of what the core stages, and whether it is a result.
    #[inline(always)]
    fn ask(import: Suspending, request: &str) -> (usize, bool) {
        // SAFETY: the host reads the text before the call returns.
        let answer = unsafe { import(request.as_ptr(), request.len()) };
        (answer.unsigned_abs() as usize, answer >= 0)
    }

    /// The real core, behind the imports: what [`Host`](crate::host::Host) says.
    pub(crate) struct Core;

    impl Core {
        pub(crate) fn log(&self, level: u32, message: &str) {
            // SAFETY: the host reads `len` bytes of a text that lives on.
            unsafe { log(level, message.as_ptr(), message.len()) }
        }

        pub(crate) fn now_ms(&self) -> i64 {
            // SAFETY: nothing is passed.
            unsafe { now_ms() }
        }

        pub(crate) fn random(&self, buffer: &mut [u8]) {
            // SAFETY: the host writes `len` bytes into a buffer of that length.
            unsafe { random(buffer.as_mut_ptr(), buffer.len()) }
        }

        pub(crate) fn orm(&self, operation: &str) -> (usize, bool) {
            ask(orm, operation)
        }

        pub(crate) fn call(&self, request: &str) -> (usize, bool) {
            ask(call, request)
        }

        pub(crate) fn emit(&self, event: &str) -> (usize, bool) {
            ask(emit, event)
        }

        pub(crate) fn http(&self, request: &str) -> (usize, bool) {
            ask(http, request)
        }

        pub(crate) fn take(&self, length: usize) -> Vec<u8> {
            let mut result = vec![0; length];
            // SAFETY: the buffer has the length that the host announced.
            let taken = unsafe { take(result.as_mut_ptr()) };
            result.truncate(taken);
            result
        }
    }

    static BUILT_LEN: AtomicU32 = AtomicU32::new(0);

    /// Keeps a text for the host to read; its address. See [`built_len`].
    pub fn hand_over(text: String) -> u32 {
        let text: &'static [u8] = text.into_bytes().leak();
        BUILT_LEN.store(text.len() as u32, Ordering::Relaxed);
        text.as_ptr() as u32
    }

    /// The length of what [`hand_over`] was given last.
    pub fn built_len() -> u32 {
        BUILT_LEN.load(Ordering::Relaxed)
    }

    /// Room for a message of the host. The instance is dropped with the request,
    /// so nothing gives it back.
    pub fn alloc(len: u32) -> u32 {
        Vec::<u8>::with_capacity(len as usize).leak().as_mut_ptr() as u32
    }

    /// Tells the core of each route, service, subscription and job.
    pub fn init(module: &'static Module) {
        for (id, route) in module.numbered_routes() {
            let (method, path) = (route.method, route.path);
            // SAFETY: the host reads both texts, which are static.
            unsafe { register_route(method.as_ptr(), method.len(), path.as_ptr(), path.len(), id) }
        }
        for (id, service) in handler::numbered(handler::SERVICES, module.services) {
            let name = service.spec.local_name();
            // SAFETY: the host reads the text, which is static.
            unsafe { register_service(name.as_ptr(), name.len(), id) }
        }
        for (id, event) in handler::numbered(handler::EVENTS, module.events) {
            // SAFETY: the host reads the text, which is static.
            unsafe { register_event(event.topic.as_ptr(), event.topic.len(), id) }
        }
        for (id, job) in handler::numbered(handler::JOBS, module.jobs) {
            let (name, cron) = (job.name, job.cron);
            // SAFETY: the host reads both texts, which are static.
            unsafe { register_job(name.as_ptr(), name.len(), cron.as_ptr(), cron.len(), id) }
        }
    }

    /// Serves one request; the response's address and length in one number.
    pub fn handle(module: &'static Module, handler_id: u32, message: u32, len: u32) -> u64 {
        report_panics();
        // SAFETY: the host has written `len` bytes into what `alloc` gave it.
        let message = unsafe { std::slice::from_raw_parts(message as *const u8, len as usize) };
        let answer: &'static [u8] = module.serve(handler_id, message).leak();
        (answer.as_ptr() as u64) << 32 | answer.len() as u64
    }

    /// A panic traps without a word, unless its message goes to the log first.
    pub fn report_panics() {
        std::panic::set_hook(Box::new(|panic| Core.log(3, &panic.to_string())));
    }
}

#[cfg(target_arch = "wasm32")]
pub use wasm::*;

/// Makes a module of models and routes: the one call that each module has.
///
/// ```
/// use eerp_sdk::prelude::*;
///
/// /// A colour to paint things with.
/// #[model(table = "colours")]
/// pub struct Colour {
///     #[field(max = 50, unique)]
///     pub name: String,
/// }
///
/// eerp_sdk::module! {
///     name: "paint",
///     models: [Colour],
///     routes: [crud::<Colour>],
/// }
/// # fn main() {}
/// ```
///
/// Every section but the name may be left out: `models`, `routes`, `services` that it
/// offers, `uses` of other modules' services, topics that it `emits`, `events` that it
/// wants, `jobs`, `migrations: some_function`, a `fn() -> Vec<Migration>` whose
/// migrations come after those of the models, and `screens: ["ui.json", fr =
/// "texts/fr.json"]`, files beside `Cargo.toml` that say what screens look like.
#[macro_export]
macro_rules! module {
    (
        name: $name:literal
        $(, $section:ident: $([$($entries:tt)*])? $($function:path)?)* $(,)?
    ) => {
        /// This module: its models, routes, services and all else.
        #[allow(clippy::needless_update)]
        pub static MODULE: $crate::Module = $crate::Module {
            name: $name,
            $($section: $crate::module_section!(
                $section $([$($entries)*])? $($function)?
            ),)*
            ..$crate::Module::EMPTY
        }
        .checked();

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)]
        mod exports {
            use $crate::abi;
            use $crate::arena::Arena;

            use super::MODULE;

            #[global_allocator]
            static ALLOCATOR: Arena = Arena::new();

            #[unsafe(no_mangle)]
            extern "C" fn eerp_abi() -> i32 {
                abi::VERSION
            }

            #[unsafe(no_mangle)]
            extern "C" fn alloc(len: u32) -> u32 {
                abi::alloc(len)
            }

            #[unsafe(no_mangle)]
            extern "C" fn migrate() -> u32 {
                abi::report_panics();
                abi::hand_over(MODULE.migrations())
            }

            #[unsafe(no_mangle)]
            extern "C" fn migrate_len() -> u32 {
                abi::built_len()
            }

            #[unsafe(no_mangle)]
            extern "C" fn describe() -> u32 {
                abi::report_panics();
                abi::hand_over(MODULE.description())
            }

            #[unsafe(no_mangle)]
            extern "C" fn describe_len() -> u32 {
                abi::built_len()
            }

            #[unsafe(no_mangle)]
            extern "C" fn init() {
                abi::init(&MODULE)
            }

            #[unsafe(no_mangle)]
            extern "C" fn handle(handler_id: u32, message: u32, len: u32) -> u64 {
                abi::handle(&MODULE, handler_id, message, len)
            }
        }
    };
}

/// One section of [`module!`](crate::module) as the field of that name.
#[doc(hidden)]
#[macro_export]
macro_rules! module_section {
    (models [$($model:ty),* $(,)?]) => { &[$(<$model as $crate::model::Stored>::SPEC),*] };
    (uses [$($service:path),* $(,)?]) => { &[$($service.spec()),*] };
    (emits [$($topic:path),* $(,)?]) => { &[$($topic.spec()),*] };
    (migrations $migrations:path) => { &[$migrations] };
    (screens [$ui:literal $(, $language:ident = $texts:literal)* $(,)?]) => {
        $crate::screens::Screens {
            ui: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $ui)),
            texts: &[$((
                stringify!($language),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $texts)),
            )),*],
        }
    };
    // Routes, services, events and jobs: an attribute has made a function of each.
    ($section:ident [$($handler:path),* $(,)?]) => { &[$($handler()),*] };
}
