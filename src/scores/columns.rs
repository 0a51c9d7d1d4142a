//! Scores as columns of Arrow record batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::{Scored, look, short, status, to_places};
use crate::features::Quotes;
use crate::ingest::{Chunk, IngestError, Input, Parser, ReadOptions, Row};
use crate::model::{Parts, Scorer};
use crate::screen::kind::{self, Kind};
use crate::words::Room;

/// The columns of scores with so many reasons: those of the CSV form, with types. What is an empty cell there is null.
pub fn schema(reasons: usize) -> SchemaRef {
    let mut fields = vec![
        Field::new("row", DataType::Int64, false),
        Field::new("id", DataType::Utf8, true),
        Field::new("screen_name", DataType::Utf8, true),
        Field::new("p_bot", DataType::Float64, true),
        Field::new("band", DataType::Utf8, true),
        Field::new("logit", DataType::Float64, true),
    ];
    for n in 1..=reasons {
        fields.push(Field::new(format!("reason_{n}"), DataType::Utf8, true));
        fields.push(Field::new(format!("contribution_{n}"), DataType::Float64, true));
    }
    fields.extend([
        Field::new("features_missing", DataType::Int32, true),
        Field::new("status", DataType::Utf8, false),
        Field::new("support", DataType::Float64, true),
        Field::new("kind", DataType::Utf8, true),
        Field::new("kind_reason", DataType::Utf8, true),
    ]);
    Arc::new(Schema::new(fields))
}

/// Gathers rows into a batch. Texts are as they stand in the input: who shows them makes them harmless.
pub struct Columns<'s> {
    scorer: &'s Scorer,
    row: Int64Builder,
    id: StringBuilder,
    handle: StringBuilder,
    p_bot: Float64Builder,
    band: StringBuilder,
    logit: Float64Builder,
    reasons: Vec<(StringBuilder, Float64Builder)>,
    missing: Int32Builder,
    status: StringBuilder,
    support: Float64Builder,
    kind: StringBuilder,
    kind_reason: StringBuilder,
    /// Where the words of a reason are put together.
    room: Room,
    /// The words of a kind, and of a reason that only the long way can write.
    words: String,
}

impl<'s> Columns<'s> {
    /// For about so many rows.
    pub fn new(reasons: usize, scorer: &'s Scorer, rows: u64) -> Columns<'s> {
        let rows = usize::try_from(rows).unwrap_or_default().min(1 << 16);
        let text = |bytes: usize| StringBuilder::with_capacity(rows, rows * bytes);
        let number = || Float64Builder::with_capacity(rows);
        Columns {
            scorer,
            row: Int64Builder::with_capacity(rows),
            id: text(20),
            handle: text(16),
            p_bot: number(),
            band: text(7),
            logit: number(),
            reasons: (0..reasons).map(|_| (text(56), number())).collect(),
            missing: Int32Builder::with_capacity(rows),
            status: text(2),
            support: number(),
            kind: text(8),
            kind_reason: text(8),
            room: Room::new(),
            words: String::new(),
        }
    }

    /// Adds a row.
    pub fn write(&mut self, row: &Row<'_>, scored: Option<&Scored<'_>>) {
        self.row.append_value(i64::try_from(row.number).unwrap_or(i64::MAX));
        self.id.append_option(row.account.id.as_deref());
        self.handle.append_option(row.account.handle.as_deref());
        let score = scored.map(|scored| scored.score);
        // Nothing known is nothing scored: the prior alone is no probability of this account.
        let known = score.filter(|score| score.features_known > 0);
        self.p_bot.append_option(known.map(|score| to_places(score.p_bot)));
        self.band.append_option(score.map(|score| score.band.name()));
        self.logit.append_option(known.map(|score| to_places(score.logit)));
        for (n, (reason, contribution)) in self.reasons.iter_mut().enumerate() {
            match scored.and_then(|scored| Some((scored.parts.get(n)?, scored.facts))) {
                Some((part, facts)) => {
                    // `"words",`
                    let cell = self.scorer.write_cell(part, facts, Quotes::Always, 0, &mut self.room);
                    let words = cell.and_then(|end| str::from_utf8(&self.room.written(end)[1..end - 2]).ok());
                    if let Some(words) = words {
                        reason.append_value(words);
                    } else {
                        self.words.clear();
                        self.scorer.write_words(part, facts, &mut self.words);
                        reason.append_value(&self.words);
                    }
                    contribution.append_value(to_places(part.contribution));
                }
                None => {
                    reason.append_null();
                    contribution.append_null();
                }
            }
        }
        let missing = score.map(|score| i32::try_from(score.features_missing).unwrap_or(i32::MAX));
        self.missing.append_option(missing);
        self.status.append_value(status(row, score, self.scorer));
        self.support.append_option(score.and_then(|score| score.support).map(short));
        let kind = scored.map(|scored| scored.kinds.main());
        self.kind.append_option(kind.map(|kind| kind.map_or("none", Kind::name)));
        match (scored, kind.flatten()) {
            (Some(scored), Some(kind)) => {
                self.words.clear();
                kind::write_reason(kind, &row.account, scored.facts, None, &mut self.words);
                self.kind_reason.append_value(&self.words);
            }
            _ => self.kind_reason.append_null(),
        }
    }

    /// The rows that were added, as a batch of [`schema`].
    ///
    /// # Errors
    /// None that is known: the columns are of the schema and of one length.
    pub fn into_batch(mut self) -> Result<RecordBatch, ArrowError> {
        let schema = schema(self.reasons.len());
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.row.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.handle.finish()),
            Arc::new(self.p_bot.finish()),
            Arc::new(self.band.finish()),
            Arc::new(self.logit.finish()),
        ];
        for (mut reason, mut contribution) in self.reasons {
            columns.push(Arc::new(reason.finish()));
            columns.push(Arc::new(contribution.finish()));
        }
        columns.push(Arc::new(self.missing.finish()));
        columns.push(Arc::new(self.status.finish()));
        columns.push(Arc::new(self.support.finish()));
        columns.push(Arc::new(self.kind.finish()));
        columns.push(Arc::new(self.kind_reason.finish()));
        RecordBatch::try_new(schema, columns)
    }
}

