//! `botsieve score` from outside.

mod common;

use std::io::Write as _;
use std::path::Path;

use botsieve::ingest::{Input, ReadOptions};
use botsieve::model::{Model, Parts, Scorer};
use botsieve::scores::to_places;
use common::*;
use proptest::prelude::*;

fn scores(file: &str) -> Table {
    Table::parse(&botsieve(["score", file, "--model", SMALL, "--quiet"]).ends_with(0).out)
}

/// Scores of a table given on standard input.
fn scores_of(bytes: &[u8]) -> Vec<u8> {
    fed(["score", "-", "--model", SMALL, "--quiet"], bytes).ends_with(0).out
}

#[test]
fn one_row_is_written_for_every_row_read_in_order() {
    let run =
        botsieve(["score", FOLLOWERS]).ends_with(0).says(&["302 rows read", "302 written", "0 damaged"]);
    let table = Table::parse(&run.out);
    assert_eq!(
        table.header.join(","),
        "row,id,screen_name,p_bot,band,logit,reason_1,contribution_1,reason_2,contribution_2,reason_3,contribution_3,features_missing,status,support,kind,kind_reason"
    );
    assert_eq!(table.column("id"), followers().column("id_str"));
    let rows: Vec<String> = (1..=302).map(|n| n.to_string()).collect();
    assert_eq!(table.column("row"), rows);
}

#[test]
fn the_scores_of_the_small_model_are_pinned() {
    let table = scores(FOLLOWERS);
    // Numbers to nine places: a logarithm may differ in its last bit from one machine to the next.
    let round = |cell: &String| match cell.parse::<f64>() {
        Ok(number) if cell.contains('.') => format!("{number:.9}"),
        _ => cell.clone(),
    };
    let lines: Vec<String> = table
        .rows
        .iter()
        .take(12)
        .map(|row| {
            row.iter()
                // The contract's columns: six, three reasons of two, and two.
                .take(14)
                .map(round)
                .filter(|cell| !cell.contains(": more usual"))
                .collect::<Vec<_>>()
                .join(" | ")
        })
        .collect();
    insta::assert_snapshot!("scores_of_the_small_model", lines.join("\n"));
}

