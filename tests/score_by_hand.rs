//! docs/score-by-hand.md: its numbers are those of the model file, by plain arithmetic, and those of `botsieve score`.

mod common;
#[path = "../examples/score_by_hand.rs"]
mod document;

use common::*;

#[test]
fn the_document_is_what_the_generator_writes() {
    let found = std::fs::read_to_string(repository("docs/score-by-hand.md")).expect("the document is there");
    assert!(
        found == document::document(),
        "docs/score-by-hand.md is not of this model: cargo run --release --example score_by_hand > docs/score-by-hand.md"
    );
}

#[test]
fn arithmetic_from_the_json_gives_what_the_program_scores() {
    let sheet = document::sheet(&document::model(), &document::account());
    let scores = Table::parse(&botsieve(["score", document::FILE, "-q"]).ends_with(0).out);
    let row = &scores.rows[usize::try_from(document::ROW).unwrap() - 1];
    let of = |name: &str| row[scores.at(name)].parse::<f64>().unwrap();
    assert!((of("p_bot") - sheet.p_bot).abs() < 1e-10);
    assert!((of("logit") - sheet.logit).abs() < 1e-10);
    let vectors = Table::parse(&botsieve(["features", document::FILE, "-q"]).ends_with(0).out);
    let text = document::document();
    for line in &sheet.lines {
        let cell = &vectors.rows[usize::try_from(document::ROW).unwrap() - 1][vectors.at(&line.feature)];
        assert_eq!(cell.parse::<f64>().ok(), line.value, "{}", line.feature);
        assert!(text.contains(&format!("| {} |", line.feature)));
    }
    for number in [sheet.raw, sheet.calibrated, sheet.logit, sheet.p_bot] {
        assert!(text.contains(&document::shown(number)), "{number} is not in the document");
    }
}
