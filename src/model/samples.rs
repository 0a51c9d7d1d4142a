//! Labelled rows from many sources as one table of feature values.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::column::{Column, retain};
use super::manifest::{Manifest, ManifestError, Source, SourceFile};
use super::shared::{Name, Names};
use crate::account::{Account, LABEL_WORDS, Label};
use crate::features::{CATALOGUE, compute_all};
use crate::ingest::{
    self, Beside, BesideFiles, Damage, IngestError, Input, LabelList, ReadOptions, canonical_id, hashed,
    in_order, parse_time, sha256_of_file, sibling_labels,
};
use crate::safe::visible;
use crate::scramble::scramble;

/// What keeps labelled rows from being read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum SamplesError {
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error("source {source_name:?}: {}: no row has a label\n  expected labels by `label`, `label_column` or `labels`", path.display())]
    NoLabel { source_name: String, path: PathBuf },
    #[error(
        "{}: column {column} holds no labels: {faults} of {rows} cells are something else, the first is {first}\n  expected \
         {LABEL_WORDS}",
        path.display()
    )]
    NotLabels { path: PathBuf, column: String, faults: u64, rows: u64, first: String },
}

/// What became of the rows of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Rows read.
    pub read: u64,
    /// Rows used.
    pub used: u64,
    /// Rows that could not be read.
    pub damaged: u64,
    /// Rows without a label.
    pub unlabelled: u64,
    /// Rows of another part of the file, where a source takes only a part.
    pub elsewhere: u64,
    /// Rows repeating an account that this source already has.
    pub repeated: u64,
    /// Rows of accounts that carry both labels within their family.
    pub contradictory: u64,
}

impl Tally {
    /// What became of the rows, with a word for each fate.
    pub fn fates(&self) -> [(&'static str, u64); 6] {
        [
            ("used", self.used),
            ("damaged", self.damaged),
            ("without a label", self.unlabelled),
            ("of another part", self.elsewhere),
            ("duplicate", self.repeated),
            ("with both labels", self.contradictory),
        ]
    }
}

/// One file that was read.
#[derive(Clone, Debug)]
pub struct ReadFile {
    /// The source it belongs to.
    pub source: usize,
    /// Path as the manifest has it.
    pub path: String,
    /// SHA-256 of the file on disk.
    pub sha256: String,
    /// What became of its rows.
    pub tally: Tally,
    /// The first rows that could not be read: row, line and reason.
    pub first_damaged: Vec<(u64, u64, Damage)>,
    /// The files read beside it, and how many of its rows they fill.
    pub beside: Option<Arc<Beside>>,
    /// Lines of its list of labels that are not an id and a class, and what to say of them.
    pub labels_unreadable: (u64, Option<String>),
    /// Rows that were read, with their remarks.
    pub noted: ingest::Tally,
}

/// So many damaged rows of a file are kept with their reason.
const FIRST_DAMAGED: usize = 5;

/// A source as the table knows it.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// Name in reports.
    pub name: String,
    /// Sources of one family are held out together.
    pub family: String,
    /// Factor on its weight in training.
    pub weight: f64,
    /// Is its family tested by leaving it out?
    pub hold_out: bool,
}

/// Labelled accounts: `values[feature]` holds a value a row, `NaN` for missing, features in the catalogue's order.
///
/// Ids are kept only as group numbers, for grouping and for dropping shared accounts; times and sources only
/// as what they are needed for. None of them is among the values.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// One column a feature of the catalogue.
    pub values: Vec<Column>,
    /// Is the row a bot?
    pub labels: Vec<bool>,
    /// Rows of one account have one number, whatever file they are in.
    pub groups: Vec<u64>,
    /// The handle as a number, the same for one handle in every file; and whether it is all that is known of who it is.
    pub(super) names: Vec<Name>,
    /// Index into `sources`.
    pub source: Vec<usize>,
    /// Index into `files`; none for a decision.
    pub file: Vec<usize>,
    /// Row in its file, from 1: to tell a person which one is meant.
    pub row: Vec<u64>,
    /// The sources.
    pub sources: Vec<SourceInfo>,
    /// The files, with what became of their rows.
    pub files: Vec<ReadFile>,
}

impl Samples {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Is there no row?
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The family of a row.
    pub fn family(&self, row: usize) -> &str {
        &self.sources[self.source[row]].family
    }

    /// Is the feature [`EVIDENCE`](super::EVIDENCE) true of a row?
    pub fn evident(&self, row: usize) -> bool {
        let column = CATALOGUE.iter().position(|feature| feature.name == super::EVIDENCE);
        column.is_some_and(|column| self.values[column].get(row) == 1.0)
    }