#[test]
fn contributions_and_intercept_sum_to_the_logit() {
    for model in [Model::read(&repository(SMALL)).unwrap(), Model::embedded().unwrap()] {
        let scorer = Scorer::new(model, None);
        let written =
            Table::parse(&botsieve(["score", FOLLOWERS, "--quiet", "--reasons", "5"]).ends_with(0).out);
        let embedded = scorer.model().name != "small";
        let mut input = Input::open(&repository(FOLLOWERS), &ReadOptions::default()).unwrap();
        let mut parts = Parts::default();
        let mut at = 0;
        input
            .for_each_row(|row| {
                let score = scorer.score_with(&row.account, 5, &mut parts);
                let sum = scorer.intercept() + parts.first().all().map(|r| r.contribution).sum::<f64>();
                assert!(
                    (sum - score.logit).abs() < 1e-9,
                    "row {}: {sum} against {}",
                    row.number,
                    score.logit
                );
                assert!((score.p_bot - 1.0 / (1.0 + (-score.logit).exp())).abs() < 1e-12);
                assert_eq!(parts.first().all().count() + score.features_missing, scorer.feature_count());
                if embedded && score.features_known > 0 {
                    assert_eq!(
                        written.column("logit")[at],
                        to_places(score.logit).to_string(),
                        "file and library agree"
                    );
                    assert_eq!(written.column("p_bot")[at], to_places(score.p_bot).to_string());
                    for (n, reason) in score.reasons.iter().enumerate() {
                        assert_eq!(written.column(&format!("reason_{}", n + 1))[at], reason.words());
                        let contribution = to_places(reason.contribution).to_string();
                        assert_eq!(written.column(&format!("contribution_{}", n + 1))[at], contribution);
                    }
                }
                at += 1;
            })
            .unwrap();
        assert_eq!(at, 302);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    // Long enough for several chunks.
    let mut table = followers();
    let once = table.rows.clone();
    for _ in 1..30 {
        table.rows.extend(once.iter().cloned());
    }
    let folder = Scratch::new();
    let file = folder.write("long.csv", table.bytes());
    assert!(std::fs::metadata(&file).unwrap().len() > 2_000_000);
    for format in ["csv", "jsonl"] {
        let run = |threads: &str| {
            botsieve(["score", &file, "-m", SMALL, "--threads", threads, "--format", format]).ends_with(0).out
        };
        let one = run("1");
        assert!(one == run("7") && (format == "jsonl" || one == run("2")), "{format}");
        let lines = one.split(|b| *b == b'\n').count() - 1;
        assert_eq!(lines, table.rows.len() + usize::from(format == "csv"));
    }
}

#[test]
fn missing_is_not_zero() {
    let header = "id,screen_name,followers_count,friends_count,statuses_count,favourites_count,verified,default_profile_image";
    let zero = "1,anna_berg,0,0,0,0,false,false";
    let missing = "1,anna_berg,,,,,,";
    let table = Table::parse(&scores_of(format!("{header}\n{zero}\n{missing}\n").as_bytes()));
    let missing = table.column("features_missing");
    assert!(missing[0].parse::<u32>().unwrap() + 6 <= missing[1].parse::<u32>().unwrap(), "{missing:?}");
    assert_ne!(table.column("logit")[0], table.column("logit")[1]);
    assert_eq!(table.column("band")[1], "pending");
    assert!(table.column("status")[1].contains("too little to go on"));
}

#[test]
fn nothing_known_is_nothing_scored() {
    let table = Table::parse(&scores_of(b"id,screen_name,followers_count\n7,,\n"));
    assert_eq!(table.rows[0][..6], ["1", "7", "", "", "pending", ""]);
    assert!(table.column("status")[0].starts_with("too little to go on: 0 of 15"));
}

#[test]
fn a_row_of_nothing_but_keys_says_nothing_of_its_texts() {
    let header = "id,screen_name,name,description,location,url,followers_count,observed_at";
    let rows = "1,,,,,,,2020-09-01\n2,,,,,,5,2020-09-01\n";
    let table = Table::parse(&scores_of(format!("{header}\n{rows}").as_bytes()));
    assert_eq!(table.column("features_missing")[0], "15", "nobody looked at the bio");
    let known: u32 = 15 - table.column("features_missing")[1].parse::<u32>().unwrap();
    assert!(known >= 4, "followers, and a bio and name known to be empty: {known}");
}

#[test]
fn damaged_rows_are_kept_and_the_run_goes_on() {
    let short = "3,carla";
    let time = "4,dora,Dora,,1,2,3,4,sometime,2020-09-01";
    let file = format!("{HEADER}\n{GOOD}\n{DAMAGED}\n{short}\n{time}\n{GOOD}\n");
    let run = fed(["score", "-", "-m", SMALL], file.as_bytes()).ends_with(3);
    let run = run.says(&[
        "row 2 (line 3): column followers_count: found \"many\", expected a whole number of 0 or more",
        "row 3 (line 4): found 2 cells, expected 10 cells, as the header has",
        "row 4 (line 5): column created_at: found \"sometime\", expected a time from 1970 to 2099 like",
        "5 rows read: 2 scored, 0 pending, 3 damaged; 5 written; 1 duplicate",
    ]);
    let table = Table::parse(&run.out);
    assert_eq!(table.column("row"), ["1", "2", "3", "4", "5"]);
    assert_eq!(table.column("status")[0], "ok");
    assert_eq!(table.rows[0][1..], table.rows[4][1..], "a damaged row does nothing to others");
    for at in 1..4 {
        assert_eq!((table.column("p_bot")[at], table.column("band")[at]), ("", ""));
        assert!(table.column("status")[at].starts_with("damaged: "), "{:?}", table.rows[at]);
    }
    assert!(
        table.column("status")[1].contains("column followers_count: found \"many\", expected a whole number")
    );
}

#[test]
fn damage_in_a_file_of_many_lines_is_told_by_its_line() {
    let text = format!(
        "{HEADER}\n1,a_b,\"two\nlines\",\"three\n\nof them\",1,2,3,4,2012-03-04,2020-09-01\n{DAMAGED}\n"
    );
    fed(["score", "-"], text.as_bytes()).ends_with(3).says(&["row 2 (line 6): column followers_count"]);
}

#[test]
fn strict_stops_and_leaves_no_file_behind() {
    let folder = Scratch::new();
    let file = folder.write("mixed.csv", format!("{HEADER}\n{GOOD}\n{DAMAGED}\n"));
    let new = folder.path("scores.csv");
    let run = botsieve(["score", &file, "--strict", "-o", &new]).ends_with(1);
    run.says(&["error: ", "mixed.csv", "row 2 (line 3)", "column followers_count", "\"many\"", "expected"]);
    assert_eq!(folder.names(), ["mixed.csv"]);
    let old = folder.write("old.csv", "scores of last week\n");
    botsieve(["score", &file, "--strict", "-o", &old]).ends_with(1);
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "scores of last week\n");
    botsieve(["score", &file, "-o", &old]).ends_with(3);
    assert_eq!(Table::open(&old).rows.len(), 2, "without --strict the file is replaced as a whole");
    assert_eq!(folder.names(), ["mixed.csv", "old.csv"]);
}

