//! The dialects: how each is recognised by its content, and what is different about it.
//!
//! A dialect only says where the account lies in a record and which cells are read in a special way; which
//! column is which field is the business of the one alias table in [`super::field`].

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::{Field, Quirks, fold};
use super::json::{Layout, Page, keys_of, value_end};
use crate::account::Network;

/// A kind of input file. Chosen by looking at the content; `--dialect` overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Comma, semicolon, tab or bar separated with a header, names mapped by alias
    Csv,
    /// `users.csv` of the MIB (cresci) sets: empty flags are false
    Mib,
    /// Profile files of the Kaggle "Twitter Bots Accounts" set
    Kaggle,
    /// Kaggle training set of "jubins": the newest post as a Python dictionary in a cell
    KaggleJubins,
    /// Re-crawl of the Kaggle accounts, with the spread of the time between posts
    KaggleRecrawl,
    /// Re-crawl of cresci-stock-2018 with medians over the neighbours, no ids
    CresciStock,
    /// caverlee-2011: tab separated, no header, eight columns
    Caverlee,
    /// caverlee-2011 with features of the posts, by account
    CaverleeDerived,
    /// gilani-2017: activity of one month, no counts
    Gilani,
    /// Attackers of the ephemeral astroturfing study
    Astroturf,
    /// Kaggle Instagram fake and genuine accounts: eleven numbers, no ids
    InstagramKaggle,
    /// API v1.1 user objects as a table
    ApiV1Csv,
    /// API v2 user objects as a table with dotted names: pandas, twarc-csv
    ApiV2Csv,
    /// Posts with their author, as twarc 1 writes them to CSV
    TwarcV1Csv,
    /// Tables of the R package rtweet: ids may carry an x
    Rtweet,
    /// CSV of the program `t`
    TCli,
    /// `following_accounts.csv` of Mastodon: handles only
    MastodonFollowing,
    /// Fields of the Mastodon API as a table
    MastodonTable,
    /// PhantomBuster, Followers Collector
    Phantombuster,
    /// Actors of Apify
    Apify,
    /// The browser extension followers2csv
    Followers2csv,
    /// The CData connector for Twitter
    Cdata,
    /// Contributor tables of Union Metrics
    UnionMetrics,
    /// Ids only, one a line or in JSON pages (`followers/ids`): listed, not scored
    IdList,
    /// Handles only, one a line, with or without an @: listed, too little to score
    HandleList,
    /// The canonical CSV of `botsieve convert`
    BotsieveCsv,
    /// API v1.1 user objects: array, lines, or `users` pages
    ApiV1,
    /// API v1.1 posts with the `user` inside
    ApiV1Tweets,
    /// Bot Repository `_tweets.json`: objects with a `user` and the time of a post inside
    BotRepository,
    /// API v2 user objects: array, lines, or `data` pages
    ApiV2,
    /// API v2 posts, flattened, with the `author` inside
    ApiV2Tweets,
    /// midterm-2018: flat objects with `user_created_at` and `probe_timestamp`
    Midterm,
    /// TwiBot-20: objects with a `profile` inside, every value a text with a space behind it
    Twibot20,
    /// Accounts of the Mastodon API: the bio is HTML
    Mastodon,
    /// Bluesky profiles: array, or pages of getFollowers (no counts) and getProfiles
    Bluesky,
    /// `follower.js` and `following.js` of an X archive, ids only: listed, not scored
    XArchive,
    /// `followers_1.json` and `following.json` of Instagram's "Download your information": handles only
    InstagramExport,
    /// InstaFake: ten numbers an account, no ids
    Instafake,
    /// Practice sets of the Bot or Not challenge: pages with posts and `users`, no counts
    BotOrNot,
    /// The canonical JSON lines (or Parquet) of `botsieve convert`
    BotsieveJson,
    /// JSON objects of any other kind, names mapped by alias
    Json,
}

