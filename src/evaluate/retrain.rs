//! Is a model that learnt from a person's decisions not worse than the one before?
//!
//! Two things are measured. On the **decisions**, by scores of fits that saw nothing of the account: five folds by the
//! account's hash, several times over where there are few, so that the place of a row in a list decides nothing. On the
//! **sources**, each family left out in turn, once with the decisions among the training rows and once without. Both
//! differences are paired: old and new score the same accounts, and the bootstrap draws the same accounts for both.
//!
//! "Not worse" is meant as in a trial of non-inferiority: what is asked is not that no difference can be seen, which few
//! decisions would always pass, but that a loss of more than a stated margin can be ruled out.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use super::bootstrap::{Bootstrap, Interval, bootstrap, bootstrap_difference};
use super::error::EvaluateError;
use super::metrics::{log_loss, roc_auc};
use super::predictions::Predictions;
use crate::model::{
    Accounts, Calibration, DecisionRows, FitError, Fitted, Fold, Recipe, Samples, TrainError, fit_recipe,
    out_of_source, sigmoid,
};
use crate::scramble::scramble;

/// Fewest decisions of each class from which anything is learnt.
pub const LEAST_DECISIONS: usize = 25;
/// Parts of the decisions, of which each is held out in turn.
pub const FOLDS: usize = 5;
/// Times that the folds are drawn anew where a class has fewer decisions than [`FEW`].
pub const REPEATS: usize = 4;
/// Decisions of a class below which once is not enough.
pub const FEW: usize = 200;
/// Loss of ROC AUC on the decisions that must be ruled out.
pub const MARGIN_ROC_AUC: f64 = 0.02;
/// Gain in log loss (natural logarithm, both classes counting the same) on the decisions that must be ruled out.
pub const MARGIN_LOG_LOSS: f64 = 0.02;
/// Loss of ROC AUC in the mean of the left-out sources that must not be reached.
pub const MARGIN_SOURCES: f64 = 0.005;
/// Share of the people decided on who may be in the spam band beyond those who were there before.
pub const MARGIN_PEOPLE: f64 = 0.01;

/// What keeps two models from being compared.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum RetrainError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error(
        "{bots} decided to be spam and {humans} to be followed back or listed have data: {least} of each are the least \
         to learn from and test on, so {missing}"
    )]
    TooFew { bots: usize, humans: usize, least: usize, missing: String },
}

/// Which fold an account is held out with, for each time that the folds are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    /// `of[time][decision]`, from 0 to [`FOLDS`].
    pub of: Vec<Vec<usize>>,
}

impl Folds {
    /// Deals the decisions out by their hashes, the classes spread evenly.
    ///
    /// # Errors
    /// Where there are too few of a class.
    pub fn draw(hashes: &[u64], bots: &[bool]) -> Result<Folds, RetrainError> {
        let n = |class: bool| bots.iter().filter(|bot| **bot == class).count();
        let (spam, humans) = (n(true), n(false));
        if spam.min(humans) < LEAST_DECISIONS {
            let short = [(spam, "spam"), (humans, "follow-back or list")];
            let missing: Vec<String> = short
                .iter()
                .filter(|(n, _)| *n < LEAST_DECISIONS)
                .map(|(n, what)| format!("{} more of {what}", LEAST_DECISIONS - n))
                .collect();
            let missing = format!("{} are missing", missing.join(" and "));
            return Err(RetrainError::TooFew { bots: spam, humans, least: LEAST_DECISIONS, missing });
        }
        let times = if spam.min(humans) < FEW { REPEATS } else { 1 };
        let one = |time: usize| {
            let mut fold = vec![0; bots.len()];
            for class in [false, true] {
                let mut own: Vec<usize> = (0..bots.len()).filter(|at| bots[*at] == class).collect();
                own.sort_by_key(|at| (scramble(hashes[*at] ^ scramble(time as u64)), hashes[*at]));
                own.iter().enumerate().for_each(|(place, at)| fold[*at] = place % FOLDS);
            }
            fold
        };
        Ok(Folds { of: (0..times).map(one).collect() })
    }
}

