//! The command line: one file a command, argument types beside the code that uses them.

mod accounting;
mod beside;
mod churn;
mod config;
mod convert;
mod doubtful;
mod draw;
mod drift;
mod evaluate;
mod explain;
mod features;
mod inspect;
#[cfg(feature = "ledger")]
mod ledger;
mod lint;
mod listing;
mod model;
mod prevalence;
mod promise;
mod reliability;
mod report;
mod report_file;
#[cfg(feature = "ledger")]
mod retrain;
#[cfg(feature = "review")]
mod review;
mod rows;
mod score;
mod screen;
mod segment;
mod study;
mod threshold;
mod train;
mod usage;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use beside::{BesideArgs, Joined};

use crate::account::Timestamp;
use crate::ingest::{
    BesideFiles, Damage, Dialect, Encoding, Field, Input, MapFile, Note, Notes, ReadOptions, parse_time,
};
use crate::model::{Model, Scorer};
use crate::safe::{Output, visible, visible_lines};
use usage::misuse;

/// Sieve a list of followers: which are likely bots, which are likely people, who deserves a look.
///
/// botsieve scores accounts with a readable logistic model and gives its reasons in plain words. It suggests; a
/// person decides, one profile at a time. It never follows, unfollows or blocks anyone and never uses the network.
#[derive(Parser, Debug)]
#[command(name = "botsieve", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    policy: config::PolicyArgs,
}

const EXIT_CODES: &str = "Start with:  botsieve screen followers.csv\n\n\
    Exit codes: 0 done, 1 failed, 2 bad usage, 3 done, but some rows could not be read (they are in the output, \
    each with its reason).";

#[derive(Subcommand, Debug)]
enum Command {
    Screen(screen::ScreenArgs),
    #[cfg(feature = "review")]
    Review(review::ReviewArgs),
    Report(report::ReportArgs),
    Score(score::ScoreArgs),
    Explain(explain::ExplainArgs),
    #[cfg(feature = "ledger")]
    Ledger(ledger::LedgerCommand),
    Segment(segment::SegmentCommand),
    Inspect(inspect::InspectArgs),
    Lint(lint::LintArgs),
    Drift(drift::DriftArgs),
    Convert(convert::ConvertArgs),
    Features(features::FeaturesArgs),
    Train(train::TrainArgs),
    #[cfg(feature = "ledger")]
    Retrain(retrain::RetrainArgs),
    Evaluate(evaluate::EvaluateArgs),
    Threshold(threshold::ThresholdArgs),
    Study(study::StudyArgs),
    Churn(churn::ChurnArgs),
    Model(model::ModelCommand),
    Config(config::ConfigCommand),
}

/// What a command that ran to its end says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// Everything was read.
    Whole,
    /// Some rows could not be read, each was reported and kept; or `lint` found something serious.
    WithRejects,
}

impl Done {
    fn of(damaged: u64) -> Done {
        if damaged == 0 { Done::Whole } else { Done::WithRejects }
    }
}

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    crate::safe::hush_caught_panics();
    ExitCode::from(run(std::env::args_os()))
}

