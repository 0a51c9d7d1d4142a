//! A reader that goes away (`botsieve ... | head -1`): the end is quiet, its code 1, whatever the form of the output.

use std::io::{BufRead, BufReader, Read};

use crate::common::*;
use crate::support::*;

const COMMAND: &str = "cargo test --test faults pipes -- --nocapture";

/// Everything that may be long.
fn commands<'a>(list: &'a str, ledger: &'a str) -> Vec<Vec<&'a str>> {
    let mut all = vec![
        vec!["ledger", "export", "--ledger", ledger],
        vec!["ledger", "list", "--ledger", ledger],
        vec!["score", list],
        vec!["score", list, "-q"],
        vec!["score", list, "--format", "jsonl"],
        vec!["screen", list, "--format", "csv"],
        vec!["convert", list],
        vec!["convert", list, "--to", "jsonl"],
        vec!["features", list],
        vec!["report", list],
        vec!["model", "show", "--format", "json"],
        vec!["model", "show", "--format", "csv"],
        vec!["model", "show"],
    ];
    if cfg!(feature = "arrow") {
        all.push(vec!["score", list, "--format", "arrow-stream"]);
        all.push(vec!["score", list, "--format", "arrow"]);
        all.push(vec!["score", list, "--format", "parquet"]);
        all.push(vec!["convert", list, "--to", "parquet"]);
    }
    all
}

#[test]
fn whoever_reads_goes_away() {
    let folder = Scratch::new();
    let list = list_of(&folder, "list.csv", 4_000);
    let mut count =
        Count::of("pipes-output", "the reader of the output goes away (`| head -1`, `| true`)", COMMAND);
    let ledger = folder.path("our.ledger");
    let rows: String = (0..4_000).map(|n| format!("{n},decide,skip,{}\n", "why ".repeat(20))).collect();
    let table = folder.write("table.csv", format!("id,kind,value,why\n{rows}"));
    botsieve(["ledger", "import", &table, "--ledger", &ledger]).ends_with(0);
    for args in commands(&list, &ledger) {
        for reads in [false, true] {
            let mut child = command(&args).spawn().expect("starts");
            let mut out = BufReader::with_capacity(512, child.stdout.take().expect("piped"));
            if reads {
                let mut first = Vec::new();
                out.read_until(b'\n', &mut first).expect("reads");
                assert!(!first.is_empty(), "{args:?}");
            }
            drop(out);
            let ended = Ended::wait(child);
            // A short output may have been written whole.
            assert!(matches!(ended.status.code(), Some(0 | 1)), "{args:?}: {:?}", ended.status);
            for word in ["error", "roken pipe", "os error"] {
                assert!(!ended.err.contains(word), "{args:?}: {}", ended.err);
            }
            count.add(if ended.status.success() { "written before, code 0" } else { "quiet, code 1" });
        }
    }
    assert!(count.of_kind("quiet, code 1") > 10);
}

/// Help and messages of usage too, and standard error that nobody reads.
#[test]
fn nobody_reads_messages() {
    let folder = Scratch::new();
    let list = list_of(&folder, "list.csv", 500);
    let out = folder.path("scores.csv");
    let policy = folder.write("botsieve.toml", "");
    let mut count = Count::of("pipes-messages", "standard error, or both, closed", COMMAND);
    let commands: [&[&str]; 8] = [
        &["score", &list, "-o", &out],
        &["screen", &list, "-o", &out, "--config", &policy],
        &["score", "/nowhere.csv"],
        &["--help"],
        &["screen", "--help"],
        &["no-such-command"],
        &["train", &list, "--label", "label", "-o", &out],
        &["inspect", &list],
    ];
    for args in commands {
        let whole = botsieve(args).code;
        for both in [false, true] {
            let mut child = command(args).spawn().expect("starts");
            drop(child.stderr.take());
            let mut stdout = child.stdout.take();
            if both {
                drop(stdout.take());
            }
            let mut text = Vec::new();
            stdout.map(|mut out| out.read_to_end(&mut text));
            let status = child.wait().expect("ends");
            assert!(
                status.code().is_some_and(|code| code == whole || both && code == 1),
                "{args:?}: {status:?}"
            );
            count.add("same code as with a reader, or 1 for no output");
        }
    }
}

/// What was asked for is made before it is told of.
#[test]
fn a_model_is_written_though_nobody_reads_how_good_it_is() {
    let folder = Scratch::new();
    let model = folder.path("model.json");
    let args = ["train", LABELLED, "--label", "label", "-o", &model, "--replicates", "2", "-q"];
    let mut child = command(args).spawn().expect("starts");
    drop(child.stdout.take());
    let ended = Ended::wait(child);
    assert_eq!((ended.status.code(), ended.err.as_str()), (Some(1), ""));
    botsieve(["model", "show", "-m", &model]).ends_with(0);
    assert_eq!(folder.names(), ["model.json"]);
}
