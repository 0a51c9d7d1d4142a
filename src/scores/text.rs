//! Scores as CSV and JSON lines.

use std::io::Write as _;

use wide::u8x16;

use super::{Scored, status, to_places, units};
use crate::features::{Facts, Quotes};
use crate::ingest::Row;
use crate::model::{Band, Part, Scorer};
use crate::safe::{csv_cell, json_text};
use crate::screen::kind::{self, Kind};
use crate::words::{Piece, Room, first_marked};

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
    /// Where lines are put together; then they are added as a whole.
    room: Room,
    /// So many bytes stand there.
    at: usize,
    /// The words of one reason; kept, so that there is no text to be made for each.
    words: String,
}

impl<'s> Text<'s> {
    /// For about so many rows.
    pub fn new(form: TextForm, reasons: usize, scorer: &'s Scorer, rows: u64) -> Text<'s> {
        let length = usize::try_from(rows).unwrap_or_default().min(1 << 16) * (ROW_BYTES + 64 * reasons);
        let bytes = Vec::with_capacity(length);
        Text { form, reasons, scorer, bytes, room: Room::new(), at: 0, words: String::new() }
    }

    /// Adds a row.
    pub fn write(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        // Several lines are moved together.
        if self.at > Room::HALF {
            self.at = moved(&mut self.bytes, &self.room, self.at);
        }
        self.at = match self.form {
            TextForm::Csv => self.csv(row, scored),
            TextForm::Jsonl => self.json(row, scored),
        };
    }

    /// The rows that were added.
    pub fn into_bytes(mut self) -> Vec<u8> {
        moved(&mut self.bytes, &self.room, self.at);
        self.bytes
    }

    #[inline(never)]
    fn json(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) -> usize {
        let Text { scorer, bytes: out, room, words, at, .. } = self;
        let at = room.known(*at, b"{\"row\":");
        let at = room.count(at, row.number);
        let at = room.known(at, b",\"id\":");
        let at = json_foreign(out, room, at, row.account.id.as_deref());
        let at = room.known(at, b",\"screen_name\":");
        let at = json_foreign(out, room, at, row.account.handle.as_deref());
        let score = scored.map(|scored| scored.score);
        let known = score.filter(|score| score.features_known > 0);
        let at = room.known(at, b",\"p_bot\":");
        let at = json_number(out, room, at, known.map(|score| score.p_bot));
        let at = match score {
            Some(score) => room.piece(at, json_band(score.band)),
            None => room.known(at, b",\"band\":null,\"logit\":"),
        };
        let at = json_number(out, room, at, known.map(|score| score.logit));
        let mut at = room.known(at, b",\"reasons\":[");
        if let Some(Scored { facts, parts, .. }) = scored {
            for part in *parts {
                // No reason takes more than the half.
                if at > Room::HALF {
                    at = moved(out, room, at);
                }
                at = json_reason(out, room, at, scorer, part, facts);
            }
            // No comma behind the last.
            at -= usize::from(!parts.is_empty());
        }
        let at = room.known(at, b"],\"features_missing\":");
        let at = match score {
            Some(score) => room.count(at, score.features_missing as u64),
            None => room.known(at, b"null"),
        };
        let at = room.known(at, b",\"status\":");
        let at = if is_ok(row, scored) {
            room.known(at, b"\"ok\"")
        } else {
            moved(out, room, at);
            json_text(out, &status(row, score, scorer));
            0
        };
        let at = room.known(at, b",\"support\":");
        let at = match score.and_then(|score| score.support) {
            Some(support) => json_share(room, at, support),
            None => room.known(at, b"null"),
        };
        let main = scored.map(|scored| (scored, scored.kinds.main()));
        match main {
            None => room.known(at, b",\"kind\":null,\"kinds\":[]}\n"),
            Some((_, None)) => room.known(at, b",\"kind\":\"none\",\"kinds\":[]}\n"),
            Some((scored, Some(main))) => {
                let at = room.known(at, b",\"kind\":\"");
                let at = room.text(at, main.name());
                let mut at = room.known(at, b"\",\"kinds\":[");
                for kind in scored.kinds.all() {
                    words.clear();
                    kind::write_reason(kind, &row.account, scored.facts, None, words);
                    at = json_kind(out, room, at, kind.name(), words);
                }
                // In place of the comma behind the last.
                room.known(at - 1, b"]}\n")
            }
        }
    }

    /// Gives the place behind the line, as [`Text::json`] does.
    fn csv(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) -> usize {
        let Text { reasons, scorer, bytes: out, room, words, at, .. } = self;
        let at = room.count(*at, row.number);
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
                    // No reason takes more than the half.
                    if at > Room::HALF {
                        at = moved(out, room, at);
                    }
                    at = room.byte(at, b',');
                    let Some(part) = parts.get(n) else {
                        at = room.byte(at, b',');
                        continue;
                    };
                    at = match scorer.write_cell(part, facts, Quotes::ForCommas, at, room) {
                        Some(at) => at,
                        None => {
                            moved(out, room, at);
                            words.clear();
                            scorer.write_words(part, facts, words);
                            own(out, words);
                            room.byte(0, b',')
                        }
                    };
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
        if is_ok(row, scored) {
            at = room.known(at, b",ok,");
        } else {
            at = room.byte(at, b',');
            at = foreign(out, room, at, &status(row, score, scorer));
            at = room.byte(at, b',');
        }
        if let Some(support) = score.and_then(|score| score.support) {
            at = share(room, at, support);
        }
        match scored.map(|scored| (scored, scored.kinds.main())) {
            None => room.known(at, b",,\n"),
            Some((_, None)) => room.known(at, b",none,\n"),
            Some((scored, Some(kind))) => {
                let at = room.piece(at, kind_cell(kind));
                match kind::write_cell(kind, &row.account, scored.facts, at, room) {
                    Some(at) => room.byte(at, b'\n'),
                    None => {
                        moved(out, room, at);
                        words.clear();
                        kind::write_reason(kind, &row.account, scored.facts, None, words);
                        own(out, words);
                        room.byte(0, b'\n')
                    }
                }
            }
        }
    }
}

/// Is there nothing to say of the row but its score? Then its status is `ok`, as [`status`] has it.
#[inline]
fn is_ok(row: &Row<'_>, scored: Option<&Scored<'_>>) -> bool {
    row.damage.is_none() && scored.is_some_and(|scored| scored.score.band != Band::Pending)
}

/// A reason as an object, and a comma.
#[inline]
fn json_reason(
    out: &mut Vec<u8>,
    room: &mut Room,
    at: usize,
    scorer: &Scorer,
    part: &Part,
    facts: &Facts<'_>,
) -> usize {
    let at = room.known(at, b"{\"reason\":");
    let at = match scorer.write_json(part, facts, at, room) {
        Some(at) => at,
        None => {
            moved(out, room, at);
            let reason = scorer.reason(part, facts);
            json_text(out, &reason.words());
            out.extend_from_slice(b",\"feature\":");
            json_text(out, &reason.feature);
            room.known(0, b",\"value\":")
        }
    };
    let at = json_value(out, room, at, part.value);
    let at = room.known(at, b",\"contribution\":");
    let at = json_number(out, room, at, Some(part.contribution));
    room.known(at, b"},")
}

/// A kind with its reason as an object, and a comma.
fn json_kind(out: &mut Vec<u8>, room: &mut Room, at: usize, name: &str, reason: &str) -> usize {
    let at = room.known(at, b"{\"kind\":\"");
    let at = room.text(at, name);
    let at = room.known(at, b"\",\"reason\":");
    moved(out, room, at);
    json_text(out, reason);
    room.known(0, b"},")
}

/// Moves what was put together to the output; the room is then empty.
#[inline]
fn moved(out: &mut Vec<u8>, room: &Room, at: usize) -> usize {
    out.extend_from_slice(room.written(at));
    0
}

macro_rules! piece {
    ($text:literal) => {
        const { &Piece::of($text).unwrap() }
    };
}

/// A band as a cell between two others.
fn band(band: Band) -> &'static Piece {
    match band {
        Band::Genuine => piece!(",genuine,"),
        Band::Look => piece!(",look,"),
        Band::Spam => piece!(",spam,"),
        Band::Pending => piece!(",pending,"),
    }
}

