//! Cutting features into bins: the curve of a feature, and how its shape is learnt from values.

use serde::{Deserialize, Serialize};

use crate::features::Scale;

/// Marks a missing value among bin numbers.
pub const MISSING: u8 = u8::MAX;
/// The most bins a feature may have.
pub const MAX_BINS: usize = 64;

/// How features are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Encoding {
    /// Quantile bins a feature is cut into, 2 to 64.
    pub bins: usize,
    /// A bin holding less than this share of the weight is merged with its neighbour.
    pub min_share: f64,
    /// Give each feature a weight on its standardised value too.
    pub linear: bool,
    /// So many pairs of features get a grid of their own; see [`super::Pair`].
    #[serde(skip_serializing_if = "is_zero")]
    pub interactions: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl Default for Encoding {
    fn default() -> Self {
        Encoding { bins: 10, min_share: 0.01, linear: true, interactions: 0 }
    }
}

/// A direction that the field's knowledge gives a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More of it never speaks less for a bot.
    Rising,
    /// More of it never speaks more for a bot.
    Falling,
}

impl Direction {
    /// 1 for rising, -1 for falling.
    pub(super) fn sign(self) -> f64 {
        match self {
            Direction::Rising => 1.0,
            Direction::Falling => -1.0,
        }
    }
}

/// What a feature adds to the log-odds, as a function of its value.
///
/// For a value `x`, with bin `k` = number of `edges` below `x`: `weights[k] + slope * clamp((scale(x) - mean) /
/// sd, -clip, clip)`. A missing value adds 0, which is the mean of the curve over the training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Name in the catalogue of features.
    pub feature: String,
    /// Upper ends of all bins but the last; a value equal to an edge lies below it.
    pub edges: Vec<f64>,
    /// Log-odds of each bin, before calibration; one more than `edges`.
    pub weights: Vec<f64>,
    /// Share of the training weight in each bin, of the rows where the feature is known.
    pub shares: Vec<f64>,
    /// How the value is stretched for the standardised part.
    pub scale: Scale,
    /// Weighted mean of the stretched value.
    pub mean: f64,
    /// Weighted standard deviation of the stretched value.
    pub sd: f64,
    /// Log-odds per standard deviation; 0 where the standardised part is off.
    pub slope: f64,
    /// Share of the training weight where the feature is known.
    pub known: f64,
    /// The direction it was held to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monotone: Option<Direction>,
}

/// Standardised values are cut off here, in standard deviations.
pub const CLIP: f64 = 3.0;

impl Curve {
    /// The shape of a curve from weighted values (`NaN`: missing), all weights of the curve being 0.
    ///
    /// `None` where the feature is known nowhere or is constant: there is nothing to learn from it.
    pub fn shape(
        feature: &str,
        scale: Scale,
        values: &[f64],
        row_weights: &[f64],
        how: &Encoding,
    ) -> Option<Curve> {
        let mut pairs: Vec<(f64, f64)> = values
            .iter()
            .zip(row_weights)
            .filter(|(v, w)| !v.is_nan() && **w > 0.0)
            .map(|(v, w)| (*v, *w))
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = pairs.iter().map(|(_, w)| w).sum();
        let everything: f64 = row_weights.iter().sum();
        if pairs.is_empty() || pairs[0].0 == pairs[pairs.len() - 1].0 {
            return None;
        }
        let edges = quantile_edges(&pairs, total, how.bins.clamp(2, MAX_BINS), how.min_share);
        if edges.is_empty() {
            return None;
        }
        let mut shares = vec![0.0; edges.len() + 1];
        let (mut mean, mut square) = (0.0, 0.0);
        for (value, weight) in &pairs {
            shares[bin_of(&edges, *value)] += weight / total;
            mean += scale.apply(*value) * weight / total;
        }
        for (value, weight) in &pairs {
            square += (scale.apply(*value) - mean).powi(2) * weight / total;
        }
        let sd = square.sqrt();
        let sd = if sd > 1e-9 { sd } else { 1.0 };
        Some(Curve {
            feature: feature.to_string(),
            weights: vec![0.0; edges.len() + 1],
            edges,
            shares,
            scale,
            mean,
            sd,
            slope: 0.0,
            known: total / everything,
            monotone: None,
        })
    }

