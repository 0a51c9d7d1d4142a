//! No room, and folders that nobody may write to: the old file stays whole, the message says what to do, and once there
//! is room the same command is done.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::*;
use crate::review_kills::{Page, events};
use crate::support::*;

/// What is run in a mount namespace of its own, with `$B` the program and `$T` a folder on a disk without much room.
struct Small(Scratch);

impl Small {
    /// `None` where no file system may be mounted here, which is told loudly.
    fn new() -> Option<Small> {
        let tried = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
        if tried.is_ok_and(|tried| tried.status.success()) {
            return Some(Small(Scratch::new()));
        }
        eprintln!(
            "!!! SKIPPED: disks without room and folders that are read-only. `unshare -rm mount` is not permitted."
        );
        None
    }

    /// Runs a script of the shell with a disk of so many KB; with `set -u`, in the root of the repository.
    fn run(&self, kilobytes: u64, script: &str) -> Run {
        let folder = self.0.path("small");
        std::fs::create_dir_all(&folder).expect("makes");
        let all = format!("set -u\nmount -t tmpfs -o size={kilobytes}k none \"$T\"\n{script}");
        let done = Command::new("unshare")
            .args(["-rm", "sh", "-c", &all])
            .current_dir(repository(""))
            .env("B", env!("CARGO_BIN_EXE_botsieve"))
            .env("T", folder)
            .env("D", self.0.path("."))
            .output()
            .expect("unshare is there");
        let err = String::from_utf8(done.stderr).expect("UTF-8");
        assert!(!err.contains("panicked"), "{err}");
        Run {
            code: done.status.code().unwrap_or_else(|| panic!("{:?} {err}", done.status)),
            out: done.stdout,
            err,
        }
    }
}

const ROOM: &str = "make room";

#[test]
fn outputs_on_a_full_disk() {
    let command = "cargo test --test faults full -- --nocapture";
    let mut count = Count::of("disk-output", "disk full under an output (tmpfs of 64 to 448 KB)", command);
    let Some(small) = Small::new() else { return };
    let list = list_of(&small.0, "list.csv", 4_000);
    let train = "train data/labelled.csv --label label --replicates 2 --features followers_to_friends";
    let train =
        if botsieve(["train", "--help"]).text().contains("--features") { train } else { "model card" };
    let commands = [
        (format!("score {list} -q"), "scores.csv"),
        (format!("score {list} -q"), "scores.jsonl"),
        (format!("screen {list} -q"), "queue.csv"),
        (format!("convert {list} -q"), "made.csv"),
        (format!("convert {list} -q"), "made.csv.gz"),
        (format!("features {list} -q"), "features.csv"),
        (format!("report {list} -q"), "report.html"),
        (train.to_string(), "out"),
    ];
    for (args, output) in &commands {
        for kilobytes in [64, 128, 256, 448] {
            // What fills the disk leaves a page for the old file; `model card` fits nowhere then.
            let script = format!(
                "echo old > \"$T/{output}\"\n\
                 head -c $(({kilobytes} * 1024 - 20000)) /dev/zero > \"$T/filler\" 2> /dev/null\n\
                 [ {output} = out ] && cat /dev/zero > \"$T/more\" 2> /dev/null\n\
                 \"$B\" {args} -o \"$T/{output}\" > /dev/null\ncode=$?\n\
                 [ \"$(cat \"$T/{output}\")\" = old ] && echo old file whole\nls -A \"$T\" | grep botsieve\n\
                 rm -f \"$T/filler\" \"$T/more\"\nmount -o remount,size=64m \"$T\"\n\
                 \"$B\" {args} -o \"$T/{output}\" > /dev/null 2>&1\ncase $? in 0|3) echo done;; esac\n\
                 [ \"$(head -c 4 \"$T/{output}\")\" = \"old\" ] || echo new file\nexit $code"
            );
            let run = small.run(kilobytes, &script).ends_with(1);
            assert_eq!(run.text(), "old file whole\ndone\nnew file\n", "{args}: {}", run.err);
            run.says(&["cannot write", output, "No space left", "as it was", ROOM]);
            count.add("old file whole, told what to do; done once there is room");
        }
    }
}

