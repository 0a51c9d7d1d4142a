//! The queue in memory, what stands of each account, and every change of it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::Serialize;

use super::alike::Alike;
use super::filter::{Filter, Show, search_text};
use super::link::Site;
use crate::account::Timestamp;
use crate::model::Scorer;
use crate::screen::Candidate;
use crate::screen::ledger::{
    Change, Changed, Entry, Facts, Key, Ledger, LedgerError, Outcome, Standing, Verdict, Version, Watch,
    candidate_facts, model_sha256,
};

/// Why something could not be done. The messages are safe to print.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum ReviewError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the list has no row {0} in its queue")]
    NoRow(u64),
    #[error("row {0} has neither id nor handle: there is nothing to remember a decision by")]
    NoKey(u64),
    #[error(
        "nothing was decided here since botsieve was started; `botsieve ledger undo` takes older changes back"
    )]
    NothingToUndo,
    #[error("change {0} was taken back; its account is not in this queue")]
    TakenBackElsewhere(i64),
    #[error("a date past the end of the calendar")]
    Date,
}

/// What a session needs to begin.
pub struct Setup {
    /// What the list is called.
    pub title: String,
    /// The queue in its order.
    pub accounts: Vec<Candidate>,
    /// What they were scored with.
    pub scorer: Scorer,
    /// The ledger; made at the first change.
    pub ledger: PathBuf,
    /// Who decides.
    pub who: String,
    /// Where profiles lie whose file does not say it.
    pub site: Site,
    /// The time at which dates to look again are compared; else now.
    pub as_of: Option<Timestamp>,
    /// Only those who are due.
    pub due_only: bool,
    /// Who is shown first: the filter with which the page begins.
    pub show: Show,
    /// At most so many who are left to decide, with those among them that are decided.
    pub limit: Option<usize>,
    /// Who of the list is not in the queue: why, how many.
    pub left_out: Vec<(String, usize)>,
    /// Who is due and no longer on the list, with what was decided, harmless.
    pub gone: Vec<String>,
    /// Days from a decision until one should look again.
    pub look_again_days: fn(Verdict) -> i64,
}

/// A queue that a person goes through.
pub struct Session {
    pub(super) title: String,
    pub(super) accounts: Vec<Candidate>,
    pub(super) scorer: Scorer,
    pub(super) who: String,
    pub(super) site: Site,
    pub(super) alike: Alike,
    pub(super) show: Show,
    pub(super) left_out: Vec<(String, usize)>,
    pub(super) gone: Vec<String>,
    look_again_days: fn(Verdict) -> i64,
    path: PathBuf,
    as_of: Option<Timestamp>,
    model_sha256: String,
    /// Texts to look in, one after the other; where each ends.
    texts: (String, Vec<usize>),
    /// Places by row of the input.
    rows: HashMap<u64, u32>,
    /// Places by the hash of id and of handle, sorted.
    keys: Vec<(u64, u32)>,
    filtered: Mutex<VecDeque<(Filter, Arc<Vec<u32>>)>>,
    /// Locked before the state, never after it.
    desk: Mutex<Desk>,
    state: RwLock<State>,
}

/// The ledger, and what was done here.
struct Desk {
    ledger: Option<Ledger>,
    watch: Watch,
    looked: std::time::Instant,
    /// Changes made here that were not taken back, the newest last: number, row.
    made: Vec<(i64, u64)>,
    decided: u64,
    /// Changes since the log was moved into the file.
    since_tidied: u32,
}

/// What stands.
struct State {
    /// By place; a byte each, because they are counted all the time.
    standings: Vec<Stand>,
    /// Of those places of which the ledger knows anything.
    known: HashMap<u32, Known>,
    news: VecDeque<News>,
    revision: u64,
}

/// What is held in memory of an account that the ledger knows; all else is read when it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    version: Version,
    verdict: Option<Verdict>,
    /// Found by its id, and not by its handle alone.
    by_id: bool,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stand {
    Open,
    Due,
    Decided,
    Keep,
    Never,
    /// Neither id nor handle.
    Nobody,
}

impl Stand {
    fn shown(self, show: Show) -> bool {
        match show {
            Show::All => true,
            Show::Left => matches!(self, Stand::Open | Stand::Due),
            Show::Due => self == Stand::Due,
            Show::Decided => matches!(self, Stand::Decided | Stand::Keep | Stand::Never),
        }
    }

