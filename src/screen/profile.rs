//! What a person sees of an account beside its score.

use crate::account::{Account, Network, Previous, Timestamp};

/// The texts and times of an account, for a page or a report. All texts are as they stand in the file: hostile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Self description.
    pub bio: Option<Box<str>>,
    /// Free-text location.
    pub location: Option<Box<str>>,
    /// Web address in the profile's link field.
    pub website: Option<Box<str>>,
    /// Language code.
    pub language: Option<Box<str>>,
    /// When the account was made.
    pub created_at: Option<Timestamp>,
    /// Time of the newest post seen.
    pub last_post_at: Option<Timestamp>,
    /// When the counts were true.
    pub observed_at: Option<Timestamp>,
    /// Posts of others it liked.
    pub likes_given: Option<u64>,
    /// Public lists it is on.
    pub listed: Option<u64>,
    /// The network's verification mark.
    pub verified: Option<bool>,
    /// Its posts are visible to approved followers only.
    pub protected: Option<bool>,
    /// Its picture was never changed.
    pub default_image: Option<bool>,
    /// It says of itself that it is automated.
    pub declared_bot: Option<bool>,
    /// What older snapshots say.
    pub previous: Option<Box<Previous>>,
    /// The network, where the dialect tells it.
    pub network: Option<Network>,
}

impl Profile {
    /// Copies it from an account.
    pub fn of(account: &Account<'_>) -> Profile {
        let own = |text: &crate::account::Text<'_>| text.as_deref().map(Box::from);
        Profile {
            bio: own(&account.bio),
            location: own(&account.location),
            website: own(&account.url),
            language: own(&account.lang),
            created_at: account.created_at,
            last_post_at: account.last_post_at,
            observed_at: account.observed_at,
            likes_given: account.likes_given,
            listed: account.listed,
            verified: account.verified,
            protected: account.protected,
            default_image: account.default_image,
            declared_bot: account.declared_bot,
            previous: account.previous.clone(),
            network: account.network,
        }
    }
}
