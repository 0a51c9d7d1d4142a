//! [`Account`]: one social profile with its activity, as far as a file tells it.
//!
//! Every field is optional. `None` means *the file does not say*, which is neither zero, nor false, nor an
//! empty string: `Some("")` is a bio known to be empty, `None` is a bio nobody looked at. Features computed
//! from a missing field are missing themselves, and a missing feature contributes nothing to a score.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use jiff::Timestamp;

/// Optional text that borrows from the bytes it was read from wherever it can.
pub type Text<'a> = Option<Cow<'a, str>>;

/// The class of a labelled account. The positive class of every metric in this crate is [`Label::Bot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// A person (or an organisation run by people).
    Human,
    /// Automated, fake, purchased or spam, whatever the source of the label meant by it.
    Bot,
}

/// What a label may look like, for messages.
pub const LABEL_WORDS: &str = "bot or human (also 1/0, fake/genuine, spam/legitimate)";

impl Label {
    /// `true` for [`Label::Bot`], the positive class.
    pub fn is_bot(self) -> bool {
        self == Label::Bot
    }

    /// Reads a label the way the public datasets write it: `bot`/`human`, `1`/`0`, `true`/`false`,
    /// `fake`/`genuine`, `spam`/`legitimate user`, `political_Bot`, in any case. `None` for anything else.
    pub fn parse(text: &str) -> Option<Label> {
        let mut word = text.trim().to_ascii_lowercase();
        // Some lists mean a human by -1, and some that nobody knows.
        if word.starts_with('-') {
            return None;
        }
        word.retain(|c| !matches!(c, '_' | '-' | ' '));
        if let Some(stripped) = word.strip_suffix(".0") {
            word = stripped.to_string();
        }
        match word.as_str() {
            "bot" | "1" | "true" | "fake" | "spam" | "spambot" | "spammer" | "socialbot" | "politicalbot"
            | "fakefollower" | "contentpolluter" | "polluter" | "yes" => Some(Label::Bot),
            "human" | "0" | "false" | "genuine" | "real" | "legitimate" | "legitimateuser" | "person"
            | "no" => Some(Label::Human),
            _ => None,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_bot() { "bot" } else { "human" })
    }
}

/// The social network an account is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Network {
    /// X, formerly Twitter.
    X,
    Mastodon,
    Bluesky,
    Instagram,
    /// Any other.
    Other,
}

impl Network {
    /// The word used in files.
    pub fn name(self) -> &'static str {
        match self {
            Network::X => "x",
            Network::Mastodon => "mastodon",
            Network::Bluesky => "bluesky",
            Network::Instagram => "instagram",
            Network::Other => "other",
        }
    }

    /// Reads the name of a network in any case; `twitter` is X, a word that is none of ours another network. `None` for
    /// an empty text.
    pub fn parse(text: &str) -> Option<Network> {
        Some(match text.trim().to_ascii_lowercase().as_str() {
            "" => return None,
            "x" | "twitter" => Network::X,
            "mastodon" => Network::Mastodon,
            "bluesky" => Network::Bluesky,
            "instagram" => Network::Instagram,
            _ => Network::Other,
        })
    }
}

/// One profile with its activity. See the [module documentation](self) for what `None` means.
///
/// The field names follow what the networks share; where a network calls it otherwise
/// (`friends_count`, `favourites_count`, `statuses_count`), the documentation of the field says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account<'a> {
    /// The network's key of the account, kept as text because ids pass 2^53. Never a feature.
    pub id: Text<'a>,
    /// Unique name in the network, without a leading `@` (v1.1 `screen_name`, v2 `username`).
    pub handle: Text<'a>,
    /// Display name.
    pub name: Text<'a>,
    /// Self description (v1.1 `description`, Mastodon `note` with its HTML removed).
    pub bio: Text<'a>,
    /// Free-text location of the profile.
    pub location: Text<'a>,
    /// Web address in the profile's own link field.
    pub url: Text<'a>,
    /// Language code of the account or its interface.
    pub lang: Text<'a>,

    /// Accounts that follow this one.
    pub followers: Option<u64>,
    /// Accounts this one follows (v1.1 `friends_count`).
    pub following: Option<u64>,
    /// Posts ever made and not deleted (v1.1 `statuses_count`, v2 `tweet_count`).
    pub posts: Option<u64>,
    /// Posts of others this account liked (v1.1 `favourites_count`).
    pub likes_given: Option<u64>,
    /// Public lists this account is on.
    pub listed: Option<u64>,

    /// The network's verification mark. Its meaning changed in 2023 on X (paid since).
    pub verified: Option<bool>,
    /// Posts are visible to approved followers only (Mastodon `locked`).
    pub protected: Option<bool>,
    /// The profile theme was never changed (left the API in v2).
    pub default_profile: Option<bool>,
    /// The picture was never changed.
    pub default_image: Option<bool>,
    /// Position tagging was switched on.
    pub geo_enabled: Option<bool>,
    /// A background picture is shown (v1.1 `profile_use_background_image`).
    pub background_image: Option<bool>,
    /// The account says of itself, in a field made for it, that it is automated (Mastodon `bot`).
    pub declared_bot: Option<bool>,

    /// The owner of the list follows it. What it is to one person says nothing of what it is: never a feature.
    pub you_follow: Option<bool>,
    /// It follows the owner of the list. Never a feature.
    pub follows_you: Option<bool>,

    /// When the account was made.
    pub created_at: Option<Timestamp>,
    /// Time of the newest post seen.
    pub last_post_at: Option<Timestamp>,
    /// When the counts above were true. Ages and rates are relative to this, never to today.
    pub observed_at: Option<Timestamp>,

    /// The network, where the dialect tells it. Not a feature: rules that were measured on one network are not claimed for
    /// another.
    pub network: Option<Network>,

    /// Facts that some files give in place of the fields they derive from.
    pub given: Seldom<Given>,
    /// What the account's recent posts were like.
    pub activity: Seldom<Activity>,
    /// What older snapshots of the account say.
    pub previous: Option<Box<Previous>>,
}

