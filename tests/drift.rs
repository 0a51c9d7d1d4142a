//! `botsieve drift` from outside.

mod common;

use common::*;
use serde_json::Value;

fn json(args: &[&str]) -> Value {
    let run = botsieve([&["drift"], args, &["--format", "json"]].concat()).ends_with(0);
    serde_json::from_slice(&run.out).expect("JSON")
}

fn verdicts(report: &Value) -> Vec<(&str, &str)> {
    let features = report["features"].as_array().expect("features");
    features
        .iter()
        .map(|f| (f["feature"].as_str().unwrap(), f["verdict"].as_str().unwrap_or("missing")))
        .collect()
}

#[test]
fn a_file_is_like_itself() {
    let report = json(&[FOLLOWERS, "--against", FOLLOWERS]);
    assert_eq!(report["rows"], 302);
    assert!(verdicts(&report).iter().all(|(_, verdict)| *verdict == "stable"), "{report}");
    for feature in report["features"].as_array().unwrap() {
        assert!(feature["values"]["index"].as_f64().unwrap() < 1e-9);
        assert_eq!(feature["missing"], feature["missing_expected"]);
    }
    assert_eq!((&report["shifted"], &report["far"]), (&Value::from(0), &Value::from(false)));
}

/// 400 rows; every account of `follows` follows so many more than follow it.
fn batch(folder: &Scratch, name: &str, follows: u64) -> String {
    let mut text = String::from("id,followers_count,friends_count\n");
    for n in 0..400u64 {
        text.push_str(&format!("{n},{},{}\n", 100 + n, (100 + n) * follows / 10 + n % 7));
    }
    let path = folder.path(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_moved_feature_is_found_and_the_rest_said_to_be_missing() {
    let folder = Scratch::new();
    let (before, after) = (batch(&folder, "before.csv", 10), batch(&folder, "after.csv", 200));
    let report = json(&[&after, "--against", &before]);
    let of = |name: &str| verdicts(&report).into_iter().find(|(feature, _)| *feature == name).unwrap().1;
    assert_eq!(of("followers_to_friends"), "shifted");
    assert_eq!(of("posts_to_followers"), "missing");
    let run = botsieve(["drift", &after, "--against", &before]).ends_with(0);
    let line = run.text().lines().find(|line| line.starts_with("followers_to_friends")).unwrap();
    assert!(line.contains("shifted") && line.contains("0 %") && line.contains(", was "), "{line}");
    assert!(run.text().contains("cannot be computed from this file"), "{}", run.text());
    assert!(json(&[&before, "--against", &before])["shifted"] == 0);
}

#[test]
fn a_handful_of_accounts_is_no_warning() {
    let folder = Scratch::new();
    let path = folder.path("few.csv");
    std::fs::write(&path, "id,followers_count,friends_count\n1,5,100\n2,9,80\n3,70,60\n").unwrap();
    let report = json(&[&path]);
    assert!(verdicts(&report).iter().all(|(_, verdict)| ["unknown", "missing", "stable"].contains(verdict)));
    assert_eq!(report["far"], false);
    let run = botsieve(["drift", &path]).ends_with(0);
    assert!(run.text().contains("too few accounts to tell a change from chance"), "{}", run.text());
    assert_eq!(botsieve(["score", &path]).ends_with(0).err.matches("unlike").count(), 0);
}

#[test]
fn another_population_is_a_warning_in_every_command_that_scores() {
    let folder = Scratch::new();
    let path = folder.path("stars.csv");
    let mut text = String::from(
        "id,screen_name,followers_count,friends_count,statuses_count,favourites_count,listed_count\n",
    );
    for n in 1..=2000u64 {
        text.push_str(&format!("{n},star{n},{},{n},{},{},{}\n", n * 1_000_000, 5 + n % 3, 3 * n, 40 * n));
    }
    std::fs::write(&path, text).unwrap();
    let report = json(&[&path]);
    assert_eq!(report["far"], true, "{report}");
    assert!(botsieve(["drift", &path]).ends_with(0).text().contains("WARNING: this is another population"));
    for command in ["score", "screen"] {
        botsieve([command, &path])
            .ends_with(0)
            .says(&["stars.csv: unlike the accounts the model was trained on"]);
        assert!(!botsieve([command, &path, "--quiet"]).ends_with(0).err.contains("unlike"));
    }
}

#[test]
fn damaged_rows_and_what_it_cannot_do_are_said() {
    let folder = Scratch::new();
    let path = folder.path("damaged.csv");
    std::fs::write(&path, "id,followers_count,friends_count\n1,5,100\n2,many,80\n").unwrap();
    let run = botsieve(["drift", &path]).ends_with(3).says(&["damaged.csv: row 2", "many"]);
    assert!(run.text().contains("1 account "), "{}", run.text());
    botsieve(["drift", &path, "--strict"]).ends_with(1);
    botsieve(["drift", FOLLOWERS, "--prevalence", "auto"]).ends_with(2).says(&["--prevalence auto is for"]);
    botsieve(["drift", "nowhere.csv"]).ends_with(1).says(&["nowhere.csv"]);
    assert_eq!(
        botsieve(["drift", FOLLOWERS, "--threads", "1"]).out,
        botsieve(["drift", FOLLOWERS, "--threads", "4"]).out
    );
}
