//! `--engagement`: who engages with you comes first, from outside.

mod common;

use common::*;

const COUNTS: &str = "data/engagement/counts.csv";
const POSTS: &str = "data/engagement/posts.jsonl";
const LIKERS: &str = "likes=data/engagement/likers.csv";

fn screen(more: &[&str]) -> Run {
    botsieve([&["screen", FOLLOWERS][..], more].concat())
}

fn queue(more: &[&str]) -> Table {
    Table::parse(&screen(&[&["--format", "csv", "-q"], more].concat()).ends_with(0).out)
}

fn row<'t>(table: &'t Table, handle: &str) -> (usize, &'t str, &'t str) {
    let at = table.column("screen_name").iter().position(|name| *name == handle).unwrap();
    (at, table.column("engagement")[at], table.column("engagement_reason")[at])
}

#[test]
fn who_engages_comes_first_with_the_reason_and_nothing_else_changes() {
    let plain = queue(&[]);
    let table = queue(&["--engagement", COUNTS]);
    assert_eq!(table.header.len(), plain.header.len() + 2);
    assert_eq!(table.header[table.header.len() - 2..], ["engagement", "engagement_reason"]);
    assert_eq!(table.rows.len(), plain.rows.len(), "nobody is hidden");
    assert_eq!(row(&table, "josh86").1, "8");
    assert_eq!(
        row(&table, "vkulkarni"),
        (1, "8", "mentioned you 3 times, liked you 2 times since 2020-03-01")
    );
    assert_eq!(row(&table, "olgakoval").2, "mentioned you once on 2020-07-07", "joined by its handle");
    // The engaged are ahead of everybody, the bot-like one of them behind the others.
    let first = &table.column("screen_name")[..4];
    assert_eq!(first, ["josh86", "vkulkarni", "olgakoval", "Randal11603167"]);
    assert_eq!(table.column("band")[3], "spam");
    assert_eq!(table.column("engagement")[4], "0");
    // Scores are as they were.
    let scores = |table: &Table| -> std::collections::BTreeMap<String, String> {
        let rows = table.column("row").into_iter().map(str::to_string);
        rows.zip(table.column("p_bot").into_iter().map(str::to_string)).collect()
    };
    assert_eq!(scores(&table), scores(&plain));
}

#[test]
fn ten_thousand_mentions_do_not_come_before_those_who_mean_it() {
    let table = queue(&["--engagement", COUNTS, "--order", "engagement"]);
    assert_eq!(row(&table, "Randal11603167").1, "10", "five mentions count, more say no more");
    assert_eq!(row(&table, "Randal11603167").2, "mentioned you 10,000 times since 2020-08-30");
    let folder = Scratch::new();
    let few =
        folder.write("few.csv", "handle,replies,likes,mentions\njosh86,3,2,\nRandal11603167,,,4000000000\n");
    let table = queue(&["--engagement", &few, "--order", "engagement"]);
    assert_eq!(table.column("screen_name")[..2], ["josh86", "Randal11603167"]);
    assert_eq!(table.column("engagement")[..3], ["11", "10", "0"]);
}

#[test]
fn posts_count_by_what_they_are_to_us_and_lists_by_their_name() {
    let us = ["--us", "@Tea_House", "--us", "9100000000999999999"];
    let run = screen(&[&["--engagement", POSTS, "--engagement", LIKERS], &us[..]].concat()).ends_with(0);
    let run = run.says(&[
        "posts.jsonl: 6 records (posts), 2 not towards you, 1 your own",
        "likers.csv: 3 records (accounts, likes once each)",
        "5 accounts engaged with you; 4 of the list did",
    ]);
    assert!(
        run.text().contains("replied to you once, mentioned you once since 2020-07-01"),
        "{}",
        run.text()
    );
    let table = queue(&[&["--engagement", POSTS, "--engagement", LIKERS], &us[..]].concat());
    assert_eq!(row(&table, "benoit74").1, "5");
    assert_eq!(row(&table, "cmunoz").2, "reposted you once on 2020-07-04");
    assert_eq!(row(&table, "kwabenaadeyemi").1, "0", "passed on what somebody else wrote of us");
    assert_eq!(row(&table, "sabine_krueger").1, "0", "an address is no mention");
    assert_eq!(row(&table, "sbraendle").2, "liked you once");
}

#[test]
fn the_form_of_a_file_does_not_matter_and_threads_do_not_either() {
    let folder = Scratch::new();
    let tab = folder
        .write("t.tsv", "\u{feff}Screen_Name\tRetweets\tMentions\tImpressions\r\njosh86\t2\t1\t500\r\n");
    let csv =
        folder.write("p.csv", "user_id,text,created_at\n9100000000011665776,hi @tea_house,2020-01-01\n");
    let v1 = folder.write(
        "v1.json",
        r#"[{"id_str":"1","user":{"id_str":"9100000000011665776","screen_name":"josh86"},"text":"yes","created_at":"Wed Jan 01 00:00:00 +0000 2020","in_reply_to_user_id_str":"77","in_reply_to_screen_name":"tea_house"}]"#,
    );
    let all = ["--engagement", &tab, "--engagement", &csv, "--engagement", &v1, "--us", "tea_house"];
    let table = queue(&all);
    assert_eq!(
        row(&table, "josh86"),
        (0, "11", "replied to you once, mentioned you 2 times, reposted you 2 times on 2020-01-01")
    );
    let bytes = |threads| screen(&[&all[..], &["--format", "csv", "--threads", threads]].concat()).out;
    assert!(bytes("1") == bytes("3"));
    let kept =
        queue(&[&all[..], &["--where", "engagement>0", "--where", "engagement_reason~replied"]].concat());
    assert_eq!(kept.rows.len(), 1);
}

#[test]
fn what_is_wrong_is_said_and_what_would_do() {
    let folder = Scratch::new();
    let bad = folder.write("bad.csv", "handle,mentions\njosh86,many\n,3\nolgakoval,1\n");
    screen(&["--engagement", &bad]).ends_with(3).says(&[
        "row 1 (line 2): column mentions: found \"many\", expected a whole number",
        "row 2 (line 3): found neither id nor handle",
    ]);
    screen(&["--engagement", &bad, "--strict"]).ends_with(1).says(&["many"]);
    screen(&["--engagement", POSTS]).ends_with(1).says(&["--us @you"]);
    screen(&["--engagement", FOLLOWERS]).ends_with(1).says(&["likes=FILE"]);
    screen(&["--engagement", "data/engagement/likers.csv"]).ends_with(1).says(&["likes=FILE", "mentions"]);
    screen(&["--engagement", "-"]).ends_with(2);
    screen(&["--order", "engagement"]).ends_with(2).says(&["--engagement FILE"]);
    screen(&["--where", "engagement>0"]).ends_with(2).says(&["--engagement FILE"]);
    screen(&["--us", "@me"]).ends_with(2);
}

#[test]
fn a_bot_that_engages_is_marked_as_such() {
    let run = screen(&["--engagement", COUNTS]).ends_with(0);
    let text = run.text();
    assert!(
        text.contains("mentioned you 10,000 times since 2020-08-30; looks like a bot all the same"),
        "{text}"
    );
    assert!(text.contains("@Randal11603167") && text.contains("spam, p_bot"), "{text}");
}
