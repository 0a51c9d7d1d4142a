//! The report about a list of followers: its numbers.
//!
//! Every table accounts for every row: what a row does not tell is counted as unknown, and a row that could not be
//! read is counted too.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::arrivals::{Untold, earliest};
use super::clusters::{Clusters, Lookalikes, Trait};
use crate::account::{Account, Network, Timestamp, days_between};
use crate::evaluate::LogitHistogram;
use crate::model::{Band, Model, Score};
use crate::safe::one_line;
use crate::screen::churn::{BaseRate, Compared, Rate, share_interval};
use crate::screen::{Kind, Kinds, ShareOfBots};
use crate::words::day;

/// Ages in days at which the bins of the plot end, and what the bins are called.
const AGES: Cuts = &[
    (30.0, "up to a month"),
    (91.0, "1 to 3 months"),
    (182.0, "3 to 6 months"),
    (365.0, "half a year to a year"),
    (731.0, "1 to 2 years"),
    (1096.0, "2 to 3 years"),
    (1826.0, "3 to 5 years"),
    (3652.0, "5 to 10 years"),
    (f64::INFINITY, "over 10 years"),
];
const POSTS_A_DAY: Cuts = &[
    (0.0, "never posted"),
    (0.01, "up to 1 in 100 days"),
    (0.1, "up to 1 in 10 days"),
    (1.0, "up to 1 a day"),
    (5.0, "1 to 5 a day"),
    (20.0, "5 to 20 a day"),
    (50.0, "20 to 50 a day"),
    (f64::INFINITY, "over 50 a day"),
];
const LAST_POST: Cuts = &[
    (7.0, "within a week"),
    (30.0, "within a month"),
    (91.0, "1 to 3 months ago"),
    (365.0, "3 months to a year ago"),
    (731.0, "1 to 2 years ago"),
    (f64::INFINITY, "over 2 years ago"),
];
const COUNTS: Cuts = &[
    (0.0, "none"),
    (9.0, "1 to 9"),
    (99.0, "10 to 99"),
    (999.0, "100 to 999"),
    (9999.0, "1,000 to 9,999"),
    (f64::INFINITY, "10,000 and more"),
];
/// Followers for each account followed.
const RATIO: Cuts = &[
    (0.01, "up to 1 for 100 followed"),
    (0.1, "up to 1 for 10 followed"),
    (0.5, "up to 1 for 2 followed"),
    (2.0, "about as many (half to twice)"),
    (10.0, "2 to 10 for each followed"),
    (f64::INFINITY, "over 10 for each followed"),
];

type Cuts = &'static [(f64, &'static str)];

/// Languages that are told by name.
const LANGUAGES: usize = 12;
/// Different languages that are counted; a file with more has none, but some text in that column.
const MOST_LANGUAGES: usize = 5000;
/// Parts that the list is cut into to see how it changes along it, and the fewest accounts of one.
const PARTS: usize = 20;
const LEAST_IN_A_PART: usize = 20;
/// Accounts of a sort that are named.
pub const NAMED: usize = 20;

