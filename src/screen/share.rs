//! How many of a list are bots, with an interval that knows how badly such estimates travel.

use crate::evaluate::LogitHistogram;
use crate::model::{HELD_OUT_SHARES, Model};

/// An estimate of the share of bots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareOfBots {
    /// Best guess, 0 to 1.
    pub value: f64,
    /// Lower end of the interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// How often the interval should hold the truth, 0 to 1.
    pub level: f64,
    /// Families of left-out sources behind the interval.
    pub families: usize,
    /// Scored accounts it rests on.
    pub accounts: u64,
}

/// An interval wider than this tells nothing that anyone could use.
pub const WIDEST: f64 = 0.5;
/// Fewer accounts than this give no estimate.
const LEAST_ACCOUNTS: f64 = 20.0;
/// Fewer families of left-out sources than this give no interval.
const LEAST_FAMILIES: usize = 3;
/// Shares that two estimates may differ by and be called the same.
const ALIKE: f64 = 0.002;

impl ShareOfBots {
    /// Is the interval narrow enough to be of use?
    pub fn tells(&self) -> bool {
        self.hi - self.lo <= WIDEST
    }

    /// The value as a prevalence to score at: never quite nobody, never quite everybody.
    pub fn prevalence(&self) -> f64 {
        self.value.clamp(0.001, 0.999)
    }
}

/// Estimates the share of bots from the log-odds of the scored accounts, meant where bots are half (pending accounts
/// left out: too little is known of them).
///
/// The value is the maximum-likelihood share ([`LogitHistogram::prior`]). It rests on bots and people of the list being
/// like those of the training sources, which they never quite are, and that is the larger doubt by far. So training
/// records what this estimate gave on each left-out source where the true share was 0, 5, 10, ... 100 %
/// ([`crate::model::HeldOut::share_found`]), and the interval here is every true share that would have given an estimate
/// like this list's on some left-out source, widened by the chance in this sample. A list is then one more source; if it
/// is as different from the others as they are from each other, the ends of `n` families hold the truth in `n - 1` of
/// `n + 1` cases, which is the level (order statistics; Vovk, Gammerman & Shafer 2005).
///
/// `None` for fewer than 20 accounts or where the model has left-out sources of fewer than 3 families on record.
pub fn share_of_bots(model: &Model, scores: &LogitHistogram) -> Option<ShareOfBots> {
    let curves: Vec<&[f64]> = model
        .held_out
        .iter()
        .map(|held| held.share_found.as_slice())
        .filter(|found| !found.is_empty())
        .collect();
    let family = |name: &str| {
        let source = model.training.sources.iter().find(|source| source.name == name);
        source.map_or(name.to_string(), |source| source.family.clone())
    };
    let families: std::collections::BTreeSet<String> = model
        .held_out
        .iter()
        .filter(|held| !held.share_found.is_empty())
        .map(|held| family(&held.source))
        .collect();
    if scores.total() < LEAST_ACCOUNTS || families.len() < LEAST_FAMILIES {
        return None;
    }
    let found = scores.prior()?;
    let lo = curves.iter().map(|curve| behind(curve, found.lo).0).fold(1.0, f64::min);
    let hi = curves.iter().map(|curve| behind(curve, found.hi).1).fold(0.0, f64::max);
    let n = families.len() as f64;
    Some(ShareOfBots {
        value: found.value.clamp(lo, hi.max(lo)),
        lo,
        hi: hi.max(lo),
        level: (n - 1.0) / (n + 1.0),
        families: families.len(),
        accounts: scores.total() as u64,
    })
}