    /// The bin a value lies in.
    pub fn bin(&self, value: f64) -> usize {
        bin_of(&self.edges, value)
    }

    /// The standardised value, cut off at three standard deviations.
    pub fn standardised(&self, value: f64) -> f64 {
        ((self.scale.apply(value) - self.mean) / self.sd).clamp(-CLIP, CLIP)
    }

    /// What the value adds to the log-odds, before calibration; 0 for `NaN`.
    pub fn log_odds(&self, value: f64) -> f64 {
        if value.is_nan() {
            return 0.0;
        }
        let weight = self.weights[self.bin(value)];
        // Without a slope the standardised value, a logarithm as a rule, need not be known.
        if self.slope == 0.0 { weight } else { weight + self.slope * self.standardised(value) }
    }
}

/// The bin a value lies in: the number of edges below it.
pub(super) fn bin_of(edges: &[f64], value: f64) -> usize {
    // A few edges are counted faster, several at a time and without a branch, than halved.
    if edges.len() <= 16 {
        edges.iter().map(|edge| usize::from(*edge < value)).sum()
    } else {
        edges.partition_point(|edge| *edge < value)
    }
}

/// Edges at the weighted quantiles, bins thinner than `min_share` merged. Each is a value that occurs, or is just above one with
/// no other between ([`short_edge`]): what is fitted and what a model file says are the same bins.
fn quantile_edges(sorted: &[(f64, f64)], total: f64, bins: usize, min_share: f64) -> Vec<f64> {
    let mut edges: Vec<f64> = Vec::with_capacity(bins);
    let largest = sorted[sorted.len() - 1].0;
    let mut cumulative = 0.0;
    let mut at_last_edge = 0.0;
    let mut next = 1;
    for (index, (value, weight)) in sorted.iter().enumerate() {
        cumulative += weight;
        let Some((following, _)) = sorted.get(index + 1) else { break };
        if following <= value || *value == largest {
            continue;
        }
        let reached = cumulative / total;
        if reached < next as f64 / bins as f64 {
            continue;
        }
        while next < bins && reached >= next as f64 / bins as f64 {
            next += 1;
        }
        if reached - at_last_edge >= min_share && 1.0 - reached >= min_share {
            edges.push(short_edge(*value, *following));
            at_last_edge = reached;
        }
    }
    edges
}

/// An edge above `value` for people to read: a number of nine digits that is not below it. Where `following`, the
/// next value that occurs, would come to lie below such an edge too, `value` with all its digits.
fn short_edge(value: f64, following: f64) -> f64 {
    let nine = |number: f64| format!("{number:.8e}").parse().unwrap_or(number);
    let mut short: f64 = nine(value);
    if short < value {
        short = nine(short + 10f64.powi(short.abs().log10().floor() as i32 - 8));
    }
    if (value..following).contains(&short) { short } else { value }
}

#[cfg(test)]
mod by_hand;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_short_and_no_value_moves_to_another_bin() {
        let third = 1.0 / 3.0;
        assert_eq!(short_edge(2.0 * third, 1.0), 0.666666667);
        assert_eq!(short_edge(4.0 * third, 1.5), 1.33333334, "not 1.33333333, which is below the value");
        assert_eq!(short_edge(-2.0 * third, 0.0), -0.666666666);
        assert_eq!(short_edge(-4.0 * third, 0.0), -1.33333333);
        assert_eq!([0.0, 12.0, 0.1, -3.5, 1e-7].map(|v| short_edge(v, 1e9)), [0.0, 12.0, 0.1, -3.5, 1e-7]);
        assert_eq!(short_edge(9.999_999_999_1, 20.0), 10.0);
        assert_eq!(short_edge(third, third + 1e-12), third, "nothing shorter lies between");
        // The bins of the shape, and what the file says of them, are of the edges as they are written.
        let values: Vec<f64> =
            (1..=40).flat_map(|n| (1..=n).map(move |m| f64::from(m) / f64::from(n))).collect();
        let curve = shape(&values, &Encoding::default()).unwrap();
        let mut shares = vec![0.0; curve.edges.len() + 1];
        values.iter().for_each(|value| shares[curve.bin(*value)] += 1.0 / values.len() as f64);
        assert!(shares.iter().zip(&curve.shares).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(curve.edges.iter().all(|edge| *edge == format!("{edge:.8e}").parse::<f64>().unwrap()));
    }

