//! Bands by promise, and whether the promise holds where it was not made: ends chosen without a family of sources,
//! measured on it.
//!
//! The ends of a source's bands come from the other families only: their held-out scores come from fits that saw
//! neither family ([`nested_scores`]), their calibration from families other than both. Nothing of the source has a
//! part in what it is measured by.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;
use serde::Serialize;

use super::bootstrap::{Bootstrap, Interval, bootstrap};
use super::error::{EvaluateError, open_share};
use super::hold_out::{HoldOutError, calibration_without};
use super::predictions::Predictions;
use super::prevalence::{at_prevalence, precision_at_prevalence};
use crate::model::{
    Accounts, BandPolicy, Bands, Fold, Recipe, Samples, TrainError, fit_recipe, held_out_rows, sigmoid,
};

/// Two things that bands can promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// `p_bot` from the end on: a share of bots is promised.
    Spam,
    /// `p_bot` up to the end: a share of people is promised.
    Genuine,
}

/// What is promised and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Policy {
    /// The promised shares, and the least number of known features.
    #[serde(flatten)]
    pub bands: BandPolicy,
    /// Share of the sources with accounts in the band on which the promise must not be refuted by its interval.
    pub hold_on: f64,
    /// A band with fewer accounts than this, or from one of several families, is too little to promise anything.
    pub least_accounts: usize,
}

impl Policy {
    /// The promise must hold on eight of ten sources, with 50 accounts to show for it.
    pub fn new(bands: BandPolicy) -> Policy {
        Policy { bands, hold_on: 0.8, least_accounts: 50 }
    }

    fn promised(&self, side: Side) -> f64 {
        match side {
            Side::Spam => self.bands.spam_precision,
            Side::Genuine => self.bands.genuine_purity,
        }
    }
}

/// One account on the way into a band.
#[derive(Clone, Copy, Debug)]
pub struct ScoredAccount {
    /// Calibrated probability at the prevalence in force.
    pub p_bot: f64,
    /// Is it a bot?
    pub bot: bool,
    /// Are enough of its features known?
    pub enough: bool,
    /// May it stand in the spam band, if its probability says so?
    pub may_be_spam: bool,
}

/// Scores of one source: calibrated probabilities at the prevalence in force.
#[derive(Clone, Debug, Default)]
pub struct SourceScores {
    /// The source.
    pub source: String,
    /// Sources of one family count as one.
    pub family: String,
    bots: Vec<f64>,
    people: Vec<f64>,
    /// Of these, the ones that may stand in the spam band.
    spam_bots: Vec<f64>,
    spam_people: Vec<f64>,
    pending_bots: usize,
    pending_people: usize,
}

impl SourceScores {
    /// Scores of one source.
    pub fn new(source: &str, family: &str, rows: impl IntoIterator<Item = ScoredAccount>) -> SourceScores {
        let mut scores =
            SourceScores { source: source.into(), family: family.into(), ..SourceScores::default() };
        for row in rows {
            match (row.bot, row.enough) {
                (true, true) => scores.bots.push(row.p_bot),
                (false, true) => scores.people.push(row.p_bot),
                (true, false) => scores.pending_bots += 1,
                (false, false) => scores.pending_people += 1,
            }
            if row.enough && row.may_be_spam {
                (if row.bot { &mut scores.spam_bots } else { &mut scores.spam_people }).push(row.p_bot);
            }
        }
        for sorted in [&mut scores.bots, &mut scores.people, &mut scores.spam_bots, &mut scores.spam_people] {
            sorted.sort_unstable_by(f64::total_cmp);
        }
        scores
    }

    /// Bots, people: those that are pending too.
    fn totals(&self) -> (usize, usize) {
        (self.bots.len() + self.pending_bots, self.people.len() + self.pending_people)
    }

    /// Bots and people on a side of an end.
    fn inside(&self, side: Side, end: f64) -> (usize, usize) {
        let from = |p: &[f64]| p.len() - p.partition_point(|p| *p < end);
        let up_to = |p: &[f64]| p.partition_point(|p| *p <= end);
        match side {
            Side::Spam => (from(&self.spam_bots), from(&self.spam_people)),
            Side::Genuine => (up_to(&self.bots), up_to(&self.people)),
        }
    }
}

/// Bots and people of one source in one band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Inside {
    /// Bots in it.
    pub bots: usize,
    /// People in it.
    pub people: usize,
    /// Share of what the band promises (bots in spam and look, people in genuine) at the stated prevalence; `None` for an empty band.
    pub share: Option<f64>,
    /// Lower end of its 95 % interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Is the promise within the interval, or kept outright? `None` for an empty band, or one that promises nothing.
    pub holds: Option<bool>,
}

/// Share of hits among the accounts in a band where hits are `prior` of all accounts, from `x1` of `n1` hits and `x0`
/// of `n0` misses in it, with a 95 % interval: `(share, lo, hi)`. `None` where nothing is in the band or a class has no
/// account at all.
///
/// The interval is Mercaldo, Lau & Zhou's logit interval for predictive values of case-control data (2007, *Statistics
/// in Medicine* 26: 2170); half an account is added to each cell where one is empty, and the ends always hold the
/// share itself.
pub fn share_at_prior(x1: usize, n1: usize, x0: usize, n0: usize, prior: f64) -> Option<(f64, f64, f64)> {
    if x1 + x0 == 0 || n1 == 0 || n0 == 0 {
        return None;
    }
    let of = |hit: f64, miss: f64| prior * hit / (prior * hit + (1.0 - prior) * miss);
    let share = of(x1 as f64 / n1 as f64, x0 as f64 / n0 as f64);
    let whole = |x: usize, n: usize| x == 0 || x == n;
    let extra = if whole(x1, n1) || whole(x0, n0) { 0.5 } else { 0.0 };
    let rate = |x: usize, n: usize| (x as f64 + extra) / (n as f64 + 2.0 * extra);
    let (hit, miss) = (rate(x1, n1), rate(x0, n0));
    let variance = (1.0 - hit) / (x1 as f64 + extra) + (1.0 - miss) / (x0 as f64 + extra);
    let centre = (prior * hit / ((1.0 - prior) * miss)).ln();
    let half = 1.959_963_984_540_054 * variance.sqrt();
    Some((share, sigmoid(centre - half).min(share), sigmoid(centre + half).max(share)))
}

