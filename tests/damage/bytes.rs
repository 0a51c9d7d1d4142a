//! Damage to the bytes of a file, wherever it falls.

use crate::damaged::{Damaged, Expect};
use crate::dice::Dice;
use crate::ground::Ground;

/// Bytes that mean something to a reader, or nothing to anyone.
const HOSTILE: [&[u8]; 26] = [
    b"\0",
    b"\0\0\0\0",
    b"\"",
    b"\"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\r\n",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\xc3",
    b"\\",
    b"\\u0000",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"\x1b[31m",
];

fn any(kind: &'static str, what: String, bytes: Vec<u8>) -> Option<Damaged> {
    Some(Damaged { kind, what, bytes, expect: Expect::Any, packed: false })
}

/// Cut off behind so many bytes.
pub fn truncated(ground: &Ground, end: usize) -> Damaged {
    any("cut off", format!("at byte {end}"), ground.sample.bytes[..end].to_vec()).unwrap()
}

pub fn flipped(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let (at, bit) = (dice.below(bytes.len()), dice.below(8));
    *bytes.get_mut(at)? ^= 1 << bit;
    any("a bit flipped", format!("bit {bit} of byte {at}"), bytes)
}

pub fn overwritten(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let (at, with) = (dice.below(bytes.len()), *dice.pick(&HOSTILE));
    *bytes.get_mut(at)? = with[0];
    any("a byte overwritten", format!("byte {at} with {:#x}", with[0]), bytes)
}

pub fn inserted(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let (at, with) = (dice.below(bytes.len() + 1), *dice.pick(&HOSTILE));
    bytes.splice(at..at, with.iter().copied());
    let kind = if with[0] == 0 { "NUL bytes put in" } else { "bytes put in" };
    any(kind, format!("{with:x?} at byte {at}"), bytes)
}

pub fn taken_out(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let at = dice.below(bytes.len());
    let length = if dice.below(2) == 0 { 1 } else { 1 + dice.below(400) };
    let end = (at + length).min(bytes.len());
    bytes.drain(at..end);
    any("bytes taken out", format!("bytes {at} to {end}"), bytes)
}

pub fn repeated(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let at = dice.below(bytes.len());
    let end = (at + 1 + dice.below(300)).min(bytes.len());
    let piece = bytes[at..end].to_vec();
    let to = dice.below(bytes.len() + 1);
    bytes.splice(to..to, piece);
    any("a piece repeated elsewhere", format!("bytes {at} to {end} at {to}"), bytes)
}

/// A quote gone, or one too many, where there was one.
pub fn quotes(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let places: Vec<usize> = memchr::memchr_iter(b'"', &bytes).collect();
    let at = *places.get(dice.below(places.len()))?;
    if dice.below(2) == 0 {
        bytes.remove(at);
        return any("a quote dropped", format!("byte {at}"), bytes);
    }
    bytes.insert(at, b'"');
    any("a quote doubled", format!("byte {at}"), bytes)
}

/// One delimiter for another, on one line or on all.
pub fn delimiters(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let plain = ground.plain.as_ref().filter(|plain| !plain.header.is_empty())?;
    let (from, to) = (plain.delimiter, *dice.pick(b",;\t|: "));
    let (start, end) = if dice.below(3) == 0 {
        (0, bytes.len())
    } else {
        let at = dice.below(bytes.len());
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |at| at + 1);
        (start, memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |hop| at + hop))
    };
    bytes[start..end].iter_mut().filter(|byte| **byte == from).for_each(|byte| *byte = to);
    any(
        "delimiters swapped",
        format!("{:?} for {:?} from byte {start} to {end}", to as char, from as char),
        bytes,
    )
}

pub fn line_ends(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let bytes = &ground.sample.bytes;
    let places: Vec<usize> = memchr::memchr_iter(b'\n', bytes).collect();
    const WITH: [&[u8]; 8] = [b"\r", b"\r\n", b"", b"\n\n", b"\n\r\n", b" ", b"\x0b", b"\xe2\x80\xa8"];
    let with = *dice.pick(&WITH);
    if dice.below(2) == 0 {
        let at = *places.get(dice.below(places.len()))?;
        let changed = [&bytes[..at], with, &bytes[at + 1..]].concat();
        return any("a line end changed", format!("{with:x?} at byte {at}"), changed);
    }
    let changed = bytes.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(with);
    any("all line ends changed", format!("to {with:x?}"), changed)
}

/// The front of one file, the back of another.
pub fn spliced(dice: &mut Dice, ground: &Ground, all: &[Ground]) -> Option<Damaged> {
    let other = dice.pick(all);
    let (end, start) = (dice.below(ground.sample.bytes.len()), dice.below(other.sample.bytes.len()));
    let bytes = [&ground.sample.bytes[..end], &other.sample.bytes[start..]].concat();
    any("two files spliced", format!("to byte {end}, then {} from byte {start}", other.sample.name), bytes)
}

/// From somewhere on in another encoding.
pub fn two_encodings(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let bytes = &ground.sample.bytes;
    let text = std::str::from_utf8(bytes).ok()?;
    let at = (dice.below(text.len())..text.len()).find(|at| text.is_char_boundary(*at))?;
    let tail = &text[at..];
    let how = dice.below(5);
    let (name, tail): (&str, Vec<u8>) = match how {
        0 => ("UTF-16LE", tail.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        1 => ("UTF-16BE", tail.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        2 => ("Windows-1252", encoding_rs::WINDOWS_1252.encode(tail).0.into_owned()),
        3 => ("Shift JIS", encoding_rs::SHIFT_JIS.encode(tail).0.into_owned()),
        // Twice encoded, as programs do that take UTF-8 for Latin-1.
        _ => ("UTF-8 twice", tail.bytes().map(char::from).collect::<String>().into_bytes()),
    };
    any("two encodings spliced", format!("{name} from byte {at}"), [&bytes[..at], &tail].concat())
}

pub fn many(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    let mut bytes = ground.sample.bytes.clone();
    let changes = 2 + dice.below(8);
    for _ in 0..changes {
        let at = dice.below(bytes.len());
        let with = *dice.pick(&HOSTILE);
        match dice.below(4) {
            0 => bytes.splice(at..at, with.iter().copied()).for_each(drop),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 if !bytes.is_empty() => bytes[at] = dice.below(256) as u8,
            _ => {
                let piece = bytes[at..(at + 60).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    any("many damages at once", format!("{changes} of them"), bytes)
}

/// Packed, and the packing broken.
pub fn packed(dice: &mut Dice, ground: &Ground, _: &[Ground]) -> Option<Damaged> {
    use std::io::Write as _;
    let zstd = dice.below(2) == 0;
    let mut bytes = if zstd {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(&ground.sample.bytes).unwrap();
        encoder.finish().unwrap()
    } else {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&ground.sample.bytes).unwrap();
        encoder.finish().unwrap()
    };
    // The magic itself stays: without it these are other bytes.
    let at = 4 + dice.below(bytes.len() - 4);
    let what = match dice.below(3) {
        0 => {
            bytes.truncate(at);
            "cut off"
        }
        1 => {
            bytes[at] ^= 1 << dice.below(8);
            "a bit flipped"
        }
        _ => {
            bytes.insert(at, 0);
            "a zero put in"
        }
    };
    let kind = if zstd { "zstd, broken" } else { "gzip, broken" };
    Some(Damaged { kind, what: format!("{what} at byte {at}"), bytes, expect: Expect::Any, packed: true })
}
