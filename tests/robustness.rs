//! What no command may do, whatever it is given: crash, hang, print to the wrong stream, say nothing.

mod common;

use common::*;
use proptest::prelude::*;

/// Every command that reads a file of accounts, with the file at the end.
fn commands(file: &str, folder: &Scratch) -> Vec<Vec<String>> {
    let model = folder.path("new-model.json");
    let all: [&[&str]; 7] = [
        &["screen", file],
        &["report", file],
        &["score", file],
        &["inspect", file],
        &["features", file],
        &["train", file, "--label", "label", "-o", &model],
        &["evaluate", file, "--label", "label"],
    ];
    all.iter().map(|args| args.iter().map(|arg| (*arg).to_string()).collect()).collect()
}

/// Every command refuses the file: exit code 1, one message with its name, nothing on standard output.
#[track_caller]
fn all_refuse(file: &str, folder: &Scratch, parts: &[&str]) {
    for args in commands(file, folder) {
        let run = botsieve(&args).ends_with(1);
        assert_eq!(run.text(), "", "{args:?}");
        assert!(run.err.starts_with("error: ") && !run.err.contains("panicked"), "{args:?}: {}", run.err);
        assert_harmless(&run.err);
        let name = file.rsplit('/').next().unwrap();
        assert_eq!(run.err.matches(name).count(), 1, "told once: {}", run.err);
        assert!(run.err.matches("No such file").count() <= 1, "told once: {}", run.err);
        run.says(&[name]).says(parts);
    }
    assert!(!folder.names().contains(&"new-model.json".to_string()));
}

#[test]
fn a_file_that_is_not_there() {
    all_refuse("/nowhere/followers.csv", &Scratch::new(), &["cannot open", "No such file"]);
}

#[test]
fn a_folder() {
    let folder = Scratch::new();
    std::fs::create_dir(folder.path("lists")).unwrap();
    all_refuse(&folder.path("lists"), &folder, &["folder", "name a file in it"]);
}

#[test]
fn an_empty_file_and_one_of_blank_lines() {
    let folder = Scratch::new();
    for (name, bytes) in [("empty.csv", ""), ("blank.csv", "\n\n  \r\n"), ("mark.csv", "\u{feff}")] {
        all_refuse(&folder.write(name, bytes), &folder, &["is empty", "expected"]);
    }
}

#[test]
fn a_file_of_another_kind() {
    let folder = Scratch::new();
    let cases: &[(&str, &[u8])] = &[
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0"),
        ("program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"),
        ("zeros.bin", &[0; 5000]),
    ];
    for (name, bytes) in cases {
        all_refuse(&folder.write(name, bytes), &folder, &["expected"]);
    }
}

#[test]
fn columns_that_nobody_knows() {
    let folder = Scratch::new();
    let file = folder.write("shoes.csv", "size,colour,\u{1b}[31mlabel\n44,red,1\n");
    for command in ["screen", "score", "inspect", "features"] {
        let run = botsieve([command, &file]).ends_with(1);
        assert_harmless(&run.err);
        run.says(&["shoes.csv", "size, colour", "screen_name", "--map FILE"]);
    }
}

#[test]
fn a_header_without_rows_is_no_fault_for_what_only_reads() {
    let folder = Scratch::new();
    let file = folder.write("head.csv", format!("{HEADER}\n"));
    let score = botsieve(["score", &file]).ends_with(0).says(&["0 rows read"]);
    assert_eq!(Table::parse(&score.out).rows.len(), 0);
    assert_eq!(Table::parse(&botsieve(["features", &file]).ends_with(0).out).rows.len(), 0);
    assert!(botsieve(["screen", &file]).ends_with(0).text().contains("0 accounts"));
    assert!(botsieve(["inspect", &file]).ends_with(0).text().contains("0 rows"));
    for command in ["train", "evaluate"] {
        let file = folder.write("head.csv", format!("{HEADER},label\n"));
        let model = folder.path("new-model.json");
        let mut args = vec![command, &file, "--label", "label"];
        if command == "train" {
            args.extend(["-o", &model]);
        }
        let run = botsieve(args).ends_with(1);
        assert!(run.err.contains("error: ") && run.text().is_empty(), "{}", run.err);
    }
}

#[test]
fn packed_files_that_break_off_or_lie() {
    let folder = Scratch::new();
    let gzip = folder.write("lie.csv.gz", b"\x1f\x8bthis is no gzip at all, whatever it begins with");
    let zstd =
        folder.write("lie.csv.zst", b"\x28\xb5\x2f\xfdthis is no zstd at all, whatever it begins with");
    all_refuse(&gzip, &folder, &[]);
    all_refuse(&zstd, &folder, &[]);
}

