//! Parquet, Arrow and Excel files with bytes changed: read by the program itself, since a length that is wrong may ask for any
//! amount of memory at once.
#![cfg(all(target_os = "linux", any(feature = "arrow", feature = "xlsx")))]

use std::collections::BTreeMap;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::common::{Scratch, assert_harmless};
use crate::dice::Dice;
use crate::watch::watched;

/// A sound file and what the program makes of it.
struct Sound {
    kind: &'static str,
    bytes: Vec<u8>,
    scored: Vec<String>,
    /// Where a whole batch of a stream ends, and the rows so far: a stream may be over behind each of them.
    ends: Vec<(usize, usize)>,
}

/// What came of one damaged file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    Refused,
    Same,
    Shorter,
    Other,
    Told,
}

/// The most that the program may hold, MB.
const BOUND: u64 = 400;
const WAYS: [&str; 5] =
    ["cut off", "bits flipped", "bytes overwritten", "a piece put in", "a piece taken out"];

/// Damaged files of each kind.
fn inputs() -> u64 {
    if crate::run::is_full() { 2000 } else { 400 }
}

/// The rows of a run, each with its score.
fn rows(out: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(out).lines().skip(1).map(String::from).collect()
}

impl Sound {
    fn of(kind: &'static str, bytes: Vec<u8>, ends: Vec<(usize, usize)>) -> Sound {
        let folder = Scratch::new();
        let (run, _) = watched(&["score", &folder.write("sound", &bytes), "--threads", "1"]);
        let run = run.ends_with(0);
        Sound { kind, bytes, scored: rows(&run.out), ends }
    }

