//! Reorder rules: of what there should never be too little.

use std::collections::{BTreeMap, BTreeSet};

use eerp_inventory_api::{ITEM_SHORT, Shortage};
use eerp_sdk::prelude::*;

use crate::stock::Quant;
use crate::{Item, Location, OwnCompany, bulk};

/// So many rules are looked at in one request.
const RULES_MAX: u32 = 1000;

/// So many shortages are told in one request; what is left is told with the next.
const TOLD_MAX: usize = 90;

/// How much of an item there should be.
#[model(
    table = "reorder_rules",
    path = "reorder-rules",
    title = "Reorder rule",
    order = "created_at",
    company = "own_company_id",
    rules,
    check(minimum_not_negative = minimum >= 0),
    check(multiple_positive = multiple > 0)
)]
pub struct ReorderRule {
    /// The item.
    #[field(on_delete = "cascade")]
    pub item_id: Ref<Item>,
    /// The place where there should be so much; all of the warehouse unless said.
    pub location_id: Option<Ref<Location>>,
    /// The code of the warehouse; all places together unless said.
    #[field(max = 10)]
    pub warehouse: Option<String>,
    /// When what is there and on its way is less than this, more is ordered.
    #[field(numeric(18, 4), min = 0)]
    pub minimum: Decimal,
    /// What it is then filled up to; the minimum unless said.
    #[field(numeric(18, 4), min = 0)]
    pub maximum: Option<Decimal>,
    /// What is ordered is a multiple of this.
    #[field(numeric(18, 4), min = 0, default = 1)]
    pub multiple: Decimal,
    /// Whether it counts.
    #[field(default = true)]
    pub active: bool,
    /// Whether there was too little when it was last looked at.
    #[field(default = false, readonly)]
    pub short: bool,
    /// The own company that it holds for.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for ReorderRule {
    fn before_create(&mut self) -> Result<()> {
        self.makes_sense()
    }

    fn before_update(&mut self, _before: &Record<Self>) -> Result<()> {
        self.makes_sense()
    }
}

impl ReorderRule {
    fn makes_sense(&self) -> Result<()> {
        if self.maximum.is_some_and(|maximum| maximum < self.minimum) {
            let message = "The maximum is not less than the minimum.";
            return Err(Error::invalid("maximum", "range", message));
        }
        let most = Decimal::from(crate::transfers::QUANTITY_MAX);
        let each = [("minimum", self.minimum), ("maximum", self.maximum.unwrap_or_default())];
        if let Some((field, _)) = each.iter().find(|(_, quantity)| *quantity > most) {
            return Err(Error::invalid(field, "range", format!("It is at most {most}.")));
        }
        if self.multiple <= Decimal::ZERO {
            return Err(Error::invalid("multiple", "range", "It is more than 0."));
        }
        Ok(())
    }

    /// What should be ordered when so much will be there.
    pub fn wanted(&self, forecast: Decimal) -> Decimal {
        if forecast >= self.minimum {
            return Decimal::ZERO;
        }
        let missing = self.maximum.unwrap_or(self.minimum) - forecast;
        // A multiple so small that nobody could count them changes nothing.
        match missing.checked_div(self.multiple) {
            Some(times) => times.ceil().checked_mul(self.multiple).unwrap_or(missing),
            None => missing,
        }
    }

    fn holds_at(&self, place: Uuid, warehouses: &BTreeMap<Uuid, String>) -> bool {
        match (self.location_id, &self.warehouse) {
            (Some(location), _) => location.uuid() == place,
            (None, Some(code)) => warehouses.get(&place) == Some(code),
            (None, None) => true,
        }
    }
}

/// A rule, and what will be there.
pub(crate) struct Looked {
    pub(crate) rule: Record<ReorderRule>,
    pub(crate) forecast: Decimal,
}

/// What will be there by each of these rules.
fn look(rules: Vec<Record<ReorderRule>>) -> Result<Vec<Looked>> {
    let items: BTreeSet<Uuid> = rules.iter().map(|rule| rule.item_id.uuid()).collect();
    let quants = db::find::<Quant>().one_of("item_id", items).all()?;
    let warehouses = warehouses(&rules)?;
    let look = |rule: Record<ReorderRule>| {
        let of_rule = quants.iter().filter(|quant| {
            quant.item_id == rule.item_id && rule.holds_at(quant.location_id.uuid(), &warehouses)
        });
        let forecast = of_rule.map(|quant| quant.forecast).sum();
        Looked { rule, forecast }
    };
    Ok(rules.into_iter().map(look).collect())
}

/// The warehouse of each place, of those that rules name.
fn warehouses(rules: &[Record<ReorderRule>]) -> Result<BTreeMap<Uuid, String>> {
    let codes: BTreeSet<String> = rules.iter().filter_map(|rule| rule.warehouse.clone()).collect();
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let places = db::find::<Location>().one_of("warehouse", codes).all()?;
    let place = |place: Record<Location>| Some((place.id.uuid(), place.warehouse.clone()?));
    Ok(places.into_iter().filter_map(place).collect())
}

/// Tells of items of which there is too little since their stock has changed.
pub(crate) fn watch(items: BTreeSet<Uuid>) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    compare(db::find::<ReorderRule>().one_of("item_id", items).eq("active", true).all()?)
}