    pub(super) fn of(entry: Option<&Entry>, now: Timestamp) -> Stand {
        match entry.map_or(Standing::Open, |entry| entry.standing(now)) {
            Standing::Open => Stand::Open,
            Standing::Decided(_) => Stand::Decided,
            Standing::Due(_) => Stand::Due,
            Standing::Keep(_) => Stand::Keep,
            Standing::Never(_) => Stand::Never,
        }
    }
}

/// How far the queue is gone through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Accounts of the queue that can be decided.
    pub of: usize,
    /// Decided, or on the keep or never list.
    pub decided: usize,
    /// Not decided, or due again.
    pub left: usize,
    /// Due again, of those left.
    pub due: usize,
    /// With neither id nor handle.
    pub nameless: usize,
}

/// A change that was made while somebody looked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct News {
    /// Number of this piece of news.
    pub revision: u64,
    /// Row of the account.
    pub row: u64,
    /// What it is called, harmless.
    pub who: String,
    /// What stands of it now, in words.
    pub now: String,
    /// Which tab asked for it; empty for another process.
    pub client: String,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Row of the account.
    pub row: u64,
    /// Was it written? If not, another was quicker, and what stands is other than what was seen.
    pub kept: bool,
    /// Number of the change; `None` where it changes nothing.
    pub number: Option<i64>,
    /// What was done, in words.
    pub told: String,
}

/// In which direction one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// To the next.
    Next,
    /// Back.
    Previous,
}

/// News that are kept for tabs that ask.
const NEWS: usize = 200;
/// So many changes are left in the log.
const TIDY: u32 = 50;
/// Filters of which the result is kept.
const FILTERED: usize = 4;
/// Others' changes are looked for at most so often, but before every change of one's own.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(400);

