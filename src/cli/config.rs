//! The policy file `botsieve.toml`: read, checked key by key, shown.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use toml::de::{DeTable, DeValue};

use super::listing::filter::By;
use super::usage::Misuse;
use super::{Done, write_result};
use crate::model::Model;
use crate::safe::{one_line, visible};
use crate::screen::Weights;

/// Name of the file that is looked for in the working folder.
const NAME: &str = "botsieve.toml";

/// Where the policy comes from; the same for every command.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct PolicyArgs {
    /// Policy file [default: botsieve.toml in the working folder, if it is there]; see docs/config.md
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config", help_heading = "Policy")]
    config: Option<PathBuf>,

    /// Use no policy file
    #[arg(long, global = true, help_heading = "Policy")]
    no_config: bool,
}

/// What a policy file says; what it does not say is as it would be without one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Policy {
    /// The file, and on which line each key stands.
    file: Option<PathBuf>,
    lines: Vec<(String, usize)>,
    pub model: Option<PathBuf>,
    pub ledger: Option<PathBuf>,
    pub who: Option<String>,
    pub lists: Vec<String>,
    pub order: Option<By>,
    pub spam_from: Option<f64>,
    pub genuine_up_to: Option<f64>,
    pub weights: Weights,
    /// Days, by name of the decision.
    look_again: Vec<(&'static str, i64)>,
}

/// The keys: name, what is expected, what holds without it, which flag comes before it.
const KEYS: [(&str, &str, &str, &str); 17] = [
    ("model", "the name of a model file", "the embedded model", "--model"),
    ("ledger", "the name of a ledger", "botsieve.ledger", "--ledger"),
    ("who", "a name", "the name you are logged in with", "--who, BOTSIEVE_WHO"),
    ("lists", "names in brackets: [\"press\", \"partners\"]", "any name", ""),
    ("queue.order", "queue, bots, uncertain, followers, newest, engagement or row", "queue", "--order"),
    ("bands.spam_from", "a share from 0 to 1", "the model's own", ""),
    ("bands.genuine_up_to", "a share from 0 to 1", "the model's own", ""),
    ("engagement.reply", POINTS, "3", ""),
    ("engagement.mention", POINTS, "2", ""),
    ("engagement.repost", POINTS, "2", ""),
    ("engagement.like", POINTS, "1", ""),
    ("engagement.most", "a whole number from 1 to 1000", "5", ""),
    ("look_again.follow-back", DAYS, "180", "--look-again"),
    ("look_again.list", DAYS, "180", "--look-again"),
    ("look_again.pending", DAYS, "30", "--look-again"),
    ("look_again.skip", DAYS, "180", "--look-again"),
    ("look_again.spam", DAYS, "180", "--look-again"),
];
const POINTS: &str = "points from 0 to 100";
const DAYS: &str = "days from 1 to 36500";

static CURRENT: OnceLock<Policy> = OnceLock::new();

/// The policy in force; the defaults where none was read.
pub(super) fn current() -> &'static Policy {
    CURRENT.get_or_init(Policy::default)
}

impl PolicyArgs {
    /// The file to read, if there is one.
    fn path(&self) -> Option<PathBuf> {
        let found = || Some(PathBuf::from(NAME)).filter(|path| path.is_file());
        if self.no_config { None } else { self.config.clone().or_else(found) }
    }

    /// For a command that has no use for a policy: whoever names one is told.
    pub(super) fn check_unused(&self) -> Result<(), Misuse> {
        match &self.config {
            Some(path) => Err(Misuse(format!(
                "--config {}: this command follows no policy\n  expected one that screens or decides: screen, review, report, \
                 score, explain, ledger, segment, retrain, config",
                visible(&path.display().to_string())
            ))),
            None => Ok(()),
        }
    }

