//! A stream of records: its head made ready to be looked at, and the rest cut into chunks of whole records.

use std::path::Path;
use std::sync::{Arc, Mutex};

#[cfg(feature = "arrow")]
use super::columns::{Batches, Planned};
use super::parallel::locked;
use super::scan::{Places, scan};
use super::{Chunk, IngestError, MAX_RECORD, Source, container, delimited, encoding, json};

pub(super) enum Cutter {
    Delimited(delimited::Form),
    Json(json::Cutter),
}

/// Size of a chunk handed to a thread, bytes: with what is made of it, it stays in the second cache of a processor.
const CHUNK: usize = 1 << 19;

/// So much of a source tells its encoding, its dialect and its columns, bytes.
const HEAD: usize = 1 << 20;

/// Bytes by which containers are told.
const MAGIC: usize = 8;

/// The beginning of a source: unpacked, decoded, without marks and blank lines in front.
pub(super) struct Head {
    pub source: Source,
    /// What was read so far; never empty.
    pub buffer: Vec<u8>,
    /// There is nothing behind the buffer.
    pub at_end: bool,
    /// Line on which the buffer begins, from 1.
    pub line: u64,
    /// How the bytes are read, and why; `None` is UTF-8.
    pub encoding: Option<String>,
    /// `follower` of `window.YTD.follower.part0 = [`, which is skipped.
    pub archive: Option<String>,
    /// All rows of a table that can be read by columns; the buffer has the first of them as JSON lines.
    #[cfg(feature = "arrow")]
    pub batches: Option<Batches>,
}

impl Head {
    /// Reads the beginning.
    ///
    /// # Errors
    /// Where it cannot be read, is empty, or is no text.
    pub(super) fn open(mut source: Source, wanted: Option<super::Encoding>) -> Result<Head, IngestError> {
        let path = source.name.clone();
        let mut buffer = Vec::new();
        // A few bytes tell a container: an Arrow stream may give no more until it is answered.
        let mut at_end = fill(&mut source, &mut buffer, MAGIC)?;
        #[cfg(feature = "arrow")]
        let mut batches = None;
        if let Some(kind) = container::Kind::of(&buffer) {
            match container::unpack(kind, source, &std::mem::take(&mut buffer))? {
                container::Content::Text(text) => {
                    source = text;
                    at_end = fill(&mut source, &mut buffer, HEAD)?;
                }
                #[cfg(feature = "arrow")]
                container::Content::Batches(of, found) => {
                    source = of;
                    buffer =
                        found.head().map_err(|source| IngestError::Read { path: path.clone(), source })?;
                    at_end = true;
                    batches = Some(found);
                }
            }
        } else if !at_end {
            at_end = fill(&mut source, &mut buffer, HEAD)?;
        }
        let unusable = |found: &str, expected: &str| IngestError::Unusable {
            path: path.clone(),
            found: found.into(),
            expected: expected.into(),
        };
        let verdict = match wanted {
            Some(encoding) if !encoding.is_utf8() => {
                encoding::Verdict::Decode(encoding, "as it was asked for")
            }
            Some(_) => encoding::Verdict::Utf8,
            None => encoding::judge(&buffer),
        };
        let encoding = match verdict {
            encoding::Verdict::Utf8 => None,
            encoding::Verdict::Decode(encoding, why) => {
                source.decode(encoding, std::mem::take(&mut buffer));
                at_end = fill(&mut source, &mut buffer, HEAD)?;
                Some(format!("{encoding}, {why}"))
            }
            encoding::Verdict::Unclear(found) => {
                return Err(unusable(
                    &format!("this is {found}"),
                    "accounts as CSV, TSV, JSON or JSON lines, plain or packed with gzip or zstd, in UTF-8, or in \
                     another encoding named with --encoding (such as utf-16le, windows-1251, shift_jis)",
                ));
            }
        };
        if buffer.starts_with(b"\xef\xbb\xbf") {
            buffer.drain(..3);
        }
        let mut line = 1;
        skip(&mut buffer, &mut line, leading_blank);
        let archive = archive_name(&buffer);
        skip(&mut buffer, &mut line, |bytes| match archive {
            Some(_) => memchr::memchr(b'[', bytes).unwrap_or(0),
            None => separator_line(bytes),
        });
        if buffer.is_empty() {
            return Err(IngestError::Empty { path });
        }
        Ok(Head {
            source,
            buffer,
            at_end,
            line,
            encoding,
            archive,
            #[cfg(feature = "arrow")]
            batches,
        })
    }

