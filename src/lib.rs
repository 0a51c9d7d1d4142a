//! botsieve sieves a list of social accounts: which are likely bots, which are likely people, who deserves a look.
//!
//! It turns profile and activity data into feature vectors, scores them with a readable additive logistic model, and
//! gives its reasons in plain words, for a person to decide. It never follows, unfollows or blocks anyone and never
//! uses the network. The program of the same name is a thin layer over this library.
//!
//! ```
//! use botsieve::account::Account;
//! use botsieve::model::Scorer;
//!
//! let scorer = Scorer::embedded()?;
//! let account = Account {
//!     handle: Some("win_free_82737".into()),
//!     bio: Some("Win a FREE phone! follow back http://x.example".into()),
//!     followers: Some(3),
//!     following: Some(1999),
//!     posts: Some(2),
//!     ..Account::default()
//! };
//! let score = scorer.score(&account, 3);
//! assert!(score.p_bot > scorer.prevalence());
//! for reason in &score.reasons {
//!     println!("{:+.2} {}", reason.contribution, reason.words());
//! }
//! # Ok::<(), botsieve::model::ModelError>(())
//! ```
//!
//! Data flows one way through the modules:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`ingest`] | bytes in any dialect | [`account::Account`]s, damage kept as rows |
//! | [`features`] | an account | numbers, each `None` where a field is missing |
//! | [`lint`] | accounts with labels | what would spoil training or scoring |
//! | [`model`] | labelled numbers | a model file; then accounts to scores with reasons |
//! | [`scores`] | rows and their scores | CSV, JSON lines, Arrow batches |
//! | [`evaluate`] | scores and labels | metrics with intervals and baselines, sources left out |
//! | [`screen`] | scored accounts | a queue for a person, an estimate of the share of bots, a ledger of decisions |
//! | `review` | the queue | a page or a terminal in which a person decides (feature `review`, on by default) |
//! | [`report`] | a model, a list of followers | its card; reports with plots |
//!
//! [`turns`] counts the ups and downs of a following count, for `ingest` and `screen`; [`safe`] makes hostile text harmless and replaces files as a whole; [`cli`] is the command line.

pub mod account;
pub mod cli;
pub mod evaluate;
pub mod features;
pub mod ingest;
pub mod lint;
pub mod model;
pub mod report;
#[cfg(feature = "review")]
pub mod review;
pub mod safe;
pub mod scores;
mod scramble;
pub mod screen;
pub mod turns;
mod words;
