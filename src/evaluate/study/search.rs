//! Choosing by leaving sources out, and what the choice is worth on a source that had no part in it.
//!
//! Nested (Varma & Simon 2006; Cawley & Talbot 2010): for each family of sources left out, every candidate is measured
//! by leaving out, in turn, each of the *other* families from what is left; the best candidate is trained without the
//! outer family and measured on it. The mean of those is what a chosen recipe is honestly worth; the best mean of a
//! single candidate is flattered by the choice.

use std::collections::HashSet;
use std::fmt::Write as _;

use rayon::prelude::*;
use serde::Serialize;

use super::{family_auc, mean, number};
use crate::model::{Fold, Recipe, Samples, TrainError, fit_recipe};

/// A recipe on trial.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Name in the table.
    pub name: String,
    /// The recipe.
    pub recipe: Recipe,
}

/// How a candidate did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// Its name.
    pub name: String,
    /// ROC AUC on each family, left out.
    pub families: Vec<Option<f64>>,
    /// Their mean.
    pub mean: Option<f64>,
    /// For each family, the mean over the *other* families, left out from training sets without it: what the choice for
    /// that family goes by.
    pub inner: Vec<Option<f64>>,
}

/// All candidates, and what choosing among them is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchTable {
    /// The families, in the order of the columns.
    pub families: Vec<String>,
    /// A row a candidate.
    pub trials: Vec<Trial>,
    /// For each family, the candidate chosen without it.
    pub chosen: Vec<usize>,
    /// Mean ROC AUC of those on the families they were chosen without.
    pub nested: Option<f64>,
    /// The candidate with the best mean over all families: the one to ship.
    pub best: usize,
}

/// Measures all candidates, nested. One fit for each candidate and pair of families, since leaving out `f` and then `g` is
/// leaving out `g` and then `f`.
///
/// # Errors
/// As [`fit_recipe`].
pub fn search(
    samples: &Samples,
    folds: &[Fold],
    candidates: &[Candidate],
    done: impl Fn(&str) + Sync,
) -> Result<SearchTable, TrainError> {
    let n = folds.len();
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|f| (f..n).map(move |g| (f, g))).collect();
    let mut trials = Vec::new();
    for candidate in candidates {
        // AUC on `g` of a fit that saw neither `f` nor `g`; on the diagonal, that did not see `f`.
        let found: Vec<Vec<(usize, usize, Option<f64>)>> = pairs
            .par_iter()
            .map(|&(f, g)| {
                let rows = without_both(&folds[f], &folds[g]);
                let fitted = fit_recipe(samples, &rows, &candidate.recipe)?;
                let auc = |fold: &Fold| {
                    let mut raw = vec![None; samples.len()];
                    fold.test.iter().for_each(|&row| raw[row] = Some(fitted.raw(samples, row)));
                    family_auc(samples, &fold.test, &raw)
                };
                let mut found = vec![(f, g, auc(&folds[g]))];
                if f != g {
                    found.push((g, f, auc(&folds[f])));
                }
                Ok(found)
            })
            .collect::<Result<_, TrainError>>()?;
        let mut table = vec![vec![None; n]; n];
        for (outer, inner, auc) in found.into_iter().flatten() {
            table[outer][inner] = auc;
        }
        let families: Vec<Option<f64>> = (0..n).map(|f| table[f][f]).collect();
        let inner = (0..n).map(|f| mean((0..n).filter(|g| *g != f).filter_map(|g| table[f][g]))).collect();
        trials.push(Trial {
            name: candidate.name.clone(),
            mean: mean(families.iter().flatten().copied()),
            families,
            inner,
        });
        done(&candidate.name);
    }
    let best_by = |of: &dyn Fn(&Trial) -> Option<f64>| {
        let mut best = 0;
        for (at, trial) in trials.iter().enumerate() {
            if of(trial) > of(&trials[best]) {
                best = at;
            }
        }
        best
    };
    let chosen: Vec<usize> = (0..n).map(|f| best_by(&|trial: &Trial| trial.inner[f])).collect();
    let nested = mean(chosen.iter().enumerate().filter_map(|(f, &at)| trials[at].families[f]));
    let best = best_by(&|trial: &Trial| trial.mean);
    let families = folds.iter().map(|fold| fold.family.clone()).collect();
    Ok(SearchTable { families, trials, chosen, nested, best })
}

/// Rows to train on when two families are left out, or one twice.
fn without_both(f: &Fold, g: &Fold) -> Vec<usize> {
    let also: HashSet<usize> = g.train.iter().copied().collect();
    f.train.iter().copied().filter(|row| also.contains(row)).collect()
}

impl SearchTable {
    /// The table as text.
    pub fn text(&self) -> String {
        let width = self.trials.iter().map(|t| t.name.len()).max().unwrap_or(9).max(9);
        let mut out = String::from(
            "Candidates, each measured by leaving every family of sources out in turn (ROC AUC on its two-class sources).\n\
             `inner`: the mean that the choice for that family went by, over the other families, none of which its fits\n\
             had seen. [chosen]: the candidate chosen without the family. best: the mean over all families, flattered by\n\
             the choice; nested: the chosen ones on the families they were chosen without, the honest figure.\n\n",
        );
        let short: Vec<&str> = self.families.iter().map(|f| f.get(..11).unwrap_or(f)).collect();
        let _ = write!(out, "{:width$}  {:>6}", "candidate", "mean");
        for name in &short {
            let _ = write!(out, "  {name:>13}");
        }
        out.push('\n');
        for (at, trial) in self.trials.iter().enumerate() {
            let _ = write!(out, "{:width$}  {:>6}", trial.name, number(trial.mean));
            for f in 0..self.families.len() {
                let cell = number(trial.families[f]);
                let cell = if self.chosen[f] == at { format!("[{cell}]") } else { format!("{cell} ") };
                let _ = write!(out, "  {cell:>13}");
            }
            let _ = write!(out, "\n{:width$}  {:>6}", "  inner", "");
            for inner in &trial.inner {
                let _ = write!(out, "  {:>13}", format!("{} ", number(*inner)));
            }
            out.push('\n');
        }
        let best = &self.trials[self.best];
        let _ =
            writeln!(out, "\nbest:   {} ({})\nnested: {}", number(best.mean), best.name, number(self.nested));
        out
    }
}
