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
    /// A time, as tables with types have it.
    #[cfg_attr(not(feature = "arrow"), allow(dead_code))]
    Time(Timestamp),
    /// JSON `null`.
    Null,
}

/// Words that stand for "no value" in the public files, in R, pandas, MySQL and spreadsheets.
fn is_null_word(text: &str) -> bool {
    matches!(
        text,
        "" | "NULL"
            | "null"
            | "None"
            | "none"
            | "NA"
            | "N/A"
            | "n/a"
            | "#N/A"
            | "<NA>"
            | "NaN"
            | "nan"
            | "NaT"
            | "\\N"
            | "-"
    )
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
        Cell::Time(time) => Cow::Owned(time.to_string()),
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
        Cell::Float(_) | Cell::Bool(_) | Cell::Time(_) => Err("an id or handle as text"),
        other => Ok(number_text(&other).map(Cow::Owned)),
    }
}

/// What an id cell holds.
#[derive(Debug, PartialEq)]
pub(super) enum Id<'a> {
    /// The network's key.
    Key(Cow<'a, str>),
    /// Nothing.
    Missing,
    /// A number whose last digits a spreadsheet, pandas or JavaScript rounded away.
    Ruined,
}

/// An id. `8.41E+17` is told apart from a key; `12345.0` (pandas, where some ids are missing) is `12345`, as
/// long as a double can hold it.
pub(super) fn id(cell: Cell<'_>) -> Result<Id<'_>, &'static str> {
    if let Cell::Text(text) = &cell
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
    {
        // What the rest comes to for digits alone.
        return Ok(key(cell)?.map_or(Id::Missing, Id::Key));
    }
    if let Cell::Float(n) = cell {
        return Ok(whole(n)
            .filter(|n| *n < EXACT_BELOW)
            .map_or(Id::Ruined, |n| Id::Key(Cow::Owned(n.to_string()))));
    }
    Ok(match key(cell)?.map(unguarded) {
        None => Id::Missing,
        Some(text) if !text.as_bytes()[0].is_ascii_digit() => match &*text {
            // No network has an id that reads like this; a handle is another field.
            "NULL" | "None" | "NaN" | "nan" | "NA" => Id::Missing,
            _ => Id::Key(text),
        },
        Some(text) if is_rounded_number(&text) => Id::Ruined,
        Some(text) => match text.strip_suffix(".0") {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse::<u64>() {
                Ok(n) if n < EXACT_BELOW => Id::Key(Cow::Owned(digits.to_string())),
                _ => Id::Ruined,
            },
            _ => Id::Key(text),
        },
    })
}

/// An id without the marks that keep spreadsheets from taking it for a number: `"123"`, `="123"`, `'123`.
fn unguarded(text: Cow<'_, str>) -> Cow<'_, str> {
    let inner = text.strip_prefix('=').unwrap_or(&text);
    let inner =
        inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).or_else(|| inner.strip_prefix('\''));
    match inner {
        Some(inner) if !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit()) => {
            Cow::Owned(inner.to_string())
        }
        _ => text,
    }
}

/// From here on a double does not hold every whole number.
const EXACT_BELOW: u64 = 1 << 53;

/// `8.41E+17`, `8,41E+17`, `8E17`: digits, a mark, digits, an exponent. Not `12e4567` (a UUID may begin so) and
/// not a word.
pub fn is_rounded_number(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    whole.len() == 1 && digits(whole) && digits(fraction) && digits(exponent) && exponent.len() <= 2
}

/// The id in a link of the form `https://twitter.com/intent/user?user_id=1252851`.
pub(super) fn id_in_link(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("user_id=")?;
    let end = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// The handle in the address of a profile page: `https://twitter.com/anna`, `https://x.com/anna`,
/// `https://www.instagram.com/anna/`, `https://bsky.app/profile/anna.example`. `None` for any other address.
pub(super) fn handle_in_link(link: &str) -> Option<&str> {
    let link = link.trim();
    let bare = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link);
    let (host, path) = bare.split_once('/')?;
    let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("mobile.")).unwrap_or(host);
    let path = match host {
        "instagram.com" => path.strip_prefix("_u/").unwrap_or(path),
        "twitter.com" | "x.com" => path,
        "bsky.app" => path.strip_prefix("profile/")?,
        _ => return None,
    };
    let path = path.strip_prefix('@').unwrap_or(path);
    let handle = path.split(['?', '#']).next()?.trim_end_matches('/');
    let plain = handle.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    (plain && !handle.is_empty() && !matches!(handle, "home" | "search")).then_some(handle)
}

/// The time at which X made an id: its upper bits count milliseconds since November 2010. `None` for ids from
/// before, which count upwards.
pub(super) fn time_of_snowflake(id: &str) -> Option<Timestamp> {
    let id: u64 = id.trim().parse().ok()?;
    if id < 30_000_000_000 {
        return None;
    }
    let millis = (id >> 22) + 1_288_834_974_657;
    Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok().filter(plausible)
}

