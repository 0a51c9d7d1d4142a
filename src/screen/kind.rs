//! The kind of an account: what it shows of itself, beside the score and independent of the model.
//!
//! A score says how likely a bot is; a kind says *what there is to see*: that an account calls itself automated, that
//! it has been silent for years. Kinds rest on counts and words of the profile only, nothing is learnt. Each has its own
//! reason, which states a fact and accuses nobody. How often each rule is true of labelled bots and people is measured
//! in docs/kinds.md.

use wide::u8x16;

use crate::account::{Account, days_between};
use crate::features::{Facts, looks_bought};
use crate::screen::churn::{SWING, Swings};
use crate::words::{Room, padded};

/// What there is to see of an account. Several may hold; [`Kinds::main`] is the first of this order that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// It says itself that it is automated.
    #[serde(rename = "declared bot")]
    DeclaredBot,
    /// It follows and drops others in bulk.
    #[serde(rename = "churner")]
    Churner,
    /// Its profile advertises.
    #[serde(rename = "spam promoter")]
    SpamPromoter,
    /// It has the shape of followers that are sold: follows many, is followed by few, says next to nothing.
    #[serde(rename = "purchased or fake follower")]
    FakeFollower,
    /// It does not post, or no longer.
    #[serde(rename = "inactive")]
    Inactive,
}

impl Kind {
    /// All kinds in their order of precedence: what an account says itself comes before what it does, and what it does
    /// before what it leaves undone.
    pub const ALL: [Kind; 5] =
        [Kind::DeclaredBot, Kind::Churner, Kind::SpamPromoter, Kind::FakeFollower, Kind::Inactive];

    /// The word used in files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::DeclaredBot => "declared bot",
            Kind::Churner => "churner",
            Kind::SpamPromoter => "spam promoter",
            Kind::FakeFollower => "purchased or fake follower",
            Kind::Inactive => "inactive",
        }
    }

    /// So many accounts in words: `1 churner`, `2 churners`.
    pub fn counted(self, n: usize) -> String {
        let plural = if n == 1 || self == Kind::Inactive { "" } else { "s" };
        format!("{n} {}{plural}", self.name())
    }
}

// The rules, in one place. docs/kinds.md has the share of people and bots of each source that each is true of.

/// Churner: swings of the following count, up and down by a hundred or more, from which on it is bulk. A person who
/// tidies up once turns once.
const CHURN_REVERSALS: u64 = 4;
/// Spam promoter: words of promotion in the bio. Two are common among people ("marketing", "join us").
const PROMOTION_WORDS: u32 = 3;
/// Spam promoter: so many do beside a link in the bio.
const PROMOTION_WORDS_WITH_LINK: u32 = 2;
// Fake follower: the feature `bought_follower_shape` of the catalogue.
/// Inactive: days since the newest post. A year takes in every pause that people make.
const SILENT_DAYS: f64 = 365.0;
/// Inactive: age in days of an account that never posted. Half a year: newcomers read before they write.
const NEVER_POSTED_DAYS: f64 = 180.0;

/// The kinds that hold for one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    set: u8,
}

impl Kinds {
    /// Looks at an account. `facts` are those of the same account with [`crate::features::Groups::listed_words`]; without
    /// them no promotion is seen. `series` is what its following count did over time; without it the turns between
    /// older snapshots count ([`crate::account::Previous::following_turns`]), where the account has some.
    pub fn of(account: &Account<'_>, facts: &Facts<'_>, series: Option<&Swings>) -> Kinds {
        let mut kinds = Kinds::default();
        let mut note = |kind: Kind, holds: bool| kinds.set |= u8::from(holds) << kind as u8;
        note(Kind::DeclaredBot, declared(account, facts).is_some());
        note(Kind::Churner, turns(account, series) >= CHURN_REVERSALS);
        note(Kind::SpamPromoter, promotes(facts).is_some());
        // The rule is a feature too, because the spam band asks for it.
        note(Kind::FakeFollower, looks_bought(account) == Some(true));
        note(Kind::Inactive, silence(account).is_some());
        kinds
    }

