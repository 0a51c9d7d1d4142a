//! Which bytes mean which characters: decided by the content of the head, or said by the caller.

use std::fmt;
use std::io::{Cursor, Read};
use std::str::FromStr;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

/// A character encoding, by the labels of the WHATWG Encoding Standard (`utf-8`, `latin1`, `windows-1251`,
/// `shift_jis`, ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl FromStr for Encoding {
    type Err = String;

    fn from_str(label: &str) -> Result<Encoding, String> {
        encoding_rs::Encoding::for_label(label.as_bytes()).map(Encoding).ok_or_else(|| {
            format!("{label:?} is not an encoding; there are utf-8, utf-16le, utf-16be, windows-1252 (latin1), windows-1251, shift_jis, ...")
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_ascii_lowercase())
    }
}

/// What the head of a file says about its encoding.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// UTF-8 without a mark; rows that are not will be damaged.
    Utf8,
    /// To be decoded; with the words for the report that say why.
    Decode(Encoding, &'static str),
    /// Neither; with the words for the error.
    Unclear(&'static str),
}

/// Judges the head of a file.
pub(super) fn judge(head: &[u8]) -> Verdict {
    if head.starts_with(b"\xef\xbb\xbf") {
        return Verdict::Utf8;
    }
    if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
        return Verdict::Unclear("UTF-32 (by its byte order mark), which nothing here reads");
    }
    if head.starts_with(b"\xff\xfe") {
        return Verdict::Decode(Encoding(UTF_16LE), "by its byte order mark");
    }
    if head.starts_with(b"\xfe\xff") {
        return Verdict::Decode(Encoding(UTF_16BE), "by its byte order mark");
    }
    // One that strayed into a text makes no binary data of it.
    let looked_at = &head[..head.len().min(4096)];
    if looked_at.iter().filter(|byte| **byte == 0).count() * 50 > looked_at.len() {
        return Verdict::Unclear("binary data, or UTF-16 without a byte order mark (it holds NUL bytes)");
    }
    // Nearly every file, in a fiftieth of the time; a character that the end of the head cuts in two is not wrong.
    if simdutf8::compat::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true) {
        return Verdict::Utf8;
    }
    let (mut right, mut wrong) = (0usize, 0usize);
    let mut chunks = head.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        // A character that the end of the head cuts in two is not wrong.
        let cut_off = chunks.peek().is_none()
            && std::str::from_utf8(chunk.invalid()).is_err_and(|e| e.error_len().is_none());
        wrong += usize::from(!chunk.invalid().is_empty() && !cut_off);
    }
    if wrong == 0 || wrong < right {
        return Verdict::Utf8;
    }
    // Western text has its accents one at a time among plain letters; other scripts have them in rows.
    let high = |byte: Option<&u8>| byte.is_some_and(|byte| *byte >= 0x80);
    let (mut alone, mut in_rows) = (0usize, 0usize);
    for (at, byte) in head.iter().enumerate().filter(|(_, byte)| **byte >= 0x80) {
        let beside = (at > 0 && high(head.get(at - 1))) || high(head.get(at + 1));
        *if beside { &mut in_rows } else { &mut alone } += 1;
        if matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d) {
            return Verdict::Unclear("text neither in UTF-8 nor in Windows-1252");
        }
    }
    if in_rows > alone {
        return Verdict::Unclear("text in an encoding that its bytes do not give away");
    }
    Verdict::Decode(
        Encoding(WINDOWS_1252),
        "decided by content: it is not UTF-8, and its accents are those of Western text",
    )
}

/// A reader that gives UTF-8 for bytes in `encoding`, of which `head` was already taken.
pub(super) fn decoded(encoding: Encoding, head: Vec<u8>, rest: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    let whole = Cursor::new(head).chain(rest);
    // A mark at the front is dropped where it agrees; it never overrides what was said.
    let reader = DecodeReaderBytesBuilder::new()
        .encoding(Some(encoding.0))
        .strip_bom(true)
        .bom_override(false)
        .build(whole);
    Box::new(reader)
}

impl Encoding {
    /// Are the bytes to be taken as they are?
    pub(super) fn is_utf8(self) -> bool {
        self.0 == UTF_8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(verdict: Verdict) -> Option<String> {
        match verdict {
            Verdict::Decode(encoding, _) => Some(encoding.to_string()),
            _ => None,
        }
    }

    #[test]
    fn content_decides() {
        assert_eq!(judge("id,name\n1,Zoë 漢字".as_bytes()), Verdict::Utf8);
        assert_eq!(
            judge("id,name\n1,Zoë".as_bytes().split_last().unwrap().1),
            Verdict::Utf8,
            "cut in two by the end"
        );
        assert_eq!(
            encoding(judge(b"id,name\n1,Zo\xeb M\xfcller\n2,Jos\xe9")).as_deref(),
            Some("windows-1252")
        );
        assert_eq!(encoding(judge(b"\xff\xfei\0d\0")).as_deref(), Some("utf-16le"));
        assert!(matches!(judge(b"i\0d\0,\0"), Verdict::Unclear(_)));
        let cyrillic = "id,name\n1,\u{418}\u{432}\u{430}\u{43d}"
            .chars()
            .map(|c| if c.is_ascii() { c as u8 } else { (c as u32 - 0x410 + 0xc0) as u8 });
        assert!(matches!(judge(&cyrillic.collect::<Vec<u8>>()), Verdict::Unclear(_)), "never guessed");
        let mostly_utf8 = [b"1,\xff\n".as_slice(), "2,Zoë é è".as_bytes()].concat();
        assert_eq!(judge(&mostly_utf8), Verdict::Utf8, "one broken row does not change the file");
    }
}
