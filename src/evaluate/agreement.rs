//! How far two people agree: Cohen's kappa.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::bootstrap::{Bootstrap, Interval, percentile};

/// Two people over the same accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// `counts[a][b]`: accounts that the first put into class `a` and the second into class `b`.
    pub counts: Vec<Vec<usize>>,
    /// Accounts that both judged.
    pub accounts: usize,
    /// Share on which they agree.
    pub observed: Option<f64>,
    /// Share on which they would agree by chance, each keeping to how often they use each class.
    pub expected: Option<f64>,
    /// Cohen's kappa, with a percentile interval over accounts drawn anew; undefined where chance alone would agree on
    /// everything.
    pub kappa: Interval,
}

/// Cohen's kappa of two people who each put the same accounts into one of `classes` classes:
/// `(observed - expected) / (1 - expected)`. 1 is full agreement, 0 what chance would give.
///
/// Source: Cohen 1960, *Educational and Psychological Measurement* 20.
pub fn agreement(pairs: &[(usize, usize)], classes: usize, options: &Bootstrap) -> Agreement {
    let table = |pairs: &mut dyn Iterator<Item = (usize, usize)>| {
        let mut counts = vec![vec![0usize; classes]; classes];
        pairs.for_each(|(a, b)| counts[a][b] += 1);
        counts
    };
    let counts = table(&mut pairs.iter().copied());
    let (observed, expected) = shares(&counts).map_or((None, None), |(o, e)| (Some(o), Some(e)));
    let mut drawn: Vec<f64> = Vec::new();
    if !pairs.is_empty() {
        for replicate in 0..options.replicates {
            let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
            rng.set_stream(replicate as u64);
            let mut draws = (0..pairs.len())
                .map(|_| pairs[((u128::from(rng.next_u64()) * pairs.len() as u128) >> 64) as usize]);
            drawn.extend(kappa(&table(&mut draws)));
        }
    }
    drawn.sort_unstable_by(f64::total_cmp);
    let enough = 2 * drawn.len() > options.replicates;
    let tail = (1.0 - options.confidence) / 2.0;
    let kappa = Interval {
        value: kappa(&counts),
        lo: enough.then(|| percentile(&drawn, tail)),
        hi: enough.then(|| percentile(&drawn, 1.0 - tail)),
        undefined_replicates: options.replicates - drawn.len().min(options.replicates),
    };
    Agreement { accounts: pairs.len(), counts, observed, expected, kappa }
}

fn shares(counts: &[Vec<usize>]) -> Option<(f64, f64)> {
    let n: usize = counts.iter().flatten().sum();
    if n == 0 {
        return None;
    }
    let n = n as f64;
    let observed = (0..counts.len()).map(|at| counts[at][at]).sum::<usize>() as f64 / n;
    let row = |at: usize| counts[at].iter().sum::<usize>() as f64 / n;
    let column = |at: usize| counts.iter().map(|row| row[at]).sum::<usize>() as f64 / n;
    Some((observed, (0..counts.len()).map(|at| row(at) * column(at)).sum()))
}

fn kappa(counts: &[Vec<usize>]) -> Option<f64> {
    let (observed, expected) = shares(counts)?;
    (expected < 1.0).then(|| (observed - expected) / (1.0 - expected))
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_close;
    use super::*;

    fn pairs(counts: [[usize; 2]; 2]) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for (a, row) in counts.into_iter().enumerate() {
            for (b, n) in row.into_iter().enumerate() {
                pairs.extend(std::iter::repeat_n((a, b), n));
            }
        }
        pairs
    }

    #[test]
    fn the_value_is_that_of_the_textbook_and_of_scikit_learn() {
        // 20 and 15 agreed, 5 and 10 not: observed 0.7, expected 0.5.
        let found = agreement(&pairs([[20, 5], [10, 15]]), 2, &Bootstrap::default());
        assert_close(found.observed.unwrap(), 0.7);
        assert_close(found.expected.unwrap(), 0.5);
        assert_close(found.kappa.value.unwrap(), 0.4);
        // Cohen's asymptotic interval is 0.4 +- 1.96 * 0.1262.
        assert!((found.kappa.lo.unwrap() - 0.153).abs() < 0.05, "{:?}", found.kappa);
        assert!((found.kappa.hi.unwrap() - 0.647).abs() < 0.05, "{:?}", found.kappa);
    }

    #[test]
    fn nothing_is_made_up_where_chance_explains_all() {
        let same = agreement(&pairs([[9, 0], [0, 0]]), 2, &Bootstrap::default());
        assert_eq!((same.observed, same.kappa.value, same.kappa.lo), (Some(1.0), None, None));
        let nobody = agreement(&[], 2, &Bootstrap::default());
        assert_eq!((nobody.observed, nobody.kappa.value), (None, None));
        let turned = agreement(&pairs([[0, 5], [5, 0]]), 2, &Bootstrap::default());
        assert_close(turned.kappa.value.unwrap(), -1.0);
    }

    #[test]
    fn draws_without_a_kappa_are_left_out_and_counted() {
        // Where the one account of the second class is not drawn, chance explains all: 0.9^10 = 0.35 of the draws. In
        // all others the two agree.
        let ten = pairs([[9, 0], [0, 1]]);
        let kappa = agreement(&ten, 2, &Bootstrap::default()).kappa;
        assert!((300..400).contains(&kappa.undefined_replicates), "{kappa:?}");
        assert_eq!((kappa.value, kappa.lo, kappa.hi), (Some(1.0), Some(1.0), Some(1.0)));
        let none = agreement(&ten, 2, &Bootstrap { replicates: 0, ..Bootstrap::default() }).kappa;
        assert_eq!((none.value, none.lo, none.hi, none.undefined_replicates), (Some(1.0), None, None, 0));
    }

    #[test]
    fn half_of_the_draws_lie_within_two_thirds_of_a_standard_error() {
        // By the asymptotic interval: 0.4 +- 0.6745 * 0.1262.
        let half = Bootstrap { confidence: 0.5, ..Bootstrap::default() };
        let kappa = agreement(&pairs([[20, 5], [10, 15]]), 2, &half).kappa;
        assert!((kappa.lo.unwrap() - 0.315).abs() < 0.045, "{kappa:?}");
        assert!((kappa.hi.unwrap() - 0.485).abs() < 0.045, "{kappa:?}");
    }
}
