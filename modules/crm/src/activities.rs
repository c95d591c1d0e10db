//! What was said and done, and what is still to do.

use eerp_sdk::prelude::*;

use crate::{Company, Contact, Lead, Opportunity, OwnCompany};

/// What an activity is.
#[choice]
pub enum ActivityKind {
    /// A telephone call.
    Call,
    /// A meeting.
    Meeting,
    /// An e-mail.
    Email,
    /// Something to do.
    Task,
    /// Something to remember.
    Note,
}

/// Something said or done, or still to do.
#[model(
    table = "activities",
    title = "Activity",
    display = "subject",
    order = "due_at, created_at",
    index("done_at", "due_at"),
    company = "own_company_id"
)]
pub struct Activity {
    /// What it is about.
    #[field(max = 200, trigram)]
    pub subject: String,
    /// What it is.
    #[field(default = ActivityKind::Task)]
    pub kind: ActivityKind,
    /// When it has to be done.
    pub due_at: Option<Timestamp>,
    /// When it was done.
    #[field(readonly)]
    pub done_at: Option<Timestamp>,
    /// The company it concerns.
    #[field(on_delete = "set_null")]
    pub company_id: Option<Ref<Company>>,
    /// The contact it concerns.
    #[field(on_delete = "set_null")]
    pub contact_id: Option<Ref<Contact>>,
    /// The lead it concerns.
    #[field(on_delete = "cascade")]
    pub lead_id: Option<Ref<Lead>>,
    /// The opportunity it concerns.
    #[field(on_delete = "cascade")]
    pub opportunity_id: Option<Ref<Opportunity>>,
    /// The own company it is done for; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// What came of it.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
}

/// Complete an activity
#[post("/activities/{id:uuid}/complete", answers = Activity)]
pub(crate) fn complete(id: Ref<Activity>) -> Result<Reply> {
    let mut activity = db::get(id)?;
    if activity.done_at.is_some() {
        return Err(Error::conflict("already_done", "The activity is done already."));
    }
    activity.done_at = Some(now());
    Ok(Reply::last(db::operation::update(&activity)?))
}
