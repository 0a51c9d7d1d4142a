//! `botsieve threshold` from outside, and what `evaluate` says of promises and reliability.

mod common;

use botsieve::model::Model;
use common::*;

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_slice(&run.out).expect("JSON")
}

/// The labelled accounts in so many files, one after the other dealt out.
fn dealt(folder: &Scratch, parts: usize) -> Vec<String> {
    let table = labelled();
    (0..parts)
        .map(|part| {
            let rows =
                table.rows.iter().enumerate().filter(|(at, _)| at % parts == part).map(|(_, r)| r.clone());
            let part_table = Table { header: table.header.clone(), rows: rows.collect() };
            folder.write(&format!("s{part}.csv"), part_table.bytes())
        })
        .collect()
}

/// Few, so that many fits are soon done.
const FEATURES: &str = r#"["reputation", "age_days", "tweet_freq", "bio_promotion_words", "followers_count", "favourites_count", "has_bio", "statuses_count"]"#;

fn manifest(folder: &Scratch, parts: usize) -> String {
    dealt(folder, parts);
    let source = |n: usize| {
        format!(
            "[[source]]\nname = \"s{n}\"\nhold_out = true\n[[source.file]]\npath = \"s{n}.csv\"\nlabel_column = \"label\"\n"
        )
    };
    folder.write(
        "m.toml",
        format!("name = \"dealt\"\nfeatures = {FEATURES}\n{}", (0..parts).map(source).collect::<String>()),
    )
}

