//! Files damaged in thousands of ways: never a panic, never a row lost, never a row that says what its bytes do not say, and
//! rows that the damage did not touch score bit for bit as before.
//!
//! `cargo test --test damage` takes a few thousand inputs; the full run, and where its table goes:
//!
//! ```text
//! BOTSIEVE_DAMAGE=100000 BOTSIEVE_DAMAGE_TABLE=docs/trust/damage.md cargo test --test damage
//! ```
//!
//! Parquet, Arrow and Excel files, and where their part of the table goes:
//!
//! ```text
//! BOTSIEVE_DAMAGE=100000 BOTSIEVE_DAMAGE_CONTAINERS=docs/trust/damage.md cargo test --features arrow,xlsx --test damage containers
//! ```
//!
//! `BOTSIEVE_DAMAGE_SEED` draws other inputs, `BOTSIEVE_DAMAGE_CASE` repeats one.
#![allow(missing_docs)]

#[path = "damage/agree.rs"]
mod agree;
#[path = "damage/bytes.rs"]
mod bytes;
#[path = "damage/clock.rs"]
mod clock;
#[path = "damage/commands.rs"]
mod commands;
mod common;
#[path = "damage/containers.rs"]
mod containers;
#[path = "damage/damaged.rs"]
mod damaged;
#[path = "damage/dice.rs"]
mod dice;
#[path = "damage/giants.rs"]
mod giants;
#[path = "damage/ground.rs"]
mod ground;
#[path = "damage/judge.rs"]
mod judge;
#[path = "damage/plain.rs"]
mod plain;
#[path = "damage/read.rs"]
mod read;
mod reading;
#[path = "damage/records.rs"]
mod records;
#[path = "damage/run.rs"]
mod run;
#[path = "damage/sample.rs"]
mod sample;
#[path = "damage/table.rs"]
mod table;
#[path = "damage/watch.rs"]
mod watch;
