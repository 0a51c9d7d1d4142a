//! Cells to values: the one place where text becomes a count, a flag, a number or a time.
//!
//! Nothing is guessed: a cell that is not plainly what its field needs is an error that says what would do.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// One value of the input, before its field is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A CSV cell or a JSON string.
    Text(Cow<'a, str>),
    /// A JSON number without a fraction or sign.
    Unsigned(u64),
    /// A negative JSON number.
    Signed(i64),
    /// A JSON number with a fraction.
    Float(f64),
    /// A JSON boolean.
    Bool(bool),
    /// JSON `null`.
    Null,
}

/// Words that stand for "no value" in the public files.
fn is_null_word(text: &str) -> bool {
    matches!(text, "" | "NULL" | "null" | "None" | "NA" | "N/A" | "NaN" | "nan" | "NaT" | "none")
}

fn number_text(cell: &Cell<'_>) -> Option<String> {
    match cell {
        Cell::Unsigned(n) => Some(n.to_string()),
        Cell::Signed(n) => Some(n.to_string()),
        Cell::Float(n) => Some(n.to_string()),
        _ => None,
    }
}

/// Text; `null` is an empty text, since the network says that there is none.
pub(super) fn text(cell: Cell<'_>) -> Result<Option<Cow<'_, str>>, &'static str> {
    Ok(Some(match cell {
        Cell::Text(text) => text,
        Cell::Null => Cow::Borrowed(""),
        Cell::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
        other => Cow::Owned(number_text(&other).unwrap_or_default()),
    }))
}

/// A key: text that is missing where it is empty.
pub(super) fn key(cell: Cell<'_>) -> Result<Option<Cow<'_, str>>, &'static str> {
    match cell {
        Cell::Text(text) => {
            let text = trim(text);
            // No null words here: "None" and "nan" are handles that people have.
            Ok(if text.is_empty() { None } else { Some(text) })
        }
        Cell::Null => Ok(None),
        Cell::Float(_) | Cell::Bool(_) => Err("an id or handle as text"),
        other => Ok(number_text(&other).map(Cow::Owned)),
    }
}

/// Cuts white space at both ends without copying.
pub(super) fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_string()),
    }
}

/// A handle without the `@` that some tools put in front.
pub(super) fn without_at(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('@').unwrap_or(text)),
        Cow::Owned(text) => match text.strip_prefix('@') {
            Some(rest) => Cow::Owned(rest.to_string()),
            None => Cow::Owned(text),
        },
    }
}

const COUNT: &str = "a whole number of 0 or more";

/// A count. `12`, `12.0` (spreadsheets and pandas), JSON numbers; empty, `NULL`, `None`, `NA` are missing.
pub(super) fn count(cell: Cell<'_>) -> Result<Option<u64>, &'static str> {
    match cell {
        Cell::Unsigned(n) => Ok(Some(n)),
        Cell::Null => Ok(None),
        Cell::Float(n) => whole(n).map(Some).ok_or(COUNT),
        Cell::Signed(_) | Cell::Bool(_) => Err(COUNT),
        Cell::Text(text) => {
            let text = text.trim();
            if let Ok(n) = text.parse::<u64>() {
                return if text.starts_with('+') { Err(COUNT) } else { Ok(Some(n)) };
            }
            if is_null_word(text) {
                return Ok(None);
            }
            let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            if !digits {
                return Err(COUNT);
            }
            text.parse::<f64>().ok().and_then(whole).map(Some).ok_or(COUNT)
        }
    }
}

fn whole(n: f64) -> Option<u64> {
    (n >= 0.0 && n.fract() == 0.0 && n <= 9_007_199_254_740_992.0).then_some(n as u64)
}

/// A finite number; the same words as for counts are missing.
pub(super) fn number(cell: Cell<'_>) -> Result<Option<f64>, &'static str> {
    const EXPECTED: &str = "a finite number";
    let number = match cell {
        Cell::Unsigned(n) => n as f64,
        Cell::Signed(n) => n as f64,
        Cell::Float(n) => n,
        Cell::Null => return Ok(None),
        Cell::Bool(_) => return Err(EXPECTED),
        Cell::Text(text) => {
            let text = text.trim();
            if is_null_word(text) {
                return Ok(None);
            }
            text.parse::<f64>().map_err(|_| EXPECTED)?
        }
    };
    if number.is_finite() { Ok(Some(number)) } else { Err(EXPECTED) }
}

/// A flag: `true`/`false`, `1`/`0`, `yes`/`no`, `t`/`f` in any case, also `1.0`; empty is missing.
pub(super) fn flag(cell: Cell<'_>) -> Result<Option<bool>, &'static str> {
    const EXPECTED: &str = "true or false (also 1/0, yes/no)";
    match cell {
        Cell::Bool(b) => Ok(Some(b)),
        Cell::Null => Ok(None),
        Cell::Unsigned(0) => Ok(Some(false)),
        Cell::Unsigned(1) => Ok(Some(true)),
        Cell::Text(text) => {
            let text = text.trim();
            if text == "1" {
                return Ok(Some(true));
            }
            if text == "0" {
                return Ok(Some(false));
            }
            if is_null_word(text) {
                return Ok(None);
            }
            match text.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1.0" => Ok(Some(true)),
                "false" | "f" | "no" | "n" | "0.0" => Ok(Some(false)),
                _ => Err(EXPECTED),
            }
        }
        _ => Err(EXPECTED),
    }
}

/// What a time may look like, for messages.
pub const TIME_GRAMMARS: &str = "a time like 2015-10-17T22:35:31Z, 2015-10-17 22:35:31, 2015-10-17, \
     Sat Oct 17 22:35:31 +0000 2015, or seconds or milliseconds since 1970";

/// A time. Without a zone it is UTC, as every one of the networks writes it.
pub(super) fn time(cell: Cell<'_>) -> Result<Option<Timestamp>, &'static str> {
    let found = match cell {
        Cell::Null => return Ok(None),
        Cell::Bool(_) => None,
        Cell::Unsigned(n) => i64::try_from(n).ok().and_then(from_epoch),
        Cell::Signed(n) => from_epoch(n),
        Cell::Float(n) => from_epoch_float(n),
        Cell::Text(text) => {
            let text = text.trim();
            if is_null_word(text) {
                return Ok(None);
            }
            parse_time(text)
        }
    };
    found.map(Some).ok_or(TIME_GRAMMARS)
}

/// Reads a time in any grammar of [`TIME_GRAMMARS`]; `None` where it is in none of them.
///
/// Day and month are never guessed: `03/04/2015` is refused.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if first.is_ascii_alphabetic() {
        // v1.1: "Sat Oct 17 22:35:31 +0000 2015"; midterm-2018: the same without a zone.
        return Timestamp::strptime("%a %b %d %H:%M:%S %z %Y", text).ok().or_else(|| {
            let civil = DateTime::strptime("%a %b %d %H:%M:%S %Y", text).ok()?;
            utc(civil)
        });
    }
    if !first.is_ascii_digit() {
        return None;
    }
    if bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' {
        if bytes.len() == 10 {
            return utc(text.parse::<Date>().ok()?.at(0, 0, 0, 0));
        }
        if let Ok(stamp) = text.parse::<Timestamp>() {
            return Some(stamp);
        }
        if let Ok(civil) = text.parse::<DateTime>() {
            return utc(civil);
        }
        // `t`: "2008-03-08 16:34:22 +0000"; TwiBot-22: "2008-03-08 16:34:22+00:00" parses above.
        return Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", text).ok();
    }
    // Epoch: seconds, milliseconds, or milliseconds with the L that a Java program left (MIB).
    if let Some(millis) = text.strip_suffix('L') {
        return Timestamp::from_millisecond(millis.parse().ok()?).ok().filter(plausible);
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return from_epoch(text.parse().ok()?);
    }
    from_epoch_float(text.parse().ok()?)
}

