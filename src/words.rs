//! Numbers, days and names as a person reads them.

use wide::u8x16;

use crate::account::Timestamp;

/// Adds whole digits with a comma every three.
#[inline]
pub(crate) fn group(digits: &str, out: &mut String) {
    let (first, mut rest) = digits.split_at(digits.len() - digits.len().saturating_sub(1) / 3 * 3);
    out.push_str(first);
    while let Some((group, behind)) = rest.split_at_checked(3) {
        out.push(',');
        out.push_str(group);
        rest = behind;
    }
}

/// Adds a number below a million as [`group`] would.
#[inline]
pub(crate) fn group_small(n: u32, out: &mut String) {
    let (thousands, ones) = (n as usize / 1000 % 1000, n as usize % 1000);
    let three = |n: usize| &THREE_DIGITS[3 * n..3 * n + 3];
    let first = if thousands > 0 { thousands } else { ones };
    match first {
        0..10 => out.push_str(&three(first)[2..]),
        10..100 => out.push_str(&three(first)[1..]),
        _ => out.push_str(three(first)),
    }
    if thousands > 0 {
        out.push(',');
        out.push_str(three(ones));
    }
}

/// `000`, `001` and so on, one behind the other: a fifth of the work of writing digits one by one.
const THREE_DIGITS: &str = {
    const DIGITS: [u8; 3000] = {
        let mut digits = [b'0'; 3000];
        let mut at = 0;
        while at < 3000 {
            let n = at / 3;
            digits[at] += (n / 100) as u8;
            digits[at + 1] += (n / 10 % 10) as u8;
            digits[at + 2] += (n % 10) as u8;
            at += 3;
        }
        digits
    };
    match std::str::from_utf8(&DIGITS) {
        Ok(digits) => digits,
        Err(_) => panic!("digits are ASCII"),
    }
};

/// Which of 16 bytes are ASCII letters and digits.
#[inline]
pub(crate) fn alphanumeric(bytes: u8x16) -> u8x16 {
    ascii_letters(bytes) | are_digits(bytes)
}

/// Which of 16 bytes are ASCII digits.
#[inline]
pub(crate) fn are_digits(bytes: u8x16) -> u8x16 {
    let digits = bytes - u8x16::splat(b'0');
    digits.min(u8x16::splat(9)).simd_eq(digits)
}

/// Which of 16 bytes are ASCII letters.
#[inline]
pub(crate) fn ascii_letters(bytes: u8x16) -> u8x16 {
    let letters = (bytes | u8x16::splat(0x20)) - u8x16::splat(b'a');
    letters.min(u8x16::splat(25)).simd_eq(letters)
}

/// The first byte, from a place on, that a look at 16 of them at once marks, a bit for each.
#[inline]
pub(crate) fn first_marked(bytes: &[u8], from: usize, marks: impl Fn(u8x16) -> u32) -> Option<usize> {
    let (mut rest, mut at) = (bytes.get(from..)?, from);
    while let Some(block) = rest.first_chunk() {
        let found = marks(u8x16::new(*block));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        rest = &rest[16..];
        at += 16;
    }
    let found = marks(u8x16::new(padded(rest))) & !(u32::MAX << rest.len());
    (found != 0).then(|| at + found.trailing_zeros() as usize)
}

/// Up to 16 bytes as a block, zeros behind them; in a few steps without a loop, where a copy of a length that is not known
/// beforehand is a call.
#[inline]
pub(crate) fn padded(bytes: &[u8]) -> [u8; 16] {
    let len = bytes.len();
    if let Some(block) = bytes.first_chunk::<16>() {
        return *block;
    }
    // Two looks that overlap, the second moved to its place.
    let packed = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        u128::from(first) | u128::from(last) << (8 * (len - 8))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        u128::from(u64::from(first) | u64::from(last) << (8 * (len - 4)))
    } else {
        let byte = |at: usize| bytes.get(at).map_or(0, |byte| u32::from(*byte) << (8 * at));
        u128::from(byte(0) | byte(1) | byte(2))
    };
    packed.to_le_bytes()
}

/// The nearest whole number to one from 0 to below 2^51, of two equally near ones the even, and how far it is from there.
///
/// 2^52 more has no bits left behind the point: what is added is in its lower bits. A cast asks for `NaN` and for numbers that do
/// not fit as well, which takes longer.
#[inline]
pub(crate) fn nearest(number: f64) -> (u64, f64) {
    const LARGE: f64 = (1u64 << 52) as f64;
    let rounded = number + LARGE;
    (rounded.to_bits() & ((1 << 52) - 1), number - (rounded - LARGE))
}

