//! The real files under `../shared/datasets` (or `BOTSIEVE_DATASETS`): each that holds accounts is read without a
//! flag beyond its path and gives as many rows as it has; each that holds none says what it is.
#![allow(missing_docs)]

mod reading;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use botsieve::ingest::{Beside, BesideFiles, Dialect, Input, ReadOptions, Source, Tally};
use reading::files;

/// Accounts: path, dialect, rows, damaged rows.
const ACCOUNTS: &[(&str, &str, u64, u64)] = &[
    ("bluesky-2025/unlabeled_4k_dataset.json.gz", "bluesky", 4_249, 0),
    ("bot-or-not-challenge/dataset.posts_users.30.json.gz", "bot-or-not", 275, 0),
    ("bot-or-not-challenge/dataset.posts_users.31.json.gz", "bot-or-not", 171, 0),
    ("bot-or-not-challenge/dataset.posts_users.32.json.gz", "bot-or-not", 271, 0),
    ("bot-or-not-challenge/dataset.posts_users.33.json.gz", "bot-or-not", 172, 0),
    ("botwiki-2019/botwiki-2019_tweets.json.gz", "bot-repository", 698, 0),
    ("caverlee-2011/content_polluters.txt.gz", "caverlee", 22_223, 0),
    ("caverlee-2011/followings-subset/test.content_polluters.txt", "caverlee", 150, 0),
    ("caverlee-2011/followings-subset/test.legitimate_users.txt", "caverlee", 150, 1),
    ("caverlee-2011/followings-subset/train.content_polluters.txt", "caverlee", 341, 0),
    ("caverlee-2011/followings-subset/train.legitimate_users.txt", "caverlee", 350, 0),
    ("caverlee-2011/legitimate_users.txt.gz", "caverlee", 19_276, 0),
    ("caverlee-2011/user_account_derived.csv.gz", "caverlee-derived", 39_853, 0),
    ("cresci-2015/E13.users.csv.gz", "mib", 1_481, 0),
    ("cresci-2015/INT.users.csv", "mib", 1_337, 0),
    ("cresci-2015/counts_all_5301.csv", "csv", 5_301, 0),
    ("cresci-2017/fake_followers.users.csv.gz", "mib", 3_351, 0),
    ("cresci-2017/genuine_accounts.users.csv.gz", "mib", 3_474, 0),
    ("cresci-2017/social_spambots_1.users.csv", "mib", 991, 0),
    ("cresci-2017/social_spambots_2.users.csv.gz", "mib", 3_457, 0),
    ("cresci-2017/social_spambots_3.users.csv", "mib", 464, 0),
    ("cresci-2017/traditional_spambots_1.users.csv", "mib", 1_000, 0),
    ("cresci-2017/traditional_spambots_2.users.csv", "mib", 100, 0),
    ("cresci-2017/traditional_spambots_3.users.csv", "mib", 403, 0),
    ("cresci-2017/traditional_spambots_4.users.csv", "mib", 1_128, 0),
    ("cresci-2017-rehydrated-2017-04/genuine_account.csv.gz", "api-v1-csv", 5_045, 0),
    ("cresci-2017-rehydrated-2017-04/social_spambots_1.csv", "api-v1-csv", 940, 0),
    ("cresci-2017-rehydrated-2017-04/social_spambots_2.csv.gz", "api-v1-csv", 3_320, 0),
    ("cresci-2017-rehydrated-2017-04/social_spambots_3.csv", "api-v1-csv", 461, 0),
    ("cresci-2017-rehydrated-2017-04/traditional_spambots_1.csv", "api-v1-csv", 889, 0),
    ("cresci-2017-rehydrated-2017-04/traditional_spambots_3.csv", "api-v1-csv", 396, 0),
    ("cresci-2017-rehydrated-2017-04/traditional_spambots_4.csv", "api-v1-csv", 1_128, 0),
    ("cresci-stock-2018-rehydrated-2019/train.csv.gz", "cresci-stock", 13_091, 0),
    ("ephemeral-astroturfing-2022/past_search_all_bots_lookupv2.csv.gz", "api-v2-csv", 30_987, 0),
    ("ephemeral-astroturfing-2022/past_search_all_bots_user.csv.gz", "astroturf", 37_195, 0),
    ("gilani-2017-activity/bots.100k.csv", "gilani", 704, 0),
    ("gilani-2017-activity/bots.10M.csv", "gilani", 25, 0),
    ("gilani-2017-activity/bots.1M.csv", "gilani", 265, 0),
    ("gilani-2017-activity/bots.1k.csv", "gilani", 498, 0),
    ("gilani-2017-activity/humans.100k.csv", "gilani", 734, 0),
    ("gilani-2017-activity/humans.10M.csv", "gilani", 25, 0),
    ("gilani-2017-activity/humans.1M.csv", "gilani", 389, 0),
    ("gilani-2017-activity/humans.1k.csv", "gilani", 791, 0),
    ("instagram-instafake-2018/fakeAccountData.json", "instafake", 200, 0),
    ("instagram-instafake-2018/nonautomatedAccountData.json.gz", "instafake", 700, 0),
    ("instagram-instafake-2018/realAccountData.json", "instafake", 994, 0),
    ("instagram-kaggle-fake-genuine/test.csv", "instagram-kaggle", 120, 0),
    ("instagram-kaggle-fake-genuine/train.csv", "instagram-kaggle", 576, 0),
    ("kaggle-twitter-bots-37k/profiles_with_id_test.csv.gz", "kaggle", 3_643, 0),
    ("kaggle-twitter-bots-37k/profiles_with_id_val.csv.gz", "kaggle", 3_627, 0),
    ("kaggle-twitter-bots-37k/recrawl-2021-12_user_data_clean.csv.gz", "kaggle-recrawl", 35_169, 0),
    ("mastodon-followers-univrennes/followers_min.2025-01-18.csv", "mastodon-table", 172, 0),
    ("mastodon-followers-univrennes/followers_min.2026-07-13.csv", "mastodon-table", 502, 0),
    ("political-bots-2019/political-bots-2019_tweets.json", "bot-repository", 62, 0),
    ("twibot-20/TwiBot-20_sample.json.gz", "twibot20", 100, 0),
    ("twibot-20/Twibot20-anno_study.json", "api-v2", 500, 0),
];

