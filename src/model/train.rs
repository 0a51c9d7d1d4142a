//! Weights, folds, fit and calibration put together.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::bands::Bands;
use super::calibration::Calibration;
use super::encoding::{Curve, Encoding};
use super::file::{FORMAT_VERSION, FileRecord, Model, SourceRecord, Training};
use super::fit::{BinnedDesign, FitError, Penalty, minimise, sigmoid};
use super::manifest::{BandPolicy, Manifest, Monotone};
use super::pair::{Pair, most_promising};
use super::samples::Samples;
use super::shared::Accounts;
use crate::features::CATALOGUE;
use crate::scramble::scramble;

/// What keeps a model from being trained.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum TrainError {
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error("no feature varies over the training rows, so there is nothing to learn from")]
    NoFeature,
    #[error(
        "{bots} bots and {humans} humans with a label: {least} of each are the least to train and test on"
    )]
    TooFew { bots: usize, humans: usize, least: usize },
    #[error(
        "no family of sources can be left out: none that is marked `hold_out = true` has both bots and humans, \
         with both left in the other families"
    )]
    NoFold,
    #[error(
        "with the family {0} left out, the other sources hold {1} bots and {2} humans to train on: it takes both, in another \
         family"
    )]
    NothingLeft(String, usize, usize),
}

/// Everything that decides a fit besides the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Features, as indices into the catalogue.
    pub features: Vec<usize>,
    /// How they are cut into bins.
    pub encoding: Encoding,
    /// How strongly curves are held back.
    pub penalty: Penalty,
    /// Directions that curves are held to.
    pub monotone: Monotone,
}

impl Recipe {
    /// Every feature, with the encoding and penalty of the default model.
    pub fn standard() -> Recipe {
        Recipe {
            features: (0..CATALOGUE.len()).collect(),
            encoding: Encoding::default(),
            penalty: Penalty::default(),
            monotone: Monotone::default(),
        }
    }

    /// Every feature, finer bins that are held back less, and the most promising pairs: for telling accounts that were
    /// collected in the same way as the training accounts. On accounts from elsewhere it does worse than
    /// [`Recipe::standard`].
    pub fn fine() -> Recipe {
        Recipe {
            encoding: Encoding { bins: 24, min_share: 0.005, linear: true, interactions: 20 },
            penalty: Penalty { ridge: 0.001, smooth: 0.001, linear: 1.0 },
            ..Recipe::standard()
        }
    }

    /// The recipe of a manifest.
    pub fn of(manifest: &Manifest) -> Recipe {
        Recipe {
            features: manifest.feature_indices(),
            encoding: manifest.encoding,
            penalty: manifest.penalty,
            monotone: manifest.monotone.clone(),
        }
    }
}

/// Largest gradient component, per unit of row weight, at which the solver stops.
const TOLERANCE: f64 = 1e-6;
/// Iterations after which the solver stops in any case.
const MAX_ITERATIONS: u64 = 400;

/// Of more rows than this every second, third, ... is looked at when the pairs of a fit are chosen.
const LOOKED_AT_FOR_PAIRS: usize = 200_000;
/// Of more rows than this about so many are cross-validated: what a recipe, a line and two bands learn from them.
const CROSS_VALIDATED: usize = 400_000;

/// Weights that let every class of every source count the same (times the weight of the source), whatever its number
/// of rows, and bots as much as humans; the mean weight is 1. For fitting.
pub fn balanced_weights(samples: &Samples, rows: &[usize]) -> Vec<f64> {
    weights_by(samples, rows, |source| samples.sources[source].weight)
}

/// Like [`balanced_weights`], but every class of every *family* counts the same, shared out evenly among its sources:
/// three snapshots of one population are one piece of evidence. For what is learnt from held-out scores.
pub fn family_weights(samples: &Samples, rows: &[usize]) -> Vec<f64> {
    let mut members: HashMap<&str, HashSet<usize>> = HashMap::new();
    for &row in rows {
        members.entry(samples.family(row)).or_default().insert(samples.source[row]);
    }
    weights_by(samples, rows, |source| 1.0 / members[samples.sources[source].family.as_str()].len() as f64)
}

