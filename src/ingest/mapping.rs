//! Which column became which field, for the mapping report and for the parsers.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::dialect::Dialect;
use super::field::{self, FIELDS, Field, Names};
use super::{IngestError, ReadOptions};
use crate::safe::{one_line, visible_lines};

/// A column (or JSON key) in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// Its name in the file.
    pub name: String,
    /// The field it fills.
    pub field: Field,
}

/// What was made of the names in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// Columns in use.
    pub used: Vec<Mapped>,
    /// Columns that mean a field another column already fills: name, field, the name that won.
    pub shadowed: Vec<(String, Field, String)>,
    /// Columns that no field was found for.
    pub unused: Vec<String>,
    /// Names standing more than once in the header; the first is used.
    pub duplicate: Vec<String>,
    /// The column that holds the class, where one was asked for.
    pub label: Option<String>,
    /// Columns whose name suggests a class, though none was asked for.
    pub label_like: Vec<String>,
    /// How the bytes are read, and why; `None` is UTF-8.
    pub encoding: Option<String>,
    /// The accounts are ids and nothing else: they can be listed and compared, not scored.
    pub ids_only: bool,
    /// A record is a post, with its author's profile beside it.
    pub of_posts: bool,
    /// There is not one record in the file, so there was nothing to map.
    #[serde(skip)]
    pub(super) no_records: bool,
    /// What the network answered in place of accounts.
    #[serde(skip)]
    pub(super) answer: Option<String>,
    /// It is JSON, and none of the first records could be read.
    #[serde(skip)]
    pub(super) none_readable: bool,
    /// A label column was asked for and is not there.
    #[serde(skip)]
    pub(super) missing_label: bool,
    /// Map file entries whose column is not there.
    #[serde(skip)]
    pub(super) missing_mapped: Vec<String>,
}

/// `--map file.toml`: names mapped by hand.
///
/// ```toml
/// # field of botsieve = "column of the file"; an empty text leaves the field unmapped
/// handle = "Nickname"
/// followers = "Fans"
/// location = ""
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct MapFile(BTreeMap<String, String>);

impl MapFile {
    /// Reads and checks a map file.
    ///
    /// # Errors
    /// Where it cannot be read, is not TOML of that shape, or names a field that does not exist.
    pub fn open(path: &Path) -> Result<MapFile, IngestError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| IngestError::Open { path: path.to_path_buf(), source })?;
        let unusable = |found: String| IngestError::Unusable {
            path: path.to_path_buf(),
            found,
            expected: format!(
                "lines like `followers = \"Fans\"` with these names on the left: {}",
                FIELDS.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")
            ),
        };
        let map: MapFile =
            toml::from_str(&text).map_err(|error| unusable(visible_lines(&error.to_string())))?;
        match map.0.keys().find(|name| Field::from_name(name).is_none()) {
            Some(name) => Err(unusable(format!("no field is called \"{}\"", one_line(name, 60)))),
            None => Ok(map),
        }
    }

    /// A map file that says what `mapping` does, to be corrected by hand: the columns in use, and as comments
    /// the fields that have none and the columns that are left over.
    pub fn draft(mapping: &Mapping) -> String {
        let quoted = |name: &str| toml::Value::String(name.to_string()).to_string();
        let mut text = String::from(
            "# Which column of the file is which field. Left: the field. Right: the name of the column.\n\
             # An empty text (\"\") leaves a field without a column.\n\n",
        );
        for mapped in &mapping.used {
            text += &format!("{} = {}\n", mapped.field.name(), quoted(&mapped.name));
        }
        if let Some(label) = &mapping.label {
            text += &format!("label = {}\n", quoted(label));
        }
        let taken = |field: Field| mapping.has(field) || (field == Field::Label && mapping.label.is_some());
        let fields: Vec<&str> = FIELDS
            .iter()
            .filter(|(field, ..)| !taken(*field) && *field != Field::Status)
            .map(|(_, name, _)| *name)
            .collect();
        if !fields.is_empty() {
            text += "\n# Fields without a column:\n";
            for name in fields {
                text += &format!("# {name} = \"\"\n");
            }
        }
        let shadowed = mapping.shadowed.iter().map(|(name, ..)| name);
        let spare: Vec<String> = mapping.unused.iter().chain(shadowed).map(|name| quoted(name)).collect();
        if !spare.is_empty() {
            text += "\n# Columns that are not used:\n";
            for name in spare {
                text += &format!("# {}\n", name.replace('\n', "\n# "));
            }
        }
        text
    }

    fn column_of(&self, field: Field) -> Option<&str> {
        self.0.get(field.name()).map(String::as_str)
    }
}

