//! What would spoil training or scoring, found in labelled or unlabelled files before a model sees them.
//!
//! A [`Lint`] takes the rows of one file after the other, as [`Part`]s made of chunks on any thread, and ends as a
//! [`Report`] of [`Finding`]s. It keeps some 30 bytes an account (a hash of its key, with the files and classes it was seen
//! in) and a bounded sample of labelled rows for [leaks]; nothing else grows with the files.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod` | counting, accounts seen twice, the findings |
//! | `plausible` | values that cannot be |
//! | `leaks` | what gives the label away, measured |
//! | `doubtful` | labels that look wrong, by scores of fits that had not seen them |

pub mod doubtful;
pub mod leaks;
pub mod plausible;

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};

use serde::Serialize;

use crate::account::{Account, Label, Timestamp};
use crate::ingest::write::{Value, fields, value_of};
use crate::ingest::{Damage, Dialect, Field, LabelList, Mapping, Note, Row, canonical_id};
use crate::safe::{one_line, visible};
use leaks::{Leak, Sample, Sampled};
use plausible::CHECKS;

/// At most so many files are looked at together: an account remembers its files in the bits of one number.
pub const MOST_FILES: usize = 62;
/// So many examples are kept of each finding.
const EXAMPLES: usize = 3;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Results made from these files will be wrong, or better than they are.
    Serious,
    /// Worth a look before going on.
    Warning,
    /// Good to know; it does no harm by itself.
    Note,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A name for programs, the same in every version.
    pub code: &'static str,
    /// The file or files it was found in; empty where it is about all of them.
    pub files: Vec<String>,
    /// How many rows (ids, columns, as `what` says).
    pub count: u64,
    /// Out of how many.
    pub of: u64,
    /// What was found, with the numbers.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub advice: String,
    /// The first cases.
    pub examples: Vec<String>,
}

/// What one file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// Its path.
    pub file: String,
    /// What it was read as.
    pub dialect: String,
    /// All rows.
    pub rows: u64,
    /// Rows that cannot be read.
    pub damaged: u64,
    /// Rows labelled as bots.
    pub bots: u64,
    /// Rows labelled as people.
    pub humans: u64,
    /// Rows that can be read and have no label.
    pub unlabelled: u64,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The files.
    pub files: Vec<FileSummary>,
    /// What was measured of each thing that might give the label away, the most telling first.
    pub leaks: Vec<Leak>,
    /// Findings, the serious ones first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings are this bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// What the rows of a field have in common.
#[derive(Clone, Debug, Default, PartialEq)]
enum Seen {
    #[default]
    Nothing,
    Same(Owned),
    Different,
}

#[derive(Clone, Debug, PartialEq)]
enum Owned {
    Text(String),
    Count(u64),
    Number(f64),
    Flag(bool),
    Time(Timestamp),
}

impl Owned {
    fn of(value: Value<'_>) -> Owned {
        match value {
            Value::Text(text) => Owned::Text(text.to_string()),
            Value::Count(n) => Owned::Count(n),
            Value::Number(n) => Owned::Number(n),
            Value::Flag(flag) => Owned::Flag(flag),
            Value::Time(time) => Owned::Time(time),
        }
    }

    fn is(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Owned::Text(mine), Value::Text(text)) => mine == text,
            (Owned::Count(mine), Value::Count(n)) => *mine == n,
            (Owned::Number(mine), Value::Number(n)) => *mine == n,
            (Owned::Flag(mine), Value::Flag(flag)) => *mine == flag,
            (Owned::Time(mine), Value::Time(time)) => *mine == time,
            _ => false,
        }
    }

    fn words(&self) -> String {
        match self {
            Owned::Text(text) if text.is_empty() => "an empty text".into(),
            Owned::Text(text) => format!("\"{}\"", one_line(text, 40)),
            Owned::Count(n) => n.to_string(),
            Owned::Number(n) => n.to_string(),
            Owned::Flag(flag) => flag.to_string(),
            Owned::Time(time) => time.to_string(),
        }
    }
}

/// A count with its first cases.
#[derive(Clone, Debug, Default, PartialEq)]
struct Hits {
    count: u64,
    first: Vec<String>,
}

impl Hits {
    fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(example());
        }
    }

    fn merge(&mut self, other: Hits) {
        self.count += other.count;
        let room = EXAMPLES - self.first.len();
        self.first.extend(other.first.into_iter().take(room));
    }
}

