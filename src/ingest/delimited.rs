//! Comma, semicolon and tab separated text: cutting a stream into whole records, and records into accounts.
//!
//! The stream is cut at true record boundaries, so that chunks can be parsed by several threads; the cut
//! follows the quoting rules of the `csv` crate (a quote counts only at the start of a field), and the `csv`
//! crate does the parsing itself.

use std::borrow::Cow;

use csv::ByteRecord;
use memchr::memchr;
use wide::u8x16;

use super::field::{self, Field, Quirks};
use super::notes::Notes;
use super::value::Cell;
use super::{Chunk, Damage, NOT_UTF8, Row, giant};
use crate::account::{Account, Label};

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

/// Finds where records end.
#[derive(Clone, Debug)]
pub(super) struct Cutter {
    form: Form,
}

/// What the cutter found in a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// End of the last whole record.
    pub end: usize,
    /// Whole records before `end` (blank lines are none).
    pub rows: u64,
    /// Line feeds before `end`.
    pub lines: u64,
    /// The buffer ends inside a quoted field.
    pub open_quote: bool,
}

impl Cutter {
    pub(super) fn new(form: Form) -> Cutter {
        Cutter { form }
    }

    /// Scans a buffer that begins at a record boundary. With `last`, its end ends the last record too.
    pub(super) fn cut(&self, bytes: &[u8], last: bool) -> Cut {
        let mut cut = Cut { end: 0, rows: 0, lines: 0, open_quote: false };
        let mut record_start = 0;
        let (mut lines, mut lines_within) = (0, 0);
        // Behind a doubled quote.
        let mut from = 0;
        let terminator = self.form.terminator;
        for_each_mark(bytes, [b'"', terminator, b'\n'], |here| {
            let byte = bytes[here];
            if here < from {
                return;
            }
            if cut.open_quote {
                if byte == b'\n' {
                    lines_within += 1;
                } else if byte == b'"' && bytes.get(here + 1) == Some(&b'"') {
                    from = here + 2;
                } else if byte == b'"' {
                    // At the very end of the buffer the next byte could still be a second quote: the caller asks again
                    // with more bytes, because no record boundary lies behind this point.
                    cut.open_quote = false;
                    lines += lines_within;
                }
            } else if byte == b'"' {
                let starts = here == record_start || bytes[here - 1] == self.form.delimiter;
                if self.form.quotes && starts {
                    (cut.open_quote, lines_within) = (true, 0);
                }
            } else if byte == terminator {
                lines += u64::from(byte == b'\n');
                cut.rows += u64::from(!is_blank(&bytes[record_start..here]));
                record_start = here + 1;
                cut.end = record_start;
                cut.lines = lines;
            }
        });
        if last && cut.end < bytes.len() {
            cut.rows += u64::from(!is_blank(&bytes[cut.end..]));
            cut.end = bytes.len();
        }
        cut
    }
}

/// Is there no record on this line?
fn is_blank(line: &[u8]) -> bool {
    matches!(line, [] | [b'\r'])
}

