//! Files on disk in, a table out, every row accounted for by hand.

use super::*;
use crate::model::testing::{cells, column};

fn tally(read: u64, fates: [u64; 6]) -> Tally {
    let [used, damaged, unlabelled, elsewhere, repeated, contradictory] = fates;
    Tally { read, used, damaged, unlabelled, elsewhere, repeated, contradictory }
}

/// The samples of a manifest and files, by their names.
fn read(files: &[(&str, &str)]) -> Result<Samples, SamplesError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let manifest = Manifest::open(&folder.path().join("m.toml"), None).unwrap();
    Samples::of_manifest(&manifest, 2, |_| ())
}

const MANIFEST: &str = r#"
name = "three"
[[source]]
name = "one"
family = "kin"
weight = 2.0
hold_out = true
[[source.file]]
path = "one.csv"
label_column = "label"
[[source.file]]
path = "more.csv"
label = "bot"
[[source]]
name = "two"
family = "kin"
part = { file = "parts.csv", column = "part", equals = "test" }
[[source.file]]
path = "two.csv"
label_column = "label"
[[source]]
name = "three"
[[source.file]]
path = "three.csv"
labels = "three.labels.csv"
"#;

/// Row 4 repeats row 1; rows 2 (no class in its column) and 5 (no count) and 7 to 12 are damaged.
const ONE: &str = "id,username,followers_count,label\n1,ann,10,bot\n2,ben,20,\n3,cat,30,human\n1,ann,11,bot\n\
    4,dan,many,bot\n5,eve,50,human\n6,f,x,bot\n7,g,x,bot\n8,h,x,bot\n9,i,x,bot\n10,j,x,bot\n11,k,x,bot\n";
/// Account 3 is a person in the file before.
const MORE: &str = "id,username,followers_count\n3,cat,31\n20,uma,60\n";
/// Account 1 is a bot in the source before, which is of its family; 30 is in another part, 31 in none.
const TWO: &str = "id,username,followers_count,label\n1,ann,12,human\n30,joe,70,human\n31,kim,80,bot\n\
    32,lou,90,human\n33,mia,?,human\n";
const PARTS: &str = "id,part\n1,test\n30,train\n32,test\n";
/// Account 20 is in another family: no contradiction, and the same account.
const THREE: &str = "id,username,followers_count\n20,UMA,61\n40,vic,62\n,Wes,63\n";
const LABELS: &str = "id,label\n20,human\n40,bot\n";

fn three() -> Samples {
    read(&[
        ("m.toml", MANIFEST),
        ("one.csv", ONE),
        ("more.csv", MORE),
        ("two.csv", TWO),
        ("parts.csv", PARTS),
        ("three.csv", THREE),
        ("three.labels.csv", LABELS),
    ])
    .unwrap()
}