/// Everything that the report about a list of followers says.
#[derive(Clone, Debug, Serialize)]
pub struct FollowersReport {
    /// Program that wrote the report.
    pub written_by: String,
    /// The list.
    pub file: String,
    /// The date the report is of: as asked for, else the newest time of observation in the rows.
    pub as_of: Option<String>,
    /// Oldest and newest time of observation in the rows.
    pub observed: Option<(String, String)>,
    /// Rows of the file.
    pub rows: u64,
    /// Of these, could not be read.
    pub damaged: u64,
    /// The model it was scored with.
    pub model: ScoredWith,
    /// How many are in each band.
    pub bands: Vec<BandCount>,
    /// The share of bots, where it can be told.
    pub share_of_bots: BotShare,
    /// What there is to see of the accounts, whatever their score.
    pub kinds: Vec<KindCount>,
    /// Ages when the counts were true.
    pub ages: Distribution,
    /// Median age in days.
    pub median_age_days: Option<f64>,
    /// Posts a day over the life of the account.
    pub posts_a_day: Distribution,
    /// Time since the newest post.
    pub last_post: Distribution,
    /// Followers of the accounts.
    pub followers: Distribution,
    /// Accounts they follow.
    pub following: Distribution,
    /// Followers for each account followed: a fact, no measure of influence.
    pub followers_per_following: Distribution,
    /// Languages, the most common first.
    pub languages: Distribution,
    /// Accounts of a network that is known and is not X.
    pub on_other_networks: u64,
    /// Marks of profiles.
    pub marks: Vec<Mark>,
    /// Accounts made in each month.
    pub created: Distribution,
    /// Months before which the accounts did not begin to follow, where the order of the list tells it.
    pub came_not_before: Distribution,
    /// The order of the list that was found in it; `None` where none was.
    pub order_of_arrival: Option<&'static str>,
    /// Why it cannot be told when they came, in words.
    pub came_untold: Option<&'static str>,
    /// The list in parts, from its first row to its last.
    pub along: Vec<Part>,
    /// Look-alikes.
    pub clusters: Clusters,
    /// Change since older snapshots; `None` without any.
    pub growth: Option<Growth>,
    /// Who came and who left; `None` without older snapshots.
    pub churn: Option<Churn>,
    /// Accounts that follow and drop others in bulk.
    pub churners: Named,
    /// Following and followers of the owner of the list, and of others; empty where nothing is known.
    pub reciprocity: Vec<Reciprocity>,
    /// What the rows themselves say of who is followed back: yes, no, unknown.
    pub followed_back_by_rows: [u64; 3],
    /// What to say where the list is far from the accounts the model was trained on.
    pub unlike_training: Option<String>,
    /// Remarks on rows that are sound but not to be relied on in everything, with their number.
    pub remarks: Vec<(String, u64)>,
}

/// The model behind the scores.
#[derive(Clone, Debug, Serialize)]
pub struct ScoredWith {
    /// Its name.
    pub name: String,
    /// Program that wrote it.
    pub written_by: String,
    /// Share of bots at which `p_bot` is meant.
    pub prevalence: f64,
    /// Its features.
    pub features: usize,
    /// Where its bands begin, in words.
    pub bands: String,
    /// Does the spam band ask for the shape of followers on sale besides a score?
    pub spam_needs_evidence: bool,
}

/// How many are in a band.
#[derive(Clone, Debug, Serialize)]
pub struct BandCount {
    /// `genuine`, `look`, `spam`, `pending`.
    pub band: Band,
    /// Accounts in it.
    pub accounts: u64,
    /// Their share of the rows that could be read, with its 95 % Wilson interval.
    pub share: Option<Rate>,
}

/// The share of bots as [`ShareOfBots`] has it; numbers only where it can be told.
#[derive(Clone, Debug, Serialize)]
pub struct BotShare {
    /// Can it be told?
    pub can_be_told: bool,
    /// Why not, in words.
    pub why_not: Option<String>,
    /// Best guess.
    pub value: Option<f64>,
    /// Ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// How often such intervals hold the truth.
    pub level: Option<f64>,
    /// Families of left-out sources behind the interval.
    pub families: Option<usize>,
}

impl BotShare {
    fn of(found: Option<ShareOfBots>) -> BotShare {
        let nothing = BotShare {
            can_be_told: false,
            why_not: None,
            value: None,
            interval: None,
            level: None,
            families: None,
        };
        match found {
            Some(share) if share.tells() => BotShare {
                can_be_told: true,
                value: Some(share.value),
                interval: Some((share.lo, share.hi)),
                level: Some(share.level),
                families: Some(share.families),
                ..nothing
            },
            Some(_) => BotShare {
                why_not: Some(
                    "on sources the model had not seen, its estimates were so far from the truth that nearly any share fits \
                     this list"
                        .into(),
                ),
                ..nothing
            },
            None => BotShare {
                why_not: Some(
                    "it takes 20 accounts of which enough is known, and a model with estimates for left-out sources of 3 \
                     families on record"
                        .into(),
                ),
                ..nothing
            },
        }
    }
}

/// A kind, and how its accounts lie in the bands.
#[derive(Clone, Debug, Serialize)]
pub struct KindCount {
    /// The main kind of the accounts; `None`: nothing to see.
    pub kind: Option<Kind>,
    /// Accounts of which it is the main kind.
    pub accounts: u64,
    /// In each band: genuine, look, spam, pending.
    pub bands: [u64; 4],
    /// Accounts that it holds for, whatever their main kind.
    pub holds_for: u64,
}

