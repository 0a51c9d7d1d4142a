//! Weighted logistic regression on the solver that `linfa-logistic` uses.
//!
//! `linfa-logistic` 0.8 has no row weights, which balancing sources and classes needs, so the objective is
//! written again here with weights, on the same L-BFGS with Moré-Thuente line search from `argmin`, and with
//! `linfa`'s traits: [`WeightedLogistic`] is an unchecked builder, [`ValidWeightedLogistic`] implements
//! [`Fit`]. With weights of 1 it finds the coefficients of `linfa_logistic::LogisticRegression` to 1e-6 (a test
//! says so). Training goes through [`minimise`] with a binned [`Design`], which never makes the one-hot matrix.
//!
//! Objective: `sum_i w_i ln(1 + exp(-y_i eta_i)) + penalty(theta) / 2`, with `y` in {-1, 1}, `eta = X theta + b`;
//! scikit-learn's `LogisticRegression` minimises the same with `alpha = 1 / C`. The intercept is not penalised.

use std::borrow::Cow;
use std::cell::RefCell;

use argmin::core::{
    CostFunction, Error as ArgminError, Executor, Gradient, State, TerminationReason, TerminationStatus,
};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use linfa::dataset::DatasetBase;
use linfa::param_guard::ParamGuard;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, Axis, ShapeBuilder};
use rayon::prelude::*;

use super::encoding::{Curve, Direction, MISSING};
use super::pair::Pair;

/// What keeps a fit from being made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum FitError {
    #[error("the training rows are all {0}; both bots and humans are needed")]
    OneClass(&'static str),
    #[error("{found} values where {expected} were expected")]
    Shape { found: usize, expected: usize },
    #[error("{what} must be {expected}, found {found}")]
    Parameter { what: &'static str, expected: &'static str, found: f64 },
    #[error("a value of the training matrix is not finite (row {row}, column {column})")]
    NotFinite { row: usize, column: usize },
    #[error("the solver failed: {0}")]
    Solver(String),
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
    #[error(transparent)]
    LinfaLogistic(#[from] linfa_logistic::error::Error),
}

/// Stable `ln(1 + exp(-x))` and `1 / (1 + exp(x))`, which share the exponential.
fn loss_and_slope(x: f64) -> (f64, f64) {
    if x > 0.0 {
        let e = (-x).exp();
        (e.ln_1p(), e / (1.0 + e))
    } else {
        let e = x.exp();
        (e.ln_1p() - x, 1.0 / (1.0 + e))
    }
}

/// The logistic function `1 / (1 + exp(-x))`.
pub fn sigmoid(x: f64) -> f64 {
    // Of a number that is not above 0, which overflows nowhere; no branch hangs on the sign.
    let e = (-x.abs()).exp();
    let over = if x >= 0.0 { 1.0 } else { e };
    over / (1.0 + e)
}

/// A matrix as far as the solver needs it: products with parameters, and with residuals.
pub trait Design: Sync {
    /// Rows.
    fn rows(&self) -> usize;
    /// Parameters, the intercept left out.
    fn parameters(&self) -> usize;
    /// Adds `X theta` for the rows from `start` on to `eta`.
    fn add_eta(&self, start: usize, theta: &[f64], eta: &mut [f64]);
    /// Adds `X^T residuals` of the rows from `start` on to `gradient`.
    fn add_gradient(&self, start: usize, residuals: &[f64], gradient: &mut [f64]);
    /// Brings a gradient summed over all rows into its final form; `residual_sum` per design is its own matter.
    fn finish_gradient(&self, _gradient: &mut [f64]) {}
    /// Maps parameters to the form [`Design::add_eta`] takes.
    fn prepare(&self, theta: &[f64]) -> Vec<f64> {
        theta.to_vec()
    }
    /// The penalty and its gradient, the latter added to `gradient`.
    fn penalty(&self, theta: &[f64], gradient: Option<&mut [f64]>) -> f64;
    /// How much the second derivative by each parameter is, relative to that by the intercept: the solver walks on parameters
    /// stretched by its root, on which the valley is rounder (diagonal preconditioning). The minimum is the same.
    fn curvatures(&self) -> Option<Vec<f64>> {
        None
    }
}

/// Rows summed up together; fixed, so that sums do not depend on the number of threads.
const BLOCK: usize = 4096;

struct Objective<'d, D: Design> {
    design: &'d D,
    /// -1 or 1.
    targets: &'d [f64],
    weights: &'d [f64],
    /// Where it was evaluated last, with cost and gradient there: the line search asks for the one and then for the
    /// other, and one pass over the rows gives both.
    last: RefCell<Option<Evaluated>>,
    best: &'d RefCell<Best>,
    /// A parameter of the solver times this is one of the design; the last is the intercept's.
    scales: &'d [f64],
}

/// Cost and gradient at some parameters.
struct Evaluated {
    parameters: Array1<f64>,
    cost: f64,
    gradient: Array1<f64>,
}

/// The lowest cost seen. Near the minimum costs differ by less than a `f64` can tell, and the line search of argmin
/// 0.11, which has no limit of its own, can then go on for ever: one did, for an hour. So the objective ends the
/// run itself when many evaluations in a row have found nothing lower.
#[derive(Default)]
struct Best {
    parameters: Vec<f64>,
    cost: f64,
    gradient_norm: f64,
    evaluations: u64,
    since: u32,
}

/// Norm of the gradient, per unit of row weight, at which a stalled run stands at the minimum.
const FLAT: f64 = 1e-4;
/// Evaluations in a row without a lower cost after which there is no progress left.
const STALLED: u32 = 60;

impl Best {
    /// Takes note of an evaluation; `false` when the run has stalled.
    fn note(&mut self, parameters: &Array1<f64>, cost: f64, gradient: &Array1<f64>) -> bool {
        if self.evaluations == 0 || cost < self.cost {
            self.parameters.clear();
            self.parameters.extend(parameters);
            self.cost = cost;
            self.gradient_norm = gradient.dot(gradient).sqrt();
            self.since = 0;
        } else {
            self.since += 1;
        }
        self.evaluations += 1;
        self.since < STALLED
    }
}

impl<D: Design> Objective<'_, D> {
    /// What `wanted` takes of cost and gradient at these parameters.
    fn at<T>(
        &self,
        parameters: &Array1<f64>,
        wanted: impl Fn(f64, &Array1<f64>) -> T,
    ) -> Result<T, ArgminError> {
        if let Some(last) = &*self.last.borrow()
            && last.parameters == parameters
        {
            return Ok(wanted(last.cost, &last.gradient));
        }
        let (cost, gradient) = self.evaluate(&parameters.to_vec());
        let gradient = Array1::from(gradient);
        if !self.best.borrow_mut().note(parameters, cost, &gradient) {
            return Err(ArgminError::msg("no lower cost can be found"));
        }
        let result = wanted(cost, &gradient);
        self.last.replace(Some(Evaluated { parameters: parameters.clone(), cost, gradient }));
        Ok(result)
    }

    /// Cost and gradient in one pass over the rows.
    fn evaluate(&self, parameters: &[f64]) -> (f64, Vec<f64>) {
        let parameters: Vec<f64> = parameters.iter().zip(self.scales).map(|(p, scale)| p * scale).collect();
        let (theta, intercept) = parameters.split_at(self.design.parameters());
        let intercept = intercept[0];
        let prepared = self.design.prepare(theta);
        let starts: Vec<usize> = (0..self.design.rows()).step_by(BLOCK).collect();
        let blocks: Vec<(f64, Vec<f64>, f64)> = starts
            .par_iter()
            .map(|&start| {
                let end = (start + BLOCK).min(self.design.rows());
                let mut eta = vec![intercept; end - start];
                self.design.add_eta(start, &prepared, &mut eta);
                let mut cost = 0.0;
                let mut residual_sum = 0.0;
                for ((eta, y), w) in
                    eta.iter_mut().zip(&self.targets[start..end]).zip(&self.weights[start..end])
                {
                    let margin = *y * *eta;
                    let (loss, slope) = loss_and_slope(margin);
                    cost += w * loss;
                    *eta = -w * y * slope;
                    residual_sum += *eta;
                }
                let mut gradient = vec![0.0; prepared.len()];
                self.design.add_gradient(start, &eta, &mut gradient);
                (cost, gradient, residual_sum)
            })
            .collect();
        let mut cost = 0.0;
        let mut gradient = vec![0.0; prepared.len()];
        let mut residual_sum = 0.0;
        for (block_cost, block_gradient, block_sum) in blocks {
            cost += block_cost;
            residual_sum += block_sum;
            for (sum, value) in gradient.iter_mut().zip(block_gradient) {
                *sum += value;
            }
        }
        self.design.finish_gradient(&mut gradient);
        gradient.truncate(theta.len());
        cost += self.design.penalty(theta, Some(&mut gradient));
        gradient.push(residual_sum);
        gradient.iter_mut().zip(self.scales).for_each(|(g, scale)| *g *= scale);
        (cost, gradient)
    }
}

