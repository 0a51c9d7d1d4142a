//! `botsieve study` from outside, and the pairs of features that `train FILE` may choose.

mod common;

use botsieve::model::Model;
use common::*;

fn manifest(folder: &Scratch) -> String {
    manifest_of(3, folder)
}

/// The made-up labelled accounts dealt out to so many sources, each of a family of its own.
fn manifest_of(n: usize, folder: &Scratch) -> String {
    let text = std::fs::read_to_string(repository(LABELLED)).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let mut parts = vec![vec![header]; n];
    for (at, line) in lines.enumerate() {
        parts[at % n].push(line);
    }
    let mut toml = String::from(
        "name = \"study\"\nprevalence = 0.1\nfeatures = [\"followers_to_friends\", \"posts_to_friends\", \
         \"default_profile\", \"likes_to_posts\"]\n",
    );
    for (at, part) in parts.iter().enumerate() {
        folder.write(&format!("part{at}.csv"), &(part.join("\n") + "\n"));
        toml += &format!(
            "[[source]]\nname = \"part {at}\"\nhold_out = true\n[[source.file]]\npath = \"part{at}.csv\"\n\
             label_column = \"label\"\n"
        );
    }
    folder.write("m.toml", &toml)
}

fn study(question: &str, manifest: &str, more: &[&str]) -> serde_json::Value {
    let args = ["study", question, "--manifest", manifest, "--format", "json", "-q"];
    serde_json::from_str(botsieve([&args[..], more].concat()).ends_with(0).text()).unwrap()
}

