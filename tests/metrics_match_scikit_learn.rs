//! The numbers of `botsieve::evaluate` against those of scikit-learn and numpy, to 1e-9.
//!
//! `tests/sklearn/metrics_reference.json` holds the data, the expected values and the versions
//! that gave them; `tests/sklearn/metrics_reference.py` writes it.

use botsieve::evaluate::{
    BinStrategy, Binning, CurvePoints, OneSplit, Predictions, Side, SplitRule, average_precision, brier,
    confusion_at, ece, kolmogorov_smirnov, log_loss, mce, precision_recall_curve, roc_auc, roc_curve,
};
use serde_json::Value;

struct Reference {
    file: Value,
    scores: Vec<f64>,
    labels: Vec<bool>,
    weights: Vec<f64>,
    /// One column a feature, NaN where missing.
    features: Vec<Vec<f64>>,
}

impl Reference {
    fn read() -> Reference {
        let file: Value = serde_json::from_str(include_str!("sklearn/metrics_reference.json"))
            .expect("the reference file is JSON");
        let labels = numbers(&file["labels"]);
        Reference {
            scores: numbers(&file["scores"]),
            labels: labels.iter().map(|&label| label == 1.0).collect(),
            weights: numbers(&file["weights"]),
            features: list(&file["features"]).iter().map(numbers).collect(),
            file,
        }
    }

    /// Predictions and expected values, without and with weights.
    fn cases(&self) -> [(Predictions<'static>, Option<&[f64]>, &Value); 2] {
        let case = |weights: Option<&[f64]>| {
            Predictions::new(&self.scores, &self.labels, weights).expect("the data are valid")
        };
        [
            (case(None), None, &self.file["unweighted"]),
            (case(Some(&self.weights)), Some(&self.weights), &self.file["weighted"]),
        ]
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list in the reference file")
}

/// Numbers of a list; NaN for null.
fn numbers(value: &Value) -> Vec<f64> {
    let number = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
    list(value).iter().map(number).collect()
}

#[track_caller]
fn same(what: &str, found: Option<f64>, expected: &Value) {
    match (found, expected.as_f64()) {
        (None, None) => assert!(expected.is_null(), "{what}: missing in the reference file"),
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() <= 1e-9, "{what}: found {found}, scikit-learn has {expected}")
        }
        _ => panic!("{what}: found {found:?}, scikit-learn has {expected}"),
    }
}

#[track_caller]
fn same_list(what: &str, found: Vec<f64>, expected: &Value) {
    assert_eq!(found.len(), list(expected).len(), "{what}: length");
    for (i, (found, expected)) in found.iter().zip(list(expected)).enumerate() {
        same(&format!("{what}[{i}]"), Some(*found), expected);
    }
}

#[test]
fn ranking_and_probability_metrics() {
    for (p, _, expected) in Reference::read().cases() {
        same("roc_auc", roc_auc(&p), &expected["roc_auc"]);
        same("average_precision", average_precision(&p), &expected["average_precision"]);
        same("brier", brier(&p), &expected["brier"]);
        same("log_loss", log_loss(&p), &expected["log_loss"]);
        same("ks", kolmogorov_smirnov(&p), &expected["ks"]);
    }
}

#[test]
fn metrics_at_thresholds() {
    for (p, _, expected) in Reference::read().cases() {
        for expected in list(&expected["at_threshold"]) {
            let threshold = expected["threshold"].as_f64().expect("a threshold");
            let m = confusion_at(&p, threshold);
            for (what, found) in [
                ("tp", Some(m.tp)),
                ("fp", Some(m.fp)),
                ("fn", Some(m.fn_)),
                ("tn", Some(m.tn)),
                ("precision", m.precision()),
                ("recall", m.recall()),
                ("f1", m.f1()),
                ("accuracy", m.accuracy()),
                ("balanced_accuracy", m.balanced_accuracy()),
                ("mcc", m.mcc()),
            ] {
                same(&format!("{what} at {threshold}"), found, &expected[what]);
            }
            for pair in list(&expected["f_beta"]) {
                let beta = pair[0].as_f64().expect("a beta");
                same(&format!("f_beta {beta} at {threshold}"), m.f_beta(beta), &pair[1]);
            }
        }
    }
}

