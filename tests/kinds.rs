//! Kinds and support in `botsieve score` and `botsieve screen`, from outside.

mod common;

use common::*;
use serde_json::Value;

const HEAD: &str = "id,screen_name,name,description,followers_count,friends_count,statuses_count,created_at,status_created_at,default_profile_image,observed_at\n";

fn scored(rows: &str) -> Table {
    Table::parse(&fed(["score", "-", "--quiet"], format!("{HEAD}{rows}").as_bytes()).ends_with(0).out)
}

fn kinds(rows: &str) -> Vec<(String, String)> {
    let table = scored(rows);
    table
        .column("kind")
        .into_iter()
        .zip(table.column("kind_reason"))
        .map(|(k, r)| (k.into(), r.into()))
        .collect()
}

#[test]
fn each_kind_has_a_reason_that_states_a_fact() {
    let found = kinds(
        "1,tides,Tides,I am a bot that posts the tides,900,3,88000,2012-01-01,2020-08-30,false,2020-09-01\n\
         2,deals,Deals,Free followers! win cash http://x.example,50,800,4000,2015-01-01,2020-08-30,false,2020-09-01\n\
         3,anna83610022,Anna,,3,1500,1,2020-01-01,2020-08-30,true,2020-09-01\n\
         4,paula,Paula,Reader,80,120,400,2012-01-01,2016-09-01,false,2020-09-01\n\
         5,ravi,Ravi,Engineer. Not a bot.,150,200,4000,2012-01-01,2020-08-30,false,2020-09-01\n\
         6,lurker,Lurker,,15,60,0,2012-01-01,,false,2020-09-01\n",
    );
    let expected = [
        ("declared bot", "its bio says \"i am a bot\""),
        ("spam promoter", "4 words of promotion and a link in its bio"),
        ("purchased or fake follower", "follows 1500, followed by 3, 1 post, no picture of its own"),
        ("inactive", "no post for 1461 days"),
        ("none", ""),
        ("inactive", "never posted in 3166 days"),
    ];
    let found: Vec<(&str, &str)> = found.iter().map(|(k, r)| (k.as_str(), r.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn json_has_every_kind_that_holds() {
    let row = format!(
        "{HEAD}1,shop,Shop,Free cash! win prize http://x.example,1,900,2,2012-01-01,2015-01-01,false,2020-09-01\n"
    );
    let run = fed(["score", "-", "--quiet", "--format", "jsonl"], row.as_bytes()).ends_with(0);
    let score: Value = serde_json::from_slice(&run.out).expect("JSON");
    let kinds: Vec<&str> =
        score["kinds"].as_array().unwrap().iter().map(|k| k["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["spam promoter", "purchased or fake follower", "inactive"]);
    assert_eq!(score["kind"], "spam promoter");
    assert!(score["kinds"].as_array().unwrap().iter().all(|k| !k["reason"].as_str().unwrap().is_empty()));
}

#[test]
fn a_kind_does_not_move_a_score_and_damaged_rows_have_none() {
    let table = scored(
        "1,tides,Tides,I am a bot,90,30,880,2012-01-01,2020-08-30,false,2020-09-01\n\
         2,tides,Tides,I am a man,90,30,880,2012-01-01,2020-08-30,false,2020-09-01\n",
    );
    assert_eq!(table.column("p_bot")[0], table.column("p_bot")[1]);
    assert_eq!(table.column("kind"), ["declared bot", "none"]);
    let run = fed(["score", "-", "--quiet"], b"id,followers_count,friends_count\n1,many,2\n").ends_with(3);
    let table = Table::parse(&run.out);
    assert_eq!(
        (table.column("kind")[0], table.column("support")[0], table.column("kind_reason")[0]),
        ("", "", "")
    );
}

fn support(rows: &str) -> Vec<f64> {
    scored(rows).column("support").iter().map(|s| s.parse().expect("a share")).collect()
}

#[test]
fn extremes_have_little_support_and_usual_accounts_much() {
    let found = support(
        "1,anna_k,Anna,Reader,250,300,2100,2012-01-01,2020-08-30,false,2020-09-01\n\
         2,tomb,Tom,,60,180,900,2014-01-01,2020-08-30,false,2020-09-01\n\
         3,zzqxjkvvq,Q,,90000000,1,3,2020-08-01,2020-08-30,false,2020-09-01\n\
         4,a,A,,0,2000000,90000000,2020-08-31,2020-08-30,false,2020-09-01\n",
    );
    assert!(found[0] > 0.3 && found[1] > 0.3, "{found:?}");
    assert!(found[2] < 0.005 && found[3] < 0.005, "{found:?}");
    // The made-up sample has its extremes, bought accounts of a few days among them; most of it is usual.
    let table = Table::parse(&botsieve(["score", FOLLOWERS, "-q"]).ends_with(0).out);
    let low = table.column("support").iter().filter(|s| s.parse::<f64>().is_ok_and(|s| s < 0.005)).count();
    assert!(low * 5 < table.rows.len(), "{low} of {}", table.rows.len());
}

#[test]
fn an_account_unlike_any_is_never_called_spam() {
    for (file, more) in [(FOLLOWERS, "0.1"), (LABELLED, "0.9")] {
        let table = Table::parse(&botsieve(["score", file, "-q", "--prevalence", more]).ends_with(0).out);
        for (support, band) in table.column("support").iter().zip(table.column("band")) {
            assert!(band != "spam" || support.parse::<f64>().unwrap() >= 0.005, "{support} {band}");
        }
    }
    // 99.9 % bots expected would make nearly everybody spam; not those two.
    let rows = "3,zzqxjkvvq,Q,,0,90000000,0,2020-08-01,2020-08-30,true,2020-09-01\n\
                4,anna83610022,Anna,,60,700,40,2017-01-01,2020-08-30,true,2020-09-01\n";
    let run =
        fed(["score", "-", "-q", "--prevalence", "0.999"], format!("{HEAD}{rows}").as_bytes()).ends_with(0);
    assert_eq!(Table::parse(&run.out).column("band"), ["look", "spam"]);
}

#[test]
fn screen_shows_kinds_and_what_is_unlike_the_training_accounts() {
    let rows = "1,tides,Tides,I am a bot that posts the tides,900,3,88000,2012-01-01,2020-08-30,false,2020-09-01\n\
                2,zzqxjkvvq,Q,,0,90000000,0,2020-08-01,2020-08-30,true,2020-09-01\n";
    let run = fed(["screen", "-"], format!("{HEAD}{rows}").as_bytes()).ends_with(0);
    for part in [
        "What there is to see, whatever the score: 1 declared bot, 1 purchased or fake\nfollower.",
        "declared bot: its bio says \"i am a bot\"",
        "unlike the accounts the model has seen: its score says little",
        "1 account unlike the accounts the model has seen",
    ] {
        assert!(run.text().contains(part), "{part:?} is not in {}", run.text());
    }
    let queue =
        fed(["screen", "-", "--format", "csv", "-q"], format!("{HEAD}{rows}").as_bytes()).ends_with(0);
    let queue = Table::parse(&queue.out);
    assert_eq!(queue.header[queue.header.len() - 3..], ["support", "kind", "kind_reason"]);
}

#[test]
fn the_shape_of_sold_followers_is_not_claimed_on_other_networks() {
    let row = |bio: &str| {
        format!(
            r#"{{"id":"1","username":"a","acct":"a@b.example","display_name":"A","note":"{bio}","followers_count":3,
            "following_count":1500,"statuses_count":1,"created_at":"2020-01-01T00:00:00Z","locked":false,"bot":false,
            "url":"https://b.example/@a","avatar":"https://b.example/a.png"}}"#
        )
    };
    let kind = |dialect: &str, bio: &str| {
        let run = fed(["score", "-", "--quiet", "--dialect", dialect], row(bio).as_bytes()).ends_with(0);
        Table::parse(&run.out).column("kind")[0].to_string()
    };
    assert_eq!(kind("mastodon", "Hello"), "none");
    assert_eq!(kind("json", "Hello"), "purchased or fake follower", "where the network is not known");
    // What was converted still knows its network.
    let folder = Scratch::new();
    let file = folder.write("mastodon.json", row("Hello"));
    for name in ["canonical.csv", "canonical.jsonl"] {
        let canonical = folder.path(name);
        botsieve(["convert", &file, "--dialect", "mastodon", "-o", &canonical]).ends_with(0);
        let run = botsieve(["score", &canonical, "--quiet"]).ends_with(0);
        assert_eq!(Table::parse(&run.out).column("kind"), ["none"], "{name}");
        let text = std::fs::read_to_string(&canonical).unwrap();
        assert!(text.contains("mastodon"), "{text}");
    }
}

#[test]
fn a_following_count_that_turned_four_times_is_a_churner() {
    let folder = Scratch::new();
    let file = |day: usize, following: u64| {
        let rows = format!(
            "{HEAD}1,anna,Anna,,300,{following},900,2012-01-01,2020-08-30,false,2020-09-0{day}\n\
             2,paula,Paula,,300,500,900,2012-01-01,2020-08-30,false,2020-09-0{day}\n"
        );
        folder.write(&format!("{day}.csv"), rows)
    };
    let files: Vec<String> =
        [100, 600, 90, 700, 80, 650].iter().zip(1..).map(|(following, day)| file(day, *following)).collect();
    let (now, before) = files.split_last().unwrap();
    let run = |command: &str, before: &[String]| {
        let mut args =
            vec![command.to_string(), now.clone(), "--quiet".into(), "--format".into(), "csv".into()];
        args.extend(before.iter().flat_map(|file| ["--previous".to_string(), file.clone()]));
        let run = botsieve(args.iter().map(String::as_str)).ends_with(0);
        let table = Table::parse(&run.out);
        let anna = table.column("id").iter().position(|id| *id == "1").unwrap();
        let kinds = table.column("kind");
        assert_eq!(kinds[1 - anna], "none");
        (kinds[anna].to_string(), table.column("kind_reason")[anna].to_string())
    };
    let churner =
        ("churner".to_string(), "its following count went up and down by 100 or more 4 times".to_string());
    for command in ["score", "screen"] {
        assert_eq!(run(command, before), churner, "{command}");
        assert_eq!(run(command, &before[1..]).0, "none", "{command}: three turns");
    }
}
