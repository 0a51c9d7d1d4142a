//! What the ledger means for the queue.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;

use super::super::parse_date;
use super::filter::LeftOut;
use super::table::{Past, Remembered};
use crate::account::Timestamp;
use crate::model::Scorer;
use crate::screen::Candidate;
use crate::screen::ledger::{
    Entry, Facts, Index, Ledger, Standing, candidate_facts, model_sha256, what_changed,
};

const HEADING: &str = "What was decided before (botsieve ledger)";

/// The ledger and what of it is shown.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct MemoryArgs {
    /// Ledger of your decisions: leaves out who is decided until the date to look again, and the keep and never lists
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    pub(in super::super) ledger: Option<PathBuf>,

    /// Show those too, each with what was decided and what changed since
    #[arg(long, help_heading = HEADING, requires = "ledger", conflicts_with = "due")]
    pub(in super::super) decided: bool,

    /// Show only those whose date to look again has come, with what changed since: name, score, band, counts, or gone
    /// from the list
    #[arg(long, help_heading = HEADING, requires = "ledger")]
    pub(in super::super) due: bool,

    /// The time at which dates are compared [default: now]
    #[arg(long, help_heading = HEADING, value_name = "DATE", requires = "ledger", value_parser = parse_date)]
    pub(in super::super) as_of: Option<Timestamp>,
}

/// The ledger as it was when the command began.
pub(in super::super) struct Memory {
    args: MemoryArgs,
    index: Index,
    now: Timestamp,
}

impl MemoryArgs {
    /// Reads the ledger, if one is given.
    pub(in super::super) fn open(&self) -> anyhow::Result<Option<Memory>> {
        let Some(path) = &self.ledger else { return Ok(None) };
        let index = Index::new(Ledger::open(path)?.entries()?);
        Ok(Some(Memory { args: self.clone(), index, now: self.as_of.unwrap_or_else(Timestamp::now) }))
    }
}

impl Memory {
    /// Looks everybody up and leaves out who is not to be shown.
    pub(in super::super) fn apply(
        &self,
        queue: &mut Vec<Candidate>,
        scorer: &Scorer,
        left_out: &mut LeftOut,
    ) -> Past {
        let model = model_sha256(scorer.model());
        let mut past = Past::default();
        let mut found = HashSet::new();
        for c in queue.iter() {
            let Some(at) = self.index.find(&c.id, &c.handle) else { continue };
            found.insert(at);
            let entry = &self.index.entries()[at];
            let now = candidate_facts(c, scorer, &model);
            past.rows.insert(c.row, self.remembered(entry, Some(&now)));
        }
        let of = |c: &Candidate| past.rows.get(&c.row).map_or("open", |remembered| remembered.standing);
        if self.args.due {
            left_out.keep(queue, "not due", |c| of(c) == "due");
        } else if !self.args.decided {
            left_out.keep(queue, "decided", |c| of(c) != "decided");
            left_out.keep(queue, "on the keep list", |c| of(c) != "keep");
            left_out.keep(queue, "on the never list", |c| of(c) != "never");
        }
        if self.args.due {
            past.gone = self.gone_but(&found);
        }
        past
    }

    /// Those that are due and not on this list: id, handle, what is remembered.
    #[cfg(feature = "review")]
    pub(in super::super) fn gone(&self, list: &[Candidate]) -> Vec<(String, String, Remembered)> {
        self.gone_but(&list.iter().filter_map(|c| self.index.find(&c.id, &c.handle)).collect())
    }

    /// Those that are due and not found.
    fn gone_but(&self, found: &HashSet<usize>) -> Vec<(String, String, Remembered)> {
        let entries = self.index.entries().iter().enumerate();
        let gone = entries.filter(|(at, entry)| {
            matches!(entry.standing(self.now), Standing::Due(_)) && !found.contains(at)
        });
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        gone.map(|(_, entry)| {
            let remembered = Remembered { standing: "gone", ..self.remembered(entry, None) };
            (text(&entry.id), text(&entry.handle), remembered)
        })
        .collect()
    }

    fn remembered(&self, entry: &Entry, now: Option<&Facts>) -> Remembered {
        let standing = match entry.standing(self.now) {
            Standing::Open => "open",
            Standing::Decided(_) => "decided",
            Standing::Due(_) => "due",
            Standing::Keep(_) => "keep",
            Standing::Never(_) => "never",
        };
        let decision = entry.decision.as_ref();
        Remembered {
            standing,
            decision: decision.map(|d| (d.verdict.name(), d.who.clone(), d.at)),
            why: decision.map_or(String::new(), |d| d.why.clone()),
            look_again: decision.and_then(|d| d.look_again),
            changed: match (decision, now) {
                (Some(d), Some(now)) => what_changed(&d.facts, now),
                _ => Vec::new(),
            },
        }
    }
}
