//! `botsieve segment` from outside.
#![cfg(feature = "ledger")]

mod common;

use common::*;

struct Desk {
    folder: Scratch,
    ledger: String,
}

impl Desk {
    fn new(rows: &str) -> Desk {
        let folder = Scratch::new();
        let ledger = folder.path("our.ledger");
        let table = folder.write("own.csv", format!("id,handle,kind,value\n{rows}"));
        botsieve(["ledger", "import", &table, "--ledger", &ledger, "--who", "anna", "-q"]).ends_with(0);
        Desk { folder, ledger }
    }

    fn decided(&self, more: &[&str]) -> Run {
        botsieve([&["segment", "decided", "--ledger", &self.ledger][..], more].concat())
    }
}

const ROWS: &str = "1,anna_berg,put,press\n1,anna_berg,decide,follow-back\n1,anna_berg,tag,berlin\n\
    2,ben@example.social,put,press\n3,cem,put,press\n3,cem,never,\n4,dana,put,press\n4,dana,decide,spam\n5,,put,press\n";

#[test]
fn lists_that_a_person_made_are_written_in_the_forms_that_others_read() {
    let desk = Desk::new(ROWS);
    let run = desk.decided(&["--list", "press"]).ends_with(0);
    let run = run.says(&["left out: 1 on the never list", "left out: 1 decided to be spam", "3 accounts"]);
    let table = Table::parse(&run.out);
    assert_eq!(table.column("id"), ["1", "2", "5"]);
    assert_eq!((table.column("tags")[0], table.column("decision")[0]), ("berlin", "follow-back"));
    let run =
        desk.decided(&["--list", "press", "--format", "handles"]).ends_with(3).says(&["id 5", "ledger seen"]);
    assert_eq!(run.text(), "anna_berg\nben@example.social\n");
    let run =
        desk.decided(&["--list", "press", "--format", "mastodon", "--host", "example.org"]).ends_with(3);
    assert_eq!(run.text(), "press,anna_berg@example.org\npress,ben@example.social\n");
    desk.decided(&["--list", "press", "--format", "mastodon"]).ends_with(3).says(&["--host"]);
    // An address book is read back by the program itself.
    let book = desk.folder.path("book.csv");
    let args = ["--decision", "follow-back", "--format", "mastodon", "--host", "example.org", "-o", &book];
    desk.decided(&args).ends_with(0).says(&["Mastodon follows the accounts", "1 account in"]);
    assert_eq!(std::fs::read_to_string(&book).unwrap(), "Account address\nanna_berg@example.org\n");
    botsieve(["inspect", &book, "--strict"]).ends_with(0);
    assert_eq!(desk.decided(&["--tag", "berlin", "--format", "handles"]).ends_with(0).text(), "anna_berg\n");
}

#[test]
fn hostile_handles_never_become_a_formula_or_a_second_line() {
    let desk = Desk::new(
        "1,\"=cmd|' /C calc'!A0\",put,press\n2,\"x\ny\",put,press\n3,-1,put,press\n4,good,put,press\n",
    );
    for format in ["handles", "mastodon"] {
        let run =
            desk.decided(&["--list", "press", "--format", format, "--host", "example.org"]).ends_with(3);
        assert!(run.text().lines().count() == 1 && run.text().contains("good"), "{}", run.text());
        assert!(run.err.contains("no handle of any network") && !run.err.contains("x\ny"));
    }
    let table = Table::parse(&desk.decided(&["--list", "press"]).ends_with(0).out);
    assert!(table.column("screen_name").iter().any(|name| name.starts_with("'=cmd")));
    let odd = Desk::new("1,good,put,=1+1\n");
    let run = odd.decided(&["--list", "=1+1", "--format", "mastodon", "--host", "example.org"]).ends_with(0);
    assert_eq!(run.text(), "'=1+1,good@example.org\n");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let desk = Desk::new(ROWS);
    desk.decided(&["--list", "radio"]).ends_with(1).says(&["nobody is on the list \"radio\"", "press"]);
    desk.decided(&[]).ends_with(2).says(&["--list", "--tag", "--decision"]);
    desk.decided(&["--list", "press", "--tag", "x"]).ends_with(2);
    desk.decided(&["--decision", "spam"]).ends_with(2);
    desk.decided(&["--list", "press", "--host", "=x"]).ends_with(2);
}

fn older(folder: &Scratch) -> String {
    // All but the first forty.
    let table = followers();
    let older = Table { rows: table.rows[40..].to_vec(), ..table };
    folder.write("older.csv", older.bytes())
}

#[test]
fn new_followers_to_thank_are_without_the_spam_band_and_say_so() {
    let folder = Scratch::new();
    let older = older(&folder);
    let run = botsieve(["segment", "thank", FOLLOWERS, "--new-since", &older]).ends_with(0);
    let table = Table::parse(&run.out);
    let bands = table.column("band");
    assert!(!bands.is_empty() && !bands.contains(&"spam"));
    let all = botsieve(["screen", FOLLOWERS, "--new-since", &older, "--format", "csv", "-q"]).ends_with(0);
    let all = Table::parse(&all.out);
    let spam = all.column("band").iter().filter(|band| **band == "spam").count();
    assert_eq!(all.rows.len(), bands.len() + spam);
    assert!(spam > 0, "the sample has some");
    run.says(&[&format!("{spam} in the spam band"), "262 not new", "open the profiles one by one"]);
    botsieve(["segment", "thank", FOLLOWERS]).ends_with(2).says(&["--new-since OLDER"]);
    botsieve(["segment", "thank", FOLLOWERS, "--new-since", &older, "--format", "mastodon"]).ends_with(2);
}

#[test]
fn who_engages_is_listed_but_for_spam_and_the_never_list() {
    let desk = Desk::new("9100000000011665776,josh86,never,\n");
    let counts = ["--engagement", "data/engagement/counts.csv"];
    let args = [&["segment", "engage", FOLLOWERS, "--format", "handles"][..], &counts].concat();
    let run = botsieve(&args).ends_with(0).says(&["1 in the spam band"]);
    assert_eq!(run.text(), "josh86\nvkulkarni\nolgakoval\n");
    let run = botsieve([&args[..], &["--ledger", &desk.ledger, "--decided"]].concat()).ends_with(0);
    assert_eq!(run.text(), "vkulkarni\nolgakoval\n", "never is never");
    botsieve(["segment", "engage", FOLLOWERS]).ends_with(2).says(&["--engagement FILE"]);
}
