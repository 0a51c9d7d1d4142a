//! How features travel: does one say the same in every source, and how well does it tell the source itself?

use std::collections::HashSet;
use std::fmt::Write as _;

use rayon::prelude::*;
use serde::Serialize;

use super::{auc_of, family_auc, mean, number};
use crate::features::CATALOGUE;
use crate::model::{Encoding, Fold, Penalty, Recipe, Samples, TrainError, fit_recipe, fit_to};
use crate::scramble::scramble;

/// How one feature travels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureTravel {
    /// The feature.
    pub feature: String,
    /// Is it in the recipe?
    pub used: bool,
    /// Families of two-class sources where it is known and varies.
    pub families: usize,
    /// Of these, families in which its curve, learnt alone from all other families, tells bots from people the same way:
    /// ROC AUC above one half.
    pub holds: usize,
    /// Mean of that ROC AUC.
    pub elsewhere: Option<f64>,
    /// The lowest, and the family it is of.
    pub worst: Option<(f64, String)>,
    /// Mean ROC AUC when the curve is learnt in the same family, two-fold: what it could tell there.
    pub at_home: Option<f64>,
    /// Mean ROC AUC of the feature, alone, at telling one family's people from other families' people, two-fold.
    pub tells_source: Option<f64>,
    /// The same of knowing only whether the feature is there.
    pub missing_tells_source: Option<f64>,
}

/// All features, and the whole recipe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TravelTable {
    /// A row a feature, those of the recipe first, then by `elsewhere`.
    pub features: Vec<FeatureTravel>,
    /// Mean ROC AUC of a model with all features of the recipe at telling one family's people from the others'.
    pub recipe_tells_source: Option<f64>,
}

/// One half or one other of the accounts, whatever file they are in.
fn half(samples: &Samples, row: usize) -> bool {
    scramble(samples.groups[row]) & 1 == 1
}

/// Measures every feature of the catalogue alone. `folds` as of [`crate::model::folds_by_family`].
///
/// # Errors
/// As [`fit_recipe`]; a feature that varies nowhere is no error.
pub fn travel(
    samples: &Samples,
    folds: &[Fold],
    recipe: &Recipe,
    done: impl Fn(&str) + Sync,
) -> Result<TravelTable, TrainError> {
    let families = families_of_people(samples);
    let one = |at: usize| Recipe {
        features: vec![at],
        encoding: Encoding { interactions: 0, ..recipe.encoding },
        penalty: Penalty::default(),
        monotone: Default::default(),
    };
    let mut features: Vec<FeatureTravel> = (0..CATALOGUE.len())
        .into_par_iter()
        .map(|at| {
            let name = CATALOGUE[at].name;
            let mut found = FeatureTravel {
                feature: name.to_string(),
                used: recipe.features.contains(&at),
                families: 0,
                holds: 0,
                elsewhere: None,
                worst: None,
                at_home: None,
                tells_source: None,
                missing_tells_source: None,
            };
            let (mut elsewhere, mut at_home) = (Vec::new(), Vec::new());
            for fold in folds {
                let values = &samples.values[at];
                let seen: HashSet<u64> = fold
                    .test
                    .iter()
                    .map(|&row| values.get(row))
                    .filter(|v| !v.is_nan())
                    .map(f64::to_bits)
                    .collect();
                if seen.len() < 2 {
                    continue;
                }
                found.families += 1;
                // Nothing to learn elsewhere, or nothing found: it tells nothing here.
                let auc = match fit_recipe(samples, &fold.train, &one(at)) {
                    Ok(fitted) => {
                        let mut raw = vec![None; samples.len()];
                        fold.test.iter().for_each(|&row| raw[row] = Some(fitted.raw(samples, row)));
                        family_auc(samples, &fold.test, &raw).unwrap_or(0.5)
                    }
                    Err(TrainError::NoFeature) => 0.5,
                    Err(error) => return Err(error),
                };
                elsewhere.push(auc);
                found.holds += usize::from(auc > 0.5);
                if found.worst.as_ref().is_none_or(|(least, _)| auc < *least) {
                    found.worst = Some((auc, fold.family.clone()));
                }
                at_home.extend(two_fold_auc(samples, &fold.test, &one(at), |row| samples.labels[row])?);
            }
            found.elsewhere = mean(elsewhere.into_iter());
            found.at_home = mean(at_home.into_iter());
            let mut tells = Vec::new();
            let mut missing = Vec::new();
            for family in &families {
                let is_family = |row: usize| samples.family(row) == *family;
                tells.extend(two_fold_auc(samples, &people(samples), &one(at), is_family)?);
                missing.push(missing_auc(samples, &people(samples), at, is_family));
            }
            found.tells_source = mean(tells.into_iter());
            found.missing_tells_source = mean(missing.into_iter().flatten());
            done(name);
            Ok(found)
        })
        .collect::<Result<_, TrainError>>()?;
    features.sort_by(|a, b| {
        let strength = |f: &FeatureTravel| f.elsewhere.unwrap_or(0.0);
        b.used.cmp(&a.used).then(strength(b).total_cmp(&strength(a)))
    });
    // Directions are knowledge about bots, not about sources.
    let recipe = &Recipe { monotone: Default::default(), ..recipe.clone() };
    let mut whole = Vec::new();
    for family in &families {
        whole.extend(two_fold_auc(samples, &people(samples), recipe, |row| samples.family(row) == *family)?);
    }
    Ok(TravelTable { features, recipe_tells_source: mean(whole.into_iter()) })
}

