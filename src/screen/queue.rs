//! The queue: who is looked at first.

use crate::account::Account;
use crate::model::{Band, Score};
use crate::screen::Profile;
use crate::screen::engagement::Engagement;
use crate::screen::kind::Kind;

/// One account of the list, scored.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Row in the input, from 1.
    pub row: u64,
    /// Id, if the file has one.
    pub id: String,
    /// Handle, without `@`.
    pub handle: String,
    /// Display name.
    pub name: String,
    /// Followers, as a fact.
    pub followers: Option<u64>,
    /// Accounts it follows, as a fact.
    pub following: Option<u64>,
    /// Posts, as a fact.
    pub posts: Option<u64>,
    /// Age in days when the counts were true.
    pub age_days: Option<f64>,
    /// What the model says; `None` for a row that could not be read.
    pub score: Option<Score>,
    /// `ok`, or why there is no score.
    pub status: String,
    /// What there is to see of it, the main kind first, each with its reason.
    pub kinds: Vec<(Kind, String)>,
    /// Does the owner of the list follow it, as far as the file says?
    pub you_follow: Option<bool>,
    /// Bio, times and marks, where they are wanted.
    pub profile: Option<Box<Profile>>,
    /// What it did towards the owner of the list; `None` where nobody said who engages.
    pub engagement: Option<Engagement>,
}

impl Candidate {
    /// Takes what the queue shows of an account.
    pub fn new(row: u64, account: &Account<'_>, score: Option<Score>, status: String) -> Candidate {
        let text = |t: &crate::account::Text<'_>| t.as_deref().unwrap_or_default().to_string();
        Candidate {
            row,
            id: text(&account.id),
            handle: text(&account.handle),
            name: text(&account.name),
            followers: account.followers,
            following: account.following,
            posts: account.posts,
            age_days: account.age_days(),
            score,
            status,
            kinds: Vec::new(),
            engagement: None,
            you_follow: account.you_follow,
            profile: None,
        }
    }

    /// Points of its engagement; 0 where it did nothing or nobody said.
    pub fn points(&self) -> f64 {
        self.engagement.as_ref().map_or(0.0, |engagement| engagement.points)
    }

    /// The band; a row that could not be read is pending.
    pub fn band(&self) -> Band {
        self.score.as_ref().map_or(Band::Pending, |score| score.band)
    }
}

/// Orders the list: who engages with you first (most points first, but those in the spam band behind the others), then
/// likely people (the surest first), then those worth a look (least bot-like first), then those of whom too little is
/// known, spam last, and rows that could not be read at the very end. Accounts that stand alike keep the order of the
/// input.
pub fn order(candidates: &mut [Candidate]) {
    let key = |c: &Candidate| match &c.score {
        None => (6, 0.0, 0.0),
        Some(score) => {
            let points = c.points();
            let place = match score.band {
                // A swarm of bots that names you must not come before the people who do; a person taken for a bot still
                // comes before everybody who is silent.
                Band::Spam if points > 0.0 => 1,
                _ if points > 0.0 => 0,
                Band::Genuine => 2,
                Band::Look => 3,
                Band::Pending => 4,
                Band::Spam => 5,
            };
            (place, -points, score.p_bot)
        }
    };
    candidates.sort_by(|a, b| {
        let (a_key, b_key) = (key(a), key(b));
        a_key
            .0
            .cmp(&b_key.0)
            .then(a_key.1.total_cmp(&b_key.1))
            .then(a_key.2.total_cmp(&b_key.2))
            .then(a.row.cmp(&b.row))
    });
}

/// In which order a queue is looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As [`order`] has it.
    #[default]
    Queue,
    /// Most bot-like first.
    Bots,
    /// Nearest to a probability of one half first: there a label teaches the model most.
    Uncertain,
    /// Most followers first.
    Followers,
    /// Youngest account first.
    Newest,
    /// Who engaged most first.
    Engagement,
    /// As the rows of the input stand.
    Row,
}

