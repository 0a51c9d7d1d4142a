//! Every feature of one made-up account beside the value that its formula gives, written out as arithmetic on the account's
//! own numbers and on what a person counts in its texts: a sign, a divisor or a field exchanged in the catalogue is seen.
//! Then the edges at which a formula changes.

use super::{CATALOGUE, Facts, Groups, Scale, find};
use crate::account::{Account, Activity, Network, Previous, Seldom, Timestamp};

fn at(time: &str) -> Option<Timestamp> {
    Some(time.parse().unwrap())
}

fn value(name: &str, account: &Account<'_>) -> Option<f64> {
    find(name).unwrap().value(&Facts::of(account, Groups::ALL))
}

/// Eight days old, four days after its older snapshot. No two of its numbers are equal, and none is 0, 1 or 2.
fn account() -> Account<'static> {
    Account {
        handle: Some("AnnaSmith_42".into()),
        name: Some("Anna Smyth 7".into()),
        bio: Some("Daily BOT feed @ann #Ad WIN follow back a.co \u{2600}\u{1f600}".into()),
        location: Some("Oslo".into()),
        url: Some(" ".into()),
        followers: Some(17),
        following: Some(1950),
        posts: Some(37),
        likes_given: Some(101),
        listed: Some(5),
        verified: Some(false),
        protected: Some(false),
        default_profile: Some(false),
        default_image: Some(true),
        geo_enabled: Some(true),
        background_image: Some(true),
        created_at: at("2020-01-01T00:00:00Z"),
        last_post_at: at("2020-01-06T12:00:00Z"),
        observed_at: at("2020-01-09T00:00:00Z"),
        activity: Seldom::from(Activity {
            original_posts: Some(6.0),
            reposts: Some(3.0),
            replies: Some(1.0),
            links: Some(4.0),
            client_count: Some(7.0),
            likes_per_post: Some(2.5),
            reposts_per_post: Some(1.25),
            link_rate: None,
            mention_rate: Some(0.7),
            gap_mean_hours: Some(6.0),
            gap_sd_hours: Some(2.0),
            hashtag_rate: Some(0.9),
            hour_entropy: Some(0.8),
            repeat_share: Some(0.35),
            main_client_share: Some(0.75),
        }),
        previous: Some(Box::new(Previous {
            at: at("2020-01-05T00:00:00Z"),
            followers: Some(29),
            following: Some(1900),
            posts: Some(7),
            likes_given: Some(99),
            listed: Some(9),
            newest_following: Some(1970),
            following_steps: 130,
            following_readings: 2,
            following_turns: 0,
            renamed: Some(true),
        })),
        ..Account::default()
    }
}

/// The geometric mean of P(next | this), Laplace smoothing, read from the table as it stands in its file.
fn likelihood(pairs: &[(char, char)]) -> f64 {
    let mut lines = include_str!("../../models/handle_bigrams.csv").lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let product: f64 = pairs
        .iter()
        .map(|(this, next)| {
            let row = rows.iter().find(|row| row[0] == this.to_string()).unwrap();
            let column = columns.iter().position(|name| *name == next.to_string()).unwrap();
            let counts: Vec<f64> = row[1..].iter().map(|n| n.parse().unwrap()).collect();
            (counts[column - 1] + 1.0) / (counts.iter().sum::<f64>() + 37.0)
        })
        .product();
    product.powf(1.0 / pairs.len() as f64)
}

