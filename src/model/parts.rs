//! The parts of a score: what each feature, and each pair of features, adds to it.

use super::lanes::Found;
use crate::features::{LANES, Table};

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

/// The parts of the scores of up to eight accounts that were scored side by side; of one that was scored by itself it is the
/// [first](Parts::first). To be used again for the next ones, as it makes room once.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What the values are computed from.
    pub(super) table: Box<Table>,
    /// Feature after feature.
    pub(super) found: Vec<Found>,
    /// Of each account, the pairs of which both features are known.
    pub(super) pairs: [Vec<Part>; LANES],
    /// Of each account, the strongest, as many as were asked for.
    pub(super) listed: [Vec<Part>; LANES],
}

/// The parts of the score of one account. It looks into the buffer, into which no other account is scored meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct PartsOf<'p> {
    parts: &'p Parts,
    lane: usize,
}

impl Default for Parts {
    fn default() -> Parts {
        let (table, found) = (Box::new([[f64::NAN; LANES]; 256]), Vec::new());
        Parts { table, found, pairs: Default::default(), listed: Default::default() }
    }
}

impl Parts {
    /// Those of the account last scored by itself ([`Scorer::score_with`](super::Scorer::score_with),
    /// [`Scorer::score_in_parts`](super::Scorer::score_in_parts)), none before; of accounts that
    /// [`look`](crate::scores::look) scored, take what it hands to `each`.
    pub fn first(&self) -> PartsOf<'_> {
        self.of(0)
    }

    /// Those of one of the accounts.
    pub(crate) fn of(&self, lane: usize) -> PartsOf<'_> {
        PartsOf { parts: self, lane }
    }

    /// Lists the strongest of all parts of an account, the long way: for models with pairs, and where more are asked for than
    /// are found on the way.
    #[cold]
    pub(super) fn list_strongest(&mut self, lane: usize, reasons: usize) {
        let strong = self.of(lane).all().filter(|part| part.contribution.abs() >= ROUNDS_TO_NOTHING);
        let mut strong: Vec<Part> = strong.collect();
        // The sort is stable: equal ones stay in the order of their terms.
        strong.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        strong.truncate(reasons);
        self.listed[lane] = strong;
    }
}

impl<'p> PartsOf<'p> {
    /// The reasons, as many as scoring was asked for: the strongest parts, strongest first, of equal ones that of the earlier
    /// term, without those that round to nothing.
    pub fn strongest(self) -> &'p [Part] {
        &self.parts.listed[self.lane]
    }

    /// All parts: the features that are known, and the pairs both of whose features are.
    pub fn all(self) -> impl Iterator<Item = Part> {
        let of = move |found: &Found| (found.values[self.lane], found.contributions[self.lane]);
        let terms = self.parts.found.iter().map(of).enumerate().filter(|(_, (value, _))| value.is_finite());
        let part = |(term, (value, contribution))| Part { term, value, second: f64::NAN, contribution };
        terms.map(part).chain(self.parts.pairs[self.lane].iter().copied())
    }

    /// The value of a feature of the model, where it is known.
    pub fn value(self, term: usize) -> Option<f64> {
        let value = self.parts.found.get(term)?.values[self.lane];
        value.is_finite().then_some(value)
    }
}
