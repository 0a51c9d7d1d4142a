//! Every command that reads rows, on damaged files: an exit code that is meant, a message that a terminal can show.

use rayon::prelude::*;

use crate::common::{Scratch, assert_harmless, botsieve};
use crate::damaged::Plan;
use crate::ground::Ground;
use crate::sample::Reader;

/// The commands, with the file for `FILE` and a folder for `OUT`.
const COMMANDS: [&[&str]; 14] = [
    &["score", "FILE"],
    &["score", "FILE", "--format", "jsonl", "-o", "OUT/scores.jsonl"],
    &["screen", "FILE"],
    &["explain", "FILE", "--row", "2"],
    &["inspect", "FILE"],
    &["lint", "FILE"],
    &["convert", "FILE", "-o", "OUT/converted.csv"],
    &["features", "FILE"],
    &["report", "FILE", "-o", "OUT/report.html"],
    &["churn", "data/posts/accounts_earlier.csv", "FILE"],
    &["segment", "thank", "FILE", "--new-since", "data/posts/accounts_earlier.csv"],
    &["features", "data/posts/accounts.csv", "--previous", "FILE"],
    &["features", "data/posts/accounts.csv", "--posts", "FILE"],
    &["screen", "data/followers.csv", "--engagement", "FILE"],
];

/// Damaged files where nobody asks for the full run.
const FEW: u64 = 8;
const MANY: u64 = 48;

#[test]
fn every_command_ends_well_on_damaged_files() {
    let scorer = crate::run::scorer();
    // The commands are told to a person here: made files only.
    let made =
        crate::sample::all().into_iter().filter(|sample| !sample.real && sample.reader != Reader::Labels);
    let grounds: Vec<Ground> = made.map(|sample| Ground::of(sample, &scorer)).collect();
    let plan = Plan::of(crate::run::seed(), 4000, &grounds);
    let files = if crate::run::is_full() { MANY } else { FEW };
    let codes: Vec<[u64; 4]> = (0..files)
        .into_par_iter()
        .map(|file| {
            // Evenly over all ways, those that cut files off included.
            let (at, damaged) = plan.case(file * plan.inputs / files + 7, &grounds);
            let folder = Scratch::new();
            let path = folder.write("damaged", &damaged.bytes);
            let mut codes = [0; 4];
            for command in COMMANDS {
                let args =
                    command.iter().map(|arg| arg.replace("FILE", &path).replace("OUT", &folder.path("")));
                let run = botsieve(args);
                let told = format!(
                    "{command:?} on {}, {}: {}: {:.2000}",
                    grounds[at].sample.name, damaged.kind, damaged.what, run.err
                );
                assert!(matches!(run.code, 0 | 1 | 3), "exit code {}: {told}", run.code);
                assert!(
                    !run.err.contains("panicked") && (run.code != 1 || run.err.contains("error: ")),
                    "{told}"
                );
                assert_harmless(&run.err);
                codes[usize::try_from(run.code).unwrap()] += 1;
            }
            codes
        })
        .collect();
    let sum = |code: usize| codes.iter().map(|codes| codes[code]).sum::<u64>();
    let names: Vec<String> = COMMANDS.iter().map(|command| format!("`{}`", command.join(" "))).collect();
    let lines = [
        format!(
            "{files} damaged files, {} commands, {} runs:\n{}.\n",
            COMMANDS.len(),
            files * COMMANDS.len() as u64,
            names.join(", ")
        ),
        "| exit code | runs |\n|---|---:|".into(),
        format!(
            "| 0: done | {} |\n| 1: refused, with a message | {} |\n| 3: done, with damaged rows | {} |",
            sum(0),
            sum(1),
            sum(3)
        ),
    ];
    crate::table::keep("commands", &lines);
}
