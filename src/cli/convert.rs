//! `botsieve convert`: any dialect to the canonical form.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::rows::read_rows;
use super::{Console, Done, ReadArgs, RunArgs, open_any_output, open_input};
use crate::ingest::write;
use crate::safe::{Output, visible};

/// Write the accounts of any file in the canonical form: CSV, JSON lines or Parquet under botsieve's own names.
///
/// Nothing that botsieve knows of an account is lost, and every row is kept, in order: one that cannot be read has
/// `damaged: ` and the reason in its first column, `botsieve_status`, with whatever could be read of it. The result
/// reads back as the same accounts, and every command takes it. Columns that are no field are left out, and named.
#[derive(Args, Debug)]
#[command(after_long_help = FORMS)]
pub(super) struct ConvertArgs {
    /// File with accounts; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Where the result goes; packed if the name ends in .gz or .zst [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Column that holds the class; it is written as bot or human in a last column, `label`
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the result [default: by the name of the output, else csv]
    #[arg(long, value_enum, value_name = "FORM")]
    to: Option<Form>,
}

const FORMS: &str = "\
The canonical CSV is safe to open in a spreadsheet, and still loses nothing:
  an empty cell  is not known
  '              an apostrophe by itself is a text known to be empty
  '=1+1          in front of a text it is no part of it: texts that a spreadsheet would run have one
  'a\\u{202e}b    and control and invisible characters are written out; \\\\ is a backslash there
When botsieve reads such a file, it takes the apostrophes back. Other programs do not: for them take JSON lines or \
Parquet, where every text stands to the letter. A spreadsheet that opens and saves any CSV rounds long ids; botsieve \
then says so (`ruined id`).

Times are RFC 3339 in UTC, in Parquet too, as text. Fields are named as in `inspect`, in one order for every input.

Examples:
  botsieve convert followers.xlsx -o followers.csv
  botsieve convert users.json.gz --observed-at 2021-03-01 -o users.jsonl.zst
  botsieve convert labelled.csv --label account_type --to jsonl | head";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Comma separated, with a header
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Columns (in builds with the feature arrow)
    Parquet,
}

/// What the result is packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Form {
    /// Form and packing as the name of a file says them.
    fn of_name(path: &Path) -> (Option<Form>, Packing) {
        let name =
            path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let (name, packing) = match (name.strip_suffix(".gz"), name.strip_suffix(".zst")) {
            (Some(name), _) => (name, Packing::Gzip),
            (_, Some(name)) => (name, Packing::Zstd),
            _ => (name.as_str(), Packing::None),
        };
        let form = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("csv") => Some(Form::Csv),
            Some("jsonl" | "ndjson") => Some(Form::Jsonl),
            Some("parquet" | "pq") => Some(Form::Parquet),
            _ => None,
        };
        (form, packing)
    }
}

pub(super) fn run(args: ConvertArgs) -> anyhow::Result<Done> {
    let (by_name, packing) = args.output.as_deref().map_or((None, Packing::None), Form::of_name);
    let form = args.to.or(by_name).unwrap_or(Form::Csv);
    if let Some(named) = by_name.filter(|named| *named != form) {
        bail!(
            "--to {form:?} and a file that is named as {named:?} do not fit; leave --to out, or name the file otherwise"
        );
    }
    if form == Form::Parquet && packing != Packing::None {
        bail!("Parquet is packed by itself; name the output without .gz or .zst");
    }
    let console = Console::new(&args.run);
    let mut options = args.read.options()?;
    options.label_column = args.label.clone();
    let path = &args.file;
    let mut input = open_input(path, &options)?;
    let left_out: Vec<_> = {
        let mapping = input.mapping();
        mapping
            .unused
            .iter()
            .chain(mapping.shadowed.iter().map(|(name, ..)| name))
            .chain(&mapping.duplicate)
            .map(|name| visible(name).into_owned())
            .collect()
    };
    let label = input.mapping().label.is_some();
    if form == Form::Parquet && !cfg!(feature = "arrow") {
        bail!(
            "this botsieve was built without Parquet; take --to csv or --to jsonl, or a botsieve that writes it: cargo \
             install botsieve --features arrow"
        );
    }
    let mut writer = Writer::new(form, packing, open_any_output(args.output.as_deref())?, label)?;
    let mut written = 0;
    let met = read_rows(
        &mut input,
        &args.run,
        &console,
        |_| (Part::new(form, label), 0),
        |(part, rows), row| {
            part.add(row);
            *rows += 1;
        },
        |(part, rows)| {
            written += rows;
            writer.write(part.finish()?).context("cannot write the accounts")
        },
    )?;
    let rows = met.account_sound().placed(&[("written", written)]);
    rows.check()?;
    writer.finish().context("cannot finish the accounts")?;
    met.report(path, &console);
    if !left_out.is_empty() {
        console.say(format_args!(
            "{} columns are no field and are left out: {}",
            left_out.len(),
            left_out.join(", ")
        ));
    }
    console.say(rows);
    Ok(Done::of(met.rejects.count))
}