#[test]
fn within_scores_every_row_once_and_by_a_fit_that_had_not_seen_it() {
    let folder = Scratch::new();
    let (manifest, scores) = (manifest(&folder), folder.path("scores.csv"));
    let table = study("within", &manifest, &["--replicates", "50", "--scores", &scores]);
    let sources = table["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 3);
    let scores = Table::parse(&std::fs::read_to_string(&scores).unwrap().into_bytes());
    let (source, label) = (scores.column("source"), scores.column("label"));
    let rows: u64 = sources.iter().map(|s| s["bots"].as_u64().unwrap() + s["humans"].as_u64().unwrap()).sum();
    assert_eq!(rows as usize, label.len());
    assert!(scores.column("fold").iter().all(|fold| ["0", "1", "2", "3", "4"].contains(fold)));
    // The table's figure is that of the rows it wrote.
    let rows: Vec<(f64, bool)> = source
        .iter()
        .zip(scores.column("logit").iter().zip(&label))
        .filter(|(source, _)| **source == "part 0")
        .map(|(_, (logit, label))| (logit.parse().unwrap(), *label == "1"))
        .collect();
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (high, _) in rows.iter().filter(|row| row.1) {
        for (low, _) in rows.iter().filter(|row| !row.1) {
            pairs += 1.0;
            wins += if high > low {
                1.0
            } else if high == low {
                0.5
            } else {
                0.0
            };
        }
    }
    let auc = &sources[0]["roc_auc"];
    assert!((auc["value"].as_f64().unwrap() - wins / pairs).abs() < 1e-9, "{auc}");
    assert!(auc["lo"].as_f64() < auc["value"].as_f64() && auc["value"].as_f64() < auc["hi"].as_f64());
}

#[test]
fn thin_rows_lose_the_features_of_the_fields_that_are_taken() {
    let folder = Scratch::new();
    let table = study("thin", &manifest(&folder), &[]);
    let kinds = table["kinds"].as_array().unwrap();
    let features: Vec<u64> = kinds.iter().map(|k| k["features"].as_u64().unwrap()).collect();
    assert_eq!(features, [4, 3, 4, 3, 2, 2], "all, no likes, no bio, no flags, v2, three counts: {table}");
    assert_eq!(kinds[0]["one_model"], kinds[0]["own_model"], "with everything there they are one");
    assert!(kinds.iter().all(|k| k["one_model"].as_f64().unwrap() > 0.5));
}

#[test]
fn travel_measures_every_feature_and_marks_those_in_use() {
    let folder = Scratch::new();
    let table = study("travel", &manifest_of(2, &folder), &[]);
    let features = table["features"].as_array().unwrap();
    assert_eq!(features.iter().filter(|f| f["used"] == true).count(), 4);
    let of = |name: &str| features.iter().find(|f| f["feature"] == name).unwrap();
    // Both parts were rolled by one generator: what tells bots in one does in the others, and nothing tells a part.
    let strong = of("followers_to_friends");
    assert_eq!((strong["families"].as_u64(), strong["holds"].as_u64()), (Some(2), Some(2)), "{strong}");
    assert!(strong["elsewhere"].as_f64().unwrap() > 0.6);
    let tells = strong["tells_source"].as_f64().expect("a hundred people in each part");
    assert!((tells - 0.5).abs() < 0.12, "{strong}");
}

#[test]
fn search_chooses_without_the_family_and_shows_the_losers() {
    let folder = Scratch::new();
    let candidates = folder.write(
        "c.toml",
        "most = 60\n[features]\nnoise = [\"bio_upper_share\", \"name_words\"]\n\
         [[candidate]]\nname = \"as it is\"\n[[candidate]]\nname = \"noise\"\nfeatures = \"noise\"\n",
    );
    let table = study("search", &manifest(&folder), &["--candidates", &candidates]);
    assert_eq!(table["families"].as_array().unwrap().len(), 3);
    let trials = table["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 2);
    let mean = |at: usize| trials[at]["mean"].as_f64().unwrap();
    assert!(mean(0) > mean(1) + 0.05, "{table}");
    assert_eq!(table["chosen"], serde_json::json!([0, 0, 0]));
    assert_eq!(table["best"], 0);
    assert!((table["nested"].as_f64().unwrap() - mean(0)).abs() < 1e-12, "the same one was chosen each time");

    let wrong = folder.write("w.toml", "[[candidate]]\nname = \"x\"\nfeatures = \"nowhere\"\n");
    let args = ["study", "search", "--manifest", &folder.path("m.toml"), "--candidates", &wrong];
    botsieve(args).ends_with(1).says(&["w.toml", "\"x\"", "nowhere"]);
    botsieve(["study", "search", "--manifest", &folder.path("m.toml")]).ends_with(2).says(&["--candidates"]);
}

#[test]
fn what_two_features_tell_only_together_is_learnt_from_one_file_and_explained() {
    let folder = Scratch::new();
    // Bots: many followers and few posts, or few followers and many posts. Neither count alone tells anything.
    let mut csv = String::from("id,screen_name,followers_count,friends_count,statuses_count,label\n");
    for i in 0..1200u64 {
        let (followers, posts) = ((i * 7919) % 1000, (i * 104_729) % 1000);
        let bot = ((followers < 500) == (posts < 500)) != i.is_multiple_of(10);
        csv += &format!("{i},user{i},{followers},100,{posts},{}\n", if bot { "human" } else { "bot" });
    }
    let (file, model) = (folder.write("x.csv", &csv), folder.path("m.json"));
    let run = botsieve(["train", &file, "--label", "label", "-o", &model, "--replicates", "50"]).ends_with(0);
    assert!(run.text().contains("ROC AUC"));
    let read = Model::read(model.as_ref()).unwrap();
    assert!(!read.pairs.is_empty());
    let scored = Table::parse(&botsieve(["score", &file, "-m", &model, "-q"]).ends_with(0).out);
    let p: Vec<f64> = scored.column("p_bot").iter().map(|p| p.parse().unwrap()).collect();
    let right = p.iter().enumerate().filter(|(i, p)| {
        let i = *i as u64;
        let bot = (((i * 7919) % 1000 < 500) != ((i * 104_729) % 1000 < 500)) != i.is_multiple_of(10);
        (**p > read.prevalence) == bot
    });
    assert!(right.count() > 950, "a tenth of the labels are wrong on purpose");
    // A pair gives reasons like any feature, and the sum still stands.
    assert!(scored.column("reason_1").iter().any(|reason| reason.contains("together")));
    let explained = botsieve(["explain", &file, "-m", &model, "--id", "17", "--format", "json"]).ends_with(0);
    let explained: serde_json::Value = serde_json::from_str(explained.text()).unwrap();
    let account = if explained.is_array() { &explained[0] } else { &explained };
    let terms = account["terms"].as_array().unwrap();
    let sum: f64 = terms.iter().map(|term| term["contribution"].as_f64().unwrap()).sum();
    let logit: f64 = scored.column("logit")[17].parse().unwrap();
    assert!((account["intercept"].as_f64().unwrap() + sum - logit).abs() < 1e-9);
    assert!(terms.iter().any(|term| term["label"].as_str().unwrap().contains(" x ")));
}