/// Families with people enough to be told apart.
fn families_of_people(samples: &Samples) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for source in &samples.sources {
        if !names.contains(&source.family.as_str()) {
            names.push(&source.family);
        }
    }
    let people = |family: &str| {
        (0..samples.len()).filter(|&row| samples.family(row) == family && !samples.labels[row]).count()
    };
    names.retain(|family| people(family) >= 100);
    names
}

fn people(samples: &Samples) -> Vec<usize> {
    (0..samples.len()).filter(|&row| !samples.labels[row]).collect()
}

/// ROC AUC at telling `target`, each half of the accounts scored by a fit on the other. `None` where a side is missing.
pub(super) fn two_fold_auc(
    samples: &Samples,
    rows: &[usize],
    recipe: &Recipe,
    target: impl Fn(usize) -> bool,
) -> Result<Option<f64>, TrainError> {
    let (mut scores, mut targets) = (Vec::new(), Vec::new());
    for side in [false, true] {
        let (test, train): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|&&row| half(samples, row) == side);
        let train_targets: Vec<bool> = train.iter().map(|&row| target(row)).collect();
        let hits = train_targets.iter().filter(|hit| **hit).count();
        if hits == 0 || hits == train.len() {
            return Ok(None);
        }
        // Both sides of the question count the same.
        let share =
            [train.len() as f64 / 2.0 / (train.len() - hits) as f64, train.len() as f64 / 2.0 / hits as f64];
        let weights: Vec<f64> = train_targets.iter().map(|hit| share[usize::from(*hit)]).collect();
        match fit_to(samples, &train, &train_targets, &weights, recipe) {
            Ok(fitted) => scores.extend(test.iter().map(|&row| fitted.raw(samples, row))),
            Err(TrainError::NoFeature) => scores.extend(test.iter().map(|_| 0.0)),
            Err(error) => return Err(error),
        }
        targets.extend(test.iter().map(|&row| target(row)));
    }
    Ok(auc_of(&scores, &targets))
}

/// How well knowing that a feature is missing tells `target`, either way round.
fn missing_auc(samples: &Samples, rows: &[usize], at: usize, target: impl Fn(usize) -> bool) -> Option<f64> {
    let missing: Vec<f64> =
        rows.iter().map(|&row| f64::from(u8::from(samples.values[at].get(row).is_nan()))).collect();
    let targets: Vec<bool> = rows.iter().map(|&row| target(row)).collect();
    auc_of(&missing, &targets).map(|auc| auc.max(1.0 - auc))
}

impl TravelTable {
    /// The table as text.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "Each feature alone. `elsewhere`: ROC AUC (bot) in a family of sources of a curve learnt from all others, mean;\n\
             `holds`: families in which that is above 0.5; `at home`: learnt in the same family, two-fold. `source`: mean ROC\n\
             AUC at telling one family's people from the others', two-fold; `missing`: of knowing only whether it is there.\n\
             A feature that tells the source much better than the bot, and the bot no better than chance elsewhere, tells\n\
             where an account was collected and little else (marked !). In use: *.\n\n",
        );
        let _ = writeln!(
            out,
            "  {:26} {:>7}  {:>9}  {:>7}  {:>6}  {:>7}  worst in",
            "feature", "holds", "elsewhere", "at home", "source", "missing"
        );
        for f in &self.features {
            let mark = if f.used { '*' } else { ' ' };
            let warn = if f.tells_the_source() { '!' } else { ' ' };
            let worst = f.worst.as_ref().map(|(auc, family)| format!("{family} ({auc:.3})"));
            let _ = writeln!(
                out,
                "{mark}{warn}{:26} {:>7}  {:>9}  {:>7}  {:>6}  {:>7}  {}",
                f.feature,
                format!("{} of {}", f.holds, f.families),
                number(f.elsewhere),
                number(f.at_home),
                number(f.tells_source),
                number(f.missing_tells_source),
                worst.unwrap_or_default()
            );
        }
        let _ = writeln!(
            out,
            "\nAll features of the recipe together tell one family's people from the others' with ROC AUC {}.",
            number(self.recipe_tells_source)
        );
        out
    }
}

impl FeatureTravel {
    /// Does it tell where an account was collected, and of bots elsewhere next to nothing?
    pub fn tells_the_source(&self) -> bool {
        let bot = self.elsewhere.unwrap_or(0.5);
        bot < 0.52 && self.tells_source.unwrap_or(0.5) - 0.5 > 3.0 * (bot - 0.5).max(0.0) + 0.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_tells_the_source_where_it_tells_that_and_little_of_bots() {
        let tells = |elsewhere, tells_source| {
            FeatureTravel {
                feature: "followers_count".into(),
                used: true,
                families: 2,
                holds: 1,
                elsewhere,
                worst: None,
                at_home: None,
                tells_source,
                missing_tells_source: None,
            }
            .tells_the_source()
        };
        assert!(tells(Some(0.50), Some(0.61)));
        assert!(!tells(Some(0.50), Some(0.59)));
        // Three times what it tells of bots, and a tenth.
        assert!(tells(Some(0.51), Some(0.64)) && !tells(Some(0.51), Some(0.62)));
        assert!(!tells(Some(0.52), Some(0.99)), "it tells something of bots elsewhere");
        assert!(tells(Some(0.30), Some(0.61)), "worse than nothing is nothing");
        assert!(tells(None, Some(0.61)) && !tells(None, None));
    }
}
