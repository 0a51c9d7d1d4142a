//! Percentile bootstrap intervals of any metric, by row or by group.

use std::borrow::Cow;
use std::collections::HashMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::{EvaluateError, open_share, same_length};
use super::predictions::Predictions;

/// How to resample.
///
/// Same seed, labels and groups mean the same resamples, on any number of threads and whatever
/// the scores: two models evaluated on the same rows see the same replicates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Number of resamples; 0 for no intervals. Default 1,000.
    pub replicates: usize,
    /// Seed of the random numbers. Default 0.
    pub seed: u64,
    /// Share of replicates inside the interval, above 0 and below 1. Default 0.95.
    pub confidence: f64,
    /// Resample bots and humans apart, so that every replicate has as many of each as the set
    /// (with groups: as many all-bot, all-human and mixed groups). Default true.
    pub stratified: bool,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Bootstrap { replicates: 1000, seed: 0, confidence: 0.95, stratified: true }
    }
}

/// A metric with its bootstrap interval, in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// The metric on the set itself; `None` if not defined there.
    pub value: Option<f64>,
    /// Lower end; `None` without replicates, or if the metric was not defined in half of them or
    /// more.
    pub lo: Option<f64>,
    /// Upper end; `None` as `lo`.
    pub hi: Option<f64>,
    /// Number of replicates in which the metric was not defined. They are left out of the
    /// interval, which is then too narrow: read it with care if this is more than a few.
    pub undefined_replicates: usize,
}

/// Percentile bootstrap intervals of the metrics that `metrics` computes, in the order in which it
/// returns them.
///
/// `metrics` sees a set of predictions and answers a fixed number of values, `None` for what is
/// not defined: `|p| [roc_auc(p), average_precision(p)]`. It is called once on the set and once on
/// each replicate, from several threads. A replicate is the same ranked rows with each weight
/// times the number of draws of its row, so nothing is sorted again and all metrics of
/// [`evaluate`](super) take one pass each.
///
/// With `groups` (one number a row, in row order) whole groups are drawn, not rows: use it where
/// one account, or one campaign, has several rows. Intervals that pretend such rows to be
/// independent are too narrow.
///
/// Ends are percentiles with linear interpolation, as numpy's default. Source: Efron & Tibshirani
/// 1993, *An Introduction to the Bootstrap*, chapter 13; Field & Welsh 2007, *JRSS B* 69, for
/// groups.
///
/// # Errors
/// [`EvaluateError::LengthMismatch`] for `groups`, or if `metrics` answers a varying number of
/// values; [`EvaluateError::BadSetting`] for the confidence.
pub fn bootstrap<V, F>(
    predictions: &Predictions,
    groups: Option<&[u64]>,
    options: &Bootstrap,
    metrics: F,
) -> Result<Vec<Interval>, EvaluateError>
where
    V: AsRef<[Option<f64>]> + Send,
    F: Fn(&Predictions) -> V + Sync,
{
    open_share("the confidence of the bootstrap", options.confidence)?;
    let resampler = Resampler::new(predictions, groups, options)?;
    intervals(metrics(predictions).as_ref(), options, |replicate, scratch| {
        let weights = resampler.draw(replicate, scratch);
        metrics(&predictions.with_ranked_weights(Cow::Borrowed(weights)))
    })
}

