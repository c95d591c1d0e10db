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
