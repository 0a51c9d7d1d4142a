//! Every dialect, read from its sample in `data/dialects` without a flag beyond the path.
#![allow(missing_docs)]

mod reading;

use std::fmt::Write as _;
use std::path::Path;

use botsieve::features::CATALOGUE;
use botsieve::ingest::{Dialect, Encoding, IngestError, Input, MapFile, Note, ReadOptions, Source, Tally};
use reading::{fields, files};

fn open(name: &str, text: impl Into<Vec<u8>>) -> Result<Input, IngestError> {
    Input::from_source(Source::from_bytes(name, text.into()), &ReadOptions::default())
}

/// The fields of every row, in order.
fn rows(text: impl Into<Vec<u8>>) -> Vec<std::collections::BTreeMap<&'static str, String>> {
    let mut rows = Vec::new();
    open("memory", text).unwrap().for_each_row(|row| rows.push(fields(&row.account))).unwrap();
    rows
}

/// What is made of a file: dialect, mapping, rows.
fn report(path: &Path) -> String {
    let mut out = String::new();
    let mut input = match Input::open(path, &ReadOptions::default()) {
        Ok(input) => input,
        Err(error) => return format!("refused: {error}\n"),
    };
    writeln!(out, "dialect: {}\n{}", input.dialect(), input.mapping()).unwrap();
    input
        .for_each_row(|row| {
            writeln!(out, "row {} on line {}", row.number, row.line).unwrap();
            if let Some(damage) = &row.damage {
                writeln!(out, "  damaged: {damage}").unwrap();
            }
            for note in row.notes.iter() {
                writeln!(out, "  note: {note}").unwrap();
            }
            for (field, value) in fields(&row.account) {
                writeln!(out, "  {field}: {value:?}").unwrap();
            }
        })
        .unwrap();
    out
}

#[test]
fn every_sample_reads_as_its_golden_report_says() {
    for path in files(Path::new("data/dialects")) {
        let name = path.strip_prefix("data/dialects").unwrap().display().to_string().replace('/', "_");
        if name == "README.md" || name.ends_with(".xlsx") {
            continue;
        }
        insta::assert_snapshot!(name, report(&path));
    }
}

