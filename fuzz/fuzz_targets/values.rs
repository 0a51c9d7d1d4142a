#![no_main]
mod shared;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = botsieve::ingest::parse_time(text);
    // The same text in a cell of every kind.
    let quoted = text.replace('"', "\"\"");
    let mut table =
        String::from("id,screen_name,verified,followers,created_at,account_age,twitterUrl,name\n");
    table += &vec![format!("\"{quoted}\""); 8].join(",");
    shared::read(table.into_bytes());
    let bio = text.replace('\\', "\\\\").replace('"', "\\\"").replace(|c: char| c.is_control(), " ");
    shared::read(format!(r#"[{{"acct":"a","note":"{bio}","bot":false}}]"#).into_bytes());
});
