//! Look-alikes on a list: handles made to one pattern, accounts made in the same hour, the same bio.
//!
//! A group of accounts that look alike is a fact about the list. It is no verdict on any of them: families, fan clubs,
//! school classes and newcomers of one busy evening look alike too. So every group stands beside what chance, or the
//! rest of the list, would lead one to expect, and only groups far beyond it are told.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};

use serde::Serialize;

use super::followers::name_of;
use crate::account::{Account, Timestamp};
use crate::model::Band;
use crate::safe::one_line;

/// Fewer accounts than this are no group.
const LEAST: usize = 3;
/// A group is told where chance alone would make one like it, anywhere on the list, in fewer than so many of 1 lists.
const CHANCE: f64 = 0.01;
/// And where it is at least so many times as large as expected. Names and years of birth, evenings and news make small
/// groups that chance does not, and they say nothing.
const TIMES: f64 = 3.0;
/// Hours before and after an hour that say how many accounts to expect in it: two weeks each.
const AROUND: i64 = 14 * 24;
/// And hours close by, for days on which many came.
const NEAR: i64 = 24;
/// Shorter bios are shared by many people.
const LEAST_BIO: usize = 20;
/// Letters of a handle without its digits; shorter ones say nothing.
const LEAST_LETTERS: usize = 3;
/// Characters of a text that are kept.
const KEPT: usize = 200;
/// Members of a group that are named.
const NAMED: usize = 8;
/// Groups of one sort that are told.
const TOLD: usize = 20;
/// Share of creation times at midnight sharp from which on a file is taken to have dates only.
const DATES_ONLY: f64 = 0.95;

const NEVER: i64 = i64::MIN;

/// One row, as far as likeness goes.
#[derive(Clone, Debug, Default)]
pub struct Trait {
    row: u32,
    /// The handle; where there is none the id, which is no pattern of anybody's making.
    handle: Box<str>,
    has_handle: bool,
    created: Option<i64>,
    bio: Option<(u64, Box<str>)>,
    band: Option<Band>,
}

impl Trait {
    /// Takes what likeness needs of an account.
    pub fn of(row: u64, account: &Account<'_>, band: Option<Band>) -> Trait {
        let own = account.handle.as_deref().filter(|handle| !handle.trim().is_empty());
        let name = name_of(own, account.id.as_deref());
        let bio = account.bio.as_deref().and_then(bio_key);
        Trait {
            row: u32::try_from(row).unwrap_or(u32::MAX),
            handle: one_line(&name, KEPT).into(),
            has_handle: own.is_some(),
            created: account.created_at.map(Timestamp::as_second),
            bio,
            band,
        }
    }
}

/// All rows so far, in little memory: about 50 bytes a row and its handle.
#[derive(Clone, Debug, Default)]
pub struct Lookalikes {
    rows: Vec<u32>,
    bands: Vec<Option<Band>>,
    has_handle: Vec<bool>,
    /// Handles one behind the other, and where each ends.
    handles: String,
    ends: Vec<usize>,
    created: Vec<i64>,
    /// Hash of each bio; 0 where it is missing or too short.
    bios: Vec<u64>,
    seen_bios: HashSet<u64>,
    /// Bios that two accounts have, as the second of them wrote it.
    shared_bios: HashMap<u64, Box<str>>,
}

/// Groups of one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Clusters {
    /// Rows that were looked at.
    pub accounts: u64,
    /// Handles made to one pattern.
    pub handles: Sort,
    /// Accounts made in the same hour, or on the same day.
    pub created: Sort,
    /// Does the file have dates without a time, so that days are compared?
    pub dates_only: bool,
    /// Accounts with the same bio.
    pub bios: Sort,
}

/// Groups of one sort.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sort {
    /// Accounts of which what is compared is known.
    pub compared: u64,
    /// Accounts of which it is not.
    pub unknown: u64,
    /// The groups, largest first.
    pub groups: Vec<Group>,
    /// Groups that are not among them because there are too many.
    pub more: u64,
}

/// Accounts that look alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What they have in common.
    pub pattern: String,
    /// How many they are.
    pub accounts: u64,
    /// How many to expect from the rest of the list, where it can be said.
    pub expected: Option<f64>,
    /// In how many of 1 lists chance alone would make such a group; `None` where it cannot be said.
    pub chance: Option<f64>,
    /// How many of them are in each band: genuine, look, spam, pending.
    pub bands: [u64; 4],
    /// Row and handle of the first of them.
    pub members: Vec<(u32, String)>,
    /// Members that are not named.
    pub more: u64,
}

