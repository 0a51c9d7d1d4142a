//! `botsieve features` from outside.

mod common;

use botsieve::features::{CATALOGUE, compute_all};
use botsieve::ingest::{Input, ReadOptions};
use common::*;

#[test]
fn the_vectors_are_those_of_the_library() {
    let run = botsieve(["features", FOLLOWERS]).ends_with(0);
    let table = Table::parse(&run.out);
    let names: Vec<&str> = CATALOGUE.iter().map(|f| f.name).collect();
    assert_eq!(table.header.join(","), format!("row,id,status,{}", names.join(",")));
    let mut input = Input::open(&repository(FOLLOWERS), &ReadOptions::default()).unwrap();
    let mut values = vec![f64::NAN; CATALOGUE.len()];
    let mut at = 0;
    input
        .for_each_row(|row| {
            values.fill(f64::NAN);
            compute_all(&row.account, &mut values);
            for (value, cell) in values.iter().zip(&table.rows[at][3..]) {
                match cell.parse::<f64>() {
                    Ok(written) => assert_eq!(written.to_bits(), value.to_bits(), "written to the last bit"),
                    Err(_) => assert!(cell.is_empty() && value.is_nan()),
                }
            }
            at += 1;
        })
        .unwrap();
    assert_eq!((at, table.rows.len()), (302, 302));
}

#[test]
fn values_are_within_the_ranges_of_the_catalogue_and_known_by_hand() {
    let table = Table::parse(&botsieve(["features", FOLLOWERS]).ends_with(0).out);
    for feature in CATALOGUE {
        let (low, high) = feature.range;
        for cell in table.column(feature.name).iter().filter(|cell| !cell.is_empty()) {
            let value: f64 = cell.parse().unwrap();
            assert!((low..=high).contains(&value), "{}: {value}", feature.name);
        }
    }
    let text = format!("{HEADER}\n{GOOD}\n");
    let one = Table::parse(&fed(["features", "-"], text.as_bytes()).ends_with(0).out);
    let value = |name: &str| one.column(name)[0].parse::<f64>().unwrap();
    assert_eq!(
        (value("followers_count"), value("friends_count"), value("statuses_count")),
        (120.0, 300.0, 4000.0)
    );
    assert_eq!(value("age_days"), 3103.0, "2012-03-04 to 2020-09-01");
    assert!((value("tweet_freq") - 4000.0 / 3103.0).abs() < 1e-12);
    assert_eq!(value("followers_friends_ratio"), 0.4);
    assert_eq!((value("screen_name_length"), value("description_length")), (9.0, 12.0));
    assert_eq!(one.column("listed_count")[0], "", "missing is not zero");
    assert_eq!(one.column("verified")[0], "", "and not false");
}

#[test]
fn ids_dates_of_collection_and_labels_are_no_features() {
    for feature in CATALOGUE {
        for word in ["id", "label", "observed", "source", "crawled", "collected"] {
            assert!(!feature.name.split('_').any(|part| part == word), "{}", feature.name);
        }
    }
    let mut table = labelled();
    let before = fed(["features", "-"], &table.bytes()).ends_with(0).out;
    let (id, label) = (table.at("id_str"), table.at("label"));
    for row in &mut table.rows {
        row[label] = "bot".into();
        row[id] = "5".into();
    }
    let after = fed(["features", "-"], &table.bytes()).ends_with(0).out;
    for (one, other) in Table::parse(&before).rows.iter().zip(&Table::parse(&after).rows) {
        assert_eq!(one[2..], other[2..]);
    }
}

#[test]
fn only_the_features_that_are_asked_for_in_that_order() {
    let run =
        botsieve(["features", LABELLED, "--only", "verified,age_days", "--label", "label"]).ends_with(0);
    let table = Table::parse(&run.out);
    assert_eq!(table.header, ["row", "id", "status", "label", "verified", "age_days"]);
    let wanted: Vec<&str> =
        labelled().column("label").iter().map(|l| if *l == "bot" { "1" } else { "0" }).collect();
    assert_eq!(table.column("label"), wanted);
    botsieve(["features", LABELLED, "--only", "shoe_size"])
        .ends_with(2)
        .says(&["\"shoe_size\"", "features --list"]);
}

#[test]
fn the_list_names_every_feature_with_formula_and_source() {
    let run = botsieve(["features", "--list"]).ends_with(0);
    for feature in CATALOGUE {
        assert!(
            run.text().contains(feature.name) && run.text().contains(feature.formula),
            "{}",
            feature.name
        );
    }
    assert!(CATALOGUE.len() >= 40);
    botsieve(["features"]).ends_with(2);
}

#[test]
fn damaged_rows_are_kept_without_values() {
    let text = format!("{HEADER}\n{GOOD}\n{DAMAGED}\n{GOOD}\n");
    let run =
        fed(["features", "-"], text.as_bytes()).ends_with(3).says(&["row 2 (line 3)", "followers_count"]);
    let table = Table::parse(&run.out);
    assert_eq!(table.column("row"), ["1", "2", "3"]);
    assert!(table.column("status")[1].starts_with("damaged: column followers_count"));
    assert!(table.rows[1][3..].iter().all(String::is_empty));
    assert_eq!(table.rows[0][1..], table.rows[2][1..]);
}

#[test]
fn strict_stops_and_leaves_the_old_file_whole() {
    let folder = Scratch::new();
    let file = folder.write("mixed.csv", format!("{HEADER}\n{GOOD}\n{DAMAGED}\n"));
    let old = folder.write("old.csv", "old\n");
    botsieve(["features", &file, "--strict", "-o", &old]).ends_with(1).says(&["row 2 (line 3)"]);
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "old\n");
    assert_eq!(folder.names(), ["mixed.csv", "old.csv"]);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let run = |threads: &str| botsieve(["features", FOLLOWERS, "--threads", threads]).ends_with(0).out;
    let one = run("1");
    assert!(one == run("2") && one == run("7"));
}

#[test]
fn hostile_cells_come_out_harmless() {
    let text = "id,screen_name,followers_count\n=1+1,x,5\n\"\u{1b}[2J\",y,=1\u{202e}\n";
    let run = fed(["features", "-"], text.as_bytes()).ends_with(3);
    assert_harmless(run.text());
    assert_harmless(&run.err);
    assert_no_formula(&Table::parse(&run.out), &["id", "status"]);
}
