//! Follower lists over time: who came, who left, who came back, and who follows and drops others in bulk.
//!
//! `presence` joins snapshots of one list, `series` measures a run of counts, `rate` puts intervals and a base rate
//! beside what was counted. All of it is counting: nothing here is learnt, and nothing acts on an account.

mod presence;
mod rate;
mod roll;
mod series;

pub use presence::{Counts, Growth, Interval, Member, Presence, Sighting, Status, compare};
pub use rate::{BASE, BaseRate, Compared, Rate, events_interval, share_interval};
pub use roll::{List, Roll};
pub use series::{HIGH_CHURN, SWING, Swings, swings};
