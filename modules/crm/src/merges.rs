//! Two companies, or two contacts, become one.

use eerp_core_api::{MOVE_RECORD, RecordMove};
use eerp_crm_api::{COMPANIES_MERGED, CONTACTS_MERGED, CompaniesMerged, ContactsMerged};
use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

use crate::duplicates::Party;
use crate::merging::{self, Values};
use crate::{Address, Company, Contact, Lead, Opportunity};

/// As many records as are changed in one go.
const AT_ONCE_MAX: u32 = 1000;

/// Two records that became one, as they were before.
#[model(
    table = "merges",
    title = "Merge",
    display = "name",
    order = "created_at desc",
    index("stays_id"),
    index("goes_id")
)]
pub struct Merge {
    /// What they are: `companies`, `contacts`.
    #[field(readonly, max = 100)]
    pub model: String,
    /// What the one was called that went.
    #[field(readonly, max = 250)]
    pub name: String,
    /// The one that stays.
    #[field(readonly, label = "Stays")]
    pub stays_id: Uuid,
    /// The one that went into it.
    #[field(readonly, label = "Goes")]
    pub goes_id: Uuid,
    /// The values of the one that stays, before.
    #[field(readonly)]
    pub stays_before: Json,
    /// The values of the one that went, before.
    #[field(readonly)]
    pub goes_before: Json,
}

/// Which company goes into this one.
#[body]
pub struct MergeCompany {
    /// The company that goes.
    pub merged_id: Ref<Company>,
    /// Fields whose values are taken from it, though this one has its own.
    #[field(default, max = 30)]
    pub take: Vec<String>,
}

/// Which contact goes into this one.
#[body]
pub struct MergeContact {
    /// The contact that goes.
    pub merged_id: Ref<Contact>,
    /// Fields whose values are taken from it, though this one has its own.
    #[field(default, max = 30)]
    pub take: Vec<String>,
}

/// Merge another company into this one
///
/// Its people, addresses, leads, opportunities, activities and attachments become this
/// one's, empty fields are filled and tags united. It is archived, not deleted: whatever
/// refers to it still does, and finds this one. It happens once; a second time answers 409.
#[post("/companies/{id:uuid}/merge", permission = "companies.merge")]
pub(crate) fn merge_companies(id: Ref<Company>, body: MergeCompany) -> Result<Record<Company>> {
    let stays = merge(id, body.merged_id, &body.take)?;
    let told = CompaniesMerged {
        company_id: Ref::new(id.uuid()),
        name: stays.name.clone(),
        merged_id: Ref::new(body.merged_id.uuid()),
    };
    COMPANIES_MERGED.emit(id, &told)?;
    Ok(stays)
}

/// Merge another contact into this one
///
/// Addresses, leads, opportunities, activities and attachments become this one's, empty
/// fields are filled and tags united. The other is archived, not deleted: whatever refers
/// to it still does. It happens once; a second time answers 409.
#[post("/contacts/{id:uuid}/merge", permission = "contacts.merge")]
pub(crate) fn merge_contacts(id: Ref<Contact>, body: MergeContact) -> Result<Record<Contact>> {
    let stays = merge(id, body.merged_id, &body.take)?;
    let told = ContactsMerged {
        contact_id: Ref::new(id.uuid()),
        merged_id: Ref::new(body.merged_id.uuid()),
    };
    CONTACTS_MERGED.emit(id, &told)?;
    Ok(stays)
}

/// Hands over what the one who merged could not see: that of other own companies, or of
/// other salespeople.
#[event(COMPANIES_MERGED)]
pub(crate) fn finish_companies(event: Event<CompaniesMerged>) -> Result<()> {
    hand_over::<Company>(event.data.merged_id.uuid(), event.data.company_id.uuid())
}

/// The same of contacts.
#[event(CONTACTS_MERGED)]
pub(crate) fn finish_contacts(event: Event<ContactsMerged>) -> Result<()> {
    hand_over::<Contact>(event.data.merged_id.uuid(), event.data.contact_id.uuid())
}

/// What can become one with another of its kind.
trait Mergeable: Party {
    /// The model, as core knows it.
    const MODEL: &'static str;

    /// Hands over the records that refer to one to another.
    fn hand_over_own(goes: Uuid, stays: Uuid) -> Result<()>;
    /// Archives it: another stands for it from now on.
    fn archive(&mut self, stays: Ref<Self>);
}

impl Mergeable for Company {
    const MODEL: &'static str = "crm.companies";