#[test]
fn every_row_of_every_file_becomes_what_it_is() {
    let samples = three();
    let tallies: Vec<(&str, &Tally)> =
        samples.files.iter().map(|file| (&file.path[..], &file.tally)).collect();
    // Used, damaged, without a label, of another part, repeated, with both labels.
    assert_eq!(
        tallies,
        [
            ("one.csv", &tally(12, [1, 8, 0, 0, 1, 2])),
            ("more.csv", &tally(2, [1, 0, 0, 0, 0, 1])),
            ("two.csv", &tally(5, [1, 1, 0, 2, 0, 1])),
            ("three.csv", &tally(3, [2, 0, 1, 0, 0, 0])),
        ]
    );
    for file in &samples.files {
        assert_eq!(file.tally.fates().iter().map(|(_, rows)| rows).sum::<u64>(), file.tally.read);
    }
    // The first five of eight damaged rows are kept: number, line.
    let kept: Vec<(u64, u64)> =
        samples.files[0].first_damaged.iter().map(|(row, line, _)| (*row, *line)).collect();
    assert_eq!(kept, [(2, 3), (5, 6), (7, 8), (8, 9), (9, 10)]);

    let counts = samples.values[column("followers_count")].of_rows(&[0, 1, 2, 3, 4]);
    assert_eq!(counts, [50.0, 60.0, 90.0, 61.0, 62.0]);
    assert!(samples.values.iter().all(|column| column.len() == 5));
    assert_eq!(samples.labels, [false, true, false, false, true]);
    assert_eq!(samples.source, [0, 0, 1, 2, 2]);
    assert_eq!(samples.file, [0, 1, 2, 3, 3]);
    assert_eq!(samples.row, [6, 2, 4, 1, 2]);
    let families: Vec<&str> = (0..5).map(|row| samples.family(row)).collect();
    assert_eq!(families, ["kin", "kin", "kin", "three", "three"]);
    // The second and the fourth row are of one account, and no others.
    let same = |a: usize, b: usize| samples.groups[a] == samples.groups[b];
    for (a, b) in [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)] {
        assert_eq!(same(a, b), (a, b) == (1, 3), "{a} {b}");
    }
    assert_eq!((samples.len(), samples.is_empty()), (5, false));
    assert_eq!((samples.classes(&[0, 1, 2, 3, 4]), samples.classes(&[0, 2])), ((2, 3), (0, 2)));
    let sources: Vec<(&str, f64, bool)> =
        samples.sources.iter().map(|source| (&source.name[..], source.weight, source.hold_out)).collect();
    assert_eq!(sources, [("one", 2.0, true), ("two", 1.0, false), ("three", 1.0, false)]);
}

#[test]
fn what_became_of_rows_has_a_word_each() {
    let fates = tally(21, [1, 2, 3, 4, 5, 6]).fates();
    let words = ["used", "damaged", "without a label", "of another part", "duplicate", "with both labels"];
    assert_eq!(fates.map(|(word, _)| word), words);
    assert_eq!(fates.map(|(_, rows)| rows), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_file_without_a_label_is_refused_and_one_without_a_usable_row_is_not() {
    let manifest =
        "name = \"m\"\n[[source]]\nname = \"s\"\n[[source.file]]\npath = \"a.csv\"\nlabels = \"l.csv\"\n";
    let of = |text: &str| read(&[("m.toml", manifest), ("l.csv", "id,label\n1,bot\n"), ("a.csv", text)]);
    let refused = of("id,followers_count\n2,5\n3,6\n").unwrap_err().to_string();
    assert!(refused.contains("source \"s\"") && refused.contains("no row has a label"), "{refused}");
    let damaged = of("id,followers_count\n1,x\n").unwrap();
    assert_eq!((damaged.len(), &damaged.files[0].tally), (0, &tally(1, [0, 1, 0, 0, 0, 0])));
    assert!(damaged.is_empty() && damaged.files[0].beside.is_none());
    let one = of("id,followers_count\n1,5\n2,6\n").unwrap();
    assert_eq!(one.files[0].tally, tally(2, [1, 0, 1, 0, 0, 0]));
    // As many are repeated as are used.
    let twice = of("id,followers_count\n1,5\n1,6\n2,7\n").unwrap();
    assert_eq!(twice.files[0].tally, tally(3, [1, 0, 1, 0, 1, 0]));
}

#[test]
fn rows_without_an_id_are_joined_by_their_handles_and_rows_without_either_by_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let text = "id,username,followers_count,label\n,Ann,1,bot\n,ann,2,bot\n,,3,bot\n,,4,bot\n7,ann,5,human\n";
    std::fs::write(&path, text).unwrap();
    let options = ReadOptions { label_column: Some("label".into()), ..ReadOptions::default() };
    let samples = Samples::of_file(&path, &options, None, 1).unwrap();
    assert_eq!(samples.files[0].tally, tally(5, [4, 0, 0, 0, 1, 0]));
    let groups: HashSet<u64> = samples.groups.iter().copied().collect();
    assert_eq!(groups.len(), 4, "each an account of its own: {:?}", samples.groups);
    assert_eq!((&samples.sources[0].name[..], &samples.sources[0].family[..]), ("a.csv", "a.csv"));
    assert_eq!(account_key(Some("7"), Some("Ann")), Some("7".into()));
    assert_eq!((account_key(None, Some("Ann")), account_key(None, None)), (Some("@ann".into()), None));
}

#[test]
fn files_of_one_class_each_make_one_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let bots = [file("b.csv", "id,followers_count\n1,5\n2,6\n"), file("c.csv", "id,followers_count\n3,7\n")];
    let people = [file("d.csv", "id,followers_count\n4,8\n1,5\n")];
    let samples = Samples::of_classes(&bots, &people, &ReadOptions::default(), 1).unwrap();
    // Account 1 is in both.
    assert_eq!(samples.values[column("followers_count")].of_rows(&[0, 1, 2]), [6.0, 7.0, 8.0]);
    assert_eq!(samples.labels, [true, true, false]);
    assert_eq!((samples.sources.len(), &samples.sources[0].name[..], samples.files.len()), (1, "files", 3));
    assert_eq!(samples.files[2].tally, tally(2, [1, 0, 0, 0, 0, 1]));
    assert_eq!(samples.files[0].sha256.len(), 64);
}