impl<D: Design> CostFunction for Objective<'_, D> {
    type Param = Array1<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Array1<f64>) -> Result<f64, ArgminError> {
        self.at(parameters, |cost, _| cost)
    }
}

impl<D: Design> Gradient for Objective<'_, D> {
    type Param = Array1<f64>;
    type Gradient = Array1<f64>;

    fn gradient(&self, parameters: &Array1<f64>) -> Result<Array1<f64>, ArgminError> {
        self.at(parameters, |_, gradient| gradient.clone())
    }
}

/// The minimum found by [`minimise`].
#[derive(Clone, Debug)]
pub struct Minimum {
    /// Parameters of the design.
    pub theta: Vec<f64>,
    /// The intercept.
    pub intercept: f64,
    /// Iterations of the solver.
    pub iterations: u64,
    /// Did the gradient reach the tolerance, rather than the iterations their limit?
    pub converged: bool,
}

/// Minimises the weighted logistic objective from zero.
///
/// `targets` and `weights` have one entry a row. Weights must be finite and not negative.
///
/// # Errors
/// [`FitError::OneClass`] where all weight is on one class; shapes and weights that do not fit.
pub fn minimise<D: Design>(
    design: &D,
    targets: &[bool],
    weights: &[f64],
    gradient_tolerance: f64,
    max_iterations: u64,
) -> Result<Minimum, FitError> {
    let rows = design.rows();
    for found in [targets.len(), weights.len()] {
        if found != rows {
            return Err(FitError::Shape { found, expected: rows });
        }
    }
    if let Some(bad) = weights.iter().find(|w| !w.is_finite() || **w < 0.0) {
        return Err(FitError::Parameter {
            what: "a row weight",
            expected: "finite and not negative",
            found: *bad,
        });
    }
    let weight_of = |class: bool| -> f64 {
        targets.iter().zip(weights).filter(|(t, _)| **t == class).map(|(_, w)| w).sum()
    };
    let (bots, humans) = (weight_of(true), weight_of(false));
    if bots <= 0.0 {
        return Err(FitError::OneClass("human"));
    }
    if humans <= 0.0 {
        return Err(FitError::OneClass("bot"));
    }
    let signs: Vec<f64> = targets.iter().map(|t| if *t { 1.0 } else { -1.0 }).collect();
    // No scale is below 1, so that a gradient which is small for the solver is as small for the design.
    let scales: Vec<f64> = match design.curvatures() {
        Some(curvatures) => {
            let most = curvatures.iter().fold(1.0, |most: f64, one| most.max(*one));
            curvatures.into_iter().map(|one| (most / one).sqrt()).chain([most.sqrt()]).collect()
        }
        None => vec![1.0; design.parameters() + 1],
    };
    let best = RefCell::new(Best::default());
    let objective = Objective {
        design,
        targets: &signs,
        weights,
        last: RefCell::new(None),
        best: &best,
        scales: &scales,
    };
    // Memory of 10, as in linfa-logistic.
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10)
        .with_tolerance_grad(gradient_tolerance)
        .and_then(|solver| solver.with_tolerance_cost(1e-15))
        .map_err(|error| FitError::Solver(error.to_string()))?;
    let mut start = Array1::zeros(design.parameters() + 1);
    start[design.parameters()] = (bots / humans).ln() / scales[design.parameters()];
    let run = Executor::new(objective, solver)
        .configure(|state| state.param(start).max_iters(max_iterations))
        .ctrlc(false)
        .run();
    // A line search that its objective ends is no error to the solver: only what was noted tells.
    let best = best.borrow();
    let (converged, iterations, mut theta) = match run {
        _ if best.since >= STALLED => {
            // As low as numbers of this size get: a minimum, if the gradient is all but gone.
            let flat = best.gradient_norm <= FLAT * weights.iter().sum::<f64>();
            (flat, best.evaluations, best.parameters.clone())
        }
        Ok(result) => {
            let state = result.state();
            let solved = TerminationStatus::Terminated(TerminationReason::SolverConverged);
            let found = state.get_best_param().map(|found| found.to_vec());
            let found = found.ok_or_else(|| FitError::Solver("it stopped without a result".into()))?;
            (*state.get_termination_status() == solved, state.get_iter(), found)
        }
        Err(error) => return Err(FitError::Solver(error.to_string())),
    };
    theta.iter_mut().zip(&scales).for_each(|(theta, scale)| *theta *= scale);
    let intercept = theta.pop().unwrap_or_default();
    if theta.iter().chain([&intercept]).any(|v| !v.is_finite()) {
        return Err(FitError::Solver("a coefficient is not finite".into()));
    }
    Ok(Minimum { theta, intercept, iterations, converged })
}

/// How strongly curves are held back; per unit of total row weight.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Penalty {
    /// On the variance of each curve over the training rows.
    pub ridge: f64,
    /// On the squared steps between neighbouring bins.
    pub smooth: f64,
    /// On the squared slope of the standardised part.
    pub linear: f64,
}

impl Default for Penalty {
    fn default() -> Self {
        Penalty { ridge: 0.1, smooth: 0.01, linear: 1.0 }
    }
}

/// Training rows cut into bins, column by column, one byte a value; grids of pairs likewise, one byte a cell.
///
/// Every curve is centred over the rows where its feature is known, so that a missing value, which adds
/// nothing, stands for the average and tells nothing. So is every grid.
pub struct BinnedDesign<'c> {
    curves: &'c [Curve],
    pairs: &'c [Pair],
    rows: usize,
    /// Curves, then pairs.
    blocks: Vec<Block>,
    parameters: usize,
    ridge: f64,
    smooth: f64,
    linear: f64,
    /// Against steps in the wrong direction of monotone curves.
    wrong_way: f64,
    /// Sum of the row weights.
    total: f64,
}

/// The parameters of one curve or grid: a weight a bin or cell, then a slope, which stays 0 without standardised values.
struct Block {
    /// First parameter.
    offset: usize,
    /// Share of the training weight in each bin or cell.
    shares: Vec<f64>,
    /// Neighbouring bins or cells, lower one first.
    steps: Vec<(usize, usize)>,
    /// 1 for rising, -1 for falling, 0 for neither.
    sign: f64,
    /// Bin or cell of every row.
    bins: Vec<u8>,
    standardised: Standardised,
}

/// Standardised values, 0 where missing.
enum Standardised {
    /// The standardised part is off.
    Off,
    /// One a bin, and for "missing" behind them: a flag, or a count that has few values, has one value a bin, and need not
    /// be kept row by row.
    OfBins(Box<[f32; 256]>),
    /// One a row.
    OfRows(Vec<f32>),
}

