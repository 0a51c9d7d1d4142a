//! A second reading of a file, which shares nothing with the program's own: whole files in memory, `csv` and `serde_json`.

use serde_json::Value;

use crate::agree;
use crate::read::{Reading, Told};
use crate::sample::value_end;

/// How the records of a file lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Table { header: bool },
    Lines,
    Elements,
    Pages { path: &'static [&'static str], by_line: bool },
}

const PATHS: [&[&str]; 10] = [
    &["data"],
    &["users"],
    &["includes", "users"],
    &["followers"],
    &["follows"],
    &["profiles"],
    &["accounts"],
    &["ids"],
    &["relationships_following"],
    &["relationships_followers"],
];

pub enum Content {
    Cells(Vec<Vec<u8>>),
    Value(Value),
    /// Says why there is no account.
    Refusal,
    /// JSON, nested deeper than `serde_json` reads into a value, or with half a character somewhere in it.
    Deep,
    Broken,
}

pub struct Record {
    /// Its bytes, without the end of the line.
    pub raw: Vec<u8>,
    /// When its page was fetched.
    pub beside: String,
    pub content: Content,
}

/// What the file plainly says.
#[derive(Default)]
pub struct Plain {
    pub header: Vec<String>,
    pub delimiter: u8,
    pub records: Vec<Record>,
    /// The file is whole: the records are all there is. If not, only so many at the front and at the end are sure.
    pub whole: bool,
    pub front: usize,
    pub back: usize,
}

/// The bytes as UTF-8 text, without what stands in front of the records.
pub fn text_of(bytes: &[u8], encoding: Option<&str>) -> Vec<u8> {
    let label = encoding.map(|words| words.split(',').next().unwrap_or(words));
    let text = match label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes())) {
        Some(encoding) => encoding.decode_with_bom_removal(bytes).0.into_owned().into_bytes(),
        None => bytes.to_vec(),
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let blank = text.iter().take_while(|byte| byte.is_ascii_whitespace() && **byte != b'\t').count();
    let text = &text[blank..];
    let text = match text.strip_prefix(b"sep=") {
        Some([_, b'\n', rest @ ..] | [_, b'\r', b'\n', rest @ ..]) => rest,
        _ => text,
    };
    let bracket = text.iter().position(|byte| *byte == b'[');
    let at = bracket.filter(|_| text.starts_with(b"window.YTD.")).unwrap_or(0);
    text[at..].to_vec()
}

impl Shape {
    /// The shape in which an undamaged file has the records that its rows were read from.
    pub fn of(text: &[u8], table: Option<bool>, reading: &Reading) -> Option<Shape> {
        let rows = reading.rows.len();
        let mut shapes = Vec::new();
        match table {
            Some(header) => shapes.push(Shape::Table { header }),
            None => {
                shapes.extend([Shape::Lines, Shape::Elements]);
                for by_line in [true, false] {
                    shapes.extend(PATHS.iter().map(|path| Shape::Pages { path, by_line }));
                }
            }
        }
        shapes.into_iter().find(|shape| {
            let plain = shape.read(text);
            let whole = plain.whole || matches!(shape, Shape::Pages { by_line: true, .. } | Shape::Lines);
            let sound =
                plain.records.iter().filter(|record| !matches!(record.content, Content::Broken)).count();
            let agrees = |(told, record): (&Told, &Record)| {
                told.damage.is_some()
                    || agree::check(told, &record.content, &plain, &reading.mapping, reading.dialect).is_ok()
            };
            let all_agree = || reading.rows.iter().zip(&plain.records).all(agrees);
            whole && plain.records.len() == rows && sound * 2 >= rows && all_agree()
        })
    }

