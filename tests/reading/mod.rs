//! What the tests of reading share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use botsieve::account::Account;

/// The fields of an account that are there, as text.
#[allow(dead_code)] // not every test needs it
pub fn fields(account: &Account<'_>) -> BTreeMap<&'static str, String> {
    let a = account;
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(String::from);
    let mut all: Vec<(&'static str, Option<String>)> = Vec::new();
    macro_rules! add {
        ($convert:expr; $($name:ident = $value:expr),* $(,)?) => { $(all.push((stringify!($name), $convert(&$value)));)* };
    }
    add!(text; id = a.id, handle = a.handle, name = a.name, bio = a.bio, location = a.location, url = a.url, lang = a.lang);
    let count = |n: &Option<u64>| n.map(|n| n.to_string());
    add!(count; followers = a.followers, following = a.following, posts = a.posts, likes_given = a.likes_given,
        listed = a.listed, handle_chars = a.given.handle_chars, bio_chars = a.given.bio_chars);
    let flag = |flag: &Option<bool>| flag.map(|flag| flag.to_string());
    add!(flag; you_follow = a.you_follow, follows_you = a.follows_you, verified = a.verified, protected = a.protected, default_profile = a.default_profile,
        default_image = a.default_image, geo_enabled = a.geo_enabled, background_image = a.background_image,
        declared_bot = a.declared_bot);
    let time = |time: &Option<botsieve::account::Timestamp>| time.map(|time| time.to_string());
    add!(time; created_at = a.created_at, last_post_at = a.last_post_at, observed_at = a.observed_at);
    let number = |number: &Option<f64>| number.map(|number| number.to_string());
    let (g, v) = (&a.given, &a.activity);
    add!(number; age_days = g.age_days, followers_per_following = g.followers_per_following,
        posts_per_day = g.posts_per_day, original_posts = v.original_posts, reposts = v.reposts, replies = v.replies,
        links = v.links, client_count = v.client_count, likes_per_post = v.likes_per_post,
        reposts_per_post = v.reposts_per_post, link_rate = v.link_rate, mention_rate = v.mention_rate,
        gap_mean_hours = v.gap_mean_hours, gap_sd_hours = v.gap_sd_hours, hashtag_rate = v.hashtag_rate,
        hour_entropy = v.hour_entropy, repeat_share = v.repeat_share, main_client_share = v.main_client_share);
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Every file below a folder, sorted.
#[allow(dead_code)]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