/// An account as it is remembered.
struct Key {
    hash: u64,
    shown: String,
    row: u64,
    label: Option<Label>,
}

/// What was seen in one chunk.
pub struct Part {
    rows: u64,
    bots: u64,
    humans: u64,
    unlabelled: u64,
    without_id: u64,
    long_ids: u64,
    long_ids_on_zeros: u64,
    damaged: Hits,
    notes: [u64; Note::ALL.len()],
    known: Vec<u64>,
    seen: Vec<Seen>,
    implausible: Vec<Hits>,
    keys: Vec<Key>,
    sampled: Vec<Sampled>,
}

impl Default for Part {
    fn default() -> Part {
        let columns = fields().count();
        Part {
            rows: 0,
            bots: 0,
            humans: 0,
            unlabelled: 0,
            without_id: 0,
            long_ids: 0,
            long_ids_on_zeros: 0,
            damaged: Hits::default(),
            notes: [0; Note::ALL.len()],
            known: vec![0; columns],
            seen: vec![Seen::Nothing; columns],
            implausible: vec![Hits::default(); CHECKS.len()],
            keys: Vec::new(),
            sampled: Vec::new(),
        }
    }
}

/// The key under which an account is told from others: its id, or its handle where the file has no ids.
fn key_of(account: &Account<'_>) -> Option<(u64, String)> {
    let (kind, text) = match (&account.id, &account.handle) {
        (Some(id), _) => (0u8, canonical_id(id).to_string()),
        (None, Some(handle)) => (1, handle.to_lowercase()),
        (None, None) => return None,
    };
    let mut hasher = DefaultHasher::new();
    (kind, &text).hash(&mut hasher);
    Some((hasher.finish(), text))
}

impl Part {
    /// The first row that cannot be read, in words.
    pub fn first_damaged(&self) -> Option<&str> {
        self.damaged.first.first().map(String::as_str)
    }

    /// Takes one row of file number `file`; `label` is its class, from wherever it comes.
    pub fn add(&mut self, file: usize, row: &Row<'_>, label: Option<Label>) {
        self.rows += 1;
        if let Some(damage) = &row.damage {
            self.damaged.add(|| damaged_row(row, damage));
            return;
        }
        match label {
            Some(Label::Bot) => self.bots += 1,
            Some(Label::Human) => self.humans += 1,
            None => self.unlabelled += 1,
        }
        for note in row.notes.iter() {
            self.notes[note as usize] += 1;
        }
        let account = &row.account;
        let mut known = 0u64;
        for (at, (field, ..)) in fields().enumerate() {
            let Some(value) = value_of(account, field) else { continue };
            known |= 1 << at;
            self.known[at] += 1;
            match &self.seen[at] {
                Seen::Nothing => self.seen[at] = Seen::Same(Owned::of(value)),
                Seen::Same(first) if !first.is(value) => self.seen[at] = Seen::Different,
                _ => {}
            }
        }
        for (hits, check) in self.implausible.iter_mut().zip(CHECKS) {
            if let Some(what) = (check.test)(account) {
                hits.add(|| format!("row {} (line {}): {what}", row.number, row.line));
            }
        }
        self.without_id += u64::from(account.id.is_none());
        if let Some(id) = &account.id {
            let id = canonical_id(id);
            if id.len() >= 16 && id.bytes().all(|b| b.is_ascii_digit()) {
                self.long_ids += 1;
                // A spreadsheet keeps 15 digits and puts zeros behind them.
                self.long_ids_on_zeros += u64::from(id.bytes().skip(15).all(|b| b == b'0'));
            }
        }
        if let Some((hash, shown)) = key_of(account) {
            self.keys.push(Key { hash, shown, row: row.number, label });
        }
        if let Some(label) = label {
            self.sampled.push(Sampled::of(file, row, label, known));
        }
    }
}

fn damaged_row(row: &Row<'_>, damage: &Damage) -> String {
    format!("row {} (line {}): {damage}", row.number, row.line)
}

/// One file so far.
struct FileSoFar {
    name: String,
    dialect: Dialect,
    mapping: Mapping,
    part: Part,
    repeated: Hits,
}

/// Bits of an account's entry: one a file, and these two for the classes it was seen with.
const BOT: u64 = 1 << 62;
const HUMAN: u64 = 1 << 63;

