//! `botsieve explain` from outside.

mod common;

use botsieve::scores::to_places;
use common::*;

fn explain(more: &[&str]) -> Run {
    botsieve([&["explain", "-m", SMALL], more].concat())
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_slice(&run.out).expect("JSON")
}

#[test]
fn the_screen_of_one_account() {
    let run = explain(&[FOLLOWERS, "--row", "1"]).ends_with(0);
    assert_eq!(run.err, "302 rows read: 302 sound, 0 damaged; 0 duplicate\n");
    assert_harmless(run.text());
    assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{}", run.text());
    insta::assert_snapshot!(run.text());
}

#[test]
fn contributions_and_intercept_sum_to_the_logit_that_score_gives() {
    let table = followers();
    let rows: Vec<String> = (1..=table.rows.len()).map(|row| row.to_string()).collect();
    let mut args = vec![FOLLOWERS, "--format", "json"];
    rows.iter().for_each(|row| args.extend(["--row", row]));
    let explained = json(&explain(&args).ends_with(0));
    let scores = Table::parse(&botsieve(["score", FOLLOWERS, "-m", SMALL, "-q"]).ends_with(0).out);
    let explained = explained.as_array().unwrap();
    assert_eq!(explained.len(), scores.rows.len());
    for (one, row) in explained.iter().zip(&scores.rows) {
        assert_eq!(one["row"].to_string(), row[scores.at("row")]);
        assert_eq!(one["band"].as_str().unwrap(), row[scores.at("band")]);
        let terms = one["terms"].as_array().unwrap();
        assert_eq!(terms.len(), 15, "every term of the model is listed");
        let sum: f64 = terms.iter().map(|term| term["contribution"].as_f64().unwrap()).sum();
        let Ok(logit) = row[scores.at("logit")].parse::<f64>() else {
            assert!(one["logit"].is_null() && sum == 0.0);
            continue;
        };
        let intercept = one["intercept"].as_f64().unwrap();
        assert!((intercept + sum - logit).abs() < 1e-9, "{one}");
        assert_eq!(to_places(one["logit"].as_f64().unwrap()), logit);
        assert_eq!(to_places(one["p_bot"].as_f64().unwrap()).to_string(), row[scores.at("p_bot")]);
        let p = 1.0 / (1.0 + (-one["logit"].as_f64().unwrap()).exp());
        assert!((one["p_bot"].as_f64().unwrap() - p).abs() < 1e-12);
        let strongest = terms[0]["contribution"].as_f64().unwrap();
        let first: f64 = row[scores.at("contribution_1")].parse().unwrap_or(strongest);
        assert_eq!(to_places(strongest), to_places(first), "the strongest comes first");
        for term in terms {
            let missing = term["bin"].is_null();
            assert!(!missing || term["contribution"].as_f64() == Some(0.0));
        }
    }
}

#[test]
fn accounts_are_found_by_id_handle_and_row_in_any_dialect() {
    let table = followers();
    let (id, handle) = (&table.rows[4][table.at("id_str")], &table.rows[4][table.at("screen_name")]);
    let loud = format!("@{}", handle.to_uppercase());
    let by_id = explain(&[FOLLOWERS, "--id", id]).ends_with(0);
    assert!(by_id.text().contains("row 5)"), "{}", by_id.text());
    for args in [["--screen-name", handle.as_str()], ["--handle", &loud], ["--row", "5"]] {
        assert_eq!(explain(&[&[FOLLOWERS], &args[..]].concat()).ends_with(0).out, by_id.out);
    }
    let both = explain(&[FOLLOWERS, "--row", "9", "--id", id, "--row", "5"]).ends_with(0);
    let headings = both.text().matches("(id ").count();
    assert_eq!(headings, 2, "each account once, in the order of the file: {}", both.text());
    let jsonl = botsieve(["convert", FOLLOWERS, "-q"]).ends_with(0);
    let args = ["explain", "-m", SMALL, "-", "--id", id];
    assert_eq!(fed(args, &jsonl.out).ends_with(0).out, by_id.out);
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let run = explain(&[FOLLOWERS, "--id", "17", "--screen-name", "nobody_here", "--row", "1"]).ends_with(1);
    assert!(run.out.is_empty(), "half an answer is easily taken for a whole one");
    let rows = followers().rows.len();
    run.says(&[
        "found no account with id 17, handle nobody_here",
        &format!("{rows} rows"),
        "ids (such as 9100000000000287523,",
        "--row 1 to",
    ]);
    explain(&[FOLLOWERS, "--row", "99999"]).ends_with(1).says(&["row 99999"]);
    explain(&[FOLLOWERS]).ends_with(2).says(&["--id"]);
    explain(&["/nowhere.csv", "--row", "1"]).ends_with(1).says(&["/nowhere.csv"]);
}

