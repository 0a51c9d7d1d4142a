//! Every command that reads rows says what became of each of them, and the numbers add up.

mod common;

use common::{Run, Scratch, botsieve};

/// Seven rows: five sound ones, of which one repeats an id and one, without an id, a handle; a cell that is no number; a cell
/// too many.
const LIST: &str = "id,screen_name,followers_count,friends_count,statuses_count,label,favourites_count,listed_count,\
    description,verified,protected,default_profile,default_profile_image\n\
    1,anna,310,280,1200,human,500,3,I paint,0,0,0,0\n\
    2,ben,,2000,,bot,,,,,,,\n\
    1,anna,310,280,1200,human,500,3,I paint,0,0,0,0\n\
    ,ida,44,51,620,human,90,0,Mum of two,0,0,0,0\n\
    ,@Ida,44,51,620,human,90,0,Mum of two,0,0,0,0\n\
    4,carl,many,12,40,human,,,,,,,\n\
    5,dora,9,14,77,human,,,,,,,,extra\n";

/// The numbers of the line that accounts for the rows, each with its word.
#[track_caller]
fn accounting(run: &Run) -> Vec<(u64, String)> {
    let line = run
        .err
        .lines()
        .find(|line| line.contains(" read: "))
        .unwrap_or_else(|| panic!("no accounting: {}", run.err));
    let from = line.find("7 rows read").unwrap_or_else(|| panic!("not of seven rows: {line}"));
    line[from..]
        .split([':', ',', ';'])
        .map(|part| {
            let (number, what) = part.trim().split_once(' ').unwrap_or_else(|| panic!("no number: {part}"));
            (number.parse().unwrap_or_else(|_| panic!("no number: {part}")), what.to_string())
        })
        .collect()
}

#[track_caller]
fn accounts(run: &Run, fates: &[(u64, &str)], places: &[(u64, &str)], duplicate: u64) {
    assert_eq!(fates.iter().map(|(rows, _)| rows).sum::<u64>(), 7, "the test itself");
    assert!(places.is_empty() || places.iter().map(|(rows, _)| rows).sum::<u64>() == 7, "the test itself");
    let expected = [&[(7, "rows read")], fates, places, &[(duplicate, "duplicate")]].concat();
    let expected: Vec<_> = expected.into_iter().map(|(rows, what)| (rows, what.to_string())).collect();
    assert_eq!(accounting(run), expected, "{}", run.err);
}

#[test]
fn what_scores_says_who_was_scored() {
    let folder = Scratch::new();
    let list = folder.write("list.csv", LIST);
    let fates = [(4, "scored"), (1, "pending"), (2, "damaged")];
    let out = folder.path("out.csv");
    accounts(&botsieve(["score", &list, "-o", &out]), &fates, &[(7, "written")], 2);
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), 8, "a header and seven rows");
    let queue = [(7, "in the queue"), (0, "left out")];
    accounts(&botsieve(["screen", &list]), &fates, &queue, 2);
    let some = [(2, "in the queue"), (5, "left out")];
    accounts(&botsieve(["screen", &list, "--limit", "2"]), &fates, &some, 2);
    accounts(&botsieve(["report", &list, "-o", &folder.path("out.html")]), &fates, &[], 2);
    let older = folder.write("older.csv", "id,screen_name\n1,anna\n");
    let thank = botsieve(["segment", "thank", &list, "--new-since", &older]);
    let line = thank.err.lines().find(|line| line.contains("7 rows read")).unwrap_or_default();
    assert!(line.contains("; 3 written, 4 left out, 0 others; 2 duplicate"), "{line}");
    assert!(thank.err.contains("1 row read: 1 sound, 0 damaged; 0 duplicate"), "{}", thank.err);
}

#[test]
fn what_reads_says_what_it_could_read() {
    let folder = Scratch::new();
    let list = folder.write("list.csv", LIST);
    let fates = [(5, "sound"), (2, "damaged")];
    for command in ["convert", "features"] {
        accounts(&botsieve([command, &list]), &fates, &[(7, "written")], 2);
    }
    for command in ["inspect", "lint", "drift"] {
        accounts(&botsieve([command, &list]), &fates, &[], 2);
    }
    accounts(&botsieve(["explain", &list, "--row", "1"]), &fates, &[], 2);
    accounts(&botsieve(["churn", &list, &list]), &fates, &[], 2);
    let models = ["model", "compare", "models/default.json", "models/default.json", &list];
    accounts(&botsieve(models), &fates, &[], 2);
    let ledger = folder.path("some.ledger");
    let decide = ["ledger", "decide", "1", "skip", &list, "--ledger", &ledger, "--who", "ben"];
    accounts(&botsieve(decide), &fates, &[], 2);
    accounts(&botsieve(["ledger", "seen", &list, "--ledger", &ledger, "--who", "ben"]), &fates, &[], 2);
}

#[test]
fn what_learns_or_measures_says_which_rows_it_used() {
    let folder = Scratch::new();
    let list = folder.write("list.csv", LIST);
    let run = botsieve(["evaluate", &list, "--label", "label"]);
    let fates = [(3, "used"), (2, "damaged"), (2, "duplicate")];
    let expected: Vec<_> =
        [(7, "rows read")].iter().chain(&fates).map(|(rows, what)| (*rows, (*what).to_string())).collect();
    assert_eq!(accounting(&run), expected, "{}", run.err);

    // An account with both labels is nobody's example: both rows are told, neither is used.
    let both = folder.write("both.csv", format!("{LIST}2,ben,,2000,,human,,,,,,,\n"));
    let run = botsieve(["evaluate", &both, "--label", "label"]);
    assert!(
        run.err.contains("8 rows read: 2 used, 2 damaged, 2 duplicate, 2 with both labels"),
        "{}",
        run.err
    );
}
