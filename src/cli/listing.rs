//! A list of followers, read and scored: what `screen`, `review` and `report` have in common.

pub(super) mod engagement;
pub(super) mod filter;
#[cfg(feature = "ledger")]
pub(super) mod memory;
pub(super) mod table;

use std::path::PathBuf;

use clap::Args;

use super::accounting::Accounting;
use super::rows::read_blocks;
use super::{
    BesideArgs, Console, Joined, ModelArgs, ReadArgs, RunArgs, drift, open_input, prevalence,
    say_what_is_missing,
};
use crate::evaluate::{BinCounts, LogitHistogram};
use crate::model::{Band, Parts, Score, Scorer};
use crate::scores::{KINDS_READ, look};
use crate::screen::{Candidate, Profile, ShareOfBots, share_of_bots};
use filter::{LeftOut, Lists, QueueArgs};
use table::Past;

/// Which list, how it is read and scored, and what of it goes into the queue.
#[derive(Args, Clone, Debug)]
pub(super) struct ListingArgs {
    /// File with the followers (CSV, TSV, JSON, JSON lines; plain, gzip or zstd); `-` is standard input
    #[arg(value_name = "FOLLOWERS")]
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) model: ModelArgs,

    #[command(flatten)]
    pub(super) read: ReadArgs,

    #[command(flatten)]
    pub(super) beside: BesideArgs,

    #[command(flatten)]
    pub(super) queue: QueueArgs,

    #[command(flatten)]
    pub(super) engagement: engagement::EngagementArgs,

    #[cfg(feature = "ledger")]
    #[command(flatten)]
    pub(super) memory: memory::MemoryArgs,

    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// What the command needs of each account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Reasons, the strongest first.
    pub(super) reasons: usize,
    /// Bio, times and marks too.
    pub(super) profiles: bool,
}

/// The whole list, scored.
pub(super) struct Listing {
    /// Every row of the list, in its order; one that could not be read has no score.
    pub(super) accounts: Vec<Candidate>,
    /// What they were scored with; with `--prevalence auto` at the share that was found.
    pub(super) scorer: Scorer,
    /// The share of bots on the list, as far as it can be told.
    pub(super) share: Option<ShareOfBots>,
    /// What became of its rows.
    rows: Accounting,
    rejects: u64,
    beside: Joined,
    lists: Lists,
    engaged: engagement::Engaged,
    #[cfg(feature = "ledger")]
    memory: Option<memory::Memory>,
}

/// What of the list is to be looked at, and in which order.
pub(super) struct Queue {
    /// Its accounts, the first in line first.
    pub(super) accounts: Vec<Candidate>,
    /// What the ledger says of them; `None` without a ledger.
    pub(super) past: Option<Past>,
    /// Who of the list is not in it.
    pub(super) left_out: LeftOut,
    /// What became of the rows of the list.
    pub(super) rows: Accounting,
}