/// Name and value of every feature of [`account`].
fn expected() -> Vec<(&'static str, f64)> {
    // "annasmith_42": a and n twice, eight other characters once.
    let entropy = 2.0 * (2.0 / 12.0) * 6f64.log2() + 8.0 * (1.0 / 12.0) * 12f64.log2();
    let pairs = ["an", "nn", "na", "as", "sm", "mi", "it", "th", "h_", "_4", "42"];
    let pairs = pairs.map(|pair| (pair.chars().next().unwrap(), pair.chars().last().unwrap()));
    vec![
        ("followers_count", 17.0),
        ("friends_count", 1950.0),
        ("statuses_count", 37.0),
        ("favourites_count", 101.0),
        ("listed_count", 5.0),
        ("age_days", 8.0),
        ("tweet_freq", 37.0 / 8.0),
        ("followers_growth_rate", 17.0 / 8.0),
        ("friends_growth_rate", 1950.0 / 8.0),
        ("favourites_growth_rate", 101.0 / 8.0),
        ("listed_growth_rate", 5.0 / 8.0),
        ("followers_friends_ratio", 17.0 / 1950.0),
        ("followers_to_friends", 18.0 / 1951.0),
        ("posts_to_followers", 38.0 / 18.0),
        ("posts_to_friends", 38.0 / 1951.0),
        ("likes_to_posts", 102.0 / 38.0),
        ("likes_to_followers", 102.0 / 18.0),
        ("likes_to_friends", 102.0 / 1951.0),
        ("listed_to_followers", 6.0 / 18.0),
        ("listed_to_posts", 6.0 / 38.0),
        ("audience_reach", 18.0 * 18.0 / (1951.0 * 38.0)),
        ("liking_habit", 102.0 / (38.0f64 * 1951.0).sqrt()),
        ("listed_reach", 6.0 / (18.0f64 * 38.0).sqrt()),
        ("reputation", 17.0 / 1967.0),
        ("no_posts", 0.0),
        ("follows_at_limit", 1.0),
        ("bought_follower_shape", 1.0),
        ("follows_far_more", 1.0),
        ("follows_round_number", 0.0),
        ("default_profile", 0.0),
        ("profile_use_background_image", 1.0),
        ("verified", 0.0),
        ("default_profile_image", 1.0),
        ("geo_enabled", 1.0),
        ("protected", 0.0),
        ("has_url", 0.0),
        ("has_location", 1.0),
        ("has_bio", 1.0),
        // Bio, location and a changed look; no link, no picture of its own.
        ("profile_completeness", 3.0 / 5.0),
        ("screen_name_length", 12.0),
        ("num_digits_in_screen_name", 2.0),
        ("screen_name_likelihood", likelihood(&pairs)),
        ("handle_digit_share", 2.0 / 12.0),
        ("handle_trailing_digits", 2.0),
        ("handle_entropy", entropy),
        ("handle_entropy_share", entropy / 12f64.log2()),
        ("handle_underscores", 1.0),
        ("handle_upper_share", 2.0 / 12.0),
        ("handle_capital_words", 2.0),
        ("name_length", 12.0),
        ("num_digits_in_name", 1.0),
        ("name_words", 3.0),
        ("name_is_ascii", 1.0),
        // Ten bigrams in annasmith42, nine in annasmyth7; an, nn, na, as, sm, th in both.
        ("name_handle_similarity", 2.0 * 6.0 / 19.0),
        ("description_length", 47.0),
        ("bio_words", 10.0),
        ("bio_links", 1.0),
        ("bio_mentions", 1.0),
        ("bio_hashtags", 1.0),
        ("bio_pictographs", 2.0),
        // D, BOT, A, WIN.
        ("bio_upper_share", 8.0 / 47.0),
        // Daily, bot, feed.
        ("bio_automation_words", 3.0),
        // Win, follow back.
        ("bio_promotion_words", 2.0),
        ("says_bot", 1.0),
        ("days_since_last_post", 2.5),
        ("repost_share", 3.0 / 10.0),
        ("reply_share", 1.0 / 10.0),
        ("links_per_post", 4.0 / 10.0),
        ("mentions_per_post", 0.7),
        ("client_count", 7.0),
        ("likes_per_post", 2.5),
        ("reposts_per_post", 1.25),
        ("post_gap_mean_hours", 6.0),
        ("post_gap_sd_hours", 2.0),
        ("post_burstiness", (2.0 - 6.0) / (2.0 + 6.0)),
        ("post_hour_entropy", 0.8),
        ("repeated_text_share", 0.35),
        ("hashtags_per_post", 0.9),
        ("main_client_share", 0.75),
        ("followers_change_per_day", (17.0 - 29.0) / 4.0),
        ("friends_change_per_day", (1950.0 - 1900.0) / 4.0),
        ("statuses_change_per_day", (37.0 - 7.0) / 4.0),
        ("favourites_change_per_day", (101.0 - 99.0) / 4.0),
        ("listed_change_per_day", (5.0 - 9.0) / 4.0),
        ("followers_change_ratio", 18.0 / 30.0),
        ("friends_change_ratio", 1951.0 / 1901.0),
        // 130 up to the newest older snapshot, 20 from there to now.
        ("friends_turnover_per_day", 150.0 / 4.0),
        ("friends_reversal_share", 1.0 - 50.0 / 150.0),
        ("handle_changed", 1.0),
    ]
}