/// How accounts spread over the values of one thing. The counts of all bins, `unknown` and `damaged` make the rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Distribution {
    /// What each bin is, and its accounts.
    pub bins: Vec<(String, u64)>,
    /// Accounts of which it is not known.
    pub unknown: u64,
    /// Rows that could not be read.
    pub damaged: u64,
}

impl Distribution {
    /// Accounts of which it is known.
    pub fn known(&self) -> u64 {
        self.bins.iter().map(|(_, n)| n).sum()
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.known() + self.unknown + self.damaged
    }
}

/// A mark of profiles.
#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    /// What it is.
    pub mark: &'static str,
    /// Accounts that have it, that do not, of which it is not known, and rows that could not be read.
    pub counts: [u64; 4],
}

/// One part of the list.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Place of its first readable row among the readable rows, from 1.
    pub from: u64,
    /// Place of its last.
    pub to: u64,
    /// Accounts in each band: genuine, look, spam, pending.
    pub bands: [u64; 4],
    /// Share of spam, with its 95 % Wilson interval.
    pub spam: Option<Rate>,
    /// Median of when its accounts were made.
    pub median_created: Option<String>,
}

/// Change of the counts since the oldest older snapshot.
#[derive(Clone, Debug, Serialize)]
pub struct Growth {
    /// Accounts found on an older snapshot.
    pub found: u64,
    /// Accounts that were on none: new ones.
    pub new: u64,
    /// Bands of the new ones: genuine, look, spam, pending.
    pub bands_of_new: [u64; 4],
    /// Bands of those found.
    pub bands_of_found: [u64; 4],
    /// Of those found, how followers, following and posts changed.
    pub counts: Vec<Change>,
}

/// Change of one count.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// `followers`, `following`, `posts`.
    pub count: &'static str,
    /// Accounts that grew, stayed, shrank, and of which it is not known.
    pub accounts: [u64; 4],
    /// Lowest tenth, median and highest tenth of the change of those known.
    pub deciles: Option<[f64; 3]>,
}

/// Who came and who left.
#[derive(Clone, Debug, Serialize)]
pub struct Churn {
    /// The snapshots, this list last.
    pub snapshots: Vec<Snapshot>,
    /// What became of every account on any of them.
    pub statuses: Vec<(&'static str, u64)>,
    /// Departures per follower-month of 30 days, where dates are known.
    pub leaving: Option<Rate>,
    /// The one base rate there is.
    pub base: BaseRate,
    /// The base rate per follower-month.
    pub base_rate: Rate,
    /// How the two stand to each other.
    pub against_base: Option<Compared>,
    /// New since the snapshot before this list.
    pub came: Named,
    /// On the snapshot before this list and gone from it.
    pub left: Named,
}

/// A snapshot.
#[derive(Clone, Debug, Serialize)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// When it was taken.
    pub date: Option<String>,
    /// Rows in it.
    pub rows: u64,
    /// Accounts in it.
    pub accounts: u64,
    /// Came since the snapshot before.
    pub came: Option<u64>,
    /// Left since the snapshot before.
    pub left: Option<u64>,
}

/// So many accounts, the first of them by their handles.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Named {
    /// How many they are.
    pub accounts: u64,
    /// The first, as `name_of` has them.
    pub first: Vec<String>,
}

/// What an account is called in a report: its handle, else its id, with `id:` before it where it could be taken for a
/// handle.
pub(super) fn name_of<'a>(handle: Option<&'a str>, id: Option<&'a str>) -> Cow<'a, str> {
    let filled = |text: Option<&'a str>| text.filter(|text| !text.trim().is_empty());
    match (filled(handle), filled(id)) {
        (Some(handle), _) => handle.into(),
        (None, Some(id)) if is_id(id) => id.into(),
        (None, Some(id)) => format!("id:{id}").into(),
        (None, None) => "".into(),
    }
}

/// Can it be nothing but an id? No network gives out handles of digits alone or with a colon.
pub(super) fn is_id(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) || text.contains(':')
}

impl Named {
    /// Counts one more, and names it where there is room.
    pub fn add(&mut self, handle: Option<&str>, id: Option<&str>) {
        self.accounts += 1;
        if self.first.len() < NAMED {
            self.first.push(one_line(&name_of(handle, id), 100));
        }
    }