impl Standardised {
    fn of(curve: &Curve, bins: &[u8], column: &[f64]) -> Standardised {
        let z = |v: &f64| if v.is_nan() { 0.0 } else { curve.standardised(*v) as f32 };
        let mut value_of_bin = [f64::NAN; 256];
        let one_a_bin = bins.iter().zip(column).filter(|(_, v)| !v.is_nan()).all(|(bin, v)| {
            let of_bin = &mut value_of_bin[usize::from(*bin)];
            if of_bin.is_nan() {
                *of_bin = *v;
            }
            *of_bin == *v
        });
        if one_a_bin {
            Standardised::OfBins(Box::new(value_of_bin.each_ref().map(z)))
        } else {
            Standardised::OfRows(column.iter().map(z).collect())
        }
    }
}

impl Block {
    fn of_curve(curve: &Curve, column: &[f64], linear: bool) -> Block {
        let bin = |v: &f64| if v.is_nan() { MISSING } else { curve.bin(*v) as u8 };
        let bins: Vec<u8> = column.iter().map(bin).collect();
        Block {
            offset: 0,
            shares: curve.shares.clone(),
            steps: (1..curve.weights.len()).map(|at| (at - 1, at)).collect(),
            sign: curve.monotone.map_or(0.0, Direction::sign),
            standardised: if linear { Standardised::of(curve, &bins, column) } else { Standardised::Off },
            bins,
        }
    }

    fn of_pair(pair: &Pair, first: &[f64], second: &[f64]) -> Block {
        let (rows, columns) = (pair.weights.len(), pair.edges[1].len() + 1);
        let mut steps = Vec::new();
        for cell in 0..rows * columns {
            if (cell + 1) % columns != 0 {
                steps.push((cell, cell + 1));
            }
            if cell + columns < rows * columns {
                steps.push((cell, cell + columns));
            }
        }
        Block {
            offset: 0,
            shares: pair.shares.concat(),
            steps,
            sign: 0.0,
            bins: first.iter().zip(second).map(|(a, b)| pair.cell_number(*a, *b)).collect(),
            standardised: Standardised::Off,
        }
    }

    /// Number of bins or cells.
    fn len(&self) -> usize {
        self.shares.len()
    }
}

/// Per unit of row weight; large against any gain of log-loss from a wrong step. What little is left of one is
/// levelled by [`BinnedDesign::curves_at`].
const WRONG_WAY: f64 = 10.0;

impl<'c> BinnedDesign<'c> {
    /// Cuts `columns` (one a curve, `NaN` for missing) into the bins of the curves. `total_weight` is the sum of
    /// the row weights, to which the penalty is relative.
    pub fn new(
        curves: &'c [Curve],
        columns: &[&[f64]],
        linear: bool,
        penalty: Penalty,
        total_weight: f64,
    ) -> Self {
        Self::with_pairs(curves, &[], columns, linear, penalty, total_weight)
    }

    /// Like [`BinnedDesign::new`], with grids of pairs whose features are among the curves.
    pub fn with_pairs(
        curves: &'c [Curve],
        pairs: &'c [Pair],
        columns: &[&[f64]],
        linear: bool,
        penalty: Penalty,
        total_weight: f64,
    ) -> Self {
        let rows = columns.first().map_or(0, |column| column.len());
        let column = |at: usize| Cow::Borrowed(columns[at]);
        Self::of(curves, pairs, rows, column, linear, penalty, total_weight)
    }

    /// Like [`BinnedDesign::with_pairs`], with the column of each curve asked for when it is cut and dropped behind it, so
    /// that no more than one a thread need be in memory.
    pub(super) fn of<'v>(
        curves: &'c [Curve],
        pairs: &'c [Pair],
        rows: usize,
        column: impl Fn(usize) -> Cow<'v, [f64]> + Sync,
        linear: bool,
        penalty: Penalty,
        total_weight: f64,
    ) -> Self {
        let column_of = |name: &String| {
            let at = curves.iter().position(|curve| curve.feature == *name);
            at.map_or_else(|| Cow::Owned(vec![f64::NAN; rows]), &column)
        };
        let of_curves =
            curves.par_iter().enumerate().map(|(at, curve)| Block::of_curve(curve, &column(at), linear));
        let mut blocks: Vec<Block> = of_curves.collect();
        blocks.par_extend(pairs.par_iter().map(|pair| {
            let [first, second] = &pair.features;
            Block::of_pair(pair, &column_of(first), &column_of(second))
        }));
        let mut parameters = 0;
        for block in &mut blocks {
            block.offset = parameters;
            parameters += block.len() + 1;
        }
        BinnedDesign {
            curves,
            pairs,
            rows,
            blocks,
            parameters,
            ridge: penalty.ridge * total_weight,
            smooth: penalty.smooth * total_weight,
            linear: penalty.linear * total_weight,
            wrong_way: WRONG_WAY * total_weight,
            total: total_weight,
        }
    }

    /// Bin weights (centred) and slope of each curve at the parameters found.
    pub fn curves_at(&self, theta: &[f64]) -> Vec<Curve> {
        let centred = self.prepare(theta);
        self.curves
            .iter()
            .zip(&self.blocks)
            .map(|(curve, block)| {
                let (offset, k) = (block.offset, block.len());
                let mut curve = Curve {
                    weights: centred[offset..offset + k].to_vec(),
                    slope: centred[offset + k],
                    ..curve.clone()
                };
                if let Some(direction) = curve.monotone {
                    level(&mut curve, direction);
                }
                curve
            })
            .collect()
    }

    /// Cell weights (centred) of each grid at the parameters found.
    pub fn pairs_at(&self, theta: &[f64]) -> Vec<Pair> {
        let centred = self.prepare(theta);
        let blocks = self.blocks.iter().skip(self.curves.len());
        let grids = self.pairs.iter().zip(blocks);
        grids
            .map(|(pair, block)| {
                let cells = &centred[block.offset..block.offset + block.len()];
                let columns = pair.edges[1].len() + 1;
                Pair { weights: cells.chunks(columns).map(<[f64]>::to_vec).collect(), ..pair.clone() }
            })
            .collect()
    }
}

/// Pools neighbouring bins that step the wrong way (Ayer et al. 1955, pool adjacent violators), which keeps the mean
/// of the curve; a slope the wrong way is 0.
fn level(curve: &mut Curve, direction: Direction) {
    let sign = direction.sign();
    if curve.slope * sign < 0.0 {
        curve.slope = 0.0;
    }
    // Blocks of (share, mean weight, bins).
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (share, weight) in curve.shares.iter().zip(&curve.weights) {
        blocks.push((*share, *weight, 1));
        while let [.., a, b] = blocks[..]
            && (b.1 - a.1) * sign < 0.0
        {
            let share = a.0 + b.0;
            let mean = if share > 0.0 { (a.0 * a.1 + b.0 * b.1) / share } else { (a.1 + b.1) / 2.0 };
            blocks.truncate(blocks.len() - 2);
            blocks.push((share, mean, a.2 + b.2));
        }
    }
    curve.weights = blocks.iter().flat_map(|(_, weight, bins)| std::iter::repeat_n(*weight, *bins)).collect();
}

fn weighted_mean(shares: &[f64], values: &[f64]) -> f64 {
    shares.iter().zip(values).map(|(p, v)| p * v).sum()
}

