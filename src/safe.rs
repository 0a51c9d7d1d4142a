//! Text that spammers wrote, made harmless for terminals, logs and spreadsheets; files replaced as a whole.

mod caught;
mod temporary;

use std::borrow::Cow;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use memchr::memchr2_iter;
use wide::u8x16;

use crate::words::first_marked;

pub use caught::{caught, hush_caught_panics};

pub(crate) use temporary::Temporary;

/// Characters that move, hide, reorder or colour text on a terminal or a page: control characters (escape
/// among them), bidirectional marks and overrides, characters that show nothing, line and paragraph separators.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Which of 16 bytes are ASCII control characters.
#[inline]
fn ascii_control(bytes: u8x16) -> u8x16 {
    bytes.min(u8x16::splat(0x1f)).simd_eq(bytes) | bytes.simd_eq(u8x16::splat(0x7f))
}

/// At which of 16 bytes may a character begin that is unsafe? Where one is not ASCII, the first of its bytes is one of these eight.
#[inline]
fn may_be_unsafe(bytes: u8x16) -> u32 {
    let control = ascii_control(bytes);
    // The mask is made of the highest bits, which no ASCII byte has.
    if bytes.to_bitmask() == 0 {
        return control.to_bitmask();
    }
    let firsts =
        [0xc2, 0xcd, 0xd8, 0xe1, 0xe2, 0xe3, 0xef, 0xf3].map(|first| bytes.simd_eq(u8x16::splat(first)));
    firsts.into_iter().fold(control, |all, these| all | these).to_bitmask()
}

/// The unsafe characters of a text and where they stand. Looks at 16 bytes at once, and at a character only where it may be one:
/// nearly every text has none.
fn unsafe_chars(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = first_marked(text.as_bytes(), from, may_be_unsafe)?;
            let c = text[at..].chars().next()?;
            from = at + c.len_utf8();
            if is_unsafe(c) {
                return Some((at, c));
            }
        }
    })
}

/// Adds a text with the given characters of it written out as `\u{..}`.
fn write_out(text: &str, characters: impl Iterator<Item = (usize, char)>, out: &mut String) {
    let mut plain = 0;
    for (at, c) in characters {
        out.push_str(&text[plain..at]);
        out.extend(c.escape_default());
        plain = at + c.len_utf8();
    }
    out.push_str(&text[plain..]);
}

/// The text with every unsafe character written out as `\u{..}` (line feeds and tabs as `\n`, `\t`).
pub fn visible(text: &str) -> Cow<'_, str> {
    let mut hostile = unsafe_chars(text).peekable();
    if hostile.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    write_out(text, hostile, &mut out);
    Cow::Owned(out)
}

/// [`visible`] text that keeps its line feeds: for a message that shows where in a file something is wrong.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// At most `width` characters of [`visible`] text on one line, with `…` where something was cut.
pub fn one_line(text: &str, width: usize) -> String {
    let folded: String =
        text.chars().map(|c| if c == '\n' || c == '\r' || c == '\t' { ' ' } else { c }).collect();
    let shown = visible(folded.trim());
    if shown.chars().count() <= width {
        return shown.into_owned();
    }
    let mut short: String = shown.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// What makes a formula of a cell that begins with it (OWASP, "CSV Injection").
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Where in a text a formula would begin to a spreadsheet that takes semicolons for the ends of cells, as they do where the decimal
/// mark is a comma: to it a quote in the middle of a line is no more than a quote, and each line feed ends a row.
fn inner_formulas(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    memchr2_iter(b';', b'\n', text.as_bytes()).filter_map(|at| {
        let behind = text[at + 1..].trim_start_matches('"');
        let first = behind.chars().next().filter(|c| FORMULA.contains(c))?;
        Some((text.len() - behind.len(), first))
    })
}

/// The text with each of these written out as `\u{..}`: for forms that are read back, where [`csv_cell`] would put an apostrophe.
pub(crate) fn without_inner_formulas(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut from = 0;
    for (at, c) in inner_formulas(text) {
        out.push_str(&text[from..at]);
        out.extend(c.escape_unicode());
        from = at + c.len_utf8();
    }
    out.push_str(&text[from..]);
    out
}

/// Text for a CSV cell that a spreadsheet may open: where a formula would begin, at its start or behind a semicolon or a line
/// feed (which end cells where the decimal mark is a comma), an apostrophe is put in front. Control and bidirectional characters are
/// written out, line feeds kept.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(FORMULA);
    let mut inner = inner_formulas(text).peekable();
    if !formula && inner.peek().is_none() && unsafe_chars(text).all(|(_, c)| c == '\n') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    if formula {
        out.push('\'');
    }
    let mut from = 0;
    for end in inner.map(|(at, _)| Some(at)).chain([None]) {
        let part = &text[from..end.unwrap_or(text.len())];
        write_out(part, unsafe_chars(part).filter(|(_, c)| *c != '\n'), &mut out);
        if let Some(end) = end {
            out.push('\'');
            from = end;
        }
    }
    Cow::Owned(out)
}