#[test]
fn every_dialect_has_a_sample_that_is_recognised_by_content() {
    use clap::ValueEnum;
    let mut seen: Vec<Dialect> = files(Path::new("data/dialects"))
        .iter()
        .filter_map(|path| Input::open(path, &ReadOptions::default()).ok())
        .map(|input| input.dialect())
        .collect();
    seen.extend([open("a.csv", "handle,followers\nanna,3\n").unwrap().dialect()]);
    seen.extend([open("a.csv", "screen_name,friends_count,statuses_count\nanna,3,4\n").unwrap().dialect()]);
    seen.extend([open("a.json", r#"[{"handle":"anna","followers":3}]"#).unwrap().dialect()]);
    for dialect in Dialect::value_variants() {
        assert!(seen.contains(dialect), "no sample is read as {dialect}");
    }
}

#[test]
fn the_name_of_the_file_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for sample in ["x_archive/follower.js", "rtweet.csv", "mastodon_followers.json", "caverlee.txt"] {
        let path = Path::new("data/dialects").join(sample);
        let copy = folder.path().join("download (3).dat");
        std::fs::copy(&path, &copy).unwrap();
        assert_eq!(report(&path), report(&copy), "{sample}");
    }
}

#[test]
fn a_suspended_account_is_a_row_that_says_so() {
    let mut input =
        Input::open(Path::new("data/dialects/api_v2_twarc.jsonl"), &ReadOptions::default()).unwrap();
    let mut refused = Vec::new();
    input
        .for_each_row(|row| {
            assert!(row.account.observed_at.is_some(), "the page says when it was fetched");
            if let Some(damage) = row.damage {
                refused.push((row.number, row.account.id.unwrap().into_owned(), damage.found));
            }
        })
        .unwrap();
    assert_eq!(
        refused,
        [(5, "1365770001112223344".into(), "\"User has been suspended: [1365770001112223344].\"".into())]
    );
}

#[test]
fn an_archive_is_listed_and_not_scored() {
    let mut input =
        Input::open(Path::new("data/dialects/x_archive/follower-part1.js"), &ReadOptions::default()).unwrap();
    assert!(input.ids_only());
    let mut ids = Vec::new();
    input.for_each_row(|row| ids.push(row.account.id.clone().unwrap().into_owned())).unwrap();
    assert_eq!(ids, ["1365002211340021760"], "out of the link, where there is no accountId");
    assert_eq!(rows("window.YTD.follower.part0 = [ ]"), []);
}

#[test]
fn ids_are_text_and_ruined_ones_are_no_keys() {
    let text = "id,handle,followers\n9007199254740993,a,1\n8.41E+17,b,2\n8.41234567890123E+17,c,1.2K\n841234567890123000,d,4\n";
    let mut tally = Tally::default();
    let mut ids = Vec::new();
    open("a.csv", text)
        .unwrap()
        .for_each_row(|row| {
            tally.add(&row);
            ids.push(row.account.id.map(std::borrow::Cow::into_owned));
        })
        .unwrap();
    assert_eq!(ids, [Some("9007199254740993".into()), None, None, Some("841234567890123000".into())]);
    assert_eq!((tally.rows, tally.damaged), (4, 0));
    assert_eq!((tally.noted(Note::RuinedId), tally.noted(Note::RoundedCount)), (2, 1));
    let json = rows(r#"[{"id":18446744073709551615,"handle":"a"},{"id":8.41e17,"handle":"b"}]"#);
    assert_eq!(json[0]["id"], "18446744073709551615");
    assert!(!json[1].contains_key("id"));
}

#[test]
fn nothing_to_read_is_not_an_error_but_no_file_is() {
    for none in [
        "id,screen_name,followers\n",
        "[]",
        "[ ]\n",
        r#"{"data":[],"meta":{"result_count":0}}"#,
        r#"{"users":[],"next_cursor":0}"#,
    ] {
        assert_eq!(rows(none), [], "{none}");
    }
    for empty in ["", "\n \n", "\u{feff}"] {
        assert!(matches!(open("empty.csv", empty), Err(IngestError::Empty { .. })), "{empty:?}");
    }
}

#[test]
fn the_first_of_two_columns_of_a_name_counts() {
    let input = open("a.csv", "handle,followers,followers\nanna,1,2\n").unwrap();
    assert_eq!(input.mapping().duplicate, ["followers"]);
    assert_eq!(rows("handle,followers,followers\nanna,1,2\n")[0]["followers"], "1");
}

#[test]
fn objects_behind_something_else_are_no_header() {
    let list = r#"[{"screen_name":"anna","followers_count":3},{"screen_name":"ben","followers_count":4}]"#;
    assert_eq!(rows(list).len(), 2);
    for before in ["\\u0000", "x", ")]}',"] {
        let error = open("a.json", format!("{before}{list}")).err().map(|error| error.to_string());
        let error = error.unwrap_or_default();
        assert!(
            error.contains("JSON with something in front") && error.contains("begins with"),
            "{before}: {error}"
        );
    }
}

#[test]
fn encodings_are_told_by_content_and_said() {
    let text = "screen_name,description,followers_count\nzoe,Zoë aus Köln,3\nana,señora,4\n";
    let utf16le: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let utf16be: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let marked = ["\u{feff}".as_bytes(), text.as_bytes()].concat();
    let plain = rows(text);
    for (bytes, said) in [
        (utf16le, Some("utf-16le")),
        (utf16be, Some("utf-16be")),
        (latin.clone(), Some("windows-1252")),
        (marked, None),
    ] {
        let input = open("a.csv", bytes.clone()).unwrap();
        match (&input.mapping().encoding, said) {
            (Some(words), Some(said)) => assert!(words.starts_with(said), "{words}"),
            (words, said) => assert!(words.is_none() && said.is_none(), "{words:?}"),
        }
        assert_eq!(rows(bytes), plain);
    }
    // A MB tells it, whatever a chunk is: the first letter that is not ASCII stands behind 700 kB.
    let mut plain = String::from("screen_name,description,followers_count\n");
    plain.push_str(&"ana,plain,4\n".repeat(60_000));
    let latin1 = [plain.as_bytes(), b"jos\xe9,se\xf1or,5\n"].concat();
    assert!(
        open("a.csv", latin1).unwrap().mapping().encoding.as_deref().unwrap().starts_with("windows-1252")
    );
    // Late in a file that began as UTF-8: the row is damaged, and the advice helps.
    let mut late = text.repeat(40_000).into_bytes();
    late.extend_from_slice(b"jos\xe9,se\xf1or,5\n");
    let mut damage = Vec::new();
    open("late.csv", late)
        .unwrap()
        .for_each_row(|row| damage.extend(row.damage.map(|d| d.to_string())))
        .unwrap();
    let last = damage.last().unwrap();
    assert!(last.contains("--encoding") && last.contains("screen_name"), "{last}");
    let options =
        ReadOptions { encoding: Some("latin1".parse::<Encoding>().unwrap()), ..ReadOptions::default() };
    let mut bios = Vec::new();
    Input::from_source(Source::from_bytes("a.csv", latin), &options)
        .unwrap()
        .for_each_row(|row| bios.push(row.account.bio.unwrap().into_owned()))
        .unwrap();
    assert_eq!(bios, ["Zoë aus Köln", "señora"]);
}

#[test]
fn a_page_longer_than_any_buffer_is_read() {
    // Posts come first, by the megabyte, and the accounts behind them.
    let post = format!(r#"{{"text":"{}","id":"1"}}"#, "la ".repeat(300));
    let posts = vec![post; 4000].join(",");
    let text = format!(
        r#"{{"id":30,"posts":[{posts}],"users":[{{"id":"7","username":"anna","name":"Anna","description":"hi"}}]}}"#
    );
    assert!(text.len() > 3 << 20);
    assert_eq!(rows(text)[0]["handle"], "anna");
}

#[test]
fn what_holds_no_profiles_is_refused_with_the_reason() {
    for (text, reason) in [
        ("12\tbot\n13\thuman\n", "a list of labels"),
        ("id,label\nu12,bot\n", "a list of labels"),
        ("user_id,label,created_at,text\n1,bot,2010-01-01 00:00:00,hi\n", "posts"),
        ("d661fe96-ddf5\n8a2dcd0a-4506\n", "a list of names or keys"),
        ("Dear reader,\nthis is a letter, and not a table.\n", "no column is known"),
        ("The Fake Project dataset\nReleased by nobody\n", "prose"),
        ("a,b\n1,2\n", "no column is known as part of a profile; there are: a, b"),
        ("window.YTD.tweets.part0 = [{\"tweet\":{\"id\":\"1\"}}]", "the list tweets of an X archive"),
        ("\u{0}\u{1}\u{2}binary", "NUL"),
        ("PK\u{3}\u{4}zip", "xlsx"),
    ] {
        let error = open("file", text).err().unwrap_or_else(|| panic!("read: {text:?}")).to_string();
        assert!(error.contains(reason) || (reason == "xlsx" && error.contains("zip")), "{error}");
    }
}

#[test]
fn following_may_be_a_count_or_say_whether() {
    let count = rows("screen_name,followers,following\nanna,3,4\n");
    assert_eq!(count[0]["following"], "4");
    let whether = rows("screen_name,followers,following\nanna,3,FALSE\nbert,4,TRUE\n");
    assert!(!whether[0].contains_key("following"));
}

#[test]
fn excel_says_its_separator_in_the_first_line() {
    assert_eq!(rows("sep=;\r\nhandle;followers\r\nanna;3\r\n")[0]["followers"], "3");
}

#[test]
fn a_drafted_map_file_reads_the_file_as_before() {
    let folder = tempfile::tempdir().unwrap();
    for path in files(Path::new("data/dialects")) {
        let Ok(input) = Input::open(&path, &ReadOptions::default()) else { continue };
        let map = folder.path().join("map.toml");
        std::fs::write(&map, MapFile::draft(input.mapping())).unwrap();
        let map = MapFile::open(&map).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if input.dialect() == Dialect::IdList {
            continue;
        }
        let again = Input::open(&path, &ReadOptions { map: Some(map), ..ReadOptions::default() }).unwrap();
        let names = |input: &Input| {
            let mut names: Vec<_> = input.mapping().used.iter().map(|m| (m.field, m.name.clone())).collect();
            names.sort();
            names
        };
        assert_eq!(names(&again), names(&input), "{}", path.display());
    }
}

#[cfg(feature = "xlsx")]
#[test]
fn a_workbook_reads_like_the_table_on_its_sheet() {
    insta::assert_snapshot!("accounts.xlsx", report(Path::new("data/dialects/accounts.xlsx")));
}

#[cfg(not(any(feature = "xlsx", feature = "arrow")))]
#[test]
fn without_the_feature_the_error_says_how_to_get_it() {
    let error = Input::open(Path::new("data/dialects/accounts.xlsx"), &ReadOptions::default())
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("cargo install botsieve --features xlsx"), "{error}");
    let error = open("a.parquet", "PAR1....").err().unwrap().to_string();
    assert!(error.contains("--features arrow"), "{error}");
}

#[cfg(feature = "arrow")]
mod arrow_files {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, StructArray};
    use arrow::datatypes::{DataType, Field};

    use super::*;

    fn batch(rows: usize) -> RecordBatch {
        let ids: Vec<i64> = (0..rows as i64).map(|n| 1_364_881_990_134_534_145 + n).collect();
        let names: Vec<Option<String>> =
            (0..rows).map(|n| (n % 3 != 0).then(|| format!("Name, \"{n}\""))).collect();
        let handles: Vec<String> = (0..rows).map(|n| format!("handle_{n}")).collect();
        let metrics = StructArray::from(vec![(
            Arc::new(Field::new("followers_count", DataType::Int64, true)),
            Arc::new(Int64Array::from(
                (0..rows as i64).map(|n| (n % 5 != 0).then_some(n)).collect::<Vec<_>>(),
            )) as ArrayRef,
        )]);
        RecordBatch::try_from_iter([
            ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
            ("username", Arc::new(StringArray::from(handles)) as ArrayRef),
            ("name", Arc::new(StringArray::from(names)) as ArrayRef),
            ("public_metrics", Arc::new(metrics) as ArrayRef),
            ("verified", Arc::new(BooleanArray::from(vec![true; rows])) as ArrayRef),
        ])
        .unwrap()
    }

    #[test]
    fn parquet_and_arrow_read_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0, 5000] {
            let batch = batch(count);
            let mut parquet_bytes = Vec::new();
            let mut writer =
                parquet::arrow::ArrowWriter::try_new(&mut parquet_bytes, batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
            let mut file_bytes = Vec::new();
            let mut writer =
                arrow::ipc::writer::FileWriter::try_new(&mut file_bytes, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
            drop(writer);
            let mut stream_bytes = Vec::new();
            let mut writer =
                arrow::ipc::writer::StreamWriter::try_new(&mut stream_bytes, &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
            drop(writer);
            for (name, bytes) in [("a.parquet", parquet_bytes), ("b", file_bytes), ("c.arrows", stream_bytes)]
            {
                let path = folder.path().join(name);
                std::fs::write(&path, &bytes).unwrap();
                for found in [super::rows(bytes), {
                    let mut found = Vec::new();
                    let mut input = Input::open(&path, &ReadOptions::default()).unwrap();
                    input.for_each_row(|row| found.push(fields(&row.account))).unwrap();
                    found
                }] {
                    assert_eq!(found.len(), count, "{name}");
                    if count > 0 {
                        assert_eq!(found[7]["id"], "1364881990134534152", "{name}");
                        assert_eq!(found[7]["name"], "Name, \"7\"");
                        assert_eq!(found[6]["followers"], "6");
                        assert!(!found[5].contains_key("followers"), "null is missing");
                        assert_eq!(found[4999]["verified"], "true");
                    }
                }
            }
        }
        assert!(super::open("a.parquet", "PAR1 but not really").is_err());
    }
}

#[test]
fn the_documentation_names_every_dialect_and_every_sample() {
    use clap::ValueEnum;
    let text = std::fs::read_to_string("docs/dialects.md").unwrap();
    for dialect in Dialect::value_variants() {
        assert!(text.contains(&format!("`{dialect}`")), "{dialect}");
    }
    for path in files(Path::new("data/dialects")) {
        let name = path.strip_prefix("data/dialects").unwrap().display().to_string();
        let refused = matches!(
            &*name,
            "README.md" | "x_archive/account.js" | "bot_repository.tsv" | "twibot22_label.csv"
        );
        assert!(refused || text.contains(&format!("`{name}`")), "{name}");
    }
}

/// The rows of the table below a heading line, as cells.
fn table_below<'t>(text: &'t str, header: &str) -> Vec<Vec<&'t str>> {
    let rows =
        text.lines().skip_while(|line| *line != header).skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// With `BOTSIEVE_UPDATE_DOCS` set, the table is written anew instead.
#[test]
fn the_documentation_says_what_each_sample_gives() {
    const HEADER: &str = "| sample | fields found | features available |";
    let text = std::fs::read_to_string("docs/dialects.md").unwrap();
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(String::from).collect::<Vec<_>>();
    let groups: Vec<(String, Vec<String>)> = table_below(&text, "| group | features |")
        .into_iter()
        .map(|cells| (cells[0].to_string(), quoted(cells[1])))
        .collect();
    let mut grouped: Vec<&str> = groups.iter().flat_map(|(_, names)| names).map(String::as_str).collect();
    let mut known: Vec<&str> = CATALOGUE.iter().map(|feature| feature.name).collect();
    known.retain(|name| !FROM_FILES_BESIDE.contains(name));
    grouped.sort_unstable();
    known.sort_unstable();
    assert_eq!(grouped, known, "every feature stands in one group");
    let mut wanted = String::new();
    for path in files(Path::new("data/dialects")) {
        let Ok(mut input) = Input::open(&path, &ReadOptions::default()) else { continue };
        let mut fields: Vec<&str> = input.mapping().used.iter().map(|mapped| mapped.field.name()).collect();
        fields.sort_unstable();
        let ids_only = input.ids_only();
        let mut available = std::collections::BTreeSet::new();
        let mut values = vec![f64::NAN; CATALOGUE.len()];
        input
            .for_each_row(|row| {
                botsieve::features::compute_all(&row.account, &mut values);
                let has = CATALOGUE.iter().zip(&values).filter(|(_, value)| !value.is_nan());
                available.extend(has.map(|(feature, _)| feature.name));
            })
            .unwrap();
        let found: Vec<String> = groups
            .iter()
            .filter_map(|(group, names)| {
                let has = names.iter().filter(|name| available.contains(name.as_str())).count();
                (has > 0).then(|| if has == names.len() { group.clone() } else { format!("{group} (part)") })
            })
            .collect();
        let found = if ids_only { "none: listed, not scored".into() } else { found.join(", ") };
        let name = path.strip_prefix("data/dialects").unwrap().display().to_string();
        if cfg!(feature = "xlsx") || !name.ends_with(".xlsx") {
            writeln!(wanted, "| `{name}` | {} | {found} |", fields.join(", ")).unwrap();
        }
    }
    let start = text.find(HEADER).unwrap() + HEADER.len() + "\n|---|---|---|\n".len();
    let end = start + text[start..].find("\n\n").unwrap() + 1;
    if std::env::var_os("BOTSIEVE_UPDATE_DOCS").is_some() {
        std::fs::write("docs/dialects.md", format!("{}{wanted}{}", &text[..start], &text[end..])).unwrap();
        return;
    }
    let stands: Vec<&str> = text[start..end].lines().filter(|line| !line.contains(".xlsx`")).collect();
    let wanted: Vec<&str> = wanted.lines().filter(|line| !line.contains(".xlsx`")).collect();
    assert_eq!(stands, wanted, "write it anew with BOTSIEVE_UPDATE_DOCS=1");
}

/// Features that no file of accounts gives by itself.
const FROM_FILES_BESIDE: &[&str] = &[
    "post_gap_mean_hours",
    "post_burstiness",
    "post_hour_entropy",
    "repeated_text_share",
    "hashtags_per_post",
    "main_client_share",
    "followers_change_per_day",
    "friends_change_per_day",
    "statuses_change_per_day",
    "favourites_change_per_day",
    "listed_change_per_day",
    "followers_change_ratio",
    "friends_change_ratio",
    "friends_turnover_per_day",
    "friends_reversal_share",
    "handle_changed",
];

#[test]
fn the_documentation_names_the_dialect_by_which_each_sample_is_read() {
    let text = std::fs::read_to_string("docs/dialects.md").unwrap();
    for cells in table_below(&text, "| dialect | sample | recognised by | traps | real file |") {
        let (dialect, sample) = (cells[0].trim_matches('`'), cells[1].trim_matches('`'));
        if sample.ends_with(".xlsx") || !sample.contains('.') || sample.starts_with('(') {
            continue;
        }
        let path = Path::new("data/dialects").join(sample);
        let input = Input::open(&path, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(input.dialect().name(), dialect, "{sample}");
    }
}

#[test]
fn what_an_account_is_to_you_is_read_and_is_no_count() {
    let relation = |text: &str| {
        let row = rows(text).remove(0);
        (row.get("you_follow").cloned(), row.get("follows_you").cloned(), row.get("following").cloned())
    };
    let (yes, no) = (Some("true".to_string()), Some("false".to_string()));
    for (words, you, they) in [
        (r#"["following","followed_by"]"#, &yes, &yes),
        (r#"["followed_by","muting"]"#, &no, &yes),
        (r#"["following_requested"]"#, &no, &no),
        ("[]", &no, &no),
    ] {
        let text = format!(
            r#"[{{"id":"1","username":"a","name":"A","public_metrics":{{"following_count":7}},"connection_status":{words}}}]"#
        );
        assert_eq!(relation(&text), (you.clone(), they.clone(), Some("7".into())), "{words}");
    }
    let table = "screen_name,followers,following,followed_by\nanna,3,TRUE,FALSE\n";
    assert_eq!(relation(table), (yes.clone(), no.clone(), None));
    let bluesky = |viewer: &str| {
        format!(r#"[{{"did":"did:plc:a","handle":"a.b","followsCount":7,"viewer":{viewer}}}]"#)
    };
    let both =
        bluesky(r#"{"muted":false,"following":"at://did:plc:me/x/1","followedBy":"at://did:plc:a/x/2"}"#);
    assert_eq!(relation(&both), (yes.clone(), yes.clone(), Some("7".into())));
    let one = bluesky(r#"{"following":"at://did:plc:me/x/1"}"#);
    assert_eq!(relation(&one), (yes.clone(), no.clone(), Some("7".into())));
    let v1 = r#"[{"screen_name":"a","friends_count":7,"following":true}]"#;
    assert_eq!(relation(v1), (yes, None, Some("7".into())));
    // A word that is none spoils no row: nothing is computed from it.
    let odd = open("a", "screen_name,followers,followed_by\nanna,3,maybe\n").unwrap();
    let mut input = odd;
    input.for_each_row(|row| assert!(row.damage.is_none() && row.account.follows_you.is_none())).unwrap();
}

#[test]
fn lists_of_handles_and_of_ids_are_listed() {
    let handles = rows("@anna\n  bert_88  \ncleo.b\nd-maps.bsky.example\nid@instance.example\n");
    let names: Vec<&str> = handles.iter().map(|row| row["handle"].as_str()).collect();
    assert_eq!(names, ["anna", "bert_88", "cleo.b", "d-maps.bsky.example", "id@instance.example"]);
    assert_eq!(open("a", "@anna\nbert\n").unwrap().dialect(), Dialect::HandleList);
    let with_header = open("a", "username\nanna\nbert\n").unwrap();
    assert_eq!(with_header.dialect(), Dialect::Csv);
    assert_eq!(rows("username\nanna\nbert\n").len(), 2);
    let ids = open("a", "id\n12\n13\n").unwrap();
    assert!(ids.ids_only());
    assert_eq!(rows("user_id\n12\n13\n")[1]["id"], "13");
    assert!(open("a", "id,label\n12,bot\n").is_err(), "a list of labels is no list of followers");
}

#[test]
fn pages_come_in_every_wrapping() {
    let user = r#"{"id":"1","name":"Anna","username":"anna","public_metrics":{"followers_count":3}}"#;
    let refusal = r#"{"value":"9","detail":"User has been suspended: [9].","resource_type":"user","parameter":"id","resource_id":"9"}"#;
    for (text, handles) in [
        (format!(r#"{{"data":{user}}}"#), vec![Some("anna")]),
        (
            format!(r#"[{{"data":[{user}]}},{{"data":[{user}],"meta":{{}}}}]"#),
            vec![Some("anna"), Some("anna")],
        ),
        (format!("{{\"errors\":[{refusal}]}}\n{{\"data\":[{user}]}}\n"), vec![None, Some("anna")]),
        (format!(r#"{{"errors":[{refusal}],"data":[{user}]}}"#), vec![None, Some("anna")]),
    ] {
        let found = rows(text.clone());
        let found: Vec<_> = found.iter().map(|row| row.get("handle").map(String::as_str)).collect();
        assert_eq!(found, handles, "{text}");
    }
    assert_eq!(rows(format!("{{\"errors\":[{refusal}]}}\n{{\"data\":[{user}]}}\n"))[0]["id"], "9");
}

#[test]
fn a_carriage_return_alone_ends_a_line_only_where_there_is_no_line_feed() {
    assert_eq!(rows("handle,name,followers\ranna,Anna,3\rbert,Bert,4\r").len(), 2);
    let inside = rows("handle,name,followers\nanna,An\rna,3\nbert,Bert,4\n");
    assert_eq!((inside.len(), inside[0]["name"].as_str()), (2, "An\rna"));
}
