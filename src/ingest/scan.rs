//! Where the records and the cells of delimited text end, found in one pass over the bytes, 64 at a time.
//!
//! The rules are those of the `csv` crate: a quote at the start of a cell opens one that may hold delimiters and ends of
//! records, a doubled quote in it is a quote, and any other quote is a character like all others. The way is that of
//! simdjson (Langdale & Lemire 2019, *VLDB Journal*): bits for the marks, and the running parity of the quotes says what
//! lies between two of them. `fearless_simd` makes the scan once for each kind of processor, and takes the best where it runs.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

use super::delimited::Form;

/// Of longer buffers, which hold a record of a MB or more, no places are kept: those of its cells could take eight times its
/// own room.
const KEPT: usize = 2 << 20;

/// What was found in a buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// End of the last whole record.
    pub end: usize,
    /// Whole records before `end` (blank lines are none).
    pub rows: u64,
    /// Line feeds before `end`.
    pub lines: u64,
    /// The buffer ends inside a quoted cell.
    pub open_quote: bool,
}

/// Where the cells of whole records stand. Kept for buffers up to [`KEPT`] whose records end in a line feed, or empty.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The byte behind each cell, its delimiter or the end of its record; room behind the first `used`.
    ends: Vec<u32>,
    used: usize,
    /// The records, without blank lines.
    pub records: Vec<Record>,
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Record {
    /// Its first byte.
    pub start: u32,
    /// How many of the ends of cells are those of this record and all before it.
    pub ends: u32,
    /// Line feeds before it.
    pub lines: u32,
    /// Has it quotes that neither open nor close a cell? Then a cell may have some of its own.
    pub inner_quotes: bool,
}

impl Places {
    /// The byte behind each cell of all records.
    pub fn ends(&self) -> &[u32] {
        &self.ends[..self.used]
    }

    /// Adds the places of bits.
    #[inline(always)]
    fn add(&mut self, mut bits: u64, base: u32) {
        let Some(room) = self.ends.get_mut(self.used..).and_then(|room| room.first_chunk_mut::<64>()) else {
            return self.add_with_more_room(bits, base);
        };
        let found = bits.count_ones() as usize;
        // As many at once as most blocks have: what is written behind the last is written over by the next block, and no
        // branch depends on how many there are.
        for some in room.as_chunks_mut::<8>().0 {
            for place in some {
                *place = base.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
        }
        self.used += found;
    }

    #[cold]
    fn add_with_more_room(&mut self, bits: u64, base: u32) {
        self.ends.resize((self.used + 64) * 5 / 4, 0);
        self.add(bits, base);
    }
}

/// Every bit becomes the parity of itself and those below.
#[inline(always)]
fn parity(mut bits: u64) -> u64 {
    for step in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << step;
    }
    bits
}

/// What one block hands on to the next.
struct Carried {
    /// All ones inside a quoted cell.
    inside: u64,
    /// 1 where a cell may begin, or a quote was the last byte.
    opens: u64,
    /// 1 where a quote was the last byte, whatever it meant.
    quote: u64,
    /// 1 where a quote that opens a cell was.
    opener: u64,
}

/// A block's marks outside quotes.
struct Marked {
    /// Delimiters and ends of records.
    all: u64,
    /// Ends of records.
    ends: u64,
    /// Line feeds within quotes.
    within: u64,
    /// Quotes behind another that opens no cell, and those that are like any other character.
    inner: u64,
}

// All of it is one function for each kind of processor: what is called is made for any.
#[inline(always)]
fn mark<S: Simd>(simd: S, block: &[u8; 64], form: Form, carried: &mut Carried) -> Marked {
    let block = u8x64::simd_from(simd, *block);
    // The first byte is the lowest bit.
    let bits_of = |byte: u8| block.simd_eq(u8x64::splat(simd, byte)).to_bitmask();
    let delimiters = bits_of(form.delimiter);
    let ends = bits_of(form.terminator);
    let all = if form.quotes { bits_of(b'"') } else { 0 };
    let mut quotes = all;
    let mut inside;
    let mut opens;
    loop {
        inside = parity(quotes) ^ carried.inside;
        opens = delimiters | ends | quotes;
        // A quote opens a cell at its start, or goes on with one that the quote before it seemed to close.
        let astray = quotes & inside & !(opens << 1 | carried.opens);
        if astray == 0 {
            break;
        }
        // The first such quote is a character like any other, which may turn those behind it round.
        quotes &= !(astray & astray.wrapping_neg());
    }
    carried.inside = ((inside as i64) >> 63) as u64;
    carried.opens = opens >> 63;
    let behind = all << 1 | carried.quote;
    let opener = quotes & inside & !behind;
    // Behind one that opens a cell stands the end of an empty one, or the first of two, of which the second is told.
    let inner = all & behind & !(opener << 1 | carried.opener) | all & !quotes;
    (carried.quote, carried.opener) = (all >> 63, opener >> 63);
    Marked { all: (delimiters | ends) & !inside, ends: ends & !inside, within: ends & inside, inner }
}