#[test]
fn standard_output_is_full() {
    let command = "cargo test --test faults full -- --nocapture";
    let mut count = Count::of("disk-stdout", "standard output is `/dev/full`", command);
    let commands: &[&[&str]] = &[
        &["score", FOLLOWERS],
        &["score", FOLLOWERS, "--format", "jsonl"],
        &["screen", FOLLOWERS],
        &["screen", FOLLOWERS, "--format", "csv"],
        &["convert", FOLLOWERS],
        &["convert", FOLLOWERS, "--to", "jsonl"],
        &["features", FOLLOWERS],
        &["inspect", FOLLOWERS],
        &["report", FOLLOWERS],
        &["lint", LABELLED],
        &["model", "show"],
        &["model", "card"],
    ];
    for args in commands {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device of Linux");
        let child = crate::common::command(*args).stdout(full).spawn().expect("starts");
        let ended = Ended::wait(child);
        assert_eq!(ended.status.code(), Some(1), "{args:?}: {}", ended.err);
        for part in ["cannot write standard output", "No space left", ROOM] {
            assert!(ended.err.contains(part), "{args:?}: {}", ended.err);
        }
        count.add("told, code 1");
    }
}

#[test]
fn the_ledger_on_a_full_disk() {
    let command = "cargo test --test faults full -- --nocapture";
    let mut count = Count::of("disk-ledger", "disk full under the ledger", command);
    let Some(small) = Small::new() else { return };
    let rows: String =
        (0..2_000).map(|n| format!("{},decide,skip,{}\n", 1_000 + n, "w".repeat(200))).collect();
    let table = small.0.write("many.csv", format!("id,kind,value,why\n{rows}"));
    // Before the ledger is there; while it has room for a few decisions; and for reading only.
    for (what, kilobytes) in [("no room to make it", 8), ("no room for many", 400), ("no room for many", 600)]
    {
        let script = format!(
            "\"$B\" ledger decide id:1 skip --ledger \"$T/l\" -q > /dev/null\nfirst=$?\n\
             \"$B\" ledger import {table} --ledger \"$T/l\" -q > /dev/null\nsecond=$?\n\
             [ $second = 0 ] && exit 99\nmount -o remount,size=64m \"$T\"\n\
             \"$B\" ledger export --ledger \"$T/l\" 2> /dev/null | grep -c ,decide,\n\
             \"$B\" ledger import {table} --ledger \"$T/l\" -q > /dev/null || exit 98\n\
             \"$B\" ledger export --ledger \"$T/l\" | grep -c ,decide,\nls -A \"$T\"\nexit $first"
        );
        let run = small.run(kilobytes, &script);
        let first = u64::from(run.code == 0);
        assert!(run.code < 2, "{} {}", run.code, run.err);
        assert_eq!(run.text(), format!("{first}\n{}\nl\n", 2_000 + first), "{}", run.err);
        assert!(run.err.contains("room"), "{}", run.err);
        count.add(format!("{what}: nothing half, told what to do; done once there is room"));
    }
    // Each kilobyte matters to what SQLite is doing when there is none left.
    let mut chance = chance("disk-ledger");
    for _ in 0..cases() / 6 {
        let left = chance.below(120);
        let script = format!(
            "\"$B\" ledger import data/labelled.csv --ledger \"$T/l\" -q 2> /dev/null\n\
             \"$B\" ledger decide id:1 skip --ledger \"$T/l\" -q > /dev/null || exit 97\n\
             dd if=/dev/zero of=\"$T/filler\" bs=1k 2> /dev/null\n\
             truncate -s -{left}k \"$T/filler\" 2> /dev/null\n\
             why=$(head -c 9000 /dev/zero | tr '\\0' w)\n\
             n=1; while [ $n -lt 30 ] && \"$B\" ledger decide id:a$n skip --why \"$why\" \
             --ledger \"$T/l\" -q > /dev/null 2> \"$D/said\"; do n=$((n+1)); done\n\
             rm \"$T/filler\"; cat \"$D/said\" >&2\n\
             found=$(\"$B\" ledger export --ledger \"$T/l\" | grep -c ,decide,)\n\
             echo $n $found $(ls -A \"$T\")"
        );
        let run = small.run(2_000, &script).ends_with(0);
        let words: Vec<&str> = run.text().split_whitespace().collect();
        assert_eq!((words[0], &words[2..]), (words[1], &["l"][..]), "acknowledged, found: {}", run.err);
        if words[0] != "30" {
            assert!(run.err.contains("room"), "{left}: {}", run.err);
        }
        count.add("every acknowledged decision stands");
    }
}

