//! Support: is this account like any the model has seen?

use serde::{Deserialize, Serialize};

use super::encoding::Curve;

/// Shares of the training weight beyond each cut of [`Tails`], on one side.
pub const TAIL_SHARES: [f64; 5] = [0.03, 0.01, 0.003, 0.001, 0.0003];
/// Points for each cut a value lies beyond: two cuts are a factor of ten in rarity.
pub(super) const POINTS: f64 = 0.5;
/// Entries of a row of [`Support::usual`]: for 0 to 31 cuts.
pub(super) const CUTS: usize = 32;
/// Shares of the training weight at least as unusual as each of [`Support::unusual`].
pub const SUPPORT_SHARES: [f64; 9] = [0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
/// An account of less support than this is unlike those the model has seen.
pub const LOW_SUPPORT: f64 = 0.005;

/// Where the tails of one feature begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tails {
    /// Name in the catalogue of features.
    pub feature: String,
    /// Values with [`TAIL_SHARES`] of the training weight below them, falling.
    pub low: [f64; 5],
    /// Values with [`TAIL_SHARES`] of the training weight above them, rising.
    pub high: [f64; 5],
}

/// How unusual the training accounts were, by how far each feature lay in its tails.
///
/// Every known feature gives half a point for each cut its value lies beyond: 1 point is "as far out as 1 of 100
/// training accounts", 2 points 1 of 1000. The sum, divided by the square root of the number of known features (so that
/// a thin row is not unusual for being thin), is set against the same figure of the training accounts: the support of
/// an account is the share of them that are at least as unusual. After the outlier scores from single features
/// HBOS (Goldstein & Dengel 2012) and ECOD (Li et al. 2022, *IEEE TKDE*); like them it does not see that two usual
/// values may be unusual together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// A feature of the model each, in the model's order.
    pub tails: Vec<Tails>,
    /// Unusualness that at least [`SUPPORT_SHARES`] of the training weight reach, rising.
    pub unusual: [f64; 9],
    /// Share of the training weight that does reach each of them: more, where many accounts are equally unusual.
    pub shares: [f64; 9],
}

impl Tails {
    /// Points of a value.
    pub fn points(&self, value: f64) -> f64 {
        // Nearly every value lies between the outermost two cuts.
        if value >= self.low[0] && value <= self.high[0] {
            return 0.0;
        }
        let beyond = self.low.iter().filter(|cut| value < **cut).count()
            + self.high.iter().filter(|cut| value > **cut).count();
        POINTS * beyond as f64
    }

