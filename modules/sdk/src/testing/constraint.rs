//! What PostgreSQL holds for every row: types, keys, references and checks.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::query;
use super::store::{Row, Store};
use super::value::{compare, known};
use crate::error::Error;
use crate::field::{Field, FieldSpec};
use crate::model::{Balance, Exclude, ModelSpec};

impl Store {
    /// The first thing that is wrong with a row, if there is one.
    pub(super) fn broken(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        missing(model, row)
            .or_else(|| unknown_word(model, row))
            .or_else(|| self.taken(model, row))
            .or_else(|| self.dangling(model, row))
            .or_else(|| self.unchecked(model, row))
            .or_else(|| self.overlapping(model, row))
    }

    fn others<'a>(&'a self, model: &ModelSpec, row: &'a Row) -> impl Iterator<Item = &'a Row> {
        let rows = self.tables.get(model.table).into_iter().flatten();
        rows.filter(|other| other["id"] != row["id"] && other["deleted_at"].is_null())
    }

    fn taken(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        if !row["deleted_at"].is_null() {
            return None;
        }
        let single = model.fields.iter().filter(|field| field.unique);
        let single = single.map(|field| vec![field.name]);
        let several = model.uniques.iter().map(|unique| unique.columns.to_vec());
        let columns = single.chain(several).find(|columns| {
            self.others(model, row).any(|other| {
                columns.iter().all(|name| !row[*name].is_null() && other[*name] == row[*name])
            })
        })?;
        let message = "Another record has this value.";
        Some(Error::conflict("conflict", message).and_field(columns[0], "unique", message))
    }

    /// A reference within the module to nothing; other modules are not here. What is
    /// alive refers to what is alive, save where the reference says `set_null`.
    fn dangling(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        let alive = row["deleted_at"].is_null();
        let field = model.fields.iter().find(|field| {
            let id = &row[field.name];
            let Some(target) = self.target(field).filter(|_| !id.is_null()) else { return false };
            let itself = *id == row["id"] && target.table == model.table;
            match self.row(target, id) {
                Some(found) => {
                    alive && field.on_delete != "set_null" && !found["deleted_at"].is_null()
                }
                None => !itself,
            }
        })?;
        let message = format!("{} points to a record that does not exist.", field.name);
        let error = Error::conflict("conflict", "A record that is named does not exist.");
        Some(error.and_field(field.name, "reference", message))
    }

    fn unchecked(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        let broken =
            |condition: &Value| query::holds(self, model, condition, row) == Ok(Some(false));
        let check = model.checks.iter().find(|check| broken(&(check.condition)().0))?;
        let message = format!("The check {} does not hold.", check.name);
        Some(Error::new(422, "validation_failed", message))
    }

    fn overlapping(&self, model: &ModelSpec, row: &Row) -> Option<Error> {
        if !row["deleted_at"].is_null() {
            return None;
        }
        let exclude = model.excludes.iter().find(|exclude| {
            let mut others = self.others(model, row);
            others.any(|other| {
                let same = |name: &&str| !row[*name].is_null() && row[*name] == other[*name];
                exclude.equal.iter().all(same) && overlap(model, exclude, row, other)
            })
        })?;
        let message = "Another record covers part of the same time.";
        Some(Error::conflict("conflict", message).and_field(exclude.from, "overlap", message))
    }

    /// Groups whose amounts do not sum to zero now that the transaction ends.
    pub(super) fn unbalanced(&self) -> Option<Error> {
        let balances = self
            .models
            .iter()
            .flat_map(|model| model.balances.iter().map(move |balance| (*model, balance)));
        let mut broken = balances.filter(|(model, balance)| !self.balanced(model, balance));
        let (_, balance) = broken.next()?;
        let message = format!("The amounts do not balance ({}).", balance.name);
        Some(Error::new(422, "validation_failed", message))
    }

    fn balanced(&self, model: &ModelSpec, balance: &Balance) -> bool {
        let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
        let rows = self.tables.get(model.table).into_iter().flatten();
        for row in rows.filter(|row| row["deleted_at"].is_null()) {
            if self.counts(model, balance, &row[balance.group]) {
                let amounts = balance.amounts.iter().map(|(field, factor)| {
                    Decimal::from_json(&row[*field]).unwrap_or_default() * Decimal::from(*factor)
                });
                *sums.entry(row[balance.group].to_string()).or_default() +=
                    amounts.sum::<Decimal>();
            }
        }
        sums.values().all(Decimal::is_zero)
    }

    /// Whether a group has to balance.
    fn counts(&self, model: &ModelSpec, balance: &Balance, group: &Value) -> bool {
        let Some(when) = balance.when else { return true };
        let field = model.fields.iter().find(|field| field.name == balance.group);
        let Some(target) = field.and_then(|field| self.target(field)) else { return true };
        self.row(target, group)
            .is_some_and(|row| query::holds(self, target, &when().0, row) == Ok(Some(true)))
    }

    /// The model of this module that a field points to.
    pub(super) fn target(&self, field: &FieldSpec) -> Option<&'static ModelSpec> {
        let target = field.references.filter(|target| target.module.is_empty())?;
        self.model(target.table).ok()
    }
}

fn missing(model: &ModelSpec, row: &Row) -> Option<Error> {
    let field = model.fields.iter().find(|field| !field.nullable && row[field.name].is_null())?;
    Some(Error::invalid(field.name, "required", format!("{} is required.", field.name)))
}

fn unknown_word(model: &ModelSpec, row: &Row) -> Option<Error> {
    let unknown = |field: &&FieldSpec, value: &Value| {
        value.as_str().is_some_and(|word| !field.words.contains(&word))
    };
    let field = model.fields.iter().filter(|field| !field.words.is_empty()).find(|field| {
        let value = &row[field.name];
        let mut items = value.as_array().into_iter().flatten();
        unknown(field, value) || items.any(|item| unknown(field, item))
    })?;
    let message = format!("{} has a word that is none of its own.", field.name);
    Some(Error::invalid(field.name, "enum", message))
}

/// Whether two rows share some time: half-open for moments, both days in for dates.
fn overlap(model: &ModelSpec, exclude: &Exclude, one: &Row, other: &Row) -> bool {
    let Ok(field) = known(model, exclude.from) else { return false };
    let days = field.sql_type == crate::field::SqlType::Date;
    let before_end = |from: &Value, to: &Value| {
        let order = compare(&field, from, to);
        to.is_null() || order.is_lt() || (days && order.is_eq())
    };
    before_end(&one[exclude.from], &other[exclude.to])
        && before_end(&other[exclude.from], &one[exclude.to])
}