/// The rows of one chunk, ready to be written.
enum Part {
    Csv {
        writer: Box<csv::Writer<Vec<u8>>>,
        label: bool,
        problem: Option<csv::Error>,
    },
    Jsonl {
        bytes: Vec<u8>,
        problem: Option<io::Error>,
    },
    #[cfg(feature = "arrow")]
    Parquet(Box<write::Columns>),
}

enum Ready {
    Bytes(Vec<u8>),
    #[cfg(feature = "arrow")]
    Batch(Box<arrow::array::RecordBatch>),
}

impl Part {
    fn new(form: Form, label: bool) -> Part {
        match form {
            Form::Csv => {
                Part::Csv { writer: Box::new(csv::Writer::from_writer(Vec::new())), label, problem: None }
            }
            #[cfg(feature = "arrow")]
            Form::Parquet => Part::Parquet(Box::new(write::Columns::new(label))),
            // Without the feature, Parquet was refused before there is a part.
            _ => Part::Jsonl { bytes: Vec::new(), problem: None },
        }
    }

    fn add(&mut self, row: &crate::ingest::Row<'_>) {
        match self {
            Part::Csv { writer, label, problem } => {
                if let Err(error) = write::csv_row(writer, row, *label) {
                    problem.get_or_insert(error);
                }
            }
            Part::Jsonl { bytes, problem } => {
                if let Err(error) = write::json_row(bytes, row) {
                    problem.get_or_insert(error);
                }
            }
            #[cfg(feature = "arrow")]
            Part::Parquet(columns) => columns.add(row),
        }
    }

    fn finish(self) -> anyhow::Result<Ready> {
        match self {
            Part::Csv { problem: Some(error), .. } => Err(error.into()),
            Part::Jsonl { problem: Some(error), .. } => Err(error.into()),
            Part::Csv { writer, .. } => {
                Ok(Ready::Bytes(writer.into_inner().map_err(csv::IntoInnerError::into_error)?))
            }
            Part::Jsonl { bytes, .. } => Ok(Ready::Bytes(bytes)),
            #[cfg(feature = "arrow")]
            Part::Parquet(columns) => Ok(Ready::Batch(Box::new(columns.finish()?))),
        }
    }
}

/// Where the result goes.
enum Writer {
    Plain(Output),
    Gzip(flate2::write::GzEncoder<Output>),
    Zstd(zstd::stream::write::Encoder<'static, Output>),
    #[cfg(feature = "arrow")]
    Parquet(Box<parquet::arrow::ArrowWriter<Output>>),
}

impl Writer {
    fn new(form: Form, packing: Packing, output: Output, label: bool) -> anyhow::Result<Writer> {
        let mut writer = match packing {
            #[cfg(feature = "arrow")]
            _ if form == Form::Parquet => {
                let packed = parquet::basic::Compression::ZSTD(parquet::basic::ZstdLevel::default());
                let properties =
                    parquet::file::properties::WriterProperties::builder().set_compression(packed).build();
                let writer =
                    parquet::arrow::ArrowWriter::try_new(output, write::schema(label), Some(properties))?;
                return Ok(Writer::Parquet(Box::new(writer)));
            }
            Packing::None => Writer::Plain(output),
            Packing::Gzip => {
                Writer::Gzip(flate2::write::GzEncoder::new(output, flate2::Compression::default()))
            }
            Packing::Zstd => Writer::Zstd(zstd::stream::write::Encoder::new(output, 0)?),
        };
        if form == Form::Csv {
            writer.write(Ready::Bytes(format!("{}\n", write::csv_header(label)).into_bytes()))?;
        }
        Ok(writer)
    }

    fn write(&mut self, ready: Ready) -> anyhow::Result<()> {
        match (self, ready) {
            (Writer::Plain(out), Ready::Bytes(bytes)) => out.write_all(&bytes)?,
            (Writer::Gzip(out), Ready::Bytes(bytes)) => out.write_all(&bytes)?,
            (Writer::Zstd(out), Ready::Bytes(bytes)) => out.write_all(&bytes)?,
            #[cfg(feature = "arrow")]
            (Writer::Parquet(out), Ready::Batch(batch)) => out.write(&batch)?,
            #[cfg(feature = "arrow")]
            _ => bail!("rows in a form that the output does not take: a fault of botsieve, please report it"),
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        let output = match self {
            Writer::Plain(out) => out,
            Writer::Gzip(out) => out.finish()?,
            Writer::Zstd(out) => out.finish()?,
            #[cfg(feature = "arrow")]
            Writer::Parquet(out) => out.into_inner()?,
        };
        Ok(output.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_output_says_its_form() {
        for (name, found) in [
            ("a.csv", (Some(Form::Csv), Packing::None)),
            ("A.CSV.GZ", (Some(Form::Csv), Packing::Gzip)),
            ("a.b.jsonl.zst", (Some(Form::Jsonl), Packing::Zstd)),
            ("a.parquet", (Some(Form::Parquet), Packing::None)),
            ("accounts", (None, Packing::None)),
            ("accounts.gz", (None, Packing::Gzip)),
        ] {
            assert_eq!(Form::of_name(Path::new(name)), found, "{name}");
        }
    }
}