/// The collector. See the [module](self).
#[derive(Default)]
pub struct Lint {
    files: Vec<FileSoFar>,
    accounts: HashMap<u64, u64>,
    shared: BTreeMap<(usize, usize), Hits>,
    contradictory: Hits,
    sample: Sample,
    labels: Option<Listed>,
}

/// What there is to say of a list of labels.
struct Listed {
    ids: u64,
    contradictory: u64,
    unreadable: u64,
    complaint: Option<String>,
}

impl Lint {
    /// Begins a file, of which the parts follow, and gives its number.
    /// Beyond [`MOST_FILES`], files share one place, and accounts shared by them count as repeated.
    pub fn begin_file(&mut self, name: String, dialect: Dialect, mapping: Mapping) -> usize {
        self.files.push(FileSoFar {
            name,
            dialect,
            mapping,
            part: Part::default(),
            repeated: Hits::default(),
        });
        self.files.len() - 1
    }

    /// Says that the labels came from this list.
    pub fn labels_came_from(&mut self, list: &LabelList) {
        self.labels = Some(Listed {
            ids: list.len() as u64,
            contradictory: list.contradictory(),
            unreadable: list.unreadable(),
            complaint: list.complaint(),
        });
    }

    /// Takes the next part of the file begun last.
    pub fn add(&mut self, part: Part) {
        let at = self.files.len().saturating_sub(1);
        let Some(file) = self.files.last_mut() else { return };
        for key in part.keys {
            let entry = self.accounts.entry(key.hash).or_default();
            let shown = || format!("{} (row {})", visible(&key.shown), key.row);
            let bit = 1 << at.min(MOST_FILES - 1);
            if *entry & bit != 0 {
                file.repeated.add(shown);
            } else {
                for earlier in (0..at).filter(|earlier| *entry & (1 << earlier) != 0) {
                    self.shared.entry((earlier, at)).or_default().add(shown);
                }
            }
            let both = BOT | HUMAN;
            let before = *entry & both;
            *entry |= bit
                | match key.label {
                    Some(Label::Bot) => BOT,
                    Some(Label::Human) => HUMAN,
                    None => 0,
                };
            if before != both && *entry & both == both {
                self.contradictory.add(shown);
            }
        }
        for row in part.sampled {
            self.sample.add(row);
        }
        let whole = &mut file.part;
        whole.rows += part.rows;
        whole.bots += part.bots;
        whole.humans += part.humans;
        whole.unlabelled += part.unlabelled;
        whole.without_id += part.without_id;
        whole.long_ids += part.long_ids;
        whole.long_ids_on_zeros += part.long_ids_on_zeros;
        whole.damaged.merge(part.damaged);
        whole.notes.iter_mut().zip(part.notes).for_each(|(sum, n)| *sum += n);
        whole.known.iter_mut().zip(part.known).for_each(|(sum, n)| *sum += n);
        whole.implausible.iter_mut().zip(part.implausible).for_each(|(hits, more)| hits.merge(more));
        for (mine, theirs) in whole.seen.iter_mut().zip(part.seen) {
            match (&mine, theirs) {
                (_, Seen::Nothing) | (Seen::Different, _) => {}
                (Seen::Nothing, theirs) => *mine = theirs,
                (Seen::Same(a), Seen::Same(b)) if *a == b => {}
                _ => *mine = Seen::Different,
            }
        }
    }

    /// What came of it.
    pub fn report(self) -> Report {
        let mut findings = Vec::new();
        for file in &self.files {
            about_rows(file, &mut findings);
            about_columns(file, &mut findings);
        }
        self.about_accounts(&mut findings);
        let by_file: Vec<(u64, u64)> = self.files.iter().map(|f| (f.part.bots, f.part.humans)).collect();
        self.about_labels(&mut findings);
        let leaks = self.sample.measure(&by_file);
        findings.extend(leaks.iter().filter_map(Leak::finding));
        findings.sort_by_key(|finding| finding.severity);
        let files = self
            .files
            .into_iter()
            .map(|f| FileSummary {
                file: f.name,
                dialect: f.dialect.name().to_string(),
                rows: f.part.rows,
                damaged: f.part.damaged.count,
                bots: f.part.bots,
                humans: f.part.humans,
                unlabelled: f.part.unlabelled,
            })
            .collect();
        Report { files, leaks, findings }
    }

