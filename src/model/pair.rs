//! Pairwise interactions: what two features together add beyond their curves.
//!
//! A grid over the bins of both, as in GA2M (Lou, Caruana, Gehrke & Hooker 2013, "Accurate intelligible models with
//! pairwise interactions"). Which pairs are worth a grid is found as there: the residuals of the model without pairs are
//! put into coarse grids, and the pairs whose cells explain most of them, beyond what their rows and columns do, are
//! taken.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::encoding::{Curve, Encoding, MISSING, bin_of};
use crate::features::Scale;

/// Bins of each feature of a pair; a cell of the grid must fit into a byte, with room for "missing".
pub const PAIR_BINS: usize = 8;
/// A cell counts as if it held so many rows more than it does when pairs are chosen, so that an odd row is no find.
const CELL_PRIOR: f64 = 5.0;

/// What two features add to the log-odds together, beyond their curves.
///
/// For values `x` and `y`, in bins `i` and `j` (numbers of edges below them): `weights[i][j]`. Where either is missing
/// it adds 0, which is the mean of the grid over the training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Names in the catalogue of features; both have a curve in the model too.
    pub features: [String; 2],
    /// Upper ends of all bins but the last, of the first and of the second feature.
    pub edges: [Vec<f64>; 2],
    /// Log-odds of each cell, before calibration: a row a bin of the first, a column a bin of the second.
    pub weights: Vec<Vec<f64>>,
    /// Share of the training weight in each cell, of the rows where both are known.
    pub shares: Vec<Vec<f64>>,
    /// Share of the training weight where both are known.
    pub known: f64,
}

impl Pair {
    /// Both names, with ` x ` between them.
    pub fn label(&self) -> String {
        self.features.join(" x ")
    }

    /// Row and column of the cell that two values lie in; `None` where either is `NaN`.
    pub fn cell(&self, first: f64, second: f64) -> Option<(usize, usize)> {
        let known = !first.is_nan() && !second.is_nan();
        known.then(|| (bin_of(&self.edges[0], first), bin_of(&self.edges[1], second)))
    }

    /// What two values add to the log-odds, before calibration; 0 where either is `NaN`.
    pub fn log_odds(&self, first: f64, second: f64) -> f64 {
        self.cell(first, second).map_or(0.0, |(i, j)| self.weights[i][j])
    }

    /// Number of the cell, row after row, or [`MISSING`].
    pub(super) fn cell_number(&self, first: f64, second: f64) -> u8 {
        self.cell(first, second).map_or(MISSING, |(i, j)| (i * (self.edges[1].len() + 1) + j) as u8)
    }

    /// The shape of a grid from weighted values, all weights of cells being 0. `None` where it has only one row or column,
    /// or both are never known together.
    pub(super) fn shape(
        features: [&str; 2],
        values: [&[f64]; 2],
        row_weights: &[f64],
        how: &Encoding,
    ) -> Option<Pair> {
        let edges = [0, 1].map(|at| coarse_edges(features[at], values[at], row_weights, how));
        let [Some(first), Some(second)] = edges else { return None };
        Pair::on_edges(features, [first, second], values, row_weights)
    }

    /// [`Pair::shape`] with the edges known.
    fn on_edges(
        features: [&str; 2],
        edges: [Vec<f64>; 2],
        values: [&[f64]; 2],
        row_weights: &[f64],
    ) -> Option<Pair> {
        let (rows, columns) = (edges[0].len() + 1, edges[1].len() + 1);
        let mut pair = Pair {
            features: features.map(str::to_string),
            edges,
            weights: vec![vec![0.0; columns]; rows],
            shares: vec![vec![0.0; columns]; rows],
            known: 0.0,
        };
        for ((first, second), weight) in values[0].iter().zip(values[1]).zip(row_weights) {
            if let Some((i, j)) = pair.cell(*first, *second) {
                pair.shares[i][j] += weight;
                pair.known += weight;
            }
        }
        if pair.known <= 0.0 {
            return None;
        }
        let known = pair.known;
        pair.shares.iter_mut().flatten().for_each(|share| *share /= known);
        pair.known /= row_weights.iter().sum::<f64>();
        Some(pair)
    }
}

/// The edges of a feature in a grid; `None` where it is known nowhere or constant.
fn coarse_edges(feature: &str, values: &[f64], row_weights: &[f64], how: &Encoding) -> Option<Vec<f64>> {
    let coarse = Encoding { bins: how.bins.min(PAIR_BINS), ..*how };
    Curve::shape(feature, Scale::Linear, values, row_weights, &coarse).map(|curve| curve.edges)
}

/// The pairs of columns that explain most of what a model without them has left over, best first.
///
/// `columns`: names and values of the features, `residuals` and `curvatures`: gradient and second derivative of the
/// weighted log-loss at the model's log-odds, one a row (the gain of a cell is that of one Newton step).
pub(super) fn most_promising(
    columns: &[(&str, &[f64])],
    row_weights: &[f64],
    residuals: &[f64],
    curvatures: &[f64],
    how: &Encoding,
) -> Vec<Pair> {
    // Once a column, not once a pair: it sorts.
    let edges: Vec<Option<Vec<f64>>> =
        columns.par_iter().map(|(feature, values)| coarse_edges(feature, values, row_weights, how)).collect();
    let all: Vec<(usize, usize)> =
        (0..columns.len()).flat_map(|a| (a + 1..columns.len()).map(move |b| (a, b))).collect();
    let mut found: Vec<(f64, Pair)> = all
        .par_iter()
        .filter_map(|&(a, b)| {
            let values = [columns[a].1, columns[b].1];
            let edges = [edges[a].clone()?, edges[b].clone()?];
            let pair = Pair::on_edges([columns[a].0, columns[b].0], edges, values, row_weights)?;
            let gain = gain(&pair, values, residuals, curvatures);
            (gain > 0.0).then_some((gain, pair))
        })
        .collect();
    // The sort is stable, so pairs of equal gain stay in the catalogue's order.
    found.sort_by(|x, y| y.0.total_cmp(&x.0));
    found.truncate(how.interactions);
    found.into_iter().map(|(_, pair)| pair).collect()
}

