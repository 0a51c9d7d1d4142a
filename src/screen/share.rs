//! How many of a list are bots: the adjusted count, with an interval that knows how little is known.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::model::{Band, HELD_OUT_THRESHOLD, HeldOut, Model, Score, logit};

/// An estimate of the share of bots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareOfBots {
    /// Best guess, 0 to 1.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Scored accounts it rests on.
    pub accounts: usize,
}

/// Resamples behind the interval.
const REPLICATES: usize = 2000;
/// Below this difference of the two rates, a count says nothing about the share.
const LEAST_DIFFERENCE: f64 = 0.1;
/// Fewer accounts than this give no estimate.
const LEAST_ACCOUNTS: usize = 20;

/// Estimates the share of bots among scored accounts by the adjusted count (Forman 2008): of the accounts, a share
/// `q` lies above the threshold at which the model was held out; with recall `r` and false positive rate `f` there,
/// the share of bots is `(q - f) / (r - f)`.
///
/// How `r` and `f` will be on a new list is the larger doubt, so the interval comes from drawing held-out sources
/// and accounts anew, together. `None` where the model has no held-out sources, where its rates are too close to
/// each other, or for fewer than 20 accounts. Pending accounts are not counted: too little is known of them.
pub fn share_of_bots<'s>(
    model: &Model,
    prevalence: f64,
    scores: impl Iterator<Item = &'s Score>,
) -> Option<ShareOfBots> {
    let even = logit(prevalence) - logit(HELD_OUT_THRESHOLD);
    let (above, all) = scores
        .filter(|s| s.band != Band::Pending && s.features_known > 0)
        .fold((0usize, 0usize), |(above, all), score| (above + usize::from(score.logit >= even), all + 1));
    if all < LEAST_ACCOUNTS || model.held_out.len() < 2 {
        return None;
    }
    let q = above as f64 / all as f64;
    let sources: Vec<&HeldOut> = model.held_out.iter().collect();
    let value = adjusted(q, &sources)?;
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut draws = Vec::with_capacity(REPLICATES);
    for _ in 0..REPLICATES {
        let drawn: Vec<&HeldOut> =
            sources.iter().map(|_| sources[below(&mut random, sources.len())]).collect();
        // The count of a sample of `all` accounts, by its normal approximation.
        let spread = (q * (1.0 - q) / all as f64).sqrt();
        let drawn_q = (q + spread * normal(&mut random)).clamp(0.0, 1.0);
        draws.extend(adjusted(drawn_q, &drawn));
    }
    if draws.len() < REPLICATES / 2 {
        return None;
    }
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[((draws.len() - 1) as f64 * share).round() as usize];
    Some(ShareOfBots { value, lo: at(0.025).min(value), hi: at(0.975).max(value), accounts: all })
}

fn adjusted(q: f64, sources: &[&HeldOut]) -> Option<f64> {
    let n = sources.len() as f64;
    let recall = sources.iter().map(|s| s.recall).sum::<f64>() / n;
    let fpr = sources.iter().map(|s| s.false_positive_rate).sum::<f64>() / n;
    (recall - fpr >= LEAST_DIFFERENCE).then(|| ((q - fpr) / (recall - fpr)).clamp(0.0, 1.0))
}

fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

fn below(random: &mut ChaCha8Rng, n: usize) -> usize {
    ((unit(random) * n as f64) as usize).min(n - 1)
}

/// A standard normal number (Box and Muller 1958).
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (u, v) = (1.0 - unit(random), unit(random));
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(rates: &[(f64, f64)]) -> Model {
        let mut model = Model::embedded().unwrap();
        let first = model.held_out[0].clone();
        model.held_out = rates
            .iter()
            .map(|(recall, fpr)| HeldOut { recall: *recall, false_positive_rate: *fpr, ..first.clone() })
            .collect();
        model
    }

    fn scores(above: usize, all: usize) -> Vec<Score> {
        (0..all)
            .map(|i| {
                let logit = if i < above { 5.0 } else { -9.0 };
                Score {
                    p_bot: 0.5,
                    logit,
                    band: Band::Look,
                    features_known: 9,
                    features_missing: 0,
                    reasons: vec![],
                }
            })
            .collect()
    }

    #[test]
    fn the_count_is_adjusted_for_what_the_threshold_misses_and_takes() {
        // 30 % bots found at recall 0.8 and false positive rate 0.1: 0.3 * 0.8 + 0.7 * 0.1 = 0.31 above.
        let model = model(&[(0.8, 0.1), (0.8, 0.1), (0.8, 0.1)]);
        let share = share_of_bots(&model, 0.1, scores(3100, 10_000).iter()).unwrap();
        assert!((share.value - 0.3).abs() < 1e-9, "{share:?}");
        assert!(share.lo > 0.28 && share.hi < 0.32, "{share:?}");
    }

    #[test]
    fn sources_that_disagree_make_the_interval_wide() {
        let model = model(&[(0.9, 0.02), (0.5, 0.3), (0.7, 0.2)]);
        let share = share_of_bots(&model, 0.1, scores(3100, 10_000).iter()).unwrap();
        assert!(share.hi - share.lo > 0.15, "{share:?}");
    }

    #[test]
    fn it_says_when_it_cannot() {
        assert_eq!(share_of_bots(&model(&[(0.5, 0.45), (0.5, 0.45)]), 0.1, scores(50, 100).iter()), None);
        assert_eq!(share_of_bots(&model(&[(0.9, 0.1), (0.9, 0.1)]), 0.1, scores(5, 10).iter()), None);
    }
}
