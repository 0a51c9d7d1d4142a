//! Figures of a Markdown text held to the files they come from.
//!
//! A comment right below a block (paragraph, list, table) names the sources of its numbers. Below a table:
//!
//! ```text
//! <!-- rows of models/hold-out.txt; mean of 13 = mean -->
//! ```
//!
//! The line of the file that begins with the row's first cell (or with what the comment sets it equal to) must hold all
//! numbers of the row, in their order. Below anything else:
//!
//! ```text
//! <!-- figures: 57 % = models/hold-out.txt: and 57.1 % [40.4 % to 72.7 %] of all people; 80 = given: the promise -->
//! ```
//!
//! Each number of the block has an entry; the words behind the file's name must stand in the file (breaks of lines
//! count as spaces) and hold a number that rounds to the figure. `given` is for what nobody measured: a setting, a year.
//! An entry that no number of the block needs is a fault too, so that old ones do not stay.

use std::collections::BTreeSet;

/// What must have a source.
pub struct Strictness {
    /// Headings of sections of which every number must have one.
    pub sections: &'static [&'static str],
    /// Must decimals and percentages have one wherever they stand?
    pub measured_everywhere: bool,
}

/// What came of a text.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong, in words.
    pub faults: Vec<String>,
    /// Numbers found in a file.
    pub found: usize,
    /// Numbers that the comment calls given.
    pub given: usize,
}

/// The text with one figure changed.
pub struct Mutant {
    pub text: String,
    pub what: String,
}

struct Block<'t> {
    /// Heading of its section.
    section: &'t str,
    lines: Vec<&'t str>,
    /// Number of the first line, from 1.
    line: usize,
    /// What its comment says.
    comment: String,
}

/// A number as it stands in a text.
#[derive(Clone, Debug, PartialEq)]
struct Number {
    /// As written, with ` %` where that follows.
    shown: String,
    /// Digits and point only.
    digits: String,
    /// Place of the digits.
    at: usize,
}

impl Number {
    fn measured(&self) -> bool {
        self.digits.contains('.') || self.shown.ends_with('%')
    }

    /// Does this number, rounded to as many places as the other has, give the other?
    fn rounds_to(&self, figure: &Number) -> bool {
        let places = figure.digits.split_once('.').map_or(0, |(_, places)| places.len());
        let own = self.digits.split_once('.').map_or(0, |(_, places)| places.len());
        let value: f64 = self.digits.parse().unwrap_or(f64::NAN);
        // Halves are rounded away from zero, as people do; the addition is far below any figure's last place.
        own >= places && format!("{:.places$}", value + 1e-9) == figure.digits
    }
}

/// Holds a text to its sources; `read` gives the text of a file.
pub fn check(text: &str, strictness: &Strictness, read: &dyn Fn(&str) -> Option<String>) -> Checked {
    let mut checked = Checked::default();
    for block in blocks(text) {
        let before = checked.faults.len();
        let comment = block.comment.as_str();
        if let Some(rows) = comment.strip_prefix("rows of ") {
            check_rows(&block, rows, read, &mut checked);
        } else if let Some(entries) = comment.strip_prefix("figures: ") {
            check_figures(&block, entries, read, &mut checked);
        } else if block.lines.iter().any(|line| !line.starts_with('#')) {
            let strict = strictness.sections.contains(&block.section);
            for number in block.lines.iter().flat_map(|line| numbers(line)) {
                if strict || strictness.measured_everywhere && number.measured() {
                    checked.faults.push(format!("{} has no source", number.shown));
                }
            }
        }
        for fault in &mut checked.faults[before..] {
            *fault = format!("block of line {}: {fault}", block.line);
        }
    }
    checked
}

/// The text with each figure that has a file as its source changed by one in its last digit.
pub fn mutations(text: &str, strictness: &Strictness, read: &dyn Fn(&str) -> Option<String>) -> Vec<Mutant> {
    assert!(check(text, strictness, read).faults.is_empty());
    let mut mutants = Vec::new();
    for block in blocks(text).iter().filter(|block| !block.comment.is_empty()) {
        let given: BTreeSet<String> = entries_of(block)
            .into_iter()
            .filter(|(_, source)| source.starts_with("given"))
            .map(|(shown, _)| shown)
            .collect();
        for line in &block.lines {
            let start = line.as_ptr() as usize - text.as_ptr() as usize;
            if block.comment.starts_with("rows of ") && heading(block, line) {
                continue;
            }
            for number in figures_of(block, line).into_iter().filter(|n| !given.contains(&n.shown)) {
                let last = start + number.at + last_digit(&line[number.at..]);
                let digit = text.as_bytes()[last];
                let mut bytes = text.as_bytes().to_vec();
                bytes[last] = if digit == b'9' { b'8' } else { digit + 1 };
                let what = format!("{} in line {:?}", number.shown, line);
                mutants.push(Mutant { text: String::from_utf8(bytes).expect("a digit is one byte"), what });
            }
        }
    }
    mutants
}

