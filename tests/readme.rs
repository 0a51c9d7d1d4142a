//! Every measured figure of the README stands in the result file it names. How a block of text names its source is
//! told in `tests/figures/mod.rs`.

mod figures;

use botsieve::model::Model;
use figures::{Strictness, check, mutations};

/// Texts with the sections of which every number must have a source. Elsewhere only blocks that name one are checked,
/// and in the README every decimal and every percentage besides.
const TEXTS: [(&str, &str, Strictness); 2] = [
    (
        "README.md",
        include_str!("../README.md"),
        Strictness { sections: &["How far to trust it"], measured_everywhere: true },
    ),
    (
        "models/README.md",
        include_str!("../models/README.md"),
        Strictness { sections: &["How it is measured", "Bands"], measured_everywhere: false },
    ),
];

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

#[test]
fn every_measured_figure_stands_in_the_result_file_it_names() {
    for (name, text, strictness) in TEXTS {
        let checked = check(text, &strictness, &read);
        assert!(checked.faults.is_empty(), "{name}:\n{}", checked.faults.join("\n"));
        println!("{name}: {} figures found in their sources, {} given", checked.found, checked.given);
        assert!(checked.found >= 10, "{name}: only {} figures have a source", checked.found);
    }
}

/// The proof that the test above can fail: each single figure is changed in its last digit, and that must be told.
#[test]
fn a_figure_changed_in_its_last_digit_is_told() {
    let mut changed = 0;
    for (name, text, strictness) in TEXTS {
        for mutant in mutations(text, &strictness, &read) {
            let checked = check(&mutant.text, &strictness, &read);
            assert!(!checked.faults.is_empty(), "{name}: {} was changed, and nothing told", mutant.what);
            changed += 1;
        }
    }
    println!("{changed} figures changed one by one, each told");
    assert!(changed > 90, "{changed}");
}

#[test]
fn the_sources_of_the_readme_are_those_of_the_model_file() {
    let readme = include_str!("../README.md");
    let model = Model::embedded().unwrap();
    for h in &model.held_out {
        assert!(readme.contains(&format!("| {} | ", h.source)), "the README lacks {}", h.source);
    }
    assert!(readme.contains(&format!("| **mean of {}** |", model.held_out.len())));
}

#[test]
fn the_first_screen_of_the_readme_is_what_the_program_says() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_botsieve"))
        .args(["screen", "data/followers.csv"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    let said: Vec<&str> = said.lines().map(str::trim).collect();
    let block: Vec<&str> = include_str!("../README.md")
        .lines()
        .skip_while(|line| !line.starts_with("    data/followers.csv:"))
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert!(block.len() >= 10, "{block:?}");
    for line in block {
        assert!(said.contains(&line), "the README shows {line:?}, the program says\n{}", said.join("\n"));
    }
}
