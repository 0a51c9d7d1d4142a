#![no_main]
mod shared;

use std::ffi::OsStr;
use std::path::Path;

use botsieve::cli;

/// Runs `botsieve churn` on files: done, refused, or done with rows that cannot be read.
fn churn(flags: &[&str], files: &[&Path]) {
    let output = shared::path("accounts.csv");
    let _ = std::fs::remove_file(&output);
    let mut words: Vec<&OsStr> =
        ["botsieve", "churn", "--quiet", "--threads", "1", "-o"].map(OsStr::new).to_vec();
    words.push(output.as_os_str());
    words.extend(flags.iter().map(OsStr::new));
    words.extend(files.iter().map(|path| path.as_os_str()));
    let ended = cli::run(words);
    assert!([0, 1, 3].contains(&ended), "{ended}");
    assert_eq!(output.exists(), ended != 1, "an output where it was done, and none where it was refused");
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let whole = shared::file("whole", bytes);
    churn(&[], &[&whole]);
    churn(&["--series"], &[&whole]);
    let matrix = shared::file("matrix", &[b"id,2025-01-18,2025-02-18,2025-03-18T1424\n", bytes].concat());
    churn(&[], &[&matrix]);
    let series = shared::file("series", &[b"12\t310,312,290\n", bytes].concat());
    churn(&["--series", "--format", "json"], &[&series]);
    // Two snapshots.
    let half = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len() / 2);
    let head = &b"id,screen_name,followers_count,observed_at\n"[..];
    let older = shared::file("older", &[head, &bytes[..half]].concat());
    let newer = shared::file("newer", &[head, &bytes[half..]].concat());
    churn(&["--format", "json"], &[&older, &newer]);
});
