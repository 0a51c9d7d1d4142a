//! What the features look at: an account's numbers, and one pass over each of its texts.

use super::naming::{HandleFacts, NameFacts, handle_facts, likelihood, name_facts, similarity};
use super::text::{BioFacts, BioWords, bio_facts, bio_words, listed_words, says_bot};
use crate::account::Account;

/// What has to be looked at of the texts; a model that uses no feature of the bio need not read the bio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Characters of the handle.
    pub handle: bool,
    /// How usual the handle is.
    pub likelihood: bool,
    /// The display name, and its likeness to the handle.
    pub name: bool,
    /// Characters of the bio.
    pub bio: bool,
    /// Words and links of the bio.
    pub bio_words: bool,
    /// Words of automation and promotion in the bio; others and links are counted only in a bio that has some.
    pub listed_words: bool,
}

impl Groups {
    /// Every text.
    pub const ALL: Groups =
        Groups { handle: true, likelihood: true, name: true, bio: true, bio_words: true, listed_words: true };
    /// No text.
    pub const NONE: Groups = Groups {
        handle: false,
        likelihood: false,
        name: false,
        bio: false,
        bio_words: false,
        listed_words: false,
    };

    /// What either of the two needs.
    pub fn union(self, other: Groups) -> Groups {
        Groups {
            handle: self.handle || other.handle,
            likelihood: self.likelihood || other.likelihood,
            name: self.name || other.name,
            bio: self.bio || other.bio,
            bio_words: self.bio_words || other.bio_words,
            listed_words: self.listed_words || other.listed_words,
        }
    }
}

/// Everything a feature may depend on. Made by [`Facts::of`].
#[derive(Debug)]
pub struct Facts<'a> {
    pub(super) account: &'a Account<'a>,
    /// Age in days when the counts were true.
    pub(super) age_days: Option<f64>,
    /// Posts, counted or from rate and age.
    pub(super) posts: Option<f64>,
    /// Posts of others it liked.
    pub(super) likes_given: Option<f64>,
    /// Lists it is on, counted or from rate and age.
    pub(super) listed: Option<f64>,
    pub(super) handle: Option<HandleFacts>,
    /// Mean log-likelihood of the bigrams of the handle.
    pub(super) likelihood: Option<f64>,
    pub(super) name: Option<NameFacts>,
    pub(super) bio: Option<BioFacts>,
    pub(super) bio_words: Option<BioWords>,
    /// Likeness of handle and name, 0 to 1.
    pub(super) similarity: Option<f64>,
    /// Handle, name or bio says "bot".
    pub(super) says_bot: Option<bool>,
}

impl<'a> Facts<'a> {
    /// Looks at an account once, for all features that need no more than `groups`.
    pub fn of(account: &'a Account<'a>, groups: Groups) -> Facts<'a> {
        let age_days = account.age_days();
        let counted = |count: Option<u64>, rate: Option<f64>| {
            count.map(|n| n as f64).or_else(|| Some(rate.filter(|r| *r >= 0.0)? * age_days?))
        };
        let handle_text = account.handle.as_deref().filter(|_| groups.handle);
        let name_text = account.name.as_deref().filter(|_| groups.name);
        let bio_text = account.bio.as_deref().filter(|_| groups.bio);
        let bio_words = match (account.bio.as_deref(), groups) {
            (Some(bio), Groups { bio_words: true, .. }) => Some(bio_words(bio)),
            (Some(bio), Groups { listed_words: true, .. }) => Some(listed_words(bio)),
            _ => None,
        };
        let says_bot = match (account.handle.as_deref(), groups.handle && groups.bio_words) {
            (Some(handle), true) => Some(
                says_bot(handle)
                    || account.name.as_deref().is_some_and(says_bot)
                    || bio_words.is_some_and(|bio| bio.bot_words > 0),
            ),
            _ => None,
        };
        let posts = counted(account.posts, account.given.posts_per_day);
        let likes_given =
            account.likes_given.map(|n| n as f64).or(account.given.likes_given_mean.filter(|n| *n >= 0.0));
        Facts {
            account,
            age_days,
            posts,
            likes_given,
            listed: counted(account.listed, account.given.listed_per_day),
            handle: handle_text.map(handle_facts),
            likelihood: account.handle.as_deref().filter(|_| groups.likelihood).and_then(likelihood),
            name: name_text.map(name_facts),
            bio: bio_text.map(bio_facts),
            bio_words,
            similarity: match (handle_text, name_text) {
                // A name in another script is not unlike a handle, it cannot be compared with one.
                (Some(handle), Some(name)) if name.bytes().any(|b| b.is_ascii_alphanumeric()) => {
                    similarity(handle, name)
                }
                _ => None,
            },
            says_bot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_needs_what_either_needs() {
        let one = |at: usize| {
            let is = |n: usize| n == at;
            Groups {
                handle: is(0),
                likelihood: is(1),
                name: is(2),
                bio: is(3),
                bio_words: is(4),
                listed_words: is(5),
            }
        };
        for at in 0..6 {
            assert_eq!(one(at).union(Groups::NONE), one(at));
            assert_eq!(Groups::NONE.union(one(at)), one(at));
        }
        assert_eq!((0..6).fold(Groups::NONE, |all, at| all.union(one(at))), Groups::ALL);
    }
}
