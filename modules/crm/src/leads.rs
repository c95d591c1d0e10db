//! Leads: a first sign of interest, before it is clear who it is and for what.

use eerp_sdk::prelude::*;

use crate::{Company, Contact, Currency, Opportunity, OwnCompany};

/// How far a lead has come.
#[choice]
pub enum LeadStatus {
    /// Nobody has looked at it.
    New,
    /// Worth pursuing.
    Qualified,
    /// It has become an opportunity.
    Converted,
    /// It led nowhere.
    Lost,
}

/// A first sign of interest.
#[model(
    table = "leads",
    title = "Lead",
    display = "title",
    order = "created_at desc",
    company = "own_company_id",
    rule(role = "salesperson", where = owner_id == identity.user_id || owner_id == None),
    rules
)]
pub struct Lead {
    /// What it is about.
    #[field(max = 200, trigram)]
    pub title: String,
    /// The company that shows interest.
    #[field(max = 200, trigram)]
    pub company_name: Option<String>,
    /// Given name of the person.
    #[field(max = 100)]
    pub first_name: Option<String>,
    /// Family name of the person.
    #[field(max = 100)]
    pub last_name: Option<String>,
    /// E-mail address of the person.
    #[field(max = 254, format = "email", label = "E-mail", trigram)]
    pub email: Option<String>,
    /// Telephone number of the person.
    #[field(max = 50, format = "phone")]
    pub phone: Option<String>,
    /// Where it came from: web, fair, recommendation.
    #[field(max = 100)]
    pub source: Option<String>,
    /// How far it has come.
    #[field(default = LeadStatus::New)]
    pub status: LeadStatus,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
    /// The user who pursues it; nobody yet unless said.
    #[field(index)]
    pub owner_id: Option<Uuid>,
    /// The own company it is pursued for.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// The company that it has become.
    #[field(readonly, on_delete = "set_null")]
    pub company_id: Option<Ref<Company>>,
    /// The contact that it has become.
    #[field(readonly, on_delete = "set_null")]
    pub contact_id: Option<Ref<Contact>>,
    /// The opportunity that it has become.
    #[field(readonly, on_delete = "set_null")]
    pub opportunity_id: Option<Ref<Opportunity>>,
    /// When it was converted.
    #[field(readonly)]
    pub converted_at: Option<Timestamp>,
}

impl Rules for Lead {
    fn before_create(&mut self) -> Result<()> {
        self.status_tells_the_truth()
    }

    fn before_update(&mut self, _before: &Record<Self>) -> Result<()> {
        self.status_tells_the_truth()
    }
}

impl Lead {
    /// A lead is converted when it was, whatever has become of the opportunity since.
    fn status_tells_the_truth(&self) -> Result<()> {
        let converted = self.status == LeadStatus::Converted;
        match (converted, self.converted_at) {
            (true, Some(_)) | (false, None) => Ok(()),
            (true, None) => {
                let message = "A lead becomes converted by converting it.";
                Err(Error::invalid("status", "not_converted", message))
            }
            (false, Some(_)) => {
                let message = "A converted lead stays converted.";
                Err(Error::invalid("status", "already_converted", message))
            }
        }
    }
}

/// What is known when a lead turns out to be real.
#[body]
pub struct ConvertLead {
    /// What the opportunity is called; the lead's title unless said.
    #[field(min = 1, max = 200)]
    pub name: Option<String>,
    /// A company that is known already, instead of a new one.
    pub company_id: Option<Ref<Company>>,
    /// A contact that is known already, instead of a new one.
    pub contact_id: Option<Ref<Contact>>,
    /// What the opportunity would bring.
    #[field(numeric(18, 2), min = 0, currency = "currency_id")]
    pub expected_revenue: Option<Decimal>,
    /// The currency of that.
    pub currency_id: Option<Ref<Currency>>,
    /// The day by which it should be decided.
    pub expected_close: Option<Date>,
}

