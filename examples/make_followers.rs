//! Makes a follower file of any length, to measure with.
//!
//! ```text
//! cargo run --release --example make_followers -- ROWS > followers.csv
//! cargo run --release --example make_followers -- ROWS --jsonl > followers.jsonl
//! cargo run --release --example make_followers -- ROWS --labelled > labelled.csv
//! ```
//!
//! Everything in it is made up from lists of syllables and words and a fixed generator of random numbers: the
//! same rows on every machine, and row `n` is the same in a file of any length. 18 columns, about 240 bytes a
//! row, bios with line feeds, commas, doubled quotes, accents and emoji, dates as the Twitter API v1.1 writes
//! them. With `--jsonl`, the same accounts as v1.1 user objects, one a line. The counts are those of
//! 2024-06-01 (`--observed-at 2024-06-01`); no account is younger. With `--labelled`, the same with a column `label` in front:
//! bot for those made to behave like spam, one in twelve the wrong way round, so that there is something to learn.
//!
//! The benches include this file as a module.

use std::io::{self, BufWriter, Write};

/// The columns of the CSV file.
pub const HEADER: &str = "id,name,screen_name,statuses_count,followers_count,friends_count,favourites_count,\
     listed_count,created_at,url,lang,location,default_profile,default_profile_image,geo_enabled,verified,\
     protected,description\n";

/// When the counts of the made-up accounts are true.
#[allow(dead_code)] // for the benches
pub const OBSERVED_AT: &str = "2024-06-01T00:00:00Z";

const SYLLABLES: &[&str] = &[
    "an", "bel", "cor", "da", "el", "fi", "gra", "hol", "is", "jo", "ka", "li", "mar", "ne", "or", "pe",
    "qui", "ra", "so", "ti", "ur", "vi", "wen", "xa", "yo", "zu", "ber", "ton", "na", "mi", "ley", "sen",
];
const WORDS: &[&str] = &[
    "music",
    "coffee",
    "and",
    "the",
    "of",
    "love",
    "football",
    "photos",
    "mother",
    "teacher",
    "my",
    "own",
    "opinions",
    "here",
    "for",
    "news",
    "art",
    "travel",
    "student",
    "writer",
    "books",
    "tea",
    "city",
    "always",
    "learning",
    "data",
    "with",
    "garden",
    "cats",
    "runner",
    "film",
    "history",
    "über",
    "café",
    "niño",
    "日々",
    "🌱",
    "🎶",
    "retired",
    "engineer",
    "science",
    "politics",
    "sometimes",
    "in",
    "two",
    "worlds",
    "old",
    "radio",
    "maps",
    "sea",
];
const PROMOTION: &[&str] = &[
    "FREE",
    "followers",
    "click",
    "earn",
    "money",
    "deals",
    "crypto",
    "follow",
    "back",
    "giveaway",
    "win",
    "gift",
    "join",
    "now",
    "best",
    "offer",
    "marketing",
    "discount",
    "🔥",
    "💰",
];
const PLACES: &[&str] =
    &["Northport", "Villa Alta", "Grünfeld", "Lakeside, ON", "東町", "Old Mill", "San Rocco"];
const LANGS: &[&str] = &["en", "en", "en", "en", "es", "de", "pt", "ja", "it", "fr"];

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }

    /// A count spread evenly over the powers of two up to `2^bits`: many small ones, few large ones.
    fn count(&mut self, bits: u64) -> u64 {
        let most = 1 << self.below(bits + 1);
        self.below(most)
    }
}

