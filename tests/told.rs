//! What the damage harness (`tests/damage.rs`) found, one small file each: nothing is passed over in silence.
#![allow(missing_docs)]

use botsieve::account::Account;
use botsieve::ingest::{Input, LabelList, PostInput, PostRow, ReadOptions, Source};

/// Dialect, accounts, and what is said of those that cannot be read.
fn read(text: &str) -> (String, Vec<Result<Account<'static>, String>>) {
    let source = Source::from_bytes("file", text.as_bytes().to_vec());
    let mut input = Input::from_source(source, &ReadOptions::default()).unwrap();
    let mut rows = Vec::new();
    input
        .for_each_row(|row| {
            let account = row.account.into_owned();
            rows.push(row.damage.map_or(Ok(account), |damage| Err(damage.to_string())));
        })
        .unwrap();
    (input.dialect().to_string(), rows)
}

#[track_caller]
fn damaged(text: &str, wanted: &[Option<&str>]) {
    let (_, rows) = read(text);
    assert_eq!(rows.len(), wanted.len(), "{rows:?}");
    for (row, wanted) in rows.iter().zip(wanted) {
        match (row, wanted) {
            (Ok(_), None) => {}
            (Err(words), Some(part)) if words.contains(part) => {}
            _ => panic!("{row:?} is not {wanted:?}"),
        }
    }
}

const ANNA: &str = r#"{"id":"1","username":"anna","name":"Anna","public_metrics":{"followers_count":5}}"#;

