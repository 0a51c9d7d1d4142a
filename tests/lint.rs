//! `botsieve lint` from outside.

mod common;

use common::*;
use serde_json::Value;

const COLUMNS: &str =
    "id,screen_name,followers_count,friends_count,statuses_count,listed_count,created_at,observed_at,label";

/// 200 accounts with nothing to find: both classes, ids and dates that tell nothing.
fn sound() -> Vec<String> {
    (0..200u64)
        .map(|n| {
            let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let label = if n % 2 == 0 { "bot" } else { "human" };
            let (year, month) = (2008 + mixed % 10, 1 + mixed / 16 % 12);
            format!(
                "{},user_{n},{},{},{},3,{year}-{month:02}-03,2020-09-0{},{label}",
                1000 + mixed,
                5 + n,
                9 + n % 7,
                n * 3,
                1 + n % 3
            )
        })
        .collect()
}

fn file(rows: &[String]) -> String {
    format!("{COLUMNS}\n{}\n", rows.join("\n"))
}

fn json(args: &[&str], stdin: &str, code: i32) -> Value {
    let args = ["lint"].iter().chain(args).chain(&["--format", "json"]);
    serde_json::from_slice(&fed(args, stdin.as_bytes()).ends_with(code).out).expect("a report")
}

fn codes(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|f| f["code"].as_str().unwrap().to_string()).collect()
}

#[track_caller]
fn finding<'r>(report: &'r Value, code: &str) -> &'r Value {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("no {code} in {report:#}"))
}