fn last_digit(text: &str) -> usize {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    text[..end].rfind(|c: char| c.is_ascii_digit()).expect("begins with a digit")
}

/// The numbers of a line that need a source: of a row of a table, those behind its first cell.
fn figures_of(block: &Block<'_>, line: &str) -> Vec<Number> {
    let from = match block.comment.starts_with("rows of ") {
        true => line.char_indices().filter(|(_, c)| *c == '|').nth(1).map_or(line.len(), |(at, _)| at),
        false => 0,
    };
    numbers(line).into_iter().filter(|number| number.at >= from).collect()
}

/// Does the line stand above the dashes of a table?
fn heading(block: &Block<'_>, line: &str) -> bool {
    !block.lines.iter().take_while(|other| !std::ptr::eq(**other, line)).any(|other| other.starts_with("|--"))
}

fn check_rows(block: &Block<'_>, rest: &str, read: &dyn Fn(&str) -> Option<String>, checked: &mut Checked) {
    let mut parts = rest.split(';').map(str::trim);
    let path = parts.next().unwrap_or_default();
    let also: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once(" = ")).collect();
    let Some(file) = read(path) else {
        checked.faults.push(format!("{path} cannot be read"));
        return;
    };
    for row in &block.lines {
        let wanted = figures_of(block, row);
        if wanted.is_empty() || heading(block, row) {
            continue;
        }
        let name = row.split('|').nth(1).unwrap_or_default().trim().trim_matches('*');
        let known = also.iter().find(|(shown, _)| *shown == name).map_or(name, |(_, known)| known);
        let Some(line) = file.lines().find_map(|line| rest_of_row(line, known)) else {
            checked.faults.push(format!("{path} has no line {known:?}"));
            continue;
        };
        let mut held = numbers(line).into_iter();
        for number in wanted {
            if held.any(|other| other.digits == number.digits) {
                checked.found += 1;
            } else {
                checked.faults.push(format!("{name}: {} is not in its place in {line:?}", number.shown));
                break;
            }
        }
    }
}

/// What stands behind the name of a line, where the line has this name.
fn rest_of_row<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let rest = line.strip_prefix(name)?;
    rest.starts_with("  ").then_some(rest)
}

fn entries_of(block: &Block<'_>) -> Vec<(String, String)> {
    let Some(entries) = block.comment.strip_prefix("figures: ") else { return Vec::new() };
    let pairs = entries.split(';').filter_map(|entry| entry.split_once(" = "));
    pairs.map(|(shown, source)| (shown.trim().to_string(), source.trim().to_string())).collect()
}

fn check_figures(
    block: &Block<'_>,
    entries: &str,
    read: &dyn Fn(&str) -> Option<String>,
    checked: &mut Checked,
) {
    let sources = entries_of(block);
    if sources.len() != entries.split(';').count() {
        checked.faults.push(format!("an entry without \" = \" in {entries:?}"));
    }
    let mut used = BTreeSet::new();
    for number in block.lines.iter().flat_map(|line| numbers(line)) {
        let Some((_, source)) = sources.iter().find(|(shown, _)| *shown == number.shown) else {
            checked.faults.push(format!("{} has no source", number.shown));
            continue;
        };
        used.insert(number.shown.clone());
        match source.split_once(": ") {
            Some(("given", why)) if !why.is_empty() => checked.given += 1,
            Some((path, words)) => match stands_in(path, words, &number, read) {
                Ok(()) => checked.found += 1,
                Err(fault) => checked.faults.push(fault),
            },
            None => checked.faults.push(format!("{}: no words of a file in {source:?}", number.shown)),
        }
    }
    for (shown, _) in sources.iter().filter(|(shown, _)| !used.contains(shown)) {
        checked.faults.push(format!("{shown} has a source and does not stand in the block"));
    }
}

