//! Opportunities: business that may come, and how it ends.

use eerp_sdk::prelude::*;

use crate::{Company, Contact, Currency, OwnCompany, Stage, events, history};

/// Business that may come.
#[model(
    table = "opportunities",
    title = "Opportunity",
    display = "name",
    order = "created_at desc",
    company = "own_company_id",
    rule(role = "salesperson", where = owner_id == identity.user_id || owner_id == None),
    rules,
    check(revenue_not_negative = expected_revenue >= 0),
    check(probability_in_range = probability >= 0 && probability <= 100)
)]
pub struct Opportunity {
    /// What it is about.
    #[field(max = 200, trigram)]
    pub name: String,
    /// Who would buy.
    pub company_id: Option<Ref<Company>>,
    /// Who is spoken to.
    pub contact_id: Option<Ref<Contact>>,
    /// How far it is; a new one starts at the first stage.
    pub stage_id: Option<Ref<Stage>>,
    /// What it would bring.
    #[field(numeric(18, 2), min = 0, currency = "currency_id")]
    pub expected_revenue: Option<Decimal>,
    /// The currency of that.
    pub currency_id: Option<Ref<Currency>>,
    /// How likely it is won, in percent; the stage's unless said.
    #[field(min = 0, max = 100)]
    pub probability: Option<i32>,
    /// What it would bring, as likely as it is.
    #[field(
        numeric(18, 2),
        currency = "currency_id",
        computed = expected_revenue * probability * 0.01
    )]
    pub weighted_revenue: Option<Decimal>,
    /// The day by which it should be decided.
    #[field(index)]
    pub expected_close: Option<Date>,
    /// Where it came from: web, fair, recommendation.
    #[field(max = 100)]
    pub source: Option<String>,
    /// Since when it is at its stage.
    #[field(readonly)]
    pub stage_since: Option<Timestamp>,
    /// When it was won or lost.
    #[field(readonly, index)]
    pub closed_at: Option<Timestamp>,
    /// Why it was lost.
    #[field(max = 500)]
    pub lost_reason: Option<String>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline", search)]
    pub notes: Option<String>,
    /// The user who pursues it; nobody yet unless said.
    #[field(index)]
    pub owner_id: Option<Uuid>,
    /// The own company that would sell.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Opportunity {
    fn before_create(&mut self) -> Result<()> {
        let stage = match self.stage_id {
            Some(id) => id,
            None => Stage::first(false, false)?.id,
        };
        self.stage_id = Some(stage);
        let probability = self.probability;
        self.enter(stage)?;
        if self.closed_at.is_none() {
            self.probability = probability.or(self.probability);
        }
        self.within_bounds()
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        let unstaged = || Error::invalid("stage_id", "required", "Say at which stage it is.");
        let id = self.stage_id.ok_or_else(unstaged)?;
        if before.stage_id == Some(id) {
            self.keep_fate(before)?;
        } else if before.closed_at.is_some() && self.closed_at.is_some() {
            // Only `reopen` takes the end away, and with it the protection.
            let message = "The opportunity is decided: reopen it first.";
            return Err(Error::conflict("decided", message));
        } else {
            self.enter(id)?;
            history::write_down(before, self)?;
        }
        self.within_bounds()?;
        events::tell_of_decision(before, self)
    }
}

impl Opportunity {
    /// Takes on what the stage means: its probability, and the end if it is one.
    fn enter(&mut self, stage: Ref<Stage>) -> Result<()> {
        let stage = Stage::enter(stage).map_err(unknown_stage)?;
        let reason = self.lost_reason.as_deref().unwrap_or_default().trim();
        if stage.is_lost && reason.is_empty() {
            return Err(Error::invalid("lost_reason", "required", "Say why it was lost."));
        }
        if !stage.is_lost {
            self.lost_reason = None;
        }
        self.stage_since = Some(now());
        self.closed_at = stage.is_closed().then(now);
        self.probability = Some(match (stage.is_won, stage.is_lost) {
            (true, _) => 100,
            (_, true) => 0,
            _ => stage.probability,
        });
        Ok(())
    }