/// The rates at which bots and people fall into a band, every family the same whatever its size.
fn pooled_rates(sources: &[SourceScores], inside: impl Fn(&SourceScores) -> (usize, usize)) -> (f64, f64) {
    let mut rates = [(0.0, 0.0); 2];
    for (source, weights) in sources.iter().zip(source_weights(sources)) {
        let (bots, people) = inside(source);
        let (all_bots, all_people) = source.totals();
        for (at, (x, n)) in [(bots, all_bots), (people, all_people)].into_iter().enumerate() {
            if n > 0 {
                rates[at].0 += weights[at] * x as f64 / n as f64;
                rates[at].1 += weights[at];
            }
        }
    }
    let rate = |(sum, weight): (f64, f64)| if weight > 0.0 { sum / weight } else { 0.0 };
    (rate(rates[0]), rate(rates[1]))
}

/// Weights of the bots and of the people of each source, as [`family_weights`](crate::model::family_weights) has them.
fn source_weights(sources: &[SourceScores]) -> Vec<[f64; 2]> {
    let mut members: BTreeMap<&str, f64> = BTreeMap::new();
    for source in sources {
        *members.entry(&source.family).or_default() += 1.0;
    }
    let full = |n: usize| (n as f64 / 100.0).min(1.0);
    sources
        .iter()
        .map(|s| {
            let (bots, people) = s.totals();
            [full(bots) / members[s.family.as_str()], full(people) / members[s.family.as_str()]]
        })
        .collect()
}

/// Where a band begins or ends, or why it is off.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct End {
    /// Which band.
    pub side: Side,
    /// The end; `None` where the band is off.
    pub p_bot: Option<f64>,
    /// How it was chosen, or why it is off.
    pub why: String,
}

/// Ends have four decimals.
const STEPS: u32 = 10_000;

/// The widest band of one side that keeps its promise on these sources: pooled, every family the same, and not refuted
/// on more of them than the policy allows.
pub fn choose_end(sources: &[SourceScores], side: Side, policy: &Policy, prevalence: f64) -> End {
    let promised = policy.promised(side);
    let families: HashSet<&str> = sources.iter().map(|s| s.family.as_str()).collect();
    let mut best: Option<(f64, f64, Vec<&str>)> = None;
    let mut enough_anywhere = false;
    for step in 0..=STEPS {
        // From the widest band to the narrowest.
        let end = f64::from(if side == Side::Spam { step } else { STEPS - step }) / f64::from(STEPS);
        // Two witnesses: the evidence, and a score that does not speak for a person.
        if side == Side::Spam && policy.bands.spam_needs_evidence && end < prevalence {
            continue;
        }
        let Some(at) = judge(sources, side, end, policy, prevalence) else { continue };
        if at.accounts < policy.least_accounts || (families.len() > 1 && at.families < 2) {
            continue;
        }
        enough_anywhere = true;
        let refuted_allowed = ((1.0 - policy.hold_on) * at.filled as f64 + 1e-9).floor() as usize;
        if at.share >= promised && at.refuted.len() <= refuted_allowed {
            let why = format!(
                "the widest band with {:.1} % {} in the pool and the promise not refuted on {} of the {} sources that \
                 have accounts in it",
                at.share * 100.0,
                side.hits(),
                at.filled - at.refuted.len(),
                at.filled
            );
            return End { side, p_bot: Some(end), why };
        }
        if best.as_ref().is_none_or(|(share, _, refuted)| {
            (at.share.min(promised), refuted.len()) > (share.min(promised), at.refuted.len())
        }) {
            best = Some((at.share, end, at.refuted));
        }
    }
    let why = match best {
        Some((share, end, refuted)) if share >= promised => format!(
            "off: {} p_bot {end} the pool has {:.1} % {}, but the promise of {:.0} % is refuted on {}",
            side.from(),
            share * 100.0,
            side.hits(),
            promised * 100.0,
            refuted.join(", ")
        ),
        Some((share, end, _)) => format!(
            "off: {:.0} % {} cannot be reached; the best is {:.1} %, {} p_bot {end}",
            promised * 100.0,
            side.hits(),
            share * 100.0,
            side.from()
        ),
        None => format!(
            "off: no end has {} accounts{} to judge a promise by{}",
            policy.least_accounts,
            if families.len() > 1 { " from two families" } else { "" },
            if enough_anywhere { " that reach it" } else { "" }
        ),
    };
    End { side, p_bot: None, why }
}

/// What a band with this end would hold.
struct Judged<'s> {
    share: f64,
    accounts: usize,
    families: usize,
    filled: usize,
    refuted: Vec<&'s str>,
}

fn judge<'s>(
    sources: &'s [SourceScores],
    side: Side,
    end: f64,
    policy: &Policy,
    prevalence: f64,
) -> Option<Judged<'s>> {
    let (bots, people) = pooled_rates(sources, |source| source.inside(side, end));
    let share = side.share(bots, people, prevalence)?;
    let mut judged = Judged { share, accounts: 0, families: 0, filled: 0, refuted: Vec::new() };
    let mut families = HashSet::new();
    for source in sources {
        let inside = band_of_source(source, side, source.inside(side, end), policy, prevalence);
        if inside.bots + inside.people == 0 {
            continue;
        }
        judged.accounts += inside.bots + inside.people;
        families.insert(&source.family);
        judged.filled += usize::from(inside.holds.is_some());
        if inside.holds == Some(false) {
            judged.refuted.push(&source.source);
        }
    }
    judged.families = families.len();
    Some(judged)
}

fn band_of_source(
    source: &SourceScores,
    side: Side,
    (bots, people): (usize, usize),
    policy: &Policy,
    prevalence: f64,
) -> Inside {
    let (all_bots, all_people) = source.totals();
    let shares = match side {
        Side::Spam => share_at_prior(bots, all_bots, people, all_people, prevalence),
        Side::Genuine => share_at_prior(people, all_people, bots, all_bots, 1.0 - prevalence),
    };
    Inside {
        bots,
        people,
        share: shares.map(|s| s.0),
        lo: shares.map(|s| s.1),
        hi: shares.map(|s| s.2),
        holds: shares.map(|(_, _, hi)| hi >= policy.promised(side)),
    }
}