/// JSON on one line, with unsafe characters as `\u202e` escapes: the same text to a program, and harmless to a
/// terminal that shows it.
///
/// # Errors
/// Where the value cannot be JSON or the writer fails.
pub fn json_line<W: Write>(writer: W, value: &impl serde::Serialize) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(writer, HarmlessJson))
}

/// Adds a text as [`json_line`] writes it, which is asked only where there is more than plain ASCII.
pub(crate) fn json_text(out: &mut Vec<u8>, text: &str) {
    let is = |bytes: u8x16, wanted: u8| bytes.simd_eq(u8x16::splat(wanted));
    // The bytes outside ASCII are their own marks: they have the highest bit, of which the mask is made.
    let written_out =
        |bytes: u8x16| (bytes | ascii_control(bytes) | is(bytes, b'"') | is(bytes, b'\\')).to_bitmask();
    if first_marked(text.as_bytes(), 0, written_out).is_none() {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    // Writing a text into memory cannot fail.
    let _ = json_line(out, &text);
}

struct HarmlessJson;

impl serde_json::ser::Formatter for HarmlessJson {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in unsafe_chars(fragment) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

/// A file that appears under its name only when it is complete: written beside it and renamed by
/// [`Output::finish`]. Dropped before, it leaves no trace and the old file whole.
pub struct Output {
    target: Target,
}

enum Target {
    File { path: PathBuf, file: BufWriter<Temporary> },
    Stdout(BufWriter<io::Stdout>),
    Stream(PathBuf, BufWriter<std::fs::File>),
}

/// Is there an SQLite file of this name? What people decided stands in one, and nowhere else.
fn is_database(path: &Path) -> bool {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let mut start = [0; MAGIC.len()];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == MAGIC
}

impl Output {
    /// Opens `path` for replacement; `None` and `-` are standard output.
    ///
    /// # Errors
    /// Where the folder is missing or cannot be written.
    pub fn open(path: Option<&Path>) -> io::Result<Output> {
        Output::opened(path).map_err(|error| told(path, error))
    }

    fn opened(path: Option<&Path>) -> io::Result<Output> {
        let target = match path {
            None => Target::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())),
            Some(path) if path == Path::new("-") => {
                Target::Stdout(BufWriter::with_capacity(1 << 16, io::stdout()))
            }
            // A device or a pipe (`-o /dev/null`, `-o /dev/stdout`, `-o >(gzip)`) is written to, never replaced.
            Some(path) if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) => {
                let stream = std::fs::OpenOptions::new().write(true).open(path)?;
                Target::Stream(path.to_path_buf(), BufWriter::with_capacity(1 << 16, stream))
            }
            Some(path) => {
                // Behind a link lies the file that is meant.
                let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
                if is_database(path) {
                    let words =
                        "this is an SQLite file, such as a ledger of decisions: no result goes over it";
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, words));
                }
                let folder = match path.parent() {
                    Some(parent) if !parent.as_os_str().is_empty() => parent,
                    _ => Path::new("."),
                };
                let file = Temporary::of_output(folder)?;
                Target::File { path: path.to_path_buf(), file: BufWriter::with_capacity(1 << 16, file) }
            }
        };
        Ok(Output { target })
    }

    /// Puts everything on the disk and the file under its name.
    ///
    /// # Errors
    /// Where writing or renaming fails; the old file is then still there.
    pub fn finish(self) -> io::Result<()> {
        match self.target {
            Target::Stdout(mut out) => out.flush().map_err(|error| told(None, error)),
            Target::Stream(path, mut out) => out.flush().map_err(|error| told(Some(&path), error)),
            Target::File { path, file } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error);
                file.and_then(|file| file.replace(&path)).map_err(|error| told(Some(&path), error))
            }
        }
    }

    fn path(&self) -> Option<&Path> {
        match &self.target {
            Target::File { path, .. } | Target::Stream(path, _) => Some(path),
            Target::Stdout(_) => None,
        }
    }
}

