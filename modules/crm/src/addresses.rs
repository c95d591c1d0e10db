//! Where companies and people are reached by post.

use eerp_sdk::prelude::*;

use crate::{Company, Contact, Country};

/// What an address is for.
#[choice]
pub enum AddressKind {
    /// Invoices go there.
    Billing,
    /// Goods go there.
    Shipping,
    /// Anything else.
    Other,
}

/// A postal address of a company or a person.
#[model(
    table = "addresses",
    title = "Address",
    display = "city",
    order = "kind, created_at",
    rules,
    check(address_of_someone = company_id != None || contact_id != None)
)]
pub struct Address {
    /// The company that is reached there.
    #[field(on_delete = "cascade")]
    pub company_id: Option<Ref<Company>>,
    /// The person who is reached there.
    #[field(on_delete = "cascade")]
    pub contact_id: Option<Ref<Contact>>,
    /// What it is for.
    #[field(default = AddressKind::Other)]
    pub kind: AddressKind,
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
}

impl Rules for Address {
    fn before_create(&mut self) -> Result<()> {
        self.belongs_to_someone()
    }

    fn before_update(&mut self, _before: &Record<Self>) -> Result<()> {
        self.belongs_to_someone()
    }
}

impl Address {
    /// The address, line by line, as it is written on an envelope.
    pub(crate) fn lines(&self, country: Option<&str>) -> Vec<String> {
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

    fn belongs_to_someone(&self) -> Result<()> {
        if self.company_id.is_some() || self.contact_id.is_some() {
            return Ok(());
        }
        let message = "Say whose address it is: a company's or a contact's.";
        Err(Error::invalid("company_id", "required", message))
    }
}