    /// Reads the policy for the rest of the run, and says that it is used.
    pub(super) fn load(&self) -> anyhow::Result<()> {
        let Some(path) = self.path() else { return Ok(()) };
        let policy = Policy::open(&path)?;
        let quiet = std::env::args_os().any(|arg| arg == "-q" || arg == "--quiet");
        if !quiet {
            let path = path.display().to_string();
            // Nobody may be there to read it, which is no reason to end.
            let _ = writeln!(std::io::stderr(), "policy: {} (--no-config leaves it out)", visible(&path));
        }
        let _ = CURRENT.set(policy);
        Ok(())
    }
}

impl Policy {
    fn open(path: &Path) -> anyhow::Result<Policy> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read the policy file {}", visible(&path.display().to_string()))
        })?;
        Policy::parse(path, &text).map_err(|faults| {
            let name = path.display().to_string();
            anyhow::anyhow!(
                "{}",
                faults
                    .iter()
                    .map(|fault| format!("{}: {fault}", visible(&name)))
                    .collect::<Vec<_>>()
                    .join("\n")
            )
        })
    }

    /// Reads the text of a file; all faults, each with its line.
    fn parse(path: &Path, text: &str) -> Result<Policy, Vec<String>> {
        let line =
            |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count();
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![format!("line {}: no TOML: {}", line(at), error.message())]
        })?;
        let mut policy = Policy { file: Some(path.to_path_buf()), ..Policy::default() };
        let mut faults = Vec::new();
        let mut each = |name: &str, at: usize, value: &DeValue<'_>| {
            let Some((_, expected, ..)) = KEYS.iter().find(|(key, ..)| *key == name) else {
                faults.push(format!(
                    "line {}: there is no key \"{}\"; nearest: {}",
                    line(at),
                    one_line(name, 60),
                    nearest(name, KEYS.iter().map(|(key, ..)| *key))
                ));
                return;
            };
            if policy.take(name, value).is_none() {
                faults.push(format!(
                    "line {}: {name}: found {}, expected {expected}",
                    line(at),
                    shown(value)
                ));
            } else {
                policy.lines.push((name.to_string(), line(at)));
            }
        };
        for (key, value) in table.get_ref() {
            let section = key.get_ref().as_ref();
            let inside = KEYS.iter().any(|(name, ..)| name.starts_with(&format!("{section}.")));
            match value.get_ref() {
                DeValue::Table(table) if inside => {
                    for (key, value) in table {
                        each(&format!("{section}.{}", key.get_ref()), key.span().start, value.get_ref());
                    }
                }
                other => each(section, key.span().start, other),
            }
        }
        if let (Some(genuine), Some(spam)) = (policy.genuine_up_to, policy.spam_from)
            && genuine >= spam
        {
            faults.push(format!(
                "bands.genuine_up_to {genuine} and bands.spam_from {spam}: expected genuine to end below where spam begins"
            ));
        }
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }

    /// Takes one value; `None` where it will not do.
    fn take(&mut self, name: &str, value: &DeValue<'_>) -> Option<()> {
        let text = || value.as_str().filter(|text| !text.trim().is_empty() && visible(text) == *text);
        let number = || -> Option<f64> {
            let text = match value {
                DeValue::Integer(n) if n.radix() == 10 => n.as_str(),
                DeValue::Float(n) => n.as_str(),
                _ => return None,
            };
            text.parse().ok().filter(|n: &f64| n.is_finite())
        };
        let whole = |most: f64| number().filter(|n| n.fract() == 0.0 && (1.0..=most).contains(n));
        let share = || number().filter(|n| (0.0..=1.0).contains(n));
        let points = || number().filter(|n| (0.0..=100.0).contains(n));
        // Files lie beside the policy, wherever it is used from.
        let beside = |file: &Option<PathBuf>, name: &str| {
            file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(name)
        };
        match name {
            "model" => self.model = Some(beside(&self.file, text()?)),
            "ledger" => self.ledger = Some(beside(&self.file, text()?)),
            "who" => self.who = Some(text()?.to_string()),
            "lists" => {
                let names = value.as_array()?.iter().map(|name| name.get_ref().as_str().map(str::to_string));
                self.lists = names.collect::<Option<Vec<_>>>()?;
            }
            "queue.order" => self.order = Some(By::from_str(text()?, false).ok()?),
            "bands.spam_from" => self.spam_from = Some(share()?),
            "bands.genuine_up_to" => self.genuine_up_to = Some(share()?),
            "engagement.reply" => self.weights.reply = points()?,
            "engagement.mention" => self.weights.mention = points()?,
            "engagement.repost" => self.weights.repost = points()?,
            "engagement.like" => self.weights.like = points()?,
            "engagement.most" => self.weights.most = whole(1000.0)? as u64,
            _ => {
                let verdict = name.strip_prefix("look_again.")?;
                let name =
                    ["follow-back", "list", "pending", "skip", "spam"].into_iter().find(|n| *n == verdict)?;
                self.look_again.push((name, whole(36_500.0)? as i64));
            }
        }
        Some(())
    }

    /// Days until one should look again at an account that was decided so.
    #[cfg(feature = "ledger")]
    pub(super) fn look_again_days(&self, verdict: crate::screen::ledger::Verdict) -> i64 {
        let stated = self.look_again.iter().find(|(name, _)| *name == verdict.name());
        stated.map_or_else(|| verdict.look_again_days(), |(_, days)| *days)
    }

    /// A ledger that was named on the command line, else the policy's, else the usual one.
    #[cfg(feature = "ledger")]
    pub(super) fn ledger(&self, named: Option<&PathBuf>) -> PathBuf {
        named.or(self.ledger.as_ref()).cloned().unwrap_or_else(|| "botsieve.ledger".into())
    }

    /// Is this a list that the policy knows? Any is where it names none.
    #[cfg(feature = "ledger")]
    pub(super) fn check_list(&self, list: &str) -> anyhow::Result<()> {
        if self.lists.is_empty() || self.lists.iter().any(|known| known == list) {
            return Ok(());
        }
        bail!(
            "the policy file knows no list \"{}\"\n  expected one of {}; nearest: {}",
            one_line(list, 60),
            visible(&self.lists.join(", ")),
            visible(nearest(list, self.lists.iter().map(String::as_str)))
        )
    }

    /// Puts the bands of the policy into a model; what no longer holds is written into it and returned.
    pub(super) fn set_bands(&self, model: &mut Model) -> anyhow::Result<Vec<String>> {
        let mut loosened = Vec::new();
        let (spam, genuine) = (model.bands.spam_from, model.bands.genuine_up_to);
        if let Some(from) = self.spam_from {
            if spam.is_none_or(|own| from < own) {
                loosened.push(match spam {
                    Some(own) => format!(
                        "spam from p_bot {from} where the model has {own}: what the model promises of its spam band was \
                         tested from {own} on and no longer holds; more people will be called spam"
                    ),
                    None => format!("spam from p_bot {from}, a band that the model switched off: nothing is promised of it"),
                });
            }
            model.bands.spam_from = Some(from);
        }
        if let Some(to) = self.genuine_up_to {
            if genuine.is_none_or(|own| to > own) {
                loosened.push(match genuine {
                    Some(own) => format!(
                        "genuine up to p_bot {to} where the model has {own}: what the model promises of its genuine band was \
                         tested up to {own} and no longer holds; more bots will be called genuine"
                    ),
                    None => format!("genuine up to p_bot {to}, a band that the model switched off: nothing is promised of it"),
                });
            }
            model.bands.genuine_up_to = Some(to);
        }
        if let (Some(genuine), Some(spam)) = (model.bands.genuine_up_to, model.bands.spam_from)
            && genuine >= spam
        {
            bail!(
                "the policy file makes genuine end at {genuine} and spam begin at {spam}\n  expected genuine to end below \
                 where spam begins; the model has its own ends where the policy has none"
            );
        }
        if self.spam_from.is_some() || self.genuine_up_to.is_some() {
            let promise = if loosened.is_empty() { "stricter than" } else { "looser than" };
            model.bands.chosen = format!(
                "by a policy file, {promise} those of the model, which were chosen {}",
                model.bands.chosen
            );
        }
        Ok(loosened)
    }
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{}\"", one_line(text, 40)),
        DeValue::Integer(n) => one_line(n.as_str(), 40),
        DeValue::Float(n) => one_line(n.as_str(), 40),
        DeValue::Boolean(flag) => flag.to_string(),
        other => format!("a value of type {}", other.type_str()),
    }
}

