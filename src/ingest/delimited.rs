//! Comma, semicolon and tab separated text: cutting a stream into whole records, and records into accounts.
//!
//! The stream is cut at true record boundaries, so that chunks can be parsed by several threads; the cut
//! follows the quoting rules of the `csv` crate (a quote counts only at the start of a field), and the `csv`
//! crate does the parsing itself.

use std::borrow::Cow;

use csv::ByteRecord;
use memchr::memchr;

use super::block::{BLOCK, Block, Rows};
use super::field::{self, Field, PlainCell, Quirks, with_known};
use super::notes::Notes;
use super::scan::{is_blank, places_of_record};
use super::value::{self, last_digits};
use super::{Chunk, Damage, NOT_UTF8, Row, giant};
use crate::account::{Account, LABEL_WORDS, Label};

/// How the records of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Between the cells.
    pub delimiter: u8,
    /// Behind a record: a line feed, or a carriage return where a file has no line feed. In a file with line
    /// feeds a carriage return belongs to the cell it stands in (pandas does not quote it), but for one in
    /// front of the line feed.
    pub terminator: u8,
    /// A quote at the start of a cell opens one that may hold delimiters and line feeds. Not so where a program
    /// wrote its texts as they were.
    pub quotes: bool,
}

impl Form {
    /// Told by the head of a file.
    pub(super) fn of(head: &[u8]) -> Form {
        let has = |byte| memchr(byte, head).is_some();
        let terminator = if !has(b'\n') && has(b'\r') { b'\r' } else { b'\n' };
        let line_end = memchr(terminator, head).unwrap_or(head.len());
        Form { delimiter: guess_delimiter(&head[..line_end]), terminator, quotes: true }
    }

    /// Bytes of which the `csv` crate passes over nothing: where it begins to read, it takes a byte order mark for that
    /// of a file, and a record that is nothing else would be lost. A blank line in front keeps it from that; the
    /// second value is the lines it adds.
    fn whole(self, bytes: &[u8]) -> (Cow<'_, [u8]>, u64) {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            let lines = u64::from(self.terminator == b'\n');
            return (Cow::Owned([&[self.terminator], bytes].concat()), lines);
        }
        (Cow::Borrowed(bytes), 0)
    }

    fn reader(self, bytes: &[u8]) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .terminator(csv::Terminator::Any(self.terminator))
            .quoting(self.quotes)
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes)
    }
}

/// Counts the cells of a line the plain way, outside quotes, for each delimiter; the most wins.
pub(super) fn guess_delimiter(first_line: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for &byte in first_line {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted {
            for (delimiter, n) in &mut counts {
                *n += usize::from(byte == *delimiter);
            }
        }
    }
    // On a tie the comma stands first and `max_by_key` takes the last, so look from the back.
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(delimiter, _)| *delimiter)
}

/// Everything needed to turn a chunk of records into rows.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub form: Form,
    /// Names of the columns, as the header has them.
    pub header: Vec<String>,
    /// The field of every column, `None` where it is not in use.
    pub fields: Vec<Option<Field>>,
    pub label_column: Option<usize>,
    pub quirks: Quirks,
}

impl Table {
    /// Parses the records of one chunk in order.
    pub(super) fn parse(&self, chunk: &Chunk, sink: &mut Rows<'_>) {
        if chunk.bytes.len() > giant::GIANT {
            return self.parse_one_by_one(chunk, sink);
        }
        self.parse_all(chunk, sink);
    }

    /// Parses the records of a chunk with a giant in it: one that has not the cells it should have is not taken apart.
    fn parse_one_by_one(&self, chunk: &Chunk, sink: &mut Rows<'_>) {
        let (mut byte, mut number, mut line) = (0, chunk.first_row, chunk.first_line);
        let last = chunk.first_row + chunk.rows - 1;
        while byte < chunk.bytes.len() {
            let measured = giant::measure(&chunk.bytes[byte..], self.form);
            let raw = &chunk.bytes[byte..byte + measured.end];
            let bare = raw.strip_suffix(&[self.form.terminator]).unwrap_or(raw);
            byte += measured.end;
            if !is_blank(bare) {
                let open = chunk.ends_in_quote && number == last;
                if open || measured.cells != self.header.len() as u64 {
                    let damage = if open { open_quote() } else { self.cells_of(measured.cells) };
                    sink(&mut [Row::damaged(number, line, damage)]);
                } else {
                    let mut one = Chunk::of_record(raw.to_vec(), number, line);
                    one.places = places_of_record(self.form, raw);
                    self.parse_all(&one, sink);
                }
                number += 1;
            }
            line += measured.lines;
        }
    }

