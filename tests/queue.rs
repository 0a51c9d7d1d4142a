//! Who is in the queue of `botsieve screen` and in which order, from outside.

mod common;

use common::*;

fn queue(more: &[&str]) -> Table {
    let mut args = vec!["screen", FOLLOWERS, "--format", "csv", "-q", "-m", SMALL];
    args.extend(more);
    Table::parse(&botsieve(args).ends_with(0).out)
}

fn numbers(table: &Table, column: &str) -> Vec<f64> {
    table.column(column).iter().filter_map(|cell| cell.parse().ok()).collect()
}

#[test]
fn conditions_keep_exactly_those_of_which_they_hold() {
    let all = queue(&[]);
    let count =
        |column: &str, test: &dyn Fn(&str) -> bool| all.column(column).iter().filter(|c| test(c)).count();
    let number = |cell: &str| cell.parse::<f64>().ok();
    let cases: [(&str, usize); 10] = [
        ("followers>=1000", count("followers", &|c| number(c).is_some_and(|n| n >= 1000.0))),
        ("followers < 1000", count("followers", &|c| number(c).is_some_and(|n| n < 1000.0))),
        ("followers=", count("followers", &str::is_empty)),
        ("followers!=", count("followers", &|c| !c.is_empty())),
        ("p_bot<=0.05", count("p_bot", &|c| number(c).is_some_and(|n| n <= 0.05))),
        ("p_bot>0.05", count("p_bot", &|c| number(c).is_some_and(|n| n > 0.05))),
        ("band=LOOK", count("band", &|c| c == "look")),
        ("band!=look", count("band", &|c| c != "look")),
        ("screen_name~BOT", count("screen_name", &|c| c.to_lowercase().contains("bot"))),
        ("id=9100000000000287523", 1),
    ];
    for (condition, wanted) in cases {
        let found = queue(&["--where", condition]).rows.len();
        assert_eq!(found, wanted, "{condition}");
        assert!(found > 0 && found < all.rows.len(), "{condition} tells some from others");
    }
    let both = queue(&["--where", "band=look", "--where", "followers>=1000"]);
    assert!(both.column("band").iter().all(|band| *band == "look"));
    assert!(numbers(&both, "followers").iter().all(|n| *n >= 1000.0));
    // One digit in nineteen is another account, though the numbers are the same to a computer.
    assert_eq!(queue(&["--where", "id=9100000000000287524"]).rows.len(), 0);
}

/// What of the profile is not in the queue can be asked for too, by its name or by that of the file.
#[test]
fn conditions_reach_every_field_of_the_profile() {
    let all = followers();
    let count =
        |column: &str, test: &dyn Fn(&str) -> bool| all.column(column).iter().filter(|c| test(c)).count();
    let at_least = |cell: &str, least: f64| cell.parse::<f64>().is_ok_and(|n| n >= least);
    for (condition, wanted) in [
        ("location~AHMED", count("location", &|c| c.to_lowercase().contains("ahmed"))),
        ("bio~editor", count("description", &|c| c.to_lowercase().contains("editor"))),
        ("description~editor", count("description", &|c| c.to_lowercase().contains("editor"))),
        ("verified=yes", count("verified", &|c| c == "true")),
        ("default_profile_image=true", count("default_profile_image", &|c| c == "true")),
        ("favourites_count>=1000", count("favourites_count", &|c| at_least(c, 1000.0))),
        ("likes_given>=1000", count("favourites_count", &|c| at_least(c, 1000.0))),
        ("friends_count>=1000", count("friends_count", &|c| at_least(c, 1000.0))),
        ("listed>=1", count("listed_count", &|c| at_least(c, 1.0))),
        ("created_at>=2020-01-01", count("created_at", &|c| c.ends_with("2020"))),
        ("url=", count("url", &str::is_empty)),
    ] {
        let found = queue(&["--where", condition]).rows.len();
        assert_eq!(found, wanted, "{condition}");
        assert!(found > 0 && found < all.rows.len(), "{condition} tells some from others");
    }
    // Profiles that are kept to be asked change nothing of the table.
    assert_eq!(queue(&["--where", "bio!=\u{1}"]), queue(&[]));
}

#[test]
fn conditions_that_mean_nothing_are_bad_usage() {
    for (condition, parts) in [
        ("fans>3", &["fans", "followers", "p_bot"][..]),
        ("followers>many", &["a number", "many"]),
        ("followers", &["followers>=1000"]),
        ("followers!3", &["followers>=1000"]),
        ("name<3", &["name is text"]),
        ("place=3", &["no column \"place\""]),
        ("bio>3", &["bio is text"]),
        ("verified=perhaps", &["true or false", "perhaps"]),
        ("verified>1", &["true or false: expected = or !="]),
        ("created_at>=soon", &["a date like", "soon"]),
    ] {
        botsieve(["screen", FOLLOWERS, "--where", condition]).ends_with(2).says(parts);
    }
    let run = botsieve(["screen", FOLLOWERS, "--where", "decision=skip"]).ends_with(2);
    run.says(&["decision", "--ledger FILE"]);
}