fn weights_by(samples: &Samples, rows: &[usize], of_source: impl Fn(usize) -> f64) -> Vec<f64> {
    let cell = |row: usize| (samples.source[row], samples.labels[row]);
    let mut counts: HashMap<(usize, bool), f64> = HashMap::new();
    for &row in rows {
        *counts.entry(cell(row)).or_default() += 1.0;
    }
    // A class of a few rows must not outweigh thousands: below this many its weight falls in proportion.
    let full = |n: f64| (n / FULL_CELL).min(1.0);
    let class_total = |class: bool| -> f64 {
        // Summed in the order of the sources, so that rounding does not depend on the hash.
        let cells =
            (0..samples.sources.len()).filter_map(|source| Some((source, *counts.get(&(source, class))?)));
        cells.map(|(source, n)| of_source(source) * full(n)).sum()
    };
    let totals = [class_total(false), class_total(true)];
    rows.iter()
        .map(|&row| {
            let (source, class) = cell(row);
            let n = counts[&(source, class)];
            of_source(source) * full(n) / totals[usize::from(class)] / n * rows.len() as f64 / 2.0
        })
        .collect()
}

/// Rows from which on a class of a source has its full weight.
const FULL_CELL: f64 = 100.0;

/// Curves with their weights, and the intercept.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// One curve a feature that varies.
    pub curves: Vec<Curve>,
    /// Grids of pairs of these features.
    pub pairs: Vec<Pair>,
    /// Raw log-odds where everything is missing.
    pub intercept: f64,
    /// Iterations of the solver.
    pub iterations: u64,
    /// Did it converge?
    pub converged: bool,
    columns: Vec<usize>,
    /// The columns of each pair.
    pair_columns: Vec<[usize; 2]>,
}

impl Fitted {
    /// Raw log-odds of one row.
    pub fn raw(&self, samples: &Samples, row: usize) -> f64 {
        self.raw_of(|column| samples.values[column].get(row))
    }

    /// Raw log-odds of an account whose feature `i` of the catalogue is `value(i)`, `NaN` for missing.
    pub fn raw_of(&self, value: impl Fn(usize) -> f64) -> f64 {
        let curves = self.curves.iter().zip(&self.columns);
        let pairs = self.pairs.iter().zip(&self.pair_columns);
        self.intercept
            + curves.map(|(curve, column)| curve.log_odds(value(*column))).sum::<f64>()
            + pairs.map(|(pair, [a, b])| pair.log_odds(value(*a), value(*b))).sum::<f64>()
    }
}

/// Learns bins and weights from some rows.
///
/// # Errors
/// Where a class is missing or no feature varies.
pub fn fit_recipe(samples: &Samples, rows: &[usize], recipe: &Recipe) -> Result<Fitted, TrainError> {
    let targets: Vec<bool> = rows.iter().map(|&row| samples.labels[row]).collect();
    fit_to(samples, rows, &targets, &balanced_weights(samples, rows), recipe)
}

/// Like [`fit_recipe`], with targets and weights of the caller's, one a row.
///
/// # Errors
/// As [`fit_recipe`].
pub fn fit_to(
    samples: &Samples,
    rows: &[usize],
    targets: &[bool],
    weights: &[f64],
    recipe: &Recipe,
) -> Result<Fitted, TrainError> {
    fit_looking_at(samples, rows, targets, weights, recipe, LOOKED_AT_FOR_PAIRS)
}

