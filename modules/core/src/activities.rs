//! What was said and done about any record, and what is still to do.

use eerp_core_api::{ActivityId, NewActivity, PLAN_ACTIVITY};
use eerp_sdk::field::Field;
use eerp_sdk::prelude::*;

use crate::Company;

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
    index("model", "record_id"),
    index("done_at", "due_at"),
    company = "own_company_id",
    rules,
    check(about_a_record = (model == None && record_id == None)
        || (model != None && record_id != None))
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
    /// The model of the record that it concerns: `crm.opportunities`.
    #[field(max = 100, pattern = "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$")]
    pub model: Option<String>,
    /// The record that it concerns.
    #[field(label = "Record")]
    pub record_id: Option<Uuid>,
    /// The user who does it; nobody yet unless said.
    #[field(index, label = "User")]
    pub user_id: Option<Uuid>,
    /// What came of it.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
    /// The own company it is done for; the one that its maker acts in unless said.
    pub own_company_id: Option<Ref<Company>>,
}

impl Rules for Activity {
    fn before_create(&mut self) -> Result<()> {
        self.is_about_a_record_or_none()
    }

    fn before_update(&mut self, _before: &Record<Self>) -> Result<()> {
        self.is_about_a_record_or_none()
    }
}

impl Activity {
    fn is_about_a_record_or_none(&self) -> Result<()> {
        let (field, message) = match (&self.model, self.record_id) {
            (Some(_), None) => ("record_id", "Say which record of the model it concerns."),
            (None, Some(_)) => ("model", "Say of which model the record is."),
            _ => return Ok(()),
        };
        Err(Error::invalid(field, "required", message))
    }
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

/// Reopen an activity that was done
#[post("/activities/{id:uuid}/reopen", answers = Activity)]
pub(crate) fn reopen(id: Ref<Activity>) -> Result<Reply> {
    let mut activity = db::get(id)?;
    if activity.done_at.is_none() {
        return Err(Error::conflict("not_done", "The activity is not done yet."));
    }
    activity.done_at = None;
    Ok(Reply::last(db::operation::update(&activity)?))
}

/// Plans an activity for another module.
#[serves(PLAN_ACTIVITY)]
pub(crate) fn plan(input: NewActivity) -> Result<ActivityId> {
    let activity = db::create(&Activity {
        kind: kind(input.kind.as_deref())?,
        subject: input.subject,
        model: Some(input.model),
        record_id: Some(input.record_id),
        due_at: input.due_at,
        user_id: input.user_id,
        notes: input.notes,
        own_company_id: input.own_company_id.map(|id| Ref::new(id.uuid())),
        ..Activity::default()
    })?;
    Ok(ActivityId { activity_id: activity.id.uuid() })
}

fn kind(word: Option<&str>) -> Result<ActivityKind> {
    let Some(word) = word else { return Ok(ActivityKind::Task) };
    let message = "An activity is a call, a meeting, an email, a task or a note.";
    ActivityKind::from_json(&json!(word)).ok_or_else(|| Error::invalid("kind", "enum", message))
}
