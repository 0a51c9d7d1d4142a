//! `--previous` and `--posts`: other files that say more of the same accounts.
#![allow(missing_docs)]

mod common;

use common::{Scratch, Table, botsieve, fed};

const ACCOUNTS: &str = "data/posts/accounts.csv";
const EARLIER: &str = "data/posts/accounts_earlier.csv";
const BETWEEN: &str = "data/posts/accounts_between.csv";
const POSTS: [&str; 3] = ["data/posts/api_v1.jsonl", "data/posts/api_v2_pages.jsonl", "data/posts/posts.csv"];
const OF_POSTS: &str = "repost_share,reply_share,links_per_post,mentions_per_post,client_count,likes_per_post,\
     reposts_per_post,post_gap_mean_hours,post_gap_sd_hours,post_burstiness,post_hour_entropy,repeated_text_share,\
     hashtags_per_post,main_client_share,days_since_last_post";
const OF_GROWTH: &str = "followers_change_per_day,friends_change_per_day,statuses_change_per_day,\
     favourites_change_per_day,followers_change_ratio,friends_change_ratio,friends_turnover_per_day,\
     friends_reversal_share,handle_changed";

fn features(args: &[&str]) -> Table {
    Table::parse(&botsieve(["features", "--quiet"].iter().chain(args)).ends_with(0).out)
}

fn number(table: &Table, row: usize, name: &str) -> Option<f64> {
    let cell = &table.rows[row][table.at(name)];
    (!cell.is_empty()).then(|| cell.parse().unwrap_or_else(|_| panic!("{name}: {cell}")))
}

#[track_caller]
fn near(found: Option<f64>, wanted: f64) {
    assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-9), "{found:?}, not {wanted}");
}

#[test]
fn the_same_posts_in_every_form_give_the_same_features() {
    let tables = POSTS.map(|posts| features(&[ACCOUNTS, "--posts", posts, "--only", OF_POSTS]));
    assert_eq!(tables[0], tables[1]);
    assert_eq!(tables[0], tables[2]);
    // Each post is told by its id, so that all files together are one.
    let all = features(&[
        ACCOUNTS, "--posts", POSTS[2], "--posts", POSTS[0], "--posts", POSTS[1], "--only", OF_POSTS,
    ]);
    assert_eq!(tables[0], all);
}

#[test]
fn features_of_posts_are_as_counted_by_hand() {
    let table = features(&[ACCOUNTS, "--posts", POSTS[0], "--only", OF_POSTS]);
    let (baker, nobody, spam) = (0, 1, 2);
    // Of twelve posts two begin with RT and two with a mention; one link, four mentions, three hashtags.
    near(number(&table, baker, "repost_share"), 2.0 / 12.0);
    near(number(&table, baker, "reply_share"), 2.0 / 12.0);
    near(number(&table, baker, "links_per_post"), 1.0 / 12.0);
    near(number(&table, baker, "mentions_per_post"), 4.0 / 12.0);
    near(number(&table, baker, "hashtags_per_post"), 3.0 / 12.0);
    near(number(&table, baker, "client_count"), 2.0);
    near(number(&table, baker, "main_client_share"), 8.0 / 12.0);
    // First at 7, last at 118 hours; eleven gaps.
    near(number(&table, baker, "post_gap_mean_hours"), 111.0 / 11.0);
    near(number(&table, baker, "repeated_text_share"), 0.0);
    // 2021-02-05 22:00 to 2021-03-01.
    near(number(&table, baker, "days_since_last_post"), 23.0 + 2.0 / 24.0);
    // Two texts over and over, links aside; like a clock, every two hours of one day.
    near(number(&table, spam, "repeated_text_share"), 10.0 / 12.0);
    near(number(&table, spam, "post_gap_sd_hours"), 0.0);
    near(number(&table, spam, "post_burstiness"), -1.0);
    near(number(&table, spam, "post_hour_entropy"), 1.0);
    near(number(&table, spam, "main_client_share"), 1.0);
    for name in OF_POSTS.split(',') {
        assert_eq!(number(&table, nobody, name), None, "{name}: no posts are not none posted");
    }
}

