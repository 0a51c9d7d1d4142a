//! The short way through a record: one pass over its bytes, its keys held to those of the records before.
//!
//! Takes what is sound JSON and goes no deeper than profiles do, and puts of it into the row what the long way ([`super::Walk`],
//! driven by `serde_json`) puts; of anything else it says nothing, and the long way says what is wrong. A property test
//! holds the two to each other.

use std::borrow::Cow;

use wide::u8x16;

use super::{Node, Objects, Walk};
use crate::ingest::Row;
use crate::ingest::field::{self, Field, Kind, Typed};
use crate::ingest::value::{self, Cell};
use crate::words::first_marked;

/// Keys of an object that are remembered.
const KEYS: usize = 64;
/// Levels that are gone into; `serde_json` would go 128.
const LEVELS: usize = 32;

/// Reads records, and remembers in which order their keys came.
pub(super) struct Plain<'t, 'r> {
    objects: &'t Objects,
    turns: Vec<Turn<'t, 'r>>,
}

/// A key as it stood in a record, and what its value is to the account.
struct Turn<'t, 'r> {
    /// The key with its quotes and all up to its colon, and the first 32 bytes of that.
    written: &'r [u8],
    begins: [u8x16; 2],
    /// Which of the 32 there are.
    mask: u32,
    key: Cow<'r, str>,
    node: Option<&'t Node>,
    /// Of a key that none of the first records had.
    late: Option<Node>,
    field: Option<Field>,
    kind: Option<Kind>,
    /// It, or something below it, is kept.
    leads: bool,
    is_root: bool,
    /// Its value is the account, or a list of its parts.
    is_list: bool,
    /// The keys of its value.
    inner: Vec<Turn<'t, 'r>>,
}

impl<'t, 'r> Plain<'t, 'r> {
    pub(super) fn of(objects: &'t Objects) -> Self {
        Plain { objects, turns: Vec::new() }
    }

    /// Puts a record into an empty row. `Some` is the number of line feeds in it; `None` says nothing against the record, of
    /// which a part may be in the row.
    pub(super) fn read(&mut self, text: &'r str, row: &mut Row<'r>) -> Option<u64> {
        let objects = self.objects;
        let as_they_are = objects.quirks.texts_as_they_are();
        let mut at = Cursor { objects, as_they_are, text, bytes: text.as_bytes(), at: 0, lines: 0 };
        at.skip_blank();
        if at.byte()? != b'{' {
            return None;
        }
        let inside = Inside { node: &objects.tree, in_root: objects.roots.is_empty(), is_top: true };
        at.object(&mut self.turns, inside, row)?;
        at.skip_blank();
        (at.at == text.len()).then_some(at.lines)
    }
}

impl<'r> Turn<'_, 'r> {
    /// Does the key stand here?
    #[inline(always)]
    fn stands_at(&self, bytes: &[u8]) -> bool {
        let ([first, second, ..], _) = bytes.as_chunks::<16>() else {
            return bytes.starts_with(self.written);
        };
        let same = |at: usize, block: &[u8; 16]| u8x16::new(*block).simd_eq(self.begins[at]).to_bitmask();
        (same(0, first) | same(1, second) << 16) & self.mask == self.mask
            && (self.written.len() <= 32 || bytes.starts_with(self.written))
    }

    /// Is something of its value kept?
    fn is_kept(&self) -> bool {
        self.field.is_some() || self.leads || self.is_root
    }

    fn walk<'w>(&'w self, objects: &'w Objects, row: &'w mut Row<'r>) -> Walk<'w, 'w, 'r> {
        Walk {
            objects,
            node: self.late.as_ref().or(self.node),
            row,
            key: &self.key,
            depth: 1,
            in_root: false,
        }
    }
}

/// What an object is, of which the keys are read.
#[derive(Clone, Copy)]
struct Inside<'t> {
    node: &'t Node,
    in_root: bool,
    is_top: bool,
}

/// A place in a record.
struct Cursor<'t, 'r> {
    objects: &'t Objects,
    /// See [`Quirks::texts_as_they_are`](field::Quirks).
    as_they_are: bool,
    text: &'r str,
    bytes: &'r [u8],
    at: usize,
    /// Line feeds passed.
    lines: u64,
}

impl<'t, 'r> Cursor<'t, 'r> {
    #[inline]
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn skip_blank(&mut self) {
        while let Some(byte @ (b' ' | b'\n' | b'\r' | b'\t')) = self.byte() {
            self.lines += u64::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// Steps over a byte that must be here, and the white space behind it.
    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.byte()? == byte).then(|| self.at += 1)?;
        self.skip_blank();
        Some(())
    }

