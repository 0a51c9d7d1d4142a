//! Pictures made of text: how wide the terminal is, whether it has colour, bars to either side of a line.

use std::io::IsTerminal;

/// Columns of a picture: those of the terminal, else what COLUMNS says, else 80; never under 60 or above 160.
pub(super) fn width() -> usize {
    let of_terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let stated = || std::env::var("COLUMNS").ok()?.parse().ok();
    let asked = if std::io::stdout().is_terminal() { of_terminal.or_else(stated) } else { stated() };
    asked.unwrap_or(80).clamp(60, 160)
}

/// Is standard output a terminal that shows colour, and does nobody object (<https://no-color.org>)?
pub(super) fn colour() -> bool {
    let objection = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !objection && !dumb
}

/// Paints text with an SGR code of the terminal's own colours.
pub(super) fn paint(text: &str, code: &str, on: bool) -> String {
    if on && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
}

/// What speaks for a person.
pub(super) const PERSON: &str = "32";
/// What speaks for a bot.
pub(super) const BOT: &str = "31";
/// What is less important.
pub(super) const FAINT: &str = "2";

/// Bars of log-odds on both sides of a centre line: to the left for a person, to the right for a bot.
pub(super) struct Bars {
    /// Columns of either side.
    half: usize,
    /// Log-odds that fill a side.
    full: f64,
    colour: bool,
}

impl Bars {
    /// Bars of `half` columns a side, of which the longest stands for `full` log-odds.
    pub(super) fn new(half: usize, full: f64, colour: bool) -> Bars {
        Bars { half, full: if full > 0.0 { full } else { 1.0 }, colour }
    }

    /// A line of `2 * half + 1` columns.
    pub(super) fn draw(&self, value: f64) -> String {
        // Half columns, the finest step that characters have on both sides.
        let steps = (value.abs() / self.full * 2.0 * self.half as f64).round() as usize;
        let steps = steps.min(2 * self.half);
        let (whole, rest) = (steps / 2, steps % 2);
        let gap = " ".repeat(self.half - whole - rest);
        let side = " ".repeat(self.half);
        let blocks = "█".repeat(whole);
        if value < 0.0 {
            let bar = format!("{}{blocks}", if rest == 1 { "▐" } else { "" });
            format!("{gap}{}│{side}", paint(&bar, PERSON, self.colour))
        } else {
            let bar = format!("{blocks}{}", if rest == 1 { "▌" } else { "" });
            format!("{side}│{}{gap}", paint(&bar, BOT, self.colour))
        }
    }

    /// The line that says which side is which.
    pub(super) fn heading(&self) -> String {
        let half = self.half;
        let person = format!("{:>half$}", "← person");
        let bot = format!("{:half$}", "bot →");
        format!("{person}│{bot}")
    }
}

/// Text broken between words into lines of at most `width` columns (a longer word stays whole), all but the first
/// indented, which does not count.
pub(super) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_wide_as_they_say_and_point_the_right_way() {
        let bars = Bars::new(8, 2.0, false);
        for value in [-9.0, -2.0, -1.1, -0.01, 0.0, 0.3, 1.0, 2.0, 9.0] {
            let line = bars.draw(value);
            assert_eq!(line.chars().count(), 17, "{line:?}");
            let (left, right) = line.split_once('│').unwrap();
            assert!(value >= 0.0 || right.trim().is_empty(), "{line:?}");
            assert!(value <= 0.0 || left.trim().is_empty(), "{line:?}");
        }
        assert_eq!(bars.draw(2.0), "        │████████");
        assert_eq!(bars.draw(-1.1), "   ▐████│        ");
        assert_eq!(bars.heading().chars().count(), 17);
        assert!(Bars::new(8, 2.0, true).draw(1.0).contains("\u{1b}[31m████\u{1b}[0m"));
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two  three four", 10, 2), "one two\n  three four");
        assert_eq!(wrapped("averyverylongword b", 5, 0), "averyverylongword\nb");
    }
}
