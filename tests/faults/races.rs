//! Two at once: two writers of one output, two reviews of one ledger, an interrupt while an output is renamed.

use std::io::BufReader;
use std::time::Duration;

use crate::common::*;
use crate::review_kills::{Page, events, start};
use crate::support::*;

const COMMAND: &str = "BOTSIEVE_CASES=400 cargo test --test faults races -- --nocapture";

#[test]
fn two_writers_of_one_output() {
    let folder = Scratch::new();
    let lists = [list_of(&folder, "a.csv", 1_500), list_of(&folder, "b.csv", 1_600)];
    let out = folder.path("scores.csv");
    let args = |list: &str| ["score", list, "-q", "-o", &out].map(str::to_string);
    let whole = lists.each_ref().map(|list| {
        botsieve(args(list)).ends_with(0);
        std::fs::read(&out).expect("reads")
    });
    let names = folder.names();
    let mut chance = chance("races-output");
    let mut count =
        Count::of("races-output", "two writers of one output, one of them killed at times", COMMAND);
    for _ in 0..cases() / 2 {
        let mut children: Vec<_> =
            lists.iter().map(|list| command(args(list)).spawn().expect("starts")).collect();
        let killed = chance.below(3) == 0;
        if killed {
            std::thread::sleep(Duration::from_micros(chance.below(60_000)));
            children[0].kill().expect("kills");
        }
        for (at, child) in children.into_iter().enumerate() {
            let ended = Ended::wait(child);
            assert!(ended.status.success() || killed && at == 0, "{}", ended.err);
        }
        let found = std::fs::read(&out).expect("reads");
        let at = whole.iter().position(|whole| *whole == found).expect("one of the two, whole");
        count.add(if at == 0 { "that of the first, whole" } else { "that of the second, whole" });
        botsieve(args(&lists[1])).ends_with(0);
        assert_eq!(folder.names(), names, "and nothing else");
    }
}

/// As many writers at once as can be, in one folder, each with an output of its own: none takes away what another writes.
#[test]
fn many_writers_in_one_folder() {
    let folder = Scratch::new();
    let list = list_of(&folder, "list.csv", 300);
    let mut count = Count::of("races-folder", "twelve writers at once in one folder, some killed", COMMAND);
    let mut chance = chance("races-folder");
    let one = folder.path("one.csv");
    botsieve(["score", &list, "-q", "-o", &one]).ends_with(0);
    let whole = std::fs::read(&one).expect("reads");
    for _ in 0..cases().div_ceil(12) {
        let children: Vec<_> = (0..12)
            .map(|n| {
                let out = folder.path(&format!("{n}.csv"));
                let mut child = command(["score", &list, "-q", "-o", &out]).spawn().expect("starts");
                let killed = chance.below(3) == 0;
                if killed {
                    std::thread::sleep(Duration::from_micros(chance.below(20_000)));
                    child.kill().expect("kills");
                }
                (child, killed, out)
            })
            .collect();
        for (child, killed, out) in children {
            let ended = Ended::wait(child);
            assert!(ended.status.success() || killed, "{}", ended.err);
            if ended.status.success() {
                assert!(std::fs::read(&out).expect("reads") == whole);
                count.add("whole");
            } else {
                count.add("killed");
            }
            let _ = std::fs::remove_file(out);
        }
        botsieve(["score", &list, "-q", "-o", &one]).ends_with(0);
        assert_eq!(temporary(&folder), [""; 0]);
    }
}

/// The moment of the rename, hit again and again: a loop sends the signal as soon as the temporary file is whole.
#[test]
fn an_interrupt_while_the_output_is_renamed() {
    let folder = Scratch::new();
    let list = list_of(&folder, "list.csv", 40);
    let out = folder.path("scores.csv");
    let args = ["score", &list, "-q", "-o", &out];
    botsieve(args).ends_with(0);
    let whole = std::fs::read(&out).expect("reads");
    let mut chance = chance("races-rename");
    let mut count = Count::of("races-rename", "SIGINT around the rename of a small output", COMMAND);
    for _ in 0..cases() {
        std::fs::write(&out, "old").expect("writes");
        let child = command(args).spawn().expect("starts");
        // `kill` itself takes a millisecond to start.
        let id = child.id();
        while temporary(&folder).is_empty() && std::fs::metadata(&out).is_ok_and(|file| file.len() == 3) {
            std::hint::spin_loop();
        }
        std::thread::sleep(Duration::from_micros(chance.below(1_500)));
        signal(id, "INT");
        let ended = Ended::wait(child);
        let found = std::fs::read(&out).expect("it is there");
        assert!(found == whole || found == b"old" && ended.signal() == Some(2), "{:?}", ended.status);
        assert_eq!(temporary(&folder), [""; 0], "{:?}", ended.status);
        count.add(match (ended.signal(), found == whole) {
            (None, _) => "ended before",
            (_, true) => "interrupted, new file whole",
            (_, false) => "interrupted, old file whole",
        });
    }
}

/// Two reviews of one ledger that is not there yet: both begin it at once.
#[test]
fn two_reviews_of_one_ledger() {
    let folder = Scratch::new();
    let list = list_of(&folder, "list.csv", 400);
    let mut count =
        Count::of("races-reviews", "two reviews that make one ledger at once, one of them killed", COMMAND);
    let mut chance = chance("races-reviews");
    for round in 0..cases().div_ceil(12) {
        let ledger = folder.path(&format!("{round}.ledger"));
        let mut both: Vec<_> = (0..2)
            .map(|_| {
                let (child, out) = start(&list, &ledger);
                let page = Page::open(&mut BufReader::new(out)).expect("serves");
                (child, page)
            })
            .collect();
        let kept: Vec<(i64, String)> = std::thread::scope(|scope| {
            let work: Vec<_> = both
                .iter_mut()
                .map(|(_, page)| {
                    scope.spawn(move || {
                        let mut kept = Vec::new();
                        for _ in 0..12 {
                            let account = page.first().expect("answers");
                            let (status, answer) = page.decide(&account, "skip").expect("answers");
                            assert_eq!(status, 200, "{answer}");
                            if answer["kept"] == true {
                                let id = account["id"].as_str().expect("an id").to_string();
                                kept.push((answer["number"].as_i64().expect("a number"), id));
                            }
                        }
                        kept
                    })
                })
                .collect();
            work.into_iter().flat_map(|work| work.join().expect("ends")).collect()
        });
        let last = chance.below(2) as usize;
        for (at, (mut child, _)) in both.into_iter().enumerate() {
            if at == last {
                child.kill().expect("kills");
                Ended::wait(child);
            } else {
                signal(child.id(), "INT");
                assert!(Ended::wait(child).status.success());
            }
        }
        assert_sound(&ledger);
        let found = events(&ledger);
        assert_eq!(found.len(), kept.len(), "what was acknowledged, and no more");
        for (number, id) in &kept {
            assert_eq!(found.get(number), Some(id));
        }
        let mut ids: Vec<_> = kept.iter().map(|(_, id)| id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), kept.len(), "each account once");
        count.add("all that was acknowledged stands, each account once");
        count.note("decisions", kept.len() as u64);
    }
}
