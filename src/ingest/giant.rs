//! Records so long that their cells are counted before they are taken apart: a hundred million empty cells fit into a record
//! that can be held, and the places of the cells do not.

use memchr::{memchr_iter, memchr3_iter};

use super::delimited::Form;

/// A chunk longer than this holds such a record, bytes. Others are not looked at here.
pub(super) const GIANT: usize = 8 << 20;

/// The record at the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// The byte behind it.
    pub end: usize,
    /// Its cells.
    pub cells: u64,
    /// Line feeds in it.
    pub lines: u64,
}

/// Measures the first record by the rules of the `csv` crate: a quote counts at the start of a cell only.
pub(super) fn measure(bytes: &[u8], form: Form) -> Measured {
    let (mut cells, mut cell_start, mut quoted, mut from) = (1, 0, false, 0);
    let mut end = bytes.len();
    for at in memchr3_iter(b'"', form.delimiter, form.terminator, bytes) {
        let byte = bytes[at];
        if at < from {
            continue;
        }
        if quoted {
            if byte == b'"' && bytes.get(at + 1) == Some(&b'"') {
                from = at + 2;
            } else if byte == b'"' {
                quoted = false;
            }
        } else if byte == b'"' {
            quoted = form.quotes && at == cell_start;
        } else if byte == form.delimiter {
            cells += 1;
            cell_start = at + 1;
        } else {
            end = at + 1;
            break;
        }
    }
    Measured { end, cells, lines: memchr_iter(b'\n', &bytes[..end]).count() as u64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: Form = Form { delimiter: b',', terminator: b'\n', quotes: true };

    proptest! {
        /// Cells and ends are those of the `csv` crate.
        #[test]
        fn records_are_measured_as_they_are_read(text in "[ab,\"\n]{0,40}") {
            // Blank lines are none of its records.
            let mut text = format!("x{text}");
            while text.contains("\n\n") {
                text = text.replace("\n\n", "\n");
            }
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true)
                .terminator(csv::Terminator::Any(b'\n')).from_reader(text.as_bytes());
            let mut record = csv::ByteRecord::new();
            let mut at = 0;
            while reader.read_byte_record(&mut record).unwrap() {
                let measured = measure(&text.as_bytes()[at..], FORM);
                at += measured.end;
                prop_assert_eq!(measured.cells, record.len() as u64, "{:?}", text);
                prop_assert_eq!(at as u64, reader.position().byte(), "{:?}", text);
            }
        }
    }
}