#[test]
fn the_old_file_stays_whole_when_the_input_breaks_off() {
    let folder = Scratch::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&followers().bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() / 2);
    let file = folder.write("half.csv.gz", packed);
    let old = folder.write("old.csv", "scores of last week\n");
    botsieve(["score", &file, "-o", &old]).ends_with(1).says(&["half.csv.gz"]);
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "scores of last week\n");
    assert_eq!(folder.names(), ["half.csv.gz", "old.csv"]);
}

#[test]
fn an_output_that_cannot_be_written_is_told_before_the_work() {
    let run = botsieve(["score", FOLLOWERS, "-o", "/nowhere/at/all/scores.csv"]).ends_with(1);
    assert_eq!(run.says(&["cannot write /nowhere/at/all/scores.csv"]).text(), "");
}

/// The accounts of a table as JSON objects, as the v1.1 API would have them.
fn objects(table: &Table) -> Vec<serde_json::Value> {
    let object = |row: &Vec<String>| {
        let pairs = table.header.iter().zip(row).map(|(name, cell)| {
            let is_text = matches!(
                name.as_str(),
                "id_str" | "screen_name" | "name" | "description" | "location" | "url"
            );
            let value = match cell.as_str() {
                text if is_text => text.into(),
                "" => serde_json::Value::Null,
                "true" => true.into(),
                "false" => false.into(),
                cell if name.ends_with("_count") => cell.parse::<u64>().unwrap().into(),
                cell => cell.into(),
            };
            (name.clone(), value)
        });
        serde_json::Value::Object(pairs.collect())
    };
    table.rows.iter().map(object).collect()
}

#[test]
fn json_arrays_json_lines_and_csv_of_the_same_accounts_score_the_same() {
    let objects = objects(&followers());
    let csv = scores_of(&followers().bytes());
    let lines: String = objects.iter().map(|o| o.to_string() + "\n").collect();
    assert!(scores_of(lines.as_bytes()) == csv, "JSON lines");
    let array = serde_json::to_vec(&objects).unwrap();
    assert!(scores_of(&array) == csv, "a JSON array on one line");
    let pretty = serde_json::to_vec_pretty(&objects).unwrap();
    assert!(scores_of(&pretty) == csv, "a JSON array over many lines");
    let page = serde_json::json!({ "users": objects, "next_cursor_str": "0" }).to_string();
    assert!(scores_of(page.as_bytes()) == csv, "a page of followers/list");
}

#[test]
fn packed_files_and_standard_input_score_the_same() {
    let plain = botsieve(["score", FOLLOWERS, "-m", SMALL]).ends_with(0).out;
    let bytes = followers().bytes();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes).unwrap();
    assert!(scores_of(&gzip.finish().unwrap()) == plain);
    assert!(scores_of(&zstd::encode_all(&bytes[..], 1).unwrap()) == plain);
    assert!(scores_of(&bytes) == plain);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// However a table is written down, its accounts score the same.
    #[test]
    fn the_way_a_table_is_written_never_changes_a_score(
        mark in any::<bool>(),
        crlf in any::<bool>(),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
        spelling in 0usize..4,
        order in Just((0..20usize).collect::<Vec<_>>()).prop_shuffle(),
        blank_lines in 0usize..3,
    ) {
        static PLAIN: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| scores_of(&followers().bytes()));
        let table = followers();
        let plain = &*PLAIN;
        let spell = |name: &String| match spelling {
            0 => name.clone(),
            1 => name.to_uppercase(),
            2 => name.replace('_', " "),
            _ => {
                let mut parts = name.split('_');
                let first = parts.next().unwrap_or_default().to_string();
                parts.fold(first, |all, part| all + &part[..1].to_uppercase() + &part[1..])
            }
        };
        let written = Table {
            header: order.iter().map(|&at| spell(&table.header[at])).collect(),
            rows: table.rows.iter().map(|row| order.iter().map(|&at| row[at].clone()).collect()).collect(),
        };
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut bytes = if mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        bytes.extend(written.bytes_as(delimiter, end));
        bytes.extend(b"\n".repeat(blank_lines));
        prop_assert!(scores_of(&bytes) == *plain);
    }
}

