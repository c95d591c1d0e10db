//! Who collects points, how far each has come, and whom they bring along.

use eerp_crm_api::{Contact, FIND_OR_CREATE_CONTACT, Person};
use eerp_sdk::prelude::*;

use crate::points;

/// The points within the last year that make a tier.
const SILVER_POINTS: i32 = 1_000;
const GOLD_POINTS: i32 = 10_000;

/// How far a member has come.
#[choice]
pub enum Tier {
    /// Everybody, at first.
    Bronze,
    /// 1000 points within a year.
    Silver,
    /// 10,000 points within a year.
    Gold,
}

/// A contact of the CRM who collects points.
#[model(table = "members", display = "number", order = "created_at")]
pub struct Member {
    /// The number on the card.
    #[field(max = 40, unique)]
    pub number: String,
    /// Who it is.
    #[field(unique)]
    pub contact_id: Ref<Contact>,
    /// How far the member has come.
    #[field(default = Tier::Bronze)]
    pub tier: Tier,
}

impl Member {
    /// The member who is this contact, if it is one.
    pub(crate) fn of(contact: Ref<Contact>) -> Result<Option<Record<Self>>> {
        db::find::<Self>().eq("contact_id", contact.uuid()).first()
    }
}

/// Who joins.
#[body]
pub struct Join {
    /// The number on the card.
    #[field(max = 40)]
    pub number: String,
    /// E-mail address, by which the CRM may know the person.
    #[field(max = 254, format = "email", label = "E-mail")]
    pub email: String,
    /// Given name.
    #[field(max = 100)]
    pub first_name: String,
}

/// Make a person a member
///
/// The CRM finds or makes the contact. What it refuses is refused here: its error is
/// passed on, and nothing has happened.
#[post("/members/join")]
pub(crate) fn join(body: Join) -> Result<Record<Member>> {
    let Join { number, email, first_name } = body;
    let person = Person { email, first_name, ..Person::default() };
    let contact = FIND_OR_CREATE_CONTACT.call(&person)?;
    db::create(&Member { number, contact_id: contact.contact_id, ..Member::default() })
}

/// Somebody whom a member has brought along.
#[model(table = "referrals", display = "email", order = "created_at")]
pub struct Referral {
    /// Who brought the person along.
    pub member_id: Ref<Member>,
    /// E-mail address.
    #[field(max = 254, format = "email", label = "E-mail", unique)]
    pub email: String,
    /// Who it is, when the CRM could tell.
    pub contact_id: Option<Ref<Contact>>,
    /// Why the CRM could not.
    #[field(max = 500)]
    pub remark: Option<String>,
}

/// Who is brought along.
#[body]
pub struct Referred {
    /// E-mail address.
    #[field(max = 254, format = "email", label = "E-mail")]
    pub email: String,
    /// Given name.
    #[field(max = 100)]
    pub first_name: String,
}

/// Bring a person along
///
/// Two contacts may have the same address; then the CRM refuses, and somebody has to
/// look at it later. The referral counts all the same: the error is handled here, what
/// the CRM did is undone, and the request goes on.
#[post("/members/{id:uuid}/refer")]
pub(crate) fn refer(id: Ref<Member>, body: Referred) -> Result<Record<Referral>> {
    let member = db::get(id)?;
    let Referred { email, first_name } = body;
    let person = Person { email: email.clone(), first_name, ..Person::default() };
    let mut referral = Referral { member_id: member.id, email, ..Referral::default() };
    match FIND_OR_CREATE_CONTACT.call(&person) {
        Ok(found) => referral.contact_id = Some(found.contact_id),
        Err(error) if error.is("ambiguous") => referral.remark = Some(error.message.into()),
        Err(error) => return Err(error),
    }
    db::create(&referral)
}

/// Moves each member to the tier that the points of the last year make.
#[job(cron = "15 3 * * *")]
pub(crate) fn review_tiers(run: JobRun) -> Result<()> {
    for mut member in db::find::<Member>().all()? {
        member.tier = match points::within_a_year(member.id, run.due)? {
            GOLD_POINTS.. => Tier::Gold,
            SILVER_POINTS.. => Tier::Silver,
            _ => Tier::Bronze,
        };
        if !member.changes().is_empty() {
            db::update(&member)?;
        }
    }
    Ok(())
}
