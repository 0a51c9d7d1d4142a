//! `botsieve review` from outside: who may ask the page's server, what it answers, what stays after a kill.
#![cfg(all(feature = "review", unix))]

mod common;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use common::*;
use serde_json::{Value, json};

/// A running `botsieve review`.
struct Server {
    child: Child,
    port: u16,
    token: String,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

fn review(list: &str, ledger: &str, more: &[&str]) -> Command {
    command([&["review", list, "--ledger", ledger], more].concat())
}

impl Server {
    fn start(list: &str, ledger: &str, more: &[&str]) -> Server {
        let mut all = vec!["--no-open", "--quiet"];
        all.extend(more);
        Server::of(review(list, ledger, &all))
    }

    fn of(mut command: Command) -> Server {
        let mut child = command.spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("an address");
        let (port, token) = line
            .trim()
            .strip_prefix("http://127.0.0.1:")
            .and_then(|rest| rest.split_once("/#token="))
            .unwrap_or_else(|| panic!("an address: {line:?}"));
        Server { port: port.parse().expect("a port"), token: token.to_string(), child }
    }

    /// Sends bytes and reads the answer to its end.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connects");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("sets");
        // Who is refused may be cut off while it still sends.
        let _ = stream.write_all(bytes);
        read_answer(&mut BufReader::new(stream)).unwrap_or_else(|| Answer {
            status: 0,
            head: String::new(),
            body: Vec::new(),
        })
    }

    /// A request as the page makes it, with other headers where they are given.
    fn request(&self, method: &str, path: &str, other: &[(&str, Option<&str>)], body: &str) -> Vec<u8> {
        let host = format!("127.0.0.1:{}", self.port);
        let origin = format!("http://{host}");
        let length = body.len().to_string();
        let mut headers = vec![
            ("Host", host.as_str()),
            ("Origin", &origin),
            ("Sec-Fetch-Site", "same-origin"),
            ("Content-Type", "application/json"),
            ("X-Botsieve-Token", &self.token),
            ("Content-Length", &length),
        ];
        for (name, value) in other {
            headers.retain(|(known, _)| known != name);
            headers.extend(value.map(|value| (*name, value)));
        }
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        text.push_str("Connection: close\r\n\r\n");
        text.push_str(body);
        text.into_bytes()
    }

    fn send(&self, method: &str, path: &str, other: &[(&str, Option<&str>)], body: &str) -> Answer {
        self.raw(&self.request(method, path, other, body))
    }

    /// Asks as the page does.
    fn ask(&self, question: &str, body: &Value) -> Answer {
        self.send("POST", &format!("/api/{question}"), &[], &body.to_string())
    }

    #[track_caller]
    fn ok(&self, question: &str, body: &Value) -> Value {
        let answer = self.ask(question, body);
        assert_eq!(answer.status, 200, "{question} {body}: {}", answer.text());
        answer.json()
    }

    #[track_caller]
    fn decide(&self, account: &Value, verdict: &str) -> Value {
        self.ok(
            "change",
            &json!({
                "row": account["row"], "change": { "decide": verdict }, "seen": account["past"]["version"],
                "client": "test",
            }),
        )
    }

    #[track_caller]
    fn first(&self) -> Value {
        self.ok("step", &json!({ "step": "next", "row": null }))["account"].clone()
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(done.expect("kill is there").success());
    }

    /// Ends it; what it said on standard error, and its exit code.
    fn end(mut self, signal: &str) -> (String, Option<i32>) {
        self.signal(signal);
        let mut err = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
        (err, self.child.wait().expect("ends").code())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_answer(stream: &mut impl BufRead) -> Option<Answer> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, head, body: Vec::new() };
    let length = answer.header("content-length")?.parse().ok()?;
    answer.body.resize(length, 0);
    // The answer to HEAD has a length and nothing of it.
    if stream.read_exact(&mut answer.body).is_err() {
        answer.body.clear();
    }
    Some(answer)
}

/// A ledger in a folder of its own.
fn desk() -> (Scratch, String) {
    let folder = Scratch::new();
    let ledger = folder.path("our.ledger");
    (folder, ledger)
}

