//! `botsieve retrain`, `ledger agreement` and `lint --doubtful` from outside, on the made-up labelled accounts.
#![cfg(feature = "ledger")]

mod common;

use common::*;

/// Two sources with a manifest, a list of followers, and what a person decided of them.
struct Desk {
    folder: Scratch,
    manifest: String,
    list: String,
    /// Id, is it a bot?
    truth: Vec<(String, bool)>,
    old: String,
}

impl Desk {
    /// Every second of the made-up labelled accounts is a follower, the others are dealt out to two sources.
    fn new() -> Desk {
        let folder = Scratch::new();
        let text = std::fs::read_to_string(repository(LABELLED)).unwrap();
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        let mut parts = vec![vec![header]; 3];
        let mut truth = Vec::new();
        for (at, line) in lines.enumerate() {
            let part = [0, 2, 1, 2][at % 4];
            parts[part].push(line);
            if part == 2 {
                let id = line.split(',').next().unwrap().to_string();
                truth.push((id, line.ends_with(",bot")));
            }
        }
        let mut toml = String::from(
            "name = \"desk\"\nprevalence = 0.1\nfeatures = [\"followers_to_friends\", \"posts_to_friends\", \
             \"default_profile\", \"likes_to_posts\"]\n[bands]\nmin_features = 2\n",
        );
        for (at, part) in parts.iter().enumerate().take(2) {
            folder.write(&format!("part{at}.csv"), part.join("\n") + "\n");
            toml += &format!(
                "[[source]]\nname = \"part {at}\"\nhold_out = true\n[[source.file]]\npath = \"part{at}.csv\"\n\
                 label_column = \"label\"\n"
            );
        }
        let manifest = folder.write("m.toml", &toml);
        // The list does not tell what is to be learnt.
        let labelled = Table::parse((parts[2].join("\n") + "\n").as_bytes());
        let list = folder.write("followers.csv", labelled.without("label").bytes());
        let old = folder.path("old.json");
        botsieve(["train", "--manifest", &manifest, "-o", &old, "--replicates", "100", "-q"]).ends_with(0);
        Desk { folder, manifest, list, truth, old }
    }

    /// A ledger with these decisions: id, verdict.
    fn ledger<S: AsRef<str>>(&self, name: &str, who: &str, decisions: &[(S, &str)]) -> String {
        let ledger = self.folder.path(name);
        let rows: String =
            decisions.iter().map(|(id, verdict)| format!("{},decide,{verdict}\n", id.as_ref())).collect();
        let table = self.folder.write("decisions.csv", format!("id,kind,value\n{rows}"));
        botsieve(["ledger", "import", &table, "--ledger", &ledger, "--who", who, "-q"]).ends_with(0);
        ledger
    }

    fn as_they_are(&self) -> Vec<(String, &'static str)> {
        let verdict = |bot: bool| if bot { "spam" } else { "follow-back" };
        self.truth.iter().map(|(id, bot)| (id.clone(), verdict(*bot))).collect()
    }

    fn retrain(&self, ledger: &str, more: &[&str]) -> Run {
        self.retrain_on(&self.list, ledger, more)
    }

    fn retrain_on(&self, list: &str, ledger: &str, more: &[&str]) -> Run {
        let args = ["retrain", list, "--ledger", ledger, "-m", &self.old, "--replicates", "200"];
        botsieve([&args[..], more].concat())
    }

    fn with_manifest<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        [&["--manifest", self.manifest.as_str()][..], more].concat()
    }
}