    fn about_accounts(&self, findings: &mut Vec<Finding>) {
        for file in self.files.iter().filter(|file| file.repeated.count > 0) {
            let posts =
                if file.mapping.of_posts { " A row of this file is a post, not an account." } else { "" };
            findings.push(Finding {
                severity: Severity::Warning,
                code: "duplicate_ids",
                files: vec![file.name.clone()],
                count: file.repeated.count,
                of: file.part.rows,
                what: format!(
                    "{} of {} rows repeat an account that stands earlier in the file.{posts}",
                    file.repeated.count, file.part.rows
                ),
                why: "An account that is there twice counts twice, and can stand on both sides of a split, where it \
                      makes a model look better than it is."
                    .into(),
                advice: "Keep one row an account, the newest if they differ. botsieve train takes the first."
                    .into(),
                examples: file.repeated.first.clone(),
            });
        }
        for ((a, b), hits) in &self.shared {
            let (a, b) = (&self.files[*a], &self.files[*b]);
            findings.push(Finding {
                severity: Severity::Warning,
                code: "shared_ids",
                files: vec![a.name.clone(), b.name.clone()],
                count: hits.count,
                of: b.part.rows,
                what: format!("{} accounts of {} are in {} too.", hits.count, visible(&b.name), visible(&a.name)),
                why: "A model that is trained on one of the files and tested on the other has seen these accounts."
                    .into(),
                advice: "Train and test on different accounts: put both files into one family of the manifest; botsieve \
                         drops from training what stands in the family that is left out."
                    .into(),
                examples: hits.first.clone(),
            });
        }
        if self.contradictory.count > 0 {
            findings.push(Finding {
                severity: Severity::Serious,
                code: "contradictory_labels",
                files: Vec::new(),
                count: self.contradictory.count,
                of: self.accounts.len() as u64,
                what: format!(
                    "{} accounts are labelled bot in one place and human in another.",
                    self.contradictory.count
                ),
                why: "One of the two labels is wrong, and nobody can tell which from here.".into(),
                advice: "Look at who labelled them and when. botsieve train leaves them out.".into(),
                examples: self.contradictory.first.clone(),
            });
        }
    }

    fn about_labels(&self, findings: &mut Vec<Finding>) {
        let sum = |of: &dyn Fn(&Part) -> u64| self.files.iter().map(|file| of(&file.part)).sum::<u64>();
        let (bots, humans, unlabelled) = (sum(&|p| p.bots), sum(&|p| p.humans), sum(&|p| p.unlabelled));
        if bots + humans == 0 {
            return;
        }
        let names = |wanted: &dyn Fn(&FileSoFar) -> bool| {
            self.files.iter().filter(|f| wanted(f)).map(|f| f.name.clone()).collect::<Vec<_>>()
        };
        let single = names(&|f| (f.part.bots == 0) != (f.part.humans == 0));
        if bots == 0 || humans == 0 {
            findings.push(Finding {
                severity: Severity::Serious,
                code: "one_class",
                files: Vec::new(),
                count: bots + humans,
                of: bots + humans,
                what: format!(
                    "All {} labelled rows are {}.",
                    bots + humans,
                    if bots == 0 { "people" } else { "bots" }
                ),
                why: "There is nothing to tell apart, so nothing can be learnt or measured.".into(),
                advice: "Add accounts of the other class, from the same time and place if you can.".into(),
                examples: Vec::new(),
            });
        } else if !single.is_empty() {
            findings.push(Finding {
                severity: Severity::Warning,
                code: "single_class_files",
                count: single.len() as u64,
                of: self.files.len() as u64,
                what: format!("{} of {} files hold one class only.", single.len(), self.files.len()),
                files: single,
                why: "Whatever differs between the files (when and how they were collected, which fields they have) \
                      tells the class as well, and a model learns that instead of bots."
                    .into(),
                advice: "Put bots and people that were collected alike into one family of the manifest, and believe \
                         only figures of families that were left out whole."
                    .into(),
                examples: Vec::new(),
            });
        }
        if unlabelled > 0 {
            findings.push(Finding {
                severity: Severity::Note,
                code: "unlabelled",
                files: names(&|f| f.part.unlabelled > 0),
                count: unlabelled,
                of: bots + humans + unlabelled,
                what: format!("{unlabelled} of {} rows have no label.", bots + humans + unlabelled),
                why: "They are not used in training.".into(),
                advice: "Nothing, if that is meant so; otherwise look for a second list of labels.".into(),
                examples: Vec::new(),
            });
        }
        if let Some(Listed { ids: listed, contradictory, unreadable, complaint }) = &self.labels {
            let (listed, contradictory) = (*listed, *contradictory);
            if let Some(complaint) = complaint {
                findings.push(Finding {
                    severity: Severity::Serious,
                    code: "unreadable_labels",
                    files: Vec::new(),
                    count: *unreadable,
                    of: listed + contradictory + unreadable,
                    what: format!("{complaint}."),
                    why: "Their accounts count as without a label; where they are of one class, the share of bots shifts."
                        .into(),
                    advice: "Correct the list.".into(),
                    examples: Vec::new(),
                });
            }
            let matched = self.accounts.values().filter(|entry| **entry & (BOT | HUMAN) != 0).count() as u64;
            if matched < listed {
                findings.push(Finding {
                    severity: Severity::Note,
                    code: "labels_without_account",
                    files: Vec::new(),
                    count: listed - matched,
                    of: listed,
                    what: format!("{} of {listed} labels in the list belong to no account in the files.", listed - matched),
                    why: "Accounts that are gone are not gone at random: suspended ones were mostly bots.".into(),
                    advice: "Say so where you give figures. If it is most of them, check that the ids are the same kind."
                        .into(),
                    examples: Vec::new(),
                });
            }
            if contradictory > 0 {
                findings.push(Finding {
                    severity: Severity::Warning,
                    code: "contradictory_list",
                    files: Vec::new(),
                    count: contradictory,
                    of: listed + contradictory,
                    what: format!("{contradictory} ids stand in the label list with both classes; they are used as neither."),
                    why: "One of the two labels is wrong.".into(),
                    advice: "Correct the list.".into(),
                    examples: Vec::new(),
                });
            }
        }
    }
}