impl Lookalikes {
    /// Adds a row that could be read.
    pub fn add(&mut self, row: Trait) {
        self.rows.push(row.row);
        self.bands.push(row.band);
        self.has_handle.push(row.has_handle);
        self.handles.push_str(&row.handle);
        self.ends.push(self.handles.len());
        self.created.push(row.created.unwrap_or(NEVER));
        self.bios.push(row.bio.as_ref().map_or(0, |(hash, _)| *hash));
        if let Some((hash, text)) = row.bio
            && !self.seen_bios.insert(hash)
        {
            self.shared_bios.entry(hash).or_insert(text);
        }
    }

    fn handle(&self, at: usize) -> &str {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.handles[from..self.ends[at]]
    }

    /// When each account was made, in seconds since 1970, in the order of the rows.
    pub fn created(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        self.created.iter().map(|second| (*second != NEVER).then_some(*second))
    }

    /// The bands, in the order of the rows.
    pub fn bands(&self) -> &[Option<Band>] {
        &self.bands
    }

    /// Finds the groups.
    pub fn clusters(&self) -> Clusters {
        let (created, dates_only) = self.made_together();
        Clusters {
            accounts: self.rows.len() as u64,
            handles: self.patterned(),
            created,
            dates_only,
            bios: self.same_bios(),
        }
    }

    fn group(
        &self,
        pattern: String,
        mut members: Vec<usize>,
        expected: Option<f64>,
        chance: Option<f64>,
    ) -> Group {
        members.sort_unstable();
        let mut bands = [0; 4];
        for band in members.iter().filter_map(|at| self.bands[*at]) {
            let place = Band::ALL.iter().position(|b| *b == band).unwrap_or(0);
            bands[place] += 1;
        }
        Group {
            pattern,
            accounts: members.len() as u64,
            expected,
            chance,
            bands,
            members: members
                .iter()
                .take(NAMED)
                .map(|at| (self.rows[*at], self.handle(*at).to_string()))
                .collect(),
            more: members.len().saturating_sub(NAMED) as u64,
        }
    }

    /// Handles of the same letters with as many digits in the same places. Expected: if how many digits a handle has did
    /// not depend on its letters, the number of accounts with these letters follows the binomial distribution with the
    /// share of that number of digits among the other handles.
    fn patterned(&self) -> Sort {
        // Hash of the letters, of the digits' places, and row: sorted, groups lie side by side.
        let mut keys: Vec<(u64, u64, u32)> = Vec::new();
        let mut unknown = 0;
        let (mut letters, mut digits) = (String::new(), String::new());
        for at in 0..self.rows.len() {
            let named = if self.has_handle[at] { self.handle(at) } else { "" };
            match shape(named, &mut letters, &mut digits) {
                None => unknown += 1,
                Some(false) => {}
                Some(true) => keys.push((hash(&letters), hash(&digits), at as u32)),
            }
        }
        let compared = self.rows.len() as u64 - unknown;
        keys.sort_unstable();
        let mut of_digits: HashMap<u64, u64> = HashMap::new();
        for (_, digits, _) in &keys {
            *of_digits.entry(*digits).or_default() += 1;
        }
        let (all, forms) = (keys.len() as f64, of_digits.len() as f64);
        let stems = || keys.chunk_by(|a, b| a.0 == b.0).filter(|stem| stem.len() >= LEAST);
        // Every form of every stem might have been such a group.
        let tried = stems().count() as f64 * forms;
        let mut groups = Vec::new();
        for stem in stems() {
            for group in stem.chunk_by(|a, b| a.1 == b.1).filter(|group| group.len() >= LEAST) {
                let own = group.len() as f64;
                let like = of_digits.get(&group[0].1).copied().unwrap_or(0) as f64;
                // One is added to each form, so that a form nobody else has is rare and not impossible.
                let share = (like - own + 1.0) / (all - own + forms);
                let expected = stem.len() as f64 * share;
                let chance = binomial_tail(group.len(), stem.len(), share) * tried;
                if chance < CHANCE && own >= TIMES * expected {
                    let members: Vec<usize> = group.iter().map(|(.., at)| *at as usize).collect();
                    let pattern = masked(self.handle(members[0]));
                    groups.push(self.group(pattern, members, Some(expected), Some(chance)));
                }
            }
        }
        sorted(groups, compared, unknown)
    }

