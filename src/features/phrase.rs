//! How a value reads: the words of a reason with the numbers in their places.

use std::fmt::Write as _;

use super::catalogue::Feature;
use super::facts::Facts;
use crate::words::{group, group_small};

/// How a reason reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// Words with the value in place of `{}`.
    Number(&'static str),
    /// Words with the counts behind a ratio in their places, because "0.17 lists for each follower" says less, and
    /// of a smoothed ratio less truly, than "on 0 lists, 5 followers".
    Facts {
        /// With `{followers}`, `{following}`, `{posts}`, `{likes}`, `{listed}`, `{age}`.
        facts: &'static str,
        /// Where the file gives the ratio and not the counts: with the value in place of `{}`.
        value: &'static str,
    },
    /// Words for a flag that is set and for one that is not.
    Flag {
        /// Where the value is 1.
        yes: &'static str,
        /// Where the value is 0.
        no: &'static str,
    },
}

/// A count that stands in a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Followers,
    Following,
    Posts,
    Likes,
    Listed,
    Age,
}

impl Of {
    /// The count that a phrase calls `{name}`.
    fn named(name: &str) -> Option<Of> {
        Some(match name {
            "followers" => Of::Followers,
            "following" => Of::Following,
            "posts" => Of::Posts,
            "likes" => Of::Likes,
            "listed" => Of::Listed,
            "age" => Of::Age,
            _ => return None,
        })
    }

    fn value(self, f: &Facts<'_>) -> Option<f64> {
        match self {
            Of::Followers => f.account.followers.map(|n| n as f64),
            Of::Following => f.account.following.map(|n| n as f64),
            Of::Posts => f.posts,
            Of::Likes => f.likes_given,
            Of::Listed => f.listed,
            Of::Age => f.age_days,
        }
    }
}

/// The words of a feature taken apart once, for many accounts; they read as [`Feature::write_words`] has them, which the
/// tests hold them to.
#[derive(Clone, Debug)]
pub struct Words {
    feature: &'static Feature,
    /// Where the phrase has counts: what stands in front of the first, and the counts.
    counts: Option<(&'static str, Vec<Count>)>,
}

/// A place in a phrase and the text behind it.
#[derive(Clone, Debug)]
struct Count {
    of: Of,
    behind: &'static str,
    /// The same behind a 1.
    behind_one: String,
}

impl Words {
    /// The words of a feature.
    pub fn of(feature: &'static Feature) -> Words {
        let counts = match feature.phrase {
            Phrase::Facts { facts, .. } => taken_apart(facts),
            _ => None,
        };
        Words { feature, counts }
    }

