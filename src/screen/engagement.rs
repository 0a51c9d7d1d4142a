//! Who engages with you comes first, whatever the score.
//!
//! A reply costs more than a like, so it counts more; and each kind counts up to a number of times only, so that nobody
//! comes before all others by mentioning you ten thousand times. The points order the engaged among themselves and are
//! nothing else: no part of a score, no feature of a model.

use crate::ingest::{EngagementCounts, EngagementKind};
use crate::words::{counted, day};

/// What each kind of engagement counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Points of a reply.
    pub reply: f64,
    /// Points of a mention.
    pub mention: f64,
    /// Points of a repost.
    pub repost: f64,
    /// Points of a like.
    pub like: f64,
    /// So many times of each kind count; more say no more.
    pub most: u64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { reply: 3.0, mention: 2.0, repost: 2.0, like: 1.0, most: 5 }
    }
}

impl Weights {
    fn of(&self, kind: EngagementKind) -> f64 {
        match kind {
            EngagementKind::Reply => self.reply,
            EngagementKind::Mention => self.mention,
            EngagementKind::Repost => self.repost,
            EngagementKind::Like => self.like,
        }
    }

    /// Points: of each kind its weight times how often, up to [`Weights::most`] times.
    pub fn points(&self, counts: &EngagementCounts) -> f64 {
        EngagementKind::ALL
            .into_iter()
            .map(|kind| self.of(kind) * counts.of(kind).min(self.most) as f64)
            .sum()
    }
}

/// What an account did towards the owner of the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Engagement {
    /// How often it did each thing, and when.
    pub counts: EngagementCounts,
    /// What that counts; 0 for nothing.
    pub points: f64,
}

impl Engagement {
    /// Weighs what was counted.
    pub fn new(counts: EngagementCounts, weights: &Weights) -> Engagement {
        Engagement { points: weights.points(&counts), counts }
    }

    /// In words: `replied to you 2 times, mentioned you once since 2026-03-01`; empty where there is nothing.
    pub fn reason(&self) -> String {
        let said = |kind: EngagementKind| {
            let times = match self.counts.of(kind) {
                0 => return None,
                1 => "once".to_string(),
                n => format!("{} times", counted(n)),
            };
            let what = match kind {
                EngagementKind::Reply => "replied to you",
                EngagementKind::Mention => "mentioned you",
                EngagementKind::Repost => "reposted you",
                EngagementKind::Like => "liked you",
            };
            Some(format!("{what} {times}"))
        };
        use EngagementKind::{Like, Mention, Reply, Repost};
        let parts: Vec<String> = [Reply, Mention, Repost, Like].into_iter().filter_map(said).collect();
        if parts.is_empty() {
            return String::new();
        }
        let once = self.counts.times.iter().fold(0_u64, |sum, times| sum.saturating_add(*times)) == 1;
        let when = match (self.counts.first.map(day), self.counts.last.map(day)) {
            (Some(first), Some(last)) if first == last => format!(" on {first}"),
            (Some(day), None) | (None, Some(day)) if once => format!(" on {day}"),
            (Some(first), _) => format!(" since {first}"),
            (None, Some(last)) => format!(", last on {last}"),
            (None, None) => String::new(),
        };
        parts.join(", ") + &when
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engaged(times: [u64; 4]) -> Engagement {
        Engagement::new(EngagementCounts { times, ..EngagementCounts::default() }, &Weights::default())
    }

    #[test]
    fn a_reply_counts_more_than_a_like_and_nobody_gets_ahead_by_repeating() {
        assert!(engaged([0, 1, 0, 0]).points > engaged([0, 0, 0, 2]).points);
        let spammer = engaged([10_000, 0, 0, 0]);
        assert_eq!(spammer.points, 10.0);
        assert!(spammer.points < engaged([1, 3, 0, 0]).points);
        assert_eq!(engaged([u64::MAX; 4]).points, 40.0);
    }

    #[test]
    fn the_reason_says_what_and_since_when() {
        let mut some = engaged([3, 1, 0, 0]);
        assert_eq!(some.reason(), "replied to you once, mentioned you 3 times");
        let at = |text: &str| Some(text.parse().unwrap());
        (some.counts.first, some.counts.last) = (at("2026-03-01T10:00:00Z"), at("2026-04-01T10:00:00Z"));
        assert_eq!(some.reason(), "replied to you once, mentioned you 3 times since 2026-03-01");
        some.counts.last = some.counts.first;
        assert!(some.reason().ends_with(" on 2026-03-01"));
        // A file may tell one of the two days.
        some.counts.last = None;
        assert!(some.reason().ends_with("3 times since 2026-03-01"), "{}", some.reason());
        (some.counts.first, some.counts.last) = (None, at("2026-04-01T10:00:00Z"));
        assert!(some.reason().ends_with("3 times, last on 2026-04-01"), "{}", some.reason());
        let mut once = engaged([1, 0, 0, 0]);
        once.counts.first = at("2026-03-01T10:00:00Z");
        assert_eq!(once.reason(), "mentioned you once on 2026-03-01");
        assert_eq!(engaged([10_000, 0, 0, 0]).reason(), "mentioned you 10,000 times");
        assert_eq!(Engagement::default().reason(), "");
    }
}