    /// Bots and humans among some rows.
    pub fn classes(&self, rows: &[usize]) -> (usize, usize) {
        let bots = rows.iter().filter(|row| self.labels[**row]).count();
        (bots, rows.len() - bots)
    }

    /// At most so many accounts of each class of each source: always the same ones, whatever the order of the rows.
    pub fn thinned(&self, most: usize) -> Samples {
        let mut cells: HashMap<(usize, bool), Vec<usize>> = HashMap::new();
        for row in 0..self.len() {
            cells.entry((self.source[row], self.labels[row])).or_default().push(row);
        }
        let mut rows: Vec<usize> = Vec::new();
        for mut cell in cells.into_values() {
            cell.sort_by_key(|row| (scramble(self.groups[*row]), self.groups[*row], *row));
            rows.extend(cell.into_iter().take(most));
        }
        rows.sort_unstable();
        Samples {
            values: self
                .values
                .iter()
                .map(|column| rows.iter().map(|&row| column.get(row)).collect())
                .collect(),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            groups: rows.iter().map(|&row| self.groups[row]).collect(),
            names: rows.iter().map(|&row| self.names[row]).collect(),
            source: rows.iter().map(|&row| self.source[row]).collect(),
            file: rows.iter().map(|&row| self.file[row]).collect(),
            row: rows.iter().map(|&row| self.row[row]).collect(),
            sources: self.sources.clone(),
            files: self.files.clone(),
        }
    }

    /// Reads every source of a manifest. `progress` is told each file as it begins.
    ///
    /// # Errors
    /// Where a file cannot be read, or has no label at all.
    pub fn of_manifest(
        manifest: &Manifest,
        threads: usize,
        mut progress: impl FnMut(&str),
    ) -> Result<Samples, SamplesError> {
        let mut collector = Collector::default();
        collector.read_manifest(manifest, threads, &mut progress)?;
        Ok(collector.finish())
    }

    /// Reads every source of a manifest, if one is given, and behind them, as a source of its own that is never left
    /// out, the accounts that a person decided on. The second value says which rows those are.
    ///
    /// # Errors
    /// As [`Samples::of_manifest`].
    pub fn with_decisions(
        manifest: Option<&Manifest>,
        decided: Vec<DecidedAccount>,
        weight: f64,
        threads: usize,
        mut progress: impl FnMut(&str),
    ) -> Result<(Samples, DecisionRows), SamplesError> {
        let mut collector = Collector::default();
        if let Some(manifest) = manifest {
            collector.read_manifest(manifest, threads, &mut progress)?;
        }
        let decisions = collector.take_decisions(decided, weight);
        Ok((collector.finish(), decisions))
    }

    /// Reads one labelled file as a source of its own.
    ///
    /// # Errors
    /// As [`Samples::of_manifest`].
    pub fn of_file(
        path: &Path,
        options: &ReadOptions,
        labels: Option<&LabelList>,
        threads: usize,
    ) -> Result<Samples, SamplesError> {
        let name = path.file_name().map_or_else(|| "-".into(), |n| n.to_string_lossy().into_owned());
        let mut collector = Collector::default();
        let info = SourceInfo { name: name.clone(), family: name.clone(), weight: 1.0, hold_out: false };
        collector.read_one(
            info,
            &name,
            path,
            options,
            &Labelling { constant: None, list: labels },
            None,
            threads,
        )?;
        Ok(collector.finish())
    }

    /// Reads files of which each holds one class.
    ///
    /// # Errors
    /// As [`Samples::of_manifest`].
    pub fn of_classes(
        bots: &[PathBuf],
        humans: &[PathBuf],
        options: &ReadOptions,
        threads: usize,
    ) -> Result<Samples, SamplesError> {
        let mut collector = Collector::default();
        let info = SourceInfo { name: "files".into(), family: "files".into(), weight: 1.0, hold_out: false };
        for (paths, label) in [(bots, Label::Bot), (humans, Label::Human)] {
            for path in paths {
                let labelling = Labelling { constant: Some(label), list: None };
                collector.read_one(
                    info.clone(),
                    &path.to_string_lossy(),
                    path,
                    options,
                    &labelling,
                    None,
                    threads,
                )?;
            }
        }
        Ok(collector.finish())
    }
}

impl Samples {
    /// How much of what was read could not be: rows of the files, and lines of their lists of labels.
    pub fn rejects(&self) -> u64 {
        self.files.iter().map(|file| file.tally.damaged + file.labels_unreadable.0).sum()
    }
}