#[test]
fn ids_row_order_and_file_name_never_change_a_score() {
    let table = followers();
    let plain = scores(FOLLOWERS);
    let mut turned = table.clone();
    turned.rows.reverse();
    for (at, row) in turned.rows.iter_mut().enumerate() {
        row[0] = (at * 7 + 1).to_string();
    }
    let folder = Scratch::new();
    let file = folder.write("bots only = spam.csv", turned.bytes());
    let mut again = scores(&file);
    again.rows.reverse();
    for (one, other) in plain.rows.iter().zip(&again.rows) {
        assert_eq!(one[2..], other[2..]);
    }
}

#[test]
fn a_column_that_is_not_asked_for_is_no_feature() {
    let table = labelled();
    let with = scores_of(&table.bytes());
    assert!(with == scores_of(&table.without("label").bytes()), "the label is not looked at");
}

#[test]
fn the_time_of_observation_comes_from_the_column_or_the_flag_and_never_from_today() {
    let without = followers().without("observed_at").bytes();
    let flag = |date: &str| {
        fed(["score", "-", "-m", SMALL, "--observed-at", date, "--quiet"], &without).ends_with(0).out
    };
    let column = scores_of(&followers().bytes());
    assert!(flag("2020-09-01") == column);
    assert!(flag("2020-09-01T00:00:00Z") == column);
    assert!(flag("2024-01-01") != column, "ages are relative to it");
    let neither = Table::parse(&scores_of(&without));
    let column = Table::parse(&column);
    let sum = |t: &Table| t.column("features_missing").iter().map(|n| n.parse::<u32>().unwrap()).sum::<u32>();
    assert!(sum(&neither) >= sum(&column) + 2 * 295, "age, rate and time since the last post are missing");
    let both =
        fed(["score", "-", "-m", SMALL, "--observed-at", "2024-01-01", "--quiet"], &followers().bytes());
    assert!(both.ends_with(0).out == scores_of(&followers().bytes()), "the row's own time comes first");
    botsieve(["score", FOLLOWERS, "--observed-at", "03/04/2015"])
        .ends_with(2)
        .says(&["--observed-at", "a time from 1970 to 2099 like"]);
}

#[test]
fn hostile_texts_come_out_harmless() {
    let mut table = followers();
    for (row, text) in
        table.rows.iter_mut().zip(["=1+1", "+1", "-1", "@@SUM(1)", "\u{1b}[31m", "a\u{202e}b", "\u{9b}31m"])
    {
        row[0] = text.into();
        row[1] = text.into();
    }
    let bytes = table.bytes();
    let run = fed(["score", "-"], &bytes).ends_with(0);
    assert_harmless(run.text());
    assert_harmless(&run.err);
    let scores = Table::parse(&run.out);
    assert_no_formula(&scores, &["id", "screen_name", "reason_1", "reason_2", "reason_3", "status"]);
    // JSON keeps the text itself, escaped where a terminal would obey it.
    let json = fed(["score", "-", "--format", "jsonl"], &bytes).ends_with(0);
    assert_harmless(json.text());
    let ids: Vec<String> = json
        .text()
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_string()
        })
        .collect();
    assert_eq!(ids[4..7], ["\u{1b}[31m", "a\u{202e}b", "\u{9b}31m"]);
    // Hostile text where it does damage: into the status, and onto the terminal.
    let nasty = format!("{HEADER}\n1,x,X,,\"=1\u{1b}[2J\u{202e}\",1,1,1,2012-03-04,2020-09-01\n");
    let run = fed(["score", "-"], nasty.as_bytes()).ends_with(3);
    assert_harmless(run.text());
    assert_harmless(&run.err);
}

#[test]
fn json_output_parses_and_says_the_same_as_csv() {
    let csv = scores(FOLLOWERS);
    let run = botsieve(["score", FOLLOWERS, "-m", SMALL, "--format", "jsonl", "--reasons", "2"]).ends_with(0);
    let lines: Vec<serde_json::Value> =
        run.text().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 302);
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(line["row"].as_u64(), Some(at as u64 + 1));
        assert_eq!(line["p_bot"].as_f64(), csv.column("p_bot")[at].parse().ok());
        assert_eq!(line["band"].as_str(), Some(csv.column("band")[at]));
        assert_eq!(line["status"].as_str(), Some(csv.column("status")[at]));
        assert!(line["reasons"].as_array().unwrap().len() <= 2);
    }
}

