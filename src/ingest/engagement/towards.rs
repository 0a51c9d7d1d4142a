//! Which posts are towards the owner of the list.

use std::collections::HashSet;

use super::super::{Key, Named, Post, PostKind};
use super::EngagementKind;

/// The owner of the list: handles and ids, as many as there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Us {
    ids: HashSet<Key>,
    handles: HashSet<String>,
}

impl Us {
    /// Takes what a person types: `@anna` and `anna` are handles, digits and what holds a colon (`did:plc:...`) ids; `id:` in
    /// front makes anything an id.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Us {
        let mut us = Us::default();
        for text in texts {
            let text = text.trim();
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            match text.strip_prefix("id:") {
                Some(id) => us.ids.extend(Key::of(Some(id), None)),
                None if digits || text.contains(':') => us.ids.extend(Key::of(Some(text), None)),
                None => {
                    let handle = text.trim_start_matches('@').to_lowercase();
                    us.handles.extend(Some(handle).filter(|handle| !handle.is_empty()));
                }
            }
        }
        us
    }

    /// Was nobody named?
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.handles.is_empty()
    }

    fn is(&self, id: Option<&str>, handle: Option<&str>) -> bool {
        id.and_then(|id| Key::of(Some(id), None)).is_some_and(|key| self.ids.contains(&key))
            || handle
                .is_some_and(|handle| self.handles.contains(&handle.trim_start_matches('@').to_lowercase()))
    }

    fn named(&self, named: &Named<'_>) -> bool {
        self.is(named.id.as_deref(), named.handle.as_deref())
    }

    /// Is it a post of the owner?
    pub fn wrote(&self, post: &Post<'_>) -> bool {
        self.is(post.author_id.as_deref(), post.author_handle.as_deref())
    }

    /// What a post of somebody else is to the owner: by what the record says, else by its text. Who passes somebody else's
    /// post on says nothing to those named in it.
    pub fn meant_by(&self, post: &Post<'_>) -> Option<EngagementKind> {
        let text = post.text.as_deref().unwrap_or_default().trim_start();
        let to = post.addressed.as_deref();
        let known = |named: &Named<'_>| named.id.is_some() || named.handle.is_some();
        if post.kind == Some(PostKind::Repost) {
            let of = to.map(|to| &to.repost_of).filter(|of| known(of));
            let by_text = || text.strip_prefix("RT ").is_some_and(|rest| self.begins(rest));
            return of.map_or_else(by_text, |of| self.named(of)).then_some(EngagementKind::Repost);
        }
        let of = to.map(|to| &to.reply_to).filter(|of| known(of));
        let answers = post.kind == Some(PostKind::Reply) || of.is_some();
        if answers && of.map_or_else(|| self.begins(text), |of| self.named(of)) {
            return Some(EngagementKind::Reply);
        }
        let mentioned = to.is_some_and(|to| to.mentions.iter().any(|named| self.named(named)));
        (mentioned || self.in_text(text)).then_some(EngagementKind::Mention)
    }

    /// Does the text begin with the owner's handle?
    fn begins(&self, text: &str) -> bool {
        text.trim_start().strip_prefix('@').is_some_and(|rest| self.handles.contains(&word(rest)))
    }

    fn in_text(&self, text: &str) -> bool {
        let mut before = ' ';
        for (at, c) in text.char_indices() {
            // Not the one in the middle of a@b.example.
            if c == '@'
                && !(before.is_alphanumeric() || before == '_')
                && self.handles.contains(&word(&text[at + 1..]))
            {
                return true;
            }
            before = c;
        }
        false
    }
}

/// The handle at the front of a text, in small letters: letters, digits and `_`, and dots or an `@` inside it (Bluesky,
/// Mastodon) where that is how the owner is called.
fn word(text: &str) -> String {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@')))
        .unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-', '@']).to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn post(text: &'static str, kind: PostKind) -> Post<'static> {
        Post { text: Some(Cow::Borrowed(text)), kind: Some(kind), ..Post::default() }
    }

    #[test]
    fn the_text_tells_where_the_record_does_not() {
        let us = Us::new(["@Tea_House", "12"]);
        let of = |text, kind| us.meant_by(&post(text, kind));
        use EngagementKind::{Mention, Reply, Repost};
        assert_eq!(of("@tea_house lovely", PostKind::Reply), Some(Reply));
        assert_eq!(of("@zoe ask @TEA_HOUSE.", PostKind::Reply), Some(Mention));
        assert_eq!(of("tea at (@tea_house)!", PostKind::Original), Some(Mention));
        assert_eq!(of("RT @tea_house: new leaves", PostKind::Repost), Some(Repost));
        assert_eq!(of("RT @zoe: hello @tea_house", PostKind::Repost), None, "not a post of ours");
        assert_eq!(of("@tea_houses are many, x@tea_house too", PostKind::Original), None);
        assert_eq!(of("tea_house", PostKind::Original), None);
    }

    #[test]
    fn what_the_record_says_comes_first() {
        let us = Us::new(["tea_house", "id:12"]);
        let to = |id: &'static str| Named { id: Some(Cow::Borrowed(id)), handle: None };
        let mut reply = post("@tea_house no, you", PostKind::Reply);
        reply.addressed =
            Some(Box::new(crate::ingest::Addressed { reply_to: to("99"), ..Default::default() }));
        assert_eq!(us.meant_by(&reply), Some(EngagementKind::Mention), "an answer to another that names us");
        reply.addressed =
            Some(Box::new(crate::ingest::Addressed { reply_to: to("12"), ..Default::default() }));
        assert_eq!(us.meant_by(&reply), Some(EngagementKind::Reply));
        let mut quiet = post("hello", PostKind::Original);
        quiet.addressed = Some(Box::new(crate::ingest::Addressed {
            mentions: vec![to("5"), to("12")],
            ..Default::default()
        }));
        assert_eq!(us.meant_by(&quiet), Some(EngagementKind::Mention));
        assert!(us.wrote(&Post { author_id: Some(Cow::Borrowed("12")), ..Post::default() }));
        assert!(Us::new(["", "@"]).is_empty());
    }
}