fn utc(civil: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// No network is older than 2004 and no crawl later than 2100; a number outside is not a time.
fn plausible(stamp: &Timestamp) -> bool {
    (1_000_000_000..4_102_444_800).contains(&stamp.as_second())
}

fn from_epoch(n: i64) -> Option<Timestamp> {
    let stamp = if n.abs() >= 100_000_000_000 { Timestamp::from_millisecond(n) } else { Timestamp::from_second(n) };
    stamp.ok().filter(plausible)
}

fn from_epoch_float(n: f64) -> Option<Timestamp> {
    if !n.is_finite() || n.abs() > 1e14 { None } else { from_epoch(n.trunc() as i64) }
}

/// Does the address of a picture say that it was never changed? `None` where it says nothing.
pub(super) fn is_default_image(url: &str) -> Option<bool> {
    if url.is_empty() || url == "NULL" {
        return None;
    }
    Some(url.contains("default_profile") || url.ends_with("missing.png"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(text))
    }

    #[test]
    fn every_time_grammar_of_the_formats_is_read() {
        let same = "2015-10-17T22:35:31Z".parse::<Timestamp>().unwrap();
        for text in [
            "Sat Oct 17 22:35:31 +0000 2015",
            "Sat Oct 17 22:35:31 2015",
            "2015-10-17T22:35:31.000Z",
            "2015-10-17T22:35:31Z",
            "2015-10-17 22:35:31",
            "2015-10-17 22:35:31 +0000",
            "2015-10-17 22:35:31+00:00",
            "2015-10-18T00:35:31+02:00",
            "1445121331",
            "1445121331000",
            "1445121331000L",
            "1445121331.0",
        ] {
            assert_eq!(parse_time(text), Some(same), "{text}");
        }
        assert_eq!(parse_time("2015-10-17"), Some("2015-10-17T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn what_is_not_plainly_a_time_is_refused() {
        for text in ["03/04/2015", "yesterday", "12", "0", "-1", "2015", "99999999999999999999", "2015-13-01", "1e300"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        assert!(time(t("soon")).is_err());
        assert_eq!(time(t("NULL")), Ok(None));
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        assert_eq!(count(t("12")), Ok(Some(12)));
        assert_eq!(count(t(" 12.0 ")), Ok(Some(12)));
        assert_eq!(count(t("")), Ok(None));
        assert_eq!(count(t("None")), Ok(None));
        for bad in ["-1", "1.5", "1e3", "+3", "twelve", "1,5", "inf"] {
            assert!(count(t(bad)).is_err(), "{bad}");
        }
        assert!(count(Cell::Signed(-1)).is_err());
        assert!(count(Cell::Float(0.5)).is_err());
    }

    #[test]
    fn flags_and_numbers() {
        assert_eq!(flag(t("True ")), Ok(Some(true)));
        assert_eq!(flag(t("FALSE")), Ok(Some(false)));
        assert_eq!(flag(t("")), Ok(None));
        assert!(flag(t("perhaps")).is_err());
        assert!(flag(Cell::Unsigned(2)).is_err());
        assert_eq!(number(t("-1.5e2")), Ok(Some(-150.0)));
        assert!(number(t("1e999")).is_err());
    }

    #[test]
    fn keys_keep_words_that_mean_null_elsewhere() {
        assert_eq!(key(t("None")).unwrap().as_deref(), Some("None"));
        assert_eq!(key(t(" 8412345678901234567 ")).unwrap().as_deref(), Some("8412345678901234567"));
        assert_eq!(key(t("")), Ok(None));
        assert_eq!(without_at(Cow::Borrowed("@anna")), "anna");
    }
}
