//! `botsieve churn` from outside.

mod common;

use std::path::{Path, PathBuf};

use botsieve::evaluate::{Predictions, roc_auc};
use common::*;

/// Three snapshots of a made-up list.
const SEASONS: [&str; 3] =
    ["tests/fixtures/churn/spring.csv", "tests/fixtures/churn/summer.csv", "tests/fixtures/churn/autumn.csv"];
const SERIES: &str = "tests/fixtures/churn/followings.txt";

fn churn(files: &[&str], more: &[&str]) -> Run {
    botsieve(["churn"].iter().chain(files).chain(more))
}

/// What the table says of an account in a column.
fn cell<'a>(table: &'a Table, id: &str, column: &str) -> &'a str {
    let row = table.rows.iter().find(|row| row[table.at("id")] == id).unwrap_or_else(|| panic!("no id {id}"));
    &row[table.at(column)]
}

#[test]
fn three_snapshots_tell_who_came_left_returned_and_churns() {
    let folder = Scratch::new();
    let out = folder.path("accounts.csv");
    let run = churn(&SEASONS, &["-o", &out]).ends_with(0);
    insta::assert_snapshot!("three_snapshots", run.text().replace(&out, "accounts.csv"));
    let doubts: Vec<_> = run.err.lines().filter(|line| !line.contains("rows read: ")).collect();
    assert!(doubts.is_empty(), "nothing to doubt: {doubts:?}");

    let table = Table::open(&out);
    let status = |id| cell(&table, id, "status");
    assert_eq!(status("9007199254740993"), "stayed", "ids past 2^53 are text");
    assert_eq!(
        ["2", "3", "4", "5", "6", "7"].map(status),
        ["stayed", "returned", "left", "left", "came_and_left", "came"]
    );
    assert_eq!(cell(&table, "3", "present"), "x.x");
    assert_eq!(
        (cell(&table, "2", "screen_name"), cell(&table, "2", "earlier_names")),
        ("ben_moved", "ben_ode")
    );
    assert_eq!(cell(&table, "9007199254740993", "earlier_names"), "", "a change of case is no rename");
    assert_eq!(cell(&table, "9007199254740993", "followers_per_day"), "0.100000");
    assert_eq!(cell(&table, "2", "following_grew_and_shrank"), "true");
    assert_eq!(
        ["total_change", "largest_rise", "largest_fall", "reversals"].map(|part| cell(
            &table,
            "2",
            &format!("following_{part}")
        )),
        ["1190", "600", "590", "1"]
    );
    assert_eq!(cell(&table, "9007199254740993", "following_grew_and_shrank"), "false");
    assert_eq!(cell(&table, "5", "following_grew_and_shrank"), "", "two counts cannot show it");
    assert_eq!(cell(&table, "6", "following_change"), "", "one count is no change");
}

#[test]
fn every_account_is_in_the_table_once() {
    let table = Table::parse(&churn(&SEASONS, &["--format", "csv"]).ends_with(0).out);
    let mut ids = table.column("id");
    ids.sort_unstable();
    assert_eq!(ids, ["2", "3", "4", "5", "6", "7", "9007199254740993"]);
    assert_no_formula(&table, &["id", "screen_name", "earlier_names"]);
    for format in ["text", "json", "csv"] {
        let run = |threads| churn(&SEASONS, &["--format", format, "--threads", threads]);
        let one = run("1").ends_with(0);
        assert_harmless(one.text());
        assert!(one.out == run("4").out, "any number of threads gives the same bytes");
    }
}

#[test]
fn lists_of_ids_alone_are_compared() {
    let folder = Scratch::new();
    let list = |part: u8, ids: &[u64]| {
        let items: Vec<String> = ids
            .iter()
            .map(|id| {
                format!(
                    "{{\"follower\":{{\"accountId\":\"{id}\",\
                     \"userLink\":\"https://twitter.com/intent/user?user_id={id}\"}}}}"
                )
            })
            .collect();
        format!("window.YTD.follower.part{part} = [{}]", items.join(","))
    };
    let old = folder.write("old.js", list(0, &[1_365_002_211_340_021_760, 12, 13]));
    let part0 = folder.write("follower.js", list(0, &[1_365_002_211_340_021_760, 12]));
    let part1 = folder.write("follower-part1.js", list(1, &[14]));
    let both = format!("{part0},{part1}");
    let run =
        botsieve(["churn", &old, &both, "--dates", "2024-01-01,2024-01-31", "--format", "json"]).ends_with(0);
    let found: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!(found["intervals"][0]["left"], 1);
    assert_eq!(found["intervals"][0]["came"], 1);
    assert_eq!(found["intervals"][0]["days"], 30.0);
    // Two who stayed a month and one who left, counted for half of it.
    assert_eq!(found["leaving"]["follower_months"], 2.5);
    assert_eq!(found["leaving"]["base"]["left"], 27);
    assert!(found["following"].is_null(), "no counts, nothing said of them");
}

