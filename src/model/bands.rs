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

/// Where the bands begin, in calibrated probability at the prevalence in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// `genuine` up to this `p_bot`; `null` switches the band off.
    pub genuine_up_to: Option<f64>,
    /// `spam` from this `p_bot` on; `null` switches the band off.
    pub spam_from: Option<f64>,
    /// `pending` below so many known features of the model.
    pub min_features: usize,
    /// How the ends were chosen, in words.
    pub chosen: String,
}

impl Bands {
    /// The band of a calibrated probability of which `known` features are known.
    pub fn of(&self, p_bot: f64, known: usize) -> Band {
        if known < self.min_features {
            Band::Pending
        } else if self.spam_from.is_some_and(|from| p_bot >= from) {
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
        let mut bands =
            Bands { genuine_up_to: Some(0.05), spam_from: Some(0.6), min_features: 3, chosen: String::new() };
        assert_eq!(bands.of(0.05, 3), Band::Genuine);
        assert_eq!(bands.of(0.3, 3), Band::Look);
        assert_eq!(bands.of(0.6, 3), Band::Spam);
        assert_eq!(bands.of(0.99, 2), Band::Pending);
        bands.spam_from = None;
        assert_eq!(bands.of(0.99, 3), Band::Look);
    }
}
