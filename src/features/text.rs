//! The bio, read once: its words, links, mentions, hashtags, and what it says of itself.

use wide::u8x16;

use crate::words::{alphanumeric, ascii_letters, padded};

/// The characters of a bio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BioFacts {
    pub chars: f64,
    pub mentions: f64,
    pub hashtags: f64,
    pub upper: f64,
    /// Pictographs (emoji) in the text.
    pub pictographs: f64,
}

/// The words of a bio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BioWords {
    pub words: u32,
    pub links: u32,
    /// Words by which accounts say that they are automated.
    pub automation_words: u32,
    /// Of those, the plain ones: bot, robot, automated.
    pub bot_words: u32,
    /// Words of selling and of trading follows.
    pub promotion_words: u32,
}

impl BioWords {
    /// Counts a word that is in these lists.
    fn count(&mut self, lists: u8) {
        self.bot_words += u32::from(lists & BOT != 0);
        self.automation_words += u32::from(lists & AUTOMATION != 0);
        self.promotion_words += u32::from(lists & PROMOTION != 0);
    }
}

const BOT_WORDS: &[&str] = &["automated", "bot", "bots", "ebooks", "robot", "robots"];
const AUTOMATION_WORDS: &[&str] = &[
    "alert",
    "alerts",
    "algorithm",
    "algorithmic",
    "auto",
    "automated",
    "automatic",
    "automatically",
    "bot",
    "bots",
    "daily",
    "ebooks",
    "feed",
    "generated",
    "generator",
    "hourly",
    "python",
    "robot",
    "robots",
    "rss",
    "script",
    "update",
    "updates",
];
const PROMOTION_WORDS: &[&str] = &[
    "affiliate",
    "bitcoin",
    "cash",
    "click",
    "crypto",
    "dating",
    "deal",
    "deals",
    "discount",
    "earn",
    "followback",
    "followers",
    "forex",
    "free",
    "gift",
    "giveaway",
    "hiring",
    "income",
    "invest",
    "investing",
    "investor",
    "job",
    "jobs",
    "join",
    "marketing",
    "mlm",
    "money",
    "offer",
    "porn",
    "prize",
    "seo",
    "sex",
    "sexy",
    "teamfollowback",
    "webcam",
    "win",
];
const TOP_DOMAINS: &[&str] = &["co", "com", "info", "io", "it", "jp", "ly", "me", "net", "org", "tv", "uk"];

fn contains(words: &[&str], word: &str) -> bool {
    words.binary_search(&word).is_ok()
}

/// Longest word that can be in one of the lists.
const LONGEST: usize = 16;

/// A run of letters and digits in lower case as one number, its last character lowest: so it is compared, and
/// looked up, in one step instead of byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token(u128);

impl Token {
    const fn of(word: &str) -> Token {
        let bytes = word.as_bytes();
        let (mut packed, mut at) = (0, 0);
        while at < bytes.len() {
            packed = packed << 8 | bytes[at] as u128;
            at += 1;
        }
        Token(packed)
    }

    /// The letters and digits at the front of a block, at least one of them.
    #[inline]
    fn of_block(block: u8x16, len: usize) -> Token {
        // With this bit set letters are small, and digits are as they were.
        let lower = block | u8x16::splat(0x20);
        Token(u128::from_be_bytes(lower.to_array()) >> (8 * (LONGEST - len)))
    }

    fn ends_with(self, end: &str) -> bool {
        self.0 & ((1 << (8 * end.len())) - 1) == Token::of(end).0
    }
}

/// What a byte is to the words of a text: a letter or digit is itself in lower case, all else one of these.
const KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            letter @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9') => letter.to_ascii_lowercase(),
            b' ' | b'\t'..=b'\r' => BLANK,
            b'.' | b':' => OF_LINK,
            0x80.. => FOREIGN,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};
const OTHER: u8 = 0;
/// Parts words.
const BLANK: u8 = 1;
/// A word without any of these is no link.
const OF_LINK: u8 = 2;
/// Part of a character outside ASCII. Letters and digits are above this.
const FOREIGN: u8 = 3;

