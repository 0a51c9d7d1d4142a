//! Faults: the program killed and interrupted at moments of chance, disks without room, folders that nobody may write to,
//! pipes that are closed, ledgers and model files that are locked, cut, flipped, made up or from the future.
//!
//! What was there before stays whole, what was acknowledged is there, messages say what to do, nothing panics.
//! The counts are settable: `BOTSIEVE_KILLS=1100 cargo test --test faults` (default 66), `BOTSIEVE_CASES` for the
//! ledger and model files (default 24), `BOTSIEVE_SEED` for the draws. With `BOTSIEVE_FAULTS` naming a folder, each test
//! leaves its counts there; `.ci/faults` makes the table of `docs/trust/faults.md` of them.
#![cfg(all(feature = "review", target_os = "linux"))]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../examples/make_followers.rs"]
#[allow(dead_code)]
mod make_followers;

mod disk;
mod kills;
mod ledger_file;
mod ledger_kills;
mod model_file;
mod pipes;
mod races;
mod review_kills;
mod support;
mod terminal;
