//! Where scores go: text, or tables in batches.

use std::io::Write as _;
use std::path::Path;

use anyhow::bail;
#[cfg(feature = "arrow")]
use arrow::array::RecordBatch;
#[cfg(feature = "arrow")]
use arrow::datatypes::{DataType, Schema};
#[cfg(feature = "arrow")]
use arrow::ipc::writer::{FileWriter, StreamWriter};
#[cfg(feature = "arrow")]
use parquet::arrow::ArrowWriter;
#[cfg(feature = "arrow")]
use parquet::basic::{Compression, Encoding};
#[cfg(feature = "arrow")]
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::super::open_output;
use crate::ingest::Row;
use crate::model::Scorer;
use crate::safe::Output;
use crate::scores::{Scored, Text, TextForm, header};

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One line an account, with a header
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Parquet (--features arrow)
    Parquet,
    /// An Arrow file (--features arrow)
    Arrow,
    /// An Arrow stream, each batch of the input written as soon as it is scored: for Spark and other programs that feed
    /// this one (--features arrow)
    ArrowStream,
}

impl Format {
    /// The form that was asked for, or that the ending of the output's name says.
    pub(super) fn chosen(asked: Option<Format>, output: Option<&Path>) -> anyhow::Result<Format> {
        let ending = output.and_then(Path::extension).map(|ending| ending.to_string_lossy().to_lowercase());
        let format = asked.unwrap_or(match ending.as_deref() {
            Some("jsonl" | "ndjson") => Format::Jsonl,
            Some("parquet" | "pq") => Format::Parquet,
            Some("arrow" | "feather") => Format::Arrow,
            Some("arrows") => Format::ArrowStream,
            _ => Format::Csv,
        });
        if !matches!(format, Format::Csv | Format::Jsonl) && !cfg!(feature = "arrow") {
            bail!(
                "this botsieve was built without Parquet and Arrow\n  expected csv or jsonl; or a botsieve that writes \
                 them: cargo install botsieve --features arrow"
            );
        }
        Ok(format)
    }

    fn text(self) -> TextForm {
        if self == Format::Jsonl { TextForm::Jsonl } else { TextForm::Csv }
    }
}

/// Gathers the rows of one chunk.
pub(super) enum Rows<'s> {
    Text(Box<Text<'s>>),
    #[cfg(feature = "arrow")]
    Columns(Box<crate::scores::Columns<'s>>),
}

/// The rows of one chunk, ready to be written.
pub(super) enum Part {
    Text(Vec<u8>),
    #[cfg(feature = "arrow")]
    Batch(RecordBatch),
}

impl<'s> Rows<'s> {
    pub(super) fn new(format: Format, reasons: usize, scorer: &'s Scorer, rows: u64) -> Rows<'s> {
        #[cfg(feature = "arrow")]
        if !matches!(format, Format::Csv | Format::Jsonl) {
            return Rows::Columns(Box::new(crate::scores::Columns::new(reasons, scorer, rows)));
        }
        Rows::Text(Box::new(Text::new(format.text(), reasons, scorer, rows)))
    }

    pub(super) fn write(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        match self {
            Rows::Text(text) => text.write(row, scored),
            #[cfg(feature = "arrow")]
            Rows::Columns(columns) => columns.write(row, scored),
        }
    }

    pub(super) fn finish(self) -> anyhow::Result<Part> {
        Ok(match self {
            Rows::Text(text) => Part::Text(text.into_bytes()),
            #[cfg(feature = "arrow")]
            Rows::Columns(columns) => Part::Batch(columns.into_batch()?),
        })
    }
}

/// The output, in one of its forms.
pub(super) enum Sink {
    Text(Output),
    #[cfg(feature = "arrow")]
    Parquet(Box<ArrowWriter<Output>>),
    #[cfg(feature = "arrow")]
    Arrow(FileWriter<Output>),
    #[cfg(feature = "arrow")]
    Stream(StreamWriter<Output>),
}

impl Sink {
    pub(super) fn open(format: Format, path: Option<&Path>, reasons: usize) -> anyhow::Result<Sink> {
        let mut output = open_output(path)?;
        #[cfg(feature = "arrow")]
        let schema = crate::scores::schema(reasons);
        Ok(match format {
            #[cfg(feature = "arrow")]
            Format::Parquet => {
                let form = parquet_form(&schema);
                Sink::Parquet(Box::new(ArrowWriter::try_new(output, schema, Some(form))?))
            }
            #[cfg(feature = "arrow")]
            Format::Arrow => Sink::Arrow(FileWriter::try_new(output, &schema)?),
            #[cfg(feature = "arrow")]
            Format::ArrowStream => Sink::Stream(StreamWriter::try_new(output, &schema)?),
            Format::Csv => {
                output.write_all(header(reasons).as_bytes())?;
                Sink::Text(output)
            }
            _ => Sink::Text(output),
        })
    }

    pub(super) fn write(&mut self, part: Part) -> anyhow::Result<()> {
        match (self, part) {
            (Sink::Text(output), Part::Text(bytes)) => output.write_all(&bytes)?,
            #[cfg(feature = "arrow")]
            (Sink::Parquet(writer), Part::Batch(batch)) => writer.write(&batch)?,
            #[cfg(feature = "arrow")]
            (Sink::Arrow(writer), Part::Batch(batch)) => writer.write(&batch)?,
            #[cfg(feature = "arrow")]
            (Sink::Stream(writer), Part::Batch(batch)) => {
                writer.write(&batch)?;
                // Who feeds this program waits for the answer before it gives more.
                writer.flush()?;
            }
            #[cfg(feature = "arrow")]
            (_, _) => bail!("text and batches in one output: a fault of botsieve, please report it"),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Sink::Text(output) => output.finish()?,
            #[cfg(feature = "arrow")]
            Sink::Parquet(writer) => writer.into_inner()?.finish()?,
            #[cfg(feature = "arrow")]
            Sink::Arrow(writer) => writer.into_inner()?.finish()?,
            #[cfg(feature = "arrow")]
            Sink::Stream(writer) => writer.into_inner()?.finish()?,
        }
        Ok(())
    }
}

/// Row groups small enough to be held while they are written; packed lightly. What mostly differs from row to row is not looked up
/// in a dictionary first, and of such texts there are no statistics.
#[cfg(feature = "arrow")]
fn parquet_form(schema: &Schema) -> WriterProperties {
    const ALIKE: [&str; 6] = ["band", "features_missing", "status", "support", "kind", "kind_reason"];
    let form = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(1 << 17))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(false);
    let fields = schema.fields().iter();
    let form = fields.fold(form, |form, field| match field.name().as_str() {
        name if ALIKE.contains(&name) => form.set_column_dictionary_enabled(name.into(), true),
        name if *field.data_type() == DataType::Utf8 => {
            form.set_column_statistics_enabled(name.into(), EnabledStatistics::None)
        }
        _ => form,
    });
    form.set_column_encoding("row".into(), Encoding::DELTA_BINARY_PACKED).build()
}
