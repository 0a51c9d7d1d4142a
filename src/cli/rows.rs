//! Going through the rows of an input on several threads: what every command that reads a list does alike.

use std::path::Path;

use super::{Console, Rejects, Remarks, RunArgs};
use crate::ingest::{Chunk, Input, Row, in_order};

/// What was met on the way.
#[derive(Default)]
pub(super) struct Met {
    /// Rows of the input.
    pub(super) rows: u64,
    /// Those that cannot be read.
    pub(super) rejects: Rejects,
    /// What is to be said of the others.
    pub(super) remarks: Remarks,
}

impl Met {
    fn merge(&mut self, other: Met) {
        self.rows += other.rows;
        self.rejects.merge(other.rejects);
        self.remarks.merge(other.remarks);
    }

    /// Says what could not be read and what is to be remarked.
    pub(super) fn report(&self, path: &Path, console: &Console) {
        self.rejects.report(path, console);
        self.remarks.report(path, console);
    }
}

/// Reads an input to its end. On any thread, `begin` makes room for what is gathered from a chunk and `each` adds a row
/// to it, a damaged one too; then `take` is called with what was gathered, chunk after chunk in the order of the input.
/// Shows progress, counts what cannot be read, and with `--strict` ends at the first such row.
pub(super) fn read_rows<T: Send>(
    input: &mut Input,
    run: &RunArgs,
    console: &Console,
    begin: impl Fn(&Chunk) -> T + Sync,
    each: impl Fn(&mut T, &mut Row<'_>) + Sync,
    mut take: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<Met> {
    let path = input.name().to_path_buf();
    let parser = input.parser();
    let mut progress = console.bar(input);
    let mut all = Met::default();
    in_order(
        input,
        run.threads(),
        |chunk| {
            let mut gathered = begin(chunk);
            let mut met = Met { rows: chunk.rows, ..Met::default() };
            parser.parse_in_place(chunk, |row| {
                each(&mut gathered, row);
                met.remarks.add(row.notes);
                if let Some(damage) = row.damage.take() {
                    met.rejects.add(row.number, row.line, damage);
                }
            });
            (gathered, met)
        },
        |(gathered, met)| {
            progress.add(met.rows);
            all.merge(met);
            all.rejects.check(&path, run.strict)?;
            take(gathered)
        },
    )?;
    Ok(all)
}
