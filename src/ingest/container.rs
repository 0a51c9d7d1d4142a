//! Files that are no text: Parquet, Arrow and Excel. The rows of a workbook are written out as CSV, those of the others
//! are read by `columns`.

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
    let unsound = |error: Failure| {
        unusable(
            format!("this looks like {}, but cannot be read as one: {error}", kind.name()),
            "a sound file".into(),
        )
    };
    #[cfg(feature = "arrow")]
    if kind == Kind::ArrowStream {
        // A stream is read as it comes: what is behind may not be there yet.
        let stream = source.take_reader(head);
        let batches = super::columns::Batches::arrow_stream(stream).map_err(unsound)?;
        return Ok(Content::Batches(source, batches));
    }
    let file =
        on_disk(&mut source, head).map_err(|source| IngestError::Read { path: path.clone(), source })?;
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
            Ok(Content::Text(source.with_reader(sheets::workbook(file).map_err(unsound)?)))
        }
        #[allow(unreachable_patterns)]
        _ => {
            drop(file);
            Err(unsound("not built in".into()))
        }
    }
}

/// The source as a file that can be read from any place: containers have their table of contents at the end.
fn on_disk(source: &mut Source, head: &[u8]) -> io::Result<File> {
    // The file itself, unless it is packed (then its own first bytes are others).
    if let Ok(mut file) = File::open(&source.name) {
        let mut start = Vec::new();
        Read::by_ref(&mut file).take(4).read_to_end(&mut start)?;
        if head.starts_with(&start)
            && start.len() == 4
            && source.size.is_some_and(|size| size >= head.len() as u64)
        {
            file.seek(SeekFrom::Start(0))?;
            return Ok(file);
        }
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(head)?;
    io::copy(source, &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

#[cfg(feature = "xlsx")]
type Text = Box<dyn Read + Send>;
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[cfg(feature = "xlsx")]
mod sheets {
    use std::fs::File;
    use std::io::{Cursor, Read};
    use std::sync::Arc;

    use calamine::{Data, Reader as _, open_workbook_auto_from_rs};

    use super::{Failure, Text};

    /// The first sheet with something on it, as CSV. A sheet has at most 1,048,576 rows and is held in memory.
    pub(super) fn workbook(mut file: File) -> Result<Text, Failure> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut workbook = open_workbook_auto_from_rs(Cursor::new(Arc::<[u8]>::from(bytes)))?;
        for name in workbook.sheet_names() {
            let sheet = workbook.worksheet_range(&name)?;
            if sheet.is_empty() {
                continue;
            }
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in sheet.rows() {
                writer.write_record(row.iter().map(text))?;
            }
            return Ok(Box::new(Cursor::new(writer.into_inner()?)));
        }
        Err("there is nothing on any of its sheets".into())
    }

    fn text(cell: &Data) -> String {
        match cell {
            Data::Empty => String::new(),
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
            Data::Bool(flag) => flag.to_string(),
            Data::Int(n) => n.to_string(),
            Data::Float(n) => number(*n),
            Data::DateTime(time) if time.is_datetime() => {
                let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
            Data::DateTime(time) => number(time.as_f64()),
            other => other.to_string(),
        }
    }

    /// Excel keeps every number as a double. From 2^53 on (15 digits as it shows them) the last digits of an id
    /// are gone: written with an exponent, it is told apart from a key.
    fn number(n: f64) -> String {
        if n.fract() == 0.0 && n.abs() < 1e15 {
            format!("{n:.0}")
        } else if n.abs() >= 1e15 {
            format!("{n:e}")
        } else {
            n.to_string()
        }
    }
}
