//! Statements as banks send them to programs: camt.053 of ISO 20022, all its versions.

use eerp_sdk::prelude::*;

use super::notation::{DateOrder, DecimalMark, amount, date};
use super::parsed::{Faults, Parsed, ParsedLine, tidy};
use super::xml::Element;

/// Reads the statements of a file.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn read(content: &str) -> std::result::Result<Vec<Parsed>, Faults> {
    let document = Element::parse(content)?;
    let message = document.all("BkToCstmrStmt").flat_map(|message| message.all("Stmt"));
    let mut faults = Faults::default();
    let read: Vec<Parsed> = message.map(|node| statement(node, &mut faults)).collect();
    if read.is_empty() {
        return Err(Faults::one("no_statement", "There is no statement in the file."));
    }
    faults.unless_any(read)
}

fn statement(node: &Element, faults: &mut Faults) -> Parsed {
    let account = node.at(&["Acct"]);
    let number = account
        .and_then(|account| account.at(&["Id"]))
        .and_then(|id| text(id, &["IBAN"]).or_else(|| text(id, &["Othr", "Id"])));
    let closing = balance(node, &["CLBD"], faults);
    let booked = node.all("Ntry").filter(|entry| is_booked(entry));
    Parsed {
        name: text(node, &["Id"]),
        account: number,
        currency: account.and_then(|account| text(account, &["Ccy"])),
        opening: balance(node, &["OPBD", "PRCD"], faults).map(|(opening, _)| opening),
        closing: closing.map(|(closing, _)| closing),
        date: closing.and_then(|(_, date)| date),
        lines: booked.enumerate().flat_map(|(n, entry)| lines(n + 1, entry, faults)).collect(),
    }
}

fn balance(
    statement: &Element,
    codes: &[&str],
    faults: &mut Faults,
) -> Option<(Decimal, Option<Date>)> {
    let found = statement.all("Bal").find(|balance| {
        let code = text(balance, &["Tp", "CdOrPrtry", "Cd"]);
        code.is_some_and(|code| codes.contains(&code.as_str()))
    })?;
    let read = signed(found, "Amt");
    if read.is_none() {
        faults.0.push(("balance", "A balance has no amount that can be read.".into()));
    }
    Some((read?, day(found, "Dt")))
}

/// Entries that the bank only expects are not booked yet.
fn is_booked(entry: &Element) -> bool {
    let status = text(entry, &["Sts", "Cd"]).or_else(|| text(entry, &["Sts"]));
    status.is_none_or(|status| status == "BOOK")
}

/// The lines of an entry: its transactions when each has its amount, else itself.
fn lines(number: usize, entry: &Element, faults: &mut Faults) -> Vec<ParsedLine> {
    let booked = day(entry, "BookgDt").or_else(|| day(entry, "ValDt"));
    let (Some(date), Some(total)) = (booked, signed(entry, "Amt")) else {
        faults.row(number, "entry", "the entry has no day or amount that can be read.");
        return Vec::new();
    };
    let bank_reference = text(entry, &["AcctSvcrRef"]);
    let whole = ParsedLine { date, amount: total, bank_reference, ..ParsedLine::default() };
    let transactions: Vec<&Element> =
        entry.all("NtryDtls").flat_map(|details| details.all("TxDtls")).collect();
    if let [single] = transactions[..] {
        return vec![described(entry, Some(single), whole)];
    }
    let sign = if total < Decimal::ZERO { -Decimal::ONE } else { Decimal::ONE };
    let amounts: Option<Vec<Decimal>> = transactions
        .iter()
        .map(|one| transaction_amount(one).map(|amount| sign * amount))
        .collect();
    match amounts {
        Some(amounts) if !amounts.is_empty() && eerp_money::sum(amounts.clone()) == Some(total) => {
            let parts = transactions.into_iter().zip(amounts).enumerate();
            parts
                .map(|(n, part)| described(entry, Some(part.0), part_of(&whole, n, part.1)))
                .collect()
        }
        _ => vec![described(entry, None, whole)],
    }
}

/// A transaction of an entry, which the bank may have numbered only as a whole.
fn part_of(whole: &ParsedLine, n: usize, amount: Decimal) -> ParsedLine {
    let number = whole.bank_reference.as_ref().map(|number| format!("{number}/{}", n + 1));
    ParsedLine { amount, bank_reference: number, ..whole.clone() }
}

fn transaction_amount(transaction: &Element) -> Option<Decimal> {
    let found =
        text(transaction, &["Amt"]).or_else(|| text(transaction, &["AmtDtls", "TxAmt", "Amt"]));
    amount(&found?, DecimalMark::Point)
}

