//! Who business is done with: companies, people, their addresses and tags.

use eerp_sdk::prelude::*;

use crate::{Country, Currency};

/// A company that business is done with, or may be.
#[model(table = "companies", title = "Company", display = "name", order = "name")]
pub struct Company {
    /// What it is called.
    #[field(max = 200, index, trigram)]
    pub name: String,
    /// Its number or short name in other programs.
    #[field(max = 100, unique)]
    pub reference: Option<String>,
    /// Whether it buys.
    #[field(default = false, label = "Customer")]
    pub is_customer: bool,
    /// Whether it sells.
    #[field(default = false, label = "Supplier")]
    pub is_supplier: bool,
    /// Telephone number.
    #[field(max = 50, format = "phone")]
    pub phone: Option<String>,
    /// Fax number.
    #[field(max = 50, format = "phone")]
    pub fax: Option<String>,
    /// E-mail address.
    #[field(max = 254, format = "email", label = "E-mail", trigram)]
    pub email: Option<String>,
    /// Web address.
    #[field(max = 500, format = "url")]
    pub website: Option<String>,
    /// The number under which it pays taxes.
    #[field(max = 50, label = "Tax ID")]
    pub tax_id: Option<String>,
    /// The currency it is usually dealt with in.
    pub currency_id: Option<Ref<Currency>>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
    /// Words to group companies by.
    #[field(default, max = 50, index)]
    pub tags: Vec<String>,
}

/// A person, usually at a company.
#[model(
    table = "contacts",
    title = "Contact",
    display = "last_name",
    order = "last_name, first_name",
    index("last_name", "first_name")
)]
pub struct Contact {
    /// Given name.
    #[field(max = 100, trigram)]
    pub first_name: String,
    /// Family name.
    #[field(max = 100, trigram)]
    pub last_name: Option<String>,
    /// E-mail address.
    #[field(max = 254, format = "email", label = "E-mail", index, trigram)]
    pub email: Option<String>,
    /// Telephone number.
    #[field(max = 50, format = "phone")]
    pub phone: Option<String>,
    /// Mobile telephone number.
    #[field(max = 50, format = "phone")]
    pub mobile: Option<String>,
    /// What the person does at the company.
    #[field(max = 100)]
    pub job_title: Option<String>,
    /// Where the person works; a company where somebody works is not deleted.
    #[field(on_delete = "restrict")]
    pub company_id: Option<Ref<Company>>,
    /// Words to group people by.
    #[field(default, max = 50, index)]
    pub tags: Vec<String>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
}

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
    fn belongs_to_someone(&self) -> Result<()> {
        if self.company_id.is_some() || self.contact_id.is_some() {
            return Ok(());
        }
        let message = "Say whose address it is: a company's or a contact's.";
        Err(Error::invalid("company_id", "required", message))
    }
}

/// A word to group companies and people by, with its colour on screens.
#[model(table = "tags", title = "Tag", display = "name", order = "name")]
pub struct Tag {
    /// The word.
    #[field(max = 50, unique)]
    pub name: String,
    /// Its colour: `#2f80ed`.
    #[field(pattern = "^#[0-9a-fA-F]{6}$", format = "colour")]
    pub colour: Option<String>,
}