/// [`fit_to`] with so many rows at most looked at for pairs.
fn fit_looking_at(
    samples: &Samples,
    rows: &[usize],
    targets: &[bool],
    weights: &[f64],
    recipe: &Recipe,
    looked_at: usize,
) -> Result<Fitted, TrainError> {
    // Columns are gathered when they are looked at and dropped behind it: millions of rows fit in memory once, not twice.
    let column = |at: usize, rows: &[usize]| samples.values[at].of_rows(rows);
    let shaped: Vec<(usize, Curve)> = recipe
        .features
        .par_iter()
        .filter_map(|&at| {
            let feature = &CATALOGUE[at];
            let mut curve =
                Curve::shape(feature.name, feature.scale, &column(at, rows), weights, &recipe.encoding)?;
            curve.monotone = recipe.monotone.of(feature.name);
            Some((at, curve))
        })
        .collect();
    if shaped.is_empty() {
        return Err(TrainError::NoFeature);
    }
    let (columns, curves): (Vec<usize>, Vec<Curve>) = shaped.into_iter().unzip();
    let linear = recipe.encoding.linear;
    let fit = |pairs: &[Pair], some: &[usize], weights: &[f64], targets: &[bool]| {
        let total: f64 = weights.iter().sum();
        let values = |at: usize| Cow::Owned(column(columns[at], some));
        let design = BinnedDesign::of(&curves, pairs, some.len(), values, linear, recipe.penalty, total);
        let minimum = minimise(&design, targets, weights, TOLERANCE * total, MAX_ITERATIONS)?;
        Ok::<_, TrainError>((design.curves_at(&minimum.theta), design.pairs_at(&minimum.theta), minimum))
    };
    let mut promising = Vec::new();
    if recipe.encoding.interactions > 0 {
        // Which pairs are worth a grid shows in some of the rows, with curves fitted to those.
        let places = spread(targets, looked_at);
        let some: Vec<usize> = places.iter().map(|&at| rows[at]).collect();
        let some_targets: Vec<bool> = places.iter().map(|&at| targets[at]).collect();
        let some_weights: Vec<f64> = places.iter().map(|&at| weights[at]).collect();
        let (fitted, _, minimum) = fit(&[], &some, &some_weights, &some_targets)?;
        let values: Vec<Vec<f64>> = columns.par_iter().map(|&at| column(at, &some)).collect();
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let named: Vec<(&str, &[f64])> =
            curves.iter().zip(&values).map(|(curve, values)| (curve.feature.as_str(), *values)).collect();
        let (residuals, curvatures) =
            left_over(&fitted, &values, minimum.intercept, &some_targets, &some_weights);
        promising = most_promising(&named, &some_weights, &residuals, &curvatures, &recipe.encoding);
        if some.len() < rows.len() {
            let named = |name: &String| curves.iter().position(|curve| curve.feature == *name);
            promising = promising
                .into_par_iter()
                .filter_map(|pair| {
                    let [first, second] = [named(&pair.features[0])?, named(&pair.features[1])?];
                    let names = [pair.features[0].as_str(), pair.features[1].as_str()];
                    let values = [column(columns[first], rows), column(columns[second], rows)];
                    Pair::shape(names, [&values[0], &values[1]], weights, &recipe.encoding)
                })
                .collect();
        }
    }
    let (fitted, pairs, minimum) = fit(&promising, rows, weights, targets)?;
    let column_of =
        |name: &String| curves.iter().position(|curve| curve.feature == *name).map_or(0, |at| columns[at]);
    Ok(Fitted {
        pair_columns: pairs
            .iter()
            .map(|pair| [column_of(&pair.features[0]), column_of(&pair.features[1])])
            .collect(),
        curves: fitted,
        pairs,
        intercept: minimum.intercept,
        iterations: minimum.iterations,
        converged: minimum.converged,
        columns,
    })
}

/// Places of at most so many rows, evenly spread; all of them where those would be of one class.
fn spread(targets: &[bool], most: usize) -> Vec<usize> {
    let every = |nth: usize| (0..targets.len()).step_by(nth.max(1)).collect::<Vec<usize>>();
    let places = every(targets.len().div_ceil(most));
    let has = |class: bool| places.iter().any(|&at| targets[at] == class);
    if has(true) && has(false) { places } else { every(1) }
}