    /// Does this kind hold?
    pub fn has(self, kind: Kind) -> bool {
        self.set >> kind as u8 & 1 == 1
    }

    /// Those that hold, the main one first.
    pub fn all(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }

    /// The first in the order of precedence; `None` where there is nothing to say.
    pub fn main(self) -> Option<Kind> {
        // Nearly every account has none.
        if self.set == 0 { None } else { self.all().next() }
    }
}

/// Adds the fact behind a kind that holds, in plain words; texts from outside stand in it as they are.
pub fn write_reason(
    kind: Kind,
    account: &Account<'_>,
    facts: &Facts<'_>,
    series: Option<&Swings>,
    out: &mut String,
) {
    let mut say = |parts: &[&str]| parts.iter().for_each(|part| out.push_str(part));
    match kind {
        Kind::DeclaredBot => match declared(account, facts) {
            Some(Declared::Flag) => say(&["marks itself as automated in its profile"]),
            Some(Declared::Bio(words)) => say(&["its bio says \"", words, "\""]),
            Some(Declared::Handle) => say(&["its handle ends in \"bot\""]),
            Some(Declared::Name(word)) => say(&["its name says \"", word, "\""]),
            None => {}
        },
        Kind::Churner => {
            let turns = turns(account, series);
            say(&[&format!("its following count went up and down by {SWING} or more {turns} times")]);
        }
        Kind::SpamPromoter | Kind::FakeFollower | Kind::Inactive => say_counts(kind, account, facts, out),
    }
}

/// [`write_reason`] of a kind that rests on counts, as a cell of CSV in its place; gives the place behind it. `None` for
/// another kind: the words of one may come from outside.
#[inline]
pub(crate) fn write_cell(
    kind: Kind,
    account: &Account<'_>,
    facts: &Facts<'_>,
    at: usize,
    room: &mut Room,
) -> Option<usize> {
    let has_commas = match kind {
        Kind::SpamPromoter | Kind::Inactive => false,
        Kind::FakeFollower => true,
        Kind::DeclaredBot | Kind::Churner => return None,
    };
    room.byte(at, b'"');
    let mut cell = InRoom { at: at + usize::from(has_commas), room };
    say_counts(kind, account, facts, &mut cell);
    let InRoom { at, room } = cell;
    room.byte(at, b'"');
    Some(at + usize::from(has_commas))
}

/// Where words and counts go.
trait Says {
    fn text(&mut self, text: &str);
    fn count(&mut self, n: u64);
}

impl Says for String {
    fn text(&mut self, text: &str) {
        self.push_str(text);
    }

    fn count(&mut self, n: u64) {
        self.push_str(itoa::Buffer::new().format(n));
    }
}

/// A place in a line of output.
struct InRoom<'r> {
    room: &'r mut Room,
    at: usize,
}

impl Says for InRoom<'_> {
    #[inline]
    fn text(&mut self, text: &str) {
        self.at = self.room.text(self.at, text);
    }

    #[inline]
    fn count(&mut self, n: u64) {
        self.at = self.room.count(self.at, n);
    }
}

/// The fact behind a kind that rests on counts.
#[inline]
fn say_counts(kind: Kind, account: &Account<'_>, facts: &Facts<'_>, out: &mut impl Says) {
    let n = |count: Option<u64>| count.unwrap_or_default();
    match kind {
        Kind::DeclaredBot | Kind::Churner => {}
        Kind::SpamPromoter => {
            let (words, links) = promotes(facts).unwrap_or_default();
            out.count(words.into());
            out.text(" words of promotion");
            if links > 0 {
                out.text(" and a link");
            }
            out.text(" in its bio");
        }
        Kind::FakeFollower => {
            out.text("follows ");
            out.count(n(account.following));
            out.text(", followed by ");
            out.count(n(account.followers));
            out.text(", ");
            out.count(n(account.posts));
            out.text(if account.posts == Some(1) { " post" } else { " posts" });
            if account.default_image == Some(true) {
                out.text(", no picture of its own");
            }
        }
        Kind::Inactive => {
            let (before, days) = match silence(account) {
                Some(Silence::Since(days)) => ("no post for ", days),
                Some(Silence::Ever(days)) => ("never posted in ", days),
                None => return,
            };
            out.text(before);
            out.count(whole(days));
            out.text(" days");
        }
    }
}

