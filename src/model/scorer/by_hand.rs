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
