//! Statements as tables of text, as most banks let people download them.

use eerp_sdk::prelude::*;

use super::notation::{DateOrder, DecimalMark, Unclear, amount, date, detect};
use super::parsed::{Faults, Parsed, ParsedLine, tidy};
use super::table::{Row, cell, rows, separator};

const MARKS: [DecimalMark; 2] = [DecimalMark::Point, DecimalMark::Comma];
const ORDERS: [DateOrder; 3] =
    [DateOrder::YearMonthDay, DateOrder::DayMonthYear, DateOrder::MonthDayYear];

/// Which column is which, by the titles in the first row, and how cells are written.
#[body]
pub(crate) struct CsvForm {
    /// The day; `date` unless said.
    #[field(max = 100)]
    pub date: Option<String>,
    /// What came in, and what went out negative; `amount` unless said.
    #[field(max = 100)]
    pub amount: Option<String>,
    /// What came in, where that has a column of its own; `credit` unless said.
    #[field(max = 100)]
    pub credit: Option<String>,
    /// What went out, where that has a column of its own; `debit` unless said.
    #[field(max = 100)]
    pub debit: Option<String>,
    /// What it is about; `description` unless said.
    #[field(max = 100)]
    pub description: Option<String>,
    /// What the payer refers to; `reference` unless said.
    #[field(max = 100)]
    pub reference: Option<String>,
    /// Who paid or was paid; `party` unless said.
    #[field(max = 100)]
    pub party: Option<String>,
    /// The bank's own number of the line; `bank_reference` unless said.
    #[field(max = 100)]
    pub bank_reference: Option<String>,
    /// What stands before the cents; found out unless said.
    pub decimal_mark: Option<DecimalMark>,
    /// In which order days are written; found out unless said.
    pub date_order: Option<DateOrder>,
    /// What stands between cells; found out unless said.
    #[field(max = 1)]
    pub separator: Option<String>,
}

/// Reads a table.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn read(content: &str, form: &CsvForm) -> std::result::Result<Parsed, Faults> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let said = form.separator.as_ref().and_then(|text| text.chars().next());
    let mut rows = rows(content, said.unwrap_or_else(|| separator(content)))?.into_iter();
    let (_, titles) = rows.next().ok_or_else(|| Faults::one("empty", "The file is empty."))?;
    let columns = Columns::find(&titles, form)?;
    let rows: Vec<Row> = rows.collect();
    let mark = columns.mark(&rows, form.decimal_mark)?;
    let order = columns.order(&rows, form.date_order)?;
    let mut faults = Faults::default();
    let lines = rows.iter().filter_map(|row| columns.line(row, mark, order, &mut faults));
    let lines = lines.collect();
    faults.unless_any(Parsed { lines, ..Parsed::default() })
}

/// Where the columns are.
struct Columns {
    date: usize,
    amounts: Amounts,
    description: Option<usize>,
    reference: Option<usize>,
    party: Option<usize>,
    bank_reference: Option<usize>,
}

/// Where the amounts are.
enum Amounts {
    /// In one column, with their signs.
    One(usize),
    /// In two: what came in, and what went out.
    Two(usize, usize),
}

impl Columns {
    fn find(titles: &[String], form: &CsvForm) -> std::result::Result<Self, Faults> {
        let mut faults = Faults::default();
        let mut place = |said: &Option<String>, usual: &str| {
            let wanted = said.as_deref().unwrap_or(usual).trim().to_lowercase();
            let place = titles.iter().position(|title| title.trim().to_lowercase() == wanted);
            if place.is_none() && said.is_some() {
                faults.0.push(("unknown_column", format!("There is no column “{wanted}”.")));
            }
            place
        };
        let date = place(&form.date, "date");
        let one = place(&form.amount, "amount").map(Amounts::One);
        let two = place(&form.credit, "credit").zip(place(&form.debit, "debit"));
        let description = place(&form.description, "description");
        let reference = place(&form.reference, "reference");
        let party = place(&form.party, "party");
        let bank_reference = place(&form.bank_reference, "bank_reference");
        let amounts = one.or(two.map(|(credit, debit)| Amounts::Two(credit, debit)));
        let (Some(date), Some(amounts)) = (date, amounts) else {
            let message = "Say which columns are the day and the amount: the file has none that \
                           are called date and amount, or credit and debit.";
            faults.0.push(("column_missing", message.into()));
            return Err(faults);
        };
        let found = Self { date, amounts, description, reference, party, bank_reference };
        faults.unless_any(found)
    }

