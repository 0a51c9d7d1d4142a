//! What no reader can hold: fields of 100 MB, a million columns, JSON nested a million deep, a few KB that unpack to 10 GB. The
//! program itself reads them, under a limit, and what it held at most is measured.
#![cfg(target_os = "linux")]

use std::path::Path;

use crate::common::Scratch;
use crate::watch::Packing::{self, Gzip, Plain, Zstd};
use crate::watch::{watched, write};

/// A file made of a front, a piece so many times, and an end; what must come of it.
struct Giant {
    name: &'static str,
    packing: Packing,
    front: Vec<u8>,
    piece: Vec<u8>,
    times: usize,
    end: Vec<u8>,
    code: i32,
    says: &'static [&'static str],
    /// The most the program may hold, MB.
    peak: u64,
}

const MB: usize = 1 << 20;
const HEADER: &str = "id,screen_name,description,followers_count\n";
const ROW: &str = r#"{"id":"1","screen_name":"anna","followers_count":5,"x":"#;

impl Giant {
    fn of(name: &'static str, packing: Packing, front: impl Into<Vec<u8>>) -> Giant {
        let (piece, end) = (Vec::new(), Vec::new());
        Giant { name, packing, front: front.into(), piece, times: 0, end, code: 0, says: &[], peak: 64 }
    }

    /// Ten MB of a piece, so many times.
    fn with(self, piece: &[u8], times: usize) -> Giant {
        Giant { piece: piece.repeat(10 * MB / piece.len()), times, ..self }
    }

    fn then(self, end: impl Into<Vec<u8>>) -> Giant {
        Giant { end: end.into(), ..self }
    }

    fn ends(self, code: i32, says: &'static [&'static str]) -> Giant {
        Giant { code, says, ..self }
    }

    fn within(self, peak: u64) -> Giant {
        Giant { peak, ..self }
    }

    fn check(&self, folder: &Scratch) -> String {
        let path = folder.path("giant");
        write(Path::new(&path), self.packing, &self.front, &self.piece, self.times, &self.end);
        let size = std::fs::metadata(&path).unwrap().len();
        let (run, peak) = watched(&["score", &path, "--threads", "2"]);
        let told = format!("{}: code {}, {peak} MB\n{:.600}", self.name, run.code, run.err);
        assert_eq!(run.code, self.code, "{told}");
        self.says.iter().for_each(|part| assert!(run.err.contains(part), "{part:?} is not in {told}"));
        assert!(
            run.err.len() < 4000 && peak <= self.peak,
            "more than {} MB, or too many words: {told}",
            self.peak
        );
        let came = match self.code {
            0 => "every row read, none damaged".into(),
            _ => run
                .err
                .lines()
                .next()
                .unwrap_or_default()
                .split("giant: ")
                .last()
                .unwrap_or_default()
                .to_string(),
        };
        std::fs::remove_file(&path).unwrap();
        format!("| {} | {} | {} | {} |", self.name, sized(size), self.peak, came.replace('|', "\\|"))
    }
}

fn sized(bytes: u64) -> String {
    if bytes >= MB as u64 {
        format!("{} MB", bytes / MB as u64)
    } else {
        format!("{} KB", bytes.div_ceil(1024))
    }
}