#[test]
fn as_many_reasons_as_asked_for() {
    for n in 0..=5usize {
        let run = botsieve(["score", FOLLOWERS, "--quiet", "--reasons", &n.to_string()]).ends_with(0);
        assert_eq!(Table::parse(&run.out).header.len(), 11 + 2 * n);
    }
    botsieve(["score", FOLLOWERS, "--reasons", "6"]).ends_with(2);
}

#[test]
fn another_prevalence_shifts_every_logit_by_the_same() {
    let at = |share: &str| {
        let run = botsieve(["score", FOLLOWERS, "-m", SMALL, "-q", "--prevalence", share]).ends_with(0);
        let table = Table::parse(&run.out);
        table.column("logit").iter().filter_map(|l| l.parse::<f64>().ok()).collect::<Vec<f64>>()
    };
    let odds = |p: f64| (p / (1.0 - p)).ln();
    for (low, high) in at("0.05").into_iter().zip(at("0.4")) {
        assert!((high - low - (odds(0.4) - odds(0.05))).abs() < 1e-9);
    }
    for bad in ["0", "1", "-0.1", "ten", "NaN", "1.5"] {
        botsieve(["score", FOLLOWERS, &format!("--prevalence={bad}")])
            .ends_with(2)
            .says(&["above 0 and below 1"]);
    }
}

#[test]
fn a_model_that_is_not_one_is_refused_with_what_to_do() {
    let folder = Scratch::new();
    let good = std::fs::read_to_string(repository(SMALL)).unwrap();
    let edit = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let cases: &[(&str, String, &[&str])] = &[
        (
            "truncated.json",
            good[..good.len() / 2].to_string(),
            &["is not a botsieve model", "botsieve train"],
        ),
        ("empty.json", String::new(), &["is not a botsieve model"]),
        ("other.json", "{\"weights\": [1, 2]}".into(), &["is not a botsieve model"]),
        ("list.json", "[]".into(), &["is not a botsieve model"]),
        (
            "future.json",
            edit("\"format_version\": 1", "\"format_version\": 7"),
            &["format version 7", "newer botsieve"],
        ),
        (
            "share.json",
            edit("\"prevalence\": 0.1", "\"prevalence\": 1.7"),
            &["is damaged", "prevalence", "1.7"],
        ),
        ("feature.json", edit("\"statuses_count\"", "\"shoe_size\""), &["is damaged", "shoe_size"]),
        ("bands.json", edit("\"genuine_up_to\": 0.05", "\"genuine_up_to\": 0.9"), &["is damaged"]),
        ("key.json", edit("\"intercept\"", "\"intersept\""), &["is not a botsieve model", "intersept"]),
        ("huge.json", edit("\"slope\": ", "\"slope\": 1e999, \"x\": "), &["huge.json"]),
    ];
    for (name, text, parts) in cases {
        let model = folder.write(name, text);
        let run = botsieve(["score", FOLLOWERS, "-m", &model]).ends_with(1);
        assert_eq!(run.says(&[name]).says(parts).text(), "", "{name}");
    }
    botsieve(["score", FOLLOWERS, "-m", "/nowhere/model.json"]).ends_with(1).says(&["/nowhere/model.json"]);
    botsieve(["score", FOLLOWERS, "-m", FOLLOWERS])
        .ends_with(1)
        .says(&[FOLLOWERS, "is not a botsieve model"]);
}

#[test]
fn names_can_be_mapped_by_hand() {
    let folder = Scratch::new();
    let mut table = followers();
    let (handle, count) = (table.at("screen_name"), table.at("followers_count"));
    table.header[handle] = "Nickname".into();
    table.header[count] = "Fans".into();
    let file = folder.write("list.csv", table.bytes());
    let map = folder.write("map.toml", "handle = \"Nickname\"\nfollowers = \"Fans\"\n");
    let run = botsieve(["score", &file, "-m", SMALL, "-q", "--map", &map]).ends_with(0);
    assert!(run.out == scores_of(&followers().bytes()));
    let map = folder.write("bad.toml", "shoe_size = \"Fans\"\n");
    botsieve(["score", &file, "--map", &map]).ends_with(1).says(&["bad.toml", "shoe_size", "followers"]);
    let map = folder.write("gone.toml", "handle = \"Nick\"\n");
    botsieve(["score", &file, "--map", &map]).ends_with(1).says(&["\"Nick\"", "Nickname"]);
    assert!(Path::new(&file).exists());
}