    pub fn read(self, text: &[u8]) -> Plain {
        let mut plain = Plain { whole: true, ..Plain::default() };
        match self {
            Shape::Table { header } => plain.table(text, header),
            Shape::Lines => {
                for line in text.split(|byte| *byte == b'\n') {
                    if !line.trim_ascii().is_empty() {
                        plain.records.push(record_of(line, String::new()));
                    }
                }
            }
            Shape::Elements => plain.whole = plain.elements(text).is_some(),
            Shape::Pages { path, by_line: false } => plain.whole = plain.pages(text, path, "").is_some(),
            Shape::Pages { path, by_line: true } => {
                for line in text.split(|byte| *byte == b'\n') {
                    let time = retrieved_at(line);
                    let (front, had) = (plain.front, plain.records.len());
                    let sound = plain.pages(line, path, &time).is_some();
                    if !sound {
                        plain.back = 0;
                        if plain.whole {
                            plain.front = plain.records.len();
                        }
                        plain.whole = false;
                    } else {
                        plain.front = front;
                        plain.back += plain.records.len() - had;
                    }
                }
            }
        }
        if plain.whole {
            (plain.front, plain.back) = (plain.records.len(), 0);
        } else if !matches!(self, Shape::Pages { by_line: true, .. }) {
            plain.front = plain.records.len();
        }
        plain
    }
}

