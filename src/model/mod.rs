//! The model: a readable additive logistic model, how it is fitted, kept in a file, and asked.
//!
//! | file | what it holds |
//! |---|---|
//! | `encoding` | [`Curve`]: what a feature adds to the log-odds as a function of its value |
//! | `fit` | weighted logistic regression on the solver of `linfa-logistic` |
//! | `calibration` | Platt scaling, the shift to another prevalence |
//! | `file` | [`Model`]: the JSON file, checked when it is read |
//! | `explain` | [`Explanation`]: every term of a score, every curve as it counts |
//! | `compare` | [`compare_models`]: how far the curves of two models lie apart |
//! | `lanes` | the curves of a model for eight accounts side by side |
//! | `ln`, `exp` | the logarithm and the exponential for them |
//! | `parts` | [`Parts`]: what each feature adds to a score |
//! | `scorer` | [`Scorer`]: accounts in, [`Score`]s with reasons out |
//! | `support` | [`Support`]: how like the training accounts an account is |
//! | `pair` | [`Pair`]: what two features add together, and which pairs are worth a grid |
//! | `column` | [`Column`]: the values of one feature, in as few bytes as hold them |
//! | `samples` | labelled rows from many sources as one table |
//! | `shared` | [`Accounts`]: which rows are of accounts that others have too |
//! | `manifest` | which sources, where they lie, how they are read |
//! | `train` | weights, folds, fit and calibration put together |

mod bands;
mod calibration;
mod column;
mod compare;
mod encoding;
mod exp;
mod explain;
mod file;
mod fit;
mod lanes;
mod ln;
mod manifest;
mod pair;
mod parts;
mod samples;
mod scorer;
mod shared;
mod support;
#[cfg(test)]
pub(crate) mod testing;
mod train;

pub use bands::{Band, Bands, EVIDENCE, EVIDENCE_WORDS};
pub use calibration::{Calibration, logit};
pub use column::Column;
pub use compare::{CurveChange, ModelChange, compare_models};
pub use encoding::{Curve, Direction, Encoding};
pub use explain::{
    Explanation, ShownBin, ShownCurve, ShownPair, ShownRange, Term, TermValue, short_number, shown_curves,
    shown_pairs,
};
pub use file::{
    DecisionRecord, FORMAT_VERSION, FileRecord, HELD_OUT_SHARES, HELD_OUT_THRESHOLD, HeldOut, Model,
    ModelError, SourceRecord, Training,
};
pub use fit::{
    BinnedDesign, FitError, FittedWeightedLogistic, Minimum, Penalty, ValidWeightedLogistic,
    WeightedLogistic, minimise, sigmoid,
};
pub use manifest::{BandPolicy, Manifest, ManifestError, Monotone};
pub use pair::{PAIR_BINS, Pair};
pub use parts::{Part, Parts, PartsOf};
pub use samples::{
    DECISIONS, DecidedAccount, DecisionRows, ReadFile, Samples, SamplesError, Tally, account_key,
};
pub use scorer::{Reason, Score, Scorer};
pub use shared::{Accounts, BetweenFamilies};
pub use support::{LOW_SUPPORT, SUPPORT_SHARES, Support, TAIL_SHARES, Tails};
pub use train::{
    Fitted, Fold, LEAST, Recipe, Single, TrainError, balanced_weights, family_weights, fit_recipe, fit_to,
    five_folds, folds_by_family, held_out_rows, model_of, out_of_source, train, train_single, within_source,
};
