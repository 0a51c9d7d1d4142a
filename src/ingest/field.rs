//! The fields an input can fill, how a cell is read for each, and the names files give them.
//!
//! One alias table serves CSV headers and JSON keys alike: a name is folded to lower-case letters and digits,
//! so `followersCount`, `followers_count`, `FOLLOWERS_COUNT`, `Followers count` and
//! `public_metrics.followers_count` meet in one entry.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::dialect::Dialect;
use super::notes::Note;
use super::value::{self, Cell, Id};
use crate::account::{Account, Network, Timestamp};

/// Something a column or key can be mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each is the field of the same name in `Account`, documented there
pub enum Field {
    Id,
    Handle,
    Name,
    Bio,
    Location,
    Url,
    Lang,
    Followers,
    Following,
    Posts,
    LikesGiven,
    Listed,
    Verified,
    /// Bluesky's word for it: `valid`, `invalid` or `none`.
    VerifiedStatus,
    Protected,
    DefaultProfile,
    DefaultImage,
    /// The opposite of [`Field::DefaultImage`].
    HasImage,
    ImageUrl,
    GeoEnabled,
    BackgroundImage,
    DeclaredBot,
    YouFollow,
    FollowsYou,
    /// What the account is to you, as words: `following`, `followed_by` (API v2, v1.1 `friendships/lookup`).
    Connections,
    CreatedAt,
    LastPostAt,
    /// Id of the newest post; on X its upper bits are a time.
    LastPostId,
    /// The newest post as Python or JSON text in a cell.
    LastPostText,
    ObservedAt,
    /// Address of the account's own page; fills a missing id or handle.
    ProfileUrl,
    HandleChars,
    BioChars,
    AgeDays,
    FollowersPerFollowing,
    PostsPerDay,
    ListedPerDay,
    LikesGivenMean,
    OriginalPosts,
    Reposts,
    Replies,
    Links,
    ClientCount,
    LikesPerPost,
    RepostsPerPost,
    LinkRate,
    MentionRate,
    GapMeanHours,
    GapSdHours,
    HashtagRate,
    HourEntropy,
    RepeatShare,
    MainClientShare,
    /// The social network.
    Network,
    /// What `botsieve convert` says of a row in the canonical form.
    Status,
    /// The class of a labelled file. Never mapped by itself: a label is used only where it is asked for.
    Label,
}

/// How the cells of a field are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; an empty cell is a text known to be empty.
    Text,
    /// A name that cannot be empty (id, handle): an empty cell is missing.
    Key,
    /// A whole number of 0 or more.
    Count,
    /// A finite number.
    Number,
    /// True or false.
    Flag,
    /// A time.
    Time,
}

/// Fields in the order of [`Account`], with the name the mapping report prints.
pub const FIELDS: &[(Field, &str, Kind)] = &[
    (Field::Id, "id", Kind::Key),
    (Field::Handle, "handle", Kind::Key),
    (Field::Name, "name", Kind::Text),
    (Field::Bio, "bio", Kind::Text),
    (Field::Location, "location", Kind::Text),
    (Field::Url, "url", Kind::Text),
    (Field::Lang, "lang", Kind::Text),
    (Field::Followers, "followers", Kind::Count),
    (Field::Following, "following", Kind::Count),
    (Field::Posts, "posts", Kind::Count),
    (Field::LikesGiven, "likes_given", Kind::Count),
    (Field::Listed, "listed", Kind::Count),
    (Field::Verified, "verified", Kind::Flag),
    (Field::VerifiedStatus, "verified_status", Kind::Text),
    (Field::Protected, "protected", Kind::Flag),
    (Field::DefaultProfile, "default_profile", Kind::Flag),
    (Field::DefaultImage, "default_image", Kind::Flag),
    (Field::HasImage, "has_image", Kind::Flag),
    (Field::ImageUrl, "image_url", Kind::Text),
    (Field::GeoEnabled, "geo_enabled", Kind::Flag),
    (Field::BackgroundImage, "background_image", Kind::Flag),
    (Field::DeclaredBot, "declared_bot", Kind::Flag),
    (Field::YouFollow, "you_follow", Kind::Flag),
    (Field::FollowsYou, "follows_you", Kind::Flag),
    (Field::Connections, "connections", Kind::Text),
    (Field::CreatedAt, "created_at", Kind::Time),
    (Field::LastPostAt, "last_post_at", Kind::Time),
    (Field::LastPostId, "last_post_id", Kind::Key),
    (Field::LastPostText, "last_post_text", Kind::Text),
    (Field::ObservedAt, "observed_at", Kind::Time),
    (Field::ProfileUrl, "profile_url", Kind::Text),
    (Field::HandleChars, "handle_chars", Kind::Count),
    (Field::BioChars, "bio_chars", Kind::Count),
    (Field::AgeDays, "age_days", Kind::Number),
    (Field::FollowersPerFollowing, "followers_per_following", Kind::Number),
    (Field::PostsPerDay, "posts_per_day", Kind::Number),
    (Field::ListedPerDay, "listed_per_day", Kind::Number),
    (Field::LikesGivenMean, "likes_given_mean", Kind::Number),
    (Field::OriginalPosts, "original_posts", Kind::Number),
    (Field::Reposts, "reposts", Kind::Number),
    (Field::Replies, "replies", Kind::Number),
    (Field::Links, "links", Kind::Number),
    (Field::ClientCount, "client_count", Kind::Number),
    (Field::LikesPerPost, "likes_per_post", Kind::Number),
    (Field::RepostsPerPost, "reposts_per_post", Kind::Number),
    (Field::LinkRate, "link_rate", Kind::Number),
    (Field::MentionRate, "mention_rate", Kind::Number),
    (Field::GapMeanHours, "gap_mean_hours", Kind::Number),
    (Field::GapSdHours, "gap_sd_hours", Kind::Number),
    (Field::HashtagRate, "hashtag_rate", Kind::Number),
    (Field::HourEntropy, "hour_entropy", Kind::Number),
    (Field::RepeatShare, "repeat_share", Kind::Number),
    (Field::MainClientShare, "main_client_share", Kind::Number),
    (Field::Network, "network", Kind::Text),
    (Field::Status, "botsieve_status", Kind::Text),
    (Field::Label, "label", Kind::Text),
];

