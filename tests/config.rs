//! The policy file from outside.
#![cfg(feature = "ledger")]

mod common;

use common::*;

fn with(policy: &str, args: &[&str]) -> Run {
    let folder = Scratch::new();
    let path = folder.write("p.toml", policy);
    botsieve([args, &["--config", &path]].concat())
}

fn column(run: &Run, name: &str) -> Vec<String> {
    Table::parse(&run.out).column(name).iter().map(|cell| cell.to_string()).collect()
}

const QUEUE: [&str; 5] = ["screen", FOLLOWERS, "--format", "csv", "-q"];

#[test]
fn order_weights_and_bands_come_from_the_file_and_flags_before_it() {
    let plain = botsieve(QUEUE).ends_with(0);
    let by_row = with("[queue]\norder = \"row\"\n", &QUEUE).ends_with(0);
    assert_eq!(column(&by_row, "row")[..3], ["1", "2", "3"]);
    let flag = with("[queue]\norder = \"row\"\n", &[&QUEUE[..], &["--order", "queue"]].concat()).ends_with(0);
    assert!(flag.out == plain.out, "a flag comes before the file");
    let counts = ["--engagement", "data/engagement/counts.csv"];
    let points = with("[engagement]\nlike = 10\nmost = 1\n", &[&QUEUE[..], &counts].concat()).ends_with(0);
    assert_eq!(column(&points, "screen_name")[0], "vkulkarni");
    assert_eq!(column(&points, "engagement")[0], "12");
    let spam = |run: &Run| column(run, "band").iter().filter(|band| *band == "spam").count();
    let strict = with("[bands]\nspam_from = 0.9\n", &QUEUE).ends_with(0);
    assert!(spam(&strict) < spam(&plain) && strict.err.is_empty(), "{}", strict.err);
    with("[bands]\nspam_from = 0.08\n", &QUEUE).ends_with(0).says(&["policy:", "no longer holds"]);
}

#[test]
fn a_file_in_the_working_folder_is_used_and_said() {
    let folder = Scratch::new();
    folder.write(
        "botsieve.toml",
        "who = \"anna\"\nledger = \"ours\"\nlists = [\"press\"]\n[look_again]\nskip = 7\n",
    );
    let here = |args: &[&str]| {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_botsieve"))
            .args(args)
            .current_dir(folder.path("."))
            .env_remove("BOTSIEVE_WHO")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (run.status.code(), text(&run.stdout), text(&run.stderr))
    };
    let (code, out, err) = here(&["ledger", "decide", "@ben", "skip"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("policy: botsieve.toml"), "{err}");
    assert!(folder.names().contains(&"ours".to_string()), "{out}{err}");
    let (_, out, _) = here(&["ledger", "list", "-q"]);
    assert!(out.contains("by anna"), "{out}");
    let (code, _, err) = here(&["ledger", "put", "@ben", "prees"]);
    assert!(code == Some(1) && err.contains("nearest: press"), "{err}");
    assert_eq!(here(&["ledger", "put", "@ben", "press", "-q"]).0, Some(0));
    let (_, out, err) = here(&["config", "show"]);
    assert!(
        out.contains("botsieve.toml line 5") && out.contains("--look-again comes before it"),
        "{out}{err}"
    );
    let (_, out, _) = here(&["config", "show", "--no-config"]);
    assert!(!out.contains("line") && out.contains("No policy file is used"), "{out}");
    assert!(here(&["ledger", "list", "--no-config"]).2.contains("botsieve.ledger"));
}

#[test]
fn faults_are_told_with_line_key_found_expected_and_nearest() {
    let folder = Scratch::new();
    let path = folder.write("p.toml", "[engagment]\nreply = 3\n[bands]\nspam_from = 2\ngenuine_upto = 0.1\n");
    let parts = [
        "p.toml: line 1: there is no key \"engagment\"",
        "line 4: bands.spam_from: found 2, expected a share from 0 to 1",
        "line 5: there is no key \"bands.genuine_upto\"; nearest: bands.genuine_up_to",
    ];
    botsieve(["config", "check", &path]).ends_with(1).says(&parts);
    botsieve(["screen", FOLLOWERS, "--config", &path]).ends_with(1).says(&parts);
    botsieve(["config", "check"]).ends_with(1).says(&["botsieve.example.toml"]);
    botsieve(["config", "check", "botsieve.example.toml"]).ends_with(0);
    botsieve(["screen", FOLLOWERS, "--config", "nowhere.toml"]).ends_with(1).says(&["nowhere.toml"]);
    botsieve(["screen", FOLLOWERS, "--config", &path, "--no-config"]).ends_with(2);
    // Figures of a model do not depend on a policy.
    botsieve(["features", "--list", "--config", &path]).ends_with(2).says(&["follows no policy"]);
}

#[test]
fn the_example_changes_nothing() {
    let plain = botsieve(QUEUE).ends_with(0);
    let example = botsieve([&QUEUE[..], &["--config", "botsieve.example.toml"]].concat()).ends_with(0);
    assert!(plain.out == example.out);
}