impl Side {
    /// What the band promises.
    pub fn hits(self) -> &'static str {
        match self {
            Side::Spam => "bots",
            Side::Genuine => "people",
        }
    }

    fn from(self) -> &'static str {
        match self {
            Side::Spam => "from",
            Side::Genuine => "up to",
        }
    }

    /// Share of hits at a prevalence of bots, from the rates of bots and people in the band.
    fn share(self, bots: f64, people: f64, prevalence: f64) -> Option<f64> {
        match self {
            Side::Spam => precision_at_prevalence(bots, people, prevalence),
            Side::Genuine => precision_at_prevalence(people, bots, 1.0 - prevalence),
        }
    }
}

/// Both ends; genuine gives way where the bands would cross.
fn choose_ends(sources: &[SourceScores], policy: &Policy, prevalence: f64) -> [End; 2] {
    let spam = choose_end(sources, Side::Spam, policy, prevalence);
    let mut genuine = choose_end(sources, Side::Genuine, policy, prevalence);
    if let (Some(from), Some(to)) = (spam.p_bot, genuine.p_bot)
        && to >= from
    {
        genuine = End {
            p_bot: None,
            why: format!("off: it would reach up to p_bot {to}, where spam has begun"),
            ..genuine
        };
    }
    [spam, genuine]
}

/// One source, by the ends that the other families gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourcePromise {
    /// The source.
    pub source: String,
    /// Its family, which had no part in the ends.
    pub family: String,
    /// Its bots.
    pub bots: usize,
    /// Its people.
    pub people: usize,
    /// Where spam began for it.
    pub spam_from: Option<f64>,
    /// Where genuine ended for it.
    pub genuine_up_to: Option<f64>,
    /// What lay in its spam band.
    pub spam: Inside,
    /// What lay between.
    pub look: Inside,
    /// What lay in its genuine band.
    pub genuine: Inside,
    /// Its bots and people with too little known.
    pub pending: Inside,
}

/// What a band turned out to hold out of source, all families together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandPromise {
    /// `genuine`, `look`, `spam` or `pending`.
    pub band: &'static str,
    /// Accounts in it.
    pub accounts: usize,
    /// Families that they are of; of one alone no interval can be had.
    pub families: usize,
    /// Share of bots among the accounts in it at the stated prevalence, with an interval from drawing families.
    pub bots_in_it: Interval,
    /// Share of all bots that fall into it.
    pub of_all_bots: Interval,
    /// Share of all people that fall into it.
    pub of_all_people: Interval,
}

/// On how many sources a promise held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Kept {
    /// Sources on which it held within its interval.
    pub holds: usize,
    /// Sources with accounts in the band.
    pub of: usize,
    /// Sources with none: nothing was promised there.
    pub empty: usize,
}

/// Bands, what they promise, and how that held where it was not made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PromiseTable {
    /// Share of bots.
    pub prevalence: f64,
    /// What was promised.
    pub policy: Policy,
    /// How the scores behind the ends came about, in words.
    pub how: String,
    /// The ends from all sources: spam, genuine.
    pub ends: Vec<End>,
    /// What bands hold with ends of the other families.
    pub bands: Vec<BandPromise>,
    /// On how many sources the promise of the spam band held.
    pub spam_kept: Kept,
    /// On how many sources the promise of the genuine band held.
    pub genuine_kept: Kept,
    /// A row a source.
    pub sources: Vec<SourcePromise>,
}

/// Makes the table.
///
/// `all` are held-out scores of all sources, for the ends that are to be used. `without` gives, for each family, the
/// scores of the others as they are without it, to choose its ends on, and its own.
///
/// # Errors
/// Where a share is none, or there are no sources.
pub fn promise_table(
    all: &[SourceScores],
    without: &[(Vec<SourceScores>, Vec<SourceScores>)],
    policy: &Policy,
    prevalence: f64,
    replicates: &Bootstrap,
    how: &str,
) -> Result<PromiseTable, EvaluateError> {
    open_share("the prevalence", prevalence)?;
    open_share("the promised precision of spam", policy.bands.spam_precision)?;
    open_share("the promised purity of genuine", policy.bands.genuine_purity)?;
    let mut sources = Vec::new();
    let mut cells = Vec::new();
    for (family, (others, own)) in without.iter().enumerate() {
        let [spam, genuine] = choose_ends(others, policy, prevalence);
        let weights = source_weights(own);
        for (source, weights) in own.iter().zip(weights) {
            let row = one_source(source, spam.p_bot, genuine.p_bot, policy, prevalence);
            for (score, inside) in
                [(GENUINE, &row.genuine), (PENDING, &row.pending), (LOOK, &row.look), (SPAM, &row.spam)]
            {
                for (bot, x, n, weight) in [
                    (true, inside.bots, row.bots, weights[0]),
                    (false, inside.people, row.people, weights[1]),
                ] {
                    if x > 0 {
                        cells.push(Cell {
                            score,
                            bot,
                            weight: weight * x as f64 / n as f64,
                            family: family as u64,
                            rows: x,
                        });
                    }
                }
            }
            sources.push(row);
        }
    }
    let kept = |side: fn(&SourcePromise) -> &Inside| {
        let mut kept = Kept::default();
        for inside in sources.iter().map(side) {
            match inside.holds {
                Some(holds) => {
                    kept.of += 1;
                    kept.holds += usize::from(holds);
                }
                None => kept.empty += 1,
            }
        }
        kept
    };
    Ok(PromiseTable {
        prevalence,
        policy: *policy,
        how: how.to_string(),
        ends: choose_ends(all, policy, prevalence).into(),
        bands: bands(&cells, prevalence, replicates)?,
        spam_kept: kept(|s| &s.spam),
        genuine_kept: kept(|s| &s.genuine),
        sources,
    })
}

fn one_source(
    source: &SourceScores,
    spam_from: Option<f64>,
    genuine_up_to: Option<f64>,
    policy: &Policy,
    prevalence: f64,
) -> SourcePromise {
    let (bots, people) = source.totals();
    let inside = |side: Side, end: Option<f64>| match end {
        Some(end) => band_of_source(source, side, source.inside(side, end), policy, prevalence),
        None => Inside::default(),
    };
    let (spam, genuine) = (inside(Side::Spam, spam_from), inside(Side::Genuine, genuine_up_to));
    let between =
        (source.bots.len() - spam.bots - genuine.bots, source.people.len() - spam.people - genuine.people);
    let unpromised = |bots_people| Inside {
        holds: None,
        ..band_of_source(source, Side::Spam, bots_people, policy, prevalence)
    };
    SourcePromise {
        source: source.source.clone(),
        family: source.family.clone(),
        bots,
        people,
        spam_from,
        genuine_up_to,
        spam,
        look: unpromised(between),
        genuine,
        pending: unpromised((source.pending_bots, source.pending_people)),
    }
}