/// Scans a buffer that begins at a record boundary. With `last`, its end ends the last record too.
pub(super) fn scan(form: Form, bytes: &[u8], last: bool, places: &mut Places) -> Cut {
    scan_up_to(Level::new(), KEPT, form, bytes, last, places)
}

/// Where the cells of one record stand, of whatever length: for one that is known to have few.
pub(super) fn places_of_record(form: Form, bytes: &[u8]) -> Places {
    let mut places = Places::default();
    scan_up_to(Level::new(), usize::MAX, form, bytes, true, &mut places);
    places
}

fn scan_up_to(
    level: Level,
    longest: usize,
    form: Form,
    bytes: &[u8],
    last: bool,
    places: &mut Places,
) -> Cut {
    places.records.clear();
    places.used = 0;
    let kept = bytes.len() <= longest && form.terminator == b'\n';
    let carried = Carried { inside: 0, opens: 1, quote: 0, opener: 0 };
    let mut scan = Scan { form, bytes, kept, cut: Cut::default(), carried, within: 0, inner: 0 };
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut padded = [0; 64];
    padded[..rest.len()].copy_from_slice(rest);
    dispatch!(level, simd => {
        for (at, block) in blocks.iter().enumerate() {
            scan.block(simd, block, at * 64, u64::MAX, places);
        }
        // Where the delimiter is a NUL, the padding is full of marks.
        scan.block(simd, &padded, blocks.len() * 64, (1 << rest.len()) - 1, places);
    });
    let Scan { mut cut, carried, inner, .. } = scan;
    cut.open_quote = carried.inside != 0;
    if last && cut.end < bytes.len() {
        if !is_blank(&bytes[cut.end..]) {
            cut.rows += 1;
            if kept && !cut.open_quote {
                places.add(1, bytes.len() as u32);
                let ends = places.used as u32;
                places.records.push(Record {
                    start: cut.end as u32,
                    ends,
                    lines: cut.lines as u32,
                    inner_quotes: inner != 0,
                });
            }
        }
        cut.end = bytes.len();
    }
    // What was found behind the last whole record is found again with the bytes to come.
    places.used = places.records.last().map_or(0, |record| record.ends as usize);
    if form.terminator != b'\n' {
        cut.lines = memchr::memchr_iter(b'\n', &bytes[..cut.end]).count() as u64;
    }
    cut
}

/// A scan under way.
struct Scan<'b> {
    form: Form,
    bytes: &'b [u8],
    /// Are the places kept?
    kept: bool,
    cut: Cut,
    carried: Carried,
    /// Line feeds within the quotes of the record at hand.
    within: u64,
    /// Its inner quotes, as bits of whichever block.
    inner: u64,
}

impl Scan<'_> {
    #[inline(always)]
    fn block<S: Simd>(&mut self, simd: S, block: &[u8; 64], base: usize, real: u64, places: &mut Places) {
        let mut marked = mark(simd, block, self.form, &mut self.carried);
        marked.all &= real;
        let mut ends = marked.ends & real;
        while ends != 0 {
            let (bit, here) = (ends & ends.wrapping_neg(), base + ends.trailing_zeros() as usize);
            ends ^= bit;
            self.within += u64::from((marked.within & (bit - 1)).count_ones());
            marked.within &= !(bit - 1);
            self.inner |= marked.inner & (bit - 1);
            marked.inner &= !(bit - 1);
            let cut = &mut self.cut;
            if is_blank(&self.bytes[cut.end..here]) {
                marked.all ^= bit;
            } else {
                cut.rows += 1;
                if self.kept {
                    let before = (marked.all & (bit - 1)).count_ones();
                    let ends = places.used as u32 + before + 1;
                    places.records.push(Record {
                        start: cut.end as u32,
                        ends,
                        lines: cut.lines as u32,
                        inner_quotes: self.inner != 0,
                    });
                }
            }
            cut.lines += self.within + 1;
            (self.within, self.inner) = (0, 0);
            cut.end = here + 1;
        }
        self.inner |= marked.inner;
        self.within += u64::from(marked.within.count_ones());
        if self.kept {
            places.add(marked.all, base as u32);
        }
    }
}

/// Is there no record on this line?
#[inline(always)]
pub(super) fn is_blank(line: &[u8]) -> bool {
    matches!(line, [] | [b'\r'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the processor can do, it finds the same.
        #[test]
        fn every_kind_of_processor_finds_the_same(
            bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()], 0..400),
            last: bool, quotes: bool,
            terminator in prop_oneof![9 => Just(b'\n'), 1 => Just(b'\r')],
        ) {
            let form = Form { delimiter: b',', terminator, quotes };
            let found = |level| {
                let mut places = Places::default();
                let cut = scan_up_to(level, KEPT, form, &bytes, last, &mut places);
                (cut, places.ends().to_vec(), places.records)
            };
            prop_assert_eq!(found(Level::baseline()), found(Level::new()));
        }
    }
}