/// Changes in a ledger: number, id, kind, value, by whom, taken back.
fn events(ledger: &str) -> Vec<HashMap<String, String>> {
    let run = botsieve(["ledger", "export", "--ledger", ledger]).ends_with(0);
    let table = Table::parse(&run.out);
    let named = |row: &Vec<String>| table.header.iter().cloned().zip(row.iter().cloned()).collect();
    table.rows.iter().map(named).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn the_server_listens_on_loopback_only() {
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &[]);
    let mut found = Vec::new();
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        for line in text.lines().skip(1) {
            let mut cells = line.split_whitespace().skip(1);
            let (address, state) = (cells.next().unwrap_or_default(), cells.nth(1).unwrap_or_default());
            // 0A is LISTEN.
            if state == "0A" && address.ends_with(&format!(":{:04X}", server.port)) {
                found.push(address.to_string());
            }
        }
    }
    assert_eq!(found, [format!("0100007F:{:04X}", server.port)], "127.0.0.1 and nothing else");
    assert_eq!(server.ask("start", &json!({})).status, 200);
}

/// Expected status, method, path, other headers, body.
type Case<'c> = (u16, &'c str, &'c str, &'c [(&'c str, Option<&'c str>)], &'c str);

/// Who asks wrongly gets this status, and changes nothing.
#[track_caller]
fn refused(cases: &[Case<'_>]) {
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &[]);
    let row = server.first()["row"].clone();
    let change =
        json!({ "row": row, "change": { "decide": "spam" }, "seen": [0, 0], "client": "t" }).to_string();
    for (status, method, path, headers, body) in cases {
        let body = if *body == "CHANGE" { &change } else { *body };
        let answer = server.send(method, path, headers, body);
        assert_eq!(answer.status, *status, "{method} {path} {headers:?}: {}", answer.text());
        assert!(!answer.text().contains("karimmansour"), "nothing of the list is told");
    }
    assert!(!std::path::Path::new(&ledger).exists(), "nothing was decided");
    assert_eq!(server.decide(&server.first(), "skip")["kept"], true, "and it still works");
}

#[test]
fn another_host_is_refused() {
    let api = "/api/change";
    refused(&[
        (421, "POST", api, &[("Host", Some("evil.example"))], "CHANGE"),
        (421, "POST", api, &[("Host", Some("127.0.0.1.evil.example"))], "CHANGE"),
        (421, "POST", api, &[("Host", Some("127.0.0.1"))], "CHANGE"),
        (421, "POST", api, &[("Host", Some("127.0.0.1:1"))], "CHANGE"),
        (421, "POST", api, &[("Host", None)], "CHANGE"),
        (421, "GET", "/", &[("Host", Some("evil.example"))], ""),
        (421, "POST", "http://evil.example/api/change", &[], "CHANGE"),
    ]);
}

#[test]
fn another_origin_is_refused() {
    let api = "/api/change";
    refused(&[
        (403, "POST", api, &[("Origin", Some("http://evil.example"))], "CHANGE"),
        (403, "POST", api, &[("Origin", Some("null"))], "CHANGE"),
        (403, "POST", api, &[("Origin", Some("http://127.0.0.1:1"))], "CHANGE"),
        (403, "POST", api, &[("Origin", Some(""))], "CHANGE"),
        (403, "POST", api, &[("Sec-Fetch-Site", Some("cross-site"))], "CHANGE"),
        // Another port of this machine is the same site.
        (403, "POST", api, &[("Sec-Fetch-Site", Some("same-site"))], "CHANGE"),
        (403, "GET", "/", &[("Sec-Fetch-Site", Some("cross-site"))], ""),
        (403, "GET", "/page/main.js", &[("Origin", Some("http://evil.example"))], ""),
    ]);
    // https of the same name is another origin too.
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &[]);
    let origin = format!("https://127.0.0.1:{}", server.port);
    assert_eq!(server.send("POST", "/api/start", &[("Origin", Some(&origin))], "{}").status, 403);
}

#[test]
fn no_token_and_a_wrong_token_are_refused() {
    const TOKEN: &str = "X-Botsieve-Token";
    let wrong = "0".repeat(64);
    let long = "a".repeat(4000);
    for question in ["start", "pulse", "list", "account", "step", "change", "undo"] {
        let path = format!("/api/{question}");
        refused(&[
            (401, "POST", &path, &[(TOKEN, None)], "CHANGE"),
            (401, "POST", &path, &[(TOKEN, Some(""))], "CHANGE"),
            (401, "POST", &path, &[(TOKEN, Some(&wrong))], "CHANGE"),
            (401, "POST", &path, &[(TOKEN, Some(&long))], "CHANGE"),
            (401, "POST", &path, &[(TOKEN, None), ("Cookie", Some("botsieve=1"))], "CHANGE"),
        ]);
    }
    // That of another start is none of this one.
    let (_folder, ledger) = desk();
    let one = Server::start(FOLLOWERS, &ledger, &[]);
    let two = Server::start(FOLLOWERS, &ledger, &[]);
    assert_ne!(one.token, two.token);
    assert_eq!(one.send("POST", "/api/start", &[(TOKEN, Some(&two.token))], "{}").status, 401);
    assert_eq!(one.token.len(), 64);
}