#[test]
fn promises_are_tested_on_sources_that_had_no_part_in_them() {
    let folder = Scratch::new();
    let manifest = manifest(&folder, 4);
    let args = [
        "threshold",
        "--manifest",
        &manifest,
        "--replicates",
        "200",
        "--spam-precision",
        "0.6",
        "--prevalence",
        "0.3",
    ];
    let text = botsieve(args).ends_with(0);
    for part in
        ["left-out sources", "of 100 accounts in it", "(nested)", "The promise of 60 % bots in spam holds"]
    {
        assert!(text.text().replace('\n', " ").contains(part), "{part:?} is not in {}", text.text());
    }
    assert!(text.err.contains("left out s0 and s1"), "pairs are left out: {}", text.err);
    let report = json(&botsieve(args.iter().chain(&["--format", "json"])).ends_with(0));
    let sources = report["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 4);
    for source in sources {
        for class in ["bots", "people"] {
            let inside: u64 = ["spam", "look", "genuine", "pending"]
                .iter()
                .map(|b| source[b][class].as_u64().unwrap())
                .sum();
            assert_eq!(inside, source[class].as_u64().unwrap(), "every account is in one band: {source}");
        }
    }
    let holds = sources.iter().filter(|s| s["spam"]["holds"] == true).count() as u64;
    assert_eq!(report["spam_kept"]["holds"].as_u64(), Some(holds));
    for end in ["of_all_bots", "of_all_people"] {
        let sum: f64 =
            report["bands"].as_array().unwrap().iter().map(|b| b[end]["value"].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{end}: {sum}");
    }
    let run = |threads: &str| botsieve(args.iter().chain(&["--threads", threads])).ends_with(0).out;
    assert!(run("1") == run("3") && run("1") == text.out);
}

#[test]
fn a_sources_own_labels_have_no_part_in_its_ends() {
    let folder = Scratch::new();
    let files = dealt(&folder, 3);
    let ends = |files: &[String]| {
        let mut args =
            vec!["threshold", "-m", SMALL, "--label", "label", "--format", "json", "--spam-precision", "0.5"];
        args.extend(["--prevalence", "0.3", "--replicates", "0"]);
        args.extend(files.iter().map(String::as_str));
        json(&botsieve(args).ends_with(0))["sources"].clone()
    };
    let before = ends(&files);
    assert!(before[2]["spam_from"].is_number(), "{before}");
    // Turn every label of the last file round: its ends stay, those of the others move.
    let mut table = Table::open(&files[2]);
    let at = table.at("label");
    for row in &mut table.rows {
        row[at] = if row[at] == "bot" { "human" } else { "bot" }.into();
    }
    std::fs::write(&files[2], table.bytes()).unwrap();
    let after = ends(&files);
    assert_eq!(before[2]["spam_from"], after[2]["spam_from"]);
    assert_eq!(before[2]["genuine_up_to"], after[2]["genuine_up_to"]);
    assert_ne!(before[0]["spam_from"], after[0]["spam_from"]);
    assert_ne!(before[2]["spam"]["holds"], after[2]["spam"]["holds"], "and the promise is seen to break");
}

#[test]
fn what_cannot_be_promised_is_switched_off_with_the_reason() {
    let folder = Scratch::new();
    let run = botsieve([
        "threshold",
        LABELLED,
        "--label",
        "label",
        "-m",
        SMALL,
        "--prevalence",
        "0.001",
        "--spam-precision",
        "0.999",
    ])
    .ends_with(0);
    let text = run.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("spam switched off:"), "{text}");
    assert!(text.contains("One file in five parts"), "{text}");
    let output = folder.path("banded.json");
    let run = botsieve([
        "threshold",
        LABELLED,
        "--label",
        "label",
        "-m",
        SMALL,
        "--prevalence",
        "0.001",
        "--spam-precision",
        "0.999",
        "-o",
        &output,
    ])
    .ends_with(0);
    run.says(&["written to"]);
    assert_eq!(Model::read(output.as_ref()).unwrap().bands.spam_from, None);
}

#[test]
fn the_model_written_has_the_bands_and_is_otherwise_the_same() {
    let folder = Scratch::new();
    let files = dealt(&folder, 3);
    let output = folder.path("banded.json");
    let mut args = vec!["threshold", "-m", SMALL, "--label", "label", "-o", &output, "--format", "json"];
    args.extend(["--spam-precision", "0.5", "--prevalence", "0.3", "--min-features", "4"]);
    args.extend(files.iter().map(String::as_str));
    let report = json(&botsieve(args).ends_with(0));
    let (old, mut new) = (Model::read(&repository(SMALL)).unwrap(), Model::read(output.as_ref()).unwrap());
    let end = |side: &str| {
        let ends = report["ends"].as_array().unwrap();
        ends.iter().find(|end| end["side"] == side).unwrap()["p_bot"].as_f64()
    };
    assert!(end("spam").is_some(), "{report}");
    assert_eq!((new.bands.spam_from, new.bands.genuine_up_to), (end("spam"), end("genuine")));
    assert_eq!((new.bands.min_features, new.prevalence), (4, 0.3));
    assert!(new.bands.chosen.contains("bots in spam"), "{}", new.bands.chosen);
    (new.bands, new.prevalence) = (old.bands.clone(), old.prevalence);
    assert_eq!(old, new);
    botsieve(["score", FOLLOWERS, "-m", &output]).ends_with(0);
    botsieve(["model", "card", "-m", &output]).ends_with(0);
}

#[test]
fn what_it_needs_is_said() {
    botsieve(["threshold"]).ends_with(2).says(&["FILE"]);
    botsieve(["threshold", LABELLED]).ends_with(2).says(&["where are the labels?", "--label COLUMN"]);
    botsieve(["threshold", LABELLED, "--label", "label", "--spam-precision", "2"])
        .ends_with(2)
        .says(&["share"]);
    botsieve(["threshold", LABELLED, "--label", "label", "--hold-on", "2"]).ends_with(2).says(&["0.8"]);
    let folder = Scratch::new();
    let one = manifest(&folder, 1);
    botsieve(["threshold", "--manifest", &one]).ends_with(1).says(&["at least two families"]);
}

#[test]
fn two_families_do_without_nested_fits_and_say_so() {
    let folder = Scratch::new();
    let two = manifest(&folder, 2);
    let run = botsieve(["threshold", "--manifest", &two, "--replicates", "50"]).ends_with(0);
    assert!(run.text().replace('\n', " ").contains("had seen it."), "{}", run.text());
}

#[test]
fn evaluate_says_the_promises_and_draws_reliability() {
    let folder = Scratch::new();
    let manifest = manifest(&folder, 3);
    let args = [
        "evaluate",
        "--manifest",
        &manifest,
        "--leave-one-source-out",
        "--replicates",
        "50",
        "--reliability",
    ];
    let run = botsieve(args).ends_with(0);
    for part in
        ["The promise of 80 %", "Reliability: all sources left out, 10 % bots", "Reliability: s2, 10 % bots"]
    {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    let report = json(&botsieve(args.iter().chain(&["--format", "json"])).ends_with(0));
    assert_eq!(report["sources"].as_array().unwrap().len(), 3);
    assert_eq!(report["promises"]["sources"].as_array().unwrap().len(), 3);
    let diagrams = report["reliability"].as_array().unwrap();
    assert_eq!(diagrams.len(), 4);
    for diagram in diagrams {
        let bins = diagram["bins"].as_array().unwrap();
        let weight = |bin: &serde_json::Value| bin["weight"].as_f64().unwrap();
        let total: f64 = bins.iter().map(weight).sum();
        let bots: f64 = bins.iter().map(|b| weight(b) * b["frac_pos"].as_f64().unwrap()).sum();
        assert!((bots / total - 0.1).abs() < 1e-9, "at the prevalence asked for: {diagram}");
        for bin in bins {
            let at = |key: &str| bin[key].as_f64().unwrap();
            assert!(at("lo") <= at("frac_pos") && at("frac_pos") <= at("hi"));
        }
    }
    let accounts: u64 =
        diagrams[0]["bins"].as_array().unwrap().iter().map(|b| b["n"].as_u64().unwrap()).sum();
    assert_eq!(accounts, 400);
}

#[test]
fn the_screen_of_a_reliability_diagram() {
    let args = ["evaluate", LABELLED, "--label", "label", "-m", SMALL, "--replicates", "0", "-q"];
    let plain = botsieve(args).ends_with(0);
    assert!(!plain.text().contains("Reliability:"));
    let even = botsieve(args.iter().chain(&["--reliability=uniform", "--prevalence", "0.3"])).ends_with(0);
    let (_, diagram) = even.text().split_once("\nReliability:").expect("a diagram");
    insta::assert_snapshot!(diagram);
}