/// A kind as a cell between two others.
fn kind_cell(kind: Kind) -> &'static Piece {
    match kind {
        Kind::DeclaredBot => piece!(",declared bot,"),
        Kind::Churner => piece!(",churner,"),
        Kind::SpamPromoter => piece!(",spam promoter,"),
        Kind::FakeFollower => piece!(",purchased or fake follower,"),
        Kind::Inactive => piece!(",inactive,"),
    }
}

/// A band as it stands in an object, up to what is behind it.
fn json_band(band: Band) -> &'static Piece {
    match band {
        Band::Genuine => piece!(",\"band\":\"genuine\",\"logit\":"),
        Band::Look => piece!(",\"band\":\"look\",\"logit\":"),
        Band::Spam => piece!(",\"band\":\"spam\",\"logit\":"),
        Band::Pending => piece!(",\"band\":\"pending\",\"logit\":"),
    }
}

/// A share from 0 to 1, to four places, as `Display` writes it rounded to them.
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
    room.byte(at, b'-');
    // No minus in front of nothing.
    let below = value.is_sign_negative() & (units > 0);
    room.ten_places(at + usize::from(below), units)
}

/// [`share`] in JSON, where a number that is not whole by its kind shows that it is not.
#[inline]
fn json_share(room: &mut Room, at: usize, of: f64) -> usize {
    let end = share(room, at, of);
    if end == at + 1 { room.known(end, b".0") } else { end }
}

