//! Dates, times of day and moments, as ISO 8601 text outside and numbers inside.

use std::fmt;
use std::str::FromStr;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;

/// Text that is not a date, time or moment as ISO 8601 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotTime;

/// A day of the Gregorian calendar, of the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// This day, or nothing when the calendar does not have it.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year == 0 || year > 9999 || day == 0 || day > days_of_month(year, month) {
            return None;
        }
        Some(Self { year, month, day })
    }

    /// The year, 1 to 9999.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days since 1 January 1970, negative before it.
    pub const fn days(self) -> i64 {
        // March comes first, so that the leap day is the year's last.
        let year = self.year as i64 - (self.month <= 2) as i64;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (self.month as i64 + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + self.day as i64 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The day that is so many days after 1 January 1970, if it is in range.
    pub const fn from_days(days: i64) -> Option<Self> {
        let days = match days.checked_add(719_468) {
            Some(days) => days,
            None => return None,
        };
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * shifted + 2) / 5 + 1) as u8;
        let month = (if shifted < 10 { shifted + 3 } else { shifted - 9 }) as u8;
        let year = year_of_era + era * 400 + (month <= 2) as i64;
        if year < 1 || year > 9999 {
            return None;
        }
        Self::new(year as u16, month, day)
    }

    /// The day so many days later, or earlier when negative.
    pub fn plus_days(self, days: i64) -> Option<Self> {
        Self::from_days(self.days().checked_add(days)?)
    }
}

const fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

impl Default for Date {
    fn default() -> Self {
        Self { year: 1970, month: 1, day: 1 }
    }
}

impl FromStr for Date {
    type Err = NotTime;

    fn from_str(text: &str) -> Result<Self, NotTime> {
        let mut scan = Scan(text.as_bytes());
        let date = scan.date()?;
        scan.end(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A time of day to the microsecond, without a zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    micros: i64,
}

impl Time {
    /// This time, or nothing when a day does not have it.
    pub const fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = hour as i64 * 3600 + minute as i64 * 60 + second as i64;
        Some(Self { micros: seconds * MICROS_PER_SECOND })
    }

    /// Microseconds since midnight.
    pub const fn micros(self) -> i64 {
        self.micros
    }
}

impl FromStr for Time {
    type Err = NotTime;

    fn from_str(text: &str) -> Result<Self, NotTime> {
        let mut scan = Scan(text.as_bytes());
        let time = scan.time()?;
        scan.end(time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.micros / MICROS_PER_SECOND;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(out, "{hour:02}:{minute:02}:{second:02}")?;
        match self.micros % MICROS_PER_SECOND {
            0 => Ok(()),
            fraction => write!(out, ".{fraction:06}"),
        }
    }
}

/// A moment to the microsecond, written in UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    micros: i64,
}

impl Timestamp {
    /// The moment so many milliseconds after the start of 1970, UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self { micros: millis.saturating_mul(1000) }
    }

    /// Milliseconds since the start of 1970, UTC; earlier ones are negative.
    pub const fn millis(self) -> i64 {
        self.micros.div_euclid(1000)
    }

    /// The moment so many seconds later, or earlier when negative.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        let micros = seconds.saturating_mul(MICROS_PER_SECOND);
        Self { micros: self.micros.saturating_add(micros) }
    }

    /// The day in UTC.
    pub fn date(self) -> Date {
        Date::from_days(self.micros.div_euclid(MICROS_PER_DAY)).unwrap_or_default()
    }
}

impl FromStr for Timestamp {
    type Err = NotTime;

    fn from_str(text: &str) -> Result<Self, NotTime> {
        let mut scan = Scan(text.as_bytes());
        let date = scan.date()?;
        scan.one_of(b"Tt ")?;
        let time = scan.time()?;
        let offset = scan.offset()?;
        let micros = date.days() * MICROS_PER_DAY + time.micros - offset * MICROS_PER_SECOND;
        scan.end(Self { micros })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Time { micros: self.micros.rem_euclid(MICROS_PER_DAY) };
        write!(out, "{}T{time}Z", self.date())
    }
}

