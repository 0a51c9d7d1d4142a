//! Model files that are cut, edited by hand, hostile, too long or from the future: refused with the name of the file and
//! what to do, or read as exactly what they say; never a panic.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::*;
use crate::support::*;

const COMMAND: &str = "BOTSIEVE_CASES=600 BOTSIEVE_SEED=1 cargo test --test faults model_file -- --nocapture";

fn small() -> Value {
    serde_json::from_slice(&std::fs::read(repository(SMALL)).expect("reads")).expect("JSON")
}

/// The small model with all that a model may hold: support, pairs, figures of sources left out.
fn full() -> Value {
    let mut model: Value =
        serde_json::from_slice(&std::fs::read(repository("models/default.json")).expect("reads"))
            .expect("JSON");
    let names: Vec<Value> = (0..2).map(|at| model["features"][at]["feature"].clone()).collect();
    model["pairs"] = json!([{
        "features": names, "edges": [[3.0, 12345.0], [0.5]], "weights": [[0.5, -0.25], [0.0, 0.0], [-0.5, 0.25]],
        "shares": [[0.2, 0.2], [0.1, 0.1], [0.4, 0.0]], "known": 0.75
    }]);
    model
}

/// Runs `score` with the model; the scores, or `None` where it was refused as it should be.
fn scores(path: &str) -> Option<Vec<u8>> {
    let run = botsieve(["score", FOLLOWERS, "-q", "-m", path]);
    if matches!(run.code, 0 | 3) {
        return Some(run.out);
    }
    let name = path.rsplit('/').next().expect("a name");
    let run = run.ends_with(1).says(&["error: ", name]);
    assert!(!run.err.contains("panicked") && run.out.is_empty(), "{}", run.err);
    assert!(
        ["expected", "train it again", "use a newer botsieve"].iter().any(|w| run.err.contains(w)),
        "{}",
        run.err
    );
    assert!(run.err.len() < 2_000, "a message of {} bytes", run.err.len());
    assert_harmless(&run.err);
    None
}

#[track_caller]
fn refused(folder: &Scratch, text: impl AsRef<[u8]>, what: &str) {
    let path = folder.write("bad.json", text);
    assert!(scores(&path).is_none(), "taken: {what}");
}

/// Paths to everything in it, by JSON pointers; of a list of numbers the first and the last.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    if !at.is_empty() {
        all.push(at.to_string());
    }
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| places(value, &format!("{at}/{key}"), all)),
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                if n == 0 || n + 1 == items.len() || n == items.len() / 2 {
                    places(item, &format!("{at}/{n}"), all);
                }
            }
        }
        _ => {}
    }
}

fn drawn(mut all: Vec<String>, many: u64, chance: &mut SplitMix64) -> Vec<String> {
    while all.len() as u64 > many {
        let at = chance.below(all.len() as u64) as usize;
        all.swap_remove(at);
    }
    all
}

#[test]
fn cut_off_at_every_kth_byte() {
    let folder = Scratch::new();
    let text = std::fs::read(repository(SMALL)).expect("reads");
    let mut count = Count::of("model-cut", "model file cut off at every k-th byte", COMMAND);
    // The line feed at its end is no part of the JSON.
    let whole = text.trim_ascii_end().len();
    for length in (0..whole).step_by(whole / cases() as usize) {
        refused(&folder, &text[..length], &length.to_string());
        count.add("refused, told what to do");
    }
}

#[test]
fn every_number_is_something_else() {
    let folder = Scratch::new();
    let mut chance = chance("model-numbers");
    let mut count = Count::of(
        "model-numbers",
        "numbers of the model replaced by NaN, 1e999, -1e999, null, text, lists",
        COMMAND,
    );
    let (model, mut all) = (full(), Vec::new());
    places(&model, "", &mut all);
    all.retain(|place| model.pointer(place).is_some_and(Value::is_number));
    // Those of which the form says that null means "none".
    let may_be_null = |place: &str| {
        ["genuine_up_to", "spam_from", "one_split_roc_auc"].iter().any(|name| place.ends_with(name))
    };
    for place in drawn(all, cases(), &mut chance) {
        for other in
            ["NaN", "1e999", "-1e999", "null", "\"0.5\"", "[]", "Infinity", "-", "0x10", "1e", "true"]
        {
            let mut changed = model.clone();
            *changed.pointer_mut(&place).expect("it is there") = json!("HERE");
            let text = serde_json::to_string(&changed).expect("JSON").replacen("\"HERE\"", other, 1);
            if other == "null" && may_be_null(&place) {
                let path = folder.write("null.json", text);
                assert!(scores(&path).is_some(), "{place} may be null");
                count.add("null where that means none: read so");
                continue;
            }
            refused(&folder, text, &format!("{place} = {other}"));
            count.add("refused, told what to do");
        }
    }
}

