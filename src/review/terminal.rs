//! The queue in a terminal: one account at a time, the keys of the page.
//!
//! Every text goes through [`Shown`], where it is made harmless, and is cut to the width of the screen here. The terminal
//! is put back as it was when the review ends, also by an error or a panic.

mod signals;

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::{cursor, queue, terminal};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::filter::{Filter, Show};
use super::session::{ReviewError, Session, Step};
use super::shown::{Fact, Shown};
use crate::safe::one_line;
use crate::screen::ledger::{Change, Verdict};
use crate::words::counted;
use signals::Signals;

/// What can go wrong with a terminal.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum TerminalError {
    #[error(
        "--terminal needs a terminal for input and output, and {0} is none\n  leave it out to review in the browser"
    )]
    None(&'static str),
    #[error("the terminal: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Review(#[from] ReviewError),
}

/// Are standard input and output a terminal?
///
/// # Errors
/// Where one of them is none.
pub fn check() -> Result<(), TerminalError> {
    if !io::stdin().is_terminal() {
        return Err(TerminalError::None("standard input"));
    }
    if !io::stdout().is_terminal() {
        return Err(TerminalError::None("standard output"));
    }
    Ok(())
}

/// Others' changes are looked for while no key is pressed.
const PULSE: Duration = Duration::from_secs(1);
/// A signal to end is heeded within this time.
const WAKE: Duration = Duration::from_millis(250);

/// Goes through the queue until the person ends it. `open` opens an address in a browser; `false` where there is none.
///
/// # Errors
/// Where there is no terminal, or the ledger cannot be read.
pub fn run(session: &Session, open: fn(&str) -> bool) -> Result<(), TerminalError> {
    check()?;
    let usual = std::panic::take_hook();
    // A message in the alternate screen would go with it.
    std::panic::set_hook(Box::new(|told| {
        put_back();
        eprintln!("{told}");
    }));
    // Before the screen is ours, or a signal would leave it as we had it.
    let signals = Signals::heed()?;
    let result = Screen::open().and_then(|_screen| Desk::new(session, open).work(&|| signals.ended()));
    std::panic::set_hook(usual);
    result
}

/// The terminal while it is ours.
struct Screen;

impl Screen {
    fn open() -> Result<Screen, TerminalError> {
        terminal::enable_raw_mode()?;
        let screen = Screen;
        queue!(io::stdout(), terminal::EnterAlternateScreen, event::EnableBracketedPaste, cursor::Hide)?;
        io::stdout().flush()?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        put_back();
    }
}

fn put_back() {
    let mut out = io::stdout();
    let _ = queue!(
        out,
        SetAttribute(Attribute::Reset),
        event::DisableBracketedPaste,
        cursor::Show,
        terminal::LeaveAlternateScreen
    );
    let _ = out.flush();
    let _ = terminal::disable_raw_mode();
}

/// What a line that is typed is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typed {
    Tag,
    Note,
    List,
    /// A reason for what is decided next.
    Why,
    Text,
}

/// One line on the screen.
struct Line(String, Attribute);

struct Desk<'s> {
    session: &'s Session,
    open: fn(&str) -> bool,
    filter: Filter,
    account: Option<Shown>,
    message: String,
    /// Lines of the account that are scrolled past.
    past: usize,
    help: bool,
    typing: Option<(Typed, String)>,
    /// The reason for what is decided next of the account of this row.
    because: Option<(u64, String)>,
    revision: u64,
    /// The key pressed last, and when.
    last: Option<(KeyCode, Instant)>,
    /// A key that was pressed once more, and may be the first of those of a key that is held down.
    again: Option<(KeyEvent, Instant)>,
}

/// The same key sooner than a finger can press it again is a key that is held down.
const HELD: Duration = Duration::from_millis(100);
/// A key that is held down comes again after at most so long, and then quickly.
const REPEATS: Duration = Duration::from_millis(1_200);