/// A number to ten places as JSON, as `serde_json` writes [`to_places`] of it.
#[inline]
fn json_number(out: &mut Vec<u8>, room: &mut Room, at: usize, value: Option<f64>) -> usize {
    let Some(value) = value else { return room.known(at, b"null") };
    // What is smaller than this, and more than nothing, is written with an exponent.
    const FROM: f64 = 1e-5;
    if !(FROM..1e5).contains(&value.abs()) {
        return json_as_it_is(out, room, at, to_places(value));
    }
    let end = number(out, room, at, value);
    // A whole number has few digits.
    let is_whole = || !room.written(end)[at..].contains(&b'.');
    if end - at < 8 && is_whole() { room.known(end, b".0") } else { end }
}

/// The value of a feature as JSON, with all its digits.
#[inline]
fn json_value(out: &mut Vec<u8>, room: &mut Room, at: usize, value: f64) -> usize {
    let whole = value as u32;
    // Compared by their bits, for nothing may have a minus.
    if f64::from(whole).to_bits() != value.to_bits() {
        return json_as_it_is(out, room, at, value);
    }
    let at = room.count(at, whole.into());
    room.known(at, b".0")
}

#[inline(never)]
fn json_as_it_is(out: &mut Vec<u8>, room: &Room, at: usize, value: f64) -> usize {
    let at = moved(out, room, at);
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(out, &value);
    at
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

/// A text from outside as JSON.
#[inline]
fn json_foreign(out: &mut Vec<u8>, room: &mut Room, at: usize, text: Option<&str>) -> usize {
    let Some(text) = text else { return room.known(at, b"null") };
    let begun = room.byte(at, b'"');
    if let Some(at) = room.plain(begun, text) {
        return room.byte(at, b'"');
    }
    let at = moved(out, room, at);
    json_text(out, text);
    at
}

/// A cell with harmless text, quoted where it must be.
fn own(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    let is = |bytes: u8x16, wanted: u8| bytes.simd_eq(u8x16::splat(wanted));
    let quoted_for =
        |bytes: u8x16| (is(bytes, b',') | is(bytes, b'"') | is(bytes, b'\n') | is(bytes, b'\r')).to_bitmask();
    if first_marked(rest, 0, quoted_for).is_none() {
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
    use std::borrow::Cow;

    use proptest::strategy::Strategy as _;

    use super::super::{look, short};
    use super::*;
    use crate::account::Account;
    use crate::ingest::{Damage, Notes};
    use crate::model::Model;
    use crate::safe::json_line;

    // The JSON form the plain way.

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

    /// A line of JSON, written by `serde_json` alone.
    fn json_plainly(scorer: &Scorer, row: &Row<'_>, scored: Option<&Scored<'_>>) -> Vec<u8> {
        let score = scored.map(|scored| scored.score);
        let reason = |scored: &Scored<'_>, part: &Part| {
            let reason = scorer.reason(part, scored.facts);
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
            status: status(row, score, scorer),
            support: score.and_then(|score| score.support).map(short),
            kind: scored.map(|scored| scored.kinds.main().map_or("none", Kind::name)),
            kinds: scored.map_or_else(Vec::new, |scored| {
                let kinds = scored.kinds_in_words(&row.account).into_iter();
                kinds.map(|(kind, reason)| JsonKind { kind, reason }).collect()
            }),
        };
        let mut out = Vec::new();
        json_line(&mut out, &line).unwrap();
        out.push(b'\n');
        out
    }

    #[test]
    fn the_words_of_reasons_hold_nothing_to_quote_for_but_commas() {
        for feature in crate::features::CATALOGUE {
            let words = format!("{:?}", feature.phrase).replace("\\u", "");
            assert!(!words.contains('\\') && !feature.unit.contains('"'), "{words}");
        }
    }

    /// Numbers as they come and as they hardly ever do.
    fn any_number() -> impl proptest::strategy::Strategy<Value = f64> {
        proptest::prop_oneof![
            -50.0..50.0f64,
            (-50.0..50.0f64).prop_map(f64::exp),
            (-50.0..50.0f64).prop_map(f64::round),
            (0..u64::MAX, 0..64u32).prop_map(|(n, bits)| (n >> bits) as f64),
            proptest::prelude::any::<u64>().prop_map(f64::from_bits),
            proptest::sample::select(vec![
                0.0,
                -0.0,
                1.0,
                1e-5,
                -1e-5,
                9.999_999_999_9e-6,
                5e-11,
                1e5,
                -99_999.999_999_999_9,
                1e-10
            ]),
        ]
    }

    fn any_text() -> impl proptest::strategy::Strategy<Value = Option<String>> {
        proptest::option::of(proptest::prop_oneof![
            "[a-zA-Z0-9_]{0,40}",
            "[-=+@,.;:\"'\\\\/ a]{0,8}",
            "\\PC{0,12}",
            "[\u{1}\u{1b}\n\u{7f}\u{9b}\u{202e}\u{e0001}é漢]{0,6}",
            "I'm a bot|tide_bot|Tides \\[bot\\]|free win cash a\\.com",
        ])
    }

    proptest::proptest! {
        #[test]
        fn a_line_is_what_serde_json_and_the_csv_crate_write(
            number: u64,
            texts in proptest::array::uniform4(any_text()),
            counts in proptest::array::uniform5(
                proptest::option::of(proptest::prop_oneof![0..3u64, 900..1100u64, proptest::prelude::any::<u64>()])
            ),
            age in proptest::option::of(0.0..4000.0f64),
            parts in proptest::collection::vec((0..20usize, any_number(), any_number(), any_number()), 0..7),
            of_score in proptest::array::uniform3(any_number()),
            damaged in 0..8u8,
            small: bool,
            before in 0..30u64,
        ) {
            let scorer = if small {
                Scorer::new(crate::model::testing::small_model(), None)
            } else {
                Scorer::new(Model::embedded().unwrap(), None)
            };
            let scorer = scorer.looking_at(super::super::KINDS_READ);
            let terms = scorer.feature_count() + scorer.model().pairs.len();
            let [id, handle, name, bio] = texts.each_ref().map(|text| text.as_deref().map(Cow::Borrowed));
            let mut account = Account {
                id, handle, name, bio,
                followers: counts[0], following: counts[1], posts: counts[2], likes_given: counts[3], listed: counts[4],
                ..Account::default()
            };
            account.given.age_days = age;
            let damage = (damaged == 0).then(|| Damage {
                column: texts[2].clone(), found: texts[3].clone().unwrap_or_default(), expected: "a count".into(),
            });
            let row = |n: u64| Row {
                number: number.wrapping_add(n), line: 1, account: account.clone(), label: None, damage: damage.clone(),
                notes: Notes::default(),
            };
            let parts: Vec<Part> = parts
                .into_iter()
                .map(|(term, value, second, contribution)| Part { term: term % terms, value, second, contribution })
                .collect();
            // Several lines, which are moved to the output together.
            let rows: Vec<Row<'_>> = (0..=before).map(row).collect();
            let [mut json, mut as_csv] = [TextForm::Jsonl, TextForm::Csv].map(|form| Text::new(form, 3, &scorer, 1));
            let (mut right, mut last_cells) = (Vec::new(), Vec::new());
            look(&scorer, &rows, 3, &mut crate::model::Parts::default(), |row, scored| {
                let scored = scored.map(|(scored, _)| scored);
                let score = scored.map(|scored| {
                    let mut score = scored.score.clone();
                    [score.p_bot, score.logit, _] = of_score;
                    score.support = score.support.map(|_| of_score[2].abs() % 1.0).filter(|support| !support.is_nan());
                    score
                });
                let scored = scored.zip(score.as_ref()).map(|(scored, score)| Scored { score, parts: &parts, ..*scored });
                json.write(row, scored.as_ref());
                right.extend(json_plainly(&scorer, row, scored.as_ref()));
                as_csv.write(row, scored.as_ref());
                let main = scored.as_ref().map(|scored| scored.kinds_in_words(&row.account).into_iter().next());
                let [kind, words] = match main {
                    None => [String::new(), String::new()],
                    Some(None) => ["none".into(), String::new()],
                    Some(Some((kind, words))) => [kind.name().into(), words],
                };
                last_cells.push((row.number.to_string(), kind, words));
            });
            proptest::prop_assert_eq!(String::from_utf8(json.into_bytes()), String::from_utf8(right));
            let (as_csv, mut again) = (as_csv.into_bytes(), csv::Writer::from_writer(Vec::new()));
            let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*as_csv).into_records();
            let mut found = Vec::new();
            for record in reader {
                let record = record.unwrap();
                proptest::prop_assert_eq!(record.len(), header(3).split(',').count());
                let cell = |at: usize| record[at].to_string();
                found.push((cell(0), cell(record.len() - 2), cell(record.len() - 1)));
                again.write_record(&record).unwrap();
            }
            proptest::prop_assert_eq!(found, last_cells);
            proptest::prop_assert_eq!(again.into_inner().unwrap(), as_csv);
        }

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
