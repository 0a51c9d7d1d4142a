//! What is kept of people, and what is not: the bytes of the ledger after `forget`, the words of a model file.

mod common;

use std::collections::BTreeSet;

use botsieve::features::CATALOGUE;
use botsieve::model::Model;
use common::*;

/// A text in the forms in which a file could hold it: as it is, in UTF-16 of either order, with JSON's and our own escapes.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let escaped = |hex: fn(u16) -> String| -> Vec<u8> {
        let one = |unit: u16| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_graphic() => char::from(byte).to_string(),
            _ => hex(unit),
        };
        text.encode_utf16().map(one).collect::<String>().into_bytes()
    };
    let mut forms = vec![
        text.as_bytes().to_vec(),
        text.to_lowercase().into_bytes(),
        text.to_uppercase().into_bytes(),
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
        escaped(|unit| format!("\\u{unit:04x}")),
        escaped(|unit| format!("\\u{unit:04X}")),
        escaped(|unit| format!("\\u{{{unit:x}}}")),
        text.bytes().rev().collect(),
    ];
    // An id could stand as a number: SQLite keeps whole numbers big-endian in eight bytes.
    forms.extend(text.parse::<i64>().ok().filter(|n| *n > 1 << 40).map(|n| n.to_be_bytes().to_vec()));
    forms
}

/// Which of the texts stand in the bytes, in any form.
fn found<'t>(bytes: &[u8], texts: &[&'t str]) -> BTreeSet<&'t str> {
    let holds = |form: &Vec<u8>| memchr::memmem::find(bytes, form).is_some();
    texts.iter().copied().filter(|text| forms(text).iter().any(holds)).collect()
}

#[cfg(feature = "ledger")]
mod forget {
    use super::*;

    /// Bytes of every file whose name begins with that of the ledger.
    fn raw(folder: &Scratch) -> Vec<u8> {
        let names = folder.names();
        names
            .iter()
            .filter(|n| n.starts_with("our.ledger"))
            .flat_map(|n| std::fs::read(folder.path(n)).unwrap())
            .collect()
    }

    const ID: &str = "7770001234567890123";
    /// What is kept of the person until forgotten.
    const KEPT: [&str; 9] = [
        ID,
        "Zorba_Quux",
        "Zorba_Renamed",
        "wigglewax reason",
        "wigglewax-tag",
        "wigglewax-list",
        "wigglewax nöte 漢字",
        "wigglewax never",
        "wigglewax undone",
    ];
    /// What stands in the lists and is never kept.
    const NEVER_KEPT: [&str; 3] = ["Zorba Frobnicate", "bio of blorptide", "https://zorba.example.net"];

    fn list(handle: &str, observed: &str) -> String {
        let mut text = format!(
            "id,screen_name,name,description,url,followers_count,friends_count,statuses_count,favourites_count,created_at,observed_at\n\
         {ID},{handle},{},{},{},120,300,4000,900,2012-03-04,{observed}\n",
            NEVER_KEPT[0], NEVER_KEPT[1], NEVER_KEPT[2]
        );
        for n in 0..60 {
            text += &format!("88{n:04},other_{n},Other {n},,,{n},3,40,9,2012-03-04,{observed}\n");
        }
        text
    }