    /// The same with all rows of a table as text.
    ///
    /// # Errors
    /// Where they cannot be read.
    #[cfg(feature = "arrow")]
    pub(super) fn in_text(mut self) -> Result<Head, IngestError> {
        if let Some(batches) = self.batches.take() {
            (self.source, self.buffer, self.at_end) = text_of(self.source, batches)?;
        }
        Ok(self)
    }

    /// As it is: without tables there is nothing but text.
    #[cfg(not(feature = "arrow"))]
    pub(super) fn in_text(self) -> Result<Head, IngestError> {
        Ok(self)
    }
}

/// The rows of a table as text: the source of the rest, the beginning, and whether that is all.
#[cfg(feature = "arrow")]
pub(super) fn text_of(source: Source, batches: Batches) -> Result<(Source, Vec<u8>, bool), IngestError> {
    let mut source = source.with_reader(batches.into_text());
    let mut buffer = Vec::new();
    let at_end = fill(&mut source, &mut buffer, HEAD)?;
    Ok((source, buffer, at_end))
}

/// What is left of a source, cut into chunks.
pub(super) struct Stream {
    pub source: Source,
    cutter: Cutter,
    buffer: Vec<u8>,
    pool: Arc<Pool>,
    at_end: bool,
    next_index: u64,
    next_row: u64,
    next_line: u64,
    #[cfg(feature = "arrow")]
    batches: Option<Planned>,
}

impl Stream {
    /// `buffer` begins on line `line` with the first record.
    pub(super) fn new(source: Source, cutter: Cutter, buffer: Vec<u8>, at_end: bool, line: u64) -> Stream {
        Stream {
            source,
            cutter,
            buffer,
            pool: Arc::default(),
            at_end,
            next_index: 0,
            next_row: 1,
            next_line: line,
            #[cfg(feature = "arrow")]
            batches: None,
        }
    }

    /// A stream of batches instead of text.
    #[cfg(feature = "arrow")]
    pub(super) fn of_batches(self, batches: Planned) -> Stream {
        Stream { batches: Some(batches), ..self }
    }

    #[cfg(all(test, feature = "arrow"))]
    pub(super) fn reads_batches(&self) -> bool {
        self.batches.is_some()
    }

    /// The next whole records, or `None` at the end.
    pub(super) fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        #[cfg(feature = "arrow")]
        if let Some(batches) = &mut self.batches {
            return batches.next_chunk(&self.source);
        }
        let mut wanted = CHUNK;
        let Spare { bytes: mut next_buffer, mut places } = self.pool.take();
        loop {
            if !self.at_end && self.buffer.len() < wanted {
                self.at_end = fill(&mut self.source, &mut self.buffer, wanted)?;
            }
            let (end, rows, lines, records, ends_in_quote) = match &mut self.cutter {
                Cutter::Json(cutter) if self.buffer.is_empty() => {
                    let cut = cutter.cut_off();
                    (0, cut.records.len() as u64, 0, cut.records, false)
                }
                _ if self.buffer.is_empty() => return Ok(None),
                Cutter::Delimited(form) => {
                    let cut = scan(*form, &self.buffer, self.at_end, &mut places);
                    let lines = if self.at_end { 0 } else { cut.lines };
                    (cut.end, cut.rows, lines, Vec::new(), self.at_end && cut.open_quote)
                }
                Cutter::Json(cutter) => {
                    let cut = cutter.cut(&self.buffer, self.at_end);
                    let lines = count_lines(&self.buffer[..cut.end]);
                    (cut.end, cut.records.len() as u64, lines, cut.records, false)
                }
            };
            if rows == 0 {
                // Nothing whole yet: drop what is used up (page heads, blank lines) and read on.
                places = Places::default();
                self.next_line += lines;
                self.buffer.drain(..end);
                if self.at_end {
                    self.buffer.clear();
                    return Ok(None);
                }
                wanted = (self.buffer.len() * 2).max(CHUNK);
                if wanted > MAX_RECORD {
                    let path = self.source.name.clone();
                    return Err(IngestError::Giant { path, line: self.next_line });
                }
                continue;
            }
            next_buffer.extend_from_slice(&self.buffer[end..]);
            self.buffer.truncate(end);
            let chunk = Chunk {
                bytes: std::mem::replace(&mut self.buffer, next_buffer),
                records,
                places,
                pool: Some(Arc::clone(&self.pool)),
                index: self.next_index,
                first_row: self.next_row,
                rows,
                first_line: self.next_line,
                ends_in_quote,
                #[cfg(feature = "arrow")]
                batch: None,
            };
            self.next_index += 1;
            self.next_row += rows;
            self.next_line += lines;
            return Ok(Some(chunk));
        }
    }
}

