//! Who is in the queue, and in which order.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::super::rows::read_rows;
use super::super::usage::misuse;
use super::super::{Console, RunArgs, open_input};
use super::table::{
    COLUMNS, ENGAGEMENT_COLUMNS, PAST_COLUMNS, PROFILE_COLUMNS, Past, TEXTS, cells, profile_cells,
};
use crate::ingest::{Field, Key, ReadOptions, parse_time};
use crate::safe::visible;
use crate::screen::{Candidate, Order, order_by};

const HEADING: &str = "Who is in the queue, in which order";

/// What of the list goes into the queue.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct QueueArgs {
    /// What comes first [default: queue, or the policy file's]
    #[arg(long, help_heading = HEADING, value_enum, value_name = "ORDER")]
    order: Option<By>,

    /// Only accounts of which this holds: a column of the queue (--format csv shows them) or of the profile (bio,
    /// location, lang, verified, listed, created_at, ...; names as in your file will do), then = != < <= > >= or ~
    /// (contains), then a value: band=look, followers>=1000, location~berlin, created_at>=2024-01-01. Text is compared
    /// without regard to letter case; an empty cell is neither above nor below anything. Given several times, all must
    /// hold
    #[arg(long = "where", help_heading = HEADING, value_name = "CONDITION", value_parser = parse_condition)]
    conditions: Vec<Condition>,

    /// Leave out accounts of this list: those you follow already (ids, handles or profiles, in any form)
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    not_followed: Option<PathBuf>,

    /// Show accounts too that you follow already, as far as the file of the followers says so
    #[arg(long, help_heading = HEADING)]
    already_followed: bool,

    /// Only accounts that are not in this older list of followers: the new ones
    #[arg(long, visible_alias = "new-followers", help_heading = HEADING, value_name = "FILE")]
    new_since: Option<PathBuf>,

    /// At most so many accounts in the queue, the first of its order
    #[arg(long, help_heading = HEADING, value_name = "N")]
    pub(in super::super) limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in super::super) enum By {
    /// Who engages with you, likely people, those worth a look, those of whom little is known, spam
    Queue,
    /// Most bot-like first
    Bots,
    /// Nearest to a probability of one half first: there your decision teaches most
    Uncertain,
    /// Most followers first
    Followers,
    /// Youngest accounts first
    Newest,
    /// Who engaged with you most first, whatever the band (with --engagement)
    Engagement,
    /// As in the file
    Row,
}

impl By {
    fn order(self) -> Order {
        match self {
            By::Queue => Order::Queue,
            By::Bots => Order::Bots,
            By::Uncertain => Order::Uncertain,
            By::Followers => Order::Followers,
            By::Newest => Order::Newest,
            By::Engagement => Order::Engagement,
            By::Row => Order::Row,
        }
    }
}

/// What is left out of the queue, and how many of each.
#[derive(Debug, Default)]
pub(in super::super) struct LeftOut(pub(in super::super) Vec<(String, usize)>);

impl LeftOut {
    /// Notes that some were left out.
    pub(in super::super) fn add(&mut self, why: impl Into<String>, count: usize) {
        if count > 0 {
            self.0.push((why.into(), count));
        }
    }

    /// Keeps of the queue what passes, and notes the rest.
    pub(in super::super) fn keep(
        &mut self,
        queue: &mut Vec<Candidate>,
        why: &str,
        pass: impl FnMut(&Candidate) -> bool,
    ) {
        let before = queue.len();
        queue.retain(pass);
        self.add(why, before - queue.len());
    }

    /// How many were left out.
    pub(in super::super) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| *count as u64).sum()
    }

    /// A line for the summary; nothing where nothing was left out.
    pub(in super::super) fn line(&self, shown: usize) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let parts: Vec<String> = self.0.iter().map(|(why, count)| format!("{count} {why}")).collect();
        let mut out = String::new();
        let _ = writeln!(out, "\nLeft out of the queue: {}. It has {shown}.", parts.join(", "));
        out
    }
}

