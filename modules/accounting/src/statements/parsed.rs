//! What a file of a bank says, whatever its format.

use eerp_sdk::prelude::*;

/// The faults that are told of at once.
const FAULTS_MAX: usize = 50;
/// The characters that are kept of each text.
const TEXT_MAX: usize = 500;

/// A statement as a bank sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// What the bank calls it.
    pub name: Option<String>,
    /// The number of the account, as far as it is said.
    pub account: Option<String>,
    /// The currency of the account.
    pub currency: Option<String>,
    /// The balance before the first line.
    pub opening: Option<Decimal>,
    /// The balance after the last line.
    pub closing: Option<Decimal>,
    /// The day of the closing balance.
    pub date: Option<Date>,
    /// Its lines.
    pub lines: Vec<ParsedLine>,
}

/// A line as a bank sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ParsedLine {
    /// The day on which the bank booked it.
    pub date: Date,
    /// What came in; what went out is negative.
    pub amount: Decimal,
    /// What it is about.
    pub description: Option<String>,
    /// What the payer refers to.
    pub reference: Option<String>,
    /// Who paid or was paid.
    pub party: Option<String>,
    /// The bank's own number of it, which no other line has.
    pub bank_reference: Option<String>,
}

/// What is wrong with a file: each fault with its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults(pub Vec<(&'static str, String)>);

impl Faults {
    /// The only fault of a file.
    pub(crate) fn one(code: &'static str, message: impl Into<String>) -> Self {
        Self(vec![(code, message.into())])
    }

    /// One more fault, of the row with this number.
    pub(crate) fn row(&mut self, row: usize, code: &'static str, message: impl std::fmt::Display) {
        self.0.push((code, format!("Row {row}: {message}")));
    }

    /// What was read, if there is no fault.
    ///
    /// # Errors
    /// The faults.
    pub(crate) fn unless_any<T>(self, read: T) -> std::result::Result<T, Self> {
        if self.0.is_empty() { Ok(read) } else { Err(self) }
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        let mut told = faults.0.into_iter().take(FAULTS_MAX);
        let (code, message) = told.next().unwrap_or_default();
        let first = Self::invalid("content", code, message);
        told.fold(first, |error, (code, message)| error.and_field("content", code, message))
    }
}

/// The text without white space around it and with one space where there is any, if it
/// says something.
pub(crate) fn tidy(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let tidied: String = words.join(" ").chars().take(TEXT_MAX).collect();
    (!tidied.is_empty()).then_some(tidied)
}

impl Parsed {
    /// Whether the lines lead from the opening to the closing balance, as far as both are
    /// said.
    ///
    /// # Errors
    /// By how much they do not.
    pub(crate) fn check_balance(&self) -> std::result::Result<(), Faults> {
        let (Some(opening), Some(closing)) = (self.opening, self.closing) else { return Ok(()) };
        let total = eerp_money::sum(self.lines.iter().map(|line| line.amount).chain([opening]));
        if total == Some(closing) {
            return Ok(());
        }
        let total = total.map_or("too much".into(), |total| total.normalize().to_string());
        let message = format!(
            "The opening balance {opening} and the lines make {total}, and not the closing \
             balance {closing}: lines are missing, or there are too many."
        );
        Err(Faults::one("balance", message))
    }
}

/// What tells lines apart: the bank's own number, or else all that a line says and how
/// many like it came before it in the file. So the same file again brings nothing new.
pub(crate) fn fingerprints(lines: &[ParsedLine]) -> Vec<String> {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let fingerprint = |line: &ParsedLine| {
        if let Some(number) = &line.bank_reference {
            return format!("bank:{:032x}", hash(number));
        }
        let texts = [&line.description, &line.reference, &line.party];
        let texts = texts.map(|text| text.as_deref().unwrap_or_default()).join("\u{1f}");
        let said = format!("{}\u{1f}{}\u{1f}{texts}", line.date, line.amount.normalize());
        let before = seen.entry(said.clone()).or_default();
        *before += 1;
        format!("line:{:032x}", hash(&format!("{said}\u{1f}{before}")))
    };
    lines.iter().map(fingerprint).collect()
}

/// The 128-bit hash of Fowler, Noll and Vo (FNV-1a): not for secrets.
fn hash(text: &str) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(amount: i64, reference: &str) -> ParsedLine {
        let reference = Some(reference.into());
        ParsedLine { amount: amount.into(), reference, ..ParsedLine::default() }
    }

    #[test]
    fn lines_that_say_the_same_are_told_apart_by_their_number_in_the_file() {
        let lines = [line(5, "coffee"), line(5, "coffee"), line(5, "tea")];
        let prints = fingerprints(&lines);
        assert!(prints[0] != prints[1] && prints[1] != prints[2]);
        assert_eq!(prints, fingerprints(&lines));
    }

    #[test]
    fn the_number_of_the_bank_is_all_that_counts() {
        let numbered = |text| ParsedLine { bank_reference: Some("42".into()), ..line(1, text) };
        assert_eq!(fingerprints(&[numbered("a")]), fingerprints(&[numbered("b")]));
    }

    #[test]
    fn the_hash_is_that_of_the_books() {
        assert_eq!(hash(""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn lines_lead_from_one_balance_to_the_other() {
        let mut parsed = Parsed { lines: vec![line(5, ""), line(-2, "")], ..Parsed::default() };
        assert_eq!(parsed.check_balance(), Ok(()));
        parsed.opening = Some(10.into());
        parsed.closing = Some(13.into());
        assert_eq!(parsed.check_balance(), Ok(()));
        parsed.closing = Some(14.into());
        assert_eq!(parsed.check_balance().expect_err("a gap").0[0].0, "balance");
    }
}