fn hash_of(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A lock is only ever held around work that leaves it whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Session {
    /// Reads what stands in the ledger, and makes the tables.
    ///
    /// # Errors
    /// Where there is a ledger that cannot be read.
    pub fn new(setup: Setup) -> Result<Session, ReviewError> {
        let Setup {
            title,
            mut accounts,
            scorer,
            ledger: path,
            who,
            site,
            as_of,
            due_only,
            show,
            limit,
            mut left_out,
            gone,
            look_again_days,
        } = setup;
        let now = as_of.unwrap_or_else(Timestamp::now);
        let ledger = open(&path)?;
        let watch = ledger.as_ref().map(|ledger| ledger.watch(now)).transpose()?.unwrap_or_default();
        let mut keys = keys_of(&accounts);
        let mut state = State::read(ledger.as_ref(), &accounts, &keys, now)?;
        let before = accounts.len();
        let mut keep = vec![true; before];
        if due_only {
            keep = state.standings.iter().map(|stand| *stand == Stand::Due).collect();
            left_out.push(("not due".to_string(), keep.iter().filter(|keep| !**keep).count()));
        }
        if let Some(limit) = limit {
            let mut left = 0;
            let mut beyond = 0;
            for (keep, stand) in keep.iter_mut().zip(&state.standings).filter(|(keep, _)| **keep) {
                let counts = stand.shown(Show::Left);
                left += usize::from(counts);
                *keep = left < limit || left == limit && counts;
                beyond += usize::from(!*keep);
            }
            left_out.push(("beyond --limit".to_string(), beyond));
        }
        if keep.contains(&false) {
            let mut kept = keep.into_iter();
            accounts.retain(|_| kept.next().unwrap_or(true));
            keys = keys_of(&accounts);
            state = State::read(ledger.as_ref(), &accounts, &keys, now)?;
        }
        left_out.retain(|(_, count)| *count > 0);
        let mut texts = (String::new(), Vec::with_capacity(accounts.len()));
        let mut rows = HashMap::with_capacity(accounts.len());
        for (at, c) in accounts.iter().enumerate() {
            search_text(c, &mut texts.0);
            texts.1.push(texts.0.len());
            rows.insert(c.row, at as u32);
        }
        texts.0.shrink_to_fit();
        let alike = Alike::new(&accounts);
        Ok(Session {
            title,
            model_sha256: model_sha256(scorer.model()),
            scorer,
            who,
            site,
            alike,
            show,
            left_out,
            gone,
            path,
            as_of,
            look_again_days,
            texts,
            rows,
            keys,
            filtered: Mutex::default(),
            desk: Mutex::new(Desk {
                ledger,
                watch,
                looked: std::time::Instant::now(),
                made: Vec::new(),
                decided: 0,
                since_tidied: 0,
            }),
            state: RwLock::new(state),
            accounts,
        })
    }

    /// Where the ledger lies.
    pub fn ledger(&self) -> &Path {
        &self.path
    }

    /// Who decides.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// Accounts of the queue.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Is nobody in the queue?
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Who of the list is not in the queue: why, how many.
    pub fn left_out(&self) -> &[(String, usize)] {
        &self.left_out
    }

    /// Who is due and no longer on the list.
    pub fn gone(&self) -> &[String] {
        &self.gone
    }

    /// Decisions made here that stand.
    pub fn decided_here(&self) -> u64 {
        locked(&self.desk).decided
    }

    pub(super) fn today(&self) -> Timestamp {
        self.as_of.unwrap_or_else(Timestamp::now)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// How far the queue is gone through.
    pub fn progress(&self) -> Progress {
        let mut counts = [0_usize; 6];
        self.state().standings.iter().for_each(|stand| counts[*stand as usize] += 1);
        let of = |stand: Stand| counts[stand as usize];
        Progress {
            of: self.accounts.len() - of(Stand::Nobody),
            decided: of(Stand::Decided) + of(Stand::Keep) + of(Stand::Never),
            left: of(Stand::Open) + of(Stand::Due),
            due: of(Stand::Due),
            nameless: of(Stand::Nobody),
        }
    }

    /// Place of a row in the queue, from 0.
    pub(super) fn place(&self, row: u64) -> Result<u32, ReviewError> {
        self.rows.get(&row).copied().ok_or(ReviewError::NoRow(row))
    }

    pub(super) fn stand(&self, at: u32) -> (Stand, Option<Verdict>) {
        let state = self.state();
        (state.standings[at as usize], state.known.get(&at).and_then(|known| known.verdict))
    }

    /// What stands of an account, as the ledger has it now.
    pub(super) fn entry(&self, at: u32) -> Result<Option<Entry>, ReviewError> {
        let Some(key) = self.key(at).filter(|_| self.state().known.contains_key(&at)) else {
            return Ok(None);
        };
        let mut desk = locked(&self.desk);
        let Some(ledger) = &mut desk.ledger else { return Ok(None) };
        Ok(ledger.entry(&key)?.map(|(entry, _)| entry))
    }

    /// What the state was when it was looked at, and news since an older one. `None` where those are not kept any more.
    pub fn news(&self, since: u64) -> (u64, Option<Vec<News>>) {
        let state = self.state();
        let known = state.news.front().is_none_or(|first| first.revision <= since + 1);
        let known = known && (since == state.revision || !state.news.is_empty());
        let news = state.news.iter().filter(|news| news.revision > since).cloned().collect();
        (state.revision, known.then_some(news))
    }

    /// Places of the accounts for which the lasting part of a filter holds, in the order of the queue.
    fn base(&self, filter: &Filter) -> Arc<Vec<u32>> {
        let filter = filter.lasting();
        let mut kept = locked(&self.filtered);
        if let Some(at) = kept.iter().position(|(known, _)| *known == filter) {
            if let Some(found) = kept.remove(at) {
                kept.push_front(found);
            }
        } else {
            let finder = memchr::memmem::Finder::new(filter.text.as_bytes());
            let mut begin = 0;
            let mut found = Vec::new();
            for (at, (c, end)) in self.accounts.iter().zip(&self.texts.1).enumerate() {
                if filter.holds(c, &self.texts.0[begin..*end], &finder) {
                    found.push(at as u32);
                }
                begin = *end;
            }
            kept.push_front((filter, Arc::new(found)));
            kept.truncate(FILTERED);
        }
        kept.front().map(|(_, found)| found.clone()).unwrap_or_default()
    }

    /// Rows of the accounts for which a filter holds: how many, and those from `from` on, at most `most`.
    pub fn list(&self, filter: &Filter, from: usize, most: usize) -> (usize, Vec<u64>) {
        let base = self.base(filter);
        let state = self.state();
        let shown = base.iter().filter(|at| state.standings[**at as usize].shown(filter.show));
        let (mut count, mut rows) = (0, Vec::new());
        for at in shown {
            if count >= from && rows.len() < most {
                rows.push(self.accounts[*at as usize].row);
            }
            count += 1;
        }
        (count, rows)
    }

    /// How many of the accounts for which a filter holds come before this row.
    pub fn before(&self, filter: &Filter, row: u64) -> usize {
        let Ok(place) = self.place(row) else { return 0 };
        let base = self.base(filter);
        let state = self.state();
        let before = &base[..base.partition_point(|at| *at < place)];
        before.iter().filter(|at| state.standings[**at as usize].shown(filter.show)).count()
    }

    /// The row that comes next, or before, for which a filter holds; past an end of the queue, from its other end.
    /// Without a row the first. The second value says whether it went past an end.
    pub fn step(&self, filter: &Filter, row: Option<u64>, step: Step) -> Option<(u64, bool)> {
        let base = self.base(filter);
        let state = self.state();
        let place = row.and_then(|row| self.place(row).ok());
        let shown = |at: &&u32| state.standings[**at as usize].shown(filter.show) && Some(**at) != place;
        let row_of = |at: &u32| self.accounts[*at as usize].row;
        let Some(place) = place else {
            return base.iter().find(shown).map(|at| (row_of(at), false));
        };
        let (before, after) = base.split_at(base.partition_point(|at| *at < place));
        let (found, round) = match step {
            Step::Next => (after.iter().find(shown), before.iter().find(shown)),
            Step::Previous => (before.iter().rev().find(shown), after.iter().rev().find(shown)),
        };
        found.map(|at| (row_of(at), false)).or_else(|| round.map(|at| (row_of(at), true)))
    }

    fn key(&self, at: u32) -> Option<Key> {
        let c = &self.accounts[at as usize];
        Key::new(Some(&c.id), Some(&c.handle))
    }

    /// What was known of the account, to be kept with a decision.
    pub(super) fn facts(&self, c: &Candidate) -> Facts {
        candidate_facts(c, &self.scorer, &self.model_sha256)
    }

    /// Days from a decision until one should look again.
    pub fn days(&self, verdict: Verdict) -> i64 {
        (self.look_again_days)(verdict)
    }

    /// The change a decision is: with the usual date to look again.
    ///
    /// # Errors
    /// Where that date is past the calendar.
    pub fn decision(&self, verdict: Verdict) -> Result<Change, ReviewError> {
        let again = Timestamp::now().as_second() + self.days(verdict) * 86_400;
        let again = Timestamp::from_second(again).map_err(|_| ReviewError::Date)?;
        Ok(Change::Decide(verdict, Some(again)))
    }

    /// Writes one change of one account; on return it is on the disk. Where the account is no longer as it was `seen`,
    /// nothing is written. `client` is who asked, for the news.
    ///
    /// # Errors
    /// Where the row cannot be decided or the ledger not be written.
    pub fn change(
        &self,
        row: u64,
        change: &Change,
        why: &str,
        seen: Version,
        client: &str,
    ) -> Result<Kept, ReviewError> {
        let at = self.place(row)?;
        let key = self.key(at).ok_or(ReviewError::NoKey(row))?;
        let c = &self.accounts[at as usize];
        let facts = if matches!(change, Change::Decide(..)) { self.facts(c) } else { Facts::default() };
        let mut desk = locked(&self.desk);
        if desk.ledger.is_none() {
            let (ledger, _) = Ledger::open_or_make(&self.path)?;
            ledger.tidied_by_hand()?;
            desk.ledger = Some(ledger);
        }
        let Some(ledger) = &mut desk.ledger else { return Err(ReviewError::NoRow(row)) };
        let done = ledger.record_if(&key, change, &self.who, why, &facts, Timestamp::now(), Some(seen))?;
        let (kept, number, entry) = match done {
            Outcome::Kept { number, entry } => (true, number, entry),
            Outcome::ChangedBefore { entry } => (false, None, entry),
        };
        if let Some(number) = number {
            // Else one that another forgets would not be missed.
            desk.watch.expects(u64::from(!self.state().known.contains_key(&at)));
            desk.since_tidied += 1;
            desk.made.push((number, row));
            desk.decided += u64::from(matches!(change, Change::Decide(..)));
        }
        let told = told(change);
        self.stands(at, &entry, client, kept && number.is_some());
        // Who comes next is nobody whom another has just decided.
        self.look(&mut desk)?;
        Ok(Kept { row, kept, number, told })
    }

    /// Takes back the newest change made here, or the one with this number, if this person made it.
    ///
    /// # Errors
    /// Where there is none, or the ledger cannot be written.
    pub fn undo(&self, number: Option<i64>, client: &str) -> Result<Kept, ReviewError> {
        let mut desk = locked(&self.desk);
        let number = number.or(desk.made.last().map(|(number, _)| *number));
        let number = number.ok_or(ReviewError::NothingToUndo)?;
        let Some(ledger) = &mut desk.ledger else { return Err(ReviewError::NothingToUndo) };
        let done = ledger.undo(Some(number), None, Some(&self.who), &self.who, Timestamp::now());
        let known = desk.made.iter().position(|(made, _)| *made == number);
        let (event, entry) = match done {
            Ok(done) => done,
            Err(error) => {
                // Taken back by another: the next undo goes on behind it.
                if let (LedgerError::Refused { .. }, Some(known)) = (&error, known) {
                    desk.made.remove(known);
                }
                return Err(error.into());
            }
        };
        if let Some(known) = known {
            desk.made.remove(known);
            desk.decided = desk.decided.saturating_sub(u64::from(matches!(event.change, Change::Decide(..))));
        }
        let key = Key::new(event.id.as_deref(), event.handle_now.as_deref());
        let at = key.and_then(|key| self.places(&key).first().copied());
        // Its account may be on no list that is open here.
        let at = at.ok_or(ReviewError::TakenBackElsewhere(number))?;
        let row = self.accounts[at as usize].row;
        self.stands(at, &entry, client, true);
        Ok(Kept { row, kept: true, number: Some(number), told: told(&event.change) })
    }

    /// Places of the accounts that a key may mean.
    fn places(&self, key: &Key) -> Vec<u32> {
        let mut places = places(&self.keys, key);
        // Of an account with an id and one that only has its handle, the one with the id.
        places.sort_by_key(|at| {
            key.id().is_some_and(|id| self.key(*at).as_ref().and_then(Key::id) != Some(id))
        });
        places
    }

    /// Takes over what stands of an account now, and of the other rows that are the same account.
    fn stands(&self, at: u32, entry: &Entry, client: &str, tell: bool) {
        let now = self.today();
        let own = self.key(at);
        let same: Vec<u32> = match &own {
            Some(own) => {
                let same = |key: &Key| match (own.id(), key.id()) {
                    (Some(own), Some(id)) => own == id,
                    (None, None) => true,
                    _ => false,
                };
                let places = self.places(own);
                places.into_iter().filter(|at| self.key(*at).is_some_and(|key| same(&key))).collect()
            }
            None => vec![at],
        };
        let mut state = self.state_mut();
        for at in same {
            state.put(at, Some(entry), now);
        }
        if tell {
            let c = &self.accounts[at as usize];
            let now = in_words(Some(entry), now);
            state.tell(c.row, super::shown::called(c), now, client);
        }
    }

    /// Looks what other processes changed in the ledger, unless that was done just now.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn catch_up(&self) -> Result<(), ReviewError> {
        // Who is writing will look too.
        let Ok(mut desk) = self.desk.try_lock() else { return Ok(()) };
        if desk.looked.elapsed() < PAUSE {
            return Ok(());
        }
        self.look(&mut desk)?;
        // Nobody waits now.
        if desk.since_tidied >= TIDY {
            desk.since_tidied = 0;
            if let Some(ledger) = &desk.ledger {
                ledger.tidy()?;
            }
        }
        Ok(())
    }

    fn look(&self, desk: &mut Desk) -> Result<(), ReviewError> {
        desk.looked = std::time::Instant::now();
        if desk.ledger.is_none() {
            desk.ledger = open(&self.path)?;
        }
        let Some(ledger) = &mut desk.ledger else { return Ok(()) };
        let now = self.today();
        // The clock of the changes is the real one.
        let (changed, watch) = ledger.changed_since(&desk.watch, Timestamp::now())?;
        match changed {
            Changed::Nothing => {}
            Changed::Everything => {
                let fresh = State::read(Some(ledger), &self.accounts, &self.keys, now)?;
                let mut state = self.state_mut();
                let revision = state.revision + 1;
                // Without news: who asks for them looks at everything again.
                *state = State { revision, ..fresh };
            }
            Changed::Accounts(keys) => {
                let places: HashSet<u32> = keys.iter().flat_map(|key| self.places(key)).collect();
                let mut places: Vec<u32> = places.into_iter().collect();
                places.sort_unstable();
                let mut found = Vec::new();
                for at in places {
                    let Some(key) = self.key(at) else { continue };
                    let entry = ledger.entry(&key)?.map(|(entry, _)| entry);
                    found.push((at, entry));
                }
                let mut state = self.state_mut();
                for (at, entry) in found {
                    let before = state.known.get(&at).map_or((0, 0), |known| known.version);
                    if before == entry.as_ref().map_or((0, 0), Entry::version) {
                        continue;
                    }
                    let c = &self.accounts[at as usize];
                    let words = in_words(entry.as_ref(), now);
                    state.put(at, entry.as_ref(), now);
                    state.tell(c.row, super::shown::called(c), words, "");
                }
            }
        }
        desk.watch = watch;
        Ok(())
    }
}

fn open(path: &Path) -> Result<Option<Ledger>, LedgerError> {
    match Ledger::open(path) {
        Ok(ledger) => {
            ledger.tidied_by_hand()?;
            Ok(Some(ledger))
        }
        Err(LedgerError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Places by the hash of id and of handle, sorted.
fn keys_of(accounts: &[Candidate]) -> Vec<(u64, u32)> {
    let mut keys = Vec::with_capacity(2 * accounts.len());
    for (at, c) in accounts.iter().enumerate() {
        if let Some(key) = Key::new(Some(&c.id), Some(&c.handle)) {
            keys.extend(key.id().map(|id| (hash_of(id), at as u32)));
            keys.extend(key.handle().map(|handle| (hash_of(&handle.to_lowercase()), at as u32)));
        }
    }
    keys.sort_unstable();
    keys
}

/// Places that have the id or the handle of a key, in the order of the queue.
fn places(keys: &[(u64, u32)], key: &Key) -> Vec<u32> {
    let handle = key.handle().map(str::to_lowercase);
    let mut places = Vec::new();
    for text in key.id().into_iter().chain(handle.as_deref()) {
        let hash = hash_of(text);
        let begin = keys.partition_point(|(other, _)| *other < hash);
        places.extend(keys[begin..].iter().take_while(|(other, _)| *other == hash).map(|(_, at)| *at));
    }
    places.sort_unstable();
    places.dedup();
    places
}

impl State {
    /// Looks up everybody, by the rules of the ledger: an id finds the account with it, or one that has no id and the
    /// same handle; a handle alone the account of the newest change with it.
    fn read(
        ledger: Option<&Ledger>,
        accounts: &[Candidate],
        keys: &[(u64, u32)],
        now: Timestamp,
    ) -> Result<State, ReviewError> {
        let stand = |c: &Candidate| match Key::new(Some(&c.id), Some(&c.handle)) {
            Some(_) => Stand::Open,
            None => Stand::Nobody,
        };
        let standings = accounts.iter().map(stand).collect();
        let mut state = State { standings, known: HashMap::new(), news: VecDeque::new(), revision: 0 };
        let Some(ledger) = ledger else { return Ok(state) };
        ledger.for_each_entry(|entry| {
            let Some(key) = Key::new(entry.id.as_deref(), entry.handle.as_deref()) else { return };
            let same_handle =
                |handle: &str| key.handle().is_some_and(|own| own.to_lowercase() == handle.to_lowercase());
            for at in places(keys, &key) {
                let c = &accounts[at as usize];
                let Some(own) = Key::new(Some(&c.id), Some(&c.handle)) else { continue };
                let by_id = own.id().is_some() && own.id() == key.id();
                let by_handle =
                    (own.id().is_none() || key.id().is_none()) && own.handle().is_some_and(same_handle);
                let better = state
                    .known
                    .get(&at)
                    .is_none_or(|known| by_id || !known.by_id && known.version.0 < entry.newest);
                if (by_id || by_handle) && better {
                    state.put(at, Some(&entry), now);
                    if let Some(known) = state.known.get_mut(&at) {
                        known.by_id = by_id;
                    }
                }
            }
        })?;
        Ok(state)
    }

    fn put(&mut self, at: u32, entry: Option<&Entry>, now: Timestamp) {
        self.standings[at as usize] = Stand::of(entry, now);
        match entry {
            Some(entry) => {
                let verdict = entry.decision.as_ref().map(|decision| decision.verdict);
                self.known.insert(at, Known { version: entry.version(), verdict, by_id: true });
            }
            None => {
                self.known.remove(&at);
            }
        }
    }

    fn tell(&mut self, row: u64, who: String, now: String, client: &str) {
        self.revision += 1;
        let revision = self.revision;
        self.news.push_back(News { revision, row, who, now, client: client.to_string() });
        if self.news.len() > NEWS {
            self.news.pop_front();
        }
    }
}

/// What stands of an account, in words.
fn in_words(entry: Option<&Entry>, now: Timestamp) -> String {
    let by = |who: &str| format!(" by {}", crate::safe::one_line(who, 40));
    match entry.map_or(Standing::Open, |entry| entry.standing(now)) {
        Standing::Open => "undecided".into(),
        Standing::Decided(decision) => format!("decided{}: {}", by(&decision.who), decision.verdict.name()),
        Standing::Due(decision) => format!("due again, {}{}", decision.verdict.name(), by(&decision.who)),
        Standing::Keep(mark) => format!("put on the keep list{}", by(&mark.who)),
        Standing::Never(mark) => format!("put on the never list{}", by(&mark.who)),
    }
}

/// A change in words.
fn told(change: &Change) -> String {
    let text = |text: &str| crate::safe::one_line(text, 60);
    match change {
        Change::Decide(verdict, _) => verdict.name().to_string(),
        Change::Tag(tag) => format!("tag {}", text(tag)),
        Change::Untag(tag) => format!("tag {} off", text(tag)),
        Change::Put(list) => format!("on the list {}", text(list)),
        Change::TakeOff(list) => format!("off the list {}", text(list)),
        Change::Note(_) => "a note".into(),
        Change::Keep(_) => "keep list".into(),
        Change::Never(_) => "never list".into(),
        Change::Lift => "off the keep and never lists".into(),
        Change::Seen(_) => "a rename".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::account::Account;
    use crate::screen::ledger::Index;

    fn candidate(row: u64, id: Option<&str>, handle: Option<&str>) -> Candidate {
        let account =
            Account { id: id.map(Into::into), handle: handle.map(Into::into), ..Account::default() };
        Candidate::new(row, &account, None, "ok".into())
    }

    fn key() -> impl Strategy<Value = (Option<&'static str>, Option<&'static str>)> {
        (
            proptest::option::of(proptest::sample::select(vec!["1", "2", "3"])),
            proptest::option::of(proptest::sample::select(vec!["anna", "Anna", "ben"])),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whatever was decided of ids and handles, in whatever order: the queue finds of each account what the ledger
        /// finds, and so does it one by one.
        #[test]
        fn everybody_is_found_as_the_ledger_finds_them(
            changes in proptest::collection::vec((key(), 0..5_usize), 0..8),
            list in proptest::collection::vec(key(), 1..8),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.ledger");
            let (mut ledger, _) = Ledger::open_or_make(&path).unwrap();
            for (at, ((id, handle), verdict)) in changes.into_iter().enumerate() {
                let Some(key) = Key::new(id, handle) else { continue };
                let change = Change::Decide(Verdict::ALL[verdict], None);
                let now = Timestamp::from_second(at as i64).unwrap();
                ledger.record(&key, &change, "anna", "", &Facts::default(), now).unwrap();
            }
            let accounts: Vec<Candidate> =
                list.iter().enumerate().map(|(at, (id, handle))| candidate(at as u64 + 1, *id, *handle)).collect();
            let now = Timestamp::from_second(1_000).unwrap();
            let state = State::read(Some(&ledger), &accounts, &keys_of(&accounts), now).unwrap();
            let index = Index::new(ledger.entries().unwrap());
            for (at, c) in accounts.iter().enumerate() {
                let known = state.known.get(&(at as u32));
                let found = index.find(&c.id, &c.handle).map(|at| &index.entries()[at]);
                prop_assert_eq!(known.map(|known| known.version), found.map(Entry::version), "{:?}", c);
                let Some(key) = Key::new(Some(&c.id), Some(&c.handle)) else {
                    prop_assert_eq!(state.standings[at], Stand::Nobody);
                    continue;
                };
                let alone = ledger.entry(&key).unwrap().map(|(entry, _)| entry.version());
                prop_assert_eq!(known.map(|known| known.version), alone, "{:?}", c);
                prop_assert_eq!(state.standings[at], Stand::of(found, now));
            }
        }
    }
}