/// Like [`bootstrap`], for what `new` has more of each metric than `old`: two sets of scores of the same rows, which see
/// the same draws, so that what both find hard or easy falls out of the difference.
///
/// # Errors
/// As [`bootstrap`], and [`EvaluateError::LengthMismatch`] where the two have not as many rows.
pub fn bootstrap_difference<V, F>(
    new: &Predictions,
    old: &Predictions,
    groups: Option<&[u64]>,
    options: &Bootstrap,
    metrics: F,
) -> Result<Vec<Interval>, EvaluateError>
where
    V: AsRef<[Option<f64>]> + Send,
    F: Fn(&Predictions) -> V + Sync,
{
    open_share("the confidence of the bootstrap", options.confidence)?;
    same_length("the old scores", old.n(), new.n())?;
    let resamplers = [Resampler::new(new, groups, options)?, Resampler::new(old, groups, options)?];
    let less = |new: &V, old: &V| -> Vec<Option<f64>> {
        let pairs = new.as_ref().iter().zip(old.as_ref());
        pairs.map(|(new, old)| Some((*new)? - (*old)?)).collect()
    };
    intervals(&less(&metrics(new), &metrics(old)), options, |replicate, scratch| {
        let mut draw = |set: &Predictions, resampler: &Resampler<'_>| {
            let weights = resampler.draw(replicate, scratch);
            metrics(&set.with_ranked_weights(Cow::Borrowed(weights)))
        };
        let new = draw(new, &resamplers[0]);
        less(&new, &draw(old, &resamplers[1]))
    })
}

/// The interval of each of `values`, from what `draw` makes of them in each replicate.
fn intervals<V>(
    values: &[Option<f64>],
    options: &Bootstrap,
    draw: impl Fn(usize, &mut Scratch) -> V + Sync,
) -> Result<Vec<Interval>, EvaluateError>
where
    V: AsRef<[Option<f64>]> + Send,
{
    let replicates: Vec<V> = (0..options.replicates)
        .into_par_iter()
        .map_init(Scratch::default, |scratch, replicate| draw(replicate, scratch))
        .collect();
    for replicate in &replicates {
        same_length("the list of metrics of a replicate", replicate.as_ref().len(), values.len())?;
    }
    let of = |metric: usize| {
        let drawn = replicates.iter().map(|replicate| replicate.as_ref()[metric]);
        interval(values[metric], drawn, options)
    };
    Ok((0..values.len()).map(of).collect())
}

/// The interval of a value that replicates were drawn of.
fn interval(
    value: Option<f64>,
    drawn: impl ExactSizeIterator<Item = Option<f64>>,
    options: &Bootstrap,
) -> Interval {
    let replicates = drawn.len();
    let mut defined: Vec<f64> = drawn.flatten().collect();
    defined.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - options.confidence) / 2.0;
    let enough = 2 * defined.len() > replicates;
    Interval {
        value,
        lo: enough.then(|| percentile(&defined, tail)),
        hi: enough.then(|| percentile(&defined, 1.0 - tail)),
        undefined_replicates: replicates - defined.len(),
    }
}

/// Percentile of sorted values by linear interpolation (numpy's `method="linear"`). `values` are
/// not empty, `share` is 0 to 1.
pub(super) fn percentile(values: &[f64], share: f64) -> f64 {
    let position = share * (values.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(values.len() - 1);
    values[below] + (values[above] - values[below]) * (position - below as f64)
}

/// Buffers that a thread uses again for each replicate.
#[derive(Default)]
struct Scratch {
    /// Times each unit (row or group) was drawn.
    draws: Vec<u32>,
    /// Weight of each row, in ranked order.
    weights: Vec<f64>,
}

/// What is drawn, from which strata.
struct Resampler<'p> {
    predictions: &'p Predictions<'p>,
    seed: u64,
    /// Unit (row or group) of each row, in ranked order.
    unit_of_rank: Vec<usize>,
    /// Number of units.
    units: usize,
    /// Units that stand in for each other; each stratum keeps its size.
    strata: Vec<Vec<usize>>,
}