/// Orders the list by one thing. Accounts of which it is not known come last; accounts that stand alike, and those,
/// keep the order of the input.
pub fn order_by(candidates: &mut [Candidate], by: Order) {
    // An account of which no feature is known has the probability of any account.
    let p_bot =
        |c: &Candidate| c.score.as_ref().filter(|score| score.features_known > 0).map(|score| score.p_bot);
    let key = |c: &Candidate| match by {
        Order::Bots => p_bot(c).map(|p| -p),
        Order::Uncertain => p_bot(c).map(|p| (p - 0.5).abs()),
        Order::Followers => c.followers.map(|n| -(n as f64)),
        Order::Newest => c.age_days,
        Order::Engagement => Some(-c.points()).filter(|points| *points < 0.0),
        Order::Row | Order::Queue => None,
    };
    if by == Order::Queue {
        return order(candidates);
    }
    candidates.sort_by(|a, b| {
        let known = match (key(a), key(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        known.then(a.row.cmp(&b.row))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(row: u64, band: Option<Band>, p_bot: f64) -> Candidate {
        let score = band.map(|band| Score {
            p_bot,
            logit: 0.0,
            band,
            support: None,
            evident: false,
            features_known: 9,
            features_missing: 0,
            reasons: Vec::new(),
        });
        Candidate::new(row, &Account::default(), score, "ok".into())
    }

    #[test]
    fn likely_people_come_first_and_spam_last() {
        let mut list = vec![
            candidate(1, Some(Band::Spam), 0.9),
            candidate(2, None, 0.0),
            candidate(3, Some(Band::Look), 0.4),
            candidate(4, Some(Band::Genuine), 0.02),
            candidate(5, Some(Band::Pending), 0.1),
            candidate(6, Some(Band::Genuine), 0.01),
            candidate(7, Some(Band::Look), 0.2),
            candidate(8, Some(Band::Look), 0.2),
        ];
        order(&mut list);
        assert_eq!(list.iter().map(|c| c.row).collect::<Vec<_>>(), [6, 4, 7, 8, 3, 5, 1, 2]);
    }

    #[test]
    fn who_engages_comes_first_and_bot_like_ones_behind_the_others() {
        let engaged = |row, band, p_bot, points| Candidate {
            engagement: Some(Engagement { points, ..Engagement::default() }),
            ..candidate(row, Some(band), p_bot)
        };
        let mut list = vec![
            candidate(1, Some(Band::Genuine), 0.01),
            engaged(2, Band::Spam, 0.9, 40.0),
            engaged(3, Band::Pending, 0.1, 1.0),
            engaged(4, Band::Look, 0.4, 7.0),
            engaged(5, Band::Look, 0.2, 0.0),
            engaged(6, Band::Genuine, 0.02, 7.0),
            candidate(7, Some(Band::Spam), 0.9),
        ];
        order(&mut list);
        assert_eq!(list.iter().map(|c| c.row).collect::<Vec<_>>(), [6, 4, 3, 2, 1, 5, 7]);
        order_by(&mut list, Order::Engagement);
        assert_eq!(list.iter().map(|c| c.row).collect::<Vec<_>>(), [2, 4, 6, 3, 1, 5, 7]);
    }

    #[test]
    fn other_orders_put_the_unknown_last() {
        let known = |row, p_bot, followers, age_days| Candidate {
            followers,
            age_days,
            ..candidate(row, Some(Band::Look), p_bot)
        };
        let list = [
            known(1, 0.9, Some(5), Some(1.0)),
            known(2, 0.45, None, None),
            known(3, 0.1, Some(u64::MAX), Some(9.0)),
            candidate(4, None, 0.0),
        ];
        for (by, rows) in [
            (Order::Bots, [1, 2, 3, 4]),
            (Order::Uncertain, [2, 1, 3, 4]),
            (Order::Followers, [3, 1, 2, 4]),
            (Order::Newest, [1, 3, 2, 4]),
            (Order::Row, [1, 2, 3, 4]),
        ] {
            let mut list = list.to_vec();
            list.reverse();
            order_by(&mut list, by);
            assert_eq!(list.iter().map(|c| c.row).collect::<Vec<_>>(), rows, "{by:?}");
        }
    }
}
