//! Chance that can be repeated, children that are killed, counts for the table.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Scratch, SplitMix64};
use crate::make_followers;

/// A number from the environment.
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
}

/// Kills in all, dealt out to the commands.
pub fn kills() -> u64 {
    setting("BOTSIEVE_KILLS", 66)
}

/// Damaged files of each kind.
pub fn cases() -> u64 {
    setting("BOTSIEVE_CASES", 24)
}

/// Numbers of chance, the same for the same seed and name.
pub fn chance(name: &str) -> SplitMix64 {
    let seed = setting("BOTSIEVE_SEED", 1);
    SplitMix64(name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)))
}

/// What became of the cases of a fault; written for the table when it is dropped without a panic.
pub struct Count {
    name: &'static str,
    fault: &'static str,
    command: &'static str,
    found: BTreeMap<String, u64>,
    tried: u64,
}

impl Count {
    pub fn of(name: &'static str, fault: &'static str, command: &'static str) -> Count {
        Count { name, fault, command, found: BTreeMap::new(), tried: 0 }
    }

    /// One case, and what became of it.
    pub fn add(&mut self, became: impl Into<String>) {
        self.tried += 1;
        self.note(became, 1);
    }

    /// Something else that was counted.
    pub fn note(&mut self, what: impl Into<String>, many: u64) {
        *self.found.entry(what.into()).or_default() += many;
    }

    pub fn tried(&self) -> u64 {
        self.tried
    }

    pub fn of_kind(&self, what: &str) -> u64 {
        self.found.get(what).copied().unwrap_or(0)
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let found: Vec<String> = self.found.iter().map(|(what, many)| format!("{what}: {many}")).collect();
        println!("{}: {} tried; {}", self.fault, self.tried, found.join(", "));
        let Some(folder) = std::env::var_os("BOTSIEVE_FAULTS") else { return };
        let told = serde_json::json!({
            "fault": self.fault, "tried": self.tried, "found": self.found, "command": self.command,
        });
        let path = Path::new(&folder).join(format!("{}.json", self.name));
        std::fs::write(path, told.to_string()).expect("the folder for the counts can be written");
    }
}

/// A list of made-up followers.
pub fn list_of(folder: &Scratch, name: &str, rows: u64) -> String {
    let mut bytes = Vec::new();
    make_followers::write_csv(&mut bytes, rows, false).expect("memory");
    folder.write(name, bytes)
}

/// The signals that end a run, and their numbers.
pub const SIGNALS: [(&str, i32); 3] = [("KILL", 9), ("INT", 2), ("TERM", 15)];

pub fn signal(pid: u32, name: &str) {
    // It may have ended already.
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

/// What a run that was sent a signal left.
pub struct Ended {
    pub status: ExitStatus,
    pub err: String,
}

impl Ended {
    /// Waits for the end of a child, ten seconds more than any takes.
    #[track_caller]
    pub fn wait(mut child: Child) -> Ended {
        let mut pipe = child.stderr.take().expect("piped");
        let mut out = child.stdout.take();
        let reader = std::thread::spawn(move || {
            let mut err = String::new();
            std::io::Read::read_to_string(&mut pipe, &mut err).map(|_| err)
        });
        let drain =
            std::thread::spawn(move || out.as_mut().map(|out| std::io::copy(out, &mut std::io::sink())));
        let begin = Instant::now();
        let status = loop {
            match child.try_wait().expect("waits") {
                Some(status) => break status,
                None if begin.elapsed() > Duration::from_secs(60) => {
                    let _ = child.kill();
                    panic!("it hangs: {:?}", child.id());
                }
                None => std::thread::sleep(Duration::from_micros(500)),
            }
        };
        let _ = drain.join();
        let err = reader.join().expect("ends").expect("messages are UTF-8");
        assert!(!err.contains("panicked"), "{err}");
        Ended { status, err }
    }

    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }
}

/// Temporary files in a folder.
pub fn temporary(folder: &Scratch) -> Vec<String> {
    folder.names().into_iter().filter(|name| name.starts_with(".botsieve-")).collect()
}

/// `PRAGMA integrity_check`.
#[track_caller]
pub fn assert_sound(ledger: &str) {
    let found: String = rusqlite::Connection::open(ledger)
        .and_then(|open| open.query_row("PRAGMA integrity_check", [], |row| row.get(0)))
        .expect("a ledger");
    assert_eq!(found, "ok", "{ledger}");
}