impl<'p> Resampler<'p> {
    fn new(
        predictions: &'p Predictions<'p>,
        groups: Option<&[u64]>,
        options: &Bootstrap,
    ) -> Result<Self, EvaluateError> {
        let rows = predictions.ranked_rows();
        let (unit_of_row, units) = match groups {
            None => ((0..rows.len()).collect(), rows.len()),
            Some(groups) => {
                same_length("the column of groups", groups.len(), rows.len())?;
                number_groups(groups)
            }
        };
        let unit_of_rank: Vec<usize> = rows.iter().map(|&row| unit_of_row[row]).collect();

        let strata = if options.stratified {
            // Bit 0: the unit holds a human; bit 1: it holds a bot.
            let mut classes = vec![0usize; units];
            for (rank, &bot) in predictions.ranked_labels().iter().enumerate() {
                classes[unit_of_rank[rank]] |= if bot { 2 } else { 1 };
            }
            let mut strata = vec![Vec::new(); 4];
            for (unit, &class) in classes.iter().enumerate() {
                strata[class].push(unit);
            }
            strata
        } else {
            vec![(0..units).collect()]
        };
        Ok(Resampler { predictions, seed: options.seed, unit_of_rank, units, strata })
    }

    /// Weights of one replicate, in ranked order.
    fn draw<'s>(&self, replicate: usize, scratch: &'s mut Scratch) -> &'s [f64] {
        // One ChaCha stream a replicate: independent of all others, and of the thread it runs on.
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(replicate as u64);

        scratch.draws.clear();
        scratch.draws.resize(self.units, 0);
        for stratum in &self.strata {
            for _ in 0..stratum.len() {
                scratch.draws[stratum[below(&mut rng, stratum.len())]] += 1;
            }
        }
        scratch.weights.clear();
        scratch.weights.extend(
            self.unit_of_rank
                .iter()
                .enumerate()
                .map(|(rank, &unit)| f64::from(scratch.draws[unit]) * self.predictions.ranked_weight(rank)),
        );
        &scratch.weights
    }
}

/// Groups renumbered from 0 in order of first appearance, and how many there are.
fn number_groups(groups: &[u64]) -> (Vec<usize>, usize) {
    let mut numbers = HashMap::new();
    let numbered = groups
        .iter()
        .map(|&group| {
            let next = numbers.len();
            *numbers.entry(group).or_insert(next)
        })
        .collect();
    (numbered, numbers.len())
}

