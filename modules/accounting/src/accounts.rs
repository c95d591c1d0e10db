//! The chart of accounts.

use eerp_accounting_api::{OwnCompany, Purpose};
use eerp_sdk::prelude::*;

use crate::Line;

mod chart;
pub(crate) mod choose;
pub(crate) mod import;

/// What an account shows: what is had, owed and owned, or what comes in and goes out.
#[choice]
pub enum AccountType {
    /// What is had.
    Asset,
    /// What is owed.
    Liability,
    /// What belongs to the owners.
    Equity,
    /// What comes in.
    Income,
    /// What goes out.
    Expense,
}

impl AccountType {
    /// Whether its balance is usually a debit.
    pub(crate) const fn is_debit(self) -> bool {
        matches!(self, Self::Asset | Self::Expense)
    }
}

/// An account of the books.
#[model(
    table = "accounts",
    title = "Account",
    display = "name",
    order = "code",
    company = "own_company_id",
    unique("own_company_id", "code"),
    index("code"),
    rules
)]
pub struct Account {
    /// Its number.
    #[field(max = 20, pattern = "^[A-Za-z0-9][A-Za-z0-9.-]*$")]
    pub code: String,
    /// What it is called.
    #[field(max = 200, trigram)]
    pub name: String,
    /// What it shows. It stays once there are lines.
    pub r#type: AccountType,
    /// What it is for, so that documents find it. Of several with one purpose the active
    /// one with the lowest code is taken, an own company's before shared ones.
    #[field(index)]
    pub purpose: Option<Purpose>,
    /// The only currency that it takes, by its code; any unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// Whether its lines are settled with each other. What customers owe and what is owed
    /// to suppliers always is.
    #[field(default = false)]
    pub reconcile: bool,
    /// Whether it takes new lines.
    #[field(default = true)]
    pub active: bool,
    /// The account that it stands under in the chart.
    pub parent_id: Option<Ref<Account>>,
    /// The own company whose books have it; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
    /// Anything else worth knowing.
    #[field(max = 20_000, format = "multiline")]
    pub notes: Option<String>,
}

/// No chart is deeper; the search for a circle ends there.
const DEPTH_MAX: usize = 50;

impl Rules for Account {
    fn before_create(&mut self) -> Result<()> {
        self.settle();
        self.refuse_taken_code(None)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        self.settle();
        if self.code != before.code || self.own_company_id != before.own_company_id {
            self.refuse_taken_code(Some(before.id))?;
        }
        if self.parent_id != before.parent_id {
            self.refuse_circle(before.id)?;
        }
        self.refuse_changed_meaning(before)
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        if has_lines(id)? {
            let message = "The account has lines and stays: make it inactive instead.";
            return Err(Error::conflict("in_use", message));
        }
        Ok(())
    }
}

impl Account {
    /// Whether its lines are settled with each other by what it is for.
    fn is_owed(&self) -> bool {
        matches!(self.purpose, Some(Purpose::Receivable | Purpose::Payable))
    }

    fn settle(&mut self) {
        self.reconcile |= self.is_owed();
    }

    /// A code means one account to everybody who sees it.
    fn refuse_taken_code(&self, id: Option<Ref<Self>>) -> Result<()> {
        let mut same = db::find::<Self>().eq("code", &self.code);
        if let Some(own) = self.own_company_id {
            let theirs = Condition::eq("own_company_id", own);
            let shared = Condition::is_null("own_company_id");
            same = same.filter(Condition::any([theirs, shared]));
        }
        if let Some(id) = id {
            same = same.neq("id", id);
        }
        if same.exists()? {
            let message = format!("There is an account {} already.", self.code);
            return Err(Error::invalid("code", "taken", message));
        }
        Ok(())
    }

    fn refuse_circle(&self, id: Ref<Self>) -> Result<()> {
        let mut above = self.parent_id;
        for _ in 0..DEPTH_MAX {
            let Some(parent) = above else { return Ok(()) };
            if parent == id {
                break;
            }
            above = db::get::<Self>(parent).map_err(unknown_parent)?.parent_id;
        }
        let message = "An account cannot stand under itself, directly or through others.";
        Err(Error::invalid("parent_id", "circular", message))
    }

    /// What was posted keeps its meaning.
    fn refuse_changed_meaning(&self, before: &Record<Self>) -> Result<()> {
        let changed = if self.r#type != before.r#type {
            "type"
        } else if self.currency.is_some() && self.currency != before.currency {
            "currency"
        } else if self.reconcile != before.reconcile {
            "reconcile"
        } else if self.own_company_id != before.own_company_id {
            "own_company_id"
        } else {
            return Ok(());
        };
        if has_lines(before.id)? {
            let message = "The account has lines, so this stays as it is.";
            return Err(Error::invalid(changed, "in_use", message));
        }
        Ok(())
    }
}

fn unknown_parent(error: Error) -> Error {
    if error.is("not_found") {
        return Error::invalid("parent_id", "not_found", "There is no such account.");
    }
    error
}

/// Lines of deleted drafts count: they come back when the draft does.
fn has_lines(id: Ref<Account>) -> Result<bool> {
    db::find::<Line>().with_deleted().eq("account_id", id).exists()
}