    fn cells_of(&self, cells: u64) -> Damage {
        Damage {
            column: None,
            found: format!("{cells} cells"),
            expected: format!("{} cells, as the header has", self.header.len()),
        }
    }

    /// Parses the records whose places are known, several at once, and what is behind them with the `csv` crate: all of the
    /// chunk where no places are kept.
    fn parse_all(&self, chunk: &Chunk, sink: &mut Rows<'_>) {
        let bytes = &*chunk.bytes;
        // Text is checked faster as a whole than record by record.
        let text = simdutf8::basic::from_utf8(bytes).ok();
        let open = chunk.ends_in_quote.then(|| chunk.first_row + chunk.rows - 1);
        let cells = Cells { bytes, text, quotes: self.form.quotes };
        let plain = self.quirks.texts_as_they_are() && self.label_column.is_none();
        let mut at = Reached { byte: 0, number: chunk.first_row, line: chunk.first_line };
        let (mut ends, mut taken) = (chunk.places.ends(), 0);
        let mut block = Block::new(sink);
        let mut records = Vec::with_capacity(BLOCK);
        for record in &chunk.places.records {
            let (of_record, rest) = ends.split_at((record.ends - taken) as usize);
            (ends, taken) = (rest, record.ends);
            at.byte = record.start as usize;
            at.line = chunk.first_line + u64::from(record.lines);
            let record = Record::new(bytes, at, of_record, record.inner_quotes);
            let behind = record.behind(bytes);
            if plain && of_record.len() == self.header.len() {
                records.push(record);
                if records.len() == BLOCK {
                    self.rows_of_places(&cells, &records, open, &mut block);
                    records.clear();
                }
            } else {
                self.rows_of_places(&cells, &records, open, &mut block);
                records.clear();
                if let Some(row) = self.row_of_places(&cells, &record) {
                    block.push(row);
                } else {
                    self.parse_any(&bytes[at.byte..behind], at, open, block.sink());
                }
            }
            at = Reached { byte: behind, number: at.number + 1, line: at.line };
        }
        self.rows_of_places(&cells, &records, open, &mut block);
        block.hand_on();
        if at.byte < bytes.len() {
            if let Some(last) = chunk.places.records.last() {
                at.line += memchr::memchr_iter(b'\n', &bytes[last.start as usize..at.byte]).count() as u64;
            }
            self.parse_any(&bytes[at.byte..], at, open, block.sink());
        }
    }

    /// The rows of records that have the cells they should have, column after column: what is asked of a cell is the same all
    /// along a column, and differs from one to the next.
    fn rows_of_places<'r>(
        &self,
        cells: &Cells<'r>,
        records: &[Record<'r>],
        open: Option<u64>,
        block: &mut Block<'r, '_>,
    ) {
        if records.is_empty() {
            return;
        }
        let rows = block.begin(records.iter().map(|record| Row::new(record.at.number, record.at.line)));
        // A bit for each row.
        const { assert!(BLOCK <= u64::BITS as usize) };
        let mut odd = 0u64;
        // Where the next cell of each record begins.
        let mut starts = [0; BLOCK];
        starts.iter_mut().zip(records).for_each(|(start, record)| *start = record.at.byte);
        for (column, field) in self.fields.iter().enumerate() {
            let of_column = Column { column, cells, records };
            match *field {
                Some(field) => odd |= self.put_column(&of_column, field, &mut starts, rows),
                None => of_column.pass_over(&mut starts),
            }
        }
        if odd == 0 {
            return;
        }
        for (n, (record, row)) in records.iter().zip(block.take_all()).enumerate() {
            if odd >> n & 1 == 0 {
                block.push(row);
            } else {
                let bytes = &cells.bytes[record.at.byte..record.behind(cells.bytes)];
                self.parse_any(bytes, record.at, open, block.sink());
            }
        }
    }

