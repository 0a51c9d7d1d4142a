//! Accounts in, scores with reasons out.

use std::borrow::{Borrow, Cow};

use rayon::prelude::*;

use super::bands::{Band, EVIDENCE};
use super::file::Model;
use super::fit::sigmoid;
use super::lanes::{Lane, Lanes, Sums};
use super::parts::{Part, Parts, PartsOf};
use super::support::{CUTS, LOW_SUPPORT, POINTS};
use crate::account::Account;
use crate::features::{self, Facts, Feature, Groups, LANES, Plan, Quotes, Words};
use crate::words::{Piece, Room};

/// One feature's part in a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Name of the feature; of a pair, both with ` x ` between them.
    pub feature: Cow<'static, str>,
    /// Its value, in the unit of the feature; of a pair, that of the first.
    pub value: f64,
    /// What it adds to the calibrated log-odds: above 0 speaks for a bot, below 0 for a person.
    pub contribution: f64,
    /// The fact itself, in plain words.
    pub fact: String,
}

impl Reason {
    /// The reason in plain words.
    pub fn words(&self) -> String {
        format!("{}{}", self.fact, speaks_for(self.contribution))
    }
}

fn speaks_for(contribution: f64) -> &'static str {
    if contribution > 0.0 { ": more usual for bots" } else { ": more usual for people" }
}

/// What the model says of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Calibrated probability of being a bot, at the scorer's prevalence.
    pub p_bot: f64,
    /// Its log-odds: the intercept of the scorer plus all contributions.
    pub logit: f64,
    /// Where the account stands.
    pub band: Band,
    /// Is there, besides the score, what the spam band of the model asks for? `false` where it asks for nothing.
    pub evident: bool,
    /// Share of the training accounts that were at least as unusual, 0 to 1; `None` where nothing is known of the
    /// account, or of the training accounts (a model file of an earlier program).
    pub support: Option<f64>,
    /// Features of the model that could be computed.
    pub features_known: usize,
    /// Features of the model that the account's data do not give.
    pub features_missing: usize,
    /// The strongest reasons, strongest first.
    pub reasons: Vec<Reason>,
}

impl Score {
    /// Is the account unlike those the model has seen?
    pub fn unlike_training(&self) -> bool {
        self.support.is_some_and(|support| support < LOW_SUPPORT)
    }
}

/// A model made ready to score. `Send + Sync`, no state between accounts.
#[derive(Clone, Debug)]
pub struct Scorer {
    model: Model,
    /// One a feature of the model.
    terms: Vec<Term>,
    /// How the values of the features are computed.
    plan: Plan,
    /// Their curves.
    lanes: Lanes,
    /// The support by known features and cuts that values lie beyond, see [`Support::usual`]; empty where the model has none.
    supports: Vec<[f64; CUTS]>,
    /// What the spam band asks for besides the score, if it does.
    evidence: Option<&'static Feature>,
    /// The features of each pair.
    pairs: Vec<[usize; 2]>,
    groups: Groups,
    prevalence: f64,
    intercept: f64,
}

/// Accounts weighed side by side.
struct Weighed {
    sums: Sums,
    p_bot: [f64; LANES],
}

/// A feature of the model made ready.
#[derive(Clone, Debug)]
struct Term {
    feature: &'static Feature,
    words: Words,
}

impl Scorer {
    /// Prepares a checked model; `p_bot` is meant at `prevalence`, or at the model's own.
    ///
    /// `prevalence` must lie between 0 and 1, both excluded; anything else is the model's own.
    pub fn new(model: Model, prevalence: Option<f64>) -> Scorer {
        let prevalence = prevalence.filter(|p| *p > 0.0 && *p < 1.0).unwrap_or(model.prevalence);
        let intercept = model.calibration.apply(model.intercept, prevalence);
        let at = |name: &String| model.features.iter().position(|curve| curve.feature == *name);
        let pairs =
            model.pairs.iter().filter_map(|pair| Some([at(&pair.features[0])?, at(&pair.features[1])?]));
        let pairs = pairs.collect();
        let evidence = features::find(EVIDENCE).filter(|_| model.bands.spam_needs_evidence);
        let tails = model.support.as_ref().map_or(&[][..], |support| &support.tails);
        let known =
            || model.features.iter().filter_map(|curve| Some((curve, features::find(&curve.feature)?)));
        let terms: Vec<Term> =
            known().map(|(_, feature)| Term { feature, words: Words::of(feature) }).collect();
        let plan = Plan::of(&known().map(|(_, feature)| feature).collect::<Vec<_>>());
        let factor = model.calibration.slope;
        let lane = |(at, (quotient, (curve, _)))| Lane { curve, factor, quotient, tails: tails.get(at) };
        let lanes = Lanes::of(plan.quotients().iter().copied().zip(known()).enumerate().map(lane));
        let supports = model.support.as_ref().map_or_else(Vec::new, |support| support.usual(terms.len()));
        let groups = terms.iter().fold(Groups::NONE, |all, term| all.union(term.feature.groups));
        Scorer { model, terms, plan, lanes, supports, evidence, pairs, groups, prevalence, intercept }
    }