/// Each night all rules are looked at: those that are new or were changed have not been
/// since.
#[job(name = "shortages", cron = "30 3 * * *")]
pub(crate) fn look_at_all(_run: JobRun) -> Result<()> {
    let rules = db::find::<ReorderRule>().eq("active", true).all()?;
    let few = rules.chunks(RULES_MAX as usize);
    few.map(<[Record<ReorderRule>]>::to_vec).try_for_each(compare)
}

/// Tells of what has fallen short, and notes what no longer is.
fn compare(rules: Vec<Record<ReorderRule>>) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let crossed = |one: &Looked| (one.forecast < one.rule.minimum) != one.rule.short;
    let crossed: Vec<Looked> = look(rules)?.into_iter().filter(crossed).take(TOLD_MAX).collect();
    tell(&crossed)?;
    let turn = |Looked { mut rule, .. }: Looked| {
        rule.short = !rule.short;
        rule
    };
    bulk::update_all(&crossed.into_iter().map(turn).collect::<Vec<_>>())
}

/// Tells of those by which there is too little now.
fn tell(crossed: &[Looked]) -> Result<()> {
    let short: Vec<&Looked> = crossed.iter().filter(|one| !one.rule.short).collect();
    let names = names(short.iter().map(|one| one.rule.item_id.uuid()).collect())?;
    for Looked { rule, forecast } in short {
        let shortage = Shortage {
            item_id: Ref::new(rule.item_id.uuid()),
            name: names.get(&rule.item_id.uuid()).cloned().unwrap_or_default(),
            forecast: *forecast,
            wanted: rule.wanted(*forecast),
        };
        ITEM_SHORT.emit(rule.item_id, &shortage)?;
    }
    Ok(())
}

fn names(items: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, String>> {
    if items.is_empty() {
        return Ok(BTreeMap::new());
    }
    let items = db::find::<Item>().one_of("id", items).all()?;
    Ok(items.into_iter().map(|item| (item.id.uuid(), item.name.clone())).collect())
}

/// Something that should be ordered.
#[body]
pub struct Proposal {
    /// The rule that says so.
    pub rule_id: Ref<ReorderRule>,
    /// The item.
    pub item_id: Ref<Item>,
    /// Its number.
    pub sku: Option<String>,
    /// What it is called.
    pub name: String,
    /// The place where it is wanted.
    pub location_id: Option<Ref<Location>>,
    /// The warehouse where it is wanted.
    pub warehouse: Option<String>,
    /// What there should be at least.
    #[field(numeric(18, 4))]
    pub minimum: Decimal,
    /// What is there and on its way.
    #[field(numeric(18, 4))]
    pub forecast: Decimal,
    /// What should be ordered.
    #[field(numeric(18, 4))]
    pub quantity: Decimal,
}

/// What should be ordered.
#[body]
pub struct Proposals {
    /// Each item and rule.
    pub items: Vec<Proposal>,
}

/// What should be ordered, by the reorder rules
///
/// Of the first 1,000 active rules, those by which less is there and on its way than
/// wanted.
#[get("/reorder-proposals", permission = "reorder_rules.read")]
pub(crate) fn proposals() -> Result<Proposals> {
    let rules = db::find::<ReorderRule>().eq("active", true).limit(RULES_MAX).all()?;
    if rules.is_empty() {
        return Ok(Proposals::default());
    }
    let mut looked = look(rules)?;
    looked.retain(|one| one.forecast < one.rule.minimum);
    let ids: BTreeSet<Uuid> = looked.iter().map(|one| one.rule.item_id.uuid()).collect();
    let items = match ids.is_empty() {
        true => Vec::new(),
        false => db::find::<Item>().one_of("id", ids).all()?,
    };
    let propose = |Looked { rule, forecast }: Looked| {
        let item = items.iter().find(|item| item.id == rule.item_id)?;
        Some(Proposal {
            rule_id: rule.id,
            item_id: rule.item_id,
            sku: item.sku.clone(),
            name: item.name.clone(),
            location_id: rule.location_id,
            warehouse: rule.warehouse.clone(),
            minimum: rule.minimum,
            forecast,
            quantity: rule.wanted(forecast),
        })
    };
    Ok(Proposals { items: looked.into_iter().filter_map(propose).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(minimum: i64, maximum: Option<i64>, multiple: &str) -> ReorderRule {
        let multiple = multiple.parse().expect("a decimal");
        let maximum = maximum.map(Decimal::from);
        ReorderRule { minimum: minimum.into(), maximum, multiple, ..ReorderRule::default() }
    }

    #[test]
    fn what_is_wanted_fills_up_to_the_maximum_in_whole_multiples() {
        for (minimum, maximum, multiple, forecast, wanted) in [
            (10, Some(30), "1", 9, 21),
            (10, Some(30), "12", 9, 24),
            (10, None, "1", 4, 6),
            (10, None, "1", 10, 0),
            (10, Some(30), "1", -5, 35),
        ] {
            let rule = rule(minimum, maximum, multiple);
            assert_eq!(rule.wanted(forecast.into()), wanted.into());
        }
    }
}
