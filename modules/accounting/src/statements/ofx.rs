//! Statements as OFX, which programs of many banks offer: both as SGML, whose elements
//! need no end, and as XML.

use eerp_sdk::prelude::*;

use super::notation::{DateOrder, DecimalMark, amount, date};
use super::parsed::{Faults, Parsed, ParsedLine, tidy};

/// Reads the statements of a file.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn read(content: &str) -> std::result::Result<Vec<Parsed>, Faults> {
    let mut reader = Reader::default();
    for tag in content.split('<').skip(1) {
        // What stands before the first `>` is the tag, what follows it the text.
        let Some((name, text)) = tag.split_once('>') else { continue };
        match name.trim().strip_prefix('/') {
            Some(name) => reader.end(name),
            None => reader.begin(name.trim(), text),
        }
    }
    if reader.statements.is_empty() {
        return Err(Faults::one("no_statement", "There is no statement in the file."));
    }
    reader.faults.unless_any(reader.statements)
}

#[derive(Default)]
struct Reader {
    statements: Vec<Parsed>,
    /// What is said of the transaction that is being read.
    transaction: Option<Vec<(String, String)>>,
    /// Whether the balance that is being read is the one of the books.
    ledger: bool,
    row: usize,
    faults: Faults,
}

impl Reader {
    fn begin(&mut self, name: &str, text: &str) {
        let name = name.to_ascii_uppercase();
        match name.as_str() {
            "STMTRS" | "CCSTMTRS" => self.statements.push(Parsed::default()),
            "STMTTRN" => {
                self.finish();
                self.transaction = Some(Vec::new());
            }
            "BANKTRANLIST" | "LEDGERBAL" | "AVAILBAL" => {
                self.finish();
                self.ledger = name == "LEDGERBAL";
            }
            _ => {
                if let Some(text) = tidy(&plain(text)) {
                    self.say(name, text);
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        match name.to_ascii_uppercase().as_str() {
            "STMTTRN" | "BANKTRANLIST" => self.finish(),
            "LEDGERBAL" => self.ledger = false,
            _ => {}
        }
    }

    fn say(&mut self, name: String, text: String) {
        if let Some(transaction) = &mut self.transaction {
            return transaction.push((name, text));
        }
        let Some(statement) = self.statements.last_mut() else { return };
        match name.as_str() {
            "CURDEF" => statement.currency = Some(text),
            "ACCTID" => statement.account = Some(text),
            "BALAMT" if self.ledger => statement.closing = any_amount(&text),
            "DTASOF" if self.ledger => statement.date = day(&text),
            _ => {}
        }
    }

    /// Keeps the transaction that was being read.
    fn finish(&mut self) {
        let Some(said) = self.transaction.take() else { return };
        self.row += 1;
        let of = |wanted: &str| {
            said.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.clone())
        };
        let day = of("DTPOSTED").and_then(|text| day(&text));
        let amount = of("TRNAMT").and_then(|text| any_amount(&text));
        let (Some(date), Some(amount)) = (day, amount) else {
            let message = "the transaction has no day or amount that can be read.";
            return self.faults.row(self.row, "transaction", message);
        };
        let line = ParsedLine {
            date,
            amount,
            description: of("MEMO"),
            reference: of("REFNUM").or_else(|| of("CHECKNUM")),
            party: of("NAME").or_else(|| of("PAYEE")),
            bank_reference: of("FITID"),
        };
        if let Some(statement) = self.statements.last_mut() {
            statement.lines.push(line);
        }
    }
}

/// An amount, whose mark before the cents is a point or a comma; none stands between
/// thousands.
fn any_amount(text: &str) -> Option<Decimal> {
    amount(&text.replace(',', "."), DecimalMark::Point)
}

/// The day of `20260131120000[-5:EST]`.
fn day(text: &str) -> Option<Date> {
    date(text.get(..8)?, DateOrder::YearMonthDay)
}

/// The text without what stands for characters that markup needs. Each is looked at
/// once, and none grows.
fn plain(text: &str) -> String {
    let marked = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    marked.replace("&apos;", "'").replace("&nbsp;", " ").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SGML: &str = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>\
        <CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>0042<ACCTTYPE>CHECKING</BANKACCTFROM>\n\
        <BANKTRANLIST><DTSTART>20260101\n<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>20260131120000[-5:EST]\n\
        <TRNAMT>1250.50\n<FITID>F1\n<NAME>Smith &amp; Sons\n<MEMO>INV/2026/00003\n</STMTTRN>\n\
        <STMTTRN><TRNTYPE>FEE<DTPOSTED>20260131<TRNAMT>-9,90<FITID>F2<NAME>Fees</STMTTRN>\
        </BANKTRANLIST><LEDGERBAL><BALAMT>2000.00<DTASOF>20260131</LEDGERBAL>\
        <AVAILBAL><BALAMT>1.00<DTASOF>20260201</AVAILBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";

    #[test]
    fn elements_need_no_end() {
        let statements = read(SGML).expect("a statement");
        let [statement] = &statements[..] else { panic!("one statement") };
        assert_eq!(statement.account.as_deref(), Some("0042"));
        assert_eq!(
            (statement.closing, statement.date),
            (Some(2000.into()), Date::new(2026, 1, 31))
        );
        let line = &statement.lines[0];
        assert_eq!(line.amount.to_string(), "1250.5");
        assert_eq!(line.party.as_deref(), Some("Smith & Sons"));
        assert_eq!(line.bank_reference.as_deref(), Some("F1"));
        assert_eq!(statement.lines[1].amount.to_string(), "-9.9");
    }

    #[test]
    fn and_may_have_one() {
        let ended = SGML
            .replace("<TRNAMT>1250.50\n", "<TRNAMT>1250.50</TRNAMT>\n")
            .replace("<FITID>F1\n", "<FITID>F1</FITID>");
        assert_eq!(read(&ended), read(SGML));
    }

    #[test]
    fn all_transactions_that_cannot_be_read_are_told_of() {
        let wrong =
            SGML.replace("1250.50", "much").replace("<DTPOSTED>20260131<", "<DTPOSTED>never<");
        assert_eq!(read(&wrong).expect_err("faults").0.len(), 2);
        assert_eq!(read("no markup").expect_err("a fault").0[0].0, "no_statement");
        assert_eq!(read("<OFX><STMTTRN><é>").expect_err("a fault").0[0].0, "no_statement");
    }
}