impl ListingArgs {
    /// Reads and scores the list. Says on standard error what could not be read.
    pub(super) fn score(&self, wanted: Wanted, console: &Console) -> anyhow::Result<Listing> {
        let auto = self.model.auto();
        let stated = if auto { None } else { self.model.stated()? };
        // Kinds look at the words of the bio, whatever the model looks at.
        let mut scorer = Scorer::new(self.model.model()?, stated).looking_at(KINDS_READ);
        let options = self.read.options()?;
        // What may fail without the list is done before the list is read.
        #[cfg(feature = "ledger")]
        let memory = self.memory.open()?;
        #[cfg(feature = "ledger")]
        let with_ledger = memory.is_some();
        #[cfg(not(feature = "ledger"))]
        let with_ledger = false;
        let lists = self.queue.read(with_ledger, self.engagement.given(), &self.run, console)?;
        let engaged = self.engagement.read(super::config::current().weights, &self.run, console)?;
        let path = &self.file;
        let mut input = open_input(path, &options)?;
        say_what_is_missing(&input, &options, console);
        let beside = self.beside.join(&mut input, &options, &self.run, console)?;
        let mut accounts: Vec<Candidate> = Vec::new();
        let mut bins = BinCounts::new(scorer.model());
        let profiles = wanted.profiles || self.queue.asks_the_profile();
        let met = read_blocks(
            &mut input,
            &self.run,
            console,
            |_| (Vec::new(), BinCounts::new(scorer.model()), Parts::default()),
            |(part, bins, parts), rows| {
                look(&scorer, rows, wanted.reasons, parts, |row, scored| {
                    let (score, kinds) = match scored {
                        Some((scored, all)) => {
                            bins.add(scorer.model(), |term| all.value(term));
                            let reasons = scored.parts.iter().map(|part| scorer.reason(part, scored.facts));
                            let score = Score { reasons: reasons.collect(), ..scored.score.clone() };
                            (Some(score), scored.kinds_in_words(&row.account))
                        }
                        None => (None, Vec::new()),
                    };
                    let status = match &row.damage {
                        Some(damage) => format!("damaged: {damage}"),
                        None => "ok".to_string(),
                    };
                    let profile = profiles.then(|| Box::new(Profile::of(&row.account)));
                    let candidate = Candidate::new(row.number, &row.account, score, status);
                    part.push(Candidate { kinds, profile, ..candidate });
                });
            },
            |(part, chunk_bins, _)| {
                bins.merge(&chunk_bins);
                accounts.extend(part);
                Ok(())
            },
        )?;
        let mut scores = LogitHistogram::default();
        accounts
            .iter()
            .filter_map(|c| c.score.as_ref())
            .for_each(|s| prevalence::count(&mut scores, &scorer, s));
        let share = share_of_bots(scorer.model(), &scores);
        if let Some(found) = prevalence::chosen(share).filter(|_| auto) {
            let other = scorer.at_prevalence(found);
            let scores = accounts.iter_mut().filter_map(|c| c.score.as_mut());
            scores.for_each(|score| other.moved(&scorer, score));
            scorer = other;
        }
        if auto {
            console.say(format_args!("--prevalence auto: {}", prevalence::choice(share, &scorer)));
        }
        let bands = || accounts.iter().filter_map(|c| c.score.as_ref()).map(|score| score.band);
        let pending = bands().filter(|band| *band == Band::Pending).count() as u64;
        let scored = bands().filter(|band| *band != Band::Pending).count() as u64;
        let rows = met.account(&[("scored", scored), ("pending", pending)]);
        rows.check()?;
        met.report(path, console);
        drift::warn(&bins, &scorer, path, console);
        beside.report(console);
        engaged.fill(&mut accounts, console);
        Ok(Listing {
            accounts,
            scorer,
            share,
            rows,
            rejects: met.rejects.count,
            beside,
            lists,
            engaged,
            #[cfg(feature = "ledger")]
            memory,
        })
    }

    /// Puts what is to be looked at in order; the listing keeps no account.
    pub(super) fn queue(&self, listing: &mut Listing) -> anyhow::Result<Queue> {
        let mut accounts = std::mem::take(&mut listing.accounts);
        let mut left_out = LeftOut::default();
        #[cfg(feature = "ledger")]
        let past =
            listing.memory.as_ref().map(|memory| memory.apply(&mut accounts, &listing.scorer, &mut left_out));
        #[cfg(not(feature = "ledger"))]
        let past: Option<Past> = None;
        self.queue.apply(&mut accounts, &listing.lists, past.as_ref(), &mut left_out)?;
        let places = [("in the queue", accounts.len() as u64), ("left out", left_out.total())];
        let rows = listing.rows.clone().placed(&places);
        rows.check()?;
        Ok(Queue { accounts, past, left_out, rows })
    }
}

impl Listing {
    /// Rows that could not be read, here and in the files beside.
    pub(super) fn damaged(&self) -> u64 {
        self.rejects + self.beside.damaged() + self.lists.damaged + self.engaged.damaged()
    }
}
