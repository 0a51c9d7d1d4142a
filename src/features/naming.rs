//! Handle and display name: lengths, digits, shape, likelihood, likeness.

use wide::u8x16;

use super::bigrams::default_bigrams;
use crate::words::first_marked;

/// What a handle looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HandleFacts {
    pub chars: f64,
    pub digits: f64,
    pub trailing_digits: f64,
    pub underscores: f64,
    pub upper: f64,
    /// Runs of one capital and the small letters behind it.
    pub capital_words: f64,
    /// Shannon entropy of the characters, bits, letters in lower case.
    pub entropy_bits: f64,
}

/// The part of a handle in front of the host (`user@host` on Mastodon).
fn local_part(handle: &str) -> &str {
    let is_host = |bytes: u8x16| bytes.simd_eq(u8x16::splat(b'@')).to_bitmask();
    first_marked(handle.as_bytes(), 0, is_host).map_or(handle, |at| &handle[..at])
}

/// Mean log-likelihood of the bigrams of a handle; `None` for fewer than two characters.
pub(super) fn likelihood(handle: &str) -> Option<f64> {
    default_bigrams().mean_log_likelihood(local_part(handle))
}

pub(super) fn handle_facts(handle: &str) -> HandleFacts {
    let handle = local_part(handle);
    let mut facts = HandleFacts {
        chars: 0.0,
        digits: 0.0,
        trailing_digits: 0.0,
        underscores: 0.0,
        upper: 0.0,
        capital_words: 0.0,
        entropy_bits: 0.0,
    };
    let mut seen = [0u16; 128];
    let mut other = 0.0;
    let mut after_capital = false;
    for c in handle.chars() {
        facts.chars += 1.0;
        let digit = c.is_ascii_digit();
        if digit {
            facts.digits += 1.0;
            facts.trailing_digits += 1.0;
        } else {
            facts.trailing_digits = 0.0;
        }
        if c == '_' {
            facts.underscores += 1.0;
        }
        if after_capital && c.is_ascii_lowercase() {
            facts.capital_words += 1.0;
        }
        after_capital = c.is_ascii_uppercase();
        if after_capital {
            facts.upper += 1.0;
        }
        match seen.get_mut(c.to_ascii_lowercase() as usize) {
            Some(n) => *n = n.saturating_add(1),
            None => other += 1.0,
        }
    }
    if facts.chars > 0.0 {
        // Characters outside ASCII, which no network allows in a handle, count as one kind.
        let kinds = seen.iter().filter(|n| **n > 0).map(|n| f64::from(*n));
        let share = |n: f64| n / facts.chars;
        facts.entropy_bits = kinds
            .chain(std::iter::once(other).filter(|n| *n > 0.0))
            .map(|n| -share(n) * share(n).log2())
            .sum::<f64>()
            .max(0.0);
    }
    facts
}

/// What a display name looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NameFacts {
    pub chars: f64,
    pub digits: f64,
    pub words: f64,
    pub ascii: bool,
}

pub(super) fn name_facts(name: &str) -> NameFacts {
    NameFacts {
        chars: name.chars().count() as f64,
        digits: name.bytes().filter(u8::is_ascii_digit).count() as f64,
        words: name.split_whitespace().count() as f64,
        ascii: name.is_ascii(),
    }
}

/// Longest text compared, in letters; names and handles are shorter on every network.
const COMPARED: usize = 64;

/// Dice coefficient of the letter bigrams of handle and name, 0 (nothing alike) to 1 (the same); `None` where
/// neither has two letters or digits in a row. Dice, 1945; letters in lower case, everything else left out.
pub(super) fn similarity(handle: &str, name: &str) -> Option<f64> {
    let (mut a, mut b) = ([0u64; COMPARED], [0u64; COMPARED]);
    let (n, m) = (bigrams_of(local_part(handle), &mut a), bigrams_of(name, &mut b));
    if n + m == 0 {
        return None;
    }
    a[..n].sort_unstable();
    b[..m].sort_unstable();
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < n && j < m {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    Some(2.0 * f64::from(shared) / (n + m) as f64)
}

fn bigrams_of(text: &str, out: &mut [u64; COMPARED]) -> usize {
    let mut n = 0;
    let mut before = None;
    let letters = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    for c in letters {
        if let Some(before) = before.replace(c) {
            if n == COMPARED {
                break;
            }
            out[n] = (u64::from(u32::from(before)) << 32) | u64::from(u32::from(c));
            n += 1;
        }
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_shape_of_handles() {
        let facts = handle_facts("AnnaSmith_1987");
        assert_eq!((facts.chars, facts.digits, facts.trailing_digits), (14.0, 4.0, 4.0));
        assert_eq!((facts.underscores, facts.upper, facts.capital_words), (1.0, 2.0, 2.0));
        assert_eq!(handle_facts("4anna5b").trailing_digits, 0.0);
        assert_eq!(handle_facts("user123@mastodon.social").trailing_digits, 3.0);
    }

    #[test]
    fn entropy_is_in_bits() {
        assert_eq!(handle_facts("aaaa").entropy_bits, 0.0);
        assert!((handle_facts("abAB").entropy_bits - 1.0).abs() < 1e-12);
        assert!((handle_facts("abcd").entropy_bits - 2.0).abs() < 1e-12);
    }

    #[test]
    fn likeness_of_handle_and_name() {
        assert_eq!(similarity("anna_smith", "Anna Smith"), Some(1.0));
        assert_eq!(similarity("xqzk", "Anna"), Some(0.0));
        assert_eq!(similarity("a", "b"), None);
        let half = similarity("anna", "annabell").unwrap();
        assert!((half - 2.0 * 3.0 / 10.0).abs() < 1e-12, "{half}");
    }

    #[test]
    fn a_bigram_is_shared_as_often_as_both_have_it() {
        // ab; ab, ba, ab.
        assert_eq!(similarity("ab", "abab"), Some(2.0 * 1.0 / 4.0));
        assert_eq!(similarity("abab", "ab"), Some(2.0 * 1.0 / 4.0));
        assert_eq!(similarity("abab", "abab"), Some(1.0));
    }

    #[test]
    fn characters_outside_ascii_are_one_kind() {
        assert!((handle_facts("\u{e9}\u{e8}aa").entropy_bits - 1.0).abs() < 1e-12);
    }
}