/// Bands as scores, so that the bootstrap of everything else serves here too.
const GENUINE: f64 = 0.0;
const PENDING: f64 = 0.25;
const LOOK: f64 = 0.5;
const SPAM: f64 = 1.0;

/// Accounts of one class of one source in one band.
struct Cell {
    /// The band.
    score: f64,
    bot: bool,
    /// Their share of the class, times the weight of the source.
    weight: f64,
    family: u64,
    rows: usize,
}

/// Pools the cells (band, is a bot, weight, family); families are drawn whole, because accounts of one family say the
/// same thing again.
fn bands(cells: &[Cell], prevalence: f64, replicates: &Bootstrap) -> Result<Vec<BandPromise>, EvaluateError> {
    let scores: Vec<f64> = cells.iter().map(|cell| cell.score).collect();
    let labels: Vec<bool> = cells.iter().map(|cell| cell.bot).collect();
    let weights: Vec<f64> = cells.iter().map(|cell| cell.weight).collect();
    let families: Vec<u64> = cells.iter().map(|cell| cell.family).collect();
    let set = Predictions::new(&scores, &labels, Some(&weights))?;
    let names = [("genuine", GENUINE), ("look", LOOK), ("spam", SPAM), ("pending", PENDING)];
    let intervals = bootstrap(&set, Some(&families), replicates, |set| {
        let mut values = Vec::new();
        let shifted = at_prevalence(set, prevalence).ok();
        for (_, score) in names {
            let Some(set) = &shifted else {
                values.extend([None; 3]);
                continue;
            };
            let (mut inside, mut all) = ([0.0; 2], [0.0; 2]);
            for rank in 0..set.n() {
                let class = usize::from(set.ranked_labels()[rank]);
                let weight = set.ranked_weight(rank);
                all[class] += weight;
                if set.ranked_scores()[rank] == score {
                    inside[class] += weight;
                }
            }
            let ratio = |x: f64, n: f64| (n > 0.0).then(|| x / n);
            values.extend([
                ratio(inside[1], inside[0] + inside[1]),
                ratio(inside[1], all[1]),
                ratio(inside[0], all[0]),
            ]);
        }
        values
    })?;
    Ok(names
        .iter()
        .zip(intervals.chunks_exact(3))
        .map(|((band, score), i)| {
            let own = || cells.iter().filter(|cell| cell.score == *score);
            BandPromise {
                band,
                accounts: own().map(|cell| cell.rows).sum(),
                families: own().map(|cell| cell.family).collect::<BTreeSet<_>>().len(),
                bots_in_it: i[0],
                of_all_bots: i[1],
                of_all_people: i[2],
            }
        })
        .collect())
}

/// Raw scores of the other families for each fold, from fits that saw neither the fold's family nor that of the row:
/// one vector a fold, one value a row of the samples; `None` for rows of the family itself and rows never held out.
///
/// # Errors
/// As [`fit_recipe`]; in particular where two families left out leave a class without rows.
pub fn nested_scores(
    samples: &Samples,
    folds: &[Fold],
    recipe: &Recipe,
    done: impl Fn(&str) + Sync,
) -> Result<Vec<Vec<Option<f64>>>, TrainError> {
    let pairs: Vec<(usize, usize)> =
        (0..folds.len()).flat_map(|a| (a + 1..folds.len()).map(move |b| (a, b))).collect();
    let parts: Vec<_> = pairs
        .par_iter()
        .map(|&(a, b)| {
            let held = Accounts::of(samples, folds[b].test.iter().copied());
            let without_both = |row: &usize| samples.family(*row) != folds[b].family && !held.have(*row);
            let train: Vec<usize> = folds[a].train.iter().copied().filter(without_both).collect();
            let fitted = fit_recipe(samples, &train, recipe)?;
            done(&format!("{} and {}", folds[a].family, folds[b].family));
            let score = |rows: &[usize]| -> Vec<(usize, f64)> {
                rows.iter().map(|&row| (row, fitted.raw(samples, row))).collect()
            };
            // The rows of the one are what the other's ends are chosen on.
            Ok([(a, score(&folds[b].test)), (b, score(&folds[a].test))])
        })
        .collect::<Result<_, TrainError>>()?;
    let mut nested = vec![vec![None; samples.len()]; folds.len()];
    for (fold, scores) in parts.into_iter().flatten() {
        for (row, raw) in scores {
            nested[fold][row] = Some(raw);
        }
    }
    Ok(nested)
}

/// The table of a manifest's samples.
///
/// `raw` are the held-out scores ([`crate::model::out_of_source`]); `nested` are [`nested_scores`], or, without them, the
/// held-out scores themselves: the fits behind the ends of a family then saw its rows, though its calibration and ends
/// did not.
///
/// # Errors
/// As [`promise_table`] and [`crate::model::Calibration::learn`].
#[allow(clippy::too_many_arguments)] // as `hold_out_table`, and what is promised
pub fn hold_out_promises(
    samples: &Samples,
    folds: &[Fold],
    raw: &[Option<f64>],
    nested: Option<&[Vec<Option<f64>>]>,
    recipe: &Recipe,
    policy: &Policy,
    prevalence: f64,
    replicates: &Bootstrap,
) -> Result<PromiseTable, HoldOutError> {
    let (rows, _) = held_out_rows(samples, raw);
    let calibrated = |rows: &[usize], learnt_on: &[usize], raw: &[Option<f64>], family: &str| {
        let calibration = calibration_without(samples, learnt_on, raw, family)?;
        let value = |row: usize| sigmoid(calibration.apply(raw[row].unwrap_or_default(), prevalence));
        let enough = |row: usize| {
            let known = recipe.features.iter().filter(|&&at| !samples.values[at].get(row).is_nan());
            known.count() >= policy.bands.min_features
        };
        let mut by_source: BTreeMap<usize, Vec<ScoredAccount>> = BTreeMap::new();
        for &row in rows {
            by_source.entry(samples.source[row]).or_default().push(ScoredAccount {
                p_bot: value(row),
                bot: samples.labels[row],
                enough: enough(row),
                may_be_spam: !policy.bands.spam_needs_evidence || samples.evident(row),
            });
        }
        let scores = by_source
            .into_iter()
            .map(|(source, rows)| SourceScores::new(&samples.sources[source].name, family, rows));
        Ok::<Vec<SourceScores>, HoldOutError>(scores.collect())
    };
    let of = |family: &str| -> Vec<usize> {
        rows.iter().copied().filter(|&row| samples.family(row) == family).collect()
    };
    let mut all = Vec::new();
    for fold in folds {
        all.extend(calibrated(&of(&fold.family), &rows, raw, &fold.family)?);
    }
    let mut without = Vec::new();
    for (at, fold) in folds.iter().enumerate() {
        let others: Vec<usize> =
            rows.iter().copied().filter(|&row| samples.family(row) != fold.family).collect();
        let scores = nested.map_or(raw, |nested| &nested[at]);
        let mut of_others = Vec::new();
        for other in folds.iter().filter(|other| other.family != fold.family) {
            of_others.extend(calibrated(&of(&other.family), &others, scores, &other.family)?);
        }
        // The family's own scores are those of the fit without it, calibrated on the others' nested scores.
        let own_rows = of(&fold.family);
        let mut own_raw = scores.to_vec();
        for &row in &own_rows {
            own_raw[row] = raw[row];
        }
        without.push((of_others, calibrated(&own_rows, &others, &own_raw, &fold.family)?));
    }
    let how = match nested {
        Some(_) => {
            "Ends and calibration of each source from the other families, by fits that saw neither family (nested)."
        }
        None => {
            "Ends and calibration of each source from the other families; the fits behind those families' scores had \
             seen it."
        }
    };
    Ok(promise_table(&all, &without, policy, prevalence, replicates, how)?)
}