    /// Accounts made in the same hour. Expected: as many an hour as in the four weeks around it, times how busy that hour
    /// of the day is on the rest of the list (never less than the average hour), or as in the two days around it, whichever
    /// is more; Poisson.
    fn made_together(&self) -> (Sort, bool) {
        let mut times: Vec<(i64, u32)> = Vec::new();
        for (at, second) in self.created().enumerate() {
            times.extend(second.map(|second| (second, at as u32)));
        }
        let midnight = times.iter().filter(|(second, _)| second.rem_euclid(86_400) == 0).count();
        let dates_only = !times.is_empty() && midnight as f64 >= DATES_ONLY * times.len() as f64;
        let unit = if dates_only { 86_400 } else { 3600 };
        let around = if dates_only { AROUND / 24 } else { AROUND };
        times.iter_mut().for_each(|(time, _)| *time = time.div_euclid(unit));
        times.sort_unstable();
        let compared = times.len() as u64;
        let unknown = self.rows.len() as u64 - compared;
        let mut of_day = [0u64; 24];
        for (time, _) in times.iter().filter(|_| !dates_only) {
            of_day[time.rem_euclid(24) as usize] += 1;
        }
        let (first, last) = (times.first().map_or(0, |t| t.0), times.last().map_or(0, |t| t.0));
        let tried = times.chunk_by(|a, b| a.0 == b.0).count() as f64;
        let mut groups = Vec::new();
        let (mut from, mut to) = (0, 0);
        for group in times.chunk_by(|a, b| a.0 == b.0) {
            let (time, own) = (group[0].0, group.len());
            while times[from].0 < time - around {
                from += 1;
            }
            while to < times.len() && times[to].0 <= time + around {
                to += 1;
            }
            if own < LEAST {
                continue;
            }
            let others = (to - from - own) as f64;
            let span = ((time + around).min(last) - (time - around).max(first)).max(1) as f64;
            let busy = if dates_only {
                1.0
            } else {
                let hour = of_day[time.rem_euclid(24) as usize] as f64 - own as f64;
                (24.0 * (hour + 1.0) / (times.len() as f64 - own as f64 + 24.0)).max(1.0)
            };
            let near = if dates_only { 3 } else { NEAR };
            let close = times.partition_point(|t| t.0 <= time + near)
                - times.partition_point(|t| t.0 < time - near)
                - own;
            let close = close as f64 / (2 * near) as f64;
            let expected = ((others + 1.0) / span * busy).max(close);
            let chance = poisson_tail(own, expected) * tried;
            if chance < CHANCE && own as f64 >= TIMES * expected {
                let members = group.iter().map(|(_, at)| *at as usize).collect();
                groups.push(self.group(
                    named_time(time * unit, dates_only),
                    members,
                    Some(expected),
                    Some(chance),
                ));
            }
        }
        (sorted(groups, compared, unknown), dates_only)
    }

    /// Accounts with the same bio, digits, links and letter case aside.
    fn same_bios(&self) -> Sort {
        let mut rows: Vec<(u64, u32)> = self
            .bios
            .iter()
            .enumerate()
            .filter(|(_, hash)| self.shared_bios.contains_key(*hash))
            .map(|(at, hash)| (*hash, at as u32))
            .collect();
        rows.sort_unstable();
        let mut groups = Vec::new();
        for group in rows.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() >= LEAST) {
            let members = group.iter().map(|(_, at)| *at as usize).collect();
            let text = self.shared_bios.get(&group[0].0).map_or(String::new(), |text| text.to_string());
            groups.push(self.group(text, members, None, None));
        }
        let unknown = self.bios.iter().filter(|hash| **hash == 0).count() as u64;
        sorted(groups, self.rows.len() as u64 - unknown, unknown)
    }
}

fn sorted(mut groups: Vec<Group>, compared: u64, unknown: u64) -> Sort {
    groups
        .sort_by(|a, b| b.accounts.cmp(&a.accounts).then_with(|| a.members.first().cmp(&b.members.first())));
    let more = groups.len().saturating_sub(TOLD) as u64;
    groups.truncate(TOLD);
    Sort { compared, unknown, groups, more }
}

fn named_time(second: i64, dates_only: bool) -> String {
    let form = if dates_only { "%Y-%m-%d" } else { "%Y-%m-%d %H:00 UTC" };
    Timestamp::from_second(second).map_or_else(|_| second.to_string(), |time| time.strftime(form).to_string())
}

/// The part of a handle before the server of its network.
fn local(handle: &str) -> &str {
    handle.trim().trim_start_matches('@').split('@').next().unwrap_or_default()
}

