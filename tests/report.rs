//! `botsieve report` and `evaluate --report` from outside, on made-up accounts.

mod common;

use common::*;
use serde_json::Value;

/// A report as JSON, by the small model, which does not change.
fn numbers(file: &str, more: &[&str]) -> Value {
    let run = botsieve([&["report", file, "-m", SMALL, "--format", "json", "-q"], more].concat());
    assert!(run.code == 0 || run.code == 3, "{}", run.err);
    serde_json::from_slice(&run.out).expect("JSON")
}

fn n(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a count: {value}"))
}

fn sum(values: &Value) -> u64 {
    values.as_array().expect("counts").iter().map(n).sum()
}

/// Every table accounts for every row.
#[track_caller]
fn assert_adds_up(report: &Value, rows: u64) {
    let damaged = n(&report["damaged"]);
    assert_eq!(n(&report["rows"]), rows);
    let bands: u64 = report["bands"].as_array().unwrap().iter().map(|b| n(&b["accounts"])).sum();
    assert_eq!(bands + damaged, rows, "bands");
    let kinds = report["kinds"].as_array().unwrap();
    assert_eq!(kinds.iter().map(|k| n(&k["accounts"])).sum::<u64>() + damaged, rows, "kinds");
    assert_eq!(kinds.iter().map(|k| sum(&k["bands"])).sum::<u64>() + damaged, rows, "kinds by band");
    for name in [
        "ages",
        "posts_a_day",
        "last_post",
        "followers",
        "following",
        "followers_per_following",
        "languages",
        "created",
        "came_not_before",
    ] {
        let d = &report[name];
        let known: u64 = d["bins"].as_array().unwrap().iter().map(|b| n(&b[1])).sum();
        assert_eq!(known + n(&d["unknown"]) + n(&d["damaged"]), rows, "{name}");
    }
    for mark in report["marks"].as_array().unwrap() {
        assert_eq!(sum(&mark["counts"]), rows, "{mark}");
    }
    for sort in ["handles", "created", "bios"] {
        let sort = &report["clusters"][sort];
        assert_eq!(n(&sort["compared"]) + n(&sort["unknown"]) + damaged, rows, "{sort}");
        for group in sort["groups"].as_array().unwrap() {
            let named = group["members"].as_array().unwrap().len() as u64;
            assert_eq!(named + n(&group["more"]), n(&group["accounts"]));
            assert_eq!(sum(&group["bands"]), n(&group["accounts"]));
        }
    }
    if let Some(along) = report["along"].as_array().filter(|along| !along.is_empty()) {
        assert_eq!(along.iter().map(|part| sum(&part["bands"])).sum::<u64>() + damaged, rows, "along");
    }
    assert_eq!(sum(&report["followed_back_by_rows"]) + damaged, rows);
    if let Some(growth) = report["growth"].as_object() {
        assert_eq!(n(&growth["found"]) + n(&growth["new"]) + damaged, rows, "growth");
        for change in growth["counts"].as_array().unwrap() {
            assert_eq!(sum(&change["accounts"]), n(&growth["found"]), "{change}");
        }
    }
}

#[test]
fn the_numbers_of_the_sample() {
    let report = numbers(FOLLOWERS, &[]);
    assert_adds_up(&report, 302);
    insta::assert_snapshot!(serde_json::to_string_pretty(&rounded(report)).unwrap());
}

/// The same with nine digits a number: the last bits of a logarithm differ from machine to machine.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(n) if n.is_f64() => {
            let short: f64 = format!("{:.8e}", n.as_f64().unwrap()).parse().unwrap();
            serde_json::json!(short)
        }
        Value::Array(all) => all.into_iter().map(rounded).collect(),
        Value::Object(all) => all.into_iter().map(|(key, value)| (key, rounded(value))).collect(),
        other => other,
    }
}

