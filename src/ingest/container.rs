//! Files that are no text: Parquet, Arrow and Excel. Their rows are written out as JSON lines or CSV while they
//! are read, so that everything behind this module sees a stream of text.

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
        match self.feature() {
            "arrow" => cfg!(feature = "arrow"),
            _ => cfg!(feature = "xlsx"),
        }
    }
}

/// The rows of a container as text; `head` was already taken from the source.
///
/// # Errors
/// Where the program was built without the kind, or the file is not sound.
pub(super) fn unpack(kind: Kind, mut source: Source, head: &[u8]) -> Result<Source, IngestError> {
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
    let file =
        on_disk(&mut source, head).map_err(|source| IngestError::Read { path: path.clone(), source })?;
    let rows = rows(kind, file).map_err(|error| {
        unusable(
            format!("this looks like {}, but cannot be read as one: {error}", kind.name()),
            "a sound file".into(),
        )
    })?;
    Ok(source.with_reader(rows))
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

type Text = Box<dyn Read + Send>;
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]
fn rows(kind: Kind, file: File) -> Result<Text, Failure> {
    match kind {
        #[cfg(feature = "arrow")]
        Kind::Parquet => tables::parquet(file),
        #[cfg(feature = "arrow")]
        Kind::ArrowFile => tables::arrow_file(file),
        #[cfg(feature = "arrow")]
        Kind::ArrowStream => tables::arrow_stream(file),
        #[cfg(feature = "xlsx")]
        Kind::Zip | Kind::OldExcel => sheets::workbook(file),
        #[allow(unreachable_patterns)]
        _ => {
            drop(file);
            Err("not built in".into())
        }
    }
}

#[cfg(feature = "arrow")]
mod tables {
    use std::fs::File;
    use std::io::{self, BufReader, Read};

    use arrow::array::RecordBatch;
    use arrow::error::ArrowError;
    use arrow::ipc::reader::{FileReader, StreamReader};
    use arrow::json::WriterBuilder;
    use arrow::json::writer::LineDelimited;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::{Failure, Text};

    /// Rows turned to text at a time.
    const BATCH: usize = 1024;

    pub(super) fn parquet(file: File) -> Result<Text, Failure> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH).build()?;
        Ok(Box::new(Lines::new(reader)))
    }

    pub(super) fn arrow_file(file: File) -> Result<Text, Failure> {
        Ok(Box::new(Lines::new(FileReader::try_new(BufReader::new(file), None)?)))
    }

    pub(super) fn arrow_stream(file: File) -> Result<Text, Failure> {
        Ok(Box::new(Lines::new(StreamReader::try_new(BufReader::new(file), None)?)))
    }

    /// JSON lines out of record batches.
    struct Lines<B> {
        batches: B,
        text: Vec<u8>,
        given: usize,
        rows: usize,
        ended: bool,
    }

    impl<B> Lines<B> {
        fn new(batches: B) -> Lines<B> {
            Lines { batches, text: Vec::new(), given: 0, rows: 0, ended: false }
        }
    }

    impl<B: Iterator<Item = Result<RecordBatch, ArrowError>>> Read for Lines<B> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            while self.given == self.text.len() && !self.ended {
                self.text.clear();
                self.given = 0;
                match self.batches.next() {
                    Some(batch) => {
                        let batch = batch.map_err(io::Error::other)?;
                        self.rows += batch.num_rows();
                        let mut writer = WriterBuilder::new()
                            .with_explicit_nulls(true)
                            .build::<_, LineDelimited>(&mut self.text);
                        writer.write(&batch).map_err(io::Error::other)?;
                        writer.finish().map_err(io::Error::other)?;
                    }
                    None => {
                        self.ended = true;
                        if self.rows == 0 {
                            self.text.extend_from_slice(b"[]");
                        }
                    }
                }
            }
            let n = buffer.len().min(self.text.len() - self.given);
            buffer[..n].copy_from_slice(&self.text[self.given..self.given + n]);
            self.given += n;
            Ok(n)
        }
    }
}

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
