//! Label lists: ids with a class, apart from the accounts themselves.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::{Damage, IngestError, Source, delimited};
use crate::account::{LABEL_WORDS, Label};
use crate::safe::visible;

/// No line of a list is as long, bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// Ids with their class, out of a `.tsv`, `.dat` or `.csv` file, with or without a header.
#[derive(Clone, Debug, Default)]
pub struct LabelList {
    by_id: HashMap<String, Label>,
    contradictory: HashSet<String>,
    unreadable: u64,
    /// Line and text of the first that is unreadable.
    first_unreadable: Option<(u64, String)>,
    name: String,
}

/// Names of the column with the class, where a list has a header.
const CLASS: [&str; 5] = ["label", "class", "target", "account_type", "type"];
/// Names of the column with the id.
const ID: [&str; 5] = ["id", "id_str", "user_id", "userid", "account_id"];

/// The form of an id in which files are joined: without the `u` or `x` that some exports put in front.
pub fn canonical_id(id: &str) -> &str {
    let id = id.trim();
    match id.strip_prefix(['u', 'x']) {
        Some(rest) if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => id,
    }
}

impl LabelList {
    /// Reads a list: on each line an id, then a class, parted by a tab, comma, semicolon or spaces. A header may say where they
    /// stand (`id`, `label`), and has to where there are more columns.
    ///
    /// # Errors
    /// Where the file cannot be read or holds no line of that kind.
    pub fn open(path: &Path) -> Result<LabelList, IngestError> {
        LabelList::read(path, BufReader::with_capacity(1 << 16, Source::open(path)?))
    }

    /// Like [`LabelList::open`], over bytes in memory; the path is for messages.
    ///
    /// # Errors
    /// Where there is no line with an id and a class.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<LabelList, IngestError> {
        LabelList::read(path, bytes)
    }

    /// Line by line, so that what is held is the ids and not the file, whatever a packed one comes to.
    fn read(path: &Path, mut lines: impl BufRead) -> Result<LabelList, IngestError> {
        let refused = |found: String, expected: &str| IngestError::Unusable {
            path: path.to_path_buf(),
            found,
            expected: expected.into(),
        };
        let unusable = |found: &str| refused(found.into(), "lines such as `12345<TAB>bot` or `12345,human`");
        let mut list =
            LabelList { name: visible(&path.display().to_string()).into_owned(), ..LabelList::default() };
        let (mut bytes, mut delimiter, mut at_first, mut number) = (Vec::new(), None, true, 0);
        let (mut id_at, mut class_at) = (0, 1);
        loop {
            bytes.clear();
            lines
                .by_ref()
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut bytes)
                .map_err(|source| IngestError::Read { path: path.to_path_buf(), source })?;
            if bytes.is_empty() {
                break;
            }
            if bytes.len() as u64 == LONGEST_LINE {
                return Err(unusable("a line longer than a MiB"));
            }
            number += 1;
            let line = String::from_utf8_lossy(&bytes);
            // Lists that were joined one behind the other have a mark in the middle.
            let line = line.trim_end_matches(['\r', '\n']).trim_start_matches('\u{feff}');
            let delimiter =
                *delimiter.get_or_insert_with(|| char::from(delimited::guess_delimiter(line.as_bytes())));
            if line.trim().is_empty() {
                continue;
            }
            let mut cells: Vec<&str> =
                line.split(delimiter).map(|cell| cell.trim().trim_matches('"')).collect();
            if cells.len() < 2 {
                cells = line.split_whitespace().collect();
            }
            let label = cells.get(class_at).and_then(|cell| Label::parse(cell));
            match (cells.get(id_at), label) {
                (Some(id), Some(label)) => {
                    let id = canonical_id(id).to_string();
                    if list.by_id.insert(id.clone(), label).is_some_and(|before| before != label) {
                        list.contradictory.insert(id);
                    }
                }
                // A line that begins with a number is no header; one of pandas begins with nothing.
                _ if at_first && (cells[0].is_empty() || !cells[0].bytes().all(|b| b.is_ascii_digit())) => {
                    (id_at, class_at) = places(&cells).ok_or_else(|| {
                        refused(
                            format!("a header with the columns {}", visible(&cells.join(", "))),
                            "a column id and a column label among them, or an id and a class alone",
                        )
                    })?;
                }
                _ => {
                    list.unreadable += 1;
                    list.first_unreadable.get_or_insert_with(|| (number, Damage::excerpt(line.as_bytes())));
                }
            }
            at_first = false;
        }
        for id in &list.contradictory {
            list.by_id.remove(id);
        }
        if list.by_id.is_empty() {
            return Err(unusable("no line with an id and a class"));
        }
        Ok(list)
    }

    /// The class of an id, in any of its forms.
    pub fn get(&self, id: &str) -> Option<Label> {
        self.by_id.get(canonical_id(id)).copied()
    }

    /// Does this id stand in the list with both classes? It then has none.
    pub fn is_contradictory(&self, id: &str) -> bool {
        self.contradictory.contains(canonical_id(id))
    }

    /// How many ids stand in the list with both classes.
    pub fn contradictory(&self) -> u64 {
        self.contradictory.len() as u64
    }

    /// How many lines are not an id and a class.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// What to say of the lines that are not an id and a class.
    pub fn complaint(&self) -> Option<String> {
        let (line, found) = self.first_unreadable.as_ref()?;
        Some(format!(
            "{}: {} not an id and a class, the first is line {line}: found {found}; expected an id and \
             {LABEL_WORDS}",
            self.name,
            match self.unreadable {
                1 => "1 line is".to_string(),
                n => format!("{n} lines are"),
            }
        ))
    }

    /// How many ids have a class.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Is the list empty?
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// Where a header says that the id and the class stand; `None` where it names neither and has more than two columns.
fn places(header: &[&str]) -> Option<(usize, usize)> {
    let named =
        |names: &[&str]| header.iter().position(|cell| names.contains(&cell.to_ascii_lowercase().as_str()));
    match (named(&ID), named(&CLASS)) {
        (id, Some(class)) if id.is_some() || class > 0 => Some((id.unwrap_or(0), class)),
        _ => (header.len() <= 2).then_some((0, 1)),
    }
}

