//! The model file: JSON that a person can read, checked when a program does.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::bands::Bands;
use super::calibration::Calibration;
use super::encoding::{Curve, Encoding, MAX_BINS};
use super::fit::Penalty;
use super::pair::{PAIR_BINS, Pair};
use super::samples::Tally;
use super::support::Support;
use crate::features;
use crate::safe::{one_line, visible};

/// Version of the file's form. A program reads its own and earlier ones.
pub const FORMAT_VERSION: u32 = 1;

/// Bytes a model file may have: a hundred times those of any that was trained.
const MOST_BYTES: u64 = 20_000_000;
/// Characters of what is wrong with one that are told.
const MESSAGE: usize = 300;

/// What keeps a model from being used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum ModelError {
    #[error(
        "cannot read the model {}: {source}\n  expected a JSON file that `botsieve train` wrote",
        visible(&path.display().to_string())
    )]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "{origin} is not a botsieve model: it has more than {} MB\n  expected a JSON file that `botsieve train` wrote",
        MOST_BYTES / 1_000_000
    )]
    TooLong { origin: String },
    #[error(
        "{origin} is not a botsieve model: {message}\n  expected a JSON file that `botsieve train` wrote"
    )]
    Parse { origin: String, message: String },
    #[error(
        "{origin} has format version {found}; this program reads up to {FORMAT_VERSION}\n  use a newer botsieve, or train again"
    )]
    Newer { origin: String, found: u32 },
    #[error(
        "{origin} is damaged: {what}: found {found}, expected {expected}\n  train it again, or use the embedded model by leaving out --model"
    )]
    Nonsense { origin: String, what: String, found: String, expected: String },
}

/// One training file, for the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Path below the root of the manifest.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What became of its rows.
    pub rows: Tally,
}

/// One training source, for the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRecord {
    /// Name in the manifest.
    pub name: String,
    /// Family it is held out with.
    pub family: String,
    /// Bots used.
    pub bots: usize,
    /// Humans used.
    pub humans: usize,
    /// Its files.
    pub files: Vec<FileRecord>,
}

/// How the model was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Encoding of the features.
    pub encoding: Encoding,
    /// Penalty of the fit.
    pub penalty: Penalty,
    /// Iterations of the solver.
    pub iterations: u64,
    /// Did it converge?
    pub converged: bool,
    /// The sources.
    pub sources: Vec<SourceRecord>,
    /// The decisions of a person that took part, where some did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions: Option<DecisionRecord>,
}

/// Decisions that took part in a training, for the record: no id, no name, no text, no time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// Accounts decided to be spam.
    pub bots: usize,
    /// Accounts decided to be followed back or listed.
    pub humans: usize,
    /// Factor on their weight, in weights of a source; `null` where only the calibration was learnt from them.
    pub weight: Option<f64>,
    /// SHA-256 over the hashes and classes of all of them, in hexadecimal digits: are two sets of decisions the same?
    pub sha256: String,
}

/// The threshold of [`HeldOut::recall`]: the calibrated probability at which bots and humans are even where bots
/// are half of all accounts. At another prevalence the same accounts lie above it.
pub const HELD_OUT_THRESHOLD: f64 = 0.5;

/// The shares of bots at which [`HeldOut::share_found`] was measured.
pub const HELD_OUT_SHARES: [f64; 8] = [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0];

/// How the model did on one source that was left out of its training, with a 95 % bootstrap interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// The source.
    pub source: String,
    /// Bots in it.
    pub bots: usize,
    /// Humans in it.
    pub humans: usize,
    /// ROC AUC.
    pub roc_auc: f64,
    /// Ends of its 95 % bootstrap interval, where one was computed.
    pub roc_auc_interval: Option<[f64; 2]>,
    /// Average precision at the prevalence of the model.
    pub average_precision: f64,
    /// Balanced accuracy at [`HELD_OUT_THRESHOLD`].
    pub balanced_accuracy: f64,
    /// Share of its bots at or above that threshold.
    pub recall: f64,
    /// Share of its humans at or above that threshold.
    pub false_positive_rate: f64,
    /// ROC AUC of the best single split learnt from the same training rows.
    pub one_split_roc_auc: Option<f64>,
    /// Share of its bots in the spam band.
    pub spam_recall: f64,
    /// Share of its humans in the spam band.
    pub spam_false_positive_rate: f64,
    /// The share of bots that the scores alone suggest where the true one is each of [`HELD_OUT_SHARES`]; empty in
    /// files of earlier programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub share_found: Vec<f64>,
}

