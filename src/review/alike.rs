//! Accounts that look alike: the same bio, handles of one pattern, made in the same hour, the same counts.
//!
//! One such fact is little; a person who sees forty accounts with one bio and numbered handles knows what they see. All
//! of it is a look-up in sorted tables that are made once.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::screen::Candidate;

/// What is alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Bio,
    Website,
    Handle,
    Name,
    Hour,
    Counts,
}

const SIGNS: [Sign; 6] = [Sign::Bio, Sign::Website, Sign::Handle, Sign::Name, Sign::Hour, Sign::Counts];

impl Sign {
    /// How much it says, beside the others.
    fn weight(self) -> u32 {
        match self {
            Sign::Bio => 8,
            Sign::Website => 6,
            Sign::Handle => 5,
            Sign::Name => 3,
            Sign::Hour => 2,
            Sign::Counts => 1,
        }
    }
}

/// At most so many of one group are looked at.
const LOOKED_AT: usize = 2_000;

/// Who looks like whom.
#[derive(Debug)]
pub(super) struct Alike {
    /// Of each sign its hash and the account, sorted.
    groups: Vec<(Sign, Vec<(u64, u32)>)>,
    /// Accounts that are made in one hour by chance.
    usual_in_an_hour: f64,
}

/// One that looks alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Likeness {
    /// Its place in the queue, from 0.
    pub at: u32,
    /// Why, in words.
    pub why: Vec<String>,
    weight: u32,
}

impl Alike {
    /// Looks at the whole queue.
    pub(super) fn new(accounts: &[Candidate]) -> Alike {
        let mut groups: Vec<_> = SIGNS.into_iter().map(|sign| (sign, Vec::new())).collect();
        let mut text = String::new();
        let (mut earliest, mut latest, mut dated) = (i64::MAX, i64::MIN, 0_usize);
        for (at, c) in accounts.iter().enumerate() {
            if let Some(hour) = hour(c) {
                (earliest, latest, dated) = (earliest.min(hour), latest.max(hour), dated + 1);
            }
            for (sign, group) in &mut groups {
                text.clear();
                if let Some(print) = print(*sign, c, &mut text) {
                    group.push((print, at as u32));
                }
            }
        }
        for (_, group) in &mut groups {
            group.sort_unstable();
            // Nobody is alone in a group.
            let alone = |at: usize| {
                (at == 0 || group[at - 1].0 != group[at].0)
                    && (at + 1 == group.len() || group[at + 1].0 != group[at].0)
            };
            let keep: Vec<bool> = (0..group.len()).map(|at| !alone(at)).collect();
            let mut keep = keep.iter();
            group.retain(|_| keep.next().copied().unwrap_or(false));
            group.shrink_to_fit();
        }
        let hours = if dated > 0 { (latest - earliest + 1) as f64 } else { 1.0 };
        Alike { groups, usual_in_an_hour: dated as f64 / hours }
    }

    /// Those that look like an account, the most alike first, at most `most`; and how many there are besides.
    pub(super) fn of(&self, accounts: &[Candidate], at: u32, most: usize) -> (Vec<Likeness>, usize) {
        let Some(c) = accounts.get(at as usize) else { return (Vec::new(), 0) };
        let mut found: Vec<Likeness> = Vec::new();
        let mut text = String::new();
        for (sign, group) in &self.groups {
            text.clear();
            let Some(print) = print(*sign, c, &mut text) else { continue };
            let begin = group.partition_point(|(other, _)| *other < print);
            let end = group.partition_point(|(other, _)| *other <= print);
            let size = end - begin;
            if size < 2 || !self.tells(*sign, size, accounts.len()) {
                continue;
            }
            for &(_, other) in group[begin..end].iter().filter(|(_, other)| *other != at).take(LOOKED_AT) {
                let why = words(*sign, c, &accounts[other as usize]);
                found.push(Likeness { at: other, why: vec![why], weight: sign.weight() });
            }
        }
        found.sort_by_key(|likeness| likeness.at);
        found.dedup_by(|next, first| {
            let same = next.at == first.at;
            if same {
                first.why.append(&mut next.why);
                first.weight += next.weight;
            }
            same
        });
        found.sort_by(|a, b| b.weight.cmp(&a.weight).then(a.at.cmp(&b.at)));
        let more = found.len().saturating_sub(most);
        found.truncate(most);
        (found, more)
    }

    /// Is a group of this size worth a word, or is it what chance makes?
    fn tells(&self, sign: Sign, size: usize, of: usize) -> bool {
        match sign {
            Sign::Hour => {
                let usual = self.usual_in_an_hour;
                (size - 1) as f64 > usual + 3.0 * usual.sqrt()
            }
            // What a tenth of a long list has says nothing of one of them.
            Sign::Counts | Sign::Name => size * 10 <= of.max(100),
            _ => true,
        }
    }
}

/// The hour in which it was made; `None` where only a day is known.
fn hour(c: &Candidate) -> Option<i64> {
    let second = c.profile.as_ref()?.created_at?.as_second();
    (second.rem_euclid(86_400) != 0).then(|| second.div_euclid(3_600))
}

