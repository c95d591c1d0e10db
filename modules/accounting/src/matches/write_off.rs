//! Giving up what is left of lines.

use eerp_accounting_api::Purpose;
use eerp_sdk::prelude::*;

use super::exchange::{books_of, opposite, post_lines, sided};
use super::settle::{Settled, is_settled, residuals, settle};
use crate::accounts::choose::{self, Chosen};
use crate::books::Books;
use crate::{Account, Entry, Line, posting};

const LABEL: &str = "Write-off";

/// Posts what is left of the lines to the account for it, so that nothing is left.
pub(crate) fn write_off(
    settled: &mut Settled,
    account: Option<Ref<Account>>,
) -> Result<Option<Ref<Entry>>> {
    let open = |line: &&Record<Line>| !is_settled(line);
    let left: Vec<Record<Line>> = settled.lines.iter().filter(open).cloned().collect();
    let Some(first) = left.first() else { return Ok(None) };
    let books = books_of(first)?;
    let owed = left.iter().map(|line| opposite(line, LABEL)).collect();
    let total = left.iter().map(|line| residuals(line).0).sum();
    let posted =
        post_lines(first, owed, given_up(account, total, &books)?, settled.date, LABEL, &books)?;
    let entry = posted.first().map(|line| line.entry_id);
    let owed = posted.into_iter().take(left.len());
    let again = settle(left.into_iter().chain(owed).collect(), Some(settled.date))?;
    let untouched = |line: &Record<Line>| again.lines.iter().all(|other| other.id != line.id);
    settled.lines.retain(untouched);
    settled.lines.extend(again.lines);
    Ok(entry)
}

/// The line on the account that is said, or on the one of write-offs.
fn given_up(account: Option<Ref<Account>>, total: Decimal, books: &Books) -> Result<Vec<Line>> {
    if total.is_zero() {
        return Ok(Vec::new());
    }
    let account_id = match account {
        Some(account) => account,
        None => choose::of_purpose(Purpose::WriteOff, books)?,
    };
    let mut lines = [Line { account_id, ..sided(total, LABEL) }];
    let accounts = Chosen::read([account_id], [], books)?;
    if let Some((code, message)) = accounts.fault(&lines[0], books) {
        return Err(Error::invalid("write_off_account_id", code, message));
    }
    posting::open_residuals(&mut lines, &accounts);
    Ok(lines.into())
}
