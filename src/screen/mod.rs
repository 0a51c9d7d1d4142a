//! Screening: a list of followers put in the order in which a person should look at them.
//!
//! `queue` decides the order, `engagement` who engages with you, `profile` is what a person sees of an account, `share` estimates how many of the list are bots, `kind` says what there is to see of an
//! account beside its score, `ledger` keeps what was decided. Nothing here acts on an account.

pub mod churn;
mod engagement;
pub mod kind;
#[cfg(feature = "ledger")]
pub mod ledger;
mod profile;
mod queue;
mod share;

pub use engagement::{Engagement, Weights};
pub use kind::{Kind, Kinds};
pub use profile::Profile;
pub use queue::{Candidate, Order, order, order_by};
pub use share::{ShareOfBots, share_of_bots};