impl Mapping {
    /// Maps names by hand where a map file says so, by alias otherwise.
    pub(super) fn of(dialect: Dialect, names: &[String], options: &ReadOptions) -> Mapping {
        let aliases = Names::of(dialect, names);
        let mut mapping =
            Mapping { ids_only: dialect.ids_only(), of_posts: aliases.of_posts, ..Mapping::default() };
        let mut seen: HashMap<&str, ()> = HashMap::new();
        let mut best: BTreeMap<Field, (usize, &str)> = BTreeMap::new();
        let mut candidates: Vec<(&str, Field)> = Vec::new();
        let map = options.map.clone().unwrap_or_default();
        for name in names {
            if seen.insert(name, ()).is_some() {
                mapping.duplicate.push(name.clone());
                continue;
            }
            if options.label_column.as_deref() == Some(name.as_str()) {
                mapping.label = Some(name.clone());
                continue;
            }
            let by_hand =
                FIELDS.iter().map(|(f, _, _)| *f).find(|f| map.column_of(*f) == Some(name.as_str()));
            let found = match by_hand {
                Some(Field::Label) => {
                    mapping.label = Some(name.clone());
                    continue;
                }
                Some(field) => Some((field, 0)),
                // A field mapped by hand takes no other column.
                None => aliases.lookup(name).filter(|(field, _)| map.column_of(*field).is_none()),
            };
            match found {
                Some((field, rank)) => {
                    candidates.push((name, field));
                    let entry = best.entry(field).or_insert((rank, name));
                    if rank < entry.0 {
                        *entry = (rank, name);
                    }
                }
                None => {
                    if field::looks_like_label(name) {
                        mapping.label_like.push(name.clone());
                    }
                    mapping.unused.push(name.clone());
                }
            }
        }
        for (name, field) in candidates {
            let winner = best[&field].1;
            if winner == name {
                mapping.used.push(Mapped { name: name.to_string(), field });
            } else {
                mapping.shadowed.push((name.to_string(), field, winner.to_string()));
            }
        }
        // A column of ids and nothing beside it.
        mapping.ids_only |= names.len() == 1 && mapping.has(Field::Id);
        mapping.missing_label = options.label_column.is_some() && mapping.label.is_none();
        mapping.missing_mapped =
            map.0.values().filter(|column| !column.is_empty() && !names.contains(column)).cloned().collect();
        mapping
    }

    /// Is there a column for this field?
    pub fn has(&self, field: Field) -> bool {
        self.used.iter().any(|mapped| mapped.field == field)
    }

    /// Names of the columns, for messages.
    fn names(&self) -> String {
        let mut all = self.used.iter().map(|m| &m.name).chain(&self.unused).peekable();
        if all.peek().is_none() {
            return "none".into();
        }
        all.take(40).map(|n| crate::safe::one_line(n, 60)).collect::<Vec<_>>().join(", ")
    }

    /// Refuses a file that cannot be what the caller thinks it is.
    pub(super) fn check(&self, path: &Path, options: &ReadOptions) -> Result<(), IngestError> {
        let unusable = |found, expected| unusable(path, found, expected);
        if self.missing_label {
            let wanted = options.label_column.as_deref().unwrap_or_default();
            return unusable(
                format!("no column {wanted:?}; there are: {}", self.names()),
                "the name of a column",
            );
        }
        if let Some(column) = self.missing_mapped.first() {
            return unusable(
                format!(
                    "the map file names a column {column:?} that is not there; there are: {}",
                    self.names()
                ),
                "names of columns in this file on the right-hand side of the map file",
            );
        }
        if options.unknown_columns {
            return Ok(());
        }
        self.check_content(path)
    }