impl Field {
    /// The name used in reports and in map files.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// How its cells are read.
    pub fn kind(self) -> Kind {
        self.entry().2
    }

    /// The field a map file names.
    pub fn from_name(name: &str) -> Option<Field> {
        FIELDS.iter().find(|(_, known, _)| *known == name).map(|(field, _, _)| *field)
    }

    /// The field that a column of this name fills in a table of no dialect of its own: `friends_count` is `following`.
    pub fn of_column(name: &str) -> Option<Field> {
        Names { dialect: Dialect::Csv, of_posts: false }.lookup(name).map(|(field, _)| field)
    }

    fn entry(self) -> &'static (Field, &'static str, Kind) {
        &FIELDS[self as usize]
    }
}

/// Names folded by [`fold`], each with its field. Where a file has several names of one field, the one
/// standing earlier here is used, and the mapping report names the others.
const ALIASES: &[(&str, Field)] = &[
    ("idstr", Field::Id),
    ("userid", Field::Id),
    ("authorid", Field::Id),
    ("accountid", Field::Id),
    ("did", Field::Id),
    ("id", Field::Id),
    ("uid", Field::Id),
    ("pseudoid", Field::Id),
    ("twitterid", Field::Id),
    ("screenname", Field::Handle),
    ("username", Field::Handle),
    ("acct", Field::Handle),
    ("handle", Field::Handle),
    ("user", Field::Handle),
    ("accountaddress", Field::Handle), // Mastodon, following_accounts.csv
    ("twitterhandle", Field::Handle),
    ("displayname", Field::Name),
    ("fullname", Field::Name),
    ("name", Field::Name),
    ("description", Field::Bio),
    ("bio", Field::Bio),
    ("biography", Field::Bio),
    ("note", Field::Bio),
    ("location", Field::Location),
    ("url", Field::Url),
    ("website", Field::Url),
    ("externalurl", Field::Url),
    ("lang", Field::Lang),
    ("language", Field::Lang),
    ("accountlang", Field::Lang),
    ("followerscount", Field::Followers),
    ("followercount", Field::Followers),
    ("followerscnt", Field::Followers),
    ("followers", Field::Followers),
    ("followercnt", Field::Followers),
    ("numberoffollowers", Field::Followers),
    ("friendscount", Field::Following),
    ("followingcount", Field::Following),
    ("followscount", Field::Following),
    ("followingscount", Field::Following),
    ("followingcnt", Field::Following),
    ("following", Field::Following),
    ("follows", Field::Following),
    ("followings", Field::Following),
    ("followeescount", Field::Following),
    ("friends", Field::Following),
    ("numberoffollowing", Field::Following),
    ("numberoffollowings", Field::Following),
    ("numeroffollowings", Field::Following), // caverlee-2011 spells it so
    ("statusescount", Field::Posts),
    ("tweetcount", Field::Posts),
    ("tweetscount", Field::Posts),
    ("postscount", Field::Posts),
    ("postcount", Field::Posts),
    ("statuses", Field::Posts),
    ("tweets", Field::Posts),
    ("posts", Field::Posts),
    ("usermediacount", Field::Posts),
    ("numberoftweets", Field::Posts),
    ("favouritescount", Field::LikesGiven),
    ("favoritescount", Field::LikesGiven),
    ("likecount", Field::LikesGiven),
    ("favourites", Field::LikesGiven),
    ("favorites", Field::LikesGiven),
    ("listedcount", Field::Listed),
    ("listcount", Field::Listed),
    ("listed", Field::Listed),
    ("verified", Field::Verified),
    ("isverified", Field::Verified),
    ("certified", Field::Verified),
    ("isblueverified", Field::Verified),
    ("verificationverifiedstatus", Field::VerifiedStatus),
    ("protected", Field::Protected),
    ("private", Field::Protected),
    ("isprivate", Field::Protected),
    ("isprotected", Field::Protected),
    ("locked", Field::Protected),
    ("defaultprofile", Field::DefaultProfile),
    ("defaultprofileimage", Field::DefaultImage),
    ("hasavatar", Field::HasImage),
    ("hasprofilepic", Field::HasImage),
    ("userhasprofilpic", Field::HasImage), // InstaFake spells it so
    ("hasprofilepicture", Field::HasImage),
    ("profileimageurl", Field::ImageUrl),
    ("profileimageurlhttps", Field::ImageUrl),
    ("profileimage", Field::ImageUrl),
    ("profilepicture", Field::ImageUrl),
    ("profilepicurl", Field::ImageUrl),
    ("imgurl", Field::ImageUrl),
    ("avatar", Field::ImageUrl),
    ("geoenabled", Field::GeoEnabled),
    ("profileusebackgroundimage", Field::BackgroundImage),
    ("viewerfollowing", Field::YouFollow), // Bluesky: the address of the record by which you follow
    ("youfollow", Field::YouFollow),
    ("followedby", Field::FollowsYou),
    ("viewerfollowedby", Field::FollowsYou),
    ("followsyou", Field::FollowsYou),
    ("connectionstatus", Field::Connections),
    ("connections", Field::Connections),
    ("createdat", Field::CreatedAt),
    ("accountcreatedat", Field::CreatedAt),
    ("usercreatedat", Field::CreatedAt),
    ("authorcreatedat", Field::CreatedAt),
    ("since", Field::CreatedAt),
    ("joinedat", Field::CreatedAt),
    ("joined", Field::CreatedAt),
    ("joindate", Field::CreatedAt),
    ("datejoined", Field::CreatedAt),
    ("statuscreatedat", Field::LastPostAt),
    ("lastpostat", Field::LastPostAt),
    ("lasttweetedat", Field::LastPostAt),
    ("laststatusat", Field::LastPostAt),
    ("mostrecenttweetid", Field::LastPostId),
    ("observedat", Field::ObservedAt),
    ("crawledat", Field::ObservedAt),
    ("collectedat", Field::ObservedAt),
    ("twarcretrievedat", Field::ObservedAt),
    ("retrievedat", Field::ObservedAt),
    ("probetimestamp", Field::ObservedAt),
    ("profileurl", Field::ProfileUrl),
    ("twitterurl", Field::ProfileUrl),
    ("userlink", Field::ProfileUrl),
    ("profilelink", Field::ProfileUrl),
    ("lengthofscreenname", Field::HandleChars),
    ("usernamelength", Field::HandleChars),
    ("lengthofdescriptioninuserprofile", Field::BioChars),
    ("descriptionlength", Field::BioChars),
    ("userbiographylength", Field::BioChars),
    ("accountagedays", Field::AgeDays),
    ("ageofaccountindays", Field::AgeDays),
    ("accountage", Field::AgeDays),
    ("followerfriendratio", Field::FollowersPerFollowing),
    ("followersfollowingratio", Field::FollowersPerFollowing),
    ("averagetweetsperday", Field::PostsPerDay),
    ("tweetfrequency", Field::PostsPerDay),
    ("userfavourited", Field::LikesGivenMean),
    ("listsperuser", Field::ListedPerDay), // Gilani et al. 2017: lists over the age of the account in days
    ("usertweeted", Field::OriginalPosts),
    ("userretweeted", Field::Reposts),
    ("userreplied", Field::Replies),
    ("urlscount", Field::Links),
    ("sourcescount", Field::ClientCount),
    ("likespertweet", Field::LikesPerPost),
    ("avglikesreceived", Field::LikesPerPost),
    ("retweetspertweet", Field::RepostsPerPost),
    ("urlintweetsrate", Field::LinkRate),
    ("containslinksratio", Field::LinkRate),
    ("meannbmentionspertweet", Field::MentionRate),
    ("laghoursstd", Field::GapSdHours),
];