    /// Adds the value in words to a text.
    pub fn write(&self, value: f64, facts: &Facts<'_>, out: &mut String) {
        let Some((first, counts)) = &self.counts else { return self.feature.write_words(value, facts, out) };
        let start = out.len();
        out.push_str(first);
        for Count { of, behind, behind_one } in counts {
            let Some(number) = of.value(facts) else {
                out.truncate(start);
                return self.feature.write_words(value, facts, out);
            };
            // Most are whole; the call to round the others takes longer than all else here.
            let whole = number as i64 as f64;
            let number = if whole == number { number } else { number.round() };
            grouped(number, out);
            out.push_str(if number == 1.0 { behind_one } else { behind });
        }
    }
}

fn taken_apart(words: &'static str) -> Option<(&'static str, Vec<Count>)> {
    let (first, mut rest) = around(words, b'{')?;
    let mut counts = Vec::new();
    loop {
        let (name, behind) = around(rest, b'}')?;
        let (behind, next) = match around(behind, b'{') {
            Some((behind, next)) => (behind, Some(next)),
            None => (behind, None),
        };
        let mut behind_one = String::new();
        let left = of_one(behind, &mut behind_one);
        counts.push(Count { of: Of::named(name)?, behind, behind_one: behind_one + left });
        match next {
            Some(next) => rest = next,
            None => return Some((first, counts)),
        }
    }
}

/// The text before and behind a mark; `str::split_once`, in a fraction of the time that its search takes to begin.
fn around(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(mark, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Puts the value into its place.
pub(super) fn put_value(words: &str, value: f64, unit: &str, out: &mut String) {
    let Some((before, behind)) = around(words, b'{') else { return out.push_str(words) };
    out.push_str(before);
    let start = out.len();
    let mut behind = behind.strip_prefix('}').unwrap_or(behind);
    // A change by -3 is "3 fewer", not "-3 more".
    let fewer = behind.strip_prefix(" more").filter(|_| value < 0.0);
    readable(if fewer.is_some() { -value } else { value }, unit, out);
    let one = out[start..] == *"1";
    if let Some(less) = fewer {
        out.push_str(" fewer");
        behind = less;
    }
    if one {
        behind = of_one(behind, out);
    }
    out.push_str(behind);
}

/// Adds what stands behind a 1 up to its noun, in the singular, and gives the rest: "1 post so far", not "1 posts".
///
/// The noun is the first word in "s" before the next comma or number; "1 times as many" stays.
fn of_one<'w>(behind: &'w str, out: &mut String) -> &'w str {
    let near = behind.split([',', '{', '(']).next().unwrap_or_default();
    let mut end = 0;
    for word in near.split_inclusive(' ') {
        let noun = word.trim_end();
        if noun == "times" {
            break;
        }
        if noun.ends_with('s') {
            out.push_str(&behind[..end + noun.len() - 1]);
            return &behind[end + noun.len()..];
        }
        end += word.len();
    }
    behind
}

/// Puts counts into their places; `None` where one is not known.
pub(super) fn put_counts(words: &str, f: &Facts<'_>, out: &mut String) -> Option<()> {
    let mut rest = words;
    while let Some((before, behind)) = around(rest, b'{') {
        let (name, after) = around(behind, b'}')?;
        out.push_str(before);
        let number = Of::named(name)?.value(f)?.round();
        grouped(number, out);
        rest = if number == 1.0 { of_one(after, out) } else { after };
    }
    out.push_str(rest);
    Some(())
}

/// A number as a person would say it: `1,234`, `0.35`, `42 %`.
fn readable(value: f64, unit: &str, out: &mut String) {
    // Writing into a text cannot fail.
    let _ = if unit == "share" {
        write!(out, "{:.0} %", value * 100.0)
    } else if value.fract() == 0.0 || value.abs() >= 100.0 {
        grouped(value.round(), out);
        Ok(())
    } else if value.abs() >= 1.0 {
        write!(out, "{value:.1}")
    } else if value.abs() >= 0.001 {
        let digits = format!("{value:.2}");
        out.push_str(&digits.trim_end_matches('0').trim_end_matches('.').replace("0.00", "0.001"));
        Ok(())
    } else {
        out.write_str("under 0.001")
    };
}

/// A whole number with a comma every three digits.
fn grouped(value: f64, out: &mut String) {
    if (0.0..1e6).contains(&value) {
        return group_small(value as u32, out);
    }
    let mut buffer = itoa::Buffer::new();
    let large;
    let digits = if value.abs() < 1e18 {
        buffer.format(value.abs() as u64)
    } else {
        large = format!("{:.0}", value.abs());
        &large
    };
    if value < 0.0 {
        out.push('-');
    }
    group(digits, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::features::{CATALOGUE, Groups};

    proptest::proptest! {
        #[test]
        fn words_taken_apart_read_as_the_phrase_does(
            counts in proptest::array::uniform5(proptest::option::of(proptest::prop_oneof![0..3u64, proptest::prelude::any::<u64>()])),
            age in proptest::option::of(proptest::prop_oneof![proptest::strategy::Just(1.0), -1.0..4000.0]),
            rate in proptest::option::of(0.0..1000.0),
        ) {
            let mut account = Account {
                followers: counts[0], following: counts[1], posts: counts[2], likes_given: counts[3], listed: counts[4],
                ..Account::default()
            };
            account.given.age_days = age;
            account.given.posts_per_day = rate;
            let facts = Facts::of(&account, Groups::ALL);
            for feature in CATALOGUE {
                let mut words = String::new();
                Words::of(feature).write(7.25, &facts, &mut words);
                proptest::prop_assert_eq!(&words, &feature.words(7.25, &facts));
            }
        }
    }
}
