//! The newest posts of each account, in a window of fixed size, and what they say of it.

use std::collections::{HashMap, HashSet};

use super::key::short;
use super::{Key, keys};
use crate::account::{Account, Timestamp};
use crate::ingest::{Post, PostKind};

/// So many of its newest posts are looked at for each account: as many as one page of a timeline, and few enough for
/// the state of an account to stay below 8 KiB. Features so do not depend on how far back a file goes.
pub const WINDOW: usize = 100;

/// So many posts are gathered before the newest are picked out of them.
const ROOM: usize = 128;

/// Posts below which the hours of the day say nothing.
const FEWEST_FOR_HOURS: usize = 10;

/// What is kept of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    /// Seconds since 1970; those without a time are the oldest.
    at: i64,
    /// Of its id, 0 without one.
    id: u32,
    /// Of its text without links, mentions and letter case; 0 without a text.
    text: u32,
    /// Of the program, 0 where that is not known.
    client: u32,
    likes: u32,
    reposts: u32,
    links: u8,
    mentions: u8,
    hashtags: u8,
    kind: u8,
}

const NEVER: i64 = i64::MIN;
/// A count nobody knows, in a post.
const UNKNOWN: u8 = u8::MAX;

/// A text without what a copied one is given to look new: links, mentions, letter case, the number of blanks.
fn core_of(text: &str) -> String {
    let kept = text.split_whitespace().filter(|word| !word.starts_with('@') && !word.contains("://"));
    let mut core = String::with_capacity(text.len());
    for word in kept {
        core.push_str(&word.to_lowercase());
        core.push(' ');
    }
    core
}

impl Seen {
    /// Is nothing known of it but its time?
    fn is_bare(&self) -> bool {
        self.id == 0 && self.text == 0 && self.kind == UNKNOWN
    }

    pub(super) fn of(post: &Post<'_>) -> Seen {
        let small =
            |n: Option<u32>| n.map_or(UNKNOWN, |n| u8::try_from(n).unwrap_or(UNKNOWN).min(UNKNOWN - 1));
        let text = post.text.as_deref().map(core_of).filter(|text| !text.is_empty());
        Seen {
            at: post.at.map_or(NEVER, Timestamp::as_second),
            id: post.id.as_deref().map_or(0, |id| short(id).max(1)),
            text: text.map_or(0, |text| short(&text).max(1)),
            client: post.client.as_deref().map_or(0, |client| short(client).max(1)),
            likes: post.likes.unwrap_or(u32::MAX),
            reposts: post.reposts.unwrap_or(u32::MAX),
            links: small(post.links),
            mentions: small(post.mentions),
            hashtags: small(post.hashtags),
            kind: match post.kind {
                Some(PostKind::Original) => 0,
                Some(PostKind::Repost) => 1,
                Some(PostKind::Reply) => 2,
                None => UNKNOWN,
            },
        }
    }
}

/// Windows of all authors.
#[derive(Debug, Default)]
pub(super) struct Windows {
    places: HashMap<Key, u32>,
    windows: Vec<Vec<Seen>>,
}

impl Windows {
    /// Authors known.
    pub(super) fn len(&self) -> usize {
        self.windows.len()
    }

