//! What gives the label away without being a trait of an account: dates, ids, gaps, the place in the file.
//!
//! Each is measured alone, on a bounded sample of labelled rows: as it stands (**ROC AUC**, turned so that it is at
//! least 0.5), and in 32 **bins** of equal size, of which each is ranked by its share of bots on one half of the rows
//! and measured on the other half. The second finds what is not in order: bots made in one week in the middle of the
//! years. The interval is Hanley and McNeil's (1982, *Radiology* 143).

use std::collections::BinaryHeap;

use serde::Serialize;

use super::{Finding, Severity};
use crate::account::Label;
use crate::evaluate::{Predictions, roc_auc};
use crate::ingest::write::fields;
use crate::ingest::{Row, canonical_id};
use crate::scramble::scramble;

/// So many rows of each class are kept.
const SAMPLE: usize = 50_000;
/// Fewer of a class, and nothing is said.
const FEWEST: usize = 20;
/// So many bins.
const BINS: usize = 32;

/// A labelled row, as far as it is needed here.
#[derive(Clone, Copy, Debug)]
pub struct Sampled {
    /// Which rows are kept, and which half they are in: random, but the same on every run.
    draw: u64,
    label: Label,
    file: usize,
    row: u64,
    id: Option<f64>,
    created_at: Option<f64>,
    observed_at: Option<f64>,
    last_post_at: Option<f64>,
    /// A bit a field of the canonical form: is it known?
    known: u64,
}

impl Sampled {
    /// Of a row; `known` has a bit for each field of the canonical form.
    pub fn of(file: usize, row: &Row<'_>, label: Label, known: u64) -> Sampled {
        let second = |time: Option<crate::account::Timestamp>| time.map(|time| time.as_second() as f64);
        let account = &row.account;
        Sampled {
            draw: scramble((file as u64) << 48 ^ row.number),
            label,
            file,
            row: row.number,
            id: account.id.as_deref().and_then(|id| canonical_id(id).parse::<u64>().ok()).map(|id| id as f64),
            created_at: second(account.created_at),
            observed_at: second(account.observed_at),
            last_post_at: second(account.last_post_at),
            known,
        }
    }
}

impl PartialEq for Sampled {
    fn eq(&self, other: &Sampled) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Sampled {}
impl PartialOrd for Sampled {
    fn partial_cmp(&self, other: &Sampled) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Sampled {
    fn cmp(&self, other: &Sampled) -> std::cmp::Ordering {
        (self.draw, self.file, self.row).cmp(&(other.draw, other.file, other.row))
    }
}

/// The rows with the smallest draws of each class: a sample without regard to order.
#[derive(Debug, Default)]
pub struct Sample {
    bots: BinaryHeap<Sampled>,
    humans: BinaryHeap<Sampled>,
}

/// What might give the label away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clue {
    /// A date.
    Date,
    /// The id as a number.
    Id,
    /// Whether a field is there.
    Missing,
    /// How far down the file a row stands.
    Position,
    /// Which file a row is in.
    File,
}

/// How well one clue tells the label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leak {
    /// What kind of clue it is.
    pub clue: Clue,
    /// Its name, in words.
    pub name: String,
    /// ROC AUC of it alone, 0.5 (tells nothing) to 1 (tells all).
    pub auc: f64,
    /// 95 % interval of `auc`.
    pub low: f64,
    /// 95 % interval of `auc`.
    pub high: f64,
    /// ROC AUC in bins, measured on rows they were not learnt on; `None` where it has two values only.
    pub auc_in_bins: Option<f64>,
    /// Which way bots lean.
    pub direction: &'static str,
    /// Bots it was measured on.
    pub bots: u64,
    /// People it was measured on.
    pub humans: u64,
}

impl Leak {
    /// The larger of the two figures.
    pub fn strength(&self) -> f64 {
        self.auc_in_bins.map_or(self.auc, |binned| binned.max(self.auc))
    }