/// Those that take seconds.
fn quick() -> Vec<Giant> {
    let csv = |rest: &str| format!("{HEADER}{rest}");
    let names: String = (0..1_000_000).map(|n| format!("c{n},")).collect();
    let cells = "7,".repeat(1_000_000);
    let nested = |open: &str, close: &str, depth| {
        format!("[{ROW}{}1{}}},{ROW}1}}]", open.repeat(depth), close.repeat(depth))
    };
    let unclosed = format!("[{ROW}1}},{ROW}{}", "[".repeat(1_000_000));
    vec![
        Giant::of(
            "a header of a million columns",
            Plain,
            format!("{names}id,screen_name,followers_count\n{cells}1,anna,5\n"),
        )
        .within(900),
        Giant::of("a row of a million cells", Plain, csv(&format!("{cells}\n2,ben,,6\n")))
            .ends(3, &["row 1 (line 2)", "1000001 cells", "expected 4 cells"]),
        Giant::of("JSON arrays 10,000 deep", Plain, nested("[", "]", 10_000)),
        Giant::of("JSON arrays 1,000,000 deep", Plain, nested("[", "]", 1_000_000)),
        Giant::of("JSON objects 1,000,000 deep", Plain, nested("{\"a\":", "}", 1_000_000)),
        Giant::of("JSON 1,000,000 deep, never closed", Plain, unclosed)
            .ends(3, &["row 2 (line 1)", "a whole JSON object"]),
        Giant::of(
            "JSON 1,000,000 deep in a count",
            Plain,
            nested("1},{\"id\":\"2\",\"followers_count\":[", "]", 1)
                .replace(":[1]", &format!(":{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000))),
        )
        .ends(3, &["row 2", "column followers_count", "a single value"]),
        Giant::of("gzip of 10 GB of zeros", Gzip, csv("1,anna,"))
            .with(b"\0", 1000)
            .ends(1, &["NUL bytes", "expected accounts"]),
        Giant::of("zstd of 10 GB of zeros", Zstd, csv("1,anna,"))
            .with(b"\0", 1000)
            .ends(1, &["NUL bytes", "expected accounts"]),
        Giant::of("zstd of a header of 10 GB", Zstd, "id,screen_name,")
            .with(b"x", 1000)
            .ends(1, &["a first line that does not end", "a header line"])
            .within(300),
        Giant::of("zstd of a header of 10 billion columns", Zstd, "id,screen_name,")
            .with(b",", 1000)
            .ends(1, &["a first line", "a header line"])
            .within(300),
    ]
}

/// Those that take minutes where the program is not optimised.
fn slow() -> Vec<Giant> {
    let csv = |rest: &str| format!("{HEADER}{rest}");
    let swallowed: &[&str] = &["line 2", "longer than 256 MiB", "a quote (\") that is never closed"];
    vec![
        Giant::of("a field of 100 MB", Plain, csv("1,anna,"))
            .with(b"x", 10)
            .then(",5\n2,ben,,6\n")
            .within(500),
        Giant::of("a quoted field of 100 MB of quotes and commas", Plain, csv("1,anna,\""))
            .with(b"\"\",,", 10)
            .then("\",5\n2,ben,,6\n")
            .within(900),
        Giant::of("a row of 100 million cells", Plain, csv("1,anna,"))
            .with(b",", 10)
            .then(",5\n2,ben,,6\n")
            .ends(3, &["row 1 (line 2)", "cells", "expected 4 cells"])
            .within(400),
        Giant::of("a JSON text of 100 MB", Plain, format!("[{ROW}1}},{ROW}1,\"description\":\""))
            .with(b"x", 10)
            .then(format!("\"}},{ROW}1}}]"))
            .within(500),
        Giant::of("a JSON array of 30 million numbers in the first record", Plain, format!("[{ROW}[1"))
            .with(b",1", 6)
            .then(format!("]}},{ROW}1}}]"))
            .within(400),
        Giant::of("a JSON array of 8 million objects in the first record", Plain, format!("[{ROW}[1"))
            .with(b",{\"a\":[]}", 6)
            .then(format!("]}},{ROW}1}}]"))
            .within(400),
        Giant::of("gzip of a quote never closed, 10 GB", Gzip, csv("1,anna,\""))
            .with(b"x", 1000)
            .ends(1, swallowed)
            .within(700),
        Giant::of("zstd of a quote never closed, 10 GB", Zstd, csv("1,anna,\""))
            .with(b"x", 1000)
            .ends(1, swallowed)
            .within(700),
        Giant::of("zstd of a JSON text never closed, 10 GB", Zstd, format!("[{ROW}1}},{ROW}\""))
            .with(b"x", 1000)
            .ends(1, &["line 1", "longer than 256 MiB"])
            .within(700),
    ]
}

#[test]
fn giants_are_read_or_told_within_bounds() {
    let folder = Scratch::new();
    let all = crate::run::is_full();
    let giants = quick().into_iter().chain(if all { slow() } else { Vec::new() });
    let lines: Vec<String> = giants.map(|giant| giant.check(&folder)).collect();
    crate::table::keep("giants", &lines);
}

/// Files that are read beside the list are no way round the bounds.
#[test]
fn bombs_beside_the_list_are_told_too() {
    let folder = Scratch::new();
    let (path, times) = (folder.path("bomb"), if crate::run::is_full() { 1000 } else { 1 });
    let bomb =
        |front: &[u8], piece: u8| write(Path::new(&path), Zstd, front, &vec![piece; 10 * MB], times, b"");
    let expect = |args: &[&str], says: &[&str]| {
        let (run, peak) = watched(args);
        assert!(run.code == 1 && peak < 800, "{args:?}: code {}, {peak} MB\n{}", run.code, run.err);
        says.iter().for_each(|part| assert!(run.err.contains(part), "{part:?} is not in {}", run.err));
    };
    let list = "data/labelled.csv";
    bomb(b"1\tbot\n2\t", b'x');
    expect(&["evaluate", list, "--labels", &path], &["bomb", "a line longer than a MiB"]);
    if !crate::run::is_full() {
        return;
    }
    bomb(b"user_id,text,created_at\n1,\"", b'x');
    expect(&["features", list, "--posts", &path], &["bomb", "longer than 256 MiB"]);
    bomb(b"id,screen_name,followers_count\n1,\"", b'x');
    expect(&["features", list, "--previous", &path], &["bomb", "longer than 256 MiB"]);
    bomb(b"id,screen_name,mentions\n1,\"", b'x');
    expect(&["screen", list, "--engagement", &path], &["bomb", "longer than 256 MiB"]);
}
