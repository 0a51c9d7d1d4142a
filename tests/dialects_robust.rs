//! Whatever happens to a file on its way, reading it neither panics nor loses a row.
#![allow(missing_docs)]

mod reading;

use std::path::Path;
use std::sync::OnceLock;

use botsieve::ingest::{Input, ReadOptions, Source};
use proptest::prelude::*;

fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let files = reading::files(Path::new("data/dialects")).into_iter();
        files.map(|path| std::fs::read(path).unwrap()).collect()
    })
}

/// Reads bytes as a file, and checks that the rows of the parser are those the cutter counted.
fn read(bytes: Vec<u8>) -> Option<u64> {
    let mut input = Input::from_source(Source::from_bytes("broken", bytes), &ReadOptions::default()).ok()?;
    let parser = input.parser();
    let mut next = 1;
    while let Some(chunk) = input.next_chunk().ok()? {
        assert_eq!(chunk.first_row, next);
        parser.parse(&chunk, |row| {
            assert_eq!(row.number, next);
            next += 1;
        });
        assert_eq!(next, chunk.first_row + chunk.rows, "rows in = rows out");
    }
    Some(next - 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_sample_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..5, prop_oneof![
            any::<u8>(), Just(b'"'), Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'\\'), Just(0xff)
        ]), 1..8),
    ) {
        let samples = samples();
        let mut bytes = samples[which.index(samples.len())].clone();
        for (place, kind, byte) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                3 => bytes.truncate(at),
                _ => {
                    let piece = bytes[at..(at + 80).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        read(bytes);
    }

    #[test]
    fn any_bytes_behind_a_known_beginning_are_rows(
        start in prop_oneof![
            Just("id,screen_name,followers_count\n"), Just("[{\"acct\":\"a\",\"note\":\"<p>\"},"), Just("{\"data\":[{\"username\":\"a\",\"id\":\"1\",\"name\":\"n\"},"),
            Just("window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"1\"}},"), Just("{\"screen_name\":\"a\",\"friends_count\":1}\n"), Just("{\"data\":[{\"username\":\"a\",\"id\":\"1\",\"name\":\"n\"}]}\n"),
        ],
        rest in proptest::collection::vec(prop_oneof![
            any::<u8>(), Just(b'"'), Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b','), Just(b':'), Just(b'\n'), Just(b'\r'), Just(b'1'), Just(b' ')
        ], 0..80),
    ) {
        let bytes = [start.as_bytes(), &rest].concat();
        read(bytes);
    }
}

#[test]
fn every_sample_cut_off_anywhere_is_read_or_refused() {
    for sample in samples() {
        let step = (sample.len() / 150).max(1);
        for end in (0..sample.len()).step_by(step) {
            read(sample[..end].to_vec());
        }
    }
}

/// Found by fuzzing: a record that is a byte order mark and nothing else was lost where a chunk began with it.
#[test]
fn a_byte_order_mark_is_no_end_of_anything() {
    for (text, lines) in [
        ("handle,followers\n\u{feff}", &[2][..]),
        ("handle,followers\n\u{feff}\nanna,3\n", &[2, 3]),
        ("handle,followers\n\u{feff}bert,4\nanna,3\ncleo,4\n", &[2, 3, 4]),
        ("handle,followers\nanna,3\n\u{feff}\n", &[2, 3]),
    ] {
        let source = Source::from_bytes("memory", text.as_bytes().to_vec());
        let mut input = Input::from_source(source, &ReadOptions::default()).unwrap();
        let mut found = Vec::new();
        input.for_each_row(|row| found.push((row.number, row.line))).unwrap();
        let wanted: Vec<(u64, u64)> = (1..).zip(lines.iter().copied()).collect();
        assert_eq!(found, wanted, "{text:?}");
    }
}
