//! What core's currencies and countries are called.

use std::collections::BTreeSet;

use eerp_core_api::{DESCRIBE_REFERENCES, ReferenceIds, References};
use eerp_sdk::prelude::*;

/// The names of some currencies and countries.
#[derive(Debug, Default)]
pub(crate) struct Names(References);

impl Names {
    /// Those of these currencies and countries; of none, nothing is asked.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) fn of(
        currencies: impl Iterator<Item = Uuid>,
        countries: impl Iterator<Item = Uuid>,
    ) -> Result<Self> {
        let (currencies, countries): (BTreeSet<_>, BTreeSet<_>) =
            (currencies.collect(), countries.collect());
        if currencies.is_empty() && countries.is_empty() {
            return Ok(Self::default());
        }
        let found = DESCRIBE_REFERENCES.call(&ReferenceIds {
            currency_ids: currencies.into_iter().map(Ref::new).collect(),
            country_ids: countries.into_iter().map(Ref::new).collect(),
        })?;
        Ok(Self(found))
    }

    /// Those of the currencies of a report.
    pub(crate) fn of_currencies(ids: impl Iterator<Item = Option<Uuid>>) -> Result<Self> {
        Self::of(ids.flatten(), std::iter::empty())
    }

    /// The code of a currency.
    pub(crate) fn currency(&self, id: Option<Uuid>) -> Option<String> {
        let found = self.0.currencies.iter().find(|currency| Some(currency.id) == id);
        found.map(|currency| currency.code.clone())
    }

    /// The name of a country.
    pub(crate) fn country(&self, id: Option<Uuid>) -> Option<&str> {
        let found = self.0.countries.iter().find(|country| Some(country.id) == id);
        found.map(|country| country.name.as_str())
    }
}