#[test]
fn the_bytes_are_the_same_on_one_and_two_threads_and_again() {
    for form in ["html", "markdown", "json"] {
        let of = |threads: &str| {
            botsieve(["report", FOLLOWERS, "--format", form, "--threads", threads, "-q"]).ends_with(0).out
        };
        let one = of("1");
        assert!(one == of("2") && one == of("1"), "{form}");
    }
}

#[test]
fn the_form_is_that_of_the_ending() {
    let folder = Scratch::new();
    for (name, start) in
        [("a.html", "<!DOCTYPE html>"), ("a.md", "# Followers"), ("a.json", "{\"written_by\"")]
    {
        let path = folder.path(name);
        let run = botsieve(["report", FOLLOWERS, "-o", &path]).ends_with(0).says(&["302 rows in the report"]);
        assert_eq!(run.text(), "");
        assert!(std::fs::read_to_string(&path).unwrap().starts_with(start), "{name}");
    }
    let markdown = botsieve(["report", FOLLOWERS, "--format", "markdown", "-o", &folder.path("b.html")]);
    markdown.ends_with(0);
    assert!(std::fs::read_to_string(folder.path("b.html")).unwrap().starts_with("# Followers"));
}

#[test]
fn the_page_runs_nothing_loads_nothing_and_every_plot_is_told_in_words() {
    let page = botsieve(["report", FOLLOWERS, "-q"]).ends_with(0);
    let page = page.text();
    for never in ["<script", "<link", "<img", "<iframe", "src=", "url(http", "@import", "onload", "style=\""]
    {
        assert!(!page.contains(never), "{never}");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
    assert!(page.split("href=\"").skip(1).all(|rest| rest.starts_with('#')), "links inside the page only");
    let plots = page.matches("<svg class=\"plot\"").count();
    assert!(plots >= 6, "{plots}");
    for part in ["role=\"img\"", "<figcaption>", "<details>"] {
        assert_eq!(page.matches(part).count(), plots, "{part}");
    }
    for at in 1..=plots {
        for part in [format!("<title id=\"plot{at}-t\">"), format!("<desc id=\"plot{at}-d\">")] {
            let rest = page.split(&part).nth(1).unwrap_or_else(|| panic!("{part}"));
            assert!(rest.split('<').next().unwrap().len() > 5, "{part} is not empty");
        }
    }
}

#[test]
fn what_the_file_does_not_tell_is_said_and_not_drawn() {
    let folder = Scratch::new();
    let file = folder.write("few.csv", "id,screen_name\n1,anna\n2,ben\n");
    let run = botsieve(["report", &file, "-q", "--format", "markdown"]).ends_with(0);
    let text = run.text();
    for said in [
        "the file has no languages",
        "does not tell ages",
        "does not tell when the accounts were made",
        "does not tell when the accounts posted last",
        "no counts of followers",
        "no older snapshot",
        "too short",
        "cannot be told",
        "inactive (neither",
    ] {
        assert!(text.contains(said), "{said:?} in {text}");
    }
    for drawn in ["### Age", "### Languages", "### Newest post", "### Accounts made"] {
        assert!(!text.contains(drawn), "{drawn}");
    }
    assert_adds_up(&numbers(&file, &[]), 2);
}

#[test]
fn no_number_is_given_for_a_share_of_bots_that_cannot_be_told() {
    let share = &numbers(FOLLOWERS, &[])["share_of_bots"];
    assert_eq!(share["can_be_told"], false);
    assert!(share["value"].is_null() && share["interval"].is_null() && share["why_not"].is_string());
}

#[test]
fn damaged_rows_end_with_3_and_stay_counted() {
    let folder = Scratch::new();
    let file = folder.write("some.csv", format!("{HEADER}\n{GOOD}\n{DAMAGED}\n{GOOD}\n"));
    let run = botsieve(["report", &file, "--format", "json"]).ends_with(3);
    assert_adds_up(&serde_json::from_slice(&run.out).unwrap(), 3);
    run.says(&["row 2", "followers_count"]);
    let page = botsieve(["report", &file, "-q"]).ends_with(3);
    assert!(page.text().contains("of which 1 could not be read"));
    botsieve(["report", &file, "--strict"]).ends_with(1).says(&["row 2"]);
}

/// Texts that attack whatever shows them.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; DROP TABLE x; --",
    "=HYPERLINK(\"http://evil.example\";\"x\")",
    "a\u{202e}gpj.exe\u{200b}b\u{2066}c",
    "javascript:alert(document.domain)//",
    "](javascript:alert(1)) ![x](http://evil.example/x.png) | y |\n| --- |",
    "`</title></svg><style>*{display:none}</style>`",
];

