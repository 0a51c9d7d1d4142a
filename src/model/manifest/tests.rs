//! What a manifest asks for, and what is refused.

use super::*;
use crate::features::CATALOGUE;

const SOURCE: &str = "[[source]]\nname = \"s\"\n[[source.file]]\npath = \"a.csv\"\n";

fn open(text: &str) -> Result<Manifest, ManifestError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.toml");
    std::fs::write(&path, text).unwrap();
    Manifest::open(&path, None)
}

/// A manifest with lines before its source.
fn with(lines: &str) -> Result<Manifest, ManifestError> {
    open(&format!("name = \"m\"\n{lines}\n{SOURCE}"))
}

#[test]
fn what_is_left_out_has_its_usual_value() {
    let plain = with("").unwrap();
    assert_eq!(plain.prevalence, 0.1);
    assert_eq!(plain.feature_indices(), (0..CATALOGUE.len()).collect::<Vec<usize>>());
    assert_eq!((plain.encoding, plain.penalty), (Encoding::default(), Penalty::default()));
    assert_eq!((plain.sources[0].weight, plain.sources[0].hold_out), (1.0, false));
    assert_eq!(plain.resolve("a.csv"), plain.root().join("a.csv"));
}

#[test]
fn features_stand_in_the_order_of_the_catalogue() {
    let some = with("features = [\"reputation\", \"followers_count\"]").unwrap();
    let names: Vec<&str> = some.feature_indices().into_iter().map(|at| CATALOGUE[at].name).collect();
    assert_eq!(names, ["followers_count", "reputation"]);
    let directions =
        with("[monotone]\nrising = [\"reputation\"]\nfalling = [\"age_days\"]").unwrap().monotone;
    let of = ["reputation", "age_days", "followers_count"].map(|name| directions.of(name));
    assert_eq!(of, [Some(Direction::Rising), Some(Direction::Falling), None]);
}

#[test]
fn values_are_taken_up_to_their_limits_and_not_beyond() {
    for good in [
        "prevalence = 0.999",
        "prevalence = 1e-9",
        "encoding = { bins = 2 }",
        "encoding = { bins = 64 }",
        "penalty = { ridge = 0.0, smooth = 0.0, linear = 0.0 }",
    ] {
        assert!(with(good).is_ok(), "{good}");
    }
    for (bad, said) in [
        ("prevalence = 0.0", "a share above 0 and below 1"),
        ("prevalence = 1.0", "a share above 0 and below 1"),
        ("prevalence = nan", "a share above 0 and below 1"),
        ("encoding = { bins = 1 }", "2 to 64"),
        ("encoding = { bins = 65 }", "2 to 64"),
        ("penalty = { ridge = -1e-9 }", "penalty.ridge"),
        ("penalty = { smooth = inf }", "penalty.smooth"),
        ("penalty = { linear = nan }", "penalty.linear"),
        ("features = [\"fame\"]", "no feature is called \"fame\""),
        ("[monotone]\nfalling = [\"fame\"]", "no feature is called \"fame\""),
        ("[monotone]\nrising = [\"fame\"]", "no feature is called \"fame\""),
    ] {
        let found = with(bad).unwrap_err().to_string();
        assert!(found.contains(said), "{bad}: {found}");
    }
    let source = |lines: &str| open(&format!("name = \"m\"\n[[source]]\nname = \"s\"\n{lines}\n"));
    let file = "[[source.file]]\npath = \"a.csv\"\n";
    let refused = |lines: &str| source(&format!("{lines}\n{file}")).map(|_| ()).unwrap_err().to_string();
    assert!(refused("weight = -0.5").contains("has weight -0.5"));
    assert!(refused("weight = inf").contains("has weight inf"));
    assert!(source(&format!("weight = 0.0\n{file}")).is_ok());
    let part = |more: &str| format!("part = {{ file = \"p.csv\", column = \"c\"{more} }}");
    assert!(refused(&part("")).contains("either `equals` or `at_least`"));
    assert!(refused(&part(", equals = \"a\", at_least = 1.0")).contains("either `equals` or `at_least`"));
    for one in [", equals = \"a\"", ", at_least = 1.0"] {
        assert!(source(&format!("{}\n{file}", part(one))).is_ok());
    }
    assert!(source("file = []").unwrap_err().to_string().contains("has no file"));
    let twice = open(&format!("name = \"m\"\n{SOURCE}{SOURCE}")).unwrap_err().to_string();
    assert!(twice.contains("two sources are called \"s\""), "{twice}");
    for key in ["observed_at", "previous_observed_at"] {
        let time = |value: &str| source(&format!("{file}{key} = \"{value}\""));
        assert!(time("2020-01-01").is_ok());
        assert!(time("soon").unwrap_err().to_string().contains(&format!("{key} = \"soon\"")));
    }
}

#[test]
fn the_ids_of_a_part_are_those_of_the_rows_with_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    std::fs::write(&path, "user,split,trust\nu1,test,1\n2,train, 2.5 \n\"u3\",test,few\n4,tests,3\n")
        .unwrap();
    let part = |column: &str, equals: Option<&str>, at_least| Part {
        file: "p.csv".into(),
        key: "user".into(),
        column: column.into(),
        equals: equals.map(String::from),
        at_least,
    };
    let ids = |part: Part| {
        let mut ids: Vec<String> = part.read(&path).unwrap().into_iter().collect();
        ids.sort();
        ids
    };
    // The form in which ids are joined has no letter before a number.
    let canonical = |id: &str| canonical_id(id).to_string();
    assert_eq!(ids(part("split", Some("test"), None)), [canonical("u1"), canonical("u3")]);
    assert_eq!(ids(part("trust", None, Some(2.5))), ["2", "4"]);
    let refused = |part: Part| part.read(&path).unwrap_err().to_string();
    assert!(refused(part("split", Some("none"), None)).contains("no row has the wanted value"));
    assert!(
        refused(part("age", None, Some(1.0))).contains("no column \"age\"; there are: user, split, trust")
    );
}
