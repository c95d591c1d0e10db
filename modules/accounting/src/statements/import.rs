//! Taking statements in, each line once.

use std::collections::BTreeSet;

use eerp_sdk::prelude::*;

use super::csv::{self, CsvForm};
use super::parsed::{Faults, Parsed, ParsedLine, fingerprints};
use super::{Bank, Statement, StatementFormat, StatementLine, camt, ofx};
use crate::Journal;

/// The lines that a file may have.
const LINES_MAX: usize = 5000;
/// The records that are stored or asked for at once.
const BULK_MAX: usize = 1000;

/// A file of a bank.
#[body]
pub(crate) struct StatementFile {
    /// The journal of the bank; the first of a bank unless said.
    pub journal_id: Option<Ref<Journal>>,
    /// In which form it is; found out unless said.
    pub format: Option<StatementFormat>,
    /// What stands in it.
    #[field(max = 1_000_000)]
    pub content: String,
    /// How a table is to be read.
    pub csv: Option<CsvForm>,
    /// What to call it, where the bank says nothing.
    #[field(max = 200)]
    pub name: Option<String>,
    /// The balance before it, where the bank says nothing.
    #[field(numeric(20, 4))]
    pub opening_balance: Option<Decimal>,
    /// The balance after it, where the bank says nothing.
    #[field(numeric(20, 4))]
    pub closing_balance: Option<Decimal>,
}

/// What came of a file.
#[body]
pub(crate) struct Imported {
    /// The statements that were made.
    pub statement_ids: Vec<Ref<Statement>>,
    /// How many lines are new.
    pub imported: i32,
    /// How many were there already.
    pub skipped: i32,
}

/// Import statements of a bank
///
/// A table of text, camt.053 or OFX. Lines that were imported before are left out: the
/// same file again changes nothing. All that is wrong is told at once, and then nothing
/// is imported. 422 `decimal_mark` or `date_order` when a table can be read in several
/// ways, `balance` when the lines do not lead from the opening to the closing balance.
#[post("/statements/import")]
pub(crate) fn import(body: StatementFile) -> Result<Imported> {
    let format = body.format.unwrap_or_else(|| detect(&body.content));
    let mut all = read(&body, format)?;
    if let [single] = &mut all[..] {
        single.opening = single.opening.or(body.opening_balance);
        single.closing = single.closing.or(body.closing_balance);
        single.name = single.name.take().or(body.name.clone());
    }
    all.iter().try_for_each(Parsed::check_balance)?;
    let bank = Bank::of(body.journal_id)?;
    let mut imported = Imported::default();
    for parsed in all {
        if parsed.currency.as_ref().is_some_and(|currency| *currency != bank.currency) {
            let message = "The statement is in another currency than the journal.";
            return Err(Error::invalid("content", "currency", message));
        }
        keep(parsed, format, &bank, &mut imported)?;
    }
    Ok(imported)
}

fn detect(content: &str) -> StatementFormat {
    let content = content.trim_start_matches('\u{feff}').trim_start();
    let has = |word: &str| content.contains(word);
    if content.starts_with('<') && has("BkToCstmrStmt") {
        StatementFormat::Camt053
    } else if content.starts_with("OFXHEADER") || (content.starts_with('<') && has("<OFX>")) {
        StatementFormat::Ofx
    } else {
        StatementFormat::Csv
    }
}

fn read(body: &StatementFile, format: StatementFormat) -> Result<Vec<Parsed>> {
    let content = body.content.trim_start_matches('\u{feff}');
    let read = match format {
        StatementFormat::Camt053 => camt::read(content),
        StatementFormat::Ofx => ofx::read(content),
        StatementFormat::Csv => {
            csv::read(content, &body.csv.clone().unwrap_or_default()).map(|parsed| vec![parsed])
        }
    }?;
    let lines: usize = read.iter().map(|parsed| parsed.lines.len()).sum();
    if lines > LINES_MAX {
        let message = format!("A file has up to {LINES_MAX} lines, and this one has {lines}.");
        return Err(Faults::one("too_many_lines", message).into());
    }
    Ok(read)
}

/// Keeps what is new of a statement.
fn keep(
    parsed: Parsed,
    format: StatementFormat,
    bank: &Bank,
    imported: &mut Imported,
) -> Result<()> {
    let prints = fingerprints(&parsed.lines);
    let known = known(&prints, bank)?;
    let new: Vec<(&ParsedLine, String)> =
        parsed.lines.iter().zip(prints).filter(|(_, print)| !known.contains(print)).collect();
    imported.skipped += (parsed.lines.len() - new.len()) as i32;
    if new.is_empty() {
        return Ok(());
    }
    let last = parsed.lines.iter().map(|line| line.date).max();
    let date = parsed.date.or(last).unwrap_or_default();
    let statement = db::create(&Statement {
        journal_id: bank.journal.id,
        name: parsed.name.clone().unwrap_or_else(|| format!("{} {date}", bank.journal.code)),
        format,
        date,
        currency: bank.currency.clone(),
        opening_balance: parsed.opening,
        closing_balance: parsed.closing,
        account: parsed.account.clone(),
        own_company_id: bank.journal.own_company_id,
    })?;
    let lines = (1..)
        .zip(new)
        .map(|(position, (line, print))| stored(line, print, position, &statement, bank));
    let lines: Vec<StatementLine> = lines.collect();
    for some in lines.chunks(BULK_MAX) {
        db::create_all(some)?;
    }
    imported.imported += lines.len() as i32;
    imported.statement_ids.push(statement.id);
    Ok(())
}

/// Which of the lines are there already.
fn known(prints: &[String], bank: &Bank) -> Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for some in prints.chunks(BULK_MAX) {
        let found = db::find::<StatementLine>()
            .eq("journal_id", bank.journal.id)
            .one_of("fingerprint", some.iter().map(String::as_str))
            .limit(BULK_MAX as u32);
        known.extend(found.all()?.into_iter().map(|line| line.into_inner().fingerprint));
    }
    Ok(known)
}

fn stored(
    line: &ParsedLine,
    fingerprint: String,
    position: i32,
    statement: &Record<Statement>,
    bank: &Bank,
) -> StatementLine {
    let ParsedLine { date, amount, description, reference, party, bank_reference } = line.clone();
    StatementLine {
        statement_id: statement.id,
        journal_id: bank.journal.id,
        position,
        date,
        amount,
        currency: bank.currency.clone(),
        description,
        reference,
        party,
        bank_reference,
        fingerprint,
        own_company_id: statement.own_company_id,
        ..StatementLine::default()
    }
}
