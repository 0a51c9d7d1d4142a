//! `botsieve screen` from outside.

mod common;

use common::*;

const BANDS: [&str; 4] = ["genuine", "look", "pending", "spam"];

#[test]
fn the_first_command_of_a_stranger_shows_every_band() {
    let run = botsieve(["screen", FOLLOWERS]).ends_with(0);
    for band in BANDS {
        let line = run.text().lines().find(|line| line.trim_start().starts_with(band)).expect(band);
        let n: u64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
        assert!(n > 0, "nobody is {band}:\n{}", run.text());
    }
    assert!(run.text().contains("302 accounts: 295 scored, 7 pending, 0 could not be read"));
    let rows = "302 rows read: 295 scored, 7 pending, 0 damaged; 302 in the queue, 0 left out; 0 duplicate\n";
    assert_eq!(run.err, rows, "nothing to complain of");
}

#[test]
fn the_extremes_of_the_sample_stand_where_a_person_would_put_them() {
    let run = botsieve(["screen", FOLLOWERS, "--format", "csv", "--quiet"]).ends_with(0);
    let queue = Table::parse(&run.out);
    let p_of = |wanted: fn(&str) -> bool| -> Vec<f64> {
        let pairs = queue.column("screen_name").into_iter().zip(queue.column("p_bot"));
        pairs.filter(|(handle, _)| wanted(handle)).map(|(_, p)| p.parse().expect("a probability")).collect()
    };
    let mean = |p: Vec<f64>| p.iter().sum::<f64>() / p.len() as f64;
    // Handles out of eight digits are those of the purchased accounts, those without any of people.
    let bought: fn(&str) -> bool = |h| h.len() > 8 && h.bytes().rev().take(8).all(|b| b.is_ascii_digit());
    let people: fn(&str) -> bool = |h| !h.is_empty() && !h.bytes().any(|b| b.is_ascii_digit());
    let (high, low) = (mean(p_of(bought)), mean(p_of(people)));
    assert!(high > 2.0 * low, "bought {high}, people {low}");
    let first: Vec<&str> = queue.column("screen_name").into_iter().take(20).collect();
    assert!(!first.iter().any(|handle| bought(handle)), "{first:?}");
}

#[test]
fn the_summary_reads_as_it_did() {
    let run = botsieve(["screen", FOLLOWERS, "--model", SMALL, "--top", "4"]).ends_with(0);
    insta::assert_snapshot!("screen_summary", run.text());
}

#[test]
fn the_queue_holds_every_row_once_and_in_order() {
    let folder = Scratch::new();
    let queue = folder.path("queue.csv");
    let run = botsieve(["screen", FOLLOWERS, "--model", SMALL, "-o", &queue]).ends_with(0);
    assert!(run.text().contains("The whole queue is in"), "{}", run.text());
    assert_eq!(folder.names(), ["queue.csv"], "no temporary file stays");
    let queue = Table::open(&queue);
    let places: Vec<usize> = queue.column("place").iter().map(|n| n.parse().unwrap()).collect();
    assert_eq!(places, (1..=302).collect::<Vec<_>>());
    let mut rows: Vec<usize> = queue.column("row").iter().map(|n| n.parse().unwrap()).collect();
    rows.sort_unstable();
    assert_eq!(rows, (1..=302).collect::<Vec<_>>());
    let ids = followers();
    let ids = ids.column("id_str");
    for (row, id) in queue.column("row").iter().zip(queue.column("id")) {
        assert_eq!(ids[row.parse::<usize>().unwrap() - 1], id, "an id past 2^53 is kept digit by digit");
    }
    let rank = |band: &str| BANDS.iter().position(|b| *b == band).unwrap();
    let order: Vec<(usize, f64)> = queue
        .column("band")
        .iter()
        .zip(queue.column("p_bot"))
        .map(|(band, p)| (rank(band), p.parse().unwrap_or(0.0)))
        .collect();
    assert!(order.windows(2).all(|w| w[0] <= w[1]), "likely people first, spam last, by p_bot within");
}