#[test]
fn every_order_holds_every_row_once() {
    let falling = |n: Vec<f64>| n.windows(2).all(|pair| pair[0] >= pair[1]);
    let rising = |n: Vec<f64>| n.windows(2).all(|pair| pair[0] <= pair[1]);
    for order in ["queue", "bots", "uncertain", "followers", "newest", "row"] {
        let table = queue(&["--order", order]);
        let mut rows = numbers(&table, "row");
        let sorted = match order {
            "bots" => falling(numbers(&table, "p_bot")),
            "uncertain" => rising(numbers(&table, "p_bot").iter().map(|p| (p - 0.5).abs()).collect()),
            "followers" => falling(numbers(&table, "followers")),
            "newest" => rising(numbers(&table, "age_days")),
            "row" => rising(rows.clone()),
            _ => table == queue(&[]),
        };
        assert!(sorted, "{order}");
        rows.sort_by(f64::total_cmp);
        assert_eq!(rows, (1..=302).map(f64::from).collect::<Vec<_>>(), "{order}");
    }
}

#[test]
fn a_limit_cuts_the_queue_and_says_so() {
    let table = queue(&["--limit", "5"]);
    assert_eq!(table.rows, queue(&[]).rows[..5]);
    let run = botsieve(["screen", FOLLOWERS, "--limit", "5"]).ends_with(0);
    assert!(run.text().contains("Left out of the queue: 297 beyond --limit. It has 5."), "{}", run.text());
    assert!(run.text().contains("302 accounts"), "the summary is of the whole list");
    assert_eq!(queue(&["--limit", "0"]).rows.len(), 0);
}

#[test]
fn who_is_followed_already_or_not_new_is_left_out_by_id_or_handle() {
    let folder = Scratch::new();
    let all = followers();
    let (ids, handles) = (all.column("id_str"), all.column("screen_name"));
    let id_list = folder.write("ids.txt", ids[..200].join("\n"));
    let named: Vec<String> = handles[..200]
        .iter()
        .filter(|handle| !handle.is_empty())
        .map(|h| format!("@{}", h.to_uppercase()))
        .collect();
    let handle_list = folder.write("handles.txt", format!("screen_name\n{}", named.join("\n")));
    for flag in ["--not-followed", "--new-since"] {
        let left = queue(&[flag, &id_list]);
        let mut rows = numbers(&left, "row");
        rows.sort_by(f64::total_cmp);
        assert_eq!(rows, (201..=302).map(f64::from).collect::<Vec<_>>(), "{flag}: exactly the others");
        assert_eq!(
            queue(&[flag, &handle_list]).rows.len(),
            302 - named.len(),
            "{flag}: by handle, in any case"
        );
        assert_eq!(queue(&[flag, FOLLOWERS]).rows.len(), 0);
    }
    let run = botsieve(["screen", &id_list, "--not-followed", &handle_list]).ends_with(1);
    run.says(&["handles.txt", "handles alone", "ids alone"]);
    botsieve(["screen", FOLLOWERS, "--new-since", "/nowhere.csv"]).ends_with(1).says(&["cannot open"]);
    // A handle that another id has now is another account.
    let old = folder.write("old.csv", format!("{HEADER}\n{GOOD}\n"));
    let new = folder.write("new.csv", format!("{HEADER}\n{}\n", GOOD.replacen('1', "5", 1)));
    let run = botsieve(["screen", &new, "--new-since", &old, "--format", "csv", "-q"]).ends_with(0);
    assert_eq!(Table::parse(&run.out).rows.len(), 1);
}

#[test]
fn who_is_followed_already_is_left_out_where_the_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.csv");
    std::fs::write(&file, "id,screen_name,followers,you_follow\n1,anna,10,true\n2,ben,10,false\n3,cem,10,\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let run = botsieve(["screen", file, "-m", SMALL, "--format", "csv"]).ends_with(0);
    assert_eq!(Table::parse(&run.out).column("screen_name"), ["ben", "cem"]);
    run.says(&["1 followed already, says the file"]);
    let all = botsieve(["screen", file, "-m", SMALL, "--format", "csv", "--already-followed"]).ends_with(0);
    assert_eq!(Table::parse(&all.out).rows.len(), 3);
}