/// Lists that were read for the queue.
#[derive(Debug, Default)]
pub(in super::super) struct Lists {
    followed: Option<Roster>,
    older: Option<Roster>,
    /// Rows of them that cannot be read.
    pub(in super::super) damaged: u64,
}

impl QueueArgs {
    fn by(&self) -> By {
        self.order.or(super::super::config::current().order).unwrap_or(By::Queue)
    }

    /// Is there an older list, so that only new followers are in the queue?
    pub(in super::super) fn has_new_since(&self) -> bool {
        self.new_since.is_some()
    }

    /// Does a condition ask for something of the profile that is not in the queue?
    pub(in super::super) fn asks_the_profile(&self) -> bool {
        self.conditions.iter().any(Condition::asks_the_profile)
    }

    /// Does a condition ask what was decided?
    #[cfg(feature = "review")]
    pub(in super::super) fn asks_the_ledger(&self) -> bool {
        self.conditions.iter().any(|condition| PAST_COLUMNS.contains(&condition.column))
    }

    /// Checks what can be checked before the list is read, and reads the other lists.
    pub(in super::super) fn read(
        &self,
        with_ledger: bool,
        with_engagement: bool,
        run: &RunArgs,
        console: &Console,
    ) -> anyhow::Result<Lists> {
        if let Some(condition) =
            self.conditions.iter().find(|c| !with_ledger && PAST_COLUMNS.contains(&c.column))
        {
            misuse!(
                "--where {}: the column comes from the ledger\n  give it with --ledger FILE",
                condition.column
            );
        }
        let engagement =
            self.conditions.iter().find(|c| ENGAGEMENT_COLUMNS.contains(&c.column)).map(|c| c.column);
        let ordered = (self.by() == By::Engagement).then_some("engagement");
        if let (false, Some(what)) = (with_engagement, engagement.or(ordered)) {
            let flag = if engagement.is_some() { "--where" } else { "--order" };
            misuse!(
                "{flag} {what}: nobody said who engages with you\n  say it with --engagement FILE (docs/engagement.md)"
            );
        }
        let mut lists = Lists::default();
        for (path, list) in [(&self.not_followed, &mut lists.followed), (&self.new_since, &mut lists.older)] {
            if let Some(path) = path {
                let roster = Roster::read(path, run, console)?;
                lists.damaged += roster.damaged;
                *list = Some(roster);
            }
        }
        Ok(lists)
    }

    /// Leaves out what is not wanted and puts the rest in order.
    pub(in super::super) fn apply(
        &self,
        queue: &mut Vec<Candidate>,
        lists: &Lists,
        past: Option<&Past>,
        left_out: &mut LeftOut,
    ) -> anyhow::Result<()> {
        if !self.already_followed {
            left_out.keep(queue, "followed already, says the file", |c| c.you_follow != Some(true));
        }
        if let Some(list) = &lists.followed {
            list.check(queue)?;
            left_out.keep(queue, "followed already", |c| !list.has(c));
        }
        if let Some(list) = &lists.older {
            list.check(queue)?;
            left_out.keep(queue, "not new", |c| !list.has(c));
        }
        if !self.conditions.is_empty() {
            left_out.keep(queue, "for which --where does not hold", |c| {
                let cells = cells(c, 0, past);
                let profile = if self.asks_the_profile() { profile_cells(c) } else { Default::default() };
                self.conditions.iter().all(|condition| {
                    condition.holds(if condition.asks_the_profile() { &profile } else { &cells })
                })
            });
        }
        order_by(queue, self.by().order());
        if let Some(limit) = self.limit {
            left_out.add("beyond --limit", queue.len().saturating_sub(limit));
            queue.truncate(limit);
        }
        Ok(())
    }
}