/// Names whose folded form would say something else.
const EXACT: &[(&str, Field)] = &[
    ("user_name", Field::Name), // twarc v1 and the 2017 re-crawl: the display name; `username` is the handle
    ("user.name", Field::Name),
    ("author.name", Field::Name),
    ("USER", Field::Handle),
];

/// Names that mean something else in one dialect, or nothing that is used.
const IN_DIALECT: &[(Dialect, &str, Option<Field>)] = &[
    // The owner of the token follows this account: a relation, not a count.
    (Dialect::ApiV1, "following", Some(Field::YouFollow)),
    (Dialect::ApiV1Tweets, "following", Some(Field::YouFollow)),
    // The owner of the token is whoever collected the set.
    (Dialect::BotRepository, "following", None),
    (Dialect::Mib, "following", None),
    (Dialect::Phantombuster, "timestamp", Some(Field::ObservedAt)),
    // The key of the table; User_Id repeats it.
    (Dialect::Cdata, "id", Some(Field::Id)),
    (Dialect::KaggleJubins, "status", Some(Field::LastPostText)),
    (Dialect::CresciStock, "reputation", None),
    // `acct` has the host as well, and `url` is the page of the account, not a link of its owner's.
    (Dialect::Mastodon, "username", None),
    (Dialect::Mastodon, "url", Some(Field::ProfileUrl)),
    (Dialect::Mastodon, "bot", Some(Field::DeclaredBot)),
    (Dialect::MastodonTable, "bot", Some(Field::DeclaredBot)),
    // What the account said about you, not what it ever said.
    (Dialect::UnionMetrics, "tweets", None),
    (Dialect::UnionMetrics, "retweets", None),
    (Dialect::UnionMetrics, "url", Some(Field::ProfileUrl)),
    // Posts of the two days of the contest.
    (Dialect::BotOrNot, "tweetcount", None),
    // A flag there, not an address.
    (Dialect::InstagramKaggle, "externalurl", None),
    (Dialect::InstagramKaggle, "profilepic", Some(Field::HasImage)),
    (Dialect::InstagramExport, "stringlistdatavalue", Some(Field::Handle)),
    (Dialect::InstagramExport, "stringlistdatahref", Some(Field::ProfileUrl)),
    // Newer exports have the handle here, older ones an empty text.
    (Dialect::InstagramExport, "title", Some(Field::Handle)),
];

