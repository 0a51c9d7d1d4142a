//! Numbers, days and names as a person reads them.

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
        let mut out = String::new();
        group("", &mut out);
        assert_eq!(out, "");
    }
}