/// The text behind `created_at` in a Python dictionary or JSON object that a program left in a cell
/// (`{u'lang': u'en', u'created_at': u'Sat Oct 17 22:35:31 +0000 2015'}`); not that of an object inside it.
pub(super) fn created_at_in_dict(cell: &str) -> Option<&str> {
    let bytes = cell.as_bytes();
    let (mut depth, mut at) = (0usize, 0usize);
    let mut is_wanted = false;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.checked_sub(1)?,
            b',' => is_wanted = false,
            quote @ (b'\'' | b'"') => {
                let start = at + 1;
                at = start;
                while *bytes.get(at)? != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let text = cell.get(start..at)?;
                if is_wanted {
                    return Some(text);
                }
                is_wanted = depth == 1 && text == "created_at";
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Cuts white space at both ends without copying.
pub(super) fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_string()),
    }
}

/// A key without the mark that some tools put in front: the `@` of a handle, the `x` of rtweet's ids.
pub(super) fn without(text: Cow<'_, str>, mark: char) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix(mark).unwrap_or(text)),
        Cow::Owned(text) => match text.strip_prefix(mark) {
            Some(rest) => Cow::Owned(rest.to_string()),
            None => Cow::Owned(text),
        },
    }
}

const COUNT: &str = "a whole number of 0 or more";