/// Text that is written often: kept in a block of a fixed size, which is copied as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    bytes: [u8; PIECE],
    len: usize,
}

const PIECE: usize = 32;

impl Piece {
    /// Bytes of the longest.
    pub(crate) const LONGEST: usize = PIECE;

    /// `None` for a text that is too long.
    pub(crate) const fn of(text: &str) -> Option<Piece> {
        if text.len() > PIECE {
            return None;
        }
        let mut bytes = [0; PIECE];
        let mut at = 0;
        while at < text.len() {
            bytes[at] = text.as_bytes()[at];
            at += 1;
        }
        Some(Piece { bytes, len: text.len() })
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

/// Where a line of output is put together. Everything is written at a place, in blocks that may be longer than what they
/// bring, and gives the place behind it; there is no length to be kept and no room to be asked for piece by piece.
///
/// Whoever writes must empty it before [`Room::HALF`] bytes more might not fit: a place beyond the end begins again at the
/// front.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    // Not in a box: where it stands would be asked for at every write.
    bytes: [u8; ROOM + PIECE],
}

/// A power of two, so that the compiler sees that no block reaches beyond the end.
const ROOM: usize = 1 << 12;

impl Room {
    /// A place up to which as much again may be written.
    pub(crate) const HALF: usize = ROOM / 2;

    pub(crate) fn new() -> Room {
        Room { bytes: [0; ROOM + PIECE] }
    }

    /// What was written, up to a place.
    #[inline]
    pub(crate) fn written(&self, end: usize) -> &[u8] {
        &self.bytes[..end]
    }

    #[inline]
    fn block<const N: usize>(&mut self, at: usize, block: [u8; N]) {
        const { assert!(N <= PIECE) };
        let at = at % ROOM;
        self.bytes[at..at + N].copy_from_slice(&block);
    }

    #[inline]
    pub(crate) fn byte(&mut self, at: usize, byte: u8) -> usize {
        self.bytes[at % ROOM] = byte;
        at + 1
    }

    #[inline]
    pub(crate) fn piece(&mut self, at: usize, piece: &Piece) -> usize {
        self.block(at, piece.bytes);
        at + piece.len
    }

    /// A few bytes that are known when this is compiled.
    #[inline]
    pub(crate) fn known<const N: usize>(&mut self, at: usize, bytes: &[u8; N]) -> usize {
        self.block(at, *bytes);
        at + N
    }

    /// A text of at most [`Room::SHORT`] bytes; `None` for a longer one, and for one with anything but ASCII letters,
    /// digits and underscores.
    #[inline]
    pub(crate) fn plain(&mut self, at: usize, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let len = bytes.len();
        let plain = |block: [u8; 16]| {
            let block = u8x16::new(block);
            (alphanumeric(block) | block.simd_eq(u8x16::splat(b'_'))).to_bitmask()
        };
        // Two blocks that overlap are what is long enough for them: there is nothing to be moved and nothing to be left out.
        let marks = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk::<16>()) {
            if len > Room::SHORT {
                return None;
            }
            self.block(at, *first);
            self.block(at + len - 16, *last);
            plain(*first) & plain(*last)
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk::<8>()) {
            self.block(at, *first);
            self.block(at + len - 8, *last);
            let both = u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << 64;
            plain(both.to_le_bytes())
        } else {
            let block = padded(bytes);
            self.block(at, block);
            plain(block) | u32::MAX << len
        };
        (marks & 0xffff == 0xffff).then_some(at + len)
    }

    pub(crate) const SHORT: usize = 32;

    /// A whole number.
    #[inline]
    pub(crate) fn count(&mut self, at: usize, n: u64) -> usize {
        if n < 1000 { self.up_to_three(at, n as usize) } else { self.count_long(at, n) }
    }

    fn count_long(&mut self, at: usize, n: u64) -> usize {
        const MILLION: u64 = 1_000_000;
        if n < MILLION {
            let n = n as usize;
            let at = self.up_to_three(at, n / 1000);
            return self.three(at, n % 1000);
        }
        let at = self.count(at, n / MILLION);
        let n = (n % MILLION) as usize;
        let at = self.three(at, n / 1000);
        self.three(at, n % 1000)
    }

    /// A number below a thousand with all three digits.
    #[inline]
    fn three(&mut self, at: usize, n: usize) -> usize {
        self.block(at, three_digits(n));
        at + 3
    }

