//! A report as one HTML file: no script, no link to anywhere, nothing fetched.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::document::{Block, Cell, Document, Table};
use super::plot::Plot;
use super::svg;
use crate::safe::{one_line, visible};
use crate::words::counted;

/// The style sheet, the only one the page allows.
const STYLE: &str = include_str!("style.css");
/// What the page may load: its own style sheet, known by its SHA-256 (a test computes it), and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'sha256-D2PLVvAFybkPt17rOEnqcXIL5hjuiypl2qzixPHgoQA='; base-uri 'none'; form-action 'none'";
/// Characters of a stranger's text that are shown.
const SAID: usize = 120;

/// The document as a page.
pub fn html(document: &Document) -> String {
    let mut plots = 0;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(concat!("botsieve ", env!("CARGO_PKG_VERSION")));
                title { (visible(&document.title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (svg::patterns())
                header {
                    h1 { (visible(&document.title)) }
                    @for paragraph in &document.about { p { (visible(paragraph)) } }
                    dl {
                        @for (name, value) in &document.facts {
                            dt { (name) }
                            dd { (visible(value)) }
                        }
                    }
                }
                nav aria-label="Sections" {
                    ul {
                        @for section in &document.sections {
                            li { a href=(format!("#{}", section.id)) { (visible(&section.title)) } }
                        }
                    }
                }
                main {
                    @for section in &document.sections {
                        section aria-labelledby=(section.id) {
                            h2 id=(section.id) { (visible(&section.title)) }
                            @for (at, block) in section.blocks.iter().enumerate() {
                                (self::block(block, &format!("{}-{at}", section.id), &mut plots))
                            }
                        }
                    }
                }
                footer {
                    p { "botsieve suggests; a person decides, one profile at a time. It never follows, unfollows or blocks anyone." }
                }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

fn block(block: &Block, id: &str, plots: &mut usize) -> Markup {
    match block {
        Block::Words(words) => html! { p { (visible(words)) } },
        Block::Missing(words) => html! { p class="missing" { (visible(words)) } },
        Block::Table(table) => self::table(table, id),
        Block::Plots(all) => html! {
            div class="plots" {
                @for plot in all {
                    (figure(plot, &next(plots)))
                }
            }
        },
    }
}

/// The name of the next plot in the page.
fn next(plots: &mut usize) -> String {
    *plots += 1;
    format!("plot{plots}")
}

fn figure(plot: &Plot, id: &str) -> Markup {
    html! {
        figure {
            figcaption { (visible(&plot.title)) }
            (svg::svg(plot, id))
            details {
                summary { "The numbers" }
                (table(&plot.numbers, &format!("{id}-n")))
            }
        }
    }
}

fn table(table: &Table, id: &str) -> Markup {
    let caption = format!("{id}-c");
    // Numbers stand to the right, and so does the head above them.
    let numeric =
        |at: usize| table.rows.iter().any(|row| matches!(row.get(at), Some(Cell::Number(n)) if n != "–"));
    html! {
        // Not a caption element: that would be as wide as the table, and scroll out of sight with it.
        p class="caption" id=(caption) { (visible(&table.caption)) }
        div class="scroll" role="region" tabindex="0" aria-labelledby=(caption) {
            table aria-labelledby=(caption) {
                thead { tr {
                    @for (at, head) in table.columns.iter().enumerate() {
                        th scope="col" class=[numeric(at).then_some("n")] { (visible(head)) }
                    }
                } }
                tbody {
                    @for row in &table.rows { tr { @for cell in row { (self::cell(cell)) } } }
                }
            }
        }
    }
}

fn cell(cell: &Cell) -> Markup {
    match cell {
        Cell::Words(words) => {
            html! { td class=[(words.chars().count() > 40).then_some("w")] { (visible(words)) } }
        }
        Cell::Number(number) => html! { td class="n" { (number) } },
        Cell::Said(texts, more) => html! {
            td class=(if texts.len() > 1 { "s" } else { "w" }) {
                @for (at, text) in texts.iter().enumerate() {
                    @if at > 0 { " " }
                    span class="said" { (one_line(text, SAID)) }
                }
                @if *more > 0 { " and " (counted(*more)) " more" }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::super::document::{Section, words};
    use super::*;

    /// RFC 4648; only here, to pin the hash in [`POLICY`].
    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for three in bytes.chunks(3) {
            let n = (0..3).fold(0u32, |n, at| n << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
            for at in 0..4 {
                let letter = LETTERS[(n >> (18 - 6 * at) & 63) as usize] as char;
                out.push(if at <= three.len() { letter } else { '=' });
            }
        }
        out
    }

    #[test]
    fn the_policy_allows_this_style_sheet_and_nothing_else() {
        let hash = base64(&Sha256::digest(STYLE));
        assert!(POLICY.contains(&format!("style-src 'sha256-{hash}'")), "put this hash into POLICY: {hash}");
        assert!(!STYLE.contains('<') && !STYLE.contains("http") && !STYLE.contains("@import"));
    }

    #[test]
    fn strangers_texts_are_text() {
        let said = [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "a\u{202e}b\u{200b}c",
            "javascript:alert(1)",
        ];
        let mut section = Section::new("s", said[0]);
        section.say(said[1]);
        section.missing(said[2]);
        section.table(
            Table::new(said[1], [said[0]])
                .with([vec![Cell::Said(said.map(String::from).to_vec(), 3)], vec![words(said[0])]]),
        );
        let document = Document {
            title: said[0].into(),
            about: vec![said[1].into()],
            facts: vec![("file", said[2].into())],
            sections: vec![section],
        };
        let page = html(&document);
        for tag in ["<script", "<img", "onerror=alert(1)>", "href=\"javascript", "\u{202e}", "\u{200b}"] {
            assert!(!page.contains(tag), "{tag}");
        }
        assert!(page.contains("a\\u{202e}b\\u{200b}c"));
        assert_eq!(page.matches("<a ").count(), 1, "only links inside the page");
    }
}