#[test]
fn a_damaged_row_says_why_and_a_thin_one_adds_nothing() {
    let folder = Scratch::new();
    let file = folder.write("mixed.csv", format!("{HEADER}\n{GOOD}\n{DAMAGED}\n3,carla,,,,,,,,\n"));
    let run = explain(&[&file, "--row", "2"]).ends_with(3);
    assert!(
        run.text().contains("cannot be scored: column followers_count: found \"many\""),
        "{}",
        run.text()
    );
    let old = folder.write("old.txt", "old\n");
    explain(&[&file, "--row", "2", "--strict", "-o", &old]).ends_with(1).says(&["row 2 (line 3)"]);
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "old\n");
    let run = explain(&[&file, "--row", "3"]).ends_with(0);
    for part in ["pending", "Missing, adding exactly 0:", "followers_count"] {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    let both = explain(&[&file, "--row", "2", "--row", "1", "--format", "json"]).ends_with(3);
    let all = json(&both);
    assert_eq!((all[0]["status"].as_str(), all[0]["row"].as_u64()), (Some("ok"), Some(1)));
    assert!(all[1]["status"].as_str().unwrap().starts_with("damaged:") && all[1]["p_bot"].is_null());
}

#[test]
fn hostile_names_are_harmless_and_lose_nothing() {
    let folder = Scratch::new();
    let name = "\u{1b}[31m=cmd\u{202e}txt\u{200b}";
    let row = format!("7,evil\u{1b}]0;x\u{7},{name},bio\u{9b}2J,3,1999,2,0,2012-03-04,2020-09-01");
    let file = folder.write("evil.csv", format!("{HEADER}\n{row}\n"));
    let run = explain(&[&file, "--id", "7"]).ends_with(0);
    assert_harmless(run.text());
    let run = explain(&[&file, "--id", "7", "--format", "json"]).ends_with(0);
    assert_harmless(run.text());
    assert_eq!(json(&run)[0]["name"].as_str().unwrap(), name);
    let run = explain(&[&file, "--id", "\u{1b}[31m"]).ends_with(1);
    assert_harmless(&run.err);
}

#[test]
fn width_follows_the_terminal_and_pipes_have_no_colour() {
    let wide = |columns: &str| {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_botsieve"))
            .args(["explain", FOLLOWERS, "--row", "1"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("COLUMNS", columns)
            .output()
            .unwrap();
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(!text.contains('\u{1b}'));
        text.lines().map(|line| line.chars().count()).max().unwrap()
    };
    assert!(wide("80") <= 80);
    assert!(wide("140") > 80 && wide("140") <= 140);
    assert!(wide("nonsense") <= 80);
}

#[test]
fn another_prevalence_moves_the_intercept_and_nothing_else() {
    let at = |share: &str| {
        let run = explain(&[FOLLOWERS, "--row", "1", "--format", "json", "--prevalence", share]).ends_with(0);
        json(&run)[0].clone()
    };
    let (rare, even) = (at("0.02"), at("0.5"));
    assert_eq!(rare["terms"], even["terms"]);
    let shift = even["logit"].as_f64().unwrap() - rare["logit"].as_f64().unwrap();
    assert!((shift - (0.98f64 / 0.02).ln()).abs() < 1e-9);
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let run = |threads: &str| {
        explain(&[FOLLOWERS, "--row", "2", "--row", "300", "--threads", threads]).ends_with(0).out
    };
    assert!(run("1") == run("2") && run("1") == run("7"));
}
