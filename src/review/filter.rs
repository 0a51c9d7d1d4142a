//! Which accounts of the queue are gone through.

use serde::{Deserialize, Serialize};

use crate::model::Band;
use crate::screen::{Candidate, Kind};

/// Characters of a text that is looked for.
const MOST_TEXT: usize = 200;

/// Which accounts of the queue are gone through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Only this band.
    pub band: Option<Band>,
    /// Only this kind.
    pub kind: Option<KindFilter>,
    /// Only where this stands in handle, name, id, bio, location or website; letter case does not count.
    pub text: String,
    /// By what was decided.
    pub show: Show,
}

/// By kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum KindFilter {
    /// This one, whether or not it is the main one.
    Is(Kind),
    /// None at all.
    None(NoKind),
}

/// The word `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoKind {
    /// No kind holds.
    None,
}

/// By what was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    /// Who is not decided, or is due again.
    #[default]
    Left,
    /// Who is due again.
    Due,
    /// Who is decided, or on the keep or the never list.
    Decided,
    /// Everybody.
    All,
}

impl Filter {
    /// The same without what was decided: what stays as it is while a person decides.
    pub(super) fn lasting(&self) -> Filter {
        let text: String = self.text.trim().chars().take(MOST_TEXT).collect::<String>().to_lowercase();
        Filter { text, show: Show::All, ..self.clone() }
    }

    /// Does it hold of an account, `text` of which is [`search_text`]? Only for [`Filter::lasting`].
    pub(super) fn holds(&self, c: &Candidate, text: &str, finder: &memchr::memmem::Finder<'_>) -> bool {
        self.band.is_none_or(|band| c.band() == band)
            && match self.kind {
                None => true,
                Some(KindFilter::Is(kind)) => c.kinds.iter().any(|(found, _)| *found == kind),
                Some(KindFilter::None(_)) => c.kinds.is_empty() && c.score.is_some(),
            }
            && (self.text.is_empty() || finder.find(text.as_bytes()).is_some())
    }
}

/// What a text is looked for in, appended to `out`.
pub(super) fn search_text(c: &Candidate, out: &mut String) {
    let profile = c.profile.as_deref();
    let texts = [
        Some(c.handle.as_str()),
        Some(c.name.as_str()),
        Some(c.id.as_str()),
        profile.and_then(|p| p.bio.as_deref()),
        profile.and_then(|p| p.location.as_deref()),
        profile.and_then(|p| p.website.as_deref()),
    ];
    for (n, text) in texts.into_iter().flatten().enumerate() {
        // `@anna` is looked for too.
        out.push_str(if n == 0 { "@" } else { "\n" });
        if text.is_ascii() {
            out.extend(text.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            out.push_str(&text.to_lowercase());
        }
    }
}
