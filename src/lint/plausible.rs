//! Values that cannot be, or can hardly be: each a check of one account.

use super::Severity;
use crate::account::Account;

/// One thing that cannot be.
pub struct Check {
    /// A name for programs.
    pub code: &'static str,
    /// How bad a few of them are.
    pub severity: Severity,
    /// What is so; stands behind "17 of 300 rows:".
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// The values, if the account has it.
    pub test: fn(&Account<'_>) -> Option<String>,
}

/// A day, seconds: dates without a time of day may be off by that much.
const DAY: i64 = 86_400;
/// 2006-03-21, the first post on the oldest of the networks.
const FIRST_POST: i64 = 1_142_899_200;
/// 2^31-1, 2^32-1, 2^63-1, 2^64-1: what programs write where a number does not fit or is not known.
const SENTINELS: &[u64] = &[2_147_483_647, 4_294_967_295, 9_223_372_036_854_775_807, u64::MAX];

const WRONG_TIME: &str =
    "Check the time of observation (--observed-at, or its column) and the time zone of the dates.";

/// Every check, in the order of the report.
pub const CHECKS: &[Check] = &[
    Check {
        code: "created_after_observed",
        severity: Severity::Warning,
        what: "the account is younger than the look at it",
        why: "Its age would be negative, so age and per-day rates are missing.",
        advice: WRONG_TIME,
        test: |a| {
            let (created, observed) = (a.created_at?, a.observed_at?);
            (created.as_second() > observed.as_second() + DAY)
                .then(|| format!("created {created}, observed {observed}"))
        },
    },
    Check {
        code: "created_before_networks",
        severity: Severity::Warning,
        what: "created before 2006-03-21, when the oldest of the networks began",
        why: "The age is wrong, and with it every per-day rate. Such dates mostly stand for \"unknown\".",
        advice: "Leave the date empty where it is not known.",
        test: |a| {
            let created = a.created_at?;
            (created.as_second() < FIRST_POST).then(|| format!("created {created}"))
        },
    },
    Check {
        code: "post_after_observed",
        severity: Severity::Warning,
        what: "the last post is newer than the look at the account",
        why: "One of the two times is wrong, and with it what is computed from them.",
        advice: WRONG_TIME,
        test: |a| {
            let (post, observed) = (a.last_post_at?, a.observed_at?);
            (post.as_second() > observed.as_second() + DAY)
                .then(|| format!("post {post}, observed {observed}"))
        },
    },
    Check {
        code: "post_before_created",
        severity: Severity::Warning,
        what: "the last post is older than the account",
        why: "One of the two times is wrong, or the post is another account's.",
        advice: "Check how posts were joined to accounts.",
        test: |a| {
            let (post, created) = (a.last_post_at?, a.created_at?);
            (post.as_second() < created.as_second() - DAY).then(|| format!("post {post}, created {created}"))
        },
    },
    Check {
        code: "count_beyond_reason",
        severity: Severity::Warning,
        what: "a count larger than any network has seen",
        why: "The cell holds something else: an id, a time, two numbers run together.",
        advice: "Check that the columns are mapped as they should be (botsieve inspect).",
        test: |a| {
            // The largest seen: 700 million followers, some 5 million followed, 60 million posts.
            let limits = [
                ("followers", a.followers, 1_000_000_000),
                ("following", a.following, 20_000_000),
                ("posts", a.posts, 200_000_000),
                ("likes_given", a.likes_given, 200_000_000),
                ("listed", a.listed, 20_000_000),
            ];
            let beyond = limits.iter().find(|(_, count, limit)| count.is_some_and(|n| n > *limit))?;
            Some(format!("{} {}", beyond.0, beyond.1.unwrap_or_default()))
        },
    },
    Check {
        code: "count_sentinel",
        severity: Severity::Warning,
        what: "a count that programs write for \"does not fit\" or \"not known\"",
        why: "It is no count, but is computed with as one.",
        advice: "Leave the cell empty where the count is not known.",
        test: |a| {
            let counts = [a.followers, a.following, a.posts, a.likes_given, a.listed];
            let found = counts.iter().flatten().find(|n| SENTINELS.contains(n))?;
            Some(found.to_string())
        },
    },
    Check {
        code: "listed_without_followers",
        severity: Severity::Warning,
        what: "nobody follows the account, yet it is on a thousand lists or more",
        why: "Columns are swapped, or a failed look-up left a 0.",
        advice: "Check that the columns are mapped as they should be (botsieve inspect).",
        test: |a| {
            let listed = a.listed.filter(|n| *n >= 1000)?;
            (a.followers == Some(0)).then(|| format!("followers 0, listed {listed}"))
        },
    },
    Check {
        code: "posts_beyond_limit",
        severity: Severity::Warning,
        what: "more than 5000 posts a day over the life of the account",
        why: "The networks' own limits are below that (2400 a day on X), so the count or a date is wrong.",
        advice: WRONG_TIME,
        test: |a| {
            let (posts, days) = (a.posts?, a.age_days().filter(|days| *days >= 7.0)?);
            (posts as f64 / days > 5000.0).then(|| format!("{posts} posts in {days:.0} days"))
        },
    },
    Check {
        code: "age_beyond_networks",
        severity: Severity::Warning,
        what: "an age that is negative or above 30 years",
        why: "No network is that old; the unit may be another (hours, months).",
        advice: "Give ages in days.",
        test: |a| {
            let days = a.given.age_days?;
            (!(0.0..=10_957.0).contains(&days)).then(|| format!("age_days {days}"))
        },
    },
    Check {
        code: "handle_with_space",
        severity: Severity::Warning,
        what: "white space inside a handle",
        why: "No network allows it: the column is the display name, and features of handles are computed from it.",
        advice: "Map the right column with --map.",
        test: |a| {
            let handle = a.handle.as_deref()?;
            handle.contains(char::is_whitespace).then(|| format!("\"{}\"", crate::safe::one_line(handle, 40)))
        },
    },
    Check {
        code: "all_zero",
        severity: Severity::Note,
        what: "followers, following and posts all 0",
        why: "Empty accounts exist, but a look-up that failed is often written like this too.",
        advice: "If there are more than a few, check how the file was made.",
        test: |a| {
            let zero = [a.followers, a.following, a.posts].iter().all(|count| *count == Some(0));
            zero.then(|| {
                crate::safe::one_line(a.handle.as_deref().or(a.id.as_deref()).unwrap_or("no name"), 40)
            })
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(account: &Account<'_>) -> Vec<&'static str> {
        CHECKS.iter().filter(|check| (check.test)(account).is_some()).map(|check| check.code).collect()
    }

    #[test]
    fn an_ordinary_account_has_nothing_and_each_impossible_one_its_own() {
        let time = |text: &str| Some(text.parse().unwrap());
        let good = Account {
            handle: Some("anna".into()),
            followers: Some(120),
            following: Some(300),
            posts: Some(4000),
            listed: Some(2),
            created_at: time("2012-03-04T00:00:00Z"),
            last_post_at: time("2020-08-31T00:00:00Z"),
            observed_at: time("2020-08-31T00:00:00Z"),
            ..Account::default()
        };
        assert!(found(&good).is_empty() && found(&Account::default()).is_empty());
        let cases: [(&str, Account<'_>); 9] = [
            ("created_before_networks", Account { created_at: time("1970-01-01T00:00:00Z"), ..good.clone() }),
            ("post_after_observed", Account { last_post_at: time("2020-09-05T00:00:00Z"), ..good.clone() }),
            ("post_before_created", Account { last_post_at: time("2011-09-05T00:00:00Z"), ..good.clone() }),
            ("count_beyond_reason", Account { following: Some(841_000_000_000), ..good.clone() }),
            ("listed_without_followers", Account { followers: Some(0), listed: Some(5000), ..good.clone() }),
            ("posts_beyond_limit", Account { posts: Some(100_000_000), ..good.clone() }),
            ("handle_with_space", Account { handle: Some("Anna Berg".into()), ..good.clone() }),
            ("all_zero", Account { followers: Some(0), following: Some(0), posts: Some(0), ..good.clone() }),
            (
                "age_beyond_networks",
                Account {
                    given: crate::account::Given { age_days: Some(1e6), ..*good.given }.into(),
                    ..good.clone()
                },
            ),
        ];
        for (code, account) in cases {
            assert_eq!(found(&account), [code]);
        }
        let young = Account { created_at: time("2020-09-05T00:00:00Z"), last_post_at: None, ..good };
        assert_eq!(found(&young), ["created_after_observed"]);
    }
}
