//! What is worth saying about a row that is sound all the same.

use std::fmt;

use super::Row;

/// A remark on a row. The row is kept and scored; the remark says what not to rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The id was written as a rounded number (`8.41E+17`), by a spreadsheet or by pandas. Its last digits are
    /// gone, so it is no key any more: [`Account::id`](crate::account::Account::id) is left empty.
    RuinedId,
    /// A count was written short (`1.2K`), so it is right to that many digits only.
    RoundedCount,
    /// An age, a rate or a ratio was below 0, which cannot be: it is left out.
    NegativeMeasure,
    /// The account was made after the time at which its counts were true, which cannot be: it has no age and no rates.
    MadeLater,
}

impl Note {
    /// Every note there is.
    pub const ALL: &[Note] = &[Note::RuinedId, Note::RoundedCount, Note::NegativeMeasure, Note::MadeLater];

    /// What it means and what to do, for a report.
    pub fn advice(self) -> &'static str {
        match self {
            Note::RuinedId => {
                "id ruined by a spreadsheet (as 8.41E+17): scored, but it cannot be joined by id; export again with \
                 the id column as text"
            }
            Note::RoundedCount => "a count is rounded (as 1.2K): scored with the rounded count",
            Note::NegativeMeasure => "an age, rate or ratio below 0, which cannot be: scored without it",
            Note::MadeLater => {
                "made after the time its counts are said to be of (observed_at, --observed-at), which cannot be: scored \
                 without an age and rates"
            }
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Note::RuinedId => "ruined id",
            Note::RoundedCount => "rounded count",
            Note::NegativeMeasure => "negative measure",
            Note::MadeLater => "made after it was observed",
        })
    }
}

/// The notes on one row.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Notes(u8);

impl Notes {
    /// Adds a note.
    pub fn insert(&mut self, note: Note) {
        self.0 |= note.bit();
    }

    /// Is this note among them?
    pub fn contains(self, note: Note) -> bool {
        self.0 & note.bit() != 0
    }

    /// Is there nothing to say?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The notes, in the order of [`Note::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Note> {
        Note::ALL.iter().copied().filter(move |note| self.contains(*note))
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Rows counted: how many, how many damaged, how many with each note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All rows.
    pub rows: u64,
    /// Rows with a [`Damage`](super::Damage).
    pub damaged: u64,
    noted: [u64; Note::ALL.len()],
}

impl Tally {
    /// Counts a row.
    pub fn add(&mut self, row: &Row<'_>) {
        self.rows += 1;
        self.damaged += u64::from(row.damage.is_some());
        for note in row.notes.iter() {
            self.noted[note as usize] += 1;
        }
    }

    /// Adds another tally, from another thread.
    pub fn merge(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.damaged += other.damaged;
        for (mine, theirs) in self.noted.iter_mut().zip(other.noted) {
            *mine += theirs;
        }
    }

    /// How many rows have this note.
    pub fn noted(&self, note: Note) -> u64 {
        self.noted[note as usize]
    }
}
