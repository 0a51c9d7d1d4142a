//! Scores as CSV and JSON lines.

use std::borrow::Cow;
use std::io::Write as _;

use super::{Scored, short, status, to_places, units};
use crate::ingest::Row;
use crate::model::{Band, Part, Scorer};
use crate::safe::{csv_cell, json_line};
use crate::screen::kind::{self, Kind};
use crate::words::{Piece, Room};

/// A form of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// One line an account, under [`header`].
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// The header line of the CSV form.
pub fn header(reasons: usize) -> String {
    let mut header = String::from("row,id,screen_name,p_bot,band,logit");
    for n in 1..=reasons {
        header.push_str(&format!(",reason_{n},contribution_{n}"));
    }
    // What programs may rely on ends with the status; what is newer stands behind it.
    header.push_str(",features_missing,status,support,kind,kind_reason\n");
    header
}

/// A row without its reasons takes about so many bytes: room made at once, so that nothing is moved as a chunk grows.
const ROW_BYTES: usize = 160;

/// Writes rows as text.
pub struct Text<'s> {
    form: TextForm,
    reasons: usize,
    scorer: &'s Scorer,
    bytes: Vec<u8>,
    /// Where a line is put together; then it is added as a whole.
    room: Room,
    /// The words of one reason; kept, so that there is no text to be made for each.
    words: String,
}

#[derive(serde::Serialize)]
struct JsonReason {
    reason: String,
    feature: Cow<'static, str>,
    value: f64,
    contribution: f64,
}

#[derive(serde::Serialize)]
struct JsonScore<'a> {
    row: u64,
    id: Option<&'a str>,
    screen_name: Option<&'a str>,
    p_bot: Option<f64>,
    band: Option<Band>,
    logit: Option<f64>,
    reasons: Vec<JsonReason>,
    features_missing: Option<usize>,
    status: Cow<'static, str>,
    support: Option<f64>,
    kind: Option<&'static str>,
    kinds: Vec<JsonKind>,
}

#[derive(serde::Serialize)]
struct JsonKind {
    kind: Kind,
    reason: String,
}

