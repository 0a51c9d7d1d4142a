//! HTML to text, for the bios of Mastodon and its kin.

use std::borrow::Cow;

/// The text of a fragment of HTML: tags removed, `<br>` a line feed, paragraphs parted by an empty line,
/// entities decoded. Text without a tag or entity is handed back as it is.
pub(super) fn to_text(html: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr2(b'<', b'&', html.as_bytes()).is_none() {
        return html;
    }
    let mut text = String::with_capacity(html.len());
    let mut rest = html.as_ref();
    while let Some(open) = memchr::memchr(b'<', rest.as_bytes()) {
        html_escape::decode_html_entities_to_string(&rest[..open], &mut text);
        let tag = &rest[open..];
        // A "<" that starts no tag ("I <3 you") is text.
        let starts_tag = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        let end = end_of_tag(tag).filter(|_| starts_tag);
        let Some(end) = end else {
            text.push('<');
            rest = &tag[1..];
            continue;
        };
        match name_of(&tag[1..end]).as_str() {
            "br" | "/div" | "/li" => text.push('\n'),
            "/p" => text.push_str("\n\n"),
            _ => {}
        }
        rest = &tag[end..];
    }
    html_escape::decode_html_entities_to_string(rest, &mut text);
    let end = text.trim_end_matches('\n').len();
    text.truncate(end);
    Cow::Owned(text)
}

/// The byte behind the `>` that closes a tag; one inside a quoted attribute does not.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The tag's name in lower case, with the slash of a closing tag.
fn name_of(tag: &str) -> String {
    let end = tag.char_indices().find(|(at, c)| !(c.is_ascii_alphanumeric() || (*at == 0 && *c == '/')));
    tag[..end.map_or(tag.len(), |(at, _)| at)].to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        to_text(Cow::Borrowed(html)).into_owned()
    }

    #[test]
    fn a_bio_reads_as_it_looks() {
        assert_eq!(
            text("<p>Gr&uuml;&szlig;e &amp; tea<br />every day</p><p>second</p>"),
            "Grüße & tea\nevery day\n\nsecond"
        );
        assert_eq!(
            text(
                r#"<p>see <a href="https://a.example/x" rel="me"><span class="invisible">https://</span><span>a.example/x</span></a></p>"#
            ),
            "see https://a.example/x"
        );
        assert_eq!(text("&#39;&#x1F600;&nbsp;&quot;"), "'😀\u{a0}\"");
    }

    #[test]
    fn what_is_no_html_stays() {
        assert_eq!(text("plain"), "plain");
        assert_eq!(text("I <3 you & me"), "I <3 you & me");
        assert_eq!(text("1 < 2 <b>x</b>"), "1 < 2 x");
        assert_eq!(text("<b title='a>b'>x</b> <never closed"), "x <never closed");
        assert_eq!(text("&lt;b&gt; stays"), "<b> stays", "decoded once only");
        assert_eq!(text(""), "");
    }
}