#[test]
fn growth_is_between_the_snapshots() {
    let table = features(&[ACCOUNTS, "--previous", EARLIER, "--only", OF_GROWTH]);
    let (baker, new, spam) = (0, 1, 2);
    near(number(&table, baker, "followers_change_per_day"), 1.0);
    near(number(&table, baker, "statuses_change_per_day"), 12.0);
    near(number(&table, baker, "followers_change_ratio"), 843.0 / 833.0);
    near(number(&table, baker, "handle_changed"), 1.0);
    near(number(&table, spam, "friends_change_per_day"), 100.0);
    near(number(&table, spam, "handle_changed"), 0.0);
    for name in OF_GROWTH.split(',') {
        assert_eq!(
            number(&table, new, name),
            None,
            "{name}: of one who was not there before nothing is known"
        );
    }
    for name in ["favourites_change_per_day", "friends_turnover_per_day", "friends_reversal_share"] {
        assert_eq!(number(&table, spam, name), None, "{name}");
    }
    // With one in between: 980, 4980, 1980 are 4000 up and 3000 down in ten days.
    let table = features(&[ACCOUNTS, "--previous", EARLIER, "--previous", BETWEEN, "--only", OF_GROWTH]);
    near(number(&table, spam, "friends_change_per_day"), 100.0);
    near(number(&table, spam, "friends_turnover_per_day"), 700.0);
    near(number(&table, spam, "friends_reversal_share"), 1.0 - 1000.0 / 7000.0);
    near(number(&table, baker, "friends_reversal_share"), 0.0);
    near(number(&table, baker, "handle_changed"), 0.0);
}

#[test]
fn dates_are_from_the_rows_or_the_flag_and_rates_are_missing_without() {
    let scratch = Scratch::new();
    let old = scratch.write("old.csv", "screen_name,followers\nMarlene_Bakes,42\n");
    let now = scratch.write("now.csv", "screen_name,followers\n@marlene_bakes,52\n");
    let only = ["--only", "followers_change_per_day,followers_change_ratio"];
    let undated = features(&[&[&*now, "--previous", &old], &only[..]].concat());
    assert_eq!(number(&undated, 0, "followers_change_per_day"), None);
    near(number(&undated, 0, "followers_change_ratio"), 53.0 / 43.0);
    let dates = ["--observed-at", "2021-03-01", "--previous-observed-at", "2021-02-24"];
    let dated = features(&[&[&*now, "--previous", &old], &dates[..], &only[..]].concat());
    near(number(&dated, 0, "followers_change_per_day"), 2.0);
    let swapped = ["--observed-at", "2021-03-01", "--previous-observed-at", "2021-03-02"];
    let run = botsieve([&["features", &*now, "--previous", &old], &swapped[..], &only[..]].concat())
        .ends_with(0)
        .says(&["1 of 1 row found", "not newer than the older snapshot"]);
    assert_eq!(number(&Table::parse(&run.out), 0, "followers_change_per_day"), None);
    botsieve(["features", &now, "--previous", &old, "--previous-observed-at", "2021-01-01,2021-02-01"])
        .ends_with(2)
        .says(&["one date for each --previous"]);
}

#[test]
fn every_command_that_computes_features_takes_them_and_says_how_many_were_found() {
    let beside = ["--previous", EARLIER, "--posts", POSTS[1]];
    let told =
        ["2 of 3 rows found among the 3 accounts of the older snapshots", "posts found for 2 of 3 rows"];
    for command in ["score", "screen", "features"] {
        botsieve([&[command, ACCOUNTS], &beside[..]].concat()).ends_with(0).says(&told);
    }
    let run = botsieve([&["inspect", ACCOUNTS], &beside[..]].concat()).ends_with(0).says(&told);
    assert!(run.text().contains("friends_change_per_day         in 2 of 3 rows"), "{}", run.text());
    let id = ["--id", "1364881990134534145"];
    botsieve([&["explain", ACCOUNTS], &id[..], &beside[..]].concat()).ends_with(0).says(&told);
    // The embedded model uses none of them: the scores stay as they are.
    let without = botsieve(["score", ACCOUNTS, "--quiet"]).ends_with(0).out;
    let with = botsieve([&["score", ACCOUNTS, "--quiet"], &beside[..]].concat()).ends_with(0).out;
    assert_eq!(
        Table::parse(&without).without("features_missing"),
        Table::parse(&with).without("features_missing")
    );
}