    /// The way, where, and the bytes.
    fn damaged(&self, case: u64, others: &[Sound]) -> (usize, usize, Vec<u8>) {
        let mut dice = Dice::of(crate::run::seed(), case);
        let mut bytes = self.bytes.clone();
        // Half of all damages are to what says where everything is, at either end.
        let place = |dice: &mut Dice| match dice.below(4) {
            0 => dice.below(bytes.len().min(600)),
            1 => bytes.len() - 1 - dice.below(bytes.len().min(600)),
            _ => dice.below(bytes.len()),
        };
        let at = place(&mut dice);
        let way = (case % WAYS.len() as u64) as usize;
        match way {
            0 => bytes.truncate(at),
            1 => (0..=dice.below(3))
                .for_each(|_| bytes[(at + dice.below(40)) % self.bytes.len()] ^= 1 << dice.below(8)),
            2 => {
                let end = bytes.len().min(at + 1 + dice.below(8));
                bytes[at..end].fill(*dice.pick(&[0, 0xff, 0x7f, 0x80]));
            }
            3 => {
                let from = &dice.pick(others).bytes;
                let start = dice.below(from.len());
                let piece = from[start..from.len().min(start + 1 + dice.below(200))].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            _ => drop(bytes.drain(at..self.bytes.len().min(at + 1 + dice.below(200)))),
        }
        (way, at, bytes)
    }

    /// Holds what the program said to what must be.
    fn judge(&self, code: i32, out: &[u8], way: usize, at: usize) -> Result<Came, String> {
        if code == 1 {
            return Ok(Came::Refused);
        }
        let rows = rows(out);
        // A stream that ends behind a batch is whole, as far as a stream can say.
        if WAYS[way] == "cut off" && !self.ends.is_empty() {
            let whole = self.ends.iter().rev().find(|(end, _)| *end <= at).map_or(0, |(_, rows)| *rows);
            return if rows[..] == self.scored[..whole] {
                Ok(if whole == self.scored.len() { Came::Same } else { Came::Shorter })
            } else {
                Err(format!("{} rows of a stream cut off at {at}, behind {whole}", rows.len()))
            };
        }
        match rows.len().cmp(&self.scored.len()) {
            std::cmp::Ordering::Greater => Err(format!("{} rows of {}", rows.len(), self.scored.len())),
            // "PK", cut off behind two bytes, is a list of one handle as good as any.
            _ if self.is_checked()
                && rows != self.scored
                && code == 0
                && !(WAYS[way] == "cut off" && at <= 2) =>
            {
                Err("other rows, of bytes with a checksum".into())
            }
            _ if code == 3 => Ok(Came::Told),
            std::cmp::Ordering::Less => Ok(Came::Shorter),
            _ if rows == self.scored => Ok(Came::Same),
            _ => Ok(Came::Other),
        }
    }

    /// Does a checksum speak for every cell?
    fn is_checked(&self) -> bool {
        self.kind == "Excel"
    }
}

/// The line of the table for each way of one kind.
fn damage(sound: &Sound, others: &[Sound]) -> Vec<String> {
    let folder = Scratch::new();
    let wrong = Mutex::new(Vec::new());
    let done: Vec<(usize, Came, u64)> = (0..inputs())
        .into_par_iter()
        .filter_map(|case| {
            let (way, at, bytes) = sound.damaged(case, others);
            let path = folder.write(&case.to_string(), &bytes);
            let ran = std::panic::catch_unwind(|| watched(&["score", &path, "--threads", "1"]));
            let judged = ran.map_err(|_| "it ended by a signal".to_string()).and_then(|(run, peak)| {
                assert_harmless(&run.err);
                let meant = matches!(run.code, 0 | 1 | 3) && !run.err.contains("panicked");
                let told = run.code == 0 || run.err.contains("error: ") || run.code == 3;
                let words = || format!("code {}, {peak} MB: {:.800}", run.code, run.err);
                if !meant || !told || peak > BOUND {
                    return Err(words());
                }
                let came =
                    sound.judge(run.code, &run.out, way, at).map_err(|why| format!("{why}: {}", words()))?;
                Ok((way, came, peak))
            });
            match judged {
                Ok(done) => {
                    std::fs::remove_file(&path).unwrap();
                    Some(done)
                }
                Err(why) => {
                    let kept = std::env::temp_dir()
                        .join(format!("botsieve-{}-{case}", sound.kind.replace(' ', "-")));
                    std::fs::copy(&path, &kept).unwrap();
                    let told =
                        format!("{} {case}, {} at {at} ({}): {why}", sound.kind, WAYS[way], kept.display());
                    wrong.lock().unwrap().push(told);
                    None
                }
            }
        })
        .collect();
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        inputs(),
        wrong[..wrong.len().min(12)].join("\n")
    );
    let lines: Vec<String> = (0..WAYS.len())
        .map(|way| {
            let mut counts: BTreeMap<Came, u64> = BTreeMap::new();
            let of_way = done.iter().filter(|(of, _, _)| *of == way);
            of_way.clone().for_each(|(_, came, _)| *counts.entry(*came).or_default() += 1);
            let numbers = [Came::Refused, Came::Same, Came::Told, Came::Shorter, Came::Other]
                .map(|came| counts.get(&came).copied().unwrap_or(0).to_string());
            let peak = of_way.clone().map(|(_, _, peak)| *peak).max().unwrap_or(0);
            format!(
                "| {} | {} | {} | {} | {peak} |",
                sound.kind,
                WAYS[way],
                of_way.count(),
                numbers.join(" | ")
            )
        })
        .collect();
    assert!(done.iter().any(|(_, came, _)| *came == Came::Refused), "nothing was damaged");
    lines
}

#[test]
fn containers_with_bytes_changed_are_read_as_they_say_or_refused() {
    let mut files = Vec::new();
    #[cfg(feature = "arrow")]
    files.extend(columns());
    #[cfg(feature = "xlsx")]
    {
        let bytes = std::fs::read(crate::common::repository("data/dialects/accounts.xlsx")).unwrap();
        files.push(Sound::of("Excel", bytes, Vec::new()));
    }
    let lines: Vec<String> = files.iter().flat_map(|sound| damage(sound, &files)).collect();
    lines.iter().for_each(|line| eprintln!("{line}"));
    crate::table::containers(&lines, files.len() as u64 * inputs());
}

