//! How people write amounts and days, and how one finds out without guessing.
//!
//! A notation is taken when it reads all that a file has. When several do and what they
//! read differs, nobody knows what was meant, and whoever imports has to say.

use eerp_sdk::prelude::*;

/// What stands before the cents.
#[choice]
pub(crate) enum DecimalMark {
    /// `1,234.56`.
    Point,
    /// `1.234,56`.
    Comma,
}

/// In which order days are written.
#[choice]
pub(crate) enum DateOrder {
    /// `2026-01-31`.
    YearMonthDay,
    /// `31.01.2026`.
    DayMonthYear,
    /// `01/31/2026`.
    MonthDayYear,
}

/// Why no notation was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// Several read all texts, and differently.
    Ambiguous,
    /// None reads all texts.
    Unreadable,
}

/// The digits after the point that an amount may have.
const DECIMALS_MAX: usize = 4;
/// The digits before it.
const DIGITS_MAX: usize = 15;

/// The one of these notations that reads all texts.
///
/// # Errors
/// When there is none, or when there are several that disagree.
pub(crate) fn detect<N: Copy, T: PartialEq>(
    notations: &[N],
    texts: &[&str],
    read: impl Fn(&str, N) -> Option<T>,
) -> std::result::Result<N, Unclear> {
    let readings = notations.iter().filter_map(|notation| {
        let all: Option<Vec<T>> = texts.iter().map(|text| read(text, *notation)).collect();
        all.map(|all| (*notation, all))
    });
    let readings: Vec<(N, Vec<T>)> = readings.collect();
    match &readings[..] {
        [] => Err(Unclear::Unreadable),
        [(first, reading), others @ ..] if others.iter().all(|(_, other)| other == reading) => {
            Ok(*first)
        }
        _ => Err(Unclear::Ambiguous),
    }
}

/// An amount: `1 234.56`, `-12,5`, `12.50-`, `(12.50)`, `+3`.
pub(crate) fn amount(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').collect();
    let (negative, digits) = signed(&text);
    let (point, thousands) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, cents) = digits.split_once(point).unwrap_or((digits, ""));
    let whole = ungrouped(whole, thousands)?;
    let fits = whole.len() <= DIGITS_MAX && cents.len() <= DECIMALS_MAX;
    if !fits || !numeric(&whole) || !(cents.is_empty() || numeric(cents)) {
        return None;
    }
    let amount: Decimal = format!("{whole}.{cents}0").parse().ok()?;
    Some(if negative { -amount } else { amount }.normalize())
}

fn signed(text: &str) -> (bool, &str) {
    let bracketed = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let minus = |text| str::strip_prefix(text, ['-', '\u{2212}']);
    if let Some(rest) = bracketed.or_else(|| minus(text)).or_else(|| text.strip_suffix('-')) {
        return (true, rest);
    }
    (false, text.strip_prefix('+').unwrap_or(text))
}

/// The digits without the marks between thousands, which stand where they belong.
fn ungrouped(whole: &str, mark: char) -> Option<String> {
    let mut groups = whole.split(mark);
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let mut grouped = false;
    for group in groups {
        if group.len() != 3 || first.len() > 3 {
            return None;
        }
        grouped = true;
        digits.push_str(group);
    }
    (!grouped || !first.is_empty()).then_some(digits)
}

