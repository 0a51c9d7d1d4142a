//! Who engaged with the owner of the list.

use anyhow::bail;
use clap::Args;

use super::super::{Console, Progress, RunArgs, plural};
use crate::ingest::{EngagementFile, Engagements, Us};
use crate::safe::visible;
use crate::screen::{Candidate, Engagement, Weights};

const HEADING: &str = "Who engages with you";

/// Files that say who engaged, and who "you" are.
#[derive(Args, Clone, Debug, Default)]
pub(in super::super) struct EngagementArgs {
    /// Who mentioned, answered, reposted or liked you; puts them first in the queue, whatever their score, each with the
    /// reason. A table with counts (id or handle, mentions, replies, reposts, likes, first, last), posts of others (with
    /// --us), or an account list with what each of them did once: likes=FILE, reposts=FILE, mentions=FILE, replies=FILE.
    /// May be given several times. Never part of a score. See docs/engagement.md
    #[arg(long, help_heading = HEADING, value_name = "[KIND=]FILE")]
    engagement: Vec<EngagementFile>,

    /// Your own handle or id, to tell which posts are towards you. May be given several times
    #[arg(long, help_heading = HEADING, value_name = "HANDLE|ID", requires = "engagement")]
    us: Vec<String>,
}

/// What the files say; `None` where there are none.
pub(in super::super) struct Engaged {
    all: Option<Engagements>,
    weights: Weights,
}

impl EngagementArgs {
    /// Are there files?
    pub(in super::super) fn given(&self) -> bool {
        !self.engagement.is_empty()
    }

    /// Reads them, and says what they held.
    pub(in super::super) fn read(
        &self,
        weights: Weights,
        run: &RunArgs,
        console: &Console,
    ) -> anyhow::Result<Engaged> {
        if !self.given() {
            return Ok(Engaged { all: None, weights });
        }
        let us = Us::new(self.us.iter().map(String::as_str));
        if !self.us.is_empty() && us.is_empty() {
            bail!("--us: expected your handle or id, found nothing of the kind");
        }
        let all = Engagements::read(&self.engagement, &us, run.threads(), |path, (size, taken)| {
            let mut progress: Progress = console.bar_of(path, size, taken);
            move |rows| progress.add(rows)
        })?;
        for file in &all.files {
            let path = file.path.display().to_string();
            let path = visible(&path);
            for (row, line, damage) in &file.first_damaged {
                if run.strict {
                    bail!("{path}: row {row} (line {line}): {damage}");
                }
                console.say(format_args!("{path}: row {row} (line {line}): {damage}"));
            }
            let more = file.damaged - file.first_damaged.len() as u64;
            if more > 0 {
                console.say(format_args!("{path}: and {more} more rows that cannot be read"));
            }
            let mut parts = vec![format!("{} ({})", plural(file.records, "record"), file.read_as)];
            let counts = [
                (file.elsewhere, "not towards you"),
                (file.own, "your own"),
                (file.without_key, "without id and handle"),
            ];
            parts.extend(counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
            console.say(format_args!("{path}: {}", parts.join(", ")));
        }
        Ok(Engaged { all: Some(all), weights })
    }
}

impl Engaged {
    /// Records that cannot be read.
    pub(in super::super) fn damaged(&self) -> u64 {
        self.all.iter().flat_map(|all| &all.files).map(|file| file.damaged).sum()
    }

    /// Puts what each account of the list did beside it, and says how many were found.
    pub(in super::super) fn fill(&self, accounts: &mut [Candidate], console: &Console) {
        let Some(all) = &self.all else { return };
        let mut found = 0;
        for c in accounts.iter_mut() {
            let counts = all.of(&c.id, &c.handle).filter(|_| c.score.is_some());
            found += u64::from(counts.is_some());
            c.engagement = Some(
                counts.map_or_else(Engagement::default, |counts| Engagement::new(counts, &self.weights)),
            );
        }
        console.say(format_args!(
            "{} engaged with you; {found} of the list did",
            plural(all.len() as u64, "account")
        ));
    }
}
