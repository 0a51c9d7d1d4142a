//! A score taken apart: every term of its sum, and every curve of the model as it counts after calibration.

use serde::Serialize;

use super::encoding::{CLIP, Curve};
use super::file::Model;
use super::pair::Pair;
use super::scorer::{Score, Scorer};
use crate::account::Account;
use crate::features::{self, Facts, Feature, Groups, Phrase, Scale};
use crate::words::group;

/// One value that a term looks at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermValue {
    /// Name of the feature.
    pub feature: String,
    /// Unit of the value.
    pub unit: &'static str,
    /// The value; `None` where the account's data do not give it.
    pub value: Option<f64>,
    /// The value in words, such as `42 %`; "missing" where it is not known.
    pub words: String,
}

/// One term of the sum that a score is. Most models have one a feature; a term may look at several.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// What the term is of: the name of its feature, or of its features with ` x ` between them.
    pub label: String,
    /// The values it looks at.
    pub values: Vec<TermValue>,
    /// The bin in words, such as "above 1 to 3"; `None` where a value is missing.
    pub bin: Option<String>,
    /// Share of the training weight in that bin, of the rows where the values were known, 0 to 1.
    pub share: Option<f64>,
    /// Weight of the bin, log-odds before calibration.
    pub weight: f64,
    /// The part of the slope on the standardised value, log-odds before calibration.
    pub linear: f64,
    /// What it adds to the calibrated log-odds: above 0 speaks for a bot; exactly 0 where a value is missing.
    pub contribution: f64,
    /// The fact behind it in plain words; empty where a value is missing.
    pub fact: String,
}

impl Term {
    /// Is a value of it missing?
    pub fn is_missing(&self) -> bool {
        self.bin.is_none()
    }
}

/// A score with every term of its sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The score, as [`Scorer::score`] gives it.
    pub score: Score,
    /// All terms, strongest first, missing ones last.
    pub terms: Vec<Term>,
    /// Calibrated log-odds of an account of which nothing is known; with all contributions it makes the logit.
    pub intercept: f64,
}

impl Scorer {
    /// Takes the score of an account apart.
    pub fn explain(&self, account: &Account<'_>) -> Explanation {
        let score = self.score(account, 0);
        let facts = Facts::of(account, Groups::ALL);
        let mut terms = terms(self.model(), &facts);
        terms.sort_by(|a, b| {
            let by_strength = b.contribution.abs().total_cmp(&a.contribution.abs());
            a.is_missing().cmp(&b.is_missing()).then(by_strength).then_with(|| a.label.cmp(&b.label))
        });
        Explanation { score, terms, intercept: self.intercept() }
    }
}

/// The terms of an account, in the order of the model. Whatever a model sums is listed here, and nowhere else.
fn terms(model: &Model, facts: &Facts<'_>) -> Vec<Term> {
    let scale = model.calibration.slope;
    let known = model.features.iter().filter_map(|curve| Some((features::find(&curve.feature)?, curve)));
    let curves = known.map(|(feature, curve)| term(feature, curve, feature.value(facts), facts, scale));
    let pairs = model.pairs.iter().filter_map(|pair| {
        let features = [features::find(&pair.features[0])?, features::find(&pair.features[1])?];
        Some(pair_term(features, pair, facts, scale))
    });
    curves.chain(pairs).collect()
}

fn pair_term(features: [&Feature; 2], pair: &Pair, facts: &Facts<'_>, scale: f64) -> Term {
    let values = features.map(|feature| feature.value(facts));
    let cell = values[0].zip(values[1]).and_then(|(first, second)| pair.cell(first, second));
    let weight = cell.map_or(0.0, |(i, j)| pair.weights[i][j]);
    Term {
        label: pair.label(),
        values: features.iter().zip(values).map(|(feature, value)| term_value(feature, value)).collect(),
        bin: cell.map(|(i, j)| {
            let first = bin_words(features[0], &pair.edges[0], i);
            format!("{first} x {}", bin_words(features[1], &pair.edges[1], j))
        }),
        share: cell.map(|(i, j)| pair.shares[i][j]),
        weight,
        linear: 0.0,
        contribution: scale * weight,
        fact: match (values[0], values[1]) {
            (Some(first), Some(second)) => {
                format!(
                    "{} and {}, together",
                    features[0].words(first, facts),
                    features[1].words(second, facts)
                )
            }
            _ => String::new(),
        },
    }
}