#[test]
fn without_dates_there_are_no_rates_and_the_names_are_only_a_suggestion() {
    let folder = Scratch::new();
    let (old, new) = ("id,screen_name\n1,a\n2,b\n", "id,screen_name\n1,a\n");
    let old = folder.write("followers.2024-01-01.csv", old);
    let new = folder.write("followers.2024-03-01.csv", new);
    let run = botsieve(["churn", &old, &new]).ends_with(0);
    let run = run.says(&["not known", "--dates 2024-01-01,2024-03-01"]);
    assert!(run.text().contains("Left: 1 of 2 (50.0 %") && run.text().contains("No rates per day or month"));
    assert!(!run.text().contains("per 30 days"));
    botsieve(["churn", &old, &new, "--dates", "2024-01-01"]).ends_with(2).says(&["1 dates for 2 snapshots"]);
    let run = botsieve(["churn", &old, &new, "--dates", "2024-03-01,2024-01-01"]).ends_with(1);
    run.says(&["older than", "from old to new"]);
}

#[test]
fn where_a_file_has_no_id_the_handle_joins_and_it_is_said() {
    let folder = Scratch::new();
    let old = folder.write("old.csv", "id,screen_name,followers_count\n1,Anna,5\n2,ben,6\n");
    let new = folder.write("new.csv", "screen_name,followers_count\nanna,7\nben_new,6\n,3\n");
    let run = botsieve(["churn", &old, &new, "--format", "csv"]).ends_with(0);
    let run = run.says(&["2 rows have no id and are joined by handle", "1 rows have neither id nor handle"]);
    let table = Table::parse(&run.out);
    assert_eq!((cell(&table, "1", "status"), cell(&table, "1", "joined_by")), ("stayed", "handle"));
    assert_eq!(cell(&table, "2", "status"), "left", "a rename cannot be seen without ids");
    let ids = folder.write("ids.txt", "1\n2\n3\n");
    botsieve(["churn", &ids, &new]).ends_with(1).says(&["nothing to join them by"]);
}

#[test]
fn a_row_that_cannot_be_read_is_reported_and_its_account_is_not_called_gone() {
    let folder = Scratch::new();
    let old = folder.write("old.csv", format!("{HEADER}\n{GOOD}\n"));
    let new = folder.write("new.csv", format!("{HEADER}\n{GOOD}\n{DAMAGED}\n"));
    let run =
        botsieve(["churn", &new, &new, "--format", "csv"]).ends_with(3).says(&["row 2", "followers_count"]);
    assert_eq!(Table::parse(&run.out).column("status"), ["stayed", "stayed"]);
    let accounts = folder.write("accounts.csv", "of last week\n");
    botsieve(["churn", &old, &new, "--strict", "-o", &accounts]).ends_with(1).says(&["error:", "row 2"]);
    assert_eq!(std::fs::read_to_string(&accounts).unwrap(), "of last week\n");
}

#[test]
fn lists_with_nothing_in_common_or_cut_off_are_doubted() {
    let folder = Scratch::new();
    let old = folder.write("old.csv", "id,screen_name\n1,a\n2,b\n3,c\n");
    let other = folder.write("other.csv", "id,screen_name\n4,x\n5,y\n");
    let cut = folder.write("cut.csv", "id,screen_name\n1,a\n1,a\n");
    botsieve(["churn", &old, &other]).ends_with(0).says(&["no account in common"]);
    botsieve(["churn", &old, &cut]).ends_with(0).says(&["more than half", "1 rows repeat"]);
}

#[test]
fn a_matrix_with_a_column_a_date_is_as_many_snapshots() {
    let folder = Scratch::new();
    let text = "pseudo_id,bot,2024-01-01T1200,2024-01-31T1200,2024-03-01T1200\na,FALSE,0,1,\nb,TRUE,1,,2\nc,FALSE,,0,1\n";
    let file = folder.write("positions.csv", text);
    let run = botsieve(["churn", &file, "--format", "csv"]).ends_with(0);
    let table = Table::parse(&run.out);
    assert_eq!(table.column("present"), ["xx.", "x.x", ".xx"]);
    assert_eq!(table.column("status"), ["left", "returned", "came"]);
    assert_eq!(table.column("last_seen"), ["2024-01-31", "2024-03-01", "2024-03-01"]);
    botsieve(["churn", FOLLOWERS]).ends_with(1).says(&["expected two snapshots or more"]);
}