/// Names that stand for the post, not for its author, where a table holds the text of a post.
const OF_A_POST: &[(&str, Option<Field>)] = &[
    ("createdat", Some(Field::LastPostAt)),
    ("id", None),
    ("idstr", None),
    ("lang", None),
    ("likecount", None),
    ("publicmetricslikecount", None),
];

/// Names of the text of a post.
const POST_TEXT: &[&str] = &["text", "fulltext", "tweettext", "posttext"];

/// Parts in front of a name that say whose field it is, not which.
const PREFIXES: &[&str] = &["publicmetrics", "profile", "account", "author", "user", "legacy"];

/// Column names that usually hold a class. Only ever suggested.
const LABEL_NAMES: &[&str] =
    &["label", "bot", "target", "accounttype", "isfake", "fake", "class", "typeofuser"];

/// A name in lower case, letters and digits only.
pub fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How the names of one file are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    dialect: Dialect,
    /// A record is a post with its author's profile.
    pub(super) of_posts: bool,
}

impl Names {
    /// For a file of this dialect with these names.
    pub(super) fn of(dialect: Dialect, names: &[String]) -> Names {
        Names { dialect, of_posts: names.iter().any(|name| POST_TEXT.contains(&fold(name).as_str())) }
    }

    /// The field a column or key name means, with its rank among the names of that field (lower wins).
    pub(super) fn lookup(self, name: &str) -> Option<(Field, usize)> {
        let trimmed = name.trim();
        // The canonical form has the names of the fields themselves.
        if matches!(self.dialect, Dialect::BotsieveCsv | Dialect::BotsieveJson) {
            return Field::from_name(trimmed).filter(|field| *field != Field::Label).map(|field| (field, 0));
        }
        if let Some((_, field)) = EXACT.iter().find(|(exact, _)| *exact == trimmed) {
            return Some((*field, 0));
        }
        let folded = fold(trimmed);
        if let Some((_, _, field)) =
            IN_DIALECT.iter().find(|(d, alias, _)| *d == self.dialect && *alias == folded)
        {
            return field.map(|field| (field, 0));
        }
        if self.of_posts
            && let Some((_, field)) = OF_A_POST.iter().find(|(alias, _)| *alias == folded)
        {
            return field.map(|field| (field, ALIASES.len()));
        }
        let find = |wanted: &str| ALIASES.iter().position(|(alias, _)| *alias == wanted);
        if let Some(at) = find(&folded) {
            return Some((ALIASES[at].1, at));
        }
        // "user.public_metrics.followers_count": strip what says whose it is, at most twice.
        let mut rest = folded.as_str();
        for _ in 0..2 {
            let stripped = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix))?;
            if let Some(at) = find(stripped) {
                return Some((ALIASES[at].1, ALIASES.len() + at));
            }
            rest = stripped;
        }
        None
    }
}

/// Is this the name of a column that is known in any file?
pub(super) fn is_known(name: &str) -> bool {
    Names { dialect: Dialect::Csv, of_posts: false }.lookup(name).is_some()
}

/// Does this name usually hold a class label?
pub fn looks_like_label(name: &str) -> bool {
    LABEL_NAMES.contains(&fold(name).as_str())
}

/// What a dialect does differently from the plain reading of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// MIB `users.csv`: an empty flag cell is *false* (`NULL` is not: that crawl had no such flag).
    pub empty_flag_is_false: bool,
    /// `NULL` or `None` in a text cell is an empty text.
    pub null_word_is_empty_text: bool,
    /// TwiBot writes a space behind every text.
    pub trim_text: bool,
    /// The Kaggle profile files write `unknown` where the location was not set.
    pub unknown_location_is_empty: bool,
    /// The bio is HTML (Mastodon).
    pub html_bio: bool,
    /// R writes `NA` where there is no text.
    pub na_is_empty_text: bool,
    /// rtweet writes an `x` in front of an id, to keep spreadsheets from rounding it.
    pub x_before_id: bool,
    /// The network leaves a key out where the owner left the text empty (API v2, Bluesky): a text that other
    /// records of the file have is then known to be empty.
    pub absent_is_empty: bool,
    /// The same for the picture (Bluesky).
    pub absent_image_is_default: bool,
    /// The same for your relation to the account (Bluesky `viewer`): absent, there is none.
    pub absent_relation_is_none: bool,
    /// The canonical CSV: an empty cell is missing, a text behind an apostrophe stands there to the letter
    /// (see `write.rs`).
    pub guarded_text: bool,
    /// The canonical JSON: a string is to the letter what it says, `null` is missing.
    pub exact_text: bool,
}

