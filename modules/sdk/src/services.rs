//! The services of the core.
