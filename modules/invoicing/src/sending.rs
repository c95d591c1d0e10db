//! Sending a document by mail.

use eerp_sdk::prelude::*;
use eerp_sdk::services::mail::{self, Mail};

use crate::invoices::Invoice;
use crate::{printing, settings};

/// To whom a document is sent, and what is said with it.
#[body]
pub struct Letter {
    /// The addresses; that of the customer or supplier unless said.
    #[field(min = 1, max = 20)]
    pub to: Option<Vec<String>>,
    /// What it is about; the document's number unless said.
    #[field(min = 1, max = 200)]
    pub subject: Option<String>,
    /// What it says; as it is set unless said.
    #[field(min = 1, max = 10_000, format = "multiline")]
    pub text: Option<String>,
}

/// Send a posted document by mail
///
/// Its PDF goes with it, once the request is committed. 409 `not_posted`, 422
/// `no_address` when nobody is named and the company has no address.
#[post("/invoices/{id:uuid}/send", answers = Invoice)]
pub(crate) fn send(id: Ref<Invoice>, body: Letter) -> Result<Reply> {
    let mut invoice = db::lock(id)?;
    if !invoice.state.is_posted() {
        let message = "A draft is not sent: post it first.";
        return Err(Error::conflict("not_posted", message));
    }
    let mail = letter(&invoice, body)?;
    let file = printing::keep(invoice.clone())?;
    mail::send(Mail { files: vec![file], ..mail })?;
    invoice.sent_at = Some(now());
    Ok(Reply::last(db::operation::update(&invoice)?))
}

fn letter(invoice: &Invoice, body: Letter) -> Result<Mail> {
    let known = invoice.party.as_ref().and_then(|party| party.email.clone());
    let to = body.to.or_else(|| known.map(|address| vec![address])).ok_or_else(|| {
        let message = "The company has no e-mail address: say to whom it is sent.";
        Error::invalid("to", "no_address", message)
    })?;
    let about = format!("{} {}", invoice.kind.title(), invoice.called());
    let text = match body.text {
        Some(text) => text,
        None => settings::current()?.mail_text.unwrap_or_else(|| format!("{about} is attached.")),
    };
    Ok(Mail {
        to,
        subject: body.subject.unwrap_or(about),
        text: Some(text),
        from_name: invoice.issuer.as_ref().map(|issuer| issuer.name.clone()),
        ..Mail::default()
    })
}
