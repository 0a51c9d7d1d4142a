//! Labels that look wrong: where scores that had not seen the label are confident of the other class.
//!
//! This is confident learning (Northcutt, Jiang, Chuang 2021, *Journal of Artificial Intelligence Research* 70). A score
//! is *confident* of a class where it is at least as high as the mean score of the accounts that carry its label: each
//! class sets its own bar, so a model that is never sure of bots is not asked to be. Accounts that carry one label and
//! are confidently the other are the off-diagonal of the confident joint, and that is what is suggested here.
//!
//! It is a suggestion to look again. A model that tells the classes badly apart doubts many labels that are right.

/// A label to look at again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubt {
    /// Its place among the labels.
    pub at: usize,
    /// The score: probability of being a bot.
    pub p_bot: f64,
    /// How much surer the score is of the other class than of the label's, 0 to 1.
    pub margin: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubtful {
    /// The labels to look at again, the most doubtful first.
    pub doubts: Vec<Doubt>,
    /// From which probability of being a bot on a score is confident of a bot: the mean over accounts labelled so.
    pub confident_bot: f64,
    /// Up to which it is confident of a person: the mean over accounts labelled so.
    pub confident_human: f64,
    /// Labels looked at: bots and humans.
    pub of: [usize; 2],
}

impl Doubtful {
    /// Labels in doubt: called bot, and called human.
    pub fn counts(&self, bots: &[bool]) -> [usize; 2] {
        let called = |class: bool| self.doubts.iter().filter(|doubt| bots[doubt.at] == class).count();
        [called(true), called(false)]
    }
}

/// Finds them. `p_bot` are probabilities, best where both classes count the same, from fits that saw neither the label nor
/// another row of the account. `None` where a class is missing.
pub fn doubtful(bots: &[bool], p_bot: &[f64]) -> Option<Doubtful> {
    let mean = |class: bool| {
        let own = || bots.iter().zip(p_bot).filter(|(bot, _)| **bot == class).map(|(_, p)| *p);
        let n = own().count();
        (n > 0).then(|| (own().sum::<f64>() / n as f64, n))
    };
    let ((confident_bot, n_bots), (confident_human, n_humans)) = (mean(true)?, mean(false)?);
    let mut doubts: Vec<Doubt> = bots
        .iter()
        .zip(p_bot)
        .enumerate()
        .filter_map(|(at, (bot, &p_bot))| {
            let margin = if *bot { 1.0 - 2.0 * p_bot } else { 2.0 * p_bot - 1.0 };
            let (bot_too, human_too) = (p_bot >= confident_bot, p_bot <= confident_human);
            // Confident of both (or where the bars cross), the likelier class is taken.
            let other = if *bot {
                human_too && (!bot_too || margin > 0.0)
            } else {
                bot_too && (!human_too || margin > 0.0)
            };
            other.then_some(Doubt { at, p_bot, margin })
        })
        .collect();
    doubts.sort_by(|a, b| b.margin.total_cmp(&a.margin).then(a.at.cmp(&b.at)));
    Some(Doubtful { doubts, confident_bot, confident_human, of: [n_bots, n_humans] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_confidently_the_other_class_is_found_the_surest_first() {
        let bots = [true, true, true, false, false, false, false];
        let p = [0.9, 0.8, 0.05, 0.1, 0.2, 0.97, 0.5];
        let found = doubtful(&bots, &p).unwrap();
        let places: Vec<usize> = found.doubts.iter().map(|doubt| doubt.at).collect();
        assert_eq!(places, [5, 2], "0.5 is nobody's");
        assert_eq!(found.counts(&bots), [1, 1]);
        assert_eq!(found.of, [3, 4]);
        assert!((found.confident_bot - 1.75 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn each_class_sets_its_own_bar() {
        // A shy model: no score above one half, and a label that is out of place all the same.
        let bots = [true, true, true, true, false, false, false, false];
        let p = [0.30, 0.32, 0.31, 0.01, 0.02, 0.03, 0.02, 0.33];
        let places: Vec<usize> = doubtful(&bots, &p).unwrap().doubts.iter().map(|doubt| doubt.at).collect();
        assert_eq!(places, [3, 7]);
        assert_eq!(doubtful(&[true, true], &[0.1, 0.2]), None);
        // Where nothing is told apart, both bars are alike and the likelier class decides: nothing is above one half.
        assert!(doubtful(&[true, false], &[0.5, 0.5]).unwrap().doubts.is_empty());
    }
}