impl Design for BinnedDesign<'_> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn parameters(&self) -> usize {
        self.parameters
    }

    fn prepare(&self, theta: &[f64]) -> Vec<f64> {
        let mut centred = theta.to_vec();
        for block in &self.blocks {
            let weights = &mut centred[block.offset..block.offset + block.len()];
            let mean = weighted_mean(&block.shares, weights);
            weights.iter_mut().for_each(|w| *w -= mean);
        }
        centred
    }

    fn add_eta(&self, start: usize, theta: &[f64], eta: &mut [f64]) {
        for block in &self.blocks {
            let (offset, k) = (block.offset, block.len());
            let mut table = [0.0; 256]; // the last entry stands for missing
            table[..k].copy_from_slice(&theta[offset..offset + k]);
            for (eta, bin) in eta.iter_mut().zip(&block.bins[start..]) {
                *eta += table[usize::from(*bin)];
            }
            let slope = theta[offset + k];
            match &block.standardised {
                _ if slope == 0.0 => {}
                Standardised::Off => {}
                Standardised::OfBins(z) => {
                    let table = z.each_ref().map(|z| slope * f64::from(*z));
                    for (eta, bin) in eta.iter_mut().zip(&block.bins[start..]) {
                        *eta += table[usize::from(*bin)];
                    }
                }
                Standardised::OfRows(z) => {
                    for (eta, z) in eta.iter_mut().zip(&z[start..]) {
                        *eta += slope * f64::from(*z);
                    }
                }
            }
        }
    }

    fn add_gradient(&self, start: usize, residuals: &[f64], gradient: &mut [f64]) {
        for block in &self.blocks {
            let (offset, k) = (block.offset, block.len());
            let mut sums = [0.0; 256];
            for (residual, bin) in residuals.iter().zip(&block.bins[start..]) {
                sums[usize::from(*bin)] += residual;
            }
            for (total, sum) in gradient[offset..offset + k].iter_mut().zip(sums) {
                *total += sum;
            }
            gradient[offset + k] += match &block.standardised {
                Standardised::Off => 0.0,
                Standardised::OfBins(z) => {
                    let of_bins = block.bins[start..].iter().map(|bin| z[usize::from(*bin)]);
                    residuals.iter().zip(of_bins).map(|(r, z)| r * f64::from(z)).sum::<f64>()
                }
                Standardised::OfRows(z) => {
                    residuals.iter().zip(&z[start..]).map(|(r, z)| r * f64::from(*z)).sum::<f64>()
                }
            };
        }
    }

    fn finish_gradient(&self, gradient: &mut [f64]) {
        // The centring of `prepare`, transposed.
        for block in &self.blocks {
            let weights = &mut gradient[block.offset..block.offset + block.len()];
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().zip(&block.shares).for_each(|(g, p)| *g -= p * sum);
        }
    }

    fn penalty(&self, theta: &[f64], mut gradient: Option<&mut [f64]>) -> f64 {
        let mut value = 0.0;
        for block in &self.blocks {
            let (offset, k, sign) = (block.offset, block.len(), block.sign);
            let (weights, slope) = (&theta[offset..offset + k], theta[offset + k]);
            let mean = weighted_mean(&block.shares, weights);
            let wrong_slope = (sign * slope).min(0.0);
            value += self.linear * slope * slope + self.wrong_way * wrong_slope * wrong_slope;
            for (w, p) in weights.iter().zip(&block.shares) {
                value += self.ridge * p * (w - mean).powi(2);
            }
            for &(a, b) in &block.steps {
                let step = weights[b] - weights[a];
                value += self.smooth * step.powi(2) + self.wrong_way * (sign * step).min(0.0).powi(2);
            }
            if let Some(gradient) = gradient.as_deref_mut() {
                let part = &mut gradient[offset..=offset + k];
                part[k] += self.linear * slope + self.wrong_way * sign * wrong_slope;
                for i in 0..k {
                    part[i] += self.ridge * block.shares[i] * (weights[i] - mean);
                }
                for &(a, b) in &block.steps {
                    let step = weights[b] - weights[a];
                    let pull = self.smooth * step + self.wrong_way * sign * (sign * step).min(0.0);
                    part[b] += pull;
                    part[a] -= pull;
                }
            }
        }
        value / 2.0
    }

    /// At even odds, where every row of weight `w` has the second derivative `w / 4`. Not where a curve is monotone: what a
    /// wrong step costs is many times all else, comes and goes, and nothing is gained (224 iterations for the default model,
    /// 223 without). The 60 features and 20 pairs of 20,000 made-up accounts take 195; without, 400 were not enough.
    fn curvatures(&self) -> Option<Vec<f64>> {
        if self.blocks.iter().any(|block| block.sign != 0.0) {
            return None;
        }
        let mut all = Vec::with_capacity(self.parameters);
        for block in &self.blocks {
            let mut steps = vec![0.0; block.len()];
            for &(a, b) in &block.steps {
                steps[a] += self.smooth;
                steps[b] += self.smooth;
            }
            let shares = block.shares.iter().zip(steps);
            all.extend(shares.map(|(p, steps)| p * (1.0 - p) * self.total / 4.0 + self.ridge * p + steps));
            all.push(self.total / 4.0 + self.linear);
        }
        Some(all.into_iter().map(|one| (one / (self.total / 4.0)).max(1e-4)).collect())
    }
}

/// A plain matrix with an L2 penalty.
struct DenseDesign<'x> {
    x: &'x Array2<f64>,
    alpha: f64,
}

impl Design for DenseDesign<'_> {
    fn rows(&self) -> usize {
        self.x.nrows()
    }

    fn parameters(&self) -> usize {
        self.x.ncols()
    }

    fn add_eta(&self, start: usize, theta: &[f64], eta: &mut [f64]) {
        let rows = self.x.slice_axis(Axis(0), (start..start + eta.len()).into());
        let product = rows.dot(&ArrayView1::from(theta));
        eta.iter_mut().zip(product).for_each(|(eta, p)| *eta += p);
    }

    fn add_gradient(&self, start: usize, residuals: &[f64], gradient: &mut [f64]) {
        // Row by row, as the matrix lies in memory: column by column every value is fetched from afar.
        let rows = self.x.slice_axis(Axis(0), (start..start + residuals.len()).into());
        let mut gradient = ArrayViewMut1::from(gradient);
        for (row, residual) in rows.outer_iter().zip(residuals) {
            gradient.scaled_add(*residual, &row);
        }
    }

    fn penalty(&self, theta: &[f64], gradient: Option<&mut [f64]>) -> f64 {
        if let Some(gradient) = gradient {
            gradient.iter_mut().zip(theta).for_each(|(g, t)| *g += self.alpha * t);
        }
        0.5 * self.alpha * theta.iter().map(|t| t * t).sum::<f64>()
    }
}

/// Logistic regression with row weights: hyper-parameters before they are checked.
///
/// The weights are those of the [`linfa::DatasetBase`]; without any, every row has weight 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedLogistic(ValidWeightedLogistic);

/// Checked hyper-parameters of [`WeightedLogistic`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidWeightedLogistic {
    alpha: f64,
    gradient_tolerance: f64,
    max_iterations: u64,
}

impl Default for WeightedLogistic {
    fn default() -> Self {
        WeightedLogistic(ValidWeightedLogistic { alpha: 1.0, gradient_tolerance: 1e-6, max_iterations: 500 })
    }
}

impl WeightedLogistic {
    /// Strength of the L2 penalty, `1 / C` of scikit-learn.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.0.alpha = alpha;
        self
    }

    /// The solver stops when no component of the gradient is larger.
    pub fn gradient_tolerance(mut self, tolerance: f64) -> Self {
        self.0.gradient_tolerance = tolerance;
        self
    }

    /// The solver stops after so many iterations.
    pub fn max_iterations(mut self, iterations: u64) -> Self {
        self.0.max_iterations = iterations;
        self
    }
}

impl ParamGuard for WeightedLogistic {
    type Checked = ValidWeightedLogistic;
    type Error = FitError;

