//! An account in words and numbers. Every text that came from outside is harmless here: nothing in it moves, hides or
//! reorders what a page or a terminal shows.

use serde::Serialize;

use super::link::{Link, no_link};
use super::session::{ReviewError, Session, Stand};
use crate::account::Timestamp;
use crate::model::Band;
use crate::safe::{one_line, visible};
use crate::screen::Candidate;
use crate::screen::ledger::{Entry, Verdict, what_changed};
use crate::words::{counted, day};

/// Characters of a bio that are shown; none is longer in any network.
const MOST_BIO: usize = 20_000;
/// Characters of other texts.
const MOST_LINE: usize = 2_000;
/// Accounts that look alike.
const MOST_ALIKE: usize = 8;

/// All that is shown of one account.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What stands in a list.
    #[serde(flatten)]
    pub brief: Brief,
    /// Id, as far as the file tells it.
    pub id: String,
    /// Place in the whole queue, from 1.
    pub place: usize,
    /// Self description; line feeds are kept.
    pub bio: Option<String>,
    /// Where the profile lies.
    pub link: Option<Link>,
    /// Why there is no link.
    pub no_link: Option<&'static str>,
    /// Counts, times and marks, each with its name.
    pub facts: Vec<Fact>,
    /// Why there is no score, for a row that could not be read.
    pub damage: Option<String>,
    /// What the band means.
    pub meaning: &'static str,
    /// Log-odds of being a bot.
    pub logit: Option<f64>,
    /// What the strongest features add.
    pub reasons: Vec<ShownReason>,
    /// What all else adds, the model's start included.
    pub rest: f64,
    /// How like the training accounts it is, in words.
    pub support: Option<String>,
    /// Is it unlike them?
    pub unlike: bool,
    /// What there is to see of it.
    pub kinds: Vec<ShownKind>,
    /// How it engages with you, in words.
    pub engagement: Option<String>,
    /// What stands in the ledger.
    pub past: Past,
    /// Accounts that look alike.
    pub alike: Vec<ShownAlike>,
    /// How many more do.
    pub alike_more: usize,
}

/// An account in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Brief {
    /// Row of the input.
    pub row: u64,
    /// What it is called: `@anna`, `id 12` or `row 3`.
    pub called: String,
    /// Display name.
    pub name: String,
    /// `genuine`, `look`, `spam` or `pending`.
    pub band: &'static str,
    /// Calibrated probability of being a bot; `None` where nothing is known.
    pub p_bot: Option<f64>,
    /// Main kind.
    pub kind: Option<&'static str>,
    /// Does it engage with you?
    pub engaged: bool,
    /// First words of the bio.
    pub bio_begin: String,
    /// `open`, `due`, `decided`, `keep`, `never`, or `nobody` where nothing can be decided.
    pub(super) stand: Stand,
    /// The decision that stands.
    pub verdict: Option<&'static str>,
}

impl Brief {
    /// Has it an id or a handle?
    pub(super) fn can_be_decided(&self) -> bool {
        self.stand != Stand::Nobody
    }
}

/// One fact.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is.
    pub what: &'static str,
    /// Its value in words.
    pub value: String,
}

/// One reason.
#[derive(Clone, Debug, Serialize)]
pub struct ShownReason {
    /// The fact.
    pub fact: String,
    /// Name of the feature.
    pub feature: String,
    /// Log-odds.
    pub contribution: f64,
}

/// One kind.
#[derive(Clone, Debug, Serialize)]
pub struct ShownKind {
    /// Its name.
    pub name: &'static str,
    /// Why.
    pub why: String,
}

/// What stands in the ledger.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Past {
    /// Which state this is: to be sent back with a change.
    pub version: (i64, u64),
    /// The decision.
    pub decision: Option<PastDecision>,
    /// Its place on the keep or never list.
    pub mark: Option<PastMark>,
    /// What changed since the decision.
    pub changed: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Lists that it is on.
    pub lists: Vec<String>,
    /// Notes.
    pub notes: Vec<PastNote>,
    /// Handles it had before.
    pub former: Vec<String>,
}

/// A decision.
#[derive(Clone, Debug, Serialize)]
pub struct PastDecision {
    /// What was decided.
    pub verdict: &'static str,
    /// By whom.
    pub by: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// The day of it.
    pub day: String,
    /// Why.
    pub why: String,
    /// The day to look again.
    pub look_again: Option<String>,
}