fn term_value(feature: &Feature, value: Option<f64>) -> TermValue {
    TermValue {
        feature: feature.name.to_string(),
        unit: feature.unit,
        value,
        words: value.map_or_else(|| "missing".into(), |value| value_words(feature, value)),
    }
}

fn term(feature: &Feature, curve: &Curve, value: Option<f64>, facts: &Facts<'_>, scale: f64) -> Term {
    let bin = value.map(|value| curve.bin(value));
    let weight = bin.map_or(0.0, |bin| curve.weights[bin]);
    let log_odds = value.map_or(0.0, |value| curve.log_odds(value));
    Term {
        label: feature.name.to_string(),
        values: vec![term_value(feature, value)],
        bin: bin.map(|bin| bin_words(feature, &curve.edges, bin)),
        share: bin.map(|bin| curve.shares[bin]),
        weight,
        linear: value.filter(|_| curve.slope != 0.0).map_or(0.0, |v| curve.slope * curve.standardised(v)),
        contribution: scale * log_odds,
        fact: value.map_or_else(String::new, |value| feature.words(value, facts)),
    }
}

/// One bin of a curve, as it counts after calibration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownBin {
    /// Lower end, itself not in the bin; `None` for the first bin.
    pub above: Option<f64>,
    /// Upper end, itself in the bin; `None` for the last bin.
    pub up_to: Option<f64>,
    /// The bin in words.
    pub words: String,
    /// Share of the training weight, of the rows where the feature was known.
    pub share: f64,
    /// Weight of the bin, log-odds before calibration.
    pub weight: f64,
    /// A value in the middle of the bin, as the value is stretched for the standardised part.
    pub middle: f64,
    /// Calibrated log-odds there. The slope on the standardised value makes the difference to the ends.
    pub log_odds: f64,
    /// Calibrated log-odds at the lower end.
    pub log_odds_low: f64,
    /// Calibrated log-odds at the upper end.
    pub log_odds_high: f64,
}

/// A curve of a model, as it counts after calibration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownCurve {
    /// What it is of: a feature's name.
    pub label: String,
    /// How the value is computed.
    pub formula: String,
    /// Unit of the value.
    pub unit: &'static str,
    /// Share of the training weight where it is known.
    pub known: f64,
    /// Standard deviation of what it adds over the training rows, calibrated log-odds, about.
    pub spread: f64,
    /// Its bins, lowest first.
    pub bins: Vec<ShownBin>,
}

/// The curves of a model, the one that moves scores most first.
pub fn shown_curves(model: &Model) -> Vec<ShownCurve> {
    let scale = model.calibration.slope;
    let known = model.features.iter().filter_map(|curve| Some((features::find(&curve.feature)?, curve)));
    let mut curves: Vec<ShownCurve> = known.map(|(feature, curve)| shown(feature, curve, scale)).collect();
    curves.sort_by(|a, b| b.spread.total_cmp(&a.spread).then_with(|| a.label.cmp(&b.label)));
    curves
}

fn shown(feature: &Feature, curve: &Curve, scale: f64) -> ShownCurve {
    let bins: Vec<ShownBin> = (0..curve.weights.len())
        .map(|bin| {
            let above = bin.checked_sub(1).map(|before| curve.edges[before]);
            let up_to = curve.edges.get(bin).copied();
            let end = |edge: Option<f64>, outermost: f64, cut_off: f64| match edge {
                Some(edge) => curve.standardised(edge),
                None if outermost.is_finite() => curve.standardised(outermost),
                None => cut_off,
            };
            let low = end(above, feature.range.0, -CLIP);
            let high = end(up_to, feature.range.1, CLIP);
            let at = |z: f64| scale * (curve.weights[bin] + curve.slope * z);
            let middle = (low + high) / 2.0;
            ShownBin {
                middle: unstretched(feature.scale, curve.mean + curve.sd * middle),
                above,
                up_to,
                words: bin_words(feature, &curve.edges, bin),
                share: curve.shares[bin],
                weight: curve.weights[bin],
                log_odds: at(middle),
                log_odds_low: at(low),
                log_odds_high: at(high),
            }
        })
        .collect();
    let mean: f64 = bins.iter().map(|bin| bin.share * bin.log_odds).sum();
    let variance: f64 = bins.iter().map(|bin| bin.share * (bin.log_odds - mean).powi(2)).sum();
    ShownCurve {
        label: feature.name.to_string(),
        formula: feature.formula.to_string(),
        unit: feature.unit,
        known: curve.known,
        spread: variance.sqrt(),
        bins,
    }
}

