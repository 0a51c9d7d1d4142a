//! Ledger files that are locked, cut, flipped, from the future or no ledger: refused with what to do and left as they
//! are, or read; never a panic, never half a change.

use std::io::BufReader;
use std::time::{Duration, Instant};

use crate::common::*;
use crate::review_kills::{Page, start};
use crate::support::*;

const COMMAND: &str =
    "BOTSIEVE_CASES=600 BOTSIEVE_SEED=1 cargo test --test faults ledger_file -- --nocapture";

/// A ledger of some hundred events, closed, without a log.
fn made(folder: &Scratch, name: &str, rows: u64) -> String {
    let ledger = folder.path(name);
    let row = |n: u64| {
        format!("{},user{n},decide,{},reason {n}\n", 1_000 + n, ["skip", "spam", "list"][n as usize % 3])
    };
    let rows: String = (0..rows).map(row).collect();
    let table = folder.write("table.csv", format!("id,handle,kind,value,why\n{rows}"));
    botsieve(["ledger", "import", &table, "--ledger", &ledger, "-q"]).ends_with(0);
    assert!(!folder.names().iter().any(|name| name.ends_with("-wal")));
    ledger
}

/// What reads and what writes a ledger.
const COMMANDS: [&[&str]; 6] = [
    &["ledger", "export"],
    &["ledger", "list"],
    &["ledger", "decide", "id:77", "skip"],
    &["ledger", "forget", "id:1003"],
    &["ledger", "undo"],
    &["screen", FOLLOWERS, "-q"],
];

/// Runs one of them on a damaged file: refused, or done. A refused file is as it was.
fn tried(args: &[&str], ledger: &str, bytes: &[u8]) -> &'static str {
    std::fs::write(ledger, bytes).expect("writes");
    let run = botsieve([args, &["--ledger", ledger]].concat());
    assert!(!run.err.contains("panicked"), "{args:?}: {}", run.err);
    assert!(matches!(run.code, 0 | 1 | 3), "{args:?}: {} {}", run.code, run.err);
    assert_harmless(&run.err.replace('\t', " "));
    if run.code != 1 {
        return "read";
    }
    assert!(run.err.starts_with("error: "), "{args:?}: {}", run.err);
    // Where nothing could be read, the reason names the file and what to do.
    if !args.contains(&"undo") && !args.contains(&"forget") {
        assert!(run.err.contains("damaged.ledger"), "{args:?}: {}", run.err);
        assert!(
            ["expected", "try again", "nothing of this change"].iter().any(|w| run.err.contains(w)),
            "{}",
            run.err
        );
    }
    "refused, told what to do"
}

fn remove(ledger: &str) {
    ["", "-wal", "-shm"].iter().for_each(|end| drop(std::fs::remove_file(format!("{ledger}{end}"))));
}

#[test]
fn cut_off_at_many_bytes() {
    let folder = Scratch::new();
    let whole = std::fs::read(made(&folder, "our.ledger", 400)).expect("reads");
    let ledger = folder.path("damaged.ledger");
    let mut chance = chance("ledger-cut");
    let mut count = Count::of("ledger-cut", "ledger cut off", COMMAND);
    let mut lengths: Vec<usize> = (0..cases()).map(|_| chance.below(whole.len() as u64) as usize).collect();
    lengths.extend([0, 1, 15, 16, 17, 99, 100, 101, 4095, 4096, 4097, whole.len() - 1, whole.len() - 4096]);
    for length in lengths {
        let args = *chance.pick(&COMMANDS);
        let became = tried(args, &ledger, &whole[..length]);
        // It is short of bytes: nothing of it may be taken for the whole.
        assert_eq!(became, "refused, told what to do", "{args:?} of {length} bytes");
        assert!(std::fs::read(&ledger).expect("it is there") == whole[..length], "as it was: {args:?}");
        count.add(became);
        remove(&ledger);
    }
}

#[test]
fn bytes_flipped() {
    let folder = Scratch::new();
    let whole = std::fs::read(made(&folder, "our.ledger", 400)).expect("reads");
    let ledger = folder.path("damaged.ledger");
    let mut chance = chance("ledger-flip");
    let mut count = Count::of("ledger-flip", "1 to 64 bytes of the ledger flipped", COMMAND);
    for _ in 0..cases() * 2 {
        let mut bytes = whole.clone();
        // As often in the first page, where the tables are described.
        let end = if chance.below(2) == 0 { 4_096 } else { bytes.len() as u64 };
        for _ in 0..1 << chance.below(7) {
            bytes[chance.below(end) as usize] = chance.next() as u8;
        }
        let args = *chance.pick(&COMMANDS);
        count.add(tried(args, &ledger, &bytes));
        remove(&ledger);
    }
    // A review of one: refused at once, or it serves; and never answers with half of a change.
    for _ in 0..cases().div_ceil(6) {
        let mut bytes = whole.clone();
        for _ in 0..16 {
            let at = chance.below(bytes.len() as u64) as usize;
            bytes[at] = chance.next() as u8;
        }
        std::fs::write(&ledger, &bytes).expect("writes");
        let (child, out) = start(FOLLOWERS, &ledger);
        let mut refused = false;
        match Page::open(&mut BufReader::new(out)) {
            None => {
                refused = true;
                count.add("review: refused, told what to do");
            }
            Some(mut page) => {
                let answered = page.first().map(|account| page.decide(&account, "skip"));
                match answered.flatten() {
                    Some((200, answer)) => assert!(answer["kept"].is_boolean()),
                    Some((status, answer)) => assert_eq!(status, 503, "{answer}"),
                    None => panic!("no answer"),
                }
                count.add("review: served");
                signal(child.id(), "TERM");
            }
        }
        let ended = Ended::wait(child);
        assert!(ended.status.code().is_some(), "{:?} {}", ended.status, ended.err);
        let told = ended.err.starts_with("error: ") && ended.err.contains("damaged.ledger");
        assert!(!refused || told && ended.err.contains("expected"), "{}", ended.err);
        remove(&ledger);
    }
}