#[test]
fn screen_and_score_say_the_same() {
    let queue = botsieve(["screen", FOLLOWERS, "--model", SMALL, "--format", "csv"]).ends_with(0);
    let scores = botsieve(["score", FOLLOWERS, "--model", SMALL]).ends_with(0);
    let (queue, scores) = (Table::parse(&queue.out), Table::parse(&scores.out));
    let (p, band) = (scores.column("p_bot"), scores.column("band"));
    for row in &queue.rows {
        let at = row[queue.at("row")].parse::<usize>().unwrap() - 1;
        assert_eq!(row[queue.at("band")], band[at]);
        let rounded = p[at].parse::<f64>().map_or(String::new(), |p| format!("{p:.4}"));
        assert_eq!(row[queue.at("p_bot")], rounded);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    for format in ["text", "csv"] {
        let run = |threads: &str| {
            botsieve(["screen", FOLLOWERS, "--threads", threads, "--format", format]).ends_with(0).out
        };
        let one = run("1");
        assert!(one == run("2") && one == run("7"));
    }
}

#[test]
fn hostile_texts_come_out_harmless() {
    let text = botsieve(["screen", FOLLOWERS, "--top", "400"]).ends_with(0);
    assert_harmless(text.text());
    let csv = botsieve(["screen", FOLLOWERS, "--format", "csv"]).ends_with(0);
    assert_harmless(csv.text());
    assert_harmless(&csv.err);
    let queue = Table::parse(&csv.out);
    assert_no_formula(&queue, &["id", "screen_name", "name", "reason_1", "reason_2", "reason_3", "status"]);
    let names = queue.column("name").join("\n");
    assert!(names.contains("'=HYPERLINK("), "the text is kept, as text");
    assert!(names.contains("\\u{202e}htimS"), "and what is hidden is shown");
    assert!(
        names.contains("👩") && names.contains("三浦") || names.contains("小松原"),
        "honest signs stay as they are"
    );
}

#[test]
fn a_pipe_gets_no_escape_codes() {
    let run = botsieve(["screen", FOLLOWERS]).ends_with(0);
    assert!(!run.out.contains(&0x1b) && !run.err.contains('\u{1b}'));
}

#[test]
fn rows_that_cannot_be_read_stand_last_with_their_reason() {
    let folder = Scratch::new();
    let file = folder.write("mixed.csv", format!("{HEADER}\n{DAMAGED}\n{GOOD}\n"));
    let run = botsieve(["screen", &file, "--format", "csv"]).ends_with(3);
    let run =
        run.says(&["mixed.csv", "row 1", "line 2", "column followers_count", "\"many\"", "whole number"]);
    let queue = Table::parse(&run.out);
    assert_eq!(queue.column("row"), ["2", "1"]);
    assert!(queue.column("status")[1].starts_with("damaged: column followers_count"));
    assert_eq!((queue.column("band")[1], queue.column("p_bot")[1]), ("", ""));
    let text = botsieve(["screen", &file]).ends_with(3);
    assert!(text.text().contains("2 accounts: 1 scored, 0 pending, 1 could not be read"), "{}", text.text());
}

#[test]
fn strict_stops_and_leaves_the_old_file_whole() {
    let folder = Scratch::new();
    let file = folder.write("mixed.csv", format!("{HEADER}\n{GOOD}\n{DAMAGED}\n"));
    let queue = folder.write("queue.csv", "the queue of last week\n");
    let run = botsieve(["screen", &file, "--strict", "-o", &queue]).ends_with(1);
    let run = run.says(&["error:", "mixed.csv", "row 2", "line 3", "followers_count"]);
    assert_eq!(run.text(), "");
    assert_eq!(std::fs::read_to_string(&queue).unwrap(), "the queue of last week\n");
    assert_eq!(folder.names(), ["mixed.csv", "queue.csv"]);
}

#[test]
fn an_id_whose_look_up_gave_nothing_is_pending_and_has_no_probability() {
    let run = botsieve(["screen", FOLLOWERS, "--format", "csv"]).ends_with(0);
    let queue = Table::parse(&run.out);
    let gone: Vec<&Vec<String>> =
        queue.rows.iter().filter(|row| row[queue.at("screen_name")].is_empty()).collect();
    assert_eq!(gone.len(), 7);
    for row in gone {
        assert_eq!((row[queue.at("band")].as_str(), row[queue.at("p_bot")].as_str()), ("pending", ""));
        assert_eq!(row[queue.at("followers")], "", "missing is not zero");
    }
}

#[test]
fn the_head_is_as_long_as_asked() {
    for (top, shown) in [("0", 0), ("3", 3), ("9999", 302)] {
        let run = botsieve(["screen", FOLLOWERS, "--top", top]).ends_with(0);
        let places = run
            .text()
            .lines()
            .filter(|line| line.contains(", p_bot 0.") || line.contains("pending: too little is known"))
            .count();
        assert_eq!(places, shown);
    }
}