impl<'s> Text<'s> {
    /// For about so many rows.
    pub fn new(form: TextForm, reasons: usize, scorer: &'s Scorer, rows: u64) -> Text<'s> {
        let length = usize::try_from(rows).unwrap_or_default().min(1 << 16) * (ROW_BYTES + 64 * reasons);
        let bytes = Vec::with_capacity(length);
        Text { form, reasons, scorer, bytes, room: Room::new(), words: String::new() }
    }

    /// Adds a row.
    pub fn write(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        match self.form {
            TextForm::Csv => self.csv(row, scored),
            TextForm::Jsonl => self.json(row, scored),
        }
    }

    /// The rows that were added.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn json(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        let score = scored.map(|scored| scored.score);
        let reason = |scored: &Scored<'_>, part: &Part| {
            let reason = self.scorer.reason(part, scored.facts);
            JsonReason {
                reason: reason.words(),
                feature: reason.feature,
                value: reason.value,
                contribution: to_places(reason.contribution),
            }
        };
        let line = JsonScore {
            row: row.number,
            id: row.account.id.as_deref(),
            screen_name: row.account.handle.as_deref(),
            p_bot: score.filter(|s| s.features_known > 0).map(|s| to_places(s.p_bot)),
            band: score.map(|s| s.band),
            logit: score.filter(|s| s.features_known > 0).map(|s| to_places(s.logit)),
            reasons: scored
                .map(|scored| scored.parts.iter().map(|part| reason(scored, part)).collect())
                .unwrap_or_default(),
            features_missing: score.map(|s| s.features_missing),
            status: status(row, score, self.scorer),
            support: score.and_then(|score| score.support).map(short),
            kind: scored.map(|scored| scored.kinds.main().map_or("none", Kind::name)),
            kinds: scored.map_or_else(Vec::new, |scored| {
                let kinds = scored.kinds_in_words(&row.account).into_iter();
                kinds.map(|(kind, reason)| JsonKind { kind, reason }).collect()
            }),
        };
        // Writing plain values into memory cannot fail.
        let _ = json_line(&mut self.bytes, &line);
        self.bytes.push(b'\n');
    }

    fn csv(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        let Text { reasons, scorer, bytes: out, room, words, .. } = self;
        let at = room.count(0, row.number);
        let at = room.byte(at, b',');
        let at = foreign(out, room, at, row.account.id.as_deref().unwrap_or_default());
        let at = room.byte(at, b',');
        let mut at = foreign(out, room, at, row.account.handle.as_deref().unwrap_or_default());
        let score = scored.map(|scored| scored.score);
        match scored {
            Some(Scored { score, facts, parts, .. }) => {
                // Nothing known is nothing scored: the prior alone is no probability of this account.
                let known = score.features_known > 0;
                at = room.byte(at, b',');
                if known {
                    at = number(out, room, at, score.p_bot);
                }
                at = room.piece(at, band(score.band));
                if known {
                    at = number(out, room, at, score.logit);
                }
                for n in 0..*reasons {
                    at = room.byte(at, b',');
                    let Some(part) = parts.get(n) else {
                        at = room.byte(at, b',');
                        continue;
                    };
                    // No reason takes more than the half; the program gives no more reasons than fit in front of it.
                    if at > Room::HALF {
                        at = moved(out, room, at);
                    }
                    at = match scorer.write_cell(part, facts, at, room) {
                        Some(at) => at,
                        None => {
                            at = moved(out, room, at);
                            words.clear();
                            scorer.write_words(part, facts, words);
                            reason(out, words);
                            at
                        }
                    };
                    at = room.byte(at, b',');
                    at = number(out, room, at, part.contribution);
                }
                at = room.byte(at, b',');
                at = room.count(at, score.features_missing as u64);
            }
            None => {
                at = moved(out, room, at);
                out.resize(out.len() + *reasons * 2 + 4, b',');
            }
        }
        match (&row.damage, score) {
            (None, Some(score)) if score.band != Band::Pending => at = room.known(at, b",ok,"),
            _ => {
                at = room.byte(at, b',');
                at = foreign(out, room, at, &status(row, score, scorer));
                at = room.byte(at, b',');
            }
        }
        if let Some(support) = score.and_then(|score| score.support) {
            at = share(room, at, support);
        }
        match scored.map(|scored| (scored, scored.kinds.main())) {
            None => at = room.known(at, b",,\n"),
            Some((_, None)) => at = room.known(at, b",none,\n"),
            Some((scored, Some(kind))) => {
                moved(out, room, at);
                out.push(b',');
                out.extend_from_slice(kind.name().as_bytes());
                out.push(b',');
                words.clear();
                kind::write_reason(kind, &row.account, scored.facts, None, words);
                own(out, words);
                out.push(b'\n');
                return;
            }
        }
        moved(out, room, at);
    }
}

/// Moves what was put together to the output; the room is then empty.
#[inline]
fn moved(out: &mut Vec<u8>, room: &Room, at: usize) -> usize {
    out.extend_from_slice(room.written(at));
    0
}

/// A band as a cell between two others.
fn band(band: Band) -> &'static Piece {
    macro_rules! piece {
        ($text:literal) => {
            const { &Piece::of($text).unwrap() }
        };
    }
    match band {
        Band::Genuine => piece!(",genuine,"),
        Band::Look => piece!(",look,"),
        Band::Spam => piece!(",spam,"),
        Band::Pending => piece!(",pending,"),
    }
}

/// A share from 0 to 1, to four places, as `Display` writes [`short`] of it.
#[inline]
fn share(room: &mut Room, at: usize, share: f64) -> usize {
    // A half is rounded up, as [`f64::round`] does it: these are not large enough for the sum to be rounded itself.
    let (exact, whole) = (share * 1e4, (share * 1e4) as u32);
    match whole + u32::from(exact - f64::from(whole) >= 0.5) {
        0 => room.byte(at, b'0'),
        10_000.. => room.byte(at, b'1'),
        parts => room.four_places(at, parts),
    }
}

