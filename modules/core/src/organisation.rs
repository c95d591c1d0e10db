//! The companies of the user's own organisation.

use eerp_sdk::prelude::*;

use crate::{Country, Currency};

/// A company of the user's own organisation, in whose name documents are made.
#[model(
    table = "companies",
    title = "Own company",
    plural = "Own companies",
    display = "name",
    order = "name",
    rules
)]
pub struct Company {
    /// What it is called day by day.
    #[field(max = 200, unique)]
    pub name: String,
    /// The name in the commercial register.
    #[field(max = 200)]
    pub legal_name: Option<String>,
    /// The number under which it pays taxes.
    #[field(max = 50, label = "Tax ID")]
    pub tax_id: Option<String>,
    /// The currency of its books.
    pub currency_id: Option<Ref<Currency>>,
    /// The company that it belongs to.
    pub parent_id: Option<Ref<Company>>,
    /// Street and house number.
    #[field(max = 200)]
    pub street: Option<String>,
    /// Second line of the street address.
    #[field(max = 200, label = "Street, line 2")]
    pub street2: Option<String>,
    /// Town.
    #[field(max = 100)]
    pub city: Option<String>,
    /// State, province or county.
    #[field(max = 100)]
    pub region: Option<String>,
    /// Postal code.
    #[field(max = 20)]
    pub postal_code: Option<String>,
    /// Country.
    pub country_id: Option<Ref<Country>>,
    /// Telephone number.
    #[field(max = 50, format = "phone")]
    pub phone: Option<String>,
    /// E-mail address.
    #[field(max = 254, format = "email", label = "E-mail")]
    pub email: Option<String>,
    /// Web address.
    #[field(max = 500, format = "url")]
    pub website: Option<String>,
}

/// No organisation is nested deeper; the search for a circle ends there.
const DEPTH_MAX: usize = 50;

impl Company {
    /// Its postal address, line by line.
    pub(crate) fn address_lines(&self, country: Option<&str>) -> Vec<String> {
        let town = [&self.postal_code, &self.city].into_iter().flatten().cloned();
        let town = town.collect::<Vec<_>>().join(" ");
        let lines = [
            self.street.as_deref(),
            self.street2.as_deref(),
            Some(town.as_str()),
            self.region.as_deref(),
            country,
        ];
        let said = lines.into_iter().flatten().filter(|line| !line.trim().is_empty());
        said.map(Into::into).collect()
    }
}

impl Rules for Company {
    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.parent_id == before.parent_id {
            return Ok(());
        }
        let mut above = self.parent_id;
        for _ in 0..DEPTH_MAX {
            let Some(id) = above else { return Ok(()) };
            if id == before.id {
                break;
            }
            above = db::get::<Self>(id)?.parent_id;
        }
        let message = "A company cannot belong to itself, directly or through others.";
        Err(Error::invalid("parent_id", "circular", message))
    }
}