/// Gradient and second derivative of each row's weighted log-loss at the log-odds that curves give it.
fn left_over(
    curves: &[Curve],
    values: &[&[f64]],
    intercept: f64,
    targets: &[bool],
    weights: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    (0..targets.len())
        .into_par_iter()
        .map(|row| {
            let terms = curves.iter().zip(values).map(|(curve, values)| curve.log_odds(values[row]));
            let p = sigmoid(intercept + terms.sum::<f64>());
            (weights[row] * (f64::from(u8::from(targets[row])) - p), weights[row] * p * (1.0 - p))
        })
        .unzip()
}

/// One family left out.
#[derive(Clone, Debug)]
pub struct Fold {
    /// The family.
    pub family: String,
    /// Rows to train on: other families, without any account of this one.
    pub train: Vec<usize>,
    /// Rows of the family.
    pub test: Vec<usize>,
    /// Rows of other families dropped because their account is in this family too.
    pub shared: usize,
}

/// A fold for every family that is marked for it and has a source with both classes.
pub fn folds_by_family(samples: &Samples) -> Vec<Fold> {
    let mut cells: HashSet<(usize, bool)> = HashSet::new();
    for row in 0..samples.len() {
        cells.insert((samples.source[row], samples.labels[row]));
    }
    let two_classes = |source: usize| cells.contains(&(source, true)) && cells.contains(&(source, false));
    let mut families: Vec<&str> = Vec::new();
    for (index, source) in samples.sources.iter().enumerate() {
        if source.hold_out && two_classes(index) && !families.contains(&source.family.as_str()) {
            families.push(&source.family);
        }
    }
    families
        .into_iter()
        .map(|family| {
            let test: Vec<usize> = (0..samples.len()).filter(|&row| samples.family(row) == family).collect();
            let held = Accounts::of(samples, test.iter().copied());
            let others = || (0..samples.len()).filter(|&row| samples.family(row) != family);
            let train: Vec<usize> = others().filter(|&row| !held.have(row)).collect();
            let shared = others().count() - train.len();
            Fold { family: family.to_string(), train, test, shared }
        })
        .collect()
}

/// Raw log-odds of every row of every fold from a fit that saw nothing of its family; `None` for other rows.
///
/// # Errors
/// [`TrainError::NothingLeft`] where the other families have not both classes, and as [`fit_recipe`].
pub fn out_of_source(
    samples: &Samples,
    folds: &[Fold],
    recipe: &Recipe,
    done: impl Fn(&str) + Sync,
) -> Result<Vec<Option<f64>>, TrainError> {
    let parts: Vec<Result<Vec<(usize, f64)>, TrainError>> = folds
        .par_iter()
        .map(|fold| {
            let (bots, humans) = samples.classes(&fold.train);
            if bots == 0 || humans == 0 {
                return Err(TrainError::NothingLeft(fold.family.clone(), bots, humans));
            }
            let fitted = fit_recipe(samples, &fold.train, recipe)?;
            done(&fold.family);
            Ok(fold.test.iter().map(|&row| (row, fitted.raw(samples, row))).collect())
        })
        .collect();
    let mut raw = vec![None; samples.len()];
    for part in parts {
        for (row, value) in part? {
            raw[row] = Some(value);
        }
    }
    Ok(raw)
}

/// Rows with a held-out score in sources that have both classes, with their [`family_weights`].
pub fn held_out_rows(samples: &Samples, raw: &[Option<f64>]) -> (Vec<usize>, Vec<f64>) {
    let mut cells: HashSet<(usize, bool)> = HashSet::new();
    let scored: Vec<usize> = (0..samples.len()).filter(|&row| raw[row].is_some()).collect();
    for &row in &scored {
        cells.insert((samples.source[row], samples.labels[row]));
    }
    let both = |row: usize| {
        let source = samples.source[row];
        samples.sources[source].hold_out
            && cells.contains(&(source, true))
            && cells.contains(&(source, false))
    };
    let rows: Vec<usize> = scored.into_iter().filter(|&row| both(row)).collect();
    let weights = family_weights(samples, &rows);
    (rows, weights)
}

