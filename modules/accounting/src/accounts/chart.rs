//! Reading a chart of accounts from CSV: pure. All that is wrong with it is told at once.

use std::collections::{BTreeMap, BTreeSet};

use eerp_accounting_api::Purpose;
use eerp_sdk::field::Field;
use eerp_sdk::prelude::*;

use crate::AccountType;
use crate::faults::Faults;

/// How many accounts one file has at most.
pub(crate) const ROWS_MAX: usize = 1000;
/// The columns that a file may have; the first three it must have.
const COLUMNS: [&str; 6] = ["code", "name", "type", "purpose", "parent", "currency"];
const REQUIRED: usize = 3;
const CODE_CHARACTERS_MAX: usize = 20;
const NAME_CHARACTERS_MAX: usize = 200;

/// What a file says of one account. What it has no column for is nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    /// The line of the file, the first being 1.
    pub(crate) line: u64,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) kind: AccountType,
    pub(crate) purpose: Option<Option<Purpose>>,
    /// The code of the account that it stands under.
    pub(crate) parent: Option<Option<String>>,
    pub(crate) currency: Option<Option<String>>,
}

/// Reads the rows of a file.
///
/// # Errors
/// 422 with every fault of every row, at `csv/<line>/<column>`.
pub(crate) fn read(text: &str) -> Result<Vec<Row>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns = columns(reader.headers().map_err(unreadable)?)?;
    let (mut faults, mut rows) = (Faults::default(), Vec::new());
    let mut seen = BTreeSet::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        if rows.len() == ROWS_MAX {
            let message = format!("A file has at most {ROWS_MAX} accounts.");
            return Err(Error::invalid("csv", "too_many", message));
        }
        let row = Cells { record: &record, columns: &columns, line, faults: &mut faults }.row();
        if !row.code.is_empty() && !seen.insert(row.code.clone()) {
            blame(&mut faults, line, "code", "duplicate", "The code is in the file twice.");
        }
        rows.push(row);
    }
    faults.none()?;
    Ok(rows)
}

fn unreadable(error: csv::Error) -> Error {
    Error::invalid("csv", "unreadable", format!("The file cannot be read: {error}."))
}

/// One more fault of a cell.
pub(crate) fn blame(
    faults: &mut Faults,
    line: u64,
    column: &str,
    code: &'static str,
    message: &str,
) {
    faults.add(&format!("csv/{line}/{column}"), code, format!("Line {line}: {message}"));
}

/// Which column is where.
fn columns(titles: &csv::StringRecord) -> Result<BTreeMap<&'static str, usize>> {
    let mut columns = BTreeMap::new();
    for (place, title) in titles.iter().enumerate() {
        let title = title.to_lowercase();
        let Some(known) = COLUMNS.iter().find(|known| **known == title) else {
            let message = format!(
                "There is no column {title:?}: the first line names some of {}.",
                COLUMNS.join(", ")
            );
            return Err(Error::invalid("csv", "unknown_column", message));
        };
        if columns.insert(*known, place).is_some() {
            let message = format!("The column {title:?} is there twice.");
            return Err(Error::invalid("csv", "duplicate_column", message));
        }
    }
    if let Some(missing) = COLUMNS[..REQUIRED].iter().find(|name| !columns.contains_key(*name)) {
        let message = format!("The first line names no column {missing:?}.");
        return Err(Error::invalid("csv", "missing_column", message));
    }
    Ok(columns)
}

/// The cells of a row being read.
struct Cells<'a> {
    record: &'a csv::StringRecord,
    columns: &'a BTreeMap<&'static str, usize>,
    line: u64,
    faults: &'a mut Faults,
}

impl Cells<'_> {
    fn row(mut self) -> Row {
        if self.record.len() > self.columns.len() {
            let message = "There are more cells than columns: put quotes around commas.";
            self.blame("code", "too_many_cells", message);
        }
        Row {
            line: self.line,
            code: self.code(),
            name: self.name(),
            kind: self.kind(),
            purpose: self.purpose(),
            parent: self.optional("parent").map(|cell| cell.map(str::to_owned)),
            currency: self.currency(),
        }
    }

    fn cell(&self, column: &str) -> &str {
        self.columns.get(column).and_then(|place| self.record.get(*place)).unwrap_or_default()
    }

    /// The cell, if there is such a column; nothing in it when it is empty.
    fn optional(&self, column: &str) -> Option<Option<&str>> {
        self.columns.contains_key(column).then(|| Some(self.cell(column)).filter(|c| !c.is_empty()))
    }

    fn blame(&mut self, column: &str, code: &'static str, message: &str) {
        blame(self.faults, self.line, column, code, message);
    }

    fn code(&mut self) -> String {
        let code = self.cell("code").to_owned();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let starts = code.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts || !code.chars().all(fits) || code.len() > CODE_CHARACTERS_MAX {
            let message = "A code has up to 20 letters, digits, points and dashes.";
            self.blame("code", "pattern", message);
        }
        code
    }

    fn name(&mut self) -> String {
        let name = self.cell("name").to_owned();
        if name.is_empty() {
            self.blame("name", "required", "Say what the account is called.");
        } else if name.chars().count() > NAME_CHARACTERS_MAX {
            self.blame("name", "max_length", "A name has at most 200 characters.");
        }
        name
    }

    fn kind(&mut self) -> AccountType {
        let word = self.cell("type").to_lowercase();
        AccountType::from_json(&json!(word)).unwrap_or_else(|| {
            let message = format!("The type is one of {}.", AccountType::WORDS.join(", "));
            self.blame("type", "choice", &message);
            AccountType::default()
        })
    }

    fn purpose(&mut self) -> Option<Option<Purpose>> {
        let Some(word) = self.optional("purpose")? else { return Some(None) };
        let purpose = Purpose::from_json(&json!(word.to_lowercase()));
        if purpose.is_none() {
            let message = format!("The purpose is one of {}.", Purpose::WORDS.join(", "));
            self.blame("purpose", "choice", &message);
        }
        Some(purpose)
    }

    fn currency(&mut self) -> Option<Option<String>> {
        let Some(code) = self.optional("currency")? else { return Some(None) };
        let code = code.to_owned();
        if code.len() != 3 || !code.chars().all(|c| c.is_ascii_uppercase()) {
            self.blame("currency", "pattern", "A currency is three capital letters.");
        }
        Some(Some(code))
    }
}