/// What the keys mean; the days are those of the policy.
fn help(days: impl Fn(Verdict) -> i64) -> Vec<String> {
    let again = |verdict| format!("again in {} days", days(verdict));
    let mut lines = vec![
        "Every decision is about the one account on the screen, and in the ledger before".to_string(),
        "the screen says so. Nothing here follows, unfollows or blocks anyone.".to_string(),
        format!("  f      follow back: do it yourself, on the network; {}", again(Verdict::FollowBack)),
        format!("  l      list: on a list of yours instead, m names it; {}", again(Verdict::List)),
        format!("  p      pending: cannot be told yet; {}", again(Verdict::Pending)),
        format!("  s      skip: leave it alone; {}", again(Verdict::Skip)),
        format!("  x      spam: not to be followed back; {}", again(Verdict::Spam)),
    ];
    lines.extend(HELP.iter().map(|line| (*line).to_string()));
    lines
}

const HELP: &[&str] = &[
    "  u      undo: takes your newest change back, and goes there",
    "  j k    next, back, without deciding; so do the arrows left and right",
    "  + -    keep list (a sure friend), never list (not to be suggested)",
    "  w      why: a reason, kept with your next decision or mark of this account",
    "  t n    tag, note",
    "  o      open the profile in a browser, where there is one",
    "  /      only accounts with a text in handle, name, bio, place; empty: all",
    "  v      show who is left, due again, decided, everybody",
    "  up, down, PgUp, PgDn   the rest of an account that is longer than the screen",
    "  ?      this help",
    "  q, Ctrl-C   end; everything decided is in the ledger",
];

/// The key, in small letters.
fn code_of(key: KeyEvent) -> KeyCode {
    match key.code {
        KeyCode::Char(c) => KeyCode::Char(c.to_ascii_lowercase()),
        code => code,
    }
}

/// Keys that change nothing, and may be held down.
fn moves(code: KeyCode) -> bool {
    !matches!(code, KeyCode::Char(c) if !matches!(c, 'q' | '?' | 'j' | 'k' | ' ' | '/' | 'v'))
}

