//! Workbooks (Excel, ODS): the first sheet with something on it, as CSV.
//!
//! A workbook is a zip archive of XML that says of itself how much it holds, in a dozen places. What it says is held to what is
//! there before the reader of workbooks goes by it: a few KB must not ask for all memory.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use calamine::{Cell, Data, DataRef, Reader as _, Sheets, open_workbook_auto_from_rs};
use zip::ZipArchive;

use super::container::{Failure, TooMuch, UNPACKED};
use crate::safe::caught;

type Bytes = Cursor<Arc<[u8]>>;

/// Rows times columns of a sheet: as many rows as Excel has, of 32 columns.
const CELLS: u64 = 1 << 25;

/// The first sheet with something on it, as CSV. A sheet has at most 1,048,576 rows and is held in memory.
pub(super) fn workbook(file: File) -> Result<Box<dyn Read + Send>, Failure> {
    caught(|| first_sheet(file))?
}

fn first_sheet(file: File) -> Result<Box<dyn Read + Send>, Failure> {
    let mut bytes = Vec::new();
    file.take(UNPACKED + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > UNPACKED {
        return Err(too_large("this is a workbook of more than 1 GiB".into()));
    }
    let is_zip = bytes.starts_with(b"PK");
    let bytes = Cursor::new(Arc::<[u8]>::from(bytes));
    if is_zip {
        check_parts(bytes.clone())?;
    }
    let mut workbook = open_workbook_auto_from_rs(bytes)?;
    for name in workbook.sheet_names() {
        check_area(&mut workbook, &name)?;
        let sheet = workbook.worksheet_range(&name)?;
        if sheet.is_empty() {
            continue;
        }
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in sheet.rows() {
            writer.write_record(row.iter().map(text))?;
        }
        return Ok(Box::new(Cursor::new(writer.into_inner()?)));
    }
    Err("there is nothing on any of its sheets".into())
}

fn too_large(found: String) -> Failure {
    TooMuch {
        found,
        expected: "a workbook with the table alone; or save the sheet as CSV and give that".into(),
    }
    .into()
}

/// Unpacks every part once: each has the bytes its checksum speaks for, and all together are not too many.
fn check_parts(bytes: Bytes) -> Result<(), Failure> {
    let mut archive = ZipArchive::new(bytes)?;
    let mut left = UNPACKED;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at)?;
        let mut front = Vec::new();
        if part.name()?.to_ascii_lowercase().ends_with("sharedstrings.xml") {
            part.by_ref().take(FRONT).read_to_end(&mut front)?;
        }
        let size = front.len() as u64 + io::copy(&mut part.take(left + 1), &mut io::sink())?;
        if size > left {
            return Err(too_large("the parts of this workbook unpack to more than 1 GiB".into()));
        }
        if !front.is_empty() && !is_count_of_texts_sound(&front, size) {
            return Err("it says that it has more texts than it can hold".into());
        }
        left -= size;
    }
    Ok(())
}

/// Bytes in which the list of a workbook's texts says how many there are.
const FRONT: u64 = 1 << 16;

/// Is the number of texts that the list names one that its bytes can hold? Room is made for so many at once.
fn is_count_of_texts_sound(front: &[u8], size: u64) -> bool {
    let find = |text: &[u8], word: &str| memchr::memmem::find(text, word.as_bytes());
    let Some(list) = find(front, "sst") else { return false };
    let Some(end) = memchr::memchr(b'>', &front[list..]) else { return false };
    let (before, tag) = (&front[..list], &front[list..list + end]);
    // A comment might hold another list, for us to look at.
    if find(before, "<!").is_some() {
        return false;
    }
    let Some(at) = find(tag, "uniqueCount") else { return true };
    let digits: Vec<u8> = tag[at..]
        .iter()
        .copied()
        .skip_while(|b| !b.is_ascii_digit())
        .take_while(u8::is_ascii_digit)
        .collect();
    let count: Option<u64> = String::from_utf8_lossy(&digits).parse().ok();
    digits.is_empty() || count.is_some_and(|count| count <= size)
}

/// Two cells at the far corners of a sheet make a table of 17 billion: seen before room is made for it.
fn check_area(workbook: &mut Sheets<Bytes>, name: &str) -> Result<(), Failure> {
    let mut area = Area::default();
    // What is no sheet of cells is told by the reading proper.
    match workbook {
        Sheets::Xlsx(book) => {
            let Ok(mut cells) = book.worksheet_cells_reader(name) else { return Ok(()) };
            while let Some(cell) = cells.next_cell()? {
                area.add(&cell);
            }
        }
        Sheets::Xlsb(book) => {
            let Ok(mut cells) = book.worksheet_cells_reader(name) else { return Ok(()) };
            while let Some(cell) = cells.next_cell()? {
                area.add(&cell);
            }
        }
        // Neither is unpacked sheet by sheet; both have bounds in their reader.
        Sheets::Xls(_) | Sheets::Ods(_) => {}
    }
    match area.size() {
        (rows, columns) if rows * columns > CELLS => Err(too_large(format!(
            "the filled cells of this sheet span {rows} rows and {columns} columns, more than {CELLS} cells in all"
        ))),
        _ => Ok(()),
    }
}

/// What the filled cells of a sheet span.
#[derive(Default)]
struct Area(Option<[u32; 4]>);

impl Area {
    fn add(&mut self, cell: &Cell<DataRef<'_>>) {
        if *cell.get_value() == DataRef::Empty {
            return;
        }
        let (row, column) = cell.get_position();
        let [top, bottom, left, right] = self.0.unwrap_or([row, row, column, column]);
        self.0 = Some([top.min(row), bottom.max(row), left.min(column), right.max(column)]);
    }

    /// Rows and columns.
    fn size(&self) -> (u64, u64) {
        self.0.map_or((0, 0), |[top, bottom, left, right]| {
            (u64::from(bottom - top) + 1, u64::from(right - left) + 1)
        })
    }
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(flag) => flag.to_string(),
        Data::Int(n) => n.to_string(),
        Data::Float(n) => number(*n),
        Data::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        Data::DateTime(time) => number(time.as_f64()),
        other => other.to_string(),
    }
}

/// Excel keeps every number as a double. From 2^53 on (15 digits as it shows them) the last digits of an id
/// are gone: written with an exponent, it is told apart from a key.
fn number(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 1e15 {
        format!("{n:.0}")
    } else if n.abs() >= 1e15 {
        format!("{n:e}")
    } else {
        n.to_string()
    }
}
