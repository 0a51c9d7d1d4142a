//! What the program makes of bytes, and what must hold of it whatever the bytes are.

use botsieve::account::{Account, Label};
use botsieve::ingest::{
    Damage, Dialect, IngestError, Input, Mapping, Notes, PostInput, PostRow, ReadOptions, Source,
};
use botsieve::model::{Band, Parts, Scorer};
use botsieve::scores::{self, Tally, Text, TextForm};

/// One row as the program tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub account: Account<'static>,
    pub label: Option<Label>,
    pub damage: Option<Damage>,
    pub notes: Notes,
    /// Bits of the probability and of its log-odds, the band, and how many features were known.
    pub score: Option<(u64, u64, Band, usize)>,
}

impl Told {
    /// Is it no record, but what is said of a list or page that is cut off?
    pub fn says_not_whole(&self) -> bool {
        self.damage.as_ref().is_some_and(|damage| damage.found == "a page or a list that is not whole")
    }
}

/// A file that was opened, as far as it could be read.
#[derive(Debug)]
pub struct Reading {
    pub dialect: Dialect,
    pub mapping: Mapping,
    pub rows: Vec<Told>,
    pub tally: Tally,
    /// It broke off.
    pub error: Option<String>,
}

impl Reading {
    /// Are names and cells read in the same way?
    pub fn on_the_terms_of(&self, other: &Reading) -> bool {
        self.dialect == other.dialect
            && self.mapping.used == other.mapping.used
            && self.mapping.encoding == other.mapping.encoding
            && self.mapping.of_posts == other.mapping.of_posts
    }

    pub fn is_loud(&self) -> bool {
        self.error.is_some() || self.tally.damaged > 0
    }
}

/// A message says what is wrong and what would do, without anything in it that a terminal obeys.
fn check_message(error: &IngestError) -> Result<String, String> {
    let words = error.to_string();
    let harmless = words.chars().all(|c| c == '\n' || !c.is_control());
    if harmless && words.len() > 10 && words.len() < 8000 {
        Ok(words)
    } else {
        Err(format!("a message of {} bytes: {:.200?}", words.len(), words))
    }
}

/// Reads accounts. `Ok(Err(_))` is a file that is refused; `Err(_)` is what must never be.
pub fn accounts(source: Source, scorer: &Scorer) -> Result<Result<Reading, String>, String> {
    let mut input = match Input::from_source(source, &ReadOptions::default()) {
        Ok(input) => input,
        Err(error) => return Ok(Err(check_message(&error)?)),
    };
    let parser = input.parser();
    let mut reading = Reading {
        dialect: input.dialect(),
        mapping: input.mapping().clone(),
        rows: Vec::new(),
        tally: Tally::default(),
        error: None,
    };
    let mut parts = Parts::default();
    let mut index = 0;
    loop {
        let chunk = match input.next_chunk() {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                reading.error = Some(check_message(&error)?);
                break;
            }
        };
        let first = reading.rows.len() as u64 + 1;
        if chunk.first_row != first || chunk.index != index {
            return Err(format!("chunk {} begins with row {}, not {first}", chunk.index, chunk.first_row));
        }
        index += 1;
        let mut out = Text::new(TextForm::Csv, 3, scorer, chunk.rows);
        let mut problem = None;
        parser.parse(&chunk, |row| {
            let number = reading.rows.len() as u64 + 1;
            let mut told = None;
            scores::look(scorer, std::slice::from_ref(&row), 3, &mut parts, |row, scored| {
                let scored = scored.map(|(scored, _)| scored);
                reading.tally.read(scored);
                out.write(row, scored);
                let score = scored.map(|scored| scored.score);
                if score.is_some_and(|score| !(0.0..=1.0).contains(&score.p_bot) || !score.logit.is_finite())
                {
                    problem = Some(format!("row {number} has the score {score:?}"));
                }
                told = score.map(|score| {
                    (score.p_bot.to_bits(), score.logit.to_bits(), score.band, score.features_known)
                });
            });
            if row.number != number || row.line == 0 {
                problem = Some(format!("row {} on line {} comes as number {number}", row.number, row.line));
            }
            if let Some(damage) = &row.damage
                && (damage.expected.is_empty()
                    || damage.found.is_empty()
                    || damage.to_string().chars().any(char::is_control))
            {
                problem = Some(format!("row {number}: {damage:?} says too little, or too much"));
            }
            let (label, damage, notes) = (row.label, row.damage, row.notes);
            reading.rows.push(Told { account: row.account.into_owned(), label, damage, notes, score: told });
        });
        let parsed = reading.rows.len() as u64 + 1 - first;
        if parsed != chunk.rows {
            problem = Some(format!("{} rows were cut and {parsed} came out", chunk.rows));
        }
        let written = written(&out.into_bytes())?;
        if written != parsed {
            problem = Some(format!("{parsed} rows were scored and {written} stand in the output"));
        }
        reading.tally.written += written;
        if let Some(problem) = problem {
            return Err(problem);
        }
    }
    if !reading.tally.adds_up() {
        return Err(format!("{:?} does not add up", reading.tally));
    }
    Ok(Ok(reading))
}

/// Rows of a CSV output, each as long as the header.
fn written(bytes: &[u8]) -> Result<u64, String> {
    let whole = [scores::header(3).as_bytes(), bytes].concat();
    let mut reader = csv::Reader::from_reader(&whole[..]);
    let mut record = csv::StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record).map_err(|error| format!("the output is no CSV: {error}"))? {
        rows += 1;
    }
    Ok(rows)
}

/// Posts of a file: each post in words, and how many records were damaged.
pub struct Posts {
    pub posts: Vec<String>,
    pub damaged: u64,
    pub records: u64,
    pub error: Option<String>,
}

/// Reads posts, as [`accounts`] does accounts.
pub fn posts(source: Source) -> Result<Result<Posts, String>, String> {
    let mut input = match PostInput::from_source(source, None) {
        Ok(input) => input,
        Err(error) => return Ok(Err(check_message(&error)?)),
    };
    let parser = input.parser().with_addressees();
    let mut posts = Posts { posts: Vec::new(), damaged: 0, records: 0, error: None };
    loop {
        let chunk = match input.next_chunk() {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                posts.error = Some(check_message(&error)?);
                break;
            }
        };
        let mut problem = None;
        let mut last = chunk.first_row;
        parser.parse(&chunk, |row| match row {
            PostRow::Post(post) => posts.posts.push(format!("{post:?}")),
            PostRow::Damaged(number, line, damage) => {
                if number < last || number >= chunk.first_row + chunk.rows || line == 0 {
                    problem = Some(format!(
                        "record {number} on line {line} of {} from {}",
                        chunk.rows, chunk.first_row
                    ));
                }
                last = number;
                posts.damaged += 1;
                if damage.expected.is_empty() || damage.found.len() > 2000 {
                    problem = Some(format!("record {number} says {} bytes", damage.found.len()));
                }
            }
        });
        posts.records += chunk.rows;
        if let Some(problem) = problem {
            return Err(problem);
        }
    }
    Ok(Ok(posts))
}