/// On the keep or never list.
#[derive(Clone, Debug, Serialize)]
pub struct PastMark {
    /// `keep` or `never`.
    pub list: &'static str,
    /// By whom.
    pub by: String,
    /// Since when, in seconds since 1970.
    pub at: i64,
    /// The day of it.
    pub day: String,
    /// Until when.
    pub until: Option<String>,
    /// Why, harmless; empty where nothing was said.
    pub why: String,
}

/// A note.
#[derive(Clone, Debug, Serialize)]
pub struct PastNote {
    /// What it says.
    pub text: String,
    /// By whom.
    pub by: String,
    /// The day of it.
    pub day: String,
}

/// One that looks alike.
#[derive(Clone, Debug, Serialize)]
pub struct ShownAlike {
    /// What stands in a list.
    #[serde(flatten)]
    pub brief: Brief,
    /// Why it looks alike.
    pub why: Vec<String>,
}

/// What an account is called, harmless.
pub(super) fn called(c: &Candidate) -> String {
    if !c.handle.is_empty() {
        format!("@{}", one_line(&c.handle, 60))
    } else if !c.id.is_empty() {
        format!("id {}", one_line(&c.id, 60))
    } else {
        format!("row {}", c.row)
    }
}

/// A text of several lines, harmless; what is beyond `most` characters is cut.
fn text(text: &str, most: usize) -> String {
    let short: String = text.chars().take(most + 1).collect();
    let cut = short.chars().count() > most;
    let short: String = short.chars().take(most).collect();
    let lines: Vec<String> =
        short.replace("\r\n", "\n").split(['\n', '\r']).map(|line| visible(line).into_owned()).collect();
    let mut out = lines.join("\n");
    if cut {
        out.push_str(" … (cut)");
    }
    out
}

pub(super) fn meaning(band: Band) -> &'static str {
    match band {
        Band::Genuine => "very likely a person",
        Band::Look => "not sure either way",
        Band::Spam => "very likely a bot: look before believing",
        Band::Pending => "too little is known to say anything",
    }
}

fn facts(c: &Candidate) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |what: &'static str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| Fact { what, value }));
    };
    let line = |text: &Option<Box<str>>| text.as_deref().map(|text| one_line(text, MOST_LINE));
    let empty = crate::screen::Profile::default();
    let p = c.profile.as_deref().unwrap_or(&empty);
    let then = p.previous.as_deref();
    let with_then = |now: Option<u64>, then: Option<u64>| {
        now.map(|now| match then.filter(|then| *then != now) {
            Some(then) => format!("{} (before: {})", counted(now), counted(then)),
            None => counted(now),
        })
    };
    add("Followers", with_then(c.followers, then.and_then(|then| then.followers)));
    add("Follows", with_then(c.following, then.and_then(|then| then.following)));
    add("Posts", with_then(c.posts, then.and_then(|then| then.posts)));
    add("Likes given", with_then(p.likes_given, then.and_then(|then| then.likes_given)));
    add("On lists", with_then(p.listed, then.and_then(|then| then.listed)));
    add(
        "Age",
        c.age_days.map(|days| {
            if days >= 730.0 {
                format!("{:.1} years", days / 365.25)
            } else {
                format!("{} days", counted(days.round_ties_even() as u64))
            }
        }),
    );
    add("Made on", p.created_at.map(day));
    add("Last post", p.last_post_at.map(day));
    add("Counts of", p.observed_at.map(day));
    add("Before", then.and_then(|then| then.at).map(day));
    add("Location", line(&p.location));
    add("Website", line(&p.website));
    add("Language", line(&p.language));
    let marks: Vec<&str> = [
        (c.you_follow, "you follow it"),
        (p.verified, "verified"),
        (p.protected, "posts are protected"),
        (p.default_image, "picture never changed"),
        (p.declared_bot, "says it is automated"),
    ]
    .into_iter()
    .filter_map(|(flag, words)| flag.filter(|flag| *flag).map(|_| words))
    .collect();
    add("Marks", Some(marks.join(", ")));
    facts
}