/// Puts tokens together from letters; long ones and ones outside ASCII are in no list and are passed over.
#[derive(Clone, Copy, Default)]
struct Tokens {
    packed: u128,
    len: usize,
}

impl Tokens {
    fn add(&mut self, letter: u8) {
        self.packed = self.packed << 8 | u128::from(letter);
        self.len += 1;
    }

    /// A word in another script: no token.
    fn spoil(&mut self) {
        self.len = LONGEST + 1;
    }

    fn end(&mut self) -> Option<Token> {
        let Tokens { packed, len } = std::mem::take(self);
        (1..=LONGEST).contains(&len).then_some(Token(packed))
    }
}

/// Calls `each` with every token of a word.
fn for_each_token(word: &str, mut each: impl FnMut(Token)) {
    let mut tokens = Tokens::default();
    for byte in word.bytes() {
        match KINDS[usize::from(byte)] {
            FOREIGN => tokens.spoil(),
            OTHER | BLANK | OF_LINK => tokens.end().into_iter().for_each(&mut each),
            letter => tokens.add(letter),
        }
    }
    tokens.end().into_iter().for_each(each);
}

/// Lists a word can be in.
const BOT: u8 = 1;
const AUTOMATION: u8 = 2;
const PROMOTION: u8 = 4;

/// The words of the three lists and which of them each is in, in the slots that [`Lists::slot`] gives.
struct Lists {
    slots: [(Token, u8); Lists::SLOTS],
}

static LISTS: Lists =
    Lists::new([(BOT_WORDS, BOT), (AUTOMATION_WORDS, AUTOMATION), (PROMOTION_WORDS, PROMOTION)]);

impl Lists {
    /// Four times the number of words: most tokens meet a free slot at once.
    const SLOTS: usize = 256;

    const fn new(words_of: [(&[&str], u8); 3]) -> Lists {
        let mut lists = Lists { slots: [(Token(0), 0); Lists::SLOTS] };
        let mut list = 0;
        while list < words_of.len() {
            let (words, bit) = words_of[list];
            let mut at = 0;
            while at < words.len() {
                let token = Token::of(words[at]);
                let slot = lists.find(token);
                lists.slots[slot] = (token, lists.slots[slot].1 | bit);
                at += 1;
            }
            list += 1;
        }
        lists
    }