impl<'s> Desk<'s> {
    fn new(session: &'s Session, open: fn(&str) -> bool) -> Desk<'s> {
        Desk {
            session,
            open,
            filter: Filter { show: session.show, ..Filter::default() },
            account: None,
            message: format!("You are {}. Press ? for the keys.", one_line(session.who(), 40)),
            past: 0,
            help: false,
            typing: None,
            because: None,
            revision: session.news(0).0,
            last: None,
            again: None,
        }
    }

    fn work(&mut self, ended: &dyn Fn() -> bool) -> Result<(), TerminalError> {
        self.go(None, Step::Next)?;
        let (mut looked, mut stale) = (Instant::now(), true);
        loop {
            if std::mem::replace(&mut stale, true) {
                self.draw()?;
            }
            let patience = self.again.map_or(WAKE, |(_, at)| HELD.saturating_sub(at.elapsed()));
            let came = event::poll(patience)?;
            if ended() {
                return Ok(());
            }
            if !came {
                if let Some((key, _)) = self.again.take_if(|(_, at)| at.elapsed() >= HELD) {
                    self.press(key)?;
                } else if looked.elapsed() >= PULSE {
                    self.pulse()?;
                    looked = Instant::now();
                } else {
                    stale = false;
                }
                continue;
            }
            let goes_on = match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key)?,
                // What is pasted is words, never keys.
                Event::Paste(text) => {
                    if let Some((_, typed)) = &mut self.typing {
                        typed.extend(text.chars().filter(|c| !c.is_control()).take(2_000));
                    }
                    true
                }
                _ => true,
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Looks what others did.
    fn pulse(&mut self) -> Result<(), TerminalError> {
        self.session.catch_up()?;
        let (revision, news) = self.session.news(self.revision);
        if revision == self.revision {
            return Ok(());
        }
        self.revision = revision;
        let Some(row) = self.account.as_ref().map(|account| account.brief.row) else { return Ok(()) };
        let here = news.as_ref().and_then(|news| news.iter().rev().find(|news| news.row == row));
        if let Some(here) = here {
            self.message = format!("Changed while you looked: {} is {}.", here.who, here.now);
        } else if let Some(last) = news.as_ref().and_then(|news| news.last()) {
            self.message = format!("{} was {}.", last.who, last.now);
        }
        self.account = Some(self.session.shown(row)?);
        Ok(())
    }

    fn show(&mut self, row: u64) -> Result<(), TerminalError> {
        self.account = Some(self.session.shown(row)?);
        self.past = 0;
        self.revision = self.session.news(self.revision).0;
        Ok(())
    }

    fn go(&mut self, from: Option<u64>, step: Step) -> Result<(), TerminalError> {
        match self.session.step(&self.filter, from, step) {
            Some((row, round)) => {
                self.show(row)?;
                if round {
                    self.message = "Past the end of the queue: round again.".into();
                }
            }
            // Who was shown stays, unless it was decided.
            None => {
                let (total, _) = self.session.list(&self.filter, 0, 0);
                if total == 0 {
                    self.account = None;
                } else {
                    self.message = "There is no other account here.".into();
                }
            }
        }
        Ok(())
    }

    /// `false` where it is to end.
    fn key(&mut self, key: KeyEvent) -> Result<bool, TerminalError> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return Ok(false);
        }
        if self.typing.is_some() {
            self.type_key(key)?;
            return Ok(true);
        }
        if control || key.modifiers.contains(KeyModifiers::ALT) {
            return Ok(true);
        }
        if self.help {
            self.help = false;
            return Ok(!matches!(key.code, KeyCode::Char('q')));
        }
        if !moves(code_of(key)) {
            return self.weighed(key).map(|()| true);
        }
        if let Some((waiting, _)) = self.again.take() {
            self.press(waiting)?;
        }
        self.last = Some((key.code, Instant::now()));
        self.press(key)
    }

    /// A key that is held down is no row of decisions. Few terminals tell; the others repeat it, first after a while and
    /// then quickly. So a key that is pressed once more counts only where no third follows quickly.
    fn weighed(&mut self, key: KeyEvent) -> Result<(), TerminalError> {
        let now = Instant::now();
        let last = self.last.replace((key.code, now)).filter(|(code, _)| *code == key.code);
        let since = last.map(|(_, at)| now.duration_since(at));
        if let Some((waiting, _)) = self.again.take()
            && (waiting.code != key.code || since.is_some_and(|since| since >= HELD))
        {
            self.press(waiting)?;
        }
        if key.kind == KeyEventKind::Repeat || since.is_some_and(|since| since < HELD) {
            return Ok(());
        }
        if since.is_some_and(|since| since < REPEATS) {
            self.again = Some((key, now));
            return Ok(());
        }
        self.press(key).map(drop)
    }