/// A list in which each hostile text is the handle, the name, the bio, the place, the link and the language of several
/// accounts, so that each also makes a group of look-alikes.
fn hostile_list(folder: &Scratch) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "id",
            "screen_name",
            "name",
            "description",
            "location",
            "url",
            "lang",
            "followers_count",
            "friends_count",
            "statuses_count",
            "created_at",
            "observed_at",
        ])
        .unwrap();
    let long = "x".repeat(10_000);
    for (at, text) in HOSTILE.iter().chain([&long.as_str()]).enumerate() {
        for copy in 0..8 {
            let id = (at * 10 + copy).to_string();
            let handle = format!("{text}{:08}", at * 1000 + copy);
            let bio = format!("{text} and twenty characters more");
            let row = [
                &id,
                &handle,
                *text,
                &bio,
                *text,
                *text,
                *text,
                "10",
                "2000",
                "3",
                "2020-01-01T10:00:00Z",
                "2020-09-01",
            ];
            writer.write_record(row).unwrap();
        }
    }
    folder.write("hostile.csv", writer.into_inner().unwrap())
}

#[test]
fn hostile_texts_do_nothing_in_a_page() {
    let folder = Scratch::new();
    let file = hostile_list(&folder);
    let run = botsieve(["report", &file, "-q"]).ends_with(0);
    let page = run.text();
    assert_harmless(page);
    assert!(page.contains("&lt;script&gt;"), "it is there, as text");
    for tag in ["</title></svg>", "<a href=\"j", "href=\"http"] {
        assert!(!page.contains(tag), "{tag}");
    }
    // Every element is one that the program writes itself.
    let own = "!DOCTYPE html head meta title style body svg defs pattern rect line circle text desc header h1 h2 p dl dt dd \
               nav ul li a main section div figure figcaption details summary table thead tbody tr th td span footer";
    for rest in page.split('<').skip(1).filter(|rest| !rest.starts_with('/')) {
        let name: String = rest.chars().take_while(|c| !matches!(c, ' ' | '>' | '/')).collect();
        assert!(own.split_whitespace().any(|known| known == name), "{name:?}");
    }
    assert_eq!(page.matches("<style>").count(), 1);
    assert!(!page.contains(&"x".repeat(1000)), "long texts are cut");
    assert!(page.len() < 400_000, "{}", page.len());
}

#[test]
fn hostile_texts_do_nothing_in_markdown() {
    let folder = Scratch::new();
    let file = hostile_list(&folder);
    let brand = format!("{}{}", HOSTILE[6], HOSTILE[0]);
    let run =
        botsieve(["report", &file, "-q", "--format", "markdown", "--brand", &brand, "--following", &file]);
    let run = run.ends_with(0);
    assert_harmless(run.text());
    for line in run.text().lines() {
        // Outside of code nothing of a stranger stands unescaped.
        let mut outside = String::new();
        let mut rest = line;
        while let Some(at) = rest.find('`') {
            outside.push_str(&rest[..at]);
            let fence: String = rest[at..].chars().take_while(|c| *c == '`').collect();
            if outside.ends_with('\\') {
                rest = &rest[at + 1..];
                continue;
            }
            let inside = &rest[at + fence.len()..];
            let close = inside.find(&fence).unwrap_or_else(|| panic!("code that is not closed: {line}"));
            rest = &inside[close + fence.len()..];
        }
        outside.push_str(rest);
        for active in ["<script", "<img", "<style", "](", "http://"] {
            let escaped = outside.replace("\\<", "").replace("\\[", "").replace("\\]", "").replace("\\:", "");
            assert!(!escaped.contains(active), "{active} in {outside}");
        }
    }
    let tables: Vec<&str> = run.text().lines().filter(|line| line.starts_with('|')).collect();
    assert!(tables.iter().all(|line| line.ends_with(" |")), "rows stay on one line");
}