/// Trains the model of a manifest: calibrated on the held-out scores of `raw` (of [`out_of_source`]), fitted on
/// everything. Bands and held-out figures are the caller's to fill in.
///
/// # Errors
/// As [`fit_recipe`]; [`TrainError::NoFold`] without held-out scores.
pub fn train(manifest: &Manifest, samples: &Samples, raw: &[Option<f64>]) -> Result<Model, TrainError> {
    let recipe = Recipe::of(manifest);
    let (rows, weights) = held_out_rows(samples, raw);
    if rows.is_empty() {
        return Err(TrainError::NoFold);
    }
    let scores: Vec<f64> = rows.iter().map(|&row| raw[row].unwrap_or_default()).collect();
    let labels: Vec<bool> = rows.iter().map(|&row| samples.labels[row]).collect();
    let calibration = Calibration::learn(&scores, &labels, &weights, 0.5)?;
    let everything: Vec<usize> = (0..samples.len()).collect();
    let fitted = fit_recipe(samples, &everything, &recipe)?;
    Ok(assemble(
        &manifest.name,
        &manifest.description,
        manifest.prevalence,
        &recipe,
        samples,
        &everything,
        fitted,
        calibration,
    ))
}

/// A fit as a model to score with, meant where bots are half: without bands, and without figures of its own.
pub fn model_of(
    samples: &Samples,
    rows: &[usize],
    recipe: &Recipe,
    fitted: Fitted,
    calibration: Calibration,
) -> Model {
    assemble("fold", "", 0.5, recipe, samples, rows, fitted, calibration)
}

#[allow(clippy::too_many_arguments)] // private; each is a part of the model
fn assemble(
    name: &str,
    description: &str,
    prevalence: f64,
    recipe: &Recipe,
    samples: &Samples,
    rows: &[usize],
    fitted: Fitted,
    calibration: Calibration,
) -> Model {
    let sources = samples
        .sources
        .iter()
        .enumerate()
        .map(|(index, source)| {
            let own: Vec<usize> = rows.iter().copied().filter(|&row| samples.source[row] == index).collect();
            let (bots, humans) = samples.classes(&own);
            let files = samples.files.iter().filter(|file| file.source == index);
            SourceRecord {
                name: source.name.clone(),
                family: source.family.clone(),
                bots,
                humans,
                files: files
                    .map(|file| FileRecord {
                        path: file.path.clone(),
                        sha256: file.sha256.clone(),
                        rows: file.tally.clone(),
                    })
                    .collect(),
            }
        })
        .collect();
    Model {
        format: "botsieve-model".into(),
        format_version: FORMAT_VERSION,
        written_by: format!("botsieve {}", env!("CARGO_PKG_VERSION")),
        name: name.to_string(),
        description: description.to_string(),
        positive_class: "bot".into(),
        prevalence,
        calibration: Calibration {
            slope: digits(calibration.slope, 6),
            intercept: digits(calibration.intercept, 6),
            ..calibration
        },
        bands: Bands {
            genuine_up_to: None,
            spam_from: None,
            min_features: BandPolicy::default().min_features.min(fitted.curves.len()),
            spam_needs_evidence: false,
            chosen: "not chosen".into(),
        },
        intercept: digits(fitted.intercept, 6),
        features: fitted.curves.into_iter().map(readable).collect(),
        support: None,
        pairs: fitted.pairs.into_iter().map(readable_pair).collect(),
        training: Training {
            encoding: recipe.encoding,
            penalty: recipe.penalty,
            iterations: fitted.iterations,
            converged: fitted.converged,
            sources,
            decisions: None,
        },
        held_out: Vec::new(),
    }
}

