//! The files beside the accounts: older snapshots and posts, the same for every command that computes features.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use super::usage::misuse;
use super::{Console, Progress, RunArgs, parse_date, plural};
use crate::account::Timestamp;
use crate::ingest::{Beside, BesideFile, BesideFiles, Input, ReadOptions};
use crate::safe::visible;

const HEADING: &str = "More of the same accounts";

/// Files that say more of the same accounts.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct BesideArgs {
    /// Older snapshot of the same accounts, in any form that can be read: gives growth between it and FILE. Joined by
    /// id, and by handle where there is no id. May be given several times, from old to new
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    previous: Vec<PathBuf>,

    /// When the counts of --previous were true, where its rows do not say so: one date for each --previous
    #[arg(long, help_heading = HEADING, value_name = "DATE", value_delimiter = ',', value_parser = parse_date, requires = "previous")]
    previous_observed_at: Vec<Timestamp>,

    /// Posts of the accounts (API v1.1 or v2, JSON lines, CSV with user_id or screen_name and created_at or text):
    /// gives rhythm, repeated texts, links and mentions of the 100 newest of each. May be given several times
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    posts: Vec<PathBuf>,
}

impl BesideArgs {
    pub(super) fn files(&self) -> anyhow::Result<BesideFiles> {
        let dates = self.previous_observed_at.len();
        if dates > 0 && dates != self.previous.len() {
            misuse!(
                "--previous-observed-at has {} for {}\n  expected one date for each --previous, in the same order",
                plural(dates as u64, "date"),
                plural(self.previous.len() as u64, "file")
            );
        }
        Ok(BesideFiles {
            previous: self.previous.clone(),
            previous_at: self.previous_observed_at.clone(),
            posts: self.posts.clone(),
        })
    }

    /// Reads them, so that the rows of `input` are filled with what they say.
    pub(super) fn join(
        &self,
        input: &mut Input,
        options: &ReadOptions,
        run: &RunArgs,
        console: &Console,
    ) -> anyhow::Result<Joined> {
        let files = self.files()?;
        let named = files.previous.iter().chain(&files.posts).map(PathBuf::as_path);
        let from_pipe = std::iter::once(input.name()).chain(named).filter(|path| path.as_os_str() == "-");
        if from_pipe.count() > 1 {
            bail!("standard input (-) can be one file only; give the others by their names");
        }
        let beside = input.join(&files, options, run.threads(), |path, (size, taken)| {
            let mut progress: Progress = console.bar_of(path, size, taken);
            move |rows| progress.add(rows)
        })?;
        Joined::new(beside).tell(run, console)
    }
}

/// What was read beside.
pub(super) struct Joined {
    beside: Arc<Beside>,
}

impl Joined {
    pub(super) fn new(beside: Arc<Beside>) -> Joined {
        Joined { beside }
    }

    /// Says what was read of each file. With `--strict`, a record that cannot be read is an error.
    pub(super) fn tell(self, run: &RunArgs, console: &Console) -> anyhow::Result<Joined> {
        for file in &self.beside.files {
            if let (true, Some((row, line, damage))) = (run.strict, file.first_damaged.first()) {
                bail!("{}: row {row} (line {line}): {damage}", visible(&file.path.display().to_string()));
            }
            told(file, console);
        }
        Ok(self)
    }

    /// Has the rows of another reading of the accounts filled too.
    pub(super) fn attach(&self, input: &mut Input) {
        input.attach(&self.beside);
    }

    /// Forgets the rows of such a reading, so that [`Joined::report`] counts each account once.
    pub(super) fn forget_found(&self) {
        self.beside.forget_found();
    }

    /// Records of the files beside that cannot be read.
    pub(super) fn damaged(&self) -> u64 {
        self.beside.files.iter().map(|file| file.damaged).sum()
    }

    /// Says how many accounts were found in both.
    pub(super) fn report(&self, console: &Console) {
        let found = self.beside.found();
        let (snapshots, authors) = self.beside.sizes();
        let of_posts = |wanted: bool| self.beside.files.iter().any(|file| file.of_posts == wanted);
        if of_posts(false) {
            console.say(format_args!(
                "{} of {} found among the {} of the older snapshots",
                found.previous,
                plural(found.rows, "row"),
                plural(snapshots as u64, "account")
            ));
            if found.not_older > 0 {
                console.say(format_args!(
                    "{} not newer than the older snapshot: growth per day is missing there; give the snapshots from \
                     old to new",
                    if found.not_older == 1 { "1 of them is".into() } else { format!("{} of them are", found.not_older) }
                ));
            }
        }
        if of_posts(true) {
            console.say(format_args!(
                "posts found for {} of {}; the files hold those of {}",
                found.posts,
                plural(found.rows, "row"),
                plural(authors as u64, "author")
            ));
        }
    }
}

fn told(file: &BesideFile, console: &Console) {
    let path = file.path.display().to_string();
    let path = visible(&path);
    console
        .say(format_args!("{path}: {}", plural(file.read, if file.of_posts { "post" } else { "account" })));
    for (row, line, damage) in &file.first_damaged {
        console.say(format_args!("{path}: row {row} (line {line}): {damage}"));
    }
    let more = file.damaged - file.first_damaged.len() as u64;
    let remarks = [
        (more, "more rows that cannot be read"),
        (file.without_key, "rows without id and handle: nothing can be joined to them"),
        (file.repeated, "rows repeat an account that stands before; the first one counts"),
        (
            file.out_of_order,
            "rows are not newer than the snapshot before and are not used; give them from old to new",
        ),
        (file.without_time, "posts without a time: they say nothing of the rhythm"),
    ];
    for (count, what) in remarks.into_iter().filter(|(count, _)| *count > 0) {
        console.say(format_args!("{path}: {count} {what}"));
    }
}
