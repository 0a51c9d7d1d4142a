//! Going through the rows of an input on several threads: what every command that reads a list does alike.

use std::path::Path;

use super::accounting::{Accounting, Repeats};
use super::{Console, Rejects, Remarks, RunArgs};
use crate::ingest::{Chunk, Input, Row, in_order};

/// What was met on the way.
#[derive(Default)]
pub(super) struct Met {
    /// Rows of the input, as it was cut into records.
    pub(super) rows: u64,
    /// Rows that were read.
    sound: u64,
    /// Those that cannot be read.
    pub(super) rejects: Rejects,
    /// What is to be said of the others.
    pub(super) remarks: Remarks,
    /// Rows that repeat an account, and accounts compared.
    repeats: (u64, u64),
}

impl Met {
    fn merge(&mut self, other: Met) {
        self.rows += other.rows;
        self.sound += other.sound;
        self.rejects.merge(other.rejects);
        self.remarks.merge(other.remarks);
    }

    /// Says what could not be read and what is to be remarked.
    pub(super) fn report(&self, path: &Path, console: &Console) {
        self.rejects.report(path, console);
        self.remarks.report(path, console);
    }

    /// An accounting in which the rows that were read are `fates`.
    pub(super) fn account(&self, fates: &[(&'static str, u64)]) -> Accounting {
        let (duplicate, compared) = self.repeats;
        let all = Accounting::new(self.rows).repeats(duplicate, compared);
        fates.iter().fold(all, |all, (what, rows)| all.fate(what, *rows)).fate("damaged", self.rejects.count)
    }

    /// An accounting that tells only which rows were read.
    pub(super) fn account_sound(&self) -> Accounting {
        self.account(&[("sound", self.sound)])
    }
}

/// Reads an input to its end. On any thread, `begin` makes room for what is gathered from a chunk and `each` adds a row
/// to it, a damaged one too; then `take` is called with what was gathered, chunk after chunk in the order of the input.
/// Shows progress, counts what cannot be read and what repeats an account, and with `--strict` ends at the first row that
/// cannot be read. An error where the rows that came out are not those that went in.
pub(super) fn read_rows<T: Send>(
    input: &mut Input,
    run: &RunArgs,
    console: &Console,
    begin: impl Fn(&Chunk) -> T + Sync,
    each: impl Fn(&mut T, &mut Row<'_>) + Sync,
    take: impl FnMut(T) -> anyhow::Result<()> + Send,
) -> anyhow::Result<Met> {
    let all = |gathered: &mut T, rows: &mut [Row<'_>]| rows.iter_mut().for_each(|row| each(gathered, row));
    read_blocks(input, run, console, begin, all, take)
}

/// Like [`read_rows`], but `each` adds several rows at once.
pub(super) fn read_blocks<T: Send>(
    input: &mut Input,
    run: &RunArgs,
    console: &Console,
    begin: impl Fn(&Chunk) -> T + Sync,
    each: impl Fn(&mut T, &mut [Row<'_>]) + Sync,
    mut take: impl FnMut(T) -> anyhow::Result<()> + Send,
) -> anyhow::Result<Met> {
    let path = input.name().to_path_buf();
    let parser = input.parser();
    let mut progress = console.bar(input);
    let mut all = Met::default();
    let mut repeats = Repeats::default();
    in_order(
        input,
        run.threads(),
        |chunk| {
            let mut gathered = begin(chunk);
            let mut met = Met { rows: chunk.rows, ..Met::default() };
            let mut keys = Vec::with_capacity(chunk.rows as usize);
            parser.parse_in_place(chunk, |rows| {
                for row in &*rows {
                    if row.damage.is_none() {
                        met.sound += 1;
                        keys.extend(Repeats::fingerprint(&row.account));
                    }
                }
                each(&mut gathered, rows);
                for row in rows {
                    met.remarks.add(row.notes);
                    if let Some(damage) = row.damage.take() {
                        met.rejects.add(row.number, row.line, damage);
                    }
                }
            });
            (gathered, met, keys)
        },
        |(gathered, met, keys)| {
            progress.add(met.rows);
            all.merge(met);
            repeats.add(keys);
            all.rejects.check(&path, run.strict)?;
            take(gathered)
        },
    )?;
    all.repeats = repeats.found(run.threads());
    all.account_sound().check()?;
    Ok(all)
}
