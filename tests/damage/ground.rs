//! A sample with what is known of it before it is damaged.

use std::collections::HashMap;

use botsieve::ingest::Source;
use botsieve::model::Scorer;

use crate::plain::{Plain, Shape, text_of};
use crate::read::{self, Posts, Reading};
use crate::sample::{Reader, Sample};

pub struct Ground {
    pub sample: Sample,
    /// As UTF-8 text, without what stands in front of it.
    pub text: Vec<u8>,
    /// `None` where the file is refused, or is not of accounts.
    pub reading: Option<Reading>,
    pub shape: Option<Shape>,
    pub plain: Option<Plain>,
    /// The row that these bytes are, with the time of their page.
    pub outcomes: HashMap<(Vec<u8>, String), usize>,
    pub posts: Option<Posts>,
    /// The posts of each line, for files of posts.
    lines: HashMap<Vec<u8>, Vec<String>>,
}

impl Ground {
    pub fn of(sample: Sample, scorer: &Scorer) -> Ground {
        let source = || Source::from_bytes(&sample.name, sample.bytes.clone());
        let accounts =
            (sample.reader == Reader::Accounts).then(|| read::accounts(source(), scorer).unwrap().ok());
        let reading = accounts.flatten();
        let posts = (sample.reader == Reader::Posts).then(|| read::posts(source()).unwrap().ok()).flatten();
        let encoding = reading.as_ref().and_then(|reading| reading.mapping.encoding.clone());
        let text = text_of(&sample.bytes, encoding.as_deref());
        let shape = reading.as_ref().and_then(|reading| {
            let table = !matches!(text.first(), Some(b'[' | b'{'));
            let header = !["caverlee", "id-list", "handle-list"].contains(&reading.dialect.name());
            Shape::of(&text, table.then_some(header), reading)
        });
        let plain = shape.map(|shape| shape.read(&text));
        let mut outcomes = HashMap::new();
        for (row, record) in plain.iter().flat_map(|plain| &plain.records).enumerate() {
            outcomes.entry((record.raw.clone(), record.beside.clone())).or_insert(row);
        }
        let lines = if posts.is_some() { posts_by_line(&sample) } else { HashMap::new() };
        Ground { sample, text, reading, shape, plain, outcomes, posts, lines }
    }

    /// The posts that stand on a line of the file, if it is one.
    pub fn posts_of_line(&self, line: &[u8]) -> &[String] {
        self.lines.get(line).map_or(&[], Vec::as_slice)
    }

    /// The file with other bytes for one record.
    pub fn with_record(&self, row: usize, bytes: &[u8]) -> Option<Vec<u8>> {
        let records = &self.plain.as_ref()?.records;
        let table = matches!(self.shape, Some(Shape::Table { header: true }));
        let header = if table { memchr::memchr(b'\n', &self.text)? + 1 } else { 0 };
        let mut from = header;
        for record in &records[..row] {
            from += memchr::memmem::find(&self.text[from..], &record.raw)? + record.raw.len();
        }
        let raw = &records.get(row)?.raw;
        let at = from + memchr::memmem::find(&self.text[from..], raw)?;
        Some([&self.text[..at], bytes, &self.text[at + raw.len()..]].concat())
    }
}

/// Each line read by itself, behind the header where there is one.
fn posts_by_line(sample: &Sample) -> HashMap<Vec<u8>, Vec<String>> {
    let mut lines = sample.bytes.split_inclusive(|byte| *byte == b'\n');
    let json = matches!(sample.bytes.first(), Some(b'[' | b'{'));
    let posts_in = |header: &[u8], line: &[u8]| {
        let source = Source::from_bytes(&sample.name, [header, line].concat());
        read::posts(source).unwrap().map_or(Vec::new(), |posts| posts.posts)
    };
    let first = lines.clone().next().unwrap_or_default();
    let header =
        if json || !posts_in(b"", first).is_empty() { b"" } else { lines.next().unwrap_or_default() };
    let read = |line: &[u8]| (line.strip_suffix(b"\n").unwrap_or(line).to_vec(), posts_in(header, line));
    lines.map(read).collect()
}