/// The error with the name of the output and what to do, as far as that is known.
fn told(path: Option<&Path>, error: io::Error) -> io::Error {
    use io::ErrorKind as Kind;
    let kind = error.kind();
    // Of a reader that went away nothing is told.
    if matches!(kind, Kind::BrokenPipe | Kind::Interrupted) {
        return error;
    }
    let what_to_do = match (kind, path) {
        (Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge, _) => {
            "make room, or write to another disk"
        }
        (Kind::PermissionDenied | Kind::ReadOnlyFilesystem, Some(_)) => "name a folder that you may write to",
        _ => "",
    };
    let name = path.map_or("standard output".into(), |path| path.display().to_string());
    let stays = match path {
        Some(path) if path.is_file() => "the file that was there is as it was",
        _ => "there is no whole result",
    };
    let gap = if what_to_do.is_empty() { "" } else { "; " };
    io::Error::new(kind, format!("cannot write {}: {error}\n  {stays}{gap}{what_to_do}", visible(&name)))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = match &mut self.target {
            Target::File { file, .. } => file.write(bytes),
            Target::Stdout(out) => out.write(bytes),
            Target::Stream(_, out) => out.write(bytes),
        };
        done.map_err(|error| told(self.path(), error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = match &mut self.target {
            Target::File { file, .. } => file.flush(),
            Target::Stdout(out) => out.flush(),
            Target::Stream(_, out) => out.flush(),
        };
        done.map_err(|error| told(self.path(), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_and_bidi_characters_are_written_out() {
        assert_eq!(visible("\u{1b}[31mred\u{202e}txt"), "\\u{1b}[31mred\\u{202e}txt");
        assert_eq!(visible("plain é 漢字 😀"), "plain é 漢字 😀");
        assert_eq!(one_line("a\nb\u{200b}c", 80), "a b\\u{200b}c");
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(visible_lines("1 | a\u{7}\n  | ^\n"), "1 | a\\u{7}\n  | ^");
    }

    #[test]
    fn json_escapes_what_a_terminal_would_obey_and_loses_nothing() {
        for text in ["\u{1b}[31m\u{9b}2J", "a\u{202e}b\u{e0001}c", "plain é 漢字 😀 \"\\\n", ""] {
            let mut line = Vec::new();
            json_line(&mut line, &text).unwrap();
            let line = String::from_utf8(line).unwrap();
            assert!(!line.chars().any(is_unsafe), "{line}");
            assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }

    #[test]
    fn no_unsafe_character_is_passed_by() {
        for c in '\0'..=char::MAX {
            let found: Vec<(usize, char)> = unsafe_chars(c.encode_utf8(&mut [0; 4])).collect();
            assert_eq!(found, if is_unsafe(c) { vec![(0, c)] } else { vec![] }, "{c:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_look_at_many_bytes_finds_what_a_look_at_each_character_finds(
            text in "([a-zé漢😀\u{2019}]{0,20}[\0-\u{9f}\u{ad}\u{61c}\u{180e}\u{200b}\u{202e}\u{2028}\u{2066}\u{feff}\u{fff9}\u{e0001}\"\\\\]?){0,8}|[;\n\"=+@\t\r＝a]{0,12}"
        ) {
            let one_by_one: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| is_unsafe(*c)).collect();
            proptest::prop_assert_eq!(unsafe_chars(&text).collect::<Vec<_>>(), one_by_one);
            let written_out = |keep: &dyn Fn(char) -> bool| -> String {
                let each = |c: char| if is_unsafe(c) && !keep(c) { c.escape_default().to_string() } else { c.into() };
                text.chars().map(each).collect()
            };
            proptest::prop_assert_eq!(visible(&text), written_out(&|_| false));
            let cell = csv_cell(&text);
            // An apostrophe at the start and behind what ends a cell, quotes between them or not.
            let right: String = text
                .char_indices()
                .map(|(at, c)| {
                    let begins = at == 0 || text[..at].trim_end_matches('"').ends_with([';', '\n']);
                    let mark = if begins && FORMULA.contains(&c) { "'" } else { "" };
                    let hidden = is_unsafe(c) && c != '\n';
                    format!("{mark}{}", if hidden { c.escape_default().to_string() } else { c.into() })
                })
                .collect();
            proptest::prop_assert_eq!(&*cell, right);
            let (mut line, mut short) = (Vec::new(), Vec::new());
            json_line(&mut line, &text).unwrap();
            json_text(&mut short, &text);
            proptest::prop_assert_eq!(&short, &line);
            let line = String::from_utf8(line).unwrap();
            proptest::prop_assert!(!line.chars().any(is_unsafe), "{}", line);
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }

    #[test]
    fn formulas_become_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(csv_cell(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(csv_cell("two\nlines"), "two\nlines");
        assert_eq!(csv_cell("a=b"), "a=b");
        assert_eq!(csv_cell("a=b; c"), "a=b; c");
        // Cells and rows of their own where semicolons end cells.
        assert_eq!(csv_cell("x;=1+1;;@y"), "x;'=1+1;;'@y");
        assert_eq!(csv_cell("\n-1;\"\"+2"), "\n'-1;\"\"'+2");
        assert_eq!(csv_cell("=1\n\u{202e}=2;\u{7}"), "'=1\n\\u{202e}=2;\\u{7}");
    }

    #[test]
    #[cfg(unix)]
    fn links_are_followed_and_devices_are_written_to_and_stay_devices() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("scores.csv"), folder.path().join("link.csv"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let device = folder.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        for path in [&link, &device] {
            let mut output = Output::open(Some(path)).unwrap();
            output.write_all(b"new").unwrap();
            output.finish().unwrap();
            assert!(std::fs::symlink_metadata(path).unwrap().is_symlink());
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn an_unfinished_output_leaves_the_old_file_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.csv");
        std::fs::write(&path, "old").unwrap();
        {
            let mut output = Output::open(Some(&path)).unwrap();
            output.write_all(b"half").unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
        let mut output = Output::open(Some(&path)).unwrap();
        output.write_all(b"new").unwrap();
        output.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    }
}