/// The name that takes the fewest changes (Levenshtein 1966).
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> &'n str {
    let distance = |other: &str| {
        // A key is also near by its last part alone: `spam_form` is meant to be `bands.spam_from`; and a table by its
        // name: `bandz` is meant to be one of `bands`.
        let last = other.rsplit('.').next().unwrap_or(other);
        let table = other.split_once('.').map_or(usize::MAX, |(table, _)| edits(name, table));
        edits(name, other).min(edits(name.rsplit('.').next().unwrap_or(name), last) * 2).min(table)
    };
    known.min_by_key(|other| distance(other)).unwrap_or_default()
}

fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Check a policy file, or show what holds and where it comes from.
#[derive(Args, Debug)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    Check(CheckArgs),
    Show,
}

/// Check a policy file: every fault with its line, key, what was found and what would do.
#[derive(Args, Debug)]
struct CheckArgs {
    /// The file [default: the one that would be used]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) fn run(args: ConfigCommand, policy: &PolicyArgs) -> anyhow::Result<Done> {
    match args.what {
        What::Check(args) => {
            let Some(path) = args.file.or_else(|| policy.path()) else {
                bail!(
                    "there is no {NAME} in the working folder\n  expected one, or the name of another; botsieve.example.toml is a start"
                );
            };
            let read = Policy::open(&path)?;
            let mut model = read.model()?;
            let loosened = read.set_bands(&mut model)?;
            let mut text =
                format!("{}: {} keys, no fault\n", visible(&path.display().to_string()), read.lines.len());
            loosened.iter().for_each(|what| text += &format!("NOTE: {what}\n"));
            write_result(None, &text)?;
        }
        What::Show => {
            let read = policy.path().map(|path| Policy::open(&path)).transpose()?.unwrap_or_default();
            write_result(None, &read.text()?)?;
        }
    }
    Ok(Done::Whole)
}

