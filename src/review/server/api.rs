//! What the page asks of the session, and the answers: JSON in, JSON out.
//!
//! | question | asked for |
//! |---|---|
//! | `enter` | the token, for the ticket that works once |
//! | `start` | what the list is, how far it is gone through |
//! | `pulse` | what was changed since, by anybody |
//! | `list` | a part of the queue |
//! | `account` | one account |
//! | `step` | the next account, or the one before |
//! | `change` | write one decision, tag, note or mark of one account, and the account that comes next |
//! | `undo` | take one change back |
//!
//! There is no question that changes more than one account.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::filter::Filter;
use super::super::session::{Kept, ReviewError, Session, Step};
use super::guard::{Guard, Refused};
use crate::model::Band;
use crate::screen::Kind;
use crate::screen::ledger::{Change, LedgerError, Verdict, Version};

pub(super) const ENTER: &str = "enter";

const QUESTIONS: [&str; 8] = [ENTER, "start", "pulse", "list", "account", "step", "change", "undo"];

/// Accounts of a list at once.
const MOST: usize = 200;

pub(super) fn is_known(question: &str) -> bool {
    QUESTIONS.contains(&question)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enter {
    once: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pulse {
    since: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    from: usize,
    #[serde(default)]
    most: Option<usize>,
    /// Instead of `from`: the part in which this row stands.
    #[serde(default)]
    around: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    row: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepTo {
    #[serde(default)]
    filter: Filter,
    row: Option<u64>,
    step: Step,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MakeChange {
    row: u64,
    change: Wanted,
    #[serde(default)]
    why: String,
    seen: Version,
    client: String,
    /// Which account comes next, after a decision or a mark.
    #[serde(default)]
    filter: Filter,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    Decide(String),
    Tag(String),
    Untag(String),
    Put(String),
    TakeOff(String),
    Note(String),
    Mark(Mark),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mark {
    Keep,
    Never,
    Lift,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Undo {
    #[serde(default)]
    number: Option<i64>,
    client: String,
}

impl Wanted {
    fn change(self, session: &Session) -> Result<Change, Refused> {
        Ok(match self {
            Wanted::Decide(name) => {
                // Only the names themselves: a page sends nothing else.
                let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.name() == name);
                let verdict = verdict.ok_or_else(|| {
                    Refused::bad("expected a decision: follow-back, list, pending, skip or spam")
                })?;
                session.decision(verdict).map_err(refused)?
            }
            Wanted::Tag(tag) => Change::Tag(tag.trim().to_string()),
            Wanted::Untag(tag) => Change::Untag(tag),
            Wanted::Put(list) => Change::Put(list.trim().to_string()),
            Wanted::TakeOff(list) => Change::TakeOff(list),
            Wanted::Note(text) => Change::Note(text),
            Wanted::Mark(Mark::Keep) => Change::Keep(None),
            Wanted::Mark(Mark::Never) => Change::Never(None),
            Wanted::Mark(Mark::Lift) => Change::Lift,
        })
    }
}

fn refused(error: ReviewError) -> Refused {
    let status = match &error {
        ReviewError::NoRow(_) => StatusCode::NOT_FOUND,
        ReviewError::Ledger(LedgerError::Refused { .. })
        | ReviewError::NoKey(_)
        | ReviewError::NothingToUndo
        | ReviewError::TakenBackElsewhere(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ReviewError::Ledger(_) | ReviewError::Date => StatusCode::SERVICE_UNAVAILABLE,
    };
    let code = if status == StatusCode::SERVICE_UNAVAILABLE { "ledger" } else { "refused" };
    Refused::new(status, code, error.to_string())
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body)
        .map_err(|error| Refused::bad(crate::safe::one_line(&format!("not understood: {error}"), 300)))
}

fn written(value: &impl Serialize) -> Result<Vec<u8>, Refused> {
    let mut json = Vec::new();
    crate::safe::json_line(&mut json, value).map_err(|_| Refused::broken())?;
    Ok(json)
}

/// Tabs are told apart by a word that they choose.
fn client(word: &str) -> &str {
    if word.len() <= 40 && word.bytes().all(|b| b.is_ascii_alphanumeric()) { word } else { "" }
}

/// Answers a question that may be asked.
pub(super) fn answer(
    question: &str,
    body: &[u8],
    session: &Session,
    guard: &Guard,
) -> Result<Vec<u8>, Refused> {
    match question {
        ENTER => {
            let Enter { once } = read(body)?;
            written(&json!({ "token": guard.exchange(&once)? }))
        }
        "start" => start(session),
        "pulse" => {
            let Pulse { since } = read(body)?;
            session.catch_up().map_err(refused)?;
            let (revision, news) = session.news(since);
            written(&json!({ "revision": revision, "news": news, "progress": session.progress() }))
        }
        "list" => list(session, &read(body)?),
        "account" => {
            let One { row } = read(body)?;
            written(
                &json!({ "account": session.shown(row).map_err(refused)?, "progress": session.progress() }),
            )
        }
        "step" => {
            let StepTo { filter, row, step } = read(body)?;
            let (total, _) = session.list(&filter, 0, 0);
            let found = session.step(&filter, row, step);
            let account = found.map(|(row, _)| session.shown(row)).transpose().map_err(refused)?;
            written(&json!({
                "account": account, "round": found.is_some_and(|(_, round)| round), "total": total,
                "progress": session.progress(),
            }))
        }
        "change" => change(session, read(body)?),
        "undo" => {
            let Undo { number, client: word } = read(body)?;
            let Kept { row, told, number, .. } = session.undo(number, client(&word)).map_err(refused)?;
            written(&json!({
                "told": told, "number": number, "account": session.shown(row).map_err(refused)?,
                "progress": session.progress(),
            }))
        }
        _ => Err(Refused::unknown()),
    }
}

/// Accounts that are due and gone from the list, of whom the page tells the names.
const GONE: usize = 50;

fn start(session: &Session) -> Result<Vec<u8>, Refused> {
    let (revision, _) = session.news(0);
    let count = |test: &dyn Fn(&crate::screen::Candidate) -> bool| {
        session.accounts.iter().filter(|c| test(c)).count()
    };
    let bands = Band::ALL.map(|band| json!({ "name": band.name(), "count": count(&|c| c.band() == band) }));
    let kinds = Kind::ALL.map(|kind| {
        json!({ "name": kind.name(), "count": count(&|c| c.kinds.iter().any(|(found, _)| *found == kind)) })
    });
    let look_again: serde_json::Map<String, serde_json::Value> = Verdict::ALL
        .into_iter()
        .map(|verdict| (verdict.name().into(), session.days(verdict).into()))
        .collect();
    written(&json!({
        "title": session.title,
        "who": crate::safe::one_line(session.who(), 60),
        "ledger": crate::safe::visible(&session.ledger().display().to_string()),
        "model": crate::safe::one_line(&session.scorer.model().name, 60),
        "prevalence": session.scorer.prevalence(),
        "version": env!("CARGO_PKG_VERSION"),
        "left_out": session.left_out(),
        "gone": session.gone().iter().take(GONE).collect::<Vec<_>>(),
        "gone_more": session.gone().len().saturating_sub(GONE),
        "progress": session.progress(),
        "revision": revision,
        "show": session.show,
        "bands": bands,
        "kinds": kinds,
        "look_again": look_again,
    }))
}

fn list(session: &Session, asked: &List) -> Result<Vec<u8>, Refused> {
    let most = asked.most.unwrap_or(100).clamp(1, MOST);
    let from = match asked.around {
        Some(row) => session.before(&asked.filter, row) / most * most,
        None => asked.from,
    };
    let (total, rows) = session.list(&asked.filter, from, most);
    let items: Result<Vec<_>, _> = rows.into_iter().map(|row| session.brief(row)).collect();
    let items = items.map_err(refused)?;
    written(&json!({ "total": total, "from": from, "items": items, "progress": session.progress() }))
}

fn change(session: &Session, asked: MakeChange) -> Result<Vec<u8>, Refused> {
    let change = asked.change.change(session)?;
    let goes_on = matches!(change, Change::Decide(..) | Change::Keep(_) | Change::Never(_));
    let kept =
        session.change(asked.row, &change, &asked.why, asked.seen, client(&asked.client)).map_err(refused)?;
    let account = session.shown(asked.row).map_err(refused)?;
    let found =
        if goes_on && kept.kept { session.step(&asked.filter, Some(asked.row), Step::Next) } else { None };
    let next = found.map(|(row, _)| session.shown(row)).transpose().map_err(refused)?;
    let (total, _) = session.list(&asked.filter, 0, 0);
    written(&json!({
        "kept": kept.kept, "number": kept.number, "told": kept.told, "account": account, "next": next,
        "round": found.is_some_and(|(_, round)| round), "total": total, "progress": session.progress(),
    }))
}