/// The key by which the rows of all sources are joined: the id in its [canonical form](canonical_id), or without one the
/// handle, marked so that it is never taken for an id.
pub fn account_key(id: Option<&str>, handle: Option<&str>) -> Option<String> {
    id.map(str::to_string).or_else(|| handle.map(|handle| format!("@{}", handle.to_lowercase())))
}

/// Name of the source that [`Samples::with_decisions`] makes.
pub const DECISIONS: &str = "decisions";

/// An account that a person decided on, as a labelled row.
#[derive(Clone, Debug)]
pub struct DecidedAccount {
    /// Its id in the canonical form, or `@handle` in small letters where there is none: the form in which the accounts of
    /// all sources are joined.
    pub key: String,
    /// Its handle in its list.
    handle: Option<String>,
    /// What the decision makes it.
    pub label: Label,
    /// Row in its list, from 1.
    pub row: u64,
    /// Its features, in the catalogue's order, `NaN` for missing.
    pub values: Vec<f64>,
}

impl DecidedAccount {
    /// Takes the features of an account.
    pub fn new(key: String, label: Label, row: u64, account: &Account<'_>) -> DecidedAccount {
        let mut values = vec![f64::NAN; CATALOGUE.len()];
        compute_all(account, &mut values);
        DecidedAccount { key, handle: account.handle.as_deref().map(str::to_string), label, row, values }
    }

    /// A number that is the same for an account in every list, and tells nothing of it.
    pub fn hash(&self) -> u64 {
        let digest = Sha256::digest(self.key.as_bytes());
        u64::from_be_bytes(std::array::from_fn(|at| digest[at]))
    }
}

/// Which rows of the samples are decisions.
#[derive(Clone, Debug, Default)]
pub struct DecisionRows {
    /// Their source.
    pub source: usize,
    /// [`DecidedAccount::hash`] of each, in the order of the rows.
    pub hashes: Vec<u64>,
}

impl DecisionRows {
    /// The rows.
    pub fn rows(&self, samples: &Samples) -> Vec<usize> {
        (0..samples.len()).filter(|&row| samples.source[row] == self.source).collect()
    }
}

struct Labelling<'l> {
    constant: Option<Label>,
    list: Option<&'l LabelList>,
}

#[derive(Default)]
struct Collector {
    samples: Samples,
    /// By 128 bits of a hash of the key: see [`Names`].
    group_numbers: HashMap<u128, u64>,
    names: Names,
    /// Classes already taken of each account, by source: bot, human.
    taken: HashMap<(usize, u64), (bool, bool)>,
    next_group: u64,
}

/// One row on its way into the table.
struct Taken {
    number: u64,
    key: Option<String>,
    handle: Option<String>,
    label: Label,
    values: Vec<f64>,
}

impl Collector {
    fn read_manifest(
        &mut self,
        manifest: &Manifest,
        threads: usize,
        progress: &mut impl FnMut(&str),
    ) -> Result<(), SamplesError> {
        for source in &manifest.sources {
            let part =
                source.part.as_ref().map(|part| part.read(&manifest.resolve(&part.file))).transpose()?;
            for file in &source.files {
                progress(&format!("{} ({})", file.path, source.name));
                let beside = |path: &Option<String>| path.iter().map(|path| manifest.resolve(path)).collect();
                let files = BesideFiles {
                    previous: beside(&file.previous),
                    previous_at: file
                        .previous_observed_at
                        .as_deref()
                        .and_then(parse_time)
                        .into_iter()
                        .collect(),
                    posts: beside(&file.posts),
                };
                self.read(source, file, files, &manifest.resolve(&file.path), part.as_ref(), threads)?;
            }
        }
        Ok(())
    }

    /// In the order of their hashes, so that the order of a list decides nothing.
    fn take_decisions(&mut self, mut decided: Vec<DecidedAccount>, weight: f64) -> DecisionRows {
        decided.sort_by(|a, b| (a.hash(), &a.key).cmp(&(b.hash(), &b.key)));
        decided.dedup_by(|a, b| a.key == b.key);
        let info = SourceInfo { name: DECISIONS.into(), family: DECISIONS.into(), weight, hold_out: false };
        let source = self.source_index(info);
        if self.samples.values.is_empty() {
            self.samples.values = vec![Column::default(); CATALOGUE.len()];
        }
        let hashes = decided.iter().map(DecidedAccount::hash).collect();
        for account in decided {
            for (column, value) in self.samples.values.iter_mut().zip(account.values) {
                column.push(value);
            }
            self.samples.labels.push(account.label.is_bot());
            let by_handle = account.key.starts_with('@');
            self.samples.names.push(self.names.of(account.handle.as_deref(), by_handle));
            let group = self.group_of(Some(account.key));
            self.samples.groups.push(group);
            self.samples.source.push(source);
            self.samples.row.push(account.row);
            self.samples.file.push(usize::MAX);
        }
        DecisionRows { source, hashes }
    }

