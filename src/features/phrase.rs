//! How a value reads: the words of a reason with the numbers in their places.

use std::fmt::Write as _;

use super::catalogue::Feature;
use super::facts::{Factor, Facts};
use crate::words::{Piece, Room, group, group_small, nearest};

/// How a reason reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// Words with the value in place of `{}`.
    Number(&'static str),
    /// Words with the counts behind a ratio in their places, because "0.17 lists for each follower" says less, and
    /// of a smoothed ratio less truly, than "on 0 lists, 5 followers".
    Facts {
        /// With `{followers}`, `{following}`, `{posts}`, `{likes}`, `{listed}`, `{age}`.
        facts: &'static str,
        /// Where the file gives the ratio and not the counts: with the value in place of `{}`.
        value: &'static str,
    },
    /// Words for a flag that is set and for one that is not.
    Flag {
        /// Where the value is 1.
        yes: &'static str,
        /// Where the value is 0.
        no: &'static str,
    },
}

/// The count that a phrase calls `{name}`.
fn named(name: &str) -> Option<Factor> {
    Some(match name {
        "followers" => Factor::Followers,
        "following" => Factor::Following,
        "posts" => Factor::Posts,
        "likes" => Factor::Likes,
        "listed" => Factor::Listed,
        "age" => Factor::Age,
        _ => return None,
    })
}

/// The words of a feature taken apart once, for many accounts; they read as [`Feature::write_words`] has them, which the
/// tests hold them to.
#[derive(Clone, Debug)]
pub struct Words {
    feature: &'static Feature,
    form: Form,
    /// What stands in JSON between the words and the value.
    named: Option<Pieces>,
}

/// What there is to write.
#[derive(Clone, Debug)]
enum Form {
    /// Of a flag: for one that is not set, and for one that is.
    Flag(Box<[Front; 2]>),
    /// Text, and counts with the text behind each.
    Counts { first: Box<[Piece; 2]>, counts: Vec<Count>, comma: bool },
    /// The value between two texts.
    Value { before: Box<Front>, behind: Pieces, behind_one: Pieces },
    /// A phrase that does not fit into the others.
    Other,
}

/// A place in a phrase and the text behind it.
#[derive(Clone, Debug)]
struct Count {
    of: Factor,
    behind: Piece,
    /// The same behind a 1.
    behind_one: Piece,
}

/// A text that may be longer than one piece.
#[derive(Clone, Debug)]
struct Pieces {
    pieces: Vec<Piece>,
    comma: bool,
}

impl Pieces {
    fn of(text: &str) -> Option<Pieces> {
        let pieces =
            text.as_bytes().chunks(Piece::LONGEST).map(|part| Piece::of(std::str::from_utf8(part).ok()?));
        Some(Pieces { pieces: pieces.collect::<Option<_>>()?, comma: text.contains(',') })
    }

    #[inline]
    fn write(&self, at: usize, room: &mut Room) -> usize {
        self.pieces.iter().fold(at, |at, piece| room.piece(at, piece))
    }
}

/// The text with which a cell begins, and its begin without a quote in front of it and with one.
#[derive(Clone, Debug)]
struct Front {
    first: [Piece; 2],
    rest: Pieces,
    comma: bool,
}

impl Front {
    fn of(text: &str) -> Option<Front> {
        // One byte is for the quote.
        let (first, rest) = text.split_at_checked(text.len().min(Piece::LONGEST - 1))?;
        Some(Front { first: in_quotes_or_not(first)?, rest: Pieces::of(rest)?, comma: text.contains(',') })
    }

    #[inline]
    fn write(&self, quoted: bool, at: usize, room: &mut Room) -> usize {
        let at = room.piece(at, &self.first[usize::from(quoted)]);
        self.rest.write(at, room)
    }
}

/// A text without a quote in front of it and with one.
fn in_quotes_or_not(text: &str) -> Option<[Piece; 2]> {
    Some([Piece::of(text)?, Piece::of(&format!("\"{text}"))?])
}

