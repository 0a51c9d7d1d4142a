//! One change of the ledger.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};

use crate::account::{Account, Timestamp};
use crate::model::Band;

/// What a person decided of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Follow it back (by hand, in the network's own site).
    FollowBack,
    /// Put it on a list instead.
    List,
    /// Cannot be told yet.
    Pending,
    /// Leave it alone.
    Skip,
    /// It is spam.
    Spam,
}

impl Verdict {
    /// All of them, in the order they are shown.
    pub const ALL: [Verdict; 5] =
        [Verdict::FollowBack, Verdict::List, Verdict::Pending, Verdict::Skip, Verdict::Spam];

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::FollowBack => "follow-back",
            Verdict::List => "list",
            Verdict::Pending => "pending",
            Verdict::Skip => "skip",
            Verdict::Spam => "spam",
        }
    }

    /// The verdict of a name; letter case, `_` and space for `-` do not count.
    pub fn parse(text: &str) -> Option<Verdict> {
        let text = text.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        Verdict::ALL.into_iter().find(|verdict| verdict.name() == text)
    }

    /// Days until one should look again, unless another date is given: a month where it could not be told, half a
    /// year elsewhere.
    pub fn look_again_days(self) -> i64 {
        if self == Verdict::Pending { 30 } else { 180 }
    }
}

/// What is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A decision, and when to look again (`None`: never).
    Decide(Verdict, Option<Timestamp>),
    /// A tag put on.
    Tag(String),
    /// A tag taken off.
    Untag(String),
    /// Put on a list with this name.
    Put(String),
    /// Taken off the list.
    TakeOff(String),
    /// A note.
    Note(String),
    /// On the keep list, until a date where one is given: a sure friend, not shown again.
    Keep(Option<Timestamp>),
    /// On the never list, until a date where one is given: never to be suggested.
    Never(Option<Timestamp>),
    /// Off both the keep and the never list.
    Lift,
    /// Seen with this handle.
    Seen(String),
}

impl Change {
    /// Names of all kinds in files.
    pub(super) const KINDS: &'static str =
        "decide, tag, untag, put, take-off, note, keep, never, lift or seen";

    /// Kind, value and date, as they are kept.
    pub(super) fn parts(&self) -> (&'static str, &str, Option<Timestamp>) {
        match self {
            Change::Decide(verdict, again) => ("decide", verdict.name(), *again),
            Change::Tag(tag) => ("tag", tag, None),
            Change::Untag(tag) => ("untag", tag, None),
            Change::Put(list) => ("put", list, None),
            Change::TakeOff(list) => ("take-off", list, None),
            Change::Note(text) => ("note", text, None),
            Change::Keep(until) => ("keep", "", *until),
            Change::Never(until) => ("never", "", *until),
            Change::Lift => ("lift", "", None),
            Change::Seen(handle) => ("seen", handle, None),
        }
    }

    /// The change that these parts mean; the error says what would do instead of `kind` or `value`.
    pub(super) fn of(kind: &str, value: &str, until: Option<Timestamp>) -> Result<Change, &'static str> {
        let some = |make: fn(String) -> Change| {
            if value.trim().is_empty() {
                Err("a text that is not empty")
            } else {
                Ok(make(value.to_string()))
            }
        };
        match kind {
            "decide" => Verdict::parse(value)
                .map(|verdict| Change::Decide(verdict, until))
                .ok_or("follow-back, list, pending, skip or spam"),
            "tag" => some(Change::Tag),
            "untag" => some(Change::Untag),
            "put" => some(Change::Put),
            "take-off" => some(Change::TakeOff),
            "note" => some(Change::Note),
            "keep" => Ok(Change::Keep(until)),
            "never" => Ok(Change::Never(until)),
            "lift" => Ok(Change::Lift),
            "seen" => some(Change::Seen),
            _ => Err(Change::KINDS),
        }
    }
}

/// What was known of the account when the change was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Its handle then.
    pub handle: Option<String>,
    /// Calibrated probability of being a bot.
    pub p_bot: Option<f64>,
    /// Its band.
    pub band: Option<Band>,
    /// Share of bots at which `p_bot` was meant.
    pub prevalence: Option<f64>,
    /// Name of the model.
    pub model: Option<String>,
    /// SHA-256 of the model's file, in hexadecimal digits.
    pub model_sha256: Option<String>,
    /// Accounts that followed it.
    pub followers: Option<u64>,
    /// Accounts it followed.
    pub following: Option<u64>,
    /// Its posts.
    pub posts: Option<u64>,
    /// When the counts were true.
    pub observed_at: Option<Timestamp>,
}