/// A whole number below `n`, by Lemire's multiply-and-shift (2019, *ACM TOMACS* 29). Without his
/// rejection step: the bias is below `n / 2⁶⁴`. Written out here so that the draws of a seed do not
/// change with the version of a library.
fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::super::metrics::{average_precision, brier, precision_at_k, roc_auc};
    use super::super::testing::{Set, assert_close, random_set};
    use super::*;

    fn predictions(s: &Set) -> Predictions<'static> {
        Predictions::new(&s.scores, &s.labels, Some(&s.weights)).unwrap()
    }

    fn options(replicates: usize, seed: u64) -> Bootstrap {
        Bootstrap { replicates, seed, ..Bootstrap::default() }
    }

    #[test]
    fn a_difference_is_drawn_on_the_same_rows() {
        let set = random_set(3, 200);
        let groups: Vec<u64> = (0..200).map(|row| row / 2).collect();
        let new = predictions(&set);
        let difference = |old: &Predictions| {
            bootstrap_difference(&new, old, Some(&groups), &options(200, 7), |p| [roc_auc(p), brier(p)])
                .unwrap()
        };
        // Of a model and itself there is none, in any draw.
        for nothing in difference(&new) {
            assert_eq!((nothing.value, nothing.lo, nothing.hi), (Some(0.0), Some(0.0), Some(0.0)));
        }
        // The same order with other numbers: none in ROC AUC either, though the rows are ranked anew.
        let softer: Vec<f64> = set.scores.iter().map(|p| 0.25 + p / 2.0).collect();
        let softer = Predictions::new(&softer, &set.labels, Some(&set.weights)).unwrap();
        let [order, squares] = difference(&softer)[..] else { panic!("two metrics") };
        assert_close(order.lo.unwrap(), 0.0);
        assert_close(order.hi.unwrap(), 0.0);
        assert!(squares.lo < squares.value && squares.value < squares.hi);
        // Turned round, it is the same difference with the other sign.
        let back =
            bootstrap_difference(&softer, &new, Some(&groups), &options(200, 7), |p| [brier(p)]).unwrap()[0];
        assert_close(back.value.unwrap(), -squares.value.unwrap());
        assert_close(back.lo.unwrap(), -squares.hi.unwrap());
    }

    #[test]
    fn the_same_on_any_number_of_threads() {
        let p = predictions(&random_set(1, 300));
        let run = |threads: usize| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
                bootstrap(&p, None, &options(200, 7), |p| [roc_auc(p), average_precision(p), brier(p)])
                    .unwrap()
            })
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(5));
        assert!(one.iter().all(|i| i.lo < i.value && i.value < i.hi));
    }

    #[test]
    fn another_seed_draws_otherwise() {
        let p = predictions(&random_set(1, 300));
        let run = |seed| bootstrap(&p, None, &options(50, seed), |p| [roc_auc(p)]).unwrap();
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn stratified_replicates_keep_the_class_counts() {
        let s = random_set(2, 100);
        let p = Predictions::new(&s.scores, &s.labels, None).unwrap();
        let prevalence = p.prevalence();
        let count = |stratified| {
            let options = Bootstrap { stratified, ..options(100, 3) };
            bootstrap(&p, None, &options, |p| [p.prevalence()]).unwrap()[0]
        };
        let kept = count(true);
        assert_eq!((kept.lo, kept.hi), (prevalence, prevalence));
        let free = count(false);
        assert!(free.lo < prevalence && prevalence < free.hi);
    }

    #[test]
    fn groups_are_drawn_whole() {
        // Each account has four equal rows; drawing rows would pretend to four times the evidence.
        let s = random_set(4, 60);
        let quad = |v: &[f64]| v.iter().flat_map(|&x| [x; 4]).collect::<Vec<_>>();
        let labels: Vec<bool> = s.labels.iter().flat_map(|&b| [b; 4]).collect();
        let groups: Vec<u64> = (0..60).flat_map(|g| [900 - g; 4]).collect();
        let single = Predictions::new(&s.scores, &s.labels, None).unwrap();
        let fourfold = Predictions::new(&quad(&s.scores), &labels, None).unwrap();
        let run = |p: &Predictions, groups: Option<&[u64]>| {
            bootstrap(p, groups, &options(400, 5), |p| [roc_auc(p)]).unwrap()[0]
        };
        let width = |i: Interval| i.hi.unwrap() - i.lo.unwrap();
        let by_group = run(&fourfold, Some(&groups));
        // The same groups are drawn as rows are from the set of single rows.
        let by_account = run(&single, None);
        assert_close(by_group.lo.unwrap(), by_account.lo.unwrap());
        assert_close(by_group.hi.unwrap(), by_account.hi.unwrap());
        assert!(width(by_group) > 1.5 * width(run(&fourfold, None)));
    }

    #[test]
    fn undefined_replicates_are_counted() {
        // One bot among ten: free resampling often draws none.
        let labels: Vec<bool> = (0..10).map(|i| i == 0).collect();
        let scores: Vec<f64> = (0..10).map(|i| i as f64 / 10.0).collect();
        let p = Predictions::new(&scores, &labels, None).unwrap();
        let free = Bootstrap { stratified: false, ..options(1000, 1) };
        let found = bootstrap(&p, None, &free, |p| [roc_auc(p)]).unwrap()[0];
        // 0.9^10 = 0.35 of the replicates hold no bot.
        assert!((300..400).contains(&found.undefined_replicates));
        assert!(found.lo.is_some());

        let never = bootstrap(&p, None, &free, |p| [precision_at_k(p, 11)]).unwrap()[0];
        assert_eq!(never.undefined_replicates, 1000);
        assert_eq!((never.value, never.lo, never.hi), (None, None, None));
    }

    #[test]
    fn no_replicates_no_interval() {
        let p = predictions(&random_set(1, 30));
        let found = bootstrap(&p, None, &options(0, 0), |p| vec![roc_auc(p)]).unwrap()[0];
        assert!(found.value.is_some());
        assert_eq!((found.lo, found.hi, found.undefined_replicates), (None, None, 0));
    }

    #[test]
    fn bad_input_is_refused() {
        let p = predictions(&random_set(1, 30));
        let bad = Bootstrap { confidence: 1.0, ..Bootstrap::default() };
        assert!(bootstrap(&p, None, &bad, |p| [roc_auc(p)]).is_err());
        assert!(bootstrap(&p, Some(&[1, 2]), &options(5, 0), |p| [roc_auc(p)]).is_err());
    }

    #[test]
    fn intervals_cover_the_truth_about_as_often_as_they_say() {
        // Brier score of a constant 0.5 plus known noise has a known mean; 200 sets of 80 rows.
        let mut covered = 0;
        let truth = 0.49 / 3.0; // E[u²] for u uniform on 0 to 0.7, all humans
        for seed in 0..200 {
            let mut rng = super::super::testing::rng(1000 + seed);
            let scores: Vec<f64> = (0..80).map(|_| 0.7 * super::super::testing::unit(&mut rng)).collect();
            let p = Predictions::new(&scores, &[false; 80], None).unwrap();
            let found = bootstrap(&p, None, &options(200, seed), |p| [brier(p)]).unwrap()[0];
            if found.lo < Some(truth) && Some(truth) < found.hi {
                covered += 1;
            }
        }
        assert!((180..=198).contains(&covered), "{covered} of 200");
    }

    #[test]
    fn percentiles_interpolate() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_close(percentile(&values, 0.5), 3.0);
        assert_close(percentile(&values, 0.0), 1.0);
        assert_close(percentile(&values, 1.0), 8.0);
        assert_close(percentile(&values, 0.1), 1.3);
        assert_close(percentile(&[5.0], 0.975), 5.0);
    }

    #[test]
    fn draws_are_pinned() {
        // Same answer tomorrow: a change of these numbers is a change of every published interval.
        let p = Predictions::new(&[0.9, 0.8, 0.3, 0.2], &[true, false, true, false], None).unwrap();
        let options = Bootstrap { stratified: false, ..options(1, 42) };
        let resampler = Resampler::new(&p, None, &options).unwrap();
        let mut scratch = Scratch::default();
        let drawn: Vec<Vec<f64>> =
            (0..3).map(|replicate| resampler.draw(replicate, &mut scratch).to_vec()).collect();
        assert_eq!(drawn, [[0.0, 1.0, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0], [2.0, 1.0, 1.0, 0.0]]);
    }

    #[test]
    fn an_interval_leaves_half_of_what_is_not_confidence_on_either_side() {
        // A thousandth of the way lies between neighbours.
        let drawn = || (0..1001).rev().map(|n| Some(f64::from(n)));
        for (confidence, lo, hi) in [(0.95, 25.0, 975.0), (0.9, 50.0, 950.0), (0.5, 250.0, 750.0)] {
            let found = interval(Some(7.0), drawn(), &Bootstrap { confidence, ..Bootstrap::default() });
            assert!((found.lo.unwrap() - lo).abs() < 1e-9, "{found:?}");
            assert!((found.hi.unwrap() - hi).abs() < 1e-9, "{found:?}");
            assert_eq!((found.value, found.undefined_replicates), (Some(7.0), 0));
        }
        // Half of the replicates do not tell, one more than half does.
        let half = |defined: usize| (0..10).map(move |n| (n < defined).then_some(1.0));
        assert_eq!(interval(None, half(5), &Bootstrap::default()).lo, None);
        let enough = interval(None, half(6), &Bootstrap::default());
        assert_eq!((enough.lo, enough.hi, enough.undefined_replicates), (Some(1.0), Some(1.0), 4));
    }
}
