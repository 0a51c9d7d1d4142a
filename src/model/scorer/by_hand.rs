//! The ways of writing a reason beside each other.

use super::*;
use crate::model::testing::small_model;

#[test]
fn words_are_the_same_by_a_reason_and_by_a_part() {
    let scorer = Scorer::new(small_model(), None);
    assert_eq!(scorer.feature_count(), 3);
    let account = Account { followers: Some(50), following: Some(150), ..Account::default() };
    let reasons = scorer.score(&account, 9).reasons;
    let mut parts = Parts::default();
    let (_, facts) = scorer.score_in_parts(&account, 9, &mut parts);
    let words = |part: &Part| {
        let mut out = String::from("- ");
        scorer.write_words(part, &facts, &mut out);
        out
    };
    let written: Vec<String> = parts.first().strongest().iter().map(words).collect();
    assert_eq!(written.len(), 4);
    assert_eq!(written, reasons.iter().map(|reason| format!("- {}", reason.words())).collect::<Vec<_>>());
    assert_eq!(written[1], "- 50 followers: more usual for bots");
}

#[test]
fn the_second_witness_of_the_spam_band_is_asked_for_and_heard() {
    let mut model = small_model();
    model.bands.spam_needs_evidence = true;
    model.bands.spam_from = Some(0.0001);
    model.bands.genuine_up_to = None;
    let scorer = Scorer::new(model, None);
    let feature = features::find(EVIDENCE).unwrap();
    let mut seen = [0, 0];
    for followers in [0, 3, 50, 100_000] {
        for following in [0, 150, 1_500, 4_900] {
            for posts in [0, 1, 900] {
                let account = Account {
                    followers: Some(followers),
                    following: Some(following),
                    posts: Some(posts),
                    ..Account::default()
                };
                let shows = feature.value(&Facts::of(&account, Groups::ALL)) == Some(1.0);
                let score = scorer.score(&account, 0);
                assert_eq!(score.evident, shows, "{followers} {following} {posts}");
                assert_eq!(score.band == Band::Spam, shows, "{followers} {following} {posts}");
                seen[usize::from(shows)] += 1;
            }
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

#[test]
fn each_pair_adds_what_its_own_grid_says_and_is_named_by_it() {
    let mut model = small_model();
    let second = crate::model::pair::Pair {
        features: ["friends_count", "reputation"].map(String::from),
        edges: [vec![200.0], vec![0.5]],
        weights: vec![vec![0.6, -0.5], vec![-0.4, 0.7]],
        ..model.pairs[0].clone()
    };
    model.pairs.push(second);
    let scorer = Scorer::new(model, None);
    let account = Account { followers: Some(50), following: Some(150), ..Account::default() };
    let score = scorer.score(&account, 9);
    // A calibration slope of 2 times -0.3 (over 10 followers, up to 200 followed) and times 0.6.
    for (label, right) in [("followers_count x friends_count", -0.6), ("friends_count x reputation", 1.2)] {
        let found = score.reasons.iter().filter(|reason| reason.feature == label);
        let found: Vec<f64> = found.map(|reason| reason.contribution).collect();
        assert!(matches!(found[..], [found] if (found - right).abs() < 1e-12), "{label}: {found:?}");
    }
}

#[test]
fn a_cell_and_an_object_read_as_the_words_of_a_reason() {
    let scorer = Scorer::new(small_model(), None);
    let account = Account { followers: Some(50), following: Some(150), ..Account::default() };
    let mut parts = Parts::default();
    let (_, facts) = scorer.score_in_parts(&account, 9, &mut parts);
    let mut short = 0;
    for part in parts.first().strongest() {
        let mut words = String::new();
        scorer.write_words(part, &facts, &mut words);
        let mut room = Room::new();
        let end = scorer.write_cell(part, &facts, Quotes::ForCommas, 3, &mut room);
        // Pairs are written the long way alone.
        assert_eq!(end.is_none(), part.term >= scorer.feature_count(), "{words}");
        let Some(end) = end else {
            assert_eq!(scorer.write_json(part, &facts, 3, &mut room), None);
            continue;
        };
        let cell = if words.contains(',') { format!("\"{words}\",") } else { format!("{words},") };
        assert_eq!(std::str::from_utf8(&room.written(end)[3..]).unwrap(), cell);
        let end = scorer.write_json(part, &facts, 3, &mut room).unwrap();
        let feature = scorer.terms[part.term].feature.name;
        let right = format!("\"{words}\",\"feature\":\"{feature}\",\"value\":");
        assert_eq!(std::str::from_utf8(&room.written(end)[3..]).unwrap(), right);
        short += 1;
    }
    assert_eq!(short, 3);
}