#[test]
fn other_methods_paths_and_kinds_are_refused() {
    let api = "/api/change";
    let mut cases: Vec<Case<'_>> = Vec::new();
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"] {
        cases.push((405, method, api, &[], ""));
    }
    for method in ["POST", "PUT", "HEAD", "OPTIONS"] {
        cases.push((405, method, "/", &[], ""));
    }
    for path in [
        "/page/index.html",
        "/page/",
        "/page/../../Cargo.toml",
        "/page/%2e%2e/Cargo.toml",
        "/api/",
        "/api/forget",
        "/api/decide_all",
        "//",
        "/favicon.ico",
        "/?token=1",
        "/page/main.js?x",
    ] {
        cases.push((404, "GET", path, &[], ""));
    }
    cases.push((404, "POST", "/api/bulk", &[], "{}"));
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let headers: &[(&str, Option<&str>)] = Box::leak(Box::new([("Content-Type", Some(kind))]));
        cases.push((415, "POST", api, headers, "CHANGE"));
    }
    for body in [
        "",
        "x",
        "[]",
        "{}",
        r#"{"row":[1,2],"change":{"decide":"spam"},"seen":[0,0],"client":"t"}"#,
        r#"{"rows":[1,2],"change":{"decide":"spam"},"seen":[0,0],"client":"t"}"#,
        r#"{"row":1,"change":{"decide":"everybody"},"seen":[0,0],"client":"t"}"#,
        r#"{"row":1,"change":{"decide":"spam"},"client":"t"}"#,
        r#"{"row":1,"change":{"decide":"spam","tag":"x"},"seen":[0,0],"client":"t"}"#,
        r#"{"row":1,"change":{"forget":"x"},"seen":[0,0],"client":"t"}"#,
        r#"{"row":1,"change":{"decide":"spam"},"seen":[0,0],"client":"t","all":true}"#,
    ] {
        cases.push((400, "POST", api, &[], body));
    }
    cases.push((
        404,
        "POST",
        api,
        &[],
        r#"{"row":999999,"change":{"decide":"spam"},"seen":[0,0],"client":"t"}"#,
    ));
    refused(&cases);
}

#[test]
fn bodies_and_heads_that_are_too_large_are_refused() {
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &[]);
    let large = format!("{{\"once\":\"{}\"}}", "x".repeat(200_000));
    assert_eq!(server.send("POST", "/api/start", &[], &large).status, 413);
    // Without a length, in pieces.
    let mut chunked = server.request(
        "POST",
        "/api/start",
        &[("Content-Length", None), ("Transfer-Encoding", Some("chunked"))],
        "",
    );
    for _ in 0..30 {
        chunked.extend_from_slice(b"2000\r\n");
        chunked.extend_from_slice(&[b' '; 0x2000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(server.raw(&chunked).status, 413);
    let head = "x".repeat(100_000);
    assert_eq!(server.send("POST", "/api/start", &[("X-Long", Some(&head))], "{}").status, 431);
    let garbage = server.raw(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n");
    assert!(matches!(garbage.status, 0 | 400), "{}", garbage.status);
    // A note as long as the ledger takes fits, with every letter escaped.
    let account = server.first();
    let note = "\u{e9}".repeat(10_000);
    let body = json!({ "row": account["row"], "change": { "note": note }, "seen": [0, 0], "client": "t" });
    let escaped: String = body
        .to_string()
        .chars()
        .map(|c| if c == '\u{e9}' { "\\u00e9".to_string() } else { c.to_string() })
        .collect();
    assert_eq!(server.send("POST", "/api/change", &[], &escaped).status, 200);
}

#[test]
fn slow_clients_are_cut_off_and_keep_nobody_out_for_good() {
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &[]);
    let begin = Instant::now();
    let slow: Vec<TcpStream> = (0..80)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("connects");
            stream.write_all(b"POST /api/start HTTP/1.1\r\nHost: ").expect("writes");
            stream
        })
        .collect();
    assert_eq!(server.ask("start", &json!({})).status, 200);
    assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
    drop(slow);
}