/// A number to so many significant digits. What a model file says is what is scored with: a person who redoes a
/// score from it gets the same, and two machines whose `ln` differs in the last bit write the same file.
fn digits(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// The edges are as short as they can be from the start, as a row must not come to lie in another bin than it was fitted in.
fn readable(curve: Curve) -> Curve {
    let all = |values: &[f64], n: usize| -> Vec<f64> { values.iter().map(|v| digits(*v, n)).collect() };
    Curve {
        weights: curve.weights.iter().map(|w| (w * 1e5).round() / 1e5).collect(),
        shares: all(&curve.shares, 4),
        mean: digits(curve.mean, 6),
        sd: digits(curve.sd, 6),
        slope: digits(curve.slope, 5),
        known: digits(curve.known, 4),
        ..curve
    }
}

fn readable_pair(pair: Pair) -> Pair {
    let grid = |rows: &[Vec<f64>], short: fn(f64) -> f64| -> Vec<Vec<f64>> {
        rows.iter().map(|row| row.iter().map(|v| short(*v)).collect()).collect()
    };
    Pair {
        weights: grid(&pair.weights, |w| (w * 1e5).round() / 1e5),
        shares: grid(&pair.shares, |share| digits(share, 4)),
        known: digits(pair.known, 4),
        ..pair
    }
}

/// A model of one file, with the rows that were held out of it.
#[derive(Debug)]
pub struct Single {
    /// The model, fitted on the rest.
    pub model: Model,
    /// Held-out rows: a fifth of the accounts of each class.
    pub held_out: Vec<usize>,
    /// The rows the model was fitted on.
    pub trained: Vec<usize>,
    /// Those of them that were cross-validated: all, or of very many about 400,000.
    pub validated: Vec<usize>,
    /// Raw log-odds of the validated rows from cross-validation, for calibration and bands.
    pub out_of_fold: Vec<f64>,
}

/// The fewest accounts of each class that a file must have to learn from, and to say much of a model by.
pub const LEAST: usize = 25;

/// Trains on one source: a stratified fifth of the accounts is held out, the calibration is learnt from 4-fold
/// cross-validation within the rest, accounts are never split between two sides. Of several recipes the one with the
/// lowest cross-validated log-loss is taken; the held-out fifth has no part in that. Of more than 400,000 rows about so many
/// are cross-validated, and all are fitted to in the end.
///
/// `p_bot` is meant at `prevalence`, or at the share of bots in the file.
///
/// # Errors
/// Where a class has fewer than 25 accounts, or as [`fit_recipe`]; [`TrainError::NoFeature`] without a recipe.
pub fn train_single(
    samples: &Samples,
    recipes: &[Recipe],
    prevalence: Option<f64>,
    name: &str,
) -> Result<Single, TrainError> {
    let everything: Vec<usize> = (0..samples.len()).collect();
    let (bots, humans) = samples.classes(&everything);
    if bots < LEAST || humans < LEAST {
        return Err(TrainError::TooFew { bots, humans, least: LEAST });
    }
    let part = parts_of_ten(samples, &everything);
    let held_out: Vec<usize> = everything.iter().copied().filter(|&row| part[row] < 2).collect();
    let trained: Vec<usize> = everything.iter().copied().filter(|&row| part[row] >= 2).collect();
    let validated = some_accounts(samples, &trained, CROSS_VALIDATED);
    let labels: Vec<bool> = validated.iter().map(|&row| samples.labels[row]).collect();
    let weights = balanced_weights(samples, &validated);
    let mut best: Option<(f64, &Recipe, Vec<f64>, Calibration)> = None;
    for recipe in recipes {
        // Parts 2 to 9 make four folds of two; with the fifth held out, each fit sees the same share of the file.
        let out_of_fold =
            cross_validated(samples, &validated, recipe, 1..5, |row| usize::from(part[row]) / 2)?;
        let calibration = Calibration::learn(&out_of_fold, &labels, &weights, 0.5)?;
        let losses = out_of_fold.iter().zip(&labels).zip(&weights).map(|((raw, bot), weight)| {
            let logit = calibration.apply(*raw, 0.5);
            weight * if *bot { (-logit).exp().ln_1p() } else { logit.exp().ln_1p() }
        });
        let loss: f64 = losses.sum();
        if best.as_ref().is_none_or(|(lowest, ..)| loss < *lowest) {
            best = Some((loss, recipe, out_of_fold, calibration));
        }
    }
    let (_, recipe, out_of_fold, calibration) = best.ok_or(TrainError::NoFeature)?;
    let fitted = fit_recipe(samples, &trained, recipe)?;
    let prevalence = prevalence.unwrap_or(bots as f64 / (bots + humans) as f64);
    let description = format!("Trained on one file ({bots} bots, {humans} humans), a fifth of it held out.");
    let model = assemble(name, &description, prevalence, recipe, samples, &trained, fitted, calibration);
    Ok(Single { model, held_out, trained, validated, out_of_fold })
}

/// The rows, or those of about so many accounts: always the same ones, whatever the order of the rows.
fn some_accounts(samples: &Samples, rows: &[usize], most: usize) -> Vec<usize> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    // Another shuffle than that of the parts.
    let share = u64::MAX / rows.len() as u64 * most as u64;
    rows.iter().copied().filter(|&row| scramble(!scramble(samples.groups[row])) <= share).collect()
}