impl Quirks {
    /// Is a text cell what it says, with nothing to be looked at?
    pub(super) fn texts_as_they_are(self) -> bool {
        !(self.null_word_is_empty_text
            || self.trim_text
            || self.unknown_location_is_empty
            || self.html_bio
            || self.na_is_empty_text
            || self.x_before_id
            || self.canonical())
    }

    /// Is a text that comes with its type what it says?
    #[cfg(feature = "arrow")]
    pub(super) fn typed_texts_as_they_are(self) -> bool {
        self.exact_text || self.texts_as_they_are()
    }

    /// Is this the canonical form, which says itself what is known?
    pub(super) fn canonical(self) -> bool {
        self.guarded_text || self.exact_text
    }
}

/// A cell for [`assign_plain`].
pub(super) trait PlainCell<'a>: Copy {
    /// Its bytes.
    fn bytes(self) -> &'a [u8];
    /// Its text; `None` where the bytes are none, or not the text as they stand.
    fn text(self) -> Option<&'a str>;
    /// Its digits as a number; `None` where there is anything else.
    #[inline]
    fn count(self) -> Option<u64> {
        value::plain::count(self.bytes())
    }
    /// The flag it is; `None` where it is anything else.
    #[inline]
    fn flag(self) -> Option<bool> {
        value::plain::flag(self.bytes())
    }
    /// The time it is; `None` where it is anything else.
    #[inline]
    fn time(self) -> Option<Timestamp> {
        value::plain::time(self.bytes())
    }
}

impl<'a> PlainCell<'a> for &'a str {
    fn bytes(self) -> &'a [u8] {
        self.as_bytes()
    }

    fn text(self) -> Option<&'a str> {
        Some(self)
    }
}

/// A value of which the type is known: by its column, or by how JSON writes it.
#[derive(Clone, Copy)]
pub(super) enum Typed<'c> {
    Text(&'c str),
    Count(u64),
    Flag(bool),
    #[cfg_attr(not(feature = "arrow"), allow(dead_code))]
    Time(Timestamp),
}

// Where the kind is known, nothing is left of them but the value.
impl<'c> PlainCell<'c> for Typed<'c> {
    #[inline(always)]
    fn bytes(self) -> &'c [u8] {
        self.text().unwrap_or_default().as_bytes()
    }

    #[inline(always)]
    fn text(self) -> Option<&'c str> {
        if let Typed::Text(text) = self { Some(text) } else { None }
    }

    #[inline(always)]
    fn count(self) -> Option<u64> {
        match self {
            Typed::Count(n) => Some(n),
            Typed::Text(text) => text.count(),
            Typed::Flag(_) | Typed::Time(_) => None,
        }
    }

    #[inline(always)]
    fn flag(self) -> Option<bool> {
        match self {
            Typed::Flag(flag) => Some(flag),
            Typed::Text(text) => text.flag(),
            Typed::Count(_) | Typed::Time(_) => None,
        }
    }

    #[inline(always)]
    fn time(self) -> Option<Timestamp> {
        match self {
            Typed::Time(time) => Some(time),
            Typed::Text(text) => text.time(),
            Typed::Count(_) | Typed::Flag(_) => None,
        }
    }
}

/// Does work in which the field is a constant, if [`assign_plain`] knows it: a loop is then made for each field, and asks
/// nothing of it in its rounds.
macro_rules! with_known {
    ($field:expr, $known:ident => $work:expr) => {
        with_known!($field, $known => $work; Id Handle Name Bio Location Url Lang Followers Following Posts LikesGiven Listed
            Verified Protected DefaultProfile DefaultImage GeoEnabled BackgroundImage CreatedAt LastPostAt ObservedAt)
    };
    ($field:expr, $known:ident => $work:expr; $($name:ident)*) => {
        match $field {
            $(Field::$name => {
                const $known: Field = Field::$name;
                $work
            })*
            // None of those; `assign_plain` knows no usual cell of a status.
            _ => {
                const $known: Field = Field::Status;
                $work
            }
        }
    };
}
pub(super) use with_known;