#[test]
fn threads_and_pipes_change_nothing() {
    let scratch = Scratch::new();
    let mut accounts = String::from("id,screen_name,followers_count\n");
    let mut posts = String::from("user_id,tweet_id,created_at,text\n");
    for n in 0..20_000u64 {
        accounts += &format!("{n},name_{n},{}\n", n % 97);
        let second = (n * 7919) % 60;
        posts += &format!("{},{n},2021-03-0{} 10:{second:02}:00,\"text {}\"\n", n % 1500, 1 + n % 9, n % 13);
    }
    let (accounts, posts) = (scratch.write("a.csv", accounts), scratch.write("p.csv", &posts));
    let run = |threads: &str, file: &str, stdin: &[u8]| {
        let args =
            ["features", &accounts, "--posts", file, "--quiet", "--threads", threads, "--only", OF_POSTS];
        fed(args, stdin).ends_with(0).out
    };
    let one = run("1", &posts, b"");
    assert_eq!(one, run("4", &posts, b""));
    assert_eq!(one, run("2", "-", &std::fs::read(&posts).unwrap()));
    fed(["features", "-", "--posts", "-"], b"").ends_with(1).says(&["standard input"]);
}

#[test]
fn what_is_no_file_of_posts_is_refused_and_a_broken_post_is_told() {
    let scratch = Scratch::new();
    for (text, reason) in [
        ("id,screen_name,followers_count,created_at\n1,a,2,2020-01-01\n", "these are accounts, not posts"),
        ("[{\"id\":\"1\",\"username\":\"a\",\"public_metrics\":{}}]", "no posts with their authors"),
        ("text,created_at\nhello,2020-01-01\n", "no posts with their authors; there are: text, created_at"),
        ("window.YTD.tweets.part0 = [{\"tweet\":{\"id\":\"1\"}}]", "X archive"),
        ("", "is empty"),
    ] {
        let path = scratch.write("posts", text);
        botsieve(["features", ACCOUNTS, "--posts", &path]).ends_with(1).says(&[reason, "posts"]);
    }
    let broken = scratch.write(
        "broken.csv",
        "user_id,created_at,text\n284117,03/04/2021,a\n,2021-03-01,b\n284117,2021-02-27,c\n8.41E+17,2021-02-27,d\n",
    );
    let run = botsieve(["features", ACCOUNTS, "--posts", &broken, "--only", "days_since_last_post"]);
    let run = run.ends_with(3).says(&[
        "row 1 (line 2): column created_at: found \"03/04/2021\"",
        "row 2 (line 3): found no author",
        "row 4 (line 5): column user_id: found \"8.41E+17\"",
        "1 post",
    ]);
    near(number(&Table::parse(&run.out), 1, "days_since_last_post"), 2.0);
    botsieve(["features", ACCOUNTS, "--posts", &broken, "--strict"]).ends_with(1).says(&["row 1 (line 2)"]);
    let json = scratch.write("b.jsonl", "{\"author_id\":\"1\",\"text\":\"a\"}\n{\"author_id\":\"1\",\n");
    botsieve(["features", ACCOUNTS, "--posts", &json]).ends_with(3).says(&["row 2 (line 2)"]);
}

