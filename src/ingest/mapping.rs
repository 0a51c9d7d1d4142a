//! Which column became which field, for the mapping report and for the parsers.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::field::{self, Field};
use super::{IngestError, ReadOptions};

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
                field::FIELDS.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")
            ),
        };
        let map: MapFile = toml::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        match map.0.keys().find(|name| Field::from_name(name).is_none()) {
            Some(name) => Err(unusable(format!("no field is called {name:?}"))),
            None => Ok(map),
        }
    }

    fn column_of(&self, field: Field) -> Option<&str> {
        self.0.get(field.name()).map(String::as_str)
    }
}

impl Mapping {
    /// Maps names by hand where a map file says so, by alias otherwise.
    pub(super) fn of(names: &[String], options: &ReadOptions) -> Mapping {
        let mut mapping = Mapping::default();
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
                field::FIELDS.iter().map(|(f, _, _)| *f).find(|f| map.column_of(*f) == Some(name.as_str()));
            let found = match by_hand {
                Some(Field::Label) => {
                    mapping.label = Some(name.clone());
                    continue;
                }
                Some(field) => Some((field, 0)),
                // A field mapped by hand takes no other column.
                None => field::lookup(name).filter(|(field, _)| map.column_of(*field).is_none()),
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
        mapping.missing_label = options.label_column.is_some() && mapping.label.is_none();
        mapping.missing_mapped = map
            .0
            .values()
            .filter(|column| !column.is_empty() && !names.contains(column))
            .cloned()
            .collect();
        mapping
    }

    /// Is there a column for this field?
    pub fn has(&self, field: Field) -> bool {
        self.used.iter().any(|mapped| mapped.field == field)
    }

    /// Refuses a file that cannot be what the caller thinks it is.
    pub(super) fn check(&self, path: &Path, options: &ReadOptions) -> Result<(), IngestError> {
        let unusable = |found: String, expected: &str| {
            Err(IngestError::Unusable { path: path.to_path_buf(), found, expected: expected.to_string() })
        };
        let names = || {
            let all = self.used.iter().map(|m| &m.name).chain(&self.unused);
            all.take(40).map(|n| crate::safe::visible(n).into_owned()).collect::<Vec<_>>().join(", ")
        };
        if self.missing_label {
            let wanted = options.label_column.as_deref().unwrap_or_default();
            return unusable(format!("no column {wanted:?}; there are: {}", names()), "the name of a column");
        }
        if let Some(column) = self.missing_mapped.first() {
            return unusable(
                format!("the map file names a column {column:?} that is not there; there are: {}", names()),
                "names of columns in this file on the right-hand side of the map file",
            );
        }
        let facts = self.used.iter().filter(|mapped| mapped.field != Field::Id).count();
        if facts == 0 {
            return unusable(
                format!("no column is known as part of a profile; there are: {}", names()),
                "at least one column such as screen_name, description, followers_count or created_at. If these \
                 are accounts under other names, say which is which with --map FILE; if it is a list of \
                 labels, give it with --labels",
            );
        }
        Ok(())
    }
}