/// What is left to read of a text.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn date(&mut self) -> Result<Date, NotTime> {
        let year = self.number(4)?;
        self.one_of(b"-")?;
        let month = self.number(2)?;
        self.one_of(b"-")?;
        let day = self.number(2)?;
        Date::new(year, month as u8, day as u8).ok_or(NotTime)
    }

    fn time(&mut self) -> Result<Time, NotTime> {
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        self.one_of(b":")?;
        let second = self.number(2)?;
        let whole = Time::new(hour as u8, minute as u8, second as u8).ok_or(NotTime)?;
        Ok(Time { micros: whole.micros + self.fraction()? })
    }

    /// A fraction of a second in microseconds; further digits are cut off.
    fn fraction(&mut self) -> Result<i64, NotTime> {
        if self.one_of(b".").is_err() {
            return Ok(0);
        }
        let digits = self.0.iter().take_while(|c| c.is_ascii_digit()).count();
        let (fraction, rest) = self.0.split_at(digits);
        self.0 = rest;
        if digits == 0 {
            return Err(NotTime);
        }
        let digit = |at| fraction.get(at).map_or(0, |c| i64::from(c - b'0'));
        Ok((0..6).fold(0, |micros, at| micros * 10 + digit(at)))
    }

    /// Seconds east of UTC, from `Z`, `+02`, `+0200` or `+02:00`.
    fn offset(&mut self) -> Result<i64, NotTime> {
        if self.one_of(b"Zz").is_ok() {
            return Ok(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.number(2)?;
        let colon = self.one_of(b":").is_ok();
        let minutes = if colon || !self.0.is_empty() { self.number(2)? } else { 0 };
        if hours > 23 || minutes > 59 {
            return Err(NotTime);
        }
        Ok(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
    }

    fn number(&mut self, digits: usize) -> Result<u16, NotTime> {
        let (number, rest) = self.0.split_at_checked(digits).ok_or(NotTime)?;
        self.0 = rest;
        number.iter().try_fold(0, |sum, c| match c {
            b'0'..=b'9' => Ok(sum * 10 + u16::from(c - b'0')),
            _ => Err(NotTime),
        })
    }

    fn one_of(&mut self, wanted: &[u8]) -> Result<u8, NotTime> {
        match self.0.split_first() {
            Some((first, rest)) if wanted.contains(first) => {
                self.0 = rest;
                Ok(*first)
            }
            _ => Err(NotTime),
        }
    }

    fn end<T>(&self, read: T) -> Result<T, NotTime> {
        if self.0.is_empty() { Ok(read) } else { Err(NotTime) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_millennia_counts_one_up() {
        let mut day = Date::new(1, 1, 1).expect("the first day");
        let mut number = day.days();
        while let Some(next) = day.plus_days(1) {
            number += 1;
            assert_eq!(next.days(), number);
            assert!(next > day);
            day = next;
        }
        assert_eq!(day, Date::new(9999, 12, 31).expect("the last day"));
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in ["2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "0000-01-01"] {
            assert_eq!(text.parse::<Date>(), Err(NotTime), "{text}");
        }
        assert!("2000-02-29".parse::<Date>().is_ok());
    }

    #[test]
    fn a_moment_is_read_in_any_zone_and_written_in_utc() {
        for text in [
            "2026-01-02T03:04:05.5Z",
            "2026-01-02 03:04:05.500000+00",
            "2026-01-02T05:04:05.5+02:00",
            "2026-01-01T21:34:05.5-0530",
        ] {
            let moment: Timestamp = text.parse().expect(text);
            assert_eq!(moment.to_string(), "2026-01-02T03:04:05.500000Z", "{text}");
        }
    }

    #[test]
    fn a_moment_before_1970_keeps_its_day() {
        let moment: Timestamp = "1969-12-31T23:59:59.999999Z".parse().expect("a moment");
        assert_eq!(moment.to_string(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(moment.millis(), -1);
    }

    #[test]
    fn half_a_moment_is_refused() {
        for text in ["", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T24:00:00Z", "now"] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotTime), "{text}");
        }
    }
}