/// A review whose disk runs full goes on to answer, keeps nothing by halves, and keeps again once there is room.
#[test]
fn review_on_a_full_disk() {
    let command = "cargo test --test faults full -- --nocapture";
    let mut count = Count::of("disk-review", "disk full under `review`", command);
    let Some(small) = Small::new() else { return };
    let script =
        format!("sleep 600 & echo $!; exec \"$B\" review {FOLLOWERS} --ledger \"$T/l\" --no-open --quiet");
    let folder = small.0.path("small");
    std::fs::create_dir_all(&folder).expect("makes");
    let mut child = Command::new("unshare")
        .args(["-rm", "sh", "-c", &format!("mount -t tmpfs -o size=400k none \"$T\"\n{script}")])
        .current_dir(repository(""))
        .env("B", env!("CARGO_BIN_EXE_botsieve"))
        .env("T", &folder)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    let mut out = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut out, &mut line).expect("a number");
    let sleeper: u32 = line.trim().parse().expect("a number");
    // The namespace of mounts is that of the child: through /proc.
    let inside = |name: &str| format!("/proc/{}/root{folder}/{name}", child.id());
    let mut page = Page::open(&mut out).expect("serves");
    let mut kept = Vec::new();
    let mut note = |page: &mut Page, text: &str| -> (u16, Value) {
        let account = page.first().expect("answers");
        let body = json!({
            "row": account["row"], "change": { "decide": "skip" }, "why": text, "seen": account["past"]["version"],
            "client": "t",
        });
        let (status, answer) = page.ask("change", &body).expect("answers");
        if status == 200 && answer["kept"] == true {
            kept.push(answer["number"].as_i64().expect("a number"));
        }
        if status != 200 {
            // Who is refused has to begin anew.
            *page = page.again().expect("still there");
        }
        (status, answer)
    };
    assert_eq!(note(&mut page, "first").0, 200);
    std::fs::write(inside("filler"), vec![0; 120_000]).expect("fits");
    let words = "w".repeat(9_000);
    let refused =
        (0..60).map(|_| note(&mut page, &words)).find(|(status, _)| *status != 200).expect("it runs full");
    assert_eq!(refused.0, 503, "{}", refused.1);
    assert!(refused.1["message"].as_str().expect("words").contains("room"), "{}", refused.1);
    for _ in 0..5 {
        assert_eq!(note(&mut page, &words).0, 503);
        count.add("refused with 503, nothing written");
    }
    std::fs::remove_file(inside("filler")).expect("removes");
    assert_eq!(note(&mut page, "again").0, 200);
    // SQLite would look for the file outside of the namespace.
    for ending in ["", "-wal"] {
        std::fs::copy(inside(&format!("l{ending}")), small.0.path(&format!("l{ending}"))).expect("copies");
    }
    let stands = events(&small.0.path("l"));
    assert_eq!(stands.len(), kept.len());
    assert!(kept.iter().all(|number| stands.contains_key(number)));
    count.note("decisions acknowledged before and after, all of them stand", kept.len() as u64);
    signal(child.id(), "TERM");
    signal(sleeper, "TERM");
    Ended::wait(child);
}