#[test]
fn hostile_texts_do_nothing_in_json() {
    let folder = Scratch::new();
    let file = hostile_list(&folder);
    let run = botsieve(["report", &file, "-q", "--format", "json"]).ends_with(0);
    assert_harmless(run.text());
    assert_eq!(run.text().lines().count(), 1);
    let report: Value = serde_json::from_str(run.text()).expect("JSON");
    assert_adds_up(&report, 72);
    assert!(run.text().len() < 200_000);
}

#[test]
fn a_planted_farm_is_found_and_nobody_is_called_a_bot_for_it() {
    let folder = Scratch::new();
    let mut table = followers();
    let (handle, created, bio) = (table.at("screen_name"), table.at("created_at"), table.at("description"));
    let like = table.rows[1].clone();
    for at in 0..30 {
        let mut row = like.clone();
        row[0] = format!("99000000000{at:04}");
        row[handle] = format!("sunny_deal{:06}", at * 31_337 % 1_000_000);
        row[created] = format!("2016-03-05T14:{at:02}:00Z");
        row[bio] = format!("The best deal of today is number {at}");
        table.rows.push(row);
    }
    let file = folder.write("farm.csv", table.bytes());
    let report = numbers(&file, &[]);
    assert_adds_up(&report, 332);
    let first = |sort: &str| report["clusters"][sort]["groups"][0].clone();
    assert_eq!(first("handles")["pattern"], "sunny_deal######");
    assert_eq!(first("created")["pattern"], "2016-03-05 14:00 UTC");
    for sort in ["handles", "created", "bios"] {
        assert_eq!(n(&first(sort)["accounts"]), 30, "{sort}");
    }
    assert!(first("handles")["expected"].as_f64().unwrap() < 10.0);
    let page = botsieve(["report", &file, "-q"]).ends_with(0);
    assert!(page.text().contains("Nobody is a bot on this ground alone"));
}

#[test]
fn older_snapshots_tell_growth_and_who_came_and_left() {
    let folder = Scratch::new();
    let now = "id,screen_name,followers_count,friends_count,statuses_count,observed_at\n\
        1,anna,12,300,50,2020-09-01\n2,ben,10,200,50,2020-09-01\n4,dora,1,2,3,2020-09-01\n";
    let then = "id,screen_name,followers_count,friends_count,statuses_count,observed_at\n\
        1,anna,10,300,40,2020-03-01\n2,ben,10,250,50,2020-03-01\n3,carl,1,2,3,2020-03-01\n";
    let (now, then) = (folder.write("now.csv", now), folder.write("then.csv", then));
    let report = numbers(&now, &["--previous", &then]);
    assert_adds_up(&report, 3);
    let growth = &report["growth"];
    assert_eq!((n(&growth["found"]), n(&growth["new"])), (2, 1));
    let change = |name: &str| {
        growth["counts"].as_array().unwrap().iter().find(|c| c["count"] == name).unwrap()["accounts"].clone()
    };
    assert_eq!(change("followers"), serde_json::json!([1, 1, 0, 0]));
    assert_eq!(change("following"), serde_json::json!([0, 1, 1, 0]));
    let churn = &report["churn"];
    assert_eq!(churn["came"], serde_json::json!({"accounts": 1, "first": ["dora"]}));
    assert_eq!(churn["left"], serde_json::json!({"accounts": 1, "first": ["carl"]}));
    assert_eq!(churn["snapshots"][1]["date"], "2020-09-01");
    assert!(churn["leaving"]["value"].as_f64().is_some_and(|rate| rate > 0.0));
}

