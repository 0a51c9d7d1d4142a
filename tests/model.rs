//! `botsieve model` from outside: show, compare, card.

mod common;

use common::*;

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_slice(&run.out).expect("JSON")
}

/// The small model with something changed.
fn changed(folder: &Scratch, name: &str, change: impl Fn(&mut serde_json::Value)) -> String {
    let text = std::fs::read_to_string(repository(SMALL)).unwrap();
    let mut model: serde_json::Value = serde_json::from_str(&text).unwrap();
    change(&mut model);
    folder.write(name, serde_json::to_string_pretty(&model).unwrap())
}

#[test]
fn the_screen_of_the_small_model() {
    let run = botsieve(["model", "show", "-m", SMALL]).ends_with(0);
    assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{}", run.text());
    insta::assert_snapshot!(run.text());
}

#[test]
fn curves_are_the_same_as_json_and_csv_and_those_of_the_file() {
    let shown = json(&botsieve(["model", "show", "-m", SMALL, "--format", "json"]).ends_with(0));
    let csv = Table::parse(&botsieve(["model", "show", "-m", SMALL, "--format", "csv"]).ends_with(0).out);
    let file: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(repository(SMALL)).unwrap()).unwrap();
    let curves = shown["curves"].as_array().unwrap();
    assert_eq!(curves.len(), file["features"].as_array().unwrap().len());
    let bins: usize = curves.iter().map(|c| c["bins"].as_array().unwrap().len()).sum();
    assert_eq!(csv.rows.len(), bins);
    let scale = file["calibration"]["slope"].as_f64().unwrap();
    for curve in curves {
        let own =
            file["features"].as_array().unwrap().iter().find(|f| f["feature"] == curve["label"]).unwrap();
        for (at, bin) in curve["bins"].as_array().unwrap().iter().enumerate() {
            assert_eq!(bin["weight"], own["weights"][at]);
            assert_eq!(bin["share"], own["shares"][at]);
            let slack = 3.0 * scale * own["slope"].as_f64().unwrap().abs() + 1e-9;
            let plain = scale * own["weights"][at].as_f64().unwrap();
            assert!((bin["log_odds"].as_f64().unwrap() - plain).abs() <= slack, "{bin}");
        }
    }
}

#[test]
fn one_feature_alone_and_one_that_is_not_there() {
    let run = botsieve(["model", "show", "-m", SMALL, "--feature", "followers_count"]).ends_with(0);
    assert!(run.text().starts_with("followers_count\n"), "{}", run.text());
    assert_eq!(run.text().matches('│').count(), 11, "a heading and ten bins: {}", run.text());
    let run = botsieve(["model", "show", "-m", SMALL, "--feature", "shoe_size"]).ends_with(1);
    run.says(&["no feature \"shoe_size\"", "followers_count"]);
    botsieve(["model", "show", "-m", "/nowhere.json"]).ends_with(1).says(&["/nowhere.json"]);
}

#[test]
fn the_card_is_that_of_the_repository_byte_for_byte() {
    let run = botsieve(["model", "card"]).ends_with(0);
    assert!(
        run.out == std::fs::read(repository("models/default.md")).unwrap(),
        "models/default.md is not of this model"
    );
    let folder = Scratch::new();
    let card = folder.path("card.md");
    let run = botsieve(["model", "card", "-m", SMALL, "-o", &card]).ends_with(0);
    assert!(run.out.is_empty());
    assert!(std::fs::read_to_string(card).unwrap().starts_with("# Model card: small"));
}