    const fn slot(token: Token) -> usize {
        let folded = (token.0 as u64) ^ (token.0 >> 64) as u64;
        (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
    }

    /// The slot of a token, or the free one where it would stand.
    const fn find(&self, token: Token) -> usize {
        let mut slot = Lists::slot(token);
        while self.slots[slot].1 != 0 && self.slots[slot].0.0 != token.0 {
            slot = (slot + 1) % Lists::SLOTS;
        }
        slot
    }

    /// The lists this token is in.
    fn of(&self, token: Token) -> u8 {
        self.slots[self.find(token)].1
    }
}

/// Is this blank-parted word a web address? `https://…`, `www.…`, `name.tld`, `name.tld/…`.
fn is_link(word: &str) -> bool {
    if word.contains("://") || word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        return true;
    }
    let host = word.split('/').next().unwrap_or(word);
    let host = host.trim_matches(|c: char| !c.is_alphanumeric());
    if host.contains('@') {
        return false;
    }
    let mut parts = host.rsplit('.');
    let (Some(top), Some(name)) = (parts.next(), parts.next()) else { return false };
    let mut lower = [0u8; 4];
    let Some(slot) = lower.get_mut(..top.len()) else { return false };
    slot.copy_from_slice(top.as_bytes());
    slot.make_ascii_lowercase();
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && std::str::from_utf8(slot).is_ok_and(|top| contains(TOP_DOMAINS, top))
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

pub(super) fn bio_facts(bio: &str) -> BioFacts {
    let mut facts = BioFacts::default();
    for c in bio.chars() {
        facts.chars += 1.0;
        match c {
            '@' => facts.mentions += 1.0,
            '#' => facts.hashtags += 1.0,
            _ if c.is_ascii_uppercase() => facts.upper += 1.0,
            _ if is_pictograph(c) => facts.pictographs += 1.0,
            _ => {}
        }
    }
    facts
}

/// Which of [`FOURTH`] the first three characters of a word ask, by [`stem`]: the first of them, which says no, where no word
/// that counts begins so. Other starts may fall on the same place; what is found is looked at again.
static STEMS: [u8; 1 << STEM_BITS] = STARTS.0;

/// Of each stem the characters that may stand fourth, by five bits of each, and what its words are looked at for.
static FOURTH: [(u32, u8); STEMS_AT_MOST] = STARTS.1;

/// A power of two, so that the compiler sees that none is asked for beyond the end.
const STEMS_AT_MOST: usize = 128;

const STARTS: ([u8; 1 << STEM_BITS], [(u32, u8); STEMS_AT_MOST]) = {
    let (mut stems, mut fourth, mut last) = ([0; 1 << STEM_BITS], [(0, 0); STEMS_AT_MOST], 0);
    let lists: [(&[&str], u8); 5] = [
        (BOT_WORDS, LISTED),
        (AUTOMATION_WORDS, LISTED),
        (PROMOTION_WORDS, LISTED),
        (&["follow"], LISTED),
        (&["bot", "robot", "automated", "every"], DECLARES),
    ];
    let mut list = 0;
    while list < lists.len() {
        let (words, bit) = lists[list];
        let mut at = 0;
        while at < words.len() {
            let word = words[at].as_bytes();
            let place = stem([word[0], word[1], word[2], 0]);
            if stems[place] == 0 {
                last += 1;
                stems[place] = last;
            }
            let found = &mut fourth[stems[place] as usize];
            // Behind a word of three anything may stand.
            found.0 |= if word.len() > 3 { 1 << (word[3] % 32) } else { u32::MAX };
            found.1 |= bit;
            at += 1;
        }
        list += 1;
    }
    (stems, fourth)
};
const STEM_BITS: u32 = 12;
const LISTED: u8 = 1;
const DECLARES: u8 = 2;

/// The place of three characters, of which five bits count: letters are as their small ones. Found by multiplication, in a
/// third of the steps that moving the bits together takes. The fourth byte does not count.
#[inline]
const fn stem(start: [u8; 4]) -> usize {
    let letters = u32::from_le_bytes(start) & 0x001f_1f1f;
    (letters.wrapping_mul(0x9e37_79b1) >> (32 - STEM_BITS)) as usize
}

/// What one look at a bio tells of its words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Glance {
    /// The words of automation and promotion, as [`bio_words`] counts them. Of links it says only where there are two words of
    /// promotion whether there are any, and words are not counted.
    pub words: BioWords,
    /// May the account say in it that it is automated? Where not, the words and phrases of
    /// [`Kind::DeclaredBot`](crate::screen::kind::Kind) need not be looked for.
    pub may_declare: bool,
}

/// Bytes that are looked at together, a bit for each.
const PLACES: usize = 64;
/// Places of those at which a word may begin, but for the last of a text: three more characters tell whether it may count.
const STARTS_AT: usize = PLACES - 3;

/// Looks at the starts of words alone: most bios have no word of a list, and need not be taken apart.
pub(super) fn glance(bio: &str) -> Glance {
    let bytes = bio.as_bytes();
    let mut look = Look { bytes, found: Glance::default() };
    let mut places = Places::default();
    let mut from = 0;
    while from < bytes.len() {
        // With the byte before, which tells whether a word begins here; the last look takes as many as the others, some again.
        let before = from.saturating_sub(1);
        let base = before.min(bytes.len().saturating_sub(PLACES));
        let is_last = bytes.len() - before <= PLACES;
        let these = &bytes[base..];
        let letters = places.look_at(these.first_chunk::<PLACES>().map_or(these, |these| these));
        // Every word that counts has three letters or more.
        let starts = letters & !(letters << 1) & letters >> 1 & letters >> 2;
        let up_to = if is_last { u64::MAX } else { (1 << STARTS_AT) - 1 };
        let starts = starts & up_to & u64::MAX << ((from - base) % PLACES);
        let mut counting = places.counting(starts);
        while counting != 0 {
            let at = counting.trailing_zeros() as usize;
            counting &= counting - 1;
            let stem = usize::from(STEMS[stem(places.four(at))]);
            if !look.at_word(base + at, FOURTH[stem % STEMS_AT_MOST].1) {
                return look.the_long_way(bio);
            }
        }
        from = if is_last { bytes.len() } else { base + STARTS_AT };
    }
    if places.thirds.to_bitmask() != 0 && !look.found.may_declare {
        look.found.may_declare = may_declare_in_japanese(bytes);
    }
    if look.found.words.promotion_words > 1 {
        look.found.words.links = u32::from(has_link(bio));
    }
    look.found
}

