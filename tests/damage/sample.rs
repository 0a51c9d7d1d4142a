//! The files that are damaged: the made ones of this repository, and heads of real ones where they are there.

use std::io::Read as _;
use std::path::Path;

use botsieve::ingest::Source;
use serde::de::IgnoredAny;

use crate::common::repository;
use crate::reading;

/// What reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Accounts,
    Posts,
    Labels,
}

/// A file before anything happened to it.
pub struct Sample {
    pub name: String,
    pub bytes: Vec<u8>,
    pub reader: Reader,
    /// Rows of real accounts: read where they lie, never told in words.
    pub real: bool,
}

/// Of a long file so many bytes are damaged.
const HEAD: usize = 12 << 10;
/// A JSON file whose first records take more is left out.
const LONGEST_HEAD: usize = 256 << 10;

/// Every file, in an order that does not change.
pub fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    for path in reading::files(&repository("data")) {
        let name = path.strip_prefix(repository("data")).unwrap().display().to_string();
        let is_label_list =
            ["bot_repository.tsv", "twibot22_label.csv"].iter().any(|end| name.ends_with(end));
        let reader = match name.as_str() {
            _ if name.ends_with(".md") || (name.ends_with(".xlsx") && cfg!(not(feature = "xlsx"))) => {
                continue;
            }
            "engagement/posts.jsonl" | "posts/posts.csv" => Reader::Posts,
            _ if name.starts_with("posts/api_") => Reader::Posts,
            _ if is_label_list => Reader::Labels,
            _ => Reader::Accounts,
        };
        let bytes = std::fs::read(&path).unwrap();
        let bytes = if name.contains('/') { bytes } else { head_of_lines(bytes) };
        samples.push(Sample { name, bytes, reader, real: false });
    }
    samples.extend(real());
    assert!(samples.iter().filter(|sample| !sample.real).count() > 50, "the made files are there");
    samples
}

/// Heads of the real files, each shape once or twice; none with `BOTSIEVE_DAMAGE_MADE`, as where there are none: other inputs
/// are then drawn of the made ones.
fn real() -> Vec<Sample> {
    let folder = repository("../shared/datasets");
    if !folder.is_dir() || std::env::var_os("BOTSIEVE_DAMAGE_MADE").is_some() {
        return Vec::new();
    }
    reading::files(&folder).into_iter().filter_map(|path| real_head(&folder, &path)).collect()
}

fn real_head(folder: &Path, path: &Path) -> Option<Sample> {
    let name = path.strip_prefix(folder).ok()?.display().to_string();
    let (base, _) = name.split_once(".gz").unwrap_or((&name, ""));
    if [".md", "original.txt", "Status_summary.txt"].iter().any(|end| base.ends_with(end)) {
        return None;
    }
    let reader = if base.starts_with("label-lists") || base.ends_with(".tsv") || base.contains("dataset.bots")
    {
        Reader::Labels
    } else if [
        "_tweets.txt",
        "tweets.csv",
        "lasttweets.csv",
        "last50.csv",
        "recent_small.csv",
        "timestamps_full.csv",
    ]
    .iter()
    .any(|end| base.ends_with(end))
    {
        Reader::Posts
    } else {
        Reader::Accounts
    };
    let bytes = first_bytes(path, LONGEST_HEAD);
    let json = matches!(bytes.first(), Some(b'[' | b'{'));
    let bytes = if json { head_of_json(&bytes)? } else { head_of_lines(bytes) };
    Some(Sample { name: format!("real: {name}"), bytes, reader, real: true })
}

/// The beginning of a file, unpacked.
fn first_bytes(path: &Path, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    Source::open(path).unwrap().take(most as u64).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Whole lines from the front.
fn head_of_lines(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() > HEAD {
        let end = bytes[..HEAD].iter().rposition(|byte| *byte == b'\n').map_or(HEAD, |at| at + 1);
        bytes.truncate(end);
    }
    bytes
}

/// The first few whole records of a JSON array or of JSON lines; `None` where there are none within the head.
fn head_of_json(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes[0] == b'{' {
        // A page with megabytes of posts in front of its accounts is no small file.
        return bytes.contains(&b'\n').then(|| head_of_lines(bytes.to_vec()));
    }
    let (mut at, mut end) = (1, None);
    while let Some(next) = value_end(bytes, at) {
        end = Some(next);
        at = next
            + bytes[next..].iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b',').count();
        if next > HEAD || bytes.get(at) == Some(&b']') {
            break;
        }
    }
    end.map(|end| [&bytes[..end], &b"]\n"[..]].concat())
}

/// Where the JSON value that begins at `at` ends, as `serde_json` sees it.
pub fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(bytes.get(at..)?).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(at + values.byte_offset())
}