    fn mark(
        &self,
        rows: &[Row],
        said: Option<DecimalMark>,
    ) -> std::result::Result<DecimalMark, Faults> {
        let places = match self.amounts {
            Amounts::One(place) => vec![place],
            Amounts::Two(credit, debit) => vec![credit, debit],
        };
        let cells = places.iter().flat_map(|place| rows.iter().filter_map(|row| cell(row, *place)));
        let cells: Vec<&str> = cells.collect();
        match said.map_or_else(|| detect(&MARKS, &cells, amount), Ok) {
            Err(Unclear::Ambiguous) => {
                let message = "Say by decimal_mark whether cents stand after a point or a comma: \
                               the amounts can be read either way.";
                Err(Faults::one("decimal_mark", message))
            }
            // Whichever it is, the rows that cannot be read are told of one by one.
            found => Ok(found.unwrap_or_else(|_| likelier(&MARKS, &cells, amount))),
        }
    }

    fn order(
        &self,
        rows: &[Row],
        said: Option<DateOrder>,
    ) -> std::result::Result<DateOrder, Faults> {
        let cells: Vec<&str> = rows.iter().filter_map(|row| cell(row, self.date)).collect();
        match said.map_or_else(|| detect(&ORDERS, &cells, date), Ok) {
            Err(Unclear::Ambiguous) => {
                let message = "Say by date_order how days are written: they can be read in \
                               several ways.";
                Err(Faults::one("date_order", message))
            }
            found => Ok(found.unwrap_or_else(|_| likelier(&ORDERS, &cells, date))),
        }
    }

    fn line(
        &self,
        row: &Row,
        mark: DecimalMark,
        order: DateOrder,
        faults: &mut Faults,
    ) -> Option<ParsedLine> {
        let text = |place: Option<usize>| place.and_then(|place| cell(row, place)).and_then(tidy);
        let day = cell(row, self.date).unwrap_or_default();
        let day_read = date(day, order);
        if day_read.is_none() {
            faults.row(row.0, "date", format!("“{day}” is no day as the others are written."));
        }
        let amount = self.amount(row, mark, faults);
        Some(ParsedLine {
            date: day_read?,
            amount: amount?,
            description: text(self.description),
            reference: text(self.reference),
            party: text(self.party),
            bank_reference: text(self.bank_reference),
        })
    }

    fn amount(&self, row: &Row, mark: DecimalMark, faults: &mut Faults) -> Option<Decimal> {
        let mut read = |place: usize| match cell(row, place) {
            None => Some(None),
            Some(text) => {
                let read = amount(text, mark);
                if read.is_none() {
                    let message = format!("“{text}” is no amount as the others are written.");
                    faults.row(row.0, "amount", message);
                }
                read.map(Some)
            }
        };
        let found = match self.amounts {
            Amounts::One(place) => read(place)?,
            Amounts::Two(credit, debit) => {
                let (credit, debit) = (read(credit), read(debit));
                // Some banks write what went out with a minus, others without.
                match (credit?, debit?.map(|debit| -debit.abs())) {
                    (Some(credit), Some(debit)) => Some(credit + debit),
                    (credit, debit) => credit.or(debit),
                }
            }
        };
        if found.is_none() {
            faults.row(row.0, "amount", "there is no amount.");
        }
        found
    }
}