    fn merge(&mut self, other: Named) {
        self.accounts += other.accounts;
        let room = NAMED - self.first.len();
        self.first.extend(other.first.into_iter().take(room));
    }
}

/// Who follows whom, of one brand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reciprocity {
    /// The brand.
    pub name: String,
    /// Accounts it follows.
    pub following: Option<u64>,
    /// Accounts that follow it.
    pub followers: Option<u64>,
    /// Of its followers, those it follows.
    pub followed_back: Option<u64>,
    /// Why a row of a file is not to be used.
    pub fault: Option<String>,
}

impl Reciprocity {
    /// Share of its followers that it follows back.
    pub fn of_followers(&self) -> Option<f64> {
        ratio(self.followed_back?, self.followers?)
    }

    /// Share of those it follows that follow it.
    pub fn of_following(&self) -> Option<f64> {
        ratio(self.followed_back?, self.following?)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Counts of fixed bins.
#[derive(Clone, Debug)]
struct Counted {
    cuts: Cuts,
    counts: Vec<u64>,
    unknown: u64,
}

impl Counted {
    fn new(cuts: Cuts) -> Counted {
        Counted { cuts, counts: vec![0; cuts.len()], unknown: 0 }
    }

    fn add(&mut self, value: Option<f64>) {
        match value.and_then(|value| self.cuts.iter().position(|(end, _)| value <= *end)) {
            Some(bin) => self.counts[bin] += 1,
            None => self.unknown += 1,
        }
    }

    fn merge(&mut self, other: &Counted) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.unknown += other.unknown;
    }

    fn done(self, damaged: u64) -> Distribution {
        let names = self.cuts.iter().map(|(_, name)| (*name).to_string());
        Distribution { bins: names.zip(self.counts).collect(), unknown: self.unknown, damaged }
    }
}

/// Marks of profiles that are counted.
const MARKS: [&str; 7] = [
    "has a bio",
    "has a link in the link field",
    "picture never changed",
    "verification mark (paid since 2023 on X)",
    "posts for approved followers only",
    "says in a field made for it that it is automated",
    "on some public list",
];

fn marks(account: &Account<'_>) -> [Option<bool>; 7] {
    let filled = |text: &crate::account::Text<'_>| text.as_deref().map(|text| !text.trim().is_empty());
    [
        filled(&account.bio).or(account.given.bio_chars.map(|n| n > 0)),
        filled(&account.url),
        account.default_image,
        account.verified,
        account.protected,
        account.declared_bot,
        account.listed.map(|n| n > 0),
    ]
}

/// The counts whose change is told.
type CountNow = fn(&Account<'_>) -> (Option<u64>, Option<u64>);
const CHANGES: [(&str, CountNow); 3] = [
    ("followers", |a| (a.previous.as_ref().and_then(|p| p.followers), a.followers)),
    ("following", |a| (a.previous.as_ref().and_then(|p| p.following), a.following)),
    ("posts", |a| (a.previous.as_ref().and_then(|p| p.posts), a.posts)),
];

/// Collects what the report needs, row by row: counts, and about 50 bytes a row for what is told along the list and
/// for look-alikes. Parts of a list may be collected apart and put together in order.
#[derive(Clone, Debug)]
pub struct Gather {
    rows: u64,
    damaged: u64,
    observed: Option<(Timestamp, Timestamp)>,
    bands: [u64; 4],
    /// Main kind (the last place: none) by band.
    kinds: [[u64; 4]; 6],
    holds: [u64; 5],
    scores: LogitHistogram,
    ages: Counted,
    all_ages: Vec<f32>,
    posts_a_day: Counted,
    last_post: Counted,
    followers: Counted,
    following: Counted,
    ratio: Counted,
    languages: BTreeMap<Box<str>, u64>,
    other_languages: u64,
    no_language: u64,
    marks: [[u64; 3]; 7],
    months: BTreeMap<(i16, i8), u64>,
    no_month: u64,
    /// Filled in parts of a list, moved into `likeness` when they are put together.
    traits: Vec<Trait>,
    likeness: Lookalikes,
    found: [u64; 4],
    new: [u64; 4],
    changes: [[u64; 4]; 3],
    deltas: [Vec<f64>; 3],
    churners: Named,
    you_follow: [u64; 3],
    other_networks: u64,
}

impl Default for Gather {
    fn default() -> Gather {
        Gather {
            rows: 0,
            damaged: 0,
            observed: None,
            bands: [0; 4],
            kinds: [[0; 4]; 6],
            holds: [0; 5],
            scores: LogitHistogram::default(),
            ages: Counted::new(AGES),
            all_ages: Vec::new(),
            posts_a_day: Counted::new(POSTS_A_DAY),
            last_post: Counted::new(LAST_POST),
            followers: Counted::new(COUNTS),
            following: Counted::new(COUNTS),
            ratio: Counted::new(RATIO),
            languages: BTreeMap::new(),
            other_languages: 0,
            no_language: 0,
            marks: [[0; 3]; 7],
            months: BTreeMap::new(),
            no_month: 0,
            traits: Vec::new(),
            likeness: Lookalikes::default(),
            found: [0; 4],
            new: [0; 4],
            changes: [[0; 4]; 3],
            deltas: [Vec::new(), Vec::new(), Vec::new()],
            churners: Named::default(),
            you_follow: [0; 3],
            other_networks: 0,
        }
    }
}

fn place(band: Band) -> usize {
    Band::ALL.iter().position(|known| *known == band).unwrap_or(3)
}

fn three(state: Option<bool>) -> usize {
    match state {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    }
}

impl Gather {
    /// Counts a row that could not be read.
    pub fn add_damaged(&mut self) {
        self.rows += 1;
        self.damaged += 1;
    }

    /// Accounts with a score, and those of whom too little is known for one.
    pub fn scored_and_pending(&self) -> (u64, u64) {
        let pending = self.bands[place(Band::Pending)];
        (self.bands.iter().sum::<u64>() - pending, pending)
    }

    /// Counts an account. `to_even` is what its log-odds are moved by to be meant where bots are half.
    pub fn add(&mut self, row: u64, account: &Account<'_>, score: &Score, kinds: Kinds, to_even: f64) {
        self.rows += 1;
        let band = place(score.band);
        self.bands[band] += 1;
        if score.band != Band::Pending && score.features_known > 0 {
            self.scores.add(score.logit + to_even);
        }
        let main = kinds.main().and_then(|main| Kind::ALL.iter().position(|kind| *kind == main)).unwrap_or(5);
        self.kinds[main][band] += 1;
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            self.holds[at] += u64::from(kinds.has(kind));
        }
        if let Some(time) = account.observed_at {
            let (first, last) = self.observed.unwrap_or((time, time));
            self.observed = Some((first.min(time), last.max(time)));
        }
        let age = account.age_days();
        self.ages.add(age);
        self.all_ages.extend(age.map(|age| age as f32));
        // A day old at least: three posts in the first hour are not 72 a day.
        let rate = match (account.posts, age) {
            (Some(posts), Some(age)) => Some(posts as f64 / age.max(1.0)),
            _ => account.given.posts_per_day,
        };
        self.posts_a_day.add(rate);
        let silent =
            account.last_post_at.zip(account.observed_at).and_then(|(last, now)| days_between(last, now));
        self.last_post.add(silent);
        self.followers.add(account.followers.map(|n| n as f64));
        self.following.add(account.following.map(|n| n as f64));
        let ratio = match (account.followers, account.following) {
            (Some(followers), Some(following)) if following > 0 => Some(followers as f64 / following as f64),
            (None, _) | (_, None) => account.given.followers_per_following,
            // Who follows nobody has no ratio.
            _ => None,
        };
        self.ratio.add(ratio);
        match account.lang.as_deref().map(str::trim).filter(|lang| !lang.is_empty() && *lang != "und") {
            Some(lang) => self.add_language(&one_line(&lang.to_lowercase(), 20), 1),
            None => self.no_language += 1,
        }
        for (counts, state) in self.marks.iter_mut().zip(marks(account)) {
            counts[three(state)] += 1;
        }
        match account.created_at.map(|time| jiff::tz::Offset::UTC.to_datetime(time)) {
            Some(time) => *self.months.entry((time.year(), time.month())).or_default() += 1,
            None => self.no_month += 1,
        }
        self.add_change(account, band);
        if kinds.has(Kind::Churner) {
            self.churners.add(account.handle.as_deref(), account.id.as_deref());
        }
        self.you_follow[three(account.you_follow)] += 1;
        self.other_networks += u64::from(account.network.is_some_and(|network| network != Network::X));
        self.traits.push(Trait::of(row, account, Some(score.band)));
    }

    fn add_language(&mut self, lang: &str, n: u64) {
        if let Some(count) = self.languages.get_mut(lang) {
            *count += n;
        } else if self.languages.len() < MOST_LANGUAGES {
            self.languages.insert(lang.into(), n);
        } else {
            self.other_languages += n;
        }
    }

    fn add_change(&mut self, account: &Account<'_>, band: usize) {
        if account.previous.is_none() {
            self.new[band] += 1;
            return;
        }
        self.found[band] += 1;
        for (at, (_, count)) in CHANGES.into_iter().enumerate() {
            let state = match count(account) {
                (Some(then), Some(now)) => {
                    self.deltas[at].push(now as f64 - then as f64);
                    match now.cmp(&then) {
                        std::cmp::Ordering::Greater => 0,
                        std::cmp::Ordering::Equal => 1,
                        std::cmp::Ordering::Less => 2,
                    }
                }
                _ => 3,
            };
            self.changes[at][state] += 1;
        }
    }

    /// Adds the part of the list that follows.
    pub fn merge(&mut self, other: Gather) {
        fn sum<const N: usize>(into: &mut [u64; N], more: [u64; N]) {
            into.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        self.rows += other.rows;
        self.damaged += other.damaged;
        if let Some((first, last)) = other.observed {
            let (a, b) = self.observed.unwrap_or((first, last));
            self.observed = Some((a.min(first), b.max(last)));
        }
        sum(&mut self.bands, other.bands);
        self.kinds.iter_mut().zip(other.kinds).for_each(|(kind, more)| sum(kind, more));
        sum(&mut self.holds, other.holds);
        self.scores.merge(&other.scores);
        self.ages.merge(&other.ages);
        self.all_ages.extend(other.all_ages);
        self.posts_a_day.merge(&other.posts_a_day);
        self.last_post.merge(&other.last_post);
        self.followers.merge(&other.followers);
        self.following.merge(&other.following);
        self.ratio.merge(&other.ratio);
        other.languages.iter().for_each(|(lang, n)| self.add_language(lang, *n));
        self.other_languages += other.other_languages;
        self.no_language += other.no_language;
        self.marks.iter_mut().zip(other.marks).for_each(|(mark, more)| sum(mark, more));
        for (month, n) in other.months {
            *self.months.entry(month).or_default() += n;
        }
        self.no_month += other.no_month;
        other.traits.into_iter().for_each(|row| self.likeness.add(row));
        sum(&mut self.found, other.found);
        sum(&mut self.new, other.new);
        self.changes.iter_mut().zip(other.changes).for_each(|(change, more)| sum(change, more));
        self.deltas.iter_mut().zip(other.deltas).for_each(|(all, more)| all.extend(more));
        self.churners.merge(other.churners);
        sum(&mut self.you_follow, other.you_follow);
        self.other_networks += other.other_networks;
    }

    /// Log-odds of the scored accounts, meant where bots are half.
    pub fn scores(&self) -> &LogitHistogram {
        &self.scores
    }

    /// Accounts that the owner of the list follows, by what the rows say themselves; `None` where none says it.
    pub fn followed_back(&self) -> Option<u64> {
        let [yes, no, _] = self.you_follow;
        (yes + no > 0).then_some(yes)
    }

    /// Oldest and newest time of observation.
    pub fn observed(&self) -> Option<(Timestamp, Timestamp)> {
        self.observed
    }

    /// When they came: the order of the list, or why that cannot be told, and their months.
    fn arrivals(&self) -> (Option<&'static str>, Option<&'static str>, Distribution) {
        let created: Vec<Option<i64>> = self.likeness.created().collect();
        let nothing = |why: &'static str| {
            let bins =
                Distribution { unknown: created.len() as u64, damaged: self.damaged, ..Default::default() };
            (None, Some(why), bins)
        };
        let (order, times) = match earliest(&created) {
            Ok(found) => found,
            Err(Untold::TooFew) => {
                return nothing("it takes 60 accounts of which it is known when they were made");
            }
            Err(Untold::NoOrder) => {
                return nothing(
                    "the list is not in the order in which they came, as far as its times of creation show",
                );
            }
            Err(Untold::ByCreation) => {
                return nothing(
                    "the list is in the order in which the accounts were made, which tells nothing of when they came",
                );
            }
        };
        let mut months: BTreeMap<(i16, i8), u64> = BTreeMap::new();
        let mut unknown = 0;
        for time in &times {
            match time.and_then(|second| Timestamp::from_second(second).ok()) {
                Some(time) => {
                    let time = jiff::tz::Offset::UTC.to_datetime(time);
                    *months.entry((time.year(), time.month())).or_default() += 1;
                }
                None => unknown += 1,
            }
        }
        let bins =
            months.into_iter().map(|((year, month), n)| (format!("{year:04}-{month:02}"), n)).collect();
        (Some(order.name()), None, Distribution { bins, unknown, damaged: self.damaged })
    }

    /// Makes the report. `prevalence` is the share of bots at which the scores are meant; `older`: were older snapshots
    /// given?
    pub fn report(
        mut self,
        file: &str,
        model: &Model,
        prevalence: f64,
        share: Option<ShareOfBots>,
        older: bool,
    ) -> FollowersReport {
        // What was collected in one part alone.
        std::mem::take(&mut self.traits).into_iter().for_each(|row| self.likeness.add(row));
        let readable = self.rows - self.damaged;
        let damaged = self.damaged;
        let along = self.along();
        let languages = self.languages();
        self.all_ages.sort_unstable_by(f32::total_cmp);
        let growth = older.then(|| self.growth());
        let (order_of_arrival, came_untold, came_not_before) = self.arrivals();
        let months: Vec<(String, u64)> =
            self.months.iter().map(|((year, month), n)| (format!("{year:04}-{month:02}"), *n)).collect();
        FollowersReport {
            written_by: concat!("botsieve ", env!("CARGO_PKG_VERSION")).to_string(),
            file: file.to_string(),
            as_of: self.observed.map(|(_, last)| day(last)),
            observed: self.observed.map(|(first, last)| (day(first), day(last))),
            rows: self.rows,
            damaged,
            model: ScoredWith {
                name: model.name.clone(),
                written_by: model.written_by.clone(),
                prevalence,
                features: model.features.len(),
                bands: super::model::band_words(&model.bands),
                spam_needs_evidence: model.bands.spam_needs_evidence,
            },
            bands: Band::ALL
                .into_iter()
                .zip(self.bands)
                .map(|(band, accounts)| BandCount {
                    band,
                    accounts,
                    share: share_interval(accounts, readable),
                })
                .collect(),
            share_of_bots: BotShare::of(share),
            kinds: self
                .kinds
                .iter()
                .enumerate()
                .map(|(at, bands)| {
                    let accounts = bands.iter().sum();
                    let holds_for = self.holds.get(at).copied().unwrap_or(accounts);
                    KindCount { kind: Kind::ALL.get(at).copied(), accounts, bands: *bands, holds_for }
                })
                .collect(),
            ages: self.ages.done(damaged),
            median_age_days: quantile(&self.all_ages, 0.5),
            posts_a_day: self.posts_a_day.done(damaged),
            last_post: self.last_post.done(damaged),
            followers: self.followers.done(damaged),
            following: self.following.done(damaged),
            followers_per_following: self.ratio.done(damaged),
            languages,
            on_other_networks: self.other_networks,
            marks: MARKS
                .into_iter()
                .zip(self.marks)
                .map(|(mark, [yes, no, unknown])| Mark { mark, counts: [yes, no, unknown, damaged] })
                .collect(),
            created: Distribution { bins: months, unknown: self.no_month, damaged },
            came_not_before,
            order_of_arrival,
            came_untold,
            along,
            clusters: self.likeness.clusters(),
            growth,
            churn: None,
            churners: self.churners,
            reciprocity: Vec::new(),
            followed_back_by_rows: self.you_follow,
            unlike_training: None,
            remarks: Vec::new(),
        }
    }

    fn languages(&self) -> Distribution {
        let mut all: Vec<(&str, u64)> = self.languages.iter().map(|(lang, n)| (&**lang, *n)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let rest: u64 = all.iter().skip(LANGUAGES).map(|(_, n)| n).sum::<u64>() + self.other_languages;
        let mut bins: Vec<(String, u64)> =
            all.iter().take(LANGUAGES).map(|(lang, n)| ((*lang).to_string(), *n)).collect();
        if rest > 0 {
            bins.push(("other languages".into(), rest));
        }
        Distribution { bins, unknown: self.no_language, damaged: self.damaged }
    }

    fn along(&self) -> Vec<Part> {
        let bands = self.likeness.bands();
        let created: Vec<Option<i64>> = self.likeness.created().collect();
        let parts = (bands.len() / LEAST_IN_A_PART).min(PARTS);
        if parts < 3 {
            return Vec::new();
        }
        (0..parts)
            .map(|part| {
                let (from, to) = (part * bands.len() / parts, (part + 1) * bands.len() / parts);
                let mut counts = [0; 4];
                bands[from..to].iter().flatten().for_each(|band| counts[place(*band)] += 1);
                let mut times: Vec<i64> = created[from..to].iter().flatten().copied().collect();
                times.sort_unstable();
                let median = times.get(times.len() / 2).and_then(|t| Timestamp::from_second(*t).ok());
                Part {
                    from: from as u64 + 1,
                    to: to as u64,
                    bands: counts,
                    spam: share_interval(counts[2], (to - from) as u64),
                    median_created: median.map(day),
                }
            })
            .collect()
    }

    fn growth(&mut self) -> Growth {
        let counts = CHANGES
            .into_iter()
            .enumerate()
            .map(|(at, (count, _))| {
                let deltas = &mut self.deltas[at];
                deltas.sort_unstable_by(f64::total_cmp);
                let of = |share: f64| {
                    let at = (share * (deltas.len().saturating_sub(1)) as f64).round() as usize;
                    deltas.get(at).copied()
                };
                let deciles =
                    of(0.1).zip(of(0.5)).zip(of(0.9)).map(|((low, middle), high)| [low, middle, high]);
                Change { count, accounts: self.changes[at], deciles }
            })
            .collect();
        Growth {
            found: self.found.iter().sum(),
            new: self.new.iter().sum(),
            bands_of_new: self.new,
            bands_of_found: self.found,
            counts,
        }
    }
}

fn quantile(sorted: &[f32], share: f64) -> Option<f64> {
    let at = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(at).map(|value| f64::from(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_take_their_upper_ends_and_the_unknown_are_counted() {
        let mut counted = Counted::new(COUNTS);
        for value in [Some(0.0), Some(1.0), Some(9.0), Some(9.5), Some(1e12), None, Some(f64::NAN)] {
            counted.add(value);
        }
        let found = counted.done(3);
        assert_eq!(found.bins.iter().map(|b| b.1).collect::<Vec<_>>(), [1, 2, 1, 0, 0, 1]);
        assert_eq!((found.unknown, found.rows()), (2, 10));
    }

    #[test]
    fn reciprocity_is_a_share_of_either_side() {
        let brand = Reciprocity {
            name: "x".into(),
            following: Some(200),
            followers: Some(1000),
            followed_back: Some(50),
            fault: None,
        };
        assert_eq!((brand.of_followers(), brand.of_following()), (Some(0.05), Some(0.25)));
        let nobody = Reciprocity { followers: Some(0), followed_back: Some(0), ..brand };
        assert_eq!(nobody.of_followers(), None);
    }

    #[test]
    fn names_are_few_and_short() {
        let mut named = Named::default();
        (0..50).for_each(|_| named.add(Some(&"x".repeat(10_000)), None));
        assert_eq!((named.accounts, named.first.len()), (50, NAMED));
        assert!(named.first.iter().all(|name| name.chars().count() <= 100));
        let mut other = Named::default();
        other.add(Some("last"), None);
        other.merge(named);
        assert_eq!((other.accounts, other.first.len()), (51, NAMED));
    }

    #[test]
    fn an_id_is_not_taken_for_a_handle() {
        let mut named = Named::default();
        for (handle, id) in [
            (Some("anna"), Some("7")),
            (None, Some("7")),
            (Some(" "), Some("did:plc:x")),
            (None, Some("f0a9")),
        ] {
            named.add(handle, id);
        }
        assert_eq!(named.first, ["anna", "7", "did:plc:x", "id:f0a9"]);
        assert_eq!(named.first.iter().map(|name| is_id(name)).collect::<Vec<_>>(), [false, true, true, true]);
    }
}