/// Two snapshots of a list of followers in the order in which they came, the newest first: what the order tells of when
/// they came is never later than they did, and an id without a handle is not shown as a handle.
#[test]
fn the_order_of_the_list_tells_when_they_came_at_the_earliest() {
    let folder = Scratch::new();
    let mut chance = SplitMix64(5);
    // One a day from 2018 on; every fourth made within the month before.
    let day =
        |n: i64| jiff::Timestamp::from_second(1_514_764_800 + n * 86_400).unwrap().strftime("%F").to_string();
    let mut rows: Vec<String> = (0..900)
        .map(|came| {
            let age = if came % 4 == 0 { chance.below(30) } else { 30 + chance.below(2_000) } as i64;
            format!("f{came:x}a,{},10,20,30,2020-09-01", day(came - age))
        })
        .collect();
    rows.reverse();
    let header = "id,created_at,followers_count,friends_count,statuses_count,observed_at";
    let file = folder.write("now.csv", format!("{header}\n{}\n", rows.join("\n")));
    let older = folder.write("then.csv", format!("{header}\n{}\n", rows[100..].join("\n")));
    let report = numbers(&file, &["--previous", &older]);
    assert_adds_up(&report, 900);
    assert_eq!(report["order_of_arrival"], "newest follower first");
    let months = report["came_not_before"]["bins"].as_array().unwrap();
    let (mut by_then, mut year_and_a_half) = (0, 0);
    for month in months {
        by_then += n(&month[1]);
        if month[0].as_str().unwrap() <= "2019-06" {
            year_and_a_half = by_then;
        }
    }
    // 546 came by the end of June 2019; the order tells nobody later than they came, and few a month too early.
    assert!((546..600).contains(&year_and_a_half), "{year_and_a_half}: {months:?}");
    assert_eq!(report["churn"]["came"]["first"][0], "id:f383a", "an id that could be taken for a handle");
    let page = botsieve(["report", &file, "--previous", &older, "-q"]).ends_with(0);
    assert!(page.text().contains("it has the newest follower first") && !page.text().contains("@id:"));
    assert!(page.text().contains("Came and left since the snapshot before"));
    // Sorted by id, which on many networks is the order in which accounts were made.
    rows.sort_by_key(|row| row.split(',').nth(1).map(str::to_string));
    let sorted = folder.write("sorted.csv", format!("{header}\n{}\n", rows.join("\n")));
    let report = numbers(&sorted, &[]);
    assert!(report["came_untold"].as_str().unwrap().contains("order in which the accounts were made"));
    assert_eq!(n(&report["came_not_before"]["unknown"]), 900);
    let page = botsieve(["report", &sorted, "-q"]).ends_with(0);
    assert!(page.text().contains("when they began to follow: no export says it"));
}

#[test]
fn who_follows_whom_back() {
    let folder = Scratch::new();
    let followers = folder.write("followers.csv", "id,screen_name\n1,anna\n2,ben\n3,carl\n4,dora\n");
    let following = folder.write("following.csv", "id,screen_name\n2,ben\n4,dora\n9,zoe\n");
    let others = folder.write(
        "others.csv",
        "name,following,followers,followed_back\nShop,\"1,000\",5000,500\n=Evil,10,20,15\nEmpty,,7,\n",
    );
    let run = botsieve([
        "report",
        &followers,
        "-q",
        "--format",
        "json",
        "--following",
        &following,
        "--compare",
        &others,
        "--brand",
        "Mine",
    ])
    .ends_with(3);
    let report: Value = serde_json::from_slice(&run.out).unwrap();
    let row = |at: usize| {
        let r = &report["reciprocity"][at];
        (r["name"].clone(), r["following"].clone(), r["followers"].clone(), r["followed_back"].clone())
    };
    assert_eq!(row(0), ("Mine".into(), 3.into(), 4.into(), 2.into()));
    assert_eq!(row(1), ("Shop".into(), 1000.into(), 5000.into(), 500.into()));
    assert_eq!(row(2), ("=Evil".into(), Value::Null, Value::Null, Value::Null));
    assert!(report["reciprocity"][2]["fault"].as_str().unwrap().contains("at most 10"));
    assert_eq!(row(3), ("Empty".into(), Value::Null, 7.into(), Value::Null));
    let run = botsieve([
        "report",
        &followers,
        "-q",
        "--format",
        "markdown",
        "--following",
        &following,
        "--compare",
        &others,
        "--brand",
        "Mine",
    ]);
    let run = run.ends_with(3);
    for line in ["| `Mine` | 3 | 4 | 2 | 50 % | 67 % |", "| `Shop` | 1,000 | 5,000 | 500 | 10 % | 50 % |"] {
        assert!(run.text().contains(line), "{line} in {}", run.text());
    }
}