/// Up to 64 bytes.
struct Places {
    /// As they are, and behind them what was there before: so that four of them can be taken at every place.
    bytes: [u8; PLACES + 16],
    /// Which of all that were looked at may end [`JI`] or [`BO`].
    thirds: u8x16,
}

impl Default for Places {
    fn default() -> Places {
        Places { bytes: [0; PLACES + 16], thirds: u8x16::splat(0) }
    }
}

impl Places {
    /// Takes these bytes, and marks the ASCII letters among them.
    #[inline]
    fn look_at(&mut self, bytes: &[u8]) -> u64 {
        let mut letters = 0;
        let mut look = |block: [u8; 16], at: usize| {
            let at = at % PLACES;
            self.bytes[at..at + 16].copy_from_slice(&block);
            let block = u8x16::new(block);
            letters |= u64::from(ascii_letters(block).to_bitmask()) << at;
            self.thirds |= block.simd_eq(u8x16::splat(JI[2])) | block.simd_eq(u8x16::splat(BO[2]));
        };
        let Some(end) = bytes.len().checked_sub(16) else {
            look(padded(bytes), 0);
            return letters;
        };
        // As many of any text: those beyond its end are its last one, which marks the same again.
        for at in [0, 16, 32, 48] {
            let at = end.min(at);
            if let Some(block) = bytes[at..].first_chunk() {
                look(*block, at);
            }
        }
        letters
    }

    /// Which of the words that begin at these places may count, by their first four characters. Asked of all of them before any
    /// is looked at: few bios have one, and how many words they have is nothing that a processor foresees.
    #[inline]
    fn counting(&self, mut starts: u64) -> u64 {
        let mut counting = 0;
        while starts != 0 {
            // Some at once; behind the last there is no bit left to be set.
            for _ in 0..2 {
                let (at, bit) = (starts.trailing_zeros() as usize, starts & starts.wrapping_neg());
                starts ^= bit;
                let start = self.four(at);
                let (fourths, _) = FOURTH[usize::from(STEMS[stem(start)]) % STEMS_AT_MOST];
                let counts = u64::from(fourths >> (start[3] % 32) & 1);
                counting |= bit & counts.wrapping_neg();
            }
        }
        counting
    }

    #[inline]
    fn four(&self, at: usize) -> [u8; 4] {
        let at = at % PLACES;
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]]
    }
}

/// Is one of the words a link? Only those with the marks of one are looked at.
fn has_link(bio: &str) -> bool {
    let bytes = bio.as_bytes();
    let mut marks = memchr::memchr2_iter(b'.', b':', bytes).filter(|at| !is_plain_mark(bytes, *at));
    // Blanks outside ASCII part words too.
    let is_in_link = |words: &str| words.split_whitespace().any(is_link);
    marks.any(|at| std::str::from_utf8(around(bytes, at)).is_ok_and(is_in_link))
}

/// What stands around a place between two ASCII blanks.
fn around(bytes: &[u8], at: usize) -> &[u8] {
    let is_blank = |byte: &u8| KINDS[usize::from(*byte)] == BLANK;
    let start = bytes[..at].iter().rposition(is_blank).map_or(0, |blank| blank + 1);
    let end = bytes[at..].iter().position(is_blank).map_or(bytes.len(), |blank| at + blank);
    &bytes[start..end]
}