/// When a cell stands in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// Where there is a comma in it, as in CSV.
    ForCommas,
    /// As every text of JSON does.
    Always,
}

/// A phrase has no more counts.
const COUNTS: usize = 4;

impl Words {
    /// The words of a feature.
    pub fn of(feature: &'static Feature) -> Words {
        let form = match feature.phrase {
            Phrase::Flag { yes, no } => {
                Front::of(yes).zip(Front::of(no)).map(|(yes, no)| Form::Flag(Box::new([no, yes])))
            }
            Phrase::Facts { facts, .. } => taken_apart(facts),
            // A share is a number of per cent, and "more" may become "fewer".
            Phrase::Number(words) if feature.unit == "share" || words.contains("more") => None,
            Phrase::Number(words) => around_value(words),
        };
        let named = Pieces::of(&format!("\"feature\":\"{}\",\"value\":", feature.name));
        Words { feature, form: form.unwrap_or(Form::Other), named }
    }

    /// Adds the value in words to a text.
    pub fn write(&self, value: f64, facts: &Facts<'_>, out: &mut String) {
        let Form::Counts { first, counts, .. } = &self.form else {
            return self.feature.write_words(value, facts, out);
        };
        let start = out.len();
        out.push_str(first[0].text());
        for Count { of, behind, behind_one } in counts {
            let Some(number) = whole(facts.factor(*of)) else {
                out.truncate(start);
                return self.feature.write_words(value, facts, out);
            };
            grouped(number as f64, out);
            out.push_str(if number == 1 { behind_one } else { behind }.text());
        }
    }

    /// Writes the value in words and `behind` them as a cell; gives the place behind it. `behind` is what ends a cell without quotes
    /// and one in quotes. `None` for the few values that only the long way can write.
    #[inline(always)]
    pub(crate) fn write_cell(
        &self,
        value: f64,
        facts: &Facts<'_>,
        quotes: Quotes,
        behind: &[Piece; 2],
        at: usize,
        room: &mut Room,
    ) -> Option<usize> {
        let always = quotes == Quotes::Always;
        match &self.form {
            Form::Counts { first, counts, comma } => {
                let begun = always | *comma;
                // Nearly all phrases have two, for which no loop is needed.
                match counts.first_chunk::<2>().filter(|_| counts.len() == 2) {
                    Some(two) => write_counts(first, two, begun, facts, behind, at, room),
                    None => write_any_counts(first, counts, begun, facts, behind, at, room),
                }
            }
            Form::Flag(texts) => {
                let text = &texts[usize::from(value > 0.5)];
                let quoted = always | text.comma;
                let at = text.write(quoted, at, room);
                Some(room.piece(at, &behind[usize::from(quoted)]))
            }
            Form::Value { before, behind: unit, behind_one } => {
                let number = whole(value)?;
                let quoted = always | before.comma | unit.comma | (number >= 1000);
                let exactly = number as f64 == value;
                let hundredths = if exactly { 0 } else { hundredths(value)? };
                let at = before.write(quoted, at, room);
                let at = if exactly { room.grouped(at, number) } else { room.two_places(at, hundredths) };
                let unit = if exactly && number == 1 { behind_one } else { unit };
                let at = unit.write(at, room);
                Some(room.piece(at, &behind[usize::from(quoted)]))
            }
            Form::Other => None,
        }
    }

    /// Writes what stands in JSON between the words of a reason and its value: the name of the feature.
    #[inline]
    pub(crate) fn write_name(&self, at: usize, room: &mut Room) -> Option<usize> {
        Some(self.named.as_ref()?.write(at, room))
    }
}

