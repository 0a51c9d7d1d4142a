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
    let letters = (bytes | u8x16::splat(0x20)) - u8x16::splat(b'a');
    let digits = bytes - u8x16::splat(b'0');
    let is_below = |bytes: u8x16, end: u8| bytes.min(u8x16::splat(end)).simd_eq(bytes);
    is_below(letters, 25) | is_below(digits, 9)
}

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
