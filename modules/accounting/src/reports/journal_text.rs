//! The books as a journal of hledger: text only, pure.
//!
//! Whatever people write in names and labels, it stays one line and means nothing to the
//! reader of the journal.

use std::collections::BTreeMap;
use std::fmt::Write;

use eerp_money::round;
use eerp_sdk::prelude::*;

use crate::{Account, AccountType, Entry, Line};

/// The lines before the first entry: how amounts of each currency are written.
pub(crate) fn head(digits: &BTreeMap<String, u32>) -> String {
    let mut text = String::from("decimal-mark .\n");
    for (code, decimals) in digits {
        let zeros = "0".repeat(usize::try_from(*decimals).unwrap_or_default());
        let _ = writeln!(text, "commodity 1000.{zeros} {code}");
    }
    text
}

/// The first line of an entry.
pub(crate) fn entry(entry: &Entry) -> String {
    let date = entry.date.unwrap_or_default();
    let number = entry.number.as_deref().unwrap_or_default();
    let about = entry.reference.as_deref().or(entry.narration.as_deref()).unwrap_or_default();
    let about = plain(about, &[(';', ',')]);
    format!("\n{date} * ({number}) {about}").trim_end().to_owned() + "\n"
}

/// A line of an entry.
pub(crate) fn line(line: &Line, account: &str, digits: &BTreeMap<String, u32>) -> String {
    let write = |amount: Decimal, code: &str| {
        let decimals = digits.get(code).copied().unwrap_or_default();
        format!("{} {code}", round(amount, decimals))
    };
    let book = line.balance();
    let amount = match (&line.currency, line.amount_currency) {
        (Some(code), Some(own)) if !own.is_zero() => {
            format!("{} @@ {}", write(own, code), write(book.abs(), &line.book_currency))
        }
        _ => write(book, &line.book_currency),
    };
    let label = line.label.as_deref().unwrap_or_default();
    // What looks like a tag or a date in a comment would be one.
    let label = plain(label, &[(':', '-'), ('[', '('), (']', ')')]);
    let comment = if label.is_empty() { label } else { format!("  ; {label}") };
    format!("    {account}  {amount}{comment}\n")
}

/// The name of an account: `assets:110000 Bank`.
pub(crate) fn account(account: &Account) -> String {
    let above = match account.r#type {
        AccountType::Asset => "assets",
        AccountType::Liability => "liabilities",
        AccountType::Equity => "equity",
        AccountType::Income => "income",
        AccountType::Expense => "expenses",
    };
    let name = plain(&account.name, &[(':', '-'), (';', ',')]);
    format!("{above}:{} {name}", account.code).trim_end().to_owned()
}

/// The text on one line, with single spaces, and some characters as others.
fn plain(text: &str, instead: &[(char, char)]) -> String {
    let gap = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<&str> = text.split(gap).filter(|word| !word.is_empty()).collect();
    let other = |c: char| instead.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
    words.join(" ").chars().map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits() -> BTreeMap<String, u32> {
        [("USD", 2), ("JPY", 0), ("KWD", 3)].map(|(code, n)| (code.to_owned(), n)).into()
    }

    fn of(debit: i64, credit: i64) -> Line {
        Line {
            debit: Decimal::new(debit, 2),
            credit: Decimal::new(credit, 2),
            book_currency: "USD".into(),
            ..Line::default()
        }
    }

    #[test]
    fn currencies_say_their_digits() {
        assert_eq!(
            head(&digits()),
            "decimal-mark .\ncommodity 1000. JPY\ncommodity 1000.000 KWD\ncommodity 1000.00 USD\n"
        );
    }

    #[test]
    fn an_entry_has_its_day_number_and_reference() {
        let posted = Entry {
            date: "2026-01-05".parse().ok(),
            number: Some("GEN/2026/00001".into()),
            reference: Some("INV/1; paid\n2020-01-01 x".into()),
            ..Entry::default()
        };
        assert_eq!(entry(&posted), "\n2026-01-05 * (GEN/2026/00001) INV/1, paid 2020-01-01 x\n");
    }

    #[test]
    fn lines_say_both_currencies() {
        assert_eq!(line(&of(1250, 0), "assets:1 A", &digits()), "    assets:1 A  12.50 USD\n");
        assert_eq!(line(&of(0, 1250), "assets:1 A", &digits()), "    assets:1 A  -12.50 USD\n");
        let yen = Line {
            currency: Some("JPY".into()),
            amount_currency: Some(Decimal::from(-1900)),
            ..of(0, 1250)
        };
        assert_eq!(line(&yen, "a", &digits()), "    a  -1900 JPY @@ 12.50 USD\n");
    }

    #[test]
    fn what_people_write_breaks_nothing() {
        let labelled = Line { label: Some("a\n\tdate:x [1] ".into()), ..of(100, 0) };
        assert_eq!(line(&labelled, "a", &digits()), "    a  1.00 USD  ; a date-x (1)\n");
        let named = Account {
            code: "1".into(),
            name: "Bank:  main\u{2028};\u{0} x".into(),
            ..Account::default()
        };
        assert_eq!(account(&named), "assets:1 Bank- main , x");
    }
}
