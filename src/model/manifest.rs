//! The manifest: which sources a model is trained on, where they lie, how they are read and weighed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::encoding::{Direction, Encoding};
use super::fit::Penalty;
use crate::account::Label;
use crate::features;
use crate::ingest::{Dialect, IngestError, Source as ByteSource, canonical_id, parse_time};
use crate::safe::{one_line, visible_lines};

/// What is wrong with a manifest.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum ManifestError {
    #[error("cannot read the manifest {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the manifest {} is not understood: {message}", path.display())]
    Parse { path: PathBuf, message: String },
    #[error("the manifest {}: {found}\n  expected {expected}", path.display())]
    Content { path: PathBuf, found: String, expected: String },
    #[error("{}: {message}", path.display())]
    Part { path: PathBuf, message: String },
    #[error(transparent)]
    Ingest(#[from] IngestError),
}

/// A training recipe with its sources. Written in TOML; see `models/default.toml` for one with comments.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name of the model.
    pub name: String,
    /// What it is for, in a sentence or two.
    #[serde(default)]
    pub description: String,
    /// Folder that relative paths start from, itself relative to the manifest.
    #[serde(default)]
    root: PathBuf,
    /// Share of bots at which `p_bot` is meant, unless the user states another.
    #[serde(default = "default_prevalence")]
    pub prevalence: f64,
    /// Features to use; all of the catalogue if left out.
    #[serde(default)]
    pub features: Vec<String>,
    /// How features are cut into bins.
    #[serde(default)]
    pub encoding: Encoding,
    /// How strongly curves are held back.
    #[serde(default)]
    pub penalty: Penalty,
    /// Features whose curve may only rise or only fall.
    #[serde(default)]
    pub monotone: Monotone,
    /// Bands of the model.
    #[serde(default)]
    pub bands: BandPolicy,
    /// The sources.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// Where the manifest lies.
    #[serde(skip)]
    path: PathBuf,
}

/// Features whose curve the field's knowledge gives a direction.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Monotone {
    /// More of it never speaks less for a bot.
    pub rising: Vec<String>,
    /// More of it never speaks more for a bot.
    pub falling: Vec<String>,
}

impl Monotone {
    /// The direction of a feature, if it has one.
    pub fn of(&self, feature: &str) -> Option<Direction> {
        if self.rising.iter().any(|name| name == feature) {
            Some(Direction::Rising)
        } else if self.falling.iter().any(|name| name == feature) {
            Some(Direction::Falling)
        } else {
            None
        }
    }
}

/// By which promise the bands are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BandPolicy {
    /// Precision of the spam band on held-out sources at the stated prevalence.
    pub spam_precision: f64,
    /// Share of people in the genuine band on held-out sources at the stated prevalence.
    pub genuine_purity: f64,
    /// Fewer known features than this are too little to go on.
    pub min_features: usize,
    /// Ask for a second witness: the spam band takes only accounts that the feature [`super::EVIDENCE`] is true of.
    pub spam_needs_evidence: bool,
}

impl Default for BandPolicy {
    fn default() -> Self {
        BandPolicy { spam_precision: 0.8, genuine_purity: 0.98, min_features: 8, spam_needs_evidence: false }
    }
}

/// A set of labelled accounts collected in one way.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name in reports.
    pub name: String,
    /// Sources of one family show the same accounts, and are held out together. The name if left out.
    pub family: Option<String>,
    /// Factor on the weight of the source, which else is that of every other source.
    #[serde(default = "one")]
    pub weight: f64,
    /// Test the model on this source by leaving its family out? Only where it has both classes.
    #[serde(default)]
    pub hold_out: bool,
    /// Take only the accounts that another file puts into this part.
    pub part: Option<Part>,
    /// Its files.
    #[serde(rename = "file")]
    pub files: Vec<SourceFile>,
}

/// A part of a file, by what another file says of each id.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// CSV file with a header.
    pub file: String,
    /// Column with the ids.
    #[serde(default = "id_column")]
    pub key: String,
    /// Column that tells the part.
    pub column: String,
    /// Its value for the accounts wanted.
    pub equals: Option<String>,
    /// Or the least value, as a number, for the accounts wanted.
    pub at_least: Option<f64>,
}

/// One file of a source.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Where it lies, below the root of the manifest.
    pub path: String,
    /// Its dialect, where the content does not tell.
    pub dialect: Option<Dialect>,
    /// The class of all its rows.
    pub label: Option<Label>,
    /// The column that holds the class.
    pub label_column: Option<String>,
    /// A list of labels beside it.
    pub labels: Option<String>,
    /// When the counts were true, for rows that do not say so.
    pub observed_at: Option<String>,
    /// Posts of its accounts, below the root of the manifest.
    pub posts: Option<String>,
    /// An older snapshot of its accounts, below the root of the manifest.
    pub previous: Option<String>,
    /// When the counts of the older snapshot were true, for rows that do not say so.
    pub previous_observed_at: Option<String>,
}

fn one() -> f64 {
    1.0
}

fn default_prevalence() -> f64 {
    0.1
}

fn id_column() -> String {
    "id".into()
}