/// No accounts: path, and words of the reason.
const OTHERS: &[(&str, &str)] = &[
    ("README.md", "prose"),
    ("bot-or-not-challenge/dataset.bots.30.txt", "a list of names or keys"),
    ("bot-or-not-challenge/dataset.bots.31.txt", "a list of names or keys"),
    ("bot-or-not-challenge/dataset.bots.32.txt", "a list of names or keys"),
    ("bot-or-not-challenge/dataset.bots.33.txt", "a list of names or keys"),
    ("botwiki-2019/botwiki-2019.tsv", "a list of labels"),
    ("botwiki-2019/tweet_level_features_2020.csv.gz", "numbers about posts"),
    ("caverlee-2011/followings-subset/test.content_polluters_followings.txt", "a series of numbers"),
    ("caverlee-2011/followings-subset/test.content_polluters_tweets.txt.gz", "posts without a header"),
    ("caverlee-2011/followings-subset/test.legitimate_users_followings.txt", "a series of numbers"),
    ("caverlee-2011/followings-subset/test.legitimate_users_tweets.txt.gz", "posts without a header"),
    ("caverlee-2011/followings-subset/train.content_polluters_followings.txt", "a series of numbers"),
    ("caverlee-2011/followings-subset/train.legitimate_users_followings.txt", "a series of numbers"),
    ("caverlee-2011/tweets_recent_small.csv.gz", "posts, one a line"),
    ("cresci-2015/DISCLAIMER.original.txt", "prose"),
    ("cresci-2015/timeline_timestamps_full.csv.gz", "the times at which each account posted"),
    ("cresci-2015/timelines_last50.csv.gz", "posts, one a line"),
    ("cresci-2017/DISCLAIMER.original.txt", "prose"),
    ("cresci-2017/crowdflower_results_aggregated.csv", "a list of labels"),
    ("cresci-2017-rehydrated-2017-04/DISCLAIMER.original.txt", "prose"),
    ("cresci-2017-rehydrated-2017-04/Status_summary.txt", "prose"),
    ("ephemeral-astroturfing-2022/2019_astrobot_annotations.csv", "a list of labels"),
    ("ephemeral-astroturfing-2022/bot_scores.csv.gz", "no column is known as part of a profile"),
    ("ephemeral-astroturfing-2022/botstream_deleted_tweets.csv.gz", "posts, one a line"),
    ("ephemeral-astroturfing-2022/past_search_all_bots_lookupv2_lasttweets.csv.gz", "posts, one a line"),
    ("gilani-2017-activity/README.original.txt", "prose"),
    ("kaggle-twitter-bots-37k/source_map_derived.csv.gz", "a list of labels"),
    ("kaggle-twitter-bots-37k/twitter_human_bots_dataset.labels.csv", "a list of labels"),
    ("label-lists/astroturf.tsv", "a list of labels"),
    ("label-lists/celebrity-2019.tsv", "a list of labels"),
    ("label-lists/cresci-stock-2018.tsv", "a list of labels"),
    ("label-lists/gilani-2017.tsv", "a list of labels"),
    ("label-lists/midterm-2018_label.csv.gz", "a list of labels"),
    ("label-lists/pronbots-2019.tsv", "a list of labels"),
    ("label-lists/twibot-20_label.csv", "a list of labels"),
    ("label-lists/varol-2017.dat", "a list of labels"),
    ("label-lists/vendor-purchased-2019.tsv", "a list of labels"),
    ("label-lists/verified-2019.tsv", "a list of labels"),
    ("mastodon-followers-univrennes/churn.csv", "one column a date"),
    ("political-bots-2019/political-bots-2019.tsv", "a list of labels"),
];