impl Facts {
    /// Handle and counts of an account; without a score.
    pub fn of(account: &Account<'_>) -> Facts {
        Facts {
            handle: account.handle.as_deref().map(str::to_string),
            followers: account.followers,
            following: account.following,
            posts: account.posts,
            observed_at: account.observed_at,
            ..Facts::default()
        }
    }
}

/// A change with all that is kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number in this ledger, from 1, never used twice.
    pub number: i64,
    /// Id of the account, where it is known.
    pub id: Option<String>,
    /// Last seen handle of the account.
    pub handle_now: Option<String>,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub who: String,
    /// What was changed.
    pub change: Change,
    /// Why, in words.
    pub why: String,
    /// What was known then.
    pub facts: Facts,
    /// When it was taken back, and by whom.
    pub undone: Option<(Timestamp, String)>,
}

/// The columns of an event in the order of [`Event::from_row`]; `e` is the event, `a` its account.
pub(super) const COLUMNS: &str = "e.number, a.id, a.handle, e.at, e.who, e.kind, e.value, e.until, e.why, \
    e.handle, e.p_bot, e.band, e.prevalence, e.model, e.model_sha256, e.followers, e.following, e.posts, \
    e.observed_at, e.undone_at, e.undone_by";

impl Event {
    /// Reads the [`COLUMNS`].
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Event> {
        let until = row.get::<_, Option<Time>>(7)?.map(|time| time.0);
        let kind: String = row.get(5)?;
        let value: String = row.get(6)?;
        let change = Change::of(&kind, &value, until)
            .map_err(|_| rusqlite::Error::InvalidColumnType(5, kind, rusqlite::types::Type::Text))?;
        let band =
            match row.get::<_, Option<String>>(11)? {
                None => None,
                Some(name) => Some(band_of(&name).ok_or_else(|| {
                    rusqlite::Error::InvalidColumnType(11, name, rusqlite::types::Type::Text)
                })?),
            };
        let undone = row.get::<_, Option<Time>>(19)?;
        Ok(Event {
            number: row.get(0)?,
            id: row.get(1)?,
            handle_now: row.get(2)?,
            at: row.get::<_, Time>(3)?.0,
            who: row.get(4)?,
            change,
            why: row.get(8)?,
            facts: Facts {
                handle: row.get(9)?,
                p_bot: row.get(10)?,
                band,
                prevalence: row.get(12)?,
                model: row.get(13)?,
                model_sha256: row.get(14)?,
                followers: row.get::<_, Option<Count>>(15)?.map(|n| n.0),
                following: row.get::<_, Option<Count>>(16)?.map(|n| n.0),
                posts: row.get::<_, Option<Count>>(17)?.map(|n| n.0),
                observed_at: row.get::<_, Option<Time>>(18)?.map(|time| time.0),
            },
            undone: match undone {
                Some(at) => Some((at.0, row.get::<_, Option<String>>(20)?.unwrap_or_default())),
                None => None,
            },
        })
    }
}

/// The band of a name.
pub(super) fn band_of(name: &str) -> Option<Band> {
    Band::ALL.into_iter().find(|band| band.name() == name)
}

/// A time as whole seconds since 1970.
pub(super) struct Time(pub Timestamp);

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_second().into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Time> {
        let seconds = value.as_i64()?;
        Timestamp::from_second(seconds).map(Time).map_err(|_| FromSqlError::OutOfRange(seconds))
    }
}

/// A count. SQLite's integers end at 2^63 - 1; a greater one, which only nonsense reaches, is kept as text.
pub(super) struct Count(pub u64);

impl ToSql for Count {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match i64::try_from(self.0) {
            Ok(n) => n.into(),
            Err(_) => ToSqlOutput::Owned(Value::Text(self.0.to_string())),
        })
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Count> {
        match value {
            ValueRef::Integer(n) => u64::try_from(n).map(Count).map_err(|_| FromSqlError::OutOfRange(n)),
            other => other.as_str()?.parse().map(Count).map_err(|_| FromSqlError::InvalidType),
        }
    }
}