#[test]
fn keys_that_are_missing_twice_there_or_unknown() {
    let folder = Scratch::new();
    let mut chance = chance("model-keys");
    let mut count = Count::of("model-keys", "keys of the model removed, doubled, added", COMMAND);
    let (model, mut all) = (full(), Vec::new());
    let usual = scores(&folder.write("usual.json", model.to_string())).expect("whole");
    places(&model, "", &mut all);
    all.retain(|place| place.rsplit('/').next().is_some_and(|key| key.parse::<u32>().is_err()));
    // What earlier programs did not write, and what only a record of the training tells. Without the first three, scores
    // are others, and the file then says so.
    let changes = ["/support", "/pairs", "/bands/spam_needs_evidence", "monotone"];
    let records = ["roc_auc_interval", "share_found", "one_split_roc_auc", "decisions", "/training/"];
    for place in drawn(all, cases() * 2, &mut chance) {
        let (above, key) = place.rsplit_once('/').expect("a path");
        let mut without = model.clone();
        let map = if above.is_empty() { Some(&mut without) } else { without.pointer_mut(above) };
        map.and_then(Value::as_object_mut).expect("an object").remove(key);
        let path = folder.write("without.json", without.to_string());
        match scores(&path) {
            None => count.add("removed: refused, told what to do"),
            Some(found) => {
                let known = changes.iter().any(|end| place.ends_with(end));
                let record = records.iter().any(|part| place.contains(part));
                assert!(known || record && found == usual, "{place} is missing, and nobody says so");
                count.add(if known { "removed, may be missing by the form" } else { "removed, same scores" });
            }
        }
        // An object in which something stands that nobody knows, and one in which it stands twice.
        let text = model.to_string();
        let at = text.find(&format!("\"{key}\":")).expect("it is there");
        for more in [format!("\"{key}\":0,"), "\"weihgts\":0,".to_string()] {
            refused(
                &folder,
                format!("{}{more}{}", &text[..at], &text[at..]),
                &format!("{more} before {key}"),
            );
            count.add("added or doubled: refused, told what to do");
        }
    }
}