    /// Puts the cells of a column into their rows. A bit is set for each row with a cell that goes on behind a closing quote
    /// or is no UTF-8: the `csv` crate knows what to make of it.
    #[inline(always)]
    fn put_column<'r>(
        &self,
        of: &Column<'_, 'r>,
        field: Field,
        starts: &mut [usize; BLOCK],
        rows: &mut [Row<'r>],
    ) -> u64 {
        let Column { column, cells, records } = *of;
        let last = column + 1 == self.header.len();
        let mut odd = 0;
        with_known!(field, KNOWN => for (n, ((record, row), start)) in records.iter().zip(rows).zip(starts).enumerate() {
            let end = record.end(column);
            let to = if last { end - usize::from(record.cr) } else { end };
            let raw = RawCell { cells, from: *start, to, inner_quotes: record.inner_quotes };
            *start = end + 1;
            if !field::assign_plain(&mut row.account, KNOWN, raw) && !self.assign_longer(row, column, field, raw) {
                odd |= 1 << n;
            }
        });
        odd
    }

    /// Puts a cell into a row for which a short look was not enough. `false` where the `csv` crate has to look.
    #[inline(never)]
    fn assign_longer<'r>(
        &self,
        row: &mut Row<'r>,
        column: usize,
        field: Field,
        raw: RawCell<'_, 'r>,
    ) -> bool {
        let Some(text) = raw.cells.cell(raw.from, raw.to, raw.inner_quotes) else { return false };
        let text = match text {
            // What stood in quotes is looked at without them; what did not was looked at already.
            Cow::Borrowed(text)
                if text.len() < raw.to - raw.from && field::assign_plain(&mut row.account, field, text) =>
            {
                return true;
            }
            Cow::Owned(text) => match field::assign_whole(&mut row.account, field, text) {
                Ok(()) => return true,
                Err(text) => Cow::Owned(text),
            },
            text => text,
        };
        self.put(row, column, field, &|_| Ok(text.clone()));
        true
    }

    /// A row whose cells stand where the scan found them, read the long way. `None` where the `csv` crate has to look.
    fn row_of_places<'r>(&self, cells: &Cells<'r>, record: &Record<'r>) -> Option<Row<'r>> {
        let Reached { number, line, .. } = record.at;
        if record.ends.len() != self.header.len() {
            return Some(self.row(number, line, record.ends.len(), |_| Err(&[])));
        }
        let mut from = record.at.byte;
        let texts = record.ends.iter().enumerate().map(|(column, end)| {
            let end = *end as usize;
            let cr = record.cr && column + 1 == record.ends.len();
            let cell = cells.cell(from, end - usize::from(cr), record.inner_quotes);
            from = end + 1;
            cell
        });
        let texts = texts.collect::<Option<Vec<Cow<'_, str>>>>()?;
        Some(self.row(number, line, texts.len(), |column| Ok(texts[column].clone())))
    }

    /// Parses whatever there is, with the `csv` crate. `open` is the number of a row that ends within quotes.
    fn parse_any(&self, bytes: &[u8], from: Reached, open: Option<u64>, sink: &mut Rows<'_>) {
        let (bytes, added) = self.form.whole(bytes);
        let bytes = &*bytes;
        let mut reader = self.form.reader(bytes);
        let mut record = ByteRecord::new();
        let mut number = from.number;
        let mut start = 0;
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let end = usize::try_from(reader.position().byte()).unwrap_or(bytes.len());
                    let raw = &bytes[start.min(end)..end];
                    start = end;
                    if is_skipped(raw, self.form.terminator) {
                        continue;
                    }
                    let line =
                        from.line + record.position().map_or(0, |p| (p.line() - 1).saturating_sub(added));
                    if open == Some(number) {
                        sink(&mut [Row::damaged(number, line, open_quote())]);
                    } else {
                        let cr = ends_in_cr(raw, self.form.terminator);
                        let mut row = self.row_of_record(&record, number, line, cr);
                        row.damage = row.damage.or_else(|| self.text_behind_quote(raw));
                        sink(&mut [row]);
                    }
                }
                // Reading from memory into byte records cannot fail; kept as a row all the same.
                Err(error) => sink(&mut [Row::damaged(
                    number,
                    from.line,
                    Damage { column: None, found: error.to_string(), expected: "a CSV record".into() },
                )]),
            }
            number += 1;
        }
    }

    /// Does a cell in use go on behind the quote that closes it? Nobody knows then what was in it, and where it was to end.
    fn text_behind_quote(&self, record: &[u8]) -> Option<Damage> {
        let Form { delimiter, terminator, quotes } = self.form;
        // Blank lines stand in front of a record, and its end behind.
        let blank = record.iter().take_while(|byte| **byte == terminator).count();
        let record = &record[blank..];
        let record = record.strip_suffix(&[terminator]).unwrap_or(record);
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        memchr(b'"', record).filter(|_| quotes)?;
        let (mut from, mut column) = (0, 0);
        while from < record.len() {
            let cell = &record[from..];
            let mut end = 0;
            if cell[0] == b'"' {
                end = 1;
                // To the quote that closes it: of two, the second opens it again.
                while let Some(quote) = memchr(b'"', &cell[end..]) {
                    end += quote + 1;
                    if cell.get(end) != Some(&b'"') {
                        break;
                    }
                    end += 1;
                }
            }
            let goes_on = end > 0 && cell.get(end).is_some_and(|byte| *byte != delimiter);
            let end = end + memchr(delimiter, &cell[end..]).unwrap_or(cell.len() - end);
            let in_use =
                self.label_column == Some(column) || self.fields.get(column).is_some_and(Option::is_some);
            if goes_on && in_use {
                return Some(Damage {
                    column: self.header.get(column).cloned(),
                    found: Damage::excerpt(&cell[..end]),
                    expected:
                        "nothing behind the quote that closes a cell, and quotes inside it doubled (\"\")"
                            .into(),
                });
            }
            from += end + 1;
            column += 1;
        }
        None
    }

    fn row_of_record<'r>(&self, record: &'r ByteRecord, number: u64, line: u64, cr: bool) -> Row<'r> {
        let bytes = record.as_slice();
        // Many short cells are checked faster together. A character cut in two by a delimiter is whole here, and
        // `get` then refuses both halves.
        let whole = std::str::from_utf8(bytes).ok();
        self.row(number, line, record.len(), |column| {
            let mut place = record.range(column).unwrap_or_default();
            if cr && column + 1 == record.len() && bytes[place.clone()].ends_with(b"\r") {
                place.end -= 1;
            }
            let text = match whole {
                Some(whole) => whole.get(place.clone()),
                None => std::str::from_utf8(&bytes[place.clone()]).ok(),
            };
            text.map(Cow::Borrowed).ok_or(&bytes[place])
        })
    }

    /// A row from its cells: text, or bytes that are none.
    fn row<'r>(
        &self,
        number: u64,
        line: u64,
        cells: usize,
        cell: impl Fn(usize) -> Result<Cow<'r, str>, &'r [u8]>,
    ) -> Row<'r> {
        let mut row = Row::new(number, line);
        if cells != self.header.len() {
            row.damage = Some(self.cells_of(cells as u64));
            // What stands in the first column is often still the id, but nothing here is sure: keep none of it.
            return row;
        }
        for (column, field) in self.fields.iter().enumerate() {
            if let Some(field) = *field {
                self.put(&mut row, column, field, &cell);
            }
        }
        if let Some(column) = self.label_column {
            let text = cell(column).unwrap_or_else(String::from_utf8_lossy);
            row.set_label(&self.header[column], &text);
        }
        row
    }
}

