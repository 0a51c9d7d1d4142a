//! Studies behind a model: questions about training that one score cannot answer.
//!
//! | file | question |
//! |---|---|
//! | `within` | how good is the recipe on accounts collected like those it learnt from? |
//! | `thin` | what does it lose on rows that lack fields, against a model made for just those? |
//! | `travel` | does a feature say the same in every source, and how well does it tell the source itself? |
//! | `search` | which features, bins and penalty does leaving sources out choose, and what does the choice itself cost? |

mod search;
mod thin;
mod travel;
mod within;

pub use search::{Candidate, SearchTable, Trial, search};
pub use thin::{THIN, ThinRow, ThinTable, thin_rows};
pub use travel::{FeatureTravel, TravelTable, travel};
pub use within::{WithinRow, WithinTable, within_sources};

use super::metrics::roc_auc;
use super::predictions::Predictions;
use crate::model::{Samples, sigmoid};

/// ROC AUC of raw log-odds; `None` where a class is missing.
fn auc_of(raw: &[f64], labels: &[bool]) -> Option<f64> {
    let p: Vec<f64> = raw.iter().map(|raw| sigmoid(*raw)).collect();
    roc_auc(&Predictions::new(&p, labels, None).ok()?)
}

/// Mean of what is there.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

/// Mean ROC AUC over the two-class sources among some rows.
fn family_auc(samples: &Samples, rows: &[usize], raw: &[Option<f64>]) -> Option<f64> {
    let sources = (0..samples.sources.len()).filter(|&source| samples.sources[source].hold_out);
    mean(sources.filter_map(|source| source_auc(samples, rows, raw, source)))
}

fn source_auc(samples: &Samples, rows: &[usize], raw: &[Option<f64>], source: usize) -> Option<f64> {
    let own = rows.iter().filter(|&&row| samples.source[row] == source);
    let (scores, labels): (Vec<f64>, Vec<bool>) =
        own.filter_map(|&row| Some((raw[row]?, samples.labels[row]))).unzip();
    auc_of(&scores, &labels)
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |v| format!("{v:.3}"))
}

#[cfg(test)]
mod tests;