    /// Calls `entry` at each entry of the object or array that begins here.
    #[inline]
    fn each(&mut self, close: u8, mut entry: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.skip_blank();
        if self.byte()? != close {
            loop {
                entry(self)?;
                self.skip_blank();
                if self.byte()? != b',' {
                    break;
                }
                self.at += 1;
                self.skip_blank();
            }
        }
        (self.byte()? == close).then(|| self.at += 1)
    }

    /// The object that begins here. Was anything of it kept?
    fn object(
        &mut self,
        turns: &mut Vec<Turn<'t, 'r>>,
        inside: Inside<'t>,
        row: &mut Row<'r>,
    ) -> Option<bool> {
        let (mut next, mut leads) = (0, false);
        // The places of the keys read so far, a bit for each.
        let mut read = 0u64;
        self.each(b'}', |at| {
            let place = match turns.get(next) {
                Some(turn) if turn.stands_at(&at.bytes[at.at..]) => next,
                _ => at.out_of_turn(turns, next, inside, &mut read)?,
            };
            next = place + 1;
            let turn = &mut turns[place];
            at.at += turn.written.len();
            leads |= turn.leads;
            // Of a key that stands twice, and of two accounts in one record, the long way says so.
            if read >> place & 1 == 1 && turn.is_kept() {
                return None;
            }
            read |= 1 << place;
            at.skip_blank();
            if at.usual_value(turn, row) { Some(()) } else { at.value(turn, row, false) }
        })?;
        Some(leads)
    }

    /// Puts a value into the row that is written as nearly all of its field are; `false` has gone nowhere and put nothing.
    // Once a key: called, it takes half as long again.
    #[inline(always)]
    fn usual_value(&mut self, turn: &Turn<'t, 'r>, row: &mut Row<'r>) -> bool {
        let (Some(field), Some(kind)) = (turn.field, turn.kind) else { return false };
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (put, length) = match kind {
            Kind::Count => {
                let Some(eight) = rest.first_chunk::<8>() else { return false };
                let Some((n, length)) = value::first_digits(*eight) else { return false };
                // A zero in front of other digits is no number of JSON, and with these there is more to come.
                if matches!(eight[length], b'.' | b'e' | b'E') || length > 1 && eight[0] == b'0' {
                    return false;
                }
                (field::assign_plain(&mut row.account, field, Typed::Count(n)), length)
            }
            Kind::Flag => {
                let is = rest.starts_with(b"true");
                if !is && !rest.starts_with(b"false") {
                    return false;
                }
                let length = if is { 4 } else { 5 };
                (field::assign_plain(&mut row.account, field, Typed::Flag(is)), length)
            }
            Kind::Text if self.as_they_are && rest.starts_with(b"null") => {
                (field::assign_plain(&mut row.account, field, Typed::Text("")), 4)
            }
            Kind::Text | Kind::Key | Kind::Time if self.as_they_are && rest.first() == Some(&b'"') => {
                let from = self.at + 1;
                let Some(mark) = self.mark(from).filter(|mark| self.bytes[*mark] == b'"') else {
                    return false;
                };
                (
                    field::assign_plain(&mut row.account, field, Typed::Text(&self.text[from..mark])),
                    mark + 1 - self.at,
                )
            }
            _ => return false,
        };
        if put {
            self.at += length;
        }
        put
    }

    /// The place of a key that is not the one in turn; `read` are the places of those before it in the record.
    #[cold]
    fn out_of_turn(
        &self,
        turns: &mut Vec<Turn<'t, 'r>>,
        next: usize,
        inside: Inside<'t>,
        read: &mut u64,
    ) -> Option<usize> {
        let rest = self.bytes.get(self.at..)?;
        let known = (next..turns.len()).chain(0..next).find(|place| turns[*place].stands_at(rest));
        if known.is_some() {
            return known;
        }
        let turn = self.new_turn(inside)?;
        // Written in another way, with white space or escapes, it would not be known again.
        if turns.iter().any(|other| other.key == turn.key) {
            return None;
        }
        if turns.len() < KEYS {
            turns.insert(next, turn);
            let behind = u64::MAX << next;
            *read = *read & !behind | (*read & behind) << 1;
            return Some(next);
        }
        // What was kept of this record is remembered: it may come once more.
        let may_go = |place: &usize| *read >> place & 1 == 0 || !turns[*place].is_kept();
        let place = (next..next + KEYS).map(|place| place % KEYS).find(may_go)?;
        *read &= !(1 << place);
        turns[place] = turn;
        Some(place)
    }

