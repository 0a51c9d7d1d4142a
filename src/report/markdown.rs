//! A report as Markdown. Plots become their tables.

use std::fmt::Write as _;

use super::document::{Block, Cell, Document, Table};
use crate::safe::one_line;
use crate::words::counted;

/// Characters of a stranger's text that are shown.
const SAID: usize = 120;
/// Characters of our own texts; longer ones are none of ours.
const WORDS: usize = 2000;

/// The document as Markdown (CommonMark with the tables of GitHub's).
pub fn markdown(document: &Document) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}", escaped(&document.title));
    for paragraph in &document.about {
        let _ = writeln!(out, "\n{}", escaped(paragraph));
    }
    if !document.facts.is_empty() {
        out.push('\n');
    }
    for (name, value) in &document.facts {
        let _ = writeln!(out, "- {name}: {}", escaped(value));
    }
    for section in &document.sections {
        let _ = writeln!(out, "\n## {}", escaped(&section.title));
        for block in &section.blocks {
            match block {
                Block::Words(words) => {
                    let _ = writeln!(out, "\n{}", escaped(words));
                }
                Block::Missing(words) => {
                    let _ = writeln!(out, "\nNot shown: {}", escaped(words));
                }
                Block::Table(table) => self::table(&mut out, table),
                Block::Plots(plots) => {
                    for plot in plots {
                        let _ = writeln!(out, "\n### {}\n\n{}", escaped(&plot.title), escaped(&plot.alt));
                        self::table(&mut out, &plot.numbers);
                    }
                }
            }
        }
    }
    out.push_str(
        "\nbotsieve suggests; a person decides, one profile at a time. It never follows, unfollows or blocks anyone.\n",
    );
    out
}

fn table(out: &mut String, table: &Table) {
    let numeric =
        |at: usize| table.rows.iter().any(|row| matches!(row.get(at), Some(Cell::Number(n)) if n != "–"));
    let heads: Vec<String> = table.columns.iter().map(|head| escaped(head)).collect();
    let rules: Vec<&str> =
        (0..table.columns.len()).map(|at| if numeric(at) { "---:" } else { "---" }).collect();
    let _ = writeln!(
        out,
        "\n{}\n\n| {} |\n| {} |",
        escaped(&table.caption),
        heads.join(" | "),
        rules.join(" | ")
    );
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Words(words) => escaped(words),
        Cell::Number(number) => escaped(number),
        Cell::Said(texts, more) => {
            let mut all: Vec<String> = texts.iter().map(|text| said(text)).collect();
            if *more > 0 {
                all.push(format!("and {} more", counted(*more)));
            }
            all.join(" ")
        }
    }
}

/// A path of a stranger's as code: nothing in it ends the code or the cell of a table.
pub(super) fn path(text: &str) -> String {
    format!("`{}`", one_line(text, WORDS).replace('`', "'").replace('|', "\\|"))
}

/// Our words, and names of files and models: every character that Markdown gives a meaning has a backslash.
pub(super) fn escaped(text: &str) -> String {
    let text = one_line(text, WORDS);
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '~' | '&' | '#' | '!' => true,
            // Inside a word it has none.
            '_' => {
                !out.ends_with(|c: char| c.is_alphanumeric())
                    || !rest.starts_with(|c: char| c.is_alphanumeric())
            }
            // What would begin a list, a quotation, a rule or a table at the start of a line.
            '-' | '+' | '>' | '=' => at == 0,
            '.' if out.to_ascii_lowercase().ends_with("www") => true,
            '.' | ')' => {
                let list = rest.is_empty() || rest.starts_with(' ');
                list && at > 0 && at < 10 && text[..at].bytes().all(|b| b.is_ascii_digit())
            }
            // Bare addresses become links, mentions call people.
            ':' => rest.starts_with("//"),
            '@' => true,
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What a stranger wrote, as code: nothing in it is read as Markdown, HTML, a link or a mention.
fn said(text: &str) -> String {
    let text = one_line(text, SAID).replace('|', "\\|");
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let gap = if text.is_empty() || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

#[cfg(test)]
mod tests {
    use super::super::document::{Section, Table};
    use super::*;

    #[test]
    fn our_words_are_words() {
        assert_eq!(escaped("a_b *c* [d](e) <f> | g & #h"), "a_b \\*c\\* \\[d\\](e) \\<f> \\| g \\& \\#h");
        assert_eq!(escaped("- x"), "\\- x");
        assert_eq!(escaped("1. x, 1.5"), "1\\. x, 1.5");
        assert_eq!(escaped("1.5 %"), "1.5 %");
        assert_eq!(escaped("see https://x.example"), "see https\\://x.example");
        assert_eq!(escaped("see www.x.example"), "see www\\.x.example");
        assert_eq!(escaped("a\nb"), "a b");
    }

    #[test]
    fn strangers_texts_are_code_and_keep_inside_it() {
        assert_eq!(said("@x"), "`@x`");
        assert_eq!(said("a`b``c"), "```a`b``c```");
        assert_eq!(said("`x`"), "`` `x` ``");
        assert_eq!(said("a|b"), "`a\\|b`");
        assert_eq!(said(""), "`  `");
        assert_eq!(said("x\n\n# y"), "`x  # y`");
        assert_eq!(said("a\u{202e}b"), "`a\\u{202e}b`");
        assert!(said(&"x".repeat(10_000)).chars().count() < 130);
    }

    #[test]
    fn a_hostile_row_stays_one_row() {
        let mut section = Section::new("s", "S");
        let hostile = "x | y\n| --- |\n<script>alert(1)</script> ![a](javascript:alert(1)) =1+1";
        section.table(
            Table::new("t", ["who", "what"])
                .with([vec![Cell::Said(vec![hostile.into()], 0), Cell::Words(hostile.into())]]),
        );
        let text =
            markdown(&Document { title: hostile.into(), sections: vec![section], ..Document::default() });
        assert_eq!(text.lines().filter(|line| line.starts_with('|')).count(), 3, "{text}");
        assert!(text.lines().next().is_some_and(|line| line.starts_with("# x \\| y")), "{text}");
        let outside: String = text.split('`').step_by(2).collect();
        assert!(!outside.replace("\\<", "").contains("<script"), "{outside}");
    }
}