/// What is edited by hand into something that no training writes.
#[test]
fn hostile_and_nonsensical() {
    let folder = Scratch::new();
    let mut count = Count::of(
        "model-hostile",
        "hostile model files: a million bins, deep nesting, escapes, ...",
        COMMAND,
    );
    let million: Vec<f64> = (0..1_000_000).map(f64::from).collect();
    let evil = "\u{1b}[2J\u{202e}evil\u{9b}31m".repeat(400);
    type Change = Box<dyn Fn(&mut Value)>;
    let set = |at: &'static str, value: Value| -> Change {
        Box::new(move |model: &mut Value| *model.pointer_mut(at).expect("it is there") = value.clone())
    };
    let pair = |at: &'static str, value: Value| -> Change {
        Box::new(move |model: &mut Value| {
            *model = full();
            *model.pointer_mut(at).expect("it is there") = value.clone();
        })
    };
    let changes: Vec<(&str, Change)> = vec![
        ("a million edges", set("/features/0/edges", json!(million))),
        ("a million weights", set("/features/0/weights", json!(million))),
        ("a million edges of a pair", pair("/pairs/0/edges/0", json!(million))),
        ("edges that fall", set("/features/0/edges/0", json!(1e9))),
        ("edges twice", set("/features/0/edges/1", json!(3.0))),
        ("no edges", set("/features/0/edges", json!([]))),
        ("no features", set("/features", json!([]))),
        ("an unknown feature", set("/features/0/feature", json!("shoe_size"))),
        ("a feature twice", set("/features/0/feature", small()["features"][1]["feature"].clone())),
        ("a hostile feature", set("/features/0/feature", json!(evil))),
        ("a hostile scale", set("/features/0/scale", json!(evil))),
        ("a hostile format", set("/format", json!(evil))),
        ("a huge weight", set("/features/0/weights/0", json!(1e7))),
        ("a huge intercept", set("/intercept", json!(-1e300))),
        ("a slope of 0", set("/calibration/slope", json!(0.0))),
        ("a slope below 0", set("/calibration/slope", json!(-1.0))),
        ("no width", set("/features/0/sd", json!(0.0))),
        ("a width below 0", set("/features/0/sd", json!(-1.0))),
        ("prevalence 0", set("/prevalence", json!(0.0))),
        ("prevalence 1", set("/prevalence", json!(1.0))),
        ("bands that cross", set("/bands/genuine_up_to", json!(0.9))),
        ("a band above 1", set("/bands/spam_from", json!(1.5))),
        ("features below 0", set("/bands/min_features", json!(-1))),
        ("half a feature", set("/bands/min_features", json!(1.5))),
        ("another class", set("/positive_class", json!("human"))),
        ("a format of another program", set("/format", json!("sklearn"))),
        ("version 2", set("/format_version", json!(2))),
        ("version 4294967295", set("/format_version", json!(u32::MAX))),
        ("version 0", set("/format_version", json!(0))),
        ("version -1", set("/format_version", json!(-1))),
        ("version 1e400 digits", set("/format_version", json!(1e300))),
    ];
    for (what, change) in &changes {
        let mut model = small();
        change(&mut model);
        refused(&folder, model.to_string(), what);
        count.add("refused, told what to do");
    }
    let text = small().to_string();
    let raw: Vec<(&str, Vec<u8>)> = vec![
        ("deep lists", b"[".repeat(3_000_000)),
        ("deep objects", b"{\"a\":".repeat(1_000_000)),
        (
            "deep in a place",
            text.replacen("\"intercept\":", &format!("\"intercept\":{}", "[".repeat(500_000)), 1).into(),
        ),
        (
            "a number of a million digits",
            text.replacen("\"prevalence\":0.1", &format!("\"prevalence\":0.{}", "x9".repeat(500_000)), 1)
                .into(),
        ),
        ("an unknown hostile key", text.replacen('{', "{\"\u{1b}[31m\u{202e}\":1,", 1).into()),
        ("two models", format!("{text}{text}").into()),
        ("words behind it", format!("{text} trained on Monday").into()),
        ("nothing", Vec::new()),
        ("null", b"null".to_vec()),
        ("a list", b"[]".to_vec()),
        ("no UTF-8", b"{\"format\":\"\xff\xfe\"}".to_vec()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("gzip", b"\x1f\x8b\x08\x00rest".to_vec()),
        ("an SQLite file", b"SQLite format 3\0".to_vec()),
    ];
    for (what, bytes) in raw {
        refused(&folder, bytes, what);
        count.add("refused, told what to do");
    }
    // A name is words: shown harmless, and no reason to refuse.
    let mut named = small();
    named["name"] = json!(format!("{evil}=1+1"));
    named["description"] = json!(evil);
    let path = folder.write("named.json", named.to_string());
    for args in [
        &["model", "show", "-m", &path][..],
        &["model", "card", "-m", &path],
        &["screen", FOLLOWERS, "-m", &path],
    ] {
        let run = botsieve(args);
        assert!(matches!(run.code, 0 | 3), "{}", run.err);
        assert_harmless(run.text());
        assert_harmless(&run.err);
        count.add("a hostile name: shown harmless");
    }
}

/// Files without an end, or far too long: refused in a moment, without their bytes in memory.
#[test]
fn too_long() {
    let folder = Scratch::new();
    let mut count = Count::of("model-long", "a model file of 1 GB; /dev/zero; a folder", COMMAND);
    let long = folder.path("long.json");
    // Without blocks on the disk.
    std::fs::File::create(&long).and_then(|file| file.set_len(1 << 30)).expect("makes");
    std::fs::create_dir(folder.path("folder.json")).expect("makes");
    let spaces = folder.write("spaces.json", format!("{}{}", small(), " ".repeat(30_000_000)));
    for path in [&long, &spaces, "/dev/zero", &folder.path("folder.json"), "/nowhere/model.json"] {
        let begin = Instant::now();
        // With 1 GB of addresses, of which the program itself takes a part.
        let done = std::process::Command::new("prlimit")
            .args([
                "--as=1000000000",
                env!("CARGO_BIN_EXE_botsieve"),
                "score",
                FOLLOWERS,
                "-q",
                "--threads",
                "1",
                "-m",
                path,
            ])
            .current_dir(repository(""))
            .output()
            .expect("prlimit is there");
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{path}: {err}");
        let name = path.rsplit('/').next().expect("a name");
        assert!(err.contains(name) && err.contains("expected") && !err.contains("panicked"), "{path}: {err}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{path}");
        count.add("refused in a moment, told what to do");
    }
}
