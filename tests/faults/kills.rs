//! Commands that write a file, ended at moments of chance: the old file whole, or the new one whole, byte for byte.

use std::time::{Duration, Instant};

use crate::common::*;
use crate::support::*;

/// A command, and the file that it replaces.
struct Job {
    args: Vec<String>,
    output: String,
    /// What it writes when nobody ends it.
    whole: Vec<u8>,
    /// How long it takes.
    takes: Duration,
}

const BEFORE: &str = "not counted, as it ended before the signal";
const OLD_WHOLE: &str = "old file whole";
const NEW_WHOLE: &str = "new file whole";
const OLD: &[u8] = b"what was there before\n";

impl Job {
    fn new(args: &[&str], output: &str) -> Job {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_string()).collect();
        let begin = Instant::now();
        let run = botsieve(&args).ends_with(0);
        assert!(!run.err.contains("panicked"));
        let takes = begin.elapsed();
        Job { args, output: output.to_string(), whole: std::fs::read(output).expect("an output"), takes }
    }

    /// Runs it and ends it at a moment of chance; what became of it.
    fn round(&mut self, folder: &Scratch, chance: &mut SplitMix64) -> &'static str {
        std::fs::write(&self.output, OLD).expect("writes");
        let before = temporary(folder);
        let (name, number) = *chance.pick(&SIGNALS);
        let child = command(&self.args).spawn().expect("starts");
        match chance.below(3) {
            // Any time.
            0 => std::thread::sleep(self.takes.mul_f64(chance.share())),
            // Around the end.
            1 => std::thread::sleep(self.takes.mul_f64(0.85 + 0.25 * chance.share())),
            // When the temporary file is nearly whole, or is being renamed.
            _ => {
                self.await_whole(folder, &before);
                std::thread::sleep(Duration::from_micros(chance.below(4_000)));
            }
        }
        signal(child.id(), name);
        let ended = Ended::wait(child);
        let found = std::fs::read(&self.output).expect("it is there, whatever happened");
        let old = found == OLD;
        assert!(old || found == self.whole, "{:?} {name}: {} bytes of neither", self.args, found.len());
        match ended.signal() {
            None => assert!(
                ended.status.success() && !old,
                "{:?} {name}: {:?} {}",
                self.args,
                ended.status,
                ended.err
            ),
            by => assert_eq!(by, Some(number), "{}", ended.err),
        }
        if number != 9 {
            // What a kill left before may be there still, where this run ended before it looked.
            let left = temporary(folder).into_iter().find(|name| !before.contains(name));
            assert_eq!(left, None, "{:?} {name}: it had time to take it away", self.args);
        }
        // The time it takes is not the same while others run: found out as it goes.
        let (how, factor) = match (ended.signal(), old) {
            (None, _) => (BEFORE, 0.95),
            (_, true) => (OLD_WHOLE, 1.01),
            (_, false) => (NEW_WHOLE, 0.99),
        };
        self.takes = self.takes.mul_f64(factor);
        how
    }

    fn await_whole(&self, folder: &Scratch, before: &[String]) {
        let begin = Instant::now();
        while begin.elapsed() < 2 * self.takes {
            let whole = temporary(folder).iter().filter(|name| !before.contains(name)).any(|name| {
                std::fs::metadata(folder.path(name))
                    .is_ok_and(|file| file.len() + 70_000 > self.whole.len() as u64)
            });
            if whole || std::fs::metadata(&self.output).is_ok_and(|file| file.len() != OLD.len() as u64) {
                return;
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

/// So many rounds of a job; at the end it runs unhindered, is right, and nothing that was left is there.
fn killed(
    name: &'static str,
    fault: &'static str,
    share: u64,
    make: impl FnOnce(&Scratch) -> (Vec<String>, String),
) {
    let folder = Scratch::new();
    let (args, output) = make(&folder);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut job = Job::new(&args, &output);
    let names = folder.names();
    let mut chance = chance(name);
    let mut count = Count::of(
        name,
        fault,
        "BOTSIEVE_KILLS=1100 BOTSIEVE_SEED=1 cargo test --test faults kill -- --nocapture",
    );
    let (mut left, mut seen) = (0, std::collections::HashSet::new());
    let (wanted, mut rounds) = ((kills() * share).div_ceil(100), 0);
    while count.tried() < wanted {
        rounds += 1;
        assert!(rounds < 20 * wanted, "it always ends before it is killed");
        match job.round(&folder, &mut chance) {
            BEFORE => count.note(BEFORE, 1),
            how => count.add(how),
        }
        left += temporary(&folder).iter().filter(|name| seen.insert((*name).clone())).count() as u64;
        // The next run takes away what this one left; now and then unhindered.
        if chance.below(10) == 0 {
            botsieve(&args).ends_with(0);
            assert_eq!(folder.names(), names);
        }
    }
    count.note("left a temporary file, which the next run removed", left);
    botsieve(&args).ends_with(0);
    assert!(std::fs::read(&output).expect("reads") == job.whole);
    assert_eq!(folder.names(), names, "nothing stays behind");
}

fn owned(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| (*arg).to_string()).collect()
}

#[test]
fn score_is_killed() {
    killed("kill-score", "`score -o scores.csv` killed", 12, |folder| {
        let (list, out) = (list_of(folder, "list.csv", 4_000), folder.path("scores.csv"));
        (owned(&["score", &list, "-q", "-o", &out]), out)
    });
}

#[test]
fn score_as_json_lines_is_killed() {
    killed("kill-score-jsonl", "`score -o scores.jsonl` killed", 10, |folder| {
        let (list, out) = (list_of(folder, "list.csv", 4_000), folder.path("scores.jsonl"));
        (owned(&["score", &list, "-q", "-o", &out, "--threads", "1"]), out)
    });
}

#[test]
fn screen_is_killed() {
    killed("kill-screen", "`screen -o queue.csv` killed", 10, |folder| {
        let (list, out) = (list_of(folder, "list.csv", 4_000), folder.path("queue.csv"));
        (owned(&["screen", &list, "-q", "-o", &out]), out)
    });
}

#[test]
fn convert_is_killed() {
    killed("kill-convert", "`convert -o list.csv.gz` killed", 10, |folder| {
        let (list, out) = (list_of(folder, "list.csv", 4_000), folder.path("made.csv.gz"));
        (owned(&["convert", &list, "-q", "-o", &out]), out)
    });
}

/// Two sources and a manifest that trains in a moment; the rows that are left over.
fn manifest(folder: &Scratch) -> (String, Table) {
    let all = labelled();
    let mut toml = String::from(
        "name = \"desk\"\nprevalence = 0.1\nfeatures = [\"followers_to_friends\", \"posts_to_friends\", \
         \"default_profile\", \"likes_to_posts\"]\n[bands]\nmin_features = 2\n",
    );
    let part = |wanted: &[usize]| Table {
        header: all.header.clone(),
        rows: all
            .rows
            .iter()
            .enumerate()
            .filter(|(at, _)| wanted.contains(&(at % 4)))
            .map(|(_, r)| r.clone())
            .collect(),
    };
    for n in [0, 2] {
        folder.write(&format!("part{n}.csv"), part(&[n]).bytes());
        toml += &format!(
            "[[source]]\nname = \"part {n}\"\nhold_out = true\n[[source.file]]\npath = \"part{n}.csv\"\n\
             label_column = \"label\"\n"
        );
    }
    (folder.write("m.toml", &toml), part(&[1, 3]))
}

#[test]
fn train_is_killed() {
    killed("kill-train", "`train -o model.json` killed", 10, |folder| {
        let (manifest, _) = manifest(folder);
        let out = folder.path("model.json");
        (owned(&["train", "--manifest", &manifest, "--replicates", "20", "-q", "-o", &out]), out)
    });
}

#[test]
fn retrain_is_killed() {
    killed("kill-retrain", "`retrain -o model.json` killed", 10, |folder| {
        let (manifest, rest) = manifest(folder);
        let (old, out, ledger) =
            (folder.path("old.json"), folder.path("model.json"), folder.path("our.ledger"));
        botsieve(["train", "--manifest", &manifest, "-o", &old, "--replicates", "100", "-q"]).ends_with(0);
        let verdict = |label: &str| if label == "bot" { "spam" } else { "follow-back" };
        let rows = rest.rows.iter().map(|row| &row[0]).zip(rest.column("label"));
        let decided: String = rows.map(|(id, label)| format!("{id},decide,{}\n", verdict(label))).collect();
        let decisions = folder.write("decisions.csv", format!("id,kind,value\n{decided}"));
        botsieve(["ledger", "import", &decisions, "--ledger", &ledger, "-q"]).ends_with(0);
        let list = folder.write("list.csv", rest.without("label").bytes());
        let args =
            ["retrain", &list, "--ledger", &ledger, "-m", &old, "--manifest", &manifest, "-q", "-o", &out];
        (owned(&[&args[..], &["--replicates", "100"]].concat()), out)
    });
}