/// Days as `{:.0}` writes them.
fn whole(days: f64) -> u64 {
    days.round_ties_even() as u64
}

/// Turns of the following count.
fn turns(account: &Account<'_>, series: Option<&Swings>) -> u64 {
    match (series, &account.previous) {
        (Some(series), _) => series.reversals,
        (None, Some(previous)) => u64::from(previous.following_turns),
        (None, None) => 0,
    }
}

/// Words of promotion and links in the bio, where they are enough.
fn promotes(facts: &Facts<'_>) -> Option<(u32, u32)> {
    let (words, links) = facts.promotion()?;
    let enough = words >= PROMOTION_WORDS || words >= PROMOTION_WORDS_WITH_LINK && links > 0;
    enough.then_some((words, links))
}

enum Silence {
    Since(f64),
    Ever(f64),
}

fn silence(account: &Account<'_>) -> Option<Silence> {
    if let (Some(last), Some(observed)) = (account.last_post_at, account.observed_at) {
        let days = days_between(last, observed)?;
        return (days >= SILENT_DAYS).then_some(Silence::Since(days));
    }
    if account.posts != Some(0) {
        return None;
    }
    account.age_days().filter(|days| *days >= NEVER_POSTED_DAYS).map(Silence::Ever)
}

/// Where an account says that it is automated.
enum Declared<'a> {
    Flag,
    Bio(&'a str),
    Handle,
    Name(&'a str),
}

fn declared<'a>(account: &'a Account<'_>, facts: &Facts<'_>) -> Option<Declared<'a>> {
    if account.declared_bot == Some(true) {
        return Some(Declared::Flag);
    }
    // Where the words of the bio were looked at already, nearly every bio needs no second look.
    let bio = account.bio.as_deref().filter(|bio| facts.bio_may_declare && may_declare(bio));
    if let Some(words) = bio.and_then(bio_declares) {
        return Some(Declared::Bio(words));
    }
    if account.handle.as_deref().is_some_and(handle_declares) {
        return Some(Declared::Handle);
    }
    account.name.as_deref().filter(|name| name_may_declare(name)).and_then(name_declares).map(Declared::Name)
}

/// Does the text hold any of the stems that all self-declarations hold? Nearly every text ends here.
fn may_declare(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut rest = bytes;
    while let Some(block) = rest.first_chunk::<BLOCK>() {
        if is_worth_a_look(block) && block_may_declare(block) {
            return true;
        }
        rest = &rest[PLACES..];
    }
    // The end, a zero behind it for the stems of three, overlaps the block before: no byte is looked at by itself, which
    // would take longer than all blocks.
    let end = bytes.last_chunk::<END>().map_or(bytes, |end| end);
    let mut block = [0; BLOCK];
    block[..end.len()].copy_from_slice(end);
    is_worth_a_look(&block) && block_may_declare(&block)
}

/// The same of a name, in which nothing but "bot" and the Japanese stems counts: most names fit into one block.
#[inline]
fn name_may_declare(name: &str) -> bool {
    if name.len() > PLACES {
        return may_declare(name);
    }
    let block = u8x16::new(padded(name.as_bytes()));
    // The mask of the block itself is made of the highest bits, which no ASCII byte has.
    says_bot(block) || block.to_bitmask() != 0 && may_declare(name)
}

/// Does "bot" stand in a block, in any case?
#[inline]
fn says_bot(block: u8x16) -> bool {
    let lower = block | u8x16::splat(b' ');
    let is = |wanted: u8| lower.simd_eq(u8x16::splat(wanted)).to_bitmask();
    is(b'b') & is(b'o') >> 1 & is(b't') >> 2 != 0
}