    fn learn(feature: &str, values: &[f64], weights: &[f64]) -> Tails {
        let known = || values.iter().zip(weights).filter(|(value, _)| !value.is_nan());
        let mut sorted: Vec<(f64, f64)> = known().map(|(value, weight)| (*value, *weight)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
        let cut = |share: f64, from: &mut dyn Iterator<Item = &(f64, f64)>| {
            let mut below = 0.0;
            let mut last = 0.0;
            for (value, weight) in from {
                below += weight;
                last = *value;
                if below >= share * total {
                    break;
                }
            }
            last
        };
        Tails {
            feature: feature.to_string(),
            low: TAIL_SHARES.map(|share| outward(cut(share, &mut sorted.iter()), f64::floor)),
            high: TAIL_SHARES.map(|share| outward(cut(share, &mut sorted.iter().rev()), f64::ceil)),
        }
    }
}

/// A cut to six digits, for people to read; rounded away from the middle, so that no value at the cut falls beyond it.
fn outward(cut: f64, round: fn(f64) -> f64) -> f64 {
    if cut == 0.0 || !cut.is_finite() {
        return cut;
    }
    let scale = 10f64.powi(5 - cut.abs().log10().floor() as i32);
    let near = (cut * scale).round();
    // What is whole but for rounding stays.
    let whole = if near / scale == cut { near } else { round(cut * scale) };
    format!("{:.5e}", whole / scale).parse().unwrap_or(cut)
}

/// Unusualness of an account with so many points over so many known features.
fn unusualness(points: f64, known: usize) -> f64 {
    points / (known.max(1) as f64).sqrt()
}

impl Support {
    /// Learns from the training values, `NaN` for missing, with the weights of the fit: `column` gives those of a curve, and
    /// is asked for one after the other.
    pub fn learn(curves: &[Curve], column: impl Fn(usize) -> Vec<f64>, weights: &[f64]) -> Support {
        let mut points = vec![(0.0, 0usize); weights.len()];
        let mut tails = Vec::with_capacity(curves.len());
        for (at, curve) in curves.iter().enumerate() {
            let values = column(at);
            let of_curve = Tails::learn(&curve.feature, &values, weights);
            for ((points, known), value) in points.iter_mut().zip(&values).filter(|(_, v)| !v.is_nan()) {
                *points += of_curve.points(*value);
                *known += 1;
            }
            tails.push(of_curve);
        }
        let points = points.into_iter().zip(weights);
        let mut rows: Vec<(f64, f64)> =
            points.map(|((points, known), weight)| (unusualness(points, known), *weight)).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let total: f64 = weights.iter().sum();
        let knots = SUPPORT_SHARES.map(|target| {
            let mut above = 0.0;
            let reached = rows.iter().find(|(_, weight)| {
                above += weight;
                above >= target * total
            });
            let unusual = reached.map_or(0.0, |(unusual, _)| *unusual);
            let share = rows.iter().take_while(|row| row.0 >= unusual).map(|row| row.1).sum::<f64>() / total;
            // Five digits, as a person would read them; downward, so that who is at a knot reaches it.
            ((unusual * 1e5).floor() / 1e5, (share * 1e5).round() / 1e5)
        });
        let (unusual, shares) = (knots.map(|(unusual, _)| unusual), knots.map(|(_, share)| share));
        Support { tails, unusual, shares }
    }

    /// Support of an account, 0 to 1: the share of the training accounts that were at least as unusual, between the
    /// stored shares by straight lines. 1 for an account with nothing in any tail.
    pub fn of(&self, points: f64, known: usize) -> f64 {
        let found = unusualness(points, known);
        if found <= 0.0 {
            return 1.0;
        }
        let mut before = (0.0, 1.0);
        for (unusual, share) in self.unusual.iter().zip(&self.shares) {
            if *unusual <= before.0 {
                continue;
            }
            if found <= *unusual {
                return before.1 + (*share - before.1) * (found - before.0) / (unusual - before.0);
            }
            before = (*unusual, *share);
        }
        // Beyond the last share: less and less, never nothing.
        before.1 * before.0 / found
    }

    /// [`Support::of`] for up to so many known features, one row after the other, each for values beyond no cut, one, and so on
    /// up to [`CUTS`] less one: nearly all that is ever asked.
    pub(super) fn usual(&self, known: usize) -> Vec<[f64; CUTS]> {
        let of = |known| std::array::from_fn(|beyond| self.of(POINTS * beyond as f64, known));
        (0..=known).map(of).collect()
    }

    /// What is wrong with it, if anything; `features` are those of the model.
    pub(super) fn fault(&self, features: &[Curve]) -> Option<String> {
        let names = self.tails.iter().map(|t| &t.feature).ne(features.iter().map(|c| &c.feature));
        let sorted = |cuts: &[f64], way: f64| cuts.windows(2).all(|pair| way * pair[0] <= way * pair[1]);
        let numbers = |cuts: &[f64]| cuts.iter().all(|cut| cut.is_finite());
        if names {
            return Some("its tails are not those of the features, in their order".into());
        }
        for tails in &self.tails {
            let good = numbers(&tails.low)
                && numbers(&tails.high)
                && sorted(&tails.low, -1.0)
                && sorted(&tails.high, 1.0)
                && tails.low[0] <= tails.high[0];
            if !good {
                return Some(format!("the tails of {:?} are not in order", tails.feature));
            }
        }
        let good = numbers(&self.unusual)
            && numbers(&self.shares)
            && sorted(&self.unusual, 1.0)
            && sorted(&self.shares, -1.0)
            && self.unusual[0] >= 0.0
            && self.shares[0] <= 1.0
            && self.shares[8] > 0.0;
        (!good).then(|| "its unusualness is not rising, or its shares are not falling".into())
    }
}

#[cfg(test)]
mod by_hand;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Scale;
    use crate::model::Encoding;