    /// A whole number with a comma every three digits, as [`group`] writes them.
    #[inline]
    pub(crate) fn grouped(&mut self, at: usize, n: u64) -> usize {
        let (thousands, ones) = (n / 1000, (n % 1000) as usize);
        if thousands >= 1000 {
            let at = self.grouped_long(at, thousands);
            self.block(at, BEHIND_A_COMMA[ones]);
            return at + 4;
        }
        // What stands behind a comma is written where there is none too, and then written over.
        let has_comma = thousands > 0;
        let at = self.up_to_three(at, if has_comma { thousands as usize } else { ones });
        self.block(at, BEHIND_A_COMMA[ones]);
        at + if has_comma { 4 } else { 0 }
    }

    #[inline(never)]
    fn grouped_long(&mut self, at: usize, n: u64) -> usize {
        self.grouped(at, n)
    }

    /// A number below a thousand.
    #[inline]
    fn up_to_three(&mut self, at: usize, n: usize) -> usize {
        let [a, b, c, len] = UP_TO_THREE[n];
        self.block(at, [a, b, c, len]);
        at + usize::from(len)
    }

    /// Ten decimal places behind a whole number, in units of the last one, below 10^15; zeros at the end are left out, and
    /// so is the point where nothing is behind it.
    #[inline]
    pub(crate) fn ten_places(&mut self, at: usize, units: u64) -> usize {
        const EIGHT_PLACES: u64 = 100_000_000;
        let (front, behind) = ((units / EIGHT_PLACES) as usize, (units % EIGHT_PLACES) as u32);
        let Some(front) = TWO_PLACES.get(front) else { return self.ten_places_long(at, units) };
        self.block(at, *front);
        self.block(at + 4, to_eight_digits(behind));
        // A branch, so that where the next thing is written need not wait for the digits.
        if behind.is_multiple_of(10) { self.without_zeros(at + 12) } else { at + 12 }
    }

    /// The same of a number of ten or more: the whole number, and from its last digit on as a number below ten.
    #[inline(never)]
    fn ten_places_long(&mut self, at: usize, units: u64) -> usize {
        const TEN: u64 = 100_000_000_000;
        let end = self.count(at, units / (TEN / 10));
        self.ten_places(end - 1, units % TEN)
    }

    /// The place behind a decimal number without the zeros at its end, and without the point if nothing is behind it.
    #[inline(never)]
    fn without_zeros(&self, end: usize) -> usize {
        let number = self.written(end);
        let end = number.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        end - usize::from(number[..end].ends_with(b"."))
    }

    /// Hundredths, from 1 to 99, as a number below one; a zero at the end is left out.
    #[inline]
    pub(crate) fn two_places(&mut self, at: usize, hundredths: u32) -> usize {
        let (tenth, hundredth) = ((hundredths / 10) as u8, (hundredths % 10) as u8);
        self.block(at, [b'0', b'.', b'0' + tenth, b'0' + hundredth]);
        at + 3 + usize::from(hundredth > 0)
    }

    /// Four decimal places of a share below one, in units of the last one, from 1 to 9999; zeros at the end are left out.
    #[inline]
    pub(crate) fn four_places(&mut self, at: usize, units: u32) -> usize {
        self.block(at, [b'0', b'.', b'0' + (units / 1000 % 10) as u8]);
        let at = self.three(at + 3, units as usize % 1000);
        if units.is_multiple_of(10) { self.without_zeros(at) } else { at }
    }

    /// A short text that is not known beforehand; it must fit before the end.
    #[inline]
    pub(crate) fn text(&mut self, at: usize, text: &str) -> usize {
        let end = at + text.len();
        self.bytes[at..end].copy_from_slice(text.as_bytes());
        end
    }
}

/// The numbers below a thousand without zeros in front, and how many digits they have.
static UP_TO_THREE: [[u8; 4]; 1000] = {
    let mut texts = [[0; 4]; 1000];
    let mut n = 0;
    while n < 1000 {
        let (a, b, c) = (b'0' + (n / 100) as u8, b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8);
        texts[n] = match n {
            0..10 => [c, 0, 0, 1],
            10..100 => [b, c, 0, 2],
            _ => [a, b, c, 3],
        };
        n += 1;
    }
    texts
};

/// The numbers from 0.00 to 9.99 with their two places.
static TWO_PLACES: [[u8; 4]; 1000] = {
    let mut texts = [[b'.'; 4]; 1000];
    let mut n = 0;
    while n < 1000 {
        let (a, b, c) = (b'0' + (n / 100) as u8, b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8);
        texts[n] = [a, b'.', b, c];
        n += 1;
    }
    texts
};