/// What few files know of an account, kept beside it: an account takes half the room, and a list of them is read and scored faster.
/// It is read and written like the value itself, and is made when it is first written to.
#[derive(Clone, Default)]
pub struct Seldom<T>(Option<Box<T>>);

/// What has a value for an account of which it is not known.
pub trait Unknown: Default + 'static {
    /// Nothing is known.
    const UNKNOWN: &'static Self;
}

impl<T: Unknown> std::ops::Deref for Seldom<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::UNKNOWN)
    }
}

impl<T: Unknown> std::ops::DerefMut for Seldom<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T> From<T> for Seldom<T> {
    fn from(known: T) -> Self {
        Seldom(Some(Box::new(known)))
    }
}

/// By what is known, wherever it is kept.
impl<T: Unknown + PartialEq> PartialEq for Seldom<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Unknown + fmt::Debug> fmt::Debug for Seldom<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Derived facts that a file may hold *instead of* the field itself (caverlee-2011 has the length of the bio
/// but not the bio, the 2019 stock re-crawl has the age but not the date). Used only where the field is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Given {
    /// Length of the handle in characters.
    pub handle_chars: Option<u64>,
    /// Length of the bio in characters.
    pub bio_chars: Option<u64>,
    /// Age of the account in days when the counts were true.
    pub age_days: Option<f64>,
    /// Followers divided by following.
    pub followers_per_following: Option<f64>,
    /// Posts per day over the life of the account.
    pub posts_per_day: Option<f64>,
    /// Lists it was put on per day over the life of the account.
    pub listed_per_day: Option<f64>,
    /// Posts of others it had liked, as a mean over several looks.
    pub likes_given_mean: Option<f64>,
}

impl Unknown for Given {
    const UNKNOWN: &'static Given = &Given {
        handle_chars: None,
        bio_chars: None,
        age_days: None,
        followers_per_following: None,
        posts_per_day: None,
        listed_per_day: None,
        likes_given_mean: None,
    };
}

/// Summary of recent posts; the window is the file's own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Activity {
    /// Original posts in the window.
    pub original_posts: Option<f64>,
    /// Reposts of others in the window.
    pub reposts: Option<f64>,
    /// Replies in the window.
    pub replies: Option<f64>,
    /// Posts in the window that carry a link, or links posted, as the file counts them.
    pub links: Option<f64>,
    /// Number of different programs posted from.
    pub client_count: Option<f64>,
    /// Likes received per original post.
    pub likes_per_post: Option<f64>,
    /// Reposts received per original post.
    pub reposts_per_post: Option<f64>,
    /// Share of posts with a link, 0 to 1 and above where several links a post are counted.
    pub link_rate: Option<f64>,
    /// Mentions of others per post.
    pub mention_rate: Option<f64>,
    /// Mean time between successive posts, hours.
    pub gap_mean_hours: Option<f64>,
    /// Standard deviation of the time between successive posts, hours.
    pub gap_sd_hours: Option<f64>,
    /// Hashtags per post.
    pub hashtag_rate: Option<f64>,
    /// Evenness of posting over the hours of the day (UTC): entropy of the hours over the largest that so many posts
    /// can have, 0 (always the same hour) to 1.
    pub hour_entropy: Option<f64>,
    /// Share of the account's own texts that repeat another of them, links and mentions aside, 0 to 1.
    pub repeat_share: Option<f64>,
    /// Share of posts from the program most used, 0 to 1.
    pub main_client_share: Option<f64>,
}