    /// Two features of 10,000 accounts: 0 to 9999, and a flag that one in fifty has.
    fn learnt() -> Support {
        let count: Vec<f64> = (0..10_000).map(f64::from).collect();
        let flag: Vec<f64> = (0..10_000).map(|n| f64::from(u8::from(n % 50 == 7))).collect();
        let weights = vec![1.0; 10_000];
        let curve = |name: &str, values: &[f64]| {
            Curve::shape(name, Scale::Linear, values, &weights, &Encoding::default()).unwrap()
        };
        let curves = [curve("count", &count), curve("flag", &flag)];
        Support::learn(&curves, |at| [&count, &flag][at].clone(), &weights)
    }

    #[test]
    fn cuts_are_where_the_shares_lie() {
        let tails = &learnt().tails;
        assert_eq!(tails[0].low, [299.0, 99.0, 29.0, 9.0, 2.0]);
        assert_eq!(tails[0].high, [9700.0, 9900.0, 9970.0, 9990.0, 9997.0]);
        assert_eq!(
            [5000.0, 9701.0, 9999.0, 1e9, -1.0].map(|v| tails[0].points(v)),
            [0.0, 0.5, 2.5, 2.5, 2.5]
        );
        // Two in a hundred have the flag: beyond the cut at three, not beyond that at one.
        assert_eq!([0.0, 1.0].map(|v| tails[1].points(v)), [0.0, 0.5]);
    }

    #[test]
    fn cuts_are_short_and_never_within() {
        assert_eq!(outward(1.0 / 3.0, f64::ceil), 0.333334);
        assert_eq!(outward(1.0 / 3.0, f64::floor), 0.333333);
        assert_eq!(outward(-1.0 / 3.0, f64::ceil), -0.333333);
        assert_eq!(
            [0.1, 25.0, 1e-7, 0.0, 123_456.0].map(|v| outward(v, f64::ceil)),
            [0.1, 25.0, 1e-7, 0.0, 123_456.0]
        );
    }

    #[test]
    fn support_is_the_share_at_least_as_unusual() {
        let support = learnt();
        assert_eq!(support.of(0.0, 2), 1.0);
        let steps: Vec<f64> =
            [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 30.0].iter().map(|p| support.of(*p, 2)).collect();
        assert!(steps.windows(2).all(|pair| pair[0] > pair[1]), "{steps:?}");
        // 6 % lie in a tail of the count, 2 % have the flag, 0.12 % both: 7.88 % have half a point or more.
        assert!((steps[0] - 0.0788).abs() < 1e-3, "{steps:?}");
        assert!(steps[5] < 0.002 && steps[6] > 0.0, "{steps:?}");
        // The same points over fewer features say less of each: a thin row is not unusual for being thin.
        assert!(support.of(1.0, 1) < support.of(1.0, 2));
    }

    #[test]
    fn nonsense_is_found() {
        let good = learnt();
        let curves: Vec<Curve> = Vec::new();
        assert!(good.fault(&curves).unwrap().contains("order"));
        let mut bad = good.clone();
        bad.unusual[0] = 99.0;
        let shape = |name: &str| {
            Curve::shape(name, Scale::Linear, &[0.0, 1.0], &[1.0, 1.0], &Encoding::default()).unwrap()
        };
        let curves = [shape("count"), shape("flag")];
        assert_eq!(good.fault(&curves), None);
        assert!(bad.fault(&curves).unwrap().contains("rising"));
        bad = good;
        bad.tails[1].low[0] = 7.0;
        assert!(bad.fault(&curves).unwrap().contains("flag"));
    }
}
