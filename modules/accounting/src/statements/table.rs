//! Tables of text: rows and cells.

use super::parsed::Faults;

/// What may stand between the cells of a row.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// A row that says something, and its number in the file.
pub(super) type Row = (usize, Vec<String>);

/// The separator that the first row has most of.
pub(super) fn separator(content: &str) -> char {
    let first = content.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: &char| first.matches(*separator).count();
    // Of equals `max_by_key` takes the last; the comma is meant where there is nothing.
    SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(',')
}

/// The cells of each row, by RFC 4180: a cell in quotes may hold anything, and a quote
/// within it is written twice.
pub(super) fn rows(content: &str, separator: char) -> std::result::Result<Vec<Row>, Faults> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun, mut quoted) = (1, 1, false);
    let mut characters = content.chars().chain(['\n']).peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                let whole = std::mem::take(&mut row);
                if whole.iter().any(|cell: &String| !cell.trim().is_empty()) {
                    rows.push((begun, whole));
                }
                begun = line + 1;
            }
            one if one == separator && !quoted => row.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
        line += usize::from(character == '\n');
    }
    if quoted {
        let message = format!("Row {begun}: a quote is opened and not closed.");
        return Err(Faults::one("quote_open", message));
    }
    Ok(rows)
}

/// What stands in a cell, if anything does.
pub(super) fn cell(row: &Row, place: usize) -> Option<&str> {
    row.1.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(content: &str) -> Vec<Row> {
        rows(content, separator(content)).expect("rows")
    }

    #[test]
    fn cells_in_quotes_may_hold_anything() {
        let found = cells("a;b\n\"1;\n\"\"2\"\"\";3\r\n\n4;5");
        assert_eq!(found[0], (1, vec!["a".into(), "b".into()]));
        assert_eq!(found[1].1[0], "1;\n\"2\"");
        assert_eq!((found[1].0, found[2].0), (2, 5));
    }

    #[test]
    fn the_separator_is_what_the_first_row_has_most_of() {
        for (content, found) in [("a,b;c;d", ';'), ("a\tb", '\t'), ("a|b,c,d", ','), ("a", ',')] {
            assert_eq!(separator(content), found, "{content}");
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told_with_its_row() {
        let faults = rows("a\n\"b\nc", ',').expect_err("a fault");
        assert_eq!(faults.0[0].0, "quote_open");
        assert!(faults.0[0].1.starts_with("Row 2:"));
    }
}