/// Scores record batches of one schema: for programs that have their accounts in Arrow already. `Send + Sync`; batches
/// may be scored on any thread and in any order.
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
/// use botsieve::{ingest::ReadOptions, model::Scorer, scores::BatchScorer};
///
/// let batch = RecordBatch::try_from_iter([
///     ("screen_name", Arc::new(StringArray::from(vec!["anna", "win_free_82737"])) as ArrayRef),
///     ("followers", Arc::new(Int64Array::from(vec![512, 3])) as ArrayRef),
///     ("following", Arc::new(Int64Array::from(vec![301, 1999])) as ArrayRef),
///     ("posts", Arc::new(Int64Array::from(vec![4021, 2])) as ArrayRef),
/// ])?;
/// let scorer = BatchScorer::new(Scorer::embedded()?, 3, &batch, &ReadOptions::default())?;
/// let scores = scorer.score(&batch, 1)?;
/// assert_eq!(scores.num_rows(), batch.num_rows());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchScorer {
    scorer: Scorer,
    parser: Parser,
    schema: SchemaRef,
    reasons: usize,
}

impl BatchScorer {
    /// Decides by the names of the columns and the first rows of `sample` what each column is, as [`Input::open`] does.
    ///
    /// # Errors
    /// Where no column is known, or one in use is not plain (text, whole numbers, doubles, flags, times).
    pub fn new(
        scorer: Scorer,
        reasons: usize,
        sample: &RecordBatch,
        options: &ReadOptions,
    ) -> Result<BatchScorer, IngestError> {
        let parser = Input::parser_of_batches(sample, options)?;
        let scorer = scorer.looking_at(super::KINDS_READ);
        Ok(BatchScorer { scorer, parser, schema: sample.schema(), reasons })
    }

    /// One row of scores for every row of the batch, in its order, in the columns of [`schema`]; rows are numbered from
    /// `first_row`.
    ///
    /// # Errors
    /// Where the columns are not those of the sample.
    pub fn score(&self, batch: &RecordBatch, first_row: u64) -> Result<RecordBatch, ArrowError> {
        if batch.schema() != self.schema {
            return Err(ArrowError::SchemaError(
                "the batch has other columns than the one the scorer was made for".into(),
            ));
        }
        let chunk = Chunk::of_batch(batch.clone(), 0, first_row);
        let mut columns = Columns::new(self.reasons, &self.scorer, batch.num_rows() as u64);
        let mut parts = Parts::default();
        self.parser.parse_in_place(&chunk, |rows| {
            look(&self.scorer, rows, self.reasons, &mut parts, |row, scored| {
                columns.write(row, scored.map(|(scored, _)| scored));
            });
        });
        columns.into_batch()
    }
}