impl Policy {
    fn model(&self) -> anyhow::Result<Model> {
        Ok(match &self.model {
            Some(path) => Model::read(path)?,
            None => Model::embedded()?,
        })
    }

    /// What a key is, in words; `None` where the policy does not say.
    fn value(&self, name: &str) -> Option<String> {
        self.lines.iter().find(|(key, _)| key == name)?;
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let number = |value: f64| Some(value.to_string());
        match name {
            "model" => path(&self.model),
            "ledger" => path(&self.ledger),
            "who" => self.who.clone(),
            "lists" if self.lists.is_empty() => Some("any name".into()),
            "lists" => Some(self.lists.join(", ")),
            "queue.order" => {
                self.order.and_then(|by| by.to_possible_value()).map(|value| value.get_name().to_string())
            }
            "bands.spam_from" => self.spam_from.and_then(number),
            "bands.genuine_up_to" => self.genuine_up_to.and_then(number),
            "engagement.reply" => number(self.weights.reply),
            "engagement.mention" => number(self.weights.mention),
            "engagement.repost" => number(self.weights.repost),
            "engagement.like" => number(self.weights.like),
            "engagement.most" => Some(self.weights.most.to_string()),
            _ => {
                let verdict = name.strip_prefix("look_again.")?;
                let (_, days) = self.look_again.iter().find(|(name, _)| *name == verdict)?;
                Some(days.to_string())
            }
        }
    }