/// A look at a bio.
struct Look<'b> {
    bytes: &'b [u8],
    found: Glance,
}

impl Look<'_> {
    /// Looks at a word that may be one of those that count.
    #[inline(never)]
    fn at_word(&mut self, at: usize, kind: u8) -> bool {
        let bytes = self.bytes;
        if at > 0 && bytes[at - 1].is_ascii_digit() {
            // The word begins with a digit.
            return true;
        }
        let (token, end) = token_at(bytes, at);
        if kind & DECLARES != 0 {
            self.found.may_declare |= may_declare_with(&bytes[at..end]);
        }
        let Some(token) = token else { return true };
        let lists = LISTS.of(token);
        if lists == 0 && token != FOLLOW {
            return true;
        }
        if !stands_plain(bytes, at, end) {
            // What stands in a link does not count.
            let around = around(bytes, at);
            return around.is_ascii() && std::str::from_utf8(around).is_ok_and(is_link);
        }
        let words = &mut self.found.words;
        words.count(lists);
        if token == FOLLOW {
            // Who is bid to follow back?
            let hop = bytes[end..].iter().position(|byte| KINDS[usize::from(*byte)] > BLANK);
            let next = hop.map(|hop| (end + hop, token_at(bytes, end + hop)));
            match next {
                None => {}
                Some((start, (Some(token), end))) if stands_plain(bytes, start, end) => {
                    words.promotion_words += u32::from(ME.contains(&token));
                }
                Some(_) => return false,
            }
        }
        true
    }

    /// The words counted one by one; what may be declared is looked for where it counts.
    #[cold]
    fn the_long_way(&self, bio: &str) -> Glance {
        Glance { words: bio_words(bio), may_declare: true }
    }
}

/// The words without one of which no bio says in a European language that the account is automated: of every phrase of
/// `screen::kind` one of them is a word of its own, or begins it.
fn may_declare_with(word: &[u8]) -> bool {
    let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
    is(b"bot")
        || is(b"botally")
        || is(b"robot")
        || is(b"every")
        || word.first_chunk::<5>().is_some_and(|start| start.eq_ignore_ascii_case(b"autom"))
}

/// Is one of the first characters of 自動 and of ボット in the text?
#[inline(never)]
fn may_declare_in_japanese(bytes: &[u8]) -> bool {
    let thirds = memchr::memchr2_iter(JI[2], BO[2], bytes);
    thirds.into_iter().any(|at| bytes[..=at].ends_with(&JI) || bytes[..=at].ends_with(&BO))
}

/// The first characters of 自動 and of ボット.
const JI: [u8; 3] = [0xe8, 0x87, 0xaa];
const BO: [u8; 3] = [0xe3, 0x83, 0x9c];

/// The token that begins at a place, and the place behind it.
#[inline(always)]
fn token_at(bytes: &[u8], at: usize) -> (Option<Token>, usize) {
    let rest = &bytes[at..];
    let block = u8x16::new(padded(rest));
    let len = alphanumeric(block).to_bitmask().trailing_ones() as usize;
    if len == 16 {
        // As long as the block, or longer.
        let len = rest.iter().take_while(|byte| KINDS[usize::from(**byte)] > FOREIGN).count();
        return ((len == LONGEST).then(|| Token::of_block(block, LONGEST)), at + len);
    }
    ((len > 0).then(|| Token::of_block(block, len)), at + len)
}

/// Is there nothing of a link and nothing outside ASCII between the blanks around a token?
fn stands_plain(bytes: &[u8], start: usize, end: usize) -> bool {
    let plain_to_blank = |places: &mut dyn Iterator<Item = usize>| {
        for at in places {
            match KINDS[usize::from(bytes[at])] {
                BLANK => break,
                FOREIGN => return false,
                OF_LINK if !is_plain_mark(bytes, at) => return false,
                _ => {}
            }
        }
        true
    };
    plain_to_blank(&mut (0..start).rev()) && plain_to_blank(&mut (end..bytes.len()))
}