/// A number to ten places, as `Display` writes [`to_places`] of it, in a fraction of the time.
#[inline]
fn number(out: &mut Vec<u8>, room: &mut Room, at: usize, value: f64) -> usize {
    let Some(units) = units(value) else { return number_as_it_is(out, room, at, value) };
    // No minus in front of nothing.
    let at = room.byte(at, b'-') - usize::from(value >= 0.0 || units == 0);
    room.ten_places(at, units)
}

#[cold]
#[inline(never)]
fn number_as_it_is(out: &mut Vec<u8>, room: &Room, at: usize, value: f64) -> usize {
    let at = moved(out, room, at);
    // Writing into memory cannot fail.
    let _ = write!(out, "{value}");
    at
}

/// A cell with text from outside. Nearly all ids and handles are letters, digits and underscores: nothing to escape and
/// nothing to quote.
#[inline]
fn foreign(out: &mut Vec<u8>, room: &mut Room, at: usize, text: &str) -> usize {
    if let Some(at) = room.plain(at, text) {
        return at;
    }
    foreign_as_it_is(out, room, at, text)
}

#[inline(never)]
fn foreign_as_it_is(out: &mut Vec<u8>, room: &Room, at: usize, text: &str) -> usize {
    let at = moved(out, room, at);
    own(out, &csv_cell(text));
    at
}

/// A cell with the words of a reason: they are the catalogue's and numbers, with commas and nothing else to quote for.
fn reason(out: &mut Vec<u8>, words: &str) {
    if memchr::memchr(b',', words.as_bytes()).is_none() {
        return out.extend_from_slice(words.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(words.as_bytes());
    out.push(b'"');
}

/// A cell with harmless text, quoted where it must be.
fn own(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    if memchr::memchr3(b',', b'"', b'\n', rest).is_none() && memchr::memchr(b'\r', rest).is_none() {
        out.extend_from_slice(rest);
        return;
    }
    out.push(b'"');
    while let Some(quote) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=quote]);
        out.push(b'"');
        rest = &rest[quote + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_reasons_hold_nothing_to_quote_for_but_commas() {
        for feature in crate::features::CATALOGUE {
            let words = format!("{:?}", feature.phrase).replace("\\u", "");
            assert!(!words.contains('\\') && !feature.unit.contains('"'), "{words}");
        }
    }

    proptest::proptest! {
        #[test]
        fn cells_and_numbers_are_written_as_the_plain_way_writes_them(
            bits: u64, small in -50.0..50.0f64, whole: i32, text in "[\"\r\n,a-c=é\u{202e} ]{0,8}"
        ) {
            let tie = f64::from(whole) / 131_072.0;
            for value in [f64::from_bits(bits), small, small.exp(), f64::from(whole), tie, 0.0, -0.0] {
                let (mut out, mut room) = (Vec::new(), Room::new());
                let at = number(&mut out, &mut room, 0, value);
                moved(&mut out, &room, at);
                proptest::prop_assert_eq!(String::from_utf8(out).unwrap(), to_places(value).to_string());
                proptest::prop_assert!(value.abs() >= 1e5 || value.is_nan() || (to_places(value) - value).abs() <= 0.6e-10);
            }
            for value in [small.abs() / 50.0, f64::from(whole.unsigned_abs() % 10_001) / 1e4, 1.0, 0.0, 0.1] {
                let mut room = Room::new();
                let at = share(&mut room, 0, value);
                proptest::prop_assert_eq!(std::str::from_utf8(room.written(at)).unwrap(), short(value).to_string());
            }
            let mut plain = csv::Writer::from_writer(Vec::new());
            plain.write_record([b"1", csv_cell(&text).as_bytes()]).unwrap();
            let (mut out, mut room) = (b"1,".to_vec(), Room::new());
            let at = foreign(&mut out, &mut room, 0, &text);
            moved(&mut out, &room, at);
            out.push(b'\n');
            proptest::prop_assert_eq!(out, plain.into_inner().unwrap());
        }
    }
}
