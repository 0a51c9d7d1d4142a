//! Comma, semicolon and tab separated text: cutting a stream into whole records, and records into accounts.
//!
//! The stream is cut at true record boundaries, so that chunks can be parsed by several threads; the cut
//! follows the quoting rules of the `csv` crate (a quote counts only at the start of a field), and the `csv`
//! crate does the parsing itself.

use std::borrow::Cow;

use csv::ByteRecord;
use memchr::memchr;

use super::field::{self, Field, PlainCell, Quirks};
use super::notes::Notes;
use super::scan::{is_blank, places_of_record};
use super::value::{self, last_digits};
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

    /// Parses the records whose places are known one by one, and what is behind them with the `csv` crate: all of the chunk
    /// where no places are kept.
    fn parse_all(&self, chunk: &Chunk, sink: &mut dyn FnMut(&mut Row<'_>)) {
        let bytes = &*chunk.bytes;
        // Text is checked faster as a whole than record by record.
        let text = simdutf8::basic::from_utf8(bytes).ok();
        let open = chunk.ends_in_quote.then(|| chunk.first_row + chunk.rows - 1);
        let mut at = Reached { byte: 0, number: chunk.first_row, line: chunk.first_line };
        let (mut ends, mut taken) = (chunk.places.ends(), 0);
        for record in &chunk.places.records {
            let (of_record, rest) = ends.split_at((record.ends - taken) as usize);
            (ends, taken) = (rest, record.ends);
            at.byte = record.start as usize;
            at.line = chunk.first_line + u64::from(record.lines);
            let behind = of_record.last().map_or(bytes.len(), |end| bytes.len().min(*end as usize + 1));
            let cells = Cells { bytes, text, start: at.byte, ends: of_record, quotes: self.form.quotes };
            if !self.row_of_places(&cells, at, sink) {
                self.parse_any(&bytes[at.byte..behind], at, open, sink);
            }
            at = Reached { byte: behind, number: at.number + 1, line: at.line };
        }
        if at.byte < bytes.len() {
            if let Some(last) = chunk.places.records.last() {
                at.line += memchr::memchr_iter(b'\n', &bytes[last.start as usize..at.byte]).count() as u64;
            }
            self.parse_any(&bytes[at.byte..], at, open, sink);
        }
    }

    /// A row whose cells stand where the scan found them. `false`, and no row, where a cell goes on behind a closing quote or
    /// is no UTF-8: the `csv` crate knows what to make of it.
    fn row_of_places(&self, cells: &Cells<'_>, at: Reached, sink: &mut dyn FnMut(&mut Row<'_>)) -> bool {
        if cells.ends.len() != self.header.len() {
            sink(&mut self.row(at.number, at.line, cells.ends.len(), |_| Err(&[])));
            return true;
        }
        // A carriage return in front of the line feed belongs to neither; the column in front of it.
        let line = cells.bytes.get(cells.start..cells.ends.last().map_or(0, |end| *end as usize));
        let cr =
            if line.is_some_and(|line| line.ends_with(b"\r")) { cells.ends.len() - 1 } else { usize::MAX };
        if !self.quirks.texts_as_they_are() || self.label_column.is_some() {
            let mut from = cells.start;
            let texts = cells.ends.iter().enumerate().map(|(column, end)| {
                let end = *end as usize;
                let cell = cells.cell(from, end - usize::from(column == cr));
                from = end + 1;
                cell
            });
            let Some(texts) = texts.collect::<Option<Vec<Cow<'_, str>>>>() else { return false };
            sink(&mut self.row(at.number, at.line, texts.len(), |column| Ok(texts[column].clone())));
            return true;
        }
        let mut row = Row::new(at.number, at.line);
        let mut from = cells.start;
        for (column, (end, field)) in cells.ends.iter().zip(&self.fields).enumerate() {
            let (start, end) = (from, *end as usize);
            from = end + 1;
            let Some(field) = *field else { continue };
            let raw = RawCell { cells, from: start, to: end - usize::from(column == cr) };
            if field::assign_plain(&mut row.account, field, raw) {
                continue;
            }
            let Some(text) = cells.cell(raw.from, raw.to) else { return false };
            let text = match text {
                // What stood in quotes is looked at without them; what did not was looked at already.
                Cow::Borrowed(text)
                    if text.len() < raw.to - raw.from
                        && field::assign_plain(&mut row.account, field, text) =>
                {
                    continue;
                }
                Cow::Owned(text) => match field::assign_whole(&mut row.account, field, text) {
                    Ok(()) => continue,
                    Err(text) => Cow::Owned(text),
                },
                text => text,
            };
            self.put(&mut row, column, field, &|_| Ok(text.clone()));
        }
        sink(&mut row);
        true
    }

    /// Parses whatever there is, with the `csv` crate. `open` is the number of a row that ends within quotes.
    fn parse_any(&self, bytes: &[u8], from: Reached, open: Option<u64>, sink: &mut dyn FnMut(&mut Row<'_>)) {
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
                        sink(&mut Row::damaged(number, line, open_quote()));
                    } else {
                        let cr = ends_in_cr(raw, self.form.terminator);
                        sink(&mut self.row_of_record(&record, number, line, cr));
                    }
                }
                // Reading from memory into byte records cannot fail; kept as a row all the same.
                Err(error) => sink(&mut Row::damaged(
                    number,
                    from.line,
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

/// The cells of one record.
struct Cells<'r> {
    bytes: &'r [u8],
    /// The same, where all of it is UTF-8.
    text: Option<&'r str>,
    start: usize,
    /// The byte behind each cell.
    ends: &'r [u32],
    /// Do quotes enclose cells?
    quotes: bool,
}

/// What stands between two delimiters, quotes and all.
#[derive(Clone, Copy)]
struct RawCell<'c, 'r> {
    cells: &'c Cells<'r>,
    from: usize,
    to: usize,
}

// Once a cell: called, they take half as long again.
impl<'r> PlainCell<'r> for RawCell<'_, 'r> {
    #[inline(always)]
    fn bytes(self) -> &'r [u8] {
        self.cells.bytes.get(self.from..self.to).unwrap_or_default()
    }

    #[inline(always)]
    fn text(self) -> Option<&'r str> {
        if self.cells.is_quoted(self.from, self.to) {
            return None;
        }
        self.cells.text(self.from, self.to)
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
    fn cell(&self, from: usize, to: usize) -> Option<Cow<'r, str>> {
        if !self.is_quoted(from, to) {
            return self.text(from, to).map(Cow::Borrowed);
        }
        let [_, within @ .., b'"'] = self.bytes.get(from..to)? else { return None };
        let text = self.text(from + 1, to - 1)?;
        match memchr(b'"', within) {
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
            let told = |row: &mut Row<'_>| {
                row.line = if blank { 0 } else { row.line };
                format!("{row:?}")
            };
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            table.parse(&chunk, &mut |row| fast.push(told(row)));
            let start = Reached { byte: 0, number: chunk.first_row, line: chunk.first_line };
            let open = ends_in_quote.then(|| chunk.first_row + chunk.rows - 1);
            table.parse_any(&chunk.bytes, start, open, &mut |row| slow.push(told(row)));
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