    /// A finding, if it tells enough to spoil something.
    pub fn finding(&self) -> Option<Finding> {
        let strength = self.strength();
        // A small sample may show 0.9 by chance; the interval tells.
        let margin = self.auc - self.low;
        if strength < 0.7 || strength - margin < 0.6 {
            return None;
        }
        let (code, why, advice) = match self.clue {
            // Said as single_class_files, or the share of bots differs between files, which is no fault.
            Clue::File => return None,
            Clue::Date => (
                "date_gives_label_away",
                "The dates tell when each class was collected or made, and ages and per-day rates carry that into the \
                 model: it learns the two collections, and figures on rows of the same files are too good.",
                "Believe only figures of sources that were left out whole. Take both classes from the same time, or \
                 give the dates of observation per file if they are wrong.",
            ),
            Clue::Id => (
                "id_gives_label_away",
                "Ids are given in the order of time, so they tell when accounts were made and which batch they came \
                 in. botsieve never uses them, but whatever else differs between the batches is learnt.",
                "Keep ids out of any other program's features. Believe only figures of sources left out whole.",
            ),
            Clue::Missing => (
                "missing_field_gives_label_away",
                "The field is there for one class and not for the other, so a program that sees the gap sees the label. \
                 botsieve adds nothing for a missing field, but learns it from one class only.",
                "Fill the field for both classes, or leave it out for both.",
            ),
            Clue::Position => (
                "position_gives_label_away",
                "Rows are sorted by class. botsieve does not mind; a split by position in another program would.",
                "Shuffle before splitting by position.",
            ),
        };
        let severity = match self.clue {
            Clue::Position => Severity::Note,
            _ if strength >= 0.9 && strength - margin >= 0.8 => Severity::Serious,
            _ => Severity::Warning,
        };
        let binned = self.auc_in_bins.map(|auc| format!(", {auc:.3} in {BINS} bins")).unwrap_or_default();
        Some(Finding {
            severity,
            code,
            files: Vec::new(),
            count: self.bots + self.humans,
            of: self.bots + self.humans,
            what: format!(
                "{} alone tells bots from people with a ROC AUC of {:.3} ({:.3} to {:.3}){binned}, measured on {} bots \
                 and {} people; {}.",
                self.name, self.auc, self.low, self.high, self.bots, self.humans, self.direction
            ),
            why: why.into(),
            advice: advice.into(),
            examples: Vec::new(),
        })
    }
}

impl Sample {
    /// Takes a row, if it is among those to keep.
    pub fn add(&mut self, row: Sampled) {
        let heap = if row.label.is_bot() { &mut self.bots } else { &mut self.humans };
        if heap.len() < SAMPLE {
            heap.push(row);
        } else if heap.peek().is_some_and(|largest| row < *largest) {
            heap.pop();
            heap.push(row);
        }
    }

    /// Measures every clue, the most telling first; `by_file` is bots and people of each file, all of them.
    pub fn measure(self, by_file: &[(u64, u64)]) -> Vec<Leak> {
        let mut rows: Vec<Sampled> = self.bots.into_iter().chain(self.humans).collect();
        rows.sort_unstable();
        let mut leaks = Vec::new();
        let mut clue = |clue, name: &str, directions, value: &dyn Fn(&Sampled) -> Option<f64>| {
            let found: Vec<(f64, &Sampled)> =
                rows.iter().filter_map(|row| Some((value(row)?, row))).collect();
            leaks.extend(measure(clue, name, directions, &found));
        };
        const TIMES: [&str; 2] = ["bots have the earlier ones", "bots have the later ones"];
        clue(Clue::Date, "created_at", TIMES, &|row| row.created_at);
        clue(Clue::Date, "last_post_at", TIMES, &|row| row.last_post_at);
        clue(Clue::Date, "observed_at", TIMES, &|row| row.observed_at);
        clue(
            Clue::Id,
            "id as a number",
            ["bots have the smaller ones", "bots have the larger ones"],
            &|row| row.id,
        );
        clue(Clue::Position, "place in the file", ["bots stand earlier", "bots stand later"], &|row| {
            let (bots, humans) = by_file[row.file];
            (bots > 0 && humans > 0).then(|| row.row as f64 / (bots + humans) as f64)
        });
        for (at, (_, name, _)) in fields().enumerate() {
            let directions = ["bots lack it less often", "bots lack it more often"];
            clue(Clue::Missing, &format!("{name} missing"), directions, &|row| {
                Some(f64::from(u8::from(row.known >> at & 1 == 0)))
            });
        }
        leaks.extend(of_file(by_file));
        // Nothing to say of what is the same in all rows.
        leaks.retain(|leak| leak.strength() > 0.5);
        leaks.sort_by(|a, b| b.strength().total_cmp(&a.strength()).then_with(|| a.name.cmp(&b.name)));
        leaks
    }
}

