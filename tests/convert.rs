//! `botsieve convert` from outside, and the canonical form as a property.

mod common;

use std::borrow::Cow;

use botsieve::account::{Account, Activity, Given, Label, Network, Seldom, Timestamp};
use botsieve::ingest::{Dialect, Input, Note, Notes, ReadOptions, Row, Source, write};
use common::*;
use proptest::prelude::*;

/// Everything a reader says of a file: account, class, damage, notes.
type Read = (Account<'static>, Option<Label>, Option<String>, Notes);

fn read(bytes: &[u8], options: &ReadOptions) -> (Dialect, Vec<Read>) {
    let source = Source::from_bytes("memory", bytes.to_vec());
    let mut input = Input::from_source(source, options).unwrap();
    let mut rows = Vec::new();
    input
        .for_each_row(|row| {
            rows.push((row.account.into_owned(), row.label, row.damage.map(|d| d.to_string()), row.notes));
        })
        .unwrap();
    (input.dialect(), rows)
}

fn labelled_as(column: &str) -> ReadOptions {
    ReadOptions { label_column: Some(column.into()), ..ReadOptions::default() }
}

#[test]
fn every_sample_is_the_same_accounts_in_the_canonical_form() {
    let scratch = Scratch::new();
    for path in std::fs::read_dir(repository("data/dialects")).unwrap() {
        let path = path.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let Ok(mut input) = Input::open(&path, &ReadOptions::default()) else { continue };
        let mut before = Vec::new();
        input
            .for_each_row(|r| {
                before.push((r.account.into_owned(), None, r.damage.map(|d| d.to_string()), r.notes))
            })
            .unwrap();
        for (name, dialect) in [("a.csv", Dialect::BotsieveCsv), ("a.jsonl", Dialect::BotsieveJson)] {
            let out = scratch.path(name);
            let run = fed(["convert", "-", "-o", &out], &bytes);
            let damaged = before.iter().any(|row: &Read| row.2.is_some());
            let run = run.ends_with(if damaged { 3 } else { 0 });
            assert!(run.text().is_empty());
            let written = std::fs::read(&out).unwrap();
            let (found, after) = read(&written, &ReadOptions::default());
            assert_eq!(found, dialect, "{}", path.display());
            assert_eq!(after, before, "{}", path.display());
            // The canonical form of the canonical form is itself, byte for byte.
            let again = fed(["convert", "-", "--to", &name[2..]], &written);
            assert!(again.out == written, "{}", path.display());
        }
    }
}

#[test]
fn damaged_rows_are_kept_in_their_place_with_their_reason() {
    let text = format!("{HEADER}\n{GOOD}\n{DAMAGED}\n{GOOD}\n9,short\n");
    let run = fed(["convert", "-"], text.as_bytes())
        .ends_with(3)
        .says(&["4 rows read: 2 sound, 2 damaged; 4 written"]);
    let table = Table::parse(&run.out);
    let status = table.column("botsieve_status");
    assert_eq!((status[0], status[2]), ("ok", "ok"));
    assert_eq!(
        status[1],
        "damaged: column followers_count: found \"many\", expected a whole number of 0 or more"
    );
    assert_eq!(status[3], "damaged: found 2 cells, expected 10 cells, as the header has");
    assert_eq!(table.column("handle")[1], "ben_ode", "what could be read is kept");
    assert_eq!(table.column("followers")[1], "");
    let run = fed(["inspect", "-"], &run.out).ends_with(3);
    assert!(run.text().contains("4 rows, read as botsieve-csv"), "{}", run.text());
    assert!(
        run.text().contains("column followers_count: found \"many\", expected a whole number"),
        "{}",
        run.text()
    );
    fed(["convert", "-", "--strict"], text.as_bytes()).ends_with(1).says(&["row 2 (line 3)"]);
}

#[test]
fn no_cell_is_a_formula_and_nothing_reaches_the_terminal() {
    let text = "id,screen_name,name,description,followers_count\n\
        1,@anna,=HYPERLINK(\"x\"),\u{1b}[31m\u{202e}red,1\n2,ben,'quoted,-3 \\ 4,2\n3,,\"\",\"\",3\n";
    let run = fed(["convert", "-"], text.as_bytes()).ends_with(0);
    assert_harmless(run.text());
    let table = Table::parse(&run.out);
    assert_no_formula(&table, &["id", "handle", "name", "bio", "location"]);
    assert_eq!(table.column("name"), ["'=HYPERLINK(\"x\")", "''quoted", "'"]);
    assert_eq!(table.column("bio"), ["'\\u{1b}[31m\\u{202e}red", "'-3 \\\\ 4", "'"]);
    assert_eq!(table.column("location"), ["", "", ""], "not known is not empty");
    let json = fed(["convert", "-", "--to", "jsonl"], text.as_bytes()).ends_with(0);
    assert_harmless(json.text());
    assert_eq!(read(&run.out, &ReadOptions::default()).1, read(&json.out, &ReadOptions::default()).1);
}

#[test]
fn the_class_goes_along_where_it_is_asked_for() {
    let run = botsieve(["convert", LABELLED, "--label", "label"]).ends_with(0);
    let table = Table::parse(&run.out);
    let words = |text: &&str| Label::parse(text);
    let before: Vec<_> = labelled().column("label").iter().map(words).collect();
    assert_eq!(table.column("label").iter().map(words).collect::<Vec<_>>(), before);
    let (_, rows) = read(&run.out, &labelled_as("label"));
    assert!(rows.iter().map(|row| row.1).eq(before.iter().copied()));
    let run = botsieve(["convert", LABELLED]).ends_with(0).says(&["left out", "label"]);
    assert!(!Table::parse(&run.out).header.contains(&"label".to_string()));
}

#[test]
fn scores_do_not_change() {
    let scratch = Scratch::new();
    let before = botsieve(["score", FOLLOWERS, "-m", SMALL]).ends_with(0).out;
    for name in ["a.csv", "a.jsonl", "a.csv.gz", "a.jsonl.zst"] {
        let out = scratch.path(name);
        botsieve(["convert", FOLLOWERS, "-o", &out]).ends_with(0);
        assert!(botsieve(["score", &out, "-m", SMALL]).ends_with(0).out == before, "{name}");
    }
    let gzip = std::fs::read(scratch.path("a.csv.gz")).unwrap();
    assert!(gzip.starts_with(&[0x1f, 0x8b]));
    assert!(std::fs::read(scratch.path("a.jsonl.zst")).unwrap().starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    assert_eq!(scratch.names().len(), 4, "no temporary file stays");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let mut rows = String::from("id,screen_name,name,followers_count\n");
    for n in 0..60_000 {
        rows.push_str(&format!("{n},user_{n},A name of some length so that chunks fill {n},{}\n", n % 977));
    }
    for form in ["csv", "jsonl"] {
        let run = |threads: &str| {
            fed(["convert", "-", "--to", form, "--threads", threads], rows.as_bytes()).ends_with(0).out
        };
        let one = run("1");
        assert!(one == run("3"), "{form}");
    }
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let scratch = Scratch::new();
    let out = scratch.write("a.csv", "old");
    fed(["convert", "-", "-o", &out, "--strict"], format!("{HEADER}\n{DAMAGED}\n").as_bytes()).ends_with(1);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "old");
    // A file may be converted into itself.
    let own = scratch.write("own.csv", followers().bytes());
    botsieve(["convert", &own, "-o", &own]).ends_with(0);
    assert_eq!(read(&std::fs::read(&own).unwrap(), &ReadOptions::default()).1.len(), 302);
    assert_eq!(scratch.names(), ["a.csv", "own.csv"]);
}

#[test]
fn form_and_name_have_to_agree() {
    let scratch = Scratch::new();
    botsieve(["convert", FOLLOWERS, "--to", "csv", "-o", &scratch.path("a.jsonl")])
        .ends_with(1)
        .says(&["do not fit"]);
    botsieve(["convert", FOLLOWERS, "-o", &scratch.path("a.parquet.gz")]).ends_with(1).says(&["by itself"]);
    if !cfg!(feature = "arrow") {
        botsieve(["convert", FOLLOWERS, "-o", &scratch.path("a.parquet")])
            .ends_with(1)
            .says(&["--features arrow"]);
    }
    assert!(scratch.names().is_empty());
}

#[cfg(feature = "arrow")]
#[test]
fn parquet_holds_the_same_accounts() {
    let scratch = Scratch::new();
    let out = scratch.path("a.parquet");
    for sample in [FOLLOWERS, "data/dialects/mastodon_followers.json", "data/dialects/midterm.json"] {
        botsieve(["convert", sample, "-o", &out]).ends_with(0);
        let csv = botsieve(["convert", sample]).ends_with(0).out;
        assert!(botsieve(["convert", &out]).ends_with(0).out == csv, "{sample}");
        let bytes = std::fs::read(&out).unwrap();
        botsieve(["convert", sample, "-o", &out, "--threads", "3"]).ends_with(0);
        assert!(std::fs::read(&out).unwrap() == bytes, "{sample}");
    }
}

#[test]
fn a_status_that_is_none_is_a_damage() {
    for (text, code) in
        [("ok", 0), ("ok (ruined id; rounded count)", 0), ("ok (so so)", 3), ("", 3), ("fine", 3)]
    {
        let file = format!("botsieve_status,id,followers\n{text},1,2\n");
        let run = fed(["inspect", "-"], file.as_bytes());
        assert_eq!(run.code, code, "{text}: {}", run.text());
    }
}

#[test]
fn a_map_file_is_drafted_even_where_no_column_is_known() {
    let scratch = Scratch::new();
    let map = scratch.path("map.toml");
    let text = b"Nick,Fans,Idols\nanna,1,2\n";
    fed(["inspect", "-"], text).ends_with(1).says(&["--map"]);
    let run = fed(["inspect", "-", "--write-map", &map], text).ends_with(0).says(&["map written to"]);
    assert!(run.text().contains("3 columns not used: Nick, Fans, Idols"), "{}", run.text());
    let draft = std::fs::read_to_string(&map).unwrap();
    assert!(draft.contains("# \"Nick\"") && draft.contains("# handle = \"\""), "{draft}");
    std::fs::write(
        &map,
        draft
            .replace("# handle = \"\"", "handle = \"Nick\"")
            .replace("# followers = \"\"", "followers = \"Fans\""),
    )
    .unwrap();
    let run = fed(["convert", "-", "--map", &map, "--to", "jsonl"], text).ends_with(0);
    assert_eq!(run.text(), "{\"botsieve_status\":\"ok\",\"handle\":\"anna\",\"followers\":1}\n");
}

fn text() -> impl Strategy<Value = Option<Cow<'static, str>>> {
    let special = prop_oneof![
        Just("=1+1"),
        Just("'"),
        Just("''"),
        Just("\\"),
        Just("\\u{41}"),
        Just("'\\t"),
        Just("NULL"),
        Just("None"),
        Just("-"),
        Just(" a "),
        Just("\r\n"),
        Just("a\rb"),
        Just("\u{feff}"),
        Just("8.41E+17"),
        Just("\"quoted\""),
        Just("12.0"),
        Just("x12"),
        Just("@anna"),
        Just("＝1"),
        Just("\u{e0041}\u{0}"),
        Just("ok"),
        Just("damaged: x"),
        Just(",;\t|"),
    ];
    let any = prop_oneof![special.prop_map(String::from), any::<String>(), Just(String::new())];
    proptest::option::of(any.prop_map(Cow::Owned))
}