impl Table {
    /// Puts one cell into a row, or the row's first damage.
    fn put<'r>(
        &self,
        row: &mut Row<'r>,
        column: usize,
        field: Field,
        cell: &impl Fn(usize) -> Result<Cow<'r, str>, &'r [u8]>,
    ) {
        let problem = match cell(column) {
            Ok(text) if field == Field::Status => row.set_status(&text).err(),
            Ok(text) => match field::assign(&mut row.account, field, value::Cell::Text(text), self.quirks) {
                Ok(None) => None,
                Ok(Some(note)) => {
                    row.notes.insert(note);
                    None
                }
                Err(expected) => Some(expected),
            },
            Err(_) => Some(NOT_UTF8),
        };
        if let Some(expected) = problem
            && row.damage.is_none()
        {
            row.damage = Some(Damage {
                column: Some(self.header[column].clone()),
                found: match cell(column) {
                    Ok(text) => Damage::excerpt(text.as_bytes()),
                    Err(bytes) => Damage::excerpt(bytes),
                },
                expected: expected.into(),
            });
        }
    }
}

/// How far a chunk is parsed: the next byte, the number of the next row and its line.
#[derive(Clone, Copy)]
struct Reached {
    byte: usize,
    number: u64,
    line: u64,
}

/// One record, whose cells stand where the scan found them.
struct Record<'r> {
    at: Reached,
    /// The byte behind each cell.
    ends: &'r [u32],
    /// Is there a carriage return behind the last cell? It belongs to the end of the line.
    cr: bool,
    /// May cells have quotes besides those that enclose them?
    inner_quotes: bool,
}