    fn check_ref(&self) -> Result<&Self::Checked, FitError> {
        let parameter = |what, found| FitError::Parameter { what, expected: "finite and above 0", found };
        let ValidWeightedLogistic { alpha, gradient_tolerance, .. } = self.0;
        if !alpha.is_finite() || alpha < 0.0 {
            return Err(FitError::Parameter {
                what: "alpha",
                expected: "finite and not negative",
                found: alpha,
            });
        }
        if !gradient_tolerance.is_finite() || gradient_tolerance <= 0.0 {
            return Err(parameter("the gradient tolerance", gradient_tolerance));
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, FitError> {
        self.check_ref()?;
        Ok(self.0)
    }
}

/// Coefficients of a [`WeightedLogistic`] fit, in log-odds of [`true`].
#[derive(Clone, Debug, PartialEq)]
pub struct FittedWeightedLogistic {
    coefficients: Array1<f64>,
    intercept: f64,
}

impl FittedWeightedLogistic {
    /// One coefficient a column.
    pub fn coefficients(&self) -> &Array1<f64> {
        &self.coefficients
    }

    /// The intercept.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Probability of `true` for each row.
    pub fn predict_probabilities(&self, x: &Array2<f64>) -> Array1<f64> {
        (x.dot(&self.coefficients) + self.intercept).mapv(sigmoid)
    }
}

impl Fit<Array2<f64>, Array1<bool>, FitError> for ValidWeightedLogistic {
    type Object = FittedWeightedLogistic;

    /// Fits the rows of `records` (n x p) to the targets (n), with the weights of the data set (n) if it has any.
    fn fit(&self, dataset: &DatasetBase<Array2<f64>, Array1<bool>>) -> Result<Self::Object, FitError> {
        let x = dataset.records();
        if let Some(((row, column), _)) = x.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(FitError::NotFinite { row, column });
        }
        let targets = dataset.targets().to_vec();
        let Some(weights) = dataset.weights() else { return self.fit_unweighted(x, &targets) };
        let weights: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
        let design = DenseDesign { x, alpha: self.alpha };
        let minimum = minimise(&design, &targets, &weights, self.gradient_tolerance, self.max_iterations)?;
        Ok(FittedWeightedLogistic { coefficients: Array1::from(minimum.theta), intercept: minimum.intercept })
    }
}

impl ValidWeightedLogistic {
    /// Where no row has a weight there is nothing to add to `linfa-logistic`.
    fn fit_unweighted(&self, x: &Array2<f64>, targets: &[bool]) -> Result<FittedWeightedLogistic, FitError> {
        for (class, name) in [(true, "human"), (false, "bot")] {
            if !targets.contains(&class) {
                return Err(FitError::OneClass(name));
            }
        }
        // Column-major, four times as fast there as row-major.
        let mut columns = Array2::zeros(x.raw_dim().f());
        columns.assign(x);
        let data = linfa::Dataset::new(columns, Array1::from(targets.to_vec()));
        let fitted = linfa_logistic::LogisticRegression::default()
            .alpha(self.alpha)
            .gradient_tolerance(self.gradient_tolerance)
            .max_iterations(self.max_iterations)
            .fit(&data)?;
        // Its positive class is an outcome of the order of the labels: turn the signs where that was `false`.
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        Ok(FittedWeightedLogistic {
            coefficients: fitted.params() * sign,
            intercept: fitted.intercept() * sign,
        })
    }
}

impl PredictInplace<Array2<f64>, Array1<bool>> for FittedWeightedLogistic {
    fn predict_inplace(&self, x: &Array2<f64>, y: &mut Array1<bool>) {
        y.assign(&self.predict_probabilities(x).mapv(|p| p >= 0.5));
    }