/// Raw log-odds of accounts by fits that had not seen them.
#[derive(Clone, Debug)]
pub struct Scores {
    /// `decisions[time][decision]`: without the fold of the decision.
    pub decisions: Vec<Vec<f64>>,
    /// The fits of the first time, to explain a score by; one a fold.
    pub fits: Vec<Fitted>,
    /// By row of the samples: without its family, with the decisions.
    pub with: Vec<Option<f64>>,
    /// By row of the samples: without its family and without the decisions.
    pub without: Vec<Option<f64>>,
}

/// Makes all fits that the comparison needs. A fold's accounts are dropped from the sources too.
///
/// # Errors
/// As [`fit_recipe`].
pub fn scores(
    samples: &Samples,
    decisions: &DecisionRows,
    folds: &Folds,
    families: &[Fold],
    recipe: &Recipe,
    done: impl Fn(&str) + Sync,
) -> Result<Scores, RetrainError> {
    let rows = decisions.rows(samples);
    let plain: Vec<Fold> = families
        .iter()
        .map(|fold| {
            let train = fold.train.iter().copied().filter(|row| samples.source[*row] != decisions.source);
            Fold { train: train.collect(), ..fold.clone() }
        })
        .collect();
    let without = out_of_source(samples, &plain, recipe, |family| done(&format!("left out {family}")))?;
    let with = out_of_source(samples, families, recipe, |family| {
        done(&format!("left out {family}, with the decisions"));
    })?;
    let mut of_decisions = Vec::new();
    let mut fits = Vec::new();
    for fold in &folds.of {
        let parts: Vec<Result<Fitted, TrainError>> = (0..FOLDS)
            .into_par_iter()
            .map(|number| {
                let own = rows.iter().zip(fold).filter(|(_, own)| **own == number);
                let held = Accounts::of(samples, own.map(|(row, _)| *row));
                let train: Vec<usize> = (0..samples.len()).filter(|row| !held.have(*row)).collect();
                let fitted = fit_recipe(samples, &train, recipe)?;
                done("held out a fifth of the decisions");
                Ok(fitted)
            })
            .collect();
        let parts: Vec<Fitted> = parts.into_iter().collect::<Result<_, _>>()?;
        of_decisions.push(
            rows.iter().zip(fold).map(|(&row, &number)| parts[number].raw(samples, row)).collect::<Vec<_>>(),
        );
        if fits.is_empty() {
            fits = parts;
        }
    }
    Ok(Scores { decisions: of_decisions, fits, with, without })
}

/// Calibrations of the old model's raw scores, each learnt from the decisions outside a fold.
///
/// # Errors
/// As [`Calibration::learn`].
pub fn recalibrations(raw: &[f64], bots: &[bool], fold: &[usize]) -> Result<Vec<Calibration>, FitError> {
    (0..FOLDS)
        .map(|number| {
            let rest: Vec<usize> = (0..raw.len()).filter(|at| fold[*at] != number).collect();
            let pick = |at: &usize| raw[*at];
            let raw: Vec<f64> = rest.iter().map(pick).collect();
            let labels: Vec<bool> = rest.iter().map(|at| bots[*at]).collect();
            Calibration::learn(&raw, &labels, &vec![1.0; raw.len()], 0.5)
        })
        .collect()
}

/// What a model says of a decided account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// Calibrated probability of being a bot where bots are half.
    pub even: f64,
    /// Is it in the spam band?
    pub spam: bool,
}

/// A figure of the old model, of the new one, and the paired difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// Before.
    pub old: Interval,
    /// After.
    pub new: Interval,
    /// New less old, on the same draws.
    pub difference: Interval,
}

/// Old and new on the decisions, held out of the new.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OnDecisions {
    /// Decided to be spam.
    pub bots: usize,
    /// Decided to be followed back or listed.
    pub humans: usize,
    /// Times that the folds were drawn.
    pub times: usize,
    /// ROC AUC.
    pub roc_auc: Pair,
    /// Log loss where both classes count the same.
    pub log_loss: Pair,
    /// People in the spam band before and after; after is the mean over the times.
    pub people_in_spam: [f64; 2],
    /// Bots in the spam band before and after.
    pub bots_in_spam: [f64; 2],
}

