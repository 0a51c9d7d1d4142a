//! `botsieve ledger`, and what the ledger means for `botsieve screen`, from outside.
#![cfg(feature = "ledger")]

mod common;

use common::*;

/// A ledger in a folder of its own.
struct Desk {
    folder: Scratch,
    ledger: String,
}

impl Desk {
    fn new() -> Desk {
        let folder = Scratch::new();
        let ledger = folder.path("our.ledger");
        Desk { folder, ledger }
    }

    /// Runs `botsieve ledger` as anna.
    fn run(&self, args: &[&str]) -> Run {
        self.run_as("anna", args)
    }

    fn run_as(&self, who: &str, args: &[&str]) -> Run {
        let mut all = vec!["ledger"];
        all.extend(args);
        all.extend(["--ledger", &self.ledger]);
        if ["decide", "tag", "put", "note", "keep", "never", "lift", "undo", "seen", "import"]
            .contains(&args[0])
        {
            all.extend(["--who", who]);
        }
        botsieve(all)
    }

    fn export(&self) -> Table {
        Table::parse(&self.run(&["export"]).ends_with(0).out)
    }

    /// The queue of a file with this ledger.
    fn queue(&self, file: &str, more: &[&str]) -> Table {
        let mut args = vec!["screen", file, "--ledger", &self.ledger, "--format", "csv", "-q", "-m", SMALL];
        args.extend(more);
        Table::parse(&botsieve(args).ends_with(0).out)
    }
}