impl Manifest {
    /// Reads and checks a manifest. `root` overrides the folder that relative paths start from.
    ///
    /// # Errors
    /// See [`ManifestError`].
    pub fn open(path: &Path, root: Option<&Path>) -> Result<Manifest, ManifestError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ManifestError::Read { path: path.to_path_buf(), source })?;
        let mut manifest: Manifest = toml::from_str(&text).map_err(|error| ManifestError::Parse {
            path: path.to_path_buf(),
            // It shows a line of the file, which a stranger may have written.
            message: visible_lines(&error.to_string()),
        })?;
        manifest.path = path.to_path_buf();
        manifest.root = match root {
            Some(root) => root.to_path_buf(),
            None => path.parent().unwrap_or(Path::new("")).join(&manifest.root),
        };
        // What nobody stated asks for no more features than there are.
        if manifest.bands.min_features == BandPolicy::default().min_features {
            manifest.bands.min_features = manifest.bands.min_features.min(manifest.feature_indices().len());
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// The folder that relative paths start from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path of the manifest as the system knows it.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Names of the features to use, in the catalogue's order.
    pub fn feature_indices(&self) -> Vec<usize> {
        (0..features::CATALOGUE.len())
            .filter(|&at| {
                self.features.is_empty() || self.features.iter().any(|n| n == features::CATALOGUE[at].name)
            })
            .collect()
    }

    fn check(&self) -> Result<(), ManifestError> {
        let wrong = |found: String, expected: &str| {
            Err(ManifestError::Content { path: self.path.clone(), found, expected: expected.to_string() })
        };
        let named = self.features.iter().chain(&self.monotone.rising).chain(&self.monotone.falling);
        if let Some(name) = named.clone().find(|name| features::find(name).is_none()) {
            return wrong(
                format!("no feature is called {name:?}"),
                "names that `botsieve features --list` prints",
            );
        }
        if !(self.prevalence > 0.0 && self.prevalence < 1.0) {
            return wrong(format!("prevalence = {}", self.prevalence), "a share above 0 and below 1");
        }
        if let Some(name) = self.monotone.rising.iter().find(|name| self.monotone.falling.contains(name)) {
            return wrong(format!("the curve of {name:?} is to rise and to fall"), "one direction");
        }
        for (what, share) in
            [("spam_precision", self.bands.spam_precision), ("genuine_purity", self.bands.genuine_purity)]
        {
            if !(share > 0.0 && share < 1.0) {
                return wrong(format!("bands.{what} = {share}"), "a share above 0 and below 1");
            }
        }
        let features = self.feature_indices().len();
        if self.bands.min_features > features {
            return wrong(
                format!("bands.min_features = {} with {features} features", self.bands.min_features),
                "no more than there are: with fewer known, an account is pending",
            );
        }
        if !(2..=64).contains(&self.encoding.bins) {
            return wrong(format!("encoding.bins = {}", self.encoding.bins), "2 to 64");
        }
        for (what, value) in [
            ("penalty.ridge", self.penalty.ridge),
            ("penalty.smooth", self.penalty.smooth),
            ("penalty.linear", self.penalty.linear),
        ] {
            if !value.is_finite() || value < 0.0 {
                return wrong(format!("{what} = {value}"), "a finite number of 0 or more");
            }
        }
        let mut names = HashSet::new();
        for source in &self.sources {
            if !names.insert(&source.name) {
                return wrong(format!("two sources are called {:?}", source.name), "a name for each");
            }
            if !(source.weight.is_finite() && source.weight >= 0.0) {
                return wrong(format!("source {:?} has weight {}", source.name, source.weight), "0 or more");
            }
            if let Some(part) = &source.part
                && part.equals.is_some() == part.at_least.is_some()
            {
                return wrong(
                    format!("the part of source {:?}", source.name),
                    "either `equals` or `at_least`",
                );
            }
            if source.files.is_empty() {
                return wrong(
                    format!("source {:?} has no file", source.name),
                    "at least one [[source.file]]",
                );
            }
            for file in &source.files {
                let ways = [file.label.is_some(), file.label_column.is_some(), file.labels.is_some()];
                if ways.iter().filter(|way| **way).count() > 1 {
                    return wrong(
                        format!("{}: the class of its rows in more than one way", one_line(&file.path, 200)),
                        "one of `label`, `label_column` and `labels`",
                    );
                }
                // Checked here, so that a typing error is not a silent missing age.
                let times = [
                    ("observed_at", &file.observed_at),
                    ("previous_observed_at", &file.previous_observed_at),
                ];
                for (key, time) in times {
                    if let Some(time) = time.as_deref().filter(|time| parse_time(time).is_none()) {
                        let found = format!("{}: {key} = {time:?}", one_line(&file.path, 200));
                        return wrong(found, crate::ingest::TIME_GRAMMARS);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Part {
    fn wants(&self, value: &str) -> bool {
        self.equals.as_deref().is_some_and(|wanted| wanted == value)
            || self.at_least.is_some_and(|least| value.trim().parse::<f64>().is_ok_and(|v| v >= least))
    }

    /// The ids of the part.
    pub(super) fn read(&self, path: &Path) -> Result<HashSet<String>, ManifestError> {
        let source = ByteSource::open(path)?;
        let failed = |message: String| ManifestError::Part { path: path.to_path_buf(), message };
        let mut reader = csv::Reader::from_reader(source);
        let headers = reader.headers().map_err(|error| failed(error.to_string()))?.clone();
        let column = |name: &str| {
            headers.iter().position(|header| header == name).ok_or_else(|| {
                failed(format!(
                    "no column {name:?}; there are: {}",
                    headers.iter().collect::<Vec<_>>().join(", ")
                ))
            })
        };
        let (key, value) = (column(&self.key)?, column(&self.column)?);
        let mut ids = HashSet::new();
        for record in reader.records() {
            let record = record.map_err(|error| failed(error.to_string()))?;
            if self.wants(&record[value]) {
                ids.insert(canonical_id(&record[key]).to_string());
            }
        }
        if ids.is_empty() {
            return Err(failed(format!("no row has the wanted value in column {:?}", self.column)));
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests;
