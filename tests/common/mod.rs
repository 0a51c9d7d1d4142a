//! What the tests from outside share: running the program, reading its tables, the made-up data.
#![allow(dead_code)] // each test file uses its part

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left behind.
pub struct Run {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Run {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("the program writes UTF-8")
    }

    /// The run, if it ended with this code; a panic with what it said otherwise.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Run {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.text(), self.err);
        self
    }

    /// The run, if its messages hold all of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Run {
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in: {}", self.err);
        }
        self
    }
}

/// Runs the program in the root of the repository.
pub fn botsieve<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    fed(args, b"")
}

/// The program, to be started by the test itself: with pipes to read, nothing to read from and no screen.
pub fn command<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botsieve"));
    command
        .args(args)
        .current_dir(repository(""))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it with bytes on standard input.
pub fn fed<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>, stdin: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_botsieve"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .env("COLUMNS", "100")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("piped");
    let bytes = stdin.to_vec();
    // A program that does not read its input closes the pipe: no fault of the test.
    let feeder = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let done = child.wait_with_output().expect("the program ends");
    feeder.join().expect("the feeder ends");
    Run {
        code: done.status.code().expect("not killed by a signal"),
        out: done.stdout,
        err: String::from_utf8(done.stderr).expect("messages are UTF-8"),
    }
}

pub const FOLLOWERS: &str = "data/followers.csv";
pub const LABELLED: &str = "data/labelled.csv";
/// Exact scores are pinned with this one only.
pub const SMALL: &str = "tests/fixtures/small_model.json";

pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file in a folder of its own, which goes with the value.
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    pub fn new() -> Scratch {
        Scratch(tempfile::tempdir().expect("a folder for temporary files"))
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_string()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("writes");
        path
    }

    /// Names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("reads");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// Numbers that look random and are the same on every machine: SplitMix64 (Steele, Lea, Flood 2014).
pub struct SplitMix64(pub u64);

impl SplitMix64 {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn share(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1_u64 << 53) as f64
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// A CSV table in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn parse(bytes: &[u8]) -> Table {
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().expect("a header").iter().map(str::to_string).collect();
        let rows = reader
            .records()
            .map(|record| {
                record.expect("a record as long as the header").iter().map(str::to_string).collect()
            })
            .collect();
        Table { header, rows }
    }

    pub fn open(path: impl AsRef<Path>) -> Table {
        Table::parse(&std::fs::read(path).expect("reads"))
    }

    pub fn at(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"))
    }

    pub fn column(&self, name: &str) -> Vec<&str> {
        let at = self.at(name);
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }

    pub fn without(&self, name: &str) -> Table {
        let at = self.at(name);
        let cut = |row: &Vec<String>| {
            row.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, c)| c.clone()).collect()
        };
        Table { header: cut(&self.header), rows: self.rows.iter().map(cut).collect() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_as(b',', csv::Terminator::Any(b'\n'))
    }

    pub fn bytes_as(&self, delimiter: u8, end: csv::Terminator) -> Vec<u8> {
        let mut writer =
            csv::WriterBuilder::new().delimiter(delimiter).terminator(end).from_writer(Vec::new());
        writer.write_record(&self.header).expect("writes");
        for row in &self.rows {
            writer.write_record(row).expect("writes");
        }
        writer.into_inner().expect("writes")
    }
}

/// The made-up follower list.
pub fn followers() -> Table {
    Table::open(repository(FOLLOWERS))
}

/// The made-up labelled accounts.
pub fn labelled() -> Table {
    Table::open(repository(LABELLED))
}

/// Characters that do something to a terminal or hide something from a reader.
#[track_caller]
pub fn assert_harmless(text: &str) {
    for c in text.chars() {
        let bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
        let hidden = matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
        let control = c.is_control() && c != '\n';
        assert!(!bidi && !hidden && !control, "{:?} in {text:?}", c);
    }
}

/// The start of a cell that a spreadsheet would run.
#[track_caller]
pub fn assert_no_formula(table: &Table, columns: &[&str]) {
    for name in columns {
        for cell in table.column(name) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell:?}");
        }
    }
}

/// One good row of few columns, for files made by hand.
pub const HEADER: &str = "id,screen_name,name,description,followers_count,friends_count,statuses_count,favourites_count,created_at,observed_at";
pub const GOOD: &str = "1,anna_berg,Anna Berg,Maps and tea,120,300,4000,900,2012-03-04,2020-09-01";
/// The same with a count that is no count.
pub const DAMAGED: &str = "2,ben_ode,Ben Ode,Boats,many,300,4000,900,2012-03-04,2020-09-01";