    fn text(&self) -> anyhow::Result<String> {
        let mut out = String::new();
        let file = self.file.as_ref().map(|file| visible(&file.display().to_string()).into_owned());
        for (name, _, default, flag) in KEYS {
            let line = self.lines.iter().find(|(key, _)| key == name).map(|(_, line)| line);
            let (value, from) = match (self.value(name), line, &file) {
                (Some(value), Some(line), Some(file)) => (value, format!("{file} line {line}")),
                _ => (default.to_string(), "default".to_string()),
            };
            let before = if flag.is_empty() { String::new() } else { format!("; {flag} comes before it") };
            let _ = writeln!(out, "{name:24} {:32} {from}{before}", visible(&value));
        }
        let mut model = self.model()?;
        for what in self.set_bands(&mut model)? {
            let _ = writeln!(out, "\nNOTE: {what}");
        }
        if file.is_none() {
            let _ = writeln!(out, "\nNo policy file is used.");
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_the_defaults_with_every_key_named() {
        let text = include_str!("../../botsieve.example.toml");
        let read = Policy::parse(Path::new("botsieve.toml"), text).unwrap();
        assert_eq!(read.weights, Policy::default().weights);
        assert_eq!(read.order, Some(By::Queue));
        assert_eq!((read.spam_from, read.genuine_up_to, &read.model), (None, None, &None));
        #[cfg(feature = "ledger")]
        for verdict in crate::screen::ledger::Verdict::ALL {
            assert_eq!(read.look_again_days(verdict), verdict.look_again_days());
        }
        for (name, _, default, _) in KEYS {
            let last = name.rsplit('.').next().unwrap();
            assert!(text.contains(last), "{name} is not in the example");
            if let Some(value) = read.value(name) {
                assert_eq!(value, default, "{name}");
            }
        }
    }

    #[test]
    fn each_fault_has_its_line_and_the_nearest_key() {
        let text = "who = \"anna\"\nmodle = \"m.json\"\n[bands]\nspam_form = 0.9\n[look_again]\nskip = 0.5\n[queue]\norder = \"best\"\n";
        let faults = Policy::parse(Path::new("p.toml"), text).unwrap_err().join("\n");
        for part in [
            "line 2: there is no key \"modle\"; nearest: model",
            "line 4: there is no key \"bands.spam_form\"; nearest: bands.spam_from",
            "line 6: look_again.skip: found 0.5, expected days",
            "line 8: queue.order: found \"best\", expected queue,",
        ] {
            assert!(faults.contains(part), "{part:?} is not in {faults}");
        }
        let broken = Policy::parse(Path::new("p.toml"), "a = 1\nb = = 2\n").unwrap_err();
        assert!(broken[0].starts_with("line 2: no TOML"), "{broken:?}");
    }

    #[test]
    fn stricter_bands_keep_the_promise_and_looser_ones_say_what_does_not_hold() {
        let own = Model::embedded().unwrap();
        let set = |spam_from, genuine_up_to| {
            let mut model = own.clone();
            let policy = Policy { spam_from, genuine_up_to, ..Policy::default() };
            policy.set_bands(&mut model).map(|said| (said, model))
        };
        let (said, model) = set(Some(0.99), Some(0.0001)).unwrap();
        assert!(said.is_empty() && model.bands.chosen.contains("stricter"), "{said:?}");
        let (said, model) = set(Some(own.bands.spam_from.unwrap() - 0.01), None).unwrap();
        assert!(said[0].contains("no longer holds") && model.bands.chosen.contains("looser"));
        assert!(set(Some(0.0), None).is_err(), "ends that cross");
        assert_eq!(set(None, None).unwrap().1.bands, own.bands);
    }
}
