//! Accounts to numbers: the catalogue of features and how each is computed.
//!
//! [`CATALOGUE`] is the one definition: name, unit, range, formula, source, plain-words reason and the function
//! that computes it. A feature is `None` (written as an empty cell, encoded as nothing) wherever a field it
//! needs is missing. Ids, dates of collection, file names and sources are not features and cannot become any:
//! the functions see only [`Facts`], which hold none of them.

mod bigrams;
mod catalogue;
mod facts;
#[cfg(test)]
mod formulas;
mod naming;
mod phrase;
mod plan;
mod text;

pub use bigrams::{Bigrams, default_bigrams};
pub(crate) use catalogue::looks_bought;
pub use catalogue::{CATALOGUE, Family, Feature, Scale, find};
pub use facts::{Facts, Groups};
pub(crate) use phrase::Quotes;
pub use phrase::{Phrase, Words};
pub(crate) use plan::{LANES, Plan, Quotient, Table};

use crate::account::Account;

/// The values of every feature in the catalogue's order; `NaN` is *missing*.
///
/// `values` must be as long as [`CATALOGUE`].
pub fn compute_all(account: &Account<'_>, values: &mut [f64]) {
    let facts = Facts::of(account, Groups::ALL);
    for (feature, value) in CATALOGUE.iter().zip(values.iter_mut()) {
        *value = feature.value(&facts).unwrap_or(f64::NAN);
    }
}

#[cfg(test)]
mod by_hand;
