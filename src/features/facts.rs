//! What the features look at: an account's numbers, and one pass over each of its texts.

use super::naming::{HandleFacts, NameFacts, handle_facts, likelihood, name_facts, similarity};
use super::text::{BioFacts, BioWords, Glance, bio_facts, bio_words, glance, says_bot};
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

/// What features are made of, most of them as quotients: counts, the same and one more, days, flags. Each is made once for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    /// Where a ratio has fewer factors.
    One,
    FollowersMore,
    FollowingMore,
    PostsMore,
    LikesMore,
    ListedMore,
    Followers,
    Following,
    /// Posts, counted or from rate and age.
    Posts,
    /// Posts of others it liked.
    Likes,
    /// Lists it is on, counted or from rate and age.
    Listed,
    /// Age in days when the counts were true.
    Age,
    /// The same, at least [`AN_HOUR`].
    Days,
    // Flags: 1 or 0.
    DefaultProfile,
    BackgroundImage,
    Verified,
    DefaultImage,
    GeoEnabled,
    Protected,
    /// Of no account is it known.
    Unknown,
}

impl Factor {
    /// How many there are.
    pub(super) const COUNT: usize = Factor::Unknown as usize + 1;
}

/// Youngest age used in a rate: an hour, the unit of Yang et al. 2020.
pub(super) const AN_HOUR: f64 = 1.0 / 24.0;

/// A product of two factors over another, or over its square root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(super) over: [Factor; 2],
    pub(super) under: [Factor; 2],
    pub(super) root: bool,
}

impl Ratio {
    /// Its value; `NaN` where a factor is not known.
    #[inline]
    pub(crate) fn of(&self, facts: &Facts<'_>) -> f64 {
        let product = |[a, b]: [Factor; 2]| facts.factor(a) * facts.factor(b);
        let under = product(self.under);
        product(self.over) / if self.root { under.sqrt() } else { under }
    }
}

/// Everything a feature may depend on. Made by [`Facts::of`].
#[derive(Debug)]
pub struct Facts<'a> {
    pub(super) account: &'a Account<'a>,
    /// By [`Factor`], `NaN` where it is not known.
    pub(super) factors: [f64; Factor::COUNT],
    pub(super) handle: Option<HandleFacts>,
    /// Mean log-likelihood of the bigrams of the handle.
    pub(super) likelihood: Option<f64>,
    pub(super) name: Option<NameFacts>,
    pub(super) bio: Option<BioFacts>,
    pub(super) bio_words: Option<BioWords>,
    /// May the bio say that the account is automated? `false` only where it was looked at and does not.
    pub(crate) bio_may_declare: bool,
    /// Likeness of handle and name, 0 to 1.
    pub(super) similarity: Option<f64>,
    /// Handle, name or bio says "bot".
    pub(super) says_bot: Option<bool>,
}

impl<'a> Facts<'a> {
    /// A factor, `NaN` where it is not known.
    #[inline]
    pub(super) fn factor(&self, factor: Factor) -> f64 {
        self.factors[factor as usize]
    }

    pub(super) fn known(&self, factor: Factor) -> Option<f64> {
        Some(self.factor(factor)).filter(|n| !n.is_nan())
    }

    /// Posts, counted or from rate and age.
    pub(super) fn posts(&self) -> Option<f64> {
        self.known(Factor::Posts)
    }

    /// Words of promotion in the bio and its links, as the features `bio_promotion_words` and `bio_links` count them; the links
    /// may be too few where there are fewer than two of the words ([`Groups::listed_words`]).
    #[inline]
    pub(crate) fn promotion(&self) -> Option<(u32, u32)> {
        self.bio_words.map(|bio| (bio.promotion_words, bio.links))
    }