/// Writes counts with the texts around them, in quotes where one of them has a comma; as [`Words::write_cell`].
#[inline(always)]
fn write_counts(
    first: &[Piece; 2],
    counts: &[Count],
    quoted: bool,
    facts: &Facts<'_>,
    behind: &[Piece; 2],
    at: usize,
    room: &mut Room,
) -> Option<usize> {
    let (mut numbers, mut quoted) = ([0; COUNTS], quoted);
    for (n, count) in counts.iter().enumerate() {
        let number = whole(facts.factor(count.of))?;
        numbers[n % COUNTS] = number;
        quoted |= number >= 1000;
    }
    let mut at = room.piece(at, &first[usize::from(quoted)]);
    for (n, count) in counts.iter().enumerate() {
        let number = numbers[n % COUNTS];
        at = room.grouped(at, number);
        at = room.piece(at, if number == 1 { &count.behind_one } else { &count.behind });
    }
    Some(room.piece(at, &behind[usize::from(quoted)]))
}

#[inline(never)]
fn write_any_counts(
    first: &[Piece; 2],
    counts: &[Count],
    quoted: bool,
    facts: &Facts<'_>,
    behind: &[Piece; 2],
    at: usize,
    room: &mut Room,
) -> Option<usize> {
    write_counts(first, counts, quoted, facts, behind, at, room)
}

/// The nearest whole number, a half rounded away from nothing, as [`f64::round`] has it; `None` for what is below nothing, not
/// known, or larger than every count.
#[inline]
fn whole(number: f64) -> Option<u64> {
    // Of numbers above nothing the bits are in the order of the numbers; those of all others are higher.
    if number.to_bits() >= 1e15_f64.to_bits() {
        return None;
    }
    let (even, beside) = nearest(number);
    Some(even + u64::from(beside == 0.5))
}

/// The hundredths that [`readable`] shows of a value between them and 1; `None` where there are none to show, and where the
/// value is so near to the middle of two that it takes all its digits to round it.
fn hundredths(value: f64) -> Option<u32> {
    if !(0.01..0.99).contains(&value) {
        return None;
    }
    let exact = value * 100.0;
    let near = (exact + 0.5) as u32;
    ((exact - f64::from(near)).abs() < 0.499_999).then_some(near)
}

fn taken_apart(words: &'static str) -> Option<Form> {
    let (first, mut rest) = around(words, b'{')?;
    let mut counts = Vec::new();
    loop {
        let (name, behind) = around(rest, b'}')?;
        let (behind, next) = match around(behind, b'{') {
            Some((behind, next)) => (behind, Some(next)),
            None => (behind, None),
        };
        let behind_one = in_the_singular(behind);
        counts.push(Count {
            of: named(name)?,
            behind: Piece::of(behind)?,
            behind_one: Piece::of(&behind_one)?,
        });
        match next {
            Some(next) => rest = next,
            None if counts.len() > COUNTS => return None,
            None => {
                let first = Box::new(in_quotes_or_not(first)?);
                return Some(Form::Counts { first, counts, comma: words.contains(',') });
            }
        }
    }
}

fn around_value(words: &str) -> Option<Form> {
    let (before, behind) = words.split_once("{}")?;
    let behind_one = Pieces::of(&in_the_singular(behind))?;
    Some(Form::Value { before: Box::new(Front::of(before)?), behind: Pieces::of(behind)?, behind_one })
}

/// The text behind a count as it reads behind a 1.
fn in_the_singular(behind: &str) -> String {
    let mut one = String::new();
    let left = of_one(behind, &mut one);
    one + left
}

/// The text before and behind a mark; `str::split_once`, in a fraction of the time that its search takes to begin.
fn around(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(mark, text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Puts the value into its place.
pub(super) fn put_value(words: &str, value: f64, unit: &str, out: &mut String) {
    let Some((before, behind)) = around(words, b'{') else { return out.push_str(words) };
    out.push_str(before);
    let start = out.len();
    let mut behind = behind.strip_prefix('}').unwrap_or(behind);
    // A change by -3 is "3 fewer", not "-3 more".
    let fewer = behind.strip_prefix(" more").filter(|_| value < 0.0);
    readable(if fewer.is_some() { -value } else { value }, unit, out);
    let one = out[start..] == *"1";
    if let Some(less) = fewer {
        out.push_str(" fewer");
        behind = less;
    }
    if one {
        behind = of_one(behind, out);
    }
    out.push_str(behind);
}

/// Adds what stands behind a 1 up to its noun, in the singular, and gives the rest: "1 post so far", not "1 posts".
///
/// The noun is the first word in "s" before the next comma or number; "1 times as many" stays.
fn of_one<'w>(behind: &'w str, out: &mut String) -> &'w str {
    let near = behind.split([',', '{', '(']).next().unwrap_or_default();
    let mut end = 0;
    for word in near.split_inclusive(' ') {
        let noun = word.trim_end();
        if noun == "times" {
            break;
        }
        if noun.ends_with('s') {
            out.push_str(&behind[..end + noun.len() - 1]);
            return &behind[end + noun.len()..];
        }
        end += word.len();
    }
    behind
}