/// Is this the full stop or colon of a sentence, and not one that makes a link of its word ([`is_link`])?
fn is_plain_mark(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(at + 1);
    if bytes[at] == b':' {
        return next != Some(&b'/');
    }
    // `www.` is a link with nothing behind it.
    let of_www = at > 0 && bytes[at - 1].eq_ignore_ascii_case(&b'w');
    !of_www && next.is_none_or(|next| KINDS[usize::from(*next)] == BLANK)
}

/// Whom "follow" asks for in a trade of follows.
const ME: [Token; 3] = [Token::of("back"), Token::of("me"), Token::of("4")];

const FOLLOW: Token = Token::of("follow");

/// One pass over the bytes. The tokens of a word count as they come; where the word turns out to be a link, what
/// they counted is taken back.
pub(super) fn bio_words(bio: &str) -> BioWords {
    let bytes = bio.as_bytes();
    let mut facts = BioWords::default();
    let mut before_word = facts;
    let mut tokens = Tokens::default();
    let mut after_follow = false;
    let mut may_be_link = false;
    let (mut start, mut at) = (0, 0);
    loop {
        // The end parts words as a blank does.
        let kind = bytes.get(at).map_or(BLANK, |byte| KINDS[usize::from(*byte)]);
        let mut len = 1;
        match kind {
            FOREIGN => {
                let c = bio[at..].chars().next().unwrap_or_default();
                len = c.len_utf8();
                if !c.is_whitespace() {
                    tokens.spoil();
                    at += len;
                    continue;
                }
            }
            OTHER | BLANK | OF_LINK => {}
            letter => {
                tokens.add(letter);
                at += 1;
                // The rest of the word in a loop of its own: most bytes are letters.
                while let Some(letter) = bytes.get(at).map(|byte| KINDS[usize::from(*byte)])
                    && letter > FOREIGN
                {
                    tokens.add(letter);
                    at += 1;
                }
                continue;
            }
        }
        if let Some(token) = tokens.end() {
            let lists = LISTS.of(token);
            if lists != 0 || after_follow {
                let trades_follows = after_follow && ME.contains(&token);
                facts.count(if trades_follows { lists | PROMOTION } else { lists });
            }
            after_follow = token == FOLLOW;
        }
        match kind {
            OTHER => {}
            OF_LINK => may_be_link = true,
            _ => {
                if at > start {
                    if may_be_link && is_link(&bio[start..at]) {
                        facts = BioWords { links: before_word.links + 1, ..before_word };
                        after_follow = false;
                    }
                    facts.words += 1;
                }
                if at == bytes.len() {
                    return facts;
                }
                start = at + len;
                before_word = facts;
                may_be_link = false;
            }
        }
        at += len;
    }
}

