//! `botsieve segment`: lists of accounts for a person to go through, or to take to the network.

#[cfg(feature = "ledger")]
mod decided;
mod scored;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use std::io::Write as _;

use super::{Console, Done, open_output, plural};
use crate::safe::visible;

/// Write a segment of your followers: whom you decided on, whom to thank, whom to answer.
///
/// `decided` writes accounts that a person put on a list, tagged, or decided to follow back or list, in forms that other
/// programs read. `thank` lists new followers, `engage` those who wrote to you; both are scored lists for a person to open
/// one by one, without the spam band. There is no export of "everybody who is genuine": a score suggests, and following by
/// a list that a program chose is what networks forbid (docs/segments.md).
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct SegmentCommand {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "Examples:\n  \
    botsieve segment decided --list press --format mastodon -o press.csv\n  \
    botsieve segment decided --tag berlin --format handles\n  \
    botsieve segment thank autumn.csv --new-since summer.csv -o thank.csv\n  \
    botsieve segment engage followers.csv --engagement mentions.csv --ledger botsieve.ledger";

#[derive(Subcommand, Debug)]
enum What {
    #[cfg(feature = "ledger")]
    Decided(decided::DecidedArgs),
    Thank(scored::ThankArgs),
    Engage(scored::EngageArgs),
}

pub(super) fn run(args: SegmentCommand) -> anyhow::Result<Done> {
    match args.what {
        #[cfg(feature = "ledger")]
        What::Decided(args) => decided::run(args),
        What::Thank(args) => scored::thank(args),
        What::Engage(args) => scored::engage(args),
    }
}

/// A handle as other programs read it: letters, digits and `_`, and dots, hyphens and `@` inside. Anything else is no handle
/// of any network, and a line or a cell of it may be a formula or more than one line.
fn is_plain(handle: &str) -> bool {
    handle.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && handle.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@'))
}

/// Says who is not in a list of handles, and why; how many those are.
fn say_unfit(unfit: &[(String, &'static str)], console: &Console) -> u64 {
    for (who, why) in unfit.iter().take(5) {
        console.say(format_args!("left out: {} ({why})", crate::safe::one_line(who, 60)));
    }
    if unfit.len() > 5 {
        console.say(format_args!("left out: and {} more", unfit.len() - 5));
    }
    unfit.len() as u64
}

/// Writes handles, one a line.
fn write_handles<'h>(path: Option<&Path>, handles: impl Iterator<Item = &'h str>) -> anyhow::Result<()> {
    let mut output = open_output(path)?;
    for handle in handles {
        writeln!(output, "{handle}")?;
    }
    output.finish().context("cannot finish the list")
}

fn say_written(path: Option<&PathBuf>, n: usize, console: &Console) {
    let place = path.map_or(String::new(), |path| format!(" in {}", visible(&path.display().to_string())));
    console.say(format_args!("{}{place}", plural(n as u64, "account")));
}
