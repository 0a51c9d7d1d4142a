//! What a careless person does when training and measuring: refused, or told, and never passed over.

mod common;

use botsieve::model::Model;
use common::*;

/// A few of the labelled accounts as a table: rows `from..to`, all with this label where one is given.
fn some(from: usize, to: usize, label: Option<&str>) -> Table {
    let mut table = labelled();
    let at = table.at("label");
    table.rows = table.rows[from..to].to_vec();
    if let Some(label) = label {
        table.rows.iter_mut().for_each(|row| row[at] = label.into());
    }
    table
}

const FEATURES: &str = r#"["reputation", "age_days", "tweet_freq", "followers_count", "favourites_count"]"#;

fn source(name: &str, path: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nhold_out = true\n[[source.file]]\npath = \"{path}\"\nlabel_column = \"label\"\n"
    )
}

fn manifest(folder: &Scratch, head: &str, sources: &[&str]) -> String {
    folder.write("m.toml", format!("name = \"m\"\nfeatures = {FEATURES}\n{head}\n{}", sources.concat()))
}

#[test]
fn bands_are_not_chosen_from_one_class_or_one_file_twice() {
    let folder = Scratch::new();
    let bots = folder.write("bots.csv", some(0, 200, Some("bot")).bytes());
    let out = folder.path("out.json");
    botsieve(["threshold", "-m", SMALL, &bots, "--label", "label", "-o", &out])
        .ends_with(1)
        .says(&["200 bots and 0 humans", "at least 25 of each"]);
    botsieve(["threshold", "-m", SMALL, LABELLED, LABELLED, "--label", "label", "-o", &out])
        .ends_with(2)
        .says(&["given twice"]);
    assert!(!std::path::Path::new(&out).exists());
}

#[test]
fn a_model_is_given_bands_of_its_own_recipe_alone_and_its_file_says_how_they_were_tested() {
    let folder = Scratch::new();
    folder.write("a.csv", some(0, 200, None).bytes());
    folder.write("b.csv", some(200, 400, None).bytes());
    let manifest = manifest(&folder, "", &[&source("a", "a.csv"), &source("b", "b.csv")]);
    let out = folder.path("out.json");
    botsieve(["threshold", "--manifest", &manifest, "-o", &out, "--replicates", "0"])
        .ends_with(1)
        .says(&["the model default was not trained on the sources of this manifest", "train --manifest"]);
    let own = folder.path("own.json");
    botsieve(["train", "--manifest", &manifest, "-o", &own, "--replicates", "0"]).ends_with(0);
    botsieve(["threshold", "--manifest", &manifest, "-m", &own, "-o", &out, "--replicates", "0"])
        .ends_with(0);
    assert!(Model::read(out.as_ref()).unwrap().bands.chosen.starts_with("on left-out sources"));
    botsieve(["threshold", "-m", &own, LABELLED, "--label", "label", "-o", &out, "--replicates", "0"])
        .ends_with(0);
    let chosen = Model::read(out.as_ref()).unwrap().bands.chosen;
    assert!(chosen.starts_with("on left-out parts of one file") && !chosen.contains("sources"), "{chosen}");
}

#[test]
fn a_list_of_labels_that_cannot_all_be_read_is_told() {
    let folder = Scratch::new();
    let table = labelled();
    let (id, label) = (table.at("id_str"), table.at("label"));
    let mut list = String::from("id,label\n");
    for (at, row) in table.rows.iter().enumerate() {
        let label = if at == 7 { "robot" } else { &row[label] };
        list += &format!("{},{label}\n", row[id]);
    }
    // The ninth has both.
    list +=
        &format!("{},{}\n", table.rows[8][id], if table.rows[8][label] == "bot" { "human" } else { "bot" });
    let list = folder.write("labels.csv", list);
    let run =
        botsieve(["evaluate", "-m", SMALL, LABELLED, "--labels", &list, "--replicates", "0"]).ends_with(3);
    run.says(&[
        "labels.csv: 1 line is not an id and a class, the first is line 9",
        "robot",
        "1 without a label",
        "1 with both labels",
    ]);
    botsieve(["evaluate", "-m", SMALL, LABELLED, "--labels", &list, "--strict"])
        .ends_with(1)
        .says(&["line 9"]);
    let lint = botsieve(["lint", LABELLED, "--labels", &list]);
    assert!(lint.text().contains("1 line is not an id and a class"), "{}", lint.text());
    assert!(lint.text().contains("1 ids stand in the label list with both classes"), "{}", lint.text());
}

#[test]
fn a_column_that_holds_no_labels_trains_nothing() {
    let folder = Scratch::new();
    let out = folder.path("out.json");
    botsieve(["train", LABELLED, "--label", "followers_count", "-o", &out])
        .ends_with(1)
        .says(&["column followers_count holds no labels", "expected bot or human"]);
    assert!(folder.names().is_empty());
    // Minus one means a human to some and nobody knows to others.
    let mut table = labelled();
    let at = table.at("label");
    table.rows.iter_mut().take(3).for_each(|row| row[at] = "-1".into());
    let file = folder.write("minus.csv", table.bytes());
    botsieve(["train", &file, "--label", "label", "-o", &out, "--replicates", "0"])
        .ends_with(3)
        .says(&["row 1 (line 2): column label: found \"-1\""]);
}