/// Calls `each` with the place of every byte that is one of the three, in order.
#[inline]
fn for_each_mark(bytes: &[u8], marks: [u8; 3], mut each: impl FnMut(usize)) {
    let marks = marks.map(u8x16::splat);
    let (blocks, rest) = bytes.as_chunks::<16>();
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    // One place to call `each` from, so that it becomes part of the loop.
    for at in 0..=blocks.len() {
        let (block, length) = blocks.get(at).map_or((&last, rest.len()), |block| (block, 16));
        let block = u8x16::new(*block);
        let found = block.simd_eq(marks[0]) | block.simd_eq(marks[1]) | block.simd_eq(marks[2]);
        let mut found = found.to_bitmask() & ((1 << length) - 1);
        while found != 0 {
            each(at * 16 + found.trailing_zeros() as usize);
            found &= found - 1;
        }
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
    pub(super) fn parse(&self, chunk: &Chunk, sink: &mut dyn FnMut(&mut Row<'_>)) {
        if chunk.bytes.len() > giant::GIANT {
            return self.parse_one_by_one(chunk, sink);
        }
        self.parse_all(chunk, sink);
    }

    /// Parses the records of a chunk with a giant in it: one that has not the cells it should have is not taken apart.
    fn parse_one_by_one(&self, chunk: &Chunk, sink: &mut dyn FnMut(&mut Row<'_>)) {
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
                    sink(&mut Row::damaged(number, line, damage));
                } else {
                    self.parse_all(&Chunk::of_record(raw.to_vec(), number, line), sink);
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

    fn parse_all(&self, chunk: &Chunk, sink: &mut dyn FnMut(&mut Row<'_>)) {
        let start = Reached { byte: 0, number: chunk.first_row, line: chunk.first_line };
        let reached = self.parse_plain(chunk, start, sink);
        if reached.byte < chunk.bytes.len() {
            self.parse_any(chunk, reached, sink);
        }
    }

    /// Parses as long as records are [`plain`], which in most files is all of them: their cells are taken from the
    /// chunk as they are, where the `csv` crate goes byte by byte through a table of states and copies them.
    fn parse_plain(&self, chunk: &Chunk, start: Reached, sink: &mut dyn FnMut(&mut Row<'_>)) -> Reached {
        let mut reached = start;
        // What the `csv` crate makes of a byte order mark is its own: see `Form::whole`.
        let mark = b"\n\xef\xbb\xbf";
        let has_mark =
            chunk.bytes.starts_with(&mark[1..]) || memchr::memmem::find(&chunk.bytes, mark).is_some();
        if self.form.terminator != b'\n' || has_mark {
            return reached;
        }
        let text = match simdutf8::compat::from_utf8(&chunk.bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&chunk.bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        if u32::try_from(text.len()).is_err() {
            return reached;
        }
        let mut marks = Marks::of(text.as_bytes(), self.form.delimiter, chunk.rows);
        let mut cells = Vec::with_capacity(self.header.len());
        while let Some((end, lines)) = plain(text, reached.byte, self.form.delimiter, &mut marks, &mut cells)
        {
            self.row_of_places(text, &cells, reached, sink);
            reached = Reached { byte: end, number: reached.number + 1, line: reached.line + lines };
        }
        reached
    }

    /// A row whose cells stand in the text of the chunk.
    fn row_of_places(&self, text: &str, cells: &[Place], at: Reached, sink: &mut dyn FnMut(&mut Row<'_>)) {
        let whole = |column: usize| {
            let Place { from, to, doubled } = cells[column];
            let cell = &text[from as usize..to as usize];
            Ok(if doubled { Cow::Owned(halved(cell)) } else { Cow::Borrowed(cell) })
        };
        if !self.quirks.texts_as_they_are() || cells.len() != self.header.len() || self.label_column.is_some()
        {
            return sink(&mut self.row(at.number, at.line, cells.len(), whole));
        }
        let mut row = Row::new(at.number, at.line);
        for (column, (place, field)) in cells.iter().zip(&self.fields).enumerate() {
            let (Place { from, to, doubled }, Some(field)) = (*place, *field) else { continue };
            let cell = &text[from as usize..to as usize];
            if doubled || !field::assign_plain(&mut row.account, field, cell) {
                self.put(&mut row, column, field, &whole);
            }
        }
        sink(&mut row);
    }

    /// Parses whatever there is, with the `csv` crate.
    fn parse_any(&self, chunk: &Chunk, from: Reached, sink: &mut dyn FnMut(&mut Row<'_>)) {
        let (bytes, added) = self.form.whole(&chunk.bytes[from.byte..]);
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
                    if chunk.ends_in_quote && number + 1 == chunk.first_row + chunk.rows {
                        sink(&mut Row::damaged(number, line, open_quote()));
                    } else {
                        sink(&mut self.row_of_record(
                            &record,
                            number,
                            line,
                            ends_in_cr(raw, self.form.terminator),
                        ));
                    }
                }
                // Reading from memory into byte records cannot fail; kept as a row all the same.
                Err(error) => sink(&mut Row::damaged(
                    number,
                    chunk.first_line,
                    Damage { column: None, found: error.to_string(), expected: "a CSV record".into() },
                )),
            }
            number += 1;
        }
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
            Ok(text) => match field::assign(&mut row.account, field, Cell::Text(text), self.quirks) {
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

/// Where a cell stands in the text of a chunk, its quotes left out.
#[derive(Clone, Copy)]
struct Place {
    from: u32,
    to: u32,
    /// Quotes within are doubled.
    doubled: bool,
}

/// Where the delimiters, quotes and line feeds of a chunk stand, found in one pass over all of it: a search of its own
/// for the end of each cell takes longer to begin than most cells are long.
struct Marks {
    at: Vec<u32>,
    /// The first that is not used up.
    next: usize,
}

impl Marks {
    fn of(bytes: &[u8], delimiter: u8, rows: u64) -> Marks {
        let mut marks = Vec::with_capacity(usize::try_from(rows).unwrap_or_default().min(1 << 20) * 32);
        // Places fit, as the caller has looked at the length.
        for_each_mark(bytes, [delimiter, b'"', b'\n'], |at| marks.push(at as u32));
        Marks { at: marks, next: 0 }
    }
}

/// The cells of the record that begins at `start`, the byte behind it and its line feeds, where all of this is
/// plain: every cell quoted as a whole or begun without a quote, and a line feed behind the last. `None` where it
/// is not (blank lines, letters behind a closing quote, the end of the text), which says nothing against the record.
fn plain(
    text: &str,
    start: usize,
    delimiter: u8,
    marks: &mut Marks,
    cells: &mut Vec<Place>,
) -> Option<(usize, u64)> {
    let bytes = text.as_bytes();
    if matches!(bytes.get(start)?, b'\r' | b'\n') {
        return None;
    }
    cells.clear();
    let mut lines = 1;
    let mut from = u32::try_from(start).ok()?;
    let mut next = marks.next;
    let end = loop {
        let mut mark = *marks.at.get(next)?;
        let mut byte = bytes[mark as usize];
        next += 1;
        if mark == from && byte == b'"' {
            let mut doubled = false;
            let close = loop {
                let mark = *marks.at.get(next)?;
                next += 1;
                match bytes[mark as usize] {
                    b'"' if bytes.get(mark as usize + 1) == Some(&b'"') => {
                        doubled = true;
                        next += 1;
                    }
                    b'"' => break mark,
                    byte => lines += u64::from(byte == b'\n'),
                }
            };
            cells.push(Place { from: from + 1, to: close, doubled });
            // Behind a closing quote the cell ends, or the record is not plain.
            let crlf = u32::from(bytes[close as usize + 1..].starts_with(b"\r\n"));
            mark = *marks.at.get(next)?;
            next += 1;
            byte = bytes[mark as usize];
            if mark != close + 1 + crlf {
                return None;
            }
        } else {
            // A quote inside a cell that does not begin with one is a character like any other.
            while byte == b'"' {
                mark = *marks.at.get(next)?;
                next += 1;
                byte = bytes[mark as usize];
            }
            let cr = byte == b'\n' && bytes[from as usize..mark as usize].ends_with(b"\r");
            cells.push(Place { from, to: mark - u32::from(cr), doubled: false });
        }
        match byte {
            b'\n' => break mark,
            byte if byte == delimiter => from = mark + 1,
            _ => return None,
        }
    };
    marks.next = next;
    Some((end as usize + 1, lines))
}

/// The text with one quote for two; `str::replace` takes longer to begin than this takes in all.
fn halved(mut cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    while let Some(quote) = memchr(b'"', cell.as_bytes()) {
        text.push_str(&cell[..=quote]);
        cell = &cell[(quote + 2).min(cell.len())..];
    }
    text.push_str(cell);
    text
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
                expected: "a label: bot or human (also 1/0, fake/genuine, spam/legitimate)".into(),
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

    #[test]
    fn quotes_count_only_where_a_field_starts() {
        let cutter = Cutter::new(FORM);
        let text = b"a,5\" screen\n\"x\ny\",2\nhalf";
        assert_eq!(cutter.cut(text, false), Cut { end: 20, rows: 2, lines: 3, open_quote: false });
        assert_eq!(cutter.cut(text, true).rows, 3);
        assert!(cutter.cut(b"1,\"open\n2,3\n", false).open_quote);
    }

    #[test]
    fn a_carriage_return_in_a_cell_ends_no_record() {
        assert_eq!(Form::of(b"a,b\r\n1,2\r\n").terminator, b'\n');
        assert_eq!(Form::of(b"a,b\r1,2\r").terminator, b'\r');
        let text = b"1,one\rtwo,3\r\n\r\n4,5,6\r\n";
        assert_eq!(Cutter::new(FORM).cut(text, true).rows, 2);
        assert_eq!(records(text)[0][1], b"one\rtwo");
    }

    #[test]
    fn the_delimiter_is_the_one_that_cuts_most() {
        assert_eq!(guess_delimiter(b"id;name;\"a,b,c,d\""), b';');
        assert_eq!(guess_delimiter(b"id\tname"), b'\t');
        assert_eq!(guess_delimiter(b"id"), b',');
    }

    proptest! {
        /// Reading plain records without the `csv` crate gives what it would give.
        #[test]
        fn plain_records_are_read_as_the_csv_crate_reads_them(
            pieces in proptest::collection::vec(
                prop_oneof![
                    4 => Just(&b"1,a\n"[..]), 4 => Just(&b"2,\"b\n\"\r\n"[..]), 1 => Just(&b"\""[..]), 1 => Just(&b"\"\""[..]),
                    2 => Just(&b","[..]), 2 => Just(&b"\n"[..]), 1 => Just(&b"\r\n"[..]), 1 => Just(&b"\r"[..]),
                    1 => Just(&b"\xc3"[..]), 1 => Just(&b"\xa9"[..]), 1 => Just("é".as_bytes()), 1 => Just(&b"\xef\xbb\xbf"[..]),
                ],
                0..40),
        ) {
            let bytes = pieces.concat();
            let Cut { rows, open_quote: ends_in_quote, .. } = Cutter::new(FORM).cut(&bytes, true);
            let chunk = Chunk {
                bytes, records: Vec::new(), index: 0, first_row: 5, rows, first_line: 7, ends_in_quote,
                #[cfg(feature = "arrow")]
                batch: None,
            };
            let table = Table {
                form: FORM,
                header: vec!["id".into(), "bio".into()],
                fields: vec![Some(Field::Id), Some(Field::Bio)],
                label_column: None,
                quirks: Quirks::default(),
            };
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            table.parse(&chunk, &mut |row| fast.push(format!("{row:?}")));
            let start = Reached { byte: 0, number: chunk.first_row, line: chunk.first_line };
            table.parse_any(&chunk, start, &mut |row| slow.push(format!("{row:?}")));
            prop_assert_eq!(fast, slow);
        }

        /// Whatever the bytes, cutting them and parsing the pieces is parsing the whole.
        #[test]
        fn cutting_never_changes_what_is_read(
            pieces in proptest::collection::vec(
                prop_oneof![Just("\""), Just("\"\""), Just(","), Just("\n"), Just("\r\n"), Just("\r"), Just("a"), Just("7;x")],
                0..60),
            step in 1usize..9,
        ) {
            let text = pieces.concat().into_bytes();
            let whole = records(&text);
            let cutter = Cutter::new(FORM);
            // Feed the stream a few bytes at a time, as the reader does.
            let (mut start, mut fed, mut rows) = (0, 0, 0);
            let mut read = Vec::new();
            while fed < text.len() {
                fed = (fed + step).min(text.len());
                let last = fed == text.len();
                let cut = cutter.cut(&text[start..fed], last);
                read.extend(records(&text[start..start + cut.end]));
                rows += cut.rows;
                start += cut.end;
            }
            prop_assert_eq!(&read, &whole);
            prop_assert_eq!(rows, whole.len() as u64);
        }
    }
}