/// The notation that reads most of the texts.
fn likelier<N: Copy, T>(notations: &[N], texts: &[&str], read: impl Fn(&str, N) -> Option<T>) -> N {
    let readable =
        |notation: &N| texts.iter().filter(|text| read(text, *notation).is_some()).count();
    // Of equals `max_by_key` takes the last; the first of the list is meant.
    let best = notations.iter().rev().max_by_key(|notation| readable(notation));
    *best.unwrap_or(&notations[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(content: &str) -> Vec<ParsedLine> {
        read(content, &CsvForm::default()).expect("a table").lines
    }

    fn codes(content: &str, form: &CsvForm) -> Vec<&'static str> {
        let faults = read(content, form).expect_err("faults");
        faults.0.iter().map(|(code, _)| *code).collect()
    }

    #[test]
    fn a_table_with_the_usual_titles() {
        let lines = parsed(
            "Date,Amount,Description,Reference,Party\n\
             2026-01-31,\"1,234.50\",\"Rent, \"\"January\"\"\",INV/2026/00001,Smith\n\n\
             2026-02-01,-20.00,Fees,,\n",
        );
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].amount.to_string(), "1234.5");
        assert_eq!(lines[0].description.as_deref(), Some("Rent, \"January\""));
        assert_eq!((lines[1].amount, &lines[1].party), ((-20).into(), &None));
    }

    #[test]
    fn a_table_of_another_country() {
        let form = CsvForm {
            date: Some("Buchungstag".into()),
            amount: Some("Betrag".into()),
            party: Some("Empfänger".into()),
            ..CsvForm::default()
        };
        let content = "\u{feff}Buchungstag;Empfänger;Betrag\r\n31.01.2026;Müller;-1.234,56\r\n";
        let lines = read(content, &form).expect("a table").lines;
        assert_eq!(lines[0].amount.to_string(), "-1234.56");
        assert_eq!(lines[0].date.to_string(), "2026-01-31");
        assert_eq!(lines[0].party.as_deref(), Some("Müller"));
    }

    #[test]
    fn what_comes_in_and_goes_out_in_two_columns() {
        let lines =
            parsed("date,debit,credit\n2026-01-01,5.00,\n2026-01-02,,7.00\n2026-01-03,-1.00,\n");
        let amounts: Vec<String> = lines.iter().map(|line| line.amount.to_string()).collect();
        assert_eq!(amounts, ["-5", "7", "-1"]);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let content = "date,amount\n2026-01-31,1.00\n2026-02-30,x\n,\n2026-03-01,\n";
        let faults = read(content, &CsvForm::default()).expect_err("faults").0;
        let told: Vec<&str> = faults.iter().map(|(_, message)| message.as_str()).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("Row 3: “2026-02-30”") && told[2].starts_with("Row 5:"));
    }

    #[test]
    fn what_can_be_read_in_several_ways_is_asked_for() {
        let content = "date;amount\n01/02/2026;1,234\n";
        assert_eq!(codes(content, &CsvForm::default()), ["decimal_mark"]);
        let form = CsvForm { decimal_mark: Some(DecimalMark::Comma), ..CsvForm::default() };
        assert_eq!(codes(content, &form), ["date_order"]);
        let form = CsvForm { date_order: Some(DateOrder::MonthDayYear), ..form };
        let line = &read(content, &form).expect("a table").lines[0];
        assert_eq!(
            (line.amount.to_string(), line.date.to_string()),
            ("1.234".into(), "2026-01-02".into())
        );
    }

    #[test]
    fn a_table_without_what_it_needs() {
        assert_eq!(codes("", &CsvForm::default()), ["empty"]);
        assert_eq!(codes("day,sum\n1,2\n", &CsvForm::default()), ["column_missing"]);
        assert_eq!(codes("date,amount\n2026-01-01,\"1\n", &CsvForm::default()), ["quote_open"]);
        let form = CsvForm { party: Some("payee".into()), ..CsvForm::default() };
        assert_eq!(codes("date,amount\n", &form), ["unknown_column"]);
    }

    #[test]
    fn a_line_break_within_quotes_belongs_to_the_cell() {
        let lines = parsed(
            "date,amount,description\n2026-01-01,1,\"a\nb\"\n2026-01-02,x2,c\n"
                .replace("x2", "2")
                .as_str(),
        );
        assert_eq!(lines[0].description.as_deref(), Some("a b"));
        assert_eq!(lines.len(), 2);
    }
}
