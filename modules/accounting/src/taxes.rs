//! Taxes on what is sold and bought.

mod compute;
#[cfg(test)]
mod compute_tests;
mod question;
mod report;

pub(crate) use question::compute_taxes;
pub(crate) use report::tax_report;

use eerp_accounting_api::TaxUse;
use eerp_sdk::prelude::*;

use crate::{Account, OwnCompany};

/// The highest rate in percent.
const RATE_MAX: i64 = 1000;

/// How a tax is computed.
#[choice]
pub enum TaxKind {
    /// So many percent of the amount.
    Percent,
    /// An amount for each unit.
    Fixed,
    /// Several taxes under one name.
    Group,
}

/// A tax on what is sold or bought.
#[model(
    table = "taxes",
    title = "Tax",
    plural = "Taxes",
    display = "name",
    order = "sequence, name",
    company = "own_company_id",
    rules,
    check(tax_takes_less_than_all = rate > -100)
)]
pub struct Tax {
    /// What it is called, as documents say it.
    #[field(max = 100, trigram)]
    pub name: String,
    /// How it is computed.
    #[field(default = TaxKind::Percent)]
    pub kind: TaxKind,
    /// Percent, or the amount for each unit in the currency of the document. A group has
    /// none.
    #[field(numeric(9, 4), default)]
    pub rate: Decimal,
    /// Whether prices contain it.
    #[field(default = false)]
    pub included: bool,
    /// Whether it is computed on the taxes before it as well.
    #[field(default = false)]
    pub compound: bool,
    /// What it is meant for.
    #[field(default = TaxUse::Both)]
    pub r#use: TaxUse,
    /// Its place among the taxes of a line, smallest first.
    #[field(default = 10, min = 0)]
    pub sequence: i32,
    /// The account that it goes to; that of all taxes on sales or purchases unless said.
    pub account_id: Option<Ref<Account>>,
    /// The taxes of a group.
    #[field(default, max = 10)]
    pub children: Vec<Ref<Tax>>,
    /// Whether it is offered for new documents.
    #[field(default = true)]
    pub active: bool,
    /// The own company that pays it; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Tax {
    fn before_create(&mut self) -> Result<()> {
        self.sound()?;
        self.children_exist()
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.kind != before.kind {
            let message = "The kind of a tax stays: make another tax instead.";
            return Err(Error::invalid("kind", "kind_stays", message));
        }
        self.sound()?;
        if self.children == before.children { Ok(()) } else { self.children_exist() }
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        if db::find::<Self>().has_any("children", [id]).exists()? {
            let message = "The tax belongs to a group: take it out of that first.";
            return Err(Error::conflict("in_use", message));
        }
        Ok(())
    }
}

impl Tax {
    /// Whether the fields fit each other.
    fn sound(&self) -> Result<()> {
        let group = self.kind == TaxKind::Group;
        if group == self.children.is_empty() {
            let message = "A group has taxes, and nothing else has.";
            return Err(Error::invalid("children", "children", message));
        }
        let less_than_all = self.rate > -Decimal::ONE_HUNDRED;
        let fits = match self.kind {
            TaxKind::Percent => less_than_all && self.rate <= Decimal::from(RATE_MAX),
            TaxKind::Fixed => less_than_all,
            TaxKind::Group => self.rate.is_zero(),
        };
        if fits {
            return Ok(());
        }
        let message = "A rate is above -100 and up to 1000 percent, and a group has none.";
        Err(Error::invalid("rate", "rate", message))
    }

    /// Whether the taxes of a group are there, once each, and no groups themselves.
    fn children_exist(&self) -> Result<()> {
        if self.children.is_empty() {
            return Ok(());
        }
        let ids = self.children.iter().map(|id| id.uuid());
        let found = db::find::<Self>().one_of("id", ids).neq("kind", TaxKind::Group);
        if found.count()? == self.children.len() as i64 {
            return Ok(());
        }
        let message = "A group has other taxes, each once, and no groups.";
        Err(Error::invalid("children", "children", message))
    }

    /// Whether a document that is about this may have the tax.
    fn fits(&self, wanted: Option<TaxUse>) -> bool {
        let either = |one: TaxUse| one == TaxUse::Both;
        wanted.is_none_or(|wanted| either(wanted) || either(self.r#use) || wanted == self.r#use)
    }
}

/// The taxes that a new installation starts with.
pub(crate) fn migrations() -> Vec<Migration> {
    let tax = |name: &str, rate: i64, sequence: i32| Tax {
        name: name.into(),
        rate: rate.into(),
        sequence,
        ..Tax::default()
    };
    let included = Tax { included: true, ..tax("VAT 20 % included", 20, 20) };
    let taxes = [tax("VAT 20 %", 20, 10), included, tax("VAT 10 %", 10, 30), tax("VAT 0 %", 0, 40)];
    vec![Migration::new("taxes_seed", 1).records(&taxes)]
}