/// A trained model. See [`Model::read`] for what is checked, `docs` of [`Curve`] for how a score is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Always `botsieve-model`.
    pub format: String,
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Program that wrote the file.
    pub written_by: String,
    /// Name of the model.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Always `bot`.
    pub positive_class: String,
    /// Share of bots at which `p_bot` is meant unless another is stated.
    pub prevalence: f64,
    /// From raw log-odds to calibrated ones.
    pub calibration: Calibration,
    /// Where the bands begin.
    pub bands: Bands,
    /// Raw log-odds where every feature is missing.
    pub intercept: f64,
    /// One curve a feature.
    pub features: Vec<Curve>,
    /// How unusual an account may be; absent in files of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<Support>,
    /// What pairs of these features add together; most models have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<Pair>,
    /// How it was made.
    pub training: Training,
    /// How it did on sources it had not seen.
    pub held_out: Vec<HeldOut>,
}

impl Model {
    /// The model that ships with the program.
    ///
    /// # Errors
    /// Never for the file in the repository; a test reads it.
    pub fn embedded() -> Result<Model, ModelError> {
        Model::parse(include_str!("../../models/default.json"), "the embedded model")
    }

    /// Reads a model file and checks it.
    ///
    /// # Errors
    /// Where it cannot be read, is not a model, is from a newer program, or holds what no training writes.
    pub fn read(path: &Path) -> Result<Model, ModelError> {
        let origin = visible(&path.display().to_string()).into_owned();
        let mut text = String::new();
        // Not by its length, which a pipe and a device do not have.
        std::fs::File::open(path)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut text))
            .map_err(|source| ModelError::Read { path: path.to_path_buf(), source })?;
        if text.len() as u64 > MOST_BYTES {
            return Err(ModelError::TooLong { origin });
        }
        Model::parse(&text, &origin)
    }

    fn parse(text: &str, origin: &str) -> Result<Model, ModelError> {
        let parse_error = |error: serde_json::Error| ModelError::Parse {
            origin: origin.to_string(),
            // It may tell words of the file, which a stranger wrote.
            message: one_line(&error.to_string(), MESSAGE),
        };
        #[derive(Deserialize)]
        struct Head {
            format: String,
            format_version: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(parse_error)?;
        if head.format != "botsieve-model" {
            return Err(ModelError::Parse {
                origin: origin.to_string(),
                message: format!("its format is \"{}\"", one_line(&head.format, MESSAGE)),
            });
        }
        if head.format_version > FORMAT_VERSION {
            return Err(ModelError::Newer { origin: origin.to_string(), found: head.format_version });
        }
        if head.format_version == 0 {
            return Err(ModelError::Parse {
                origin: origin.to_string(),
                message: "its format version is 0, which no botsieve writes".into(),
            });
        }
        let model: Model = serde_json::from_str(text).map_err(parse_error)?;
        model.check(origin)?;
        Ok(model)
    }

    /// Raw log-odds of an account whose value of the `i`-th feature of the model is `value(i)`, `NaN` for missing.
    pub fn raw(&self, value: impl Fn(usize) -> f64) -> f64 {
        let at = |name: &String| self.features.iter().position(|curve| curve.feature == *name);
        let known = |name: &String| at(name).map_or(f64::NAN, &value);
        let curves = self.features.iter().enumerate().map(|(i, curve)| curve.log_odds(value(i)));
        let pairs =
            self.pairs.iter().map(|pair| pair.log_odds(known(&pair.features[0]), known(&pair.features[1])));
        self.intercept + curves.sum::<f64>() + pairs.sum::<f64>()
    }

    /// The file's text: JSON, indented, with a line feed at the end.
    pub fn to_json(&self) -> String {
        // Serialising these types cannot fail: no maps with keys that are not text, no foreign writers.
        let pretty = serde_json::to_string_pretty(self).unwrap_or_default();
        let mut text = short_arrays(&pretty);
        text.push('\n');
        text
    }

    fn check(&self, origin: &str) -> Result<(), ModelError> {
        let wrong = |what: String, found: String, expected: &str| {
            Err(ModelError::Nonsense {
                origin: origin.to_string(),
                what: one_line(&what, MESSAGE),
                found: one_line(&found, MESSAGE),
                expected: expected.to_string(),
            })
        };
        let share = |what: &str, value: f64| {
            if value > 0.0 && value < 1.0 {
                Ok(())
            } else {
                wrong(what.to_string(), value.to_string(), "a share above 0 and below 1")
            }
        };
        share("prevalence", self.prevalence)?;
        share("calibration.at_prevalence", self.calibration.at_prevalence)?;
        if self.positive_class != "bot" {
            return wrong("positive_class".into(), self.positive_class.clone(), "\"bot\"");
        }
        let numbers = [self.intercept, self.calibration.slope, self.calibration.intercept];
        if let Some(bad) = numbers.iter().find(|v| !v.is_finite() || v.abs() > 1e6) {
            return wrong("an intercept or slope".into(), bad.to_string(), "a finite number");
        }
        if self.calibration.slope <= 0.0 {
            return wrong("calibration.slope".into(), self.calibration.slope.to_string(), "above 0");
        }
        for end in [self.bands.genuine_up_to, self.bands.spam_from].into_iter().flatten() {
            if !(0.0..=1.0).contains(&end) {
                return wrong("an end of a band".into(), end.to_string(), "a share from 0 to 1");
            }
        }
        if let (Some(genuine), Some(spam)) = (self.bands.genuine_up_to, self.bands.spam_from)
            && genuine >= spam
        {
            return wrong(
                "bands".into(),
                format!("genuine up to {genuine}, spam from {spam}"),
                "ends that do not cross",
            );
        }
        if self.features.is_empty() {
            return wrong("features".into(), "none".into(), "at least one");
        }
        let mut seen = std::collections::HashSet::new();
        for curve in &self.features {
            let what = |part: &str| format!("feature {:?}, {part}", curve.feature);
            if features::find(&curve.feature).is_none() {
                return wrong("features".into(), format!("{:?}", curve.feature), "names this program knows");
            }
            if !seen.insert(&curve.feature) {
                return wrong("features".into(), format!("{:?} twice", curve.feature), "each once");
            }
            let bins = curve.weights.len();
            if curve.edges.is_empty()
                || bins > MAX_BINS
                || bins != curve.edges.len() + 1
                || curve.shares.len() != bins
            {
                let found =
                    format!("{} edges, {bins} weights, {} shares", curve.edges.len(), curve.shares.len());
                return wrong(what("bins"), found, "2 to 64 bins: one weight and share more than edges");
            }
            if !curve.edges.iter().all(|e| e.is_finite())
                || !curve.edges.windows(2).all(|pair| pair[0] < pair[1])
            {
                return wrong(what("edges"), format!("{:?}", curve.edges), "finite numbers in rising order");
            }
            let numbers =
                curve.weights.iter().chain(&curve.shares).chain([&curve.mean, &curve.slope, &curve.known]);
            if let Some(bad) = numbers.into_iter().find(|v| !v.is_finite() || v.abs() > 1e6) {
                return wrong(what("weights"), bad.to_string(), "finite numbers");
            }
            // Of four digits each, or a sum of weights.
            let is_share = |share: &f64| (0.0..=1.0 + 1e-9).contains(share);
            if !curve.shares.iter().all(is_share) || (curve.shares.iter().sum::<f64>() - 1.0).abs() > 0.01 {
                return wrong(
                    what("shares"),
                    format!("{:?}", curve.shares),
                    "shares from 0 to 1 that sum to 1",
                );
            }
            if !is_share(&curve.known) {
                return wrong(what("known"), curve.known.to_string(), "a share from 0 to 1");
            }
            if !(curve.sd.is_finite() && curve.sd > 0.0) {
                return wrong(what("sd"), curve.sd.to_string(), "a finite number above 0");
            }
        }
        if let Some(fault) = self.support.as_ref().and_then(|support| support.fault(&self.features)) {
            return wrong("support".into(), fault, "what `botsieve train` wrote");
        }
        for held in &self.held_out {
            let found = &held.share_found;
            let good = found.iter().all(|share| (0.0..=1.0).contains(share));
            if !found.is_empty() && (found.len() != HELD_OUT_SHARES.len() || !good) {
                return wrong("held_out.share_found".into(), format!("{found:?}"), "8 shares from 0 to 1");
            }
        }
        for pair in &self.pairs {
            if let Some((part, found, expected)) = pair_fault(pair, &seen) {
                return wrong(format!("pair {:?}, {part}", pair.label()), found, expected);
            }
        }
        Ok(())
    }
}