    fn default_target(&self, x: &Array2<f64>) -> Array1<bool> {
        Array1::default(x.nrows())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Scale;
    use crate::model::Encoding;
    use linfa::Dataset;

    /// Rows that no line parts cleanly, from a fixed recurrence (Numerical Recipes' linear congruence).
    fn noisy(rows: usize, columns: usize) -> (Array2<f64>, Vec<bool>) {
        let mut state = 12345u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let x = Array2::from_shape_fn((rows, columns), |_| 4.0 * next() - 2.0);
        let y = x.rows().into_iter().map(|r| sigmoid(r[0] - 0.5 * r[1] + 0.3) > next()).collect();
        (x, y)
    }

    fn fit(x: &Array2<f64>, y: &[bool], weights: Option<Vec<f32>>, alpha: f64) -> FittedWeightedLogistic {
        let mut data = Dataset::new(x.clone(), Array1::from(y.to_vec()));
        if let Some(weights) = weights {
            data = data.with_weights(Array1::from(weights));
        }
        let how = WeightedLogistic::default().alpha(alpha).gradient_tolerance(1e-10).check().unwrap();
        how.fit(&data).unwrap()
    }

    #[test]
    fn unit_weights_give_the_coefficients_of_linfa_logistic() {
        let (x, y) = noisy(600, 4);
        for alpha in [0.1, 1.0, 20.0] {
            // Both orders of the labels: linfa-logistic takes its positive class from it.
            for flip in [false, true] {
                let y: Vec<bool> = y.iter().map(|b| b ^ flip).collect();
                let ours = fit(&x, &y, Some(vec![1.0; 600]), alpha);
                let theirs = fit(&x, &y, None, alpha);
                for (a, b) in ours.coefficients.iter().zip(&theirs.coefficients) {
                    assert!((a - b).abs() < 1e-6, "{a} {b}");
                }
                assert!((ours.intercept - theirs.intercept).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_weight_of_two_is_the_row_twice() {
        let (x, y) = noisy(200, 3);
        let weights: Vec<f32> = (0..200).map(|i| if i % 3 == 0 { 2.0 } else { 1.0 }).collect();
        let twice: Vec<usize> = (0..200).flat_map(|i| vec![i; if i % 3 == 0 { 2 } else { 1 }]).collect();
        let repeated = x.select(Axis(0), &twice);
        let repeated_y: Vec<bool> = twice.iter().map(|i| y[*i]).collect();
        let a = fit(&x, &y, Some(weights), 1.0);
        let b = fit(&repeated, &repeated_y, Some(vec![1.0; twice.len()]), 1.0);
        for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
            assert!((a - b).abs() < 1e-8);
        }
    }

    fn binned() -> (Vec<Curve>, Vec<Vec<f64>>, Vec<bool>, Vec<f64>) {
        let (x, y) = noisy(900, 3);
        let weights: Vec<f64> = (0..900).map(|i| 0.5 + f64::from(i % 4) / 2.0).collect();
        let columns: Vec<Vec<f64>> = (0..3)
            .map(|j| {
                let hole = |i: usize| j == 2 && i.is_multiple_of(5);
                x.column(j).iter().enumerate().map(|(i, v)| if hole(i) { f64::NAN } else { *v }).collect()
            })
            .collect();
        let how = Encoding { bins: 6, ..Encoding::default() };
        let curves =
            columns.iter().map(|c| Curve::shape("x", Scale::Linear, c, &weights, &how).unwrap()).collect();
        (curves, columns, y, weights)
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_cost() {
        let (curves, columns, y, weights) = binned();
        let values: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut curves = curves;
        curves[0].monotone = Some(Direction::Rising);
        curves[1].monotone = Some(Direction::Falling);
        let penalty = Penalty { ridge: 0.2, smooth: 0.3, linear: 0.4 };
        let design = BinnedDesign::new(&curves, &values, true, penalty, weights.iter().sum());
        let signs: Vec<f64> = y.iter().map(|b| if *b { 1.0 } else { -1.0 }).collect();
        let best = RefCell::new(Best::default());
        let last = RefCell::new(None);
        let scales: Vec<f64> = (0..=design.parameters()).map(|i| 1.0 + (i % 3) as f64 / 2.0).collect();
        let objective = Objective {
            design: &design,
            targets: &signs,
            weights: &weights,
            last,
            best: &best,
            scales: &scales,
        };
        let at: Vec<f64> = (0..=design.parameters()).map(|i| ((i * 7 % 5) as f64 - 1.9) / 4.0).collect();
        let (_, gradient) = objective.evaluate(&at);
        for i in 0..at.len() {
            let cost = |step: f64| {
                let mut moved = at.clone();
                moved[i] += step;
                objective.evaluate(&moved).0
            };
            let slope = (cost(1e-5) - cost(-1e-5)) / 2e-5;
            assert!((slope - gradient[i]).abs() < 1e-4 * (1.0 + slope.abs()), "{i}: {slope} {}", gradient[i]);
        }
    }

    /// A design whose parameters are not stretched.
    struct AsItIs<'d>(&'d BinnedDesign<'d>);

    impl Design for AsItIs<'_> {
        fn rows(&self) -> usize {
            self.0.rows()
        }
        fn parameters(&self) -> usize {
            self.0.parameters()
        }
        fn add_eta(&self, start: usize, theta: &[f64], eta: &mut [f64]) {
            self.0.add_eta(start, theta, eta);
        }
        fn add_gradient(&self, start: usize, residuals: &[f64], gradient: &mut [f64]) {
            self.0.add_gradient(start, residuals, gradient);
        }
        fn finish_gradient(&self, gradient: &mut [f64]) {
            self.0.finish_gradient(gradient);
        }
        fn prepare(&self, theta: &[f64]) -> Vec<f64> {
            self.0.prepare(theta)
        }
        fn penalty(&self, theta: &[f64], gradient: Option<&mut [f64]>) -> f64 {
            self.0.penalty(theta, gradient)
        }
    }

    #[test]
    fn stretched_parameters_lead_to_the_same_minimum_in_fewer_steps() {
        let (x, y) = noisy(3_000, 3);
        let weights = vec![1.0; 3_000];
        let columns: Vec<Vec<f64>> = x.columns().into_iter().map(|column| column.to_vec()).collect();
        let how = Encoding { bins: 24, min_share: 0.005, ..Encoding::default() };
        let shape = |column: &Vec<f64>| Curve::shape("x", Scale::Linear, column, &weights, &how).unwrap();
        let curves: Vec<Curve> = columns.iter().map(shape).collect();
        let values: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let penalty = Penalty { ridge: 0.001, smooth: 0.001, linear: 1.0 };
        let design = BinnedDesign::new(&curves, &values, true, penalty, 3_000.0);
        let stretched = minimise(&design, &y, &weights, 1e-4, 2_000).unwrap();
        let as_it_is = minimise(&AsItIs(&design), &y, &weights, 1e-4, 2_000).unwrap();
        assert!(stretched.converged && as_it_is.converged);
        assert!(
            stretched.iterations < as_it_is.iterations,
            "{} {}",
            stretched.iterations,
            as_it_is.iterations
        );
        assert!((stretched.intercept - as_it_is.intercept).abs() < 1e-4);
        let both = [&stretched, &as_it_is].map(|minimum| design.curves_at(&minimum.theta));
        for (a, b) in both[0].iter().zip(&both[1]) {
            assert!((a.slope - b.slope).abs() < 1e-4, "{} {}", a.slope, b.slope);
            for (a, b) in a.weights.iter().zip(&b.weights) {
                assert!((a - b).abs() < 1e-4, "{a} {b}");
            }
        }
    }

    #[test]
    fn curves_are_centred_and_a_missing_value_is_the_average() {
        let (curves, columns, y, weights) = binned();
        let values: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let design = BinnedDesign::new(&curves, &values, true, Penalty::default(), weights.iter().sum());
        let minimum = minimise(&design, &y, &weights, 1e-6, 500).unwrap();
        assert!(minimum.converged);
        for (curve, column) in design.curves_at(&minimum.theta).iter().zip(&columns) {
            assert!(weighted_mean(&curve.shares, &curve.weights).abs() < 1e-9);
            assert_eq!(curve.log_odds(f64::NAN), 0.0);
            let known = column.iter().zip(&weights).filter(|(v, _)| !v.is_nan());
            let (sum, total) = known.fold((0.0, 0.0), |(s, t), (v, w)| (s + w * curve.log_odds(*v), t + w));
            assert!((sum / total).abs() < 0.02, "only the cut at 3 sd moves the mean: {}", sum / total);
        }
    }

    #[test]
    fn a_tolerance_that_cannot_be_reached_ends_all_the_same() {
        let (curves, columns, y, weights) = binned();
        let values: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let design = BinnedDesign::new(&curves, &values, true, Penalty::default(), weights.iter().sum());
        let usual = minimise(&design, &y, &weights, 1e-6, 500).unwrap();
        let endless = minimise(&design, &y, &weights, 1e-300, u64::MAX).unwrap();
        assert!(endless.converged);
        for (a, b) in usual.theta.iter().zip(&endless.theta) {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn a_monotone_curve_never_turns() {
        let (mut curves, columns, y, weights) = binned();
        // Column 0 speaks for `true`: hold it the wrong way and it must go flat.
        for (direction, flat) in [(Direction::Rising, false), (Direction::Falling, true)] {
            curves[0].monotone = Some(direction);
            let values: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let design = BinnedDesign::new(&curves, &values, true, Penalty::default(), weights.iter().sum());
            let curve = &design.curves_at(&minimise(&design, &y, &weights, 1e-5, 500).unwrap().theta)[0];
            let steps: Vec<f64> =
                curve.weights.windows(2).map(|w| (w[1] - w[0]) * direction.sign()).collect();
            assert!(steps.iter().all(|step| *step >= 0.0), "{steps:?}");
            assert!(curve.slope * direction.sign() >= 0.0);
            assert_eq!(steps.iter().sum::<f64>() < 0.05, flat, "{steps:?}");
            assert!(weighted_mean(&curve.shares, &curve.weights).abs() < 1e-9);
        }
    }

    #[test]
    fn the_fit_is_the_same_on_any_number_of_threads() {
        let (curves, columns, y, weights) = binned();
        let columns: Vec<Vec<f64>> = columns.iter().map(|c| c.repeat(12)).collect();
        let values: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let design = BinnedDesign::new(&curves, &values, true, Penalty::default(), 900.0);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| minimise(&design, &y.repeat(12), &weights.repeat(12), 1e-6, 500).unwrap().theta)
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn one_class_and_bad_weights_are_refused() {
        let x = Array2::zeros((3, 1));
        let design = DenseDesign { x: &x, alpha: 1.0 };
        assert!(matches!(minimise(&design, &[true; 3], &[1.0; 3], 1e-6, 9), Err(FitError::OneClass("bot"))));
        assert!(minimise(&design, &[true, false, true], &[1.0, -1.0, 1.0], 1e-6, 9).is_err());
        assert!(minimise(&design, &[true, false], &[1.0; 3], 1e-6, 9).is_err());
        assert!(WeightedLogistic::default().alpha(-1.0).check().is_err());
    }

    #[test]
    fn a_row_without_weight_is_as_if_it_were_not_there_and_a_negative_weight_is_told() {
        let x = Array2::zeros((3, 1));
        let design = DenseDesign { x: &x, alpha: 1.0 };
        let with = |weights: [f64; 3]| minimise(&design, &[true, false, false], &weights, 1e-9, 99);
        // One bot of weight 1 and a human of weight 2 are left.
        let found = with([1.0, 0.0, 2.0]).unwrap();
        assert!((found.intercept + 2f64.ln()).abs() < 1e-6, "{found:?}");
        // Both classes would have weight enough.
        for bad in [-1.0, f64::INFINITY, f64::NAN] {
            let refused = with([1.0, bad, 2.0]).unwrap_err().to_string();
            assert_eq!(refused, format!("a row weight must be finite and not negative, found {bad}"));
        }
    }

    #[test]
    fn the_logistic_function_far_from_zero() {
        assert_eq!((sigmoid(800.0), sigmoid(-800.0), sigmoid(0.0)), (1.0, 0.0, 0.5));
        for x in [0.3, 2.0, 20.0] {
            assert!((sigmoid(x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-15);
            assert!((sigmoid(-x) + sigmoid(x) - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn probabilities_are_those_of_coefficients_and_intercept() {
        let (x, y) = noisy(60, 2);
        let fitted = fit(&x, &y, Some(vec![1.5; 60]), 1.0);
        let found = fitted.predict_probabilities(&x);
        assert_eq!(found.len(), 60);
        for (row, p) in found.iter().enumerate() {
            let logit = fitted.intercept()
                + x[[row, 0]] * fitted.coefficients()[0]
                + x[[row, 1]] * fitted.coefficients()[1];
            assert!((p - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-12);
        }
    }

    #[test]
    fn bins_that_step_the_wrong_way_are_pooled() {
        let curve = |weights: [f64; 4], slope| Curve {
            feature: "followers_count".into(),
            edges: vec![1.0, 2.0, 3.0],
            weights: weights.to_vec(),
            shares: vec![0.1, 0.3, 0.2, 0.4],
            scale: Scale::Linear,
            mean: 0.0,
            sd: 1.0,
            slope,
            known: 1.0,
            monotone: None,
        };
        let levelled = |weights, slope, direction| {
            let mut curve = curve(weights, slope);
            level(&mut curve, direction);
            (curve.weights, curve.slope)
        };
        // The second and third are pooled to (0.3 * 3 + 0.2 * 1) / 0.5 = 2.2.
        let (weights, slope) = levelled([1.0, 3.0, 1.0, 4.0], 0.5, Direction::Rising);
        let right = [1.0, 2.2, 2.2, 4.0];
        assert!(weights.iter().zip(right).all(|(w, right)| (w - right).abs() < 1e-12), "{weights:?}");
        assert_eq!(slope, 0.5);
        // Pooled again with the bin before it: (0.1 * 2.5 + 0.5 * 2.2) / 0.6 = 2.25.
        let (weights, slope) = levelled([2.5, 3.0, 1.0, 4.0], -0.5, Direction::Rising);
        assert!(weights[..3].iter().all(|w| (w - 2.25).abs() < 1e-12) && weights[3] == 4.0, "{weights:?}");
        assert_eq!(slope, 0.0, "the slope goes the wrong way");
        let (weights, slope) = levelled([4.0, 3.0, 2.0, 1.0], -0.5, Direction::Falling);
        assert_eq!((weights, slope), (vec![4.0, 3.0, 2.0, 1.0], -0.5));
        let (weights, _) = levelled([1.0, 1.0, 1.0, 1.0], 0.0, Direction::Falling);
        assert_eq!(weights, [1.0; 4]);
    }

    #[test]
    fn the_lowest_cost_is_remembered_and_a_run_without_a_lower_one_has_stalled() {
        let mut best = Best::default();
        let point = |x: f64| Array1::from(vec![x, -x]);
        // The first is the lowest so far, whatever it is.
        assert!(best.note(&point(1.0), 5.0, &Array1::from(vec![3.0, 4.0])));
        assert_eq!((best.cost, best.gradient_norm, best.evaluations, best.since), (5.0, 5.0, 1, 0));
        assert!(best.note(&point(2.0), 5.0, &point(0.0)));
        assert!(best.note(&point(3.0), 4.0, &Array1::from(vec![0.6, 0.8])));
        assert_eq!(best.parameters, [3.0, -3.0]);
        assert_eq!((best.cost, best.gradient_norm, best.evaluations, best.since), (4.0, 1.0, 3, 0));
        for since in 1..STALLED {
            assert!(best.note(&point(4.0), 4.5, &point(0.0)), "{since}");
        }
        assert!(!best.note(&point(4.0), 4.5, &point(0.0)));
        assert_eq!((best.evaluations, best.since), (u64::from(3 + STALLED), STALLED));
        assert_eq!((best.parameters, best.gradient_norm), (vec![3.0, -3.0], 1.0));
    }

    /// A design that tells nothing and whose penalty has a gradient that leads uphill.
    struct Misled;

    impl Design for Misled {
        fn rows(&self) -> usize {
            2
        }

        fn parameters(&self) -> usize {
            1
        }

        fn add_eta(&self, _: usize, _: &[f64], _: &mut [f64]) {}

        fn add_gradient(&self, _: usize, _: &[f64], _: &mut [f64]) {}

        fn penalty(&self, theta: &[f64], gradient: Option<&mut [f64]>) -> f64 {
            if let Some(gradient) = gradient {
                gradient[0] -= 1.0;
            }
            1e9 * theta[0].abs()
        }
    }

    #[test]
    fn a_run_that_finds_nothing_lower_ends_where_it_began() {
        // A gradient of 1 is nothing to rows that weigh 12,000 together, and much to such of 8,000.
        for (weight, converged) in [(4_000.0, false), (6_000.0, true)] {
            let found = minimise(&Misled, &[true, false], &[weight; 2], 1e-9, 1000).unwrap();
            assert_eq!((found.theta[0], found.intercept), (0.0, 0.0), "{weight}");
            assert_eq!(found.converged, converged, "{weight}");
            assert_eq!(found.iterations, u64::from(STALLED) + 1);
        }
    }

    #[test]
    fn bins_that_hold_nothing_are_pooled_to_their_mean() {
        let mut curve = Curve {
            edges: vec![1.0, 2.0],
            weights: vec![3.0, 1.0, 4.0],
            shares: vec![0.0, 0.0, 1.0],
            ..crate::model::testing::small_model().features.remove(0)
        };
        level(&mut curve, Direction::Rising);
        assert_eq!(curve.weights, [2.0, 2.0, 4.0]);
    }

    #[test]
    fn a_grid_is_smoothed_between_neighbours_in_rows_and_in_columns() {
        let pair = Pair {
            edges: [vec![10.0], vec![5.0, 200.0]],
            weights: vec![vec![0.0; 3]; 2],
            shares: vec![vec![0.1, 0.2, 0.0], vec![0.3, 0.15, 0.25]],
            ..crate::model::testing::small_model().pairs.remove(0)
        };
        let block = Block::of_pair(&pair, &[1.0, 11.0, f64::NAN], &[1.0, 201.0, 1.0]);
        let mut steps = block.steps.clone();
        steps.sort_unstable();
        // Cells 0 1 2 above cells 3 4 5.
        assert_eq!(steps, [(0, 1), (0, 3), (1, 2), (1, 4), (2, 5), (3, 4), (4, 5)]);
        assert_eq!(block.shares, [0.1, 0.2, 0.0, 0.3, 0.15, 0.25]);
        assert_eq!(block.bins, [0, 5, MISSING]);
        assert_eq!(block.sign, 0.0);
    }

    #[test]
    fn a_grid_of_three_by_three_has_twelve_steps() {
        let pair = Pair {
            edges: [vec![10.0, 20.0], vec![5.0, 200.0]],
            weights: vec![vec![0.0; 3]; 3],
            shares: vec![vec![1.0 / 9.0; 3]; 3],
            ..crate::model::testing::small_model().pairs.remove(0)
        };
        let mut steps = Block::of_pair(&pair, &[], &[]).steps;
        steps.sort_unstable();
        let right =
            [(0, 1), (0, 3), (1, 2), (1, 4), (2, 5), (3, 4), (3, 6), (4, 5), (4, 7), (5, 8), (6, 7), (7, 8)];
        assert_eq!(steps, right);
    }

    /// A curve of three bins that hold 0.2, 0.5 and 0.3 of a weight of 8.
    fn design(curves: &[Curve], linear: f64) -> BinnedDesign<'_> {
        let penalty = Penalty { ridge: 0.5, smooth: 0.25, linear };
        BinnedDesign::new(curves, &[&[5.0, 50.0, 500.0]], true, penalty, 8.0)
    }

    #[test]
    fn a_penalty_is_as_the_manifest_says_per_unit_of_weight() {
        let mut curves = vec![crate::model::testing::small_model().features.remove(0)];
        // Weights of 1, 2 and 4, whose mean is 2.4 and whose variance is 1.24, and a slope of 3.
        let theta = [1.0, 2.0, 4.0, 3.0];
        for (direction, linear, right) in [
            (None, 2.0, 0.5 * 1.24 + 0.25 * (1.0 + 4.0) + 2.0 * 9.0),
            (None, 0.5, 0.5 * 1.24 + 0.25 * (1.0 + 4.0) + 0.5 * 9.0),
            (Some(Direction::Rising), 2.0, 0.5 * 1.24 + 0.25 * (1.0 + 4.0) + 2.0 * 9.0),
            // Each of both steps, and the slope, is the wrong way.
            (Some(Direction::Falling), 2.0, 0.5 * 1.24 + 0.25 * 5.0 + 2.0 * 9.0 + 10.0 * (1.0 + 4.0 + 9.0)),
        ] {
            curves[0].monotone = direction;
            let found = design(&curves, linear).penalty(&theta, None);
            assert!((found - 8.0 * right / 2.0).abs() < 1e-9, "{direction:?}: {found}");
        }
    }

    #[test]
    fn parameters_are_stretched_by_how_much_they_bend_the_loss_at_even_odds() {
        let mut curves = vec![crate::model::testing::small_model().features.remove(0)];
        let found = design(&curves, 2.0).curvatures().unwrap();
        // p (1 - p) of the weight, a quarter of it each; the ridge; a neighbour at the ends, two in the middle. Of 8 / 4.
        let right = [
            (0.2 * 0.8 * 2.0 + 4.0 * 0.2 + 2.0) / 2.0,
            (0.5 * 0.5 * 2.0 + 4.0 * 0.5 + 4.0) / 2.0,
            (0.3 * 0.7 * 2.0 + 4.0 * 0.3 + 2.0) / 2.0,
            (2.0 + 16.0) / 2.0,
        ];
        for (found, right) in found.iter().zip(right) {
            assert!((found - right).abs() < 1e-12, "{found} {right}");
        }
        assert_eq!(found.len(), 4);
        curves[0].monotone = Some(Direction::Rising);
        assert_eq!(design(&curves, 2.0).curvatures(), None);
    }

    #[test]
    fn a_class_is_bot_from_even_odds_on() {
        let fitted = FittedWeightedLogistic { coefficients: Array1::from(vec![2.0, -1.0]), intercept: -1.0 };
        let x = Array2::from_shape_vec((4, 2), vec![1.0, 1.0, 1.0, 0.9, 1.0, 1.1, 0.0, 0.0]).unwrap();
        let found: Array1<bool> = linfa::traits::Predict::predict(&fitted, &x);
        assert_eq!(found.to_vec(), [true, true, false, false]);
    }

    #[test]
    fn a_cost_that_only_stays_the_same_is_no_progress() {
        let mut best = Best::default();
        let note = |best: &mut Best, at: f64| best.note(&Array1::from(vec![at]), 7.0, &Array1::zeros(1));
        assert!(note(&mut best, 1.0));
        assert!((1..STALLED).all(|n| note(&mut best, 1.0 + f64::from(n))));
        assert!(!note(&mut best, 99.0));
        assert_eq!(best.parameters, [1.0]);
    }

    #[test]
    fn a_flag_is_standardised_by_its_bin() {
        let mut curve = crate::model::testing::small_model().features.remove(0);
        (curve.edges, curve.weights, curve.shares) = (vec![0.0], vec![0.0; 2], vec![0.75, 0.25]);
        (curve.scale, curve.mean, curve.sd) = (Scale::Linear, 0.25, 0.5);
        let curves = [curve];
        let design = BinnedDesign::new(&curves, &[&[0.0, 1.0, f64::NAN, 1.0]], true, Penalty::default(), 4.0);
        assert!(matches!(design.blocks[0].standardised, Standardised::OfBins(_)));
        // Half a deviation below the mean and one and a half above it; what is missing adds nothing.
        let theta = [0.25, -1.0, 2.0];
        let mut eta = [0.5; 4];
        design.add_eta(0, &theta, &mut eta);
        assert_eq!(eta, [0.5 + 0.25 - 1.0, 0.5 - 1.0 + 3.0, 0.5, 0.5 - 1.0 + 3.0]);
        let mut eta = [0.0; 2];
        design.add_eta(2, &theta, &mut eta);
        assert_eq!(eta, [0.0, 2.0]);
        let mut gradient = [100.0; 3];
        design.add_gradient(0, &[1.0, 2.0, 4.0, 8.0], &mut gradient);
        assert_eq!(gradient, [101.0, 110.0, 100.0 - 0.5 + 3.0 + 12.0]);
        let mut gradient = [0.0; 3];
        design.add_gradient(2, &[4.0, 8.0], &mut gradient);
        assert_eq!(gradient, [0.0, 8.0, 12.0]);
    }

    #[test]
    fn a_slope_or_a_step_the_wrong_way_is_pulled_back_ten_times_the_weight() {
        let mut curves = vec![crate::model::testing::small_model().features.remove(0)];
        // Weights of 1, 2 and 4 about their mean of 2.4; of a weight of 8: ridge 4, smoothing 2, slope 16, wrong way 80.
        let ridge = [4.0 * 0.2 * -1.4, 4.0 * 0.5 * -0.4, 4.0 * 0.3 * 1.6];
        for (direction, slope, pulls, of_slope) in [
            (Direction::Falling, 3.0, [2.0 + 80.0, 4.0 + 160.0], 48.0 + 240.0),
            (Direction::Falling, -3.0, [2.0 + 80.0, 4.0 + 160.0], -48.0),
            (Direction::Rising, -3.0, [2.0, 4.0], -48.0 - 240.0),
            (Direction::Rising, 3.0, [2.0, 4.0], 48.0),
        ] {
            curves[0].monotone = Some(direction);
            let mut gradient = [0.0; 4];
            design(&curves, 2.0).penalty(&[1.0, 2.0, 4.0, slope], Some(&mut gradient));
            let right = [ridge[0] - pulls[0], ridge[1] + pulls[0] - pulls[1], ridge[2] + pulls[1], of_slope];
            let near = |(found, right): (&f64, f64)| (found - right).abs() < 1e-9;
            assert!(gradient.iter().zip(right).all(near), "{direction:?} {slope}: {gradient:?}");
        }
    }

    #[test]
    fn a_grid_is_cut_by_the_values_of_the_features_it_names_in_their_order() {
        let model = crate::model::testing::small_model();
        // Followers, following and the share of followers; the grid is cut at 10 followers and at 200 followed.
        let columns: [&[f64]; 3] =
            [&[5.0, 50.0, 5.0, f64::NAN], &[100.0, 100.0, 500.0, 500.0], &[0.1, 0.3, 0.01, 0.5]];
        let cells = |pairs: &[Pair]| {
            let design =
                BinnedDesign::with_pairs(&model.features, pairs, &columns, true, Penalty::default(), 4.0);
            design.blocks[3].bins.clone()
        };
        assert_eq!(cells(&model.pairs), [0, 2, 1, MISSING]);
        let turned = Pair {
            features: ["friends_count", "followers_count"].map(String::from),
            edges: [vec![200.0], vec![10.0]],
            ..model.pairs[0].clone()
        };
        assert_eq!(cells(&[turned]), [0, 1, 2, MISSING]);
    }

    #[test]
    fn a_run_that_its_limit_ends_has_made_as_many_steps_and_is_not_done() {
        let (x, y) = noisy(200, 3);
        let design = DenseDesign { x: &x, alpha: 1e-3 };
        for limit in [1, 3] {
            let found = minimise(&design, &y, &[1.0; 200], 1e-9, limit).unwrap();
            assert_eq!((found.iterations, found.converged), (limit, false));
        }
    }

    #[test]
    fn hyper_parameters_are_kept_and_may_be_zero_only_where_that_means_something() {
        let how = || WeightedLogistic::default().alpha(2.0).gradient_tolerance(0.5).max_iterations(7);
        let right = ValidWeightedLogistic { alpha: 2.0, gradient_tolerance: 0.5, max_iterations: 7 };
        assert_eq!(how().check().unwrap(), right);
        assert_eq!(how().alpha(0.0).check().unwrap().alpha, 0.0, "no penalty");
        for bad in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert!(how().gradient_tolerance(bad).check().is_err(), "{bad}");
        }
        for bad in [-1.0, f64::INFINITY, f64::NAN] {
            assert!(how().alpha(bad).check().is_err(), "{bad}");
        }
    }
}