/// Compares on the decisions. `new[time][decision]`; `old[decision]`.
///
/// # Errors
/// As [`bootstrap`].
pub fn on_decisions(
    old: &[Said],
    new: &[Vec<Said>],
    bots: &[bool],
    intervals: &Bootstrap,
) -> Result<OnDecisions, EvaluateError> {
    let n = |class: bool| bots.iter().filter(|bot| **bot == class).count();
    let times = new.len().max(1);
    let all = |of: &dyn Fn(usize) -> Vec<f64>| -> Vec<f64> { (0..times).flat_map(of).collect() };
    // Each time is a row of its own, and an account with all its rows is drawn as one.
    let labels: Vec<bool> = (0..times).flat_map(|_| bots.iter().copied()).collect();
    let groups: Vec<u64> = (0..times).flat_map(|_| 0..bots.len() as u64).collect();
    let even: Vec<f64> = labels.iter().map(|bot| 1.0 / n(*bot) as f64).collect();
    let old_p = all(&|_| old.iter().map(|said| said.even).collect());
    let new_p = all(&|time| new[time].iter().map(|said| said.even).collect());
    let old_set = Predictions::new(&old_p, &labels, Some(&even))?;
    let new_set = Predictions::new(&new_p, &labels, Some(&even))?;
    let metrics = |set: &Predictions| [roc_auc(set), log_loss(set)];
    let before = bootstrap(&old_set, Some(&groups), intervals, metrics)?;
    let after = bootstrap(&new_set, Some(&groups), intervals, metrics)?;
    let difference = bootstrap_difference(&new_set, &old_set, Some(&groups), intervals, metrics)?;
    let pair = |at: usize| Pair { old: before[at], new: after[at], difference: difference[at] };
    let in_spam = |said: &[Said], class: bool| {
        said.iter().zip(bots).filter(|(said, bot)| said.spam && **bot == class).count() as f64
    };
    let spam = |class: bool| {
        [in_spam(old, class), new.iter().map(|said| in_spam(said, class)).sum::<f64>() / times as f64]
    };
    Ok(OnDecisions {
        bots: n(true),
        humans: n(false),
        times,
        roc_auc: pair(0),
        log_loss: pair(1),
        people_in_spam: spam(false),
        bots_in_spam: spam(true),
    })
}

/// Old and new on a source left out of both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OnSource {
    /// The source.
    pub source: String,
    /// Its family, which was left out with it.
    pub family: String,
    /// Bots in it.
    pub bots: usize,
    /// Humans in it.
    pub humans: usize,
    /// ROC AUC.
    pub roc_auc: Pair,
}

/// Compares on every left-out source with both classes.
///
/// # Errors
/// As [`bootstrap`].
pub fn on_sources(
    samples: &Samples,
    scores: &Scores,
    intervals: &Bootstrap,
) -> Result<Vec<OnSource>, EvaluateError> {
    let mut by_source: HashMap<usize, Vec<usize>> = HashMap::new();
    for row in (0..samples.len()).filter(|row| scores.with[*row].is_some()) {
        by_source.entry(samples.source[row]).or_default().push(row);
    }
    let mut out = Vec::new();
    for (number, info) in samples.sources.iter().enumerate() {
        let Some(rows) = by_source.get(&number) else { continue };
        let (bots, humans) = samples.classes(rows);
        if !info.hold_out || bots == 0 || humans == 0 {
            continue;
        }
        let labels: Vec<bool> = rows.iter().map(|row| samples.labels[*row]).collect();
        let groups: Vec<u64> = rows.iter().map(|row| samples.groups[*row]).collect();
        let set = |raw: &[Option<f64>]| {
            // The order is all that counts, and no calibration changes it.
            let p: Vec<f64> = rows.iter().map(|row| sigmoid(raw[*row].unwrap_or_default())).collect();
            Predictions::new(&p, &labels, None)
        };
        let (old, new) = (set(&scores.without)?, set(&scores.with)?);
        let metric = |set: &Predictions| [roc_auc(set)];
        let first = |found: Vec<Interval>| found.into_iter().next().unwrap_or_default();
        out.push(OnSource {
            source: info.name.clone(),
            family: info.family.clone(),
            bots,
            humans,
            roc_auc: Pair {
                old: first(bootstrap(&old, Some(&groups), intervals, metric)?),
                new: first(bootstrap(&new, Some(&groups), intervals, metric)?),
                difference: first(bootstrap_difference(&new, &old, Some(&groups), intervals, metric)?),
            },
        });
    }
    Ok(out)
}