/// The label list that belongs to a Bot Repository file: `<name>.tsv` beside `<name>_tweets.json[.gz]`.
pub fn sibling_labels(accounts: &Path) -> Option<PathBuf> {
    let name = accounts.file_name()?.to_str()?;
    let stem = name.split("_tweets.json").next().filter(|stem| stem.len() < name.len())?;
    let sibling = accounts.with_file_name(format!("{stem}.tsv"));
    sibling.is_file().then_some(sibling)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<LabelList, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels");
        std::fs::write(&path, text).unwrap();
        LabelList::open(&path)
    }

    #[test]
    fn lists_are_read_in_every_form_of_the_public_sets() {
        let tsv = list("1\tbot\n2\thuman\n3\tpolitical_Bot\n").unwrap();
        assert_eq!(
            (tsv.get("1"), tsv.get("2"), tsv.get("3")),
            (Some(Label::Bot), Some(Label::Human), Some(Label::Bot))
        );
        let dat = list("10 1\n11\t0\n12  0\n").unwrap();
        assert_eq!((dat.get("10"), dat.get("12"), dat.len()), (Some(Label::Bot), Some(Label::Human), 3));
        let csv = list("id,label\nu77,human\n").unwrap();
        assert_eq!(csv.get("77"), Some(Label::Human));
        assert_eq!(csv.get("u77"), Some(Label::Human));
    }

    #[test]
    fn an_id_with_both_classes_has_none() {
        let list = list("1\tbot\n1\thuman\n2\tbot\n").unwrap();
        assert_eq!((list.get("1"), list.contradictory(), list.len()), (None, 1, 1));
    }

    #[test]
    fn a_header_says_where_the_class_stands() {
        let found = list("id,verified,label\n1,1,human\n2,0,bot\n").unwrap();
        assert_eq!((found.get("1"), found.get("2")), (Some(Label::Human), Some(Label::Bot)));
        let found = list("label\tuser_id\nbot\t5\n").unwrap();
        assert_eq!(found.get("5"), Some(Label::Bot));
        let found = list(",id,label\n0,5,bot\n1,6,human\n").unwrap();
        assert_eq!((found.get("5"), found.get("6")), (Some(Label::Bot), Some(Label::Human)));
        let found = list("uid,class\n5,bot\n").unwrap();
        assert_eq!(found.get("5"), Some(Label::Bot));
        let refused = list("id,verified,kind\n1,1,human\n").unwrap_err().to_string();
        assert!(refused.contains("id, verified, kind") && refused.contains("a column label"), "{refused}");
    }

    #[test]
    fn lines_that_are_none_are_counted_and_the_first_is_told() {
        let found = list("id,label\n1,bot\n2,robot\n3,\n4,human\n").unwrap();
        assert_eq!((found.len(), found.unreadable()), (2, 2));
        let complaint = found.complaint().unwrap();
        assert!(
            complaint.contains("2 lines are") && complaint.contains("line 3: found \"2,robot\""),
            "{complaint}"
        );
        assert_eq!(list("1,bot\n").unwrap().complaint(), None);
        let first = list("1,robot\n2,bot\n").unwrap().complaint().unwrap();
        assert!(first.contains("1 line is") && first.contains("line 1: found \"1,robot\""), "{first}");
    }

    #[test]
    fn a_file_without_labels_is_refused() {
        assert!(list("hello\nworld\n").is_err());
    }
}