/// A count, and whether it is rounded.
///
/// `12`, `12.0` (spreadsheets and pandas), `1,234`, `1.234.567`, `1 234`, JSON numbers; `1.2K` and `3,4M` are
/// rounded; empty, `NULL`, `None`, `NA` are missing. `1.234` is refused: thousands in one country, one and a
/// bit in another.
pub(super) fn count(cell: Cell<'_>) -> Result<(Option<u64>, bool), &'static str> {
    let exact = |n| Ok((Some(n), false));
    match cell {
        Cell::Unsigned(n) => exact(n),
        Cell::Null => Ok((None, false)),
        Cell::Float(n) => whole(n).map_or(Err(COUNT), exact),
        Cell::Signed(_) | Cell::Bool(_) | Cell::Time(_) => Err(COUNT),
        Cell::Text(text) => {
            if let Some(n) = few_digits(text.as_bytes()) {
                return exact(n);
            }
            let text = text.trim();
            if let Ok(n) = text.parse::<u64>() {
                return if text.starts_with('+') { Err(COUNT) } else { exact(n) };
            }
            if is_null_word(text) {
                return Ok((None, false));
            }
            if let Some(n) = text.strip_suffix(".0").and_then(plain_digits) {
                return exact(n);
            }
            if let Some(n) = grouped(text) {
                return exact(n);
            }
            shortened(text).map(|n| (Some(n), true)).ok_or(COUNT)
        }
    }
}

/// The number in a cell of digits alone, as nearly every count is written; `None` for what needs a closer look.
#[inline]
pub(super) fn few_digits(cell: &[u8]) -> Option<u64> {
    if cell.is_empty() || cell.len() > 19 {
        return None;
    }
    let (eights, rest) = cell.as_chunks::<8>();
    let mut n = 0;
    for eight in eights {
        n = n * 100_000_000 + eight_digits(*eight)?;
    }
    const TENS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    match cell.last_chunk() {
        _ if rest.is_empty() => Some(n),
        // The last ones as eight, with what stands in front of them left out.
        Some(last) => Some(n * TENS[rest.len() % 8] + last_digits(*last, rest.len())?),
        None => {
            // What is no digit is told at the end, not at every step.
            let digits = rest.iter().map(|byte| byte.wrapping_sub(b'0'));
            let worst = digits.clone().max()?;
            (worst < 10).then(|| digits.fold(0, |n, digit| n * 10 + u64::from(digit)))
        }
    }
}

/// The number in the last `length` of eight bytes, 1 to 8.
#[inline(always)]
pub(super) fn last_digits(bytes: [u8; 8], length: usize) -> Option<u64> {
    // In two steps, as no number is shifted by all of its bits at once.
    let others = u64::MAX >> 1 >> ((8 * length - 1) & 63);
    let zeros = u64::from_le_bytes([b'0'; 8]);
    eight_digits((u64::from_le_bytes(bytes) & !others | zeros & others).to_le_bytes())
}

/// The number that the digits at the front of eight bytes make, and how many they are: 1 to 7, so that what is behind them is
/// among the bytes.
#[inline(always)]
pub(super) fn first_digits(bytes: [u8; 8]) -> Option<(u64, usize)> {
    let values = u64::from_le_bytes(bytes) ^ u64::from_le_bytes([b'0'; 8]);
    let length = no_digits(values).trailing_zeros() as usize / 8;
    if !(1..8).contains(&length) {
        return None;
    }
    Some((of_digits(values << (64 - 8 * length)), length))
}

/// The highest bit of each byte that is not the value of a digit. Up to the first such byte, and where there is none, that is
/// sure: what is no digit sets that bit, or has it, but carries into the bytes behind it.
#[inline(always)]
fn no_digits(values: u64) -> u64 {
    (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
}

/// Eight digits at once.
#[inline(always)]
fn eight_digits(digits: [u8; 8]) -> Option<u64> {
    let text = u64::from_le_bytes(digits);
    let high = text & 0xf0f0_f0f0_f0f0_f0f0;
    let carried = text.wrapping_add(0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0;
    if high != 0x3030_3030_3030_3030 || carried != high {
        return None;
    }
    Some(of_digits(text & 0x0f0f_0f0f_0f0f_0f0f))
}

/// The number of eight digits, each the value of its byte, the first lowest: pairs first (D. Lemire, "Quickly parsing eight
/// digits", 2018).
#[inline(always)]
fn of_digits(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff
}

fn plain_digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// Digits in groups of three: `1,234`, `1.234.567`, `1 234`, `1'234`, with one kind of mark throughout.
fn grouped(text: &str) -> Option<u64> {
    let mark = text.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(mark, ',' | '.' | ' ' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' | '\u{2009}') {
        return None;
    }
    let mut groups = text.split(mark);
    let first = groups.next()?;
    let (mut count, mut digits) = (0, String::with_capacity(text.len()));
    digits.push_str(first);
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits.push_str(group);
        count += 1;
    }
    let plain = (1..=3).contains(&first.len()) && !(first.starts_with('0'));
    // One point may as well be a decimal point.
    if !plain || (mark == '.' && count == 1) { None } else { plain_digits(&digits) }
}

/// `1.2K`, `3,4M`, `12k`: a number cut short, in thousands, millions or thousand millions.
fn shortened(text: &str) -> Option<u64> {
    let unit: u64 = match text.as_bytes().last()? {
        b'K' | b'k' => 1_000,
        b'M' | b'm' => 1_000_000,
        b'B' => 1_000_000_000,
        _ => return None,
    };
    let number = text[..text.len() - 1].trim_end();
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    if fraction.len() > 3 {
        return None;
    }
    let below = plain_digits(fraction)? * unit / 10u64.pow(u32::try_from(fraction.len()).ok()?);
    plain_digits(whole)?.checked_mul(unit)?.checked_add(below)
}

fn whole(n: f64) -> Option<u64> {
    (n >= 0.0 && n.fract() == 0.0 && n <= 9_007_199_254_740_992.0).then_some(n as u64)
}

/// A finite number, and whether it is below 0, which nothing is that is counted or measured of an account: it is then missing.
/// So are the same words as for counts.
pub(super) fn number(cell: Cell<'_>) -> Result<(Option<f64>, bool), &'static str> {
    const EXPECTED: &str = "a finite number";
    let number = match cell {
        Cell::Unsigned(n) => n as f64,
        Cell::Signed(n) => n as f64,
        Cell::Float(n) => n,
        Cell::Null => return Ok((None, false)),
        Cell::Bool(_) | Cell::Time(_) => return Err(EXPECTED),
        Cell::Text(text) => {
            let text = text.trim();
            if is_null_word(text) {
                return Ok((None, false));
            }
            text.parse::<f64>().map_err(|_| EXPECTED)?
        }
    };
    match number {
        n if !n.is_finite() => Err(EXPECTED),
        n if n < 0.0 => Ok((None, true)),
        // -0 is 0.
        n => Ok((Some(n + 0.0), false)),
    }
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
            match &*text {
                "True" | "true" => return Ok(Some(true)),
                "False" | "false" => return Ok(Some(false)),
                _ => {}
            }
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
            flag_word(text).map(Some).ok_or(EXPECTED)
        }
        _ => Err(EXPECTED),
    }
}

/// The words for true and false, English and as spreadsheets write them elsewhere.
fn flag_word(text: &str) -> Option<bool> {
    match text {
        "True" | "TRUE" | "true" => return Some(true),
        "False" | "FALSE" | "false" => return Some(false),
        _ => {}
    }
    match text.to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1.0" | "wahr" | "ja" | "vrai" | "oui" | "verdadero" | "sí" | "si"
        | "sì" | "vero" | "verdadeiro" | "sim" | "waar" | "prawda" | "tak" | "sant" | "sand" | "tosi"
        | "истина" | "да" => Some(true),
        "false" | "f" | "no" | "n" | "0.0" | "falsch" | "nein" | "faux" | "non" | "falso" | "não" | "nao"
        | "onwaar" | "nee" | "fałsz" | "nie" | "falskt" | "falsk" | "epätosi" | "ложь" | "нет" => {
            Some(false)
        }
        _ => None,
    }
}

