//! What the ledger means for the queue: who is shown, and what changed since the decision.

use sha2::{Digest, Sha256};

use super::account::handle_key;
use super::entry::{Decision, Entry, Mark};
use super::event::Facts;
use crate::account::Timestamp;
use crate::model::{Model, Score, Scorer};
use crate::screen::Candidate;
use crate::words::{counted, hex};

/// Where an account stands at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'e> {
    /// Nothing was decided.
    Open,
    /// Decided, and not yet to be looked at again.
    Decided(&'e Decision),
    /// Decided, and the date to look again has come.
    Due(&'e Decision),
    /// On the keep list.
    Keep(&'e Mark),
    /// On the never list.
    Never(&'e Mark),
}

impl Entry {
    /// Where it stands at this time. The never and the keep list come before a decision.
    pub fn standing(&self, now: Timestamp) -> Standing<'_> {
        if let Some(mark) = self.never.as_ref().filter(|mark| mark.holds(now)) {
            return Standing::Never(mark);
        }
        if let Some(mark) = self.keep.as_ref().filter(|mark| mark.holds(now)) {
            return Standing::Keep(mark);
        }
        match &self.decision {
            None => Standing::Open,
            Some(decision) if decision.look_again.is_some_and(|date| date <= now) => Standing::Due(decision),
            Some(decision) => Standing::Decided(decision),
        }
    }
}

/// What is other now than then, in words, each a fact: the handle, the band, the score, the counts. What was not known
/// at one of the two times is left out. Handles are as they are in the files.
pub fn what_changed(then: &Facts, now: &Facts) -> Vec<String> {
    let mut words = Vec::new();
    if let (Some(old), Some(new)) = (&then.handle, &now.handle)
        && handle_key(old) != handle_key(new)
    {
        words.push(format!("renamed from @{old}"));
    }
    if let (Some(old), Some(new)) = (then.band, now.band)
        && old != new
    {
        words.push(format!("band {} then, {} now", old.name(), new.name()));
    }
    if let (Some(old), Some(new)) = (then.p_bot, now.p_bot) {
        let other_model = then.model_sha256.is_some() && then.model_sha256 != now.model_sha256;
        let other_share = then.prevalence.is_some() && then.prevalence != now.prevalence;
        if format!("{old:.2}") != format!("{new:.2}") {
            let because = match (other_model, other_share) {
                (true, _) => " (by another model)",
                (false, true) => " (at another share of bots)",
                (false, false) => "",
            };
            words.push(format!("p_bot {old:.2} then, {new:.2} now{because}"));
        }
    }
    let counts = [
        ("followers", then.followers, now.followers),
        ("following", then.following, now.following),
        ("posts", then.posts, now.posts),
    ];
    for (what, old, new) in counts {
        if let (Some(old), Some(new)) = (old, new)
            && old != new
        {
            words.push(format!("{what} {} then, {} now", counted(old), counted(new)));
        }
    }
    words
}

/// Puts a score, and the model it is by, to what is known of an account.
pub fn scored_facts(facts: Facts, score: Option<&Score>, scorer: &Scorer, model_sha256: &str) -> Facts {
    let Some(score) = score else { return facts };
    Facts {
        // Where no feature is known the probability is the prevalence, and says nothing of the account.
        p_bot: (score.features_known > 0).then_some(score.p_bot),
        band: Some(score.band),
        prevalence: Some(scorer.prevalence()),
        model: Some(scorer.model().name.clone()),
        model_sha256: Some(model_sha256.to_string()),
        ..facts
    }
}

/// What is known of an account of a queue, with its score.
pub fn candidate_facts(c: &Candidate, scorer: &Scorer, model_sha256: &str) -> Facts {
    let facts = Facts {
        handle: Some(c.handle.clone()).filter(|handle| !handle.is_empty()),
        followers: c.followers,
        following: c.following,
        posts: c.posts,
        observed_at: c.profile.as_ref().and_then(|profile| profile.observed_at),
        ..Facts::default()
    };
    scored_facts(facts, c.score.as_ref(), scorer, model_sha256)
}

/// SHA-256 of a model as `botsieve train` writes it, in hexadecimal digits.
pub fn model_sha256(model: &Model) -> String {
    let digest = Sha256::digest(model.to_json().as_bytes());
    hex(&digest)
}