/// One thing that is asked of the new model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Criterion {
    /// What is asked.
    pub asked: String,
    /// What was found.
    pub found: String,
    /// Does it hold?
    pub holds: bool,
}

/// Everything that was measured, and what follows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retrained {
    /// On the decisions.
    pub decisions: OnDecisions,
    /// On left-out sources; empty where only the calibration is new, which changes no order.
    pub sources: Vec<OnSource>,
    /// What is asked, all of which must hold.
    pub criteria: Vec<Criterion>,
}

impl Retrained {
    /// Weighs what was measured; without sources, only the decisions.
    pub fn judge(decisions: OnDecisions, sources: Vec<OnSource>) -> Retrained {
        let mut criteria = Vec::new();
        let mut ask = |asked: String, found: String, holds: bool| {
            criteria.push(Criterion { asked, found, holds });
        };
        let number = |value: Option<f64>| value.map_or("unknown".to_string(), |v| format!("{v:+.3}"));
        let lo = decisions.roc_auc.new.lo;
        ask(
            "on the decisions, held out, it tells spam from people better than chance: lower end of its ROC AUC above 0.5"
                .into(),
            lo.map_or("unknown".into(), |lo| format!("{lo:.3}")),
            lo.is_some_and(|lo| lo > 0.5),
        );
        let lo = decisions.roc_auc.difference.lo;
        ask(
            format!(
                "on the decisions, ROC AUC falls by less than {MARGIN_ROC_AUC}: lower end of the difference"
            ),
            number(lo),
            lo.is_some_and(|lo| lo > -MARGIN_ROC_AUC),
        );
        let hi = decisions.log_loss.difference.hi;
        ask(
            format!(
                "on the decisions, log loss rises by less than {MARGIN_LOG_LOSS}: upper end of the difference"
            ),
            number(hi),
            hi.is_some_and(|hi| hi < MARGIN_LOG_LOSS),
        );
        let [before, after] = decisions.people_in_spam;
        let allowed = before + MARGIN_PEOPLE * decisions.humans as f64;
        ask(
            format!(
                "of the {} people decided on, at most {:.0} % more than before are in the spam band",
                decisions.humans,
                MARGIN_PEOPLE * 100.0
            ),
            format!("{after:.1}, before {before:.0}"),
            after <= allowed,
        );
        match means(&sources) {
            // The order stays: a better log loss is all that there is to gain.
            None => {
                let change = decisions.log_loss.difference.value;
                ask(
                    "on the decisions, the log loss falls".into(),
                    number(change),
                    change.is_some_and(|change| change < 0.0),
                );
            }
            Some((old, new)) => ask(
                format!("on left-out sources, the mean ROC AUC falls by less than {MARGIN_SOURCES}"),
                format!("{:+.4}", new - old),
                new - old > -MARGIN_SOURCES,
            ),
        }
        Retrained { decisions, sources, criteria }
    }

    /// Does the new model take the place of the old?
    pub fn accepted(&self) -> bool {
        self.criteria.iter().all(|criterion| criterion.holds)
    }
}

