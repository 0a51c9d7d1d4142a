//! `review --terminal` in a terminal of tmux: a signal puts the terminal back, a key that is held down decides once.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::*;
use crate::review_kills::events;
use crate::support::*;

const COMMAND: &str = "cargo test --test faults terminal -- --nocapture";

struct Terminal {
    folder: Scratch,
    socket: String,
}

impl Terminal {
    /// `None` where there is no tmux, which is told loudly.
    fn open(name: &str) -> Option<Terminal> {
        if !Command::new("tmux").arg("-V").output().is_ok_and(|done| done.status.success()) {
            eprintln!("!!! SKIPPED: the review in a terminal. tmux is not here.");
            return None;
        }
        let folder = Scratch::new();
        let terminal = Terminal { socket: format!("botsieve-{name}-{}", std::process::id()), folder };
        let (pid, ledger) = (terminal.folder.path("pid"), terminal.ledger());
        let program = env!("CARGO_BIN_EXE_botsieve");
        let inner =
            format!("echo $$ > {pid}; exec {program} review {FOLLOWERS} --terminal --ledger {ledger}");
        let script =
            format!("sh -c '{inner}'; echo ENDED $?; stty -a | grep -o -w -e icanon -e echo; sleep 60");
        let root = repository("").display().to_string();
        terminal.tmux(&["new-session", "-d", "-x", "80", "-y", "24", "-c", &root, &script]);
        terminal.until("302 left");
        Some(terminal)
    }

    fn ledger(&self) -> String {
        self.folder.path("our.ledger")
    }

    fn tmux(&self, args: &[&str]) -> String {
        let done = Command::new("tmux").args(["-L", &self.socket, "-f", "/dev/null"]).args(args).output();
        String::from_utf8_lossy(&done.expect("tmux is there").stdout).into_owned()
    }

    #[track_caller]
    fn until(&self, text: &str) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.tmux(&["capture-pane", "-p"]);
            if screen.contains(text) {
                return screen;
            }
            assert!(begin.elapsed() < Duration::from_secs(15), "{text:?} does not come: {screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn pid(&self) -> u32 {
        std::fs::read_to_string(self.folder.path("pid")).expect("written").trim().parse().expect("a number")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

#[test]
fn a_signal_puts_the_terminal_back() {
    let mut count = Count::of("terminal-signal", "signals during `review --terminal`", COMMAND);
    for name in ["TERM", "INT", "HUP"] {
        let Some(terminal) = Terminal::open(&format!("signal-{name}")) else { return };
        terminal.tmux(&["send-keys", "s"]);
        terminal.until("skip. Kept.");
        signal(terminal.pid(), name);
        let screen = terminal.until("ENDED");
        let screen = if screen.contains("icanon") { screen } else { terminal.until("icanon") };
        // As it ends by q: what was decided is told, the screen is the usual one.
        let words: Vec<&str> = screen.split_whitespace().collect();
        assert!(words.contains(&"icanon") && words.contains(&"echo"), "{screen}");
        assert!(screen.contains("1 decision made here") && !screen.contains("f follow back"), "{screen}");
        assert_eq!(events(&terminal.ledger()).len(), 1);
        count.add("the terminal is put back, the decision stands");
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_review() {
    let mut count = Count::of("terminal-gone", "the window of `review --terminal` closed", COMMAND);
    let Some(terminal) = Terminal::open("gone") else { return };
    terminal.tmux(&["send-keys", "s"]);
    terminal.until("skip. Kept.");
    let status = format!("/proc/{}/stat", terminal.pid());
    terminal.tmux(&["kill-server"]);
    let begin = Instant::now();
    // Nobody may be there to take note of its end.
    while std::fs::read_to_string(&status).is_ok_and(|stat| !stat.contains(") Z")) {
        assert!(begin.elapsed() < Duration::from_secs(10), "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(events(&terminal.ledger()).len(), 1);
    count.add("the program ends, the decision stands");
}

#[test]
fn a_key_that_is_held_down_decides_once() {
    let mut count = Count::of("terminal-held", "a key held down in `review --terminal`", COMMAND);
    let Some(terminal) = Terminal::open("held") else { return };
    let pause = |milliseconds| std::thread::sleep(Duration::from_millis(milliseconds));
    let mut decided = 0;
    for (delay, key) in [(250, "s"), (500, "x"), (900, "l")] {
        terminal.tmux(&["send-keys", key]);
        pause(delay);
        // The keyboard repeats it quickly; all at once is quicker than any.
        terminal.tmux(&["send-keys", key, key, key, key, key, key]);
        pause(400);
        decided += 1;
        assert_eq!(events(&terminal.ledger()).len(), decided, "{key} held, repeated after {delay} ms");
        count.add("one decision");
    }
    // Pressed twice, with a finger: two decisions.
    for _ in 0..2 {
        terminal.tmux(&["send-keys", "p"]);
        pause(450);
    }
    assert_eq!(events(&terminal.ledger()).len(), decided + 2);
    count.add("pressed twice: two decisions");
}