/// Least and largest true share at which a source gives this estimate, from its estimates at [`HELD_OUT_SHARES`]:
/// straight lines between them, 0 below the least of them and 1 above the largest.
fn behind(curve: &[f64], estimate: f64) -> (f64, f64) {
    let least = curve.first().copied().unwrap_or_default();
    let largest = curve.last().copied().unwrap_or_default();
    if estimate < least - ALIKE {
        return (0.0, 0.0);
    }
    if estimate > largest + ALIKE {
        return (1.0, 1.0);
    }
    // Where a curve that rises first reaches a height, and where it leaves it.
    let reach = |height: f64| {
        let at = curve.iter().position(|found| *found >= height).unwrap_or(curve.len() - 1);
        if at == 0 {
            return HELD_OUT_SHARES[0];
        }
        let part = (height - curve[at - 1]) / (curve[at] - curve[at - 1]).max(1e-12);
        HELD_OUT_SHARES[at - 1] + part.clamp(0.0, 1.0) * (HELD_OUT_SHARES[at] - HELD_OUT_SHARES[at - 1])
    };
    let leave = |height: f64| {
        let at = curve.iter().rposition(|found| *found <= height).unwrap_or(0);
        if at + 1 == curve.len() {
            return HELD_OUT_SHARES[at];
        }
        let part = (height - curve[at]) / (curve[at + 1] - curve[at]).max(1e-12);
        HELD_OUT_SHARES[at] + part.clamp(0.0, 1.0) * (HELD_OUT_SHARES[at + 1] - HELD_OUT_SHARES[at])
    };
    (reach(estimate - ALIKE), leave(estimate + ALIKE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model whose left-out sources, each a family of its own, gave these estimates.
    fn model(curves: &[[f64; 8]]) -> Model {
        let mut model = Model::embedded().unwrap();
        let first = model.held_out[0].clone();
        let held = curves.iter().enumerate().map(|(n, curve)| crate::model::HeldOut {
            source: format!("source {n}"),
            share_found: curve.to_vec(),
            ..first.clone()
        });
        model.held_out = held.collect();
        model
    }

    /// A list whose likelihood is highest where a share of the accounts are bots: ratios of 4 and 1/4.
    fn list(share: f64, accounts: u32) -> LogitHistogram {
        let mut list = LogitHistogram::default();
        let high = (f64::from(accounts) * (0.2 + 0.6 * share)).round() as u32;
        (0..accounts).for_each(|n| list.add(if n < high { 4f64.ln() } else { -(4f64.ln()) }));
        list
    }

    const TRUE: [f64; 8] = HELD_OUT_SHARES;

    #[test]
    fn sources_that_agree_make_the_interval_narrow() {
        let share = share_of_bots(&model(&[TRUE; 4]), &list(0.3, 100_000)).unwrap();
        assert!((share.value - 0.3).abs() < 0.02 && share.tells(), "{share:?}");
        assert!(share.lo > 0.27 && share.hi < 0.33, "{share:?}");
        assert_eq!((share.level, share.families), (0.6, 4));
        let few = share_of_bots(&model(&[TRUE; 4]), &list(0.3, 100)).unwrap();
        assert!(few.hi - few.lo > 0.2, "chance counts too: {few:?}");
    }

    #[test]
    fn sources_that_disagree_make_it_wide_and_it_says_so() {
        // One source looked half full of bots with none in it, another empty with 70 %.
        let high = [0.5, 0.52, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0];
        let low = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3];
        let share = share_of_bots(&model(&[TRUE, high, low]), &list(0.3, 100_000)).unwrap();
        assert_eq!(share.lo, 0.0);
        assert!(share.hi > 0.9 && !share.tells(), "{share:?}");
    }

    #[test]
    fn what_a_source_would_have_needed_by_hand() {
        let half = TRUE.map(|share| share / 2.0);
        let (lo, hi) = behind(&half, 0.1);
        assert!((lo - 0.196).abs() < 1e-9 && (hi - 0.204).abs() < 1e-9, "{lo} {hi}");
        assert_eq!(behind(&half, 0.7), (1.0, 1.0));
        let flat = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 1.0];
        let (lo, hi) = behind(&flat, 0.0);
        assert!(lo == 0.0 && (hi - 0.502).abs() < 1e-9, "{lo} {hi}");
        assert_eq!(behind(&[0.5, 0.6, 0.6, 0.6, 0.6, 0.7, 0.8, 0.9], 0.2), (0.0, 0.0));
    }

    #[test]
    fn it_says_when_it_cannot() {
        assert_eq!(share_of_bots(&model(&[TRUE; 2]), &list(0.3, 1000)), None);
        assert_eq!(share_of_bots(&model(&[TRUE; 4]), &list(0.3, 10)), None);
        let mut old = model(&[TRUE; 4]);
        old.held_out.iter_mut().for_each(|held| held.share_found.clear());
        assert_eq!(share_of_bots(&old, &list(0.3, 1000)), None);
    }
}