fn time() -> impl Strategy<Value = Option<Timestamp>> {
    // 1970 to 2099: what is beyond is read from no file.
    let any = (0i64..4_102_444_800, 0i32..1_000_000_000)
        .prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap());
    proptest::option::of(any)
}

fn number() -> impl Strategy<Value = Option<f64>> {
    proptest::option::of(any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(f64::abs))
}

prop_compose! {
    fn account()(
        texts in proptest::collection::vec(text(), 7),
        counts in proptest::collection::vec(proptest::option::of(any::<u64>()), 7),
        flags in proptest::collection::vec(any::<Option<bool>>(), 9),
        times in proptest::collection::vec(time(), 3),
        numbers in proptest::collection::vec(number(), 20),
        network in proptest::option::of(0usize..5),
    ) -> Account<'static> {
        let [id, handle, name, bio, location, url, lang] = <[_; 7]>::try_from(texts).unwrap();
        let n = numbers;
        Account {
            id, handle, name, bio, location, url, lang,
            followers: counts[0], following: counts[1], posts: counts[2], likes_given: counts[3], listed: counts[4],
            verified: flags[0], protected: flags[1], default_profile: flags[2], default_image: flags[3],
            geo_enabled: flags[4], background_image: flags[5], declared_bot: flags[6], you_follow: flags[7],
            follows_you: flags[8],
            created_at: times[0], last_post_at: times[1], observed_at: times[2],
            network: network.map(|at| {
                [Network::X, Network::Mastodon, Network::Bluesky, Network::Instagram, Network::Other][at]
            }),
            given: Seldom::from(Given {
                handle_chars: counts[5], bio_chars: counts[6], age_days: n[0], followers_per_following: n[1],
                posts_per_day: n[2], listed_per_day: n[3], likes_given_mean: n[4],
            }),
            activity: Seldom::from(Activity {
                original_posts: n[5], reposts: n[6], replies: n[7], links: n[8], client_count: n[9], likes_per_post: n[10],
                reposts_per_post: n[11], link_rate: n[12], mention_rate: n[13], gap_mean_hours: n[14], gap_sd_hours: n[15],
                hashtag_rate: n[16], hour_entropy: n[17], repeat_share: n[18], main_client_share: n[19],
            }),
            previous: None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_account_is_the_same_after_writing_and_reading(
        accounts in proptest::collection::vec((account(), any::<Option<bool>>(), any::<bool>(), any::<bool>()), 1..5)
    ) {
        let mut csv = csv::Writer::from_writer(format!("{}\n", write::csv_header(false)).into_bytes());
        let mut json = Vec::new();
        let mut expected = Vec::new();
        for (number, (account, label, ruined, rounded)) in (1..).zip(accounts) {
            let mut notes = Notes::default();
            if ruined { notes.insert(Note::RuinedId) }
            if rounded { notes.insert(Note::RoundedCount) }
            if account.created_at.zip(account.observed_at).is_some_and(|(made, observed)| made > observed) {
                notes.insert(Note::MadeLater);
            }
            let label = label.map(|bot| if bot { Label::Bot } else { Label::Human });
            let row = Row { number, line: number, account: account.clone(), label, damage: None, notes };
            write::csv_row(&mut csv, &row, false).unwrap();
            write::json_row(&mut json, &row).unwrap();
            expected.push((account, None, None, notes));
        }
        let csv = csv.into_inner().unwrap();
        for (bytes, dialect) in [(csv, Dialect::BotsieveCsv), (json, Dialect::BotsieveJson)] {
            let (found, rows) = read(&bytes, &ReadOptions::default());
            prop_assert_eq!(found, dialect);
            prop_assert_eq!(&rows, &expected, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
