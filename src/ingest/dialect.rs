//! The dialects: how each is recognised by its content, and what is different about it.
//!
//! A dialect only says where the account lies in a record and which cells are read in a special way; which
//! column is which field is the business of the one alias table in [`super::field`].

use std::fmt;

use serde::{Deserialize, Serialize};

use super::field::{Field, Quirks, fold};
use super::json::{Layout, PAGE_KEYS};

/// A kind of input file. Chosen by looking at the content; `--dialect` overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Comma, semicolon or tab separated with a header, names mapped by alias
    Csv,
    /// `users.csv` of the MIB (cresci) sets: empty flags are false
    Mib,
    /// Profile files of the Kaggle "Twitter Bots Accounts" set
    Kaggle,
    /// caverlee-2011: tab separated, no header, eight columns
    Caverlee,
    /// API v1.1 user objects: array, lines, or `users` pages
    ApiV1,
    /// Bot Repository `_tweets.json`: objects with a `user` inside
    BotRepository,
    /// API v2 user objects: array, lines, or `data` pages
    ApiV2,
    /// TwiBot-20: objects with a `profile` inside, every value a text with a space behind it
    Twibot20,
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
            Dialect::Caverlee => "caverlee",
            Dialect::ApiV1 => "api-v1",
            Dialect::BotRepository => "bot-repository",
            Dialect::ApiV2 => "api-v2",
            Dialect::Twibot20 => "twibot20",
            Dialect::Json => "json",
        }
    }

    pub(super) fn is_json(self) -> bool {
        !matches!(self, Dialect::Csv | Dialect::Mib | Dialect::Kaggle | Dialect::Caverlee)
    }

    pub(super) fn quirks(self) -> Quirks {
        match self {
            Dialect::Mib => {
                Quirks { empty_flag_is_false: true, null_word_is_empty_text: true, ..Quirks::default() }
            }
            Dialect::Kaggle => Quirks { unknown_location_is_empty: true, ..Quirks::default() },
            Dialect::Twibot20 | Dialect::ApiV2 => {
                Quirks { trim_text: true, null_word_is_empty_text: self == Dialect::Twibot20, ..Quirks::default() }
            }
            _ => Quirks::default(),
        }
    }

    /// The key of the object that holds the account, where it is not the record itself.
    pub(super) fn root(self) -> Option<&'static str> {
        match self {
            Dialect::BotRepository => Some("user"),
            Dialect::Twibot20 => Some("profile"),
            _ => None,
        }
    }

    /// Keys outside the account's own object that are used all the same.
    pub(super) fn outside_root(self) -> &'static [(&'static str, Field)] {
        match self {
            // Beside `user` stands the time of the post it came with: the newest the crawl saw.
            Dialect::BotRepository => &[("created_at", Field::LastPostAt)],
            Dialect::Twibot20 => &[("ID", Field::Id)],
            _ => &[],
        }
    }

    /// The fixed columns of a dialect without a header.
    pub(super) fn fixed_header(self) -> Option<&'static [&'static str]> {
        (self == Dialect::Caverlee).then_some(&[
            "UserID",
            "CreatedAt",
            "CollectedAt",
            "NumerOfFollowings",
            "NumberOfFollowers",
            "NumberOfTweets",
            "LengthOfScreenName",
            "LengthOfDescriptionInUserProfile",
        ])
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Tells the dialect of a delimited file by its first record.
pub(super) fn of_header(header: &[String]) -> Dialect {
    let has = |name: &str| header.iter().any(|column| column == name);
    if has("profile_sidebar_fill_color") && has("updated") {
        return Dialect::Mib;
    }
    let folded: Vec<String> = header.iter().map(|name| fold(name)).collect();
    let folded_has = |name: &str| folded.iter().any(|column| column == name);
    if folded_has("averagetweetsperday") && folded_has("accountagedays") && folded_has("defaultprofile") {
        return Dialect::Kaggle;
    }
    let caverlee = header.len() == 8
        && header[0].bytes().all(|b| b.is_ascii_digit())
        && header[1..3].iter().all(|cell| super::value::parse_time(cell).is_some());
    if caverlee { Dialect::Caverlee } else { Dialect::Csv }
}

/// Tells the dialect of JSON text and how its records lie, by the first record.
pub(super) fn of_json(head: &[u8]) -> (Dialect, Layout) {
    let text = head.trim_ascii_start();
    let first_end = super::json::value_end(text, 0, false);
    let is_array = text.first() == Some(&b'[');
    let first = if is_array {
        let inner = text[1..].trim_ascii_start();
        super::json::value_end(inner, 0, false).map(|end| &inner[..end])
    } else {
        first_end.map(|end| &text[..end])
    };
    let value: serde_json::Value =
        first.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or(serde_json::Value::Null);

    // A page whose first record fits into the head: look at that record. A page longer than the head is told
    // by the key in front of its array.
    let page_key = if is_array { None } else { PAGE_KEYS.iter().find(|key| value.get(**key).is_some_and(|v| v.is_array())) };
    let open_page = !is_array && value.is_null() && opens_a_page(text);
    if let Some(key) = page_key {
        return (of_object(&value[*key][0]), Layout::Pages);
    }
    if open_page {
        let mut cutter = super::json::Cutter::new(Layout::Pages);
        let cut = cutter.cut(text, false);
        let record = cut.records.first().and_then(|range| serde_json::from_slice(&text[range.clone()]).ok());
        return (of_object(&record.unwrap_or(serde_json::Value::Null)), Layout::Pages);
    }
    let dialect = of_object(&value);
    if is_array {
        return (dialect, Layout::Elements);
    }
    // Objects one behind the other: lines, if the first one is whole on its line.
    let one_line = first_end.is_some_and(|end| !text[..end].contains(&b'\n'));
    (dialect, if one_line || first_end.is_none() { Layout::Lines } else { Layout::Elements })
}

/// Does the text begin with an object whose first array stands under a page key?
fn opens_a_page(text: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'[', text) else { return false };
    let before = String::from_utf8_lossy(&text[..open]);
    let before = before.trim_end().trim_end_matches(':').trim_end();
    PAGE_KEYS.iter().any(|key| before.ends_with(&format!("\"{key}\"")))
}

fn of_object(value: &serde_json::Value) -> Dialect {
    let has = |key: &str| value.get(key).is_some();
    if value.get("user").is_some_and(|user| user.get("screen_name").is_some() || user.get("followers_count").is_some()) {
        Dialect::BotRepository
    } else if has("profile") && has("ID") {
        Dialect::Twibot20
    } else if has("public_metrics") {
        Dialect::ApiV2
    } else if has("screen_name") && (has("friends_count") || has("statuses_count")) {
        Dialect::ApiV1
    } else {
        Dialect::Json
    }
}