#[test]
fn decisions_stand_behind_the_sources_in_an_order_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.csv"),
        "id,username,followers_count,label\n1,ann,5,bot\n2,ben,6,human\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("m.toml"),
        "name = \"m\"\n[[source]]\nname = \"s\"\n[[source.file]]\npath = \"a.csv\"\nlabel_column = \"label\"\n",
    )
    .unwrap();
    let manifest = Manifest::open(&folder.path().join("m.toml"), None).unwrap();
    let account = |followers| Account { followers: Some(followers), ..Account::default() };
    let decided = || {
        vec![
            DecidedAccount::new("1".into(), Label::Human, 4, &account(50)),
            DecidedAccount::new("@zoe".into(), Label::Bot, 9, &account(70)),
            DecidedAccount::new("1".into(), Label::Human, 5, &account(51)),
            DecidedAccount::new("3".into(), Label::Human, 8, &account(80)),
        ]
    };
    let (samples, found) = Samples::with_decisions(Some(&manifest), decided(), 3.0, 1, |_| ()).unwrap();
    assert_eq!((samples.len(), found.source), (5, 1));
    assert_eq!(found.rows(&samples), [2, 3, 4]);
    let source = &samples.sources[1];
    assert_eq!(
        (&source.name[..], &source.family[..], source.weight, source.hold_out),
        (DECISIONS, DECISIONS, 3.0, false)
    );
    // The first of the two decisions on account 1, whose label there is no contradiction to that of the source.
    let mut rows: Vec<(u64, f64, bool)> = (2..5)
        .map(|row| {
            (samples.row[row], samples.values[column("followers_count")].get(row), samples.labels[row])
        })
        .collect();
    rows.sort_by_key(|row| row.0);
    assert_eq!(rows, [(4, 50.0, false), (8, 80.0, false), (9, 70.0, true)]);
    let hashes: Vec<u64> = found.hashes.clone();
    assert!(hashes.windows(2).all(|two| two[0] < two[1]));
    let of_one = DecidedAccount::new("1".into(), Label::Human, 4, &account(50)).hash();
    let place = hashes.iter().position(|hash| *hash == of_one).unwrap();
    assert_eq!(samples.groups[2 + place], samples.groups[0], "the account of the first row");
    let same: HashSet<u64> = samples.groups.iter().copied().collect();
    assert_eq!(same.len(), 4);

    let mut turned = decided();
    turned.reverse();
    let (alone, found) = Samples::with_decisions(None, turned, 1.0, 1, |_| ()).unwrap();
    assert_eq!((alone.len(), found.hashes, found.source), (3, hashes, 0));
    assert!(alone.file.iter().all(|file| *file == usize::MAX));
}