fn stands_in(
    path: &str,
    words: &str,
    number: &Number,
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<(), String> {
    let file = read(path).ok_or_else(|| format!("{path} cannot be read"))?;
    if !one_spaced(&file).contains(&one_spaced(words)) {
        return Err(format!("{path} does not say {words:?}"));
    }
    match numbers(words).iter().any(|held| held.rounds_to(number)) {
        true => Ok(()),
        false => Err(format!("no number of {words:?} in {path} rounds to {}", number.shown)),
    }
}

fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Numbers of a line that stand for themselves: not those within words (`cresci-2015`, `500-tree`) and `code`.
fn numbers(line: &str) -> Vec<Number> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut code = false;
    let mut at = 0;
    while at < bytes.len() {
        code ^= bytes[at] == b'`';
        let in_word = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let joined = match at.checked_sub(1).map(|before| bytes[before]) {
            // A minus stands alone, a hyphen in a word.
            Some(b'-' | b'.' | b'/') => at >= 2 && in_word(at - 2),
            Some(_) => in_word(at - 1),
            None => false,
        };
        if code || !bytes[at].is_ascii_digit() || joined {
            at += 1;
            continue;
        }
        let mut end = at;
        while end < bytes.len()
            && (bytes[end].is_ascii_digit()
                || matches!(bytes[end], b'.' | b',') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit))
        {
            end += 1;
        }
        let within = bytes.get(end).is_some_and(|next| next.is_ascii_alphabetic() || *next == b'_')
            || bytes.get(end) == Some(&b'-') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
        // An address or a version has more than one point.
        let address = line[at..end].matches('.').count() > 1;
        if !within && !address {
            let percent = line[end..].trim_start().starts_with('%');
            let shown = format!("{}{}", &line[at..end], if percent { " %" } else { "" });
            found.push(Number { shown, digits: line[at..end].replace(',', ""), at });
        }
        at = end;
    }
    found
}

/// Paragraphs, lists and tables with the comment below each. Blocks of code, headings and comments are none.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let (mut section, mut fenced, mut open, mut in_comment) = ("", false, false, false);
    for (index, line) in text.lines().enumerate() {
        fenced ^= line.starts_with("```");
        if in_comment || line.starts_with("<!--") {
            let words = line.trim_start_matches("<!--").trim_end_matches("-->").trim();
            in_comment = !line.ends_with("-->");
            open = false;
            if let Some(block) = blocks.last_mut() {
                block.comment = format!("{} {words}", block.comment).trim().to_string();
            }
        } else if fenced || line.starts_with("```") || line.starts_with("    ") || line.trim().is_empty() {
            open = false;
        } else if line.starts_with('#') {
            section = line.trim_start_matches('#').trim();
            open = false;
        } else if open {
            blocks.last_mut().expect("one is open").lines.push(line);
        } else {
            blocks.push(Block { section, lines: vec![line], line: index + 1, comment: String::new() });
            open = true;
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Strictness = Strictness { sections: &["Measured"], measured_everywhere: true };

    fn faults(text: &str) -> Vec<String> {
        let read = |path: &str| {
            (path == "r.txt")
                .then(|| "all       5  0.712 of\nmany      6  0.9\nholds 3.96 % here".to_string())
        };
        check(text, &STRICT, &read).faults
    }

    #[test]
    fn what_has_its_source_passes() {
        assert_eq!(
            faults("# Measured\n\nIt is 0.71 of `0.5`.\n<!-- figures: 0.71 = r.txt: 0.712 of -->\n"),
            [""; 0]
        );
        assert_eq!(faults("About 4 %.\n<!-- figures: 4 % = r.txt: holds\n3.96 % -->\n"), [""; 0]);
        assert_eq!(
            faults("| a | b |\n|---|---:|\n| **each** | **0.9** |\n<!-- rows of r.txt; each = many -->"),
            [""; 0]
        );
        assert_eq!(faults("Exit codes 0 and 1, cresci-2015, a 500-tree forest.\n"), [""; 0]);
    }

    #[test]
    fn what_has_none_is_told() {
        let cases = [
            ("# Measured\n\nIt is 5.\n", "5 has no source"),
            ("It is 0.5.\n", "0.5 has no source"),
            ("It is 5 %.\n", "5 % has no source"),
            ("It is 0.72.\n<!-- figures: 0.72 = r.txt: 0.712 of -->", "rounds to 0.72"),
            ("It is 0.71.\n<!-- figures: 0.71 = r.txt: 0.712 in -->", "does not say"),
            ("It is 0.71.\n<!-- figures: 0.71 = q.txt: 0.712 of -->", "q.txt cannot be read"),
            ("It is 0.71, not 0.8.\n<!-- figures: 0.71 = r.txt: 0.712 of -->", "0.8 has no source"),
            ("It is so.\n<!-- figures: 0.71 = r.txt: 0.712 of -->", "does not stand in the block"),
            ("It is 0.7125.\n<!-- figures: 0.7125 = r.txt: 0.712 of -->", "rounds to 0.7125"),
            ("It is 7.\n<!-- figures: 7 = given -->", "no words of a file"),
            ("| a | b |\n|---|---|\n| many | 5 |\n<!-- rows of r.txt -->", "5 is not in its place"),
            ("| a | b |\n|---|---|\n| few | 5 |\n<!-- rows of r.txt -->", "no line \"few\""),
        ];
        for (text, part) in cases {
            let faults = faults(text);
            assert!(faults.iter().any(|fault| fault.contains(part)), "{text:?}: {faults:?}");
        }
    }
}
