//! `review` ended at moments of chance while decisions are made: each that was acknowledged stands in the ledger.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::*;
use crate::support::*;

/// One connection to a page's server, as the page keeps it.
pub struct Page {
    stream: BufReader<TcpStream>,
    token: String,
    port: u16,
}

/// Starts a review; the child and its standard output, where the address will stand.
pub fn start(list: &str, ledger: &str) -> (Child, ChildStdout) {
    let mut child =
        command(["review", list, "--ledger", ledger, "--no-open", "--quiet", "--observed-at", "2024-06-01"])
            .spawn()
            .expect("starts");
    let out = child.stdout.take().expect("piped");
    (child, out)
}

impl Page {
    /// `None` where the server ended before it told its address.
    pub fn open(out: &mut BufReader<ChildStdout>) -> Option<Page> {
        let mut line = String::new();
        out.read_line(&mut line).ok()?;
        let (port, token) = line.trim().strip_prefix("http://127.0.0.1:")?.split_once("/#token=")?;
        Page::at(port.parse().expect("a port"), token)
    }

    fn at(port: u16, token: &str) -> Option<Page> {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        Some(Page { stream: BufReader::new(stream), token: token.to_string(), port })
    }

    /// Another connection.
    pub fn again(&self) -> Option<Page> {
        Page::at(self.port, &self.token)
    }

    /// The answer and its status; `None` where the server went away.
    pub fn ask(&mut self, question: &str, body: &Value) -> Option<(u16, Value)> {
        let body = body.to_string();
        let request = format!(
            "POST /api/{question} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             X-Botsieve-Token: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).ok()?;
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let text = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = text.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().ok()?;
            } else if let Some(rest) = text.strip_prefix("content-length: ") {
                length = rest.parse().ok()?;
            } else if text.is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).ok()?;
        Some((status, serde_json::from_slice(&bytes).ok()?))
    }

    pub fn first(&mut self) -> Option<Value> {
        let (status, answer) = self.ask("step", &json!({ "step": "next", "row": null }))?;
        assert_eq!(status, 200, "{answer}");
        Some(answer["account"].clone())
    }

    /// Decides of an account; the answer.
    pub fn decide(&mut self, account: &Value, verdict: &str) -> Option<(u16, Value)> {
        let body = json!({
            "row": account["row"], "change": { "decide": verdict }, "seen": account["past"]["version"], "client": "t",
        });
        self.ask("change", &body)
    }
}

/// Decides until the server goes away: numbers and ids of what was acknowledged.
fn decide_on(mut page: Page, verdict: &str) -> Vec<(i64, String)> {
    let mut acknowledged = Vec::new();
    let Some(mut account) = page.first() else { return acknowledged };
    while !account.is_null() {
        let Some((status, answer)) = page.decide(&account, verdict) else { break };
        assert_eq!(status, 200, "{answer}");
        // Another may have been quicker.
        if answer["kept"] == true {
            let id = account["id"].as_str().expect("an id").to_string();
            acknowledged.push((answer["number"].as_i64().expect("a number"), id));
            account = answer["next"].clone();
        } else {
            let Some(next) = page.first() else { break };
            account = next;
        }
    }
    acknowledged
}

/// Number and id of every event.
pub fn events(ledger: &str) -> HashMap<i64, String> {
    let open = rusqlite::Connection::open(ledger).expect("opens");
    let sql = "SELECT e.number, a.id FROM event e JOIN account a ON a.number = e.account";
    let mut statement = open.prepare(sql).expect("tables");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

#[test]
fn review_is_killed() {
    let folder = Scratch::new();
    let list = list_of(&folder, "list.csv", 3_000);
    let mut ledger = folder.path("0.ledger");
    let mut chance = chance("kill-review");
    let command = "BOTSIEVE_KILLS=1100 BOTSIEVE_SEED=1 cargo test --test faults kill -- --nocapture";
    let mut count = Count::of("kill-review", "`review` killed while two tabs decide", command);
    let (mut acknowledged, mut rounds_here) = (Vec::new(), 0);
    for round in 0..(kills() * 30).div_ceil(100) {
        // Now and then a new one, which the review makes.
        if chance.below(12) == 0 || acknowledged.len() > 2_500 {
            (ledger, acknowledged, rounds_here) = (folder.path(&format!("{round}.ledger")), Vec::new(), 0);
        }
        let (child, out) = start(&list, &ledger);
        let pid = child.id();
        let (name, number) = *chance.pick(&SIGNALS);
        let (early, after) = (chance.below(8) == 0, Duration::from_micros(chance.below(150_000)));
        let killer = |wait: Duration| {
            std::thread::spawn(move || {
                std::thread::sleep(wait);
                signal(pid, name);
            })
        };
        let first = early.then(|| killer(after * 3));
        let mut out = BufReader::new(out);
        let pages = Page::open(&mut out).and_then(|page| Some((page.again()?, page)));
        let killer = first.unwrap_or_else(|| killer(after));
        let before = acknowledged.len();
        if let Some((one, other)) = pages {
            let other = std::thread::spawn(move || decide_on(other, "spam"));
            acknowledged.extend(decide_on(one, "skip"));
            acknowledged.extend(other.join().expect("ends"));
        }
        killer.join().expect("ends");
        let ended = Ended::wait(child);
        rounds_here += 1;
        // By a signal that asks it ends as it does by Ctrl-C, once it serves.
        assert!(
            ended.status.success() || ended.signal() == Some(number),
            "{name}: {:?} {}",
            ended.status,
            ended.err
        );
        if std::path::Path::new(&ledger).exists() {
            assert_sound(&ledger);
        }
        let found = if acknowledged.is_empty() { HashMap::new() } else { events(&ledger) };
        for (number, id) in &acknowledged {
            assert_eq!(
                found.get(number),
                Some(id),
                "change {number} was acknowledged; round {round}, {name}"
            );
        }
        // What was under way may stand, acknowledged or not; nothing else.
        assert!(
            found.len() <= acknowledged.len() + 2 * rounds_here,
            "{} of {}",
            acknowledged.len(),
            found.len()
        );
        count.add(if acknowledged.len() > before {
            "while decisions were made"
        } else {
            "before the first decision"
        });
        count.note("decisions acknowledged", (acknowledged.len() - before) as u64);
    }
    count.note("decisions acknowledged and lost", 0);
    assert!(count.of_kind("decisions acknowledged") > 20, "enough to mean something");
    assert_eq!(temporary(&folder), [""; 0], "{:?}", folder.names());
}

/// The lock that keeps other programs from removing the log stands, also where the review made the ledger.
#[test]
fn the_lock_of_a_ledger_that_was_just_made_holds() {
    use std::os::unix::fs::MetadataExt;
    let folder = Scratch::new();
    let ledger = folder.path("our.ledger");
    let (child, out) = start(FOLLOWERS, &ledger);
    let mut page = Page::open(&mut BufReader::new(out)).expect("serves");
    let account = page.first().expect("answers");
    assert_eq!(page.decide(&account, "skip").expect("answers").0, 200);
    let node = std::fs::metadata(&ledger).expect("made").ino().to_string();
    let locks = std::fs::read_to_string("/proc/locks").expect("Linux");
    let pid = child.id().to_string();
    let held = locks.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.contains(&pid.as_str())
            && words.iter().any(|word| word.rsplit(':').next() == Some(&node) && word.contains(':'))
    });
    signal(child.id(), "TERM");
    assert!(matches!(Ended::wait(child).status.code(), Some(0 | 3)));
    assert!(held, "{locks}");
}