    fn hand_over_own(goes: Uuid, stays: Uuid) -> Result<()> {
        let to = Some(Ref::new(stays));
        turn::<Contact>("company_id", goes, |it| it.company_id = to)?;
        turn::<Address>("company_id", goes, |it| it.company_id = to)?;
        turn::<Lead>("company_id", goes, |it| it.company_id = to)?;
        turn::<Opportunity>("company_id", goes, |it| it.company_id = to)?;
        turn::<Self>("merged_into_id", goes, |it| it.merged_into_id = to)
    }

    fn archive(&mut self, stays: Ref<Self>) {
        self.active = false;
        self.merged_into_id = Some(stays);
    }
}

impl Mergeable for Contact {
    const MODEL: &'static str = "crm.contacts";

    fn hand_over_own(goes: Uuid, stays: Uuid) -> Result<()> {
        let to = Some(Ref::new(stays));
        turn::<Address>("contact_id", goes, |it| it.contact_id = to)?;
        turn::<Lead>("contact_id", goes, |it| it.contact_id = to)?;
        turn::<Opportunity>("contact_id", goes, |it| it.contact_id = to)?;
        turn::<Self>("merged_into_id", goes, |it| it.merged_into_id = to)
    }

    fn archive(&mut self, stays: Ref<Self>) {
        self.active = false;
        self.merged_into_id = Some(stays);
    }
}

fn merge<M: Mergeable>(stays: Ref<M>, goes: Ref<M>, take: &[String]) -> Result<Record<M>> {
    let (mut stays, mut goes) = lock_both(stays, goes)?;
    refuse_merged(&stays, &goes)?;
    let before = (stays.to_values(), goes.to_values());
    let united = merging::united(M::FIELDS, &before.0, &before.1, take)?;
    retire(&mut goes, &before.1, &united, stays.id)?;
    hand_over::<M>(goes.id.uuid(), stays.id.uuid())?;
    db::create(&Merge {
        model: M::TABLE.into(),
        name: goes.called(),
        stays_id: stays.id.uuid(),
        goes_id: goes.id.uuid(),
        stays_before: before.0.into(),
        goes_before: before.1.into(),
    })?;
    *stays = M::from_values(&united)?;
    db::update(&stays)
}

/// Both as they are now, the older one locked first, so that no two merges wait for each
/// other.
fn lock_both<M: Mergeable>(stays: Ref<M>, goes: Ref<M>) -> Result<(Record<M>, Record<M>)> {
    if stays == goes {
        let message = "A record is not merged into itself.";
        return Err(Error::invalid("merged_id", "same_record", message));
    }
    let locked = |id| {
        db::lock(id).map_err(|error: Error| match error.is("not_found") && id == goes {
            true => Error::invalid("merged_id", "not_found", "There is no such record."),
            false => error,
        })
    };
    if stays.uuid() < goes.uuid() {
        let first = locked(stays)?;
        return Ok((first, locked(goes)?));
    }
    let first = locked(goes)?;
    Ok((locked(stays)?, first))
}

fn refuse_merged<M: Mergeable>(stays: &Record<M>, goes: &Record<M>) -> Result<()> {
    let merged = |what: &str, id: Uuid| {
        let message = format!("{what} has been merged into {id} already.");
        Err(Error::conflict("already_merged", message))
    };
    if let Some(id) = goes.merged_into() {
        return merged("The record that goes", id);
    }
    if let Some(id) = stays.merged_into() {
        return merged("The record that would stay", id);
    }
    Ok(())
}

/// Archives the one that goes, without what the other has now and no two may have.
fn retire<M: Mergeable>(
    goes: &mut Record<M>,
    before: &Values,
    united: &Values,
    stays: Ref<M>,
) -> Result<()> {
    let mut values = before.clone();
    for name in merging::given_up(M::FIELDS, before, united) {
        values.insert(name.into(), Json::Null);
    }
    **goes = M::from_values(&values)?;
    goes.archive(stays);
    db::update(goes).map(drop)
}

fn hand_over<M: Mergeable>(goes: Uuid, stays: Uuid) -> Result<()> {
    M::hand_over_own(goes, stays)?;
    MOVE_RECORD.call(&RecordMove { model: M::MODEL.into(), from: goes, to: stays })
}

/// Lets all records refer to another that refer to this one.
fn turn<M: Model>(field: &str, goes: Uuid, change: impl Fn(&mut M)) -> Result<()> {
    loop {
        let mut found = db::find::<M>().eq(field, goes).limit(AT_ONCE_MAX).all()?;
        found.iter_mut().for_each(|record| change(&mut *record));
        db::update_all(&found)?;
        if found.len() < AT_ONCE_MAX as usize {
            return Ok(());
        }
    }
}