#[test]
fn every_answer_has_the_headers_and_the_policy_allows_nothing_inline() {
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &[]);
    let none: &[(&str, Option<&str>)] = &[];
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/page/main.js", 200),
        ("GET", "/page/style.css", 200),
        ("GET", "/page/icon.svg", 200),
        ("POST", "/api/start", 200),
        ("GET", "/nothing", 404),
        ("PUT", "/", 405),
    ] {
        let answer = server.send(method, path, none, "{}");
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("set-cookie"), None);
    }
    // The page itself has nothing inline, and nothing from elsewhere.
    let page = server.send("GET", "/", none, "").text();
    assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" onclick"), "{page}");
    assert!(!page.contains("http:") && !page.contains("https:"), "{page}");
    for name in ["main.js", "server.js", "dom.js", "account.js", "list.js", "dialogs.js"] {
        let script = server.send("GET", &format!("/page/{name}"), none, "").text();
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "http:",
        ] {
            assert!(!script.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_address_for_the_opener_works_once() {
    let folder = Scratch::new();
    // Stands in for the program that opens a browser: keeps the address.
    let opener = folder.write("xdg-open", "#!/bin/sh\nprintf %s \"$1\" > \"$BOTSIEVE_TEST.part\"\nmv \"$BOTSIEVE_TEST.part\" \"$BOTSIEVE_TEST\"\n");
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let told = folder.path("told");
    let mut command = review(FOLLOWERS, &folder.path("l"), &["--quiet"]);
    let paths = format!("{}:{}", folder.path(""), std::env::var("PATH").unwrap());
    command.env("PATH", paths).env("DISPLAY", ":9").env("BOTSIEVE_TEST", &told);
    let server = Server::of(command);
    let end = Instant::now() + Duration::from_secs(20);
    while !std::path::Path::new(&told).exists() {
        assert!(Instant::now() < end, "the opener was called");
        std::thread::sleep(Duration::from_millis(20));
    }
    let address = std::fs::read_to_string(&told).unwrap();
    assert!(!address.contains(&server.token), "arguments of a program can be seen by others");
    let once = address.split_once("/#once=").expect("a ticket").1;
    let enter = |once: &str| {
        let body = json!({ "once": once }).to_string();
        server.send("POST", "/api/enter", &[("X-Botsieve-Token", None)], &body)
    };
    assert_eq!(enter(&"0".repeat(64)).status, 401);
    assert_eq!(enter(once).json()["token"], server.token.as_str());
    assert_eq!(enter(once).status, 401, "it was used");
    assert_eq!(server.ask("start", &json!({})).status, 200, "the printed address still works");
}

#[test]
fn hostile_texts_come_out_as_harmless_json() {
    let (folder, ledger) = desk();
    let long = "x".repeat(10_000);
    let zalgo = "Z\u{300}\u{301}\u{302}".repeat(3_000);
    let texts = [
        "<script>alert(1)</script>",
        "\"'`><img src=x onerror=alert(1)>",
        "=HYPERLINK(\"http://evil.example\")",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\u{202e}txt.exe\u{202c} \u{2066}x\u{2069}",
        "a\u{200b}b\u{feff}c\u{ad}d\u{e0041}",
        "\u{1b}[31mred\u{7}\u{9b}2J",
        "javascript:alert(1)",
        "../../etc/passwd",
        "x\u{2028}y\u{2029}z",
        "]]>--><!--",
        &long,
        &zalgo,
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["id", "screen_name", "name", "description", "location", "url", "network"]).unwrap();
    for (at, text) in texts.iter().enumerate() {
        let id = (at + 1).to_string();
        writer.write_record([id.as_str(), text, text, text, text, text, "x"]).unwrap();
    }
    let list = folder.write("hostile.csv", writer.into_inner().unwrap());
    let server = Server::start(&list, &ledger, &["--instance", "social.example"]);
    let title = server.ask("start", &json!({}));
    assert_harmless(&title.text());
    for row in 1..=texts.len() {
        let answer = server.ask("account", &json!({ "row": row }));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        assert_harmless(&answer.text());
        // What the page's JSON.parse makes of it is harmless too, but for the line feeds of a bio.
        fn strings(value: &Value, out: &mut Vec<String>) {
            match value {
                Value::String(text) => out.push(text.clone()),
                Value::Array(all) => all.iter().for_each(|one| strings(one, out)),
                Value::Object(all) => all.values().for_each(|one| strings(one, out)),
                _ => {}
            }
        }
        let account = answer.json()["account"].clone();
        let mut all = Vec::new();
        strings(&account, &mut all);
        all.iter().for_each(|text| assert_harmless(text));
        assert_eq!(account["link"], Value::Null, "{}", account["called"]);
        assert!(account["name"].as_str().unwrap().chars().count() <= 60);
        assert!(account["bio"].as_str().unwrap().chars().count() <= 20_010);
        assert!(answer.body.len() < 200_000, "{} bytes", answer.body.len());
    }
    let listed = server.ask("list", &json!({ "most": 200 }));
    assert_harmless(&listed.text());
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), texts.len());
    let found = server.ok("account", &json!({ "row": 1 }));
    assert_eq!(found["account"]["bio"], "<script>alert(1)</script>", "nothing is lost");
    // A hostile name of who decides, a tag, a note.
    let bad = json!({ "row": 1, "change": { "tag": "a\u{202e}b" }, "seen": [0, 0], "client": "t" });
    assert_eq!(server.ask("change", &bad).status, 422, "a tag that is not what it seems is refused");
    let note =
        json!({ "row": 1, "change": { "note": "\u{202e}<b>\u{1b}[1m" }, "seen": [0, 0], "client": "t" });
    let kept = server.ask("change", &note);
    assert_eq!(kept.status, 200, "{}", kept.text());
    assert_harmless(&kept.text());
    assert_eq!(kept.json()["account"]["past"]["notes"][0]["text"], "\\u{202e}<b>\\u{1b}[1m");
}

