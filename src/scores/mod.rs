//! Scores as they are written: what is said of each row, as text or in columns.
//!
//! | file | what it makes |
//! |---|---|
//! | `text` | CSV and JSON lines |
//! | `columns` | Arrow record batches, with the feature `arrow` |

#[cfg(feature = "arrow")]
mod columns;
mod text;

use std::borrow::Cow;

#[cfg(feature = "arrow")]
pub use columns::{BatchScorer, Columns, schema};
pub use text::{Text, TextForm, header};

use crate::account::Account;
use crate::features::{Facts, Groups};
use crate::ingest::Row;
use crate::model::{Band, Part, Parts, PartsOf, Score, Scorer};
use crate::screen::kind::{self, Kind, Kinds};
use crate::words::nearest;

/// The texts that kinds look at: a scorer whose scores are written looks at them too ([`Scorer::looking_at`]).
pub const KINDS_READ: Groups = Groups { listed_words: true, ..Groups::NONE };

/// What is written of an account that could be read.
pub struct Scored<'a> {
    /// Its score; its reasons are `parts`.
    pub score: &'a Score,
    /// What the score was computed from.
    pub facts: &'a Facts<'a>,
    /// What there is to see of it.
    pub kinds: Kinds,
    /// The reasons.
    pub parts: &'a [Part],
}

impl Scored<'_> {
    /// All kinds of the account, the main one first, each with its reason in words.
    pub fn kinds_in_words(&self, account: &Account<'_>) -> Vec<(Kind, String)> {
        let reason = |kind| {
            let mut reason = String::new();
            kind::write_reason(kind, account, self.facts, None, &mut reason);
            (kind, reason)
        };
        self.kinds.all().map(reason).collect()
    }
}

/// Scores rows, several side by side, and calls `each` once for every row in their order, with what there is to say of it and
/// all parts of its score; `None` for a damaged row. `parts` is a buffer to be used again for the next rows; what `each` is
/// given of it is of this row alone, and only until it returns.
// A function of its own, so that what it costs can be counted (`benches/instructions.py`); so is the next.
#[inline(never)]
pub fn look<'a>(
    scorer: &Scorer,
    rows: &'a [Row<'_>],
    reasons: usize,
    parts: &mut Parts,
    mut each: impl FnMut(&'a Row<'_>, Option<(&Scored<'_>, PartsOf<'_>)>),
) {
    let facts = facts_of(scorer, rows.iter());
    scorer.score_each(&facts, reasons, parts, |at, score, parts| {
        let (row, facts) = (&rows[at], &facts[at]);
        if row.damage.is_some() {
            return each(row, None);
        }
        let kinds = Kinds::of(&row.account, facts, None);
        each(row, Some((&Scored { score: &score, facts, kinds, parts: parts.strongest() }, parts)));
    });
}

/// What the scores of rows are made of.
#[inline(never)]
fn facts_of<'a, 'r: 'a>(scorer: &Scorer, rows: impl Iterator<Item = &'a Row<'r>>) -> Vec<Facts<'a>> {
    rows.map(|row| scorer.facts(&row.account)).collect()
}

/// Scores the rows that could be read, without reasons.
pub(crate) fn score_sound(
    scorer: &Scorer,
    rows: &[Row<'_>],
    parts: &mut Parts,
    mut each: impl FnMut(Score, PartsOf<'_>),
) {
    let facts = facts_of(scorer, rows.iter().filter(|row| row.damage.is_none()));
    scorer.score_each(&facts, 0, parts, |_, score, parts| each(score, parts));
}

/// Rows by what became of them; they must add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the input.
    pub read: u64,
    /// With a score.
    pub scored: u64,
    /// Of whom too little is known for one.
    pub pending: u64,
    /// That could not be read.
    pub damaged: u64,
    /// Rows of the output.
    pub written: u64,
}

impl Tally {
    /// Counts a row that was read.
    pub fn read(&mut self, scored: Option<&Scored<'_>>) {
        self.read += 1;
        match scored {
            None => self.damaged += 1,
            Some(Scored { score, .. }) if score.band == Band::Pending => self.pending += 1,
            Some(_) => self.scored += 1,
        }
    }

    /// Adds another count.
    pub fn merge(&mut self, other: &Tally) {
        self.read += other.read;
        self.scored += other.scored;
        self.pending += other.pending;
        self.damaged += other.damaged;
        self.written += other.written;
    }

    /// Is every row that was read accounted for, and written?
    pub fn adds_up(&self) -> bool {
        self.read == self.written && self.read == self.scored + self.pending + self.damaged
    }
}

fn status(row: &Row<'_>, score: Option<&Score>, scorer: &Scorer) -> Cow<'static, str> {
    match (&row.damage, score) {
        (Some(damage), _) => format!("damaged: {damage}").into(),
        (None, Some(score)) if score.band == Band::Pending => format!(
            "too little to go on: {} of {} features known",
            score.features_known,
            scorer.feature_count()
        )
        .into(),
        _ => "ok".into(),
    }
}

/// Support to four places.
#[cfg(any(test, feature = "arrow"))]
fn short(support: f64) -> f64 {
    (support * 1e4).round() / 1e4
}

/// One over the last decimal place of the log-odds and probabilities that are written: ten places. So the contributions and
/// the intercept still sum to the logit within 10^-9, and a file is a fifth shorter than with all seventeen digits.
const PLACES: u64 = 10_000_000_000;

/// A number in units of the last place, without its sign; `None` for one that is too large to be rounded.
#[inline]
fn units(value: f64) -> Option<u64> {
    // Below the bound the product is far from 2^51, so that a half can be added and the rest be left out.
    let (units, beside) = nearest(value.abs() * PLACES as f64 + 0.5);
    (value.abs() < 1e5).then_some(units.wrapping_sub(u64::from(beside < 0.0)))
}

/// A log-odds or a probability as it is written: to ten decimal places.
pub fn to_places(value: f64) -> f64 {
    match units(value) {
        // No minus in front of nothing.
        Some(0) => 0.0,
        // The number nearest to the decimal: both are exact, and a quotient is rounded correctly.
        Some(units) => (units as f64 / PLACES as f64).copysign(value),
        None => value,
    }
}