fn numeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A day: `2026-01-31`, `31.1.26`, `1/31/2026`, `20260131`.
pub(crate) fn date(text: &str, order: DateOrder) -> Option<Date> {
    let text = text.trim();
    // A time of the day may follow.
    let text = text.split(['T', ' ']).next().unwrap_or(text);
    let mut parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    if let ([digits], DateOrder::YearMonthDay) = (&parts[..], order) {
        let compact = digits.len() == 8 && numeric(digits);
        parts =
            if compact { vec![&digits[..4], &digits[4..6], &digits[6..]] } else { return None };
    }
    let &[first, second, third] = &parts[..] else { return None };
    let (year, month, day) = match order {
        DateOrder::YearMonthDay => (first, second, third),
        DateOrder::DayMonthYear => (third, second, first),
        DateOrder::MonthDayYear => (third, first, second),
    };
    let short = |text: &str| numeric(text) && text.len() <= 2;
    if !(short(month) && short(day) && numeric(year)) {
        return None;
    }
    let year = match year.len() {
        4 => year.parse().ok()?,
        2 if order != DateOrder::YearMonthDay => 2000 + year.parse::<u16>().ok()?,
        _ => return None,
    };
    Date::new(year, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: [DecimalMark; 2] = [DecimalMark::Point, DecimalMark::Comma];
    const ORDERS: [DateOrder; 3] =
        [DateOrder::YearMonthDay, DateOrder::DayMonthYear, DateOrder::MonthDayYear];

    #[test]
    fn amounts_as_people_write_them() {
        for (text, mark, read) in [
            ("1,234.56", DecimalMark::Point, Some("1234.56")),
            ("1.234,56", DecimalMark::Comma, Some("1234.56")),
            ("1 234,5", DecimalMark::Comma, Some("1234.5")),
            ("1'234.50", DecimalMark::Point, Some("1234.5")),
            ("-12.5", DecimalMark::Point, Some("-12.5")),
            ("12.50-", DecimalMark::Point, Some("-12.5")),
            ("(12.50)", DecimalMark::Point, Some("-12.5")),
            ("\u{2212}3", DecimalMark::Point, Some("-3")),
            ("+3", DecimalMark::Comma, Some("3")),
            ("12.", DecimalMark::Point, Some("12")),
            ("1,23.00", DecimalMark::Point, None),
            ("1234,567.00", DecimalMark::Point, None),
            (",123", DecimalMark::Point, None),
            ("12.34567", DecimalMark::Point, None),
            ("1.2.3", DecimalMark::Point, None),
            ("12 EUR", DecimalMark::Point, None),
            ("", DecimalMark::Point, None),
            ("-", DecimalMark::Point, None),
            ("9999999999999999", DecimalMark::Point, None),
        ] {
            let expected = read.map(|read| read.parse::<Decimal>().expect("a decimal"));
            assert_eq!(amount(text, mark), expected, "{text}");
        }
    }

    #[test]
    fn days_as_people_write_them() {
        let last = Date::new(2026, 1, 31);
        for (text, order) in [
            ("2026-01-31", DateOrder::YearMonthDay),
            ("20260131", DateOrder::YearMonthDay),
            ("2026/1/31 12:30", DateOrder::YearMonthDay),
            ("31.01.2026", DateOrder::DayMonthYear),
            ("31.1.26", DateOrder::DayMonthYear),
            ("1/31/2026", DateOrder::MonthDayYear),
        ] {
            assert_eq!(date(text, order), last, "{text}");
        }
        for text in ["31.02.2026", "2026-01", "yesterday", "", "1/2/3/4", "00.01.2026", "é1.1.2026"]
        {
            assert_eq!(date(text, DateOrder::DayMonthYear), None, "{text}");
        }
    }

    #[test]
    fn one_telling_text_decides_for_all() {
        assert_eq!(detect(&MARKS, &["1,234", "5.67"], amount), Ok(DecimalMark::Point));
        assert_eq!(detect(&MARKS, &["1,234", "5,67"], amount), Ok(DecimalMark::Comma));
        assert_eq!(
            detect(&ORDERS, &["01/02/2026", "31/01/2026"], date),
            Ok(DateOrder::DayMonthYear)
        );
        assert_eq!(
            detect(&ORDERS, &["01/02/2026", "01/31/2026"], date),
            Ok(DateOrder::MonthDayYear)
        );
    }

    #[test]
    fn what_can_be_meant_one_way_or_the_other_is_not_guessed() {
        assert_eq!(detect(&MARKS, &["1,234"], amount), Err(Unclear::Ambiguous));
        assert_eq!(detect(&ORDERS, &["01/02/2026"], date), Err(Unclear::Ambiguous));
        assert_eq!(detect(&MARKS, &["12", "1.5.5"], amount), Err(Unclear::Unreadable));
    }

    #[test]
    fn what_means_the_same_either_way_is_no_question() {
        assert_eq!(detect(&MARKS, &["12", "-7"], amount), Ok(DecimalMark::Point));
        assert_eq!(detect(&ORDERS, &["05/05/2026"], date), Ok(DateOrder::DayMonthYear));
    }
}
