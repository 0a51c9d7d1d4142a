//! `botsieve inspect` from outside.

mod common;

use common::*;

#[test]
fn the_report_says_which_column_became_what() {
    let run = botsieve(["inspect", FOLLOWERS]).ends_with(0);
    let text = run.text();
    assert!(text.starts_with("data/followers.csv: 302 rows, read as "), "{text}");
    for (column, field) in [
        ("id_str", "id"),
        ("screen_name", "handle"),
        ("description", "bio"),
        ("friends_count", "following"),
        ("statuses_count", "posts"),
        ("favourites_count", "likes_given"),
        ("default_profile_image", "default_image"),
        ("status_created_at", "last_post_at"),
        ("observed_at", "observed_at"),
    ] {
        let says = |line: &str| line.split_whitespace().eq([column, "->", field]);
        assert!(text.lines().any(says), "{column} -> {field} in {text}");
    }
    assert!(text.contains("\n0 damaged rows\n"), "{text}");
    assert!(text.contains("in 295 of 302 rows"), "the seven of whom nothing is known are counted: {text}");
}

#[test]
fn json_says_the_same_as_text() {
    let run = botsieve(["inspect", FOLLOWERS, LABELLED, "--format", "json"]).ends_with(0);
    let report: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!(report.as_array().unwrap().len(), 2);
    assert_eq!(report[0]["rows"], 302);
    assert_eq!(report[0]["damaged"], 0);
    assert_eq!(report[0]["mapping"]["used"].as_array().unwrap().len(), 20);
    assert_eq!(report[1]["rows"], 400);
    assert_eq!(report[1]["mapping"]["label_like"], serde_json::json!(["label"]));
}

#[test]
fn a_column_that_looks_like_a_label_is_pointed_out_and_not_used() {
    let run = botsieve(["inspect", LABELLED]).ends_with(0);
    assert!(run.text().contains("looks like a label: use it with --label label"), "{}", run.text());
}

#[test]
fn without_a_time_of_observation_it_says_what_is_missing_and_what_to_do() {
    let bytes = followers().without("observed_at").bytes();
    let run = fed(["inspect", "-"], &bytes).ends_with(0);
    let unavailable =
        run.text().lines().find(|line| line.contains("features unavailable")).unwrap().to_string();
    for feature in ["age_days", "tweet_freq", "days_since_last_post"] {
        assert!(unavailable.contains(feature), "{unavailable}");
    }
    assert!(run.text().contains("Give it with --observed-at DATE"), "{}", run.text());
    let run = fed(["inspect", "-", "--observed-at", "2020-09-01"], &bytes).ends_with(0);
    assert!(!run.text().contains("--observed-at DATE"), "{}", run.text());
}

#[test]
fn unknown_doubled_and_shadowed_columns_are_named() {
    let text = "id,screen_name,followers_count,followers,shoe size,bio,bio\n1,anna_berg,1,2,44,a,b\n";
    let run = fed(["inspect", "-"], text.as_bytes()).ends_with(0);
    let out = run.text();
    assert!(out.contains("1 columns not used: shoe size"), "{out}");
    assert!(out.contains("not used: followers comes from followers_count"), "{out}");
    assert!(out.contains("bio  ") && out.contains("stands twice in the header"), "{out}");
}

#[test]
fn the_first_damaged_rows_are_shown_with_row_line_column_found_and_expected() {
    let mut text = format!("{HEADER}\n{GOOD}\n");
    for _ in 0..8 {
        text.push_str(DAMAGED);
        text.push('\n');
    }
    text.push_str("9,short\n");
    let run = fed(["inspect", "-", "--damaged", "5"], text.as_bytes()).ends_with(3);
    let out = run.text();
    assert!(out.contains("10 rows"), "{out}");
    assert!(out.contains("9 damaged rows"), "{out}");
    let line = "row 2 (line 3), column followers_count: found \"many\", expected a whole number of 0 or more";
    assert!(out.contains(line), "{out}");
    assert!(out.contains("and 4 more"), "{out}");
    let run = fed(["inspect", "-", "--format", "json"], text.as_bytes()).ends_with(3);
    let report: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!(report[0]["damaged"], 9);
    let first = &report[0]["first_damaged"][0];
    assert_eq!((first["row"].as_u64(), first["line"].as_u64()), (Some(2), Some(3)));
    assert_eq!(
        (first["column"].as_str(), first["found"].as_str()),
        (Some("followers_count"), Some("\"many\""))
    );
    fed(["inspect", "-", "--strict"], text.as_bytes())
        .ends_with(1)
        .says(&["row 2 (line 3)", "followers_count"]);
}

#[test]
fn hostile_column_names_and_cells_come_out_harmless() {
    let text = "id,screen_name,followers_count,\u{1b}[31mred,a\u{202e}b\n1,anna,\u{1b}]0;x\u{7},1,2\n";
    let run = fed(["inspect", "-"], text.as_bytes()).ends_with(3);
    assert_harmless(run.text());
    assert_harmless(&run.err);
    assert!(run.text().contains("\\u{1b}[31mred"), "{}", run.text());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let run =
        |threads: &str| botsieve(["inspect", FOLLOWERS, LABELLED, "--threads", threads]).ends_with(0).out;
    let one = run("1");
    assert!(one == run("2") && one == run("7"));
}

#[test]
fn each_way_of_writing_the_accounts_is_read_the_same() {
    let rows = |bytes: &[u8]| {
        let run = fed(["inspect", "-", "--format", "json"], bytes).ends_with(0);
        let report: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
        (report[0]["rows"].clone(), report[0]["features"].clone())
    };
    let table = followers();
    let plain = rows(&table.bytes());
    assert_eq!(rows(&table.bytes_as(b';', csv::Terminator::CRLF)), plain);
    assert_eq!(rows(&table.bytes_as(b'\t', csv::Terminator::Any(b'\n'))), plain);
}

#[test]
fn what_was_decoded_or_is_not_to_be_relied_on_is_said() {
    let latin = b"id,screen_name,name,followers_count\n8.41E+17,rene,Ren\xe9,12.5K\n2,ben,Ben,7\n";
    let run = fed(["inspect", "-"], latin).ends_with(0);
    assert!(run.text().contains("decoded from windows-1252"), "{}", run.text());
    assert!(run.text().contains("1 rows: id ruined by a spreadsheet"), "{}", run.text());
    assert!(run.text().contains("1 rows: a count is rounded"), "{}", run.text());
    for command in ["score", "screen"] {
        fed([command, "-"], latin)
            .ends_with(0)
            .says(&["1 rows: id ruined by a spreadsheet", "1 rows: a count is rounded"]);
    }
}

#[test]
fn a_list_of_ids_is_said_to_be_one() {
    let ids = br#"window.YTD.follower.part0 = [ {"follower":{"accountId":"12","userLink":"https://twitter.com/intent/user?user_id=12"}} ]"#;
    assert!(fed(["inspect", "-"], ids).ends_with(0).text().contains("ids only"));
    let run = fed(["score", "-"], ids).ends_with(0).says(&["a list of ids", "pending"]);
    assert_eq!(Table::parse(&run.out).column("band"), ["pending"]);
}