/// A number below a hundred million with all eight digits.
///
/// Its digits are parted in two again and again, all in one word: twice four digits, four times two, eight times one. A division
/// by 100 and by 10 is a multiplication, which is exact for numbers as small as these. A table of all digits would take room in
/// the first cache.
#[inline]
fn to_eight_digits(n: u32) -> [u8; 8] {
    let fours = u64::from(n / 10_000) | u64::from(n % 10_000) << 32;
    let hundreds = (fours * 10_486) >> 20 & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - 100 * hundreds) << 16;
    let tens = (twos * 103) >> 10 & 0x000f_000f_000f_000f;
    let ones = tens | (twos - 10 * tens) << 8;
    (ones | u64::from_le_bytes([b'0'; 8])).to_le_bytes()
}

/// A number below a thousand with three digits, and something behind them.
#[inline]
fn three_digits(n: usize) -> [u8; 4] {
    (u32::from_le_bytes(BEHIND_A_COMMA[n % 1000]) >> 8).to_le_bytes()
}

/// The numbers below a thousand with three digits, behind a comma.
static BEHIND_A_COMMA: [[u8; 4]; 1000] = {
    let mut texts = [[b','; 4]; 1000];
    let mut n = 0;
    while n < 1000 {
        texts[n] = [b',', b'0' + (n / 100) as u8, b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    texts
};

/// A count with a comma every three digits.
pub(crate) fn counted(n: u64) -> String {
    let mut out = String::new();
    group(itoa::Buffer::new().format(n), &mut out);
    out
}

/// The day of a time, as `2025-01-18`.
pub(crate) fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// What an account is called by: its handle, or its id where it has none. Not made harmless.
pub(crate) fn called(handle: &str, id: &str) -> String {
    if handle.is_empty() { format!("id {id}") } else { format!("@{handle}") }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn numbers_and_texts_in_a_room_are_those_of_the_plain_way(
            n: u64, bits in 0..64u32, units in 0..1_000_000_000_000_000u64, share in 1..10_000u32, text in "[a-zA-Z0-9_@é -]{0,40}",
        ) {
            let mut room = Room::new();
            let n = n >> bits;
            let mut grouped = String::new();
            group(&n.to_string(), &mut grouped);
            let end = room.grouped(3, n);
            proptest::prop_assert_eq!(&room.written(end)[3..], grouped.as_bytes());
            let end = room.count(3, n);
            let right = n.to_string();
            proptest::prop_assert_eq!(&room.written(end)[3..], right.as_bytes());
            for units in [units, units % 10_000_000_000, units / 100_000 * 100_000] {
                let end = room.ten_places(0, units);
                let right = format!("{}.{:010}", units / 10_000_000_000, units % 10_000_000_000);
                proptest::prop_assert_eq!(room.written(end), right.trim_end_matches('0').trim_end_matches('.').as_bytes());
            }
            let end = room.four_places(0, share);
            let right = format!("0.{share:04}");
            proptest::prop_assert_eq!(room.written(end), right.trim_end_matches('0').as_bytes());
            let plain = text.len() <= Room::SHORT && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let end = room.plain(5, &text);
            proptest::prop_assert_eq!(end.is_some(), plain);
            proptest::prop_assert!(end.is_none_or(|end| room.written(end)[5..] == *text.as_bytes()));
            for len in 0..=text.len().min(16) {
                let mut right = [0; 16];
                right[..len].copy_from_slice(&text.as_bytes()[..len]);
                proptest::prop_assert_eq!(padded(&text.as_bytes()[..len]), right);
            }
        }
    }

    #[test]
    fn eight_digits_are_those_of_the_number() {
        // The halves of a number are taken apart without a look at each other.
        for half in 0..10_000 {
            for n in [half, half * 10_000, half * 10_001, 99_990_000 + half] {
                assert_eq!(to_eight_digits(n), *format!("{n:08}").as_bytes(), "{n}");
            }
        }
    }

    #[test]
    fn a_comma_stands_every_three_digits_from_the_end() {
        let numbers = [(0, "0"), (12, "12"), (123, "123"), (1234, "1,234"), (123_456, "123,456")];
        for (n, words) in
            numbers.into_iter().chain([(1_234_567, "1,234,567"), (u64::MAX, "18,446,744,073,709,551,615")])
        {
            assert_eq!(counted(n), words);
        }
        for n in (0..1_000_000).step_by(7).chain([1, 9, 10, 99, 100, 999, 1000, 1001, 99_999, 999_999]) {
            let (mut small, mut any) = (String::new(), String::new());
            group_small(n, &mut small);
            group(&n.to_string(), &mut any);
            assert_eq!(small, any);
        }
        let mut out = String::new();
        group("", &mut out);
        assert_eq!(out, "");
    }
}