fn measure(clue: Clue, name: &str, directions: [&'static str; 2], rows: &[(f64, &Sampled)]) -> Option<Leak> {
    let labels: Vec<bool> = rows.iter().map(|(_, row)| row.label.is_bot()).collect();
    let bots = labels.iter().filter(|bot| **bot).count();
    let humans = labels.len() - bots;
    if bots < FEWEST || humans < FEWEST {
        return None;
    }
    let auc = auc_of(rows.iter().map(|(value, _)| *value), &labels)?;
    let binned = if clue == Clue::Missing { None } else { in_bins(rows) };
    Some(leak(clue, name.to_string(), directions, auc, binned, bots as u64, humans as u64))
}

fn leak(
    clue: Clue,
    name: String,
    directions: [&'static str; 2],
    auc: f64,
    auc_in_bins: Option<f64>,
    bots: u64,
    humans: u64,
) -> Leak {
    let direction = directions[usize::from(auc >= 0.5)];
    let auc = auc.max(1.0 - auc);
    let margin = 1.96 * standard_error(auc, bots as f64, humans as f64);
    let (low, high) = ((auc - margin).max(0.0), (auc + margin).min(1.0));
    Leak { clue, name, auc, low, high, auc_in_bins, direction, bots, humans }
}

/// Hanley and McNeil 1982.
fn standard_error(auc: f64, bots: f64, humans: f64) -> f64 {
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let square = auc * (1.0 - auc) + (bots - 1.0) * (q1 - auc * auc) + (humans - 1.0) * (q2 - auc * auc);
    (square.max(0.0) / (bots * humans)).sqrt()
}

/// ROC AUC of any finite value: only its rank matters, so it is brought into 0 to 1.
fn auc_of(values: impl Iterator<Item = f64>, labels: &[bool]) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    if low >= high {
        return Some(0.5);
    }
    let scores: Vec<f64> = values.iter().map(|v| (v - low) / (high - low)).collect();
    roc_auc(&Predictions::new(&scores, labels, None).ok()?)
}

/// ROC AUC of the share of bots in bins of the value, learnt on one half and measured on the other.
fn in_bins(rows: &[(f64, &Sampled)]) -> Option<f64> {
    let in_first = |row: &Sampled| scramble(row.draw) & 1 == 0;
    let mut first: Vec<(f64, bool)> = rows
        .iter()
        .filter(|(_, row)| in_first(row))
        .map(|(value, row)| (*value, row.label.is_bot()))
        .collect();
    if first.len() < BINS * 4 {
        return None;
    }
    first.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut edges: Vec<f64> = (1..BINS).map(|bin| first[bin * first.len() / BINS].0).collect();
    edges.dedup();
    let bin_of = |value: f64| edges.partition_point(|edge| *edge <= value);
    let mut counts = vec![(0.0, 0.0); edges.len() + 1];
    for (value, is_bot) in &first {
        let count = &mut counts[bin_of(*value)];
        count.0 += f64::from(u8::from(*is_bot));
        count.1 += 1.0;
    }
    let bots: f64 = counts.iter().map(|count| count.0).sum();
    let share = bots / first.len() as f64;
    let second: Vec<_> = rows.iter().filter(|(_, row)| !in_first(row)).collect();
    let labels: Vec<bool> = second.iter().map(|(_, row)| row.label.is_bot()).collect();
    auc_of(
        second.iter().map(|(value, _)| {
            let (bots, all) = counts[bin_of(*value)];
            (bots + share) / (all + 1.0)
        }),
        &labels,
    )
}

/// How well the file a row is in tells its class.
fn of_file(by_file: &[(u64, u64)]) -> Option<Leak> {
    let (bots, humans) = by_file.iter().fold((0, 0), |(bots, humans), (b, h)| (bots + b, humans + h));
    if by_file.len() < 2 || bots < FEWEST as u64 || humans < FEWEST as u64 {
        return None;
    }
    let (mut scores, mut labels, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for &(b, h) in by_file.iter().filter(|(b, h)| b + h > 0) {
        for (is_bot, count) in [(true, b), (false, h)] {
            scores.push(b as f64 / (b + h) as f64);
            labels.push(is_bot);
            weights.push(count as f64);
        }
    }
    let auc = roc_auc(&Predictions::new(&scores, &labels, Some(&weights)).ok()?)?;
    let direction = "each file has its own share of bots";
    Some(leak(Clue::File, "which file".into(), [direction; 2], auc, None, bots, humans))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: u64, made: impl Fn(u64) -> (bool, f64)) -> Sample {
        let mut sample = Sample::default();
        for n in 0..rows {
            let (is_bot, created) = made(n);
            sample.add(Sampled {
                draw: scramble(n),
                label: if is_bot { Label::Bot } else { Label::Human },
                file: 0,
                row: n,
                id: None,
                created_at: Some(created),
                observed_at: None,
                last_post_at: None,
                known: 1,
            });
        }
        sample
    }

    fn of(leaks: &[Leak], name: &str) -> Option<Leak> {
        leaks.iter().find(|leak| leak.name == name).cloned()
    }

    #[test]
    fn a_date_that_tells_all_is_found_and_one_that_tells_nothing_is_not() {
        let leaks = sample(2000, |n| (n % 2 == 0, n as f64 + if n % 2 == 0 { 1e6 } else { 0.0 }))
            .measure(&[(1000, 1000)]);
        let created = of(&leaks, "created_at").unwrap();
        assert_eq!((created.auc, created.direction), (1.0, "bots have the later ones"));
        assert_eq!(created.finding().unwrap().severity, Severity::Serious);
        let leaks = sample(2000, |n| (scramble(n).is_multiple_of(2), scramble(n + 9_000_000) as f64))
            .measure(&[(1000, 1000)]);
        assert!(leaks.iter().all(|leak| leak.finding().is_none()), "{leaks:?}");
    }

    #[test]
    fn a_batch_in_the_middle_is_found_in_bins_only() {
        // People all over the years, bots in one week of the middle.
        let leaks = sample(4000, |n| {
            let is_bot = n % 2 == 0;
            (is_bot, if is_bot { 5000.0 + (n % 7) as f64 } else { (scramble(n) % 10_000) as f64 })
        })
        .measure(&[(2000, 2000)]);
        let created = of(&leaks, "created_at").unwrap();
        assert!(created.auc < 0.6, "{created:?}");
        assert!(created.auc_in_bins.unwrap() > 0.95, "{created:?}");
        assert_eq!(created.finding().unwrap().code, "date_gives_label_away");
    }

    #[test]
    fn the_sample_is_bounded_and_does_not_depend_on_the_order() {
        let all = SAMPLE as u64 * 3;
        let made = |n: u64| (!n.is_multiple_of(3), n as f64);
        let forward = sample(all, made);
        assert_eq!((forward.bots.len(), forward.humans.len()), (SAMPLE, SAMPLE));
        let mut back = Sample::default();
        let mut rows: Vec<Sampled> = sample(all, made).bots.into_vec();
        rows.reverse();
        rows.into_iter().for_each(|row| back.add(row));
        assert_eq!(back.bots.into_sorted_vec(), forward.bots.into_sorted_vec());
    }

    #[test]
    fn two_files_of_one_class_each_tell_all() {
        let leak = of_file(&[(100, 0), (0, 200)]).unwrap();
        assert_eq!((leak.auc, leak.bots, leak.humans), (1.0, 100, 200));
        assert!(of_file(&[(100, 200)]).is_none());
    }
}