/// Raw log-odds of every row from a fit that saw nothing of its fold; `fold` puts each row into one of `folds`.
fn cross_validated(
    samples: &Samples,
    rows: &[usize],
    recipe: &Recipe,
    folds: std::ops::Range<usize>,
    fold: impl Fn(usize) -> usize + Sync,
) -> Result<Vec<f64>, TrainError> {
    let parts: Vec<Result<Vec<(usize, f64)>, TrainError>> = folds
        .into_par_iter()
        .map(|number| {
            let inside = |row: &usize| fold(*row) == number;
            let rest: Vec<usize> = rows.iter().copied().filter(|row| !inside(row)).collect();
            let fitted = fit_recipe(samples, &rest, recipe)?;
            Ok(rows.iter().filter(|row| inside(row)).map(|&row| (row, fitted.raw(samples, row))).collect())
        })
        .collect();
    let mut raw = HashMap::new();
    for part in parts {
        raw.extend(part?);
    }
    Ok(rows.iter().map(|row| raw[row]).collect())
}

/// A part of a source that is held out of a fit on the rest, 0 to 4, for every row: accounts are never split between
/// two folds, classes are spread evenly.
pub fn five_folds(samples: &Samples, rows: &[usize]) -> Vec<u8> {
    parts_of_ten(samples, rows).into_iter().map(|part| part / 2).collect()
}

/// Raw log-odds of the rows of one source by 5-fold cross-validation within it.
///
/// # Errors
/// As [`fit_recipe`].
pub fn within_source(samples: &Samples, rows: &[usize], recipe: &Recipe) -> Result<Vec<f64>, TrainError> {
    let fold = five_folds(samples, rows);
    cross_validated(samples, rows, recipe, 0..5, |row| usize::from(fold[row]))
}

/// Puts every account into one of ten parts, the classes spread evenly, by a fixed shuffle of the group numbers.
fn parts_of_ten(samples: &Samples, rows: &[usize]) -> Vec<u8> {
    let mut part = vec![0; samples.len()];
    for class in [false, true] {
        let mut groups: Vec<u64> = rows
            .iter()
            .filter(|row| samples.labels[**row] == class)
            .map(|row| samples.groups[*row])
            .collect();
        groups.sort_unstable_by_key(|group| (scramble(*group), *group));
        groups.dedup();
        let place: HashMap<u64, u8> =
            groups.iter().enumerate().map(|(at, group)| (*group, (at % 10) as u8)).collect();
        for &row in rows.iter().filter(|row| samples.labels[**row] == class) {
            part[row] = place[&samples.groups[row]];
        }
    }
    part
}

#[cfg(test)]
mod tests;