#[test]
fn cells_that_are_not_text_are_reported_with_row_and_column() {
    let mut bytes = format!("{HEADER}\n{GOOD}\n").into_bytes();
    bytes.extend(b"2,ben,Ben \xff\xfe,,1,2,3,4,2012-03-04,2020-09-01\n");
    // Near the head of a file such bytes may mean another encoding: then the user is asked which.
    let run = fed(["score", "-"], &bytes);
    if run.code == 1 {
        run.says(&["--encoding"]);
    }
    let run = fed(["score", "-", "--encoding", "utf-8"], &bytes).ends_with(3);
    let run = run.says(&["row 2 (line 3)", "column name", "UTF-8"]);
    assert_eq!(Table::parse(&run.out).rows.len(), 2);
    assert_harmless(run.text());
}

#[test]
fn a_quote_that_is_never_closed() {
    let text = format!("{HEADER}\n{GOOD}\n2,\"ben,Ben,,1,2,3,4,2012-03-04,2020-09-01\n{GOOD}\n");
    let run = fed(["score", "-"], text.as_bytes()).ends_with(3).says(&["row 2 (line 3)", "closing quote"]);
    assert_eq!(Table::parse(&run.out).rows.len(), 2);
}

#[test]
fn json_that_breaks_off_or_holds_other_things() {
    let cases = [
        (r#"[{"id":"1","screen_name":"a","followers_count":5},{"id":"2","scr"#, 2),
        (
            "{\"id\":\"1\",\"screen_name\":\"a\",\"followers_count\":5}\n{\"id\":\n{\"id\":\"3\",\"screen_name\":\"c\",\"followers_count\":1}\n",
            3,
        ),
        (
            r#"[{"id":"1","screen_name":"a","followers_count":5}, 7, null, "x", [1], {"id":"2","screen_name":{"a":1},"followers_count":2}]"#,
            6,
        ),
        (
            r#"[{"id":"1","screen_name":"a","followers_count":[5]},{"id":"2","screen_name":"b","followers_count":-1},{"id":"3","screen_name":"c","followers_count":1e400}]"#,
            3,
        ),
    ];
    for (text, rows) in cases {
        let run = fed(["score", "-", "--quiet"], text.as_bytes()).ends_with(3);
        assert_eq!(Table::parse(&run.out).rows.len(), rows, "{text}: {}", run.text());
    }
}

#[test]
fn nesting_as_deep_as_a_spammer_likes() {
    let deep = format!(
        "[{{\"id\":\"1\",\"screen_name\":\"a\",\"followers_count\":3,\"x\":{}{}}}]",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let run = fed(["score", "-", "--quiet"], deep.as_bytes());
    assert!(matches!(run.code, 0 | 1 | 3), "{}", run.err);
}

#[test]
fn texts_and_numbers_of_any_size() {
    let long = "x".repeat(300_000);
    let big = "9".repeat(300);
    let text = format!(
        "{HEADER}\n1,{long},{long},\"{long}\",18446744073709551615,18446744073709551615,0,0,2012-03-04,2020-09-01\n\
         2,b,B,,{big},1,1,1,2012-03-04,2020-09-01\n3,c,C,,1,1,1,1,2030-01-01,2020-09-01\n"
    );
    let run = fed(["score", "-"], text.as_bytes()).ends_with(3).says(&["row 2 ", "column followers_count"]);
    let table = Table::parse(&run.out);
    assert_eq!(table.rows.len(), 3);
    for at in [0, 2] {
        let p: f64 = table.column("p_bot")[at].parse().unwrap();
        assert!((0.0..=1.0).contains(&p));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the bytes: no crash, and as many rows out as `inspect` counts in.
    #[test]
    fn rows_in_are_rows_out_whatever_the_bytes(
        json in any::<bool>(),
        pieces in proptest::collection::vec(prop_oneof![
            Just("1,anna,Anna,,1,2,3,4,2012-03-04,2020-09-01\n".as_bytes().to_vec()),
            Just("{\"id\":\"1\",\"screen_name\":\"a\",\"followers_count\":1}\n".as_bytes().to_vec()),
            Just(b"\"".to_vec()), Just(b",".to_vec()), Just(b"\n".to_vec()), Just(b"\r".to_vec()),
            Just(b"{".to_vec()), Just(b"}".to_vec()), Just(b"[".to_vec()), Just(b"]".to_vec()),
            Just("\u{202e}".as_bytes().to_vec()), Just(b"\x1b[31m".to_vec()), Just(b"\xff".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..6),
        ], 0..24),
    ) {
        let mut bytes = if json {
            b"{\"id\":\"1\",\"screen_name\":\"a\",\"followers_count\":1}\n".to_vec()
        } else {
            format!("{HEADER}\n").into_bytes()
        };
        bytes.extend(pieces.concat());
        let inspect = fed(["inspect", "-", "--format", "json"], &bytes);
        let score = fed(["score", "-", "-m", SMALL], &bytes);
        prop_assert!(matches!(score.code, 0 | 1 | 3), "{}", score.err);
        prop_assert_eq!(score.code, inspect.code);
        assert_harmless(&score.err);
        assert_harmless(score.text());
        if score.code != 1 {
            let report: serde_json::Value = serde_json::from_slice(&inspect.out).unwrap();
            let table = Table::parse(&score.out);
            prop_assert_eq!(Some(table.rows.len() as u64), report[0]["rows"].as_u64());
            let damaged = table.column("status").iter().filter(|cell| cell.starts_with("damaged: ")).count();
            prop_assert_eq!(Some(damaged as u64), report[0]["damaged"].as_u64());
            prop_assert_eq!(score.code == 3, damaged > 0);
        }
    }
}

#[test]
fn bad_usage_is_exit_code_2_with_a_hint_and_nothing_on_standard_output() {
    let cases: &[&[&str]] = &[
        &[],
        &["scream", FOLLOWERS],
        &["screen"],
        &["screen", FOLLOWERS, "--tip", "3"],
        &["screen", FOLLOWERS, "--top", "ten"],
        &["score", FOLLOWERS, "--threads", "0"],
        &["score", FOLLOWERS, "--format", "xml"],
        &["score", FOLLOWERS, "--observed-at", "yesterday"],
        &["inspect"],
        &["train", LABELLED],
        &["evaluate", LABELLED, "--replicates", "-1"],
    ];
    for args in cases {
        let run = botsieve(*args).ends_with(2);
        assert_eq!(run.text(), "", "{args:?}");
        assert!(run.err.contains("Usage:") || run.err.contains("--help"), "{args:?}: {}", run.err);
    }
    botsieve(["scream"]).says(&["screen"]);
}

#[test]
fn no_network_words_and_no_way_to_act_on_many() {
    for command in ["screen", "review", "score", "inspect", "features", "train", "evaluate"] {
        if command == "review" && cfg!(not(feature = "review")) {
            continue;
        }
        let help = botsieve([command, "--help"]).ends_with(0);
        for flag in ["--follow", "--unfollow", "--block", "--token", "--api", "--select-all"] {
            assert!(!help.text().contains(flag), "{command} {flag}");
        }
    }
}

#[test]
fn the_help_of_every_command_reads_as_it_did() {
    insta::assert_snapshot!("help", botsieve(["--help"]).ends_with(0).text());
    for command in [
        "screen",
        "score",
        "explain",
        "inspect",
        "lint",
        "convert",
        "features",
        "train",
        "evaluate",
        "threshold",
    ] {
        let run = botsieve([command, "--help"]).ends_with(0);
        for flag in ["--observed-at", "--map", "--threads", "--strict", "--quiet", "--output"] {
            assert!(run.text().contains(flag), "{command} does not explain {flag}");
        }
        assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{command}: a line is too long");
        insta::assert_snapshot!(format!("help_{command}"), run.text());
    }
    assert!(botsieve(["--version"]).ends_with(0).text().starts_with("botsieve "));
}

#[test]
fn quiet_prints_nothing_but_results_and_errors() {
    for args in [
        ["score", FOLLOWERS, "--quiet"],
        ["screen", FOLLOWERS, "--quiet"],
        ["features", FOLLOWERS, "--quiet"],
    ] {
        assert_eq!(botsieve(args).ends_with(0).err, "");
    }
    let text = format!("{HEADER}\n{DAMAGED}\n");
    let run = fed(["score", "-", "--quiet"], text.as_bytes()).ends_with(3);
    assert_eq!(run.err, "", "the exit code and the status column say it");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none_to_speak_of() {
    use std::process::{Command, Stdio};
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_botsieve"))
        .args(["score", FOLLOWERS])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::from(full))
        .output()
        .unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{err}");
    assert!(err.contains("No space left"), "{err}");

    for args in [
        &["score", FOLLOWERS][..],
        &["screen", FOLLOWERS, "--format", "csv"],
        &["screen", FOLLOWERS],
        &["features", FOLLOWERS],
        &["convert", FOLLOWERS],
        &["segment", "thank", FOLLOWERS, "--new-since", "data/engagement/likers.csv"],
        &["report", FOLLOWERS],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_botsieve"))
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let done = child.wait_with_output().unwrap();
        let err = String::from_utf8(done.stderr).unwrap();
        assert!(!err.contains("error") && !err.contains("ipe"), "{args:?}: {err}");
    }
}
