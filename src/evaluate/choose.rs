//! Bands by promise: where they begin so that what they say held on sources left out of training.

use super::confusion::confusion_at;
use super::error::EvaluateError;
use super::operating_point::operating_point_at_precision;
use super::predictions::Predictions;
use super::prevalence::{PriorShift, at_prevalence};
use crate::model::{BandPolicy, Bands};

/// Chooses the bands from held-out probabilities `p` (at a prevalence of one half), with row weights.
///
/// * `spam` begins at the lowest probability from which on the precision, with bots at `prevalence`, is at least
///   `policy.spam_precision`; it is off where no probability reaches that.
/// * `genuine` ends at the highest probability up to which the share of people, at the same prevalence, is at
///   least `policy.genuine_purity`; it is off where that is nowhere so.
///
/// # Errors
/// Where the values are no probabilities, or a class is missing.
pub fn choose_bands(
    p: &[f64],
    labels: &[bool],
    weights: &[f64],
    prevalence: f64,
    policy: &BandPolicy,
) -> Result<Bands, EvaluateError> {
    let shift = PriorShift::new(0.5, prevalence)?;
    let shifted: Vec<f64> = p.iter().map(|p| shift.apply(*p)).collect();
    let set = Predictions::new(&shifted, labels, Some(weights))?;
    let set = at_prevalence(&set, prevalence)?;
    let spam_from =
        operating_point_at_precision(&set, policy.spam_precision).map(|point| round_up(point.threshold));
    // The same question with the classes exchanged.
    let turned: Vec<f64> = shifted.iter().map(|p| 1.0 - p).collect();
    let people: Vec<bool> = labels.iter().map(|bot| !bot).collect();
    let turned = Predictions::new(&turned, &people, Some(weights))?;
    let turned = at_prevalence(&turned, 1.0 - prevalence)?;
    let reached = operating_point_at_precision(&turned, policy.genuine_purity)
        .map(|point| round_down(1.0 - point.threshold));
    let genuine_up_to = reached.filter(|up_to| spam_from.is_none_or(|from| *up_to < from));
    let held = |threshold: Option<f64>| threshold.and_then(|t| confusion_at(&set, t).recall());
    let (precision, purity) = (policy.spam_precision * 100.0, policy.genuine_purity * 100.0);
    let spam = held(spam_from).map_or_else(
        || format!("spam is off, because from no p_bot on {precision:.0} % are bots"),
        |s| {
            format!(
                "spam from the lowest p_bot on with {precision:.0} % bots in it ({:.0} % of all bots)",
                s * 100.0
            )
        },
    );
    // Who stands at the end is in the band.
    let genuine = genuine_up_to.and_then(|t| confusion_at(&turned, 1.0 - t).recall()).map_or_else(
        || match reached {
            Some(to) => {
                format!("genuine is off, because it would reach up to p_bot {to}, where spam has begun")
            }
            None => format!("genuine is off, because up to no p_bot {purity:.0} % are people"),
        },
        |s| {
            format!(
                "genuine up to the highest p_bot with {purity:.0} % people in it ({:.0} % of all people)",
                s * 100.0
            )
        },
    );
    let chosen = format!("on left-out sources where {:.0} % are bots: {spam}, {genuine}", prevalence * 100.0);
    Ok(Bands {
        genuine_up_to,
        spam_from,
        min_features: policy.min_features,
        spam_needs_evidence: false,
        chosen,
    })
}

/// Ends of bands are read by people: four decimals, always to the safe side.
fn round_up(p: f64) -> f64 {
    (p * 1e4).ceil() / 1e4
}

fn round_down(p: f64) -> f64 {
    (p * 1e4).floor() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_keep_their_promise_and_are_off_where_they_cannot() {
        // Bots above 0.8 in all but one case of twenty; people below 0.2 likewise.
        let p: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0 + 0.0005).collect();
        let labels: Vec<bool> = (0..1000)
            .map(|i| {
                if i >= 800 {
                    i % 20 != 19
                } else if i < 200 {
                    i % 20 == 0
                } else {
                    i % 2 == 0
                }
            })
            .collect();
        let policy = BandPolicy {
            spam_precision: 0.9,
            genuine_purity: 0.95,
            min_features: 3,
            ..BandPolicy::default()
        };
        let bands = choose_bands(&p, &labels, &vec![1.0; 1000], 0.5, &policy).unwrap();
        let (from, to) = (bands.spam_from.unwrap(), bands.genuine_up_to.unwrap());
        let precision = |rows: &dyn Fn(f64) -> bool, class: bool| {
            let inside: Vec<bool> =
                p.iter().zip(&labels).filter(|(p, _)| rows(**p)).map(|(_, l)| *l == class).collect();
            inside.iter().filter(|hit| **hit).count() as f64 / inside.len() as f64
        };
        assert!(precision(&|p| p >= from, true) >= 0.9);
        assert!(precision(&|p| p <= to, false) >= 0.95);
        let strict = BandPolicy {
            spam_precision: 0.999,
            genuine_purity: 0.9999,
            min_features: 3,
            ..BandPolicy::default()
        };
        let off = choose_bands(&p, &labels, &vec![1.0; 1000], 0.1, &strict).unwrap();
        assert_eq!(off.spam_from, None);
        assert!(off.chosen.contains("off"));
    }

    #[test]
    fn what_was_chosen_is_said_and_genuine_ends_before_spam_begins() {
        // A person at 0.25, one of each at a half, a bot at 0.75; at a prevalence of one half nothing is shifted.
        let bands = |spam_precision, genuine_purity| {
            let policy = BandPolicy { spam_precision, genuine_purity, ..BandPolicy::default() };
            choose_bands(&[0.25, 0.5, 0.5, 0.75], &[false, true, false, true], &[1.0; 4], 0.5, &policy)
                .unwrap()
        };
        let apart = bands(0.9, 0.95);
        assert_eq!((apart.spam_from, apart.genuine_up_to), (Some(0.75), Some(0.25)));
        let said = "on left-out sources where 50 % are bots: spam from the lowest p_bot on with 90 % bots in it (50 % of all \
                    bots), genuine up to the highest p_bot with 95 % people in it (50 % of all people)";
        assert_eq!(apart.chosen, said);
        // Two of three are right from 0.5 on, and two of three up to 0.5: who stands there cannot be in both bands.
        let meeting = bands(0.6, 0.65);
        assert_eq!((meeting.spam_from, meeting.genuine_up_to), (Some(0.5), None));
        let why = "genuine is off, because it would reach up to p_bot 0.5, where spam has begun";
        assert!(meeting.chosen.ends_with(why), "{}", meeting.chosen);
        // Where all score the same, no end makes a promise.
        let policy = BandPolicy { spam_precision: 0.9, genuine_purity: 0.95, ..BandPolicy::default() };
        let off = choose_bands(&[0.5; 2], &[false, true], &[1.0; 2], 0.5, &policy).unwrap();
        let why = "spam is off, because from no p_bot on 90 % are bots, genuine is off, because up to no p_bot 95 % are people";
        assert!(off.chosen.ends_with(why), "{}", off.chosen);
    }
}