    pub(super) fn add(&mut self, author: Key, other: Option<Key>, post: Seen) {
        let windows = &mut self.windows;
        let place = *self.places.entry(author).or_insert_with(|| {
            windows.push(Vec::new());
            u32::try_from(windows.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(other) = other {
            self.places.entry(other).or_insert(place);
        }
        let window = &mut self.windows[place as usize];
        if window.len() >= ROOM {
            newest(window);
        }
        window.push(post);
    }

    /// Puts what is known of an account's posts into it; `false` where there is none.
    pub(super) fn fill(&self, account: &mut Account<'_>) -> bool {
        let (id, handle) = keys(account);
        let place = id.and_then(|id| self.places.get(&id)).or_else(|| {
            // A handle only where there is no id: posts mostly have both, and a handle can change hands.
            if id.is_some() { None } else { self.places.get(&handle?) }
        });
        let Some(place) = place else { return false };
        let mut posts = self.windows[*place as usize].clone();
        newest(&mut posts);
        tell(&posts, account);
        true
    }
}

/// Keeps the newest posts, oldest first, each once.
fn newest(posts: &mut Vec<Seen>) {
    posts.sort_unstable();
    // The same post in two files. Without ids, the same text at the same second is taken for a second post.
    let mut ids = HashSet::new();
    posts.retain(|post| post.id == 0 || ids.insert(post.id));
    // A list of times beside a file of posts tells the same posts, and less of each.
    let times: HashSet<i64> = posts.iter().filter(|post| !post.is_bare()).map(|post| post.at).collect();
    posts.retain(|post| !post.is_bare() || !times.contains(&post.at));
    let surplus = posts.len().saturating_sub(WINDOW);
    posts.drain(..surplus);
}

fn tell(posts: &[Seen], account: &mut Account<'_>) {
    let activity = &mut account.activity;
    let of_kind = |kind: u8| posts.iter().filter(|post| post.kind == kind).count() as f64;
    if posts.iter().any(|post| post.kind != UNKNOWN) {
        activity.original_posts = Some(of_kind(0));
        activity.reposts = Some(of_kind(1));
        activity.replies = Some(of_kind(2));
    }
    let per_post = |count: &dyn Fn(&Seen) -> u8| {
        let known: Vec<f64> = posts.iter().map(count).filter(|n| *n != UNKNOWN).map(f64::from).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    activity.link_rate = per_post(&|post| post.links).or(activity.link_rate);
    activity.mention_rate = per_post(&|post| post.mentions).or(activity.mention_rate);
    activity.hashtag_rate = per_post(&|post| post.hashtags).or(activity.hashtag_rate);
    let got = |count: &dyn Fn(&Seen) -> u32| {
        let own = posts.iter().filter(|post| post.kind != 1).map(count).filter(|n| *n != u32::MAX);
        let known: Vec<f64> = own.map(f64::from).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    activity.likes_per_post = got(&|post| post.likes).or(activity.likes_per_post);
    activity.reposts_per_post = got(&|post| post.reposts).or(activity.reposts_per_post);

    let mut clients: HashMap<u32, u32> = HashMap::new();
    posts
        .iter()
        .filter(|post| post.client != 0)
        .for_each(|post| *clients.entry(post.client).or_default() += 1);
    if let Some(most) = clients.values().max() {
        activity.client_count = Some(clients.len() as f64);
        activity.main_client_share = Some(f64::from(*most) / f64::from(clients.values().sum::<u32>()));
    }

    // Of texts of an account's own: what it passes on is as others wrote it.
    let texts: Vec<u32> = posts.iter().filter(|p| p.text != 0 && p.kind != 1).map(|p| p.text).collect();
    if texts.len() > 1 {
        let distinct = texts.iter().collect::<HashSet<_>>().len();
        activity.repeat_share = Some(1.0 - distinct as f64 / texts.len() as f64);
    }

    let times: Vec<i64> = posts.iter().map(|post| post.at).filter(|at| *at != NEVER).collect();
    if let Some(last) = times.last().and_then(|at| Timestamp::from_second(*at).ok()) {
        account.last_post_at = account.last_post_at.max(Some(last));
    }
    let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 3600.0).collect();
    if !gaps.is_empty() {
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        activity.gap_mean_hours = Some(mean);
        if gaps.len() > 1 {
            let squares = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>();
            activity.gap_sd_hours = Some((squares / (gaps.len() - 1) as f64).sqrt());
        }
    }
    if times.len() >= FEWEST_FOR_HOURS {
        let mut hours = [0u32; 24];
        times.iter().for_each(|at| hours[(at.rem_euclid(86_400) / 3600) as usize] += 1);
        let total = times.len() as f64;
        let entropy: f64 = hours
            .iter()
            .filter(|count| **count > 0)
            .map(|count| f64::from(*count) / total)
            .map(|share| -share * share.ln())
            .sum();
        activity.hour_entropy = Some((entropy / total.min(24.0).ln()).clamp(0.0, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn post(at: i64, id: u64, text: &'static str) -> Seen {
        let mut post = Post {
            id: Some(Cow::Owned(id.to_string())),
            at: Timestamp::from_second(at).ok(),
            text: Some(text.into()),
            ..Post::default()
        };
        post.kind = Some(PostKind::Original);
        Seen::of(&post)
    }

    fn told(posts: impl IntoIterator<Item = Seen>) -> Account<'static> {
        let mut windows = Windows::default();
        let key = Key::of(Some("1"), None).unwrap();
        posts.into_iter().for_each(|post| windows.add(key, None, post));
        let mut account = Account { id: Some("1".into()), ..Account::default() };
        assert!(windows.fill(&mut account));
        account
    }

    #[test]
    fn the_window_is_the_newest_posts_in_whatever_order_they_come() {
        let hour = 3600;
        let all: Vec<Seen> = (0..1000).map(|n| post(1_600_000_000 + n * hour, n as u64, "x")).collect();
        let forward = told(all.clone());
        let mut mixed = all.clone();
        mixed.sort_by_key(|post| post.id);
        assert_eq!(forward, told(all.into_iter().rev()));
        assert_eq!(forward, told(mixed));
        assert_eq!(forward.activity.original_posts, Some(100.0));
        assert_eq!(forward.activity.gap_mean_hours, Some(1.0));
        assert_eq!(forward.activity.gap_sd_hours, Some(0.0));
        assert!(forward.activity.hour_entropy.unwrap() > 0.99);
        assert_eq!(forward.last_post_at, Timestamp::from_second(1_600_000_000 + 999 * hour).ok());
    }

    #[test]
    fn a_post_in_two_files_is_one_and_a_copied_text_is_a_repeat() {
        let at = 1_600_000_000;
        let twice = [post(at, 1, "Win now https://a.example"), post(at, 1, "Win now https://a.example")];
        assert_eq!(told(twice).activity.repeat_share, None);
        let copied =
            [post(at, 1, "Win  NOW https://a.example"), post(at, 2, "@anna win now"), post(at, 3, "other")];
        assert!((told(copied).activity.repeat_share.unwrap() - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_list_of_times_adds_nothing_to_posts_it_shares() {
        let at = 1_600_000_000;
        let bare = |at| Seen::of(&Post { at: Timestamp::from_second(at).ok(), ..Post::default() });
        let both = told([post(at, 1, "a"), bare(at), bare(at - 7200), bare(at + 7200)]);
        assert_eq!((both.activity.original_posts, both.activity.gap_mean_hours), (Some(1.0), Some(2.0)));
    }

    #[test]
    fn one_hour_of_the_day_has_no_entropy() {
        let daily = (0..20).map(|n| post(1_600_000_000 + n * 86_400, n as u64, "x"));
        assert_eq!(told(daily).activity.hour_entropy, Some(0.0));
        let few = (0..9).map(|n| post(1_600_000_000 + n * 86_400, n as u64, "x"));
        assert_eq!(told(few).activity.hour_entropy, None);
    }
}