/// Runs the program on these words, the first of which is its name, and gives its exit code: for who has files and no
/// process to start, as the fuzz targets. Words that are no command line end the process with code 2.
pub fn run(words: impl IntoIterator<Item = impl Into<std::ffi::OsString> + Clone>) -> u8 {
    let matches = Cli::command().get_matches_from(words);
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.format(&mut Cli::command()).exit(),
    };
    // Only commands that screen or decide have a policy; figures of a model do not depend on one.
    #[cfg(feature = "ledger")]
    let decides = matches!(cli.command, Command::Ledger(_) | Command::Retrain(_));
    #[cfg(not(feature = "ledger"))]
    let decides = false;
    let screens = matches!(
        cli.command,
        Command::Screen(_)
            | Command::Report(_)
            | Command::Score(_)
            | Command::Explain(_)
            | Command::Segment(_)
    );
    #[cfg(feature = "review")]
    let screens = screens || matches!(cli.command, Command::Review(_));
    let policy = || match cli.command {
        _ if decides || screens => cli.policy.load(),
        Command::Config(_) => Ok(()),
        _ => cli.policy.check_unused().map_err(Into::into),
    };
    let sensible = usage::check_outputs(&matches).map_err(Into::into).and_then(|()| policy());
    let result = sensible.and_then(|()| match cli.command {
        Command::Screen(args) => screen::run(args),
        #[cfg(feature = "review")]
        Command::Review(args) => review::run(args),
        Command::Report(args) => report::run(args),
        Command::Score(args) => score::run(args),
        Command::Explain(args) => explain::run(args),
        #[cfg(feature = "ledger")]
        Command::Ledger(args) => ledger::run(args),
        Command::Segment(args) => segment::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Drift(args) => drift::run(args),
        Command::Convert(args) => convert::run(args),
        Command::Features(args) => features::run(args),
        Command::Train(args) => train::run(args),
        #[cfg(feature = "ledger")]
        Command::Retrain(args) => retrain::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Study(args) => study::run(args),
        Command::Threshold(args) => threshold::run(args),
        Command::Churn(args) => churn::run(args),
        Command::Model(args) => model::run(args),
        Command::Config(args) => config::run(args, &cli.policy),
    });
    match result {
        Ok(Done::Whole) => 0,
        Ok(Done::WithRejects) => 3,
        Err(error) => {
            // `botsieve score … | head` closes the pipe: that is no failure of ours to report.
            if !error.chain().any(is_closed_pipe) {
                let _ = writeln!(io::stderr(), "error: {}", visible_lines(&told(&error)));
            }
            if error.is::<usage::Misuse>() { 2 } else { 1 }
        }
    }
}

/// The reader of our output went away. Not every error that holds one of the system gives it as its cause.
fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    let kind = if let Some(error) = cause.downcast_ref::<io::Error>() {
        Some(error.kind())
    } else if let Some(error) = cause.downcast_ref::<csv::Error>() {
        match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        }
    } else {
        cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind)
    };
    kind == Some(io::ErrorKind::BrokenPipe)
}

/// An error with its causes, leaving out those that its own message already tells.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How input is read; the same for every command.
#[derive(Args, Clone, Debug)]
struct ReadArgs {
    /// When the counts were true (2019-06-05, or any time the files may hold), for rows that do not say so.
    /// Ages and per-day rates are relative to it, never to today; without it they are missing
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    observed_at: Option<Timestamp>,

    /// Read the input as this dialect instead of deciding by its content (names: see docs/dialects.md, or give a wrong one)
    #[arg(long, value_enum, hide_possible_values = true)]
    dialect: Option<Dialect>,

    /// Character encoding of the input (latin1, windows-1251, utf-16le, ...) instead of deciding by its content
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,

    /// TOML file that says which column is which field (followers = "Fans")
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

impl ReadArgs {
    fn options(&self) -> anyhow::Result<ReadOptions> {
        Ok(ReadOptions {
            dialect: self.dialect,
            observed_at: self.observed_at,
            encoding: self.encoding,
            label_column: None,
            beside: BesideFiles::default(),
            map: self.map.as_deref().map(MapFile::open).transpose()?,
            unknown_columns: false,
        })
    }
}

fn parse_date(text: &str) -> Result<Timestamp, String> {
    parse_time(text).ok_or_else(|| format!("expected {}", crate::ingest::TIME_GRAMMARS))
}

/// How the work is done; the same for every command that reads rows.
#[derive(Args, Clone, Debug)]
struct RunArgs {
    /// Threads to use; the output is the same for any number [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Stop at the first row that cannot be read instead of reporting it and going on
    #[arg(long)]
    strict: bool,

    /// Print nothing but results and errors
    #[arg(long, short)]
    quiet: bool,
}

impl RunArgs {
    fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.threads.map_or(cores, usize::from)
    }

    /// Makes rayon, which the fit uses, keep to the same number.
    fn limit_pool(&self) {
        // Fails only where a pool is already there, which is then kept.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(self.threads()).build_global();
    }
}

/// The model to score with.
#[derive(Args, Clone, Debug)]
struct ModelArgs {
    /// Model file that `botsieve train` wrote [default: the embedded model]
    #[arg(long, short, value_name = "FILE")]
    model: Option<PathBuf>,

    /// Share of bots expected among the accounts, e.g. 0.1; p_bot is meant at it [default: the model's own]. `auto`
    /// estimates it from the accounts themselves, and says when it cannot (score, screen and report only)
    #[arg(long, value_name = "SHARE", value_parser = parse_prevalence, allow_negative_numbers = true)]
    prevalence: Option<Prevalence>,
}

/// What `--prevalence` says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Prevalence {
    Share(f64),
    Auto,
}

