#![no_main]
mod shared;

use botsieve::cli;
use botsieve::ingest::{Input, MapFile, ReadOptions, Source};
use botsieve::model::Manifest;

const TABLE: &[u8] = b"id,screen_name,Fans,a \"b\",description\n1,anna,3,x,hello\n2,ben,,y,\n";

/// A map file that is taken can be used, and what is drafted of it says the same.
fn map(text: &[u8], table: &[u8]) {
    let map = match MapFile::open(&shared::file("map.toml", text)) {
        Ok(map) => map,
        Err(error) => return shared::harmless(&error.to_string()),
    };
    let options = ReadOptions { map: Some(map), ..ReadOptions::default() };
    if shared::read_with(table.to_vec(), &options).is_none() {
        return;
    }
    let mapping = |options: &ReadOptions| {
        let input =
            Input::from_source(Source::from_bytes("fuzz", table.to_vec()), options).expect("read before");
        let mut used: Vec<_> =
            input.mapping().used.iter().map(|mapped| (mapped.field, mapped.name.clone())).collect();
        used.sort();
        (used, MapFile::draft(input.mapping()))
    };
    let (used, draft) = mapping(&options);
    let map = MapFile::open(&shared::file("draft.toml", draft.as_bytes())).expect("a draft is a map file");
    let (again, _) = mapping(&ReadOptions { map: Some(map), ..ReadOptions::default() });
    assert!(used.iter().all(|found| again.contains(found)), "{used:?} {again:?}");
}

fn manifest(text: &[u8]) {
    match Manifest::open(&shared::file("manifest.toml", text), None) {
        Ok(manifest) => {
            assert!(manifest.features.is_empty() || !manifest.feature_indices().is_empty());
            assert!(manifest.prevalence > 0.0 && manifest.prevalence < 1.0);
            assert!(manifest.sources.iter().all(|source| !source.files.is_empty()));
        }
        Err(error) => shared::harmless(&error.to_string()),
    }
}

/// The policy file, by the command that checks one: what it may end with.
fn policy(text: &[u8]) {
    let path = shared::file("botsieve.toml", text);
    let ended = cli::run(["botsieve".as_ref(), "config".as_ref(), "check".as_ref(), path.as_os_str()]);
    assert!(ended <= 1, "{ended}");
    let ended = cli::run([
        "botsieve".as_ref(),
        "config".as_ref(),
        "show".as_ref(),
        "--config".as_ref(),
        path.as_os_str(),
    ]);
    assert!(ended <= 1, "{ended}");
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (text, table) = match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, TABLE),
    };
    map(text, table);
    map(&[b"followers = \"Fans\"\n", text].concat(), table);
    manifest(text);
    // Behind a beginning that is a manifest.
    let head = &b"name = \"a\"\n[[source]]\nname = \"s\"\n[[source.file]]\npath = \"x.csv\"\n"[..];
    manifest(&[head, text].concat());
    manifest(&[text, b"\n[[source]]\nname = \"s\"\n[[source.file]]\npath = \"x.csv\"\n"].concat());
    policy(text);
    policy(&[b"[bands]\nspam_from = 0.5\n", text].concat());
});