#[test]
fn a_decision_is_in_the_ledger_undo_is_exact_and_a_restart_goes_on() {
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &["--who", "anna"]);
    let first = server.first();
    assert!(!std::path::Path::new(&ledger).exists(), "made at the first decision");
    let answer = server.decide(&first, "follow-back");
    assert_eq!(answer["kept"], true);
    assert_eq!(answer["account"]["past"]["decision"]["verdict"], "follow-back");
    assert_eq!(answer["account"]["past"]["decision"]["by"], "anna");
    assert_ne!(answer["next"]["row"], first["row"]);
    assert_eq!(answer["progress"]["decided"], 1);
    let found = events(&ledger);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0]["id"].as_str(), found[0]["value"].as_str()),
        (first["id"].as_str().unwrap(), "follow-back")
    );
    assert_eq!(found[0]["p_bot"].parse::<f64>().unwrap(), first["p_bot"].as_f64().unwrap());
    assert!(!found[0]["model_sha256"].is_empty() && found[0]["observed_at"].starts_with("2020-09-01"));
    // Undo by number, then of nothing.
    let undone = server.ok("undo", &json!({ "number": answer["number"], "client": "test" }));
    assert_eq!(undone["account"]["row"], first["row"]);
    assert_eq!(undone["account"]["past"]["decision"], Value::Null);
    assert_eq!(undone["progress"]["left"], 302);
    assert_eq!(server.ask("undo", &json!({ "client": "test" })).status, 422);
    assert!(!events(&ledger)[0]["undone_at"].is_empty());
    // What stood before an undone decision stands again.
    let now = server.decide(&undone["account"], "skip")["account"].clone();
    let now = server.decide(&now, "spam")["account"].clone();
    assert_eq!(now["past"]["decision"]["verdict"], "spam");
    let undone = server.ok("undo", &json!({ "client": "test" }));
    assert_eq!(undone["account"]["past"]["decision"]["verdict"], "skip");
    let (_, code) = server.end("INT");
    assert_eq!(code, Some(0));
    let server = Server::start(FOLLOWERS, &ledger, &["--who", "anna"]);
    let start = server.ok("start", &json!({}));
    assert_eq!((&start["progress"]["decided"], &start["progress"]["left"]), (&json!(1), &json!(301)));
    assert_ne!(server.first()["row"], first["row"], "who is decided is out of the way");
    let all = server.ok("list", &json!({ "filter": { "show": "decided" } }));
    assert_eq!((&all["total"], &all["items"][0]["verdict"]), (&json!(1), &json!("skip")));
}

