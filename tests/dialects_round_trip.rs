//! An account written in the shape of a dialect and read back is the same account, for the fields it has.
#![allow(missing_docs)]

mod reading;

use std::collections::BTreeMap;

use botsieve::ingest::{Dialect, Input, Note, ReadOptions, Source};
use jiff::Timestamp;
use proptest::prelude::*;
use reading::fields;
use serde_json::{Map, Value, json};

/// An account as field name to canonical text; `None` is a field that the file has no value for.
type Made = BTreeMap<&'static str, Option<String>>;

/// How a value is written.
#[derive(Clone, Copy)]
enum Form {
    /// As it is: a string in JSON.
    Text,
    /// A number in JSON.
    Number,
    /// `true` and `false`; booleans in JSON.
    Flag,
    /// Two words for true and false, and one for missing.
    Words(&'static str, &'static str, &'static str),
    /// A time in a `strftime` format.
    Time(&'static str),
    /// Milliseconds since 1970 and an L.
    MillisL,
    /// The text with something in front.
    Prefixed(&'static str),
    /// Text with a space behind it.
    Spaced,
    /// Text as HTML.
    Html,
    /// The path of a link that ends in the value.
    Link(&'static str),
    /// `1` for a picture, `0` for none: the opposite of a default picture.
    NotFlag,
}
use Form::{Flag, Html, Link, MillisL, NotFlag, Number, Prefixed, Spaced, Text, Time, Words};

const V1: Form = Time("%a %b %d %H:%M:%S +0000 %Y");
const ISO: Form = Time("%Y-%m-%dT%H:%M:%S.000Z");
const PLAIN: Form = Time("%Y-%m-%d %H:%M:%S");
const TITLE: Form = Words("True", "False", "");
const UPPER: Form = Words("TRUE", "FALSE", "NA");
const SPACED_FLAG: Form = Words("True ", "False ", "None ");

fn written(form: Form, value: Option<&str>) -> String {
    let Some(value) = value else {
        return match form {
            Words(_, _, missing) => missing.into(),
            _ => String::new(),
        };
    };
    let time = |format: &str| {
        let time: Timestamp = value.parse().unwrap();
        time.strftime(format).to_string()
    };
    match form {
        Text | Number | Flag => value.into(),
        Words(yes, no, _) => if value == "true" { yes } else { no }.into(),
        NotFlag => if value == "true" { "0" } else { "1" }.into(),
        Time(format) => time(format),
        MillisL => format!("{}L", value.parse::<Timestamp>().unwrap().as_millisecond()),
        Prefixed(mark) | Link(mark) => format!("{mark}{value}"),
        Spaced => format!("{value} "),
        Html => {
            let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            format!("<p>{}</p>", text.replace('\n', "<br />"))
        }
    }
}

fn json_value(form: Form, value: Option<&str>) -> Value {
    match (form, value) {
        (_, None) => Value::Null,
        (Number, Some(value)) => json!(value.parse::<u64>().unwrap()),
        (Flag, Some(value)) => json!(value == "true"),
        (NotFlag, Some(value)) => json!(u64::from(value != "true")),
        (form, value) => json!(written(form, value)),
    }
}

/// Field, name in the file, form.
type Column = (&'static str, &'static str, Form);

struct Shape {
    dialect: Dialect,
    columns: &'static [Column],
    /// Columns that are there and mean nothing to us.
    extra: &'static [(&'static str, &'static str)],
    write: fn(&Shape, &[Made]) -> String,
}

fn table_of(shape: &Shape, accounts: &[Made], delimiter: u8, end: csv::Terminator, header: bool) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(end).from_writer(Vec::new());
    let names =
        shape.columns.iter().map(|(_, name, _)| *name).chain(shape.extra.iter().map(|(name, _)| *name));
    if header {
        writer.write_record(names).unwrap();
    }
    for account in accounts {
        let cells = shape.columns.iter().map(|(field, _, form)| written(*form, account[field].as_deref()));
        writer.write_record(cells.chain(shape.extra.iter().map(|(_, value)| (*value).to_string()))).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

const LF: csv::Terminator = csv::Terminator::Any(b'\n');

fn table(shape: &Shape, accounts: &[Made]) -> String {
    table_of(shape, accounts, b',', LF, true)
}

fn semicolons(shape: &Shape, accounts: &[Made]) -> String {
    table_of(shape, accounts, b';', csv::Terminator::CRLF, true)
}

fn bare_tabs(shape: &Shape, accounts: &[Made]) -> String {
    table_of(shape, accounts, b'\t', LF, false)
}

fn object(shape: &Shape, account: &Made) -> Value {
    let mut object = Map::new();
    let values =
        shape.columns.iter().map(|(field, name, form)| (*name, json_value(*form, account[field].as_deref())));
    for (name, value) in values.chain(shape.extra.iter().map(|(name, value)| (*name, json!(value)))) {
        match name.split_once('/') {
            Some((outer, inner)) => {
                let outer = object.entry(outer).or_insert_with(|| json!({}));
                outer[inner] = value;
            }
            None => {
                object.insert(name.into(), value);
            }
        }
    }
    Value::Object(object)
}

fn array(shape: &Shape, accounts: &[Made]) -> String {
    serde_json::to_string_pretty(&accounts.iter().map(|account| object(shape, account)).collect::<Vec<_>>())
        .unwrap()
}

fn lines(shape: &Shape, accounts: &[Made]) -> String {
    accounts.iter().map(|account| object(shape, account).to_string() + "\n").collect()
}

/// Pages of two accounts, one a line.
fn pages(key: &str, shape: &Shape, accounts: &[Made]) -> String {
    let page = |some: &[Made]| json!({ key: some.iter().map(|a| object(shape, a)).collect::<Vec<_>>(), "meta": {"n": 1} });
    accounts.chunks(2).map(|some| page(some).to_string() + "\n").collect()
}

fn archive(shape: &Shape, accounts: &[Made]) -> String {
    format!("window.YTD.follower.part0 = {}", array(shape, accounts))
}

const SHAPES: &[Shape] = &[
    Shape {
        dialect: Dialect::ApiV1,
        columns: &[
            ("id", "id_str", Text),
            ("handle", "screen_name", Text),
            ("name", "name", Text),
            ("bio", "description", Text),
            ("location", "location", Text),
            ("followers", "followers_count", Number),
            ("following", "friends_count", Number),
            ("posts", "statuses_count", Number),
            ("likes_given", "favourites_count", Number),
            ("listed", "listed_count", Number),
            ("verified", "verified", Flag),
            ("protected", "protected", Flag),
            ("default_profile", "default_profile", Flag),
            ("default_image", "default_profile_image", Flag),
            ("created_at", "created_at", V1),
            ("last_post_at", "status/created_at", V1),
            ("you_follow", "following", Flag),
        ],
        extra: &[],
        write: |shape, accounts| pages("users", shape, accounts),
    },
    Shape {
        dialect: Dialect::BotRepository,
        columns: &[
            ("last_post_at", "created_at", V1),
            ("id", "user/id_str", Text),
            ("handle", "user/screen_name", Text),
            ("bio", "user/description", Text),
            ("followers", "user/followers_count", Number),
            ("created_at", "user/created_at", V1),
        ],
        extra: &[],
        write: array,
    },
    Shape {
        dialect: Dialect::ApiV2,
        columns: &[
            ("id", "id", Text),
            ("handle", "username", Text),
            ("name", "name", Text),
            ("bio", "description", Text),
            ("location", "location", Text),
            ("url", "url", Text),
            ("followers", "public_metrics/followers_count", Number),
            ("following", "public_metrics/following_count", Number),
            ("posts", "public_metrics/tweet_count", Number),
            ("listed", "public_metrics/listed_count", Number),
            ("verified", "verified", Flag),
            ("protected", "protected", Flag),
            ("created_at", "created_at", ISO),
            ("observed_at", "__twarc/retrieved_at", Time("%Y-%m-%dT%H:%M:%S+00:00")),
        ],
        extra: &[],
        write: lines,
    },
    Shape {
        dialect: Dialect::ApiV2,
        columns: &[
            ("id", "id", Prefixed("u")),
            ("handle", "username", Spaced),
            ("bio", "description", Spaced),
            ("followers", "public_metrics/followers_count", Number),
            ("verified", "verified", SPACED_FLAG),
            ("created_at", "created_at", Time("%Y-%m-%d %H:%M:%S+00:00")),
        ],
        extra: &[],
        write: |shape, accounts| pages("data", shape, accounts),
    },
    Shape {
        dialect: Dialect::ApiV2Csv,
        columns: &[
            ("id", "id", Text),
            ("handle", "username", Text),
            ("name", "name", Text),
            ("bio", "description", Text),
            ("location", "location", Text),
            ("followers", "public_metrics.followers_count", Number),
            ("following", "public_metrics.following_count", Number),
            ("posts", "public_metrics.tweet_count", Number),
            ("listed", "public_metrics.listed_count", Number),
            ("verified", "verified", TITLE),
            ("created_at", "created_at", ISO),
            ("observed_at", "__twarc.retrieved_at", ISO),
        ],
        extra: &[("entities.url.urls", "")],
        write: table,
    },
    Shape {
        dialect: Dialect::TwarcV1Csv,
        columns: &[
            ("last_post_at", "created_at", V1),
            ("handle", "user_screen_name", Text),
            ("id", "user_id", Text),
            ("created_at", "user_created_at", V1),
            ("bio", "user_description", Text),
            ("followers", "user_followers_count", Number),
            ("name", "user_name", Text),
            ("verified", "user_verified", TITLE),
        ],
        extra: &[("id", "1366"), ("tweet_url", "x"), ("text", "hi"), ("lang", "en")],
        write: table,
    },
    Shape {
        dialect: Dialect::Rtweet,
        columns: &[
            ("id", "user_id", Prefixed("x")),
            ("last_post_at", "created_at", PLAIN),
            ("handle", "screen_name", Text),
            ("name", "name", Text),
            ("bio", "description", Text),
            ("followers", "followers_count", Number),
            ("created_at", "account_created_at", PLAIN),
            ("protected", "protected", UPPER),
        ],
        extra: &[("status_id", "x12"), ("text", "hi"), ("lang", "en")],
        write: table,
    },
    Shape {
        dialect: Dialect::TCli,
        columns: &[
            ("id", "ID", Text),
            ("created_at", "Since", Time("%Y-%m-%d %H:%M:%S +0000")),
            ("last_post_at", "Last tweeted at", Time("%Y-%m-%d %H:%M:%S +0000")),
            ("posts", "Tweets", Number),
            ("likes_given", "Favorites", Number),
            ("listed", "Listed", Number),
            ("following", "Following", Number),
            ("followers", "Followers", Number),
            ("handle", "Screen name", Text),
            ("name", "Name", Text),
            ("verified", "Verified", Flag),
            ("bio", "Bio", Text),
        ],
        extra: &[("Status", "hi")],
        write: table,
    },
    Shape {
        dialect: Dialect::XArchive,
        columns: &[("id", "follower/accountId", Text)],
        extra: &[],
        write: archive,
    },
    Shape {
        dialect: Dialect::XArchive,
        columns: &[("id", "follower/userLink", Link("https://twitter.com/intent/user?user_id="))],
        extra: &[],
        write: archive,
    },
    Shape { dialect: Dialect::IdList, columns: &[("id", "id", Text)], extra: &[], write: bare_tabs },
    Shape {
        dialect: Dialect::Mib,
        columns: &[
            ("id", "id", Text),
            ("name", "name", Text),
            ("handle", "screen_name", Text),
            ("followers", "followers_count", Number),
            ("following", "friends_count", Number),
            ("created_at", "created_at", MillisL),
            ("observed_at", "crawled_at", PLAIN),
            ("verified", "verified", Words("1", "", "NULL")),
            ("bio", "description", Text),
        ],
        extra: &[("profile_sidebar_fill_color", "DDEEF6"), ("updated", "2016-03-15 15:53:47")],
        write: table,
    },
    Shape {
        dialect: Dialect::Caverlee,
        columns: &[
            ("id", "", Text),
            ("created_at", "", PLAIN),
            ("observed_at", "", PLAIN),
            ("following", "", Number),
            ("followers", "", Number),
            ("posts", "", Number),
            ("handle_chars", "", Number),
            ("bio_chars", "", Number),
        ],
        extra: &[],
        write: bare_tabs,
    },
    Shape {
        dialect: Dialect::Midterm,
        columns: &[
            ("id", "user_id", Number),
            ("handle", "screen_name", Text),
            ("created_at", "user_created_at", Time("%a %b %d %H:%M:%S %Y")),
            ("observed_at", "probe_timestamp", Time("%a %b %d %H:%M:%S %Y")),
            ("followers", "followers_count", Number),
            ("verified", "verified", Flag),
        ],
        extra: &[],
        write: array,
    },
    Shape {
        dialect: Dialect::Twibot20,
        columns: &[
            ("id", "profile/id_str", Spaced),
            ("handle", "profile/screen_name", Spaced),
            ("name", "profile/name", Spaced),
            ("bio", "profile/description", Spaced),
            ("followers", "profile/followers_count", Spaced),
            ("following", "profile/friends_count", Spaced),
            ("verified", "profile/verified", SPACED_FLAG),
            ("created_at", "profile/created_at", Time("%a %b %d %H:%M:%S +0000 %Y ")),
        ],
        extra: &[("ID", "1"), ("label", "0")],
        write: array,
    },
    Shape {
        dialect: Dialect::KaggleJubins,
        columns: &[
            ("id", "id_str", Text),
            ("handle", "screen_name", Text),
            ("bio", "description", Text),
            ("followers", "followers_count", Number),
            ("listed", "listedcount", Number),
            ("created_at", "created_at", V1),
            ("verified", "verified", UPPER),
            ("name", "name", Text),
        ],
        extra: &[("status", "None"), ("has_extended_profile", "FALSE"), ("bot", "0")],
        write: semicolons,
    },
    Shape {
        dialect: Dialect::Kaggle,
        columns: &[
            ("id", "id", Text),
            ("handle", "screen_name", Text),
            ("bio", "description", Text),
            ("followers", "followers_count", Number),
            ("created_at", "created_at", PLAIN),
            ("posts_per_day", "average_tweets_per_day", Number),
            ("age_days", "account_age_days", Number),
            ("default_profile", "default_profile", TITLE),
        ],
        extra: &[("Unnamed: 0", "7"), ("account_type", "0")],
        write: table,
    },
    Shape {
        dialect: Dialect::KaggleRecrawl,
        columns: &[
            ("id", "author_id", Text),
            ("followers", "user_followers_cnt", Number),
            ("protected", "user_private", Words("1", "0", "")),
            ("gap_sd_hours", "lag_hours_std", Number),
        ],
        extra: &[("target", "1")],
        write: table,
    },
    Shape {
        dialect: Dialect::CresciStock,
        columns: &[
            ("followers", "followers", Number),
            ("following", "following", Number),
            ("age_days", "account_age", Number),
            ("default_image", "default_profile_image", Words("1", "0", "")),
        ],
        extra: &[
            ("indegree_predecessors", "1.5"),
            ("outdegree_successors", "2.5"),
            ("reputation", "0.5"),
            ("label", "0"),
        ],
        write: table,
    },
    Shape {
        dialect: Dialect::Gilani,
        columns: &[
            ("handle", "screen_name", Text),
            ("original_posts", "user_tweeted", Prefixed(" ")),
            ("reposts", "user_retweeted", Prefixed(" ")),
            ("age_days", "age_of_account_in_days", Prefixed(" ")),
        ],
        extra: &[("follower_friend_ratio", " "), ("source_identity", "[2]")],
        write: table,
    },
    Shape {
        dialect: Dialect::Mastodon,
        columns: &[
            ("id", "id", Text),
            ("handle", "acct", Prefixed("@")),
            ("name", "display_name", Text),
            ("bio", "note", Html),
            ("followers", "followers_count", Number),
            ("following", "following_count", Number),
            ("posts", "statuses_count", Number),
            ("declared_bot", "bot", Flag),
            ("protected", "locked", Flag),
            ("created_at", "created_at", ISO),
        ],
        extra: &[("username", "someone"), ("url", "https://social.example/@x")],
        write: array,
    },
    Shape {
        dialect: Dialect::MastodonTable,
        columns: &[
            ("id", "pseudo_id", Text),
            ("declared_bot", "bot", UPPER),
            ("created_at", "created_at", Time("%Y-%m-%dT%H:%M:%SZ")),
            ("followers", "followers_count", Number),
            ("following", "following_count", Number),
            ("posts", "statuses_count", Number),
            ("last_post_at", "last_status_at", ISO),
            ("default_image", "has_avatar", NotFlag),
        ],
        extra: &[("note_length", "12")],
        write: table,
    },
    Shape {
        dialect: Dialect::MastodonFollowing,
        columns: &[("handle", "Account address", Text)],
        extra: &[("Show boosts", "true"), ("Notify on new posts", "false"), ("Languages", "")],
        write: table,
    },
    Shape {
        dialect: Dialect::Bluesky,
        columns: &[
            ("id", "did", Prefixed("did:plc:")),
            ("handle", "handle", Text),
            ("name", "displayName", Text),
            ("bio", "description", Text),
            ("followers", "followersCount", Number),
            ("following", "followsCount", Number),
            ("posts", "postsCount", Number),
            ("verified", "verification/verifiedStatus", Words("valid", "none", "")),
            ("created_at", "createdAt", ISO),
        ],
        extra: &[("indexedAt", "2021-01-01T00:00:00.000Z")],
        write: |shape, accounts| pages("profiles", shape, accounts),
    },
    Shape {
        dialect: Dialect::Phantombuster,
        columns: &[
            ("handle", "twitterUrl", Link("https://twitter.com/")),
            ("name", "name", Text),
            ("bio", "description", Text),
            ("followers", "followers", Number),
            ("following", "following", Number),
            ("posts", "tweets", Number),
            ("verified", "verified", Flag),
        ],
        extra: &[],
        write: table,
    },
    Shape {
        dialect: Dialect::Apify,
        columns: &[
            ("handle", "username", Text),
            ("id", "userId", Text),
            ("name", "name", Text),
            ("bio", "bio", Text),
            ("followers", "followersCount", Number),
            ("following", "followingCount", Number),
            ("posts", "postsCount", Number),
            ("created_at", "joinedAt", ISO),
        ],
        extra: &[],
        write: lines,
    },
    Shape {
        dialect: Dialect::Followers2csv,
        columns: &[
            ("id", "ID", Text),
            ("name", "NAME", Text),
            ("handle", "USER", Prefixed("@")),
            ("followers", "FOLLOWERS", Number),
            ("following", "FOLLOWING", Number),
            ("likes_given", "FAVOURITES", Number),
            ("posts", "STATUSES", Number),
            ("created_at", "CREATED_AT", V1),
        ],
        extra: &[("FOLLOWED", "x")],
        write: table,
    },
    Shape {
        dialect: Dialect::Cdata,
        columns: &[
            ("id", "ID", Text),
            ("name", "Name", Text),
            ("handle", "Screen_Name", Text),
            ("location", "Location", Text),
            ("protected", "Protected", TITLE),
            ("lang", "Lang", Text),
            ("created_at", "Created_At", PLAIN),
            ("followers", "Followers_Count", Number),
        ],
        extra: &[("User_Id", ""), ("Profile_URL", ""), ("Profile_Image_URL", "")],
        write: table,
    },
    Shape {
        dialect: Dialect::UnionMetrics,
        columns: &[("id", "Id", Text), ("handle", "Screen_Name", Text)],
        extra: &[
            ("Tweets", "7"),
            ("Mentions", "1"),
            ("Retweets", "2"),
            ("Impressions", "1,234"),
            ("URL", ""),
        ],
        write: table,
    },
    Shape {
        dialect: Dialect::HandleList,
        columns: &[("handle", "", Text)],
        extra: &[],
        write: |_, accounts| {
            let handles = accounts.iter().map(|account| account["handle"].as_deref().unwrap_or_default());
            // With and without the mark, as people paste them.
            handles.enumerate().map(|(at, handle)| format!("{}{handle}\n", ["@", ""][at % 2])).collect()
        },
    },
    Shape {
        dialect: Dialect::InstagramExport,
        columns: &[("handle", "value", Text)],
        extra: &[],
        write: |_, accounts| {
            let records: Vec<Value> = accounts
                .iter()
                .map(|account| {
                    let handle = account["handle"].as_deref().unwrap_or_default();
                    let href = format!("https://www.instagram.com/{handle}");
                    json!({"title": "", "media_list_data": [],
                        "string_list_data": [{"href": href, "value": handle, "timestamp": 1_614_500_000}]})
                })
                .collect();
            json!({ "relationships_following": records }).to_string()
        },
    },
    Shape {
        dialect: Dialect::Instafake,
        columns: &[
            ("followers", "userFollowerCount", Number),
            ("following", "userFollowingCount", Number),
            ("bio_chars", "userBiographyLength", Number),
            ("posts", "userMediaCount", Number),
            ("default_image", "userHasProfilPic", NotFlag),
            ("handle_chars", "usernameLength", Number),
        ],
        extra: &[("isFake", "1")],
        write: array,
    },
    Shape {
        dialect: Dialect::InstagramKaggle,
        columns: &[
            ("default_image", "profile pic", NotFlag),
            ("bio_chars", "description length", Number),
            ("protected", "private", Words("1", "0", "")),
            ("posts", "#posts", Number),
            ("followers", "#followers", Number),
            ("following", "#follows", Number),
        ],
        extra: &[("nums/length username", "0.1"), ("external URL", "1"), ("fake", "0")],
        write: table,
    },
    Shape {
        dialect: Dialect::Astroturf,
        columns: &[
            ("id", "author_id", Text),
            ("created_at", "author_created_at", PLAIN),
            ("followers", "followers_count", Number),
            ("following", "friends_count", Number),
            ("name", "name", Text),
            ("handle", "screen_name", Text),
        ],
        extra: &[("total_attacks", "4")],
        write: table,
    },
];

const TEXTS: &[&str] = &["name", "bio", "location", "url", "lang"];

fn value_of(field: &'static str) -> BoxedStrategy<Option<String>> {
    let time = (1_100_000_000i64..1_700_000_000).prop_map(|s| Timestamp::from_second(s).unwrap().to_string());
    match field {
        // Handles that read like a number, a word or a flag are handles all the same.
        "handle" => {
            prop_oneof!["[A-Za-z_][A-Za-z0-9_]{0,14}", Just("None".to_string()), Just("NaN".to_string())]
                .prop_map(Some)
                .boxed()
        }
        "id" => {
            prop_oneof![1u64..1 << 40, (1u64 << 53) + 1..u64::MAX].prop_map(|n| Some(n.to_string())).boxed()
        }
        "verified" | "protected" | "default_profile" | "default_image" | "declared_bot" | "you_follow"
        | "follows_you" => {
            proptest::option::of(any::<bool>()).prop_map(|flag| flag.map(|flag| flag.to_string())).boxed()
        }
        "created_at" => time.prop_map(Some).boxed(),
        "last_post_at" | "observed_at" => proptest::option::of(time).boxed(),
        _ if TEXTS.contains(&field) => {
            "[ -~éß漢😀\n\t\"',;<>&]{0,24}".prop_map(|text| Some(text.trim().to_string())).boxed()
        }
        _ => proptest::option::of(0u64..5_000_000_000).prop_map(|n| n.map(|n| n.to_string())).boxed(),
    }
}

fn accounts() -> impl Strategy<Value = Vec<Made>> {
    const FIELDS: &[&str] = &[
        "id",
        "handle",
        "name",
        "bio",
        "location",
        "url",
        "lang",
        "followers",
        "following",
        "posts",
        "likes_given",
        "listed",
        "verified",
        "protected",
        "default_profile",
        "default_image",
        "declared_bot",
        "you_follow",
        "follows_you",
        "created_at",
        "last_post_at",
        "observed_at",
        "handle_chars",
        "bio_chars",
        "age_days",
        "posts_per_day",
        "original_posts",
        "reposts",
        "gap_sd_hours",
    ];
    let one = FIELDS.iter().map(|field| value_of(field)).collect::<Vec<_>>();
    let one = one.prop_map(|values| FIELDS.iter().copied().zip(values).collect::<Made>());
    proptest::collection::vec(one, 1..6)
}

/// What should come back: the fields of the shape, and what the dialect says about a missing one.
fn expected(shape: &Shape, account: &Made) -> BTreeMap<&'static str, String> {
    let value = |&(field, _, form): &Column| {
        let mut value = account[field].clone();
        if let (Prefixed(mark @ ("u" | "did:plc:")), Some(text)) = (form, &value) {
            value = Some(format!("{mark}{text}"));
        }
        value.map(|value| (field, value))
    };
    let mut fields: BTreeMap<_, _> = shape.columns.iter().filter_map(value).collect();
    // Of an account of which nothing is told but who it is, an empty text is no text that somebody saw empty.
    let keys = ["id", "handle", "observed_at"];
    if fields.iter().all(|(field, value)| keys.contains(field) || TEXTS.contains(field) && value.is_empty()) {
        fields.retain(|field, _| keys.contains(field));
    }
    fields
}

/// Caverlee's files have no empty cell, and a headerless table is told by its first cells.
fn complete(shape: &Shape, accounts: &mut [Made]) {
    for account in accounts {
        for (_, value) in account.iter_mut() {
            if shape.dialect == Dialect::Caverlee && value.is_none() {
                *value = Some("0".into());
            }
        }
        for field in ["observed_at", "created_at"] {
            if account[field].as_deref() == Some("0") {
                account.insert(field, Some("2010-02-03T04:05:06Z".into()));
            }
        }
        // A table's texts that stand for "nothing" in that dialect.
        for field in TEXTS {
            if matches!(account[field].as_deref(), Some("NULL" | "None" | "NA" | "unknown")) {
                account.insert(field, Some(String::new()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn an_account_written_in_any_dialect_and_read_back_is_the_same(accounts in accounts()) {
        for shape in SHAPES {
            let mut accounts = accounts.clone();
            complete(shape, &mut accounts);
            let text = (shape.write)(shape, &accounts);
            let source = Source::from_bytes("memory", text.clone().into_bytes());
            let mut input = match Input::from_source(source, &ReadOptions::default()) {
                Ok(input) => input,
                Err(error) => return Err(TestCaseError::fail(format!("{}: {error}\n{text}", shape.dialect))),
            };
            prop_assert_eq!(input.dialect(), shape.dialect, "{}", text);
            let mut read = Vec::new();
            input.for_each_row(|row| read.push((fields(&row.account), row.damage.clone(), row.notes))).unwrap();
            prop_assert_eq!(read.len(), accounts.len(), "{}: {}", shape.dialect, text);
            for ((found, damage, notes), account) in read.into_iter().zip(&accounts) {
                prop_assert_eq!(damage, None, "{}: {}", shape.dialect, text);
                prop_assert!(notes.iter().all(|note| note == Note::MadeLater));
                prop_assert_eq!(found, expected(shape, account), "{}: {}", shape.dialect, text);
            }
        }
    }
}