/// Who is on a list.
#[derive(Debug, Default)]
struct Roster {
    name: String,
    ids: HashSet<Key>,
    /// Handles of all its rows.
    handles: HashSet<Key>,
    /// Handles of its rows without an id.
    handles_alone: HashSet<Key>,
    damaged: u64,
}

impl Roster {
    fn read(path: &Path, run: &RunArgs, console: &Console) -> anyhow::Result<Roster> {
        let mut input = open_input(path, &ReadOptions::default())?;
        let mut roster =
            Roster { name: visible(&path.display().to_string()).into_owned(), ..Roster::default() };
        let met = read_rows(
            &mut input,
            run,
            console,
            |_| Vec::new(),
            |keys, row| {
                let id = row.account.id.as_deref().and_then(|id| Key::of(Some(id), None));
                let handle = row.account.handle.as_deref().and_then(|handle| Key::of(None, Some(handle)));
                keys.push((id, handle));
            },
            |keys| {
                for (id, handle) in keys {
                    roster.ids.extend(id);
                    roster.handles.extend(handle);
                    roster.handles_alone.extend(handle.filter(|_| id.is_none()));
                }
                Ok(())
            },
        )?;
        // Remarks are for the list of the followers, not for one that is only compared with.
        met.rejects.report(path, console);
        console.say(format_args!("{}: {}", roster.name, met.account_sound()));
        roster.damaged = met.rejects.count;
        Ok(roster)
    }

    /// Is the account on it? By id, and by handle where one of the two has no id.
    fn has(&self, c: &Candidate) -> bool {
        let handle = Key::of(None, Some(&c.handle));
        match Key::of(Some(&c.id), None) {
            Some(id) => {
                self.ids.contains(&id) || handle.is_some_and(|handle| self.handles_alone.contains(&handle))
            }
            None => handle.is_some_and(|handle| self.handles.contains(&handle)),
        }
    }

    /// A list of ids and one of handles have nothing in common to join by.
    fn check(&self, queue: &[Candidate]) -> anyhow::Result<()> {
        let ids = queue.iter().any(|c| !c.id.is_empty());
        let handles = queue.iter().any(|c| !c.handle.is_empty());
        if ids && !handles && self.ids.is_empty() && !self.handles.is_empty()
            || handles && !ids && self.handles.is_empty() && !self.ids.is_empty()
        {
            bail!(
                "{}: it has {} alone and the followers have {} alone: nothing to join them by\n  expected ids in both, \
                 or handles in both",
                self.name,
                if ids { "handles" } else { "ids" },
                if ids { "ids" } else { "handles" }
            );
        }
        Ok(())
    }
}

/// Columns with times.
const DATES: [&str; 5] = ["decided_at", "look_again", "created_at", "last_post_at", "observed_at"];
/// Columns that say yes or no.
const FLAGS: [&str; 5] = ["verified", "protected", "default_image", "declared_bot", "you_follow"];
/// Columns of the profile that are texts of the account's own.
const PROFILE_TEXTS: [&str; 5] = ["bio", "location", "url", "lang", "network"];

/// The column that a name of the user's own file means, as the reading of files has it.
fn column_of_field(name: &str) -> Option<&'static str> {
    let field = Field::of_column(name)?;
    let name = match field {
        Field::Handle => "screen_name",
        field => field.name(),
    };
    COLUMNS.into_iter().skip(1).chain(PROFILE_COLUMNS).find(|column| *column == name)
}

/// A comparison of a column with a value.
#[derive(Clone, Debug)]
struct Condition {
    column: &'static str,
    at: usize,
    operator: Operator,
    text: String,
    number: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Below,
    AtMost,
    Above,
    AtLeast,
    Contains,
}

/// The two-letter ones first, as `<` is the start of `<=`.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Below),
    (">", Operator::Above),
    ("~", Operator::Contains),
];

