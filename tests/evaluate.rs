//! `botsieve evaluate` from outside, on the made-up labelled accounts.

mod common;

use common::*;

/// Measures the small model with few bootstrap replicates.
fn evaluate(more: &[&str]) -> Run {
    botsieve([&["evaluate", "-m", SMALL, "--replicates", "200"], more].concat())
}

/// The numbers on the line of that name: a value and the ends of its interval, as far as they are defined.
fn numbers(run: &Run, name: &str) -> Vec<f64> {
    let wanted = format!("  {name}  ");
    let found = run.text().lines().find(|line| format!("{line}  ").starts_with(&wanted));
    let found = found.unwrap_or_else(|| panic!("{name:?} in {}", run.text()));
    let figures = found.split("undefined").next().unwrap_or_default();
    figures[wanted.len().min(figures.len())..]
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

#[test]
fn figures_come_with_intervals_and_beside_baselines() {
    let run = evaluate(&[LABELLED, "--label", "label", "--threshold", "0.15"]).ends_with(0);
    let run = run.says(&["400 rows read: 400 used"]);
    for line in [
        "ROC AUC",
        "average precision",
        "Brier score",
        "log loss",
        "precision",
        "recall",
        "F1",
        "balanced accuracy",
        "Matthews correlation",
    ] {
        let n = numbers(&run, line);
        assert!(n.len() >= 3 && n[1] <= n[0] && n[0] <= n[2], "{line}: {n:?}");
    }
    for part in [
        "expected calibration error",
        "Confusion matrix",
        "Thresholds",
        "Baselines",
        "majority",
        "one split",
        "First k accounts",
    ] {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    assert_eq!(numbers(&run, "majority")[0], 0.5, "the majority class has no order");
}

#[test]
fn a_model_is_warned_of_its_own_training_file() {
    evaluate(&[LABELLED, "--label", "label"]).ends_with(0).says(&["WARNING", "labelled.csv", "training"]);
    let folder = Scratch::new();
    let mut half = labelled();
    half.rows.truncate(200);
    let half = folder.write("half.csv", half.bytes());
    let run = evaluate(&[&half, "--label", "label"]).ends_with(0);
    assert!(!run.err.contains("WARNING"), "{}", run.err);
}

#[test]
fn json_parses_and_holds_the_same_figures() {
    let text = evaluate(&[LABELLED, "--label", "label"]).ends_with(0);
    let run = evaluate(&[LABELLED, "--label", "label", "--format", "json"]).ends_with(0);
    let report: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    let all = report.to_string();
    assert_eq!(report.as_array().unwrap().len(), 1);
    for key in ["roc_auc", "average_precision", "brier", "baselines", "confusion", "lo", "hi"] {
        assert!(all.contains(&format!("\"{key}")), "{key} is not in {all:.3000}");
    }
    assert!(all.contains(&format!("{:.2}", numbers(&text, "ROC AUC")[0])));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let run =
        |threads: &str| evaluate(&[LABELLED, "--label", "label", "--threads", threads]).ends_with(0).out;
    let one = run("1");
    assert!(one == run("2") && one == run("7"));
}

#[test]
fn files_of_one_class_lists_and_columns_give_the_same_figures() {
    let folder = Scratch::new();
    let table = labelled();
    let at = table.at("label");
    let of = |class: &str| {
        let rows = table.rows.iter().filter(|row| row[at] == class).cloned().collect();
        Table { header: table.header.clone(), rows }.without("label").bytes()
    };
    let (bots, humans) = (folder.write("bots.csv", of("bot")), folder.write("humans.csv", of("human")));
    let list: String = table
        .column("id_str")
        .iter()
        .zip(table.column("label"))
        .map(|(id, l)| format!("{id}\t{l}\n"))
        .collect();
    let list = folder.write("labels.tsv", list);
    let bare = folder.write("bare.csv", table.without("label").bytes());
    let auc = |run: Run| numbers(&run.ends_with(0), "ROC AUC")[0];
    let column = auc(evaluate(&[LABELLED, "--label", "label"]));
    assert_eq!(auc(evaluate(&["--bots", &bots, "--humans", &humans])), column);
    assert_eq!(auc(evaluate(&[&bare, "--labels", &list])), column);
}

#[test]
fn a_perfect_order_has_an_auc_of_one_and_a_turned_one_of_nought() {
    let folder = Scratch::new();
    let scores = Table::parse(&botsieve(["score", LABELLED, "-m", SMALL, "-q"]).ends_with(0).out);
    let p: Vec<f64> = scores.column("p_bot").iter().map(|p| p.parse().unwrap()).collect();
    let auc = |turned: bool| {
        let mut table = labelled();
        let at = table.at("label");
        for (row, p) in table.rows.iter_mut().zip(&p) {
            row[at] = if (*p > 0.15) != turned { "bot" } else { "human" }.into();
        }
        let file = folder.write("labelled.csv", table.bytes());
        numbers(&evaluate(&[&file, "--label", "label"]).ends_with(0), "ROC AUC")[0]
    };
    assert_eq!((auc(false), auc(true)), (1.0, 0.0));
}

#[test]
fn another_prevalence_changes_precision_and_not_the_order() {
    let plain = evaluate(&[LABELLED, "--label", "label"]).ends_with(0);
    let rare = evaluate(&[LABELLED, "--label", "label", "--prevalence", "0.02"]).ends_with(0);
    assert_eq!(numbers(&plain, "ROC AUC")[0], numbers(&rare, "ROC AUC")[0]);
    assert!(rare.text().contains("2.0 %") || rare.text().contains("2 %"), "{}", rare.text());
    assert_ne!(plain.out, rare.out);
}

#[test]
fn no_replicates_no_intervals() {
    let run =
        botsieve(["evaluate", LABELLED, "--label", "label", "-m", SMALL, "--replicates", "0"]).ends_with(0);
    assert_eq!(numbers(&run, "ROC AUC").len(), 1, "{}", run.text());
}

#[test]
fn damaged_rows_are_named_and_strict_refuses_them() {
    let folder = Scratch::new();
    let mut table = labelled();
    let at = table.at("friends_count");
    table.rows[4][at] = "-5".into();
    let file = folder.write("mixed.csv", table.bytes());
    let run = evaluate(&[&file, "--label", "label"]).ends_with(3);
    run.says(&["mixed.csv: row 5 (line ", "column friends_count", "\"-5\"", "whole number", "399 used"]);
    let old = folder.write("old.txt", "old\n");
    let run = evaluate(&[&file, "--label", "label", "--strict", "-o", &old]).ends_with(1);
    run.says(&["error: mixed.csv: row 5 (line "]);
    assert_eq!(std::fs::read_to_string(old).unwrap(), "old\n");
}

#[test]
fn what_cannot_be_measured_is_refused_with_what_to_do() {
    evaluate(&[LABELLED]).ends_with(2).says(&[LABELLED, "where are the labels?", "--label COLUMN"]);
    evaluate(&[LABELLED, "--label", "klass"]).ends_with(1).says(&["no column \"klass\""]);
    let folder = Scratch::new();
    let file = folder.write("other.csv", "uid,Screen Name,NumberOfFollowers,Label\n1,anna_berg,12,human\n");
    evaluate(&[&file, "--label", "label"])
        .ends_with(1)
        .says(&["no column \"label\"", "NumberOfFollowers, Label"]);
    evaluate(&[]).ends_with(2).says(&["name a labelled file"]);
    let folder = Scratch::new();
    let mut table = labelled();
    let at = table.at("label");
    table.rows.iter_mut().for_each(|row| row[at] = "bot".into());
    let file = folder.write("bots.csv", table.bytes());
    let run = evaluate(&[&file, "--label", "label"]).ends_with(0);
    assert!(numbers(&run, "ROC AUC").is_empty(), "one class has no order: {}", run.text());
    assert_eq!(numbers(&run, "recall").len(), 3, "but a recall: {}", run.text());
    evaluate(&["--bots", LABELLED]).ends_with(2).says(&["--humans"]);
    evaluate(&[LABELLED, "--leave-one-source-out"]).ends_with(2).says(&["--leave-one-source-out"]);
    evaluate(&["--leave-one-source-out"]).ends_with(2).says(&["--manifest"]);
    evaluate(&[LABELLED, "--label", "label", "--labels", "x.tsv"]).ends_with(2);
    botsieve(["evaluate", "--manifest", "/nowhere.toml", "--leave-one-source-out"])
        .ends_with(1)
        .says(&["/nowhere.toml"]);
}

#[test]
fn sources_are_left_out_in_turn() {
    let folder = Scratch::new();
    let table = labelled();
    for (name, part) in [("a.csv", 0), ("b.csv", 1)] {
        let rows =
            table.rows.iter().enumerate().filter(|(at, _)| at % 2 == part).map(|(_, r)| r.clone()).collect();
        folder.write(name, Table { header: table.header.clone(), rows }.bytes());
    }
    let source = |name: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nhold_out = true\n[[source.file]]\npath = \"{name}.csv\"\nlabel_column = \"label\"\n"
        )
    };
    let manifest = folder.write("m.toml", format!("name = \"two\"\n{}{}", source("a"), source("b")));
    let args = ["evaluate", "--manifest", &manifest, "--leave-one-source-out", "--replicates", "100"];
    let run = botsieve(args).ends_with(0);
    for part in ["a ", "b ", "mean", "worst"] {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    let run = botsieve(args.iter().chain(&["--format", "json"])).ends_with(0);
    let report: serde_json::Value = serde_json::from_slice(&run.out).unwrap();
    assert_eq!(report["sources"].as_array().unwrap().len(), 2, "{report:#}");
}