/// What is wrong with a pair: which part, what was found, what was expected.
fn pair_fault(
    pair: &Pair,
    curves: &std::collections::HashSet<&String>,
) -> Option<(&'static str, String, &'static str)> {
    if !pair.features.iter().all(|name| curves.contains(name)) || pair.features[0] == pair.features[1] {
        return Some(("features", pair.label(), "two features of the model"));
    }
    for edges in &pair.edges {
        let rising = edges.windows(2).all(|two| two[0] < two[1]);
        if edges.is_empty() || edges.len() >= PAIR_BINS || !rising || !edges.iter().all(|e| e.is_finite()) {
            return Some(("edges", format!("{edges:?}"), "1 to 7 finite numbers in rising order"));
        }
    }
    let (rows, columns) = (pair.edges[0].len() + 1, pair.edges[1].len() + 1);
    for (part, grid) in [("weights", &pair.weights), ("shares", &pair.shares)] {
        if grid.len() != rows || grid.iter().any(|row| row.len() != columns) {
            return Some((
                part,
                format!("{} rows", grid.len()),
                "a row a bin of the first feature, a column a bin of the second",
            ));
        }
        if let Some(bad) = grid.iter().flatten().find(|v| !v.is_finite() || v.abs() > 1e6) {
            return Some((part, bad.to_string(), "finite numbers"));
        }
    }
    (!pair.known.is_finite()).then(|| ("known", pair.known.to_string(), "a finite number"))
}

