//! Many faults in one answer, so that all of them are mended at once.

use std::borrow::Cow;

use eerp_sdk::prelude::*;

/// No answer names more faults; who has so many sees the pattern.
const FAULTS_MAX: usize = 100;

/// Faults being collected.
#[derive(Default)]
pub(crate) struct Faults {
    error: Option<Error>,
}

impl Faults {
    /// One more fault of this field.
    pub(crate) fn add(
        &mut self,
        field: &str,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.error = Some(match self.error.take() {
            None => Error::invalid(field, code, message),
            Some(error) if error.errors.len() >= FAULTS_MAX => error,
            Some(error) => error.and_field(field, code, message),
        });
    }

    /// Nothing when there was none.
    ///
    /// # Errors
    /// 422 with all of them.
    pub(crate) fn none(self) -> Result<()> {
        self.error.map_or(Ok(()), Err)
    }
}