    /// Refuses a file that says nothing of any profile.
    pub(super) fn check_content(&self, path: &Path) -> Result<(), IngestError> {
        let unusable = |found, expected| unusable(path, found, expected);
        if let Some(words) = &self.answer {
            return unusable(
                format!("the network answered with an error and no accounts: {words}"),
                "a list of accounts: fetch it again",
            );
        }
        if self.none_readable {
            return unusable(
                "it begins like JSON, but none of its first records can be read as an object".into(),
                "an object a line with nothing behind it (no comma), or a list of objects in brackets; keys and texts \
                 in double quotes (JSON, not Python)",
            );
        }
        if self.no_records {
            return Ok(());
        }
        if self.ids_only && (self.has(Field::Id) || self.has(Field::ProfileUrl)) {
            return Ok(());
        }
        let about_posts = [Field::LastPostAt, Field::LastPostId, Field::LastPostText];
        let facts = self
            .used
            .iter()
            .map(|mapped| mapped.field)
            .filter(|field| !about_posts.contains(field) && !matches!(field, Field::Id | Field::ObservedAt))
            .filter(|field| {
                !self.of_posts || !matches!(field, Field::Handle | Field::Name | Field::Location | Field::Url)
            })
            .count();
        if facts == 0 {
            let what = if self.of_posts {
                "these are posts without the profiles of their authors"
            } else {
                "no column is known as part of a profile"
            };
            return unusable(
                format!("{what}; there are: {}", self.names()),
                "at least one column such as screen_name, description, followers_count or created_at. If these \
                 are accounts under other names, say which is which with --map FILE; if it is a list of \
                 labels, give it with --labels",
            );
        }
        Ok(())
    }
}

fn unusable(path: &Path, found: String, expected: &str) -> Result<(), IngestError> {
    Err(IngestError::Unusable { path: path.to_path_buf(), found, expected: expected.to_string() })
}

impl std::fmt::Display for Mapping {
    /// One line a column: `followers_count -> followers`, then what is left over.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = crate::safe::visible;
        if let Some(encoding) = &self.encoding {
            writeln!(f, "encoding: {encoding}")?;
        }
        if self.ids_only {
            writeln!(f, "ids only: these accounts can be listed and compared, not scored")?;
        }
        let width = self.used.iter().map(|mapped| mapped.name.chars().count()).max().unwrap_or(0);
        for mapped in &self.used {
            writeln!(f, "{:width$} -> {}", shown(&mapped.name), mapped.field.name())?;
        }
        if let Some(label) = &self.label {
            writeln!(f, "{:width$} -> label", shown(label))?;
        }
        for (name, field, winner) in &self.shadowed {
            writeln!(f, "{} not used: {} is taken from {}", shown(name), field.name(), shown(winner))?;
        }
        for name in &self.duplicate {
            writeln!(f, "{} not used: the name stands there twice, the first counts", shown(name))?;
        }
        for name in &self.label_like {
            writeln!(f, "{} looks like a label; it is used only where it is asked for", shown(name))?;
        }
        let unused: Vec<_> = self.unused.iter().map(|name| shown(name)).collect();
        if !unused.is_empty() {
            writeln!(f, "unused: {}", unused.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drafted_map_file_says_what_the_mapping_does() {
        let names = ["ID", "Fans", "screen_name", "a \"b\"\nc", "id_str"].map(String::from);
        let mapping = Mapping::of(Dialect::Csv, &names, &ReadOptions::default());
        let draft = MapFile::draft(&mapping);
        assert!(
            draft.contains("handle = \"screen_name\"")
                && draft.contains("# followers = \"\"")
                && draft.contains("# \"Fans\""),
            "{draft}"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.toml");
        std::fs::write(&path, draft.replace("# followers = \"\"", "followers = \"Fans\"")).unwrap();
        let map = Some(MapFile::open(&path).unwrap());
        let corrected = Mapping::of(Dialect::Csv, &names, &ReadOptions { map, ..ReadOptions::default() });
        assert!(corrected.has(Field::Followers));
        let same =
            |m: &Mapping| m.used.iter().filter(|m| m.field != Field::Followers).cloned().collect::<Vec<_>>();
        assert_eq!(same(&corrected), same(&mapping));
    }

    #[test]
    fn what_a_map_file_says_is_harmless_in_the_message_that_shows_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.toml");
        for text in ["followers \u{7}", "\"a\u{202e}b\" = \"x\"", "# \u{200b}\n = 1"] {
            std::fs::write(&path, text).unwrap();
            let message = MapFile::open(&path).unwrap_err().to_string();
            assert_eq!(visible_lines(&message), message);
        }
    }
}
