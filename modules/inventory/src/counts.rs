//! Counts: what lies there is counted, and what was thought is corrected.

use eerp_sdk::document::Whole;
use eerp_sdk::prelude::*;

use crate::items::check_price;
use crate::transfers::{QUANTITY_MAX, Transfer};
use crate::{Item, Location, LocationKind, OwnCompany};

/// How far a count has come.
#[choice]
pub enum CountState {
    /// It is being written.
    Draft,
    /// What should be there is written down beside what is found.
    Started,
    /// The stock is what was counted.
    Applied,
    /// It came to nothing.
    Cancelled,
}

/// What was counted in a place.
#[model(
    table = "counts",
    display = "number",
    order = "created_at desc",
    company = "own_company_id",
    rules
)]
pub struct Count {
    /// Its number, from when it is started or applied.
    #[field(max = 100, unique, readonly)]
    pub number: Option<String>,
    /// How far it has come.
    #[field(readonly, default = CountState::Draft)]
    pub state: CountState,
    /// Where it was counted, where a line does not say it; the stock unless said.
    pub location_id: Option<Ref<Location>>,
    /// The day that counts; the day on which it is applied unless said.
    pub date: Option<Date>,
    /// Whether it opens the books: then what is found is an opening balance and no
    /// correction.
    #[field(default = false)]
    pub opening: bool,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline")]
    pub notes: Option<String>,
    /// The transfer by which it was applied.
    #[field(readonly)]
    pub transfer_id: Option<Ref<Transfer>>,
    /// The own company whose goods they are.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

/// How much was counted of an item in a place.
#[model(table = "lines", title = "Count line", plural = "Count lines", order = "position")]
pub struct CountLine {
    /// Its count.
    #[field(on_delete = "cascade")]
    pub count_id: Ref<Count>,
    /// Its place in the count.
    pub position: i32,
    /// The item.
    pub item_id: Ref<Item>,
    /// Where it was counted; as the count says unless said.
    pub location_id: Option<Ref<Location>>,
    /// The lot or serial number, where the item has any.
    #[field(max = 100)]
    pub lot: Option<String>,
    /// How much was counted, in the unit of the item; not counted yet unless said.
    #[field(numeric(18, 4), min = 0)]
    pub counted: Option<Decimal>,
    /// What one unit costs of what is found; the item's standard cost unless said, or
    /// else what its stock costs.
    #[field(numeric(18, 6), min = 0)]
    pub unit_cost: Option<Decimal>,
    /// What should be there, when the count was started.
    #[field(numeric(18, 4), readonly)]
    pub book: Option<Decimal>,
}

impl Document for Count {
    type Line = CountLine;
    const POSITION: &'static str = "position";

    fn before_save(
        &mut self,
        lines: &mut Vec<Record<CountLine>>,
        before: Option<&Whole<Self>>,
    ) -> Result<()> {
        if matches!(before, Some(before) if before.head.is_closed() && self.state == before.head.state)
        {
            return Err(Error::conflict("closed", "The count is over: it stays as it is."));
        }
        for (number, line) in lines.iter_mut().enumerate() {
            let blame = |error: Error| of_line(number, error);
            check_price("unit_cost", line.unit_cost).map_err(blame)?;
            if line.counted.is_some_and(|counted| counted > Decimal::from(QUANTITY_MAX)) {
                let message = format!("It is at most {QUANTITY_MAX}.");
                return Err(of_line(number, Error::invalid("counted", "range", message)));
            }
            line.lot =
                line.lot.take().map(|lot| lot.trim().into()).filter(|lot: &String| !lot.is_empty());
        }
        if self.location_id.is_none() {
            let own = db::find::<Location>().eq("is_default", true);
            let stock = own.eq("kind", LocationKind::Internal).order("created_at").first()?;
            self.location_id = stock.map(|place| place.id);
        }
        for line in lines {
            line.location_id = line.location_id.or(self.location_id);
        }
        Ok(())
    }
}

/// The error with its fields as those of a line.
pub(crate) fn of_line(number: usize, mut error: Error) -> Error {
    for fault in &mut error.errors {
        fault.pointer = format!("/lines/{number}{}", fault.pointer).into();
    }
    error
}

impl Count {
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, CountState::Applied | CountState::Cancelled)
    }
}

impl Rules for Count {
    fn before_delete(id: Ref<Self>) -> Result<()> {
        match db::get(id)?.state {
            CountState::Applied => {
                let message = "The count was applied: it stays.";
                Err(Error::conflict("closed", message))
            }
            _ => Ok(()),
        }
    }
}
