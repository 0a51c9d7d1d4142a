//! The decisions of a ledger, with the profiles of the accounts from the lists they were made on.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::super::rows::read_rows;
use super::super::{Console, open_input, plural};
use super::RetrainArgs;
use crate::account::{Account, Label};
use crate::ingest::canonical_id;
use crate::model::{DecidedAccount, DecisionRows, account_key};
use crate::safe::visible;
use crate::screen::ledger::{Index, Ledger, Verdict};

/// What a decision says of the class; `None` is no label: who is skipped may be a person or a bot.
pub(in super::super) fn label_of(verdict: Verdict) -> Option<Label> {
    match verdict {
        Verdict::Spam => Some(Label::Bot),
        Verdict::FollowBack | Verdict::List => Some(Label::Human),
        Verdict::Pending | Verdict::Skip => None,
    }
}

/// How many decisions there are, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Counts {
    /// Accounts with a decision that stands.
    pub decided: usize,
    pub spam: usize,
    pub follow_back: usize,
    pub list: usize,
    pub pending: usize,
    pub skip: usize,
    /// Labels for which a profile was found.
    pub with_data: usize,
    /// Labels for which none was found.
    pub without_data: usize,
    /// Rows of the lists that repeat an account found before.
    pub repeated: u64,
}

/// A decided account with its profile.
pub(super) struct Known {
    pub account: Account<'static>,
    pub id: Option<String>,
    pub file: String,
    pub row: u64,
    /// Verdict, who decided, when.
    pub decision: [String; 3],
}

/// All of them.
pub(super) struct Decided {
    pub rows: Vec<DecidedAccount>,
    pub by_hash: HashMap<u64, Known>,
    pub counts: Counts,
    pub damaged: u64,
}

impl Decided {
    /// The classes in the order of the rows of the samples.
    pub(super) fn bots(&self, rows: &DecisionRows) -> Vec<bool> {
        let class: HashMap<u64, bool> =
            self.rows.iter().map(|row| (row.hash(), row.label.is_bot())).collect();
        rows.hashes.iter().map(|hash| class[hash]).collect()
    }

    /// What was found, in words.
    pub(super) fn words(&self, args: &RetrainArgs) -> String {
        let c = &self.counts;
        let mut out = format!(
            "{} in {}: {} spam (bot), {} follow-back and {} list (human); {} skip and {} pending are no label\n",
            plural(c.decided as u64, "decided account"),
            visible(&args.ledger_path().display().to_string()),
            c.spam,
            c.follow_back,
            c.list,
            c.skip,
            c.pending
        );
        out += &format!(
            "{} have a profile in {}, {} have none there and take no part",
            plural(c.with_data as u64, "label"),
            plural(args.followers.len() as u64, "list"),
            c.without_data
        );
        if c.repeated > 0 {
            out += &format!("; {} repeat an account, of which the first counts", plural(c.repeated, "row"));
        }
        out + "\n"
    }
}

impl RetrainArgs {
    fn ledger_path(&self) -> std::path::PathBuf {
        super::super::config::current().ledger(self.ledger.as_ref())
    }
}

/// Reads the ledger and the lists.
pub(super) fn decided(args: &RetrainArgs, console: &Console) -> anyhow::Result<Decided> {
    let index = Index::new(Ledger::open(&args.ledger_path())?.entries()?);
    let mut counts = Counts::default();
    for decision in index.entries().iter().filter_map(|entry| entry.decision.as_ref()) {
        counts.decided += 1;
        match decision.verdict {
            Verdict::Spam => counts.spam += 1,
            Verdict::FollowBack => counts.follow_back += 1,
            Verdict::List => counts.list += 1,
            Verdict::Pending => counts.pending += 1,
            Verdict::Skip => counts.skip += 1,
        }
    }
    let options = args.read.options()?;
    let mut found = Decided { rows: Vec::new(), by_hash: HashMap::new(), counts, damaged: 0 };
    let mut taken: HashSet<usize> = HashSet::new();
    for path in &args.followers {
        let mut input = open_input(path, &options)?;
        let beside = args.beside.join(&mut input, &options, &args.run, console)?;
        let file = path.display().to_string();
        let met = read_rows(
            &mut input,
            &args.run,
            console,
            |_| Vec::new(),
            |accounts, row| {
                if row.damage.is_some() {
                    return;
                }
                let (id, handle) = (&row.account.id, &row.account.handle);
                let at = index.find(id.as_deref().unwrap_or_default(), handle.as_deref().unwrap_or_default());
                let label = at
                    .and_then(|at| index.entries()[at].decision.as_ref())
                    .and_then(|decision| label_of(decision.verdict));
                if let (Some(at), Some(label)) = (at, label) {
                    accounts.push((at, label, row.number, std::mem::take(&mut row.account).into_owned()));
                }
            },
            |accounts| {
                for (at, label, row, account) in accounts {
                    if !taken.insert(at) {
                        found.counts.repeated += 1;
                        continue;
                    }
                    let entry = &index.entries()[at];
                    let id =
                        entry.id.clone().or_else(|| account.id.as_deref().map(|id| canonical_id(id).into()));
                    let Some(key) = account_key(id.as_deref(), account.handle.as_deref()) else { continue };
                    let decided = DecidedAccount::new(key, label, row, &account);
                    let decision = entry.decision.as_ref().map_or(Default::default(), |decision| {
                        [decision.verdict.name().into(), decision.who.clone(), decision.at.to_string()]
                    });
                    let known = Known { account, id, file: file.clone(), row, decision };
                    if found.by_hash.insert(decided.hash(), known).is_none() {
                        found.rows.push(decided);
                    }
                }
                Ok(())
            },
        )?;
        met.rejects.report(path, console);
        console.say(format_args!("{}: {}", visible(&file), met.account_sound()));
        beside.report(console);
        found.damaged += met.rejects.count + beside.damaged();
    }
    let labels = found.counts.spam + found.counts.follow_back + found.counts.list;
    found.counts.with_data = found.rows.len();
    found.counts.without_data = labels - found.rows.len();
    Ok(found)
}
