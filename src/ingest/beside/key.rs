//! An id or a handle in sixteen bytes.

use std::hash::{DefaultHasher, Hasher};

use super::super::canonical_id;
use super::super::value::few_digits;
use crate::scramble::scramble;

/// What accounts are joined by, in a fixed size: an id of digits as the number it is, any other id and every handle as
/// 126 bits of a hash. Two of a million million such keys are alike with a chance of less than one in 10^13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u128);

const ID: u128 = 1 << 126;
const HANDLE: u128 = 2 << 126;
const BITS: u128 = (1 << 126) - 1;

impl Key {
    /// The key of an id, or of a handle where there is no id; `None` where both are missing or empty. Letter case
    /// and a leading `@` of a handle do not count; ids are taken in their [canonical form](canonical_id).
    pub fn of(id: Option<&str>, handle: Option<&str>) -> Option<Key> {
        // Nearly every id, told at once.
        if let Some(number) = id.filter(|id| !id.starts_with('0')).and_then(|id| few_digits(id.as_bytes())) {
            return Some(Key(u128::from(number)));
        }
        if let Some(id) = id.map(canonical_id).filter(|id| !id.is_empty()) {
            let digits = id.bytes().all(|b| b.is_ascii_digit()) && (id == "0" || !id.starts_with('0'));
            return Some(match id.parse::<u64>() {
                Ok(number) if digits => Key(u128::from(number)),
                _ => Key(ID | hashed(id) & BITS),
            });
        }
        let handle = handle?.trim();
        let handle = handle.strip_prefix('@').unwrap_or(handle);
        (!handle.is_empty()).then(|| Key(HANDLE | hashed(&handle.to_lowercase()) & BITS))
    }

    /// 64 well mixed bits of it, for sets of very many.
    pub(crate) fn fingerprint(self) -> u64 {
        scramble(self.0 as u64 ^ scramble((self.0 >> 64) as u64))
    }
}

/// 128 bits of a text, in place of the text where very many are told apart: SipHash twice, with another byte in front.
pub(crate) fn hashed(text: &str) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        hasher.write(text.as_bytes());
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// 32 bits of a text, to tell texts of one account apart.
pub(super) fn short(text: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_handles_never_meet_and_forms_of_one_do() {
        let id = |id| Key::of(Some(id), None).unwrap();
        let handle = |handle| Key::of(None, Some(handle)).unwrap();
        assert_eq!(id("u12"), id("12"));
        assert_eq!(id(" 12 "), id("12"));
        assert_ne!(id("012"), id("12"));
        assert_ne!(id("99999999999999999999"), id("99999999999999999998"));
        assert_ne!(id("did:plc:a"), id("did:plc:b"));
        assert_eq!(handle("@Anna"), handle("anna"));
        assert_ne!(handle("12"), id("12"));
        assert_ne!(handle("anna"), id("anna"));
        assert_eq!(Key::of(Some(""), Some("anna")), Some(handle("anna")));
        assert_eq!(Key::of(Some(" "), Some("@")), None);
    }
}
