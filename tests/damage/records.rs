//! Damage to one record or one value of a known place, and changes that damage nothing.

use botsieve::ingest::{FIELDS, Kind};
use serde_json::Value;

use crate::damaged::{Damaged, Expect};
use crate::dice::Dice;
use crate::ground::Ground;
use crate::plain::{Content, Shape};

/// What somebody may have put in place of a value, as text.
const VALUES: [&str; 62] = [
    "-1",
    "-0",
    "-5",
    "1e3",
    "1e999",
    "-1e999",
    "NaN",
    "nan",
    "Infinity",
    "-inf",
    "inf",
    "1.5",
    "1.234",
    "12.000",
    "1,5",
    "1,23,456",
    "1.2K",
    "3,4M",
    "9K9",
    "1e",
    "0x10",
    "0b1",
    "1_000",
    "+7",
    " 7 ",
    "007",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "9007199254740993",
    "9007199254740993.0",
    "\u{661}\u{662}",
    "\u{ff11}\u{ff12}",
    "\u{bd}",
    "many",
    "",
    "null",
    "None",
    "true",
    "2",
    "[]",
    "{}",
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "Fri Dec 31 23:59:59 +0000 9999",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "0001-01-01T00:00:00Z",
    "2015-02-30",
    "2015-13-01",
    "03/04/2015",
    "24.02.2021",
    "1e12",
    "-62135596800",
    "253402300799",
    "253402300799000",
    "99999999999999999999L",
    "=1+1",
    "\u{202e}12",
    "1\u{0}2",
    "\u{feff}12",
    "\u{fffd}",
];

/// Must a cell of this kind with this value be told, and be no number?
fn must_be_told(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Count => matches!(
            value,
            "-1" | "-5"
                | "1e3"
                | "1e999"
                | "-1e999"
                | "Infinity"
                | "-inf"
                | "inf"
                | "1.5"
                | "1.234"
                | "0x10"
                | "many"
                | "9999-12-31"
                | "18446744073709551616"
                | "99999999999999999999999999"
                | "2015-02-30"
                | "true"
                | "=1+1"
                | "1\u{0}2"
                | "12.000"
                | "9999-12-31T23:59:59Z"
                | "Fri Dec 31 23:59:59 +0000 9999"
                | "-62135596800"
                | "\u{661}\u{662}"
                | "\u{ff11}\u{ff12}"
        ),
        Kind::Number => matches!(
            value,
            "-1" | "-5" | "1e999" | "-1e999" | "Infinity" | "-inf" | "inf" | "many" | "9999-12-31"
        ),
        Kind::Time => matches!(
            value,
            "9999-12-31"
                | "9999-12-31T23:59:59Z"
                | "Fri Dec 31 23:59:59 +0000 9999"
                | "253402300799"
                | "253402300799000"
                | "-1"
                | "2015-02-30"
                | "2015-13-01"
                | "03/04/2015"
                | "24.02.2021"
                | "0000-00-00"
                | "1e999"
                | "many"
                | "true"
                | "-62135596800"
                | "99999999999999999999L"
                | "0001-01-01T00:00:00Z"
                | "Infinity"
                | "0000-00-00 00:00:00"
        ),
        _ => false,
    }
}

/// A value of a column in use, in one record.
pub fn value(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let (reading, plain) = (ground.reading.as_ref()?, ground.plain.as_ref()?);
    let mapped = &reading.mapping.used.get(dice.below(reading.mapping.used.len()))?;
    let row = dice.below(plain.records.len());
    let value = *dice.pick(&VALUES);
    let kind = FIELDS.iter().find(|(field, ..)| *field == mapped.field).map(|(.., kind)| *kind)?;
    let mut bare_number = false;
    let bytes = match &plain.records.get(row)?.content {
        Content::Cells(cells) => {
            let at = plain.header.iter().position(|name| *name == mapped.name)?;
            let mut cells = cells.clone();
            *cells.get_mut(at)? = value.as_bytes().to_vec();
            ground.with_record(row, &line_of(&cells, plain.delimiter))?
        }
        Content::Value(object) => {
            let mut object = object.clone();
            let place = place_of(&mut object, &mapped.name)?;
            // As a text, or bare, where it may be no JSON at all.
            let quoted = dice.below(2) == 0;
            *place = Value::String(if quoted { value.into() } else { "@bare@".into() });
            let text = serde_json::to_string(&object).ok()?;
            // A whole number, in JSON, however it is written.
            bare_number = !quoted && ["12.000", "1e3"].contains(&value);
            let bare = if value.is_empty() { "\"\"" } else { value };
            ground
                .with_record(row, if quoted { text } else { text.replace("\"@bare@\"", bare) }.as_bytes())?
        }
        _ => return None,
    };
    let sound_before = reading.rows.get(row)?.damage.is_none();
    let expect = if must_be_told(kind, value) && sound_before && !bare_number {
        Expect::Told(row, mapped.name.clone())
    } else {
        Expect::Any
    };
    Some(Damaged {
        kind: family(value),
        what: format!("{value:?} as {} of row {}", mapped.name, row + 1),
        bytes,
        expect,
        packed: false,
    })
}