#[test]
fn a_reason_goes_with_a_decision_and_with_a_mark() {
    let (_folder, ledger) = desk();
    let server = Server::start(FOLLOWERS, &ledger, &["--who", "anna"]);
    let mut account = server.first();
    for (change, kind, at, hostile) in [
        (json!({ "mark": "keep" }), "keep", "mark", "a friend"),
        (json!({ "decide": "spam" }), "decide", "decision", "<b>says</b> \u{202e}the same"),
    ] {
        let body = json!({
            "row": account["row"], "change": change, "why": hostile, "seen": account["past"]["version"],
            "client": "test",
        });
        let answer = server.ok("change", &body);
        assert_eq!(answer["kept"], true, "{answer}");
        account = answer["account"].clone();
        let shown = account["past"][at]["why"].as_str().unwrap();
        assert_eq!(shown, hostile.replace('\u{202e}', "\\u{202e}"), "shown, and harmless");
        let event = events(&ledger).into_iter().next_back().unwrap();
        assert_eq!((event["kind"].as_str(), event["who"].as_str()), (kind, "anna"));
        assert!(event["why"].contains("friend") || event["why"].contains("the same"), "{event:?}");
    }
}

#[test]
fn the_same_account_on_two_rows_is_decided_once() {
    let (folder, ledger) = desk();
    let list =
        folder.write("twice.csv", format!("{HEADER}\n{GOOD}\n{GOOD}\n,no_id,,,1,2,3,4,,\n,,,,,,,,,\n"));
    let server = Server::start(&list, &ledger, &[]);
    let progress = server.ok("start", &json!({}))["progress"].clone();
    assert_eq!((&progress["of"], &progress["nameless"]), (&json!(3), &json!(1)));
    let answer = server.decide(&server.ok("account", &json!({ "row": 1 }))["account"], "skip");
    assert_eq!(answer["progress"]["decided"], 2, "both rows are the same account");
    let nobody = server.ok("account", &json!({ "row": 4 }))["account"].clone();
    assert_eq!(nobody["stand"], "nobody");
    let change = json!({ "row": 4, "change": { "decide": "spam" }, "seen": [0, 0], "client": "t" });
    assert_eq!(server.ask("change", &change).status, 422);
}

