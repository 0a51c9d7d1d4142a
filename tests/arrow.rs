//! Parquet and Arrow in and out of `botsieve score`, from outside. Needs `--features arrow`.
#![cfg(feature = "arrow")]

mod common;

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int32Type, Int64Type};
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::ipc::writer::StreamWriter;
use common::*;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// The rows of batches as the cells of the CSV form; texts as they stand.
fn cells(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let cell = |column: &arrow::array::ArrayRef| {
                if column.is_null(row) {
                    return String::new();
                }
                match column.data_type() {
                    arrow::datatypes::DataType::Utf8 => column.as_string::<i32>().value(row).to_string(),
                    arrow::datatypes::DataType::Float64 => {
                        column.as_primitive::<Float64Type>().value(row).to_string()
                    }
                    arrow::datatypes::DataType::Int32 => {
                        column.as_primitive::<Int32Type>().value(row).to_string()
                    }
                    _ => column.as_primitive::<Int64Type>().value(row).to_string(),
                }
            };
            rows.push(batch.columns().iter().map(cell).collect());
        }
    }
    rows
}

fn read(path: &str) -> Vec<RecordBatch> {
    let file = File::open(path).unwrap();
    if path.ends_with(".parquet") {
        return ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap()
            .map(Result::unwrap)
            .collect();
    }
    match FileReader::try_new(File::open(path).unwrap(), None) {
        Ok(reader) => reader.map(Result::unwrap).collect(),
        Err(_) => StreamReader::try_new(file, None).unwrap().map(Result::unwrap).collect(),
    }
}

#[test]
fn every_form_says_what_the_csv_says() {
    let scratch = Scratch::new();
    // A damaged row and one of which nothing is known are rows too.
    let file = scratch.write(
        "a.csv",
        "id,screen_name,followers,following,posts,description\n1,anna,10,20,30,hello\n2,ben,many,2,3,\n3,,,,,\n4,\"=cmd\",1,2000,1,win a FREE gift\n",
    );
    for list in [FOLLOWERS, file.as_str()] {
        let csv = botsieve(["score", list, "-q"]);
        let code = csv.code;
        let csv = Table::parse(&csv.out);
        for name in ["a.parquet", "a.arrow", "a.arrows"] {
            let out = scratch.path(name);
            botsieve(["score", list, "-q", "-o", &out]).ends_with(code);
            let batches = read(&out);
            let header: Vec<_> = batches[0].schema().fields().iter().map(|f| f.name().clone()).collect();
            assert_eq!(header, csv.header, "{name}");
            let plain = |row: &Vec<String>| -> Vec<String> {
                // The apostrophe and the escapes of the CSV are for spreadsheets.
                row.iter().map(|cell| cell.trim_start_matches('\'').replace("\\u{", "")).collect()
            };
            let found = cells(&batches);
            assert_eq!(found.len(), csv.rows.len(), "{name}: rows in = rows out");
            for (found, wanted) in found.iter().zip(&csv.rows) {
                if !wanted.iter().any(|cell| cell.contains("\\u{")) {
                    assert_eq!(plain(found), plain(wanted), "{name}");
                }
            }
            let bytes = std::fs::read(&out).unwrap();
            botsieve(["score", list, "-q", "-o", &out, "--threads", "3"]).ends_with(code);
            assert!(std::fs::read(&out).unwrap() == bytes, "{name}: the same bytes on any number of threads");
        }
    }
}

#[test]
fn parquet_in_is_scored_as_the_csv_it_came_from() {
    let scratch = Scratch::new();
    let (parquet, again) = (scratch.path("a.parquet"), scratch.path("b.csv"));
    botsieve(["convert", FOLLOWERS, "-o", &parquet, "-q"]).ends_with(0);
    botsieve(["convert", &parquet, "-o", &again, "-q"]).ends_with(0);
    let by_text = botsieve(["score", &again, "-q"]).ends_with(0).out;
    for threads in ["1", "4"] {
        let by_columns = botsieve(["score", &parquet, "-q", "--threads", threads]).ends_with(0).out;
        assert!(by_columns == by_text);
    }
}

#[test]
fn an_arrow_stream_is_answered_batch_by_batch() {
    let scratch = Scratch::new();
    let parquet = scratch.path("a.parquet");
    botsieve(["convert", FOLLOWERS, "-o", &parquet, "-q"]).ends_with(0);
    let whole = read(&parquet).remove(0);
    let mut program = Command::new(env!("CARGO_BIN_EXE_botsieve"))
        .args(["score", "-", "--format", "arrow-stream", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut feed = StreamWriter::try_new(program.stdin.take().unwrap(), &whole.schema()).unwrap();
    let mut answers = None;
    let mut scored = Vec::new();
    for from in (0..whole.num_rows()).step_by(100) {
        let part = whole.slice(from, 100.min(whole.num_rows() - from));
        feed.write(&part).unwrap();
        feed.get_mut().flush().unwrap();
        // Nothing more is given before this batch is answered.
        let stdout = &mut program.stdout;
        let reader =
            answers.get_or_insert_with(|| StreamReader::try_new(stdout.take().unwrap(), None).unwrap());
        let answer = reader.next().unwrap().unwrap();
        assert_eq!(answer.num_rows(), part.num_rows());
        scored.push(answer);
    }
    feed.finish().unwrap();
    drop(feed);
    assert!(answers.unwrap().next().is_none());
    assert!(program.wait().unwrap().success());
    let at_once = scratch.path("a.arrows");
    botsieve(["score", &parquet, "-q", "-o", &at_once]).ends_with(0);
    assert_eq!(cells(&scored), cells(&read(&at_once)));
}

#[test]
fn a_broken_table_is_refused_with_its_name() {
    let scratch = Scratch::new();
    for (name, bytes) in [("a.parquet", &b"PAR1 and nothing else"[..]), ("a.arrow", b"ARROW1\0\0\0\0")] {
        let file = scratch.write(name, bytes);
        botsieve(["score", &file]).ends_with(1).says(&[name, "cannot be read"]);
    }
    // A stream that is cut off in the middle: what came before is not put in place.
    let parquet = scratch.path("whole.parquet");
    botsieve(["convert", FOLLOWERS, "-o", &parquet, "-q"]).ends_with(0);
    let whole = read(&parquet).remove(0);
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &whole.schema()).unwrap();
    writer.write(&whole.slice(0, 50)).unwrap();
    writer.write(&whole.slice(50, 50)).unwrap();
    drop(writer);
    let cut = scratch.write("cut.arrows", &bytes[..bytes.len() - 100]);
    let out = scratch.path("out.parquet");
    botsieve(["score", &cut, "-o", &out]).ends_with(1).says(&["cut.arrows"]);
    assert!(!std::path::Path::new(&out).exists());
}