    /// The scorer of the embedded model.
    ///
    /// # Errors
    /// As [`Model::embedded`].
    pub fn embedded() -> Result<Scorer, super::ModelError> {
        Ok(Scorer::new(Model::embedded()?, None))
    }

    /// Has the texts of `more` looked at too, for what else asks the facts of a score.
    pub fn looking_at(mut self, more: Groups) -> Scorer {
        self.groups = self.groups.union(more);
        self
    }

    /// The same scorer with `p_bot` meant at another share of bots, above 0 and below 1.
    pub fn at_prevalence(&self, prevalence: f64) -> Scorer {
        Scorer::new(self.model.clone(), Some(prevalence)).looking_at(self.groups)
    }

    /// A score of another prevalence's scorer of the same model as this one would have given it.
    pub fn moved(&self, from: &Scorer, score: &mut Score) {
        score.logit += self.intercept - from.intercept;
        score.p_bot = sigmoid(score.logit);
        score.band = self.band(score.p_bot, score.features_known, score.support, score.evident);
    }

    /// What to add to a logit of this scorer so that it is meant where bots are half.
    pub fn to_even(&self) -> f64 {
        -super::calibration::logit(self.prevalence)
    }

    /// The band; an account unlike the training accounts is nobody to call spam on the model's word.
    fn band(&self, p_bot: f64, known: usize, support: Option<f64>, evident: bool) -> Band {
        match self.model.bands.of(p_bot, known, evident) {
            Band::Spam if support.is_some_and(|support| support < LOW_SUPPORT) => Band::Look,
            band => band,
        }
    }

    /// The model in use.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The share of bots at which `p_bot` is meant.
    pub fn prevalence(&self) -> f64 {
        self.prevalence
    }

    /// Calibrated log-odds of an account of which nothing is known.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Number of features of the model.
    pub fn feature_count(&self) -> usize {
        self.terms.len()
    }

    /// Scores one account and gives its `reasons` strongest reasons.
    pub fn score(&self, account: &Account<'_>, reasons: usize) -> Score {
        let mut parts = Parts::default();
        self.score_with(account, reasons, &mut parts)
    }

    /// Scores accounts as they are asked for, in their order. Up to eight are taken from the iterator before the first of their
    /// scores is given.
    ///
    /// ```
    /// use botsieve::{account::Account, model::Scorer};
    ///
    /// let scorer = Scorer::embedded()?;
    /// let counts = [(512, 301), (3, 1999)];
    /// let accounts = counts.map(|(followers, following)| Account {
    ///     followers: Some(followers),
    ///     following: Some(following),
    ///     ..Account::default()
    /// });
    /// let p: Vec<f64> = scorer.scores(&accounts, 0).map(|score| score.p_bot).collect();
    /// assert!(p[0] < p[1]);
    /// # Ok::<(), botsieve::model::ModelError>(())
    /// ```
    pub fn scores<'a, A: Borrow<Account<'a>>>(
        &self,
        accounts: impl IntoIterator<Item = A>,
        reasons: usize,
    ) -> impl Iterator<Item = Score> {
        let mut parts = Parts::default();
        let mut accounts = accounts.into_iter().fuse();
        let together = move || {
            let some: Vec<A> = accounts.by_ref().take(LANES).collect();
            let scores = self.scores_of(some.iter().map(Borrow::borrow), reasons, &mut parts);
            (!scores.is_empty()).then_some(scores)
        };
        std::iter::from_fn(together).flatten()
    }

