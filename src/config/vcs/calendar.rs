//! Versions that are dates: `26.11.5.0`.

use time::{Date, Month, OffsetDateTime};

/// A version that is a date, taken apart.
struct DateVersion {
    year: i32,
    has_century: bool,
    month: u8,
    day: u8,
    /// Which version of that day it is.
    patch: u64,
}

/// Whether a text is a date as a version: `26.11.5`, `v2026.11.05.2`.
pub(super) fn is_date(text: &str) -> bool {
    taken_apart(text).is_some()
}

fn taken_apart(text: &str) -> Option<DateVersion> {
    let mut parts = text.strip_prefix(['v', 'V']).unwrap_or(text).split('.');
    let mut number = |lengths: &[usize]| -> Option<(usize, u64)> {
        let part = parts.next()?;
        let is_number = part.bytes().all(|c| c.is_ascii_digit()) && lengths.contains(&part.len());
        is_number.then(|| Some((part.len(), part.parse().ok()?))).flatten()
    };
    let (length, year) = number(&[2, 4])?;
    let (month, day) = (number(&[1, 2])?.1, number(&[1, 2])?.1);
    let patch = match parts.next() {
        None | Some("") => 0,
        Some(patch) => {
            Some(patch).filter(|patch| patch.bytes().all(|c| c.is_ascii_digit()))?.parse().ok()?
        }
    };
    let date = DateVersion {
        year: i32::try_from(year).ok()?,
        has_century: length == 4,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
        patch,
    };
    parts.next().is_none().then_some(date)
}

/// The version after a tag, for a commit of this time (seconds since 1970): its date, with the number of
/// the version of that day.
///
/// # Errors
/// The tag looks like a date and is none; the error is the reason in words.
pub(super) fn next(tag: &str, committed: i64) -> Result<String, String> {
    let today = date_of(committed);
    let (year, month, day) = (today.year(), u8::from(today.month()), today.day());
    let Some(tagged) = taken_apart(tag) else {
        return Ok(format!("{}.{month}.{day}.0", year % 100));
    };
    // As Python reads a year of two digits.
    let century = match (tagged.has_century, tagged.year) {
        (true, _) => 0,
        (false, 69..) => 1900,
        (false, _) => 2000,
    };
    let date = Month::try_from(tagged.month)
        .and_then(|month| Date::from_calendar_date(tagged.year + century, month, tagged.day))
        .map_err(|_| format!("`{tag}` looks like a date and is none"))?;
    let patch = if date == today { tagged.patch + 1 } else { 0 };
    let year = if tagged.has_century { year } else { year % 100 };
    Ok(format!("{year}.{month}.{day}.{patch}"))
}

/// The day of a time in seconds since 1970, in UTC.
pub(super) fn date_of(seconds: i64) -> Date {
    moment(seconds).date()
}

/// A time in seconds since 1970, in UTC.
pub(super) fn moment(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_its_versions() {
        let committed = 1_793_880_000; // 2026-11-05
        for (tag, expected) in [
            ("26.11.5", "26.11.5.1"),
            ("26.11.5.3", "26.11.5.4"),
            ("26.11.4.3", "26.11.5.0"),
            ("2026.11.5", "2026.11.5.1"),
            ("1.2.3", "26.11.5.0"),
            ("1!26.11.5", "26.11.5.0"),
        ] {
            assert_eq!(next(tag, committed).unwrap(), expected, "{tag}");
        }
        assert!(next("26.13.5", committed).is_err());
    }
}