    /// Does what a key is for; `false` where it is to end.
    fn press(&mut self, key: KeyEvent) -> Result<bool, TerminalError> {
        let row = self.account.as_ref().map(|account| account.brief.row);
        match code_of(key) {
            KeyCode::Char('q') => return Ok(false),
            KeyCode::Char('?') => self.help = true,
            KeyCode::Char('j') | KeyCode::Right => self.go(row, Step::Next)?,
            KeyCode::Char('k') | KeyCode::Left => self.go(row, Step::Previous)?,
            KeyCode::Down => self.past += 1,
            KeyCode::Up => self.past = self.past.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.past += 10,
            KeyCode::PageUp => self.past = self.past.saturating_sub(10),
            KeyCode::Home => self.past = 0,
            KeyCode::Char('/') => self.typing = Some((Typed::Text, self.filter.text.clone())),
            KeyCode::Char('v') => {
                self.filter.show = match self.filter.show {
                    Show::Left => Show::Due,
                    Show::Due => Show::Decided,
                    Show::Decided => Show::All,
                    Show::All => Show::Left,
                };
                self.filtered()?;
            }
            KeyCode::Char('u') => self.undo()?,
            KeyCode::Char('o') => {
                let why =
                    self.account.as_ref().and_then(|account| account.no_link).unwrap_or("Nobody is here");
                let link = self.account.as_ref().and_then(|account| account.link.clone());
                self.message = match link {
                    Some(link) if (self.open)(&link.url) => format!("Opened {}", link.url),
                    Some(link) => format!("There is no browser here; its address is {}", link.url),
                    None => format!("{why}."),
                };
            }
            KeyCode::Char(c @ ('t' | 'n' | 'm' | 'w')) if self.decidable() => {
                let what = match c {
                    't' => Typed::Tag,
                    'n' => Typed::Note,
                    'w' => Typed::Why,
                    _ => Typed::List,
                };
                self.typing = Some((what, String::new()));
            }
            KeyCode::Char('+') => self.change(&Change::Keep(None))?,
            KeyCode::Char('-') => self.change(&Change::Never(None))?,
            KeyCode::Char(c) => {
                let verdict = match c {
                    'f' => Verdict::FollowBack,
                    'l' => Verdict::List,
                    'p' => Verdict::Pending,
                    's' => Verdict::Skip,
                    'x' => Verdict::Spam,
                    _ => return Ok(true),
                };
                self.change(&self.session.decision(verdict)?)?;
            }
            _ => {}
        }
        Ok(true)
    }

    fn decidable(&mut self) -> bool {
        let can = self.account.as_ref().is_some_and(|account| account.brief.can_be_decided());
        if !can && self.account.is_some() {
            self.message =
                "Neither id nor handle: there is nothing to remember a decision by. j goes on.".into();
        }
        can
    }

