//! The short way held to the long one, over the records of every dialect, sound and damaged.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::ingest::{Input, ReadOptions, Records, Source};

/// The name of a file, what is made of its keys, the text of each of its records.
type Sample = (String, Arc<Records>, Vec<String>);

/// Records of many dialects.
fn samples() -> Vec<Sample> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/dialects");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json" || kind == "jsonl"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    let unusual = r#"{"id":"1","followers":5,"connections":["following"],"verified":true,"status":{"verified":"no"}}
        {"id":-1.5,"followers":{"count":7},"name":[1,{"a":[]}],"string_list_data":[{"id":"2"}],"label":"bot"}"#;
    files.push(("unusual".into(), unusual.as_bytes().to_vec()));
    files.into_iter().filter_map(|(name, bytes)| sample(&name, bytes)).collect()
}

fn sample(name: &str, bytes: Vec<u8>) -> Option<Sample> {
    let mut input = Input::from_source(Source::from_bytes(name, bytes), &ReadOptions::default()).ok()?;
    let mut texts = Vec::new();
    while let Some(chunk) = input.next_chunk().unwrap() {
        let text = std::str::from_utf8(&chunk.bytes).unwrap();
        texts.extend(chunk.records.iter().map(|record| text[record.range.clone()].to_string()));
    }
    Some((name.to_string(), input.parser.records, texts))
}

/// Both ways, where the short one says something.
fn agree<'r>(plain: &mut Plain<'_, 'r>, text: &'r str) -> Result<bool, TestCaseError> {
    let mut row = Row::new(1, 1);
    let Some(lines) = plain.read(text, &mut row) else { return Ok(false) };
    plain.objects.finish(&mut row);
    let long = plain.objects.row(text.as_bytes(), 1, 1);
    prop_assert_eq!(format!("{:?}", row), format!("{:?}", long), "{}", text);
    prop_assert_eq!(lines, text.bytes().filter(|byte| *byte == b'\n').count() as u64, "{}", text);
    Ok(true)
}

const VALUES: [&str; 35] = [
    "0",
    "7",
    "00",
    "12",
    "-3",
    "-0",
    "1.5",
    "1e3",
    "1E400",
    "-",
    "1.",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999",
    "true",
    "false",
    "null",
    "tru",
    "nul",
    r#""""#,
    r#""anna""#,
    r#""a\n\"\\\/\b\f\r\t\u00e9\ud83d\ude00\u0000""#,
    r#""\ud83d""#,
    r#""\ude00\ud83d""#,
    r#""\ud83dx""#,
    r#""\x""#,
    r#""\u12g4""#,
    "\"a\u{1}\"",
    "\"漢\u{7f}é\"",
    "[]",
    "{}",
    r#"["following", 1, {"id": 2}]"#,
    r#"[{"id":"5", "followers" : {"count":[1e9]}} , [null]]"#,
    r#"{"count":1,"public_metrics":{"followers_count":"x"}}"#,
];

#[derive(Clone, Debug)]
enum Change {
    Insert(Index, String),
    Cut(Index, usize),
    Value(Index, String),
    /// An entry stands twice.
    Twice(Index, String),
    Pretty,
    Ascii,
}