/// Mean ROC AUC over sources, of the old and of the new.
pub fn means(sources: &[OnSource]) -> Option<(f64, f64)> {
    let mean = |of: &dyn Fn(&OnSource) -> Option<f64>| {
        let values: Vec<f64> = sources.iter().filter_map(of).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Some((mean(&|source| source.roc_auc.old.value)?, mean(&|source| source.roc_auc.new.value)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{assert_close, auc_by_pairs};
    use crate::model::folds_by_family;
    use crate::model::testing::{cells, recipe};

    #[test]
    fn folds_are_dealt_by_account_and_few_decisions_are_named() {
        let hashes: Vec<u64> = (0..120).map(|n| scramble(n + 7)).collect();
        let bots: Vec<bool> = (0..120).map(|n| n % 3 == 0).collect();
        let folds = Folds::draw(&hashes, &bots).unwrap();
        assert_eq!(folds.of.len(), REPEATS);
        assert_ne!(folds.of[0], folds.of[1]);
        for fold in &folds.of {
            for number in 0..FOLDS {
                let own =
                    |class: bool| (0..120).filter(|at| fold[*at] == number && bots[*at] == class).count();
                assert_eq!((own(true), own(false)), (8, 16));
            }
        }
        // In another order every account has the same fold.
        let order: Vec<usize> = (0..120).rev().collect();
        let mixed: Vec<u64> = order.iter().map(|at| hashes[*at]).collect();
        let classes: Vec<bool> = order.iter().map(|at| bots[*at]).collect();
        let other = Folds::draw(&mixed, &classes).unwrap();
        for (place, at) in order.iter().enumerate() {
            assert_eq!(other.of[2][place], folds.of[2][*at]);
        }
        let few = Folds::draw(&hashes[..60], &bots[..60]).unwrap_err().to_string();
        assert!(
            few.contains("20 decided to be spam") && few.contains("so 5 more of spam are missing"),
            "{few}"
        );
        let enough: Vec<bool> = (0..60).map(|n| n < 25).collect();
        assert!(Folds::draw(&hashes[..60], &enough).is_ok());
        let just: Vec<bool> = (0..45).map(|n| n < 20).collect();
        let few = Folds::draw(&hashes[..45], &just).unwrap_err().to_string();
        assert!(few.ends_with("so 5 more of spam are missing"), "25 of a class are enough: {few}");
        let none = Folds::draw(&hashes[..9], &just[..9]).unwrap_err().to_string();
        assert!(
            none.ends_with("so 16 more of spam and 25 more of follow-back or list are missing"),
            "{none}"
        );
        let many: Vec<u64> = (0..400).map(scramble).collect();
        let classes: Vec<bool> = (0..400).map(|n| n < 200).collect();
        assert_eq!(Folds::draw(&many, &classes).unwrap().of.len(), 1, "200 of each are not few");
    }

    fn said(even: &[f64]) -> Vec<Said> {
        even.iter().map(|even| Said { even: *even, spam: *even > 0.9 }).collect()
    }

    fn judged(old: &[f64], new: &[f64], bots: &[bool]) -> Retrained {
        let intervals = Bootstrap { replicates: 300, ..Bootstrap::default() };
        let on = on_decisions(&said(old), &[said(new), said(new)], bots, &intervals).unwrap();
        Retrained::judge(on, vec![source(0.8, 0.798)])
    }

    fn source(old: f64, new: f64) -> OnSource {
        let value = |value| Interval { value: Some(value), ..Interval::default() };
        let roc_auc = Pair { old: value(old), new: value(new), difference: value(new - old) };
        OnSource { source: "a".into(), family: "a".into(), bots: 9, humans: 9, roc_auc }
    }

    fn failed(judged: &Retrained) -> Vec<usize> {
        (0..judged.criteria.len()).filter(|at| !judged.criteria[*at].holds).collect()
    }

    #[test]
    fn each_criterion_can_fail_and_a_better_model_passes() {
        let bots: Vec<bool> = (0..100).map(|n| n % 2 == 0).collect();
        let of = |right: f64, wrong: u64| -> Vec<f64> {
            (0..100u64)
                .map(|n| {
                    let turned = scramble(n / 2) % 100 < wrong;
                    let p = right + (scramble(n) % 100) as f64 / 1000.0;
                    if (n % 2 == 0) != turned { p } else { 1.0 - p }
                })
                .collect()
        };
        let (good, fair, chance) = (of(0.7, 5), of(0.7, 25), of(0.6, 50));
        assert_eq!(failed(&judged(&fair, &good, &bots)), [0usize; 0]);
        assert_eq!(failed(&judged(&good, &good, &bots)), [0usize; 0], "the same is not worse");
        assert_eq!(failed(&judged(&chance, &chance, &bots)), [0], "not worse, and worth nothing");
        assert!(failed(&judged(&good, &fair, &bots)).contains(&1));
        // The same order, but far too sure of itself.
        let sure: Vec<f64> =
            fair.iter().map(|p| if *p > 0.5 { 0.99 + p / 200.0 } else { p / 100.0 }).collect();
        assert_eq!(failed(&judged(&fair, &sure, &bots)), [2, 3]);
        // Dear to the other sources; and, without any, no gain in what p_bot means.
        let on = judged(&fair, &good, &bots).decisions;
        assert_eq!(failed(&Retrained::judge(on, vec![source(0.8, 0.79)])), [4]);
        let same = judged(&good, &good, &bots).decisions;
        assert_eq!(failed(&Retrained::judge(same, Vec::new())), [4]);
    }

    #[test]
    fn a_calibration_is_learnt_from_the_decisions_outside_its_fold() {
        let raw: Vec<f64> = (0..100).map(|n| (scramble(n) % 1000) as f64 / 250.0 - 2.0).collect();
        let bots: Vec<bool> =
            (0..100).map(|n| (scramble(n) % 1000) + scramble(n + 500) % 600 > 800).collect();
        let fold: Vec<usize> = (0..100).map(|n| n % FOLDS).collect();
        let found = recalibrations(&raw, &bots, &fold).unwrap();
        assert_eq!(found.len(), FOLDS);
        for (number, found) in found.iter().enumerate() {
            let (mut rest, mut labels) = (Vec::new(), Vec::new());
            for at in 0..100 {
                if at % FOLDS != number {
                    rest.push(raw[at]);
                    labels.push(bots[at]);
                }
            }
            assert_eq!(rest.len(), 100 - 100 / FOLDS);
            assert_eq!(*found, Calibration::learn(&rest, &labels, &vec![1.0; rest.len()], 0.5).unwrap());
        }
    }

    #[test]
    fn both_classes_count_the_same_in_the_log_loss_of_decisions() {
        let bots = [true, false, false, false];
        let (old, new) = (said(&[0.8, 0.1, 0.3, 0.6]), said(&[0.7, 0.2, 0.2, 0.1]));
        let intervals = Bootstrap { replicates: 10, ..Bootstrap::default() };
        let found = on_decisions(&old, &[new], &bots, &intervals).unwrap();
        let loss = |bot: f64, people: [f64; 3]| {
            -(f64::ln(bot) + people.iter().map(|p| (1.0 - p).ln()).sum::<f64>() / 3.0) / 2.0
        };
        assert!((found.log_loss.old.value.unwrap() - loss(0.8, [0.1, 0.3, 0.6])).abs() < 1e-12);
        assert!((found.log_loss.new.value.unwrap() - loss(0.7, [0.2, 0.2, 0.1])).abs() < 1e-12);
    }

    #[test]
    fn who_stands_in_the_spam_band_is_the_mean_over_the_times() {
        let bots = [true, true, false, false];
        let one = |spam: [bool; 4]| spam.map(|spam| Said { even: 0.5, spam }).to_vec();
        let old = one([true, false, true, true]);
        let new = [
            one([true, true, false, false]),
            one([true, true, true, false]),
            one([false, true, true, false]),
        ];
        let found =
            on_decisions(&old, &new, &bots, &Bootstrap { replicates: 0, ..Bootstrap::default() }).unwrap();
        assert_eq!((found.bots, found.humans, found.times), (2, 2, 3));
        assert_eq!(found.people_in_spam, [2.0, 2.0 / 3.0]);
        assert_eq!(found.bots_in_spam, [1.0, 5.0 / 3.0]);
    }

    #[test]
    fn fits_behind_the_comparison_saw_nothing_of_what_they_score() {
        // Two families, and behind them fifty decisions, of which the first is on an account of the first family.
        let mut samples = cells(
            &[("a", 1.0), ("b", 1.0), ("decisions", 1.0)],
            &[(0, true, 30), (0, false, 30), (1, true, 30), (1, false, 40), (2, true, 25), (2, false, 25)],
        );
        samples.sources[2].hold_out = false;
        samples.groups[130] = samples.groups[0];
        let decisions = DecisionRows { source: 2, hashes: (0..50).map(scramble).collect() };
        let families = folds_by_family(&samples);
        let folds = Folds::draw(&decisions.hashes, &samples.labels[130..]).unwrap();
        let found = scores(&samples, &decisions, &folds, &families, &recipe(0), |_| ()).unwrap();
        assert_eq!((found.decisions.len(), found.fits.len()), (REPEATS, FOLDS));
        for (time, fold) in folds.of.iter().enumerate() {
            for number in 0..FOLDS {
                let held = |row: usize| row >= 130 && fold[row - 130] == number;
                let out = |row: usize| held(row) || row == 0 && held(130);
                let train: Vec<usize> = (0..180).filter(|row| !out(*row)).collect();
                assert_eq!(train.len(), 170 - usize::from(held(130)));
                let fitted = fit_recipe(&samples, &train, &recipe(0)).unwrap();
                for row in (130..180).filter(|row| held(*row)) {
                    assert_eq!(found.decisions[time][row - 130], fitted.raw(&samples, row));
                    assert!(time > 0 || found.fits[number].raw(&samples, row) == fitted.raw(&samples, row));
                }
            }
        }
        let fit = |rows: Vec<usize>| fit_recipe(&samples, &rows, &recipe(0)).unwrap();
        // Without its family; of the decisions, that on its account is not among the training rows either.
        let (with, without) = (fit((60..180).filter(|row| *row != 130).collect()), fit((60..130).collect()));
        for row in 0..60 {
            assert_eq!(found.with[row], Some(with.raw(&samples, row)));
            assert_eq!(found.without[row], Some(without.raw(&samples, row)));
        }
        assert!(found.with[130..].iter().chain(&found.without[130..]).all(Option::is_none));

        let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
        let sources = on_sources(&samples, &found, &none).unwrap();
        assert_eq!(sources.len(), 2);
        for (source, rows) in sources.iter().zip([0..60, 60..130]) {
            let auc = |raw: &[Option<f64>]| {
                let raw: Vec<f64> = raw[rows.clone()].iter().map(|raw| raw.unwrap()).collect();
                auc_by_pairs(&raw, &samples.labels[rows.clone()])
            };
            let (old, new) = (auc(&found.without), auc(&found.with));
            assert_close(source.roc_auc.old.value.unwrap(), old);
            assert_close(source.roc_auc.new.value.unwrap(), new);
            assert!((source.roc_auc.difference.value.unwrap() - (new - old)).abs() < 1e-12);
            assert_eq!((source.bots, source.humans), (30, rows.len() - 30));
        }
        let (old, new) = means(&sources).unwrap();
        let mean = |of: fn(&Pair) -> Interval| {
            sources.iter().map(|source| of(&source.roc_auc).value.unwrap()).sum::<f64>() / 2.0
        };
        assert_close(old, mean(|pair| pair.old));
        assert_close(new, mean(|pair| pair.new));
        assert_eq!(means(&[]), None);
    }

    #[test]
    fn folds_are_pinned() {
        // Worked out by SplitMix64 apart from the program: a change of these is a change of every published figure.
        let (hashes, bots): (Vec<u64>, Vec<bool>) = (0..50).map(|n| (n + 1, n % 2 == 0)).unzip();
        let folds = Folds::draw(&hashes, &bots).unwrap();
        assert_eq!(folds.of[0][..12], [1, 1, 2, 1, 4, 2, 2, 2, 2, 4, 1, 0]);
        assert_eq!(folds.of[1][..12], [1, 1, 3, 3, 0, 0, 1, 3, 3, 2, 0, 2]);
        assert_eq!(folds.of[3][..12], [2, 2, 0, 3, 4, 4, 1, 2, 0, 1, 3, 0]);
    }

    #[test]
    fn only_left_out_sources_of_both_classes_are_compared() {
        // Both classes; people alone; bots alone; both, but never left out.
        let mut samples = cells(
            &[("a", 1.0), ("b", 1.0), ("c", 1.0), ("d", 1.0)],
            &[(0, true, 2), (0, false, 2), (1, false, 2), (2, true, 2), (3, true, 1), (3, false, 1)],
        );
        samples.sources[3].hold_out = false;
        let all = |own: [f64; 4]| (0..10).map(|row| Some(own.get(row).copied().unwrap_or(0.0))).collect();
        let found = Scores {
            decisions: Vec::new(),
            fits: Vec::new(),
            with: all([1.0, 0.5, 0.0, -2.0]),
            without: all([1.0, -1.0, 0.0, -2.0]),
        };
        let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
        let [only] = &on_sources(&samples, &found, &none).unwrap()[..] else { panic!("one source") };
        assert_eq!((&only.source[..], only.bots, only.humans), ("source 0", 2, 2));
        // Of four pairs, three were in order before and all are after.
        let pair = &only.roc_auc;
        assert_eq!(
            (pair.old.value, pair.new.value, pair.difference.value),
            (Some(0.75), Some(1.0), Some(0.25))
        );
    }

    #[test]
    fn a_loss_of_just_the_margin_is_not_ruled_out() {
        // Chance; two hundredths of ROC AUC; of log loss; one in a hundred of the people.
        let measured = |auc: f64, fall: f64, rise: f64, people: f64| {
            let within = |lo: f64, hi: f64| Interval { lo: Some(lo), hi: Some(hi), ..Interval::default() };
            let nothing = within(0.0, 0.0);
            let change = Interval { value: Some(-0.01), ..within(-0.05, rise) };
            OnDecisions {
                bots: 100,
                humans: 200,
                times: 1,
                roc_auc: Pair { old: nothing, new: within(auc, 1.0), difference: within(fall, 0.1) },
                log_loss: Pair { old: nothing, new: nothing, difference: change },
                people_in_spam: [3.0, people],
                bots_in_spam: [0.0, 0.0],
            }
        };
        let passes = |on: OnDecisions, sources: &[OnSource]| {
            let judged = Retrained::judge(on, sources.to_vec());
            let failed = failed(&judged);
            assert_eq!(judged.accepted(), failed.is_empty());
            failed
        };
        let fine = || measured(0.501, -0.019, 0.019, 5.0);
        let none = [0usize; 0];
        assert_eq!(
            passes(fine(), &[source(0.8, 0.796)]),
            none,
            "two of two hundred more are one in a hundred"
        );
        assert_eq!(passes(measured(0.5, -0.019, 0.019, 5.0), &[source(0.8, 0.8)]), [0]);
        assert_eq!(passes(measured(0.501, -0.02, 0.019, 5.0), &[source(0.8, 0.8)]), [1]);
        assert_eq!(passes(measured(0.501, -0.019, 0.02, 5.0), &[source(0.8, 0.8)]), [2]);
        assert_eq!(passes(measured(0.501, -0.019, 0.019, 5.25), &[source(0.8, 0.8)]), [3]);
        assert_eq!(passes(fine(), &[source(0.005, 0.0)]), [4]);
        // Without sources the log loss has to fall, and a fall is a change below nothing.
        assert_eq!(passes(fine(), &[]), none);
        let mut worse = fine();
        worse.log_loss.difference.value = Some(0.01);
        assert_eq!(passes(worse, &[]), [4]);
    }
}