#[test]
fn every_feature_has_the_value_of_its_formula() {
    let account = account();
    let expected = expected();
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    let catalogue: Vec<&str> = CATALOGUE.iter().map(|feature| feature.name).collect();
    assert_eq!(names, catalogue, "a feature added to the catalogue is to be worked out here too");
    for (name, right) in expected {
        let found = value(name, &account).unwrap_or(f64::NAN);
        assert!((found - right).abs() <= 1e-12 * right.abs().max(1.0), "{name}: {found}, not {right}");
    }
}

#[test]
fn all_values_at_once_are_those_of_each_feature() {
    let account = Account { previous: None, ..account() };
    let mut values = vec![-7.0; CATALOGUE.len()];
    super::compute_all(&account, &mut values);
    for (feature, found) in CATALOGUE.iter().zip(values) {
        let right = value(feature.name, &account);
        assert_eq!(found.is_nan(), right.is_none(), "{}", feature.name);
        assert!(right.is_none_or(|right| found == right), "{}", feature.name);
    }
}

#[test]
fn counts_at_which_a_flag_turns() {
    let of = |name, following, followers| {
        value(name, &Account { following: Some(following), followers: Some(followers), ..Account::default() })
    };
    for (following, right) in [(1899, 0.0), (1900, 1.0), (2001, 1.0), (2002, 0.0)] {
        assert_eq!(of("follows_at_limit", following, 3), Some(right), "{following}");
    }
    for (following, right) in
        [(1, 0.0), (99, 0.0), (100, 1.0), (101, 1.0), (102, 0.0), (199, 0.0), (300, 1.0)]
    {
        assert_eq!(of("follows_round_number", following, 3), Some(right), "{following}");
    }
    for (following, followers, right) in
        [(999, 0, 0.0), (1000, 0, 1.0), (1650, 1500, 0.0), (1651, 1500, 1.0), (1500, 1500, 0.0)]
    {
        assert_eq!(of("follows_far_more", following, followers), Some(right), "{following} {followers}");
    }
    assert_eq!(of("reputation", 0, 0), None);
    assert_eq!(of("reputation", 0, 3), Some(1.0));
    assert_eq!(of("followers_friends_ratio", 0, 3), Some(3.0));
    let posts = |posts| value("no_posts", &Account { posts: Some(posts), ..Account::default() });
    assert_eq!((posts(0), posts(1)), (Some(1.0), Some(0.0)));
}

#[test]
fn counts_at_which_an_account_has_the_shape_of_bought_followers() {
    let shape = |account: &Account<'_>| value("bought_follower_shape", account);
    let edge = Account { following: Some(100), followers: Some(10), posts: Some(50), ..Account::default() };
    assert_eq!(shape(&edge), Some(1.0));
    assert_eq!(shape(&Account { following: Some(99), followers: Some(0), ..edge.clone() }), Some(0.0));
    assert_eq!(shape(&Account { followers: Some(11), ..edge.clone() }), Some(0.0));
    assert_eq!(shape(&Account { posts: Some(51), ..edge.clone() }), Some(0.0));
    assert_eq!(shape(&Account { verified: Some(true), ..edge.clone() }), Some(0.0));
    assert_eq!(shape(&Account { protected: Some(true), ..edge.clone() }), Some(0.0));
    assert_eq!(shape(&Account { network: Some(Network::X), ..edge.clone() }), Some(1.0));
    assert_eq!(shape(&Account { network: Some(Network::Mastodon), ..edge.clone() }), None);
    assert_eq!(shape(&Account { posts: None, ..edge }), None);
}

#[test]
fn times_too_short_for_a_rate() {
    let young = Account { created_at: at("2020-01-08T23:59:00Z"), ..account() };
    assert_eq!(value("tweet_freq", &young), Some(37.0 * 24.0), "at least an hour old");
    let growth = |time| {
        let previous = account().previous.map(|previous| Box::new(Previous { at: at(time), ..*previous }));
        value("followers_change_per_day", &Account { previous, ..account() })
    };
    let near = growth("2020-01-08T23:59:00Z").unwrap();
    assert!((near + 12.0 * 24.0).abs() < 1e-9, "at least an hour between: {near}");
    assert_eq!(growth("2020-01-09T00:00:00Z"), None, "a snapshot of the same time");
}