#[test]
fn decisions_that_make_sense_make_a_model_and_leave_no_trace_of_anybody() {
    let desk = Desk::new();
    let mut decisions = desk.as_they_are();
    decisions[0].1 = "skip";
    decisions[1].1 = "pending";
    // Long enough to stand in no weight of the model by chance.
    decisions[2] = ("777777000000777777".into(), "spam");
    let ledger = desk.ledger("our.ledger", "anna", &decisions);
    let new = desk.folder.path("new.json");
    let run = desk.retrain(&ledger, &desk.with_manifest(&["-o", &new])).ends_with(0);
    let run = run.says(&["model written to"]);
    for part in [
        "200 decided accounts",
        "1 skip and 1 pending are no label",
        "197 labels have a profile in 1 list, 1 have none there and take no part",
        "At weight 1 they are",
        "left out",
        "part 0",
        "mean of 2",
        "Verdict: taken",
    ] {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    let text = std::fs::read_to_string(&new).unwrap();
    let model: serde_json::Value = serde_json::from_str(&text).unwrap();
    let record = &model["training"]["decisions"];
    assert_eq!(record["bots"].as_u64().unwrap() + record["humans"].as_u64().unwrap(), 197);
    assert_eq!((record["weight"].as_f64(), record["sha256"].as_str().unwrap().len()), (Some(1.0), 64));
    for (id, _) in &decisions {
        assert!(!text.contains(id.as_str()), "{id} stands in the model");
    }
    assert!(!text.contains("followers.csv") && !text.contains("anna"));
    botsieve(["score", &desk.list, "-m", &new, "-q"]).ends_with(0);
    botsieve(["model", "card", "-m", &new]).ends_with(0);

    // The order of the list and the number of threads decide nothing.
    let table = Table::parse(&std::fs::read(&desk.list).unwrap());
    let turned = Table { rows: table.rows.iter().rev().cloned().collect(), ..table };
    let turned = desk.folder.write("turned.csv", turned.bytes());
    let other = desk.folder.path("other.json");
    let again = desk.retrain_on(&turned, &ledger, &desk.with_manifest(&["-o", &other, "--threads", "1"]));
    assert_eq!(again.ends_with(0).text(), run.text());
    assert_eq!(std::fs::read_to_string(&other).unwrap(), text);
}

#[test]
fn decisions_dealt_out_by_chance_are_refused_and_the_old_file_stays_whole() {
    let desk = Desk::new();
    let mut decisions = desk.as_they_are();
    let verdicts: Vec<&str> = decisions.iter().map(|(_, verdict)| *verdict).collect();
    for (at, (_, verdict)) in decisions.iter_mut().enumerate() {
        // A step that meets all of them, and has nothing to do with the accounts.
        *verdict = verdicts[(at * 77 + 31) % verdicts.len()];
    }
    let ledger = desk.ledger("our.ledger", "anna", &decisions);
    let before = std::fs::read(&desk.old).unwrap();
    let run = desk.retrain(&ledger, &desk.with_manifest(&["-o", &desk.old])).ends_with(1);
    let run = run.says(&["error: the new model is refused", "old.json was not written"]);
    assert!(run.text().contains("Verdict: refused"), "{}", run.text());
    assert!(
        run.text()
            .contains("FAILS  on the decisions, held out, it tells spam from people better than chance")
    );
    assert_eq!(std::fs::read(&desk.old).unwrap(), before);
    // All the wrong way round, it is learnt only if the weight lets it, and never in silence.
    let turned: Vec<(String, &str)> =
        desk.truth.iter().map(|(id, bot)| (id.clone(), if *bot { "list" } else { "spam" })).collect();
    let ledger = desk.ledger("turned.ledger", "anna", &turned);
    desk.retrain(&ledger, &desk.with_manifest(&["--weight", "0.1", "--dry-run"])).ends_with(1);
}

#[test]
fn with_too_few_decisions_nothing_is_trained_and_it_says_how_many_are_missing() {
    let desk = Desk::new();
    let mut few: Vec<(String, &str)> = desk.as_they_are();
    let mut bots = 0;
    few.retain(|(_, verdict)| {
        bots += usize::from(*verdict == "spam");
        *verdict != "spam" || bots <= 20
    });
    let ledger = desk.ledger("our.ledger", "anna", &few);
    let new = desk.folder.path("new.json");
    desk.retrain(&ledger, &desk.with_manifest(&["-o", &new])).ends_with(1).says(&[
        "20 decided to be spam",
        "25 of each",
        "5 more of spam are missing",
    ]);
    assert!(!std::path::Path::new(&new).exists());
}

#[test]
fn what_is_missing_of_the_manifest_is_named_with_what_can_be_done_without() {
    let desk = Desk::new();
    let ledger = desk.ledger("our.ledger", "anna", &desk.as_they_are());
    std::fs::remove_file(desk.folder.path("part1.csv")).unwrap();
    desk.retrain(&ledger, &desk.with_manifest(&["--dry-run"])).ends_with(1).says(&[
        "1 of the 2 files",
        "part1.csv",
        "--recalibrate-only",
    ]);
    desk.retrain(&ledger, &desk.with_manifest(&["--dry-run", "--data", "/nowhere"])).ends_with(1).says(&[
        "/nowhere",
        "--data FOLDER",
        "--recalibrate-only",
    ]);
    desk.retrain(&ledger, &["--dry-run"]).ends_with(2);
    desk.retrain(&ledger, &desk.with_manifest(&["--dry-run", "--weight", "0"])).ends_with(2);
    desk.retrain(&desk.folder.path("no.ledger"), &desk.with_manifest(&["--dry-run"])).ends_with(1);
}

#[test]
fn recalibrating_changes_what_p_bot_means_and_neither_order_nor_bands() {
    let desk = Desk::new();
    let ledger = desk.ledger("our.ledger", "anna", &desk.as_they_are());
    let new = desk.folder.path("new.json");
    // There is nothing to gain from a calibration that is right already.
    desk.retrain(&ledger, &["--recalibrate-only", "-o", &new]).ends_with(1).says(&["refused"]);
    let mut model: serde_json::Value = serde_json::from_slice(&std::fs::read(&desk.old).unwrap()).unwrap();
    let slope = model["calibration"]["slope"].as_f64().unwrap();
    model["calibration"]["slope"] = (slope * 3.0).into();
    std::fs::write(&desk.old, model.to_string()).unwrap();
    let run = desk.retrain(&ledger, &["--recalibrate-only", "-o", &new]).ends_with(0);
    assert!(run.text().contains("Who is in which band"), "{}", run.text());
    let score =
        |model: &str| Table::parse(&botsieve(["score", LABELLED, "-m", model, "-q"]).ends_with(0).out);
    let (before, after) = (score(&desk.old), score(&new));
    assert_eq!(before.column("band"), after.column("band"));
    assert_ne!(before.column("p_bot"), after.column("p_bot"));
    let order = |table: &Table| {
        let p: Vec<f64> = table.column("logit").iter().map(|p| p.parse().unwrap_or(f64::NAN)).collect();
        let mut order: Vec<usize> = (0..p.len()).filter(|at| !p[*at].is_nan()).collect();
        order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
        order
    };
    assert_eq!(order(&before), order(&after));
}

/// Share of what was planted that was found, and of what was told that was planted.
fn found(told: &[&str], planted: &[String]) -> (f64, f64) {
    let hits = told.iter().filter(|id| planted.iter().any(|planted| planted == *id)).count() as f64;
    (hits / planted.len() as f64, hits / told.len() as f64)
}

#[test]
fn planted_wrong_decisions_are_found_and_told_with_reasons() {
    let desk = Desk::new();
    let mut decisions = desk.as_they_are();
    let mut planted = Vec::new();
    for (at, (id, verdict)) in decisions.iter_mut().enumerate().filter(|(at, _)| at % 13 == 4) {
        *verdict = if *verdict == "spam" { "list" } else { "spam" };
        planted.push(id.clone());
        assert!(at < 200);
    }
    let ledger = desk.ledger("our.ledger", "anna", &decisions);
    let csv = desk.folder.path("look-again.csv");
    let run = desk.retrain(&ledger, &desk.with_manifest(&["--dry-run", "--doubtful", &csv]));
    assert!(run.text().contains("A suggestion, not a verdict"), "{}", run.text());
    let table = Table::parse(&std::fs::read(&csv).unwrap());
    let (recall, precision) = found(&table.column("id"), &planted);
    println!(
        "planted {}, told {}, recall {recall:.2}, precision {precision:.2}",
        planted.len(),
        table.rows.len()
    );
    // Chance would find 1 in 10 of them, and 1 in 13 of what it tells would be one.
    assert!(recall >= 0.6 && precision >= 0.4, "recall {recall:.2}, precision {precision:.2}");
    assert!(table.column("why").iter().all(|why| why.starts_with("labelled ")));
    assert!(table.column("reason_1").iter().all(|reason| !reason.is_empty()));
    assert!(table.column("decided_by").iter().all(|who| *who == "anna"));
    // What speaks against the label is told, not what speaks for it.
    for (label, reason) in table.column("label").iter().zip(table.column("reason_1")) {
        let other = if *label == "bot" { "more usual for people" } else { "more usual for bots" };
        assert!(reason.ends_with(other), "{label}: {reason}");
    }
}

#[test]
fn lint_finds_planted_labels_in_a_file_and_hostile_names_stay_text() {
    let folder = Scratch::new();
    let mut table = labelled();
    let at_label = table.header.iter().position(|column| column == "label").unwrap();
    let at_id = table.header.iter().position(|column| column == "id_str").unwrap();
    let at_handle = table.header.iter().position(|column| column == "screen_name").unwrap();
    let mut planted = Vec::new();
    for (at, row) in table.rows.iter_mut().enumerate().filter(|(at, _)| at % 17 == 3) {
        row[at_label] = if row[at_label] == "bot" { "human" } else { "bot" }.into();
        if at < 70 {
            row[at_handle] = format!("=cmd|{at}\u{1b}[31m");
        }
        planted.push(row[at_id].clone());
    }
    let file = folder.write("labelled.csv", table.bytes());
    let csv = folder.path("again.csv");
    let run = botsieve(["lint", &file, "--label", "label", "--doubtful", &csv, "-q"]);
    assert!([0, 3].contains(&run.code), "{}", run.err);
    assert!(run.text().contains("worth a second look") && !run.text().contains('\u{1b}'), "{}", run.text());
    let told = Table::parse(&std::fs::read(&csv).unwrap());
    let (recall, precision) = found(&told.column("id"), &planted);
    println!(
        "planted {}, told {}, recall {recall:.2}, precision {precision:.2}",
        planted.len(),
        told.rows.len()
    );
    // By chance, 1 in 17 of what it tells would be one.
    assert!(recall >= 0.5 && precision >= 0.3, "recall {recall:.2}, precision {precision:.2}");
    assert!(told.column("screen_name").iter().any(|name| name.starts_with("'=cmd")));
    // Rows are those of the file.
    for (row, id) in told.column("row").iter().zip(told.column("id")) {
        assert_eq!(table.rows[row.parse::<usize>().unwrap() - 1][at_id], id);
    }
    fed(["lint", "-", "--label", "label", "--doubtful", &csv, "-q"], &table.bytes())
        .ends_with(1)
        .says(&["give the file by its name"]);
    botsieve(["lint", FOLLOWERS, "--doubtful", &csv, "-q"]).ends_with(1).says(&["--label COLUMN"]);
}

#[test]
fn two_people_agree_as_far_as_kappa_says_and_where_they_do_not_is_told() {
    let desk = Desk::new();
    let ids: Vec<String> = (0..50).map(|n| format!("91000{n:02}")).collect();
    // 20 and 15 alike, 5 and 10 not: kappa 0.4 (the textbook's table).
    let anna: Vec<(String, &str)> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| (id.clone(), if n < 25 { "spam" } else { "follow-back" }))
        .collect();
    let ben: Vec<(String, &str)> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| (id.clone(), if n < 20 || (25..35).contains(&n) { "spam" } else { "follow-back" }))
        .collect();
    let ledger = desk.ledger("our.ledger", "anna", &anna);
    let run = |more: &[&str]| botsieve([&["ledger", "agreement", "--ledger", &ledger][..], more].concat());
    run(&[]).ends_with(1).says(&["no two people decided on one account", "there are: anna"]);
    // Ben thinks again: his last word counts. Cem decides on somebody else.
    desk.ledger("our.ledger", "ben", &[("9100000", "skip"), ("9100001", "follow-back")]);
    desk.ledger("our.ledger", "ben", &ben);
    desk.ledger("our.ledger", "cem", &[("5", "spam")]);
    let csv = desk.folder.path("differ.csv");
    let text = run(&["--between", "anna", "ben", "-o", &csv]).ends_with(0).text().to_string();
    assert!(text.contains("anna and ben: 50 accounts decided by both"), "{text}");
    assert!(text.contains("bot or person   kappa 0.40 ["), "{text}");
    assert!(text.contains("70 % alike where chance would make 50 %, of 50"), "{text}");
    assert!(text.contains("and 5 more"), "{text}");
    let all = run(&[]).ends_with(0).text().replace("; all of them with -o FILE", "");
    assert_eq!(all, text, "the only two with accounts in common");
    let table = Table::parse(&std::fs::read(&csv).unwrap());
    assert_eq!(table.rows.len(), 15);
    assert!(table.column("who_1").iter().all(|who| *who == "anna"));
    run(&["--between", "anna", "zoe"]).ends_with(1).says(&["zoe", "anna, ben, cem"]);
    run(&["--between", "anna", "cem"]).ends_with(0);
}

#[test]
fn the_help_reads_as_it_did() {
    for (name, args) in [("help_retrain", &["retrain"][..]), ("help_agreement", &["ledger", "agreement"])] {
        let run = botsieve([args, &["--help"]].concat()).ends_with(0);
        assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{name}: a line is too long");
        insta::assert_snapshot!(name, run.text());
    }
}