fn datasets() -> Option<PathBuf> {
    let folder = std::env::var_os("BOTSIEVE_DATASETS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "\n*** SKIPPED: no datasets in {}; set BOTSIEVE_DATASETS to check the real files ***\n",
        folder.display()
    );
    None
}

fn bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    Source::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Rows counted the plain way: every record of the csv crate, every element of the array.
fn counted(path: &Path, dialect: Dialect) -> u64 {
    let bytes = bytes(path);
    if matches!(bytes.trim_ascii_start().first(), Some(b'[' | b'{')) {
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let array = if value.is_array() { &value } else { &value["users"] };
        return array.as_array().unwrap().len() as u64;
    }
    let line_end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    let delimiter = if bytes[..line_end].contains(&b'\t') { b'\t' } else { b',' };
    let records = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .has_headers(dialect != Dialect::Caverlee)
        .flexible(true)
        .from_reader(&bytes[..])
        .into_byte_records()
        .map(Result::unwrap)
        .filter(|record| !(record.len() == 1 && &record[0] == b"\r"));
    records.count() as u64
}

#[test]
fn every_file_with_accounts_is_read_whole() {
    let Some(folder) = datasets() else { return };
    let mut wrong = Vec::new();
    for (name, dialect, rows, damaged) in ACCOUNTS {
        let path = folder.join(name);
        let mut input = match Input::open(&path, &ReadOptions::default()) {
            Ok(input) => input,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let mut tally = Tally::default();
        input.for_each_row(|row| tally.add(&row)).unwrap();
        let found = (input.dialect().name(), tally.rows, tally.damaged);
        if found != (*dialect, *rows, *damaged) {
            wrong.push(format!("{name}: {found:?}, expected {:?}", (dialect, rows, damaged)));
        }
        let plain = counted(&path, input.dialect());
        if plain != tally.rows {
            wrong.push(format!("{name}: {} rows, but {plain} counted", tally.rows));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_other_file_says_what_it_is() {
    let Some(folder) = datasets() else { return };
    let mut wrong = Vec::new();
    for (name, reason) in OTHERS {
        match Input::open(&folder.join(name), &ReadOptions::default()) {
            Ok(input) => wrong.push(format!("{name}: read as {}", input.dialect())),
            Err(error) => {
                let error = error.to_string();
                if !error.contains(reason) || !error.contains("expected") {
                    wrong.push(format!("{name}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_forgotten() {
    let Some(folder) = datasets() else { return };
    let known: Vec<&str> =
        ACCOUNTS.iter().map(|(name, ..)| *name).chain(OTHERS.iter().map(|(name, _)| *name)).collect();
    for path in files(&folder) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        assert!(known.contains(&name.as_str()), "{name} is in neither list");
    }
}

#[test]
fn the_same_rows_come_out_on_any_number_of_threads() {
    let Some(folder) = datasets() else { return };
    for name in ["cresci-2017/genuine_accounts.users.csv.gz", "bluesky-2025/unlabeled_4k_dataset.json.gz"] {
        let mut seen = BTreeMap::new();
        for threads in [1, 4] {
            let mut input = Input::open(&folder.join(name), &ReadOptions::default()).unwrap();
            let parser = input.parser();
            let mut rows = Vec::new();
            let work = |chunk: &_| {
                let mut rows = Vec::new();
                parser.parse(chunk, |row| rows.push((row.number, row.line, format!("{:?}", row.account))));
                rows
            };
            botsieve::ingest::in_order::<_, botsieve::ingest::IngestError>(
                &mut input,
                threads,
                work,
                |some| {
                    rows.extend(some);
                    Ok(())
                },
            )
            .unwrap();
            assert!(rows.iter().map(|row| row.0).eq(1..=rows.len() as u64));
            seen.insert(threads, rows);
        }
        assert_eq!(seen[&1], seen[&4], "{name}");
    }
}

/// Files of posts: path, posts, authors, records that cannot be read, file of their accounts, rows of it that have posts.
const POSTS: &[(&str, u64, usize, u64, &str, u64)] = &[
    ("cresci-2015/timelines_last50.csv.gz", 178_779, 5_148, 0, "cresci-2015/INT.users.csv", 1_325),
    (
        "cresci-2015/timeline_timestamps_full.csv.gz",
        2_827_757,
        5_148,
        0,
        "cresci-2015/E13.users.csv.gz",
        1_481,
    ),
    (
        "caverlee-2011/tweets_recent_small.csv.gz",
        192_921,
        39_956,
        0,
        "caverlee-2011/content_polluters.txt.gz",
        20_729,
    ),
    (
        "caverlee-2011/followings-subset/test.content_polluters_tweets.txt.gz",
        23_603,
        146,
        0,
        "caverlee-2011/followings-subset/test.content_polluters.txt",
        146,
    ),
    (
        "caverlee-2011/followings-subset/test.legitimate_users_tweets.txt.gz",
        28_357,
        150,
        0,
        "caverlee-2011/followings-subset/test.legitimate_users.txt",
        149,
    ),
    (
        "bot-or-not-challenge/dataset.posts_users.30.json.gz",
        7_528,
        275,
        0,
        "bot-or-not-challenge/dataset.posts_users.30.json.gz",
        275,
    ),
    (
        "bot-or-not-challenge/dataset.posts_users.31.json.gz",
        4_643,
        171,
        0,
        "bot-or-not-challenge/dataset.posts_users.31.json.gz",
        171,
    ),
    (
        "bot-or-not-challenge/dataset.posts_users.32.json.gz",
        8_237,
        271,
        0,
        "bot-or-not-challenge/dataset.posts_users.32.json.gz",
        271,
    ),
    (
        "bot-or-not-challenge/dataset.posts_users.33.json.gz",
        4_361,
        172,
        0,
        "bot-or-not-challenge/dataset.posts_users.33.json.gz",
        172,
    ),
    ("twibot-20/TwiBot-20_sample.json.gz", 17_372, 99, 0, "twibot-20/TwiBot-20_sample.json.gz", 99),
    (
        "ephemeral-astroturfing-2022/past_search_all_bots_lookupv2_lasttweets.csv.gz",
        6_586,
        6_586,
        0,
        "ephemeral-astroturfing-2022/past_search_all_bots_lookupv2.csv.gz",
        6_586,
    ),
];

/// Reads files beside the accounts of `accounts` and fills all of them.
fn joined(folder: &Path, accounts: &str, files: &BesideFiles) -> std::sync::Arc<Beside> {
    let options = ReadOptions::default();
    let mut input = Input::open(&folder.join(accounts), &options).unwrap();
    let beside = input.join(files, &options, 2, |_, _| |_| {}).unwrap();
    input.for_each_row(|_| {}).unwrap();
    beside
}

#[test]
fn every_file_of_posts_is_read_and_joined() {
    let Some(folder) = datasets() else { return };
    for (posts, count, authors, damaged, accounts, found) in POSTS {
        let beside =
            joined(&folder, accounts, &BesideFiles { posts: vec![folder.join(posts)], ..Default::default() });
        let file = &beside.files[0];
        assert_eq!((file.read, file.damaged), (*count, *damaged), "{posts}");
        assert_eq!((beside.sizes().1, beside.found().posts), (*authors, *found), "{posts}");
    }
}

#[test]
fn every_second_crawl_is_joined_to_the_first() {
    let Some(folder) = datasets() else { return };
    for (previous, accounts, found) in [
        (
            "cresci-2017/genuine_accounts.users.csv.gz",
            "cresci-2017-rehydrated-2017-04/genuine_account.csv.gz",
            3_261,
        ),
        (
            "cresci-2017/social_spambots_1.users.csv",
            "cresci-2017-rehydrated-2017-04/social_spambots_1.csv",
            940,
        ),
        (
            "cresci-2017/traditional_spambots_1.users.csv",
            "cresci-2017-rehydrated-2017-04/traditional_spambots_1.csv",
            889,
        ),
        (
            "kaggle-twitter-bots-37k/profiles_with_id_val.csv.gz",
            "kaggle-twitter-bots-37k/recrawl-2021-12_user_data_clean.csv.gz",
            3_534,
        ),
        (
            "mastodon-followers-univrennes/followers_min.2025-01-18.csv",
            "mastodon-followers-univrennes/followers_min.2026-07-13.csv",
            158,
        ),
    ] {
        let files = BesideFiles { previous: vec![folder.join(previous)], ..Default::default() };
        assert_eq!(joined(&folder, accounts, &files).found().previous, found, "{previous}");
    }
}