/// The marks by which other columns of flags are told from counts.
pub(super) fn is_flag_word(text: &str) -> bool {
    flag_word(text.trim()).is_some()
}

/// What a time may look like, for messages.
pub const TIME_GRAMMARS: &str = "a time from 1970 to 2099 like 2015-10-17T22:35:31Z, 2015-10-17 22:35:31, 2015-10-17, \
     Sat Oct 17 22:35:31 +0000 2015, or seconds or milliseconds since 1970";

/// A time. Without a zone it is UTC, as every one of the networks writes it.
pub(super) fn time(cell: Cell<'_>) -> Result<Option<Timestamp>, &'static str> {
    let found = match cell {
        Cell::Null => return Ok(None),
        Cell::Bool(_) => None,
        Cell::Time(time) => Some(time),
        Cell::Unsigned(n) => i64::try_from(n).ok().and_then(from_epoch),
        Cell::Signed(n) => from_epoch(n),
        Cell::Float(n) => from_epoch_float(n),
        Cell::Text(text) => {
            if let Some(stamp) = usual_time(text.as_bytes()) {
                return Ok(Some(stamp));
            }
            let text = text.trim();
            if is_null_word(text) {
                return Ok(None);
            }
            parse_time(text)
        }
    };
    found.filter(in_use).map(Some).ok_or(TIME_GRAMMARS)
}

/// From 1970, which files write where they know no time, to the last crawl that anybody will make. A year beyond is a slip or
/// a stand-in for "never", and would be counted as an age.
pub(super) fn in_use(stamp: &Timestamp) -> bool {
    (0..4_102_444_800).contains(&stamp.as_second())
}

/// Reads a time in any grammar of [`TIME_GRAMMARS`]; `None` where it is in none of them.
///
/// Day and month are never guessed: `03/04/2015` is refused. So is a year before 1970 or after 2099, and a zone that is nowhere.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    in_any_grammar(text).filter(in_use).filter(|_| zone_exists(text))
}

/// The offset behind a date and a clock time, where there is one: no place on earth is more than 14 hours from UTC.
fn zone_exists(text: &str) -> bool {
    let offset = text.get(10..).and_then(|rest| rest.split_once(['+', '-'])).map(|(_, offset)| offset);
    offset.and_then(|offset| offset.get(..2)?.parse::<u8>().ok()).is_none_or(|hours| hours <= 14)
}

fn in_any_grammar(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if first.is_ascii_alphabetic() {
        if !["aaa aaa #d dd:dd:dd ?dddd dddd", "aaa aaa #d dd:dd:dd dddd"]
            .iter()
            .any(|form| fits(bytes, form))
        {
            return None;
        }
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
        if let Some(rest) = text.strip_suffix(" UTC") {
            return utc(rest.parse::<DateTime>().ok()?);
        }
        // `t`: "2008-03-08 16:34:22 +0000"; TwiBot-22: "2008-03-08 16:34:22+00:00" parses above.
        let grammars = [
            ("dddd-dd-dd dd:dd:dd ?dddd", "%Y-%m-%d %H:%M:%S %z"),
            ("dddd-dd-ddTdd:dd:dd?dddd", "%Y-%m-%dT%H:%M:%S%z"),
        ];
        return grammars
            .iter()
            .filter(|(form, _)| fits(bytes, form))
            .find_map(|(_, grammar)| Timestamp::strptime(grammar, text).ok());
    }
    // The year in front leaves no doubt about what stands behind it.
    if bytes.len() >= 10 && bytes[4] == b'/' && bytes[7] == b'/' {
        return in_any_grammar(&text.replacen('/', "-", 2));
    }
    // Epoch: seconds, milliseconds, or milliseconds with the L that a Java program left (MIB).
    if let Some(millis) = text.strip_suffix('L') {
        return Timestamp::from_millisecond(millis.parse().ok()?).ok().filter(plausible);
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return from_epoch(text.parse().ok()?);
    }
    // A number with an exponent was rounded, by a spreadsheet or by pandas: nobody knows by how many days.
    if bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return from_epoch_float(text.parse().ok()?);
    }
    None
}

/// Is a text of this form? `a` stands for a letter, `d` for a digit, `#` for a digit or a blank, `?` for a sign. The general
/// reading of a grammar takes blanks where there are none, and none where there are some.
fn fits(text: &[u8], form: &str) -> bool {
    text.len() == form.len()
        && text.iter().zip(form.bytes()).all(|(byte, wanted)| match wanted {
            b'a' => byte.is_ascii_alphabetic(),
            b'd' => byte.is_ascii_digit(),
            b'#' => byte.is_ascii_digit() || *byte == b' ',
            b'?' => matches!(byte, b'+' | b'-'),
            other => *byte == other,
        })
}