impl PromiseTable {
    /// The bands to write into a model.
    pub fn to_bands(&self) -> Bands {
        let end = |side: Side| self.ends.iter().find(|end| end.side == side);
        let p = |side: Side| end(side).and_then(|end| end.p_bot);
        let why = |side: Side| end(side).map_or_else(String::new, |end| end.why.clone());
        Bands {
            genuine_up_to: p(Side::Genuine),
            spam_from: p(Side::Spam),
            min_features: self.policy.bands.min_features,
            spam_needs_evidence: self.policy.bands.spam_needs_evidence,
            chosen: format!(
                "on left-out sources for {:.0} % bots in spam and {:.0} % people in genuine where {:.0} % are bots: spam \
                 is {}; genuine is {}. With ends of the other sources the promise of spam held on {} of {} sources, that \
                 of genuine on {} of {}",
                self.policy.bands.spam_precision * 100.0,
                self.policy.bands.genuine_purity * 100.0,
                self.prevalence * 100.0,
                why(Side::Spam),
                why(Side::Genuine),
                self.spam_kept.holds,
                self.spam_kept.of,
                self.genuine_kept.holds,
                self.genuine_kept.of
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::assert_close;
    use crate::model::testing::{cells, column, recipe};
    use crate::model::{Calibration, family_weights, folds_by_family, out_of_source};

    fn policy(spam_precision: f64, genuine_purity: f64) -> Policy {
        Policy::new(BandPolicy { spam_precision, genuine_purity, min_features: 3, ..BandPolicy::default() })
    }

    fn account(p_bot: f64, bot: bool, enough: bool) -> ScoredAccount {
        ScoredAccount { p_bot, bot, enough, may_be_spam: true }
    }

    #[test]
    fn with_evidence_asked_for_only_accounts_that_show_it_can_be_spam() {
        let policy = |needs| {
            let bands = BandPolicy { spam_needs_evidence: needs, min_features: 3, ..BandPolicy::default() };
            Policy::new(bands)
        };
        // Bots and people score alike; every second bot and no person shows evidence.
        let rows = || {
            (0..400).map(|i| ScoredAccount {
                p_bot: 0.7,
                bot: i % 2 == 0,
                enough: true,
                may_be_spam: i % 4 == 0,
            })
        };
        let sources: Vec<SourceScores> = ["a", "b"].map(|name| SourceScores::new(name, name, rows())).into();
        let end = choose_end(&sources, Side::Spam, &policy(true), 0.1);
        assert_eq!(end.p_bot, Some(0.1), "where the score stops speaking for a person: {end:?}");
        let row = one_source(&sources[0], end.p_bot, None, &policy(true), 0.1);
        assert_eq!((row.spam.bots, row.spam.people, row.look.bots, row.look.people), (100, 0, 100, 200));
        assert_eq!(row.spam.holds, Some(true));
    }

    /// A source of 200 bots and 200 people, of which the upper `bots_high` bots and `people_high` people lie at 0.9.
    fn source(name: &str, bots_high: usize, people_high: usize) -> SourceScores {
        let rows = (0..200).flat_map(|i| {
            let p = |high: usize| if i < high { 0.9 } else { 0.1 };
            [account(p(bots_high), true, true), account(p(people_high), false, true)]
        });
        SourceScores::new(name, name, rows)
    }

    #[test]
    fn the_interval_is_the_logit_interval_of_mercaldo_and_others() {
        // By hand: ratio of rates 8, variance 0.2/80 + 0.9/10, logit of the share ln 8 +- 1.96 * 0.3041.
        let (share, lo, hi) = share_at_prior(80, 100, 10, 100, 0.5).unwrap();
        assert!((share - 8.0 / 9.0).abs() < 1e-12);
        assert!((lo - 0.8150).abs() < 1e-4 && (hi - 0.9356).abs() < 1e-4, "{lo} {hi}");
        let (share, lo, hi) = share_at_prior(3, 100, 0, 100, 0.1).unwrap();
        assert!(share == 1.0 && hi == 1.0 && lo < 0.3, "three bots prove little: {lo}");
        assert_eq!(share_at_prior(0, 100, 0, 100, 0.1), None);
        assert_eq!(share_at_prior(0, 0, 5, 100, 0.1), None);
    }

    #[test]
    fn a_promise_that_the_pool_keeps_and_sources_refute_is_off() {
        // At even shares 0.9 and up holds 100 bots to 2 people, but in two of five sources it is the other way round.
        let good = |name: &str| source(name, 180, 1);
        let all_good: Vec<SourceScores> = ["a", "b", "c", "d", "e"].map(good).into();
        let end = choose_end(&all_good, Side::Spam, &policy(0.8, 0.9), 0.5);
        assert!(end.p_bot.is_some_and(|p| p > 0.1 && p <= 0.9), "{end:?}");
        let mut mixed = all_good.clone();
        mixed[3] = source("d", 4, 20);
        let end = choose_end(&mixed, Side::Spam, &policy(0.8, 0.9), 0.5);
        assert!(end.p_bot.is_some(), "one of five may fail: {end:?}");
        mixed[4] = source("e", 4, 20);
        let end = choose_end(&mixed, Side::Spam, &policy(0.8, 0.9), 0.5);
        assert!(end.p_bot.is_none() && end.why.contains("refuted on d, e"), "{end:?}");
        let pool_alone = Policy { hold_on: 0.0, ..policy(0.8, 0.9) };
        assert!(choose_end(&mixed, Side::Spam, &pool_alone, 0.5).p_bot.is_some());
    }

    #[test]
    fn what_is_out_of_reach_or_too_thin_is_off_and_says_so() {
        let sources: Vec<SourceScores> = ["a", "b"].map(|name| source(name, 100, 50)).into();
        let end = choose_end(&sources, Side::Spam, &policy(0.9, 0.9), 0.5);
        assert_eq!(end.p_bot, None);
        // Of all bands with 100 bots to 50 people, the widest is named.
        let why = "off: 90 % bots cannot be reached; the best is 66.7 %, from p_bot 0.1001";
        assert_eq!(end.why, why);
        // Up to below 0.9 are 150 people to 100 bots.
        let end = choose_end(&sources, Side::Genuine, &policy(0.9, 0.9), 0.5);
        assert_eq!(end.p_bot, None);
        assert_eq!(end.why, "off: 90 % people cannot be reached; the best is 60.0 %, up to p_bot 0.8999");
        let thin: Vec<SourceScores> = ["a", "b"].map(|name| source(name, 5, 0)).into();
        let end = choose_end(&thin, Side::Spam, &policy(0.9, 0.9), 0.5);
        assert!(end.p_bot.is_none() && end.why.contains("cannot be reached"), "{end:?}");
        let one_family = vec![source("a", 150, 0), source("b", 0, 0)];
        let end = choose_end(&one_family, Side::Spam, &policy(0.9, 0.9), 0.5);
        assert!(end.p_bot.is_none(), "one family bears out nothing: {end:?}");
    }

    #[test]
    fn every_account_falls_into_one_band_and_pending_ones_promise_nothing() {
        let rows = (0..100).flat_map(|i| [account(0.9, true, i > 10), account(0.1, false, i > 20)]);
        let one = SourceScores::new("a", "a", rows);
        let row = one_source(&one, Some(0.8), Some(0.2), &policy(0.8, 0.9), 0.5);
        assert_eq!((row.spam.bots, row.spam.people), (89, 0));
        assert_eq!((row.genuine.bots, row.genuine.people), (0, 79));
        assert_eq!((row.pending.bots, row.pending.people), (11, 21));
        assert_eq!((row.look.bots, row.look.people), (0, 0));
        assert_eq!((row.pending.holds, row.look.holds, row.spam.holds), (None, None, Some(true)));
    }

    #[test]
    fn half_an_account_is_added_where_a_cell_is_empty() {
        // 3 of 100 and 0 of 50, at a share of 0.2: by Mercaldo's formulas with half an account more in each cell.
        let (share, lo, hi) = share_at_prior(3, 100, 0, 50, 0.2).unwrap();
        let (hit, miss) = (3.5 / 101.0, 0.5 / 51.0);
        let variance: f64 = (1.0 - hit) / 3.5 + (1.0 - miss) / 0.5;
        let centre = f64::ln(0.2 * hit / (0.8 * miss));
        let end =
            |side: f64| 1.0 / (1.0 + (-(centre + side * 1.959_963_984_540_054 * variance.sqrt())).exp());
        assert_eq!(share, 1.0);
        assert_close(lo, end(-1.0));
        assert_close(hi, end(1.0).max(share));
        // All of either class are an empty cell too; the lower end never lies above the share.
        let (share, lo, hi) = share_at_prior(40, 50, 30, 30, 0.5).unwrap();
        let (hit, miss) = (40.5 / 51.0, 30.5 / 31.0);
        let variance: f64 = (1.0 - hit) / 40.5 + (1.0 - miss) / 30.5;
        let end = |side: f64| hit / miss * (side * 1.959_963_984_540_054 * variance.sqrt()).exp();
        assert_close(share, 0.8 / 1.8);
        assert_close(lo, end(-1.0) / (1.0 + end(-1.0)));
        assert_close(hi, end(1.0) / (1.0 + end(1.0)));
    }

    /// Bots and people of a source at 0.1, 0.5 and 0.9.
    fn levels(name: &str, family: &str, bots: [usize; 3], people: [usize; 3]) -> SourceScores {
        let of = |class: bool, counts: [usize; 3]| {
            let levels = [0.1, 0.5, 0.9].into_iter().zip(counts);
            levels.flat_map(move |(p, n)| std::iter::repeat_n(account(p, class, true), n))
        };
        SourceScores::new(name, family, of(true, bots).chain(of(false, people)))
    }

    fn interval(value: Option<f64>) -> Interval {
        Interval { value, ..Interval::default() }
    }

    #[test]
    fn a_table_of_promises_by_hand() {
        let a1 = || levels("a1", "a", [10, 10, 180], [150, 49, 1]);
        // Of 50 bots: they count half.
        let a2 = || levels("a2", "a", [0, 10, 40], [80, 20, 0]);
        let b = || levels("b", "b", [5, 35, 160], [140, 58, 2]);
        let without = [(vec![b()], vec![a1(), a2()]), (vec![a1(), a2()], vec![b()])];
        let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
        let asked = policy(0.85, 0.9);
        let table = promise_table(&[a1(), a2(), b()], &without, &asked, 0.5, &none, "by hand").unwrap();
        // With the middle in it, the spam band of b has 195 of 200 bots to 60 of 200 people, 76 %; of all of them it has
        // 0.9714 of the bots (of a1, a2, b with weights 0.5, 0.25, 1: 0.95, 1, 0.975) to 0.2625 of the people (weights
        // 0.5, 0.5, 1: 0.25, 0.2, 0.3), 79 %. Genuine likewise: 83 % of b, 85 % of all.
        let ends: Vec<(Side, Option<f64>)> = table.ends.iter().map(|end| (end.side, end.p_bot)).collect();
        assert_eq!(ends, [(Side::Spam, Some(0.5001)), (Side::Genuine, Some(0.4999))]);
        let why = "the widest band with 99.3 % bots in the pool and the promise not refuted on 3 of the 3 sources that \
                   have accounts in it";
        assert_eq!(table.ends[0].why, why);
        for (row, (name, spam, look, genuine)) in table.sources.iter().zip([
            ("a1", (180, 1), (10, 49), (10, 150)),
            ("a2", (40, 0), (10, 20), (0, 80)),
            ("b", (160, 2), (35, 58), (5, 140)),
        ]) {
            assert_eq!(
                (&row.source[..], row.spam_from, row.genuine_up_to),
                (name, Some(0.5001), Some(0.4999))
            );
            let inside = |inside: &Inside| (inside.bots, inside.people);
            assert_eq!((inside(&row.spam), inside(&row.look), inside(&row.genuine)), (spam, look, genuine));
            assert_eq!((row.spam.holds, row.look.holds, row.genuine.holds), (Some(true), None, Some(true)));
            assert_eq!(inside(&row.pending), (0, 0));
        }
        assert_eq!((table.sources[1].bots, table.sources[1].people), (50, 100));
        assert_close(table.sources[2].genuine.share.unwrap(), 0.7 / 0.725);
        assert_eq!(
            (table.spam_kept, table.genuine_kept),
            (Kept { holds: 3, of: 3, empty: 0 }, Kept { holds: 3, of: 3, empty: 0 })
        );
        let bots = |rates: [f64; 3]| (0.5 * rates[0] + 0.25 * rates[1] + rates[2]) / 1.75;
        let people = |rates: [f64; 3]| (0.5 * rates[0] + 0.5 * rates[1] + rates[2]) / 2.0;
        for (band, (name, accounts, bots, people)) in table.bands.iter().zip([
            ("genuine", 385, bots([0.05, 0.0, 0.025]), people([0.75, 0.8, 0.7])),
            ("look", 182, bots([0.05, 0.2, 0.175]), people([0.245, 0.2, 0.29])),
            ("spam", 383, bots([0.9, 0.8, 0.8]), people([0.005, 0.0, 0.01])),
        ]) {
            assert_eq!((band.band, band.accounts), (name, accounts));
            assert_close(band.of_all_bots.value.unwrap(), bots);
            assert_close(band.of_all_people.value.unwrap(), people);
            assert_close(band.bots_in_it.value.unwrap(), bots / (bots + people));
        }
        let pending = &table.bands[3];
        assert_eq!((pending.band, pending.accounts, pending.bots_in_it), ("pending", 0, interval(None)));
        assert_eq!((pending.of_all_bots, pending.of_all_people), (interval(Some(0.0)), interval(Some(0.0))));
        let bands = table.to_bands();
        assert_eq!(
            (bands.spam_from, bands.genuine_up_to, bands.min_features),
            (Some(0.5001), Some(0.4999), 3)
        );
        let begin = "on left-out sources for 85 % bots in spam and 90 % people in genuine where 50 % are bots: spam is the";
        let end = "the promise of spam held on 3 of 3 sources, that of genuine on 3 of 3";
        assert!(bands.chosen.starts_with(begin) && bands.chosen.ends_with(end), "{}", bands.chosen);
    }

    #[test]
    fn a_source_without_accounts_in_a_band_and_one_that_breaks_a_promise_are_counted() {
        let a = || levels("a", "a", [10, 30, 160], [150, 49, 1]);
        // All are low, bots and people alike.
        let c = || levels("c", "c", [50, 0, 0], [100, 0, 0]);
        let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
        let own = [(vec![a()], vec![a(), c()])];
        let table = promise_table(&[a()], &own, &policy(0.85, 0.9), 0.5, &none, "").unwrap();
        assert_eq!(table.spam_kept, Kept { holds: 1, of: 1, empty: 1 });
        assert_eq!(table.genuine_kept, Kept { holds: 1, of: 2, empty: 0 });
        assert_eq!(
            table.sources[1].spam,
            Inside { bots: 0, people: 0, share: None, lo: None, hi: None, holds: None }
        );
        let refused = promise_table(&[a()], &own, &policy(1.0, 0.9), 0.5, &none, "");
        assert!(refused.is_err());
        assert!(promise_table(&[a()], &own, &policy(0.9, 0.0), 0.5, &none, "").is_err());
        assert!(promise_table(&[a()], &own, &policy(0.9, 0.9), 0.0, &none, "").is_err());
    }

    #[test]
    fn genuine_gives_way_where_the_bands_would_cross() {
        let apart = [source("a", 180, 1), source("b", 180, 1)];
        let [spam, genuine] = choose_ends(&apart, &policy(0.8, 0.9), 0.5);
        assert_eq!(spam.p_bot, Some(0.1001), "all that lies above 0.1");
        assert_eq!((genuine.p_bot, genuine.side), (None, Side::Genuine));
        assert_eq!(genuine.why, "off: it would reach up to p_bot 0.8999, where spam has begun");
        let genuine = choose_end(&apart, Side::Genuine, &policy(0.8, 0.9), 0.5);
        // 199 of 200 people to 20 of 200 bots.
        assert_eq!(genuine.p_bot, Some(0.8999));
        assert!(genuine.why.contains("with 90.9 % people"), "{}", genuine.why);
    }

    /// Three families of two classes; one account of the first is in the third too.
    fn families() -> (Samples, Vec<Fold>) {
        let mut samples = cells(
            &[("a", 1.0), ("a", 1.0), ("b", 1.0), ("c", 1.0)],
            &[
                (0, true, 40),
                (0, false, 60),
                (1, true, 50),
                (1, false, 30),
                (2, true, 60),
                (2, false, 60),
                (3, true, 50),
                (3, false, 70),
            ],
        );
        samples.groups[310] = samples.groups[5];
        let folds = folds_by_family(&samples);
        (samples, folds)
    }

    #[test]
    fn nested_scores_are_of_fits_that_saw_neither_family() {
        let (samples, folds) = families();
        let nested = nested_scores(&samples, &folds, &recipe(0), |_| ()).unwrap();
        let ranges = [0..180, 180..300, 300..420];
        for (at, own) in ranges.iter().enumerate() {
            assert!(nested[at][own.clone()].iter().all(Option::is_none));
            for (_, other) in ranges.iter().enumerate().filter(|(other, _)| *other != at) {
                let out = |row: usize| own.contains(&row) || other.contains(&row);
                // The account that two families share is in neither's training rows.
                let shared = |row: usize| out(5) && row == 310 || out(310) && row == 5;
                let train: Vec<usize> = (0..420).filter(|row| !out(*row) && !shared(*row)).collect();
                let fitted = fit_recipe(&samples, &train, &recipe(0)).unwrap();
                for row in other.clone() {
                    assert_eq!(nested[at][row], Some(fitted.raw(&samples, row)), "{at} {row}");
                }
            }
        }
    }

    #[test]
    fn promises_of_a_family_come_from_the_scores_of_the_others() {
        let (mut samples, folds) = families();
        for row in (0..420).step_by(7) {
            samples.values[column("friends_count")].set(row, f64::NAN);
            samples.values[column("statuses_count")].set(row, f64::NAN);
        }
        let raw = out_of_source(&samples, &folds, &recipe(0), |_| ()).unwrap();
        let nested = nested_scores(&samples, &folds, &recipe(0), |_| ()).unwrap();
        let policy = Policy::new(BandPolicy {
            spam_precision: 0.6,
            genuine_purity: 0.9,
            min_features: 2,
            spam_needs_evidence: false,
        });
        let rows = |families: &[&str]| -> Vec<usize> {
            (0..420).filter(|&row| families.contains(&samples.family(row))).collect()
        };
        // Scores of a family, calibrated on those of some others.
        let scored = |family: &str, own: &[Option<f64>], others: &[&str], learnt: &[Option<f64>]| {
            let learnt_on = rows(others);
            let calibration = Calibration::learn(
                &learnt_on.iter().map(|&row| learnt[row].unwrap()).collect::<Vec<_>>(),
                &learnt_on.iter().map(|&row| samples.labels[row]).collect::<Vec<_>>(),
                &family_weights(&samples, &learnt_on),
                0.5,
            )
            .unwrap();
            let names = (0..4).filter(|&source| samples.sources[source].family == family);
            names
                .map(|source| {
                    let of = rows(&[family]).into_iter().filter(|&row| samples.source[row] == source);
                    SourceScores::new(
                        &samples.sources[source].name,
                        family,
                        of.map(|row| ScoredAccount {
                            p_bot: sigmoid(calibration.apply(own[row].unwrap(), 0.2)),
                            bot: samples.labels[row],
                            enough: row % 7 != 0,
                            may_be_spam: true,
                        }),
                    )
                })
                .collect::<Vec<_>>()
        };
        let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
        for nested in [None, Some(&nested[..])] {
            let of = |fold: usize| nested.map_or(&raw[..], |nested| &nested[fold]);
            let pairs = [("a", ["b", "c"]), ("b", ["a", "c"]), ("c", ["a", "b"])];
            let all: Vec<_> =
                pairs.iter().flat_map(|(own, others)| scored(own, &raw, others, &raw)).collect();
            let without: Vec<_> = pairs
                .iter()
                .enumerate()
                .map(|(at, (own, [x, y]))| {
                    let others = [scored(x, of(at), &[y], of(at)), scored(y, of(at), &[x], of(at))].concat();
                    (others, scored(own, &raw, &[x, y], of(at)))
                })
                .collect();
            let found =
                hold_out_promises(&samples, &folds, &raw, nested, &recipe(0), &policy, 0.2, &none).unwrap();
            let right = promise_table(&all, &without, &policy, 0.2, &none, &found.how).unwrap();
            assert_eq!(found, right);
            assert_eq!(found.sources.len(), 4);
            assert_eq!(found.how.contains("neither family (nested)"), nested.is_some());
            let pending: usize = found.sources.iter().map(|row| row.pending.bots + row.pending.people).sum();
            assert_eq!(pending, 60);
        }
    }

    #[test]
    fn fifty_accounts_are_enough_and_one_less_is_not() {
        let end = |of_b: usize| {
            choose_end(&[source("a", 25, 0), source("b", of_b, 0)], Side::Spam, &policy(0.8, 0.9), 0.5).p_bot
        };
        assert_eq!((end(25), end(24)), (Some(0.1001), None));
    }

    #[test]
    fn pending_accounts_count_among_those_that_a_band_could_have_held() {
        let of = |bot: bool, high: usize, middle: usize, pending: usize| {
            let known = [(0.9, high), (0.5, middle)].into_iter();
            known
                .flat_map(move |(p, n)| std::iter::repeat_n(account(p, bot, true), n))
                .chain(std::iter::repeat_n(account(0.9, bot, false), pending))
        };
        let one = SourceScores::new("a", "a", of(true, 8, 2, 10).chain(of(false, 2, 18, 20)));
        let row = one_source(&one, Some(0.8), None, &policy(0.8, 0.9), 0.5);
        assert_eq!((row.bots, row.people), (20, 40));
        assert_eq!((row.spam.bots, row.spam.people), (8, 2));
        // 8 of 20 bots to 2 of 40 people.
        assert_close(row.spam.share.unwrap(), 0.4 / 0.45);
    }

    #[test]
    fn a_source_of_one_class_says_nothing_of_the_other() {
        let both = || levels("a", "a", [10, 30, 160], [150, 49, 1]);
        let people = || levels("c", "c", [0, 0, 0], [100, 0, 0]);
        let rates = |sources: &[SourceScores]| pooled_rates(sources, |s| s.inside(Side::Genuine, 0.2));
        let (bots, of_people) = rates(&[both(), people()]);
        assert_close(bots, 0.05);
        assert_close(of_people, (0.75 + 1.0) / 2.0);
        assert_eq!(rates(&[people()]), (0.0, 1.0));
        let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
        let own = [(vec![both()], vec![both(), people()])];
        let table = promise_table(&[both()], &own, &policy(0.85, 0.9), 0.5, &none, "").unwrap();
        let genuine = &table.bands[0];
        assert_eq!((genuine.band, genuine.accounts), ("genuine", 260));
        assert_close(genuine.of_all_bots.value.unwrap(), 0.05);
        assert_close(genuine.of_all_people.value.unwrap(), 0.875);
        assert_close(genuine.bots_in_it.value.unwrap(), 0.05 / 0.925);
        // A promise about a share takes both classes.
        assert_eq!(table.genuine_kept, Kept { holds: 1, of: 1, empty: 1 });
    }
}