impl<'r> Record<'r> {
    fn new(bytes: &[u8], at: Reached, ends: &'r [u32], inner_quotes: bool) -> Record<'r> {
        let line = bytes.get(at.byte..ends.last().map_or(0, |end| *end as usize));
        Record { at, ends, cr: line.is_some_and(|line| line.ends_with(b"\r")), inner_quotes }
    }

    /// The first byte behind it.
    fn behind(&self, bytes: &[u8]) -> usize {
        self.ends.last().map_or(bytes.len(), |end| bytes.len().min(*end as usize + 1))
    }

    /// The first byte behind a cell.
    #[inline(always)]
    fn end(&self, column: usize) -> usize {
        self.ends.get(column).map_or(0, |end| *end as usize)
    }
}

/// The cells of one column of some records.
#[derive(Clone, Copy)]
struct Column<'c, 'r> {
    column: usize,
    cells: &'c Cells<'r>,
    records: &'c [Record<'r>],
}

impl Column<'_, '_> {
    /// Leaves the cells where they are.
    fn pass_over(&self, starts: &mut [usize; BLOCK]) {
        starts.iter_mut().zip(self.records).for_each(|(start, record)| *start = record.end(self.column) + 1);
    }
}

/// A text in which cells stand.
struct Cells<'r> {
    bytes: &'r [u8],
    /// The same, where all of it is UTF-8.
    text: Option<&'r str>,
    /// Do quotes enclose cells?
    quotes: bool,
}

/// What stands between two delimiters, quotes and all.
#[derive(Clone, Copy)]
struct RawCell<'c, 'r> {
    cells: &'c Cells<'r>,
    from: usize,
    to: usize,
    /// May there be quotes besides those that enclose it?
    inner_quotes: bool,
}

// Once a cell: called, they take half as long again.
impl<'r> PlainCell<'r> for RawCell<'_, 'r> {
    #[inline(always)]
    fn bytes(self) -> &'r [u8] {
        self.cells.bytes.get(self.from..self.to).unwrap_or_default()
    }

    #[inline(always)]
    fn text(self) -> Option<&'r str> {
        let Cells { bytes, quotes, .. } = self.cells;
        let is_quote = |at: usize| bytes.get(at) == Some(&b'"');
        // Behind an empty cell stands what ends it, which is no quote.
        let quoted = *quotes & is_quote(self.from);
        let enclosed = (self.to > self.from + 1) & is_quote(self.to.wrapping_sub(1));
        if quoted & !(enclosed & !self.inner_quotes) {
            return None;
        }
        // Without the quotes around it, if any: which cells have some no processor foresees.
        let quote = usize::from(quoted);
        self.cells.text(self.from + quote, self.to.wrapping_sub(quote))
    }

    #[inline(always)]
    fn count(self) -> Option<u64> {
        let length = self.to.wrapping_sub(self.from);
        // Up to eight digits are read with whatever stands in front of them: one way for numbers of every length.
        match self.cells.bytes.get(..self.to).and_then(|bytes| bytes.last_chunk::<8>()) {
            Some(last) if (1..=8).contains(&length) => last_digits(*last, length),
            _ => value::plain::count(self.bytes()),
        }
    }
}

impl<'r> Cells<'r> {
    /// The text between two places; `None` where it is no UTF-8.
    #[inline]
    fn text(&self, from: usize, to: usize) -> Option<&'r str> {
        match self.text {
            Some(text) => text.get(from..to),
            None => std::str::from_utf8(self.bytes.get(from..to)?).ok(),
        }
    }

    #[inline(always)]
    fn is_quoted(&self, from: usize, to: usize) -> bool {
        self.quotes && from < to && self.bytes.get(from) == Some(&b'"')
    }

    /// The cell between two places without its quotes, and one for two within; `None` where it goes on behind its closing
    /// quote, or is no UTF-8.
    fn cell(&self, from: usize, to: usize, inner_quotes: bool) -> Option<Cow<'r, str>> {
        if !self.is_quoted(from, to) {
            return self.text(from, to).map(Cow::Borrowed);
        }
        let [_, within @ .., b'"'] = self.bytes.get(from..to)? else { return None };
        let text = self.text(from + 1, to - 1)?;
        match inner_quotes.then(|| memchr(b'"', within)).flatten() {
            Some(first) => unpaired(text, first).map(Cow::Owned),
            None => Some(Cow::Borrowed(text)),
        }
    }
}

