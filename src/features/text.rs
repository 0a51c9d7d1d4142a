//! The bio, read once: its words, links, mentions, hashtags, and what it says of itself.

/// What a bio looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BioFacts {
    pub chars: f64,
    pub words: f64,
    pub links: f64,
    pub mentions: f64,
    pub hashtags: f64,
    pub upper: f64,
    /// Pictographs (emoji) in the text.
    pub pictographs: f64,
    /// Words by which accounts say that they are automated.
    pub automation_words: u32,
    /// Of those, the plain ones: bot, robot, automated.
    pub bot_words: u32,
    /// Words of selling and of trading follows.
    pub promotion_words: u32,
}

// Sorted, so that they can be searched by halving; a test checks it.
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

/// Calls `each` with every run of letters and digits of a word, in lower case; long ones and ones outside
/// ASCII are in no list and are passed over.
fn for_each_token(word: &str, mut each: impl FnMut(&str)) {
    let mut token = [0u8; LONGEST];
    let mut len = 0;
    let mut flush = |len: &mut usize, token: &[u8; LONGEST]| {
        if (1..=LONGEST).contains(len)
            && let Ok(text) = std::str::from_utf8(&token[..*len])
        {
            each(text);
        }
        *len = 0;
    };
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() {
            if len < LONGEST {
                token[len] = byte.to_ascii_lowercase();
            }
            len += 1;
        } else if byte < 0x80 {
            flush(&mut len, &token);
        } else {
            len = LONGEST + 1; // part of a word in another script
        }
    }
    flush(&mut len, &token);
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
    let mut after_follow = false;
    for word in bio.split_whitespace() {
        facts.words += 1.0;
        if is_link(word) {
            facts.links += 1.0;
            after_follow = false;
            continue;
        }
        for_each_token(word, |token| {
            if contains(BOT_WORDS, token) {
                facts.bot_words += 1;
            }
            if contains(AUTOMATION_WORDS, token) {
                facts.automation_words += 1;
            }
            let trades_follows = after_follow && matches!(token, "back" | "me" | "4");
            if contains(PROMOTION_WORDS, token) || trades_follows {
                facts.promotion_words += 1;
            }
            after_follow = token == "follow";
        });
    }
    facts
}

/// Does a handle or name say "bot"? Whole words, `…bot` and `…_ebooks` at the end, `bot_…` at the start.
pub(super) fn says_bot(text: &str) -> bool {
    let mut found = false;
    for word in text.split_whitespace() {
        for_each_token(word, |token| {
            found |= contains(BOT_WORDS, token)
                || token.ends_with("bot") && !matches!(token, "abbot" | "talbot" | "cabot")
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
        let facts =
            bio_facts("I tweet DAILY weather #wx via @noaa 🌧 https://wx.example www.a.b see wx.com/now.");
        assert_eq!((facts.links, facts.mentions, facts.hashtags, facts.pictographs), (3.0, 1.0, 1.0, 1.0));
        assert_eq!(facts.automation_words, 1);
        assert_eq!(facts.bot_words, 0);
        assert_eq!(facts.upper, 6.0);
        assert_eq!(bio_facts(""), BioFacts::default());
    }

    #[test]
    fn promotion_and_automation_are_told_by_whole_words() {
        assert_eq!(bio_facts("Follow me, I follow back! FREE gift").promotion_words, 4);
        assert_eq!(bio_facts("freedom winner robotics").promotion_words, 0);
        assert_eq!(bio_facts("a bot. Automated!").bot_words, 2);
        assert_eq!(bio_facts("mail anna@a.com, e.g. etc.").links, 0.0);
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
}