#[test]
fn thinned_samples_hold_the_same_few_of_each_class_of_each_source() {
    let samples =
        cells(&[("a", 1.0), ("b", 1.0)], &[(0, true, 30), (0, false, 4), (1, false, 20), (1, true, 3)]);
    let thin = samples.thinned(5);
    let mut counts: HashMap<(usize, bool), usize> = HashMap::new();
    for row in 0..thin.len() {
        *counts.entry((thin.source[row], thin.labels[row])).or_default() += 1;
        let from = thin.groups[row] as usize;
        assert_eq!(thin.row[row], samples.row[from]);
        for (column, whole) in thin.values.iter().zip(&samples.values) {
            assert_eq!(column.get(row).to_bits(), whole.get(from).to_bits());
        }
    }
    let right = [((0, true), 5), ((0, false), 4), ((1, false), 5), ((1, true), 3)];
    assert_eq!(counts, HashMap::from(right));
    assert_eq!(samples.thinned(5).groups, thin.groups);
    assert_eq!(samples.thinned(30).groups, samples.groups);
}

#[test]
fn a_row_shows_evidence_where_the_feature_is_true_of_it() {
    let mut samples = cells(&[("a", 1.0)], &[(0, true, 3)]);
    samples.values[column(crate::model::EVIDENCE)] = [1.0, 0.0, f64::NAN].into_iter().collect();
    assert_eq!([0, 1, 2].map(|row| samples.evident(row)), [true, false, false]);
}

/// A timeline of the public sets has its labels beside it, in a list of the same name.
#[test]
fn a_list_beside_the_file_counts_only_where_the_manifest_names_no_label() {
    let posts = r#"[{"created_at": "Mon Jan 01 00:00:00 +0000 2018", "user": {"id_str": "7", "screen_name": "ann", "followers_count": 5}}]"#;
    let of = |label: &str, list: &str| {
        let manifest = format!(
            "name = \"m\"\n[[source]]\nname = \"s\"\n[[source.file]]\npath = \"a_tweets.json\"\n{label}"
        );
        read(&[("m.toml", &manifest), ("a_tweets.json", posts), ("a.tsv", list)])
            .map(|samples| samples.labels)
    };
    assert_eq!(of("", "7\tbot\n").unwrap(), [true]);
    assert_eq!(of("", "7\thuman\n").unwrap(), [false]);
    // The list is not even opened.
    assert!(of("", "7\tperhaps\n").is_err());
    assert_eq!(of("label = \"human\"\n", "7\tperhaps\n").unwrap(), [false]);
}

#[test]
fn of_the_damaged_rows_of_a_long_file_the_first_five_are_kept() {
    // The fourth row alone is longer than what is read at a time.
    let long = "x".repeat(3 << 20);
    let text = format!(
        "id,followers_count,description\n1,x,\n2,x,\n3,x,\n4,5,{long}\n5,x,\n6,x,\n7,x,\n8,x,\n9,6,\n"
    );
    let manifest =
        "name = \"m\"\n[[source]]\nname = \"s\"\n[[source.file]]\npath = \"a.csv\"\nlabels = \"l.csv\"\n";
    let samples = read(&[("m.toml", manifest), ("l.csv", "id,label\n9,bot\n"), ("a.csv", &text)]).unwrap();
    let file = &samples.files[0];
    assert_eq!(file.tally, tally(9, [1, 7, 1, 0, 0, 0]));
    let kept: Vec<(u64, u64)> = file.first_damaged.iter().map(|(row, line, _)| (*row, *line)).collect();
    assert_eq!(kept, [(1, 2), (2, 3), (3, 4), (5, 6), (6, 7)]);
}

#[test]
fn rows_are_of_one_account_by_the_handle_where_either_has_no_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let text = "id,username,label\n,Ann,bot\n7,ann,human\n8,ben,bot\n9,Ben,human\n,cat,bot\n,,bot\n";
    std::fs::write(&path, text).unwrap();
    let options = ReadOptions { label_column: Some("label".into()), ..ReadOptions::default() };
    let samples = Samples::of_file(&path, &options, None, 1).unwrap();
    assert_eq!(samples.len(), 6);
    let have = |of: usize| {
        let accounts = crate::model::shared::Accounts::of(&samples, [of]);
        (0..6).filter(|row| accounts.have(*row)).collect::<Vec<usize>>()
    };
    // Rows 2 and 3 have one handle, and an id each that says otherwise; the last has neither.
    assert_eq!([0, 1, 2, 3, 4, 5].map(have), [vec![0, 1], vec![0, 1], vec![2], vec![3], vec![4], vec![5]]);
}
