//! What the CRM offers to other modules: link this crate, and never `eerp-crm`.
//!
//! Released names and fields stay. What is added is optional; what would break a
//! caller gets a new name.

use eerp_sdk::prelude::*;

foreign_model!(pub Company = "crm" / "companies");
foreign_model!(pub Contact = "crm" / "contacts");
foreign_model!(pub Opportunity = "crm" / "opportunities");
foreign_model!(pub Currency = "core" / "currencies");

/// A person who is known by an e-mail address.
#[body]
pub struct Person {
    /// E-mail address.
    #[field(max = 254, format = "email", label = "E-mail")]
    pub email: String,
    /// Given name, for a contact that has to be made.
    #[field(max = 100)]
    pub first_name: String,
    /// Family name, likewise.
    #[field(max = 100)]
    pub last_name: Option<String>,
    /// Telephone number, likewise.
    #[field(max = 50, format = "phone")]
    pub phone: Option<String>,
}

/// The contact that stands for a person.
#[body]
pub struct FoundContact {
    /// The contact.
    pub contact_id: Ref<Contact>,
    /// Where the person works.
    pub company_id: Option<Ref<Company>>,
    /// Whether the contact had to be made.
    pub created: bool,
}

/// Find the contact with an e-mail address, or make one
///
/// A contact that exists stays as it is. 409 `ambiguous` when several have the address.
#[service("crm.contacts.find_or_create")]
pub const FIND_OR_CREATE_CONTACT: Service<Person, FoundContact>;

/// An opportunity that was decided.
#[body]
pub struct Decided {
    /// The opportunity; also the event's key.
    pub opportunity_id: Ref<Opportunity>,
    /// What it is about.
    pub name: String,
    /// Who would buy.
    pub company_id: Option<Ref<Company>>,
    /// Who was spoken to.
    pub contact_id: Option<Ref<Contact>>,
    /// What it was expected to bring.
    #[field(numeric(18, 2))]
    pub expected_revenue: Option<Decimal>,
    /// The currency of that.
    pub currency_id: Option<Ref<Currency>>,
    /// Why it was lost, if it was.
    pub lost_reason: Option<String>,
}

/// An opportunity was won
#[topic("crm.opportunities.won")]
pub const OPPORTUNITY_WON: Topic<Decided>;

/// An opportunity was lost
#[topic("crm.opportunities.lost")]
pub const OPPORTUNITY_LOST: Topic<Decided>;

/// Two companies of which one stays.
#[body]
pub struct CompaniesMerged {
    /// The company that stays; also the event's key.
    pub company_id: Ref<Company>,
    /// What it is called.
    pub name: String,
    /// The company that went into it.
    pub merged_id: Ref<Company>,
}

/// Two companies were merged
#[topic("crm.companies.merged")]
pub const COMPANIES_MERGED: Topic<CompaniesMerged>;

/// Two contacts of which one stays.
#[body]
pub struct ContactsMerged {
    /// The contact that stays; also the event's key.
    pub contact_id: Ref<Contact>,
    /// The contact that went into it.
    pub merged_id: Ref<Contact>,
}

/// Two contacts were merged
#[topic("crm.contacts.merged")]
pub const CONTACTS_MERGED: Topic<ContactsMerged>;

/// Companies that are asked for.
#[body]
pub struct CompanyIds {
    /// The companies.
    #[field(max = 1000)]
    pub company_ids: Vec<Ref<Company>>,
}

/// A company, as documents name it.
#[body]
pub struct CompanyInfo {
    /// The company: the one that stays, when it was merged into another.
    pub company_id: Ref<Company>,
    /// What it is called.
    pub name: String,
    /// Its number or short name in other programs.
    pub reference: Option<String>,
    /// The number under which it pays taxes.
    pub tax_id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The lines of the address to which invoices go.
    pub billing_address: Vec<String>,
    /// The currency it is usually dealt with in, by its code.
    pub currency: Option<String>,
}

/// Companies by their ids, as documents name them
///
/// In the order of the ids. 422 `unknown_company` when one is none.
#[service("crm.companies.describe", public)]
pub const DESCRIBE_COMPANIES: Service<CompanyIds, Vec<CompanyInfo>>;
