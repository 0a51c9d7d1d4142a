//! What the features look at: an account's numbers, and one pass over each of its texts.

use super::naming::{HandleFacts, NameFacts, handle_facts, name_facts, similarity};
use super::text::{BioFacts, bio_facts, says_bot};
use crate::account::Account;

/// Which texts have to be looked at; a model that uses no bio feature need not read the bio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The handle.
    pub handle: bool,
    /// The display name, and its likeness to the handle.
    pub name: bool,
    /// The bio.
    pub bio: bool,
}

impl Groups {
    /// Every text.
    pub const ALL: Groups = Groups { handle: true, name: true, bio: true };
    /// No text.
    pub const NONE: Groups = Groups { handle: false, name: false, bio: false };

    /// What either of the two needs.
    pub fn union(self, other: Groups) -> Groups {
        Groups {
            handle: self.handle || other.handle,
            name: self.name || other.name,
            bio: self.bio || other.bio,
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
    pub(super) name: Option<NameFacts>,
    pub(super) bio: Option<BioFacts>,
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
        let handle = handle_text.map(handle_facts);
        let bio = bio_text.map(bio_facts);
        let says_bot = match (account.handle.as_deref(), groups.handle && groups.bio) {
            (Some(handle), true) => Some(
                says_bot(handle)
                    || account.name.as_deref().is_some_and(says_bot)
                    || bio.as_ref().is_some_and(|bio| bio.bot_words > 0),
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
            handle,
            name: name_text.map(name_facts),
            bio,
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