/// A text with one quote for two, the first of which stands at `quote`; `None` where one stands alone.
fn unpaired(mut rest: &str, mut quote: usize) -> Option<String> {
    let mut text = String::with_capacity(rest.len());
    loop {
        if rest.as_bytes().get(quote + 1) != Some(&b'"') {
            return None;
        }
        text.push_str(&rest[..=quote]);
        rest = &rest[quote + 2..];
        let Some(next) = memchr(b'"', rest.as_bytes()) else { break };
        quote = next;
    }
    text.push_str(rest);
    Some(text)
}

fn open_quote() -> Damage {
    Damage {
        column: None,
        found: "a quoted cell that is still open where the file ends".into(),
        expected: "a closing quote (\"), and quotes inside a cell doubled (\"\")".into(),
    }
}

/// Is what the parser took for a record only the carriage return of a blank line?
fn is_skipped(raw: &[u8], terminator: u8) -> bool {
    terminator == b'\n' && raw.iter().all(|byte| matches!(byte, b'\r' | b'\n')) && {
        let line = raw.strip_suffix(b"\n").unwrap_or(raw);
        is_blank(&line[line.iter().take_while(|byte| **byte == b'\n').count()..])
    }
}

/// Does a carriage return belong to the end of the line, and not to the last cell?
fn ends_in_cr(raw: &[u8], terminator: u8) -> bool {
    terminator == b'\n' && raw.strip_suffix(b"\n").unwrap_or(raw).ends_with(b"\r")
}

/// Takes the number, the line, and the cells of a record or why there are none.
type RecordSink<'s> = dyn FnMut(u64, u64, Result<&ByteRecord, Damage>) + 's;

/// The records of a chunk as cells, for what is not an account.
pub(super) fn records(form: Form, chunk: &Chunk, sink: &mut RecordSink<'_>) {
    let (bytes, added) = form.whole(&chunk.bytes);
    let mut reader = form.reader(&bytes);
    let mut record = ByteRecord::new();
    let mut number = chunk.first_row;
    let mut start = 0;
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let end = usize::try_from(reader.position().byte()).unwrap_or(bytes.len());
        let raw = &bytes[start.min(end)..end];
        start = end;
        if is_skipped(raw, form.terminator) {
            continue;
        }
        let line = chunk.first_line + record.position().map_or(0, |p| (p.line() - 1).saturating_sub(added));
        let open = chunk.ends_in_quote && number + 1 == chunk.first_row + chunk.rows;
        if ends_in_cr(raw, form.terminator) && record.as_slice().ends_with(b"\r") {
            let last = record.len() - 1;
            let cells = record.iter().enumerate();
            record = cells
                .map(|(at, cell)| if at == last { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell })
                .collect();
        }
        sink(number, line, if open { Err(open_quote()) } else { Ok(&record) });
        number += 1;
    }
}

/// Reads the first records of a file, and says how many bytes the first one takes.
pub(super) fn first_records(bytes: &[u8], form: Form, most: usize) -> (Vec<Vec<String>>, usize) {
    let mut reader = form.reader(bytes);
    let mut record = ByteRecord::new();
    let mut records = Vec::new();
    let mut first_end = 0;
    while records.len() < most && reader.read_byte_record(&mut record).unwrap_or(false) {
        if records.is_empty() {
            first_end = usize::try_from(reader.position().byte()).unwrap_or(bytes.len());
        }
        // A record with far more cells than the first tells nothing by them.
        let most = records.first().map_or(usize::MAX, |first: &Vec<String>| first.len().max(64) + 1);
        let cells = record.iter().take(most);
        records.push(cells.map(|cell| String::from_utf8_lossy(cell).trim().to_string()).collect());
    }
    (records, first_end)
}