#[test]
fn posts_inside_accounts_and_headerless_tweets_are_read() {
    let scratch = Scratch::new();
    let twibot = r#"[{"ID":"7","profile":{"id_str":"7 ","screen_name":"a ","followers_count":"3 "},"tweet":["Buy this","buy  THIS","RT @b: x"]},
        {"ID":"8","profile":{"id_str":"8 ","screen_name":"c ","followers_count":"3 "},"tweet":null}]"#;
    let path = scratch.write("t.json", twibot);
    let table = features(&[&path, "--posts", &path, "--only", "repeated_text_share,repost_share"]);
    near(number(&table, 0, "repeated_text_share"), 0.5);
    near(number(&table, 0, "repost_share"), 1.0 / 3.0);
    assert_eq!(number(&table, 1, "repost_share"), None);
    let tweets = "15\t1\t\"a quote that never ends\t2010-05-15 14:00:00\n15\t2\t@b hi\t2010-05-15 16:00:00\n\
                  15\t3\tx\t2010-05-15 18:00:00\n";
    let tweets = scratch.write("tweets.txt", tweets);
    let account = scratch.write("a.csv", "id,followers\n15,3\n");
    let table = features(&[&account, "--posts", &tweets, "--only", "post_gap_mean_hours,reply_share"]);
    near(number(&table, 0, "post_gap_mean_hours"), 2.0);
    near(number(&table, 0, "reply_share"), 1.0 / 3.0);
}

#[test]
fn a_manifest_names_them_for_each_file_and_one_file_takes_them_as_flags() {
    let scratch = Scratch::new();
    let (mut now, mut old) = (String::from("id,followers,label\n"), String::from("id,followers\n"));
    let mut posts = String::from("user_id,created_at,text\n");
    let header = now.clone();
    for n in 0..800u64 {
        if n == 400 {
            scratch.write("first.csv", std::mem::replace(&mut now, header.clone()));
        }
        let bot = n % 2 == 0;
        now += &format!("{n},{},{}\n", 100 + n % 7, if bot { "bot" } else { "human" });
        old += &format!("{n},{}\n", 100 + n % 5 - if bot { 40 } else { 0 });
        for at in 0..4 {
            let text = if bot && n % 10 != 0 { "win".into() } else { format!("text {at}") };
            posts += &format!("{n},2021-03-0{} 10:00:00,{text}\n", at + 1);
        }
    }
    scratch.write("now.csv", now);
    let (old, posts) = (scratch.write("old.csv", old), scratch.write("posts.csv", posts));
    let manifest = scratch.write(
        "m.toml",
        "name = \"beside\"\nfeatures = [\"repeated_text_share\", \"followers_change_ratio\", \"followers_count\"]\n\
         [[source]]\nname = \"a\"\nhold_out = true\n[[source.file]]\npath = \"first.csv\"\nlabel_column = \"label\"\n\
         posts = \"posts.csv\"\nprevious = \"old.csv\"\n\
         [[source]]\nname = \"b\"\nhold_out = true\n[[source.file]]\npath = \"now.csv\"\nlabel_column = \"label\"\n\
         posts = \"posts.csv\"\nprevious = \"old.csv\"\n",
    );
    let model = scratch.path("model.json");
    let run = botsieve(["train", "--manifest", &manifest, "-o", &model, "--replicates", "20"]);
    assert!(run.code == 0, "{}", run.err);
    let run = run.says(&["posts found for 400 of 400 rows", "400 of 400 rows found"]);
    drop(run);
    let text = std::fs::read_to_string(&model).unwrap();
    assert!(text.contains("repeated_text_share") && text.contains("followers_change_ratio"), "{text}");
    // The model sees the posts of whoever is scored with it.
    let score = |more: &[&str]| {
        let now = scratch.path("now.csv");
        let args = ["score", &now, "-m", &model, "--quiet"];
        Table::parse(&botsieve(args.iter().chain(more)).ends_with(0).out)
    };
    let (plain, more) = (score(&[]), score(&["--posts", &posts, "--previous", &old]));
    let reasons = more.column("reason_1").join(" ");
    assert!(reasons.contains("of its own posts repeat another of them"), "{reasons}");
    assert_ne!(plain.column("logit"), more.column("logit"));
    let one = scratch.path("one.json");
    let now = scratch.path("now.csv");
    botsieve(["train", &now, "--label", "label", "--posts", &posts, "-o", &one, "--replicates", "20"])
        .ends_with(0)
        .says(&["posts found for 400 of 400 rows"]);
    assert!(std::fs::read_to_string(&one).unwrap().contains("repeated_text_share"));
    botsieve(["train", "--manifest", &manifest, "--posts", &posts, "-o", &one])
        .ends_with(2)
        .says(&["in a manifest, name them in [[source.file]]"]);
}