#[test]
fn two_servers_on_one_ledger_overwrite_nothing_unseen() {
    let (_folder, ledger) = desk();
    let anna = Server::start(FOLLOWERS, &ledger, &["--who", "anna"]);
    let ben = Server::start(FOLLOWERS, &ledger, &["--who", "ben"]);
    let (hers, his) = (anna.first(), ben.first());
    assert_eq!(hers["row"], his["row"]);
    let revision = anna.ok("start", &json!({}))["revision"].clone();
    assert_eq!(ben.decide(&his, "spam")["kept"], true);
    // She has not heard of it yet, and decides.
    let answer = anna.decide(&hers, "follow-back");
    assert_eq!(answer["kept"], false, "{answer}");
    assert_eq!(answer["account"]["past"]["decision"]["by"], "ben");
    assert_eq!(answer["next"], Value::Null, "she stays where she is");
    let values = |events: Vec<HashMap<String, String>>| {
        events.into_iter().map(|event| (event["who"].clone(), event["value"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(values(events(&ledger)), [("ben".to_string(), "spam".to_string())]);
    // Now she knows, and means it.
    assert_eq!(anna.decide(&answer["account"], "follow-back")["kept"], true);
    assert_eq!(events(&ledger).len(), 2);
    // She is told of what he does next.
    let next = ben.first();
    ben.decide(&next, "skip");
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let news = anna.ok("pulse", &json!({ "since": revision }))["news"].clone();
        let told = |one: &Value| one["row"] == next["row"] && one["now"] == "decided by ben: skip";
        if news.as_array().expect("kept").iter().any(told) {
            break;
        }
        assert!(Instant::now() < end, "{news}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(anna.ok("account", &json!({ "row": next["row"] }))["account"]["stand"], "decided");
    // An undo of his own is seen too; hers stays.
    ben.ok("undo", &json!({ "client": "b" }));
    while anna.ok("pulse", &json!({ "since": 0 }))["progress"]["decided"] != 1 {
        assert!(Instant::now() < end + Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
    }
    // A third program forgets somebody.
    let id = hers["id"].as_str().unwrap();
    botsieve(["ledger", "forget", id, "--ledger", &ledger]);
    let end = Instant::now() + Duration::from_secs(10);
    while anna.ok("pulse", &json!({ "since": 0 }))["progress"]["decided"] != 0 {
        assert!(Instant::now() < end, "who was forgotten is undecided");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn both_at_once_never_decide_the_same_account_twice() {
    let (_folder, ledger) = desk();
    let servers = ["anna", "ben"].map(|who| Server::start(FOLLOWERS, &ledger, &["--who", who]));
    let kept: Vec<Vec<i64>> = std::thread::scope(|scope| {
        let work = servers.iter().map(|server| {
            scope.spawn(move || {
                let mut kept = Vec::new();
                let mut account = server.first();
                for _ in 0..60 {
                    let answer = server.decide(&account, "skip");
                    if answer["kept"] == true {
                        kept.push(answer["number"].as_i64().expect("a number"));
                    }
                    account = server.first();
                }
                kept
            })
        });
        work.collect::<Vec<_>>().into_iter().map(|thread| thread.join().expect("ends")).collect()
    });
    let found = events(&ledger);
    assert_eq!(found.len(), kept.iter().map(Vec::len).sum::<usize>(), "what was acknowledged, and no more");
    let mut ids: Vec<_> = found.iter().map(|event| &event["id"]).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), found.len(), "each account once");
    assert!(kept.iter().all(|kept| kept.len() > 5), "both got something done: {kept:?}");
}

#[test]
fn killed_again_and_again_it_loses_nothing_that_it_acknowledged() {
    let (_folder, ledger) = desk();
    let mut acknowledged: Vec<(i64, String)> = Vec::new();
    for round in 0..12_u64 {
        let server = Server::start(FOLLOWERS, &ledger, &[]);
        let (port, pid) = (server.port, server.child.id());
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(40 + 17 * round));
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        });
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).expect("connects"));
        let mut ask = |question: &str, body: Value| -> Option<Value> {
            let request = server.request("POST", &format!("/api/{question}"), &[], &body.to_string());
            let request = String::from_utf8(request).ok()?.replace("Connection: close\r\n", "");
            stream.get_mut().write_all(request.as_bytes()).ok()?;
            serde_json::from_slice(&read_answer(&mut stream)?.body).ok()
        };
        let mut account = ask("step", json!({ "step": "next", "row": null }));
        let mut next = account.take().map(|answer| answer["account"].clone());
        while let Some(account) = next.take().filter(|account| !account.is_null()) {
            let body = json!({
                "row": account["row"], "change": { "decide": "skip" }, "seen": account["past"]["version"], "client": "t",
            });
            let Some(answer) = ask("change", body) else { break };
            assert_eq!(answer["kept"], true);
            acknowledged
                .push((answer["number"].as_i64().unwrap(), account["id"].as_str().unwrap().to_string()));
            next = Some(answer["next"].clone());
        }
        killer.join().expect("ends");
        drop(server);
        if acknowledged.is_empty() {
            continue;
        }
        let found: HashMap<i64, String> = events(&ledger)
            .into_iter()
            .map(|event| (event["change"].parse().unwrap(), event["id"].clone()))
            .collect();
        for (number, id) in &acknowledged {
            assert_eq!(found.get(number), Some(id), "change {number} was acknowledged, in round {round}");
        }
        // What was under way may be there, acknowledged or not; nothing else.
        assert!(found.len() <= acknowledged.len() + round as usize + 1);
    }
    assert!(acknowledged.len() > 20, "enough were made to mean something: {}", acknowledged.len());
}

#[test]
fn who_is_in_the_queue() {
    let (folder, ledger) = desk();
    for handle in ["@karimmansour", "@thekarimm"] {
        botsieve([
            "ledger",
            "decide",
            handle,
            "skip",
            FOLLOWERS,
            "--ledger",
            &ledger,
            "--look-again",
            "2026-01-01",
        ])
        .ends_with(0);
    }
    botsieve(["ledger", "decide", "@SalmaBennis", "skip", FOLLOWERS, "--ledger", &ledger]).ends_with(0);
    let progress = |more: &[&str]| {
        let server = Server::start(FOLLOWERS, &ledger, more);
        server.ok("start", &json!({}))["progress"].clone()
    };
    let all = progress(&["--as-of", "2026-02-01"]);
    assert_eq!((&all["of"], &all["decided"], &all["due"]), (&json!(302), &json!(1), &json!(2)));
    let before = progress(&["--as-of", "2025-12-31"]);
    assert_eq!((&before["decided"], &before["due"]), (&json!(3), &json!(0)));
    assert_eq!(progress(&["--due", "--as-of", "2026-02-01"])["of"], 2);
    let some = progress(&["--limit", "5", "--as-of", "2026-02-01"]);
    assert_eq!(
        (&some["left"], &some["decided"]),
        (&json!(5), &json!(1)),
        "five left, and who is decided among them"
    );
    assert_eq!(progress(&["--where", "band=spam"])["of"], 36);
    // Due and no longer on the list: nobody to look at, but told.
    let text = std::fs::read_to_string(repository(FOLLOWERS)).unwrap();
    let rows: Vec<&str> = text.lines().filter(|row| !row.contains(",karimmansour,")).collect();
    let without = folder.write("without.csv", rows.join("\n"));
    let server = Server::start(&without, &ledger, &["--due", "--as-of", "2026-02-01"]);
    let start = server.ok("start", &json!({}));
    let gone = start["gone"].as_array().unwrap();
    assert_eq!((gone.len(), &start["gone_more"], &start["progress"]["of"]), (1, &json!(0), &json!(1)));
    assert!(gone[0].as_str().unwrap().starts_with("@karimmansour (skip by "), "{gone:?}");
    drop(server);
    let server = Server::start(FOLLOWERS, &ledger, &["--decided"]);
    let start = server.ok("start", &json!({}));
    assert_eq!(start["show"], "all");
    assert_eq!(start["gone"], json!([]));
    assert_eq!(start["look_again"]["pending"], 30);
    drop(server);
    let server = Server::start(FOLLOWERS, &ledger, &["--order", "bots"]);
    let first = server.first();
    let second = server.ok("step", &json!({ "step": "next", "row": first["row"] }))["account"].clone();
    assert!(first["p_bot"].as_f64() >= second["p_bot"].as_f64());
    let spam = server.ok("list", &json!({ "filter": { "band": "spam", "kind": "none" }, "most": 200 }));
    assert!(
        spam["items"].as_array().unwrap().iter().all(|one| one["band"] == "spam" && one["kind"].is_null())
    );
    drop(server);
    // No account at all.
    let empty = folder.write("empty.csv", "id,screen_name,followers_count\n");
    let server = Server::start(&empty, &ledger, &[]);
    assert_eq!(server.first(), Value::Null);
}

#[test]
fn ctrl_c_ends_it_and_says_where_everything_is() {
    let (_folder, ledger) = desk();
    for signal in ["INT", "TERM"] {
        let server = Server::of(review(FOLLOWERS, &ledger, &["--no-open"]));
        server.decide(&server.first(), "skip");
        let (err, code) = server.end(signal);
        assert_eq!(code, Some(0), "{err}");
        assert!(err.contains("1 decision made here; everything is in /"), "{err}");
        assert!(err.contains("our.ledger"), "{err}");
    }
    let server = Server::of(review(FOLLOWERS, &ledger, &["--no-open"]));
    let taken = server.port.to_string();
    botsieve(["review", FOLLOWERS, "--ledger", &ledger, "--no-open", "--port", &taken])
        .ends_with(1)
        .says(&["cannot serve the page on 127.0.0.1", &taken]);
}

#[test]
fn what_is_no_ledger_is_refused_before_the_page() {
    let folder = Scratch::new();
    let not = folder.write("not.ledger", "not a ledger at all");
    botsieve(["review", FOLLOWERS, "--ledger", &not, "--no-open"]).ends_with(1).says(&["is no ledger"]);
    botsieve(["review", "nowhere.csv", "--no-open"]).ends_with(1).says(&["nowhere.csv"]);
    botsieve(["review", FOLLOWERS, "--instance", "http://x/"]).ends_with(2);
    // In a pipe there is no terminal to review in.
    botsieve(["review", FOLLOWERS, "--terminal", "--ledger", &not]).ends_with(1).says(&["terminal"]);
}

#[test]
fn the_help_reads_as_it_did() {
    let run = botsieve(["review", "--help"]).ends_with(0);
    assert!(run.text().lines().all(|line| line.chars().count() <= 100), "a line is too long");
    insta::assert_snapshot!("help", run.text());
}

#[test]
fn who_engages_comes_first_and_it_is_said() {
    let folder = Scratch::new();
    let counts = "data/engagement/counts.csv";
    let server = Server::start(FOLLOWERS, &folder.path("l"), &["--engagement", counts]);
    let list = server.ok("list", &json!({ "filter": { "show": "left" }, "most": 200 }));
    let engaged: Vec<bool> =
        list["items"].as_array().unwrap().iter().map(|one| one["engaged"].as_bool().unwrap()).collect();
    let many = engaged.iter().filter(|engaged| **engaged).count();
    assert!(
        many > 1 && engaged[..many].iter().all(|engaged| *engaged),
        "first, and nobody else: {engaged:?}"
    );
    let first = server.ok("account", &json!({ "row": list["items"][0]["row"] }))["account"].clone();
    assert!(first["engagement"].as_str().unwrap().contains("you"), "{first}");
    let other = server.ok("account", &json!({ "row": list["items"][many]["row"] }))["account"].clone();
    assert!(other["engagement"].is_null());
}
