//! The ways of writing a reason beside each other.

use super::*;
use crate::model::testing::small_model;

#[test]
fn words_are_the_same_by_a_reason_and_by_a_part() {
    let scorer = Scorer::new(small_model(), None);
    assert_eq!(scorer.feature_count(), 3);
    let account = Account { followers: Some(50), following: Some(150), ..Account::default() };
    let reasons = scorer.score(&account, 9).reasons;
    let mut parts = Vec::new();
    let (_, facts) = scorer.score_in_parts(&account, 9, &mut parts);
    let words = |part: &Part| {
        let mut out = String::from("- ");
        scorer.write_words(part, &facts, &mut out);
        out
    };
    let written: Vec<String> = Scorer::strongest(&parts, 9).iter().map(words).collect();
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