fn list(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

const ANNA: &str = "11,anna_berg,Anna Berg,Maps and tea,120,300,4000,900,2012-03-04,2020-09-01";
const BEN: &str = "12,ben_ode,Ben Ode,Boats,80,310,900,100,2014-03-04,2020-09-01";
const CEM: &str = "13,cem_kara,Cem Kara,Win a FREE phone,3,1999,2,0,2020-08-04,2020-09-01";

#[test]
fn a_decision_is_kept_with_its_score_and_hides_the_account_until_its_date() {
    let desk = Desk::new();
    let file = desk.folder.write("spring.csv", list(&[ANNA, BEN, CEM]));
    let args = [
        "decide",
        "@Anna_Berg",
        "follow-back",
        &file,
        "--why",
        "met in Lisbon",
        "--look-again",
        "2030-01-01",
    ];
    let run = desk.run(&args).ends_with(0).says(&["made the ledger", "our.ledger"]);
    assert!(
        run.text().contains("@anna_berg (id 11): follow-back, look again on 2030-01-01"),
        "{}",
        run.text()
    );
    let show = desk.run(&["show", "11"]).ends_with(0);
    for part in ["by anna", "met in Lisbon", "p_bot 0.", "model default", "120 followers", "as of 2020-09-01"]
    {
        assert!(show.text().contains(part), "{part} is not in {}", show.text());
    }
    let score = Table::parse(&botsieve(["score", &file]).ends_with(0).out);
    let kept: f64 = desk.export().column("p_bot")[0].parse().unwrap();
    let scored: f64 = score.column("p_bot")[0].parse().unwrap();
    assert!((kept - scored).abs() < 1e-6, "the score of that moment: {kept}, {scored}");

    let day_before = desk.queue(&file, &["--as-of", "2029-12-31"]);
    assert_eq!(day_before.rows.len(), 2, "hidden");
    assert!(!day_before.column("screen_name").contains(&"anna_berg"));
    let with = desk.queue(&file, &["--as-of", "2029-12-31", "--decided"]);
    assert_eq!(with.rows.len(), 3);
    let at = with.column("id").iter().position(|id| *id == "11").unwrap();
    assert_eq!(with.column("standing")[at], "decided");
    assert_eq!((with.column("decision")[at], with.column("decided_by")[at]), ("follow-back", "anna"));
    assert_eq!(with.column("standing").iter().filter(|standing| **standing == "open").count(), 2);
    assert_eq!(desk.queue(&file, &["--as-of", "2030-01-01"]).rows.len(), 3, "its day has come");
    let text = botsieve(["screen", &file, "--ledger", &desk.ledger, "--as-of", "2029-01-01"]).ends_with(0);
    assert!(text.text().contains("Left out of the queue: 1 decided. It has 2."), "{}", text.text());
    assert!(text.text().contains("3 accounts: 3 scored"), "the summary is of the whole list");
}

#[test]
fn due_shows_what_changed_since_and_who_is_gone() {
    let desk = Desk::new();
    let spring = desk.folder.write("spring.csv", list(&[ANNA, BEN, CEM]));
    for who in ["11", "12", "13"] {
        desk.run(&["decide", who, "skip", &spring, "--look-again", "2027-05-01", "-m", SMALL]).ends_with(0);
    }
    desk.run(&["decide", "12", "skip", &spring, "--look-again", "never", "-m", SMALL]).ends_with(0);
    let renamed = "11,anna_hill,Anna Berg,Maps and tea,5000,300,4100,900,2012-03-04,2021-09-01";
    let autumn = desk.folder.write("autumn.csv", list(&[renamed, BEN]));
    assert_eq!(desk.queue(&autumn, &["--due", "--as-of", "2027-04-30"]).rows.len(), 0, "nobody is due yet");
    let due = desk.queue(&autumn, &["--due", "--as-of", "2027-05-01"]);
    assert_eq!(due.column("id"), ["11", "13"], "Ben is never to be looked at again, Cem is gone");
    assert_eq!(due.column("standing"), ["due", "gone"]);
    assert_eq!(due.column("row"), ["1", ""]);
    assert_eq!(due.column("place"), ["1", "2"]);
    let changed = due.column("changed")[0];
    for part in ["renamed from @anna_berg", "followers 120 then, 5,000 now", "posts 4,000 then, 4,100 now"] {
        assert!(changed.contains(part), "{part} is not in {changed}");
    }
    assert!(!changed.contains("following"), "what is the same is not told: {changed}");
    let run = botsieve(["screen", &autumn, "--ledger", &desk.ledger, "--due", "--as-of", "2027-05-01"])
        .ends_with(0);
    for part in [
        "skip by anna on",
        "changed since: renamed from @anna_berg",
        "by another model",
        "Due and gone from the list",
        "@cem_kara",
    ] {
        assert!(run.text().contains(part), "{part} is not in {}", run.text());
    }
    let listed = desk.run(&["due", "--as-of", "2027-05-01"]).ends_with(0);
    assert!(listed.text().ends_with("2 accounts of 3 in the ledger\n"), "{}", listed.text());
}

#[test]
fn a_rename_keeps_the_decision_and_a_taken_over_handle_does_not_inherit_it() {
    let desk = Desk::new();
    let spring = desk.folder.write("spring.csv", list(&[ANNA, BEN]));
    desk.run(&["decide", "@anna_berg", "spam", &spring, "--look-again", "never"]).ends_with(0);
    let autumn = desk.folder.write(
        "autumn.csv",
        list(&[
            "11,anna_hill,Anna,,1,2,3,4,2012-03-04,2021-09-01",
            "99,anna_berg,Somebody Else,,1,2,3,4,2021-03-04,2021-09-01",
        ]),
    );
    assert_eq!(desk.queue(&autumn, &[]).column("id"), ["99"], "the id decides, not the handle");
    desk.run(&["show", "@anna_hill"]).ends_with(1).says(&["knows nothing of @anna_hill"]);
    let seen = desk.run(&["seen", &autumn]).ends_with(0);
    assert!(seen.text().contains("@anna_berg is now @anna_hill (id 11)"), "{}", seen.text());
    let show = desk.run(&["show", "@anna_hill"]).ends_with(0);
    assert!(show.text().starts_with("@anna_hill (id 11), before @anna_berg\n"), "{}", show.text());
    desk.run(&["show", "@anna_berg"]).ends_with(1);
    assert!(desk.run(&["seen", &autumn]).ends_with(0).text().contains("0 renamed"), "told once");
}

#[test]
fn an_account_known_by_its_handle_gets_its_id_with_all_that_was_said_of_it() {
    let desk = Desk::new();
    let handles = desk.folder.write("handles.txt", "screen_name\n@anna_berg\nben_ode\n");
    desk.run(&["decide", "@anna_berg", "skip", &handles]).ends_with(0).says(&["by its handle alone"]);
    desk.run(&["tag", "anna_berg", "press"]).ends_with(0);
    let spring = desk.folder.write("spring.csv", list(&[ANNA, BEN]));
    assert_eq!(desk.queue(&spring, &[]).column("id"), ["12"], "found by its handle");
    let run = desk.run(&["note", "@anna_berg", "a word"]).ends_with(0);
    assert!(run.err.contains("by its handle alone"));
    let run = desk.run(&["seen", &spring]).ends_with(0);
    assert!(
        run.text().contains("1 account of the list in the ledger: 0 renamed, 1 with an id now"),
        "{}",
        run.text()
    );
    assert_eq!(desk.export().column("id"), ["11"; 3]);
    let show = desk.run(&["show", "11"]).ends_with(0);
    assert!(show.text().contains("tags     press") && show.text().contains("a word"), "{}", show.text());
}

#[test]
fn undo_takes_back_one_change_at_a_time_and_only_ones_own() {
    let desk = Desk::new();
    desk.run(&["decide", "11", "skip"]).ends_with(0);
    desk.run(&["decide", "11", "spam"]).ends_with(0);
    desk.run_as("ben", &["decide", "12", "list"]).ends_with(0);
    let run = desk.run(&["undo"]).ends_with(0);
    assert!(
        run.text().contains("taken back: change 2") && run.text().contains("decision skip by anna"),
        "{}",
        run.text()
    );
    desk.run(&["undo", "2"]).ends_with(1).says(&["change 2 was taken back on", "by anna"]);
    let run = desk.run(&["undo"]).ends_with(0);
    assert!(
        run.text().contains("taken back: change 1") && run.text().contains("decision none"),
        "{}",
        run.text()
    );
    desk.run(&["undo"]).ends_with(1).says(&["no change left to take back", "--anyone"]);
    desk.run(&["undo", "77"]).ends_with(1).says(&["there is no change 77"]);
    let run = desk.run(&["undo", "--anyone"]).ends_with(0);
    assert!(run.text().contains("change 3") && run.text().contains("taken back by anna"), "{}", run.text());
    assert_eq!(desk.export().rows.len(), 3, "the history keeps what was taken back");
    assert!(desk.run(&["list"]).ends_with(0).text().starts_with("0 accounts of 0"));
    for (change, undone) in [(&["tag", "11", "press"], "tags"), (&["put", "11", "vips"], "lists")] {
        assert!(desk.run(change).ends_with(0).text().contains(change[2]));
        assert!(desk.run(change).ends_with(0).text().contains("nothing to change"));
        assert!(desk.run(&["show", "11"]).ends_with(0).text().contains(undone));
        desk.run(&["undo", "--account", "11"]).ends_with(0);
        let show = desk.run(&["show", "11"]).ends_with(0);
        assert!(!show.text().contains(&format!("  {undone} ")), "{}", show.text());
    }
}

#[test]
fn keep_and_never_hide_until_they_expire_or_are_lifted() {
    let desk = Desk::new();
    let file = desk.folder.write("spring.csv", list(&[ANNA, BEN, CEM]));
    desk.run(&["keep", "11", "--why", "a friend"]).ends_with(0);
    desk.run(&["never", "@ben_ode", "--until", "2030-01-01"]).ends_with(0);
    assert_eq!(desk.queue(&file, &["--as-of", "2029-12-31"]).column("id"), ["13"]);
    let mut ids = desk.queue(&file, &["--as-of", "2030-01-01"]).column("id").join(" ");
    assert!(ids == "12 13" || ids == "13 12", "{ids}");
    let run = botsieve(["screen", &file, "--ledger", &desk.ledger, "--as-of", "2029-01-01"]).ends_with(0);
    assert!(run.text().contains("Left out of the queue: 1 on the keep list, 1 on the never list. It has 1."));
    assert!(desk.run(&["list", "--never", "--as-of", "2029-01-01"]).ends_with(0).text().contains("@ben_ode"));
    assert!(
        !desk.run(&["list", "--never", "--as-of", "2031-01-01"]).ends_with(0).text().contains("@ben_ode")
    );
    desk.run(&["lift", "11"]).ends_with(0);
    ids = desk.queue(&file, &["--as-of", "2029-12-31"]).column("id").join(" ");
    assert!(ids.contains("11"), "{ids}");
    let run = desk.run(&["keep", "11", "--until", "90"]).ends_with(2);
    run.says(&["a date like 2027-01-31", "90d"]);
}

#[test]
fn list_filters() {
    let desk = Desk::new();
    desk.run(&["decide", "11", "list"]).ends_with(0);
    desk.run(&["put", "11", "vips"]).ends_with(0);
    desk.run_as("ben", &["decide", "12", "spam", "--why", "=cmd|' /C calc'!A0"]).ends_with(0);
    desk.run(&["tag", "12", "scam"]).ends_with(0);
    let ids = |filter: &[&str]| {
        let mut args = vec!["list", "--format", "csv"];
        args.extend(filter);
        let table = Table::parse(&desk.run(&args).ends_with(0).out);
        assert_no_formula(&table, &["why"]);
        table.column("id").join(" ")
    };
    assert_eq!(ids(&[]), "11 12");
    assert_eq!(ids(&["--decision", "spam"]), "12");
    assert_eq!(ids(&["--on", "vips"]), "11");
    assert_eq!(ids(&["--tag", "scam"]), "12");
    assert_eq!(ids(&["--by", "anna"]), "11");
    assert_eq!(ids(&["--by", "anna", "--tag", "scam"]), "", "all must hold");
}

/// Bytes of the ledger and of its log.
fn raw(desk: &Desk) -> Vec<u8> {
    let mut bytes = std::fs::read(&desk.ledger).unwrap();
    for more in ["-wal", "-shm", "-journal"] {
        bytes.extend(std::fs::read(format!("{}{more}", desk.ledger)).unwrap_or_default());
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn forget_leaves_nothing_of_a_person_in_the_bytes() {
    let desk = Desk::new();
    let file = desk
        .folder
        .write("spring.csv", list(&["7770001,zorba_quux,Zorba,,1,2,3,4,2012-03-04,2020-09-01", ANNA]));
    desk.run(&["decide", "zorba_quux", "spam", &file, "--why", "sells wigglewax"]).ends_with(0);
    desk.run(&["tag", "zorba_quux", "wigglewax"]).ends_with(0);
    desk.run(&["note", "zorba_quux", &"wigglewax ".repeat(900)]).ends_with(0);
    desk.run(&["undo"]).ends_with(0);
    let later =
        desk.folder.write("later.csv", list(&["7770001,zorba_new,Zorba,,1,2,3,4,2012-03-04,2021-09-01"]));
    desk.run(&["seen", &later]).ends_with(0);
    desk.run(&["note", "11", "knows @Zorba_Quux well"]).ends_with(0);
    desk.run(&["decide", "11", "skip", &file]).ends_with(0);
    let traces = ["zorba_quux", "zorba_new", "7770001", "wigglewax"];
    for trace in traces {
        assert!(holds(&raw(&desk), trace), "{trace} was there");
    }
    // One who has it open without reading keeps the log from going away, not from being emptied.
    let open = rusqlite::Connection::open(&desk.ledger).unwrap();
    let _: i64 = open.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    let run = desk.run(&["forget", "@zorba_new"]).ends_with(0);
    assert!(run.text().contains("forgotten: one account with 4 changes"), "{}", run.text());
    assert!(run.text().contains("words still name it: 5."), "{}", run.text());
    for trace in traces {
        assert!(!holds(&raw(&desk), trace), "{trace} is still in the bytes");
    }
    drop(open);
    assert!(holds(&raw(&desk), "Zorba_Quux"), "the note on another account is left to a person");
    desk.run(&["forget", "--change", "5"]).ends_with(0);
    assert!(!holds(&raw(&desk), "Zorba_Quux"));
    assert_eq!(desk.export().column("id"), ["11"]);
    desk.run(&["forget", "@zorba_new"]).ends_with(1).says(&["knows nothing of @zorba_new"]);
}

#[test]
fn forget_says_when_another_reader_keeps_the_old_pages() {
    let desk = Desk::new();
    desk.run(&["note", "7770001", "wigglewax"]).ends_with(0);
    let open = rusqlite::Connection::open(&desk.ledger).unwrap();
    open.execute_batch("BEGIN; SELECT count(*) FROM event").unwrap();
    let _: i64 = open.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    let run = desk.run(&["forget", "7770001"]).ends_with(1);
    run.says(&["it is removed, but another program has the ledger open", "our.ledger-wal"]);
    drop(open);
    assert_eq!(desk.export().rows.len(), 0);
    assert!(!holds(&raw(&desk), "wigglewax"), "the log went with the last reader");
}

#[test]
fn an_export_read_into_an_empty_ledger_is_the_same_ledger() {
    let desk = Desk::new();
    let file = desk.folder.write("spring.csv", list(&[ANNA, BEN, CEM]));
    let nasty = [
        "=HYPERLINK(\"http://x\")",
        "'=1+1",
        "'tis fine",
        "two\nlines, \"quoted\"",
        "bidi \u{202e}txt.exe and zero\u{200b}width",
        "\\u{202e} as typed, C:\\new",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "é 漢字 😀",
        "\r\n",
        "＝1",
    ];
    for text in nasty {
        desk.run(&["decide", "@anna_berg", "skip", &file, "--why", text]).ends_with(0);
        // A name of an option may stand in front: what begins with a hyphen comes behind --.
        if !text.trim().is_empty() {
            let who = ["ledger", "note", "--ledger", &desk.ledger, "--who", "anna", "--", "12", text];
            botsieve(who).ends_with(0);
        }
    }
    desk.run(&["undo", "3"]).ends_with(0);
    desk.run(&["never", "13", "--until", "2030-01-01", "--why", "asked"]).ends_with(0);
    desk.run(&["put", "@nobody_else", "vips"]).ends_with(0);
    desk.run(&["forget", "13"]).ends_with(0);
    let first = desk.folder.path("first.csv");
    desk.run(&["export", "-o", &first]).ends_with(0);
    let bytes = std::fs::read(&first).unwrap();
    let table = Table::parse(&bytes);
    assert_no_formula(&table, &["who", "id", "handle", "value", "why", "handle_then", "undone_by"]);
    assert_harmless(std::str::from_utf8(&bytes).unwrap());

    let other = Desk { folder: Scratch::new(), ledger: desk.folder.path("other.ledger") };
    let run = other.run(&["import", &first]).ends_with(0);
    assert!(run.text().contains(&format!("{0} changes read: {0} added", table.rows.len())), "{}", run.text());
    assert!(other.run(&["export"]).ends_with(0).out == bytes, "the same table, byte for byte");
    for account in ["11", "12", "@nobody_else"] {
        assert_eq!(desk.run(&["show", account]).out, other.run(&["show", account]).out);
    }
    let again = other.run(&["import", &first]).ends_with(0);
    assert!(again.text().contains("0 added, 0 taken back"), "{}", again.text());
    assert!(other.run(&["export"]).ends_with(0).out == bytes);
}

#[test]
fn two_ledgers_become_one_by_their_exports() {
    let (one, two) = (Desk::new(), Desk::new());
    one.run(&["decide", "11", "skip"]).ends_with(0);
    let table = one.folder.path("one.csv");
    one.run(&["export", "-o", &table]).ends_with(0);
    two.run_as("ben", &["import", &table]).ends_with(0);
    two.run_as("ben", &["decide", "12", "spam"]).ends_with(0);
    two.run_as("ben", &["undo", "1"]).ends_with(0);
    let back = two.folder.path("two.csv");
    two.run(&["export", "-o", &back]).ends_with(0);
    let run = one.run(&["import", &back]).ends_with(0);
    assert!(run.text().contains("2 changes read: 1 added, 1 taken back, 0 known already"), "{}", run.text());
    assert_eq!(one.export(), two.export());
}

#[test]
fn a_table_of_ones_own_can_be_imported() {
    let desk = Desk::new();
    let table = desk.folder.write(
        "old.csv",
        "handle,kind,value,at,why\n@anna_berg,decide,Follow Back,2024-03-01,from the old sheet\nanna_berg,tag,press,,\n",
    );
    desk.run(&["import", &table]).ends_with(0);
    let show = desk.run(&["show", "anna_berg"]).ends_with(0);
    assert!(
        show.text().contains("follow-back by anna on 2024-03-01, never to be looked at again"),
        "{}",
        show.text()
    );
    assert!(show.text().contains("tags     press"), "{}", show.text());
}

#[test]
fn an_import_that_is_wrong_somewhere_changes_nothing_and_says_where() {
    let cases = [
        (
            "id,kind,value\n1,decide,skip\n2,decide,maybe\n",
            &["row 2 (line 3)", "column value", "\"maybe\"", "follow-back"][..],
        ),
        (
            "id,kind,value\n1,decide,skip\n2,adopt,x\n",
            &["row 2 (line 3)", "column kind", "\"adopt\"", "take-off"],
        ),
        ("id,kind,value\n,decide,skip\n", &["row 1 (line 2)", "column id", "handle"]),
        ("id,kind,value,at\n1,decide,skip,03/04/2024\n", &["column at", "03/04/2024", "2015-10-17"]),
        ("id,kind,value,p_bot\n1,decide,skip,7\n", &["column p_bot", "from 0 to 1"]),
        ("id,kind,value,band\n1,decide,skip,human\n", &["column band", "genuine"]),
        ("id,kind,value,followers\n1,decide,skip,many\n", &["column followers", "whole number"]),
        (
            "change,id,kind,value\n1,1,decide,skip\n1,2,decide,skip\n",
            &["row 2", "column change", "of its own"],
        ),
        ("id,kind,value,shoe\n1,decide,skip,44\n", &["column \"shoe\"", "columns out of"]),
        ("id,value\n1,skip\n", &["id, value", "at least kind"]),
        ("id,kind,value\n1,tag,press\n1,tag\n", &["row 2", "2 cells", "3 cells"]),
        ("id,kind,value\n1,tag,\n", &["column value", "not empty"]),
        ("id,kind,value,undone_by\n1,tag,x,ben\n", &["column undone_by"]),
        ("id,kind,value\n9.1E+18,decide,spam\n", &["column id", "9.1E+18", "a spreadsheet rounded this one"]),
    ];
    for (table, parts) in cases {
        let desk = Desk::new();
        desk.run(&["tag", "5", "x"]).ends_with(0);
        let before = desk.export();
        let file = desk.folder.write("old.csv", table);
        let run = desk.run(&["import", &file]).ends_with(1).says(&["old.csv"]).says(parts);
        assert_eq!(run.text(), "");
        assert_eq!(desk.export(), before, "all or nothing");

        let nobodys = Desk::new();
        let file = nobodys.folder.write("old.csv", table);
        nobodys.run(&["import", &file]).ends_with(1).says(parts);
        assert_eq!(nobodys.folder.names(), ["old.csv"], "a table that is refused makes no ledger");
    }
}

#[test]
fn files_that_are_no_ledger_of_ours_are_refused_and_left_as_they_are() {
    let desk = Desk::new();
    desk.run(&["list"]).ends_with(1).says(&["there is no ledger", "our.ledger", "--ledger FILE"]);
    botsieve(["screen", FOLLOWERS, "--ledger", &desk.ledger]).ends_with(1).says(&["there is no ledger"]);
    assert!(desk.folder.names().is_empty(), "asking makes no ledger");
    for n in 0..40 {
        desk.run(&["note", &n.to_string(), &"x".repeat(400)]).ends_with(0);
    }
    let whole = std::fs::read(&desk.ledger).unwrap();
    assert!(whole.len() > 20_000);
    let foreign = desk.folder.path("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let newer = desk.folder.write("newer.ledger", &whole);
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let cases: Vec<(String, Vec<&str>)> = vec![
        (desk.folder.write("empty.ledger", ""), vec!["is no ledger", "it is empty"]),
        (desk.folder.write("text.ledger", "id,name\n1,anna\n"), vec!["is no ledger", "no SQLite file"]),
        (foreign, vec!["is no ledger", "another program"]),
        (newer, vec!["newer botsieve", "version 2", "up to 1", "Nothing was changed"]),
        (desk.folder.write("cut.ledger", &whole[..whole.len() / 2]), vec!["is damaged", "should have"]),
        (desk.folder.write("cut2.ledger", &whole[..whole.len() - 4096]), vec!["is damaged", "should have"]),
        (desk.folder.write("head.ledger", &whole[..20]), vec!["is damaged", "breaks off"]),
        (desk.folder.path(""), vec!["is no ledger", "folder"]),
    ];
    for (file, parts) in cases {
        let bytes = std::fs::read(&file).ok();
        for args in [vec!["ledger", "list"], vec!["ledger", "tag", "1", "x"], vec!["screen", FOLLOWERS]] {
            let mut args = args.clone();
            args.extend(["--ledger", &file]);
            let run = botsieve(&args).ends_with(1).says(&parts);
            assert_eq!(run.text(), "", "{args:?}");
            assert!(!run.err.contains("panicked"));
        }
        assert_eq!(std::fs::read(&file).ok(), bytes, "{file} is as it was");
    }
    // Pages that are overwritten in the middle are found when they are read, and no row is made up.
    let mut spoilt = whole;
    let end = spoilt.len();
    spoilt[4096..end].fill(0x5a);
    let spoilt = desk.folder.write("spoilt.ledger", &spoilt);
    botsieve(["ledger", "list", "--ledger", &spoilt]).ends_with(1).says(&["spoilt.ledger", "damaged"]);
}

#[test]
fn two_people_at_once_lose_nothing() {
    let desk = Desk::new();
    let each = 15;
    std::thread::scope(|scope| {
        for who in ["anna", "ben"] {
            let desk = &desk;
            // Both begin without a ledger: one of them makes it.
            scope.spawn(move || {
                for n in 0..each {
                    desk.run_as(who, &["decide", &format!("{}", 100 + n), "skip"]).ends_with(0);
                }
            });
        }
    });
    let table = desk.export();
    assert_eq!(table.rows.len(), 2 * each);
    for who in ["anna", "ben"] {
        assert_eq!(table.column("who").iter().filter(|name| **name == who).count(), each);
    }
    assert!(desk.run(&["list"]).ends_with(0).text().ends_with("15 accounts of 15 in the ledger\n"));
    assert_eq!(desk.folder.names(), ["our.ledger"], "no log and no temporary file stays");
}

#[cfg(unix)]
#[test]
fn what_was_acknowledged_survives_a_kill() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    let desk = Desk::new();
    desk.run(&["tag", "1", "x"]).ends_with(0);
    let began = std::time::Instant::now();
    desk.run(&["decide", "2", "skip"]).ends_with(0);
    let usual = began.elapsed();
    let mut acknowledged = Vec::new();
    for n in 0..24 {
        let id = (1000 + n).to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_botsieve"))
            .args(["ledger", "decide", &id, "skip", "--ledger", &desk.ledger])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From at once to twice the time that it takes.
        std::thread::sleep(usual * n / 12);
        // SIGKILL: nothing of the program runs after it.
        child.kill().unwrap();
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        if said.contains("skip") {
            acknowledged.push(id);
        }
    }
    let kept = desk.export();
    let kept = kept.column("id");
    assert!(!acknowledged.is_empty(), "some had the time");
    for id in &acknowledged {
        assert!(kept.contains(&id.as_str()), "{id} was acknowledged and is not there");
    }
    desk.run(&["decide", "5", "skip"]).ends_with(0);
}

#[test]
fn hostile_handles_and_names_do_nothing() {
    let desk = Desk::new();
    let file = desk.folder.write(
        "hostile.csv",
        format!("{HEADER}\n666,\"=x\u{202e}\u{1b}[31mevil\",N,,1,2,3,4,2012-03-04,2020-09-01\n"),
    );
    let run = desk.run(&["decide", "666", "spam", &file, "--why", "\u{1b}]0;x\u{7}=1"]).ends_with(0);
    assert_harmless(run.text());
    assert_harmless(&run.err);
    for args in [
        &["show", "666"][..],
        &["list"],
        &["list", "--format", "csv"],
        &["export"],
        &["due", "--as-of", "2090-01-01"],
    ] {
        let run = desk.run(args).ends_with(0);
        assert_harmless(run.text());
        assert_harmless(&run.err);
    }
    for args in [&["--decided"][..], &["--due", "--as-of", "2090-01-01"]] {
        for format in ["text", "csv"] {
            let mut all = vec!["screen", &file, "--ledger", &desk.ledger, "--format", format];
            all.extend(args);
            assert_harmless(botsieve(all).ends_with(0).text());
        }
    }
    desk.run(&["tag", "666", "\u{202e}x"]).ends_with(1).says(&["the tag", "invisible"]);
    desk.run(&["tag", "666", " "]).ends_with(1).says(&["the tag"]);
    desk.run_as("\u{1b}[31m", &["tag", "666", "x"]).ends_with(1).says(&["who decides"]);
    desk.run(&["note", "666", &"x".repeat(10_001)]).ends_with(1).says(&["10001 characters", "10000"]);
    desk.run(&["decide", "667", "spam", &file]).ends_with(1).says(&["there is no id 667"]);
}

#[test]
fn the_help_reads_as_it_did() {
    let help = botsieve(["ledger", "--help"]).ends_with(0);
    insta::assert_snapshot!("help", help.text());
    for command in [
        "decide", "due", "export", "forget", "import", "keep", "lift", "list", "never", "note", "put",
        "seen", "show", "tag", "undo",
    ] {
        let run = botsieve(["ledger", command, "--help"]).ends_with(0);
        assert!(
            run.text().contains("--ledger <FILE>") && run.text().contains("botsieve.ledger"),
            "{command}"
        );
        assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{command}: a line is too long");
    }
    insta::assert_snapshot!("help_decide", botsieve(["ledger", "decide", "--help"]).ends_with(0).text());
}