/// Puts counts into their places; `None` where one is not known.
pub(super) fn put_counts(words: &str, f: &Facts<'_>, out: &mut String) -> Option<()> {
    let mut rest = words;
    while let Some((before, behind)) = around(rest, b'{') {
        let (name, after) = around(behind, b'}')?;
        out.push_str(before);
        let number = f.known(named(name)?)?.round();
        grouped(number, out);
        rest = if number == 1.0 { of_one(after, out) } else { after };
    }
    out.push_str(rest);
    Some(())
}

/// A number as a person would say it: `1,234`, `0.35`, `42 %`.
fn readable(value: f64, unit: &str, out: &mut String) {
    // Writing into a text cannot fail.
    let _ = if unit == "share" {
        write!(out, "{:.0} %", value * 100.0)
    } else if value.fract() == 0.0 || value.abs() >= 100.0 {
        grouped(value.round(), out);
        Ok(())
    } else if value.abs() >= 1.0 {
        write!(out, "{value:.1}")
    } else if value.abs() >= 0.001 {
        let digits = format!("{value:.2}");
        out.push_str(&digits.trim_end_matches('0').trim_end_matches('.').replace("0.00", "0.001"));
        Ok(())
    } else {
        out.write_str("under 0.001")
    };
}

/// A whole number with a comma every three digits.
fn grouped(value: f64, out: &mut String) {
    if (0.0..1e6).contains(&value) {
        return group_small(value as u32, out);
    }
    let mut buffer = itoa::Buffer::new();
    let large;
    let digits = if value.abs() < 1e18 {
        buffer.format(value.abs() as u64)
    } else {
        large = format!("{:.0}", value.abs());
        &large
    };
    if value < 0.0 {
        out.push('-');
    }
    group(digits, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::features::{CATALOGUE, Groups, find};

    proptest::proptest! {
        #[test]
        fn words_taken_apart_read_as_the_phrase_does(
            counts in proptest::array::uniform5(proptest::option::of(proptest::prop_oneof![0..3u64, proptest::prelude::any::<u64>()])),
            age in proptest::option::of(proptest::prop_oneof![proptest::strategy::Just(1.0), -1.0..4000.0]),
            rate in proptest::option::of(0.0..1000.0), value in 0.0..1.1, whole in 0..3_000_000u64,
        ) {
            let mut account = Account {
                followers: counts[0], following: counts[1], posts: counts[2], likes_given: counts[3], listed: counts[4],
                ..Account::default()
            };
            account.given.age_days = age;
            account.given.posts_per_day = rate;
            let facts = Facts::of(&account, Groups::ALL);
            for feature in CATALOGUE {
                let mut words = String::new();
                Words::of(feature).write(7.25, &facts, &mut words);
                proptest::prop_assert_eq!(&words, &feature.words(7.25, &facts));
                for value in [0.0, 1.0, 7.25, value, value * 1000.0, whole as f64] {
                    let words = feature.words(value, &facts) + ": so";
                    let in_quotes = format!("\"{words}\",");
                    let cell = if words.contains(',') { in_quotes.clone() } else { words + "," };
                    let behind = [": so,", ": so\","].map(|behind| Piece::of(behind).unwrap());
                    for (quotes, right) in [(Quotes::ForCommas, cell), (Quotes::Always, in_quotes)] {
                        let mut room = Room::new();
                        let end = Words::of(feature).write_cell(value, &facts, quotes, &behind, 0, &mut room);
                        if let Some(end) = end {
                            proptest::prop_assert_eq!(std::str::from_utf8(room.written(end)).unwrap(), right);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn all_but_shares_and_changes_are_written_the_short_way() {
        let mut account = Account {
            followers: Some(3),
            following: Some(4),
            posts: Some(1),
            likes_given: Some(6),
            listed: Some(7),
            ..Account::default()
        };
        account.given.age_days = Some(2000.0);
        let facts = Facts::of(&account, Groups::ALL);
        let behind = [";", "\";"].map(|behind| Piece::of(behind).unwrap());
        for feature in CATALOGUE {
            let words = Words::of(feature);
            for value in [0.0, 0.5, 1.0, 0.25, 1234.0] {
                let mut room = Room::new();
                let end = words.write_cell(value, &facts, Quotes::Always, &behind, 5, &mut room);
                let is_long = matches!(feature.phrase, Phrase::Number(words) if feature.unit == "share" || words.contains("more"));
                assert_eq!(end.is_none(), is_long, "{} {value}", feature.name);
                if let Some(end) = end {
                    let right = format!("\"{}\";", feature.words(value, &facts));
                    assert_eq!(std::str::from_utf8(&room.written(end)[5..]).unwrap(), right);
                }
            }
            let mut room = Room::new();
            let end = words.write_name(5, &mut room).unwrap();
            let right = format!("\"feature\":\"{}\",\"value\":", feature.name);
            assert_eq!(std::str::from_utf8(&room.written(end)[5..]).unwrap(), right);
        }
    }

    #[test]
    fn counts_are_rounded_to_whole_numbers_and_shares_to_hundredths() {
        for (number, right) in [
            (0.0, Some(0)),
            (0.5, Some(1)),
            (2.4, Some(2)),
            (2.5, Some(3)),
            (3.5, Some(4)),
            (1e15 - 1.0, Some(999_999_999_999_999)),
            (1e15, None),
            (-1.0, None),
            (f64::NAN, None),
        ] {
            assert_eq!(whole(number), right, "{number}");
        }
        for (value, right) in [
            (0.0099, None),
            (0.01, Some(1)),
            (0.1249, Some(12)),
            (0.125, None),
            (0.1251, Some(13)),
            (0.75, Some(75)),
            (0.99, None),
            (7.0, None),
        ] {
            assert_eq!(hundredths(value), right, "{value}");
        }
    }

    #[test]
    fn a_phrase_of_four_counts_is_taken_apart_and_one_of_five_is_not() {
        let Some(Form::Counts { counts, comma, .. }) = taken_apart("{posts}, {listed} of {likes} in {age}")
        else {
            panic!("four counts are taken apart")
        };
        let of: Vec<Factor> = counts.iter().map(|count| count.of).collect();
        assert_eq!(of, [Factor::Posts, Factor::Listed, Factor::Likes, Factor::Age]);
        assert!(comma);
        assert!(taken_apart("{posts} {posts} {posts} {posts} {posts}").is_none());
    }

    #[test]
    fn a_comma_before_a_value_is_in_quotes() {
        let feature = find("statuses_count").unwrap();
        let feature = Feature { phrase: Phrase::Number("so far, {} posts"), ..*feature };
        let words = Words::of(Box::leak(Box::new(feature)));
        let account = Account::default();
        let facts = Facts::of(&account, Groups::ALL);
        let behind = [";", "\";"].map(|behind| Piece::of(behind).unwrap());
        for quotes in [Quotes::ForCommas, Quotes::Always] {
            let mut room = Room::new();
            let end = words.write_cell(3.0, &facts, quotes, &behind, 0, &mut room).unwrap();
            assert_eq!(room.written(end), b"\"so far, 3 posts\";");
        }
    }
}