    #[test]
    fn forget_leaves_no_byte_of_a_person_in_any_form() {
        let folder = Scratch::new();
        let ledger = folder.path("our.ledger");
        let run = |args: &[&str]| {
            let who: &[&str] = if ["forget", "export"].contains(&args[0]) { &[] } else { &["--who", "anna"] };
            botsieve([&["ledger", args[0], "--ledger", &ledger], who, &args[1..]].concat()).ends_with(0)
        };
        let spring = folder.write("spring.csv", list("Zorba_Quux", "2020-09-01"));
        let autumn = folder.write("autumn.csv", list("Zorba_Renamed", "2021-09-01"));
        // Others before, between and behind, so that the person's cells lie on pages shared with them.
        let others = |from: usize, to: usize| {
            (from..to)
                .for_each(|n| drop(run(&["note", &format!("88{n:04}"), &"words of others ".repeat(40)])));
        };
        others(0, 10);
        run(&["decide", "Zorba_Quux", "spam", &spring, "--why", KEPT[3]]);
        run(&["tag", ID, KEPT[4]]);
        others(10, 20);
        run(&["put", ID, KEPT[5]]);
        // Longer than a page: it stands on pages of its own.
        run(&["note", ID, &format!("{} {}", KEPT[6], "wigglewax ".repeat(900))]);
        run(&["never", ID, "--why", KEPT[7]]);
        run(&["note", ID, KEPT[8]]);
        run(&["undo"]);
        run(&["seen", &autumn]);
        others(20, 30);
        let before = raw(&folder);
        let kept: BTreeSet<&str> = KEPT.into_iter().collect();
        assert_eq!(found(&before, &KEPT), kept, "the search finds what is there");
        assert_eq!(found(&before, &NEVER_KEPT), BTreeSet::new(), "names, bios and addresses are never kept");
        // A reader that has it open, so that the log stays.
        let open = rusqlite::Connection::open(&ledger).unwrap();
        let _: i64 = open.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
        run(&["forget", "@zorba_renamed"]);
        assert_eq!(found(&raw(&folder), &KEPT), BTreeSet::new(), "with the ledger open elsewhere");
        assert_eq!(found(&raw(&folder), &["wigglewax"]), BTreeSet::new());
        drop(open);
        assert_eq!(found(&raw(&folder), &KEPT), BTreeSet::new());
        assert_eq!(folder.names(), ["autumn.csv", "our.ledger", "spring.csv"], "nothing stays beside it");
        let export = Table::parse(&run(&["export"]).out);
        assert_eq!(
            export.column("id").into_iter().collect::<BTreeSet<_>>().len(),
            30,
            "the others are all there"
        );
    }

    /// The proof that the test above can fail: plain deletion, as SQLite does it, leaves the words in the file.
    #[test]
    fn deleting_alone_would_leave_the_words() {
        let folder = Scratch::new();
        let ledger = folder.path("our.ledger");
        botsieve(["ledger", "note", "--ledger", &ledger, ID, KEPT[6]]).ends_with(0);
        let plain = rusqlite::Connection::open(&ledger).unwrap();
        plain.pragma_update_and_check(None, "secure_delete", "OFF", |_| Ok(())).unwrap();
        plain.execute_batch("DELETE FROM event; DELETE FROM account").unwrap();
        drop(plain);
        assert!(!found(&raw(&folder), &[ID, KEPT[6]]).is_empty());
    }
}

/// Every text of a JSON value, keys left out.
fn texts<'v>(value: &'v serde_json::Value, into: &mut Vec<&'v str>) {
    match value {
        serde_json::Value::String(text) => into.push(text),
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts(value, into)),
        serde_json::Value::Object(map) => map.values().for_each(|value| texts(value, into)),
        _ => {}
    }
}

/// Texts of a model file that are neither of the program nor of the manifest.
fn strange(model: &serde_json::Value, manifest: &toml::Table) -> Vec<String> {
    let mut known: BTreeSet<String> = CATALOGUE.iter().map(|feature| feature.name.to_string()).collect();
    let own = ["botsieve-model", "bot", "linear", "log", "log1p", "sqrt", "rising", "falling"];
    known.extend(own.map(String::from));
    known.insert(format!("botsieve {}", env!("CARGO_PKG_VERSION")));
    let manifest = serde_json::to_value(manifest).unwrap();
    let mut of_manifest = Vec::new();
    texts(&manifest, &mut of_manifest);
    known.extend(of_manifest.into_iter().map(String::from));
    let chosen = model["bands"]["chosen"].as_str().unwrap_or_default();
    // Made of numbers and these words alone.
    let plain = |text: &str| {
        let words = "on left-out sources for bots in spam and people in genuine where are is the widest band with pool \
                     promise not refuted of that have accounts it With ends other held to";
        let words: BTreeSet<&str> = words.split_whitespace().collect();
        text.split(|c: char| c.is_whitespace() || ".,:;%".contains(c))
            .all(|word| word.is_empty() || words.contains(word) || word.parse::<f64>().is_ok())
    };
    let hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mut all = Vec::new();
    texts(model, &mut all);
    let is_known = |text: &&str| known.contains(*text) || hash(text) || *text == chosen && plain(text);
    all.into_iter().filter(|text| !is_known(text)).map(String::from).collect()
}

