//! Parquet and Arrow read column by column: a record batch straight to rows, without text between.
//!
//! What each column means is decided as for JSON lines, from the first batch written as such ([`super::container`]). Where
//! every column in use is plain (text, whole numbers, doubles, flags, times, at the top level) the batches are read here;
//! else they go the way of the JSON lines. A test holds the two ways to each other.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Float64Array, Int64Array, LargeStringArray,
    LargeStringBuilder, PrimitiveArray, RecordBatch, RecordBatchReader, StringArray, StringViewArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field as ArrowField, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
    UInt64Type,
};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader, read_footer_length};
use arrow::ipc::root_as_footer;
use arrow::json::WriterBuilder;
use arrow::json::writer::LineDelimited;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{ConvertedType, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::block::{BLOCK, Block, Rows};
use super::field::{self, Field, Kind, Quirks, Typed, with_known};
use super::json::{Node, Objects};
use super::value::{Cell, in_use};
use super::{Chunk, IngestError, Row, Source};
use crate::safe::caught;

/// Rows of a batch, as read from Parquet.
const BATCH: usize = 8192;
/// Rows of the first batch that are looked at to learn what the columns are.
const HEAD: usize = 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Reader = Box<dyn RecordBatchReader + Send>;

/// A table that is read in batches.
pub(super) struct Batches {
    /// The first, which was read to learn what the columns are.
    first: Option<RecordBatch>,
    rest: Reader,
    /// Of a Parquet file, which can be opened anew with fewer columns.
    file: Option<File>,
}

impl Batches {
    /// A Parquet file.
    pub(super) fn parquet(file: File) -> Result<Batches, Failure> {
        let again = file.try_clone()?;
        caught(|| Batches::of(reader_of(with_views(file)?)?, Some(again)))?
    }

    /// An Arrow file, which has its table of contents at the end.
    pub(super) fn arrow_file(file: File) -> Result<Batches, Failure> {
        caught(|| {
            check_blocks(&file)?;
            Batches::of(Box::new(FileReader::try_new(io::BufReader::new(file), None)?), None)
        })?
    }

    /// An Arrow stream, read as it comes.
    pub(super) fn arrow_stream(stream: impl Read + Send + 'static) -> Result<Batches, Failure> {
        let stream = io::BufReader::with_capacity(1 << 16, stream);
        caught(|| Batches::of(Box::new(StreamReader::try_new(stream, None)?), None))?
    }

    fn of(mut rest: Reader, file: Option<File>) -> Result<Batches, Failure> {
        let mut first = rest.next().transpose()?;
        while first.as_ref().is_some_and(|batch| batch.num_rows() == 0) {
            first = rest.next().transpose()?;
        }
        Ok(Batches { first, rest, file })
    }

    /// The first rows as JSON lines.
    pub(super) fn head(&self) -> io::Result<Vec<u8>> {
        match &self.first {
            Some(batch) => head_of(batch),
            None => Ok(b"[]".to_vec()),
        }
    }

    /// All rows as JSON lines.
    pub(super) fn into_text(self) -> Box<dyn Read + Send> {
        Box::new(Lines { batches: self, text: Vec::new(), given: 0, rows: 0, ended: false })
    }

    /// Makes them ready to be read by columns, where that can be done.
    pub(super) fn plan(mut self, objects: &Objects) -> Result<Planned, Batches> {
        let schema = self.rest.schema();
        let flat = is_plain_table(&schema, objects);
        if !flat || self.first.is_none() {
            return Err(self);
        }
        let all_used = schema.fields().iter().all(|field| objects.uses(field.name()));
        if let Some(file) = self.file.take().filter(|_| !all_used) {
            // What could be opened before can be opened again; if not, all columns will do.
            if let Ok(reader) = columns_in_use(file, &schema, objects) {
                (self.first, self.rest) = (None, reader);
            }
        }
        Ok(Planned { batches: self, next_index: 0, next_row: 1 })
    }
}

/// A Parquet file whose texts are read as views (`Utf8View`), which stay where they were unpacked to.
fn with_views(file: File) -> Result<ParquetRecordBatchReaderBuilder<File>, ParquetError> {
    let found = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())?;
    let as_views = found.schema().fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        _ => field.as_ref().clone(),
    });
    let views = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(as_views.collect::<Vec<_>>())));
    // What cannot be read so is read as it is.
    let read = ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), views).unwrap_or(found);
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, read))
}