/// The kinds of values that the table tells apart.
fn family(value: &str) -> &'static str {
    match value {
        _ if value.contains("9999-") || value.contains(" 9999") || value.starts_with("25340") => {
            "a date in the year 9999"
        }
        _ if value.starts_with('-') => "a negative value",
        "NaN" | "nan" | "Infinity" | "inf" | "1e999" => "1e999, NaN, Infinity",
        _ if value.contains('\0') => "a NUL in a value",
        _ => "another hostile value",
    }
}

/// Cells as a line of a table.
fn line_of(cells: &[Vec<u8>], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(cells).unwrap();
    let mut line = writer.into_inner().unwrap();
    line.pop();
    line
}

fn place_of<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    if value.get(name).is_some() {
        return value.get_mut(name);
    }
    if let Some(root) = ["user", "profile", "follower", "following", "author"]
        .iter()
        .find(|root| value.get(**root).is_some_and(Value::is_object))
    {
        return place_of(&mut value[*root], name);
    }
    let (first, rest) = name.split_once('.')?;
    place_of(value.get_mut(first)?, rest)
}

/// A text of up to a few hundred thousand bytes, or JSON nested thousands deep, for a value of one record.
pub fn giant(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let (reading, plain) = (ground.reading.as_ref()?, ground.plain.as_ref()?);
    let mapped = &reading.mapping.used.get(dice.below(reading.mapping.used.len()))?;
    let row = dice.below(plain.records.len());
    let size = 1 << (8 + dice.below(11));
    let word = *dice.pick(&["9", "x", "\u{1f600}", "\"", "<b>", "=", "@", "http://", "a "]);
    let (kind, bytes) = match &plain.records.get(row)?.content {
        Content::Cells(cells) => {
            let mut cells = cells.clone();
            let at = plain.header.iter().position(|name| *name == mapped.name)?;
            *cells.get_mut(at)? = word.repeat(size / word.len()).into_bytes();
            ("a giant value", ground.with_record(row, &line_of(&cells, plain.delimiter))?)
        }
        Content::Value(object) => {
            let mut object = object.clone();
            let deep = dice.below(2) == 0;
            let text = if deep { "@bare@".to_string() } else { word.repeat(size / word.len()) };
            let place = if deep && dice.below(2) == 0 {
                object.as_object_mut()?.entry("deep").or_insert(Value::Null)
            } else {
                place_of(&mut object, &mapped.name)?
            };
            *place = Value::String(text);
            let (open, close) = *dice.pick(&[("[", "]"), ("{\"a\":", "}"), ("[", ""), ("[{\"user\":", "}]")]);
            let depth = size / 32;
            let nest = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let text = serde_json::to_string(&object).ok()?.replace("\"@bare@\"", &nest);
            (
                if deep { "JSON nested deeply" } else { "a giant value" },
                ground.with_record(row, text.as_bytes())?,
            )
        }
        _ => return None,
    };
    Some(Damaged {
        kind,
        what: format!("{size} bytes as {} of row {}", mapped.name, row + 1),
        bytes,
        expect: Expect::Any,
        packed: false,
    })
}