    /// Looks at an account once, for all features that need no more than `groups`.
    #[inline(always)]
    pub fn of(account: &'a Account<'a>, groups: Groups) -> Facts<'a> {
        // The texts first: no number need be kept meanwhile.
        let bio = account.bio.as_deref();
        let (bio_words, bio_may_declare) = match bio {
            Some(bio) if groups.bio_words => (Some(bio_words(bio)), true),
            Some(bio) if groups.listed_words => {
                let Glance { words, may_declare } = glance(bio);
                (Some(words), may_declare)
            }
            _ => (None, true),
        };
        let likelihood = account.handle.as_deref().filter(|_| groups.likelihood).and_then(likelihood);
        let age = account.age_days().unwrap_or(f64::NAN);
        let count = |count: Option<u64>| count.map_or(f64::NAN, |n| n as f64);
        // Looked up, as a choice of three would be a branch that no processor can foresee.
        static FLAGS: [f64; 3] = [0.0, 1.0, f64::NAN];
        let flag = |flag: Option<bool>| FLAGS[flag.map_or(2, usize::from)];
        let counted = |n: Option<u64>, rate: Option<f64>| match (n, rate) {
            (None, Some(rate)) if rate >= 0.0 => rate * age,
            _ => count(n),
        };
        let (followers, following) = (count(account.followers), count(account.following));
        let posts = counted(account.posts, account.given.posts_per_day);
        let likes = match (account.likes_given, account.given.likes_given_mean) {
            (None, Some(mean)) if mean >= 0.0 => mean,
            _ => count(account.likes_given),
        };
        let listed = counted(account.listed, account.given.listed_per_day);
        let factors = [
            1.0,
            followers + 1.0,
            following + 1.0,
            posts + 1.0,
            likes + 1.0,
            listed + 1.0,
            followers,
            following,
            posts,
            likes,
            listed,
            age,
            // Not `max`, which would make an hour of what is not known.
            if age < AN_HOUR { AN_HOUR } else { age },
            flag(account.default_profile),
            flag(account.background_image),
            flag(account.verified),
            flag(account.default_image),
            flag(account.geo_enabled),
            flag(account.protected),
            f64::NAN,
        ];
        // Made where they are returned: they are large, and a copy takes as long as all their numbers.
        let facts = || Facts {
            account,
            factors,
            handle: None,
            likelihood,
            name: None,
            bio: None,
            bio_words,
            bio_may_declare,
            similarity: None,
            says_bot: None,
        };
        if groups.handle || groups.name || groups.bio {
            let mut facts = facts();
            facts.look_at_characters(groups);
            return facts;
        }
        facts()
    }

    /// What only models with more than the counts ask for.
    fn look_at_characters(&mut self, groups: Groups) {
        let account = self.account;
        let handle_text = account.handle.as_deref().filter(|_| groups.handle);
        let name_text = account.name.as_deref().filter(|_| groups.name);
        self.handle = handle_text.map(handle_facts);
        self.name = name_text.map(name_facts);
        self.bio = account.bio.as_deref().filter(|_| groups.bio).map(bio_facts);
        self.similarity = match (handle_text, name_text) {
            // A name in another script is not unlike a handle, it cannot be compared with one.
            (Some(handle), Some(name)) if name.bytes().any(|b| b.is_ascii_alphanumeric()) => {
                similarity(handle, name)
            }
            _ => None,
        };
        self.says_bot = handle_text.filter(|_| groups.bio_words).map(|handle| {
            says_bot(handle)
                || account.name.as_deref().is_some_and(says_bot)
                || self.bio_words.is_some_and(|bio| bio.bot_words > 0)
        });
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

    #[test]
    fn only_the_texts_that_are_asked_for_are_looked_at() {
        let account = Account {
            handle: Some("anna".into()),
            name: Some("Anna".into()),
            bio: Some("free and winning: win".into()),
            ..Account::default()
        };
        let looked_at = |groups| {
            let facts = Facts::of(&account, groups);
            assert_eq!(facts.bio_may_declare, !groups.listed_words);
            (facts.handle.is_some(), facts.name.is_some(), facts.bio.is_some(), facts.promotion())
        };
        let none = Groups::NONE;
        for (groups, right) in [
            (none, (false, false, false, None)),
            (Groups { handle: true, ..none }, (true, false, false, None)),
            (Groups { name: true, ..none }, (false, true, false, None)),
            (Groups { bio: true, ..none }, (false, false, true, None)),
            (Groups { bio_words: true, ..none }, (false, false, false, Some((2, 0)))),
            (Groups { listed_words: true, ..none }, (false, false, false, Some((2, 0)))),
        ] {
            assert_eq!(looked_at(groups), right, "{groups:?}");
        }
    }
}