/// Damaged rows, notes, implausible values.
fn about_rows(file: &FileSoFar, findings: &mut Vec<Finding>) {
    let part = &file.part;
    let files = vec![file.name.clone()];
    if part.damaged.count > 0 {
        findings.push(Finding {
            severity: Severity::Serious,
            code: "damaged_rows",
            files: files.clone(),
            count: part.damaged.count,
            of: part.rows,
            what: format!("{} of {} rows cannot be read.", part.damaged.count, part.rows),
            why: "They are neither trained on nor scored, and are often not random ones: long bios break files.".into(),
            advice: "Export the file again, or correct the rows named here (botsieve inspect shows more).".into(),
            examples: part.damaged.first.clone(),
        });
    }
    let whole = part.rows - part.damaged.count;
    for (note, count) in Note::ALL.iter().zip(part.notes).filter(|(_, count)| *count > 0) {
        let (code, why) = match note {
            // An implausible value, told as such.
            Note::MadeLater => continue,
            Note::RuinedId => (
                "ruined_ids",
                "Without ids, accounts cannot be joined with labels or decisions, nor told apart from their doubles.",
            ),
            Note::RoundedCount => {
                ("rounded_counts", "Ratios and rates of these rows are right to two or three digits only.")
            }
            Note::NegativeMeasure => (
                "negative_measures",
                "No age, rate or ratio is below 0; what was computed beside it may be as wrong.",
            ),
        };
        findings.push(Finding {
            severity: if *note == Note::RuinedId && count * 2 > whole {
                Severity::Serious
            } else {
                Severity::Warning
            },
            code,
            files: files.clone(),
            count,
            of: whole,
            what: format!("{count} of {whole} rows: {note}."),
            why: why.into(),
            advice: note.advice().into(),
            examples: Vec::new(),
        });
    }
    if part.long_ids >= 20 && part.long_ids_on_zeros * 2 > part.long_ids {
        findings.push(Finding {
            severity: Severity::Serious,
            code: "zeroed_ids",
            files: files.clone(),
            count: part.long_ids_on_zeros,
            of: part.long_ids,
            what: format!(
                "{} of {} long ids have nothing but zeros behind their 15th digit.",
                part.long_ids_on_zeros, part.long_ids
            ),
            why: "A spreadsheet rounded them: they are the ids of other accounts, or of none.".into(),
            advice: "Export again with the id column as text.".into(),
            examples: Vec::new(),
        });
    }
    for (check, hits) in CHECKS.iter().zip(&part.implausible).filter(|(_, hits)| hits.count > 0) {
        let severity = match check.severity {
            // A few are blemishes of any crawl; many say that the file, or a flag, is wrong.
            Severity::Warning if hits.count * 20 > whole => Severity::Serious,
            severity => severity,
        };
        findings.push(Finding {
            severity,
            code: check.code,
            files: files.clone(),
            count: hits.count,
            of: whole,
            what: format!("{} of {whole} rows: {}.", hits.count, check.what),
            why: check.why.into(),
            advice: check.advice.into(),
            examples: hits.first.clone(),
        });
    }
}