#[test]
fn the_default_model_holds_words_of_the_program_and_of_its_manifest_alone() {
    let text = std::fs::read_to_string(repository("models/default.json")).unwrap();
    let mut model: serde_json::Value = serde_json::from_str(&text).unwrap();
    let manifest = std::fs::read_to_string(repository("models/default.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    assert_eq!(strange(&model, &manifest), [""; 0]);
    let mut all = Vec::new();
    texts(&model, &mut all);
    assert!(all.len() > 100, "{}", all.len());
    // The test can fail: one word of somebody's bio.
    model["training"]["sources"][0]["files"][0]["path"] = "join now, free followers".into();
    assert_eq!(strange(&model, &manifest), ["join now, free followers"]);
}

/// The columns with words of people, each with a marker in every row, hostile in its own way.
fn marked() -> (Table, Vec<String>) {
    let mut table = labelled();
    let mut markers = Vec::new();
    for (n, column) in ["id_str", "screen_name", "name", "description", "location", "url"].iter().enumerate()
    {
        let at = table.at(column);
        let marker = format!("qzxmarker{n}");
        for (row, cells) in table.rows.iter_mut().enumerate() {
            cells[at] = match *column {
                "id_str" => format!("{marker}-{row}"),
                "screen_name" => format!("{marker}_{row}"),
                "url" => format!("https://{marker}.example.com/{row}"),
                _ => format!("{} <b>{marker}</b> \"\u{202e}=cmd|'{row}", cells[at]),
            };
        }
        markers.push(marker);
    }
    // One row that cannot be read, with words where a count should be.
    let at = table.at("followers_count");
    table.rows[5][at] = "qzxmarker9 many".into();
    markers.push("qzxmarker9".into());
    (table, markers)
}

#[test]
fn no_word_of_an_account_gets_into_a_model_its_card_or_its_figures() {
    let folder = Scratch::new();
    let (table, markers) = marked();
    let file = folder.write("labelled.csv", table.bytes());
    let (model, card, page) = (folder.path("m.json"), folder.path("m.md"), folder.path("m.html"));
    let train = ["train", &file, "--label", "label", "-o", &model, "--card", &card, "--replicates", "20"];
    let trained = botsieve(train).ends_with(3);
    let evaluate = ["evaluate", "-m", &model, &file, "--label", "label", "--replicates", "20"];
    let evaluated = botsieve(evaluate.iter().chain(&["--report", &page])).ends_with(3);
    let json = botsieve(evaluate.iter().chain(&["--format", "json"])).ends_with(3);
    let manifest = folder.write(
        "m.toml",
        "name = \"m\"\nfeatures = [\"followers_to_friends\", \"default_profile\", \"bio_promotion_words\"]\n\
         [[source]]\nname = \"a\"\nhold_out = true\n[[source.file]]\npath = \"labelled.csv\"\nlabel_column = \"label\"\n\
         [[source]]\nname = \"b\"\n[[source.file]]\npath = \"others.csv\"\nlabel_column = \"label\"\n",
    );
    folder.write("others.csv", labelled().bytes());
    let (of_manifest, of_manifest_card) = (folder.path("n.json"), folder.path("n.md"));
    let args = [
        "train",
        "--manifest",
        &manifest,
        "-o",
        &of_manifest,
        "--card",
        &of_manifest_card,
        "--replicates",
        "20",
    ];
    let left_out = botsieve(args).ends_with(3);
    let shown = botsieve(["model", "show", "-m", &model]).ends_with(0);
    let read = |path: &str| std::fs::read(path).unwrap();
    let outputs = [
        ("the model", read(&model)),
        ("its card", read(&card)),
        ("the report", read(&page)),
        ("the model of a manifest", read(&of_manifest)),
        ("its card", read(&of_manifest_card)),
        ("what train says", trained.out),
        ("what evaluate says", evaluated.out),
        ("what evaluate says as JSON", json.out),
        ("what train says of a manifest", left_out.out),
        ("model show", shown.out),
    ];
    let texts: Vec<&str> = markers.iter().map(String::as_str).collect();
    for (what, bytes) in &outputs {
        assert!(bytes.len() > 300, "{what}");
        assert_eq!(found(bytes, &texts), BTreeSet::new(), "{what}");
    }
    Model::read(model.as_ref()).unwrap();
    // The search does find them where they belong: in the row that could not be read, and in the scores.
    assert!(trained.err.contains("qzxmarker9"), "{}", trained.err);
    let scores = botsieve(["score", &file, "-m", &model]).ends_with(3);
    assert_eq!(found(&scores.out, &texts[..2]).len(), 2);
}