#[test]
fn no_ledger_at_all_and_one_from_the_future() {
    let folder = Scratch::new();
    let mut count =
        Count::of("ledger-other", "no ledger: text, folder, other databases; from the future", COMMAND);
    let pragma = |name: &str, pragma: &str, value: i64| {
        let path = made(&folder, name, 3);
        rusqlite::Connection::open(&path).expect("opens").pragma_update(None, pragma, value).expect("writes");
        path
    };
    let foreign = folder.path("foreign.ledger");
    rusqlite::Connection::open(&foreign).expect("opens").execute_batch("CREATE TABLE t (a)").expect("makes");
    std::fs::create_dir(folder.path("folder.ledger")).expect("makes");
    let cases = [
        (folder.write("empty.ledger", ""), "empty"),
        (folder.write("text.ledger", "id,kind,value\n1,decide,skip\n"), "no SQLite file"),
        (folder.write("model.ledger", std::fs::read(repository(SMALL)).expect("reads")), "no SQLite file"),
        (folder.write("zeros.ledger", vec![0; 100_000]), "no SQLite file"),
        (folder.path("folder.ledger"), "folder"),
        (foreign, "another program"),
        (pragma("other.ledger", "application_id", 7), "another program"),
        (pragma("next.ledger", "user_version", 2), "update botsieve"),
        (pragma("far.ledger", "user_version", 2_000_000), "update botsieve"),
        (pragma("none.ledger", "user_version", 0), "no botsieve writes"),
        (pragma("minus.ledger", "user_version", -1), "no botsieve writes"),
    ];
    for (path, part) in &cases {
        let before = std::fs::read(path).ok();
        for args in COMMANDS {
            let run = botsieve([args, &["--ledger", path]].concat()).ends_with(1);
            let name = path.rsplit('/').next().expect("a name");
            run.says(&["error: ", name, part, "expected"]);
            assert!(std::fs::read(path).ok() == before, "{path} is as it was");
            count.add("refused, told what to do, as it was");
        }
    }
}

#[test]
fn locked_by_another() {
    let folder = Scratch::new();
    let ledger = made(&folder, "our.ledger", 20);
    let mut count = Count::of("ledger-locked", "ledger locked by another connection", COMMAND);
    let lock = |exclusive: bool| {
        let open = rusqlite::Connection::open(&ledger).expect("opens");
        if exclusive {
            open.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(())).expect("sets");
        }
        open.execute_batch("BEGIN IMMEDIATE; UPDATE event SET why = why WHERE number = 1").expect("locks");
        open
    };
    for args in [["decide", "id:5", "skip"], ["tag", "id:1001", "press"]] {
        // Released in time: waited for, and done.
        let open = lock(false);
        let child =
            command(["ledger", args[0], args[1], args[2], "--ledger", &ledger]).spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(1_500));
        drop(open);
        let ended = Ended::wait(child);
        assert!(ended.status.success(), "{}", ended.err);
        count.add("released in time: done");
    }
    // Not released: ten seconds, then what to do, and nothing of it.
    let open = lock(false);
    let begin = Instant::now();
    let before = botsieve(["ledger", "export", "--ledger", &ledger]).ends_with(0);
    count.add("only read: done at once");
    assert!(begin.elapsed() < Duration::from_secs(5), "who reads does not wait");
    let waiting: Vec<_> =
        [["decide", "id:6", "skip"], ["tag", "id:1002", "press"], ["forget", "id:1004", "-q"]]
            .iter()
            .map(|args| {
                command([&["ledger"], &args[..], &["--ledger", &ledger]].concat()).spawn().expect("starts")
            })
            .collect();
    for child in waiting {
        let ended = Ended::wait(child);
        assert_eq!(ended.status.code(), Some(1));
        for part in ["our.ledger is in use", "ten seconds", "try again"] {
            assert!(ended.err.contains(part), "{}", ended.err);
        }
        count.add("not released: told after ten seconds, nothing written");
    }
    assert!(begin.elapsed() < Duration::from_secs(30));
    // A review answers that it kept nothing, and keeps once the lock is gone.
    let (child, out) = start(FOLLOWERS, &ledger);
    let mut page = Page::open(&mut BufReader::new(out)).expect("serves");
    let account = page.first().expect("answers");
    let (status, answer) = page.decide(&account, "skip").expect("answers");
    assert_eq!((status, answer["error"].as_str()), (503, Some("ledger")), "{answer}");
    assert!(answer["message"].as_str().expect("words").contains("try again"));
    drop(open);
    let now = botsieve(["ledger", "export", "--ledger", &ledger]).ends_with(0);
    assert!(now.out == before.out, "nothing was written");
    let mut page = page.again().expect("still there");
    let (status, answer) = page.decide(&account, "skip").expect("answers");
    assert_eq!((status, answer["kept"].as_bool()), (200, Some(true)), "{answer}");
    count.add("review: 503 while it is locked, kept afterwards");
    signal(child.id(), "TERM");
    Ended::wait(child);
    // Another program that has it all to itself.
    let open = lock(true);
    let ended = Ended::wait(command(["ledger", "list", "--ledger", &ledger]).spawn().expect("starts"));
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.err.contains("is in use"), "{}", ended.err);
    drop(open);
    botsieve(["ledger", "list", "--ledger", &ledger]).ends_with(0);
    count.add("wholly locked: told after ten seconds");
    assert_sound(&ledger);
}