/// One bin of a pair's grid, of either feature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownRange {
    /// Lower end, itself not in the bin; `None` for the first bin.
    pub above: Option<f64>,
    /// Upper end, itself in the bin; `None` for the last bin.
    pub up_to: Option<f64>,
    /// The bin in words.
    pub words: String,
}

/// The grid of a pair of features, as it counts after calibration.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownPair {
    /// Both names with ` x ` between them.
    pub label: String,
    /// The names.
    pub features: [String; 2],
    /// Share of the training weight where both are known.
    pub known: f64,
    /// Standard deviation of what it adds over the training rows, calibrated log-odds.
    pub spread: f64,
    /// Bins of the first feature, lowest first: the rows of the grid.
    pub rows: Vec<ShownRange>,
    /// Bins of the second: the columns.
    pub columns: Vec<ShownRange>,
    /// Log-odds before calibration, a row each.
    pub weights: Vec<Vec<f64>>,
    /// Calibrated log-odds, a row each.
    pub log_odds: Vec<Vec<f64>>,
    /// Share of the training weight in each cell, of the rows where both are known.
    pub shares: Vec<Vec<f64>>,
}

/// The grids of the pairs of a model, the one that moves scores most first.
pub fn shown_pairs(model: &Model) -> Vec<ShownPair> {
    let scale = model.calibration.slope;
    let mut pairs: Vec<ShownPair> = model.pairs.iter().filter_map(|pair| shown_pair(pair, scale)).collect();
    pairs.sort_by(|a, b| b.spread.total_cmp(&a.spread).then_with(|| a.label.cmp(&b.label)));
    pairs
}

fn shown_pair(pair: &Pair, scale: f64) -> Option<ShownPair> {
    let ranges = |at: usize| -> Option<Vec<ShownRange>> {
        let (feature, edges) = (features::find(&pair.features[at])?, &pair.edges[at]);
        let range = |bin: usize| ShownRange {
            above: bin.checked_sub(1).map(|before| edges[before]),
            up_to: edges.get(bin).copied(),
            words: bin_words(feature, edges, bin),
        };
        Some((0..=edges.len()).map(range).collect())
    };
    let log_odds: Vec<Vec<f64>> =
        pair.weights.iter().map(|row| row.iter().map(|weight| scale * weight).collect()).collect();
    let cells = || pair.shares.iter().flatten().zip(log_odds.iter().flatten());
    let mean: f64 = cells().map(|(share, log_odds)| share * log_odds).sum();
    let variance: f64 = cells().map(|(share, log_odds)| share * (log_odds - mean).powi(2)).sum();
    Some(ShownPair {
        label: pair.label(),
        features: pair.features.clone(),
        known: pair.known,
        spread: variance.sqrt(),
        rows: ranges(0)?,
        columns: ranges(1)?,
        shares: pair.shares.clone(),
        weights: pair.weights.clone(),
        log_odds,
    })
}

/// The value that is stretched to this.
fn unstretched(scale: Scale, stretched: f64) -> f64 {
    match scale {
        Scale::Linear => stretched,
        Scale::Log1p => stretched.exp_m1().max(0.0),
        Scale::Log => stretched.exp(),
        Scale::Signed => stretched.abs().exp_m1().copysign(stretched),
    }
}