/// Puts arrays of numbers on one line each, so that a curve is read at a glance.
fn short_arrays(pretty: &str) -> String {
    let mut out = String::with_capacity(pretty.len());
    let mut lines = pretty.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        if line.ends_with('[') {
            let mut items = Vec::new();
            while let Some(next) = lines.next_if(|next| is_number(next)) {
                items.push(next.trim());
            }
            if !items.is_empty() {
                out.push_str(&items.join(" "));
                if let Some(close) = lines.next() {
                    out.push_str(close.trim());
                }
            }
        }
        out.push('\n');
    }
    out.pop();
    out
}

fn is_number(line: &str) -> bool {
    let text = line.trim().trim_end_matches(',');
    !text.is_empty() && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{close, small_model};

    #[test]
    fn arrays_of_numbers_stand_on_one_line_and_are_the_same_json() {
        let value = serde_json::json!({"a": [1.5, -2.0], "b": [{"c": [1]}], "d": [], "e": ["x"]});
        let text = short_arrays(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.contains("\"a\": [1.5, -2.0],\n"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn the_embedded_model_is_whole_and_keeps_its_bytes() {
        let model = Model::embedded().unwrap();
        assert_eq!(model.to_json(), include_str!("../../models/default.json"));
        assert!(model.to_json().len() < 200_000);
    }

    #[test]
    fn nonsense_is_refused_with_what_was_found() {
        let good = Model::embedded().unwrap();
        let broken = |change: &dyn Fn(&mut Model)| {
            let mut model = good.clone();
            change(&mut model);
            Model::parse(&model.to_json(), "m.json").unwrap_err().to_string()
        };
        assert!(broken(&|m| m.format_version = 9).contains("format version 9"));
        assert!(broken(&|m| m.prevalence = 1.5).contains("1.5"));
        assert!(broken(&|m| m.features[0].weights[0] = 1e300).contains("finite"));
        assert!(
            broken(&|m| m.features[0].edges.reverse()).contains("rising") || good.features[0].edges.len() < 2
        );
        assert!(broken(&|m| m.features[0].feature = "id".into()).contains("\"id\""));
        assert!(broken(&|m| m.features[0].sd = 0.0).contains("sd"));
        assert!(broken(&|m| m.features.clear()).contains("none"));
        assert!(broken(&|m| m.calibration.slope = -1.0).contains("slope"));
        assert!(Model::parse("{}", "m.json").is_err());
        assert!(Model::parse("not json", "m.json").unwrap_err().to_string().contains("m.json"));
    }

    #[test]
    fn raw_log_odds_are_the_sum_of_curves_and_pairs() {
        let model = small_model();
        let raw = |values: [f64; 3]| model.raw(|at| values[at]);
        // By hand: -0.25 alone; and with 0.5, 0.4, 0.75 - 0.125 and the cell above 10 and up to 200.
        close(raw([f64::NAN; 3]), -0.25);
        close(raw([50.0, 150.0, 0.25]), -0.25 + 0.5 + 0.4 + 0.625 - 0.3);
        close(raw([10.0, 201.0, f64::NAN]), -0.25 - 1.0 - 0.4 - 0.3);
        close(raw([11.0, f64::NAN, f64::NAN]), -0.25 + 0.5);
        // A pair takes each value for the feature it is of.
        let mut model = model;
        model.pairs[0].weights = vec![vec![0.0, 7.0], vec![11.0, 0.0]];
        close(model.raw(|at| [5.0, 300.0, f64::NAN][at]), -0.25 - 1.0 - 0.4 + 7.0);
        close(model.raw(|at| [50.0, 150.0, f64::NAN][at]), -0.25 + 0.5 + 0.4 + 11.0);
    }

    /// What is said of a small model with something changed; "" where it is taken.
    fn said(change: impl Fn(&mut Model)) -> String {
        let mut model = small_model();
        change(&mut model);
        model.check("m.json").err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn numbers_are_taken_up_to_their_limits_and_not_beyond() {
        assert_eq!(said(|_| ()), "");
        let shares: [fn(&mut Model) -> &mut f64; 2] =
            [|m| &mut m.prevalence, |m| &mut m.calibration.at_prevalence];
        for share in shares {
            for bad in [0.0, 1.0, f64::NAN] {
                assert!(said(|m| *share(m) = bad).contains("above 0 and below 1"));
            }
            assert_eq!(said(|m| *share(m) = 1e-9), "");
        }
        let numbers: [fn(&mut Model) -> &mut f64; 8] = [
            |m| &mut m.intercept,
            |m| &mut m.calibration.slope,
            |m| &mut m.calibration.intercept,
            |m| &mut m.features[2].weights[1],
            |m| &mut m.features[1].mean,
            |m| &mut m.features[1].slope,
            |m| &mut m.pairs[0].weights[1][1],
            |m| &mut m.pairs[0].shares[1][0],
        ];
        for number in numbers {
            assert_eq!(said(|m| *number(m) = 1e6), "");
            for bad in [1e6 + 1.0, -1e6 - 1.0, f64::NAN, f64::INFINITY] {
                assert!(said(|m| *number(m) = bad).contains("finite number"), "{bad}");
            }
        }
        for bad in [-0.01, 1.01, 1e6 + 1.0, f64::NAN] {
            assert!(!said(|m| m.features[1].known = bad).is_empty(), "{bad}");
            assert!(!said(|m| m.features[1].shares[1] = bad).is_empty(), "{bad}");
        }
        assert!(said(|m| m.features[1].shares = vec![0.4, 0.4]).contains("sum to 1"));
        assert_eq!(said(|m| m.features[1].known = 1.0 + 1e-12), "");
        assert!(said(|m| m.pairs[0].known = f64::NAN).contains("known: found NaN"));
        assert!(said(|m| m.calibration.slope = 0.0).contains("expected above 0"));
        for bad in [0.0, f64::INFINITY] {
            assert!(said(|m| m.features[1].sd = bad).contains("sd"));
        }
        for bad in [-0.1, 1.1] {
            assert!(said(|m| m.bands.genuine_up_to = Some(bad)).contains("an end of a band"));
            assert!(said(|m| m.bands.spam_from = Some(bad)).contains("an end of a band"));
        }
        assert!(said(|m| m.bands.genuine_up_to = Some(0.6)).contains("ends that do not cross"));
        assert_eq!(said(|m| m.bands.genuine_up_to = Some(0.59)), "");
        assert!(said(|m| m.positive_class = "human".into()).contains("positive_class: found human"));
        let held = |share_found: Vec<f64>| {
            said(|m| {
                let held_out = Model::embedded().unwrap().held_out.remove(0);
                m.held_out = vec![HeldOut { share_found: share_found.clone(), ..held_out }];
            })
        };
        assert_eq!((held(vec![]), held(vec![0.5; 8])), (String::new(), String::new()));
        assert!(held(vec![0.5; 7]).contains("8 shares"));
        assert!(held([vec![0.5; 7], vec![1.5]].concat()).contains("8 shares"));
    }

    #[test]
    fn curves_that_do_not_fit_together_are_refused() {
        let curve = |edges: usize, weights: usize, shares: usize| {
            said(|m| {
                m.features[1].edges = (0..edges).map(|edge| edge as f64).collect();
                m.features[1].weights = vec![0.0; weights];
                m.features[1].shares = vec![1.0 / shares as f64; shares];
            })
        };
        assert_eq!((curve(1, 2, 2), curve(63, 64, 64)), (String::new(), String::new()));
        for (edges, weights, shares) in [(0, 1, 1), (64, 65, 65), (2, 2, 3), (2, 4, 4), (2, 3, 2), (2, 3, 4)]
        {
            let said = curve(edges, weights, shares);
            let found = format!("{edges} edges, {weights} weights, {shares} shares");
            assert!(said.contains(&found) && said.contains("\"friends_count\", bins"), "{said}");
        }
        for edges in [vec![10.0, 10.0], vec![11.0, 10.0], vec![1.0, f64::INFINITY], vec![f64::NAN, 1.0]] {
            assert!(said(|m| m.features[0].edges = edges.clone()).contains("rising order"), "{edges:?}");
        }
        assert!(said(|m| m.features[2] = m.features[0].clone()).contains("\"followers_count\" twice"));
        assert!(said(|m| m.features[2].feature = "fame".into()).contains("names this program knows"));
        let other = said(|m| m.support = Model::embedded().unwrap().support);
        assert!(other.contains("support"), "the tails of other features: {other}");
    }

    #[test]
    fn pairs_that_do_not_fit_together_are_refused() {
        let pair = |change: &dyn Fn(&mut Pair)| said(|m| change(&mut m.pairs[0]));
        let of = |features: [&str; 2]| pair(&|p| p.features = features.map(String::from));
        assert_eq!(of(["reputation", "followers_count"]), "");
        assert!(of(["reputation", "reputation"]).contains("two features of the model"));
        assert!(of(["reputation", "statuses_count"]).contains("two features of the model"));
        for edges in [vec![], vec![2.0, 2.0], vec![3.0, 2.0], vec![f64::NEG_INFINITY, 2.0], vec![0.0; 8]] {
            for side in [0, 1] {
                let said = pair(&|p| p.edges[side] = edges.clone());
                assert!(said.contains("1 to 7 finite numbers in rising order"), "{edges:?}: {said}");
            }
        }
        let eight = |p: &mut Pair| {
            p.edges[1] = (0..7).map(f64::from).collect();
            p.weights = vec![vec![0.0; 8]; 2];
            p.shares = vec![vec![0.0; 8]; 2];
        };
        assert_eq!(pair(&eight), "");
        assert!(pair(&|p| p.edges[1].extend([300.0])).contains("weights: found 2 rows"));
        assert!(pair(&|p| p.weights[1].push(0.0)).contains("weights: found 2 rows"));
        assert!(pair(&|p| p.weights.truncate(1)).contains("weights: found 1 rows"));
        assert!(pair(&|p| p.shares[0].truncate(1)).contains("shares: found 2 rows"));
    }

    #[test]
    fn a_file_that_is_no_model_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let read = |bytes: u64| {
            let path = folder.path().join("long.json");
            std::fs::File::create(&path).unwrap().set_len(bytes).unwrap();
            Model::read(&path)
        };
        assert!(matches!(read(MOST_BYTES), Err(ModelError::Parse { .. })));
        for bytes in [MOST_BYTES + 1, 10 * MOST_BYTES] {
            assert!(matches!(read(bytes), Err(ModelError::TooLong { .. })));
        }
        let path = folder.path().join("small.json");
        std::fs::write(&path, small_model().to_json()).unwrap();
        assert_eq!(Model::read(&path).unwrap(), small_model());
        assert!(matches!(Model::read(&folder.path().join("none")), Err(ModelError::Read { .. })));
        let version =
            |version| Model::parse(&Model { format_version: version, ..small_model() }.to_json(), "m");
        assert!(matches!(version(FORMAT_VERSION + 1), Err(ModelError::Newer { found: 2, .. })));
        assert!(version(0).unwrap_err().to_string().contains("which no botsieve writes"));
        let other = Model::parse(&Model { format: "other".into(), ..small_model() }.to_json(), "m");
        assert!(other.unwrap_err().to_string().contains("its format is \"other\""));
    }
}