    /// Scores a slice on all threads of the current pool of `rayon`; the scores stand in the order of the accounts, and are
    /// the same on any number of threads.
    pub fn score_slice(&self, accounts: &[Account<'_>], reasons: usize) -> Vec<Score> {
        /// Accounts that a thread takes at a time.
        const TAKEN: usize = 256;
        let taken = |taken: &[Account<'_>]| {
            let mut parts = Parts::default();
            let some = taken.chunks(4 * LANES);
            some.flat_map(|some| self.scores_of(some.iter(), reasons, &mut parts)).collect::<Vec<_>>()
        };
        accounts.par_chunks(TAKEN).flat_map_iter(taken).collect()
    }

    fn scores_of<'a, 'c: 'a>(
        &self,
        accounts: impl Iterator<Item = &'a Account<'c>>,
        reasons: usize,
        parts: &mut Parts,
    ) -> Vec<Score> {
        let facts: Vec<Facts<'_>> = accounts.map(|account| self.facts(account)).collect();
        let mut scores = Vec::with_capacity(facts.len());
        self.score_each(&facts, reasons, parts, |at, mut score, parts| {
            score.reasons = parts.strongest().iter().map(|part| self.reason(part, &facts[at])).collect();
            scores.push(score);
        });
        scores
    }

    /// Like [`Scorer::score`], with a buffer to be used again for the next account.
    pub fn score_with(&self, account: &Account<'_>, reasons: usize, parts: &mut Parts) -> Score {
        let (mut score, facts) = self.score_in_parts(account, reasons, parts);
        score.reasons = parts.first().strongest().iter().map(|part| self.reason(part, &facts)).collect();
        score
    }