#[test]
fn a_list_that_is_cut_off_between_two_records_is_told() {
    let cut = Some("not whole");
    damaged(
        r#"[{"screen_name":"a","friends_count":1},{"screen_name":"b","friends_count":2}"#,
        &[None, None, cut],
    );
    damaged(r#"[{"screen_name":"a","friends_count":1},"#, &[None, cut]);
    damaged(&format!(r#"{{"data":[{ANNA}"#), &[None, cut]);
    damaged(&format!(r#"{{"data":[{ANNA}],"meta":{{"result_count":1}}"#), &[None, cut]);
    damaged(
        &format!("{{\"data\":[{ANNA}]}}\n{{\"data\":[{ANNA}]\n{{\"data\":[{ANNA}]}}\n"),
        &[None, None, cut, None],
    );
    // No key of JSON: what it was may have been another.
    damaged("{\"ids\":[11,12],\"next_cu\u{1b}rsor\":0}", &[None, None, cut]);
    // A key of the page is no id.
    damaged(r#"{"ids":[11,12],"next_cursor"#, &[None, None, cut]);
    damaged("window.YTD.follower.part0 = [{\"follower\":{\"accountId\":\"1\"}}", &[None, cut]);
}

/// The end of a stream may come just behind a chunk.
#[test]
fn a_list_that_is_cut_off_behind_a_chunk_is_told() {
    for pad in 0..40 {
        let record =
            format!(r#"{{"screen_name":"a","friends_count":1,"x":"{}"}},"#, "x".repeat((1 << 20) - 60 + pad));
        damaged(&format!("[{record}"), &[None, Some("not whole")]);
    }
}

#[test]
fn a_page_without_its_list_is_told_if_it_does_not_say_why() {
    let page = format!(r#"{{"data":[{ANNA}],"__twarc":{{"retrieved_at":"2021-03-01T09:30:00Z"}}}}"#);
    let none = r#"{"meta":{"result_count":0}}"#;
    damaged(&format!("{page}\n{none}\n{page}\n"), &[None, None]);
    let renamed = page.replace("data", "dbta");
    damaged(&format!("{page}\n{renamed}\n{page}\n"), &[None, Some("not whole"), None]);
    let timeless = page.replace("09:30", "09_30");
    damaged(&format!("{page}\n{timeless}\n"), &[None, None, Some("not whole")]);
    let broken = page.replace("\"retrieved_at\":", "\"retrieved_at\"");
    damaged(&format!("{page}\n{broken}\n"), &[None, None, Some("not whole"), Some("not whole")]);
}

#[test]
fn a_broken_first_record_does_not_say_what_the_others_are() {
    let record = r#"{"id_str":"1","screen_name":"a","friends_count":1,"statuses_count":2}"#;
    let lines = format!("{}\n{record}\n{record}\n", record.replace("\"friends", "friends"));
    let array = format!("[{},{record}]", record.replace("count\":1", "count\"1"));
    for text in [lines, array] {
        let (dialect, rows) = read(&text);
        assert_eq!(dialect, "api-v1");
        assert!(
            rows[0].is_err() && rows[1..].iter().all(|row| row.as_ref().is_ok_and(|a| a.posts == Some(2)))
        );
    }
    let deep = record.replace("}", &format!(",\"x\":{}{}}}", "[".repeat(1000), "]".repeat(1000)));
    assert_eq!(read(&format!("[{deep}]")).0, "api-v1", "however deep something beside it is nested");
    // A page that a line end cut in two: the pages behind keep their times.
    let page = format!(r#"{{"data":[{ANNA}],"__twarc":{{"retrieved_at":"2021-03-01T09:30:00Z"}}}}"#);
    let (_, rows) = read(&format!("{}\n{page}\n", page.replace("Anna", "An\nna")));
    assert!(rows.last().unwrap().as_ref().is_ok_and(|account| account.observed_at.is_some()), "{rows:?}");
    assert!(rows[..rows.len() - 1].iter().all(Result::is_err));
}

#[test]
fn one_cell_does_not_change_what_a_column_is() {
    let text = "screen_name,friends_count\na,1\nb,true\nc,3\nd,4\n";
    damaged(text, &[None, Some("column friends_count"), None, None]);
    assert_eq!(read(text).1[0].as_ref().unwrap().following, Some(1));
    let relation = read("screen_name,following,followers\na,true,1\nb,,2\nc,false,3\nd,7,3\n").1;
    assert_eq!(relation[0].as_ref().unwrap().you_follow, Some(true));
}

#[test]
fn what_no_count_or_time_can_be_is_told() {
    for time in [
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "Fri Dec 31 23:59:59 +0000 9999",
        "2421-03-01 10:00:00",
    ] {
        damaged(&format!("screen_name,created_at\na,{time}\n"), &[Some("column created_at")]);
    }
    // Blanks where there are none, none where there are some.
    for time in ["2006-12-2310:05:00 +0000", "2021-02-24 19:00:\t0 +0000", "MonAug 12 10:24:54 +0000 2019"] {
        damaged(&format!("screen_name,created_at\na,{time}\n"), &[Some("column created_at")]);
    }
    let ages = read("screen_name,account_age_days,followers\na,-5,1\nb,5,1\n").1;
    assert_eq!(ages[0].as_ref().unwrap().given.age_days, None, "an age below 0 is none, which a remark says");
    assert_eq!(ages[1].as_ref().unwrap().given.age_days, Some(5.0));
    damaged("{\"ids\": [1187423365\t891264512, 284117]}", &[Some("expected a whole JSON object"), None]);
}

#[test]
fn an_object_in_place_of_a_value_is_told_though_another_record_has_it() {
    let sound = r#"{"userFollowerCount":1,"usernameLength":7}"#;
    let nested = r#"{"userFollowerCount":1,"usernameLength":{"a":{"a":1}}}"#;
    damaged(&format!("[{sound},{nested}]"), &[None, Some("column usernameLength: found an object")]);
}

#[test]
fn words_of_a_damage_that_somebody_wrote_are_not_obeyed() {
    let text = "botsieve_status,handle\n\"damaged: found \u{1b}[31mx, expected \u{1b}]0;y\u{7}\",a\n";
    let (_, rows) = read(text);
    assert!(rows[0].as_ref().is_err_and(|words| !words.chars().any(char::is_control)), "{rows:?}");
}

#[test]
fn a_header_longer_than_the_head_is_read_whole() {
    let names: String = (0..200_000).map(|n| format!("column {n},")).collect();
    let cells = "1,".repeat(200_000);
    let (_, rows) = read(&format!("{names}screen_name,followers\n{cells}anna,5\n"));
    assert_eq!((rows.len(), rows[0].as_ref().unwrap().followers), (1, Some(5)));
    let long = format!("{},screen_name", "x".repeat(2 << 20));
    let refused = Input::from_source(
        Source::from_bytes("file", format!("{long}x\n1,2\n").into_bytes()),
        &ReadOptions::default(),
    );
    assert!(refused.err().unwrap().to_string().len() < 2000, "a name is shown in short");
}

/// A record of many MB goes its own way.
#[test]
fn giant_records_are_numbered_and_told_as_others_are() {
    let (wide, long) = (",".repeat(100), "xxxxxxx,\"\"\n".repeat(1 << 20));
    let text = format!("handle,bio,followers\na,b,1\n\nb,{wide},2\r\nc,\"{long}\",3\n\r\nd,\"x\n");
    damaged(&text, &[None, Some("cells, expected 3 cells"), None, Some("closing quote")]);
    let rows = read(&text).1;
    assert_eq!(rows[2].as_ref().unwrap().bio.as_deref().map(str::len), Some(long.len() - (1 << 20)));
}

#[test]
fn labels_behind_a_mark_are_read_and_endless_lines_are_not() {
    let list = LabelList::parse("labels".as_ref(), "1\tbot\n\u{feff}2\thuman\n".as_bytes()).unwrap();
    assert!(list.get("2").is_some() && list.unreadable() == 0);
    let endless = ["1\tbot\n2\t", &"x".repeat(2 << 20)].concat();
    let refused = LabelList::parse("labels".as_ref(), endless.as_bytes()).unwrap_err();
    assert!(refused.to_string().contains("longer than a MiB"));
}

#[test]
fn a_count_of_a_post_that_is_none_is_told() {
    let post =
        |likes: &str| format!(r#"{{"author_id":"1","text":"x","public_metrics":{{"like_count":{likes}}}}}"#);
    let text = format!("{}\n{}\n", post("3"), post("-3"));
    let mut input = PostInput::from_source(Source::from_bytes("posts", text.into_bytes()), None).unwrap();
    let (parser, chunk) = (input.parser(), input.next_chunk().unwrap().unwrap());
    let mut told = Vec::new();
    parser.parse(&chunk, |row| {
        told.push(match row {
            PostRow::Post(post) => Ok(post.likes),
            PostRow::Damaged(number, _, damage) => Err((number, damage.column)),
        });
    });
    assert_eq!(told, [Ok(Some(3)), Err((2, Some("likes".into())))]);
}

#[test]
fn a_cell_that_goes_on_behind_its_closing_quote_is_told() {
    let quote = Some("closes a cell");
    let text = "id,screen_name,name,followers_count,x\n1,a,\"An\"na,5,\n2,b,\"x\" y,5,\n3,c,\"C \"\"c\"\"\",5,\"i\"j\n4,d,D \"d\",5,\n5,\"e\",E,5,\"\"\r\n";
    // Of a column that is not read nothing is asked.
    damaged(text, &[quote, quote, None, None, None]);
}

#[test]
fn a_time_with_an_exponent_is_told() {
    let time = Some("column created_at");
    damaged(
        "id,screen_name,followers_count,created_at\n1,a,5,1.42E+12\n2,b,5,1E+09\n3,c,5,1420070400.0\n4,d,5,1420070400\n",
        &[time, time, None, None],
    );
}

#[test]
fn one_nul_makes_no_binary_data_of_a_list() {
    damaged("id,screen_name,followers_count\n1,a\0b,5\n2,b,6\n3,c,7\n4,d,8\n", &[None, None, None, None]);
}
