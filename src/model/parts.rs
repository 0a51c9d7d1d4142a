//! The parts of a score: what each feature, and each pair of features, adds to it.

use super::lanes::{Found, LANES};
use crate::features::Table;

/// A contribution below this is nothing, to two places: no reason to be told.
pub(super) const ROUNDS_TO_NOTHING: f64 = 0.005;

/// A feature's or a pair's part in a score before it is put into words.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Which of the model's features, from 0, and after them which of its pairs.
    pub term: usize,
    /// Its value, in the unit of the feature; of a pair, that of the first.
    pub value: f64,
    /// Of a pair, the value of the second feature; else `NaN`.
    pub second: f64,
    /// What it adds to the calibrated log-odds.
    pub contribution: f64,
}

/// The parts of the score of one account. To be used again for the next account, as it makes room once.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What the values are computed from.
    pub(super) table: Box<Table>,
    /// Feature after feature.
    pub(super) found: Vec<Found>,
    /// The pairs of which both features are known.
    pub(super) pairs: Vec<Part>,
    /// The strongest, as many as were asked for.
    pub(super) listed: Vec<Part>,
}

impl Default for Parts {
    fn default() -> Parts {
        Parts { table: Box::new([f64::NAN; 256]), found: Vec::new(), pairs: Vec::new(), listed: Vec::new() }
    }
}

impl Parts {
    /// The reasons, as many as scoring was asked for: the strongest parts, strongest first, of equal ones that of the earlier
    /// term, without those that round to nothing.
    pub fn strongest(&self) -> &[Part] {
        &self.listed
    }

    /// All parts: the features that are known, and the pairs both of whose features are.
    pub fn all(&self) -> impl Iterator<Item = Part> {
        let terms = self.found.iter().flat_map(|found| found.values.into_iter().zip(found.contributions));
        let terms = terms.enumerate().filter(|(_, (value, _))| value.is_finite());
        let part = |(term, (value, contribution))| Part { term, value, second: f64::NAN, contribution };
        terms.map(part).chain(self.pairs.iter().copied())
    }

    /// The value of a feature of the model, where it is known.
    pub fn value(&self, term: usize) -> Option<f64> {
        let value = self.found.get(term / LANES)?.values[term % LANES];
        value.is_finite().then_some(value)
    }

    /// Lists the strongest of all parts, the long way: for models with pairs.
    #[cold]
    pub(super) fn list_strongest(&mut self, reasons: usize) {
        let strong = self.all().filter(|part| part.contribution.abs() >= ROUNDS_TO_NOTHING);
        let mut strong: Vec<Part> = strong.collect();
        // The sort is stable: equal ones stay in the order of their terms.
        strong.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        strong.truncate(reasons);
        self.listed = strong;
    }
}
