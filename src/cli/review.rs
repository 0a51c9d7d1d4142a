//! `botsieve review`: a person goes through the queue and decides, in the browser or in the terminal.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::ledger::{WhoArgs, shown};
use super::listing::memory::MemoryArgs;
use super::listing::{Listing, ListingArgs, Queue, Wanted};
use super::{Console, Done, plural};
use crate::account::Network;
use crate::review::{Session, Setup, Show, Site, server, terminal};
use crate::safe::{one_line, visible};
use crate::words::{called, day};

/// Go through a list of followers, one account at a time, and decide; in the browser, or with --terminal in the terminal.
///
/// Starts a page on this machine and opens it: the account with its reasons, what was decided before, and others that
/// look alike. One key decides and goes on; u takes it back. Every decision is in the ledger before the page says so.
/// The page is for this machine alone and fetches nothing: no picture, no profile. Nobody is followed, unfollowed or
/// blocked: "follow back" means that you will do it yourself, in the network's own site. Ctrl-C ends it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReviewArgs {
    #[command(flatten)]
    list: ListingArgs,

    #[command(flatten)]
    who: WhoArgs,

    /// In the terminal instead of the browser, with the same keys
    #[arg(long, conflicts_with_all = ["port", "no_open"])]
    terminal: bool,

    /// Port of the page on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,

    /// Print the address of the page and do not open it
    #[arg(long)]
    no_open: bool,

    /// The network of the accounts, for links to their profiles, where the file does not tell it
    #[arg(long, value_enum, value_name = "NETWORK")]
    network: Option<NetworkArg>,

    /// The Mastodon server of handles without one, for links to their profiles
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    instance: Option<String>,
}

const EXAMPLES: &str = "Examples:\n  \
    botsieve review followers.csv\n  \
    botsieve review followers.csv --ledger ours.ledger --who ben --order uncertain\n  \
    botsieve review autumn.csv --ledger botsieve.ledger --due\n  \
    botsieve review followers.csv --terminal\n\n\
    The ledger is botsieve.ledger in the working folder unless --ledger names another; the first decision makes it.\n\
    Who is decided already stays out of the way; the page's filter shows them. Keys: press ? in the page.\n\
    Two people may review with one ledger at once: each sees what the other decides. More: docs/review.md";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum NetworkArg {
    X,
    Mastodon,
    Bluesky,
    Instagram,
}

fn parse_host(text: &str) -> Result<String, String> {
    let host = text.trim().to_ascii_lowercase();
    if crate::review::is_host(&host) {
        Ok(host)
    } else {
        Err("expected a host such as mastodon.example".into())
    }
}

/// Reasons shown of each account.
const REASONS: usize = 6;

pub(super) fn run(mut args: ReviewArgs) -> anyhow::Result<Done> {
    if args.terminal {
        // Before minutes of reading.
        terminal::check()?;
    }
    let console = Console::new(&args.list.run);
    let ledger = super::config::current().ledger(args.list.memory.ledger.as_ref());
    // The session keeps who is decided, to show them and to count; what is not there yet has nothing to say.
    let memory = &mut args.list.memory;
    let asked = args.list.queue.asks_the_ledger();
    memory.ledger = (asked && ledger.exists()).then(|| ledger.clone());
    let (due_only, as_of) = (std::mem::take(&mut memory.due), memory.as_of);
    let show = if memory.decided { Show::All } else { Show::Left };
    memory.decided = true;
    let limit = args.list.queue.limit.take();
    let mut listing = args.list.score(Wanted { reasons: REASONS, profiles: true }, &console)?;
    let gone = if due_only && ledger.exists() {
        let all = MemoryArgs { ledger: Some(ledger.clone()), decided: false, due: true, as_of };
        all.open()?.map(|memory| memory.gone(&listing.accounts)).unwrap_or_default()
    } else {
        Vec::new()
    };
    let gone: Vec<String> = gone
        .iter()
        .map(|(id, handle, past)| {
            let decision = past.decision.as_ref();
            let decided = decision.map_or(String::new(), |(verdict, by, at)| {
                format!(" ({verdict} by {} on {})", one_line(by, 30), day(*at))
            });
            format!("{}{decided}", one_line(&called(handle, id), 60))
        })
        .collect();
    let Queue { accounts, left_out, rows, .. } = args.list.queue(&mut listing)?;
    let damaged = listing.damaged();
    // With it goes what was needed of the ledger to make the queue.
    let Listing { scorer, .. } = listing;
    let network = args.network.map(|network| match network {
        NetworkArg::X => Network::X,
        NetworkArg::Mastodon => Network::Mastodon,
        NetworkArg::Bluesky => Network::Bluesky,
        NetworkArg::Instagram => Network::Instagram,
    });
    let file = args.list.file.file_name().map_or_else(|| args.list.file.clone(), PathBuf::from);
    let setup = Setup {
        title: one_line(&file.display().to_string(), 80),
        accounts,
        scorer,
        ledger,
        who: args.who.name(),
        site: Site { network, instance: args.instance },
        as_of,
        due_only,
        show,
        limit,
        left_out: left_out.0,
        gone,
        look_again_days: |verdict| super::config::current().look_again_days(verdict),
    };
    let session = Arc::new(Session::new(setup)?);
    let progress = session.progress();
    console.say(rows);
    console.say(format_args!(
        "{}: {} in the queue, {} decided, {} left",
        visible(&args.list.file.display().to_string()),
        plural(session.len() as u64, "account"),
        progress.decided,
        progress.left
    ));
    if !session.left_out().is_empty() {
        let parts: Vec<String> = session.left_out().iter().map(|(why, n)| format!("{n} {why}")).collect();
        console.say(format_args!("Left out of the queue: {}.", parts.join(", ")));
    }
    if !session.gone().is_empty() {
        let (first, more) = session.gone().split_at(session.gone().len().min(10));
        let more = if more.is_empty() { String::new() } else { format!(", and {} more", more.len()) };
        console.say(format_args!("Due and gone from the list: {}{more}", first.join(", ")));
    }
    if args.terminal {
        terminal::run(&session, open_browser)?;
    } else {
        let open = !args.no_open;
        server::serve(session.clone(), args.port, |address| announce(address, open, &console))
            .with_context(|| format!("cannot serve the page on 127.0.0.1, port {}", args.port))?;
    }
    let done = session.decided_here();
    let kept = if session.ledger().exists() {
        format!("everything is in {}", shown(session.ledger()))
    } else {
        format!("{} was not made", shown(session.ledger()))
    };
    console.say(format_args!("{} made here; {kept}", plural(done, "decision")));
    Ok(Done::of(damaged))
}

/// Says where the page is, and opens it.
fn announce(address: &server::Address, open: bool, console: &Console) {
    let opened = open && open_browser(&address.once);
    console.say(if opened {
        "The page opens in your browser. If it does not, open this address; Ctrl-C here ends it."
    } else {
        "Open this address in a browser on this machine; Ctrl-C here ends it."
    });
    // The address is the key to the page: it is for whoever started the program, on standard output.
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{}", address.url);
    let _ = out.flush();
}

/// Hands an address to the program that opens the browser; `false` where there is none.
fn open_browser(url: &str) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let (program, before): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        // `start` of cmd would read & and % in an address.
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else if set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WSL_DISTRO_NAME") {
        ("xdg-open", &[])
    } else {
        return false;
    };
    let mut command = std::process::Command::new(program);
    command.args(before).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            std::thread::spawn(move || child.wait());
            true
        }
        Err(_) => false,
    }
}