/// Buffers of chunks that are done with, for chunks to come: memory that is given back and asked for again a thousand times
/// a second is cleared by the system each time.
#[derive(Debug, Default)]
pub(super) struct Pool {
    spare: Mutex<Vec<Spare>>,
}

/// The buffers of a chunk.
#[derive(Debug, Default)]
struct Spare {
    bytes: Vec<u8>,
    places: Places,
}

impl Pool {
    /// The most chunks that are worth keeping.
    const MOST: usize = 8;

    fn take(&self) -> Spare {
        // Whoever panicked with the lock left whole buffers behind.
        locked(&self.spare).pop().unwrap_or_default()
    }

    fn give(&self, spare: Spare) {
        let mut all = locked(&self.spare);
        // The buffer of a giant is given back to the system.
        if all.len() < Pool::MOST && spare.bytes.capacity() <= 4 * CHUNK {
            all.push(spare);
        }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            let (mut bytes, places) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.places));
            bytes.clear();
            pool.give(Spare { bytes, places });
        }
    }
}

/// Reads until the buffer holds `wanted` bytes; `true` at the end of the stream.
pub(super) fn fill(source: &mut Source, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool, IngestError> {
    let missing = wanted.saturating_sub(buffer.len()) as u64;
    if wanted <= HEAD {
        // Room at once, and for the byte that tells the end of the stream.
        buffer.reserve(missing as usize + 64);
    }
    let failed = |path: &Path, source| IngestError::Read { path: path.to_path_buf(), source };
    let taken = match source.read_more(buffer, missing) {
        Ok(n) => n as u64,
        Err(error) => return Err(failed(&source.name, error)),
    };
    Ok(taken < missing)
}

fn leading_blank(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_whitespace() && **b != b'\t').count()
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Drops what `length` says from the front, and counts its lines.
pub(super) fn skip(buffer: &mut Vec<u8>, line: &mut u64, length: impl Fn(&[u8]) -> usize) {
    let length = length(buffer);
    *line += count_lines(&buffer[..length]);
    buffer.drain(..length);
}

/// The line `sep=;` with which Excel is told the delimiter.
fn separator_line(bytes: &[u8]) -> usize {
    match bytes {
        [b's', b'e', b'p', b'=', _, rest @ ..] => match rest {
            [b'\r', b'\n', ..] => 7,
            [b'\n', ..] => 6,
            _ => 0,
        },
        _ => 0,
    }
}

/// `follower` in `window.YTD.follower.part0 = [`.
fn archive_name(bytes: &[u8]) -> Option<String> {
    let rest = bytes.strip_prefix(json::ARCHIVE)?;
    let end = rest.iter().position(|b| matches!(b, b'.' | b' ' | b'=')).unwrap_or(rest.len().min(40));
    Some(String::from_utf8_lossy(&rest[..end]).into_owned())
}