/// The forms that nearly every file has, by their fixed places: `Sat Oct 17 22:35:31 +0000 2015`,
/// `2015-10-17 22:35:31`, `2015-10-17T22:35:31Z`, `2015-10-17T22:35:31.000Z`. They are in every row, and the
/// general reading of a grammar takes longer than all else in it. `None` is for [`parse_time`] to look at.
fn usual_time(text: &[u8]) -> Option<Timestamp> {
    if let Ok(text) = <&[u8; 30]>::try_from(text) {
        // Sat Oct 17 22:35:31 +0000 2015
        let eight = |from: usize| text[from..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        // The first byte is the lowest: "Sat Oct ", "17 22:35", "1 +0000 ", "000 2015".
        let [names, day, zone, year] = [eight(0), eight(8), eight(18), eight(22)];
        const fn text_of(bytes: &[u8; 8]) -> u64 {
            u64::from_le_bytes(*bytes)
        }
        const BETWEEN: u64 = text_of(b"\0\0\0\xff\0\0\0\xff");
        if (names & BETWEEN) ^ text_of(b"\0\0\0 \0\0\0 ") | zone >> 8 ^ text_of(b" +0000 \0") != 0
            || day >> 16 & 0xff != u64::from(b' ')
        {
            return None;
        }
        // The digits of the year and of the day side by side.
        let values = (year >> 32 | (day & 0xffff) << 32) ^ text_of(b"000000\0\0");
        if no_digits(values) != 0 {
            return None;
        }
        let pairs = values * 10 + (values >> 8);
        let [century, year, day] = [pairs, pairs >> 16, pairs >> 32].map(|pair| i64::from(pair as u8));
        let day = day_number(century * 100 + year, month((names >> 32) as u32 & NAME)?, day)?;
        // Day 0, 1 January 1970, was a Thursday.
        const DAYS: [u32; 7] = as_numbers([b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"]);
        if names as u32 & NAME != DAYS[day.rem_euclid(7) as usize] {
            return None;
        }
        return at_clock(day, text[11..].first_chunk()?);
    }
    let (stem, rest) = text.split_first_chunk::<19>()?;
    if !matches!(rest, b"" | b"Z" | b".000Z")
        || [stem[4], stem[7]] != *b"--"
        || !matches!(stem[10], b' ' | b'T')
    {
        return None;
    }
    let year = two([stem[0], stem[1]])? * 100 + two([stem[2], stem[3]])?;
    let day = day_number(year, two([stem[5], stem[6]])?, two([stem[8], stem[9]])?)?;
    at_clock(day, stem[11..].first_chunk()?)
}

/// The three letters of a name as one number, the first lowest.
const NAME: u32 = 0xff_ffff;

const fn as_numbers<const N: usize>(of: [&[u8; 3]; N]) -> [u32; N] {
    let (mut names, mut n) = ([0; N], 0);
    while n < N {
        let [a, b, c] = *of[n];
        names[n] = u32::from_le_bytes([a, b, c, 0]);
        n += 1;
    }
    names
}

/// Two digits as a number.
fn two(digits: [u8; 2]) -> Option<i64> {
    let [tens, ones] = digits.map(|digit| digit.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// The number of a month, as the API v1.1 writes its name.
fn month(name: u32) -> Option<i64> {
    // Looked up at one place, so that no branch hangs on which month it is.
    const NAMES: [u32; 12] = as_numbers([
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
    ]);
    /// By the second and the third letter.
    const fn place(name: u32) -> usize {
        ((name >> 8) + (name >> 16)) as usize % 32
    }
    const BY_PLACE: [(u32, i64); 32] = {
        let mut months = [(0, 0); 32];
        let mut n = 0;
        while n < NAMES.len() {
            assert!(months[place(NAMES[n])].1 == 0);
            months[place(NAMES[n])] = (NAMES[n], n as i64 + 1);
            n += 1;
        }
        months
    };
    let (known, number) = BY_PLACE[place(name)];
    (known == name && number > 0).then_some(number)
}

/// Days from 1 January 1970 to a day that exists. `None` for one that does not, and for years that no network has seen.
#[inline]
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    /// Days from 1970 to the first of each year.
    const YEARS: [u16; 131] = {
        let mut days = [0; 131];
        let mut n = 1;
        while n < days.len() {
            let year = 1969 + n;
            let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            days[n] = days[n - 1] + if leap { 366 } else { 365 };
            n += 1;
        }
        days
    };
    /// Days of a year before each month, and before the next year.
    const MONTHS: [[u16; 13]; 2] = [
        [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365],
        [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366],
    ];
    let year = usize::try_from(year - 1970).ok()?;
    let (first, next) = (*YEARS.get(year)?, *YEARS.get(year + 1)?);
    let months = &MONTHS[usize::from(next - first == 366)];
    let month = usize::try_from(month - 1).ok()?;
    let (before, behind) = (*months.get(month)?, *months.get(month + 1)?);
    let is_there = (1..=i64::from(behind - before)).contains(&day);
    is_there.then(|| i64::from(first) + i64::from(before) + day - 1)
}

/// The time `22:35:31` of a day.
#[inline]
fn at_clock(day: i64, clock: &[u8; 8]) -> Option<Timestamp> {
    // All eight bytes side by side: the digits, and what is between them.
    const COLONS: u64 = u64::from_le_bytes(*b"\0\0:\0\0:\0\0");
    const ZEROS: u64 = u64::from_le_bytes(*b"00\x0000\x0000");
    let values = u64::from_le_bytes(*clock) ^ COLONS ^ ZEROS;
    // Of a colon nothing is left.
    let [_, _, first, _, _, second, ..] = values.to_le_bytes();
    if no_digits(values) != 0 || (first | second) != 0 {
        return None;
    }
    let pairs = values * 10 + (values >> 8);
    let [hour, minute, second] = [pairs, pairs >> 24, pairs >> 48].map(|pair| i64::from(pair as u8));
    // A leap second is left to the general reading, which knows what to do with it.
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Timestamp::from_second(day * 86_400 + hour * 3_600 + minute * 60 + second).ok()
}

/// What [`super::field::assign`] makes of the cells that most files are full of, told by a few bytes; `None` is for the
/// longer way. The tests hold the two to each other.
pub(super) mod plain {
    use wide::u8x16;

    use super::{Timestamp, few_digits, usual_time};
    use crate::words::are_digits;

    /// Digits alone.
    #[inline]
    pub(in super::super) fn count(cell: &[u8]) -> Option<u64> {
        few_digits(cell)
    }

    /// `true`, `false` and as Python writes them.
    #[inline]
    pub(in super::super) fn flag(cell: &[u8]) -> Option<bool> {
        // Both words in one number each, with the first letter made small, so that which of the two it is is no branch.
        const TRUE: u64 = u64::from_le_bytes(*b"true\0\0\0\0");
        const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");
        let (head, length) = (cell.first_chunk::<4>()?, cell.len());
        let last = u64::from(cell[length - 1]) << 32;
        let word = u64::from(u32::from_le_bytes(*head) | 0x20) | if length == 5 { last } else { 0 };
        let (is, is_not) = ((word == TRUE) & (length == 4), (word == FALSE) & (length == 5));
        // Looked up: which of the two it is no processor foresees.
        static FOUND: [Option<bool>; 3] = [None, Some(true), Some(false)];
        FOUND[usize::from(is) + 2 * usize::from(is_not)]
    }

    /// Is it an id of digits alone?
    #[inline]
    pub(in super::super) fn is_id(cell: &[u8]) -> bool {
        let digits = |block: &[u8; 16]| are_digits(u8x16::new(*block));
        match (cell.first_chunk(), cell.last_chunk()) {
            // Two blocks that overlap.
            (Some(first), Some(last)) if cell.len() <= 32 => {
                (digits(first) & digits(last)).to_bitmask() == 0xffff
            }
            _ => !cell.is_empty() && cell.iter().all(u8::is_ascii_digit),
        }
    }

    /// Is it a handle with nothing around it?
    #[inline]
    pub(in super::super) fn is_handle(cell: &[u8]) -> bool {
        let shown = |byte: &u8| byte.is_ascii_graphic();
        cell.first().is_some_and(|first| shown(first) && *first != b'@') && cell.last().is_some_and(shown)
    }

    /// A time in one of the usual forms.
    #[inline]
    pub(in super::super) fn time(cell: &[u8]) -> Option<Timestamp> {
        usual_time(cell)
    }
}

fn utc(civil: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// No network is older than 2004 and no crawl later than 2100; a number outside is not a time.
fn plausible(stamp: &Timestamp) -> bool {
    (1_000_000_000..4_102_444_800).contains(&stamp.as_second())
}

fn from_epoch(n: i64) -> Option<Timestamp> {
    let stamp =
        if n.abs() >= 100_000_000_000 { Timestamp::from_millisecond(n) } else { Timestamp::from_second(n) };
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

    proptest::proptest! {
        #[test]
        fn the_first_digits_of_eight_bytes_are_read(digits in "[0-9]{0,8}", rest in proptest::collection::vec(proptest::num::u8::ANY, 8)) {
            let mut bytes = digits.clone().into_bytes();
            bytes.extend(rest);
            let eight = *bytes.first_chunk::<8>().unwrap();
            let length = eight.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let right = std::str::from_utf8(&eight[..length]).unwrap().parse().ok().map(|n: u64| (n, length));
            proptest::prop_assert_eq!(first_digits(eight), right.filter(|_| length < 8));
        }
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
            "2015-10-17T22:35:31+0000",
            "2015-10-17 22:35:31 UTC",
            "2015/10/17 22:35:31",
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
    fn every_day_has_its_number_and_no_other_has_one() {
        let mut days = 0;
        for year in 1968..2102 {
            for (month, day) in (0..15).flat_map(|month| (0..33).map(move |day| (month, day))) {
                let date =
                    jiff::civil::Date::new(year, month, day).ok().filter(|_| (1970..2100).contains(&year));
                days += i64::from(date.is_some());
                assert_eq!(day_number(year.into(), month.into(), day.into()), date.map(|_| days - 1));
            }
        }
    }

    proptest::proptest! {
        /// The short cuts for the usual cells give what the general reading gives.
        #[test]
        fn short_cuts_agree_with_the_long_way(
            second in 0i64..4_000_000_000, at in 0usize..30, swap in proptest::prelude::any::<char>(), n: u64
        ) {
            let stamp = Timestamp::from_second(second).unwrap();
            for grammar in ["%a %b %d %H:%M:%S +0000 %Y", "%F %T", "%FT%TZ", "%FT%T.000Z"] {
                let text = stamp.strftime(grammar).to_string();
                proptest::prop_assert_eq!(usual_time(text.as_bytes()), Some(stamp));
                proptest::prop_assert_eq!(parse_time(&text), Some(stamp));
                let mut changed: Vec<char> = text.chars().collect();
                let at = at % changed.len();
                for swap in [swap, char::from(b'0' + (n % 10) as u8), ' '] {
                    changed[at] = swap;
                    let changed: String = changed.iter().collect();
                    if let Some(found) = usual_time(changed.as_bytes()) {
                        proptest::prop_assert_eq!(parse_time(&changed), Some(found), "{}", changed);
                    }
                }
            }
            for length in 1..=8 {
                let text = format!("{n:020}");
                let mut last: [u8; 8] = *text.as_bytes().last_chunk().unwrap();
                proptest::prop_assert_eq!(last_digits(last, length), text[20 - length..].parse().ok());
                last[at % 8] = swap as u8;
                let text: Vec<u8> = last[8 - length..].to_vec();
                let number = std::str::from_utf8(&text).ok().filter(|text| !text.contains('+'));
                proptest::prop_assert_eq!(last_digits(last, length), number.and_then(|text| text.parse().ok()));
            }
            let text = n.to_string();
            proptest::prop_assert_eq!(few_digits(text.as_bytes()), (text.len() < 20).then_some(n));
            proptest::prop_assert_eq!(count(t(&text)), Ok((Some(n), false)));
            for at in 0..text.len() {
                let mut text = text.clone().into_bytes();
                text[at] = swap as u8;
                let digits = text.iter().all(u8::is_ascii_digit) && text.len() < 20;
                let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
                proptest::prop_assert_eq!(few_digits(&text), number.filter(|_| digits));
            }
        }
    }

    #[test]
    fn what_is_not_plainly_a_time_is_refused() {
        for text in [
            "03/04/2015",
            "yesterday",
            "12",
            "0",
            "-1",
            "2015",
            "99999999999999999999",
            "2015-13-01",
            "1e300",
            "2015-10-17T22:35:31+25:59",
            "2015-10-17T22:35:31-1500",
            "2015-10-17 22:35:31 +1500",
            "Sat Oct 17 22:35:31 +1500 2015",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        for text in
            ["2015-10-18T12:35:31+14:00", "Sat Oct 17 10:35:31 -1200 2015", "2015-10-18 11:20:31+12:45"]
        {
            assert_eq!(parse_time(text), parse_time("2015-10-17T22:35:31Z"), "{text}");
        }
        assert!(time(t("soon")).is_err());
        assert_eq!(time(t("NULL")), Ok(None));
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        for (text, n) in [
            ("12", 12),
            (" 12.0 ", 12),
            ("1,234", 1234),
            ("12,345,678", 12_345_678),
            ("1.234.567", 1_234_567),
        ] {
            assert_eq!(count(t(text)), Ok((Some(n), false)), "{text}");
        }
        for (text, n) in [("1 234", 1234), ("1\u{a0}234", 1234), ("1\u{202f}234", 1234), ("1'234", 1234)] {
            assert_eq!(count(t(text)), Ok((Some(n), false)), "{text}");
        }
        for (text, n) in
            [("1.2K", 1200), ("3,4M", 3_400_000), ("12k", 12_000), ("1.25M", 1_250_000), ("2 K", 2000)]
        {
            assert_eq!(count(t(text)), Ok((Some(n), true)), "{text}");
        }
        for empty in ["", "None", "NA", "-", "\\N"] {
            assert_eq!(count(t(empty)), Ok((None, false)), "{empty}");
        }
        for bad in [
            "-1",
            "1.5",
            "1e3",
            "+3",
            "twelve",
            "1,5",
            "inf",
            "1.234",
            "12.000",
            "1,23",
            "1234,567",
            "1,234.567",
            "0,123",
            "K",
            "1.2.3K",
            "99999999999999999999K",
        ] {
            assert!(count(t(bad)).is_err(), "{bad}");
        }
        assert!(count(Cell::Signed(-1)).is_err());
        assert!(count(Cell::Float(0.5)).is_err());
    }

    #[test]
    fn an_id_that_lost_digits_is_no_key() {
        for ruined in ["8.41E+17", "8.41234567890123E+17", "8,41e+17", "1E18", "841234567890123008.0"] {
            assert_eq!(id(t(ruined)), Ok(Id::Ruined), "{ruined}");
        }
        assert_eq!(id(Cell::Float(8.41e17)), Ok(Id::Ruined));
        assert_eq!(id(Cell::Float(12.0)), Ok(Id::Key("12".into())));
        // Zeros at the end prove nothing.
        for sound in ["841234567890123000", "did:plc:8e17", "d661fe96-ddf5", "8e17f00d", "u123", "12e4567"] {
            assert_eq!(id(t(sound)), Ok(Id::Key(sound.into())), "{sound}");
        }
        for guarded in ["\"284117\"", "=\"284117\"", "'284117"] {
            assert_eq!(id(t(guarded)), Ok(Id::Key("284117".into())), "{guarded}");
        }
        assert_eq!(id(t("12345.0")), Ok(Id::Key("12345".into())));
        assert_eq!(id(t(" ")), Ok(Id::Missing));
    }

    #[test]
    fn links_and_snowflakes_say_who_and_when() {
        assert_eq!(id_in_link("https://twitter.com/intent/user?user_id=1252851"), Some("1252851"));
        assert_eq!(id_in_link("https://twitter.com/anna"), None);
        assert_eq!(handle_in_link("https://twitter.com/anna_b"), Some("anna_b"));
        assert_eq!(handle_in_link("https://www.instagram.com/anna.b/?hl=en"), Some("anna.b"));
        assert_eq!(handle_in_link("https://bsky.app/profile/anna.example"), Some("anna.example"));
        assert_eq!(handle_in_link("https://twitter.com/intent/user?user_id=1"), None);
        assert_eq!(handle_in_link("https://anna.example/"), None);
        assert_eq!(time_of_snowflake("1050118621198921728").unwrap().as_second(), 1_539_202_764);
        assert_eq!(time_of_snowflake("20"), None);
    }

    #[test]
    fn the_post_in_a_cell_gives_its_own_time_only() {
        let dict = "{u'quoted': {u'created_at': u'Mon'}, u'text': u\"it's, {\", u'created_at': u'Sat Oct 17', u'x': None}";
        assert_eq!(created_at_in_dict(dict), Some("Sat Oct 17"));
        assert_eq!(created_at_in_dict(r#"{"created_at": "Sun", "id": 1}"#), Some("Sun"));
        for none in ["", "None", "{'created_at': None, 'id': 'x'}", "{'a': 'open"] {
            assert_eq!(created_at_in_dict(none), None, "{none}");
        }
    }

    #[test]
    fn flags_and_numbers() {
        assert_eq!(flag(t("True ")), Ok(Some(true)));
        assert_eq!(flag(t("FALSE")), Ok(Some(false)));
        assert_eq!(flag(t("")), Ok(None));
        for yes in ["WAHR", "vrai", "Sí", "verdadero", "oui"] {
            assert_eq!(flag(t(yes)), Ok(Some(true)), "{yes}");
        }
        for no in ["FALSCH", "faux", "FALSO", "nein"] {
            assert_eq!(flag(t(no)), Ok(Some(false)), "{no}");
        }
        assert!(flag(t("perhaps")).is_err());
        assert!(flag(Cell::Unsigned(2)).is_err());
        assert_eq!(number(t("1.5e2")), Ok((Some(150.0), false)));
        for negative in ["-1.5e2", "-1"] {
            assert_eq!(number(t(negative)), Ok((None, true)), "{negative}");
        }
        assert!(number(t("-0")).unwrap().0.unwrap().is_sign_positive());
        assert!(number(t("1e999")).is_err());
    }

    #[test]
    fn keys_keep_words_that_mean_null_elsewhere() {
        assert_eq!(key(t("None")).unwrap().as_deref(), Some("None"));
        assert_eq!(key(t(" 8412345678901234567 ")).unwrap().as_deref(), Some("8412345678901234567"));
        assert_eq!(key(t("")), Ok(None));
        assert_eq!(without(Cow::Borrowed("@anna"), '@'), "anna");
    }
}