/// What a lead has become.
#[body]
pub struct Converted {
    /// The lead.
    pub lead_id: Ref<Lead>,
    /// The company, when one was named.
    pub company_id: Option<Ref<Company>>,
    /// The contact, when one was named.
    pub contact_id: Option<Ref<Contact>>,
    /// The opportunity.
    pub opportunity_id: Ref<Opportunity>,
}

/// Turn a lead into a company, a contact and an opportunity
///
/// It happens once; a second time answers 409 and names the opportunity.
#[post("/leads/{id:uuid}/convert")]
pub(crate) fn convert(id: Ref<Lead>, body: ConvertLead) -> Result<Converted> {
    let mut lead = db::lock(id)?;
    refuse_closed(&lead)?;
    let company_id = company_of(&lead, body.company_id)?;
    let contact_id = contact_of(&lead, body.contact_id, company_id)?;
    let opportunity = db::create(&Opportunity {
        name: body.name.unwrap_or_else(|| lead.title.clone()),
        company_id,
        contact_id,
        expected_revenue: body.expected_revenue,
        currency_id: body.currency_id,
        expected_close: body.expected_close,
        source: lead.source.clone(),
        notes: lead.notes.clone(),
        owner_id: lead.owner_id,
        own_company_id: lead.own_company_id,
        ..Opportunity::default()
    })?;
    lead.status = LeadStatus::Converted;
    lead.company_id = company_id;
    lead.contact_id = contact_id;
    lead.opportunity_id = Some(opportunity.id);
    lead.converted_at = Some(now());
    db::update(&lead)?;
    Ok(Converted { lead_id: id, company_id, contact_id, opportunity_id: opportunity.id })
}

fn refuse_closed(lead: &Lead) -> Result<()> {
    if lead.converted_at.is_some() {
        let message = match lead.opportunity_id {
            Some(it) => format!("The lead has been converted to opportunity {it}."),
            None => "The lead has been converted to an opportunity that is gone.".into(),
        };
        return Err(Error::conflict("already_converted", message));
    }
    if lead.status == LeadStatus::Lost {
        let message = "The lead is lost: change its status before you convert it.";
        return Err(Error::conflict("lead_lost", message));
    }
    Ok(())
}

/// The company that is known, or a new one when the lead names one.
fn company_of(lead: &Lead, known: Option<Ref<Company>>) -> Result<Option<Ref<Company>>> {
    if let Some(id) = known {
        return Ok(Some(must_exist(id, "company_id")?));
    }
    let Some(name) = lead.company_name.clone() else { return Ok(None) };
    let company = db::create(&Company { name, ..Company::default() })?;
    Ok(Some(company.id))
}

/// The contact that is known, or a new one when the lead names or reaches one.
fn contact_of(
    lead: &Lead,
    known: Option<Ref<Contact>>,
    company_id: Option<Ref<Company>>,
) -> Result<Option<Ref<Contact>>> {
    if let Some(id) = known {
        return Ok(Some(must_exist(id, "contact_id")?));
    }
    // A first name is the least that a contact has; the next best stands in.
    let names = [&lead.first_name, &lead.last_name, &lead.email, &lead.phone];
    let Some(first_name) = names.into_iter().flatten().next() else { return Ok(None) };
    let contact = db::create(&Contact {
        first_name: first_name.chars().take(100).collect(),
        last_name: lead.last_name.clone().filter(|_| lead.first_name.is_some()),
        email: lead.email.clone(),
        phone: lead.phone.clone(),
        company_id,
        ..Contact::default()
    })?;
    Ok(Some(contact.id))
}

fn must_exist<M: eerp_sdk::model::Model>(id: Ref<M>, field: &str) -> Result<Ref<M>> {
    db::get(id).map(|record| record.id).map_err(|error| match error.is("not_found") {
        true => Error::invalid(field, "not_found", "There is no such record."),
        false => error,
    })
}