#[test]
fn a_model_is_the_same_as_itself() {
    let run = botsieve(["model", "compare", SMALL, SMALL, FOLLOWERS]).ends_with(0);
    for part in [
        "features of both are the same",
        "0 of them in another band",
        "mean absolute change of p_bot: 0.0000",
    ] {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    assert!(!run.text().contains("changed\n"), "{}", run.text());
}

#[test]
fn the_screen_of_a_comparison() {
    let folder = Scratch::new();
    let other = changed(&folder, "other.json", |model| {
        model["name"] = "other".into();
        model["bands"]["spam_from"] = 0.4.into();
        model["features"][0]["weights"][2] = 0.9.into();
        model["features"].as_array_mut().unwrap().pop();
    });
    let run = botsieve(["model", "compare", SMALL, &other, FOLLOWERS, "--limit", "5"]).ends_with(0);
    assert_harmless(run.text());
    insta::assert_snapshot!(run.text().replace(&other, "other.json"));
}

#[test]
fn accounts_that_flip_are_those_whose_scores_differ_in_band() {
    let folder = Scratch::new();
    let other = changed(&folder, "other.json", |model| {
        model["bands"]["spam_from"] = 0.4.into();
        model["features"][0]["weights"][2] = 0.9.into();
    });
    let flips = folder.path("flips.csv");
    let run = botsieve([
        "model", "compare", SMALL, &other, FOLLOWERS, "-o", &flips, "--format", "json", "--limit", "3",
    ])
    .ends_with(0);
    let of = |model: &str| Table::parse(&botsieve(["score", FOLLOWERS, "-m", model, "-q"]).ends_with(0).out);
    let (a, b) = (of(SMALL), of(&other));
    let wanted: Vec<Vec<String>> = (a.rows.iter().zip(&b.rows))
        .filter(|(x, y)| x[a.at("band")] != y[b.at("band")])
        .map(|(x, y)| {
            vec![
                x[0].clone(),
                x[a.at("p_bot")].clone(),
                y[b.at("p_bot")].clone(),
                x[a.at("band")].clone(),
                y[b.at("band")].clone(),
            ]
        })
        .collect();
    assert!(wanted.len() > 3, "the models must differ for this to test anything");
    let csv = Table::open(&flips);
    let columns = ["row", "p_bot_a", "p_bot_b", "band_a", "band_b"].map(|name| csv.at(name));
    let found: Vec<Vec<String>> =
        csv.rows.iter().map(|row| columns.iter().map(|&at| row[at].clone()).collect()).collect();
    assert_eq!(found, wanted, "all of them, in the order of the file");
    let report = json(&run);
    let accounts = &report["accounts"];
    assert_eq!(accounts["changed_band"].as_u64().unwrap(), wanted.len() as u64);
    assert_eq!(accounts["flips"].as_array().unwrap().len(), 3);
    let matrix: Vec<Vec<u64>> = serde_json::from_value(accounts["matrix"].clone()).unwrap();
    assert_eq!(matrix.iter().flatten().sum::<u64>(), a.rows.len() as u64);
    let off: u64 = (0..4).map(|i| (0..4).filter(|j| *j != i).map(|j| matrix[i][j]).sum::<u64>()).sum();
    assert_eq!(off, wanted.len() as u64);
    let change = &report["features"]["changed"][0];
    assert_eq!(change["label"], "followers_count");
    let run = |threads: &str| {
        botsieve(["model", "compare", SMALL, &other, FOLLOWERS, "--threads", threads]).ends_with(0).out
    };
    assert!(run("1") == run("3"));
}

#[test]
fn the_embedded_model_is_called_default() {
    let run = botsieve(["model", "compare", "default", SMALL]).ends_with(0);
    assert!(run.text().contains("model default (") && run.text().contains("only in A"), "{}", run.text());
    botsieve(["model", "compare", SMALL]).ends_with(2);
    botsieve(["model", "compare", SMALL, SMALL, "-o", "x.csv"]).ends_with(2).says(&["FILE"]);
}

#[test]
fn the_help_reads_as_it_did() {
    for (name, args) in [
        ("help", &["model", "--help"][..]),
        ("help_show", &["model", "show", "--help"]),
        ("help_compare", &["model", "compare", "--help"]),
        ("help_card", &["model", "card", "--help"]),
    ] {
        let run = botsieve(args).ends_with(0);
        assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{name}: a line is too long");
        insta::assert_snapshot!(name, run.text());
    }
}

/// Does the run print this?
fn prints(run: &Run, part: &str) {
    assert!(run.text().contains(part), "{}", run.text());
}

/// The small model with a pair of followers_count and another of its features.
fn with_pair(folder: &Scratch) -> String {
    changed(folder, "pairs.json", |model| {
        let other = model["features"].as_array().unwrap().iter().map(|f| f["feature"].as_str().unwrap());
        let other = other.filter(|name| *name != "followers_count").min().unwrap().to_string();
        model["pairs"] = serde_json::json!([{
            "features": ["followers_count", other],
            "edges": [[3.0, 12345.0], [0.5]],
            "weights": [[0.5, -0.25], [0.0, 0.0], [-0.5, 0.25]],
            "shares": [[0.2, 0.2], [0.1, 0.1], [0.4, 0.0]],
            "known": 0.75
        }]);
    })
}

#[test]
fn pairs_are_drawn_as_tables_and_named_by_compare() {
    let folder = Scratch::new();
    let model = with_pair(&folder);
    let shown = json(&botsieve(["model", "show", "-m", &model, "--format", "json"]).ends_with(0));
    let pair = &shown["pairs"][0];
    let label = pair["label"].as_str().unwrap().to_string();
    assert!(label.starts_with("followers_count x "), "{label}");
    let slope = shown["calibration"]["slope"].as_f64().unwrap();
    assert!((pair["log_odds"][0][0].as_f64().unwrap() - slope * 0.5).abs() < 1e-12, "{pair}");
    assert_eq!(pair["rows"][1]["up_to"], 12345.0);

    let whole = botsieve(["model", "show", "-m", &model]).ends_with(0);
    let text = whole.text();
    assert!(text.contains("+ curves + pairs)"), "{text}");
    let run = botsieve(["model", "show", "-m", &model, "--feature", &label]).ends_with(0);
    let alone = run.text();
    assert!(text.ends_with(alone) && alone.starts_with(&label), "{alone}");
    let cell = |odds: f64| format!("{:+.2}", slope * odds);
    for (row, odds) in [("≤3", [0.5, -0.25]), ("≤12k", [0.0, 0.0])] {
        let line = alone.lines().find(|line| line.trim_start().starts_with(&format!("{row} "))).unwrap();
        let cells: Vec<&str> = line.split_whitespace().skip(1).collect();
        assert_eq!(cells, odds.map(cell), "{alone}");
    }
    let last = alone.lines().last().unwrap();
    assert_eq!(last.split_whitespace().collect::<Vec<_>>(), [">12k", &cell(-0.5), "·"], "nobody there");
    assert!(alone.lines().all(|line| line.chars().count() <= 100), "{alone}");
    // A feature comes with its pairs.
    let feature = botsieve(["model", "show", "-m", &model, "--feature", "followers_count"]).ends_with(0);
    assert!(feature.text().starts_with("followers_count\n") && feature.text().ends_with(alone));

    let csv = botsieve(["model", "show", "-m", &model, "--feature", &label, "--format", "csv"]).ends_with(0);
    let table = Table::parse(&csv.out);
    assert_eq!(table.column("bin"), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(table.column("weight"), ["0.5", "-0.25", "0", "0", "-0.5", "0.25"]);
    assert_eq!(table.column("second_up_to"), ["0.5", "", "0.5", "", "0.5", ""]);

    let compared = |a: &str, b: &str| botsieve(["model", "compare", a, b]).ends_with(0);
    prints(&compared(SMALL, &model), &format!("only in B: {label}"));
    prints(&compared(&model, SMALL), &format!("only in A: {label}"));
}

#[test]
fn a_card_of_a_strangers_model_holds_its_texts_as_texts() {
    let folder = Scratch::new();
    let mut model: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(repository("models/default.json")).unwrap()).unwrap();
    let evil = "\u{1b}[31m\u{202e}<script>x</script>| `y`\n# Heading";
    for place in ["/name", "/description", "/written_by", "/bands/chosen", "/held_out/0/source"] {
        *model.pointer_mut(place).unwrap() = evil.into();
    }
    for place in ["/name", "/family", "/files/0/path"] {
        *model.pointer_mut(&format!("/training/sources/0{place}")).unwrap() = evil.into();
    }
    let file = folder.write("evil.json", model.to_string());
    let run = botsieve(["model", "card", "-m", &file]).ends_with(0);
    assert_harmless(run.text());
    assert!(run.text().contains("script"), "the texts are there");
    assert!(!run.text().lines().any(|line| line.starts_with("# Heading")), "{}", run.text());
    // A bracket that opens markup has a backslash, or stands in code.
    for line in run.text().lines() {
        let outside: String = line.split('`').step_by(2).collect();
        assert!(!outside.replace("\\<", "").contains('<'), "{line}");
        // The same number of cells as the table's head.
        if line.contains("script") && line.starts_with('|') {
            let cells = line.replace("\\|", "").matches('|').count();
            assert!(cells == 6 || cells == 10, "{cells}: {line}");
        }
    }
}
