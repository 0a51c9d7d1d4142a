//! Scores as CSV and JSON lines.

use std::borrow::Cow;
use std::io::Write as _;

use wide::u8x16;

use super::{PLACES, Scored, short, status, to_places, units};
use crate::ingest::Row;
use crate::model::{Band, Part, Scorer};
use crate::safe::{csv_cell, json_line};
use crate::screen::kind::{self, Kind};
use crate::words::alphanumeric;

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
        Text { form, reasons, scorer, bytes: Vec::with_capacity(length), words: String::new() }
    }

    /// Adds a row.
    pub fn write(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        match self.form {
            TextForm::Csv => self.csv(row, scored),
            TextForm::Jsonl => self.json(row, scored),
        }
        self.bytes.push(b'\n');
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
    }

    fn csv(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        let out = &mut self.bytes;
        count(out, row.number);
        out.push(b',');
        foreign(out, row.account.id.as_deref().unwrap_or_default());
        out.push(b',');
        foreign(out, row.account.handle.as_deref().unwrap_or_default());
        match scored {
            Some(Scored { score, facts, parts, .. }) => {
                // Nothing known is nothing scored: the prior alone is no probability of this account.
                let known = score.features_known > 0;
                out.push(b',');
                if known {
                    number(out, score.p_bot);
                }
                out.push(b',');
                out.extend_from_slice(score.band.name().as_bytes());
                out.push(b',');
                if known {
                    number(out, score.logit);
                }
                for n in 0..self.reasons {
                    out.push(b',');
                    let Some(part) = parts.get(n) else {
                        out.push(b',');
                        continue;
                    };
                    self.words.clear();
                    self.scorer.write_words(part, facts, &mut self.words);
                    reason(out, &self.words);
                    out.push(b',');
                    number(out, part.contribution);
                }
                out.push(b',');
                count(out, score.features_missing as u64);
            }
            None => out.resize(out.len() + self.reasons * 2 + 4, b','),
        }
        out.push(b',');
        match (&row.damage, scored) {
            (None, Some(scored)) if scored.score.band != Band::Pending => out.extend_from_slice(b"ok"),
            _ => foreign(out, &status(row, scored.map(|scored| scored.score), self.scorer)),
        }
        let Some(Scored { score, facts, kinds, .. }) = scored else {
            return out.extend_from_slice(b",,,");
        };
        out.push(b',');
        if let Some(support) = score.support {
            share(out, support);
        }
        let Some(kind) = kinds.main() else {
            return out.extend_from_slice(b",none,");
        };
        out.push(b',');
        out.extend_from_slice(kind.name().as_bytes());
        out.push(b',');
        self.words.clear();
        kind::write_reason(kind, &row.account, facts, None, &mut self.words);
        own(out, &self.words);
    }
}

/// A share from 0 to 1, to four places, as `Display` writes [`short`] of it.
fn share(out: &mut Vec<u8>, share: f64) {
    let parts = (share * 1e4).round() as u64;
    if parts == 0 || parts >= 10_000 {
        return out.push(if parts == 0 { b'0' } else { b'1' });
    }
    // The zeros behind the point are kept, those at the end are not.
    let digit = |unit: u64| b'0' + (parts / unit % 10) as u8;
    out.extend_from_slice(&[b'0', b'.', digit(1000), digit(100), digit(10), digit(1)]);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

fn count(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// A number to [`PLACES`], as `Display` writes [`to_places`] of it, in a fraction of the time.
fn number(out: &mut Vec<u8>, value: f64) {
    let Some(units) = units(value) else {
        // Writing into memory cannot fail.
        let _ = write!(out, "{value}");
        return;
    };
    if value < 0.0 && units > 0 {
        out.push(b'-');
    }
    let (whole, behind) = (units / PLACES, units % PLACES);
    if whole < 10 {
        out.push(b'0' + whole as u8);
    } else {
        count(out, whole);
    }
    if behind > 0 {
        // A one in front keeps the zeros behind the point; the point takes its place.
        let mut buffer = itoa::Buffer::new();
        if let Some(digits) = buffer.format(PLACES + behind).as_bytes().first_chunk::<11>() {
            let mut digits = *digits;
            digits[0] = b'.';
            out.extend_from_slice(&digits);
        }
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

/// Letters, digits and underscores, as nearly all ids and handles are: nothing to escape and nothing to quote.
fn is_plain(text: &str) -> bool {
    let (blocks, rest) = text.as_bytes().as_chunks::<16>();
    let mut last = [b'0'; 16];
    last[..rest.len()].copy_from_slice(rest);
    blocks.iter().chain([&last]).all(|block| {
        let block = u8x16::new(*block);
        (alphanumeric(block) | block.simd_eq(u8x16::splat(b'_'))).to_bitmask() == 0xffff
    })
}

/// A cell with text from outside.
fn foreign(out: &mut Vec<u8>, text: &str) {
    if is_plain(text) {
        out.extend_from_slice(text.as_bytes());
    } else {
        own(out, &csv_cell(text));
    }
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
                let mut out = Vec::new();
                number(&mut out, value);
                proptest::prop_assert_eq!(String::from_utf8(out).unwrap(), to_places(value).to_string());
                proptest::prop_assert!(value.abs() >= 1e5 || value.is_nan() || (to_places(value) - value).abs() <= 0.6e-10);
            }
            for value in [small.abs() / 50.0, f64::from(whole.unsigned_abs() % 10_001) / 1e4, 1.0, 0.0, 0.1] {
                let mut out = Vec::new();
                share(&mut out, value);
                proptest::prop_assert_eq!(String::from_utf8(out).unwrap(), short(value).to_string());
            }
            let mut plain = csv::Writer::from_writer(Vec::new());
            plain.write_record([b"1", csv_cell(&text).as_bytes()]).unwrap();
            let mut out = b"1,".to_vec();
            foreign(&mut out, &text);
            out.push(b'\n');
            proptest::prop_assert_eq!(out, plain.into_inner().unwrap());
        }
    }
}
