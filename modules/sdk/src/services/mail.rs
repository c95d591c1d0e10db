//! Mails. Takes the capability `mail`.

use super::Sparse;
use crate::error::Result;
use crate::prelude::*;

/// A mail that is to be sent.
#[body]
pub struct Mail {
    /// To whom, at least one; with `cc` and `bcc` as many as the core allows.
    pub to: Vec<String>,
    /// Who else is told.
    #[field(default)]
    pub cc: Vec<String>,
    /// Who else is told without being seen.
    #[field(default)]
    pub bcc: Vec<String>,
    /// Where answers go, instead of to the sender.
    pub reply_to: Option<String>,
    /// The sender's name; the address is the operator's.
    pub from_name: Option<String>,
    /// What it is about, on one line.
    pub subject: String,
    /// What it says; needed unless there is `html`.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// Files of the module that go with it, by their ids.
    #[field(default)]
    pub files: Vec<Uuid>,
}

/// A mail that waits to be sent.
#[body]
pub struct Posted {
    /// Its id.
    pub id: Uuid,
}

/// Send a mail once the request is committed
#[service("eerp.mail.send", public)]
pub const SEND: Service<Sparse<Mail>, Posted>;

impl Mail {
    /// A mail of text to one address.
    pub fn new(to: &str, subject: &str, text: &str) -> Self {
        let (to, text) = (vec![to.into()], Some(text.into()));
        Self { to, subject: subject.into(), text, ..Self::default() }
    }
}

/// Sends a mail once the request is committed, and not after an error.
///
/// # Errors
/// 422 when an address or a file is none, 503 `mail_not_configured` when no mail can be
/// sent from here.
pub fn send(mail: Mail) -> Result<Posted> {
    SEND.call(&Sparse(mail))
}
