// Not every target uses all of it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use botsieve::ingest::{Input, ReadOptions, Source};
use botsieve::safe::visible;

/// Reads bytes as a file: no panic, and as many rows as the chunks say.
pub fn read(bytes: Vec<u8>) {
    read_with(bytes, &ReadOptions::default());
}

/// [`read`] with options; the number of rows, or `None` where the bytes were refused.
pub fn read_with(bytes: Vec<u8>, options: &ReadOptions) -> Option<u64> {
    let mut input = match Input::from_source(Source::from_bytes("fuzz", bytes), options) {
        Ok(input) => input,
        Err(error) => {
            harmless(&error.to_string());
            return None;
        }
    };
    let parser = input.parser();
    let mut next = 1;
    while let Ok(Some(chunk)) = input.next_chunk() {
        assert_eq!(chunk.first_row, next);
        parser.parse(&chunk, |row| {
            assert_eq!(row.number, next);
            next += 1;
        });
        assert_eq!(next, chunk.first_row + chunk.rows, "rows in = rows out");
    }
    Some(next - 1)
}

/// A message may be printed as it is: nothing in it but its line feeds moves a cursor or hides.
pub fn harmless(message: &str) {
    for line in message.lines() {
        assert_eq!(visible(line), line, "a message is printed as it is");
    }
}

/// A path for files of this process, in memory where the system has such a folder. What was there is left there: the
/// folder is removed by who runs the target.
pub fn path(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let folder = root.join(format!("botsieve-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for files");
        folder
    });
    folder.join(name)
}

/// Writes a file for a reader that takes nothing else.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = path(name);
    std::fs::write(&path, bytes).expect("room for a file");
    path
}