    /// The key that stands here, with its colon.
    fn new_turn(&self, inside: Inside<'t>) -> Option<Turn<'t, 'r>> {
        let mut at = Cursor { lines: 0, ..*self };
        let key = at.string()?;
        at.skip_blank();
        if at.byte()? != b':' || at.lines > 0 {
            return None;
        }
        let written = &self.bytes[self.at..=at.at];
        let mut begins = [0; 32];
        let length = written.len().min(32);
        begins[..length].copy_from_slice(&written[..length]);
        let (blocks, _) = begins.as_chunks::<16>();
        let node = inside.node.children.get(&*key);
        let late = if node.is_none() && inside.in_root { self.objects.late(&key) } else { None };
        let field = late.as_ref().or(node).and_then(|node| node.field);
        Some(Turn {
            written,
            begins: [u8x16::new(blocks[0]), u8x16::new(blocks[1])],
            mask: u32::MAX >> (32 - length),
            node,
            field,
            kind: field.map(Field::kind),
            leads: node.is_some_and(Node::leads_somewhere),
            is_root: inside.is_top && self.objects.roots.contains(&&*key),
            is_list: self.objects.arrays.contains(&&*key),
            late,
            key,
            inner: Vec::new(),
        })
    }

    /// A value of any kind, into the row. `is_part`: it stands in a list of the parts of the account.
    fn value(&mut self, turn: &mut Turn<'t, 'r>, row: &mut Row<'r>, is_part: bool) -> Option<()> {
        if turn.field.is_none() && !turn.leads && !turn.is_root {
            return self.skip(0);
        }
        let objects = self.objects;
        let cell = match self.byte()? {
            b'"' => Cell::Text(self.string()?),
            b'{' => return self.object_of(turn, row, is_part),
            b'[' => return self.array_of(turn, row),
            b'0'..=b'9' | b'-' => match self.digits() {
                Some(digits) => Cell::Unsigned(digits.parse().ok()?),
                None => self.number()?,
            },
            b'n' => {
                self.word(b"null")?;
                Cell::Null
            }
            b't' => {
                self.word(b"true")?;
                Cell::Bool(true)
            }
            _ => {
                self.word(b"false")?;
                Cell::Bool(false)
            }
        };
        turn.walk(objects, row).put(cell);
        Some(())
    }

    fn object_of(&mut self, turn: &mut Turn<'t, 'r>, row: &mut Row<'r>, is_part: bool) -> Option<()> {
        let objects = self.objects;
        let walked = turn.node.filter(|node| !node.children.is_empty());
        let Some(node) = walked else {
            self.skip(0)?;
            if turn.field.is_some() {
                turn.walk(objects, row).complain("an object", "a single value");
            }
            return Some(());
        };
        // What is remembered of keys within would be true of one of the two only.
        if turn.is_root && is_part {
            return None;
        }
        let inside = Inside { node, in_root: turn.is_root, is_top: false };
        let kept = self.object(&mut turn.inner, inside, row)?;
        if turn.field.is_some() && !kept {
            turn.walk(objects, row).complain("an object", "a single value");
        }
        Some(())
    }

    fn array_of(&mut self, turn: &mut Turn<'t, 'r>, row: &mut Row<'r>) -> Option<()> {
        if turn.is_list {
            return self.each(b']', |at| match at.byte()? {
                b'[' => None,
                _ => at.value(turn, row, true),
            });
        }
        if turn.field == Some(Field::Connections) {
            let mut words = String::new();
            self.each(b']', |at| {
                match at.byte()? {
                    b'"' => words.push_str(&at.string()?),
                    _ => at.skip(0)?,
                }
                words.push(' ');
                Some(())
            })?;
            turn.walk(self.objects, row).put(super::connections(words));
            return Some(());
        }
        self.skip(0)?;
        if turn.field.is_some() {
            turn.walk(self.objects, row).complain("an array", "a single value");
        }
        Some(())
    }

    /// Steps over a value of which nothing is kept.
    fn skip(&mut self, level: usize) -> Option<()> {
        match self.byte()? {
            b'"' => self.string().map(drop),
            b'0'..=b'9' | b'-' => self.digits().map(drop).or_else(|| self.number().map(drop)),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ if level == LEVELS => None,
            b'{' => self.each(b'}', |at| {
                at.string()?;
                at.skip_blank();
                at.expect(b':')?;
                at.skip(level + 1)
            }),
            b'[' => self.each(b']', |at| at.skip(level + 1)),
            _ => None,
        }
    }