    fn shape(values: &[f64], how: &Encoding) -> Option<Curve> {
        Curve::shape("x", Scale::Linear, values, &vec![1.0; values.len()], how)
    }

    #[test]
    fn bins_hold_equal_shares_and_a_flag_has_two() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let curve = shape(&values, &Encoding { bins: 4, ..Encoding::default() }).unwrap();
        assert_eq!(curve.edges, [24.0, 49.0, 74.0]);
        assert!(curve.shares.iter().all(|share| (share - 0.25).abs() < 1e-12));
        let flag = shape(&[0.0, 1.0, 1.0, f64::NAN], &Encoding::default()).unwrap();
        assert_eq!((flag.edges.as_slice(), flag.bin(0.0), flag.bin(1.0)), (&[0.0][..], 0, 1));
        assert_eq!(flag.known, 0.75);
    }

    #[test]
    fn what_is_constant_or_unknown_has_no_curve() {
        assert_eq!(shape(&[3.0; 5], &Encoding::default()), None);
        assert_eq!(shape(&[f64::NAN; 5], &Encoding::default()), None);
        // One in a thousand is too thin a bin to stand alone.
        let mut values = vec![0.0; 999];
        values.push(1.0);
        assert_eq!(shape(&values, &Encoding::default()), None);
    }

    #[test]
    fn a_missing_value_adds_nothing() {
        let mut curve = shape(&[0.0, 1.0, 2.0, 3.0], &Encoding { bins: 2, ..Encoding::default() }).unwrap();
        curve.weights = vec![-1.0, 1.0];
        curve.slope = 0.5;
        assert_eq!(curve.log_odds(f64::NAN), 0.0);
        assert!(curve.log_odds(3.0) > 1.0);
        assert_eq!(curve.log_odds(1e12), curve.log_odds(1e9), "cut off far outside");
    }

    #[test]
    fn weights_of_rows_move_the_quantiles() {
        let values = [1.0, 2.0, 3.0, 4.0];
        let curve = Curve::shape(
            "x",
            Scale::Linear,
            &values,
            &[7.0, 1.0, 1.0, 1.0],
            &Encoding { bins: 2, ..Encoding::default() },
        )
        .unwrap();
        assert_eq!(curve.edges, [1.0]);
        assert!((curve.shares[0] - 0.7).abs() < 1e-12);
    }

    #[test]
    fn the_moments_and_shares_of_a_curve_are_weighted() {
        let values = [1.0, 2.0, f64::NAN, 4.0, 8.0, 100.0];
        let weights = [1.0, 2.0, 15.0, 3.0, 4.0, 0.0];
        let how = Encoding { bins: 4, min_share: 0.01, ..Encoding::default() };
        for scale in [Scale::Linear, Scale::Log1p] {
            let curve = Curve::shape("followers_count", scale, &values, &weights, &how).unwrap();
            let x = |value: f64| if scale == Scale::Linear { value } else { (1.0 + value).ln() };
            let rows = [(1.0, 1.0), (2.0, 2.0), (4.0, 3.0), (8.0, 4.0)];
            let mean = rows.iter().map(|(value, weight)| weight * x(*value)).sum::<f64>() / 10.0;
            let square =
                rows.iter().map(|(value, weight)| weight * x(*value) * x(*value)).sum::<f64>() / 10.0;
            assert!((curve.mean - mean).abs() < 1e-12);
            assert!((curve.sd - (square - mean * mean).sqrt()).abs() < 1e-9);
            assert!((curve.known - 10.0 / 25.0).abs() < 1e-12);
            assert!(curve.edges.len() >= 2);
            for (bin, share) in curve.shares.iter().enumerate() {
                let above = if bin == 0 { f64::NEG_INFINITY } else { curve.edges[bin - 1] };
                let up_to = curve.edges.get(bin).copied().unwrap_or(f64::INFINITY);
                let inside = rows.iter().filter(|(value, _)| *value > above && *value <= up_to);
                assert!((share - inside.map(|(_, weight)| weight).sum::<f64>() / 10.0).abs() < 1e-12);
            }
        }
    }
}
