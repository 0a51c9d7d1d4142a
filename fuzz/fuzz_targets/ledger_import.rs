#![no_main]
mod shared;

use std::path::PathBuf;
use std::sync::OnceLock;

use botsieve::account::Timestamp;
use botsieve::screen::ledger::{Changes, Imported, Ledger};

/// A new ledger; a copy of an empty one, which is made once.
fn fresh(name: &str) -> Ledger {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    let empty = EMPTY.get_or_init(|| {
        let path: PathBuf = shared::path("empty.ledger");
        drop(Ledger::open_or_make(&path).expect("room for a ledger"));
        std::fs::read(&path).expect("a ledger that was made")
    });
    let path = shared::file(name, empty);
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(shared::path(&format!("{name}{end}")));
    }
    Ledger::open(&path).expect("a ledger that was copied")
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("a time")
}

fn export(ledger: &Ledger) -> Vec<u8> {
    let mut bytes = Vec::new();
    let events = ledger.export(&mut bytes).expect("what is in the ledger can be exported");
    assert_eq!(events, ledger.events().expect("events").len() as u64);
    bytes
}

fn accounted(done: &Imported) {
    assert_eq!(done.added + done.undone + done.known, done.rows, "rows in = rows out");
}

/// Imports bytes into a new ledger. What is taken is exported, known when it comes again, and the same ledger when it is
/// imported into another.
fn import(bytes: &[u8]) {
    let read = |bytes, who| Changes::read(bytes, "fuzz", who, now());
    let changes = match read(bytes, "anna") {
        Ok(changes) => changes,
        Err(error) => return shared::harmless(&error.to_string()),
    };
    let mut ledger = fresh("a.ledger");
    let done = match ledger.import(changes) {
        Ok(done) => done,
        Err(error) => {
            assert!(ledger.events().expect("events").is_empty(), "all or nothing");
            return shared::harmless(&error.to_string());
        }
    };
    accounted(&done);
    let events = ledger.events().expect("events");
    assert_eq!(events.len() as u64, done.added);
    let exported = export(&ledger);
    let same = ledger.import(read(&exported, "ben").expect("its own export")).expect("its own export");
    accounted(&same);
    assert_eq!((same.added, same.undone), (0, 0), "it has all of it");
    assert_eq!(export(&ledger), exported);
    let mut copy = fresh("b.ledger");
    let copied = copy.import(read(&exported, "ben").expect("an export")).expect("an export");
    accounted(&copied);
    assert_eq!(copied.added, done.added);
    assert_eq!(copy.events().expect("events"), events);
    assert_eq!(copy.entries().expect("entries"), ledger.entries().expect("entries"));
    assert_eq!(export(&copy), exported);
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    import(bytes);
    // Behind headers that are known: that of an export, and the least.
    for head in [
        &b"change,at,who,id,handle,kind,value,until,why,handle_then,p_bot,band,prevalence,model,model_sha256,\
           followers,following,posts,observed_at,undone_at,undone_by\n"[..],
        b"kind,value,id,handle\n",
        b"handle,kind,value,at,undone_at\nanna,tag,a,2026-01-01,\n",
    ] {
        import(&[head, bytes].concat());
    }
});