/// [`assign`] for the cells that most files are full of: digits, `true`, a time in a usual form, text as it is, where
/// [`Quirks::texts_as_they_are`]. `false` says that the cell needs a longer look, and has changed nothing.
// Once a cell: called, it takes half as long again.
#[inline(always)]
pub(super) fn assign_plain<'a>(account: &mut Account<'a>, field: Field, cell: impl PlainCell<'a>) -> bool {
    fn put<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
        let found = value.is_some();
        if found {
            *slot = value;
        }
        found
    }
    let count = |slot: &mut Option<u64>| put(slot, cell.count());
    let flag = |slot: &mut Option<bool>| put(slot, cell.flag());
    let time = |slot: &mut Option<Timestamp>| put(slot, cell.time());
    let text =
        |slot: &mut crate::account::Text<'a>, text: Option<&'a str>| put(slot, text.map(Cow::Borrowed));
    match field {
        Field::Id => text(&mut account.id, cell.text().filter(|text| value::plain::is_id(text.as_bytes()))),
        Field::Handle => {
            text(&mut account.handle, cell.text().filter(|text| value::plain::is_handle(text.as_bytes())))
        }
        Field::Name => text(&mut account.name, cell.text()),
        Field::Bio => text(&mut account.bio, cell.text()),
        Field::Location => text(&mut account.location, cell.text()),
        Field::Url => text(&mut account.url, cell.text()),
        Field::Lang => text(&mut account.lang, cell.text()),
        Field::Followers => count(&mut account.followers),
        Field::Following => count(&mut account.following),
        Field::Posts => count(&mut account.posts),
        Field::LikesGiven => count(&mut account.likes_given),
        Field::Listed => count(&mut account.listed),
        Field::Verified => flag(&mut account.verified),
        Field::Protected => flag(&mut account.protected),
        Field::DefaultProfile => flag(&mut account.default_profile),
        Field::DefaultImage => flag(&mut account.default_image),
        Field::GeoEnabled => flag(&mut account.geo_enabled),
        Field::BackgroundImage => flag(&mut account.background_image),
        Field::CreatedAt => time(&mut account.created_at),
        Field::LastPostAt => time(&mut account.last_post_at),
        Field::ObservedAt => time(&mut account.observed_at),
        _ => false,
    }
}

/// [`assign_plain`] of a text that was put together, which moves into the account; an error gives it back, for a longer look.
pub(super) fn assign_whole(account: &mut Account<'_>, field: Field, text: String) -> Result<(), String> {
    match text_slot(account, field) {
        Some(slot) if field.kind() == Kind::Text => {
            *slot = Some(Cow::Owned(text));
            Ok(())
        }
        _ => Err(text),
    }
}

