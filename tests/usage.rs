//! Words that make no sense together are refused with exit code 2, before anything is read or written.
#![allow(missing_docs)]

mod common;

use common::{Scratch, botsieve};

const LIST: &str =
    "id,screen_name,followers_count,friends_count,statuses_count,label\n1,a,5,6,7,bot\n2,b,5,6,7,human\n";

#[test]
fn no_result_goes_over_a_file_that_is_read() {
    let scratch = Scratch::new();
    let list = scratch.write("list.csv", LIST);
    let model = scratch.write("model.json", std::fs::read("models/default.json").unwrap());
    let (list, model) = (list.as_str(), model.as_str());
    let again = format!("{}/./list.csv", scratch.path("").trim_end_matches('/'));
    let runs: [&[&str]; 8] = [
        &["score", list, "-o", list],
        &["score", list, "-o", &again],
        &["screen", list, "-o", list],
        &["features", list, "-o", list],
        &["train", list, "--label", "label", "-o", list],
        &["score", list, "-m", model, "-o", model],
        &["lint", list, "--label", "label", "--doubtful", list],
        &["inspect", list, "--write-map", list],
    ];
    for words in runs {
        botsieve(words).ends_with(2).says(&["go over a file that is read"]);
    }
    assert_eq!(std::fs::read_to_string(list).unwrap(), LIST);
    let one = scratch.path("one.json");
    botsieve(["train", list, "--label", "label", "-o", &one, "--card", &one])
        .ends_with(2)
        .says(&["two results cannot go to one file"]);
    assert_eq!(scratch.names(), ["list.csv", "model.json"]);
}

#[test]
#[cfg(feature = "ledger")]
fn no_result_goes_over_a_ledger() {
    let scratch = Scratch::new();
    let (list, ledger) = (scratch.write("list.csv", LIST), scratch.path("my.ledger"));
    botsieve(["ledger", "decide", "1", "spam", &list, "--ledger", &ledger]).ends_with(0);
    let before = std::fs::read(&ledger).unwrap();
    botsieve(["score", &list, "-o", &ledger]).ends_with(1).says(&["SQLite file"]);
    assert_eq!(std::fs::read(&ledger).unwrap(), before);
}

#[test]
fn what_makes_no_sense_is_bad_usage() {
    let scratch = Scratch::new();
    let list = scratch.write("list.csv", LIST);
    let list = list.as_str();
    let packed = scratch.path("scores.csv.gz");
    let runs: [(&[&str], &str); 10] = [
        (&["screen", list, "--order", "engagement"], "--engagement FILE"),
        (&["segment", "thank", list], "--new-since"),
        (&["segment", "engage", list], "--engagement FILE"),
        (&["evaluate"], "labelled file"),
        (&["evaluate", list, "--label", "label", "--threshold", "2"], "below 1"),
        (&["drift", list, "--prevalence", "auto"], "give a share"),
        (&["features", list, "--only", "foo"], "no feature is called"),
        (&["drift", list, "--config", "policy.toml"], "follows no policy"),
        (&["inspect", list, list, "--write-map", "map.toml"], "one file"),
        (&["score", list, "-o", &packed], "only `botsieve convert` packs"),
    ];
    for (words, part) in runs {
        botsieve(words).ends_with(2).says(&[part]);
    }
    assert_eq!(scratch.names(), ["list.csv"]);
}

#[test]
fn a_column_that_stands_twice_is_told() {
    let scratch = Scratch::new();
    let list = scratch.write("list.csv", "id,screen_name,followers_count,followers_count\n1,a,10,99\n");
    let said = "followers_count stands more than once in the header: the first column";
    for command in ["score", "screen"] {
        botsieve([command, &list]).ends_with(0).says(&[said]);
    }
    botsieve(["convert", &list]).ends_with(0).says(&["left out: followers_count"]);
}

#[test]
fn an_account_made_after_it_was_looked_at_is_told() {
    let scratch = Scratch::new();
    let list = "id,screen_name,followers_count,created_at,observed_at\n1,a,1,2019-01-01,2020-01-01\n2,b,1,2025-01-01,2020-01-01\n";
    let list = scratch.write("list.csv", list);
    botsieve(["score", &list])
        .ends_with(0)
        .says(&["1 rows: made after the time its counts are said to be of"]);
    let converted = scratch.path("converted.csv");
    botsieve(["convert", &list, "-o", &converted]).ends_with(0);
    assert!(std::fs::read_to_string(&converted).unwrap().contains("ok (made after it was observed)"));
    botsieve(["score", &converted]).ends_with(0).says(&["1 rows: made after the time"]);
}

#[test]
fn more_damaged_rows_are_told_where_they_are_asked_for() {
    let scratch = Scratch::new();
    let rows: String = (0..33).map(|n| format!("{n},a,x\n")).collect();
    let list = scratch.write("list.csv", format!("id,screen_name,followers_count\n{rows}"));
    botsieve(["score", &list]).ends_with(3).says(&["and 28 more rows", "--damaged 33"]);
    let lines = |words: &[&str]| {
        let run = botsieve(["inspect", &list].iter().chain(words)).ends_with(3);
        run.text().lines().filter(|line| line.trim_start().starts_with("row ")).count()
    };
    assert_eq!((lines(&[]), lines(&["--damaged", "33"]), lines(&["--damaged", "2"])), (20, 33, 2));
}

#[test]
#[cfg(unix)]
fn a_file_name_moves_nothing_on_a_terminal() {
    let scratch = Scratch::new();
    let list = scratch.write("z\u{1b}[31mred\u{7}.csv", "a text\nthat is\nno list\n");
    let run = botsieve(["score", &list]).ends_with(1).says(&["\\u{1b}[31mred"]);
    assert!(!run.err.contains(['\u{1b}', '\u{7}']), "{}", run.err);
}