#[test]
fn lists_that_cannot_be_joined_or_compared_are_refused() {
    let folder = Scratch::new();
    let handles = folder.write("handles.csv", "screen_name,followers_count\nanna,3\n");
    let ids = folder.write("ids.txt", "1\n2\n3\n");
    botsieve(["report", &handles, "--following", &ids])
        .ends_with(1)
        .says(&["nothing to be joined by", "ids.txt"]);
    let wrong = folder.write("wrong.csv", "brand,follows\nx,1\n");
    botsieve(["report", FOLLOWERS, "--compare", &wrong]).ends_with(1).says(&[
        "wrong.csv",
        "no column name",
        "brand, follows",
        "name,following,followers,followed_back",
    ]);
    botsieve(["report", "/nowhere/x.csv"]).ends_with(1).says(&["/nowhere/x.csv"]);
}

#[test]
fn the_date_is_that_of_the_data_or_the_one_asked_for() {
    assert_eq!(numbers(FOLLOWERS, &[])["as_of"], "2020-09-01");
    assert_eq!(numbers(FOLLOWERS, &["--as-of", "2021-02-03"])["as_of"], "2021-02-03");
}

#[test]
fn the_report_about_a_model() {
    let folder = Scratch::new();
    let path = folder.path("model.html");
    let of = |path: &str, more: &[&str]| {
        let args = [
            "evaluate",
            "-m",
            SMALL,
            LABELLED,
            "--label",
            "label",
            "--replicates",
            "20",
            "-q",
            "--report",
            path,
        ];
        botsieve([&args[..], more].concat()).ends_with(0)
    };
    let plain = botsieve(["evaluate", "-m", SMALL, LABELLED, "--label", "label", "--replicates", "20", "-q"]);
    assert_eq!(of(&path, &[]).text(), plain.text(), "the tables stay as they are");
    let page = std::fs::read_to_string(&path).unwrap();
    for part in
        ["ROC curve", "Precision and recall", "Reliability", "Bots by p_bot", "People by p_bot", "one split"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("among the training files"), "flattering figures are called so");
    assert!(!page.contains("<script") && !page.contains("src="));
    let json = folder.path("model.json");
    of(&json, &["--threads", "1"]);
    let one = std::fs::read(&json).unwrap();
    of(&json, &["--threads", "2"]);
    assert!(one == std::fs::read(&json).unwrap(), "the same bytes on any number of threads");
    let report: Value = serde_json::from_slice(&one).unwrap();
    let set = &report["sets"][0];
    let all = |class: &str| set["histogram"].as_array().unwrap().iter().map(|b| n(&b[class])).sum::<u64>();
    assert_eq!((all("bots"), all("humans")), (n(&set["bots"]), n(&set["humans"])));
    assert_eq!(set["reliability"].as_array().unwrap().iter().map(|b| n(&b["n"])).sum::<u64>(), 400);
    let precision: Vec<f64> = set["at_shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["average_precision"]["value"].as_f64().unwrap())
        .collect();
    assert!(precision.windows(2).all(|pair| pair[0] < pair[1]), "more bots, more precision: {precision:?}");
}

#[test]
fn help() {
    insta::assert_snapshot!(botsieve(["report", "--help"]).ends_with(0).text());
}
