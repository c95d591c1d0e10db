//! What the CRM does for other modules.

use eerp_crm_api::{FIND_OR_CREATE_CONTACT, FoundContact, Person};
use eerp_sdk::prelude::*;

use crate::Contact;

/// The contact of a person, found by the address as it is written or in small letters.
#[serves(FIND_OR_CREATE_CONTACT)]
pub(crate) fn find_or_create_contact(input: Person) -> Result<FoundContact> {
    let spellings = [input.email.clone(), input.email.to_lowercase()];
    let mut known = db::find::<Contact>().one_of("email", spellings).limit(2).all()?;
    if known.len() > 1 {
        let message = format!("Several contacts have the address {}.", input.email);
        return Err(Error::conflict("ambiguous", message));
    }
    let (contact, created) = match known.pop() {
        Some(contact) => (contact, false),
        None => (create(input)?, true),
    };
    Ok(FoundContact {
        contact_id: Ref::new(contact.id.uuid()),
        company_id: contact.company_id.map(|id| Ref::new(id.uuid())),
        created,
    })
}

fn create(person: Person) -> Result<Record<Contact>> {
    let Person { email, first_name, last_name, phone } = person;
    db::create(&Contact { email: Some(email), first_name, last_name, phone, ..Contact::default() })
}