/// A Parquet file from its beginning: of its columns, which it keeps apart, only those in use.
fn columns_in_use(file: File, schema: &Schema, objects: &Objects) -> Result<Reader, ParquetError> {
    let builder = with_views(file)?;
    let used = schema.fields().iter().enumerate().filter(|(_, field)| objects.uses(field.name()));
    let mask = ProjectionMask::roots(builder.parquet_schema(), used.map(|(at, _)| at));
    reader_of(builder.with_projection(mask))
}

/// The batches of a Parquet file. Texts that the file itself calls UTF-8 are held to it as they are read; those that only the schema of
/// Arrow beside it calls so are not, and so are looked at here before anyone takes them for text.
fn reader_of(builder: ParquetRecordBatchReaderBuilder<File>) -> Result<Reader, ParquetError> {
    let is_unchecked = |column: &ColumnDescPtr| {
        column.physical_type() == PhysicalType::BYTE_ARRAY && column.converted_type() != ConvertedType::UTF8
    };
    let unchecked = builder.parquet_schema().columns().iter().any(is_unchecked);
    let reader = builder.with_batch_size(BATCH).build()?;
    Ok(if unchecked { Box::new(Checked(reader)) } else { Box::new(reader) })
}

/// Batches of which all is held to its type.
struct Checked(ParquetRecordBatchReader);

impl Iterator for Checked {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.0.next()?;
        let sound = |batch: &RecordBatch| {
            batch.columns().iter().try_for_each(|column| column.to_data().validate_full())
        };
        Some(batch.and_then(|batch| sound(&batch).map(|()| batch)))
    }
}

impl RecordBatchReader for Checked {
    fn schema(&self) -> Arc<Schema> {
        self.0.schema()
    }
}

