//! The stages that an opportunity passes on its way to being won or lost.

use eerp_sdk::prelude::*;

use crate::Opportunity;

/// A stage of the sales pipeline.
#[model(
    table = "stages",
    title = "Stage",
    display = "name",
    order = "sequence",
    rules,
    check(stage_probability_in_range = probability >= 0 && probability <= 100),
    check(won_or_lost = !(is_won && is_lost))
)]
pub struct Stage {
    /// What it is called.
    #[field(max = 100, unique)]
    pub name: String,
    /// Its place among the stages, smallest first.
    #[field(default = 10, min = 0)]
    pub sequence: i32,
    /// How likely an opportunity at this stage is won, in percent.
    #[field(default = 0, min = 0, max = 100)]
    pub probability: i32,
    /// Whether opportunities at this stage are won.
    #[field(default = false, label = "Won")]
    pub is_won: bool,
    /// Whether opportunities at this stage are lost.
    #[field(default = false, label = "Lost")]
    pub is_lost: bool,
    /// Whether an opportunity has ever been at this stage: then it cannot turn won,
    /// lost or open any more.
    #[field(default = false, readonly)]
    pub used: bool,
}

impl Rules for Stage {
    fn before_create(&mut self) -> Result<()> {
        self.one_outcome()
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.one_outcome()?;
        let same = (self.is_won, self.is_lost) == (before.is_won, before.is_lost);
        // The records at it would not be seen when they come in at this moment, but
        // the first one marks the stage, and two changes of one record never meet.
        if !same && before.used {
            let message = "Opportunities, maybe deleted ones, are or were at this stage: \
                           it cannot turn won, lost or open.";
            return Err(Error::conflict("in_use", message));
        }
        Ok(())
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        // One that enters at this moment is refused by its reference, or this is.
        if at_stage(id).exists()? {
            let message = "Opportunities are at this stage: move or delete them first.";
            return Err(Error::conflict("in_use", message));
        }
        Ok(())
    }
}

fn at_stage(id: Ref<Stage>) -> db::Find<Opportunity> {
    db::find().eq("stage_id", id.uuid())
}

impl Stage {
    fn one_outcome(&self) -> Result<()> {
        if self.is_won && self.is_lost {
            let message = "A stage cannot mean both won and lost.";
            return Err(Error::invalid("is_lost", "contradiction", message));
        }
        Ok(())
    }

    /// Whether an opportunity at this stage has come to its end.
    pub fn is_closed(&self) -> bool {
        self.is_won || self.is_lost
    }

    /// The stage as an opportunity enters it: it keeps its meaning from then on, also
    /// for those who look at the same moment.
    ///
    /// # Errors
    /// 404 when there is no such stage.
    pub(crate) fn enter(id: Ref<Self>) -> Result<Record<Self>> {
        let mut stage = db::lock(id)?;
        if stage.used {
            return Ok(stage);
        }
        stage.used = true;
        db::update(&stage)
    }

    /// The first stage that is open, won or lost as wanted.
    ///
    /// # Errors
    /// 409 when an administrator has deleted all such stages.
    pub(crate) fn first(won: bool, lost: bool) -> Result<Record<Self>> {
        let stage = db::find::<Self>().eq("is_won", won).eq("is_lost", lost).first()?;
        stage.ok_or_else(|| {
            Error::conflict("no_stage", "There is no stage that this opportunity could go to.")
        })
    }
}

/// The stages that a new installation starts with.
pub(crate) fn migrations() -> Vec<Migration> {
    let stages = [
        stage("New", 10, 10),
        stage("Qualified", 20, 25),
        stage("Proposition", 30, 50),
        stage("Negotiation", 40, 75),
        Stage { is_won: true, ..stage("Won", 50, 100) },
        Stage { is_lost: true, ..stage("Lost", 60, 0) },
    ];
    vec![Migration::new("stages_seed", 1).records(&stages)]
}

fn stage(name: &str, sequence: i32, probability: i32) -> Stage {
    Stage { name: name.into(), sequence, probability, ..Stage::default() }
}