/// Does a handle or name say "bot"? Whole words, `…bot` and `…_ebooks` at the end, `bot_…` at the start.
pub(super) fn says_bot(text: &str) -> bool {
    const NAMES: [Token; 3] = [Token::of("abbot"), Token::of("talbot"), Token::of("cabot")];
    let mut found = false;
    for word in text.split_whitespace() {
        for_each_token(word, |token| {
            found |= LISTS.of(token) & BOT != 0
                || token.ends_with("bot") && !NAMES.contains(&token)
                || token.ends_with("bots")
                || token.ends_with("ebooks");
        });
        // The words of AnnaBotRss: a capital B behind a small letter and no small letter behind the t.
        let bytes = word.as_bytes();
        found |= bytes.windows(4).any(|w| w[0].is_ascii_lowercase() && &w[1..] == b"Bot")
            && !bytes.windows(5).any(|w| &w[1..4] == b"Bot" && w[4].is_ascii_lowercase());
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy as _;

    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [BOT_WORDS, AUTOMATION_WORDS, PROMOTION_WORDS, TOP_DOMAINS] {
            assert!(list.is_sorted(), "{list:?}");
            assert!(list.iter().all(|word| word.len() <= LONGEST));
        }
    }

    #[test]
    fn a_bio_is_counted_in_one_pass() {
        let bio = "I tweet DAILY weather #wx via @noaa 🌧 https://wx.example www.a.b see wx.com/now.";
        let (facts, words) = (bio_facts(bio), bio_words(bio));
        assert_eq!((facts.mentions, facts.hashtags, facts.pictographs), (1.0, 1.0, 1.0));
        assert_eq!((words.words, words.links, words.automation_words, words.bot_words), (12, 3, 1, 0));
        assert_eq!(facts.upper, 6.0);
        assert_eq!((bio_facts(""), bio_words("")), Default::default());
    }

    #[test]
    fn promotion_and_automation_are_told_by_whole_words() {
        assert_eq!(bio_words("Follow me, I follow back! FREE gift").promotion_words, 4);
        assert_eq!(bio_words("freedom winner robotics").promotion_words, 0);
        assert_eq!(bio_words("a bot. Automated!").bot_words, 2);
        assert_eq!(bio_words("mail anna@a.com, e.g. etc.").links, 0);
    }

    /// The words of a bio the plain way: cut at blanks, every list searched for every run of letters and digits.
    fn plainly(bio: &str) -> BioWords {
        let mut facts = BioWords::default();
        let mut after_follow = false;
        for word in bio.split_whitespace() {
            facts.words += 1;
            if is_link(word) {
                facts.links += 1;
                after_follow = false;
                continue;
            }
            for token in word.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()) {
                let token = token.to_ascii_lowercase();
                if token.is_empty() || token.len() > LONGEST || !token.is_ascii() {
                    continue;
                }
                let is_in = |words: &[&str]| u32::from(words.contains(&token.as_str()));
                facts.bot_words += is_in(BOT_WORDS);
                facts.automation_words += is_in(AUTOMATION_WORDS);
                let trades = after_follow && ["back", "me", "4"].contains(&token.as_str());
                facts.promotion_words += is_in(PROMOTION_WORDS).max(u32::from(trades));
                after_follow = token == "follow";
            }
        }
        facts
    }

    proptest::proptest! {
        #[test]
        fn one_pass_finds_what_the_plain_way_finds(
            parts in proptest::collection::vec(
                proptest::prop_oneof![
                    proptest::sample::select(
                        [BOT_WORDS, AUTOMATION_WORDS, PROMOTION_WORDS, TOP_DOMAINS, &["follow", "me", "4", "back", "Bot"]]
                            .concat()
                    ).prop_map(String::from),
                    proptest::sample::select(
                        vec![" ", "\n", "\u{a0}", "\u{3000}", "\u{85}", ".", "://", "@", "#", "é", "漢", "😀", "www.", "/", "-", "X"]
                    ).prop_map(String::from),
                    "\\PC{0,4}",
                ],
                0..20,
            )
        ) {
            let bio = parts.concat();
            let words = plainly(&bio);
            proptest::prop_assert_eq!(bio_words(&bio), words);
            let listed = glance(&bio).words;
            let lists = |words: BioWords| [words.automation_words, words.bot_words, words.promotion_words];
            proptest::prop_assert_eq!(lists(listed), lists(words));
            proptest::prop_assert!(words.promotion_words < 2 || (listed.links > 0) == (words.links > 0));
        }
    }

    #[test]
    fn handles_that_say_bot() {
        for yes in ["earthquakeBot", "BotWeather bot", "tiny_bot", "horse_ebooks", "RSSbot", "quakeBotLA"] {
            assert!(says_bot(yes), "{yes}");
        }
        for no in ["Both Sides", "bottle", "Talbot", "robothan", "anna"] {
            assert!(!says_bot(no), "{no}");
        }
    }

    #[test]
    fn a_host_has_letters_digits_and_hyphens_only() {
        assert!(is_link("a-b.com") && is_link("a2.co/x"));
        assert!(!is_link("a_b.com") && !is_link(".com") && !is_link("a..com"));
    }

    #[test]
    fn a_glance_sees_whom_a_bio_bids_to_follow_and_need_not_look_again() {
        let promotion = |bio: &str| {
            let Glance { words, may_declare } = glance(bio);
            (words.promotion_words, words.links, may_declare)
        };
        for (bio, words) in [
            ("follow me", 1),
            ("follow-me", 1),
            ("follow        me", 1),
            ("follow anna", 0),
            ("follow", 0),
            // Only what stands between the blanks around a word may spoil it, and the end of a sentence does not.
            ("free caf\u{e9}", 1),
            ("free. win: anna", 2),
        ] {
            assert_eq!(promotion(bio), (words, 0, false), "{bio}");
        }
        // What stands in a link is nobody's name.
        assert_eq!(glance("follow me.com").words.promotion_words, 0);
        // A mark between the two is no word.
        assert_eq!(glance("follow : back").words.promotion_words, 1);
    }

    #[test]
    fn a_glance_looks_for_links_where_two_words_promote() {
        for (bio, links) in [
            ("free gift a.com", 1),
            ("free gift. At: home", 0),
            ("free gift www.", 1),
            ("free gift https://x", 1),
            ("free a.com", 0),
        ] {
            assert_eq!(glance(bio).words.links, links, "{bio}");
        }
    }

    #[test]
    fn a_word_that_goes_on_in_the_next_block_does_not_begin_there() {
        let of = |before: &str| glance(&format!("{before}bot {}", "x".repeat(20))).words.bot_words;
        assert_eq!((of(&"a".repeat(16)), of(&" ".repeat(16)), of("aaaaaaaaaaaaaaa ")), (0, 1, 1));
    }

    /// What a glance sees where so many words of the lists stand, and whether the account may declare itself.
    fn seen(bots: u32, automation: u32, promotion: u32, may_declare: bool) -> Glance {
        let (bot_words, automation_words, promotion_words) = (bots, automation, promotion);
        let words = BioWords { bot_words, automation_words, promotion_words, ..BioWords::default() };
        Glance { words, may_declare }
    }

    #[test]
    fn a_glance_finds_a_word_wherever_it_stands_and_counts_it_once() {
        for before in 0..200 {
            for behind in [0, 1, 2, 3, 40, 61, 64, 125] {
                let (letters, behind) = ("a".repeat(before), "-".repeat(behind));
                let blanks = " ".repeat(before);
                assert_eq!(glance(&format!("{blanks}bot{behind}")), seen(1, 1, 0, true), "{before}");
                assert_eq!(glance(&format!("{blanks}FREE{behind}")), seen(0, 0, 1, false), "{before}");
                assert_eq!(glance(&format!("{letters} free rss{behind}")), seen(0, 1, 1, false), "{before}");
                // What ends a longer word, or a number, is no word.
                let alone = u32::from(before == 0);
                assert_eq!(glance(&format!("{letters}free{behind}")), seen(0, 0, alone, false), "{before}");
            }
        }
        assert_eq!(glance("1free, 2 free"), seen(0, 0, 1, false));
    }

    #[test]
    fn a_glance_passes_over_links_and_long_words_without_looking_again() {
        for (bio, right) in [
            ("free.com now", seen(0, 0, 0, false)),
            ("see free.com now", seen(0, 0, 0, false)),
            ("at www.free", seen(0, 0, 0, false)),
            ("follow aaaaaaaaaaaaaaaa", seen(0, 0, 0, false)),
            ("automatedautomated", seen(0, 0, 0, true)),
            ("an automatedautomated one", seen(0, 0, 0, true)),
        ] {
            assert_eq!(glance(bio), right, "{bio}");
        }
        // Whom these ask to follow is looked at again.
        for bio in ["follow. me", "follow: me"] {
            assert_eq!(glance(bio).words.promotion_words, 1, "{bio}");
        }
    }

    #[test]
    fn a_glance_tells_two_characters_of_japanese_from_others_that_end_alike() {
        for (bio, declares) in [
            ("\u{81ea}", true),
            ("\u{30dc}", true),
            ("a line \u{81ea}\u{52d5} and more of it", true),
            ("a line \u{30dc}\u{30c3}\u{30c8} and more of it", true),
            ("\u{aa}", false),
            ("a bot \u{aa}", true),
        ] {
            assert_eq!(glance(bio).may_declare, declares, "{bio}");
        }
    }
}
