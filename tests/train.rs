//! `botsieve train` from outside, on the made-up labelled accounts.

mod common;

use botsieve::model::Model;
use common::*;

/// Trains with few bootstrap replicates, which only the printed intervals depend on.
fn train(file: &str, model: &str, more: &[&str]) -> Run {
    botsieve([&["train", file, "-o", model, "--replicates", "100"], more].concat())
}

#[test]
fn one_labelled_file_makes_a_model_that_scores() {
    let folder = Scratch::new();
    let path = folder.path("model.json");
    let card = folder.path("card.md");
    let run = train(LABELLED, &path, &["--label", "label", "--card", &card]).ends_with(0);
    let run = run.says(&["model written to", "model.json"]);
    for part in ["ROC AUC", "majority", "one split", "held-out fifth", "botsieve evaluate"] {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    let model = Model::read(path.as_ref()).unwrap();
    assert_eq!((model.format.as_str(), model.positive_class.as_str()), ("botsieve-model", "bot"));
    assert!(model.features.len() >= 20);
    let bots = labelled().column("label").iter().filter(|l| **l == "bot").count() as f64;
    assert!((model.prevalence - bots / 400.0).abs() < 1e-12, "p_bot is meant at the share of the file");
    let source = &model.training.sources[0];
    assert_eq!(source.files[0].rows.read, 400);
    assert_eq!(source.files[0].rows.damaged, 0);
    assert_eq!(source.files[0].sha256.len(), 64);
    botsieve(["score", FOLLOWERS, "-m", &path]).ends_with(0);
    assert_eq!(folder.names(), ["card.md", "model.json"]);
    assert!(std::fs::read_to_string(card).unwrap().starts_with("# Model card: labelled"));
}

#[test]
fn the_model_learns_what_the_generator_rolled_and_beats_one_split() {
    let folder = Scratch::new();
    let path = folder.path("model.json");
    train(LABELLED, &path, &["--label", "label"]).ends_with(0);
    let run = botsieve(["score", LABELLED, "-m", &path, "-q"]).ends_with(0);
    let p: Vec<f64> = Table::parse(&run.out).column("p_bot").iter().map(|p| p.parse().unwrap()).collect();
    let table = labelled();
    let bot: Vec<bool> = table.column("label").iter().map(|l| *l == "bot").collect();
    let pairs = || p.iter().zip(&bot);
    let wins: usize = pairs()
        .filter(|(_, bot)| **bot)
        .map(|(high, _)| pairs().filter(|(low, bot)| !**bot && high > low).count())
        .sum();
    let all = bot.iter().filter(|b| **b).count() * bot.iter().filter(|b| !**b).count();
    assert!(wins as f64 / all as f64 > 0.8, "AUC {}", wins as f64 / all as f64);
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let folder = Scratch::new();
    let bytes = |threads: &str| {
        let path = folder.path(&format!("model-{threads}.json"));
        let run = train(LABELLED, &path, &["--label", "label", "--threads", threads]).ends_with(0);
        (std::fs::read(path).unwrap(), run.text().replace(&format!("model-{threads}"), "model"))
    };
    let one = bytes("1");
    assert!(one == bytes("2") && one == bytes("7"));
}

#[test]
fn a_list_of_labels_does_what_a_column_does_and_where_the_file_lies_changes_nothing() {
    let folder = Scratch::new();
    let table = labelled();
    let list: String = table
        .column("id_str")
        .iter()
        .zip(table.column("label"))
        .map(|(id, l)| format!("{id}\t{l}\n"))
        .collect();
    let list = folder.write("labels.tsv", list);
    let accounts = folder.write("spam spam spam.csv", table.without("label").bytes());
    let (one, other) = (folder.path("one.json"), folder.path("other.json"));
    train(LABELLED, &one, &["--label", "label"]).ends_with(0);
    train(&accounts, &other, &["--labels", &list]).ends_with(0);
    let (one, other) = (Model::read(one.as_ref()).unwrap(), Model::read(other.as_ref()).unwrap());
    assert_eq!((one.features, one.intercept), (other.features, other.intercept));
    assert_eq!((one.calibration, one.bands), (other.calibration, other.bands));
}

#[test]
fn labels_that_were_shuffled_teach_nothing() {
    let folder = Scratch::new();
    let mut table = labelled();
    let at = table.at("label");
    let labels: Vec<String> = table.rows.iter().map(|row| row[at].clone()).collect();
    // Every account gets the label of another one, far away: 171 is coprime to 400.
    let n = labels.len();
    for (i, row) in table.rows.iter_mut().enumerate() {
        row[at] = labels[(i * 171 + 57) % n].clone();
    }
    let shuffled = folder.write("shuffled.csv", table.bytes());
    let model = folder.path("model.json");
    let run = train(&shuffled, &model, &["--label", "label"]).ends_with(0);
    let line = run.text().lines().find(|line| line.trim_start().starts_with("ROC AUC")).unwrap();
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(numbers.len() == 3 && numbers[1] < 0.5 && numbers[2] > 0.5, "{line}");
}

#[test]
fn damaged_rows_are_counted_and_strict_refuses_them() {
    let folder = Scratch::new();
    let mut table = labelled();
    let at = table.at("followers_count");
    table.rows[10][at] = "a lot".into();
    let label = table.at("label");
    table.rows[20][label] = "perhaps".into();
    let file = folder.write("mixed.csv", table.bytes());
    let model = folder.path("model.json");
    train(&file, &model, &["--label", "label"]).ends_with(3).says(&[
        "row 11 (line ",
        "column followers_count: found \"a lot\", expected a whole number of 0 or more",
        "row 21 (line ",
        "column label: found \"perhaps\", expected a label: bot or human",
        "400 rows read: 398 used, 2 damaged, 0 duplicate",
    ]);
    let rows = Model::read(model.as_ref()).unwrap().training.sources[0].files[0].rows.clone();
    assert_eq!((rows.read, rows.used, rows.damaged), (400, 398, 2));
}

#[test]
fn strict_leaves_no_model_behind() {
    let folder = Scratch::new();
    let mut table = labelled();
    let at = table.at("followers_count");
    table.rows[10][at] = "a lot".into();
    let file = folder.write("mixed.csv", table.bytes());
    let model = folder.path("model.json");
    let run = train(&file, &model, &["--label", "label", "--strict"]).ends_with(1);
    run.says(&["error: mixed.csv: row 11 (line ", "column followers_count", "\"a lot\""]);
    assert_eq!(folder.names(), ["mixed.csv"], "a run that failed puts nothing in place");
    let old = folder.write("old.json", "the model of last week");
    train(&file, &old, &["--label", "label", "--strict"]).ends_with(1);
    assert_eq!(std::fs::read_to_string(old).unwrap(), "the model of last week");
}

#[test]
fn what_cannot_be_trained_on_is_refused_with_what_to_do() {
    let folder = Scratch::new();
    let model = folder.path("model.json");
    train(LABELLED, &model, &[]).ends_with(2).says(&[LABELLED, "--label COLUMN", "--labels LIST"]);
    train(LABELLED, &model, &["--label", "klass"]).ends_with(1).says(&["no column \"klass\"", "screen_name"]);
    let mut few = labelled();
    few.rows.truncate(30);
    let few = folder.write("few.csv", few.bytes());
    train(&few, &model, &["--label", "label"]).ends_with(1).says(&["bots", "humans", "25 of each"]);
    let mut same = labelled();
    let at = same.at("label");
    same.rows.iter_mut().for_each(|row| row[at] = "human".into());
    let same = folder.write("same.csv", same.bytes());
    train(&same, &model, &["--label", "label"]).ends_with(1).says(&["0 bots and 400 humans"]);
    let list = folder.write("labels.tsv", "1\tbot\n2\thuman\n");
    train(LABELLED, &model, &["--labels", &list]).ends_with(1).says(&["labelled.csv", "no row has a label"]);
    assert!(!folder.names().contains(&"model.json".to_string()));
    botsieve(["train", LABELLED, "--label", "label"]).ends_with(2).says(&["--output"]);
    botsieve(["train", "-o", &model]).ends_with(2);
}

#[test]
fn a_manifest_that_is_wrong_is_refused_with_its_name() {
    let folder = Scratch::new();
    let model = folder.path("model.json");
    let manifest = folder.write("m.toml", "name = \"x\"\nsauce = 1\n");
    botsieve(["train", "--manifest", &manifest, "-o", &model]).ends_with(1).says(&["m.toml", "sauce"]);
    botsieve(["train", "--manifest", "/nowhere.toml", "-o", &model]).ends_with(1).says(&["/nowhere.toml"]);
}