impl ModelArgs {
    fn model(&self) -> anyhow::Result<Model> {
        let policy = config::current();
        let mut model = match self.model.as_ref().or(policy.model.as_ref()) {
            Some(path) => Model::read(path)?,
            None => Model::embedded()?,
        };
        for what in policy.set_bands(&mut model)? {
            let _ = writeln!(io::stderr(), "policy: {what}");
        }
        Ok(model)
    }

    /// Is the share of bots to be estimated?
    fn auto(&self) -> bool {
        self.prevalence == Some(Prevalence::Auto)
    }

    /// The share of bots that was stated, for commands that do not estimate one.
    fn stated(&self) -> anyhow::Result<Option<f64>> {
        match self.prevalence {
            Some(Prevalence::Auto) => misuse!(
                "--prevalence auto is for `score`, `screen` and `report`, which read a whole batch; give a share such as \
                 0.1"
            ),
            Some(Prevalence::Share(share)) => Ok(Some(share)),
            None => Ok(None),
        }
    }

    fn scorer(&self) -> anyhow::Result<Scorer> {
        Ok(Scorer::new(self.model()?, self.stated()?))
    }
}

fn parse_prevalence(text: &str) -> Result<Prevalence, String> {
    match text {
        "auto" => Ok(Prevalence::Auto),
        _ => parse_share(text).map(Prevalence::Share).map_err(|expected| format!("{expected}, or auto")),
    }
}

fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("expected a share above 0 and below 1, such as 0.1 for 10 %".into()),
    }
}

/// The most replicates of a bootstrap; each holds numbers in memory.
const MOST_REPLICATES: u32 = 100_000;

fn parse_replicates(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n <= MOST_REPLICATES as usize => Ok(n),
        _ => Err(format!("expected a whole number up to {MOST_REPLICATES}, such as 1000")),
    }
}

/// Messages and progress: on a terminal only, never in a pipe, nothing with `--quiet`.
struct Console {
    quiet: bool,
}

impl Console {
    fn new(run: &RunArgs) -> Console {
        Console { quiet: run.quiet }
    }

    /// A line on standard error.
    fn say(&self, line: impl std::fmt::Display) {
        if !self.quiet {
            // Names of files stand in it, which whoever sent them chose.
            let _ = writeln!(io::stderr(), "{}", visible_lines(&line.to_string()));
        }
    }

    /// A bar over the bytes of an input; hidden where standard error is not a terminal.
    fn bar(&self, input: &Input) -> Progress {
        let (size, taken) = input.progress();
        self.bar_of(input.name(), size, taken)
    }

    fn bar_of(&self, path: &Path, size: Option<u64>, taken: Arc<AtomicU64>) -> Progress {
        let bar = match size {
            Some(size) => ProgressBar::new(size),
            None => ProgressBar::no_length(),
        };
        let name = crate::safe::one_line(&path.display().to_string(), 40);
        let shape = if size.is_some() {
            "{prefix} {bar:24} {percent}% {msg} ({eta} left)"
        } else {
            "{prefix} {spinner} {msg} ({elapsed})"
        };
        if let Ok(style) = ProgressStyle::with_template(shape) {
            bar.set_style(style);
        }
        if self.quiet || !io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_prefix(name);
        bar.enable_steady_tick(Duration::from_millis(250));
        Progress { bar, taken, rows: 0, started: std::time::Instant::now() }
    }
}

struct Progress {
    bar: ProgressBar,
    taken: Arc<AtomicU64>,
    rows: u64,
    started: std::time::Instant,
}