    fn type_key(&mut self, key: KeyEvent) -> Result<(), TerminalError> {
        let Some((what, text)) = &mut self.typing else { return Ok(()) };
        match key.code {
            KeyCode::Esc => self.typing = None,
            KeyCode::Backspace => {
                text.pop();
            }
            KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::CONTROL) && text.len() < 9_000 => {
                text.push(c);
            }
            KeyCode::Enter => {
                let (what, text) = (*what, text.trim().to_string());
                self.typing = None;
                match what {
                    Typed::Text => {
                        self.filter.text = text;
                        self.filtered()?;
                    }
                    _ if text.is_empty() => {}
                    Typed::Tag => self.change(&Change::Tag(text))?,
                    Typed::Note => self.change(&Change::Note(text))?,
                    Typed::Why => {
                        if let Some(account) = &self.account {
                            self.message =
                                format!("Because: {} (kept with your decision)", one_line(&text, 200));
                            self.because = Some((account.brief.row, text));
                        }
                    }
                    Typed::List => self.change(&Change::Put(text))?,
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn filtered(&mut self) -> Result<(), TerminalError> {
        let (total, _) = self.session.list(&self.filter, 0, 0);
        self.account = None;
        self.go(None, Step::Next)?;
        let whom = match self.filter.show {
            Show::Left => "left to decide",
            Show::Due => "due again",
            Show::Decided => "decided",
            Show::All => "in all",
        };
        let text = if self.filter.text.is_empty() {
            String::new()
        } else {
            format!(" with \"{}\"", one_line(&self.filter.text, 40))
        };
        self.message = format!("{} {whom}{text}.", counted(total as u64));
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), TerminalError> {
        if !self.decidable() {
            return Ok(());
        }
        let Some(account) = &self.account else { return Ok(()) };
        let (row, called) = (account.brief.row, account.brief.called.clone());
        let goes_on = matches!(change, Change::Decide(..) | Change::Keep(_) | Change::Never(_));
        let because = self.because.as_ref().filter(|(of, _)| goes_on && *of == row);
        let why = because.map_or("", |(_, why)| why.as_str());
        let kept = match self.session.change(row, change, why, account.past.version, "terminal") {
            Ok(kept) => kept,
            Err(error) => {
                self.message = format!("NOT kept: {}", one_line(&error.to_string(), 400));
                return Ok(());
            }
        };
        if !kept.kept {
            self.show(row)?;
            self.message =
                "NOT written: another was quicker. Look again, and decide once more if you mean it.".into();
            return Ok(());
        }
        if goes_on {
            self.because = None;
            self.go(Some(row), Step::Next)?;
            self.revision = self.session.news(self.revision).0;
        } else {
            self.show(row)?;
        }
        self.message = format!("{called}: {}. Kept.", kept.told);
        Ok(())
    }

    fn undo(&mut self) -> Result<(), TerminalError> {
        match self.session.undo(None, "terminal") {
            Ok(kept) => {
                self.show(kept.row)?;
                let called = self.account.as_ref().map_or("", |account| account.brief.called.as_str());
                self.message = format!("{called}: {} was taken back.", kept.told);
            }
            Err(error) => self.message = one_line(&error.to_string(), 400),
        }
        Ok(())
    }

    fn draw(&mut self) -> Result<(), TerminalError> {
        let (width, height) = terminal::size()?;
        let (width, height) = (usize::from(width).max(20), usize::from(height).max(6));
        let mut lines = self.body(width);
        let room = height - 5;
        self.past = self.past.min(lines.len().saturating_sub(room));
        let below = lines.len().saturating_sub(self.past + room);
        lines.drain(..self.past);
        lines.truncate(room);
        let progress = self.session.progress();
        let due = if progress.due > 0 {
            format!(", {} due again", counted(progress.due as u64))
        } else {
            String::new()
        };
        let top = format!(
            "{}: {} of {} decided, {} left{due}",
            self.session.title,
            counted(progress.decided as u64),
            counted(progress.of as u64),
            counted(progress.left as u64),
        );
        let mut screen = vec![Line(top, Attribute::Reverse), Line(String::new(), Attribute::Reset)];
        screen.append(&mut lines);
        screen.resize_with(height - 3, || Line(String::new(), Attribute::Reset));
        let more = if below > 0 { format!("-- {below} more lines: PgDn --") } else { String::new() };
        screen.push(Line(more, Attribute::Dim));
        let message = match &self.typing {
            Some((what, text)) => {
                let what = match what {
                    Typed::Tag => "Tag",
                    Typed::Note => "Note",
                    Typed::Why => "Why",
                    Typed::List => "Name of the list",
                    Typed::Text => "Text",
                };
                // The end of what is typed is what one looks at.
                let room = width.saturating_sub(what.len() + 4);
                let tail: Vec<char> = one_line(text, usize::MAX).chars().rev().take(room).collect();
                format!("{what}: {}_", tail.into_iter().rev().collect::<String>())
            }
            None => self.message.clone(),
        };
        screen.push(Line(message, Attribute::Bold));
        let keys = if self.typing.is_some() {
            "Enter keeps it   Esc leaves it"
        } else if width >= 78 {
            "f follow back  l list  p pending  s skip  x spam  u undo  j next  ? help  q end"
        } else {
            "f l p s x decide  u undo  j k  ? help  q"
        };
        screen.push(Line(keys.to_string(), Attribute::Reverse));
        let mut out = io::stdout().lock();
        for (at, Line(text, attribute)) in screen.iter().enumerate() {
            let mut text = fit(text, width);
            if *attribute == Attribute::Reverse {
                text.push_str(&" ".repeat(width.saturating_sub(text.width())));
            }
            queue!(
                out,
                cursor::MoveTo(0, u16::try_from(at).unwrap_or(u16::MAX)),
                terminal::Clear(terminal::ClearType::CurrentLine),
                SetAttribute(*attribute),
                Print(text),
                SetAttribute(Attribute::Reset)
            )?;
        }
        out.flush()?;
        Ok(())
    }

    fn body(&self, width: usize) -> Vec<Line> {
        if self.help {
            let lines = help(|verdict| self.session.days(verdict));
            return lines.into_iter().map(|line| Line(line, Attribute::Reset)).collect();
        }
        match &self.account {
            Some(account) => lines_of(account, width),
            None => {
                let text = if self.session.is_empty() {
                    "Nobody is in this queue."
                } else if self.filter == Filter::default() {
                    "Nobody is left to decide. q ends; u takes the last one back."
                } else {
                    "Nobody is like this. v shows others, / and an empty line drops the text."
                };
                vec![Line(text.to_string(), Attribute::Reset)]
            }
        }
    }
}

/// Columns of a reason's bar.
const BAR: usize = 8;

fn lines_of(account: &Shown, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |text: String, attribute: Attribute| {
        let wrapped = wrap(&text, width);
        lines.extend(wrapped.into_iter().map(|line| Line(line, attribute)));
    };
    let brief = &account.brief;
    let gap = if brief.name.is_empty() { "" } else { "  " };
    add(format!("{}{gap}{}", brief.called, brief.name), Attribute::Bold);
    match (&account.damage, brief.p_bot) {
        (Some(damage), _) => add(format!("This row could not be read: {damage}"), Attribute::Reset),
        (None, Some(p_bot)) => {
            add(format!("{}, p_bot {p_bot:.2}: {}", brief.band, account.meaning), Attribute::Reset);
        }
        (None, None) => add(format!("{}: {}", brief.band, account.meaning), Attribute::Reset),
    }
    if let Some(engagement) = &account.engagement {
        add(format!("engages with you: {engagement}"), Attribute::Bold);
    }
    for kind in &account.kinds {
        add(format!("{}: {}", kind.name, kind.why), Attribute::Reset);
    }
    let past = &account.past;
    if let Some(mark) = &past.mark {
        let until = mark.until.as_ref().map_or("for good".into(), |day| format!("until {day}"));
        let why =
            if mark.why.is_empty() { String::new() } else { format!(" \"{}\"", one_line(&mark.why, 200)) };
        add(
            format!("* on the {} list {until}, by {} on {}{why}", mark.list, mark.by, mark.day),
            Attribute::Bold,
        );
    }
    if let Some(d) = &past.decision {
        let again = d.look_again.as_ref().map_or(String::new(), |day| format!(", look again on {day}"));
        let why = if d.why.is_empty() { String::new() } else { format!(" \"{}\"", one_line(&d.why, 200)) };
        add(format!("* decided: {} by {} on {}{why}{again}", d.verdict, d.by, d.day), Attribute::Bold);
        let changed =
            if past.changed.is_empty() { "nothing that is known".into() } else { past.changed.join("; ") };
        add(format!("  changed since: {changed}"), Attribute::Reset);
    }
    for (what, names) in [("tags", &past.tags), ("on lists", &past.lists), ("was called", &past.former)] {
        if !names.is_empty() {
            add(format!("* {what}: {}", names.join(", ")), Attribute::Reset);
        }
    }
    for note in &past.notes {
        add(
            format!("* note by {} of {}: {}", note.by, note.day, one_line(&note.text, 400)),
            Attribute::Reset,
        );
    }
    if let Some(bio) = account.bio.as_ref().filter(|bio| !bio.is_empty()) {
        add(String::new(), Attribute::Reset);
        for line in bio.split('\n').take(40) {
            add(one_line(line, 1_000), Attribute::Reset);
        }
    }
    add(String::new(), Attribute::Reset);
    // A short fact stays on one line: no break within "Age 510 days".
    let fact = |fact: &Fact| {
        let text = format!("{} {}", fact.what, fact.value);
        if text.len() <= 30 { text.replace(' ', "\u{a0}") } else { text }
    };
    let facts: Vec<String> = account.facts.iter().map(fact).collect();
    add(facts.join("   "), Attribute::Reset);
    if let Some(link) = &account.link {
        add(link.url.clone(), Attribute::Reset);
    }
    if !account.reasons.is_empty() {
        add(String::new(), Attribute::Reset);
        let widest = account.reasons.iter().map(|reason| reason.contribution.abs()).fold(0.4, f64::max);
        for reason in &account.reasons {
            let share = reason.contribution.abs() / widest * BAR as f64;
            let bar = "=".repeat((share.round() as usize).clamp(1, BAR));
            let (towards, bar) = if reason.contribution > 0.0 {
                ("bot   ", format!("{:BAR$}|{bar:<BAR$}", ""))
            } else {
                ("person", format!("{bar:>BAR$}|{:BAR$}", ""))
            };
            add(format!("{:+.2} {towards} {bar} {}", reason.contribution, reason.fact), Attribute::Reset);
        }
    }
    if account.unlike {
        add("Unlike the accounts the model has seen: its score says little.".into(), Attribute::Reset);
    }
    if !account.alike.is_empty() {
        add(String::new(), Attribute::Reset);
        add("Accounts that look alike".into(), Attribute::Dim);
        for one in &account.alike {
            let decided = one.brief.verdict.map_or(String::new(), |verdict| format!(", decided: {verdict}"));
            add(
                format!("{} ({}{decided}): {}", one.brief.called, one.brief.band, one.why.join("; ")),
                Attribute::Reset,
            );
        }
        if account.alike_more > 0 {
            add(format!("and {} more", counted(account.alike_more as u64)), Attribute::Reset);
        }
    }
    lines
}

/// Marks above and below letters that are kept of a row of them.
const MARKS: usize = 3;

/// The letters of a text with their widths; of a heap of marks the first few.
fn letters(text: &str) -> impl Iterator<Item = (char, usize)> + '_ {
    let mut marks = 0;
    text.chars().filter_map(move |c| {
        let width = c.width().unwrap_or(0);
        marks = if width == 0 { marks + 1 } else { 0 };
        (marks <= MARKS).then_some((c, width))
    })
}

/// The text, cut to a width.
fn fit(text: &str, width: usize) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for (c, wide) in letters(text) {
        if used + wide > width {
            break;
        }
        used += wide;
        out.push(c);
    }
    out
}

/// The text in lines of at most a width, broken at spaces where there are some.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for (c, wide) in letters(text) {
        // Twice where the space stood so near the beginning that what follows it leaves no room either.
        while used > 0 && used + wide > width {
            let rest = match line.rfind(' ').filter(|at| *at > 0) {
                Some(at) => line.split_off(at + 1),
                None => String::new(),
            };
            lines.push(std::mem::replace(&mut line, rest));
            used = letters(&line).map(|(_, wide)| wide).sum();
        }
        used += wide;
        line.push(c);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_never_wider_than_the_screen() {
        assert_eq!(wrap("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap("", 8), [""]);
        // A space behind nothing but a mark, and a wide letter that does not fit behind what is left.
        assert_eq!(wrap("\u{1cd0} abcd漢", 5), ["\u{1cd0} ", "abcd", "漢"]);
        assert_eq!(fit("漢字かな", 5), "漢字");
        let heap = format!("Z{}", "\u{301}".repeat(500));
        assert_eq!(fit(&heap, 5).chars().count(), 1 + MARKS);
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_text(text in "\\PC{0,120}", width in 4..60_usize) {
            // No letter is wider than three columns.
            for line in wrap(&text, width) {
                proptest::prop_assert!(letters(&line).map(|(_, wide)| wide).sum::<usize>() <= width, "{line:?}");
            }
        }
    }
}