/// A bin in words: "up to 3", "above 3 to 7", "above 7"; the two states of a flag by their names.
fn bin_words(feature: &Feature, edges: &[f64], bin: usize) -> String {
    if let (Phrase::Flag { yes, no }, [_]) = (feature.phrase, edges) {
        return if bin == 0 { no } else { yes }.to_string();
    }
    let words = |edge: f64| value_words(feature, edge);
    match (bin.checked_sub(1).and_then(|before| edges.get(before)), edges.get(bin)) {
        // Nothing lies below the smallest possible value.
        (None, Some(to)) if *to <= feature.range.0 => words(*to),
        (None, Some(to)) => format!("up to {}", words(*to)),
        (Some(from), Some(to)) => format!("above {} to {}", words(*from), words(*to)),
        (Some(from), None) => format!("above {}", words(*from)),
        (None, None) => "any value".into(),
    }
}

/// A value in words; exact enough to see on which side of an edge it lies, as a rule.
fn value_words(feature: &Feature, value: f64) -> String {
    match feature.unit {
        "share" => format!("{} %", short_number(value * 100.0)),
        "flag" => if value > 0.5 { "yes" } else { "no" }.into(),
        _ => short_number(value),
    }
}

/// A number with up to four digits that count, and a comma every three digits of a large one.
pub fn short_number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".into() } else { value.to_string() };
    }
    if value.abs() >= 1e15 || value.abs() < 1e-6 {
        return format!("{value:.3e}");
    }
    let before_point = value.abs().log10().floor() as i32 + 1;
    let decimals = usize::try_from(4 - before_point).unwrap_or(0);
    let mut text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = sign.to_string();
    group(whole, &mut out);
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{close, small_model};

    #[test]
    fn numbers_are_short_and_keep_four_digits() {
        for (value, words) in [
            (0.0, "0"),
            (1234.0, "1,234"),
            (12_345_678.9, "12,345,679"),
            (0.158841941, "0.1588"),
            (2.0, "2"),
            (-2.71239, "-2.712"),
            (0.00342465753, "0.003425"),
            (99.9999, "100"),
            (1e-9, "1.000e-9"),
        ] {
            assert_eq!(short_number(value), words);
        }
    }

    #[test]
    fn terms_and_intercept_make_the_logit_whatever_is_known() {
        let scorer = Scorer::embedded().unwrap();
        let full = Account {
            handle: Some("win_free_82737".into()),
            bio: Some("Win a FREE phone!".into()),
            followers: Some(3),
            following: Some(1999),
            posts: Some(2),
            likes_given: Some(0),
            listed: Some(0),
            default_profile: Some(true),
            ..Account::default()
        };
        for account in [full, Account { followers: Some(7), ..Account::default() }, Account::default()] {
            let explained = scorer.explain(&account);
            let sum: f64 = explained.terms.iter().map(|t| t.contribution).sum();
            assert!((explained.intercept + sum - explained.score.logit).abs() < 1e-9, "{explained:?}");
            for term in &explained.terms {
                let again = scorer.model().calibration.slope * (term.weight + term.linear);
                assert!((term.contribution - again).abs() < 1e-12, "{term:?}");
                assert_eq!(term.is_missing(), term.values.iter().any(|v| v.value.is_none()));
                assert!(!term.is_missing() || term.contribution == 0.0);
            }
            let missing_last = explained.terms.windows(2).all(|p| p[0].is_missing() <= p[1].is_missing());
            assert!(missing_last, "{explained:?}");
        }
    }

    #[test]
    fn shown_curves_are_the_curves_at_the_middle_of_each_bin() {
        let model = Model::embedded().unwrap();
        let curves = shown_curves(&model);
        assert_eq!(curves.len(), model.features.len());
        assert!(curves.windows(2).all(|pair| pair[0].spread >= pair[1].spread));
        for shown in &curves {
            let curve = model.features.iter().find(|c| c.feature == shown.label).unwrap();
            for (bin, at) in shown.bins.iter().zip(0..) {
                let middle = (bin.log_odds_low + bin.log_odds_high) / 2.0;
                assert!((middle - bin.log_odds).abs() < 1e-12);
                assert_eq!(curve.bin(bin.middle), at, "{}: {bin:?}", shown.label);
                let exact = model.calibration.slope * curve.log_odds(bin.middle);
                assert!((bin.log_odds - exact).abs() < 1e-9, "{}: {bin:?}, {exact}", shown.label);
                if let Some(to) = bin.up_to {
                    assert_eq!(curve.bin(to), at, "an edge lies in the bin below it");
                    let exact = model.calibration.slope * curve.log_odds(to);
                    assert!((bin.log_odds_high - exact).abs() < 1e-12, "{shown:?}");
                }
            }
        }
    }

    #[test]
    fn a_curve_and_a_grid_as_they_are_shown_by_hand() {
        let model = small_model();
        let curves = shown_curves(&model);
        let order: Vec<&str> = curves.iter().map(|curve| &curve.label[..]).collect();
        assert_eq!(order, ["followers_count", "friends_count", "reputation"]);
        let friends = &curves[1];
        // Twice 0.4 and -0.4, of a quarter and three quarters.
        let mean = 0.25 * 0.8 - 0.75 * 0.8;
        close(friends.spread, (0.25 * (0.8f64 - mean).powi(2) + 0.75 * (-0.8 - mean).powi(2)).sqrt());
        let ends: Vec<_> = friends.bins.iter().map(|bin| (bin.above, bin.up_to, &bin.words[..])).collect();
        assert_eq!(ends, [(None, Some(200.0), "up to 200"), (Some(200.0), None, "above 200")]);
        // From a count of 0, 2.5 deviations below the mean, to 200; and from there to 3 deviations above.
        let edge = (201f64.ln() - 5.0) / 2.0;
        close(friends.bins[0].middle, (5.0 + 2.0 * (-2.5 + edge) / 2.0f64).exp() - 1.0);
        close(friends.bins[1].middle, (5.0 + 2.0 * (edge + 3.0) / 2.0f64).exp() - 1.0);
        assert_eq!((friends.bins[0].log_odds, friends.bins[1].log_odds), (0.8, -0.8));
        // 0 to 0.25 to 1 of a share with a mean of 0.5, a deviation of 0.25 and a slope of 0.125.
        let share = &curves[2];
        assert_eq!((share.bins[0].middle, share.bins[1].middle), (0.125, 0.625));
        close(share.bins[0].log_odds_low, 2.0 * (0.75 - 0.25));
        close(share.bins[0].log_odds_high, 2.0 * (0.75 - 0.125));
        close(share.bins[1].log_odds, 2.0 * (-0.25 + 0.125 * 0.5));
        close(share.bins[1].log_odds_high, 2.0 * (-0.25 + 0.25));
        // 1.125 in a quarter of the rows, -0.375 in the others.
        close(share.spread, 1.5 * (0.25 * 0.75f64).sqrt());
        assert_eq!(share.bins[0].words, "up to 25 %");

        let [pair] = &shown_pairs(&model)[..] else { panic!("one pair") };
        assert_eq!(pair.log_odds, [[0.6, -0.6], [-0.6, 0.6]]);
        let mean = 0.6 * (0.1 - 0.4 - 0.3 + 0.2);
        let square = 0.3 * (0.6f64 - mean).powi(2) + 0.7 * (-0.6 - mean).powi(2);
        close(pair.spread, square.sqrt());
        let rows: Vec<_> = pair.rows.iter().map(|row| (row.above, row.up_to, &row.words[..])).collect();
        assert_eq!(rows, [(None, Some(10.0), "up to 10"), (Some(10.0), None, "above 10")]);
        assert_eq!((pair.columns[0].up_to, pair.columns[1].above), (Some(200.0), Some(200.0)));
    }

    #[test]
    fn an_account_of_the_small_model_taken_apart() {
        let account = Account { followers: Some(50), following: Some(150), ..Account::default() };
        let explained = Scorer::new(small_model(), None).explain(&account);
        let terms: Vec<_> = explained
            .terms
            .iter()
            .map(|term| (&term.label[..], term.bin.as_deref().unwrap(), term.weight, term.linear, term.share))
            .collect();
        assert_eq!(
            terms,
            [
                // A quarter of its connections follow: at the edge, which lies in the bin below it.
                ("reputation", "up to 25 %", 0.75, -0.125, Some(0.25)),
                ("followers_count", "above 10 to 100", 0.5, 0.0, Some(0.5)),
                ("friends_count", "up to 200", 0.4, 0.0, Some(0.25)),
                ("followers_count x friends_count", "above 10 x up to 200", -0.3, 0.0, Some(0.3)),
            ]
        );
        for (term, contribution) in explained.terms.iter().zip([1.25, 1.0, 0.8, -0.6]) {
            close(term.contribution, contribution);
        }
        let words: Vec<&str> = explained.terms[3].values.iter().map(|value| &value.words[..]).collect();
        assert_eq!(words, ["50", "150"]);
        assert_eq!(explained.terms[0].values[0].words, "25 %");
        assert_eq!(explained.terms[3].fact, "50 followers and follows 150 accounts, together");
        let bare = Account { followers: Some(50), ..Account::default() };
        let explained = Scorer::new(small_model(), None).explain(&bare);
        let pair = explained.terms.iter().find(|term| term.label.contains(" x ")).unwrap();
        assert_eq!((pair.bin.clone(), pair.share, pair.contribution), (None, None, 0.0));
        assert_eq!((&pair.values[0].words[..], &pair.values[1].words[..]), ("50", "missing"));
        assert_eq!(pair.fact, "");
    }

    #[test]
    fn bins_and_values_in_words() {
        let words = |name: &str, edges: &[f64], bin| bin_words(features::find(name).unwrap(), edges, bin);
        assert_eq!(words("followers_count", &[1000.0, 2500.0], 1), "above 1,000 to 2,500");
        assert_eq!(words("followers_count", &[0.0, 2500.0], 0), "0", "nothing lies below");
        assert_eq!(words("followers_count", &[], 0), "any value");
        assert_eq!(words("reputation", &[0.125], 1), "above 12.5 %");
        let value = |name: &str, value| value_words(features::find(name).unwrap(), value);
        assert_eq!(
            (value("default_profile", 1.0), value("default_profile", 0.0)),
            ("yes".into(), "no".into())
        );
        let numbers = [1e-6, 9.99e-7, 1e15, 999_999_999_999_999.0, f64::INFINITY];
        let shown = ["0.000001", "9.990e-7", "1.000e15", "999,999,999,999,999", "inf"];
        assert_eq!(numbers.map(short_number), shown);
        for (scale, value) in
            [(Scale::Linear, 3.5), (Scale::Log1p, 3.5), (Scale::Log, 3.5), (Scale::Signed, -3.5)]
        {
            assert!((unstretched(scale, scale.apply(value)) - value).abs() < 1e-12, "{scale:?}");
        }
        assert_eq!(unstretched(Scale::Log1p, -4.0), 0.0);
    }

    #[test]
    fn a_bin_without_an_end_reaches_three_deviations_and_a_flag_has_two_words() {
        let curve = Curve {
            feature: "followers_change_per_day".into(),
            edges: vec![0.0],
            weights: vec![0.5, -0.5],
            shares: vec![0.5, 0.5],
            scale: Scale::Signed,
            mean: 0.0,
            sd: 2.0,
            slope: 0.25,
            ..small_model().features.remove(0)
        };
        let bins = shown(features::find("followers_change_per_day").unwrap(), &curve, 2.0).bins;
        close(bins[0].log_odds_low, 2.0 * (0.5 - 3.0 * 0.25));
        close(bins[0].log_odds_high, 2.0 * 0.5);
        close(bins[0].log_odds, 2.0 * (0.5 - 1.5 * 0.25));
        close(bins[0].middle, -(3f64.exp_m1()));
        close(bins[1].log_odds_low, 2.0 * -0.5);
        close(bins[1].log_odds_high, 2.0 * (-0.5 + 3.0 * 0.25));
        close(bins[1].middle, 3f64.exp_m1());
        let flag = features::find("default_profile").unwrap();
        assert_eq!(
            [0, 1].map(|bin| bin_words(flag, &[0.0], bin)),
            ["changed the look of its profile", "never changed the look of its profile"]
        );
        assert_eq!((value_words(flag, 0.5), value_words(flag, 0.51)), ("no".into(), "yes".into()));
    }
}