/// One made-up account, in the terms of the Twitter API v1.1.
#[derive(serde::Serialize)]
pub struct Follower {
    id: u64,
    id_str: String,
    name: String,
    screen_name: String,
    location: String,
    description: String,
    url: Option<String>,
    protected: bool,
    followers_count: u64,
    friends_count: u64,
    listed_count: u64,
    created_at: String,
    favourites_count: u64,
    geo_enabled: bool,
    verified: bool,
    statuses_count: u64,
    lang: &'static str,
    default_profile: bool,
    default_profile_image: bool,
    #[serde(skip)]
    is_bot: bool,
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn bio(random: &mut Random, pushes: bool) -> String {
    let mut text = String::new();
    if random.chance(12) {
        return text;
    }
    let words = 6 + random.below(20);
    for n in 0..words {
        let list = if pushes && random.chance(40) { PROMOTION } else { WORDS };
        let word = random.pick(list);
        if n > 0 {
            match random.below(24) {
                0 => text.push_str(".\n"),
                1 | 2 => text.push_str(", "),
                3 => text.push_str(" | "),
                _ => text.push(' '),
            }
        }
        match random.below(40) {
            0 => text.push_str(&format!("#{word}")),
            1 => text.push_str(&format!("@{}{}", random.pick(SYLLABLES), random.pick(SYLLABLES))),
            2 => text.push_str(&format!("\"{word}\"")),
            3 => text.push_str(&capital(word)),
            4 if pushes => text.push_str("https://example.com/join"),
            _ => text.push_str(word),
        }
    }
    text
}

/// The account of row `row`, whatever came before it.
pub fn follower(row: u64) -> Follower {
    let mut random = Random(row.wrapping_mul(0xd134_2543_de82_ef95));
    random.next();
    // A quarter behave like spam: many followed, few followers, long digits, a bio that sells.
    let pushes = random.chance(25);
    let first = format!("{}{}", random.pick(SYLLABLES), random.pick(SYLLABLES));
    let last = format!("{}{}{}", random.pick(SYLLABLES), random.pick(SYLLABLES), random.pick(SYLLABLES));
    let mut screen_name = match random.below(4) {
        0 => format!("{first}_{last}"),
        1 => format!("{}{}", capital(&first), capital(&last)),
        2 => format!("{first}{last}"),
        _ => last.clone(),
    };
    let digits = if pushes { 2 + random.below(7) } else { random.below(4) };
    for _ in 0..digits {
        screen_name.push(char::from(b'0' + random.below(10) as u8));
    }
    let mut name = format!("{} {}", capital(&first), capital(&last));
    match random.below(20) {
        0 => name.push_str(" 🎶"),
        1 => name = format!("{}, {}", capital(&last), capital(&first)),
        2 => name = first.clone(),
        _ => {}
    }
    // 2007-01-01 to 2024-05-31.
    let created = 1_167_609_600 + random.below(549_331_200) as i64;
    let created_at = jiff::Timestamp::from_second(created)
        .map(|time| time.strftime("%a %b %d %H:%M:%S +0000 %Y").to_string())
        .unwrap_or_default();
    let id = created as u64 * 1_000_000_000 + random.below(1_000_000_000);
    Follower {
        id,
        id_str: id.to_string(),
        name,
        screen_name,
        location: if random.chance(60) { random.pick(PLACES).into() } else { String::new() },
        description: bio(&mut random, pushes),
        url: random.chance(30).then(|| format!("https://{last}.example.org/{first}")),
        protected: random.chance(6),
        followers_count: random.count(if pushes { 9 } else { 16 }),
        friends_count: if pushes { 500 + random.count(13) } else { random.count(13) },
        listed_count: random.count(if pushes { 2 } else { 8 }),
        created_at,
        favourites_count: random.count(15),
        geo_enabled: random.chance(35),
        verified: random.chance(1),
        statuses_count: random.count(17),
        lang: random.pick(LANGS),
        default_profile: random.chance(45),
        default_profile_image: random.chance(if pushes { 20 } else { 3 }),
        is_bot: pushes != random.chance(8),
    }
}

fn csv_text(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.contains(['"', ',', '\n']) {
        write!(out, "\"{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

/// Writes `rows` accounts as CSV, header first.
pub fn write_csv(out: &mut impl Write, rows: u64, labelled: bool) -> io::Result<()> {
    if labelled {
        out.write_all(b"label,")?;
    }
    out.write_all(HEADER.as_bytes())?;
    for row in 0..rows {
        let f = follower(row);
        if labelled {
            write!(out, "{},", if f.is_bot { "bot" } else { "human" })?;
        }
        write!(out, "{},", f.id)?;
        csv_text(out, &f.name)?;
        write!(
            out,
            ",{},{},{},{},{},{},{},{},{},",
            f.screen_name,
            f.statuses_count,
            f.followers_count,
            f.friends_count,
            f.favourites_count,
            f.listed_count,
            f.created_at,
            f.url.as_deref().unwrap_or_default(),
            f.lang
        )?;
        csv_text(out, &f.location)?;
        for flag in [f.default_profile, f.default_profile_image, f.geo_enabled, f.verified, f.protected] {
            write!(out, ",{flag}")?;
        }
        out.write_all(b",")?;
        csv_text(out, &f.description)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes `rows` accounts as v1.1 user objects, one a line.
pub fn write_jsonl(out: &mut impl Write, rows: u64) -> io::Result<()> {
    for row in 0..rows {
        serde_json::to_writer(&mut *out, &follower(row))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[allow(dead_code)] // in the benches
fn main() -> Result<(), Box<dyn std::error::Error>> {
    const USAGE: &str = "usage: make_followers ROWS [--jsonl | --labelled]";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (rows, jsonl, labelled) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [rows] => (rows, false, false),
        [rows, "--jsonl"] => (rows, true, false),
        [rows, "--labelled"] => (rows, false, true),
        _ => return Err(USAGE.into()),
    };
    let rows: u64 = rows.replace('_', "").parse().map_err(|_| USAGE)?;
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    if jsonl {
        write_jsonl(&mut out, rows)?;
    } else {
        write_csv(&mut out, rows, labelled)?;
    }
    Ok(out.flush()?)
}