fn parse_condition(text: &str) -> Result<Condition, String> {
    let expected = "expected a column, one of = != < <= > >= ~, and a value: followers>=1000";
    let at = text.find(['=', '!', '<', '>', '~']).ok_or(expected)?;
    let (name, rest) = text.split_at(at);
    let (sign, operator) = OPERATORS.into_iter().find(|(sign, _)| rest.starts_with(sign)).ok_or(expected)?;
    let value = rest[sign.len()..].trim();
    // The place is given last, when the queue is known.
    let queue = || COLUMNS.into_iter().chain(PAST_COLUMNS).chain(ENGAGEMENT_COLUMNS).enumerate().skip(1);
    let columns = || queue().chain(PROFILE_COLUMNS.into_iter().enumerate());
    let find = |name: &str| columns().find(|(_, column)| *column == name);
    let (at, column) = find(name.trim()).or_else(|| find(column_of_field(name)?)).ok_or_else(|| {
        format!(
            "there is no column \"{}\"; expected one of {}",
            visible(name.trim()),
            columns().map(|(_, column)| column).collect::<Vec<_>>().join(", ")
        )
    })?;
    if FLAGS.contains(&column) {
        let flag = match value.to_lowercase().as_str() {
            "true" | "yes" | "1" => "true",
            "false" | "no" | "0" => "false",
            "" => "",
            _ => return Err(format!("{column} is true or false, found \"{}\"", visible(value))),
        };
        if !matches!(operator, Operator::Equal | Operator::NotEqual) {
            return Err(format!("{column} is true or false: expected = or !="));
        }
        return Ok(Condition { column, at, operator, text: flag.into(), number: None });
    }
    let number = if DATES.contains(&column) {
        parse_time(value).map(|time| time.as_second() as f64)
    } else {
        value.parse::<f64>().ok().filter(|number| number.is_finite())
    };
    let compares = !matches!(operator, Operator::Equal | Operator::NotEqual | Operator::Contains);
    if compares && number.is_none() {
        let expected = if DATES.contains(&column) { "a date like 2027-01-31" } else { "a number" };
        return Err(format!("expected {expected} behind {sign}, found \"{}\"", visible(value)));
    }
    // Ids are longer than a number is exact, and names are no numbers.
    let number = number.filter(|_| !TEXTS.contains(&column) && !PROFILE_TEXTS.contains(&column));
    if compares && number.is_none() {
        return Err(format!("{column} is text: expected = or != or ~"));
    }
    Ok(Condition { column, at, operator, text: value.to_lowercase(), number })
}

impl Condition {
    fn asks_the_profile(&self) -> bool {
        PROFILE_COLUMNS.contains(&self.column)
    }

    fn holds(&self, cells: &[String]) -> bool {
        // Those of engagement are the last ones, whether or not there is a ledger before them.
        let from_end = ENGAGEMENT_COLUMNS.iter().rev().position(|column| *column == self.column);
        let at = from_end.map_or(Some(self.at), |from_end| cells.len().checked_sub(from_end + 1));
        let cell = at.and_then(|at| cells.get(at)).map(String::as_str).unwrap_or_default();
        let found = if DATES.contains(&self.column) {
            parse_time(cell).map(|time| time.as_second() as f64)
        } else {
            cell.parse::<f64>().ok()
        };
        let numbers = self.number.zip(found);
        let equal = || match numbers {
            Some((wanted, found)) => found == wanted,
            None => cell.to_lowercase() == self.text,
        };
        match self.operator {
            Operator::Equal => equal(),
            Operator::NotEqual => !equal(),
            Operator::Contains => cell.to_lowercase().contains(&self.text),
            Operator::Below => numbers.is_some_and(|(wanted, found)| found < wanted),
            Operator::AtMost => numbers.is_some_and(|(wanted, found)| found <= wanted),
            Operator::Above => numbers.is_some_and(|(wanted, found)| found > wanted),
            Operator::AtLeast => numbers.is_some_and(|(wanted, found)| found >= wanted),
        }
    }
}