/// Puts one cell into the account; the note is what is worth saying about it.
///
/// # Errors
/// What would have done, where the cell cannot be read for the field.
pub fn assign<'a>(
    account: &mut Account<'a>,
    field: Field,
    cell: Cell<'a>,
    quirks: Quirks,
) -> Result<Option<Note>, &'static str> {
    if quirks.canonical() {
        let exact = match &cell {
            Cell::Null => return Ok(None),
            Cell::Text(text) if quirks.guarded_text && text.is_empty() => return Ok(None),
            Cell::Text(_) if !matches!(field.kind(), Kind::Text | Kind::Key) => None,
            Cell::Text(text) if quirks.exact_text => Some(text.clone()),
            Cell::Text(text) if text.starts_with('\'') => Some(Cow::Owned(super::write::unguarded(text)?)),
            _ => None,
        };
        if let (Some(text), Some(slot)) = (exact, text_slot(account, field)) {
            *slot = Some(text);
            return Ok(None);
        }
    }
    match field.kind() {
        Kind::Text => {
            let mut text = value::text(cell)?;
            if quirks.trim_text {
                text = text.map(value::trim);
            }
            if quirks.null_word_is_empty_text && matches!(text.as_deref(), Some("NULL" | "None")) {
                text = Some(Cow::Borrowed(""));
            }
            if quirks.na_is_empty_text && text.as_deref() == Some("NA") {
                text = Some(Cow::Borrowed(""));
            }
            if quirks.unknown_location_is_empty
                && field == Field::Location
                && matches!(text.as_deref(), Some("unknown"))
            {
                text = Some(Cow::Borrowed(""));
            }
            match field {
                Field::Name => account.name = text,
                Field::Bio => {
                    account.bio = if quirks.html_bio { text.map(super::html::to_text) } else { text }
                }
                Field::Location => account.location = text,
                Field::Url => account.url = text,
                Field::Lang => account.lang = text,
                Field::Network => account.network = text.as_deref().and_then(Network::parse),
                Field::ImageUrl if account.default_image.is_none() => {
                    account.default_image = text.as_deref().and_then(value::is_default_image);
                }
                Field::VerifiedStatus => {
                    account.verified = match text.as_deref() {
                        Some("valid") => Some(true),
                        Some("invalid" | "none") => Some(false),
                        Some("") | None => None,
                        Some(_) => return Err("valid, invalid or none"),
                    }
                }
                Field::LastPostText => {
                    let time = text.as_deref().and_then(value::created_at_in_dict);
                    account.last_post_at = time.and_then(value::parse_time).or(account.last_post_at);
                }
                Field::Connections => {
                    let Some(words) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
                    let says = |wanted: &str| {
                        words.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == wanted)
                    };
                    account.you_follow = Some(says("following"));
                    account.follows_you = Some(says("followed_by"));
                }
                Field::ProfileUrl => {
                    let Some(link) = text else { return Ok(None) };
                    if account.id.is_none()
                        && let Some(id) = value::id_in_link(&link)
                    {
                        account.id = Some(Cow::Owned(id.to_string()));
                    }
                    if account.handle.is_none()
                        && let Some(handle) = value::handle_in_link(&link)
                    {
                        account.handle = Some(Cow::Owned(handle.to_string()));
                    }
                }
                _ => {}
            }
        }
        Kind::Key => match field {
            Field::Id => match value::id(cell)? {
                Id::Key(key) => {
                    account.id = Some(if quirks.x_before_id { value::without(key, 'x') } else { key });
                }
                Id::Missing => {}
                Id::Ruined => return Ok(Some(Note::RuinedId)),
            },
            Field::Handle => {
                if let Some(handle) = value::key(cell)? {
                    account.handle = Some(value::without(handle, '@'));
                }
            }
            Field::LastPostId if account.last_post_at.is_none() => {
                account.last_post_at = value::key(cell)?.as_deref().and_then(value::time_of_snowflake);
            }
            _ => {}
        },
        Kind::Count => {
            let (count, rounded) = value::count(cell)?;
            match field {
                Field::Followers => account.followers = count,
                Field::Following => account.following = count,
                Field::Posts => account.posts = count,
                Field::LikesGiven => account.likes_given = count,
                Field::Listed => account.listed = count,
                Field::HandleChars => account.given.handle_chars = count,
                Field::BioChars => account.given.bio_chars = count,
                _ => {}
            }
            if rounded {
                return Ok(Some(Note::RoundedCount));
            }
        }
        Kind::Number => {
            let (number, negative) = value::number(cell)?;
            let activity = &mut account.activity;
            match field {
                Field::AgeDays => account.given.age_days = number,
                Field::FollowersPerFollowing => account.given.followers_per_following = number,
                Field::PostsPerDay => account.given.posts_per_day = number,
                Field::ListedPerDay => account.given.listed_per_day = number,
                Field::LikesGivenMean => account.given.likes_given_mean = number,
                Field::OriginalPosts => activity.original_posts = number,
                Field::Reposts => activity.reposts = number,
                Field::Replies => activity.replies = number,
                Field::Links => activity.links = number,
                Field::ClientCount => activity.client_count = number,
                Field::LikesPerPost => activity.likes_per_post = number,
                Field::RepostsPerPost => activity.reposts_per_post = number,
                Field::LinkRate => activity.link_rate = number,
                Field::MentionRate => activity.mention_rate = number,
                Field::GapMeanHours => activity.gap_mean_hours = number,
                Field::GapSdHours => activity.gap_sd_hours = number,
                Field::HashtagRate => activity.hashtag_rate = number,
                Field::HourEntropy => activity.hour_entropy = number,
                Field::RepeatShare => activity.repeat_share = number,
                Field::MainClientShare => activity.main_client_share = number,
                _ => {}
            }
            if negative {
                return Ok(Some(Note::NegativeMeasure));
            }
        }
        Kind::Flag if matches!(field, Field::YouFollow | Field::FollowsYou) => {
            // Nothing is computed from a relation, so one in a form of its own spoils no row.
            let relation = match &cell {
                Cell::Text(text) if text.starts_with("at://") => Some(true),
                // Here what is not known would be taken for a relation that is not there.
                _ if quirks.absent_relation_is_none => {
                    value::flag(cell).map_err(|_| "the address of a relation (at://...)")?
                }
                _ => value::flag(cell).ok().flatten(),
            };
            match field {
                Field::YouFollow => account.you_follow = relation,
                _ => account.follows_you = relation,
            }
        }
        Kind::Flag => {
            let empty = matches!(&cell, Cell::Text(text) if text.is_empty());
            let flag = if empty && quirks.empty_flag_is_false { Some(false) } else { value::flag(cell)? };
            match field {
                Field::Verified => account.verified = flag,
                Field::Protected => account.protected = flag,
                Field::DefaultProfile => account.default_profile = flag,
                Field::DefaultImage => account.default_image = flag.or(account.default_image),
                Field::HasImage => account.default_image = flag.map(|has| !has).or(account.default_image),
                Field::GeoEnabled => account.geo_enabled = flag,
                Field::BackgroundImage => account.background_image = flag,
                Field::DeclaredBot => account.declared_bot = flag,
                _ => {}
            }
        }
        Kind::Time => {
            let time = value::time(cell)?;
            match field {
                Field::CreatedAt => account.created_at = time,
                Field::LastPostAt => account.last_post_at = time.or(account.last_post_at),
                Field::ObservedAt => account.observed_at = time,
                _ => {}
            }
        }
    }
    Ok(None)
}

/// Where the text of a field stands in the account.
fn text_slot<'s, 'a>(account: &'s mut Account<'a>, field: Field) -> Option<&'s mut crate::account::Text<'a>> {
    Some(match field {
        Field::Id => &mut account.id,
        Field::Handle => &mut account.handle,
        Field::Name => &mut account.name,
        Field::Bio => &mut account.bio,
        Field::Location => &mut account.location,
        Field::Url => &mut account.url,
        Field::Lang => &mut account.lang,
        _ => return None,
    })
}