    /// What is decided keeps its probability; only a reason may be reworded.
    fn keep_fate(&self, before: &Record<Self>) -> Result<()> {
        if before.closed_at.is_some() && self.probability != before.probability {
            let message = "It is decided: reopen it to change its probability.";
            return Err(Error::invalid("probability", "closed", message));
        }
        let reason = self.lost_reason.as_deref().unwrap_or_default().trim();
        if before.lost_reason.is_some() == reason.is_empty() {
            let message = "What was lost has a reason, and nothing else has.";
            return Err(Error::invalid("lost_reason", "closed", message));
        }
        Ok(())
    }

    fn within_bounds(&self) -> Result<()> {
        if self.expected_revenue.is_some_and(|revenue| revenue < Decimal::ZERO) {
            let message = "The expected revenue cannot be negative.";
            return Err(Error::invalid("expected_revenue", "minimum", message));
        }
        if self.probability.is_some_and(|percent| !(0..=100).contains(&percent)) {
            let message = "The probability is a percentage, 0 to 100.";
            return Err(Error::invalid("probability", "range", message));
        }
        Ok(())
    }
}

fn unknown_stage(error: Error) -> Error {
    match error.is("not_found") {
        true => Error::invalid("stage_id", "not_found", "There is no such stage."),
        false => error,
    }
}

/// Win an opportunity
#[post("/opportunities/{id:uuid}/win", answers = Opportunity)]
pub(crate) fn win(id: Ref<Opportunity>) -> Result<Reply> {
    let mut opportunity = db::get(id)?;
    let won = Stage::first(true, false)?;
    if opportunity.stage_id == Some(won.id) {
        return Err(Error::conflict("already_won", "The opportunity is won already."));
    }
    opportunity.stage_id = Some(won.id);
    Ok(Reply::last(db::operation::update(&opportunity)?))
}

/// Why an opportunity is lost.
#[body]
pub struct Loss {
    /// What decided against it.
    #[field(max = 500)]
    pub lost_reason: String,
}

/// Lose an opportunity
#[post("/opportunities/{id:uuid}/lose", answers = Opportunity)]
pub(crate) fn lose(id: Ref<Opportunity>, body: Loss) -> Result<Reply> {
    let mut opportunity = db::get(id)?;
    let lost = Stage::first(false, true)?;
    if opportunity.stage_id == Some(lost.id) {
        return Err(Error::conflict("already_lost", "The opportunity is lost already."));
    }
    opportunity.stage_id = Some(lost.id);
    opportunity.lost_reason = Some(body.lost_reason);
    Ok(Reply::last(db::operation::update(&opportunity)?))
}

/// Where an opportunity goes.
#[body]
pub struct Move {
    /// The stage.
    pub stage_id: Ref<Stage>,
}

/// Move an opportunity to another stage
///
/// One that is decided has to be reopened first; losing one needs a reason.
#[post("/opportunities/{id:uuid}/move", answers = Opportunity)]
pub(crate) fn move_to(id: Ref<Opportunity>, body: Move) -> Result<Reply> {
    let mut opportunity = db::get(id)?;
    opportunity.stage_id = Some(body.stage_id);
    Ok(Reply::last(db::operation::update(&opportunity)?))
}

/// Where a reopened opportunity goes.
#[body]
pub struct Reopening {
    /// The stage; the first open one unless said.
    pub stage_id: Option<Ref<Stage>>,
}

/// Reopen an opportunity that was won or lost
#[post("/opportunities/{id:uuid}/reopen", answers = Opportunity)]
pub(crate) fn reopen(id: Ref<Opportunity>, body: Reopening) -> Result<Reply> {
    let mut opportunity = db::get(id)?;
    if opportunity.closed_at.is_none() {
        return Err(Error::conflict("open", "The opportunity is open."));
    }
    let stage = match body.stage_id {
        Some(id) => db::get(id).map_err(unknown_stage)?,
        None => Stage::first(false, false)?,
    };
    if stage.is_closed() {
        let message = "Reopening leads to a stage that is neither won nor lost.";
        return Err(Error::invalid("stage_id", "closed", message));
    }
    opportunity.closed_at = None;
    opportunity.stage_id = Some(stage.id);
    Ok(Reply::last(db::operation::update(&opportunity)?))
}
