//! The table of a full run, written where `BOTSIEVE_DAMAGE_TABLE` says: `docs/trust/damage.md`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::judge::Outcome;

/// The parts of the page. The tests of one run fill them, in any order; the page is written when all are there.
static PARTS: Mutex<BTreeMap<&str, String>> = Mutex::new(BTreeMap::new());
const NAMES: [&str; 3] = ["commands", "giants", "inputs"];

/// Keeps the lines of one part, and writes the page where it was the last.
pub fn keep(name: &'static str, lines: &[String]) {
    let Some(path) = std::env::var_os("BOTSIEVE_DAMAGE_TABLE") else { return };
    let mut parts = PARTS.lock().unwrap();
    parts.insert(name, lines.join("\n"));
    if NAMES.iter().all(|name| parts.contains_key(name)) {
        std::fs::write(crate::common::repository(path.to_str().unwrap()), page(&parts)).unwrap();
    }
}

fn page(parts: &BTreeMap<&str, String>) -> String {
    format!(
        "{FRONT}\n{}\n\n{GIANTS}\n| what | on the disk | bound, MB | what came of it |\n|---|---:|---:|---|\n{}\n\n{COMMANDS}\n{}\n",
        parts["inputs"], parts["giants"], parts["commands"]
    )
}

/// The lines of the table of inputs.
pub fn inputs(command: &str, files: &str, by_kind: &BTreeMap<&str, Outcome>, all: &Outcome) -> Vec<String> {
    let mut lines = vec![
        format!("    {command}\n"),
        format!("{files}\n"),
        "| damage | inputs | refused | broke off | read otherwise | rows | scored | too little known | told damaged | with a remark | untouched, same bits | touched, second reading agrees | not compared |".into(),
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|".into(),
    ];
    let line = |name: &str, of: &Outcome| {
        let numbers = [
            of.inputs,
            of.refused,
            of.broke_off,
            of.other_terms,
            of.rows,
            of.scored,
            of.pending,
            of.damaged,
            of.remarks,
            of.untouched,
            of.agreed,
            of.uncompared,
        ];
        format!("| {name} | {} |", numbers.map(|n| n.to_string()).join(" | "))
    };
    lines.extend(by_kind.iter().map(|(kind, of)| line(kind, of)));
    lines.push(line("**all**", all));
    lines
}

/// Writes the part on containers, which only builds with their features can run, in front of the part on commands.
#[cfg(all(target_os = "linux", any(feature = "arrow", feature = "xlsx")))]
pub fn containers(lines: &[String], inputs: u64) {
    let Some(path) = std::env::var_os("BOTSIEVE_DAMAGE_CONTAINERS") else { return };
    let path = crate::common::repository(path.to_str().unwrap());
    let page = std::fs::read_to_string(&path).unwrap();
    let part = format!("{CONTAINERS_BEGIN}{inputs}{CONTAINERS}{}\n\n", lines.join("\n"));
    let (front, rest) = page.split_once(COMMANDS).expect("the page was written before");
    let front = front.split_once(CONTAINERS_BEGIN).map_or(front, |(front, _)| front);
    std::fs::write(path, [front, &part, COMMANDS, rest].concat()).unwrap();
}

const FRONT: &str = "# Damaged files

Written by `tests/damage.rs`; do not edit. Files of every dialect, posts and label lists are damaged in thousands of ways, and what
the program makes of each input is held to a second reading that shares nothing with it (`csv`, `serde_json`, a calendar and
rules of its own). Of every input must hold, or the run fails: no panic; as many rows come out as there are records, numbered
without a gap, each scored, or of too little to go on, or told as damaged with its column and what would do; a record that was
not touched has the same account and the same bits of score as before; one that was touched says what its bytes plainly say,
or is told. A file that is refused is refused with a message.

| column | what it counts |
|---|---|
| refused | files refused as a whole, with a message (exit code 1) |
| broke off | files whose packing or text ends in an error, which is told (exit code 1, no output is left) |
| read otherwise | files of which the damage changed the dialect, the columns in use or the encoding, as the mapping report says |
| told damaged | rows with a damage: row, line, column, what was found, what would do (exit code 3) |
| with a remark | rows that are scored with a remark (ruined id, rounded count, negative measure, made after it was observed) |
| untouched, same bits | rows compared with the same record of the undamaged file: not one differed |
| touched, second reading agrees | rows that changed or moved and are read: each field agrees with the second reading |
| not compared | rows beyond the place where a broken file can no longer be read a second way, or of JSON that is read otherwise: counted and scored, damaged or left at that, no more |

Label lists have no rows of accounts: their labels are counted as scored, their unreadable lines as damaged.
";

const GIANTS: &str = "## Giants

The program itself, under a limit of 6 GB of address space; more memory than the bound fails the run. All are built from the
repository without optimisation, and read on two threads.
";

const COMMANDS: &str = "## Every command that reads rows

Each of them on each of the damaged files below: no panic, no signal, no exit code but 0, 1 and 3.
";

#[cfg(all(target_os = "linux", any(feature = "arrow", feature = "xlsx")))]
const CONTAINERS_BEGIN: &str = "## Containers

Parquet, Arrow and Excel files (`--features arrow,xlsx`), ";
#[cfg(all(target_os = "linux", any(feature = "arrow", feature = "xlsx")))]
const CONTAINERS: &str = " of them damaged, each read by the program itself under a limit of 6 GB of
address space; more than 400 MB held, a panic or a signal fails the run, and so do more rows than before, or other rows out of a
workbook. Written by a run of its own:

    BOTSIEVE_DAMAGE_CONTAINERS=docs/trust/damage.md cargo test --features arrow,xlsx --test damage containers

A page of Parquet and a batch of Arrow have no checksum here: a byte changed in a value is what the file now says, and nobody can
tell. Those files are counted under \"other values\". \"Fewer rows\" are files that now say they have fewer; an Arrow stream may be
over behind any of its batches, so one that is cut off there has fewer rows too, those in front of the cut, to the bit.
The parts of a workbook have checksums, which are checked; a name of a part has none, and where that of the styles is
lost, dates are numbers: told as damaged.

| kind | damage | inputs | refused, with a message | same rows, same bits | told damaged | fewer rows | other values | most memory, MB |
|---|---|---:|---:|---:|---:|---:|---:|---:|
";
