//! What is at each stage of the pipeline now.

use eerp_sdk::prelude::*;

use super::{OpenSought, open, whole};
use crate::Stage;
use crate::names::Names;

/// What is at a stage, in one currency.
#[body]
pub(crate) struct StageSum {
    /// The stage.
    pub stage_id: Option<Ref<Stage>>,
    /// What it is called.
    pub stage: Option<String>,
    /// The currency of the sums; nothing for opportunities that name none.
    pub currency_id: Option<Uuid>,
    /// Its code.
    pub currency: Option<String>,
    /// How many opportunities there are.
    pub count: i64,
    /// What they would bring.
    #[field(numeric(26, 2))]
    pub expected_revenue: Decimal,
    /// The same, each as likely as it is.
    #[field(numeric(26, 2))]
    pub weighted_revenue: Decimal,
}

/// The pipeline.
#[body]
pub(crate) struct Pipeline {
    /// Each open stage in order, once for each currency, or empty.
    pub items: Vec<StageSum>,
}

/// What the database adds up.
#[body]
pub(crate) struct Sum {
    /// The stage.
    stage_id: Option<Uuid>,
    /// The currency.
    currency_id: Option<Uuid>,
    /// How many.
    count: i64,
    /// What they would bring.
    expected: Option<Decimal>,
    /// The same, weighted.
    weighted: Option<Decimal>,
}

/// The pipeline by stage
///
/// Open opportunities alone count. With `from` or `to` those without a day on which they
/// should be decided do not.
#[get("/reports/pipeline")]
pub(crate) fn pipeline(query: OpenSought) -> Result<Pipeline> {
    let sums = sums(&query)?;
    let stages = db::find::<Stage>().eq("is_won", false).eq("is_lost", false).all()?;
    let names = Names::of_currencies(sums.iter().map(|sum| sum.currency_id))?;
    let rows = stages.iter().flat_map(|stage| of_stage(stage, &sums, &names));
    Ok(Pipeline { items: rows.collect() })
}

fn sums(query: &OpenSought) -> Result<Vec<Sum>> {
    let sums = open(query)?.aggregate().group("stage_id").group("currency_id").count("count");
    let sums = sums.sum("expected", "expected_revenue").sum("weighted", "weighted_revenue");
    whole(sums.limit(1000).all()?)
}

/// The rows of a stage; one without anything when nothing is there.
fn of_stage(stage: &Record<Stage>, sums: &[Sum], names: &Names) -> Vec<StageSum> {
    let empty = StageSum {
        stage_id: Some(stage.id),
        stage: Some(stage.name.clone()),
        ..StageSum::default()
    };
    let here = sums.iter().filter(|sum| sum.stage_id == Some(stage.id.uuid()));
    let rows: Vec<StageSum> = here
        .map(|sum| StageSum {
            currency_id: sum.currency_id,
            currency: names.currency(sum.currency_id),
            count: sum.count,
            expected_revenue: sum.expected.unwrap_or_default(),
            weighted_revenue: sum.weighted.unwrap_or_default(),
            ..empty.clone()
        })
        .collect();
    if rows.is_empty() { vec![empty] } else { rows }
}
