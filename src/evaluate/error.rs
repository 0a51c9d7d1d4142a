/// What can be wrong with the input of an evaluation. Rows and columns are counted from 0.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The set holds no row at all.
    #[error("there is no row to evaluate; give at least one labelled account")]
    NoRows,
    /// Two columns that belong together differ in length.
    #[error("{what} has {found} values where {expected} were expected: give one a row")]
    LengthMismatch {
        /// The column that does not fit.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The number of rows.
        expected: usize,
    },
    /// A score is NaN or outside 0 to 1.
    #[error("the score of row {row} (counted from 0) is {found}; expected a probability from 0 to 1")]
    ScoreNotProbability {
        /// The row, counted from 0.
        row: usize,
        /// The score that was found.
        found: f64,
    },
    /// A weight is NaN, negative, or so large or so small that products of weights would leave
    /// the range of `f64`.
    #[error("the weight of row {row} (counted from 0) is {found}; expected 0, or 1e-100 to 1e100")]
    BadWeight {
        /// The row, counted from 0.
        row: usize,
        /// The weight that was found.
        found: f64,
    },
    /// All rows have weight 0, where some weight is needed.
    #[error("all rows have weight 0; give at least one row a weight above 0")]
    NoWeight,
    /// A setting is outside the range in which it makes sense.
    #[error("{what} is {found}; expected {expected}")]
    BadSetting {
        /// The setting.
        what: &'static str,
        /// The value that was given.
        found: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// One class has no weight, where both are needed.
    #[error("the set holds no {class} (or only with weight 0); this needs bots and humans")]
    MissingClass {
        /// `bot` or `human`.
        class: &'static str,
    },
    /// A feature is infinite.
    #[error(
        "feature {column} of row {row} (both counted from 0) is {found}; \
         expected a finite number, or NaN where the value is missing"
    )]
    InfiniteFeature {
        /// The feature's column, counted from 0.
        column: usize,
        /// The row, counted from 0.
        row: usize,
        /// The value that was found.
        found: f64,
    },
}

/// Checks that `found` values of `what` match `expected` rows.
pub(super) fn same_length(what: &'static str, found: usize, expected: usize) -> Result<(), EvaluateError> {
    if found == expected { Ok(()) } else { Err(EvaluateError::LengthMismatch { what, found, expected }) }
}

/// Checks that every weight is 0, or positive and within reason.
pub(super) fn check_weights(weights: &[f64]) -> Result<(), EvaluateError> {
    let bad = |w: &f64| *w != 0.0 && !(1e-100..=1e100).contains(w);
    match weights.iter().position(bad) {
        Some(row) => Err(EvaluateError::BadWeight { row, found: weights[row] }),
        None => Ok(()),
    }
}

/// Checks that a share lies strictly between 0 and 1.
pub(super) fn open_share(what: &'static str, found: f64) -> Result<(), EvaluateError> {
    if found > 0.0 && found < 1.0 {
        Ok(())
    } else {
        Err(EvaluateError::BadSetting { what, found, expected: "a share above 0 and below 1" })
    }
}

/// Checks that a share lies between 0 and 1, both allowed.
pub(super) fn closed_share(what: &'static str, found: f64) -> Result<(), EvaluateError> {
    if (0.0..=1.0).contains(&found) {
        Ok(())
    } else {
        Err(EvaluateError::BadSetting { what, found, expected: "a number from 0 to 1" })
    }
}