#[track_caller]
fn leak<'r>(report: &'r Value, name: &str) -> &'r Value {
    report["leaks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[test]
fn a_sound_file_has_nothing_serious() {
    let report = json(&["-", "--label", "label"], &file(&sound()), 0);
    // The list count is the same in every row, which is only good to know.
    assert_eq!(codes(&report), ["constant_columns"], "{report:#}");
    assert_eq!(
        (report["files"][0]["bots"].as_u64(), report["files"][0]["humans"].as_u64()),
        (Some(100), Some(100))
    );
    assert!(leak(&report, "created_at")["auc"].as_f64().unwrap() < 0.65);
    let run = fed(["lint", "-", "--label", "label"], file(&sound()).as_bytes()).ends_with(0);
    assert!(run.text().contains("0 serious, 0 to look at, 1 good to know"), "{}", run.text());
    assert!(run.text().contains("listed is 3"), "{}", run.text());
}

#[test]
fn accounts_twice_and_contradictory_labels_are_counted_and_named() {
    let mut rows = sound();
    let (bot, human) = (rows[0].clone(), rows[1].clone());
    rows.push(bot.clone());
    rows.push(human.replace("human", "bot"));
    let report = json(&["-", "--label", "label"], &file(&rows), 3);
    assert_eq!(finding(&report, "duplicate_ids")["count"], 2);
    let found = finding(&report, "contradictory_labels");
    assert_eq!((found["count"].as_u64(), found["severity"].as_str()), (Some(1), Some("serious")));
    let id = human.split(',').next().unwrap();
    assert_eq!(found["examples"][0], format!("{id} (row 202)"));
    // Over two files: shared, and contradictory just the same.
    let scratch = Scratch::new();
    let one = scratch.write("one.csv", file(&rows[..200]));
    let two = scratch.write(
        "two.csv",
        file(&[bot.replace("bot", "human"), "7,new,1,2,3,3,2011-01-01,2020-09-01,bot".into()]),
    );
    let report = json(&[&one, &two, "--label", "label"], "", 3);
    assert_eq!(
        (
            finding(&report, "shared_ids")["count"].as_u64(),
            finding(&report, "contradictory_labels")["count"].as_u64()
        ),
        (Some(1), Some(1))
    );
    assert!(!codes(&report).contains(&"duplicate_ids".into()));
}

#[test]
fn a_date_an_id_and_a_gap_that_give_the_label_away_are_measured() {
    let rows: Vec<String> = (0..300)
        .map(|n| {
            if n % 2 == 0 {
                format!("{},u{n},5,,7,{},2014-01-{:02},2020-09-01,bot", 5_000_000 + n, n % 5, 1 + n % 28)
            } else {
                format!("{},u{n},5,6,7,{},20{:02}-01-02,2020-09-01,human", 1000 + n, n % 5, 7 + n / 2 % 13)
            }
        })
        .collect();
    let report = json(&["-", "--label", "label"], &file(&rows), 3);
    let id = leak(&report, "id as a number");
    assert_eq!(
        (id["auc"].as_f64(), id["direction"].as_str()),
        (Some(1.0), Some("bots have the larger ones"))
    );
    let gap = leak(&report, "following missing");
    assert_eq!(
        (gap["auc"].as_f64(), gap["direction"].as_str()),
        (Some(1.0), Some("bots lack it more often"))
    );
    let date = leak(&report, "created_at");
    assert!(date["auc"].as_f64().unwrap() < 0.7 && date["auc_in_bins"].as_f64().unwrap() > 0.9, "{date}");
    for code in ["id_gives_label_away", "missing_field_gives_label_away", "date_gives_label_away"] {
        assert_eq!(finding(&report, code)["severity"], "serious", "{code}");
    }
    // Without labels there is nothing to measure, and it is said.
    let run = fed(["lint", "-"], file(&rows).as_bytes()).ends_with(0);
    assert!(run.text().contains("not measured") && run.text().contains("--label NAME"), "{}", run.text());
}

#[test]
fn one_class_is_serious_and_a_file_of_each_is_to_look_at() {
    let scratch = Scratch::new();
    let of = |label: &str| sound().into_iter().filter(|row| row.ends_with(label)).collect::<Vec<_>>();
    let (bots, humans) =
        (scratch.write("b.csv", file(&of("bot"))), scratch.write("h.csv", file(&of("human"))));
    let report = json(&[&bots, "--label", "label"], "", 3);
    assert_eq!(finding(&report, "one_class")["what"], "All 100 labelled rows are bots.");
    let report = json(&["--bots", &bots, "--humans", &humans], "", 0);
    assert_eq!(finding(&report, "single_class_files")["count"], 2);
    assert_eq!(leak(&report, "which file")["auc"], 1.0);
}

#[test]
fn values_that_cannot_be_are_named_with_their_row() {
    let mut rows = sound();
    for row in [
        "1,a,1,2,3,4,2031-01-01,2020-09-01,bot",
        "2,b,1,2,3,4,1970-01-01,2020-09-01,bot",
        "3,c,0,2,3,4000,2010-01-01,2020-09-01,bot",
        "4,d,1,841000000000,3,4,2010-01-01,2020-09-01,bot",
        "8.41E+17,e,1,2,3,4,2010-01-01,2020-09-01,human",
        "6,f,1.2K,2,3,4,2010-01-01,2020-09-01,human",
    ] {
        rows.push(row.into());
    }
    let report = json(&["-", "--label", "label"], &file(&rows), 0);
    for (code, example) in [
        (
            "created_after_observed",
            "row 201 (line 202): created 2031-01-01T00:00:00Z, observed 2020-09-01T00:00:00Z",
        ),
        ("created_before_networks", "row 202 (line 203): created 1970-01-01T00:00:00Z"),
        ("listed_without_followers", "row 203 (line 204): followers 0, listed 4000"),
        ("count_beyond_reason", "row 204 (line 205): following 841000000000"),
    ] {
        let found = finding(&report, code);
        assert_eq!(
            (found["count"].as_u64(), found["examples"][0].as_str()),
            (Some(1), Some(example)),
            "{code}"
        );
    }
    assert_eq!(finding(&report, "ruined_ids")["count"], 1);
    assert_eq!(finding(&report, "rounded_counts")["count"], 1);
    // A wrong time of observation is not a blemish of one row.
    let report = json(
        &["-", "--observed-at", "2007-01-01"],
        "id,screen_name,followers_count,created_at\n1,a,2,2012-01-01\n",
        3,
    );
    assert_eq!(finding(&report, "created_after_observed")["severity"], "serious");
}

#[test]
fn ids_that_end_in_zeros_were_in_a_spreadsheet() {
    let rows: Vec<String> = (0..30)
        .map(|n| format!("{}0000,u{n},{n},2,3,4,2010-01-01,2020-09-01,bot", 841_000_000_012_345u64 + n))
        .collect();
    let report = json(&["-"], &file(&rows), 3);
    assert_eq!(finding(&report, "zeroed_ids")["count"], 30);
}

#[test]
fn damaged_rows_are_serious_and_strict_stops_at_the_first() {
    let text = format!("{HEADER}\n{GOOD}\n{DAMAGED}\n");
    let report = json(&["-"], &text, 3);
    assert_eq!(finding(&report, "damaged_rows")["count"], 1);
    fed(["lint", "-", "--strict"], text.as_bytes()).ends_with(1).says(&["row 2 (line 3)", "followers_count"]);
}

#[test]
fn a_list_of_labels_is_checked_against_the_accounts() {
    let scratch = Scratch::new();
    let accounts: String = (1..=50).map(|n| format!("{n},u{n},{n}\n")).collect();
    let accounts = format!("id,screen_name,followers_count\n{accounts}");
    let list: String =
        (1..=60).map(|n| format!("{n}\t{}\n", if n % 2 == 0 { "bot" } else { "human" })).collect();
    let list = scratch.write("labels.tsv", format!("{list}60\thuman\n"));
    let report = json(&["-", "--labels", &list], &accounts, 0);
    assert_eq!(finding(&report, "labels_without_account")["count"], 9);
    assert_eq!(finding(&report, "contradictory_list")["count"], 1);
}

#[test]
fn columns_without_news_and_without_values_are_named() {
    let rows: String = (0..20).map(|n| format!("{n},u{n},{n},same,,x\n")).collect();
    let text = format!(
        "id,screen_name,followers_count,lang,location,created_at,lang\n{}",
        rows.replace(",x\n", ",2010-01-01,de\n")
    );
    let report = json(&["-"], &text, 0);
    let what = |code: &str| finding(&report, code)["what"].as_str().unwrap().to_string();
    assert!(what("constant_columns").contains("lang is \"same\""), "{}", what("constant_columns"));
    assert!(what("duplicate_columns").contains("lang"));
    assert!(what("no_time_of_observation").contains("does not say when"));
    // In the canonical form there is a column of every field; what counts is whether there is a value.
    let canonical = fed(["convert", "-"], text.as_bytes()).ends_with(0);
    let report = json(&["-"], canonical.text(), 0);
    assert!(codes(&report).contains(&"no_time_of_observation".into()), "{report:#}");
    let text = "id,screen_name,followers_count,listed_count\n1,a,2,\n2,b,3,\n";
    assert!(finding(&json(&["-"], text, 0), "empty_columns")["what"].as_str().unwrap().contains("listed"));
}

#[test]
fn hostile_texts_come_out_harmless() {
    let text = format!("{COLUMNS}\n\u{1b}[31mid,na\u{202e}me x,1,2,3,4,2031-01-01,2020-09-01,bot\n")
        + "\u{1b}[31mid,b,1,2,3,4,2010-01-01,2020-09-01,human\n";
    let run = fed(["lint", "-", "--label", "label"], text.as_bytes()).ends_with(3);
    assert_harmless(run.text());
    assert!(run.text().lines().all(|line| line.chars().count() <= 130), "{}", run.text());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let mut rows = String::from("id,screen_name,followers_count,label\n");
    for n in 0..120_000u64 {
        rows.push_str(&format!("{},user_{n},{},{}\n", n * 7 % 119_000, n % 977, u64::from(n % 3 == 0)));
    }
    let run = |threads: &str| {
        fed(["lint", "-", "--label", "label", "--threads", threads], rows.as_bytes()).ends_with(3).out
    };
    assert!(run("1") == run("3"));
}

#[test]
fn caverlee_shows_that_dates_and_ids_give_its_label_away() {
    let folder = repository("../shared/datasets/caverlee-2011");
    let folder = if folder.is_dir() { folder } else { "/work/shared/datasets/caverlee-2011".into() };
    if !folder.is_dir() {
        return;
    }
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let (bots, humans) = (path("content_polluters.txt.gz"), path("legitimate_users.txt.gz"));
    let report = json(&["--bots", &bots, "--humans", &humans], "", 3);
    assert_eq!(leak(&report, "observed_at")["auc"], 1.0, "the classes were collected one behind the other");
    for name in ["created_at", "id as a number"] {
        let auc = leak(&report, name)["auc"].as_f64().unwrap();
        assert!((auc - 0.808).abs() < 0.002, "{name}: {auc}");
    }
    // The README of the sets counts them independently: 44 shared, all 44 with both labels.
    assert_eq!(finding(&report, "shared_ids")["count"], 44);
    assert_eq!(finding(&report, "contradictory_labels")["count"], 44);
}