/// A part of what [`block_may_declare`] asks for, told with a third of the work: "ot" or "om", a "v" two behind a blank, or
/// a byte outside ASCII.
fn is_worth_a_look(block: &[u8; BLOCK]) -> bool {
    let from = |at: usize| block[at..].first_chunk().map_or(u8x16::splat(0x80), |bytes| u8x16::new(*bytes));
    let in_lower_case = |at: usize| from(at) | u8x16::splat(b' ');
    let is = |bytes: u8x16, wanted: u8| bytes.simd_eq(u8x16::splat(wanted));
    let (second, third) = (in_lower_case(1), in_lower_case(2));
    let stem = is(second, b'o') & (is(third, b't') | is(third, b'm'));
    let every = is(second, b' ') & is(in_lower_case(3), b'v');
    // The mask is made of the highest bits, which no ASCII byte has.
    (from(0) | stem | every).to_bitmask() != 0
}

/// Places of a block at which a stem may begin, a multiple of what the processor compares at once.
const PLACES: usize = 16;
/// The longest stem begins at the last of them.
const BLOCK: usize = PLACES + 3;
const END: usize = BLOCK - 1;

/// Written for the compiler to look at all places at once: bytes side by side, no branch, nothing carried over.
fn block_may_declare(block: &[u8; BLOCK]) -> bool {
    let mut found = [0u8; PLACES];
    for at in 0..PLACES {
        // With this bit set ASCII letters are small; the Japanese stems are told apart all the same. (An array and `map`
        // in place of four names is not compiled into vectors.)
        let (a, b) = (block[at] | 0x20, block[at + 1] | 0x20);
        let (c, d) = (block[at + 2] | 0x20, block[at + 3] | 0x20);
        let is = |byte: u8, wanted: u8| u8::from(byte == wanted | 0x20);
        let stem = |stem: &[u8]| is(a, stem[0]) & is(b, stem[1]) & is(c, stem[2]);
        // The middle of "automated"; the end of a plural, a verb or "tweeting" and "every": shorter stems are in too
        // many words.
        let automated = stem(b"tom") & is(d, b'a');
        let every = (is(a, b's') | is(a, b't') | is(a, b'g')) & is(b, b' ') & is(c, b'e') & is(d, b'v');
        found[at] = stem(b"bot") | stem(JI) | stem(BO) | automated | every;
    }
    u128::from_ne_bytes(found) != 0
}

/// The first characters of 自動 and of ボット.
const JI: &[u8] = "自".as_bytes();
const BO: &[u8] = "ボ".as_bytes();

/// Words and phrases by which a bio says that the account is automated, in lower case, the plainer before the shorter:
/// English, Spanish, Portuguese, French, German, Japanese.
const PHRASES: &[&str] = &[
    "#botally",
    "i am a bot",
    "i'm a bot",
    "twitter bot",
    "mastodon bot",
    "bot account",
    "i am a robot",
    "i'm a robot",
    "automated account",
    "automated feed",
    "automated tweets",
    "automated posts",
    "automated updates",
    "tweets are automated",
    "posts are automated",
    "automatically tweets",
    "automatically posts",
    "automatically generated",
    "tweets automatically",
    "posts automatically",
    "i tweet every",
    "tweets every",
    "tweeting every",
    "posts every hour",
    "soy un bot",
    "cuenta automática",
    "cuenta automatizada",
    "sou um bot",
    "conta automática",
    "conta automatizada",
    "je suis un bot",
    "compte automatique",
    "compte automatisé",
    "ich bin ein bot",
    "automatisierter account",
    "automatischer account",
    "自動ツイート",
    "自動投稿",
    "自動でつぶや",
    "自動つぶやき",
    "非公式bot",
    "ボットです",
    "bot",
];