/// The embedded model, with estimates of left-out sources on record that were all true.
fn model_that_knows(folder: &Scratch) -> String {
    let mut model = Model::embedded().unwrap();
    model.held_out.iter_mut().for_each(|h| h.share_found = botsieve::model::HELD_OUT_SHARES.to_vec());
    let path = folder.path("knows.json");
    std::fs::write(&path, model.to_json()).unwrap();
    path
}

#[test]
fn prevalence_auto_scores_at_the_share_that_the_file_suggests() {
    let folder = Scratch::new();
    let model = model_that_knows(&folder);
    let run = botsieve(["score", FOLLOWERS, "-m", &model, "--prevalence", "auto"]).ends_with(0).says(&[
        "--prevalence auto: p_bot is meant at",
        "estimated from 295 accounts",
        "interval",
    ]);
    let scorer = Scorer::new(Model::read(model.as_ref()).unwrap(), None);
    let mut scores = botsieve::evaluate::LogitHistogram::default();
    let mut input = Input::open(&repository(FOLLOWERS), &ReadOptions::default()).unwrap();
    let mut known = Vec::new();
    input
        .for_each_row(|row| {
            let score = scorer.score(&row.account, 0);
            known.push(score.features_known > 0);
            if score.band != botsieve::model::Band::Pending {
                scores.add(score.logit + scorer.to_even());
            }
        })
        .unwrap();
    let share = botsieve::screen::share_of_bots(scorer.model(), &scores).unwrap();
    assert!(share.tells() && share.lo <= share.value && share.value <= share.hi, "{share:?}");
    let expected =
        botsieve(["score", FOLLOWERS, "-m", &model, "-q", "--prevalence", &share.prevalence().to_string()]);
    assert!(run.out == expected.ends_with(0).out, "the same bytes as with the share stated");
    // `screen` comes to the same, from standard input too.
    let bytes = std::fs::read(repository(FOLLOWERS)).unwrap();
    let screen = fed(["screen", "-", "-m", &model, "--prevalence", "auto"], &bytes).ends_with(0);
    assert!(screen.text().contains(&format!("Share of bots: about {:.0} %", share.value * 100.0)));
    assert!(screen.text().contains(&format!("p_bot meant at {:.0} % bots", share.prevalence() * 100.0)));
    let queue = ["screen", FOLLOWERS, "-m", &model, "-q", "--format", "csv", "--prevalence"];
    let auto = botsieve(queue.iter().copied().chain(["auto"])).ends_with(0).out;
    let stated =
        botsieve(queue.iter().copied().chain([share.prevalence().to_string().as_str()])).ends_with(0).out;
    assert!(auto == stated);
}

#[test]
fn prevalence_auto_says_when_it_cannot_and_keeps_the_model_s_own() {
    let plain = botsieve(["score", FOLLOWERS, "-q"]).ends_with(0).out;
    let run = botsieve(["score", FOLLOWERS, "--prevalence", "auto"]).ends_with(0);
    if run.err.contains("cannot be told") {
        assert!(run.err.contains("p_bot is meant at the model's own 10 %"), "{}", run.err);
        assert!(run.out == plain);
    }
    let few = b"id,followers_count,friends_count,statuses_count\n1,5,6,7\n";
    let folder = Scratch::new();
    let file = folder.write("few.csv", few);
    botsieve(["score", &file, "--prevalence", "auto"])
        .ends_with(0)
        .says(&["cannot be estimated", "20 scored accounts"]);
    botsieve(["score", FOLLOWERS, "-m", SMALL, "--prevalence", "auto"])
        .ends_with(0)
        .says(&["cannot be estimated"]);
    fed(["score", "-", "--prevalence", "auto"], few).ends_with(1).says(&["standard input", "give a file"]);
    botsieve(["evaluate", LABELLED, "--label", "label", "--prevalence", "auto"])
        .ends_with(2)
        .says(&["--prevalence auto is for `score`, `screen` and `report`"]);
    botsieve(["score", FOLLOWERS, "--prevalence", "some"]).ends_with(2).says(&["or auto"]);
}