    fn read(
        &mut self,
        source: &Source,
        file: &SourceFile,
        beside: BesideFiles,
        path: &Path,
        part: Option<&HashSet<String>>,
        threads: usize,
    ) -> Result<(), SamplesError> {
        let options = ReadOptions {
            dialect: file.dialect,
            observed_at: file.observed_at.as_deref().and_then(parse_time),
            label_column: file.label_column.clone(),
            beside,
            ..ReadOptions::default()
        };
        let list = match &file.labels {
            Some(list) => Some(LabelList::open(&path.with_file_name(list))?),
            None if file.label.is_none() && file.label_column.is_none() => match sibling_labels(path) {
                Some(sibling) => Some(LabelList::open(&sibling)?),
                None => None,
            },
            None => None,
        };
        let info = SourceInfo {
            name: source.name.clone(),
            family: source.family.clone().unwrap_or_else(|| source.name.clone()),
            weight: source.weight,
            hold_out: source.hold_out,
        };
        let labelling = Labelling { constant: file.label, list: list.as_ref() };
        self.read_one(info, &file.path, path, &options, &labelling, part, threads)
    }

    #[allow(clippy::too_many_arguments)] // private, and each is a different thing
    fn read_one(
        &mut self,
        info: SourceInfo,
        shown: &str,
        path: &Path,
        options: &ReadOptions,
        labelling: &Labelling<'_>,
        part: Option<&HashSet<String>>,
        threads: usize,
    ) -> Result<(), SamplesError> {
        let mut input = Input::open(path, options)?;
        let beside = input.join(&options.beside, options, threads, |_, _| |_| {})?;
        let parser = input.parser();
        let source = self.source_index(info);
        let file = self.samples.files.len();
        let mut tally = Tally::default();
        if self.samples.values.is_empty() {
            self.samples.values = vec![Column::default(); CATALOGUE.len()];
        }
        let mut first_damaged = Vec::new();
        // Cells of the column of labels that are none, and the first of them.
        let (mut faults, mut first_fault) = (0, None);
        let mut noted = ingest::Tally::default();
        in_order(
            &mut input,
            threads,
            |chunk| {
                let mut rows = Vec::new();
                let mut tally = Tally::default();
                let mut damaged = Vec::new();
                let (mut faults, mut first_fault) = (0, None);
                let mut noted = ingest::Tally::default();
                parser.parse(chunk, |row| {
                    tally.read += 1;
                    let id = row.account.id.as_deref().map(canonical_id);
                    if part.is_some_and(|part| !id.is_some_and(|id| part.contains(id)))
                        && row.damage.is_none()
                    {
                        tally.elsewhere += 1;
                        return;
                    }
                    if let Some(damage) = row.damage {
                        tally.damaged += 1;
                        if damage.column.is_some() && damage.column == options.label_column {
                            faults += 1;
                            first_fault.get_or_insert_with(|| damage.found.clone());
                        }
                        if damaged.len() < FIRST_DAMAGED {
                            damaged.push((row.number, row.line, damage));
                        }
                        return;
                    }
                    noted.add(&row);
                    let listed = || labelling.list.and_then(|list| list.get(id?));
                    let Some(label) = labelling.constant.or(row.label).or_else(listed) else {
                        let both = labelling.list.zip(id).is_some_and(|(list, id)| list.is_contradictory(id));
                        *(if both { &mut tally.contradictory } else { &mut tally.unlabelled }) += 1;
                        return;
                    };
                    let mut values = vec![f64::NAN; CATALOGUE.len()];
                    compute_all(&row.account, &mut values);
                    rows.push(Taken {
                        number: row.number,
                        key: account_key(id, row.account.handle.as_deref()),
                        handle: row.account.handle.as_deref().map(str::to_string),
                        label,
                        values,
                    });
                });
                (rows, tally, damaged, noted, (faults, first_fault))
            },
            |(rows, chunk, damaged, more_noted, (more_faults, fault))| {
                noted.merge(&more_noted);
                faults += more_faults;
                first_fault = first_fault.take().or(fault);
                let room = FIRST_DAMAGED - first_damaged.len();
                first_damaged.extend(damaged.into_iter().take(room));
                tally.read += chunk.read;
                tally.damaged += chunk.damaged;
                tally.unlabelled += chunk.unlabelled;
                tally.elsewhere += chunk.elsewhere;
                tally.contradictory += chunk.contradictory;
                rows.into_iter().for_each(|row| self.take(row, source, file, &mut tally));
                Ok::<(), SamplesError>(())
            },
        )?;
        if let (Some(column), Some(first)) = (&options.label_column, first_fault)
            && faults * 10 > tally.read * 9
        {
            let (path, column) = (path.to_path_buf(), visible(column).into_owned());
            return Err(SamplesError::NotLabels { path, column, faults, rows: tally.read, first });
        }
        if tally.used + tally.repeated == 0 && tally.unlabelled > 0 {
            let source_name = self.samples.sources[source].name.clone();
            return Err(SamplesError::NoLabel { source_name, path: path.to_path_buf() });
        }
        self.samples.files.push(ReadFile {
            source,
            path: shown.to_string(),
            sha256: if path == Path::new("-") { String::new() } else { sha256_of_file(path)? },
            tally,
            first_damaged,
            beside: (!options.beside.is_empty()).then_some(beside),
            labels_unreadable: labelling.list.map_or((0, None), |list| (list.unreadable(), list.complaint())),
            noted,
        });
        Ok(())
    }