impl Row<'_> {
    pub(super) fn set_label(&mut self, column: &str, text: &str) {
        self.label = Label::parse(text);
        if self.label.is_none() && self.damage.is_none() {
            self.damage = Some(Damage {
                column: Some(column.to_string()),
                found: Damage::excerpt(text.as_bytes()),
                expected: format!("a label: {LABEL_WORDS}"),
            });
        }
    }

    pub(super) fn new(number: u64, line: u64) -> Self {
        Row { number, line, account: Account::default(), label: None, damage: None, notes: Notes::default() }
    }

    pub(super) fn damaged(number: u64, line: u64, damage: Damage) -> Self {
        Row { damage: Some(damage), ..Row::new(number, line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::scan::{Cut, Places, scan};
    use proptest::prelude::*;

    const FORM: Form = Form { delimiter: b',', terminator: b'\n', quotes: true };

    /// The cells of the rows, as the parser sees them.
    fn records(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = FORM.reader(bytes);
        let mut record = ByteRecord::new();
        let mut start = 0;
        let mut records = Vec::new();
        while reader.read_byte_record(&mut record).unwrap() {
            let end = usize::try_from(reader.position().byte()).unwrap();
            if !is_skipped(&bytes[start..end], FORM.terminator) {
                records.push(record.iter().map(<[u8]>::to_vec).collect());
            }
            start = end;
        }
        records
    }

    fn cut(bytes: &[u8], last: bool) -> Cut {
        scan(FORM, bytes, last, &mut Places::default())
    }

    /// The rows of a chunk, read where the scan found their cells, and as the `csv` crate reads them; with or without lines.
    fn both_ways(table: &Table, chunk: &Chunk, lines: bool) -> (Vec<String>, Vec<String>) {
        let told = |row: &mut Row<'_>| {
            row.line = if lines { row.line } else { 0 };
            format!("{row:?}")
        };
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        table.parse(chunk, &mut |rows| fast.extend(rows.iter_mut().map(told)));
        let start = Reached { byte: 0, number: chunk.first_row, line: chunk.first_line };
        let open = chunk.ends_in_quote.then(|| chunk.first_row + chunk.rows - 1);
        table.parse_any(&chunk.bytes, start, open, &mut |rows| slow.extend(rows.iter_mut().map(told)));
        (fast, slow)
    }

    #[test]
    fn quotes_count_only_where_a_field_starts() {
        let text = b"a,5\" screen\n\"x\ny\",2\nhalf";
        assert_eq!(cut(text, false), Cut { end: 20, rows: 2, lines: 3, open_quote: false });
        assert_eq!(cut(text, true).rows, 3);
        assert!(cut(b"1,\"open\n2,3\n", false).open_quote);
    }

    #[test]
    fn a_carriage_return_in_a_cell_ends_no_record() {
        assert_eq!(Form::of(b"a,b\r\n1,2\r\n").terminator, b'\n');
        assert_eq!(Form::of(b"a,b\r1,2\r").terminator, b'\r');
        let text = b"1,one\rtwo,3\r\n\r\n4,5,6\r\n";
        assert_eq!(cut(text, true).rows, 2);
        assert_eq!(records(text)[0][1], b"one\rtwo");
    }

    #[test]
    fn the_delimiter_is_the_one_that_cuts_most() {
        assert_eq!(guess_delimiter(b"id;name;\"a,b,c,d\""), b';');
        assert_eq!(guess_delimiter(b"id\tname"), b'\t');
        assert_eq!(guess_delimiter(b"id"), b',');
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Reading column after column gives what reading row after row gives, on blocks of any length and whatever is broken.
        #[test]
        fn columns_are_read_as_rows_are(
            records in proptest::collection::vec(
                (proptest::collection::vec(prop_oneof![
                    3 => Just("7"), 2 => Just("123456789012"), 3 => Just("true"), 1 => Just("False"), 1 => Just(""),
                    2 => Just("Wed Aug 30 20:33:51 +0000 2017"), 1 => Just("2020-01-02 03:04:05"), 2 => Just("anna_1"),
                    1 => Just("\"true\""), 1 => Just("\"9\""), 1 => Just("\"a \"\"b\"\"\nc\""), 1 => Just("x, y"), 1 => Just("-3"),
                    1 => Just("ünï"), 1 => Just("\"open"), 1 => Just("\"c\"d"), 1 => Just("TRUE "), 1 => Just("null"),
                ], 9), prop_oneof![9 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n\n")]),
                0..150),
            status in any::<bool>(),
        ) {
            let bytes: String = records.iter().map(|(cells, end)| cells.join(",") + end).collect();
            let bytes = bytes.into_bytes();
            let mut places = Places::default();
            let Cut { rows, open_quote: ends_in_quote, .. } = scan(FORM, &bytes, true, &mut places);
            let mut chunk = Chunk::of_record(bytes, 5, 7);
            (chunk.rows, chunk.ends_in_quote, chunk.places) = (rows, ends_in_quote, places);
            let last = if status { Field::Status } else { Field::DeclaredBot };
            let fields = [Field::Id, Field::Handle, Field::Followers, Field::Verified, Field::CreatedAt, Field::Bio, Field::Lang];
            let mut fields = fields.map(Some).to_vec();
            fields.extend([None, Some(last)]);
            let header = (0..9).map(|n| n.to_string()).collect();
            let table = Table { form: FORM, header, fields, label_column: None, quirks: Quirks::default() };
            let (fast, slow) = both_ways(&table, &chunk, false);
            prop_assert_eq!(fast, slow);
        }
    }

    proptest! {
        /// Reading records where the scan found them gives what the `csv` crate would give.
        #[test]
        fn records_are_read_as_the_csv_crate_reads_them(
            pieces in proptest::collection::vec(
                prop_oneof![
                    4 => Just(&b"1,a\n"[..]), 4 => Just(&b"2,\"b\n\"\r\n"[..]), 1 => Just(&b"\""[..]), 1 => Just(&b"\"\""[..]),
                    2 => Just(&b","[..]), 2 => Just(&b"\n"[..]), 1 => Just(&b"\r\n"[..]), 1 => Just(&b"\r"[..]),
                    1 => Just(&b"\xc3"[..]), 1 => Just(&b"\xa9"[..]), 1 => Just("é".as_bytes()), 1 => Just(&b"\xef\xbb\xbf"[..]),
                    1 => Just(&[b'x'; 61][..]), 1 => Just(&b"7,\"8\"\"9\"\n"[..]),
                ],
                0..60),
            terminator in prop_oneof![9 => Just(b'\n'), 1 => Just(b'\r')],
            quotes in prop_oneof![9 => Just(true), 1 => Just(false)],
            delimiter in prop_oneof![9 => Just(b','), 1 => Just(b'a')],
        ) {
            let form = Form { delimiter, terminator, quotes };
            let bytes = pieces.concat();
            let mut places = Places::default();
            let Cut { rows, open_quote: ends_in_quote, .. } = scan(form, &bytes, true, &mut places);
            let mut chunk = Chunk::of_record(bytes, 5, 7);
            (chunk.rows, chunk.ends_in_quote, chunk.places) = (rows, ends_in_quote, places);
            let table = Table {
                form,
                header: vec!["id".into(), "bio".into()],
                fields: vec![Some(Field::Id), Some(Field::Bio)],
                label_column: None,
                quirks: Quirks::default(),
            };
            // Of a record behind blank lines the `csv` crate tells the line of the first of them.
            let blank = [&b"\n\n"[..], b"\n\r\n"].iter().any(|two| memchr::memmem::find(&chunk.bytes, two).is_some())
                || matches!(chunk.bytes.first(), Some(b'\n' | b'\r'));
            let (fast, slow) = both_ways(&table, &chunk, !blank);
            prop_assert_eq!(fast, slow);
        }

        /// Whatever the bytes, cutting them and parsing the pieces is parsing the whole.
        #[test]
        fn cutting_never_changes_what_is_read(
            pieces in proptest::collection::vec(
                prop_oneof![Just("\""), Just("\"\""), Just(","), Just("\n"), Just("\r\n"), Just("\r"), Just("a"), Just("7;x")],
                0..120),
            step in 1usize..200,
        ) {
            let text = pieces.concat().into_bytes();
            let whole = records(&text);
            // Feed the stream a few bytes at a time, as the reader does.
            let (mut start, mut fed, mut rows, mut lines) = (0, 0, 0, 0);
            let mut read = Vec::new();
            while fed < text.len() {
                fed = (fed + step).min(text.len());
                let last = fed == text.len();
                let cut = cut(&text[start..fed], last);
                if !last {
                    lines += cut.lines;
                    prop_assert_eq!(lines, text[..start + cut.end].iter().filter(|byte| **byte == b'\n').count() as u64);
                }
                read.extend(records(&text[start..start + cut.end]));
                rows += cut.rows;
                start += cut.end;
            }
            prop_assert_eq!(&read, &whole);
            prop_assert_eq!(rows, whole.len() as u64);
        }
    }
}