impl Unknown for Activity {
    const UNKNOWN: &'static Activity = &Activity {
        original_posts: None,
        reposts: None,
        replies: None,
        links: None,
        client_count: None,
        likes_per_post: None,
        reposts_per_post: None,
        link_rate: None,
        mention_rate: None,
        gap_mean_hours: None,
        gap_sd_hours: None,
        hashtag_rate: None,
        hour_entropy: None,
        repeat_share: None,
        main_client_share: None,
    };
}

/// What older snapshots of the same account say: its counts on the oldest one, and what its following count did
/// from there to the newest of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Previous {
    /// When the oldest counts were true.
    pub at: Option<Timestamp>,
    /// Accounts that followed it then.
    pub followers: Option<u64>,
    /// Accounts it followed then.
    pub following: Option<u64>,
    /// Its posts then.
    pub posts: Option<u64>,
    /// Posts of others it had liked then.
    pub likes_given: Option<u64>,
    /// Public lists it was on then.
    pub listed: Option<u64>,
    /// Accounts it followed on the newest of the older snapshots.
    pub newest_following: Option<u64>,
    /// Changes of the following count from each older snapshot to the next, without their signs, summed.
    pub following_steps: u64,
    /// Older snapshots on which its following count is known.
    pub following_readings: u32,
    /// How often its following count turned, by [`SWING`](crate::turns::SWING) or more, on the older snapshots and then
    /// this one.
    pub following_turns: u32,
    /// Has it another handle than on the newest older snapshot? Letter case does not count.
    pub renamed: Option<bool>,
}

impl Account<'_> {
    /// Copies every borrowed text, so that the account outlives the bytes it was read from.
    pub fn into_owned(self) -> Account<'static> {
        fn own(text: Text<'_>) -> Text<'static> {
            text.map(|t| Cow::Owned(t.into_owned()))
        }
        Account {
            id: own(self.id),
            handle: own(self.handle),
            name: own(self.name),
            bio: own(self.bio),
            location: own(self.location),
            url: own(self.url),
            lang: own(self.lang),
            followers: self.followers,
            following: self.following,
            posts: self.posts,
            likes_given: self.likes_given,
            listed: self.listed,
            verified: self.verified,
            protected: self.protected,
            default_profile: self.default_profile,
            default_image: self.default_image,
            geo_enabled: self.geo_enabled,
            background_image: self.background_image,
            declared_bot: self.declared_bot,
            you_follow: self.you_follow,
            follows_you: self.follows_you,
            created_at: self.created_at,
            last_post_at: self.last_post_at,
            observed_at: self.observed_at,
            network: self.network,
            given: self.given,
            activity: self.activity,
            previous: self.previous,
        }
    }

    /// Age in days when the counts were true: `observed_at - created_at`, else the age the file gives.
    ///
    /// `None` without an observation time, and where the account would be younger than nothing.
    pub fn age_days(&self) -> Option<f64> {
        match (self.created_at, self.observed_at) {
            (Some(created), Some(observed)) => days_between(created, observed),
            _ => self.given.age_days.filter(|days| *days >= 0.0),
        }
    }
}

/// Days from `from` to `to`; `None` if `to` is earlier.
pub fn days_between(from: Timestamp, to: Timestamp) -> Option<f64> {
    let seconds = to.as_second() - from.as_second();
    (seconds >= 0).then_some(seconds as f64 / 86_400.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_the_public_sets_write_them() {
        for word in ["bot", "1", "1.0", "political_Bot", "Fake", "content polluter"] {
            assert_eq!(Label::parse(word), Some(Label::Bot), "{word}");
        }
        for word in ["human", "0", "Legitimate User", "genuine"] {
            assert_eq!(Label::parse(word), Some(Label::Human), "{word}");
        }
        for word in ["maybe", "-1", "-0", "- 1", "-1.0"] {
            assert_eq!(Label::parse(word), None, "{word}");
        }
        assert_eq!(Label::parse(""), None);
    }

    #[test]
    fn age_needs_a_time_of_observation_and_is_never_negative() {
        let mut account =
            Account { created_at: Some("2020-01-01T00:00:00Z".parse().unwrap()), ..Account::default() };
        assert_eq!(account.age_days(), None, "never today");
        account.observed_at = Some("2020-01-03T12:00:00Z".parse().unwrap());
        assert_eq!(account.age_days(), Some(2.5));
        account.observed_at = Some("2019-12-31T00:00:00Z".parse().unwrap());
        assert_eq!(account.age_days(), None);
    }
}