impl Dialect {
    /// The name used on the command line and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Csv => "csv",
            Dialect::Mib => "mib",
            Dialect::Kaggle => "kaggle",
            Dialect::KaggleJubins => "kaggle-jubins",
            Dialect::KaggleRecrawl => "kaggle-recrawl",
            Dialect::CresciStock => "cresci-stock",
            Dialect::Caverlee => "caverlee",
            Dialect::CaverleeDerived => "caverlee-derived",
            Dialect::Gilani => "gilani",
            Dialect::Astroturf => "astroturf",
            Dialect::InstagramKaggle => "instagram-kaggle",
            Dialect::ApiV1Csv => "api-v1-csv",
            Dialect::ApiV2Csv => "api-v2-csv",
            Dialect::TwarcV1Csv => "twarc-v1-csv",
            Dialect::Rtweet => "rtweet",
            Dialect::TCli => "t-cli",
            Dialect::MastodonFollowing => "mastodon-following",
            Dialect::MastodonTable => "mastodon-table",
            Dialect::Phantombuster => "phantombuster",
            Dialect::Apify => "apify",
            Dialect::Followers2csv => "followers2csv",
            Dialect::Cdata => "cdata",
            Dialect::UnionMetrics => "union-metrics",
            Dialect::IdList => "id-list",
            Dialect::HandleList => "handle-list",
            Dialect::BotsieveCsv => "botsieve-csv",
            Dialect::ApiV1 => "api-v1",
            Dialect::ApiV1Tweets => "api-v1-tweets",
            Dialect::BotRepository => "bot-repository",
            Dialect::ApiV2 => "api-v2",
            Dialect::ApiV2Tweets => "api-v2-tweets",
            Dialect::Midterm => "midterm",
            Dialect::Twibot20 => "twibot20",
            Dialect::Mastodon => "mastodon",
            Dialect::Bluesky => "bluesky",
            Dialect::XArchive => "x-archive",
            Dialect::InstagramExport => "instagram-export",
            Dialect::Instafake => "instafake",
            Dialect::BotOrNot => "bot-or-not",
            Dialect::BotsieveJson => "botsieve-json",
            Dialect::Json => "json",
        }
    }

    /// Is it JSON? `None` where it may be a table or JSON.
    pub(super) fn is_json(self) -> Option<bool> {
        match self {
            Dialect::Apify | Dialect::Phantombuster | Dialect::IdList => None,
            _ => Some(self as u8 >= Dialect::ApiV1 as u8),
        }
    }

    /// The network its accounts are on, where the dialect tells.
    pub fn network(self) -> Option<Network> {
        match self {
            Dialect::MastodonFollowing | Dialect::MastodonTable | Dialect::Mastodon => {
                Some(Network::Mastodon)
            }
            Dialect::Bluesky => Some(Network::Bluesky),
            Dialect::InstagramKaggle | Dialect::InstagramExport | Dialect::Instafake => {
                Some(Network::Instagram)
            }
            // Any table or object, lists, and tools for several networks; the canonical form has a column.
            Dialect::Csv
            | Dialect::Json
            | Dialect::IdList
            | Dialect::HandleList
            | Dialect::Phantombuster
            | Dialect::Apify
            | Dialect::UnionMetrics
            | Dialect::BotOrNot
            | Dialect::BotsieveCsv
            | Dialect::BotsieveJson => None,
            _ => Some(Network::X),
        }
    }

    /// Do its files hold ids and nothing else? Such accounts are listed and compared, but not scored.
    pub fn ids_only(self) -> bool {
        matches!(self, Dialect::XArchive | Dialect::IdList)
    }

    pub(super) fn quirks(self) -> Quirks {
        let plain = Quirks::default();
        match self {
            Dialect::Mib => Quirks { empty_flag_is_false: true, null_word_is_empty_text: true, ..plain },
            Dialect::Kaggle => Quirks { unknown_location_is_empty: true, ..plain },
            Dialect::KaggleJubins => Quirks { null_word_is_empty_text: true, ..plain },
            Dialect::Twibot20 => Quirks { trim_text: true, null_word_is_empty_text: true, ..plain },
            // TwiBot-22 is v2 with a space behind every text.
            Dialect::ApiV2 | Dialect::ApiV2Tweets => {
                Quirks { trim_text: true, absent_is_empty: true, ..plain }
            }
            Dialect::Bluesky => Quirks {
                absent_is_empty: true,
                absent_image_is_default: true,
                absent_relation_is_none: true,
                ..plain
            },
            Dialect::Mastodon => Quirks { html_bio: true, ..plain },
            Dialect::BotsieveCsv => Quirks { guarded_text: true, ..plain },
            Dialect::BotsieveJson => Quirks { exact_text: true, ..plain },
            Dialect::Rtweet => Quirks { x_before_id: true, na_is_empty_text: true, ..plain },
            _ => plain,
        }
    }

    /// The keys of the object that holds the account, where it is not the record itself.
    pub(super) fn roots(self) -> &'static [&'static str] {
        match self {
            Dialect::BotRepository | Dialect::ApiV1Tweets => &["user"],
            Dialect::Twibot20 => &["profile"],
            Dialect::XArchive => &["follower", "following"],
            Dialect::ApiV2Tweets => &["author"],
            _ => &[],
        }
    }

    /// The keys of arrays whose objects are read as part of the account.
    pub(super) fn arrays(self) -> &'static [&'static str] {
        match self {
            Dialect::InstagramExport => &["string_list_data"],
            _ => &[],
        }
    }

    /// Keys outside the account's own object that are used all the same.
    pub(super) fn outside_root(self) -> &'static [(&'static str, Field)] {
        match self {
            // Beside `user` stands the time of the post it came with: the newest the crawl saw. When the counts
            // were true it does not say.
            Dialect::BotRepository | Dialect::ApiV1Tweets => &[("created_at", Field::LastPostAt)],
            Dialect::ApiV2Tweets => {
                &[("created_at", Field::LastPostAt), ("__twarc.retrieved_at", Field::ObservedAt)]
            }
            Dialect::Twibot20 => &[("ID", Field::Id)],
            _ => &[],
        }
    }

    /// The fixed columns of a dialect without a header.
    pub(super) fn fixed_header(self) -> Option<&'static [&'static str]> {
        match self {
            Dialect::Caverlee => Some(&[
                "UserID",
                "CreatedAt",
                "CollectedAt",
                "NumerOfFollowings",
                "NumberOfFollowers",
                "NumberOfTweets",
                "LengthOfScreenName",
                "LengthOfDescriptionInUserProfile",
            ]),
            Dialect::IdList => Some(&["id"]),
            Dialect::HandleList => Some(&["screen_name"]),
            _ => None,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Tables by the names (folded) that all have to be there; the first that fits is it.
const TABLES: &[(Dialect, &[&str])] = &[
    (Dialect::BotsieveCsv, &["botsievestatus"]),
    (Dialect::Mib, &["profilesidebarfillcolor", "updated"]),
    (Dialect::Kaggle, &["averagetweetsperday", "accountagedays", "defaultprofile"]),
    (Dialect::KaggleJubins, &["idstr", "screenname", "status", "hasextendedprofile"]),
    (Dialect::KaggleRecrawl, &["userfollowerscnt", "laghoursstd"]),
    (Dialect::CresciStock, &["indegreepredecessors", "outdegreesuccessors"]),
    (Dialect::CaverleeDerived, &["lifetimeaccountinmonth", "typeofuser"]),
    (Dialect::Gilani, &["usertweeted", "followerfriendratio", "sourceidentity"]),
    (Dialect::Astroturf, &["authorcreatedat", "totalattacks"]),
    (Dialect::InstagramKaggle, &["profilepic", "numslengthusername"]),
    (Dialect::MastodonFollowing, &["accountaddress"]),
    (Dialect::MastodonTable, &["laststatusat", "followingcount", "statusescount"]),
    (Dialect::ApiV2Csv, &["publicmetricsfollowerscount"]),
    (Dialect::Rtweet, &["userid", "screenname", "accountcreatedat"]),
    (Dialect::TwarcV1Csv, &["tweeturl", "userscreenname"]),
    (Dialect::TCli, &["screenname", "since", "lasttweetedat"]),
    (Dialect::Phantombuster, &["twitterurl", "name"]),
    (Dialect::Phantombuster, &["profileurl", "screenname", "query", "timestamp"]),
    (Dialect::Apify, &["screenname", "mediacount", "isblueverified"]),
    (Dialect::Apify, &["username", "followerscount", "joinedat"]),
    (Dialect::Followers2csv, &["user", "followed", "favourites", "statuses"]),
    (Dialect::Cdata, &["userid", "screenname", "profileurl", "profileimageurl"]),
    (Dialect::UnionMetrics, &["screenname", "mentions", "impressions"]),
    (Dialect::ApiV1Csv, &["screenname", "friendscount", "statusescount"]),
];

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Does this read as a handle of X (letters, digits, `_`), Instagram (`.` too), Mastodon (`name@host`) or Bluesky (a
/// domain)? Digits alone are an id.
fn is_handle(text: &str) -> bool {
    let text = text.strip_prefix('@').unwrap_or(text);
    let (name, host) = text.split_once('@').map_or((text, None), |(name, host)| (name, Some(host)));
    let is_host = |host: &str| {
        host.contains('.') && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
    };
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
    };
    text.len() <= 253 && !is_digits(text) && (is_name(name) || is_host(name)) && host.is_none_or(is_host)
}

/// Tells the dialect of a delimited file by its first records.
pub(super) fn of_table(first: &[Vec<String>]) -> Dialect {
    // Without a header: most of the first records have that shape (not all: one of caverlee's has a cell too many).
    let most = |fits: &dyn Fn(&[String]) -> bool| {
        first.iter().filter(|record| fits(record)).count() * 2 > first.len()
    };
    let is_time = |cell: &String| cell.len() > 10 && super::value::parse_time(cell).is_some();
    if most(&|record| record.len() == 8 && is_digits(&record[0]) && record[1..3].iter().all(is_time)) {
        return Dialect::Caverlee;
    }
    if first.iter().all(|record| record.len() == 1 && is_digits(&record[0])) {
        return Dialect::IdList;
    }
    // A single name that is known is a header.
    let is_header = |record: &Vec<String>| super::field::is_known(&record[0]);
    if !first.is_empty()
        && first.iter().all(|record| record.len() == 1 && is_handle(&record[0]))
        && !first.first().is_some_and(is_header)
    {
        return Dialect::HandleList;
    }
    first.first().and_then(|header| of_names(header)).unwrap_or(Dialect::Csv)
}

fn of_names(names: &[String]) -> Option<Dialect> {
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let all_there = |names: &[&str]| names.iter().all(|name| folded.iter().any(|column| column == name));
    TABLES.iter().find(|(_, names)| all_there(names)).map(|(dialect, _)| *dialect)
}

/// Numbers computed from posts, with yes and no under the names of texts (`tweet_level_features_2020`).
pub(super) fn is_numbers_about_posts(header: &[String]) -> bool {
    ["wordscount", "hashtagsperwords"].iter().all(|name| header.iter().any(|column| fold(column) == *name))
}

/// What a table that holds no profile is instead, where that can be told.
pub(super) fn what_else(first: &[Vec<String>]) -> Option<(&'static str, &'static str)> {
    const PROFILES: &str = "profiles: a header line and one account a line, with columns such as screen_name, \
                            description, followers_count or created_at";
    const WITH_PROFILES: &str = "profiles; give this list with --labels beside the file that holds them";
    let header = first.first()?;
    let is_id = |cell: &str| is_digits(cell) || cell.strip_prefix('u').is_some_and(is_digits);
    let is_number = |cell: &String| cell.parse::<f64>().is_ok();
    let is_label = |cell: &str| crate::account::Label::parse(cell).is_some();
    let is_time =
        |cell: &String| cell.len() >= 10 && !is_digits(cell) && super::value::parse_time(cell).is_some();
    let folded: Vec<String> = header.iter().map(|name| fold(name)).collect();
    let has = |names: &[&str]| folded.iter().any(|name| names.contains(&name.as_str()));
    if header.len() == 1 {
        let prose = first.iter().any(|record| record.iter().any(|cell| cell.trim().contains(' ')));
        return Some(if prose {
            ("this reads as prose, not as a table", PROFILES)
        } else {
            ("a list of names or keys, one a line, without a header", PROFILES)
        });
    }
    let start = header[0].split('\t').next().unwrap_or("");
    if is_id(start) {
        return Some(if header[1..].iter().all(is_number) && header.len() > 20 {
            (
                "an id and a series of numbers a line, without a header (as caverlee-2011 has it in *_followings.txt)",
                PROFILES,
            )
        } else if header.len() <= 3 && header[1..].iter().any(|cell| is_label(cell)) {
            ("a list of labels: an id and a class a line, without a header", WITH_PROFILES)
        } else if header.len() >= 3 && is_digits(header[1].trim()) && header.last().is_some_and(is_time) {
            ("posts without a header: an author, an id, a text and a time a line", PROFILES)
        } else {
            ("a table without a header, which begins with an id", PROFILES)
        });
    }
    if is_numbers_about_posts(header) {
        return Some((
            "numbers about posts, one post a line, with yes or no where a profile has its texts",
            PROFILES,
        ));
    }
    if has(&["tweetid", "deletiontime", "timestampms"]) || has(&["text", "fulltext", "tweettext"]) {
        return Some(("posts, one a line, without the profiles of their authors", PROFILES));
    }
    if has(&["firstunix"]) {
        return Some(("the times at which each account posted, and no part of a profile", PROFILES));
    }
    if header.iter().filter(|name| is_time(name) || name.parse::<jiff::civil::DateTime>().is_ok()).count() > 2
    {
        return Some((
            "one column a date: where each id stood on the list, or what it had, at that time",
            PROFILES,
        ));
    }
    let keyed = folded.iter().any(|name| name.ends_with("id"));
    if keyed && folded.iter().any(|name| super::field::looks_like_label(name) || name.ends_with("label")) {
        return Some(("a list of labels: ids with a class, and no part of a profile", WITH_PROFILES));
    }
    let long = header.iter().any(|cell| cell.split_whitespace().count() > 6);
    long.then_some(("this reads as prose, not as a table", PROFILES))
}

/// What the head of a JSON text says.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The dialect, and how its records lie.
    Known(Dialect, Layout),
    /// The first object does not end in the head, and what is there does not tell.
    MoreNeeded,
}

/// The longest first object that is looked at whole, to see whether it is one page of several.
const WHOLE_PAGE: usize = 16 << 20;

/// Tells the dialect of JSON text and how its records lie, by the first record.
pub(super) fn of_json(text: &[u8], at_end: bool) -> Verdict {
    if text.first() == Some(&b'[') {
        let inner = text[1..].trim_ascii_start();
        if !at_end && value_end(inner, 0, false).is_none() {
            return Verdict::MoreNeeded;
        }
        let inner = behind_broken_elements(inner);
        let value = first_value(inner);
        // A list of saved pages.
        if let (Value::Object(_), Dialect::Json) = (&value, of_object(&value))
            && let Some((dialect, page)) = page_of(inner)
        {
            return Verdict::Known(dialect, Layout::Pages(page));
        }
        return Verdict::Known(of_object(&value), Layout::Elements);
    }
    let text = behind_broken_lines(text);
    let end = value_end(text, 0, false);
    let one_line = end.is_some_and(|end| !text[..end].contains(&b'\n'));
    let value = first_value(text);
    let own = of_object(&value);
    if own == Dialect::Json
        && let Some((dialect, page)) = page_of(text)
    {
        if end.is_none() && !at_end && text.len() < WHOLE_PAGE {
            return Verdict::MoreNeeded;
        }
        return Verdict::Known(dialect, Layout::Pages(Page { by_line: one_line, ..page }));
    }
    if end.is_none() && !at_end {
        return Verdict::MoreNeeded;
    }
    // Objects one behind the other: lines, if the first one is whole on its line.
    Verdict::Known(own, if one_line || end.is_none() { Layout::Lines } else { Layout::Elements })
}

/// Records looked at for a whole one.
const BROKEN: usize = 20;

/// Of the elements of a list, from the first on that is whole.
fn behind_broken_elements(list: &[u8]) -> &[u8] {
    let mut rest = list;
    for _ in 0..BROKEN {
        let Some(end) = value_end(rest, 0, false).filter(|_| rest[0] != b']') else { break };
        if serde_json::from_slice::<serde::de::IgnoredAny>(&rest[..end]).is_ok() {
            return rest;
        }
        let behind = &rest[end..];
        rest = &behind[behind.iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count()..];
    }
    list
}

/// Of objects one a line, from the first on that is whole: one that is broken does not decide what the others are.
fn behind_broken_lines(text: &[u8]) -> &[u8] {
    let is_sound = |text: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
    if value_end(text, 0, false).is_some_and(|end| is_sound(&text[..end])) {
        return text;
    }
    let is_page = |line: &[u8]| of_object(&first_value(line)) == Dialect::Json && page_of(line).is_some();
    let (mut at, mut over_lines) = (0, false);
    for line in text.split_inclusive(|byte| *byte == b'\n').take(BROKEN) {
        // The head of an object may go on below; a record in it is then a line, but never a page.
        let whole = line.starts_with(b"{") && is_sound(line.trim_ascii());
        if whole && (!over_lines || is_page(line)) {
            return &text[at..];
        }
        over_lines |= at == 0 && !line.trim_ascii().ends_with(b"}");
        at += line.len();
    }
    text
}

fn first_value(text: &[u8]) -> Value {
    let bytes = value_end(text, 0, false).map(|end| &text[..end]);
    bytes.and_then(super::sketch::of).unwrap_or(Value::Null)
}

/// Keys under which pages hold accounts: v1.1, v2, Bluesky. The path of the array, from the outside in.
const PAGES: &[(&str, &[&str])] = &[
    ("users", &["users"]),
    ("data", &["data"]),
    ("followers", &["followers"]),
    ("follows", &["follows"]),
    ("profiles", &["profiles"]),
    ("accounts", &["accounts"]),
    ("ids", &["ids"]),
    ("relationships_following", &["relationships_following"]),
    ("relationships_followers", &["relationships_followers"]),
];

/// Is the object at the front of `text` a page, and where are its accounts?
fn page_of(text: &[u8]) -> Option<(Dialect, Page)> {
    let page = |path, errors| Page { path, errors, by_line: false };
    let mut spare = None;
    for (key, value) in keys_of(text) {
        let known = PAGES.iter().find(|(name, _)| name.as_bytes() == key);
        match (value.first(), known) {
            (Some(b'['), Some((name, path))) => {
                let inner = behind_broken_elements(value[1..].trim_ascii_start());
                let first = if inner.first() == Some(&b']') { Value::Null } else { first_value(inner) };
                let is_post = first.get("text").is_some() && first.get("username").is_none();
                if *name == "data" && is_post {
                    return Some((Dialect::ApiV2, page(&["includes", "users"], false)));
                }
                let dialect = of_object(&first);
                let usable = match &first {
                    Value::Object(_) => true,
                    Value::Number(_) | Value::String(_) => *name == "ids",
                    _ => false,
                };
                if usable {
                    return Some((dialect, page(path, *name == "data")));
                }
                if first.is_null() {
                    spare = spare.or(Some((Dialect::Json, page(path, *name == "data"))));
                }
            }
            // `GET /2/users/:id`: one account and no array.
            (Some(b'{'), Some(("data", path))) => {
                let first = first_value(value);
                if first.get("username").is_some() {
                    return Some((of_object(&first), page(path, true)));
                }
            }
            (Some(b'['), None) if key == b"errors" => spare = Some((Dialect::ApiV2, page(&["data"], true))),
            (Some(b'{'), None) if key == b"meta" && first_value(value).get("result_count").is_some() => {
                spare = spare.or(Some((Dialect::ApiV2, page(&["data"], true))));
            }
            _ => {}
        }
    }
    spare
}

fn of_object(value: &Value) -> Dialect {
    let has = |key: &str| value.get(key).is_some();
    let inside = |outer: &str, key: &str| value.get(outer).is_some_and(|inner| inner.get(key).is_some());
    if has("botsieve_status") {
        Dialect::BotsieveJson
    } else if inside("user", "screen_name") || inside("user", "followers_count") {
        if has("text") || has("full_text") { Dialect::ApiV1Tweets } else { Dialect::BotRepository }
    } else if has("profile") && has("ID") {
        Dialect::Twibot20
    } else if ["accountId", "userLink"].iter().any(|key| inside("follower", key) || inside("following", key))
    {
        Dialect::XArchive
    } else if value.get("string_list_data").is_some_and(Value::is_array) {
        Dialect::InstagramExport
    } else if inside("author", "username") && has("text") {
        Dialect::ApiV2Tweets
    } else if has("z_score") && has("tweet_count") {
        Dialect::BotOrNot
    } else if has("public_metrics") || is_bare_v2(value) {
        Dialect::ApiV2
    } else if has("probe_timestamp") && has("user_created_at") {
        Dialect::Midterm
    } else if has("acct") {
        Dialect::Mastodon
    } else if has("handle") && (has("did") || has("follows_count")) {
        Dialect::Bluesky
    } else if has("userFollowerCount") || has("userMediaCount") {
        Dialect::Instafake
    } else if has("twitterUrl") || (has("profileUrl") && has("query")) {
        Dialect::Phantombuster
    } else if (has("screen_name") && has("is_blue_verified")) || (has("joinedAt") && has("followersCount")) {
        Dialect::Apify
    } else if has("screen_name") && (has("friends_count") || has("statuses_count")) {
        Dialect::ApiV1
    } else if value.is_u64() || value.as_str().is_some_and(is_digits) {
        Dialect::IdList
    } else {
        // A table that was written as JSON, or came out of Parquet.
        let names: Vec<String> =
            value.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
        of_names(&names).unwrap_or(Dialect::Json)
    }
}

/// A v2 user without any field that has to be asked for. Other networks' objects have more keys or other cases.
fn is_bare_v2(value: &Value) -> bool {
    let has_text = |key: &str| value.get(key).is_some_and(Value::is_string);
    let camel = |key: &String| key.bytes().any(|b| b.is_ascii_uppercase());
    has_text("id")
        && has_text("name")
        && has_text("username")
        && value.get("acct").is_none()
        && value.as_object().is_some_and(|map| !map.keys().any(camel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn a_dialect_has_one_name_everywhere() {
        for dialect in Dialect::value_variants() {
            assert_eq!(dialect.to_possible_value().unwrap().get_name(), dialect.name());
            assert_eq!(serde_json::to_value(dialect).unwrap(), dialect.name());
        }
    }

    #[test]
    fn signatures_are_folded_and_reachable() {
        for (at, (dialect, names)) in TABLES.iter().enumerate() {
            assert!(names.iter().all(|name| fold(name) == *name), "{dialect}");
            let names: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
            let first =
                TABLES.iter().position(|(_, known)| known.iter().all(|name| names.iter().any(|n| n == name)));
            assert_eq!(first, Some(at), "{dialect} stands behind one that takes its files");
        }
    }
}