    /// Like [`Scorer::score_with`], but the reasons stay parts ([`Parts::first`]), for
    /// [`Scorer::reason`] or [`Scorer::write_words`]: a caller that writes them out needs no text of its own for each.
    #[inline]
    pub fn score_in_parts<'a>(
        &self,
        account: &'a Account<'a>,
        reasons: usize,
        parts: &mut Parts,
    ) -> (Score, Facts<'a>) {
        let facts = self.facts(account);
        let weighed = self.weigh([&facts; LANES], 1, reasons, parts);
        (self.score_of(&weighed, 0, &facts), facts)
    }

    /// What a score is made of.
    #[inline(always)]
    pub(crate) fn facts<'a>(&self, account: &'a Account<'a>) -> Facts<'a> {
        Facts::of(account, self.groups)
    }

    /// Scores accounts of which the facts are known, several side by side, which takes little longer than one by itself. `each`
    /// is given the place of an account, its score without the reasons, and all parts of it.
    pub(crate) fn score_each(
        &self,
        facts: &[Facts<'_>],
        reasons: usize,
        parts: &mut Parts,
        mut each: impl FnMut(usize, Score, PartsOf<'_>),
    ) {
        for (block, facts) in facts.chunks(LANES).enumerate() {
            // Lanes that are left over weigh the last account again.
            let lanes = std::array::from_fn(|lane| &facts[lane.min(facts.len() - 1)]);
            let weighed = self.weigh(lanes, facts.len(), reasons, parts);
            for (lane, facts) in facts.iter().enumerate() {
                each(block * LANES + lane, self.score_of(&weighed, lane, facts), parts.of(lane));
            }
        }
    }

    /// Weighs accounts side by side, of which the first `accounts` count.
    fn weigh(
        &self,
        facts: [&Facts<'_>; LANES],
        accounts: usize,
        reasons: usize,
        parts: &mut Parts,
    ) -> Weighed {
        self.plan.fill(facts, &mut parts.table);
        let Parts { table, found, listed, pairs } = parts;
        pairs.iter_mut().for_each(Vec::clear);
        // Where all parts are sorted anyway, none is listed on the way.
        let sorted = !self.pairs.is_empty() || !Lanes::lists(reasons);
        let on_the_way = if sorted { 0 } else { reasons };
        let mut sums = self.lanes.weigh(table, self.intercept, on_the_way, found, &mut listed[..accounts]);
        if sorted {
            for (lane, logit) in sums.logit.iter_mut().enumerate().take(accounts) {
                *logit = self.add_pairs(lane, *logit, parts);
                parts.list_strongest(lane, reasons);
            }
        }
        Weighed { p_bot: self.lanes.sigmoid(sums.logit), sums }
    }

    /// The score of one of the accounts that were weighed.
    #[inline]
    fn score_of(&self, weighed: &Weighed, lane: usize, facts: &Facts<'_>) -> Score {
        let Weighed { sums, p_bot } = weighed;
        let (p_bot, logit, known) = (p_bot[lane], sums.logit[lane], sums.known[lane] as usize);
        let evident = self.evidence.is_some_and(|feature| feature.value(facts) == Some(1.0));
        let support = self.support(known, sums.beyond[lane] as usize);
        Score {
            p_bot,
            logit,
            band: self.band(p_bot, known, support, evident),
            evident,
            support,
            features_known: known,
            features_missing: self.terms.len() - known,
            reasons: Vec::new(),
        }
    }

    /// The support of an account with so many known features, whose values lie beyond so many cuts.
    #[inline]
    fn support(&self, known: usize, beyond: usize) -> Option<f64> {
        if known == 0 {
            return None;
        }
        match self.supports.get(known).and_then(|supports| supports.get(beyond)) {
            Some(support) => Some(*support),
            None => Some(self.model.support.as_ref()?.of(POINTS * beyond as f64, known)),
        }
    }

    /// Adds to the logit of an account what pairs say beside their features; each is put among its parts.
    #[cold]
    fn add_pairs(&self, lane: usize, mut logit: f64, parts: &mut Parts) -> f64 {
        let factor = self.model.calibration.slope;
        for (at, (pair, terms)) in self.model.pairs.iter().zip(&self.pairs).enumerate() {
            let of = parts.of(lane);
            if let (Some(value), Some(second)) = (of.value(terms[0]), of.value(terms[1])) {
                let contribution = factor * pair.log_odds(value, second);
                logit += contribution;
                let term = self.terms.len() + at;
                parts.pairs[lane].push(Part { term, value, second, contribution });
            }
        }
        logit
    }

    /// A part as a reason.
    pub fn reason(&self, part: &Part, facts: &Facts<'_>) -> Reason {
        let mut fact = String::new();
        self.write_fact(part, facts, &mut fact);
        let feature = match self.terms.get(part.term) {
            Some(term) => term.feature.name.into(),
            None => self.model.pairs[part.term - self.terms.len()].label().into(),
        };
        Reason { feature, value: part.value, contribution: part.contribution, fact }
    }

    /// Adds [`Reason::words`] of a part to a text.
    pub fn write_words(&self, part: &Part, facts: &Facts<'_>, out: &mut String) {
        self.write_fact(part, facts, out);
        out.push_str(speaks_for(part.contribution));
    }

    /// Writes [`Reason::words`] of a part as a cell, and the comma behind it; gives the place behind them. `None` for the few that
    /// only [`Scorer::write_words`] can write.
    #[inline(always)]
    pub(crate) fn write_cell(
        &self,
        part: &Part,
        facts: &Facts<'_>,
        quotes: Quotes,
        at: usize,
        room: &mut Room,
    ) -> Option<usize> {
        const BOTS: [Piece; 2] = ends([": more usual for bots,", ": more usual for bots\","]);
        const PEOPLE: [Piece; 2] = ends([": more usual for people,", ": more usual for people\","]);
        let behind = if part.contribution > 0.0 { &BOTS } else { &PEOPLE };
        self.terms.get(part.term)?.words.write_cell(part.value, facts, quotes, behind, at, room)
    }

    /// Writes a reason as a JSON object has it, up to its value: the words and the name of the feature. `None` where only
    /// [`Scorer::reason`] can write it.
    #[inline(never)]
    pub(crate) fn write_json(
        &self,
        part: &Part,
        facts: &Facts<'_>,
        at: usize,
        room: &mut Room,
    ) -> Option<usize> {
        let at = self.write_cell(part, facts, Quotes::Always, at, room)?;
        self.terms.get(part.term)?.words.write_name(at, room)
    }

    fn write_fact(&self, part: &Part, facts: &Facts<'_>, out: &mut String) {
        match self.terms.get(part.term) {
            Some(term) => term.words.write(part.value, facts, out),
            None => {
                let [first, second] = self.pairs[part.term - self.terms.len()];
                self.terms[first].words.write(part.value, facts, out);
                out.push_str(" and ");
                self.terms[second].words.write(part.second, facts, out);
                out.push_str(", together");
            }
        }
    }
}

/// The ends of a cell without quotes and of one in quotes.
const fn ends([plain, quoted]: [&str; 2]) -> [Piece; 2] {
    [Piece::of(plain).unwrap(), Piece::of(quoted).unwrap()]
}

#[cfg(test)]
mod by_hand;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{close, small_model};

    fn account() -> Account<'static> {
        Account {
            handle: Some("x9q8z7w6v5u4t3s2".into()),
            bio: Some("free free free win money crypto follow back".into()),
            followers: Some(3_000_000),
            following: Some(2_999_999),
            posts: Some(0),
            likes_given: Some(5_000_000),
            listed: Some(0),
            ..Account::default()
        }
    }

    #[test]
    fn a_score_is_what_the_model_file_says_of_each_feature() {
        let scorer = Scorer::embedded().unwrap();
        let (account, model) = (account(), Model::embedded().unwrap());
        let facts = Facts::of(&account, Groups::ALL);
        let value = |name: &String| features::find(name).unwrap().value(&facts);
        let score = scorer.score(&account, usize::MAX);
        let odds: f64 =
            model.features.iter().filter_map(|curve| Some(curve.log_odds(value(&curve.feature)?))).sum();
        // Platt's line, moved from the share of bots it was learnt at to an even one, and to that of the model.
        let line = &model.calibration;
        let learnt_at = (line.at_prevalence / (1.0 - line.at_prevalence)).ln();
        let even = line.intercept + line.slope * (model.intercept + odds) - learnt_at;
        let logit = even + (model.prevalence / (1.0 - model.prevalence)).ln();
        assert!((score.logit - logit).abs() < 1e-9, "{} {logit}", score.logit);
        assert!((score.p_bot - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-12);
        let known = model.features.iter().filter(|curve| value(&curve.feature).is_some()).count();
        assert_eq!((score.features_known, score.features_missing), (known, model.features.len() - known));
        assert!(known > 0 && known < model.features.len());
        let even_scorer = scorer.at_prevalence(0.5);
        assert!((even_scorer.score(&account, 0).logit - even).abs() < 1e-9);
        assert!((score.logit + scorer.to_even() - even).abs() < 1e-9);
    }

    #[test]
    fn support_counts_every_tail_a_value_lies_in() {
        let scorer = Scorer::embedded().unwrap();
        let (account, model) = (account(), Model::embedded().unwrap());
        let facts = Facts::of(&account, Groups::ALL);
        let support = model.support.unwrap();
        let (mut points, mut known) = (0.0, 0);
        for tails in &support.tails {
            let Some(value) = features::find(&tails.feature).unwrap().value(&facts) else { continue };
            known += 1;
            let below = tails.low.iter().filter(|cut| value < **cut).count();
            let above = tails.high.iter().filter(|cut| value > **cut).count();
            points += 0.5 * (below + above) as f64;
        }
        assert!(points > 0.0);
        let found = scorer.score(&account, 0);
        assert_eq!(found.support, Some(support.of(points, known)));
        assert!(found.unlike_training(), "{:?}", found.support);
        assert_eq!(scorer.score(&Account::default(), 0).support, None, "nothing is known of it");
    }

    #[test]
    fn an_account_is_unlike_training_below_the_least_support() {
        let score = Scorer::embedded().unwrap().score(&Account::default(), 0);
        for (support, unlike) in
            [(Some(0.0049), true), (Some(0.005), false), (Some(0.9), false), (None, false)]
        {
            assert_eq!(Score { support, ..score.clone() }.unlike_training(), unlike, "{support:?}");
        }
    }

    #[test]
    fn a_slice_and_an_iterator_are_scored_as_one_account_is() {
        fn shared_between_threads<T: Send + Sync>(_: &T) {}
        let scorer = Scorer::embedded().unwrap();
        shared_between_threads(&scorer);
        let accounts: Vec<Account<'_>> =
            (0..2_000).map(|n| Account { followers: Some(n * n), posts: Some(n % 7), ..account() }).collect();
        let one_by_one: Vec<Score> = accounts.iter().map(|account| scorer.score(account, 3)).collect();
        assert_ne!(one_by_one[0], one_by_one[1_999]);
        assert_eq!(scorer.score_slice(&accounts, 3), one_by_one);
        assert_eq!(scorer.scores(&accounts, 3).collect::<Vec<_>>(), one_by_one);
        assert_eq!(scorer.scores(accounts, 3).collect::<Vec<_>>(), one_by_one);
    }

    #[test]
    fn the_small_model_scored_by_hand_with_its_pair() {
        let account = Account { followers: Some(50), following: Some(150), ..Account::default() };
        let scorer = Scorer::new(small_model(), Some(0.5));
        let score = scorer.score(&account, 9);
        // Twice each weight, of the pair too, on an intercept of 2 * -0.25 + 0.5.
        close(score.logit, 2.0 * (0.5 + 0.4 + 0.625 - 0.3));
        assert_eq!((score.features_known, score.features_missing), (3, 0));
        let reasons: Vec<(&str, f64)> = score.reasons.iter().map(|r| (&r.feature[..], r.value)).collect();
        assert_eq!(
            reasons,
            [
                ("reputation", 0.25),
                ("followers_count", 50.0),
                ("friends_count", 150.0),
                ("followers_count x friends_count", 50.0)
            ]
        );
        for (reason, contribution) in score.reasons.iter().zip([1.25, 1.0, 0.8, -0.6]) {
            close(reason.contribution, contribution);
        }
        let last = "50 followers and follows 150 accounts, together: more usual for people";
        assert_eq!(score.reasons[3].words(), last);
        let half = scorer.score(&Account { following: None, ..account }, 9);
        close(half.logit, 2.0 * 0.5);
        assert_eq!((half.features_known, half.features_missing, half.reasons.len()), (1, 2, 1));
    }

    #[test]
    fn parts_tell_nothing_of_the_accounts_before() {
        let account = account();
        let (with_pairs, without) = (Scorer::new(small_model(), None), Scorer::embedded().unwrap());
        let mut parts = Parts::default();
        let of_fresh = |scorer: &Scorer| {
            let mut parts = Parts::default();
            scorer.score_with(&account, 3, &mut parts);
            format!("{:?}", parts.first().all().collect::<Vec<_>>())
        };
        for scorer in [&with_pairs, &without, &with_pairs] {
            let few = Account { followers: None, ..account.clone() };
            scorer.score_with(&few, 9, &mut parts);
            scorer.score_with(&account, 3, &mut parts);
            assert_eq!(format!("{:?}", parts.first().all().collect::<Vec<_>>()), of_fresh(scorer));
        }
    }

    #[test]
    fn a_score_moved_to_another_share_of_bots_is_the_score_there() {
        let account = Account { followers: Some(50), following: Some(150), ..Account::default() };
        let from = Scorer::new(small_model(), Some(0.1));
        assert_eq!(from.prevalence(), 0.1);
        for prevalence in [0.5, 0.01] {
            let to = from.at_prevalence(prevalence);
            let (mut moved, right) = (from.score(&account, 2), to.score(&account, 2));
            to.moved(&from, &mut moved);
            close(moved.logit, right.logit);
            close(moved.p_bot, right.p_bot);
            assert_eq!((moved.band, moved.reasons), (right.band, right.reasons), "{prevalence}");
        }
        assert_eq!(from.score(&account, 0).band, Band::Look);
        assert_eq!(from.at_prevalence(0.5).score(&account, 0).band, Band::Spam);
    }

    #[test]
    fn nobody_unlike_the_training_accounts_is_called_spam() {
        let scorer = Scorer::new(small_model(), None);
        let band = |support| scorer.band(0.9, 3, support, false);
        assert_eq!((band(Some(0.004)), band(Some(0.005)), band(None)), (Band::Look, Band::Spam, Band::Spam));
        assert_eq!(scorer.band(0.01, 3, Some(0.004), false), Band::Genuine);
    }
}
