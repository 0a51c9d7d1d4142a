//! The made-up data and its generator.

mod common;

#[allow(dead_code)] // its `main` writes the files
#[path = "../examples/make_data.rs"]
mod make_data;

use common::*;

#[test]
fn the_generator_makes_the_committed_files() {
    for (name, made) in [(FOLLOWERS, make_data::followers()), (LABELLED, make_data::labelled())] {
        let there = std::fs::read(repository(name)).unwrap();
        assert!(there == made, "{name} is not what `cargo run --example make_data` writes");
    }
}

#[test]
fn the_data_are_made_up_and_say_so() {
    let readme = std::fs::read_to_string(repository("data/README.md")).unwrap();
    assert!(readme.contains("**made up**") && readme.contains("make_data"));
    for table in [followers(), labelled()] {
        for column in &table.header {
            assert!(readme.contains(&format!("`{column}`")), "{column} is not in the README");
        }
        for id in table.column("id_str") {
            assert!(id.parse::<u64>().unwrap() > 9_000_000_000_000_000_000, "{id} could be somebody's");
        }
        for text in table.column("url").iter().chain(&table.column("description")) {
            for link in text.split("://").skip(1) {
                let host: String =
                    link.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-')).collect();
                assert!(
                    ["example.com", "example.org", "example.net"].iter().any(|own| host.ends_with(own)),
                    "{host}"
                );
            }
        }
        let handles: Vec<String> =
            table.column("screen_name").iter().filter(|h| !h.is_empty()).map(|h| h.to_lowercase()).collect();
        let unique: std::collections::HashSet<&String> = handles.iter().collect();
        assert_eq!(handles.len(), unique.len(), "handles are unique");
    }
}

#[test]
fn no_row_of_the_sample_is_damaged() {
    let run = botsieve(["inspect", FOLLOWERS, LABELLED, "--strict"]).ends_with(0);
    assert_eq!(run.text().matches("\n0 damaged rows").count(), 2);
}