#[test]
fn families_that_share_accounts_and_one_alone_are_told() {
    let folder = Scratch::new();
    folder.write("a.csv", some(0, 200, None).bytes());
    let mut turned = some(150, 400, None);
    let at = turned.at("label");
    for row in &mut turned.rows[..20] {
        row[at] = if row[at] == "bot" { "human" } else { "bot" }.into();
    }
    folder.write("b.csv", turned.bytes());
    let two = manifest(&folder, "", &[&source("a", "a.csv"), &source("b", "b.csv")]);
    let args = |manifest: &str| {
        botsieve(["evaluate", "--manifest", manifest, "--leave-one-source-out", "--replicates", "0"])
    };
    args(&two)
        .ends_with(0)
        .says(&["NOTE: 50 accounts stand in more than one family, 20 of them a bot in one"]);
    let one = manifest(&folder, "", &[&source("a", "a.csv")]);
    args(&one).ends_with(1).says(&["with the family a left out, the other sources hold 0 bots and 0 humans"]);
}

#[test]
fn manifests_that_contradict_themselves_are_refused() {
    let folder = Scratch::new();
    folder.write("a.csv", some(0, 200, None).bytes());
    let cases = [
        ("[monotone]\nrising = [\"reputation\"]\nfalling = [\"reputation\"]", "to rise and to fall"),
        ("[bands]\nmin_features = 6", "bands.min_features = 6 with 5 features"),
        ("[bands]\nspam_precision = -1", "bands.spam_precision = -1"),
        ("[bands]\ngenuine_purity = 1", "bands.genuine_purity = 1"),
    ];
    for (head, said) in cases {
        let path = manifest(&folder, head, &[&source("a", "a.csv")]);
        botsieve(["train", "--manifest", &path, "-o", &folder.path("x.json")])
            .ends_with(1)
            .says(&["m.toml", said]);
    }
    let both = source("a", "a.csv") + "label = \"bot\"\n";
    let path = manifest(&folder, "", &[&both]);
    botsieve(["train", "--manifest", &path, "-o", &folder.path("x.json")])
        .ends_with(1)
        .says(&["a.csv: the class of its rows in more than one way"]);
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let folder = Scratch::new();
    let path = manifest(&folder, "", &[&source("a", "a.csv")]);
    let out = folder.path("x.csv");
    let cases: [(&[&str], &str); 9] = [
        (&["evaluate", LABELLED, "--label", "label", "--scores", &out], "--leave-one-source-out"),
        (&["evaluate", "-m", SMALL, "--manifest", &path, "--leave-one-source-out"], "never by a model"),
        (&["study", "travel", "--manifest", &path, "--scores", &out], "`study within` alone"),
        (&["study", "thin", "--manifest", &path, "--fine"], "`study within` alone"),
        (&["study", "within", "--manifest", &path, "--candidates", &out], "`study search` alone"),
        (&["study", "within", "--manifest", &path, "--most", "0"], "--most"),
        (&["features", "--list", LABELLED], "cannot be used with"),
        (&["features", "--list", "--only", "age_days"], "cannot be used with"),
        (&["train", LABELLED, "--label", "label", "-o", &out, "--replicates", "99999999999"], "up to 100000"),
    ];
    for (words, said) in cases {
        botsieve(words).ends_with(2).says(&[said]);
    }
    for words in [["--prevalence", "-0.1"], ["--replicates", "-5"]] {
        let run = botsieve(["train", LABELLED, "--label", "label", "-o", &out].into_iter().chain(words))
            .ends_with(2);
        assert!(run.err.contains("expected"), "{}", run.err);
    }
    let card = folder.path("");
    botsieve(["train", LABELLED, "--label", "label", "-o", &out, "--card", &card])
        .ends_with(2)
        .says(&["is a folder"]);
    assert_eq!(folder.names(), ["m.toml"]);
}

#[test]
fn few_accounts_are_said_to_be_few() {
    let folder = Scratch::new();
    let file = folder.write("few.csv", some(0, 40, None).bytes());
    botsieve(["evaluate", "-m", SMALL, &file, "--label", "label", "--replicates", "20"])
        .ends_with(0)
        .says(&["with so few of a class the intervals are too narrow"]);
}

#[test]
fn sources_that_cannot_be_cross_validated_stand_in_the_table() {
    let folder = Scratch::new();
    folder.write("a.csv", some(0, 200, None).bytes());
    folder.write("b.csv", some(200, 300, Some("human")).bytes());
    let two = manifest(&folder, "", &[&source("a", "a.csv"), &source("b", "b.csv")]);
    let run = botsieve(["study", "within", "--manifest", &two, "--replicates", "0"]).ends_with(0);
    assert!(run.text().contains("b            0    100  not measured"), "{}", run.text());
    folder.write("c.csv", some(200, 400, None).bytes());
    let three = manifest(&folder, "", &[&source("a", "a.csv"), &source("b", "b.csv"), &source("c", "c.csv")]);
    botsieve(["evaluate", "--manifest", &three, "--leave-one-source-out", "--replicates", "0"])
        .ends_with(0)
        .says(&["NOTE: b is not measured: it has 0 bots and 100 humans"]);
    let one = manifest(&folder, "", &[&source("b", "b.csv")]);
    botsieve(["study", "within", "--manifest", &one])
        .ends_with(1)
        .says(&["no source has 25 bots and 25 humans"]);
}