#[test]
fn what_older_snapshots_must_tell() {
    let with = |change: fn(&mut Previous)| {
        let mut account = account();
        change(account.previous.as_mut().unwrap());
        ["friends_turnover_per_day", "friends_reversal_share"].map(|name| value(name, &account))
    };
    assert_eq!(with(|previous| previous.following_readings = 1), [None, None]);
    assert_eq!(with(|previous| previous.newest_following = None), [None, None]);
    let still = |previous: &mut Previous| {
        (previous.newest_following, previous.following_steps) = (Some(1950), 0);
    };
    assert_eq!(with(still), [Some(0.0), None], "nothing changed, so nothing was undone");
}

#[test]
fn what_a_file_gives_in_place_of_a_field() {
    let mut account = Account::default();
    account.given.handle_chars = Some(9);
    account.given.bio_chars = Some(3);
    account.given.likes_given_mean = Some(4.5);
    assert_eq!(value("screen_name_length", &account), Some(9.0));
    assert_eq!(value("description_length", &account), Some(3.0));
    assert_eq!(value("has_bio", &account), Some(1.0));
    assert_eq!(value("favourites_count", &account), Some(4.5));
    account.given.bio_chars = Some(0);
    assert_eq!(value("has_bio", &account), Some(0.0));
    for (given, plain, smoothed) in
        [(0.0, Some(0.0), Some(1e-3)), (2.5, Some(2.5), Some(2.5)), (-1.0, None, None)]
    {
        account.given.followers_per_following = Some(given);
        assert_eq!(value("followers_friends_ratio", &account), plain);
        assert_eq!(value("followers_to_friends", &account), smoothed);
    }
    account.given.age_days = Some(2.0);
    for (rate, right) in [(0.0, Some(0.0)), (3.0, Some(6.0)), (-1.0, None)] {
        (account.given.posts_per_day, account.given.listed_per_day) = (Some(rate), Some(rate));
        assert_eq!(value("statuses_count", &account), right);
        assert_eq!(value("listed_count", &account), right);
    }
    for (mean, right) in [(0.0, Some(0.0)), (-1.0, None)] {
        account.given.likes_given_mean = Some(mean);
        assert_eq!(value("favourites_count", &account), right);
    }
}

#[test]
fn summaries_of_posts_that_make_no_sense_are_missing() {
    let with = |name, change: fn(&mut Activity)| {
        let mut account = account();
        change(&mut account.activity);
        value(name, &account)
    };
    assert_eq!(
        with("links_per_post", |a| a.link_rate = Some(0.2)),
        Some(0.2),
        "the file's own rate goes first"
    );
    assert_eq!(
        with("repost_share", |a| (a.original_posts, a.reposts, a.replies) =
            (Some(0.0), Some(0.0), Some(0.0))),
        None
    );
    assert_eq!(
        with("post_burstiness", |a| (a.gap_mean_hours, a.gap_sd_hours) = (Some(0.0), Some(0.0))),
        None
    );
    assert_eq!(with("post_burstiness", |a| a.gap_mean_hours = Some(0.0)), Some(1.0));
    assert_eq!(with("post_burstiness", |a| a.gap_sd_hours = Some(0.0)), Some(-1.0));
    assert_eq!(with("post_burstiness", |a| a.gap_mean_hours = Some(-1.0)), None);
    assert_eq!(with("post_burstiness", |a| a.gap_sd_hours = Some(-1.0)), None);
    assert_eq!(with("post_hour_entropy", |a| a.hour_entropy = Some(1.5)), None);
    assert_eq!(with("hashtags_per_post", |a| a.hashtag_rate = Some(-0.5)), None);
    assert_eq!(with("hashtags_per_post", |a| a.hashtag_rate = Some(0.0)), Some(0.0));
}

#[test]
fn completeness_wants_three_of_its_five_parts_known() {
    let two = Account { bio: Some("".into()), url: Some("x.example".into()), ..Account::default() };
    assert_eq!(value("profile_completeness", &two), None);
    let three = Account { default_image: Some(false), ..two };
    assert_eq!(value("profile_completeness", &three), Some(2.0 / 3.0));
}

#[test]
fn values_are_stretched_by_their_scale() {
    assert_eq!(Scale::Linear.apply(-3.0), -3.0);
    assert_eq!(Scale::Log1p.apply(6.0), 7f64.ln());
    assert_eq!(Scale::Log1p.apply(-3.0), 0.0);
    assert_eq!(Scale::Log.apply(6.0), 6f64.ln());
    assert_eq!(Scale::Log.apply(0.0), 1e-12f64.ln());
    assert_eq!(Scale::Signed.apply(6.0), 7f64.ln());
    assert_eq!(Scale::Signed.apply(-6.0), -(7f64.ln()));
}