/// Columns without news, doubled columns, what is missing.
fn about_columns(file: &FileSoFar, findings: &mut Vec<Finding>) {
    let part = &file.part;
    let files = vec![file.name.clone()];
    let whole = part.rows - part.damaged.count;
    let note = |code, count: usize, what: String, why: &str, advice: &str| Finding {
        severity: Severity::Note,
        code,
        files: files.clone(),
        count: count as u64,
        of: file.mapping.used.len() as u64,
        what,
        why: why.into(),
        advice: advice.into(),
        examples: Vec::new(),
    };
    if whole >= 10 {
        let constant: Vec<String> = fields()
            .zip(part.seen.iter().zip(&part.known))
            .filter(|((field, ..), (_, known))| *field != Field::ObservedAt && **known == whole)
            .filter_map(|((_, name, _), (seen, _))| match seen {
                Seen::Same(value) => Some(format!("{name} is {}", value.words())),
                _ => None,
            })
            .collect();
        if !constant.is_empty() {
            findings.push(note(
                "constant_columns",
                constant.len(),
                format!("The same in all {whole} rows: {}.", constant.join(", ")),
                "A column that never changes says nothing of any account, and where another file has another value it \
                 says only which file a row came from.",
                "Check that the export wrote the real values. Do not join files of which one has it constant.",
            ));
        }
    }
    let empty: Vec<&str> = fields()
        .zip(&part.known)
        .filter(|((field, ..), known)| **known == 0 && file.mapping.has(*field) && whole > 0)
        .map(|((_, name, _), _)| name)
        .collect();
    // In the canonical form every field has a column.
    if !empty.is_empty() && !matches!(file.dialect, Dialect::BotsieveCsv | Dialect::BotsieveJson) {
        findings.push(note(
            "empty_columns",
            empty.len(),
            format!("There is a column, but not one value: {}.", empty.join(", ")),
            "Features that need it are missing for every account.",
            "Export the file again with these fields, if you have them.",
        ));
    }
    if !file.mapping.duplicate.is_empty() {
        let names: Vec<_> = file.mapping.duplicate.iter().map(|name| visible(name)).collect();
        findings.push(note(
            "duplicate_columns",
            names.len(),
            format!("Stands twice in the header: {}; the first one is used.", names.join(", ")),
            "The second one may be the one that is meant.",
            "Give each column a name of its own.",
        ));
    }
    if !file.mapping.label_like.is_empty() && part.bots + part.humans == 0 {
        let names: Vec<_> = file.mapping.label_like.iter().map(|name| visible(name)).collect();
        findings.push(note(
            "label_like_columns",
            names.len(),
            format!("Looks like a label: {}.", names.join(", ")),
            "A label is used only where it is asked for; without it leaks cannot be measured.",
            "Ask for it with --label NAME.",
        ));
    }
    let known = |wanted: Field| {
        fields().zip(&part.known).find(|((field, ..), _)| *field == wanted).map_or(0, |(_, known)| *known)
    };
    if known(Field::CreatedAt) > 0 && known(Field::ObservedAt) == 0 && known(Field::AgeDays) == 0 {
        findings.push(Finding {
            severity: Severity::Warning,
            ..note(
                "no_time_of_observation",
                1,
                "The file does not say when its counts were true.".into(),
                "Ages and per-day rates, among the most telling features, are missing for every account.",
                "Give the time with --observed-at DATE.",
            )
        });
    }
    if part.without_id > 0 {
        findings.push(Finding {
            of: whole,
            ..note(
                "no_ids",
                usize::try_from(part.without_id).unwrap_or(usize::MAX),
                format!("{} of {whole} rows have no id.", part.without_id),
                "Such accounts are told apart by handle, which can change hands, or not at all.",
                "Export the ids too, as text.",
            )
        });
    }
}