/// A cell too many or too few, a key of another name, twice, or gone.
pub fn cells(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let plain = ground.plain.as_ref()?;
    let row = dice.below(plain.records.len());
    let (what, bytes) = match &plain.records.get(row)?.content {
        Content::Cells(cells) => {
            let mut cells = cells.clone();
            let at = dice.below(cells.len());
            let what = if dice.below(2) == 0 {
                cells.remove(at);
                "a cell gone"
            } else {
                cells.insert(at, dice.pick(&VALUES).as_bytes().to_vec());
                "a cell too many"
            };
            (what, ground.with_record(row, &line_of(&cells, plain.delimiter))?)
        }
        Content::Value(Value::Object(map)) => {
            let mut map = map.clone();
            let key = map.keys().nth(dice.below(map.len()))?.clone();
            let old = map.remove(&key)?;
            let mut text = serde_json::to_string(&map).ok()?;
            let what = match dice.below(3) {
                0 => "a key gone",
                1 => {
                    text.insert_str(
                        1,
                        &format!("\"{}\\u0000\":{old}{}", key, if map.is_empty() { "" } else { "," }),
                    );
                    "a key of another name"
                }
                _ => {
                    let twice = Value::String(key);
                    text.insert_str(
                        1,
                        &format!("{twice}:7,{twice}:{old}{}", if map.is_empty() { "" } else { "," }),
                    );
                    "a key twice"
                }
            };
            (what, ground.with_record(row, text.as_bytes())?)
        }
        _ => return None,
    };
    Some(Damaged {
        kind: "a cell or key too many or too few",
        what: format!("{what} in row {}", row + 1),
        bytes,
        expect: Expect::Any,
        packed: false,
    })
}

/// Records gone, twice, or in another order: no record is damaged.
pub fn moved(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let plain = ground.plain.as_ref()?;
    let (a, b) = (dice.below(plain.records.len()), dice.below(plain.records.len()));
    let raw = |row: usize| plain.records.get(row).map(|record| record.raw.clone());
    let (what, bytes) = match dice.below(2) {
        0 => {
            let swapped = ground.with_record(a, &raw(b)?)?;
            ("one in place of another", swapped)
        }
        _ => {
            let between: &[u8] =
                if matches!(ground.shape?, Shape::Table { .. } | Shape::Lines) { b"\n" } else { b"," };
            ("one twice", ground.with_record(a, &[raw(b)?, raw(a)?].join(between))?)
        }
    };
    Some(Damaged {
        kind: "records moved",
        what: format!("{what}: rows {}, {}", a + 1, b + 1),
        bytes,
        expect: Expect::Any,
        packed: false,
    })
}

/// The same file in other bytes: every row as before.
pub fn same(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let (reading, plain) = (ground.reading.as_ref()?, ground.plain.as_ref()?);
    let text = String::from_utf8(ground.text.clone()).ok().filter(|_| !ground.sample.real)?;
    let utf16 = |text: &str| {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>()
    };
    let table = !plain.header.is_empty() && reading.dialect.name() != "botsieve-csv";
    let (what, bytes) = match dice.below(5) {
        0 => ("UTF-16", utf16(&text)),
        1 => ("a mark in front", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        2 => ("blank lines in front", [b"\n\r\n\n", text.as_bytes()].concat()),
        3 if table && !text.contains('\r') && !text.contains("\n\n") => {
            // Line feeds within quoted cells are not to be touched.
            let mut lines = vec![line_of(&plain.header.iter().map(|name| name.clone().into_bytes()).collect::<Vec<_>>(), plain.delimiter)];
            lines.extend(plain.records.iter().map(|record| record.raw.clone()));
            ("CRLF", lines.join(&b"\r\n"[..]))
        }
        4 if table && plain.records.iter().all(|record| matches!(&record.content, Content::Cells(cells) if cells.len() == plain.header.len())) => {
            // Columns the other way round, every cell in quotes, another delimiter.
            let delimiter = *dice.pick(b",;\t|");
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            writer.write_record(plain.header.iter().rev()).ok()?;
            for record in &plain.records {
                let Content::Cells(cells) = &record.content else { return None };
                writer.write_record(cells.iter().rev()).ok()?;
            }
            ("columns the other way round, quoted", writer.into_inner().ok()?)
        }
        _ => return None,
    };
    Some(Damaged {
        kind: "the same in other bytes",
        what: what.into(),
        bytes,
        expect: Expect::Same,
        packed: false,
    })
}
