//! A report as sections of words, plots and tables, before it is HTML or Markdown.
//!
//! What a report says is put together once, from its numbers, and then written in either form. Texts of accounts and
//! files stand in it as they are: making them harmless is the work of the writers ([`super::html()`],
//! [`super::markdown()`]), and of nobody else.

use super::plot::Plot;
use crate::words::counted;

/// A whole report.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it is about; one line.
    pub title: String,
    /// What to know before reading, a paragraph each.
    pub about: Vec<String>,
    /// Name and value of what it was made from.
    pub facts: Vec<(&'static str, String)>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// One part of a report.
#[derive(Clone, Debug)]
pub struct Section {
    /// Name in the page, for links inside it: letters and hyphens, ours.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section without content so far.
    pub fn new(id: &'static str, title: impl Into<String>) -> Section {
        Section { id, title: title.into(), blocks: Vec::new() }
    }

    /// Adds a paragraph.
    pub fn say(&mut self, words: impl Into<String>) {
        self.blocks.push(Block::Words(words.into()));
    }

    /// Adds that something is not there to be shown.
    pub fn missing(&mut self, words: impl Into<String>) {
        self.blocks.push(Block::Missing(words.into()));
    }

    /// Adds plots that belong side by side where there is room.
    pub fn plots(&mut self, plots: Vec<Plot>) {
        self.blocks.push(Block::Plots(plots));
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }
}

/// What stands in a section.
#[derive(Clone, Debug)]
pub enum Block {
    /// A paragraph.
    Words(String),
    /// A paragraph that says what cannot be shown, and why.
    Missing(String),
    /// Plots, each with its numbers.
    Plots(Vec<Plot>),
    /// A table.
    Table(Table),
}

/// A table with a caption.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Heads of its columns.
    pub columns: Vec<String>,
    /// Its rows; each has a cell a column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows so far.
    pub fn new<S: Into<String>>(caption: impl Into<String>, columns: impl IntoIterator<Item = S>) -> Table {
        Table {
            caption: caption.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The same table with these rows.
    #[must_use]
    pub fn with(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Table {
        self.rows.extend(rows);
        self
    }
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Our own words, or a name that a person gave.
    Words(String),
    /// What strangers wrote: handles, bios, and how many more there are. Shown so that it cannot be taken for our words.
    Said(Vec<String>, u64),
    /// A number, written.
    Number(String),
}

/// Our words in a cell.
pub fn words(text: impl Into<String>) -> Cell {
    Cell::Words(text.into())
}

/// A count in a cell, with a comma every three digits.
pub fn count(n: u64) -> Cell {
    Cell::Number(counted(n))
}

/// A share in a cell, in percent; a dash where there is none.
pub fn share(share: Option<f64>) -> Cell {
    Cell::Number(share.map_or_else(dash, percent))
}

/// An interval of shares in a cell, in percent.
pub fn interval(ends: Option<(f64, f64)>) -> Cell {
    Cell::Number(ends.map_or_else(dash, |(lo, hi)| between(lo, hi)))
}

/// A number in a cell, with so many digits behind the point; a dash where there is none.
pub fn number(value: Option<f64>, digits: usize) -> Cell {
    Cell::Number(value.map_or_else(dash, |value| decimal(value, digits)))
}

/// A number with so many digits behind the point, and never a nought with a sign.
pub fn decimal(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_string(),
        _ => text,
    }
}

fn dash() -> String {
    "–".into()
}

/// A count with its noun: `1 account`, `1,200 accounts`.
pub fn of_them(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", counted(n), if n == 1 { "" } else { "s" })
}

/// A share in percent; somebody is never nobody, and nearly everybody never all.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p > 0.0 && p < 0.1 => "under 0.1 %".into(),
        p if p < 100.0 && p > 99.9 => "over 99.9 %".into(),
        p if p < 9.95 && p > 0.0 => format!("{p:.1} %"),
        p if p > 99.0 && p < 100.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// An interval of shares, in percent.
pub fn between(lo: f64, hi: f64) -> String {
    let digits = if hi < 0.0995 { 1 } else { 0 };
    format!("{:.digits$} to {:.digits$} %", lo * 100.0, hi * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(counted),
            ["0", "999", "1,000", "1,234,567"].map(String::from)
        );
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.0001), "under 0.1 %");
        assert_eq!(percent(0.042), "4.2 %");
        assert_eq!(percent(0.42), "42 %");
        assert_eq!(percent(0.9996), "over 99.9 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(between(0.001, 0.05), "0.1 to 5.0 %");
        assert_eq!(decimal(-0.0004, 2), "0.00");
        assert_eq!(decimal(-0.04, 2), "-0.04");
        assert_eq!(of_them(1, "account"), "1 account");
    }
}
