//! botsieve
pub mod account;
pub mod features;
pub mod ingest;
pub mod safe;
