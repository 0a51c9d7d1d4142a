//! Changes of the ledger, ended at moments of chance: all of a change stands or nothing of it, what was acknowledged
//! stands, the file is sound.

use std::time::{Duration, Instant};

use crate::common::*;
use crate::support::*;

const BEFORE: &str = "not counted, as it ended before the signal";
const COMMAND: &str = "BOTSIEVE_KILLS=1100 BOTSIEVE_SEED=1 cargo test --test faults kill -- --nocapture";

fn export(ledger: &str) -> Vec<u8> {
    botsieve(["ledger", "export", "--ledger", ledger]).ends_with(0).out
}

fn run(args: &[&str], ledger: &str) -> Duration {
    let begin = Instant::now();
    botsieve([args, &["--ledger", ledger, "-q"]].concat()).ends_with(0);
    begin.elapsed()
}

/// Starts a change of a ledger and ends it after a while; was it acknowledged?
fn ended(args: &[&str], ledger: &str, takes: &mut Duration, chance: &mut SplitMix64) -> bool {
    let child = command([args, &["--ledger", ledger, "-q"]].concat()).spawn().expect("starts");
    let (name, number) = *chance.pick(&SIGNALS);
    // As often near its end, where it writes.
    let share = if chance.below(2) == 0 { chance.share() } else { 0.6 + 0.5 * chance.share() };
    std::thread::sleep(takes.mul_f64(share));
    signal(child.id(), name);
    let ended = Ended::wait(child);
    match ended.signal() {
        Some(by) => assert_eq!(by, number, "{}", ended.err),
        None => assert!(ended.status.success(), "{:?}: {}", ended.status, ended.err),
    }
    // It is not the same while others run: found out as it goes.
    *takes = takes.mul_f64(if ended.signal().is_none() { 0.95 } else { 1.03 });
    ended.signal().is_none()
}

/// A file of many decisions.
fn decisions(folder: &Scratch, name: &str, from: u64, many: u64) -> String {
    let row = |n: u64| format!("{},decide,skip,2024-01-01,row {n} of an older table\n", 1_000 + n);
    let rows: String = (from..from + many).map(row).collect();
    folder.write(name, format!("id,kind,value,at,why\n{rows}"))
}

/// A copy of a ledger that nobody has open, without a log beside it.
fn copy(from: &str, to: &str) {
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{to}{ending}"));
    }
    std::fs::copy(from, to).expect("copies");
}

#[test]
fn import_is_killed() {
    let folder = Scratch::new();
    let (ledger, before) = (folder.path("our.ledger"), folder.path("before.ledger"));
    run(&["ledger", "import", &decisions(&folder, "old.csv", 0, 500)], &before);
    let table = decisions(&folder, "new.csv", 500, 4_000);
    let import = ["ledger", "import", &table, "--who", "anna"];
    copy(&before, &ledger);
    let mut takes = run(&import, &ledger);
    let (old, new) = (export(&before), export(&ledger));
    let mut chance = chance("kill-import");
    let mut count = Count::of("kill-import", "`ledger import` into a ledger killed", COMMAND);
    while count.tried() < (kills() * 14).div_ceil(100) {
        copy(&before, &ledger);
        let acknowledged = ended(&import, &ledger, &mut takes, &mut chance);
        assert_sound(&ledger);
        let found = export(&ledger);
        assert!(found == new || found == old && !acknowledged, "half an import");
        if acknowledged {
            count.note(BEFORE, 1);
        } else {
            count.add(if found == new { "all of it stands" } else { "nothing of it stands" });
        }
        // Done again, it is whole, whatever was left.
        run(&import, &ledger);
        assert!(export(&ledger) == new);
    }
}

#[test]
fn the_first_import_is_killed_while_it_makes_the_ledger() {
    let folder = Scratch::new();
    let ledger = folder.path("our.ledger");
    let table = decisions(&folder, "new.csv", 0, 50);
    let import = ["ledger", "import", &table, "--who", "anna"];
    let mut takes = run(&import, &ledger);
    let whole = export(&ledger);
    let mut chance = chance("kill-first");
    let mut count = Count::of("kill-first", "`ledger import` that makes the ledger killed", COMMAND);
    let remove =
        || ["", "-wal", "-shm"].iter().for_each(|end| drop(std::fs::remove_file(format!("{ledger}{end}"))));
    while count.tried() < (kills() * 8).div_ceil(100) {
        remove();
        let acknowledged = ended(&import, &ledger, &mut takes, &mut chance);
        let there = std::path::Path::new(&ledger).exists();
        if there {
            assert_sound(&ledger);
            let found = export(&ledger);
            assert!(found == whole || !acknowledged && found.iter().filter(|b| **b == b'\n').count() == 1);
        }
        assert!(there || !acknowledged);
        match (acknowledged, there) {
            (true, _) => count.note(BEFORE, 1),
            (_, true) => count.add("a whole ledger is there"),
            (_, false) => count.add("no ledger is there yet"),
        }
        run(&import, &ledger);
        assert!(export(&ledger) == whole);
    }
    remove();
    run(&import, &ledger);
    assert_eq!(folder.names(), ["new.csv", "our.ledger"]);
}

#[test]
fn forget_is_killed() {
    let folder = Scratch::new();
    let (ledger, before) = (folder.path("our.ledger"), folder.path("before.ledger"));
    run(&["ledger", "import", &decisions(&folder, "old.csv", 0, 3_000)], &before);
    let forget = ["ledger", "forget", "1005"];
    copy(&before, &ledger);
    let mut takes = run(&forget, &ledger);
    let (old, new) = (export(&before), export(&ledger));
    assert!(old != new);
    let mut chance = chance("kill-forget");
    let mut count = Count::of("kill-forget", "`ledger forget` killed, `VACUUM` among it", COMMAND);
    while count.tried() < (kills() * 6).div_ceil(100) {
        copy(&before, &ledger);
        let acknowledged = ended(&forget, &ledger, &mut takes, &mut chance);
        assert_sound(&ledger);
        let found = export(&ledger);
        assert!(found == new || found == old && !acknowledged, "another person is gone, or half of one");
        if acknowledged {
            count.note(BEFORE, 1);
        } else {
            count.add(if found == new { "the person is gone" } else { "the person stands, with all events" });
        }
    }
}

#[test]
fn single_decisions_are_killed() {
    let folder = Scratch::new();
    let ledger = folder.path("our.ledger");
    let mut takes = run(&["ledger", "decide", "id:first", "skip"], &ledger);
    let mut chance = chance("kill-decide");
    let mut count = Count::of("kill-decide", "`ledger decide` killed", COMMAND);
    let mut acknowledged = vec!["first".to_string()];
    for round in 0.. {
        if count.tried() >= (kills() * 10).div_ceil(100) {
            break;
        }
        let id = format!("a{round}");
        if ended(&["ledger", "decide", &format!("id:{id}"), "spam"], &ledger, &mut takes, &mut chance) {
            acknowledged.push(id.clone());
        }
        assert_sound(&ledger);
        let table = Table::parse(&export(&ledger));
        let found = table.column("id");
        assert!(acknowledged.iter().all(|id| found.contains(&id.as_str())), "{acknowledged:?} and {found:?}");
        let stands = found.contains(&id.as_str());
        match (acknowledged.last() == Some(&id), stands) {
            (true, _) => count.note("ended before the signal, stands", 1),
            (_, true) => count.add("not acknowledged, stands"),
            (_, false) => count.add("not acknowledged, does not stand"),
        }
    }
    count.note("acknowledged and lost", 0);
}
