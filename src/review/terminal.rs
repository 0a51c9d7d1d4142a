//! The queue in a terminal.

use super::{ReviewError, Session};

/// x
///
/// # Errors
/// x
pub fn check() -> Result<(), ReviewError> {
    Ok(())
}

/// x
///
/// # Errors
/// x
pub fn run(_: &Session) -> Result<(), ReviewError> {
    Ok(())
}