/// Fills in what the network leaves out where there is nothing to say. `mapped` are the fields that some
/// record of the file has.
pub(super) fn fill_absent(account: &mut Account<'_>, mapped: &HashSet<Field>, quirks: Quirks) {
    if quirks.absent_is_empty {
        for (text, field) in [
            (&mut account.name, Field::Name),
            (&mut account.bio, Field::Bio),
            (&mut account.location, Field::Location),
            (&mut account.url, Field::Url),
        ] {
            if text.is_none() && mapped.contains(&field) {
                *text = Some(Cow::Borrowed(""));
            }
        }
    }
    if quirks.absent_relation_is_none
        && (mapped.contains(&Field::YouFollow) || mapped.contains(&Field::FollowsYou))
    {
        account.you_follow.get_or_insert(false);
        account.follows_you.get_or_insert(false);
    }
    if quirks.absent_image_is_default && account.default_image.is_none() && mapped.contains(&Field::ImageUrl)
    {
        account.default_image = Some(true);
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy as _;

    use super::*;

    #[test]
    fn fields_with_a_short_way_are_those_of_the_list() {
        for (field, name, _) in FIELDS {
            let cells = ["7", "true", "a", "2020-01-02 03:04:05"];
            let short = cells.iter().any(|cell| assign_plain(&mut Account::default(), *field, *cell));
            let listed = with_known!(*field, KNOWN => KNOWN != Field::Status);
            assert_eq!(short, listed, "{name}");
        }
    }

    #[test]
    fn the_table_of_fields_is_in_the_order_of_the_enum() {
        for (at, (field, _, _)) in FIELDS.iter().enumerate() {
            assert_eq!(*field as usize, at);
        }
        assert_eq!(FIELDS.len(), Field::Label as usize + 1);
    }

    proptest::proptest! {
        /// The short way of the usual cells gives what the long way gives, and says nothing of the others.
        #[test]
        fn plain_cells_are_read_as_all_cells_are(
            at in 0..FIELDS.len(),
            cell in proptest::prop_oneof![
                proptest::sample::select(vec![
                    "true", "False", "TRUE", "1", "0", "", "NULL", "None", " 12", "12 ", "1.2K", "1,234", "-3", "@anna", "anna",
                    " anna", "anna\u{a0}", "8.41E+17", "007", "2015-10-17", "Sat Oct 17 22:35:31 +0000 2015",
                    "Sat Oct 18 22:35:31 +0000 2015", "2015-02-29 22:35:31", "2016-02-29T22:35:31Z", "99999999999999999999",
                ]).prop_map(String::from),
                "[0-9]{0,21}",
                "\\PC{0,6}",
                // Digits with something else among them.
                ("[0-9]{1,40}", 0..40usize, "[0-9a+. ]").prop_map(|(mut digits, at, other)| {
                    let at = at % digits.len();
                    digits.replace_range(at..=at, &other);
                    digits
                }),
            ],
        ) {
            let field = FIELDS[at].0;
            let (mut short, mut long) = (Account::default(), Account::default());
            if assign_plain(&mut short, field, &*cell) {
                let note = assign(&mut long, field, Cell::Text(Cow::Borrowed(&cell)), Quirks::default());
                proptest::prop_assert_eq!(note, Ok(None));
            }
            proptest::prop_assert_eq!(short, long, "{:?} {:?}", field, cell);
        }
    }

    fn lookup(name: &str) -> Option<(Field, usize)> {
        Names::of(Dialect::Csv, &[]).lookup(name)
    }

    #[test]
    fn a_name_stands_for_one_field() {
        let mut seen = HashSet::new();
        for (alias, _) in ALIASES {
            assert!(seen.insert(alias), "{alias} twice");
            assert_eq!(*alias, fold(alias), "not folded");
        }
    }

    #[test]
    fn the_time_of_a_post_is_not_that_of_its_author() {
        let names = ["text", "created_at", "user_created_at", "id", "user_id"].map(String::from);
        let names = Names::of(Dialect::Csv, &names);
        assert_eq!(names.lookup("created_at").unwrap().0, Field::LastPostAt);
        assert_eq!(names.lookup("user_created_at").unwrap().0, Field::CreatedAt);
        assert_eq!(names.lookup("id"), None);
    }

    #[test]
    fn every_spelling_of_a_name_meets_in_one_field() {
        for name in [
            "followers_count",
            "followersCount",
            "FOLLOWERS",
            "Followers count",
            "public_metrics.followers_count",
            "user_followers_cnt",
            "user.public_metrics.followers_count",
        ] {
            assert_eq!(lookup(name).map(|f| f.0), Some(Field::Followers), "{name}");
        }
        assert_eq!(lookup("user_name").unwrap().0, Field::Name);
        assert_eq!(lookup("username").unwrap().0, Field::Handle);
        assert_eq!(lookup("user_id").unwrap().0, Field::Id);
        assert_eq!(lookup("__twarc.retrieved_at").unwrap().0, Field::ObservedAt);
        assert_eq!(lookup("updated"), None, "a database touch, not a time of observation");
        assert_eq!(lookup("label"), None, "labels are never read unasked");
    }
}
