//! botsieve
pub mod account;
pub mod ingest;
pub mod safe;