/// The line with all that is said of it.
fn described(entry: &Element, transaction: Option<&Element>, line: ParsedLine) -> ParsedLine {
    let of = |path: &[&str]| transaction.and_then(|transaction| text(transaction, path));
    let party = if line.amount < Decimal::ZERO { "Cdtr" } else { "Dbtr" };
    let unstructured = transaction.and_then(|one| one.at(&["RmtInf"])).map(|remittance| {
        let all: Vec<String> = remittance.all("Ustrd").filter_map(|one| tidy(one.text())).collect();
        all.join(" ")
    });
    let end_to_end = of(&["Refs", "EndToEndId"]).filter(|id| id != "NOTPROVIDED");
    ParsedLine {
        description: unstructured
            .filter(|text| !text.is_empty())
            .or_else(|| of(&["AddtlTxInf"]))
            .or_else(|| text(entry, &["AddtlNtryInf"])),
        reference: of(&["RmtInf", "Strd", "CdtrRefInf", "Ref"]).or(end_to_end),
        party: of(&["RltdPties", party, "Nm"]).or_else(|| of(&["RltdPties", party, "Pty", "Nm"])),
        ..line
    }
}

/// The amount with its sign: debit is what went out.
fn signed(node: &Element, name: &str) -> Option<Decimal> {
    let read = amount(&text(node, &[name])?, DecimalMark::Point)?;
    match text(node, &["CdtDbtInd"])?.as_str() {
        "CRDT" => Some(read),
        "DBIT" => Some(-read),
        _ => None,
    }
}

fn day(node: &Element, name: &str) -> Option<Date> {
    let found = text(node, &[name, "Dt"]).or_else(|| text(node, &[name, "DtTm"]))?;
    date(&found, DateOrder::YearMonthDay)
}

/// What the element at the end of a path says.
fn text(node: &Element, path: &[&str]) -> Option<String> {
    tidy(node.at(path)?.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(entries: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
            <Stmt><Id>S-1</Id><Acct><Id><IBAN>AT611904300234573201</IBAN></Id><Ccy>EUR</Ccy></Acct>
            <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt>
            <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-30</Dt></Dt></Bal>
            <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">150.00</Amt>
            <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-31</Dt></Dt></Bal>
            {entries}</Stmt></BkToCstmrStmt></Document>"#
        )
    }

    fn entry(amount: &str, side: &str, more: &str) -> String {
        format!(
            r#"<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
            <BookgDt><Dt>2026-01-31</Dt></BookgDt><AcctSvcrRef>R{amount}</AcctSvcrRef>{more}</Ntry>"#
        )
    }

    #[test]
    fn a_statement_with_its_balances_and_lines() {
        let details = "<NtryDtls><TxDtls><Refs><EndToEndId>INV/2026/00007</EndToEndId></Refs>\
                       <RltdPties><Dbtr><Pty><Nm>Smith</Nm></Pty></Dbtr></RltdPties>\
                       <RmtInf><Ustrd>Thank</Ustrd><Ustrd>you &amp; bye</Ustrd></RmtInf></TxDtls></NtryDtls>";
        let content = file(&(entry("70.00", "CRDT", details) + &entry("20.00", "DBIT", "")));
        let statements = read(&content).expect("a statement");
        let [statement] = &statements[..] else { panic!("one statement") };
        assert_eq!(statement.check_balance(), Ok(()));
        assert_eq!(statement.account.as_deref(), Some("AT611904300234573201"));
        assert_eq!(statement.date, Date::new(2026, 1, 31));
        let line = &statement.lines[0];
        assert_eq!(line.reference.as_deref(), Some("INV/2026/00007"));
        assert_eq!(line.party.as_deref(), Some("Smith"));
        assert_eq!(line.description.as_deref(), Some("Thank you & bye"));
        assert_eq!(statement.lines[1].amount, (-20).into());
    }

    #[test]
    fn a_batch_is_as_many_lines_as_it_has_transactions() {
        let part = |amount| {
            format!(
                "<TxDtls><AmtDtls><TxAmt><Amt Ccy=\"EUR\">{amount}</Amt></TxAmt></AmtDtls></TxDtls>"
            )
        };
        let details = format!("<NtryDtls>{}{}</NtryDtls>", part("30.00"), part("20.00"));
        let lines = &read(&file(&entry("50.00", "DBIT", &details))).expect("a statement")[0].lines;
        let amounts: Vec<Decimal> = lines.iter().map(|line| line.amount).collect();
        assert_eq!(amounts, [Decimal::from(-30), Decimal::from(-20)]);
        assert_ne!(lines[0].bank_reference, lines[1].bank_reference);
        let lacking = details.replace("30.00", "31.00");
        let lines = &read(&file(&entry("50.00", "DBIT", &lacking))).expect("a statement")[0].lines;
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn what_is_only_expected_is_left_out() {
        let pending = entry("50.00", "CRDT", "").replace("BOOK", "PDNG");
        assert!(read(&file(&pending)).expect("a statement")[0].lines.is_empty());
    }

    #[test]
    fn all_entries_that_cannot_be_read_are_told_of() {
        let wrong = entry("x", "CRDT", "") + &entry("1.00", "BOTH", "");
        let faults = read(&file(&wrong)).expect_err("faults").0;
        assert_eq!(faults.len(), 2);
        assert!(faults[1].1.starts_with("Row 2:"));
    }
}