/// Splits a handle into its letters, with a mark where digits stand, and how many digits stand there. `None` without a
/// handle; `Some(false)` where there are no digits, or too few letters, to speak of a pattern.
fn shape(handle: &str, letters: &mut String, digits: &mut String) -> Option<bool> {
    letters.clear();
    digits.clear();
    let handle = local(handle);
    if handle.is_empty() {
        return None;
    }
    let (mut run, mut others) = (0usize, 0usize);
    for c in handle.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            run += 1;
            continue;
        }
        if run > 0 {
            letters.push('#');
            digits.push_str(&run.to_string());
            digits.push(' ');
            run = 0;
        }
        if c != '\0' {
            others += usize::from(c.is_alphabetic());
            letters.extend(c.to_lowercase());
        }
    }
    Some(!digits.is_empty() && others >= LEAST_LETTERS)
}

/// A handle with `#` for each digit.
fn masked(handle: &str) -> String {
    local(handle).to_lowercase().chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// A bio without what a generator would vary: letter case, white space, digits and what stands behind `http`.
fn bio_key(bio: &str) -> Option<(u64, Box<str>)> {
    let mut plain = String::with_capacity(bio.len().min(4 * KEPT));
    let mut chars = 0;
    for word in bio.split_whitespace() {
        if chars > 4000 {
            break;
        }
        let at = plain.len();
        plain.push(' ');
        if word.starts_with("http") {
            plain.push_str("http");
            continue;
        }
        for c in word.chars().flat_map(char::to_lowercase) {
            match c.is_ascii_digit() {
                // However many: a generator counts from 1 to 1,000.
                true if plain.ends_with('#') => {}
                true => plain.push('#'),
                false => plain.push(c),
            }
        }
        chars += plain[at..].chars().count();
    }
    // 0 is the mark of no bio.
    (chars > LEAST_BIO).then(|| (hash(&plain).max(1), one_line(bio, KEPT).into()))
}

/// Natural logarithm of `n!`: exact sums where it is small, Stirling's series (Abramowitz and Stegun 6.1.41) elsewhere.
fn ln_factorial(n: usize) -> f64 {
    if n < 256 {
        return (2..=n).map(|i| (i as f64).ln()).sum();
    }
    let x = n as f64 + 1.0;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + 1.0 / (12.0 * x)
        - 1.0 / (360.0 * x.powi(3))
}

/// Probability of `k` or more events where `mean` are expected.
fn poisson_tail(k: usize, mean: f64) -> f64 {
    if k as f64 <= mean {
        return 1.0;
    }
    let mut term = (k as f64 * mean.ln() - mean - ln_factorial(k)).exp();
    let (mut sum, mut i) = (0.0, k as f64);
    while term > sum * 1e-16 && term > 0.0 {
        sum += term;
        i += 1.0;
        term *= mean / i;
    }
    sum.min(1.0)
}

/// Probability of `k` or more of `n`, each with probability `p`.
fn binomial_tail(k: usize, n: usize, p: f64) -> f64 {
    if k as f64 <= n as f64 * p {
        return 1.0;
    }
    if p <= 0.0 {
        return 0.0;
    }
    let ln = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
        + k as f64 * p.ln()
        + (n - k) as f64 * (1.0 - p).ln();
    let (mut term, mut sum, mut i) = (ln.exp(), 0.0, k);
    while term > sum * 1e-16 && term > 0.0 && i <= n {
        sum += term;
        term *= (n - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
        i += 1;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    fn list(rows: &[(String, i64, String)]) -> Clusters {
        let mut all = Lookalikes::default();
        for (at, (handle, created, bio)) in rows.iter().enumerate() {
            let account = Account {
                handle: Some(Cow::Borrowed(handle)),
                bio: Some(Cow::Borrowed(bio)),
                created_at: Timestamp::from_second(*created).ok(),
                ..Account::default()
            };
            all.add(Trait::of(at as u64 + 1, &account, Some(Band::Look)));
        }
        all.clusters()
    }

    /// People made at random times over ten years, with names from a short list and any number of digits.
    fn people(n: usize, seed: u64) -> Vec<(String, i64, String)> {
        const NAMES: [&str; 12] =
            ["anna", "ben", "carla", "david", "eva", "felix", "greta", "hans", "ines", "jan", "kim", "lena"];
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|i| {
                let name = NAMES[(rng.next_u32() % 12) as usize];
                let digits = rng.next_u32() % 5;
                let number = rng.next_u32() % 10u32.pow(digits);
                let tail =
                    if digits == 0 { String::new() } else { format!("{number:0w$}", w = digits as usize) };
                let second = 1_300_000_000 + i64::from(rng.next_u32() % 315_000_000);
                let word: String =
                    (0..4).map(|at| char::from(b'a' + (i / 26usize.pow(at) % 26) as u8)).collect();
                (format!("{name}{tail}"), second, format!("{name}, one of the people who like {word}"))
            })
            .collect()
    }

    #[test]
    fn a_planted_farm_is_found_in_every_way_and_nothing_else() {
        let mut rows = people(3000, 1);
        for i in 0..40 {
            rows.push((
                format!("win_free_{:05}", i * 2477 % 100_000),
                1_400_000_400 + i * 60,
                format!("Win a free phone today, number {i}! http://x.example/{i}"),
            ));
        }
        let found = list(&rows);
        assert_eq!(found.handles.groups.len(), 1, "{:?}", found.handles);
        let handles = &found.handles.groups[0];
        assert_eq!((handles.pattern.as_str(), handles.accounts), ("win_free_#####", 40));
        assert!(handles.expected.is_some_and(|e| e < 10.0) && handles.chance.is_some_and(|c| c < 1e-9));
        assert_eq!(handles.bands, [0, 40, 0, 0]);
        assert_eq!((handles.members.len(), handles.more), (8, 32));
        assert_eq!(found.created.groups.len(), 1, "{:?}", found.created);
        assert_eq!(found.created.groups[0].pattern, "2014-05-13 17:00 UTC");
        assert_eq!(found.created.groups[0].accounts, 40);
        assert_eq!(found.bios.groups.len(), 1, "{:?}", found.bios);
        assert_eq!(found.bios.groups[0].accounts, 40);
    }

    #[test]
    fn random_lists_have_no_groups() {
        for seed in 10..20 {
            let found = list(&people(2000, seed));
            assert!(found.handles.groups.is_empty(), "{:?}", found.handles);
            assert!(found.created.groups.is_empty(), "{:?}", found.created);
            assert!(found.bios.groups.is_empty(), "{:?}", found.bios);
            assert_eq!(found.created.compared + found.created.unknown, 2000);
        }
    }

    #[test]
    fn a_busy_day_is_expected_and_not_a_group() {
        // Every hour of a month has about 20 newcomers.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let rows: Vec<_> = (0..15_000)
            .map(|i| {
                (
                    format!("someone{i}"),
                    1_500_000_000 + i64::from(rng.next_u32() % (30 * 86_400)),
                    String::new(),
                )
            })
            .collect();
        assert!(list(&rows).created.groups.is_empty());
    }

    #[test]
    fn dates_without_a_time_are_compared_by_day() {
        let mut rows = people(1000, 5);
        rows.iter_mut().for_each(|(_, second, _)| *second = second.div_euclid(86_400) * 86_400);
        assert!(list(&rows).dates_only && list(&rows).created.groups.is_empty());
        rows.extend((0..30).map(|i| (format!("x{i}y"), 1_400_025_600, String::new())));
        let found = list(&rows);
        assert_eq!(found.created.groups.len(), 1);
        assert_eq!(found.created.groups[0].pattern, "2014-05-14");
    }

    #[test]
    fn hostile_and_empty_texts_do_no_harm() {
        let long = "x1".repeat(10_000);
        let rows = vec![
            (String::new(), 0, String::new()),
            ("@@@".into(), 0, "\u{202e}".repeat(50)),
            (long.clone(), 0, long.clone()),
            (long.clone(), 0, long.clone()),
            (long.clone(), 0, long),
        ];
        let found = list(&rows);
        let text = serde_json::to_string(&found).unwrap();
        assert!(text.len() < 20_000, "{}", text.len());
        assert_eq!(found.handles.compared + found.handles.unknown, 5);
        assert_eq!(list(&[]), Clusters::default());
    }

    #[test]
    fn tails_are_those_of_exact_sums() {
        // Summed with Python's decimal (40 digits) and fractions.
        let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 1e-9, "{found} {wanted}");
        near(poisson_tail(5, 1.0), 0.003_659_846_827_343_713);
        near(poisson_tail(300, 200.0), 2.711_468_443_343_111e-11);
        near(binomial_tail(3, 3, 0.3), 0.027);
        near(binomial_tail(20, 30, 0.4), 0.002_853_882_607_810_722_6);
        assert_eq!(poisson_tail(1, 2.0), 1.0);
    }
}