#[test]
fn folders_that_nobody_may_write_to() {
    let command = "cargo test --test faults nobody_may_write -- --nocapture";
    let mut count = Count::of("disk-readonly", "read-only folder (a mount that is read-only)", command);
    let Some(small) = Small::new() else { return };
    let outputs = [
        "score data/followers.csv -q -o",
        "screen data/followers.csv -q -o",
        "convert data/followers.csv -q -o",
        "report data/followers.csv -q -o",
        "model card -o",
    ];
    for args in outputs {
        let script = format!(
            "echo old > \"$T/out\"\nmount -o remount,ro \"$T\"\n\"$B\" {args} \"$T/out\" > /dev/null\ncode=$?\n\
             cat \"$T/out\"\nexit $code"
        );
        let run = small.run(1_000, &script).ends_with(1);
        assert_eq!(run.text(), "old\n");
        run.says(&["cannot write", "Read-only", "as it was", "name a folder that you may write to"]);
        count.add("an output: old file whole, told what to do");
    }
    for args in ["decide id:2 skip", "undo", "list", "export", "forget id:1", "import data/labelled.csv"] {
        let script = format!(
            "\"$B\" ledger decide id:1 skip --ledger \"$T/l\" -q > /dev/null\ncp \"$T/l\" \"$D/before\"\n\
             mount -o remount,ro \"$T\"\n\"$B\" ledger {args} --ledger \"$T/l\" > /dev/null\ncode=$?\n\
             cmp \"$T/l\" \"$D/before\" && ls -A \"$T\"\nexit $code"
        );
        let run = small.run(1_000, &script);
        assert_eq!(run.text(), "l\n", "{args}: {}", run.err);
        assert!(
            run.code == 1 || matches!(args, "list" | "export") && run.code == 0,
            "{args}: {} {}",
            run.code,
            run.err
        );
        assert!(run.code == 0 || run.err.contains("expected"), "{args}: {}", run.err);
        count.add(if run.code == 0 {
            "the ledger: read all the same"
        } else {
            "the ledger: as it was, told what to do"
        });
    }
    let script = "mount -o remount,ro \"$T\"\n\"$B\" ledger decide id:1 skip --ledger \"$T/l\"\ncode=$?\n\
                  ls -A \"$T\"\nexit $code";
    small.run(1_000, script).ends_with(1).says(&["cannot make the ledger", "Read-only", "expected a folder"]);
    count.add("a ledger that is not there: told what to do");
}

/// The rights of files, which root does not feel: as nobody.
#[test]
fn files_that_one_has_no_rights_to() {
    let command = "cargo test --test faults no_rights -- --nocapture";
    let mut count = Count::of("disk-rights", "files and folders without rights, as `nobody`", command);
    let folder = Scratch::new();
    let program = env!("CARGO_BIN_EXE_botsieve");
    let as_nobody = |args: &[&str]| {
        let mut all = vec!["--reuid=65534", "--regid=65534", "--clear-groups", program];
        all.extend(args);
        Command::new("setpriv").args(all).current_dir("/").output()
    };
    if !as_nobody(&["--version"]).is_ok_and(|done| done.status.success()) {
        eprintln!("!!! SKIPPED: files without rights. `setpriv` cannot become nobody here.");
        return;
    }
    // The folder of the test is root's: nobody may read in it and not write.
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder.path("."), std::fs::Permissions::from_mode(0o755)).expect("sets");
    let list = folder.write("list.csv", std::fs::read(repository(FOLLOWERS)).expect("reads"));
    let out = folder.write("out.csv", "old\n");
    let ledger = folder.path("our.ledger");
    botsieve(["ledger", "decide", "id:1", "skip", "--ledger", &ledger, "-q"]).ends_with(0);
    let hidden = folder.write("hidden.json", std::fs::read(repository(SMALL)).expect("reads"));
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o600)).expect("sets");
    let before = std::fs::read(&ledger).expect("reads");
    let refused: &[(&[&str], &[&str])] = &[
        (&["score", &list, "-q", "-o", &out], &["cannot write", "Permission denied", "name a folder"]),
        (&["score", &list, "-q", "-m", &hidden], &["hidden.json", "Permission denied"]),
        (&["ledger", "decide", "id:2", "skip", "--ledger", &ledger], &["our.ledger", "Permission denied"]),
        (&["screen", &list, "--ledger", &ledger], &["our.ledger", "Permission denied"]),
    ];
    for (args, parts) in refused {
        let done = as_nobody(args).expect("runs");
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{args:?}: {err}");
        assert!(parts.iter().all(|part| err.contains(part)) && !err.contains("panicked"), "{args:?}: {err}");
        count.add("refused, told what to do");
    }
    // Readable, and yet not to be written: its log cannot stand beside it.
    std::fs::set_permissions(&ledger, std::fs::Permissions::from_mode(0o644)).expect("sets");
    let done = as_nobody(&["ledger", "decide", "id:2", "skip", "--ledger", &ledger]).expect("runs");
    let err = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        done.status.code() == Some(1) && err.contains("cannot be written") && err.contains("expected"),
        "{err}"
    );
    count.add("refused, told what to do");
    assert_eq!(std::fs::read(&out).expect("reads"), b"old\n");
    assert!(std::fs::read(&ledger).expect("reads") == before, "as it was");
}