#[test]
fn a_series_is_measured_and_every_line_accounted_for() {
    let run = churn(&["--series", SERIES], &["--format", "csv"]).ends_with(3);
    let run = run.says(&["row 4", "reading 2", "whole number"]);
    let table = Table::parse(&run.out);
    assert_eq!(table.column("id"), ["12", "13", "'=cmd", "14", "15"]);
    assert_eq!(cell(&table, "12", "reversals"), "2");
    assert_eq!(cell(&table, "12", "total_change"), "600");
    let wanted = (1.0 + 100.0 * 450.0 / 4.0_f64).ln() + (1.0 + 100.0 * 150.0 / 4.0_f64).ln();
    assert_eq!(cell(&table, "12", "churn_score"), format!("{wanted:.6}"));
    assert_eq!(cell(&table, "13", "churn_score"), "0.000000");
    assert!(cell(&table, "14", "status").starts_with("damaged: column reading 2"));
    assert_eq!((cell(&table, "15", "readings"), cell(&table, "15", "churn_score")), ("2", ""));
    insta::assert_snapshot!("series", churn(&["--series", SERIES], &[]).ends_with(3).text());
    let folder = Scratch::new();
    let wide = folder.write("wide.csv", "id,monday,tuesday,friday\n12,1,2,3\n");
    botsieve(["churn", "--series", &wide]).ends_with(0);
    botsieve(["churn", "--series", FOLLOWERS]).ends_with(1).says(&["no line is an id and a run of counts"]);
    botsieve(["churn", "--series", SERIES, "--dates", "2024-01-01"]).ends_with(2).says(&["--dates"]);
}

#[test]
fn the_help_is_enough_to_begin_with() {
    let help = botsieve(["churn", "--help"]).ends_with(0);
    insta::assert_snapshot!("help", help.text());
}

fn datasets() -> Option<PathBuf> {
    let folder = std::env::var_os("BOTSIEVE_DATASETS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("*** SKIPPED: no datasets in {}; set BOTSIEVE_DATASETS ***", folder.display());
    None
}

/// The figures of `docs/churn.md`. The formula and its limit were chosen on the train split.
#[test]
fn on_the_caverlee_followings_the_score_alone_tells_polluters_apart() {
    let Some(folder) = datasets().map(|folder| folder.join("caverlee-2011/followings-subset")) else {
        return;
    };
    for (split, auc, n) in [("train", 0.9658, 350), ("test", 0.9618, 150)] {
        let mut scores = Vec::new();
        let mut bots = Vec::new();
        for (class, is_bot) in [("content_polluters", true), ("legitimate_users", false)] {
            let file = folder.join(format!("{split}.{class}_followings.txt"));
            let run = botsieve(["churn", "--series", "--format", "csv", file.to_str().unwrap()]).ends_with(0);
            let table = Table::parse(&run.out);
            assert_eq!(table.rows.len(), n, "{split} {class}");
            // Fewer than three readings give no score; such an account stands last.
            scores.extend(table.column("churn_score").iter().map(|cell| cell.parse::<f64>().unwrap_or(0.0)));
            bots.extend(std::iter::repeat_n(is_bot, n));
        }
        let found = auc_of(&scores, &bots);
        assert!((found - auc).abs() < 5e-5, "{split}: {found}");
    }
}

/// ROC AUC of a score that is no probability: its ranks are.
fn auc_of(scores: &[f64], bots: &[bool]) -> f64 {
    let rank = |score: f64| scores.iter().filter(|s| **s < score).count() as f64 / scores.len() as f64;
    let ranks: Vec<f64> = scores.iter().map(|score| rank(*score)).collect();
    roc_auc(&Predictions::new(&ranks, bots, None).unwrap()).unwrap()
}

/// The base rate in the code is what the matrix gives.
#[test]
fn the_base_rate_is_that_of_the_mastodon_list() {
    let Some(folder) = datasets() else { return };
    let file = folder.join("mastodon-followers-univrennes/churn.csv");
    let run = botsieve(["churn", file.to_str().unwrap(), "--format", "json"]).ends_with(0);
    let found: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    let leaving = &found["leaving"];
    assert_eq!(
        (&leaving["departures"], &found["accounts"]),
        (&leaving["base"]["left"], &leaving["base"]["of"])
    );
    let months = |value: &serde_json::Value| value["follower_months"].as_f64().unwrap();
    assert!((months(leaving) - months(&leaving["base"])).abs() < 0.06);
}