/// The rows by how deep they stand below what is there already: those of each level come
/// after those that they stand under. `there` are the accounts that are there, with the
/// codes that those stand under.
///
/// # Errors
/// 422 for rows that stand under nothing known, or under themselves.
pub(crate) fn levels(
    rows: Vec<Row>,
    there: &BTreeMap<String, Option<String>>,
) -> Result<Vec<Vec<Row>>> {
    let mut above = there.clone();
    for row in &rows {
        let kept = there.get(&row.code).cloned().flatten();
        above.insert(row.code.clone(), row.parent.clone().unwrap_or(kept));
    }
    let new: BTreeSet<String> =
        rows.iter().map(|row| row.code.clone()).filter(|code| !there.contains_key(code)).collect();
    let (mut faults, mut levels) = (Faults::default(), Vec::<Vec<Row>>::new());
    for row in rows {
        match depth(&row.code, &above, &new) {
            Ok(depth) => {
                levels.resize_with(levels.len().max(depth + 1), Vec::new);
                levels[depth].push(row);
            }
            Err((code, message)) => blame(&mut faults, row.line, "parent", code, &message),
        }
    }
    faults.none()?;
    Ok(levels)
}

/// How many new accounts an account stands under.
fn depth(
    code: &str,
    above: &BTreeMap<String, Option<String>>,
    new: &BTreeSet<String>,
) -> std::result::Result<usize, (&'static str, String)> {
    let (mut depth, mut seen, mut at) = (0, BTreeSet::from([code]), code);
    while let Some(parent) = above.get(at).and_then(Option::as_deref) {
        if !above.contains_key(parent) {
            return Err(("not_found", format!("There is no account {parent}.")));
        }
        if !seen.insert(parent) {
            let message = "The account would stand under itself.";
            return Err(("circular", message.into()));
        }
        depth += usize::from(new.contains(parent));
        at = parent;
    }
    Ok(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<(String, String)> {
        let error = read(text).expect_err("it is refused");
        error.errors.iter().map(|f| (f.pointer.to_string(), f.code.to_string())).collect()
    }

    fn codes(levels: &[Vec<Row>]) -> Vec<Vec<&str>> {
        levels.iter().map(|level| level.iter().map(|row| row.code.as_str()).collect()).collect()
    }

    #[test]
    fn rows_are_read_by_the_titles_of_their_columns() {
        let rows = read("\u{feff}type, code ,name,purpose\nasset,1000,\"Bank, the\",bank\n")
            .expect("it is read");
        let row = &rows[0];
        assert_eq!((row.line, row.code.as_str(), row.name.as_str()), (2, "1000", "Bank, the"));
        assert_eq!((row.kind, row.purpose), (AccountType::Asset, Some(Some(Purpose::Bank))));
        assert_eq!((&row.parent, &row.currency), (&None, &None));
    }

    #[test]
    fn all_faults_of_all_rows_are_told() {
        let text = "code,name,type,purpose,currency\n\
            1000,,asset,,\n\
            -x,Bank,money,safe,usd\n\
            1000,Bank,asset,,,\n";
        let fault =
            |line: u8, column: &str, code: &str| (format!("/csv/{line}/{column}"), code.to_owned());
        assert_eq!(
            faults(text),
            [
                fault(2, "name", "required"),
                fault(3, "code", "pattern"),
                fault(3, "type", "choice"),
                fault(3, "purpose", "choice"),
                fault(3, "currency", "pattern"),
                fault(4, "code", "too_many_cells"),
                fault(4, "code", "duplicate"),
            ]
        );
    }

    #[test]
    fn columns_are_known_and_enough() {
        assert_eq!(faults("code,name,type,colour\n")[0].1, "unknown_column");
        assert_eq!(faults("code,name\n")[0].1, "missing_column");
        assert_eq!(faults("code,name,type,code\n")[0].1, "duplicate_column");
        assert_eq!(faults("")[0].1, "missing_column");
    }

    #[test]
    fn those_above_come_first_in_whatever_order_they_are_written() {
        let text = "code,name,type,parent\n3,C,asset,2\n2,B,asset,1\n1,A,asset,0\n4,D,asset,\n";
        let there = BTreeMap::from([("0".to_owned(), None)]);
        let levels = levels(read(text).expect("rows"), &there).expect("levels");
        assert_eq!(codes(&levels), [vec!["1", "4"], vec!["2"], vec!["3"]]);
    }

    #[test]
    fn nothing_stands_under_itself_or_nothing() {
        let text = "code,name,type,parent\n1,A,asset,2\n2,B,asset,1\n3,C,asset,9\n";
        let error = levels(read(text).expect("rows"), &BTreeMap::new()).expect_err("refused");
        let codes: Vec<_> = error.errors.iter().map(|fault| fault.code.to_string()).collect();
        assert_eq!(codes, ["circular", "circular", "not_found"]);
        assert_eq!(error.errors[2].pointer, "/csv/4/parent");
    }
}