impl Plain {
    fn table(&mut self, text: &[u8], header: bool) {
        let end = if text.contains(&b'\n') { b'\n' } else { b'\r' };
        let end = if text.contains(&end) { end } else { b'\n' };
        let first = &text[..text.iter().position(|byte| *byte == end).unwrap_or(text.len())];
        self.delimiter = delimiter_of(first);
        // A blank line in front: the `csv` crate takes a byte order mark where it begins to read for that of a file.
        let text = [&[end], text].concat();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .terminator(csv::Terminator::Any(end))
            .has_headers(false)
            .flexible(true)
            .from_reader(&text[..]);
        let mut record = csv::ByteRecord::new();
        let mut start = 0;
        while reader.read_byte_record(&mut record).unwrap() {
            let stop = usize::try_from(reader.position().byte()).unwrap();
            let raw = &text[start..stop];
            start = stop;
            let lead = raw.iter().take_while(|byte| **byte == end).count();
            let raw = &raw[lead..];
            let line = raw.strip_suffix(&[end]).unwrap_or(raw);
            if end == b'\n' && line == b"\r" {
                continue;
            }
            let mut cells: Vec<Vec<u8>> = record.iter().map(<[u8]>::to_vec).collect();
            if let Some(last) =
                cells.last_mut().filter(|last| end == b'\n' && line.ends_with(b"\r") && last.ends_with(b"\r"))
            {
                last.pop();
            }
            let raw = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
            self.records.push(Record { raw, beside: String::new(), content: Content::Cells(cells) });
        }
        if header
            && !self.records.is_empty()
            && let Content::Cells(cells) = self.records.remove(0).content
        {
            self.header = cells.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_string()).collect();
        }
    }

    /// Arrays of records, or records, one behind the other.
    fn elements(&mut self, text: &[u8]) -> Option<()> {
        let mut at = 0;
        loop {
            at +=
                text[at..].iter().take_while(|b| b.is_ascii_whitespace() || matches!(b, b',' | b';')).count();
            if text[at..].starts_with(b"window.YTD.") {
                at += text[at..].iter().position(|byte| *byte == b'[')?;
            }
            match text.get(at) {
                None => return Some(()),
                Some(b'[') => at = self.array(text, at, "", false)?,
                // A word or number between lists is none of their records.
                Some(byte) if *byte != b'{' => return None,
                Some(_) => {
                    let end = value_end(text, at)?;
                    self.records.push(record_of(&text[at..end], String::new()));
                    at = end;
                }
            }
        }
    }

    /// The records in an array that begins at `at`; the place behind it.
    fn array(&mut self, text: &[u8], mut at: usize, beside: &str, errors: bool) -> Option<usize> {
        at = skip(text, at + 1);
        if text.get(at) == Some(&b']') {
            return Some(at + 1);
        }
        loop {
            let end = value_end(text, at)?;
            let raw = &text[at..end];
            if !errors {
                self.records.push(record_of(raw, beside.into()));
            } else if is_refusal(raw) {
                let content = Content::Refusal;
                self.records.push(Record { raw: raw.to_vec(), beside: beside.into(), content });
            }
            at = skip(text, end);
            match text.get(at)? {
                b',' => at = skip(text, at + 1),
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn pages(&mut self, text: &[u8], path: &[&str], beside: &str) -> Option<()> {
        let mut at = 0;
        let mut depth = 0usize;
        loop {
            at = skip(text, at);
            match text.get(at) {
                None => return (depth == 0).then_some(()),
                Some(b'[') => (depth, at) = (depth + 1, at + 1),
                Some(b']') => (depth, at) = (depth.checked_sub(1)?, at + 1),
                Some(b',') => at += 1,
                Some(b'{') => at = self.page(text, at, path, beside)?,
                Some(_) => return None,
            }
        }
    }

    fn page(&mut self, text: &[u8], at: usize, path: &[&str], beside: &str) -> Option<usize> {
        let mut at = skip(text, at + 1);
        if text.get(at) == Some(&b'}') {
            return Some(at + 1);
        }
        loop {
            let key_end = value_end(text, at)?;
            let key: String = serde_json::from_slice(&text[at..key_end]).ok()?;
            at = skip(text, key_end);
            if text.get(at) != Some(&b':') {
                return None;
            }
            at = skip(text, at + 1);
            let wanted = path.first() == Some(&key.as_str());
            at = match text.get(at)? {
                b'[' if wanted && path.len() == 1 => self.array(text, at, beside, false)?,
                b'{' if wanted && path.len() == 2 => self.page(text, at, &path[1..], beside)?,
                b'[' if key == "errors" && path == ["data"] => self.array(text, at, beside, true)?,
                b'{' if wanted => {
                    let end = value_end(text, at)?;
                    self.records.push(record_of(&text[at..end], beside.into()));
                    end
                }
                _ => value_end(text, at)?,
            };
            at = skip(text, at);
            match text.get(at)? {
                b',' => at = skip(text, at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }
}

fn skip(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn record_of(raw: &[u8], beside: String) -> Record {
    let whole = || value_end(raw, 0) == Some(raw.len());
    let content = match serde_json::from_slice(raw) {
        Ok(value) => Content::Value(value),
        Err(error) if error.to_string().contains("recursion") && whole() => Content::Deep,
        // Sound but for bytes in a text; where that is not used, nothing is wrong.
        Err(_) if whole() => {
            serde_json::from_str(&String::from_utf8_lossy(raw)).map_or(Content::Deep, Content::Value)
        }
        Err(_) => Content::Broken,
    };
    Record { raw: raw.trim_ascii().to_vec(), beside, content }
}

fn is_refusal(raw: &[u8]) -> bool {
    let Ok(error) = serde_json::from_slice::<Value>(raw) else { return false };
    let text = |key: &str| error[key].as_str();
    let parameter = text("parameter").unwrap_or_default();
    text("resource_type") == Some("user")
        && !parameter.starts_with("entities.")
        && !parameter.contains("in_reply_to")
        && (text("resource_id").is_some() || text("value").is_some())
}

fn retrieved_at(line: &[u8]) -> String {
    if memchr::memmem::find_iter(line, b"\"__twarc\"").count() > 1 {
        return "twice".into();
    }
    let page: Value = serde_json::from_slice(line).unwrap_or_default();
    page["__twarc"]["retrieved_at"].as_str().unwrap_or_default().into()
}

/// What cuts the first line into the most cells.
fn delimiter_of(line: &[u8]) -> u8 {
    let cells = |delimiter: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(line);
        let mut record = csv::ByteRecord::new();
        reader.read_byte_record(&mut record).unwrap();
        record.len()
    };
    // The first of those that cut it as much.
    *b",;\t|".iter().rev().max_by_key(|delimiter| cells(**delimiter)).unwrap()
}