/// What is the same of two that are alike; `None` where there is too little to be alike in.
fn print(sign: Sign, c: &Candidate, text: &mut String) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let profile = c.profile.as_deref();
    match sign {
        Sign::Bio => bare_words(profile?.bio.as_deref()?, text, 12)?.hash(&mut hasher),
        Sign::Website => {
            let url = profile?.website.as_deref()?.trim();
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
            let rest = rest.strip_prefix("www.").unwrap_or(rest);
            if rest.len() < 4 {
                return None;
            }
            rest.to_lowercase().hash(&mut hasher);
        }
        Sign::Handle => stem(&c.handle)?.to_lowercase().hash(&mut hasher),
        Sign::Name => bare_words(&c.name, text, 6)?.hash(&mut hasher),
        Sign::Hour => hour(c)?.hash(&mut hasher),
        Sign::Counts => {
            let step = |n: u64| ((n as f64).ln_1p() * 8.0).round() as u64;
            let (following, followers, posts) = (c.following?, c.followers?, c.posts?);
            // Nearly nothing is like nearly nothing.
            if following + followers + posts < 20 {
                return None;
            }
            (step(following), step(followers), step(posts)).hash(&mut hasher);
        }
    }
    Some(hasher.finish())
}

/// The part of a handle before its number, where it has a number of two digits or more.
fn stem(handle: &str) -> Option<&str> {
    let stem = handle.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = handle.len() - stem.len();
    let stem = stem.trim_end_matches(['_', '.', '-']);
    (digits >= 2 && stem.chars().count() >= 4).then_some(stem)
}

/// A text's words without links, mentions, numbers and signs; `None` where fewer than `least` letters are left.
fn bare_words<'t>(text: &str, out: &'t mut String, least: usize) -> Option<&'t str> {
    let mut letters = 0;
    for word in text.split_whitespace().filter(|word| !word.contains("://") && !word.starts_with('@')) {
        for c in word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase) {
            out.push(c);
            letters += 1;
        }
        out.push(' ');
    }
    (letters >= least).then_some(out.as_str())
}

fn words(sign: Sign, c: &Candidate, other: &Candidate) -> String {
    fn bio(c: &Candidate) -> Option<&str> {
        c.profile.as_ref()?.bio.as_deref()
    }
    match sign {
        Sign::Bio if bio(c) == bio(other) => "the same bio".into(),
        Sign::Bio => "the same bio but for links, names and numbers".into(),
        Sign::Website => "the same website".into(),
        Sign::Handle => {
            let stem = stem(&c.handle).unwrap_or_default();
            format!("handle is \"{}\" and a number too", crate::safe::one_line(stem, 30))
        }
        Sign::Name => "the same name".into(),
        Sign::Hour => "made in the same hour".into(),
        Sign::Counts => "nearly the same counts".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::screen::Profile;

    fn account(row: u64, handle: &str, bio: &str, made: &str, counts: [u64; 3]) -> Candidate {
        let [followers, following, posts] = counts;
        let account = Account {
            handle: Some(handle.into()),
            bio: Some(bio.into()),
            created_at: made.parse().ok(),
            followers: Some(followers),
            following: Some(following),
            posts: Some(posts),
            ..Account::default()
        };
        let profile = Some(Box::new(Profile::of(&account)));
        Candidate { profile, ..Candidate::new(row, &account, None, "ok".into()) }
    }

    #[test]
    fn the_most_alike_come_first_and_each_says_why() {
        let accounts = [
            account(
                1,
                "win_free_82737",
                "Win a FREE phone! http://a.example",
                "2020-03-01T10:05:00Z",
                [3, 1999, 2],
            ),
            account(2, "anna_berg", "Maps and tea, and long walks", "2012-01-01T00:00:00Z", [300, 200, 4000]),
            account(
                3,
                "win_free_11",
                "Win a free phone http://b.example @you",
                "2020-03-01T10:55:00Z",
                [3, 1980, 2],
            ),
            account(4, "winfree", "win a free phone", "2019-01-01T10:55:00Z", [70, 80, 90]),
        ];
        let alike = Alike::new(&accounts);
        let (found, more) = alike.of(&accounts, 0, 1);
        assert_eq!((found[0].at, more), (2, 1));
        assert_eq!(
            found[0].why,
            [
                "the same bio but for links, names and numbers",
                "handle is \"win_free\" and a number too",
                "made in the same hour",
                "nearly the same counts"
            ]
        );
        assert_eq!(alike.of(&accounts, 1, 8), (Vec::new(), 0), "a person alone is like nobody");
        assert_eq!(alike.of(&accounts, 9, 8), (Vec::new(), 0));
    }

    #[test]
    fn what_chance_makes_is_not_told() {
        // Ten an hour, in each of twelve hours: nothing to see in any of them.
        let accounts: Vec<_> = (0..120_u64)
            .map(|n| {
                let made = format!("2020-03-01T{:02}:{:02}:01Z", 8 + n / 10, n % 10);
                account(
                    n + 1,
                    &format!("person{}", "abcdefghij".repeat(1 + n as usize % 3)),
                    "",
                    &made,
                    [10 * n, 1000 + 500 * n, 7 * n],
                )
            })
            .collect();
        let alike = Alike::new(&accounts);
        for at in 0..120 {
            assert!(alike.of(&accounts, at, 8).0.iter().all(|one| one.why != ["made in the same hour"]));
        }
    }
}