/// Holds the lengths in the table of contents of an Arrow file to the file: its reader makes room for what stands there.
fn check_blocks(mut file: &File) -> Result<(), Failure> {
    let size = file.metadata()?.len();
    let mut end = [0; 10];
    file.seek(SeekFrom::End(-10))?;
    file.read_exact(&mut end)?;
    let length = read_footer_length(end)?;
    if length as u64 > size {
        return Err("its table of contents is longer than it is".into());
    }
    let mut footer = vec![0; length];
    file.seek(SeekFrom::End(-10 - i64::try_from(length)?))?;
    file.read_exact(&mut footer)?;
    let footer = root_as_footer(&footer).map_err(|error| error.to_string())?;
    for block in footer.recordBatches().into_iter().chain(footer.dictionaries()).flatten() {
        let lengths = [block.offset(), i64::from(block.metaDataLength()), block.bodyLength()];
        let end = lengths.iter().try_fold(0u64, |sum, n| sum.checked_add(u64::try_from(*n).ok()?));
        if end.is_none_or(|end| end > size) {
            return Err("its table of contents names a place behind its end".into());
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(())
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next =
            || caught(|| self.rest.next()).unwrap_or_else(|words| Some(Err(ArrowError::ParseError(words))));
        self.first.take().map(Ok).or_else(next)
    }
}

/// Can all columns in use be read as they are?
pub(super) fn is_plain_table(schema: &Schema, objects: &Objects) -> bool {
    let mut names = std::collections::HashSet::new();
    objects.roots.is_empty()
        && !objects.bare_ids
        && schema.fields().iter().all(|field| names.insert(field.name().as_str()))
        && schema.fields().iter().all(|field| !objects.uses(field.name()) || is_plain(field.data_type()))
}

/// The first rows of a batch as JSON lines.
pub(super) fn head_of(batch: &RecordBatch) -> io::Result<Vec<u8>> {
    lines(&batch.slice(0, batch.num_rows().min(HEAD)))
}

/// Types of columns that are read as they are.
fn is_plain(kind: &DataType) -> bool {
    use DataType::{
        Boolean, Dictionary, Float64, Int8, Int16, Int32, Int64, LargeUtf8, Null, Timestamp, UInt8, UInt16,
        UInt32, UInt64, Utf8, Utf8View,
    };
    match kind {
        Boolean | Float64 | Int8 | Int16 | Int32 | Int64 | LargeUtf8 | Null | UInt8 | UInt16 | UInt32
        | UInt64 | Utf8 | Utf8View => true,
        // Nanoseconds reach from 1677 to 2262 alone; the text way says what it finds there.
        Timestamp(unit, _) => *unit != TimeUnit::Nanosecond,
        Dictionary(_, values) => matches!(**values, Utf8 | LargeUtf8),
        _ => false,
    }
}

/// Batches on their way to be chunks.
pub(super) struct Planned {
    batches: Batches,
    next_index: u64,
    next_row: u64,
}

impl Planned {
    pub(super) fn next_chunk(&mut self, source: &Source) -> Result<Option<Chunk>, IngestError> {
        let failed = |error| IngestError::Read { path: source.name.clone(), source: io::Error::other(error) };
        loop {
            let Some(batch) = self.batches.next().transpose().map_err(failed)? else { return Ok(None) };
            if batch.num_rows() == 0 {
                continue;
            }
            let rows = batch.num_rows() as u64;
            let chunk = Chunk::of_batch(batch, self.next_index, self.next_row);
            self.next_index += 1;
            self.next_row += rows;
            return Ok(Some(chunk));
        }
    }
}

/// The values of one column in use.
enum Values {
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    Signed(Int64Array),
    Unsigned(UInt64Array),
    /// Ids that are numbers, and all of them written in one buffer: an account borrows its text from there.
    Ids {
        text: LargeStringArray,
        numbers: Box<Values>,
    },
    Float(Float64Array),
    Flag(BooleanArray),
    Time(TimestampMicrosecondArray),
    Nothing,
}

impl Values {
    fn of(array: &ArrayRef, field: Option<Field>) -> Result<Values, ArrowError> {
        let values = Values::as_they_are(array)?;
        Ok(if field == Some(Field::Id) { values.with_digits() } else { values })
    }

    fn as_they_are(array: &ArrayRef) -> Result<Values, ArrowError> {
        let to = |kind: &DataType| cast(array, kind);
        Ok(match array.data_type() {
            DataType::Utf8 => Values::Text(array.as_string().clone()),
            DataType::LargeUtf8 => Values::LargeText(array.as_string().clone()),
            DataType::Utf8View => Values::TextView(array.as_string_view().clone()),
            DataType::Dictionary(..) => Values::Text(to(&DataType::Utf8)?.as_string().clone()),
            DataType::Boolean => Values::Flag(array.as_boolean().clone()),
            DataType::Float64 => Values::Float(array.as_primitive::<Float64Type>().clone()),
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
                Values::Unsigned(to(&DataType::UInt64)?.as_primitive::<UInt64Type>().clone())
            }
            DataType::Timestamp(..) => {
                let time = cast(&without_zone(array)?, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                Values::Time(time.as_primitive::<TimestampMicrosecondType>().clone())
            }
            DataType::Null => Values::Nothing,
            _ => Values::Signed(to(&DataType::Int64)?.as_primitive::<Int64Type>().clone()),
        })
    }

    fn with_digits(self) -> Values {
        let text = match &self {
            Values::Signed(numbers) => digits_of(numbers),
            Values::Unsigned(numbers) => digits_of(numbers),
            _ => return self,
        };
        Values::Ids { text, numbers: Box::new(self) }
    }

    /// The array itself; `None` for a column without values.
    fn array(&self) -> Option<&dyn Array> {
        Some(match self {
            Values::Text(values) => values,
            Values::LargeText(values) => values,
            Values::TextView(values) => values,
            Values::Signed(values) => values,
            Values::Unsigned(values) => values,
            Values::Ids { numbers, .. } => return numbers.array(),
            Values::Float(values) => values,
            Values::Flag(values) => values,
            Values::Time(values) => values,
            Values::Nothing => return None,
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let missing = self.array().is_none_or(|values| values.is_null(row));
        if missing {
            return Cell::Null;
        }
        match self {
            Values::Text(values) => Cell::Text(values.value(row).into()),
            Values::LargeText(values) => Cell::Text(values.value(row).into()),
            Values::TextView(values) => Cell::Text(values.value(row).into()),
            Values::Ids { numbers, .. } => numbers.cell(row),
            Values::Signed(values) => {
                let n = values.value(row);
                u64::try_from(n).map_or(Cell::Signed(n), Cell::Unsigned)
            }
            Values::Unsigned(values) => Cell::Unsigned(values.value(row)),
            // JSON has no word for what is not finite, and writes null.
            Values::Float(values) => {
                Some(values.value(row)).filter(|n| n.is_finite()).map_or(Cell::Null, Cell::Float)
            }
            Values::Flag(values) => Cell::Bool(values.value(row)),
            Values::Time(values) => match jiff::Timestamp::from_microsecond(values.value(row)) {
                Ok(time) if in_use(&time) => Cell::Time(time),
                Ok(time) => Cell::Text(as_text(time).into()),
                Err(_) => Cell::Text("a time outside the calendar".into()),
            },
            Values::Nothing => Cell::Null,
        }
    }
}

/// The digits of whole numbers, one text after the other.
fn digits_of<T>(numbers: &PrimitiveArray<T>) -> LargeStringArray
where
    T: ArrowPrimitiveType<Native: itoa::Integer>,
{
    const LONGEST: usize = 20;
    let mut text = LargeStringBuilder::with_capacity(numbers.len(), numbers.len() * LONGEST);
    let mut digits = itoa::Buffer::new();
    numbers.iter().for_each(|number| text.append_option(number.map(|number| digits.format(number))));
    text.finish()
}

/// A column in use.
struct Column<'c> {
    name: &'c str,
    node: &'c Node,
    field: Option<Field>,
    values: &'c Values,
}

impl<'c> Column<'c> {
    /// Puts the values from row `from` of the batch on into rows.
    fn put_all(&self, objects: &Objects, from: usize, rows: &mut [Row<'c>]) {
        match self.values {
            Values::Text(values) => {
                self.put_each(objects, from, rows, |at| Some(Typed::Text(values.value(at))))
            }
            Values::LargeText(values) => {
                self.put_each(objects, from, rows, |at| Some(Typed::Text(values.value(at))));
            }
            Values::TextView(values) => {
                self.put_each(objects, from, rows, |at| Some(Typed::Text(values.value(at))));
            }
            Values::Ids { text, .. } => {
                self.put_each(objects, from, rows, |at| Some(Typed::Text(text.value(at))));
            }
            Values::Signed(values) => self
                .put_each(objects, from, rows, |at| u64::try_from(values.value(at)).ok().map(Typed::Count)),
            Values::Unsigned(values) => {
                self.put_each(objects, from, rows, |at| Some(Typed::Count(values.value(at))))
            }
            Values::Flag(values) => {
                self.put_each(objects, from, rows, |at| Some(Typed::Flag(values.value(at))))
            }
            Values::Time(values) => self.put_each(objects, from, rows, |at| {
                let time = jiff::Timestamp::from_microsecond(values.value(at)).ok()?;
                in_use(&time).then_some(Typed::Time(time))
            }),
            Values::Float(_) | Values::Nothing => self.put_each(objects, from, rows, |_| None),
        }
    }

    /// The same; `typed` gives the value of a row that has one, `None` for one that needs a longer look.
    #[inline(always)]
    fn put_each(
        &self,
        objects: &Objects,
        from: usize,
        rows: &mut [Row<'c>],
        typed: impl Fn(usize) -> Option<Typed<'c>>,
    ) {
        let nulls = self.values.array().and_then(|values| values.nulls());
        let as_it_is = !matches!(self.values, Values::Text(_) | Values::LargeText(_) | Values::TextView(_))
            || objects.quirks.typed_texts_as_they_are();
        // As [`field::assign`] has it.
        let null_is_empty_text =
            !objects.quirks.canonical() && self.field.is_some_and(|field| field.kind() == Kind::Text);
        // What is no field, and a status, has no short way: [`Objects::put`] knows what to make of it.
        let field = self.field.unwrap_or(Field::Status);
        with_known!(field, KNOWN => for (at, row) in (from..).zip(rows) {
            let value = if nulls.is_none_or(|nulls| nulls.is_valid(at)) {
                typed(at)
            } else {
                null_is_empty_text.then_some(Typed::Text(""))
            };
            let put = as_it_is && value.is_some_and(|value| field::assign_plain(&mut row.account, KNOWN, value));
            if !put {
                self.put_longer(objects, at, row);
            }
        });
    }

    #[inline(never)]
    fn put_longer(&self, objects: &Objects, at: usize, row: &mut Row<'c>) {
        objects.put(row, self.name, self.node, self.values.cell(at));
    }

    /// Has the batch nothing here, and is nothing to be said of that? The canonical form gives what is missing as such.
    fn says_nothing(&self, quirks: Quirks) -> bool {
        quirks.canonical()
            && self.values.array().is_none_or(|values| values.null_count() == values.len())
            && !matches!(self.field, None | Some(Field::Label | Field::Status))
    }
}

impl Objects {
    /// Turns a batch into rows.
    pub(super) fn parse_batch(&self, chunk: &Chunk, batch: &RecordBatch, sink: &mut Rows<'_>) {
        let schema = batch.schema();
        let columns: Result<Vec<(&str, &Node, Values)>, ArrowError> = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .filter(|(field, _)| self.uses(field.name()))
            .filter_map(|(field, array)| {
                Some((field.name().as_str(), self.tree.children.get(field.name())?, array))
            })
            .map(|(name, node, array)| Ok((name, node, Values::of(array, node.field)?)))
            .collect();
        let columns = match columns {
            Ok(columns) => columns,
            // A batch is of the types that were looked at; should one not be, its rows are kept and say so.
            Err(error) => {
                for number in chunk.first_row..chunk.first_row + chunk.rows {
                    sink(&mut [Row::damaged(
                        number,
                        number,
                        super::Damage {
                            column: None,
                            found: crate::safe::visible(&error.to_string()).into_owned(),
                            expected: "columns of the types that the first batch has".into(),
                        },
                    )]);
                }
                return;
            }
        };
        let columns: Vec<_> = columns
            .iter()
            .map(|(name, node, values)| Column { name, node, field: node.field, values })
            .filter(|column| !column.says_nothing(self.quirks))
            .collect();
        let mut block = Block::new(sink);
        let mut numbers = chunk.first_row..chunk.first_row + chunk.rows;
        for from in (0..batch.num_rows()).step_by(BLOCK) {
            let rows = block.begin(numbers.by_ref().take(BLOCK).map(|number| Row::new(number, number)));
            // What is asked of a value is the same all along a column.
            columns.iter().for_each(|column| column.put_all(self, from, rows));
            rows.iter_mut().for_each(|row| self.finish(row));
        }
        block.hand_on();
    }
}

/// A time as the JSON lines of a batch have it: what is told of a damaged row is the same on either way.
fn as_text(time: jiff::Timestamp) -> String {
    let micros = time.subsec_microsecond();
    let form = match micros {
        0 => "%Y-%m-%dT%H:%M:%S",
        _ if micros % 1_000 == 0 => "%Y-%m-%dT%H:%M:%S%.3f",
        _ => "%Y-%m-%dT%H:%M:%S%.6f",
    };
    time.strftime(form).to_string()
}

/// The same times without the name of their zone.
fn without_zone(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let DataType::Timestamp(unit, Some(_)) = array.data_type() else { return Ok(Arc::clone(array)) };
    let data = array.to_data().into_builder().data_type(DataType::Timestamp(*unit, None)).build()?;
    Ok(arrow::array::make_array(data))
}

/// A batch as JSON lines.
fn lines(batch: &RecordBatch) -> io::Result<Vec<u8>> {
    // A time with a zone is kept as UTC, which is what a time without one is taken for.
    let zoneless: Vec<ArrayRef> =
        batch.columns().iter().map(without_zone).collect::<Result<_, _>>().map_err(io::Error::other)?;
    let fields = batch
        .schema()
        .fields()
        .iter()
        .zip(&zoneless)
        .map(|(field, array)| ArrowField::new(field.name(), array.data_type().clone(), field.is_nullable()))
        .collect::<Vec<_>>();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), zoneless).map_err(io::Error::other)?;
    let mut text = Vec::new();
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut text);
    writer.write(&batch).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    drop(writer);
    Ok(text)
}

/// JSON lines out of record batches.
struct Lines {
    batches: Batches,
    text: Vec<u8>,
    given: usize,
    rows: usize,
    ended: bool,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.given = 0;
            match self.batches.next() {
                Some(batch) => {
                    let batch = batch.map_err(io::Error::other)?;
                    self.rows += batch.num_rows();
                    self.text = lines(&batch)?;
                }
                None => {
                    self.ended = true;
                    self.text.clear();
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

#[cfg(test)]
mod tests {
    use arrow::array::{
        DictionaryArray, Float32Array, Int32Array, NullArray, StringArray, TimestampMillisecondArray,
    };
    use arrow::datatypes::Int32Type;
    use proptest::prelude::*;

    use super::super::{Input, ReadOptions};
    use super::*;

    fn rows(bytes: Vec<u8>) -> Vec<String> {
        let mut input = Input::from_source(Source::from_bytes("x", bytes), &ReadOptions::default()).unwrap();
        let mut rows = Vec::new();
        input.for_each_row(|row| rows.push(format!("{row:?}"))).unwrap();
        rows
    }

    fn parquet(batch: &RecordBatch) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    fn stream(batch: &RecordBatch) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = arrow::ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        for part in [batch.slice(0, 1), batch.slice(1, 0), batch.slice(1, batch.num_rows() - 1)] {
            writer.write(&part).unwrap();
        }
        writer.finish().unwrap();
        drop(writer);
        bytes
    }

    type Record =
        (Option<i64>, Option<String>, Option<i32>, Option<f64>, Option<bool>, Option<i64>, Option<u64>);

    fn batch(records: &[Record]) -> RecordBatch {
        let texts: Vec<Option<&str>> = records.iter().map(|r| r.1.as_deref()).collect();
        let dictionary: DictionaryArray<Int32Type> = texts.iter().copied().collect();
        let columns: [(&str, ArrayRef); 12] = [
            ("id", Arc::new(Int64Array::from_iter(records.iter().map(|r| r.0)))),
            ("username", Arc::new(StringArray::from(texts.clone()))),
            ("name", Arc::new(LargeStringArray::from(texts.clone()))),
            ("description", Arc::new(StringViewArray::from(texts))),
            ("location", Arc::new(dictionary)),
            ("followers_count", Arc::new(Int32Array::from_iter(records.iter().map(|r| r.2)))),
            ("following_count", Arc::new(Float64Array::from_iter(records.iter().map(|r| r.3)))),
            ("tweet_count", Arc::new(UInt64Array::from_iter(records.iter().map(|r| r.6)))),
            ("verified", Arc::new(BooleanArray::from_iter(records.iter().map(|r| r.4)))),
            (
                "created_at",
                Arc::new(
                    TimestampMillisecondArray::from_iter(records.iter().map(|r| r.5)).with_timezone("UTC"),
                ),
            ),
            ("url", Arc::new(NullArray::new(records.len()))),
            ("something_else", Arc::new(Float32Array::from(vec![0.1; records.len()]))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// By columns or by way of JSON lines: the same rows, with the same damages.
        #[test]
        fn columns_are_read_as_the_json_lines_of_them_are(
            records in proptest::collection::vec(
                (
                    proptest::option::of(prop_oneof![any::<i64>(), -2i64..3]),
                    proptest::option::of("\\PC{0,9}|true|12|@anna|2015-10-17"),
                    proptest::option::of(any::<i32>()),
                    proptest::option::of(prop_oneof![any::<f64>(), Just(f64::NAN), Just(12.0), 0.0..1e6]),
                    proptest::option::of(any::<bool>()),
                    proptest::option::of(-10_000_000_000_000i64..4_000_000_000_000),
                    proptest::option::of(any::<u64>()),
                ),
                1..80,
            )
        ) {
            let batch = batch(&records);
            let text = rows(lines(&batch).unwrap());
            prop_assert_eq!(&rows(parquet(&batch)), &text);
            prop_assert_eq!(&rows(stream(&batch)), &text);
        }
    }

    /// Bytes in a column that only the schema of Arrow beside it calls text.
    fn called_text(values: Vec<&[u8]>) -> Vec<u8> {
        use parquet::arrow::arrow_writer::ArrowWriterOptions;
        use parquet::arrow::{ARROW_SCHEMA_META_KEY, encode_arrow_schema};
        use parquet::file::metadata::KeyValue;
        use parquet::file::properties::WriterProperties;
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(1..=values.len() as i64));
        let names: ArrayRef = Arc::new(arrow::array::BinaryArray::from(values));
        let batch = RecordBatch::try_from_iter([("id", ids), ("name", names)]).unwrap();
        let fields = [("id", DataType::Int64), ("name", DataType::Utf8)];
        let said = Schema::new(fields.map(|(name, kind)| ArrowField::new(name, kind, false)).to_vec());
        let said = KeyValue::new(ARROW_SCHEMA_META_KEY.to_string(), encode_arrow_schema(&said));
        let form = WriterProperties::builder().set_key_value_metadata(Some(vec![said])).build();
        let options = ArrowWriterOptions::new().with_properties(form).with_skip_arrow_metadata(true);
        let mut bytes = Vec::new();
        let mut writer =
            parquet::arrow::ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn bytes_are_no_text_because_someone_says_so() {
        let fields = [("id", DataType::Int64), ("name", DataType::Utf8View)];
        let views = Schema::new(fields.map(|(name, kind)| ArrowField::new(name, kind, false)).to_vec());
        let read = |bytes: Vec<u8>| {
            let mut file = tempfile::tempfile().unwrap();
            io::Write::write_all(&mut file, &bytes).unwrap();
            // As views, which not even a build for tests looks at.
            let options = ArrowReaderOptions::new().with_schema(Arc::new(views.clone()));
            let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap();
            reader_of(builder).unwrap().next().unwrap().map(|batch| batch.num_rows())
        };
        assert_eq!(read(called_text(vec![b"anna", b"ben"])).unwrap(), 2);
        let error = read(called_text(vec![b"anna", b"\xff\xfe"])).unwrap_err().to_string();
        assert!(error.to_lowercase().contains("utf"), "{error}");
    }

    #[test]
    fn these_columns_are_read_without_text_and_others_are_not() {
        let batch = batch(&[(Some(1), Some("anna".into()), Some(3), None, None, None, None)]);
        let planned = |bytes: Vec<u8>| {
            let source = Source::from_bytes("x", bytes);
            Input::from_source(source, &ReadOptions::default()).unwrap().stream.reads_batches()
        };
        assert!(planned(parquet(&batch)) && planned(stream(&batch)));
        let single = RecordBatch::try_from_iter([
            ("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
            ("followers_count", Arc::new(Float32Array::from(vec![0.1]))),
        ])
        .unwrap();
        assert!(!planned(parquet(&single)), "a single has other digits as a double");
    }
}
