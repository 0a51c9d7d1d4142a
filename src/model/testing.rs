//! Made-up samples, and a model small enough to be worked out by hand, for unit tests here and of `evaluate`.

use super::column::Column;
use super::encoding::{Curve, Encoding};
use super::file::Model;
use super::pair::Pair;
use super::samples::{Samples, SourceInfo};
use super::shared::Name;
use super::train::Recipe;
use super::{Bands, Calibration};
use crate::features::{CATALOGUE, Scale};
use crate::scramble::scramble;

/// What a function of eight numbers gives for `x`: the same bits in every lane and on every kind of processor here. Four other
/// numbers stand beside it, of which the first gives `exactly`.
macro_rules! in_any_lane {
    ($function:ident, $x:expr, beside $beside:expr, exactly $exactly:expr) => {{
        use fearless_simd::{Level, dispatch};
        let (x, [first, second, third, fourth]) = ($x, $beside);
        let of = |level| {
            let numbers = [x, first, x, second, third, x, fourth, x];
            let found = dispatch!(level, simd => $function(simd, f64x8::simd_from(simd, numbers)).to_array());
            assert_eq!((found[1], found[0].to_bits()), ($exactly, found[2].to_bits()));
            assert_eq!(found[0].to_bits(), found[7].to_bits());
            found[0]
        };
        let (any, this): (f64, f64) = (of(Level::baseline()), of(Level::new()));
        assert_eq!(any.to_bits(), this.to_bits(), "{x}");
        this
    }};
}
pub(super) use in_any_lane;

/// The features that the samples have.
pub(crate) const FEATURES: [&str; 3] = ["followers_count", "friends_count", "statuses_count"];

/// Place of a feature in the catalogue.
pub(crate) fn column(name: &str) -> usize {
    CATALOGUE.iter().position(|feature| feature.name == name).unwrap()
}

/// Rows of `(source, bot)`, each an account of its own, with three features that say something of the label. The sources
/// are given by family and weight.
pub(crate) fn samples(families: &[(&str, f64)], rows: &[(usize, bool)]) -> Samples {
    let missing: Column = rows.iter().map(|_| f64::NAN).collect();
    let mut values = vec![missing; CATALOGUE.len()];
    for (name, step) in FEATURES.into_iter().zip([3, 5, 7]) {
        let value = |(row, (_, bot)): (usize, &(usize, bool))| {
            (scramble((row * 8 + step) as u64) % 100) as f64 + if *bot { 30.0 } else { 0.0 }
        };
        values[column(name)] = rows.iter().enumerate().map(value).collect();
    }
    let source = |(at, (family, weight)): (usize, &(&str, f64))| SourceInfo {
        name: format!("source {at}"),
        family: family.to_string(),
        weight: *weight,
        hold_out: true,
    };
    Samples {
        values,
        labels: rows.iter().map(|(_, bot)| *bot).collect(),
        groups: (0..rows.len() as u64).collect(),
        names: vec![Name::default(); rows.len()],
        source: rows.iter().map(|(source, _)| *source).collect(),
        file: vec![0; rows.len()],
        row: (1..=rows.len() as u64).collect(),
        sources: families.iter().enumerate().map(source).collect(),
        files: Vec::new(),
    }
}

/// So many rows of each `(source, bot, rows)`.
pub(crate) fn cells(families: &[(&str, f64)], cells: &[(usize, bool, usize)]) -> Samples {
    let rows: Vec<(usize, bool)> =
        cells.iter().flat_map(|(source, bot, n)| std::iter::repeat_n((*source, *bot), *n)).collect();
    samples(families, &rows)
}

/// The standard recipe for the features that the samples have.
pub(crate) fn recipe(interactions: usize) -> Recipe {
    Recipe {
        features: FEATURES.map(column).into(),
        encoding: Encoding { interactions, ..Encoding::default() },
        ..Recipe::standard()
    }
}

/// Two counts and a share with round weights, and a pair of the counts.
pub(crate) fn small_model() -> Model {
    let curve = |feature: &str, edges: &[f64], weights: &[f64], shares: &[f64]| Curve {
        feature: feature.into(),
        edges: edges.to_vec(),
        weights: weights.to_vec(),
        shares: shares.to_vec(),
        scale: Scale::Log1p,
        mean: 5.0,
        sd: 2.0,
        slope: 0.0,
        known: 0.75,
        monotone: None,
    };
    Model {
        name: "small".into(),
        prevalence: 0.1,
        calibration: Calibration { slope: 2.0, intercept: 0.5, at_prevalence: 0.5 },
        bands: Bands {
            genuine_up_to: Some(0.02),
            spam_from: Some(0.6),
            min_features: 1,
            spam_needs_evidence: false,
            chosen: "by hand".into(),
        },
        intercept: -0.25,
        features: vec![
            curve("followers_count", &[10.0, 100.0], &[-1.0, 0.5, 2.0], &[0.2, 0.5, 0.3]),
            curve("friends_count", &[200.0], &[0.4, -0.4], &[0.25, 0.75]),
            Curve {
                scale: Scale::Linear,
                mean: 0.5,
                sd: 0.25,
                slope: 0.125,
                ..curve("reputation", &[0.25], &[0.75, -0.25], &[0.25, 0.75])
            },
        ],
        support: None,
        pairs: vec![Pair {
            features: ["followers_count", "friends_count"].map(String::from),
            edges: [vec![10.0], vec![200.0]],
            weights: vec![vec![0.3, -0.3], vec![-0.3, 0.3]],
            shares: vec![vec![0.1, 0.4], vec![0.3, 0.2]],
            known: 0.5,
        }],
        held_out: Vec::new(),
        ..Model::embedded().unwrap()
    }
}

/// Two numbers that differ by rounding alone.
#[track_caller]
pub(crate) fn close(found: f64, right: f64) {
    assert!((found - right).abs() <= 1e-12 * right.abs().max(1.0), "{found}, not {right}");
}