/// How much a Newton step in every cell gains beyond such steps in the rows and in the columns of the grid.
fn gain(pair: &Pair, values: [&[f64]; 2], residuals: &[f64], curvatures: &[f64]) -> f64 {
    let (rows, columns) = (pair.edges[0].len() + 1, pair.edges[1].len() + 1);
    let mut cells = vec![(0.0, 0.0); rows * columns];
    let both = values[0].iter().zip(values[1]).zip(residuals.iter().zip(curvatures));
    for ((first, second), (residual, curvature)) in both {
        let cell = pair.cell_number(*first, *second);
        if let Some(sum) = cells.get_mut(usize::from(cell)) {
            sum.0 += residual;
            sum.1 += curvature;
        }
    }
    let step = |sums: (f64, f64)| sums.0 * sums.0 / (sums.1 + CELL_PRIOR);
    let add = |a: (f64, f64), b: &(f64, f64)| (a.0 + b.0, a.1 + b.1);
    let in_rows = cells.chunks(columns).map(|row| step(row.iter().fold((0.0, 0.0), add)));
    let in_columns = (0..columns).map(|j| step(cells.iter().skip(j).step_by(columns).fold((0.0, 0.0), add)));
    cells.iter().map(|cell| step(*cell)).sum::<f64>() - in_rows.sum::<f64>() - in_columns.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chessboard: neither feature tells anything alone, together they tell all.
    fn chessboard() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let a: Vec<f64> = (0..400).map(|i| f64::from(i % 20)).collect();
        let b: Vec<f64> = (0..400).map(|i| f64::from(i / 20)).collect();
        let residuals =
            a.iter().zip(&b).map(|(a, b)| if (*a < 10.0) == (*b < 10.0) { 0.5 } else { -0.5 }).collect();
        (a, b, residuals)
    }

    #[test]
    fn the_pair_that_tells_together_is_found_and_one_that_tells_alone_is_not_preferred() {
        let (a, b, mut residuals) = chessboard();
        let noise: Vec<f64> = (0..400).map(|i| f64::from((i * 7919) % 13)).collect();
        // A strong effect of `noise` alone is no interaction.
        residuals.iter_mut().zip(&noise).for_each(|(r, n)| *r += if *n > 6.0 { 0.4 } else { -0.4 });
        let columns = [("a", &a[..]), ("noise", &noise[..]), ("b", &b[..])];
        let how = Encoding { bins: 4, interactions: 1, ..Encoding::default() };
        let found = most_promising(&columns, &[1.0; 400], &residuals, &[0.25; 400], &how);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].label(), "a x b");
    }

    #[test]
    fn cells_hold_their_shares_and_a_missing_value_adds_nothing() {
        let (mut a, b, _) = chessboard();
        a[0] = f64::NAN;
        let how = Encoding { bins: 4, ..Encoding::default() };
        let mut pair = Pair::shape(["a", "b"], [&a, &b], &[1.0; 400], &how).unwrap();
        assert_eq!((pair.edges[0].len(), pair.edges[1].len()), (3, 3));
        assert!((pair.shares.iter().flatten().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((pair.known - 399.0 / 400.0).abs() < 1e-12);
        pair.weights[0][3] = 0.75;
        assert_eq!(pair.log_odds(0.0, 19.0), 0.75);
        assert_eq!(pair.cell_number(0.0, 19.0), 3);
        assert_eq!((pair.log_odds(f64::NAN, 19.0), pair.cell_number(0.0, f64::NAN)), (0.0, MISSING));
        assert_eq!(Pair::shape(["a", "b"], [&a, &vec![1.0; 400]], &[1.0; 400], &how), None);
    }

    #[test]
    fn the_gain_of_a_grid_by_hand() {
        let pair = crate::model::testing::small_model().pairs.remove(0);
        // Up to 10 and above; up to 200 and above. One row a cell, two in the last, and one that is known by half.
        let values = [&[1.0, 1.0, 20.0, 20.0, 30.0, 1.0][..], &[1.0, 300.0, 1.0, 300.0, 400.0, f64::NAN]];
        let residuals = [2.0, -1.0, -3.0, 1.5, 0.5, 100.0];
        let curvatures = [1.0, 2.0, 3.0, 0.5, 0.5, 100.0];
        // Square of the residuals over curvature and the prior of 5.
        let cells = 4.0 / 6.0 + 1.0 / 7.0 + 9.0 / 8.0 + 4.0 / 6.0;
        let rows = 1.0 / 8.0 + 1.0 / 9.0;
        let columns = 1.0 / 9.0 + 1.0 / 8.0;
        assert!((gain(&pair, values, &residuals, &curvatures) - (cells - rows - columns)).abs() < 1e-12);
    }
}
