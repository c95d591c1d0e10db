//! Who business is done with: companies, people, and the tags to group
//! them by.

use eerp_sdk::prelude::*;

use crate::Currency;
use crate::likeness::Traits;

/// A company that business is done with, or may be.
#[model(table = "companies", title = "Company", display = "name", order = "name", rules)]
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
    /// What it lives on: retail, chemistry.
    #[field(max = 100)]
    pub industry: Option<String>,
    /// The currency it is usually dealt with in.
    pub currency_id: Option<Ref<Currency>>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
    /// Words to group companies by.
    #[field(default, max = 50, index)]
    pub tags: Vec<String>,
    /// Whether business is done with it still; others are kept for what refers to them.
    #[field(default = true)]
    pub active: bool,
    /// The company that it was merged into, which stands for it since.
    #[field(readonly)]
    pub merged_into_id: Option<Ref<Company>>,
    /// Its name, numbers and addresses in their simplest form, by which it is found when
    /// it is entered a second time.
    #[field(default, readonly, max = 20, index)]
    pub match_keys: Vec<String>,
}

impl Rules for Company {
    fn before_create(&mut self) -> Result<()> {
        self.match_keys = self.traits().keys();
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.match_keys = self.traits().keys();
        stays_archived(before.merged_into_id.is_some(), self.active)
    }
}

impl Company {
    /// What it is recognised by.
    pub(crate) fn traits(&self) -> Traits {
        Traits::of_company(&self.name)
            .with_tax_id(self.tax_id.as_deref())
            .with_email(self.email.as_deref())
            .with_website(self.website.as_deref())
            .with_phone(self.phone.as_deref())
    }
}

/// What was merged into another is not dealt with any more.
fn stays_archived(merged: bool, active: bool) -> Result<()> {
    if merged && active {
        let message = "It was merged into another, which stands for it.";
        return Err(Error::invalid("active", "merged", message));
    }
    Ok(())
}

/// A person, usually at a company.
#[model(
    table = "contacts",
    title = "Contact",
    display = "last_name",
    order = "last_name, first_name",
    index("last_name", "first_name"),
    rules
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
    /// Whether the person is dealt with still; others are kept for what refers to them.
    #[field(default = true)]
    pub active: bool,
    /// The contact that it was merged into, which stands for it since.
    #[field(readonly)]
    pub merged_into_id: Option<Ref<Contact>>,
    /// The name, addresses and numbers in their simplest form, by which the person is
    /// found when entered a second time.
    #[field(default, readonly, max = 20, index)]
    pub match_keys: Vec<String>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
}

impl Rules for Contact {
    fn before_create(&mut self) -> Result<()> {
        self.match_keys = self.traits().keys();
        Ok(())
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.match_keys = self.traits().keys();
        stays_archived(before.merged_into_id.is_some(), self.active)
    }
}

impl Contact {
    /// What the person is called, in full.
    pub(crate) fn full_name(&self) -> String {
        let names = [Some(self.first_name.as_str()), self.last_name.as_deref()];
        names.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// What the person is recognised by.
    pub(crate) fn traits(&self) -> Traits {
        Traits::of_person(&self.full_name(), self.company_id.map(|id| id.uuid()))
            .with_email(self.email.as_deref())
            .with_phone(self.phone.as_deref())
            .with_phone(self.mobile.as_deref())
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
