//! Seeded random sets and comparisons for the unit tests of this module.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A labelled set in row order.
pub struct Set {
    pub scores: Vec<f64>,
    pub labels: Vec<bool>,
    pub weights: Vec<f64>,
}

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A number from 0 (included) to 1 (excluded).
pub fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// A whole number below `n`.
pub fn below(rng: &mut ChaCha8Rng, n: u64) -> u64 {
    rng.next_u64() % n
}

/// `rows` rows with scores on a grid of 21 values (so that ties abound), scores that lean the
/// right way, both classes, and whole weights from 0 to 3.
pub fn random_set(seed: u64, rows: usize) -> Set {
    let mut rng = rng(seed);
    let mut set = Set { scores: Vec::new(), labels: Vec::new(), weights: Vec::new() };
    for row in 0..rows {
        let bot = if row < 2 { row == 0 } else { unit(&mut rng) < 0.3 };
        let raw = 0.7 * unit(&mut rng) + if bot { 0.3 } else { 0.0 };
        set.scores.push((raw * 20.0).round() / 20.0);
        set.labels.push(bot);
        let weight = if row < 2 { 1 } else { below(&mut rng, 4) };
        set.weights.push(weight as f64);
    }
    set
}

/// Each row as often as its whole weight says.
pub fn replicated(set: &Set) -> Set {
    let mut out = Set { scores: Vec::new(), labels: Vec::new(), weights: Vec::new() };
    for row in 0..set.scores.len() {
        for _ in 0..set.weights[row] as usize {
            out.scores.push(set.scores[row]);
            out.labels.push(set.labels[row]);
            out.weights.push(1.0);
        }
    }
    out
}

#[track_caller]
pub fn assert_close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

#[track_caller]
pub fn assert_both(found: Option<f64>, expected: Option<f64>) {
    match (found, expected) {
        (Some(found), Some(expected)) => assert_close(found, expected),
        _ => assert_eq!(found, expected),
    }
}

/// ROC AUC by its meaning: the share of the pairs of a bot and a human in which the bot has the higher score, ties half.
pub fn auc_by_pairs(scores: &[f64], labels: &[bool]) -> f64 {
    let of = |class: bool| {
        scores.iter().zip(labels).filter(move |(_, bot)| **bot == class).map(|(score, _)| *score)
    };
    let (mut right, mut pairs) = (0.0, 0.0);
    for bot in of(true) {
        for human in of(false) {
            right += if bot > human { 1.0 } else { 0.5 * f64::from(u8::from(bot == human)) };
            pairs += 1.0;
        }
    }
    right / pairs
}