/// The first rows of `data/followers.csv` in batches of 50: Parquet packed and plain, and Arrow as a file and as a stream.
#[cfg(feature = "arrow")]
fn columns() -> Vec<Sound> {
    use arrow::ipc::writer::{FileWriter, StreamWriter};
    use arrow::record_batch::RecordBatch;
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::properties::WriterProperties;

    let folder = Scratch::new();
    let converted = folder.path("a.parquet");
    crate::common::botsieve(["convert", crate::common::FOLLOWERS, "-o", &converted, "-q"]).ends_with(0);
    let file = std::fs::File::open(&converted).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_limit(200).with_batch_size(50);
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.len(), 4);
    let schema = batches[0].schema();
    let mut file = FileWriter::try_new(Vec::new(), &schema).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    let plain =
        WriterProperties::builder().set_dictionary_enabled(false).set_max_row_group_row_count(Some(100));
    let mut plain = ArrowWriter::try_new(Vec::new(), schema, Some(plain.build())).unwrap();
    let mut ends = Vec::new();
    let mut rows = 0;
    for batch in &batches {
        file.write(batch).unwrap();
        plain.write(batch).unwrap();
        stream.write(batch).unwrap();
        rows += batch.num_rows();
        ends.push((stream.get_ref().len(), rows));
    }
    vec![
        Sound::of("Parquet, zstd", std::fs::read(&converted).unwrap(), Vec::new()),
        Sound::of("Parquet, not packed", plain.into_inner().unwrap(), Vec::new()),
        Sound::of("Arrow file", file.into_inner().unwrap(), Vec::new()),
        Sound::of("Arrow stream", stream.into_inner().unwrap(), ends),
    ]
}

/// `data/dialects/accounts.xlsx` with other XML for its sheet, and a list of texts besides.
#[cfg(feature = "xlsx")]
fn workbook(sheet: impl Fn(String) -> String, texts: &[u8]) -> Vec<u8> {
    use std::io::{Cursor, Read as _, Write as _};

    use zip::write::SimpleFileOptions;

    let bytes = std::fs::read(crate::common::repository("data/dialects/accounts.xlsx")).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut made = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let name = part.name().unwrap().to_string();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        made.start_file(&name, SimpleFileOptions::default()).unwrap();
        let text = if name.ends_with("sheet1.xml") { sheet(text) } else { text };
        made.write_all(text.as_bytes()).unwrap();
    }
    made.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
    made.write_all(texts).unwrap();
    made.finish().unwrap().into_inner()
}

/// What a few KB ask for is not given, and what is said of it says what to do.
#[cfg(feature = "xlsx")]
#[test]
fn workbooks_that_ask_for_all_memory_in_containers_are_refused() {
    let folder = Scratch::new();
    let held = |name: &str, bytes: &[u8], code: i32, says: &str| {
        let (run, peak) = watched(&["score", &folder.write(name, bytes), "--threads", "1"]);
        assert!(run.code == code && run.err.contains(says), "{name}: {} {:.600}", run.code, run.err);
        assert!(peak < 100, "{name}: {peak} MB");
    };
    let texts =
        |count: u64| format!("<?xml version=\"1.0\"?><sst uniqueCount=\"{count}\"></sst>").into_bytes();
    let same = |sheet: String| sheet;
    held("sound", &workbook(same, &texts(0)), 0, "");
    held("count", &workbook(same, &texts(99_999_999_999)), 1, "more texts than it can hold");
    let says = |sheet: String| sheet.replace("<sheetData>", "<dimension ref=\"A1:XFD1048576\"/><sheetData>");
    held("dimension", &workbook(says, &texts(0)), 0, "");
    let corner = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>";
    let far = |sheet: String| sheet.replace("</sheetData>", corner);
    held("far", &workbook(far, &texts(0)), 1, "save the sheet as CSV");
    if crate::run::is_full() {
        let bomb = [b"<sst>".as_slice(), &vec![b' '; 1100 << 20]].concat();
        held("bomb", &workbook(same, &bomb), 1, "unpack to more than 1 GiB");
    }
}

#[test]
fn containers_packed_once_more_do_not_fill_the_disk() {
    use crate::watch::{Packing, write};

    let folder = Scratch::new();
    let path = folder.path("packed");
    for (magic, feature) in [(b"PAR1", cfg!(feature = "arrow")), (b"PK\x03\x04", cfg!(feature = "xlsx"))] {
        write(std::path::Path::new(&path), Packing::Zstd, magic, &vec![0; 10 << 20], 110, b"");
        let (run, peak) = watched(&["score", &path, "--threads", "1"]);
        let words = if feature { "gzip -d or zstd -d" } else { "was built without" };
        assert!(run.code == 1 && run.err.contains(words) && peak < 100, "{peak} MB: {:.600}", run.err);
    }
}