fn change() -> impl Strategy<Value = Change> {
    let bits = r#"",:{}[]\0123456789 -.eaé😀"#.chars().map(String::from);
    let more = ["\n", "\t", "\r", "\u{1}", "\u{a0}", ",\"id\":5", "null", "\\u", "\"x\":"].map(String::from);
    let deep = [20, 40, 126, 127, 200].map(|n| format!("{}1{}", "[".repeat(n), "]".repeat(n)));
    let objects = [10, 130].map(|n| format!("{}1{}", r#"{"a":"#.repeat(n), "}".repeat(n)));
    let values: Vec<String> = VALUES.map(String::from).into_iter().chain(deep).chain(objects).collect();
    let values = proptest::sample::select(values);
    let index = any::<Index>;
    prop_oneof![
        (index(), proptest::sample::select(bits.chain(more).collect::<Vec<_>>()))
            .prop_map(|(at, bit)| Change::Insert(at, bit)),
        (index(), 1usize..8).prop_map(|(at, length)| Change::Cut(at, length)),
        (index(), values.clone()).prop_map(|(at, value)| Change::Value(at, value)),
        (index(), values.clone()).prop_map(|(at, value)| Change::Value(at, value)),
        (index(), values).prop_map(|(at, value)| Change::Twice(at, value)),
        Just(Change::Pretty),
        Just(Change::Ascii),
    ]
}

fn changed(text: &str, change: &Change) -> String {
    let boundary =
        |at: &Index| (0..=at.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
    let colon = |at: &Index| {
        let colons: Vec<usize> = text.match_indices("\":").map(|(at, _)| at + 2).collect();
        (!colons.is_empty()).then(|| *at.get(&colons))
    };
    match change {
        Change::Insert(at, bit) => {
            let (before, behind) = text.split_at(boundary(at));
            format!("{before}{bit}{behind}")
        }
        Change::Cut(at, length) => {
            let (before, behind) = text.split_at(boundary(at));
            format!("{before}{}", behind.chars().skip(*length).collect::<String>())
        }
        Change::Value(at, value) => {
            let Some(from) = colon(at) else { return value.clone() };
            let end = super::super::value_end(text.as_bytes(), from, true).unwrap_or(text.len());
            format!("{} {value}{}", &text[..from], text.get(end..).unwrap_or_default())
        }
        Change::Twice(at, value) => {
            let Some(from) = colon(at) else { return format!("{text}{value}") };
            let start = text[..from - 2].rfind('"').unwrap_or(0);
            format!("{}{}{value},{}", &text[..start], &text[start..from], &text[start..])
        }
        Change::Pretty => serde_json::from_str::<serde_json::Value>(text)
            .and_then(|value| serde_json::to_string_pretty(&value))
            .unwrap_or_else(|_| text.replace(',', " ,\n ")),
        Change::Ascii => {
            let mut units = [0; 2];
            let escape = |letter: char| -> String {
                letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04X}")).collect()
            };
            let mut escape = escape;
            text.chars()
                .map(|letter| if letter.is_ascii() { letter.to_string() } else { escape(letter) })
                .collect()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_short_way_puts_what_the_long_way_puts(
        which: Index,
        changes in proptest::collection::vec((any::<Index>(), change()), 0..12),
    ) {
        static SAMPLES: std::sync::LazyLock<Vec<Sample>> = std::sync::LazyLock::new(samples);
        let (_, records, texts) = which.get(&SAMPLES);
        let Records::Objects(objects) = &**records else { unreachable!() };
        let mut texts = texts.clone();
        for (at, change) in &changes {
            let at = at.index(texts.len());
            let text = &mut texts[at];
            *text = changed(text, change);
        }
        let mut plain = Plain::of(objects);
        for text in &texts {
            agree(&mut plain, text)?;
        }
    }
}

#[test]
fn usual_records_go_the_short_way() {
    let mut seen = 0;
    for (name, records, texts) in samples() {
        let Records::Objects(objects) = &*records else { unreachable!() };
        let mut plain = Plain::of(objects);
        for text in &texts {
            let short = agree(&mut plain, text).unwrap();
            let bare = !text.trim_start().starts_with('{');
            assert_eq!(short, !bare, "{name}: {text}");
            seen += usize::from(short);
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn keys_beyond_those_that_are_remembered_are_read_all_the_same() {
    let many: String = (0..200).map(|n| format!("\"k{n}\":{n},")).collect();
    let few = r#"{"id":"1","screen_name":"a","followers_count":1}"#;
    let full =
        |n: u64| format!("{{{many}\"followers_count\":{n},\"id\":\"{n}\",{many}\"screen_name\":\"b\"}}");
    let (_, records, texts) =
        sample("many", [few, &full(2), &full(3), few, &full(4)].join("\n").into_bytes()).unwrap();
    let Records::Objects(objects) = &*records else { unreachable!() };
    let mut plain = Plain::of(objects);
    assert!(texts.iter().all(|text| agree(&mut plain, text).unwrap()));
    assert_eq!(plain.turns.len(), KEYS);
}