    /// Takes a row in, but for one that repeats an account of its source with the same label. A second label is kept, so that
    /// the check at the end sees the contradiction.
    fn take(&mut self, row: Taken, source: usize, file: usize, tally: &mut Tally) {
        let by_handle = row.key.as_deref().is_some_and(|key| key.starts_with('@'));
        let group = self.group_of(row.key);
        let seen = self.taken.entry((source, group)).or_default();
        let same = if row.label.is_bot() { &mut seen.0 } else { &mut seen.1 };
        if std::mem::replace(same, true) {
            tally.repeated += 1;
            return;
        }
        tally.used += 1;
        for (column, value) in self.samples.values.iter_mut().zip(row.values) {
            column.push(value);
        }
        self.samples.labels.push(row.label.is_bot());
        self.samples.groups.push(group);
        self.samples.names.push(self.names.of(row.handle.as_deref(), by_handle));
        self.samples.source.push(source);
        self.samples.row.push(row.number);
        self.samples.file.push(file);
    }

    /// The number of an account, or a number of its own for a row without a key.
    fn group_of(&mut self, key: Option<String>) -> u64 {
        let next = self.next_group;
        let group = key.map_or(next, |key| *self.group_numbers.entry(hashed(&key)).or_insert(next));
        self.next_group += u64::from(group == next);
        group
    }

    fn source_index(&mut self, info: SourceInfo) -> usize {
        match self.samples.sources.iter().position(|known| known.name == info.name) {
            Some(index) => index,
            None => {
                self.samples.sources.push(info);
                self.samples.sources.len() - 1
            }
        }
    }

    /// Drops accounts that carry both labels within their family: nobody knows what they are.
    fn finish(self) -> Samples {
        let Collector { mut samples, group_numbers, names, taken, next_group } = self;
        // What joins accounts is not needed any more, and large.
        drop((group_numbers, names, taken));
        let mut keep = vec![true; samples.len()];
        let mut rows_of: HashMap<&str, Vec<usize>> = HashMap::new();
        for row in 0..samples.len() {
            rows_of.entry(samples.family(row)).or_default().push(row);
        }
        for rows in rows_of.into_values() {
            let mut classes = vec![0u8; usize::try_from(next_group).unwrap_or_default()];
            let group = |row: usize| samples.groups[row] as usize;
            rows.iter().for_each(|&row| classes[group(row)] |= 1 << u8::from(samples.labels[row]));
            rows.iter().for_each(|&row| keep[row] = classes[group(row)] != 3);
        }
        for (row, keep) in keep.iter().enumerate() {
            if !keep {
                let Some(file) = samples.files.get_mut(samples.file[row]) else { continue };
                file.tally.used -= 1;
                file.tally.contradictory += 1;
            }
        }
        for column in &mut samples.values {
            column.retain(&keep);
        }
        retain(&mut samples.labels, &keep);
        retain(&mut samples.groups, &keep);
        retain(&mut samples.names, &keep);
        retain(&mut samples.source, &keep);
        retain(&mut samples.file, &keep);
        retain(&mut samples.row, &keep);
        samples
    }
}

#[cfg(test)]
mod tests;