/// Phrases of people who speak of bots: one of them and the bio declares nothing.
const DENIALS: &[&str] = &[
    "not a bot",
    "not a robot",
    "not bot",
    "isn't a bot",
    "aren't a bot",
    "never a bot",
    "no bot",
    "no bots",
    "non-bot",
    "anti bot",
    "anti-bot",
    "than a bot",
    "like a bot",
    "called a bot",
    "me a bot",
    "are a bot",
    "are you a bot",
    "you're a bot",
    "be a bot",
    "bot?",
    "bot or",
    "or bot",
    "bot hunter",
    "bot maker",
    "bot builder",
    "bot developer",
    "bot dev",
    "bot farm",
    "build a bot",
    "built a bot",
    "made a bot",
    "make a bot",
    "creator of",
    "maker of",
    "no soy un bot",
    "não sou um bot",
    "kein bot",
    "pas un bot",
];

/// The phrase of a bio that says so.
#[inline(never)]
fn bio_declares(bio: &str) -> Option<&'static str> {
    let bio = bio.to_lowercase().replace('\u{2019}', "'");
    if DENIALS.iter().any(|denial| stands_alone(&bio, denial)) {
        return None;
    }
    PHRASES.iter().copied().find(|phrase| stands_alone(&bio, phrase))
}

/// Is the phrase in the text, with no letter or digit of the Latin script before it or behind it?
fn stands_alone(text: &str, phrase: &str) -> bool {
    let outside = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() && c < '\u{250}');
    text.match_indices(phrase).any(|(at, _)| {
        outside(text[..at].chars().next_back()) && outside(text[at + phrase.len()..].chars().next())
    })
}

/// Ends of words that end in "bot" and are none.
const NO_BOTS: &[&str] = &["abbot", "cabot", "jabot", "robot", "sabot", "talbot", "turbot"];

/// A handle that ends in "bot", digits and underscores behind it left out: `tide_bot`, `TideBot2`.
#[inline]
fn handle_declares(handle: &str) -> bool {
    // Nearly every handle is short, and has no "bot" at all.
    (handle.len() > PLACES || says_bot(u8x16::new(padded(handle.as_bytes())))) && ends_in_bot(handle)
}

fn ends_in_bot(handle: &str) -> bool {
    let mut end = handle.as_bytes();
    while let Some((last, before)) = end.split_last()
        && (last.is_ascii_digit() || *last == b'_')
    {
        end = before;
    }
    let Some([b'b' | b'B', b'o' | b'O', b't' | b'T']) = end.last_chunk() else { return false };
    end.len() > 3 && is_no_name(end)
}

/// Is an end in "bot" that of no other word?
#[cold]
#[inline(never)]
fn is_no_name(end: &[u8]) -> bool {
    let lower = end.to_ascii_lowercase();
    !NO_BOTS.iter().any(|other| lower.ends_with(other.as_bytes()))
}

