//! Parquet, Arrow and Excel files with bytes changed: read by the program itself, since a length that is wrong may ask for any
//! amount of memory at once.
#![cfg(all(target_os = "linux", any(feature = "arrow", feature = "xlsx")))]

use rayon::prelude::*;

use crate::common::{Run, Scratch, assert_harmless};
use crate::dice::Dice;
use crate::watch::watched;

/// The rows of a run, each with its score, and whether anything was said.
fn rows(run: &Run) -> Vec<String> {
    run.text().lines().skip(1).map(String::from).collect()
}

/// Damages a file so many times. A file that is read without a word has the rows it had.
fn damage(file: &[u8], ending: &str, inputs: u64) -> [u64; 4] {
    let folder = Scratch::new();
    let sound = folder.write(&format!("sound.{ending}"), file);
    let (before, _) = watched(&["score", &sound, "--threads", "1"]);
    assert_eq!(before.code, 0, "{}", before.err);
    let before = rows(&before);
    let codes: Vec<i32> = (0..inputs)
        .into_par_iter()
        .map(|case| {
            let mut dice = Dice::of(crate::run::seed(), case);
            let mut bytes = file.to_vec();
            for _ in 0..=dice.below(3) {
                let at = dice.below(bytes.len());
                match dice.below(4) {
                    0 => bytes.truncate(at.max(8)),
                    1 => bytes[at] = *dice.pick(&[0, 0xff, 0x7f, 0x80]),
                    2 => drop(bytes.splice(at..at, [0xff; 4])),
                    _ => bytes[at] ^= 1 << dice.below(8),
                }
            }
            let path = folder.write(&format!("{case}.{ending}"), &bytes);
            let (run, peak) = watched(&["score", &path, "--threads", "1"]);
            let told = format!("case {case} of {ending}: code {}, {peak} MB: {:.1500}", run.code, run.err);
            assert!(matches!(run.code, 0 | 1 | 3) && !run.err.contains("panicked"), "{told}");
            assert!(peak < 1500, "{told}");
            assert_harmless(&run.err);
            assert!(
                run.code == 1 || rows(&run).len() == before.len() || ending == "xlsx",
                "rows are gone: {told}"
            );
            std::fs::remove_file(&path).unwrap();
            run.code
        })
        .collect();
    [0, 1, 2, 3].map(|code| codes.iter().filter(|found| **found == code).count() as u64)
}

fn inputs() -> u64 {
    if crate::run::is_full() { 2000 } else { 60 }
}

#[cfg(feature = "arrow")]
#[test]
fn columns_with_bytes_changed_are_read_or_refused() {
    use std::sync::Arc;

    use arrow::ipc::writer::{FileWriter, StreamWriter};

    let lines = std::fs::read(crate::common::repository("data/dialects/bluesky_2025.json")).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&lines).unwrap();
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let (schema, _) = arrow::json::reader::infer_json_schema(text.as_bytes(), None).unwrap();
    let schema = Arc::new(schema);
    let mut reader = arrow::json::ReaderBuilder::new(Arc::clone(&schema)).build(text.as_bytes()).unwrap();
    let batch = reader.next().unwrap().unwrap();
    let mut file = FileWriter::try_new(Vec::new(), &schema).unwrap();
    file.write(&batch).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    stream.write(&batch).unwrap();
    let mut parquet = parquet::arrow::ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
    parquet.write(&batch).unwrap();
    let (file, stream) = (file.into_inner().unwrap(), stream.into_inner().unwrap());
    for (bytes, ending) in [(file, "arrow"), (stream, "arrows"), (parquet.into_inner().unwrap(), "parquet")] {
        eprintln!("{ending}: exit codes 0 to 3: {:?}", damage(&bytes, ending, inputs()));
    }
}

#[cfg(feature = "xlsx")]
#[test]
fn workbooks_with_bytes_changed_are_read_or_refused() {
    let bytes = std::fs::read(crate::common::repository("data/dialects/accounts.xlsx")).unwrap();
    eprintln!("xlsx: exit codes 0 to 3: {:?}", damage(&bytes, "xlsx", inputs()));
}