    #[inline]
    fn word<const N: usize>(&mut self, word: &[u8; N]) -> Option<()> {
        (self.bytes[self.at..].first_chunk::<N>()? == word).then(|| self.at += N)
    }

    /// The digits of a number that has nothing else, and fits. `None` has gone nowhere.
    #[inline]
    fn digits(&mut self) -> Option<&'r str> {
        let rest = &self.bytes[self.at..];
        let first = rest.first_chunk::<16>().map_or(0, |block| {
            let values = u8x16::new(*block) - u8x16::splat(b'0');
            (!values.min(u8x16::splat(9)).simd_eq(values).to_bitmask()).trailing_zeros() as usize
        });
        let length = first + if matches!(first, 0 | 16) { digits_of(&rest[first..]) } else { 0 };
        let sound = (1..20).contains(&length) && (length == 1 || rest[0] != b'0');
        if !sound || matches!(rest.get(length)?, b'.' | b'e' | b'E') {
            return None;
        }
        let start = self.at;
        self.at += length;
        Some(&self.text[start..self.at])
    }

    /// Any number, as `serde_json` has it.
    #[cold]
    fn number(&mut self) -> Option<Cell<'r>> {
        let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        let start = self.at;
        self.at += self.bytes[start..].iter().take_while(|byte| part(byte)).count();
        let number: serde_json::Number = serde_json::from_str(&self.text[start..self.at]).ok()?;
        let signed = || number.as_i64().map(Cell::Signed);
        number.as_u64().map(Cell::Unsigned).or_else(signed).or_else(|| number.as_f64().map(Cell::Float))
    }

    /// The string that begins here.
    #[inline]
    fn string(&mut self) -> Option<Cow<'r, str>> {
        if self.byte()? != b'"' {
            return None;
        }
        let from = self.at + 1;
        let mark = self.mark(from)?;
        match self.bytes[mark] {
            b'"' => {
                self.at = mark + 1;
                Some(Cow::Borrowed(&self.text[from..mark]))
            }
            b'\\' => self.unescaped(from, mark).map(Cow::Owned),
            _ => None,
        }
    }

    /// Where the next quote, backslash or control character stands.
    #[inline]
    fn mark(&self, at: usize) -> Option<usize> {
        first_marked(self.bytes, at, |block| {
            let control = block.min(u8x16::splat(b' ' - 1)).simd_eq(block);
            let is = |wanted: u8| block.simd_eq(u8x16::splat(wanted));
            (is(b'"') | is(b'\\') | control).to_bitmask()
        })
    }

    /// A string with escapes, whose first is at `mark`.
    fn unescaped(&mut self, from: usize, mut mark: usize) -> Option<String> {
        // Room for most texts at once, and never for more than there is.
        let mut text = String::with_capacity((mark - from + 192).min(self.bytes.len() - from));
        let mut copied = from;
        loop {
            text.push_str(&self.text[copied..mark]);
            match self.bytes[mark] {
                b'"' => {
                    self.at = mark + 1;
                    return Some(text);
                }
                b'\\' => {
                    let (letter, end) = self.escape(mark + 1)?;
                    text.push(letter);
                    copied = end;
                    mark = self.mark(end)?;
                }
                _ => return None,
            }
        }
    }

    /// The character of the escape whose backslash is before `at`, and the place behind it.
    fn escape(&self, at: usize) -> Option<(char, usize)> {
        let letter = match self.bytes.get(at)? {
            letter @ (b'"' | b'\\' | b'/') => char::from(*letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit(at + 1)?;
                if let Some(letter) = char::from_u32(unit) {
                    return Some((letter, at + 5));
                }
                // Two halves of a pair, or nothing that is text.
                let low = (self.bytes.get(at + 5..at + 7)? == b"\\u").then(|| self.unit(at + 7))??;
                let pair = [u16::try_from(unit).ok()?, u16::try_from(low).ok()?];
                return Some((char::decode_utf16(pair).next()?.ok()?, at + 11));
            }
            _ => return None,
        };
        Some((letter, at + 1))
    }

    /// Four hexadecimal digits.
    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 4)?;
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
    }
}

/// How many digits stand here.
fn digits_of(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests;