/// A display name with "bot" as a word of its own beside others, or hung on with a capital: `Tides [bot]`, `TideBot`.
#[inline(never)]
fn name_declares(name: &str) -> Option<&'static str> {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let alone = words.clone().count() < 2;
    let hung_on = |word: &str| {
        word.strip_suffix("Bot").and_then(|rest| rest.chars().next_back()).is_some_and(char::is_lowercase)
    };
    if words.any(|word| hung_on(word) || !alone && word.eq_ignore_ascii_case("bot")) {
        return Some("bot");
    }
    name.contains("自動").then_some("自動").or_else(|| name.contains("ボット").then_some("ボット"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Network, Previous};
    use crate::features::Groups;

    fn reason(account: &Account<'_>, series: Option<&Swings>) -> Option<(Kind, String)> {
        let facts = Facts::of(account, Groups::ALL);
        let kind = Kinds::of(account, &facts, series).main()?;
        let mut words = String::new();
        write_reason(kind, account, &facts, series, &mut words);
        Some((kind, words))
    }

    fn bio(text: &'static str) -> Account<'static> {
        Account { bio: Some(text.into()), ..Account::default() }
    }

    #[test]
    fn an_account_that_says_it_is_automated_is_a_declared_bot() {
        for text in [
            "I'm a bot that posts tides.",
            "Weather for Oslo. #botALLY",
            "I tweet every word of a book",
            "Automated account run by the library",
            "Soy un bot. Preguntas a @x",
            "Conta automatizada",
            "Compte automatisé de la ville",
            "Ich bin ein Bot und zwitschere",
            "名言の非公式botです",
            "自動ツイートします",
        ] {
            let (kind, words) = reason(&bio(text), None).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(kind, Kind::DeclaredBot, "{text}: {words}");
        }
        let flag = Account { declared_bot: Some(true), ..Account::default() };
        assert_eq!(reason(&flag, None).unwrap().1, "marks itself as automated in its profile");
        for handle in ["tide_bot", "TideBot", "tidebot_2"] {
            let account = Account { handle: Some(handle.into()), ..Account::default() };
            assert_eq!(reason(&account, None).unwrap().1, "its handle ends in \"bot\"");
        }
        let named = Account { name: Some("Tides of Oslo [bot]".into()), ..Account::default() };
        assert_eq!(reason(&named, None).unwrap().1, "its name says \"bot\"");
    }

    #[test]
    fn people_who_speak_of_bots_are_none() {
        for text in [
            "I am not a bot, promise",
            "I don\u{2019}t like bots. Isn't a bot a pest?",
            "Robotics student, automation engineer",
            "Robot maker",
            "Creator of the tides bot",
            "Are you a bot?",
            "Both of us",
            "I tweet about everything",
            "Je ne suis pas un bot",
        ] {
            assert_eq!(reason(&bio(text), None), None, "{text}");
        }
        for (handle, name) in
            [("jabbot", "Jane Abbot"), ("robot", "Bot"), ("CABOT", "Cabot"), ("MrRobot", "Mr Robot")]
        {
            let account =
                Account { handle: Some(handle.into()), name: Some(name.into()), ..Account::default() };
            assert_eq!(reason(&account, None), None, "{handle}, {name}");
        }
    }

    #[test]
    fn a_stem_is_found_wherever_it_stands() {
        for stem in ["Bot", "自動", "ボット", "auTOMAted", "posts every", "get every", "tweeting every"]
        {
            for length in 0..60 {
                for before in 0..=length {
                    let text = format!("{}{stem}{}", "x".repeat(before), "-".repeat(length - before));
                    assert!(may_declare(&text), "{text:?}");
                }
            }
        }
        for text in ["", "bo", "b o t", "for events and everybody else, at home in the middle of nowhere"] {
            assert!(!may_declare(text), "{text:?}");
        }
    }

    #[test]
    fn a_look_at_the_words_of_a_bio_finds_every_phrase() {
        let listed = Groups { listed_words: true, ..Groups::NONE };
        for phrase in PHRASES.iter().chain(&[
            "I'M A BOT",
            "Automática",
            "\u{3042}bot",
            "bot\u{3042}",
            "Every",
            "#BotAlly",
        ]) {
            for (before, behind) in
                [("", ""), ("a long line of words, ", "!"), ("\u{65e5}", " and\nmore of it"), ("x_", "_")]
            {
                for length in 0..20 {
                    let text = format!("{}{before}{phrase}{behind}", "-".repeat(length));
                    let account = Account { bio: Some(text.as_str().into()), ..Account::default() };
                    assert!(Facts::of(&account, listed).bio_may_declare, "{text}");
                }
            }
        }
        let account = bio("Everybody is here, both of us, at the bottom of it: events and robots");
        assert!(!Facts::of(&account, listed).bio_may_declare);
    }

    proptest::proptest! {
        #[test]
        fn looking_at_the_words_first_changes_no_kind(
            parts in proptest::collection::vec(
                proptest::prop_oneof![
                    proptest::sample::select([PHRASES, DENIALS].concat()),
                    proptest::sample::select(vec![" ", "\n", "x", "\u{e9}", "\u{65e5}", "-", "_", "Bot", "free", "win", "follow me", "a.co", ". "]),
                ],
                0..9,
            ),
            at in 0..9usize,
        ) {
            let text = parts.concat();
            let (name, handle) = (parts.get(at).copied(), parts.get(at / 2).copied());
            let account = Account { bio: Some(text.into()), name: name.map(Into::into), handle: handle.map(Into::into), ..Account::default() };
            let kinds = |groups| Kinds::of(&account, &Facts::of(&account, groups), None);
            proptest::prop_assert_eq!(kinds(Groups { listed_words: true, ..Groups::NONE }), kinds(Groups::ALL));
            for text in parts {
                proptest::prop_assert!(name_may_declare(text) || name_declares(text).is_none(), "{}", text);
            }
        }
    }

    #[test]
    fn the_shape_of_a_bought_follower() {
        let mut account =
            Account { following: Some(500), followers: Some(25), posts: Some(1), ..Account::default() };
        let (kind, words) = reason(&account, None).unwrap();
        assert_eq!((kind, words.as_str()), (Kind::FakeFollower, "follows 500, followed by 25, 1 post"));
        account.network = Some(Network::X);
        assert!(reason(&account, None).is_some());
        account.network = Some(Network::Mastodon);
        assert_eq!(reason(&account, None), None, "measured on X only");
        account.network = None;
        account.followers = Some(51);
        assert_eq!(reason(&account, None), None, "less than 10 for each");
        account.followers = None;
        assert_eq!(reason(&account, None), None, "missing is not zero");
        account = Account { following: Some(99), followers: Some(0), posts: Some(0), ..Account::default() };
        assert_eq!(reason(&account, None), None, "follows few");
    }

    #[test]
    fn silence_needs_a_time_to_be_measured_against() {
        let time = |text: &str| Some(text.parse().unwrap());
        let mut account = Account { last_post_at: time("2015-01-01T00:00:00Z"), ..Account::default() };
        assert_eq!(reason(&account, None), None);
        account.observed_at = time("2016-01-01T00:00:00Z");
        assert_eq!(reason(&account, None).unwrap().1, "no post for 365 days");
        account.observed_at = time("2015-12-31T00:00:00Z");
        assert_eq!(reason(&account, None), None);
        let mut never =
            Account { posts: Some(0), created_at: time("2015-01-01T00:00:00Z"), ..Account::default() };
        never.observed_at = time("2015-06-01T00:00:00Z");
        assert_eq!(reason(&never, None), None, "151 days are young");
        never.observed_at = time("2015-07-01T00:00:00Z");
        assert_eq!(reason(&never, None).unwrap().1, "never posted in 181 days");
    }

    #[test]
    fn several_may_hold_and_the_order_says_which_is_the_main_one() {
        let account = Account {
            bio: Some("Win free followers! click http://x.example".into()),
            following: Some(900),
            followers: Some(1),
            posts: Some(0),
            ..Account::default()
        };
        let facts = Facts::of(&account, Groups::ALL);
        let series = crate::screen::churn::swings([0, 500, 0, 500, 0, 500], SWING);
        let kinds = Kinds::of(&account, &facts, Some(&series));
        let all: Vec<Kind> = kinds.all().collect();
        assert_eq!(all, [Kind::Churner, Kind::SpamPromoter, Kind::FakeFollower]);
        assert_eq!(kinds.main(), Some(Kind::Churner));
        let previous = |following_turns| Some(Box::new(Previous { following_turns, ..Previous::default() }));
        let mut account = Account { previous: previous(4), ..Account::default() };
        let words = "its following count went up and down by 100 or more 4 times".to_string();
        assert_eq!(reason(&account, None), Some((Kind::Churner, words)));
        account.previous = previous(3);
        assert_eq!(reason(&account, None), None);
        assert!(!kinds.has(Kind::Inactive) && kinds.has(Kind::FakeFollower));
        let words = reason(&account, Some(&series)).unwrap().1;
        assert_eq!(words, "its following count went up and down by 100 or more 4 times");
        assert_eq!(Kinds::of(&Account::default(), &facts, None).main(), Some(Kind::SpamPromoter));
    }
}