impl Progress {
    fn add(&mut self, rows: u64) {
        self.rows += rows;
        self.bar.set_position(self.taken.load(std::sync::atomic::Ordering::Relaxed));
        let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
        self.bar.set_message(format!("{} rows, {:.0}/s", self.rows, self.rows as f64 / seconds));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The first damaged rows, in full, and the number of all.
#[derive(Default)]
struct Rejects {
    first: Vec<(u64, u64, Damage)>,
    count: u64,
}

/// So many damaged rows are printed one by one.
const SHOWN: usize = 5;
/// So many are kept, for who asks for more.
const KEPT: usize = 1000;

impl Rejects {
    fn add(&mut self, row: u64, line: u64, damage: Damage) {
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push((row, line, damage));
        }
    }

    fn merge(&mut self, other: Rejects) {
        self.count += other.count;
        let room = KEPT - self.first.len();
        self.first.extend(other.first.into_iter().take(room));
    }

    /// With `--strict`, the first one is an error.
    fn check(&self, path: &Path, strict: bool) -> anyhow::Result<()> {
        if let (true, Some((row, line, damage))) = (strict, self.first.first()) {
            bail!("{}: row {row} (line {line}): {damage}", path.display());
        }
        Ok(())
    }

    fn report(&self, path: &Path, console: &Console) {
        for (row, line, damage) in self.first.iter().take(SHOWN) {
            console.say(format_args!("{}: row {row} (line {line}): {damage}", path.display()));
        }
        let more = self.count.saturating_sub(SHOWN as u64);
        if more > 0 {
            console.say(format_args!(
                "{}: and {more} more rows that cannot be read; `botsieve inspect --damaged {}` tells of {}",
                path.display(),
                self.count.min(KEPT as u64),
                if self.count > KEPT as u64 { "the first of them" } else { "each" }
            ));
        }
    }
}

/// Rows with each remark. They are sound, but something in them is not to be relied on.
#[derive(Clone, Copy, Default)]
struct Remarks([u64; Note::ALL.len()]);

impl Remarks {
    fn of(rows: &crate::ingest::Tally) -> Remarks {
        Remarks(std::array::from_fn(|at| rows.noted(Note::ALL[at])))
    }

    fn add(&mut self, notes: Notes) {
        // Nearly every row.
        if notes.is_empty() {
            return;
        }
        for (count, note) in self.0.iter_mut().zip(Note::ALL) {
            *count += u64::from(notes.contains(*note));
        }
    }

    fn merge(&mut self, other: Remarks) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }

    /// The remarks that some row has, with the number of such rows.
    fn all(&self) -> impl Iterator<Item = (Note, u64)> + '_ {
        Note::ALL.iter().copied().zip(self.0).filter(|(_, count)| *count > 0)
    }

    fn report(&self, path: &Path, console: &Console) {
        for (note, count) in self.all() {
            console.say(format_args!("{}: {count} rows: {}", path.display(), note.advice()));
        }
    }
}

fn open_input(path: &Path, options: &ReadOptions) -> anyhow::Result<Input> {
    Ok(Input::open(path, options)?)
}

/// What is missing from every row is worth a word before the scores are believed.
fn say_what_is_missing(input: &Input, options: &ReadOptions, console: &Console) {
    let mapping = input.mapping();
    let path = input.name().display().to_string();
    if mapping.ids_only {
        console.say(format_args!(
            "{}: a list of ids, which says nothing of the profiles: every account stays pending; look the profiles up \
             and give the file with them",
            visible(&path)
        ));
    }
    for name in &mapping.duplicate {
        console.say(format_args!(
            "{}: {} stands more than once in the header: the first column of that name is read",
            visible(&path),
            visible(name)
        ));
    }
    let has_ages = mapping.has(Field::ObservedAt) || mapping.has(Field::AgeDays);
    if mapping.has(Field::CreatedAt) && !has_ages && options.observed_at.is_none() {
        console.say(format_args!(
            "{}: the file does not say when its counts were true, so ages and per-day rates are missing; give the \
             time with --observed-at DATE",
            visible(&path)
        ));
    }
}

/// A number with its noun: `1 row`, `2 rows`.
fn plural(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn open_output(path: Option<&Path>) -> anyhow::Result<Output> {
    let ending = path.and_then(Path::extension).filter(|ending| *ending == "gz" || *ending == "zst");
    if let (Some(path), Some(ending)) = (path, ending) {
        misuse!(
            "cannot write {}: only `botsieve convert` packs what it writes\n  expected a name without .{}",
            path.display(),
            ending.display()
        );
    }
    open_any_output(path)
}

/// The same, also for what is packed.
fn open_any_output(path: Option<&Path>) -> anyhow::Result<Output> {
    let folder = path.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    if let (Some(path), Some(folder)) = (path, folder)
        && !folder.is_dir()
    {
        bail!("cannot write {}: the folder {} is not there", path.display(), folder.display());
    }
    Ok(Output::open(path)?)
}

/// Writes a whole result at once.
fn write_result(path: Option<&Path>, text: &str) -> anyhow::Result<()> {
    let mut output = open_output(path)?;
    output.write_all(text.as_bytes()).context("cannot write the result")?;
    output.finish().context("cannot finish the result")
}
