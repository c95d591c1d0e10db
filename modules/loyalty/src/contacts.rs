//! What the contacts of the CRM have to say about loyalty.

use eerp_sdk::prelude::*;

/// Own columns on a contact. The CRM shows and takes them with the contact, under
/// `extensions.loyalty`; they lie in this module's own schema.
#[extends(module = "crm", table = "contacts")]
pub struct ContactExtension {
    /// Whether offers may be sent.
    #[field(default = false)]
    pub wants_offers: bool,
    /// The day on which a gift is due.
    pub birthday: Option<Date>,
}
