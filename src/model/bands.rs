//! Bands: what a score means for the person who reads the list.

use serde::{Deserialize, Serialize};

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Very likely people.
    Genuine,
    /// Neither sure nor hopeless: worth a look.
    Look,
    /// Very likely bots.
    Spam,
    /// Too little is known to say anything.
    Pending,
}

impl Band {
    /// All bands, in the order they are shown.
    pub const ALL: [Band; 4] = [Band::Genuine, Band::Look, Band::Spam, Band::Pending];

    /// The word used in files.
    pub fn name(self) -> &'static str {
        match self {
            Band::Genuine => "genuine",
            Band::Look => "look",
            Band::Spam => "spam",
            Band::Pending => "pending",
        }
    }
}

/// The feature that is the second witness for the spam band. A score alone, learnt from other accounts, holds next to no
/// promise on accounts from elsewhere; a score and a fact that anyone can check do (models/README.md, "Bands").
pub const EVIDENCE: &str = "bought_follower_shape";

/// [`EVIDENCE`] as a condition, in words.
pub const EVIDENCE_WORDS: &str = " with the shape of followers on sale (bought_follower_shape)";

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Where the bands begin, in calibrated probability at the prevalence in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// `genuine` up to this `p_bot`; `null` switches the band off, and has to stand there.
    #[serde(deserialize_with = "Option::deserialize")]
    pub genuine_up_to: Option<f64>,
    /// `spam` from this `p_bot` on; `null` switches the band off, and has to stand there.
    #[serde(deserialize_with = "Option::deserialize")]
    pub spam_from: Option<f64>,
    /// `pending` below so many known features of the model.
    pub min_features: usize,
    /// Does `spam` take only accounts that the feature [`EVIDENCE`] is true of?
    #[serde(default, skip_serializing_if = "is_false")]
    pub spam_needs_evidence: bool,
    /// How the ends were chosen, in words.
    pub chosen: String,
}

impl Bands {
    /// What spam asks for besides a score, to be put behind its end; empty where it asks for nothing.
    pub fn evidence_words(&self) -> &'static str {
        if self.spam_needs_evidence { EVIDENCE_WORDS } else { "" }
    }

    /// The band of a calibrated probability of which `known` features are known; `evident`: [`EVIDENCE`] is true.
    pub fn of(&self, p_bot: f64, known: usize, evident: bool) -> Band {
        if known < self.min_features {
            Band::Pending
        } else if self.spam_from.is_some_and(|from| p_bot >= from) && (evident || !self.spam_needs_evidence) {
            Band::Spam
        } else if self.genuine_up_to.is_some_and(|to| p_bot <= to) {
            Band::Genuine
        } else {
            Band::Look
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_follow_their_ends_and_can_be_switched_off() {
        let mut bands = Bands {
            genuine_up_to: Some(0.05),
            spam_from: Some(0.6),
            min_features: 3,
            spam_needs_evidence: false,
            chosen: String::new(),
        };
        assert_eq!(bands.of(0.05, 3, false), Band::Genuine);
        assert_eq!(bands.of(0.3, 3, false), Band::Look);
        assert_eq!(bands.of(0.6, 3, false), Band::Spam);
        assert_eq!(bands.of(0.99, 2, false), Band::Pending);
        bands.spam_needs_evidence = true;
        assert_eq!(bands.of(0.6, 3, false), Band::Look);
        assert_eq!(bands.of(0.6, 3, true), Band::Spam);
        assert_eq!(bands.of(0.3, 3, true), Band::Look);
        bands.spam_from = None;
        assert_eq!(bands.of(0.99, 3, false), Band::Look);
    }

    #[test]
    fn a_band_that_needs_evidence_says_so_in_its_file() {
        let file = |spam_needs_evidence| {
            let bands = Bands {
                genuine_up_to: None,
                spam_from: Some(0.6),
                min_features: 3,
                spam_needs_evidence,
                chosen: String::new(),
            };
            serde_json::to_value(bands).unwrap()
        };
        assert_eq!(file(true)["spam_needs_evidence"], true);
        // As files of earlier programs have it.
        assert_eq!(file(false).get("spam_needs_evidence"), None);
        assert!(file(false)["genuine_up_to"].is_null());
    }

    #[test]
    fn bands_have_the_names_that_files_have() {
        assert_eq!(Band::ALL.map(Band::name), ["genuine", "look", "spam", "pending"]);
        for band in Band::ALL {
            assert_eq!(serde_json::to_value(band).unwrap(), band.name());
        }
        let mut bands = crate::model::testing::small_model().bands;
        assert_eq!(bands.evidence_words(), "");
        bands.spam_needs_evidence = true;
        assert!(bands.evidence_words().contains(EVIDENCE), "{}", bands.evidence_words());
    }
}
