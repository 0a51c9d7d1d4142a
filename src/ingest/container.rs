//! Files that are no text: Parquet, Arrow and Excel. The rows of a workbook are written out as CSV, those of the others
//! are read by `columns`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::{IngestError, Source};

/// A kind of container, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Parquet,
    ArrowFile,
    ArrowStream,
    Zip,
    OldExcel,
}

impl Kind {
    pub(super) fn of(head: &[u8]) -> Option<Kind> {
        let kinds: [(&[u8], Kind); 5] = [
            (b"PAR1", Kind::Parquet),
            (b"ARROW1", Kind::ArrowFile),
            (b"\xff\xff\xff\xff", Kind::ArrowStream),
            (b"PK\x03\x04", Kind::Zip),
            (b"\xd0\xcf\x11\xe0", Kind::OldExcel),
        ];
        kinds.into_iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| kind)
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Parquet => "a Parquet file",
            Kind::ArrowFile => "an Arrow file",
            Kind::ArrowStream => "an Arrow stream",
            Kind::Zip => "an Excel workbook or another zip archive",
            Kind::OldExcel => "an Excel workbook",
        }
    }

    fn feature(self) -> &'static str {
        match self {
            Kind::Parquet | Kind::ArrowFile | Kind::ArrowStream => "arrow",
            Kind::Zip | Kind::OldExcel => "xlsx",
        }
    }

    fn is_built_in(self) -> bool {
        let feature = self.feature();
        (cfg!(feature = "arrow") && feature == "arrow") || (cfg!(feature = "xlsx") && feature == "xlsx")
    }
}

/// What a container holds.
pub(super) enum Content {
    /// Its rows, as text.
    #[cfg_attr(not(feature = "xlsx"), allow(dead_code))]
    Text(Source),
    /// Its rows in batches, and the source they are read from.
    #[cfg(feature = "arrow")]
    Batches(Source, super::columns::Batches),
}

/// What a packed container, or the parts of a workbook, may unpack to, bytes.
pub(super) const UNPACKED: u64 = 1 << 30;

pub(super) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A container that asks for more disk or memory than any table of accounts does.
#[derive(Debug)]
pub(super) struct TooMuch {
    pub found: String,
    pub expected: String,
}

impl TooMuch {
    fn packed(kind: Kind) -> TooMuch {
        TooMuch {
            found: format!("this is {} that was packed once more, and unpacks to more than 1 GiB", kind.name()),
            expected: "such a file as it is (it is packed inside): if you trust it, unpack it with gzip -d or zstd -d first"
                .into(),
        }
    }
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; expected {}", self.found, self.expected)
    }
}

impl std::error::Error for TooMuch {}

/// Opens a container; `head` was already taken from the source.
///
/// # Errors
/// Where the program was built without the kind, or the file is not sound.
pub(super) fn unpack(kind: Kind, mut source: Source, head: &[u8]) -> Result<Content, IngestError> {
    let path = source.name.clone();
    let unusable =
        |found: String, expected: String| IngestError::Unusable { path: path.clone(), found, expected };
    if !kind.is_built_in() {
        let feature = kind.feature();
        return Err(unusable(
            format!("this is {}, and this botsieve was built without reading those", kind.name()),
            format!(
                "CSV or JSON; or a botsieve that reads it: cargo install botsieve --features {feature}{}",
                if kind == Kind::Zip {
                    "; if it is the archive of an account, unpack it and give data/follower.js"
                } else {
                    ""
                }
            ),
        ));
    }
    let unsound = |error: Failure| match error.downcast::<TooMuch>() {
        Ok(much) => unusable(much.found, much.expected),
        Err(error) => {
            // Some readers add where they were in many lines; names of the file may stand in them.
            let words = error.to_string();
            let words = crate::safe::visible(words.lines().next().unwrap_or_default());
            unusable(
                format!("this looks like {}, but cannot be read as one: {words}", kind.name()),
                "a sound file".into(),
            )
        }
    };
    #[cfg(feature = "arrow")]
    if kind == Kind::ArrowStream {
        // A stream is read as it comes: what is behind may not be there yet.
        let stream = source.take_reader(head);
        let batches = super::columns::Batches::arrow_stream(stream).map_err(unsound)?;
        return Ok(Content::Batches(source, batches));
    }
    let file = match on_disk(&mut source, head) {
        Ok(Some(file)) => file,
        Ok(None) => return Err(unsound(TooMuch::packed(kind).into())),
        Err(source) => return Err(IngestError::Read { path, source }),
    };
    match kind {
        #[cfg(feature = "arrow")]
        Kind::Parquet => {
            Ok(Content::Batches(source, super::columns::Batches::parquet(file).map_err(unsound)?))
        }
        #[cfg(feature = "arrow")]
        Kind::ArrowFile => {
            Ok(Content::Batches(source, super::columns::Batches::arrow_file(file).map_err(unsound)?))
        }
        #[cfg(feature = "xlsx")]
        Kind::Zip | Kind::OldExcel => {
            Ok(Content::Text(source.with_reader(super::sheets::workbook(file).map_err(unsound)?)))
        }
        #[allow(unreachable_patterns)]
        _ => {
            drop(file);
            Err(unsound("not built in".into()))
        }
    }
}

/// The source as a file that can be read from any place: containers have their table of contents at the end. `None` where it is
/// packed and unpacks to more than [`UNPACKED`]: a few MB could fill the disk.
fn on_disk(source: &mut Source, head: &[u8]) -> io::Result<Option<File>> {
    // The file itself, unless it is packed (then its own first bytes are others).
    if let Ok(mut file) = File::open(&source.name) {
        let mut start = Vec::new();
        Read::by_ref(&mut file).take(4).read_to_end(&mut start)?;
        if head.starts_with(&start)
            && start.len() == 4
            && source.size.is_some_and(|size| size >= head.len() as u64)
        {
            file.seek(SeekFrom::Start(0))?;
            return Ok(Some(file));
        }
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(head)?;
    let most = if source.packed { UNPACKED - head.len() as u64 } else { u64::MAX - 1 };
    if io::copy(&mut source.take(most + 1), &mut file)? > most {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(Some(file))
}
