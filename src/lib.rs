//! botsieve
pub mod account;
pub mod cli;
pub mod evaluate;
pub mod features;
pub mod ingest;
pub mod model;
pub mod report;
pub mod safe;
pub mod screen;