fn past(entry: Option<&Entry>, now: &crate::screen::ledger::Facts, at: Timestamp) -> Past {
    let Some(entry) = entry else { return Past::default() };
    let name = |text: &str| one_line(text, 100);
    let mark = |list: &'static str, mark: &Option<crate::screen::ledger::Mark>| {
        mark.as_ref().filter(|mark| mark.holds(at)).map(|mark| PastMark {
            list,
            by: name(&mark.who),
            at: mark.at.as_second(),
            day: day(mark.at),
            until: mark.until.map(day),
            why: visible(&mark.why).into_owned(),
        })
    };
    Past {
        version: entry.version(),
        decision: entry.decision.as_ref().map(|d| PastDecision {
            verdict: d.verdict.name(),
            by: name(&d.who),
            at: d.at.as_second(),
            day: day(d.at),
            why: text(&d.why, MOST_LINE),
            look_again: d.look_again.map(day),
        }),
        mark: mark("never", &entry.never).or_else(|| mark("keep", &entry.keep)),
        changed: entry.decision.as_ref().map_or_else(Vec::new, |d| {
            what_changed(&d.facts, now).iter().map(|words| one_line(words, MOST_LINE)).collect()
        }),
        tags: entry.tags.iter().map(|tag| name(tag)).collect(),
        lists: entry.lists.iter().map(|list| name(list)).collect(),
        notes: entry
            .notes
            .iter()
            .map(|note| PastNote {
                text: text(&note.text, MOST_LINE),
                by: name(&note.who),
                day: day(note.at),
            })
            .collect(),
        former: entry.former_handles.iter().map(|handle| name(handle)).collect(),
    }
}

impl Session {
    /// An account for a list.
    ///
    /// # Errors
    /// Where the queue has no such row.
    pub fn brief(&self, row: u64) -> Result<Brief, ReviewError> {
        Ok(self.brief_at(self.place(row)?))
    }

    fn brief_at(&self, at: u32) -> Brief {
        let c = &self.accounts[at as usize];
        let (stand, verdict) = self.stand(at);
        let bio = c.profile.as_ref().and_then(|profile| profile.bio.as_deref()).unwrap_or_default();
        Brief {
            row: c.row,
            called: called(c),
            name: one_line(&c.name, 60),
            band: c.band().name(),
            p_bot: c.score.as_ref().filter(|score| score.features_known > 0).map(|score| score.p_bot),
            kind: c.kinds.first().map(|(kind, _)| kind.name()),
            engaged: c.points() > 0.0,
            bio_begin: one_line(&bio.chars().take(400).collect::<String>(), 120),
            stand,
            verdict: verdict.map(Verdict::name),
        }
    }

    /// All that is shown of an account.
    ///
    /// # Errors
    /// Where the queue has no such row.
    pub fn shown(&self, row: u64) -> Result<Shown, ReviewError> {
        let at = self.place(row)?;
        let c = &self.accounts[at as usize];
        let profile = c.profile.as_deref();
        let score = c.score.as_ref().filter(|score| score.features_known > 0);
        let reasons: Vec<ShownReason> = score.map_or_else(Vec::new, |score| {
            let reasons = score.reasons.iter().map(|reason| ShownReason {
                fact: one_line(&reason.fact, MOST_LINE),
                feature: reason.feature.to_string(),
                contribution: reason.contribution,
            });
            reasons.collect()
        });
        let network = profile.and_then(|profile| profile.network);
        let link = Link::of(network, &c.id, &c.handle, &self.site);
        let told: f64 = reasons.iter().map(|reason| reason.contribution).sum();
        let (found, alike_more) = self.alike.of(&self.accounts, at, MOST_ALIKE);
        let entry = self.entry(at)?;
        let mut brief = self.brief_at(at);
        if brief.stand != Stand::Nobody {
            // What is shown beside it may be newer than what is in memory.
            brief.stand = Stand::of(entry.as_ref(), self.today());
        }
        Ok(Shown {
            brief,
            id: one_line(&c.id, 200),
            place: at as usize + 1,
            bio: profile.and_then(|profile| profile.bio.as_deref()).map(|bio| text(bio, MOST_BIO)),
            no_link: link.is_none().then(|| no_link(network, &c.handle, &self.site)),
            link,
            facts: facts(c),
            damage: c.score.is_none().then(|| one_line(&c.status, MOST_LINE)),
            meaning: meaning(c.band()),
            logit: score.map(|score| score.logit),
            rest: score.map_or(0.0, |score| score.logit - told),
            reasons,
            support: score.and_then(|score| score.support).map(|support| {
                format!("{:.1} % of the training accounts were at least as unusual", support * 100.0)
            }),
            unlike: score.is_some_and(|score| score.unlike_training()),
            kinds: c
                .kinds
                .iter()
                .map(|(kind, why)| ShownKind { name: kind.name(), why: one_line(why, MOST_LINE) })
                .collect(),
            engagement: c
                .engagement
                .as_ref()
                .filter(|engagement| engagement.points > 0.0)
                .map(|engagement| one_line(&engagement.reason(), MOST_LINE)),
            past: past(entry.as_ref(), &self.facts(c), self.today()),
            alike: found
                .into_iter()
                .map(|one| ShownAlike { brief: self.brief_at(one.at), why: one.why })
                .collect(),
            alike_more,
        })
    }
}