#[test]
fn calibration_errors() {
    for (p, _, expected) in Reference::read().cases() {
        for row in list(&expected["calibration"]) {
            let strategy = match row[0].as_str() {
                Some("quantile") => BinStrategy::Quantile,
                Some("uniform") => BinStrategy::Uniform,
                other => panic!("unknown strategy {other:?}"),
            };
            let bins = row[1].as_u64().expect("a number of bins") as usize;
            let binning = Binning::new(strategy, bins).expect("at least one bin");
            same(&format!("ece {binning:?}"), ece(&p, binning), &row[2]);
            same(&format!("mce {binning:?}"), mce(&p, binning), &row[3]);
        }
    }
}

#[test]
fn curves() {
    for (p, _, expected) in Reference::read().cases() {
        let expected = &expected["curves"];
        for (name, points) in [("all", CurvePoints::All), ("corners", CurvePoints::Corners)] {
            let roc = roc_curve(&p, points).expect("both classes");
            let thresholds = roc.iter().filter_map(|point| point.threshold);
            let reference = &expected[format!("roc_{name}")];
            same_list("fpr", roc.iter().map(|r| r.fpr).collect(), &reference[0]);
            same_list("tpr", roc.iter().map(|r| r.tpr).collect(), &reference[1]);
            same_list("roc threshold", thresholds.collect(), &reference[2]);

            let pr = precision_recall_curve(&p, points).expect("a bot");
            let reference = &expected[format!("pr_{name}")];
            let column = |f: fn(&botsieve::evaluate::PrecisionRecallPoint) -> f64| pr.iter().map(f).collect();
            same_list("precision", column(|r| r.precision), &reference[0]);
            same_list("recall", column(|r| r.recall), &reference[1]);
            same_list("pr threshold", column(|r| r.threshold), &reference[2]);
        }
    }
}

#[test]
fn trees_of_depth_one() {
    let reference = Reference::read();
    for (_, weights, expected) in reference.cases() {
        let splits = expected["one_split"].as_object().expect("an object");
        for (name, expected) in splits {
            let columns: Vec<&[f64]> = match name.parse::<usize>() {
                Ok(feature) => vec![&reference.features[feature]],
                Err(_) => reference.features.iter().map(Vec::as_slice).collect(),
            };
            let split =
                OneSplit::fit(&columns, &reference.labels, weights).expect("valid data").expect("a split");
            assert_eq!(Some(split.feature() as u64), expected["feature"].as_u64());
            match split.rule() {
                SplitRule::AtMost { threshold, missing } => {
                    same("threshold", Some(threshold), &expected["threshold"]);
                    let left = missing == Side::Left;
                    // Where none were missing, scikit-learn counts rows and botsieve weighs them.
                    let column = columns[split.feature()];
                    if column.iter().any(|x| x.is_nan()) || weights.is_none() {
                        assert_eq!(Some(left), expected["missing_left"].as_bool(), "{name}");
                    }
                }
                SplitRule::Present => assert!(expected["threshold"].is_null(), "{name}"),
            }

            let p = split.predict(&columns).expect("the same columns");
            let values = numbers(&expected["values"]);
            let high = expected["high"].as_str().expect("a string of 0 and 1");
            assert_eq!(high.len(), p.len());
            for (row, (found, high)) in p.iter().zip(high.chars()).enumerate() {
                let expected = values[if high == '1' { values.len() - 1 } else { 0 }];
                assert!(
                    (found - expected).abs() <= 1e-9,
                    "feature {name}, row {row}: found {found}, scikit-learn has {expected}"
                );
            }
        }
    }
}
