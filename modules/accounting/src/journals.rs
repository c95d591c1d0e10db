//! Journals: the books that entries are written in, each with numbers of its own.

use eerp_accounting_api::{JournalKind, OwnCompany};
use eerp_sdk::prelude::*;

use crate::books::Books;
use crate::{Account, Entry};

/// A book that entries are written in.
#[model(
    table = "journals",
    title = "Journal",
    display = "name",
    order = "code",
    company = "own_company_id",
    unique("own_company_id", "code"),
    index("kind"),
    rules
)]
pub struct Journal {
    /// What numbers begin with: `GEN` makes `GEN/2026/00001`. It stays once there are
    /// entries.
    #[field(max = 10, pattern = "^[A-Z][A-Z0-9]*$")]
    pub code: String,
    /// What it is called.
    #[field(max = 200)]
    pub name: String,
    /// What it keeps. Of several of a kind the active one with the lowest code is taken,
    /// an own company's before shared ones.
    #[field(default = JournalKind::General)]
    pub kind: JournalKind,
    /// The account of a bank or cash journal: where the money is.
    pub account_id: Option<Ref<Account>>,
    /// The currency of that money, by its code; that of the books unless said.
    #[field(max = 3, pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// Whether it takes new entries.
    #[field(default = true)]
    pub active: bool,
    /// The own company whose books have it; all of them unless said.
    pub own_company_id: Option<Ref<OwnCompany>>,
}

impl Rules for Journal {
    fn before_create(&mut self) -> Result<()> {
        self.refuse_taken_code(None)
    }

    fn before_update(&mut self, before: &Record<Self>) -> Result<()> {
        if self.code == before.code && self.own_company_id == before.own_company_id {
            return Ok(());
        }
        if has_entries(before.id)? {
            let message = "The journal has entries, whose numbers begin with its code.";
            return Err(Error::invalid("code", "in_use", message));
        }
        self.refuse_taken_code(Some(before.id))
    }

    fn before_delete(id: Ref<Self>) -> Result<()> {
        if has_entries(id)? {
            let message = "The journal has entries and stays: make it inactive instead.";
            return Err(Error::conflict("in_use", message));
        }
        Ok(())
    }
}

impl Journal {
    /// Two journals of one code would give one number twice, whoever sees them.
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
            let message = format!("There is a journal {} already.", self.code);
            return Err(Error::invalid("code", "taken", message));
        }
        Ok(())
    }
}

/// The journal that keeps this, in these books: their own before others, then the
/// one with the lowest code.
///
/// # Errors
/// 409 when there is none.
pub(crate) fn of_kind(kind: JournalKind, books: &Books) -> Result<Record<Journal>> {
    let found = db::find::<Journal>().eq("kind", kind).eq("active", true);
    let found = found.filter(books.shared_with()).order("code").all()?;
    let missing = || {
        let message = format!("There is no active journal of the kind {}.", kind.word());
        Error::conflict("journal_missing", message)
    };
    found
        .into_iter()
        .min_by_key(|journal| journal.own_company_id != books.owner)
        .ok_or_else(missing)
}

/// The journal that is named, when it takes entries of these books.
///
/// # Errors
/// 422 when it does not.
pub(crate) fn named(id: Ref<Journal>, books: &Books) -> Result<Record<Journal>> {
    let journal = db::find::<Journal>().eq("id", id).first()?;
    let fault = |code: &'static str, message: &'static str| {
        Err(Error::invalid("journal_id", code, message))
    };
    match journal {
        None => fault("not_found", "There is no such journal."),
        Some(journal) if !journal.active => fault("inactive", "The journal is not active."),
        Some(journal) if !books.have(journal.own_company_id) => {
            fault("other_company", "The journal is of another company.")
        }
        Some(journal) => Ok(journal),
    }
}

/// Deleted drafts count: they can be restored.
fn has_entries(id: Ref<Journal>) -> Result<bool> {
    db::find::<Entry>().with_deleted().eq("journal_id", id).exists()
}
